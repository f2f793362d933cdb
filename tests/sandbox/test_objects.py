"""Commits made through the API, contents, comparisons; and PyGithub, which asserts a lot."""

from __future__ import annotations

import base64
import io

import pytest
from github import Auth, Github, GithubException

from ceremony.sandbox import Project, Sandbox
from tests.sandbox.client import HEADS, NAME, Client


def test_a_commit_is_made_without_a_clone(
    client: Client, project: Project, line: list[str]
) -> None:
    client.sandbox.clock = lambda: 1_800_000_000.0
    raw = base64.b64encode(b"\x00\xff").decode()
    blob = client.rest("POST", "/git/blobs", {"content": raw, "encoding": "base64"}).json()
    base = client.rest("GET", f"/git/commits/{line[2]}").json()
    entries = [
        {"path": "docs/a.bin", "mode": "100644", "type": "blob", "sha": blob["sha"]},
        {"path": "docs/b.md", "mode": "100755", "type": "blob", "content": "text"},
        {"path": "readme", "mode": "100644", "type": "blob", "sha": None},
    ]
    asked = {"base_tree": base["tree"]["sha"], "tree": entries}
    tree = client.rest("POST", "/git/trees", asked)
    assert tree.status_code == 201, tree.text
    assert [one["path"] for one in tree.json()["tree"]] == [".github", "docs"]
    made = client.rest(
        "POST",
        "/git/commits",
        {"message": "Freeze\n\nWhy", "tree": tree.json()["sha"], "parents": [line[2]]},
    )
    assert made.status_code == 201, made.text
    commit = made.json()
    assert commit["author"] == {
        "name": "github-actions[bot]",
        "email": "github-actions[bot]@users.noreply.example.org",
        "date": "2027-01-15T08:00:00Z",
    }
    assert commit["verification"]["verified"] is True
    assert [one["sha"] for one in commit["parents"]] == [line[2]]
    assert client.rest("GET", f"/git/commits/{commit['sha']}").json() == commit
    client.rest("POST", "/git/refs", {"ref": HEADS + "next", "sha": commit["sha"]})
    assert project.store.run("show", f"{commit['sha']}:docs/a.bin") == b"\x00\xff"
    listed = project.store.run("ls-tree", "-r", "--name-only", commit["sha"]).decode().split()
    assert listed == [".github/workflows/ci.yml", "docs/a.bin", "docs/b.md"]


def test_a_named_author_is_not_signed_for(
    client: Client, project: Project, line: list[str]
) -> None:
    tree = client.rest("GET", f"/git/commits/{line[2]}").json()["tree"]["sha"]
    who = {"name": "Somebody", "email": "somebody@example.org", "date": "2026-05-01T00:00:00Z"}
    asked = {"message": "x", "tree": tree, "parents": [line[2]], "author": who}
    commit = client.rest("POST", "/git/commits", asked).json()
    assert (commit["author"], commit["committer"]) == (who, who)
    assert commit["verification"]["verified"] is False
    project.protect("latest", "required_signatures")
    moved = client.rest("PATCH", "/git/refs/heads/latest", {"sha": commit["sha"]})
    assert "verified signatures" in moved.json()["message"]


def test_what_cannot_be_made(client: Client, project: Project, line: list[str]) -> None:
    gone = "e" * 40
    cases = [
        ("/git/trees", {"tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": gone}]}),
        ("/git/commits", {"message": "x", "tree": gone}),
        ("/git/blobs", {"content": "?", "encoding": "base64"}),
    ]
    for path, body in cases:
        assert client.rest("POST", path, body).status_code == 422, path
    assert client.rest("GET", f"/git/commits/{gone}").status_code == 404
    reader = Client.of(client.sandbox, contents="read")
    assert reader.rest("POST", "/git/blobs", {"content": "x"}).status_code == 403


def test_contents(client: Client, project: Project, line: list[str]) -> None:
    file = client.rest("GET", "/contents/readme", ref="latest").json()
    assert base64.b64decode(file["content"]) == b"1"
    folder = client.rest("GET", "/contents/.github/workflows").json()
    assert [(one["name"], one["type"]) for one in folder] == [("ci.yml", "file")]
    assert client.rest("GET", "/contents/none").status_code == 404
    assert client.rest("GET", "/contents/readme", ref="none").status_code == 404


