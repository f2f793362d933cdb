"""Rules about proposals: complete when they arrive, numbered, and not lost when they leave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from ceremony.commitments import STATUS_COLUMNS, Commitments, references
from ceremony.documents import field_of
from ceremony.expressions import expression
from ceremony.model import (
    Document,
    Hit,
    Kind,
    Place,
    Row,
    Section,
    Severity,
    State,
    Table,
    Text,
)
from ceremony.rules.audit.passages import LOGS, SAMPLES, prose, quiet
from ceremony.rules.audit.registry import Project, at, rule

# ---------------------------------------------------------------------------- reading proposals

_AUTHOR = ("author", "authors", "proposer", "proposed by")
_DATE = ("proposed", "date", "proposed on", "created", "submitted", "date proposed")
_TARGET = ("target version", "target", "version")
_CATEGORY = ("category", "categories", "type")
_PARTS = {
    "author": _AUTHOR,
    "date": _DATE,
    "target version": _TARGET,
    "category": _CATEGORY,
}
_KEYS = frozenset(key for keys in _PARTS.values() for key in keys)


class _Entry(NamedTuple):
    """A proposal with a section of its own, whether or not its heading bears an identifier."""

    id: str
    """``PROP-7``, or what stands in its place; nothing where the heading has no identifier."""
    number: int | None
    title: str
    section: Section
    sections: tuple[Section, ...]
    fields: Mapping[str, Text]
    """Its header by key in lower case, as lines, a list or a table."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.id if self.number is not None else self.section.name

    def field(self, keys: Sequence[str]) -> Text | None:
        """The first value under one of the keys that says something."""
        found = [self.fields[key] for key in keys if key in self.fields]
        return next((text for text in found if not _is_blank(text)), None)


def _entries(main: Commitments) -> Iterator[_Entry]:
    """Every proposal with a section; templates and examples are none."""
    known = {proposal.section.index: proposal for proposal in main.proposals}
    shown = quiet(main.document, SAMPLES)
    for section in main.document.sections:
        if section.index in shown:
            continue
        chain = (section, *main.document.ancestors(section))
        proposal = known.get(section.index)
        fields = dict(_header(section))
        held = main.document.under(section)
        if proposal is not None:
            yield _Entry(
                id=proposal.id,
                number=proposal.number,
                title=proposal.title,
                section=section,
                sections=held,
                fields=fields,
            )
        elif _is_shelf(chain) and _KEYS & set(fields):
            yield _Entry(
                id="",
                number=None,
                title=section.name,
                section=section,
                sections=held,
                fields=fields,
            )


_SHELF = expression(r"(?:active|open|current|deferred) proposals?\b", re.IGNORECASE)


def _is_shelf(chain: Sequence[Section]) -> bool:
    """Whether a section stands directly on a shelf of proposals."""
    return len(chain) > 1 and _SHELF.match(chain[1].name) is not None


def _header(section: Section) -> Iterator[tuple[str, Text]]:
    """The proposal's own fields; people write them as lines, as a list, or as a table."""
    for item in section.items:
        for text in item.lines:
            entry = field_of(text)
            if entry:
                yield entry.key.lower(), entry.value
    for table in section.tables:
        for row in (table.header, *table.rows):
            if len(row.cells) == 2:
                yield row.cells[0].plain.strip(" :").lower(), row.cells[1]
    for field in section.fields:
        yield field.key.lower(), field.value


_UNFILLED = expression(r"<[A-Za-z#][^<>]*>|v?<X>|\bYYYY\b", re.IGNORECASE)


def _is_blank(text: Text) -> bool:
    """Whether a value is empty or still the template's: ``@<handle>``, ``A | B | C``."""
    raw = _uncommented(text.raw).strip()
    unfilled = _UNFILLED.search(raw) is not None and "](" not in raw
    return text.is_placeholder or unfilled or "|" in text.plain


