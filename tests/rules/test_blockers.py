"""Edge cases of the rules about blockers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ceremony.model import Hit, Severity
from ceremony.rules.audit import RULES as RULES_BY_NAME
from ceremony.rules.audit.building import is_about_building
from tests.rulepages import hits, project
from tests.support.growth import assert_linear

LATEST = "MILESTONES.latest.md"
RULES = (
    "blocker-columns",
    "blocker-owner-missing",
    "blocker-state-unknown",
    "blocker-not-in-registry",
    "blocker-duplicate",
    "blocker-section-unknown",
    "blocker-section-mismatch",
    "blocker-section-not-blocked",
    "blocker-unregistered",
    "blocker-rejected-in-scope",
    "blocker-implementation",
)
REGISTRY = (
    "| ID | Section | Blocker | Owner | Status |\n|----|---------|---------|-------|--------|\n"
)
MILESTONES = """# MILESTONES - Latest

## Governance Milestones

### M1: Ground Rules

**Status**: `ACCEPTED`
**Owner**: @lark

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M1.1 | GOVERNANCE.md | `ACCEPTED` | Signed by all |
| M1.2 | Newsletter | `DEFERRED` | Deferred because nobody writes it |

### M2: Distribution

**Status**: `BLOCKED`
**Owner**: @lark

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M2.1 | Linux .deb | `ACCEPTED` | Starts on Debian 12 |
| M2.2 | macOS .dmg | `BLOCKED` | Opens without a warning |
| M2.3 | Localization | `ACCEPTED` | Three languages |
| M2.4 | API reference | `ACCEPTED` | Every call is described |
| M2.5 | Build matrix | `ACCEPTED` | All platforms |
| M2.6 | Nix flake | `ACCEPTED` | Evaluates |
| M2.7 | Screen reader support | `ACCEPTED` | Tried by two readers |

### M3: Security

**Status**: `ACCEPTED`
**Owner**: @wren

### M4: Windows

**Status**: `REJECTED`
**Owner**: @wren

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M4.1 | Windows .msi | `ACCEPTED` | Installs on Windows 11 |

