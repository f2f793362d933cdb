"""stage's decision: what differs between two texts of one version, and whether the step allows it.

Pure, and the same for a person who reads the difference and for the judgement: what is judged is
what is shown. A document is compared by what it says (headings, items, rows, fields, passages),
so that an added comment or fence that hides what stands below it counts as what it takes away.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from ceremony.commitments import (
    ID_COLUMNS,
    OWNER_COLUMNS,
    STATUS_COLUMNS,
    Blocker,
    Commitments,
    Signatory,
    cell,
    is_blocker_id,
    names_nobody,
)
from ceremony.documents import field_of
from ceremony.expressions import expression
from ceremony.model import (
    Document,
    Finding,
    Kind,
    ListItem,
    Paragraph,
    Place,
    Row,
    Section,
    Severity,
    Stage,
    State,
    Table,
    Text,
    Version,
)
from ceremony.rules.audit.blockers import listed, parent
from ceremony.rules.audit.passages import LOGS, quiet
from ceremony.rules.audit.registry import Project, at
from ceremony.rules.audit.stages import body, first_difference, lost_line, says_why_it_left
from ceremony.rules.audit.states import REASON_COLUMNS
from ceremony.rules.criteria import (
    HEADERLESS,
    SOUND,
    Criterion,
    Standing,
    Verdict,
    findings,
    judged,
)
from ceremony.rules.cut import asked_version
from ceremony.rules.loose_ends import End, stray_rows, unread_states

# ---------------------------------------------------------------------------- the difference


class What(StrEnum):
    """What a change is about."""

    SECTION = "section"
    MILESTONE = "milestone"
    ITEM = "item"
    STATE = "state"
    """The state that a milestone's or an item's own line gives it."""
    BLOCKER = "blocker"
    SCOPE = "scope"
    """A row or an entry of what is in or out of scope."""
    ROW = "row"
    TABLE = "table"
    """The columns of a table."""
    FIELD = "field"
    ENTRY = "entry"
    """An item of a list."""
    TEXT = "text"
    CODE = "code"
    DIVIDER = "divider"
    LAYOUT = "layout"
    """Blank lines only."""


class Act(StrEnum):
    """What happened to it."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class Part(NamedTuple):
    """What changed in a row: the column's name, and its words before and after."""

    name: str
    old: str
    new: str


class Change(NamedTuple):
    """One thing that two texts say differently."""

    what: What
    act: Act
    name: str
    """How people call it: ``M4.2 (Diary Export)``, ``B3``, a heading, the first words."""
    section: str
    """The heading that it stands under; empty above the first."""
    old_line: int | None
    """None where the old text has nothing of it."""
    new_line: int
    """Where it is removed, the line that it would have followed."""
    says: str
    """The change in one line, without a full stop."""
    parts: tuple[Part, ...] = ()
    """Of a changed row, what changed in it."""
    reference: str = ""
    """The milestone, item or blocker that it is about, by id; empty where it is about none."""
    level: int = 0
    """A heading's level."""


class _Unit(NamedTuple):
    """A piece of a document that is kept, changed or lost as a whole."""

    what: What
    key: tuple[object, ...]
    """What it stays the same thing by when its words change; empty for running text."""
    name: str
    line: int
    end_line: int
    owner: int
    """The index of the section that holds it; a heading is held by its own."""
    words: tuple[str, ...]
    reference: str = ""
    row: Row | None = None
    table: Table | None = None
    level: int = 0

    @property
    def print(self) -> tuple[object, ...]:
        """What two units have in common when nothing changed."""
        return self.what, self.words


def diff(old: Document, new: Document) -> tuple[Change, ...]:
    """What the new text says differently below its header, in its order.

    Empty if and only if both are the same lines below their first ``---``, trailing blank ones
    left out.
    """
    first = first_difference(old, new)
    if first is None:
        return ()
    changes = _Difference(_Outline(old), _Outline(new)).changes()
    if changes:
        return changes
    line, where, _ = first
    says = "blank lines or characters between the words differ from here on"
    return (Change(What.LAYOUT, Act.CHANGED, "blank lines", "", where, line, says),)


_MILESTONE = expression(r"(M[0-9]{1,4})\b(?!\.)")
_DETAIL = expression(r"(M[0-9]{1,4}\.[0-9]{1,4})\b")
_ITEM = expression(r"M[0-9]{1,4}\.[0-9]{1,4}[a-z]?")
_SCOPE = expression(r"\b(?:in|out)[ -](?:of[ -])?scope\b", re.IGNORECASE)


