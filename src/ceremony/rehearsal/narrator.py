"""Tells a rehearsal to a person: acts, what happens in them, and a table at the end.

Plain text that is the same in every run; whatever a stranger wrote in it is escaped here.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from typing import TextIO

from ceremony.report.escape import inert, line

WIDTH = 100
"""Columns of a line where nobody says how wide a terminal is, and at most."""
NARROWEST = 80
"""Columns of a line at least; a word that is longer is not parted."""
TITLE = 60
"""Characters of a commit's title that are shown."""

_STEP = 3
"""Columns by which a line goes in below another."""
_BOLD = "\x1b[1m"
_DIM = "\x1b[2m"
_RESET = "\x1b[0m"
GREEN = "\x1b[32m"
YELLOW = "\x1b[33m"
RED = "\x1b[31m"


class Narrator:
    """Writes line after line."""

    def __init__(self, out: TextIO, *, coloured: bool = False, width: int = WIDTH) -> None:
        self._out = out
        self._coloured = coloured
        self._width = width

    def act(self, number: int, title: str) -> None:
        """Begin an act."""
        self._write("")
        self._write(self._painted(f"{number}. {line(title)}", _BOLD))

    def tell(self, text: str, *, weak: bool = False) -> None:
        """Say something, below the act that is being played; long lines are wrapped."""
        for part in self._wrapped(text, _STEP):
            self._write(self._painted(part, _DIM) if weak else part)

    def verdict(self, word: str, sentences: Iterable[str], *, who: str, colour: str) -> None:
        """What a part says: its verdict in a colour, and a paragraph for each of its sentences."""
        first, *more = sentences
        lead = f"{who} -> "
        head, *rest = self._wrapped(f"{lead}{word}. {first}", _STEP)
        before, after = head[: _STEP + len(lead)], head[_STEP + len(lead) + len(word) :]
        self._write(before + self._painted(word, colour) + after)
        for part in (*rest, *(part for text in more for part in self._wrapped(text, 2 * _STEP))):
            self._write(part)

    def plain(self, text: str = "") -> None:
        """A line outside of the acts."""
        for part in self._wrapped(text, 0, hang=0) or [""]:
            self._write(part)

    def command(self, words: Iterable[str]) -> None:
        """A command to copy, in the words of a shell: a long one is broken as a shell allows."""
        shown = _STEP * " "
        for index, word in enumerate(map(line, words)):
            if index and len(shown) + len(word) + len("  \\") > self._width:
                self._write(f"{shown} \\")
                shown = 2 * _STEP * " " + word
            else:
                shown += f" {word}" if index else word
        self._write(shown)

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

    def _wrapped(self, text: str, indent: int, *, hang: int = _STEP) -> list[str]:
        return textwrap.wrap(
            line(text), self._width, initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang), break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip

    def _painted(self, text: str, code: str) -> str:
        return f"{code}{text}{_RESET}" if self._coloured and text else text

    def _write(self, text: str) -> None:
        # Once more over the whole: what one word ends with may meet the mark of the next.
        self._out.write(inert(text) + "\n")


def width() -> int:
    """How many columns there are to write in, by COLUMNS or the terminal, within bounds."""
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, NARROWEST), WIDTH)


def titled(text: str) -> str:
    """A commit's title in quotes, cut short."""
    return f'"{text[:TITLE]}…"' if len(text) > TITLE else f'"{text}"'
