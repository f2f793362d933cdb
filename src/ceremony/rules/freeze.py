"""Freezing a text under a version, and clearing `MILESTONES.latest.md` for the next cycle.

Both are pure edits of text that leave every byte alone that they have no reason to touch: line
endings, a byte order mark and trailing blanks are part of what was agreed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ceremony.commitments import (
    BLOCKER_COLUMNS,
    ID_COLUMNS,
    MILESTONE_COLUMNS,
    OWNER_COLUMNS,
    SECTION_COLUMNS,
    STATUS_COLUMNS,
    Blocker,
    Commitments,
    Item,
    Milestone,
    cell,
    handles,
    references,
)
from ceremony.documents import field_of, read
from ceremony.expressions import expression
from ceremony.model import (
    Document,
    Html,
    InputError,
    Kind,
    ListItem,
    Paragraph,
    Resolution,
    Row,
    Section,
    State,
    Table,
    Text,
    Version,
)
from ceremony.rules.audit.blockers import listed, parent
from ceremony.rules.audit.passages import LOGS, quiet
from ceremony.rules.audit.states import REASON_COLUMNS
from ceremony.rules.cut import CutDecision, VersionScope

_BREAK = expression(r"\r\n|\r|\n")


class Source(NamedTuple):
    """A document, and the text that it was read from with the line endings of the blob."""

    document: Document
    text: str

    @classmethod
    def of(cls, path: str, data: bytes, *, kind: Kind, version: Version | None = None) -> Source:
        """Read a blob; what is no text has a document with faults, and no text."""
        document = read(path, data, kind=kind, version=version)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        return cls(document=document, text=text)

    @property
    def newline(self) -> str:
        """How its lines end: as the first one does."""
        match = _BREAK.search(self.text)
        return match[0] if match else "\n"


# ---------------------------------------------------------------------------- freeze


class Header(NamedTuple):
    """What a frozen document says about itself."""

    version: Version
    date: dt.date
    commit: str
    """The commit that it is frozen from."""
    blob: str
    """The blob of the source, not of a checkout's file: attributes may change a file's bytes."""
    ceremony: str
    """The blob of the ceremony document in force; empty where the project has none."""
    signatories: tuple[str, ...] = ()
    """Who agreed, by name."""
    origin: Version | None = None
    """The version that it was carried on from; None for a cut."""
    feedback: str = ""
    """The feedback that was incorporated: words or an address."""


_RULER = expression(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}")
_SPECIAL = expression(r"[\\`*\[<|]")
_UNDERLINE = expression(r" {0,3}=+[ \t]*")
_COMMENTS = expression(r"(?:\s*<!--.*?-->)*\s*", re.DOTALL)


def freeze(source: Source, header: Header) -> str:
    """The frozen text: its own header, then the source byte for byte from its first ``---`` on.

    The header's lines end as the source's do, and a byte order mark stays in front. Raises
    InputError, with the line and what to do, where the source has no ``---`` below its header
    or where more than a header stands above it: freezing would lose that.
    """
    line = _header_end(source.document)
    starts = [0, *(match.end() for match in _BREAK.finditer(source.text))]
    mark = "\ufeff" if source.text.startswith("\ufeff") else ""
    head = "".join(f"{line}{source.newline}" for line in _header_lines(header))
    offset = max(starts[line - 1], len(mark))
    return f"{mark}{head}{source.text[offset:]}"


def _header_end(document: Document) -> int:
    """The line of the ``---`` below the header."""
    end = document.header_end
    if end is None:
        why = document.faults[0].message if document.faults else "has no line --- below its header"
        raise InputError(
            f"cannot be frozen: it {why}; put a line --- between the header and the first section",
            file=document.path,
            line=document.title_line,
        )
    headings = [section for section in document.sections if section.level and section.line < end]
    lost = next((s for n, s in enumerate(headings) if n or s.level > 1), None)
    if lost is not None:
        raise InputError(
            f"cannot be frozen: the section “{lost.title.plain.strip()[:80]}” stands above the "
            "first line ---, where only the header is; put a line --- between the header and it",
            file=document.path,
            line=lost.line,
        )
    if _RULER.fullmatch(document.lines[end - 1]) is None:
        raise InputError(
            "cannot be frozen: the first --- stands in a list or a quote; put a line --- that "
            "stands by itself between the header and the first section",
            file=document.path,
            line=end,
        )
    stray = _first_words(document, end)
    if stray is not None:
        raise InputError(
            f"cannot be frozen: “{document.lines[stray - 1].strip()[:80]}” stands above the first "
            "line ---, where freezing keeps nothing; put it below that line, or write it as a "
            "field such as **Branch**: `latest`",
            file=document.path,
            line=stray,
        )
    return end


def _first_words(document: Document, end: int) -> int | None:
    """The first line above `end` that is more than a title, a field or a comment."""
    fields: set[int] = set()
    for section in (section for section in document.sections if section.line < end):
        if section.level:
            underlined = not document.lines[section.line - 1].lstrip().startswith("#")
            fields.update(_underlined(document, section.line) if underlined else [section.line])
        for block in section.blocks:
            if isinstance(block, ListItem) or (isinstance(block, Paragraph) and not block.quoted):
                fields.update(text.line for text in block.lines if field_of(text) is not None)
            elif isinstance(block, Html) and _COMMENTS.fullmatch(block.content):
                fields.update(range(block.line, block.end_line + 1))
    start = _front_matter_end(document)
    words = enumerate(document.lines[start : end - 1], start + 1)
    return next((n for n, line in words if line.strip() and n not in fields), None)


def _underlined(document: Document, first: int) -> range:
    """The lines of a title that a line of ``=`` ends."""
    below = enumerate(document.lines[first:], first + 1)
    last = next((n for n, line in below if _UNDERLINE.fullmatch(line)), first)
    return range(first, last + 1)


def _front_matter_end(document: Document) -> int:
    """The line that ends the front matter; 0 where there is none."""
    lines = document.lines
    if lines[0].rstrip() != "---" or document.header_end == 1:
        return 0
    return next(n for n, line in enumerate(lines[1:], 2) if line.rstrip() in {"---", "..."})


def _header_lines(header: Header) -> Iterator[str]:
    version = header.version
    yield f"# MILESTONES - {version.branch}"
    yield ""
    yield "**Type**: Frozen"
    yield f"**Version**: {version.branch}"
    yield f"**Stage**: {version.stage}"
    yield "**Status**: ACCEPTED"
    yield f"**Branch**: `{version.branch}`"
    yield f"**Date**: {header.date.isoformat()}"
    yield f"**Source Commit**: `{header.commit}`"
    yield f"**Source Blob**: `{header.blob}`"
    if header.ceremony:
        link = "[MILESTONES_CEREMONY.md](./MILESTONES_CEREMONY.md)"
        yield f"**Ceremony**: {link} `{header.ceremony}`"
    if header.origin is not None:
        yield f"**Promoted From**: `{header.origin.branch}`"
    if header.feedback:
        yield f"**Feedback**: {_one_line(header.feedback, 'the feedback')}"
    names = ", ".join(_one_line(name, "a signatory's name") for name in header.signatories)
    yield f"**Signatories**: {names or 'none named'}"
    yield ""


def _one_line(words: str, what: str) -> str:
    """Words as a line of Markdown that says nothing but them.

    Raises InputError for characters that nobody sees: the record must read as it is.
    """
    line = " ".join(words.split())
    hidden = next((character for character in line if not character.isprintable()), None)
    if hidden is not None:
        raise InputError(
            f"{what} holds the invisible character U+{ord(hidden):04X}: write it in plain words"
        )
    return _SPECIAL.sub(r"\\\g<0>", line)


# ---------------------------------------------------------------------------- editing


class Edit(NamedTuple):
    """One change of a text that a person should look at."""

    file: str
    line: int
    """In the text as it was; what is only added follows this line, 0 for the top."""
    removed: tuple[str, ...]
    added: tuple[str, ...]
    why: str


class Mention(NamedTuple):
    """A line that was left alone and speaks of what left: people have to look at it."""

    line: int
    """In the new text of latest."""
    words: str


class Reset(NamedTuple):
    """The two documents for the next cycle, and what was changed in them."""

    latest: str
    main: str
    edits: tuple[Edit, ...]
    mentions: tuple[Mention, ...]
    proposals: Mapping[str, str]
    """The proposal that each deferred item became, by the item's id."""

    @property
    def shown(self) -> str:
        """The edits as a diff: file, line, reason, and the lines that go and come."""
        told: list[str] = []
        for edit in self.edits:
            told.append(f"@@ {edit.file}:{edit.line} {edit.why}")
            told += [f"-{line}" for line in edit.removed]
            told += [f"+{line}" for line in edit.added]
        return "\n".join(told)


