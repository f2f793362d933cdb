"""Edge cases of the rules about branches and tags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pytest

from ceremony.discovery import kind_of
from ceremony.documents import read
from ceremony.model import Hit, Severity
from ceremony.rules.audit import RULES
from ceremony.rules.audit.past import MAX_AHEAD, Event, Form, History, Refs
from ceremony.rules.audit.registry import Layout, NotAtHand, Project

LATEST = "MILESTONES.latest.md"
MAIN = "MILESTONES.main.md"
REFS = [
    name for name, rule in RULES.items() if rule.check and rule.check.__module__.endswith(".refs")
]


def frozen(*names: str) -> dict[str, str]:
    return {f"MILESTONES.{name}.md": "# F\n" for name in names}


def facts(
    files: dict[str, str],
    branches: str = "main latest",
    *,
    tags: str = "",
    history: History | None = None,
    unsure: str = "",
    ahead: int = 0,
    drifted: Iterable[str] = (),
    as_of: dt.date = dt.date(2026, 1, 31),
    layout: Layout | None = None,
) -> Project:
    documents = []
    for path, text in sorted(files.items()):
        kind, version = kind_of(path)
        documents.append(read(path, text, kind=kind, version=version))
    refs = Refs(
        branches=dict.fromkeys(branches.split(), "a" * 40),
        tags=frozenset(tags.split()),
        unsure=unsure,
        ahead=ahead,
        drifted=tuple(drifted),
    )
    return Project(
        documents=tuple(documents),
        refs=refs,
        history=history,
        as_of=as_of,
        layout=layout or Layout(),
    )


def hits(rule: str, project: Project) -> list[Hit]:
    check = RULES[rule].check
    assert check is not None
    return list(check(project))


def subjects(rule: str, project: Project) -> list[str]:
    return [hit.subject for hit in hits(rule, project)]


@pytest.mark.parametrize("rule", REFS)
def test_without_refs_a_rule_says_so(rule: str) -> None:
    with pytest.raises(NotAtHand, match="no git checkout"):
        hits(rule, Project(documents=()))


# ---------------------------------------------------------------------------- branches


@pytest.mark.parametrize(
    ("files", "branches", "tags", "missing"),
    [
        ({LATEST: "# A\n"}, "main latest", "", []),
        ({LATEST: "# A\n"}, "main", "latest", ["latest"]),
        ({MAIN: "# A\n"}, "main", "", []),
        (frozen("v1.0.0-alpha"), "v1.0.0-alpha", "", []),
        (frozen("v1.0.0-alpha"), "v1.0.0-beta", "v1.0.0-alpha", ["v1.0.0-alpha"]),
        (frozen("v1.0.1-patch"), "main", "v1.0.1-patch", []),
        (frozen("v1.0.1-patch"), "v1.0.1-patch", "", []),
        (frozen("vnext"), "main", "", []),
    ],
)
def test_missing_branches(
    files: dict[str, str], branches: str, tags: str, missing: list[str]
) -> None:
    assert subjects("branch-missing", facts(files, branches, tags=tags)) == missing
    unsure = facts(files, branches, tags=tags, unsure="who knows")
    if missing:
        with pytest.raises(NotAtHand, match="who knows"):
            hits("branch-missing", unsure)
    else:
        assert hits("branch-missing", unsure) == []


def test_a_configured_branch_is_the_one() -> None:
    layout = Layout(latest_branch="stable", main_branch="trunk")
    files = {LATEST: "# A\n\n**Branch**: `stable`\n"}
    assert subjects("branch-missing", facts(files, "trunk stable", layout=layout)) == []
    (hit,) = hits("branch-missing", facts(files, "trunk latest", layout=layout))
    assert (hit.subject, hit.place.line) == ("stable", 3)
    assert subjects("branch-diverged", facts(files, "trunk stable", layout=layout, ahead=1)) == [
        "stable trunk"
    ]


def event(number: int, form: Form = Form.FILE, *, name: str = "v1.0.0-alpha") -> Event:
    return Event(
        path=f"MILESTONES.{name}.md",
        commit=f"{number:040x}",
        date=dt.date(2026, 1, number),
        blob="a",
        form=form,
    )


ALPHA = "MILESTONES.v1.0.0-alpha.md"


@pytest.mark.parametrize(
    ("files", "history", "tags", "missing"),
    [
        pytest.param({MAIN: "# A\n"}, History(), "", ["v1.0.0-alpha"], id="nowhere"),
        pytest.param(frozen("v1.0.0-alpha"), History(), "", [], id="here"),
        pytest.param(
            {MAIN: "# A\n"}, History(elsewhere={ALPHA: (event(1),)}), "", [], id="on its branch"
        ),
        pytest.param(
            {MAIN: "# A\n"},
            History(elsewhere={ALPHA: (event(1, Form.GONE),)}),
            "",
            ["v1.0.0-alpha"],
            id="only removed there",
        ),
        pytest.param(
            {MAIN: "# A\n"}, History(frozen={ALPHA: (event(1),)}), "", [], id="in history"
        ),
        pytest.param(
            {MAIN: "# A\n"},
            History(),
            "v1.0.0-alpha v1.0.1-patch v1.0.2",
            ["v1.0.0-alpha", "v1.0.1-patch"],
            id="a tag of its own",
        ),
    ],
)
def test_missing_documents(
    files: dict[str, str], history: History, tags: str, missing: list[str]
) -> None:
    project = facts(files, "main v1.0.0-alpha v1.0-alpha", tags=tags, history=history)
    assert subjects("frozen-document-missing", project) == missing


def test_missing_documents_need_history() -> None:
    with pytest.raises(NotAtHand):
        hits("frozen-document-missing", facts({MAIN: "# A\n"}))


@pytest.mark.parametrize("rule", ["branch-diverged", "branch-document-drift"])
def test_what_compares_two_branches_needs_both(rule: str) -> None:
    for branches in ("main", "latest"):
        with pytest.raises(NotAtHand, match="main and latest are not both in this clone"):
            hits(rule, facts({LATEST: "# A\n"}, branches))
    assert hits(rule, facts({LATEST: "# A\n"})) == []


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(1, "1 commit that"), (12, "12 commits that"), (MAX_AHEAD, "at least 1,000 commits that")],
)
def test_diverged(ahead: int, said: str) -> None:
    (hit,) = hits("branch-diverged", facts({LATEST: "# A\n"}, ahead=ahead))
    assert (hit.place.file, hit.message) == (LATEST, f"latest holds {said} main lacks")
    (hit,) = hits("branch-diverged", facts({MAIN: "# A\n"}, ahead=ahead))
    assert hit.place.file == MAIN


def test_drift() -> None:
    files = {LATEST: "# A\n", MAIN: "# B\n", "MILESTONES.v1.0.0-alpha.md": "# F\n"}
    project = facts(files, drifted=[MAIN, "MILESTONES.v1.0.0-alpha.md"], ahead=1)
    assert [hit.place.file for hit in hits("branch-document-drift", project)] == [MAIN]


# ---------------------------------------------------------------------------- versions


@pytest.mark.parametrize(
    ("versions", "branches", "tags", "gaps"),
    [
        ("", "", "", []),
        ("v0.1.0-alpha", "", "", []),
        ("v3.4.5-alpha", "", "", []),
        ("v0.1.0-alpha v0.2.0-alpha v1.0.0-alpha", "", "", []),
        ("v0.1.0-alpha v0.3.0-alpha", "", "", ["v0.3.0-alpha"]),
        ("v0.1.0-alpha v0.3.0-alpha", "v0.2.0-beta", "", []),
        ("v0.1.0-alpha v0.3.0-alpha", "", "v0.2.7", []),
        ("v0.1.0-alpha v0.3.0-alpha", "", "v0.2.0-alpha", []),
        ("v0.1.0-alpha v0.3.0-alpha", "", "0.2.0-stable", []),
        ("v0.1.0-alpha v0.3.0-alpha", "", "v0.2.0-rc.1 v0.2", ["v0.3.0-alpha"]),
        ("v0.1.0-alpha v2.0.0-alpha", "", "", ["v2.0.0-alpha"]),
        ("v0.1.0-alpha v1.1.0-alpha", "", "", ["v1.1.0-alpha"]),
        ("v0.1.0-alpha v0.2.3-alpha", "", "", ["v0.2.3-alpha"]),
        ("v0.1.0-alpha v0.2.3-alpha", "", "v0.2.0", []),
        ("v1.0.0-stable v1.0.3-patch", "", "", []),
        ("v0.1.0-alpha", "v0.3.0-alpha", "", ["v0.3.0-alpha"]),
        ("v0.3.0-alpha v0.3.0-beta v0.1.0-alpha", "", "", ["v0.3.0-alpha"]),
    ],
)
def test_gaps(versions: str, branches: str, tags: str, gaps: list[str]) -> None:
    files = {MAIN: "# A\n", **frozen(*versions.split())}
    found = hits("version-order", facts(files, branches, tags=tags))
    assert [hit.subject for hit in found] == [f"{name} gap" for name in gaps]
    assert {hit.severity for hit in found} <= {Severity.WARNING}


def test_a_version_in_two_folders() -> None:
    files = {MAIN: "# A\n", ALPHA: "# F\n", f"docs/{ALPHA}": "# F\n"}
    (hit,) = hits("version-order", facts(files))
    assert (hit.place.file, hit.related[0].file) == (f"docs/{ALPHA}", ALPHA)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        pytest.param([("v1.0.0-alpha", 1), ("v1.0.0-beta", 2)], [], id="forward"),
        pytest.param(
            [("v1.0.0-beta", 1), ("v1.0.0-alpha", 2)], ["v1.0.0-alpha v1.0.0-beta"], id="a stage"
        ),
        pytest.param([("v1.0.0-beta", 1), ("v1.0.0-alpha", 1)], [], id="on one day"),
        pytest.param(
            [("v1.1.0-alpha", 1), ("v1.0.0-alpha", 2)], ["v1.0.0-alpha v1.1.0-alpha"], id="a number"
        ),
        pytest.param(
            [("v1.0.0-alpha", 1), ("v1.1.0-alpha", 2), ("v1.0.0-beta", 3)],
            [],
            id="a later stage of an older version",
        ),
        pytest.param(
            [("v1.0.0-stable", 1), ("v1.1.0-stable", 2), ("v1.0.1-patch", 3)], [], id="a patch"
        ),
        pytest.param(
            [("v1.0.0-stable", 1), ("v1.0.0-alpha", 2), ("v1.0.0-beta", 3)],
            ["v1.0.0-alpha v1.0.0-stable", "v1.0.0-beta v1.0.0-stable"],
            id="the last stage is remembered",
        ),
        pytest.param([("v1.0.0-beta", 1)], [], id="one"),
    ],
)
def test_backwards(order: list[tuple[str, int]], found: list[str]) -> None:
    events = [event(number, name=name) for name, number in order]
    history = History(
        frozen={each.path: (each,) for each in events},
        commits=tuple(each.commit for each in events),
    )
    files = frozen(*(name for name, _ in order), "v0.9.0-alpha")
    assert subjects("version-order", facts(files, tags="v1.0.0", history=history)) == found


# ---------------------------------------------------------------------------- targets


def milestone(target: str, state: str = "`ACCEPTED`") -> dict[str, str]:
    text = f"# A\n\n## M1: Shelves\n\n**Status**: {state}\n**Owner**: @a\n"
    return {LATEST: f"{text}**Target**: {target}\n" if target else text}


def proposal(target: str, state: str = "PROPOSED") -> dict[str, str]:
    return {
        MAIN: (
            "# A\n\n## Active Proposals\n\n### PROP-7: Oak\n\n"
            f"**Status**: {state}\n**Target Version**: {target}\n\n### PROP-8: Ash\n\nWords.\n\n"
            f"## Template\n\n### PROP-9: Example\n\n**Target Version**: {target}\n"
        )
    }


@pytest.mark.parametrize(
    ("files", "refs", "count"),
    [
        (milestone("v0.2.0"), ("", ""), 0),
        (milestone("v0.2.0"), ("v0.2.0-stable", ""), 1),
        (milestone("v0.2.0"), ("v0.2.0-beta", ""), 0),
        (milestone("v0.2.0"), ("v0.2.1-patch", ""), 1),
        (milestone("v0.2.0"), ("", "v0.2.0"), 1),
        (milestone("v0.2.0"), ("", "0.3.0-stable.2"), 1),
        (milestone("v0.2.0"), ("", "v0.1.9 v0.2.0-rc.1 preview-1 v0.2"), 0),
        (milestone("v0.2 release"), ("", "v0.2.4"), 1),
        (milestone("v1.0 release"), ("", "v0.9.0"), 0),
        (milestone("v0.2.0", "`COMPLETE`"), ("", "v0.2.0"), 0),
        (milestone("v0.2.0", "`DREAMT`"), ("", "v0.2.0"), 0),
        (milestone("the next one"), ("", "v0.2.0"), 0),
        (milestone("v<X>.<Y>.<Z>"), ("", "v0.2.0"), 0),
        (milestone(""), ("", "v0.2.0"), 0),
        (milestone("2026-01-30"), ("", ""), 1),
        (milestone("2026-01-31"), ("", ""), 0),
        (milestone("2026-01-01 to 2026-02-15"), ("", ""), 0),
        (milestone("2025-12"), ("", ""), 1),
        (milestone("2026-01"), ("", ""), 0),
        (milestone("9999-12"), ("", ""), 0),
        (milestone("0000-12"), ("", ""), 0),
        ({**milestone("v0.2.0"), **frozen("v0.2.0-stable")}, ("", ""), 1),
        (proposal("v0.2.0"), ("", "v0.2.0"), 1),
        (proposal("v0.2.0", "DEFERRED"), ("", "v0.2.0"), 0),
        (proposal("v0.2.0", "soon"), ("", "v0.2.0"), 1),
    ],
)
def test_targets(files: dict[str, str], refs: tuple[str, str], count: int) -> None:
    branches, tags = refs
    found = hits("target-passed", facts(files, branches, tags=tags))
    assert len(found) == count
    assert {hit.place.line for hit in found} <= {7, 8}
