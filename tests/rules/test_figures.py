"""Counts, thresholds, repeated commitments and claims: the edges that the pages don't show."""

from __future__ import annotations

import pytest

from ceremony.documents import read
from ceremony.model import Kind
from ceremony.rules.audit.claims import duration, paths_named
from ceremony.rules.audit.figures import label
from tests.rulepages import hits

LATEST = "MILESTONES.latest.md"
MAIN = "MILESTONES.main.md"

BODY = """
## M1: Groundwork

**Owner**: @lark

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M1.1 | Guide | ACCEPTED | Read by two people |
| M1.2 | Templates | PROPOSED | Used once |

## M2: Packages

**Owner**: TBD

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M2.1 | Archive | under way | Opens everywhere |

### Blockers

| ID | Blocker | Plan | Owner |
|----|---------|------|-------|
| B3 | No agreement on the archive's format | Vote | @wren |
| B9 | No agreement on the archive's name | Vote | @wren |

## Maintainer Surface Area

| Domain | Owner | Backup | Status |
|--------|-------|--------|--------|
| Audio engine | @lark | @wren | Active |
| Packaging | @wren | - | Needs Owner |
| Website | TBD | - | Needs Owner |
| Translations | org team | - | Active |

## Blocker Registry

| ID | Section | Blocker | Owner | Status |
|----|---------|---------|-------|--------|
| B1 | M1.2 | Wording not agreed | TBD | Open |
| B2 | M1.1 | No second author | @wren | Resolved |
| B3 | M2.1 | No agreement on the archive's format | @wren | P1 |
| B4 | M2.1 | No sponsor | @wren | Accepted |

## Signatories

| Maintainer | Date | Status |
|------------|------|--------|
| @lark | 2026-01-02 | Signed |
| @wren | TBD | Pending |
| TBD | TBD | Pending |
"""


def latest(text: str, body: str = BODY) -> dict[str, str]:
    return {LATEST: f"# MILESTONES - Latest\n\n{text}\n{body}"}


def lines(rule: str, files: dict[str, str]) -> list[tuple[str, int]]:
    return sorted((hit.place.file, hit.place.line) for hit in hits(rule, files))


RIGHT = [
    "There are 2 milestones.",
    "There are 3 deliverables, and all of them matter.",
    "There are four domains below.",
    "There are two open blockers.",
    "There is 1 open blocker.",
    "The registry holds 4 blockers.",
    "This document tracks 5 blockers.",
    "3 domains have owners.",
    "2 of 4 domains have owners.",
    "M1 has 2 deliverables.",
    "There are 2 deliverables in M1.",
    "1 of 3 signatories signed.",
    "1 of 2 milestones has an owner",
    "1/4 domains without owners",
    "Of 3 deliverables, 1/3 is accepted.",
]
WRONG = [
    "There are 3 milestones.",
    "There are currently five milestones.",
    "This document has 4 deliverables.",
    "There are 4 open blockers.",
    "We have 5 milestones, 3 deliverables and 1 open blocker.",
    "2 milestones, 7 deliverables",
    "All nine domains have owners.",
    "All five milestones matter.",
    "The six milestones below come first.",
    "Resolve the seven open blockers.",
    "5 domains need owners.",
    "4 of 4 domains have owners.",
    "2 of 9 domains concern packaging.",
    "3 of 5 accepted deliverables of the plan",
    "M1 has 3 deliverables.",
    "There are 4 deliverables in M1.",
    "Domains with owners: 4/4",
    "**Open blockers**: 9",
    "**Owners of all of it**: nobody\n**Open blockers**: 9",
    "4/4 domains with owners",
    "Of 3 deliverables, 3/3 are accepted.",
    "A total of 7 domains.",
    "9/9 domains and milestones",
    "First things first. There are 9 milestones.",
    "Everything that is agreed upon\nstands here: there are 9 milestones.",
]
SILENT = [
    "There are at least 9 milestones.",
    "If there are 9 milestones, cut.",
    "There are 9 blockers that concern packaging.",
    "There are 9 milestones for packaging.",
    "The first 9 milestones are done.",
    "The nine milestones of the older plan were dropped.",
    "The nine open blockers (of last year) are gone.",
    "All nine milestones of the older plan.",
    "Work on 9 milestones at once.",
    "There are \u017fix milestones.",
    "There are s\u0131x milestones.",
    "There are nine milestones" + " and more to come" * 100,
    "~9 milestones",
    "9 milestones",
    "There are 9 items here.",
    "There are nine active domains in the registry.",
    "There are nine rejected signatories.",
    "There are 9 open blockers for B1 and B2.",
    "There are 9 items in M1 and M2.",
    "9/9 were asked about domains",
    "We need 9 milestones.",
    "> There are 9 milestones.",
    "- [ ] There are 9 milestones",
    "```text\nThere are 9 milestones.\n```",
    "**Graduation Criteria**: There are 9 deliverables.",
    "4 deferred of 4 blockers",
    "Length of the plan: 9",
    "Nine of the accepted milestones need owners",
    "There are 9 open blockers which are resolved",
    "The project has 9 domains: example.org, example.net and so on.",
    "v0.1.0 has 9 deliverables.",
    "| Priority | Count | Blockers |\n|---|---|---|\n| P1 | 2 | B1, B-M2.1 |",
    "| Priority | Count | Blockers |\n|---|---|---|\n| P1 | 2 | B1, B2 and more |",
    "| Priority | Count | Blockers |\n|---|---|---|\n| P1 | some | B1, B2 |\n| P2 | 0 | - |",
    "| Priority | Number | Open | Closed |\n|---|---|---|---|\n| P1 | 9 | B1 | B2 |",
]


