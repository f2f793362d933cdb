"""stage from its inputs to what it leaves on the server, and the check of a folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ceremony.actions import stage as part
from ceremony.actions.freezing import Context
from ceremony.actions.stage import Inputs
from ceremony.cli import main
from ceremony.model import InputError
from ceremony.report import cutting
from ceremony.report.cutting import Outcome, Verdict
from ceremony.rules.criteria import Standing
from tests.support.cutting import (
    BRANCH,
    DOCUMENT,
    LATEST,
    MAIN,
    NAME,
    NOON,
    RELEASE,
    Begun,
    World,
    begun,
    git,
    mature,
    world,
)

posix = pytest.mark.skipif(os.name == "nt", reason="the sandbox's git server needs POSIX")
FEEDBACK = "Two clubs asked for a coarser grid"
BETA = "refs/heads/v0.2.0-beta"
BETA_DOCUMENT = "MILESTONES.v0.2.0-beta.md"
STABLE = "refs/heads/v0.2.0-stable"
PATCH = "refs/heads/v0.2.0-patch"
DRAFT = "drafts/next.md"
PRIVACY = "The listener chooses how coarse a place is"
REFINED = "The listener chooses how coarse a place is, from 1 km to 100 km,"


@pytest.fixture(scope="module")
def alpha(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    return begun(tmp_path_factory.mktemp("alpha"), is_cut=True)


@pytest.fixture
def one(tmp_path: Path, alpha: Begun) -> Iterator[World]:
    """A project whose alpha is cut."""
    with world(tmp_path, copied=alpha) as made:
        yield made


def body(text: str) -> str:
    """What follows a document's header, to the byte."""
    return text[text.index("\n---") :]


def unmet(outcome: Outcome) -> list[str]:
    return [each.name for each in outcome.criteria if each.standing is Standing.UNMET]


# ---------------------------------------------------------------------------- the walk


@posix
def test_a_beta_follows_its_alpha(one: World) -> None:
    effects = len(one.sandbox.effects)
    outcome = one.stage(feedback=FEEDBACK, dispatch=("release.yml",))
    assert (outcome.verdict, outcome.status, outcome.failure) == (Verdict.STAGED, 0, "")
    # On top of latest, not of alpha.
    assert git(one.project, "rev-parse", f"{BETA}^").strip() == one.project.ref(LATEST)
    assert one.changed(LATEST, BETA) == {BETA_DOCUMENT}
    text = one.read(BETA, BETA_DOCUMENT)
    assert body(text) == body(one.read(RELEASE, DOCUMENT))
    assert f"**Promoted From**: `{BRANCH}`\n" in text
    assert f"**Feedback**: {FEEDBACK}\n" in text
    assert "**Signatories**: @ida-voss, @tomas-rey, @nkem-adeyo\n" in text
    assert f"**Source Commit**: `{one.project.ref(RELEASE)}`\n" in text
    # The other branch brings the document to main and touches nothing else.
    adopting = "refs/heads/ceremony/v0.2.0-beta"
    assert one.changed(MAIN, adopting) == {BETA_DOCUMENT}
    assert outcome.pull is not None
    assert outcome.dispatched == ("release.yml",)
    assert one.sandbox.effects[effects:].count("Move") == 1


@posix
def test_the_walk_to_a_patch(one: World) -> None:
    assert one.stage(feedback=FEEDBACK).verdict is Verdict.STAGED
    assert one.stage("0.2.0-beta", "stable").verdict is Verdict.STAGED
    stable = one.project.ref(STABLE)
    one.write({"README.md": "latest went on\n"})
    added = f"{one.read(STABLE, 'MILESTONES.v0.2.0-stable.md')}\n## Amendment\n\nOne more grid.\n"
    one.write({DRAFT: added})
    outcome = one.stage("0.2.0-stable", "patch", document=DRAFT)
    assert (outcome.verdict, outcome.version.branch) == (Verdict.STAGED, "v0.2.0-patch")
    # On top of its stable branch, whatever latest has become.
    assert git(one.project, "rev-parse", f"{PATCH}^").strip() == stable
    assert one.changed(STABLE, PATCH) == {"MILESTONES.v0.2.0-patch.md"}
    assert one.project.ref(STABLE) == stable
    # The same patch once more is that patch; a further one is the next number.
    effects = list(one.sandbox.effects)
    assert one.stage("0.2.0-stable", "patch", document=DRAFT).verdict is Verdict.ALREADY_STAGED
    assert one.sandbox.effects == effects
    one.write({DRAFT: f"{added}\nAnd another.\n"})
    further = one.stage("0.2.0-stable", "patch", document=DRAFT)
    assert further.version.branch == "v0.2.1-patch"
    assert further.verdict is Verdict.STAGED


