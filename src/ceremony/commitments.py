"""What a document commits to: milestones, items, blockers, domains, proposals, signatories.

Reads the ceremony's things out of a `Document`, in both variants that projects write and in
mixtures of them. A thing is recognised by its identifier and its columns, not by where it
stands, because projects move sections about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ceremony.documents import field_of
from ceremony.expressions import expression
from ceremony.model import (
    Document,
    Field,
    Kind,
    ListItem,
    Paragraph,
    Resolution,
    Row,
    Section,
    State,
    Table,
    Text,
)

STATUS_COLUMNS = ("status", "state")
STANDING_COLUMNS = (*STATUS_COLUMNS, "readiness", "ready", "met", "result", "progress", "current")
"""Where a table of criteria reports how things stand, rather than what is demanded."""

OWNER_COLUMNS = ("owner", "owners", "maintainer", "maintainers", "assignee", "lead")
ID_COLUMNS = ("id", "#")
SECTION_COLUMNS = ("section", "sections", "item", "items", "blocks", "affects")
"""Where a blocker's table says which item is blocked."""

MILESTONE_COLUMNS = ("milestone", "milestones")
IMPEDIMENT_COLUMNS = ("blocker", "impediment")
BLOCKER_COLUMNS = (*IMPEDIMENT_COLUMNS, "blockers", "description")
"""The last two name a blocker only under a heading that speaks of blockers."""

TARGET_KEYS = ("target", "target version", "target date", "due")
DELIVERABLE_COLUMNS = ("deliverable", "deliverables", "item", "commitment", "title", "task")

_MILESTONE = expression(r"(M[0-9]{1,4})\b[:.\s–—-]*(.*)", re.DOTALL)
_DETAIL = expression(r"(M[0-9]{1,4}\.[0-9]{1,4})\b[:.\s–—-]*(.*)", re.DOTALL)
_ITEM_ID = expression(r"(M[0-9]{1,4})\.([0-9]{1,4}[a-z]?)")
_BLOCKER_ID = expression(r"B(?:-?[0-9]{1,4}|-M[0-9]{1,4}(?:\.[0-9]{1,4})?)[a-z]?", re.IGNORECASE)
_SECTION_REF = expression(
    r"\b(M[0-9]{1,4})(?:\.([0-9]{1,4}))?\b"
    r"(?:\s*(?:-|–|—|\.\.|to|through)\s*(M[0-9]{1,4})(?:\.([0-9]{1,4}))?\b"
    # Without its M the end of a range must touch: "M3.4 - 5 days" is none.
    r"|(?:-|–|—|\.\.|\s(?:to|through)\s)(?:([0-9]{1,4})\.)?([0-9]{1,4})\b(?!\.?[0-9]))?"
)
_PROPOSAL = expression(
    r"(PROP-(?P<number>[0-9]{1,6})\b|PROP-[^\s:]*|PROP\b)[:.\s–—-]*(.*)", re.DOTALL
)
_STRUCK = expression(r"~~[^~]*~~|[`*]")
_STATE_WORD = expression(rf"(?i)\b(?:{'|'.join(State)})\b")
_REMARK = expression(
    r"[^\w]*([A-Za-z]+)\s+(?:as|at|because|by|due|for|from|in|on|pending|per|see|since|to|until|"
    r"v[0-9]|waiting|[0-9@→>]|[-=]>)",
    re.IGNORECASE,
)
_PROPOSAL_STATES = {"active": State.PROPOSED, "graduated": State.ACCEPTED}
"""What the intake calls two of the states."""

