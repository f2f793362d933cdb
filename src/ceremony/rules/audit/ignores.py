"""Comments that set a finding aside, and the rules that keep them honest.

``<!-- ceremony: ignore RULE: reason -->`` on a line of its own speaks for the block that follows
it (a heading, a paragraph, a list, a table, a fence); inside a line, for that line. A comment
without a reason sets nothing aside.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from ceremony.choices import meant
from ceremony.expressions import expression
from ceremony.model import Block, Document, Finding, Hit, Html, ListItem, Place, Severity
from ceremony.rules.audit.registry import RULES, Project, rule, run

_IGNORE = expression(r"\s*ceremony:\s*ignore(?=[\s:]|\Z)")
_MEANT = expression(
    r"\s*ceremony(?:\s*:\s*|\s+)(?:ign\w*|ing\w*|disable|skip|allow|suppress|off)\b", re.IGNORECASE
)
"""What is meant to set something aside and is not written so."""

_OWN = frozenset({"ignore-unused", "ignore-reason-missing"})


class Ignore(NamedTuple):
    """One comment: which rule it sets aside on which lines, and why."""

    document: Document
    rule: str
    reason: str
    line: int
    first: int
    last: int

    @property
    def holds(self) -> bool:
        """Whether it sets anything aside: it names a rule and gives a reason."""
        return bool(self.reason) and self.rule in RULES

    @property
    def subject(self) -> tuple[str, str]:
        """The rule and the file that it speaks of."""
        return self.rule, self.document.path


def ignores(documents: Iterable[Document]) -> tuple[Ignore, ...]:
    """Every such comment of the documents."""
    return tuple(found for document in documents for found in _of(document))


def apply(
    findings: Sequence[Finding], comments: Sequence[Ignore]
) -> tuple[tuple[Finding, ...], int]:
    """The findings that no comment sets aside, and how many are set aside."""
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for comment in comments:
        if comment.holds:
            spans.setdefault(comment.subject, []).append((comment.first, comment.last))
    # Sorted, and each with the furthest line that it or an earlier one reaches: a document may
    # hold thousands of both.
    starts = {key: [first for first, _ in sorted(of)] for key, of in spans.items()}
    reach = {
        key: list(accumulate((last for _, last in sorted(of)), max)) for key, of in spans.items()
    }

    def covered(found: Finding) -> bool:
        key = found.rule, found.place.file
        before = bisect_right(starts.get(key, ()), found.place.line)
        return before > 0 and reach[key][before - 1] >= found.place.line

    kept = tuple(found for found in findings if not covered(found))
    return kept, len(findings) - len(kept)


@rule(
    "ignore-reason-missing",
    Severity.ERROR,
    finds="a comment that would set a finding aside without a reason, or names no rule",
    help="Write `<!-- ceremony: ignore RULE: reason -->`, one rule to a comment, with your reason.",
    ceremony="Explicit State",
)
def ignore_reason_missing(project: Project) -> Iterator[Hit]:
    """No implicit assumptions: an exception has a reason that readers can weigh."""
    for comment in ignores(project.living):
        if not comment.rule:
            yield _hit(comment, "This comment sets nothing aside: it is not of the form")
        elif comment.rule not in RULES:
            close = meant(comment.rule, RULES).partition(";")[0]
            yield _hit(
                comment,
                f"This comment sets nothing aside: no rule is named “{comment.rule}”{close}",
            )
        elif not comment.reason:
            yield _hit(comment, f"This comment gives no reason to ignore {comment.rule}")


@rule(
    "ignore-unused",
    Severity.WARNING,
    finds="a comment that sets aside a finding which is not there",
    help="Remove the comment: what it excused has been mended.",
    ceremony="Explicit State",
)
def ignore_unused(project: Project) -> Iterator[Hit]:
    """An exception that nothing needs any more hides the next finding."""
    comments = [comment for comment in ignores(project.living) if comment.holds]
    if not comments:
        return
    findings, skipped = run(project, severities=dict.fromkeys(_OWN))
    unknowable = {entry.rule for entry in skipped}
    lines: dict[tuple[str, str], list[int]] = {}
    for found in findings:
        lines.setdefault((found.rule, found.place.file), []).append(found.place.line)
    for comment in comments:
        here = lines.get(comment.subject, [])  # ascending, as findings come
        next_one = bisect_left(here, comment.first)
        used = next_one < len(here) and here[next_one] <= comment.last
        if comment.rule not in unknowable and not used:
            yield _hit(comment, f"Nothing here is found by {comment.rule}")


def _hit(comment: Ignore, message: str) -> Hit:
    return Hit(
        place=Place(file=comment.document.path, line=comment.line),
        message=message,
        subject=f"ignore {comment.rule}",
    )


def _of(document: Document) -> Iterator[Ignore]:
    if not any("ceremony" in line.lower() for line in document.lines):
        return
    for section in document.sections:
        later = document.sections[section.index + 1 : section.index + 2]
        first, last = (later[0].line, later[0].line) if later else (0, 0)
        following: Block | None = None
        found: list[Ignore] = []
        for block in reversed(section.blocks):
            if isinstance(block, Html):
                start, end = first or block.end_line, last or block.end_line
                for offset, comment in reversed(list(_comments(block.content))):
                    found += _read(document, comment, block.line + offset, start, end)
            elif _goes_on(document, block, following):
                first = block.line
            else:
                first, last = block.line, block.end_line
            if not isinstance(block, Html):
                following = block
        yield from reversed(found)
    for _, text in document.texts():
        for comment in text.comments:
            yield from _read(document, comment, text.line, text.line, text.line)


def _goes_on(document: Document, block: Block, following: Block | None) -> bool:
    """Whether the block and the next one belong to one list: items, and what is indented below."""
    return following is not None and all(
        isinstance(part, ListItem) or document.lines[part.line - 1][:1].isspace()
        for part in (block, following)
    )


def _comments(content: str) -> Iterator[tuple[int, str]]:
    """Each comment's line in the content, from 0, and its words."""
    # Not by a pattern: comments that open and never close would cost it quadratic time.
    line = position = 0
    while (start := content.find("<!--", position)) >= 0:
        end = content.find("-->", start + 4)
        if end < 0:
            return
        line += content.count("\n", position, start)
        yield line, content[start + 4 : end]
        line += content.count("\n", start, end)
        position = end


def _read(document: Document, comment: str, line: int, first: int, last: int) -> Iterator[Ignore]:
    if _MEANT.match(comment) is None:
        return
    match = _IGNORE.match(comment)
    rule_name, _, reason = comment[match.end() :].partition(":") if match else ("", "", "")
    yield Ignore(
        document=document,
        rule=" ".join(rule_name.split())[:60],
        reason=" ".join(reason.split()),
        line=line,
        first=first,
        last=last,
    )
