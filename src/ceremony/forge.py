"""The one door to GitHub: the ceremony's own verbs over PyGithub's REST and GraphQL requests.

Everything that GitHub may refuse, lose or delay ends here, in one family of errors: the parts
above see facts, or know why there are none.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from ceremony import __version__, addresses, answers, queries, records
from ceremony.answers import inside
from ceremony.config import DEFAULT_PATH
from ceremony.making import PAUSES, Maker, listing
from ceremony.model import InputError
from ceremony.reading import PAGE, Branches, Enough, Graph, Read, Reading, head, lacking_field
from ceremony.records import (
    Asset,
    Comment,
    Grounds,
    Issue,
    Job,
    Made,
    Pull,
    Release,
    ReleaseForm,
    Run,
)
from ceremony.rules.evidence import Candidate
from ceremony.rules.promote import Standing
from ceremony.wire import (
    Answer,
    Call,
    ForgeError,
    Immutable,
    MissingPermission,
    NotFastForward,
    NotFound,
    NotReady,
    OutcomeUnknown,
    Patience,
    RateLimited,
    Redirected,
    RefusedByRule,
    Taken,
    Unreachable,
    Wire,
)

__all__ = [
    "Asset",
    "Branches",
    "Comment",
    "Confirmed",
    "Forge",
    "ForgeError",
    "Grounds",
    "Immutable",
    "Issue",
    "Job",
    "Made",
    "MissingPermission",
    "Move",
    "NotFastForward",
    "NotFound",
    "Pull",
    "RateLimited",
    "Read",
    "RefusedByRule",
    "Release",
    "ReleaseForm",
    "Run",
    "Taken",
    "Unreachable",
    "connect",
]

ROUNDS = 3
"""How often a reading starts again because a branch moved meanwhile."""

_COMPLAINT = 65_536
"""Bytes that are read of an answer which says why there is no file."""
_ZEROS = "0" * 40
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}", re.ASCII)
_TOKEN = re.compile(r"[!-~]+", re.ASCII)
_REF = re.compile(r"refs/(?:heads|tags)/[^\x00-\x20\x7f~^:?*\[\\]+")
_AGENT = f"ceremony/{__version__}"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class Move(NamedTuple):
    """One ref's way: from where it was seen to where it is to be."""

    ref: str
    """In full: `refs/heads/latest`."""
    before: str | None
    """None: it must not exist yet."""
    after: str
    is_forced: bool = False
    """Whether it may go back or aside, which no branch may: for plain tags that move."""


class Confirmed(NamedTuple):
    """What is read once more just before the move."""

    main_sha: str
    latest_sha: str | None
    config: bytes | None
    target: Candidate
    workflows_differ: bool | None


