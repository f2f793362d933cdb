"""The report for a person at a terminal: place, rule, message, the line itself, what to do."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.model import Finding, Place, Severity
from ceremony.report import words
from ceremony.report.escape import inert, line, visible
from ceremony.rules.audit.outcome import Outcome, Verdict

WIDTH = 100
"""Columns of a source line that are shown where the terminal's width is not known."""
RELATED = 5
"""Other ends of a finding that are named; the rest is counted."""

_INDENT = "    "
_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_DIM = "\x1b[2m"
_GREEN = "\x1b[32m"
_RED = "\x1b[31m"
_COLOURS = {Severity.ERROR: _RED, Severity.WARNING: "\x1b[33m", Severity.NOTE: "\x1b[36m"}

_Paint = Callable[[str, str], str]
"""From a text and the code of its colour to what is printed."""


def render(outcome: Outcome, *, colour: bool = False, width: int | None = None) -> str:
    """The outcome as lines of text, the verdict last, where a terminal leaves the eye.

    `width` is the terminal's, in columns: only source lines are trimmed to it.
    """
    paint = _coloured if colour else _plain
    parts: list[str] = []
    for found in outcome.findings:
        parts += [*_finding(found, outcome, paint, max(width or WIDTH, 40)), ""]
    reasons = words.skipped(outcome)
    if reasons:
        parts.append(f"{words.counted(len(outcome.skipped), 'rule')} skipped:")
        parts += [
            f"{_INDENT}{line(reason)}: {line(', '.join(rules))}"
            for reason, rules in reasons.items()
        ]
    parts += [f"Notice: {line(notice)}" for notice in outcome.notices]
    parts += filter(None, (words.aside(outcome), words.threshold(outcome), line(outcome.refusal)))
    good = outcome.verdict is Verdict.PASS
    parts.append(paint(words.verdict(outcome), _BOLD + (_GREEN if good else _RED)))
    # Once more over the whole: a file named ``:`` makes the mark with the colon that follows it.
    return inert("\n".join(parts)) + "\n"


def _plain(text: str, _: str) -> str:
    return text


def _coloured(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}"


def _finding(found: Finding, outcome: Outcome, paint: _Paint, width: int) -> list[str]:
    place = paint(f"{_end(found.place)}:{found.place.column}", _BOLD)
    severity = paint(found.severity.value, _COLOURS[found.severity])
    parts = [f"{place} {severity} {line(found.rule)}: {line(found.message)}"]
    source = outcome.excerpts.get((found.place.file, found.place.line))
    if source is not None and source.strip():
        parts += [_INDENT + part for part in _excerpt(source, found.place.column, width, paint)]
    if found.related:
        named = ", ".join(_end(place) for place in found.related[:RELATED])
        more = len(found.related) - RELATED
        parts.append(f"{_INDENT}also: {named}" + (f" and {more:,} more" if more > 0 else ""))
    if found.help:
        parts.append(f"{_INDENT}do: {line(found.help)}")
    return parts


def _end(place: Place) -> str:
    return f"{line(place.file)}:{place.line}"


def _excerpt(source: str, column: int, width: int, paint: _Paint) -> list[str]:
    """The source line around the column, and a caret where the column is known."""
    room = width - len(_INDENT) - 4
    source = source.rstrip().replace("\t", " ")
    at = min(column - 1, len(source))
    start = max(0, min(at - room // 3, len(source) - room))
    before = "…" if start else ""
    after = "…" if start + room < len(source) else ""
    shown = inert(visible(source[start : start + room]))
    parts = [paint(f"| {before}{shown}{after}", _DIM)]
    if column > 1:
        offset = len(before) + len(inert(visible(source[start:at])))
        parts.append(paint(f"| {' ' * offset}^", _DIM))
    return parts
