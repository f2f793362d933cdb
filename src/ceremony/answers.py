"""What GitHub's GraphQL answers say, as the facts that `promote` decides on.

Pure. An answer is a stranger's text until it was read here: what has another shape than GitHub's
schema promises is left out in such a way that nothing becomes green by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ceremony.model import InputError
from ceremony.rules.evidence import Candidate, Evidence, State
from ceremony.rules.promote import Relation, Rule, Stray

CONFIG_LIMIT = 65_536
"""Bytes of the configuration."""

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_RESOURCE = re.compile(r"/actions/workflows/([^/]+)$")

_CONCLUSIONS = {
    "success": State.SUCCESS,
    "failure": State.FAILURE,
    "timed_out": State.FAILURE,
    "startup_failure": State.FAILURE,
    "action_required": State.FAILURE,
    "cancelled": State.CANCELLED,
    "neutral": State.NEUTRAL,
    "skipped": State.SKIPPED,
    "stale": State.STALE,
}
_UNFINISHED = frozenset({"in_progress", "pending", "queued", "requested", "waiting"})
_STATUSES = {
    "success": State.SUCCESS,
    "failure": State.FAILURE,
    "error": State.FAILURE,
    "pending": State.PENDING,
    "expected": State.PENDING,
}
_RELATIONS = {
    "IDENTICAL": Relation.IDENTICAL,
    "AHEAD": Relation.AHEAD,
    "BEHIND": Relation.BEHIND,
    "DIVERGED": Relation.DIVERGED,
}


class Reported(NamedTuple):
    """What one page says was reported on a commit."""

    evidence: tuple[Evidence, ...]
    total: int | None
    cursor: str | None


class Commit(NamedTuple):
    """One commit as a page of a history or a comparison shows it."""

    sha: str
    title: str
    parents: tuple[str, ...]
    reported: Reported


class Titled(NamedTuple):
    """A commit and the first line of its message."""

    sha: str
    title: str


class Compared(NamedTuple):
    """One page of what main holds above latest."""

    relation: Relation
    ahead_by: int
    behind_by: int
    base: str | None
    head: str | None
    commits: tuple[Commit, ...]
    """In GitHub's order."""
    cursor: str | None
    """Where the page before this one ends; None where there is none."""


class Line(NamedTuple):
    """As much of main's first-parent line as the commits read so far allow."""

    commits: tuple[Commit, ...]
    """The newest first."""
    next: str | None
    """The first commit of the line that was not read; None where it has no parent."""


def inside(value: Any, *path: str) -> Any:
    """What lies at a path of keys; None where something on the way is missing."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def oid(target: Any) -> str | None:
    """The object id of a `target { oid }`; None where there is none that can be trusted."""
    value = inside(target, "oid")
    return value if isinstance(value, str) and is_oid(value) else None


def peeled(target: Any) -> str | None:
    """What an annotated tag, and one of such a tag, stands for in the end; else as `oid`."""
    while (inner := inside(target, "target")) is not None:
        target = inner
    return oid(target)


def is_oid(value: str) -> bool:
    """Whether it is a whole object id, and not the zeros that mean none."""
    return bool(_OID.fullmatch(value)) and value.strip("0") != ""


def without_spoilt(data: Any, paths: Iterable[Sequence[Any]]) -> None:
    """Take out every piece of evidence that an error of GitHub's lies within.

    The count then says that something is missing, and an incomplete commit is never green.
    """
    for path in paths:
        keys = list(path)
        if "contexts" not in keys:
            continue
        end = keys.index("contexts") + 3
        here = data
        for key in keys[: end - 1]:
            here = _step(here, key)
        last = keys[end - 1] if len(keys) >= end else None
        if isinstance(here, list) and isinstance(last, int) and 0 <= last < len(here):
            here[last] = None


def _step(value: Any, key: Any) -> Any:
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if 0 <= key < len(value) else None
    return value.get(key) if isinstance(value, dict) else None


def config(blob: Any, path: str) -> bytes | None:
    """The configuration's bytes; None where there is none.

    Raises InputError for what is no text file of at most `CONFIG_LIMIT` bytes.
    """
    if blob is None:
        return None
    if inside(blob, "__typename") != "Blob":
        raise InputError("this is not a file: make it one, or name another path", file=path)
    size, text = inside(blob, "byteSize"), inside(blob, "text")
    if not isinstance(size, int) or size > CONFIG_LIMIT or inside(blob, "isTruncated"):
        raise InputError(f"a configuration has at most {CONFIG_LIMIT:,} bytes", file=path)
    if inside(blob, "isBinary") or not isinstance(text, str):
        raise InputError("this is not text: write the configuration in UTF-8", file=path)
    return text.encode("utf-8", "surrogatepass")


def compared(comparison: Any) -> Compared | None:
    """A comparison of latest with main; None where GitHub gives none."""
    relation = _RELATIONS.get(str(inside(comparison, "status")))
    if relation is None:
        return None
    commits = inside(comparison, "commits")
    before = inside(commits, "pageInfo", "startCursor")
    return Compared(
        relation=relation,
        ahead_by=_number(inside(comparison, "aheadBy")) or 0,
        behind_by=_number(inside(comparison, "behindBy")) or 0,
        base=oid(inside(comparison, "baseTarget")),
        head=oid(inside(comparison, "headTarget")),
        commits=_commits(inside(commits, "nodes")),
        cursor=_text(before) if inside(commits, "pageInfo", "hasPreviousPage") else None,
    )


def history(connection: Any) -> tuple[tuple[Commit, ...], str | None]:
    """One page of a commit's history, and where the next begins."""
    after = inside(connection, "pageInfo", "endCursor")
    has_more = inside(connection, "pageInfo", "hasNextPage")
    return _commits(inside(connection, "nodes")), _text(after) if has_more else None


