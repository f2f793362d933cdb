"""States: the edge cases that the rules' pages do not show."""

from __future__ import annotations

import pytest

from ceremony.model import Kind, Place
from tests.rulepages import hits, project

LATEST = "MILESTONES.latest.md"
MAIN = "MILESTONES.main.md"
FAMILY = (
    "state-missing",
    "state-unknown",
    "vocabulary-drift",
    "state-contradiction",
    "state-rollup",
    "rationale-missing",
    "proposed-in-latest",
)


def milestone(status: str, *states: str, number: int = 1, title: str = "Tuning") -> str:
    rows = "\n".join(
        f"| M{number}.{n} | Thing {n} | {state} | It works |" for n, state in enumerate(states, 1)
    )
    table = f"\n| ID | Deliverable | Status | Acceptance Criteria |\n|-|-|-|-|\n{rows}\n"
    return f"## M{number}: {title}\n\n**Status**: {status}\n{table if states else ''}\n"


def subjects(rule: str, latest: str = "", main: str = "", **others: str) -> list[str]:
    files = {LATEST: f"# Latest\n\n{latest}", MAIN: f"# Main\n\n{main}"}
    files.update({f"{name}.md": text for name, text in others.items()})
    return [hit.subject for hit in hits(rule, files)]


@pytest.mark.parametrize("rule", FAMILY)
def test_silent_without_documents(rule: str) -> None:
    assert hits(rule, {"README.md": "# Hello\n"}) == []


@pytest.mark.parametrize("rule", FAMILY)
def test_silent_on_frozen_documents(rule: str) -> None:
    text = "# v1\n\n" + milestone("Done", "", "PROPOSED") + "If accepted, add it as PROPOSED.\n"
    assert hits(rule, {"MILESTONES.v1.0.0-alpha.md": text}) == []


# ---------------------------------------------------------------------------- missing


@pytest.mark.parametrize(
    ("status", "missing"),
    [
        ("ACCEPTED", False),
        ("", True),
        ("-", True),
        ("TBD", True),
        ("TBD (see B3)", True),
        ("<!-- soon -->", True),
        ("Open", False),
        ("*(Needs Owner)*", False),
        ("whatever", False),
    ],
)
def test_missing_item_state(status: str, missing: bool) -> None:  # noqa: FBT001
    found = subjects("state-missing", milestone("ACCEPTED", status))
    assert found == (["M1.1"] if missing else [])


def test_missing_milestone_state() -> None:
    assert subjects("state-missing", milestone("TBD", "ACCEPTED")) == ["M1"]
    assert subjects("state-missing", "## M1: A\n\n**Owner**: @lark\n") == ["M1"]
    listed = "## M1: A\n\n**Owner**: @lark\n\n- **Status**: ACCEPTED\n"
    assert subjects("state-missing", listed) == []
    assert subjects("state-missing", listed.replace("**Status**", "Status")) == []


def test_one_finding_for_each_table_without_a_state_column() -> None:
    table = "| ID | Deliverable |\n|-|-|\n| M1.1 | A |\n| M1.2 | B |\n\n"
    assert subjects("state-missing", f"{milestone('ACCEPTED')}{table}") == ["M1 deliverables"]
    other = table.replace("Deliverable |", "Deliverable | Current status |").replace(
        "|-|-|", "|-|-|-|"
    )
    assert subjects("state-missing", f"{milestone('ACCEPTED')}{other}") == []


# ---------------------------------------------------------------------------- unknown


