"""Runs workflows with act, on this machine and without containers, and reads what they did."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEADLINE_SECONDS = 120
_STATUS = re.compile(r"exit status (\d+)")
# What programs need to start, and where they look for the owner's settings.
_SYSTEM = ("HOME", "LANG", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "SYSTEMROOT")
# Where packages come from and by which certificates: the launcher inside the job needs them.
_OWNERS = ("PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def find_act() -> str:
    """The path of act: beside the interpreter, where the locked tools are, or on PATH."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("act", path=os.pathsep.join((beside, os.environ.get("PATH", ""))))
    if found is None:
        raise FileNotFoundError("act is neither beside the interpreter nor on PATH")
    return found


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One annotation of a run."""

    level: str
    """error, warning or notice."""
    message: str
    file: str
    line: int
    title: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one step of a job did."""

    id: str
    result: str
    """success, failure or skipped."""
    status: int
    """The exit status of its script."""
    outputs: Mapping[str, str]
    summary: str
    annotations: tuple[Annotation, ...]
    log: str
    """What it printed; workflow commands that the runner obeyed are not in it."""
    commands: tuple[str, ...]
    """Names of what the runner obeyed, printed or written to its files, in order."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a workflow did."""

    result: str
    """success or failure; empty where no job began."""
    steps: Mapping[str, Step]
    """The steps of the jobs by id, those inside of an action under the action's own id."""
    text: str
    """All that act said, for a failing test's message."""

    @property
    def log(self) -> str:
        """What all steps printed."""
        return "".join(step.log for step in self.steps.values())


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A machine that runs workflows."""

    folder: Path
    """An empty folder of its own for one run."""
    server_url: str
    """Where `uses:` is cloned from."""
    repository: str = "spiritstream/app"

    def run(
        self,
        workspace: Path,
        event: str,
        *,
        payload: Mapping[str, Any] | None = None,
        workflow: str = ".github/workflows",
        job: str = "",
        environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> Run:
        """Run the workflows of `workspace`, a git checkout, for an event.

        Ids of steps must differ among the jobs. Raises subprocess.TimeoutExpired.
        """
        self.folder.mkdir(parents=True)
        event_file = self.folder / "event.json"
        event_file.write_text(json.dumps(payload or {}), encoding="utf-8")
        given = {
            "GITHUB_SERVER_URL": self.server_url,
            "GITHUB_REPOSITORY": self.repository,
            **(environment or {}),
        }
        command = [
            find_act(),
            event,
            "--json",
            "--no-cache-server",
            # Two jobs that clone one action at once read it half-written, and so do a matrix's,
            # which this does not concern: see `_fetch`.
            "--concurrent-jobs=1",
            "-P",
            "ubuntu-latest=-self-hosted",
        ]
        command += ["-C", str(workspace), "-W", workflow, "-e", str(event_file)]
        command += ["--action-cache-path", str(self.folder / "actions")]
        command += [word for pair in given.items() for word in ("--env", "=".join(pair))]
        command += ["-j", job] if job else []
        if any("matrix:" in file.read_text("utf-8") for file in _workflows(workspace / workflow)):
            self._fetch()
        done = subprocess.run(
            [*command, *options],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=DEADLINE_SECONDS,
            encoding="utf-8",
            errors="replace",
        )
        return read(done.stdout, done.stderr)

    def _fetch(self) -> None:
        """Have our action's objects there before act asks for them; from where it would ask."""
        url = f"{self.server_url}/spiritstream/ceremony"
        path = self.folder / "actions" / "spiritstream-ceremony.git"
        # Where it is not served, act is told of a folder that has it.
        command = ["git", "clone", "--quiet", "--bare", url, str(path)]
        subprocess.run(command, env=_environment(), capture_output=True, check=False)


def _workflows(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.glob("*.y*ml"))


def validate(file: Path) -> str:
    """What act's strict reading of a workflow finds wrong; empty where it finds nothing."""
    done = subprocess.run(
        [find_act(), "--validate", "--strict", "-W", str(file)],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=DEADLINE_SECONDS,
        encoding="utf-8",
    )
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def read(lines: str, errors: str = "") -> Run:
    """A run from act's JSON lines."""
    building: dict[str, _Building] = {}
    result = ""
    text = [errors]
    for line in lines.split("\n"):
        try:
            entry = json.loads(line)
        except ValueError:
            text.append(line + "\n")
            continue
        text.append(str(entry.get("msg", "")).rstrip("\r\n") + "\n")
        # A job that failed stays the run's result, whichever ends last.
        if "jobResult" in entry and result != "failure":
            result = entry["jobResult"]
        # Of a step inside of an action the ids are a path, the action's own first.
        path = entry.get("stepID")
        if path:
            building.setdefault(path[0], _Building()).take(entry, inner=len(path) > 1)
    return Run(
        result=result,
        steps={name: step.built(name) for name, step in building.items()},
        text="".join(text),
    )


class _Building:
    def __init__(self) -> None:
        self.result = ""
        self.status = 0
        self.outputs: dict[str, str] = {}
        self.summaries: dict[bool, str] = {}
        self.annotations: list[Annotation] = []
        self.log: list[str] = []
        self.inner: list[str] = []
        self.outer: list[str] = []

    def take(self, entry: Mapping[str, Any], *, inner: bool) -> None:
        """Add what one line tells."""
        if entry.get("raw_output"):
            self.log.append(entry["msg"])
        # What comes before and after an action's own part tells nothing about it.
        if "stepResult" in entry and not inner and entry.get("stage") == "Main":
            self.result = entry["stepResult"]
        ended = _STATUS.fullmatch(str(entry.get("msg", "")))
        if ended and entry.get("level") == "error":
            self.status = int(ended[1])
        match entry.get("command"):
            case None:
                return
            case "set-output":
                self.outputs[entry["name"]] = entry["arg"]
            case "summary":
                self.summaries[inner] = self.summaries.get(inner, "") + entry["content"]
            case "error" | "warning" | "notice" as level:
                place = entry.get("kvPairs") or {}
                self.annotations.append(
                    Annotation(
                        level=level,
                        message=entry["arg"],
                        file=place.get("file", ""),
                        line=int(place.get("line", 0)),
                        title=place.get("title", ""),
                    )
                )
            case _:
                pass
        (self.inner if inner else self.outer).append(entry["command"])

    def built(self, name: str) -> Step:
        return Step(
            id=name,
            result=self.result,
            status=self.status,
            outputs=dict(self.outputs),
            # What a step inside of an action did is told again for the action.
            summary=self.summaries.get(True) or self.summaries.get(False, ""),
            annotations=tuple(self.annotations),
            log="".join(self.log),
            commands=tuple(self.inner or self.outer),
        )


def _environment() -> dict[str, str]:
    """act's environment: it hands its own on to the steps, so it gets little of it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _SYSTEM or name.upper().startswith(_OWNERS)
    }
    tools = str(Path(sys.executable).parent)
    return kept | {
        "PATH": os.pathsep.join((tools, os.environ.get("PATH", os.defpath))),
        "ACT_DISABLE_VERSION_CHECK": "1",
    }
