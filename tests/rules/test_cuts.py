"""Edge cases of the rules about cut criteria and signatories."""

from __future__ import annotations

import pytest

from ceremony.rules.audit.building import demands_building
from tests.rulepages import hits

LATEST = "MILESTONES.latest.md"
HEAD = "# MILESTONES - Latest\n\n"
BLOCKERS = """## M3: Distribution

**Status**: `BLOCKED`
**Owner**: @lark

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M3.1 | Linux .deb | `BLOCKED` | Starts |
| M3.2 | macOS .dmg | `BLOCKED` | Starts |

## Blocker Registry

| ID | Section | Blocker | Owner | Status | Priority |
|----|---------|---------|-------|--------|----------|
| B1 | M3.1 | No packager | @lark | Open | P0 |
| B2 | M3.2 | No account holder | @lark | Open | P1 |
| B3 | M3 | Name disputed | @lark | Resolved | P1 |

"""


@pytest.mark.parametrize("rule", ["cut-gate-implementation", "cut-gate-incomplete"])
def test_without_latest_nothing_is_found(rule: str) -> None:
    text = f"{HEAD}{BLOCKERS}## Version Cut Readiness\n\n- [ ] B1 resolved\n- [ ] CI green\n"
    assert hits(rule, {"GOVERNANCE.md": text}) == []