class _Outline:
    """A document's units below its header, in order, and the sections by their way from the top."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.start = body(document)[0]
        self._paths: list[tuple[str, ...]] = []
        self._ids: list[str] = []
        self._scoped: list[bool] = []
        seen: Counter[tuple[str, ...]] = Counter()
        for section in document.sections:
            above = self._paths[section.parent] if section.parent is not None else ()
            found = _MILESTONE.match(section.name) or _DETAIL.match(section.name)
            path = (*above, found[1] if found else section.name.casefold())
            seen[path] += 1
            self._paths.append(path if seen[path] == 1 else (*path, f"#{seen[path]}"))
            parent_id = self._ids[section.parent] if section.parent is not None else ""
            self._ids.append(found[1] if found else parent_id)
            inside = self._scoped[section.parent] if section.parent is not None else False
            self._scoped.append(inside or _SCOPE.search(section.name) is not None)
        self.units = tuple(sorted(self._read(), key=lambda unit: (unit.line, unit.end_line)))

    @cached_property
    def said(self) -> Mapping[tuple[str, ...], _Said]:
        """What each section below the header holds, by its way from the top."""
        return {
            self._paths[section.index]: _Said(
                section=section,
                words=any(map(_says, self.document.under(section))),
                rows=frozenset() if self._ids[section.index] else frozenset(_subjects(section)),
            )
            for section in self.document.sections
            if section.line > self.start
        }

    def is_scope(self, section: Section) -> bool:
        """Whether a section is about what is in or out of scope."""
        return self._scoped[section.index]

    def title(self, unit: _Unit) -> str:
        """The heading that a unit stands under."""
        return self.document.sections[unit.owner].title.plain.strip()

    def _read(self) -> Iterator[_Unit]:
        covered: set[int] = set()
        for section in self.document.sections:
            for unit in self._of(section):
                if unit.line > self.start:
                    covered.update(range(unit.line, unit.end_line + 1))
                    yield unit
        yield from self._rest(covered)

    def _rest(self, covered: set[int]) -> Iterator[_Unit]:
        """The lines that no block holds: definitions of links, for example."""
        starts = [section.line for section in self.document.sections]
        for number, words in enumerate(self.document.lines[self.start :], self.start + 1):
            if number not in covered and words.strip():
                owner = max(bisect_left(starts, number + 1) - 1, 0)
                yield self._unit(What.TEXT, (), (number, number), owner, _cut(words))

    def _of(self, section: Section) -> Iterator[_Unit]:
        path, owner = self._paths[section.index], section.index
        if section.level:
            own = _MILESTONE.match(section.name) or _DETAIL.match(section.name)
            milestone = own is not None and _ITEM.fullmatch(own[1]) is None
            first = min((block.line for block in section.blocks), default=section.end_line + 1)
            end = section.line
            # A heading with its line below takes two.
            while end + 1 < first and self.document.lines[end].strip():
                end += 1
            what = What.MILESTONE if milestone else What.SECTION
            lines = section.line, end
            unit = self._unit(what, ("heading", path), lines, owner, section.title.plain.strip())
            yield unit._replace(reference=own[1] if own else "", level=section.level)
        fields = {field.line for field in section.fields}
        for block in section.blocks:
            if isinstance(block, Table):
                yield from self._table(section, block)
            elif isinstance(block, Paragraph):
                yield from self._paragraph(section, block, fields)
            elif isinstance(block, ListItem):
                what = What.SCOPE if self._scoped[owner] else What.ENTRY
                name = _cut(block.plain)
                yield self._unit(what, (), (block.line, block.end_line), owner, name)
            else:
                what = _BLOCKS.get(type(block).__name__, What.TEXT)
                name = _cut(self.document.lines[block.line - 1])
                yield self._unit(what, (), (block.line, block.end_line), owner, name)

    def _paragraph(self, section: Section, block: Paragraph, fields: set[int]) -> Iterator[_Unit]:
        owner, start = section.index, 0
        cuts = [n for n, text in enumerate(block.lines) if text.line in fields and not block.quoted]
        for first in sorted({0, *cuts, *(n + 1 for n in cuts), len(block.lines)})[1:]:
            line = block.lines[start].line
            last = block.end_line if first == len(block.lines) else block.lines[first].line - 1
            field = field_of(block.lines[start]) if start in cuts else None
            if field is None:
                name = _cut(block.lines[start].plain)
                yield self._unit(What.TEXT, (), (line, last), owner, name)
            else:
                key = field.key.casefold()
                about = self._ids[owner]
                stated = key in STATUS_COLUMNS and bool(about)
                what = What.STATE if stated else What.FIELD
                name = f"{about or section.title.plain.strip()}: {field.key}"
                way = ("field", self._paths[owner], key)
                unit = self._unit(what, way, (line, last), owner, name)
                yield unit._replace(reference=about if stated else "")
            start = first

    def _table(self, section: Section, table: Table) -> Iterator[_Unit]:
        path, owner = self._paths[section.index], section.index
        end = table.rows[0].line - 1 if table.rows else table.end_line
        name = " | ".join(cell.plain.strip() for cell in table.header.cells)
        kept = self._unit(What.TABLE, ("table", path), (table.line, end), owner, _cut(name))
        yield kept._replace(table=table)
        ids = table.column(*ID_COLUMNS)
        for row in table.rows:
            first = row.cells[ids if ids is not None else 0].plain.strip()
            title = cell(row, None if ids is None else ids + 1)
            what = What.SCOPE if self._scoped[owner] else What.ROW
            about, key = "", (*path, first.casefold())
            if _ITEM.fullmatch(first):
                what, about, key = What.ITEM, first, (self._ids[owner], first)
            elif is_blocker_id(first):
                what, about, key = What.BLOCKER, first, (*path, first.casefold())
            name = first or "a row"
            if what is What.ITEM and title is not None:
                name = f"{first} ({title.plain.strip()})"
            made = self._unit(what, ("row", *key), (row.line, row.line), owner, _cut(name))
            yield made._replace(row=row, table=table, reference=about)

    def _unit(
        self,
        what: What,
        key: tuple[object, ...],
        lines: tuple[int, int],
        owner: int,
        name: str,
    ) -> _Unit:
        line, end = lines[0], max(lines)
        # The blank lines that a block ends with are nobody's words.
        while end > line and not self.document.lines[end - 1].strip():
            end -= 1
        words = self.document.lines[line - 1 : end]
        return _Unit(what, key, name, line, end, owner, words)


class _Said(NamedTuple):
    """What a section holds, as far as a step may not take all of it."""

    section: Section
    words: bool
    """Whether it or a section below it holds words that people read."""
    rows: frozenset[str]
    """What its rows are about; nothing in milestones, whose items answer for themselves."""


def _subjects(section: Section) -> Iterator[str]:
    for table in section.tables:
        yield from (_folded(row.cells[0]) for row in table.rows)


def _says(section: Section) -> bool:
    """Whether a section's own blocks hold words that people read."""
    return any(
        bool(block.rows)
        if isinstance(block, Table)
        else isinstance(block, Paragraph | ListItem) and re.search(r"\w", block.plain) is not None
        for block in section.blocks
    )


