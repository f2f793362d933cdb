"""Rules about states: every commitment has one, it is of the vocabulary, and all agree on it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ceremony.commitments import (
    STATUS_COLUMNS,
    Commitments,
    Detail,
    Item,
    Milestone,
    Proposal,
    column_of,
    handles,
    is_blocker_id,
    names_nobody,
    read_state,
    references,
)
from ceremony.documents import field_of
from ceremony.expressions import expression
from ceremony.model import (
    Document,
    Field,
    Hit,
    Kind,
    ListItem,
    Paragraph,
    Place,
    Resolution,
    Row,
    Section,
    Severity,
    State,
    Table,
    Text,
)
from ceremony.rules.audit.passages import DEMANDS, RECORDS, prose, quiet
from ceremony.rules.audit.registry import Project, at, rule

# ---------------------------------------------------------------------------- reading states

_STATE_WORD = expression(rf"(?i)\b(?:{'|'.join(State)})\b")
_SIX = ", ".join(State)


def _says_nothing(text: Text) -> bool:
    """Whether a state was never written; "Open" is one, though no state of an item."""
    return text.is_placeholder and text.plain.strip(" ()").lower() not in {"open", "needs owner"}


def _state_of_item(commitments: Commitments, item: Item) -> State | None:
    """Its row's state, or its own section's where the row states none."""
    if item.status is not None and not _says_nothing(item.status):
        return read_state(item.status)
    return next(
        (detail.state for detail in commitments.details if detail.id == item.id and detail.status),
        None,
    )


def _of_field(document: Document, field: Field) -> Place:
    return at(document, field.line, document.column(field.line, field.value.raw))


def _of_item(document: Document, item: Item) -> Place:
    return at(document, item.line, column_of(document, item.row, item.status))


def _listed(names: Sequence[str]) -> str:
    """``M1, M2 and M3``, cut to what a reader takes in."""
    if len(names) > 6:
        return f"{', '.join(names[:5])} and {len(names) - 5} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


# ---------------------------------------------------------------------------- missing, unknown


@rule(
    "state-missing",
    Severity.ERROR,
    finds="a milestone or an item without a state",
    help=f"Give it one of the six states: {_SIX}.",
    ceremony="Explicit State",
)
def state_missing(project: Project) -> Iterator[Hit]:
    """Every commitment has explicit state (ceremony: Explicit State)."""
    latest = project.latest
    if latest is None:
        return
    document = latest.document
    for milestone in latest.milestones:
        if milestone.status is None:
            if not _lists_status(milestone.section):
                message = f"{milestone.id} has no **Status** line"
                yield Hit(place=at(document, milestone.line), message=message, subject=milestone.id)
        elif _says_nothing(milestone.status.value):
            yield Hit(
                place=at(document, milestone.status.line),
                message=f"{milestone.id} has no state in its **Status** line",
                subject=milestone.id,
            )
    with_details = {detail.id for detail in latest.details if detail.status}
    headers: set[int] = set()
    for item in latest.items:
        if item.id in with_details:
            continue
        if item.status is None:
            named = any(re.search(r"\b(?:status|state)\b", name) for name in item.table.names)
            if not named and item.table.line not in headers:
                headers.add(item.table.line)
                yield Hit(
                    place=at(document, item.table.line),
                    message=f"The deliverables of {item.milestone} stand in a table without a "
                    "Status column",
                    subject=f"{item.milestone} deliverables",
                )
        elif _says_nothing(item.status):
            message = f"{item.id} ({item.title.plain}) has no state"
            yield Hit(place=at(document, item.line), message=message, subject=item.id)


def _lists_status(section: Section) -> bool:
    """Whether the heading's metadata is a list with a status in it."""
    return any(re.match(r"(?i)(?:status|state)\s*:", item.plain) for item in section.items)


@rule(
    "state-unknown",
    Severity.ERROR,
    finds="a state outside the vocabulary",
    help=f"Use one of the six states ({_SIX}) and say the rest in words beside it.",
    ceremony="Explicit State",
)
def state_unknown(project: Project) -> Iterator[Hit]:
    """A state that nobody defined says nothing that all can agree on."""
    if project.latest is not None:
        document = project.latest.document
        stated: list[Milestone | Detail] = [*project.latest.milestones, *project.latest.details]
        for thing in stated:
            if thing.status and _is_unknown(thing.status.value):
                yield _unknown(_of_field(document, thing.status), thing.id, thing.status.value)
        for item in project.latest.items:
            if item.status and _is_unknown(item.status):
                yield _unknown(_of_item(document, item), item.id, item.status)
    if project.main is not None:
        document = project.main.document
        for proposal in project.main.proposals:
            status = proposal.field("status", "state")
            if status is None or _says_nothing(status.value):
                continue
            if proposal.state is None:
                yield _unknown(_of_field(document, status), proposal.id, status.value)


