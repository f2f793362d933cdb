"""Any order of edits, promotions, merges, faults, cuts and steps keeps what they promise.

Frozen text never changes; branch and document are there together or not at all; a cut never goes
backwards and moves neither main nor latest; what is done once more changes nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ceremony.forge import ForgeError
from ceremony.model import Version
from ceremony.report.cutting import Outcome, Verdict
from ceremony.sandbox import Fault
from tests.support.cutting import CLOSED, LATEST, MAIN, OPEN, git, world

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

TEXT = "MILESTONES.latest.md"
HEADS = "refs/heads/"
VERSIONS = ("0.2.0-alpha", "0.2.0-stable", "0.3.0-alpha", "0.1.5-beta")
DONE = {Verdict.CUT, Verdict.STAGED, Verdict.ALREADY_CUT, Verdict.ALREADY_STAGED}
FEEDBACK = "Two clubs asked for a coarser grid"


class Cuts(RuleBasedStateMachine):
    """One project, and all that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.serving = world(self.folder)
        self.one = self.serving.__enter__()
        self.frozen: dict[str, tuple[str, str]] = {}
        """Commit and text of every release branch that was ever seen."""
        self.cuts: list[Version] = []
        self.numbered = 0

    def teardown(self) -> None:
        try:
            self.serving.__exit__(None, None, None)
        finally:
            shutil.rmtree(self.folder)

    # ------------------------------------------------------------------ what others do

    @rule()
    def edit(self) -> None:
        self.numbered += 1
        text = self.one.read(MAIN, TEXT)
        line = f"\nWhat came to it, number {self.numbered}.\n"
        self.one.write(
            {TEXT: text.replace("\n## Item Statuses", f"{line}\n## Item Statuses")},
            is_promoted=False,
        )

    @rule()
    def settle_or_reopen(self) -> None:
        text = self.one.read(MAIN, TEXT)
        old, new = (OPEN, CLOSED) if OPEN in text else (CLOSED, OPEN)
        self.one.write({TEXT: text.replace(old, new)}, is_promoted=False)

    @rule()
    def promote(self) -> None:
        self.one.project.set_ref(LATEST, self.one.project.ref(MAIN))

    @rule(is_merged=st.booleans())
    def end_a_pull_request(self, *, is_merged: bool) -> None:
        pulls = [each for each in self.one.project.issues.values() if each.state == "open"]
        for pull in pulls[:1]:
            head = self.one.project.ref(f"{HEADS}{pull.head}")
            below = git(self.one.project, "rev-parse", f"{head}^").strip()
            if is_merged and below != self.one.project.ref(MAIN):
                return
            pull.state = "closed"
            if is_merged:
                self.one.project.set_ref(MAIN, head)

    @rule(
        kind=st.sampled_from(["before", "lost", "status", "after-status"]),
        number=st.integers(1, 8),
    )
    def trouble(self, kind: Any, number: int) -> None:
        self.one.sandbox.faults.clear()
        self.one.sandbox.faults.add(Fault("effects", kind, nth=number, status=502))

    # ------------------------------------------------------------------ what is asked of it

    @rule(version=st.sampled_from(VERSIONS))
    def cut(self, version: str) -> None:
        known = [Version.parse(name) for name in self.frozen]
        outcome = self.done(lambda: self.one.cut(version))
        if outcome is not None and outcome.verdict is Verdict.CUT:
            assert all(outcome.version.numbers > each.numbers for each in known)

    @precondition(lambda self: self.frozen)
    @rule(number=st.integers(0, 9), to=st.sampled_from(["beta", "stable", "patch"]))
    def stage(self, number: int, to: str) -> None:
        names = sorted(self.frozen)
        source = names[number % len(names)]
        self.done(lambda: self.one.stage(source, to, feedback=FEEDBACK))

    def done(self, act: Callable[[], Outcome]) -> Outcome | None:
        """Do it, and once more; None where a fault kept it from being told."""
        project = self.one.project
        ends = project.ref(MAIN), project.ref(LATEST)
        effects = len(self.one.sandbox.effects)
        try:
            outcome: Outcome | None = act()
        except ForgeError:
            outcome = None
        assert (project.ref(MAIN), project.ref(LATEST)) == ends
        if outcome is None or outcome.failure:
            return None
        if outcome.verdict not in DONE:
            assert not {"Move", "pulls/create"} & set(self.one.sandbox.effects[effects:])
            return outcome
        self.one.sandbox.faults.clear()
        effects = len(self.one.sandbox.effects)
        again = act()
        assert again.verdict in {Verdict.ALREADY_CUT, Verdict.ALREADY_STAGED}
        assert len(self.one.sandbox.effects) == effects
        return outcome

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def what_is_frozen_stays_as_it_is(self) -> None:
        refs = self.one.project.refs()
        found = {ref.removeprefix(HEADS): sha for ref, sha in refs.items()}
        for name, sha in found.items():
            if name.startswith("v"):
                text = self.one.read(sha, f"MILESTONES.{name}.md")
                assert self.frozen.setdefault(name, (sha, text)) == (sha, text)
                assert f"ceremony/{name}" in found
        assert set(self.frozen) <= set(found)


TestCuts = Cuts.TestCase
TestCuts.settings = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
