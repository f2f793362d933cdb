"""Frozen means frozen, on real repositories: whatever was done to a document, git remembers."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from ceremony.actions.audit import Context, Inputs, audit
from ceremony.model import Finding
from ceremony.rules.audit import RULES
from ceremony.rules.audit.outcome import Outcome
from ceremony.rules.audit.past import (
    INSIDE,
    NO_CHECKOUT,
    NO_COMMIT,
    PARTIAL,
    PROMISED,
    SHALLOW,
    UNPUBLISHED,
)
from tests.support.git_server import git as feed
from tests.support.repositories import clone, commit, git, repository

PROJECT = Path(__file__).resolve().parents[1] / "examples" / "project"
ALPHA = "MILESTONES.v1.0.0-alpha.md"
BETA = "MILESTONES.v1.0.0-beta.md"
LATEST = "MILESTONES.latest.md"
FROZEN = "# MILESTONES - v1.0.0-alpha\n\n---\n\n## Scope\n\nAll of it.\n"
LIVING = (
    "# MILESTONES - Latest\n\n**Last Updated**: 2026-01-05\n\n---\n\n## M1: Shelves\n\n"
    "**Status**: `ACCEPTED`\n**Owner**: @lark\n"
)
HISTORY_RULES = {
    name for name, rule in RULES.items() if rule.check and rule.check.__module__.endswith("history")
}
REFS_RULES = {
    name for name, rule in RULES.items() if rule.check and rule.check.__module__.endswith(".refs")
}


def day(number: int) -> str:
    """A moment on a day of January 2026."""
    return f"2026-01-{number:02}T12:00:00+00:00"


def run(root: Path, *, as_of: str = "2026-01-15", **inputs: str) -> Outcome:
    context = Context(workspace=root, today=dt.date(2026, 1, 15))
    return audit(Inputs(as_of=as_of, **inputs), context)  # type: ignore[arg-type]


def found(outcome: Outcome, rule: str = "frozen-modified") -> list[Finding]:
    return [finding for finding in outcome.findings if finding.rule == rule]


def of_history(outcome: Outcome) -> list[Finding]:
    return [f for f in outcome.findings if f.rule in HISTORY_RULES | REFS_RULES]


def reasons(outcome: Outcome, rules: set[str]) -> set[str]:
    return {entry.reason for entry in outcome.skipped if entry.rule in rules}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = repository(tmp_path_factory.mktemp("template") / "project")
    commit(folder, {LATEST: LIVING, "a.txt": "a"}, date=day(5))
    git(folder, "branch", "latest")
    git(folder, "checkout", "-q", "-b", "v1.0.0-alpha")
    commit(folder, {ALPHA: FROZEN}, date=day(6))
    git(folder, "checkout", "-q", "main")
    commit(folder, {ALPHA: FROZEN}, date=day(7))
    return folder


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    """A frozen alpha with its branch, `latest`, and a living document."""
    return Path(shutil.copytree(template, tmp_path / "project"))


# ---------------------------------------------------------------------------- frozen documents


def test_a_document_that_stayed_is_not_reported(project: Path) -> None:
    outcome = run(project)
    assert of_history(outcome) == []
    assert reasons(outcome, HISTORY_RULES | REFS_RULES) == set()


def edit(folder: Path) -> None:
    commit(folder, {ALPHA: FROZEN + "More.\n"}, "x", date=day(8))


def edit_and_back(folder: Path) -> None:
    edit(folder)
    commit(folder, {ALPHA: FROZEN}, date=day(9))


def remove(folder: Path) -> None:
    commit(folder, {ALPHA: None}, date=day(8))


def remove_and_back(folder: Path) -> None:
    remove(folder)
    commit(folder, {ALPHA: FROZEN}, date=day(9))


def move(folder: Path) -> None:
    commit(folder, {ALPHA: None, f"docs/{ALPHA}": FROZEN}, date=day(8))


def move_out_of_sight(folder: Path) -> None:
    commit(folder, {ALPHA: None, f"archive/{ALPHA}": FROZEN}, date=day(8))


def rename(folder: Path) -> None:
    commit(folder, {ALPHA: None, BETA: FROZEN}, date=day(8))
    git(folder, "branch", "v1.0.0-beta")


def link(folder: Path) -> None:
    (folder / ALPHA).unlink()
    (folder / ALPHA).symlink_to(LATEST)
    commit(folder, {}, date=day(8))


def evil_merge(folder: Path) -> None:
    git(folder, "checkout", "-q", "-b", "side", "HEAD~1")
    commit(folder, {"b.txt": "b"}, date=day(8))
    git(folder, "checkout", "-q", "main")
    git(folder, "merge", "-q", "--no-ff", "--no-commit", "side")
    commit(folder, {ALPHA: FROZEN + "Smuggled.\n"}, date=day(8))


def merge_that_takes_the_other_side(folder: Path) -> None:
    """A merge whose result is a side branch from before the cut: no commit removes anything."""
    git(folder, "checkout", "-q", "-b", "side", "HEAD~1")
    commit(folder, {"b.txt": "b"}, date=day(8))
    git(folder, "merge", "-q", "-s", "ours", "-m", "x", "main", date=day(9))
    git(folder, "checkout", "-q", "-B", "main")
    # As a maintainer's branch would: main's old tip is the first parent.
    tree, side, before = (
        git(folder, "rev-parse", name) for name in ("HEAD^{tree}", "HEAD^1", "HEAD^2")
    )
    new = git(folder, "commit-tree", tree, "-p", before, "-p", side, "-m", "x", date=day(9))
    git(folder, "reset", "-q", "--hard", new)


def edit_on_a_side_that_was_merged(folder: Path) -> None:
    git(folder, "checkout", "-q", "-b", "side")
    edit_and_back(folder)
    git(folder, "checkout", "-q", "main")
    commit(folder, {"b.txt": "b"}, date=day(9))
    git(folder, "merge", "-q", "--no-ff", "-m", "x", "side", date=day(10))


def edit_on_its_branch(folder: Path) -> None:
    git(folder, "checkout", "-q", "v1.0.0-alpha")
    edit(folder)
    git(folder, "checkout", "-q", "main")


def edit_on_its_branch_and_back(folder: Path) -> None:
    git(folder, "checkout", "-q", "v1.0.0-alpha")
    edit_and_back(folder)
    git(folder, "checkout", "-q", "main")


def remove_on_its_branch(folder: Path) -> None:
    git(folder, "checkout", "-q", "v1.0.0-alpha")
    remove(folder)
    git(folder, "checkout", "-q", "main")


@pytest.mark.parametrize(
    ("act", "file", "said"),
    [
        pytest.param(edit, ALPHA, "its text changed in {} (2026-01-08)", id="edit"),
        pytest.param(
            edit_and_back,
            ALPHA,
            "its text changed in {} (2026-01-08), and was put back since",
            id="edits that cancel out",
        ),
        pytest.param(remove, LATEST, "was removed in {} (2026-01-08)", id="removal"),
        pytest.param(
            remove_and_back,
            ALPHA,
            "was removed in {} (2026-01-08), and was put back since",
            id="removal and return",
        ),
        pytest.param(
            move,
            f"docs/{ALPHA}",
            "was removed in {} (2026-01-08); it stands in docs/" + ALPHA + " now",
            id="move",
        ),
        pytest.param(
            move_out_of_sight, LATEST, "was removed in {} (2026-01-08)", id="move out of sight"
        ),
        pytest.param(rename, LATEST, "was removed in {} (2026-01-08)", id="rename"),
        pytest.param(link, ALPHA, "became a link in {} (2026-01-08)", id="link"),
        pytest.param(evil_merge, ALPHA, "its text changed in {} (2026-01-08)", id="evil merge"),
        pytest.param(
            merge_that_takes_the_other_side,
            LATEST,
            "was removed in {} (2026-01-09)",
            id="merge that takes the other side",
        ),
        pytest.param(
            edit_on_a_side_that_was_merged,
            ALPHA,
            "its text changed in {} (2026-01-08), and was put back since",
            id="side branch",
        ),
        pytest.param(
            edit_on_its_branch,
            ALPHA,
            "its release branch holds another text, since {} (2026-01-08)",
            id="release branch",
        ),
        pytest.param(
            edit_on_its_branch_and_back,
            ALPHA,
            "its release branch holds another text, since {} (2026-01-08)",
            id="release branch and back",
        ),
        pytest.param(
            remove_on_its_branch,
            ALPHA,
            "was removed on a release branch in {} (2026-01-08)",
            id="removal on its branch",
        ),
    ],
)
def test_whatever_was_done_to_it_is_reported(
    project: Path, act: Callable[[Path], None], file: str, said: str
) -> None:
    act(project)
    (finding,) = found(run(project))
    assert (finding.place.file, finding.place.line) == (file, 1)
    commits = git(project, "log", "--all", "--format=%h").split()
    assert finding.message in {f"v1.0.0-alpha: {said.format(sha[:7])}" for sha in commits}


class Story(NamedTuple):
    """A commit of a made-up history: its parents, and what the document is in it."""

    parents: tuple[int, ...]
    text: str | None


def stories(chance: random.Random) -> tuple[list[Story], int, int]:
    """A history with branches and merges of every kind, and two commits of it: tips."""
    told = [Story((), None)]
    for _ in range(chance.randint(4, 9)):
        recent = range(max(0, len(told) - 3), len(told))
        parents = tuple(chance.sample(recent, min(len(recent), chance.choice((1, 1, 2)))))
        held = [told[parent].text for parent in parents]
        # Most commits leave the document as one of their parents had it.
        texts = [*held * 3, "a", "a", "a", chance.choice((None, "b", "a", "a"))]
        told.append(Story(parents, chance.choice(texts)))
    return told, len(told) - 1, chance.randrange(len(told))


def written(folder: Path, told: list[Story], head: int, release: int) -> Path:
    """The repository of such a history: main at one tip, the release branch at the other."""
    stream = ""
    for number, story in enumerate(told):
        stream += f"commit refs/heads/c{number}\nmark :{number + 1}\n"
        stream += f"committer a <a> {1_767_000_000 + number * 86_400} +0000\ndata 1\nx\n"
        for word, parent in zip(("from", "merge"), story.parents, strict=False):
            stream += f"{word} :{parent + 1}\n"
        stream += f"M 100644 inline {LATEST}\ndata 4\n# A\n\nM 100644 inline n\ndata 1\n{number}\n"
        if story.text is None:
            stream += f"D {ALPHA}\n"
        else:
            stream += f"M 100644 inline {ALPHA}\ndata 1\n{story.text}\n"
    for branch, tip in (("main", head), ("latest", head), ("v1.0.0-alpha", release)):
        stream += f"reset refs/heads/{branch}\nfrom :{tip + 1}\n\n"
    repository(folder)
    feed(folder, "fast-import", "--quiet", stdin=stream.encode())
    git(folder, "reset", "-q", "--hard")
    return folder


def reached(told: list[Story], tip: int) -> set[int]:
    found, left = set(), [tip]
    while left:
        number = left.pop()
        if number not in found:
            found.add(number)
            left += told[number].parents
    return found


def is_tampered(told: list[Story], head: int, release: int) -> bool:
    """What reading every commit's whole tree comes to."""
    here = reached(told, head)
    everywhere = here | reached(told, release)
    texts = {told[number].text for number in everywhere} - {None}
    removed = any(
        told[number].text is None
        and told[number].parents
        and told[told[number].parents[0]].text is not None
        for number in everywhere
    )
    lost = told[head].text is None and any(told[number].text for number in here)
    return len(texts) > 1 or removed or lost


