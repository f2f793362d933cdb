"""The values that every part speaks in: what a document says, and what is found about it.

Nothing here reads a file, a clock or an environment, and nothing here knows Markdown's syntax.
Lines and columns are 1-based everywhere. Records are made by keyword. The small ones are named
tuples, because a frozen dataclass costs seven times as much to declare and to make, and a document
is made of thousands of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeVar

from ceremony.expressions import expression

_Word = TypeVar("_Word")

# ---------------------------------------------------------------------------- vocabulary


class Severity(StrEnum):
    """How much a finding weighs; the order of the members is the order of weight."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for an error, growing as the weight falls."""
        return list(Severity).index(self)


class State(StrEnum):
    """The state of an item (ceremony: Explicit State; COMPLETE comes from practice)."""

    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    BLOCKED = "BLOCKED"
    COMPLETE = "COMPLETE"
    DEFERRED = "DEFERRED"
    REJECTED = "REJECTED"

    @classmethod
    def read(cls, text: str) -> State | None:
        """The state that a cell or field states, or None where it states no single one.

        Case, marks such as a tick before the word, and a remark in brackets or after a dash
        do not matter: ``BLOCKED (B3)`` is BLOCKED. Two states at once are none.
        """
        return _read_word(text, _STATES)


class Resolution(StrEnum):
    """The status of a blocker (ceremony: Blocker Resolution)."""

    OPEN = "Open"
    RESOLVED = "Resolved"
    DEFERRED = "Deferred"
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"

    @classmethod
    def read(cls, text: str) -> Resolution | None:
        """The status that a registry's cell states, read as `State.read` reads."""
        return _read_word(text, _RESOLUTIONS)


_STATES = {state.value: state for state in State}
_RESOLUTIONS = {resolution.value.upper(): resolution for resolution in Resolution}
_WORD = expression(r"[^\w]*([A-Za-z]+)[^\w(]*(?:$|[(\[].*|\s[-–—:;,]\s?.*|[–—:;,]\s.*)", re.DOTALL)


def _read_word(text: str, vocabulary: Mapping[str, _Word]) -> _Word | None:
    match = _WORD.fullmatch(text.strip()[:200])
    return vocabulary.get(match[1].upper()) if match else None


class Stage(StrEnum):
    """The stage of a version, in the ceremony's order (not semver's prerelease order)."""

    ALPHA = "alpha"
    BETA = "beta"
    STABLE = "stable"
    PATCH = "patch"

    @property
    def rank(self) -> int:
        """Place in the walk alpha, beta, stable, patch; 0-based."""
        return list(Stage).index(self)


FINAL = frozenset({Stage.STABLE, Stage.PATCH})
"""The stages that are for everybody, and for good."""


_VERSION = expression(
    r"v(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})-(alpha|beta|stable|patch)"
)


@dataclass(frozen=True, order=True, slots=True)
class Version:
    """A version and its stage: ``v<X>.<Y>.<Z>-<stage>``, ordered as the ceremony orders."""

    major: int
    minor: int
    patch: int
    stage: Stage = field(compare=False)
    rank: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", self.stage.rank)

    @classmethod
    def parse(cls, name: str) -> Version:
        """Read ``v1.2.3-beta``: the name of a release branch.

        Raises ValueError for every other form, look-alike digits and a trailing newline
        included.
        """
        match = _VERSION.fullmatch(name)
        if match is None:
            raise ValueError(f"{name!r} is not of the form v<X>.<Y>.<Z>-<stage>")
        return cls(int(match[1]), int(match[2]), int(match[3]), Stage(match[4]))

    @property
    def numbers(self) -> tuple[int, int, int]:
        """X, Y and Z."""
        return self.major, self.minor, self.patch

    @property
    def core(self) -> str:
        """The numbers alone, as semver calls them: ``1.2.3``."""
        return ".".join(map(str, self.numbers))

    @property
    def branch(self) -> str:
        """The release branch (ceremony: Branch-Document Mapping)."""
        return f"v{self.core}-{self.stage}"

    @property
    def document(self) -> str:
        """The file name of the frozen document."""
        return f"MILESTONES.{self.branch}.md"


class Kind(StrEnum):
    """What a document is to the ceremony (ceremony: Document Purposes)."""

    GOVERNANCE = "governance"
    CEREMONY = "ceremony"
    MAIN = "main"
    LATEST = "latest"
    FROZEN = "frozen"
    CONTRIBUTORS = "contributors"
    REVIEWERS = "reviewers"
    CONDUCT = "conduct"
    ROADMAP = "roadmap"
    OTHER = "other"


