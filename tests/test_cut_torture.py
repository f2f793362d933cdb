"""A cut, and a step after it, broken at each of its effects in turn, then run again.

Threats: the torture sweep; faults 3 and 10. The effects are counted on a fault-free run; then, for
every one of them, it happens and the reply is lost, or is cut off with the process itself; what can
be seen of a cut is also kept from happening, or its reply is spoiled. It ends where it would have:
frozen text never changes, and where a host moves refs together, branch and document are there
together or not at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
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
    Begun,
    End,
    World,
    bare,
    begun,
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
AGAIN = {Verdict.ALREADY_CUT, Verdict.ALREADY_STAGED}
DONE = {Verdict.CUT, Verdict.STAGED, *AGAIN}


class Case(NamedTuple):
    """One part on one host."""

    part: str
    profile: str

    @property
    def steps(self) -> int:
        return len(EFFECTS[self.profile]) + IN_VAIN[self.profile]


CUT = Case("cut", "github")
ALONE = Case("cut", "no-update-refs")
"""On a host that moves one ref at a time."""
STAGE = Case("stage", "github")
CASES = (CUT, ALONE, STAGE)
# What these leave behind, a lost reply or an earlier effect leaves too: they take turns.
OTHERWISE = ("before", "status", "after-status")
# One branch may be there without the other.
KILLED_ALONE = (6, 7)


def numbers(case: Case) -> range:
    """Every effect, by the place in which the host is asked for it."""
    return range(1, case.steps + 1)


def at(case: Case, number: int, *kind: str) -> Any:
    """One effect that goes wrong."""
    name = "-".join([case.part, case.profile, str(number), *kind])
    return pytest.param(case, number, *kind, id=name)


SPOILED = [
    *(at(case, number, "lost") for case in (CUT, STAGE) for number in numbers(case)),
    *(at(ALONE, number, "lost") for number in numbers(ALONE) if number not in KILLED_ALONE),
    # Up to the move nobody can see what was made.
    *(at(CUT, number, OTHERWISE[number % len(OTHERWISE)]) for number in numbers(CUT)[4:]),
]
KILLED = [
    *(at(case, number) for case in (CUT, STAGE) for number in numbers(case)),
    *(at(ALONE, number) for number in KILLED_ALONE),
]
# A commit, the move, and the pull request.
CANCELLED = [at(CUT, number) for number in (1, 5, 6)]


class Stand(NamedTuple):
    """A project in which one thing is to be done."""

    one: World
    part: str

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
        return list(self.one.sandbox.effects)


class Known(NamedTuple):
    """What every test of this sweep begins with, and where it has to end."""

    before: dict[str, Begun]
    """The project in which the part is asked for, by part."""
    ends: dict[Case, End]
    """Where a fault-free run ends."""

    @contextmanager
    def stand(self, folder: Path, case: Case) -> Iterator[Stand]:
        """A project of one's own."""
        with world(folder, profile=case.profile, copied=self.before[case.part]) as one:
            # What is killed has the machine's clock, and the day is part of the document.
            one.now = time.time()
            yield Stand(one, case.part)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """The sweep's beginning and its ends."""
    before = {
        part: begun(tmp_path_factory.mktemp(part), bare(), is_cut=part == "stage")
        for part in ("cut", "stage")
    }
    made = Known(before, {})
    for case in CASES:
        with made.stand(tmp_path_factory.mktemp("end"), case) as one:
            assert one.act().verdict in {Verdict.CUT, Verdict.STAGED}
            assert one.effects == EFFECTS[case.profile]
            made.ends[case] = one.one.end
            assert len(made.ends[case].started) == 2
    return made


@pytest.mark.parametrize(("case", "number", "kind"), SPOILED)
def test_an_effect_that_goes_wrong(
    case: Case, number: int, kind: Any, known: Known, tmp_path: Path
) -> None:
    with known.stand(tmp_path, case) as made:
        made.one.sandbox.faults.add(Fault("effects", kind, nth=number, status=502))
        try:
            said: Verdict | None = made.act().verdict
        except ForgeError:
            said = None
        made.check(case.profile)
        effects = made.effects
        if said in DONE:
            assert made.one.end == known.ends[case]
        # A run that could not tell is followed by one that can.
        assert made.act().verdict in (AGAIN if said in DONE else DONE)
        assert made.one.end == known.ends[case]
        if said in DONE:
            assert made.effects == effects


@pytest.mark.parametrize(("case", "number"), KILLED)
def test_a_process_that_is_killed_after_an_effect(
    case: Case, number: int, known: Known, tmp_path: Path
) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        running[0].kill()
        running[0].wait()

    with known.stand(tmp_path, case) as made:
        made.one.sandbox.faults.add(Fault("effects", "after-call", nth=number, call=kill))
        running.append(made.start())
        assert running[0].wait(timeout=60) < 0
        made.one.sandbox.faults.clear()
        made.check(case.profile)
        assert len(made.effects) == number - IN_VAIN[case.profile]
        assert made.act().verdict in DONE
        assert made.one.end == known.ends[case]


@pytest.mark.parametrize(("case", "number"), CANCELLED)
def test_fault_29_a_job_that_is_cancelled_stops_between_effects(
    case: Case, number: int, known: Known, tmp_path: Path
) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def terminate() -> None:
        running[0].terminate()

    with known.stand(tmp_path, case) as made:
        made.one.sandbox.faults.add(Fault("effects", "call", nth=number, call=terminate))
        running.append(made.start())
        # Before the branch is made there is nothing that was left undone.
        assert running[0].wait(timeout=60) == (130 if number == 1 else 3)
        made.one.sandbox.faults.clear()
        made.check(case.profile)
        # The effect that was under way is whole.
        assert len(made.effects) >= number
        assert made.act().verdict in DONE
        assert made.one.end == known.ends[case]
