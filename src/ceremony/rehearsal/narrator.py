"""Tells a rehearsal to a person: acts, what happens in them, and a table at the end.

Plain text that is the same in every run; whatever a stranger wrote in it is escaped here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TextIO

from ceremony.report.escape import inert, line

WIDTH = 100
"""Columns of a line, as far as its words can be parted."""
TITLE = 60
"""Characters of a commit's title that are shown."""

_BOLD = "\x1b[1m"
_DIM = "\x1b[2m"
_RESET = "\x1b[0m"
GREEN = "\x1b[32m"
YELLOW = "\x1b[33m"
RED = "\x1b[31m"


class Narrator:
    """Writes line after line."""

    def __init__(self, out: TextIO, *, coloured: bool = False) -> None:
        self._out = out
        self._coloured = coloured

    def act(self, number: int, title: str) -> None:
        """Begin an act."""
        self._write("")
        self._write(self._painted(f"{number}. {line(title)}", _BOLD))

    def tell(self, text: str, *, lead: str = "   ", weak: bool = False) -> None:
        """Say something, below the act that is being played; long lines are wrapped."""
        wrapped = textwrap.wrap(
            line(text), WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead),
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        for part in wrapped:
            self._write(self._painted(part, _DIM) if weak else part)

    def verdict(self, word: str, sentences: Iterable[str], *, who: str, colour: str) -> None:
        """What a part says: its verdict in a colour, and a paragraph for each of its sentences."""
        first, *more = sentences
        lead = f"   {who}: "
        shown = textwrap.wrap(
            f"{word}: {line(first)}", WIDTH - len(lead), break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
        shown[0] = self._painted(word, colour) + shown[0][len(word) :]
        for index, part in enumerate(shown):
            self._write((lead if index == 0 else " " * len(lead)) + part)
        for sentence in more:
            self.tell(sentence, lead=" " * len(lead))

    def plain(self, text: str = "") -> None:
        """A line outside of the acts."""
        for part in textwrap.wrap(
            line(text), WIDTH, break_long_words=False, break_on_hyphens=False
        ) or [""]:
            self._write(part)

    def verbatim(self, text: str) -> None:
        """A line to copy: neither wrapped nor changed but for what could be obeyed."""
        self._write(line(text))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of cells in columns; the first is the heading."""
        shown = [[line(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        for index, row in enumerate(shown):
            text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self._write(self._painted(text.rstrip(), _BOLD) if index == 0 else text.rstrip())

    def flush(self) -> None:
        """Let whoever reads along have everything so far."""
        self._out.flush()

    def _painted(self, text: str, code: str) -> str:
        return f"{code}{text}{_RESET}" if self._coloured and text else text

    def _write(self, text: str) -> None:
        # Once more over the whole: what one word ends with may meet the mark of the next.
        self._out.write(inert(text) + "\n")


def titled(text: str) -> str:
    """A commit's title in quotes, cut short."""
    return f'"{text[:TITLE]}…"' if len(text) > TITLE else f'"{text}"'