def commit(node: Any) -> Commit | None:
    """One commit with the first page of its evidence; None for what is none."""
    sha = oid(node)
    if sha is None:
        return None
    parents = inside(node, "parents", "nodes")
    return Commit(
        sha=sha,
        title=str(inside(node, "messageHeadline") or ""),
        parents=tuple(
            parent for parent in (oid(each) for each in _list(parents)) if parent is not None
        ),
        reported=reported(inside(node, "statusCheckRollup")),
    )


def _commits(nodes: Any) -> tuple[Commit, ...]:
    return tuple(read for read in (commit(node) for node in _list(nodes)) if read is not None)


def line(commits: Mapping[str, Commit], head: str, until: str | None) -> Line:
    """Main's own line from its head down, as far as the commits are known.

    `Commit.history` and comparisons mix in the commits of merged branches: only first parents
    are main's.
    """
    walked: dict[str, Commit] = {}
    sha: str | None = head
    while sha is not None and sha != until and sha in commits and sha not in walked:
        walked[sha] = commits[sha]
        sha = next(iter(commits[sha].parents), None)
    return Line(tuple(walked.values()), sha)


def containing(commits: Mapping[str, Commit], ancestor: str) -> frozenset[str]:
    """The commits from which a way through parents that were read leads to the ancestor."""
    children: dict[str, list[str]] = {}
    for each in commits.values():
        for parent in each.parents:
            children.setdefault(parent, []).append(each.sha)
    reached: set[str] = set()
    front = [ancestor]
    while front:
        for child in children.get(front.pop(), ()):
            if child not in reached:
                reached.add(child)
                front.append(child)
    return frozenset(reached)


def reported(rollup: Any) -> Reported:
    """One page of the checks and statuses of a commit."""
    if rollup is None:
        return Reported((), None, None)
    contexts = inside(rollup, "contexts")
    total = _number(inside(contexts, "totalCount"))
    read = (evidence(node) for node in _list(inside(contexts, "nodes")))
    has_more = inside(contexts, "pageInfo", "hasNextPage")
    cursor = _text(inside(contexts, "pageInfo", "endCursor")) if has_more else None
    found = tuple(piece for piece in read if piece is not None)
    # Without a total, or a way to the rest, nothing says that this was all.
    is_unknown = total is None or (has_more and cursor is None)
    return Reported(found, len(found) + 1 if is_unknown else total, cursor)


