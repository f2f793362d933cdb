"""A cut, and a step after it, broken at each of its effects in turn, then run again.

Threats: the torture sweep; faults 3 and 10. The effects are counted on a fault-free run; then, for
every one of them, it is kept from happening, or it happens and the reply is lost, spoiled or cut
off with the process itself. It ends where it would have: frozen text never changes, and where a
host moves refs together, branch and document are there together or not at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ceremony.forge import ForgeError
from ceremony.report.cutting import Outcome, Verdict
from ceremony.sandbox import Fault
from tests.support.cutting import (
    ADOPTING,
    BRANCH,
    DOCUMENT,
    NAME,
    RELEASE,
    VERSION,
    WORKFLOWS,
    End,
    World,
    world,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

SOURCE = Path(__file__).resolve().parents[1] / "src"
FEEDBACK = "Two clubs asked for a coarser grid"
STARTS = [option for name in WORKFLOWS for option in ("--dispatch", name)]
COMMITS = ["git/create-tree", "git/create-commit"] * 2
FOLLOWING = ["pulls/create", *["actions/create-workflow-dispatch"] * 2]
# What a fault-free run does, by what the host can; a sweep over fewer would prove less.
EFFECTS = {
    "github": [*COMMITS, "Move", *FOLLOWING],
    "no-update-refs": [*COMMITS, *["git/create-ref"] * 2, *FOLLOWING],
}
# A host without updateRefs is asked for it first, in vain.
IN_VAIN = {"github": 0, "no-update-refs": 1}
DONE = {Verdict.CUT, Verdict.ALREADY_CUT, Verdict.STAGED, Verdict.ALREADY_STAGED}


class Case(NamedTuple):
    """One part on one host."""

    part: str
    profile: str

    @property
    def steps(self) -> int:
        return len(EFFECTS[self.profile]) + IN_VAIN[self.profile]


CUT = Case("cut", "github")
CASES = (CUT, Case("cut", "no-update-refs"), Case("stage", "github"))
FAULTS = ("before", "lost", "status", "after-status")


def every_effect(kinds: Sequence[str], fewer: Sequence[str]) -> pytest.MarkDecorator:
    """Every effect of a cut in all these ways, and of the other cases in fewer: they share most."""
    return pytest.mark.parametrize(
        ("case", "number", "kind"),
        [
            pytest.param(case, number, kind, id=f"{case.part}-{case.profile}-{number}-{kind}")
            for case in CASES
            for number in range(1, case.steps + 1)
            for kind in (kinds if case == CUT else fewer)
        ],
    )


class Stand(NamedTuple):
    """A project in which one thing is to be done."""

    one: World
    part: str
    done: list[str]
    """The effects that came before."""

    def act(self) -> Outcome:
        """Do it in this process. Raises ForgeError where it could not be finished."""
        if self.part == "cut":
            outcome = self.one.cut(dispatch=WORKFLOWS)
        else:
            outcome = self.one.stage(feedback=FEEDBACK, dispatch=WORKFLOWS)
        if outcome.failure:
            raise ForgeError(outcome.failure)
        return outcome

    def start(self) -> subprocess.Popen[bytes]:
        """Do it in a process of its own."""
        program = "import sys; from ceremony.cli import main; sys.exit(main(sys.argv[1:]))"
        options = ["--repository", NAME, "--api-url", self.one.sandbox.api_url, *STARTS]
        asked = ["cut", "--version", VERSION]
        if self.part == "stage":
            asked = ["stage", "--from", BRANCH, "--to", "beta", "--feedback", FEEDBACK]
        return subprocess.Popen(
            [sys.executable, "-c", program, *asked, "--no-dry-run", *options],
            env={"PYTHONPATH": str(SOURCE), "GITHUB_TOKEN": self.one.token, "PATH": os.defpath},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def check(self, profile: str) -> None:
        """What must hold at every moment on a host that moves refs together."""
        refs = self.one.project.refs()
        if profile == "github":
            assert (RELEASE in refs) == (ADOPTING in refs)
        if RELEASE in refs:
            assert self.one.read(RELEASE, DOCUMENT).startswith(f"# MILESTONES - {BRANCH}\n")

    @property
    def effects(self) -> list[str]:
        return list(self.one.sandbox.effects)[len(self.done) :]


@contextmanager
def stand(folder: Path, case: Case) -> Iterator[Stand]:
    with world(folder, profile=case.profile) as one:
        # What is killed has the machine's clock, and the day is part of the document.
        one.now = time.time()
        if case.part == "stage":
            assert one.cut().verdict is Verdict.CUT
        yield Stand(one, case.part, list(one.sandbox.effects))


@pytest.fixture(scope="module")
def untroubled(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, End]:
    """Where a fault-free run ends, by case."""
    ends = {}
    for case in CASES:
        folder = tmp_path_factory.mktemp(f"{case.part}-{case.profile}")
        with stand(folder, case) as made:
            assert made.act().verdict in {Verdict.CUT, Verdict.STAGED}
            assert made.effects == EFFECTS[case.profile]
            ends[case] = made.one.end
            assert len(ends[case].started) == 2
    return ends


@every_effect(FAULTS, FAULTS[1:3])
def test_an_effect_that_goes_wrong(
    case: Case, number: int, kind: Any, untroubled: dict[Case, End], tmp_path: Path
) -> None:
    with stand(tmp_path, case) as made:
        made.one.sandbox.faults.add(Fault("effects", kind, nth=number, status=502))
        try:
            said: Verdict | None = made.act().verdict
        except ForgeError:
            said = None
        made.check(case.profile)
        if said in DONE:
            assert made.one.end == untroubled[case]
        # A run that could not tell is followed by one that can.
        assert made.act().verdict in DONE
        assert made.one.end == untroubled[case]
        effects = made.effects
        assert made.act().verdict in {Verdict.ALREADY_CUT, Verdict.ALREADY_STAGED}
        assert made.effects == effects


@every_effect(["call", "after-call"], ["after-call"])
def test_a_process_that_is_killed_at_an_effect(
    case: Case, number: int, kind: Any, untroubled: dict[Case, End], tmp_path: Path
) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        running[0].kill()
        running[0].wait()

    with stand(tmp_path, case) as made:
        made.one.sandbox.faults.add(Fault("effects", kind, nth=number, call=kill))
        running.append(made.start())
        assert running[0].wait(timeout=60) < 0
        made.one.sandbox.faults.clear()
        made.check(case.profile)
        assert made.act().verdict in DONE
        assert made.one.end == untroubled[case]


@every_effect(["call"], [])
def test_fault_29_a_job_that_is_cancelled_stops_between_effects(
    case: Case, number: int, kind: Any, untroubled: dict[Case, End], tmp_path: Path
) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def terminate() -> None:
        running[0].terminate()

    with stand(tmp_path, case) as made:
        made.one.sandbox.faults.add(Fault("effects", kind, nth=number, call=terminate))
        running.append(made.start())
        assert running[0].wait(timeout=60) >= 0
        made.one.sandbox.faults.clear()
        made.check(case.profile)
        # The effect that was under way is whole.
        assert len(made.effects) >= number - IN_VAIN[case.profile]
        assert made.act().verdict in DONE
        assert made.one.end == untroubled[case]
