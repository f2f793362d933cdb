"""Gathers what the audit's rules about history and branches decide from, out of local git.

A source that isn't at hand comes with the reason, so that a rule says why it was not run: a
shallow clone proves nothing about what it lacks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ceremony.config import Config
from ceremony.discovery import FROZEN_NAME, HOMES, matches
from ceremony.git import Change, GitError, Repository, Where
from ceremony.model import Document, Kind, Stage, Version
from ceremony.rules.audit.past import (
    INSIDE,
    MAX_AHEAD,
    NO_CHECKOUT,
    NO_COMMIT,
    PARTIAL,
    PROMISED,
    SHALLOW,
    UNPUBLISHED,
    Event,
    Form,
    History,
    Refs,
    Revision,
)

MAX_REVISIONS = 200
"""Revisions of a living document that are read, newest first."""
FEW_REVISIONS = 10
"""The same of documents of which only the last change is judged."""
MAX_TEXT = 8 * 1024 * 1024
"""Bytes of former texts that are read."""
MAX_PATCHES = 100
"""Former texts of patch documents that are read."""
MAX_RELEASES = 2_000
"""Release branches and tags whose history is walked."""


class Past(NamedTuple):
    """What git tells, or why it tells nothing."""

    history: History | None
    no_history: str
    refs: Refs | None
    no_refs: str


def gather(root: Path, revision: str, documents: Sequence[Document], config: Config) -> Past:
    """The history behind a revision (`HEAD`, or a commit), and the branches of the repository."""
    repository = Repository(root)
    try:
        where = repository.where(revision)
        if where.shallow:
            return _nothing(SHALLOW)
        named = _Named(
            refs={} if where.prefix else repository.refs(*_patterns(config)), config=config
        )
        walk = _Walk(
            repository=repository, where=where, documents=documents, config=config, named=named
        )
        if not walk.is_known:
            return _nothing(NO_COMMIT)
        refs = None if where.prefix else _refs(walk)
        return Past(history=walk.history(), no_history="", refs=refs, no_refs=INSIDE)
    except GitError as error:
        return _nothing(_reason(str(error)))


def _nothing(why: str) -> Past:
    return Past(history=None, no_history=why, refs=None, no_refs=why)


def _reason(said: str) -> str:
    if "not a git repository" in said or said == "git is not installed":
        return NO_CHECKOUT
    if "unknown revision" in said:
        return NO_COMMIT
    return f"git cannot tell: {said}"


# ---------------------------------------------------------------------------- names


def _patterns(config: Config) -> list[str]:
    """The refs that the ceremony gives a meaning."""
    names = (config.layout.main_branch, config.layout.latest_branch, "v*")
    spaces = ("refs/heads", "refs/remotes/origin")
    return [f"{space}/{name}" for space in spaces for name in names] + [
        "refs/tags/v*",
        "refs/tags/[0-9]*",
    ]


@dataclass(frozen=True, kw_only=True)
class _Named:
    """The refs of a clone by what they are called."""

    refs: Mapping[str, str]
    config: Config

    @cached_property
    def branches(self) -> dict[str, str]:
        """Commits by branch: what `origin` had when it was fetched comes before local work."""
        return self._in("refs/heads/") | self._in("refs/remotes/origin/")

    @cached_property
    def tags(self) -> frozenset[str]:
        return frozenset(self._in("refs/tags/"))

    @cached_property
    def is_clone(self) -> bool:
        return any(name.startswith("refs/remotes/origin/") for name in self.refs)

    @cached_property
    def releases(self) -> list[str]:
        """The commits of release branches, both copies of them, and of tags named like one."""
        found = {sha for name, sha in self.refs.items() if _version(_name(name))}
        return sorted(found)[:MAX_RELEASES]

    def _in(self, space: str) -> dict[str, str]:
        return {
            name.removeprefix(space): sha
            for name, sha in self.refs.items()
            if name.startswith(space)
        }


def _version(name: str) -> Version | None:
    try:
        return Version.parse(name)
    except ValueError:
        return None


# ---------------------------------------------------------------------------- history


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """One walk over the history of all documents, frozen and living."""

    repository: Repository
    where: Where
    documents: Sequence[Document]
    config: Config
    named: _Named

    @cached_property
    def _homes(self) -> tuple[str, ...]:
        home = self.config.home
        return HOMES if home is None else tuple(dict.fromkeys((home, *HOMES)))

    @cached_property
    def _frozen_specs(self) -> list[str]:
        return [f":(glob){_glob(home)}MILESTONES.v*.md" for home in self._homes]

    @cached_property
    def _former(self) -> list[str]:
        """Where living documents are or may have been: what the ceremony names, in every home."""
        living = [document for document in self.documents if document.kind is not Kind.FROZEN]
        named = {_name(d.path) for d in living if d.kind not in {Kind.OTHER, Kind.ROADMAP}}
        moved = {f"{home}/{name}" if home else name for home in self._homes for name in named}
        paths = {document.path for document in living} | moved
        return sorted(path for path in paths if "\n" not in path)

    @cached_property
    def _changes(self) -> tuple[Change, ...]:
        specs = [*self._frozen_specs, *(f":(literal){path}" for path in self._former)]
        return self.repository.changes([self.where.sha], specs)

    @cached_property
    def is_known(self) -> bool:
        """Whether a document that is checked out was ever committed there."""
        paths = {document.path for document in self.documents}
        return any(change.path in paths for change in self._changes)

    def _is_frozen(self, path: str) -> bool:
        # Whatever is numbered counts, in whichever form; `MILESTONES.vision.md` is no version.
        match = FROZEN_NAME.fullmatch(_name(path))
        return (
            match is not None
            and match[1][1:2].isdigit()
            and not any(matches(pattern, path) for pattern in self.config.ignore)
        )

    def history(self) -> History:
        """What happened to the documents, and the former texts that the rules ask for."""
        frozen = [change for change in reversed(self._changes) if self._is_frozen(change.path)]
        elsewhere: list[Change] = []
        if self.named.releases:
            only = self.repository.changes(
                self.named.releases, self._frozen_specs, without=[self.where.sha]
            )
            elsewhere = [change for change in reversed(only) if self._is_frozen(change.path)]
        events = History(
            frozen=_events(frozen),
            elsewhere=_events(elsewhere),
            commits=tuple(dict.fromkeys(change.commit for change in frozen)),
        )
        try:
            texts = self._patches([*frozen, *elsewhere])
            return replace(events, living=self._revisions(), texts=texts)
        except GitError:
            # Hashes are in the trees: what is frozen can be judged without a single text.
            return replace(events, unread=PROMISED)

    def _patches(self, frozen: Sequence[Change]) -> dict[str, str]:
        """The texts of patch documents that were changed."""
        held: dict[str, list[str]] = {}
        for change in frozen:
            name = _name(change.path)
            version = _version(name.removeprefix("MILESTONES.").removesuffix(".md"))
            if version and version.stage is Stage.PATCH and _form(change) is Form.FILE:
                held.setdefault(name, []).append(change.new)
        wanted = [blob for blobs in held.values() if len(set(blobs)) > 1 for blob in blobs]
        return self._texts(wanted[:MAX_PATCHES])

    def _texts(self, blobs: Sequence[str]) -> dict[str, str]:
        if not blobs:
            return {}
        found = self.repository.blobs(blobs, room=MAX_TEXT)
        return {blob: _text(data) for blob, data in found.items()}

    @cached_property
    def _first_parents(self) -> frozenset[str] | None:
        """The commits of the first-parent line; None where no merge concerns the documents."""
        if any(len(change.parents) > 1 for change in self._changes):
            return self.repository.first_parents(self.where.sha)
        return None

    def _is_on_line(self, change: Change) -> bool:
        return self._first_parents is None or change.commit in self._first_parents

    def _revisions(self) -> dict[str, tuple[Revision, ...]]:
        """The revisions of every living document, newest first."""
        lines = {
            document.path: self._line(document.path)
            for document in self.documents
            if document.kind is not Kind.FROZEN
        }
        walked = {d.path for d in self.documents if d.kind in {Kind.MAIN, Kind.LATEST}}
        wanted: list[tuple[int, str]] = []
        for path, line in lines.items():
            most = MAX_REVISIONS if path in walked else FEW_REVISIONS
            # Without a former one, a single revision tells only what the walked ones are asked.
            if path in walked or len(line) > 1:
                blobs = [self._changes[place].new for place in line[:most]]
                wanted += enumerate(blobs)
        # One process reads for all of them: the newest first, so that none starves another.
        texts = self._texts([blob for _, blob in sorted(wanted, key=lambda pair: pair[0])])
        return {
            path: tuple(
                Revision(
                    commit=self._changes[place].commit,
                    date=self._written(place, until),
                    text=texts.get(self._changes[place].new),
                    is_bot=self._changes[place].author.endswith("[bot]"),
                )
                for place, until in pairwise([*line, len(self._changes)])
            )
            for path, line in lines.items()
        }

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Where in the walk each path changed, newest first."""
        held: dict[str, list[int]] = {}
        for place, change in enumerate(self._changes):
            held.setdefault(change.path, []).append(place)
        return held

    def _line(self, path: str) -> list[int]:
        """Where a document changed along first parents, newest first, through its moves."""
        line: list[int] = []
        start: int | None = 0
        while start is not None:
            after, start = start, None
            for place in self._places.get(path, ()):
                change = self._changes[place]
                if place < after or not self._is_on_line(change):
                    continue
                if _form(change) is not Form.FILE:
                    break
                line.append(place)
                if not change.old:
                    path, start = self._before_move(place)
                    break
        return line

    def _before_move(self, place: int) -> tuple[str, int | None]:
        """The path that a new file had before the same commit moved it, and where that ends."""
        change = self._changes[place]
        first = place
        while first and self._changes[first - 1].commit == change.commit:
            first -= 1
        end = first
        moved = ""
        while end < len(self._changes) and self._changes[end].commit == change.commit:
            other = self._changes[end]
            if not other.new and _name(other.path) == _name(change.path):
                moved = other.path
            end += 1
        return (moved, end) if moved else (change.path, None)

    def _written(self, place: int, until: int) -> dt.date:
        """When a revision's author wrote it; a merge's text was written before it was merged."""
        change = self._changes[place]
        if len(change.parents) < 2:
            return change.date
        brought = [
            other.date
            for other in self._changes[place + 1 : until]
            if other.path == change.path and len(other.parents) < 2 and not self._is_on_line(other)
        ]
        return min(max(brought, default=change.date), change.date)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _glob(home: str) -> str:
    """A home as the start of a pattern: what a folder is called means only itself."""
    return re.sub(r"([*?\[\\])", r"\\\1", f"{home}/") if home else ""