class Forge(Maker):
    """One repository on GitHub, seen through one token."""

    def __init__(self, wire: Wire, owner: str, name: str, graphql_url: str) -> None:
        super().__init__(wire, f"{owner}/{name}")
        self._graph = Graph(wire, owner, name, graphql_url)
        self._seen: dict[str, str | None] = {}
        self._has_update_refs = True

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self.wire.requests

    @property
    def server_date(self) -> dt.datetime | None:
        """The host's time as of its last answer; None before one has told it."""
        return self.wire.server_date

    # ------------------------------------------------------------------ reading both branches

    def standing(self, branches: Branches, *, enough: Enough) -> Read:
        """Where both branches are and the evidence of what lies between them.

        Reads pages, the newest commits first, until `enough` accepts a candidate or all are read;
        where there is no latest, `reading.HISTORY_LIMIT` commits at most. `enough` is made anew for
        each reading, and sees complete candidates only. Where older commits were left unread, what
        is older than the accepted candidate was not looked at: it may be incomplete, and may lack
        latest.

        Raises NotFound where the repository or main is not there, InputError for a configuration
        that cannot be read, and ForgeError.
        """
        for _ in range(ROUNDS):
            read = Reading(self._graph, branches, enough()).read()
            if read is not None:
                self._seen[branches.main_ref] = read.standing.main_sha
                self._seen[branches.latest_ref] = read.standing.latest_sha
                return read
        raise Unreachable(
            f"`{branches.main}` or `{branches.latest}` moved each time while they were read. "
            "Run it again later"
        )

    def confirm(self, branches: Branches, standing: Standing, target: str) -> Confirmed:
        """The chosen commit, both branches and the configuration as they are now.

        `workflows_differ` is about latest as `standing` has it; None where that has none.
        """
        old = standing.latest_sha or target
        variables = {
            "main": branches.main_ref,
            "latest": branches.latest_ref,
            "config": f"{branches.main_ref}:{branches.config}",
            "target": target,
            "old": f"{old}:.github/workflows",
            "new": f"{target}:.github/workflows",
        }
        doing = f"read {target[:7]} once more"
        repository = self._graph.repository(queries.CONFIRM, variables, doing)
        main_sha = head(repository, branches.main)
        latest_sha = answers.oid(inside(repository, "latest", "target"))
        commit = answers.commit(inside(repository, "target"))
        if commit is None:
            raise NotFound(f"The commit {target[:7]} is not in {self.repository} any more")
        ends = (inside(repository, "old"), inside(repository, "new"))
        differ = answers.oid(ends[0]) != answers.oid(ends[1])
        self._seen[branches.main_ref] = main_sha
        self._seen[branches.latest_ref] = latest_sha
        return Confirmed(
            main_sha=main_sha,
            latest_sha=latest_sha,
            config=answers.config(inside(repository, "config"), branches.config),
            target=answers.with_silent_runs(
                answers.candidate(self._graph.completed(commit)),
                inside(repository, "target", "checkSuites"),
            ),
            workflows_differ=None if standing.latest_sha is None else differ,
        )

    def where(self, ref: str) -> str | None:
        """The commit that a full ref points at; None where it does not exist.

        For an annotated tag it is the tag's own object. Raises ForgeError.
        """
        repository = self._graph.repository(queries.REFERENCE, {"ref": ref}, f"read {ref}")
        self._seen[ref] = answers.oid(inside(repository, "ref", "target"))
        return self._seen[ref]

    # ------------------------------------------------------------------ publishing

    def grounds(
        self, source: str, commit: str, channel_ref: str, prefix: str, config: str = DEFAULT_PATH
    ) -> Grounds:
        """What a publication of a commit from a full ref stands on, in one question.

        `channel_ref` is the channel's plain tag, in full; `prefix` begins the short names of the
        tags that are wanted, and of the branches beside them; where there are more than a hundred
        tags like it, the rest is asked for.
        `config` is the configuration's path.

        Raises NotFound where the repository is not there, MissingPermission, and ForgeError.
        """
        variables: dict[str, Any] = {
            "source": source,
            "commit": commit,
            "channel": channel_ref,
            "rival": f"refs/heads/{channel_ref.removeprefix('refs/tags/')}",
            "nested": f"{channel_ref}/",
            "prefix": prefix,
            "config": f"{commit}:{config}",
            "page": PAGE,
            "after": None,
        }
        doing = f"read {source}, {channel_ref} and the tags {prefix}…"
        repository = self._graph.page(queries.GROUNDS, variables, doing)
        found = records.grounds(repository, commit)
        for ref, key in ((source, "source"), (channel_ref, "channel")):
            self._seen[ref] = answers.oid(inside(repository, key, "target"))
        tags: dict[str, str] = {}
        while True:
            tags |= records.tags(inside(repository, "tags"), prefix)
            after = records.next_page(inside(repository, "tags"))
            if after is None:
                return found._replace(tags=tags)
            if after == variables["after"]:
                raise Unreachable("GitHub's pages of tags lead in a circle")
            variables |= {"page": 1, "after": after}
            repository = self._graph.page(queries.GROUNDS, variables, doing)

    def latest_release(self) -> int | None:
        """The id of the release that the host shows as the latest; None where it shows none."""
        path, doing = self.path("releases/latest"), "read the latest release"
        call = Call("GET", path, doing, repeatable=True, needs="contents: read")
        return self.found(call, lambda item: records.release(item).id)

    # ------------------------------------------------------------------ moving refs

    def move(self, moves: Sequence[Move], *, read_back: bool = True) -> Mapping[str, str]:
        """Move refs forward, all or none, each only if it is where `before` says.

        Returns where they are, read back, or as the host's word has it. A forced tag may go
        anywhere from there. After a lost reply the truth is read before anything is tried again.
        Where the host has no way to move several at once, they are moved one by one in
        the order given, each read before and after; an error then says what had been moved.

        Raises NotFastForward where a ref is elsewhere by then, RefusedByRule, MissingPermission,
        RateLimited, Unreachable; ValueError for what is no move.
        """
        _check(moves)
        unread = object()
        if any(self._seen.get(move.ref, unread) != move.before for move in moves):
            truth = self._truth(moves)
            if all(truth[move.ref] == move.after for move in moves):
                return {move.ref: move.after for move in moves}
        if self._has_update_refs and not self._move_together(moves):
            self._has_update_refs = False
        if not self._has_update_refs:
            self._move_one_by_one(moves)
        if read_back:
            return self._landed(moves)
        self._seen.update({move.ref: move.after for move in moves})
        return {move.ref: move.after for move in moves}

    def _move_together(self, moves: Sequence[Move]) -> bool:
        """Whether the host could be asked to; False where it lacks the mutation or denies it."""
        updates = [
            {
                "name": move.ref,
                "beforeOid": move.before or _ZEROS,
                "afterOid": move.after,
                "force": move.is_forced,
            }
            for move in moves
        ]
        variables = {"repository": self._graph.node, "updates": updates}
        call = self._graph.question(queries.MOVE, variables, f"move {_listed(moves)}")
        call = call._replace(repeatable=False, needs="contents: write")
        pauses = iter(PAUSES)
        may_be_ours = False
        while True:
            try:
                answer = self.wire.ask(call)
            except OutcomeUnknown as unknown:
                problem: ForgeError = unknown
                may_be_ours = True
            else:
                if answer.status == 200 and not answer.errors:
                    return True
                if lacking_field(answer):
                    return False
                problem = self.wire.refusal(answer, call)
                if _is_denied(answer):
                    return False
            if self._is_done(moves):
                if may_be_ours:
                    return True
                # Whoever says it has moved them must have been the one.
                raise NotFastForward(f"Somebody else has moved {_listed(moves)} there")
            self._try_again_or_raise(problem, moves, pauses)

    def _move_one_by_one(self, moves: Sequence[Move]) -> None:
        """For hosts without `updateRefs`: what matters most first, as the caller ordered them."""
        moved: list[str] = []
        for move in moves:
            try:
                self._move_one(move)
            except ForgeError as error:
                if moved:
                    error.args = (f"{error}. Moved before that: {', '.join(moved)}",)
                raise
            moved.append(move.ref)

    def _move_one(self, move: Move) -> None:
        path = self.path("git/refs")
        if move.before is None:
            call = Call(
                "POST", path, f"create {move.ref}", body={"ref": move.ref, "sha": move.after}
            )
        else:
            path += quote(move.ref.removeprefix("refs"))
            # GitHub takes no `before` here, so `force` goes out only once the ref was just read.
            body = {"sha": move.after, "force": move.is_forced}
            call = Call("PATCH", path, f"move {move.ref}", body=body)
        call = call._replace(needs="contents: write")
        pauses = iter(PAUSES)
        while not self._is_done([move]):
            try:
                self.wire.rest(call)
            except ForgeError as error:
                self._try_again_or_raise(error, [move], pauses)
            else:
                self._seen[move.ref] = move.after
                return

    def _is_done(self, moves: Sequence[Move]) -> bool:
        """Whether all refs are where they were to go. NotFastForward where one is elsewhere."""
        truth = self._truth(moves)
        if all(truth[move.ref] == move.after for move in moves):
            return True
        for move in moves:
            if truth[move.ref] != move.before:
                raise NotFastForward(
                    f"{move.ref} was seen at {_short(move.before)} and is at "
                    f"{_short(truth[move.ref])} now: nothing was moved there. Run it again"
                )
        return False

    def _truth(self, moves: Sequence[Move]) -> dict[str, str | None]:
        return {move.ref: self.where(move.ref) for move in moves}

    def _landed(self, moves: Sequence[Move]) -> dict[str, str]:
        """Where the refs are once the host shows it, which may be a moment after it said so."""
        landed: dict[str, str] = {}
        for move in moves:
            for pause in (*PAUSES, None):
                sha = self._where_if_shown(move.ref)
                if sha == move.after or sha not in {None, move.before}:
                    landed[move.ref] = sha
                    break
                if pause is None:
                    raise Unreachable(
                        f"GitHub says that {move.ref} moved to {move.after[:7]}, and shows it at "
                        f"{_short(sha)} still. Run it again: what has been done is not done twice"
                    )
                self.wire.sleep(pause)
        return landed

    def _where_if_shown(self, ref: str) -> str | None:
        try:
            return self.where(ref)
        except NotFound:
            return None

    def _try_again_or_raise(
        self, problem: ForgeError, moves: Sequence[Move], pauses: Iterator[float]
    ) -> None:
        """Wait before a write that did not happen is tried again, where that may help.

        It may after a lost reply, and where another update holds the ref's lock: GitHub has no
        documented words for that, so whatever it gives no known reason for is tried again.
        """
        if type(problem) is ForgeError:
            blocked = self._in_the_way(moves)
            if blocked is not None:
                raise blocked
        elif not isinstance(problem, OutcomeUnknown):
            raise problem
        self.pause_or_raise(problem, pauses)

    def _in_the_way(self, moves: Sequence[Move]) -> ForgeError | None:
        """The ref that stands where a new one would need a folder or a file, as an error."""
        for move in moves:
            if move.before is not None:
                continue
            parts = move.ref.split("/")
            parents = ["/".join(parts[:end]) for end in range(3, len(parts))]
            above = next((ref for ref in parents if self.where(ref) is not None), None)
            other = above or next(iter(self.refs(f"{move.ref}/")), None)
            if other is not None:
                return ForgeError(
                    f"{move.ref} cannot be created while there is `{self.wire.quote(other)}`: git "
                    "keeps no two refs of which one is the other's folder. Rename that one"
                )
        return None

    # ------------------------------------------------------------------ refs, runs, dispatches

    def refs(self, prefix: str) -> dict[str, str]:
        """The refs whose full names begin with the prefix, and where each is, in GitHub's order."""
        path = self.path("git/matching-refs", prefix.removeprefix("refs/"))
        doing = f"list the refs {prefix}…"
        answer = self.wire.rest(Call("GET", path, doing, repeatable=True, needs="contents: read"))
        found: dict[str, str] = {}
        for item in listing(answer.body, doing):
            ref, sha = inside(item, "ref"), inside(item, "object", "sha")
            if isinstance(ref, str) and isinstance(sha, str) and ref.startswith(prefix):
                found[ref] = sha
        return found

    def delete_ref(self, ref: str, expected: str) -> None:
        """Remove a ref that is where it was seen; that it is gone already is as good.

        Raises NotFastForward where it is elsewhere, RefusedByRule, MissingPermission, ForgeError.
        """
        call = Call(
            "DELETE",
            self.path("git/refs", ref.removeprefix("refs/")),
            f"delete {ref}",
            needs="contents: write",
        )
        pauses = iter(PAUSES)
        while (now := self.where(ref)) is not None:
            if now != expected:
                raise NotFastForward(
                    f"{ref} was seen at {_short(expected)} and is at {_short(now)} now: it was not "
                    "deleted. Run it again"
                )
            try:
                self.wire.rest(call)
            except ForgeError as error:
                self._try_again_or_raise(error, [], pauses)
            else:
                self._seen[ref] = None
                return

    def runs(self, workflow: str, sha: str, event: str = "") -> list[Run]:
        """The runs of a workflow file (`ci.yml`) on a commit, the newest first.

        Raises NotFound where there is no such workflow, and ForgeError.
        """
        query: dict[str, str | int] = {"head_sha": sha}
        if event:
            query["event"] = event
        call = Call(
            "GET",
            self.path("actions/workflows", workflow, "runs"),
            f"list the runs of {workflow}",
            query=query,
            needs="actions: read",
        )
        return [records.run(item) for item in self.items(call, "workflow_runs")]

    def jobs(self, run: int, attempt: int | None = None) -> list[Job]:
        """The jobs of one attempt of a run, or of its latest one, in GitHub's order."""
        one = "" if attempt is None else f"/attempts/{attempt}"
        call = Call(
            "GET",
            self.path(f"actions/runs/{run}{one}/jobs"),
            f"list the jobs of run {run}",
            needs="actions: read",
        )
        return [records.job(item) for item in self.items(call, "jobs")]

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str] | None = None) -> None:
        """Start a workflow file (`ci.yml`) on a full ref.

        Where the reply is lost, it counts as done once a dispatched run of it shows on the ref's
        commit; until then it is asked again, three times at most.

        Raises NotFound where there is no such workflow, MissingPermission, and ForgeError where it
        cannot be dispatched.
        """
        call = Call(
            "POST",
            self.path("actions/workflows", workflow, "dispatches"),
            f"start {workflow} on {ref}",
            body={"ref": ref, "inputs": dict(inputs or {})},
            needs="actions: write",
        )
        for is_last in (False, False, True):
            try:
                self.wire.rest(call)
            except OutcomeUnknown:
                if self._shows_dispatch(workflow, ref):
                    return
                if is_last:
                    raise
            else:
                return

    def _shows_dispatch(self, workflow: str, ref: str) -> bool:
        """Whether a run shows; GitHub makes it a moment after the dispatch."""
        sha = self.where(ref)
        for pause in (0.0, *PAUSES):
            self.wire.sleep(pause)
            if sha is not None and self.runs(workflow, sha, "workflow_dispatch"):
                return True
        return False