@posix
def test_a_patch_keeps_what_the_one_before_it_added(one: World) -> None:
    one.stage(to="stable")
    stable = one.read(STABLE, "MILESTONES.v0.2.0-stable.md")
    one.write({DRAFT: f"{stable}\n## First\n\nAdded first.\n"})
    assert one.stage("0.2.0-stable", "patch", document=DRAFT).verdict is Verdict.STAGED
    one.write({DRAFT: f"{stable}\n## Second\n\nAdded instead.\n"})
    outcome = one.stage("0.2.0-stable", "0.1.9-patch", document=DRAFT)
    assert outcome.status == 1
    refused = one.stage("0.2.0-stable", "0.2.1-patch", document=DRAFT)
    assert unmet(refused) == ["changes-allowed"]


# ---------------------------------------------------------------------------- what was frozen


FORGED = "never agreed"


@posix
def test_a_text_that_was_changed_on_its_branch_is_not_carried_on(one: World) -> None:
    frozen = one.read(RELEASE, DOCUMENT)
    one.project.commit({DOCUMENT: frozen.replace(PRIVACY, FORGED)}, branch=BRANCH)
    for dry_run in (True, False):
        outcome = one.stage(to="stable", dry_run=dry_run)
        assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
        assert "is not as it was frozen" in outcome.reason
    assert STABLE not in one.project.refs()


@posix
def test_a_branch_that_was_rewritten_is_not_what_main_has(one: World) -> None:
    frozen = one.read(RELEASE, DOCUMENT)
    one.project.commit({DOCUMENT: frozen})
    one.project.set_ref(RELEASE, None)
    forged = {DOCUMENT: frozen.replace(PRIVACY, FORGED)}
    one.project.commit(forged, branch=BRANCH, parents=[one.base])
    outcome = one.stage(to="stable")
    assert (outcome.verdict, STABLE in one.project.refs()) == (Verdict.REFUSED, False)
    assert "on `main` is another text" in outcome.reason


@posix
def test_a_second_document_of_the_name_is_nobody_s(one: World) -> None:
    one.project.commit({f"docs/{DOCUMENT}": one.read(RELEASE, DOCUMENT)}, branch=BRANCH)
    with pytest.raises(InputError, match="more than one"):
        one.stage(to="stable")


@posix
def test_a_step_that_was_changed_since_is_not_finished(one: World) -> None:
    assert one.stage(to="beta", feedback=FEEDBACK).verdict is Verdict.STAGED
    one.project.issues.clear()
    text = one.read(BETA, BETA_DOCUMENT)
    one.project.commit({BETA_DOCUMENT: text.replace(FEEDBACK, FORGED)}, branch="v0.2.0-beta")
    outcome = one.stage(to="beta", feedback=FEEDBACK)
    assert (outcome.verdict, one.project.issues) == (Verdict.REFUSED, {})
    assert "is not as it was frozen" in outcome.reason


@posix
def test_a_patch_that_was_changed_since_is_not_amended(one: World) -> None:
    one.stage(to="stable")
    added = f"{one.read(STABLE, 'MILESTONES.v0.2.0-stable.md')}\n## First\n\nAdded first.\n"
    one.write({DRAFT: added})
    assert one.stage("0.2.0-stable", "patch", document=DRAFT).verdict is Verdict.STAGED
    forged = one.read(PATCH, "MILESTONES.v0.2.0-patch.md").replace("Added first", FORGED)
    one.project.commit({"MILESTONES.v0.2.0-patch.md": forged}, branch="v0.2.0-patch")
    one.write({DRAFT: added.replace("Added first", FORGED)})
    outcome = one.stage("0.2.0-stable", "0.2.1-patch", document=DRAFT)
    assert (outcome.verdict, "v0.2.0-patch" in outcome.reason) == (Verdict.REFUSED, True)


@posix
def test_only_the_texts_that_the_check_saw_are_carried_on(one: World) -> None:
    one.write({DRAFT: one.read(RELEASE, DOCUMENT)})
    seen = one.stage(document=DRAFT, feedback=FEEDBACK, dry_run=True)
    places = (f"{RELEASE}:{DOCUMENT}", f"{LATEST}:{DRAFT}")
    assert seen.blob.split(",") == git(one.project, "rev-parse", *places).split()
    one.write({DRAFT: one.read(RELEASE, DOCUMENT).replace(PRIVACY, REFINED)})
    outcome = one.stage(document=DRAFT, feedback=FEEDBACK, expect=seen.blob)
    assert (outcome.verdict, BETA in one.project.refs()) == (Verdict.REFUSED, False)
    again = one.stage(document=DRAFT, feedback=FEEDBACK, dry_run=True)
    done = one.stage(document=DRAFT, feedback=FEEDBACK, expect=again.blob)
    assert done.verdict is Verdict.STAGED