@pytest.mark.parametrize(
    ("status", "unknown"),
    [
        ("`accepted`", False),
        ("**BLOCKED** (B3)", False),
        ("⊘ BLOCKED by B3", False),
        ("DEFERRED until v2", False),
        ("DEFERRED → v2", False),
        ("~~ACCEPTED~~ **COMPLETE**", False),
        ("~~ACCEPTED~~ Done", True),
        ("PROPOSED → ACCEPTED", True),
        ("COMPLETE 2026-01-02", False),
        ("TBD", False),
        ("COMPLETED", True),
        ("ACCEPTED and BLOCKED", True),
        ("accepted, then blocked by B3", False),
        ("ACCEPTED mostly", True),
        ("Open", True),
        ("🚧", True),
    ],
)
def test_unknown_item_state(status: str, unknown: bool) -> None:  # noqa: FBT001
    found = subjects("state-unknown", milestone("ACCEPTED", status))
    assert found == (["M1.1"] if unknown else [])


def test_two_states_are_told_apart_from_a_strange_word() -> None:
    text = "# Latest\n\n" + milestone("PROPOSED / BLOCKED", "Done")
    messages = [hit.message for hit in hits("state-unknown", {LATEST: text})]
    assert messages == [
        "The state of M1 is “PROPOSED / BLOCKED”: two states at once are none",
        "The state of M1.1 is “Done”, which is none of the six states",
    ]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("Active", []),
        ("Graduated (2026-01-02)", []),
        ("DEFERRED", []),
        ("", []),
        ("In review", ["PROP-1"]),
        ("🎉", ["PROP-1"]),
    ],
)
def test_unknown_proposal_state(status: str, found: list[str]) -> None:
    text = f"## Active Proposals\n\n### PROP-1: A\n\n**Status**: {status}\n\n### PROP-2: B\n"
    assert subjects("state-unknown", main=text) == found


# ---------------------------------------------------------------------------- vocabulary

SIX = ("PROPOSED", "ACCEPTED", "BLOCKED", "COMPLETE", "DEFERRED", "REJECTED")


def definition(*states: str) -> str:
    rows = "\n".join(f"| `{state}` | Something |" for state in states)
    return f"## Item Statuses\n\n| Status | Meaning |\n|-|-|\n{rows}\n"


@pytest.mark.parametrize(
    "text",
    [
        definition(*SIX),
        definition(*SIX).replace("`PROPOSED`", "🟡 PROPOSED"),
        definition("Open", "Resolved", "Deferred", "Accepted", "Rejected", "Blocked"),
        definition("PROPOSED", "ACCEPTED", "AMENDED"),
        "## States\n\nSee the governance.\n",
        "## Scope\n\nProposed, Accepted, Blocked, Deferred\n",
        "## Scope\n\nWho decides: proposed, accepted, blocked, deferred\n",
        "```\nProposed, Accepted, Blocked, Deferred\n```\n",
        "## States\n\n" + "word " * 200 + ": Proposed, Accepted, Blocked, Deferred\n",
        "## Item States\n\nFrom PROPOSED it can go to: Accepted, Blocked, Deferred, Rejected\n",
        "## Item States\n\nWhat we agree on is accepted, blocked, deferred or rejected.\n",
        "## Report\n\nIt lists the items in these states: Accepted, Blocked, Complete, Deferred\n",
        "## State Transitions\n\nThe states are: Proposed, Accepted, Blocked, Deferred\n",
        "## Example\n\n" + definition(*SIX[:5]).replace("## Item", "### Item"),
    ],
)
def test_no_drift(text: str) -> None:
    assert subjects("vocabulary-drift", definition(*SIX), CONTRIBUTORS=f"# C\n\n{text}") == []


@pytest.mark.parametrize(
    "text",
    [
        definition(*SIX[:5]),
        definition(*SIX, "IN PROGRESS"),
        definition(*SIX[:5]).replace("`PROPOSED`", "🟡 PROPOSED"),
        """## States

- **Proposed**: an idea
- **Accepted**: a promise
- **Blocked** - waits
- **Deferred**: later
""",
        "## Scope\n\nEach item has one of the states: Proposed, Accepted, Blocked or Deferred.\n",
        "## Scope\n\nEvery item carries its state: Proposed, Accepted, Blocked or Deferred.\n",
        "## Scope\n\n**Item states**: Proposed, Accepted, Blocked or Deferred\n",
        "## Scope\n\nThe states are: Proposed, Accepted, Blocked or Deferred.\n",
        "## Explicit State\n\n- Proposed | Accepted | Blocked | Deferred | Rejected\n",
    ],
)
def test_drift(text: str) -> None:
    found = hits(
        "vocabulary-drift",
        {LATEST: f"# L\n\n{definition(*SIX)}", "CONTRIBUTORS.md": f"# C\n\n{text}\n{text}"},
    )
    assert [hit.place.file for hit in found] == ["CONTRIBUTORS.md"]
    assert [place.file for place in found[0].related] == [LATEST]


