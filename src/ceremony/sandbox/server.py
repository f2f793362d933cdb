"""The sandbox itself: a server on loopback that answers as GitHub does, or says that it can't."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request as HTTPRequest
from werkzeug.wrappers import Response

from ceremony.sandbox import graph, rest, rest_issues, rest_objects, rest_releases
from ceremony.sandbox.contract import Contract, Operation
from ceremony.sandbox.faults import Fault
from ceremony.sandbox.http_git import HOOK_PATH, GitOverHTTP
from ceremony.sandbox.refs import Refused, require
from ceremony.sandbox.rest import Answer, Call
from ceremony.sandbox.state import READ, WRITE, Limit, Project, Request, Token, World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_REST, _GRAPHQL, _UPLOADS = "/api/v3", "/api/graphql", "/api/uploads"
_SMART = ("info/refs", "git-upload-pack", "git-receive-pack")
_DOCUMENTATION = "https://docs.github.com/rest"
_JSON = "application/json; charset=utf-8"
_HANDLERS = {
    **rest.operation,
    **rest_objects.operation,
    **rest_releases.operation,
    **rest_issues.operation,
}


class ContractBroken(AssertionError):
    """Something went over the wire that GitHub's description does not allow."""


class Sandbox(World):
    """An embedded GitHub. Make it by `Sandbox.serving`."""

    @classmethod
    @contextmanager
    def serving(cls, folder: Path, *, port: int = 0) -> Iterator[Sandbox]:
        """Serve what is made in a folder on loopback until the block ends.

        Raises ContractBroken then, if anything went over the wire that GitHub's description does
        not allow, unless another error is under way already.
        """
        sandbox = cls(folder)
        git = GitOverHTTP(sandbox.folder)
        git.prepare()
        with listening(_Application(sandbox, git), port) as sandbox.url:
            yield sandbox
        if sandbox.violations:
            raise ContractBroken("\n".join(["not as GitHub describes it:", *sandbox.violations]))

    @contextmanager
    def elsewhere(self) -> Iterator[str]:
        """Lead whoever asks for an asset to a second server, until the block ends.

        Yields its address; what is told there stands in `led_away`.
        """

        def hand_out(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            request = HTTPRequest(environ)
            with self.lock:
                self.led_away.append(dict(request.headers))
            name = request.path.removeprefix("/")
            asset = self.asset(int(name)) if name.isdecimal() else None
            if asset is None:
                return Response("There is no such file.\n", 404)(environ, start_response)
            return Response(asset.content, 200)(environ, start_response)

        with listening(hand_out) as url:
            self.files_url = url
            try:
                yield url
            finally:
                self.files_url = ""


@contextmanager
def listening(application: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Answer on loopback until the block ends; yields the address. Port 0 is whichever is free."""
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- as in the parent
        """Requests are recorded, not printed."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without a date of its own: the answers carry that of the sandbox's clock."""
        self.send_response_only(code, message)


class _Broken(Exception):
    """A request or an answer that is not as described; the sentences say how."""

    def __init__(self, sentences: Iterable[str]) -> None:
        super().__init__()
        self.sentences = list(sentences)


class _Exchange(NamedTuple):
    """What is known of a request before it is answered."""

    operation: str
    is_effect: bool


Act = Callable[[Fault | None], Response]
"""What answers a request; it is told of the fault, for a few happen in the midst of it."""


class _Application:
    """Routes a request, lets faults happen to it, and holds it to the contract."""

    def __init__(self, world: World, git: GitOverHTTP) -> None:
        self._world = world
        self._git = git
        self._contract = Contract.load()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = HTTPRequest(environ)
        path = request.path
        try:
            response = self._routed(request, path)
        except ConnectionError:
            raise
        except ClientDisconnected:
            # Whoever asked was gone before it had said everything: nobody hears an answer.
            raise ConnectionResetError from None
        except Exception as error:  # noqa: BLE001 -- whatever it is, whoever tests must hear of it
            response = self._violated([f"{request.method} {path}: the sandbox failed: {error!r}"])
        return response(environ, start_response)

    def _routed(self, request: HTTPRequest, path: str) -> Response:
        if request.host != urlsplit(self._world.url).netloc:
            # A page in a browser may have its own name point here.
            return Response("This server has one name, and it is not that.\n", 421)
        if path.startswith(HOOK_PATH):
            return self._git.judge(path.removeprefix(HOOK_PATH), request.get_data())
        if path == _GRAPHQL:
            return self._graphql(request)
        if path.startswith((f"{_REST}/", f"{_UPLOADS}/")):
            return self._rest(request)
        return self._git_request(request)

    # ------------------------------------------------------------------ faults

    def _played(self, request: HTTPRequest, exchange: _Exchange, act: Act) -> Response:
        """Answer by `act`, but for what is to go wrong."""
        fault = self._world.faults.take(exchange.operation, is_effect=exchange.is_effect)
        kind = fault.kind if fault else ""
        if fault is not None and kind == "before":
            self._cut(request, exchange)
        if fault is not None and kind == "call" and fault.call is not None:
            fault.call()
        response = self._faulty(fault) if fault and kind == "status" else act(fault)
        if fault is not None:
            response = self._spoiled(request, exchange, fault, response)
        self._note(request, exchange, response.status_code)
        return response

    def _spoiled(
        self, request: HTTPRequest, exchange: _Exchange, fault: Fault, response: Response
    ) -> Response:
        if fault.kind == "lost":
            self._cut(request, exchange)
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault.kind == "after-call" and fault.call is not None:
            fault.call()
        if fault.kind == "after-status":
            return self._faulty(fault)
        if fault.kind == "truncated":
            whole = response.get_data()
            response.response = self._half(request, whole)
            response.headers["Content-Length"] = str(len(whole))
        return response

    def _half(self, request: HTTPRequest, whole: bytes) -> Iterator[bytes]:
        yield whole[: len(whole) // 2]
        _hang_up(request)

    def _cut(self, request: HTTPRequest, exchange: _Exchange) -> None:
        self._note(request, exchange, 0)
        _hang_up(request)

    def _faulty(self, fault: Fault) -> Response:
        body = fault.body
        if body is None:
            body = {"message": "Something went wrong", "documentation_url": _DOCUMENTATION}
        if isinstance(body, str | bytes):
            response = Response(body, status=fault.status, content_type="text/html")
        else:
            response = Response(json.dumps(body), status=fault.status, content_type=_JSON)
        self._dress(response)
        for name, value in fault.headers.items():
            response.headers[name] = value
        return response

    def _note(self, request: HTTPRequest, exchange: _Exchange, status: int) -> None:
        with self._world.lock:
            self._world.requests.append(
                Request(request.method, request.path, exchange.operation, status)
            )

    def _dress(self, response: Response) -> None:
        skew = self._world.skew
        if skew is not None:
            response.headers["Date"] = formatdate(self._world.clock() + skew, usegmt=True)
        response.headers["X-GitHub-Request-Id"] = f"{self._world.id():X}"

    # ------------------------------------------------------------------ tokens

    def _token(self, request: HTTPRequest) -> Token | None:
        """Whose request it is; None where it doesn't say. Raises Refused for a token unknown."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if not value:
            return None
        if scheme.lower() == "basic":
            try:
                value = base64.b64decode(value).decode().partition(":")[2]
            except ValueError:
                value = ""
        token = self._world.tokens.get(value.strip())
        if token is None:
            raise Refused(401, "Bad credentials")
        return token

    def _spend(self, token: Token | None, resource: str) -> tuple[dict[str, str], bool]:
        """The headers that tell what is left of the hour, and whether anything was.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        if token is None:
            return {}, True
        limit, had = self._world.spend(token, resource)
        return _limit_headers(limit, resource), had

    # ------------------------------------------------------------------ REST

    def _rest(self, request: HTTPRequest) -> Response:
        base = _UPLOADS if request.path.startswith(_UPLOADS) else _REST
        path = request.path.removeprefix(base)
        found = self._contract.operation(request.method, path)
        if found is None:
            exchange = _Exchange(f"{request.method} {path}", is_effect=False)
            sentence = f"{request.method} {path}: there is no such operation in the description"
            response = self._violated([sentence])
            self._note(request, exchange, response.status_code)
            return response
        exchange = _Exchange(found.id, is_effect=request.method != "GET")

        def act(fault: Fault | None) -> Response:
            headers: dict[str, str] = {}
            try:
                answer = self._called(request, found, headers, is_half=_is_half(fault))
            except Refused as refused:
                answer = Answer(refused.status, _refusal(refused), _accepted(refused))
            except _Broken as broken:
                return self._violated(broken.sentences)
            response = _response(answer)
            self._dress(response)
            for name, value in headers.items():
                response.headers[name] = value
            wrong = self._contract.check_response(
                found.id,
                answer.status,
                headers=dict(response.headers),
                body=_as_described(answer.body),
            )
            if wrong:
                return self._violated(wrong)
            if exchange.is_effect and answer.status < 400:
                self._world.happened(found.id)
            return response

        return self._played(request, exchange, act)

    def _called(
        self,
        request: HTTPRequest,
        operation: Operation,
        headers: dict[str, str],
        *,
        is_half: bool,
    ) -> Answer:
        name, parameters = operation
        is_upload = request.path.startswith(_UPLOADS)
        body = request.get_data() if is_upload else _body(request)
        query = {key: values[-1] for key, values in request.args.lists()}
        wrong = self._contract.check_request(name, path=parameters, query=query, body=body)
        if wrong:
            raise _Broken(wrong)
        token = self._token(request)
        if name == "rate-limit/get":
            return rest.rate_limit(self._world, token)
        spent, had = self._spend(token, "core")
        headers |= spent
        if not had:
            raise Refused(403, "API rate limit exceeded for installation ID 1.")
        project = self._world.project(f"{parameters['owner']}/{parameters['repo']}")
        if project is None:
            raise Refused(404, "Not Found", type="NOT_FOUND")
        require(token, project, "metadata", READ)
        handler = rest_releases.broken_off if is_half else _HANDLERS[name]
        told = dict(request.headers)
        return handler(
            Call(self._world, project, token, request.path, parameters, query, body, told)
        )

    def _violated(self, sentences: Iterable[str]) -> Response:
        told = list(sentences)
        with self._world.lock:
            self._world.violations += told
        body = {"message": "; ".join(told), "documentation_url": _DOCUMENTATION}
        return Response(json.dumps(body), status=500, content_type=_JSON)

    # ------------------------------------------------------------------ GraphQL

    def _graphql(self, request: HTTPRequest) -> Response:
        body = _body(request)
        asked = None
        if isinstance(body, dict) and isinstance(body.get("query"), str):
            asked = graph.read(body["query"], body.get("operationName"))
        if asked is None or request.method != "POST":
            exchange = _Exchange("graphql", is_effect=False)
            response = self._violated(["GraphQL: the request holds no document that can be told"])
            self._note(request, exchange, response.status_code)
            return response
        exchange = _Exchange(asked.operation, is_effect=asked.is_mutation)
        return self._played(request, exchange, lambda _: self._executed(request, asked, body))

    def _executed(
        self, request: HTTPRequest, asked: graph.Asked, body: Mapping[str, Any]
    ) -> Response:
        variables = body.get("variables") or {}
        wrong = self._contract.check_graphql(
            body["query"], variables, operation_name=body.get("operationName")
        )
        wrong += [
            f"GraphQL: `{key}` is no part of a request"
            for key in body.keys() - {"query", "variables", "operationName"}
        ]
        if wrong:
            return self._violated(wrong)
        try:
            token = _known(self._token(request))
        except Refused as refused:
            response = _response(Answer(refused.status, _refusal(refused)))
            self._dress(response)
            return response
        headers, had = self._spend(token, "graphql")
        if not had:
            # https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
            message = "API rate limit exceeded for installation ID 1."
            found: dict[str, Any] = {"errors": [{"type": "RATE_LIMITED", "message": message}]}
        elif asked.is_mutation and self._world.profile == "no-update-refs":
            found = {"errors": [_UNDEFINED]}
        else:
            try:
                found = graph.answer(
                    self._contract.graphql_schema(), asked, variables, self._world, token
                )
            except graph.Unresolved as error:
                return self._violated([f"GraphQL: {error}"])
            if asked.is_mutation and "errors" not in found:
                self._world.happened(asked.operation)
        response = _response(Answer(200, found))
        self._dress(response)
        for name, value in headers.items():
            response.headers[name] = value
        return response

    # ------------------------------------------------------------------ git

    def _git_request(self, request: HTTPRequest) -> Response:
        words = request.path.lstrip("/").split("/", 2)
        is_git = len(words) == 3 and words[2] in _SMART
        project = self._world.project("/".join(words[:2])) if is_git else None
        if project is None:
            self._note(request, _Exchange("", is_effect=False), 404)
            return Response("Not Found", status=404, content_type="text/plain")
        rest = f"/{words[2]}"
        service = request.args.get("service", "") if rest == "/info/refs" else rest[1:]
        is_push = service == "git-receive-pack"
        name = f"{service}/refs" if rest == "/info/refs" else service
        exchange = _Exchange(name, is_effect=is_push and rest != "/info/refs")

        def act(_: Fault | None) -> Response:
            try:
                token = self._token(request)
                _require_git(token, project, is_push=is_push)
            except Refused as refused:
                response = Response(f"{refused.message}\n", status=refused.status)
                if refused.status == 401:
                    response.headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
                return response
            return self._git.serve(request, project, rest, token)

        return self._played(request, exchange, act)


_UNDEFINED = {
    "path": ["mutation", "updateRefs"],
    "extensions": {
        "code": "undefinedField",
        "typeName": "Mutation",
        "fieldName": "updateRefs",
    },
    "locations": [{"line": 3, "column": 3}],
    "message": "Field 'updateRefs' doesn't exist on type 'Mutation'",
}


def _known(token: Token | None) -> Token:
    # https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
    if token is None:
        raise Refused(401, "This endpoint requires you to be authenticated.")
    return token


def _require_git(token: Token | None, project: Project, *, is_push: bool) -> None:
    """Anybody may read what is public; git asks for a password after a 401."""
    if token is None and (is_push or project.is_private):
        raise Refused(401, "Authentication required")
    try:
        require(token, project, "contents", WRITE if is_push else READ)
    except Refused as refused:
        if refused.status == 403 and token is not None:
            raise Refused(
                403, f"Permission to {project.name}.git denied to {token.login}."
            ) from None
        raise


def _hang_up(request: HTTPRequest) -> None:
    wire = request.environ["werkzeug.socket"]
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("cut, as ordered")


def _body(request: HTTPRequest) -> Any:
    raw = request.get_data()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _is_half(fault: Fault | None) -> bool:
    return fault is not None and fault.kind == "half"


# What GitHub's prose names and its schema lacks, with a word of the schema's in its place.
# https://docs.github.com/en/rest/releases/assets#upload-a-release-asset
# https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
_UNDESCRIBED = {
    ("state", "starter"): "open",
    ("conclusion", "stale"): "neutral",
    ("conclusion", "startup_failure"): "failure",
}


def _as_described(body: object) -> object:
    """An answer in the words of the schema, to be held against it."""
    if isinstance(body, list):
        return [_as_described(one) for one in body]
    if isinstance(body, dict):
        return {
            key: _UNDESCRIBED.get((key, value), value)
            if isinstance(value, str)
            else _as_described(value)
            for key, value in body.items()
        }
    return body


def _refusal(refused: Refused) -> dict[str, Any]:
    found: dict[str, Any] = {"message": refused.message, "documentation_url": _DOCUMENTATION}
    if refused.errors:
        found["errors"] = list(refused.errors)
    return found | {"status": str(refused.status)}


def _accepted(refused: Refused) -> dict[str, str]:
    """What a token would need, said to who lacks it.

    https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible
    """
    return {"X-Accepted-GitHub-Permissions": refused.lacking} if refused.lacking else {}


def _response(answer: Answer) -> Response:
    if answer.body is None:
        response = Response(status=answer.status)
        response.headers.pop("Content-Type", None)
    elif isinstance(answer.body, bytes):
        response = Response(answer.body, status=answer.status)
    else:
        response = Response(json.dumps(answer.body), status=answer.status, content_type=_JSON)
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _limit_headers(limit: Limit, resource: str) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit.limit),
        "x-ratelimit-remaining": str(limit.remaining),
        "x-ratelimit-reset": str(int(limit.reset)),
        "x-ratelimit-used": str(limit.limit - limit.remaining),
        "x-ratelimit-resource": resource,
    }
