"""Rules about blockers: impediments to agreement, each with an owner, a state and a section.

A blocker may stand in its milestone's table and in the registry; it is one blocker, and the
registry's word counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ceremony.commitments import (
    OWNER_COLUMNS,
    STATUS_COLUMNS,
    Blocker,
    Commitments,
    cell,
    is_blocker_id,
    references,
)
from ceremony.expressions import expression
from ceremony.model import Hit, Place, Resolution, Section, Severity, State, Table
from ceremony.rules.audit.building import is_about_building
from ceremony.rules.audit.registry import Project, at, rule
from ceremony.rules.audit.subjects import Subjects

# ---------------------------------------------------------------------------- the book of blockers


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One blocker: the row whose word counts, and the other rows about it."""

    row: Blocker
    others: tuple[Blocker, ...]
    registered: bool
    targets: tuple[str, ...]
    """The milestones and items that it points at, existing or not."""
    is_open: bool
    is_settled: bool
    """Neither holds for a status that says neither, such as ``Open / Accepted``."""

    @property
    def key(self) -> str:
        """What tells it from other blockers."""
        return _key(self.row)

    @property
    def name(self) -> str:
        """How a message names it."""
        return self.row.id or "A blocker without an id"

    @property
    def subject(self) -> str:
        """What fingerprints name it by."""
        return self.row.id or self.row.text.plain[:80]


_TEMPLATE = expression(r"[#<…]|\bN+\b")
_NO_BLOCKER = expression(
    r"no (?:(?:open|active|current|known|further) )?blockers?\b.*", re.IGNORECASE | re.DOTALL
)
_ARCHIVE = expression(r"\b(?:resolved|closed|archived?|historical|history|past|former)\b")
_REFERENCE = expression(r"M[0-9]{1,4}(?:\.[0-9]{1,4}[a-z]?)?\b")
_LOOSE_REFERENCE = expression(r"(?:milestone|m)[ -]?([0-9]{1,4}(?:\.[0-9]{1,4})?)")

_SECTION_NAMES = ("section", "sections", "item", "items", "blocks", "affects")
_MILESTONE_NAMES = ("milestone", "milestones")
_TEXT_NAMES = ("blocker", "blockers", "impediment", "description")