def test_the_measure_has_most_of_the_six() -> None:
    files = {
        LATEST: f"# L\n\n{definition(*SIX)}",
        "CONTRIBUTORS.md": f"# C\n\n{definition(*SIX[:5])}",
        "MILESTONES_CEREMONY.md": f"# G\n\n{definition(*SIX[:5])}",
    }
    found = hits("vocabulary-drift", files)
    assert [hit.place.file for hit in found] == ["CONTRIBUTORS.md", "MILESTONES_CEREMONY.md"]


def test_between_equals_the_measure_is_what_most_documents_share() -> None:
    files = {
        LATEST: f"# L\n\n{definition(*SIX[:5])}",
        "CONTRIBUTORS.md": f"# C\n\n{definition(*SIX[:5])}",
        "GOVERNANCE.md": f"# G\n\n{definition(*SIX[1:])}",
    }
    assert [hit.place.file for hit in hits("vocabulary-drift", files)] == ["GOVERNANCE.md"]


def test_drift_names_what_is_more_and_what_is_less() -> None:
    files = {
        LATEST: f"# L\n\n{definition(*SIX)}",
        "CONTRIBUTORS.md": f"# C\n\n{definition(*SIX[:4], 'PARKED')}",
    }
    (hit,) = hits("vocabulary-drift", files)
    assert (
        "without DEFERRED and REJECTED and with PARKED, unlike MILESTONES.latest.md" in hit.message
    )


# ---------------------------------------------------------------------------- contradictions


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("If accepted, add to the milestone with `PROPOSED` status", True),
        ("Once the maintainers have agreed, it is added to its milestone as PROPOSED.", True),
        ("If the vote is won and the item approved, list it as PROPOSED.", True),
        ("If accepted, add it as ACCEPTED and not among the PROPOSED ones", False),
        ("If it is accepted, add it as ACCEPTED where it was PROPOSED", False),
        ("Add it to latest with PROPOSED status once it is accepted.", False),
        ("## Changelog\n\n### 2026\n\nIf accepted, add it as PROPOSED.", False),
        ("## Example\n\nIf accepted, add it as PROPOSED.", False),
        ("First talk.\nWhen accepted, the item\nenters latest with status: PROPOSED.", True),
        ("If accepted, add it with ACCEPTED status", False),
        ("If accepted, move it from PROPOSED to ACCEPTED", False),
        ("If accepted, never add it with PROPOSED status", False),
        ("Add it to main with PROPOSED status; if accepted, it moves to latest", False),
        ("If accepted, add it to latest, where nothing is proposed", False),
        ("Add it with PROPOSED status", False),
        ("![](proposed.png)", False),
        ("If accepted, add it with PROPOSED status" + " and more" * 100, False),
    ],
)
def test_accepted_added_as_proposed(sentence: str, found: bool) -> None:  # noqa: FBT001
    expected = ["accepted added as proposed"] if found else []
    assert subjects("state-contradiction", sentence) == expected
    assert subjects("state-contradiction", f"```\n{sentence}\n```\n") == []


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Tuning ✅ COMPLETE", True),
        ("Tuning (complete)", True),
        ("Tuning [BLOCKED]", True),
        ("Tuning — BLOCKED", True),
        ("Tuning COMPLETE", True),
        ("Tuning ✅ ACCEPTED", False),
        ("Documentation Complete", False),
        ("DOCUMENTATION COMPLETE", False),
        ("Tuning ✅", False),
    ],
)
def test_marked_headings(title: str, found: bool) -> None:  # noqa: FBT001
    text = milestone("ACCEPTED", "ACCEPTED", title=title)
    assert subjects("state-contradiction", text) == (["M1"] if found else [])


