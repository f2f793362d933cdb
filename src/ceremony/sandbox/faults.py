"""What may go wrong on the way to a server and back, on order.

A fault waits for the nth request of an operation and spoils it there; so the same run can be
played once for every place where it may break.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

Kind = Literal[
    "before",
    "lost",
    "slow",
    "truncated",
    "status",
    "after-status",
    "call",
    "after-call",
    "half",
]
"""before: the connection is cut and nothing has happened. lost: it has happened, and the connection
is cut without a reply. slow: the answer comes `seconds` later. truncated: half of the answer.
status: `status` is answered and nothing has happened. after-status: it has happened, and `status`
is answered. call: `call()` first. after-call: `call()` after the effect, before the answer.
half: an upload breaks off, and leaves an asset in the state `starter`."""


class Fault(NamedTuple):
    """One thing that goes wrong, and where."""

    operation: str
    """A REST operation's id, the name of a GraphQL operation, `git-upload-pack`,
    `git-receive-pack`, the same with `/refs` for what goes before them; a glob of these; or
    `effects` for whatever would change something."""
    kind: Kind
    nth: int = 1
    """The first matching request that it spoils, counted from when it was added."""
    times: int = 1
    """How many in a row."""
    status: int = 500
    headers: Mapping[str, str] = {}
    body: object = None
    """What a JSON answer holds; text is sent as it is; None for GitHub's usual `message`."""
    seconds: float = 0.0
    call: Callable[[], object] | None = None


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, list[int]]] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let something go wrong."""
        with self._lock:
            self._waiting.append((fault, [0]))

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._waiting.clear()

    def take(self, operation: str, *, is_effect: bool) -> Fault | None:
        """What goes wrong with this request; the first that was added wins."""
        chosen: Fault | None = None
        with self._lock:
            for fault, seen in self._waiting:
                if not _matches(fault.operation, operation, is_effect=is_effect):
                    continue
                seen[0] += 1
                if chosen is None and fault.nth <= seen[0] < fault.nth + fault.times:
                    chosen = fault
        return chosen


def _matches(pattern: str, operation: str, *, is_effect: bool) -> bool:
    return is_effect if pattern == "effects" else fnmatchcase(operation, pattern)
