"""What a release says about itself: where it comes from, how long it lives, what has changed.

Commit titles are strangers' words, and a release's page is read by everybody: they stand in code
spans, where nothing is a mention, an image or a marker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ceremony.report.escape import code, cut
from ceremony.report.words import counted
from ceremony.rules.record import NAME, SUMS, Record

LIMIT = 100_000
"""Characters: GitHub takes 125,000."""
LINES = 200
"""Commits that are listed."""
TITLE = 120
"""Characters of a title."""


_COMMIT = re.compile(r"Channel `[a-z].* at ([0-9a-f]{40}(?:[0-9a-f]{24})?)\.\r?\Z")


class Changes(NamedTuple):
    """What came since the channel's last release."""

    since: str | None
    """The commit of that release; None where it is the channel's first, or nobody knows."""
    commits: Sequence[tuple[str, str]]
    """Hash and title, the newest last, as far as they were read."""
    total: int
    """How many there are; -1 where that is not known."""
    relation: str = ""
    """How this commit lies to that one: `ahead`, `behind` …; empty where that is not known."""
    is_first: bool = True
    """Whether, where there is no such commit, the channel has had no release either."""


def render(record: Record, changes: Changes) -> str:
    """The notes as GitHub Markdown of at most `LIMIT` characters; what is left out is counted."""
    what = f"version {record.version}, stage {record.stage}" if record.stage else record.channel
    until = f"{record.expires:%Y-%m-%d}" if record.expires else "for good"
    kept = f"until {until}, the end of {record.retention.text}" if record.expires else until
    head = (
        f"Channel {code(record.channel)}: {what}, built from {code(record.ref)} at "
        f"{record.commit}.\n\n"
        f"It is kept {kept}. {code(NAME)} says so, and lists every file with its digest. To check "
        f"what you have downloaded: {code(f'sha256sum --check --ignore-missing {SUMS}')}\n\n"
    )
    return _fitting(head + _heading(changes), changes)


def commit(text: str) -> str:
    """The commit that notes of ours name; empty where there is none."""
    match = _COMMIT.match(text.partition("\n")[0])
    return match[1] if match else ""


def _heading(changes: Changes) -> str:
    if changes.since is None:
        return "This is the channel's first release.\n" if changes.is_first else ""
    if changes.relation == "behind":
        return f"It is of an earlier commit than the channel's last release, {changes.since}.\n"
    if changes.total < 0:
        return f"What has changed since {changes.since} could not be listed.\n"
    if not changes.total:
        return f"Nothing has changed since {changes.since}.\n"
    return f"## {counted(changes.total, 'commit')} since {changes.since}\n\n"


def _fitting(head: str, changes: Changes) -> str:
    if changes.since is None or changes.total <= 0 or changes.relation == "behind":
        return head
    parts: list[str] = []
    room = LIMIT - len(head) - 100
    for sha, title in list(reversed(changes.commits))[:LINES]:
        entry = f"- {code(cut(title, TITLE))} {sha}\n"
        if len(entry) > room:
            break
        room -= len(entry)
        parts.append(entry)
    left = changes.total - len(parts)
    more = f"\nand {left:,} more\n" if left else ""
    return head + "".join(parts) + more
