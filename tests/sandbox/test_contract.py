"""The sandbox's contract catches what GitHub would not send or take, and is what trim.py makes."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLError,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    build_schema,
    graphql_sync,
    parse,
    print_type,
    validate,
    validate_schema,
)
from jsonschema import Draft202012Validator

import ceremony
from ceremony.queries import DOCUMENTS
from ceremony.sandbox import trim
from ceremony.sandbox.contract import RENEW, SCHEMA, Contract

SHA = "a" * 40
JSON = {"Content-Type": "application/json; charset=utf-8"}
REPOSITORY = {"owner": "spiritstream", "repo": "app"}
REST = json.loads((SCHEMA / "openapi.json").read_text(encoding="utf-8"))
SDL = (SCHEMA / "schema.graphql").read_text(encoding="utf-8")
OPERATIONS = {o["operationId"]: o for item in REST["paths"].values() for o in item.values()}
SOURCES = Path(ceremony.__file__).parent


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.load()


# --- Samples made from the description --------------------------------------------------------


def resolved(value: Any) -> Any:
    while "$ref" in value:
        _, _, kind, name = value["$ref"].split("/")
        value = REST["components"][kind][name]
    return value


TEXTS = {"date-time": "2026-01-02T03:04:05Z", "uri": "https://example.org/a?b=c#d"}


def sample(schema: Any, depth: int = 0) -> Any:
    """A value with every described key, but deep down only with the required ones."""
    schema = resolved(schema)
    if "allOf" in schema:
        return {key: v for part in schema["allOf"] for key, v in sample(part, depth).items()}
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], depth)
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object":
        required = schema.get("required", ())
        return {
            key: sample(inner, depth + 1)
            for key, inner in schema.get("properties", {}).items()
            if depth < 3 or key in required
        }
    if kind == "array":
        return [sample(schema["items"], depth + 1)] * max(1, schema.get("minItems", 0))
    text = TEXTS.get(schema.get("format", ""), SHA)[: schema.get("maxLength")]
    return {"string": text, "integer": 1, "number": 1.5, "boolean": True, "null": None}[kind]


def required(schema: Any) -> set[str]:
    """What a sample, or each item of it, must hold."""
    schema = resolved(schema)
    if "items" in schema:
        return required(schema["items"])
    if "anyOf" in schema:
        return required(schema["anyOf"][0])
    return set(schema.get("required", ())).union(*map(required, schema.get("allOf", ())))


def answers() -> Iterator[tuple[str, int, Any]]:
    for name, operation in OPERATIONS.items():
        for status, response in operation["responses"].items():
            content = resolved(response).get("content", {})
            if int(status) < 300 and "application/json" in content:
                yield name, int(status), content["application/json"]["schema"]


def bodies() -> Iterator[tuple[str, Any]]:
    for name, operation in OPERATIONS.items():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            yield name, content["application/json"]["schema"]


def path_of(name: str) -> dict[str, str]:
    return {
        p["name"]: "1"
        for p in map(resolved, OPERATIONS[name].get("parameters", ()))
        if p["in"] == "path"
    }


ANSWERS = [pytest.param(*row, id=f"{row[0]}-{row[1]}") for row in answers()]
BODIES = [pytest.param(*row, id=row[0]) for row in bodies()]


@pytest.mark.parametrize(("name", "status", "schema"), ANSWERS)
def test_a_response_must_be_as_described(
    contract: Contract, name: str, status: int, schema: Any
) -> None:
    body = sample(schema)

    def found() -> list[str]:
        return contract.check_response(name, status, headers=JSON, body=json.dumps(body).encode())

    assert found() == []
    holder = body[0] if isinstance(body, list) else body
    for key in sorted(holder):
        value = holder.pop(key)
        assert bool(found()) is (key in required(schema)), key
        holder[key] = value
    holder["strange"] = 1
    assert len(found()) == 1
    assert "`strange` is not described" in found()[0]


@pytest.mark.parametrize(("name", "schema"), BODIES)
def test_a_request_must_be_as_described(contract: Contract, name: str, schema: Any) -> None:
    body = sample(schema)

    def found() -> list[str]:
        return contract.check_request(name, path=path_of(name), query={}, body=body)

    assert found() == []
    for key in sorted(body):
        value = body.pop(key)
        assert bool(found()) is (key in required(schema)), key
        body[f"{key}x"] = value
        assert any(f"`{key}x` is not described" in sentence for sentence in found()), key
        body[key] = body.pop(f"{key}x")


def test_a_reference_is_read_as_github_gives_it(contract: Contract) -> None:
    url = "https://api.github.com/repos/spiritstream/app/git/refs/heads/latest"
    target = {"type": "commit", "sha": SHA, "url": url}
    body = {"ref": "refs/heads/latest", "node_id": "x", "url": url, "object": target}
    assert contract.check_response("git/get-ref", 200, headers=JSON, body=body) == []


# --- Each kind of violation -------------------------------------------------------------------


def wrong_request(
    name: str, says: str, *, query: dict[str, str] | None = None, body: Any = None
) -> Any:
    return pytest.param(name, query or {}, body, says, id=says)


WRONG_REQUESTS = [
    wrong_request("repos/get", "query parameter `page` is not described", query={"page": "1"}),
    wrong_request(
        "repos/list-releases",
        '`per_page`: "ten" is not of type integer',
        query={"per_page": "ten"},
    ),
    wrong_request(
        "pulls/list", '`state`: "shut" is none of "open", "closed", "all"', query={"state": "shut"}
    ),
    wrong_request(
        "issues/list-for-repo", '`since`: "2026" is no date-time', query={"since": "2026"}
    ),
    wrong_request("repos/upload-release-asset", "query parameter `name` is missing"),
    wrong_request("repos/get", "this operation takes none", body={"a": 1}),
    wrong_request("git/create-ref", "the request lacks its body"),
    wrong_request("git/create-ref", "body: lacks `sha`", body={"ref": "refs/heads/x"}),
    wrong_request("git/create-ref", "the body is not JSON", body=b"\x00"),
    wrong_request("git/update-ref", "`froce` is not described", body={"sha": SHA, "froce": True}),
    wrong_request(
        "git/update-ref",
        'body.force: "no" is not of type boolean',
        body={"sha": SHA, "force": "no"},
    ),
    wrong_request("issues/update", 'body.state: "shut" is none of', body={"state": "shut"}),
    wrong_request("issues/update", 'state_reason: "tired" is none', body={"state_reason": "tired"}),
    wrong_request(
        "git/create-tree",
        "body.tree[1]: `shah` is not described",
        body={"tree": [{"path": "a", "sha": None}, {"path": "b", "shah": SHA}]},
    ),
    wrong_request(
        "issues/create",
        "body.labels[0]: `colour` is not described",
        body={"title": "x", "labels": [{"name": "x", "colour": "red"}]},
    ),
]


@pytest.mark.parametrize(("name", "query", "body", "says"), WRONG_REQUESTS)
def test_a_wrong_request_is_caught(
    contract: Contract, name: str, query: dict[str, str], body: Any, says: str
) -> None:
    found = contract.check_request(name, path=path_of(name), query=query, body=body)
    assert len(found) == 1, found
    assert says in found[0]
    assert found[0].startswith(f"{name}: ")


RIGHT_REQUESTS = [
    ("repos/list-releases", {"per_page": "100", "page": "2"}, None),
    ("actions/list-workflow-runs", {"exclude_pull_requests": "true", "head_sha": SHA}, None),
    ("issues/update", {}, {"state": "closed", "state_reason": None, "milestone": None}),
    ("issues/update", {}, {"milestone": 3, "labels": ["a", {"name": "b"}]}),
    ("actions/create-workflow-dispatch", {}, {"ref": "latest", "inputs": {"any-name": "x"}}),
    ("repos/upload-release-asset", {"name": "app.zip"}, b"\x00\xff"),
    ("repos/delete-release", {}, b""),
]


@pytest.mark.parametrize(("name", "query", "body"), RIGHT_REQUESTS)
def test_a_right_request_passes(
    contract: Contract, name: str, query: dict[str, str], body: Any
) -> None:
    assert contract.check_request(name, path=path_of(name), query=query, body=body) == []


def test_path_parameters_are_checked(contract: Contract) -> None:
    path = {**REPOSITORY, "issue_number": "first", "more": "x"}
    assert contract.check_request("issues/get", path=path, query={}, body=None) == [
        "issues/get: path parameter `more` is not described: it takes issue_number, owner, repo",
        'issues/get: path parameter `issue_number`: "first" is not of type integer',
    ]
    assert contract.check_request("issues/get", path=REPOSITORY, query={}, body=None) == [
        "issues/get: path parameter `issue_number` is missing"
    ]


def run_of(contract: Contract, **changes: object) -> list[str]:
    schema = REST["components"]["schemas"]["check-run"]
    run = {**sample(schema), **changes}
    body = {"total_count": 1, "check_runs": [run]}
    return contract.check_response("checks/list-for-ref", 200, headers=JSON, body=body)


@pytest.mark.parametrize("conclusion", ["success", None])
def test_null_beside_an_enum_passes(contract: Contract, conclusion: str | None) -> None:
    assert run_of(contract, conclusion=conclusion) == []


def test_another_word_than_the_enums_does_not(contract: Contract) -> None:
    (found,) = run_of(contract, conclusion="splendid")
    assert found.startswith(
        'checks/list-for-ref: 200: body.check_runs[0].conclusion: "splendid" is none of "success",'
    )


@pytest.mark.parametrize(
    "moment",
    ["2026-01-02", "2026-01-02 03:04:05Z", "2026-13-02T03:04:05Z", "20260102T030405Z", "٢" * 20],
)
def test_a_moment_must_be_one(contract: Contract, moment: str) -> None:
    (found,) = run_of(contract, started_at=moment)
    assert "started_at" in found
    assert found.endswith("is no date-time")


@pytest.mark.parametrize(
    "uri",
    ["/relative", "https://a.b/{template}", "https:///nowhere", "https://a b", "https://[::1", ""],
)
def test_a_uri_must_be_one(contract: Contract, uri: str) -> None:
    assert any(s.endswith("is no uri") for s in _repository(contract, url=uri))


def _repository(contract: Contract, **changes: object) -> list[str]:
    schema = REST["paths"]["/repos/{owner}/{repo}"]["get"]["responses"]["200"]
    body = {**sample(schema["content"]["application/json"]["schema"]), **changes}
    return contract.check_response("repos/get", 200, headers=JSON, body=body)


def test_other_bounds_are_named(contract: Contract) -> None:
    body = sample(REST["components"]["schemas"]["git-ref"])
    body["object"]["sha"] = "abc"
    assert contract.check_response("git/get-ref", 200, headers=JSON, body=body) == [
        'git/get-ref: 200: body.object.sha: "abc" breaks minLength: 40'
    ]


def test_two_missing_keys_are_one_sentence(contract: Contract) -> None:
    found = contract.check_response("rate-limit/get", 200, headers=JSON, body={})
    assert found == ["rate-limit/get: 200: body: lacks `rate`, `resources`"]


REFUSAL = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
HTML = {"Content-Type": "text/html"}

STATUSES = [
    pytest.param("git/get-ref", 202, JSON, {}, "status 202 is not described", id="unlisted"),
    pytest.param("git/get-ref", 418, JSON, REFUSAL, "status 418 is not described", id="418"),
    pytest.param("git/get-ref", 200, JSON, None, "lacks its body", id="no-body"),
    pytest.param("git/get-ref", 200, JSON, b"{", "the body is not JSON", id="cut-off"),
    pytest.param("git/get-ref", 200, HTML, b"<p>", "the body is text/html", id="html"),
    pytest.param("git/get-ref", 200, {}, b"{}", "the body is of no type", id="typeless"),
    pytest.param("git/delete-ref", 204, JSON, {"a": 1}, "none is described", id="body-of-204"),
    pytest.param("git/delete-ref", 404, JSON, {"msg": "x"}, "`message`", id="no-message"),
    pytest.param("git/delete-ref", 403, JSON, b"", "lacks its body", id="empty-error"),
    pytest.param("git/create-ref", 422, JSON, {"message": "x"}, "`documentation_url`", id="422"),
    pytest.param("git/get-ref", 404, JSON, {"message": 1}, "`message`", id="listed-error"),
]


@pytest.mark.parametrize(("name", "status", "headers", "body", "says"), STATUSES)
def test_a_wrong_answer_is_caught(
    contract: Contract, name: str, status: int, headers: Mapping[str, str], body: Any, says: str
) -> None:
    found = contract.check_response(name, status, headers=headers, body=body)
    assert found
    assert says in " ".join(found)


RIGHT_ANSWERS = [
    pytest.param("git/delete-ref", 204, {}, b"", id="nothing"),
    pytest.param("git/delete-ref", 404, JSON, REFUSAL, id="unlisted-404"),
    pytest.param("git/get-ref", 429, JSON, {**REFUSAL, "extra": 1}, id="429"),
    pytest.param("git/get-ref", 502, HTML, b"<p>Unicorn", id="proxy"),
    pytest.param("git/get-ref", 503, {}, b"", id="nothing-behind-the-proxy"),
    pytest.param(
        "git/update-ref",
        422,
        JSON,
        {**REFUSAL, "errors": [{"code": "custom", "value": None}]},
        id="null-in-each-branch",
    ),
    pytest.param("git/create-blob", 422, JSON, REFUSAL, id="of-two-overlapping-kinds"),
    pytest.param(
        "repos/get-release-asset",
        200,
        {"content-type": "application/octet-stream"},
        b"\x00",
        id="bytes-of-an-asset",
    ),
    pytest.param("repos/get-content", 304, {}, None, id="not-modified"),
]


@pytest.mark.parametrize(("name", "status", "headers", "body"), RIGHT_ANSWERS)
def test_a_right_answer_passes(
    contract: Contract, name: str, status: int, headers: Mapping[str, str], body: Any
) -> None:
    assert contract.check_response(name, status, headers=headers, body=body) == []


def test_a_described_header_is_checked(contract: Contract) -> None:
    body = sample(REST["components"]["schemas"]["rate-limit-overview"])
    headers = {**JSON, "X-RateLimit-Limit": "many"}
    assert contract.check_response("rate-limit/get", 200, headers=headers, body=body) == [
        'rate-limit/get: 200: header X-RateLimit-Limit: "many" is not of type integer'
    ]


def test_a_rule_is_read_by_its_own_kind(contract: Contract) -> None:
    origin = {"ruleset_source_type": "Repository", "ruleset_source": "a/b", "ruleset_id": 1}
    rule = {"type": "merge_queue", **origin, "parameters": {"update_allows_fetch_and_merge": True}}
    body = [{"type": "deletion", **origin}, rule]
    found = contract.check_response("repos/get-branch-rules", 200, headers=JSON, body=body)
    assert found, "another kind's parameters passed for a merge queue's"


# --- Paths ------------------------------------------------------------------------------------

APP = "/repos/spiritstream/app"
PATHS = [
    ("GET", APP, "repos/get", {}),
    ("get", "/rate_limit", "rate-limit/get", {}),
    ("GET", f"{APP}/git/ref/heads/a/b", "git/get-ref", {"ref": "heads/a/b"}),
    ("PATCH", f"{APP}/git/refs/heads/a/b", "git/update-ref", {"ref": "heads/a/b"}),
    ("DELETE", f"{APP}/git/refs/tags/v1", "git/delete-ref", {"ref": "tags/v1"}),
    ("GET", f"{APP}/contents/.github/a.yml", "repos/get-content", {"path": ".github/a.yml"}),
    ("GET", f"{APP}/compare/a/b...c/d", "repos/compare-commits", {"base": "a/b", "head": "c/d"}),
    ("GET", f"{APP}/commits/heads/x/check-runs", "checks/list-for-ref", {"ref": "heads/x"}),
    ("GET", f"{APP}/releases/tags/assets", "repos/get-release-by-tag", {"tag": "assets"}),
    ("GET", f"{APP}/releases/tags/a/b", "repos/get-release-by-tag", {"tag": "a/b"}),
    ("GET", f"{APP}/releases/latest", "repos/get-latest-release", {}),
    ("GET", f"{APP}/releases/assets/7", "repos/get-release-asset", {"asset_id": "7"}),
    ("GET", f"{APP}/releases/7/assets", "repos/list-release-assets", {"release_id": "7"}),
    ("PATCH", f"{APP}/issues/comments/7", "issues/update-comment", {"comment_id": "7"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "name", "values"), PATHS)
def test_a_path_leads_to_its_operation(
    contract: Contract, method: str, path: str, name: str, values: dict[str, str]
) -> None:
    found = contract.operation(method, path)
    assert found is not None
    assert found.id == name
    assert found.path == ({**REPOSITORY, **values} if path.startswith("/repos") else values)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", APP),
        ("GET", f"{APP}/"),
        ("GET", f"{APP}/keys"),
        ("GET", f"{APP}/git/ref/"),
        ("GET", f"/api/v3{APP}"),
        ("GET", f"{APP}/issues/1/2"),
        ("GET", "repos/a/b"),
    ],
)
def test_other_paths_lead_nowhere(contract: Contract, method: str, path: str) -> None:
    assert contract.operation(method, path) is None


# --- GraphQL ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_is_valid_for_github(contract: Contract, name: str) -> None:
    schema = contract.graphql_schema()
    document = parse(DOCUMENTS[name])
    errors = [error.message for error in validate(schema, document)]
    assert not errors, f"{name}: {errors}: if GitHub's schema has it, {RENEW}"
    assert not validate(schema, document, [NoDeprecatedCustomRule]), f"{name} leans on the past"
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    assert operation.name is not None
    assert operation.name.value == name


def has_operation(text: str) -> bool:
    """Whether this is GraphQL that could be sent: `{date}` is a placeholder, not a query."""
    try:
        document = parse(text)
    except GraphQLError:
        return False
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    fields = [f for o in operations for f in o.selection_set.selections if isinstance(f, FieldNode)]
    return any(o.name for o in operations) or any(f.selection_set for f in fields)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("query A { a }", True),
        ("mutation B { b }", True),
        ("{ a { b } }", True),
        ("{date}", False),
        ("fragment A on B { c }", False),
        ("A sentence.", False),
    ],
)
def test_what_could_be_sent_is_told_from_what_could_not(text: str, *, is_one: bool) -> None:
    assert has_operation(text) is is_one


def test_no_document_hides_elsewhere() -> None:
    known = DOCUMENTS.values()
    hidden = [
        f"{source.relative_to(SOURCES)}:{node.lineno}"
        for source in sorted(SOURCES.rglob("*.py"))
        for node in ast.walk(ast.parse(source.read_bytes()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and has_operation(node.value)
        and not any(node.value in document for document in known)
    ]
    assert not hidden, f"belongs into queries.DOCUMENTS, where it is held to the schema: {hidden}"


def test_a_field_that_was_cut_off_names_the_way_back(contract: Contract) -> None:
    (found,) = contract.check_graphql("query A { viewer { login } }", {})
    assert "trim.py" in found
    assert "viewer" in found


MOVE = {"repository": "R_1", "updates": [{"name": "refs/heads/latest", "afterOid": SHA}]}


def changed(**update: object) -> dict[str, Any]:
    return {"repository": "R_1", "updates": [{**MOVE["updates"][0], **update}]}  # type: ignore[dict-item]


def test_variables_pass(contract: Contract) -> None:
    assert contract.check_graphql(DOCUMENTS["Move"], MOVE) == []
    assert contract.check_graphql(DOCUMENTS["Move"], changed(beforeOid="0" * 40)) == []


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"repository": "R_1"}, "$updates"),
        ({**MOVE, "update": []}, "`$update` is not declared"),
        (changed(forced=True), "forced"),
        (changed(force="yes"), "force"),
        (changed(afterOid="latest"), '"latest" is no GitObjectID'),
        (changed(afterOid=7), "7 is no GitObjectID"),
        (changed(name=None), "name"),
    ],
)
def test_wrong_variables_are_caught(
    contract: Contract, variables: dict[str, Any], says: str
) -> None:
    (found,) = contract.check_graphql(DOCUMENTS["Move"], variables)
    assert says in found


def test_what_is_no_document_is_caught(contract: Contract) -> None:
    (found,) = contract.check_graphql("query {", {})
    assert "Syntax Error" in found
    assert contract.check_graphql("fragment A on Commit { oid }", {})


def test_one_operation_must_be_meant(contract: Contract) -> None:
    two = 'query A { repository(owner: "a", name: "b") { id } } query B { __typename }'
    assert contract.check_graphql(two, {}) == ["GraphQL: 2 operations are meant, of 2: name one"]
    assert contract.check_graphql(two, {}, operation_name="B") == []
    assert contract.check_graphql(two, {}, operation_name="C")


@pytest.mark.parametrize(("oid", "is_right"), [(SHA, True), ("HEAD", False), (7, False)])
def test_answers_hold_only_what_a_scalar_says(
    contract: Contract, oid: object, *, is_right: bool
) -> None:
    query = 'query A { repository(owner: "a", name: "b") { object(expression: "c") { oid } } }'
    root = {"repository": {"object": {"__typename": "Tree", "oid": oid}}}
    result = graphql_sync(contract.graphql_schema(), query, root)
    assert (result.errors is None) is is_right, result.errors


# --- The subset -------------------------------------------------------------------------------


def test_the_subset_is_what_the_script_makes() -> None:
    again = trim.print_json(trim.trim_openapi(REST))
    text = (SCHEMA / "openapi.json").read_text(encoding="utf-8")
    assert again == text, f"openapi.json holds more than is listed, or was edited: {RENEW}"
    assert trim.trim_graphql(SDL, DOCUMENTS.values()) == SDL, f"schema.graphql is stale: {RENEW}"


def test_the_subset_holds_each_operation_once() -> None:
    assert sorted(OPERATIONS) == sorted(set(trim.OPERATIONS))
    assert list(trim.OPERATIONS) == sorted(trim.OPERATIONS)


def prose(value: object, place: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            # A property of such a name has a schema, which is no string.
            is_told = key in {"description", "summary", "title"} and isinstance(inner, str)
            if is_told or key in {"externalDocs", "x-github", "example", "examples"}:
                yield f"{place}.{key}"
            yield from prose(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from prose(inner, f"{place}[{number}]")


def test_prose_is_gone() -> None:
    assert list(prose({"paths": REST["paths"], "components": REST["components"]})) == []
    assert '"description": {"type"' in (SCHEMA / "openapi.json").read_text(encoding="utf-8")
    assert '"""' not in SDL
    assert "reason" not in SDL


