"""The forge under threat and fault: rows 23, 28 to 30, 47, 50, 51, 54; faults 1 to 9, 12 to
22, 26, 30."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from ceremony.forge import (
    Asset,
    Forge,
    ForgeError,
    Immutable,
    MissingPermission,
    Move,
    NotFastForward,
    NotFound,
    RateLimited,
    RefusedByRule,
    Release,
    ReleaseForm,
    Taken,
    Unreachable,
    connect,
)
from ceremony.model import InputError
from ceremony.rules.evidence import Candidate, State
from ceremony.rules.promote import Relation
from ceremony.sandbox import BranchRule, Fault
from ceremony.wire import OutcomeUnknown
from tests.support.forge import BRANCHES, EVERYTHING, REPOSITORY, Clock, Scene, scene

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CANARY = "ghs_canary4f1bnevertobeshown"
LATEST = "refs/heads/latest"
TAG = "refs/tags/promoted"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as set_up:
        yield set_up


def nothing() -> Callable[[Candidate], bool]:
    return lambda _: False


class Handler(WSGIRequestHandler):
    """Adds no date of its own to those that a test gives, and prints nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - as in the parent
        pass


class Seen:
    """What reached a server: each request's path and its Authorization."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.authorizations: list[str | None] = []


@contextmanager
def server(answer: Callable[[Request], Response]) -> Iterator[tuple[str, Seen]]:
    """A server on loopback that answers whatever it is told to."""
    seen = Seen()

    @Request.application
    def application(request: Request) -> Response:
        seen.paths.append(request.full_path.rstrip("?"))
        seen.authorizations.append(request.headers.get("Authorization"))
        return answer(request)

    running = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", seen
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def plain(url: str, clock: Clock | None = None, **options: float) -> Forge:
    """A forge with the canary for a token."""
    time = clock or Clock()
    return connect(
        CANARY, repository=REPOSITORY, api_url=url, sleep=time.sleep, clock=time, **options
    )


def reply(body: object, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(body), status, named, content_type="application/json")


# ---------------------------------------------------------------------------- 54: the address


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254",
        "https://169.254.169.254/latest",
        "https://169.254.170.2",
        "https://[fe80::1]",
        "https://[fe80::1%25eth0]",
        "https://[fd00:ec2::254]",
        "https://[::ffff:169.254.169.254]",
        "https://2852039166",
        "https://0xa9fea9fe",
        "https://169.254.169.254.",
    ],
)
def test_54_a_machine_s_own_services_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="a machine's own service"):
        connect(CANARY, repository=REPOSITORY, api_url=url)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://github.example.com/api/v3", "must begin with https"),
        ("http://10.0.0.1", "must begin with https"),
        ("http://localhost.example.com", "must begin with https"),
        ("https://me:secret@github.example.com", "more than a host and a path"),
        ("https://github.example.com?x=1", "more than a host and a path"),
        ("https://github.example.com#x", "more than a host and a path"),
        ("ftp://github.example.com", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("github.example.com", "no web address"),
        ("https://", "no web address"),
        ("https://host:port", "no web address"),
        ("https://[::1", "no web address"),
        ("https://\uff11\uff16\uff19.254.169.254", "no web address"),
        ("https://ⓖithub.example.com", "no web address"),
        ("", "no web address"),
    ],
)
def test_54_addresses_that_no_token_is_sent_to(url: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        connect(CANARY, repository=REPOSITORY, api_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com",
        "https://github.example.com/api/v3/",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://[::1]:8080",
        "http://localhost:8080/api/v3",
    ],
)
def test_54_addresses_that_are_accepted(url: str) -> None:
    assert connect(CANARY, repository=REPOSITORY, api_url=url).requests == 0


@pytest.mark.parametrize(
    "repository",
    ["", "app", "a/b/c", "a/", "/b", "a/..", "a/.", "a b/c", "a/b\n", "-a/b", "a/b?x", "../a/b"],
)
def test_a_repository_is_owner_and_name(repository: str) -> None:
    with pytest.raises(InputError, match="write OWNER/NAME"):
        connect(CANARY, repository=repository)


@pytest.mark.parametrize("token", ["", " \n"])
def test_an_empty_token_says_where_one_comes_from(token: str) -> None:
    with pytest.raises(InputError, match="input `token`, or set GITHUB_TOKEN"):
        connect(token, repository=REPOSITORY)


@pytest.mark.parametrize("token", [f"{CANARY}\nHost: evil", f"{CANARY} x", f"{CANARY}é"])
def test_51_a_token_that_would_break_a_header_is_not_quoted(token: str) -> None:
    with pytest.raises(InputError, match="characters that no token has") as caught:
        connect(token, repository=REPOSITORY)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


# ---------------------------------------------------------------------------- 50: origins


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("api", ["REST", "GraphQL"])
def test_50_a_redirect_to_a_second_server_is_not_followed(status: int, api: str) -> None:
    with server(lambda _: reply({})) as (elsewhere, reached):
        target = f"{elsewhere}/repos/x"
        with server(lambda _: Response(status=status, headers={"Location": target})) as (url, _):
            forge = plain(url)
            with pytest.raises(ForgeError, match="The token is not sent there"):
                forge.refs("refs/tags/") if api == "REST" else forge.where(LATEST)
    assert not reached.paths


class Unchecked(Response):
    """Sends its headers as they were given."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002 - the parent's
        return self.headers


@pytest.mark.parametrize("location", ["//evil.example/x", "https:evil.example", "http://[::1"])
def test_50_odd_redirects_are_not_followed(location: str) -> None:
    with (
        server(lambda _: Unchecked(status=301, headers={"Location": location})) as (url, _),
        pytest.raises(ForgeError, match=r"The token is not sent there|cannot be read"),
    ):
        plain(url).refs("refs/tags/")


def test_50_a_read_follows_within_its_origin() -> None:
    def answer(request: Request) -> Response:
        if request.path.startswith("/repositories/"):
            return reply([{"ref": "refs/tags/v1", "object": {"sha": "a" * 40}}])
        return Response(status=301, headers={"Location": "/repositories/7/git/matching-refs/tags/"})

    with server(answer) as (url, seen):
        assert plain(url).refs("refs/tags/") == {"refs/tags/v1": "a" * 40}
    assert len(seen.paths) == 2


def test_50_a_write_follows_nowhere() -> None:
    def answer(request: Request) -> Response:
        return Response(status=307, headers={"Location": "/graphql2"})

    with (
        server(answer) as (url, seen),
        pytest.raises(ForgeError, match=r"has moved\. Use its new name"),
    ):
        plain(url).where(LATEST)
    assert seen.paths == ["/graphql"]


FILE = b"\x00a file\xff"
ASSET = Asset(
    id=7,
    name="a.json",
    is_uploaded=True,
    size=len(FILE),
    digest="sha256:" + hashlib.sha256(FILE).hexdigest(),
    url="",
)


