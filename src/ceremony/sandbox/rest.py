"""REST: one function for each operation of the contract, by GitHub's own name for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ceremony.sandbox import shapes
from ceremony.sandbox.refs import Refused, Way, move, require
from ceremony.sandbox.shapes import Json
from ceremony.sandbox.state import READ, WRITE, Dispatch, Project, Run, Token, World
from ceremony.sandbox.store import ZEROS, Target

_HEADS = "refs/heads/"


class Call(NamedTuple):
    """A request that keeps to the description, and whose project and token are known."""

    world: World
    project: Project
    token: Token | None
    address: str
    """Its path on the server, as it was asked for."""
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    """The decoded JSON, or bytes."""
    headers: Mapping[str, str]

    def require(self, permission: str, level: str = READ) -> None:
        """Raise Refused unless the token may."""
        require(self.token, self.project, permission, level)

    @property
    def actor(self) -> str:
        """Who does it."""
        return self.token.login if self.token else "ghost"


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: object = None
    headers: Mapping[str, str] = {}


Handler = Callable[[Call], Answer]


class Operations(dict[str, Handler]):
    """What answers the operations of one room, by their ids."""

    def __call__(self, name: str) -> Callable[[Handler], Handler]:
        """Mark what answers an operation."""

        def keep(handler: Handler) -> Handler:
            self[name] = handler
            return handler

        return keep


operation = Operations()


def not_found() -> Refused:
    """What is not there."""
    return Refused(404, "Not Found", type="NOT_FOUND")


def paged(call: Call, items: Sequence[Any], show: Callable[[Any], Any], key: str = "") -> Answer:
    """A page of a list, with the addresses of its neighbours; under a key also with its length.

    https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    size = min(max(int(call.query.get("per_page", "30")), 1), 100)
    number = max(int(call.query.get("page", "1")), 1)
    last = max(-(-len(items) // size), 1)
    chosen = [show(one) for one in items[(number - 1) * size : number * size]]
    steps = {}
    if number > 1:
        steps = {"prev": min(number - 1, last), "first": 1}
    if number < last:
        steps |= {"next": number + 1, "last": last}
    address = call.world.url + call.address
    links = [
        f'<{address}?{urlencode({**call.query, "page": str(to)})}>; rel="{word}"'
        for word, to in steps.items()
    ]
    headers = {"Link": ", ".join(links)} if links else {}
    return Answer(200, {"total_count": len(items), key: chosen} if key else chosen, headers)


# ---------------------------------------------------------------------------- repository


@operation("repos/get")
def _get(call: Call) -> Answer:
    call.require("metadata")
    return Answer(200, shapes.full_repository(call.project))


def rate_limit(world: World, token: Token | None) -> Answer:
    """What is left of a token's hour; asking costs nothing, and needs no project."""

    def shown(resource: str) -> Json:
        limit = world.left(token, resource)
        return {
            "limit": limit.limit,
            "remaining": limit.remaining,
            "reset": int(limit.reset),
            "used": limit.limit - limit.remaining,
        }

    core, graph = shown("core"), shown("graphql")
    return Answer(
        200, {"resources": {"core": core, "graphql": graph, "search": core}, "rate": core}
    )


@operation("repos/get-branch-rules")
def _branch_rules(call: Call) -> Answer:
    call.require("metadata")
    rules = [
        (protection, rule)
        for protection, rule in call.project.rules_of(call.path["branch"])
        if not protection.is_classic
    ]

    def shown(one: Any) -> Json:
        protection, rule = one
        found = {
            "type": rule.value,
            "ruleset_source_type": "Repository",
            "ruleset_source": call.project.name,
            "ruleset_id": protection.id,
        }
        parameters = _PARAMETERS.get(rule.value)
        if parameters is not None:
            found["parameters"] = parameters(protection)
        return found

    return paged(call, rules, shown)


_PARAMETERS: dict[str, Callable[[Any], Json]] = {
    "update": lambda _: {"update_allows_fetch_and_merge": False},
    "pull_request": lambda _: {
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_approving_review_count": 0,
        "required_review_thread_resolution": False,
    },
    "required_status_checks": lambda protection: {
        "required_status_checks": [{"context": name} for name in protection.contexts],
        "strict_required_status_checks_policy": False,
    },
}


# ---------------------------------------------------------------------------- refs


@operation("git/get-ref")
def _get_ref(call: Call) -> Answer:
    call.require("contents")
    name = f"refs/{call.path['ref']}"
    target = call.project.store.ref(name)
    if target is None:
        raise not_found()
    return Answer(200, shapes.ref(call.project, name, target))


@operation("git/list-matching-refs")
def _matching_refs(call: Call) -> Answer:
    call.require("contents")
    prefix = f"refs/{call.path['ref']}"
    found = [one for one in call.project.store.refs().items() if one[0].startswith(prefix)]
    return Answer(200, [shapes.ref(call.project, name, target) for name, target in found])


@operation("git/create-ref")
def _create_ref(call: Call) -> Answer:
    name, sha = call.body["ref"], call.body["sha"]
    if not name.startswith("refs/") or name.count("/") < 2:
        raise Refused(422, "Reference name must start with 'refs/' and have at least two slashes.")
    move(call.project, call.token, [Way(name, ZEROS, sha)])
    shown = shapes.ref(call.project, name, _target(call.project, sha))
    return Answer(201, shown, {"Location": shown["url"]})


@operation("git/update-ref")
def _update_ref(call: Call) -> Answer:
    name, sha = f"refs/{call.path['ref']}", call.body["sha"]
    call.require("contents", WRITE)
    if call.project.ref(name) is None:
        raise Refused(422, "Reference does not exist")
    move(call.project, call.token, [Way(name, None, sha, is_forced=call.body.get("force", False))])
    return Answer(200, shapes.ref(call.project, name, _target(call.project, sha)))


@operation("git/delete-ref")
def _delete_ref(call: Call) -> Answer:
    move(call.project, call.token, [Way(f"refs/{call.path['ref']}", None, ZEROS)])
    return Answer(204)


def _target(project: Project, sha: str) -> Target:
    if project.store.commit(sha) is not None:
        return Target(sha, "commit")
    found = project.store.object(sha)
    if found is None:
        raise not_found()
    return Target(sha, found.type)


# ---------------------------------------------------------------------------- actions


@operation("actions/create-workflow-dispatch")
def _dispatch(call: Call) -> Answer:
    # https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
    call.require("actions", WRITE)
    project = call.project
    path = project.workflow_path(call.path["workflow_id"])
    name = call.body["ref"]
    full = next(
        (one for one in (name, _HEADS + name, f"refs/tags/{name}") if project.ref(one)), None
    )
    if path is None:
        raise not_found()
    if full is None:
        raise Refused(422, f"No ref found for: {name}")
    sha = project.ref(full) or ""
    file = project.store.object(f"{sha}:{path}")
    if file is None or file.type != "blob":
        raise not_found()
    if b"workflow_dispatch" not in file.content:
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    inputs = {key: str(value) for key, value in (call.body.get("inputs") or {}).items()}
    with call.world.lock:
        project.dispatches.append(Dispatch(path.rpartition("/")[2], full, sha, inputs))
        branch = full.removeprefix(_HEADS)
        run = project.run(sha, event="workflow_dispatch", workflow=path, branch=branch, is_new=True)
    if not call.body.get("return_run_details"):
        return Answer(204)
    return Answer(
        200,
        {
            "workflow_run_id": run,
            "run_url": f"{shapes.api(project)}/actions/runs/{run}",
            "html_url": f"{shapes.page(project)}/actions/runs/{run}",
        },
    )


@operation("actions/list-workflow-runs")
def _runs(call: Call) -> Answer:
    call.require("actions")
    path = call.project.workflow_path(call.path["workflow_id"])
    runs = sorted([*call.project.runs.values()], key=lambda run: -run.id)
    if path is None or not (
        any(run.workflow == path for run in runs)
        or call.project.store.object(f"refs/heads/{call.project.default_branch}:{path}")
    ):
        raise not_found()
    found = [run for run in runs if run.workflow == path and _fits(call, run)]
    return paged(call, found, lambda run: shapes.run(call.project, run), "workflow_runs")


def _fits(call: Call, run: Run) -> bool:
    asked = call.query
    if asked.get("status"):
        shown = shapes.run(call.project, run)
        if asked["status"] not in {shown["status"], shown["conclusion"]}:
            return False
    return (
        asked.get("branch", run.branch) == run.branch
        and asked.get("event", run.event) == run.event
        and asked.get("head_sha", run.sha) == run.sha
        and asked.get("check_suite_id", str(run.suite)) == str(run.suite)
    )


@operation("actions/list-jobs-for-workflow-run")
def _jobs(call: Call) -> Answer:
    run = _run(call)
    if call.query.get("filter") == "all":
        checks = [*call.project.checks.values()]
        found = [check for check in checks if check.job and check.suite.run is run]
    else:
        found = call.project.jobs_of(run.id)
    return paged(call, found, lambda check: shapes.job(call.project, check), "jobs")


@operation("actions/list-jobs-for-workflow-run-attempt")
def _jobs_of_attempt(call: Call) -> Answer:
    run = _run(call)
    attempt = int(call.path["attempt_number"])
    if not 1 <= attempt <= run.attempt:
        raise not_found()
    newest: dict[int, Any] = {}
    for check in [*call.project.checks.values()]:
        if check.job and check.suite.run is run and check.attempt <= attempt:
            newest[check.job] = check
    return paged(call, [*newest.values()], lambda one: shapes.job(call.project, one), "jobs")


def _run(call: Call) -> Run:
    call.require("actions")
    run = call.project.runs.get(int(call.path["run_id"]))
    if run is None:
        raise not_found()
    return run
