"""What can be counted in the documents.

Everything is counted between two bounds: a row that can be read two ways (an unknown status, an
identifier that stands twice) moves the upper bound only. A number inside the bounds is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ceremony.commitments import (
    Blocker,
    Commitments,
    Domain,
    Item,
    Milestone,
    Proposal,
    Signatory,
    cell,
    handles,
    names_nobody,
)
from ceremony.model import Place, Resolution, Section, State, Text
from ceremony.rules.audit.registry import Project, at


class Tally(NamedTuple):
    """How many there are, and the line where they stand."""

    low: int
    high: int
    place: Place
    why: str = ""
    """Why there is no one number, in a few words."""

    def allows(self, number: int) -> bool:
        """Whether a text may give this number."""
        return self.low <= number <= self.high

    def __str__(self) -> str:
        if self.low == self.high:
            return str(self.low)
        return f"{self.low} to {self.high}"


class Thing(NamedTuple):
    """What a text counts: all of a kind (no quality), or those with a quality."""

    noun: str
    """domain, milestone, deliverable, blocker, proposal or signatory."""
    quality: str = ""
    milestone: str | None = None

    def __str__(self) -> str:
        return self.counted(2)

    def counted(self, number: int) -> str:
        """What there is that many of, in words."""
        plural = "signatories" if self.noun == "signatory" else f"{self.noun}s"
        scope = f" of {self.milestone}" if self.milestone else ""
        before, after = _SPOKEN.get(self.quality, (f"{self.quality.lower()} ", ""))
        return f"{before}{self.noun if number == 1 else plural}{scope}{after}"


_SPOKEN = {
    "": ("", ""),
    "owned": ("", " with an owner"),
    "unowned": ("", " without an owner"),
    "backed": ("", " with a backup"),
    "settled": ("settled ", ""),
}

Tri = bool | None


def _not(value: Tri) -> Tri:
    return None if value is None else not value


def _tally(values: Iterable[Tri], place: Place) -> Tally:
    held = list(values)
    return Tally(
        low=sum(value is True for value in held),
        high=sum(value is not False for value in held),
        place=place,
    )


@dataclass(frozen=True, kw_only=True)
class Census:
    """Everything in the documents that can be counted, each count taken once."""

    project: Project

    def tally(self, thing: Thing) -> Tally | None:
        """How many of the thing there are; None where no table or section says."""
        if thing not in self._known:
            self._known[thing] = self._count(thing)
        return self._known[thing]

    @cached_property
    def _known(self) -> dict[Thing, Tally | None]:
        return {}

    @cached_property
    def _items(self) -> dict[str, list[Item]]:
        held: dict[str, list[Item]] = {}
        for item in self.project.latest.items if self.project.latest else ():
            held.setdefault(item.milestone, []).append(item)
        return held

    @cached_property
    def _blockers(self) -> dict[str, list[Blocker]]:
        return blockers_by_milestone(self.project.latest) if self.project.latest else {}

    @cached_property
    def homes(self) -> dict[int, str]:
        """The milestone that holds a section of latest, by the section's index."""
        latest = self.project.latest
        if latest is None:
            return {}
        return {
            part.index: milestone.id
            for milestone in latest.milestones
            for part in latest.document.under(milestone.section)
        }

    def _count(self, thing: Thing) -> Tally | None:
        latest, main = self.project.latest, self.project.main
        if thing.noun == "proposal":
            return _proposals(main, thing.quality) if main else None
        if latest is None:
            return None
        document = latest.document
        if thing.noun == "domain" and latest.domains:
            place = at(document, latest.domains[0].table.line)
            return _tally((_domain(domain, thing.quality) for domain in latest.domains), place)
        if thing.noun == "signatory" and latest.signatories:
            place = at(document, latest.signatories[0].line)
            return _tally((_signatory(who, thing.quality) for who in latest.signatories), place)
        if thing.noun == "milestone" and latest.milestones:
            place = at(document, latest.milestones[0].line)
            return _tally((_milestone(each, thing.quality) for each in latest.milestones), place)
        if thing.noun == "deliverable" and latest.items:
            held = latest.items
            items = self._items.get(thing.milestone, []) if thing.milestone else held
            place = at(document, items[0].table.line if items else held[0].table.line)
            return _tally((_state(item.state, thing.quality) for item in items), place)
        if thing.noun == "blocker":
            rows = self._blockers.get(thing.milestone, []) if thing.milestone else latest.blockers
            return _blockers(latest, rows, thing.quality)
        return None


def _milestone(milestone: Milestone, quality: str) -> Tri:
    if quality in {"owned", "unowned"}:
        return _owned(milestone.owner.value if milestone.owner else None, quality)
    return _state(milestone.state, quality)


