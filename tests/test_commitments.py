"""What documents commit to, in both variants that projects write and in mixtures of them."""

from __future__ import annotations

import pytest

from ceremony.commitments import (
    Commitments,
    cell,
    column_of,
    handles,
    is_blocker_id,
    names_nobody,
    read_resolution,
    references,
)
from ceremony.documents import read
from ceremony.model import Document, Kind, Resolution, State, Text


def latest(text: str) -> Commitments:
    return Commitments(document=read("MILESTONES.latest.md", text, kind=Kind.LATEST))


def main(text: str) -> Commitments:
    return Commitments(document=read("MILESTONES.main.md", text, kind=Kind.MAIN))


def words(text: str) -> Text:
    ((_, found),) = read("X.md", text, kind=Kind.OTHER).texts()
    return found


VARIANT_A = """\
# MILESTONES - Latest

## Item Statuses

| ID | Status | Meaning |
|----|--------|---------|
| - | `PROPOSED` | Somebody asks for it |

## Governance Milestones

### M1: Seed Vault

**Status**: `ACCEPTED`
**Owner**: @lark
**Target**: v0.3.0

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M1.1 | Shelves | `COMPLETE` | Forty of them |
| **M1.10** | Labels | Accepted | Legible |
| M2.1 | Somebody else's | `PROPOSED` | - |
| TOTAL | 2 | | |

**Graduation Criteria**: both are there.

#### M1.10: Labels — Detailed Specification

**Status**: draft

### M2: Watering

**Status**: BLOCKED (B1)

| # | Deliverable |
|---|-------------|
| M2.1 | Pipes |
| M2.1a | Taps |

## Discovery: M3

Nothing that counts.

## Blocker Registry

| ID | Section | Blocker | Owner | Status |
|----|---------|---------|-------|--------|
| B1 | M2.1 | No water rights (TBD) | @wren | Open |
| B2 | M1.1-M1.3, M2 | Wood | TBD | Resolved (2026-02-01) |
| B3 | - | Nothing to point at | | Open |
| - | - | - | - | - |

## Maintainer Surface Area

| Domain | Owner | Backup | Status |
|--------|-------|--------|--------|
| **Vault** | @lark | TBD | Active |

## Signatories

| Maintainer | Date | Status |
|------------|------|--------|
| @lark | 2026-03-01 | Signed |
"""

VARIANT_B = """\
# MILESTONES - Latest

## Scope Definition

### In Scope

| Domain | Description | Milestone |
|--------|-------------|-----------|
| Vault | Cold storage | M3 |

#### Also

- Light

### Out of Scope

- Greenhouses

## M3: Seed Vault

**Status**: ✅ Complete
**Owner**: TBD
**Target Version**: v0.3.0
**Priority**: High

### Deliverables

| ID | Deliverable | Status | Acceptance Test |
|----|-------------|--------|-----------------|
| M3.1 | Shelves | ✅ COMPLETE | `count` prints forty |
| M3.2 | Labels | 🟡 | |

### Blockers

| ID | Blocker | Plan to resolve | Owner |
|----|---------|-----------------|-------|
| B-M3.2 | Ink | Buy some | @wren |
| B-M3 | Keys | Ask | @lark |
| *None* | - | - | - |

### Acceptance Test

```bash
count shelves
```

## M4 - Watering

**Owner**: @wren

## Central Blocker Registry

| ID | Milestone | Blocker | Type | Owner | Status |
|----|-----------|---------|------|-------|--------|
| B-M3.2 | M3 | Ink | Supply | @wren | OPEN |
| B-M4.0 | M4 | Rights | Law | - | Deferred |
| B9 | all | Anything | - | - | High |

## Cut Readiness

- [x] Scope is written
- [ ] B9 is resolved

### V1.0.0-alpha Cut Criteria

| Criterion | Status |
|-----------|--------|
| Vault stands | Met |

| Number | What |
|--------|------|
| 1 | no criterion |
"""


