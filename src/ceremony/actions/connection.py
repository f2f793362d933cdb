"""What the parts that talk to GitHub have in common: what they are told, and how they get there."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ceremony import config as configuration
from ceremony import forge as github
from ceremony.actions.inputs import declared
from ceremony.forge import Forge
from ceremony.model import InputError
from ceremony.rules import refs

API_URL = "https://api.github.com"
PATIENCE = 300
"""Seconds that it waits for the end of rate limits."""


def main_input() -> Any:
    """The input that says what the branch of development is called."""
    return declared(
        "",
        "The branch of development. Default: the configuration's, else main.",
        metavar="BRANCH",
    )


def repository_option() -> Any:
    """The option that says which repository is meant, where no workflow does."""
    return declared(
        "",
        "The repository, OWNER/NAME. Default: GITHUB_REPOSITORY.",
        only_option=True,
        metavar="OWNER/NAME",
    )


def api_url_option() -> Any:
    """The option that says where GitHub's API is, where no workflow does."""
    return declared(
        "",
        f"GitHub's API. Default: GITHUB_API_URL, else {API_URL}.",
        only_option=True,
        metavar="URL",
    )


def check(*, main: str, latest: str, dispatch: Iterable[str]) -> None:
    """Raises InputError for names that no branch has, and for what is no workflow's file name."""
    for name, branch in (("main", main), ("latest", latest)):
        if branch and not refs.is_name(branch):
            raise InputError(f"`{name}` must be a branch name, such as `main`: {branch[:80]!r}")
    for workflow in dispatch:
        if not configuration.WORKFLOW.fullmatch(workflow):
            raise InputError(
                "`dispatch` must be file names of .github/workflows, such as ci.yml: "
                f"{workflow[:80]!r}"
            )


def sentence(error: BaseException) -> str:
    """What an error says, to be followed by another sentence."""
    return str(error).strip().rstrip(".")


def _nothing() -> None:
    """A seam that nobody stops at."""


def _silent(_message: str) -> None:
    """A log that nobody reads."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the run knows beside its inputs."""

    repository: str = ""
    """`OWNER/NAME`, where no input says it."""
    api_url: str = ""
    """Where GitHub's API is, where no input says it; empty for GitHub's own."""
    event: str = ""
    """What started the workflow; empty outside of one."""
    clock: Callable[[], float] = time.time
    """Seconds since 1970."""
    sleep: Callable[[float], None] = time.sleep
    connect: Callable[..., Forge] = github.connect
    tell: Callable[[str], None] = _silent
    """Told what happens while it happens, a line each; it may quote strangers."""
    seam: Callable[[], None] = _nothing
    """Called between effects; may raise KeyboardInterrupt to stop there."""

    @property
    def today(self) -> dt.date:
        """The date in UTC."""
        return dt.datetime.fromtimestamp(self.clock(), dt.UTC).date()

    def address(self, given: str) -> str:
        """GitHub's API: what the option gives, else what the run knows."""
        return given or self.api_url or API_URL

    def forge(
        self, token: str, *, repository: str, api_url: str, patience: int = PATIENCE
    ) -> Forge:
        """The repository on GitHub; `repository` and `api_url` are the options, empty or not.

        Raises InputError where nobody says which repository, or there is no token.
        """
        name = repository or self.repository
        if not name:
            raise InputError("the repository is not known: give `--repository OWNER/NAME`")
        forge = self.connect(
            token,
            repository=name,
            api_url=self.address(api_url),
            patience_seconds=patience,
            sleep=self.sleep,
            clock=self.clock,
        )
        forge.wire.tell = self.tell
        return forge
