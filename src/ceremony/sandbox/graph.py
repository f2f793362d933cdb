"""GraphQL: the fields that the ceremony asks for, resolved over a project.

graphql-core executes; here is only what each field is. An object is a mapping from a field's name
to its value, or to a function of the field's arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute_sync,
    parse,
    value_from_ast_untyped,
)

from ceremony.sandbox.refs import NOT_ACCESSIBLE, Refused, Way, can_push, move, require
from ceremony.sandbox.shapes import check_url, stamp, suite_state
from ceremony.sandbox.state import READ, Check, Project, Status, Suite, Token, World
from ceremony.sandbox.store import Between, Commit, Target

Node = dict[str, Any]
_MAX_PAGE = 100
_MAX_NODES = 500_000
_MAX_TEXT = 512_000
_HEADS, _TAGS = "refs/heads/", "refs/tags/"


class Unresolved(Exception):
    """A field that GitHub has and the sandbox doesn't answer."""


class Asked(NamedTuple):
    """A document, as far as it can be told before it is executed."""

    document: DocumentNode
    operation: str
    is_mutation: bool


@lru_cache(maxsize=128)
def read(text: str, name: str | None) -> Asked | None:
    """What a document asks for; None where it is none, or it isn't told which of several."""
    try:
        document = parse(text)
    except GraphQLError:
        return None
    found = [
        one
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode)
        and (name is None or (one.name and one.name.value == name))
    ]
    if len(found) != 1:
        return None
    called = found[0].name.value if found[0].name else "graphql"
    return Asked(document, called, found[0].operation is OperationType.MUTATION)