def test_variant_a_milestones() -> None:
    one, two = latest(VARIANT_A).milestones
    assert (one.id, one.title, one.line, one.state) == ("M1", "Seed Vault", 11, State.ACCEPTED)
    assert one.owner is not None
    assert (one.owner.value.plain, one.owner.line) == ("@lark", 14)
    assert one.target is not None
    assert one.target.value.plain == "v0.3.0"
    assert (two.id, two.state, two.owner) == ("M2", State.BLOCKED, None)


def test_variant_a_items() -> None:
    found = latest(VARIANT_A)
    assert [(i.id, i.title.plain, i.state, i.criteria, i.line) for i in found.items] == [
        ("M1.1", "Shelves", State.COMPLETE, "Forty of them", 19),
        ("M1.10", "Labels", State.ACCEPTED, "Legible", 20),
        ("M2.1", "Pipes", None, "", 36),
        ("M2.1a", "Taps", None, "", 37),
    ]
    assert [item.status is None for item in found.items] == [False, False, True, True]
    assert found.items[0].milestone == "M1"
    assert found.items[0].section.name == "M1: Seed Vault"


def test_a_detail_of_an_item_is_not_its_milestone() -> None:
    (detail,) = latest(VARIANT_A).details
    assert (detail.id, detail.title) == ("M1.10", "Labels — Detailed Specification")
    assert detail.status is not None
    assert detail.status.value.plain == "draft"


def test_variant_a_blockers() -> None:
    found = latest(VARIANT_A)
    blockers = [(b.id, b.sections, b.resolution, b.is_open, b.line) for b in found.blockers]
    assert blockers == [
        ("B1", ("M2.1",), Resolution.OPEN, True, 47),
        ("B2", ("M1.1", "M1.2", "M1.3", "M2"), Resolution.RESOLVED, False, 48),
        ("B3", (), Resolution.OPEN, True, 49),
    ]
    assert all(b.in_registry and b.milestone is None for b in found.blockers)
    ((section, table),) = found.registries
    assert (section.name, table.line) == ("Blocker Registry", 45)


def test_variant_b_milestones_and_items() -> None:
    found = latest(VARIANT_B)
    assert [(m.id, m.title, m.state, m.line) for m in found.milestones] == [
        ("M3", "Seed Vault", State.COMPLETE, 19),
        ("M4", "Watering", None, 47),
    ]
    assert [(i.id, i.state, i.criteria) for i in found.items] == [
        ("M3.1", State.COMPLETE, "count prints forty"),
        ("M3.2", None, ""),
    ]
    assert found.items[0].section.name == "Deliverables"
    target = found.milestones[0].target
    assert target is not None
    assert target.key == "Target Version"


def test_variant_b_blockers() -> None:
    found = latest(VARIANT_B)
    blockers = [
        (b.id, b.sections, b.in_registry, b.milestone, b.status and b.status.plain)
        for b in found.blockers
    ]
    assert blockers == [
        ("B-M3.2", ("M3.2",), False, "M3", None),
        ("B-M3", ("M3",), False, "M3", None),
        ("B-M3.2", ("M3.2",), True, None, "OPEN"),
        ("B-M4.0", ("M4",), True, None, "Deferred"),
        ("B9", (), True, None, "High"),
    ]
    assert [b.resolution for b in found.blockers] == [
        None,
        None,
        Resolution.OPEN,
        Resolution.DEFERRED,
        None,
    ]
    assert [b.is_open for b in found.blockers] == [True, True, True, False, True]
    assert [b.owner and b.owner.plain for b in found.blockers] == [
        "@wren",
        "@lark",
        "@wren",
        "-",
        "-",
    ]


def test_scopes() -> None:
    inside, outside = latest(VARIANT_B).scopes
    assert (inside.inside, outside.inside) == (True, False)
    assert [row.cells[0].plain for table in inside.tables for row in table.rows] == ["Vault"]
    assert [item.plain for item in inside.items] == ["Light"]
    assert [item.plain for item in outside.items] == ["Greenhouses"]