class Book:
    """Every blocker of latest once, and what the rules ask about the sections they point at."""

    def __init__(self, latest: Commitments) -> None:
        self.latest = latest
        self.document = latest.document
        self.homes = {id(table): section for section, table in self.document.tables()}
        self.section = next((s for s in self.document.sections if _is_registry_name(s.name)), None)
        """The section that is called the registry, if there is one."""
        self.registries = self._registries()
        self.states: dict[str, State | None] = {}
        self.reached: dict[str, set[State | None]] = {}
        """The states that a pointer reaches: an item's, or a milestone's with its items'."""
        self.lines: dict[str, int] = {}
        self._titles: dict[str, str] = {}
        self._read_sections()
        self.entries = self._entries()
        self.keys = frozenset(entry.key for entry in self.entries)

    def _registries(self) -> tuple[Table, ...]:
        """The tables that are the registry: by their heading, else those outside milestones."""
        named = [
            table
            for section, table in self.document.tables()
            if self.is_under_registry(section) and _looks_like_registry(table)
        ]
        if named or self.section:
            return tuple(named)
        stray = [b for b in self.latest.blockers if b.milestone is None and is_blocker_id(b.id)]
        return tuple({id(b.table): b.table for b in stray}.values())

    def is_under_registry(self, section: Section) -> bool:
        """Whether the section is the registry or stands in it."""
        chain = (section, *self.document.ancestors(section))
        return any(_is_registry_name(part.name) for part in chain)

    def _read_sections(self) -> None:
        for milestone in self.latest.milestones:
            self._add(milestone.id, milestone.state, milestone.line, milestone.title)
            for item in milestone.items:
                self._add(item.id, item.state, item.line, item.title.plain)
        for detail in self.latest.details:
            state = State.read(detail.status.value.plain) if detail.status else None
            self._add(detail.id, state, detail.section.line, detail.title)
        for reference, state in self.states.items():
            self.reached.setdefault(reference, set()).add(state)
            self.reached.setdefault(parent(reference), set()).add(state)

    def _add(self, reference: str, state: State | None, line: int, title: str) -> None:
        if self.states.get(reference) is None:
            self.states[reference] = state
        self.lines.setdefault(reference, line)
        self._titles.setdefault(title.strip().casefold(), reference)

    def _entries(self) -> tuple[Entry, ...]:
        registries = {id(table) for table in self.registries}
        rows = [blocker for blocker in self.latest.blockers if _is_blocker(blocker)]
        listed = [row for row in rows if id(row.table) in registries]
        loose: dict[str, list[Blocker]] = {}
        for row in rows:
            if id(row.table) not in registries:
                loose.setdefault(_key(row), []).append(row)
        entries = [
            self._entry(row, tuple(loose.get(_key(row), ())), registered=True) for row in listed
        ]
        held = {_key(row) for row in listed}
        for key, same in loose.items():
            if key not in held:
                entries.append(self._entry(same[0], tuple(same[1:]), registered=False))
        return tuple(sorted(entries, key=lambda entry: entry.row.line))

    def _entry(self, row: Blocker, others: tuple[Blocker, ...], *, registered: bool) -> Entry:
        targets = self._targets(row)
        if not targets and others:
            targets = self._targets(others[0])
        is_open, is_settled = self._standing(row)
        return Entry(
            row=row,
            others=others,
            registered=registered,
            targets=targets,
            is_open=is_open,
            is_settled=is_settled,
        )

    def _targets(self, row: Blocker) -> tuple[str, ...]:
        """Where it points; a section named by its title counts as its id."""
        pointer = row.section_text
        if pointer is None or pointer.is_placeholder or references(pointer.plain):
            return row.sections
        words = pointer.plain.strip().casefold()
        loose = _LOOSE_REFERENCE.fullmatch(words)
        if loose:
            return (f"M{loose[1].removesuffix('.0')}",)
        if words in self._titles:
            return (self._titles[words],)
        return row.sections if references(row.id.replace("-M", " M")) else ()

    def _standing(self, row: Blocker) -> tuple[bool, bool]:
        """Whether a blocker is open, and whether it is settled."""
        if row.status is None:
            outcome = cell(row.row, row.table.column("resolution", "outcome", "resolved"))
            ended = Resolution.read(outcome.plain) if outcome else None
            home = self.homes[id(row.table)].name.lower()
            settled = ended not in {None, Resolution.OPEN} or _ARCHIVE.search(home) is not None
            return not settled, settled
        status = status_of(row)
        if status is not None:
            return status is Resolution.OPEN, status is not Resolution.OPEN
        stated = row.status.plain.lower()
        if _ENDED.search(stated):
            return False, "open" not in stated
        return True, False

    def known(self) -> frozenset[str]:
        """Every section that exists, those included whose table the reader could not place."""
        found = set(self.states)
        for section, table in self.document.tables():
            if table.column(*_TEXT_NAMES[:3]) is None and not self.is_under_registry(section):
                for row in table.rows:
                    first = row.cells[0].plain.strip()
                    if _REFERENCE.fullmatch(first):
                        found.add(first)
        for section in self.document.sections:
            match = _REFERENCE.match(section.name)
            if match:
                found.add(match[0])
        return frozenset(found)

    def once(self) -> Iterator[Entry]:
        """The first entry of each id: what is said about a blocker is said once."""
        seen: set[str] = set()
        for entry in self.entries:
            if entry.key not in seen:
                seen.add(entry.key)
                yield entry

    def place(self, row: Blocker, needle: str) -> Place:
        """Where a word of a row stands."""
        return at(self.document, row.line, self.document.column(row.line, needle.strip()))

    def rows_of(self, *names: str) -> tuple[Place, ...]:
        """Where sections stand, of those that exist."""
        return tuple(at(self.document, self.lines[n]) for n in names if n in self.lines)


def book_of(project: Project) -> Book | None:
    """The book of latest, or None without latest."""
    return Book(project.latest) if project.latest else None


def parent(reference: str) -> str:
    """The milestone of an item; a milestone's own id."""
    return reference.split(".", maxsplit=1)[0]


def _key(blocker: Blocker) -> str:
    return blocker.id.casefold() or blocker.text.plain.casefold()


def _is_blocker(blocker: Blocker) -> bool:
    """Whether the row is a blocker, rather than a template or the word that there is none."""
    if _TEMPLATE.search(blocker.id) or not (blocker.id or blocker.text.plain.strip()):
        return False
    if is_blocker_id(blocker.id):
        return True
    return not _NO_BLOCKER.match(blocker.text.plain.strip())


def _is_registry_name(name: str) -> bool:
    return "registry" in name.lower() and "blocker" in name.lower()


