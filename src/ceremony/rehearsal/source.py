"""The history that a rehearsal starts from: the sample project, or a copy of a repository.

A repository is a stranger's until proven otherwise. Its settings are in force only while its refs
are listed, without hooks, monitors or transports; its objects are then read as data, by a git
that runs in the copy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ceremony import config as configuration
from ceremony.config import DEFAULT_PATH, Config
from ceremony.git import GitError, Repository
from ceremony.model import InputError
from ceremony.workspace import Unreadable

SAMPLE = Path(__file__).resolve().parents[3] / "examples" / "project"

_SHALLOW = re.compile(rb"(?:[0-9a-f]{40}\n)*[0-9a-f]{40}\n?")
_BRANCH = "refs/heads/"
_ORIGIN = "refs/remotes/origin/"


class Bare(Repository):
    """A repository named by its own folder, such as `app.git` or `app/.git`."""

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return super()._command(("--git-dir=.", *arguments))

    def has_ancestor(self, sha: str, ancestor: str) -> bool:
        """Whether the second commit is the first one or below it."""
        return self.merge_base(sha, ancestor) == ancestor


class Source(NamedTuple):
    """What was copied."""

    default: str
    """The default branch, by name."""
    main: str
    """The branch that development goes to: the one that the default branch's configuration names,
    where there is one of that name; else the default branch."""
    config: Config = Config()
    """The configuration as it is on main; the ceremony's own tables where there is none."""
    raw: bytes | None = None
    """The configuration's bytes; None where there is none."""
    is_shallow: bool = False

    @property
    def latest(self) -> str:
        """The branch that promotion moves."""
        return self.config.layout.latest_branch