# ---------------------------------------------------------------------------- inline text


class Link(NamedTuple):
    """A link or an image: where it points (percent-decoding left undone) and its words."""

    target: str
    text: str
    line: int
    image: bool = False


class Text(NamedTuple):
    """One source line of inline text, or one table cell, as CommonMark reads it."""

    raw: str
    """As written."""
    plain: str
    """As a reader sees it: no markup, code spans' content kept, comments left out."""
    line: int
    codes: tuple[str, ...] = ()
    """The contents of its code spans, in order."""
    links: tuple[Link, ...] = ()
    comments: tuple[str, ...] = ()

    @property
    def is_placeholder(self) -> bool:
        """Whether it says nothing yet: empty, a dash, TBD, *None yet* and the like."""
        return _PLACEHOLDER.fullmatch(self.plain.strip()) is not None


_PLACEHOLDER = expression(
    r"(?:[-–—_.…?*\s]*|@?tbd\.?|to be (?:determined|decided|defined|assigned)\.?|unassigned|"
    r"none(?: yet)?\.?|n/?a|nobody|no[ -]one|vacant|unknown|\(?(?:needs owner|open)\)?|"
    r"<[^<>]*>|@<[^<>]*>|\?+|tbd\s*[-–—(].{0,80})",
    re.IGNORECASE,
)


class Field(NamedTuple):
    """A ``**Key**: value`` line."""

    key: str
    value: Text

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.value.line


# ---------------------------------------------------------------------------- blocks


class Paragraph(NamedTuple):
    """Running text, a source line each; quoted when it stands in a block quote."""

    lines: tuple[Text, ...]
    line: int
    end_line: int
    quoted: bool = False

    @property
    def plain(self) -> str:
        """Its words as one line."""
        return " ".join(text.plain for text in self.lines)


class ListItem(NamedTuple):
    """One item of a list: its first paragraph's lines."""

    lines: tuple[Text, ...]
    line: int
    end_line: int
    depth: int
    checked: bool | None = None
    """The task box: True, False, or None where it has none."""

    @property
    def plain(self) -> str:
        """Its words as one line, without the task box."""
        return " ".join(text.plain for text in self.lines)


class Row(NamedTuple):
    """A table's row, cut or padded to the header's width as GFM does."""

    cells: tuple[Text, ...]
    line: int
    width: int
    """The number of cells as written."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A GFM pipe table."""

    header: Row
    rows: tuple[Row, ...]
    line: int
    end_line: int

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The header's words, lower case."""
        return tuple(" ".join(cell.plain.lower().split()) for cell in self.header.cells)

    def column(self, *names: str) -> int | None:
        """The index of the first column that bears one of the names (lower case)."""
        for name in names:
            if name in self.names:
                return self.names.index(name)
        return None

    def has(self, *names: str) -> bool:
        """Whether every one of the columns is there (lower case)."""
        return all(name in self.names for name in names)


class Fence(NamedTuple):
    """A code block, fenced or indented: never structure."""

    info: str
    content: tuple[str, ...]
    line: int
    end_line: int
    markup: str
    """The fence as written, or nothing for an indented block."""
    closed: bool = True


class Html(NamedTuple):
    """A block of HTML, comments included."""

    content: str
    line: int
    end_line: int


class Break(NamedTuple):
    """A thematic break: ``---``."""

    line: int
    end_line: int


Block = Paragraph | ListItem | Table | Fence | Html | Break


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands under it, up to the next heading of any level."""

    index: int
    level: int
    """1 to 6; 0 for what stands before the first heading."""
    title: Text
    slug: str
    """GitHub's fragment for the heading, unique in the document."""
    line: int
    end_line: int
    """The last line before the next heading of any level."""
    parent: int | None
    """Index of the section that holds this one."""
    blocks: tuple[Block, ...]
    fields: tuple[Field, ...]
    """The ``**Key**: value`` lines directly under the heading."""

    @property
    def name(self) -> str:
        """The heading's words, without its number (``4.3 Explicit State``)."""
        return _NUMBERED.sub("", self.title.plain.strip())

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Its own tables, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))

    @cached_property
    def items(self) -> tuple[ListItem, ...]:
        """Its own list items, in order."""
        return tuple(block for block in self.blocks if isinstance(block, ListItem))

    @cached_property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """Its own paragraphs, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Paragraph))

    @cached_property
    def fences(self) -> tuple[Fence, ...]:
        """Its own code blocks, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Fence))

    def field(self, *keys: str) -> Field | None:
        """The first field under the heading that bears one of the keys (any case)."""
        wanted = {key.lower() for key in keys}
        return next((item for item in self.fields if item.key.lower() in wanted), None)