def test_domains_and_signatories() -> None:
    found = latest(VARIANT_A)
    (domain,) = found.domains
    assert (domain.name, domain.owner.plain, domain.line) == ("Vault", "@lark", 56)
    assert domain.status is not None
    (signatory,) = found.signatories
    assert (signatory.name.plain, signatory.line) == ("@lark", 62)
    assert signatory.date is not None
    assert signatory.status is not None
    assert (signatory.date.plain, signatory.status.plain) == ("2026-03-01", "Signed")


def test_cut_criteria() -> None:
    found = [(c.plain, c.checked, c.status and c.status.plain) for c in latest(VARIANT_B).criteria]
    assert found == [
        ("Scope is written", True, None),
        ("B9 is resolved", False, None),
        ("Vault stands Met", None, "Met"),
    ]
    assert [c.line for c in latest(VARIANT_B).criteria] == [61, 62, 68]


def test_only_latest_has_cut_criteria() -> None:
    document = read("REVIEWERS.md", VARIANT_B, kind=Kind.REVIEWERS)
    assert Commitments(document=document).criteria == ()


def test_what_exists() -> None:
    found = latest(VARIANT_A)
    assert found.ids == {"M1", "M1.1", "M1.10", "M2", "M2.1", "M2.1a"}


# ---------------------------------------------------------------------------- hazards


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("# A\n\n```\n## M1: X\n\n**Status**: `ACCEPTED`\n```\n", [], id="in a fence"),
        pytest.param("## M1: X\n\nProse only.\n", [], id="only mentioned"),
        pytest.param("## M1.2: X\n\n**Status**: a\n", [], id="an item's own section"),
        pytest.param(
            "## M1: X\n\n**Owner**: @a\n\n## M1: Again\n\n**Owner**: @b\n", ["M1"], id="twice"
        ),
        pytest.param("# M1: X\n\n**Owner**: @a\n", [], id="the document's title"),
        pytest.param("##### M1: X\n\n**Owner**: @a\n", [], id="too deep"),
        pytest.param("## 3. M1 – X\n\n**Owner**: @a\n", ["M1"], id="a numbered heading"),
        pytest.param("## M1\n\n**State**: a\n", ["M1"], id="no title"),
        pytest.param("## M#: X\n\n**Owner**: @a\n", [], id="a placeholder"),
        pytest.param("## M1beta\n\n**Owner**: @a\n", [], id="part of a word"),
        pytest.param(
            "## M1: X\n\n| ID | Item |\n|--|--|\n| M1.1 | a |\n", ["M1"], id="items alone"
        ),
    ],
)
def test_what_is_a_milestone(text: str, ids: list[str]) -> None:
    assert [m.id for m in latest(text).milestones] == ids


@pytest.mark.parametrize(
    ("table", "ids"),
    [
        pytest.param(
            "| ID | Task | Status |\n|--|--|--|\n| M1.1 | a | b |\n", ["M1.1"], id="tasks"
        ),
        pytest.param("| ID | Blocker | Title |\n|--|--|--|\n| M1.1 | a | b |\n", [], id="blockers"),
        pytest.param("| Item | Status |\n|--|--|\n| M1.1 | a |\n", [], id="no ids"),
        pytest.param("| ID | Owner |\n|--|--|\n| M1.1 | a |\n", [], id="no titles"),
        pytest.param(
            "| ID | Task |\n|--|--|\n| M1 | a |\n| 1.1 | b |\n| M#.# | c |\n", [], id="other ids"
        ),
        pytest.param("| ID | Task |\n|--|--|\n| `M1.2` |\n", ["M1.2"], id="a short row"),
    ],
)
def test_what_is_an_item(table: str, ids: list[str]) -> None:
    assert [i.id for i in latest(f"## M1: X\n\n**Status**: a\n\n{table}").items] == ids


