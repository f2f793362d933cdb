"""Go or no-go: each condition of a cut, met and unmet, and what never counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceremony.discovery import kind_of
from ceremony.documents import read
from ceremony.model import InputError, Kind, Resolution, Severity, Stage, Version
from ceremony.rules.audit.registry import Project
from ceremony.rules.criteria import Standing, Verdict
from ceremony.rules.cut import (
    CRITERIA,
    Asked,
    CutDecision,
    Facts,
    asked_version,
    decide,
)
from tests.support.growth import assert_linear

LATEST = "MILESTONES.latest.md"
ALPHA = Version(1, 0, 0, Stage.ALPHA)
DAY = dt.date(2026, 3, 1)
EXAMPLE = Path(__file__).parents[2] / "examples" / "project"

PLAN = """# MILESTONES - Latest

**Branch**: `latest`
**Last Updated**: 2026-02-01

---

## Scope Definition

### In Scope

| Domain | Description | Milestone |
|--------|-------------|-----------|
| **Tower** | Keep the bells safe to ring | M1 |
| **School** | Teach beginners on Tuesdays | M2 |

### Out of Scope

| Domain | Rationale | Future Version |
|--------|-----------|----------------|
| **Carillon** | Nobody has the money | TBD |

## Governance Milestones

### M1: Tower

**Status**: `ACCEPTED`
**Owner**: @wren
**Target**: v1.0

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M1.1 | Frame survey | `ACCEPTED` | An engineer signs the frame off |
| M1.2 | Rope fund | `COMPLETE` | Two sets of ropes are paid for |
| M1.3 | Mufflers | `DEFERRED` | Deferred because no shop has them |

### M2: School

**Status**: `ACCEPTED`
**Owner**: @lark
**Target**: 2026-12-01

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M2.1 | Tuesday rota | `ACCEPTED` | Three teachers take turns |

### M3: Choir

**Status**: `PROPOSED`
**Owner**: TBD
**Target**: v1.1

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M3.1 | Songs | `BLOCKED` | Twelve are chosen |

## Maintainer Surface Area

| Domain | Owner | Backup | Status |
|--------|-------|--------|--------|
| **Tower** | @wren | TBD | Active |
| **School** | @lark | @wren | Active |
| **Carillon** | TBD | TBD | Needs Owner |

## Process Commitments

- Notices go up a week ahead

## Capacity Planning

| Resource | Current | Sustainable | Gap |
|----------|---------|-------------|-----|
| Active Maintainers | 2 | 2 | 0 |
| Weekly Hours | ~8 | 6-8 | 0 |

## Scope Governance

| Indicator | Threshold | Action |
|-----------|-----------|--------|
| Domains without owners | >1 | Find one |

## Blocker Registry

| ID | Section | Blocker | Owner | Status | Rationale |
|----|---------|---------|-------|--------|-----------|
| B1 | M1.1 | No engineer was named | @wren | Resolved | - |
| B2 | M1.3 | No shop has mufflers | @wren | Deferred | Waits for the fair |
| B3 | M3.1 | Nobody chooses songs | TBD | Open | - |

## Version Cut Readiness

- [x] Every maintainer agrees
- [ ] All code is merged and CI is green

## Signatories

| Maintainer | Date | Status |
|------------|------|--------|
| @wren | 2026-01-30 | Signed |
| @lark | 2026-01-31 | Signed |

## Document Changelog

