"""REST over issues, comments and pull requests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ceremony.sandbox import shapes
from ceremony.sandbox.refs import Refused
from ceremony.sandbox.rest import Answer, Call, Operations, not_found, paged
from ceremony.sandbox.rest_objects import resolve
from ceremony.sandbox.shapes import Json
from ceremony.sandbox.state import ACTIONS, READ, WRITE, Comment, Issue, Project, Review

operation = Operations()

_LONGEST = 65_536


def _require_body(body: str | None) -> None:
    if len(body or "") > _LONGEST:
        message = f"body is too long (maximum is {_LONGEST} characters)"
        raise _invalid("Issue", "body", "custom", message)


def _invalid(resource: str, field: str, code: str, message: str = "") -> Refused:
    error = {"resource": resource, "code": code, "field": field}
    return Refused(
        422, "Validation Failed", errors=[error | ({"message": message} if message else {})]
    )


# ---------------------------------------------------------------------------- issues


@operation("issues/list-for-repo")
def _list(call: Call) -> Answer:
    """Pull requests are issues too.

    https://docs.github.com/en/rest/issues/issues#list-repository-issues
    """
    call.require("issues")
    asked = call.query
    labels = {label for label in asked.get("labels", "").split(",") if label}
    found = [
        issue
        for issue in [*call.project.issues.values()]
        if asked.get("state", "open") in {"all", issue.state}
        and labels <= set(issue.labels)
        and asked.get("creator", issue.author) == issue.author
        and _is_since(issue, asked.get("since"))
    ]
    return paged(call, _sorted(call, found), lambda issue: _issue_shown(call, issue))


def _is_since(one: Issue | Comment, since: str | None) -> bool:
    return since is None or one.updated >= dt.datetime.fromisoformat(since)


def _sorted(call: Call, issues: Iterable[Issue]) -> list[Issue]:
    keys = {
        "updated": lambda issue: (issue.updated, issue.number),
        "comments": lambda issue: (len(issue.comments), issue.number),
        "popularity": lambda issue: (len(issue.comments), issue.number),
    }
    key = keys.get(call.query.get("sort", ""), lambda issue: (issue.created, issue.number))
    return sorted(issues, key=key, reverse=call.query.get("direction", "desc") == "desc")


@operation("issues/create")
def _create(call: Call) -> Answer:
    # https://docs.github.com/en/rest/issues/issues#create-an-issue
    call.require("issues", WRITE)
    issue = _new(call, str(call.body["title"]), call.body.get("body"))
    issue.labels = _names(call.project, call.body.get("labels") or ())
    shown = _issue_shown(call, issue)
    return Answer(201, shown, {"Location": shown["url"]})


@operation("issues/get")
def _get(call: Call) -> Answer:
    return Answer(200, _issue_shown(call, _issue(call)))


@operation("issues/update")
def _update(call: Call) -> Answer:
    # https://docs.github.com/en/rest/issues/issues#update-an-issue
    issue, body = _issue(call, WRITE), call.body
    _require_body(body.get("body"))
    with call.world.lock:
        if body.get("title") is not None:
            issue.title = str(body["title"])
        if "body" in body:
            issue.body = body["body"]
        if "labels" in body:
            issue.labels = _names(call.project, body["labels"])
        if body.get("state") and body["state"] != issue.state:
            is_closed = body["state"] == "closed"
            issue.state = body["state"]
            issue.closed = call.world.now() if is_closed else None
            issue.reason = body.get("state_reason") or ("completed" if is_closed else "reopened")
        issue.updated = call.world.now()
    return Answer(200, _issue_shown(call, issue))


def _new(call: Call, title: str, body: str | None) -> Issue:
    if not title.strip():
        raise _invalid("Issue", "title", "missing_field")
    _require_body(body)
    now = call.world.now()
    with call.world.lock:
        number = len(call.project.issues) + 1
        issue = Issue(call.world.id(), number, title, body, call.actor, now, now)
        call.project.issues[number] = issue
    return issue


def _names(project: Project, labels: Iterable[Any]) -> list[str]:
    """The labels' names; one that is new is made, as it is for who may write."""
    names = [label if isinstance(label, str) else label["name"] for label in labels]
    for name in names:
        project.labels.setdefault(name, project.world.id())
    return list(dict.fromkeys(names))


def _issue(call: Call, level: str = READ) -> Issue:
    issue = call.project.issues.get(int(call.path["issue_number"]))
    # A pull request is read and written with either permission.
    # https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
    if (
        issue is not None
        and issue.is_pull
        and call.token
        and call.token.may("pull_requests", level)
    ):
        return issue
    call.require("issues", level)
    if issue is None:
        raise not_found()
    return issue