def leading_to(location: str) -> Callable[[Request], Response]:
    return lambda _: Unchecked(status=302, headers={"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_50_a_file_is_read_elsewhere_without_a_word_of_ours(status: int) -> None:
    told: list[Headers] = []

    def store(request: Request) -> Response:
        told.append(Headers(request.headers))
        later = "Tue, 01 Jan 2030 00:00:00 GMT"
        return Response(FILE, headers={"Date": later, "Set-Cookie": "a=b"})

    with server(store) as (elsewhere, reached):
        location = f"{elsewhere}/kept/7?sig=open-sesame"
        headers = {"Location": location, "Set-Cookie": "session=1; Path=/"}
        with server(lambda _: Response(status=status, headers=headers)) as (url, seen):
            forge = plain(url)
            assert forge.download(ASSET, 100) == FILE
            assert forge.download(ASSET, 100) == FILE
    assert seen.authorizations == [f"token {CANARY}"] * 2
    assert reached.paths == ["/kept/7?sig=open-sesame"] * 2
    for headers_told in told:
        names = {name.lower() for name in headers_told.keys()}  # noqa: SIM118 - no mapping
        assert names <= {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert "ceremony" not in str(headers_told)
    assert forge.server_date is None, "the time is the host's, not that of where its files are"


def test_50_a_second_redirect_is_followed_and_nothing_is_told_on_the_way_back() -> None:
    reached: list[str | None] = []

    def api(request: Request) -> Response:
        if request.path == "/back":
            reached.append(request.headers.get("Authorization"))
            return Response(FILE)
        return Response(status=302, headers={"Location": there})

    with server(api) as (url, _), server(leading_to(f"{url}/back")) as (there, seen):
        assert plain(url).download(ASSET, 100) == FILE
    assert seen.authorizations == [None]
    assert reached == [None]


def test_50_a_file_of_a_repository_that_was_renamed_is_read_with_the_token() -> None:
    def answer(request: Request) -> Response:
        if request.path.startswith("/repositories/"):
            return Response(FILE)
        return Response(status=301, headers={"Location": "/repositories/7/releases/assets/7"})

    with server(answer) as (url, seen):
        assert plain(url).download(ASSET, 100) == FILE
    assert seen.authorizations == [f"token {CANARY}"] * 2


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/latest",
        "https://0xa9fea9fe/",
        "https://[fe80::1]/",
        "http://objects.example/file?sig=open-sesame",
        "https://me:open-sesame@objects.example/file",
        "//objects.example/file",
        "file:///etc/passwd",
    ],
)
def test_50_a_file_is_not_read_from_everywhere(location: str) -> None:
    with (
        server(leading_to(location)) as (url, seen),
        pytest.raises(ForgeError, match=r"no file is read from there\. Check") as caught,
    ):
        plain(url).download(ASSET, 100)
    assert len(seen.paths) == 1
    assert "open-sesame" not in str(caught.value)


def test_50_a_circle_of_stores_ends() -> None:
    with (
        server(lambda request: Response(status=302, headers={"Location": request.path + "x"})) as (
            there,
            seen,
        ),
        server(leading_to(f"{there}/x")) as (url, _),
        pytest.raises(ForgeError, match="in a circle"),
    ):
        plain(url).download(ASSET, 100)
    assert len(seen.paths) == 3


def test_50_a_redirect_to_nowhere_is_no_file() -> None:
    with server(lambda _: Response(status=302)) as (url, _), pytest.raises(ForgeError):
        plain(url).download(ASSET, 100)


@pytest.mark.parametrize("is_away", ["here", "elsewhere"])
def test_50_a_body_without_end_is_not_read_to_its_end(is_away: str) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"x" * 65_536

    with server(lambda _: Response(endless())) as (there, _):
        answer = leading_to(there) if is_away == "elsewhere" else lambda _: Response(endless())
        with (
            server(answer) as (url, _),
            pytest.raises(Unreachable, match="other bytes than its size and digest say"),
        ):
            plain(url).download(ASSET._replace(size=100_000), 1_000_000_000)
    assert sent < 20_000_000, "what the sockets hold, and no more"


def test_50_a_file_that_was_packed_on_the_way_is_not_unpacked() -> None:
    packed = gzip.compress(b"\0" * 10_000_000)
    answer = Response(packed, headers={"Content-Encoding": "gzip"})
    with server(lambda _: answer) as (url, _), pytest.raises(Unreachable, match="other bytes"):
        plain(url).download(ASSET, 100)


@pytest.mark.parametrize("place", ["here", "elsewhere"])
def test_fault_21_a_file_that_is_cut_short_is_asked_for_again(place: str) -> None:
    clock = Clock()
    cut = Unchecked(iter([FILE[:3]]), headers={"Content-Length": str(len(FILE))})
    answers = iter([cut, Response(FILE)])
    with server(lambda _: next(answers)) as (there, _), server(leading_to(there)) as (url, _):
        forge = plain(url if place == "elsewhere" else there, clock)
        assert forge.download(ASSET, 100) == FILE
    assert clock.waits == [1.0]


def test_fault_21_a_file_that_drips_ends() -> None:
    released = threading.Event()

    def drip() -> Iterator[bytes]:
        while not released.wait(0.05):
            yield b"x"

    with server(lambda _: Response(drip())) as (there, _), server(leading_to(there)) as (url, _):
        with pytest.raises(Unreachable, match="the answer took too long"):
            plain(url, deadline_seconds=0.5).download(ASSET._replace(size=10_000), 10_000)
        released.set()


def test_50_a_circle_of_redirects_ends() -> None:
    def answer(request: Request) -> Response:
        return Response(status=302, headers={"Location": request.path + "x"})

    with server(answer) as (url, seen), pytest.raises(ForgeError, match="in a circle"):
        plain(url).refs("refs/tags/")
    assert len(seen.paths) == 4


def test_50_a_link_to_elsewhere_is_not_followed() -> None:
    runs = {"total_count": 2, "workflow_runs": [{"id": 1}]}
    with server(lambda _: reply({"workflow_runs": []})) as (elsewhere, reached):

        def answer(request: Request) -> Response:
            page = request.args["page"]
            link = f'<{elsewhere}/next>; rel="next"' if page == "1" else ""
            return reply(runs, Link=link)

        with server(answer) as (url, seen):
            assert len(plain(url).runs("ci.yml", "a" * 40)) == 2
    assert not reached.paths
    assert [path.count("&page=2&") for path in seen.paths] == [0, 1]


def test_a_list_whose_pages_shift_while_it_is_read_holds_each_once() -> None:
    def answer(request: Request) -> Response:
        page = int(request.args["page"])
        ids = range(1, 101) if page == 1 else range(100, 103)
        return reply([{"id": number} for number in ids], Link='<x>; rel="next"' * (page == 1))

    with server(answer) as (url, _):
        assert [each.id for each in plain(url).releases()] == list(range(1, 103))


def test_50_a_netrc_or_a_proxy_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password other\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with server(lambda _: reply([])) as (proxy, reached):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("http_proxy", proxy)
        with server(lambda _: reply([])) as (url, seen):
            plain(url).refs("refs/tags/")
    assert not reached.paths
    assert seen.authorizations == [f"token {CANARY}"]


# ---------------------------------------------------------------------------- 51: the token


def _html(request: Request) -> Response:
    return Response("<html>" + str(request.headers.get("Authorization")), 503, mimetype="text/html")


def _echo(status: int) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return reply({"message": f"no: {request.headers['Authorization']}\x1b[2J"}, status)

    return answer


def _graphql_echo(request: Request) -> Response:
    message = f"bad header {request.headers['Authorization']}"
    return reply({"errors": [{"type": "UNPROCESSABLE", "message": message}]})


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(_echo(400), id="400"),
        pytest.param(_echo(401), id="401"),
        pytest.param(_echo(403), id="403"),
        pytest.param(_echo(404), id="404"),
        pytest.param(_echo(409), id="409"),
        pytest.param(_echo(422), id="422"),
        pytest.param(_echo(429), id="429"),
        pytest.param(_echo(500), id="500"),
        pytest.param(_echo(503), id="503"),
        pytest.param(_html, id="HTML"),
        pytest.param(_graphql_echo, id="GraphQL"),
        pytest.param(lambda _: Response("{", mimetype="application/json"), id="broken JSON"),
        pytest.param(lambda _: Response("[" * 100_000, mimetype="application/json"), id="deep"),
        pytest.param(lambda _: Response("no JSON", 202), id="202"),
        pytest.param(
            lambda _: Response(status=302, headers={"Location": f"//x/?{CANARY}"}), id="redirect"
        ),
        pytest.param(lambda _: reply({}, 200, X_RateLimit_Reset="never"), id="odd header"),
        pytest.param(
            lambda _: reply({}, 200, X_RateLimit_Limit="inf", X_RateLimit_Remaining="inf"),
            id="infinite header",
        ),
        pytest.param(
            lambda _: Response("x" * 99, headers={"Content-Encoding": "gzip"}),
            id="no such encoding",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["where", "refs", "dispatch", "download", "publish"])
def test_51_the_token_is_in_no_error(
    answer: Callable[[Request], Response],
    verb: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    with server(answer) as (url, _):
        forge = plain(url)
        acts: dict[str, Callable[[], object]] = {
            "where": lambda: forge.where(LATEST),
            "refs": lambda: forge.refs("refs/tags/"),
            "dispatch": lambda: forge.dispatch("ci.yml", LATEST),
            "download": lambda: forge.download(ASSET, 100),
            "publish": lambda: forge.update_release(1, ReleaseForm("v1", "", "", "")),
        }
        error = _error_of(acts[verb])
    printed = capsys.readouterr()
    assert CANARY not in printed.out + printed.err + caplog.text + repr(forge) + repr(forge.wire)
    if error is None:
        assert verb in {"dispatch", "publish"}, "they need no answer's body"
    else:
        assert str(error).isprintable()
        _assert_without_canary(error)


def _error_of(act: Callable[[], object]) -> ForgeError | None:
    try:
        act()
    except ForgeError as error:
        return error
    return None


def _assert_without_canary(error: BaseException) -> None:
    assert CANARY not in "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link is not None:
        assert CANARY not in f"{link!s}{link!r}{link.args!r}"
        link = link.__cause__ or link.__context__


def test_51_the_token_is_in_no_error_of_a_host_that_is_not_there() -> None:
    with server(lambda _: reply({})) as (url, _):
        pass
    with pytest.raises(Unreachable, match="the connection failed") as caught:
        plain(url).where(LATEST)
    _assert_without_canary(caught.value)


@pytest.mark.parametrize(
    "errors", [["taken"], "taken", [{"code": "taken"}], [{"message": "taken", "code": "x"}]]
)
def test_what_github_says_beside_its_message_is_told(errors: object) -> None:
    body = {"message": "Validation Failed", "errors": errors}
    with (
        server(lambda _: reply(body, 422)) as (url, _),
        pytest.raises(ForgeError, match=r"Validation Failed; taken$"),
    ):
        plain(url).refs("refs/tags/")


def test_strangers_words_are_cut_and_stay_on_one_line() -> None:
    words = "line\n::error::x\r\x07" + "y" * 5_000
    with (
        server(lambda _: reply({"message": words}, 422)) as (url, _),
        pytest.raises(ForgeError) as caught,
    ):
        plain(url).refs("refs/tags/")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


# ---------------------------------------------------------------------------- 23: all evidence


@pytest.mark.parametrize("count", [101, 250])
def test_23_a_failure_beyond_the_first_page_is_read(stage: Scene, count: int) -> None:
    sha = stage.line(2)[1]
    for number in range(count - 2):
        stage.project.check(sha, f"job {number}")
    stage.project.check(sha, "the last", "failure")
    forge = stage.forge()
    standing = forge.standing(BRANCHES, enough=nothing).standing
    for candidate in (
        standing.candidates[0],
        forge.confirm(BRANCHES, standing, sha).target,
    ):
        assert candidate.is_complete
        assert len(candidate.evidence) == count
        assert candidate.evidence[-1].name == "the last"


def test_23_only_complete_candidates_are_judged(stage: Scene) -> None:
    sha = stage.line(2)[1]
    for number in range(120):
        stage.project.check(sha, f"job {number}")
    judged: list[Candidate] = []

    def enough(candidate: Candidate) -> bool:
        judged.append(candidate)
        return True

    stage.forge().standing(BRANCHES, enough=lambda: enough)
    assert [each.is_complete for each in judged] == [True]


def test_23_evidence_that_grew_between_pages_is_read(stage: Scene) -> None:
    sha = stage.line(2)[1]
    stage.project.check(sha, "hidden", "failure", workflow=".github/workflows/b.yml")
    for number in range(120):
        stage.project.check(sha, f"job {number}")

    late = Fault("Contexts", "call", call=lambda: stage.project.check(sha, "late"))
    stage.sandbox.faults.add(late)
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    candidate = standing.candidates[0]
    names = {each.name for each in candidate.evidence}
    assert candidate.is_complete
    assert {"hidden", "late"} <= names


@pytest.mark.parametrize(
    ("without", "permission"),
    [("checks", "checks: read"), ("statuses", "statuses: read"), ("actions", "actions: read")],
)
def test_23_evidence_that_the_token_may_not_see_is_an_error(
    stage: Scene, without: str, permission: str
) -> None:
    sha = stage.line(2)[1]
    stage.project.status(sha, "jenkins")
    permissions = {name: level for name, level in EVERYTHING.items() if name != without}
    with pytest.raises(MissingPermission, match=f"`permissions: {permission}`") as caught:
        stage.forge(permissions).standing(BRANCHES, enough=nothing)
    assert caught.value.permission == permission


def _check_run(number: int, conclusion: str = "SUCCESS") -> dict[str, object]:
    return {
        "__typename": "CheckRun",
        "databaseId": number,
        "name": f"job {number}",
        "status": "COMPLETED",
        "conclusion": conclusion,
        "checkSuite": {"workflowRun": None},
    }


def _contexts(total: object, *nodes: object, cursor: str | None = None) -> dict[str, object]:
    more = {"hasNextPage": cursor is not None, "endCursor": cursor}
    return {"contexts": {"totalCount": total, "pageInfo": more, "nodes": list(nodes)}}


def _one_ahead(rollup: object) -> dict[str, Any]:
    """main one commit above latest, with this reported on it."""
    commit = {
        "oid": "b" * 40,
        "parents": {"nodes": [{"oid": "a" * 40}]},
        "statusCheckRollup": rollup,
    }
    compare = {
        "status": "AHEAD",
        "aheadBy": 1,
        "behindBy": 0,
        "baseTarget": {"oid": "a" * 40},
        "headTarget": {"oid": "b" * 40},
        "commits": {"pageInfo": {"hasPreviousPage": False}, "nodes": [commit]},
    }
    return {
        "main": {"target": {"oid": "b" * 40}},
        "latest": {"target": {"oid": "a" * 40}, "compare": compare},
    }


def _candidate(*answers: object) -> Candidate:
    remaining = iter(answers)
    with server(lambda _: reply(next(remaining))) as (url, _):
        (candidate,) = plain(url).standing(BRANCHES, enough=nothing).standing.candidates
    return candidate


@contextmanager
def scripted(*answers: object) -> Iterator[tuple[Forge, list[Any]]]:
    """A forge to which these are told in turn, and what it asked for."""
    remaining = iter(answers)
    asked: list[Any] = []

    def answer(request: Request) -> Response:
        asked.append(request.get_json()["variables"])
        return reply(next(remaining))

    with server(answer) as (url, _):
        yield plain(url), asked


def _told(repository: object) -> dict[str, object]:
    return {"data": {"repository": repository}}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"headTarget": {"oid": "c" * 40}}, id="another head"),
        pytest.param({"baseTarget": {"oid": "c" * 40}}, id="another base"),
        pytest.param({"status": "SIDEWAYS"}, id="an unknown word"),
        pytest.param(None, id="no comparison"),
    ],
)
def test_28_a_comparison_of_something_else_is_made_again_by_the_commit(
    change: dict[str, object] | None,
) -> None:
    good = _one_ahead(_contexts(0))
    latest: dict[str, Any] = good["latest"]
    compare = {**latest["compare"], **change} if change else None
    odd = {**good, "latest": {**latest, "compare": compare}}
    with scripted(_told(odd), _told(good)) as (forge, asked):
        assert len(forge.standing(BRANCHES, enough=nothing).standing.candidates) == 1
    assert [each["compared"] for each in asked] == ["refs/heads/main", "b" * 40]
    with scripted(*[_told(odd)] * 6) as (forge, asked), pytest.raises(Unreachable):
        forge.standing(BRANCHES, enough=nothing)
    assert len(asked) == 6


