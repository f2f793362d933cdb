"""cut from its inputs to what it leaves on the server, and the check of a folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ceremony.actions import cut as part
from ceremony.actions.cut import Inputs
from ceremony.actions.freezing import Context
from ceremony.cli import main
from ceremony.forge import ForgeError
from ceremony.model import InputError
from ceremony.report import cutting
from ceremony.report.cutting import Outcome, Verdict
from ceremony.rules.criteria import Standing
from ceremony.sandbox import BranchRule, Fault
from tests.support import repositories
from tests.support.cutting import (
    ADOPTING,
    BRANCH,
    CLOSED,
    DOCUMENT,
    LATEST,
    MAIN,
    NAME,
    NOON,
    OPEN,
    RELEASE,
    VERSION,
    WORKFLOWS,
    Begun,
    World,
    begun,
    git,
    mature,
    sample,
    world,
)

posix = pytest.mark.skipif(os.name == "nt", reason="the sandbox's git server needs POSIX")
CONFIG = ".github/ceremony.yml"
TEXT = "MILESTONES.latest.md"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    return begun(tmp_path_factory.mktemp("before"))


@pytest.fixture
def one(tmp_path: Path, before: Begun) -> Iterator[World]:
    with world(tmp_path, copied=before) as made:
        yield made


def body(text: str) -> str:
    """What follows a document's header, to the byte."""
    return text[text.index("\n---") :] if "\r\n---" not in text else text[text.index("\r\n---") :]


def unmet(outcome: Outcome) -> list[str]:
    return [each.name for each in outcome.criteria if each.standing is Standing.UNMET]


def not_checked(outcome: Outcome) -> list[str]:
    return [each.name for each in outcome.unchecked]


# ---------------------------------------------------------------------------- the cut


@posix
def test_a_cut_is_a_document_a_branch_a_pull_request_and_the_next_cycle(one: World) -> None:
    outcome = one.cut(dispatch=WORKFLOWS)
    assert (outcome.verdict, outcome.status, outcome.failure) == (Verdict.CUT, 0, "")
    assert set(one.project.refs()) == {MAIN, LATEST, RELEASE, ADOPTING}
    # The release branch is one commit on top of latest, which brings the document and only it.
    assert git(one.project, "rev-parse", f"{RELEASE}^").strip() == one.project.ref(LATEST)
    assert one.changed(LATEST, RELEASE) == {DOCUMENT}
    frozen = one.read(RELEASE, DOCUMENT)
    assert body(frozen) == body(one.read(LATEST, TEXT))
    assert f"**Branch**: `{BRANCH}`\n" in frozen
    assert f"**Source Commit**: `{one.base}`\n" in frozen
    blob = git(one.project, "rev-parse", f"{LATEST}:{TEXT}").strip()
    assert f"**Source Blob**: `{blob}`\n" in frozen
    # The other branch brings the same document to main, and the next cycle.
    assert git(one.project, "rev-parse", f"{ADOPTING}^").strip() == one.project.ref(MAIN)
    assert one.changed(MAIN, ADOPTING) == {DOCUMENT, TEXT, "MILESTONES.main.md"}
    assert one.read(ADOPTING, DOCUMENT) == frozen
    assert "M3: Regional" not in one.read(ADOPTING, TEXT)
    assert "PROP-8: Shared Diaries" in one.read(ADOPTING, "MILESTONES.main.md")
    assert dict(outcome.proposals) == {"M4.4": "PROP-8"}
    (pull,) = (each for each in one.project.issues.values() if each.is_pull)
    assert (pull.head, pull.base, pull.state) == (f"ceremony/{BRANCH}", "main", "open")
    assert outcome.pull is not None
    assert outcome.pull.number == pull.number
    started = [(each.workflow, each.ref, each.sha) for each in one.project.dispatches]
    sha = one.project.ref(RELEASE)
    assert started == [(name, RELEASE, sha) for name in WORKFLOWS]
    assert (outcome.sha, outcome.dispatched) == (sha, WORKFLOWS)
    assert one.project.ref(LATEST) == one.project.ref(MAIN) == one.base


@posix
def test_both_refs_move_in_one_step(one: World) -> None:
    one.cut()
    assert one.sandbox.effects.count("Move") == 1
    assert not [effect for effect in one.sandbox.effects if effect.endswith("-ref")]


@posix
def test_fault_11_the_same_cut_again_changes_nothing(one: World) -> None:
    one.cut(dispatch=WORKFLOWS)
    end, effects = one.end, list(one.sandbox.effects)
    again = one.cut(dispatch=WORKFLOWS)
    assert (again.verdict, again.status) == (Verdict.ALREADY_CUT, 0)
    assert one.sandbox.effects == effects
    assert one.end == end
    assert one.cut(dry_run=True).verdict is Verdict.ALREADY_CUT


@posix
def test_fault_11_another_text_under_the_same_version_is_refused(one: World) -> None:
    one.cut()
    one.write({TEXT: mature()[TEXT].replace("three clicks", "two clicks")})
    effects = list(one.sandbox.effects)
    again = one.cut()
    assert (again.verdict, again.status) == (Verdict.NO_GO, 1)
    assert unmet(again) == ["version-follows"]
    assert "frozen already, with another text" in again.findings[0].message
    assert one.sandbox.effects == effects