def joined(pieces: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Pages put together; what moved from one to the next while they were read stands once."""
    found: dict[Any, Evidence] = {}
    for piece in pieces:
        key = (piece.is_status, piece.name) if piece.id is None else piece.id
        found.setdefault(key, piece)
    return tuple(found.values())


def candidate(read: Commit, *, contains_latest: bool = True) -> Candidate:
    """A commit as promote weighs it."""
    return Candidate(
        sha=read.sha,
        title=read.title,
        evidence=read.reported.evidence,
        total=read.reported.total,
        contains_latest=contains_latest,
    )


def evidence(node: Any) -> Evidence | None:
    """One check run or status; None for what is neither."""
    kind = inside(node, "__typename")
    if kind == "CheckRun":
        return _check_run(node)
    if kind == "StatusContext":
        return _status(node)
    return None


def _check_run(node: Any) -> Evidence | None:
    name = _text(inside(node, "name"))
    if name is None:
        return None
    state, said = ended(inside(node, "status"), inside(node, "conclusion"))
    return _of_suite(inside(node, "checkSuite"))._replace(
        name=name,
        state=state,
        said=said,
        id=_number(inside(node, "databaseId")),
        started=_text(inside(node, "startedAt")) or "",
        url=_text(inside(node, "url")) or "",
    )


def ended(status: Any, conclusion: Any) -> tuple[State, str]:
    """What a check, a job or a run says, in our word and in GitHub's."""
    said = str(status or "").lower()
    if said != "completed":
        return (State.PENDING if said in _UNFINISHED else State.UNKNOWN), said
    said = str(conclusion or said).lower()
    return _CONCLUSIONS.get(said, State.UNKNOWN), said


def _of_suite(suite: Any) -> Evidence:
    """A check suite as evidence: what its app and its run say as a whole."""
    run = inside(suite, "workflowRun")
    number = _number(inside(run, "databaseId"))
    state, said = ended(inside(suite, "status"), inside(suite, "conclusion"))
    return Evidence(
        name=_workflow(run),
        state=state,
        said=said,
        app=_text(inside(suite, "app", "slug")) or "",
        app_id=_number(inside(suite, "app", "databaseId")),
        event=str(inside(run, "event") or "").lower(),
        workflow=_workflow(run),
        branch=_text(inside(suite, "branch", "name")),
        run=number,
        # A host that leaves the suite's status out says nothing about the run.
        run_state=None if number is None or inside(suite, "status") is None else state,
    )


def with_silent_runs(read: Candidate, suites: Any) -> Candidate:
    """The commit with the runs that reported nothing: those that could not even start."""
    told = {item.run for item in read.evidence}
    silent = tuple(
        item
        for item in map(_of_suite, _list(inside(suites, "nodes")))
        if item.run is not None and item.run not in told
    )
    return read._replace(
        evidence=read.evidence + silent,
        total=None if read.total is None else read.total + len(silent),
    )


def _workflow(run: Any) -> str:
    """The path of a run's workflow file, which GitHub leaves out once the file is gone."""
    path = _text(inside(run, "file", "path"))
    if path:
        return path
    resource = _RESOURCE.search(_text(inside(run, "workflow", "resourcePath")) or "")
    return f".github/workflows/{resource[1]}" if resource else ""


def _status(node: Any) -> Evidence | None:
    name = _text(inside(node, "context"))
    if name is None:
        return None
    said = str(inside(node, "state") or "").lower()
    return Evidence(
        name=name,
        state=_STATUSES.get(said, State.UNKNOWN),
        said=said,
        is_status=True,
        creator=_login(inside(node, "creator")),
        started=_text(inside(node, "createdAt")) or "",
        url=_text(inside(node, "targetUrl")) or "",
    )


def _login(actor: Any) -> str:
    """A login with the suffix that a bot's has everywhere but in GraphQL: users are named alike."""
    login = _text(inside(actor, "login")) or ""
    is_bot = inside(actor, "__typename") == "Bot"
    return f"{login}[bot]" if is_bot and not login.endswith("[bot]") else login


def rules(connection: Any) -> tuple[Rule, ...]:
    """The host's rules for a branch."""
    return tuple(
        Rule(kind.lower(), _text(inside(node, "repositoryRuleset", "name")) or "")
        for node in _list(inside(connection, "nodes"))
        if (kind := _text(inside(node, "type")))
    )


def strays(comparison: Any) -> tuple[Stray, ...]:
    """What latest holds and main lacks, the newest first."""
    read = (commit(node) for node in _list(inside(comparison, "commits", "nodes")))
    return tuple(Stray(each.sha, each.title) for each in read if each is not None)[::-1]


def names(connection: Any) -> tuple[str, ...]:
    """The names of a list of refs."""
    found = (_text(inside(node, "name")) for node in _list(inside(connection, "nodes")))
    return tuple(name for name in found if name)


def titled(comparison: Any) -> tuple[Titled, ...]:
    """The commits of a comparison, in GitHub's order."""
    read = (commit(node) for node in _list(inside(comparison, "commits", "nodes")))
    return tuple(Titled(each.sha, each.title) for each in read if each is not None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