| Date | Change |
|------|--------|
| 2026-02-01 | B1 resolved |
| 2026-01-10 | B1 and B2 opened |
| soon | B3 closed |
"""


def line_of(words: str, text: str = PLAN) -> int:
    assert text.count(words) == 1, words
    return text[: text.index(words)].count("\n") + 1


def decision(text: str = PLAN, *, version: Version = ALPHA, **more: object) -> CutDecision:
    """The decision on a text; ``files`` are further documents."""
    files = {LATEST: text, **more.pop("files", {})}  # type: ignore[dict-item]
    documents = []
    for name, words in files.items():
        kind, own = kind_of(name)
        documents.append(read(name, words, kind=kind, version=own))
    given: dict[str, object] = {"known": frozenset(), "latest_exists": True, **more}
    project = Project(documents=tuple(documents))
    return decide(Facts(project=project, version=version, today=DAY, **given))  # type: ignore[arg-type]


def edited(*edits: tuple[str, str]) -> str:
    text = PLAN
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def unmet(made: CutDecision) -> dict[str, list[int]]:
    """The lines of the reasons, by criterion."""
    return {
        criterion.name: [reason.place.line for reason in criterion.reasons]
        for criterion in made.criteria
        if criterion.standing is Standing.UNMET
    }


def test_mature_agreement_is_a_go() -> None:
    made = decision()
    assert unmet(made) == {}
    assert made.verdict is Verdict.GO
    assert made.reasons == ()
    assert made.unchecked == ()
    assert made.milestones == ("M1", "M2")
    assert made.left_out == ("M3",)
    assert made.signatories == ("@wren", "@lark")
    assert all(c.says and c.title for c in made.criteria)
    assert [c.name for c in (*made.criteria, *made.beside)] == list(CRITERIA)
    assert {place.line for c in made.criteria for place in c.evidence} >= {
        line_of("### In Scope"),
        line_of("| B1 | M1.1"),
        line_of("| @wren | 2026-01-30"),
        line_of("| **Tower** | @wren"),
        line_of("- [x] Every maintainer"),
    }


def test_code_is_reported_and_never_a_reason() -> None:
    made = decision()
    (found,) = [f for f in made.reported if f.rule == "cut-gate-implementation"]
    assert found.place.line == line_of("- [ ] All code is merged")
    assert found.severity is Severity.NOTE


# ---------------------------------------------------------------------------- one thing at a time

ITEMS = (
    "| ID | Deliverable | Status | Acceptance Criteria |\n"
    "|----|-------------|--------|---------------------|"
)
AIMS = "| ID | Deliverable | Status | Target |\n|--|--|--|--|"
B1 = "| B1 | M1.1 | No engineer was named | @wren | Resolved | - |"
B2 = "| B2 | M1.3 | No shop has mufflers | @wren | Deferred | Waits for the fair |"
M11 = "| M1.1 | Frame survey | `ACCEPTED` |"
WREN, LARK = "| @wren | 2026-01-30 | Signed |", "| @lark | 2026-01-31 | Signed |"


@pytest.mark.parametrize(
    ("edits", "criterion", "where", "says"),
    [
        # ---- scope
        (
            [
                ("| **Tower** | Keep the bells safe to ring | M1 |\n", ""),
                ("| **School** | Teach beginners on Tuesdays | M2 |\n", ""),
            ],
            "scope-defined",
            "### In Scope",
            "does not say what is in scope",
        ),
        (
            [("### Out of Scope", "### Elsewhere")],
            "scope-defined",
            "# MILESTONES - Latest",
            "no section for what is out of scope",
        ),
        (
            [("Teach beginners on Tuesdays", "TBD")],
            "scope-defined",
            "| **School** | TBD",
            "without a description",
        ),
        (
            [("Nobody has the money", "To be decided")],
            "scope-defined",
            "| **Carillon** | To be",
            "leaves the scope undecided",
        ),
        (
            [("Teach beginners on Tuesdays | M2", "Teach beginners on Tuesdays | M9")],
            "scope-defined",
            "| **School** | Teach",
            "mapped to M9",
        ),
        (
            [("### In Scope", "### In Scope for v2")],
            "scope-defined",
            "### In Scope for v2",
            "is not about v1.0.0-alpha",
        ),
        (
            [
                (
                    (
                        "### In Scope\n\n| Domain | Description | Milestone |\n"
                        "|--------|-------------|-----------|\n"
                        "| **Tower** | Keep the bells safe to ring | M1 |\n"
                        "| **School** | Teach beginners on Tuesdays | M2 |\n"
                    ),
                    "### In Scope\n\n- The tower\n- undecided: the school\n",
                )
            ],
            "scope-defined",
            "- undecided",
            "leaves the scope undecided",
        ),
        (
            [
                ("**Target**: v1.0", "**Target**: v3.0"),
                ("**Target**: 2026-12-01", "**Target**: v2"),
                ("| M1 |", "| M1, M2 |"),
                ("| **School** | Teach beginners on Tuesdays | M2 |\n", ""),
            ],
            "scope-defined",
            "### M1: Tower",
            "No milestone is in the scope",
        ),
        # ---- blockers
        ([(B1, B1.replace("Resolved", "Open"))], "blockers-resolved", "| B1 |", "B1 is open"),
        (
            [(B1, B1.replace("Resolved", "Open / P1"))],
            "blockers-resolved",
            "| B1 |",
            "neither Open nor a resolution",
        ),
        ([(B1, B1.replace("Resolved", ""))], "blockers-resolved", "| B1 |", "has no status"),
        (
            [(B1, B1.replace("Resolved", "Accepted"))],
            "blockers-resolved",
            "| B1 |",
            "nothing names the risk",
        ),
        (
            [(B1, B1.replace("Resolved | -", "Accepted | yes"))],
            "blockers-resolved",
            "| B1 |",
            "nothing names the risk",
        ),
        (
            [(B1, B1.replace("Resolved", "Rejected"))],
            "blockers-resolved",
            "| B1 |",
            "removes M1.1 from scope",
        ),
        (
            [(B1, B1.replace("Resolved", "Rejected").replace("M1.1", "-"))],
            "blockers-resolved",
            "| B1 |",
            "names no section",
        ),
        (
            [(B1, B1.replace("M1.1", "-").replace("Resolved", "Open"))],
            "blockers-resolved",
            "| B1 |",
            "B1 is open",
        ),
        (
            [(B1, B1.replace("M1.1", "M7").replace("Resolved", "Open"))],
            "blockers-resolved",
            "| B1 |",
            "B1 is open",
        ),
        (
            [(B1, f"{B1}\n{B1.replace('Resolved', 'Open')}")],
            "blockers-resolved",
            "@wren | Open",
            "B1 is open",
        ),
        (
            [("## Blocker Registry", "## Hurdles")],
            "blockers-resolved",
            "# MILESTONES - Latest",
            "no section for the blocker registry",
        ),
        (
            [
                ("## Blocker Registry\n\n| ID |", "## Blocker Registry\n\n```\n| ID |"),
                ("| - |\n\n## Version Cut", "| - |\n```\n\n## Version Cut"),
            ],
            "blockers-resolved",
            "```",
            "stand in a code block",
        ),
        # ---- stakeholders
        (
            [("2026-01-31 | Signed", "TBD | Pending")],
            "stakeholders-aligned",
            "| @lark | TBD",
            "has not signed",
        ),
        (
            [("2026-01-31 | Signed", "2026-01-31 | Thinking")],
            "stakeholders-aligned",
            "| @lark | 2026-01-31 | Thinking",
            "says neither",
        ),
        (
            [("2026-01-31 | Signed", "soon | see below")],
            "stakeholders-aligned",
            "| @lark | soon",
            "has not signed",
        ),
        (
            [("## Signatories", "## People")],
            "stakeholders-aligned",
            "# MILESTONES - Latest",
            "Nobody is named who agrees",
        ),
        (
            [
                (
                    "| @wren | 2026-01-30 | Signed |\n| @lark | 2026-01-31 | Signed |",
                    "| TBD | TBD | - |",
                )
            ],
            "stakeholders-aligned",
            "## Signatories",
            "Nobody is named who agrees",
        ),
        # ---- capacity
        (
            [("| **School** | @lark", "| **School** | TBD")],
            "capacity-realistic",
            "| **School** | TBD",
            "Domain School has no owner",
        ),
        (
            [("**Owner**: @lark", "**Owner**: nobody")],
            "capacity-realistic",
            "**Owner**: nobody",
            "M2 has no owner",
        ),
        (
            [("| 2 | 2 | 0 |", "| 2 | 3 | -1 |")],
            "capacity-realistic",
            "| 2 | 3 | -1 |",
            "gap of -1 (2 of 3)",
        ),
        ([("~8 | 6-8 | 0", "~8 | 10-12 | 0")], "capacity-realistic", "| ~8 |", "gap of"),
        ([("~8 | 6-8 | 0", "few | enough | 2 short")], "capacity-realistic", "| few |", "2 short"),
        (
            [
                (
                    "| Resource | Current | Sustainable | Gap |",
                    "| Resource | Current | Ideal | Gap |",
                ),
                ("~8 | 6-8 | 0", "~8 | 9 | 1"),
            ],
            "capacity-realistic",
            "| ~8 |",
            "gap of 1",
        ),
        (
            [("Domains without owners | >1", "Domains without owners | >0")],
            "capacity-realistic",
            "| Domains without owners",
            "their own threshold",
        ),
        (
            [("| Weekly Hours | ~8 | 6-8 | 0 |", "| Domains with Owners | 3/3 | 3/3 | 0 |")],
            "capacity-realistic",
            "| Domains with Owners",
            "does not agree",
        ),
        (
            [
                ("## Capacity Planning", "## Means"),
                ("| Resource | Current | Sustainable | Gap |", "| What | Have | Want | Less |"),
            ],
            "capacity-realistic",
            "# MILESTONES - Latest",
            "no section for capacity",
        ),
        # ---- states
        (
            [(M11, M11.replace("ACCEPTED", "PROPOSED"))],
            "states-settled",
            M11.replace("ACCEPTED", "PROPOSED"),
            "M1.1 is PROPOSED",
        ),
        (
            [(M11, M11.replace("ACCEPTED", "BLOCKED"))],
            "states-settled",
            M11.replace("ACCEPTED", "BLOCKED"),
            "M1.1 (Frame survey) is BLOCKED",
        ),
        (
            [
                (
                    "**Status**: `ACCEPTED`\n**Owner**: @lark",
                    "**Status**: PROPOSED\n**Owner**: @lark",
                )
            ],
            "states-settled",
            "**Status**: PROPOSED\n",
            "M2 (School) is PROPOSED",
        ),
        (
            [("**Status**: `ACCEPTED`\n**Owner**: @lark", "**Status**: BLOCKED\n**Owner**: @lark")],
            "states-settled",
            "**Status**: BLOCKED\n",
            "M2 is BLOCKED",
        ),
        (
            [("**Status**: `ACCEPTED`\n**Owner**: @lark", "**Owner**: @lark")],
            "states-settled",
            "### M2: School",
            "M2 has no **Status** line",
        ),
        (
            [(M11, M11.replace("ACCEPTED", "AGREED"))],
            "states-settled",
            M11.replace("ACCEPTED", "AGREED"),
            "AGREED",
        ),
        (
            [
                (
                    "### M2: School",
                    (
                        "### M1.4: Bell Frame — Detailed Specification\n\n"
                        "**Status**: `Blocked`\n\n### M2: School"
                    ),
                )
            ],
            "states-settled",
            "**Status**: `Blocked`",
            "M1.4 is BLOCKED",
        ),
        # ---- the document's own conditions
        (
            [("- [x] Every maintainer agrees", "- [ ] Every maintainer agrees")],
            "own-conditions",
            "- [ ] Every maintainer",
            "not met yet",
        ),
        (
            [
                (
                    "- [x] Every maintainer agrees\n",
                    (
                        "| Criterion | Status |\n|--|--|\n"
                        "| Agreed by all | ❌ |\n| Named | Met |\n\n"
                    ),
                )
            ],
            "own-conditions",
            "| Agreed by all",
            "Agreed by all",
        ),
        (
            [
                (
                    "- [x] Every maintainer agrees\n",
                    ("| Criterion | Status |\n|--|--|\n| Agreed by all | TBD |\n\n"),
                )
            ],
            "own-conditions",
            "| Agreed by all",
            "Agreed by all",
        ),
        # ---- the document itself
        (
            [("---\n\n## Scope Def", "## Scope Def")],
            "document-sound",
            "# MILESTONES - Latest",
            "No line --- ends the header",
        ),
        (
            [("| Signed |\n| @lark", "| Sig\u200bned |\n| @lark")],
            "document-sound",
            "| Sig\u200bned",
            "invisible character",
        ),
        (
            [("2026-01-31 | Signed", "2026-01-31 | Sign\u0435d")],
            "document-sound",
            "2026-01-31 | Sign",
            "U+0435",
        ),
    ],
)
def test_one_thing_stands_against_it(
    edits: list[tuple[str, str]], criterion: str, where: str, says: str
) -> None:
    text = edited(*edits)
    made = decision(text)
    assert made.verdict is Verdict.NO_GO
    held = next(c for c in made.criteria if c.name == criterion)
    assert held.standing is Standing.UNMET
    lines = text.split("\n")
    found = [r for r in held.reasons if says in r.message]
    assert found, [r.message for r in held.reasons]
    assert where.strip() in lines[found[0].place.line - 1]
    assert all(r.help and r.severity is Severity.ERROR for r in made.reasons)
    assert "against it" in held.says


def test_a_status_that_says_neither_is_no_signature() -> None:
    text = edited(
        ("| @lark | 2026-01-31 | Signed |", "| @lark | see below |"),
        (
            "| Maintainer | Date | Status |\n|------------|------|--------|",
            "| Maintainer | Status |\n|--|--|",
        ),
        ("| @wren | 2026-01-30 | Signed |", "| @wren | Signed |"),
    )
    made = decision(text)
    (reason,) = made.reasons
    assert "says neither" in reason.message
    assert made.signatories == ("@wren",)
    assert unmet(decision(text, approvals=frozenset({"Lark"}))) == {}


# ---------------------------------------------------------------------------- what is no agreement

TAIL = "**Target**: 2026-12-01\n"
"""After it, M2's own section goes on."""


