from __future__ import annotations

import json
from urllib.parse import unquote

from ceremony.model import Skipped
from ceremony.report import as_json, markdown, sarif, text
from ceremony.rules.audit.outcome import FailOn, Outcome, fingerprints
from tests.report.hostile import outcome


def test_the_object_has_the_fields_of_the_contract() -> None:
    judged = outcome("x")
    report = json.loads(as_json.render(judged))
    assert list(report) == [
        "part", "verdict", "findings", "counts", "skipped", "documents", "failOn", "ignored",
        "known", "inherited", "notices",
    ]  # fmt: skip
    assert report["part"] == "audit"
    assert report["verdict"] == "fail"
    assert report["counts"] == {"error": 1, "warning": 1, "note": 1}
    assert report["findings"][1] == {
        "rule": "domain-owner-missing",
        "severity": "warning",
        "file": "docs/x.md",
        "line": 9,
        "column": 1,
        "message": "x has no ownerx",
        "help": "Name an owner of x",
        "related": [
            {"file": "docs/x.md", "line": 2, "column": 3},
            {"file": "docs/x.md", "line": 9, "column": 1},
        ],
        "fingerprint": fingerprints(judged.findings)[1],
        "endLine": 10,
    }
    assert report["skipped"][0] == {"rule": "branch-behind", "reason": "x"}
    assert "endLine" not in report["findings"][0]


def test_a_refusal_is_a_verdict_with_its_reason() -> None:
    report = json.loads(as_json.render(Outcome(refusal="because", fail_on=FailOn.NEVER)))
    assert report["verdict"] == "refused"
    assert report["refusal"] == "because"


def test_a_file_name_that_is_no_text_is_written_as_everywhere() -> None:
    judged = outcome("x", file="a\udcff.md")
    report = json.loads(as_json.render(judged))
    assert report["findings"][0]["file"] == r"a\xff.md"
    assert report["documents"] == [r"a\xff.md"]
    log = json.loads(sarif.render(judged))
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == r"a\xff.md"
    assert text.render(judged).startswith(r"a\xff.md:2:3 ")
    assert r"<code>a\xff.md</code>" in markdown.render(judged)


def test_it_is_ascii_and_one_text_file() -> None:
    written = as_json.render(Outcome(skipped=(Skipped(rule="é", reason="\x1b[2J\u202e\ud800"),)))
    assert written.isascii()
    assert written.endswith("}\n")
    assert "\x1b" not in written
    assert json.loads(written)["skipped"][0]["reason"] == "\x1b[2J\u202e<U+D800>"