def test_made_up_histories_are_judged_as_reading_every_commit_would(tmp_path: Path) -> None:
    chance = random.Random(13)
    expected = []
    for number in range(24):
        told, head, release = stories(chance)
        expected.append(is_tampered(told, head, release))
        folder = written(tmp_path / str(number), told, head, release)
        assert bool(found(run(folder))) is expected[-1], (told, head, release)
    assert 6 < sum(expected) < 20


def test_a_clone_knows_the_release_branch_as_well(project: Path, tmp_path: Path) -> None:
    edit_on_its_branch(project)
    assert len(found(run(clone(project, tmp_path / "clone")))) == 1


def test_threat_13_filters_of_the_checkout_change_no_hash(project: Path, tmp_path: Path) -> None:
    copy = clone(project, tmp_path / "clone", "-c", "core.autocrlf=true")
    assert b"\r\n" in (copy / ALPHA).read_bytes()
    assert of_history(run(copy)) == []


def test_strangers_words_are_not_in_the_message(project: Path) -> None:
    commit(project, {ALPHA: "x\n"}, "::error::pwn", date=day(8), author="##[set-output]")
    (finding,) = found(run(project))
    assert "pwn" not in finding.message
    assert "set-output" not in finding.message


def test_what_is_numbered_counts_in_whichever_form(project: Path) -> None:
    for text in ("x", "y"):
        files = {"MILESTONES.v2-alpha.md": text, "MILESTONES.vision.md": text}
        commit(project, files, date=day(8))
    assert [f.place.file for f in found(run(project))] == ["MILESTONES.v2-alpha.md"]


