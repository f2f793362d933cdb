"""A promotion broken at each of its effects in turn, then run again: it ends where it would have.

Threats: the torture sweep. The effects are counted on a fault-free run; then, for every one of
them, it is kept from happening, or it happens and the reply is lost, spoiled or cut off with the
process itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ceremony.actions.promote import Context, Inputs, promote
from ceremony.forge import ForgeError
from ceremony.rules.promote import Verdict
from ceremony.sandbox import Fault, Project, Sandbox

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

SOURCE = Path(__file__).resolve().parents[1] / "src"
APP = "spiritstream/app"
LATEST = "refs/heads/latest"
WORKFLOWS = ("ci.yml", "release.yml")
ARGUMENTS = (
    "--tag", "promoted-{sha7}",
    "--also-move", "refs/heads/nightly",
    "--dispatch", "ci.yml",
    "--dispatch", "release.yml",
)  # fmt: skip
INPUTS: dict[str, Any] = {
    "tag": "promoted-{sha7}",
    "also_move": ("refs/heads/nightly",),
    "dispatch": WORKFLOWS,
}
# What a fault-free run does, by what the host can; a sweep over fewer would prove less.
EFFECTS = {
    "github": ["Move", *["actions/create-workflow-dispatch"] * 2],
    "no-update-refs": [
        "git/update-ref",
        "git/update-ref",
        "git/create-ref",
        *["actions/create-workflow-dispatch"] * 2,
    ],
}
# A host without updateRefs is asked for it first, in vain.
IN_VAIN = {"github": 0, "no-update-refs": 1}
CASES = [
    (profile, number)
    for profile, effects in EFFECTS.items()
    for number in range(1, len(effects) + IN_VAIN[profile] + 1)
]
every_effect = pytest.mark.parametrize(
    ("profile", "number"), CASES, ids=[f"{profile}-{number}" for profile, number in CASES]
)


class End(NamedTuple):
    """What a promotion leaves behind."""

    refs: dict[str, str]
    started: list[tuple[str, str]]
    """Workflow and commit of every dispatch."""


class World(NamedTuple):
    """A project with a commit to promote."""

    sandbox: Sandbox
    project: Project
    token: str

    def promote(self, **inputs: Any) -> Verdict:
        """Run it in this process, without waiting for anything."""
        given = Inputs(
            token=self.token, repository=APP, api_url=self.sandbox.api_url, **INPUTS, **inputs
        )
        outcome = promote(given, Context(sleep=lambda _seconds: None))
        if outcome.failure:
            raise ForgeError(outcome.failure)
        return outcome.verdict

    def start(self) -> subprocess.Popen[bytes]:
        """Run it in a process of its own."""
        program = "import sys; from ceremony.cli import main; sys.exit(main(sys.argv[1:]))"
        options = ("--repository", APP, "--api-url", self.sandbox.api_url, *ARGUMENTS)
        return subprocess.Popen(
            [sys.executable, "-c", program, "promote", *options],
            env={"PYTHONPATH": str(SOURCE), "GITHUB_TOKEN": self.token, "PATH": os.defpath},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def end(self) -> End:
        started = sorted((each.workflow, each.sha) for each in self.project.dispatches)
        return End(refs=self.project.refs(), started=started)


@contextmanager
def world(folder: Path, profile: str) -> Iterator[World]:
    with Sandbox.serving(folder) as sandbox:
        sandbox.profile = profile
        project = sandbox.create(APP)
        workflows = {f".github/workflows/{name}": "on: workflow_dispatch\n" for name in WORKFLOWS}
        base = project.commit({"change.txt": "first\n", **workflows}, message="Begin")
        project.set_ref(LATEST, base)
        project.set_ref("refs/heads/nightly", base)
        for title in ("Add the tray icon", "Draw it larger"):
            project.check(project.commit({"change.txt": title}, message=title), "test")
        token = sandbox.token(
            APP, contents="write", checks="read", statuses="read", actions="write"
        )
        yield World(sandbox, project, token)


@pytest.fixture(scope="module")
def untroubled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, End]:
    """Where a fault-free run ends, by profile."""
    ends = {}
    for profile, effects in EFFECTS.items():
        with world(tmp_path_factory.mktemp(profile), profile) as one:
            assert one.promote() is Verdict.PROMOTED
            assert one.sandbox.effects == effects
            ends[profile] = one.end
    assert len(ends["github"].refs) == 4
    assert len(ends["github"].started) == 2
    return ends


@every_effect
@pytest.mark.parametrize(
    "kind",
    ["before", "lost", "truncated", "status", "after-status"],
)
def test_an_effect_that_goes_wrong(
    profile: str, number: int, kind: Any, untroubled: dict[str, End], tmp_path: Path
) -> None:
    with world(tmp_path, profile) as one:
        one.sandbox.faults.add(Fault("effects", kind, nth=number, status=502))
        try:
            said: Verdict | None = one.promote()
        except ForgeError:
            said = None
        if said is Verdict.PROMOTED:
            assert one.end == untroubled[profile]
        # A run that could not tell is followed by one that can.
        assert one.promote() in {Verdict.PROMOTED, Verdict.UP_TO_DATE}
        assert one.end == untroubled[profile]
        effects = list(one.sandbox.effects)
        assert one.promote() is Verdict.UP_TO_DATE
        assert one.sandbox.effects == effects


@every_effect
@pytest.mark.parametrize("kind", ["call", "after-call"], ids=["before", "after"])
def test_a_process_that_is_killed_at_an_effect(
    profile: str, number: int, kind: Any, untroubled: dict[str, End], tmp_path: Path
) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        running[0].kill()
        running[0].wait()

    with world(tmp_path, profile) as one:
        one.sandbox.faults.add(Fault("effects", kind, nth=number, call=kill))
        running.append(one.start())
        assert running[0].wait(timeout=60) < 0
        one.sandbox.faults.clear()
        assert one.promote() in {Verdict.PROMOTED, Verdict.UP_TO_DATE}
        assert one.end == untroubled[profile]
        assert one.promote() is Verdict.UP_TO_DATE


@every_effect
def test_row_29_a_job_that_is_cancelled_stops_between_effects(
    profile: str, number: int, untroubled: dict[str, End], tmp_path: Path
) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def terminate() -> None:
        running[0].terminate()

    last = len(EFFECTS[profile]) + IN_VAIN[profile]
    with world(tmp_path, profile) as one:
        cancel = Fault("effects", "call", nth=number, call=terminate)
        one.sandbox.faults.add(cancel)
        running.append(one.start())
        assert running[0].wait(timeout=60) == (0 if number == last else 3)
        one.sandbox.faults.clear()
        # The effect that was under way is whole.
        assert len(one.sandbox.effects) >= number - IN_VAIN[profile]
        assert one.promote() in {Verdict.PROMOTED, Verdict.UP_TO_DATE}
        assert one.end == untroubled[profile]
