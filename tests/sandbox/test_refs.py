"""Refs move as GitHub's do: forward, all or none, as far as token and rules allow."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ceremony.sandbox import BranchRule, Fault, Project, Sandbox
from tests.sandbox.client import HEADS, NAME, ZEROS, Client

LATEST, MAIN = HEADS + "latest", HEADS + "main"


def _message(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    assert answer["data"] == {"updateRefs": None}
    assert error["path"] == ["updateRefs"]
    message: str = error["message"]
    return message


# ---------------------------------------------------------------------------- REST


def test_a_ref_is_read_created_moved_and_deleted(
    client: Client, project: Project, line: list[str]
) -> None:
    made = client.rest("POST", "/git/refs", {"ref": "refs/tags/v1", "sha": line[0]})
    assert made.status_code == 201
    assert made.json()["object"]["type"] == "commit"
    assert made.headers["Location"] == made.json()["url"]

    moved = client.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1], "force": False})
    assert (moved.status_code, moved.json()["object"]["sha"]) == (200, line[1])
    assert client.rest("GET", "/git/ref/heads/latest").json() == moved.json()

    assert client.rest("DELETE", "/git/refs/tags/v1").status_code == 204
    assert client.rest("GET", "/git/ref/tags/v1").status_code == 404
    assert project.refs() == {LATEST: line[1], MAIN: line[2]}
    assert client.sandbox.effects == ["git/create-ref", "git/update-ref", "git/delete-ref"]


def test_matching_refs_begin_with_what_is_asked_and_a_ref_is_exact(
    client: Client, project: Project, line: list[str]
) -> None:
    project.set_ref("refs/heads/latest-old", line[0])
    project.set_ref("refs/tags/latest", line[0])
    found = client.rest("GET", "/git/matching-refs/heads/latest").json()
    assert [one["ref"] for one in found] == [LATEST, "refs/heads/latest-old"]
    assert client.rest("GET", "/git/matching-refs/heads/none").json() == []
    assert client.rest("GET", "/git/ref/heads/lat").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        pytest.param(
            "POST", "/git/refs", {"ref": LATEST, "sha": "old"}, 422, "Reference already exists",
            id="it exists",
        ),
        pytest.param(
            "POST", "/git/refs", {"ref": "refs/heads/new", "sha": "e" * 40}, 422,
            "Object does not exist", id="no such object",
        ),
        pytest.param(
            "POST", "/git/refs", {"ref": "latest", "sha": "old"}, 422,
            "Reference name must start with 'refs/'", id="a short name",
        ),
        pytest.param(
            "POST", "/git/refs", {"ref": "refs/heads/a..b", "sha": "old"}, 422,
            "is not a valid ref name", id="a name that git refuses",
        ),
        pytest.param(
            "POST", "/git/refs", {"ref": "refs/heads/latest/x", "sha": "old"}, 422,
            "cannot create", id="below a branch",
        ),
        pytest.param(
            "PATCH", "/git/refs/heads/none", {"sha": "old"}, 422, "Reference does not exist",
            id="no such ref",
        ),
        pytest.param(
            "PATCH", "/git/refs/heads/main", {"sha": "old"}, 422, "Update is not a fast forward",
            id="back",
        ),
        pytest.param(
            "DELETE", "/git/refs/heads/none", None, 422, "Reference does not exist",
            id="deleting what is not there",
        ),
    ],
)  # fmt: skip
def test_rest_refuses(
    client: Client,
    project: Project,
    line: list[str],
    method: str,
    path: str,
    body: dict[str, str] | None,
    status: int,
    message: str,
) -> None:
    before = project.refs()
    if body and body["sha"] == "old":
        body = body | {"sha": line[0]}
    answer = client.rest(method, path, body)
    assert answer.status_code == status
    assert message in answer.json()["message"]
    assert project.refs() == before
    assert client.sandbox.effects == []


def test_force_goes_back(client: Client, project: Project, line: list[str]) -> None:
    answer = client.rest("PATCH", "/git/refs/heads/main", {"sha": line[0], "force": True})
    assert answer.status_code == 200
    assert project.ref(MAIN) == line[0]


def test_a_branch_cannot_be_where_one_lies_below(
    client: Client, project: Project, line: list[str]
) -> None:
    project.set_ref(LATEST, None)
    project.set_ref("refs/heads/latest/old", line[0])
    answer = client.rest("POST", "/git/refs", {"ref": LATEST, "sha": line[0]})
    assert answer.status_code == 422
    assert "refs/heads/latest/old" in answer.json()["message"]
    assert "refs/heads/latest/old" in _message(client.move((LATEST, ZEROS, line[0])))


def test_a_lock_that_somebody_holds_is_a_conflict(
    client: Client, project: Project, line: list[str]
) -> None:
    lock = project.path / "refs" / "heads" / "latest.lock"
    lock.touch()
    answer = client.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]})
    assert answer.status_code == 409
    assert "under way" in _message(client.move((LATEST, line[0], line[1])))
    lock.unlink()
    assert project.ref(LATEST) == line[0]


# ---------------------------------------------------------------------------- GraphQL


def test_several_refs_move_at_once(client: Client, project: Project, line: list[str]) -> None:
    answer = client.move((LATEST, line[0], line[1]), ("refs/tags/promoted", ZEROS, line[1], False))
    assert answer == {"data": {"updateRefs": {"clientMutationId": None}}}
    assert project.refs() == {LATEST: line[1], MAIN: line[2], "refs/tags/promoted": line[1]}
    assert client.sandbox.effects == ["Move"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(("refs/heads/other", "third", "second"), id="elsewhere"),
        pytest.param(("refs/heads/other", ZEROS, "second"), id="exists"),
        pytest.param(("refs/heads/new", "first", "second"), id="does not exist"),
        pytest.param(("refs/heads/other", "second", "first"), id="not forward"),
        pytest.param(("refs/heads/other", "second", "none"), id="no such object"),
        pytest.param(("refs/heads/other/x", ZEROS, "second"), id="below a branch"),
        pytest.param(("refs/heads/.x", ZEROS, "second"), id="no name"),
    ],
)
def test_none_moves_where_one_is_wrong(
    client: Client, project: Project, line: list[str], wrong: tuple[str, str, str]
) -> None:
    project.set_ref("refs/heads/other", line[1])
    before = project.refs()
    named = {
        "first": line[0],
        "second": line[1],
        "third": line[2],
        "none": "e" * 40,
        ZEROS: ZEROS,
    }
    name, old, new = wrong
    answer = client.move(
        (LATEST, line[0], line[1]),
        (name, named[old], named[new]),
        ("refs/tags/t", ZEROS, line[1]),
    )
    assert _message(answer)
    assert project.refs() == before
    assert client.sandbox.effects == []


def test_without_before_it_moves_from_wherever_it_is(
    client: Client, project: Project, line: list[str]
) -> None:
    assert "errors" not in client.move((LATEST, None, line[2]))
    assert "fast forward" in _message(client.move((LATEST, None, line[0])))
    assert "errors" not in client.move((LATEST, line[2], line[0], True))
    assert "errors" not in client.move((LATEST, line[0], ZEROS, True))
    assert project.refs() == {MAIN: line[2]}


def test_of_eight_movers_one_wins(client: Client, project: Project, line: list[str]) -> None:
    start = threading.Barrier(8, timeout=60)
    answers: list[dict[str, Any]] = []

    def mover(number: int) -> None:
        start.wait()
        answers.append(
            client.move((LATEST, line[0], line[1]), (f"refs/tags/by-{number}", ZEROS, line[1]))
        )

    threads = [threading.Thread(target=mover, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("errors" not in answer for answer in answers) == 1
    assert project.ref(LATEST) == line[1]
    assert sum(name.startswith("refs/tags/") for name in project.refs()) == 1


def test_a_mover_in_the_midst_is_seen_by_git_itself(
    client: Client, project: Project, line: list[str]
) -> None:
    other = project.commit({"b": "2"}, branch="side", parents=[line[0]])
    client.sandbox.faults.add(Fault("Move", "call", call=lambda: project.set_ref(LATEST, other)))
    assert "is not at" in _message(client.move((LATEST, line[0], line[1])))
    assert project.ref(LATEST) == other


def test_a_host_without_update_refs_says_so(
    client: Client, project: Project, line: list[str]
) -> None:
    client.sandbox.profile = "no-update-refs"
    answer = client.move((LATEST, line[0], line[1]))
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "undefinedField"
    assert project.ref(LATEST) == line[0]


# ---------------------------------------------------------------------------- permissions


def test_writing_needs_the_permission(sandbox: Sandbox, project: Project, line: list[str]) -> None:
    reader = Client.of(sandbox, contents="read")
    answer = reader.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]})
    assert answer.status_code == 403
    assert answer.json()["message"] == "Resource not accessible by integration"
    moved = reader.move((LATEST, line[0], line[1]))
    assert _message(moved) == "Resource not accessible by integration"
    assert moved["errors"][0]["type"] == "FORBIDDEN"
    assert project.ref(LATEST) == line[0]


def test_a_token_is_of_one_project(sandbox: Sandbox, project: Project, line: list[str]) -> None:
    sandbox.create("spiritstream/other")
    stranger = Client(sandbox, sandbox.token("spiritstream/other", contents="write"))
    assert stranger.rest("GET", "/git/ref/heads/latest").status_code == 200
    assert stranger.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]}).status_code == 403


def test_unknown_and_absent_tokens(sandbox: Sandbox, project: Project, line: list[str]) -> None:
    wrong = Client(sandbox, "ghs_unknown").rest("GET", "/git/ref/heads/latest")
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")
    nobody = Client(sandbox)
    assert nobody.rest("GET", "/git/ref/heads/latest").status_code == 200
    assert nobody.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]}).status_code == 401


def test_who_may_read_nothing_of_a_private_project_does_not_see_it(sandbox: Sandbox) -> None:
    project = sandbox.create(NAME, private=True)
    project.commit({"a": "1"})
    sandbox.create("spiritstream/other")
    for blind in (
        Client(sandbox),
        Client.of(sandbox),
        Client(sandbox, sandbox.token("spiritstream/other", contents="write")),
    ):
        assert blind.rest("GET", "/git/ref/heads/main").status_code == 404
    assert Client.of(sandbox, contents="read").rest("GET", "/git/ref/heads/main").status_code == 200
    assert Client.of(sandbox, checks="read").rest("GET", "/git/ref/heads/main").status_code == 403
    blind = Client.of(sandbox)
    answer = blind.graphql("Reference", owner="spiritstream", name="app", ref=MAIN)
    assert answer["data"] == {"repository": None}
    assert answer["errors"][0]["type"] == "NOT_FOUND"


def test_workflow_files_need_their_own_permission(
    sandbox: Sandbox, project: Project, client: Client, line: list[str]
) -> None:
    changed = project.commit({".github/workflows/ci.yml": "on: push\n"}, branch="next")
    project.commit({".github/workflows/ci.yml": "on: schedule\n"}, branch="next")
    project.set_ref("refs/heads/next", line[2])
    assert "without `workflows` permission" in _message(client.move((LATEST, line[0], changed)))
    assert client.rest("PATCH", "/git/refs/heads/latest", {"sha": changed}).status_code == 403

    app = Client.of(sandbox, app="mover", contents="write", workflows="write")
    assert "errors" not in app.move((LATEST, line[0], changed))


def test_workflow_files_that_a_branch_has_already_need_none(
    client: Client, project: Project, line: list[str]
) -> None:
    changed = project.commit({".github/workflows/ci.yml": "on: push\n"})
    assert "errors" not in client.move((LATEST, line[0], changed))


def test_a_workflows_own_token_cannot_have_workflows(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="cannot be granted"):
        sandbox.token(NAME, workflows="write")
    with pytest.raises(ValueError, match="no permission contnets"):
        sandbox.token(NAME, contnets="write")


# ---------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (BranchRule.PULL_REQUEST, "Changes must be made through a pull request."),
        (BranchRule.UPDATE, "Cannot update this protected ref."),
        (BranchRule.REQUIRED_SIGNATURES, "Commits must have verified signatures."),
        (BranchRule.REQUIRED_STATUS_CHECKS, 'Required status check "ci" is expected.'),
    ],
)
def test_a_rule_refuses_in_its_own_words(
    sandbox: Sandbox,
    client: Client,
    project: Project,
    line: list[str],
    rule: BranchRule,
    words: str,
) -> None:
    project.protect("lat*", rule, bypass=["mover"], contexts=["ci"])
    expected = f"Repository rule violations found\n\n{words}\n\n"
    answer = client.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]})
    assert (answer.status_code, answer.json()["message"]) == (422, expected)
    assert _message(client.move((LATEST, line[0], line[1]))) == expected
    assert project.ref(LATEST) == line[0]

    app = Client.of(sandbox, app="mover", contents="write")
    assert app.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]}).status_code == 200


def test_rules_over_other_ways(client: Client, project: Project, line: list[str]) -> None:
    merge = project.commit({"m": "1"}, branch="side", parents=[line[2], line[0]])
    project.protect("latest", "required_linear_history", "non_fast_forward", "deletion")
    project.protect("r/*", "creation")
    update = "/git/refs/heads/latest"
    cases = [
        ("PATCH", update, {"sha": merge}, "must not contain merge commits"),
        ("DELETE", update, None, "Cannot delete this protected ref"),
        ("POST", "/git/refs", {"ref": "refs/heads/r/1", "sha": line[0]}, "creations being"),
    ]
    for method, path, body, words in cases:
        answer = client.rest(method, path, body)
        assert answer.status_code == 422
        assert words in answer.json()["message"]
    assert client.rest("PATCH", update, {"sha": line[1]}).status_code == 200
    forced = client.rest("PATCH", update, {"sha": line[0], "force": True})
    assert "Cannot force-push to this branch" in forced.json()["message"]


def test_a_required_check_that_succeeded_lets_it_through(
    client: Client, project: Project, line: list[str]
) -> None:
    project.protect("latest", "required_status_checks", contexts=["ci", "lint"])
    project.check(line[1], "ci")
    answer = client.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]})
    assert '"lint" is expected' in answer.json()["message"]
    project.status(line[1], "lint")
    assert client.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]}).status_code == 200


def test_branch_protection_says_so_itself(
    client: Client, project: Project, line: list[str]
) -> None:
    project.protect("latest", "pull_request", classic=True)
    answer = client.rest("PATCH", "/git/refs/heads/latest", {"sha": line[1]})
    assert answer.json()["message"].startswith(
        "Protected branch update failed for refs/heads/latest."
    )
    assert client.rest("GET", "/rules/branches/latest").json() == []


def test_rules_are_told_before(client: Client, project: Project) -> None:
    project.protect(
        "latest", "pull_request", "required_status_checks", "update",
        name="The line", contexts=["ci"],
    )  # fmt: skip
    rules = client.rest("GET", "/rules/branches/latest").json()
    assert [rule["type"] for rule in rules] == ["pull_request", "required_status_checks", "update"]
    latest = client.standing()["data"]["repository"]["latest"]
    assert latest["refUpdateRule"] == {"pattern": "latest", "viewerCanPush": False}
    assert [
        (one["type"], one["repositoryRuleset"]["name"]) for one in latest["rules"]["nodes"]
    ] == [
        ("PULL_REQUEST", "The line"),
        ("REQUIRED_STATUS_CHECKS", "The line"),
        ("UPDATE", "The line"),
    ]
    assert client.rest("GET", "/rules/branches/main").json() == []


def test_who_bypasses_the_rules_may_push(sandbox: Sandbox, project: Project) -> None:
    project.protect("latest", "update", bypass=["mover"])
    app = Client.of(
        sandbox, app="mover", contents="write", checks="read", statuses="read", actions="read"
    )
    latest = app.standing()["data"]["repository"]["latest"]
    assert latest["refUpdateRule"]["viewerCanPush"] is True


def test_a_host_that_does_not_tell_its_rules(client: Client, project: Project) -> None:
    project.protect("latest", "update")
    client.sandbox.profile = "no-graphql-rules"
    answer = client.standing()
    assert answer["data"]["repository"]["latest"]["rules"] is None
    assert [error["path"] for error in answer["errors"]] == [
        ["repository", "latest", "refUpdateRule"],
        ["repository", "latest", "rules"],
    ]


# ---------------------------------------------------------------------------- tags


def test_a_tag_may_be_an_object_of_its_own(
    client: Client, project: Project, line: list[str]
) -> None:
    who = {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}
    project.store.run("tag", "-a", "-m", "One", "v1", line[0], environment=who)
    shown = client.rest("GET", "/git/ref/tags/v1").json()["object"]
    assert shown["type"] == "tag"
    assert shown["url"].endswith(f"/git/tags/{shown['sha']}")
    target = client.repository("Reference", ref="refs/tags/v1")["ref"]["target"]
    assert target == {"__typename": "Tag", "oid": shown["sha"]}
    made = client.rest("POST", "/git/refs", {"ref": "refs/tags/v2", "sha": shown["sha"]})
    assert made.json()["object"]["type"] == "tag"
    branch = client.rest("POST", "/git/refs", {"ref": "refs/heads/v2", "sha": shown["sha"]})
    assert branch.status_code == 422


def test_a_tag_may_stand_on_a_file(client: Client, project: Project) -> None:
    blob = client.rest("POST", "/git/blobs", {"content": "key"}).json()["sha"]
    assert client.rest("POST", "/git/refs", {"ref": "refs/tags/k", "sha": blob}).status_code == 201
    target = client.repository("Reference", ref="refs/tags/k")["ref"]["target"]
    assert target == {"__typename": "Blob", "oid": blob}


def test_a_ref_is_updated_once_in_a_request(
    client: Client, project: Project, line: list[str]
) -> None:
    answer = client.move((LATEST, line[0], line[1]), (LATEST, line[0], line[2]))
    assert "once" in _message(answer)
    assert project.ref(LATEST) == line[0]


def test_what_is_no_project_does_not_move(client: Client, line: list[str]) -> None:
    update = {"name": LATEST, "afterOid": line[1]}
    answer = client.graphql("Move", repository="R_none", updates=[update])
    assert answer["errors"][0]["type"] == "NOT_FOUND"