def test_pages_that_lead_in_a_circle_end() -> None:
    repository = _one_ahead(_contexts(0))
    commits = repository["latest"]["compare"]["commits"]
    commits["nodes"][0]["parents"] = {"nodes": [{"oid": "c" * 40}]}
    commits["pageInfo"] = {"hasPreviousPage": True, "startCursor": "x"}
    with (
        scripted(_told(repository), _told(repository)) as (forge, _),
        pytest.raises(Unreachable, match="lead in a circle"),
    ):
        forge.standing(BRANCHES, enough=nothing)


def _grounds(**changes: object) -> dict[str, Any]:
    """The answer to the question for grounds, one commit above the channel's tag."""
    compare = {
        "status": "AHEAD",
        "aheadBy": 1,
        "headTarget": {"oid": "b" * 40},
        "commits": {"nodes": [{"oid": "b" * 40, "messageHeadline": "Change"}]},
    }
    return {
        "id": "R_1",
        "source": {"target": {"oid": "b" * 40}},
        "commit": {"__typename": "Commit", "oid": "b" * 40},
        "channel": {"target": {"oid": "a" * 40}, "compare": compare | changes},
        "tags": {"pageInfo": {"hasNextPage": False}, "nodes": []},
        "latestRelease": None,
    }


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"headTarget": {"oid": "c" * 40}}, id="another head"),
        pytest.param({"headTarget": None}, id="no head"),
        pytest.param({"status": "SIDEWAYS"}, id="an unknown word"),
        pytest.param({"status": None}, id="no word"),
    ],
)
def test_28_a_channel_that_was_compared_with_something_else_is_not_compared(
    change: dict[str, object],
) -> None:
    for changes, expected in (({}, ("ahead", 1, 1)), (change, ("", 0, 0))):
        with scripted(_told(_grounds(**changes))) as (forge, _):
            found = forge.grounds(LATEST, "b" * 40, TAG, "x")
        assert (found.relation, found.total, len(found.commits)) == expected
        assert (found.source_sha, found.channel_sha) == ("b" * 40, "a" * 40)


