"""Rules about the shape of the documents: what must be there, and that it reads as written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from ceremony.expressions import expression
from ceremony.model import (
    Break,
    Document,
    Fence,
    Hit,
    Html,
    Kind,
    ListItem,
    Paragraph,
    Resolution,
    Row,
    Section,
    Severity,
    State,
    Table,
    Text,
)
from ceremony.rules.audit.registry import Project, at, rule

# ---------------------------------------------------------------------------- shared


def is_read(document: Document) -> bool:
    """Whether there is anything to judge: a file that could not be read says nothing."""
    return not document.faults or len(document.sections) > 1


def fenced_lines(document: Document) -> frozenset[int]:
    """The lines of code blocks, their fences included."""
    return frozenset(
        line
        for section in document.sections
        for fence in section.fences
        for line in range(fence.line, fence.end_line + 1)
    )


_ATX = expression(r" {0,3}(#{1,6})[ \t]+(\S.*)")


def fenced_headings(document: Document) -> Iterator[tuple[Fence, str]]:
    """What would be headings if it did not stand in a code block, with the block."""
    for section in document.sections:
        for fence in section.fences:
            for line in fence.content:
                match = _ATX.fullmatch(line)
                if match:
                    yield fence, match[2].strip().rstrip("#").rstrip()


def _quoted(words: Iterable[str]) -> str:
    found = list(words)
    shown = ", ".join(f"“{word}”" for word in found[:4])
    return shown if len(found) <= 4 else f"{shown} and {len(found) - 4} more"


# ---------------------------------------------------------------------------- documents

_NORMATIVE = expression(r"\bnormative references?\b|\bnormative documents?\b", re.IGNORECASE)
_INFORMATIVE = expression(r"\binformative\b|\bnon-normative\b", re.IGNORECASE)
_MARKDOWN_NAME = expression(r"[\w./-]+\.md")


class Naming(NamedTuple):
    """A place where one document names another that it stands on."""

    document: Document
    line: int
    name: str
    linked: bool

    @property
    def beside(self) -> str:
        """The name as a path from the root, read from the naming document's folder."""
        return normal(PurePosixPath(self.document.path).parent, self.name) or self.name


def normal(folder: PurePosixPath, target: str) -> str | None:
    """A relative target as a path from the root, empty for the root; None where it leaves it.

    A target that starts with a slash is relative to the root, as GitHub reads it.
    """
    parts: list[str] = [] if target.startswith("/") else [p for p in folder.parts if p != "."]
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def normative_names(document: Document) -> Iterator[Naming]:
    """The documents that a list of normative references, or of authorities, names.

    Rows marked as informative, patterns and placeholders name nothing that must exist.
    """
    for section in document.sections:
        chain = (section, *document.ancestors(section))
        listed = any(_NORMATIVE.search(part.name) for part in chain)
        if _INFORMATIVE.search(section.name):
            continue
        for table in section.tables:
            if not (listed or table.has("authority", "document")):
                continue
            column = table.column("document", "reference", "file", "name") or 0
            for row in table.rows:
                if not any(_INFORMATIVE.search(cell.plain) for cell in row.cells):
                    yield from _named(document, row.cells[column])
        for item in section.items if listed else ():
            if not _INFORMATIVE.search(item.plain):
                yield from _named(document, item.lines[0])


def _named(document: Document, text: Text) -> Iterator[Naming]:
    linked = {PurePosixPath(link.target.partition("#")[0]).name for link in text.links}
    words = [*(link.text for link in text.links), *text.codes, text.plain.strip()]
    for word in dict.fromkeys(words):
        if _MARKDOWN_NAME.fullmatch(word):
            name = PurePosixPath(word).name
            yield Naming(document=document, line=text.line, name=word, linked=name in linked)


def authorities(document: Document) -> Iterator[Naming]:
    """The documents that the header names as the one's authority."""
    stated = document.meta("authority", "delegated from")
    if stated:
        yield from _named(document, stated.value)


def _rested_on(project: Project) -> Iterator[tuple[str, Naming]]:
    """What documents rest on, the ceremony's own authority first."""
    first = sorted(project.living, key=lambda document: document.kind is not Kind.CEREMONY)
    for document in first:
        for naming in authorities(document):
            yield "the authority", naming
    for document in project.living:
        for naming in normative_names(document):
            # A name that is a link is link-dangling's to report on that line.
            if not naming.linked:
                yield "a normative reference", naming