def test_a_marked_heading_without_a_readable_status() -> None:
    assert (
        subjects("state-contradiction", milestone("Done", "ACCEPTED", title="A ✅ COMPLETE")) == []
    )


@pytest.mark.parametrize(
    ("detail", "found"),
    [
        ("### M1.1: More\n\n**Status**: PROPOSED\n", ["M1.1"]),
        ("### M1.1: More\n\n**Status**: accepted (see above)\n", []),
        ("### M1.1: More\n\n**Status**: Done\n", []),
        ("### M1.1: More\n", []),
        ("### M1.9: More\n\n**Status**: PROPOSED\n", []),
        ("### Discovery: what we saw\n\n**Status**: PROPOSED\n", []),
    ],
)
def test_details_against_rows(detail: str, found: list[str]) -> None:
    assert subjects("state-contradiction", milestone("ACCEPTED", "ACCEPTED") + detail) == found


def test_a_detail_of_an_item_whose_row_has_no_state() -> None:
    table = "\n| ID | Deliverable |\n|-|-|\n| M1.1 | A |\n\n### M1.1: A\n\n**Status**: PROPOSED\n"
    assert subjects("state-contradiction", milestone("ACCEPTED") + table) == []


@pytest.mark.parametrize(
    ("owner", "status", "found"),
    [
        ("@lark", "Needs Owner", True),
        ("@lark", "Active", False),
        ("@lark (interim)", "Needs Owner", False),
        ("Community", "Needs Owner", False),
        ("TBD", "Needs Owner", False),
        ("TBD", "Active", True),
        ("TBD", "Inactive", False),
    ],
)
def test_owners_against_states(owner: str, status: str, found: bool) -> None:  # noqa: FBT001
    table = f"| Domain | Owner | Status |\n|-|-|-|\n| **Tuning** | {owner} | {status} |\n"
    assert subjects("state-contradiction", table) == (["Tuning"] if found else [])


def test_a_domain_table_without_states() -> None:
    table = "| Domain | Owner | Backup |\n|-|-|-|\n| Tuning | TBD | - |\n"
    assert subjects("state-contradiction", table) == []


@pytest.mark.parametrize(
    ("summary", "found"),
    [
        ("| Item | Status |\n|-|-|\n| M1 | BLOCKED |\n", ["M1"]),
        ("| Item | Status |\n|-|-|\n| M1.1 | BLOCKED |\n", ["M1.1"]),
        ("| Item | Status |\n|-|-|\n| M1: Tuning | BLOCKED |\n", ["M1"]),
        ("| Criterion | Status |\n|-|-|\n| M1: every item agreed | COMPLETE |\n", []),
        ("| Item | Status |\n|-|-|\n| M1 | ACCEPTED |\n", []),
        ("| Item | Status |\n|-|-|\n| M1 | Nearly |\n", []),
        ("| Item | Status |\n|-|-|\n| M8 | BLOCKED |\n", []),
        ("| Item | Status |\n|-|-|\n| All | BLOCKED |\n", []),
        ("| Item | Date | Status |\n|-|-|-|\n| M1 | 2026-01-02 | PROPOSED |\n", []),
        ("| ID | Section | Status |\n|-|-|-|\n| B1 | M1 | Rejected |\n", []),
        ("## Changelog\n\n| Item | Status |\n|-|-|\n| M1 | PROPOSED |\n", []),
        ("| Item | Meaning |\n|-|-|\n| M1 | BLOCKED |\n", []),
    ],
)
def test_tables_against(summary: str, found: list[str]) -> None:
    text = milestone("ACCEPTED", "ACCEPTED") + f"## Summary\n\n{summary}"
    assert subjects("state-contradiction", text) == found