@pytest.mark.parametrize(
    ("heading", "table", "found"),
    [
        pytest.param(
            "Blockers", "| ID | Blocker |\n|--|--|\n| B1 | x |", [("B1", True)], id="a table"
        ),
        pytest.param(
            "Blockers", "| ID | Impediment |\n|--|--|\n| B1 | x |", [("B1", True)], id="other word"
        ),
        pytest.param(
            "Open Blockers",
            "| ID | Description |\n|--|--|\n| B1 | x |",
            [("B1", True)],
            id="a description",
        ),
        pytest.param(
            "Open Blockers", "| ID | Blockers |\n|--|--|\n| M1 | 3 |", [], id="a count of blockers"
        ),
        pytest.param(
            "Risks", "| ID | Description |\n|--|--|\n| B1 | x |", [], id="another heading"
        ),
        pytest.param(
            "M1: X\n\n### Blockers",
            "| ID | Description |\n|--|--|\n| B1 | x |",
            [("B1", False)],
            id="a milestone's",
        ),
        pytest.param(
            "Blocker Registry",
            "| ID | Affects | Blockers |\n|--|--|--|\n| B1 | M1 | x |",
            [("B1", True)],
            id="blockers",
        ),
        pytest.param(
            "Blocker Registry",
            "| Section | Blocker | Owner |\n|--|--|--|\n| M1 | x | @a |\n| M1 | TBD | @a |",
            [("", True)],
            id="a registry without ids",
        ),
        pytest.param(
            "Blocker Registry",
            "| Milestone | Blockers | Status |\n|--|--|--|\n| M1 | 3 | Open |",
            [],
            id="an overview in the registry",
        ),
        pytest.param(
            "M1: X",
            "| ID | Deliverable | Blocker |\n|--|--|--|\n| M1.1 | x | B1 |",
            [],
            id="a column of deliverables",
        ),
        pytest.param(
            "Blocker Registry",
            "| ID | Description |\n|--|--|\n| B1 | x |",
            [("B1", True)],
            id="described",
        ),
        pytest.param("Blocker Registry", "| Blocker |\n|--|\n| x |", [], id="no ids"),
        pytest.param(
            "Blockers", "| ID | Blocker |\n|--|--|\n| x | TBD |", [], id="a template's row"
        ),
        pytest.param(
            "Blockers", "| ID | Blocker |\n|--|--|\n| B1 | TBD |", [("B1", True)], id="no text yet"
        ),
    ],
)
def test_what_is_a_blocker(heading: str, table: str, found: list[tuple[str, bool]]) -> None:
    blockers = latest(f"## {heading}\n\n{table}\n").blockers
    assert [(b.id, b.in_registry) for b in blockers] == found


def test_a_registry_may_stand_below_its_heading() -> None:
    text = "## Registry of Blockers\n\n### Open\n\n| # | Blocker |\n|--|--|\n| B1 | x |\n"
    (blocker,) = latest(text).blockers
    assert blocker.in_registry
    assert len(latest(text).registries) == 1


