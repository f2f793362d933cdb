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
from tests.support.cutting import CLOSED, LATEST, MAIN, OPEN, bare, git, world

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

TEXT = "MILESTONES.latest.md"
HEADS = "refs/heads/"
VERSIONS = ("0.2.0-alpha", "0.2.0-stable", "0.3.0-alpha", "0.1.5-beta")
DONE = {Verdict.CUT, Verdict.STAGED, Verdict.ALREADY_CUT, Verdict.ALREADY_STAGED}
FEEDBACK = "Two clubs asked for a coarser grid"
Trouble = tuple[Any, int]
"""What goes wrong, and at which effect."""
TROUBLES = st.none() | st.tuples(
    st.sampled_from(["before", "lost", "status", "after-status"]), st.integers(1, 8)
)


class Cuts(RuleBasedStateMachine):
    """One project, and all that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.serving = world(self.folder, bare())
        self.one = self.serving.__enter__()
        self.frozen: dict[str, str] = {}
        """The commit of every release branch that was ever seen: the same one, the same text."""
        self.cuts: list[Version] = []
        self.numbered = 0

    def teardown(self) -> None:
        try:
            self.serving.__exit__(None, None, None)
        finally:
            shutil.rmtree(self.folder)

    # ------------------------------------------------------------------ what others do

    @rule(is_promoted=st.booleans())
    def edit(self, *, is_promoted: bool) -> None:
        self.numbered += 1
        text = self.one.read(MAIN, TEXT)
        line = f"\nWhat came to it, number {self.numbered}.\n"
        edited = text.replace("\n## Item Statuses", f"{line}\n## Item Statuses")
        self.one.write({TEXT: edited}, is_promoted=is_promoted)

    @rule(is_promoted=st.booleans())
    def settle_or_reopen(self, *, is_promoted: bool) -> None:
        text = self.one.read(MAIN, TEXT)
        old, new = (OPEN, CLOSED) if OPEN in text else (CLOSED, OPEN)
        self.one.write({TEXT: text.replace(old, new)}, is_promoted=is_promoted)

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

    # ------------------------------------------------------------------ what is asked of it

    @rule(version=st.sampled_from(VERSIONS), trouble=TROUBLES)
    def cut(self, version: str, trouble: Trouble | None) -> None:
        known = [Version.parse(name) for name in self.frozen]
        outcome = self.done(lambda: self.one.cut(version), trouble)
        if outcome is not None and outcome.verdict is Verdict.CUT:
            assert all(outcome.version.numbers > each.numbers for each in known)

    @precondition(lambda self: self.frozen)
    @rule(
        number=st.integers(0, 9),
        to=st.sampled_from(["beta", "stable", "patch"]),
        trouble=TROUBLES,
    )
    def stage(self, number: int, to: str, trouble: Trouble | None) -> None:
        names = sorted(self.frozen)
        source = names[number % len(names)]
        self.done(lambda: self.one.stage(source, to, feedback=FEEDBACK), trouble)

    def done(self, act: Callable[[], Outcome], trouble: Trouble | None) -> Outcome | None:
        """Do it, and once more; None where the trouble kept it from being told."""
        project, faults = self.one.project, self.one.sandbox.faults
        if trouble is not None:
            kind, number = trouble
            faults.add(Fault("effects", kind, nth=number, status=502))
        ends = project.ref(MAIN), project.ref(LATEST)
        effects = len(self.one.sandbox.effects)
        try:
            outcome: Outcome | None = act()
        except ForgeError:
            outcome = None
        faults.clear()
        assert (project.ref(MAIN), project.ref(LATEST)) == ends
        if outcome is None or outcome.failure:
            return None
        if outcome.verdict not in DONE:
            assert not {"Move", "pulls/create"} & set(self.one.sandbox.effects[effects:])
            return outcome
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
                assert self.frozen.setdefault(name, sha) == sha
                assert f"ceremony/{name}" in found
        assert set(self.frozen) <= set(found)


TestCuts = Cuts.TestCase
TestCuts.settings = settings(
    max_examples=5,
    stateful_step_count=11,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