def _form(change: Change) -> Form:
    if not change.new:
        return Form.GONE
    return Form.FILE if change.mode.startswith("100") else Form.LINK


def _text(data: bytes) -> str:
    """A former text as the reader of documents takes it."""
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _events(changes: Iterable[Change]) -> dict[str, tuple[Event, ...]]:
    """What happened to the frozen documents, by file name."""
    held: dict[str, list[Event]] = {}
    for change in changes:
        held.setdefault(_name(change.path), []).append(
            Event(
                path=change.path,
                commit=change.commit,
                date=change.date,
                blob=change.new,
                form=_form(change),
                is_merge=len(change.parents) > 1,
            )
        )
    return {name: tuple(events) for name, events in held.items()}


# ---------------------------------------------------------------------------- refs


def _refs(walk: _Walk) -> Refs:
    named, layout = walk.named, walk.config.layout
    main, latest = named.branches.get(layout.main_branch), named.branches.get(layout.latest_branch)
    ahead = 0
    drifted: tuple[str, ...] = ()
    if main and latest and main != latest:
        ahead = walk.repository.ahead(latest, main, most=MAX_AHEAD)
        if ahead:
            drifted = _drifted(walk, main, latest)
    return Refs(
        branches=named.branches,
        tags=named.tags,
        unsure=_unsure(walk),
        ahead=ahead,
        drifted=drifted,
    )


