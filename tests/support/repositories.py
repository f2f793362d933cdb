"""Real git repositories for tests, made with no settings but their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

DATE = "2026-01-02T03:04:05+00:00"


def git(folder: Path, *arguments: str, date: str = DATE, author: str = "lark") -> str:
    """Run git as a maintainer would, without the machine's settings; returns what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment.update(
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_SYSTEM=os.devnull,
        GIT_AUTHOR_NAME=author,
        GIT_AUTHOR_EMAIL="lark@example.org",
        GIT_AUTHOR_DATE=date,
        GIT_COMMITTER_NAME="lark",
        GIT_COMMITTER_EMAIL="lark@example.org",
        GIT_COMMITTER_DATE=date,
    )
    done = subprocess.run(
        # Nothing packs in the background what a test copies or removes.
        ["git", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
        env=environment,
    )
    return done.stdout.decode().strip()


def repository(folder: Path) -> Path:
    """A new, empty repository whose branch is main."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(
    folder: Path,
    files: Mapping[str, str | bytes | None],
    message: str = "change",
    *,
    date: str = DATE,
    author: str = "lark",
) -> str:
    """Write the files (None removes one), commit them, and return the commit."""
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message, date=date, author=author)
    return git(folder, "rev-parse", "HEAD")


def clone(origin: Path, folder: Path, *options: str) -> Path:
    """Clone over a real transport, so that a depth is obeyed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(folder.parent, "clone", "-q", *options, origin.resolve().as_uri(), folder.name)
    return folder