def test_a_removed_document_stands_where_the_ceremony_names_it(project: Path) -> None:
    commit(project, {"MILESTONES_CEREMONY.md": "# C\n\nSee v1.0.0-alpha.\n"}, date=day(8))
    commit(project, {ALPHA: None}, date=day(8))
    (finding,) = found(run(project))
    assert (finding.place.file, finding.place.line) == ("MILESTONES_CEREMONY.md", 3)


def test_what_the_configuration_ignores_is_not_judged(project: Path) -> None:
    edit(project)
    config = f"documents:\n  ignore: [{ALPHA}]\n"
    commit(project, {".github/ceremony.yml": config}, date=day(9))
    assert found(run(project)) == []


def test_a_patch_that_once_removed_is_reported(project: Path) -> None:
    stable = FROZEN.replace("alpha", "stable")
    patch = FROZEN.replace("1.0.0-alpha", "1.0.1-patch")
    name = "MILESTONES.v1.0.1-patch.md"
    commit(project, {"MILESTONES.v1.0.0-stable.md": stable, name: patch}, date=day(8))
    commit(project, {name: patch.replace("All", "Half")}, date=day(9))
    commit(project, {name: patch}, date=day(10))
    outcome = run(project)
    (finding,) = found(outcome, "frozen-not-append-only")
    assert (finding.place.file, finding.place.line) == (name, 1)
    assert len(found(outcome)) == 1