def _uncommented(raw: str) -> str:
    # Not by a pattern: comments that open and never close would cost it quadratic time.
    kept, position = "", 0
    while (start := raw.find("<!--", position)) >= 0 and (end := raw.find("-->", start + 4)) >= 0:
        kept, position = kept + raw[position:start], end + 3
    return kept + raw[position:]


# ---------------------------------------------------------------------------- fields


@rule(
    "proposal-field-missing",
    Severity.ERROR,
    finds="a proposal without author, date, target, category or acceptance criteria",
    help="Fill in what the proposal template asks for, with at least one acceptance criterion.",
    ceremony="MILESTONES.main.md",
)
def proposal_field_missing(project: Project) -> Iterator[Hit]:
    """Nobody can answer a proposal that does not say who wants what, and when it is met."""
    main = project.main
    if main is None:
        return
    for entry in _entries(main):
        above = [section.name for section in main.document.ancestors(entry.section)]
        if any(_ANSWERED.match(name) for name in above):
            # Their answer is given: what they lacked no longer matters to anybody.
            continue
        missing = [part for part, keys in _PARTS.items() if entry.field(keys) is None]
        if not _has_criteria(entry):
            missing.append("acceptance criteria")
        if missing:
            yield Hit(
                place=at(main.document, entry.section.line),
                message=f"Proposal {entry.name} has no {_either(missing)}",
                subject=entry.name,
            )


_ANSWERED = expression(r"(?:graduated|accepted|rejected|archived?)\b", re.IGNORECASE)