@dataclass
class _Sheet:
    """A text that lines are taken out of, put into and changed in; all others keep their bytes."""

    source: Source
    _changed: dict[int, tuple[str | None, str]] = field(default_factory=dict)
    _added: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def document(self) -> Document:
        return self.source.document

    @property
    def is_edited(self) -> bool:
        return bool(self._changed or self._added)

    def line(self, number: int) -> str | None:
        """A line as it stands now; None where it was taken out."""
        changed = self._changed.get(number)
        return self.document.lines[number - 1] if changed is None else changed[0]

    def is_touched(self, number: int) -> bool:
        """Whether a line was changed or taken out."""
        return number in self._changed

    def count_added(self, after: int) -> int:
        """How many lines were put in after a line."""
        return len(self._added.get(after, ()))

    def put(self, number: int, words: str, why: str) -> None:
        """Change a line."""
        if self.line(number) not in {None, words}:
            self._changed[number] = (words, why)

    def take(self, first: int, last: int, why: str) -> None:
        """Take lines out."""
        for number in range(first, last + 1):
            self._changed[number] = (None, why)

    def add(self, after: int, lines: Iterable[str], why: str) -> None:
        """Put lines in, after those that were put there before."""
        self._added.setdefault(after, []).extend((line, why) for line in lines)

    def add_above_blank(self, after: int, line: str, why: str) -> None:
        """Put a line in before the blank one that ends what was put in there."""
        self._added[after].insert(-1, (line, why))

    def text(self) -> str:
        """The text with all of it done."""
        if not self.is_edited:
            return self.source.text
        text = self.source.text
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        ends = [match[0] for match in _BREAK.finditer(text)]
        kept: list[tuple[str, str]] = []
        for number in range(len(self.document.lines) + 1):
            if number:
                words = self.line(number)
                end = ends[number - 1] if number <= len(ends) else ""
                if words is not None:
                    kept.append((words, end))
            kept += [(line, self.source.newline) for line, _ in self._added.get(number, ())]
        # Only the last line may lack its end: a blank one, or where there was none before.
        if kept and (not kept[-1][0] or not text.endswith(("\n", "\r"))):
            kept[-1] = (kept[-1][0], "")
            tail = ""
        else:
            tail = self.source.newline
        return mark + "".join(
            words + (end or tail if n + 1 == len(kept) else end or self.source.newline)
            for n, (words, end) in enumerate(kept)
        )

    def edits(self) -> Iterator[Edit]:
        """What was done, neighbouring lines together."""
        held: Edit | None = None
        for number in sorted({*self._changed, *self._added}):
            new, why = self._changed.get(number, ("", ""))
            removed = (self.document.lines[number - 1],) if number in self._changed else ()
            added = (new,) if number in self._changed and new is not None else ()
            steps = [Edit(self.document.path, number, removed, added, why)] if removed else []
            for line, reason in self._added.get(number, ()):
                steps.append(Edit(self.document.path, number, (), (line,), reason))
            for step in steps:
                if held is not None and _adjoins(held, step):
                    held = held._replace(
                        removed=held.removed + step.removed, added=held.added + step.added
                    )
                    continue
                if held is not None:
                    yield held
                held = step
        if held is not None:
            yield held