@pytest.mark.parametrize(
    "status",
    [
        *("~~Signed~~ Pending", "~Signed~ Pending", "<del>Signed</del> Pending", "<s>Signed</s>"),
        *(
            "<strike>Signed</strike> no",
            "~~Signed~~",
            "Signed</del>",
            "Signed ~~on",
            "![Signed](a.png)",
        ),
        *("Signed (withdrawn)", "Signed (pending)", "To be Signed", "Signed, pending legal"),
        *(
            "Signed ❌",
            "Signed :x:",
            "Signed? No",
            "Signed[^1]",
            "Signed \\| Pending",
            "Approved-ish",
        ),
        *("Signed by proxy, not confirmed", "Signed off, objects to M2", "Signed 2031-01-12"),
        *("Signed if M1 goes", "Signed (12 Jan 2031)", f"Signed {'@wren ' * 200}"),
    ],
)
def test_only_a_plain_signature_is_one(status: str) -> None:
    text = edited(("| @lark | 2026-01-31 | Signed |", f"| @lark | 2026-01-31 | {status} |"))
    made = decision(text)
    assert unmet(made) == {"stakeholders-aligned": [line_of("| @lark | 2026-01-31 |", text)]}
    assert made.signatories == ("@wren",)
    assert unmet(decision(text, approvals=frozenset({"lark"}))) == {}
    asked = decision(text, approvals=frozenset({"wren"}), asked=Asked(author="lark"))
    assert "stakeholders-aligned" in unmet(asked)


@pytest.mark.parametrize(
    "status",
    [
        *(
            "Signed",
            "**Signed**",
            "signed 2026-01-31",
            "Signed on 31 January 2026",
            "✅ Signed",
            "✅",
        ),
        *(
            "Approved (2026-01-31, @lark)",
            "Signed off by @lark",
            "Signed ✅",
            "Agreed in #12",
            "Yes",
        ),
        *("~~Pending~~ Signed", "<del>Pending</del> Signed 2026-01-31", "[Signed](#s)", "LGTM"),
        "Signed 2026-03-02",
    ],
)
def test_a_signature_may_bear_its_date_and_its_hand(status: str) -> None:
    text = edited(("| @lark | 2026-01-31 | Signed |", f"| @lark | 2026-01-31 | {status} |"))
    assert unmet(decision(text)) == {}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("| @lark | 2031-01-31 | Signed |", "still to come"),
        ("| @lark | 31 January 2031 | Signed |", "still to come"),
        ("| @lark | ~~2026-01-31~~ | Signed |", "the date says"),
        ("| @lark | withdrawn 2026-02-02 | Signed |", "the date says"),
        ("| ~~@lark~~ | 2026-01-31 | Signed |", "is struck out"),
    ],
)
def test_a_row_is_signed_as_a_whole(row: str, says: str) -> None:
    (reason,) = decision(edited((LARK, row))).reasons
    assert says in reason.message


@pytest.mark.parametrize(
    ("date", "count"),
    [("2026-01-31", 0), ("signed 31 Jan 2026", 0), ("2031-01-31", 1), ("Q3 2026, maybe", 1)],
)
def test_without_a_status_the_date_is_the_signature(date: str, count: int) -> None:
    text = edited(
        (
            "| Maintainer | Date | Status |\n|------------|------|--------|",
            "| Maintainer | Date |\n|--|--|",
        ),
        (WREN, "| @wren | 2026-01-30 |"),
        (LARK, f"| @lark | {date} |"),
    )
    assert len(decision(text).reasons) == count


def test_an_example_of_signatures_is_none() -> None:
    made = decision(edited(("## Signatories", "## Signatories (example)")))
    assert "Nobody is named" in made.reasons[0].message


@pytest.mark.parametrize(
    "status",
    [
        *(
            "Resolved - not yet, still Open",
            "Resolved, reopened",
            "Deferred, no: Open",
            "❌ Resolved",
        ),
        *(
            "Resolved ❌",
            "<del>Resolved</del> Open",
            "<s>Resolved</s>",
            "Resolved[^1]",
            "Resolved?",
        ),
        *("Resolved (partly)", "Resolved pending audit"),
        *("Resolved → Open", "Resolved -> Reopened"),
        *("![Resolved](x.png)", "~~Resolved~~"),
        *("Resolved, accepted by B2", "Accepted, if B2 ends"),
        *(
            "Accepted: open until May",
            "Accepted, not yet",
            "Deferred: still open",
            "Deferred (Rejected)",
        ),
        f"Resolved by {'@wren ' * 200}",
    ],
)
def test_only_a_plain_resolution_is_one(status: str) -> None:
    text = edited((B1, B1.replace("Resolved | -", f"{status} | We ring half muffled")))
    made = decision(text)
    assert made.verdict is Verdict.NO_GO
    assert [blocker.id for blocker in made.blockers] == ["B1"]


@pytest.mark.parametrize(
    "status",
    [
        *(
            "**Resolved**",
            "✅ Resolved",
            "Resolved 2026-02-01",
            "Resolved by @open-hand",
            "`Resolved`",
        ),
        *("~~Open~~ Resolved", "Resolved: the open source licence is signed", "Risk accepted"),
        *(
            "Deferred: no smith is free until May",
            "Deferred until v2",
            "Accepted: no sponsor answers",
        ),
        "Resolved (see the minutes of 2026-02-01)",
    ],
)
def test_a_resolution_may_bear_a_remark(status: str) -> None:
    text = edited((B1, B1.replace("Resolved | -", f"{status} | We ring half muffled")))
    assert decision(text).blockers == ()


