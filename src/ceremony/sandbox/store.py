"""The bare repository behind a sandbox project, through git itself.

Refs are git's: what locks, conflicts and atomic updates do here is what they do on a real server.
What can't change, because its name is its content, is kept in memory.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ZEROS = "0" * 40
"""What git and GitHub write for a ref that does not exist."""

_DEADLINE = 120.0
_SYSTEM = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
_SETTINGS = {
    "safe.directory": "*",
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.fsync": "none",
    "gc.auto": "0",
    "receive.autogc": "false",
    "maintenance.auto": "false",
    "protocol.allow": "never",
}
_SERVED = """\
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
"""
_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B")
_FORMAT = "%x00".join(_FIELDS)
_EPOCH = 1767614400
"""2026-01-05T12:00:00Z: when the first commit of every project was made."""
_STEP = 60
"""Seconds between two commits."""
_REF = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")


class GitError(Exception):
    """git ended with another status than 0; the text is what it said."""


class Elsewhere(GitError):
    """A ref is not where the update expects it."""


class InTheWay(GitError):
    """A ref cannot be, because another one is a folder of that name, or inside of it."""


class Locked(GitError):
    """Somebody else holds the ref's lock."""


class Person(NamedTuple):
    """Who made a commit, and when."""

    name: str
    email: str
    when: dt.datetime


class Commit(NamedTuple):
    """What a commit says of itself."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str

    @property
    def headline(self) -> str:
        """The first line of its message."""
        return self.message.split("\n", 1)[0]


class Target(NamedTuple):
    """What a ref points at."""

    sha: str
    type: str


class Object(NamedTuple):
    """An object of the repository, with its bytes."""

    sha: str
    type: str
    content: bytes


class RefUpdate(NamedTuple):
    """One ref's way."""

    ref: str
    old: str | None
    """ZEROS: it must not exist yet; None: wherever it is."""
    new: str
    """ZEROS: it is to be deleted."""


class Between(NamedTuple):
    """What two commits have that the other lacks, the oldest first."""

    ahead: tuple[str, ...]
    behind: tuple[str, ...]


