"""A baseline lets a project with many findings start today, and only ever shrinks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ceremony.actions.audit import Context, Inputs, read_baseline, write_baseline
from ceremony.model import InputError
from ceremony.workspace import Checkout
from tests.support.repositories import commit, git, repository
from tests.test_base import TODAY, found, latest, run

KNOWN = "known.json"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = repository(tmp_path / "project")
    commit(folder, latest("`DREAMT`", "`HOPED`"))
    return folder


def update(project: Path) -> int:
    inputs = Inputs(baseline=KNOWN, baseline_update=True)
    return write_baseline(inputs, Context(workspace=project, today=TODAY))


def entries(project: Path) -> list[dict[str, str]]:
    held: list[dict[str, str]] = json.loads((project / KNOWN).read_text())["findings"]
    return held


def test_a_new_baseline_takes_everything(project: Path) -> None:
    before = run(project)
    assert update(project) == len(before.findings) > 1
    outcome = run(project, baseline=KNOWN)
    assert outcome.findings == ()
    assert outcome.known == len(before.findings)
    assert outcome.notices == ()
    assert {entry["rule"] for entry in entries(project)} == {f.rule for f in before.findings}
    assert {entry["file"] for entry in entries(project)} == {f.place.file for f in before.findings}


def test_what_is_not_in_it_is_reported(project: Path) -> None:
    update(project)
    commit(project, latest("`DREAMT`", "`HOPED`", "`WISHED`"))
    assert found(run(project, baseline=KNOWN)) == [12]


def test_it_only_shrinks(project: Path) -> None:
    held = update(project)
    commit(project, latest("`ACCEPTED`", "`HOPED`", "`WISHED`"))
    outcome = run(project, baseline=KNOWN)
    assert any("is mended by now" in notice for notice in outcome.notices)
    assert update(project) < held
    assert found(run(project, baseline=KNOWN)) == [12]
    assert run(project, baseline=KNOWN).notices == ()
    commit(project, latest("`DREAMT`", "`HOPED`", "`WISHED`"))
    shrunk = update(project)
    assert found(run(project, baseline=KNOWN)) == [10, 12]
    assert update(project) == shrunk


def test_writing_it_again_changes_nothing(project: Path) -> None:
    update(project)
    first = (project / KNOWN).read_bytes()
    update(project)
    assert (project / KNOWN).read_bytes() == first


def test_what_moves_stays_known(project: Path) -> None:
    update(project)
    commit(project, latest("`DREAMT`", "`HOPED`", before="About wood.\n\n"))
    assert run(project, baseline=KNOWN).findings == ()


def test_a_change_cannot_lend_itself_a_baseline(project: Path) -> None:
    update(project)
    commit(project, {})
    git(project, "checkout", "-q", "-b", "feature")
    commit(project, latest("`DREAMT`", "`HOPED`", "`WISHED`"))
    (project / KNOWN).unlink()
    update(project)
    commit(project, {})
    assert found(run(project, baseline=KNOWN)) == []
    outcome = run(project, baseline=KNOWN, base="main")
    assert found(outcome) == [12]


def test_equal_findings_are_told_apart_with_a_base_and_a_baseline(tmp_path: Path) -> None:
    """Two that are alike: the baseline knows one, the base has that one, the other is new."""
    project = repository(tmp_path / "project")
    comment = "<!-- ceremony: ignore -->\n\ntext\n\n"
    commit(project, {"GOVERNANCE.md": f"# G\n\n{comment}"})
    update(project)
    commit(project, {})
    git(project, "checkout", "-q", "-b", "feature")
    commit(project, {"GOVERNANCE.md": f"# G\n\n{comment}{comment}"})
    assert len(found(run(project), "ignore-reason-missing")) == 2
    assert len(found(run(project, baseline=KNOWN), "ignore-reason-missing")) == 1
    assert len(found(run(project, baseline=KNOWN, base="main"), "ignore-reason-missing")) == 1


def test_one_that_is_not_there_is_bad_input(project: Path) -> None:
    with pytest.raises(InputError, match=r"^known\.json: does not exist; write it with"):
        run(project, baseline=KNOWN)
    assert read_baseline(Checkout(project), KNOWN) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"findings": 3}',
        b'{"findings": [3]}',
        b'{"findings": [{}]}',
        b"\xff",
        b"null",
        b"[" * 100_000,
    ],
    ids=[
        "nothing",
        "a list",
        "no findings",
        "a number",
        "numbers",
        "no name",
        "no text",
        "null",
        "deep",
    ],
)
def test_what_is_no_baseline(project: Path, content: bytes) -> None:
    (project / KNOWN).write_bytes(content)
    with pytest.raises(InputError, match=r"^known\.json: is not a baseline; write it with"):
        run(project, baseline=KNOWN)


def test_unused_and_reasonless_comments_are_reported(tmp_path: Path) -> None:
    project = repository(tmp_path / "project")
    why = "<!-- ceremony: ignore state-unknown: agreed in the spring -->\n"
    commit(project, latest("`DREAMT`", before=why))
    used = run(project)
    assert (found(used), used.ignored) == ([], 1)
    assert found(used, "ignore-unused") == found(used, "ignore-reason-missing") == []
    commit(project, latest("`ACCEPTED`", before=why))
    assert found(run(project), "ignore-unused") == [8]
    commit(project, latest("`DREAMT`", before="<!-- ceremony: ignore state-unknown -->\n"))
    reasonless = run(project)
    assert found(reasonless, "ignore-reason-missing") == [8]
    assert (found(reasonless), reasonless.ignored) == ([11], 0)


def test_a_change_may_bring_the_baseline_itself(project: Path) -> None:
    update(project)
    git(project, "checkout", "-q", "-b", "bring")
    commit(project, {KNOWN: (project / KNOWN).read_bytes()})
    outcome = run(project, baseline=KNOWN, base="main")
    assert found(outcome) == []
    assert any("counts once the base has it" in notice for notice in outcome.notices)
