"""Proposals: the edge cases that the rules' pages do not show."""

from __future__ import annotations

import pytest

from tests.rulepages import hits

MAIN = "MILESTONES.main.md"
LATEST = "MILESTONES.latest.md"
FAMILY = ("proposal-field-missing", "proposal-category", "proposal-id", "proposal-lost")

HEADER = """**Proposed**: 2026-01-02
**Author**: @lark
**Target Version**: v2
**Category**: Milestone
"""
AS_LIST = HEADER.replace("**Proposed**", "- **Proposed**").replace("\n**", "\n- **")
AS_TABLE = """| Field | Value |
|-------|-------|
| Author | @lark |
| Date | 2026-01-02 |
| Target | v2 |
| Category | Scope |
"""
CRITERIA = "\n#### Acceptance Criteria\n\n- [ ] Twelve people sing one song\n"


def active(header: str = HEADER, rest: str = CRITERIA, heading: str = "PROP-2: A choir") -> str:
    return f"# Main\n\n## Active Proposals\n\n### {heading}\n\n{header}{rest}"


def messages(rule: str, main: str, latest: str | None = None, **others: str) -> list[str]:
    files = {MAIN: main, **{f"{name}.md": text for name, text in others.items()}}
    if latest is not None:
        files[LATEST] = latest
    return [hit.message for hit in hits(rule, files)]


@pytest.mark.parametrize("rule", FAMILY)
def test_silent_without_documents(rule: str) -> None:
    assert hits(rule, {LATEST: "# Latest\n"}) == []


# ---------------------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (HEADER, ""),
        (HEADER.replace("@lark", "TBD"), "author"),
        (HEADER.replace("@lark", "@<github-handle>"), "author"),
        (HEADER.replace("@lark", "[@lark](<https://example.org/lark>)"), ""),
        (HEADER.replace("**Author**", "**Proposed by**"), ""),
        (HEADER.replace("2026-01-02", "<YYYY-MM-DD>"), "date"),
        (HEADER.replace("v2", "v<X>"), "target version"),
        (HEADER.replace("v2", "<!-- soon -->"), "target version"),
        (HEADER.replace("Milestone", "Milestone | Process | Scope"), "category"),
        (HEADER.replace("Milestone", "-").replace("v2", ""), "target version or category"),
        ("", "author, date, target version or category"),
        (AS_LIST, ""),
        ("- **Proposed**: 2026-01-02\n- A note\n", "author, target version or category"),
        (AS_TABLE, ""),
        (
            "| Author | Date | Target |\n|-|-|-|\n| @lark | today | v2 |\n",
            "author, date, target version or category",
        ),
    ],
)
def test_missing_fields(header: str, missing: str) -> None:
    expected = [f"Proposal PROP-2 has no {missing}"] if missing else []
    assert messages("proposal-field-missing", active(header)) == expected


@pytest.mark.parametrize(
    ("rest", "missing"),
    [
        (CRITERIA, False),
        ("", True),
        ("\n#### Acceptance Criteria\n\n#### Discussion\n\nAn issue.\n", True),
        ("\n#### Acceptance Criteria\n\n- [ ] Criterion 1\n- [ ] Criterion 2\n", True),
        ("\n#### Acceptance Criteria\n\n- [ ] TBD\n", True),
        ("\n#### Acceptance Criteria\n\n- [ ] <what>\n", True),
        ("\n#### Acceptance Criteria\n\nTwelve people sing.\n", False),
        ("\n#### Acceptance Test\n\n```bash\nsing --all\n```\n", False),
        ("\n#### Success criteria\n\n| ID | Text |\n|-|-|\n| 1 | They sing |\n", False),
        ("**Acceptance Criteria**: Twelve people sing.\n", False),
        ("**Acceptance Criteria**:\n\n- Twelve people sing.\n", False),
        ("**Acceptance Criteria**:\n\n- **Note**: none\n", True),
        ("\n#### Motivation\n\nMore voices.\n", True),
    ],
)
def test_missing_criteria(rest: str, missing: bool) -> None:  # noqa: FBT001
    expected = ["Proposal PROP-2 has no acceptance criteria"] if missing else []
    assert messages("proposal-field-missing", active(rest=rest)) == expected