_NUMBERED = expression(r"\A[0-9]+(?:\.[0-9]+)*\.?\s+(?=\S)")


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """One governance document, as CommonMark reads it."""

    path: str
    """Relative to the root, with forward slashes."""
    kind: Kind
    version: Version | None
    """The version in a frozen document's name."""
    lines: tuple[str, ...]
    metadata: tuple[Field, ...]
    """The header: fields between the H1 and the first ``---``, and front matter."""
    header_end: int | None
    """The line of the first ``---``; None where there is none."""
    reader: Callable[[], tuple[Section, ...]]
    """Reads the sections."""
    faults: tuple[Fault, ...] = ()
    """What kept the reader from reading all of it."""

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """In order; the first is what stands before the first heading.

        Read when they are first asked for: nobody asks for most frozen documents'.
        """
        return self.reader()

    @property
    def title_line(self) -> int:
        """The H1's line, or 1: where a finding about the whole document stands."""
        return next((section.line for section in self.sections if section.level == 1), 1)

    def meta(self, *keys: str) -> Field | None:
        """The first header field that bears one of the keys (any case)."""
        wanted = {key.lower() for key in keys}
        return next((item for item in self.metadata if item.key.lower() in wanted), None)

    def tables(self) -> Iterator[tuple[Section, Table]]:
        """Every table with the section that holds it."""
        for section in self.sections:
            for table in section.tables:
                yield section, table

    def under(self, section: Section) -> tuple[Section, ...]:
        """The section and all sections below it, in order."""
        found = [section]
        for index in range(section.index + 1, len(self.sections)):
            if self.sections[index].level <= section.level:
                break
            found.append(self.sections[index])
        return tuple(found)

    def ancestors(self, section: Section) -> Iterator[Section]:
        """The sections that hold this one, the nearest first."""
        parent = section.parent
        while parent is not None:
            yield self.sections[parent]
            parent = self.sections[parent].parent

    def find(self, *names: str) -> Section | None:
        """The first section whose name is one of these (any case, number left out)."""
        wanted = {name.lower() for name in names}
        return next((s for s in self.sections if s.name.lower() in wanted), None)

    def texts(self) -> Iterator[tuple[Section, Text]]:
        """Every piece of inline text that a reader sees, in order; nothing of a fence."""
        for section in self.sections:
            if section.level:
                yield section, section.title
            for block in section.blocks:
                if isinstance(block, Paragraph | ListItem):
                    for text in block.lines:
                        yield section, text
                elif isinstance(block, Table):
                    for row in (block.header, *block.rows):
                        for cell in row.cells:
                            yield section, cell

    def column(self, line: int, needle: str) -> int:
        """The column where the needle starts on a line; 1 where it isn't there."""
        return self.lines[line - 1].find(needle) + 1 or 1 if needle else 1


class Fault(NamedTuple):
    """Why a document, or a part of it, could not be read as text."""

    line: int
    message: str


# ---------------------------------------------------------------------------- findings


class Place(NamedTuple):
    """A line of a file; column 1 where nothing narrower is known."""

    file: str
    line: int
    column: int = 1
    end_line: int | None = None


class Hit(NamedTuple):
    """What one rule says about one place; the registry adds the rule's name and weight."""

    place: Place
    message: str
    """What is wrong, in one sentence, without a full stop's worth of advice."""
    subject: str
    """What it is about, in words that stay when lines move: the key of fingerprints.

    Never a count or a line number: a finding must keep its fingerprint while its file changes
    around it.
    """
    related: tuple[Place, ...] = ()
    """The other ends, where a finding has more than one."""
    severity: Severity | None = None
    """Set where the rule's own table grants another weight than its default."""


class Finding(NamedTuple):
    """One thing that a maintainer should look at."""

    rule: str
    severity: Severity
    place: Place
    message: str
    help: str
    """What to do about it."""
    subject: str
    related: tuple[Place, ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """By file, then line, column, rule."""
        return self.place.file, self.place.line, self.place.column, self.rule, self.subject


class Skipped(NamedTuple):
    """A rule that was not run, and why."""

    rule: str
    reason: str


def exit_status(failure: str, *, is_no: bool) -> int:
    """0 done or nothing to do, 1 the ceremony says no, 3 left unfinished for the reason given."""
    return 3 if failure else int(is_no)


class InputError(Exception):
    """Bad input or configuration: what is wrong, where, and what to do (exit status 2)."""

    def __init__(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        self.message = message
        self.file = file
        self.line = line
        where = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(where + message)