def test_tables_of_other_documents_must_name_the_title() -> None:
    own = milestone("ACCEPTED", "ACCEPTED")
    head = "# C\n\n| Milestone | Name | Status |\n|-|-|-|\n"
    told = subjects("state-contradiction", own, CONTRIBUTORS=f"{head}| M1 | Tuning | COMPLETE |\n")
    assert told == ["M1"]
    told = subjects("state-contradiction", own, CONTRIBUTORS=f"{head}| M1 | Engine | COMPLETE |\n")
    assert told == []


def test_one_item_in_two_tables() -> None:
    again = "| ID | Deliverable | Status |\n|-|-|-|\n| M1.1 | Thing 1 | BLOCKED |\n"
    text = milestone("ACCEPTED", "ACCEPTED") + again
    (hit,) = hits("state-contradiction", {LATEST: text})
    assert hit.subject == "M1.1"
    assert hit.related == (Place(file=LATEST, line=7, column=20),)
    for state in ("ACCEPTED", "Done"):
        assert subjects("state-contradiction", text.replace("BLOCKED", state)) == []
    stateless = "| ID | Deliverable |\n|-|-|\n| M1.1 | Thing 1 |\n"
    assert subjects("state-contradiction", milestone("ACCEPTED", "ACCEPTED") + stateless) == []


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("M1.1 is COMPLETE.", ["M1.1"]),
        ("M1 (Tuning) is now `BLOCKED`; nobody knows why.", ["M1"]),
        ("All M1 items are COMPLETE.", ["M1"]),
        ("All of the deliverables in M1 remain PROPOSED.", ["M1"]),
        ("All M1 items are ACCEPTED.", []),
        ("M1.1 is ACCEPTED.", []),
        ("M9 is COMPLETE.", []),
        ("M1.1 is complete.", []),
        ("When M1.1 is COMPLETE, we sing.", []),
        ("M1.1 is not COMPLETE.", []),
        ("- [ ] M1.1 is COMPLETE", []),
        ("- M1.1 is COMPLETE", ["M1.1"]),
        ("**Graduation Criteria**: M1.1 is COMPLETE", []),
        ("## Cut Criteria\n\nM1.1 is COMPLETE", []),
    ],
)
def test_sentences_against(sentence: str, found: list[str]) -> None:
    text = milestone("ACCEPTED", "ACCEPTED") + f"## Notes\n\n{sentence}\n"
    assert subjects("state-contradiction", text) == found
    assert (
        subjects("state-contradiction", milestone("ACCEPTED", "ACCEPTED"), f"{sentence}\n") == found
    )


@pytest.mark.parametrize(
    ("status", "rows", "found"),
    [
        ("PROPOSED", "| ACCEPTED | Binding | Current |", True),
        ("ACCEPTED since May", "| ACCEPTED | Binding | Current |", False),
        ("Living", "| ACCEPTED | Binding | Current |", False),
        ("", "| ACCEPTED | Binding | Current |", False),
        ("PROPOSED", "| ACCEPTED | Binding | Target |", False),
    ],
)
def test_stage_against_header(status: str, rows: str, found: bool) -> None:  # noqa: FBT001
    table = f"| Stage | Meaning | Here |\n|-|-|-|\n| PROPOSED | Not yet | Past |\n{rows}\n"
    text = f"# Governance\n\n**Status**: {status}\n\n---\n\n{table}"
    assert subjects("state-contradiction", GOVERNANCE=text) == (["GOVERNANCE.md"] if found else [])


# ---------------------------------------------------------------------------- roll-up


