"""The report for code scanning: SARIF 2.1.0, as the OASIS schema and GitHub's limits want it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ceremony import __version__
from ceremony.model import Finding, Place, Severity
from ceremony.report import words
from ceremony.report.escape import code, cut, json_inert, prose, visible, whole
from ceremony.report.markdown import PAGES
from ceremony.rules.audit.outcome import Outcome, Verdict, fingerprints
from ceremony.rules.audit.registry import RULES

# docs.github.com, code-security/code-scanning/troubleshooting-sarif-uploads: a run of more than
# 25,000 results is rejected, 5,000 are shown; an upload may have 10 MB when compressed, which a
# file below that size has in any case; 1,000 locations a result, 100 shown; 20 tags a rule.
RESULTS = 25_000
BYTES = 9_500_000
LOCATIONS = 100

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_HOME = "https://github.com/spiritstream/ceremony"
_ROOT = "%SRCROOT%"
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_RULE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
# GitHub sorts alerts of quality, as opposed to security, by these words of its own.
_PROBLEM = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "recommendation",
}


def render(outcome: Outcome, root_prefix: str = "") -> str:
    """The outcome as one SARIF log that ends with a line feed.

    `root_prefix` is the audited folder's path from the repository's root, empty where they are
    the same: results name files from the repository's root.
    """
    names = _rule_names(outcome)
    indices = {name: index for index, name in enumerate(names)}
    results, left = _results(outcome, indices, root_prefix)
    notifications = [_notification(notice) for notice in outcome.notices]
    notifications += [
        _notification(f"Rule {entry.rule} was skipped: {entry.reason}", indices.get(entry.rule))
        for entry in outcome.skipped
    ]
    if left:
        more = words.counted(left, "more finding is", "more findings are")
        notifications.append(_notification(f"{more} in the JSON report"))
    if outcome.refusal:
        notifications.append(_notification(outcome.refusal, level="error"))
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ceremony",
                        "informationUri": _HOME,
                        "semanticVersion": __version__,
                        "rules": [_rule(name, outcome) for name in names],
                    }
                },
                "automationDetails": {"id": "ceremony/audit/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The repository's root."}}},
                "invocations": [
                    {
                        "executionSuccessful": outcome.verdict is not Verdict.REFUSED,
                        "toolExecutionNotifications": notifications,
                    }
                ],
                "results": results,
            }
        ],
    }
    return json_inert(json.dumps(log, ensure_ascii=True, separators=(",", ":"))) + "\n"


def _rule_names(outcome: Outcome) -> tuple[str, ...]:
    foreign = {found.rule for found in outcome.findings} - RULES.keys()
    return (*RULES, *sorted(foreign))


def _rule(name: str, outcome: Outcome) -> dict[str, object]:
    declared = RULES.get(name)
    if declared is None:
        first = next(found for found in outcome.findings if found.rule == name)
        finds, advice, severity, ceremony = name, first.help, first.severity, ""
    else:
        finds, advice = declared.finds, declared.help
        severity, ceremony = declared.severity, declared.ceremony
    finds = f"{finds[:1].upper()}{finds[1:]}"
    stands = f" It stands on the ceremony's heading “{ceremony}”." if ceremony else ""
    entry: dict[str, object] = {
        "id": whole(name),
        "shortDescription": {"text": _text(finds)},
        "fullDescription": {"text": _text(f"{finds.rstrip('.')}.{stands}")},
        "help": {"text": _text(advice or finds), "markdown": _text(_markdown(name, advice, finds))},
        "defaultConfiguration": {"level": severity.value},
        "properties": {"tags": ["governance"], "problem.severity": _PROBLEM[severity]},
    }
    if _RULE.fullmatch(name):
        entry["helpUri"] = f"{PAGES}{name}.md"
    return entry


def _markdown(name: str, advice: str, finds: str) -> str:
    page = f"\n\n[{name}]({PAGES}{name}.md)" if _RULE.fullmatch(name) else f"\n\n{code(name)}"
    return prose(advice or finds) + page


def _results(
    outcome: Outcome, indices: Mapping[str, int], prefix: str
) -> tuple[list[dict[str, object]], int]:
    """The results within GitHub's limits, the heaviest kept, and the number of the others."""
    results = [
        (found.severity.rank, _result(found, name, indices, prefix))
        for found, name in zip(outcome.findings, fingerprints(outcome.findings), strict=True)
    ]
    room = BYTES - 2_000 * len(indices)
    sizes = [len(json_inert(json.dumps(entry, separators=(",", ":")))) + 1 for _, entry in results]
    kept: set[int] = set()
    for index in sorted(range(len(results)), key=lambda index: results[index][0]):
        room -= sizes[index]
        if room < 0 or len(kept) == RESULTS:
            break
        kept.add(index)
    return [results[index][1] for index in sorted(kept)], len(results) - len(kept)


def _result(
    found: Finding, fingerprint: str, indices: Mapping[str, int], prefix: str
) -> dict[str, object]:
    entry: dict[str, object] = {
        "ruleId": whole(found.rule),
        "ruleIndex": indices[found.rule],
        "level": found.severity.value,
        "message": {"text": _text(found.message)},
        "locations": [_location(found.place, prefix)],
        "partialFingerprints": {"ceremony/v1": fingerprint},
    }
    if found.related:
        entry["relatedLocations"] = [
            {"id": number, **_location(place, prefix)}
            for number, place in enumerate(found.related[:LOCATIONS], 1)
        ]
    return entry


def _location(place: Place, prefix: str) -> dict[str, object]:
    region = {"startLine": max(place.line, 1), "startColumn": max(place.column, 1)}
    if place.end_line is not None and place.end_line >= region["startLine"]:
        region["endLine"] = place.end_line
    path = f"{prefix.strip('/')}/{place.file}" if prefix.strip("/") else place.file
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(path), "uriBaseId": _ROOT},
            "region": region,
        }
    }


def _uri(path: str) -> str:
    """The path percent-encoded, as RFC 3986 wants a relative reference."""
    return "".join(
        chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in whole(path).encode()
    )


def _notification(text: str, rule: int | None = None, *, level: str = "note") -> dict[str, object]:
    entry: dict[str, object] = {"level": level, "message": {"text": _text(text)}}
    if rule is not None:
        entry["associatedRule"] = {"index": rule}
    return entry


def _text(text: str) -> str:
    """A message that holds no link: ``[words](target)`` is one, in plain text too."""
    return visible(cut(whole(text))).replace("](", "] (")