_UNSIGNED = expression(
    r"\W*(?:pending|awaiting|awaited|awaits|waiting|requested|invited|outstanding|missing|"
    r"not (?:yet )?(?:signed|approved)|unsigned|unapproved|no|to ?do|needed|required|in review|"
    r"under review|proposed|draft|declined|refused|rejected|abstained|withheld|open)\b.*|"
    r"\s*(?:☐|⏳|❌|✗|🔴|🟡|\[ \]).*",
    re.IGNORECASE | re.DOTALL,
)
_SIGNED = expression(
    r"\b(?:signed|approved?|accept(?:ed|s)?|agreed|yes|ratified|confirmed|lgtm|done|complete)\b|"
    r"[✓✔✅☑]|\[x\]",
    re.IGNORECASE,
)
_REGISTER = expression(r"\b(?:registry|register|tracker|log)\b", re.IGNORECASE)
_BLOCKERS = expression(r"\bblockers?\b", re.IGNORECASE)
_OF_BLOCKERS = expression(r"\b(?:blockers?|impediments?)\b", re.IGNORECASE)
_ARCHIVE = expression(
    r"\b(?:resolved|closed|archived?|historical|history|past|former)\b", re.IGNORECASE
)
_VOCABULARY = "|".join(Resolution)
_PHRASE = expression(
    rf"\W*(?:risk[- ])?({_VOCABULARY})\b(?:\W*|\s*[(\[\]–—:;,.-].*|\s+[a-z0-9@].*)",
    re.IGNORECASE | re.DOTALL,
)
_COMPOUND = expression(
    rf"\W*(?:{_VOCABULARY})\s*(?:[/,&+|→]|->|\bor\b|\band\b)\s*\W?"
    rf"(?:{_VOCABULARY}|blocked|closed|in progress|pending)\b|"
    # A priority beside the status is a second thing said in one cell.
    r"\W*Open\W+(?:p[0-9]|(?:critical|high|medium|low|urgent|major|minor)(?: priority)?|"
    r"priority\W+\w+)\W*$",
    re.IGNORECASE,
)
_ENDED = expression(
    r"\b(?:closed?|done|fixed|cleared|mitigated|settled|resolved|deferred|accepted|rejected|"
    r"completed?|superseded|withdrawn|obsolete)\b",
    re.IGNORECASE,
)
_SOMEBODY = r"(?:(?:an?|the|one|new|some)\s+)*(?:owner|maintainer|assignee|lead|volunteer|one)s?"
_NOBODY = expression(
    rf"\W*(?:no\s+{_SOMEBODY}|nobody|none|vacant|unfilled|unowned|unassigned|open|unknown|"
    rf"without\s+{_SOMEBODY}|(?:{_SOMEBODY}|help)\s+(?:needed|wanted|missing|required|sought)|"
    rf"(?:still\s+)?(?:needs?|seeking|awaiting|requires?|lacks|looking for)\s+{_SOMEBODY}|"
    r"not\s+(?:yet\s+)?(?:assigned|named|known|decided|found)|tb[dac]|"
    r"(?:still\s+)?to be (?:named|found|assigned|determined|decided|defined|confirmed|"
    r"appointed|announced|elected|filled))"
    r"(?:\s+(?:yet|so far|as yet|at present|at the moment|currently|still|for now|now))?"
    r"(?:\W*|\W*\s[(–—-].*)",
    re.IGNORECASE | re.DOTALL,
)
_PIPE = expression(r"(?<!\\)(?:\\\\)*\|")
_HANDLE = expression(r"(?<![\w.])@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9._-]+)?")