def _looks_like_registry(table: Table) -> bool:
    """Whether the columns are a registry's, and not those of a table that defines words."""
    groups = (
        ("id", "#"),
        _TEXT_NAMES,
        _SECTION_NAMES + _MILESTONE_NAMES,
        OWNER_COLUMNS,
        STATUS_COLUMNS,
    )
    return sum(table.column(*names) is not None for names in groups) >= 3


_VOCABULARY = "open|resolved|deferred|accepted|rejected"
_ENDED = expression(
    r"\b(?:closed?|done|fixed|cleared|mitigated|settled|resolved|deferred|accepted|rejected|"
    r"completed?|superseded|withdrawn|obsolete)\b"
)
_PHRASE = expression(
    rf"\W*(?:risk[- ])?({_VOCABULARY})\b(?:\s*\W?|\s*[(\[–—:;,.-].*|\s+[a-z0-9@].*)",
    re.IGNORECASE | re.DOTALL,
)
_COMPOUND = expression(
    rf"\W*(?:{_VOCABULARY})\s*(?:[/,&+|→]|->|\bor\b|\band\b)\s*\W?"
    rf"(?:{_VOCABULARY}|blocked|closed|in progress|pending)\b",
    re.IGNORECASE,
)


def status_of(row: Blocker) -> Resolution | None:
    """What its status cell states: one of the ceremony's words, with or without a remark."""
    stated = row.status.plain.strip()[:400] if row.status else ""
    match = _PHRASE.fullmatch(stated)
    if match is None or _COMPOUND.match(stated):
        return None
    return Resolution(match[1].capitalize())


# ---------------------------------------------------------------------------- the registry's form


@rule(
    "blocker-columns",
    Severity.WARNING,
    finds="a registry without the columns ID, Section, Blocker, Owner, Status",
    help="Give the registry the columns ID, Section, Blocker, Owner and Status.",
    ceremony="Blocker Registry",
)
def blocker_columns(project: Project) -> Iterator[Hit]:
    """The registry is what the blocker review works from, so it says who, where and whether."""
    book = book_of(project)
    if book is None:
        return
    for table in book.registries:
        section = book.homes[id(table)]
        if _ARCHIVE.search(section.name.lower()):
            continue  # a list of what is over needs no status and no owner
        wanted = {
            "ID": table.column("id", "#") is not None,
            "Section": table.column(*_SECTION_NAMES) is not None or _places_items(table),
            "Blocker": table.column("blocker", "blockers", "impediment") is not None,
            "Owner": table.column(*OWNER_COLUMNS) is not None,
            "Status": table.column(*STATUS_COLUMNS) is not None,
        }
        missing = [name for name, there in wanted.items() if not there]
        if missing:
            what = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
            message = f"The blocker registry has no {what} column"
            if "Section" in missing and table.column(*_MILESTONE_NAMES) is not None:
                message += ": its Milestone column hides which item is blocked"
            yield Hit(place=at(book.document, table.line), message=message, subject=section.name)


def _places_items(table: Table) -> bool:
    """Whether a Milestone column does what Section does: point as finely as the ids do."""
    column = table.column(*_MILESTONE_NAMES)
    ids = table.column("id", "#")
    if column is None:
        return False
    return ids is None or not any(
        re.search(r"M[0-9]+\.0*[1-9]", row.cells[ids].plain) and "." not in row.cells[column].plain
        for row in table.rows
    )


@rule(
    "blocker-owner-missing",
    Severity.WARNING,
    finds="a blocker whose owner is empty or TBD: one finding per blocker, wherever it stands",
    help="Name the @handle that moves the blocker, or resolve it as Deferred or Accepted.",
    ceremony="Governance Health Indicators",
)
def blocker_owner_missing(project: Project) -> Iterator[Hit]:
    """Blockers have owners; one that is settled needs none any more."""
    book = book_of(project)
    if book is None:
        return
    for entry in book.once():
        owned = [row for row in (entry.row, *entry.others) if row.owner is not None]
        if entry.is_settled or not owned:
            continue
        row = owned[0]
        if row.owner is not None and row.owner.is_placeholder:
            yield Hit(
                place=at(book.document, row.line),
                message=f"{entry.name} has no owner",
                subject=entry.subject,
            )


