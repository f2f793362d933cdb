"""Rules about promises and facts that two places state differently."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from ceremony.commitments import (
    STATUS_COLUMNS,
    Blocker,
    Commitments,
    Item,
    cell,
    names_nobody,
    references,
)
from ceremony.expressions import expression
from ceremony.model import (
    Document,
    Hit,
    Kind,
    ListItem,
    Paragraph,
    Resolution,
    Row,
    Severity,
    State,
    Table,
    Text,
    Version,
)
from ceremony.rules.audit.census import active_proposals, blockers_by_milestone, people
from ceremony.rules.audit.figures import NUMBER, number
from ceremony.rules.audit.passages import (
    CONDITIONS,
    LIMITS,
    LOGS,
    RECORDS,
    Statement,
    quiet,
    statements,
)
from ceremony.rules.audit.registry import Project, at, rule

# ---------------------------------------------------------------------------- durations

_UNITS = {
    "hour": 1,
    "hr": 1,
    "h": 1,
    "day": 24,
    "d": 24,
    "week": 7 * 24,
    "month": 30 * 24,
    "year": 365 * 24,
}
_UNIT = expression(r"(?:[0-9 -]h|hours?|hrs?|days?|weeks?|months?|years?)\b", re.IGNORECASE)
_AMOUNT = rf"(?:{NUMBER}|an?(?=\s))"
_DURATION = expression(
    rf"(?<![\w.>])(?:(?P<same>same[- ]day)|(?:{_AMOUNT}\s*(?:-|–|to|or)\s*)?(?P<figure>{_AMOUNT})"
    r"[\s-]*(?:(?P<work>business|working|work)[\s-]+)?(?P<unit>hour|hr|h|day|d|week|month|year)s?)\b",
    re.IGNORECASE,
)


class Duration(NamedTuple):
    """The longest time that a text allows, in hours."""

    hours: int
    working: bool
    coarse: bool
    """Counted in months or years, which are not a fixed number of days."""

    def differs(self, other: Duration) -> bool:
        """Whether the two cannot be the same promise; working time and calendar time may."""
        if self.working != other.working:
            return False
        if self.coarse != other.coarse:
            longest = max(self.hours, other.hours)
            return abs(self.hours - other.hours) * 10 > longest
        return self.hours != other.hours


def duration(text: str) -> Duration | None:
    """The one duration that a text states, or None where it states none or several."""
    found = list(_DURATION.finditer(text))
    if len(found) != 1:
        return None
    match = found[0]
    if match["same"]:
        return Duration(hours=24, working=False, coarse=False)
    unit = match["unit"].lower()
    figure = 1 if match["figure"].lower() in {"a", "an"} else number(match["figure"])
    return Duration(
        hours=figure * _UNITS[unit],
        working=match["work"] is not None,
        coarse=unit in {"month", "year"},
    )


# ---------------------------------------------------------------------------- commitments

_REVIEW = (Kind.REVIEWERS, Kind.LATEST, Kind.GOVERNANCE, Kind.MAIN, Kind.OTHER, Kind.CONTRIBUTORS)
_PROCESS = (Kind.LATEST, Kind.GOVERNANCE, Kind.REVIEWERS, Kind.MAIN, Kind.OTHER, Kind.CONTRIBUTORS)


def _rank(document: Document, order: Sequence[Kind]) -> int:
    return order.index(document.kind) if document.kind in order else len(order)


@rule(
    "commitment-contradiction",
    Severity.WARNING,
    finds="one commitment (an SLA, a size band) stated with different figures",
    help="Agree on one figure, keep it in one document, and link to it from the others.",
    ceremony="Single Source of Truth",
)
def commitment_contradiction(project: Project) -> Iterator[Hit]:
    """Nobody can keep a promise that is made twice (ceremony: Documents contradict each other)."""
    timed = {document.path: tuple(_timed(document)) for document in project.living}
    yield from _bands(project, timed)
    yield from _promises(project, timed)


class _Timed(NamedTuple):
    """A sentence that states one duration."""

    statement: Statement
    line: int
    said: str
    time: Duration


def _timed(document: Document) -> Iterator[_Timed]:
    for statement in statements(document, but=LIMITS):
        # Most sentences state no time: the other patterns cost more than this one.
        match = _DURATION.search(statement.text) if _UNIT.search(statement.text) else None
        time = duration(statement.text) if match else None
        if match and time and not _QUALIFIED.search(statement.text):
            line = statement.line(match.start())
            yield _Timed(statement=statement, line=line, said=match[0], time=time)


_Sentences = Mapping[str, Sequence[_Timed]]
"""The sentences that state a duration, by document."""


# ---- size bands

_BAND = expression(
    r"(?:(?P<size>extra[- ]small|tiny|small|medium|extra[- ]large|large|huge|xs|xl))"
    r"(?:\s+(?:prs?|changes?|pull requests?))?(?:\s*\((?P<lines>[^()]{1,30})\))?",
    re.IGNORECASE,
)
_TIME_COLUMN = expression(
    r"\b(?:response|review time|review within|sla|turnaround|first (?:answer|review|reply))\b"
)
_LINES_COLUMN = expression(r"\b(?:lines?|diff|loc)\b")
_LINES = expression(
    r"(?:(?P<to><|<=|≤|up to|under|below|fewer than|less than)\s*(?P<most>[0-9]{1,6})"
    r"|(?P<over>>|>=|≥|over|more than|above)\s*(?P<least>[0-9]{1,6})"
    r"|(?P<from>[0-9]{1,6})\s*(?:(?P<plus>\+|or more)|(?:-|–|to)\s*(?P<until>[0-9]{1,6})))"
    r"\s*(?:lines?)?",
    re.IGNORECASE,
)


_PRS = r"(?:PRs?|pull requests?)"


class _Figure(NamedTuple):
    """One figure of one size band."""

    document: Document
    line: int
    band: str
    said: str
    time: Duration | None = None
    lines: tuple[int | None, int | None] | None = None

    def differs(self, other: _Figure) -> bool:
        if self.time and other.time:
            return self.time.differs(other.time)
        unknown = (None, None)
        # 100-500 and 101-500 are one band: both ends may be off by one.
        return any(
            a is not None and b is not None and abs(a - b) > 1
            for a, b in zip(self.lines or unknown, other.lines or unknown, strict=True)
        )


def _size(text: str) -> tuple[int | None, int | None] | None:
    match = _LINES.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    if match["to"]:
        return None, int(match["most"])
    if match["over"]:
        return int(match["least"]), None
    return int(match["from"]), int(match["until"]) if match["until"] else None


_ANSWERED = expression(
    rf"\b(?P<size>small|medium|large)[- ](?:sized )?{_PRS}\b.*"
    r"\b(?:answer|review|reply|response|respond)",
    re.IGNORECASE,
)


def _band_figures(document: Document, timed: Sequence[_Timed]) -> Iterator[_Figure]:
    for each in timed:
        match = _ANSWERED.search(each.statement.text)
        if match:
            yield _Figure(
                document=document,
                line=each.line,
                band=match["size"].lower(),
                said=each.said,
                time=each.time,
            )
    for section in document.sections:
        heading = _BAND.fullmatch(section.name)
        if heading and heading["lines"] and (lines := _size(heading["lines"])):
            yield _Figure(
                document=document,
                line=section.line,
                band=heading["size"].lower(),
                said=heading["lines"],
                lines=lines,
            )
        for table in section.tables:
            matches = [_BAND.fullmatch(row.cells[0].plain.strip()) for row in table.rows]
            if sum(match is not None for match in matches) < 2:
                continue
            for row, match in zip(table.rows, matches, strict=True):
                if match:
                    yield from _row_figures(document, table, row, match)


def _row_figures(
    document: Document, table: Table, row: Row, match: re.Match[str]
) -> Iterator[_Figure]:
    band = match["size"].lower()
    for name, text in list(zip(table.names, row.cells, strict=True))[1:]:
        said = text.plain.strip()
        time = duration(said) if _TIME_COLUMN.search(name) else None
        lines = _size(said) if _LINES_COLUMN.search(name) else None
        if time or lines:
            yield _Figure(
                document=document, line=row.line, band=band, said=said, time=time, lines=lines
            )
    if match["lines"] and (lines := _size(match["lines"])):
        yield _Figure(document=document, line=row.line, band=band, said=match["lines"], lines=lines)


def _bands(project: Project, timed: _Sentences) -> Iterator[Hit]:
    figures = [
        figure
        for document in project.living
        for figure in _band_figures(document, timed[document.path])
    ]
    figures.sort(key=lambda figure: (_rank(figure.document, _REVIEW), figure.line))
    first: dict[tuple[str, bool], _Figure] = {}
    wrong: dict[tuple[str, int], list[tuple[_Figure, _Figure]]] = {}
    for figure in figures:
        base = first.setdefault((figure.band, figure.time is not None), figure)
        if figure.differs(base):
            wrong.setdefault((figure.document.path, figure.line), []).append((figure, base))
    for pairs in wrong.values():
        figure = pairs[0][0]
        document = figure.document
        words = "; ".join(
            f"Two {'response times' if one.time else 'line counts'} for the {one.band} size: "
            f"“{one.said}” here, “{base.said}” in {base.document.path}"
            for one, base in pairs
        )
        yield Hit(
            place=at(document, figure.line, document.column(figure.line, figure.said)),
            message=words,
            subject=f"size {figure.band}",
            related=tuple(dict.fromkeys(at(base.document, base.line) for _, base in pairs)),
        )


# ---- promises about a subject of the closed list


class _Subject(NamedTuple):
    name: str
    row: re.Pattern[str]
    """The first cell of a commitment's row."""
    sentence: re.Pattern[str]
    order: tuple[Kind, ...] = _PROCESS


