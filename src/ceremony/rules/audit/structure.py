"""Rules about the shape of the documents: what must be there, and that it reads as written."""

from __future__ import annotations

import re
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
from ceremony.rules.audit.registry import Layout, Project, at, rule

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


ATX = expression(r" {0,3}(#{1,6})[ \t]+(\S.*)")


def fenced_headings(document: Document) -> Iterator[tuple[Fence, str]]:
    """What would be headings if it did not stand in a code block, with the block."""
    for section in document.sections:
        for fence in section.fences:
            for line in fence.content:
                match = ATX.fullmatch(line)
                if match:
                    yield fence, match[2].strip().rstrip("#").rstrip()


def quoted(words: Iterable[str]) -> str:
    found = list(words)
    shown = ", ".join(f"“{word}”" for word in found[:4])
    return shown if len(found) <= 4 else f"{shown} and {len(found) - 4} more"


# ---------------------------------------------------------------------------- documents

_NORMATIVE = expression(r"\bnormative references?\b|\bnormative documents?\b", re.IGNORECASE)
_INFORMATIVE = expression(r"\binformative\b|\bnon-normative\b", re.IGNORECASE)
_MARKDOWN_NAME = expression(r"[\w./-]+\.md")
_OWN = Layout().required
"""What the ceremony itself requires; a configuration may require more."""


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
                    yield from _find_names(document, row.cells[column])
        for item in section.items if listed else ():
            if not _INFORMATIVE.search(item.plain):
                yield from _find_names(document, item.lines[0])


def _find_names(document: Document, text: Text) -> Iterator[Naming]:
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
        yield from _find_names(document, stated.value)


def _find_foundations(project: Project) -> Iterator[tuple[str, Naming]]:
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
    for what, naming in _find_foundations(project):
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
            message = f"{name} is required and does not exist"
            if name in _OWN:
                message = f"The ceremony requires {name}, which does not exist"
            yield Hit(
                place=at(home, home.title_line),
                message=message,
                subject=name,
            )


@rule(
    "document-not-regular",
    Severity.ERROR,
    finds="a governance document that is a link or no text",
    help="Commit the document as a regular, readable file of UTF-8 text.",
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
        words = " ".join(text.plain.lower() for text in _read_own_texts(section))
        if label.startswith("what is") and label.removeprefix("what is ") in words:
            return True
    return False


def _read_own_texts(section: Section) -> Iterator[Text]:
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
BOLD_KEY = expression(r"\s*\*\*([^*:]{1,60}?)(?::\*\*|\*\*\s*:)\s*(.*)", re.DOTALL)


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
        stated = list(_read_header(document))
        missing = [what for what in demanded if not _states(document, stated, what)]
        if missing:
            yield Hit(
                place=at(document, document.title_line),
                message=f"The header of {PurePosixPath(document.path).name} "
                f"states no {_join_with_or(missing)}",
                subject="header",
            )


def _join_with_or(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _read_header(document: Document) -> Iterator[tuple[str, str]]:
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
                match = BOLD_KEY.fullmatch(block.lines[0].raw)
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
                    yield _report_row(document, table, row)
        for section in document.sections:
            for paragraph in section.paragraphs:
                yield from _find_no_table(document, paragraph)


def _report_row(document: Document, table: Table, row: Row) -> Hit:
    raw = document.lines[row.line - 1]
    message = f"The row has {_count_cells(row.width)} and its header {table.header.width}"
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


def _count_cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _find_no_table(document: Document, paragraph: Paragraph) -> Iterator[Hit]:
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
        own = _find_ruled_tables(project, document)
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
                    message=f"The column {name} holds "
                    f"{quoted(shortened(cell.plain) for cell in others)}, which state no status",
                    subject=f"{section.name}: {' '.join(table.names)}",
                )


def shortened(words: str) -> str:
    return words if len(words) <= 40 else f"{words[:39]}…"


def _find_ruled_tables(project: Project, document: Document) -> set[int]:
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
