"""Local git, read-only; the only module that runs a program.

A checkout is a stranger's: no hook, no file-system monitor, no embedded bare repository and no
transport of it may run anything. Refs and paths come after ``--end-of-options``.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from ceremony.documents import MAX_BYTES
from ceremony.model import InputError
from ceremony.workspace import Unreadable

_SAFE = (
    "-c", "safe.bareRepository=explicit",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "core.pager=cat",
    "-c", "log.follow=false",
    "-c", "log.showSignature=false",
    "-c", "protocol.allow=never",
    "-c", "submodule.recurse=false",
    "-c", "uploadpack.packObjectsHook=",
)  # fmt: skip
_DEADLINE = 60.0
MAX_LOG_BYTES = 64 * 1024 * 1024
"""What git may print about history: a hundred thousand changes of documents fit."""
MAX_COMMITS = 200_000
"""How far back first parents are counted."""
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


class Where(NamedTuple):
    """Where a commit stands, and how much of its history is here."""

    prefix: str
    """The folder's path inside the repository, with a closing slash; empty at the top."""
    shallow: bool
    """Whether history was cut off, so that what is absent proves nothing."""
    sha: str
    parents: tuple[str, ...]


class Change(NamedTuple):
    """What one commit did to one file; a merge's, compared with its first parent."""

    commit: str
    date: dt.date
    """The author's date, by the author's own clock."""
    parents: tuple[str, ...]
    author: str
    path: str
    """Relative to the folder."""
    mode: str
    """Afterwards; zeros where the file is gone."""
    old: str
    """The blob before; empty where the commit brought the file."""
    new: str
    """The blob afterwards; empty where the commit took the file away."""