@dataclass(frozen=True, kw_only=True)
class Item:
    """A deliverable: a row of a milestone's table."""

    id: str
    milestone: str
    title: Text
    status: Text | None
    """Its state's cell; None where the table has no such column."""
    criteria: str
    row: Row
    table: Table
    section: Section

    @property
    def line(self) -> int:
        """Where its row stands."""
        return self.row.line

    @cached_property
    def state(self) -> State | None:
        """The state that its cell states."""
        return read_state(self.status) if self.status else None


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A milestone: ``M1: Title``, with its deliverables."""

    id: str
    title: str
    section: Section
    status: Field | None
    owner: Field | None
    target: Field | None
    items: tuple[Item, ...]

    @property
    def line(self) -> int:
        """Where its heading stands."""
        return self.section.line

    @cached_property
    def state(self) -> State | None:
        """The state that its ``**Status**`` states."""
        return read_state(self.status.value) if self.status else None


class Detail(NamedTuple):
    """A section about one item (``M1.11: Title``), which may state that item's state again."""

    id: str
    title: str
    section: Section
    status: Field | None

    @property
    def state(self) -> State | None:
        """The state that its ``**Status**`` states."""
        return read_state(self.status.value) if self.status else None


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """A row of the registry or of a milestone's own table of blockers."""

    id: str
    text: Text
    owner: Text | None
    """None where the table has no such column."""
    status: Text | None
    sections: tuple[str, ...]
    """The milestones and items it points at, ranges spelt out; by its column or its id."""
    section_text: Text | None
    row: Row
    table: Table
    section: Section
    in_registry: bool
    milestone: str | None
    """The milestone whose section holds the table."""

    @property
    def line(self) -> int:
        """Where its row stands."""
        return self.row.line

    @cached_property
    def resolution(self) -> Resolution | None:
        """The status that its cell states."""
        return read_resolution(self.status) if self.status else None

    @property
    def is_open(self) -> bool:
        """Whether nothing says that it ended."""
        return self._standing == "open"

    @property
    def is_settled(self) -> bool:
        """Whether it ended; a status such as ``Open / Accepted`` is neither open nor settled."""
        return self._standing == "settled"

    @cached_property
    def _standing(self) -> str:
        if self.status is None:
            outcome = cell(self.row, self.table.column("resolution", "outcome", "resolved"))
            ended = Resolution.read(outcome.plain) if outcome else None
            settled = ended not in {None, Resolution.OPEN} or is_archive_name(self.section.name)
            return "settled" if settled else "open"
        if self.resolution is not None:
            return "open" if self.resolution is Resolution.OPEN else "settled"
        stated = _standing(self.status)
        if _ENDED.search(stated):
            return "" if "open" in stated.lower() else "settled"
        return "open"


class Domain(NamedTuple):
    """A row of the maintainers' surface area."""

    name: str
    owner: Text
    status: Text | None
    row: Row
    table: Table

    @property
    def line(self) -> int:
        """Where its row stands."""
        return self.row.line


class Scope(NamedTuple):
    """The In Scope or the Out of Scope section, with its rows or list items."""

    inside: bool
    section: Section
    tables: tuple[Table, ...]
    items: tuple[ListItem, ...]


class Proposal(NamedTuple):
    """A proposal with a section of its own."""

    id: str
    number: int | None
    title: str
    section: Section
    fields: tuple[Field, ...]
    sections: tuple[Section, ...]
    """Its own section and those below it."""

    @property
    def line(self) -> int:
        """Where its heading stands."""
        return self.section.line

    @property
    def state(self) -> State | None:
        """The state that its status states, in the ceremony's words or the intake's."""
        status = self.field(*STATUS_COLUMNS)
        if status is None:
            return None
        words = re.findall(r"[A-Za-z]+", status.value.plain)
        intake = _PROPOSAL_STATES.get(words[0].lower()) if words else None
        return read_state(status.value) or intake

    def field(self, *keys: str) -> Field | None:
        """Its first field that bears one of the keys (any case)."""
        return self.section.field(*keys)

    def part(self, name: str) -> Section | None:
        """Its subsection of that name (any case)."""
        return next((s for s in self.sections[1:] if s.name.lower() == name.lower()), None)


class Ledger(NamedTuple):
    """A table of proposals that left: graduated, rejected, deferred."""

    state: State
    section: Section
    table: Table


class Signatory(NamedTuple):
    """A row of the signatories."""

    name: Text
    date: Text | None
    status: Text | None
    row: Row

    @property
    def line(self) -> int:
        """Where its row stands."""
        return self.row.line

    @property
    def dated(self) -> bool | None:
        """Whether the row bears a date; None where the table has no such column."""
        if self.date is None:
            return None
        return not self.date.is_placeholder and re.search(r"[0-9]", self.date.plain) is not None

    @property
    def signed(self) -> bool | None:
        """Whether this one signed, by its status and else by its date; None where neither says."""
        if self.status is not None:
            stated = self.status.plain.strip()
            if self.status.is_placeholder or _UNSIGNED.fullmatch(stated):
                return False
            if _SIGNED.search(stated):
                return True
            return None if self.dated is not False else False
        return self.dated


class Criterion(NamedTuple):
    """A condition that the document sets for a version cut."""

    text: Text
    plain: str
    """All its words."""
    checked: bool | None
    status: Text | None
    section: Section

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.text.line