@pytest.mark.parametrize(
    ("state", "items", "why"),
    [
        ("ACCEPTED", ["ACCEPTED", "PROPOSED", "COMPLETE", "DEFERRED"], None),
        ("ACCEPTED", ["COMPLETE", "COMPLETE"], None),
        ("ACCEPTED", ["PROPOSED", "REJECTED"], "every one of its items is still PROPOSED"),
        ("ACCEPTED", ["PROPOSED", "Done"], None),
        ("ACCEPTED", ["DEFERRED"], "every one of its items is deferred or rejected"),
        ("ACCEPTED", ["BLOCKED by B3", "BLOCKED"], "M1.1 and M1.2 are BLOCKED"),
        ("ACCEPTED", ["BLOCKED"] * 7, "M1.1, M1.2, M1.3, M1.4, M1.5 and 2 more are BLOCKED"),
        ("COMPLETE", ["COMPLETE", "DEFERRED", "REJECTED"], None),
        ("COMPLETE", ["COMPLETE", "ACCEPTED", "PROPOSED"], "M1.2 is ACCEPTED, M1.3 is PROPOSED"),
        ("COMPLETE", ["REJECTED"], "every one of its items is deferred or rejected"),
        ("PROPOSED", ["PROPOSED", "DEFERRED"], None),
        ("PROPOSED", ["PROPOSED", "COMPLETE"], "M1.2 is COMPLETE"),
        ("BLOCKED", ["BLOCKED", "COMPLETE"], None),
        ("BLOCKED", ["PROPOSED", "ACCEPTED"], None),
        ("BLOCKED", ["COMPLETE"], "all its items are COMPLETE and no blocker is open"),
        ("DEFERRED", ["DEFERRED", "COMPLETE", "PROPOSED"], None),
        ("DEFERRED", ["ACCEPTED"], "M1.1 is ACCEPTED"),
        ("REJECTED", ["BLOCKED"], "M1.1 is BLOCKED"),
        ("Done", ["BLOCKED"], None),
        ("ACCEPTED", [], None),
        ("ACCEPTED", ["-"], None),
    ],
)
def test_rollup(state: str, items: list[str], why: str | None) -> None:
    found = hits("state-rollup", {LATEST: milestone(state, *items)})
    assert [hit.message for hit in found] == ([f"M1 is {state}, but {why}"] if why else [])


def test_an_open_blocker_holds_a_milestone_whose_items_are_complete() -> None:
    table = "## Blocker Registry\n\n| ID | Section | Blocker | Owner | Status |\n|-|-|-|-|-|\n"
    text = milestone("BLOCKED", "COMPLETE") + table
    assert subjects("state-rollup", f"{text}| B1 | M1 | No owner | @lark | Open |\n") == []
    assert subjects("state-rollup", f"{text}| B1 | M1 | No owner | @lark | Resolved |\n") == ["M1"]


def test_rollup_reads_the_state_of_an_items_own_section() -> None:
    text = milestone("ACCEPTED", "-") + "### M1.1: More\n\n**Status**: BLOCKED\n"
    assert subjects("state-rollup", text) == ["M1"]


def test_rollup_points_at_the_items() -> None:
    (hit,) = hits("state-rollup", {LATEST: milestone("ACCEPTED", "BLOCKED", *["COMPLETE"] * 10)})
    assert [place.line for place in hit.related] == [7]


# ---------------------------------------------------------------------------- rationale


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("| ID | Title | Rationale |\n|-|-|-|\n| PROP-1 | A | - |", ["PROP-1"]),
        ("| ID | Title | Rationale |\n|-|-|-|\n| - | A drum | TBD |", ["A drum"]),
        (
            "| ID | Title | Rationale |\n|-|-|-|\n| PROP-1 | A | Rejected on 2026-01-02 |",
            ["PROP-1"],
        ),
        ("| ID | Title | Date |\n|-|-|-|\n| PROP-1 | A | 2026-01-02 |", ["PROP-1"]),
        ("| ID | Title | Rationale |\n|-|-|-|\n| PROP-1 | A | Too loud |", []),
        ("| ID | Title | Reason |\n|-|-|-|\n| PROP-1 | A | Too loud |", []),
        ("| ID | Title | Rationale |\n|-|-|-|\n| - | *None yet* | - |", []),
        ("| ID | Title | Rationale |\n|-|-|-|\n| - | No rejected proposals | - |", []),
    ],
)
def test_ledger_reasons(table: str, found: list[str]) -> None:
    assert subjects("rationale-missing", main=f"## Rejected Proposals\n\n{table}\n") == found
    assert subjects("rationale-missing", main=f"## Graduated Proposals\n\n{table}\n") == []


