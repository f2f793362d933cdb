"""What every report says in words: the verdict's sentence, and the skipped rules by reason."""

from __future__ import annotations

from collections.abc import Iterable

from ceremony.model import Finding, Place, Severity
from ceremony.rules.audit.outcome import FailOn, Outcome, Verdict
from ceremony.rules.audit.registry import RULES


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 error``, ``2 errors``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(text: str) -> int:
    """The bytes of a text in UTF-8, which is what hosts and runners limit."""
    return len(text.encode("utf-8", "replace"))


def fitting(parts: Iterable[str], room: int) -> list[str]:
    """The first parts that fit into so many bytes."""
    found: list[str] = []
    for part in parts:
        if size(part) > room:
            break
        room -= size(part)
        found.append(part)
    return found


def verdict(outcome: Outcome) -> str:
    """The verdict and what it rests on, as one line without strangers' words."""
    if outcome.verdict is Verdict.REFUSED:
        return "audit refused to judge"
    counts = outcome.counts
    found = ", ".join(
        counted(counts[severity], severity.value) for severity in Severity if counts[severity]
    )
    word = "failed" if outcome.verdict is Verdict.FAIL else "passed"
    where = counted(len(outcome.documents), "document")
    return f"audit {word}: {found or 'no findings'} in {where}"


def aside(outcome: Outcome) -> str:
    """What was found and set aside, as one line; empty where nothing was."""
    parts = [
        text
        for number, text in (
            (outcome.ignored, f"{outcome.ignored:,} ignored by a comment"),
            (outcome.known, f"{outcome.known:,} known to the baseline"),
            (outcome.inherited, f"{outcome.inherited:,} on the base as well"),
        )
        if number
    ]
    return "Set aside: " + ", ".join(parts) if parts else ""


def threshold(outcome: Outcome) -> str:
    """Why findings do not fail the audit, where there are some and it passed; else empty."""
    if outcome.verdict is not Verdict.PASS or not outcome.findings:
        return ""
    if outcome.fail_on is FailOn.NEVER:
        return "No finding fails the audit (fail-on: never)"
    return f"What was found weighs less than fail-on: {outcome.fail_on.value}"


def elsewhere(found: Finding) -> tuple[Place, ...]:
    """The finding's other ends that its message does not name already."""
    return tuple(place for place in found.related if not _names(found.message, place))


def _names(message: str, place: Place) -> bool:
    for form in (f"{place.file}:{place.line}", f"{place.file} line {place.line}"):
        before, named, after = message.partition(form)
        longer = after[:1].isdigit() or before[-1:].isalnum() or before[-1:] in {"/", "."}
        if named and not longer:
            return True
    return False


def skips(outcome: Outcome) -> list[str]:
    """The skipped rules in a few lines: those that no project can have run yet are counted."""
    unread = {rule.awaits for rule in RULES.values() if rule.awaits}
    lines: list[str] = []
    waiting = 0
    for reason, rules in skipped(outcome).items():
        if reason in unread:
            waiting += len(rules)
        else:
            lines.append(f"{counted(len(rules), 'rule')} skipped: {reason}: {', '.join(rules)}")
    if waiting:
        what = "its source is" if waiting == 1 else "their sources are"
        lines.insert(
            0, f"{counted(waiting, 'rule')} skipped: {what} not read yet (list: --format json)"
        )
    return lines


def skipped(outcome: Outcome) -> dict[str, list[str]]:
    """The names of the skipped rules by reason, reasons in order of first mention."""
    reasons: dict[str, list[str]] = {}
    for entry in outcome.skipped:
        reasons.setdefault(entry.reason, []).append(entry.rule)
    return reasons