@pytest.mark.parametrize(
    "said", ["none at all", "no risk", "~~We ring on~~", "not applicable", "n/a here"]
)
def test_a_risk_that_is_none_names_none(said: str) -> None:
    (blocker,) = decision(edited((B1, B1.replace("Resolved | -", f"Accepted | {said}")))).blockers
    assert "nothing names the risk" in blocker.why


@pytest.mark.parametrize("outcome", ["Resolved - not yet, still Open", "Deferred, no: Open"])
def test_an_outcome_is_read_like_a_status(outcome: str) -> None:
    text = edited(
        (
            "| ID | Section | Blocker | Owner | Status | Rationale |",
            "| ID | Section | Blocker | Owner | Resolution | Rationale |",
        ),
        (B1, B1.replace("Resolved", outcome)),
    )
    assert [blocker.why for blocker in decision(text).blockers] == ["B1 is open"]
    assert decision(text.replace(outcome, "Resolved")).blockers == ()


@pytest.mark.parametrize(
    ("words", "kind", "count"),
    [
        ("Tests not passing; no sponsor and nobody agreed", "-", 1),
        ("Tests not passing, the landlord is away", "-", 1),
        ("The code is not merged yet; tests are failing", "-", 0),
        ("The parser", "Implementation", 0),
        ("The parser, and nobody agreed to it", "Implementation", 1),
        (f"The code is not merged yet{' and tests are failing' * 60}", "-", 1),
    ],
)
def test_a_blocker_about_code_says_nothing_else(words: str, kind: str, count: int) -> None:
    text = edited(
        ("| Owner | Status | Rationale |\n", "| Owner | Status | Type |\n"),
        (B1, f"| B1 | M1.1 | {words} | @wren | Open | {kind} |"),
    )
    assert len(decision(text).blockers) == count


@pytest.mark.parametrize(
    "status",
    [
        *(
            "ACCEPTED?",
            "`ACCEPTED` (reverted)",
            "`ACCEPTED`, blocked by B9",
            "<del>`ACCEPTED`</del>",
        ),
        *("<s>ACCEPTED</s> PROPOSED", "ACCEPTED → PROPOSED", "`ACCEPTED` ❌", "`ACCEPTED`[^1]"),
        *("~~`ACCEPTED`~~", "~~ACCEPTED~~", "DEFERRED, no: PROPOSED", "COMPLETE, not yet"),
        "![ACCEPTED](yes.png)",
    ],
)
def test_only_a_plain_state_is_one(status: str) -> None:
    item = edited((M11, M11.replace("`ACCEPTED`", status)))
    field = edited(("`ACCEPTED`\n**Owner**: @lark", f"{status}\n**Owner**: @lark"))
    for text in (item, field):
        assert "states-settled" in unmet(decision(text))


@pytest.mark.parametrize(
    "status",
    [
        *(
            "ACCEPTED",
            "✅ ACCEPTED",
            "ACCEPTED (2026-01-02)",
            "ACCEPTED by @wren",
            "~~PROPOSED~~ ACCEPTED",
        ),
        *("DEFERRED: no engineer is free until May", "DEFERRED: until the terms are accepted"),
        *("REJECTED because nobody wants it", "COMPLETE (see #3)"),
    ],
)
def test_a_state_may_bear_a_remark(status: str) -> None:
    assert unmet(decision(edited((M11, M11.replace("`ACCEPTED`", status))))) == {}


@pytest.mark.parametrize(
    ("edits", "criterion", "where"),
    [
        # ---- rows outside of their tables
        ([(B1, "\n" + B1.replace("Resolved", "Open"))], "document-sound", "| B1 |"),
        ([(LARK, f"\n{LARK.replace('Signed', 'Pending')}")], "document-sound", "| @lark | 2026"),
        ([(WREN, f"<!-- {WREN} -->")], "document-sound", "| @lark | 2026"),
        (
            [("| M1.2 |", "\n| M1.4 | Bats | `PROPOSED` | - |\n| M1.2 |")],
            "document-sound",
            "| M1.4",
        ),
        ([(TAIL, f"{TAIL}\n- B9 | M2 | No room | Open\n")], "document-sound", "- B9"),
        ([(TAIL, f"{TAIL}\n    B9 | M2 | No room | Open\n")], "document-sound", "    B9"),
        ([(TAIL, f"{TAIL}\nPROP-4 | Bats | PROPOSED\n")], "document-sound", "PROP-4"),
        ([(TAIL, f"{TAIL}\n| Bats | TBD |\n")], "document-sound", "| Bats"),
        (
            [(TAIL, f"{TAIL}\n<pre>\n| B9 | M2 | No room | Open |\n</pre>\n")],
            "document-sound",
            "| B9",
        ),
        (
            [(TAIL, f"{TAIL}\n<table>\n<tr><td>B9</td><td>Open</td></tr></table>\n")],
            "document-sound",
            "<tr><td>B9",
        ),
        (
            [(TAIL, f"{TAIL}\n<!-- old --> <table><tr><td>@wren</td></tr></table>\n")],
            "document-sound",
            "<!-- old",
        ),
        (
            [("## Signatories\n", "## Signatories\n\n<del>\n")],
            "document-sound",
            "<del>",
        ),
        # ---- blockers outside of the registry
        ([(TAIL, f"{TAIL}\n**BLOCKER**: No teacher\n")], "blockers-resolved", "**BLOCKER**"),
        ([(TAIL, f"{TAIL}\n> Blocker: No teacher\n")], "blockers-resolved", "> Blocker"),
        ([(TAIL, f"{TAIL}\n- B9: No teacher (Open)\n")], "blockers-resolved", "- B9"),
        ([(TAIL, f"{TAIL}\n- B9 — Resolved? No\n")], "blockers-resolved", "- B9"),
        ([(TAIL, f"{TAIL}\n- Blocker: ![yes](a.png)\n")], "blockers-resolved", "- Blocker"),
        ([(TAIL, f"{TAIL}\nBlockers:\n\n- No teacher\n")], "blockers-resolved", "- No teacher"),
        (
            [(TAIL, f"{TAIL}\n#### Blockers\n\n---\n\n- No room\n")],
            "blockers-resolved",
            "- No room",
        ),
        (
            [("### M3: Choir", "### M1.1: Frame\n\n**Blocker**: No key\n\n### M3: Choir")],
            "blockers-resolved",
            "**Blocker**: No key",
        ),
        ([("## Version Cut R", "- B9: No room\n\n## Version Cut R")], "blockers-resolved", "- B9"),
        (
            [
                (
                    "## Signatories",
                    (
                        "## Obstacles\n\n| ID | Obstacle | Status |\n|--|--|--|\n"
                        "| B9 | No room | Open |\n\n## Signatories"
                    ),
                )
            ],
            "blockers-resolved",
            "| B9",
        ),
        (
            [
                (
                    "## Signatories",
                    "## Steps\n\n| ID | Step |\n|--|--|\n| B9 | Ask |\n\n## Signatories",
                )
            ],
            "blockers-resolved",
            "| B9",
        ),
        (
            [(B1, B1.replace("M1.1", "M9").replace("Resolved", "Rejected"))],
            "blockers-resolved",
            "| B1 |",
        ),
        # ---- states
        (
            [("### M3: Choir", "### [M6] Camp\n\n**Status**: `PROPOSED`\n\n### M3: Choir")],
            "states-settled",
            "**Status**: `PROPOSED`",
        ),
        (
            [("### M3: Choir", "### Milestone 6: Camp\n\n- **Status**: BLOCKED\n\n### M3: Choir")],
            "states-settled",
            "- **Status**: BLOCKED",
        ),
        (
            [(TAIL, f"{TAIL}\n#### Rota\n\n**Status**: PROPOSED\n")],
            "states-settled",
            "**Status**: PRO",
        ),
        (
            [(TAIL, f"{TAIL}\n| ID | Status |\n|--|--|\n| M2.4 | PROPOSED |\n")],
            "states-settled",
            "| M2.4",
        ),
        ([(TAIL, f"{TAIL}**Status**: `PROPOSED`\n")], "states-settled", "**Status**: `PROPOSED`"),
        ([(TAIL, f"{TAIL}\n- **State**: BLOCKED\n")], "states-settled", "- **State**"),
        (
            [("### M3: Choir", "### M1.1: Frame\n\n**Status**: PROPOSED\n\n### M3: Choir")],
            "states-settled",
            "**Status**: PROPOSED",
        ),
        # ---- scope, conditions, owners
        (
            [("School** | Teach beginners on Tuesdays | M2", "School** | Teach | M3")],
            "scope-defined",
            "| M3",
        ),
        (
            [("Teach beginners on Tuesdays", "The weekday is TBD")],
            "scope-defined",
            "The weekday is TBD",
        ),
        ([("Teach beginners on Tuesdays", "to be announced")], "scope-defined", "to be announced"),
        ([("- [x] Every", "- [ x ] Every")], "own-conditions", "- [ x ]"),
        ([("- [x] Every", "- [-] Every")], "own-conditions", "- [-]"),
        ([("- [x] Every", "- ❌ Every")], "own-conditions", "- ❌"),
        ([("- [x] Every", "1. [ ] Every")], "own-conditions", "1. [ ]"),
        (
            [
                (
                    "- [x] Every maintainer agrees\n",
                    "| Criterion | Status |\n|--|--|\n| Agreed | ~~Met~~ |\n\n",
                )
            ],
            "own-conditions",
            "| Agreed",
        ),
        ([("School** | @lark", "School** | ~~@lark~~")], "capacity-realistic", "| **School** | ~~"),
        ([("**Owner**: @lark", "**Owner**: <s>@lark</s>")], "capacity-realistic", "**Owner**: <s>"),
    ],
)
def test_what_stands_where_nothing_holds_it(
    edits: list[tuple[str, str]], criterion: str, where: str
) -> None:
    text = edited(*edits)
    made = decision(text)
    assert made.verdict is Verdict.NO_GO
    lines = text.split("\n")
    found = [lines[number - 1] for number in unmet(made)[criterion]]
    assert any(where in line for line in found), unmet(made)