def test_a_row_whose_proposal_keeps_its_reason() -> None:
    text = (
        "## Rejected Proposals\n\n| ID | Title |\n|-|-|\n| PROP-1 | A |\n\n"
        "### PROP-1: A\n\n**Rationale**: Too loud\n"
    )
    assert subjects("rationale-missing", main=text) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("**Status**: DEFERRED", True),
        ("**Status**: REJECTED", True),
        ("**Status**: DEFERRED (v2.0)", True),
        ("**Status**: DEFERRED to the next version", True),
        ("**Status**: DEFERRED - nobody can conduct", False),
        ("**Status**: DEFERRED\n**Rationale**: TBD", True),
        ("**Status**: DEFERRED\n**Rationale**: v2", True),
        ("**Status**: DEFERRED\n**Reason**: Nobody can conduct", False),
        ("**Status**: DEFERRED\n\n#### Rationale\n\nNobody can conduct.", False),
        ("**Status**: DEFERRED\n\n#### Rationale\n\n", True),
        ("**Status**: DEFERRED\n\n#### Discussion\n\nDeferred until somebody can conduct.", False),
        ("**Status**: DEFERRED\n\n#### Discussion\n\nDeferred on 2026-01-02.", True),
        ("**Status**: DEFERRED\n\n#### Discussion\n\nDeferred until v2.", True),
        ("**Status**: DEFERRED\n\n#### Motivation\n\nBecause many voices are many.", True),
        ("**Status**: Active", False),
        ("**Status**: Parked", False),
        ("Nothing.", False),
    ],
)
def test_proposal_reasons(body: str, found: bool) -> None:  # noqa: FBT001
    text = f"## Active Proposals\n\n### PROP-1: A\n\n{body}\n"
    assert subjects("rationale-missing", main=text) == (["PROP-1"] if found else [])


def test_a_heading_defers_what_stands_under_it() -> None:
    text = "## Deferred Proposals\n\n### PROP-1: A\n\n**Author**: @lark\n"
    assert subjects("rationale-missing", main=text) == ["PROP-1"]