# ---------------------------------------------------------------------------- living documents


BLOCKED = (
    "# MILESTONES - Latest\n\n**Last Updated**: {}\n\n---\n\n## M1: Shelves\n\n**Status**: `{}`\n"
    "**Owner**: @lark\n\n## Blocker Registry\n\n| ID | Section | Blocker | Owner | Status |\n"
    "|--|--|--|--|--|\n| B1 | M1 | {} | @lark | Open |\n"
)


def living(stated: str = "2026-01-05", state: str = "BLOCKED", why: str = "No oak") -> str:
    return BLOCKED.format(stated, state, why)


def rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in of_history(outcome)]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """One living document, committed on the fifth, and its branch."""
    folder = repository(tmp_path / "plain")
    commit(folder, {LATEST: living()}, date=day(5))
    git(folder, "branch", "latest")
    return folder


def test_a_change_without_its_date(plain: Path) -> None:
    commit(plain, {LATEST: living(why="No oak yet")}, date=day(9))
    assert rules(run(plain)) == ["updated-stale"]
    commit(plain, {LATEST: living("2026-01-09", why="No oak yet")}, date=day(9))
    assert rules(run(plain)) == []


def test_what_a_bot_or_a_formatter_does_is_no_change(plain: Path) -> None:
    commit(plain, {LATEST: living(why="No  oak") + "\n"}, date=day(9))
    commit(plain, {LATEST: living(why="No oaks")}, date=day(9), author="lark[bot]")
    commit(plain, {LATEST: living(why="No oaks").replace("\n", "\r\n")}, date=day(9))
    assert rules(run(plain)) == []


@pytest.mark.parametrize("home", ["docs", "governance"])
def test_a_move_is_no_change_and_no_movement(tmp_path: Path, home: str) -> None:
    folder = repository(tmp_path / "moved")
    commit(folder, {f"{home}/{LATEST}": living(), "a.txt": "a", "z.txt": "z"}, date=day(5))
    moved = {f"{home}/{LATEST}": None, LATEST: living(), "a.txt": None, "z.txt": "zz"}
    commit(folder, moved, date=day(20))
    git(folder, "branch", "latest")
    assert rules(run(folder, as_of="2026-01-30")) == []
    assert rules(run(folder, as_of="2026-02-05")) == ["blocker-stuck"]


def test_a_document_that_came_anew_is_another(plain: Path) -> None:
    commit(plain, {LATEST: None, "x.md": "x"}, date=day(6))
    commit(plain, {LATEST: living(state="COMPLETE")}, date=day(20))
    assert rules(run(plain, as_of="2026-02-10")) == []