def test_the_schemas_are_plain_json_schema() -> None:
    assert 'nullable":' not in json.dumps(REST)
    for name, schema in REST["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert "oneOf" not in json.dumps(schema), name


# --- The script, on descriptions of its own ------------------------------------------------

TEXT = {"type": "string", "description": "Prose."}
SMALL: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "A forge", "version": "7", "description": "Prose.", "contact": {}},
    "tags": [{"name": "Prose"}],
    "paths": {
        "/trees/{id}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "get": {
                "operationId": "trees/get",
                "summary": "Prose.",
                "tags": ["prose"],
                "x-github": {"category": "prose"},
                "parameters": [
                    {"name": "q", "in": "query", "description": "Prose.", "schema": TEXT}
                ],
                "responses": {
                    "404": {"$ref": "#/components/responses/gone"},
                    "200": {
                        "description": "Prose.",
                        "headers": {"Link": {"$ref": "#/components/headers/link"}},
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/tree"},
                                "examples": {"default": {"$ref": "#/components/examples/tree"}},
                            }
                        },
                    },
                },
            },
            "delete": {"operationId": "trees/fell", "responses": {"204": {"description": "."}}},
        }
    },
    "components": {
        "examples": {"tree": {"value": {}}},
        "headers": {"link": {"example": "prose", "schema": {"type": "string"}}},
        "parameters": {
            "id": {
                "name": "id",
                "in": "path",
                "required": True,
                "x-multi-segment": True,
                "schema": {"type": "integer", "title": "Prose"},
            }
        },
        "responses": {"gone": {"description": "Prose."}},
        "schemas": {
            "axe": {"type": "object", "properties": {"edge": TEXT}},
            "tree": {
                "title": "Prose",
                "type": "object",
                "required": ["description"],
                "properties": {
                    "description": TEXT,
                    "parent": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/tree"}]},
                    "kind": {"type": "string", "nullable": True, "enum": ["oak", "elm"]},
                    "nest": {"nullable": True, "$ref": "#/components/schemas/nest"},
                    "age": {"nullable": True, "oneOf": [{"type": "integer"}, TEXT]},
                    "any": {"nullable": True, "description": "Prose."},
                },
            },
            "nest": {"type": "array", "nullable": True, "items": TEXT, "example": ["prose"]},
        },
    },
}  # fmt: skip
TREE = {
    "type": "object",
    "required": ["description"],
    "properties": {
        "description": {"type": "string"},
        "parent": {"anyOf": [{"allOf": [{"$ref": "#/components/schemas/tree"}]}, {"type": "null"}]},
        "kind": {"type": ["string", "null"], "enum": ["oak", "elm", None]},
        "nest": {"anyOf": [{"$ref": "#/components/schemas/nest"}, {"type": "null"}]},
        "age": {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
        "any": {},
    },
}
SMALLER = {
    "openapi": "3.1.0",
    "info": {"title": "A forge", "version": "7"},
    "paths": {
        "/trees/{id}": {
            "get": {
                "operationId": "trees/get",
                "parameters": [
                    {"$ref": "#/components/parameters/id"},
                    {"name": "q", "in": "query", "schema": {"type": "string"}},
                ],
                "responses": {
                    "404": {"$ref": "#/components/responses/gone"},
                    "200": {
                        "headers": {"Link": {"$ref": "#/components/headers/link"}},
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/tree"}}
                        },
                    },
                },
            }
        }
    },
    "components": {
        "headers": {"link": {"schema": {"type": "string"}}},
        "parameters": {
            "id": {
                "name": "id",
                "in": "path",
                "required": True,
                "x-multi-segment": True,
                "schema": {"type": "integer"},
            }
        },
        "responses": {"gone": {}},
        "schemas": {"tree": TREE, "nest": {"type": ["array", "null"], "items": {"type": "string"}}},
    },
}