def _either(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


_CRITERIA = expression(r"(?:acceptance|graduation|success)\b|criteria$", re.IGNORECASE)
_TEMPLATE_CRITERION = expression(r"(?:criterion|criteria|item)\s*[0-9]*\.?", re.IGNORECASE)


def _has_criteria(entry: _Entry) -> bool:
    for key, value in entry.fields.items():
        if _CRITERIA.match(key):
            # A list under the field belongs to it: Markdown has no other way to write that.
            given = (value, *(item.lines[0] for item in entry.section.items))
            if any(_says_criterion(text) and field_of(text) is None for text in given):
                return True
    for section in entry.sections[1:]:
        if _CRITERIA.match(section.name):
            texts = [text for block in prose(section) for text in block.lines]
            texts += [row.cells[-1] for table in section.tables for row in table.rows]
            if section.fences or any(map(_says_criterion, texts)):
                return True
    return False


def _says_criterion(text: Text) -> bool:
    plain = text.plain.strip()
    template = _TEMPLATE_CRITERION.fullmatch(plain) or not plain
    return not text.is_placeholder and not template and re.search(r"\w", plain) is not None


# ---------------------------------------------------------------------------- category

CATEGORIES = ("Milestone", "Process", "Scope", "Domain", "Ceremony", "Governance")
"""What a proposal may be about."""

_TEMPLATE_LINE = expression(r"\s*(?:[-*]\s+)?\*\*Category(?::\*\*|\*\*\s*:)\s*(.*)", re.IGNORECASE)
_DEMANDED = expression(r"(?i)\bcategory[:\s]+(?:of\s+)?[\"“”'`*]+([A-Z][A-Za-z]{2,30})\b")


class _Choices(NamedTuple):
    """The line of a template that lists the categories."""

    line: int
    names: tuple[str, ...]


def _choices(document: Document) -> Iterator[_Choices]:
    for section in document.sections:
        for fence in section.fences:
            first = fence.line + 1 if fence.markup else fence.line
            for offset, line in enumerate(fence.content):
                match = _TEMPLATE_LINE.fullmatch(line)
                names = _names(match[1]) if match else ()
                if len(names) > 1:
                    yield _Choices(line=first + offset, names=names)


def _names(text: str) -> tuple[str, ...]:
    parts = re.split(r" ?(?:[|/,;&+]| (?:and|or) ) ?", " ".join(text.split()))
    return tuple(match[0] for part in parts if (match := _INNER.search(part)))


_INNER = expression(r"[^\W_](?:.*[^\W_])?")
"""A name without what surrounds it."""


@rule(
    "proposal-category",
    Severity.ERROR,
    finds="a category outside the list, or a template whose list lacks one that governance "
    "requires",
    help=f"Use one of {', '.join(CATEGORIES)}, and list in the template every category that "
    "the governance documents ask for.",
    ceremony="Amendments to This Document",
)
def proposal_category(project: Project) -> Iterator[Hit]:
    """A proposal's category decides who may answer it."""
    main = project.main
    if main is None:
        return
    document = main.document
    templates = tuple(_choices(document))
    demanded = dict(_demanded(project))
    allowed = {name.lower() for name in (*CATEGORIES, *demanded)}
    allowed.update(name.lower() for choices in templates for name in choices.names)
    for choices in templates:
        listed = {name.lower() for name in choices.names}
        lacking = [name for name in demanded if name.lower() not in listed]
        if lacking:
            sources = sorted({demanded[name].file for name in lacking})
            yield Hit(
                place=at(document, choices.line),
                message=f"The template's categories lack {' and '.join(lacking)}, which "
                f"{' and '.join(sources)} requires",
                subject="template",
                related=tuple(demanded[name] for name in lacking),
            )
    for entry in _entries(main):
        category = entry.field(("category", "categories"))
        if category is None:
            continue
        given = _names(re.sub(r"\([^()]*\)", "", category.plain))
        strange = [name for name in given if name.lower() not in allowed]
        if strange:
            yield Hit(
                place=at(document, category.line, document.column(category.line, category.raw)),
                message=f"Proposal {entry.name} has the category {' / '.join(strange)}, which is "
                "not in the list",
                subject=entry.name,
            )


def _demanded(project: Project) -> Iterator[tuple[str, Place]]:
    """The categories that governance and ceremony ask proposals to bear, where first."""
    seen: set[str] = set()
    for document in project.living:
        if document.kind in {Kind.GOVERNANCE, Kind.CEREMONY}:
            for _, text in document.texts():
                for match in _DEMANDED.finditer(text.raw):
                    if match[1].lower() not in seen:
                        seen.add(match[1].lower())
                        column = document.column(text.line, match[0])
                        yield match[1], at(document, text.line, column)


# ---------------------------------------------------------------------------- identifiers

_ID = expression(r"\bPROP-([0-9]{1,6})\b")
_NOTHING = expression(
    r"(?i)\W*no(?:ne|thing)?\b(?:.{0,40}(?:yet|proposals?|so far|entries)\b.{0,40}|\W*)"
)
_TITLES = ("title", "proposal", "name", "summary", "description", "idea")


class _Gone(NamedTuple):
    """A row about a proposal that graduated, or was rejected or deferred."""

    state: State
    id: str
    number: int | None
    title: str
    row: Row
    table: Table


def _gone(main: Commitments) -> Iterator[_Gone]:
    ledgers = {ledger.table.line: ledger.state for ledger in main.ledgers}
    for section, table in main.document.tables():
        state = ledgers.get(table.line) or _shelf_of(section)
        ids = table.column("id", "#", "prop", "proposal id")
        titles = table.column(*_TITLES)
        if state is None or (ids is None and titles is None):
            continue
        for row in table.rows:
            first = row.cells[ids] if ids is not None else None
            title = row.cells[titles] if titles is not None else None
            said = [cell for cell in (first, title) if cell and not _says_none(cell)]
            if not said:
                continue
            match = _ID.search(" ".join(cell.plain for cell in said))
            yield _Gone(
                state=state,
                id=match[0] if match else "",
                number=int(match[1]) if match else None,
                title=_ID.sub("", title.plain).strip(" :–—-") if title is not None else "",
                row=row,
                table=table,
            )


_SHELVES = {"graduated": State.ACCEPTED, "rejected": State.REJECTED, "deferred": State.DEFERRED}


def _shelf_of(section: Section) -> State | None:
    match = re.match(r"(graduated|rejected|deferred) proposals?\b", section.name, re.IGNORECASE)
    return _SHELVES[match[1].lower()] if match else None


def _says_none(cell: Text) -> bool:
    return cell.is_placeholder or _NOTHING.fullmatch(cell.plain.strip()) is not None


@rule(
    "proposal-id",
    Severity.WARNING,
    finds="a proposal or a graduated row without `PROP-<NUMBER>`, or two with one number",
    help="Give every proposal a number of its own, in the form PROP-<NUMBER>, and keep it when "
    "the proposal moves on.",
    ceremony="MILESTONES.main.md",
)
def proposal_id(project: Project) -> Iterator[Hit]:
    """A number is what lets people follow a proposal from document to document."""
    main = project.main
    if main is None:
        return
    document = main.document
    rows = tuple(_gone(main))
    by_number: dict[int | None, list[_Gone]] = {}
    for row in rows:
        by_number.setdefault(row.number, []).append(row)
    first: dict[int, int] = {}
    for entry in _entries(main):
        line = entry.section.line
        if entry.number is None:
            yield Hit(
                place=at(document, line),
                message=f"Proposal “{entry.name}” has no number of the form PROP-<NUMBER>",
                subject=entry.name,
            )
        elif entry.number in first:
            yield _twice(document, line, entry.id, first[entry.number], "another proposal")
        else:
            first[entry.number] = line
            moved = by_number.get(entry.number, [])
            clash = next((row for row in moved if not _is_where_it_went(entry, row)), None)
            if clash:
                word = "graduated" if clash.state is State.ACCEPTED else clash.state.lower()
                what = f"a {word} proposal"
                yield _twice(document, line, entry.id, clash.row.line, what)
    listed: dict[int, int] = {}
    for row in rows:
        if row.number is None:
            name = row.title or row.row.cells[0].plain
            yield Hit(
                place=at(document, row.row.line),
                message=f"The row of “{name}” has no number of the form PROP-<NUMBER>",
                subject=name,
            )
        elif row.number in listed:
            yield _twice(document, row.row.line, row.id, listed[row.number], "another row")
        else:
            listed[row.number] = row.row.line


def _twice(document: Document, line: int, name: str, other: int, what: str) -> Hit:
    return Hit(
        place=at(document, line),
        message=f"{name} is also the number of {what}",
        subject=name,
        related=(at(document, other),),
    )


def _is_where_it_went(entry: _Entry, row: _Gone) -> bool:
    """Whether the row only records what the proposal's own section says or stands under."""
    status = next((entry.fields[key] for key in STATUS_COLUMNS if key in entry.fields), None)
    words = status.plain.lower() if status else ""
    said = {State.ACCEPTED: ("accepted", "graduated", "complete")}
    return any(word in words for word in said.get(row.state, (row.state.lower(),)))


# ---------------------------------------------------------------------------- lost proposals

_PLAIN_WORDS = frozenset(
    "about above add adds adopt adopted after all also and any are before between can change "
    "changes clear create define defined document documents establish every fix for formal from "
    "governance have how improve improvement improvements initial into introduce its make "
    "milestone milestones more move new not once one our out over own policy process project "
    "proposal proposals record remove set should some than that the their them then these they "
    "this those three through two under update use version what when where which who with write "
    "you your framework down".split()
)


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    """The words that tell one subject from another, cut to their stems."""
    words = re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower())
    return frozenset(
        re.sub(r"(?:ies|y)$", "i", word.split("'")[0]).removesuffix("s")[:6]
        for word in words
        if len(word) > 2 and word not in _PLAIN_WORDS
    )