@posix
def test_a_no_go_writes_nothing(tmp_path: Path) -> None:
    with world(tmp_path, sample()) as one:
        outcome = one.cut()
        assert (outcome.verdict, outcome.status) == (Verdict.NO_GO, 1)
        assert {"blockers-resolved", "states-settled", "own-conditions"} == set(unmet(outcome))
        assert [blocker.id for blocker in outcome.blockers] == ["B5"]
        assert one.sandbox.effects == []


@posix
def test_a_check_writes_nothing_and_shows_the_next_cycle(one: World) -> None:
    outcome = one.cut(dry_run=True)
    assert (outcome.verdict, outcome.status) == (Verdict.GO, 0)
    assert not_checked(outcome) == []
    assert {edit.file for edit in outcome.edits} == {TEXT, "MILESTONES.main.md"}
    assert [step.split("`")[1] for step in outcome.plan] == [BRANCH, f"ceremony/{BRANCH}", "main"]
    assert f"create the branch `{BRANCH}` on top of {one.base[:7]} with" in cutting.text(outcome)
    assert one.sandbox.effects == []
    assert outcome.requests == len(one.sandbox.requests) <= 10


@posix
def test_a_cut_takes_few_requests(one: World) -> None:
    outcome = one.cut(dispatch=WORKFLOWS)
    assert outcome.requests == len(one.sandbox.requests) <= 27


@posix
def test_the_cut_starts_from_latest_and_the_document_goes_to_main(one: World) -> None:
    """What main has and latest lacks is not cut, and is not lost."""
    ahead = one.write({"README.md": "Unproven\n"}, is_promoted=False)
    outcome = one.cut()
    assert outcome.verdict is Verdict.CUT
    assert git(one.project, "rev-parse", f"{RELEASE}^").strip() == one.base
    assert git(one.project, "rev-parse", f"{ADOPTING}^").strip() == ahead
    assert one.changed(MAIN, ADOPTING) == {DOCUMENT, TEXT, "MILESTONES.main.md"}


@posix
def test_what_came_to_the_document_on_main_since_is_not_reset(one: World) -> None:
    newer = mature()[TEXT].replace("three clicks", "two clicks")
    one.write({TEXT: newer}, is_promoted=False)
    outcome = one.cut()
    assert outcome.verdict is Verdict.CUT
    assert one.changed(MAIN, ADOPTING) == {DOCUMENT}
    assert "three clicks" in one.read(RELEASE, DOCUMENT)
    assert any("the next cycle is begun by hand" in notice for notice in outcome.notices)
    beside = {each.name: each.standing for each in outcome.beside}
    assert beside["documents-agree"] is Standing.UNMET


@posix
def test_after_the_pull_request_is_merged_the_version_is_still_done(one: World) -> None:
    one.cut()
    merged = one.project.ref(ADOPTING)
    one.project.set_ref(MAIN, merged)
    effects = list(one.sandbox.effects)
    assert one.cut().verdict is Verdict.ALREADY_CUT
    one.project.set_ref(LATEST, merged)
    # Now latest begins another cycle, whose text nobody may freeze under the old name.
    assert one.cut().status == 1
    assert one.sandbox.effects == effects


@posix
def test_a_closed_pull_request_is_not_opened_again(one: World) -> None:
    one.cut()
    for issue in one.project.issues.values():
        issue.state = "closed"
    again = one.cut()
    assert again.verdict is Verdict.ALREADY_CUT
    assert again.pull is not None
    assert again.pull.state == "closed"
    assert len(one.project.issues) == 1
    assert any("closed without it" in notice for notice in again.notices)


def without_a_pull_request(one: World) -> None:
    """A cut whose run ended before it had opened the pull request."""
    one.cut()
    one.project.issues.clear()


@posix
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("**Signatories**: @ida-voss", "**Signatories**: @mallory"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"{text}\n",
    ],
    ids=["header", "ends of lines", "a blank line"],
)
def test_a_document_that_was_changed_on_its_branch_is_not_what_was_frozen(
    one: World, change: Callable[[str], str]
) -> None:
    without_a_pull_request(one)
    one.project.set_ref(ADOPTING, None)
    founded = one.project.ref(RELEASE)
    frozen = one.read(RELEASE, DOCUMENT)
    one.project.commit({DOCUMENT: change(frozen)}, branch=BRANCH)
    again = one.cut()
    assert (again.verdict, again.status) == (Verdict.REFUSED, 1)
    assert "is not as it was frozen" in again.reason
    assert str(founded)[:7] in again.remedy
    assert ADOPTING not in one.project.refs()
    assert one.cut(dry_run=True).verdict is Verdict.REFUSED
    # Nor is one that was put back, as nobody can say which of them was agreed.
    one.project.commit({DOCUMENT: frozen}, branch=BRANCH)
    assert one.cut().verdict is Verdict.REFUSED