@pytest.mark.parametrize(
    ("main", "found"),
    [
        (active("", ""), True),
        (active("", "").replace("Active Proposals", "Proposal Template"), False),
        (active("", "").replace("Active Proposals", "Rejected Proposals"), False),
        (active("", "").replace("Active", "Deferred"), True),
        (active("**Author**: @lark\n", "", "A choir"), True),
        (active("**Author**: @lark\n", "", "A choir").replace("Active Proposals", "Notes"), False),
        (active("**Note**: x\n", "", "How to add one"), False),
        ("# Main\n\n```markdown\n" + active("", "") + "```\n", False),
        ("# Main\n\n<!--\n### PROP-1: Gone\n-->\n", False),
    ],
)
def test_what_is_a_proposal(main: str, found: bool) -> None:  # noqa: FBT001
    assert bool(messages("proposal-field-missing", main)) == found


# ---------------------------------------------------------------------------- category


@pytest.mark.parametrize(
    ("category", "strange"),
    [
        ("`scope`", ""),
        ("**Governance**", ""),
        ("Process / Scope", ""),
        ("Process and Scope", ""),
        ("Domain (audio)", ""),
        ("🧭 Scope", ""),
        ("✅ Process / 🧭 Feature", "Feature"),
        ("TBD", ""),
        ("Feature", "Feature"),
        ("Process, Music, Bug", "Music / Bug"),
    ],
)
def test_categories(category: str, strange: str) -> None:
    found = messages("proposal-category", active(HEADER.replace("Milestone", category)))
    message = f"Proposal PROP-2 has the category {strange}, which is not in the list"
    assert found == ([message] if strange else [])


def test_title_about_templates_is_no_template() -> None:
    wrong = HEADER.replace("Milestone", "Feature")
    assert messages("proposal-category", active(wrong, heading="PROP-3: Issue templates"))
    assert not messages("proposal-category", active(wrong, heading="PROP-3: Template"))
    assert not messages("proposal-category", active(wrong, heading="Proposal template"))


def template(line: str) -> str:
    return f"# Main\n\n## Proposal Template\n\n```markdown\n### PROP-<NUMBER>\n\n{line}\n```\n"


@pytest.mark.parametrize(
    ("line", "governance", "lacking"),
    [
        ("**Category**: Scope | Domain", 'category "Governance"', "Governance"),
        ("- **Category:** Scope, Domain", "the category `Scope`, or category “Law”", "Law"),
        ("**Category**: <Scope | Governance>", 'category "Governance"', ""),
        ("**Category**: <Category>", 'category "Governance"', ""),
        ("**Author**: @x", 'category "Governance"', ""),
        ("**Category**: Scope | Domain", "any category of ideas", ""),
        ("**Category**: Scope | Domain", '```\ncategory "Governance"\n```', ""),
        (
            "**Category**: Scope | Domain",
            'category "Law"\n\ncategory "Law" and category "Art"',
            "Law and Art",
        ),
    ],
)
def test_templates(line: str, governance: str, lacking: str) -> None:
    files = {MAIN: template(line), "GOVERNANCE.md": f"# Governance\n\n{governance}\n"}
    found = hits("proposal-category", files)
    assert [(hit.place.line, hit.message) for hit in found] == (
        [(8, f"The template's categories lack {lacking}, which GOVERNANCE.md requires")]
        if lacking
        else []
    )


def test_an_indented_template() -> None:
    files = {
        MAIN: "# Main\n\nTemplate:\n\n    **Category**: Scope | Domain\n",
        "MILESTONES_CEREMONY.md": '# C\n\nWith category "Ceremony".\n',
    }
    (hit,) = hits("proposal-category", files)
    assert hit.place.line == 5
    assert [place.line for place in hit.related] == [3]


