"""Which events a part may act on: those whose moment and files no stranger chooses.

Pure. An event only ever says *when* to look: what promote believes comes from the API, for commits
of main, and never from the commit that the event is about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

PROVING = frozenset({"push", "merge_group"})
"""What starts the runs that may be proof; the merge queue's only where the policy says so."""
_FREEZING = frozenset(
    {"", "push", "schedule", "workflow_dispatch", "workflow_call", "repository_dispatch"}
)
"""Events whose moment no stranger chooses; none outside of a workflow."""
_PUBLISHING = _FREEZING | {"create"}
"""A release branch's creation too: nobody who may not write to a repository creates one there."""
_REMEDY = "run promote on `push`, `schedule`, `workflow_dispatch`, or `workflow_run` after a push"


def promotion_refused(
    event: str, payload: Mapping[str, object], mains: Collection[str], *, merge_group: bool
) -> str:
    """Why an event may not promote, in one sentence; empty where it may.

    `mains` are the names that main may have. Under a pull request's events, and under a
    `workflow_run` that follows a pull request or somebody else's repository, a stranger chooses
    the moment and perhaps the workflow. A fork's branch may bear main's name, so the repository
    is compared by its id, and what is not known to be this repository is not.
    """
    if event.startswith("pull_request"):
        return f"`{event}` is about a proposal, which proves nothing about main: {_REMEDY}"
    if event != "workflow_run":
        return ""
    run = inside(payload, "workflow_run")
    started = run.get("event")
    lawful = PROVING if merge_group else {"push"}
    if not isinstance(started, str) or started not in lawful:
        return (
            f"the run that this `workflow_run` follows was started by {_quoted(started)}, not by "
            f"`push`: {_REMEDY}"
        )
    own = _id(inside(payload, "repository"))
    if own is None or _id(inside(run, "head_repository")) != own:
        return (
            "the run that this `workflow_run` follows is another repository's, or whose it is is "
            "not known: a fork's branch may be called main as well"
        )
    branch = run.get("head_branch")
    if started == "merge_group":
        # docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/
        # configuring-pull-request-merges/managing-a-merge-queue: how its branches are named.
        about = any(str(branch).startswith(f"gh-readonly-queue/{main}/") for main in mains)
    else:
        about = isinstance(branch, str) and branch in mains
    if not about:
        names = " or ".join(f"`{main}`" for main in sorted(mains))
        return (
            f"the run that this `workflow_run` follows is about the branch {_quoted(branch)}, not "
            f"{names}: filter the trigger by `branches`"
        )
    return ""


def checkout_refused(event: str, payload: Mapping[str, object]) -> str:
    """Why nothing of this event may be judged here; empty where it may.

    Under `pull_request_target`, and under a `workflow_run` that follows a pull request, the job
    holds the base repository's token while the files may be a stranger's. What is not known to
    be the repository's own counts as a stranger's.
    """
    if event == "pull_request_target":
        pull = inside(payload, "pull_request")
        head = inside(inside(pull, "head"), "repo")
        base = inside(inside(pull, "base"), "repo")
    elif event == "workflow_run":
        run = inside(payload, "workflow_run")
        if not str(run.get("event", "pull_request")).startswith("pull_request"):
            return ""
        head = inside(run, "head_repository")
        base = inside(payload, "repository")
    else:
        return ""
    if _id(base) is not None and _id(head) == _id(base):
        return ""
    return (
        f"{event} gives this job the base repository's token, and the pull request comes from "
        "a fork, or from where it comes is not known: run the audit on `pull_request` instead, "
        "which needs no token and works in forks"
    )


def freezing_refused(event: str, *, is_pull_request: bool) -> str:
    """Why an event may freeze nothing, in one sentence; empty where it may."""
    if event in _FREEZING and not is_pull_request:
        return ""
    return (
        f"`{event[:80]}` may be a stranger's doing, and freezing is a maintainer's: run it on "
        "`workflow_dispatch`"
    )


def publishing_refused(event: str) -> str:
    """Why an event may publish nothing, in one sentence; empty where it may."""
    if event in _PUBLISHING:
        return ""
    return (
        f"`{event[:80]}` may be a stranger's doing, and what is built under it a stranger's work: "
        "publish on `push`, `create`, `schedule` or `workflow_dispatch`, or plan with `dry-run`"
    )


def default_branch(payload: Mapping[str, object]) -> str:
    """What the event calls the repository's default branch; empty where it does not say."""
    name = inside(payload, "repository").get("default_branch")
    return name if isinstance(name, str) else ""


def _quoted(value: object) -> str:
    """A stranger's word in backquotes."""
    if not isinstance(value, str) or not value:
        return "nobody knows what"
    return f"`{value[:80].replace('`', chr(39))}`"


def inside(mapping: Mapping[str, object], key: str) -> Mapping[str, object]:
    """The object that a payload holds under a key; empty where it holds none."""
    value = mapping.get(key)
    return value if isinstance(value, dict) else {}


def _id(repository: Mapping[str, object]) -> int | None:
    value = repository.get("id")
    return value if isinstance(value, int) and not isinstance(value, bool) else None
