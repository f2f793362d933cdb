"""What a run of promote comes to: the decision, and what was done about it."""

from __future__ import annotations

from typing import NamedTuple

from ceremony.model import exit_status
from ceremony.rules.evidence import Excuse
from ceremony.rules.promote import Standing, Verdict
from ceremony.rules.refs import HEADS, TAGS, short


class Moved(NamedTuple):
    """One ref of the plan, and whether it got there."""

    ref: str
    """In full: `refs/heads/latest`."""
    before: str | None
    """None: it did not exist."""
    after: str
    """Where the plan wants it."""
    moved: bool


class Outcome(NamedTuple):
    """One promotion, decided and done: everything that a report shows."""

    verdict: Verdict
    reason: str
    """One sentence without a full stop; strangers' names in it are quoted by backquotes."""
    remedy: str = ""
    standing: Standing | None = None
    """What was read last; None where nothing was."""
    excuses: tuple[Excuse, ...] = ()
    notices: tuple[str, ...] = ()
    moves: tuple[Moved, ...] = ()
    after: str | None = None
    """The commit that latest is at, as read last."""
    commits: int = 0
    """How many of main's commits latest moved by, or in a dry run would move by."""
    dispatched: tuple[str, ...] = ()
    """File names of the workflows that were started."""
    to_dispatch: tuple[str, ...] = ()
    """Those that a dry run would have started."""
    failure: str = ""
    """What could not be finished once something had been done, and what to do; else empty."""
    dry_run: bool = False
    requests: int = 0
    page: str = ""
    """The repository's address for people, `https://github.com/OWNER/NAME`; empty where that is
    not known."""

    @property
    def status(self) -> int:
        """The exit status: 0 done or nothing to do, 1 the ceremony says no, 3 left unfinished."""
        return exit_status(self.failure, is_no=self.verdict in {Verdict.DIVERGED, Verdict.REFUSED})

    @property
    def before(self) -> str | None:
        """The commit that latest was at."""
        return self.standing.latest_sha if self.standing else None

    @property
    def tag(self) -> str:
        """The tag that was set; empty where none was."""
        tags = (move.ref for move in self.moves if move.moved and move.ref.startswith(TAGS))
        return short(next(tags, ""))

    @property
    def target(self) -> Moved | None:
        """The move of latest itself, where there is one."""
        latest = HEADS + self.standing.latest if self.standing else ""
        return next((move for move in self.moves if move.ref == latest), None)
