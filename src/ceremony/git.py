"""Local git, read-only; the only module that runs a program.

A checkout is a stranger's: no hook, no file-system monitor, no embedded bare repository and no
transport of it may run anything. Refs and paths come after ``--end-of-options``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ceremony.documents import MAX_BYTES
from ceremony.model import InputError
from ceremony.workspace import Unreadable

_SAFE = (
    "-c", "safe.bareRepository=explicit",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "core.pager=cat",
    "-c", "protocol.allow=never",
    "-c", "submodule.recurse=false",
    "-c", "uploadpack.packObjectsHook=",
)  # fmt: skip
_DEADLINE = 60.0
_SHORT_SHA = re.compile(r"[0-9a-f]{7,40}")
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+@-]{0,250}")


class GitError(Exception):
    """git could not answer; the text says why."""


class Base(NamedTuple):
    """The commit that a change is compared with."""

    sha: str
    prefix: str
    """The root's path inside the repository, with a closing slash; empty at the top."""


class Repository:
    """The repository that holds a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Run git and return what it prints.

        Raises GitError when git fails, is missing, or takes over a minute.
        """
        import subprocess  # noqa: PLC0415 -- most audits ask git nothing

        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("GIT_")
        }
        environment.update(
            GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0", GIT_NO_REPLACE_OBJECTS="1",
            GIT_NO_LAZY_FETCH="1", LC_ALL="C",
            # Stronger than protocol.allow, which a repository's own protocol.ext.allow outweighs.
            GIT_ALLOW_PROTOCOL="none",
        )  # fmt: skip
        try:
            done = subprocess.run(
                ["git", *_SAFE, "-C", str(self._folder), *arguments],
                input=stdin if stdin is not None else b"",
                capture_output=True,
                check=False,
                timeout=_DEADLINE,
                env=environment,
            )
        except FileNotFoundError:
            raise GitError("git is not installed") from None
        except subprocess.TimeoutExpired:
            raise GitError(f"git took over {_DEADLINE:.0f} seconds") from None
        if done.returncode != 0:
            raise GitError(_why(done.stderr.decode("utf-8", "replace"), done.returncode))
        return done.stdout

    def _line(self, *arguments: str) -> str:
        return self.run(*arguments).decode("utf-8", "replace").rstrip("\n")

    @property
    def prefix(self) -> str:
        """The folder's path inside the repository, with a closing slash; empty at the top."""
        return self._line("rev-parse", "--show-prefix")

    @property
    def is_shallow(self) -> bool:
        """Whether history was cut off, so that ancestry cannot be trusted."""
        return self._line("rev-parse", "--is-shallow-repository") == "true"

    def commit(self, name: str) -> str | None:
        """The SHA of the commit that a name stands for here, or None.

        A branch comes before a tag of its name, and is looked for on `origin` as well, because a
        pull request's checkout has no local branches. An abbreviated SHA comes last: a branch may
        be called what one looks like.
        """
        if _REF.fullmatch(name) is None or ".." in name or "@{" in name:
            return None
        if name == "HEAD" or name.startswith("refs/") or _SHA.fullmatch(name):
            candidates = [name]
        else:
            spaces = ("heads", "remotes/origin", "remotes", "tags")
            candidates = [f"refs/{space}/{name}" for space in spaces]
            candidates += [name] if _SHORT_SHA.fullmatch(name) else []
        for candidate in candidates:
            try:
                sha = self._line(
                    "rev-parse", "--verify", "--quiet", "--end-of-options", candidate + "^{commit}"
                )
            except GitError:
                continue
            # `rev-parse --verify` echoes --end-of-options itself in some releases.
            sha = sha.splitlines()[-1] if sha else ""
            if _SHA.fullmatch(sha):
                return sha
        return None

    def parents(self, sha: str) -> tuple[str, ...]:
        """The parents that the commit itself names, those that a shallow clone cut off too."""
        text = self.run("cat-file", "commit", sha).decode("utf-8", "replace")
        header = text.split("\n\n", 1)[0]
        return tuple(re.findall(r"^parent ([0-9a-f]{40,64})$", header, re.MULTILINE))

    def has(self, sha: str) -> bool:
        """Whether the commit's own objects are here."""
        try:
            self.run("cat-file", "-e", sha + "^{tree}")
        except GitError:
            return False
        return True

    def merge_base(self, one: str, other: str) -> str | None:
        """A best common ancestor, as far as the history that is here goes."""
        try:
            return self._line("merge-base", one, other).splitlines()[0]
        except (GitError, IndexError):
            return None

    def tree(self, sha: str, prefix: str) -> Commit:
        """The files of a commit below a prefix."""
        return Commit(self, sha, prefix)