@posix
def test_a_frozen_document_that_was_changed_on_main_is_told(one: World) -> None:
    one.cut()
    one.project.set_ref(MAIN, one.project.ref(ADOPTING))
    assert one.cut().verdict is Verdict.ALREADY_CUT
    edited = one.read(MAIN, DOCUMENT).replace("three clicks", "two clicks")
    one.project.commit({DOCUMENT: edited})
    again = one.cut()
    assert (again.verdict, again.status) == (Verdict.REFUSED, 1)
    assert f"`{DOCUMENT}` on `main` is another text than the branch `{BRANCH}`" in again.reason


def more_than_it(one: World) -> None:
    one.project.commit({".github/workflows/x.yml": STEAL}, branch=f"ceremony/{BRANCH}")


def one_more(one: World) -> None:
    one.project.commit({"MILESTONES.main.md": "# Forged\n"}, branch=f"ceremony/{BRANCH}")


def more_in_one(one: World) -> None:
    files = {DOCUMENT: one.read(RELEASE, DOCUMENT), ".github/workflows/x.yml": STEAL}
    one.project.set_ref(ADOPTING, one.base)
    one.project.commit(files, branch=f"ceremony/{BRANCH}")


def other_text(one: World) -> None:
    one.project.set_ref(ADOPTING, one.base)
    one.project.commit({DOCUMENT: "# Forged\n"}, branch=f"ceremony/{BRANCH}")


def taken_out(one: World) -> None:
    files = {DOCUMENT: one.read(RELEASE, DOCUMENT), "MILESTONES.main.md": None}
    one.project.set_ref(ADOPTING, one.base)
    one.project.commit(files, branch=f"ceremony/{BRANCH}")


def nothing(one: World) -> None:
    one.project.set_ref(ADOPTING, one.base)


STEAL = "on: pull_request_target\njobs: {}\n"


@posix
@pytest.mark.parametrize(
    "change",
    [more_than_it, one_more, more_in_one, other_text, taken_out, nothing],
    ids=lambda f: f.__name__,
)
def test_a_branch_that_somebody_changed_gets_no_pull_request(
    one: World, change: Callable[[World], None]
) -> None:
    without_a_pull_request(one)
    change(one)
    again = one.cut()
    assert (again.verdict, again.status) == (Verdict.REFUSED, 1)
    assert f"`ceremony/{BRANCH}`" in again.reason
    assert one.project.issues == {}


@posix
def test_a_branch_that_is_as_it_was_made_gets_its_pull_request_later(one: World) -> None:
    without_a_pull_request(one)
    one.write({"README.md": "main went on\n"}, is_promoted=False)
    one.now += 86_400
    again = one.cut()
    assert (again.verdict, again.status) == (Verdict.ALREADY_CUT, 0)
    assert len(one.project.issues) == 1


@posix
def test_what_runs_on_a_branch_that_went_on_is_not_started_again(one: World) -> None:
    assert one.cut(dispatch=("ci.yml",)).dispatched == ("ci.yml",)
    one.project.commit({"src.txt": "A release's own work\n"}, branch=BRANCH)
    assert one.cut(dispatch=("ci.yml",)).dispatched == ()
    # What was started later runs on what the branch had become.
    assert one.cut(dispatch=WORKFLOWS).dispatched == ("release.yml",)
    assert one.cut(dispatch=WORKFLOWS).dispatched == ()


@posix
def test_what_latest_becomes_while_it_is_read_is_read_again(one: World) -> None:
    newer = mature()[TEXT].replace("three clicks", "two clicks")

    def goes_on() -> None:
        one.write({TEXT: newer})

    # The last object that is made before the move.
    one.sandbox.faults.add(Fault("git/create-commit", "after-call", nth=2, call=goes_on))
    assert one.cut().verdict is Verdict.CUT
    assert "two clicks" in one.read(RELEASE, DOCUMENT)
    assert git(one.project, "rev-parse", f"{RELEASE}^").strip() == one.project.ref(LATEST)


@posix
def test_only_the_text_that_the_check_saw_is_cut(one: World) -> None:
    seen = one.cut(dry_run=True)
    assert seen.blob == git(one.project, "rev-parse", f"{LATEST}:{TEXT}").strip()
    one.write({TEXT: mature()[TEXT].replace("three clicks", "two clicks")})
    for dry_run in (False, True):
        other = one.cut(expect=seen.blob, dry_run=dry_run)
        assert (other.verdict, other.status) == (Verdict.REFUSED, 1)
        assert "not the one that the check saw" in other.reason
    assert one.sandbox.effects == []
    again = one.cut(dry_run=True)
    assert one.cut(expect=again.blob).verdict is Verdict.CUT


@posix
def test_an_unproven_latest_is_reported_and_no_reason(one: World) -> None:
    one.write({"README.md": "Nobody has tested this\n"})
    outcome = one.cut()
    assert outcome.verdict is Verdict.CUT
    beside = {each.name: each.standing for each in outcome.beside}
    assert beside["latest-proven"] is Standing.UNMET