def _is_unknown(text: Text) -> bool:
    return not _says_nothing(text) and read_state(text) is None


def _unknown(place: Place, name: str, status: Text) -> Hit:
    message = f"The state of {name} is “{status.plain}”, which is none of the six states"
    if len(set(map(str.upper, _STATE_WORD.findall(status.plain)))) > 1:
        message = f"The state of {name} is “{status.plain}”: two states at once are none"
    return Hit(place=place, message=message, subject=name)


# ---------------------------------------------------------------------------- the vocabulary


class _Definition(NamedTuple):
    """Where a document says which states there are."""

    document: Document
    line: int
    words: frozenset[str]

    @property
    def place(self) -> Place:
        return at(self.document, self.line)


_AUTHORITY = (Kind.GOVERNANCE, Kind.CEREMONY, Kind.LATEST, Kind.MAIN)
_FOREIGN = {
    *("OPEN", "RESOLVED", "AMENDED", "ACTIVE", "PENDING", "SIGNED", "APPROVED"),
    *("ALPHA", "BETA", "STABLE", "PATCH", "NEEDS OWNER"),
}
"""Words of the vocabularies of blockers, documents, versions, domains and signatories."""

_ABOUT_STATES = expression(r"\b(?:state|status|statuses|states)\b", re.IGNORECASE)
_DEFINES = expression(
    r"\b(?:states|statuses) (?:are|is)\b|\bone of\b"
    r"|\b(?:every|each|all)\b.{0,60}\b(?:has|have|is|are|carr(?:y|ies)|bears?)\b.{0,60}\b(?:states?|status(?:es)?)\b"
    r"|^\W*(?:(?:the|valid|allowed|explicit|item|six|five) )*(?:states?|status(?:es)?)\W*$",
    re.IGNORECASE,
)
"""What leads a definition; an enumeration of states may as well say where an item can go."""
_ENTRY = expression(r"([A-Za-z]+(?:[ -][A-Za-z]+)?)\s*(?:[:–—]|\s-\s)")
_SEPARATOR = expression(r"\s*(?:,\s*(?:and\s+|or\s+)?|[/|;·]|\s(?:and|or)\s)\s*")


@rule(
    "vocabulary-drift",
    Severity.WARNING,
    finds="two documents that define different sets of item states",
    help="Define the states in one document and link to it from the others, or make the "
    "definitions equal.",
    ceremony="Single Source of Truth",
)
def vocabulary_drift(project: Project) -> Iterator[Hit]:
    """Each document owns its domain exclusively, the states' definition included."""
    found = [d for document in project.living for d in _definitions(document)]
    if not found:
        return
    shared = Counter(words for _, words in {(d.document.path, d.words) for d in found})
    measure = max(found, key=lambda definition: _weight(definition, shared[definition.words]))
    reported: set[str] = set()
    for definition in found:
        path = definition.document.path
        if definition.words == measure.words or path in reported:
            continue
        reported.add(path)
        lacks = sorted(measure.words - definition.words)
        adds = sorted(definition.words - measure.words)
        parts = [f"without {_listed(lacks)}"] if lacks else []
        parts += [f"with {_listed(adds)}"] if adds else []
        other = measure.document.path
        yield Hit(
            place=definition.place,
            message=f"{path} defines the item states {' and '.join(parts)}, unlike {other}",
            subject="item states",
            related=tuple(d.place for d in found if d.words == measure.words),
        )


def _weight(definition: _Definition, shared: int) -> tuple[int, int, bool, int]:
    """Most of the six, then what most documents say, stays in the vocabulary, has authority."""
    kind = definition.document.kind
    return (
        len(definition.words & set(State)),
        shared,
        definition.words <= set(State),
        -_AUTHORITY.index(kind) if kind in _AUTHORITY else -len(_AUTHORITY),
    )