def answer(
    schema: GraphQLSchema,
    asked: Asked,
    variables: Mapping[str, Any],
    world: World,
    token: Token,
) -> dict[str, Any]:
    """Execute a document that is valid; what GitHub would answer it with.

    Raises Unresolved where it asks for what the sandbox doesn't have.
    """
    nodes = _nodes(asked, variables)
    if nodes > _MAX_NODES:
        message = (
            f"This query requests up to {nodes:,} possible nodes which exceeds the maximum limit "
            f"of {_MAX_NODES:,}."
        )
        return {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": message}]}
    scene = _Scene(world, token)
    result = execute_sync(
        schema,
        asked.document,
        {"repository": scene.repository, "updateRefs": scene.update_refs},
        variable_values=dict(variables),
        operation_name=asked.operation if asked.operation != "graphql" else None,
        field_resolver=_resolve,
        type_resolver=_type,
    )
    found: dict[str, Any] = {"data": result.data}
    for error in result.errors or ():
        if error.original_error is not None and not isinstance(error.original_error, Refused):
            raise Unresolved(str(error)) from error.original_error
    if result.errors:
        found["errors"] = [_error(error) for error in result.errors]
    return found


def _nodes(asked: Asked, variables: Mapping[str, Any]) -> int:
    """How many nodes a document may come to.

    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    """
    fragments = {
        one.name.value: one
        for one in asked.document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }

    def below(chosen: SelectionSetNode | None, times: int) -> int:
        total = 0
        for one in chosen.selections if chosen else ():
            if isinstance(one, FragmentSpreadNode):
                total += below(fragments[one.name.value].selection_set, times)
            elif isinstance(one, FieldNode):
                size = _asked_size(one, variables)
                total += times * (size or 0) + below(one.selection_set, times * (size or 1))
            elif isinstance(one, InlineFragmentNode):
                total += below(one.selection_set, times)
        return total

    return sum(
        below(one.selection_set, 1)
        for one in asked.document.definitions
        if isinstance(one, OperationDefinitionNode)
    )


def _asked_size(field: FieldNode, variables: Mapping[str, Any]) -> int | None:
    """How long a page a field asks for; None where it is no list."""
    for argument in field.arguments or ():
        if argument.name.value in {"first", "last"}:
            value = value_from_ast_untyped(argument.value, dict(variables))
            return value if isinstance(value, int) else None
    return None


def _resolve(source: Node, info: GraphQLResolveInfo[None], **arguments: Any) -> Any:
    value = source[info.field_name]
    return value(**arguments) if callable(value) else value


def _type(value: Node, *_: object) -> str:
    name: str = value["__typename"]
    return name


def _error(error: GraphQLError) -> dict[str, Any]:
    """An error as GitHub writes it.

    https://docs.github.com/en/graphql/guides/using-graphql-clients
    """
    refused = error.original_error
    found: dict[str, Any] = {}
    if isinstance(refused, Refused):
        found["type"] = refused.type
    if error.path:
        found["path"] = error.path
    if error.locations:
        found["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return found | {"message": error.message}


class _Scene:
    """One request's view of the world."""

    def __init__(self, world: World, token: Token) -> None:
        self._world = world
        self._token = token

    # ------------------------------------------------------------------ entries

    def repository(self, *, owner: str, name: str, **_: object) -> Node:
        """The project of this name."""
        project = self._world.project(f"{owner}/{name}")
        if project is None:
            raise _not_found(owner, name)
        try:
            require(self._token, project, "metadata", READ)
        except Refused as refused:
            if refused.status == 404:
                raise _not_found(owner, name) from None
            raise
        return _Repository(self._world, self._token, project).node()

    def update_refs(self, *, input: Mapping[str, Any]) -> Node:  # noqa: A002 -- GraphQL's own name
        """Several refs, all or none.

        https://docs.github.com/en/graphql/reference/mutations#updaterefs
        """
        wanted = input["repositoryId"]
        for project in [*self._world.projects.values()]:
            if project.node == wanted:
                break
        else:
            raise Refused(
                404, f"Could not resolve to a node with the global id of '{wanted}'",
                type="NOT_FOUND",
            )  # fmt: skip
        ways = [
            Way(one["name"], one.get("beforeOid"), one["afterOid"], one.get("force", False))
            for one in input["refUpdates"]
        ]
        move(project, self._token, ways)
        return {"clientMutationId": input.get("clientMutationId")}


def _not_found(owner: str, name: str) -> Refused:
    return Refused(
        404,
        f"Could not resolve to a Repository with the name '{owner}/{name}'.",
        type="NOT_FOUND",
    )


class _Repository:
    def __init__(self, world: World, token: Token, project: Project) -> None:
        self._world = world
        self._token = token
        self._project = project
        self._store = project.store
        self._refs: dict[str, Target] | None = None
        self._suites: dict[int, Node] = {}

    def node(self) -> Node:
        return {
            "__typename": "Repository",
            "id": self._project.node,
            "databaseId": self._project.id,
            "nameWithOwner": self._project.name,
            "object": self._object,
            "ref": self._ref,
            "refs": self._ref_list,
            "latestRelease": self._latest_release,
        }

    def _latest_release(self) -> Node | None:
        # https://docs.github.com/en/graphql/reference/objects#repository: the same one as REST's.
        require(self._token, self._project, "contents", READ)
        release = self._project.shown_as_latest()
        if release is None:
            return None
        return {"__typename": "Release", "databaseId": release.id, "tagName": release.tag}

    # ------------------------------------------------------------------ refs

    def _known(self) -> dict[str, Target]:
        # One look for the whole request: what it says of two refs was true at one moment.
        if self._refs is None:
            self._refs = self._store.refs()
        return self._refs

    def _full(self, name: str) -> str | None:
        """The full name of a ref that is named in full, from `heads/`, or shortly."""
        refs = self._known()
        for candidate in (name, f"refs/{name}", _HEADS + name, _TAGS + name):
            if candidate in refs:
                return candidate
        return None

    def _ref(self, *, qualifiedName: str) -> Node | None:  # noqa: N803 -- GraphQL's own name
        require(self._token, self._project, "contents", READ)
        full = self._full(qualifiedName)
        return self._ref_node(full) if full else None

    def _ref_list(self, *, refPrefix: str, query: str = "", **page: Any) -> Node:  # noqa: N803 -- GraphQL's own name
        require(self._token, self._project, "contents", READ)
        # https://docs.github.com/en/graphql/reference/objects#repository: the prefix ends with a
        # slash; the query may stand anywhere in what follows it.
        names = sorted(
            name
            for name in self._known()
            if name.startswith(refPrefix) and query in name.removeprefix(refPrefix)
        )
        return _connection(
            "refs", names, page, lambda name: self._ref_node(name, refPrefix)
        )  # fmt: skip

    def _ref_node(self, full: str, prefix: str | None = None) -> Node:
        if prefix is None:
            prefix = next((one for one in (_HEADS, _TAGS) if full.startswith(one)), "refs/")
        target = self._known()[full]
        return {
            "__typename": "Ref",
            "id": f"REF_{self._project.id}_{full}",
            "name": full.removeprefix(prefix),
            "prefix": prefix,
            "target": lambda: self._git_object(target),
            "compare": lambda *, headRef: self._compare(target.sha, headRef),  # noqa: N803
            "refUpdateRule": lambda: self._update_rule(full),
            "rules": lambda **page: self._rules(full, page),
        }

    def _update_rule(self, full: str) -> Node | None:
        self._require_rules()
        branch = full.removeprefix(_HEADS)
        rules = self._project.rules_of(branch)
        if not rules or branch == full:
            return None
        return {
            "pattern": rules[0][0].pattern,
            "viewerCanPush": can_push(self._project, self._token, branch),
        }

    def _rules(self, full: str, page: Mapping[str, Any]) -> Node | None:
        self._require_rules()
        branch = full.removeprefix(_HEADS)
        # Branch protection is no ruleset: its rules are not among these.
        rules = [
            (protection, rule)
            for protection, rule in self._project.rules_of(branch)
            if not protection.is_classic and branch != full
        ]
        return _connection(
            "rules",
            rules,
            page,
            lambda one: {
                "type": one[1].value.upper(),
                "repositoryRuleset": {"name": one[0].name},
            },
        )

    def _require_rules(self) -> None:
        if self._world.profile == "no-graphql-rules":
            raise Refused(403, NOT_ACCESSIBLE, type="FORBIDDEN")

    # ------------------------------------------------------------------ objects

    def _object(self, *, expression: str | None = None, oid: str | None = None) -> Node | None:
        require(self._token, self._project, "contents", READ)
        if oid is not None:
            return self._git_object(Target(oid, ""))
        if expression is None:
            return None
        found = self._store.object(expression)
        if found is None:
            return None
        if found.type == "blob":
            return _blob(found.sha, found.content)
        return self._git_object(Target(found.sha, found.type))

    def _git_object(self, target: Target) -> Node | None:
        kind = target.type
        if kind in {"", "commit"}:
            commit = self._store.commit(target.sha)
            if commit is not None:
                return self._commit(commit)
            if kind:
                return None
        if kind in {"", "blob"}:
            found = self._store.object(target.sha)
            if found is None:
                return None
            if found.type == "blob":
                return _blob(found.sha, found.content)
            kind = found.type
        if kind == "tag":
            return {"__typename": "Tag", "oid": target.sha, "target": lambda: self._tagged(target)}
        return {"__typename": kind.title(), "oid": target.sha}

    def _tagged(self, tag: Target) -> Node | None:
        """What an annotated tag is put on, which may be another tag."""
        found = self._store.object(tag.sha)
        if found is None:
            return None
        lines = found.content.decode(errors="replace").splitlines()
        return self._git_object(Target(lines[0].split()[1], lines[1].split()[1]))

    def _peeled(self, sha: str) -> str:
        found = self._store.object(f"{sha}^{{commit}}")
        return found.sha if found else sha

    def _commit(self, commit: Commit) -> Node:
        return {
            "__typename": "Commit",
            "oid": commit.sha,
            "messageHeadline": commit.headline,
            "parents": lambda **page: _connection(
                "parents", commit.parents, page, lambda sha: {"__typename": "Commit", "oid": sha}
            ),
            "statusCheckRollup": lambda: self._rollup(commit.sha),
            "checkSuites": lambda **page: self._suites_of(commit.sha, page),
            "history": lambda **page: self._history(commit.sha, page),
        }

    def _history(self, sha: str, page: Mapping[str, Any]) -> Node:
        start, count = _forward("history", page)
        # One more than asked for tells whether there is another page.
        commits = self._store.history(sha, skip=start, count=count + 1)
        return {
            "pageInfo": _page_info(start, start + min(count, len(commits)), start + len(commits)),
            "nodes": lambda: [self._commit(commit) for commit in commits[:count]],
        }

    # ------------------------------------------------------------------ comparison

    def _compare(self, base: str, head_ref: str) -> Node | None:
        head = self._tip(head_ref)
        if head is None:
            return None
        base, head = self._peeled(base), self._peeled(head)
        between = self._store.between(base, head)
        if between is None:
            raise Refused(404, f"No common ancestor between {base} and {head}.", type="NOT_FOUND")
        return {
            "__typename": "Comparison",
            "status": _relation(between).upper(),
            "aheadBy": len(between.ahead),
            "behindBy": len(between.behind),
            "baseTarget": lambda: self._git_object(Target(base, "commit")),
            "headTarget": lambda: self._git_object(Target(head, "commit")),
            # The oldest first, as `git log --reverse base..head` has them.
            # https://docs.github.com/en/rest/commits/commits#compare-two-commits
            "commits": lambda **page: _connection(
                "commits", between.ahead, page, self._commit, self._store.commits
            ),
        }

    def _tip(self, name: str) -> str | None:
        full = self._full(name)
        if full is not None:
            return self._known()[full].sha
        found = self._store.object(name) if name.isalnum() else None
        return found.sha if found and found.type == "commit" else None

    # ------------------------------------------------------------------ evidence

    def _rollup(self, sha: str) -> Node | None:
        if not self._token.may("checks"):
            raise Refused(403, NOT_ACCESSIBLE, type="FORBIDDEN")
        found: list[Check | Status] = [
            *self._project.checks_of(sha),
            *self._project.statuses_of(sha),
        ]
        if not found:
            return None
        return {
            "__typename": "StatusCheckRollup",
            "contexts": lambda **page: _connection("contexts", found, page, self._context),
        }

    def _context(self, one: Check | Status) -> Node | Refused:
        if isinstance(one, Check):
            return self._check(one)
        if not self._token.may("statuses"):
            return Refused(403, NOT_ACCESSIBLE, type="FORBIDDEN")
        return {
            "__typename": "StatusContext",
            "context": one.context,
            "state": one.state.upper(),
            "createdAt": stamp(one.created),
            "targetUrl": one.url,
            "creator": {
                "__typename": "Bot" if one.creator.endswith("[bot]") else "User",
                # GraphQL has a bot's name without the brackets that REST puts after it.
                # https://docs.github.com/en/graphql/reference/objects#bot
                "login": one.creator.removesuffix("[bot]"),
            },
        }

    def _check(self, check: Check) -> Node:
        return {
            "__typename": "CheckRun",
            "databaseId": check.id,
            "name": check.name,
            "status": check.status.upper(),
            "conclusion": check.conclusion.upper() if check.conclusion else None,
            "startedAt": stamp(check.started) if check.started else None,
            "url": check_url(self._project, check),
            "checkSuite": self._suite(check.suite),
        }

    def _suites_of(self, sha: str, page: Mapping[str, Any]) -> Node:
        if not self._token.may("checks"):
            raise Refused(403, NOT_ACCESSIBLE, type="FORBIDDEN")
        return _connection("checkSuites", self._project.suites_of(sha), page, self._suite)

    def _suite(self, suite: Suite) -> Node:
        known = self._suites.get(suite.id)
        if known is None:
            known = self._suites[suite.id] = self._new_suite(suite)
        return known

    def _new_suite(self, suite: Suite) -> Node:
        status, conclusion = suite_state(self._project, suite)
        return {
            "__typename": "CheckSuite",
            "status": status.upper(),
            "conclusion": conclusion.upper() if conclusion else None,
            "app": {"databaseId": self._world.app_id(suite.app), "slug": suite.app},
            "branch": {"name": suite.branch} if suite.branch is not None else None,
            "workflowRun": lambda: self._run(suite),
        }

    def _run(self, suite: Suite) -> Node | None:
        run = suite.run
        if run is None:
            return None
        # https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
        # has workflow runs under `actions`; in GraphQL it is this field that is refused.
        if not self._token.may("actions"):
            raise Refused(403, NOT_ACCESSIBLE, type="FORBIDDEN")
        file = run.workflow.rpartition("/")[2]
        return {
            "databaseId": run.id,
            "event": run.event,
            "file": {"path": run.workflow},
            "workflow": {
                "name": file.rpartition(".")[0] or file,
                "resourcePath": f"/{self._project.name}/actions/workflows/{file}",
            },
        }


def _blob(sha: str, content: bytes) -> Node:
    is_binary = b"\0" in content
    text = None if is_binary else content[:_MAX_TEXT].decode(errors="replace")
    return {
        "__typename": "Blob",
        "oid": sha,
        "byteSize": len(content),
        "isBinary": is_binary,
        "isTruncated": not is_binary and len(content) > _MAX_TEXT,
        "text": text,
    }


def _relation(between: Between) -> str:
    if between.ahead and between.behind:
        return "diverged"
    if between.ahead:
        return "ahead"
    return "behind" if between.behind else "identical"


# ---------------------------------------------------------------------------- pages


def _connection(
    name: str,
    items: Sequence[Any],
    page: Mapping[str, Any],
    node: Callable[[Any], Any],
    load: Callable[[Sequence[Any]], Sequence[Any]] | None = None,
) -> Node:
    """A page of a list; `load` gets its items before `node` shows them."""
    start, end = _bounds(name, len(items), page)

    def nodes() -> list[Any]:
        chosen = items[start:end]
        return [node(one) for one in (load(chosen) if load else chosen)]

    return {
        "totalCount": len(items),
        "pageInfo": _page_info(start, end, len(items)),
        "nodes": nodes,
    }


def _bounds(name: str, total: int, page: Mapping[str, Any]) -> tuple[int, int]:
    """First and past the last item of a page.

    https://docs.github.com/en/graphql/guides/using-pagination-in-the-graphql-api
    """
    start = min(_position(page["after"]) + 1, total) if page.get("after") else 0
    end = min(_position(page["before"]), total) if page.get("before") else total
    end = max(start, end)
    first, last = _size(name, page, "first"), _size(name, page, "last")
    if first is None and last is None:
        raise Refused(
            422,
            "You must provide a `first` or `last` value to properly paginate the "
            f"`{name}` connection.",
            type="MISSING_PAGINATION_BOUNDARIES",
        )
    if first is not None:
        end = min(end, start + first)
    if last is not None:
        start = max(start, end - last)
    return start, end


def _forward(name: str, page: Mapping[str, Any]) -> tuple[int, int]:
    """Where a page of a list begins that is only read on demand, and how long it is."""
    first = _size(name, page, "first")
    if first is None or page.get("before") or page.get("last"):
        raise Unresolved(f"`{name}` is only read forward here")
    start = _position(page["after"]) + 1 if page.get("after") else 0
    return start, first


def _size(name: str, page: Mapping[str, Any], side: str) -> int | None:
    # https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    asked: int | None = page.get(side)
    if asked is not None and not 1 <= asked <= _MAX_PAGE:
        words = f"exceeds the `{side}` limit of {_MAX_PAGE} records." if asked else "is too few."
        raise Refused(
            422,
            f"Requesting {asked} records on the `{name}` connection {words}",
            type="EXCESSIVE_PAGINATION",
        )
    return asked


def _position(cursor: str) -> int:
    place = cursor.removeprefix("at:")
    if place == cursor or not place.isdigit():
        raise Refused(
            422,
            f"`{cursor}` does not appear to be a valid cursor.",
            type="INVALID_CURSOR_ARGUMENTS",
        )
    return int(place)


def _page_info(start: int, end: int, total: int) -> Node:
    return {
        "hasPreviousPage": start > 0,
        "hasNextPage": end < total,
        "startCursor": f"at:{start}" if end > start else None,
        "endCursor": f"at:{end - 1}" if end > start else None,
    }