@pytest.mark.parametrize("text", RIGHT)
def test_right_count_is_left_alone(text: str) -> None:
    assert lines("count-mismatch", latest(text)) == []


@pytest.mark.parametrize("text", WRONG)
def test_wrong_count_is_found_at_its_line(text: str) -> None:
    found = lines("count-mismatch", latest(text))
    assert found == [(LATEST, 3 + text.count("\n"))]


@pytest.mark.parametrize("text", SILENT)
def test_number_that_is_no_total_is_left_alone(text: str) -> None:
    assert lines("count-mismatch", latest(text)) == []


def test_count_under_a_milestone_may_be_the_milestones() -> None:
    body = BODY.replace("**Owner**: TBD\n", "**Owner**: TBD\n\nThere is 1 deliverable.\n")
    assert lines("count-mismatch", latest("", body)) == []
    wrong = BODY.replace("**Owner**: TBD\n", "**Owner**: TBD\n\nThere are 7 deliverables.\n")
    assert len(lines("count-mismatch", latest("", wrong))) == 1


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ("| Domains with Owners | 3/4 | 4/4 | -1 |", False),
        ("| Domains with Owners | 2/4 | 4/4 | 2 |", False),
        ("| Domains with Owners | 3/5 | 5/5 | -2 |", True),
        ("| Domains with Owners | 3/4 | 5/5 | -1 |", True),
        ("| Domains with Owners | 3/4 | 4/4 | -2 |", True),
        ("| Domains with Backups | 1/4 | 4/4 | -3 |", False),
        ("| Domains with Backups | 2/4 | 4/4 | -2 |", True),
        ("| Open blockers | 9 | - | - |", True),
        ("| Blockers settled | 2 of 4 | - | - |", False),
        ("| Blockers settled | 7 open of 4 | - | - |", True),
        ("| Blockers settled | 1 of 4 resolved | - | - |", False),
        ("| Blockers without owners | 1 | - | - |", False),
        ("| Blockers with owners | 1 | - | - |", False),
        ("| Blockers with owners | 6 | - | - |", True),
        ("| Owners for all domains | 4/4 | - | - |", True),
        ("| Sign-off | 1 of 3 | - | - |", False),
        ("| Sign-off | 3 of 3 | - | - |", True),
        ("| Pending signatories | 1 | - | - |", False),
        ("| Signatories signed | 3 pending of 3 | - | - |", True),
        ("| Domains | 4 signed of 9 | - | - |", False),
        ("| Domains | enough | - | - |", False),
        ("| Domains with Owners | most | - | - |", False),
        ("| Domains in all | 9 | - | - |", False),
        ("| Active Maintainers | 2 | 3 | -1 |", False),
        ("| Active Maintainers | 1 | 3 | -2 |", True),
        ("| Active Maintainers | 3 | 3 | 0 |", True),
        ("| Active Maintainers | two | 3 | - |", False),
        ("| Weekly Hours | ~10 | ~20 | -10 |", False),
        ("| Weekly Hours | ~10 | ~20 | 10 |", False),
        ("| Weekly Hours | ~10 | ~20 | -5 |", True),
        ("| Weekly Hours | 10h | 20h | -10h |", False),
        ("| Reviewers | 1 | 2-3 | -1 to -2 |", False),
        ("| Reviewers | 1 | 2-3 | -1 |", False),
        ("| Reviewers | 1 | 2-3 | -3 |", True),
        ("| Reviewers | 1 | 2-3 | \u22121 to \u22122 |", False),
        ("| Reviewers | 1 | TBD | - |", False),
        ("| Reviewers | 1/2 | 3/4 | -1 |", False),
    ],
)
def test_capacity_row(rows: str, *, wrong: bool) -> None:
    head = "| Resource | Current | Sustainable | Gap |\n|---|---|---|---|\n"
    assert lines("count-mismatch", latest(head + rows)) == [(LATEST, 5)] * wrong


def test_range_says_what_is_unclear() -> None:
    (hit,) = hits("count-mismatch", latest("There are 9 open blockers."))
    assert hit.message.endswith("which has 1 to 3 open blockers (unclear: B3, B9)")
    rows = "".join(f"| B1{n} | M2.1 | No {n} | @wren | P1 |\n" for n in range(4))
    body = BODY.replace("| B4 |", f"{rows}| B4 |")
    (hit,) = hits("count-mismatch", latest("There are 19 open blockers.", body))
    assert hit.message.endswith("1 to 7 open blockers (unclear: B3, B10, B11, B12 and 2 more)")
    (hit,) = hits("count-mismatch", latest("M1 has 9 open blockers."))
    assert hit.message.endswith("which has 1 open blocker of M1")