@pytest.mark.parametrize(
    ("rival", "expected"),
    [
        pytest.param({"target": {"oid": "c" * 40}}, True, id="there"),
        pytest.param({"target": {}}, True, id="at nothing that is told"),
        pytest.param(None, False, id="not there"),
        pytest.param([], False, id="of another shape"),
    ],
)
def test_28_a_branch_of_the_channel_is_there_whatever_it_stands_on(
    *, rival: object, expected: bool
) -> None:
    with scripted(_told(_grounds() | {"rival": rival})) as (forge, asked):
        assert forge.grounds(LATEST, "b" * 40, TAG, "x").rival is expected
    (variables,) = asked
    assert variables["rival"] == f"refs/heads/{TAG.removeprefix('refs/tags/')}"


def test_grounds_of_another_shape_say_that_nothing_is_there() -> None:
    odd = {
        "source": [],
        "commit": {"__typename": "Commit", "oid": "c" * 40},
        "channel": {"target": {"oid": "zz"}, "compare": 7},
        "tags": {"nodes": [None, {"name": 1}, {"name": "x1"}, {"name": "x2", "target": {}}]},
        "latestRelease": {"databaseId": None, "tagName": "1.0.0"},
    }
    with scripted(_told(odd), _told({"tags": "x"})) as (forge, _):
        for expected in ({"x1": "", "x2": ""}, {}):
            found = forge.grounds(LATEST, "b" * 40, TAG, "x")
            assert found[:6] == (None, False, None, "", (), 0)
            assert found[7:] == (None, None, None, False, "", frozenset())
            assert found.tags == expected, "a tag is there, whatever it stands on"


def test_pages_of_tags_that_lead_in_a_circle_end() -> None:
    page = _grounds()
    page["tags"]["pageInfo"] = {"hasNextPage": True, "endCursor": "x"}
    with (
        scripted(_told(page), _told(page)) as (forge, asked),
        pytest.raises(Unreachable, match="lead in a circle"),
    ):
        forge.grounds(LATEST, "b" * 40, TAG, "x")
    told = [(variables["after"], variables["page"]) for variables in asked]
    assert told == [(None, 100), ("x", 1)], "the commits are not told once more"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (_told(None), NotFound),
        ({"data": None}, Unreachable),
        ({}, Unreachable),
        ([], Unreachable),
    ],
)
def test_an_answer_without_the_repository(answer: object, error: type[ForgeError]) -> None:
    with scripted(answer) as (forge, _), pytest.raises(error):
        forge.where(LATEST)


def test_23_a_piece_of_evidence_that_is_lost_leaves_its_commit_incomplete() -> None:
    at = "repository latest compare commits nodes 0 statusCheckRollup contexts nodes 0 checkSuite"
    path = [int(key) if key.isdigit() else key for key in at.split()]
    errors = [{"type": "SERVICE_UNAVAILABLE", "message": "?", "path": [*path, "workflowRun"]}]
    repository = _one_ahead(_contexts(1, _check_run(1, "FAILURE")))
    candidate = _candidate({"data": {"repository": repository}, "errors": errors})
    assert (candidate.evidence, candidate.total, candidate.is_complete) == ((), 1, False)


@pytest.mark.parametrize(
    "rollup",
    [
        pytest.param({"contexts": None}, id="no list"),
        pytest.param({}, id="nothing in it"),
        pytest.param(_contexts(None, _check_run(1)), id="no count"),
        pytest.param(_contexts("1", _check_run(1)), id="a count that is text"),
        pytest.param(_contexts(2, _check_run(1), None), id="an empty node"),
        pytest.param(_contexts(2, _check_run(1), {"__typename": "New"}), id="an unknown kind"),
        pytest.param(_contexts(2, _check_run(1), {"__typename": "CheckRun"}), id="no name"),
        pytest.param(_contexts(1, {"__typename": "StatusContext"}), id="no context"),
    ],
)
def test_23_an_answer_of_another_shape_leaves_its_commit_incomplete(rollup: object) -> None:
    assert not _candidate({"data": {"repository": _one_ahead(rollup)}}).is_complete


def test_23_a_page_that_repeats_what_was_read_leaves_its_commit_incomplete() -> None:
    first = [_check_run(number) for number in range(100)]
    repository = _one_ahead(_contexts(102, *first, cursor="100"))
    shifted = _contexts(103, *first[1:], _check_run(100), _check_run(101), cursor="200")
    again = _contexts(103, *first, cursor="100")
    candidate = _candidate(
        {"data": {"repository": repository}},
        {"data": {"repository": {"object": {"statusCheckRollup": shifted}}}},
        {"data": {"repository": {"object": {"statusCheckRollup": again}}}},
    )
    assert len(candidate.evidence) == 102
    assert not candidate.is_complete