@posix
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"\ufeff{text}",
        lambda text: text.rstrip("\n"),
        lambda text: f"{text}\n\n",
    ],
    ids=["crlf", "mark", "no last end", "blank lines"],
)
def test_stable_is_the_same_bytes(one: World, change: Callable[[str], str]) -> None:
    one.write({DRAFT: change(one.read(RELEASE, DOCUMENT))})
    outcome = one.stage(to="stable", document=DRAFT)
    assert (outcome.verdict, unmet(outcome)) == (Verdict.NO_GO, ["changes-allowed"])
    assert "the bytes are not" in outcome.findings[0].message
    assert STABLE not in one.project.refs()


@posix
def test_stable_may_be_another_file_of_the_same_bytes(one: World) -> None:
    header, rule, rest = one.read(RELEASE, DOCUMENT).partition("\n---")
    one.write({DRAFT: f"{header}\n**Reviewer**: @ida-voss\n{rule}{rest}"})
    assert one.stage(to="stable", document=DRAFT).verdict is Verdict.STAGED


@posix
def test_a_skipped_stage_is_reported_and_judged_by_the_strictest(one: World) -> None:
    outcome = one.stage(to="stable")
    assert (outcome.verdict, [each.value for each in outcome.skipped]) == (Verdict.STAGED, ["beta"])
    assert body(one.read(STABLE, "MILESTONES.v0.2.0-stable.md")) == body(
        one.read(RELEASE, DOCUMENT)
    )


@posix
def test_a_skipped_stage_allows_no_refinement(one: World) -> None:
    one.write({DRAFT: one.read(RELEASE, DOCUMENT).replace(PRIVACY, REFINED)})
    assert unmet(one.stage(to="stable", document=DRAFT)) == ["changes-allowed"]


@posix
def test_a_refinement_is_shown_and_frozen(one: World) -> None:
    one.write({DRAFT: one.read(RELEASE, DOCUMENT).replace(PRIVACY, REFINED)})
    outcome = one.stage(document=DRAFT, feedback=FEEDBACK)
    assert outcome.verdict is Verdict.STAGED
    (change,) = outcome.changes
    assert change.reference == "M4.3"
    text = one.read(BETA, BETA_DOCUMENT)
    assert REFINED in text
    blob = git(one.project, "rev-parse", f"{LATEST}:{DRAFT}").strip()
    assert f"**Source Blob**: `{blob}`\n" in text
    assert f"**Source Commit**: `{one.project.ref(LATEST)}`\n" in text


@posix
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("| M4.2 | Diary Export |", "| M4.9 | Diary Export |", "M4.2", id="item lost"),
        pytest.param(
            "### M5: Desktop Bundles", "### M5: Bundles\n\n### M6: Phones", "M6", id="milestone"
        ),
    ],
)
def test_what_beta_does_not_allow_is_named_with_its_line(
    one: World, old: str, new: str, said: str
) -> None:
    text = one.read(RELEASE, DOCUMENT)
    assert text.count(old) == 1
    one.write({DRAFT: text.replace(old, new)})
    effects = list(one.sandbox.effects)
    outcome = one.stage(document=DRAFT, feedback=FEEDBACK)
    assert (outcome.verdict, unmet(outcome)) == (Verdict.NO_GO, ["changes-allowed"])
    assert any(said in each.message and each.place.file == DRAFT for each in outcome.findings)
    assert all(each.place.line > 1 for each in outcome.findings)
    assert one.sandbox.effects == effects


@posix
def test_beta_asks_which_feedback_it_incorporates(one: World) -> None:
    effects = list(one.sandbox.effects)
    assert unmet(one.stage()) == ["feedback-incorporated"]
    assert one.sandbox.effects == effects


@posix
def test_the_same_step_again_changes_nothing(one: World) -> None:
    one.stage(feedback=FEEDBACK)
    end, effects = one.end, list(one.sandbox.effects)
    again = one.stage(feedback=FEEDBACK)
    assert (again.verdict, again.status) == (Verdict.ALREADY_STAGED, 0)
    assert (one.end, one.sandbox.effects) == (end, effects)
    one.write({DRAFT: one.read(RELEASE, DOCUMENT).replace(PRIVACY, REFINED)})
    other = one.stage(feedback=FEEDBACK, document=DRAFT)
    assert unmet(other) == ["step-allowed"]
    assert one.sandbox.effects == effects


@posix
def test_a_step_takes_few_requests(one: World) -> None:
    before = len(one.sandbox.requests)
    outcome = one.stage(feedback=FEEDBACK)
    assert outcome.requests == len(one.sandbox.requests) - before <= 26


@posix
def test_a_version_that_is_not_cut(one: World) -> None:
    with pytest.raises(InputError, match=r"no branch v9\.0\.0-alpha"):
        one.stage("9.0.0-alpha")


