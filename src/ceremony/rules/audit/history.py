"""Rules about what the documents were: frozen ones stay, living ones move and say so.

What git says of a change is its commit and its date; a stranger's words about it are left out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ceremony.commitments import Blocker, Commitments
from ceremony.documents import read
from ceremony.expressions import expression
from ceremony.model import Document, Hit, Kind, Place, Section, Severity, Stage, State
from ceremony.rules.audit.census import active_proposals
from ceremony.rules.audit.passages import LOGS, SAMPLES, quiet
from ceremony.rules.audit.past import Event, Form, History, Revision
from ceremony.rules.audit.registry import NotAtHand, Option, Project, at, rule
from ceremony.rules.audit.stages import lost_line, predecessors

MAX_READ = 512 * 1024
"""Characters of former text that one rule reads as a document: about a second's worth."""

# ---------------------------------------------------------------------------- frozen documents


@rule(
    "frozen-modified",
    Severity.ERROR,
    finds="a frozen document that changed after its creation",
    help="Restore the frozen text; what has to change belongs to the next stage's document.",
    ceremony="Document Types",
)
def frozen_modified(project: Project) -> Iterator[Hit]:
    """One content, in every commit that holds it, on the release branch as well."""
    past = project.past()
    for name in sorted({*past.frozen, *past.elsewhere}):
        here, elsewhere = past.frozen.get(name, ()), past.elsewhere.get(name, ())
        document = _held(project, name)
        place = Place(file=document.path, line=1) if document else None
        subject = name.removeprefix("MILESTONES.").removesuffix(".md")
        for said, about in (
            *_contents(here, elsewhere),
            *_removals(here, document),
            *_removals_elsewhere(elsewhere),
        ):
            yield Hit(
                place=place or naming(project, subject),
                message=f"{subject}: {said}",
                subject=f"{subject} {about}",
            )


def _held(project: Project, name: str) -> Document | None:
    """The frozen document of that file name, as it is checked out."""
    frozen = project.by_kind.get(Kind.FROZEN, ())
    return next((d for d in frozen if d.path.rpartition("/")[2] == name), None)


def naming(project: Project, name: str) -> Place:
    """A line that names what has no line of its own: of the ceremony, else of latest."""
    kinds = (Kind.CEREMONY, Kind.LATEST)
    documents = [d for d in map(project.one, kinds) if d] or list(project.documents)
    for document in documents:
        for number, line in enumerate(document.lines, start=1):
            if name in line:
                return at(document, number)
    return at(documents[-1], 1)


def _in(event: Event) -> str:
    return f"{event.commit[:7]} ({event.date.isoformat()})"


def _contents(here: Sequence[Event], elsewhere: Sequence[Event]) -> Iterator[tuple[str, str]]:
    """Every content but the first, with the commit that brought it."""
    held = [(event, True) for event in here] + [(event, False) for event in elsewhere]
    held = [(event, is_here) for event, is_here in held if event.form is not Form.GONE]
    seen = {_content(event) for event, _ in held[:1]}
    put_back = bool(here) and _content(here[-1]) in seen
    for event, is_here in held:
        if _content(event) in seen:
            continue
        seen.add(_content(event))
        what = "became a link" if event.form is Form.LINK else "its text changed"
        if is_here:
            what += " in"
        elif here:
            what = "its release branch holds another text, since"
        else:
            what += " on its release branch in"
        back = ", and was put back since" if put_back and is_here else ""
        yield f"{what} {_in(event)}{back}", f"{event.form} {event.blob[:12]}"


def _content(event: Event) -> tuple[str, Form]:
    return event.blob, event.form


def _removals(here: Sequence[Event], document: Document | None) -> Iterator[tuple[str, str]]:
    """Every commit that took the document away, and what became of it."""
    gone = _gone(here)
    for event in gone:
        if document is None:
            fate = ""
        elif document.path == event.path:
            fate = ", and was put back since"
        else:
            fate = f"; it stands in {document.path} now"
        yield f"was removed in {_in(event)}{fate}", f"removed {event.commit[:12]}"
    if here and document is None and not gone:
        # A merge may leave out what only its second parent held.
        yield f"came in {_in(here[0])}, and is not here any more", "absent"


def _removals_elsewhere(elsewhere: Sequence[Event]) -> Iterator[tuple[str, str]]:
    for event in _gone(elsewhere):
        where = "on a release branch"
        yield f"was removed {where} in {_in(event)}", f"removed {event.commit[:12]}"