_BLOCKS = {"Fence": What.CODE, "Break": What.DIVIDER, "Html": What.CODE}


def _cut(words: str) -> str:
    return " ".join(words.split())[:80]


class _Difference:
    """Which units of two outlines are one another's, and what happened to the others."""

    def __init__(self, old: _Outline, new: _Outline) -> None:
        self._old, self._new = old, new
        prints = [unit.print for unit in old.units], [unit.print for unit in new.units]
        self._same = _matched(*prints)
        self._partner: dict[int, int] = dict(self._same)
        """From old to new, changed ones included."""
        self._changed: list[tuple[int, int]] = []
        self._pair()

    def _pair(self) -> None:
        taken = set(self._partner.values())
        gone = [n for n in range(len(self._old.units)) if n not in self._partner]
        come = [n for n in range(len(self._new.units)) if n not in taken]
        keyed: dict[tuple[object, ...], deque[int]] = {}
        for n in come:
            if self._new.units[n].key:
                keyed.setdefault(self._new.units[n].key, deque()).append(n)
        for n in gone:
            waiting = keyed.get(self._old.units[n].key)
            if waiting:
                self._join(n, waiting.popleft())
        # What has no key of its own is what stands in its place: between the same neighbours.
        places: dict[tuple[int, What, int], deque[int]] = {}
        taken = set(self._partner.values())
        before = -1
        by_new = {new: old for old, new in self._same}
        for n, unit in enumerate(self._new.units):
            before = by_new.get(n, before)
            if n not in taken:
                places.setdefault((before, unit.what, unit.level), deque()).append(n)
        before = -1
        kept = dict(self._same)
        for n, unit in enumerate(self._old.units):
            before = n if n in kept else before
            free = None if n in self._partner else places.get((before, unit.what, unit.level))
            if free and unit.reference == self._new.units[free[0]].reference:
                self._join(n, free.popleft())

    def _join(self, old: int, new: int) -> None:
        self._partner[old] = new
        self._changed.append((old, new))

    def changes(self) -> tuple[Change, ...]:
        """Everything that differs, by the new text's lines."""
        found = [self._change(old, new) for old, new in self._changed]
        kept = set(self._partner.values())
        found += [self._added(u) for n, u in enumerate(self._new.units) if n not in kept]
        found += self._removed()
        found += self._moved()
        return tuple(sorted(found, key=lambda change: (change.new_line, change.old_line or 0)))

    def _change(self, old: int, new: int) -> Change:
        before, after = self._old.units[old], self._new.units[new]
        parts = _parts(before, after)
        act = Act.CHANGED
        if before.words == after.words:
            act, says = Act.MOVED, f"{after.name} stands in another place"
        elif parts:
            told = (f"{part.name} “{part.old}” is now “{part.new}”" for part in parts)
            says = f"{before.name}: {'; '.join(told)}"
        else:
            says = f"“{_joined(before)}” is now “{_joined(after)}”"
        return self._made(after, act, before.line, after.line, says, parts)._replace(
            reference=before.reference
        )

    def _added(self, unit: _Unit) -> Change:
        says = f"{_NOUNS[unit.what]} {_named(unit)} is new"
        return self._made(unit, Act.ADDED, None, unit.line, says)

    def _removed(self) -> Iterator[Change]:
        after = self._new.start
        for n, unit in enumerate(self._old.units):
            if n in self._partner:
                after = self._new.units[self._partner[n]].end_line
                continue
            says = f"{_NOUNS[unit.what]} {_named(unit)} is gone"
            change = self._made(unit, Act.REMOVED, unit.line, max(after, 1), says)
            yield change._replace(section=self._old.title(unit))

    def _moved(self) -> Iterator[Change]:
        """What kept its words and stands under another heading, once for each pair of headings."""
        headings = {unit.owner: n for n, unit in enumerate(self._old.units) if unit.level}
        owners = {
            self._old.units[n].owner: self._new.units[self._partner[n]].owner
            for n in headings.values()
            if n in self._partner
        }
        # What stands above the first heading below the header belongs to the title.
        told: set[tuple[int, int]] = set()
        for n, there in self._same:
            before, after = self._old.units[n], self._new.units[there]
            home = owners.get(before.owner)
            if before.owner not in headings:
                home = after.owner if self._is_top(after) else None
            loose = before.what in {What.DIVIDER, What.SECTION, What.MILESTONE}
            if loose or home == after.owner or (before.owner, after.owner) in told:
                continue
            told.add((before.owner, after.owner))
            says = f"what starts with “{_joined(before)}” stands under another heading now"
            change = self._made(after, Act.MOVED, before.line, after.line, says)
            yield change._replace(reference="")

    def _is_top(self, unit: _Unit) -> bool:
        return self._new.document.sections[unit.owner].line <= self._new.start

    def _made(
        self,
        unit: _Unit,
        act: Act,
        old_line: int | None,
        new_line: int,
        says: str,
        parts: tuple[Part, ...] = (),
    ) -> Change:
        return Change(
            what=unit.what,
            act=act,
            name=unit.name,
            section="" if act is Act.REMOVED else self._new.title(unit),
            old_line=old_line,
            new_line=new_line,
            says=says,
            parts=parts,
            reference=unit.reference,
            level=unit.level,
        )


_NOUNS = {
    What.SECTION: "The section",
    What.MILESTONE: "The milestone",
    What.ITEM: "The item",
    What.STATE: "The line",
    What.BLOCKER: "The blocker",
    What.SCOPE: "The scope's entry",
    What.ROW: "The row",
    What.TABLE: "The table",
    What.FIELD: "The line",
    What.ENTRY: "The entry",
    What.TEXT: "The text",
    What.CODE: "The block",
    What.DIVIDER: "The line",
}


def _named(unit: _Unit) -> str:
    return unit.name if unit.what in {What.ITEM, What.BLOCKER} else f"“{unit.name}”"


