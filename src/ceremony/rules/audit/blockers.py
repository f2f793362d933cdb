"""Rules about blockers: impediments to agreement, each with an owner, a state and a section.

A blocker may stand in its milestone's table and in the registry; it is one blocker, and the
registry's word counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ceremony.commitments import (
    ID_COLUMNS,
    IMPEDIMENT_COLUMNS,
    MILESTONE_COLUMNS,
    OWNER_COLUMNS,
    SECTION_COLUMNS,
    STATUS_COLUMNS,
    Blocker,
    Commitments,
    cell,
    column_of,
    is_archive_name,
    is_blocker_id,
    is_in_registry,
    names_nobody,
    references,
)
from ceremony.expressions import expression
from ceremony.model import Hit, Place, Resolution, Severity, State, Table, Text
from ceremony.rules.audit.building import is_about_building
from ceremony.rules.audit.registry import Project, at, rule
from ceremony.rules.audit.subjects import Subjects

# ---------------------------------------------------------------------------- the book of blockers


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One blocker: the row whose word counts, and the other rows about it."""

    row: Blocker
    others: tuple[Blocker, ...]
    targets: tuple[str, ...]
    """The milestones and items that it points at, existing or not."""

    @property
    def is_open(self) -> bool:
        """Whether nothing says that it ended."""
        return self.row.is_open

    @property
    def is_settled(self) -> bool:
        """Whether it ended; a status such as ``Open / Accepted`` is neither open nor settled."""
        return self.row.is_settled

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
_REFERENCE = expression(r"M[0-9]{1,4}(?:\.[0-9]{1,4}[a-z]?)?\b")
_NAMING_COLUMNS = (*IMPEDIMENT_COLUMNS, "blockers")
_LOOSE_REFERENCE = expression(r"(?:milestone|m)[ -]?([0-9]{1,4}(?:\.[0-9]{1,4})?)")


class Book:
    """Every blocker of latest once, and what the rules ask about the sections they point at."""

    def __init__(self, latest: Commitments) -> None:
        self.latest = latest
        self.document = latest.document
        self.states: dict[str, State | None] = {}
        self.reached: dict[str, set[State | None]] = {}
        """The states that a pointer reaches: an item's, or a milestone's with its items'."""
        self.lines: dict[str, int] = {}
        self._titles: dict[str, str] = {}
        self._read_sections()
        self.entries = self._entries()
        self.keys = frozenset(entry.key for entry in self.entries)

    def _read_sections(self) -> None:
        for milestone in self.latest.milestones:
            self._add(milestone.id, milestone.state, milestone.line, milestone.title)
            for item in milestone.items:
                self._add(item.id, item.state, item.line, item.title.plain)
        for detail in self.latest.details:
            self._add(detail.id, detail.state, detail.section.line, detail.title)
        for reference, state in self.states.items():
            self.reached.setdefault(reference, set()).add(state)
            self.reached.setdefault(parent(reference), set()).add(state)

    def _add(self, reference: str, state: State | None, line: int, title: str) -> None:
        if self.states.get(reference) is None:
            self.states[reference] = state
        self.lines.setdefault(reference, line)
        self._titles.setdefault(title.strip().casefold(), reference)

    def _entries(self) -> tuple[Entry, ...]:
        rows = [blocker for blocker in self.latest.blockers if _is_blocker(blocker)]
        listed = [row for row in rows if row.in_registry]
        loose: dict[str, list[Blocker]] = {}
        for row in rows:
            if not row.in_registry:
                loose.setdefault(_key(row), []).append(row)
        entries = [self._entry(row, tuple(loose.get(_key(row), ()))) for row in listed]
        held = {_key(row) for row in listed}
        for key, same in loose.items():
            if key not in held:
                entries.append(self._entry(same[0], tuple(same[1:])))
        return tuple(sorted(entries, key=lambda entry: entry.row.line))

    def _entry(self, row: Blocker, others: tuple[Blocker, ...]) -> Entry:
        targets = self._targets(row)
        if not targets and others:
            targets = self._targets(others[0])
        return Entry(row=row, others=others, targets=targets)

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

    def known(self) -> frozenset[str]:
        """Every section that exists, those included whose table the reader could not place."""
        found = set(self.states)
        for section, table in self.document.tables():
            if table.column(*_NAMING_COLUMNS) is None and not is_in_registry(
                self.document, section
            ):
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

    def place_of(self, row: Blocker, text: Text | None) -> Place:
        """Where a cell of a row stands."""
        return at(self.document, row.line, column_of(self.document, row.row, text))

    def rows_of(self, *names: str) -> tuple[Place, ...]:
        """Where sections stand, of those that exist."""
        return tuple(at(self.document, self.lines[n]) for n in names if n in self.lines)


def book_of(project: Project) -> Book | None:
    """The book of latest, or None without latest."""
    return Book(project.latest) if project.latest else None


