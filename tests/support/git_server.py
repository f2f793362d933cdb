"""A git server on loopback: bare repositories over smart HTTP, served by git's own backend."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.wrappers import Request, Response

from ceremony.sandbox.http_git import backend
from ceremony.sandbox.server import listening

REPOSITORY = Path(__file__).resolve().parents[2]

# No configuration of the machine takes part, and every commit has the same author and date.
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "A contributor",
    "GIT_AUTHOR_EMAIL": "contributor@example.org",
    "GIT_AUTHOR_DATE": "2026-01-05T12:00:00Z",
    "GIT_COMMITTER_NAME": "A contributor",
    "GIT_COMMITTER_EMAIL": "contributor@example.org",
    "GIT_COMMITTER_DATE": "2026-01-05T12:00:00Z",
}
_SYSTEM = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
_WHO = "A contributor <contributor@example.org> 1767614400 +0000"


class GitError(Exception):
    """git ended with another status than 0; the text is what it said."""


def environment_of_git(**more: str) -> dict[str, str]:
    """The environment that git runs in: nothing of the caller's but where programs are."""
    return {name: os.environ[name] for name in _SYSTEM if name in os.environ} | ENVIRONMENT | more


def git(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run git in a folder and return what it prints, without the last line break."""
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env=environment_of_git(**(environment or {})),
        timeout=60,
    )
    if done.returncode:
        raise GitError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode().rstrip("\n")


@dataclass(frozen=True, kw_only=True)
class BareRepository:
    """A bare repository that a server serves."""

    path: Path
    url: str

    def git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Run git on the repository."""
        return git(self.path, *arguments, stdin=stdin, environment=environment)

    def commit(
        self,
        files: Mapping[str, str | bytes],
        *,
        message: str = "A change",
        branch: str = "main",
        parents: Sequence[str] = (),
    ) -> str:
        """Commit exactly these files, move the branch there, and return the commit."""
        words = ["from", *("merge" for _ in parents[1:])]
        stream = f"commit refs/heads/{branch}\nmark :1\ncommitter {_WHO}\n".encode()
        stream += _data(message.encode())
        for word, parent in zip(words, parents, strict=False):
            stream += f"{word} {parent}\n".encode()
        stream += b"deleteall\n"
        for name, content in files.items():
            quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            stream += f'M 100644 inline "{quoted}"\n'.encode()
            stream += _data(content.encode() if isinstance(content, str) else content)
        return self.git("fast-import", "--quiet", "--force", stdin=stream + b"get-mark :1\n")

    def commit_tree(
        self, tree: str, *, message: str, branch: str, parents: Iterable[str] = ()
    ) -> str:
        """Commit a tree that the repository holds, move the branch there, return the commit."""
        named = [word for parent in parents for word in ("-p", parent)]
        sha = self.git("commit-tree", tree, "-m", message, *named)
        self.git("update-ref", f"refs/heads/{branch}", sha)
        return sha

    def clone(self, folder: Path, *options: str) -> Path:
        """Clone over HTTP, as a checkout does, and return the folder."""
        git(self.path, "clone", "--quiet", *options, "--", self.url, str(folder))
        return folder


@dataclass(frozen=True, kw_only=True)
class GitServer:
    """A folder of bare repositories and the address that serves it."""

    root: Path
    url: str
    requests: list[str] = field(default_factory=list)
    """Method and path of every request, in the order of arrival."""

    def create(self, name: str) -> BareRepository:
        """Make the empty repository `owner/name`, open for pushes, with `main` as its HEAD."""
        path = self.root / f"{name}.git"
        path.mkdir(parents=True)
        git(path, "init", "--quiet", "--bare", "--initial-branch=main")
        git(path, "config", "http.receivepack", "true")
        return BareRepository(path=path, url=f"{self.url}/{name}")


@contextmanager
def serving(root: Path) -> Iterator[GitServer]:
    """Serve a folder of bare repositories on a free port of loopback."""
    requests: list[str] = []

    @Request.application
    def application(request: Request) -> Response:
        requests.append(f"{request.method} {request.path}")
        return backend(request, root, request.path)

    with listening(application) as url:
        yield GitServer(root=root, url=url, requests=requests)


def _data(raw: bytes) -> bytes:
    """Content as git-fast-import(1) takes it."""
    return b"data %d\n%s\n" % (len(raw), raw)


def publish_ceremony(server: GitServer, *tags: str) -> BareRepository:
    """Make `spiritstream/ceremony` of this working tree, at the given tags.

    What a commit of the tree as it is would hold: tracked files and new ones, never ignored ones.
    """
    bare = server.create("spiritstream/ceremony")
    names = git(REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    here = {
        "GIT_DIR": str(bare.path),
        "GIT_WORK_TREE": str(REPOSITORY),
        "GIT_INDEX_FILE": str(bare.path / "index.of-tree"),
    }
    # Our own repository's settings and index stay out of it; only its files are read.
    update = ("-c", "core.bare=false", "update-index", "-z", "--add", "--remove", "--stdin")
    git(REPOSITORY, *update, stdin=names.encode(), environment=here)
    tree = bare.git("write-tree", environment={"GIT_INDEX_FILE": here["GIT_INDEX_FILE"]})
    sha = bare.commit_tree(tree, message="The tree under test", branch="main")
    for tag in tags:
        bare.git("tag", tag, sha)
    return bare