@pytest.mark.parametrize(
    ("identifier", "pointer", "sections"),
    [
        pytest.param("B1", "M2.1", ("M2.1",), id="by its column"),
        pytest.param("B-M3.4", "M3", ("M3.4",), id="its id is narrower"),
        pytest.param("B-M3.4", "M2", ("M2",), id="its column is elsewhere"),
        pytest.param("B-M3.4", "-", ("M3.4",), id="by its id"),
        pytest.param("B-M4.0", "M4.0", ("M4",), id="item 0 is the milestone"),
        pytest.param("B1", "Packaging", ("M7",), id="by where it stands"),
        pytest.param("B1", "Packaging | M2", ("M2",), id="by its second column"),
    ],
)
def test_where_a_blocker_points(identifier: str, pointer: str, sections: tuple[str, ...]) -> None:
    text = (
        "## M7: X\n\n**Status**: a\n\n### Blockers\n\n"
        "| Blocker | ID | Section | Milestone |\n|--|--|--|--|\n"
        f"| x | {identifier} | {pointer} |\n"
    )
    (blocker,) = latest(text).blockers
    assert blocker.sections == sections


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("B1", True),
        ("B-1", True),
        ("B12a", True),
        ("B-M3.4", True),
        ("B-M4", True),
        ("b2", True),
        (" B1 ", True),
        ("B", False),
        ("B#", False),
        ("M3.4", False),
        ("B1 and B2", False),
        ("Bus", False),
    ],
)
def test_is_blocker_id(text: str, *, yes: bool) -> None:
    assert is_blocker_id(text) is yes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("M3", ("M3",), id="a milestone"),
        pytest.param("M3.4 and M1.10", ("M3.4", "M1.10"), id="items"),
        pytest.param("M6.2-M6.4", ("M6.2", "M6.3", "M6.4"), id="a range"),
        pytest.param("M6.2–6.4", ("M6.2", "M6.3", "M6.4"), id="a range in another way of writing"),
        pytest.param("M6.2 to 4", ("M6.2", "M6.3", "M6.4"), id="a short range in words"),
        pytest.param("M1-M3", ("M1", "M2", "M3"), id="a range of milestones"),
        pytest.param("M1-M3.2", ("M1", "M2", "M3.2"), id="a mixed range"),
        pytest.param("M6.2-M7.1", ("M6.2", "M7.1"), id="a range over two milestones"),
        pytest.param("M1-M900", ("M1", "M900"), id="no range that anybody means"),
        pytest.param("M1.1-M1.900", ("M1.1", "M1.900"), id="no range of items"),
        pytest.param("M4-M2", ("M4", "M2"), id="backwards"),
        pytest.param("M1, M1", ("M1",), id="each once"),
        pytest.param("M3.4 - 5 days", ("M3.4",), id="a number after a dash"),
        pytest.param("M3 - 1.5 days", ("M3",), id="a figure after a dash"),
        pytest.param("M3.4-5.6", ("M3.4",), id="a range that is none"),
        pytest.param("M3-4", ("M3",), id="a number that touches"),
        pytest.param(
            "M1.2-M1.4, M1.6", ("M1.2", "M1.3", "M1.4", "M1.6"), id="a range and one more"
        ),
        pytest.param("M#.# Mx HM1 M1b M12345", (), id="no references"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_references(text: str, found: tuple[str, ...]) -> None:
    assert references(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("@lark, @org/team.", ("@lark", "@org/team."), id="people and teams"),
        pytest.param("mail a@b.de", (), id="an address"),
        pytest.param("`@lark`", ("@lark",), id="in code"),
        pytest.param("@", (), id="a sign alone"),
    ],
)
def test_handles(text: str, found: tuple[str, ...]) -> None:
    assert handles(words(text)) == found


@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("`BLOCKED`", State.BLOCKED, id="alone"),
        pytest.param("BLOCKED by B3", State.BLOCKED, id="by what"),
        pytest.param("DEFERRED to v2", State.DEFERRED, id="to when"),
        pytest.param("~~PROPOSED~~ ACCEPTED", State.ACCEPTED, id="the old one struck out"),
        pytest.param("ACCEPTED until BLOCKED", None, id="two states"),
        pytest.param("ACCEPTED maybe", None, id="a remark of another kind"),
        pytest.param("~~PROPOSED~~", None, id="all struck out"),
    ],
)
def test_the_state_that_a_cell_states(status: str, state: State | None) -> None:
    table = f"| ID | Task | Status |\n|--|--|--|\n| M1.1 | a | {status} |\n"
    found = latest(f"## M1: X\n\n**Status**: {status}\n\n{table}")
    assert (found.milestones[0].state, found.items[0].state) == (state, state)