def _joined(unit: _Unit) -> str:
    return _cut(" ".join(unit.words))


def _parts(before: _Unit, after: _Unit) -> tuple[Part, ...]:
    """The cells that differ between two rows of tables with the same columns."""
    one, other = before.row, after.row
    tables = before.table, after.table
    if one is None or other is None or tables[0] is None or tables[1] is None:
        return ()
    if tables[0].names != tables[1].names:
        return ()
    names = (cell.plain.strip() for cell in tables[1].header.cells)
    return tuple(
        Part(name, old.plain.strip()[:200], new.plain.strip()[:200])
        for name, old, new in zip(names, one.cells, other.cells, strict=True)
        if old.raw != new.raw
    )


_DEPTH = 12
"""How often a part of two texts is divided at what is in it once: more would cost more time than
such texts have differences."""


def _matched(
    old: Sequence[tuple[object, ...]], new: Sequence[tuple[object, ...]]
) -> list[tuple[int, int]]:
    """Pairs of equal units in both orders, in linear time for texts that people write.

    Where the new text is the old one with additions, every unit of the old one has its pair.
    """
    found: list[tuple[int, int]] = []
    work = [(0, len(old), 0, len(new), _DEPTH)]
    while work:
        first, last, start, end, depth = work.pop()
        while first < last and start < end and old[first] == new[start]:
            found.append((first, start))
            first, start = first + 1, start + 1
        while first < last and start < end and old[last - 1] == new[end - 1]:
            last, end = last - 1, end - 1
            found.append((last, end))
        anchors = _anchors(old[first:last], new[start:end]) if depth else []
        if anchors:
            bounds = [(first + i, start + j) for i, j in anchors]
            edges = [(first - 1, start - 1), *bounds, (last, end)]
            found += bounds
            for (i, j), (k, m) in pairwise(edges):
                if i + 1 < k and j + 1 < m:
                    work.append((i + 1, k, j + 1, m, depth - 1))
    if len(found) < len(old):
        found = _embedded(old, new) or found
    return sorted(found)


def _anchors(
    old: Sequence[tuple[object, ...]], new: Sequence[tuple[object, ...]]
) -> list[tuple[int, int]]:
    """What stands once in both, in the longest run that keeps both orders."""
    counts, others = Counter(old), Counter(new)
    places = {unit: n for n, unit in enumerate(new) if others[unit] == 1}
    pairs = [
        (n, places[unit]) for n, unit in enumerate(old) if counts[unit] == 1 and unit in places
    ]
    tails: list[int] = []
    ends: list[int] = []
    back: list[int] = []
    for index, (_, place) in enumerate(pairs):
        spot = bisect_left(tails, place)
        tails[spot : spot + 1] = [place]
        ends[spot : spot + 1] = [index]
        back.append(ends[spot - 1] if spot else -1)
    run: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        run.append(pairs[index])
        index = back[index]
    return run[::-1]


def _embedded(
    old: Sequence[tuple[object, ...]], new: Sequence[tuple[object, ...]]
) -> list[tuple[int, int]]:
    """The old units' places in the new text where all of them are there in order; else nothing."""
    found: list[tuple[int, int]] = []
    place = 0
    for n, unit in enumerate(old):
        while place < len(new) and new[place] != unit:
            place += 1
        if place == len(new):
            return []
        found.append((n, place))
        place += 1
    return found


# ---------------------------------------------------------------------------- the judgement


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known when a version is to be carried on to its next stage."""

    source: Version
    """The version that is frozen."""
    target: Version
    """The version asked for."""
    frozen: Document
    """The source's document."""
    candidate: Document
    """The text that is to be frozen next; the source's own where nothing is to change."""
    known: frozenset[Version] | None = None
    """The versions that branches, tags and documents name; None where nobody looked."""
    feedback: str = ""
    """What was incorporated, for alpha to beta: words or an address."""
    amended: Document | None = None
    """The document of the newest earlier patch of the stable version, which a patch builds on."""
    existing: Document | None = None
    """The document that is frozen under the target already, where there is one."""


class StageDecision(NamedTuple):
    """Whether the version may be carried on, and everything that changed on the way."""

    source: Version
    target: Version
    verdict: Verdict
    criteria: tuple[Criterion, ...]
    changes: tuple[Change, ...]
    """From the source's text to the candidate's."""
    skipped: tuple[Stage, ...] = ()
    """The stages that are passed over; lawful, and worth a word."""
    is_done: bool = False
    """Whether the target is frozen already, with this very text: there is nothing to do.

    It is a go then, whatever the criteria say by now.
    """

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """Every reason of a no-go, criterion by criterion."""
        return tuple(reason for criterion in self.criteria for reason in criterion.reasons)


CRITERIA: Mapping[str, str] = {
    "step-allowed": "The step leads forward",
    "changes-allowed": "Nothing changed but what the step allows",
    "document-sound": "The document reads as it is written",
    "feedback-incorporated": "Community feedback is incorporated",
}
"""Every condition of a step by name, in the order of judgement."""


def asked_target(text: str, source: Version, known: Iterable[Version] = ()) -> Version:
    """Read where a person wants to go: a stage, or a whole version.

    ``patch`` means the next number after the patches that are known, the stable's own for the
    first one; those of a later stable of the same line are its own. Raises InputError for every
    other form.
    """
    if text not in set(Stage):
        return asked_version(text)
    stage, patch = Stage(text), source.patch
    if stage is Stage.PATCH:
        line = [version for version in known if version.numbers[:2] == source.numbers[:2]]
        taken = [
            version.patch
            for version in line
            if version.stage is Stage.PATCH or version.patch > source.patch
        ]
        # Another stable's numbers are for its own patches.
        end = min((v.patch for v in line if _is_later_stable(v, source)), default=None)
        taken = [number for number in taken if end is None or number < end]
        patch = max([source.patch - 1, *taken]) + 1
    return Version(source.major, source.minor, patch, stage)