def _definitions(document: Document) -> Iterator[_Definition]:
    skipped = quiet(document, RECORDS)
    for section in document.sections:
        if section.index in skipped:
            continue
        for table in section.tables:
            column = table.column(*STATUS_COLUMNS)
            meaning = table.column("meaning", "definition", "description", "means")
            if column is not None and meaning is not None:
                words = [row.cells[column].plain for row in table.rows]
                yield from _definition(document, table.line, words)
        about = _ABOUT_STATES.search(section.name) is not None
        if about:
            entries = [(item, _ENTRY.match(item.plain)) for item in section.items]
            named = [(item, match[1]) for item, match in entries if match]
            if named:
                words = [word for _, word in named]
                yield from _definition(document, named[0][0].line, words)
        for block in prose(section):
            if len(block.lines) > 3 or len(block.plain) > _SENTENCE:
                continue
            lead, colon, rest = block.plain.rpartition(":")
            if _DEFINES.search(lead) if colon else about and isinstance(block, ListItem):
                yield from _definition(document, block.line, _SEPARATOR.split(rest.strip(" .")))


_INNER = expression(r"\w(?:.*\w)?", re.DOTALL)
"""Words without what surrounds them."""


def _definition(document: Document, line: int, words: Sequence[str]) -> Iterator[_Definition]:
    bare = (match[0].upper() for word in words if (match := _INNER.search(word)))
    named = frozenset(" ".join(word.split()) for word in bare)
    if len(named & set(State)) >= 4 and not named & _FOREIGN:
        yield _Definition(document=document, line=line, words=named)


# ---------------------------------------------------------------------------- contradictions


@rule(
    "state-contradiction",
    Severity.ERROR,
    finds="two statements about one state that disagree",
    help="Decide which of the two holds, and correct or remove the other.",
    ceremony="Explicit State",
)
def state_contradiction(project: Project) -> Iterator[Hit]:
    """Documents that contradict each other are a warning sign (ceremony: Health Indicators)."""
    for document in project.living:
        yield from _accepted_as_proposed(document)
        yield from _stage_against_header(document)
    latest = project.latest
    if latest is None:
        return
    yield from _marked_headings(latest)
    yield from _details_against_rows(latest)
    yield from _owners_against_states(latest)
    known = _known_states(latest)
    own = {item.row.line for item in latest.items}
    yield from _repeated_rows(latest)
    for document in project.living:
        here = document is latest.document
        yield from _tables_against(latest, document, known, own if here else set())
        if document.kind in {Kind.LATEST, Kind.MAIN}:
            yield from _sentences_against(document, known)


_ADD = r"(?:add|move|enter|place|put|insert|record|list|include)(?:s|es|d|ed)?"
_ACCEPTED_AS_PROPOSED = expression(
    rf"(?i:\b(?:if|once|when)\b[^.;]{{0,60}}?\b(?:accepted|approved|agreed)\b[^.;]{{0,80}}?\b{_ADD}\b)"
    r"(?:(?!\b(?:ACCEPTED|BLOCKED|COMPLETE|DEFERRED|REJECTED)\b)[^.;]){0,120}?\bPROPOSED\b"
)
_DENIED = expression(
    r"(?i)\b(?:not|never|no longer|instead of|rather than|from|replac\w+|without)\b|n't\b"
)


def _accepted_as_proposed(document: Document) -> Iterator[Hit]:
    """An accepted item that is to be added as proposed."""
    skipped = quiet(document, RECORDS)
    for section in document.sections:
        for block in prose(section) if section.index not in skipped else ():
            if not any("PROPOSED" in text.plain for text in block.lines):
                continue
            for text, sentence in _sentences(block):
                if len(sentence) > _SENTENCE:
                    continue
                match = _ACCEPTED_AS_PROPOSED.search(sentence)
                if match and not _DENIED.search(match[0]):
                    yield Hit(
                        place=at(document, text.line, document.column(text.line, "PROPOSED")),
                        message="What was accepted is to be added as PROPOSED",
                        subject="accepted added as proposed",
                    )


_SENTENCE = 600


def _sentences(block: Paragraph | ListItem) -> Iterator[tuple[Text, str]]:
    """Each sentence with the source line that it ends on."""
    words = ""
    for text in block.lines:
        # What runs on for longer than this is no sentence that states anything flatly.
        words = f"{words[-_SENTENCE:]} {text.plain}".strip()
        *whole, words = re.split(r"(?<=[.;!?])\s+", words)
        for sentence in whole:
            yield text, sentence
    yield block.lines[-1], words


_STAGES = {"PROPOSED", "ACCEPTED", "AMENDED"}


