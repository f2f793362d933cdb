"""Rules about the conditions that a project sets for its own version cuts, and who signs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ceremony.commitments import Commitments, Criterion, Signatory, column_of, references
from ceremony.expressions import expression
from ceremony.model import Hit, ListItem, Paragraph, Section, Severity, Table
from ceremony.rules.audit.blockers import Book, Entry, book_of, listed, parent
from ceremony.rules.audit.building import demands_building
from ceremony.rules.audit.registry import Project, at, rule

_STEPS = expression(r"\b(?:process|procedure|steps|after|history)\b", re.IGNORECASE)
_GATE = expression(r"\b(?:criteria|readiness|requirements?|gates?|checklist)\b", re.IGNORECASE)
# Each clause is tried once, from its first denial: from every denial it would take quadratic time.
_NOT_ASKED = expression(
    r"(?:^|[.:])(?>[^.:]*?(?:\bnot|n't|\bnever)\b)[^.:]*\b(?:require[ds]?|need(?:ed|s)?|demand(?:ed|s)?|ask(?:ed|s)?|"
    r"depend(?:s)?|wait(?:s)?|block(?:s)?)\b|\bnot (?:criteria|conditions|blockers|required)\b",
    re.IGNORECASE,
)


def conditions(latest: Commitments) -> Iterator[Criterion]:
    """What latest demands of a cut, in its order.

    Neither the steps of making one nor what it says it waives is a demand.
    """
    waived = {
        line
        for section in {id(c.section): c.section for c in latest.criteria}.values()
        for line in _waived(section)
    }
    for criterion in latest.criteria:
        name = criterion.section.name
        steps = _STEPS.search(name) and not _GATE.search(name)
        if not steps and criterion.line not in waived:
            yield criterion


def _waived(section: Section) -> Iterator[int]:
    """The lines of items and rows below a sentence or heading that says they are not needed."""
    waiving = _NOT_ASKED.search(section.name) is not None
    for block in section.blocks:
        if isinstance(block, Paragraph):
            waiving = _NOT_ASKED.search(block.plain) is not None
        elif waiving and isinstance(block, ListItem):
            yield block.lines[0].line
        elif waiving and isinstance(block, Table):
            yield from (row.line for row in block.rows)


@rule(
    "cut-gate-implementation",
    Severity.ERROR,
    finds="a cut criterion that demands implementation progress, which a cut does not require",
    help="Ask for agreement (accepted, owned, scoped, signed) and leave the work to the roadmap.",
    ceremony="When to Cut a Version",
)
def cut_gate_implementation(project: Project) -> Iterator[Hit]:
    """A cut stands for agreement; it needs no implementation and no release."""
    if project.latest is None:
        return
    document = project.latest.document
    for criterion in conditions(project.latest):
        text = criterion.text.plain if criterion.status else criterion.plain
        if demands_building(text):
            said = text.strip()[:100]
            yield Hit(
                place=at(
                    document,
                    criterion.line,
                    document.column(criterion.line, criterion.text.raw.strip()),
                ),
                message=f"A cut criterion demands implementation: “{said}”",
                subject=said,
            )


_BLOCKER_ID = expression(
    r"\bB(?:-M[0-9]{1,4}(?:\.[0-9]{1,4})?|-?[0-9]{1,4})[a-z]?\b", re.IGNORECASE
)
_BLOCKER_RANGE = expression(r"\bB-?([0-9]{1,4})\s*(?:-|–|—|to|through)\s*B?-?([0-9]{1,4})\b")
_BLOCKERS = r"(?:blockers?|blocking (?:items?|issues?)|impediments?)"
_ABOUT_BLOCKERS = expression(rf"\b{_BLOCKERS}\b", re.IGNORECASE)
_ENDING = expression(
    r"\b(?:resol\w+|defer\w*|accept\w*|reject\w*|clos\w+|clear\w*|settl\w+|address\w*|"
    r"mitigat\w+|eliminat\w+|remov\w+|lifted|remain\w*|open|none|no|zero|0|left|"
    r"unblock\w*|gone|done|fixed|handled)\b",
    re.IGNORECASE,
)
_ALL_BLOCKERS = expression(
    r"\b(?:all|every|each|any|no|zero|0)\s+(?:(?:of|the|our|open|remaining|active|known|"
    r"registered|unresolved|outstanding|listed|other|existing|current|single)\s+)*"
    rf"{_BLOCKERS}\b",
    re.IGNORECASE,
)
_CLASSES = (
    r"(?:p[0-9]|critical|high(?:[- ]priority)?|urgent|major|severe|platform|security|"
    r"documentation|docs|technical|legal|scope|maintainers?|owners?|ownership|sponsor(?:ship)?|"
    r"licen[cs]ing|people|decision|infrastructure|packaging)"
)
_CLASS = expression(
    rf"\b({_CLASSES}(?:[-/, &]+(?:(?:and|or)\s+)?{_CLASSES}){{0,8}})"
    rf"[- ]*(?:level |severity |priority )?{_BLOCKERS}\b",
    re.IGNORECASE,
)
_BY_CLASS = expression(
    r"\bblockers?\s+(?:marked|labell?ed|tagged|of (?:type|priority|severity)|with priority)\s+"
    r"[`\"']?([\w-]+)",
    re.IGNORECASE,
)
_SECTIONS = (
    r"M[0-9]+(?:\.[0-9]+)?"
    r"(?:\s*(?:[-–—,&+/]|to|and|or|through)\s*M?[0-9]+(?:\.[0-9]+)?){0,30}"
)
_OF_SECTIONS = expression(
    rf"\b({_SECTIONS})(?:'s?)?\s+(?:\w+\s+)?{_BLOCKERS}\b|\b{_BLOCKERS}\s+(?:\w+\s+)?"
    rf"(?:of|on|for|in|against|affecting|within|from)\s+(?:milestones?\s+)?({_SECTIONS})",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class _Demand:
    """What one criterion says about blockers."""

    criterion: Criterion
    covers: frozenset[int]
    """The open blockers that it covers, by their place in the list of open ones."""
    everything: bool


@rule(
    "cut-gate-incomplete",
    Severity.ERROR,
    finds="a cut criterion that covers only some of the blockers",
    help="Demand that every blocker is resolved, deferred, accepted or rejected.",
    ceremony="Cut Process",
)
def cut_gate_incomplete(project: Project) -> Iterator[Hit]:
    """All blockers must be resolved or deferred, not a chosen few."""
    book = book_of(project)
    if book is None:
        return
    pending = [entry for entry in book.once() if entry.is_open]
    pending.sort(key=lambda entry: not entry.row.in_registry)  # the registry's order first
    index = _Index(pending)
    demands = [d for c in conditions(book.latest) if (d := _demand(book, index, c)) is not None]
    covered = frozenset(number for demand in demands for number in demand.covers)
    if any(demand.everything for demand in demands) or len(covered) == len(pending):
        return
    missing = [entry for number, entry in enumerate(pending) if number not in covered]
    told: set[int] = set()
    for demand in demands:
        section = demand.criterion.section.index
        if section in told:
            continue  # the criteria of one list are one gate
        told.add(section)
        line = demand.criterion.line
        yield Hit(
            place=at(
                book.document,
                line,
                book.document.column(line, demand.criterion.text.raw.strip()),
            ),
            message=f"The cut criteria cover only some of the blockers: they leave out "
            f"{listed([entry.name for entry in missing])}",
            subject=demand.criterion.section.name,
            related=tuple(at(book.document, entry.row.line) for entry in missing[:5]),
        )


class _Index:
    """The open blockers by id, by section and by the words of their rows."""

    def __init__(self, pending: Iterable[Entry]) -> None:
        self.by_id: dict[str, int] = {}
        self.by_target: dict[str, set[int]] = {}
        self.words: list[str] = []
        for number, entry in enumerate(pending):
            self.by_id[entry.key] = number
            for target in entry.targets:
                self.by_target.setdefault(target, set()).add(number)
                self.by_target.setdefault(parent(target), set()).add(number)
            self.words.append(" ".join(cell.plain for cell in entry.row.row.cells).casefold())

    def of_class(self, word: str) -> frozenset[int]:
        """The blockers whose row bears a word: a priority, a type, a subject."""
        stem = re.compile(rf"\b{re.escape(word.casefold().rstrip('s'))}")
        return frozenset(n for n, words in enumerate(self.words) if stem.search(words))


def _demand(book: Book, index: _Index, criterion: Criterion) -> _Demand | None:
    """What a criterion covers, or None where it is not about blockers."""
    text = criterion.text.plain if criterion.status else criterion.plain
    cited = _cited(text)
    covers = frozenset(index.by_id[name] for name in cited if name in index.by_id)
    everything = False
    sections = _OF_SECTIONS.search(text)
    limit = _CLASS.search(text) or _BY_CLASS.search(text)
    if sections:
        refs = references(sections[1] or sections[2])
        covers |= {number for ref in refs for number in index.by_target.get(ref, ())}
    elif limit:
        words = re.findall(rf"\b{_CLASSES}\b|^[\w-]+$", limit[1], re.IGNORECASE)
        covers |= {number for word in words for number in index.of_class(word)}
    elif _ALL_BLOCKERS.search(text) and _ENDING.search(text):
        everything = True
    elif not cited & book.keys:
        # A row of a readiness table reports how things stand; a box or a sentence demands.
        about = _ABOUT_BLOCKERS.search(text) and _ENDING.search(text)
        everything = bool(about) and criterion.status is None
        if not everything:
            return None
    return _Demand(criterion=criterion, covers=covers, everything=everything)


def _cited(text: str) -> set[str]:
    """The blockers that a text cites, by key, ranges spelt out."""
    found = {match[0].casefold() for match in _BLOCKER_ID.finditer(text)}
    for match in _BLOCKER_RANGE.finditer(text):
        first, last = int(match[1]), int(match[2])
        if last - first < 100:
            found.update(f"b{number}" for number in range(first, last + 1))
    return found


# ---------------------------------------------------------------------------- signatures


@rule(
    "signatory-unsigned",
    Severity.NOTE,
    finds="a signatory without date or approval",
    help="Let the signatory sign with a date, or take the name off the list.",
    ceremony="Version Cut Review (Milestone)",
)
def signatory_unsigned(project: Project) -> Iterator[Hit]:
    """Stakeholders align: the list of signatories shows who did and when."""
    for document in project.living:
        for signatory in project.commitments(document).signatories:
            lack = _lack(signatory)
            if lack:
                who = signatory.name.plain.strip()
                said = signatory.status if signatory.signed is False else signatory.date
                column = column_of(document, signatory.row, said or signatory.date)
                yield Hit(
                    place=at(document, signatory.line, column),
                    message=f"{who} {lack}",
                    subject=who,
                )


def _lack(signatory: Signatory) -> str:
    """What a signatory lacks, or nothing."""
    if signatory.name.is_placeholder:
        return ""  # a template's row: there is nobody to sign
    if signatory.signed is None:
        return ""
    if signatory.signed:
        return "has approved without a date" if signatory.dated is False else ""
    if signatory.dated:
        return "has a date, but no approval"
    return "has not approved" if signatory.date is None else "has not signed"
