"""Reads by GraphQL where both branches stand and what was proven in between, in few questions.

Branches move while they are read, hosts run out of time, and older ones lack fields: a reading
is of one moment, or it is started again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ceremony import answers, queries
from ceremony.answers import inside
from ceremony.model import InputError
from ceremony.rules.evidence import Candidate
from ceremony.rules.promote import Relation, Standing, Stray
from ceremony.wire import Answer, Call, ForgeError, NotFound, TooHeavy, Unreachable, Wire

PAGE = 100
"""Commits that a question asks for; a host that runs out of time over it is asked for fewer."""
SMALLEST_PAGE = 5
STRAYS = 20
"""Commits that are shown of what latest holds beside main."""
HISTORY_LIMIT = 1_000
"""Commits read where there is no latest yet and none of them is proven."""

_OPTIONAL = frozenset({"refUpdateRule", "rules"})
"""Fields whose answers only inform: where the host lacks or withholds them, they are unknown."""
_LACKS_FIELD = re.compile(r"field ['\"](\w+)['\"].*(?:on type|exist)", re.IGNORECASE)
_LACKS_TYPE = re.compile(
    r"['\"]?(\w+)['\"]? isn't a defined|unknown type ['\"](\w+)['\"]", re.IGNORECASE
)


Enough = Callable[[], Callable[[Candidate], bool]]
"""Makes, for one reading, what says of each candidate whether older ones need not be read."""


class Branches(NamedTuple):
    """The ceremony's two branches, by name, and where the configuration lies."""

    main: str
    latest: str
    config: str
    """Its path in the tree of main."""

    @property
    def main_ref(self) -> str:
        """In full, so that a tag of the name is never meant."""
        return f"refs/heads/{self.main}"

    @property
    def latest_ref(self) -> str:
        """In full, so that a tag of the name is never meant."""
        return f"refs/heads/{self.latest}"


class Read(NamedTuple):
    """What one reading of the forge gives."""

    standing: Standing
    config: bytes | None
    """The configuration as it is on main; None where there is none."""