def _stage_against_header(document: Document) -> Iterator[Hit]:
    """A document's own stage in its header, and the row of its stages marked as current."""
    header = document.meta("status", "stage")
    words = re.findall(r"[A-Za-z]+", header.value.plain) if header else []
    if header is None or not words or words[0].upper() not in _STAGES:
        return
    for _, table in document.tables():
        stages = {row.cells[0].plain.strip().upper(): row for row in table.rows}
        if len(_STAGES & set(stages)) < 2 or table.names[0] not in {"stage", "status", "state"}:
            continue
        for stage, row in stages.items():
            marked = any(cell.plain.strip().lower() == "current" for cell in row.cells[1:])
            if marked and stage in _STAGES and stage != words[0].upper():
                yield _disagree(
                    at(document, row.line, document.column(row.line, "Current")),
                    document.path,
                    f"this row says that {stage} is current",
                    f"its header says {words[0].upper()}",
                    _of_field(document, header),
                )


_MARK = expression(
    r"(?:[^\w\s()\[\]]\s*|[(\[]\s*)(?P<state>proposed|accepted|blocked|complete|deferred|rejected)"
    r"\W*$|\s(?-i:(?P<upper>PROPOSED|ACCEPTED|BLOCKED|COMPLETE|DEFERRED|REJECTED))\W*$",
    re.IGNORECASE,
)


def _marked_headings(latest: Commitments) -> Iterator[Hit]:
    """A heading that bears a state, and a **Status** that says another."""
    for milestone in latest.milestones:
        match = _MARK.search(milestone.title)
        state = milestone.state
        if match is None or state is None or milestone.status is None:
            continue
        if milestone.title.upper() == milestone.title:
            # A title in capitals says nothing by its capitals.
            continue
        marked = State.read(match["state"] or match["upper"])
        if marked is not state:
            yield _disagree(
                at(latest.document, milestone.line),
                milestone.id,
                f"its heading says {marked}",
                f"its **Status** {state}",
                _of_field(latest.document, milestone.status),
            )


def _details_against_rows(latest: Commitments) -> Iterator[Hit]:
    """An item's own section and its row."""
    rows = {item.id: item for item in reversed(latest.items)}
    for detail in latest.details:
        state, item = detail.state, rows.get(detail.id)
        if detail.status is None or state is None or item is None or item.status is None:
            continue
        listed = item.state
        if listed not in {None, state}:
            yield _disagree(
                _of_field(latest.document, detail.status),
                detail.id,
                f"its own section says {state}",
                f"its row {listed}",
                _of_item(latest.document, item),
            )


_IN_PASSING = expression(r"\b(?:interim|acting|temporar|outgoing|until|former)", re.IGNORECASE)


def _owners_against_states(latest: Commitments) -> Iterator[Hit]:
    """A domain with an owner that needs one, or an active domain without."""
    for domain in latest.domains:
        if domain.status is None:
            continue
        status = domain.status.plain.strip()
        owned = bool(handles(domain.owner)) and not _IN_PASSING.search(domain.owner.plain)
        if owned and names_nobody(domain.status):
            said = f"its owner is {domain.owner.plain}"
        elif names_nobody(domain.owner) and re.match(r"\W*active\b", status, re.IGNORECASE):
            said = "it has no owner"
        else:
            continue
        yield Hit(
            place=at(
                latest.document,
                domain.line,
                column_of(latest.document, domain.row, domain.status),
            ),
            message=f"Domain {domain.name} is stated as {status}, but {said}",
            subject=domain.name,
        )


class _Known(NamedTuple):
    """What a milestone or an item says about itself."""

    title: str
    state: State
    place: Place


def _known_states(latest: Commitments) -> dict[str, _Known]:
    known: dict[str, _Known] = {}
    document = latest.document
    for milestone in latest.milestones:
        state = milestone.state
        if milestone.status and state:
            place = _of_field(document, milestone.status)
            known[milestone.id] = _Known(title=milestone.title, state=state, place=place)
    for item in latest.items:
        state = item.state
        if state:
            title = item.title.plain
            known.setdefault(
                item.id, _Known(title=title, state=state, place=_of_item(document, item))
            )
    return known


def _repeated_rows(latest: Commitments) -> Iterator[Hit]:
    """One item in two rows of deliverables."""
    first: dict[str, Item] = {}
    for item in latest.items:
        before = first.setdefault(item.id, item)
        if item.status is None or before.status is None:
            continue
        state, earlier = item.state, before.state
        if state and earlier and state is not earlier:
            yield _disagree(
                _of_item(latest.document, item),
                item.id,
                f"this row says {state}",
                f"an earlier one {earlier}",
                _of_item(latest.document, before),
            )


_ID_CELL = expression(r"(M[0-9]{1,4}(?:\.[0-9]{1,4}[a-z]?)?)\b[:.\s–—-]*(.*)", re.DOTALL)