def environment_of_git(
    more: Mapping[str, str] | None = None, *, settings: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment that git runs in: nothing of the caller's but where programs are."""
    found = {name: os.environ[name] for name in _SYSTEM if name in os.environ}
    found |= {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }
    pairs = list((_SETTINGS | dict(settings or {})).items())
    found["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (key, value) in enumerate(pairs):
        found[f"GIT_CONFIG_KEY_{number}"] = key
        found[f"GIT_CONFIG_VALUE_{number}"] = value
    return found | dict(more or {})


class Store:
    """One bare repository on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._commits: dict[str, Commit] = {}
        self._between: dict[tuple[str, str], Between] = {}
        self._ancestry: dict[tuple[str, str], bool] = {}
        self._workflows: dict[str, Mapping[str, str]] = {}
        self._lock = threading.Lock()
        self._seconds = _EPOCH

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run git on the repository and return what it prints. Raises GitError."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            env=environment_of_git(environment),
            timeout=_DEADLINE,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise GitError(said or f"git {arguments[0]} ended with {done.returncode}")
        return done.stdout

    def initialise(self) -> None:
        """Make the empty repository, open for pushes, with `main` as its HEAD."""
        self.path.mkdir(parents=True)
        self.run("init", "--quiet", "--bare", "--initial-branch=main", "--template=")
        with (self.path / "config").open("a", encoding="utf-8") as config:
            config.write(_SERVED)

    # ------------------------------------------------------------------ refs

    def refs(self, *patterns: str) -> dict[str, Target]:
        """Every ref, or those below the given folders or of the given names."""
        listed = self.run(
            "for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)", *patterns
        )
        found = {}
        for line in listed.decode().splitlines():
            name, sha, kind = line.split("\0")
            found[name] = Target(sha, kind)
        return found

    def ref(self, name: str) -> Target | None:
        """Where one ref is."""
        return self.refs(name).get(name) if _REF.fullmatch(name) else None

    def is_valid(self, ref: str) -> bool:
        """Whether git allows a ref of this name: git-check-ref-format(1)."""
        parts = ref.split("/")
        return (
            _REF.fullmatch(ref) is not None
            and ".." not in ref
            and "@{" not in ref
            and not ref.endswith(".")
            and not any(not part or part[0] == "." or part.endswith(".lock") for part in parts)
        )

    def update(self, updates: Iterable[RefUpdate]) -> None:
        """Move refs in one transaction of git: all of them, or none.

        Raises Elsewhere, InTheWay, Locked, and GitError for what else git refuses.
        """
        words = []
        for ref, old, new in updates:
            expected = "" if old is None else old
            if new == ZEROS:
                words.append(f"delete {ref}\0{expected}\0")
            else:
                words.append(f"update {ref}\0{new}\0{expected}\0")
        try:
            self.run("update-ref", "-z", "--no-deref", "--stdin", stdin="".join(words).encode())
        except GitError as error:
            raise _meant(str(error)) from None

    # ------------------------------------------------------------------ objects

    def object(self, expression: str) -> Object | None:
        """What an expression of git stands for: `refs/heads/main:docs/a.md`, a SHA."""
        if not expression or "\n" in expression or "\0" in expression:
            return None
        raw = self.run("cat-file", "--batch", stdin=expression.encode() + b"\n")
        head, _, rest = raw.partition(b"\n")
        words = head.split(b" ")
        if len(words) != 3 or not words[2].isdigit() or len(words[0]) != 40:
            return None
        return Object(words[0].decode(), words[1].decode(), rest[: int(words[2])])

    def commits(self, shas: Sequence[str]) -> list[Commit]:
        """These commits, in the order asked for. Raises GitError where one is missing."""
        missing = [sha for sha in shas if sha not in self._commits]
        if missing:
            self._log("--no-walk=unsorted", "--stdin", stdin="\n".join(missing).encode() + b"\n")
        return [self._commits[sha] for sha in shas]

    def commit(self, sha: str) -> Commit | None:
        """One commit, by its SHA; None where there is none."""
        try:
            return self.commits([sha])[0]
        except (GitError, KeyError):
            return None

    def history(self, sha: str, *, skip: int, count: int) -> list[Commit]:
        """A commit and its ancestors, the newest first, all parents followed."""
        return self._log(f"--skip={skip}", f"--max-count={count}", "--end-of-options", sha)

    def between(self, base: str, head: str) -> Between | None:
        """What each of two commits has that the other lacks; None without a common ancestor."""
        known = self._between.get((base, head))
        if known is not None:
            return known
        ahead: list[str] = []
        behind: list[str] = []
        for commit in self._log("--date-order", "--left-right", f"{base}...{head}", mark=True):
            mark, sha = commit.sha[0], commit.sha[1:]
            (ahead if mark == ">" else behind).append(sha)
        if ahead and behind and not self._succeeds("merge-base", base, head):
            return None
        found = Between(tuple(reversed(ahead)), tuple(reversed(behind)))
        self._between[base, head] = found
        return found

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether a commit can be reached from another one, or is it."""
        known = self._ancestry.get((older, newer))
        if known is None:
            known = older == newer or self._succeeds("merge-base", "--is-ancestor", older, newer)
            self._ancestry[older, newer] = known
        return known

    def _succeeds(self, *arguments: str) -> bool:
        try:
            self.run(*arguments)
        except GitError:
            return False
        return True

    def workflows(
        self, sha: str, environment: Mapping[str, str] | None = None
    ) -> Mapping[str, str]:
        """The workflow files of a commit: path to blob."""
        known = self._workflows.get(sha)
        if known is None:
            try:
                listed = self.run(
                    "ls-tree", "-r", "-z", "--full-tree", sha, ".github/workflows/",
                    environment=environment,
                )  # fmt: skip
            except GitError as error:
                # A tag may stand on a blob.
                if "not a tree object" not in str(error):
                    raise
                listed = b""
            known = {}
            for entry in listed.decode(errors="replace").split("\0"):
                meta, _, name = entry.partition("\t")
                if name:
                    known[name] = meta.split(" ")[2]
            if environment is None:
                self._workflows[sha] = known
        return known

    def new_commits(
        self, sha: str, *known: str, environment: Mapping[str, str] | None = None
    ) -> list[tuple[str, tuple[str, ...]]]:
        """What a commit's history has that none of the known ones has: SHA and parents."""
        listed = self.run(
            "rev-list", "--parents", sha, *(f"^{other}" for other in known), environment=environment
        )
        return [
            (words[0], tuple(words[1:])) for words in map(str.split, listed.decode().splitlines())
        ]

    def _log(self, *arguments: str, stdin: bytes = b"", mark: bool = False) -> list[Commit]:
        form = "%m" + _FORMAT if mark else _FORMAT
        raw = self.run(
            "log", "-z", "--no-show-signature", "--no-decorate", "--no-notes", "--no-mailmap",
            "--no-color", "--encoding=UTF-8", f"--format=tformat:{form}", *arguments, stdin=stdin,
        )  # fmt: skip
        words = raw.decode(errors="replace").split("\0")
        found = []
        width = len(_FIELDS)
        for start in range(0, len(words) - width + 1, width):
            sha, tree, parents, name, email, when, name2, email2, when2, message = words[
                start : start + width
            ]
            commit = Commit(
                sha,
                tree,
                tuple(parents.split()),
                Person(name, email, _time(when)),
                Person(name2, email2, _time(when2)),
                message.rstrip("\n"),
            )
            found.append(commit)
            plain = sha.lstrip("<>-")
            self._commits[plain] = commit._replace(sha=plain)
        return found

    # ------------------------------------------------------------------ writing

    def write(
        self,
        files: Mapping[str, str | bytes | None],
        *,
        message: str,
        branch: str,
        parents: Sequence[str],
    ) -> str:
        """Commit files over those of the first parent, move the branch there; return the SHA."""
        with self._lock:
            stream = self._stream(1, message, branch, parents)
            for name, content in files.items():
                quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
                if content is None:
                    stream += f'D "{quoted}"\n'.encode()
                else:
                    raw = content.encode() if isinstance(content, str) else content
                    stream += f'M 100644 inline "{quoted}"\n'.encode() + _data(raw)
            stream += b"get-mark :1\n"
            return self.run("fast-import", "--quiet", "--force", stdin=stream).decode().strip()

    def grow(self, count: int, *, message: str, branch: str) -> list[str]:
        """Add many empty commits on top of a branch; return their SHAs, the oldest first."""
        with self._lock:
            tip = self.ref(f"refs/heads/{branch}")
            made = [tip.sha] if tip else []
            start = len(made)
            # One import of everything takes far longer than several of a thousand.
            for first in range(1, count + 1, 1000):
                numbers = range(first, min(first + 1000, count + 1))
                stream = b""
                for mark, number in enumerate(numbers, start=1):
                    parents = [f":{mark - 1}"] if mark > 1 else made[-1:]
                    stream += self._stream(mark, f"{message} {number}", branch, parents)
                stream += b"".join(b"get-mark :%d\n" % mark for mark in range(1, len(numbers) + 1))
                printed = self.run("fast-import", "--quiet", "--force", stdin=stream)
                made += printed.decode().split()
            return made[start:]

    def _stream(self, mark: int, message: str, branch: str, parents: Sequence[str]) -> bytes:
        who = f"A contributor <contributor@example.org> {self._seconds} +0000"
        self._seconds += _STEP
        stream = f"commit refs/heads/{branch}\nmark :{mark}\ncommitter {who}\n".encode()
        stream += _data(message.encode())
        for word, parent in zip(("from", *("merge" for _ in parents[1:])), parents, strict=False):
            stream += f"{word} {parent}\n".encode()
        return stream


def _data(raw: bytes) -> bytes:
    """Content as git-fast-import(1) takes it."""
    return b"data %d\n%s\n" % (len(raw), raw)


def _time(seconds: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC)


def _meant(said: str) -> GitError:
    """What git says about a ref that it would not move, as the kind of refusal that they are."""
    if "File exists" in said and ".lock'" in said:
        return Locked(said)
    if "cannot create" in said or "is a directory" in said or "Not a directory" in said:
        return InTheWay(said)
    if any(
        words in said
        for words in ("but expected", "already exists", "unable to resolve", "reference is missing")
    ):
        return Elsewhere(said)
    return GitError(said)