def test_what_governance_asks_for_is_lawful() -> None:
    main = active(HEADER.replace("Milestone", "Law"))
    assert messages("proposal-category", main, GOVERNANCE='# G\n\ncategory "Law"\n') == []
    assert messages("proposal-category", main, CONTRIBUTORS='# G\n\ncategory "Law"\n') != []


# ---------------------------------------------------------------------------- identifiers


def ledger(*rows: str, name: str = "Graduated", header: str = "ID | Title") -> str:
    bars = "|".join("-" for _ in header.split("|"))
    return f"\n## {name} Proposals\n\n| {header} |\n|{bars}|\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("PROP-2: A choir", False),
        ("PROP-002: A choir", False),
        ("PROP-TBD: A choir", True),
        ("PROP: A choir", True),
        ("A choir", True),
        ("prop-2: A choir", True),
    ],
)
def test_ids_of_headings(heading: str, found: bool) -> None:  # noqa: FBT001
    assert bool(messages("proposal-id", active(heading=heading))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ledger("| PROP-1 | A |", "| [PROP-2](#x) | B |"), []),
        (ledger("| - | *None yet* |"), []),
        (ledger("| - | No graduated proposals yet |"), []),
        (ledger("| - | Nothing |"), []),
        (ledger("| - | - |"), []),
        (ledger("| - | Ground rules |"), ["The row of “Ground rules”"]),
        (ledger("| 7 | Ground rules |"), ["The row of “Ground rules”"]),
        (ledger("| 7 | - |"), ["The row of “7”"]),
        (ledger("| - | No smoking in the hall |"), ["The row of “No smoking in the hall”"]),
        (ledger("| - | A |", name="Rejected"), ["The row of “A”"]),
        (ledger("| - | A |", name="Proposals: deferred ones,"), ["The row of “A”"]),
        (ledger("| - | A |", name="Other"), []),
        (ledger("| PROP-1: A | v1 |", header="Proposal | Target"), []),
        (ledger("| A | v1 |", header="Proposal | Target"), ["The row of “A”"]),
        (ledger("| A | v1 |", header="Who | Target"), []),
        (ledger("| PROP-1 | v1 |", header="ID | Target"), []),
        (
            ledger("| PROP-1 | A |", "| PROP-01 | B |"),
            ["PROP-01 is also the number of another row"],
        ),
        (
            ledger("| PROP-1 | A |") + ledger("| PROP-1 | A |", name="Rejected"),
            ["PROP-1 is also the number of another row"],
        ),
    ],
)
def test_ids_of_rows(text: str, found: list[str]) -> None:
    said = messages("proposal-id", f"# Main\n{text}")
    assert [
        message.removesuffix(" has no number of the form PROP-<NUMBER>") for message in said
    ] == found


@pytest.mark.parametrize(
    ("status", "name", "found"),
    [
        ("", "Graduated", ["PROP-2 is also the number of a graduated proposal"]),
        (
            "**Status**: PROPOSED\n",
            "Rejected",
            ["PROP-2 is also the number of a rejected proposal"],
        ),
        ("**Status**: REJECTED\n", "Rejected", []),
        ("**Status**: Graduated\n", "Graduated", []),
        ("**State**: deferred (v2)\n", "Deferred", []),
    ],
)
def test_a_number_both_active_and_gone(status: str, name: str, found: list[str]) -> None:
    main = active(HEADER + status) + ledger("| PROP-2 | A choir |", name=name)
    assert messages("proposal-id", main) == found


def test_two_sections_with_one_number() -> None:
    main = active() + "\n### PROP-02: A stage\n\n**Author**: @wren\n"
    assert messages("proposal-id", main) == ["PROP-02 is also the number of another proposal"]


# ---------------------------------------------------------------------------- lost

TUNING = "# Latest\n\n## M1: Pitch Pipes\n\n**Status**: ACCEPTED\n\n"