@posix
def test_example_2_freezes_straight_to_stable(one: World) -> None:
    outcome = one.cut("v0.2.0-stable")
    assert (outcome.verdict, outcome.version.branch) == (Verdict.CUT, "v0.2.0-stable")
    assert "**Stage**: stable\n" in one.read(
        "refs/heads/v0.2.0-stable", "MILESTONES.v0.2.0-stable.md"
    )


@posix
def test_without_latest_there_is_nothing_to_cut_from(one: World) -> None:
    one.project.set_ref(LATEST, None)
    outcome = one.cut()
    assert (outcome.verdict, unmet(outcome)) == (Verdict.NO_GO, ["latest-exists"])
    assert one.sandbox.effects == []


@posix
def test_an_older_version_is_refused(one: World) -> None:
    outcome = one.cut("0.0.9-alpha")
    assert "version-follows" in unmet(outcome)
    assert one.sandbox.effects == []


@posix
def test_row_13_the_bytes_of_the_blob_are_frozen(tmp_path: Path) -> None:
    """A checkout may change line ends; what was agreed is what git holds."""
    text = mature()[TEXT].replace("\n", "\r\n")
    files = mature() | {TEXT: text, ".gitattributes": "*.md text eol=lf ident\n"}
    with world(tmp_path, files) as one:
        assert one.cut().verdict is Verdict.CUT
        frozen = one.read(RELEASE, DOCUMENT)
        assert body(frozen) == body(text)
        assert re.findall(r"(?<!\r)\n", frozen) == []


@posix
def test_row_12_a_link_is_not_followed(one: World) -> None:
    """GitHub's API would show the file behind it."""
    target = "MILESTONES.v0.1.0-alpha.md"
    stream = (
        "commit refs/heads/main\ncommitter wren <wren@example.org> 1700000000 +0000\n"
        f"data 6\nA link\nfrom {one.base}\nM 120000 inline {TEXT}\n"
        f"data {len(target)}\n{target}\n\n"
    )
    git(one.project, "fast-import", "--quiet", given=stream)
    one.project.set_ref(LATEST, one.project.ref(MAIN))
    outcome = one.cut()
    assert outcome.verdict is Verdict.NO_GO
    assert "document-not-regular" in {each.rule for each in outcome.findings}
    assert one.sandbox.effects == []


@posix
def test_row_17_a_document_that_does_not_read_as_it_is_written_is_not_frozen(
    tmp_path: Path,
) -> None:
    files = mature() | {TEXT: mature()[TEXT].replace("Two listeners", "Tw\u043e listeners")}
    with world(tmp_path, files) as one:
        assert unmet(one.cut()) == ["document-sound"]
        assert one.sandbox.effects == []


@posix
def test_row_32_no_word_of_a_document_enters_a_message(tmp_path: Path) -> None:
    hostile = "Regional [skip ci] Closes #1 @everyone"
    text = mature()[TEXT].replace("Regional Call Libraries", hostile)
    text = text.replace("Shared Diaries", "Diaries [skip ci] Fixes #1")
    with world(tmp_path, mature() | {TEXT: text}) as one:
        assert one.cut().verdict is Verdict.CUT
        assert hostile in one.read(RELEASE, DOCUMENT)
        said = [git(one.project, "log", "-1", "--format=%B", ref) for ref in (RELEASE, ADOPTING)]
        pulls = [each for each in one.project.issues.values() if each.is_pull]
        said += [text for each in pulls for text in (each.title, each.body or "")]
        assert len(said) == 4
        for words in said:
            assert not re.search(r"skip ci|closes|fixes|@", words, re.IGNORECASE)


@posix
def test_fault_8_a_rule_of_the_host_keeps_everything_where_it_is(one: World) -> None:
    one.project.protect("v*", BranchRule.CREATION)
    refs = one.project.refs()
    outcome = one.cut()
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert outcome.remedy
    assert one.project.refs() == refs
    assert [each for each in one.project.issues.values() if each.is_pull] == []


@posix
def test_a_pull_request_that_may_not_be_opened_is_made_good_later(one: World) -> None:
    one.project.actions_may_open_pulls = False
    first = one.cut(dispatch=WORKFLOWS)
    assert first.status == 3
    assert "pull request" in first.failure
    assert {RELEASE, ADOPTING} <= set(one.project.refs())
    one.project.actions_may_open_pulls = True
    second = one.cut(dispatch=WORKFLOWS)
    assert (second.verdict, second.status) == (Verdict.ALREADY_CUT, 0)
    assert second.pull is not None
    assert second.dispatched == WORKFLOWS


@posix
def test_a_workflow_that_is_not_there_is_named(one: World) -> None:
    outcome = one.cut(dispatch=("ci.yml", "nightly.yml"))
    assert outcome.status == 3
    assert "nightly.yml" in outcome.failure
    assert outcome.dispatched == ("ci.yml",)
    assert one.project.ref(RELEASE)


@posix
def test_fault_6_a_branch_in_the_way_is_named(one: World) -> None:
    one.project.set_ref(f"{RELEASE}/x", one.base)
    with pytest.raises(ForgeError, match=f"{BRANCH}/x"):
        one.cut()
    assert RELEASE not in one.project.refs()
    assert ADOPTING not in one.project.refs()


