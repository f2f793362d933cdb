"""rehearse: the whole ceremony, played before anybody hands it a token.

It builds a sandbox in a temporary folder, puts the sample project or a copy of the user's own
repository into it, and runs the parts themselves against it. The user's repository is read and
never written to.
"""

from __future__ import annotations

import datetime as dt
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, NoReturn, TextIO

from ceremony.actions.inputs import declared
from ceremony.rehearsal.narrator import WIDTH, Narrator

SUMMARY = "Play the ceremony in a sandbox: no token, no network, nothing of yours is written to."


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What rehearse is told."""

    repo: str = declared(
        "",
        "A git repository to rehearse on a copy of. Default: the sample project.",
        only_option=True,
        metavar="PATH",
    )
    keep: bool = declared(
        False,
        "Leave the sandbox running afterwards, to explore with git and the API, until Ctrl-C.",
        only_option=True,
    )


class Context(NamedTuple):
    """What the run knows beside its inputs."""

    workspace: Path
    """The folder that a relative `repo` starts from."""
    today: dt.date
    """The date that the holds of a repository are judged by."""
    out: TextIO
    coloured: bool = False
    width: int = WIDTH
    """Columns of a line."""


class _Terminated(BaseException):
    """Somebody asked this process to end; what it made must go first."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def run(inputs: Inputs, context: Context) -> int:
    """Play all acts.

    Returns 0 where every one ended as it should, 1 where one did not, and 128 and its number
    after a signal that asks to end. Raises
    InputError for a `repo` that cannot be rehearsed on, and GitError.
    """
    from ceremony.rehearsal.play import play  # noqa: PLC0415 -- it needs the sandbox's packages

    try:
        with (
            _termination(),
            tempfile.TemporaryDirectory(
                prefix="ceremony-rehearsal-", ignore_cleanup_errors=True
            ) as folder,
        ):
            repository = context.workspace / inputs.repo if inputs.repo else None
            return play(
                Path(folder),
                repository,
                keep=inputs.keep,
                today=context.today,
                narrator=Narrator(context.out, coloured=context.coloured, width=context.width),
            )
    except _Terminated as end:
        return end.status


@contextmanager
def _termination() -> Iterator[None]:
    """Let a signal that asks to end unwind what is running, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        for known in before:
            signal.signal(known, signal.SIG_IGN)  # once is enough: it cleans up now
        raise _Terminated(number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            number = getattr(signal, name)
            before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