@rule(
    "blocker-state-unknown",
    Severity.ERROR,
    finds="a blocker whose status is neither Open nor a resolution (a priority, a compound)",
    help="Write Open, Resolved, Deferred, Accepted or Rejected; a priority has its own column.",
    ceremony="Blocker Resolution",
)
def blocker_state_unknown(project: Project) -> Iterator[Hit]:
    """A blocker is open, or it ended in one of four ways."""
    book = book_of(project)
    if book is None:
        return
    for entry in book.entries:
        status = entry.row.status
        if status is None or status_of(entry.row) is not None:
            continue
        stated = status.plain.strip()[:80]
        message = f'"{stated}" is no status of a blocker ({entry.name})'
        if status.is_placeholder:
            message = f"{entry.name} has no status"
        yield Hit(
            place=book.place(entry.row, status.raw),
            message=message,
            subject=f"{entry.subject} {stated}".strip(),
        )


@rule(
    "blocker-not-in-registry",
    Severity.ERROR,
    finds="a blocker that stands in a milestone's table and not in the registry",
    help="Add the blocker to the registry under the same id.",
    ceremony="Blocker Registry",
)
def blocker_not_in_registry(project: Project) -> Iterator[Hit]:
    """The review and the cut read the registry; what is not in it holds nothing back."""
    book = book_of(project)
    if book is None:
        return
    lines = [table.line for table in book.registries]
    if book.section:
        lines.append(book.section.line)
    for entry in book.once() if lines else ():
        if not entry.registered and entry.row.milestone is not None:
            yield Hit(
                place=book.place(entry.row, entry.row.id),
                message=f"{entry.name} blocks {entry.row.milestone} but is not in the registry",
                subject=entry.subject,
                related=(at(book.document, lines[0]),),
            )


# ---------------------------------------------------------------------------- one id, one text


@rule(
    "blocker-duplicate",
    Severity.WARNING,
    finds="two blockers with one id or one text",
    help="Give each blocker an id of its own, and say each impediment once.",
    ceremony="Single Source of Truth",
)
def blocker_duplicate(project: Project) -> Iterator[Hit]:
    """Whoever resolves one of two twins leaves the other behind."""
    book = book_of(project)
    if book is None:
        return
    by_key: dict[str, list[Entry]] = {}
    for entry in book.entries:
        by_key.setdefault(entry.key, []).append(entry)
    texts: dict[str, Entry] = {}
    for entry in book.entries:
        row, first = entry.row, by_key[entry.key][0]
        words = _normalised(row)
        alike = texts.setdefault(words, entry)
        if first is not entry:
            if row.id:
                yield _twins(book, row, first.row, f"{row.id} stands twice in the registry")
        elif alike is not entry and _one_text(words, alike, entry):
            yield _twins(book, row, alike.row, f"{entry.name} and {alike.name} have one text")
    for same in by_key.values():
        if same[0].row.id:
            yield from _copies(book, same)


def _copies(book: Book, same: list[Entry]) -> Iterator[Hit]:
    """Rows outside the registry that take the id of another blocker."""
    row = same[0].row
    for other in same[0].others:
        if other.table is row.table:
            yield _twins(book, other, row, f"{row.id} stands twice in one table")
        elif all(_differ(other, entry.row) for entry in same[:_MOST_COPIES]):
            message = f"{row.id} is another blocker here than in line {row.line}"
            yield _twins(book, other, row, message)


_MOST_COPIES = 8
"""Enough rows of one id to compare with: more are found as duplicates anyway."""


def _twins(book: Book, row: Blocker, twin: Blocker, message: str) -> Hit:
    return Hit(
        place=book.place(row, row.id),
        message=message,
        subject=f"{row.id} {row.text.plain[:80]}",
        related=(at(book.document, twin.line),),
    )


def _normalised(row: Blocker) -> str:
    return " ".join(re.findall(r"\w+(?:\.\w+)*", row.text.plain.casefold()))


def _one_text(words: str, first: Entry, second: Entry) -> bool:
    """Whether one text means one impediment: a few common words may fit two sections."""
    if first.is_settled != second.is_settled or not words:
        return False
    return len(words.split()) > 3 or bool(set(first.targets) & set(second.targets))


def _differ(first: Blocker, second: Blocker) -> bool:
    """Whether two texts are plainly about different things."""
    one = {word for word in _normalised(first).split() if len(word) > 3}
    two = {word for word in _normalised(second).split() if len(word) > 3}
    return min(len(one), len(two)) > 1 and len(one & two) < 0.25 * min(len(one), len(two))


# ---------------------------------------------------------------------------- where it points