@pytest.mark.parametrize(
    "words",
    [
        *(
            "**Blocker**: B1",
            "**Blockers**: none",
            "- Blocker: Resolved on 2026-02-01",
            "Blockers:",
        ),
        *(
            "- B9: No teacher (Resolved)",
            "~~**BLOCKER**: No teacher~~",
            "- B1: The engineer is late",
        ),
        "**Blocker**: No teacher — resolved 2026-02-01",
        "A blocker is about agreement | or not",
        "| ID | Blocker | Status |\n|--|--|--|\n| B1 | No engineer was named | Resolved |",
        "| ID | Note | Status |\n|--|--|--|\n| B9 | Old | Resolved |\n| B1 | Named | Resolved |",
        "| ID | Note |\n|--|--|\n| B1 | Twice asked |",
        "| ID | Status |\n|--|--|\n| M3.1 | BLOCKED |\n| M2.1 | ACCEPTED |\n| Song | PROPOSED |",
        "<!--\n| B9 | M2 | No room | Open |\n-->",
        "```text\n| B9 | M2 | No room | Open |\n```",
        "`a | b | c` or a | b | c",
        "#### Notes\n\n**Status**: in progress\n\n- **Status**: soon",
        "#### Resolved blockers\n\n- No teacher\n\n| ID | Was |\n|--|--|\n| B9 | x |",
        "#### Examples\n\n**Status**: PROPOSED\n\n- B9: No teacher",
        "#### Old\n\n**Status**: ~~PROPOSED~~ ACCEPTED",
        "<details>\n<summary>More</summary>\n\nWords.\n\n</details>",
    ],
)
def test_what_holds_or_ended_is_no_reason(words: str) -> None:
    assert unmet(decision(edited((TAIL, f"{TAIL}\n{words}\n")))) == {}


def test_what_is_for_later_may_stay_unsettled() -> None:
    more = "**Target**: v1.1\n\n#### Voices\n\n**Status**: PROPOSED\n\n**BLOCKER**: No choir\n"
    assert unmet(decision(edited(("**Target**: v1.1\n", more)))) == {}
    named = edited(
        ("School** | Teach beginners on Tuesdays | M2", "School** | Teach | M3"),
        ("**Status**: `PROPOSED`", "**Status**: `ACCEPTED`"),
        ("| M3.1 | Songs | `BLOCKED` |", "| M3.1 | Songs | `ACCEPTED` |"),
    )
    assert unmet(decision(named)) == {}


@pytest.mark.parametrize(
    "line",
    [
        f"| B4 | M1.1 | No oil | @wren | Accepted | none{' !' * 400}x |\n",
        *("| B9 | Open |\n\n", "- **BLOCKER**: no `room` ~~at~~ all\n", "<del>\n\n", "~~", "~ a"),
        *("| @wren | 2026-01-30 | Signed <del> |\n", "#### Blockers\n\n- a\n\n", "<td>B9 ", "|"),
        *("### M6: A\n\n**Status**: ACCEPTED\n\n", "- [ x ] a\n", "- B9: a (resolved (resolved "),
    ],
)
def test_a_long_document_is_judged_in_linear_time(line: str) -> None:
    def work(text: str) -> Callable[[], object]:
        return lambda: decision(text)

    assert_linear(lambda n: PLAN.replace(B1, line.rstrip()) + line * n, work, 60_000)


# ---------------------------------------------------------------------------- blockers


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(B1.replace("Resolved", "Deferred"), id="deferred"),
        pytest.param(B1.replace("Resolved | -", "Accepted | We ring half muffled"), id="a column"),
        pytest.param(B1.replace("Resolved", "Accepted: we ring half muffled"), id="the status"),
        pytest.param(B1.replace("M1.1", "M1.3").replace("Resolved", "Rejected"), id="left section"),
        pytest.param(B1.replace("M1.1", "M3").replace("Resolved", "Open"), id="later"),
        pytest.param(B1.replace("M1.1", "M1.3").replace("Resolved", "Open"), id="deferred item"),
        pytest.param(
            B1.replace("No engineer was named", "The code is not merged yet").replace(
                "Resolved", "Open"
            ),
            id="about code",
        ),
    ],
)
def test_blockers_that_do_not_stand_against_it(row: str) -> None:
    made = decision(edited((B1, row)))
    assert "blockers-resolved" not in unmet(made)
    assert made.blockers == ()


def test_a_blocker_about_code_is_reported() -> None:
    row = B1.replace("No engineer was named", "The code is not merged yet")
    made = decision(edited((B1, row.replace("Resolved", "Open"))))
    assert "blocker-implementation" in [finding.rule for finding in made.reported]


def test_a_sentence_may_name_the_risk() -> None:
    row = B1.replace("Resolved", "Accepted")
    told = f"{row}\n{B2}\n\nB1: we accept that an engineer comes late.\n\n"
    cut = (f"{B1}\n{B2}\n", told)
    assert "blockers-resolved" not in unmet(decision(edited(cut)))
    of_all = (cut[0], told.replace("B1: we", "B1 and B2: we"))
    assert "blockers-resolved" in unmet(decision(edited(of_all)))