@pytest.mark.parametrize("word", ["", "EXPLODED", "success"])
def test_an_unknown_word_is_never_a_success(word: str) -> None:
    odd = {**_check_run(1), "status": "COMPLETED", "conclusion": word + "?"}
    new = {**_check_run(2), "status": "PAUSED"}
    status = {"__typename": "StatusContext", "context": "s", "state": "FINE"}
    candidate = _candidate({"data": {"repository": _one_ahead(_contexts(3, odd, new, status))}})
    assert [each.state for each in candidate.evidence] == [State.UNKNOWN] * 3
    assert candidate.evidence[2].said == "fine"


# ---------------------------------------------------------------------------- 28, 29, 30: refs


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_28_tags_named_like_the_branches_stay_where_they_are(stage: Scene, profile: str) -> None:
    line = stage.line(4)
    stage.sandbox.profile = profile
    for name in ("latest", "main"):
        stage.project.set_ref(f"refs/tags/{name}", line[1])
    forge = stage.forge()
    standing = forge.standing(BRANCHES, enough=nothing).standing
    assert (standing.main_sha, standing.latest_sha) == (line[3], line[0])
    assert [each.sha for each in standing.candidates] == line[:0:-1]
    forge.move([Move(LATEST, line[0], line[3])])
    assert stage.project.ref(LATEST) == line[3]
    assert {stage.project.ref(f"refs/tags/{name}") for name in ("latest", "main")} == {line[1]}


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_29_a_lease_that_matches_does_not_permit_to_go_back(stage: Scene, profile: str) -> None:
    line = stage.line(3)
    stage.sandbox.profile = profile
    stage.project.set_ref(LATEST, line[2])
    with pytest.raises(NotFastForward, match="not be a move forward"):
        stage.forge().move([Move(LATEST, line[2], line[1])])
    assert stage.project.ref(LATEST) == line[2]


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_29_nor_does_it_permit_to_go_aside(stage: Scene, profile: str) -> None:
    line = stage.line(2)
    stage.sandbox.profile = profile
    aside = stage.project.commit({"b": "1"}, branch="aside", parents=[line[0]])
    stage.project.set_ref(LATEST, line[1])
    with pytest.raises(NotFastForward):
        stage.forge().move([Move(LATEST, line[1], aside)])
    assert stage.project.ref(LATEST) == line[1]


def test_30_a_main_that_moves_on_does_not_change_what_is_promoted(stage: Scene) -> None:
    line = stage.line(3)
    forge = stage.forge()
    forge.standing(BRANCHES, enough=nothing)
    stage.sandbox.faults.add(
        Fault("Move", "call", call=lambda: stage.project.commit({"late": "1"}))
    )
    assert forge.move([Move(LATEST, line[0], line[2])]) == {LATEST: line[2]}


# ---------------------------------------------------------------------------- faults 1 to 9


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
@pytest.mark.parametrize("kind", ["before", "lost", "truncated", "status", "after-status"])
@pytest.mark.parametrize("nth", [1, 2])
def test_fault_1_a_lost_answer_to_a_move_is_made_good(
    stage: Scene, profile: str, kind: str, nth: int
) -> None:
    line = stage.line(3)
    stage.sandbox.profile = profile
    stage.sandbox.faults.add(Fault("effects", kind, nth=nth, status=502))  # type: ignore[arg-type]
    moves = [Move(LATEST, line[0], line[2]), Move(TAG, None, line[2])]
    assert stage.forge().move(moves) == {LATEST: line[2], TAG: line[2]}
    assert stage.project.ref(LATEST) == stage.project.ref(TAG) == line[2]
    expected = 1 if profile == "github" else 2
    assert len(stage.sandbox.effects) == expected, "no effect happens twice"


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
@pytest.mark.parametrize("kind", ["before", "lost", "after-status"])
def test_fault_1_a_lost_answer_to_a_forced_move_is_made_good(
    stage: Scene, profile: str, kind: str
) -> None:
    line = stage.line(2)
    stage.project.set_ref(TAG, line[1])
    stage.sandbox.profile = profile
    stage.sandbox.faults.add(Fault("effects", kind, status=502))  # type: ignore[arg-type]
    forge = stage.forge()
    forge.grounds(LATEST, line[0], TAG, "x")
    move = Move(TAG, line[1], line[0], is_forced=True)
    assert forge.move([move], read_back=False) == {TAG: line[0]}
    assert stage.project.ref(TAG) == line[0]
    assert len(stage.sandbox.effects) == 1


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_fault_1_a_move_whose_outcome_stays_unknown_ends(stage: Scene, profile: str) -> None:
    line = stage.line(2)
    stage.sandbox.profile = profile
    stage.sandbox.faults.add(Fault("effects", "before", times=99))
    with pytest.raises(OutcomeUnknown, match="Run it again"):
        stage.forge().move([Move(LATEST, line[0], line[1])])
    assert len(stage.clock.waits) == 3
    assert stage.project.ref(LATEST) == line[0]


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
@pytest.mark.parametrize("kind", ["call", "after-call", "lost"])
def test_fault_2_somebody_else_moves_it_meanwhile(stage: Scene, profile: str, kind: str) -> None:
    line = stage.line(4)
    stage.sandbox.profile = profile
    operation = "Move" if profile == "github" else "git/update-ref"

    def elsewhere() -> None:
        stage.project.set_ref(LATEST, line[3])

    stage.sandbox.faults.add(
        Fault(operation, kind, call=elsewhere)  # type: ignore[arg-type]
    )
    if kind == "lost":
        # The answer is lost, and before the truth is read another promoter has gone further.
        read = Fault("Reference", "call", nth=2 if profile == "github" else 3, call=elsewhere)
        stage.sandbox.faults.add(read)
    try:
        landed = stage.forge().move([Move(LATEST, line[0], line[2])])
    except NotFastForward:
        landed = {}
    assert stage.project.ref(LATEST) == line[3]
    assert landed in ({}, {LATEST: line[3]}), "it says what it saw"


def test_fault_3_one_ref_that_is_refused_keeps_all_where_they_are(stage: Scene) -> None:
    line = stage.line(2)
    stage.project.set_ref("refs/heads/guarded", line[0])
    stage.project.protect("guarded", BranchRule.UPDATE)
    before = stage.project.refs()
    moves = [
        Move(LATEST, line[0], line[1]),
        Move(TAG, None, line[1]),
        Move("refs/heads/guarded", line[0], line[1]),
    ]
    with pytest.raises(RefusedByRule, match="Cannot update this protected ref"):
        stage.forge().move(moves)
    assert stage.project.refs() == before
    assert not stage.sandbox.effects


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_fault_5_a_lock_that_goes_away_is_waited_for(stage: Scene, profile: str) -> None:
    line = stage.line(2)
    stage.sandbox.profile = profile
    lock = stage.project.path / f"{LATEST}.lock"
    lock.touch()
    wait = stage.clock.sleep

    def sleep(seconds: float) -> None:
        wait(seconds)
        lock.unlink(missing_ok=True)

    forge = stage.forge()
    forge.wire.sleep = sleep
    assert forge.move([Move(LATEST, line[0], line[1])]) == {LATEST: line[1]}
    assert stage.clock.waits == [1.0]


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_fault_5_a_lock_that_stays_is_reported(stage: Scene, profile: str) -> None:
    line = stage.line(2)
    stage.sandbox.profile = profile
    (stage.project.path / f"{LATEST}.lock").touch()
    with pytest.raises(ForgeError, match="another update of it is under way"):
        stage.forge().move([Move(LATEST, line[0], line[1])])
    assert stage.clock.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