def _label(project: Project, name: str) -> Json:
    number = project.labels[name]
    return {
        "id": number,
        "node_id": f"LA_{number}",
        "url": f"{shapes.api(project)}/labels/{name.replace(' ', '%20')}",
        "name": name,
        "description": "",
        "color": "ededed",
        "default": False,
    }


def _issue_shown(call: Call, issue: Issue) -> Json:
    project = call.project
    base = f"{shapes.api(project)}/issues/{issue.number}"
    kind = "pull" if issue.is_pull else "issues"
    page = f"{shapes.page(project)}/{kind}/{issue.number}"
    found: Json = {
        "id": issue.id,
        "node_id": f"I_{issue.id}",
        "url": base,
        "repository_url": shapes.api(project),
        "labels_url": f"{base}/labels{{/name}}",
        "comments_url": f"{base}/comments",
        "events_url": f"{base}/events",
        "html_url": page,
        "number": issue.number,
        "state": issue.state,
        "state_reason": issue.reason,
        "title": issue.title,
        "body": issue.body,
        "user": shapes.user(call.world, issue.author),
        "labels": [_label(project, name) for name in issue.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "comments": len(issue.comments),
        "created_at": shapes.stamp(issue.created),
        "updated_at": shapes.stamp(issue.updated),
        "closed_at": shapes.time(issue.closed),
    }
    if issue.is_pull:
        found["pull_request"] = {
            "url": f"{shapes.api(project)}/pulls/{issue.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
        }
    return found


# ---------------------------------------------------------------------------- comments


@operation("issues/list-comments")
def _comments(call: Call) -> Answer:
    issue = _issue(call)
    found = [one for one in issue.comments if _is_since(one, call.query.get("since"))]
    return paged(call, found, lambda comment: _comment_shown(call, issue, comment))


@operation("issues/create-comment")
def _comment(call: Call) -> Answer:
    issue = _issue(call, WRITE)
    _require_body(call.body["body"])
    now = call.world.now()
    comment = Comment(call.world.id(), call.body["body"], call.actor, now, now)
    with call.world.lock:
        issue.comments.append(comment)
        issue.updated = now
    shown = _comment_shown(call, issue, comment)
    return Answer(201, shown, {"Location": shown["url"]})


@operation("issues/update-comment")
def _update_comment(call: Call) -> Answer:
    number = int(call.path["comment_id"])
    for issue in [*call.project.issues.values()]:
        for comment in issue.comments:
            if comment.id == number:
                call.require("pull_requests" if issue.is_pull else "issues", WRITE)
                _require_body(call.body["body"])
                comment.body, comment.updated = call.body["body"], call.world.now()
                return Answer(200, _comment_shown(call, issue, comment))
    call.require("issues", WRITE)
    raise not_found()


def _comment_shown(call: Call, issue: Issue, comment: Comment) -> Json:
    project = call.project
    kind = "pull" if issue.is_pull else "issues"
    page = f"{shapes.page(project)}/{kind}/{issue.number}"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": f"{shapes.api(project)}/issues/comments/{comment.id}",
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": f"{shapes.api(project)}/issues/{issue.number}",
        "user": shapes.user(call.world, comment.author),
        "body": comment.body,
        "created_at": shapes.stamp(comment.created),
        "updated_at": shapes.stamp(comment.updated),
    }


# ---------------------------------------------------------------------------- pull requests


@operation("pulls/list")
def _pulls(call: Call) -> Answer:
    # https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
    call.require("pull_requests")
    asked = call.query
    # A head without its owner filters nothing out.
    head = asked["head"].partition(":")[2] if ":" in asked.get("head", "") else None
    found = [
        pull
        for pull in [*call.project.issues.values()]
        if pull.is_pull
        and asked.get("state", "open") in {"all", pull.state}
        and head in {None, pull.head}
        and asked.get("base", pull.base) == pull.base
    ]
    return paged(call, _sorted(call, found), lambda pull: _pull_simple(call, pull))


@operation("pulls/get")
def _pull(call: Call) -> Answer:
    return Answer(200, _pull_shown(call, _found(call)))


def _found(call: Call) -> Issue:
    call.require("pull_requests")
    pull = call.project.issues.get(int(call.path["pull_number"]))
    if pull is None or not pull.is_pull:
        raise not_found()
    return pull


@operation("pulls/list-reviews")
def _reviews(call: Call) -> Answer:
    """The oldest first.

    https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request
    """
    pull = _found(call)
    return paged(call, [*pull.reviews], lambda review: _review_shown(call, pull, review))