def _adjoins(held: Edit, step: Edit) -> bool:
    end = held.line + max(len(held.removed) - 1, 0)
    return held.why == step.why and step.line - end <= 1


# ---------------------------------------------------------------------------- reset

_PROPOSAL = expression(r"\bPROP-([0-9]{1,6})\b")
_SHELF = expression(r"(?:active|open|current)\b.*\bproposals?\b|proposals", re.IGNORECASE)
_NO_PROPOSAL = expression(r"\W*no (?:active |open |current )?proposals?\b.*", re.IGNORECASE)
_UPDATED = ("last updated", "updated", "last modified", "modified")
_CHANGES = ("change", "changes", "description", "summary")
_CRITERIA = ("acceptance criteria", "acceptance test", "criteria", "acceptance")
_POINTERS = ("milestone", "milestones", "section", "sections")
_MILESTONES = expression(r"\bmilestones?\b|\AM[0-9]+\b", re.IGNORECASE)
_CITED = expression(r"(?<![\w.-])B(?:-?M)?-?[0-9]+(?:\.[0-9]+)?[a-z]?(?![\w-])", re.IGNORECASE)
_COUNTED = expression(r"\b[0-9]{1,4} (?:deliverables|milestones|items|blockers)\b", re.IGNORECASE)
_UNSETTLED = expression(
    r"(?:open|unresolved|undecided|unsettled|outstanding|unanswered) (?:questions?|issues?|points?|"
    r"decisions?|topics?|matters?)\b|questions?\b|parking lot\b|undecided\b|ideas?\b|"
    r"not (?:yet )?(?:agreed|decided)\b|to be (?:agreed|decided|discussed)\b",
    re.IGNORECASE,
)
_TICKS = expression(r"`+")
_BOX = expression(r"\[[xX]\]")
_PIPE = expression(r"(?<!\\)(?:\\\\)*\|")
_STATE = expression(r"\W*(?:[A-Za-z]+)\W*")
_BLANK_CELL = expression(r"[-–—*_\s`]*")