def _tables_against(
    latest: Commitments, document: Document, known: dict[str, _Known], own: set[int]
) -> Iterator[Hit]:
    """A table elsewhere that states a milestone's or an item's state again."""
    skipped = quiet(document, RECORDS)
    for section, table in document.tables():
        column = table.column(*STATUS_COLUMNS)
        if column is None or section.index in skipped or not _restates(table):
            continue
        for row in table.rows:
            match = _ID_CELL.fullmatch(row.cells[0].plain.strip())
            thing = known.get(match[1]) if match else None
            if match is None or thing is None or row.line in own:
                continue
            if not _same_thing(row, match[2], thing, elsewhere=document is not latest.document):
                continue
            state = read_state(row.cells[column])
            if state not in {None, thing.state}:
                yield _disagree(
                    at(document, row.line, column_of(document, row, row.cells[column])),
                    match[1],
                    f"this table says {state}",
                    f"it is {thing.state}",
                    thing.place,
                )


def _restates(table: Table) -> bool:
    past = {"date", "blocker", "impediment", "when", "from", "since"}
    return not past & set(table.names) and not any(
        is_blocker_id(row.cells[0].plain) for row in table.rows
    )


def _same_thing(row: Row, rest: str, thing: _Known, *, elsewhere: bool) -> bool:
    """Whether a row is about the thing itself and not about a condition on it.

    Other documents number their own milestones: there the title must be the same as well.
    """
    title = _letters(thing.title)
    if rest.strip():
        return _letters(rest) == title
    return not elsewhere or title in {_letters(cell.plain) for cell in row.cells[1:]}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


_STATED = expression(
    r"\b(M[0-9]{1,4}(?:\.[0-9]{1,4}[a-z]?)?)(?: \([^()]{1,60}\))?,? (?:is|remains|stays)"
    r"(?: now| currently| still| already)? (PROPOSED|ACCEPTED|BLOCKED|COMPLETE|DEFERRED|REJECTED)\b"
)
_ALL_STATED = expression(
    r"\b[Aa]ll (?:of )?(?:the )?(?:(M[0-9]{1,4}) (?:deliverables|items)|"
    r"(?:deliverables|items) (?:of|in) (M[0-9]{1,4})) (?:are|remain|stay)"
    r"(?: now| currently| still| already)? (PROPOSED|ACCEPTED|BLOCKED|COMPLETE|DEFERRED|REJECTED)\b"
)
_CONDITION = expression(
    r"\b(?:if|when|once|until|unless|before|after|must|should|shall|will|would|can|could|may|"
    r"might|require\w*|criteri\w+|not|no longer|never|whether|while|propos(?:e|al)|for example|"
    r"e\.g|because|or|provided)\b|\?",
    re.IGNORECASE,
)
_NAMED = expression(r"\bM[0-9]")


def _sentences_against(document: Document, known: dict[str, _Known]) -> Iterator[Hit]:
    """A sentence that states a state flatly: ``M3 is COMPLETE``, ``All M3 items are …``."""
    skipped = quiet(document, DEMANDS)
    for section in document.sections:
        for block in prose(section) if section.index not in skipped else ():
            if isinstance(block, ListItem) and block.checked is not None:
                continue
            # Most blocks name no milestone: the other patterns cost more than this one.
            if not _NAMED.search(block.plain):
                continue
            for text, sentence in _sentences(block):
                if _CONDITION.search(sentence) or DEMANDS.search(sentence):
                    continue
                place = at(document, text.line)
                for match in _STATED.finditer(sentence):
                    thing = known.get(match[1])
                    if thing and thing.state != match[2]:
                        yield _disagree(
                            place,
                            match[1],
                            f"this sentence says {match[2]}",
                            f"it is {thing.state}",
                            thing.place,
                        )
                for match in _ALL_STATED.finditer(sentence):
                    milestone = match[1] or match[2]
                    others = [
                        (name, thing)
                        for name, thing in known.items()
                        if name.startswith(f"{milestone}.") and thing.state != match[3]
                    ]
                    if others:
                        yield _disagree(
                            place,
                            milestone,
                            f"this sentence says that all its items are {match[3]}",
                            f"{others[0][0]} is {others[0][1].state}",
                            others[0][1].place,
                        )


def _disagree(place: Place, name: str, here: str, there: str, other: Place) -> Hit:
    return Hit(
        place=place,
        message=f"Two statements about {name} disagree: {here}, {there}",
        subject=name,
        related=(other,),
    )


# ---------------------------------------------------------------------------- roll-up


