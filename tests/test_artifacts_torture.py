"""A publication broken at each of its effects in turn, then run again: it ends where it would have.

Threats: the torture sweep; faults 12 to 16 and 29. The effects are counted on a fault-free run;
then, for every one of them, it is kept from happening, or it happens and the reply is lost, spoiled
or cut off with the process itself. At every moment what is published is whole, and the next run
leaves one release and no draft.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ceremony.forge import ForgeError
from ceremony.rules.artifacts import Outcome, Verdict
from ceremony.rules.record import NAME
from ceremony.sandbox import Fault
from ceremony.sandbox.state import Release
from tests.support.publishing import APP, Shop, shop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

SOURCE = Path(__file__).resolve().parents[1] / "src"
# Two bundles, and the two files that go with them.
PATTERNS = ("*.deb", "*.rpm")
UPLOADS = ["repos/upload-release-asset"] * 4
PUBLISHING = "repos/update-release"


class Case(NamedTuple):
    """A publication, and what there is before it."""

    name: str
    ref: str
    profile: str
    has_channel: bool
    """Whether the channel's plain tag is at an older commit, or not there."""
    draft_of: float | None
    """How many days ago a run has left a draft, one file of it half uploaded; None where none has.
    After a day its manifest is out of date, and another draft takes its place."""
    effects: list[str]
    """What a fault-free run does; a sweep over fewer would prove less."""
    in_vain: int = 0
    """Effects that it is asked for besides, and that the host doesn't know."""

    @property
    def numbers(self) -> range:
        """Every effect, by the place in which the host is asked for it."""
        return range(1, len(self.effects) + self.in_vain + 1)

    @property
    def drafts(self) -> int:
        """How many drafts there may be at a time."""
        return 2 if "repos/delete-release" in self.effects else 1


FRESH = Case(
    name="fresh", ref="latest", profile="github", has_channel=True, draft_of=None,
    effects=["repos/create-release", *UPLOADS, PUBLISHING, "Move"],
)  # fmt: skip
ADOPTED = FRESH._replace(
    name="adopted",
    draft_of=0.5,
    effects=["repos/delete-release-asset", UPLOADS[0], PUBLISHING, "Move"],
)
REPLACED = FRESH._replace(
    name="replaced",
    draft_of=1,
    effects=[*FRESH.effects[:-1], "repos/delete-release", "Move"],
)
STABLE = FRESH._replace(name="stable", ref="v1.0.0-stable", has_channel=False)
ALONE = FRESH._replace(
    name="alone",
    profile="no-update-refs",
    effects=[*FRESH.effects[:-1], "git/update-ref"],
    in_vain=1,
)
ALONE_FIRST = ALONE._replace(
    name="alone-first", has_channel=False, effects=[*FRESH.effects[:-1], "git/create-ref"]
)
CASES = (FRESH, ADOPTED, REPLACED, STABLE, ALONE, ALONE_FIRST)
KINDS = ("before", "lost", "truncated", "status", "after-status")
OTHERWISE = ("before", "status", "after-status")


def at(case: Case, number: int, *kind: str) -> Any:
    """One effect that goes wrong."""
    return pytest.param(case, number, *kind, id="-".join([case.name, str(number), *kind]))


SPOILED = [
    *(at(FRESH, number, kind) for number in FRESH.numbers for kind in KINDS),
    # Beside the lost reply the others take turns.
    *(at(ADOPTED, number, "lost") for number in ADOPTED.numbers),
    *(at(ADOPTED, number, OTHERWISE[number % len(OTHERWISE)]) for number in ADOPTED.numbers),
    *(at(REPLACED, number, "lost") for number in REPLACED.numbers),
    *(at(REPLACED, number, OTHERWISE[number % len(OTHERWISE)]) for number in (1, 6, 7, 8)),
    *(at(STABLE, number, "lost") for number in STABLE.numbers),
    # Up to the channel's tag it is the same on every host.
    *(at(ALONE, ALONE.numbers[-2], kind) for kind in ("before", "lost")),
    *(at(case, case.numbers[-1], kind) for case in (ALONE, ALONE_FIRST) for kind in KINDS),
    *(at(case, number, "half") for case in (FRESH, ADOPTED) for number in case.numbers
      if case.effects[number - 1] in UPLOADS),
]  # fmt: skip
KILLED = [
    *(at(FRESH, number, "after") for number in FRESH.numbers),
    # The first, one of several at a time, and the two that people see.
    *(at(FRESH, number, "before") for number in (1, 3, 6, 7)),
    # The two that take something out, and the one that is published.
    *(at(ADOPTED, number, "after") for number in (1, 2, 3)),
    *(at(REPLACED, number, "after") for number in (1, 6, 7)),
]
CANCELLED = [at(FRESH, number) for number in (1, 3, 6)]


