"""REST over git's objects: blobs, trees, commits, contents, comparisons, and what checks say."""

from __future__ import annotations

import base64
import binascii
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ceremony.sandbox import shapes
from ceremony.sandbox.refs import Refused
from ceremony.sandbox.rest import Answer, Call, Operations, not_found, paged
from ceremony.sandbox.shapes import Json
from ceremony.sandbox.state import WRITE, Check, Project, Status
from ceremony.sandbox.store import Commit, GitError

operation = Operations()

_SHA = re.compile(r"[0-9a-f]{40}")
_FOLDER, _LINK, _SUBMODULE = "040000", "120000", "160000"


@operation("git/create-blob")
def _create_blob(call: Call) -> Answer:
    call.require("contents", WRITE)
    content = call.body["content"]
    if call.body.get("encoding", "utf-8") == "base64":
        try:
            raw = base64.b64decode("".join(content.split()), validate=True)
        except binascii.Error:
            raise Refused(422, "content is not valid Base64") from None
    else:
        raw = content.encode()
    sha = call.project.store.run("hash-object", "-w", "--stdin", stdin=raw).decode().strip()
    url = f"{shapes.api(call.project)}/git/blobs/{sha}"
    return Answer(201, {"sha": sha, "url": url}, {"Location": url})


@operation("git/create-tree")
def _create_tree(call: Call) -> Answer:
    # https://docs.github.com/en/rest/git/trees#create-a-tree
    call.require("contents", WRITE)
    store = call.project.store
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        try:
            if call.body.get("base_tree"):
                store.run("read-tree", _sha(call.body["base_tree"]), environment=index)
            for entry in call.body["tree"]:
                _add(call.project, entry, index)
            sha = store.run("write-tree", environment=index).decode().strip()
        except GitError as error:
            raise Refused(422, f"Tree could not be made: {error}") from None
    url = f"{shapes.api(call.project)}/git/trees/{sha}"
    shown = {"sha": sha, "url": url, "truncated": False, "tree": _entries(call.project, sha)}
    return Answer(201, shown, {"Location": url})


def _add(project: Project, entry: Mapping[str, Any], index: Mapping[str, str]) -> None:
    """Put one entry of a request into an index; without content and SHA it is taken out."""
    path, mode, sha = entry["path"], entry.get("mode", "100644"), entry.get("sha")
    if "content" in entry:
        if "sha" in entry:
            raise Refused(422, "Must supply either tree.sha or tree.content")
        raw = entry["content"].encode()
        sha = project.store.run("hash-object", "-w", "--stdin", stdin=raw).decode().strip()
    if mode == _FOLDER and sha:
        # read-tree --prefix would want a work tree.
        inner = project.store.run("ls-tree", "-r", "-z", _sha(sha)).decode().split("\0")
        lines = "".join(one.replace("\t", f"\t{path}/", 1) + "\0" for one in inner if one)
    else:
        lines = f"{mode} {sha}\t{path}\0" if sha else f"0 {'0' * 40}\t{path}\0"
    project.store.run("update-index", "-z", "--index-info", stdin=lines.encode(), environment=index)


def _sha(given: str) -> str:
    """What is no SHA may be an option of git's."""
    if not _SHA.fullmatch(given):
        raise Refused(
            422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."
        )
    return given


def _entries(project: Project, tree: str) -> list[Json]:
    found = []
    for line in project.store.run("ls-tree", "-z", "-l", tree).decode().split("\0"):
        meta, _, path = line.partition("\t")
        if not path:
            continue
        mode, kind, sha, size = meta.split()
        one: Json = {
            "path": path,
            "mode": mode,
            "type": kind,
            "sha": sha,
            "url": f"{shapes.api(project)}/git/{kind}s/{sha}",
        }
        found.append(one | ({"size": int(size)} if size != "-" else {}))
    return found