def _subject(name: str, row: str, sentence: str, order: tuple[Kind, ...] = _PROCESS) -> _Subject:
    return _Subject(
        name=name,
        row=expression(row, re.IGNORECASE),
        sentence=expression(sentence, re.IGNORECASE),
        order=order,
    )


_SUBJECTS = (
    _subject(
        "answers to review feedback",
        r"(?:review )?feedback(?: response)?|(?:response|responding) to (?:review )?feedback",
        r"\b(?:respond\w*|address\w*|answer\w*|repl(?:y|ies|ying)|react\w*)\b(?: to)?"
        r"(?: \w+){0,2}? feedback\b",
    ),
    _subject(
        "acknowledgement of security reports",
        r"(?:answers? )?(?:security|vulnerability) "
        r"(?:reports?|issues?|response|acknowledge?ment|disclosures?)",
        r"\backnowledg\w+\b[^.;]{0,30}\b(?:security|vulnerabilit)"
        r"|\b(?:security|vulnerabilit)\w*(?: \w+){0,2}? (?:reports?|issues?|vulnerabilities)?"
        r"[^.;]{0,30}\b(?:acknowledg|answer|repl(?:y|ied)|respon)",
    ),
    _subject(
        "triage of issues",
        r"(?:issue )?triage|new issue triage",
        r"\b(?:triag\w+|labell?\w*)\b[^.;]{0,20}\bissues?\b"
        r"|\bissues?\b[^.;]{0,30}\b(?:triag|label)",
    ),
    _subject(
        "the first review of a pull request",
        rf"{_PRS} (?:first )?response|(?:first|initial) (?:{_PRS} )?(?:review|response)"
        rf"|{_PRS} (?:first|initial) review",
        rf"\b(?:first|initial) (?:review|response|reply|answer)\b[^.;]{{0,30}}\b{_PRS}\b"
        rf"|\b{_PRS}\b[^.;]{{0,30}}\b(?:first|initial) (?:review|response|reply|answer)\b",
        _REVIEW,
    ),
    _subject(
        "notice of breaking changes",
        r"breaking changes?(?: (?:notice|announcement))?"
        r"|notice (?:of )?(?:an? )?breaking changes?",
        r"\bbreaking[- ]changes?\b[^.;]{0,60}\b(?:notice|announc|advance|warn|ahead|before)"
        r"|\b(?:notice|announc\w+|warn\w*)\b[^.;]{0,40}\bbreaking[- ]changes?\b",
    ),
    _subject(
        "notice of end of life",
        r"(?:EOL|end[- ]of[- ]life)(?: (?:notice|announcement))?",
        r"\b(?:EOL|end[- ]of[- ]life)\b[^.;]{0,60}\b(?:notice|announc)"
        r"|\bannounc\w+[^.;]{0,40}\b(?:EOL|end[- ]of[- ]life)\b",
    ),
)
_OTHER_ACTOR = expression(r"\b(?:reviewers?|maintainers?)\b", re.IGNORECASE)
_QUALIFIED = expression(
    r"\b(?:critical|high|medium|low|severe|urgent|minor|major|p[0-4]|usually|typically|average"
    r"|was|were|took|if|unless|except|complex|first-time|ping|escalat\w+|fix\w*"
    r"|patch\w*|resol\w+|no (?:response|answer|reply))\b",
    re.IGNORECASE,
)