def _gone(events: Sequence[Event]) -> list[Event]:
    """The removals; of one that came by a merge, the commit that was merged."""
    gone = [event for event in events if event.form is Form.GONE]
    own = [event for event in gone if not event.is_merge]
    merged = {event.path for event in own}
    return own + [event for event in gone if event.is_merge and event.path not in merged]


@rule(
    "frozen-not-append-only",
    Severity.ERROR,
    finds="a patch document that is not its stable text plus additions",
    help="Restore the stable text inside the patch document, and add the amendment below it.",
    ceremony="Stage Promotions",
)
def frozen_not_append_only(project: Project) -> Iterator[Hit]:
    """What stable promised stands in every text that a patch document ever had."""
    past = _read(project)
    for (earlier, source), (version, document) in predecessors(project):
        if version.stage is not Stage.PATCH:
            continue
        name = document.path.rpartition("/")[2]
        now = "\n".join(document.lines).rstrip()
        seen: set[str] = set()
        for event in (*past.frozen.get(name, ()), *past.elsewhere.get(name, ())):
            text = past.texts.get(event.blob)
            if text is None or event.blob in seen or text.rstrip() == now:
                continue
            seen.add(event.blob)
            then = read(document.path, text, kind=document.kind, version=document.version)
            lost = lost_line(earlier, source, then)
            if lost:
                yield Hit(
                    place=Place(file=document.path, line=1),
                    message=f"{version.branch}, as {_in(event)} left it: {lost[2]}",
                    subject=f"{version.branch} {event.blob[:12]}",
                    related=(at(source, lost[1]),),
                )


# ---------------------------------------------------------------------------- former texts


def _read(project: Project) -> History:
    """What git knows, former texts included. Raises NotAtHand without them."""
    past = project.past()
    if past.unread:
        raise NotAtHand(past.unread)
    return past


@lru_cache(maxsize=512)
def _flat(text: str) -> tuple[str, ...]:
    """Its lines as a reader sees them: how they are spaced and aligned is no content."""
    flat = (_line(line) for line in text.split("\n"))
    return tuple(line for line in flat if line)


def _line(line: str) -> str:
    return " ".join(line.split())


@lru_cache(maxsize=512)
def _lines(text: str) -> frozenset[str]:
    return frozenset(_flat(text))


@lru_cache(maxsize=512)
def _starts(text: str) -> Mapping[str, Sequence[int]]:
    """Where in `_flat` each line stands; of one that stands everywhere, the first places."""
    found: dict[str, list[int]] = {}
    for place, line in enumerate(_flat(text)):
        places = found.setdefault(line, [])
        if len(places) < _SAME:
            places.append(place)
    return found


_SAME = 32
"""How many equal headings are told apart by what follows them."""


def _holds(text: str, block: Sequence[str]) -> bool:
    """Whether a text has these lines, one directly below the other."""
    if len(block) == 1:
        return block[0] in _lines(text)
    flat = _flat(text)
    return any(
        flat[start : start + len(block)] == tuple(block)
        for start in _starts(text).get(block[0], ())
    )


def _block(document: Document, first: int, last: int) -> tuple[str, ...]:
    """The lines of a document from one to another, as `_flat` has them."""
    return tuple(filter(None, map(_line, document.lines[first - 1 : last])))


def _bones(text: str) -> str:
    """What items, their states and their fences are made of; prose, which is most of it, is not.

    Reading the rest takes an eighth of the time. Marks of comments stay: what one hides is hidden.
    """
    return "\n".join(line for line in text.split("\n") if _BONE.match(line))


_BONE = expression(r" {0,3}(?:[#*`~<=]|---|- \*\*|$)|.*(?:\||-->)")


def _since(revisions: Iterable[Revision], holds: Callable[[str], bool]) -> dt.date | None:
    """The date from which on every revision has it; None where the newest doesn't."""
    since = None
    for revision in revisions:
        if revision.text is None or not holds(revision.text):
            break
        since = revision.date
    return since


def _steps(revisions: Sequence[Revision]) -> Iterator[tuple[Revision, str, str]]:
    """Each revision that people wrote with its text and the one before it, newest first."""
    for revision, before in pairwise(revisions):
        if revision.text is None or before.text is None:
            return
        if not revision.is_bot:
            yield revision, revision.text, before.text


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


_ISO = expression(r"(?<![0-9-])([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9-])")