_RELATED = expression(r"\brelated\b", re.IGNORECASE)


@rule(
    "proposal-lost",
    Severity.WARNING,
    finds="a graduated proposal that latest does not hold",
    help="Add what was accepted to MILESTONES.latest.md, and name the proposal there.",
    ceremony="MILESTONES.main.md",
)
def proposal_lost(project: Project) -> Iterator[Hit]:
    """Items graduate out of the intake into the commitments, and nowhere else."""
    main, latest = project.main, project.latest
    if main is None or latest is None:
        return
    # What a cut froze has left latest and is still held.
    holders = (latest.document, *(frozen for frozen in project.by_kind.get(Kind.FROZEN, ())))
    numbers = {number for document in holders for number in _numbers(document)}
    units: dict[str, list[frozenset[str]]] = {}
    for document in holders:
        for unit in _units(document, document.sections):
            for word in unit:
                units.setdefault(word, []).append(unit)
    for gone in _gone(main):
        words = _stems(gone.title)
        if gone.state is not State.ACCEPTED or gone.number in numbers or not words:
            continue
        cell = gone.table.column("graduated to", "moved to", "destination", "to", "now in")
        target = gone.row.cells[cell] if cell is not None else None
        named = [r for r in references(target.plain) if r in latest.ids] if target else []
        if target is not None and _is_held_elsewhere(latest, target, named):
            continue
        milestone = next((m for m in latest.milestones if m.id in named), None)
        if gone.number is None:
            # Without a number only a subject that latest never mentions is surely lost.
            lost = not named and len(words) > 1 and words.isdisjoint(units)
        elif milestone is not None:
            parts = (
                _units(holder, holder.under(part.section))
                for holder in holders
                for part in project.commitments(holder).milestones
                if part.id == milestone.id
            )
            lost = not _matches(words, frozenset(word for part in parts for word in chain(*part)))
        else:
            lost = not any(_matches(words, unit) for word in words for unit in units.get(word, ()))
        if lost:
            name = f"{gone.id}: {gone.title}" if gone.id else gone.title
            holder = milestone.id if milestone else latest.document.path
            line = milestone.line if milestone else latest.document.title_line
            yield Hit(
                place=at(main.document, gone.row.line),
                message=f"{name} graduated, but {holder} does not hold it",
                subject=gone.id or gone.title,
                related=(at(latest.document, line),),
            )


