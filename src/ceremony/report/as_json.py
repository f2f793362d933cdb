"""The report for programs: one JSON object, the fields of the contract.

It is ASCII, so nothing in it is obeyed by a terminal, and no string of it holds what a runner
would obey; a parser reads the very characters that the documents have.
"""

from __future__ import annotations

from ceremony.model import Finding, Place
from ceremony.report.escape import json_text, whole
from ceremony.rules.audit.outcome import Outcome, fingerprints

PART = "audit"


def render(outcome: Outcome) -> str:
    """The outcome as one indented JSON object that ends with a line feed."""
    names = fingerprints(outcome.findings)
    report: dict[str, object] = {
        "part": PART,
        "verdict": outcome.verdict.value,
        "findings": [
            _finding(found, name) for found, name in zip(outcome.findings, names, strict=True)
        ],
        "counts": {severity.value: count for severity, count in outcome.counts.items()},
        "skipped": [
            {"rule": whole(entry.rule), "reason": whole(entry.reason)} for entry in outcome.skipped
        ],
        "documents": [whole(path) for path in outcome.documents],
        "failOn": outcome.fail_on.value,
        "ignored": outcome.ignored,
        "known": outcome.known,
        "inherited": outcome.inherited,
        "notices": [whole(notice) for notice in outcome.notices],
    }
    if outcome.refusal:
        report["refusal"] = whole(outcome.refusal)
    return json_text(report)


def _finding(found: Finding, fingerprint: str) -> dict[str, object]:
    entry: dict[str, object] = {
        "rule": whole(found.rule),
        "severity": found.severity.value,
        **_place(found.place),
        "message": whole(found.message),
        "help": whole(found.help),
        "related": [_place(place) for place in found.related],
        "fingerprint": fingerprint,
    }
    if found.place.end_line is not None:
        entry["endLine"] = found.place.end_line
    return entry


def _place(place: Place) -> dict[str, object]:
    return {"file": whole(place.file), "line": place.line, "column": place.column}