@pytest.mark.parametrize(
    ("status", "resolution", "stands"),
    [
        pytest.param("Open", Resolution.OPEN, "open", id="open"),
        pytest.param("Open (P0)", None, "open", id="a priority beside it"),
        pytest.param("P0", None, "open", id="a priority alone"),
        pytest.param("", None, "open", id="nothing"),
        pytest.param("~~Open~~ Resolved", Resolution.RESOLVED, "settled", id="struck out"),
        pytest.param("Resolved in v1.2", Resolution.RESOLVED, "settled", id="a remark"),
        pytest.param("Resolved (2026-09-01)", Resolution.RESOLVED, "settled", id="a date"),
        pytest.param("[Deferred](#later) to v2", Resolution.DEFERRED, "settled", id="a link"),
        pytest.param("Risk accepted", Resolution.ACCEPTED, "settled", id="a risk"),
        pytest.param("Closed", None, "settled", id="another word"),
        pytest.param("Open / Accepted", None, "neither", id="a compound"),
    ],
)
def test_how_a_blocker_stands(status: str, resolution: Resolution | None, stands: str) -> None:
    text = f"## Blockers\n\n| ID | Blocker | Status |\n|--|--|--|\n| B1 | x | {status} |\n"
    (blocker,) = latest(text).blockers
    assert blocker.resolution is resolution
    assert (blocker.is_open, blocker.is_settled) == (stands == "open", stands == "settled")


@pytest.mark.parametrize(
    ("heading", "column", "words", "settled"),
    [
        ("Blockers", "Resolution", "Ask in May", False),
        ("Blockers", "Resolution", "Deferred", True),
        ("Resolved Blockers", "Plan", "Ask in May", True),
        ("Blockers", "Plan", "Ask in May", False),
    ],
)
def test_how_a_blocker_without_a_status_stands(
    heading: str, column: str, words: str, *, settled: bool
) -> None:
    text = f"## {heading}\n\n| ID | Blocker | {column} |\n|--|--|--|\n| B1 | x | {words} |\n"
    (blocker,) = latest(text).blockers
    assert (blocker.is_open, blocker.is_settled) == (not settled, settled)


def test_what_is_struck_out_wholly_says_nothing() -> None:
    assert read_resolution(words("~~Open~~")) is None


@pytest.mark.parametrize(
    "owner",
    [
        "TBD",
        "No owner",
        "No owner yet",
        "needs an owner",
        "To be named",
        "none so far",
        "(vacant)",
        "⚠️ none",
        "Owner wanted",
        "nobody at present",
        "still to be found",
        "None – two have been asked",
        "not yet assigned",
    ],
)
def test_words_for_nobody(owner: str) -> None:
    assert names_nobody(words(owner))


@pytest.mark.parametrize(
    "owner", ["@lark", "Community", "Open Source Office", "none but @lark", "No (@lark)", "Nona"]
)
def test_words_for_somebody(owner: str) -> None:
    assert not names_nobody(words(owner))


@pytest.mark.parametrize(
    ("head", "status", "owner"),
    [
        pytest.param("**Status**: a\n**Owner**: b\n", "a", "b", id="lines"),
        pytest.param("- **Status**: a\n- **Owner**: b\n- other\n", "a", "b", id="a list"),
        pytest.param("Words.\n\n* **Status:** a\n", "a", None, id="words before the list"),
        pytest.param(
            "| Field | Value |\n|--|--|\n| Status | a |\n| **Owner**: | b |\n",
            "a",
            "b",
            id="a table",
        ),
        pytest.param("| Status | a |\n|--|--|\n| Owner | b |\n", "a", "b", id="without a head"),
        pytest.param("| Status | Meaning |\n|--|--|\n| a | b |\n", None, None, id="definitions"),
        pytest.param(
            "| A | B | C |\n|--|--|--|\n| Status | a | b |\n", None, None, id="three columns"
        ),
        pytest.param("---\n\n- **Status**: a\n", None, None, id="below a break"),
    ],
)
def test_the_fields_of_a_milestone(head: str, status: str | None, owner: str | None) -> None:
    items = "\n| ID | Item |\n|--|--|\n| M1.1 | x |\n"
    (milestone,) = latest(f"## M1: X\n\n{head}{items}").milestones
    assert (milestone.status and milestone.status.value.plain) == status
    assert (milestone.owner and milestone.owner.value.plain) == owner


