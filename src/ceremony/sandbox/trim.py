"""Cuts GitHub's published descriptions down to what the ceremony uses, structure only.

Run it as `python src/ceremony/sandbox/trim.py OPENAPI_JSON GRAPHQL_SDL` whenever an operation is
added below, a GraphQL document changes, or GitHub publishes a new version; it rewrites `schema/`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    FieldNode,
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    UnionTypeDefinitionNode,
    Visitor,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_specified_scalar_type,
    parse,
    print_ast,
    visit,
)

HERE = Path(__file__).parent / "schema"

OPERATIONS = (
    "actions/create-workflow-dispatch",
    "actions/list-jobs-for-workflow-run",
    "actions/list-jobs-for-workflow-run-attempt",
    "actions/list-workflow-runs",
    "checks/list-for-ref",
    "git/create-blob",
    "git/create-commit",
    "git/create-ref",
    "git/create-tree",
    "git/delete-ref",
    "git/get-commit",
    "git/get-ref",
    "git/list-matching-refs",
    "git/update-ref",
    "issues/create",
    "issues/create-comment",
    "issues/get",
    "issues/list-comments",
    "issues/list-for-repo",
    "issues/update",
    "issues/update-comment",
    "pulls/create",
    "pulls/get",
    "pulls/list",
    "pulls/list-reviews",
    "rate-limit/get",
    "repos/compare-commits",
    "repos/create-commit-status",
    "repos/create-release",
    "repos/delete-release",
    "repos/delete-release-asset",
    "repos/get",
    "repos/get-branch-rules",
    "repos/get-combined-status-for-ref",
    "repos/get-content",
    "repos/get-latest-release",
    "repos/get-release",
    "repos/get-release-asset",
    "repos/get-release-by-tag",
    "repos/list-commits",
    "repos/list-release-assets",
    "repos/list-releases",
    "repos/update-release",
    "repos/upload-release-asset",
)
"""The REST operations that the ceremony calls, and those that a person plays CI with in a rehearsal
that is kept, by the names that GitHub gives them."""


class Unknown(Exception):
    """The description has something that this script cannot tell to be structure or prose."""


# --- REST -----------------------------------------------------------------------------------

_PROSE = frozenset({
    "description", "discriminator", "example", "examples", "externalDocs", "summary", "title",
})  # fmt: skip
_PLAIN = frozenset({
    "default", "deprecated", "enum", "format", "maxItems", "maxLength", "maxProperties", "maximum",
    "minItems", "minLength", "minProperties", "minimum", "pattern", "readOnly", "required", "type",
    "uniqueItems", "writeOnly",
})  # fmt: skip
_SEVERAL = frozenset({"allOf", "anyOf", "oneOf"})


def trim_openapi(
    description: Mapping[str, Any], operations: Iterable[str] = OPERATIONS
) -> dict[str, Any]:
    """The description with only these operations and the components that they lead to.

    Its schemas come out as plain JSON Schema 2020-12, so it calls itself OpenAPI 3.1. Raises
    Unknown where an operation or a component is not there, or a keyword is new.
    """
    wanted = set(operations)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for path, item in description["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if isinstance(operation, Mapping) and operation.get("operationId") in wanted:
                wanted.remove(operation["operationId"])
                paths[path][method] = _operation(operation, shared)
    if wanted:
        raise Unknown(f"The description lacks {', '.join(sorted(wanted))}.")
    info = description["info"]
    return {
        "openapi": "3.1.0",
        "info": {key: info[key] for key in ("title", "version", "license") if key in info},
        "paths": dict(paths),
        "components": _components(description, paths),
    }


def _components(description: Mapping[str, Any], paths: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, dict[str, Any]] = defaultdict(dict)
    todo = list(_references(paths))
    while todo:
        reference = todo.pop()
        _, _, kind, name = reference.split("/")
        if name in kept[kind]:
            continue
        try:
            found = description["components"][kind][name]
        except KeyError:
            raise Unknown(f"The description lacks {reference}.") from None
        kept[kind][name] = _COMPONENTS[kind](found)
        todo += _references(kept[kind][name])
    return dict(kept)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _operation(operation: Mapping[str, Any], shared: list[Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"operationId": operation["operationId"]}
    if parameters := [_parameter(p) for p in [*shared, *operation.get("parameters", [])]]:
        kept["parameters"] = parameters
    if body := operation.get("requestBody"):
        kept["requestBody"] = _content(body)
        if body.get("required"):
            kept["requestBody"]["required"] = True
    kept["responses"] = {code: _response(r) for code, r in operation["responses"].items()}
    return kept


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in parameter:
        return {"$ref": parameter["$ref"]}
    plain = ("name", "in", "required", "style", "explode", "x-multi-segment")
    kept = {key: parameter[key] for key in plain if key in parameter}
    return {**kept, "schema": schema(parameter["schema"])}


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in response:
        return {"$ref": response["$ref"]}
    kept = _content(response)
    if headers := response.get("headers"):
        kept["headers"] = {name: _header(header) for name, header in headers.items()}
    return kept


def _header(header: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in header:
        return {"$ref": header["$ref"]}
    return {"schema": schema(header["schema"])}


def _content(holder: Mapping[str, Any]) -> dict[str, Any]:
    if "content" not in holder:
        return {}
    return {
        "content": {
            media: {"schema": schema(body["schema"])} if "schema" in body else {}
            for media, body in holder["content"].items()
        }
    }


def schema(source: Mapping[str, Any]) -> dict[str, Any]:
    """An OpenAPI 3.0 schema as JSON Schema 2020-12, without prose.

    `nullable` becomes a type or a branch of its own; an enum beside it gains null. `oneOf` becomes
    `anyOf`: GitHub's branches overlap, so that what it sends itself would be refused as twofold.
    Raises Unknown for a keyword that is neither known structure nor known prose.
    """
    kept: dict[str, Any] = {}
    for key, value in source.items():
        if key in _PROSE or key == "nullable" or key.startswith("x-"):
            continue
        if key in _PLAIN:
            kept[key] = value
        elif key == "$ref":
            kept["$ref"] = value
        elif key == "properties":
            kept["properties"] = {name: schema(inner) for name, inner in value.items()}
        elif key in {"items", "not"}:
            kept[key] = schema(value)
        elif key == "additionalProperties":
            kept[key] = value if isinstance(value, bool) else schema(value)
        elif key in _SEVERAL:
            kept["allOf" if key == "allOf" else "anyOf"] = [schema(inner) for inner in value]
        else:
            raise Unknown(f"{key!r} in a schema: add it to what is kept, or to what is prose.")
    if {"anyOf", "oneOf"} <= source.keys():
        raise Unknown("a schema has both anyOf and oneOf: they would become one.")
    return _with_null(kept) if source.get("nullable") else kept


def _with_null(kept: dict[str, Any]) -> dict[str, Any]:
    if "type" in kept and not kept.keys() & {"$ref", "allOf", "anyOf", "not"}:
        kept["type"] = [kept["type"], "null"]
        if "enum" in kept and None not in kept["enum"]:
            kept["enum"] = [*kept["enum"], None]
        return kept
    if kept.keys() == {"anyOf"}:
        return {"anyOf": [*kept["anyOf"], {"type": "null"}]}
    return {"anyOf": [kept, {"type": "null"}]} if kept else kept


_COMPONENTS = {
    "headers": _header,
    "parameters": _parameter,
    "responses": _response,
    "schemas": schema,
}


def print_json(value: object) -> str:
    """JSON whose keys are sorted and whose lines break only where 100 columns don't suffice."""
    return _printed(value, 0) + "\n"


