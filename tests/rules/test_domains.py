"""Edge cases of the rules about scope and owners."""

from __future__ import annotations

import pytest

from tests.rulepages import hits

HEAD = "# MILESTONES - Latest\n\n"
RULES = ("domain-owner-missing", "milestone-owner-missing", "scope-undefined")


@pytest.mark.parametrize("rule", RULES)
def test_without_latest_nothing_is_found(rule: str) -> None:
    text = "# Other\n\n## In Scope\n\nTBD\n\n## M1: X\n\n**Status**: `ACCEPTED`\n"
    assert hits(rule, {"GOVERNANCE.md": text}) == []


@pytest.mark.parametrize(
    ("owner", "found"),
    [
        pytest.param("@lark", 0, id="a handle"),
        pytest.param("@org/team", 0, id="a team"),
        pytest.param("Community", 0, id="the community"),
        pytest.param("TBD", 1, id="TBD"),
        pytest.param("**TBD** (see B3)", 1, id="TBD with a remark"),
        pytest.param("No owner yet", 1, id="words for nobody"),
        pytest.param("-", 1, id="a dash"),
        pytest.param("<@handle>", 1, id="a placeholder"),
    ],
)
def test_owner_of_a_milestone(owner: str, found: int) -> None:
    text = f"{HEAD}## M1: X\n\n**Status**: `ACCEPTED`\n**Owner**: {owner}\n"
    assert len(hits("milestone-owner-missing", {"MILESTONES.latest.md": text})) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param("", 1, id="nothing"),
        pytest.param("TBD\n", 1, id="TBD"),
        pytest.param("**To be decided.**\n", 1, id="to be decided"),
        pytest.param("*Not yet defined*\n", 1, id="not yet defined"),
        pytest.param("- TBD\n- …\n", 1, id="a list of nothing"),
        pytest.param("- Tuning\n- TBD\n", 0, id="a list of something"),
        pytest.param("Only what the roadmap names.\n", 0, id="a sentence"),
        pytest.param("**Tuning**: everything\n", 0, id="a field"),
        pytest.param("```\ntuning\n```\n", 0, id="a fence"),
        pytest.param("### Core\n\n- Tuning\n", 0, id="a section below"),
        pytest.param("| Domain |\n|---|\n| Tuning |\n", 0, id="one column"),
        pytest.param("| Domain | Description |\n|---|---|\n| Tuning | TBD |\n", 1, id="all TBD"),
        pytest.param(
            "| Domain | Description |\n|---|---|\n| <Domain> | <Text> |\n", 1, id="a template"
        ),
        pytest.param(
            "| Domain | Description |\n|---|---|\n| Tuning | Keys |\n| <Domain> | TBD |\n",
            0,
            id="a template row below a row",
        ),
        pytest.param(
            "| Domain | Description |\n|---|---|\n"
            "| Tuning | Keys |\n| Links |  |\n| Sound | TBD |\n",
            2,
            id="rows without description",
        ),
        pytest.param(
            "| Domain | Milestone |\n|---|---|\n| Tuning | M1 |\n| Links | - |\n",
            1,
            id="mapped to nothing",
        ),
        pytest.param(
            "| Domain | Milestone |\n|---|---|\n| Tuning | M1-M2 |\n| Links | M9 |\n", 1, id="no M9"
        ),
        pytest.param(
            "| Domain | Milestone |\n|---|---|\n| Tuning | M1.1 |\n| Links | All |\n",
            0,
            id="an item, and all of them",
        ),
    ],
)
@pytest.mark.parametrize("heading", ["In Scope", "In Scope for v1", "What's in scope"])
def test_in_scope(heading: str, body: str, found: int) -> None:
    milestones = (
        "\n## M1: X\n\n**Status**: `ACCEPTED`\n\n| ID | Deliverable |\n|--|--|\n| M1.1 | Y |\n"
        "\n## M2: Z\n\n**Status**: `ACCEPTED`\n"
    )
    text = f"{HEAD}## {heading}\n\n{body}{milestones}"
    assert len(hits("scope-undefined", {"MILESTONES.latest.md": text})) == found


def test_a_milestone_without_an_owner_line() -> None:
    text = f"{HEAD}## M1: X\n\n**Status**: `ACCEPTED`\n"
    (hit,) = hits("milestone-owner-missing", {"MILESTONES.latest.md": text})
    assert (hit.place.line, hit.subject) == (3, "M1")


@pytest.mark.parametrize("state", ["DEFERRED", "REJECTED"])
@pytest.mark.parametrize("owner", ["\n**Owner**: TBD", ""])
def test_what_left_needs_no_owner(state: str, owner: str) -> None:
    text = f"{HEAD}## M1: X\n\n**Status**: `{state}`{owner}\n"
    assert hits("milestone-owner-missing", {"MILESTONES.latest.md": text}) == []


def test_the_owners_cell_is_pointed_at() -> None:
    text = f"{HEAD}## D\n\n| Domain | Owner | Status |\n|-|-|-|\n| TBD | TBD | Active |\n"
    (hit,) = hits("domain-owner-missing", {"MILESTONES.latest.md": text})
    assert (hit.place.line, hit.place.column) == (7, 9)


def test_a_milestones_own_scope_is_not_the_versions() -> None:
    text = f"{HEAD}## M1: X\n\n**Status**: `ACCEPTED`\n\n### Out of Scope\n\nTBD\n"
    assert hits("scope-undefined", {"MILESTONES.latest.md": text}) == []


def test_rows_out_of_scope_need_no_milestone() -> None:
    text = HEAD + (
        "## Out of Scope\n\n| Domain | Rationale | Milestone |\n|--|--|--|\n| Phone | Cost | - |\n"
    )
    assert hits("scope-undefined", {"MILESTONES.latest.md": text}) == []


def test_without_milestones_the_mapping_is_not_judged() -> None:
    text = HEAD + "## In Scope\n\n| Domain | Milestone |\n|--|--|\n| Phone | M4 |\n"
    assert hits("scope-undefined", {"MILESTONES.latest.md": text}) == []


@pytest.mark.parametrize(
    ("owner", "found"),
    [
        ("@lark", 0),
        ("Community", 0),
        ("none so far", 1),
        ("TBD", 1),
        ("", 1),
        ("*None yet*", 1),
        ("Needs Owner", 1),
    ],
)
def test_owner_of_a_domain(owner: str, found: int) -> None:
    text = (
        f"{HEAD}## Maintainer Surface Area\n\n| Domain | Owner | Backup | Status |\n|-|-|-|-|\n"
        f"| Tuning | {owner} | TBD | Active |\n"
    )
    assert len(hits("domain-owner-missing", {"MILESTONES.latest.md": text})) == found


def test_rows_without_a_milestone_column() -> None:
    text = HEAD + "## In Scope\n\n| Domain | Description |\n|-|-|\n| Tuning | Keys |\n"
    assert hits("scope-undefined", {"MILESTONES.latest.md": text}) == []