@pytest.mark.parametrize(
    "text",
    [
        "All items COMPLETE",
        "All items COMPLETE or DEFERRED",
        "100% implemented",
        "All tests passing",
        "CI is green on `latest`",
        "Feature released",
        "Test coverage > 80%",
        "All packages of M3 build on `latest` and install",
        "User guide published",
        "No critical bugs",
        "All P0 issues closed",
        "Maintainers sign off, and CI is green",
        "Code complete",
        "Latency targets below 20 ms reached",
        "Installers available",
        "Two sites in production",
        "docs/handbook.md finished",
        "80 % of the deliverables done",
        "M1-M3 COMPLETE",
        "M1 is complete",
        "All milestones done",
        "A working installer",
        "Released packages for each system",
        "Every feature is working",
    ],
)
def test_demands_building(text: str) -> None:
    assert demands_building(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "All `PROPOSED` items reach `ACCEPTED`, `DEFERRED` or `REJECTED`",
        "Every blocker resolved or deferred, or its risk accepted",
        "The maintainers agree on the scope",
        "The capacity figures are confirmed",
        "Define security audit scope (B4)",
        "CODE_OF_CONDUCT.md adopted",
        "CONTRIBUTORS.md and REVIEWERS.md complete",
        "All governance documents exist",
        "M1-M3 ACCEPTED",
        "All items ACCEPTED or COMPLETE",
        "Acceptance criteria defined",
        "Documentation owner assigned",
        "Implementation is not required",
        "Scope is agreed, regardless of what is implemented",
        "Scope is complete and published",
        "Owners for all domains",
        "Announcement is published",
        "M1 released from embargo",
        "Every item has a working title",
        "Motion passed by the board",
        "Grant report finished",
        "Deliverables have passed the first reading",
    ],
)
def test_asks_for_agreement(text: str) -> None:
    assert not demands_building(text)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        pytest.param("## Version Cut Readiness\n\n- [ ] CI green\n", 1, id="a box"),
        pytest.param("## Version Cut Readiness\n\n1. Get CI green\n", 1, id="a step to take"),
        pytest.param(
            "## Cut Criteria\n\n| Criterion | Status |\n|-|-|\n"
            "| Tests pass | Not met |\n| Scope | Met |\n",
            1,
            id="a table",
        ),
        pytest.param(
            "## Cut Criteria\n\n| Criterion | Target |\n|-|-|\n| Tests | All passing |\n",
            1,
            id="a table with a target",
        ),
        pytest.param(
            "## Cut Criteria\n\n| Criterion | Status |\n|-|-|\n| Maturity | CI green today |\n",
            0,
            id="a status that reports",
        ),
        pytest.param(
            "## Version Cut\n\n### Cut Process\n\n1. CI publishes what was built\n",
            0,
            id="the process",
        ),
        pytest.param(
            "## Version Cut\n\n### Criteria of the cut process\n\n- CI green\n",
            1,
            id="its criteria",
        ),
        pytest.param(
            "## Version Cut\n\nA cut doesn't require:\n\n- Tests passing\n\n"
            "It requires:\n\n- CI green\n",
            1,
            id="waived, and demanded",
        ),
        pytest.param(
            "## Cut Criteria\n\n### Not required\n\n| Criterion |\n|-|\n| CI green |\n",
            0,
            id="a table of what is waived",
        ),
        pytest.param(
            "## M1: X\n\n**Status**: `ACCEPTED`\n\n**Graduation Criteria**: All tests pass\n",
            0,
            id="graduation",
        ),
    ],
)
def test_where_criteria_stand(body: str, count: int) -> None:
    assert len(hits("cut-gate-implementation", {LATEST: HEAD + body})) == count


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        pytest.param("- [ ] All P0 blockers resolved", 1, id="a priority"),
        pytest.param("- [ ] All critical blockers closed", 1, id="a severity"),
        pytest.param("- [ ] Maintainer blockers resolved", 1, id="a kind"),
        pytest.param("- [ ] Blockers marked P1 resolved", 1, id="marked"),
        pytest.param("- [ ] All P0 and P1 blockers resolved", 0, id="all priorities there are"),
        pytest.param("- [ ] All blockers resolved", 0, id="all"),
        pytest.param("- [ ] No open blockers", 0, id="none open"),
        pytest.param("- [ ] Blockers resolved or deferred", 0, id="blockers"),
        pytest.param("- [ ] All blockers resolved (B1)", 0, id="all, with an example"),
        pytest.param("- [ ] Maintainers confirm all blockers resolved", 0, id="confirmed"),
        pytest.param("- [ ] All blockers resolved and M3.1 accepted", 0, id="all, and an item"),
        pytest.param("- [ ] All blockers have owners", 0, id="owners, not resolutions"),
        pytest.param("- [ ] All M3 blockers resolved", 0, id="the milestone of both"),
        pytest.param("- [ ] All M3.1 blockers resolved", 1, id="an item"),
        pytest.param("- [ ] Blockers on M3.2 settled", 1, id="on an item"),
        pytest.param("- [ ] Blockers on M3.1-M3.2 settled", 0, id="on a range"),
        pytest.param("- [ ] B1 resolved", 1, id="one id"),
        pytest.param("- [ ] B3 resolved", 1, id="a settled one"),
        pytest.param("- [ ] B9 resolved", 0, id="one that does not exist"),
        pytest.param("- [ ] B1 resolved\n- [ ] B2 resolved", 0, id="both ids"),
        pytest.param("1. Settle B1-B2", 0, id="a range of ids"),
        pytest.param("1. Settle B1-B900", 1, id="a range without end"),
        pytest.param("1. Settle platform blockers (B1, B2)", 0, id="both ids of a kind"),
        pytest.param("1. Close B1\n2. Sign", 1, id="a list that misses one"),
        pytest.param(
            "- [ ] Close B1\n\n### Cut Criteria\n\n- [ ] P0 blockers closed", 2, id="two lists"
        ),
        pytest.param("- [ ] P0 blockers closed\n- [ ] B1 resolved", 1, id="one list"),
        pytest.param(
            "| Criterion | Status |\n|-|-|\n| Blockers settled | 1 of 3 |\n\n1. Close B1",
            1,
            id="a row that reports",
        ),
        pytest.param(
            "| Criterion | Readiness |\n|-|-|\n| Blockers settled | 1 of 3 |\n\n1. Close B1",
            1,
            id="a row that reports, in another column",
        ),
        pytest.param(
            "| Criterion | Status |\n|-|-|\n| All blockers settled | No |\n\n1. Close B1",
            0,
            id="a row that demands all",
        ),
        pytest.param("- [ ] Scope signed", 0, id="nothing about blockers"),
    ],
)
def test_cover(criteria: str, count: int) -> None:
    text = f"{HEAD}{BLOCKERS}## Version Cut Readiness\n\n{criteria}\n"
    assert len(hits("cut-gate-incomplete", {LATEST: text})) == count