def test_a_registry_without_states_is_open_until_it_says_how_it_ended() -> None:
    text = edited(
        (
            "| ID | Section | Blocker | Owner | Status | Rationale |",
            "| ID | Section | Blocker | Owner | Resolution | Rationale |",
        ),
        ("| TBD | Open | - |", "| TBD | - | - |"),
        ("| @wren | Resolved | - |", "| @wren | - | - |"),
    )
    made = decision(text)
    assert [blocker.id for blocker in made.blockers] == ["B1"]
    assert made.blockers[0].status == ""
    assert made.blockers[0].why == "B1 is open"


def test_each_blocker_has_its_ways_out() -> None:
    text = edited(
        (B1, B1.replace("Resolved", "Open")),
        (B2, B2.replace("M1.3", "M1, M2").replace("@wren", "TBD").replace("Deferred", "Open")),
        ("Nobody chooses songs", "The council decides"),
        ("| B3 | M3.1 |", "|  | - |"),
    )
    first, second, third = decision(text).blockers
    assert (first.id, first.owner, first.status, first.sections) == (
        "B1",
        "@wren",
        "Open",
        ("M1.1",),
    )
    assert (second.owner, second.sections) == ("", ("M1", "M2"))
    assert third.id == ""
    assert [step.resolution for step in first.plan] == [
        Resolution.RESOLVED,
        Resolution.DEFERRED,
        Resolution.ACCEPTED,
        Resolution.REJECTED,
    ]
    assert "let @wren remove it" in first.plan[0].act
    assert "name an owner" in second.plan[0].act
    assert "M1 and M2 have to be ACCEPTED" in second.plan[2].act
    assert "what it blocks" in third.plan[1].act
    rules = [reason.rule for reason in decision(text).reasons]
    assert rules.count("blocker-owner-missing") == 2


def test_a_blocker_s_age_is_told_where_it_is_known() -> None:
    text = edited((B1, B1.replace("Resolved", "Open")))
    (logged,) = decision(text).blockers
    assert (logged.opened, logged.age) == (dt.date(2026, 1, 10), 50)
    (known,) = decision(text, opened={"B1": dt.date(2026, 2, 27)}).blockers
    assert known.age == 2
    dated = text.replace("| Rationale |", "| Opened |").replace(
        "| Open | - |", "| Open | 2026-02-20 |"
    )
    (stated,) = (b for b in decision(dated).blockers if b.id == "B1")
    assert (stated.opened, stated.age) == (dt.date(2026, 2, 20), 9)
    odd = dated.replace("2026-02-20", "2026-02-31").replace("B1 and B2 opened", "Two opened")
    odd = odd.replace("B1 resolved", "One resolved")
    (unknown,) = (b for b in decision(odd).blockers if b.id == "B1")
    assert (unknown.opened, unknown.age) == (None, None)


# ---------------------------------------------------------------------------- the version's scope


def test_a_milestone_for_later_blocks_nothing_until_its_version_is_cut() -> None:
    later = decision(version=Version(1, 1, 0, Stage.ALPHA))
    assert later.milestones == ("M1", "M2", "M3")
    lines = unmet(later)
    assert line_of("| B3 | M3.1") in lines["blockers-resolved"]
    assert line_of("**Status**: `PROPOSED`") in lines["states-settled"]
    assert line_of("**Owner**: TBD") in lines["capacity-realistic"]


def test_without_targets_everything_is_the_scope() -> None:
    text = edited(("**Target**: v1.1\n", ""))
    assert decision(text).milestones == ("M1", "M2", "M3")


@pytest.mark.parametrize(
    ("target", "held"),
    [
        ("v1.0 release", True),
        ("v1", True),
        ("V1.0.0-alpha", True),
        ("v0.9", True),
        ("1.0.0", True),
        ("v1.0 or v1.1", True),
        ("Q3", True),
        ("2027-01-01", True),
        ("v1.1", False),
        ("1.0.1", False),
        ("v2.x", False),
        ("v1.1 or v1.2", False),
    ],
)
def test_a_target_tells_which_version_is_meant(target: str, *, held: bool) -> None:
    text = edited(("**Target**: v1.1", f"**Target**: {target}"))
    assert ("M3" in decision(text).milestones) is held


def test_rows_may_have_targets_of_their_own() -> None:
    text = edited(
        (
            (f"{ITEMS}\n| M2.1 | Tuesday rota | `ACCEPTED` | Three teachers take turns |"),
            (f"{AIMS}\n| M2.1 | Rota | `ACCEPTED` | - |\n| M2.2 | Camp | `PROPOSED` | v1.2 |"),
        ),
        (
            "| M3.1 | Songs | `BLOCKED` | Twelve are chosen |",
            "| M3.1 | Songs | `BLOCKED` | Twelve |",
        ),
    )
    assert unmet(decision(text)) == {}
    early = text.replace(
        f"{ITEMS}\n| M3.1 | Songs | `BLOCKED` | Twelve |",
        f"{AIMS}\n| M3.1 | Songs | `BLOCKED` | v1.0 |",
    )
    made = decision(early)
    assert made.milestones == ("M1", "M2", "M3")
    assert made.left_out == ()
    assert [reason.message for reason in made.reasons if reason.rule == "states-settled"] == [
        "M3.1 (Songs) is BLOCKED"
    ]


@pytest.mark.parametrize(
    "row",
    [
        "| M3: Choir | Nobody chooses songs | v2 |",
        "| **Choir** | Nobody chooses songs | v2 |\n\n- M3 waits",
    ],
)
def test_what_is_out_of_scope_by_id_is_left_out(row: str) -> None:
    text = edited(
        (
            "| **Carillon** | Nobody has the money | TBD |",
            f"| **Carillon** | Nobody has the money | TBD |\n{row}",
        ),
        ("**Target**: v1.1\n", ""),
    )
    assert decision(text).left_out == ("M3",)
    both = text.replace("| M2 |\n", "| M2, M3 |\n", 1)
    assert "M3" in decision(both).milestones


def test_the_edges_of_a_milestone_are_not_the_version_s() -> None:
    text = edited(
        ("### M3: Choir", "#### Out of Scope\n\n- M1 and its bells\n- TBD\n\n### M3: Choir")
    )
    assert decision(text).milestones == ("M1", "M2")
    assert unmet(decision(text)) == {}


def test_a_scope_of_another_version_does_not_count() -> None:
    text = edited(
        (
            "### Out of Scope\n",
            (
                "### In Scope for v2\n\n| Domain | Milestone |\n|--|--|\n"
                "| Bats | TBD |\n\n### Out of Scope for v1\n"
            ),
        ),
    )
    assert unmet(decision(text)) == {}


# ---------------------------------------------------------------------------- people, capacity


def test_the_owners_may_agree_by_approving() -> None:
    text = edited(("## Signatories", "## People"))
    assert unmet(decision(text, approvals=frozenset({"wren"})))["stakeholders-aligned"] == [1]
    made = decision(text, approvals=frozenset({"wren", "lark"}))
    assert unmet(made) == {}
    assert made.signatories == ("@lark", "@wren")
    nobody = text.replace("| **Tower** | @wren", "| **Tower** | The warden").replace(
        "| **School** | @lark", "| **School** | The curate"
    )
    assert "stakeholders-aligned" in unmet(decision(nobody, approvals=frozenset({"wren"})))


DEMANDED = Asked()