class Before(NamedTuple):
    """What a run finds."""

    refs: dict[str, str]
    releases: dict[int, Release]


class Stand:
    """One project for all cases, put back before each of them."""

    def __init__(self, there: Shop) -> None:
        self.shop = there
        self.project = there.project
        self.commit = there.commit("Add the tray icon")
        for ref in ("latest", "v1.0.0-stable"):
            there.branch(ref, self.commit)
        self.began = there.clock.now
        bare = Before(self.project.refs(), {})
        with_channel = bare._replace(refs={**bare.refs, "refs/tags/preview": there.first})
        self.befores = {case.name: with_channel if case.has_channel else bare for case in CASES}
        for case in (ADOPTED, REPLACED):
            left = self.cut_short(with_channel, case.draft_of or 0)
            self.befores[case.name] = with_channel._replace(releases=left)
        self.ends: dict[str, object] = {}
        for case in CASES:
            self.put_back(case)
            assert self.publish(case).verdict is Verdict.PUBLISHED
            assert there.sandbox.effects == case.effects
            assert (len(there.releases), there.drafts) == (1, [])
            self.ends[case.name] = self.end
        assert self.ends[FRESH.name] == self.ends[ALONE.name]

    def cut_short(self, before: Before, days: float) -> dict[int, Release]:
        """The draft that an earlier run has left, under the tag of its day."""
        self.lay_out(before, FRESH.profile)
        self.shop.sandbox.faults.add(Fault(PUBLISHING, "before", times=99))
        self.shop.days(-days)
        with pytest.raises(ForgeError):
            self.publish(FRESH)
        (draft,) = self.project.releases.values()
        half = next(asset for asset in draft.assets if asset.name != NAME)
        half.state, half.content = "starter", b""
        return dict(self.project.releases)

    def put_back(self, case: Case) -> None:
        """Begin a case."""
        self.lay_out(self.befores[case.name], case.profile)

    def lay_out(self, before: Before, profile: str) -> None:
        there = self.project.refs()
        for ref in {*there, *before.refs}:
            if there.get(ref) != before.refs.get(ref):
                self.project.set_ref(ref, before.refs.get(ref))
        self.project.releases.clear()
        self.project.releases.update(copy.deepcopy(before.releases))
        self.project.latest_release = None
        self.shop.clock.now = self.began
        sandbox = self.shop.sandbox
        sandbox.profile = profile
        sandbox.faults.clear()
        sandbox.effects.clear()

    def publish(self, case: Case) -> Outcome:
        """Run it in this process. Raises ForgeError where it could not be finished."""
        outcome = self.shop.publish(case.ref, self.commit, artifacts=PATTERNS, workers=1)
        if outcome.failure:
            raise ForgeError(outcome.failure)
        return outcome

    def start(self, case: Case) -> subprocess.Popen[bytes]:
        """Run it in a process of its own."""
        program = "import sys; from ceremony.cli import main; sys.exit(main(sys.argv[1:]))"
        options = [
            "--repository", APP, "--api-url", self.shop.sandbox.api_url,
            "--ref", case.ref, "--commit", self.commit,
            *(option for text in PATTERNS for option in ("--artifacts", text)),
        ]  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-c", program, "artifacts", *options],
            cwd=self.shop.root,
            env={"PYTHONPATH": str(SOURCE), "GITHUB_TOKEN": self.shop.token, "PATH": os.defpath},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def check(self, case: Case) -> None:
        """What must hold at every moment: what is published is whole, and is not there twice."""
        for tag, release in self.shop.releases.items():
            record = self.shop.record(tag)
            held = {asset.name: len(asset.content) for asset in release.assets}
            assert {file.name: file.size for file in record.files}.items() <= held.items()
            assert len(held) == len(release.assets) == len(UPLOADS)
        assert len(self.shop.releases) <= 1
        assert len(self.project.releases) <= case.drafts

    def make_good(self, case: Case) -> None:
        """Run it again, and see that one more changes nothing."""
        assert self.publish(case).verdict in {Verdict.PUBLISHED, Verdict.UP_TO_DATE}
        self.check(case)
        assert (len(self.shop.releases), self.shop.drafts) == (1, [])
        self.stay(case)

    def stay(self, case: Case) -> None:
        """Nothing is left to do."""
        assert self.end == self.ends[case.name]
        effects = list(self.shop.sandbox.effects)
        assert self.publish(case).verdict is Verdict.UP_TO_DATE
        assert self.end == self.ends[case.name]
        assert self.shop.sandbox.effects == effects
        assert self.shop.sandbox.violations == []

    @property
    def end(self) -> object:
        latest = self.project.shown_as_latest()
        return {**self.shop.end(), "latest": latest and latest.tag}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with shop(tmp_path_factory.mktemp("torture")) as there:
        yield Stand(there)