def test_a_merged_change_is_as_old_as_its_author_says(plain: Path) -> None:
    git(plain, "checkout", "-q", "-b", "feature")
    commit(plain, {LATEST: living("2026-01-08", why="Less oak")}, date=day(8))
    git(plain, "checkout", "-q", "main")
    commit(plain, {"a.txt": "a"}, date=day(12))
    git(plain, "merge", "-q", "--no-ff", "-m", "m", "feature", date=day(14))
    assert rules(run(plain)) == []
    assert rules(run(plain, as_of="2026-02-08")) == ["blocker-stuck"]


def test_a_merge_that_changes_by_itself_is_dated_itself(plain: Path) -> None:
    git(plain, "checkout", "-q", "-b", "feature")
    commit(plain, {"a.txt": "a"}, date=day(8))
    git(plain, "checkout", "-q", "main")
    git(plain, "merge", "-q", "--no-ff", "--no-commit", "feature")
    commit(plain, {LATEST: living(why="Smuggled oak")}, date=day(14))
    assert rules(run(plain)) == ["updated-stale"]


def test_states_move_along_first_parents(plain: Path) -> None:
    git(plain, "checkout", "-q", "-b", "feature")
    commit(plain, {LATEST: living(state="COMPLETE")}, date=day(5))
    commit(plain, {LATEST: living(state="ACCEPTED")}, date=day(5))
    git(plain, "checkout", "-q", "main")
    git(plain, "merge", "-q", "--no-ff", "-m", "m", "feature", date=day(5))
    assert rules(run(plain)) == []
    commit(plain, {LATEST: living(state="PROPOSED")}, date=day(5))
    assert rules(run(plain)) == ["state-transition"]


def test_what_is_not_committed_yet_is_judged_by_its_state(plain: Path) -> None:
    (plain / LATEST).write_text(living(state="COMPLETE", why="No ash"), encoding="utf-8")
    outcome = run(plain, as_of="2026-03-01")
    assert [(f.rule, f.place.line) for f in of_history(outcome)] == [("state-transition", 9)]


# ---------------------------------------------------------------------------- branches


def test_a_latest_of_its_own_is_reported(project: Path, tmp_path: Path) -> None:
    git(project, "checkout", "-q", "latest")
    changed = LIVING.replace("Shelves", "Doors")
    commit(project, {LATEST: changed}, date=day(8))
    git(project, "checkout", "-q", "main")
    expected = [(LATEST, "branch-diverged"), (LATEST, "branch-document-drift")]
    for folder in (project, clone(project, tmp_path / "clone")):
        outcome = run(folder)
        assert [(f.place.file, f.rule) for f in of_history(outcome)] == expected
    git(project, "merge", "-q", "-m", "m", "latest", date=day(9))
    assert [f.rule for f in of_history(run(project))] == ["updated-stale"]


def test_a_latest_without_a_common_commit_is_reported(project: Path) -> None:
    git(project, "checkout", "-q", "--orphan", "alone")
    commit(project, {LATEST: "# Other\n"}, date=day(8))
    git(project, "branch", "-f", "latest")
    git(project, "checkout", "-q", "main")
    assert rules(run(project)) == ["branch-diverged", "branch-document-drift"]


def test_a_release_branch_without_its_document(project: Path) -> None:
    git(project, "branch", "v1.0.0-beta", "latest")
    git(project, "branch", "v2-alpha", "latest")
    git(project, "tag", "v1.0.1-patch", "latest")
    (one, other) = found(run(project), "frozen-document-missing")
    assert {one.subject, other.subject} == {"v1.0.0-beta", "v1.0.1-patch"}


def test_tags_tell_what_is_out(project: Path) -> None:
    commit(project, {LATEST: LIVING + "**Target**: v0.9.0\n", "a.txt": "b"}, date=day(5))
    assert rules(run(project)) == []
    git(project, "tag", "-a", "-m", "x", "0.9.0-stable")
    assert rules(run(project)) == ["target-passed"]


def test_threat_26_a_lethal_ref_is_no_release(project: Path) -> None:
    for name in ("v1.0.0-alpha$(id)", "v1.0.0-alpha;x", "v1.0.0-ALPHA"):
        git(project, "update-ref", f"refs/heads/{name}", "main")
    git(project, "update-ref", "refs/tags/v\u0661.0.0-alpha", "main")
    assert of_history(run(project)) == []


