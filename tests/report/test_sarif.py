from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from markdown_it import MarkdownIt

from ceremony.model import Finding, Place, Severity
from ceremony.report import sarif
from ceremony.report.escape import whole
from ceremony.rules.audit import RULES
from ceremony.rules.audit.outcome import Outcome, fingerprints
from tests.report.hostile import COMMANDS, MARKDOWN, SPOOFS, outcome

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "data" / "sarif-2.1.0-reduced.schema.json").read_text("utf-8")
)


def _log(judged: Outcome, prefix: str = "") -> dict[str, Any]:
    log: dict[str, Any] = json.loads(sarif.render(judged, prefix))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    return log


def test_the_schema_of_the_tests_is_one_and_rejects() -> None:
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    log = _log(outcome("x"))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate(log)


@pytest.mark.parametrize(
    "text",
    [*COMMANDS.values(), *MARKDOWN.values(), *(text for text, _ in SPOOFS.values())],
    ids=[*COMMANDS, *MARKDOWN, *SPOOFS],
)
def test_it_validates_whatever_the_words(text: str) -> None:
    run = _log(outcome(text))["runs"][0]
    assert len(run["results"]) == 3
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert unquote(uri) == f"docs/{whole(text)}.md"
    assert not set(uri) & set(" :<>[]`|#?\\\"'")


def test_every_rule_has_its_help_and_every_result_its_rule() -> None:
    judged = outcome("x")
    run = _log(judged)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for rule in rules:
        declared = RULES[rule["id"]]
        assert rule["help"]["text"] == declared.help
        assert rule["helpUri"].endswith(f"/docs/rules/{declared.name}.md")
        assert declared.ceremony in rule["fullDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] == declared.severity.value
        assert len(rule["properties"]["tags"]) <= 20
    for result, name in zip(run["results"], fingerprints(judged.findings), strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"] == {"ceremony/v1": name}
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]


def test_places_are_named_from_the_repositorys_root() -> None:
    run = _log(outcome("x"), "sub folder/")["runs"][0]
    assert run["results"][1]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {
                    "uri": "sub%20folder/docs/x.md",
                    "uriBaseId": "%SRCROOT%",
                },
                "region": {"startLine": 9, "startColumn": 1, "endLine": 10},
            }
        }
    ]
    related = run["results"][0]["relatedLocations"]
    assert [place["id"] for place in related] == [1, 2]
    assert related[0]["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 3}


def test_skipped_rules_and_notices_are_notifications() -> None:
    invocation = _log(outcome("x"))["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is True
    said = [entry["message"]["text"] for entry in invocation["toolExecutionNotifications"]]
    assert said == [
        "x",
        "1. x",
        "Rule branch-behind was skipped: x",
        "Rule branch-missing was skipped: x:",
    ]
    entries = invocation["toolExecutionNotifications"]
    ruled = [entry["associatedRule"]["index"] for entry in entries if "associatedRule" in entry]
    assert [list(RULES)[index] for index in ruled] == ["branch-behind", "branch-missing"]


def test_a_refusal_is_an_execution_that_failed() -> None:
    invocation = _log(Outcome(refusal="because"))["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": "because"}}
    ]


def test_a_rule_s_help_is_markdown_with_a_link_to_its_page() -> None:
    rules = _log(Outcome())["runs"][0]["tool"]["driver"]["rules"]
    for rule in rules:
        advice, page = MarkdownIt("commonmark").parse(rule["help"]["markdown"])[1::3]
        # Words, signs of emphasis and angle brackets are what the rule's help has.
        said = "".join(token.content for token in advice.children or [])
        assert said == rule["help"]["text"].replace("`", "")
        opening, name, _ = page.children or []
        assert opening.attrs["href"] == rule["helpUri"]
        assert name.content == rule["id"]


def test_a_place_starts_at_a_line_and_ends_behind_it() -> None:
    found = Finding(
        rule="domain-owner-missing",
        severity=Severity.NOTE,
        place=Place(file="a.md", line=0, end_line=0),
        message="m",
        help="",
        subject="s",
    )
    run = _log(Outcome(findings=(found,)))["runs"][0]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 1}


def test_words_in_brackets_are_no_link() -> None:
    run = _log(outcome("[Approved](https://example.org)"))["runs"][0]
    assert "](" not in run["results"][0]["message"]["text"]
    assert "[Approved] (https" in run["results"][0]["message"]["text"]