@pytest.mark.parametrize(
    ("edits", "approved", "asked", "against"),
    [
        pytest.param([], {"wren", "lark"}, DEMANDED, {}, id="all"),
        pytest.param([], {"WREN", "Lark"}, DEMANDED, {}, id="in either case"),
        pytest.param([], {"wren"}, None, {}, id="not demanded"),
        pytest.param([], {"wren"}, DEMANDED, {LARK: "@lark did not approve"}, id="one is missing"),
        pytest.param(
            [],
            set(),
            DEMANDED,
            {WREN: "@wren did not approve", LARK: "@lark did not approve"},
            id="all are",
        ),
        pytest.param(
            [(LARK, "| @lark | - | Pending |")], {"wren", "lark"}, DEMANDED, {}, id="unsigned"
        ),
        pytest.param([], {"lark"}, Asked(author="Wren"), {}, id="the author signed"),
        pytest.param(
            [(WREN, "| @wren | - | Pending |")],
            {"lark"},
            Asked(author="wren"),
            {"| @wren | - | Pending |": "@wren opened the pull request and did not sign"},
            id="the author did not",
        ),
        pytest.param(
            [], {"wren"}, Asked(author="owl"), {LARK: "@lark did not approve"}, id="no signatory"
        ),
        pytest.param(
            [(LARK, "| Lark | 2026-01-31 | Signed |")],
            {"wren", "lark"},
            DEMANDED,
            {"| Lark |": "Lark is named without a handle"},
            id="no handle",
        ),
        pytest.param(
            [(LARK, "| @bells/ringers | 2026-01-31 | Signed |")],
            {"wren", "bells/ringer", "ringers", "bells"},
            DEMANDED,
            {"| @bells/ringers |": "@bells/ringers did not approve"},
            id="a team",
        ),
        pytest.param(
            [(WREN, "| @lark, @wren | 2026-01-31 | Signed |")],
            {"lark"},
            DEMANDED,
            {"| @lark, @wren |": "@wren did not approve"},
            id="two in a row",
        ),
        pytest.param(
            [],
            {"wren", "\u017fark", "lar\u212a"},
            DEMANDED,
            {LARK: "@lark did not approve"},
            id="a look-alike",
        ),
        pytest.param(
            [],
            set(),
            Asked(misfit="The pull request 7 was closed"),
            {"## Signatories": "The pull request 7 was closed"},
            id="another pull request",
        ),
        pytest.param(
            [(LARK, "| @lark | - | Pending |")],
            set(),
            Asked(unread="nobody looked"),
            {"| @lark | - |": ""},
            id="unread and unsigned",
        ),
        pytest.param(
            [("## Signatories", "## People")],
            {"wren"},
            DEMANDED,
            {"# MILESTONES": "and @lark did not approve its pull request"},
            id="owners",
        ),
        pytest.param(
            [("## Signatories", "## People")],
            {"lark"},
            Asked(author="wren"),
            {"# MILESTONES": "and @wren did not approve its pull request"},
            id="an owner who signed nothing",
        ),
    ],
)
def test_where_approvals_are_demanded_a_signature_is_not_enough(
    edits: list[tuple[str, str]], approved: set[str], asked: Asked | None, against: dict[str, str]
) -> None:
    text = edited(*edits)
    made = decision(text, approvals=frozenset(approved), asked=asked)
    expected = [line_of(words, text) for words in against]
    assert unmet(made) == ({"stakeholders-aligned": expected} if against else {})
    for reason, said in zip(made.reasons, against.values(), strict=True):
        assert said in reason.message
        assert reason.help
    assert made.unchecked == ()


def test_those_who_approved_are_those_who_agreed() -> None:
    assert decision(approvals=frozenset({"lark"}), asked=DEMANDED).signatories == ("@lark",)
    pending = edited((LARK, "| @lark | - | Pending |"))
    made = decision(pending, approvals=frozenset({"wren", "lark"}), asked=DEMANDED)
    assert made.signatories == ("@wren", "@lark")
    assert "signatory-unsigned" in [finding.rule for finding in made.reported]


def test_approvals_that_were_not_read_are_not_checked() -> None:
    made = decision(asked=Asked(unread="nobody looked: give a token"))
    assert (made.verdict, made.unchecked) == (Verdict.GO, ("stakeholders-aligned",))
    held = next(c for c in made.criteria if c.name == "stakeholders-aligned")
    assert held.says == "nobody looked: give a token"
    text = edited((LARK, "| @lark | - | Pending |"))
    made = decision(text, asked=Asked(unread="nobody looked: give a token"))
    held = next(c for c in made.criteria if c.name == "stakeholders-aligned")
    assert held.says == "one thing stands against it; and nobody looked: give a token"


def test_a_section_that_no_condition_is_about_is_reported() -> None:
    made = decision(edited(("## Process Commitments", "## Promises")))
    assert made.verdict is Verdict.GO
    assert "section-missing" in [finding.rule for finding in made.reported]
    sample = decision(edited(("## Blocker Registry", "## Blocker Registry\n\n```\nas agreed\n```")))
    assert sample.verdict is Verdict.GO


def test_a_signature_without_a_date_counts_and_is_reported() -> None:
    made = decision(edited(("2026-01-31 | Signed", "TBD | Signed")))
    assert made.verdict is Verdict.GO
    assert "signatory-unsigned" in [finding.rule for finding in made.reported]


def test_a_state_that_is_missing_for_later_is_no_reason() -> None:
    text = edited(("**Status**: `PROPOSED`\n", ""))
    assert unmet(decision(text)) == {}


def test_the_risk_may_stand_with_the_milestone() -> None:
    held = (
        "**Target**: 2026-12-01\n\n| ID | Blocker | Owner | Risk |\n|--|--|--|--|\n"
        "| B1 | No engineer was named | @wren | {} |\n"
    )
    taken = (B1, B1.replace("Resolved", "Accepted"))
    for risk, count in (("We ring half muffled", 0), ("-", 1)):
        made = decision(edited(taken, ("**Target**: 2026-12-01\n", held.format(risk))))
        assert len(made.blockers) == count


def test_a_gap_that_is_carried_and_a_lack_of_backups_are_reported() -> None:
    text = edited(
        (
            "Sustainable | Gap |\n|----------|---------|-------------|-----|",
            "Sustainable | Gap | Plan |\n|--|--|--|--|--|",
        ),
        ("| 2 | 2 | 0 |", "| 2 | 3 | -1 | Finch joins in May |"),
        (
            "| Weekly Hours | ~8 | 6-8 | 0 |",
            "| Domains with Backups | 1/3 | 3/3 | -2 | - |\n| Ropes | 9 | 8 | +1 | - |",
        ),
    )
    made = decision(text)
    assert unmet(made) == {}
    assert len([f for f in made.reported if f.rule == "capacity-realistic"]) == 2


def test_too_much_deferred_is_no_reason_against_a_cut() -> None:
    made = decision(edited(("Domains without owners | >1", "Deferred deliverables | >0")))
    assert unmet(made) == {}
    assert "threshold-exceeded" in [finding.rule for finding in made.reported]


# ---------------------------------------------------------------------------- the version


def known(*names: str) -> frozenset[Version]:
    return frozenset(map(Version.parse, names))


@pytest.mark.parametrize(
    ("version", "names", "says"),
    [
        ("1.0.0-alpha", ["v1.0.0-alpha"], "is frozen already, and its document is not at hand"),
        ("1.0.0-beta", ["v1.0.0-alpha"], "is cut already, as v1.0.0-alpha"),
        ("1.0.0-alpha", ["v1.0.0-stable"], "is cut already, as v1.0.0-stable"),
        ("1.0.0-alpha", ["v1.0.1-patch"], "comes before v1.0.1-patch"),
        ("1.0.0-stable", ["v1.1.0-alpha", "v0.1.0-alpha"], "comes before v1.1.0-alpha"),
        ("1.0.0-patch", [], "would amend a stable version"),
    ],
)
def test_a_version_that_does_not_follow(version: str, names: list[str], says: str) -> None:
    made = decision(version=asked_version(version), known=known(*names))
    assert unmet(made) == {"version-follows": [1]}
    assert says in made.reasons[0].message