_SIZED = expression(r"\b(?:large|small|medium)[- ](?:sized )?(?:prs?|changes?|pull)", re.IGNORECASE)


class _Promise(NamedTuple):
    document: Document
    line: int
    said: str
    time: Duration
    table: Table | None = None
    """The table whose row it is."""


def _promises_of(document: Document, timed: Sequence[_Timed]) -> Iterator[tuple[str, _Promise]]:
    skipped = quiet(document, LIMITS)
    for section, table in document.tables():
        names = table.column("commitment", "what we promise", "what", "promise")
        targets = table.column("target", "sla", "response time", "promise", "time", "figure")
        if names != 0 or not targets or section.index in skipped:
            continue
        for row in table.rows:
            name, said = row.cells[0].plain.strip(), row.cells[targets].plain.strip()
            topic, time = _topic(name), duration(said)
            words = " ".join(text.plain for text in row.cells)
            if time is None or _QUALIFIED.search(words) or _SIZED.search(words):
                continue
            yield (
                topic,
                _Promise(document=document, line=row.line, said=said, time=time, table=table),
            )
    for each in timed:
        text = each.statement.text
        for subject in _SUBJECTS if not _SIZED.search(text) else ():
            feedback = subject is _SUBJECTS[0] and _OTHER_ACTOR.search(text)
            if not feedback and subject.sentence.search(text):
                promise = _Promise(
                    document=document, line=each.line, said=each.said, time=each.time
                )
                yield subject.name, promise


