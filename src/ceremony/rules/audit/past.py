"""What the documents were and which branches there are, as plain values.

They are gathered from local git before the rules run, so that a rule about history stays as pure
as one about text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from ceremony.model import Version

SHALLOW = "history is cut off here (shallow clone): check out with `fetch-depth: 0`"
NO_CHECKOUT = "no git checkout is at hand"
NO_COMMIT = "git holds none of these documents: commit them first"
INSIDE = "the documents stand in a folder of a larger repository, whose branches are not theirs"
PARTIAL = (
    "the clone may not hold every branch: fetch all branches of `origin`, or check out with "
    "`fetch-depth: 0`"
)
MAX_AHEAD = 1_000
"""How many commits that only one branch holds are counted."""
PROMISED = (
    "former texts are not in this clone (partial clone): check out without `filter`, with "
    "`fetch-depth: 0`"
)
UNPUBLISHED = "no branch of the ceremony is in this repository, and it has no `origin`"


class Form(StrEnum):
    """What a commit made of a file."""

    FILE = "file"
    LINK = "link"
    """A link, or whatever else is no regular file."""
    GONE = "gone"


class Event(NamedTuple):
    """What one commit did to a frozen document."""

    path: str
    commit: str
    date: dt.date
    blob: str
    """The hash of the content; empty where the file is gone."""
    form: Form = Form.FILE
    is_merge: bool = False


class Revision(NamedTuple):
    """A living document as one commit on the first-parent line left it."""

    commit: str
    date: dt.date
    """When its author wrote it; of a merge, the newest date of what it brought."""
    text: str | None
    """None where it was not read: too far back, or too large."""
    is_bot: bool = False


@dataclass(frozen=True, kw_only=True)
class History:
    """What git knows about the documents."""

    frozen: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)
    """By file name: everything that the checkout's history did to it, oldest first."""
    elsewhere: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)
    """The same of commits that only release branches hold."""
    living: Mapping[str, tuple[Revision, ...]] = field(default_factory=dict)
    """By path: a document's revisions along first parents, newest first."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Contents that patch documents had, by hash."""

    unread: str = ""
    """Why former texts could not be read; empty where they were."""
    commits: tuple[str, ...] = ()
    """Commits that touched a frozen document, oldest first."""

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The commits that brought a frozen document, numbered in their order."""
        return {commit: number for number, commit in enumerate(self.commits)}


@dataclass(frozen=True, kw_only=True)
class Refs:
    """Which branches and tags there are; only those that the ceremony gives a meaning."""

    branches: Mapping[str, str] = field(default_factory=dict)
    """Commit by branch; of `origin` where it has one of that name."""
    tags: frozenset[str] = frozenset()
    unsure: str = ""
    """Why a branch that isn't here may exist all the same; empty where it doesn't."""
    ahead: int = 0
    """How many commits `latest` holds and `main` lacks."""
    drifted: tuple[str, ...] = ()
    """Documents that `latest` changed by itself, so that they differ from `main`'s."""

    @cached_property
    def releases(self) -> Mapping[str, Version]:
        """The versions of the release branches, by name."""
        return _versions(self.branches)

    @cached_property
    def released(self) -> Mapping[str, Version]:
        """The versions of the tags that bear a release branch's name, by name."""
        return _versions(self.tags)


def _versions(names: Mapping[str, str] | frozenset[str]) -> Mapping[str, Version]:
    found: dict[str, Version] = {}
    for name in sorted(names):
        try:
            found[name] = Version.parse(name)
        except ValueError:
            continue
    return found