@pytest.mark.parametrize("version", ["1.0.0-alpha", "1.0.0-beta", "1.0.0-stable", "v1.1.0-alpha"])
def test_a_version_that_follows(version: str) -> None:
    made = decision(
        edited(("v1.1", "v2")),
        version=asked_version(version),
        known=known("v0.9.0-stable", "v0.9.7-patch"),
    )
    assert made.verdict is Verdict.GO
    assert "v0.9.7-patch" in next(c for c in made.criteria if c.name == "version-follows").says


@pytest.mark.parametrize(
    "text",
    [
        *("", "1.0.0", "1.0-alpha", "v1.0.0-gamma", "1.0.0-alpha\n", "v01.0.0-alpha"),
        *("vv1.0.0-beta", "--upload-pack=x", "$(id)", "v\uff11.0.0-alpha", "1.0.0-ALPHA"),
        "refs/heads/v1.0.0-alpha",
    ],
)
def test_another_form_is_no_version(text: str) -> None:
    with pytest.raises(InputError, match=r"write <X>\.<Y>\.<Z>-<stage>"):
        asked_version(text)


def test_the_same_cut_again_is_done_and_another_text_is_refused() -> None:
    frozen = PLAN.replace(
        "# MILESTONES - Latest", "# MILESTONES - v1.0.0-alpha\n\n**Stage**: alpha"
    )
    files = {ALPHA.document: frozen}
    again = decision(files=files, known=known("v1.0.0-alpha"))
    assert again.is_done
    assert again.verdict is Verdict.GO
    assert unmet(again) == {}
    assert decision(files=files, latest_exists=False).verdict is Verdict.GO
    other = decision(edited(("Tuesdays", "Fridays")), files=files)
    assert not other.is_done
    line = line_of("| **School** | Teach")
    assert (
        f"line {line} here is not line {line + 2} of {ALPHA.document}" in other.reasons[0].message
    )


def test_what_nobody_looked_at_is_not_checked() -> None:
    made = decision(known=None, latest_exists=None)
    assert made.verdict is Verdict.GO
    assert made.unchecked == ("version-follows", "latest-exists")
    assert [c.standing for c in made.beside] == [Standing.NOT_CHECKED] * 2


def test_without_latest_there_is_nothing_to_cut_from() -> None:
    made = decision(latest_exists=False)
    assert unmet(made) == {"latest-exists": [1]}
    with pytest.raises(InputError, match=r"there is no MILESTONES\.latest\.md"):
        decide(Facts(project=Project(documents=()), version=ALPHA, today=DAY))


def test_a_red_latest_and_two_texts_are_told_and_not_enforced() -> None:
    made = decision(latest_proven=False, documents_agree=True)
    assert made.verdict is Verdict.GO
    assert [(c.name, c.standing) for c in made.beside] == [
        ("latest-proven", Standing.UNMET),
        ("documents-agree", Standing.MET),
    ]
    assert made.beside[0].says == "not every check of latest succeeded"


# ---------------------------------------------------------------------------- whole documents

EARLY = """# MILESTONES - Latest

**Branch**: `latest`

---

## Scope

### In Scope for v1

- Ringing

### Out of Scope for v1

- Singing

## Milestones

### M1: Bells

**Status**: `PROPOSED`
**Owner**: TBD

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M1.1 | Survey | `PROPOSED` | All tests pass |
| M1.2 | Fund | `PROPOSED` | Code is released |

## Maintainers

| Domain | Owner | Backup | Status |
|--------|-------|--------|--------|
| Tower | TBD | TBD | Needs Owner |
| School | @lark | TBD | Active |

## Process Commitments

- None broken

## Capacity

| Resource | Current | Sustainable | Gap |
|----------|---------|-------------|-----|
| Hours | ~4 | ~8 | -4 |

## Blocker Registry

| ID | Section | Blocker | Owner | Status |
|----|---------|---------|-------|--------|
| B1 | M1.1 | No engineer was named | @lark | Open |
| B2 | M1 | Nobody owns the fund | TBD | Open |

## Version Cut Readiness

- [ ] All blockers are resolved
- [ ] CI is green

## Signatories

| Maintainer | Date | Status |
|------------|------|--------|
| @lark | TBD | Pending |
"""


def test_an_early_plan_hears_every_reason_and_none_about_code() -> None:
    made = decision(EARLY, known=None, latest_exists=None)
    assert made.verdict is Verdict.NO_GO
    assert [(reason.rule, reason.place.line) for reason in made.reasons] == [
        ("blockers-resolved", line_of("| B1 |", EARLY)),
        ("blockers-resolved", line_of("| B2 |", EARLY)),
        ("blocker-owner-missing", line_of("| B2 |", EARLY)),
        ("signatory-unsigned", line_of("| @lark | TBD | Pending |", EARLY)),
        ("milestone-owner-missing", line_of("**Owner**: TBD", EARLY)),
        ("domain-owner-missing", line_of("| Tower |", EARLY)),
        ("capacity-realistic", line_of("| Hours |", EARLY)),
        ("states-settled", line_of("**Status**: `PROPOSED`", EARLY)),
        ("own-conditions", line_of("- [ ] All blockers", EARLY)),
    ]
    assert made.reasons[7].message == "M1 (Bells) is PROPOSED, and so are M1.1 and M1.2"
    assert [place.line for place in made.reasons[7].related] == [
        line_of("| M1.1 | Survey", EARLY),
        line_of("| M1.2 | Fund", EARLY),
    ]


def test_the_sample_project_lacks_one_decision() -> None:
    documents = []
    for path in sorted(EXAMPLE.glob("*.md")):
        kind, version = kind_of(path.name)
        documents.append(read(path.name, path.read_bytes(), kind=kind, version=version))
    project = Project(documents=tuple(documents))
    made = decide(Facts(project=project, version=Version(0, 2, 0, Stage.ALPHA), today=DAY))
    assert [blocker.id for blocker in made.blockers] == ["B5"]
    assert [c.name for c in made.criteria if c.standing is Standing.UNMET] == [
        "blockers-resolved",
        "states-settled",
        "own-conditions",
    ]


LINES = st.lists(
    st.sampled_from(
        [
            *filter(None, PLAN.split("\n")),
            *filter(None, EARLY.split("\n")),
            *("", "", "---", "<!--", "-->", "```", "> q", "\u200b", "\\|", "| B1 |", "| a | b |"),
            *(
                "| M1.1 |",
                "**Status**: ",
                "**Owner**",
                "## M1: \u202e",
                "| B2 | M1-M9 | x | Accepted |",
            ),
        ]
    ),
    max_size=30,
).map("\n".join)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.one_of(LINES, st.text(max_size=200), st.binary(max_size=100)),
    stage=st.sampled_from(list(Stage)),
    approvals=st.frozensets(st.sampled_from(["wren", "lark", ""])),
)
def test_judging_never_raises(text: str | bytes, stage: Stage, approvals: frozenset[str]) -> None:
    document = read(LATEST, text, kind=Kind.LATEST)
    made = decide(
        Facts(
            project=Project(documents=(document,)),
            version=Version(1, 0, 0, stage),
            today=DAY,
            approvals=approvals,
        )
    )
    assert (made.verdict is Verdict.NO_GO) == bool(made.reasons)
    assert not set(made.reasons) & set(made.reported)
    for finding in (*made.reasons, *made.reported):
        assert finding.place.file == LATEST
        assert finding.place.line >= 1
        # A file that is no text has no lines but the one that its fault names.
        assert document.faults or finding.place.line <= len(document.lines)