@dataclass(frozen=True, kw_only=True)
class Commitments:
    """Everything that one document commits to."""

    document: Document

    @cached_property
    def milestones(self) -> tuple[Milestone, ...]:
        """In the document's order."""
        return tuple(_milestones(self.document))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every milestone's deliverables, in the document's order."""
        return tuple(item for milestone in self.milestones for item in milestone.items)

    @cached_property
    def details(self) -> tuple[Detail, ...]:
        """The sections about single items."""
        return tuple(_details(self.document))

    @cached_property
    def blockers(self) -> tuple[Blocker, ...]:
        """Every row about a blocker, wherever it stands; one blocker may have two rows."""
        registries = frozenset(id(table) for _, table in self.registries)
        return tuple(_blockers(self.document, registries))

    @cached_property
    def registry(self) -> Section | None:
        """The section that is called the registry of blockers, whatever it holds."""
        return next((s for s in self.document.sections if is_registry_name(s.name)), None)

    @cached_property
    def registries(self) -> tuple[tuple[Section, Table], ...]:
        """The registries of blockers, usually one: by their heading, else outside milestones."""
        return tuple(_registries(self.document))

    @cached_property
    def domains(self) -> tuple[Domain, ...]:
        """The maintainers' surface area."""
        return tuple(_domains(self.document))

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """In scope and out of scope."""
        return tuple(_scopes(self.document))

    @cached_property
    def proposals(self) -> tuple[Proposal, ...]:
        """Proposals with a section of their own, active and deferred."""
        return tuple(_proposals(self.document))

    @cached_property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The tables of graduated, rejected and deferred proposals."""
        return tuple(_ledgers(self.document))

    @cached_property
    def signatories(self) -> tuple[Signatory, ...]:
        """Who signs a version cut, or the document."""
        return tuple(_signatories(self.document))

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """The document's own conditions for a version cut."""
        return tuple(_criteria(self.document))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every milestone and item that exists, details included."""
        return frozenset(
            [
                *(milestone.id for milestone in self.milestones),
                *(item.id for item in self.items),
                *(detail.id for detail in self.details),
            ]
        )


def read_state(text: Text) -> State | None:
    """The state a text states; ``BLOCKED by B3`` and ``DEFERRED to v2`` are states too."""
    words = _standing(text)
    state = State.read(words)
    if state is None and len(_STATE_WORD.findall(words)) == 1:
        match = _REMARK.match(words.strip())
        state = State.read(match[1]) if match else None
    return state


def read_resolution(text: Text) -> Resolution | None:
    """The status of a blocker that a text states, with or without a remark.

    What was struck out is history; two words at once, or a priority beside one, are none.
    """
    stated = _standing(text).strip()[:400]
    match = _PHRASE.fullmatch(stated)
    if match is None or _COMPOUND.match(stated):
        return None
    return Resolution(match[1].capitalize())


def _standing(text: Text) -> str:
    """A text's words without those that were struck out."""
    return _STRUCK.sub("", text.raw) if "~~" in text.raw else text.plain


def handles(text: Text) -> tuple[str, ...]:
    """The people that a text names, as ``@handle``."""
    return tuple(_HANDLE.findall(text.plain))


def names_nobody(text: Text) -> bool:
    """Whether an owner's place is filled with nothing, or with words for nobody."""
    if text.is_placeholder:
        return True
    return _NOBODY.fullmatch(text.plain.strip()[:200]) is not None and not handles(text)


def references(text: str) -> tuple[str, ...]:
    """The milestones and items that a text names, ranges spelt out: ``M6.2-M6.4``."""
    found: list[str] = []
    for match in _SECTION_REF.finditer(text):
        milestone, item, other, last, number, short = match.groups()
        found.append(f"{milestone}.{item}" if item else milestone)
        if short:
            if not item or number not in {None, milestone[1:]}:
                continue
            other, last = milestone, short
        if other is None:
            continue
        if item and last and other == milestone and int(last) - int(item) < 100:
            found.extend(f"{milestone}.{n}" for n in range(int(item) + 1, int(last)))
        elif not item and int(other[1:]) - int(milestone[1:]) < 100:
            found.extend(f"M{n}" for n in range(int(milestone[1:]) + 1, int(other[1:])))
        found.append(f"{other}.{last}" if last else other)
    return tuple(dict.fromkeys(found))


def cell(row: Row, index: int | None) -> Text | None:
    """The row's cell in a column, or None where there is no such column."""
    return row.cells[index] if index is not None and index < len(row.cells) else None