_FILLER = expression(r"\b(?:time|the|of|for|to|target|period|minimum|max|maximum)\b")


def _topic(name: str) -> str:
    """What a row's first words promise: a subject of the closed list, or the words themselves."""
    plain = " ".join(_FILLER.sub(" ", name.lower()).split())
    known = next((s.name for s in _SUBJECTS if s.row.fullmatch(plain)), None)
    return known or " ".join(word.rstrip("s") for word in plain.split())


def _promises(project: Project, timed: _Sentences) -> Iterator[Hit]:
    topics: dict[str, list[_Promise]] = {}
    for document in project.living:
        for topic, promise in _promises_of(document, timed[document.path]):
            topics.setdefault(topic, []).append(promise)
    orders = {subject.name: subject.order for subject in _SUBJECTS}
    for topic, promises in topics.items():
        order = orders.get(topic, _PROCESS)
        promises.sort(key=lambda promise: (_rank(promise.document, order), promise.line))
        base = promises[0]
        for promise in promises[1:]:
            # Two rows of one table are two promises, whatever they are called.
            together = promise.table is not None and promise.table is base.table
            if together or not promise.time.differs(base.time):
                continue
            document = promise.document
            yield Hit(
                place=at(document, promise.line, document.column(promise.line, promise.said)),
                message=(
                    f"“{promise.said}” for {topic}, but {base.document.path} line {base.line} "
                    f"says “{base.said}”"
                ),
                subject=topic,
                related=(at(base.document, base.line),),
            )


# ---------------------------------------------------------------------------- claims


@rule(
    "claim-contradicted",
    Severity.WARNING,
    finds="a document states a fact that another part of it or the tree denies",
    help="Correct the claim, or do what it claims.",
    ceremony="Governance Health Indicators",
)
def claim_contradicted(project: Project) -> Iterator[Hit]:
    """Readers act on what a document says (ceremony: Documents stay synchronized)."""
    facts = _Facts(latest=project.latest) if project.latest else None
    for document in project.living:
        yield from _dates(document)
        if document.kind is Kind.CEREMONY:
            continue
        yield from _versions(project, document)
        yield from _files(project, document)
        if facts is not None:
            yield from _sentences(facts, document)
    if facts is not None and project.latest is not None:
        yield from _checked(facts)
        yield from _empty_blockers(project.latest)
        yield from _alone(project.latest)
        yield from _complete(project, project.latest)
        yield from _none_rows(project.latest.document)
    if project.main is not None:
        yield from _no_proposals(project.main)
        yield from _none_rows(project.main.document)


# ---- all of something is done

_EVERY = r"(?:all|every|each)"
_BLOCKERS_SETTLED = expression(
    rf"\b{_EVERY}(?: of the| the)? (?:open |known |active |registered )?blockers?\b"
    r"(?! (?:have|has) (?:an )?owners?)[^.;]{0,40}?"
    r"\b(?:resolved|settled|closed|cleared|deferred|accepted|addressed)"
    r"|\b(?:no|zero) (?:open|unresolved|remaining|outstanding|active) blockers?\b"
    r"|\bno blockers? (?:is |are )?(?:remain|remains|left|open)\b",
    re.IGNORECASE,
)
_ROW_SETTLED = expression(r"(?:open )?blockers? (?:resolved|settled|closed|cleared)", re.IGNORECASE)
_NONE_PROPOSED = expression(
    rf"\b{_EVERY}\b(?: of)?(?: the)?\W*proposed\W*(?:items?|deliverables?)\b"
    r"[^.;]{0,80}?\baccepted\b"
    r"|\bno (?:item|deliverable)s? (?:is|are|remains?) (?:merely |still )?\W?proposed\b"
    r"|\bno \W?proposed\W? (?:items?|deliverables?)\b"
    rf"|\b{_EVERY} (?:items?|deliverables?)\b[^.;]{{0,15}}\baccepted\b",
    re.IGNORECASE,
)
_DOMAINS_OWNED = expression(
    rf"\b{_EVERY} (?:[0-9]+ |{NUMBER} )?domains? (?:now |already )?(?:has|have) (?:an? |explicit )?"
    rf"(?:named )?owners?\b|\b{_EVERY} domains? (?:is|are) owned\b"
    rf"|\bowners? for {_EVERY}(?: the)? domains?\b"
    r"|\bno domains? (?:is |are )?without (?:an )?owners?",
    re.IGNORECASE,
)
_MILESTONES_OWNED = expression(
    rf"\b{_EVERY} (?:{NUMBER} )?milestones? (?:has|have) (?:an? )?owners?\b", re.IGNORECASE
)
_BLOCKERS_OWNED = expression(
    rf"\b{_EVERY} (?:open )?blockers? (?:has|have) (?:an? )?owners?\b", re.IGNORECASE
)
_SIGNED_OFF = expression(
    rf"\b(?:{_EVERY} )?(?:maintainers?|signator(?:y|ies))['’]?s?\b[^.;]{{0,20}}"
    r"\b(?:sign(?:ed)?(?:[- ]?offs?)?|approved)\b|^\W*(?:maintainers?['’]?s? )?sign-?offs?\b",
    re.IGNORECASE,
)
_BLOCKER_ID = expression(r"\bB-?(?:M?[0-9]{1,4}(?:\.[0-9]{1,4})?)\b")
_SETTLED = expression(r"\b(?:resol|settl|clos|clear)", re.IGNORECASE)
_MET = expression(
    r"\W*(?:met|done|yes|completed?|passed|ok|satisfied|achieved|ready)\b(?! (?:except|but))"
    r"[^0-9]*|[\s]*[✓✔✅☑]\ufe0f?[^0-9]*",
    re.IGNORECASE,
)
_VETO = expression(
    r"\b(?:if|when|whenever|once|until|till|unless|before|after|should|shall|will|would|must|may"
    r"|might|can|could|not|require[sd]?|requires?|ensure|need|needs|want|goal|aim|target|expect"
    r"|because|whether|so that|to)\b|\?",
    re.IGNORECASE,
)