def test_more_maintainers_than_own_or_sign_are_lawful_where_the_two_differ() -> None:
    body = BODY.replace("| @wren | TBD | Pending |\n", "")
    head = "| Resource | Current |\n|---|---|\n"
    assert lines("count-mismatch", latest(f"{head}| Maintainers | 5 |", body)) == []
    signers = BODY + "| @finch | TBD | Pending |\n"
    assert lines("count-mismatch", latest(f"{head}| Maintainers | 2 |", signers))


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("| Milestone | Items | Accepted |\n|---|---|---|\n| M1: Groundwork | 2 | 1 |", []),
        ("| Milestone | Items | Accepted |\n|---|---|---|\n| M1 | 3 | 2 |", [5, 5]),
        ("| Milestone | Items | Accepted |\n|---|---|---|\n| M2 | 1 | - |\n| M7 | 9 | 9 |", []),
        ("| Milestone | Items |\n|---|---|\n| M1 | 2 |\n| M2 | 1 |\n| Total | 9 |", [7]),
        ("| Milestone | Items |\n|---|---|\n| M1 | 2 |\n| Total | 9 |", []),
        ("| Milestone | Items |\n|---|---|\n| M1 | 2 |\n| Later | 9 |", []),
        ("| Milestone | Blockers |\n|---|---|\n| M1 | 2 |\n| M2 | 9 |", [6]),
        ("| Milestone | Blockers |\n|---|---|\n| M1 | 1 |\n| M2 | 3 |", []),
        (" Milestone | Items\n---|---\n M1 | 7", [5]),
        ("| State | Count |\n|---|---|\n| PROPOSED | 1 |\n| ACCEPTED | 3 |\n| other | 9 |", [6]),
        ("| Status | Meaning |\n|---|---|\n| PROPOSED | 1 |", []),
        ("| Status | Count |\n|---|---|\n| PROPOSED | some |", []),
        (
            "| Class | Count | Blockers |\n|---|---|---|\n| P1 | 3 | B1, B-M2.2; B4 and B5, B6 |",
            [5],
        ),
        ("| Criterion | Readiness |\n|---|---|\n| Blockers are resolved | ❌ 7 open |", [5]),
    ],
)
def test_summary_table(table: str, found: list[int]) -> None:
    assert lines("count-mismatch", latest(table)) == [(LATEST, line) for line in found]


def test_summary_of_a_milestone_without_deliverables() -> None:
    body = "## M1: Groundwork\n\n**Owner**: @lark\n"
    table = "| Milestone | Items | Blockers |\n|---|---|---|\n| M1 | 3 | 2 |"
    assert lines("count-mismatch", latest(table, body)) == []
    later = BODY.replace("| M2.1 | Archive | under way | Opens everywhere |\n", "")
    assert lines("count-mismatch", latest("| M | Items |\n|---|---|\n| M2 | 3 |", later)) == [
        (LATEST, 5)
    ]


def test_history_is_not_counted() -> None:
    text = (
        "## Changelog\n\nThere are 9 milestones.\n\n| Milestone | Items |\n|---|---|\n| M1 | 9 |\n"
    )
    assert lines("count-mismatch", latest(text)) == []


def test_document_without_tables_contradicts_nothing() -> None:
    text = "There are 3 milestones, 4 deliverables, 5 domains, 6 blockers and 7 signatories."
    assert lines("count-mismatch", latest(text, "")) == []
    assert lines("count-mismatch", {MAIN: "# MILESTONES - Main\n\nThere are 3 domains.\n"}) == []
    assert lines("count-mismatch", latest("There are 3 active proposals.")) == []


def test_blockers_without_a_registry_are_counted_where_they_stand() -> None:
    body = BODY[: BODY.index("## Maintainer")]
    assert lines("count-mismatch", latest("There are 2 blockers.", body)) == []
    assert lines("count-mismatch", latest("There are 3 blockers.", body)) == [(LATEST, 3)]


PROPOSALS = """
## Active Proposals

### PROP-1: A captain

**Proposed**: 2026-01-02
**Category**: Process

### PROP-2: A page

**Status**: DEFERRED

### Proposal: A domain

**Proposed**: 2026-01-02
**Category**: Domain

### How to write one
"""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("There are 2 active proposals.", False),
        ("There are 3 proposals.", False),
        ("There are 4 active proposals.", True),
        ("There is 1 deferred proposal.", False),
        ("There are 2 deferred proposals.", True),
        ("There are 2 proposed proposals.", False),
        ("There are 9 domains.", False),
    ],
)
def test_proposals_of_main(text: str, *, wrong: bool) -> None:
    files = {MAIN: f"# MILESTONES - Main\n\n{text}\n{PROPOSALS}"}
    assert lines("count-mismatch", files) == [(MAIN, 3)] * wrong


