"""Which files are the ceremony's documents, and reading them (ceremony: Document Types)."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import NamedTuple

from ceremony.config import Config
from ceremony.documents import MAX_BYTES, read
from ceremony.model import Document, Fault, InputError, Kind, Version
from ceremony.workspace import Files, Unreadable

NAMES = {
    "GOVERNANCE.md": Kind.GOVERNANCE,
    "MILESTONES_CEREMONY.md": Kind.CEREMONY,
    "MILESTONES.main.md": Kind.MAIN,
    "MILESTONES.latest.md": Kind.LATEST,
    "CONTRIBUTORS.md": Kind.CONTRIBUTORS,
    "REVIEWERS.md": Kind.REVIEWERS,
    "CODE_OF_CONDUCT.md": Kind.CONDUCT,
}
"""The documents that the ceremony names, by file name."""

FROZEN_NAME = re.compile(r"MILESTONES\.(v.*)\.md")


def kind_of(path: str, *, roadmap: str = "roadmap.md") -> tuple[Kind, Version | None]:
    """What a file is to the ceremony, and its version where it is a frozen document.

    A frozen document whose name is not of the form is FROZEN without a version.
    """
    name = PurePosixPath(path).name
    if name in NAMES:
        return NAMES[name], None
    match = FROZEN_NAME.fullmatch(name)
    if match:
        try:
            return Kind.FROZEN, Version.parse(match[1])
        except ValueError:
            return Kind.FROZEN, None
    if path == roadmap or ("/" not in roadmap and name == roadmap):
        return Kind.ROADMAP, None
    return Kind.OTHER, None


HOMES = ("", "docs", ".github", "governance", "docs/governance")
"""Where documents are looked for, in order, where the configuration names no home."""

PARALLEL_BYTES = 4 * 1024 * 1024
"""From this many bytes on, documents are read by several processes: starting them costs more
than six documents do. Frozen ones don't count: most of each is never read."""


class Found(NamedTuple):
    """A document that is there."""

    path: str
    kind: Kind
    version: Version | None


def find(files: Files, config: Config) -> tuple[Found, ...]:
    """The documents of a tree, by path. Of a kind that is there twice, the first home's counts."""
    homes = HOMES if config.home is None else tuple(dict.fromkeys((config.home, *HOMES)))
    found: dict[str, Found] = {}
    taken: set[Kind] = set()
    for home in homes:
        here: set[Kind] = set()
        for name, kind_of_file in sorted(files.names(home).items()):
            path = f"{home}/{name}" if home else name
            kind, version = kind_of(name)
            if kind in {Kind.OTHER, Kind.ROADMAP} or kind in taken or kind_of_file == "folder":
                continue
            if any(matches(pattern, path) for pattern in config.ignore):
                continue
            found[path] = Found(path=path, kind=kind, version=version)
            if kind is not Kind.FROZEN:
                here.add(kind)
        taken |= here
    for path in config.extra:
        kind, version = kind_of(path, roadmap=config.layout.roadmap)
        found.setdefault(path, Found(path=path, kind=kind, version=version))
    return tuple(found[path] for path in sorted(found))


def matches(pattern: str, path: str) -> bool:
    """Whether a path is one that a pattern means.

    Without a slash a pattern means a file name at any depth; with one it is relative to the
    root. `*` and `?` stop at a slash, a `**` between slashes doesn't; a folder's name means what
    is in it.
    """
    wanted = (pattern if "/" in pattern else f"**/{pattern}").split("/")
    reached = _with_any_depth({0}, wanted)
    for part in path.split("/"):
        onward = {place for place in reached if wanted[place : place + 1] in ([], ["**"])}
        onward |= {
            place + 1
            for place in reached - onward
            if fnmatchcase(part, wanted[place].replace("[", "[[]"))
        }
        reached = _with_any_depth(onward, wanted)
    return len(wanted) in reached


def _with_any_depth(places: set[int], wanted: Sequence[str]) -> set[int]:
    """The places in a pattern that are reached from these through ``**`` alone."""
    reached = set(places)
    for place, part in enumerate(wanted):
        if place in reached and part == "**":
            reached.add(place + 1)
    return reached


def load(
    files: Files, found: Sequence[Found], *, progress: Callable[[int], None] = lambda _: None
) -> tuple[Document, ...]:
    """Read the documents, with several processes where there is much to read.

    `progress` is told how many have been read.
    """
    sources = [(entry, _bytes(files, entry.path)) for entry in found]
    whole = sum(len(data) for entry, data in sources if entry.kind is not Kind.FROZEN)
    documents: list[Document] = []
    for document in _parsed(sources, parallel=whole >= PARALLEL_BYTES):
        documents.append(document)
        progress(len(documents))
    return tuple(documents)


def _bytes(files: Files, path: str) -> bytes | str:
    """The file's bytes, or, as a string, why there are none."""
    try:
        return files.read(path, MAX_BYTES)
    except Unreadable as error:
        return str(error)
    except FileNotFoundError:
        # What was found by its name is there: only the configuration names what may not be.
        raise InputError(f"`documents.extra` names {path!r}, which does not exist") from None


def _parsed(sources: list[tuple[Found, bytes | str]], *, parallel: bool) -> Iterator[Document]:
    if not parallel:
        yield from map(_parse, sources)
        return
    # Only large sets pay for the import.
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    with ProcessPoolExecutor(initializer=gc.disable) as pool:
        yield from pool.map(_parse, sources, chunksize=16)


def _parse(source: tuple[Found, bytes | str]) -> Document:
    entry, data = source
    if isinstance(data, bytes):
        return read(entry.path, data, kind=entry.kind, version=entry.version)
    document = read(entry.path, b"", kind=entry.kind, version=entry.version)
    return replace(document, faults=(Fault(line=1, message=data),))