def test_a_small_description_is_cut_to_its_structure() -> None:
    assert trim.trim_openapi(SMALL, ["trees/get"]) == SMALLER


def turned(value: Any) -> Any:
    """The same JSON, with each object's keys in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


def test_the_cut_is_the_same_bytes_each_time() -> None:
    first, again, other = (
        trim.print_json(trim.trim_openapi(description, ["trees/get"]))
        for description in (SMALL, SMALL, turned(SMALL))
    )
    assert first == again == other
    assert json.loads(first) == SMALLER
    assert max(map(len, first.splitlines())) <= 100


@pytest.mark.parametrize(
    ("schema", "says"),
    [({"type": "string", "contentEncoding": "base64"}, "contentEncoding"),
     ({"anyOf": [TEXT], "oneOf": [TEXT]}, "both anyOf and oneOf")],
)  # fmt: skip
def test_a_new_keyword_stops_the_script(schema: dict[str, Any], says: str) -> None:
    with pytest.raises(trim.Unknown, match=says):
        trim.schema(schema)


def test_what_is_not_there_stops_the_script() -> None:
    with pytest.raises(trim.Unknown, match="lacks trees/plant"):
        trim.trim_openapi(SMALL, ["trees/plant"])
    torn = {**SMALL, "components": {**SMALL["components"], "headers": {}}}
    with pytest.raises(trim.Unknown, match="lacks #/components/headers/link"):
        trim.trim_openapi(torn, ["trees/get"])


FOREST = '''
directive @told(by: String) on OBJECT
"""Prose."""
type Query {
  "Prose."
  tree(id: ID!, sort: Sort = {by: AGE}, unused: Filter): Plant
  plants: [Plant!]
  bird(name: Name!): Bird @deprecated(reason: "Prose.")
  axe: Axe
}
interface Node { id: ID! }
interface Plant { height(unit: Unit): Int age: Int neighbour: Plant }
type Oak implements Plant & Node @told(by: "prose") {
  id: ID! height(unit: Unit): Int age: Int acorns: Int neighbour: Oak leaf: Leaf leaf: Leaf
}
type Elm implements Plant & Node { id: ID! height(unit: Unit): Int age: Int neighbour: Plant }
type Leaf { colour: String shape: String }
union Bird = Owl | Wren
type Owl { wings: [Leaf] hoots: Int! }
type Wren { sings: Boolean }
type Axe { edge: String }
enum Unit { "Prose." CM M @deprecated(reason: "Prose.") }
enum By { AGE HEIGHT }
input Sort { by: By! = AGE @deprecated(reason: "Prose.") then: Sort must: Int! @deprecated }
input Filter @oneOf { "Prose." tall: Boolean text: String }
"""Prose."""
scalar Name
'''
QUERIES = [
    "query A($id: ID!) { tree(id: $id) { age height ... on Oak { leaf { colour } } } }",
    'query B { bird(name: "x") { __typename ... on Owl { __typename } ... on Wren { sings } } }',
]
GROVE = """\
union Bird = Owl | Wren