def _is_later_stable(version: Version, source: Version) -> bool:
    return version.stage is Stage.STABLE and version.patch > source.patch


def decide(facts: Facts) -> StageDecision:
    """Go or no-go (ceremony: Stage Promotions)."""
    review = _Review(facts)
    criteria = review.criteria()
    unmet = any(criterion.standing is Standing.UNMET for criterion in criteria)
    return StageDecision(
        source=facts.source,
        target=facts.target,
        verdict=Verdict.NO_GO if unmet and not review.is_done else Verdict.GO,
        criteria=criteria,
        changes=review.changes,
        skipped=review.skipped,
        is_done=review.is_done,
    )


_CONTENT = "stage-content-changed"
_LAWFUL = {
    State.PROPOSED: {State.ACCEPTED, State.DEFERRED, State.REJECTED},
    State.ACCEPTED: {State.COMPLETE, State.BLOCKED, State.DEFERRED, State.REJECTED},
    State.BLOCKED: {State.ACCEPTED, State.DEFERRED, State.REJECTED},
    State.DEFERRED: {State.PROPOSED},
    State.REJECTED: {State.PROPOSED},
    State.COMPLETE: set[State](),
}
_UNAGREED = frozenset({State.PROPOSED, State.BLOCKED})
_GONE = frozenset({State.DEFERRED, State.REJECTED})
_REFERENCE = expression(r"\bM[0-9]{1,4}(?:\.[0-9]{1,4}[a-z]?)?\b(?!\.[0-9])")
_WORD = expression(r"[^\W\d_]{2,}")
_TO_DECIDE = expression(
    r"\bTB[ACD]\b|\bto be (?:agreed|announced|assigned|confirmed|decided|defined|determined|found|"
    r"named)\b|\?\?\?",
    re.IGNORECASE,
)
_ADDRESS = expression(r"https?://[^\s/]+/\S+|#[0-9]{1,9}\b")