def test_main_without_proposals() -> None:
    files = {MAIN: "# MILESTONES - Main\n\nThere are 2 active proposals.\n"}
    assert lines("count-mismatch", files) == [(MAIN, 3)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Four principles:\n\n1. One\n2. Two\n", True),
        ("> Four principles:\n\n1. One\n2. Two\n", False),
        ("At least four principles:\n\n1. One\n", False),
        ("It takes two steps:\n\n1. One\n\n   More.\n2. Two\n", False),
        ("It takes three steps:\n\n1. One\n\n   More.\n2. Two\n", True),
        ("It takes two steps:\n\n- One\n  - nested\n- Two\n", False),
        ("There are three stages:\n\n| Stage | What |\n|---|---|\n| a | b |\n", True),
        ("There are two stages:\n\nFirst one, then the other.\n", False),
        ("There are two stages:\n", False),
        ("It rests on two pillars:\n\n---\n\n### A\n\n### B\n\n#### C\n", False),
        ("It takes two of the following steps:\n\n- One\n- Two\n- Three\n", False),
        ("Within 2 business days:\n\n- One\n", False),
        ("Phase 2 of 4\n\n- Phase 1: now\n- Phase 2: later\n- Phase 3: last\n", True),
        ("Phase 2 of 3\n\n- Phase 1: now\n- Phase 2: later\n- Phase 3: last\n", False),
        ("We are in phase 2 of 4.\n", False),
        ("It takes 99 steps:\n\n1. One\n", False),
    ],
)
def test_count_that_introduces(text: str, *, wrong: bool) -> None:
    files = {"GOVERNANCE.md": f"# Governance\n\n{text}"}
    assert lines("count-mismatch", files) == [("GOVERNANCE.md", 3)] * wrong


@pytest.mark.parametrize(
    "text", ["", "Length", "Domains of old", "Signed domains", "Open blockers resolved"]
)
def test_words_that_count_nothing(text: str) -> None:
    assert label(text) is None


# ---------------------------------------------------------------------------- thresholds


@pytest.mark.parametrize(
    ("row", "past"),
    [
        ("| Domains without owners | >0 |", True),
        ("| Domains without owners | >1 |", False),
        ("| Domains without owners | ≥1 |", True),
        ("| Domains without owners | 1+ |", True),
        ("| Domains without owners | 2 or more |", False),
        ("| Domains without owners | more than 0 |", True),
        ("| Domains without owners | 0 |", True),
        ("| Domains without owners | ≤1 |", False),
        ("| Domains with owners | <9 |", True),
        ("| Domains with owners | <2 |", False),
        ("| Domains without owners | >20% |", True),
        ("| Domains without owners | >30% |", False),
        ("| Domains | >30% |", False),
        ("| Milestones without owner | >0 |", True),
        ("| Open blockers | >0 |", True),
        ("| Open blockers | >1 |", False),
        ("| Accepted items | >0 |", True),
        ("| Open issues | >0 |", False),
        ("| Milestones overdue | >0 |", False),
        ("| Active proposals | >0 |", False),
        ("| Domains without owners | soon |", False),
    ],
)
def test_threshold(row: str, *, past: bool) -> None:
    text = f"| Indicator | Threshold |\n|---|---|\n{row}"
    assert lines("threshold-exceeded", latest(text)) == [(LATEST, 5)] * past


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("| Trigger | Action |\n|---|---|\n| >0 open blockers | Review |", [5]),
        ("| Trigger | Action |\n|---|---|\n| >0 open blockers in a domain | Review |", []),
        ("| Action | Trigger |\n|---|---|\n| Review | >0 open blockers |", []),
        ("## Warning thresholds\n\n- more than 0 open blockers → review", [5]),
        ("## Notes\n\n- more than 0 open blockers → review", []),
    ],
)
def test_trigger(text: str, found: list[int]) -> None:
    assert lines("threshold-exceeded", latest(text)) == [(LATEST, line) for line in found]


def test_what_a_table_does_not_say_is_not_counted_against_it() -> None:
    table = "| Indicator | Threshold |\n|---|---|\n| Domains without owners | >0 |\n"
    assert lines("threshold-exceeded", {"GOVERNANCE.md": f"# G\n\n{table}"}) == []
    registry = "## Blocker Registry\n\n| ID | Section | Blocker | Status |\n|---|---|---|---|\n"
    rows = "| B1 | M1 | Wording | Deferred |\n| B2 | M1 | Name | Open |\n"
    text = "| Indicator | Limit |\n|---|---|\n| Blockers without owners | 0 |\n"
    assert lines("threshold-exceeded", latest(text, f"\n{registry}{rows}")) == []
    deferred = text.replace("Blockers without owners", "Deferred blockers")
    assert lines("threshold-exceeded", latest(deferred, f"\n{registry}{rows}")) == [(LATEST, 5)]
    signing = "## Signatories\n\n| Name | Date |\n|---|---|\n| @lark | TBD |\n"
    pending = text.replace("Blockers without owners", "Pending signatories")
    assert lines("threshold-exceeded", latest(pending, f"\n{signing}")) == [(LATEST, 5)]


def test_ceremony_sets_no_threshold() -> None:
    text = "# C\n\n| Indicator | Threshold |\n|---|---|\n| Open blockers | >0 |\n"
    files = {**latest(""), "MILESTONES_CEREMONY.md": text}
    assert lines("threshold-exceeded", files) == []