def test_a_detail_has_a_state() -> None:
    one, two = latest("## M1.1: X\n\n- **Status**: BLOCKED by B1\n\n## M1.2: Y\n").details
    assert (one.state, two.state) == (State.BLOCKED, None)


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        pytest.param("| a | a |  | b |", (3, 7, 10, 14), id="cells"),
        pytest.param("a | a | c \\| d | b", (1, 5, 9, 18), id="no outer pipes"),
        pytest.param("| a |", (3, 1, 1, 1), id="a short row"),
    ],
)
def test_the_column_of_a_cell(line: str, columns: tuple[int, ...]) -> None:
    found = latest(f"# X\n\n| p | q | r | s |\n|--|--|--|--|\n{line}\n")
    ((_, table),) = found.document.tables()
    (row,) = table.rows
    assert tuple(column_of(found.document, row, text) for text in row.cells) == columns
    assert column_of(found.document, row, None) == 1


@pytest.mark.parametrize(
    ("header", "row", "signed"),
    [
        ("Date|Status", "2026-03-01|Signed", True),
        ("Date|Status", "TBD|Signed", True),
        ("Date|Status", "2026-03-01|Pending", False),
        ("Date|Status", "2026-03-01|", False),
        ("Date|Status", "2026-03-01|Maintainer", None),
        ("Date|Status", "TBD|Maintainer", False),
        ("Role|Status", "Lead|Maintainer", None),
        ("Date|Role", "2026-03-01|Lead", True),
        ("Date|Role", "-|Lead", False),
    ],
)
def test_whether_a_signatory_signed(header: str, row: str, *, signed: bool | None) -> None:
    text = f"## Signatories\n\n| Name | {header} |\n|--|--|--|\n| @lark | {row} |\n"
    (signatory,) = latest(
        text.replace("|Status", " | Status").replace("|Role", " | Role")
    ).signatories
    assert signatory.signed is signed


def test_a_blockers_status_without_what_was_struck_out() -> None:
    text = "## Blockers\n\n| ID | Blocker | Status |\n|--|--|--|\n| B1 | x | ~~Open~~ Resolved |\n"
    assert latest(text).blockers[0].resolution is Resolution.RESOLVED


def test_a_cell_beyond_the_row_is_none() -> None:
    table = latest(VARIANT_A).domains[0].table
    assert cell(table.rows[0], None) is None
    assert cell(table.rows[0], 9) is None


# ---------------------------------------------------------------------------- domains, scopes


@pytest.mark.parametrize(
    ("table", "count"),
    [
        pytest.param(
            "| Domain | Owner | Backup |\n|--|--|--|\n| a | @b | |", 1, id="a backup, no status"
        ),
        pytest.param(
            "| Domain | Owner | Status |\n|--|--|--|\n| a | @b | |", 1, id="a status, no backup"
        ),
        pytest.param("| Domain | Owner |\n|--|--|\n| a | @b |", 0, id="neither"),
        pytest.param("| Domain | Backup |\n|--|--|\n| a | @b |", 0, id="no owner"),
        pytest.param("| Area | Owner | Status |\n|--|--|--|\n| a | @b | |", 0, id="no domain"),
    ],
)
def test_what_is_a_domain(table: str, count: int) -> None:
    assert len(latest(f"# A\n\n{table}\n").domains) == count