def listed(names: Sequence[str]) -> str:
    """``A, B and C``, cut to what a reader takes in."""
    if len(names) > 5:
        return f"{', '.join(names[:5])} and {len(names) - 5} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


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
    for section, table in book.latest.registries:
        if is_archive_name(section.name):
            continue  # a list of what is over needs no status and no owner
        wanted = {
            "ID": table.column(*ID_COLUMNS) is not None,
            "Section": table.column(*SECTION_COLUMNS) is not None or _places_items(table),
            "Blocker": table.column(*_NAMING_COLUMNS) is not None,
            "Owner": table.column(*OWNER_COLUMNS) is not None,
            "Status": table.column(*STATUS_COLUMNS) is not None,
        }
        missing = [name for name, there in wanted.items() if not there]
        if missing:
            what = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
            message = f"The blocker registry has no {what} column"
            if "Section" in missing and table.column(*MILESTONE_COLUMNS) is not None:
                message += ": its Milestone column hides which item is blocked"
            yield Hit(place=at(book.document, table.line), message=message, subject=section.name)


def _places_items(table: Table) -> bool:
    """Whether a Milestone column does what Section does: point as finely as the ids do."""
    column = table.column(*MILESTONE_COLUMNS)
    ids = table.column(*ID_COLUMNS)
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
        if row.owner is not None and names_nobody(row.owner):
            yield Hit(
                place=book.place_of(row, row.owner),
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
        if status is None or entry.row.resolution is not None:
            continue
        stated = status.plain.strip()[:80]
        message = (
            f"The status of {entry.name} is “{stated}”, which is neither Open nor a resolution"
        )
        if status.is_placeholder:
            message = f"{entry.name} has no status"
        yield Hit(
            place=book.place_of(entry.row, status),
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
    lines = [table.line for _, table in book.latest.registries]
    if book.latest.registry:
        lines.append(book.latest.registry.line)
    for entry in book.once() if lines else ():
        if not entry.row.in_registry and entry.row.milestone is not None:
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
            message = f"{row.id} names another blocker here than on line {row.line}"
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
            there = "which does not exist" if len(lost) == 1 else "which do not exist"
            pointer = entry.row.section_text
            said = pointer is not None and references(pointer.plain)
            yield Hit(
                place=book.place_of(entry.row, pointer if said else entry.row.row.cells[0]),
                message=f"{entry.name} points at {listed(lost)}, {there}",
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
        if not exist or row.resolution is Resolution.RESOLVED:
            continue
        other, name = _meant(row.text.plain, pointed, subjects)
        if name:
            here = f"{', '.join(pointed[:3])} ({subjects.known[pointed[0]].title})"
            yield Hit(
                place=book.place_of(row, row.text),
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
        if entry.row.resolution is not Resolution.OPEN and entry.row.status is not None:
            continue  # its status is another finding, or it is over
        targets = [target for target in entry.targets if target in book.states]
        reached = {state for target in targets for state in book.reached[target]}
        if not entry.is_open or not targets or State.BLOCKED in reached:
            continue
        first = targets[0]
        state = book.states[first]
        if state is None:
            continue  # a state that is missing or unknown is another finding
        kin = book.reached.get(parent(first), set()) if "." in first else milestones
        yield Hit(
            place=book.place(entry.row, entry.row.id),
            message=(
                f"{entry.name} is open, but {first} is {state}, not BLOCKED"
                if len(targets) == 1
                else f"{entry.name} is open, but none of {listed(targets)} is BLOCKED"
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
        reach += [word.casefold() for word in re.findall(r"(?<![\w.])B-?[\w.]*[0-9]", stated)]
        mine = {id(entry): entry for key in reach for entry in reaching.get(key, ())}
        if any(not entry.is_settled for entry in mine.values()):
            continue
        message = f"{name} is BLOCKED, but no blocker names it"
        if mine:
            names = [entry.name for entry in mine.values()]
            are = "is" if len(names) == 1 else "are"
            message = (
                f"{name} is BLOCKED, but {listed(names)} {are} settled and no other blocker "
                "names it"
            )
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
        if detail.state is State.BLOCKED:
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
        if entry.row.resolution is not Resolution.REJECTED:
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
                place=book.place_of(entry.row, entry.row.status),
                message=(
                    f"{entry.name} is Rejected, which removes {still[0]} from scope, "
                    f"yet {still[0]} is {state}"
                ),
                subject=f"{entry.subject} {still[0]}",
                related=book.rows_of(still[0]),
            )


# ---------------------------------------------------------------------------- agreement only

_BUILDING_TYPE = expression(r"\s*(?:implementation|code|coding|development|bug)\s*", re.IGNORECASE)


def is_typed_as_building(row: Blocker) -> bool:
    """Whether a blocker's row gives a type of its own, and that type is work."""
    kind = cell(row.row, row.table.column("type", "kind", "category"))
    return kind is not None and _BUILDING_TYPE.fullmatch(kind.plain) is not None


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
        if entry.is_open and (is_typed_as_building(row) or is_about_building(row.text.plain)):
            yield Hit(
                place=book.place_of(row, row.text),
                message=f"{entry.name} is about implementation: “{row.text.plain[:100].strip()}”",
                subject=entry.subject,
            )
