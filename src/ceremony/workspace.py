"""The files of a checkout; the only module that reads what the user's tree holds.

A link is never followed, a device is never opened and nothing outside the root is looked at: a
pull request may point a link at anything that the runner can read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol

from ceremony.documents import MAX_BYTES
from ceremony.model import InputError
from ceremony.opening import opened

MAX_PATH = 4_096
MAX_DEPTH = 100
MAX_WORKFLOWS = 200
MAX_WORKFLOW_BYTES = 256 * 1024


class Unreadable(Exception):
    """A name that is there and is not a regular file; the text says what it is instead."""


class Files(Protocol):
    """A tree of files: a checkout, or a commit."""

    def names(self, folder: str) -> Mapping[str, str]:
        """The names in a folder (empty for the root), each ``file``, ``folder`` or ``other``.

        Empty where there is no such folder.
        """

    def read(self, path: str, limit: int = MAX_BYTES) -> bytes:
        """The bytes of a file; of one beyond the limit, one byte more than it, whichever they are.

        Raises Unreadable for what is no regular file, FileNotFoundError for what isn't there.
        """


class Checkout:
    """A folder of the file system."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Mapping[str, str]] = {}

    def names(self, folder: str) -> Mapping[str, str]:
        """See `Files`."""
        known = self._known.get(folder)
        if known is None:
            known = self._known[folder] = self._list(folder)
        return known

    def _list(self, folder: str) -> Mapping[str, str]:
        if folder:
            above, _, name = folder.rpartition("/")
            if self.names(above).get(name) != "folder":
                return {}
        found: dict[str, str] = {}
        try:
            with os.scandir(self._root / folder) as entries:
                for entry in entries:
                    found[entry.name] = _type(entry.stat(follow_symlinks=False).st_mode)
        except OSError:
            return {}
        return found

    def read(self, path: str, limit: int = MAX_BYTES) -> bytes:
        """See `Files`."""
        folder, _, name = path.rpartition("/")
        kind = self.names(folder).get(name)
        if kind is None or path.startswith("/"):
            raise FileNotFoundError(path)
        if kind != "file":
            raise Unreadable("is a folder" if kind == "folder" else "is a link or a special file")
        # The check above is not enough by itself: the name may change before it is opened.
        try:
            file = opened(self._root / path)
        except OSError as error:
            raise Unreadable(f"cannot be opened: {error.strerror}") from None
        if file is None:
            raise Unreadable("is a link or a special file")
        with file:
            return file.read(limit + 1)


def write(root: Path, path: str, content: bytes) -> Path:
    """Write a file below a folder; a link that stands in its place is replaced, none followed.

    Folders that are missing are made. Raises InputError where the way leads through a link.
    """
    place = root
    for part in PurePosixPath(path).parts[:-1]:
        place /= part
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise InputError("cannot be written: its folder is a link or no folder", file=path)
    target = root / path
    if target.is_dir():
        raise InputError("cannot be written: it is a folder", file=path)
    target.parent.mkdir(parents=True, exist_ok=True)
    new_file(target.parent, ".ceremony-{}", content).replace(target)
    return target


def new_file(folder: Path, name: str, content: bytes) -> Path:
    """A file that nobody could have put there before; ``{}`` in its name is drawn by chance."""
    path = folder / name.format(os.urandom(8).hex())
    with path.open("xb") as file:
        file.write(content)
    return path


def below(workspace: Path, root: str) -> Path:
    """The folder that a root names, absolute or relative to the workspace.

    Raises InputError where there is no such folder, and where a relative one leads through a link:
    a pull request may have put it where the workflow expects a folder of the project.
    """
    inside = Path(root)
    if not inside.is_absolute():
        place = workspace
        for part in inside.parts:
            place /= part
            if part != ".." and place.is_symlink():
                raise InputError(f"the root {root!r} goes through a link; name a folder")
    folder = workspace / inside
    if not folder.is_dir():
        raise InputError(f"the root {root!r} is not a folder; give one that is there")
    return folder


def is_outside(path: str) -> bool:
    """Whether a relative path, as a person writes it, could lead out of the folder it starts in."""
    pure = PurePosixPath(path)
    return pure.is_absolute() or ".." in pure.parts or bool({"\\", ":"} & set(path))


def _type(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    return "folder" if stat.S_ISDIR(mode) else "other"


def probe(files: Files, paths: Iterable[str]) -> tuple[set[str], set[str], set[str]]:
    """Which of the paths exist: as files, as folders, as anything else.

    Names are compared in their exact case on every system, as GitHub serves them.
    """
    found: dict[str, set[str]] = {"file": set(), "folder": set(), "other": set()}
    for path in paths:
        if len(path) > MAX_PATH or path.count("/") > MAX_DEPTH:
            continue  # no system holds it, and looking for it costs with its length
        folder, _, name = path.strip("/").rpartition("/")
        kind = files.names(folder).get(name)
        if kind:
            found[kind].add(path)
    return found["file"], found["folder"], found["other"]


def workflows(files: Files) -> Mapping[str, str] | None:
    """The text of each workflow, by path; None where there is no folder for them.

    One that is too large, or one too many, is there with an empty text: nothing follows from it.
    """
    folder = ".github/workflows"
    if files.names(".github").get("workflows") != "folder":
        return None
    names = sorted(
        name
        for name, kind in files.names(folder).items()
        if kind == "file" and name.endswith((".yml", ".yaml"))
    )
    return {
        f"{folder}/{name}": _workflow(files, f"{folder}/{name}") if number < MAX_WORKFLOWS else ""
        for number, name in enumerate(names)
    }


def _workflow(files: Files, path: str) -> str:
    try:
        data = files.read(path, MAX_WORKFLOW_BYTES)
    except (FileNotFoundError, Unreadable):
        return ""
    return data.decode("utf-8", "replace") if len(data) <= MAX_WORKFLOW_BYTES else ""
