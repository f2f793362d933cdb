"""The rule about code blocks that hold more than their author meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ceremony.expressions import expression
from ceremony.model import Document, Fence, Hit, Severity
from ceremony.rules.audit.registry import Project, at, rule
from ceremony.rules.audit.structure import ATX, quoted

_FENCE_LINE = expression(r"[ \t]*(`{3,}|~{3,})(.*)")


class _Mark(NamedTuple):
    """A line that opens or closes a code block, as its author meant it."""

    line: int
    markup: str
    info: str

    def fits(self, markup: str) -> bool:
        """Whether the mark is of the same sign and at least as long."""
        return self.markup[0] == markup[0] and len(self.markup) >= len(markup)


class _Held(NamedTuple):
    """What a code block holds that its author did not mean to be code."""

    headings: tuple[str, ...]
    before: tuple[str, ...]
    """The headings above the first block that was to open here."""
    opener: _Mark | None
    """The first such block, where it closes as this one does."""

    @property
    def tells(self) -> bool:
        """Whether text was swallowed: a heading, or the opening of another block."""
        return bool(self.headings or self.opener)


class _Author:
    """Reads lines as their author meant them: blocks nest, and each closing ends the last."""

    def __init__(self) -> None:
        self.current: _Mark | None = None
        """The outermost block that is open."""
        self.clash: _Mark | None = None
        """The first block inside it that ends it too early, because its fence is as long."""
        self._inner: list[_Mark] = []

    def take(self, line: int, text: str) -> str:
        """Read one line; the heading that it is, or nothing."""
        mark = _read_mark(line, text)
        if mark is None:
            heading = None if self.current else ATX.fullmatch(text)
            # One sign alone is as often a shell's comment as a title.
            is_title = heading is not None and len(heading[1]) > 1
            return heading[2].rstrip("#").rstrip() if heading and is_title else ""
        if self.current is None:
            self.current, self.clash = mark, None
        elif mark.info:
            self._inner.append(mark)
            if self.clash is None and mark.fits(self.current.markup):
                self.clash = mark
        elif self._inner and mark.fits(self._inner[-1].markup):
            self._inner.pop()
        elif not self._inner and mark.fits(self.current.markup):
            self.current = None
        return ""


def _read_mark(line: int, text: str) -> _Mark | None:
    match = _FENCE_LINE.fullmatch(text)
    if match is None or (match[1][0] == "`" and "`" in match[2]):
        return None
    return _Mark(line=line, markup=match[1], info=match[2].strip())


def _read_as_text(fence: Fence) -> _Held:
    """Read a block's content as if the block had not been opened."""
    headings: list[str] = []
    before: tuple[str, ...] = ()
    opener: _Mark | None = None
    author = _Author()
    for number, text in enumerate(fence.content, start=fence.line + 1):
        idle = author.current is None
        heading = author.take(number, text)
        if heading:
            headings.append(heading)
        opened = author.current if idle else None
        if opener is None and opened and opened.info and opened.fits(fence.markup):
            opener, before = opened, tuple(headings)
    return _Held(headings=tuple(headings), before=before, opener=opener)


@rule(
    "fence-unbalanced",
    Severity.WARNING,
    finds="a fence that closes early and swallows headings",
    help="Open and close the outer block with one back-tick more than any block inside it, and "
    "close every block that is opened.",
    ceremony="Single Source of Truth",
)
def fence_unbalanced(project: Project) -> Iterator[Hit]:
    """What stands in a code block is not part of the document."""
    for document in project.living:
        fences = [f for section in document.sections for f in section.fences if f.markup]
        above = _find_titles_above(document) if fences else []
        index = 0
        while index < len(fences):
            index, found = _judge_fence(document, fences, index)
            for line, message in found:
                raw = document.lines[line - 1]
                yield Hit(
                    place=at(document, line, len(raw) - len(raw.lstrip()) + 1),
                    message=message,
                    subject=f"{raw.strip()} {above[line - 1]}",
                )


def _find_titles_above(document: Document) -> list[str]:
    """For each line the words of the nearest heading above it, a swallowed one included."""
    titles: list[str] = []
    title = ""
    for text in document.lines:
        titles.append(title)
        match = ATX.fullmatch(text)
        title = match[2] if match else title
    return titles


def _judge_fence(
    document: Document, fences: list[Fence], index: int
) -> tuple[int, list[tuple[int, str]]]:
    """What is wrong from one block on, and the block after the stretch that it spoils."""
    fence = fences[index]
    held = _read_as_text(fence)
    cut_short = not fence.closed and _goes_on(document, fence)
    follower = fences[index + 1] if index + 1 < len(fences) else None
    if (
        (held.opener or cut_short)
        and follower
        and not follower.info
        and follower.markup[0] == fence.markup[0]
        and _read_as_text(follower).tells
    ):
        cause = "its text is not indented as far as its fence"
        if held.opener:
            cause = _describe_clash(held.opener)
        return _read_on(document, fences, index, cause)
    found: list[tuple[int, str]] = []
    if held.opener and held.before:
        message = (
            f"This code block is not closed before line {held.opener.line}, where another one "
            f"opens: it swallows {quoted(held.before)}"
        )
        found.append((fence.line, message))
    elif not fence.closed and not cut_short and held.headings:
        message = f"This code block is never closed: it swallows {quoted(held.headings)}"
        found.append((fence.line, message))
    return index + 1, found


def _goes_on(document: Document, fence: Fence) -> bool:
    """Whether there is text below the block, although it is not closed."""
    later = range(fence.end_line, len(document.lines))
    return any(document.lines[index].strip() for index in later)


def _describe_clash(mark: _Mark) -> str:
    return f"it holds {mark.markup}{mark.info}, whose end is taken for its own"


def _read_on(
    document: Document, fences: list[Fence], index: int, cause: str
) -> tuple[int, list[tuple[int, str]]]:
    """Read on, as the author meant it, until both readings are outside of any block again.

    Every block on the way that holds a fence of its own length is to blame; the text between the
    blocks is what the one before it swallows.
    """
    first = fences[index]
    swallowed: list[str] = []
    blamed = {first.line: (cause, swallowed)}
    author = _Author()
    for number in range(first.line, len(document.lines) + 1):
        title = author.take(number, document.lines[number - 1])
        opened = author.current
        if opened and author.clash and opened.line not in blamed:
            swallowed = []
            blamed[opened.line] = (_describe_clash(author.clash), swallowed)
        while index < len(fences) and fences[index].end_line < number:
            index += 1
        if index == len(fences):
            break
        if title and fences[index].line < number:
            swallowed.append(title)
        if number == fences[index].end_line and author.current is None:
            index += 1
            break
    else:
        index = len(fences)
    found = []
    for line, (why, titles) in blamed.items():
        what = quoted(titles) if titles else "the text that follows"
        message = f"This code block closes early, because {why}, and swallows {what}"
        found.append((line, message))
    return index, found