class Repository:
    """The repository that holds a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Run git and return what it prints.

        Raises GitError when git fails, is missing, or takes over a minute.
        """
        import subprocess  # noqa: PLC0415 -- it is slow to import, and `--explain` asks git nothing

        try:
            done = subprocess.run(
                self._command(arguments),
                input=stdin if stdin is not None else b"",
                capture_output=True,
                check=False,
                timeout=_DEADLINE,
                env=_environment(),
            )
        except FileNotFoundError:
            raise GitError("git is not installed") from None
        except subprocess.TimeoutExpired:
            raise GitError(f"git took over {_DEADLINE:.0f} seconds") from None
        if done.returncode != 0:
            raise GitError(_why(done.stderr.decode("utf-8", "replace"), done.returncode))
        return done.stdout

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return ["git", *_SAFE, "-C", str(self._folder), *arguments]

    @contextmanager
    def _talk(self, *arguments: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """Run git with both of its pipes open; it ends with the block, and at the deadline.

        Raises GitError where it fails.
        """
        import subprocess  # noqa: PLC0415 -- as above
        from threading import Timer  # noqa: PLC0415 -- subprocess has imported it

        pipe = subprocess.PIPE
        with subprocess.Popen(
            self._command(arguments),
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as process:
            late = Timer(_DEADLINE, process.kill)
            late.start()
            try:
                assert process.stdin is not None  # noqa: S101 -- asked for above
                assert process.stdout is not None  # noqa: S101 -- asked for above
                yield process.stdin, process.stdout
                process.stdin.close()
                # One that still has something to say would wait for a reader.
                while process.stdout.read(1 << 16):
                    pass
                status = process.wait()
            except BrokenPipeError:
                raise GitError(f"git {arguments[0]} ended early") from None
            except BaseException:
                process.kill()
                raise
            finally:
                late.cancel()
        if status != 0:
            raise GitError(f"git {arguments[0]} ended with status {status}")

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

    def where(self, revision: str) -> Where:
        """Where `HEAD`, or a commit by its SHA, stands. Raises GitError without a commit."""
        said = self._line(
            "rev-parse", "--show-prefix", "--is-shallow-repository", revision, f"{revision}^@"
        )
        prefix, shallow, sha, *parents = said.split("\n")
        if shallow not in {"true", "false"} or _SHA.fullmatch(sha) is None:
            raise GitError("the folder's name holds a line break")
        return Where(prefix=prefix, shallow=shallow == "true", sha=sha, parents=tuple(parents))

    def refs(self, *patterns: str) -> dict[str, str]:
        """What full refs point at, by name; `*` stands for anything but a slash."""
        listed = self.run("for-each-ref", "--format=%(refname) %(objectname)", *patterns)
        found = (line.partition(" ") for line in listed.decode("utf-8", "replace").splitlines())
        return {name: sha for name, _, sha in found}

    def fetched(self) -> tuple[str, ...]:
        """Which refs of `origin` the clone is set up to fetch."""
        try:
            listed = self._line("config", "--get-all", "remote.origin.fetch")
        except GitError:
            return ()
        return tuple(line.lstrip("+").partition(":")[0] for line in listed.splitlines())

    def changes(
        self, tips: Iterable[str], specs: Iterable[str], *, without: Iterable[str] = ()
    ) -> tuple[Change, ...]:
        """What every commit that the tips reach did to the files, newest first.

        One walk over all of history, side branches included: a merge that takes one side, or
        neither, hides nothing. Children come before their parents. `specs` are pathspecs from the
        folder, `without` commits whose history is left out. Raises GitError.
        """
        asked = [*tips, *(f"^{sha}" for sha in without), "--", *specs]
        with self._talk(*_LOG) as (questions, answers):
            questions.write("".join(f"{line}\n" for line in asked).encode())
            questions.close()
            said = answers.read(MAX_LOG_BYTES + 1)
            if len(said) > MAX_LOG_BYTES:
                raise GitError(f"the documents' history is larger than {MAX_LOG_BYTES:,} bytes")
        return tuple(_changes(said))

    def blobs(
        self, names: Iterable[str], *, largest: int = MAX_BYTES, room: int
    ) -> dict[str, bytes]:
        """The contents of blobs by name, in order, until the room for all of them is used up.

        One that is larger than `largest` is left out. Raises GitError where one isn't here.
        """
        found: dict[str, bytes] = {}
        with self._talk("cat-file", "--batch") as (questions, answers):
            for name in dict.fromkeys(names):
                questions.write(f"{name}\n".encode())
                questions.flush()
                header = answers.readline(1_000).decode("utf-8", "replace").split()
                if len(header) != 3:
                    raise GitError(f"git cannot read {name}")
                kind, size = header[1], int(header[2])
                room -= size
                if room < 0:
                    break
                if kind != "blob" or size > largest:
                    for start in range(0, size + 1, 1 << 16):
                        answers.read(min(1 << 16, size + 1 - start))
                    continue
                found[name] = answers.read(size + 1)[:-1]
        return found

    def first_parents(self, sha: str) -> frozenset[str]:
        """The commit and its first parents, as far back as they are counted."""
        listed = self._line("rev-list", "--first-parent", f"--max-count={MAX_COMMITS}", sha)
        return frozenset(listed.splitlines())

    def ahead(self, sha: str, other: str, *, most: int) -> int:
        """How many commits the first holds and the other lacks; none is counted beyond `most`."""
        return int(self._line("rev-list", "--count", f"--max-count={most}", sha, f"^{other}"))

    def held(self, sha: str, paths: Iterable[str]) -> dict[str, str]:
        """The blobs that a commit holds, by path from the top of the repository."""
        wanted = [path for path in paths if "\n" not in path]
        asked = "".join(f"{sha}:{path}\n" for path in wanted).encode()
        lines = self.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked)
        pairs = zip(wanted, lines.decode("utf-8", "replace").splitlines(), strict=True)
        return {path: line.split()[0] for path, line in pairs if line.endswith(" blob")}

    def tree(self, sha: str, prefix: str) -> Commit:
        """The files of a commit below a prefix."""
        return Commit(self, sha, prefix)


_LOG = (
    "log", "--stdin", "--date-order", "--full-history", "--diff-merges=first-parent", "--root",
    "--raw", "--no-renames", "--no-abbrev", "-z", "--relative", "--no-color", "--no-ext-diff",
    "--no-textconv", "--no-notes", "--no-mailmap", "--ignore-submodules=none", "--encoding=UTF-8",
    "--format=%x01%H %as %cs %P%x02%an",
)  # fmt: skip


def _environment() -> dict[str, str]:
    """The caller's environment without what would lead git elsewhere."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment.update(
        GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0", GIT_NO_REPLACE_OBJECTS="1",
        GIT_NO_LAZY_FETCH="1", LC_ALL="C",
        # Stronger than protocol.allow, which a repository's own protocol.ext.allow outweighs.
        GIT_ALLOW_PROTOCOL="none",
    )  # fmt: skip
    return environment


def _changes(said: bytes) -> Iterator[Change]:
    """The changes in what `git log --raw -z` prints."""
    commit, date, author = "", dt.date.max, ""
    parents: tuple[str, ...] = ()
    parts = iter(said.split(b"\0"))
    for part in parts:
        if part.startswith(b"\1"):
            head, _, name = part[1:].decode("utf-8", "replace").partition("\2")
            commit, authored, committed, *before = head.split(" ")
            date, author = _day(authored) or _day(committed) or dt.date.max, name
            parents = tuple(filter(None, before))
        elif part.startswith((b":", b"\n:")):
            _, mode, old, new, _ = part.decode("ascii").lstrip("\n:").split(" ")
            yield Change(
                commit=commit,
                date=date,
                parents=parents,
                author=author,
                path=next(parts).decode("utf-8", "replace"),
                mode=mode,
                old=old if old.strip("0") else "",
                new=new if new.strip("0") else "",
            )


def _day(text: str) -> dt.date | None:
    """A date that git prints; a commit may bear one that no calendar has."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


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