@operation("git/create-commit")
def _create_commit(call: Call) -> Answer:
    """A commit that no ref holds yet.

    What a bot commits without naming an author is signed by GitHub.
    https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots
    """
    call.require("contents", WRITE)
    body, store = call.body, call.project.store
    now = shapes.stamp(call.world.now())
    bot = {"name": call.actor, "email": f"{call.actor}@users.noreply.example.org", "date": now}
    author = bot | (body.get("author") or {})
    committer = bot | (body.get("author") or {}) | (body.get("committer") or {})
    parents = [word for parent in body.get("parents", ()) for word in ("-p", _sha(parent))]
    who = {
        f"GIT_{role}_{part.upper()}": person[part]
        for role, person in (("AUTHOR", author), ("COMMITTER", committer))
        for part in ("name", "email", "date")
    }
    try:
        sha = store.run(
            "commit-tree", _sha(body["tree"]), *parents, "-F", "-",
            stdin=body["message"].encode(), environment=who,
        ).decode().strip()  # fmt: skip
    except GitError:
        raise Refused(422, "Tree SHA does not exist, or a parent does not") from None
    if not body.get("author") and not body.get("committer"):
        call.project.verified.add(sha)
    commit = store.commits([sha])[0]
    shown = _git_commit(call.project, commit)
    return Answer(201, shown, {"Location": shown["url"]})


@operation("git/get-commit")
def _get_commit(call: Call) -> Answer:
    call.require("contents")
    commit = call.project.store.commit(call.path["commit_sha"])
    if commit is None:
        raise not_found()
    return Answer(200, _git_commit(call.project, commit))


def _git_commit(project: Project, commit: Commit) -> Json:
    is_signed = commit.sha in project.verified
    base = shapes.api(project)
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": f"{base}/git/commits/{commit.sha}",
        "html_url": f"{shapes.page(project)}/commit/{commit.sha}",
        "author": shapes.person(commit.author),
        "committer": shapes.person(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{base}/git/trees/{commit.tree}"},
        "parents": [
            {
                "sha": sha,
                "url": f"{base}/git/commits/{sha}",
                "html_url": f"{shapes.page(project)}/commit/{sha}",
            }
            for sha in commit.parents
        ],
        "verification": {
            "verified": is_signed,
            "reason": "valid" if is_signed else "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": shapes.stamp(commit.committer.when) if is_signed else None,
        },
    }


def _commit(project: Project, commit: Commit) -> Json:
    base = f"{shapes.api(project)}/commits/{commit.sha}"
    return {
        "url": base,
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "html_url": f"{shapes.page(project)}/commit/{commit.sha}",
        "comments_url": f"{base}/comments",
        "commit": {
            "url": f"{shapes.api(project)}/git/commits/{commit.sha}",
            "author": shapes.person(commit.author),
            "committer": shapes.person(commit.committer),
            "message": commit.message,
            "comment_count": 0,
            "tree": {
                "sha": commit.tree,
                "url": f"{shapes.api(project)}/git/trees/{commit.tree}",
            },
        },
        "author": None,
        "committer": None,
        "parents": [
            {"sha": sha, "url": f"{shapes.api(project)}/commits/{sha}"} for sha in commit.parents
        ],
    }


# ---------------------------------------------------------------------------- contents


@operation("repos/get-content")
def _get_content(call: Call) -> Answer:
    # https://docs.github.com/en/rest/repos/contents#get-repository-content
    call.require("contents")
    project, path = call.project, call.path["path"].strip("/")
    sha = resolve(project, call.query.get("ref") or project.default_branch)
    found = project.store.object(f"{sha}:{path}") if sha else None
    if sha is None or found is None:
        raise not_found()
    where = (project, call.query.get("ref") or project.default_branch)
    if found.type == "tree":
        inner = _entries(project, found.sha)
        prefix = f"{path}/" if path else ""
        return Answer(200, [_entry(where, one, prefix + one["path"]) for one in inner])
    mode = project.store.run("ls-tree", sha, "--", path).decode().split(" ", 1)[0]
    one = {"sha": found.sha, "mode": mode, "type": "blob", "size": len(found.content)}
    shown = _entry(where, one, path)
    if mode == _LINK:
        shown["target"] = found.content.decode(errors="replace")
    else:
        shown |= {
            "encoding": "base64",
            "content": base64.encodebytes(found.content).decode(),
        }
    return Answer(200, shown)


