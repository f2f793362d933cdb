"""promote's decision: every standard, every verdict, every trap of the threats' rows 18 to 24."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from ceremony.model import InputError
from ceremony.rules.evidence import (
    Candidate,
    Evidence,
    Job,
    Own,
    Policy,
    Standard,
    State,
    is_app,
    is_green,
    matches,
    parse_required,
    runs_behind,
    vouched,
    weigh,
)
from ceremony.rules.promote import (
    Decision,
    Relation,
    Rule,
    Standing,
    Stray,
    Verdict,
    decide,
    enough,
    policy,
    stands,
)
from ceremony.rules.proof import Hold, Promotion, Required
from tests.support.growth import assert_linear

TODAY = dt.date(2026, 3, 14)
CI = ".github/workflows/ci.yml"
OWN = ".github/workflows/promote.yml"
LATEST = "f" * 40
EARLY, LATE = "2026-03-14T09:00:00Z", "2026-03-14T10:00:00Z"


def check(
    name: str = "test", state: State = State.SUCCESS, said: str = "", **given: Any
) -> Evidence:
    """A check run of Actions with the run of a push on main behind it."""
    usual: dict[str, Any] = {
        "app": "github-actions",
        "app_id": 15368,
        "event": "push",
        "workflow": CI,
        "branch": "main",
        "run": 7,
        "started": "2026-03-14T09:00:00Z",
    }
    return Evidence(name, state, said or state.value, **{**usual, **given})


def by_app(name: str = "test", state: State = State.SUCCESS, **given: Any) -> Evidence:
    """A check run of another app: no workflow run is behind it."""
    return check(name, state, **{
        "app": "tern", "app_id": 999, "event": "", "workflow": "", "branch": None, "run": None,
        **given,
    })  # fmt: skip


def status(name: str = "test", state: State = State.SUCCESS, **given: Any) -> Evidence:
    usual: dict[str, Any] = {"creator": "jenkins", "started": "2026-03-14T09:00:00Z"}
    return Evidence(name, state, state.value, is_status=True, **{**usual, **given})


def commit(
    *evidence: Evidence, sha: str = "a", total: int | None = None, **given: Any
) -> Candidate:
    return Candidate(sha.ljust(40, "0"), "A change", evidence, total, **given)


def standing(*candidates: Candidate, **given: Any) -> Standing:
    """Main is ahead of latest by these commits, the newest first."""
    usual: dict[str, Any] = {
        "main": "main",
        "latest": "latest",
        "main_sha": candidates[0].sha if candidates else "e" * 40,
        "latest_sha": LATEST,
        "relation": Relation.AHEAD,
        "ahead_by": len(candidates),
    }
    return Standing(**{**usual, **given}, candidates=candidates)


def decided(*candidates: Candidate, by: Policy | None = None, **given: Any) -> Decision:
    return decide(standing(*candidates, **given), by or Policy(), TODAY)


def required(*names: str | Required, **given: Any) -> Policy:
    entries = tuple(Required(name) if isinstance(name, str) else name for name in names)
    return Policy(required=entries, **given)


SKIPPED_PUSH = (
    "See that a workflow runs on pushes to `main`, and that this commit did not ask to skip it"
)
SUCCESS = State.SUCCESS
PENDING = State.PENDING
FAILURE = State.FAILURE
CANCELLED = State.CANCELLED
SKIPPED = State.SKIPPED
NEUTRAL = State.NEUTRAL

# ---------------------------------------------------------------------------- one commit


@pytest.mark.parametrize(
    ("evidence", "by", "standard", "sentence"),
    [
        # green
        pytest.param([check()], Policy(), "green", "`test` succeeded", id="one success"),
        pytest.param(
            [check("a"), check("b"), status("c")], Policy(), "green", "3 checks succeeded",
            id="checks and a status",
        ),
        pytest.param([status()], Policy(), "green", "`test` succeeded", id="a status alone"),
        pytest.param(
            [check(), check(workflow=".github/workflows/b.yml")], Policy(), "green",
            "`test` succeeded", id="two of one name",
        ),
        pytest.param(
            [check(), check("docs", SKIPPED)], Policy(allow_skipped=("docs",)), "green",
            "`test` succeeded; `docs` was skipped, as allowed", id="a skip that is allowed",
        ),
        pytest.param(
            [check("docs", NEUTRAL)], Policy(allow_neutral=("d*",)), "green",
            "`docs` ended neutral, as allowed", id="a neutral end that is allowed",
        ),
        pytest.param(
            [check(branch=None)], Policy(), "green", "`test` succeeded", id="an unknown branch"
        ),
        # failed
        pytest.param([check(state=FAILURE)], Policy(), "failed", "`test` failed", id="a failure"),
        pytest.param(
            [check("a", FAILURE), check("b", FAILURE)], Policy(), "failed",
            "`a` and `b` failed", id="two failures",
        ),
        pytest.param(
            [check("c", FAILURE), check("b", FAILURE), check("a", FAILURE)], Policy(), "failed",
            "`a` and 2 more failed", id="three failures",
        ),
        pytest.param(
            [check("a", FAILURE), check("b", PENDING)], Policy(), "failed", "`a` failed",
            id="a failure is worth more than what still runs",
        ),
        pytest.param(
            [check("a"), check("b", State.CANCELLED)], Policy(), "failed", "`b` was cancelled",
            id="a cancelled check",
        ),
        pytest.param(
            [check("a", State.CANCELLED), check("b", FAILURE)], Policy(), "failed",
            "`b` failed; `a` was cancelled", id="failures come first",
        ),
        pytest.param(
            [check("b", State.CANCELLED), check("a", State.CANCELLED)], Policy(), "failed",
            "`a` and `b` were cancelled", id="two cancelled checks",
        ),
        pytest.param(
            [check(state=State.STALE)], Policy(), "failed", "`test` went stale", id="a stale check"
        ),
        pytest.param(
            [check(state=FAILURE, said="timed_out")], Policy(), "failed", "`test` timed out",
            id="a check that took too long",
        ),
        pytest.param(
            [check(state=FAILURE, said="startup_failure")], Policy(), "failed",
            "`test` could not start", id="a run that could not start",
        ),
        pytest.param(
            [check(state=FAILURE, said="action_required")], Policy(), "failed",
            "`test` asks for an action", id="a check that wants something",
        ),
        pytest.param(
            [check(state=State.UNKNOWN, said="moonlit")], Policy(), "failed",
            "`test` ended as `moonlit`, which is no success", id="a word that nobody knows",
        ),
        pytest.param(
            [check(state=State.UNKNOWN, said="waiting")], Policy(), "failed",
            "`test` ended as `waiting`, which is no success", id="a known word in a new place",
        ),
        pytest.param(
            [
                check(state=FAILURE), check("b", State.STALE), check("c", State.CANCELLED),
                check("d", FAILURE, "timed_out"), check("e", State.UNKNOWN),
            ],
            Policy(), "failed", "`d` timed out; `test` failed; `c` was cancelled; and 2 more",
            id="five kinds of failure",
        ),
        pytest.param(
            [status(state=FAILURE), check()], required("test"), "failed", "`test` failed",
            id="a status of the same name must succeed too",
        ),
        pytest.param(
            [check(), check(state=FAILURE, workflow=".github/workflows/b.yml")], required("test"),
            "failed", "`test` failed", id="both workflows' checks of one name must succeed",
        ),
        pytest.param(
            [check("build (a)"), check("build (b)", FAILURE)], required("build (*)"), "failed",
            "`build (b)` failed", id="all that a pattern matches must succeed",
        ),
        pytest.param(
            [check("a", FAILURE)], Policy(allow_skipped=("*",), allow_neutral=("*",)), "failed",
            "`a` failed", id="what may be skipped may not fail",
        ),
        pytest.param(
            [check(), check("b", FAILURE)], Policy(), "failed", "`b` failed",
            id="row 22: GitHub's rollup would not matter",
        ),
        # pending
        pytest.param(
            [check(state=PENDING)], Policy(), "pending", "`test` is still running", id="running"
        ),
        pytest.param(
            [check("a", PENDING), check("b", PENDING), check("c", PENDING)], Policy(), "pending",
            "`a` and 2 more are still running", id="three running",
        ),
        pytest.param(
            [check("deploy", PENDING, "waiting")], Policy(), "pending",
            "`deploy` waits for a deployment's approval", id="a deployment's approval",
        ),
        pytest.param(
            [check("a", PENDING), check("b", SKIPPED)], required("a", "b", "c"), "pending",
            "`a` is still running", id="what runs comes before what is missing",
        ),
        # missing
        pytest.param(
            [], Policy(), "missing", "no check and no status was reported on it", id="no evidence"
        ),
        pytest.param(
            [check("deploy", SKIPPED)], Policy(), "missing",
            "`deploy` was skipped; skipped counts only where allow-skipped names it",
            id="row 22: a skip",
        ),
        pytest.param(
            [check(), check("lint", NEUTRAL)], Policy(), "missing",
            "`lint` ended neutral; neutral counts only where allow-neutral names it",
            id="row 22: a neutral end",
        ),
        pytest.param(
            [check("a", SKIPPED), check("b", NEUTRAL)], Policy(), "missing",
            "`a` was skipped; skipped counts only where allow-skipped names it; "
            "`b` ended neutral; neutral counts only where allow-neutral names it",
            id="a skip and a neutral end",
        ),
        pytest.param(
            [check("docs", SKIPPED)], Policy(allow_neutral=("docs",)), "missing",
            "`docs` was skipped; skipped counts only where allow-skipped names it",
            id="leave to be neutral is no leave to be skipped",
        ),
        pytest.param(
            [check("docs", NEUTRAL)], Policy(allow_skipped=("docs",)), "missing",
            "`docs` ended neutral; neutral counts only where allow-neutral names it",
            id="leave to be skipped is no leave to be neutral",
        ),
        pytest.param(
            [check("lint")], required("test"), "missing", "`test` was not reported on it",
            id="a required name is missing",
        ),
        pytest.param(
            [check("lint")], required("test", "lint", "docs"), "missing",
            "`docs` and `test` were not reported on it", id="two required names are missing",
        ),
        pytest.param(
            [check("Test")], required("test"), "missing", "`test` was not reported on it",
            id="case matters",
        ),
        pytest.param(
            [check("build")], required("build (*)"), "missing",
            "`build (*)` was not reported on it", id="a pattern needs a match",
        ),
        pytest.param(
            [check("test", SKIPPED)], required("test", "lint"), "missing",
            "`lint` was not reported on it; "
            "`test` was skipped; skipped counts only where allow-skipped names it",
            id="one missing and one skipped",
        ),
        pytest.param(
            [check("test"), by_app("lint")], required("test", "lint", "docs"), "missing",
            "`docs` was not reported on it", id="missing comes before foreign",
        ),
        # foreign
        pytest.param(
            [by_app()], Policy(), "foreign",
            "`test` does not count: the app `tern` made it, and required-checks do not name "
            "that app", id="row 20: another app",
        ),
        pytest.param(
            [by_app()], required("test"), "foreign",
            "`test` does not count: the app `tern` made it, and required-checks do not name "
            "that app", id="row 20: a required name by another app",
        ),
        pytest.param(
            [check(event="", workflow="", run=None)], Policy(), "foreign",
            "`test` does not count: no workflow run is behind it: a token made it",
            id="row 20: a token's check",
        ),
        pytest.param(
            [check(event="", workflow="")], required(Required("test", "github-actions")), "foreign",
            "`test` does not count: no workflow run is behind it: a token made it",
            id="row 20: a token's check under the name of the app itself",
        ),
        pytest.param(
            [check(event="pull_request")], Policy(), "foreign",
            "`test` does not count: `pull_request` started it, not a push",
            id="row 21: a pull request's check",
        ),
        pytest.param(
            [check(event="schedule", state=FAILURE)], Policy(), "foreign",
            "`test` does not count: `schedule` started it, not a push", id="a nightly failure",
        ),
        pytest.param(
            [check(event="workflow_dispatch"), check("b", event="workflow_run")],
            required("test", "b"), "foreign",
            "`test` does not count: `workflow_dispatch` started it, not a push; "
            "1 other does not count either", id="two foreign ones",
        ),
        pytest.param(
            [check(event="merge_group")], Policy(), "foreign",
            "`test` does not count: `merge_group` started it, not a push",
            id="the merge queue, not configured",
        ),
        pytest.param(
            [check(branch="feature")], Policy(), "foreign",
            "`test` does not count: it ran for the branch `feature`, not for `main`",
            id="row 18: another branch",
        ),
        pytest.param(
            [check(event="merge_group", branch="gh-readonly-queue/next/pr-1-abc")],
            Policy(merge_group=True), "foreign",
            "`test` does not count: it ran for the branch `gh-readonly-queue/next/pr-1-abc`, "
            "not for `main`", id="the queue of another branch",
        ),
        pytest.param(
            [check(branch="gh-readonly-queue/main/pr-1-abc")], Policy(merge_group=True), "foreign",
            "`test` does not count: it ran for the branch `gh-readonly-queue/main/pr-1-abc`, "
            "not for `main`", id="a push to the queue's branch",
        ),
        pytest.param(
            [status(creator="mallory")], required(Required("test", "jenkins")), "foreign",
            "`test` does not count: `mallory` reported it, not `jenkins`",
            id="a status by somebody else",
        ),
        pytest.param(
            [check()], required(Required("test", "tern")), "foreign",
            "`test` does not count: the app `github-actions` made it, not `tern`",
            id="Actions where an app is named",
        ),
        pytest.param(
            [by_app(app="")], Policy(), "foreign",
            "`test` does not count: the app `unknown` made it, and required-checks do not name "
            "that app", id="nobody knows which app",
        ),
    ],
)  # fmt: skip
def test_standards(evidence: list[Evidence], by: Policy, standard: str, sentence: str) -> None:
    excuse = weigh(commit(*evidence), by)
    assert (excuse.verdict, excuse.sentence) == (standard, sentence)
    assert is_green(commit(*evidence), by) is (standard == "green")
    assert bool(excuse.remedy) is (standard != "green")


@pytest.mark.parametrize(
    ("evidence", "by"),
    [
        pytest.param(
            [check(), by_app(state=FAILURE)], required("test"), id="another app's failure"
        ),
        pytest.param([check(), by_app("b", FAILURE)], Policy(), id="another app's own failure"),
        pytest.param(
            [check(), check("lint", FAILURE)], required("test"), id="a failure that nobody asked of"
        ),
        pytest.param(
            [check(), check("lint", PENDING)], required("test"), id="what nobody waits for"
        ),
        pytest.param(
            [check(), check("audit", State.CANCELLED, event="schedule")],
            Policy(),
            id="a cancelled nightly audit",
        ),
        pytest.param(
            [check(), check(state=FAILURE, event="pull_request")],
            required("test"),
            id="the same name red in a pull request",
        ),
        pytest.param(
            [by_app(), check(state=FAILURE)],
            required(Required("test", "tern")),
            id="the named app's word against Actions",
        ),
        pytest.param([by_app()], required(Required("test", "999")), id="the app by its id"),
        pytest.param([by_app()], required(Required("t*", "Tern")), id="the app in other letters"),
        pytest.param([by_app()], required(Required("test", "tern[bot]")), id="the app by its bot"),
        pytest.param([check()], required(Required("test", "15368")), id="Actions by its id"),
        pytest.param(
            [status(creator="Jenkins[bot]")],
            required(Required("test", "jenkins")),
            id="a status by the bot",
        ),
        pytest.param(
            [status(creator="mallory"), status(creator="jenkins")],
            required(Required("test", "jenkins")),
            id="the right one among two creators",
        ),
        pytest.param([status()], required("test"), id="a required status"),
        pytest.param([status(creator="")], Policy(), id="a status of a deleted user"),
        pytest.param(
            [check(event="merge_group", branch="gh-readonly-queue/main/pr-1-abc")],
            Policy(merge_group=True),
            id="the merge queue",
        ),
        pytest.param(
            [check(event="merge_group", branch=None)],
            Policy(merge_group=True),
            id="the merge queue, its branch deleted",
        ),
        pytest.param(
            [check(), by_app("lint")],
            required("test", Required("lint", "tern")),
            id="one of Actions, one of an app",
        ),
        pytest.param(
            [by_app(), check()],
            required("test", Required("test", "tern")),
            id="one name from two sources",
        ),
        pytest.param(
            [check("build (ubuntu, [3.11])")], required("build (ubuntu, [3.11])"), id="brackets"
        ),
        pytest.param([check("a[")], required("a["), id="an open bracket"),
        pytest.param(
            [check(), check("promote", FAILURE, workflow=OWN)],
            Policy(own=Own(OWN, "promote")),
            id="own failures prove nothing",
        ),
        pytest.param(
            [check(), check("promote", PENDING)],
            Policy(own=Own(CI, "promote")),
            id="the own job behind needs",
        ),
    ],
)
def test_green(evidence: list[Evidence], by: Policy) -> None:
    assert weigh(commit(*evidence), by).verdict is Standard.GREEN


@pytest.mark.parametrize(
    ("evidence", "by", "standard"),
    [
        pytest.param(
            [status(creator="15368")],
            required(Required("test", "15368")),
            "foreign",
            id="a user who is called like an app's id",
        ),
        pytest.param(
            [by_app(app="15368", app_id=1)],
            required(Required("test", "15368")),
            "foreign",
            id="an app that is called like another's id",
        ),
        pytest.param(
            [by_app(app="15368", app_id=None)],
            required(Required("test", "15368")),
            "foreign",
            id="an app without an id that is called like one",
        ),
        pytest.param(
            [status(creator="jen\u212ains")],
            required(Required("test", "jenkins")),
            "foreign",
            id="a login that only lower case makes equal",
        ),
        pytest.param(
            [check("promote", workflow=OWN)],
            Policy(own=Own(OWN, "promote")),
            "missing",
            id="nothing but the own job",
        ),
        pytest.param(
            [check("promote", PENDING, workflow=OWN)],
            required("promote", own=Own(OWN, "promote")),
            "missing",
            id="the own job is required",
        ),
        pytest.param(
            [check("promote", PENDING)],
            required("p*", own=Own(CI, "promote")),
            "missing",
            id="a pattern that matches only the own job",
        ),
        pytest.param(
            [check(), check("promote", PENDING)],
            Policy(own=Own(CI)),
            "pending",
            id="the own job, not known by name",
        ),
        pytest.param(
            [check(), check("promote", PENDING, workflow=OWN)],
            Policy(own=Own(CI, "promote")),
            "pending",
            id="another workflow's job of the own job's name",
        ),
        pytest.param(
            [check(), check("", FAILURE)],
            Policy(own=Own(CI)),
            "failed",
            id="a check without a name is not the own job",
        ),
        pytest.param(
            [
                check(state=FAILURE, event="merge_group", branch=None, started=EARLY),
                check(branch=None, started=LATE),
            ],
            Policy(merge_group=True),
            "failed",
            id="a push is no rerun of what the merge queue ran",
        ),
        pytest.param(
            [by_app(state=FAILURE, app="", started=EARLY), status(started=LATE)],
            required("test", Required("test", "999")),
            "failed",
            id="a status is no rerun of an app's check",
        ),
        pytest.param(
            [status("promote", FAILURE)],
            Policy(own=Own(CI, "promote")),
            "failed",
            id="a status of the own job's name",
        ),
        pytest.param(
            [check(state=FAILURE, workflow="")],
            Policy(),
            "failed",
            id="an unknown workflow is not the own one where there is none",
        ),
    ],
)
def test_not_green(evidence: list[Evidence], by: Policy, standard: str) -> None:
    assert weigh(commit(*evidence), by).verdict == standard


# ---------------------------------------------------------------------------- attempts


@pytest.mark.parametrize(
    ("older", "newer", "standard"),
    [
        pytest.param(
            check(state=FAILURE, started=EARLY, id=1),
            check(started=LATE, id=2),
            "green",
            id="a rerun turns green",
        ),
        pytest.param(
            check(started=EARLY, id=1),
            check(state=FAILURE, started=LATE, id=2),
            "failed",
            id="row 24: a rerun turns red",
        ),
        pytest.param(
            check(started=EARLY, id=1),
            check(state=PENDING, started=LATE, id=2),
            "pending",
            id="a rerun runs",
        ),
        pytest.param(
            check(started=LATE, id=1),
            check(state=PENDING, started="", id=2),
            "pending",
            id="a rerun that has not started is the newest",
        ),
        pytest.param(
            check(state=FAILURE, started=LATE, id=1),
            check(state=PENDING, started="", id=2),
            "pending",
            id="a rerun of a failure that has not started",
        ),
        pytest.param(
            check(state=FAILURE, run=7), check(run=8), "green", id="two runs within a second"
        ),
        pytest.param(
            check(state=FAILURE, run=7, id=1),
            check(run=7, id=2),
            "failed",
            id="two jobs of one name in one run",
        ),
        pytest.param(
            check(state=FAILURE, run=None),
            check(run=8),
            "failed",
            id="one second, and a run that is not known",
        ),
        pytest.param(
            check(state=FAILURE, started=""),
            check(started=LATE),
            "failed",
            id="a failure without a start is never superseded",
        ),
        pytest.param(
            check(state=FAILURE, started="", id=1),
            check(started="", id=2),
            "failed",
            id="two without a start",
        ),
        pytest.param(
            status(state=FAILURE, started=EARLY),
            status(started=LATE),
            "green",
            id="a status that changed its mind",
        ),
        pytest.param(
            status(state=FAILURE, started=LATE),
            status(started=EARLY),
            "failed",
            id="a status that turned red",
        ),
        pytest.param(
            status(state=FAILURE), status(creator="b"), "failed", id="two statuses in one second"
        ),
        pytest.param(
            check(state=FAILURE, started=EARLY),
            status(started=LATE),
            "failed",
            id="a status is no rerun of a check",
        ),
        pytest.param(
            check(state=FAILURE, started=EARLY, workflow=".github/workflows/b.yml"),
            check(started=LATE),
            "failed",
            id="another workflow's check is no rerun",
        ),
        pytest.param(
            check(state=FAILURE, started=EARLY, workflow="", run=1),
            check(started=LATE, workflow="", run=2),
            "failed",
            id="two unknown workflows are not one",
        ),
        pytest.param(
            check(state=FAILURE, started=EARLY, workflow="", run=1),
            check(started=LATE, workflow="", run=1),
            "green",
            id="a rerun of an unknown workflow's run",
        ),
        pytest.param(
            check(state=FAILURE, started=EARLY, branch=None),
            check(started=LATE),
            "failed",
            id="another branch's check is no rerun",
        ),
        pytest.param(
            check(state=FAILURE, started=EARLY),
            check(started=LATE, event="schedule"),
            "failed",
            id="a nightly success takes no failure's place",
        ),
    ],
)
def test_the_newest_attempt_counts(older: Evidence, newer: Evidence, standard: str) -> None:
    assert weigh(commit(older, newer), Policy()).verdict == standard
    assert weigh(commit(newer, older), Policy()).verdict == standard


def test_a_superseded_attempt_says_so() -> None:
    older, newer = check(state=FAILURE, started=EARLY), check(started=LATE)
    weighed = {item.evidence: item for item in weigh(commit(older, newer), Policy()).weighed}
    assert weighed[older].why == "a newer attempt takes its place"
    assert (weighed[older].counts, weighed[newer].counts) == (False, True)


def test_jobs_that_no_run_is_known_of_are_all_current() -> None:
    jobs = [check(state=state, run=None, is_job=True) for state in (SUCCESS, FAILURE)]
    assert weigh(commit(*jobs), Policy()).verdict == "failed"
    alone = weigh(commit(jobs[0]), required("test"))
    assert (alone.verdict, alone.remedy) == ("green", "")


def test_one_reporter_takes_no_other_ones_place() -> None:
    """Both are required; GitHub shows only the later of two statuses of one name."""
    by = required(Required("test", "jenkins"), Required("test", "tern"))
    older, newer = status(started=EARLY), status(started=LATE, creator="tern")
    excuse = weigh(commit(older, newer), by)
    assert excuse.verdict == "foreign"
    assert excuse.sentence == "`test` does not count: a newer attempt takes its place"
    assert excuse.remedy == "Let `jenkins` report it again, or name one reporter only"


# ---------------------------------------------------------------------------- truncation


@pytest.mark.parametrize(
    ("evidence", "total", "standard"),
    [
        pytest.param([check()], 1, "green", id="all"),
        pytest.param([check()], 0, "green", id="more than was announced"),
        pytest.param([check()], 2, "pending", id="row 23: a page is lost"),
        pytest.param([], 1, "pending", id="row 23: all pages are lost"),
        pytest.param([check(), check()], 2, "pending", id="row 23: one twice, the other never"),
        pytest.param([check(state=FAILURE)], 2, "failed", id="what was read is red already"),
        pytest.param([by_app()], 2, "pending", id="what was read does not count"),
    ],
)
def test_truncated_evidence_is_never_green(
    evidence: list[Evidence], total: int, standard: str
) -> None:
    assert weigh(commit(*evidence, total=total), Policy()).verdict == standard


def test_truncated_evidence_is_named() -> None:
    excuse = weigh(commit(check(), total=101), required("test"))
    assert excuse.sentence == "not all that was reported on it could be read"
    assert excuse.is_temporary


# ---------------------------------------------------------------------------- time and remedy


@pytest.mark.parametrize(
    ("evidence", "by", "is_temporary"),
    [
        pytest.param([], Policy(), True, id="nothing was reported"),
        pytest.param([], required("test"), True, id="nothing was reported, a name is required"),
        pytest.param([check("lint")], required("test"), False, id="a required name is missing"),
        pytest.param(
            [check("lint", PENDING)], required("test"), True, id="something may still report it"
        ),
        pytest.param([by_app(state=PENDING)], Policy(), True, id="a foreign one still runs"),
        pytest.param([by_app()], Policy(), False, id="a foreign one ended"),
        pytest.param([check(state=FAILURE)], Policy(), False, id="failed"),
        pytest.param(
            [check(state=FAILURE), check("b", PENDING)], Policy(), False, id="failed, more to come"
        ),
        pytest.param([check(state=PENDING)], Policy(), True, id="pending"),
        pytest.param([check(state=SKIPPED)], Policy(), False, id="skipped"),
        pytest.param(
            [check("promote", PENDING, workflow=OWN)],
            Policy(own=Own(OWN, "promote")),
            True,
            id="the own job came first",
        ),
        pytest.param(
            [check("promote", PENDING, workflow=OWN), check("lint")],
            required("test", own=Own(OWN, "promote")),
            False,
            id="nobody waits for the own job",
        ),
        pytest.param([check()], Policy(), False, id="green"),
    ],
)
def test_what_waiting_may_change(
    evidence: list[Evidence],
    by: Policy,
    is_temporary: bool,  # noqa: FBT001 -- a table's column
) -> None:
    assert weigh(commit(*evidence), by).is_temporary is is_temporary


@pytest.mark.parametrize(
    ("evidence", "by", "remedy"),
    [
        pytest.param([check(state=FAILURE)], Policy(), "Re-run it, or push a fix", id="failed"),
        pytest.param(
            [check("a", FAILURE), check("b", State.CANCELLED)],
            Policy(),
            "Re-run them, or push a fix",
            id="failed and cancelled",
        ),
        pytest.param([check(state=State.CANCELLED)], Policy(), "Re-run it", id="cancelled"),
        pytest.param(
            [check(state=State.UNKNOWN)],
            Policy(),
            "Open it to see what that means; re-run it, or push a commit that succeeds",
            id="unknown",
        ),
        pytest.param(
            [check(state=PENDING)],
            Policy(),
            "Wait for it to end; promote looks again on its next run",
            id="pending",
        ),
        pytest.param(
            [check("a", PENDING), check("b", PENDING)],
            Policy(),
            "Wait for them to end; promote looks again on its next run",
            id="two pending",
        ),
        pytest.param(
            [check(state=PENDING, said="waiting")],
            Policy(),
            "Approve or reject the deployment",
            id="a deployment",
        ),
        pytest.param(
            [check(), check("promote", PENDING)],
            Policy(own=Own(CI)),
            "promote cannot tell its own job from these: "
            "list in required-checks what must have succeeded",
            id="the own job, not known by name",
        ),
        pytest.param(
            [check("promote", PENDING), check("b", PENDING, workflow=OWN)],
            Policy(own=Own(CI)),
            "Wait for them to end; promote looks again on its next run",
            id="the own job is not all that runs",
        ),
        pytest.param(
            [],
            Policy(main="trunk"),
            SKIPPED_PUSH.replace("main", "trunk"),
            id="nothing",
        ),
        pytest.param(
            [check("lint")],
            required("test"),
            "Run what reports it on this commit, or correct required-checks",
            id="missing",
        ),
        pytest.param(
            [check("lint", PENDING)],
            required("test"),
            "Wait for what is still to be reported; if it does not come, correct required-checks",
            id="missing, and something runs",
        ),
        pytest.param(
            [check("promote", workflow=OWN)],
            required("promote", own=Own(OWN, "promote")),
            "What required-checks name there is promote's own job or workflow, which proves "
            "nothing: name others, or give promote a workflow file of its own",
            id="the own job is required",
        ),
        pytest.param(
            [check("promote", workflow=OWN)],
            Policy(own=Own(OWN, "promote")),
            "Give promote a workflow file of its own, and let another run on pushes to `main`",
            id="nothing but the own job",
        ),
        pytest.param(
            [check(state=SKIPPED)],
            Policy(),
            "Let it run to success, or name it in allow-skipped",
            id="skipped",
        ),
        pytest.param(
            [by_app()],
            Policy(),
            "If that app is to be believed, name it in required-checks, as NAME @ `tern`",
            id="another app",
        ),
        pytest.param(
            [by_app()],
            required(Required("test", "gull")),
            "Let `gull` report it, or name the app that does in required-checks",
            id="not the app that is named",
        ),
        pytest.param(
            [status()],
            required(Required("test", "gull")),
            "Let `gull` report it, or name who does in required-checks",
            id="not the login that is named",
        ),
        pytest.param(
            [check(event="")],
            Policy(),
            "Let a workflow that runs on pushes to `main` report it",
            id="a token's check",
        ),
        pytest.param(
            [check(event="merge_group")],
            Policy(),
            "Let its workflow run on pushes to `main` too, or set merge-group",
            id="the merge queue",
        ),
        pytest.param(
            [check(branch="b")],
            Policy(),
            "Let its workflow run on pushes to `main` too",
            id="another branch",
        ),
        pytest.param(
            [],
            Policy(),
            SKIPPED_PUSH,
            id="no evidence",
        ),
    ],
)
def test_remedies(evidence: list[Evidence], by: Policy, remedy: str) -> None:
    assert weigh(commit(*evidence), by).remedy == remedy


def test_all_evidence_is_listed_with_what_is_wrong_with_it() -> None:
    evidence = [
        check("a"),
        check("b", FAILURE),
        check("c", SKIPPED),
        by_app("d"),
        check("e", workflow=OWN),
        check("f", event="pull_request"),
        check("g", SKIPPED),
        check("h", PENDING),
    ]
    by = required("[a-f]*", "g", "h", allow_skipped=("g",), own=Own(OWN, "e"))
    weighed = weigh(commit(*reversed(evidence), check("z")), by).weighed
    assert [(item.evidence.name, item.counts, item.why) for item in weighed] == [
        ("a", True, ""),
        ("b", True, "failed"),
        ("c", True, "was skipped"),
        ("d", False, "the app `tern` made it, and required-checks do not name that app"),
        ("e", False, "it is the job of promote itself"),
        ("f", False, "`pull_request` started it, not a push"),
        ("g", True, ""),
        ("h", True, "is still running"),
        ("z", False, "required-checks do not name it"),
    ]


# ---------------------------------------------------------------------------- words of strangers


CODER = "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("a`b", "`a'b`", id="a backquote"),
        pytest.param(
            "a\r\n# b\x1b[2J\x85\u2028", "`a\ufffd\ufffd# b\ufffd[2J\ufffd\ufffd`", id="controls"
        ),
        pytest.param("  ", "`(blank)`", id="blanks"),
        pytest.param("", "`(blank)`", id="nothing"),
        pytest.param("x" * 81, "`" + "x" * 79 + "…`", id="a long name"),
        pytest.param("x" * 80, "`" + "x" * 80 + "`", id="a name just short enough"),
        pytest.param(CODER, f"`{CODER}`", id="an emoji"),
    ],
)
def test_a_name_stays_inside_its_quotation(name: str, shown: str) -> None:
    assert weigh(commit(check(name, FAILURE)), Policy()).sentence == f"{shown} failed"


@pytest.mark.parametrize(
    "pattern", ["*a" * 60, "*a" * 60 + "b", "[a-b]*" * 40 + "c", "?*" * 60 + "b"]
)
def test_row_15_patterns_stay_linear_in_the_name(pattern: str) -> None:
    def work(name: str) -> Callable[[], object]:
        matches(pattern, "a")
        return lambda: matches(pattern, name)

    assert_linear(lambda n: "a" * n, work, 40_000)


@pytest.mark.parametrize(
    ("pattern", "name", "is_meant"),
    [
        ("build (*)", "build (ubuntu, 3.11)", True),
        ("build (*)", "build (ubuntu, 3.11) x", False),
        ("build (ubuntu, [3.11])", "build (ubuntu, [3.11])", True),
        ("build ([abc])", "build (b)", False),
        ("build ([abc])*", "build (b)", True),
        ("*", "a\nb", True),
        ("t?st", "test", True),
        ("test", "test\n", False),
        ("[", "[", True),
        ("[z-a]", "b", False),
        ("[[]x]", "[x]", False),
        ("[[]x]*", "[x]", True),
        ("[!a]", "b", False),
        ("[!a]*", "b", True),
        ("a&&b", "a&&b", True),
    ],
)
def test_patterns(pattern: str, name: str, is_meant: bool) -> None:  # noqa: FBT001 -- a column
    assert matches(pattern, name) is is_meant


# ---------------------------------------------------------------------------- the line

GREEN = commit(check(), sha="1")
RED = commit(check(state=FAILURE), sha="2")
RUNNING = commit(check(state=PENDING), sha="3")
BARE = commit(sha="4")
OLD = commit(check(), sha="5")


@pytest.mark.parametrize(
    ("candidates", "target", "reason"),
    [
        pytest.param(
            [GREEN], GREEN, "`1000000` is the newest green commit of `main`", id="the head"
        ),
        pytest.param(
            [GREEN, OLD],
            GREEN,
            "`1000000` is the newest green commit of `main`",
            id="the newest of two",
        ),
        pytest.param(
            [RED, OLD],
            OLD,
            "`5000000` is the newest green commit of `main`; 1 newer one is not",
            id="green below red",
        ),
        pytest.param(
            [RED, RUNNING, BARE, OLD],
            OLD,
            "`5000000` is the newest green commit of `main`; 3 newer ones are not",
            id="green below red, running and bare",
        ),
    ],
)
def test_promoted(candidates: list[Candidate], target: Candidate, reason: str) -> None:
    decision = decided(*candidates)
    assert decision.verdict is Verdict.PROMOTED
    assert (decision.target, decision.reason, decision.remedy) == (target.sha, reason, "")
    assert [excuse.candidate for excuse in decision.excuses] == candidates[
        : candidates.index(target) + 1
    ]


def test_no_latest_yet() -> None:
    decision = decided(RED, OLD, latest_sha=None, relation=Relation.ABSENT)
    assert decision.target == OLD.sha
    assert decision.reason.endswith("; 1 newer one is not; `latest` is created there")


@pytest.mark.parametrize(
    ("given", "by"),
    [
        pytest.param({"relation": Relation.IDENTICAL}, Policy(), id="GitHub says so"),
        pytest.param({"main_sha": LATEST}, Policy(), id="they are one commit"),
        pytest.param(
            {"main_sha": LATEST},
            Policy(holds=(Hold("Ada", "x"), Hold("Bo", "y", since="1" * 7))),
            id="and held",
        ),
        pytest.param({"main_sha": LATEST}, required("gone"), id="and a name is not seen"),
        pytest.param({"main_sha": LATEST, "can_push": False}, Policy(), id="and protected"),
    ],
)
def test_up_to_date(given: dict[str, Any], by: Policy) -> None:
    assert decided(by=by, **given) == Decision(Verdict.UP_TO_DATE, "`latest` is where `main` is")


@pytest.mark.parametrize(
    ("candidates", "given", "reason", "remedy", "may_change"),
    [
        pytest.param(
            [RED],
            {},
            "no commit of `main` above `latest` is green yet; the newest, `2000000`: `test` failed",
            "Re-run it, or push a fix",
            False,
            id="red",
        ),
        pytest.param(
            [RED, RUNNING],
            {},
            "no commit of `main` above `latest` is green yet; the newest, `2000000`: `test` failed",
            "Re-run it, or push a fix",
            True,
            id="red, and an older one still runs",
        ),
        pytest.param(
            [BARE],
            {},
            "no commit of `main` above `latest` is green yet; the newest, `4000000`: "
            "no check and no status was reported on it",
            SKIPPED_PUSH,
            True,
            id="bare",
        ),
        pytest.param(
            [RUNNING],
            {"relation": Relation.ABSENT, "latest_sha": None},
            "no commit of `main` is green yet; the newest, `3000000`: `test` is still running",
            "Wait for it to end; promote looks again on its next run",
            True,
            id="no latest, nothing green",
        ),
        pytest.param(
            [],
            {},
            "no commit of `main` above `latest` could be read",
            "See whether `main` is what it should be",
            False,
            id="nothing to read",
        ),
        pytest.param(
            [RUNNING],
            {"can_push": False},
            "no commit of `main` above `latest` is green yet; the newest, `3000000`: "
            "`test` is still running",
            "Wait for it to end; promote looks again on its next run",
            True,
            id="protected, and nothing to move to",
        ),
    ],
)
def test_waiting(
    candidates: list[Candidate],
    given: dict[str, Any],
    reason: str,
    remedy: str,
    may_change: bool,  # noqa: FBT001 -- a table's column
) -> None:
    decision = decided(*candidates, **given)
    assert decision.verdict is Verdict.WAITING
    assert (decision.target, decision.reason, decision.remedy) == ("", reason, remedy)
    assert decision.may_change is may_change
    assert len(decision.excuses) == len(candidates)


def test_the_middle_of_a_push_is_waited_for_by_nobody() -> None:
    decision = decided(RED, BARE)
    assert decision.excuses[1].verdict is Standard.MISSING
    assert decision.excuses[1].sentence == (
        "no check and no status was reported on it, and a newer commit has been checked"
    )
    assert decision.excuses[1].remedy == (
        "Nothing: a push is checked at its last commit; latest can pass this one"
    )
    assert not decision.may_change


def test_what_is_bare_below_what_is_bare_may_still_be_checked() -> None:
    assert [excuse.is_temporary for excuse in decided(BARE, commit(sha="6")).excuses] == [True] * 2


def test_what_a_newer_commit_was_missing_too_keeps_its_own_sentence() -> None:
    odd = commit(check("lint"), sha="6")
    decision = decided(
        commit(check("lint"), check("docs"), sha="7"), odd, by=required("test", "docs")
    )
    assert decision.excuses[1].sentence == "`docs` and `test` were not reported on it"


@pytest.mark.parametrize(
    ("relation", "given", "reason"),
    [
        pytest.param(
            Relation.DIVERGED,
            {"behind_by": 1, "ahead_by": 2},
            "`latest` holds 1 commit that `main` lacks, and `main` 2 commits that `latest` lacks; "
            "it is never forced",
            id="diverged",
        ),
        pytest.param(
            Relation.DIVERGED,
            {"behind_by": 0, "ahead_by": 0},
            "`latest` holds commits that `main` lacks, and `main` commits that `latest` lacks; "
            "it is never forced",
            id="diverged, not counted",
        ),
        pytest.param(
            Relation.BEHIND,
            {"behind_by": 3, "ahead_by": 0},
            "`latest` holds 3 commits that `main` lacks, and `main` nothing that `latest` lacks; "
            "it is never forced",
            id="main was rewound",
        ),
    ],
)
def test_diverged(relation: Relation, given: dict[str, Any], reason: str) -> None:
    stray = Stray("9" * 40, "A hotfix")
    decision = decided(
        GREEN._replace(contains_latest=False), relation=relation, strays=(stray,), **given
    )
    assert (decision.verdict, decision.target) == (Verdict.DIVERGED, "")
    assert decision.reason == reason
    assert decision.remedy == (
        "Merge `latest` into `main` by a pull request; or, where its own commits are to go, let "
        "somebody who may reset `latest` by hand to a commit of `main`"
    )
    assert len(decision.excuses) == 1


def test_row_29_what_does_not_contain_latest_is_no_target() -> None:
    aside = GREEN._replace(contains_latest=False)
    decision = decided(RED, aside)
    assert (decision.verdict, decision.target) == (Verdict.WAITING, "")
    assert decision.excuses[1].sentence == (
        "`test` succeeded, but latest holds commits that it does not contain"
    )
    assert decided(aside, OLD).target == OLD.sha


def test_main_under_another_name_is_taken_from_the_standing() -> None:
    decision = decided(commit(check(branch="trunk")), main="trunk")
    assert decision.verdict is Verdict.PROMOTED
    assert decided(commit(check()), main="trunk").verdict is Verdict.WAITING


def test_row_22_refused_for_every_conclusion_but_success() -> None:
    for state in State:
        decision = decided(commit(check(state=state)))
        assert (decision.verdict is Verdict.PROMOTED) is (state is State.SUCCESS)


# ---------------------------------------------------------------------------- refused


def test_a_branch_in_the_way() -> None:
    decision = decided(GREEN, relation=Relation.ABSENT, latest_sha=None, in_the_way="latest/2026")
    assert (decision.verdict, decision.target) == (Verdict.REFUSED, "")
    assert decision.reason == "`latest` cannot be created while there is a branch `latest/2026`"
    assert decision.remedy.startswith("Rename or delete `latest/2026`")


def test_a_token_that_may_not() -> None:
    rules = (Rule("pull_request", "Guard"), Rule("update", ""), Rule("non_fast_forward", "Guard"))
    decision = decided(GREEN, can_push=False, rules=rules)
    assert (decision.verdict, decision.target) == (Verdict.REFUSED, "")
    assert decision.reason == "`1000000` is green, and this token may not move `latest`"
    assert "`contents: write`" in decision.remedy
    assert decision.notices == (
        (
            "Rules on `latest` may refuse the move: `pull_request` (`Guard`), `update`; an app "
            "whose token promote uses can be let through in the rules' bypass list"
        ),
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {"rules": (Rule("deletion", ""), Rule("creation", ""))}, [], id="rules that do not bite"
        ),
        pytest.param(
            {"rules": (Rule("creation", ""),), "relation": Relation.ABSENT, "latest_sha": None},
            ["Rules on `latest` may refuse the move: `creation`; "],
            id="a rule against creating it",
        ),
        pytest.param(
            {"rules": (Rule("required_signatures", "Signed `all`"),), "can_push": True},
            ["Rules on `latest` may refuse the move: `required_signatures` (`Signed 'all'`); "],
            id="a rule, and the host says that the token may",
        ),
        pytest.param(
            {"workflows_differ": True},
            ["Workflow files differ between `latest` and the commit that it is to move to, "],
            id="workflow files differ",
        ),
        pytest.param({"workflows_differ": False}, [], id="workflow files do not differ"),
    ],
)
def test_preflight(given: dict[str, Any], said: list[str]) -> None:
    decision = decided(GREEN, **given)
    assert decision.verdict is Verdict.PROMOTED
    assert [
        notice[: len(start)] for notice, start in zip(decision.notices, said, strict=True)
    ] == said


# ---------------------------------------------------------------------------- holds


def held(**given: Any) -> Policy:
    return Policy(holds=(Hold("Ada", "The auditors are in", **given),))


@pytest.mark.parametrize(
    ("until", "is_held"),
    [
        pytest.param(None, True, id="for ever"),
        pytest.param(TODAY + dt.timedelta(days=1), True, id="until tomorrow"),
        pytest.param(TODAY, True, id="its last day"),
        pytest.param(TODAY - dt.timedelta(days=1), False, id="the day after"),
    ],
)
def test_the_last_day_of_a_hold(until: dt.date | None, is_held: bool) -> None:  # noqa: FBT001
    decision = decided(GREEN, OLD, by=held(until=until))
    assert decision.verdict is (Verdict.HELD if is_held else Verdict.PROMOTED)
    expired = ("The hold by `Ada` expired on 2026-03-13; take it out",)
    assert decision.notices == (() if is_held else expired)


def test_an_expired_hold_is_named_when_there_is_nothing_to_do() -> None:
    decision = decided(by=held(until=dt.date(2026, 1, 1)), main_sha=LATEST)
    assert decision.notices == ("The hold by `Ada` expired on 2026-01-01; take it out",)


def test_a_hold_speaks() -> None:
    decision = decided(RED, OLD, by=held(until=TODAY))
    assert decision.reason == (
        "`5000000` is green, and held by `Ada` until 2026-03-14: The auditors are in"
    )
    assert decision.remedy == (
        "Take the hold out of the configuration, or wait until 2026-03-14 has passed"
    )
    assert [excuse.verdict for excuse in decision.excuses] == [Standard.FAILED, Standard.HELD]
    assert not decision.may_change


def test_of_two_holds_the_longer_speaks() -> None:
    holds = (Hold("Bo", "y", TODAY), Hold("Ada", "x `y`\nz"), Hold("Cy", "z", since="1000000"))
    excuse = decided(GREEN, by=Policy(holds=holds)).excuses[0]
    assert excuse.sentence == "green, and held by `Ada`: x 'y'\ufffdz; 2 other holds too"
    assert excuse.remedy == "Take the hold out of the configuration"


def test_what_is_not_green_is_not_held() -> None:
    decision = decided(RED, by=held())
    assert decision.verdict is Verdict.WAITING
    assert decision.excuses[0].verdict is Standard.FAILED


def test_what_could_not_be_moved_to_is_not_held() -> None:
    assert decided(GREEN._replace(contains_latest=False), by=held()).verdict is Verdict.WAITING


@pytest.mark.parametrize(
    ("since", "given", "target", "notices"),
    [
        pytest.param("b" * 40, {}, "c", [], id="in full"),
        pytest.param("b000000", {}, "c", [], id="seven digits"),
        pytest.param("B000000", {}, "c", [], id="capitals"),
        pytest.param("a000000", {}, "b", [], id="the newest"),
        pytest.param("c000000", {}, "", [], id="the oldest: all that is there"),
        pytest.param(
            "d000000",
            {},
            "",
            [
                (
                    "The hold by `Ada` is since `d000000`, which is no commit of `main` above "
                    "`latest`; everything is held"
                )
            ],
            id="below latest: everything came after it",
        ),
        pytest.param("d000000", {"is_complete": False}, "", [], id="below what was read"),
    ],
)
def test_a_hold_since_a_commit(
    since: str, given: dict[str, Any], target: str, notices: list[str]
) -> None:
    since = since if len(since) < 40 else since[0].ljust(40, "0")
    line = [commit(check(), sha=sha) for sha in "abc"]
    decision = decided(*line, by=held(since=since), **given)
    assert decision.target == (target and target.ljust(40, "0"))
    assert decision.verdict is (Verdict.PROMOTED if target else Verdict.HELD)
    assert list(decision.notices) == notices


def test_a_hold_since_two_commits_is_since_the_older() -> None:
    line = [commit(check(), sha=sha) for sha in ("abcdef01", "abcdef02", "c")]
    decision = decided(*line, by=held(since="abcdef0"))
    assert decision.target == line[2].sha
    assert decision.notices == (
        (
            "The hold by `Ada` is since `abcdef0`, which fits 2 commits; "
            "it is taken from the oldest of them"
        ),
    )
    assert decision.excuses[0].sentence == (
        "green, and held by `Ada` since `abcdef0`: The auditors are in"
    )


def test_two_holds_since_reach_as_far_as_the_older() -> None:
    line = [commit(check(), sha=sha) for sha in "abc"]
    holds = (Hold("Ada", "x", since="b000000"), Hold("Bo", "y", since="a000000"))
    decision = decided(*line, by=Policy(holds=holds))
    assert decision.target == line[2].sha
    assert [excuse.verdict for excuse in decision.excuses] == ["held", "held", "green"]


# ---------------------------------------------------------------------------- runs and their jobs


def of_run(state: State, *, name: str = "test", **given: Any) -> Evidence:
    """A good check of a run that as a whole says something else."""
    return check(name, **{"run_state": state, **given})


@pytest.mark.parametrize(
    ("evidence", "by", "standard", "temporary"),
    [
        pytest.param([of_run(SUCCESS)], Policy(), "green", False, id="over"),
        pytest.param([of_run(PENDING)], Policy(), "pending", True, id="more jobs may follow"),
        pytest.param([of_run(PENDING)], required("test"), "green", False, id="the job is named"),
        pytest.param([of_run(PENDING)], required("te*"), "pending", True, id="by a glob"),
        pytest.param(
            [of_run(PENDING)], required("te*", "test"), "green", False, id="by a glob and a name"
        ),
        pytest.param(
            [of_run(PENDING, name="te*")], required("te*"), "green", False, id="called like a glob"
        ),
        pytest.param([of_run(PENDING)], Policy(own=Own(CI, "x", 7)), "green", False, id="own run"),
        pytest.param(
            [of_run(PENDING)], Policy(own=Own(CI, "x", 8)), "pending", True, id="another run of own"
        ),
        pytest.param([of_run(FAILURE)], Policy(), "failed", False, id="failed as a whole"),
        pytest.param([of_run(State.UNKNOWN)], Policy(), "failed", False, id="an unknown word"),
        pytest.param([of_run(FAILURE)], required("te*"), "green", False, id="others failed"),
        pytest.param(
            [of_run(FAILURE)], Policy(own=Own(CI, "x")), "green", False, id="the own job failed"
        ),
        pytest.param(
            [of_run(FAILURE, workflow=OWN, run=8), of_run(CANCELLED)],
            Policy(own=Own(OWN, "promote")),
            "failed",
            False,
            id="the own job failed, and CI was cancelled",
        ),
        pytest.param(
            [of_run(PENDING, workflow=".github/workflows/a.yml", run=8), of_run(PENDING)],
            Policy(),
            "pending",
            True,
            id="two runs",
        ),
    ],
)
def test_a_run_says_more_than_its_checks(
    evidence: list[Evidence], by: Policy, standard: str, *, temporary: bool
) -> None:
    excuse = weigh(commit(*evidence), by)
    assert (excuse.verdict, excuse.is_temporary) == (standard, temporary)
    assert bool(excuse.remedy) == (standard != "green")


def job(id: int, name: str = "test", state: State = SUCCESS) -> Job:  # noqa: A002 -- what it is
    return Job(id, name, state, state.value, f"https://github.com/a/b/job/{id}")


RED_JOB = [job(1, state=FAILURE)]


@pytest.mark.parametrize(
    ("evidence", "jobs", "standard"),
    [
        pytest.param([check(id=1)], {7: [job(1)]}, "green", id="a job"),
        pytest.param([check(id=1)], {7: RED_JOB}, "failed", id="turned red meanwhile"),
        pytest.param([check(id=9)], {7: []}, "foreign", id="row 20: a token's, beside the run"),
        pytest.param(
            [check(id=9, started="2099-01-01T00:00:00Z")],
            {7: RED_JOB},
            "failed",
            id="row 20: a token's, in the place of a red job",
        ),
        pytest.param(
            [check(id=1, state=FAILURE), check(id=9, started="2099-01-01T00:00:00Z")],
            {7: RED_JOB},
            "failed",
            id="row 20: a token's, later than a red job",
        ),
        pytest.param(
            [check(id=1, started=EARLY), check(id=2, started=LATE)],
            {7: [job(1, state=FAILURE), job(2)]},
            "failed",
            id="two jobs of one name",
        ),
        pytest.param(
            [check(id=2, started=LATE)],
            {7: [job(1, state=FAILURE), job(2)]},
            "failed",
            id="two jobs of one name, one of them hidden",
        ),
        pytest.param(
            [check(id=1, run=7), check(id=2, run=8)],
            {7: RED_JOB, 8: [job(2)]},
            "green",
            id="a later run of the same workflow",
        ),
        pytest.param(
            [check(id=2, run=7, started=LATE), check(id=1, run=8, started=EARLY)],
            {7: [job(2)], 8: RED_JOB},
            "failed",
            id="a later run that began before",
        ),
        pytest.param([check(id=1), check("lint", FAILURE, run=9)], {7: [job(1)]}, "failed", id="b"),
        pytest.param([check(id=1)], {7: [job(1), job(2, "x", PENDING)]}, "pending", id="one more"),
        pytest.param([check(id=1)], {7: [job(1)], 8: RED_JOB}, "green", id="of nobody's run"),
        pytest.param(
            [check(id=1), check(".github/workflows/x.yml", FAILURE, run=8, started="")],
            {7: [job(1)], 8: []},
            "failed",
            id="a run that could not start",
        ),
    ],
)
def test_row_20_only_the_jobs_of_a_run_speak_for_it(
    evidence: list[Evidence], jobs: dict[int, list[Job]], standard: str
) -> None:
    assert weigh(vouched(commit(*evidence), jobs), Policy()).verdict == standard


def test_the_runs_that_would_prove_a_commit() -> None:
    evidence = [
        check(run=3), check("b", run=1), check("c", run=2, event="pull_request"), by_app(run=4),
        status(), check("promote", run=5), check("d", run=3),
    ]  # fmt: skip
    assert runs_behind(commit(*evidence), Policy(own=Own(CI, "promote"))) == (1, 3)
    assert runs_behind(commit(*evidence), required("b")) == (1,)


@pytest.mark.parametrize(
    ("evidence", "holds", "standard"),
    [
        pytest.param([check()], (), "green", id="free"),
        pytest.param([check()], (Hold("a", "b"),), "held", id="held"),
        pytest.param([check()], (Hold("a", "b", since="1234567"),), "held", id="since somewhere"),
        pytest.param([check()], (Hold("a", "b", dt.date(2026, 3, 13)),), "green", id="expired"),
        pytest.param([check(state=FAILURE)], (Hold("a", "b"),), "failed", id="red"),
    ],
)
def test_what_latest_stands_on(
    evidence: list[Evidence], holds: tuple[Hold, ...], standard: str
) -> None:
    assert stands(commit(*evidence), Policy(holds=holds), TODAY).verdict == standard


# ---------------------------------------------------------------------------- names never seen

UNSEEN = "required-checks name `{}`, which no recent commit carries (renamed?); "


@pytest.mark.parametrize(
    ("line", "by", "given", "notices"),
    [
        pytest.param(
            [commit(check("unit tests"))],
            required("unit-tests"),
            {"latest_evidence": (check("lint"),)},
            [
                UNSEEN.format("unit-tests").replace("renamed?", "did you mean `unit tests`?")
                + "seen were `lint`, `unit tests`",
            ],
            id="a renamed check",
        ),
        pytest.param(
            [BARE],
            required("test", "test", Required("docs", "tern")),
            {},
            [
                UNSEEN.format("test") + "nothing was reported on any",
                UNSEEN.format("docs") + "nothing was reported on any",
            ],
            id="nothing anywhere",
        ),
        pytest.param(
            [BARE], required("test"), {"latest_evidence": (check(),)}, [], id="latest carries it"
        ),
        pytest.param(
            [commit(check("unit tests")), commit(check("lint"))],
            required("test"),
            {"latest_evidence": (check(),)},
            [
                UNSEEN.format("test").replace("recent commit", "commit above `latest`")
                + "seen were `lint`, `unit tests`"
            ],
            id="only latest carries it, and CI is done with newer ones",
        ),
        pytest.param(
            [commit(check("lint", PENDING))],
            required("test"),
            {"latest_evidence": (check(),)},
            [],
            id="latest carries it, and CI is not done",
        ),
        pytest.param(
            [BARE, commit(check("test (a)", PENDING))],
            required("test (*)"),
            {},
            [],
            id="an older one does",
        ),
        pytest.param([commit(by_app())], required("test"), {}, [], id="a foreign one does"),
        pytest.param(
            [commit(*(check(f"job {number:02}") for number in range(12)))],
            required("test"),
            {},
            [
                UNSEEN.format("test")
                + "seen were "
                + ", ".join(f"`job {number:02}`" for number in range(10))
                + " and 2 more"
            ],
            id="many others",
        ),
    ],
)
def test_required_names_that_nothing_carries(
    line: list[Candidate], by: Policy, given: dict[str, Any], notices: list[str]
) -> None:
    decision = decided(*line, by=by, **given)
    assert decision.verdict is Verdict.WAITING
    assert list(decision.notices) == notices


# ---------------------------------------------------------------------------- how far to read


def read(line: list[Candidate], by: Policy) -> list[Candidate]:
    """The candidates that are read, where each page holds one."""
    stop = enough(by, TODAY)
    for place, candidate in enumerate(line):
        if stop(candidate):
            return line[: place + 1]
    return line


A, B, C, D = (commit(check(), sha=sha) for sha in "abcd")


@pytest.mark.parametrize(
    ("line", "by", "count"),
    [
        pytest.param([A, B], Policy(), 1, id="the head is green"),
        pytest.param([RED, B, C], Policy(), 2, id="green below red"),
        pytest.param([RED, RUNNING], Policy(), 2, id="nothing is green"),
        pytest.param(
            [A._replace(contains_latest=False), B, C], Policy(), 2, id="the head is not forward"
        ),
        pytest.param([A, B], held(), 1, id="everything is held"),
        pytest.param([A, B], held(until=dt.date(2026, 1, 1)), 1, id="the hold expired"),
        pytest.param([A, B, C, D], held(since="b000000"), 3, id="held since a commit"),
        pytest.param([A, B], held(since="e000000"), 2, id="held since a commit below"),
        pytest.param(
            [A, B, C, D],
            Policy(holds=(Hold("a", "b", since="B000000"), Hold("a", "b", since="c000000"))),
            4,
            id="held since two commits",
        ),
        pytest.param(
            [A, B, C, D],
            Policy(holds=(Hold("a", "b", since="c000000"), Hold("a", "b"))),
            1,
            id="held since a commit, and altogether",
        ),
    ],
)
def test_no_more_is_read_than_decides(line: list[Candidate], by: Policy, count: int) -> None:
    some = read(line, by)
    assert len(some) == count
    part = decide(standing(*some, is_complete=len(some) == len(line)), by, TODAY)
    whole = decide(standing(*line), by, TODAY)
    assert (part.verdict, part.target, part.reason) == (whole.verdict, whole.target, whole.reason)


def test_a_page_that_is_read_twice_changes_nothing() -> None:
    stop = enough(held(since="b000000"), TODAY)
    assert [stop(each) for each in (A, B, B, A._replace(sha="b" + "0" * 39), C)] == [
        False, False, False, False, True,
    ]  # fmt: skip


# ---------------------------------------------------------------------------- inputs

OWN_POLICY = Promotion(
    required=(Required("a"),),
    allow_neutral=("b",),
    allow_skipped=("c",),
    merge_group=True,
    holds=(Hold("Ada", "x"),),
)


def test_the_configuration_is_the_policy() -> None:
    assert policy(OWN_POLICY, main="trunk", own=Own(CI)) == Policy(
        (Required("a"),), ("b",), ("c",), merge_group=True, holds=OWN_POLICY.holds, own=Own(CI),
        main="trunk",
    )  # fmt: skip
    assert policy(Promotion(), main="main") == Policy()


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"required": [Required("z")]}, {"required": (Required("z"),)}),
        ({"allow_neutral": ["z"]}, {"allow_neutral": ("z",)}),
        ({"allow_skipped": ["z"]}, {"allow_skipped": ("z",)}),
        ({"merge_group": False}, {"merge_group": False}),
        ({"merge_group": None}, {}),
    ],
)
def test_inputs_win_key_by_key(given: dict[str, Any], changed: dict[str, Any]) -> None:
    configured = policy(OWN_POLICY, main="main")
    assert policy(OWN_POLICY, main="main", **given) == configured._replace(**changed)


@pytest.mark.parametrize(
    ("line", "name", "app"),
    [
        ("test", "test", ""),
        ("  test  ", "test", ""),
        ("build (ubuntu, [3.11])", "build (ubuntu, [3.11])", ""),
        ("test @ github-actions", "test", "github-actions"),
        ("test @ 15368", "test", "15368"),
        ("test @ renovate[bot]", "test", "renovate[bot]"),
        ("deploy @ prod @ tern", "deploy @ prod", "tern"),
        ("a@b", "a@b", ""),
        ("a  @  b", "a", "b"),
        ("x" * 200, "x" * 200, ""),
    ],
)
def test_a_line_of_required_checks(line: str, name: str, app: str) -> None:
    assert parse_required(line) == Required(name, app)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("", "has '': write NAME, or NAME @ APP", id="nothing"),
        pytest.param("@ tern", "write NAME, or NAME @ APP", id="an app alone"),
        pytest.param(" @ tern", "write NAME, or NAME @ APP", id="an app behind a blank"),
        pytest.param("test @", "write NAME, or NAME @ APP", id="no app"),
        pytest.param("test @ ", "write NAME, or NAME @ APP", id="a blank for an app"),
        pytest.param("a @  @ b", "", id="a lone sign"),
        pytest.param("test @ two words", "after ` @ ` stands an app's slug", id="words"),
        pytest.param("test @ \u0663", "after ` @ ` stands an app's slug", id="other digits"),
        pytest.param("x" * 201, "one line of at most 200 characters", id="a long name"),
        pytest.param("a\x1bb", "one line of at most 200 characters", id="a control character"),
    ],
)
def test_a_line_that_is_none(line: str, said: str) -> None:
    if not said:
        assert parse_required(line) == Required("a @", "b")
        return
    with pytest.raises(InputError, match=r"^`required-checks` has ") as caught:
        parse_required(line)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("tern", True), ("15368", True), ("a-b_c.d", True), ("a[bot]", True),
        ("", False), ("[bot]", False), ("-", False), ("a b", False), ("a[bot][bot]", False),
        ("k\u212a", False), ("a" * 101, False),
    ],
)  # fmt: skip
def test_what_an_app_is_called(text: str, is_one: bool) -> None:  # noqa: FBT001 -- a column
    assert is_app(text) is is_one


@pytest.mark.parametrize(
    ("required_checks", "guess"),
    [
        (required("Test"), "did you mean `test`?"),
        (required("tset"), "did you mean `test`?"),
        (required("test@circleci"), "for an app, write `test @ circleci`"),
        (required("test@"), "did you mean `test`?"),
        (Policy(required=(Required("test@v1", "circleci"),)), "did you mean `test`?"),
        (required("package"), "renamed?"),
    ],
)
def test_a_required_name_that_nothing_carries_is_guessed_at(
    required_checks: Policy, guess: str
) -> None:
    decision = decided(commit(check("test"), check("lint")), by=required_checks)
    (notice,) = decision.notices
    assert f"which no recent commit carries ({guess}); seen were `lint`, `test`" in notice


def test_what_a_name_is_compared_with_is_bounded() -> None:
    many = commit(*(check(f"{number:05}" * 300) for number in range(5_000)))
    (notice,) = decided(many, by=required("00001" * 30)).notices
    assert "and 4990 more" in notice