class _Review:
    """One review of a stage promotion."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._path = facts.candidate.path
        self.changes = diff(facts.frozen, facts.candidate)

    def criteria(self) -> tuple[Criterion, ...]:
        """Every condition of the step."""
        return (self._walk(), self._allowed(), self._sound(), self._incorporated())

    # ---- the walk

    @property
    def skipped(self) -> tuple[Stage, ...]:
        """The stages between the two."""
        first, last = self._facts.source.stage.rank, self._facts.target.stage.rank
        return tuple(list(Stage)[first + 1 : last])

    @cached_property
    def is_done(self) -> bool:
        """Whether this very text is frozen under the target already."""
        existing = self._facts.existing
        return existing is not None and first_difference(existing, self._facts.candidate) is None

    def _walk(self) -> Criterion:
        name = "step-allowed"
        source, target = self._facts.source, self._facts.target
        message, do = self._stumble() if not self.is_done else ("", "")
        says = f"{source.branch} to {target.branch}"
        if self.skipped:
            says += f", past {listed(self.skipped)}, under the strictest rule on the way"
        if message:
            reasons = [self._reason("version-order", 1, message, do)]
            return judged(name, CRITERIA[name], reasons, says)
        if self._facts.known is None:
            says += "; which other versions there are was not looked at"
            return Criterion(name, CRITERIA[name], Standing.NOT_CHECKED, says)
        return judged(name, CRITERIA[name], (), says)

    def _stumble(self) -> tuple[str, str]:
        """What is wrong with the step, and what to do; or nothing."""
        source, target = self._facts.source, self._facts.target
        is_patch = target.stage is Stage.PATCH
        if source.stage is Stage.PATCH:
            do = f"Start from the stable version, and keep what {source.branch} added."
            return f"{source.branch} is a patch, and patches amend a stable version", do
        if target.numbers != source.numbers and not is_patch:
            do = "Cut another version with `ceremony cut`; a stage keeps X.Y.Z."
            return f"{target.branch} is another version than {source.branch}", do
        if target.stage is source.stage:
            return f"{source.branch} is {source.stage} already", "Ask for a later stage."
        if target.stage.rank < source.stage.rank:
            do = "Ask for a later stage; what was agreed is amended by a patch."
            return f"{target.branch} would lead back from {source.branch}", do
        if is_patch and source.stage is not Stage.STABLE:
            do = "Carry it on to stable first."
            return f"{source.branch} is not stable, and patches amend a stable version", do
        if is_patch and target.numbers[:2] != source.numbers[:2]:
            do = f"A patch of {source.branch} is v{source.major}.{source.minor}.<Z>-patch."
            return f"{target.branch} is another version than {source.branch}", do
        if target.patch < source.patch:
            do = f"Its patches start at v{source.major}.{source.minor}.{source.patch}-patch."
            return f"{target.branch} comes before {source.branch}", do
        return self._collision()

    def _collision(self) -> tuple[str, str]:
        """What is wrong beside the versions that there are already; or nothing."""
        source, target = self._facts.source, self._facts.target
        known = self._facts.known or frozenset()
        if self._facts.existing is not None or target in known:
            do = "Leave it: what is frozen never changes. An amendment is a patch of its own."
            where = self._parting()
            return f"{target.branch} is frozen already{where}", do
        if self._facts.known is not None and source not in known:
            return f"There is no {source.branch} to start from", "Cut it first."
        line = [v for v in known if v.numbers[:2] == target.numbers[:2]]
        passed = [v for v in line if _is_later_stable(v, source) and v.patch <= target.patch]
        if target.stage is Stage.PATCH and passed:
            do = f"Start from {max(passed).branch}, or ask for a number before it."
            return f"{target.branch} would pass {max(passed).branch}, which amends itself", do
        if target.stage is Stage.PATCH:
            later = [
                v
                for v in line
                if v.patch >= target.patch and v.numbers != source.numbers
                if v.stage is Stage.PATCH or v.patch == target.patch
            ]
        else:
            later = [v for v in line if v.numbers == source.numbers and v > target]
        if later:
            do = "Ask for a version that comes after it."
            return f"{target.branch} would come after {max(later).branch} was frozen", do
        return "", ""

    def _parting(self) -> str:
        existing = self._facts.existing
        if existing is None:
            return ""
        found = diff(existing, self._facts.candidate)
        return (
            f" with another text, which differs first at line {found[0].new_line} of {self._path}"
            if found
            else ""
        )

    # ---- what changed

    def _allowed(self) -> Criterion:
        name = "changes-allowed"
        source, target = self._facts.source.stage, self._facts.target.stage
        refused: list[Finding] = []
        if target is Stage.PATCH:
            refused += self._only_added(self.changes, self._facts.frozen) if self.changes else ()
            if self._facts.amended is not None:
                changes = diff(self._facts.amended, self._facts.candidate)
                refused += self._only_added(changes, self._facts.amended)
        elif target is Stage.BETA and source is Stage.ALPHA:
            refused += self._refined() if self.changes else ()
        else:
            refused += [
                self._refuse(c, "stable allows no change but the header") for c in self.changes
            ]
        count = len(self.changes)
        says = "the text is the same" if not count else f"{count} changes, each allowed"
        return judged(name, CRITERIA[name], refused, says if count != 1 else "1 change, allowed")

    def _refuse(self, change: Change, rule: str, old: Document | None = None) -> Finding:
        """A change that is not allowed; where it is a loss, by the line that it had."""
        old = old or self._facts.frozen
        there = f" (line {change.old_line} of {old.path})" if change.old_line else ""
        related = (at(old, change.old_line),) if change.old_line else ()
        return Finding(
            rule=_CONTENT,
            severity=Severity.ERROR,
            place=at(self._facts.candidate, change.new_line),
            message=f"{change.says}{there}: {rule}",
            help="Take the change back, or bring it as a proposal for a version to come.",
            subject=f"{change.act} {change.what} {change.name}",
            related=related,
        )

    # ---- alpha to beta

    def _refined(self) -> Iterator[Finding]:
        """Whatever is more than a refinement of what alpha holds."""
        for change in self.changes:
            why = self._more_than_refined(change)
            if why:
                yield self._refuse(change, why)
        yield from self._states()
        yield from self._open_blockers(self._before, self._facts.frozen)
        yield from self._unsigned()
        yield from self._unowned()
        yield from self._emptied()
        yield from self._undecided()

    def _lost(self, what: What, name: str, lines: tuple[int, int], says: str, rule: str) -> Finding:
        """A loss that no single change shows; `lines` are those of the two texts."""
        change = Change(what, Act.CHANGED, name, "", lines[0], lines[1], says)
        return self._refuse(change, rule)

    def _unsigned(self) -> Iterator[Finding]:
        """The signatures that are gone: the next header would still name who gave them."""
        now: dict[str, list[Signatory]] = {}
        for who in self._after.signatories:
            now.setdefault(_folded(who.name), []).append(who)
        for who in self._before.signatories:
            rows = now.get(_folded(who.name), [])
            if who.signed and not (rows and all(row.signed for row in rows)):
                there = next((row.line for row in rows if not row.signed), self._outline.start or 1)
                name = who.name.plain.strip()
                says = f"{name} signed and has not any more" if rows else f"{name} is gone"
                rule = "beta is carried by those who signed alpha"
                yield self._lost(What.ROW, name, (who.line, there), says, rule)

    def _unowned(self) -> Iterator[Finding]:
        """What somebody answered for and nobody does."""
        now = _owned(self._after)
        for name, (line, owner) in _owned(self._before).items():
            there, heir = now.get(name, (0, owner))
            if owner and not names_nobody(owner) and (heir is None or names_nobody(heir)):
                says = f"{name} had {owner.plain.strip()} as its owner and has nobody"
                yield self._lost(What.FIELD, name, (line, there), says, "a commitment has an owner")

    def _emptied(self) -> Iterator[Finding]:
        """The sections whose heading alone is left, and a scope that is gone with its heading."""
        now = self._outline.said
        for path, (section, words, rows) in self._former.said.items():
            held = now.get(path)
            if held is None and not self._former.is_scope(section):
                continue
            name = _cut(section.title.plain)
            there = held.section.line if held else self._outline.start or 1
            says = ""
            if words and not (held and held.words):
                says = f"The section “{name}” says nothing any more"
            elif held and len(rows) > 1 and not rows & held.rows:
                says = f"The section “{name}” has kept none of its rows"
            if says:
                rule = "beta refines what alpha holds, and empties no section"
                yield self._lost(What.SECTION, name, (section.line, there), says, rule)

    def _undecided(self) -> Iterator[Finding]:
        """What was said, or is new, and is left to be decided."""
        rule = "a frozen agreement leaves nothing to be decided"
        before = {unit.line: unit for unit in self._former.units}
        after = {unit.line: unit for unit in self._outline.units}
        logs = quiet(self._facts.candidate, LOGS)
        for change in self.changes:
            unit = after.get(change.new_line)
            if change.act is Act.REMOVED or unit is None or unit.owner in logs:
                continue
            old = before.get(change.old_line or 0)
            was = " ".join(old.words) if old else ""
            blank = change.what is What.SCOPE and not change.parts and _is_blank(change.name)
            blank = blank or any(
                _is_blank(part.new) and not _is_blank(part.old)
                for part in change.parts
                if part.name.lower() not in OWNER_COLUMNS
                if change.what in {What.SCOPE, What.ITEM} or part.name.lower() in REASON_COLUMNS
            )
            left = _TO_DECIDE.search(" ".join(unit.words)) and not _TO_DECIDE.search(was)
            if change.what is not What.CODE and (blank or left):
                yield self._refuse(change, rule)

    def _more_than_refined(self, change: Change) -> str:
        if change.what is What.MILESTONE and change.reference in self._kept:
            return ""  # a further heading about a milestone that is there before and after
        is_section = change.what is What.SECTION and change.level == 2
        if change.act is Act.ADDED and (is_section or change.what is What.MILESTONE):
            return "beta refines what alpha holds, and adds neither sections nor milestones"
        if is_section and change.act in {Act.CHANGED, Act.REMOVED}:
            return "beta keeps the sections that alpha has"
        if change.what is What.MILESTONE and change.reference not in self._explained:
            return "a milestone leaves only as Deferred or Rejected, with the reason"
        above = parent(change.reference)
        if change.what is not What.ITEM or change.act is not Act.REMOVED or above in self._left:
            return ""
        if change.reference in self._kept:
            return ""  # it is there still: a row of another table went
        if not {change.reference, above} & self._explained:
            return "an item leaves only as Deferred or Rejected, with the reason"
        return ""

    @cached_property
    def _kept(self) -> frozenset[str]:
        """The milestones and items that both texts have."""
        return frozenset(_stated(self._before)) & frozenset(_stated(self._after))

    @cached_property
    def _left(self) -> frozenset[str]:
        """The milestones that are gone: they answer for their items."""
        return frozenset(
            change.reference
            for change in self.changes
            if change.what is What.MILESTONE and change.act is Act.REMOVED
        )

    @cached_property
    def _explained(self) -> frozenset[str]:
        """The milestones and items of which a line says that they left, and why."""
        found: set[str] = set()
        for line in _prose(self._facts.candidate):
            if says_why_it_left(line, _REFERENCE):
                found.update(_REFERENCE.findall(line))
        return frozenset(found)

    def _states(self) -> Iterator[Finding]:
        """The states that no agreement goes to, or not without a reason."""
        before, after = _stated(self._before), _stated(self._after)
        for reference, (there, was) in before.items():
            line, state = after.get(reference, (0, was))
            if state is was:
                continue
            if state is None:
                says, why = f"has lost its state {was}", "every commitment states where it stands"
            else:
                says, why = f"is {state} now", self._objection(reference, state)
                if not why and was is not None and state not in _LAWFUL[was]:
                    why = f"nothing goes from {was} to {state}"
            if why:
                yield self._state(reference, line, there, says, why)
        yield from self._newcomers(before)

    def _newcomers(self, before: Mapping[str, object]) -> Iterator[Finding]:
        """What is new and not agreed, or does not say where it stands."""
        rows = {item.id for item in self._after.items if item.status is not None}
        for reference, (line, state) in _stated(self._after).items():
            if reference in before:
                continue
            if state is not None:
                why = self._objection(reference, state)
            else:
                why = "every commitment states where it stands" if reference in rows else ""
            if why:
                yield self._state(reference, line, None, f"is {state or 'new'}", why)

    def _objection(self, reference: str, state: State) -> str:
        """Why nothing that is frozen may be in a state; or nothing."""
        if state in _UNAGREED:
            return "a frozen agreement holds nothing that is not agreed"
        if state in _GONE and reference in self._unreasoned:
            return "what leaves says why"
        return ""

    def _state(self, reference: str, line: int, there: int | None, says: str, why: str) -> Finding:
        change = Change(What.STATE, Act.CHANGED, reference, "", there, line, f"{reference} {says}")
        return self._refuse(change, why)

    @cached_property
    def _unreasoned(self) -> frozenset[str]:
        return frozenset(found.subject for found in findings("rationale-missing", self._living))

    # ---- stable to patch

    def _only_added(self, changes: Sequence[Change], old: Document) -> Iterator[Finding]:
        """Whatever takes something away from a text or changes what it says."""
        keys = {unit.key for unit in _Outline(old).units if unit.key}
        before = Commitments(document=_living(old))
        ids = {item.id for item in before.items} | {_key(row) for row in before.blockers}
        again = {item.line for item in self._after.items if item.id in ids}
        again |= {row.line for row in self._after.blockers if _key(row) in ids}
        added = {unit.line: unit for unit in self._outline.units}
        told = False
        for change in changes:
            why = ""
            unit = added.get(change.new_line)
            if change.act is not Act.ADDED:
                why = "a patch only adds"
            elif change.new_line in again:
                why = f"{change.reference or 'it'} is there already, and a patch only adds"
            elif change.what in {What.FIELD, What.STATE} and unit and unit.key in keys:
                why = "the line is there already, and a patch only adds"
            if why:
                told = True
                yield self._refuse(change, why, old)
        if not told:
            yield from self._read_otherwise(old, before)
        yield from self._open_blockers(before, old)
        yield from self._newcomers(_stated(before))

    def _read_otherwise(self, old: Document, before: Commitments) -> Iterator[Finding]:
        """What every line kept and the whole reads otherwise; and a line that went."""
        lost = lost_line(self._facts.source, old, self._facts.candidate)
        if lost:
            line, there, _ = lost
            change = Change(What.LAYOUT, Act.REMOVED, "", "", there, line, "A blank line is gone")
            yield self._refuse(change, "a patch only adds", old)
        after = _read(self._after)
        for reference, (line, words) in _read(before).items():
            there, now = after.get(reference, (1, "nothing"))
            if now != words:
                says = f"{reference} reads as {now} now, not as {words}"
                change = Change(What.STATE, Act.CHANGED, reference, "", line, there, says)
                yield self._refuse(change, "a patch only adds", old)

    # ---- both

    def _open_blockers(self, before: Commitments, old: Document) -> Iterator[Finding]:
        """Blockers that are open and were not: an agreement is frozen when none is left."""
        known = {_key(blocker) for blocker in before.blockers if blocker.is_open}
        for blocker in self._after.blockers:
            if blocker.is_open and _key(blocker) not in known:
                change = Change(
                    What.BLOCKER,
                    Act.ADDED,
                    blocker.id,
                    "",
                    None,
                    blocker.line,
                    f"{blocker.id or 'A blocker'} is open",
                )
                yield self._refuse(change, "a frozen agreement holds no open blocker", old)

    @cached_property
    def _living(self) -> Project:
        """The candidate as the audit's rules about living documents read it."""
        return Project(documents=(_living(self._facts.candidate),))

    @cached_property
    def _after(self) -> Commitments:
        return Commitments(document=self._living.documents[0])

    @cached_property
    def _before(self) -> Commitments:
        return Commitments(document=_living(self._facts.frozen))

    @cached_property
    def _outline(self) -> _Outline:
        return _Outline(self._facts.candidate)

    @cached_property
    def _former(self) -> _Outline:
        return _Outline(self._facts.frozen)

    # ---- the rest

    def _sound(self) -> Criterion:
        name = "document-sound"
        reasons: list[Finding] = []
        if self.changes:
            frozen = Project(documents=(_living(self._facts.frozen),))
            before = {(found.rule, found.subject) for found in self._unsound(frozen)}
            found = self._unsound(self._living)
            reasons += [f for f in found if (f.rule, f.subject) not in before]
            reasons += self._stray()
        if self._facts.candidate.header_end is None:
            reasons.append(self._reason(name, 1, *HEADERLESS))
        return judged(name, CRITERIA[name], reasons, "what people read is what is frozen")

    def _stray(self) -> Iterator[Finding]:
        """What people read and nothing judges: rows outside of tables, states of nothing."""
        known = Counter(end.message for end in _strays(self._before))
        for end in _strays(self._after):
            known[end.message] -= 1
            if known[end.message] < 0:
                yield self._reason("document-sound", end.line, end.message, end.do)

    def _unsound(self, project: Project) -> list[Finding]:
        return [found for rule in SOUND for found in findings(rule, project)]

    def _incorporated(self) -> Criterion:
        name = "feedback-incorporated"
        if self._facts.target.stage is not Stage.BETA:
            return judged(name, CRITERIA[name], (), "only the step to beta asks for it")
        said = self._facts.feedback.strip()
        if len(_WORD.findall(said)) > 1 or _ADDRESS.search(said):
            return judged(name, CRITERIA[name], (), f"“{_cut(said)}”")
        message = "Nothing says which feedback on the alpha was incorporated"
        do = "Say it in a sentence, or give the address of the discussion (--feedback)."
        return judged(name, CRITERIA[name], [self._reason(name, 1, message, do)], "")

    def _reason(self, name: str, line: int, message: str, do: str) -> Finding:
        place = Place(file=self._path, line=line)
        return Finding(name, Severity.ERROR, place, message, do, self._facts.target.branch)