@rule(
    "document-missing",
    Severity.ERROR,
    finds="a required document, or one named as a normative reference, that does not exist",
    help="Write the document, or correct the name; if the project does without it, take it out "
    "of the references or of `required` in the configuration.",
    ceremony="Document Relationships",
)
def document_missing(project: Project) -> Iterator[Hit]:
    """The ceremony's documents exist, and so does what they are said to rest on."""
    if not project.documents:
        return
    present = {PurePosixPath(document.path).name for document in project.documents}
    reported: set[str] = set()
    for what, naming in _rested_on(project):
        name = PurePosixPath(naming.name).name
        held = project.tree.holds(naming.beside) or project.tree.holds(naming.name)
        if name in present or name in reported or held:
            continue
        reported.add(name)
        document = naming.document
        yield Hit(
            place=at(document, naming.line, document.column(naming.line, naming.name)),
            message=f"{naming.name} is named as {what} and does not exist",
            subject=name,
        )
    home = project.one(Kind.CEREMONY) or project.documents[0]
    for name in project.layout.required:
        if name not in present and name not in reported:
            yield Hit(
                place=at(home, home.title_line),
                message=f"The ceremony requires {name}, which does not exist",
                subject=name,
            )


@rule(
    "document-not-regular",
    Severity.ERROR,
    finds="a governance document that is a link or no text",
    help="Commit the document as a regular file of UTF-8 text.",
    ceremony="Document Types",
)
def document_not_regular(project: Project) -> Iterator[Hit]:
    """What people agree on must be readable where it stands."""
    for document in project.documents:
        for fault in document.faults:
            yield Hit(
                place=at(document, fault.line),
                message=f"{document.path} {fault.message}",
                subject=fault.message,
            )


# ---------------------------------------------------------------------------- sections

_MAIN_SECTIONS = {
    "a proposal template": expression(r"\btemplates?\b"),
    "active proposals": expression(
        r"\b(?:active|open|current|pending|new)\b.*\bproposals?\b|^proposals$|\bunder discussion\b"
    ),
    "graduated proposals": expression(r"\bgraduat|\baccepted\b"),
    "rejected proposals": expression(r"\breject|\bdeclined\b|\barchived?\b"),
}
_LATEST_SECTIONS = {
    "what is in scope": expression(r"\bin[ -]scope\b|\bscope: in\b|^in$|^included\b"),
    "what is out of scope": expression(
        r"\bout[ -]of[ -]scope\b|\bnot in scope\b|\bnon-goals\b|^out$|\bexclu(?:ded|sions)\b"
    ),
    "milestones": expression(r"\bmilestones?\b|^m[0-9]+\b"),
    "the maintainer surface area": expression(
        r"\bsurface area\b|\bdomain owner(?:s|ship)?\b|\bdomain maintainers?\b|\bmaintainership\b|"
        r"^(?:maintainers?|domains?|owners?|ownership)$|\b(?:maintainers?|owners?) and domains?\b|"
        r"\bdomains? and (?:their )?(?:maintainers?|owners?)\b"
    ),
    "process commitments": expression(
        r"\bprocess commitments?\b|^(?:our )?commitments$|\bwhat we promise\b|"
        r"\bservice levels?\b|\bslas?\b|\bmutual commitments\b"
    ),
    "capacity planning": expression(r"\bcapacity\b"),
    "the blocker registry": expression(
        r"\bblockers?\b.*\b(?:registry|register|list|log|table|summary|overview|index|tracker|"
        r"tracking)\b|\b(?:registry|register|list|log|table) of\b.*\bblockers\b|"
        r"^(?:active |open |current |known )?blockers$"
    ),
}
_SCOPE = expression(r"^(?:\w+ )?scope(?: definition| boundaries| statement)?(?: (?:for|of)\b.*)?$")
_MILESTONE_NAME = expression(r"^m[0-9]+\b")


@rule(
    "section-missing",
    Severity.ERROR,
    finds="a section that the ceremony requires of main or latest and that is absent",
    help="Add the section, empty of entries if there are none yet, so that everyone knows where "
    "to look.",
    ceremony="Document Types",
)
def section_missing(project: Project) -> Iterator[Hit]:
    """Intake and commitments have the contents that the ceremony lists."""
    for kind, wanted in ((Kind.MAIN, _MAIN_SECTIONS), (Kind.LATEST, _LATEST_SECTIONS)):
        document = project.one(kind)
        if document is None or not is_read(document):
            continue
        for label, pattern in wanted.items():
            if _has_section(document, label, pattern):
                continue
            message = f"{PurePosixPath(document.path).name} has no section for {label}"
            for fence, title in fenced_headings(document):
                if pattern.search(title.lower()):
                    message += f": “{title}” stands in the code block of line {fence.line}"
                    break
            yield Hit(place=at(document, document.title_line), message=message, subject=label)