# ---------------------------------------------------------------------------- commitments


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Within 24 hours", 24),
        ("48h", 48),
        ("1-3 days", 72),
        ("Same day", 24),
        ("a week", 168),
        ("two weeks minimum", 336),
        ("3 months", 2160),
        ("2 business days", 48),
        ("soon", None),
        ("24 hours or 2 days", None),
        ("tend and d", None),
        ("> and d", None),
    ],
)
def test_duration(text: str, hours: int | None) -> None:
    found = duration(text)
    assert (found.hours if found else None) == hours


def promises(first: str, second: str) -> dict[str, str]:
    return {
        LATEST: f"# MILESTONES - Latest\n\n{first}\n",
        "CONTRIBUTORS.md": f"# Contributing\n\n{second}\n",
    }


ROW = "| Commitment | Target |\n|---|---|\n| {} | {} |"


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        ("Issues are triaged within 3 days.", "We triage issues within 72 hours.", False),
        ("Issues are triaged within 3 days.", "We triage issues within a week.", True),
        ("Issues are triaged within 3 days.", "We triage issues in 2 working days.", False),
        ("Issues are triaged within 3 days.", "We usually triage issues within a week.", False),
        ("Issues are triaged within 3 days.", "We triage issues quickly.", False),
        (
            "Security reports are acknowledged within 24 hours.",
            "We acknowledge a security report within 2 days.",
            True,
        ),
        (
            "Security reports are acknowledged within 24 hours.",
            "We acknowledge a critical security report within 2 hours.",
            False,
        ),
        (
            "EOL is announced 3 months ahead.",
            "We announce the end of life 90 days before.",
            False,
        ),
        ("EOL is announced 3 months ahead.", "We announce the end of life a month before.", True),
        ("EOL is announced 3 months ahead.", "We announce the end of life 10 days before.", True),
        ("Respond to feedback within 48 hours.", "Reviewers answer feedback in 24 hours.", False),
        (ROW.format("Breaking Changes", "2 weeks"), ROW.format("Breaking Change Notice", "1 week"),
         True),
        (ROW.format("Release Notes", "2 days"), ROW.format("Release Note", "3 days"), True),
        (ROW.format("Release Notes", "2 days"), ROW.format("Website", "3 days"), False),
        (ROW.format("Critical Fixes", "2 days"), ROW.format("Critical Fixes", "3 days"), False),
        (ROW.format("PR Response", "Per page"), ROW.format("PR Response", "3 days"), False),
        (ROW.format("Issue Triage", "3 days"), ROW.format("Issue Response", "7 days"), False),
        (ROW.format("PR first response", "2 days"), ROW.format("PR review", "7 days"), False),
        (ROW.format("PR first response", "2 days"), ROW.format("PR response", "7 days"), True),
        (ROW.format("PR response", "2 days"), ROW.format("Large PR response", "7 days"), False),
    ],
)  # fmt: skip
def test_promise(first: str, second: str, *, differ: bool) -> None:
    found = lines("commitment-contradiction", promises(first, second))
    assert found == [("CONTRIBUTORS.md", 5 if "|" in second else 3)] * differ


def test_two_rows_of_one_table_are_two_promises() -> None:
    rows = ROW.format("Issue triage", "3 days") + "\n| Triage | 7 days |\n"
    assert lines("commitment-contradiction", {LATEST: f"# L\n\n{rows}"}) == []


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("A small pull request (under 100 lines) gets a first answer within 24 hours.", ["small"]),
        ("Small PRs get a review within a week.", ["small"]),
        ("Small PRs get a review within 48 hours.", []),
        ("Small PRs are merged within a week.", []),
        ("A pull request gets a first answer within 24 hours.", []),
        ("Small PRs usually get a review within a week.", []),
    ],
)
def test_sentence_about_a_size(sentence: str, told: list[str]) -> None:
    bands = "| Size | Response |\n|---|---|\n| Small | 48 hours |\n| Large | 5 days |"
    files = {"REVIEWERS.md": f"# R\n\n{bands}\n", "CONTRIBUTORS.md": f"# C\n\n{sentence}\n"}
    found = hits("commitment-contradiction", files)
    assert [hit.place.file for hit in found] == ["CONTRIBUTORS.md"] * len(told)
    for hit, size in zip(found, told, strict=True):
        assert hit.message.startswith(f"Two response times for the {size} size: “")


def test_milestone_named_after_a_kind_of_section_is_read() -> None:
    text = "## M9: Issue Templates\n\nAll domains have owners.\n"
    assert lines("claim-contradicted", latest("", text + BODY)) == [(LATEST, 6)]
    assert lines("claim-contradicted", latest("", text.replace("M9: ", "") + BODY)) == []


