"""git over smart HTTP: git's own backend, and a hook through which pushes meet the rules."""

from __future__ import annotations

import secrets
import shlex
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from werkzeug.wrappers import Request as HTTPRequest
from werkzeug.wrappers import Response

from ceremony.sandbox.refs import broken_head, rules_broken, workflows_refused
from ceremony.sandbox.state import Project, Token
from ceremony.sandbox.store import ZEROS, environment_of_git

HOOK_PATH = "/.pushed/"
"""Where the hook asks the server; followed by the push's own secret."""

# git lends a hook the new objects by these; the server needs them to look at what is pushed.
_QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")

# It is run for every push, so it imports as little as can be.
_HOOK = """\
import os, socket, sys
names = {names!r}
head = "".join(name + "=" + os.environ.get(name, "") + "\\n" for name in names)
body = (head + "\\n" + sys.stdin.read()).encode()
with socket.create_connection(("127.0.0.1", int(os.environ["SANDBOX_PORT"])), 60) as wire:
    line = "POST %s HTTP/1.0\\r\\nContent-Length: %d\\r\\n\\r\\n"
    wire.sendall((line % (os.environ["SANDBOX_PUSH"], len(body))).encode() + body)
    answer = b""
    while piece := wire.recv(65536):
        answer += piece
head, _, text = answer.partition(b"\\r\\n\\r\\n")
sys.stderr.write(text.decode())
sys.exit(0 if b" 200 " in head.split(b"\\r\\n", 1)[0] else 1)
"""


class _Push(NamedTuple):
    project: Project
    token: Token
    wanted: dict[str, str]
    """Where each ref is asked to go, as far as the hook was asked."""


class GitOverHTTP:
    """Serves the repositories below a folder."""

    def __init__(self, root: Path) -> None:
        self._hooks = root / ".hooks"
        self._pushes: dict[str, _Push] = {}
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Write the hook that every push runs."""
        self._hooks.mkdir(parents=True, exist_ok=True)
        script = self._hooks / "pre-receive.py"
        script.write_text(_HOOK.format(names=_QUARANTINE), encoding="utf-8")
        hook = self._hooks / "pre-receive"
        # Through sh, because a path with spaces can't stand after `#!`.
        hook.write_text(
            f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -IS {shlex.quote(str(script))}\n",
            encoding="utf-8",
        )
        hook.chmod(0o755)

    def serve(
        self, request: HTTPRequest, project: Project, path: str, token: Token | None
    ) -> Response:
        """Hand a request to git; `path` is what follows the project's name."""
        more: dict[str, str] = {}
        settings = {"core.hooksPath": str(self._hooks)}
        secret, push = "", None
        if token is not None:
            secret = secrets.token_hex(16)
            with self._lock:
                self._pushes[secret] = push = _Push(project, token, {})
            more = {
                "SANDBOX_PUSH": HOOK_PATH + secret,
                "SANDBOX_PORT": project.world.url.rpartition(":")[2],
                "REMOTE_USER": token.login,
            }
        try:
            response = backend(request, project.path, path, more, settings=settings)
        finally:
            with self._lock:
                self._pushes.pop(secret, None)
        if push is not None and push.wanted:
            now = project.store.refs(*push.wanted)
            at = {ref: now[ref].sha if ref in now else ZEROS for ref in push.wanted}
            # The hook comes before the update, which may still fail.
            if any(at[ref] == new for ref, new in push.wanted.items()):
                project.world.happened("git-receive-pack")
        return response

    def judge(self, secret: str, body: bytes) -> Response:
        """Answer the hook: 200 where a push may go through, else what its author is told."""
        with self._lock:
            push = self._pushes.get(secret)
        if push is None:
            return Response("no such push\n", status=404)
        head, _, rest = body.decode().partition("\n\n")
        lent = dict(line.split("=", 1) for line in head.splitlines())
        environment = {name: value for name, value in lent.items() if value}
        said: list[str] = []
        for line in rest.splitlines():
            before, after, ref = line.split(" ", 2)
            push.wanted[ref] = after
            said += _refusal(push, (before, after, ref), environment)
        if said:
            return Response("".join(f"{line}\n" for line in said), status=403)
        return Response("")


def backend(
    request: HTTPRequest,
    root: Path,
    path: str,
    more: Mapping[str, str] | None = None,
    *,
    settings: Mapping[str, str] | None = None,
) -> Response:
    """What git's own backend answers; `path` leads from the root: see git-http-backend(1).

    `more` is added to its environment, and `settings` to its configuration.
    """
    body = request.stream.read()
    told = {
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "PATH_INFO": path,
        "QUERY_STRING": request.query_string.decode("ascii", "replace"),
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "REMOTE_ADDR": request.remote_addr or "",
    }
    done = subprocess.run(
        ["git", "http-backend"],
        input=body,
        capture_output=True,
        check=False,
        timeout=300,
        env=environment_of_git(told | dict(more or {}), settings=settings),
    )
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers: list[tuple[str, str]] = []
    status = "200 OK"
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = value.strip()
        else:
            headers.append((name, value.strip()))
    return Response(content, status=status, headers=headers)


def _refusal(push: _Push, command: tuple[str, str, str], environment: dict[str, str]) -> list[str]:
    """What a push is told about one ref that it may not move.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/troubleshooting-rules
    """
    before, after, ref = command
    project, token, _ = push
    refused = workflows_refused(project, token, before, after, environment)
    if refused:
        return [f"error: {refused}"]
    words = rules_broken(project, token, ref, before, after, environment)
    if not words:
        return []
    head = broken_head(project, ref)
    if head:
        return [f"error: GH006: {head}", *words]
    return [
        f"error: GH013: Repository rule violations found for {ref}.",
        *(f"- {word}" for word in words),
    ]