@posix
def test_a_branch_of_the_adopting_name_is_nobody_s_to_overwrite(one: World) -> None:
    one.project.set_ref(ADOPTING, one.base)
    outcome = one.cut()
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert one.sandbox.effects == []


@posix
def test_somebody_who_was_quicker_is_looked_at_first(one: World) -> None:
    other = one.project.commit({DOCUMENT: "# Another\n"}, branch="other")

    def quicker() -> None:
        one.project.set_ref(RELEASE, other)

    one.sandbox.faults.add(Fault("Move", "call", call=quicker))
    outcome = one.cut()
    assert (outcome.verdict, unmet(outcome)) == (Verdict.NO_GO, ["version-follows"])
    assert one.project.ref(RELEASE) == other
    assert ADOPTING not in one.project.refs()


@posix
def test_without_leave_to_read_checks_the_cut_goes_on(one: World) -> None:
    one.token = one.sandbox.token(NAME, contents="write", pull_requests="write")
    outcome = one.cut()
    assert outcome.verdict is Verdict.CUT
    assert not_checked(outcome) == ["latest-proven"]


@posix
def test_fault_4_a_host_that_moves_one_ref_at_a_time(tmp_path: Path) -> None:
    with world(tmp_path, profile="no-update-refs") as one:
        assert one.cut().verdict is Verdict.CUT
        assert {RELEASE, ADOPTING} <= set(one.project.refs())


@posix
def test_what_the_configuration_names_is_started(one: World) -> None:
    one.write({CONFIG: "cut:\n  dispatch: [release.yml]\n"})
    assert one.cut().dispatched == ("release.yml",)


@posix
def test_what_is_cut_is_judged_by_its_own_configuration(one: World) -> None:
    """A pull request that main has taken and nobody has proven yet does not count."""
    one.write({CONFIG: "cut:\n  dispatch: [ci.yml]\n"})
    one.write({CONFIG: "cut:\n  dispatch: [release.yml]\n"}, is_promoted=False)
    assert one.cut().dispatched == ("ci.yml",)


@posix
def test_branches_of_other_names(one: World) -> None:
    one.write({CONFIG: "branches:\n  latest: proven\n"})
    one.project.set_ref("refs/heads/proven", one.project.ref(LATEST))
    one.project.set_ref(LATEST, None)
    assert one.cut().verdict is Verdict.CUT


@posix
def test_a_configuration_that_is_a_mistake(one: World) -> None:
    one.write({CONFIG: "cut:\n  dispach: [ci.yml]\n"})
    with pytest.raises(InputError, match="dispach"):
        one.cut()
    assert one.sandbox.effects == []


MANIFESTS = "cut:\n  manifests: [package.json, pyproject.toml]\n"


@posix
@pytest.mark.parametrize(
    ("package", "project", "lines"),
    [
        pytest.param("0.2.0-alpha", "0.2.0a0", [], id="both"),
        pytest.param("0.1.0", "0.2.0a1", ["package.json:2"], id="semver"),
        pytest.param("0.2.0-alpha.3", "0.2.0", ["pyproject.toml:2"], id="pep440"),
    ],
)
def test_manifests_carry_the_version(
    one: World, package: str, project: str, lines: list[str]
) -> None:
    one.write(
        {
            CONFIG: MANIFESTS,
            "package.json": f'{{\n  "version": "{package}"\n}}\n',
            "pyproject.toml": f'[project]\nversion = "{project}"\n',
        }
    )
    outcome = one.cut()
    found = [
        f"{each.place.file}:{each.place.line}"
        for each in outcome.findings
        if each.severity == "error"
    ]
    assert found == lines
    assert outcome.verdict is (Verdict.NO_GO if lines else Verdict.CUT)


@posix
def test_a_manifest_that_is_not_there(one: World) -> None:
    one.write({CONFIG: MANIFESTS})
    outcome = one.cut()
    assert unmet(outcome) == ["manifests-carry-version"]
    assert len(outcome.findings) == 3


# ---------------------------------------------------------------------------- approvals

DEMANDS = {CONFIG: "cut:\n  maintainer-approvals: true\n"}
SIGNATORIES = ("ida-voss", "tomas-rey", "nkem-adeyo")


def proposed(one: World, author: str = "ida-voss", base: str = "main") -> int:
    """The pull request that brought the agreement, open, which main and latest have by now."""
    one.write(DEMANDS)
    one.project.set_ref("refs/heads/agreed", one.project.ref(LATEST))
    one.project.commit({"NOTES.md": "As merged by hand\n"}, branch="agreed")
    return one.project.pull("agreed", base, author).number


def approved(one: World, number: int, *logins: str) -> None:
    for login in logins:
        one.project.review(number, login, "APPROVED")


def against(outcome: Outcome) -> list[str]:
    """What keeps the stakeholders from being aligned."""
    found = (each for each in outcome.criteria if each.name == "stakeholders-aligned")
    return [reason.message for each in found for reason in each.reasons]


def said(outcome: Outcome) -> str:
    return next(each.says for each in outcome.criteria if each.name == "stakeholders-aligned")