Denial = tuple[str, int, str]
"""What denies a claim, in words; the line where it stands; what the claim is about."""


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What denies claims about latest; each looked for once."""

    latest: Commitments

    @cached_property
    def open_blockers(self) -> tuple[Blocker, ...]:
        return tuple(b for b in self.latest.blockers if b.resolution is Resolution.OPEN)

    @cached_property
    def by_id(self) -> dict[str, Blocker]:
        return {blocker.id.upper(): blocker for blocker in reversed(self.open_blockers)}

    @cached_property
    def by_milestone(self) -> dict[str, list[Blocker]]:
        return {
            name: [blocker for blocker in rows if blocker.resolution is Resolution.OPEN]
            for name, rows in blockers_by_milestone(self.latest).items()
        }

    @cached_property
    def proposed(self) -> Denial | None:
        items = (item for item in self.latest.items if item.state is State.PROPOSED)
        denials = ((f"{item.id} is PROPOSED", item.line, "nothing proposed") for item in items)
        return next(denials, None)

    @cached_property
    def domain(self) -> Denial | None:
        unowned = (domain for domain in self.latest.domains if names_nobody(domain.owner))
        denials = ((f"domain {d.name} has no owner", d.line, "domains owned") for d in unowned)
        return next(denials, None)

    @cached_property
    def milestone(self) -> Denial | None:
        for milestone in self.latest.milestones:
            if milestone.owner is None or names_nobody(milestone.owner.value):
                return f"{milestone.id} has no owner", milestone.line, "milestones owned"
        return None

    @cached_property
    def blocker(self) -> Denial | None:
        for blocker in self.open_blockers:
            if blocker.owner is not None and names_nobody(blocker.owner):
                return f"blocker {blocker.id} has no owner", blocker.line, "blockers owned"
        return None

    @cached_property
    def unsigned(self) -> Denial | None:
        for who in self.latest.signatories:
            if who.signed is False:
                return f"{who.name.plain} has not signed", who.line, "signed off"
        return None

    def unsettled(self, text: str) -> Denial | None:
        """The open blocker that denies that all, or the named ones, are settled."""
        named = {match[0].upper() for match in _BLOCKER_ID.finditer(text)}
        scope = [ref.split(".")[0] for ref in references(text)]
        settled = _BLOCKERS_SETTLED.search(text) or _ROW_SETTLED.fullmatch(text.strip(" .*"))
        if not settled and not (named and _SETTLED.search(text)):
            return None
        if named:
            held = [self.by_id[name] for name in sorted(named) if name in self.by_id]
        elif scope:
            held = [b for name in scope for b in self.by_milestone.get(name, ())]
        else:
            held = list(self.open_blockers[:1])
        denials = (
            (f"blocker {blocker.id} is Open", blocker.line, "blockers settled") for blocker in held
        )
        return next(denials, None)

    def deny(self, text: str) -> Denial | None:
        """What denies the claim; None where nothing does, or it is no claim."""
        unsettled = self.unsettled(text)
        if unsettled or references(text) or _BLOCKER_ID.search(text):
            return unsettled
        claims = (
            (_NONE_PROPOSED, self.proposed),
            (_DOMAINS_OWNED, self.domain),
            (_MILESTONES_OWNED, self.milestone),
            (_BLOCKERS_OWNED, self.blocker),
        )
        return next((denial for said, denial in claims if denial and said.search(text)), None)

    def deny_signatures(self, text: str) -> Denial | None:
        """Who has not signed, where the text says that all have."""
        return self.unsigned if _SIGNED_OFF.search(text) and "@" not in text else None


def _against(latest: Commitments, document: Document, line: int, claim: str, denied: Denial) -> Hit:
    words, where, subject = denied
    return Hit(
        place=at(document, line, document.column(line, claim)),
        message=f"“{_short(claim)}”, but {words}",
        subject=subject,
        related=(at(latest.document, where),),
    )


def _short(claim: str) -> str:
    plain = " ".join(claim.split())
    return plain if len(plain) <= 80 else plain[:77].rstrip() + "..."


def _checked(facts: _Facts) -> Iterator[Hit]:
    """A criterion that is ticked, or whose row says that it is met."""
    latest = facts.latest
    for criterion in latest.criteria:
        met = criterion.status is not None and _MET.fullmatch(criterion.status.plain)
        if not (criterion.checked or met):
            continue
        text = criterion.text.plain if criterion.status else criterion.plain
        denied = facts.deny(text) or facts.deny_signatures(text)
        if denied:
            yield _against(latest, latest.document, criterion.line, text, denied)


def _sentences(facts: _Facts, document: Document) -> Iterator[Hit]:
    """A plain statement in the present: conditions, wishes and rules left alone."""
    if document.kind is Kind.GOVERNANCE:
        return
    for statement in statements(document, but=CONDITIONS):
        text = statement.text
        plain = isinstance(statement.block, Paragraph) and not text.rstrip().endswith(":")
        if not plain or _VETO.search(text):
            continue
        denied = facts.deny(text)
        if denied and re.search(r"\b(?:is|are|has|have|remains?|no)\b", text, re.IGNORECASE):
            yield _against(facts.latest, document, statement.line(0), text, denied)


_NONE = expression(r"\W*(?:none(?: yet)?|no (?:open |active )?blockers)\W*", re.IGNORECASE)


def _empty_blockers(latest: Commitments) -> Iterator[Hit]:
    """``*None.*`` under a milestone's Blockers, against an open one in the registry."""
    document = latest.document
    by_milestone = blockers_by_milestone(latest)
    for milestone in latest.milestones:
        field = milestone.section.field("blockers", "blocker", "open blockers")
        lines = [field.value] if field and _NONE.fullmatch(field.value.plain) else []
        for section in document.under(milestone.section)[1:]:
            if section.name.lower() in {"blockers", "open blockers"}:
                blocks: tuple[Paragraph | ListItem, ...] = (*section.paragraphs, *section.items)
                lines += [b.lines[0] for b in blocks if _NONE.fullmatch(b.plain)]
        still = [
            blocker
            for blocker in by_milestone.get(milestone.id, ())
            if blocker.in_registry and blocker.resolution is Resolution.OPEN
        ]
        if lines and still:
            words = f"the registry holds {still[0].id} for {milestone.id}"
            denied = words, still[0].line, f"no blockers {milestone.id}"
            yield _against(latest, document, lines[0].line, lines[0].plain, denied)