def _strays(commitments: Commitments) -> Iterator[End]:
    """What stands outside the tables and headings that are judged."""
    yield from stray_rows(commitments.document)
    yield from (stray.end for stray in unread_states(commitments))


def _prose(document: Document) -> Iterator[str]:
    """What people read below the header, a line or a row each: neither code nor comments."""
    start = body(document)[0]
    for section in document.sections:
        for block in section.blocks:
            if block.line <= start:
                continue
            if isinstance(block, Paragraph | ListItem):
                yield from (text.plain for text in block.lines)
            elif isinstance(block, Table):
                for row in block.rows:
                    yield " | ".join(text.plain for text in row.cells)


def _folded(text: Text) -> str:
    return " ".join(text.plain.casefold().split())


def _is_blank(words: str) -> bool:
    return Text(raw=words, plain=words, line=0).is_placeholder


def _owned(commitments: Commitments) -> Mapping[str, tuple[int, Text | None]]:
    """Who answers for each milestone, item, domain and blocker, and the line that says so."""
    found: dict[str, tuple[int, Text | None]] = {}
    for milestone in commitments.milestones:
        owner = milestone.owner
        held = (owner.line, owner.value) if owner else (milestone.line, None)
        found[milestone.id] = held
    for item in commitments.items:
        said = cell(item.row, item.table.column(*OWNER_COLUMNS))
        found.setdefault(item.id, (item.line, said))
    for domain in commitments.domains:
        found.setdefault(domain.name, (domain.line, domain.owner))
    for blocker in commitments.blockers:
        found.setdefault(blocker.id or blocker.text.plain, (blocker.line, blocker.owner))
    return found