def _has_section(document: Document, label: str, pattern: re.Pattern[str]) -> bool:
    for section in document.sections:
        name = section.name.lower()
        if section.level < 2 or not pattern.search(name):
            continue
        if label == "what is in scope" and _LATEST_SECTIONS["what is out of scope"].search(name):
            continue
        # A milestone's own table of blockers is not the registry.
        within = any(_MILESTONE_NAME.match(a.name.lower()) for a in document.ancestors(section))
        if label != "the blocker registry" or not within:
            return True
    return _says_scope(document, label)


def _says_scope(document: Document, label: str) -> bool:
    """Whether one section about the scope holds both halves without a heading for each."""
    for section in document.sections:
        if section.level < 2 or not _SCOPE.search(section.name.lower()):
            continue
        if label == "what is in scope" and (section.tables or section.items):
            return True
        words = " ".join(text.plain.lower() for text in _own_texts(section))
        if label.startswith("what is") and label.removeprefix("what is ") in words:
            return True
    return False


def _own_texts(section: Section) -> Iterator[Text]:
    for block in section.blocks:
        if isinstance(block, Paragraph | ListItem):
            yield from block.lines
        elif isinstance(block, Table):
            for row in (block.header, *block.rows):
                yield from row.cells


# ---------------------------------------------------------------------------- metadata