def reset(latest: Source, main: Source | None, decision: CutDecision) -> Reset:
    """Both documents for the next cycle (ceremony: Cut Process, 7).

    What the version agreed on moves out: its milestones with the sections about their items,
    their rows of the scope tables, and their settled blockers. A DEFERRED milestone or item
    becomes a proposal in main, Deferred, with its origin; deferred and open blockers stay and
    point at it. Signatures and the ticks of the version's conditions are cleared, the changelogs
    say so, and every heading that the ceremony requires stays. What the version left out stays.
    Where nothing of the version is left, nothing is changed: a second reset is none.

    Raises InputError where something is deferred and main has no place for proposals.
    """
    work = _Reset(latest, main, decision)
    work.run()
    return Reset(
        latest=work.latest.text(),
        main=work.main.text() if work.main else "",
        edits=(*work.latest.edits(), *(work.main.edits() if work.main else ())),
        mentions=tuple(work.mentions()),
        proposals=work.proposals,
    )


class _Reset:
    def __init__(self, latest: Source, main: Source | None, decision: CutDecision) -> None:
        self.latest = _Sheet(latest)
        self.main = _Sheet(main) if main else None
        self.proposals: dict[str, str] = {}
        self._decision = decision
        self._branch = decision.version.branch
        self._commitments = Commitments(document=latest.document)
        self._scope = VersionScope(self._commitments, decision.version)
        self._moved = f"agreed in {self._branch}"
        self._has_registry = False

    def run(self) -> None:
        if not self._leaving_ids:
            return
        self._move_deferred()
        self._move_milestones()
        self._move_scope()
        self._move_blockers()
        self._clear()
        self._record(self.latest, f"Reset after the cut of {self._branch}")
        if self.main and self.main.is_edited:
            names = [f"{new} from {old}" for old, new in self.proposals.items()]
            self._record(self.main, f"{listed(names)}, deferred at the cut of {self._branch}")

    def mentions(self) -> Iterator[Mention]:
        """The lines that speak of what left, or count it; what a changelog tells is history."""
        document = self.latest.document
        logs = quiet(document, LOGS)
        told = {
            line
            for section in document.sections
            if section.index in logs
            for line in range(section.line, section.end_line + 1)
        }
        settled = {
            blocker.id.casefold()
            for blocker in self._commitments.blockers
            if self.latest.line(blocker.line) is None
        }
        place = 0
        for number, line in enumerate(document.lines, start=1):
            place += self.latest.line(number) is not None
            if self.latest.is_touched(number) or number in told or not self.latest.is_edited:
                place += self.latest.count_added(number)
                continue
            named = {match[0].casefold() for match in _CITED.finditer(line)} & settled
            if named or self._leaving_ids & set(references(line)) or _COUNTED.search(line):
                yield Mention(line=place + self.latest.count_added(0), words=line.strip()[:200])
            place += self.latest.count_added(number)

    # ---- what leaves

    def _goes(self, reference: str, state: State | None) -> bool:
        gone = state in {State.DEFERRED, State.REJECTED}
        return gone or self._scope.is_for_this(reference)

    @cached_property
    def _leaving(self) -> tuple[Milestone, ...]:
        """The milestones that leave whole."""
        return tuple(
            milestone
            for milestone in self._commitments.milestones
            if self._goes(milestone.id, milestone.state)
            and (
                milestone.state is State.DEFERRED
                or all(self._goes(item.id, item.state) for item in milestone.items)
            )
        )

    @cached_property
    def _leaving_items(self) -> tuple[Item, ...]:
        """The items that leave a milestone that stays: its other items are for later."""
        whole = {milestone.id for milestone in self._leaving}
        return tuple(
            item
            for milestone in self._commitments.milestones
            if milestone.id not in whole
            for item in milestone.items
            # Of a milestone that is kept for later, what is deferred is deferred beyond that.
            if self._scope.is_for_this(item.id)
        )

    @cached_property
    def _leaving_ids(self) -> frozenset[str]:
        found = {item.id for item in self._leaving_items}
        for milestone in self._leaving:
            found.add(milestone.id)
            found.update(item.id for item in milestone.items)
        whole = {milestone.id for milestone in self._leaving}
        found.update(d.id for d in self._commitments.details if parent(d.id) in whole)
        return frozenset(found)

    # ---- deferred items

    def _move_deferred(self) -> None:
        deferred: list[tuple[Milestone, Item | None]] = []
        whole = {milestone.id for milestone in self._leaving}
        rest = {item.id for item in self._leaving_items}
        for milestone in self._commitments.milestones:
            if milestone.id in whole and milestone.state is State.DEFERRED:
                deferred.append((milestone, None))
                continue
            deferred += [
                (milestone, item)
                for item in milestone.items
                if item.state is State.DEFERRED and (milestone.id in whole or item.id in rest)
            ]
        held = self._origins()
        new = [
            pair
            for pair in deferred
            if self._origin(pair[1].id if pair[1] else pair[0].id) not in held
        ]
        if not new:
            return
        sheet, shelf = self._shelf(new[0][1].id if new[0][1] else new[0][0].id)
        after = _last_line(sheet.document, shelf)
        for section in sheet.document.under(shelf):
            for paragraph in section.paragraphs:
                if _NO_PROPOSAL.fullmatch(paragraph.plain):
                    sheet.take(paragraph.line, paragraph.end_line, "there is a proposal now")
        number = self._next_number()
        for milestone, item in new:
            name = item.id if item else milestone.id
            self.proposals[name] = f"PROP-{number}"
            lines = self._proposal(number, shelf.level + 1, milestone, item)
            sheet.add(after, ["", *lines], f"{name} was deferred")
            number += 1

    def _origin(self, name: str) -> str:
        return f"{name}, deferred in {self._branch}"

    def _origins(self) -> frozenset[str]:
        """Where the proposals of main came from, as they say it."""
        if self.main is None:
            return frozenset()
        proposals = Commitments(document=self.main.document).proposals
        fields = (proposal.field("origin") for proposal in proposals)
        return frozenset(field.value.plain for field in fields if field is not None)

    def _shelf(self, name: str) -> tuple[_Sheet, Section]:
        """The sheet and the section that take proposals."""
        if self.main is not None:
            for section in self.main.document.sections:
                if section.level > 1 and _SHELF.fullmatch(section.name):
                    return self.main, section
        raise InputError(
            f"{name} is deferred and becomes a proposal, but MILESTONES.main.md has no section "
            "for active proposals: add a heading “## Active Proposals”",
            file=self.main.document.path if self.main else None,
        )

    def _next_number(self) -> int:
        texts = [self.latest.source.text, self.main.source.text if self.main else ""]
        numbers = [int(match[1]) for text in texts for match in _PROPOSAL.finditer(text)]
        return max(numbers, default=0) + 1

    def _proposal(
        self, number: int, level: int, milestone: Milestone, item: Item | None
    ) -> Iterator[str]:
        name = item.id if item else milestone.id
        title = _unpiped(item.title.raw) if item else milestone.title
        what = f"{name} of {milestone.id} ({milestone.title})" if item else name
        mark = "#" * min(level, 6)
        below = "#" * min(level + 1, 6)
        owner = handles(milestone.owner.value) if milestone.owner else ()
        signed = [who for who in self._decision.signatories if who.startswith("@")]
        author = next(iter((*owner, *signed)), "ceremony")
        yield f"{mark} PROP-{number}: {title.strip() or name}"
        yield ""
        yield f"**Proposed**: {self._decision.today.isoformat()}"
        yield f"**Author**: {author}"
        yield "**Target Version**: Next cycle"
        yield "**Category**: Milestone"
        yield f"**Status**: {State.DEFERRED}"
        yield f"**Origin**: {self._origin(name)}"
        yield f"**Rationale**: {self._rationale(milestone, item)}"
        yield ""
        yield f"{below} Summary"
        yield ""
        yield f"Take {what} up again."
        yield ""
        yield f"{below} Motivation"
        yield ""
        yield f"It was in the plan of {self._branch} and left it at the cut."
        yield ""
        yield f"{below} Proposal"
        yield ""
        yield "Put it back among the commitments, with a milestone and an owner. The plan said:"
        yield ""
        yield from self._quoted(milestone, item)
        yield ""
        yield f"{below} Acceptance Criteria"
        yield ""
        for criterion in _criteria(milestone, item):
            yield f"- [ ] {criterion}"
        yield ""
        yield f"{below} Discussion"
        yield ""
        blockers = self._blockers_of(name)
        if blockers:
            names = listed([blocker.id or "the blocker without an id" for blocker in blockers])
            yield f"Blocked by {names}."
        else:
            yield "None yet."

    def _quoted(self, milestone: Milestone, item: Item | None) -> Iterator[str]:
        """What the plan says about what is deferred, word for word.

        In a block of code, so that main does not commit to it by holding it.
        """
        lines = self.latest.document.lines
        told: list[str] = []
        if item is not None:
            table = item.table
            told += [lines[n - 1] for n in (table.line, table.line + 1, item.line)]
        sections = [] if item else [milestone.section]
        sections += [
            detail.section
            for detail in self._commitments.details
            if (detail.id if item else parent(detail.id)) == (item or milestone).id
        ]
        seen = 0
        for section in sections:
            if section.line > seen:
                # A section that holds another holds what it says, too.
                seen = self.latest.document.under(section)[-1].end_line
                last = _last_line(self.latest.document, section)
                told += [*([""] if told else []), *lines[section.line - 1 : last]]
        runs = [len(match[0]) for line in told for match in _TICKS.finditer(line)]
        fence = "`" * max(3, max(runs, default=0) + 1)
        yield f"{fence}markdown"
        yield from told
        yield fence

    def _rationale(self, milestone: Milestone, item: Item | None) -> str:
        name = item.id if item else milestone.id
        words = next(
            filter(None, self._reasons(milestone, item, name)), "no reason was written down"
        )
        return f"Deferred at the cut of {self._branch}: {words}"

    def _reasons(self, milestone: Milestone, item: Item | None, name: str) -> Iterator[str]:
        """Why something was deferred, wherever the document says so, the nearest first."""
        if item is not None:
            yield _said(cell(item.row, item.table.column(*REASON_COLUMNS)))
        status = item.status if item else milestone.status and milestone.status.value
        yield _remark(status or _NOTHING)
        stated = milestone.section.field("rationale", "reason", "why")
        if stated and (item is None or name in references(stated.value.plain)):
            yield _said(stated.value)
        for blocker in self._blockers_of(name):
            yield _said(cell(blocker.row, blocker.table.column(*REASON_COLUMNS)))
            yield _said(blocker.text)
        if item is not None:
            criteria = cell(item.row, item.table.column(*_CRITERIA))
            if criteria and re.search(r"\bdeferred\b", criteria.plain, re.IGNORECASE):
                yield _said(criteria)

    def _blockers_of(self, name: str) -> tuple[Blocker, ...]:
        return self._staying.get(name, ())

    @cached_property
    def _staying(self) -> Mapping[str, tuple[Blocker, ...]]:
        """The blockers that stay, by the sections that they point at."""
        found: dict[str, list[Blocker]] = {}
        for blocker in self._commitments.blockers:
            if not _is_over(blocker):
                for target in blocker.sections:
                    found.setdefault(target, []).append(blocker)
        return {name: tuple(blockers) for name, blockers in found.items()}

    # ---- milestones

    def _move_milestones(self) -> None:
        document = self.latest.document
        sections = [milestone.section for milestone in self._leaving]
        first = min((section.index for section in sections), default=0)
        details = self._commitments.details
        sections += [
            detail.section
            for detail in details
            if detail.id in self._leaving_ids and detail.section.index not in self._unlisted
        ]
        put_off = self._put_off
        taken: set[int] = set()
        above, seen = "", 0
        for section in sorted(sections, key=lambda s: s.index):
            if section.index in taken:
                continue
            held = document.under(section)
            taken.update(part.index for part in held)
            between = document.lines[seen : section.line - 1]
            above = next((line for line in reversed(between) if line.strip()), above)
            seen = held[-1].end_line
            # What was deferred takes its questions along.
            kept = [] if section.index in put_off else list(self._unsettled(section, held))
            self.latest.add(section.line - 1, kept, "an open question is not agreed")
            above = self._take_section(section.line, seen, "" if kept else above)
        for item in self._leaving_items:
            self.latest.take(item.line, item.line, self._moved)
        left = (s for s in document.sections if s.index not in taken and s.level > 1)
        if sections and not any(_MILESTONES.search(section.name) for section in left):
            lines = ["## Governance Milestones", "", "Nothing is agreed for the next version yet."]
            line = document.sections[first].line
            self.latest.add(line - 1, [*lines, ""], "the next cycle's place")

    @cached_property
    def _put_off(self) -> frozenset[int]:
        """The sections that a proposal holds word for word."""
        sections = [m.section for m in self._leaving if m.state is State.DEFERRED]
        waiting = {m.id for m in self._leaving if m.state is State.DEFERRED}
        waiting |= {i.id for i in self._commitments.items if i.state is State.DEFERRED}
        sections += [d.section for d in self._commitments.details if {d.id, parent(d.id)} & waiting]
        return frozenset(section.index for section in sections)

    @cached_property
    def _unlisted(self) -> frozenset[int]:
        """The sections about deferred items that no table lists: no proposal holds them."""
        listed_ids = {item.id for item in self._commitments.items}
        return (
            frozenset(
                detail.section.index
                for detail in self._commitments.details
                if detail.state is State.DEFERRED and detail.id not in listed_ids
            )
            - self._put_off
        )

    def _unsettled(self, section: Section, held: Sequence[Section]) -> Iterator[str]:
        """What a section that leaves holds and nobody agreed to: it stays, on its level."""
        document, end = self.latest.document, 0
        for part in held[1:]:
            is_open = part.index in self._unlisted or _UNSETTLED.match(part.name) is not None
            if part.line <= end or not is_open:
                continue
            end = document.under(part)[-1].end_line
            underlined = not document.lines[part.line - 1].lstrip().startswith("#")
            words = document.lines[part.line + underlined : _last_line(document, part)]
            (reference,) = references(section.name)[:1]
            yield f"{'#' * section.level} {part.title.raw.strip()} ({reference})"
            yield from words
            yield ""

    def _take_section(self, first: int, last: int, above: str) -> str:
        """Take a section out; of the ``---`` above and below it one stays.

        `above` is the last line that says something and stays before it; returns the next one's.
        """
        lines = self.latest.document.lines
        end = last
        while end > first and not lines[end - 1].strip():
            end -= 1
        stays = end > first and _RULER.fullmatch(lines[end - 1]) and not _RULER.fullmatch(above)
        self.latest.take(first, end - 1 if stays else last, self._moved)
        return lines[end - 1] if stays else above

    # ---- scope

    def _move_scope(self) -> None:
        everything = len(self._leaving) == len(self._commitments.milestones)
        for scope in self._scope.scopes:
            if not scope.inside:
                continue
            for table in scope.tables:
                columns = [n for n, name in enumerate(table.names) if name in _POINTERS]
                for row in table.rows:
                    named = [ref for n in columns for ref in references(row.cells[n].plain)]
                    if self._leaves_scope(named, everything=everything):
                        self.latest.take(row.line, row.line, self._moved)
            for item in scope.items:
                named = list(references(item.plain))
                if self._leaves_scope(named, everything=everything):
                    self.latest.take(item.line, item.end_line, self._moved)

    def _leaves_scope(self, named: Sequence[str], *, everything: bool) -> bool:
        """Whether all that a row stands for leaves; one that names nothing leaves with the last."""
        if not named:
            return everything
        known = [ref for ref in named if self._scope.is_known(ref)]
        return all(ref in self._leaving_ids for ref in known)

    # ---- blockers

    def _move_blockers(self) -> None:
        registered = {b.id.casefold() for b in self._commitments.blockers if b.in_registry}
        for blocker in self._commitments.blockers:
            mine = not blocker.sections or any(
                ref in self._leaving_ids or not self._scope.is_known(ref)
                for ref in blocker.sections
            )
            if not mine or self.latest.line(blocker.line) is None:
                if mine and not _is_over(blocker) and blocker.id.casefold() not in registered:
                    self._register(blocker)
            elif _is_over(blocker):
                self.latest.take(blocker.line, blocker.line, f"settled in {self._branch}")
            else:
                self._point(blocker)

    def _point(self, blocker: Blocker) -> None:
        """Let a blocker that stays point at what its section became."""
        pointer = blocker.section_text
        if pointer is not None and any(ref in self._leaving_ids for ref in blocker.sections):
            index = _index(blocker.row, pointer)
            line = self.latest.line(blocker.line) or ""
            words = _with_cell(line, index, self._became(blocker.sections))
            self.latest.put(blocker.line, words, "its section left")

    def _became(self, names: Sequence[str]) -> str:
        found: list[str] = []
        for name in names:
            proposal = self.proposals.get(name) or self.proposals.get(parent(name))
            if proposal is None and name in self._leaving_ids:
                proposal = next(
                    (new for old, new in self.proposals.items() if parent(old) == name),
                    f"frozen in {self._branch}",
                )
            found.append(proposal or name)
        return ", ".join(dict.fromkeys(found))

    def _register(self, blocker: Blocker) -> None:
        """Carry a blocker over that stood only in the table of a milestone that left."""
        for _, table in self._commitments.registries:
            last = table.rows[-1].line if table.rows else table.line + 1
            cells = self._registered(blocker, table.names)
            self.latest.add(last, [_row(cells)], "its milestone left")
            return
        names = ["ID", "Section", "Blocker", "Owner", "Status", "Rationale"]
        document = self.latest.document
        first = min(milestone.section.index for milestone in self._leaving)
        chain = (document.sections[first], *document.ancestors(document.sections[first]))
        home = next(section for section in reversed(chain) if section.level > 1)
        end = document.under(home)[-1].end_line
        if not self._has_registry:
            self._has_registry = True
            lines = ["## Blocker Registry", "", _row(names), _row(["---"] * len(names))]
            self.latest.add(end, [*lines, ""], "its milestone left")
        cells = self._registered(blocker, [name.lower() for name in names])
        self.latest.add_above_blank(end, _row(cells), "its milestone left")

    def _registered(self, blocker: Blocker, names: Sequence[str]) -> list[str]:
        """A blocker's row for a table with columns of those names; no cell of it is lost."""
        became = self._became(blocker.sections)
        told = {
            **dict.fromkeys(ID_COLUMNS, blocker.id),
            **dict.fromkeys((*SECTION_COLUMNS, *MILESTONE_COLUMNS), became),
            **dict.fromkeys(BLOCKER_COLUMNS, _piped(blocker.text)),
            **dict.fromkeys(OWNER_COLUMNS, _piped(blocker.owner) if blocker.owner else "TBD"),
            **dict.fromkeys(
                STATUS_COLUMNS, _piped(blocker.status) if blocker.status else Resolution.OPEN
            ),
        }
        rest: list[str] = []
        for name, text in zip(blocker.table.names, blocker.row.cells, strict=True):
            if name in told or text.is_placeholder:
                continue
            same = [name, *(REASON_COLUMNS if name in REASON_COLUMNS else ())]
            column = next((each for each in same if each in names and each not in told), None)
            if column is None:
                rest.append(f"{name}: {_piped(text)}")
            else:
                told[column] = _piped(text)
        cells = [told.get(name, "-") for name in names]
        if rest:
            reason = next((n for n, name in enumerate(names) if name in REASON_COLUMNS), None)
            what = next((n for n, name in enumerate(names) if name in BLOCKER_COLUMNS), 0)
            held = reason if reason is not None else what
            cells[held] = "; ".join([*([] if cells[held] == "-" else [cells[held]]), *rest])
        return cells

    # ---- signatures, ticks, records

    def _clear(self) -> None:
        for who in self._commitments.signatories:
            if who.signed is False and not who.dated:
                continue
            for text, blank in ((who.date, "TBD"), (who.status, "Pending")):
                if text is not None and not text.is_placeholder:
                    line = self.latest.line(who.line) or ""
                    words = _with_cell(line, _index(who.row, text), blank)
                    self.latest.put(who.line, words, "the next scope is not signed yet")
        for criterion in self._commitments.criteria:
            if criterion.checked:
                line = self.latest.line(criterion.line) or ""
                words = _BOX.sub("[ ]", line, count=1)
                self.latest.put(criterion.line, words, "the next cut's conditions are open")

    def _record(self, sheet: _Sheet, what: str) -> None:
        """Say in the header and in the changelog that the document changed."""
        today = self._decision.today.isoformat()
        updated = sheet.document.meta(*_UPDATED)
        if updated is not None and updated.value.raw:
            line = sheet.line(updated.line) or ""
            head, _, tail = line.rpartition(updated.value.raw)
            sheet.put(updated.line, f"{head}{today}{tail}", "the document changed")
        logs = quiet(sheet.document, LOGS)
        for section, table in sheet.document.tables():
            dates, changes = table.column("date"), table.column(*_CHANGES)
            if section.index not in logs or dates is None or changes is None:
                continue
            told = {dates: today, changes: what}
            cells = [told.get(n, "ceremony") for n in range(len(table.names))]
            after = _entry_line(table, dates)
            sheet.add(after, [_row(cells)], "the document changed")
            return