def test_documents_in_a_home_of_their_own(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    config = {".github/ceremony.yml": "documents:\n  home: a[b]*\n"}
    commit(folder, {**config, f"a[b]*/{LATEST}": LIVING, f"a[b]*/{ALPHA}": FROZEN}, date=day(5))
    commit(folder, {f"ab/{ALPHA}": "x"}, date=day(6))
    git(folder, "branch", "latest")
    git(folder, "branch", "v1.0.0-alpha")
    assert of_history(run(folder)) == []
    commit(folder, {f"a[b]*/{ALPHA}": "y\n"}, date=day(7))
    assert [f.place.file for f in found(run(folder))] == [f"a[b]*/{ALPHA}"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in PATH")
def test_all_documents_are_read_in_one_walk(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    (tmp_path / "bin").mkdir()
    counting = tmp_path / "bin" / "git"
    counting.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\nexec "{shutil.which("git")}" "$@"\n')
    counting.chmod(0o755)
    monkeypatch.setenv("PATH", f"{counting.parent}{os.pathsep}{os.environ['PATH']}")
    more = {f"MILESTONES.v1.{n}.0-alpha.md": FROZEN for n in range(1, 30)}
    for files in ({}, more):
        commit(project, files, date=day(8))
        log.write_text("")
        run(project)
        said = log.read_text()
        assert said.count("log --stdin") == 2  # the checkout's, and what only branches hold
        assert len(said.splitlines()) <= 7


# ---------------------------------------------------------------------------- a pull request


def test_a_pull_request_that_tampers_fails_on_the_document(project: Path) -> None:
    git(project, "checkout", "-q", "-b", "feature")
    commit(project, {ALPHA: FROZEN.replace("All", "Half")}, date=day(8))
    git(project, "checkout", "-q", "--detach", "main")
    git(project, "merge", "-q", "--no-ff", "-m", "merge", "feature", date=day(9))
    outcome = run(project, base="main")
    assert [(f.place.file, f.place.line) for f in found(outcome)] == [(ALPHA, 1)]
    assert outcome.verdict == "fail"


def test_a_pull_request_that_tampers_again_fails_again(project: Path) -> None:
    edit(project)
    git(project, "checkout", "-q", "-b", "feature")
    commit(project, {"b.txt": "b"}, date=day(9))
    assert found(run(project, base="main")) == []
    commit(project, {ALPHA: "# Other\n"}, date=day(9))
    (finding,) = found(run(project, base="main"))
    assert git(project, "rev-parse", "HEAD").startswith(finding.message.split()[5])


def test_a_pull_requests_merge_of_nothing_frozen_is_silent(project: Path) -> None:
    git(project, "checkout", "-q", "-b", "feature", "HEAD~1")
    changed = LIVING.replace("2026-01-05", "2026-01-08").replace("Shelves", "Shelves again")
    commit(project, {LATEST: changed}, date=day(8))
    git(project, "checkout", "-q", "--detach", "main")
    git(project, "merge", "-q", "--no-ff", "-m", "merge", "feature", date=day(13))
    outcome = run(project)
    assert of_history(outcome) == []
    assert of_history(run(project, base="main")) == []
    assert reasons(outcome, HISTORY_RULES) == set()


# ---------------------------------------------------------------------------- sources not at hand


def sample(folder: Path) -> Path:
    shutil.copytree(PROJECT, folder)
    return folder


def test_no_repository(tmp_path: Path) -> None:
    outcome = run(sample(tmp_path / "sample"))
    assert outcome.findings == ()
    assert reasons(outcome, HISTORY_RULES | REFS_RULES) == {NO_CHECKOUT}


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = run(sample(tmp_path / "sample"))
    assert reasons(outcome, HISTORY_RULES | REFS_RULES) == {NO_CHECKOUT}


def test_a_git_that_fails_says_why(project: Path) -> None:
    shutil.rmtree(project / ".git" / "objects")
    (project / ".git" / "objects").mkdir()
    (reason,) = reasons(run(project), HISTORY_RULES | REFS_RULES)
    assert reason.startswith(("git cannot tell: ", NO_COMMIT))


def test_a_new_repository_without_a_commit(tmp_path: Path) -> None:
    outcome = run(repository(sample(tmp_path / "sample")))
    assert outcome.findings == ()
    assert reasons(outcome, HISTORY_RULES | REFS_RULES) == {NO_COMMIT}


def test_a_new_repository_with_its_first_commit(tmp_path: Path) -> None:
    folder = repository(sample(tmp_path / "sample"))
    commit(folder, {}, date=day(15))
    outcome = run(folder)
    assert outcome.findings == ()
    assert reasons(outcome, HISTORY_RULES) == set()
    assert reasons(outcome, {"branch-missing"}) == {UNPUBLISHED}


def test_a_repository_without_remotes_has_all_there_is_once_it_has_begun(plain: Path) -> None:
    git(plain, "branch", "-m", "latest", "v1.0.0-alpha")
    commit(plain, {ALPHA: FROZEN}, date=day(5))
    assert rules(run(plain)) == ["branch-missing"]
    git(plain, "branch", "-D", "v1.0.0-alpha")
    outcome = run(plain)
    assert rules(outcome) == []
    assert reasons(outcome, {"branch-missing"}) == {UNPUBLISHED}


def test_a_folder_of_a_larger_repository(tmp_path: Path) -> None:
    outer = repository(tmp_path / "outer")
    commit(outer, {"a.txt": "a"}, date=day(5))
    sample(outer / "docs" / "project")
    outcome = run(outer / "docs" / "project")
    assert outcome.findings == ()
    assert reasons(outcome, HISTORY_RULES) == {NO_COMMIT}
    commit(outer, {}, date=day(15))
    outcome = run(outer / "docs" / "project")
    assert outcome.findings == ()
    assert reasons(outcome, HISTORY_RULES) == set()
    assert reasons(outcome, REFS_RULES) == {INSIDE}
    commit(outer, {"docs/project/MILESTONES.v0.1.0-alpha.md": "# x\n"}, date=day(15))
    assert len(found(run(outer / "docs" / "project"))) == 1


def test_the_sample_inside_this_repository() -> None:
    assert run(PROJECT).findings == ()


def test_threat_31_a_shallow_clone_says_so(project: Path, tmp_path: Path) -> None:
    edit(project)
    for depth in (1, 2):
        shallow = clone(project, tmp_path / str(depth), f"--depth={depth}")
        outcome = run(shallow)
        assert of_history(outcome) == []
        assert reasons(outcome, HISTORY_RULES | REFS_RULES) == {SHALLOW}


def test_a_clone_of_one_branch_does_not_say_that_others_are_missing(
    project: Path, tmp_path: Path
) -> None:
    outcome = run(clone(project, tmp_path / "clone", "--single-branch"))
    assert of_history(outcome) == []
    assert reasons(outcome, REFS_RULES) >= {PARTIAL}


def test_a_remote_of_another_name_may_have_more(project: Path) -> None:
    git(project, "branch", "-D", "v1.0.0-alpha")
    git(project, "update-ref", "refs/remotes/upstream/main", "main")
    outcome = run(project)
    assert of_history(outcome) == []
    assert reasons(outcome, {"branch-missing"}) == {PARTIAL}


def test_a_clone_without_former_texts_still_knows_what_is_frozen(
    project: Path, tmp_path: Path
) -> None:
    edit_and_back(project)
    commit(project, {LATEST: LIVING + "More.\n"}, date=day(9))
    git(project, "config", "uploadpack.allowFilter", "true")
    outcome = run(clone(project, tmp_path / "clone", "--filter=blob:none"))
    assert [f.rule for f in of_history(outcome)] == ["frozen-modified"]
    assert reasons(outcome, {"updated-stale", "blocker-stuck"}) == {PROMISED}


def test_a_clone_of_a_single_commit_may_be_shallow(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    commit(folder, {LATEST: LIVING}, date=day(5))
    outcome = run(clone(folder, tmp_path / "clone"))
    assert of_history(outcome) == []
    assert reasons(outcome, {"branch-missing"}) == {PARTIAL}


def test_a_whole_clone_says_what_is_missing(project: Path, tmp_path: Path) -> None:
    git(project, "branch", "-D", "latest", "v1.0.0-alpha")
    outcome = run(clone(project, tmp_path / "clone"))
    assert [(f.rule, f.place.file) for f in of_history(outcome)] == [
        ("branch-missing", LATEST),
        ("branch-missing", ALPHA),
    ]
