"""What goes wrong on order, what a token has left, and what the contract makes of strangers."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from ceremony.sandbox import ContractBroken, Fault, Project, Sandbox
from tests.sandbox.client import HEADS, NAME, Client

LATEST = HEADS + "latest"
PATH = "/git/refs/heads/latest"


def _rest(client: Client, line: list[str]) -> requests.Response:
    return client.rest("PATCH", PATH, {"sha": line[1]})


def _graphql(client: Client, line: list[str]) -> requests.Response:
    mutation = """mutation Move($r: ID!, $u: [RefUpdate!]!) {
        updateRefs(input: {repositoryId: $r, refUpdates: $u}) { clientMutationId }
    }"""
    node = client.sandbox.projects[NAME].node
    update = {"name": LATEST, "beforeOid": line[0], "afterOid": line[1]}
    return client.ask(mutation, {"r": node, "u": [update]})


SEAMS = [
    pytest.param(_rest, "git/update-ref", id="rest"),
    pytest.param(_graphql, "Move", id="graphql"),
]
Act = Callable[[Client, list[str]], requests.Response]


@pytest.mark.parametrize(("act", "operation"), SEAMS)
def test_cut_before_and_cut_after(
    client: Client, project: Project, line: list[str], act: Act, operation: str
) -> None:
    client.sandbox.faults.add(Fault(operation, "before"))
    with pytest.raises(requests.ConnectionError):
        act(client, line)
    assert project.ref(LATEST) == line[0]
    assert client.sandbox.effects == []

    client.sandbox.faults.add(Fault(operation, "lost"))
    with pytest.raises(requests.ConnectionError):
        act(client, line)
    assert project.ref(LATEST) == line[1]
    assert client.sandbox.effects == [operation]
    assert [request.status for request in client.sandbox.requests] == [0, 0]


@pytest.mark.parametrize(("act", "operation"), SEAMS)
def test_another_status_before_or_after(
    client: Client, project: Project, line: list[str], act: Act, operation: str
) -> None:
    wait = {"Retry-After": "7"}
    client.sandbox.faults.add(Fault(operation, "status", status=429, headers=wait))
    answer = act(client, line)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert "message" in answer.json()
    assert project.ref(LATEST) == line[0]

    page = "<html>Bad gateway</html>"
    client.sandbox.faults.add(Fault(operation, "after-status", status=502, body=page))
    answer = act(client, line)
    assert (answer.status_code, answer.text) == (502, page)
    assert project.ref(LATEST) == line[1]


@pytest.mark.parametrize(("act", "operation"), SEAMS)
def test_half_an_answer(client: Client, line: list[str], act: Act, operation: str) -> None:
    client.sandbox.faults.add(Fault(operation, "truncated"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        act(client, line)


@pytest.mark.parametrize(("act", "operation"), SEAMS)
def test_a_late_answer(client: Client, line: list[str], act: Act, operation: str) -> None:
    client.sandbox.faults.add(Fault(operation, "slow", seconds=0.3))
    begun = time.monotonic()
    assert act(client, line).status_code == 200
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize(("act", "operation"), SEAMS)
def test_something_happens_before_or_after(
    client: Client, project: Project, line: list[str], act: Act, operation: str
) -> None:
    seen: list[str | None] = []

    def look() -> None:
        seen.append(project.ref(LATEST))

    client.sandbox.faults.add(Fault(operation, "call", call=look))
    client.sandbox.faults.add(Fault(operation, "after-call", nth=2, call=look))
    assert act(client, line).status_code == 200
    project.set_ref(LATEST, line[0])
    assert act(client, line).status_code == 200
    assert seen == [line[0], line[1]]


def test_which_request_and_how_often(client: Client, project: Project) -> None:
    client.sandbox.faults.add(Fault("git/get-*", "status", nth=2, times=2, status=500))
    said = [client.rest("GET", "/git/ref/heads/main").status_code for _ in range(4)]
    assert said == [200, 500, 500, 200]
    client.sandbox.faults.add(Fault("*", "status", status=500, times=9))
    client.sandbox.faults.clear()
    assert client.rest("GET", "/git/ref/heads/main").status_code == 200


def test_effects_are_whatever_would_change_something(
    client: Client, project: Project, line: list[str]
) -> None:
    client.sandbox.faults.add(Fault("effects", "status", nth=2, status=500))
    assert client.rest("GET", "/git/ref/heads/main").status_code == 200
    assert _graphql(client, line).status_code == 200
    assert client.rest("PATCH", PATH, {"sha": line[2]}).status_code == 500
    assert client.rest("PATCH", PATH, {"sha": line[2]}).status_code == 200


# ---------------------------------------------------------------------------- limits, time


def test_what_is_left_of_the_hour(client: Client, project: Project) -> None:
    client.sandbox.clock = lambda: 1_800_000_000.0
    client.sandbox.limits(remaining=2, limit=1000, reset=1_800_000_600.0)
    answer = client.rest("GET", "/git/ref/heads/main")
    told = {name: answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")}
    assert told == {"limit": "1000", "remaining": "1", "reset": "1800000600"}
    assert answer.headers["x-ratelimit-resource"] == "core"
    assert client.rest("GET", "/git/ref/heads/main").status_code == 200

    refused = client.rest("GET", "/git/ref/heads/main")
    assert refused.status_code == 403
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.json()["message"].startswith("API rate limit exceeded")
    left = client.at("GET", f"{client.sandbox.api_url}/rate_limit").json()["resources"]
    assert (left["core"]["remaining"], left["graphql"]["remaining"]) == (0, 2)

    client.sandbox.clock = lambda: 1_800_000_601.0
    assert client.rest("GET", "/git/ref/heads/main").headers["x-ratelimit-remaining"] == "999"


def test_graphql_has_an_hour_of_its_own(client: Client, project: Project) -> None:
    client.sandbox.limits(remaining=0)
    answer = client.graphql("Reference", owner="spiritstream", name="app", ref=LATEST)
    assert answer["errors"][0]["type"] == "RATE_LIMITED"
    assert "data" not in answer


def test_the_servers_own_time(client: Client, project: Project) -> None:
    client.sandbox.clock = lambda: 1_800_000_000.0
    answer = client.rest("GET", "/git/ref/heads/main")
    assert parsedate_to_datetime(answer.headers["Date"]) == dt.datetime(
        2027, 1, 15, 8, 0, tzinfo=dt.UTC
    )


def test_every_request_is_recorded(client: Client, project: Project, line: list[str]) -> None:
    client.rest("GET", "/git/ref/heads/main")
    client.repository("Reference", ref=LATEST)
    _rest(client, line)
    recorded = [(one.method, one.operation, one.status) for one in client.sandbox.requests]
    assert recorded == [
        ("GET", "git/get-ref", 200),
        ("POST", "Reference", 200),
        ("PATCH", "git/update-ref", 200),
    ]


# ---------------------------------------------------------------------------- contract


def _serve(folder: Path, play: Callable[[Sandbox], None]) -> None:
    with Sandbox.serving(folder) as sandbox:
        play(sandbox)


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("GET", "/no/such/thing", None, "no such operation"),
        ("PATCH", PATH, {"sha": 1}, "not of type string"),
        ("PATCH", PATH, {"sha": "x", "before": "y"}, "`before` is not described"),
        ("POST", "/git/refs", {"ref": "refs/heads/x"}, "`sha`"),
        ("GET", "/git/ref/heads/main?per_page=1", None, "`per_page` is not described"),
    ],
)
def test_what_github_would_not_take(
    tmp_path: Path, method: str, path: str, body: object, says: str
) -> None:
    def play(sandbox: Sandbox) -> None:
        sandbox.create(NAME).commit({"a": "1"})
        answer = Client.of(sandbox, contents="write").rest(method, path, body)
        assert answer.status_code == 500
        assert says in answer.json()["message"]
        assert sandbox.effects == []

    with pytest.raises(ContractBroken, match=says):
        _serve(tmp_path, play)


@pytest.mark.parametrize(
    ("query", "variables", "says"),
    [
        ("{ repository(owner: 1) { id } }", {}, "name"),
        ("{ viewer { login } }", {}, "viewer"),
        ("{ __typename }", {"y": 1}, "y` is not declared"),
        ("{", {}, "no document"),
    ],
)
def test_what_graphql_would_not_take(
    tmp_path: Path, query: str, variables: dict[str, object], says: str
) -> None:
    def play(sandbox: Sandbox) -> None:
        sandbox.create(NAME)
        assert Client.of(sandbox).ask(query, variables).status_code == 500

    with pytest.raises(ContractBroken, match=says):
        _serve(tmp_path, play)


@pytest.mark.parametrize(
    ("attribute", "says"), [("default_branch", "default_branch"), ("name", "the sandbox failed")]
)
def test_an_answer_that_github_would_not_give(tmp_path: Path, attribute: str, says: str) -> None:
    def play(sandbox: Sandbox) -> None:
        setattr(sandbox.create(NAME), attribute, 7)
        answer = Client(sandbox).at("GET", f"{sandbox.api_url}/repos/{NAME}")
        assert answer.status_code == 500

    with pytest.raises(ContractBroken, match=says):
        _serve(tmp_path, play)


def test_an_error_under_way_is_not_hidden(tmp_path: Path) -> None:
    def play(sandbox: Sandbox) -> None:
        Client.of(sandbox).rest("GET", "/no/such/thing")
        raise KeyError

    with pytest.raises(KeyError):
        _serve(tmp_path, play)


def test_graphql_needs_a_token(sandbox: Sandbox, project: Project) -> None:
    answer = Client(sandbox).ask("{ __typename }", {})
    assert answer.status_code == 401
    assert Client(sandbox, "wrong").ask("{ __typename }", {}).json()["message"] == "Bad credentials"


def test_what_is_left_can_be_asked_before_anything_is_there(sandbox: Sandbox) -> None:
    answer = Client.of(sandbox).at("GET", f"{sandbox.api_url}/rate_limit")
    assert answer.json()["rate"]["remaining"] == 5000


def test_a_password_that_is_none(sandbox: Sandbox, project: Project) -> None:
    url = f"{sandbox.api_url}/repos/{NAME}"
    for told in ("Basic ?", "Basic !!!", "Bearer nothing"):
        answer = Client(sandbox).at("GET", url, {"Authorization": told})
        assert answer.status_code == 401


def test_a_project_that_is_not_there(sandbox: Sandbox) -> None:
    assert Client.of(sandbox).rest("GET", "/git/ref/heads/main").status_code == 404
