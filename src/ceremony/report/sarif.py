"""The report for code scanning: SARIF 2.1.0, as the OASIS schema and GitHub's limits want it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ceremony import __version__
from ceremony.model import Finding, Place, Severity
from ceremony.report import words
from ceremony.report.escape import cut, json_inert, prose, visible, whole
from ceremony.report.markdown import PAGES
from ceremony.rules.audit.outcome import Outcome, Verdict, fingerprints
from ceremony.rules.audit.registry import RULES, Rule

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
# GitHub sorts alerts of quality, as opposed to security, by these words of its own.
_PROBLEM = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "recommendation",
}


def render(
    outcome: Outcome, root_prefix: str = "", *, part: str = "audit", further: Sequence[Rule] = ()
) -> str:
    """The outcome as one SARIF log that ends with a line feed.

    `root_prefix` is the audited folder's path from the repository's root, empty where they are
    the same: results name files from the repository's root. `further` are what a part finds
    beside the audit's rules; the part's own page explains them.
    """
    rules = (*RULES.values(), *further)
    indices = {rule.name: index for index, rule in enumerate(rules)}
    own = f"{PAGES.removesuffix('rules/')}{part}.md"
    results, left = _results(outcome, indices, root_prefix)
    notifications = [_notification(notice) for notice in outcome.notices]
    notifications += [
        _notification(f"Rule {entry.rule} was skipped: {entry.reason}", indices[entry.rule])
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
                        "rules": [_rule(rule, "" if rule.name in RULES else own) for rule in rules],
                    }
                },
                "automationDetails": {"id": f"ceremony/{part}/"},
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


def _rule(rule: Rule, page: str = "") -> dict[str, object]:
    finds = f"{rule.finds[:1].upper()}{rule.finds[1:]}"
    page = page or f"{PAGES}{rule.name}.md"
    stands = f"It stands on the ceremony's heading “{rule.ceremony}”."
    return {
        "id": rule.name,
        "shortDescription": {"text": finds},
        "fullDescription": {"text": f"{finds.rstrip('.')}. {stands}"},
        "helpUri": page,
        "help": {"text": rule.help, "markdown": f"{prose(rule.help)}\n\n[{rule.name}]({page})"},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": ["governance"], "problem.severity": _PROBLEM[rule.severity]},
    }


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
        "ruleId": found.rule,
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