@pytest.mark.parametrize(
    ("there", "wanted"),
    [("refs/heads/v1.0.0-beta/x", "refs/heads/v1.0.0-beta"), ("refs/tags/a", "refs/tags/a/b/c")],
)
def test_fault_6_the_ref_in_the_way_is_named(
    stage: Scene, profile: str, there: str, wanted: str
) -> None:
    sha = stage.line(1)[0]
    stage.sandbox.profile = profile
    stage.project.set_ref(there, sha)
    with pytest.raises(ForgeError, match=f"while there is `{there}`"):
        stage.forge().move([Move(wanted, None, sha)])
    assert not stage.clock.waits


def test_fault_7_a_main_that_was_rewound_is_seen_as_behind(stage: Scene) -> None:
    line = stage.line(3)
    stage.project.set_ref(LATEST, line[2])
    stage.project.set_ref("refs/heads/main", line[0])
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert (standing.relation, standing.behind_by) == (Relation.BEHIND, 2)
    assert [stray.sha for stray in standing.strays] == [line[2], line[1]]


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (BranchRule.UPDATE, "Cannot update this protected ref"),
        (BranchRule.PULL_REQUEST, "through a pull request"),
        (BranchRule.REQUIRED_SIGNATURES, "verified signatures"),
    ],
)
def test_fault_8_the_rule_is_named(
    stage: Scene, profile: str, rule: BranchRule, words: str
) -> None:
    line = stage.line(2)
    stage.sandbox.profile = profile
    stage.project.protect("latest", rule)
    with pytest.raises(RefusedByRule, match="Let the token's app bypass the rule") as caught:
        stage.forge().move([Move(LATEST, line[0], line[1])])
    assert words in caught.value.rule
    assert stage.project.ref(LATEST) == line[0]


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_fault_9_changed_workflows_need_an_app_s_token(stage: Scene, profile: str) -> None:
    line = stage.line(1)
    new = stage.project.commit({".github/workflows/ci.yml": "on: push\n"})
    stage.project.set_ref("refs/heads/main", line[0])
    stage.sandbox.profile = profile
    with pytest.raises(MissingPermission, match="pass the token of a GitHub App") as caught:
        stage.forge().move([Move(LATEST, line[0], new)])
    assert caught.value.permission == "workflows: write"
    assert stage.project.ref(LATEST) == line[0]
    app = stage.forge({"contents": "write", "workflows": "write"}, app="mover")
    assert app.move([Move(LATEST, line[0], new)]) == {LATEST: new}


# ---------------------------------------------------------------------------- 47, faults 12 to 19

FORM = ReleaseForm("1.0.0-alpha", "1.0.0 alpha", "What is new", "main")
PUBLISHED = FORM._replace(is_draft=False, is_prerelease=True)
UPLOAD = "repos/upload-release-asset"


@pytest.fixture
def package(tmp_path: Path) -> str:
    path = tmp_path / "app_1.0.0.deb"
    path.write_bytes(bytes(range(256)) * 100)
    return str(path)


@pytest.fixture
def immutable(stage: Scene) -> Release:
    """A release that was published for good."""
    stage.line(2)
    stage.project.immutable_releases = True
    forge = stage.forge()
    return forge.update_release(forge.create_release(FORM).id, PUBLISHED)


def test_47_an_upload_to_an_immutable_release_is_reported_and_not_retried(
    stage: Scene, immutable: Release, package: str
) -> None:
    words = r"upload app_1\.0\.0\.deb: Cannot upload assets.*publish under another tag"
    with pytest.raises(Immutable, match=words):
        stage.forge().upload_asset(immutable, package)
    assert stage.operations.count(UPLOAD) == 1
    assert not stage.clock.waits


def test_47_a_tag_that_an_immutable_release_has_had_is_never_used_again(
    stage: Scene, immutable: Release
) -> None:
    forge = stage.forge()
    tag = f"refs/tags/{immutable.tag}"
    sha = forge.where(tag)
    assert sha is not None
    with pytest.raises(RefusedByRule, match="Cannot delete this protected ref"):
        forge.delete_ref(tag, sha)
    other = Move(tag, sha, stage.project.refs()[LATEST], is_forced=True)
    with pytest.raises(RefusedByRule, match="Cannot update this protected ref"):
        forge.move([other])
    forge.delete_release(immutable.id)
    forge.delete_ref(tag, sha)
    assert stage.project.ref(tag) is None
    again = forge.create_release(FORM)
    with pytest.raises(Immutable, match="tag_name was used by an immutable release"):
        forge.update_release(again.id, PUBLISHED)
    with pytest.raises(RefusedByRule, match="creations being restricted"):
        forge.move([Move(tag, None, sha)])
    assert not stage.clock.waits


def test_47_a_release_that_was_published_for_good_unheard_is_published(stage: Scene) -> None:
    stage.line(1)
    stage.project.immutable_releases = True
    forge = stage.forge()
    draft = forge.create_release(FORM)
    refusal = {"message": "Cannot change an immutable release"}
    stage.sandbox.faults.add(Fault("repos/update-release", "lost"))
    stage.sandbox.faults.add(
        Fault("repos/update-release", "status", nth=2, status=422, body=refusal)
    )
    published = forge.update_release(draft.id, PUBLISHED)
    assert (published.id, published.is_immutable, published.is_draft) == (draft.id, True, False)
    stage.sandbox.faults.add(Fault("repos/update-release", "status", status=422, body=refusal))
    with pytest.raises(Immutable):
        forge.update_release(draft.id, PUBLISHED._replace(tag="1.0.0-beta"))


def test_fault_12_a_draft_that_was_left_behind_is_found(stage: Scene, package: str) -> None:
    stage.line(1)
    draft = stage.forge().create_release(FORM)
    asset = stage.forge().upload_asset(draft, package)
    (found,) = stage.forge().releases()
    assert found == draft._replace(assets=(asset,))
    assert stage.forge().upload_asset(found, package) == asset
    assert stage.operations.count(UPLOAD) == 1


def test_fault_13_half_an_upload_of_another_run_is_removed(stage: Scene, package: str) -> None:
    stage.line(1)
    draft = stage.forge().create_release(FORM)
    stage.sandbox.faults.add(Fault(UPLOAD, "half"))
    forge = stage.forge()
    forge.wire.sleep = _killed
    with pytest.raises(KeyboardInterrupt):
        forge.upload_asset(draft, package)
    (left,) = stage.forge().releases()
    assert [each.is_uploaded for each in left.assets] == [False]
    asset = stage.forge().upload_asset(left, package)
    assert stage.forge().assets(draft.id) == [asset]
    assert asset.is_uploaded


def _killed(_seconds: float) -> None:
    raise KeyboardInterrupt


def test_fault_15_a_release_that_could_not_be_published_stays_a_draft(
    stage: Scene, package: str
) -> None:
    stage.line(1)
    forge = stage.forge()
    draft = forge.create_release(FORM)
    asset = forge.upload_asset(draft, package)
    stage.sandbox.faults.add(Fault("repos/update-release", "status", times=4))
    with pytest.raises(Unreachable, match=r"update the release 1\.0\.0-alpha"):
        forge.update_release(draft.id, PUBLISHED)
    assert forge.releases() == [draft._replace(assets=(asset,))]
    assert stage.project.ref("refs/tags/1.0.0-alpha") is None
    assert forge.update_release(draft.id, PUBLISHED).assets == (asset,)


