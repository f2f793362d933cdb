"""What REST says of things: every key that GitHub's description requires, and no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from ceremony.sandbox.state import CONCLUSIONS, Check, Project, Run, Suite, World
from ceremony.sandbox.store import Commit, Person, Target

Json = dict[str, Any]

_OF_USER = (
    "followers following gists starred subscriptions organizations repos events received_events"
).split()
_OF_REPOSITORY = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors "
    "deployments downloads events forks git_commits git_refs git_tags hooks issue_comment "
    "issue_events issues keys labels languages merges milestones notifications pulls releases "
    "stargazers statuses subscribers subscription tags teams trees"
).split()


def stamp(when: dt.datetime) -> str:
    """A time as GitHub writes it."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time(when: dt.datetime | None) -> str | None:
    """A time as GitHub writes it, or nothing."""
    return stamp(when) if when else None


def api(project: Project) -> str:
    """Where the project is in REST."""
    return f"{project.world.api_url}/repos/{project.name}"


def page(project: Project) -> str:
    """Where the project is for people."""
    return f"{project.world.url}/{project.name}"


def check_url(project: Project, check: Check) -> str:
    """Where people read about a check run."""
    base = f"{project.world.url}/{project.name}"
    if check.suite.run is not None:
        return f"{base}/actions/runs/{check.suite.run.id}/job/{check.id}"
    return f"{base}/runs/{check.id}"


def user(world: World, login: str) -> Json:
    """A simple user; who ends with `[bot]` is one."""
    base = f"{world.api_url}/users/{login}"
    slug = login.removesuffix("[bot]")
    number = world.app_id(slug)
    found: Json = {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"{world.url}/avatars/{number}",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{world.url}/apps/{slug}" if slug != login else f"{world.url}/{login}",
        "type": "Bot" if slug != login else "User",
        "site_admin": False,
    }
    return found | {f"{name}_url": f"{base}/{name}" for name in _OF_USER}


def minimal_repository(project: Project) -> Json:
    """A repository, as it stands inside of other things."""
    base = api(project)
    found: Json = {
        "id": project.id,
        "node_id": project.node,
        "name": project.name.partition("/")[2],
        "full_name": project.name,
        "owner": user(project.world, project.owner),
        "private": project.is_private,
        "html_url": page(project),
        "description": None,
        "fork": False,
        "url": base,
    }
    return found | {f"{name}_url": f"{base}/{name}" for name in _OF_REPOSITORY}


def full_repository(project: Project) -> Json:
    """A repository, asked for by its name."""
    born = stamp(project.created)
    counts = (
        "forks_count stargazers_count watchers_count size subscribers_count network_count forks "
        "watchers"
    ).split()
    open_issues = sum(issue.state == "open" for issue in [*project.issues.values()])
    return (
        minimal_repository(project)
        | dict.fromkeys(counts, 0)
        | {
            "git_url": project.clone_url,
            "ssh_url": project.clone_url,
            "clone_url": project.clone_url,
            "svn_url": page(project),
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "default_branch": project.default_branch,
            "open_issues_count": open_issues,
            "open_issues": open_issues,
            "has_issues": True,
            "has_projects": False,
            "has_wiki": False,
            "has_pages": False,
            "has_discussions": False,
            "archived": False,
            "disabled": False,
            "pushed_at": born,
            "created_at": born,
            "updated_at": born,
            "license": None,
        }
    )


def repository(project: Project) -> Json:
    """A repository, as it stands at the ends of a pull request."""
    left_out = {"subscribers_count", "network_count"}
    full = full_repository(project)
    kept = {key: value for key, value in full.items() if key not in left_out}
    return kept | {"has_downloads": False}


def ref(project: Project, name: str, target: Target) -> Json:
    """A ref and what it points at."""
    kind = f"{target.type}s" if target.type != "tag" else "tags"
    return {
        "ref": name,
        "node_id": f"REF_{project.id}_{name}",
        "url": f"{api(project)}/git/{name}",
        "object": {
            "sha": target.sha,
            "type": target.type,
            "url": f"{api(project)}/git/{kind}/{target.sha}",
        },
    }