def graduated(identifier: str, title: str, to: str = "MILESTONES.latest.md") -> str:
    return "# Main\n" + ledger(
        f"| {identifier} | {title} | {to} |", header="ID | Title | Graduated To"
    )


@pytest.mark.parametrize(
    ("main", "latest", "lost"),
    [
        (graduated("PROP-1", "Room heating"), TUNING, True),
        (graduated("PROP-1", "Room heating"), f"{TUNING}**Origin**: PROP-1\n", False),
        (graduated("PROP-1", "Room heating"), f"{TUNING}From PROP-0 to PROP-3.\n", False),
        (graduated("PROP-1", "Room heating"), f"{TUNING}Heated rooms for all.\n", True),
        (graduated("PROP-1", "Room heating"), f"{TUNING}- The heating of the rooms\n", False),
        (graduated("PROP-1", "Room heating"), f"{TUNING}```\nRoom heating\n```\n", True),
        (
            graduated("PROP-1", "Room heating"),
            f"{TUNING}## Changelog\n\n| Date | Change |\n|-|-|\n| - | Room heating |\n",
            True,
        ),
        (
            graduated("PROP-1", "Room heating"),
            f"{TUNING}## Scope\n\n| Domain |\n|-|\n| Room heating |\n",
            False,
        ),
        (graduated("PROP-1", "Brass pitch pipes in a long box"), TUNING, False),
        (graduated("PROP-1", "Room heating", "M1 in latest"), TUNING, True),
        (
            graduated("PROP-1", "Room heating", "M1 in latest"),
            f"{TUNING}- Heating the room\n",
            False,
        ),
        (
            graduated("PROP-1", "Room heating", "latest (M1)"),
            f"{TUNING}- The room\n- Its heating\n",
            False,
        ),
        (
            graduated("PROP-1", "Room heating", "latest (M1)"),
            f"{TUNING}## M2: Room heating\n\n**Status**: ACCEPTED\n",
            True,
        ),
        (
            graduated("PROP-1", "Room heating", "latest (M1.1)"),
            f"{TUNING}### M1.1: Warmth\n",
            False,
        ),
        (graduated("-", "Room heating", "latest (M1)"), TUNING, False),
        (graduated("PROP-1", "Room heating", "M7 in latest"), TUNING, True),
        (graduated("PROP-1", "Room heating", "latest"), TUNING, True),
        (graduated("PROP-1", "Room heating", "-"), TUNING, True),
        (graduated("PROP-1", "Room heating", "[latest](./MILESTONES.latest.md)"), TUNING, True),
        (graduated("PROP-1", "Room heating", "GOVERNANCE.md"), TUNING, False),
        (graduated("PROP-1", "Room heating", "`MILESTONES.v<X>-alpha.md`"), TUNING, False),
        (graduated("PROP-1", "-"), TUNING, False),
        (graduated("PROP-1", "Our own project"), TUNING, False),
        (graduated("-", "Initial governance framework"), TUNING, False),
        (graduated("-", "Room heating"), TUNING, True),
        (graduated("-", "Room pipes"), TUNING, False),
        (graduated("-", "Heating"), TUNING, False),
        (
            graduated("PROP-1", "Room heating").replace(
                "Graduated Proposals", "Rejected Proposals"
            ),
            TUNING,
            False,
        ),
        ("# Main\n" + ledger("| PROP-1 | Room heating |"), TUNING, True),
    ],
)
def test_lost(main: str, latest: str, lost: bool) -> None:  # noqa: FBT001
    assert bool(messages("proposal-lost", main, latest)) == lost


def test_what_was_frozen_is_held() -> None:
    files = {
        MAIN: graduated("PROP-1", "Room heating"),
        LATEST: TUNING,
        "MILESTONES.v1.0.0-alpha.md": "# v1\n\n## M2: Heating of rooms\n",
    }
    assert hits("proposal-lost", files) == []