def dates(text: str) -> list[dt.date]:
    """The dates that a text gives as YYYY-MM-DD."""
    found = []
    for match in _ISO.finditer(text):
        try:
            found.append(dt.date.fromisoformat(match[1]))
        except ValueError:
            continue
    return found


_DAY = dt.timedelta(days=1)
"""How far two people's calendars are apart at most."""

_REVIEW = dt.timedelta(days=30)
"""How long a change may wait before it is squashed into a commit of a later date."""

# ---------------------------------------------------------------------------- dates and changelogs

_UPDATED = ("last updated", "updated", "last modified", "last change")


@rule(
    "updated-stale",
    Severity.WARNING,
    finds="`Last Updated` older than the file's last change",
    help="Set `**Last Updated**` to the date of the last change.",
    ceremony="Explicit State",
)
def updated_stale(project: Project) -> Iterator[Hit]:
    """A reader judges by that date whether the text still holds."""
    past = _read(project)
    for document in project.living:
        field = document.meta(*_UPDATED)
        stated = dates(field.value.plain) if field else []
        if not field or len(stated) != 1:
            continue
        for revision, text, before in _steps(past.living.get(document.path, ())):
            if _flat(text) == _flat(before):
                continue
            is_new = _line(document.lines[field.line - 1]) not in _lines(before)
            # A date that came with the change was right when its author wrote it.
            if stated[0] + (_REVIEW if is_new else _DAY) < revision.date <= project.as_of + _DAY:
                changed = f"{revision.commit[:7]} changed it on {revision.date.isoformat()}"
                yield Hit(
                    place=at(document, field.line),
                    message=f"{field.key} says {stated[0].isoformat()}, and {changed}",
                    subject=field.key,
                )
            break


@rule(
    "changelog-missing",
    Severity.NOTE,
    finds="a change of a living document without its changelog row",
    help="Add a row to the document's changelog: date, change, author.",
    ceremony="Explicit State",
)
def changelog_missing(project: Project) -> Iterator[Hit]:
    """Who reads without git learns from the changelog what moved."""
    past = _read(project)
    for document in project.living:
        for section in document.sections:
            rows = _rows(document, section)
            if rows:
                hit = _unlogged(document, section, rows, past)
                if hit:
                    yield hit
                break


def _rows(document: Document, section: Section) -> frozenset[str]:
    """The entries of a changelog, table or list; nothing of other sections."""
    if section.level < 2 or LOGS.search(section.name) is None:
        return frozenset()
    lines = [row.line for table in section.tables for row in table.rows]
    lines += [item.line for item in section.items]
    return frozenset(_line(document.lines[line - 1]) for line in lines)


def _unlogged(
    document: Document,
    section: Section,
    rows: frozenset[str],
    past: History,
) -> Hit | None:
    """The newest change that came without a row, and for which none followed."""
    newest = max((date for row in rows for date in dates(row)), default=dt.date.min)
    for revision, text, before in _steps(past.living.get(document.path, ())):
        if not rows <= _lines(before):
            return None
        changed = _lines(text) ^ _lines(before)
        if not any(line not in rows and not _is_dating(line) for line in changed):
            continue
        if newest > dt.date.min and revision.date <= newest + _DAY:
            return None
        where = f"{revision.commit[:7]} changed the document on {revision.date.isoformat()}"
        return Hit(
            place=at(document, section.line),
            message=f"{where}, and the changelog has no row for it",
            subject=section.name,
        )
    return None


def _is_dating(line: str) -> bool:
    return line.replace("*", "").lower().startswith(_UPDATED)


# ---------------------------------------------------------------------------- states

ALLOWED: Mapping[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.ACCEPTED, State.BLOCKED, State.DEFERRED, State.REJECTED}),
    State.ACCEPTED: frozenset({State.COMPLETE, State.BLOCKED, State.DEFERRED, State.REJECTED}),
    State.BLOCKED: frozenset({State.PROPOSED, State.ACCEPTED, State.DEFERRED, State.REJECTED}),
    State.COMPLETE: frozenset({State.DEFERRED, State.REJECTED}),
    State.DEFERRED: frozenset({State.PROPOSED, State.REJECTED}),
    State.REJECTED: frozenset({State.PROPOSED}),
}
"""What each state may become (ceremony: Explicit State, Reversibility, Lifecycle Flow)."""