def _printed(value: object, depth: int, key: str = "") -> str:
    line = key + json.dumps(value, sort_keys=True, ensure_ascii=False)
    # One column for the comma that may follow.
    if len(line) + depth < 100 or not isinstance(value, dict | list):
        return line
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        rows = [_printed(value[name], depth + 1, f"{json.dumps(name)}: ") for name in sorted(value)]
    else:
        rows = [_printed(inner, depth + 1) for inner in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{key}{opening}\n{pad}" + f",\n{pad}".join(rows) + f"\n{pad[1:]}{closing}"


# --- GraphQL --------------------------------------------------------------------------------


def trim_graphql(sdl: str, documents: Iterable[str]) -> str:
    """The schema with only what these documents use: fields by name, the rest whole.

    A used field keeps all its arguments; what stands behind a used field that may be one of several
    types keeps them all, since each may be the answer. Prose goes. Raises Unknown for a document
    that the schema does not hold.
    """
    source = parse(sdl)
    used = _Used(build_schema(sdl, assume_valid=True, assume_valid_sdl=True))
    for document in documents:
        used.read(parse(document))
    used.close()
    kept = {
        node.name.value: _definition(node, used)
        for node in source.definitions
        if isinstance(node, TypeDefinitionNode) and node.name.value in used.types
    }
    return "\n\n".join(print_ast(kept[name]) for name in sorted(kept)) + "\n"


class _Used(Visitor):
    """Which types and fields some documents use."""

    def __init__(self, whole: GraphQLSchema) -> None:
        super().__init__()
        self.schema = whole
        self.types: set[str] = set()
        self.fields: dict[str, set[str]] = defaultdict(set)
        self._answers: set[str] = set()
        self._info = TypeInfo(whole)

    def read(self, document: DocumentNode) -> None:
        visit(document, TypeInfoVisitor(self._info, self))

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        field = self._info.get_field_def()
        name = node.name.value
        if parent is None or field is None:
            raise Unknown(f"The schema lacks the field {name} of {parent or 'an unknown type'}.")
        self._keep(parent)
        if name.startswith("__"):
            return
        self.fields[parent.name].add(name)
        answer = get_named_type(field.type)
        self._keep(answer)
        if is_abstract_type(answer):
            self._answers.add(answer.name)

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        """A variable's type or the condition of a fragment."""
        found = self.schema.get_type(node.name.value)
        if found is None:
            raise Unknown(f"The schema lacks the type {node.name.value}.")
        self._keep(found)

    def close(self) -> None:
        """Adds what the used fields need to stand: members, arguments, a field for each type."""
        for name in sorted(self._answers):
            answer = self.schema.type_map[name]
            if is_abstract_type(answer):
                for member in self.schema.get_possible_types(answer):
                    self._keep(member)
        for name in sorted(self.types):
            holder = self.schema.type_map[name]
            if isinstance(holder, GraphQLObjectType | GraphQLInterfaceType):
                for interface in holder.interfaces:
                    self.fields[name] |= self.fields.get(interface.name, set())
        for name in sorted(self.types):
            holder = self.schema.type_map[name]
            if isinstance(holder, GraphQLObjectType | GraphQLInterfaceType):
                self._keep_fields(holder)

    def _keep_fields(self, holder: GraphQLObjectType | GraphQLInterfaceType) -> None:
        # A type without a field is none: one that a document only tells apart keeps its first
        # plain one.
        names = self.fields[holder.name] or {
            next(
                name
                for name, field in holder.fields.items()
                if not field.args and not is_composite_type(get_named_type(field.type))
            )
        }
        self.fields[holder.name] = names
        for name in sorted(names):
            field = holder.fields[name]
            self._keep(get_named_type(field.type))
            self._keep_inputs(field.args.values())

    def _keep_inputs(self, arguments: Iterable[GraphQLArgument]) -> None:
        for argument in arguments:
            self._keep(get_named_type(argument.type))

    def _keep(self, found: GraphQLNamedType) -> None:
        if found.name in self.types or is_specified_scalar_type(found):
            return
        self.types.add(found.name)
        if isinstance(found, GraphQLInputObjectType):
            for field in found.fields.values():
                self._keep(get_named_type(field.type))


def _definition(node: TypeDefinitionNode, used: _Used) -> TypeDefinitionNode:
    node = _bare(node)
    if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return replace(
            node,
            interfaces=tuple(i for i in node.interfaces or () if i.name.value in used.types),
            fields=_fields(node.fields or (), used.fields[node.name.value]),
        )
    if isinstance(node, UnionTypeDefinitionNode):
        return replace(node, types=tuple(t for t in node.types or () if t.name.value in used.types))
    if isinstance(node, InputObjectTypeDefinitionNode):
        return replace(node, fields=tuple(_input(field) for field in node.fields or ()))
    if isinstance(node, EnumTypeDefinitionNode):
        return replace(node, values=tuple(_bare(value) for value in node.values or ()))
    return node


def _fields(
    fields: Iterable[FieldDefinitionNode], names: set[str]
) -> tuple[FieldDefinitionNode, ...]:
    # By name: the published schema has a field twice.
    kept = {field.name.value: field for field in fields if field.name.value in names}
    return tuple(
        replace(_bare(field), arguments=tuple(_input(a) for a in field.arguments or ()))
        for field in kept.values()
    )


def _input(node: InputValueDefinitionNode) -> InputValueDefinitionNode:
    # What must be given can't be deprecated, and yet the published schema has such.
    if isinstance(node.type, NonNullTypeNode) and node.default_value is None:
        return replace(node, description=None, directives=())
    return _bare(node)


_Node = TypeVar(
    "_Node",
    TypeDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    EnumValueDefinitionNode,
)


def _bare(node: _Node) -> _Node:
    kept = (d for d in node.directives or () if d.name.value in {"deprecated", "oneOf"})
    return replace(node, description=None, directives=tuple(replace(d, arguments=()) for d in kept))


def main(arguments: list[str], folder: Path = HERE) -> int:
    """Reads both descriptions, writes both subsets; 0, or 2 with a sentence on bad input."""
    # As a script it stands alone; the documents are the ceremony's.
    from ceremony.queries import DOCUMENTS

    if len(arguments) != 2:
        print("Usage: trim.py OPENAPI_JSON GRAPHQL_SDL", file=sys.stderr)
        return 2
    openapi, sdl = (Path(name).read_text(encoding="utf-8") for name in arguments)
    try:
        rest = print_json(trim_openapi(json.loads(openapi)))
        graph = trim_graphql(sdl, DOCUMENTS.values())
    except Unknown as error:
        print(error, file=sys.stderr)
        return 2
    (folder / "openapi.json").write_text(rest, encoding="utf-8", newline="\n")
    (folder / "schema.graphql").write_text(graph, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    # Python puts this file's own folder first, whose names hide the standard library's.
    sys.path[0] = str(Path(__file__).parents[2])
    sys.exit(main(sys.argv[1:]))