def _state(state: State | None, quality: str) -> Tri:
    if not quality:
        return True
    return None if state is None else state.value == quality


def _owned(owner: Text | None, quality: str) -> Tri:
    return (owner is not None and not names_nobody(owner)) == (quality == "owned")


def _domain(domain: Domain, quality: str) -> Tri:
    if quality == "backed":
        backup = cell(domain.row, domain.table.column("backup", "backups"))
        return None if backup is None else not names_nobody(backup)
    if not quality:
        return True
    owned: Tri = not names_nobody(domain.owner)
    if owned and domain.status and names_nobody(domain.status):
        owned = None
    return owned if quality == "owned" else _not(owned)


def _signatory(who: Signatory, quality: str) -> Tri:
    if names_nobody(who.name):
        return None
    value = who.signed
    return {"": True, "signed": value, "pending": _not(value)}[quality]


def blockers_by_milestone(latest: Commitments) -> dict[str, list[Blocker]]:
    """The rows about blockers by the milestones that they concern."""
    held: dict[str, list[Blocker]] = {}
    for blocker in latest.blockers:
        named = {ref.split(".")[0] for ref in blocker.sections}
        for milestone in sorted(named | ({blocker.milestone} if blocker.milestone else set())):
            held.setdefault(milestone, []).append(blocker)
    return held


def _blockers(latest: Commitments, rows: Sequence[Blocker], quality: str) -> Tally | None:
    if not latest.blockers and not latest.registries:
        return None
    registered = [blocker for blocker in rows if blocker.in_registry]
    known = {blocker.id for blocker in registered}
    line = latest.registries[0][1].line if latest.registries else latest.blockers[0].table.line
    values = [(blocker.id, _blocker(blocker, quality)) for blocker in registered]
    for blocker in rows:
        if blocker.in_registry or blocker.id in known:
            continue
        value = _blocker(blocker, quality)
        # Beside a registry, a blocker that only a milestone knows may or may not be counted.
        values.append((blocker.id, None if latest.registries and value else value))
    sure = [identifier for identifier, value in values if value is True]
    unclear = [identifier for identifier, value in values if value is None]
    unclear += [identifier for identifier, times in Counter(sure).items() if times > 1]
    return Tally(
        low=len(set(sure)),
        high=len(sure) + sum(value is None for _, value in values),
        place=at(latest.document, line),
        why=_unclear(list(dict.fromkeys(unclear))),
    )


def _unclear(names: Sequence[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"unclear: {', '.join(names[:4])}{more}" if names else ""


def _blocker(blocker: Blocker, quality: str) -> Tri:
    status = blocker.resolution
    if not quality:
        return True
    if quality in {"owned", "unowned"}:
        if blocker.owner is None:
            return None
        value = _owned(blocker.owner, quality)
        return value if status is Resolution.OPEN else None if value else False
    if status is None:
        return None
    if quality == "open":
        return status is Resolution.OPEN
    if quality == "settled":
        if status in {Resolution.DEFERRED, Resolution.ACCEPTED, Resolution.REJECTED}:
            return None
        return status is Resolution.RESOLVED
    return status.value.upper() == quality


def active_proposals(main: Commitments) -> tuple[tuple[Section, State | None], ...]:
    """The proposals that have a section among the active ones, with the state they state.

    A section without ``PROP-`` in its heading is a proposal when it has a proposal's lines.
    """
    document = main.document
    home = document.find("active proposals", "proposals", "open proposals")
    known = {proposal.section.index: proposal for proposal in main.proposals}
    found: list[tuple[Section, State | None]] = []
    for section in document.sections:
        inside = home is not None and section.parent == home.index
        written = section.field("proposed") is not None and section.field("category") is not None
        if section.index in known or (inside and written):
            proposal = known.get(section.index) or Proposal(
                id="", number=None, title="", section=section, fields=section.fields, sections=()
            )
            found.append((section, proposal.state))
    return tuple(found)


def _proposals(main: Commitments, quality: str) -> Tally:
    proposals = active_proposals(main)
    place = at(main.document, proposals[0][0].line if proposals else main.document.title_line)
    gone = {State.DEFERRED, State.REJECTED}
    if quality in {"", "open"}:
        return _tally((None if state in gone else True for _, state in proposals), place)
    return _tally(
        ((state.value if state else "PROPOSED") == quality for _, state in proposals), place
    )


def people(latest: Commitments) -> set[str]:
    """The people who own a domain; teams left out."""
    return {name for d in latest.domains for name in handles(d.owner) if "/" not in name}