def test_examples_promise_nothing() -> None:
    one = "Issues are triaged within 3 days."
    assert (
        lines(
            "commitment-contradiction", promises(one, "## Example\n\nWe triage issues in a week.")
        )
        == []
    )
    row = ROW.format("Issue Triage", "1 week")
    assert lines("commitment-contradiction", promises(one, f"## Template\n\n{row}")) == []


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("| Size | Lines |\n|---|---|\n| Small | < 100 |\n| Large | >= 400 |", []),
        ("| Size | Lines |\n|---|---|\n| Small | under 50 lines |\n| Large | 400+ |", [5]),
        ("| Size | Lines |\n|---|---|\n| Small PRs (up to 50 lines) | few |\n| Large | - |", [5]),
        ("| Size | Lines |\n|---|---|\n| Small | < 50 |\n| Other | - |", []),
        ("| Size | Lines |\n|---|---|\n| Small | tiny |\n| Large PRs (many) | huge |\n| X | 1 |",
         []),
        ("## Large PRs (900+ lines)\n\nSplit them.", [3]),
        ("## Large PRs (many)\n\nSplit them.", []),
        ("| Size | Time |\n|---|---|\n| Small | 2 days |\n| Large | - |", []),
    ],
)  # fmt: skip
def test_size_band(second: str, found: list[int]) -> None:
    first = "| Size | Lines |\n|---|---|\n| Small | < 100 |\n| Large | 400+ |"
    files = promises(first, second)
    assert lines("commitment-contradiction", files) == [("CONTRIBUTORS.md", n) for n in found]


# ---------------------------------------------------------------------------- claims


def cut(box: str, body: str = BODY) -> dict[str, str]:
    return latest("", body + f"\n## Version Cut Readiness\n\n{box}\n")


@pytest.mark.parametrize(
    ("box", "false"),
    [
        ("- [x] All blockers resolved", True),
        ("- [X] No open blockers", True),
        ("- [x] B1 resolved", True),
        ("- [x] B2 resolved", False),
        ("- [x] B1 discussed", False),
        ("- [x] All M1 blockers resolved", False),
        ("- [x] All blockers resolved in M2", False),
        ("- [x] All blockers resolved in M1", True),
        ("- [ ] All blockers resolved", False),
        ("- All blockers resolved", False),
        ("- [x] All `PROPOSED` items reach `ACCEPTED`", True),
        ("- [x] No item is merely proposed", True),
        ("- [x] All domains have owners", True),
        ("- [x] All milestones have owners", True),
        ("- [x] All blockers have owners", True),
        ("- [x] Maintainers sign off", True),
        ("- [x] Maintainers signed off: @lark", False),
        ("- [x] Capacity validated", False),
        ("| Criterion | Status |\n|---|---|\n| Blockers settled | Met |", True),
        ("| Criterion | Status |\n|---|---|\n| Blockers settled | ✅ |", True),
        ("| Criterion | Status |\n|---|---|\n| Blockers settled | 1 open |", False),
        ("| Criterion | Status |\n|---|---|\n| Maintainers' sign-off | Done |", True),
        ("| Criterion | Status |\n|---|---|\n| Maintainers' sign-off | 1 of 2 signed |", False),
    ],
)
def test_criterion(box: str, *, false: bool) -> None:
    assert len(lines("claim-contradicted", cut(box))) == false


HEALTHY = (
    BODY.replace("TBD | Open", "@lark | Resolved")
    .replace("| TBD | TBD | Pending |\n", "")
    .replace("| @wren | TBD | Pending", "| @wren | 2026-01-03 | Approved")
    .replace("PROPOSED", "ACCEPTED")
    .replace("| Website | TBD", "| Website | @lark")
    .replace("**Owner**: TBD", "**Owner**: @wren")
)


@pytest.mark.parametrize(
    "box",
    [
        "- [x] All blockers resolved",
        "- [x] All `PROPOSED` items reach `ACCEPTED`",
        "- [x] All domains have owners",
        "- [x] All milestones have owners",
        "- [x] All blockers have owners",
        "- [x] Maintainers sign off",
    ],
)
def test_criterion_that_is_met(box: str) -> None:
    assert lines("claim-contradicted", cut(box, HEALTHY)) == []


LONG = "Since the meeting of the maintainers in spring, with everybody present and much tea,"


@pytest.mark.parametrize(
    ("text", "false"),
    [
        ("All domains have owners.", True),
        ("No blockers remain.", True),
        ("All blockers must be resolved.", False),
        ("When all blockers are resolved, cut.", False),
        ("All blockers resolved:", False),
        ("- All blockers are resolved", False),
        ("**Graduation Criteria**: It works. All domains have owners.", False),
        ("## Principles\n\nAll domains have owners.", False),
        ("Blockers settled", False),
        (f"{LONG} so that all domains have owners.", False),
        (f"{LONG} all domains have owners.", True),
    ],
)
def test_plain_sentence(text: str, *, false: bool) -> None:
    found = [line for line in lines("claim-contradicted", latest(text)) if line[1] == 3]
    assert len(found) == false
    governance = {**latest(""), "GOVERNANCE.md": f"# G\n\n{text}\n"}
    assert lines("claim-contradicted", governance) == []


def test_none_under_blockers() -> None:
    notes = BODY.replace("## M2", "### Notes\n\n*None.*\n\n## M2")
    assert lines("claim-contradicted", latest("", notes)) == []
    field = BODY.replace("**Owner**: @lark\n", "**Owner**: @lark\n**Blockers**: None\n")
    assert len(lines("claim-contradicted", latest("", field))) == 1
    other = BODY.replace("**Owner**: @lark\n", "**Owner**: @lark\n**Blockers**: B1\n")
    assert lines("claim-contradicted", latest("", other)) == []


