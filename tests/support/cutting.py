"""A project in the sandbox whose agreement is mature, and what a cut of it leaves behind."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ceremony.actions import cut as cut_part
from ceremony.actions import stage as stage_part
from ceremony.actions.freezing import Context
from ceremony.report.cutting import Outcome, Verdict
from ceremony.rules import refs
from ceremony.sandbox import Project, Sandbox
from tests.support.git_server import environment_of_git

NAME = "spiritstream/app"
MAIN = "refs/heads/main"
LATEST = "refs/heads/latest"
VERSION = "0.2.0-alpha"
BRANCH = "v0.2.0-alpha"
RELEASE = f"refs/heads/{BRANCH}"
ADOPTING = f"refs/heads/ceremony/{BRANCH}"
DOCUMENT = f"MILESTONES.{BRANCH}.md"
WORKFLOWS = ("ci.yml", "release.yml")
STARTED = "on: workflow_dispatch\njobs: {}\n"
_SOURCE = re.compile(r"(?m)^(\*\*Source (?:Commit|Blob)\*\*: ).*")
NOON = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC).timestamp()
PERMISSIONS = {
    "contents": "write",
    "pull_requests": "write",
    "actions": "write",
    "checks": "read",
    "statuses": "read",
}
SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "project"

# What the maintainers of the sample project still have to do before its next cut.
OPEN = (
    "| B5 | M5.2 | Holder of the macOS signing certificate is TBD; two volunteers have offered "
    "| @nkem-adeyo | Open | Decision asked of all maintainers on 2026-01-05 |"
)
CLOSED = (
    "| B5 | M5.2 | Holder of the macOS signing certificate was not chosen "
    "| @nkem-adeyo | Resolved | @ida-voss holds it since 2026-01-18 |"
)
SETTLED = (
    (OPEN, CLOSED),
    ("| M5.2 | macOS Image | `BLOCKED` |", "| M5.2 | macOS Image | `ACCEPTED` |"),
    ("**Status**: `BLOCKED`\n**Owner**: @nkem", "**Status**: `ACCEPTED`\n**Owner**: @nkem"),
    (
        "5/10 are complete, 3/10 accepted, 1/10 blocked and 1/10 deferred",
        "5/10 are complete, 4/10 accepted and 1/10 deferred",
    ),
    ("- [ ] Every blocker in the registry", "- [x] Every blocker in the registry"),
)


def sample() -> dict[str, str]:
    """The sample project as it is: one blocker is open."""
    paths = (path for path in SAMPLE.rglob("*.md"))
    return {path.relative_to(SAMPLE).as_posix(): path.read_text("utf-8") for path in paths}


def mature() -> dict[str, str]:
    """The sample project once its maintainers agree on 0.2.0."""
    files = sample()
    text = files["MILESTONES.latest.md"]
    for old, new in SETTLED:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return files | {"MILESTONES.latest.md": text}


def bare() -> dict[str, str]:
    """What of the mature project a cut edits: the rest is only read, and costs time."""
    return {path: mature()[path] for path in ("MILESTONES.latest.md", "MILESTONES.main.md")}


class End(NamedTuple):
    """What a cut leaves behind; commits by what they hold, as their hashes tell the time."""

    files: dict[str, str]
    """What each branch holds."""
    parents: dict[str, str]
    """What the commit below each branch's is called."""
    pulls: list[tuple[str, str, str]]
    started: list[tuple[str, str]]