enum By {
  AGE
  HEIGHT
}

type Elm implements Plant {
  height(unit: Unit): Int
  age: Int
}

input Filter @oneOf {
  tall: Boolean
  text: String
}

type Leaf {
  colour: String
}

scalar Name

type Oak implements Plant {
  height(unit: Unit): Int
  age: Int
  leaf: Leaf
}

type Owl {
  hoots: Int!
}

interface Plant {
  height(unit: Unit): Int
  age: Int
}

type Query {
  tree(id: ID!, sort: Sort = { by: AGE }, unused: Filter): Plant
  bird(name: Name!): Bird @deprecated
}

input Sort {
  by: By! = AGE @deprecated
  then: Sort
  must: Int!
}

enum Unit {
  CM
  M @deprecated
}

type Wren {
  sings: Boolean
}
"""


def test_a_small_schema_is_cut_to_what_is_used() -> None:
    assert trim.trim_graphql(FOREST, QUERIES) == GROVE
    assert trim.trim_graphql(FOREST, QUERIES[::-1]) == GROVE
    assert trim.trim_graphql(GROVE, QUERIES) == GROVE


def test_the_shipped_schema_stands_by_itself() -> None:
    schema = build_schema(SDL)
    assert validate_schema(schema) == []
    assert (
        print_type(schema.type_map["GitObject"]) == "interface GitObject {\n  oid: GitObjectID!\n}"
    )
    # What `object(expression:)` gives for a folder is a tree, though no document asks for its type.
    assert "Tree" in schema.type_map


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("query A { leaf { colour } }", "field leaf of Query"),
        ("query A($x: No) { axe }", "type No"),
    ],
)
def test_a_document_beyond_the_schema_stops_the_script(query: str, says: str) -> None:
    with pytest.raises(trim.Unknown, match=says):
        trim.trim_graphql(FOREST, [query])


def test_the_script_stands_alone_and_says_how_it_is_called() -> None:
    run = [sys.executable, str(SOURCES / "sandbox" / "trim.py")]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "OPENAPI_JSON GRAPHQL_SDL" in done.stderr


def test_the_script_writes_both_subsets(tmp_path: Path) -> None:
    sources = [str(SCHEMA / "openapi.json"), str(SCHEMA / "schema.graphql")]
    assert trim.main(sources, tmp_path) == 0
    for name in ("openapi.json", "schema.graphql"):
        assert (tmp_path / name).read_bytes() == (SCHEMA / name).read_bytes()


def test_the_script_leaves_all_as_it_is_where_something_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = tmp_path / "small.json"
    small.write_text(json.dumps(SMALL), encoding="utf-8")
    assert trim.main([str(small), str(SCHEMA / "schema.graphql")], tmp_path) == 2
    assert "The description lacks actions/create-workflow-dispatch" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [small]
