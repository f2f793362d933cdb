"""Any order of pushes, verdicts, holds, faults and promoters keeps what promote promises.

latest only ever moves forward, to a commit of main that was green when it was read; a run that says
promoted has promoted; running again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ceremony.actions.promote import Context, Inputs, promote
from ceremony.forge import ForgeError
from ceremony.rules.promote import Verdict
from ceremony.rules.promotion import Outcome
from ceremony.sandbox import Fault, Sandbox
from tests.support.git_server import git

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

APP = "spiritstream/app"
MAIN, LATEST = "refs/heads/main", "refs/heads/latest"
CONFIG = ".github/ceremony.yml"
REQUIRED = "promote:\n  required-checks: [test]\n"
HOLD = REQUIRED + "  holds: [{by: maria, reason: the release is being signed}]\n"
# A day, so that a hold without an end is the only thing that time could change.
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC).timestamp()


class Promotions(RuleBasedStateMachine):
    """One project, and all that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.serving = Sandbox.serving(self.folder)
        self.sandbox = self.serving.__enter__()
        self.project = self.sandbox.create(APP)
        self.token = self.sandbox.token(
            APP, contents="write", checks="read", statuses="read", actions="read"
        )
        self.said: dict[str, tuple[int, str]] = {}
        """The newest check of each commit: its id and its word."""
        self.line: list[str] = []
        """main's first-parent line, the oldest first."""
        self.is_held = False
        self.numbered = 0

    @initialize(has_latest=st.booleans())
    def begin(self, *, has_latest: bool) -> None:
        first = self.commit({CONFIG: REQUIRED})
        if has_latest:
            self.project.set_ref(LATEST, first)

    def teardown(self) -> None:
        try:
            self.serving.__exit__(None, None, None)
        finally:
            shutil.rmtree(self.folder)

    def commit(self, files: dict[str, str]) -> str:
        self.numbered += 1
        sha = self.project.commit({"change.txt": f"{self.numbered}\n", **files})
        self.line.append(sha)
        return sha

    # ------------------------------------------------------------------ what others do

    @rule()
    def push(self) -> None:
        self.commit({})

    @rule(place=st.integers(1, 4), state=st.sampled_from(["success", "failure", "in_progress"]))
    def report(self, place: int, state: str) -> None:
        """CI says something of one of the newest commits, perhaps again."""
        self.say(self.line[-min(place, len(self.line))], state)

    @rule(count=st.integers(1, 3))
    def report_green(self, count: int) -> None:
        for sha in self.line[-count:]:
            self.say(sha, "success")

    def say(self, sha: str, state: str) -> None:
        if sha in self.said:
            self.said[sha] = (self.project.rerun(self.said[sha][0], state), state)
        else:
            self.said[sha] = (self.project.check(sha, "test", state), state)

    @precondition(lambda self: len(self.line) > 2)
    @rule(count=st.integers(1, 2))
    def rewind_main(self, count: int) -> None:
        """Somebody force-pushes an older main."""
        del self.line[-count:]
        self.project.set_ref(MAIN, self.line[-1])
        read = git(self.project.path, "cat-file", "blob", f"{self.line[-1]}:{CONFIG}")
        self.is_held = "holds" in read

    @rule()
    def hold(self) -> None:
        self.commit({CONFIG: HOLD})
        self.is_held = True

    @rule()
    def let_go(self) -> None:
        self.commit({CONFIG: REQUIRED})
        self.is_held = False

    @precondition(lambda self: self.project.ref(LATEST) is not None)
    @rule()
    def push_to_latest(self) -> None:
        self.numbered += 1
        self.project.commit({"own.txt": f"{self.numbered}\n"}, branch="latest")

    @precondition(lambda self: self.is_diverged())
    @rule()
    def merge_latest_into_main(self) -> None:
        """The way back that the report names."""
        latest = self.project.ref(LATEST)
        assert latest is not None
        sha = self.project.commit({}, message="Merge latest", parents=[self.line[-1], latest])
        self.line.append(sha)

    # ------------------------------------------------------------------ what goes wrong

    @rule(
        operation=st.sampled_from(["Standing", "Confirm", "Move", "Reference", "Line"]),
        kind=st.sampled_from(["before", "lost", "truncated", "status", "after-status"]),
        times=st.integers(1, 5),
    )
    def trouble(self, operation: str, kind: Any, times: int) -> None:
        self.sandbox.faults.add(Fault(operation, kind, times=times, status=502))

    @precondition(lambda self: self.said)
    @rule(place=st.integers(1, 3))
    def turn_red_during_the_next_run(self, place: int) -> None:
        """Row 24: a check is run again, and fails, after it was read."""
        sha = self.line[-min(place, len(self.line))]

        def fail() -> None:
            self.say(sha, "failure")

        self.sandbox.faults.add(Fault("Confirm", "call", call=fail))

    # ------------------------------------------------------------------ promote

    @rule()
    def promote_once(self) -> None:
        self.check_after(self.project.ref(LATEST), [self.run()])

    @rule()
    def promote_twice_at_once(self) -> None:
        before = self.project.ref(LATEST)
        with ThreadPoolExecutor(2) as pool:
            self.check_after(before, list(pool.map(lambda _: self.run(), range(2))))

    @rule()
    def promote_until_quiet(self) -> None:
        """Without faults, one run does what there is to do, and the next one nothing."""
        self.sandbox.faults.clear()
        before = self.project.ref(LATEST)
        outcome = self.run()
        assert outcome is not None
        self.check_after(before, [outcome])
        effects = list(self.sandbox.effects)
        again = self.run()
        assert again is not None
        assert again.verdict is not Verdict.PROMOTED
        assert self.sandbox.effects == effects
        after = self.project.ref(LATEST)
        newer = self.line if after is None else [n for n in self.line if self.is_after(n, after)]
        if not self.is_held and not self.is_diverged():
            assert not any(self.is_green(sha) for sha in newer)

    def run(self) -> Outcome | None:
        inputs = Inputs(token=self.token, repository=APP, api_url=self.sandbox.api_url)
        try:
            return promote(inputs, Context(sleep=lambda _seconds: None, clock=lambda: NOON))
        except ForgeError:
            return None

    def check_after(self, before: str | None, outcomes: list[Outcome | None]) -> None:
        after = self.project.ref(LATEST)
        if after != before:
            assert after is not None
            assert self.is_green(after)
            assert after in self.line
            assert not self.is_held
            assert before is None or self.is_ancestor(before, after)
        for outcome in outcomes:
            if outcome and outcome.verdict is Verdict.PROMOTED:
                assert outcome.after is not None
                assert self.is_ancestor(outcome.after, after)
        if all(outcome and outcome.verdict is not Verdict.PROMOTED for outcome in outcomes):
            assert after == before

    # ------------------------------------------------------------------ what is so

    def is_green(self, sha: str) -> bool:
        return sha in self.said and self.said[sha][1] == "success"

    def is_ancestor(self, one: str, other: str | None) -> bool:
        assert other is not None
        return one in git(self.project.path, "rev-list", other).splitlines()

    def is_after(self, one: str, other: str) -> bool:
        return one != other and self.is_ancestor(other, one)

    def is_diverged(self) -> bool:
        latest = self.project.ref(LATEST)
        return latest is not None and not self.is_ancestor(latest, self.line[-1])

    @invariant()
    def github_s_description_was_kept(self) -> None:
        assert list(self.sandbox.violations) == []


TestPromotions = Promotions.TestCase
TestPromotions.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