def _is_held_elsewhere(latest: Commitments, target: Text, ids: Sequence[str]) -> bool:
    """Whether it went to another document, or to an item that exists."""
    if any("." in name for name in ids):
        return True
    files = re.findall(r"(?<![\w.<>*-])[\w.<>*-]+\.md\b", f"{target.raw} {target.plain}")
    own = latest.document.path.rpartition("/")[2].lower()
    return bool(files) and not any(own.endswith(name.lower().lstrip("./")) for name in files)


def _numbers(document: Document) -> Iterator[int]:
    span = expression(r"\bPROP-([0-9]{1,6})\b(?:\s*(?:-|–|to|through)\s*(?:PROP-)?([0-9]{1,6})\b)?")
    for _, text in document.texts():
        for match in span.finditer(text.plain):
            first = int(match[1])
            last = int(match[2]) if match[2] else first
            yield from range(first, min(last, first + 100) + 1)


def _units(document: Document, sections: Sequence[Section]) -> Iterator[frozenset[str]]:
    """The stems of each heading, row, paragraph and list item that could hold a proposal."""
    skipped = quiet(document, LOGS) | quiet(document, _RELATED)
    for section in sections:
        if section.index in skipped:
            continue
        if section.level > 1:
            yield _stems(section.name)
        for block in prose(section):
            yield _stems(block.plain)
        for table in section.tables:
            for row in table.rows:
                yield _stems(" ".join(cell.plain for cell in row.cells))


def _matches(words: frozenset[str], unit: frozenset[str]) -> bool:
    """Whether most of the title stands there, or the heading is all of what the title names."""
    return len(words & unit) >= 0.6 * len(words) or (len(unit) > 1 and unit <= words)