def _entry_line(table: Table, dates: int) -> int:
    """The line that a changelog's new row follows: the newest stand first, or last."""
    days = [row.cells[dates].plain.strip() for row in table.rows]
    if len(days) > 1 and days[0] < days[-1]:
        return table.rows[-1].line
    return table.line + 1


def _is_over(blocker: Blocker) -> bool:
    """Whether a blocker ended for good; a deferred one only waits."""
    return blocker.is_settled and blocker.resolution is not Resolution.DEFERRED


def _last_line(document: Document, section: Section) -> int:
    """The last line of a section and those below it that says something but ``---``."""
    line = document.under(section)[-1].end_line
    while line > section.line and (
        not document.lines[line - 1].strip() or _RULER.fullmatch(document.lines[line - 1])
    ):
        line -= 1
    return line


def _criteria(milestone: Milestone, item: Item | None) -> Iterator[str]:
    """What has to be so for it to be met, a line each."""
    held = (item,) if item else milestone.items
    for one in held:
        said = _said(cell(one.row, one.table.column(*_CRITERIA)))
        name = f"{one.id} {_unpiped(one.title.raw).strip()}"
        yield said if item and said else f"{name}: {said}" if said else f"{name} is agreed"
    if not held:
        yield f"{milestone.title or milestone.id} is agreed"