@pytest.mark.parametrize(("case", "number", "kind"), SPOILED)
def test_an_effect_that_goes_wrong(case: Case, number: int, kind: Any, stand: Stand) -> None:
    stand.put_back(case)
    stand.shop.sandbox.faults.add(Fault("effects", kind, nth=number, status=502))
    try:
        assert stand.publish(case).verdict is Verdict.PUBLISHED
    except ForgeError:
        stand.check(case)
        # A run that could not tell is followed by one that can.
        stand.make_good(case)
    else:
        stand.check(case)
        stand.stay(case)


@pytest.mark.parametrize(("case", "number", "when"), KILLED)
def test_a_process_that_is_killed_at_an_effect(
    case: Case, number: int, when: str, stand: Stand
) -> None:
    def kill(running: subprocess.Popen[bytes]) -> None:
        running.kill()
        running.wait()
        if when == "before":
            raise ConnectionAbortedError

    assert ended(stand, case, number, "call" if when == "before" else "after-call", kill) < 0
    stand.make_good(case)


@pytest.mark.parametrize(("case", "number"), CANCELLED)
def test_fault_29_a_job_that_is_cancelled_stops_between_effects(
    case: Case, number: int, stand: Stand
) -> None:
    status = ended(stand, case, number, "call", subprocess.Popen.terminate)
    # The effect that was under way is whole; what was published is told.
    is_published = bool(stand.shop.releases)
    assert status == (3 if is_published else 130)
    assert is_published is (number == 6)
    # The host may be slower than the run, which waits for no upload.
    until = time.monotonic() + 60
    while len(stand.shop.sandbox.effects) < number and time.monotonic() < until:
        time.sleep(0.05)
    assert len(stand.shop.sandbox.effects) >= number
    stand.make_good(case)


@pytest.mark.parametrize(
    "operation", ["repos/upload-release-asset", "Grounds"], ids=["an upload", "a question"]
)
def test_fault_29_nobody_waits_for_what_changes_nothing(operation: str, stand: Stand) -> None:
    """An upload may take hours; what has half arrived is taken out by the next run."""
    stand.put_back(FRESH)
    arrived, answered = threading.Event(), threading.Event()

    def hang() -> None:
        arrived.set()
        answered.wait()

    stand.shop.sandbox.faults.add(Fault(operation, "after-call", call=hang, times=9))
    running = stand.start(FRESH)
    try:
        assert arrived.wait(60)
        running.terminate()
        # It ends though no answer ever comes.
        assert running.wait(timeout=60) == 130
    finally:
        answered.set()
    stand.shop.sandbox.faults.clear()
    stand.make_good(FRESH)


def ended(
    stand: Stand,
    case: Case,
    number: int,
    kind: Any,
    end: Callable[[subprocess.Popen[bytes]], object],
) -> int:
    """The status of a process that something happens to at an effect."""
    running: list[subprocess.Popen[bytes]] = []
    stand.put_back(case)
    spoiled = Fault("effects", kind, nth=number, call=lambda: end(running[0]))
    stand.shop.sandbox.faults.add(spoiled)
    running.append(stand.start(case))
    status = running[0].wait(timeout=60)
    stand.shop.sandbox.faults.clear()
    stand.check(case)
    return status
