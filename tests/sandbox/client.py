"""What the sandbox's tests ask it by: plain HTTP, nothing of ours in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import requests

from ceremony.queries import DOCUMENTS
from ceremony.sandbox import Sandbox

NAME = "spiritstream/app"
HEADS = "refs/heads/"
ZEROS = "0" * 40


class Client(NamedTuple):
    """One token's way to one sandbox."""

    sandbox: Sandbox
    token: str = ""

    @classmethod
    def of(cls, sandbox: Sandbox, *, app: str = "github-actions", **permissions: str) -> Client:
        return cls(sandbox, sandbox.token(NAME, app=app, **permissions))

    def at(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> requests.Response:
        """A request to anywhere."""
        told = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        told.update(headers or {})
        with requests.Session() as session:
            session.trust_env = False  # neither a proxy nor ~/.netrc
            return session.request(method, url, headers=told, timeout=30, **more)

    def rest(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> requests.Response:
        """A request below the project: `/git/refs`."""
        url = f"{self.sandbox.api_url}/repos/{NAME}{path}"
        return self.at(method, url, headers, json=body, params=query)

    def upload(self, url: str, name: str, content: bytes, **headers: str) -> requests.Response:
        """A release's asset; `url` is the release's `upload_url`."""
        told = {"Content-Type": "application/octet-stream"} | headers
        return self.at("POST", url.partition("{")[0], told, data=content, params={"name": name})

    def ask(self, query: str, variables: Mapping[str, Any]) -> requests.Response:
        """A GraphQL document."""
        body = {"query": query, "variables": variables}
        return self.at("POST", self.sandbox.graphql_url, json=body)

    def graphql(self, document: str, **variables: Any) -> dict[str, Any]:
        """One of the ceremony's own documents; the whole answer."""
        answer = self.ask(DOCUMENTS[document], variables)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def repository(self, document: str, **variables: Any) -> dict[str, Any]:
        """The repository in the answer to one of the ceremony's documents, without errors."""
        owner, _, name = NAME.partition("/")
        answer = self.graphql(document, owner=owner, name=name, **variables)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]["repository"]
        return found

    def standing(self, **variables: Any) -> dict[str, Any]:
        """The answer to the first reading of a promotion."""
        owner, _, name = NAME.partition("/")
        asked = {
            "owner": owner,
            "name": name,
            "main": HEADS + "main",
            "latest": HEADS + "latest",
            "compared": HEADS + "main",
            "config": HEADS + "main:.github/ceremony.yml",
            "misnamed": "refs/heads/main:.github/ceremony.yaml",
            "below": HEADS + "latest/",
            "page": 50,
        }
        return self.graphql("Standing", **(asked | variables))

    def move(self, *updates: Sequence[str | bool | None]) -> dict[str, Any]:
        """Refs at once, each as name, where it was, where it is to be, and whether forced."""
        asked = []
        for name, before, after, *forced in updates:
            one: dict[str, Any] = {"name": name, "afterOid": after}
            if before is not None:
                one["beforeOid"] = before
            if forced:
                one["force"] = forced[0]
            asked.append(one)
        node = next(iter(self.sandbox.projects.values())).node
        return self.graphql("Move", repository=node, updates=asked)