@dataclass(kw_only=True)
class World:
    """A sandbox, a project with a history, and a clock."""

    sandbox: Sandbox
    project: Project
    base: str
    token: str
    folder: Path
    now: float = NOON
    told: list[str] = field(default_factory=list)

    def cut(self, version: str = VERSION, **inputs: Any) -> Outcome:
        """Cut it for good, unless the inputs say otherwise."""
        given = {"dry_run": False, **self._given(), **inputs}
        return cut_part.cut(cut_part.Inputs(version=version, **given), self.context())

    def stage(self, from_: str = BRANCH, to: str = "beta", **inputs: Any) -> Outcome:
        """Carry it on for good, unless the inputs say otherwise."""
        given = {"dry_run": False, **self._given(), **inputs}
        return stage_part.stage(stage_part.Inputs(from_=from_, to=to, **given), self.context())

    def _given(self) -> dict[str, Any]:
        return {"token": self.token, "repository": NAME, "api_url": self.sandbox.api_url}

    def context(self, **changed: Any) -> Context:
        """The run's context, without waiting."""
        known: dict[str, Any] = {
            "workspace": self.folder,
            "clock": lambda: self.now,
            "sleep": lambda _seconds: None,
            "tell": self.told.append,
        }
        return Context(**(known | changed))

    def read(self, ref: str, path: str) -> str:
        """A file of a branch, to the byte."""
        return git(self.project, "show", f"{ref}:{path}")

    def paths(self, ref: str) -> set[str]:
        """All files of a branch."""
        return set(git(self.project, "ls-tree", "-r", "--name-only", ref).split())

    def changed(self, one: str, other: str) -> set[str]:
        """The files in which two commits differ."""
        return set(git(self.project, "diff", "--name-only", one, other).split())

    def write(self, files: Mapping[str, str], *, is_promoted: bool = True) -> str:
        """A further commit of main, and of latest where it is promoted."""
        sha = self.project.commit(dict(files), message="A change")
        if is_promoted:
            self.project.set_ref(LATEST, sha)
        return sha

    def operations(self) -> list[str]:
        return [request.operation for request in self.sandbox.requests]

    @property
    def end(self) -> End:
        found = self.project.refs()
        return End(
            files={ref: self._held(ref) for ref in found},
            parents={
                ref: git(self.project, "log", "-1", "--format=%s", f"{sha}^").strip()
                if sha != self.base
                else ""
                for ref, sha in found.items()
            },
            pulls=sorted(
                (each.head, each.base, each.state)
                for each in self.project.issues.values()
                if each.is_pull
            ),
            started=sorted((each.workflow, each.ref) for each in self.project.dispatches),
        )

    def _held(self, ref: str) -> str:
        """A branch's files by hash, and the documents but for the day and the commit they name."""
        lines = git(self.project, "ls-tree", "-r", ref).splitlines()
        kept = [line for line in lines if "\tMILESTONES." not in line]
        for path in sorted(self.paths(ref)):
            if path.startswith("MILESTONES."):
                text = _SOURCE.sub(r"\1-", self.read(ref, path))
                kept.append(f"{path}\n{text.replace(self.day(-1), '-').replace(self.day(), '-')}")
        return "\n".join(kept)

    def day(self, from_now: int = 0) -> str:
        """Today by this world's clock, or another day: midnight may have passed meanwhile."""
        return str(dt.datetime.fromtimestamp(self.now + from_now * 86_400, dt.UTC).date())


def git(project: Project, *arguments: str, given: str = "") -> str:
    """Run git in a project's repository; returns what it prints."""
    command = ["git", f"--git-dir={project.path}", *arguments]
    done = subprocess.run(
        command, input=given.encode(), capture_output=True, check=True, env=environment_of_git()
    )
    return done.stdout.decode("utf-8")


class Begun(NamedTuple):
    """A mature project that many tests begin with, each with a copy of its own."""

    path: Path
    """The bare repository."""
    base: str
    is_cut: bool
    """Whether the version is cut in it, and its pull request open."""


def begun(folder: Path, files: Mapping[str, str] | None = None, *, is_cut: bool = False) -> Begun:
    """Make what `world` copies: it costs as much as a short test does."""
    with world(folder, files) as one:
        if is_cut:
            assert one.cut().verdict is Verdict.CUT
        return Begun(one.project.path, one.base, is_cut)


@contextmanager
def world(
    folder: Path,
    files: Mapping[str, str] | None = None,
    profile: str = "",
    copied: Begun | None = None,
) -> Iterator[World]:
    """A project whose main and latest are at one proven commit."""
    with Sandbox.serving(folder / "sandbox") as sandbox:
        if profile:
            sandbox.profile = profile
        project = sandbox.create(NAME)
        if copied is None:
            workflows = {f".github/workflows/{name}": STARTED for name in WORKFLOWS}
            held = dict(mature() if files is None else files)
            base = project.commit({**held, **workflows}, message="Begin")
            project.set_ref(LATEST, base)
        else:
            shutil.copytree(copied.path, project.path, dirs_exist_ok=True)
            base = copied.base
            if copied.is_cut:
                project.pull(refs.short(ADOPTING))
        project.check(base, "test")
        token = sandbox.token(NAME, **PERMISSIONS)
        yield World(sandbox=sandbox, project=project, base=base, token=token, folder=folder)