@pytest.mark.parametrize(
    ("head", "text", "false"),
    [
        ("| Resource | Current |\n|---|---|\n| Maintainers | 3 |", "(Current): Solo maintainer", 1),
        ("| Resource | Current |\n|---|---|\n| Maintainers | 1 |", "(Current): Solo maintainer", 0),
        ("", "**Phase 1 (current)**: one maintainer per domain.", 0),
        ("", "**Phase 1 (current)**: sole maintainer of each platform.", 0),
        ("", "The project has a single maintainer of each platform.", 0),
        ("", "The project has a sole maintainer of each platform.", 0),
        ("", "The project still has a sole maintainer.", 1),
        ("| Name | Current |\n|---|---|\n| Maintainers | few |", "We have a solo maintainer", 1),
        ("", "The project is still a one-person effort", 0),
        ("", "## Example\n\nWe have a solo maintainer", 0),
        ("", "Phase 2: solo maintainer", 0),
    ],
)  # fmt: skip
def test_project_of_one(head: str, text: str, false: int) -> None:
    assert len(lines("claim-contradicted", latest(f"{head}\n\n{text}\n"))) == false


def test_nobody_knows_how_many_maintain() -> None:
    assert lines("claim-contradicted", latest("There is a solo maintainer.", "")) == []


LOG = "\n## Changelog\n\n| Version | Date | Change |\n|---|---|---|\n{}\n"


@pytest.mark.parametrize(
    ("header", "rows", "found"),
    [
        ("**Version**: 1.0.0", "| 1.0.0 | 2026-01-02 | a |", 0),
        ("**Version**: v1.0.0", "| 1.0.0 | 2026-01-02 | a |\n| 0.9 | 2025-01-02 | b |", 0),
        ("**Version**: 1.0.0", "| 1.1.0 | 2026-01-02 | a |", 1),
        ("**Version**: TBD", "| 1.1.0 | 2026-01-02 | a |", 0),
        ("**Version**: 1.0.0", "| - | 2026-01-02 | a |", 0),
        ("**Version**: 1.0.0", "| 1.1.0 | soon | a |", 0),
        ("**Last Updated**: 2026-01-01", "| 1.0.0 | 2026-01-02 | a |", 1),
        ("**Last Updated**: 2026-01-03", "| 1.0.0 | 2026-01-02 | a |", 0),
        ("**Last Updated**: today", "| 1.0.0 | 2026-01-02 | a |", 0),
        ("**Type**: Living", "| 1.0.0 | 2026-01-02 | a |", 0),
    ],
)
def test_header_and_changelog(header: str, rows: str, found: int) -> None:
    files = {"REVIEWERS.md": f"# R\n\n{header}\n\n---\n{LOG.format(rows)}"}
    assert len(lines("claim-contradicted", files)) == found


def test_dates_of_other_tables_say_nothing() -> None:
    table = "| Date | Who |\n|---|---|\n| 2026-01-01 | a |\n"
    text = f"# R\n\n**Last Updated**: 2025-01-01\n\n---\n\n{table}"
    assert lines("claim-contradicted", {"REVIEWERS.md": text}) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*No active proposals.*\n\n### PROP-1: A\n", [5]),
        ("*None yet*\n\n### PROP-1: A\n", [5]),
        ("- No proposals\n\n### PROP-1: A\n", [5]),
        ("Newest first.\n\n### PROP-1: A\n", []),
        ("*No active proposals.*\n\n### PROP-1: A\n\n**Status**: DEFERRED\n", []),
        ("*No active proposals.*\n", []),
    ],
)
def test_no_active_proposals(text: str, found: list[int]) -> None:
    files = {MAIN: f"# M\n\n## Active Proposals\n\n{text}"}
    assert lines("claim-contradicted", files) == [(MAIN, line) for line in found]


def test_proposal_that_is_deferred_with_words_beside_is_not_open() -> None:
    deferred = "### PROP-2: B\n\n**Status**: Deferred to v2 because nobody has time\n"
    text = f"# M\n\nThere is 1 open proposal.\n\n## Active Proposals\n\n### PROP-1: A\n\n{deferred}"
    assert lines("count-mismatch", {MAIN: text}) == []
    text = f"# M\n\n## Active Proposals\n\n*No active proposals.*\n\n{deferred}"
    assert lines("claim-contradicted", {MAIN: text}) == []


@pytest.mark.parametrize("word", ["LGTM", "Confirmed", "Agreed", "Ratified", "✅"])
def test_words_that_sign(word: str) -> None:
    body = BODY.replace("| @wren | TBD | Pending |", f"| @wren | 2026-01-03 | {word} |")
    assert lines("count-mismatch", latest("There are 2 of 3 signatories signed.", body)) == []
    wrong = latest("1 of 3 signatories signed.", body.replace("| TBD | TBD | Pending |\n", ""))
    assert len(lines("count-mismatch", wrong)) == 1


