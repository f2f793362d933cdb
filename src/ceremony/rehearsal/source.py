"""The history that a rehearsal starts from: the sample project, or a copy of a repository.

A repository is a stranger's until proven otherwise. Its settings are in force only while its refs
are listed, without hooks, monitors or transports; its objects are then read as data, by a git
that runs in the copy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from ceremony import config as configuration
from ceremony.config import DEFAULT_PATH, Config
from ceremony.git import GitError, Repository
from ceremony.model import InputError
from ceremony.workspace import Checkout, Unreadable

SAMPLE = Path(__file__).resolve().parents[3] / "examples" / "project"

_SHALLOW = re.compile(rb"(?:[0-9a-f]{40}\n)*[0-9a-f]{40}\n?")
_BRANCH = "refs/heads/"
_ORIGIN = "refs/remotes/origin/"
_MAIN, _LATEST = Config().layout.main_branch, Config().layout.latest_branch
_READINGS = 4
"""How often a configuration may send its reader on to another branch."""


class _Named(Repository):
    """A repository whose errors say what git was doing."""

    def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """See `Repository`."""
        try:
            return super().run(*arguments, stdin=stdin)
        except GitError as error:
            raise GitError(f"git {arguments[0]}: {error}") from None


class Bare(_Named):
    """A repository named by its own folder, such as `app.git` or `app/.git`."""

    def _command(self, arguments: Sequence[str]) -> list[str]:
        # A folder that git finds by itself may be refused: safe.bareRepository.
        return super()._command(("--git-dir=.", *arguments))

    def has_ancestor(self, sha: str, ancestor: str) -> bool:
        """Whether the second commit is the first one or below it."""
        return self.merge_base(sha, ancestor) == ancestor


class Source(NamedTuple):
    """What was copied."""

    default: str
    """The default branch, by name."""
    main: str
    """The branch that development goes to: what the configuration calls main, else `main`, else
    the branch that stands in for it."""
    config: Config = Config()
    """The configuration as it is on main; the ceremony's own tables where there is none."""
    raw: bytes | None = None
    """The configuration's bytes; None where there is none."""
    is_shallow: bool = False
    stand_in: str = ""
    """What main is to the repository, where nothing calls it so: `its default branch`."""
    is_edited: bool = False
    """Whether the worktree's configuration is another than that of the commit checked out."""

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
    cannot be copied, for a configuration that cannot be read, and where main cannot be told.
    """
    if not path.is_dir():
        wrong = f"{str(path)!r} is a file, not a folder"
        if not path.exists():
            wrong = f"there is no folder {str(path)!r}"
        raise InputError(f"`repo`: {wrong}; give the path of a repository")
    try:
        origin, worktree = _opened(path)
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
    head = heads.commit if heads.commit and copied.has(heads.commit) else None
    start, stand_in = _start(branches, heads) or (_told(copied, head), "")
    tips = {name: refs[_BRANCH + name] for name in branches}
    found = _governed(copied, tips, start)._replace(is_shallow=is_shallow)
    likely = (heads.own, heads.remote) if heads.is_bare else (heads.remote,)
    default = next((name for name in likely if name in branches), start)
    copied.run("symbolic-ref", "HEAD", _BRANCH + default)
    return found._replace(
        default=default,
        stand_in="" if _names_main(found.raw) else stand_in,
        is_edited=worktree is not None
        and (head is not None or not heads.commit)
        and _is_edited(worktree, copied, head),
    )


# ---------------------------------------------------------------------------- main


class _Heads(NamedTuple):
    """What the repository says of its branches."""

    remote: str
    """The default branch of `origin`; empty where that is not known."""
    own: str
    """The branch that HEAD stands for; empty where it is detached."""
    commit: str
    """The commit that HEAD stands for; empty where there is none yet."""
    is_bare: bool


def _start(branches: AbstractSet[str], heads: _Heads) -> tuple[str, str] | None:
    """The branch that the configuration is first read on, and what it is where it is not `main`.

    None where that cannot be told. It is never `latest`, which only follows.
    """
    if _MAIN in branches:
        return _MAIN, ""
    default, checked_out = "its default branch", "the branch that is checked out"
    named = [(heads.remote, default), (heads.own, default if heads.is_bare else checked_out)]
    for name, what in reversed(named) if heads.is_bare else named:
        if name in branches and name != _LATEST:
            return name, what
    others = branches - {_LATEST}
    if len(others) == 1:
        return min(others), "its only branch" + f" beside {_LATEST}" * (others != branches)
    return None


def _told(copied: Bare, head: str | None) -> str:
    """What the configuration of the commit that is checked out calls main."""
    config, raw = _config(copied, head) if head else (Config(), None)
    if not _names_main(raw):
        raise _untold()
    return config.layout.main_branch


def _untold() -> InputError:
    return InputError(
        f"`repo` has no branch {_MAIN}, and which of its branches plays it cannot be told: give "
        f"`branches.main` in {DEFAULT_PATH}, or check that branch out"
    )


def _governed(copied: Bare, tips: Mapping[str, str], start: str) -> Source:
    """The configuration that is in force, followed from branch to branch as promote does."""
    main = start
    for _ in range(_READINGS):
        if main not in tips:
            raise InputError(
                f"`branches.main`: the repository has no branch {main!r}; push it, or correct the "
                "name",
                file=DEFAULT_PATH,
            )
        config, raw = _config(copied, tips[main])
        named = config.layout.main_branch
        if not _names_main(raw) and named not in tips:
            named = main
        if named == main:
            break
        main = named
    else:
        raise InputError(
            "`branches.main` names another branch each time it is read; say the same on each",
            file=DEFAULT_PATH,
        )
    if main == config.layout.latest_branch:
        if not _names_main(raw) and main != _MAIN:
            raise _untold()
        raise InputError(f"main and latest are both {main!r}; they must differ", file=DEFAULT_PATH)
    return Source(main, main, config, raw)


def _names_main(raw: bytes | None) -> bool:
    """Whether a configuration that can be read says itself what main is called."""
    data = YAML(typ="safe", pure=True).load((raw or b"").decode("utf-8-sig")) or {}
    return "main" in (data.get("branches") or {})


def _is_edited(worktree: Path, copied: Bare, head: str | None) -> bool:
    """Whether a worktree has a configuration that is not the commit's, line ends aside.

    The bytes are compared as they are: no filter of the repository runs.
    """
    limit = configuration.MAX_BYTES
    try:
        own = Checkout(worktree).read(DEFAULT_PATH, limit)
    except (FileNotFoundError, Unreadable):
        return False  # a sparse worktree lacks it without a change
    try:
        committed = copied.tree(head, "").read(DEFAULT_PATH, limit) if head else None
    except (FileNotFoundError, Unreadable):
        committed = None
    return committed is None or own.replace(b"\r\n", b"\n") != committed.replace(b"\r\n", b"\n")


# ---------------------------------------------------------------------------- the repository


def _said(repository: Repository, *arguments: str) -> str:
    return os.fsdecode(repository.run(*arguments)).rstrip("\n")


def _opened(path: Path) -> tuple[Repository, Path | None]:
    """The repository at a path: named itself, or found from a folder of its worktree."""
    if all((path / name).exists() for name in ("HEAD", "objects", "refs")):
        return Bare(path), None
    around = _Named(path)
    found = Bare(Path(_said(around, "rev-parse", "--absolute-git-dir")))
    try:
        return found, Path(_said(around, "rev-parse", "--show-toplevel"))
    except GitError:
        return found, None  # a folder inside of `.git`


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


def _heads(origin: Repository) -> _Heads:
    asked = (
        ("symbolic-ref", "--quiet", _ORIGIN + "HEAD"),
        ("symbolic-ref", "--quiet", "HEAD"),
        ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
    )
    said = []
    for arguments in asked:
        try:
            said.append(_said(origin, *arguments))
        except GitError:
            said.append("")
    remote, own, commit = said
    is_bare = _said(origin, "rev-parse", "--is-bare-repository") == "true"
    return _Heads(_short(remote), _short(own), commit, is_bare)


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
