"""Real git over HTTP: it clones and pushes as it would with GitHub."""

from __future__ import annotations

import http.client
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ceremony.sandbox import BranchRule, Fault, Project, Sandbox
from tests.sandbox.client import NAME, Client
from tests.support.git_server import environment_of_git

MAIN, LATEST = "refs/heads/main", "refs/heads/latest"


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment_of_git() | {"HOME": os.devnull},
        timeout=60,
    )


def _address(project: Project, token: str) -> str:
    return project.clone_url.replace("://", f"://x-access-token:{token}@")


@pytest.fixture
def clone(tmp_path: Path, project: Project) -> Path:
    folder = tmp_path / "clone"
    done = _git(tmp_path, "clone", "--quiet", project.clone_url, str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def _commit(folder: Path, path: str, content: str) -> str:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(content, encoding="utf-8")
    _git(folder, "add", "--all")
    assert _git(folder, "commit", "--quiet", "-m", "A change").returncode == 0
    return _git(folder, "rev-parse", "HEAD").stdout.strip()


def test_anybody_clones_what_is_public(clone: Path, project: Project) -> None:
    assert _git(clone, "rev-parse", "HEAD").stdout.strip() == project.ref(MAIN)
    assert (clone / "readme").read_text(encoding="utf-8") == "3"


def test_a_shallow_clone_and_one_without_blobs(tmp_path: Path, project: Project) -> None:
    url = project.clone_url
    assert _git(tmp_path, "clone", "--quiet", "--depth=1", url, "shallow").returncode == 0
    assert _git(tmp_path / "shallow", "rev-list", "--count", "HEAD").stdout.strip() == "1"
    bare = _git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", url, "bare")
    assert (bare.returncode, bare.stderr) == (0, "")


def test_the_tag_of_an_immutable_release_is_not_pushed(
    clone: Path, client: Client, project: Project
) -> None:
    project.immutable_releases = True
    project.protect("*", BranchRule.DELETION, classic=True)
    released = client.rest("POST", "/releases", {"tag_name": "1.0.0"}).json()
    url = _address(project, client.token)
    deleted = _git(clone, "push", "--quiet", url, ":refs/tags/1.0.0")
    assert deleted.returncode != 0
    assert "GH013: Repository rule violations found for refs/tags/1.0.0" in deleted.stderr
    client.rest("DELETE", f"/releases/{released['id']}")
    assert _git(clone, "push", "--quiet", url, ":refs/tags/1.0.0").returncode == 0
    again = _git(clone, "push", "--quiet", url, "HEAD:refs/tags/1.0.0")
    assert "Cannot create ref due to creations being restricted" in again.stderr
    assert project.ref("refs/tags/1.0.0") is None


def test_a_private_project_asks_who_is_there(tmp_path: Path, sandbox: Sandbox) -> None:
    project = sandbox.create(NAME, private=True)
    project.commit({"a": "1"})
    refused = _git(tmp_path, "clone", "--quiet", project.clone_url, "no")
    assert refused.returncode != 0
    assert "could not read Username" in refused.stderr
    token = sandbox.token(NAME, contents="read")
    assert _git(tmp_path, "clone", "-q", _address(project, token), "yes").returncode == 0


def test_who_may_write_pushes(clone: Path, client: Client, project: Project) -> None:
    sha = _commit(clone, "new", "1")
    done = _git(clone, "push", "--quiet", _address(project, client.token), "HEAD:main")
    assert (done.returncode, done.stderr) == (0, "")
    assert project.ref(MAIN) == sha
    assert client.sandbox.effects == ["git-receive-pack"]
    done = _git(clone, "push", "--quiet", _address(project, client.token), ":latest")
    assert (done.returncode, project.refs()) == (0, {MAIN: sha})
    assert client.sandbox.effects == ["git-receive-pack"] * 2


def test_a_push_that_git_itself_refuses_is_no_effect(
    clone: Path, client: Client, project: Project, line: list[str]
) -> None:
    _commit(clone, "new", "1")
    (project.path / "refs" / "heads" / "main.lock").touch()
    assert _git(clone, "push", _address(project, client.token), "HEAD:main").returncode != 0
    assert project.ref(MAIN) == line[2]
    assert client.sandbox.effects == []


def test_who_may_not_write_does_not_push(
    clone: Path, sandbox: Sandbox, project: Project, line: list[str]
) -> None:
    _commit(clone, "new", "1")
    assert "could not read Username" in _git(clone, "push", "origin", "HEAD:main").stderr
    reader = Client.of(sandbox, contents="read")
    denied = _git(clone, "push", _address(project, reader.token), "HEAD:main")
    assert "403" in denied.stderr
    wrong = _git(clone, "push", _address(project, "ghs_unknown"), "HEAD:main")
    assert "Authentication failed" in wrong.stderr
    assert project.ref(MAIN) == line[2]
    assert sandbox.effects == []


def test_pushes_meet_the_rules(clone: Path, sandbox: Sandbox, project: Project) -> None:
    project.protect("latest", "pull_request", bypass=["mover"])
    project.protect("old", "required_linear_history", classic=True)
    project.set_ref("refs/heads/old", project.ref(LATEST))
    client = Client.of(sandbox, contents="write")
    address = _address(project, client.token)
    refused = _git(clone, "push", address, "HEAD:latest")
    assert "GH013: Repository rule violations found for refs/heads/latest" in refused.stderr
    assert "Changes must be made through a pull request." in refused.stderr
    _git(clone, "checkout", "-q", "-b", "side", "HEAD~1")
    _commit(clone, "side", "1")
    _git(clone, "merge", "--quiet", "--no-edit", "main")
    classic = _git(clone, "push", address, "HEAD:old")
    assert "GH006: Protected branch update failed for refs/heads/old" in classic.stderr
    assert "must not contain merge commits" in classic.stderr
    assert sandbox.effects == []

    app = sandbox.token(NAME, app="mover", contents="write")
    assert _git(clone, "push", "-q", _address(project, app), "main:latest").returncode == 0
    assert project.ref(LATEST) == project.ref(MAIN)


def test_pushes_of_workflow_files_need_the_permission(
    clone: Path, sandbox: Sandbox, project: Project
) -> None:
    sha = _commit(clone, ".github/workflows/new.yml", "on: push\n")
    client = Client.of(sandbox, contents="write")
    refused = _git(clone, "push", _address(project, client.token), "HEAD:main")
    assert "create or update workflow `.github/workflows/new.yml`" in refused.stderr
    app = sandbox.token(NAME, app="mover", contents="write", workflows="write")
    assert _git(clone, "push", "-q", _address(project, app), "HEAD:main").returncode == 0
    assert project.ref(MAIN) == sha


def test_an_atomic_push_moves_all_or_none(
    clone: Path, client: Client, project: Project, line: list[str]
) -> None:
    _commit(clone, "new", "1")
    project.set_ref(LATEST, project.commit({"x": "1"}, branch="x", parents=[line[0]]))
    address = _address(project, client.token)
    done = _git(clone, "push", "--atomic", address, "HEAD:main", "HEAD:latest")
    assert done.returncode != 0
    assert project.ref(MAIN) == line[2]


def test_faults_happen_to_git_too(clone: Path, client: Client, project: Project) -> None:
    address = _address(project, client.token)
    first = _commit(clone, "new", "1")
    client.sandbox.faults.add(Fault("git-receive-pack", "status", status=503))
    assert _git(clone, "push", address, "HEAD:main").returncode != 0
    assert project.ref(MAIN) != first
    client.sandbox.faults.add(Fault("git-receive-pack", "lost"))
    assert _git(clone, "push", address, "HEAD:main").returncode != 0
    assert project.ref(MAIN) == first
    client.sandbox.faults.add(Fault("git-upload-pack/refs", "before"))
    assert _git(clone, "fetch").returncode != 0
    assert _git(clone, "fetch").returncode == 0


def test_a_folder_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Sandbox.serving(Path("a folder")) as sandbox:
        project = sandbox.create(NAME)
        project.commit({"a": "1"})
        token = sandbox.token(NAME, contents="write")
        assert _git(tmp_path, "clone", "-q", _address(project, token), "clone").returncode == 0
        sha = _commit(tmp_path / "clone", "b", "2")
        assert _git(tmp_path / "clone", "push", "-q", "origin", "HEAD:main").returncode == 0
        assert project.ref(MAIN) == sha


def test_what_is_no_project(client: Client, tmp_path: Path) -> None:
    done = _git(tmp_path, "clone", f"{client.sandbox.url}/no/such", "x")
    assert "not found" in done.stderr


def test_a_project_keeps_to_itself(client: Client, project: Project) -> None:
    for path in ("HEAD", "../../app.git/HEAD", "info/../HEAD", "%2e%2e/x"):
        answer = client.at("GET", f"{client.sandbox.url}/{NAME}.git/{path}")
        assert answer.status_code == 404
    hooks = client.at("GET", f"{client.sandbox.url}/.hooks/pre-receive/x")
    assert hooks.status_code == 404
    forged = client.at("POST", f"{client.sandbox.url}/.pushed/guess", data=b"\n\n")
    assert forged.status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost", ""])
def test_another_name_for_this_server_is_not_served(sandbox: Sandbox, host: str) -> None:
    """A page in a browser may have its own name point to loopback."""
    sandbox.create("a/public")
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    connection.putrequest("GET", "/a/public/info/refs?service=git-upload-pack", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in {400, 421}
    assert b"refs" not in answer.read()
    connection.close()