@rule(
    "state-rollup",
    Severity.WARNING,
    finds="a milestone whose state does not follow from its deliverables' states",
    help="Set the milestone's state to what its items say, or correct the items.",
    ceremony="Explicit State",
)
def state_rollup(project: Project) -> Iterator[Hit]:
    """A milestone promises what its items promise, no more and no less."""
    latest = project.latest
    if latest is None:
        return
    for milestone in latest.milestones:
        state = milestone.state
        states = {item.id: _state_of_item(latest, item) for item in milestone.items}
        known = {name: item for name, item in states.items() if item is not None}
        if milestone.status is None or state is None or not known:
            continue
        why = _rolls_up(state, known, complete=len(known) == len(states))
        finished = state is State.BLOCKED and set(known.values()) == {State.COMPLETE}
        if finished and not _has_open_blocker(latest, {milestone.id, *states}):
            why = "all its items are COMPLETE and no blocker is open"
        if why:
            yield Hit(
                place=_of_field(latest.document, milestone.status),
                message=f"{milestone.id} is {state}, but {why}",
                subject=milestone.id,
                related=tuple(
                    at(latest.document, item.line)
                    for item in milestone.items
                    if re.search(rf"\b{re.escape(item.id)}\b(?!\.)", why)
                ),
            )


_GONE = {State.DEFERRED, State.REJECTED}
_UNFIT = {
    State.PROPOSED: {State.ACCEPTED, State.COMPLETE, State.BLOCKED},
    State.ACCEPTED: {State.BLOCKED},
    State.COMPLETE: set(State) - {State.COMPLETE, *_GONE},
    State.DEFERRED: {State.ACCEPTED, State.BLOCKED},
    State.REJECTED: {State.ACCEPTED, State.BLOCKED},
    State.BLOCKED: set[State](),
}
"""The states that an item cannot have while its milestone has the first."""


def _rolls_up(state: State, items: dict[str, State], *, complete: bool) -> str | None:
    """Why the milestone's state does not follow, or None where it does."""
    unfit = {name: item for name, item in items.items() if item in _UNFIT[state]}
    if unfit:
        parts = []
        for other in dict.fromkeys(unfit.values()):
            names = [name for name, item in unfit.items() if item is other]
            parts.append(f"{_listed(names)} {'is' if len(names) == 1 else 'are'} {other}")
        return ", ".join(parts)
    held = set(items.values())
    if complete and state in {State.ACCEPTED, State.COMPLETE}:
        if held <= _GONE:
            return "every one of its items is deferred or rejected"
        if held - _GONE == {State.PROPOSED}:
            return "every one of its items is still PROPOSED"
    return None


def _has_open_blocker(latest: Commitments, names: set[str]) -> bool:
    return any(b.is_open and names & set(b.sections) for b in latest.blockers)


# ---------------------------------------------------------------------------- rationale


@rule(
    "rationale-missing",
    Severity.ERROR,
    finds="something deferred or rejected without a reason",
    help="Write down why, beside the state: what was missing, or what spoke against it.",
    ceremony="Proposal Review (Weekly/Async)",
)
def rationale_missing(project: Project) -> Iterator[Hit]:
    """Deferred items stay with rationale, rejected ones are archived with rationale."""
    if project.main is not None:
        yield from _ledger_reasons(project.main)
        for proposal in project.main.proposals:
            state = _left(project.main, proposal)
            if state and not _reason_under(proposal.sections):
                status = proposal.field("status", "state")
                line = status.line if status else proposal.line
                yield _unreasoned(at(project.main.document, line), proposal.id, state)
    latest = project.latest
    if latest is None:
        return
    yield from _scope_reasons(latest)
    told = _told(project)
    for milestone in latest.milestones:
        own = milestone.state
        if own in _GONE and milestone.status and not _milestone_reason(latest, milestone, told):
            yield _unreasoned(_of_field(latest.document, milestone.status), milestone.id, own)
        for item in milestone.items:
            state = _state_of_item(latest, item)
            if state not in _GONE or state is own:
                # Items that leave with their milestone leave for its reason.
                continue
            if not _item_reason(latest, milestone, item, told):
                yield _unreasoned(_of_item(latest.document, item), item.id, state)


def _unreasoned(place: Place, name: str, state: State | None) -> Hit:
    return Hit(place=place, message=f"{name} is {state} without a reason", subject=name)


