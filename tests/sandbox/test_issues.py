"""Issues, comments and pull requests."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.sandbox import Project, Sandbox
from tests.sandbox.client import Client


def _issue(client: Client, title: str, **more: Any) -> dict[str, Any]:
    answer = client.rest("POST", "/issues", {"title": title} | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_issue_is_opened_changed_and_closed(client: Client, project: Project) -> None:
    issue = _issue(client, "Held", body="Why", labels=["ceremony", "a b"])
    assert (issue["number"], issue["state"]) == (1, "open")
    assert issue["user"]["login"] == "github-actions[bot]"
    assert [label["name"] for label in issue["labels"]] == ["ceremony", "a b"]
    changed = client.rest(
        "PATCH",
        "/issues/1",
        {"body": None, "labels": ["other"], "title": "Free", "state": "closed"},
    ).json()
    assert (changed["title"], changed["body"], changed["state"]) == ("Free", None, "closed")
    assert (changed["state_reason"], len(changed["labels"])) == ("completed", 1)
    assert changed["closed_at"] is not None
    assert client.rest("GET", "/issues/1").json() == changed
    opened = client.rest("PATCH", "/issues/1", {"state": "open"}).json()
    assert (opened["state_reason"], opened["closed_at"]) == ("reopened", None)
    assert client.rest("GET", "/issues/2").status_code == 404


def test_a_list_is_filtered_and_has_pages(client: Client, project: Project) -> None:
    for number in range(3):
        _issue(client, f"one {number}", labels=["a"])
    _issue(client, "other", labels=["a", "b"])
    client.rest("PATCH", "/issues/1", {"state": "closed", "state_reason": "not_planned"})

    def numbers(**query: Any) -> list[int]:
        return [one["number"] for one in client.rest("GET", "/issues", **query).json()]

    assert numbers() == [4, 3, 2]
    assert numbers(state="all", direction="asc") == [1, 2, 3, 4]
    assert numbers(state="closed") == [1]
    assert numbers(labels="a,b") == [4]
    assert numbers(creator="nobody") == []
    assert numbers(since="2100-01-01T00:00:00Z") == []
    assert numbers(per_page=2, page=2) == [2]


def test_comments(client: Client, project: Project) -> None:
    _issue(client, "Held")
    said = client.rest("POST", "/issues/1/comments", {"body": "first"}).json()
    assert (said["body"], said["user"]["type"]) == ("first", "Bot")
    client.rest("POST", "/issues/1/comments", {"body": "second"})
    changed = client.rest("PATCH", f"/issues/comments/{said['id']}", {"body": "changed"})
    assert changed.status_code == 200
    listed = client.rest("GET", "/issues/1/comments").json()
    assert [one["body"] for one in listed] == ["changed", "second"]
    assert client.rest("GET", "/issues/1").json()["comments"] == 2
    assert client.rest("POST", "/issues/9/comments", {"body": "x"}).status_code == 404
    assert client.rest("PATCH", "/issues/comments/1", {"body": "x"}).status_code == 404


@pytest.mark.parametrize("length", [65_536, 65_537])
def test_a_body_has_a_longest_length(client: Client, project: Project, length: int) -> None:
    _issue(client, "Held")
    expected = 201 if length == 65_536 else 422
    assert client.rest("POST", "/issues/1/comments", {"body": "x" * length}).status_code == expected
    answer = client.rest("POST", "/issues", {"title": "t", "body": "x" * length})
    assert answer.status_code == expected
    assert client.rest("POST", "/issues", {"title": " "}).status_code == 422


def test_permissions(sandbox: Sandbox, client: Client, project: Project, line: list[str]) -> None:
    _issue(client, "Held")
    project.commit({"n": "1"}, branch="next")
    pull = {"title": "t", "head": "next", "base": "main"}
    client.rest("POST", "/pulls", pull)
    blind = Client.of(sandbox, contents="write")
    reader = Client.of(sandbox, issues="read", pull_requests="read")
    puller = Client.of(sandbox, pull_requests="write")
    cases = [
        (blind, "GET", "/issues", None, 403),
        (blind, "GET", "/pulls", None, 403),
        (reader, "GET", "/issues", None, 200),
        (reader, "POST", "/issues", {"title": "x"}, 403),
        (reader, "POST", "/pulls", pull, 403),
        (puller, "POST", "/issues/1/comments", {"body": "x"}, 403),
        (puller, "POST", "/issues/2/comments", {"body": "x"}, 201),
    ]
    for who, method, path, body, status in cases:
        assert who.rest(method, path, body).status_code == status, (method, path)


# ---------------------------------------------------------------------------- pull requests


def test_a_pull_request(client: Client, project: Project, line: list[str]) -> None:
    tip = project.commit({"new": "1\n2\n"}, branch="next")
    asked = {"title": "Freeze", "head": "next", "base": "main", "body": "Why", "draft": True}
    opened = client.rest("POST", "/pulls", asked)
    assert opened.status_code == 201, opened.text
    pull = opened.json()
    assert (pull["number"], pull["draft"], pull["commits"], pull["additions"]) == (1, True, 1, 2)
    assert (pull["head"]["sha"], pull["base"]["sha"]) == (tip, line[2])
    assert client.rest("GET", "/pulls/1").json() == pull

    def numbers(**query: Any) -> list[int]:
        return [one["number"] for one in client.rest("GET", "/pulls", **query).json()]

    assert numbers(head="spiritstream:next") == [1]
    assert numbers(head="spiritstream:other") == []
    assert numbers(base="latest") == []
    shown = client.rest("GET", "/issues/1").json()
    assert shown["pull_request"]["url"].endswith("/pulls/1")
    client.rest("PATCH", "/issues/1", {"state": "closed"})
    assert (numbers(), numbers(state="all")) == ([], [1])
    assert client.rest("POST", "/pulls", asked).status_code == 201
    assert client.rest("GET", "/pulls/9").status_code == 404


@pytest.mark.parametrize(
    ("head", "base", "says"),
    [
        ("none", "main", ""),
        ("next", "none", ""),
        ("stranger:next", "main", ""),
        ("latest", "main", "No commits between main and latest"),
        ("next", "main", "A pull request already exists for spiritstream:next."),
    ],
)
def test_what_cannot_be_asked_for(
    client: Client, project: Project, head: str, base: str, says: str
) -> None:
    project.commit({"new": "1"}, branch="next")
    client.rest("POST", "/pulls", {"title": "t", "head": "next", "base": "main"})
    answer = client.rest("POST", "/pulls", {"title": "t", "head": head, "base": base})
    assert answer.status_code == 422
    assert answer.json()["errors"][0].get("message", "") == says


def test_a_setting_keeps_workflows_from_opening_any(
    sandbox: Sandbox, client: Client, project: Project
) -> None:
    project.commit({"new": "1"}, branch="next")
    project.actions_may_open_pulls = False
    asked = {"title": "t", "head": "next", "base": "main"}
    refused = client.rest("POST", "/pulls", asked)
    assert refused.status_code == 403
    assert "not permitted to create or approve pull requests" in refused.json()["message"]
    app = Client.of(sandbox, app="opener", pull_requests="write")
    assert app.rest("POST", "/pulls", asked).status_code == 201


def test_reviews(sandbox: Sandbox, client: Client, project: Project) -> None:
    first = project.commit({"new": "1"}, branch="next")
    pull = project.pull("next", author="wren")
    project.review(pull.number, "lark", "APPROVED")
    second = project.commit({"new": "2"}, branch="next")
    project.review(pull.number, "lark", "COMMENTED")
    project.review(pull.number, "owl", "CHANGES_REQUESTED", first)

    def shown(**query: Any) -> list[tuple[str, str, str]]:
        found = client.rest("GET", "/pulls/1/reviews", **query).json()
        return [(one["user"]["login"], one["state"], one["commit_id"]) for one in found]

    expected = [
        ("lark", "APPROVED", first),
        ("lark", "COMMENTED", second),
        ("owl", "CHANGES_REQUESTED", first),
    ]
    assert shown() == expected
    assert shown(per_page=2, page=2) == expected[2:]
    # A dismissal takes an opinion back where it stands; it is no review of its own.
    project.review(pull.number, "lark", "DISMISSED")
    assert shown()[0] == ("lark", "DISMISSED", first)
    with pytest.raises(ValueError, match="of their own"):
        project.review(pull.number, "wren", "APPROVED")
    project.review(pull.number, "wren", "COMMENTED")
    assert len(shown()) == 4
    client.rest("POST", "/issues", {"title": "no pull request"})
    assert client.rest("GET", "/pulls/2/reviews").status_code == 404
    assert client.rest("GET", "/pulls/9/reviews").status_code == 404
    assert Client.of(sandbox, issues="read").rest("GET", "/pulls/1/reviews").status_code == 403


def test_a_merged_pull_request_keeps_its_head(client: Client, project: Project) -> None:
    tip = project.commit({"new": "1"}, branch="next")
    pull = project.pull("next")
    shown = client.rest("GET", "/pulls/1").json()
    assert (shown["merged"], shown["merged_at"], shown["head"]["sha"]) == (False, None, tip)
    project.merged(pull.number)
    project.set_ref("refs/heads/next", None)
    shown = client.rest("GET", "/pulls/1").json()
    assert (shown["state"], shown["merged"], shown["head"]["sha"]) == ("closed", True, tip)
    assert shown["merged_at"] == shown["closed_at"]