def test_proposals_without_a_section_of_their_own() -> None:
    assert lines("claim-contradicted", {MAIN: "# M\n\nNo proposals.\n\n## PROP-1: A\n"}) == []


def test_none_yet_alone() -> None:
    table = "# M\n\n| ID | Title |\n|---|---|\n| - | *None yet* |\n| - | - |\n"
    assert lines("claim-contradicted", {MAIN: table}) == []


@pytest.mark.parametrize(
    ("row", "false"),
    [
        ("| MILESTONES.v1-*.md | Not yet created |", True),
        ("| MILESTONES.v1.0.0-*.md | Not yet created |", True),
        ("| MILESTONES.v1.0.0-beta.md | Not yet created |", False),
        ("| MILESTONES.v2-*.md | Not yet created |", False),
        ("| MILESTONES.v1.0.0-alpha.md | Frozen |", False),
        ("| MILESTONES.v2.0.0-alpha.md | Frozen |", True),
        ("| MILESTONES.v2-alpha.md | Frozen |", False),
        ("| MILESTONES.v2.0.0-alpha.md | Planned |", False),
        ("| REVIEWERS.md | Missing |", False),
        ("| MILESTONES.main.md | Missing |", True),
        ("| The rest | Missing |", False),
        ("| MILESTONES.main.md | Missing (2026-01-02) |", True),
        ("| MILESTONES.main.md | Missing a section on refunds |", False),
    ],
)
def test_document_said_to_be_there_or_not(row: str, *, false: bool) -> None:
    files = {
        MAIN: f"# M\n\n| Document | Status |\n|---|---|\n{row}\n",
        "MILESTONES.v1.0.0-alpha.md": "# MILESTONES - v1.0.0-alpha\n",
    }
    assert lines("claim-contradicted", files) == [(MAIN, 5)] * false
    frozen = {MAIN: "# M\n", "MILESTONES.v1.0.0-alpha.md": f"# F\n\n{files[MAIN]}"}
    assert lines("claim-contradicted", frozen) == []


def test_definitions_of_a_status_are_no_claims() -> None:
    table = "| Document | Status |\n|---|---|\n| MILESTONES.main.md | Missing |\n"
    assert lines("claim-contradicted", {MAIN: f"# M\n\n## Criteria\n\n{table}"}) == []
    ceremony = {"MILESTONES_CEREMONY.md": f"# C\n\n{table}", MAIN: "# M\n"}
    assert lines("claim-contradicted", ceremony) == []


@pytest.mark.parametrize(
    ("item", "false"),
    [
        ("SECURITY.md | COMPLETE | Two names", True),
        ("[SECURITY.md](./SECURITY.md) | COMPLETE | Two names", True),
        ("SECURITY.md | ACCEPTED | Two names", False),
        ("SUPPORT.md | COMPLETE | Two names", False),
        ("GUIDE.md | COMPLETE | Two names", False),
        ("MILESTONES.v1.md | COMPLETE | Two names", False),
        ("MILESTONES.v1.0.0-alpha.md | COMPLETE | Two names", True),
        ("Form | COMPLETE | `.github/FORM.md` filled in", True),
        ("Form | COMPLETE | `.github/ISSUE_TEMPLATE/` holds two", False),
        ("Form | COMPLETE | `.github/FORM.md` removed", False),
        ("Form | COMPLETE | `.github/<name>.md` filled in", False),
        ("Form | COMPLETE | see example.com/docs/form.md", False),
        ("Guide | COMPLETE | Written in `docs/guide.md`", False),
        ("Guide | COMPLETE | Written in `docs/other.md`", True),
        ("Guide | COMPLETE | Written in [other](./docs/other.md)", True),
        ("Guide | COMPLETE | Published from wiki/home.md in the site's own repository", False),
        ("Guide | COMPLETE | Linux/macOS and label/assign", False),
    ],
)
def test_complete_file(item: str, *, false: bool) -> None:
    table = "| ID | Deliverable | Status | Acceptance Criteria |\n|---|---|---|---|\n"
    body = f"## M1: Groundwork\n\n**Owner**: @lark\n\n{table}| M1.1 | {item} |\n"
    files = {
        **latest("", body),
        ".github/SUPPORT.md": "# S\n",
        "guide.md": "# G\n",
        "docs/guide.md": "# G\n",
        ".github/ISSUE_TEMPLATE/bug.yml": "",
    }
    assert len(lines("claim-contradicted", files)) == false


def test_paths_named() -> None:
    table = "| ID | Deliverable | Status |\n|---|---|---|\n| M1.1 | SECURITY.md | PROPOSED |\n"
    status = "| Document | Status |\n|---|---|\n| MILESTONES.v1-*.md | - |\n| NEWS.md | Missing |\n"
    text = f"# L\n\n## M1: G\n\n{table}\n{status}"
    named = paths_named(
        [
            read("gov/" + LATEST, text, kind=Kind.LATEST),
            read(MAIN, "# M\n", kind=Kind.MAIN),
        ]
    )
    assert {"gov/SECURITY.md", "SECURITY.md", ".github/SECURITY.md", "docs/NEWS.md"} <= named
    assert not any("*" in path for path in named)