def _review_shown(call: Call, pull: Issue, review: Review) -> Json:
    page = f"{shapes.page(call.project)}/pull/{pull.number}"
    address = f"{shapes.api(call.project)}/pulls/{pull.number}"
    html = f"{page}#pullrequestreview-{review.id}"
    return {
        "id": review.id,
        "node_id": f"PRR_{review.id}",
        "user": shapes.user(call.world, review.author),
        "body": "",
        "state": review.state,
        "html_url": html,
        "pull_request_url": address,
        "author_association": "NONE",
        "_links": {"html": {"href": html}, "pull_request": {"href": address}},
        "submitted_at": shapes.stamp(review.submitted),
        "commit_id": review.commit,
    }


@operation("pulls/create")
def _open(call: Call) -> Answer:
    # https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
    call.require("pull_requests", WRITE)
    project, body = call.project, call.body
    if call.token and call.token.app == ACTIONS and not project.actions_may_open_pulls:
        # https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository#preventing-github-actions-from-creating-or-approving-pull-requests
        raise Refused(403, "GitHub Actions is not permitted to create or approve pull requests.")
    owner, colon, branch = body["head"].partition(":")
    head = branch if colon else body["head"]
    for name, field in ((head, "head"), (body["base"], "base")):
        if project.ref(f"refs/heads/{name}") is None or (colon and owner != project.owner):
            raise _invalid("PullRequest", field, "invalid")
    base_sha, head_sha = resolve(project, body["base"]), resolve(project, head)
    between = project.store.between(base_sha or "", head_sha or "")
    if between is None or not between.ahead:
        message = f"No commits between {body['base']} and {head}"
        raise _invalid("PullRequest", "base", "custom", message)
    for other in [*project.issues.values()]:
        if (other.head, other.base, other.state) == (head, body["base"], "open"):
            message = f"A pull request already exists for {project.owner}:{head}."
            raise _invalid("PullRequest", "head", "custom", message)
    pull = _new(call, body.get("title", ""), body.get("body"))
    pull.head, pull.base, pull.is_draft = head, body["base"], body.get("draft", False)
    shown = _pull_shown(call, pull)
    return Answer(201, shown, {"Location": shown["url"]})


def _pull_simple(call: Call, pull: Issue) -> Json:
    project = call.project
    base = f"{shapes.api(project)}/pulls/{pull.number}"
    issue = f"{shapes.api(project)}/issues/{pull.number}"
    page = f"{shapes.page(project)}/pull/{pull.number}"
    head_sha = project.head_of(pull)
    urls = {
        "self": base,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{base}/comments",
        "review_comment": f"{shapes.api(project)}/pulls/comments",
        "commits": f"{base}/commits",
        "statuses": f"{shapes.api(project)}/statuses/{head_sha}",
    }
    return {
        "url": base,
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "commits_url": urls["commits"],
        "review_comments_url": urls["review_comments"],
        "review_comment_url": urls["review_comment"],
        "comments_url": urls["comments"],
        "statuses_url": urls["statuses"],
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": shapes.user(call.world, pull.author),
        "body": pull.body,
        "labels": [_label(project, name) for name in pull.labels],
        "milestone": None,
        "created_at": shapes.stamp(pull.created),
        "updated_at": shapes.stamp(pull.updated),
        "closed_at": shapes.time(pull.closed),
        "merged_at": shapes.time(pull.merged),
        "merge_commit_sha": None,
        "assignee": None,
        "draft": pull.is_draft,
        "head": _end(call, pull.head, head_sha),
        "base": _end(call, pull.base, project.ref(f"refs/heads/{pull.base}") or ""),
        "_links": {name: {"href": url} for name, url in urls.items()},
        "author_association": "NONE",
        "auto_merge": None,
    }


def _end(call: Call, branch: str, sha: str) -> Json:
    project = call.project
    return {
        "label": f"{project.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": shapes.user(call.world, project.owner),
        "repo": shapes.repository(project),
    }


def _pull_shown(call: Call, pull: Issue) -> Json:
    project = call.project
    head = project.head_of(pull)
    base = project.ref(f"refs/heads/{pull.base}")
    between = project.store.between(base, head) if base and head else None
    added = removed = files = 0
    if between is not None:
        for line in project.store.run("diff", "--numstat", f"{base}...{head}").splitlines():
            plus, minus, _ = line.split(b"\t", 2)
            files += 1
            added += int(plus) if plus.isdigit() else 0
            removed += int(minus) if minus.isdigit() else 0
    return _pull_simple(call, pull) | {
        "merged": pull.merged is not None,
        "mergeable": True,
        "mergeable_state": "clean",
        "merged_by": None,
        "comments": len(pull.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(between.ahead) if between else 0,
        "additions": added,
        "deletions": removed,
        "changed_files": files,
    }