@posix
@pytest.mark.parametrize("state", ["open", "merged"])
def test_what_the_signatories_approved_is_cut(one: World, state: str) -> None:
    number = proposed(one)
    approved(one, number, "Tomas-Rey", "nkem-adeyo")
    if state == "merged":
        one.project.merged(number)
        one.project.set_ref("refs/heads/agreed", None)
    outcome = one.cut(pull_request=str(number))
    assert (outcome.verdict, outcome.status) == (Verdict.CUT, 0)
    assert outcome.signatories == tuple(f"@{login}" for login in SIGNATORIES)
    # Once it is frozen, it is, whatever the reviews say.
    one.project.review(number, "tomas-rey", "CHANGES_REQUESTED")
    for again in (one.cut(pull_request=str(number)), one.cut()):
        assert (again.verdict, again.status) == (Verdict.ALREADY_CUT, 0)


@posix
def test_each_missing_approval_is_named_on_its_line(one: World) -> None:
    number = proposed(one, "contributor")
    approved(one, number, "ida-voss", "tomas-rey")
    one.project.review(number, "tomas-rey", "CHANGES_REQUESTED")
    outcome = one.cut(pull_request=str(number))
    assert (outcome.verdict, unmet(outcome)) == (Verdict.NO_GO, ["stakeholders-aligned"])
    lines = one.read(LATEST, TEXT).splitlines()
    rows = [each.place.line for each in outcome.findings if each.severity == "error"]
    found = [lines[row - 1].split("|")[1].strip() for row in rows]
    assert found == ["@tomas-rey", "@nkem-adeyo"]
    assert one.sandbox.effects == []


@posix
def test_an_approval_of_an_earlier_commit_or_a_dismissed_one_does_not_count(one: World) -> None:
    number = proposed(one)
    one.project.review(number, "tomas-rey", "APPROVED", one.base)
    approved(one, number, "nkem-adeyo")
    one.project.review(number, "nkem-adeyo", "DISMISSED")
    outcome = one.cut(pull_request=str(number))
    assert [words.split()[0] for words in against(outcome)] == ["@tomas-rey", "@nkem-adeyo"]
    approved(one, number, "tomas-rey", "nkem-adeyo")
    assert one.cut(pull_request=str(number)).verdict is Verdict.CUT


@posix
def test_a_text_that_came_after_the_approvals_was_not_approved(one: World) -> None:
    number = proposed(one)
    approved(one, number, "tomas-rey", "nkem-adeyo")
    one.project.merged(number)
    one.write({TEXT: mature()[TEXT].replace("three clicks", "two clicks")})
    outcome = one.cut(pull_request=str(number))
    assert (outcome.verdict, unmet(outcome)) == (Verdict.NO_GO, ["stakeholders-aligned"])
    assert "another text" in against(outcome)[0]
    assert one.sandbox.effects == []


def _closed(one: World) -> int:
    number = proposed(one)
    one.project.issues[number].state = "closed"
    return number


def _elsewhere(one: World) -> int:
    one.project.set_ref("refs/heads/feature", one.base)
    return proposed(one, base="feature")


def _unread(one: World) -> int:
    """A commit that the repository does not show."""
    number = proposed(one)
    hidden = Fault("repos/get-content", "status", status=404)
    one.sandbox.faults.add(
        Fault("pulls/get", "after-call", call=lambda: one.sandbox.faults.add(hidden))
    )
    return number


def _headless(one: World) -> int:
    number = proposed(one)
    one.project.set_ref("refs/heads/agreed", None)
    return number


def _an_issue(one: World) -> int:
    number = proposed(one)
    one.project.issues[number].base = ""
    return number


@posix
@pytest.mark.parametrize(
    ("play", "message"),
    [
        (_closed, "was closed without being merged"),
        (_elsewhere, "leads neither to main nor to latest"),
        (_unread, "another text"),
        (_headless, "another text"),
        (_an_issue, "There is no pull request 1"),
    ],
)
def test_a_pull_request_that_brought_nothing(
    one: World, play: Callable[[World], int], message: str
) -> None:
    number = play(one)
    if one.project.issues[number].is_pull:
        approved(one, number, "tomas-rey", "nkem-adeyo")
    outcome = one.cut(pull_request=str(number))
    assert (outcome.verdict, unmet(outcome)) == (Verdict.NO_GO, ["stakeholders-aligned"])
    assert message in against(outcome)[0]
    assert one.sandbox.effects == []


@posix
def test_approvals_that_nobody_can_read_are_not_taken_for_given(one: World) -> None:
    number = proposed(one)
    approved(one, number, "tomas-rey", "nkem-adeyo")
    outcome = one.cut()
    assert (outcome.verdict, not_checked(outcome)) == (Verdict.REFUSED, ["stakeholders-aligned"])
    assert "give `pull-request` the number" in outcome.reason
    assert one.cut(dry_run=True).verdict is Verdict.GO
    one.token = one.sandbox.token(NAME, contents="write")
    outcome = one.cut(pull_request=str(number))
    assert "stakeholders-aligned" in not_checked(outcome)
    assert outcome.verdict is Verdict.REFUSED
    assert "pull-requests: read" in said(outcome)
    assert one.sandbox.effects == []


