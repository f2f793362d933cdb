"""What was proven of commits, read as promotion reads it."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.sandbox import Project, Sandbox
from tests.sandbox.client import HEADS, Client

LATEST, MAIN = HEADS + "latest", HEADS + "main"


def _contexts(commit: dict[str, Any]) -> list[dict[str, Any]]:
    rollup = commit["statusCheckRollup"]
    nodes: list[dict[str, Any]] = rollup["contexts"]["nodes"] if rollup else []
    return nodes


def test_the_standing_of_two_branches(client: Client, project: Project, line: list[str]) -> None:
    project.check(line[1], "test")
    project.commit({".github/ceremony.yml": "promote: {}\n"})
    repository = client.standing()["data"]["repository"]
    assert repository["nameWithOwner"] == "spiritstream/app"
    assert repository["config"] == {
        "__typename": "Blob",
        "byteSize": 12,
        "isBinary": False,
        "isTruncated": False,
        "text": "promote: {}\n",
    }
    assert repository["main"]["target"]["oid"] == project.ref(MAIN)
    assert repository["below"] == {"nodes": []}
    latest = repository["latest"]
    assert (latest["refUpdateRule"], latest["rules"]) == (None, {"nodes": []})
    compare = latest["compare"]
    assert (compare["status"], compare["aheadBy"], compare["behindBy"]) == ("AHEAD", 3, 0)
    oids = [node["oid"] for node in compare["commits"]["nodes"]]
    assert oids == [line[1], line[2], project.ref(MAIN)]
    parents = [node["parents"]["nodes"][0]["oid"] for node in compare["commits"]["nodes"]]
    assert parents == [line[0], line[1], line[2]]


def test_what_stands_behind_a_check_and_a_status(
    client: Client, project: Project, line: list[str]
) -> None:
    project.check(line[0], "test", "failure")
    project.check(line[0], "lint", "in_progress", workflow=".github/workflows/lint.yml")
    project.check(line[0], "night", event="schedule")
    project.check(line[0], "made by a token", event=None)
    project.check(line[0], "scan", app="some-app", branch=None)
    project.status(line[0], "build", "error", creator="robot[bot]")
    latest = client.standing()["data"]["repository"]["latest"]["target"]
    found = {one.get("name") or one["context"]: one for one in _contexts(latest)}

    test = found["test"]
    assert (test["status"], test["conclusion"]) == ("COMPLETED", "FAILURE")
    suite = test["checkSuite"]
    assert suite["app"] == {"databaseId": 15368, "slug": "github-actions"}
    assert suite["branch"] == {"name": "main"}
    assert suite["workflowRun"]["event"] == "push"
    assert suite["workflowRun"]["file"] == {"path": ".github/workflows/ci.yml"}
    lint = found["lint"]
    assert (lint["status"], lint["conclusion"]) == ("IN_PROGRESS", None)
    assert lint["checkSuite"]["workflowRun"]["databaseId"] != suite["workflowRun"]["databaseId"]
    assert found["night"]["checkSuite"]["workflowRun"]["event"] == "schedule"
    assert found["made by a token"]["checkSuite"]["workflowRun"] is None
    scan = found["scan"]["checkSuite"]
    assert (scan["app"]["slug"], scan["branch"], scan["workflowRun"]) == ("some-app", None, None)
    build = found["build"]
    assert (build["state"], build["creator"]["login"]) == ("ERROR", "robot")


def test_the_newest_counts(client: Client, project: Project, line: list[str]) -> None:
    check = project.check(line[0], "test", "failure")
    project.rerun(check, "success")
    project.status(line[0], "build", "pending")
    project.status(line[0], "build", "success", creator="other")
    nodes = _contexts(client.standing()["data"]["repository"]["latest"]["target"])
    assert [one.get("conclusion") or one["state"] for one in nodes] == ["SUCCESS", "SUCCESS"]


@pytest.mark.parametrize("page", [1, 2, 3, 100])
def test_pages_backward_give_every_commit_once(
    client: Client, project: Project, line: list[str], page: int
) -> None:
    project.grow(4)
    found: list[str] = []
    before = None
    while True:
        answer = client.standing(page=page, before=before)
        commits = answer["data"]["repository"]["latest"]["compare"]["commits"]
        found = [node["oid"] for node in commits["nodes"]] + found
        before = commits["pageInfo"]["startCursor"]
        if not commits["pageInfo"]["hasPreviousPage"]:
            break
    listed = project.store.run("rev-list", "--reverse", f"{LATEST}..{MAIN}").decode().split()
    assert found == listed
    assert len(found) == 6


def test_more_than_a_page_of_contexts(client: Client, project: Project, line: list[str]) -> None:
    for number in range(130):
        project.check(line[1], f"job {number}")
    compare = client.standing()["data"]["repository"]["latest"]["compare"]
    first = compare["commits"]["nodes"][0]["statusCheckRollup"]["contexts"]
    assert (first["totalCount"], len(first["nodes"])) == (130, 100)
    rest = client.repository("Contexts", oid=line[1], after=first["pageInfo"]["endCursor"])
    second = rest["object"]["statusCheckRollup"]["contexts"]
    assert second["pageInfo"]["hasNextPage"] is False
    names = {node["name"] for node in first["nodes"] + second["nodes"]}
    assert names == {f"job {number}" for number in range(130)}


@pytest.mark.parametrize(
    ("latest", "status", "ahead", "behind"),
    [("tip", "IDENTICAL", 0, 0), ("side", "DIVERGED", 2, 1), ("above", "BEHIND", 0, 1)],
)
def test_how_they_stand(
    client: Client,
    project: Project,
    line: list[str],
    latest: str,
    status: str,
    ahead: int,
    behind: int,
) -> None:
    shas = {
        "tip": line[2],
        "side": project.commit({"s": "1"}, branch="side", parents=[line[0]]),
        "above": project.commit(
            {"t": "1"}, branch="above", parents=[line[2]], message="Above\n\nx"
        ),
    }
    project.set_ref(LATEST, shas[latest])
    compare = client.standing()["data"]["repository"]["latest"]["compare"]
    assert (compare["status"], compare["aheadBy"], compare["behindBy"]) == (status, ahead, behind)
    strays = client.repository("Strays", main=MAIN, latest=LATEST)["ref"]["compare"]
    assert strays["aheadBy"] == behind
    assert [one["oid"] for one in strays["commits"]["nodes"]] == [shas[latest]] * behind


def test_a_merge_brings_the_commits_of_both_sides(
    client: Client, project: Project, line: list[str]
) -> None:
    side = project.commit({"s": "1"}, branch="side", parents=[line[0]])
    merge = project.commit({"s": "1"}, parents=[line[2], side], message="Merge")
    compare = client.standing()["data"]["repository"]["latest"]["compare"]
    assert compare["aheadBy"] == 4
    nodes = compare["commits"]["nodes"]
    assert {node["oid"] for node in nodes} == {line[1], line[2], side, merge}
    assert nodes[-1]["oid"] == merge
    assert [one["oid"] for one in nodes[-1]["parents"]["nodes"]] == [line[2], side]


@pytest.mark.parametrize("compared", ["main", "heads/main", "refs/heads/main", "sha"])
def test_a_head_is_named_in_any_way(client: Client, line: list[str], compared: str) -> None:
    named = line[2] if compared == "sha" else compared
    compare = client.standing(compared=named)["data"]["repository"]["latest"]["compare"]
    assert compare["headTarget"]["oid"] == line[2]
    assert client.standing(compared="none")["data"]["repository"]["latest"]["compare"] is None


def test_the_line_below_a_commit(client: Client, project: Project, line: list[str]) -> None:
    first = client.repository("Line", oid=line[2], page=2)["object"]["history"]
    assert [node["oid"] for node in first["nodes"]] == [line[2], line[1]]
    assert first["pageInfo"]["hasNextPage"] is True
    after = first["pageInfo"]["endCursor"]
    second = client.repository("Line", oid=line[2], page=2, after=after)["object"]["history"]
    assert [node["oid"] for node in second["nodes"]] == [line[0]]
    assert second["pageInfo"]["hasNextPage"] is False


def test_what_is_not_there(client: Client, project: Project, line: list[str]) -> None:
    project.set_ref(LATEST, None)
    project.set_ref("refs/heads/latest/x", line[0])
    repository = client.standing()["data"]["repository"]
    assert (repository["latest"], repository["config"]) == (None, None)
    assert repository["below"] == {"nodes": [{"name": "x"}]}
    assert client.repository("Reference", ref="refs/heads/none")["ref"] is None
    assert client.repository("Line", oid="e" * 40, page=1)["object"] is None
    gone = client.graphql("Reference", owner="nobody", name="none", ref=MAIN)
    assert gone["data"] == {"repository": None}
    assert gone["errors"][0]["type"] == "NOT_FOUND"


def test_the_reading_before_a_move(client: Client, project: Project, line: list[str]) -> None:
    project.check(line[1], "test")
    target = project.commit({".github/workflows/new.yml": "on: push\n"})
    repository = client.repository(
        "Confirm",
        main=MAIN,
        latest=LATEST,
        config=f"{MAIN}:none",
        target=target,
        old=f"{line[0]}:.github/workflows",
        new=f"{target}:.github/workflows",
    )
    assert repository["target"]["oid"] == target
    assert repository["target"]["statusCheckRollup"] is None
    assert repository["old"]["oid"] != repository["new"]["oid"]


@pytest.mark.parametrize(
    ("lacking", "path"),
    [
        ("checks", ["statusCheckRollup"]),
        ("statuses", ["statusCheckRollup", "contexts", "nodes", 1]),
        ("actions", ["statusCheckRollup", "contexts", "nodes", 0, "checkSuite", "workflowRun"]),
    ],
)
def test_evidence_needs_three_permissions(
    sandbox: Sandbox, project: Project, line: list[str], lacking: str, path: list[str | int]
) -> None:
    project.check(line[0], "test")
    project.status(line[0], "build")
    permissions = {"contents": "read", "checks": "read", "statuses": "read", "actions": "read"}
    del permissions[lacking]
    answer = Client.of(sandbox, **permissions).standing(page=1)
    assert ["repository", "latest", "target", *path] in [one["path"] for one in answer["errors"]]
    assert {(one["type"], one["message"]) for one in answer["errors"]} == {
        ("FORBIDDEN", "Resource not accessible by integration")
    }


def test_a_page_has_bounds_and_a_size(client: Client, line: list[str]) -> None:
    for size in (0, 101):
        assert client.standing(page=size)["errors"][0]["type"] == "EXCESSIVE_PAGINATION"
    strange = client.standing(before="nonsense")["errors"][0]
    assert strange["type"] == "INVALID_CURSOR_ARGUMENTS"


def test_a_query_has_a_size(client: Client, line: list[str]) -> None:
    levels = "history(first: 100) { nodes { " * 3 + "oid" + " } }" * 3
    query = (
        'query Deep { repository(owner: "spiritstream", name: "app") '
        f'{{ object(oid: "{line[2]}") {{ ... on Commit {{ {levels} }} }} }} }}'
    )
    answer = client.ask(query, {}).json()
    assert answer["errors"][0]["type"] == "MAX_NODE_LIMIT_EXCEEDED"
    assert "1,010,100" in answer["errors"][0]["message"]


def test_many_commits_and_checks_take_few_requests(
    client: Client, project: Project, line: list[str]
) -> None:
    shas = project.grow(500)
    for sha in shas[-20:]:
        for number in range(20):
            project.check(sha, f"job {number}")
    compare = client.standing(page=100)["data"]["repository"]["latest"]["compare"]
    assert compare["aheadBy"] == 502
    nodes = compare["commits"]["nodes"]
    assert [node["oid"] for node in nodes] == shas[-100:]
    assert len(_contexts(nodes[-1])) == 20


def test_rest_tells_the_same(client: Client, project: Project, line: list[str]) -> None:
    check = project.check(line[2], "test", "failure")
    project.rerun(check, "success")
    project.check(line[2], "scan", "queued", app="some-app")
    project.status(line[2], "build", "pending")
    runs = client.rest("GET", "/commits/main/check-runs").json()
    assert [(one["name"], one["status"], one["conclusion"]) for one in runs["check_runs"]] == [
        ("test", "completed", "success"),
        ("scan", "queued", None),
    ]
    every = client.rest("GET", f"/commits/{line[2]}/check-runs", filter="all").json()
    assert every["total_count"] == 3
    named = client.rest("GET", "/commits/main/check-runs", check_name="scan").json()
    assert named["total_count"] == 1
    combined = client.rest("GET", "/commits/heads/main/status").json()
    assert (combined["state"], combined["total_count"]) == ("pending", 1)
    assert client.rest("GET", "/commits/none/status").status_code == 404
    blind = Client.of(client.sandbox, contents="read")
    assert blind.rest("GET", "/commits/main/check-runs").status_code == 403
    assert blind.rest("GET", "/commits/main/status").status_code == 403


def test_a_status_is_reported(client: Client, project: Project, line: list[str]) -> None:
    robot = Client.of(client.sandbox, app="robot", contents="read", statuses="write")
    path = f"/statuses/{line[2]}"
    assert robot.rest("POST", path, {"state": "pending", "context": "build"}).status_code == 201
    told = {"state": "failure", "context": "build", "description": "It broke"}
    made = robot.rest("POST", path, told | {"target_url": "https://ci.example.org/1"})
    assert made.status_code == 201, made.text
    shown = made.json()
    assert shown["creator"]["login"] == "robot[bot]"
    assert made.headers["Location"] == shown["url"]
    assert (shown["state"], shown["context"], shown["description"], shown["target_url"]) == (
        "failure",
        "build",
        "It broke",
        "https://ci.example.org/1",
    )
    assert robot.rest("POST", path, {"state": "success"}).json()["context"] == "default"
    reader = Client.of(client.sandbox, contents="read", statuses="read")
    combined = reader.rest("GET", f"/commits/{line[2]}/status").json()
    assert [(one["context"], one["state"]) for one in combined["statuses"]] == [
        ("build", "failure"),
        ("default", "success"),
    ]
    assert client.sandbox.effects == ["repos/create-commit-status"] * 3


def test_a_status_that_is_refused(client: Client, project: Project, line: list[str]) -> None:
    path = f"/statuses/{line[2]}"
    reader = Client.of(client.sandbox, contents="write", statuses="read")
    assert reader.rest("POST", path, {"state": "success"}).status_code == 403
    robot = Client.of(client.sandbox, contents="read", statuses="write")
    for nothing in ("e" * 40, line[2][:7], "main", "--all"):
        refused = robot.rest("POST", f"/statuses/{nothing}", {"state": "success"})
        assert refused.status_code == 422
        assert refused.json()["message"] == f"No commit found for SHA: {nothing}"
    assert project.statuses == []
    assert client.sandbox.effects == []


# ---------------------------------------------------------------------------- actions


def test_a_dispatch_is_recorded_and_makes_a_run(
    client: Client, project: Project, line: list[str]
) -> None:
    path = "/actions/workflows/ci.yml"
    asked = {"ref": "latest", "inputs": {"why": "promoted"}}
    assert client.rest("POST", f"{path}/dispatches", asked).status_code == 204
    (dispatch,) = project.dispatches
    assert dispatch == ("ci.yml", LATEST, line[0], {"why": "promoted"})
    runs = client.rest("GET", f"{path}/runs", event="workflow_dispatch", head_sha=line[0]).json()
    (run,) = runs["workflow_runs"]
    assert (run["head_branch"], run["status"], run["path"]) == (
        "latest",
        "queued",
        ".github/workflows/ci.yml",
    )
    details = client.rest("POST", f"{path}/dispatches", {"ref": LATEST, "return_run_details": True})
    assert details.status_code == 200
    assert details.json()["workflow_run_id"] > run["id"]
    by_number = client.rest("GET", f"/actions/workflows/{run['workflow_id']}/runs").json()
    assert by_number["total_count"] == 2
    assert client.rest("GET", f"{path}/runs", status="completed").json()["total_count"] == 0
    assert client.sandbox.effects == ["actions/create-workflow-dispatch"] * 2


@pytest.mark.parametrize(
    ("workflow", "ref", "status"),
    [
        ("none.yml", "latest", 404),
        ("ci.yml", "none", 422),
        ("push.yml", "main", 422),
    ],
)
def test_what_cannot_be_dispatched(
    client: Client, project: Project, workflow: str, ref: str, status: int
) -> None:
    project.commit({".github/workflows/push.yml": "on: push\n"})
    path = f"/actions/workflows/{workflow}/dispatches"
    assert client.rest("POST", path, {"ref": ref}).status_code == status
    assert project.dispatches == []


def test_a_dispatch_needs_actions(sandbox: Sandbox, project: Project) -> None:
    reader = Client.of(sandbox, contents="write", actions="read")
    path = "/actions/workflows/ci.yml"
    assert reader.rest("POST", f"{path}/dispatches", {"ref": "main"}).status_code == 403
    assert reader.rest("GET", f"{path}/runs").json() == {"total_count": 0, "workflow_runs": []}
    assert reader.rest("GET", "/actions/workflows/none.yml/runs").status_code == 404


def test_jobs_of_a_run(client: Client, project: Project, line: list[str]) -> None:
    run = project.job(line[2], "promote", "runner 7")
    build = project.check(line[2], "build", "failure")
    project.rerun(build, "success")
    jobs = client.rest("GET", f"/actions/runs/{run}/jobs").json()["jobs"]
    shown = [(job["name"], job["status"], job["conclusion"], job["runner_name"]) for job in jobs]
    assert shown == [
        ("promote", "in_progress", None, "runner 7"),
        ("build", "completed", "success", None),
    ]
    first = client.rest("GET", f"/actions/runs/{run}/attempts/1/jobs").json()["jobs"]
    assert [job["conclusion"] for job in first] == [None, "failure"]
    assert client.rest("GET", f"/actions/runs/{run}/attempts/3/jobs").status_code == 404
    assert client.rest("GET", "/actions/runs/1/jobs").status_code == 404


def test_lists_have_pages(client: Client, project: Project, line: list[str]) -> None:
    run = project.run(line[2])
    for number in range(5):
        project.check(line[2], f"job {number}", run=run)
    path = f"/actions/runs/{run}/jobs"
    first = client.rest("GET", path, per_page=2)
    assert first.json()["total_count"] == 5
    assert set(first.links) == {"next", "last"}
    assert first.links["next"]["url"].startswith(client.sandbox.api_url + "/repos/")
    assert "per_page=2" in first.links["next"]["url"]
    last = client.rest("GET", path, per_page=2, page=3)
    assert [job["name"] for job in last.json()["jobs"]] == ["job 4"]
    assert set(last.links) == {"prev", "first"}
    assert client.rest("GET", path, page=9).json()["jobs"] == []


def test_words_that_the_description_lacks(
    client: Client, project: Project, line: list[str]
) -> None:
    run = project.run(line[2])
    check = project.check(line[2], "old", "queued", run=run, started="2026-05-01T00:00:00")
    project.finish(check, "stale")
    project.check(line[2], "broken", "startup_failure", run=run)
    jobs = client.rest("GET", f"/actions/runs/{run}/jobs").json()["jobs"]
    assert [job["conclusion"] for job in jobs] == ["stale", "startup_failure"]
    assert jobs[0]["started_at"] == "2026-05-01T00:00:00Z"
    runs = client.rest("GET", "/actions/workflows/ci.yml/runs").json()["workflow_runs"]
    assert [one["conclusion"] for one in runs] == ["startup_failure"]


@pytest.mark.parametrize(
    ("states", "status", "conclusion"),
    [
        ([], "queued", None),
        (["success", "waiting"], "in_progress", None),
        (["success", "skipped"], "completed", "success"),
        (["skipped"], "completed", "skipped"),
        (["success", "cancelled"], "completed", "cancelled"),
        (["timed_out", "failure"], "completed", "failure"),
    ],
)
def test_a_run_is_what_its_jobs_are(
    client: Client,
    project: Project,
    line: list[str],
    states: list[str],
    status: str,
    conclusion: str | None,
) -> None:
    run = project.run(line[2])
    for number, state in enumerate(states):
        project.check(line[2], f"job {number}", state, run=run)
    (shown,) = client.rest("GET", "/actions/workflows/ci.yml/runs").json()["workflow_runs"]
    assert (shown["status"], shown["conclusion"]) == (status, conclusion)


def test_histories_that_share_nothing(client: Client, project: Project) -> None:
    project.set_ref(LATEST, project.commit({"o": "1"}, branch="other", parents=[]))
    answer = client.standing()
    assert answer["data"]["repository"]["latest"]["compare"] is None
    (error,) = answer["errors"]
    assert error["path"] == ["repository", "latest", "compare"]
    assert client.rest("GET", "/compare/latest...main").status_code == 404