class _Thing(NamedTuple):
    """An item with a state, and the lines that say so."""

    name: str
    title: str
    state: State
    line: int
    block: tuple[str, ...]


class _Move(NamedTuple):
    """A change of an item's state, and the revision that brought it, if one did."""

    old: State
    new: State
    revision: Revision | None

    @property
    def is_allowed(self) -> bool:
        return self.new in ALLOWED[self.old]

    def undoes(self, other: _Move) -> bool:
        return not other.is_allowed and (self.old, self.new) == (other.new, other.old)


@rule(
    "state-transition",
    Severity.ERROR,
    finds="a change of state that the ceremony does not allow",
    help="Go through the states that lie between, or put the item back into its former state.",
    ceremony="Explicit State",
)
def state_transition(project: Project) -> Iterator[Hit]:
    """The move that led to an item's present state; what came before it is history."""
    past = _read(project)
    for commitments in filter(None, (project.latest, project.main)):
        document = commitments.document
        now = _things(commitments)
        moves = _moves(document, now, past.living.get(document.path, ()))
        for name, made in moves.items():
            last = made[0]
            if last.is_allowed or (len(made) > 1 and last.undoes(made[1])):
                continue
            where = "in the working tree"
            if last.revision:
                where = f"in {last.revision.commit[:7]} ({last.revision.date.isoformat()})"
            yield Hit(
                place=at(document, now[name].line),
                message=(
                    f"{name} went from {last.old} to {last.new} {where}, a step that the ceremony "
                    "does not know"
                ),
                subject=f"{name} {last.old} {last.new}",
            )


def _things(commitments: Commitments) -> dict[str, _Thing]:
    """The milestones, deliverables and proposals that state what they are, by identifier."""
    document = commitments.document
    found: dict[str, _Thing] = {}

    def add(name: str, title: str, state: State | None, first: int, last: int) -> None:
        if state:
            block = _block(document, first, last)
            thing = _Thing(name=name, title=title, state=state, line=last, block=block)
            found.setdefault(name, thing)

    for milestone in commitments.milestones:
        if milestone.status:
            line = milestone.status.line
            add(milestone.id, milestone.title, milestone.state, milestone.line, line)
        for item in milestone.items:
            add(item.id, item.title.plain, item.state, item.line, item.line)
    shown = quiet(document, SAMPLES)
    for proposal in commitments.proposals:
        status = proposal.field("status", "state")
        if status and proposal.number is not None and proposal.section.index not in shown:
            add(proposal.id, proposal.title, proposal.state, proposal.line, status.line)
    return found


def _moves(
    document: Document, now: Mapping[str, _Thing], revisions: Sequence[Revision]
) -> dict[str, list[_Move]]:
    """Each item's last move, and the one before it where the last one isn't allowed."""
    found: dict[str, list[_Move]] = {}
    pending = dict(now)
    room = MAX_READ
    after: Revision | None = None
    for revision in revisions:
        if revision.text is None or not pending:
            break
        changed = [
            name for name, thing in pending.items() if not _holds(revision.text, thing.block)
        ]
        if changed:
            bones = _bones(revision.text)
            room -= len(bones)
            if room < 0:
                break
            then = read(document.path, bones, kind=document.kind)
            known = _things(Commitments(document=then))
            for name in changed:
                _follow(pending, name, known.get(name), found, after)
        after = revision
    return found


def _follow(
    pending: dict[str, _Thing],
    name: str,
    then: _Thing | None,
    found: dict[str, list[_Move]],
    after: Revision | None,
) -> None:
    """Go one revision back with an item; it leaves where nothing more is to be known."""
    now = pending.pop(name)
    if then is None or not _are_one(then, now):
        return
    if then.state is not now.state:
        move = _Move(old=then.state, new=now.state, revision=after)
        made = found.setdefault(name, [])
        made.append(move)
        if move.is_allowed or len(made) > 1:
            return
    pending[name] = then


def _are_one(then: _Thing, now: _Thing) -> bool:
    """Whether two titles can be one item's: a number that was given anew is another item."""
    one, other = (set(re.findall(r"[^\W\d_]{3,}", t.title.lower())) for t in (then, now))
    return not one or not other or bool(one & other)


# ---------------------------------------------------------------------------- what stands still