@posix
def test_without_the_key_no_review_is_read(one: World) -> None:
    one.project.set_ref("refs/heads/agreed", one.base)
    number = one.project.pull("agreed").number
    assert one.cut(pull_request=str(number)).verdict is Verdict.CUT
    assert not {"pulls/get", "pulls/list-reviews"} & set(one.operations())


@posix
def test_an_event_s_own_pull_request_is_the_one_that_is_judged(one: World) -> None:
    number = proposed(one)
    other = one.project.pull("agreed", author="contributor").number
    put(one.folder / "work", mature())
    inputs = Inputs(
        version=VERSION,
        token=one.token,
        repository=NAME,
        api_url=one.sandbox.api_url,
        root="work",
        pull_request=str(other),
    )
    approved(one, other, *SIGNATORIES)
    context = one.context(event="pull_request", is_pull_request=True, pull_request=number)
    assert unmet(part.cut(inputs, context)) == ["stakeholders-aligned"]
    approved(one, number, "tomas-rey", "nkem-adeyo")
    assert part.cut(inputs, context).verdict is Verdict.GO
    assert one.sandbox.effects == []


def test_a_folder_without_a_token_has_no_approvals(tmp_path: Path) -> None:
    outcome = check(put(tmp_path, mature() | DEMANDS), pull_request="7")
    assert (outcome.verdict, outcome.status) == (Verdict.GO, 0)
    assert "stakeholders-aligned" in not_checked(outcome)
    assert "give a token" in said(outcome)


# ---------------------------------------------------------------------------- who may ask


@posix
@pytest.mark.parametrize(
    "event", ["pull_request", "pull_request_target", "issue_comment", "workflow_run", "fork"]
)
def test_what_a_stranger_can_start_freezes_nothing(one: World, event: str) -> None:
    inputs = Inputs(version=VERSION, token=one.token, repository=NAME, dry_run=False)
    outcome = part.cut(inputs, one.context(event=event))
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert one.sandbox.requests == []


def test_row_53_a_checkout_that_the_event_distrusts_is_not_judged(tmp_path: Path) -> None:
    context = Context(workspace=put(tmp_path, mature()), untrusted="it may be a fork's")
    outcome = part.cut(Inputs(version=VERSION), context)
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert outcome.reason == "it may be a fork's"


@posix
def test_a_folder_is_checked_with_what_the_server_knows(one: World) -> None:
    """A pull request's text, judged beside the branches that there are."""
    (one.folder / "work").mkdir()
    (one.folder / "work" / TEXT).write_text(sample()[TEXT], encoding="utf-8")
    outcome = one.cut(root="work", dry_run=True)
    assert (outcome.verdict, outcome.commit) == (Verdict.NO_GO, "")
    assert "latest-exists" not in not_checked(outcome)
    assert one.sandbox.effects == []


# ---------------------------------------------------------------------------- the check of a folder


