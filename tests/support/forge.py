"""A forge over a sandbox, with a clock that only its own waiting moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ceremony.forge import Branches, Forge, connect
from ceremony.sandbox import Sandbox
from ceremony.sandbox.state import Project

BRANCHES = Branches("main", "latest", ".github/ceremony.yml")
REPOSITORY = "spiritstream/app"
EVERYTHING = {
    "contents": "write",
    "checks": "read",
    "statuses": "read",
    "actions": "write",
    "issues": "write",
    "pull_requests": "write",
}


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 1_780_000_000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class Scene:
    """A sandbox with one project, and forges into it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.clock = Clock()
        self.sandbox = sandbox
        self.sandbox.clock = self.clock
        self.project: Project = sandbox.create(REPOSITORY)

    def forge(
        self, permissions: dict[str, str] | None = None, *, app: str = "", **options: Any
    ) -> Forge:
        """A forge with a token of these permissions; with all that GITHUB_TOKEN may have."""
        given = EVERYTHING if permissions is None else permissions
        who = {"app": app} if app else {}
        token = self.sandbox.token(REPOSITORY, **who, **given)
        return self.connect(token, **options)

    def connect(self, token: str, **options: Any) -> Forge:
        """A forge with this token."""
        return connect(
            token,
            repository=REPOSITORY,
            api_url=self.sandbox.api_url,
            sleep=self.clock.sleep,
            clock=self.clock,
            **options,
        )

    def line(self, count: int) -> list[str]:
        """So many empty commits on main, each with a green check; latest is at the first."""
        shas = [self.project.commit({"a": "0"}), *self.project.grow(count - 1)]
        self.project.set_ref("refs/heads/latest", shas[0])
        for sha in shas:
            self.project.check(sha, "test")
        return shas

    @property
    def operations(self) -> list[str]:
        """What was asked of the sandbox so far, in order."""
        return [request.operation for request in self.sandbox.requests]


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """A scene on loopback; a request or an answer that GitHub would not know fails it."""
    with Sandbox.serving(folder) as sandbox:
        yield Scene(sandbox)