@rule(
    "blocker-stuck",
    Severity.WARNING,
    finds="an open blocker without movement beyond the threshold",
    help="Escalate the blocker, or resolve it as Deferred or Accepted.",
    ceremony="Blocker Review (Weekly/Async)",
    options={
        "days": Option(default=30, help="Days without movement after which a blocker is stuck.")
    },
)
def blocker_stuck(project: Project) -> Iterator[Hit]:
    """A blocker that nobody moves holds back a whole version."""
    past = _read(project)
    latest = project.latest
    if latest is None:
        return
    document = latest.document
    revisions = past.living.get(document.path, ())
    limit = project.number("blocker-stuck", "days")
    for name, rows in _open(latest.blockers).items():
        blocks = [_block(document, row.line, row.line) for row in rows]
        days = _still(project, revisions, blocks)
        if days is not None and days > limit:
            yield Hit(
                place=at(document, rows[0].line),
                message=f"{name} has been open without a change for {_days(days)}",
                subject=name,
            )


def _open(blockers: Iterable[Blocker]) -> dict[str, list[Blocker]]:
    """The rows of each open blocker, the registry's first."""
    held: dict[str, list[Blocker]] = {}
    for row in sorted(blockers, key=lambda row: not row.in_registry):
        held.setdefault(row.id or " ".join(row.text.plain.split())[:80], []).append(row)
    return {name: rows for name, rows in held.items() if rows[0].is_open}


def _still(
    project: Project, revisions: Sequence[Revision], blocks: Sequence[Sequence[str]]
) -> int | None:
    """For how many days none of the blocks has changed; None where one isn't committed yet."""
    since = _since(revisions, lambda text: all(_holds(text, block) for block in blocks))
    return (project.as_of - since).days if since else None


@rule(
    "proposal-stale",
    Severity.WARNING,
    finds="an active proposal without movement beyond the threshold",
    help="Accept, defer or reject the proposal in the next proposal review, with a reason.",
    ceremony="Proposal Review (Weekly/Async)",
    options={
        "days": Option(default=90, help="Days without movement after which a proposal is stale.")
    },
)
def proposal_stale(project: Project) -> Iterator[Hit]:
    """A proposer deserves an answer, even a no."""
    past = _read(project)
    main = project.main
    if main is None:
        return
    document = main.document
    shown = quiet(document, SAMPLES)
    limit = project.number("proposal-stale", "days")
    for section, state in active_proposals(main):
        if section.index in shown or state in {State.ACCEPTED, State.DEFERRED, State.REJECTED}:
            continue
        last = max(part.end_line for part in document.under(section))
        block = _trimmed(_block(document, section.line, last))
        days = _still(project, past.living.get(document.path, ()), [block])
        if days is not None and days > limit:
            name = section.name.split(":")[0].strip()[:80]
            yield Hit(
                place=at(document, section.line),
                message=f"{name} has had no answer and no change for {_days(days)}",
                subject=name,
            )


def _trimmed(block: tuple[str, ...]) -> tuple[str, ...]:
    """A section's lines without the rule that parts it from what is below."""
    while len(block) > 1 and not block[-1].strip("-*_ "):
        block = block[:-1]
    return block


@rule(
    "latest-unbounded",
    Severity.WARNING,
    finds="latest grows without a cut beyond the threshold",
    help="Cut a version, or defer what nobody can carry.",
    ceremony="Governance Health Indicators",
    options={"days": Option(default=180, help="Days that latest may grow without a cut.")},
)
def latest_unbounded(project: Project) -> Iterator[Hit]:
    """Commitments that pile up are never agreed on as a whole."""
    past = _read(project)
    latest = project.latest
    if latest is None:
        return
    document = latest.document
    revisions = [r for r in past.living.get(document.path, ()) if r.text is not None]
    if not revisions:
        return
    cuts = [events[0].date for held in (past.frozen, past.elsewhere) for events in held.values()]
    start = max(cuts, default=revisions[-1].date)
    days = (project.as_of - start).days
    then = next((r for r in revisions if r.date <= start), revisions[-1])
    bones = _bones(then.text or "")
    if days <= project.number("latest-unbounded", "days") or len(bones) > MAX_READ:
        return
    before = Commitments(document=read(document.path, bones, kind=document.kind))
    grown = len(latest.ids - before.ids)
    if grown > len(before.ids - latest.ids):
        what = f"{grown} milestone{'' if grown == 1 else 's and items'}"
        since = "since the last cut" if cuts else "and no version was ever cut"
        yield Hit(
            place=at(document, document.title_line),
            message=f"{what} more in {_days(days)} {since}",
            subject="growth",
        )