@rule(
    "blocker-section-unknown",
    Severity.ERROR,
    finds="a blocker that points at a section that does not exist",
    help="Point the blocker at a milestone or item that exists, or add the item it is about.",
    ceremony="Blocker Registry",
)
def blocker_section_unknown(project: Project) -> Iterator[Hit]:
    """A blocker of nothing can neither block nor be resolved."""
    book = book_of(project)
    if book is None or not book.latest.milestones:
        return
    known = book.known()
    for entry in book.once():
        lost = [target for target in entry.targets if target not in known]
        if lost:
            yield Hit(
                place=book.place(entry.row, lost[0]),
                message=f"{entry.name} points at {', '.join(lost[:5])}, which does not exist",
                subject=f"{entry.subject} {lost[0]}",
            )


_NAMED = (
    expression(
        r"\b(?:cannot|can't|can not|could not|unable to)\s+(?:accept|start|agree on|agree to|"
        r"freeze|cut|commit to)\s+(M[0-9]+(?:\.[0-9]+)?)",
        re.IGNORECASE,
    ),
    expression(r"\b(?:blocks|is blocking|prevents)\s+(M[0-9]+(?:\.[0-9]+)?)", re.IGNORECASE),
    expression(
        r"\b(M[0-9]+(?:\.[0-9]+)?)\s+(?:cannot|can't|can not)\s+be\s+(?:accepted|started|agreed)",
        re.IGNORECASE,
    ),
)


@rule(
    "blocker-section-mismatch",
    Severity.ERROR,
    finds="a blocker whose text names the subject of another section than the one it points at",
    help="Point the blocker at the section that its text is about, or correct its text.",
    ceremony="Blocker Registry",
)
def blocker_section_mismatch(project: Project) -> Iterator[Hit]:
    """Resolving a blocker frees the section that it points at: it had better be the right one."""
    book = book_of(project)
    if book is None:
        return
    subjects = Subjects(book.latest)
    for entry in book.once():
        row, pointed = entry.row, entry.targets
        exist = bool(pointed) and all(target in subjects.known for target in pointed)
        if not exist or status_of(row) is Resolution.RESOLVED:
            continue
        other, name = _meant(row.text.plain, pointed, subjects)
        if name:
            here = f"{', '.join(pointed[:3])} ({subjects.known[pointed[0]].title})"
            yield Hit(
                place=book.place(row, row.text.raw),
                message=f"{entry.name} points at {here}, but its text is about {name}",
                subject=f"{entry.subject} {name}",
                related=book.rows_of(pointed[0], other),
            )


def _meant(text: str, pointed: tuple[str, ...], subjects: Subjects) -> tuple[str, str]:
    """The section that the text is about and its name, or nothing where it is the one named."""
    said = next((match[1].upper() for form in _NAMED if (match := form.search(text))), None)
    if said is not None:
        said = said.removesuffix(".0")
        near = any(said in {t, parent(t)} or parent(said) == t for t in pointed)
        return ("", "") if near else (said, said)
    other = subjects.named_elsewhere(text, pointed)
    if other is None:
        return "", ""
    return other.id, f"{other.id} ({other.title})" if other.id else other.title


@rule(
    "blocker-section-not-blocked",
    Severity.NOTE,
    finds="an open blocker on an item that is not BLOCKED",
    help="Set the item to BLOCKED, or resolve the blocker.",
    ceremony="Explicit State",
)
def blocker_section_not_blocked(project: Project) -> Iterator[Hit]:
    """The state of an item and its blockers tell one story."""
    book = book_of(project)
    if book is None:
        return
    milestones = {milestone.state for milestone in book.latest.milestones}
    for entry in book.once():
        targets = [target for target in entry.targets if target in book.states]
        reached = {state for target in targets for state in book.reached[target]}
        if not entry.is_open or not targets or State.BLOCKED in reached:
            continue
        first = targets[0]
        kin = book.reached.get(parent(first), set()) if "." in first else milestones
        state = book.states[first]
        yield Hit(
            place=at(book.document, entry.row.line),
            message=(
                f"{entry.name} is open, but {', '.join(targets[:3])} is "
                f"{state or 'without a state'}, not BLOCKED"
            ),
            subject=entry.subject,
            related=book.rows_of(first),
            severity=Severity.WARNING if State.BLOCKED in kin else None,
        )