def column_of(document: Document, row: Row, text: Text | None) -> int:
    """The column where a row's cell starts; 1 where the row has no such cell as written."""
    line = document.lines[row.line - 1]
    index = next((n for n, held in enumerate(row.cells) if held is text), None)
    starts = [match.end() for match in _PIPE.finditer(line)]
    if not re.match(r"[\s>]*\|", line):
        starts.insert(0, 0)
    if index is None or index >= len(starts) or not line[starts[index] :].strip():
        return 1
    rest = line[starts[index] :]
    words = rest.lstrip()
    # An empty cell has nothing to point at but its place.
    return starts[index] + 1 + (0 if words.startswith("|") else len(rest) - len(words))


def _milestones(document: Document) -> Iterator[Milestone]:
    seen: set[str] = set()
    for section in document.sections:
        match = _MILESTONE.fullmatch(section.name)
        if match is None or _DETAIL.match(section.name) or section.level not in {2, 3, 4}:
            continue
        status = header_field(section, *STATUS_COLUMNS)
        owner = header_field(section, *OWNER_COLUMNS)
        target = header_field(section, *TARGET_KEYS)
        items = tuple(_items(document.under(section), match[1]))
        if match[1] in seen or not (status or items or owner or target):
            # A heading that only mentions a milestone (a detail, a note) is not the milestone.
            continue
        seen.add(match[1])
        yield Milestone(
            id=match[1],
            title=match[2].strip(),
            section=section,
            status=status,
            owner=owner,
            target=target,
            items=items,
        )


def header_field(section: Section, *keys: str) -> Field | None:
    """The field under a heading: of a line of its own, a leading list or a leading table."""
    field = section.field(*keys)
    return field or next((f for f in _listed_fields(section) if f.key.lower() in keys), None)


def _listed_fields(section: Section) -> Iterator[Field]:
    """The fields of the list or the two-column table that a section begins with."""
    for block in section.blocks:
        if isinstance(block, ListItem):
            yield from filter(None, map(field_of, block.lines))
        elif isinstance(block, Table):
            rows = (block.header, *block.rows)
            fields = [_field_of_row(row) for row in rows if len(row.cells) == 2]
            # "Status | Meaning" heads a table of something else unless fields stand below it.
            if any(field.key.lower() in _HEADER_KEYS for field in fields[1:]):
                yield from fields
            return
        elif not isinstance(block, Paragraph):
            return


_HEADER_KEYS = {*STATUS_COLUMNS, *OWNER_COLUMNS, *TARGET_KEYS}


def _field_of_row(row: Row) -> Field:
    return Field(key=row.cells[0].plain.strip().rstrip(":").rstrip(), value=row.cells[1])


def _items(held: tuple[Section, ...], milestone: str) -> Iterator[Item]:
    for section in held:
        for table in section.tables:
            ids = table.column(*ID_COLUMNS)
            titles = table.column(*DELIVERABLE_COLUMNS)
            if ids is None or titles is None:
                continue
            if table.column("blocker") is not None and table.column("deliverable") is None:
                continue
            status = table.column(*STATUS_COLUMNS)
            criteria = table.column(
                "acceptance criteria", "acceptance test", "criteria", "acceptance"
            )
            for row in table.rows:
                match = _ITEM_ID.fullmatch(row.cells[ids].plain.strip())
                if match is None or match[1] != milestone:
                    continue
                yield Item(
                    id=match[0],
                    milestone=milestone,
                    title=row.cells[titles],
                    status=cell(row, status),
                    criteria=row.cells[criteria].plain if criteria is not None else "",
                    row=row,
                    table=table,
                    section=section,
                )


def _details(document: Document) -> Iterator[Detail]:
    for section in document.sections:
        match = _DETAIL.fullmatch(section.name)
        if match:
            yield Detail(
                id=match[1],
                title=match[2].strip(),
                section=section,
                status=header_field(section, *STATUS_COLUMNS),
            )


def is_registry_name(name: str) -> bool:
    """Whether a heading calls its section the registry of blockers."""
    return _REGISTER.search(name) is not None and _BLOCKERS.search(name) is not None