def test_fault_16_drafts_of_one_tag_are_all_told(stage: Scene) -> None:
    stage.line(1)
    forge = stage.forge()
    drafts = [forge.create_release(FORM) for _ in range(2)]
    assert forge.releases() == drafts[::-1]
    assert forge.release_by_tag(FORM.tag) is None


def test_fault_17_of_two_publishers_one_has_published(stage: Scene) -> None:
    stage.line(1)
    drafts = [stage.forge().create_release(FORM) for _ in range(2)]
    barrier = threading.Barrier(2, timeout=30)
    stage.sandbox.faults.add(Fault("repos/update-release", "call", times=2, call=barrier.wait))
    ends: list[object] = []

    def publish(forge: Forge, draft: Release) -> None:
        try:
            ends.append(forge.update_release(draft.id, PUBLISHED).id)
        except Taken as taken:
            ends.append(taken)

    threads = [threading.Thread(target=publish, args=(stage.forge(), draft)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = stage.forge().release_by_tag(FORM.tag)
    assert winner is not None
    assert sorted(map(type, ends), key=str) == [Taken, int]
    assert winner.id in ends


@pytest.mark.parametrize("status", [403, 429])
def test_fault_19_an_upload_that_was_limited_is_sent_whole_after_the_wait(
    stage: Scene, package: str, status: int
) -> None:
    stage.line(1)
    forge = stage.forge()
    draft = forge.create_release(FORM)
    fault = Fault(UPLOAD, "status", status=status, headers={"Retry-After": "9"}, times=2)
    stage.sandbox.faults.add(fault)
    asset = forge.upload_asset(draft, package)
    assert stage.clock.waits == [9.0, 9.0]
    assert forge.download(asset, asset.size) == Path(package).read_bytes()


def test_fault_18_an_hour_that_is_spent_amid_a_release_is_waited_for(
    stage: Scene, package: str
) -> None:
    stage.line(1)
    forge = stage.forge()
    draft = forge.create_release(FORM)
    stage.sandbox.limits(remaining=0, reset=stage.clock() + 100)
    asset = forge.upload_asset(draft, package)
    assert forge.update_release(draft.id, PUBLISHED).assets == (asset,)
    assert stage.clock.waits == [101.0]
    stage.sandbox.limits(remaining=0, reset=stage.clock() + 3_000)
    with pytest.raises(RateLimited, match="nothing is lost"):
        forge.download(asset, asset.size)


def test_fault_26_the_host_s_own_time_is_told(stage: Scene) -> None:
    stage.line(1)
    for skew in (0.0, 86_400.0, -86_400.0):
        stage.sandbox.skew = skew
        forge = stage.forge()
        forge.releases()
        assert forge.server_date == dt.datetime.fromtimestamp(stage.clock() + skew, dt.UTC)
    stage.sandbox.skew = None
    forge = stage.forge()
    forge.releases()
    assert forge.server_date is None


# ---------------------------------------------------------------------------- faults 18 to 22, 30


def test_fault_18_a_spent_hour_is_waited_for(stage: Scene) -> None:
    stage.line(1)
    stage.sandbox.limits(remaining=0, reset=stage.clock() + 200)
    assert stage.forge().where(LATEST) is not None
    assert stage.clock.waits == [201.0]


@pytest.mark.parametrize("status", [403, 429])
def test_fault_18_both_statuses_say_so(stage: Scene, status: int) -> None:
    stage.line(1)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(stage.clock() + 9))}
    stage.sandbox.faults.add(Fault("Reference", "status", status=status, headers=headers))
    assert stage.forge().where(LATEST) is not None
    assert stage.clock.waits == [10.0]


def test_fault_18_a_reset_that_is_too_far_says_until_when(stage: Scene) -> None:
    stage.line(1)
    stage.sandbox.limits(remaining=0, reset=stage.clock() + 1_800)
    with pytest.raises(RateLimited, match="wait until") as caught:
        stage.forge().where(LATEST)
    expected = dt.datetime.fromtimestamp(stage.clock() + 1_801, dt.UTC)
    assert caught.value.until == expected
    assert not stage.clock.waits


def test_fault_18_the_reset_is_meant_in_the_host_s_time() -> None:
    clock = Clock()
    ahead = dt.datetime.fromtimestamp(clock() + 86_400, dt.UTC)
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(clock() + 86_400 + 30)),
        "Date": ahead.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    answers = iter([Response('{"message": "API rate limit exceeded"}', 403, headers), reply([])])
    with server(lambda _: next(answers)) as (url, _):
        plain(url, clock).refs("refs/tags/")
    assert clock.waits == [31.0]


def test_fault_18_without_a_reset_time_a_minute_is_waited() -> None:
    clock = Clock()
    spent = reply({"message": "API rate limit exceeded"}, 403, X_RateLimit_Remaining="0")
    replies = iter([spent, reply([])])
    with server(lambda _: next(replies)) as (url, _):
        plain(url, clock).refs("refs/tags/")
    assert clock.waits == [60.0]


def test_fault_18_graphql_says_so_with_status_200(stage: Scene) -> None:
    stage.line(1)
    body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(stage.clock() + 20))}
    stage.sandbox.faults.add(Fault("Reference", "status", status=200, headers=headers, body=body))
    assert stage.forge().where(LATEST) is not None
    assert 20 <= sum(stage.clock.waits) <= 22


def test_fault_18_a_write_that_was_limited_is_made_after_the_wait(stage: Scene) -> None:
    line = stage.line(2)
    forge = stage.forge()
    stage.sandbox.faults.add(
        Fault("Move", "status", status=403, headers={"Retry-After": "7"}, body={"message": "slow"})
    )
    assert forge.move([Move(LATEST, line[0], line[1])]) == {LATEST: line[1]}
    assert stage.clock.waits == [7.0]


def test_fault_18_a_permission_that_lacks_on_the_last_request_is_no_limit() -> None:
    clock = Clock()
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(clock() + 100))}
    body = '{"message": "Resource not accessible by integration"}'
    with (
        server(lambda _: Response(body, 403, headers)) as (url, _),
        pytest.raises(MissingPermission),
    ):
        plain(url, clock).refs("refs/tags/")
    assert not clock.waits


def test_fault_19_retry_after_is_honoured(stage: Scene) -> None:
    stage.line(1)
    stage.sandbox.faults.add(
        Fault("Reference", "status", status=429, headers={"Retry-After": "42"}, times=2)
    )
    stage.forge().where(LATEST)
    assert stage.clock.waits == [42.0, 42.0]


def test_fault_19_without_a_time_the_waits_grow_and_end(stage: Scene) -> None:
    stage.line(1)
    body = {"message": "You have exceeded a secondary rate limit. Please wait"}
    stage.sandbox.faults.add(Fault("Reference", "status", status=403, body=body, times=99))
    with pytest.raises(RateLimited):
        stage.forge().where(LATEST)
    assert stage.clock.waits == [60.0, 120.0]


def test_fault_19_a_year_that_no_calendar_has_is_no_time(stage: Scene) -> None:
    stage.line(1)
    headers = {"Retry-After": "Fri, 31 Dec 99999999999 23:59:59 GMT", "Date": "1 Jan 10000000000"}
    stage.sandbox.faults.add(Fault("Reference", "status", status=429, headers=headers))
    stage.forge().where(LATEST)
    assert stage.clock.waits == [60.0]


def test_fault_19_a_host_that_says_now_each_time_is_asked_less_and_less(stage: Scene) -> None:
    stage.line(1)
    headers = {"Retry-After": "0", "Date": "Fri, 31 Dec 9999 23:59:59 GMT"}
    fault = Fault("Reference", "status", status=429, headers=headers, times=999)
    stage.sandbox.faults.add(fault)
    with pytest.raises(RateLimited):
        stage.forge().where(LATEST)
    assert stage.clock.waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]