@pytest.mark.parametrize(
    ("heading", "inside"),
    [
        pytest.param("## In Scope", [True], id="in scope"),
        pytest.param("### Out-of-Scope for v1", [False], id="out of scope"),
        pytest.param("## Scope Definition", [], id="the umbrella"),
        pytest.param("## Inscope", [], id="another word"),
        pytest.param("## Capacity", [], id="another section"),
        pytest.param("# In Scope", [], id="the title"),
    ],
)
def test_what_is_a_scope(heading: str, inside: list[bool]) -> None:
    assert [scope.inside for scope in latest(f"{heading}\n\ntext\n").scopes] == inside


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("## Sign-off\n\n| Name | Approval |\n|--|--|\n| a | b |", 1, id="a sign-off"),
        pytest.param(
            "## Approvals\n\n### Cut\n\n| Who | Signed |\n|--|--|\n| a | b |", 1, id="below"
        ),
        pytest.param("## Signatories\n\n| Area | Date |\n|--|--|\n| a | b |", 0, id="no name"),
        pytest.param(
            "## Signatories\n\n| Name | Area |\n|--|--|\n| a | b |", 0, id="neither date nor status"
        ),
        pytest.param("## People\n\n| Name | Date |\n|--|--|\n| a | b |", 0, id="another section"),
    ],
)
def test_what_is_a_signatory(text: str, count: int) -> None:
    assert len(latest(f"{text}\n").signatories) == count


# ---------------------------------------------------------------------------- proposals


PROPOSALS = """\
# MILESTONES - Main

## Proposal Template

```markdown
### PROP-<NUMBER>: <Title>
```

## Active Proposals

### PROP-012: Bees in March

**Proposed**: 2026-01-02
**Author**: @wren

#### Summary

Bees.

#### Acceptance Criteria

- [ ] a hive

### PROP-XII - Roman

### PROP: Nameless

### Proposal of mine

## Graduated Proposals

| ID | Title |
|----|-------|
| PROP-001 | Shelves |

## Deferred and Rejected

| ID | Title |
|----|-------|
| PROP-002 | Moats |

## Rejected Proposals

| Title |
|-------|
| no ids |
"""


def test_proposals() -> None:
    one, two, three = main(PROPOSALS).proposals
    assert (one.id, one.number, one.title, one.line) == ("PROP-012", 12, "Bees in March", 11)
    assert (two.id, two.number, two.title) == ("PROP-XII", None, "Roman")
    assert (three.id, three.number, three.title) == ("PROP", None, "Nameless")
    author = one.field("author")
    assert author is not None
    assert author.value.plain == "@wren"
    assert [f.key for f in one.fields] == ["Proposed", "Author"]
    assert [section.name for section in one.sections[1:]] == ["Summary", "Acceptance Criteria"]
    part = one.part("acceptance criteria")
    assert part is not None
    assert [item.checked for item in part.items] == [False]
    assert one.part("Discussion") is None


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("**Status**: Active", State.PROPOSED),
        ("**State**: Graduated (v1)", State.ACCEPTED),
        ("**Status**: `REJECTED`", State.REJECTED),
        ("**Status**: In flux", None),
        ("**Status**: ?", None),
        ("", None),
    ],
)
def test_the_state_of_a_proposal(status: str, state: State | None) -> None:
    (proposal,) = main(f"## PROP-1: X\n\n{status}\n").proposals
    assert proposal.state is state


def test_ledgers() -> None:
    found = main(PROPOSALS).ledgers
    assert [(ledger.state, ledger.section.name) for ledger in found] == [
        (State.ACCEPTED, "Graduated Proposals"),
        (State.DEFERRED, "Deferred and Rejected"),
    ]
    assert found[0].table.rows[0].cells[1].plain == "Shelves"


def test_only_main_has_proposals() -> None:
    assert latest(PROPOSALS).proposals == ()
    assert latest(PROPOSALS).ledgers == ()


def test_every_value_lies_inside_its_document() -> None:
    document: Document
    for found in (latest(VARIANT_A), latest(VARIANT_B), main(PROPOSALS)):
        document = found.document
        lines = [
            *(m.line for m in found.milestones),
            *(i.line for i in found.items),
            *(b.line for b in found.blockers),
            *(d.line for d in found.domains),
            *(p.line for p in found.proposals),
            *(s.line for s in found.signatories),
            *(c.line for c in found.criteria),
        ]
        assert lines
        assert all(1 <= line <= len(document.lines) for line in lines)
