"""Rules about numbers: counts that their tables contradict, and thresholds that are passed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from ceremony.commitments import (
    Commitments,
    column_of,
    handles,
    references,
)
from ceremony.expressions import expression
from ceremony.model import (
    Break,
    Document,
    Hit,
    Html,
    Kind,
    ListItem,
    Paragraph,
    Place,
    Row,
    Section,
    Severity,
    State,
    Table,
)
from ceremony.rules.audit.census import Census, Thing, people
from ceremony.rules.audit.passages import LIMITS, Statement, quiet, statements
from ceremony.rules.audit.registry import Project, at, rule

# ---------------------------------------------------------------------------- what is said

_WORDS = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve".split(),
        range(1, 13),
        strict=True,
    )
)
# ASCII only: without it, letters that fold to the same ones (a long s) would match as words.
NUMBER = rf"(?a:[0-9]{{1,3}}|(?:{'|'.join(_WORDS)})\b)"


def number(text: str) -> int:
    """A count in digits or, up to twelve, in words."""
    return _WORDS.get(text.lower()) or int(text)


_NOUNS = {
    "milestone": r"milestones?",
    "deliverable": r"deliverables?|items?",
    "blocker": r"blockers?",
    "domain": r"domains?",
    "proposal": r"proposals?",
    "signatory": r"signator(?:y|ies)",
}
_NOUN = r"(?:" + "|".join(_NOUNS.values()) + ")"
_QUALITIES = (
    ("unowned", r"unowned|ownerless"),
    ("owned", r"owned"),
    ("open", r"open|unresolved|outstanding|active"),
    ("settled", r"resolved|settled|closed"),
    ("PROPOSED", r"proposed"),
    ("ACCEPTED", r"accepted"),
    ("BLOCKED", r"blocked"),
    ("COMPLETE", r"completed?|done"),
    ("DEFERRED", r"deferred"),
    ("REJECTED", r"rejected"),
    ("signed", r"signed|approved"),
    ("pending", r"pending|unsigned"),
)
_QUALITY = "(?:" + "|".join(pattern for _, pattern in _QUALITIES) + ")"
_MISSING = r"(?:without|lack(?:s|ing)?|(?:still )?need(?:s|ing)?|missing)"
_TAILS = (
    ("unowned", rf"(?:{_MISSING} (?:an? |any |named )?|(?:have|has|with) no )owners?"),
    ("owned", r"(?:with|have|has|having) (?:an? |named |explicit )?owners?"),
    ("backed", r"(?:with|have|has|having) (?:an? )?backups?"),
)
_STATES_ONLY = {state.value for state in State}
_LAWFUL = {
    "domain": {"owned", "unowned", "backed"},
    "milestone": {"owned", "unowned", *_STATES_ONLY},
    "deliverable": _STATES_ONLY,
    "blocker": {"owned", "unowned", "open", "settled", "DEFERRED", "ACCEPTED", "REJECTED"},
    "proposal": {"open", "PROPOSED", "DEFERRED"},
    "signatory": {"signed", "pending"},
}
_TAIL = expression(
    r"\s+(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _TAILS)
    + rf"|(?:(?:that |which )?(?:is|are|remain|have|has|been|still|currently|not yet)\s+)*"
    rf"[`*]*(?P<word>{_QUALITY})[`*]*)\b",
    re.IGNORECASE,
)


def _which(patterns: Iterable[tuple[str, str]], word: str) -> str:
    return next(name for name, p in patterns if re.fullmatch(p, word, re.IGNORECASE))


def _thing(noun: str, adjective: str | None, tail: re.Match[str] | None) -> Thing | None:
    """What the words count, or None where they count nothing that the documents decide."""
    name = _which(_NOUNS.items(), noun)
    quality = _which(_QUALITIES, adjective.strip(" `*")) if adjective else ""
    if tail:
        later = tail.lastgroup or ""
        if later == "word":
            later = _which(_QUALITIES, tail["word"])
        if quality and quality != later:
            return None
        quality = later
    if name == "proposal" and quality == "PROPOSED":
        quality = "open"
    return Thing(noun=name, quality=quality) if not quality or quality in _LAWFUL[name] else None


_LABEL = expression(
    rf"(?:total |number of |current |all |of )*(?:(?P<adj>[`*]*{_QUALITY}[`*]*)\s+)?"
    rf"(?:governance )?(?P<noun>{_NOUN})(?:\s+\(?total\)?)?",
    re.IGNORECASE,
)
_LABELS = (
    (r"owners? (?:for|of) (?:all |the )?domains?|domain (?:owners?|ownership|coverage)", "domain"),
    (r"(?:maintainers?['’]?s? )?sign-?\s?offs?|signatures?", "signatory"),
)


def label(text: str) -> Thing | None:
    """What a row's or a field's first words count: ``Domains with Owners``, ``Open blockers``."""
    plain = " ".join(text.strip(" *`:").split())
    for pattern, noun in _LABELS:
        if re.fullmatch(pattern, plain, re.IGNORECASE):
            return Thing(noun=noun, quality="owned" if noun == "domain" else "signed")
    match = _LABEL.match(plain)
    if match is None:
        return None
    tail = _TAIL.match(plain, match.end())
    if (tail.end() if tail else match.end()) != len(plain):
        return None
    return _thing(match["noun"], match["adj"], tail)


# ---------------------------------------------------------------------------- count-mismatch


@rule(
    "count-mismatch",
    Severity.ERROR,
    finds="a count in the text that its table contradicts",
    help="Correct the number, or the table that it counts; better, let the table speak alone.",
    ceremony="Single Source of Truth",
)
def count_mismatch(project: Project) -> Iterator[Hit]:
    """Two statements of one fact drift apart (ceremony: Updates happen in one place)."""
    census = Census(project=project)
    if project.latest is not None:
        document = project.latest.document
        skipped = quiet(document, LIMITS)
        for section, table in document.tables():
            if section.index in skipped:
                continue
            yield from _summary(census, project.latest, table)
            yield from _states_table(census, project.latest, table)
            yield from wrong_counts(census, project.latest, table)
            yield from wrong_gaps(census, project.latest, table)
            yield from _enumerated(project.latest, table)
        yield from _sentences(census, project.latest.document)
    if project.main is not None:
        yield from _sentences(census, project.main.document)
    for document in project.living:
        yield from _lists(document)
        yield from _phases(document)


def _wrong(
    census: Census, document: Document, line: int, said: str, stated: Sequence[tuple[int, Thing]]
) -> Hit | None:
    """The hit about a text whose numbers its tables contradict, or None."""
    told: list[str] = []
    related: list[Place] = []
    for figure, thing in stated:
        found = census.tally(thing)
        if found is not None and not found.allows(figure):
            why = f" ({found.why})" if found.why else ""
            told.append(f"{found} {thing.counted(found.high)}{why}")
            related.append(found.place)
    has = " and ".join(dict.fromkeys(told))
    if not has:
        return None
    return Hit(
        place=at(document, line, document.column(line, said)),
        message=f"“{said}” does not agree with the document, which has {has}",
        subject=f"count {stated[0][1]}",
        related=tuple(dict.fromkeys(related)),
    )


_SUMMARY_COLUMNS = {
    "deliverables": Thing(noun="deliverable"),
    "items": Thing(noun="deliverable"),
    "total": Thing(noun="deliverable"),
    "total items": Thing(noun="deliverable"),
    "blockers": Thing(noun="blocker"),
    "open blockers": Thing(noun="blocker", quality="open"),
    "done": Thing(noun="deliverable", quality="COMPLETE"),
    "completed": Thing(noun="deliverable", quality="COMPLETE"),
    **{state.lower(): Thing(noun="deliverable", quality=state) for state in _STATES_ONLY},
}
_COUNT = expression(r"[0-9]{1,3}")
_MILESTONE_CELL = expression(r"(M[0-9]{1,4})(?![.0-9])\b.*", re.DOTALL)


def _summary(census: Census, latest: Commitments, table: Table) -> Iterator[Hit]:
    """Rows by milestone: M1 | 6 deliverables | 2 accepted."""
    known = {milestone.id for milestone in latest.milestones}
    document = latest.document
    columns = [
        (index, _SUMMARY_COLUMNS[name])
        for index, name in enumerate(table.names)
        if index and name in _SUMMARY_COLUMNS
    ]
    matches = [_MILESTONE_CELL.fullmatch(row.cells[0].plain.strip()) for row in table.rows]
    if not any(matches):
        return
    everything = {match[1] for match in matches if match} == known
    for row, match in zip(table.rows, matches, strict=True):
        total = row.cells[0].plain.strip(" *").lower() in {"total", "sum", "all", "totals"}
        if not (match and match[1] in known) and not (total and everything):
            continue
        scope = match[1] if match else None
        for index, thing in columns:
            plain = row.cells[index].plain.strip(" *")
            if not _COUNT.fullmatch(plain):
                continue
            scoped = Thing(noun=thing.noun, quality=thing.quality, milestone=scope)
            found = census.tally(scoped)
            unsettled = Thing(noun="blocker", quality="open", milestone=scope)
            lesser = census.tally(unsettled) if thing == Thing(noun="blocker") else None
            figure = int(plain)
            if found is None or found.allows(figure) or (lesser and lesser.allows(figure)):
                continue
            yield Hit(
                place=at(document, row.line, column_of(document, row, row.cells[index])),
                message=f"The row counts {figure} {scoped.counted(figure)}, but there are {found}",
                subject=f"count {scope or 'total'} {table.names[index]}",
                related=(found.place,),
            )


def _states_table(census: Census, latest: Commitments, table: Table) -> Iterator[Hit]:
    """Rows by state: PROPOSED | 23."""
    states = table.column("state", "status")
    counts = table.column("count", "items", "deliverables", "number", "number of items")
    if states != 0 or counts is None:
        return
    for row in table.rows:
        state = State.read(row.cells[0].plain)
        plain = row.cells[counts].plain.strip(" *")
        if state is None or not _COUNT.fullmatch(plain):
            continue
        thing = Thing(noun="deliverable", quality=state.value)
        hit = _wrong(census, latest.document, row.line, plain, [(int(plain), thing)])
        if hit:
            yield hit


_VALUE_COLUMNS = (
    *("current", "count", "value", "number", "now", "actual", "status", "total", "readiness"),
)
_MARK = expression(r"[❌⚠✅☑✓✔✗🔴🟡🟢\ufe0f\s]+")
_SHARE = expression(
    rf"(?P<part>{NUMBER})\s*(?:(?P<word>{_QUALITY})\s+)?(?:/|of|out of)\s*"
    rf"(?:the |all )?(?P<whole>{NUMBER})(?:\s+(?P<later>{_QUALITY}))?(?:\s+(?P<noun>{_NOUN}))?",
    re.IGNORECASE,
)
_SINGLE = expression(rf"(?P<part>{NUMBER})(?:\s+(?P<word>{_QUALITY}))?", re.IGNORECASE)
_MAINTAINERS = expression(r"(?:active |current )?maintainers?", re.IGNORECASE)


def wrong_counts(census: Census, latest: Commitments, table: Table) -> Iterator[Hit]:
    """The rows that name a thing and give another count of it than the document has.

    They stand in a capacity table, or in a table of criteria.
    """
    document = latest.document
    value = table.column(*_VALUE_COLUMNS)
    if not value or table.column("id", "#", "owner") is not None:
        return
    goal = table.column("sustainable")
    for row in table.rows:
        name = row.cells[0].plain
        text = _MARK.sub(" ", row.cells[value].plain).strip(" *`")
        if _MAINTAINERS.fullmatch(name.strip(" *")):
            yield from _maintainers(latest, row, text)
            continue
        stated = _figures(name, text)
        wanted = row.cells[goal].plain.strip(" *`") if goal is not None else ""
        stated += [pair for pair in _figures(name, wanted) if not pair[1].quality]
        hit = _wrong(census, document, row.line, text, stated)
        if hit:
            yield hit


def _figures(name: str, text: str) -> list[tuple[int, Thing]]:
    """The counts that a labelled value states."""
    thing = label(name)
    if thing is None:
        return []
    share = _SHARE.fullmatch(text)
    single = _SINGLE.fullmatch(text)
    match = share or single
    if match is None:
        return []
    word = match["word"] or (share["later"] if share else None)
    quality = _which(_QUALITIES, word) if word else thing.quality
    if quality and quality not in _LAWFUL[thing.noun]:
        return []
    stated = Thing(noun=thing.noun, quality=quality)
    whole = Thing(noun=thing.noun)
    pairs = [(number(match["part"]), stated)] if quality or single else []
    if share:
        pairs.append((number(share["whole"]), whole))
    return pairs


def _maintainers(latest: Commitments, row: Row, text: str) -> Iterator[Hit]:
    """Maintainers own the domains and sign: fewer than that are too few."""
    if not _COUNT.fullmatch(text):
        return
    owners = people(latest)
    signing = {name for who in latest.signatories for name in handles(who.name) if "/" not in name}
    least = max(len(owners), len(signing))
    if int(text) >= least and not (owners == signing and owners and int(text) != least):
        return
    names = ", ".join(sorted(owners if len(owners) >= len(signing) else signing))
    yield Hit(
        place=at(latest.document, row.line, latest.document.column(row.line, text)),
        message=f"The row counts {text} maintainers, but {names} own domains or sign",
        subject="count maintainers",
    )


# ---- a count beside what it counts

_IDENTIFIER = r"(?:(?:B-?M?|M)[0-9]{1,4}(?:\.[0-9]{1,4})?|PROP-[0-9]{1,6})"
_IDENTIFIERS = expression(rf"{_IDENTIFIER}(?:\s*(?:[,;]|,? and)\s*{_IDENTIFIER})*")


def _enumerated(latest: Commitments, table: Table) -> Iterator[Hit]:
    """Rows that count identifiers and list them: P1 | 2 | B1, B2."""
    counts = table.column("count", "number")
    if counts is None:
        return
    for row in table.rows:
        plain = row.cells[counts].plain.strip(" *")
        cells = [text.plain.strip() for n, text in enumerate(row.cells) if n not in {0, counts}]
        lists = [text for text in cells if _IDENTIFIERS.fullmatch(text)]
        if len(lists) != 1 or not _COUNT.fullmatch(plain):
            continue
        named = re.findall(_IDENTIFIER, lists[0])
        if int(plain) not in {len(named), len(set(named))}:
            yield Hit(
                place=at(
                    latest.document, row.line, column_of(latest.document, row, row.cells[counts])
                ),
                message=f"The row counts {plain}, but it lists {len(set(named))}: {lists[0]}",
                subject=f"count of {row.cells[0].plain.strip()}",
            )


# ---- gap arithmetic

_AMOUNT = expression(
    r"~?\s*(?P<low>[0-9]{1,4}(?:\.[0-9]{1,2})?)"
    r"(?:\s*(?:-|–|to)\s*~?(?P<high>[0-9]{1,4}(?:\.[0-9]{1,2})?))?"
    r"(?:/(?P<whole>[0-9]{1,4}))?(?:\s*(?:h|hrs?|hours))?"
)
_GAP = expression(
    r"~?(?P<low>[-\u2212–+]?~?[0-9]{1,4}(?:\.[0-9]{1,2})?)"
    r"(?:\s*(?:to|–|\.\.)\s*(?P<high>[-\u2212–+]?[0-9]{1,4}(?:\.[0-9]{1,2})?))?"
    r"(?:/(?P<whole>[0-9]{1,4}))?(?:\s*(?:h|hrs?|hours))?"
)


def wrong_gaps(census: Census, latest: Commitments, table: Table) -> Iterator[Hit]:
    """The rows whose gap is not what is there less what is sustainable; either sign will do."""
    document = latest.document
    if not table.has("current", "sustainable", "gap"):
        return
    columns = [table.names.index(name) for name in ("current", "sustainable", "gap")]
    for row in table.rows:
        texts = [row.cells[index].plain.strip(" *`") for index in columns]
        counted = _figures(row.cells[0].plain, texts[0])
        if _wrong(census, document, row.line, texts[0], counted):
            # The count itself is wrong and reported: its gap follows from the correction.
            continue
        current, goal = (_AMOUNT.fullmatch(text) for text in texts[:2])
        gap = _GAP.fullmatch(texts[2])
        if not (current and goal and gap) or current["whole"] != goal["whole"]:
            continue
        have, want, told = (_range(match) for match in (current, goal, gap))
        least, most = have[0] - want[1], have[1] - want[0]
        flipped = -told[1], -told[0]
        if any(least <= low and high <= most for low, high in (told, flipped)):
            continue
        right = f"{least}" if least == most else f"{most} to {least}"
        yield Hit(
            place=at(document, row.line, column_of(document, row, row.cells[columns[2]])),
            message=(
                f"The gap of {row.cells[0].plain.strip()} is given as {texts[2]}, but "
                f"{texts[0]} less {texts[1]} is {right}"
            ),
            subject=f"gap {row.cells[0].plain.strip()}",
        )


def _range(match: re.Match[str]) -> tuple[Fraction, Fraction]:
    def value(text: str) -> Fraction:
        return Fraction(re.sub("[\u2212–]", "-", text).replace("~", "").replace("+", ""))

    low = value(match["low"])
    high = value(match["high"]) if match["high"] else low
    return min(low, high), max(low, high)


# ---- sentences

_COUNTED = expression(
    rf"(?<![\w.#~≥>≤<=/+-])(?:(?P<part>{NUMBER})\s*(?:/|(?:out )?of)\s*(?:the |our |all )?)?"
    rf"(?P<figure>{NUMBER})\s+(?:(?P<adj>[`*]*{_QUALITY}[`*]*)\s+)?(?:governance )?"
    rf"(?P<noun>{_NOUN})\b(?!-)",
    re.IGNORECASE,
)
_VETO = expression(
    r"\b(?:if|when|whenever|once|until|unless|would|should|could|might|must|shall|will|least|most"
    r"|up to|more than|fewer than|less than|over|under|about|around|roughly|nearly|almost|first"
    r"|last|next|another|additional|new|other|per|each|every|any|between|after|within|goal|target"
    r"|aim|maximum|minimum|limit|was|were|had|previously|originally|initially|formerly|e\.g\."
    r"|for example|max|min|not|require[sd]?)\b(?![^,;:]*[;:])",
    re.IGNORECASE,
)
_TOTAL = expression(
    r"(?:\bthere (?:are|is)(?: (?:currently|now|still|only|exactly))*"
    r"|\b(?:document|registry|table|latest(?:\.md)?|we|scope|it|M[0-9]+)\s+(?:(?:currently|now|still)\s+)?(?:has|have|contains?|holds?|lists?|tracks?"
    r"|defines?|comprises?|covers?|includes?|commits? to|consists? of"
    r"|is (?:organi[sz]ed|divided|split) into)(?: (?:exactly|only))?"
    r"|\b(?:a )?total(?: of)?:?|\bcurrently:?|\bof)\s*$",
    re.IGNORECASE,
)
_ALL = expression(r"\b(?:all|all of the|all the)\s*$", re.IGNORECASE)
_THE = expression(r"\b(?:the|our|these)\s*$", re.IGNORECASE)
_FREE = expression(
    rf"\s*(?:$|[.,;!)]|—|–|:|(?:below|above|in total|in all|overall|remain(?:ing|s)?|so far|today"
    rf"|now|currently|to date|in (?:this|the) (?:document|registry|table)|(?:and|with) {NUMBER}"
    rf"|across {NUMBER}|have|has|are|is)\b)",
    re.IGNORECASE,
)
_POINTED = expression(
    r"\s*(?:below|above|in (?:this|the) (?:document|registry|table)|of this document|in total)\b",
    re.IGNORECASE,
)
_BOUND = expression(
    r"\s*(?:\(|(?:that|which|where|whose|who|for|of|on|about|from|under|with|in|by|at|to)\b)",
    re.IGNORECASE,
)
_SCOPED = expression(r"\s*(?:in|of|for|under)\s+(M[0-9]{1,4})(?!\.?[0-9])\b", re.IGNORECASE)
_SUBJECT = expression(r"^\W*(M[0-9]{1,4})(?![.0-9])\b")
_BLOCKER_NAMED = expression(r"\bB-?M?[0-9]")
_FRACTION = expression(
    rf"(?<![\w./])(?P<part>[0-9]{{1,3}})/(?P<whole>[0-9]{{1,3}})\b(?!\s*{_NOUN}\b)", re.IGNORECASE
)
_LABELLED = expression(
    r"\W*(?P<name>[^.;:|()]{4,60}?)\s*(?::|\()\s*(?P<said>[0-9]{1,3}(?:\s*(?:/|of)\s*[0-9]{1,3})?)\W*"
)


def _sentences(census: Census, document: Document) -> Iterator[Hit]:
    for statement in statements(document, but=LIMITS):
        block = statement.block
        open_box = isinstance(block, ListItem) and block.checked is False
        reported: set[int] = set()
        for said, offset, stated in _stated(statement, open_box=open_box):
            line = statement.line(offset)
            chosen = [pair for pair in stated if _own(document, pair[1])]
            hit = _wrong(census, document, line, said, _local(census, statement, chosen))
            if hit and line not in reported:
                reported.add(line)
                yield hit


def _own(document: Document, thing: Thing) -> bool:
    """Main counts its proposals; latest counts everything that it holds."""
    return document.kind is Kind.LATEST or thing.noun == "proposal"


def _local(
    census: Census, statement: Statement, stated: Sequence[tuple[int, Thing]]
) -> list[tuple[int, Thing]]:
    """Under a milestone's heading a count may be that milestone's: then it is right as well."""
    home = census.homes.get(statement.section.index)
    kept: list[tuple[int, Thing]] = []
    for figure, thing in stated:
        near = Thing(noun=thing.noun, quality=thing.quality, milestone=home)
        found = census.tally(near) if home and thing.noun in {"deliverable", "blocker"} else None
        if found is None or not found.allows(figure):
            kept.append((figure, thing))
    return kept


def _stated(
    statement: Statement, *, open_box: bool
) -> Iterator[tuple[str, int, list[tuple[int, Thing]]]]:
    """What a sentence counts: the words, where they start, the numbers."""
    text = statement.text
    labelled = _LABELLED.fullmatch(text)
    if labelled and not open_box:
        stated = _figures(labelled["name"], labelled["said"])
        if stated:
            yield labelled["said"], labelled.start("said"), stated
        return
    named = bool(references(text) or _BLOCKER_NAMED.search(text))
    counted = list(_COUNTED.finditer(text))
    several = len({_which(_NOUNS.items(), match["noun"]) for match in counted}) > 1
    for match in counted:
        if _VETO.search(text[: match.start()]):
            continue
        scope = _scope(text, match)
        if scope is None and named:
            continue
        stated, end = _read(text, match, open_box=open_box, several=several)
        if stated:
            scoped = [
                (figure, Thing(noun=thing.noun, quality=thing.quality, milestone=scope))
                for figure, thing in stated
            ]
            yield text[match.start() : end].strip(), match.start(), scoped
    nouns = {_which(_NOUNS.items(), m) for m in re.findall(rf"\b{_NOUN}\b", text, re.IGNORECASE)}
    if len(nouns) != 1 or named:
        return
    noun = nouns.pop()
    for match in _FRACTION.finditer(text):
        tail = _TAIL.match(text, match.end())
        thing = _thing(noun, None, tail)
        if tail and thing:
            stated = [(int(match["part"]), thing), (int(match["whole"]), Thing(noun=noun))]
            yield match[0], match.start(), stated


def _read(
    text: str, match: re.Match[str], *, open_box: bool, several: bool
) -> tuple[list[tuple[int, Thing]], int]:
    """The numbers that one count states, none where it counts only some; and where it ends."""
    before, tail = text[: match.start()], _TAIL.match(text, match.end())
    thing = _thing(match["noun"], match["adj"], tail)
    if thing is None:
        tail, thing = None, _thing(match["noun"], match["adj"], None)
    end = tail.end() if tail else match.end()
    whole = _thing(match["noun"], match["adj"], None)
    figure = number(match["figure"])
    if thing is None or whole is None:
        return [], end
    if match["part"]:
        stated = [(figure, whole)]
        if thing != whole and not _BOUND.match(text, end):
            stated.insert(0, (number(match["part"]), thing))
        return stated, end
    if _ALL.search(before):
        return ([] if not tail and _BOUND.match(text, end) else [(figure, whole)]), match.end()
    if open_box or (match["noun"].lower().startswith("item") and not thing.quality):
        return [], end
    if _THE.search(before):
        known = _POINTED.match(text, end) or (
            thing == Thing(noun="blocker", quality="open") and _FREE.match(text, end)
        )
        return ([(figure, thing)] if known else []), end
    free = _FREE.match(text, end) or _SCOPED.match(text, end)
    total = _TOTAL.search(before) or _SUBJECT.match(before)
    listed = several and re.search(r"(?:^\W*|[,;:]\s*|\b(?:and|with|across)\s+)$", before)
    stated_alone = tail is not None and re.fullmatch(r"\W*", before)
    if free and (total or listed or stated_alone):
        return [(figure, thing)], end
    return [], end


def _scope(text: str, match: re.Match[str]) -> str | None:
    """The milestone that a count is about: ``M1 has 6 deliverables``, ``6 deliverables in M1``."""
    after = _SCOPED.match(text, match.end())
    subject = _SUBJECT.match(text)
    if after:
        return after[1]
    return subject[1] if subject and len(references(text)) == 1 else None


# ---- counts that introduce a list

_LISTED = (
    "principles|steps|phases|stages|states|statuses|rules|pillars|goals|reasons|options|criteria"
    "|conditions|requirements|documents|categories|types|kinds|roles|levels|tiers|parts|sections"
    "|questions|values|commitments|milestones|domains|deliverables|proposals|ways|things|points"
    "|outcomes|outputs|forms|checks|gates|elements|components|aspects|resolutions|actions"
    "|transitions|channels|indicators|ceremonies|areas|mechanisms|responsibilities|promises"
)
_INTRODUCES = expression(
    rf"(?<![\w.-])(?P<count>{NUMBER})\s+(?:(?!of\b)[a-z-]+\s+){{0,2}}?(?P<noun>{_LISTED}):\s*$",
    re.IGNORECASE,
)
_SOME = expression(
    r"\b(?:least|most|up to|more than|fewer than|less than|over|first|last|next|any|or)\s*$",
    re.IGNORECASE,
)


_LONGEST = 100
"""How many blocks after a count are looked at."""


def _lists(document: Document) -> Iterator[Hit]:
    """``on four principles:`` and then the principles, as a list, a table or subsections."""
    for section in document.sections:
        for index, block in enumerate(section.blocks):
            if not isinstance(block, Paragraph) or block.quoted:
                continue
            match = _INTRODUCES.search(block.plain)
            if match is None or _SOME.search(block.plain[: match.start()]):
                continue
            figure = number(match["count"])
            if figure > _LONGEST // 2:
                continue
            near = section.blocks[index + 1 : index + 1 + _LONGEST]
            found = _follows(document, section, near)
            if not found or figure in found:
                continue
            words = match[0].rstrip(": ")
            text = next((t for t in block.lines if match["count"] in t.plain), block.lines[-1])
            yield Hit(
                place=at(document, text.line, document.column(text.line, words)),
                message=f"“{words}” introduces a list of {min(found)}",
                subject=f"list {match['noun'].lower()} in {section.name}",
            )


def _follows(document: Document, section: Section, blocks: Sequence[object]) -> set[int]:
    """How many entries follow directly, in every lawful way to count them; empty for none."""
    rest = [block for block in blocks if not isinstance(block, Break | Html)]
    if not rest:
        below = document.under(section)[1:]
        nearest = min((part.level for part in below), default=0)
        return {sum(part.level == nearest for part in below)} - {0}
    if isinstance(rest[0], Table):
        return {len(rest[0].rows)}
    if not isinstance(rest[0], ListItem):
        return set()
    every = [block for block in rest if isinstance(block, ListItem) and block.depth == 1]
    run = 0
    for block in rest:
        if not isinstance(block, ListItem):
            break
        run += block.depth == 1
    return {run, len(every)}


_PHASE = expression(r"\W*phase ([0-9]{1,2})\b", re.IGNORECASE)
_PHASE_OF = expression(r"\bphase [0-9]{1,2} of ([0-9]{1,2})\b", re.IGNORECASE)


def _phases(document: Document) -> Iterator[Hit]:
    """``Phase 2 of 4`` where the document lists three."""
    claims = [
        (section, text, match)
        for section, text in document.texts()
        if (match := _PHASE_OF.search(text.plain))
    ]
    if not claims:
        return
    skipped = quiet(document, LIMITS)
    listed = [text.plain for section, text in document.texts() if section.index not in skipped] + [
        item.plain for section in document.sections for item in section.items
    ]
    phases = {match[1] for plain in listed if (match := _PHASE.match(plain))}
    for section, text, match in claims:
        if len(phases) > 1 and int(match[1]) != len(phases):
            yield Hit(
                place=at(document, text.line, document.column(text.line, match[0])),
                message=f"“{match[0]}”, but the document lists {len(phases)} phases",
                subject=f"phases in {section.name}",
            )


# ---------------------------------------------------------------------------- thresholds


@rule(
    "threshold-exceeded",
    Severity.WARNING,
    finds="a threshold that the documents themselves set and now exceed",
    help="Take the action that the document sets for it, or move the threshold and say why.",
    ceremony="Governance Health Indicators",
)
def threshold_exceeded(project: Project) -> Iterator[Hit]:
    """A limit that nobody acts on is no limit (ceremony: Corrective Actions)."""
    census = Census(project=project)
    for document in project.living:
        if document.kind is Kind.CEREMONY:
            continue
        for _, table in document.tables():
            limits = table.column("threshold", "limit", "maximum", "max", "alert")
            triggers = table.column("trigger", "indicator", "condition", "symptom", "warning sign")
            for row in table.rows:
                said = ""
                if limits:
                    said = f"{row.cells[limits].plain} {row.cells[0].plain}"
                elif triggers == 0:
                    said = row.cells[0].plain
                yield from _exceeded(census, document, row.line, said)
        for section in document.sections:
            if _THRESHOLDS.search(section.name):
                for item in section.items:
                    said = re.split(r":|→|->|\s[-–—]\s", item.plain)[0]
                    yield from _exceeded(census, document, item.line, said)


_THRESHOLDS = expression(r"\b(?:threshold|indicator|trigger)s?\b", re.IGNORECASE)
_LIMIT = expression(
    rf"\W*?(?:(?P<over>>|more than|over|above)|(?P<from>≥|>=|at least)"
    rf"|(?P<under><|fewer than|less than|under|below)"
    rf"|(?P<to>≤|<=|at most|max(?:imum)?(?: of)?|up to))?\s*"
    rf"(?P<figure>{NUMBER})\s*(?P<percent>%)?\s*(?P<plus>\+|or more)?\s+(?:of )?(?P<what>.+)",
    re.IGNORECASE,
)


def _exceeded(census: Census, document: Document, line: int, said: str) -> Iterator[Hit]:
    match = _LIMIT.fullmatch(" ".join(said.split()))
    thing = label(match["what"]) if match else None
    found = census.tally(thing) if thing else None
    if match is None or thing is None or found is None:
        return
    whole = census.tally(Thing(noun=thing.noun))
    limit = Fraction(number(match["figure"]))
    shown = str(found)
    if match["percent"]:
        if not thing.quality or whole is None or not whole.high:
            return
        limit = limit * whole.high / 100
        shown = f"{found} of {whole}"
    if match["under"]:
        exceeded = found.high < limit
    elif match["from"] or match["plus"]:
        exceeded = found.low >= limit > 0
    else:
        exceeded = found.low > limit
    if exceeded:
        words = said.strip()
        name = "at" if match["from"] or match["plus"] else "past"
        yield Hit(
            place=at(document, line),
            message=f"The documents are {name} their own threshold “{words}”: they have {shown}",
            subject=str(thing),
        )
