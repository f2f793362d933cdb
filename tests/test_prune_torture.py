"""A prune broken at each of its effects in turn, then run again: it ends where it would have.

Threats: the torture sweep, and the fault of a prune that is killed: it converges, and never takes
more than the run without a fault does.
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

from ceremony.actions.prune import Context, Inputs, prune
from ceremony.forge import ForgeError
from ceremony.model import Stage
from ceremony.rules.prune import Verdict
from ceremony.sandbox import Fault, Sandbox
from tests.support.pruning import seed, version
from tests.support.publishing import APP, Shop, shop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

SOURCE = Path(__file__).resolve().parents[1] / "src"
# What a fault-free run does; a sweep over fewer would prove less.
EFFECTS = ["git/delete-ref", "repos/delete-release", "git/delete-ref", "repos/delete-release"]
every_effect = pytest.mark.parametrize("number", range(1, len(EFFECTS) + 1))


class World(NamedTuple):
    """A project in which two releases and a tag are to go, and all else is to stay."""

    there: Shop
    kept: frozenset[str]

    @property
    def sandbox(self) -> Sandbox:
        return self.there.sandbox

    @property
    def tags(self) -> set[str]:
        refs = self.there.project.refs()
        return {ref.removeprefix("refs/tags/") for ref in refs if ref.startswith("refs/tags/")}

    @property
    def keeps(self) -> bool:
        """Whether nothing is gone that was to stay."""
        return self.kept <= {*self.there.releases} & self.tags

    @property
    def is_done(self) -> bool:
        """Whether what was to go is gone too; a version's tag is not."""
        return {*self.there.releases} == self.kept and self.tags == self.kept | {"0.9.0-alpha"}

    def prune(self) -> Verdict:
        """Run it in this process, without waiting for anything."""
        given = Inputs(
            token=self.there.token,
            channels=("preview", "alpha"),
            repository=APP,
            api_url=self.sandbox.api_url,
            dry_run=False,
        )
        outcome = prune(given, Context(sleep=lambda _seconds: None))
        assert self.keeps
        if outcome.failure:
            raise ForgeError(outcome.failure)
        return outcome.verdict

    def start(self) -> subprocess.Popen[bytes]:
        """Run it in a process of its own."""
        program = "import sys; from ceremony.cli import main; sys.exit(main(sys.argv[1:]))"
        where = ("--repository", APP, "--api-url", self.sandbox.api_url)
        what = ("--channels", "preview", "--channels", "alpha", "--no-dry-run")
        return subprocess.Popen(
            [sys.executable, "-c", program, "prune", *where, *what],
            env={"PYTHONPATH": str(SOURCE), "GITHUB_TOKEN": self.there.token, "PATH": os.defpath},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def world(folder: Path) -> Iterator[World]:
    with shop(folder) as there:
        # A process of its own has no other clock than the real one.
        there.clock.now = time.time()
        # No release of these is older than the tags that have lost theirs.
        orphan = seed(there, 50)
        del there.project.releases[orphan.id]
        old = seed(there, 40, says={"previous": orphan.tag})
        version(there, 35, Stage.ALPHA, "0.9.0-alpha")
        kept = [
            seed(there, 2),
            seed(there, 5, says={"previous": old.tag}),
            version(there, 34, Stage.ALPHA, "1.0.0-alpha"),
            version(there, 30, Stage.STABLE, "1.0.0-stable", says={"retention": "indefinite"}),
            seed(there, 900, tag="handmade", assets=[]),
        ]
        yield World(there, frozenset(release.tag for release in kept))


def settle(one: World) -> None:
    """Run it until it has nothing to do; that is once, and then it is done."""
    one.sandbox.faults.clear()
    assert one.prune() in {Verdict.PRUNED, Verdict.NOTHING}
    assert one.is_done
    effects = list(one.sandbox.effects)
    assert one.prune() is Verdict.NOTHING
    assert one.sandbox.effects == effects


def test_untroubled(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        assert one.prune() is Verdict.PRUNED
        assert one.sandbox.effects == EFFECTS
        assert one.is_done


@every_effect
@pytest.mark.parametrize("kind", ["lost", "status", "after-status"])
def test_an_effect_that_goes_wrong(number: int, kind: Any, tmp_path: Path) -> None:
    with world(tmp_path) as one:
        one.sandbox.faults.add(Fault("effects", kind, nth=number, status=502))
        try:
            said: Verdict | None = one.prune()
        except ForgeError:
            said = None
        if said is not None:
            assert said is Verdict.PRUNED
            assert one.is_done
        settle(one)


# Before an effect is after the one that went before it.
@pytest.mark.parametrize(
    ("number", "kind"),
    [(1, "call"), *((number, "after-call") for number in range(1, len(EFFECTS) + 1))],
)
def test_row_25_a_process_that_is_killed_at_an_effect(
    number: int, kind: Any, tmp_path: Path
) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        running[0].kill()
        running[0].wait()

    with world(tmp_path) as one:
        one.sandbox.faults.add(Fault("effects", kind, nth=number, call=kill))
        running.append(one.start())
        assert running[0].wait(timeout=60) < 0
        assert one.keeps
        settle(one)


@every_effect
def test_row_29_a_job_that_is_cancelled_stops_between_effects(number: int, tmp_path: Path) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def terminate() -> None:
        running[0].terminate()

    with world(tmp_path) as one:
        one.sandbox.faults.add(Fault("effects", "call", nth=number, call=terminate))
        running.append(one.start())
        assert running[0].wait(timeout=60) == (0 if number == len(EFFECTS) else 3)
        # The effect that was under way is whole, and so is what belongs to it.
        assert len(one.sandbox.effects) >= number
        settle(one)
