"""GitHub's own description of itself, as a judge of what goes in and out of the sandbox.

A sandbox that answers what GitHub would not, or takes what GitHub would refuse, proves nothing. So
every request and response is held against the subset of GitHub's descriptions in `schema/`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_variable_values,
    is_specified_scalar_type,
    parse,
    validate,
)
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SCHEMA = Path(__file__).parent / "schema"
RENEW = "run src/ceremony/sandbox/trim.py (schema/README.md tells how)"

_ROOT = "urn:ceremony:github"
_ANY_OPERATION = frozenset({401, 403, 404, 409, 422, 429})
# Described as JSON only, it gives the asset's own bytes where these are asked for.
# https://docs.github.com/en/rest/releases/assets#get-a-release-asset
_GIVES_BYTES = "repos/get-release-asset"
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
# What RFC 3986 lets stand in a URI: a template's braces are none of it.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)


class Operation(NamedTuple):
    """What a method on a path is, and the values that stand in the path."""

    id: str
    """As GitHub names it: `git/get-ref`."""
    path: Mapping[str, str]


class _Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    literals: tuple[bool, ...]
    """Which segments of the template are words: an earlier word is closer than a later one."""
    operation: str


class Contract:
    """The REST operations and the GraphQL schema that the sandbox serves.

    Every check returns sentences, one for each violation, and none where all is as described.
    Nothing is read before it is asked for; what was compiled once is kept.
    """

    def __init__(self, folder: Path = SCHEMA) -> None:
        self._folder = folder
        self._validators: dict[int, Draft202012Validator] = {}
        self._documents: dict[str, tuple[DocumentNode | None, tuple[str, ...]]] = {}

    @classmethod
    @cache
    def load(cls) -> Contract:
        """The one contract of this process."""
        return cls()

    # --- REST ---------------------------------------------------------------------------------

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation behind a method and a path, the most literal one; None: there is none.

        The path begins at the API's root (`/repos/…`) and is percent-decoded. What GitHub lets hold
        slashes (a ref, a tag, a file's path, the ends of a comparison) may hold them.
        """
        best: tuple[tuple[bool, ...], Operation] | None = None
        for route in self._routes:
            if route.method != method.upper():
                continue
            if (match := route.pattern.fullmatch(path)) and (not best or route.literals > best[0]):
                found = dict(zip(route.names, match.groups(), strict=True))
                best = (route.literals, Operation(route.operation, found))
        return best[1] if best else None

    def check_request(
        self,
        operation_id: str,
        *,
        path: Mapping[str, str],
        query: Mapping[str, str],
        body: object,
    ) -> list[str]:
        """What is wrong with a request.

        Values of path and query are strings as on the wire, judged by what they may be read as.
        `body` is the decoded JSON, None where there is none; raw bytes are judged only where the
        operation takes such. A key that GitHub doesn't describe is a violation, at any depth.
        """
        operation = self._operations[operation_id]
        found = list(self._parameters(operation, "path", path))
        found += self._parameters(operation, "query", query)
        described = operation.get("requestBody")
        if described is None:
            if body is not None and body != b"":
                found.append("the request has a body, and this operation takes none")
        elif body is None:
            if described.get("required"):
                found.append("the request lacks its body")
        elif (media := described["content"].get("application/json")) is not None:
            if isinstance(body, bytes):
                found.append("the body is not JSON, and this operation takes only that")
            else:
                found += self._judge(media["schema"], body, "body")
        return [f"{operation_id}: {sentence}" for sentence in found]

    def check_response(
        self, operation_id: str, status: int, *, headers: Mapping[str, str], body: object
    ) -> list[str]:
        """What is wrong with a response.

        `body` is what goes out: bytes are read as the headers' content type says, anything else is
        JSON already decoded, None and b"" are nothing. A success must be listed for the operation
        and hold no field that GitHub doesn't describe. 401, 403, 404, 409, 422, 429 and 5xx are
        open to every operation, and JSON in them must say its `message`.
        """
        operation = self._operations[operation_id]
        by_name = {name.lower(): value for name, value in headers.items()}
        media = by_name.get("content-type", "").partition(";")[0].strip().lower()
        described = self._resolved(operation["responses"].get(str(status)))
        if described is None and not (status in _ANY_OPERATION or 500 <= status <= 599):
            listed = ", ".join(sorted(operation["responses"]))
            return [f"{operation_id}: status {status} is not described: it gives {listed}"]
        found = list(self._headers(described or {}, by_name))
        gives_bytes = operation_id == _GIVES_BYTES
        found += self._answer(described, status, media, body, gives_bytes=gives_bytes)
        return [f"{operation_id}: {status}: {sentence}" for sentence in found]

    def _headers(self, described: Mapping[str, Any], given: Mapping[str, str]) -> Iterator[str]:
        for name, header in described.get("headers", {}).items():
            value = given.get(name.lower())
            if value is not None:
                schema = self._resolved(header)["schema"]
                yield from self._errors(schema, _read(schema, value), f"header {name}")

    def _answer(
        self,
        described: Mapping[str, Any] | None,
        status: int,
        media: str,
        body: object,
        *,
        gives_bytes: bool,
    ) -> Iterator[str]:
        content = (described or {}).get("content")
        is_error = status >= 400
        if body is None or body == b"":
            if content or (described is None and media == "application/json"):
                yield "the response lacks its body"
            return
        if described is not None and content is None and not is_error:
            yield "the response has a body, and none is described"
            return
        if "json" not in media and isinstance(body, bytes):
            # An error may be the page of a proxy that stands before GitHub.
            if content and not is_error and not gives_bytes:
                yield f"the body is {media or 'of no type'}, and JSON is described"
            return
        try:
            value = json.loads(body) if isinstance(body, bytes) else body
        except ValueError:
            yield "the body is not JSON, as its type says"
            return
        if is_error and not (isinstance(value, dict) and isinstance(value.get("message"), str)):
            yield "body: an error says what is wrong as `message`, a string"
        if content:
            chosen = content.get(media) or content.get("application/json") or {}
            if "schema" in chosen:
                yield from self._judge(chosen["schema"], value, "body", is_closed=not is_error)

    def _parameters(
        self, operation: Mapping[str, Any], place: str, given: Mapping[str, str]
    ) -> Iterator[str]:
        described = {
            parameter["name"]: parameter
            for parameter in map(self._resolved, operation.get("parameters", ()))
            if parameter["in"] == place
        }
        for name in sorted(given.keys() - described.keys()):
            near = ", ".join(sorted(described)) or "none"
            yield f"{place} parameter `{name}` is not described: it takes {near}"
        for name, parameter in described.items():
            if name in given:
                schema = parameter["schema"]
                value = _read(schema, given[name])
                yield from self._errors(schema, value, f"{place} parameter `{name}`")
            elif parameter.get("required"):
                yield f"{place} parameter `{name}` is missing"

    @cached_property
    def _description(self) -> dict[str, Any]:
        text = (self._folder / "openapi.json").read_text(encoding="utf-8")
        # A schema is compiled by itself, so what it refers to must be found from anywhere.
        loaded: dict[str, Any] = json.loads(
            text.replace('"#/components/', f'"{_ROOT}#/components/')
        )
        return loaded

    @cached_property
    def _operations(self) -> dict[str, dict[str, Any]]:
        return {
            operation["operationId"]: operation
            for item in self._description["paths"].values()
            for operation in item.values()
        }

    @cached_property
    def _routes(self) -> tuple[_Route, ...]:
        return tuple(
            self._route(method, path, operation)
            for path, item in self._description["paths"].items()
            for method, operation in item.items()
        )

    def _route(self, method: str, path: str, operation: Mapping[str, Any]) -> _Route:
        several = {
            parameter["name"]
            for parameter in map(self._resolved, operation.get("parameters", ()))
            if parameter.get("x-multi-segment")
        }
        if "..." in path:
            # The ends of a comparison are branches of any name, which only the one parameter
            # `basehead` of the documented form is marked for.
            # https://docs.github.com/en/rest/commits/commits#compare-two-commits
            several |= {"base", "head"}
        pieces = re.split(r"\{(\w+)\}", path)
        names = tuple(pieces[1::2])
        pattern = re.escape(pieces[0])
        for name, literal in zip(names, pieces[2::2], strict=True):
            # https://docs.github.com/en/rest/repos/contents: without a path it is the root's.
            some = "(.*?)" if name == "path" else "(.+?)"
            pattern += (some if name in several else "([^/]+)") + re.escape(literal)
        literals = tuple("{" not in segment for segment in path.split("/"))
        return _Route(
            method.upper(),
            re.compile(pattern, re.DOTALL),
            names,
            literals,
            operation["operationId"],
        )

    def _resolved(self, value: Any) -> Any:
        while isinstance(value, Mapping) and "$ref" in value:
            _, _, kind, name = value["$ref"].split("/")
            value = self._description["components"][kind][name]
        return value

    @cached_property
    def _registry(self) -> Registry[Any]:
        empty: Registry[Any] = Registry()
        filled: Registry[Any] = empty.with_resource(
            _ROOT, DRAFT202012.create_resource(self._description)
        )
        return filled

    def _validator(self, schema: Mapping[str, Any]) -> Draft202012Validator:
        # By identity: schemas are parts of the description, which stays as long as this does.
        found = self._validators.get(id(schema))
        if found is None:
            found = self._validators[id(schema)] = Draft202012Validator(
                schema, registry=self._registry, format_checker=_FORMATS
            )
        return found

    def _judge(
        self, schema: Mapping[str, Any], value: object, where: str, *, is_closed: bool = True
    ) -> Iterator[str]:
        yield from self._errors(schema, value, where)
        if is_closed:
            yield from self._strangers([schema], value, where)

    def _errors(self, schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
        # Of branches that all fail, the one that came nearest says what was meant. Two missing keys
        # are two errors, and one sentence.
        errors = self._validator(schema).iter_errors(value)
        yield from dict.fromkeys(_sentence(best_match([error]) or error, where) for error in errors)

    def _strangers(self, schemas: list[Any], value: object, where: str) -> Iterator[str]:
        """The keys of the value that no schema for its place describes."""
        if not isinstance(value, dict | list):
            return
        leaves = list(self._leaves(schemas, value))
        if isinstance(value, list):
            items = [leaf["items"] for leaf in leaves if "items" in leaf]
            for number, inner in enumerate(value if items else ()):
                yield from self._strangers(items, inner, f"{where}[{number}]")
            return
        described: dict[str, list[Any]] = {}
        is_open = any(leaf.get("additionalProperties") for leaf in leaves)
        for leaf in leaves:
            for name, schema in leaf.get("properties", {}).items():
                described.setdefault(name, []).append(schema)
        for key, inner in value.items():
            if key in described:
                yield from self._strangers(described[key], inner, f"{where}.{key}")
            elif described and not is_open:
                yield f"{where}: `{key}` is not described: it takes {', '.join(sorted(described))}"

    def _leaves(self, schemas: Iterable[Any], value: object) -> Iterator[Mapping[str, Any]]:
        for one in schemas:
            schema = self._resolved(one)
            yield schema
            yield from self._leaves(schema.get("allOf", ()), value)
            branches = schema.get("anyOf", ())
            fitting = [branch for branch in branches if self._validator(branch).is_valid(value)]
            yield from self._leaves(fitting or branches, value)

    # --- GraphQL ------------------------------------------------------------------------------

    def graphql_schema(self) -> GraphQLSchema:
        """The schema, whose scalars take and give only what their names say."""
        return self._graphql

    @cached_property
    def _graphql(self) -> GraphQLSchema:
        sdl = (self._folder / "schema.graphql").read_text(encoding="utf-8")
        schema = build_schema(sdl)
        for scalar in schema.type_map.values():
            if isinstance(scalar, GraphQLScalarType) and not is_specified_scalar_type(scalar):
                _mould(scalar)
        return schema

    def check_graphql(
        self, document: str, variables: Mapping[str, Any], *, operation_name: str | None = None
    ) -> list[str]:
        """What is wrong with a request to the GraphQL endpoint, variables included.

        A variable that the operation doesn't declare is a violation: GitHub drops it unseen.
        """
        parsed, found = self._read_document(document)
        if parsed is None or found:
            return list(found)
        operations = [d for d in parsed.definitions if isinstance(d, OperationDefinitionNode)]
        named = [
            one
            for one in operations
            if operation_name is None or (one.name and one.name.value == operation_name)
        ]
        if len(named) != 1:
            return [f"GraphQL: {len(named)} operations are meant, of {len(operations)}: name one"]
        declared = named[0].variable_definitions or ()
        names = {definition.variable.name.value for definition in declared}
        strange = [f"GraphQL: variable `${n}` is not declared" for n in variables if n not in names]
        coerced = get_variable_values(self._graphql, declared, dict(variables))
        errors = coerced if isinstance(coerced, list) else []
        return strange + [f"GraphQL: {error.message}" for error in errors]

    def _read_document(self, document: str) -> tuple[DocumentNode | None, tuple[str, ...]]:
        if document not in self._documents:
            try:
                parsed = parse(document)
            except GraphQLError as error:
                self._documents[document] = (None, (f"GraphQL: {error.message}",))
            else:
                errors = validate(self._graphql, parsed)
                sentences = tuple(f"GraphQL: {_told(error)}" for error in errors)
                self._documents[document] = (parsed, sentences)
        return self._documents[document]


def _read(schema: Mapping[str, Any], text: str) -> object:
    """The value that a string on the wire stands for; itself where it stands for none."""
    branches = (schema, *schema.get("anyOf", ()))
    if any("integer" in branch.get("type", ()) for branch in branches):
        return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else text
    if any("boolean" in branch.get("type", ()) for branch in branches):
        return {"true": True, "false": False}.get(text, text)
    return text


def _told(error: GraphQLError) -> str:
    # The subset holds what the ceremony's own documents use: a new field is cut off, not wrong.
    if error.message.startswith(("Cannot query field", "Unknown type", "Unknown argument")):
        return f"{error.message} If GitHub has it, {RENEW}."
    return error.message


def _mould(scalar: GraphQLScalarType) -> None:
    fits = _SCALARS.get(scalar.name)

    def checked(value: Any) -> Any:
        if not isinstance(value, str) or (fits and not fits(value)):
            raise GraphQLError(f"{_shown(value)} is no {scalar.name}.")
        return value

    scalar.coerce_input_value = checked
    scalar.coerce_output_value = checked


def _sentence(error: ValidationError, where: str) -> str:
    at = where + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
    value: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "required":
        lacking = [name for name in rule if name not in value]
        return f"{at}: lacks `{'`, `'.join(lacking)}`"
    if error.validator == "type":
        types = rule if isinstance(rule, list) else [rule]
        return f"{at}: {_shown(value)} is not of type {' or '.join(types)}"
    if error.validator == "enum":
        return f"{at}: {_shown(value)} is none of {', '.join(map(json.dumps, rule))}"
    if error.validator == "format":
        return f"{at}: {_shown(value)} is no {rule}"
    return f"{at}: {_shown(value)} breaks {error.validator}: {_shown(rule)}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, default=repr)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_moment(value: str) -> bool:
    if not _DATE_TIME.fullmatch(value):
        return False
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_uri(value: str) -> bool:
    if not _URI.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.netloc) or parts.scheme not in {"http", "https"}


def _is_path_or_uri(value: str) -> bool:
    return _is_uri(value if "://" in value else f"https://localhost{value}")


def _is_oid(value: str) -> bool:
    return bool(_OID.fullmatch(value))


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, fits in (("date-time", _is_moment), ("uri", _is_uri)):
        checker.checks(name)(lambda value, fits=fits: not isinstance(value, str) or fits(value))
    return checker


_FORMATS = _format_checker()
_SCALARS = {
    "DateTime": _is_moment,
    "GitObjectID": _is_oid,
    "GitTimestamp": _is_moment,
    # GitHub's own URI fields hold paths too: `resourcePath` is one.
    "URI": _is_path_or_uri,
}