"""


def registry(*rows: str, columns: str = REGISTRY, heading: str = "## Blocker Registry") -> str:
    return f"{MILESTONES}{heading}\n\n{columns}" + "\n".join(rows) + "\n"


def found(rule: str, text: str) -> list[Hit]:
    return hits(rule, {LATEST: text})


@pytest.mark.parametrize("rule", RULES)
def test_without_latest_nothing_is_found(rule: str) -> None:
    text = registry("| B1 | M9 | Code not written | TBD | P0 |")
    assert hits(rule, {"GOVERNANCE.md": text}) == []


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "row",
    [
        pytest.param("| B-M#.# | M# | What is not agreed | TBD | Open |", id="a template"),
        pytest.param("| B<N> | M<N> | <Impediment> | <@handle> | Open |", id="placeholders"),
        pytest.param("| - | - | *None yet* | - | - |", id="none yet"),
        pytest.param("| - | - | No open blockers at the moment | - | - |", id="no open blockers"),
    ],
)
def test_a_row_that_is_no_blocker(rule: str, row: str) -> None:
    before = found(rule, registry())
    assert len(found(rule, registry(row))) == len(before)


# ---------------------------------------------------------------------------- columns


@pytest.mark.parametrize(
    ("columns", "row", "missing"),
    [
        pytest.param("ID|Section|Blocker|Owner|Status", "B1|M1|x|@a|Open", "", id="all five"),
        pytest.param("#|Item|Blocker|Owner|State|Since", "B1|M1|x|@a|Open|-", "", id="other names"),
        pytest.param("ID|Milestone|Blocker|Owner|Status", "B1|M1|x|@a|Open", "", id="milestones"),
        pytest.param(
            "ID|Milestone|Blocker|Owner|Status", "B-M1.1|M1|x|@a|Open", "Section", id="hidden item"
        ),
        pytest.param(
            "ID|Milestone|Blocker|Owner|Status", "B-M1.1|M1.1|x|@a|Open", "", id="items shown"
        ),
        pytest.param("Section|Blocker|Owner|Status", "M1|x|@a|Open", "ID", id="no id"),
        pytest.param(
            "Milestone|Blocker|Owner|Status", "M1|x|@a|Open", "ID", id="no id but milestones"
        ),
        pytest.param(
            "ID|Description|Owner", "B1|x|@a", "Section, Blocker and Status", id="three missing"
        ),
        pytest.param("Resolution|Meaning", "Resolved|over", "", id="definitions"),
    ],
)
def test_columns(columns: str, row: str, missing: str) -> None:
    width = columns.count("|") + 1
    header = f"| {columns.replace('|', ' | ')} |\n|{'---|' * width}\n"
    hit = found("blocker-columns", registry(f"| {row.replace('|', ' | ')} |", columns=header))
    assert [h.message.split(" has no ")[1].split(" column")[0] for h in hit] == [missing] * bool(
        missing
    )


def test_a_list_of_resolved_blockers_needs_no_owner() -> None:
    text = registry("| B1 | M1 | Terms | @a | Open |") + (
        "\n### Resolved Blockers\n\n| ID | Section | Blocker |\n|--|--|--|\n| B0 | M2.2 | Terms |\n"
    )
    assert found("blocker-columns", text) == []
    assert [h.subject for h in found("blocker-section-not-blocked", text)] == ["B1"]


def test_a_table_outside_milestones_is_the_registry_if_nothing_is_called_so() -> None:
    text = registry(
        "| B1 | M1 | Terms |",
        columns="| ID | Section | Blocker |\n|-|-|-|\n",
        heading="## Blockers",
    )
    (hit,) = found("blocker-columns", text)
    assert "Owner and Status" in hit.message


# ---------------------------------------------------------------------------- owners


@pytest.mark.parametrize(
    ("row", "count"),
    [
        pytest.param("| B1 | M2.2 | Account TBD | @lark | Open |", 0, id="TBD in the text"),
        pytest.param("| B1 | M2.2 | Account | TBD | Open |", 1, id="TBD"),
        pytest.param("| B1 | M2.2 | Account | *TBD* | P0 |", 1, id="TBD of an unknown status"),
        pytest.param("| B1 | M2.2 | Account | | Open / Deferred |", 1, id="empty of a compound"),
        pytest.param("| B1 | M2.2 | Account | - | Closed |", 0, id="over, in another word"),
        pytest.param("| B1 | M2.2 | Account | - | Deferred |", 0, id="deferred"),
        pytest.param("| B1 | M2.2 | Account | Community | Open |", 0, id="the community"),
        pytest.param("| B1 | M2.2 | A | - | Open |\n| B1 | M2.2 | A | - | Open |", 1, id="one id"),
        pytest.param("|  | M2.2 | Account | - | Open |", 1, id="without an id"),
    ],
)
def test_owner(row: str, count: int) -> None:
    assert len(found("blocker-owner-missing", registry(row))) == count


@pytest.mark.parametrize(
    ("in_registry", "in_table", "line"),
    [
        pytest.param("@lark", "TBD", None, id="the registry names one"),
        pytest.param("TBD", "@lark", "registry", id="the registry names none"),
        pytest.param(None, "TBD", "table", id="the registry has no such column"),
        pytest.param(None, "@lark", None, id="the table names one"),
        pytest.param(None, None, None, id="no such column anywhere"),
    ],
)
def test_owner_of_a_blocker_in_two_tables(
    in_registry: str | None, in_table: str | None, line: str | None
) -> None:
    def table(owner: str | None) -> str:
        extra = ("", "", "") if owner is None else (" Owner |", "-|", f" {owner} |")
        return (
            f"| ID | Blocker |{extra[0]}\n|-|-|{extra[1]}\n| B-M5.1 | Terms disputed |{extra[2]}\n"
        )

    text = (
        "# MILESTONES - Latest\n\n## M5: Forum\n\n**Status**: `BLOCKED`\n\n### Blockers\n\n"
        f"{table(in_table)}\n## Blocker Registry\n\n{table(in_registry)}"
    )
    lines = [hit.place.line for hit in found("blocker-owner-missing", text)]
    rows = [n for n, row in enumerate(text.splitlines(), 1) if "B-M5.1" in row]
    assert lines == {None: [], "table": rows[:1], "registry": rows[1:]}[line]


# ---------------------------------------------------------------------------- status


@pytest.mark.parametrize(
    ("status", "count"),
    [
        *(
            pytest.param(word, 0, id=word)
            for word in ("Open", "resolved", "`Deferred`", "**Accepted**")
        ),
        *(
            pytest.param(word, 0, id=word)
            for word in (
                "🔴 Open",
                "Open 🔴",
                "Open (since 2026-01-01)",
                "Open ⚠️",
                "~~Open~~ Resolved",
                "Resolved in v1.2",
                "Resolved (high cost)",
                "Open since 2026-01-01",
                "Deferred to v2",
                "Risk accepted",
                "Rejected: out of scope",
                "Resolved - accepted by vote",
            )
        ),
        *(
            pytest.param(word, 1, id=word or "empty")
            for word in (
                "",
                "TBD",
                "P0 - Critical",
                "HIGH",
                "In Progress",
                "Blocked",
                "Closed",
                "Open/Deferred",
                "Open / Accepted",
                "Open or Deferred",
                "Open (P0)",
                "Open, critical",
                "Open - priority: high",
                "Openly disputed",
            )
        ),
    ],
)
def test_status(status: str, count: int) -> None:
    text = registry(f"| B1 | M2.2 | Account undecided | @lark | {status} |")
    assert len(found("blocker-state-unknown", text)) == count


# ---------------------------------------------------------------------------- registry and copies

TABLE = "| ID | Blocker | Plan | Owner |\n|----|---------|------|-------|\n"


def with_table(rows: str, rest: str) -> str:
    return (
        "# MILESTONES - Latest\n\n## M5: Forum\n\n**Status**: `BLOCKED`\n\n### Blockers\n\n"
        f"{TABLE}{rows}\n{rest}"
    )


@pytest.mark.parametrize(
    ("rest", "count"),
    [
        pytest.param("", 0, id="no registry"),
        pytest.param("## Blocker Registry\n\n*None yet*\n", 1, id="an empty registry"),
        pytest.param(f"## Blocker Registry\n\n{REGISTRY}", 1, id="a registry without rows"),
        pytest.param(
            f"## Blocker Registry\n\n{REGISTRY}| b-m5.1 | M5.1 | Terms | @a | Open |\n",
            0,
            id="in another case",
        ),
    ],
)
def test_not_in_registry(rest: str, count: int) -> None:
    text = with_table("| B-M5.1 | Terms disputed | Vote | @lark |\n", rest)
    assert len(found("blocker-not-in-registry", text)) == count


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        pytest.param("B1|M2.1|No packager|Open\nB1|M2.2|No account holder|Open", 1, id="one id"),
        pytest.param(
            "B1|M2.1|Order of languages not set|Open\nB2|M2.2|**Order** of languages not set.|Open",
            1,
            id="one text",
        ),
        pytest.param(
            "B1|M2.1|No maintainer|Open\nB2|M2.1|no maintainer|Open", 1, id="few words, one section"
        ),
        pytest.param(
            "B1|M2.1|No maintainer|Open\nB2|M2.2|No maintainer|Open",
            0,
            id="few words, two sections",
        ),
        pytest.param(
            "B1|M2.1|Order of languages not set|Resolved\nB2|M2.1|Order of languages not set|Open",
            0,
            id="came back",
        ),
        pytest.param("B1|M2.1|!!!|Open\nB2|M2.1|???|Open", 0, id="no words"),
        pytest.param(
            "|M2.1|Order of languages not set|Open\n|M2.1|Order of languages not set|Open",
            0,
            id="no ids",
        ),
    ],
)
def test_duplicates(rows: str, count: int) -> None:
    lines = []
    for row in rows.splitlines():
        name, section, text, status = row.split("|")
        lines.append(f"| {name} | {section} | {text} | @lark | {status} |")
    assert len(found("blocker-duplicate", registry(*lines))) == count


def test_the_same_blocker_in_two_tables_is_no_duplicate() -> None:
    rest = f"## Blocker Registry\n\n{REGISTRY}| B-M5.1 | M5 | Terms of use disputed | @a | Open |\n"
    same = with_table("| B-M5.1 | Terms disputed by two | Vote | @lark |\n", rest)
    other = with_table("| B-M5.1 | Moderator not found | Ask | @lark |\n", rest)
    assert found("blocker-duplicate", same) == []
    (hit,) = found("blocker-duplicate", other)
    assert "another blocker" in hit.message


def test_twice_in_one_table_of_a_milestone() -> None:
    text = with_table("| B-M5.1 | Terms | V | @a |\n| B-M5.1 | Terms | V | @a |\n", "")
    (hit,) = found("blocker-duplicate", text)
    assert "one table" in hit.message


# ---------------------------------------------------------------------------- pointers


@pytest.mark.parametrize(
    ("name", "section", "count"),
    [
        pytest.param("B1", "M2.1", 0, id="an item"),
        pytest.param("B1", "M2.0", 0, id="the whole milestone"),
        pytest.param("B1", "M2.1-M2.3", 0, id="a range"),
        pytest.param("B1", "M2.6-M2.8", 1, id="a range beyond the end"),
        pytest.param("B1", "[M2.1](#m2)", 0, id="a link"),
        pytest.param("B1", "M9", 1, id="no such milestone"),
        pytest.param("B1", "m9", 1, id="in small letters"),
        pytest.param("B1", "Milestone 9", 1, id="in words"),
        pytest.param("B1", "Milestone 2", 0, id="in words, existing"),
        pytest.param("B1", "Nix flake", 0, id="an item by its title"),
        pytest.param("B1", "Distribution", 0, id="a milestone by its title"),
        pytest.param("B1", "All of it", 0, id="free words"),
        pytest.param("B-M9.1", "All of it", 1, id="free words, the id says where"),
        pytest.param("B1", "-", 0, id="nothing"),
        pytest.param("B-M2.9", "M2", 1, id="by its id"),
        pytest.param("B1", "M7.1", 0, id="a row of some other table"),
        pytest.param("B1", "M8", 0, id="a heading that is no milestone"),
    ],
)
def test_section_unknown(name: str, section: str, count: int) -> None:
    text = registry(f"| {name} | {section} | Terms | @lark | Open |") + (
        "\n## M8 notes\n\n| Ref | Note |\n|--|--|\n| M7.1 | later |\n| none | - |\n"
    )
    assert len(found("blocker-section-unknown", text)) == count


def test_section_unknown_needs_milestones() -> None:
    text = "# L\n\n## Blocker Registry\n\n" + REGISTRY + "| B1 | M1 | Terms | @a | Open |\n"
    assert found("blocker-section-unknown", text) == []


def test_a_pointer_in_the_milestones_table_serves_where_the_registry_has_none() -> None:
    columns = "| ID | Blocker | Owner | Status |\n|-|-|-|-|\n"
    rest = f"## Blocker Registry\n\n{columns}| B1 | Terms | @a | Open |\n"
    text = with_table("| B1 | Terms | Vote | @a |\n", rest).replace("BLOCKED", "ACCEPTED")
    (hit,) = found("blocker-section-not-blocked", text)
    assert "M5 is ACCEPTED" in hit.message


@pytest.mark.parametrize(
    ("section", "text", "other"),
    [
        pytest.param("M2.1", "No macOS maintainer", "M2.2", id="a sibling's platform"),
        pytest.param("M2.1", "Needs notarisation account", "M2.2", id="a platform by its trade"),
        pytest.param("M2.6", "Fedora packager missing", "RPM", id="a platform of no section"),
        pytest.param("M1.1", "Windows maintainer missing", "M4.1", id="a platform elsewhere"),
        pytest.param("M1.1", "Windows screenshots missing", None, id="a platform by the way"),
        pytest.param("M2.1", "Windows maintainer missing", "M4.1", id="another platform elsewhere"),
        pytest.param("M1.1", "Snapcraft account undecided", None, id="no section is of a platform"),
        pytest.param("M2.2", "Needs macOS maintainer", None, id="the right platform"),
        pytest.param("M2.1", "Linux packager missing", None, id="Linux is Debian's kin"),
        pytest.param("M2.1", "Linux and Debian packagers", None, id="both"),
        pytest.param("M2.2", "Linux packaging for Debian undecided", "M2.1", id="Linux, namely"),
        pytest.param("M2", "macOS maintainer missing", None, id="a milestone with that item"),
        pytest.param("M2.5", "No macOS machine offered", None, id="about all platforms"),
        pytest.param("M2.1", "Maintenance windows not agreed", None, id="windows of time"),
        pytest.param("M1.1", "API stability undecided", None, id="a name, but of no sibling"),
        pytest.param("M2.3", "API stability undecided", "M2.4", id="a sibling's name"),
        pytest.param("M2.1", "Localization owner missing", "M2.3", id="a single subject"),
        pytest.param(
            "M2.1", "Localization of the manual pages and the website", None, id="a word among many"
        ),
        pytest.param(
            "M2.3", "Screen reader volunteers missing", "M2.7", id="two words of a sibling"
        ),
        pytest.param(
            "M1.1", "Screen reader support not agreed", "M2.7", id="an item elsewhere, wholly"
        ),
        pytest.param("M1.1", "Security scope undefined", "M3", id="another milestone"),
        pytest.param("M2.3", "Localisation languages not agreed", None, id="its criteria's words"),
        pytest.param("M2.3", "Locale list not agreed", None, id="of one family"),
        pytest.param("M2.3", "Funding not agreed", None, id="nothing that is a subject"),
        pytest.param("M2.1", "Cannot accept M3 until funded", "M3", id="names another milestone"),
        pytest.param("M2.1", "Blocks M2.0 as a whole", None, id="names its milestone"),
        pytest.param("M2", "M2.3 cannot be accepted yet", None, id="names its item"),
        pytest.param("M2.1, M2.2", "No macOS maintainer", None, id="one of two pointers"),
        pytest.param("M9.1", "No macOS maintainer", None, id="no such section"),
        pytest.param("-", "No macOS maintainer", None, id="no pointer"),
    ],
)
def test_section_mismatch(section: str, text: str, other: str | None) -> None:
    hit = found("blocker-section-mismatch", registry(f"| B1 | {section} | {text} | @lark | Open |"))
    assert [h.message.split("is about ")[1].split(" (")[0] for h in hit] == [other] * bool(other)


def test_two_blockers_of_one_section() -> None:
    rows = ("| B1 | M2.1 | No macOS maintainer | @a | Open |", "| B2 | M2.1 | No Mac | @a | Open |")
    assert len(found("blocker-section-mismatch", registry(*rows))) == 2


def test_a_resolved_blocker_may_point_anywhere() -> None:
    text = registry("| B1 | M2.1 | No macOS maintainer | @lark | Resolved |")
    assert found("blocker-section-mismatch", text) == []


def test_a_detail_is_a_section_too() -> None:
    text = registry("| B1 | M2.9 | No macOS maintainer | @lark | Open |") + (
        "\n### M2.9: Android edition\n\n**Status**: `BLOCKED`\n\n### M2.2: macOS again\n"
    )
    (hit,) = found("blocker-section-mismatch", text)
    assert "M2.9 (Android edition)" in hit.message
    assert found("blocker-section-not-blocked", text) == []


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        pytest.param("B1|M2.2|Open", (), id="BLOCKED"),
        pytest.param("B1|M2|Open", (), id="a BLOCKED milestone"),
        pytest.param("B1|M2.1|Open", (Severity.WARNING,), id="siblings use BLOCKED"),
        pytest.param("B1|M1.1|Open", (None,), id="siblings don't"),
        pytest.param("B1|M1|Open", (Severity.WARNING,), id="other milestones use BLOCKED"),
        pytest.param("B1|M1.2|Open", (None,), id="a deferred item"),
        pytest.param("B1|M2.1-M2.2|Open", (), id="one of a range"),
        pytest.param("B1|M1.1|P0", (), id="a status unknown"),
        pytest.param("B1|M1.1|Open / Accepted", (), id="a compound"),
        pytest.param("B1|M1.1|Resolved", (), id="resolved"),
        pytest.param("B1|M9.1|Open", (), id="no such section"),
    ],
)
def test_section_not_blocked(row: str, severity: tuple[Severity | None, ...]) -> None:
    name, section, status = row.split("|")
    text = registry(f"| {name} | {section} | Terms | @lark | {status} |")
    hit = found("blocker-section-not-blocked", text)
    assert tuple(h.severity for h in hit) == severity


def test_a_state_that_is_missing_is_its_own_finding() -> None:
    text = registry("| B1 | M5 | Terms | @lark | Open |").replace(
        "## Blocker", "### M5: Forum\n\n**Owner**: @a\n\n## Blocker"
    )
    assert found("blocker-section-not-blocked", text) == []


def test_several_sections_none_of_them_blocked() -> None:
    text = registry("| B1 | M2.1, M2.3 | Terms | @lark | Open |")
    (hit,) = found("blocker-section-not-blocked", text)
    assert hit.message == "B1 is open, but none of M2.1 and M2.3 is BLOCKED"


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        pytest.param([], ["M2.2"], id="nothing at all"),
        pytest.param(["| B1 | M2.2 | Terms | @a | Open |"], [], id="the item"),
        pytest.param(["| B1 | M2 | Terms | @a | Open |"], [], id="its milestone"),
        pytest.param(["| B-M2.0 | M2 | Terms | @a | Open |"], [], id="its milestone as .0"),
        pytest.param(["| B1 | M2.1-M2.3 | Terms | @a | Open |"], [], id="a range"),
        pytest.param(["| B1 | M2.1 | Terms | @a | Open |"], ["M2.2"], id="a sibling"),
        pytest.param(["| B1 | M2.2 | Terms | @a | P0 |"], [], id="an unknown status"),
        pytest.param(["| B1 | M2.2 | Terms | @a | Deferred |"], ["M2.2"], id="settled"),
        pytest.param(["| B1 | M2.2 | Terms | @a | Closed |"], ["M2.2"], id="closed"),
    ],
)
def test_unregistered(rows: list[str], names: list[str]) -> None:
    assert [hit.subject for hit in found("blocker-unregistered", registry(*rows))] == names


def test_a_state_may_name_its_blocker() -> None:
    row = "| B1 | M1 | Terms | @a | Open |"
    text = registry(row).replace("`BLOCKED` | Opens", "BLOCKED (see B1) | Opens")
    assert found("blocker-unregistered", text) == []


@pytest.mark.parametrize(("section", "count"), [("M5.1", 0), ("M5", 0), ("M1", 1)])
def test_a_blocked_milestone_without_blocked_items(section: str, count: int) -> None:
    text = registry("| B1 | M2 | Terms | @a | Open |", f"| B2 | {section} | Terms | @a | Open |")
    forum = "### M5: Forum\n\n**Status**: `BLOCKED`\n**Owner**: @a\n\n## Blocker"
    assert len(found("blocker-unregistered", text.replace("## Blocker", forum))) == count


def test_blocked_details_without_a_row() -> None:
    text = registry("| B1 | M2.2 | Terms | @a | Open |") + (
        "\n### M2.8: Signing\n\n**Status**: `BLOCKED`\n"
        "\n### M2.1: Debian\n\n**Status**: `BLOCKED`\n"
        "\n### M2.9: Icons\n\n**Status**: `ACCEPTED`\n\n### M3.1: Keys\n"
    )
    assert [hit.subject for hit in found("blocker-unregistered", text)] == ["M2.8"]


def test_a_plan_column_settles_only_by_a_resolution() -> None:
    columns = "| ID | Section | Blocker | Owner | Resolution |\n|-|-|-|-|-|\n"
    text = registry(
        "| B1 | M2.1 | Terms | @a | Ask in May |",
        "| B2 | M2.3 | Size | @a | Deferred |",
        columns=columns,
    )
    assert [hit.subject for hit in found("blocker-section-not-blocked", text)] == ["B1"]


@pytest.mark.parametrize(
    ("section", "status", "count"),
    [
        ("M1.1", "Rejected", 1),
        ("M1", "Rejected", 1),
        ("M1.2", "Rejected", 0),
        ("M4.1", "Rejected", 0),
        ("M4", "Rejected", 0),
        ("M9", "Rejected", 0),
        ("M1.2, M1.1", "Rejected (2026-01-01)", 1),
        ("M1.1", "Resolved", 0),
    ],
)
def test_rejected_in_scope(section: str, status: str, count: int) -> None:
    text = registry(f"| B1 | {section} | Terms | @a | {status} |")
    assert len(found("blocker-rejected-in-scope", text)) == count


# ---------------------------------------------------------------------------- agreement only


@pytest.mark.parametrize(
    "text",
    [
        "Code not written yet",
        "Importer isn't implemented",
        "Tests not passing",
        "Feature not released",
        "Needs implementation of the parser",
        "Needs refactoring",
        "CI red on main",
        "Flaky tests on the runner",
        "Bug #12 open",
        "Crash on startup",
        "PR #44 is still open",
        "The installer does not build on Fedora",
        "Waiting for the parser to be implemented",
        "Cannot accept M3 until tests pass: tests failing",
        "Code not written, owner TBD",
        "Test coverage below 80%",
        "Low coverage",
        "Implementation is still incomplete",
        "60 % implemented",
        "Feature unreleased",
        "Branch protection not configured",
        "Unreleased packages",
        "The handbook is not finished",
        "The guide for packagers isn't written",
        "docs/setup.md not written",
        "We do not yet have working builds: CI not green",
    ],
)
def test_about_building(text: str) -> None:
    assert is_about_building(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No macOS maintainer confirmed",
        "Needs decision on implementation approach",
        "Test plan not agreed",
        "Scope undefined",
        "Acceptance criteria for tests not written",
        "No code of conduct",
        "Waiting for code signing certificate",
        "Cannot accept until a maintainer is confirmed; tests fail anyway",
        "Dependency on external decision",
        "Audit scope undefined",
        "Stakeholder unavailable for review",
        "The CLA is not finished",
        "Translation glossary not finished",
        "Grant application is not completed",
        "Date not fixed",
        "Coalition not built",
        "Background checks not completed",
        "Contract with the server host not completed",
        "Foundation not set up",
        "Letter unwritten",
        "Two clubs have not agreed to the terms",
        "Holder of the certificate is TBD; two volunteers have offered",
    ],
)
def test_about_agreement(text: str) -> None:
    assert not is_about_building(text)


def test_a_type_of_work() -> None:
    columns = "| ID | Section | Blocker | Type | Owner | Status |\n|-|-|-|-|-|-|\n"
    rows = (
        "| B1 | M1 | Importer | Implementation | @a | Open |",
        "| B2 | M1 | Exporter | Decision | @a | Open |",
        "| B3 | M1 | Code not written | Decision | @a | Accepted |",
    )
    hit = found("blocker-implementation", registry(*rows, columns=columns))
    assert [h.subject for h in hit] == ["B1"]


def test_many_blockers_cost_no_more_than_their_number() -> None:
    def make(count: int) -> str:
        items = "".join(
            f"| M1.{n} | Item {n} part | `BLOCKED` | Same words |\n" for n in range(count)
        )
        rows = "".join(
            f"| B{n} | M1.{n} | Part {n} of the same | - | Open |\n" for n in range(count)
        )
        return (
            "# L\n\n## M1: All\n\n**Status**: `BLOCKED`\n\n"
            "| ID | Deliverable | Status | Criteria |\n"
            f"|-|-|-|-|\n{items}\n## Blocker Registry\n\n{REGISTRY}{rows}"
        )

    def work(text: str) -> Callable[[], object]:
        read = project({LATEST: text})
        checks = [check for rule in RULES if (check := RULES_BY_NAME[rule].check)]
        assert len(checks) == len(RULES)
        return lambda: [list(check(read)) for check in checks]

    assert_linear(make, work, 60_000)


def test_a_word_that_many_titles_bear_names_none_of_them() -> None:
    items = "".join(f"| M6.{n} | Tuning preset {n} | `ACCEPTED` | x |\n" for n in range(1, 40))
    table = "| ID | Deliverable | Status | Acceptance Criteria |\n|-|-|-|-|\n"
    row = "| B1 | M1.1 | Tuning preset not agreed | @a | Open |"
    text = registry(row).replace("## Blocker", f"### M6: Sound\n\n{table}{items}\n## Blocker")
    assert found("blocker-section-mismatch", text) == []