def put(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder


def check(folder: Path, **inputs: Any) -> Outcome:
    context = Context(workspace=folder, clock=lambda: NOON)
    return part.cut(Inputs(**{"version": VERSION, **inputs}), context)


def test_a_folder_without_git_and_token(tmp_path: Path) -> None:
    outcome = check(put(tmp_path, mature()))
    assert (outcome.verdict, outcome.status) == (Verdict.GO, 0)
    assert set(not_checked(outcome)) == {
        "version-follows",
        "latest-exists",
        "latest-proven",
        "documents-agree",
    }
    assert outcome.requests == 0


def test_a_folder_whose_blocker_is_open(tmp_path: Path) -> None:
    outcome = check(put(tmp_path, sample()))
    assert (outcome.verdict, outcome.status) == (Verdict.NO_GO, 1)
    lines = sample()[TEXT].splitlines()
    places = [lines[each.place.line - 1] for each in outcome.findings if each.severity == "error"]
    assert OPEN in places
    assert outcome.blockers[0].owner == "@nkem-adeyo"


def test_local_git_tells_branches_and_ages(tmp_path: Path) -> None:
    root = repositories.repository(tmp_path / "repository")
    later = "2026-01-05T03:04:05+00:00"
    repositories.commit(root, {**mature(), TEXT: mature()[TEXT].replace(CLOSED, "")})
    repositories.commit(root, sample(), date=later)
    repositories.git(root, "branch", "latest")
    outcome = check(tmp_path, root="repository")
    assert not_checked(outcome) == ["latest-proven"]
    (blocker,) = outcome.blockers
    assert (str(blocker.opened), blocker.age) == ("2026-01-05", 15)


def test_a_text_that_cannot_be_frozen_says_where(tmp_path: Path) -> None:
    text = mature()[TEXT].replace("**Branch**: `latest`\n", "**Branch**: `latest`\n\n## Early\n")
    with pytest.raises(InputError, match="stands above") as raised:
        check(put(tmp_path, mature() | {TEXT: text}))
    assert raised.value.line == text.splitlines().index("## Early") + 1


def test_a_pull_request_s_own_configuration_does_not_judge_it(tmp_path: Path) -> None:
    """It could turn the rules off that would find fault with what is frozen."""
    folder = put(tmp_path, mature() | {CONFIG: "cut:\n  manifests: [package.json]\n"})
    context = Context(workspace=folder, clock=lambda: NOON, is_pull_request=True)
    outcome = part.cut(Inputs(version=VERSION), context)
    assert outcome.verdict is Verdict.GO
    assert any("cannot judge it" in notice for notice in outcome.notices)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"version": ""}, "`version` is missing"),
        ({"version": "1.0"}, "is no version"),
        ({"version": "1.0.0-alpha\n"}, "is no version"),
        ({"version": "v1.0.0-\u0430lpha"}, "is no version"),
        ({"version": "--upload-pack=x"}, "is no version"),
        ({"main": "a..b"}, "must be a branch name"),
        ({"latest": "--upload-pack=touch pwn"}, "must be a branch name"),
        ({"config": "../x.yml"}, "without `..`"),
        ({"config": "no.yml"}, "does not exist"),
        ({"pull_request": "#7"}, "`pull-request` must be a number"),
        ({"pull_request": "\u0667"}, "`pull-request` must be a number"),
        ({"pull_request": "0"}, "`pull-request` must be a number"),
        ({"pull_request": "7/files"}, "`pull-request` must be a number"),
        ({"dispatch": ("../x.yml",)}, "file names of .github/workflows"),
        ({"expect": "latest"}, "output `source-blob`"),
        ({"root": "nowhere"}, "is not a folder"),
        ({"root": ".", "dry_run": False}, "for the check alone"),
        ({"dry_run": False}, "the repository is not known"),
        ({"dry_run": False, "repository": NAME}, "there is no token"),
        ({"token": "t", "repository": "x"}, "names no repository"),
    ],
)
def test_inputs_that_are_wrong(tmp_path: Path, inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        check(put(tmp_path, mature()), **inputs)


def test_a_folder_without_documents(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no MILESTONES\.latest\.md"):
        check(tmp_path)


@posix
def test_a_root_behind_a_link(tmp_path: Path) -> None:
    put(tmp_path / "real", mature())
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(InputError, match="goes through a link"):
        check(tmp_path, root="link")


# ---------------------------------------------------------------------------- reports


def hostile(folder: Path) -> Outcome:
    text = sample()[TEXT].replace(
        "Holder of the macOS signing certificate is TBD",
        "::set-output name=verdict::go ##[x] </details># ✅ @org/all ![](//x)",
    )
    return check(put(folder, sample() | {TEXT: text}))


def as_text(outcome: Outcome) -> str:
    return cutting.text(outcome)


@pytest.mark.parametrize(
    "render",
    [as_text, cutting.markdown, cutting.as_json, cutting.as_sarif],
    ids=["text", "markdown", "json", "sarif"],
)
def test_rows_4_5_38_39_no_report_obeys_a_document(
    render: Callable[[Outcome], str], tmp_path: Path
) -> None:
    said = render(hostile(tmp_path))
    assert "B5" in said
    assert not re.search(r"::(set-output|add-mask)|##\[", said)
    if render is cutting.markdown:
        outside = re.sub(r"(`+).*?\1|<code>.*?</code>", "", said)
        assert "@" not in outside
        assert "![" not in outside
        assert "</details>#" not in outside


def test_the_json_report_has_what_it_promises(tmp_path: Path) -> None:
    report = json.loads(cutting.as_json(check(put(tmp_path, sample()))))
    assert report["part"] == "cut"
    assert (report["verdict"], report["version"]) == ("no-go", VERSION)
    assert (report["branch"], report["document"]) == (BRANCH, DOCUMENT)
    assert {each["name"] for each in report["criteria"]} >= {
        "scope-defined",
        "blockers-resolved",
        "stakeholders-aligned",
        "capacity-realistic",
    }
    (blocker,) = report["blockers"]
    assert [step["resolution"] for step in blocker["plan"]] == [
        "Resolved",
        "Deferred",
        "Accepted",
        "Rejected",
    ]
    for found in report["findings"]:
        assert found["rule"]
        assert found["line"] > 0
    assert {each["name"] for each in report["notChecked"]} == {
        "version-follows",
        "latest-exists",
        "latest-proven",
        "documents-agree",
    }


def test_row_41_a_summary_is_cut_and_counts_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = check(put(tmp_path, sample()))
    monkeypatch.setattr(cutting, "LIMIT", 3_000)
    said = cutting.markdown(outcome)
    assert len(said.encode()) <= 3_200
    assert re.search(r"more \w+ (is|are) in the JSON report", said)


def test_the_command_checks_unless_it_is_told_to_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    root = str(put(tmp_path, sample()))
    options = ["cut", "--root", root, "--version", VERSION]
    assert main([*options, "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["dryRun"] is True
    assert main([*options, "--no-dry-run"]) == 2
    assert "for the check alone" in capsys.readouterr().err
    assert main(["cut", "--root", root]) == 2
    assert "`version` is missing" in capsys.readouterr().err