def _key(blocker: Blocker) -> str:
    return blocker.id.casefold() or blocker.text.plain


def _living(document: Document) -> Document:
    """The same document as what the audit's rules take for living."""
    return replace(document, kind=Kind.LATEST, version=None, reader=lambda: document.sections)


def _stated(commitments: Commitments) -> Mapping[str, tuple[int, State | None]]:
    """The state of each milestone and item, and its line."""
    found: dict[str, tuple[int, State | None]] = {}
    for milestone in commitments.milestones:
        line = milestone.status.line if milestone.status else milestone.line
        found[milestone.id] = (line, milestone.state)
        for item in milestone.items:
            found.setdefault(item.id, (item.line, item.state))
    for detail in commitments.details:
        line = detail.status.line if detail.status else detail.section.line
        found.setdefault(detail.id, (line, detail.state))
    return found


def _read(commitments: Commitments) -> Mapping[str, tuple[int, str]]:
    """What each milestone and item comes to, whatever else a document says about it."""
    owners = {milestone.id: milestone.owner for milestone in commitments.milestones}
    found: dict[str, tuple[int, str]] = {}
    for reference, (line, state) in _stated(commitments).items():
        owner = owners.get(reference)
        said = f", {owner.value.plain.strip()}" if owner else ""
        found[reference] = (line, f"“{state or 'no state'}{said}”")
    return found