REASON_COLUMNS = ("rationale", "reason", "reasons", "why", "notes", "note", "remarks", "comment")
_REASON_KEY = expression(r"(?i)\b(?:rationale|reason|why|deferral|rejection|decision|defer|reject)")
_LEFT = expression(r"\b(?:deferr|defer\b|reject|postpon|declin)", re.IGNORECASE)
_GONE_WORD = expression(
    rf"{_LEFT.pattern}|\b(?:out of scope|dropped|removed)\b"
    r"|\bmove[sd] to\b(?:[^.]|\.\w){0,40}?(?:\b(?:because|since|as)\b|[:;—–])",
    re.IGNORECASE,
)
_CAUSE = expression(
    r"\b(?:because|until|pending|since|due to|wait\w*|await\w*|as|lack\w*|needs?|requires?|once|"
    r"when|after|no|not|too|without|reason|rationale|unless)\b|[:;–—(]",
    re.IGNORECASE,
)
_PLAIN_CAUSE = expression(
    r"(?i)\b(?:because|due to|for lack of|moved to|superseded by|replaced by|covered by|"
    r"merged into|duplicate of|duplicates|nobody|no[- ]one)\b"
)
"""What gives a reason even among the words of a criterion."""

_BARE = expression(
    r"(?i)deferred|rejected|declined|postponed|to|until|on|by|from|at|in|since|the|next|future|"
    r"later|release|version|cycle|q[1-4]|v?[0-9][\w.+-]*|v<x>|@.*"
)
"""A word that says when or by whom, and not why."""


def _is_reason(words: str) -> bool:
    return any(not _BARE.fullmatch(word) for word in re.findall(r"@?\w[\w.+<>-]*", words))


def _reasoned_cell(table: Table, row: Row) -> bool:
    column = table.column(*REASON_COLUMNS)
    if column is None:
        return False
    cell = row.cells[column]
    return not cell.is_placeholder and _is_reason(cell.plain)


def _empty_row(row: Row) -> bool:
    """Whether a row only says that there is nothing to say."""
    return all(
        cell.is_placeholder or re.match(r"(?i)\(?no(?:ne)?\b.{0,40}$", cell.plain.strip())
        for cell in row.cells[:2]
    )


def _ledger_reasons(main: Commitments) -> Iterator[Hit]:
    for ledger in main.ledgers:
        if ledger.state not in _GONE:
            continue
        for row in ledger.table.rows:
            if _empty_row(row) or _reasoned_cell(ledger.table, row):
                continue
            name = next(cell.plain for cell in row.cells if not cell.is_placeholder)
            kept = (proposal for proposal in main.proposals if proposal.id == name)
            if not any(_reason_under(proposal.sections) for proposal in kept):
                yield _unreasoned(at(main.document, row.line), name, ledger.state)


def _left(main: Commitments, proposal: Proposal) -> State | None:
    """Deferred or rejected, by the proposal's status or by the heading that it stands under."""
    status = proposal.field("status", "state")
    if status and not _says_nothing(status.value):
        return proposal.state if proposal.state in _GONE else None
    for above in main.document.ancestors(proposal.section):
        match = re.match(r"(deferred|rejected)\b", above.name, re.IGNORECASE)
        if match:
            return State.read(match[1])
    return None


def _reason_under(sections: Sequence[Section]) -> bool:
    """Whether a proposal, a milestone or a detail says why it left."""
    head = sections[0]
    status = head.field("status", "state")
    if status and _status_remark(status.value):
        return True
    for section in sections:
        for field in section.fields:
            given = _REASON_KEY.search(field.key) and not field.value.is_placeholder
            if given and _is_reason(field.value.plain):
                return True
        blocks = prose(section)
        about = section is not head and _REASON_KEY.search(section.name) is not None
        if about and any(_is_reason(block.plain) for block in blocks):
            return True
        if any(_gives_cause(block) for block in blocks):
            return True
    return False


def _status_remark(status: Text) -> bool:
    """Whether words beside the state say why."""
    return _is_reason(_STATE_WORD.sub("", status.plain, count=1))


def _gives_cause(block: Paragraph | ListItem) -> bool:
    """Whether a sentence says that something left and why."""
    lines = tuple(text for text in block.lines if field_of(text) is None)
    return bool(lines) and any(
        _causes(sentence) for _, sentence in _sentences(block._replace(lines=lines))
    )


def _causes(sentence: str) -> bool:
    left = _LEFT.search(sentence)
    if left is None:
        return False
    rest = f"{sentence[: left.start()]} {re.sub(r'^[a-z]+', '', sentence[left.end() :])}"
    return _CAUSE.search(rest) is not None and _is_reason(rest)


def _milestone_reason(
    latest: Commitments, milestone: Milestone, told: Mapping[str, set[int]]
) -> bool:
    held = latest.document.under(milestone.section)
    part = [s for s in held if s is milestone.section or _REASON_KEY.search(s.name)]
    return (
        _reason_under(part)
        or bool(told.get(milestone.id))
        or _is_out_of_scope(latest, milestone.title)
    )