def _why(said: str, status: int) -> str:
    """What git's own words come to, in one line."""
    if "dubious ownership" in said:
        return (
            "the checkout belongs to another user; allow it with "
            "`git config --global --add safe.directory PATH`"
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or [f"git ended with status {status}"])[-1]


class Commit:
    """A commit's files, read from the object store: what a worktree filter would change isn't."""

    def __init__(self, repository: Repository, sha: str, prefix: str) -> None:
        self._repository = repository
        self._sha = sha
        self._prefix = prefix
        self._known: dict[str, dict[str, tuple[str, str]]] = {}

    def _list(self, folder: str) -> dict[str, tuple[str, str]]:
        known = self._known.get(folder)
        if known is None:
            path = self._prefix + (f"{folder}/" if folder else "")
            tree = f"{self._sha}:{path.rstrip('/')}" if path else f"{self._sha}^{{tree}}"
            known = {}
            try:
                listing = self._repository.run("ls-tree", "-z", "--full-tree", tree)
            except GitError as error:
                # A folder that isn't there is empty; whatever else went wrong is not.
                if "Not a valid object name" not in str(error) and "not a tree" not in str(error):
                    raise
                listing = b""
            for entry in listing.split(b"\0"):
                meta, _, name = entry.partition(b"\t")
                if name:
                    mode, _, blob = meta.decode("ascii").split(" ")
                    known[name.decode("utf-8", "replace")] = (mode, blob)
            self._known[folder] = known
        return known

    def names(self, folder: str) -> Mapping[str, str]:
        """See `Files`."""
        return {name: _type(mode) for name, (mode, _) in self._list(folder).items()}

    def read(self, path: str, limit: int = MAX_BYTES) -> bytes:
        """See `Files`."""
        folder, _, name = path.rpartition("/")
        entry = self._list(folder).get(name)
        if entry is None:
            raise FileNotFoundError(path)
        mode, blob = entry
        if _type(mode) != "file":
            raise Unreadable("is a link or a special file")
        if int(self._repository.run("cat-file", "-s", blob)) > limit:
            return bytes(limit + 1)
        return self._repository.run("cat-file", "blob", blob)


def _type(mode: str) -> str:
    if mode in {"100644", "100755", "100664"}:
        return "file"
    return "folder" if mode == "040000" else "other"


def base_of(root: Path, name: str, *, head: str | None = None) -> Base:
    """The commit that a change must be compared with.

    `name` is what the caller gave: a branch, a tag or a commit. `head` is the tip of the pull
    request where one started the run: GitHub then checks out a merge of it into the base, and
    that merge's first parent is the right base, even where the base has moved on since.

    Raises InputError, with the remedy, where the history that is here cannot tell.
    """
    repository = Repository(root)
    remedy = "check out with `fetch-depth: 0` so that the base is there"
    try:
        prefix = repository.prefix
        tip = repository.commit("HEAD")
        if tip is None:
            raise InputError(f"the base {name!r} cannot be found: there is no commit yet")
        parents = repository.parents(tip)
        if head and len(parents) == 2 and parents[1] == head:
            if repository.has(parents[0]):
                return Base(sha=parents[0], prefix=prefix)
            raise InputError(
                f"the base {name!r} is not in this clone: {remedy} (2 is enough for a pull request)"
            )
        wanted = repository.commit(name)
        if wanted is None:
            raise InputError(
                f"the base {name!r} is not in this clone: {remedy}, or name another ref"
            )
        found = repository.merge_base(wanted, tip)
        if found is None:
            why = "history is cut off here" if repository.is_shallow else "they share no history"
            raise InputError(f"the base {name!r} and this commit: {why}; {remedy}")
        if found != wanted and repository.is_shallow:
            # What is cut off may hold a nearer common ancestor.
            raise InputError(
                f"where this change left {name!r} cannot be told in a shallow clone: {remedy}"
            )
    except GitError as error:
        raise InputError(
            f"the base {name!r} cannot be read: {error} (`base` needs a git checkout)"
        ) from None
    return Base(sha=found, prefix=prefix)