# ---- a project of one

_ALONE = expression(
    r"\(current\)\W{1,4}(?:an? )?(?:solo|sole) maintainer\b(?! (?:of|per|for)\b)"
    r"|\b(?:is|has|have)(?: still)?(?: an?| one)? (?:solo|sole) maintainer\W*$",
    re.IGNORECASE,
)


def _alone(latest: Commitments) -> Iterator[Hit]:
    """``Phase 1 (Current): Solo maintainer``, against the capacity table or the owners."""
    document = latest.document
    count, line = _maintainers(latest)
    for statement in statements(document, but=RECORDS) if count > 1 else ():
        match = _ALONE.search(statement.text)
        if match:
            denied = f"there are {count} maintainers", line, "solo maintainer"
            place = statement.line(match.start())
            yield _against(latest, document, place, statement.text, denied)


def _maintainers(latest: Commitments) -> tuple[int, int]:
    """How many maintainers there are, none where nothing says, and the line that says so."""
    for _, table in latest.document.tables():
        current = table.column("current")
        for row in table.rows:
            value = cell(row, current)
            named = re.fullmatch(r"(?:active )?maintainers", row.cells[0].plain.strip().lower())
            if value and named and re.fullmatch(r"[0-9]{1,2}", value.plain.strip()):
                return int(value.plain), row.line
    owners = people(latest)
    return len(owners), latest.domains[0].table.line if owners else 1


# ---- dates, versions