def test_nothing_open_leaves_nothing_out() -> None:
    text = f"{HEAD}{BLOCKERS}## Version Cut Readiness\n\n- [ ] P0 blockers closed\n"
    assert hits("cut-gate-incomplete", {LATEST: text.replace("Open", "Resolved")}) == []


def test_many_left_out_are_counted() -> None:
    more = "".join(f"| B{n} | M3.2 | Number {n} | @lark | Open | P2 |\n" for n in range(10, 20))
    text = f"{HEAD}{BLOCKERS.rstrip()}\n{more}\n## Version Cut Readiness\n\n- [ ] B1 resolved\n"
    (hit,) = hits("cut-gate-incomplete", {LATEST: text})
    assert hit.message.endswith("B2, B10, B11, B12, B13 and 6 more")


def test_the_registrys_order() -> None:
    own = "### Blockers\n\n| ID | Blocker |\n|-|-|\n| B7 | Fees disputed |\n\n## Blocker Registry"
    text = f"{HEAD}{BLOCKERS.replace('## Blocker Registry', own)}## Cut Criteria\n\n- B1 resolved\n"
    (hit,) = hits("cut-gate-incomplete", {LATEST: text})
    assert hit.message.endswith("leave out B2 and B7")


@pytest.mark.parametrize(
    ("date", "status", "says"),
    [
        ("2026-01-02", "Signed", None),
        ("2026-01-02", "✅", None),
        ("2026-01-02", "Maintainer", None),
        ("2026-01-02", "Pending", "has a date, but no approval"),
        ("2026-01-02", "", "has a date, but no approval"),
        ("2026-01-02", "⏳ waits", "has a date, but no approval"),
        ("2026-01-02", "Not yet signed", "has a date, but no approval"),
        ("2026-01-02", "Declined", "has a date, but no approval"),
        ("TBD", "Pending", "has not signed"),
        ("TBD", "Maintainer", "has not signed"),
        ("YYYY-MM-DD", "", "has not signed"),
        ("TBD", "Signed", "has approved without a date"),
    ],
)
def test_signatory(date: str, status: str, says: str | None) -> None:
    text = (
        f"{HEAD}## Signatories\n\n| Maintainer | Date | Status |\n|-|-|-|\n"
        f"| @lark | {date} | {status} |\n| TBD | - | - |\n"
    )
    hit = hits("signatory-unsigned", {LATEST: text})
    assert [h.message for h in hit] == [f"@lark {says}"] * bool(says)


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("Date", "2026-01-02", None),
        ("Date", "-", "has not signed"),
        ("Status", "Approved", None),
        ("Status", "Pending", "has not approved"),
    ],
)
def test_signatory_of_one_column(column: str, cell: str, says: str | None) -> None:
    text = f"# G\n\n## 12. Approval\n\n| Name | {column} |\n|-|-|\n| @lark | {cell} |\n"
    hit = hits("signatory-unsigned", {"GOVERNANCE.md": text})
    assert [h.message for h in hit] == [f"@lark {says}"] * bool(says)


def test_frozen_documents_are_history() -> None:
    text = "# F\n\n## Signatories\n\n| Maintainer | Date |\n|-|-|\n| @lark | TBD |\n"
    assert hits("signatory-unsigned", {"MILESTONES.v1.0.0-alpha.md": text}) == []