def is_blocker_id(text: str) -> bool:
    """Whether a cell holds a blocker's identifier: ``B1``, ``B-M3.4``, ``B-M4``."""
    return _BLOCKER_ID.fullmatch(text.strip()) is not None


def is_archive_name(name: str) -> bool:
    """Whether a heading says that what stands below it is over."""
    return _ARCHIVE.search(name) is not None


def _chain(document: Document, section: Section) -> tuple[Section, ...]:
    return (section, *document.ancestors(section))


def is_in_registry(document: Document, section: Section) -> bool:
    """Whether the section is called the registry or stands in the one that is."""
    return any(is_registry_name(part.name) for part in _chain(document, section))


def _milestone_around(document: Document, section: Section) -> str | None:
    matches = (_MILESTONE.fullmatch(part.name) for part in _chain(document, section))
    return next((match[1] for match in matches if match), None)


def _registries(document: Document) -> Iterator[tuple[Section, Table]]:
    named = any(is_registry_name(section.name) for section in document.sections)
    for section, table in document.tables():
        if named:
            if is_in_registry(document, section) and _looks_like_registry(table):
                yield section, table
        elif _milestone_around(document, section) is None:
            ids, texts = table.column(*ID_COLUMNS), _text_column(document, section, table)
            if ids is not None and texts is not None and _has_blocker_ids(table, ids):
                yield section, table


def _has_blocker_ids(table: Table, ids: int) -> bool:
    return any(is_blocker_id(row.cells[ids].plain) for row in table.rows)


def _looks_like_registry(table: Table) -> bool:
    """Whether the columns are a registry's, and not those of a table that defines words."""
    ids = table.column(*ID_COLUMNS)
    texts = table.column(*(IMPEDIMENT_COLUMNS if ids is None else BLOCKER_COLUMNS))
    others = (SECTION_COLUMNS + MILESTONE_COLUMNS, OWNER_COLUMNS, STATUS_COLUMNS)
    told = [ids, texts, *(table.column(*names) for names in others)]
    if ids is not None and texts is not None and _has_blocker_ids(table, ids):
        return True
    return sum(column is not None for column in told) >= 3


def _text_column(document: Document, section: Section, table: Table) -> int | None:
    """The column of what blocks; its wider names count only where a heading says blockers."""
    about = any(_OF_BLOCKERS.search(part.name) for part in _chain(document, section))
    return table.column(*(BLOCKER_COLUMNS if about else IMPEDIMENT_COLUMNS))


def _blockers(document: Document, registries: frozenset[int]) -> Iterator[Blocker]:
    for section, table in document.tables():
        registry = id(table) in registries
        ids = table.column(*ID_COLUMNS)
        texts = _text_column(document, section, table)
        if ids is None:
            texts = table.column(*IMPEDIMENT_COLUMNS) if registry else None
        if texts is None:
            continue
        surely = registry or texts == table.column(*IMPEDIMENT_COLUMNS)
        owners = table.column(*OWNER_COLUMNS)
        statuses = table.column(*STATUS_COLUMNS)
        milestone = _milestone_around(document, section)
        for row in table.rows:
            identifier = row.cells[ids].plain.strip() if ids is not None else ""
            text = row.cells[texts]
            if not is_blocker_id(identifier) and (
                text.is_placeholder or not surely or _ITEM_ID.fullmatch(identifier)
            ):
                continue
            pointer = _pointer(table, row)
            yield Blocker(
                id=identifier,
                text=text,
                owner=cell(row, owners),
                status=cell(row, statuses),
                sections=_pointed(identifier, pointer, milestone),
                section_text=pointer,
                row=row,
                table=table,
                section=section,
                in_registry=registry,
                milestone=milestone,
            )


def _pointer(table: Table, row: Row) -> Text | None:
    """The cell that says what is blocked: of several such columns, one that names a section."""
    columns = (table.column(name) for name in (*SECTION_COLUMNS, *MILESTONE_COLUMNS))
    cells = [row.cells[column] for column in columns if column is not None]
    named = (text for text in cells if references(text.plain))
    return next(named, cells[0] if cells else None)