def sample_files() -> dict[str, str | bytes]:
    """The files of the sample project, by path.

    Raises InputError where this copy of ceremony came without them.
    """
    found: dict[str, str | bytes] = {
        path.relative_to(SAMPLE).as_posix(): path.read_bytes()
        for path in sorted(SAMPLE.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    if not found:
        raise InputError(
            "the sample project is not here: run `bin/ceremony` from a clone of ceremony, or give "
            "a repository of yours with `--repo PATH`"
        )
    return found


def copy(path: Path, target: Path) -> Source:
    """Copy the committed history of a repository's branches and tags into a bare repository.

    Branches that only `origin` has count as well, as they do on the host that it was cloned from.
    Raises InputError for a path that is no repository, for one without a commit, for history that
    cannot be copied, and for a configuration that cannot be read.
    """
    if not path.is_dir():
        raise InputError(f"`repo`: there is no folder {str(path)!r}; give the path of a repository")
    try:
        origin = _opened(path)
        if _said(origin, "rev-parse", "--show-object-format") != "sha1":
            raise InputError("`repo` is a SHA-256 repository, which GitHub does not host")
        refs = _refs(origin)
        heads = _heads(origin)
        common = Path(_said(origin, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    except GitError as error:
        hint = "; give the folder of a clone, or of a bare repository"
        hint *= "not a git repository" in str(error)
        raise InputError(f"`repo` cannot be read: {error}{hint}") from None
    branches = frozenset(_short(name) for name in refs if name.startswith(_BRANCH))
    if not branches:
        raise InputError(
            "`repo` has no commit on any branch yet: commit something first, or leave `--repo` "
            "out to rehearse on the sample project"
        )
    copied = Bare(target)
    try:
        is_shallow = _take(copied, target, common, refs)
    except GitError as error:
        raise InputError(
            f"`repo` cannot be copied: {error} (a partial clone lacks objects, as a damaged one "
            "does: use a full clone)"
        ) from None
    default = next(name for name in (*heads, "master", *sorted(branches)) if name in branches)
    copied.run("symbolic-ref", "HEAD", _BRANCH + default)
    config, raw = _config(copied, refs[_BRANCH + default])
    main = config.layout.main_branch
    if main not in branches:
        main = default
    if main != default:
        config, raw = _config(copied, refs[_BRANCH + main])  # what promote goes by
    return Source(default, main, config, raw, is_shallow)


def _said(repository: Repository, *arguments: str) -> str:
    return os.fsdecode(repository.run(*arguments)).rstrip("\n")


def _opened(path: Path) -> Repository:
    """The repository at a path: named itself, or found from a folder of its worktree."""
    if all((path / name).exists() for name in ("HEAD", "objects", "refs")):
        return Bare(path)
    return Bare(Path(_said(Repository(path), "rev-parse", "--absolute-git-dir")))


def _refs(origin: Repository) -> dict[str, str]:
    """The branches and tags by full name, those of `origin` where there is no local branch."""
    patterns = ("refs/heads/", "refs/tags/", _ORIGIN)
    listing = origin.run("for-each-ref", "--format=%(objectname) %(refname) %(symref)", *patterns)
    found: dict[str, str] = {}
    remote: dict[str, str] = {}
    for line in listing.splitlines():
        sha, raw, symbolic = line.split(b" ", 2)
        try:
            full = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue  # the sandbox speaks JSON, which cannot name it
        if not symbolic:
            kept = remote if full.startswith(_ORIGIN) else found
            kept[full] = sha.decode("ascii")
    folders = {folder for name in found for folder in _folders(name)}
    for full, remote_sha in remote.items():
        name = _BRANCH + full.removeprefix(_ORIGIN)
        if name not in folders and not found.keys() & {name, *_folders(name)}:
            found[name] = remote_sha
    return found


def _folders(name: str) -> Iterator[str]:
    """What cannot be a ref beside one of this name."""
    parts = name.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts)))


def _heads(origin: Repository) -> list[str]:
    """What may be the default branch, the likeliest first."""
    heads = []
    for ref in (_ORIGIN + "HEAD", "HEAD"):
        try:
            heads.append(_short(_said(origin, "symbolic-ref", "--quiet", ref)))
        except GitError:
            heads.append("")
    remote, own = heads
    if _said(origin, "rev-parse", "--is-bare-repository") == "true":
        return [own, remote, "main"]
    return [remote, "main", own]  # what a worktree has checked out may be any branch


def _short(ref: str) -> str:
    return ref.removeprefix(_ORIGIN).removeprefix(_BRANCH)


def _take(copied: Bare, target: Path, common: Path, refs: Mapping[str, str]) -> bool:
    """Pack what the refs reach, then let the copy stand alone; returns whether it is shallow."""
    shallow = common / "shallow"
    is_shallow = shallow.is_file() and not shallow.is_symlink()
    if is_shallow:
        (target / "shallow").write_bytes(_cut_off(shallow))
    # The copy borrows the objects only while they are packed: nothing then asks the repository's
    # own settings, which may name programs (uploadpack.packObjectsHook, remote.*.uploadpack).
    alternates = target / "objects" / "info" / "alternates"
    alternates.parent.mkdir(parents=True, exist_ok=True)
    alternates.write_bytes(_quoted(os.fsencode(common / "objects")))
    packs = target / "objects" / "pack"
    packs.mkdir(exist_ok=True)
    tips = "".join(f"{sha}\n" for sha in sorted(set(refs.values())))
    try:
        copied.run(
            "pack-objects", "--quiet", "--revs", "--window=0", "--delta-base-offset",
            str(packs.resolve() / "pack"), stdin=tips.encode("ascii"),
        )  # fmt: skip
    finally:
        alternates.unlink()
    updates = "".join(f"create {name} {sha}\n" for name, sha in refs.items())
    copied.run("update-ref", "--stdin", stdin=updates.encode("utf-8"))
    return is_shallow


def _cut_off(shallow: Path) -> bytes:
    lines = shallow.read_bytes()
    if _SHALLOW.fullmatch(lines) is None:
        raise GitError("its list of cut off commits (`shallow`) is damaged")
    return lines


def _quoted(path: bytes) -> bytes:
    """A line of `alternates` that holds any path (gitrepository-layout, quoted as in C)."""
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"\n'


def _config(copied: Bare, sha: str) -> tuple[Config, bytes | None]:
    try:
        raw = copied.tree(sha, "").read(DEFAULT_PATH, configuration.MAX_BYTES)
    except FileNotFoundError:
        return Config(), None
    except Unreadable as error:
        raise InputError(f"{error}; it must be a file", file=DEFAULT_PATH) from None
    return configuration.read(raw), raw
