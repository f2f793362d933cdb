"""Releases: drafts, tags, assets, and what immutable ones refuse."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest

from ceremony.sandbox import Fault, Project, Sandbox
from tests.sandbox.client import NAME, Client


def _release(client: Client, tag: str, **more: Any) -> dict[str, Any]:
    answer = client.rest("POST", "/releases", {"tag_name": tag} | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_from_draft_to_published(client: Client, project: Project, line: list[str]) -> None:
    client.sandbox.clock = lambda: 1_800_000_000.0
    draft = _release(client, "1.0.0", target_commitish=line[1], draft=True, body="Notes")
    assert (draft["draft"], draft["published_at"], draft["immutable"]) == (True, None, False)
    assert "untagged-" in draft["html_url"]
    assert project.ref("refs/tags/1.0.0") is None
    assert client.rest("GET", "/releases/tags/1.0.0").status_code == 404

    content = b"\x00binary"
    asset = client.upload(draft["upload_url"], "app.zip", content)
    assert asset.status_code == 201
    assert asset.json()["state"] == "uploaded"
    assert asset.json()["digest"] == "sha256:" + hashlib.sha256(content).hexdigest()

    published = client.rest(
        "PATCH", f"/releases/{draft['id']}", {"draft": False, "make_latest": "false"}
    ).json()
    assert published["published_at"] == "2027-01-15T08:00:00Z"
    # The commit's own date, as on GitHub: no good for telling how old a release is.
    assert published["created_at"].startswith("2026-01-05T12:01")
    assert project.ref("refs/tags/1.0.0") == line[1]
    found = client.rest("GET", "/releases/tags/1.0.0").json()
    assert found == client.rest("GET", f"/releases/{draft['id']}").json()
    assert [(one["name"], one["size"]) for one in found["assets"]] == [("app.zip", 7)]
    assert found["author"]["login"] == "github-actions[bot]"

    raw = client.rest(
        "GET", f"/releases/assets/{asset.json()['id']}", None,
        {"Accept": "application/octet-stream"},
    )  # fmt: skip
    assert raw.content == content


def test_the_latest_is_what_was_said_to_be(client: Client, project: Project) -> None:
    second = _release(client, "2.0.0")
    assert project.latest_release == second["id"]
    for tag, more in (
        ("1.2.9", {"make_latest": "false"}),
        ("3.0.0-alpha", {"prerelease": True}),
        ("3.0.0", {"draft": True}),
    ):
        _release(client, tag, **more)
        assert project.latest_release == second["id"]
    third = _release(client, "2.0.1")
    assert project.latest_release == third["id"]
    client.rest("DELETE", f"/releases/{third['id']}")
    assert project.latest_release is None


def test_the_latest_is_shown(client: Client, project: Project, line: list[str]) -> None:
    def shown() -> tuple[object, object]:
        answer = client.rest("GET", "/releases/latest")
        graph = client.repository(
            "Grounds",
            source="",
            commit=line[0],
            channel="",
            rival="",
            nested="refs/tags/",
            prefix="",
            page=1,
            config="x",
        )["latestRelease"]
        if answer.status_code == 404:
            return None, graph
        return (answer.json()["id"], answer.json()["tag_name"]), graph

    assert shown() == (None, None)
    _release(client, "3.0.0-alpha", prerelease=True)
    _release(client, "3.0.0", draft=True)
    assert shown() == (None, None)
    newest = _release(client, "2.0.0", target_commitish=line[2], make_latest="false")
    older = _release(client, "2.0.1", target_commitish=line[0], make_latest="false")
    found = {"databaseId": newest["id"], "tagName": "2.0.0"}
    assert shown() == ((newest["id"], "2.0.0"), found), "the newest by its commit's date"
    client.rest("PATCH", f"/releases/{older['id']}", {"make_latest": "true"})
    assert shown()[0] == (older["id"], "2.0.1"), "what was labelled goes before the newest"
    client.rest("PATCH", f"/releases/{older['id']}", {"prerelease": True})
    assert shown()[0] == (newest["id"], "2.0.0")


def test_a_release_may_be_dated_back(client: Client, project: Project) -> None:
    release = _release(client, "1.0.0", prerelease=True)
    project.releases[release["id"]].published = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
    found = client.rest("GET", f"/releases/{release['id']}").json()
    assert found["published_at"] == "2024-02-29T12:00:00Z"
    assert found["created_at"] == release["created_at"]


def test_two_drafts_may_want_one_tag(client: Client, project: Project) -> None:
    ids = [_release(client, "1.0.0", draft=True)["id"] for _ in range(2)]
    assert [one["id"] for one in client.rest("GET", "/releases").json()] == ids[::-1]


def test_a_release_without_draft_is_published_at_once(
    client: Client, project: Project, line: list[str]
) -> None:
    release = _release(client, "2.0.0", prerelease=True)
    assert (release["prerelease"], release["draft"]) == (True, False)
    assert release["published_at"] is not None
    assert project.ref("refs/tags/2.0.0") == line[2]


def test_a_tag_that_exists_stays_where_it_is(
    client: Client, project: Project, line: list[str]
) -> None:
    project.set_ref("refs/tags/1.0.0", line[0])
    _release(client, "1.0.0", target_commitish=line[2])
    assert project.ref("refs/tags/1.0.0") == line[0]


def test_tags_are_unique_among_what_is_published(client: Client, project: Project) -> None:
    _release(client, "1.0.0")
    second = client.rest("POST", "/releases", {"tag_name": "1.0.0"})
    assert second.status_code == 422
    assert second.json()["errors"] == [
        {"resource": "Release", "code": "already_exists", "field": "tag_name"}
    ]
    draft = _release(client, "1.0.0", draft=True)
    published = client.rest("PATCH", f"/releases/{draft['id']}", {"draft": False})
    assert published.status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        {"tag_name": "a..b"},
        {"tag_name": "1.0.0", "body": "x" * 125_001},
        {"tag_name": "1.0.0", "target_commitish": "none"},
    ],
)
def test_what_cannot_be_released(client: Client, project: Project, asked: dict[str, str]) -> None:
    answer = client.rest("POST", "/releases", asked)
    assert answer.status_code == 422
    assert answer.json()["message"] == "Validation Failed"
    assert project.releases == {}


def test_drafts_are_for_who_may_write(sandbox: Sandbox, client: Client, project: Project) -> None:
    draft = _release(client, "1.0.0", draft=True)
    _release(client, "0.9.0")
    reader = Client.of(sandbox, contents="read")
    assert [one["tag_name"] for one in reader.rest("GET", "/releases").json()] == ["0.9.0"]
    assert [one["tag_name"] for one in client.rest("GET", "/releases").json()] == ["0.9.0", "1.0.0"]
    assert reader.rest("GET", f"/releases/{draft['id']}").status_code == 404
    assert reader.rest("POST", "/releases", {"tag_name": "2.0.0"}).status_code == 403


def test_a_list_has_pages(client: Client, project: Project) -> None:
    for number in range(5):
        _release(client, f"1.0.{number}", draft=True)
    page = client.rest("GET", "/releases", per_page=2, page=2)
    assert [one["tag_name"] for one in page.json()] == ["1.0.2", "1.0.1"]
    assert set(page.links) == {"prev", "first", "next", "last"}


def test_deleting_leaves_the_tag(client: Client, project: Project) -> None:
    release = _release(client, "1.0.0")
    assert client.rest("DELETE", f"/releases/{release['id']}").status_code == 204
    assert client.rest("GET", f"/releases/{release['id']}").status_code == 404
    assert project.ref("refs/tags/1.0.0") is not None
    assert project.releases == {}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a b.zip", "a.b.zip"),
        ("nl\nx.zip", "nl.x.zip"),
        ("-rf.zip", "-rf.zip"),
        (".hidden", "hidden"),
        ("größe (1).zip", "gr.e.1.zip"),
        ("app_1.0+2@x.zip", "app_1.0+2@x.zip"),
    ],
)
def test_names_are_changed(client: Client, project: Project, name: str, kept: str) -> None:
    release = _release(client, "1.0.0", draft=True)
    assert client.upload(release["upload_url"], name, b"x").json()["name"] == kept
    again = client.upload(release["upload_url"], kept, b"x")
    assert again.status_code == 422
    assert again.json()["errors"][0]["code"] == "already_exists"


def test_an_asset_of_any_type_and_none_that_is_empty(client: Client, project: Project) -> None:
    release = _release(client, "1.0.0", draft=True)
    told = {"Content-Type": "application/json"}
    manifest = client.upload(release["upload_url"], "m.json", b'{"a": 1}', **told)
    assert (manifest.status_code, manifest.json()["content_type"]) == (201, "application/json")
    assert client.upload(release["upload_url"], "empty", b"").status_code == 422
    listed = client.rest("GET", f"/releases/{release['id']}/assets").json()
    assert [one["name"] for one in listed] == ["m.json"]
    assert client.rest("DELETE", f"/releases/assets/{listed[0]['id']}").status_code == 204
    assert client.rest("GET", f"/releases/{release['id']}/assets").json() == []


def test_half_an_upload_leaves_something_in_the_way(client: Client, project: Project) -> None:
    release = _release(client, "1.0.0", draft=True)
    client.sandbox.faults.add(Fault("repos/upload-release-asset", "half"))
    assert client.upload(release["upload_url"], "app.zip", b"x").status_code == 502
    (left,) = client.rest("GET", f"/releases/{release['id']}/assets").json()
    assert (left["state"], left["size"], left["digest"]) == ("starter", 0, None)
    assert client.upload(release["upload_url"], "app.zip", b"x").status_code == 422
    assert client.rest("DELETE", f"/releases/assets/{left['id']}").status_code == 204
    assert client.upload(release["upload_url"], "app.zip", b"x").status_code == 201


def test_an_immutable_release_stays_and_burns_its_tag(client: Client, project: Project) -> None:
    project.immutable_releases = True
    draft = _release(client, "1.0.0", draft=True)
    asset = client.upload(draft["upload_url"], "app.zip", b"x").json()
    release = client.rest("PATCH", f"/releases/{draft['id']}", {"draft": False}).json()
    assert release["immutable"] is True
    upload = client.upload(draft["upload_url"], "late.zip", b"x")
    assert upload.status_code == 422
    assert "Cannot upload assets" in upload.json()["message"]
    assert client.rest("DELETE", f"/releases/assets/{asset['id']}").status_code == 422
    path = f"/releases/{draft['id']}"
    assert client.rest("PATCH", path, {"tag_name": "1.0.1"}).status_code == 422
    assert client.rest("PATCH", path, {"body": "Better notes"}).status_code == 200
    assert client.rest("DELETE", path).status_code == 204
    burnt = client.rest("POST", "/releases", {"tag_name": "1.0.0"})
    assert burnt.json()["errors"][0]["message"] == "tag_name was used by an immutable release"


def test_the_tag_of_an_immutable_release_stays_until_it_is_gone(
    client: Client, project: Project, line: list[str]
) -> None:
    project.immutable_releases = True
    release = _release(client, "1.0.0", target_commitish=line[1])
    tag = "refs/tags/1.0.0"
    for answer in (
        client.rest("DELETE", f"/git/{tag}"),
        client.rest("PATCH", f"/git/{tag}", {"sha": line[2], "force": True}),
    ):
        assert answer.status_code == 422
        assert "protected ref" in answer.json()["message"]
    assert client.move((tag, line[1], line[0], True))["errors"][0]["type"] == "UNPROCESSABLE"
    assert project.ref(tag) == line[1]
    client.rest("DELETE", f"/releases/{release['id']}")
    assert client.rest("DELETE", f"/git/{tag}").status_code == 204
    again = client.rest("POST", "/git/refs", {"ref": tag, "sha": line[1]})
    assert again.status_code == 422
    assert "creations being restricted" in again.json()["message"]
    project.immutable_releases = False
    _release(client, "1.0.1")
    assert client.rest("DELETE", "/git/refs/tags/1.0.1").status_code == 204


def test_files_are_handed_out_elsewhere(sandbox: Sandbox, client: Client, project: Project) -> None:
    release = _release(client, "1.0.0", draft=True)
    identity = client.upload(release["upload_url"], "app.zip", b"\x00x").json()["id"]
    path = f"/releases/assets/{identity}"
    raw = {"Accept": "application/octet-stream"}
    with sandbox.elsewhere() as url:
        assert client.rest("GET", path).json()["id"] == identity
        address = f"{sandbox.api_url}/repos/{NAME}{path}"
        led = client.at("GET", address, raw, allow_redirects=False)
        assert (led.status_code, led.headers["Location"]) == (302, f"{url}/{identity}")
        assert sandbox.led_away == []
        assert Client(sandbox).at("GET", led.headers["Location"]).content == b"\x00x"
        assert [told["Host"] for told in sandbox.led_away] == [url.removeprefix("http://")]
        for other in ("/1", "/x", "/"):
            assert Client(sandbox).at("GET", url + other).status_code == 404
    assert client.rest("GET", path, None, raw).content == b"\x00x"


def test_older_servers_tell_no_digest(sandbox: Sandbox, client: Client, project: Project) -> None:
    sandbox.keeps_digests = False
    release = _release(client, "1.0.0", draft=True)
    assert client.upload(release["upload_url"], "app.zip", b"x").json()["digest"] is None


def test_the_dates_of_answers_may_be_off(
    sandbox: Sandbox, client: Client, project: Project
) -> None:
    sandbox.clock = lambda: 1_800_000_000.0
    sandbox.skew = 86_400.0
    assert client.rest("GET", "/releases").headers["Date"] == "Sat, 16 Jan 2027 08:00:00 GMT"
    sandbox.skew = None
    assert "Date" not in client.rest("GET", "/releases").headers


def test_a_tag_on_strange_workflow_files_is_refused(
    client: Client, project: Project, line: list[str]
) -> None:
    strange = project.commit({".github/workflows/ci.yml": "on: push\n"}, branch="gone")
    project.set_ref("refs/heads/gone", None)
    answer = client.rest("POST", "/releases", {"tag_name": "1.0.0", "target_commitish": strange})
    assert answer.status_code == 403


def test_a_release_s_workflow_files_are_those_of_the_default_branch(
    sandbox: Sandbox, client: Client, project: Project
) -> None:
    old = project.commit({".github/workflows/more.yml": "on: push\n"})
    bare = project.commit({".github/workflows/more.yml": None})
    project.commit({".github/workflows/more.yml": "on: create\n"})
    project.set_ref("refs/heads/latest", old)
    project.set_ref("refs/tags/v1", old)
    for target in (old, "latest", "refs/tags/v1"):
        for draft in (True, False):
            # Neither another branch's files nor a tag that is there excuse it.
            form: dict[str, Any] = {"tag_name": "v1", "target_commitish": target, "draft": draft}
            answer = client.rest("POST", "/releases", form)
            assert answer.status_code == 403
            accepted = answer.headers["X-Accepted-GitHub-Permissions"]
            assert accepted == "contents=write; contents=write,workflows=write"
    assert client.rest("GET", "/releases").json() == []
    # What only lacks a file of the default branch changes none, and that branch is the default.
    _release(client, "1.0.0", target_commitish=bare)
    _release(client, "1.0.1")
    app = Client.of(sandbox, app="publisher", contents="write", workflows="write")
    path = f"/releases/{_release(app, 'v2', target_commitish=old, draft=True)['id']}"
    for change in ({"draft": False}, {"body": "x"}):
        assert client.rest("PATCH", path, change).status_code == 403
    assert client.rest("PATCH", path, {"target_commitish": bare}).status_code == 200
    assert client.rest("PATCH", path, {"draft": False}).status_code == 200