_KEYS = {
    "version": expression(r"\b(?:version|revision|edition)\b"),
    "status": expression(r"\b(?:status|state|stage)\b"),
    "stage": expression(r"\b(?:stage|status)\b"),
    "date": expression(
        r"\b(?:date|created|updated|modified|amended|effective|adopted|published|frozen|cut|"
        r"revised|reviewed)\b"
    ),
    "branch": expression(r"\bbranch\b"),
}
_DEMANDED = {
    Kind.GOVERNANCE: ("version", "status", "date"),
    Kind.CEREMONY: ("version",),
    Kind.LATEST: ("date",),
    Kind.FROZEN: ("version", "stage", "date", "branch"),
}
_DATED = expression(r"\b(?:updated|modified|revised|created)\W{1,6}[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VERSIONED = expression(r"\bv?[0-9]+\.[0-9]+|\bversion [0-9]", re.IGNORECASE)
_STAGED = expression(r"\b(?:alpha|beta|stable|patch)\b", re.IGNORECASE)
_BOLD_KEY = expression(r"\s*\*\*([^*:]{1,60}?)(?::\*\*|\*\*\s*:)\s*(.*)", re.DOTALL)


@rule(
    "metadata-missing",
    Severity.NOTE,
    finds="a document without the state, version or date that the ceremony demands of it",
    help="Add the missing `**Key**: value` lines between the title and the first `---`.",
    ceremony="Amendments to This Document",
)
def metadata_missing(project: Project) -> Iterator[Hit]:
    """A reader can tell which edition of a document is before them."""
    for document in project.documents:
        demanded = _DEMANDED.get(document.kind)
        if demanded is None or not is_read(document):
            continue
        keys = [field.key.lower() for field in document.metadata if not field.value.is_placeholder]
        if all(any(_KEYS[what].search(key) for key in keys) for what in demanded):
            continue
        stated = list(_header(document))
        missing = [what for what in demanded if not _states(document, stated, what)]
        if missing:
            words = " or ".join([", ".join(missing[:-1]), missing[-1]][len(missing) == 1 :])
            yield Hit(
                place=at(document, document.title_line),
                message=f"The header of {PurePosixPath(document.path).name} states no {words}",
                subject="header",
            )


def _header(document: Document) -> Iterator[tuple[str, str]]:
    """The header's keys (lower case) with their values, however the header is set out."""
    for entry in document.metadata:
        if not entry.value.is_placeholder:
            yield entry.key.lower(), entry.value.plain
    for section in document.sections:
        if section.level > 1:
            return
        for block in section.blocks:
            if isinstance(block, Break):
                return
            if isinstance(block, ListItem):
                match = _BOLD_KEY.fullmatch(block.lines[0].raw)
                if match and match[2].strip():
                    yield match[1].lower(), match[2]
            elif isinstance(block, Table):
                for row in (block.header, *block.rows):
                    if len(row.cells) > 1 and not row.cells[1].is_placeholder:
                        yield row.cells[0].plain.lower(), row.cells[1].plain


def _states(document: Document, stated: list[tuple[str, str]], what: str) -> bool:
    if any(_KEYS[what].search(key) for key, _ in stated):
        return True
    title = next((s.title.plain for s in document.sections if s.level == 1), "")
    if what == "version":
        return _VERSIONED.search(title) is not None
    if what == "stage":
        said = [title, *(value for key, value in stated if _KEYS["version"].search(key))]
        return any(_STAGED.search(words) for words in said)
    if what == "date":
        return any(_DATED.search(text.plain.lower()) for _, text in document.texts())
    return False


# ---------------------------------------------------------------------------- tables

_PIPE_IN_CODE = expression(r"`[^`|]*(?<!\\)\|[^`]*`")
_DELIMITERS = expression(r"\|\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")


@rule(
    "table-malformed",
    Severity.WARNING,
    finds="a table's row with more or fewer cells than its header",
    help="Give the row as many cells as the header has; write a pipe that belongs to the text "
    "as `\\|`, in code spans too.",
    ceremony="Explicit State",
)
def table_malformed(project: Project) -> Iterator[Hit]:
    """What does not fit its header is cut off or left empty without a word."""
    for document in project.living:
        for _, table in document.tables():
            for row in table.rows:
                if row.width != table.header.width:
                    yield _odd_row(document, table, row)
        for section in document.sections:
            for paragraph in section.paragraphs:
                yield from _no_table(document, paragraph)


def _odd_row(document: Document, table: Table, row: Row) -> Hit:
    raw = document.lines[row.line - 1]
    message = f"The row has {_cells(row.width)} and its header {table.header.width}"
    if row.width > table.header.width:
        lost = "what is left over is not shown"
        if _PIPE_IN_CODE.search(raw):
            lost = "the unescaped pipe in a code span divides a cell"
        message += f": {lost}"
    return Hit(
        place=at(document, row.line),
        message=message,
        subject=f"{' '.join(table.names)}: {row.cells[0].plain}",
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _no_table(document: Document, paragraph: Paragraph) -> Iterator[Hit]:
    """A header and a delimiter row that differ in width, which GitHub shows as plain text."""
    for first, second in pairwise(paragraph.lines):
        # Without pipes on both ends the lines may be anything, a setext heading included.
        if first.raw.strip().startswith("|") and _DELIMITERS.fullmatch(second.raw.strip()):
            yield Hit(
                place=at(document, second.line),
                message="The delimiter row and the header above it have different numbers of "
                "cells, so that nothing here is shown as a table",
                subject=f"delimiter: {first.plain}",
            )


# ---------------------------------------------------------------------------- status columns

_STATUS_NAMES = ("status", "state", "current status", "current state")
_STATEFUL = frozenset(
    "abandoned accepted active adopted ahead amended approved archived at-risk awaiting behind "
    "blocked broken cancelled canceled claimed closed complete completed confirmed declined "
    "deferred delayed deprecated diverged done draft drafted dropped enabled disabled ended "
    "expired failed failing finished fixed fulfilled frozen green held identical implemented "
    "inactive incomplete locked maintained merged met missing missed moved needed needs obsolete "
    "ok open outdated overdue partial partially passed passing paused pending planned present "
    "prepared proposed protected published queued ready red rejected released reopened resolved "
    "retired returned running satisfied scheduled seconded signed skipped stale started stopped "
    "superseded supported suspended synced synchronised synchronized tested todo "
    "triaged unclaimed unmaintained unmet unresolved unsigned unstarted unsupported unowned "
    "untested vacant verified waiting waived withdrawn working yellow".split()
)
_PHRASES = frozenset(
    {
        *("at risk", "in progress", "in review", "in sync", "in use", "in force", "on hold"),
        *("on track", "off track", "out of date", "out of sync", "up to date", "to do"),
        *("under review", "under discussion", "under way", "no owner", "wont fix", "won't fix"),
        *("work in progress", "in development", "in discussion", "in effect", "in place"),
    }
)
_OTHER_THINGS = expression(
    r"@[\w/-]+|v?[0-9]+(?:\.[0-9x]+)+(?:-\w+)?|[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?|M[0-9]+(?:\.[0-9]+)?|"
    r"(?i:critical|high|highest|medium|low|lowest|normal|urgent|major|minor|trivial|p[0-5])"
)
_REMARK = expression(r" ?(?:[(\[,;:/]| [-–—] ).*")


@rule(
    "status-column-mislabelled",
    Severity.NOTE,
    finds="a Status column that holds something other than states",
    help="Name the column after what it holds (Purpose, Description, Priority, Date), or put a "
    "state into it and the description into a column of its own.",
    ceremony="Explicit State",
)
def status_column_mislabelled(project: Project) -> Iterator[Hit]:
    """A reader who looks for states finds them in the columns that say so."""
    for document in project.living:
        own = _ruled_tables(project, document)
        for section, table in document.tables():
            column = table.column(*_STATUS_NAMES)
            # In the first column the states are what the table explains.
            if column is None or column == 0 or id(table) in own:
                continue
            said = [row.cells[column] for row in table.rows]
            said = [cell for cell in said if not cell.is_placeholder]
            others = [cell for cell in said if not is_state_like(cell.plain)]
            if len(others) * 2 > len(said):
                name = table.header.cells[column].plain
                line = table.header.line
                yield Hit(
                    place=at(document, line, document.column(line, name)),
                    message=f"The column {name} holds {_quoted(_short(c.plain) for c in others)}, "
                    "which state no status",
                    subject=f"{section.name}: {' '.join(table.names)}",
                )


def _short(words: str) -> str:
    return words if len(words) <= 40 else f"{words[:39]}…"


def _ruled_tables(project: Project, document: Document) -> set[int]:
    """The tables whose statuses have rules of their own."""
    held = project.commitments(document)
    found = [item.table for item in held.items]
    found += [blocker.table for blocker in held.blockers]
    found += [domain.table for domain in held.domains]
    found += [ledger.table for ledger in held.ledgers]
    signed = {signatory.line for signatory in held.signatories}
    found += [t for _, t in document.tables() if signed & {row.line for row in t.rows}]
    return {id(table) for table in found}


def is_state_like(words: str) -> bool:
    """Whether the words say what condition something is in, in any vocabulary.

    Every vocabulary of the ceremony counts, and so do yes and no, marks, measures and the words
    of builds. A date, a version, a person, a priority or a longer phrase states no condition.
    """
    if State.read(words) or Resolution.read(words):
        return True
    core = _REMARK.sub("", " ".join(words[:200].split())).strip()
    bare = re.sub(r"[^\w\s@'.-]", "", core).strip().lower()
    if _OTHER_THINGS.fullmatch(core):
        return False
    listed = bare.split()
    if len(listed) < 2 or bare[0].isdigit():
        return True
    if bare in _PHRASES or " ".join(listed[:2]) in _PHRASES:
        return True
    if listed[0] == "not" and len(listed) <= 4:
        return True
    return len(listed) <= 3 and bool({listed[0], listed[-1]} & _STATEFUL)


# ---------------------------------------------------------------------------- fences

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
        mark = _mark(line, text)
        if mark is None:
            heading = None if self.current else _ATX.fullmatch(text)
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


def _mark(line: int, text: str) -> _Mark | None:
    match = _FENCE_LINE.fullmatch(text)
    if match is None or (match[1][0] == "`" and "`" in match[2]):
        return None
    return _Mark(line=line, markup=match[1], info=match[2].strip())


def _held(fence: Fence) -> _Held:
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
        above = _titles_above(document) if fences else []
        index = 0
        while index < len(fences):
            index, found = _unbalanced(document, fences, index)
            for line, message in found:
                raw = document.lines[line - 1]
                yield Hit(
                    place=at(document, line, len(raw) - len(raw.lstrip()) + 1),
                    message=message,
                    subject=f"{raw.strip()} {above[line - 1]}",
                )


def _titles_above(document: Document) -> list[str]:
    """For each line the words of the nearest heading above it, a swallowed one included."""
    titles: list[str] = []
    title = ""
    for text in document.lines:
        titles.append(title)
        match = _ATX.fullmatch(text)
        title = match[2] if match else title
    return titles


def _unbalanced(
    document: Document, fences: list[Fence], index: int
) -> tuple[int, list[tuple[int, str]]]:
    """What is wrong from one block on, and the block after the stretch that it spoils."""
    fence = fences[index]
    held = _held(fence)
    cut_short = not fence.closed and _goes_on(document, fence)
    follower = fences[index + 1] if index + 1 < len(fences) else None
    if (
        (held.opener or cut_short)
        and follower
        and not follower.info
        and follower.markup[0] == fence.markup[0]
        and _held(follower).tells
    ):
        cause = "its text is not indented as far as its fence"
        if held.opener:
            cause = _clash(held.opener)
        return _spoilt(document, fences, index, cause)
    found: list[tuple[int, str]] = []
    if held.opener and held.before:
        message = (
            f"This code block is not closed before line {held.opener.line}, where another one "
            f"opens: it swallows {_quoted(held.before)}"
        )
        found.append((fence.line, message))
    elif not fence.closed and not cut_short and held.headings:
        message = f"This code block is never closed: it swallows {_quoted(held.headings)}"
        found.append((fence.line, message))
    return index + 1, found


def _goes_on(document: Document, fence: Fence) -> bool:
    """Whether there is text below the block, although it is not closed."""
    later = range(fence.end_line, len(document.lines))
    return any(document.lines[index].strip() for index in later)


def _clash(mark: _Mark) -> str:
    return f"it holds {mark.markup}{mark.info}, whose end is taken for its own"


def _spoilt(
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
            blamed[opened.line] = (_clash(author.clash), swallowed)
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
        what = _quoted(titles) if titles else "the text that follows"
        message = f"This code block closes early, because {why}, and swallows {what}"
        found.append((line, message))
    return index, found


# ---------------------------------------------------------------------------- deceptive text

_HARMLESS = expression(
    r"[\t\x20-\x7e\xa1-\xac\xae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u2bff]*"
)
"""Latin letters, punctuation, arrows, boxes and signs: none hides or looks like another."""

_UNUSUAL = expression(r"[^\t\x20-\x7e]")
_VISIBLE_FORMAT = frozenset(
    [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]
)
"""Format characters that have a shape of their own."""
_BLANK_LETTERS = frozenset([0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0x2028, 0x2029])
"""Characters that show nothing though their category does not say so."""
_SELECTORS = frozenset([0xFE0E, 0xFE0F])
_JOINERS = frozenset([0x200C, 0x200D])
_MARKS_OF_DIRECTION = frozenset([0x200E, 0x200F, 0x61C])
_FLAG = expression("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")
_WORD = expression(r"[^\W\d_]+")
_ALIKE = {
    chr(int(pair[:4], 16)): pair[4:]
    for pair in (
        # Cyrillic, then Greek.
        "0410A 0412B 0415E 0405S 0406I 0408J 041AK 041CM 041DH 041EO 0420P 0421C 0422T 0423Y "
        "0425X 0430a 0435e 043Eo 0440p 0441c 0443y 0445x 0456i 0458j 0455s 04BBh 0501d 051Bq "
        "051Dw 0474V 0475v 04CFl 050CG "
        "0391A 0392B 0395E 0396Z 0397H 0399I 039AK 039CM 039DN 039FO 03A1P 03A4T 03A5Y 03A7X "
        "03B1a 03B9i 03BAk 03BDv 03BFo 03C1p 03C5u 03C7x "
    ).split()
}
"""Letters of other scripts that look like a Latin one."""
_STATE_WORDS = frozenset(
    "proposed accepted blocked complete completed deferred rejected amended open resolved active "
    "pending signed approved approve stable alpha beta patch yes no none tbd done".split()
)
_IDENTIFIER = expression(r"(?:M|B-?M?)[0-9]+(?:\.[0-9]+)?")
_TOKEN = expression(r"[\w.-]+")


@rule(
    "text-deceptive",
    Severity.ERROR,
    finds="invisible characters, mixed scripts or comments that make a state or an approval read "
    "otherwise than it is",
    help="Type the words again in plain characters, and say in the open what the hidden text says.",
    ceremony="Explicit State",
)
def text_deceptive(project: Project) -> Iterator[Hit]:
    """Everybody reads the same words, and so do the tools."""
    for document in project.documents:
        unusual = {
            number
            for number, line in enumerate(document.lines, start=1)
            if _HARMLESS.fullmatch(line) is None
        }
        hidden: dict[int, str] = {}
        if any("<" in line for line in document.lines):
            for number, message in _hidden(document):
                hidden.setdefault(number, message)
        fenced = fenced_lines(document) if unusual or hidden else frozenset()
        for number in sorted({*unusual, *hidden}):
            line = document.lines[number - 1]
            found = _deceit(line, fenced=number in fenced) if number in unusual else None
            if found:
                column, message, subject = found
                yield Hit(place=at(document, number, column), message=message, subject=subject)
            elif number in hidden and number not in fenced:
                yield Hit(
                    place=at(document, number, document.column(number, "<")),
                    message=hidden[number],
                    subject=f"hidden: {_visible(line.strip())}",
                )


def _deceit(line: str, *, fenced: bool) -> tuple[int, str, str] | None:
    """Where a line deceives: the column, what is wrong, and what it is about."""
    shown = _FLAG.sub(lambda match: " " * len(match[0]), line)
    directed = any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in shown)
    for match in _UNUSUAL.finditer(shown):
        if _is_invisible(shown, match.start(), directed=directed):
            escape = f"U+{ord(match[0]):04X}"
            name = unicodedata.name(match[0], "control character").lower()
            words = _around(shown, match.start())
            message = f"The invisible character {escape} ({name}) stands in “{words}”"
            return match.start() + 1, message, f"{escape} {words}"
    return None if fenced else _mixed(shown)


def _is_invisible(line: str, index: int, *, directed: bool) -> bool:
    """Whether nobody sees the character; `directed` says that the line runs from the right."""
    code = ord(line[index])
    before = line[index - 1] if index else ""
    after = line[index + 1 : index + 2]
    if code in _SELECTORS:
        return before.isalpha()
    if code in _JOINERS:
        return not (_joins(before) and _joins(after))
    if code in _MARKS_OF_DIRECTION:
        return not directed
    if code in _VISIBLE_FORMAT:
        return False
    return code in _BLANK_LETTERS or unicodedata.category(line[index]) in {"Cf", "Cc"}


def _joins(character: str) -> bool:
    """Whether a joiner beside the character is part of spelling, or of an emoji."""
    if not character:
        return False
    code = ord(character)
    if code in _SELECTORS or 0x1F3FB <= code <= 0x1F3FF or unicodedata.category(character) == "So":
        return True
    # Arabic to Mongolian: the scripts whose spelling needs joiners.
    return 0x600 <= code <= 0x18AF and unicodedata.category(character)[0] in "LM"


def _around(line: str, index: int) -> str:
    """The word at a place, what cannot be seen in it written out."""
    start = max(line.rfind(" ", 0, index), line.rfind("|", 0, index)) + 1
    ends = [end for end in (line.find(" ", index), line.find("|", index)) if end >= 0]
    word = line[max(start, index - 30) : min([*ends, index + 30])].strip("`*_ ")
    return _visible(word) or f"U+{ord(line[index]):04X}"


def _visible(words: str) -> str:
    return "".join(
        c
        if c.isprintable() and ord(c) not in _BLANK_LETTERS and c not in _ALIKE
        else f"[U+{ord(c):04X}]"
        for c in words
    )


def _mixed(line: str) -> tuple[int, str, str] | None:
    """A word that is not written in the script that it seems to be written in."""
    own_script = _own_script(line)
    for match in _TOKEN.finditer(line):
        token = match[0]
        if token.isascii():
            continue
        folded = "".join(_ALIKE.get(c, c) for c in token)
        if folded == token:
            folded = unicodedata.normalize("NFKC", token)
            if folded == token or folded.lower() not in _STATE_WORDS:
                continue
        if _deceives(token, folded, own_script=own_script):
            strange = next(i for i, c in enumerate(token) if not c.isascii())
            escape = f"U+{ord(token[strange]):04X}"
            name = unicodedata.name(token[strange]).lower()
            message = f"“{_visible(token)}” reads as “{folded}” but holds {escape} ({name})"
            return match.start() + strange + 1, message, folded
    return None


def _deceives(token: str, folded: str, *, own_script: bool) -> bool:
    if folded.lower() in _STATE_WORDS or _IDENTIFIER.fullmatch(folded):
        # A word wholly of another script is what it is, where the line is written in that script.
        return any(c.isascii() and c.isalpha() for c in token) or not own_script
    for match in _WORD.finditer(token):
        word = match[0]
        if any(c.isascii() for c in word) and any(c in _ALIKE for c in word):
            # Inflected loan words: a Latin stem with an ending in the line's own script.
            stem = _ASCII_START.match(word)
            inflected = stem is not None and not any(c.isascii() for c in word[stem.end() :])
            if not (inflected and own_script):
                return True
    return False


_ASCII_START = expression(r"[A-Za-z]{2,}")


def _own_script(line: str) -> bool:
    """Whether a whole word of the line is in another script and looks like nothing Latin."""
    return any(
        len(word) > 1
        and not any(c.isascii() for c in word)
        and any(c not in _ALIKE and not unicodedata.normalize("NFKC", c).isascii() for c in word)
        for word in _WORD.findall(line)
    )


_COMMENT = expression(r"<!--(.*?)(?:-->|$)", re.DOTALL)
_CODE_SPAN = expression(r"(?<!`)(`+)(?!`)[^`]+\1(?!`)")
_DIRECTIVE = expression(
    r"\s*(?:ceremony|markdownlint|prettier|textlint|vale|remark|rumdl|cspell|spell|lint|eslint|"
    r"omit (?:in|from) toc|(?:no )?toc|todo|fixme|begin|end|start|stop)\b.*|\s*\{.*",
    re.IGNORECASE | re.DOTALL,
)
_TELLING = expression(
    r"\b(?:PROPOSED|ACCEPTED|BLOCKED|COMPLETED?|DEFERRED|REJECTED|AMENDED)\b|"
    r"\b(?i:approved?|signed|lgtm|not|never|unless|except|pending|resolved)\b|\[[ xX]\]"
)
_TELLING_WORD = expression(
    r"[\W_]*(?i:proposed|accepted|blocked|completed?|deferred|rejected|open|resolved|approved|"
    r"signed|active|tbd|yes|no|@[\w-]+)[\W_]*"
)
_WEIGHTY = expression(
    r"\b(?:status|state|owners?|assignee|maintainer|date|signed|approv(?:al|ed|er)|signature|"
    r"decision|branch|stage|version|target)\b",
    re.IGNORECASE,
)
_TAG = expression(r"<[a-z][^<>]*>", re.IGNORECASE)
_HIDING = expression(
    r"\shidden(?=[\s=/>])|\bdisplay\s*:\s*none\b|\bvisibility\s*:\s*hidden\b|"
    r"\b(?:font-size|opacity)\s*:\s*0(?![.0-9]*[1-9])",
    re.IGNORECASE,
)


def _hidden(document: Document) -> Iterator[tuple[int, str]]:
    """Lines where a comment or an element hides what stands beside it."""
    for section in document.sections:
        yield from _hidden_in(section.title, weighty=True)
        for block in section.blocks:
            if isinstance(block, Paragraph | ListItem):
                for text in block.lines:
                    key = _BOLD_KEY.fullmatch(text.raw)
                    weighty = key is not None and _WEIGHTY.search(key[1]) is not None
                    yield from _hidden_in(text, weighty=weighty)
            elif isinstance(block, Table):
                heavy = [_WEIGHTY.search(name) is not None for name in block.names]
                for row in block.rows:
                    for cell, weighty in zip(row.cells, heavy, strict=False):
                        yield from _hidden_in(cell, weighty=weighty)
            elif isinstance(block, Html):
                yield from _hidden_block(block)


def _hidden_in(text: Text, *, weighty: bool) -> Iterator[tuple[int, str]]:
    for comment in text.comments:
        if _DIRECTIVE.fullmatch(comment) or not text.plain.strip():
            continue
        telling = len(comment) <= 60 and _TELLING.search(comment)
        if weighty or telling or _TELLING_WORD.fullmatch(comment[:60]):
            beside = _shown(text.plain)
            yield text.line, f"The comment “{_shown(comment)}” is hidden beside “{beside}”"
    if "<" in text.raw:
        for tag in _TAG.findall(_CODE_SPAN.sub("", text.raw)):
            if _HIDING.search(tag):
                yield text.line, "An element of this line is hidden from whoever reads the page"


def _hidden_block(block: Html) -> Iterator[tuple[int, str]]:
    opened = block.content.rfind("<!--")
    if opened >= 0 and "-->" not in block.content[opened:]:
        line = block.line + block.content.count("\n", 0, opened)
        if block.content.count("\n", opened) > 1:
            yield line, "This comment is never closed: it hides everything below it"
        return
    for number, raw in enumerate(block.content.split("\n"), start=block.line):
        beside = _COMMENT.sub("", raw).strip()
        comments = tuple(_COMMENT.findall(raw)) if beside else ()
        text = Text(raw=raw, plain=beside, line=number, comments=comments)
        yield from _hidden_in(text, weighty=False)


def _shown(words: str) -> str:
    return _short(_visible(" ".join(words.split())))


# ---------------------------------------------------------------------------- branches


@rule(
    "document-branch-mismatch",
    Severity.ERROR,
    finds="a document whose **Branch** is not the branch that the ceremony gives it",
    help="Write the branch that the document belongs to, or correct the document's name.",
    ceremony="Branch-Document Mapping",
)
def document_branch_mismatch(project: Project) -> Iterator[Hit]:
    """Each milestone document has its own branch."""
    for document in project.documents:
        branch = {
            Kind.MAIN: project.layout.main_branch,
            Kind.LATEST: project.layout.latest_branch,
            Kind.FROZEN: document.version.branch if document.version else None,
        }.get(document.kind)
        field = document.meta("branch", "branch alignment", "aligned branch", "git branch")
        if branch is None or field is None or field.value.is_placeholder:
            continue
        words = field.value.codes or tuple(field.value.plain.split())
        named = [
            word.strip(".,;()").removeprefix("refs/heads/").removeprefix("origin/")
            for word in words
        ]
        stated = named[0]
        if branch not in named and "<" not in stated and "*" not in stated:
            yield Hit(
                place=at(document, field.line, document.column(field.line, stated)),
                message=f"{PurePosixPath(document.path).name} states the branch {stated}; the "
                f"ceremony gives it {branch}",
                subject="branch",
            )
