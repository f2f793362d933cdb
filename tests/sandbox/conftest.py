"""A sandbox with one project of three commits, and a client that speaks to it over HTTP."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony.sandbox import Project, Sandbox
from ceremony.sandbox.state import World
from tests.sandbox.client import NAME, Client

if os.name == "nt":
    # The sandbox's hook and git's HTTP backend need a POSIX system.
    collect_ignore = [
        "test_evidence.py",
        "test_faults.py",
        "test_http_git.py",
        "test_issues.py",
        "test_objects.py",
        "test_refs.py",
        "test_releases.py",
    ]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox.serving(tmp_path / "server") as serving:
        yield serving


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What every project here begins as."""
    made = World(tmp_path_factory.mktemp("pattern")).create(NAME)
    first = made.commit({"readme": "1", ".github/workflows/ci.yml": "on: workflow_dispatch\n"})
    made.set_ref("refs/heads/latest", first)
    made.commit({"readme": "2"})
    made.commit({"readme": "3"})
    return made


@pytest.fixture
def project(sandbox: Sandbox, pattern: Project) -> Project:
    made = sandbox.create(NAME)
    shutil.copytree(pattern.path, made.path, dirs_exist_ok=True)
    return made


@pytest.fixture
def line(pattern: Project) -> list[str]:
    """The commits of main, the oldest first."""
    return [commit.sha for commit in reversed(pattern.store.history("main", skip=0, count=9))]


@pytest.fixture
def client(sandbox: Sandbox, project: Project) -> Client:
    """A token that may do everything that a workflow's own may."""
    return Client.of(
        sandbox,
        contents="write",
        checks="read",
        statuses="read",
        actions="write",
        issues="write",
        pull_requests="write",
    )