def _entry(where: tuple[Project, str], one: Mapping[str, Any], path: str) -> Json:
    project, ref = where
    kind = {_FOLDER: "dir", _LINK: "symlink", _SUBMODULE: "submodule"}.get(one["mode"], "file")
    url = f"{shapes.api(project)}/contents/{path}?ref={ref}"
    git = f"{shapes.api(project)}/git/{one['type']}s/{one['sha']}"
    page = f"{shapes.page(project)}/blob/{ref}/{path}"
    raw = f"{shapes.page(project)}/raw/{ref}/{path}" if kind == "file" else None
    return {
        "type": kind,
        "size": one.get("size", 0),
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": one["sha"],
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": raw,
        "_links": {"self": url, "git": git, "html": page},
    }


def resolve(project: Project, name: str) -> str | None:
    """The commit that a branch, a tag, a full ref or a SHA stands for."""
    names = (name, f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}")
    wanted = [full for full in names if full.startswith("refs/")]
    known = project.store.refs(*wanted)
    for full in wanted:
        if full in known:
            if known[full].type == "commit":
                return known[full].sha
            found = project.store.object(full + "^{commit}")
            return found.sha if found else None
    found = project.store.object(f"{name}^{{commit}}") if name.isalnum() else None
    return found.sha if found else None


# ---------------------------------------------------------------------------- comparison


@operation("repos/compare-commits")
def _compare(call: Call) -> Answer:
    # https://docs.github.com/en/rest/commits/commits#compare-two-commits
    call.require("contents")
    project = call.project
    base = resolve(project, call.path["base"])
    head = resolve(project, call.path["head"])
    between = project.store.between(base, head) if base and head else None
    if base is None or head is None or between is None:
        raise not_found()
    size = min(int(call.query.get("per_page", "250")), 250)
    start = (int(call.query.get("page", "1")) - 1) * size
    commits = project.store.commits(between.ahead[start : start + size])
    merge_base = project.store.run("merge-base", base, head).decode().split()[0]
    ends = {sha: project.store.commits([sha])[0] for sha in (base, merge_base)}
    url = f"{shapes.api(project)}/compare/{base}...{head}"
    page = f"{shapes.page(project)}/compare/{base}...{head}"
    status = "diverged" if between.ahead and between.behind else "identical"
    if not (between.ahead and between.behind):
        status = "ahead" if between.ahead else "behind" if between.behind else status
    return Answer(
        200,
        {
            "url": url,
            "html_url": page,
            "permalink_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": _commit(project, ends[base]),
            "merge_base_commit": _commit(project, ends[merge_base]),
            "status": status,
            "ahead_by": len(between.ahead),
            "behind_by": len(between.behind),
            "total_commits": len(between.ahead),
            "commits": [_commit(project, commit) for commit in commits],
            "files": _files(project, merge_base, head),
        },
    )


_STATUSES = {"A": "added", "C": "copied", "D": "removed", "M": "modified", "R": "renamed"}


def _files(project: Project, base: str, head: str) -> list[Json]:
    """What a comparison says of each file, without the patch."""
    git = ("diff", "-z", "--find-renames", "--no-abbrev")
    words = iter(project.store.run(*git, "--raw", base, head).decode().split("\0")[:-1])
    found: list[Json] = []
    for meta in words:
        sha, letter = meta.split(" ")[3:5]
        status = _STATUSES.get(letter[0], "changed")
        moved = {"previous_filename": next(words)} if letter[0] in "CR" else {}
        path = next(words)
        counts = project.store.run("diff", "--numstat", base, head, "--", path).decode().split("\t")
        added, removed = (int(count) if count.isdigit() else 0 for count in counts[:2])
        ref = base if status == "removed" else head
        found.append(
            {
                "sha": None if status == "removed" else sha,
                "filename": path,
                "status": status,
                "additions": added,
                "deletions": removed,
                "changes": added + removed,
                "blob_url": f"{shapes.page(project)}/blob/{ref}/{quote(path)}",
                "raw_url": f"{shapes.page(project)}/raw/{ref}/{quote(path)}",
                "contents_url": f"{shapes.api(project)}/contents/{quote(path)}?ref={ref}",
                **moved,
            }
        )
    return found


@operation("repos/list-commits")
def _list_commits(call: Call) -> Answer:
    # https://docs.github.com/en/rest/commits/commits#list-commits
    call.require("contents")
    project = call.project
    sha = resolve(project, call.query.get("sha") or project.default_branch)
    if sha is None:
        raise not_found()
    path = [call.query["path"].strip("/")] if call.query.get("path") else []
    listed = project.store.run("--literal-pathspecs", "rev-list", sha, "--", *path).decode().split()
    return paged(call, listed, lambda one: _commit(project, project.store.commits([one])[0]))