@rule(
    "blocker-unregistered",
    Severity.ERROR,
    finds="a BLOCKED item without a blocker",
    help="Register the blocker with its owner, or give the item the state that it has.",
    ceremony="Blocker Registry",
)
def blocker_unregistered(project: Project) -> Iterator[Hit]:
    """BLOCKED without a blocker leaves nothing to resolve."""
    book = book_of(project)
    if book is None:
        return
    reaching: dict[str, list[Entry]] = {}
    for entry in book.entries:
        reaching.setdefault(entry.key, []).append(entry)
        for target in entry.targets:
            reaching.setdefault(target, []).append(entry)
            if "." in target:
                reaching.setdefault(f"{parent(target)}.*", []).append(entry)
    for name, line, stated in _blocked(book.latest):
        reach = [name, parent(name) if "." in name else f"{name}.*"]
        # "BLOCKED (B3)" names its blocker where it says so.
        reach += [word.casefold() for word in re.findall(r"\bB-?[\w.]*[0-9]", stated)]
        mine = {id(entry): entry for key in reach for entry in reaching.get(key, ())}
        if any(not entry.is_settled for entry in mine.values()):
            continue
        message = f"{name} is BLOCKED, but no blocker names it"
        if mine:
            settled = ", ".join(entry.name for entry in list(mine.values())[:3])
            message = f"{name} is BLOCKED, but nothing blocks it any more: {settled} settled"
        yield Hit(
            place=at(book.document, line, book.document.column(line, "BLOCKED")),
            message=message,
            subject=name,
            related=tuple(at(book.document, e.row.line) for e in list(mine.values())[:3]),
        )


def _blocked(latest: Commitments) -> Iterator[tuple[str, int, str]]:
    """What says of itself that it is BLOCKED: id, line and the words.

    A milestone with BLOCKED items says so because of them, and they answer for it.
    """
    listed: set[str] = set()
    for milestone in latest.milestones:
        blocked = False
        for item in milestone.items:
            listed.add(item.id)
            if item.state is State.BLOCKED and item.status is not None:
                blocked = True
                yield item.id, item.line, item.status.plain
        status = milestone.status
        if milestone.state is State.BLOCKED and status is not None and not blocked:
            yield milestone.id, status.line, status.value.plain
    for detail in latest.details:
        status = detail.status
        if status is None or detail.id in listed:
            continue
        if State.read(status.value.plain) is State.BLOCKED:
            yield detail.id, status.line, status.value.plain


@rule(
    "blocker-rejected-in-scope",
    Severity.ERROR,
    finds="a blocker resolved as Rejected whose section is still in scope",
    help="Set the section to REJECTED with a reason, or resolve the blocker in another way.",
    ceremony="Blocker Resolution",
)
def blocker_rejected_in_scope(project: Project) -> Iterator[Hit]:
    """Rejected means that the section was removed from scope."""
    book = book_of(project)
    if book is None:
        return
    gone = {State.REJECTED, State.DEFERRED}
    for entry in book.once():
        if status_of(entry.row) is not Resolution.REJECTED:
            continue
        still = [
            target
            for target in entry.targets
            if target in book.states
            and not gone & {book.states[target], book.states.get(parent(target))}
        ]
        if still:
            state = book.states[still[0]] or "without a state"
            yield Hit(
                place=at(book.document, entry.row.line),
                message=(
                    f"{entry.name} is Rejected, which removes {still[0]} from scope, "
                    f"yet {still[0]} is {state}"
                ),
                subject=f"{entry.subject} {still[0]}",
                related=book.rows_of(still[0]),
            )


# ---------------------------------------------------------------------------- agreement only

_BUILDING_TYPE = expression(r"\s*(?:implementation|code|coding|development|bug)\s*", re.IGNORECASE)


@rule(
    "blocker-implementation",
    Severity.ERROR,
    finds="a blocker about implementation: blockers are about agreement",
    help="Drop the blocker, or say what is not agreed; track the work in the roadmap.",
    ceremony="What is a Blocker?",
)
def blocker_implementation(project: Project) -> Iterator[Hit]:
    """A version is cut when agreement is mature, whatever is built by then."""
    book = book_of(project)
    if book is None:
        return
    for entry in book.entries:
        row = entry.row
        kind = cell(row.row, row.table.column("type", "kind", "category"))
        typed = kind is not None and _BUILDING_TYPE.fullmatch(kind.plain) is not None
        if entry.is_open and (typed or is_about_building(row.text.plain)):
            yield Hit(
                place=book.place(row, row.text.raw),
                message=f'{entry.name} is about implementation: "{row.text.plain[:100].strip()}"',
                subject=entry.subject,
            )