ITEM = milestone("ACCEPTED", "ACCEPTED", "DEFERRED")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ITEM, ["M1.2"]),
        (milestone("ACCEPTED", "REJECTED (too loud)"), []),
        (milestone("ACCEPTED", "REJECTED (2026-01-02)"), ["M1.1"]),
        (ITEM.replace("It works", "Later because nobody has time"), []),
        (ITEM.replace("It works", "Deferred: nobody has time"), []),
        (ITEM.replace("Acceptance Criteria", "Notes").replace("It works", "No time"), []),
        (ITEM.replace("Acceptance Criteria", "Notes").replace("It works", "-"), ["M1.2"]),
        (f"{ITEM}**Rationale**: Nobody has time\n", []),
        (f"{ITEM}**Rationale**: TBD\n", ["M1.2"]),
        (f"{ITEM}**Rationale**: M1.7 was too loud\n", ["M1.2"]),
        (f"{ITEM}M1.2 is deferred: nobody has time.\n", []),
        (f"{ITEM}M1.2 moves to v1.1: there is no money yet.\n", []),
        (f"{ITEM}M1.2 moves to v1.1. Note: it is loud.\n", ["M1.2"]),
        (f"{ITEM}M1.2 moved to v2.\n", ["M1.2"]),
        (f"{ITEM}### M1.2: More\n\n**Rationale**: Nobody has time\n", []),
        (f"{ITEM}### M1.2: More\n\nIt is loud.\n", ["M1.2"]),
        (f"{ITEM}## Changelog\n\n| Date | Change |\n|-|-|\n| 2026-01-02 | M1.2 deferred |\n", []),
        (
            f"{ITEM}## Changelog\n\n| Date | Change |\n|-|-|\n| 2026-01-02 | M1.2 added |\n",
            ["M1.2"],
        ),
        (f"{ITEM}## Deferred\n\n| Item | Reason |\n|-|-|\n| M1.2 | Nobody has time |\n", []),
        (f"{ITEM}## Out of Scope\n\n- Thing 2, for want of time\n", []),
        (f"{ITEM}## Out of Scope\n\n| Domain | Rationale |\n|-|-|\n| Thing 2 | No time |\n", []),
        (f"{ITEM}## In Scope\n\n- Thing 2\n", ["M1.2"]),
        (milestone("DEFERRED: nobody has time", "DEFERRED"), []),
        (milestone("DEFERRED", "DEFERRED"), ["M1"]),
        (milestone("REJECTED", "DEFERRED"), ["M1", "M1.1"]),
        (f"{milestone('REJECTED', 'REJECTED')}M1 was dropped: it is loud.\n", []),
        (f"{milestone('REJECTED')}### Rationale\n\nIt is loud.\n", []),
        (f"{milestone('REJECTED')}## Out of Scope\n\n- Tuning\n", []),
    ],
)
def test_item_and_milestone_reasons(text: str, found: list[str]) -> None:
    assert subjects("rationale-missing", text) == found


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("| B1 | M1.2 | No host | @lark | Open |", []),
        ("| B1 | M1 | No host | @lark | Deferred |", []),
        ("| B1 | M1 | No host | @lark | Open |", ["M1.2"]),
        ("| B1 | M1.1 | No host | @lark | Deferred |", ["M1.2"]),
    ],
)
def test_a_blocker_is_a_reason(row: str, found: list[str]) -> None:
    head = "## Blocker Registry\n\n| ID | Section | Blocker | Owner | Status |\n|-|-|-|-|-|\n"
    assert subjects("rationale-missing", f"{ITEM}{head}{row}\n") == found


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("| Domain | Rationale |\n|-|-|\n| Brass | TBD |\n| Drums | Too loud |", ["Brass"]),
        ("| Domain | Rationale |\n|-|-|\n| *None yet* | - |", []),
        ("| Domain | Future Version |\n|-|-|\n| Brass | - |", []),
    ],
)
def test_scope_reasons(table: str, found: list[str]) -> None:
    assert subjects("rationale-missing", f"## Out of Scope\n\n{table}\n") == found


# ---------------------------------------------------------------------------- proposed in latest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (milestone("PROPOSED"), "1 milestone in the document of accepted commitments is"),
        (
            milestone("PROPOSED", "proposed", "PROPOSED", "Done"),
            "1 milestone and 2 items in the document of accepted commitments are",
        ),
        (milestone("ACCEPTED", "PROPOSED"), "1 item in the document of accepted commitments is"),
    ],
)
def test_proposed_in_latest_counts(text: str, message: str) -> None:
    (hit,) = hits("proposed-in-latest", {LATEST: text})
    names = ["M1", "M1.1", "M1.2"] if "and 2" in message else ["M1"]
    if message.startswith("1 item"):
        names = ["M1.1"]
    told = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    assert hit.message == f"{message} still PROPOSED: {told}"
    assert len(hit.related) == len(names) - 1


def test_the_first_latest_is_read() -> None:
    read = project({LATEST: milestone("ACCEPTED")})
    assert read.one(Kind.LATEST) is not None
    assert subjects("proposed-in-latest", milestone("ACCEPTED", "ACCEPTED")) == []