def _item_reason(
    latest: Commitments, milestone: Milestone, item: Item, told: Mapping[str, set[int]]
) -> bool:
    if _reasoned_cell(item.table, item.row) or (item.status and _status_remark(item.status)):
        return True
    others = (cell.plain for cell in item.row.cells if cell is not item.status)
    if any(_causes(words) or _PLAIN_CAUSE.search(words) for words in others):
        return True
    details = (detail for detail in latest.details if detail.id == item.id)
    if any(_reason_under(latest.document.under(detail.section)) for detail in details):
        return True
    reason = milestone.section.field("rationale", "reason", "deferral rationale")
    if reason and not reason.value.is_placeholder and not references(reason.value.plain):
        return True
    return bool(told.get(item.id, set()) - {item.line}) or _is_out_of_scope(
        latest, item.title.plain
    )


def _told(project: Project) -> Mapping[str, set[int]]:
    """The lines of both documents that tell why a milestone or an item left."""
    told: defaultdict[str, set[int]] = defaultdict(set)
    for commitments in filter(None, (project.latest, project.main)):
        for section in commitments.document.sections:
            for words, line in _telling(section):
                for name in references(words):
                    told[name].add(line)
        for blocker in commitments.blockers:
            for name in blocker.sections:
                told[name].add(blocker.line)
            if blocker.resolution in {Resolution.DEFERRED, Resolution.REJECTED}:
                # What is settled for the whole milestone is settled for each of its items.
                for item in commitments.items:
                    if item.milestone in blocker.sections:
                        told[item.id].add(blocker.line)
    return told


def _telling(section: Section) -> Iterator[tuple[str, int]]:
    """The section's blocks and rows that speak of leaving, or give a reason."""
    for block in prose(section):
        if _GONE_WORD.search(block.plain):
            yield block.plain, block.line
    for table in section.tables:
        stateless = table.column(*STATUS_COLUMNS) is None
        for row in table.rows:
            words = " ".join(cell.plain for cell in row.cells)
            left = stateless and _GONE_WORD.search(f"{section.name} {words}")
            if left or _reasoned_cell(table, row):
                yield words, row.line


def _is_out_of_scope(latest: Commitments, title: str) -> bool:
    wanted = _letters(title)
    for scope in latest.scopes:
        if scope.inside:
            continue
        told = [item.plain for item in scope.items]
        for table in scope.tables:
            told += [r.cells[0].plain for r in table.rows if _reasoned_cell(table, r)]
        if wanted and any(wanted in _letters(words) for words in told):
            return True
    return False


def _scope_reasons(latest: Commitments) -> Iterator[Hit]:
    for scope in latest.scopes:
        if scope.inside:
            continue
        for table in scope.tables:
            column = table.column("rationale", "reason", "why")
            if column is None:
                continue
            for row in table.rows:
                name = row.cells[0].plain
                if row.cells[column].is_placeholder and not _empty_row(row):
                    yield Hit(
                        place=at(latest.document, row.line),
                        message=f"{name} is out of scope without a reason",
                        subject=name,
                    )


# ---------------------------------------------------------------------------- proposed in latest


@rule(
    "proposed-in-latest",
    Severity.WARNING,
    finds="proposed items in the document of accepted commitments: one finding per document",
    help="Accept, defer or reject them, or move them back to the proposals in MILESTONES.main.md.",
    ceremony="MILESTONES.latest.md",
)
def proposed_in_latest(project: Project) -> Iterator[Hit]:
    """The document holds accepted commitments; proposals live in the intake."""
    latest = project.latest
    if latest is None:
        return
    document = latest.document
    places = {
        milestone.id: _of_field(document, milestone.status)
        for milestone in latest.milestones
        if milestone.status and milestone.state is State.PROPOSED
    }
    milestones = len(places)
    for item in latest.items:
        if item.state is State.PROPOSED:
            places.setdefault(item.id, _of_item(document, item))
    if not places:
        return
    counts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for word, count in (("milestone", milestones), ("item", len(places) - milestones))
        if count
    ]
    names = sorted(places, key=lambda name: places[name].line)
    yield Hit(
        place=places[names[0]],
        message=f"{' and '.join(counts)} in the document of accepted commitments "
        f"{'is' if len(places) == 1 else 'are'} still PROPOSED: {_listed(names)}",
        subject="proposed items",
        related=tuple(places[name] for name in names[1:5]),
    )