def test_fault_19_patience_is_one_for_all_questions(stage: Scene) -> None:
    stage.line(1)
    forge = stage.forge(patience_seconds=100)
    fault = Fault("Reference", "status", status=429, headers={"Retry-After": "60"})
    stage.sandbox.faults.add(fault)
    forge.where(LATEST)
    stage.sandbox.faults.add(fault)
    with pytest.raises(RateLimited):
        forge.where(LATEST)


@pytest.mark.parametrize("value", ["-5", "soon", "9" * 40, "٣", ""])
def test_fault_19_an_odd_retry_after_is_no_time(value: str) -> None:
    clock = Clock()
    answers = iter(
        [
            reply({"message": "slow down"}, 429, Retry_After=value.encode().decode("latin-1")),
            reply([]),
        ]
    )
    with server(lambda _: next(answers, reply([]))) as (url, _):
        forge = plain(url, clock)
        if value.startswith("9"):
            with pytest.raises(RateLimited):
                forge.refs("refs/tags/")
        else:
            forge.refs("refs/tags/")
    assert clock.waits == ([] if value.startswith("9") else [60.0])


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("times", [3, 4])
def test_fault_20_reads_are_tried_four_times(stage: Scene, status: int, times: int) -> None:
    stage.line(1)
    stage.sandbox.faults.add(
        Fault("Reference", "status", status=status, body="<html>Unicorn!</html>", times=times)
    )
    forge = stage.forge()
    if times == 3:
        assert forge.where(LATEST) is not None
    else:
        with pytest.raises(Unreachable, match=f"answered with status {status}"):
            forge.where(LATEST)
    assert stage.clock.waits == [1.0, 2.0, 4.0]
    assert forge.requests == 4


@pytest.mark.parametrize("kind", ["before", "lost", "truncated"])
def test_fault_21_reads_survive_a_connection_that_breaks(stage: Scene, kind: str) -> None:
    stage.line(1)
    stage.sandbox.faults.add(Fault("Reference", kind, times=2))  # type: ignore[arg-type]
    assert stage.forge().where(LATEST) is not None
    assert stage.clock.waits == [1.0, 2.0]


def test_fault_21_a_hang_ends(stage: Scene) -> None:
    stage.line(1)
    stage.sandbox.faults.add(Fault("Reference", "slow", seconds=1.5, times=9))
    with pytest.raises(Unreachable, match="the answer took too long"):
        stage.forge(deadline_seconds=0.2).where(LATEST)


def test_fault_21_an_answer_that_drips_ends() -> None:
    released = threading.Event()

    def drip() -> Iterator[bytes]:
        yield b"["
        while not released.wait(0.05):
            yield b" "

    with server(lambda _: Response(drip(), mimetype="application/json")) as (url, _):
        with pytest.raises(Unreachable, match="the answer took too long"):
            plain(url, deadline_seconds=0.5).refs("refs/tags/")
        released.set()


def test_fault_21_a_page_that_is_too_much_is_halved(stage: Scene) -> None:
    line = stage.line(60)
    stage.sandbox.faults.add(Fault("Standing", "status", status=502, times=2))
    stage.sandbox.faults.add(
        Fault(
            "Standing",
            "status",
            nth=3,
            status=200,
            body={
                "data": None,
                "errors": [
                    {"message": "Something went wrong while executing your query on 2026-01-01."}
                ],
            },
        )
    )
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert [each.sha for each in standing.candidates] == line[:0:-1]
    # 100, 50 and 25 were too much; five pages of 12 remain.
    assert stage.operations == ["Standing"] * 8
    assert not stage.clock.waits


def test_fault_21_a_page_that_never_comes_is_halved(stage: Scene) -> None:
    line = stage.line(20)
    released = threading.Event()
    stage.sandbox.faults.add(Fault("Standing", "call", call=released.wait))
    forge = stage.forge(deadline_seconds=5)
    try:
        standing = forge.standing(BRANCHES, enough=nothing).standing
    finally:
        released.set()
    assert [each.sha for each in standing.candidates] == line[:0:-1]
    assert forge.requests == 2


def test_fault_21_the_smallest_page_is_tried_as_any_read(stage: Scene) -> None:
    stage.line(3)
    stage.sandbox.faults.add(Fault("Standing", "status", status=504, times=99))
    with pytest.raises(Unreachable, match="status 504"):
        stage.forge().standing(BRANCHES, enough=nothing)
    assert stage.clock.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("times", [2, 99])
def test_fault_22_what_was_moved_may_show_late(stage: Scene, times: int) -> None:
    line = stage.line(2)
    forge = stage.forge()
    forge.standing(BRANCHES, enough=nothing)
    stage.sandbox.faults.add(Fault("Reference", "status", status=404, times=times))
    if times == 2:
        assert forge.move([Move(LATEST, line[0], line[1])]) == {LATEST: line[1]}
        assert stage.clock.waits == [1.0, 2.0]
    else:
        with pytest.raises(Unreachable, match="shows it at nothing still"):
            forge.move([Move(LATEST, line[0], line[1])])
    assert stage.project.ref(LATEST) == line[1]


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_fault_30_an_older_run_does_not_take_latest_back(stage: Scene, profile: str) -> None:
    line = stage.line(4)
    stage.sandbox.profile = profile
    older, newer = stage.forge(), stage.forge()
    for forge in (older, newer):
        forge.standing(BRANCHES, enough=nothing)
    newer.move([Move(LATEST, line[0], line[3])])
    with pytest.raises(NotFastForward):
        older.move([Move(LATEST, line[0], line[2])])
    assert stage.project.ref(LATEST) == line[3]


# ---------------------------------------------------------------------------- dispatches


@pytest.fixture
def dispatchable(stage: Scene) -> Scene:
    sha = stage.project.commit({".github/workflows/ci.yml": "on: workflow_dispatch\n"})
    stage.project.set_ref(LATEST, sha)
    return stage


@pytest.mark.parametrize("kind", ["before", "lost", "truncated", "status", "after-status"])
def test_a_lost_answer_to_a_dispatch_starts_nothing_twice(dispatchable: Scene, kind: str) -> None:
    dispatchable.sandbox.faults.add(
        Fault("actions/create-workflow-dispatch", kind, status=502)  # type: ignore[arg-type]
    )
    dispatchable.forge().dispatch("ci.yml", LATEST)
    assert len(dispatchable.project.dispatches) == 1


def test_a_dispatch_that_never_happens_ends(dispatchable: Scene) -> None:
    dispatchable.sandbox.faults.add(Fault("actions/create-workflow-dispatch", "before", times=99))
    with pytest.raises(OutcomeUnknown, match=r"start ci\.yml on refs/heads/latest"):
        dispatchable.forge().dispatch("ci.yml", LATEST)
    assert not dispatchable.project.dispatches


def test_a_ref_whose_deletion_was_not_answered_is_gone(stage: Scene) -> None:
    sha = stage.line(1)[0]
    for number, kind in enumerate(("lost", "before", "status")):
        ref = f"refs/heads/old{number}"
        stage.project.set_ref(ref, sha)
        stage.sandbox.faults.add(
            Fault("git/delete-ref", kind, status=404)  # type: ignore[arg-type]
        )
        try:
            stage.forge().delete_ref(ref, sha)
        except NotFound:
            assert kind == "status"
        stage.sandbox.faults.clear()
    assert len(stage.sandbox.effects) == 2