def _check(moves: Sequence[Move]) -> None:
    """Raises ValueError for what would delete, or be somewhere else than it says."""
    if not moves or len({move.ref for move in moves}) < len(moves):
        raise ValueError("a move takes refs, each once")
    for move in moves:
        if not _REF.fullmatch(move.ref) or not answers.is_oid(move.after):
            raise ValueError(f"no full ref, or no commit to move it to: {move}")
        if move.before is not None and not answers.is_oid(move.before):
            raise ValueError(f"no commit to move from: {move}")
        if move.is_forced and not move.ref.startswith("refs/tags/"):
            raise ValueError(f"a branch is never forced: {move}")


def _is_denied(answer: Answer) -> bool:
    """Whether the token may not call the mutation, whatever REST allows it."""
    return "not accessible by" in answer.message


def _listed(moves: Sequence[Move]) -> str:
    return ", ".join(f"{move.ref} to {move.after[:7]}" for move in moves)


def _short(sha: str | None) -> str:
    return sha[:7] if sha else "nothing"


# ---------------------------------------------------------------------------- connecting


def connect(
    token: str,
    *,
    repository: str,
    api_url: str = "https://api.github.com",
    deadline_seconds: float = 120.0,
    patience_seconds: float = 300.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Forge:
    """A repository (`owner/name`) seen through a token; nothing is sent yet.

    One question may take `deadline_seconds` with its tries; all waiting for rate limits together
    `patience_seconds`. Raises InputError for an empty token, for what names no repository, and for
    an address that a token must not be sent to.
    """
    token = token.strip()
    if not token:
        raise InputError(
            "there is no token: give the workflow's input `token`, or set GITHUB_TOKEN or "
            "GH_TOKEN on the command line"
        )
    if not _TOKEN.fullmatch(token):
        raise InputError("the token has characters that no token has: pass it alone, on one line")
    owner, _, name = repository.partition("/")
    if not (_OWNER.fullmatch(owner) and _NAME.fullmatch(name)):
        raise InputError(f"`{repository[:200]}` names no repository: write OWNER/NAME")
    url = _api_url(api_url)
    transport = _PyGithub(token, url, min(deadline_seconds, Patience().one_try))
    wire = Wire(
        transport,
        origin=url,
        token=token,
        patience=Patience(
            one_try=transport.seconds, deadline=deadline_seconds, limits=patience_seconds
        ),
        sleep=sleep,
        clock=clock,
    )
    return Forge(wire, owner, name, transport.graphql_url)


class _PyGithub:
    """PyGithub's requester as what sends; its retries, its pacing and its redirects are off."""

    def __init__(self, token: str, url: str, seconds: float) -> None:
        import github
        from github import Auth, Requester

        self.seconds = seconds
        self._url = url
        self._auth = Auth.Token(token)
        hub = github.Github(
            auth=self._auth,
            base_url=url,
            retry=0,
            seconds_between_requests=None,
            seconds_between_writes=None,
            user_agent=_AGENT,
        )
        self._requester = hub.requester
        self.graphql_url = self._requester.graphql_url
        self._is_plain = urlsplit(url).scheme == "http"
        self._connection = (
            Requester.HTTPRequestsConnectionClass
            if self._is_plain
            else Requester.HTTPSRequestsConnectionClass
        )
        self._doors: dict[str, _Door] = {}

    def __call__(self, call: Call, url: str) -> tuple[int, Mapping[str, str], str | bytes]:
        if call.limit:
            return self._file(call, url)
        door: Any = self._door(call)
        query = {key: str(value) for key, value in (call.query or {}).items()}
        if call.file:
            headers = {**_HEADERS, "Content-Type": call.content_type}
            return self._requester.requestBlob(call.verb, url, query, headers, call.file, cnx=door)
        headers = dict(_HEADERS)
        return self._requester.requestJson(call.verb, url, query, headers, call.body, cnx=door)

    def _file(self, call: Call, url: str) -> tuple[int, Mapping[str, str], str | bytes]:
        """A file as it lies there, no more of it than `limit` and one byte.

        PyGithub would read it as text, and to its end. Elsewhere nothing of ours is told: neither
        the token, nor a cookie, nor who asks.
        """
        import requests

        headers = {"Accept-Encoding": "identity"}
        if not call.is_away:
            headers |= {**_HEADERS, "Accept": "application/octet-stream", "User-Agent": _AGENT}
            self._auth.authentication(headers)
        address = url if "://" in url else f"{self._url}{url}"
        with requests.Session() as session:
            session.trust_env = not self._is_plain
            # With an authentication of its own none is looked up in the user's .netrc.
            response = session.get(
                address,
                headers=headers,
                auth=_unchanged,
                timeout=self._socket_seconds(),
                allow_redirects=False,
                stream=True,
            )
            location = response.headers.get("Location")
            if 300 <= response.status_code < 400 and location:
                raise Redirected(response.status_code, location)
            limit = call.limit if response.status_code == 200 else _COMPLAINT
            data = b""
            # An answer that was cut short says so only when what is missing is asked for.
            while len(data) <= limit:
                more = response.raw.read(limit + 1 - len(data), decode_content=False)
                if not more:
                    break
                data += more
        named = {name.lower(): value for name, value in response.headers.items()}
        if response.status_code == 200:
            return 200, named, data
        return response.status_code, named, data.decode("utf-8", "replace")

    def reset(self) -> None:
        """Give up the connections: what was sent through them may still be under way."""
        self._doors.clear()

    def _door(self, call: Call) -> _Door:
        parts = urlsplit(call.path if call.file else self.graphql_url)
        if parts.netloc not in self._doors:
            connection = self._connection(
                str(parts.hostname), parts.port, timeout=self._socket_seconds(), retry=0
            )
            # A proxy has no business between two processes of one machine.
            connection.session.trust_env = not self._is_plain
            self._doors[parts.netloc] = _Door(connection)
        return self._doors[parts.netloc]

    def _socket_seconds(self) -> int:
        return max(1, round(self.seconds))


def _unchanged(request: Any) -> Any:
    return request


class _Door:
    """A connection of PyGithub's, from which it learns of no redirect and of no "come back later".

    It would follow the one by itself, and sleep over the other without end.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.host = connection.host
        self._verb = ""
        self._body: Any = None

    def request(self, verb: str, url: str, body: Any, headers: dict[str, str], *rest: Any) -> None:
        self._verb, self._body = verb, body
        self._connection.request(verb, url, body, headers, *rest)

    def getresponse(self) -> Any:
        try:
            response = self._connection.getresponse()
        finally:
            if hasattr(self._body, "close"):
                self._body.close()  # a file, which PyGithub closes only after an answer
        location = response.headers.get("Location")
        if 300 <= response.status < 400 and location:
            raise Redirected(response.status, location)
        if response.status == 202 and self._verb == "GET":
            raise NotReady
        return response


def _api_url(text: str) -> str:
    """The address of the API without its last slash (threats: plain http, metadata services)."""
    what = "the address of the API (`api-url`, GITHUB_API_URL)"
    try:
        parts = urlsplit(text.strip())
        host = (parts.hostname or "").rstrip(".")
        # A host that the library would first translate could translate into another one.
        is_whole = bool(host) and parts.netloc.isascii() and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.scheme not in {"http", "https"}:
        raise InputError(f"{what} is no web address: write https://HOST/…")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError(f"{what} holds more than a host and a path: the token is passed apart")
    if addresses.is_blocked(host):
        raise InputError(f"{what} is a machine's own service: no token is sent there")
    if parts.scheme == "http" and not addresses.is_loopback(host):
        raise InputError(f"{what} must begin with https: the token would be readable on its way")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