def _said(text: Text | None) -> str:
    """What a cell or field says, as a line of Markdown; nothing where it says nothing."""
    if text is None or text.is_placeholder:
        return ""
    return _unpiped(text.raw).strip()


_NOTHING = Text(raw="", plain="", line=0)


def _remark(status: Text) -> str:
    """The words after a state."""
    return _STATE.sub("", status.plain, count=1).strip(" ()")


def _unpiped(raw: str) -> str:
    """A cell's source as running text."""
    return " ".join(raw.split()).replace("\\|", "|")


def _piped(text: Text) -> str:
    """What a cell says, as the source of another table's cell."""
    return " ".join(text.raw.split()).replace("|", "\\|")


def _index(row: Row, text: Text) -> int:
    return next(n for n, held in enumerate(row.cells) if held is text)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _with_cell(line: str, index: int, words: str) -> str:
    """A row's line with other words in one cell; as it is where the row is too short for it."""
    ends = [match.end() for match in _PIPE.finditer(line)]
    leads = re.match(r"[\s>]*\|", line) is not None
    starts = ends if leads else [0, *ends]
    if index >= len(starts) or (index == len(starts) - 1 and not line[starts[index] :].strip()):
        return line
    stop = next((end - 1 for end in ends if end > starts[index]), len(line))
    return f"{line[: starts[index]]} {words} {line[stop:]}".rstrip()