@posix
def test_a_branch_without_its_document(one: World) -> None:
    one.project.set_ref("refs/heads/v0.3.0-alpha", one.base)
    with pytest.raises(InputError, match="nothing is frozen there"):
        one.stage("0.3.0-alpha", feedback=FEEDBACK)


@posix
def test_a_text_that_is_not_there(one: World) -> None:
    with pytest.raises(InputError, match="what `document` names"):
        one.stage(document=DRAFT, feedback=FEEDBACK)


@posix
@pytest.mark.parametrize("event", ["pull_request", "issue_comment", "workflow_run"])
def test_what_a_stranger_can_start_freezes_nothing(one: World, event: str) -> None:
    inputs = Inputs(from_=BRANCH, to="beta", token=one.token, repository=NAME, dry_run=False)
    requests = len(one.sandbox.requests)
    outcome = part.stage(inputs, one.context(event=event))
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert len(one.sandbox.requests) == requests


# ---------------------------------------------------------------------------- the check of a folder


def frozen(stage: str = "alpha") -> str:
    """The sample project's text as a stage of 0.2.0."""
    text = mature()["MILESTONES.latest.md"]
    return f"# MILESTONES - v0.2.0-{stage}\n\n**Stage**: {stage}\n{body(text)}"


def put(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder


def check(folder: Path, **inputs: Any) -> Outcome:
    context = Context(workspace=folder, clock=lambda: NOON)
    return part.stage(Inputs(**{"from_": BRANCH, "to": "beta", **inputs}), context)


def test_a_folder_is_checked(tmp_path: Path) -> None:
    outcome = check(put(tmp_path, {DOCUMENT: frozen()}), feedback=FEEDBACK)
    assert (outcome.verdict, outcome.document) == (Verdict.GO, BETA_DOCUMENT)
    assert [each.name for each in outcome.unchecked] == ["step-allowed"]


def test_a_patch_in_a_folder_finds_the_one_before_it(tmp_path: Path) -> None:
    stable, patched = frozen("stable"), f"{frozen('patch')}\nAdded.\n"
    files = {"MILESTONES.v0.2.0-stable.md": stable, "MILESTONES.v0.2.0-patch.md": patched}
    put(tmp_path, {**files, DRAFT: f"{patched}\nMore.\n", "old.md": stable})
    outcome = check(tmp_path, from_="0.2.0-stable", to="patch", document=DRAFT)
    assert (outcome.verdict, outcome.version.branch) == (Verdict.GO, "v0.2.1-patch")
    back = check(tmp_path, from_="0.2.0-stable", to="0.2.1-patch", document="old.md")
    assert unmet(back) == ["changes-allowed"]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"from_": ""}, "must both be given"),
        ({"to": ""}, "must both be given"),
        ({"to": "gamma"}, "is no version"),
        ({"from_": "0.2.0"}, "is no version"),
        ({"from_": "0.9.0-alpha"}, "is not here"),
        ({"document": "../x.md"}, "without `..`"),
        ({"document": "no.md"}, "what `document` names"),
        ({"dispatch": ("a/b.yml",)}, "file names of .github/workflows"),
        ({"feedback": "a\u200bb said so"}, "invisible character"),
        ({"dry_run": False}, "the repository is not known"),
    ],
)
def test_inputs_that_are_wrong(tmp_path: Path, inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        check(put(tmp_path, {DOCUMENT: frozen()}), **inputs)


def test_the_difference_is_in_every_report(tmp_path: Path) -> None:
    changed = frozen().replace(PRIVACY, "::add-mask::x ##[y] @org/all")
    put(tmp_path, {DOCUMENT: frozen(), DRAFT: changed})
    outcome = check(tmp_path, to="stable", document=DRAFT)
    report = json.loads(cutting.as_json(outcome))
    assert (report["part"], report["verdict"], report["from"]) == ("stage", "no-go", BRANCH)
    (change,) = report["changes"]
    assert change["parts"][0]["old"].startswith(PRIVACY)
    assert report["skipped"] == ["beta"]
    for said in (cutting.text(outcome), cutting.markdown(outcome), cutting.as_sarif(outcome)):
        assert "M4.3" in said
        assert not re.search(r"::add-mask|##\[", said)


def test_the_command_checks_unless_it_is_told_to_freeze(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    root = str(put(tmp_path, {DOCUMENT: frozen()}))
    options = ["stage", "--root", root, "--from", BRANCH, "--to", "beta"]
    assert main([*options, "--feedback", FEEDBACK]) == 0
    assert "go: `v0.2.0-beta` may follow" in capsys.readouterr().out
    assert main(options) == 1
    assert main([*options, "--no-dry-run"]) == 2
