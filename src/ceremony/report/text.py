"""The report for a person at a terminal: place, rule, message, the line itself, what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

from ceremony.model import Finding, Place, Severity
from ceremony.report import words
from ceremony.report.escape import inert, line, visible
from ceremony.rules.audit.outcome import Outcome, Verdict

WIDTH = 100
"""Columns that a source line takes at most."""
RELATED = 5
"""Other ends of a finding that are named; the rest is counted."""
ROWS = 12
"""Rules of the summary that have a line of their own."""

_INDENT = "    "
_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_DIM = "\x1b[2m"
_GREEN = "\x1b[32m"
_RED = "\x1b[31m"
_COLOURS = {Severity.ERROR: _RED, Severity.WARNING: "\x1b[33m", Severity.NOTE: "\x1b[36m"}

_QUOTED = re.compile(r"[“\"`]([^“”\"`]{2,200})[”\"`]")

_Paint = Callable[[str, str], str]
"""From a text and the code of its colour to what is printed."""


def render(outcome: Outcome, *, colour: bool = False) -> str:
    """The outcome as lines of text: the lightest findings first, the verdict last.

    So what weighs most stands where a terminal leaves the eye.
    """
    paint = _coloured if colour else _plain
    parts: list[str] = []
    advised: set[str] = set()
    for found in sorted(outcome.findings, key=lambda found: -found.severity.rank):
        parts += _finding(found, outcome.excerpts, paint)
        if found.help and found.rule not in advised:
            advised.add(found.rule)
            parts.append(f"{_INDENT}do: {line(found.help)}")
    parts += _summary(outcome, paint)
    parts += map(line, words.skips(outcome))
    parts += filter(None, (words.aside(outcome), words.threshold(outcome)))
    parts += [f"Notice: {line(notice)}" for notice in outcome.notices]
    parts += filter(None, (line(outcome.refusal),))
    good = outcome.verdict is Verdict.PASS
    parts.append(paint(words.verdict(outcome), _BOLD + (_GREEN if good else _RED)))
    # Once more over the whole: a file named ``:`` makes the mark with the colon that follows it.
    return inert("\n".join(parts)) + "\n"


def _summary(outcome: Outcome, paint: _Paint) -> list[str]:
    """How many findings each rule has, the heaviest first, and where a rule is explained."""
    if not outcome.findings:
        return []
    counts = Counter((found.severity, found.rule) for found in outcome.findings)
    ordered = sorted(counts.items(), key=lambda entry: (entry[0][0].rank, -entry[1], entry[0][1]))
    parts = ["", "By rule (bin/ceremony audit --explain RULE says why, and what mends it):"]
    for (severity, rule), count in ordered[:ROWS]:
        weight = paint(severity.value, _COLOURS[severity]) + " " * (7 - len(severity.value))
        parts.append(f"{_INDENT}{count:>5,} {weight} {line(rule)}")
    left = ordered[ROWS:]
    if left:
        number = words.counted(sum(count for _, count in left), "finding")
        parts.append(f"{_INDENT}{number} of {words.counted(len(left), 'more rule')}")
    return [*parts, ""]


def _plain(text: str, _: str) -> str:
    return text


def _coloured(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}"


def _finding(found: Finding, excerpts: Mapping[tuple[str, int], str], paint: _Paint) -> list[str]:
    place = paint(f"{_end(found.place)}:{found.place.column}", _BOLD)
    severity = paint(found.severity.value, _COLOURS[found.severity])
    parts = [f"{place} {severity} {line(found.rule)}: {line(found.message)}"]
    source = excerpts.get((found.place.file, found.place.line), "").rstrip().replace("\t", " ")
    if source:
        parts += [_INDENT + part for part in _excerpt(source, found, paint)]
    elsewhere = words.elsewhere(found)
    if elsewhere:
        named = ", ".join(_end(place) for place in elsewhere[:RELATED])
        more = len(elsewhere) - RELATED
        parts.append(f"{_INDENT}also: {named}" + (f" and {more:,} more" if more > 0 else ""))
    return parts


def _end(place: Place) -> str:
    return f"{line(place.file)}:{place.line}"


def _excerpt(source: str, found: Finding, paint: _Paint) -> list[str]:
    """The source line around what was found, and a caret where the column is known."""
    room = WIDTH - len(_INDENT) - 4
    at = min(found.place.column - 1, len(source))
    about = at or _quoted(source, found.message)
    start = max(0, min(about - room // 3, len(source) - room))
    before = "…" if start else ""
    after = "…" if start + room < len(source) else ""
    shown = inert(visible(source[start : start + room]))
    parts = [paint(f"| {before}{shown}{after}", _DIM)]
    if at:
        offset = len(before) + len(inert(visible(source[start:at])))
        parts.append(paint(f"| {' ' * offset}^", _DIM))
    return parts


def _quoted(source: str, message: str) -> int:
    """Where the line has the first words that the message quotes; 0 where it has none."""
    places = (source.find(match[1]) for match in _QUOTED.finditer(message))
    return next((place for place in places if place > 0), 0)