def _drifted(walk: _Walk, main: str, latest: str) -> tuple[str, ...]:
    """The documents that differ between the branches because `latest` changed them."""
    kinds = {Kind.OTHER, Kind.ROADMAP, Kind.FROZEN}
    paths = [d.path for d in walk.documents if d.kind not in kinds]
    left = walk.repository.merge_base(main, latest)
    ours, theirs = walk.repository.held(main, paths), walk.repository.held(latest, paths)
    before = walk.repository.held(left, paths) if left else {}
    return tuple(
        path
        for path in paths
        if theirs.get(path) and theirs[path] not in {ours.get(path), before.get(path)}
    )


def _unsure(walk: _Walk) -> str:
    """Why a branch that isn't in this clone may exist all the same."""
    named, latest = walk.named, walk.config.layout.latest_branch
    expected = {latest, *(d.version.branch for d in walk.documents if d.version)}
    if expected <= set(named.branches):
        return ""
    if not named.is_clone:
        if walk.repository.refs("refs/remotes/"):
            return PARTIAL
        begun = latest in named.branches or any(map(_version, named.branches))
        return "" if begun else UNPUBLISHED
    # One commit alone may be a clone of depth 1 or all there is: nothing in it tells.
    several = walk.where.parents or walk.repository.where("HEAD").parents
    return "" if several and "refs/heads/*" in walk.repository.fetched() else PARTIAL