class Graph:
    """GitHub's GraphQL, asked about one repository."""

    def __init__(self, wire: Wire, owner: str, name: str, url: str) -> None:
        self.wire = wire
        self.node = ""
        """The repository's node id, once an answer has named it."""
        self._owner = owner
        self._name = name
        self._url = url
        self.is_unrelated = False
        """Whether the last answer said that what was to be compared shares no history."""
        self._lacking: set[str] = set()
        self._page = PAGE

    def question(self, document: str, variables: Mapping[str, Any], doing: str) -> Call:
        """A document as a call that may be repeated, without the fields that the host lacks."""
        for field in self._lacking:
            document = re.sub(rf"^ *{field}\b.*\n", "", document, flags=re.MULTILINE)
        body = {"query": document, "variables": dict(variables)}
        return Call("POST", self._url, doing, body=body, repeatable=True)

    def repository(
        self, document: str, variables: Mapping[str, Any], doing: str, *, heavy: bool = False
    ) -> Mapping[str, Any]:
        """What a query says of the repository.

        Raises NotFound where it is not there, MissingPermission for what the token may not see,
        TooHeavy where the host ran out of time over a heavy one, and ForgeError.
        """
        scope = {"owner": self._owner, "name": self._name, **variables}
        while True:
            call = self.question(document, scope, doing)._replace(heavy=heavy)
            answer = self.wire.ask(call)
            field = lacking_field(answer)
            if field not in _OPTIONAL or field in self._lacking:
                break
            self._lacking.add(field)
        if answer.status != 200:
            raise self.wire.refusal(answer, call._replace(needs="contents: read"))
        if field:
            raise ForgeError(
                f"This host's GraphQL has no `{self.wire.quote(field)}`, which takes GitHub.com or "
                "a newer GitHub Enterprise Server"
            )
        data = inside(answer.body, "data")
        serious = [error for error in answer.errors if not _is_tolerable(error)]
        if serious:
            first = answer._replace(body={"errors": serious[:1]})
            raise self.wire.refusal(first, call._replace(needs=_needed(serious[0])))
        self.is_unrelated = any(_is_unrelated(error) for error in answer.errors)
        answers.without_spoilt(data, [_path(error) for error in answer.errors])
        if not isinstance(data, Mapping):
            raise Unreachable(f"GitHub's answer cannot be read, when asked to {doing}")
        repository = data.get("repository")
        if not isinstance(repository, Mapping):
            raise NotFound(
                f"The repository {self._owner}/{self._name} is not there, or the token may not "
                "see it"
            )
        node = inside(repository, "id")
        self.node = node if isinstance(node, str) else self.node
        return repository

    def page(self, document: str, variables: Mapping[str, Any], doing: str) -> Mapping[str, Any]:
        """As many of a list's items as the host can bring before its time runs out.

        docs.github.com, "Rate limits and query limits for the GraphQL API", "Timeouts": a question
        is given up after ten seconds, so a smaller one is asked, and smaller ones from then on.
        """
        while True:
            size = min(variables["page"], self._page)
            asked = {**variables, "page": size}
            try:
                return self.repository(document, asked, doing, heavy=size > SMALLEST_PAGE)
            except TooHeavy:
                self._page = max(size // 2, SMALLEST_PAGE)

    def completed(self, commit: answers.Commit) -> answers.Commit:
        """The commit with what the further pages say was reported on it."""
        reported = commit.reported
        while reported.cursor is not None:
            variables = {"oid": commit.sha, "after": reported.cursor}
            doing = f"read the checks of {commit.sha[:7]}"
            repository = self.repository(queries.CONTEXTS, variables, doing)
            page = answers.reported(inside(repository, "object", "statusCheckRollup"))
            evidence = answers.joined((*reported.evidence, *page.evidence))
            # A page that brings nothing new would be followed by itself without end.
            is_further = len(evidence) > len(reported.evidence)
            reported = answers.Reported(
                evidence,
                reported.total if page.total is None else page.total,
                page.cursor if is_further else None,
            )
        return commit._replace(reported=reported)


class _Moved(Exception):
    """A branch is elsewhere than an earlier page of the same reading saw it."""


class Reading:
    """One look at both branches."""

    def __init__(
        self, graph: Graph, branches: Branches, enough: Callable[[Candidate], bool]
    ) -> None:
        self._graph = graph
        self._branches = branches
        self._enough = enough
        self._commits: dict[str, answers.Commit] = {}
        self._main_sha = ""
        self._latest_sha: str | None = None

    def read(self) -> Read | None:
        """The whole of it; None where a branch moved between two questions."""
        try:
            return self._read()
        except _Moved:
            return None

    def _read(self) -> Read:
        names = self._branches
        first = self._ask(names.main_ref)
        self._main_sha = head(first, names.main)
        self._latest_sha = answers.oid(inside(first, "latest", "target"))
        config = answers.config(inside(first, "config"), names.config)
        if config is None and inside(first, "misnamed") is not None:
            raise InputError(
                f"is not read; rename it to {names.config}", file=misnamed(names.config)
            )
        standing = Standing(
            names.main, names.latest, self._main_sha, self._latest_sha, Relation.ABSENT
        )
        if self._latest_sha is None:
            below = answers.names(inside(first, "below"))
            candidates, is_complete = self._line(self._history())
            standing = standing._replace(
                candidates=candidates,
                is_complete=is_complete,
                in_the_way=f"{names.latest}/{below[0]}" if below else "",
            )
            return Read(standing, config)
        compared = self._compared(first, self._main_sha)
        if compared is None:
            # A name that means two things, or a branch that moved: the commit is meant.
            first = self._ask(self._main_sha)
            compared = self._compared(first, self._main_sha)
        if compared is None:
            if self._is_elsewhere(first) or not self._graph.is_unrelated:
                raise _Moved
            return Read(self._unrelated(standing), config)
        standing = _about_latest(standing, inside(first, "latest"), compared)
        if compared.relation is Relation.AHEAD:
            candidates, is_complete = self._line(self._above(compared))
            standing = standing._replace(candidates=candidates, is_complete=is_complete)
        elif compared.relation is not Relation.IDENTICAL:
            standing = self._beside(standing, compared)
        return Read(standing, config)

    def _ask(self, compared: str, page: int = PAGE, before: str | None = None) -> Mapping[str, Any]:
        names = self._branches
        variables = {
            "main": names.main_ref,
            "latest": names.latest_ref,
            "compared": compared,
            "config": f"{compared}:{names.config}",
            "misnamed": f"{compared}:{misnamed(names.config)}",
            "below": f"{names.latest_ref}/",
            "page": page,
            "before": before,
        }
        doing = f"read {names.main} and {names.latest}"
        return self._graph.page(queries.STANDING, variables, doing)

    def _compared(self, repository: Mapping[str, Any], with_sha: str) -> answers.Compared | None:
        """The comparison, where it is of latest as it was seen and of the commit that is meant."""
        compared = answers.compared(inside(repository, "latest", "compare"))
        if compared is None or (compared.base, compared.head) != (self._latest_sha, with_sha):
            return None
        return compared

    def _above(self, first: answers.Compared) -> Iterator[_Batch]:
        page = first
        yield _Batch(page.commits, is_last=page.cursor is None)
        while page.cursor is not None:
            repository = self._ask(self._main_sha, PAGE, page.cursor)
            following = self._compared(repository, self._main_sha)
            if following is None:
                raise _Moved
            if following.cursor == page.cursor:
                raise Unreachable(f"GitHub's pages of {self._branches.main} lead in a circle")
            page = following
            yield _Batch(page.commits, is_last=page.cursor is None)

    def _history(self) -> Iterator[_Batch]:
        cursor, count = None, 0
        while count < HISTORY_LIMIT:
            variables = {"oid": self._main_sha, "page": PAGE, "after": cursor}
            doing = f"read the history of {self._branches.main}"
            repository = self._graph.page(queries.LINE, variables, doing)
            commits, cursor = answers.history(inside(repository, "object", "history"))
            yield _Batch(commits, is_last=cursor is None)
            if cursor is None or not commits:
                return
            count += len(commits)

    def _line(self, batches: Iterable[_Batch]) -> tuple[tuple[Candidate, ...], bool]:
        """Main's own line, the newest first, and whether it is all of it.

        Read until `enough` accepts one that contains latest.
        """
        asked = 0
        candidates: list[Candidate] = []
        for batch in batches:
            for commit in batch.commits:
                self._commits.setdefault(commit.sha, commit)
            line = answers.line(self._commits, self._main_sha, self._latest_sha)
            contain = self._containing(line, is_all=batch.is_last)
            candidates = [self._candidate(commit, contain) for commit in line.commits]
            for index in range(asked, len(candidates)):
                full = self._graph.completed(self._commits[candidates[index].sha])
                self._commits[full.sha] = full
                candidates[index] = self._candidate(full, contain)
                if not self._enough(candidates[index]):
                    continue
                if contain is None and not self._contains_latest(full.sha):
                    # Its ancestors are fewer: none of the older ones contains latest either.
                    older = [each._replace(contains_latest=False) for each in candidates[index:]]
                    return (*candidates[:index], *older), False
                return tuple(candidates), contain is not None
            asked = len(candidates)
            if contain is not None:
                return tuple(candidates), True
        return tuple(candidates), False

    def _containing(self, line: answers.Line, *, is_all: bool) -> frozenset[str] | None:
        """Which commits contain latest; None while what was read cannot tell.

        Whatever lies on a way from main to latest is among the commits that main has and latest
        lacks: once these are all read, or main's own line has arrived at latest, it is exact.
        """
        if self._latest_sha is None:
            is_end = is_all or line.next is None
            return frozenset(self._commits) if is_end else None
        if is_all or line.next == self._latest_sha:
            return answers.containing(self._commits, self._latest_sha)
        return None

    def _candidate(self, commit: answers.Commit, contain: frozenset[str] | None) -> Candidate:
        is_in = contain is None or commit.sha in contain
        return answers.candidate(self._commits[commit.sha], contains_latest=is_in)

    def _contains_latest(self, sha: str) -> bool:
        if self._latest_sha is None or sha == self._main_sha:
            return True  # main is ahead of latest, or there is none
        compared = self._compared(self._ask(sha, page=1), sha)
        if compared is None:
            raise _Moved
        return compared.relation in {Relation.AHEAD, Relation.IDENTICAL}

    def _is_elsewhere(self, repository: Mapping[str, Any]) -> bool:
        """Whether a branch has moved since the reading began."""
        latest = answers.oid(inside(repository, "latest", "target"))
        main = answers.oid(inside(repository, "main", "target"))
        return (main, latest) != (self._main_sha, self._latest_sha)

    def _unrelated(self, standing: Standing) -> Standing:
        """Branches without a common ancestor, which GitHub does not compare."""
        variables = {"oid": self._latest_sha, "page": STRAYS, "after": None}
        doing = f"read the history of {self._branches.latest}"
        repository = self._graph.page(queries.LINE, variables, doing)
        commits, _ = answers.history(inside(repository, "object", "history"))
        return standing._replace(
            relation=Relation.DIVERGED,
            behind_by=len(commits),
            strays=tuple(Stray(commit.sha, commit.title) for commit in commits),
        )

    def _beside(self, standing: Standing, compared: answers.Compared) -> Standing:
        """Both sides, where latest holds what main lacks."""
        for commit in compared.commits:
            self._commits[commit.sha] = commit
        line = answers.line(self._commits, self._main_sha, self._latest_sha)
        variables = {"main": self._branches.main_ref, "latest": self._latest_sha}
        doing = f"read what {self._branches.latest} holds beside {self._branches.main}"
        repository = self._graph.repository(queries.STRAYS, variables, doing)
        return standing._replace(
            candidates=tuple(
                answers.candidate(commit, contains_latest=False) for commit in line.commits
            ),
            is_complete=compared.cursor is None,
            strays=answers.strays(inside(repository, "ref", "compare")),
        )


class _Batch(NamedTuple):
    """Commits that were read together."""

    commits: tuple[answers.Commit, ...]
    is_last: bool


def misnamed(config: str) -> str:
    """What the configuration is called where its ending is the other one that YAML has."""
    stem = config.removesuffix(".yml")
    return f"{stem}.yaml" if stem != config else f"{config.removesuffix('.yaml')}.yml"


def head(repository: Mapping[str, Any], main: str) -> str:
    """Where main is. Raises NotFound where there is none."""
    sha = answers.oid(inside(repository, "main", "target"))
    if sha is None:
        raise NotFound(
            f"The repository has no branch `{main}`: push it, or say with the input `main` what "
            "the branch of development is called"
        )
    return sha


def lacking_field(answer: Answer) -> str:
    """The field or type that the host's schema does not have; empty where that is not the error.

    GitHub's own words: "Field 'x' doesn't exist on type 'Y'", "X isn't a defined input type".
    """
    for error in answer.errors:
        message = str(error.get("message", ""))
        match = _LACKS_FIELD.search(message) or _LACKS_TYPE.search(message)
        if match is not None and not error.get("type"):
            return next(group for group in match.groups() if group)
    return ""


def _about_latest(standing: Standing, latest: Any, compared: answers.Compared) -> Standing:
    commit = answers.commit(inside(latest, "target"))
    can_push = inside(latest, "refUpdateRule", "viewerCanPush")
    return standing._replace(
        relation=compared.relation,
        ahead_by=compared.ahead_by,
        behind_by=compared.behind_by,
        latest_evidence=commit.reported.evidence if commit else (),
        can_push=can_push if isinstance(can_push, bool) else None,
        rules=answers.rules(inside(latest, "rules")),
    )


def _path(error: Mapping[str, Any]) -> list[Any]:
    path = error.get("path")
    return path if isinstance(path, list) else []


def _is_tolerable(error: Mapping[str, Any]) -> bool:
    """Whether the rest of the answer stands without what the error is about.

    A piece of evidence that could not be read is taken out, and then its commit is incomplete.
    """
    path = _path(error)
    if any(field in path for field in _OPTIONAL):
        return True
    if _is_unrelated(error):
        return True
    is_refused = str(error.get("type")) in {"FORBIDDEN", "INSUFFICIENT_SCOPES"}
    return "contexts" in path and path[-1] != "contexts" and not is_refused


def _is_unrelated(error: Mapping[str, Any]) -> bool:
    """Whether it says that the two have no common ancestor: REST answers 404 then."""
    return _path(error)[-1:] == ["compare"] and error.get("type") == "NOT_FOUND"


def _needed(error: Mapping[str, Any]) -> str:
    """The permission that reading what the error is about takes."""
    path = _path(error)
    if "workflowRun" in path:
        return "actions: read"
    if path[-3:-1] == ["contexts", "nodes"]:
        return "statuses: read"
    return "checks: read" if "statusCheckRollup" in path else "contents: read"