_DATE = expression(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")


def _dates(document: Document) -> Iterator[Hit]:
    """A header's date or version, against the newest row of the document's own changelog."""
    rows: list[tuple[str, Row, Table]] = []
    logs = quiet(document, LOGS)
    for section, table in document.tables():
        dates = table.column("date")
        if dates is None or section.index not in logs:
            continue
        for row in table.rows:
            match = _DATE.fullmatch(row.cells[dates].plain.strip())
            if match:
                rows.append((match[0], row, table))
    if not rows:
        return
    newest = max(date for date, _, _ in rows)
    _, row, _ = next(entry for entry in rows if entry[0] == newest)
    updated = document.meta("last updated", "last modified", "updated", "modified")
    stated = _DATE.fullmatch(updated.value.plain.strip()) if updated else None
    if updated and stated and stated[0] < newest:
        yield Hit(
            place=at(document, updated.line, document.column(updated.line, stated[0])),
            message=f"{updated.key} is {stated[0]}, but the changelog has a row of {newest}",
            subject=updated.key,
            related=(at(document, row.line),),
        )
    version = document.meta("version")
    latest = [
        (cell(entry, table.column("version")), entry)
        for date, entry, table in rows
        if date == newest
    ]
    named = [(_bare(text), entry) for text, entry in latest if text and not text.is_placeholder]
    if version is None or version.value.is_placeholder or not named:
        return
    if _bare(version.value) not in {name for name, _ in named}:
        yield Hit(
            place=at(document, version.line, document.column(version.line, version.value.raw)),
            message=(
                f"Version is {version.value.plain}, but the newest row of the changelog is "
                f"{named[0][0]}"
            ),
            subject="Version",
            related=(at(document, named[0][1].line),),
        )


def _bare(text: Text) -> str:
    return text.plain.strip(" `*").removeprefix("v")


# ---- nothing there

_NO_PROPOSALS = expression(
    r"\W*(?:there are )?(?:no|none|zero)(?: (?:current|currently|open|active))? ?proposals?\b"
    r"|\W*none(?: yet)?\W*",
    re.IGNORECASE,
)


def _no_proposals(main: Commitments) -> Iterator[Hit]:
    """``*No active proposals*`` above proposals."""
    document = main.document
    active = [
        section
        for section, state in active_proposals(main)
        if state not in {State.DEFERRED, State.REJECTED}
    ]
    home = document.find("active proposals", "open proposals")
    if home is None or not active:
        return
    blocks: tuple[Paragraph | ListItem, ...] = (*home.paragraphs, *home.items)
    for block in blocks:
        if _NO_PROPOSALS.match(block.plain) and "no" in block.plain.lower()[:20]:
            yield Hit(
                place=at(document, block.line),
                message=f"“{_short(block.plain)}”, but {active[0].name} stands below",
                subject="no active proposals",
                related=(at(document, active[0].line),),
            )


_NONE_YET = expression(r"\W*none(?: yet)?\W*", re.IGNORECASE)


def _none_rows(document: Document) -> Iterator[Hit]:
    """A row that says *None yet* beside rows that say otherwise."""
    for section, table in document.tables():
        empty = [row for row in table.rows if all(text.is_placeholder for text in row.cells)]
        filled = [row for row in table.rows if not all(text.is_placeholder for text in row.cells)]
        for row in empty:
            said = next((text for text in row.cells if _NONE_YET.fullmatch(text.plain)), None)
            if said and filled:
                yield Hit(
                    place=at(document, row.line, document.column(row.line, said.raw)),
                    message=f"The row says “{said.plain.strip()}”, but {section.name} has rows",
                    subject=f"none in {section.name}",
                    related=(at(document, filled[0].line),),
                )


# ---- versions and files of the tree

_FROZEN = expression(
    r"\bMILESTONES\.v([0-9]{1,9}|\*|<X>)((?:\.(?:[0-9]{1,9}|\*)){0,2})(?:-([a-z]+|\*))?\.md"
)
_NOT_YET = expression(
    r"\W*(?:not (?:yet )?(?:created|cut|written|frozen|present)|no (?:version )?cut(?: yet)?"
    r"|(?:does|do) not exist(?: yet)?|missing|to be (?:created|written))(?:[^\w(]*\([^()]*\))?\W*",
    re.IGNORECASE,
)
_EXISTS = expression(r"\W*(?:frozen|cut|exists?|created|released|current release)\b", re.IGNORECASE)
_FILE = expression(r"(?:\./)?((?:[\w.-]+/)*[\w.-]+\.(?:md|ya?ml))")


def _versions(project: Project, document: Document) -> Iterator[Hit]:
    """A row that says that no version is cut, or that one is, against the frozen documents."""
    for row in _status_rows(document):
        words = " ".join(text.plain for text in row.cells)
        match = _FROZEN.search(words)
        if match is None:
            continue
        held = [(v, d) for v, d in project.frozen if _covers(match, v)]
        others = [text.plain for text in row.cells if not _FROZEN.search(text.plain)]
        if held and any(_NOT_YET.fullmatch(text) for text in others):
            yield Hit(
                place=at(document, row.line, document.column(row.line, match[0])),
                message=f"{match[0]} is said not to exist, but {held[0][1].path} does",
                subject=match[0],
                related=(at(held[0][1], held[0][1].title_line),),
            )
        lacking = not held and _exact(match[0]) and not _there(project, document, match[0])
        if lacking and any(_EXISTS.match(text) for text in others):
            yield Hit(
                place=at(document, row.line, document.column(row.line, match[0])),
                message=f"{match[0]} is said to exist, but there is no such file",
                subject=match[0],
            )


def _status_rows(document: Document) -> Iterator[Row]:
    """Rows that tell how something stands: two columns or more, one of them a status."""
    skipped = quiet(document, CONDITIONS)
    for section, table in document.tables():
        told = table.column(*STATUS_COLUMNS, "exists", "current state", "notes") is not None
        if told and section.index not in skipped:
            yield from table.rows


def _covers(match: re.Match[str], version: Version) -> bool:
    """Whether a name, wildcards included, is a name of the version's document."""
    parts = [match[1], *match[2].split(".")[1:]]
    same = all(
        part in {"*", "<X>"} or int(part) == own
        for part, own in zip(parts, version.numbers, strict=False)
    )
    return same and match[3] in {None, "*", version.stage.value}


def _exact(name: str) -> bool:
    try:
        return Version.parse(name.removeprefix("MILESTONES.").removesuffix(".md")) is not None
    except ValueError:
        return False


def _candidates(document: Document, name: str) -> tuple[str, ...]:
    """Where a file that a document names may be: beside it, at the root, where forges look."""
    bare = name.removeprefix("./").rstrip("/")
    home = PurePosixPath(document.path).parent
    homes = [home, PurePosixPath()]
    if "/" not in bare:
        homes += [PurePosixPath(".github"), PurePosixPath("docs")]
    last = PurePosixPath(bare)
    names = dict.fromkeys([last, last.with_name(last.name.lower())])
    return tuple(dict.fromkeys(str(folder / each) for folder in homes for each in names))


def _there(project: Project, document: Document, name: str) -> bool:
    return any(project.tree.holds(path) for path in _candidates(document, name))


def _files(project: Project, document: Document) -> Iterator[Hit]:
    """A row that says that a file is missing, while it is there."""
    for row in _status_rows(document):
        name = _FILE.fullmatch(row.cells[0].plain.strip())
        said = next((text for text in row.cells[1:] if _NOT_YET.fullmatch(text.plain)), None)
        known = name is not None and not _FROZEN.fullmatch(name[1])
        if name and known and said and _there(project, document, name[1]):
            yield Hit(
                place=at(document, row.line, document.column(row.line, said.raw)),
                message=f"“{said.plain.strip()}”, but {name[1]} exists",
                subject=name[1],
            )


_PATH = expression(
    r"(?<![\w/.:@-])(?:\./)?((?:\.github|docs)/[\w./-]*\w/?|(?:[\w-]+/)+[\w.-]+\.(?:md|ya?ml))"
    r"(?![\w/*<{])"
)
_GONE = expression(
    r"\b(?:remov|delet|replac|mov|renam|merg|no longer|instead of|not )", re.IGNORECASE
)


def _promised(item: Item) -> tuple[str, ...]:
    """The files that a deliverable says exist when it is complete.

    Besides its title only what is marked as a name, by a code span or a link, is one.
    """
    whole = _FILE.fullmatch(item.title.plain.strip())
    if whole:
        frozen = whole[1].startswith("MILESTONES.v") and not _exact(whole[1])
        return () if frozen else (whole[1],)
    if any(_GONE.search(text.plain) for text in item.row.cells):
        return ()
    marked = (
        name
        for text in item.row.cells
        for name in (*text.codes, *(link.target for link in text.links))
    )
    return tuple(dict.fromkeys(match[1] for name in marked for match in _PATH.finditer(name)))


def _complete(project: Project, latest: Commitments) -> Iterator[Hit]:
    """A COMPLETE deliverable that is a file, or names one, which the tree lacks."""
    document = latest.document
    for item in latest.items:
        if item.state is not State.COMPLETE:
            continue
        lacking = [name for name in _promised(item) if not _there(project, document, name)]
        if lacking:
            yield Hit(
                place=at(document, item.line, document.column(item.line, lacking[0])),
                message=f"{item.id} is COMPLETE, but there is no {' and no '.join(lacking)}",
                subject=item.id,
            )


def paths_named(documents: Iterable[Document]) -> frozenset[str]:
    """Every path that this family may look for in the tree."""
    found: set[str] = set()
    for document in documents:
        if document.kind is Kind.LATEST:
            for item in Commitments(document=document).items:
                for name in _promised(item):
                    found.update(_candidates(document, name))
        for row in _status_rows(document):
            named = [_FILE.fullmatch(row.cells[0].plain.strip())]
            named.append(_FROZEN.search(" ".join(text.plain for text in row.cells)))
            for match in named:
                if match and not set(match[0]) & set("<*"):
                    found.update(_candidates(document, match[0]))
    return frozenset(found)