@pytest.mark.parametrize(
    ("ends", "status", "ahead", "behind"),
    [
        ("latest...main", "ahead", 2, 0),
        ("main...latest", "behind", 0, 2),
        ("main...main", "identical", 0, 0),
        ("side...main", "diverged", 2, 1),
    ],
)
def test_comparisons(
    client: Client,
    project: Project,
    line: list[str],
    ends: str,
    status: str,
    ahead: int,
    behind: int,
) -> None:
    project.commit({"s": "1"}, branch="side", parents=[line[0]])
    found = client.rest("GET", f"/compare/{ends}").json()
    assert (found["status"], found["ahead_by"], found["behind_by"]) == (status, ahead, behind)
    assert [one["sha"] for one in found["commits"]] == (line[1:] if ahead else [])
    assert client.rest("GET", "/compare/main...none").status_code == 404


def test_pygithub_takes_every_answer(
    sandbox: Sandbox, client: Client, project: Project, line: list[str]
) -> None:
    with Github(
        auth=Auth.Token(client.token), base_url=sandbox.api_url, retry=None,
        seconds_between_requests=None, seconds_between_writes=None,
    ) as github:  # fmt: skip
        repository = github.get_repo(NAME)
        assert repository.default_branch == "main"
        ref = repository.get_git_ref("heads/latest")
        ref.edit(line[1], force=False)
        assert project.ref(HEADS + "latest") == line[1]
        with pytest.raises(GithubException, match="fast forward"):
            ref.edit(line[0], force=False)
        tag = repository.create_git_ref("refs/tags/t", line[0])
        tag.delete()
        assert [one.ref for one in repository.get_git_matching_refs("tags/")] == []

        release = repository.create_git_release("1.0.0", "One", "Notes", draft=True)
        release.upload_asset_from_memory(io.BytesIO(b"x"), 1, "app.zip", "application/zip")
        assert [asset.name for asset in release.get_assets()] == ["app.zip"]
        release.update_release("One", "Notes", draft=False)
        assert repository.get_release("1.0.0").tag_name == "1.0.0"

        issue = repository.create_issue("Held", labels=["ceremony"])
        issue.create_comment("Why").edit("Why not")
        issue.edit(state="closed")
        assert [one.number for one in repository.get_issues(state="all")] == [1]
        project.commit({"n": "1"}, branch="next")
        pull = repository.create_pull("main", "next", title="Freeze", body="")
        assert [one.number for one in repository.get_pulls(head="spiritstream:next")] == [
            pull.number
        ]

        assert repository.compare("latest", "main").ahead_by == 1
        assert github.get_rate_limit().resources.core.limit == 5000


def test_folders_links_and_what_is_left_of_a_tree(
    client: Client, project: Project, line: list[str]
) -> None:
    tree = client.rest("GET", f"/git/commits/{line[2]}").json()["tree"]["sha"]
    entries = [
        {"path": "copy", "mode": "040000", "type": "tree", "sha": tree},
        {"path": "link", "mode": "120000", "type": "blob", "content": "copy/readme"},
    ]
    made = client.rest("POST", "/git/trees", {"tree": entries}).json()
    assert [(one["path"], one["type"]) for one in made["tree"]] == [
        ("copy", "tree"),
        ("link", "blob"),
    ]
    commit = client.rest("POST", "/git/commits", {"message": "x", "tree": made["sha"]}).json()
    client.rest("POST", "/git/refs", {"ref": "refs/tags/t", "sha": commit["sha"]})
    link = client.rest("GET", "/contents/link", ref="t").json()
    assert (link["type"], link["target"]) == ("symlink", "copy/readme")
    listed = client.rest("GET", "/contents/copy", ref="t").json()
    assert {one["path"]: one["type"] for one in listed} == {
        "copy/.github": "dir",
        "copy/readme": "file",
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/git/trees", {"base_tree": "--index-output=x", "tree": []}),
        ("/git/commits", {"message": "x", "tree": "--help"}),
        ("/git/commits", {"message": "x", "tree": "e" * 40, "parents": ["-F"]}),
        (
            "/git/trees",
            {"tree": [{"path": "a", "mode": "100644", "content": "x", "sha": "e" * 40}]},
        ),
    ],
)
def test_what_could_be_an_option_is_no_sha(
    client: Client, project: Project, path: str, body: dict[str, object]
) -> None:
    assert client.rest("POST", path, body).status_code == 422