def _pointed(identifier: str, pointer: Text | None, milestone: str | None) -> tuple[str, ...]:
    by_id = references(identifier.replace("-M", " M"))
    by_id = tuple(ref.removesuffix(".0") if ref.endswith(".0") else ref for ref in by_id)
    by_column = references(pointer.plain) if pointer else ()
    by_column = tuple(ref.removesuffix(".0") if ref.endswith(".0") else ref for ref in by_column)
    if by_id and set(by_column) <= {ref.split(".")[0] for ref in by_id}:
        return by_id
    return by_column or by_id or ((milestone,) if milestone else ())


def _domains(document: Document) -> Iterator[Domain]:
    for _, table in document.tables():
        names = table.column("domain")
        owners = table.column(*OWNER_COLUMNS)
        statuses = table.column(*STATUS_COLUMNS)
        backups = table.column("backup", "backups", "deputy")
        if names is None or owners is None or (statuses is None and backups is None):
            continue
        for row in table.rows:
            yield Domain(
                name=row.cells[names].plain,
                owner=row.cells[owners],
                status=cell(row, statuses),
                row=row,
                table=table,
            )


def _scopes(document: Document) -> Iterator[Scope]:
    for section in document.sections:
        name = section.name.lower()
        if section.level < 2 or "scope" not in name:
            continue
        outside = re.search(r"\bout[ -]of[ -]scope\b", name) is not None
        inside = re.search(r"\bin[ -]scope\b", name) is not None
        if not (outside or inside):
            continue
        held = document.under(section)
        yield Scope(
            inside=not outside,
            section=section,
            tables=tuple(table for part in held for table in part.tables),
            items=tuple(item for part in held for item in part.items),
        )


def _proposals(document: Document) -> Iterator[Proposal]:
    if document.kind is not Kind.MAIN:
        return
    for section in document.sections:
        match = _PROPOSAL.fullmatch(section.name)
        if match is None:
            continue
        yield Proposal(
            id=match[1],
            number=int(match["number"]) if match["number"] else None,
            title=match[3].strip(),
            section=section,
            fields=section.fields,
            sections=document.under(section),
        )


_LEDGERS = {
    "graduated": State.ACCEPTED,
    "accepted": State.ACCEPTED,
    "rejected": State.REJECTED,
    "deferred": State.DEFERRED,
}


def _ledgers(document: Document) -> Iterator[Ledger]:
    if document.kind is not Kind.MAIN:
        return
    for section, table in document.tables():
        words = section.name.lower().split()
        state = next((_LEDGERS[word] for word in words if word in _LEDGERS), None)
        if state and table.column("id", "#") is not None:
            yield Ledger(state=state, section=section, table=table)


def _signatories(document: Document) -> Iterator[Signatory]:
    for section, table in document.tables():
        chain = (section, *document.ancestors(section))
        names = " ".join(part.name.lower() for part in chain if part.level > 1)
        if not re.search(r"\bsignator(?:y|ies)\b|\bapprovals?\b|\bsign[ -]?offs?\b", names):
            continue
        who = table.column("name", "maintainer", "signatory", "approver", "who")
        dates = table.column("date", "signed", "signed on", "approved on")
        statuses = table.column("status", "state", "approval", "signature", "decision")
        if who is None or (dates is None and statuses is None):
            continue
        for row in table.rows:
            yield Signatory(
                name=row.cells[who], date=cell(row, dates), status=cell(row, statuses), row=row
            )


_CUT = expression(r"\bcut (?:readiness|criteria|requirements?|checklist|gates?)\b|\bversion cut\b")


def _criteria(document: Document) -> Iterator[Criterion]:
    if document.kind is not Kind.LATEST:
        return
    for section in document.sections:
        chain = (section, *document.ancestors(section))
        names = [part.name.lower() for part in chain if part.level > 1]
        if not any(_CUT.search(name) for name in names):
            continue
        for item in section.items:
            yield Criterion(
                text=item.lines[0],
                plain=item.plain,
                checked=item.checked,
                status=None,
                section=section,
            )
        for table in section.tables:
            criteria = table.column("criterion", "criteria", "requirement", "condition", "gate")
            statuses = table.column(*STANDING_COLUMNS)
            if criteria is None:
                continue
            for row in table.rows:
                yield Criterion(
                    text=row.cells[criteria],
                    plain=" ".join(c.plain for c in row.cells),
                    checked=None,
                    status=cell(row, statuses),
                    section=section,
                )