def simple_commit(commit: Commit) -> Json:
    """A commit, as it stands inside of a run."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": stamp(commit.committer.when),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def person(who: Person) -> Json:
    """Who made a commit, and when."""
    return {"name": who.name, "email": who.email, "date": stamp(who.when)}


def state_of(checks: Sequence[Check]) -> tuple[str, str | None]:
    """The status and conclusion that a run has by its jobs."""
    if not checks:
        return "queued", None
    if any(check.status != "completed" for check in checks):
        return "in_progress", None
    said = {check.conclusion for check in checks}
    for conclusion in (
        "failure", "timed_out", "startup_failure", "cancelled", "action_required", "stale",
    ):  # fmt: skip
        if conclusion in said:
            return "completed", conclusion
    return "completed", "success" if said & {"success", "neutral"} else "skipped"


def suite_state(project: Project, suite: Suite) -> tuple[str, str | None]:
    """The status and conclusion of a suite: its run's where it has one, else its checks'."""
    run = suite.run
    if run is None:
        return state_of([check for check in project.checks_of(suite.sha) if check.suite is suite])
    if run.state is None:
        return state_of(project.jobs_of(run.id))
    return ("completed", run.state) if run.state in CONCLUSIONS else (run.state, None)


def run(project: Project, one: Run) -> Json:
    """A workflow run."""
    base = f"{api(project)}/actions/runs/{one.id}"
    status, conclusion = suite_state(project, project.suite_of(one.id))
    workflow = project.workflow_id(one.workflow)
    commit = project.store.commit(one.sha)
    repository = minimal_repository(project)
    return {
        "id": one.id,
        "node_id": f"WFR_{one.id}",
        "name": name_of(one.workflow),
        "display_title": commit.headline if commit else name_of(one.workflow),
        "head_branch": one.branch,
        "head_sha": one.sha,
        "path": one.workflow,
        "run_number": one.number,
        "run_attempt": one.attempt,
        "event": one.event,
        "status": status,
        "conclusion": conclusion,
        "workflow_id": workflow,
        "check_suite_id": one.suite,
        "check_suite_node_id": f"CS_{one.suite}",
        "url": base,
        "html_url": f"{page(project)}/actions/runs/{one.id}",
        "pull_requests": [],
        "created_at": stamp(one.created),
        "updated_at": stamp(one.created),
        "run_started_at": stamp(one.created),
        "jobs_url": f"{base}/jobs",
        "logs_url": f"{base}/logs",
        "check_suite_url": f"{api(project)}/check-suites/{one.suite}",
        "artifacts_url": f"{base}/artifacts",
        "cancel_url": f"{base}/cancel",
        "rerun_url": f"{base}/rerun",
        "workflow_url": f"{api(project)}/actions/workflows/{workflow}",
        "head_commit": simple_commit(commit) if commit else None,
        "repository": repository,
        "head_repository": repository,
    }


def job(project: Project, check: Check) -> Json:
    """A job of a workflow run."""
    behind = check.suite.run
    if behind is None:
        raise ValueError("only a check of a workflow run is a job")
    begun = check.started or behind.created
    return {
        "id": check.id,
        "run_id": behind.id,
        "run_url": f"{api(project)}/actions/runs/{behind.id}",
        "run_attempt": check.attempt,
        "node_id": f"CR_{check.id}",
        "head_sha": behind.sha,
        "head_branch": behind.branch,
        "url": f"{api(project)}/actions/jobs/{check.id}",
        "html_url": check_url(project, check),
        "check_run_url": f"{api(project)}/check-runs/{check.id}",
        "status": check.status,
        "conclusion": check.conclusion,
        "created_at": stamp(behind.created),
        "started_at": stamp(begun),
        "completed_at": time(check.completed),
        "name": check.name,
        "steps": [],
        "labels": ["ubuntu-latest"],
        "runner_id": 1 if check.runner else None,
        "runner_name": check.runner,
        "runner_group_id": 2 if check.runner else None,
        "runner_group_name": "GitHub Actions" if check.runner else None,
        "workflow_name": name_of(behind.workflow),
    }


def name_of(workflow: str) -> str:
    """What a workflow is called: its file's name, where nothing else is said."""
    file = workflow.rpartition("/")[2]
    return file.rpartition(".")[0] or file