# ---------------------------------------------------------------------------- evidence


@operation("checks/list-for-ref")
def _checks(call: Call) -> Answer:
    call.require("checks")
    sha = resolve(call.project, call.path["ref"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {call.path['ref']}")
    if call.query.get("filter") == "all":
        found = [one for one in [*call.project.checks.values()] if one.suite.sha == sha]
    else:
        found = call.project.checks_of(sha)
    asked = call.query
    chosen = [
        one
        for one in found
        if asked.get("check_name", one.name) == one.name
        and asked.get("status", one.status) == one.status
        and asked.get("app_id", str(call.world.app_id(one.suite.app)))
        == str(call.world.app_id(one.suite.app))
    ]
    return paged(call, chosen, lambda one: _check_run(call, one), "check_runs")


def _check_run(call: Call, check: Check) -> Json:
    project = call.project
    url = f"{shapes.api(project)}/check-runs/{check.id}"
    page = shapes.check_url(project, check)
    return {
        "id": check.id,
        "node_id": f"CR_{check.id}",
        "head_sha": check.suite.sha,
        "external_id": "",
        "url": url,
        "html_url": page,
        "details_url": page,
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": shapes.time(check.started),
        "completed_at": shapes.time(check.completed),
        "output": {
            "title": None,
            "summary": None,
            "text": None,
            "annotations_count": 0,
            "annotations_url": f"{url}/annotations",
        },
        "name": check.name,
        "check_suite": {"id": check.suite.id},
        "app": _app(call, check.suite.app),
        "pull_requests": [],
    }


def _app(call: Call, slug: str) -> Json:
    born = shapes.stamp(call.project.created)
    number = call.world.app_id(slug)
    return {
        "id": number,
        "slug": slug,
        "node_id": f"A_{number}",
        "owner": shapes.user(call.world, call.project.owner),
        "name": slug,
        "description": None,
        "external_url": f"{call.world.url}/apps/{slug}",
        "html_url": f"{call.world.url}/apps/{slug}",
        "created_at": born,
        "updated_at": born,
        "permissions": {},
        "events": [],
    }


@operation("repos/create-commit-status")
def _create_status(call: Call) -> Answer:
    # https://docs.github.com/en/rest/commits/statuses#create-a-commit-status
    call.require("statuses", WRITE)
    project, body, sha = call.project, call.body, call.path["sha"]
    if not _SHA.fullmatch(sha) or project.store.commit(sha) is None:
        raise Refused(422, f"No commit found for SHA: {sha}")
    status = project.status(
        sha,
        body.get("context", "default"),
        body["state"],
        call.actor,
        url=body.get("target_url"),
        description=body.get("description"),
    )
    shown = _status(call, status) | {"creator": shapes.user(call.world, status.creator)}
    return Answer(201, shown, {"Location": shown["url"]})


@operation("repos/get-combined-status-for-ref")
def _combined(call: Call) -> Answer:
    # https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
    call.require("statuses")
    project = call.project
    sha = resolve(project, call.path["ref"])
    if sha is None:
        raise not_found()
    statuses = project.statuses_of(sha)
    said = {status.state for status in statuses}
    state = "failure" if said & {"failure", "error"} else "pending"
    if said == {"success"}:
        state = "success"
    page = paged(call, statuses, lambda status: _status(call, status))
    url = f"{shapes.api(project)}/commits/{sha}"
    body = {
        "statuses": page.body,
        "total_count": len(statuses),
        "state": state,
        "sha": sha,
        "repository": shapes.minimal_repository(project),
        "commit_url": url,
        "url": f"{url}/status",
    }
    return page._replace(body=body)


def _status(call: Call, status: Status) -> Json:
    when = shapes.stamp(status.created)
    number = call.world.app_id(status.creator)
    return {
        "id": status.id,
        "node_id": f"SC_{status.id}",
        "url": f"{shapes.api(call.project)}/statuses/{status.sha}",
        "avatar_url": f"{call.world.url}/avatars/{number}",
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.url,
        "created_at": when,
        "updated_at": when,
    }
