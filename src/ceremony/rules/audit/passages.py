"""Which words of a document are to be judged: its running text, less what only records or shows.

A changelog tells what was so, a template what might be, a list of criteria what is to be: a rule
that takes them for statements is wrong about all three.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from ceremony.expressions import expression
from ceremony.model import Document, ListItem, Paragraph, Section, Text

_SAMPLES = r"examples?|templates?"
_RECORDS = rf"{_SAMPLES}|change ?logs?|history|archived?|transitions?|retrospectives?"
_DEMANDS = r"checklists?|criteria|readiness|requirements?|acceptance"
_LIMITS = (
    r"triggers?|thresholds?|indicators?|signs?|scaling|out[ -]of[ -]scope|proposals?|discovery"
)
SAMPLES = expression(rf"\b(?:{_SAMPLES})\b", re.IGNORECASE)
"""Headings of what only shows how something would look."""
RECORDS = expression(rf"\b(?:{_RECORDS})\b", re.IGNORECASE)
"""Those, and headings of what was."""
DEMANDS = expression(rf"\b(?:{_RECORDS}|{_DEMANDS})\b", re.IGNORECASE)
"""Those, and headings of what has to be."""
LIMITS = expression(rf"\b(?:{_RECORDS}|{_LIMITS})\b", re.IGNORECASE)
"""Records, and headings of what is set for a later case, proposed or looked into."""
CONDITIONS = expression(
    rf"\b(?:{_RECORDS}|{_DEMANDS}|{_LIMITS}|principles?|item status(?:es)?|how to|process)\b",
    re.IGNORECASE,
)
"""All of those, and headings of rules."""
LOGS = expression(r"\b(?:change ?log|(?:revision|document|version) history)\b", re.IGNORECASE)
"""Headings of the document's own history."""
_NUMBERED = expression(
    rf"(?:M[0-9]{{1,4}}(?:\.[0-9]{{1,4}})?|PROP-[0-9]{{1,6}})\s*[:–—-]\s*(?!(?:{_SAMPLES})\b)\w",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def quiet(document: Document, pattern: re.Pattern[str]) -> frozenset[int]:
    """The indexes of the sections whose heading, or one above it, has the pattern.

    The title of a milestone, an item or a proposal (``M1.5: Issue Templates``) names its subject.
    """
    found: set[int] = set()
    for section in document.sections:
        name = section.name
        own = section.level > 1 and pattern.search(name) and not _NUMBERED.match(name)
        if own or section.parent in found:
            found.add(section.index)
    return frozenset(found)


def prose(section: Section) -> tuple[Paragraph | ListItem, ...]:
    """A section's own running text: its paragraphs and list items."""
    return tuple(block for block in section.blocks if isinstance(block, Paragraph | ListItem))


class Statement(NamedTuple):
    """One sentence of running text, and where it stands."""

    text: str
    section: Section
    block: Paragraph | ListItem
    starts: tuple[tuple[int, int], ...]
    """Offset and line of each source line that it covers."""

    def line(self, offset: int) -> int:
        """The line of a place in it."""
        return max(line for start, line in self.starts if start <= offset)


_SENTENCE = expression(r"(?<=[.!?])\s+(?=[A-Z“\"(*])")
_GOAL = expression(r"\W*(?:graduation|acceptance|exit|success|target|goal)\b", re.IGNORECASE)
_LONGEST = 1_000
"""A longer sentence is no statement that anybody checks."""


def statements(document: Document, *, but: re.Pattern[str]) -> Iterator[Statement]:
    """The sentences of paragraphs and list items, in order; a ``**Key**: value`` by itself.

    Left out are quotations, what is stated as a goal or a criterion, and sections whose
    heading, or one above it, has the pattern.
    """
    skipped = quiet(document, but)
    return (each for each in _all(document) if each.section.index not in skipped)


@lru_cache(maxsize=64)
def _all(document: Document) -> tuple[Statement, ...]:
    """Every statement: several rules read them, and splitting costs more than judging."""
    return tuple(_each(document))


def _each(document: Document) -> Iterator[Statement]:
    for section in document.sections:
        fields = {field.line for field in section.fields}
        for block in section.blocks:
            if isinstance(block, ListItem) or (isinstance(block, Paragraph) and not block.quoted):
                starts = [n for n, text in enumerate(block.lines) if not n or text.line in fields]
                for first, last in zip(starts, [*starts[1:], len(block.lines)], strict=True):
                    yield from _split(section, block, block.lines[first:last])


def _split(
    section: Section, block: Paragraph | ListItem, lines: Sequence[Text]
) -> Iterator[Statement]:
    if _GOAL.match(lines[0].plain):
        return
    joined = " ".join(text.plain for text in lines)
    offsets = [0, *accumulate(len(text.plain) + 1 for text in lines)][:-1]
    start = 0
    for part in _SENTENCE.split(joined):
        start = joined.index(part, start)
        if len(part) <= _LONGEST:
            first = bisect_right(offsets, start) - 1
            last = bisect_right(offsets, start + len(part))
            starts = tuple(
                (max(offsets[index] - start, 0), lines[index].line) for index in range(first, last)
            )
            yield Statement(text=part, section=section, block=block, starts=starts)
        start += len(part)
