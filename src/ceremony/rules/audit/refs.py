"""Rules about branches and tags: each has its document, each document its branch, in order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ceremony.commitments import TARGET_KEYS
from ceremony.expressions import expression
from ceremony.model import FINAL, Document, Field, Hit, Kind, Place, Severity, Stage, State, Version
from ceremony.rules.audit.census import active_proposals
from ceremony.rules.audit.history import dates, naming
from ceremony.rules.audit.passages import SAMPLES, quiet
from ceremony.rules.audit.past import MAX_AHEAD, Event, Form, Refs
from ceremony.rules.audit.registry import NotAtHand, Project, at, rule

# ---------------------------------------------------------------------------- branches


@rule(
    "branch-missing",
    Severity.ERROR,
    finds="`latest`, or the branch of a frozen document, does not exist",
    help="Create the branch at the commit that the document was frozen from.",
    ceremony="Branch-Document Mapping",
)
def branch_missing(project: Project) -> Iterator[Hit]:
    """A document speaks about its branch; a tag of its name stands for a patch's."""
    refs = project.branches()
    absent = list(_absent(project, refs))
    if absent and refs.unsure:
        raise NotAtHand(refs.unsure)
    yield from absent


def _absent(project: Project, refs: Refs) -> Iterator[Hit]:
    latest, branch = project.one(Kind.LATEST), project.layout.latest_branch
    if latest and branch not in refs.branches:
        yield Hit(
            place=_of_branch(latest),
            message=f"the branch {branch} does not exist",
            subject=branch,
        )
    for version, document in project.frozen:
        name = version.branch
        if name in refs.branches or (version.stage is Stage.PATCH and name in refs.tags):
            continue
        yield Hit(
            place=at(document, document.title_line),
            message=f"the branch {name} of this document does not exist",
            subject=name,
        )


def _of_branch(document: Document) -> Place:
    """The line where a document names its branch, else its title."""
    field = document.meta("branch")
    return at(document, field.line if field else document.title_line)


@rule(
    "frozen-document-missing",
    Severity.ERROR,
    finds="a release branch or release without its frozen document",
    help="Freeze the document on that branch, or remove the branch if nothing was agreed.",
    ceremony="Branch-Document Mapping",
)
def frozen_document_missing(project: Project) -> Iterator[Hit]:
    """A release branch stands for an agreement that somebody must be able to read."""
    refs, past = project.branches(), project.past()
    known = {document.path.rpartition("/")[2] for document in project.by_kind.get(Kind.FROZEN, ())}
    known |= {name for name, events in past.elsewhere.items() if _is_there(events)}
    # What was removed is frozen-modified's: here it counts as having been there.
    known |= set(past.frozen)
    for kind, names in (("branch", refs.releases), ("tag", refs.released)):
        for name, version in names.items():
            if version.document in known or (kind == "tag" and name in refs.releases):
                continue
            yield Hit(
                place=naming(project, name),
                message=f"the {kind} {name} has no {version.document}",
                subject=name,
            )


def _is_there(events: tuple[Event, ...]) -> bool:
    return any(event.form is not Form.GONE for event in events)


@rule(
    "branch-diverged",
    Severity.ERROR,
    finds="`latest` holds commits that `main` lacks, or the reverse of what promotion gives",
    help="Bring the commits to `main` by a pull request, and let promotion move `latest`.",
    ceremony="Promotion Rules",
)
def branch_diverged(project: Project) -> Iterator[Hit]:
    """Promotion only ever moves `latest` to a commit of `main`."""
    refs = project.branches()
    main, latest = project.layout.main_branch, project.layout.latest_branch
    if main not in refs.branches or latest not in refs.branches:
        raise NotAtHand(f"{main} and {latest} are not both in this clone")
    if refs.ahead:
        document = project.one(Kind.LATEST)
        number = f"at least {MAX_AHEAD:,}" if refs.ahead >= MAX_AHEAD else f"{refs.ahead:,}"
        commits = "commit" if refs.ahead == 1 else "commits"
        yield Hit(
            place=_of_branch(document) if document else naming(project, latest),
            message=f"{latest} holds {number} {commits} that {main} lacks",
            subject=f"{latest} {main}",
        )


@rule(
    "branch-document-drift",
    Severity.WARNING,
    finds="the `latest` branch and `MILESTONES.latest.md` tell different stories",
    help="Correct the document on `main` and let promotion carry it to `latest`.",
    ceremony="Branch-Governance Alignment",
)
def branch_document_drift(project: Project) -> Iterator[Hit]:
    """Two copies with two stories are two agreements; what promotion will bring is none."""
    refs = project.branches()
    main, latest = project.layout.main_branch, project.layout.latest_branch
    if main not in refs.branches or latest not in refs.branches:
        raise NotAtHand(f"{main} and {latest} are not both in this clone")
    for document in project.living:
        if document.path in refs.drifted:
            yield Hit(
                place=at(document, document.title_line),
                message=f"{latest} changed this document by itself: {main} has another text",
                subject=latest,
            )


# ---------------------------------------------------------------------------- versions


@rule(
    "version-order",
    Severity.ERROR,
    finds="a version that does not follow its predecessors",
    help="Choose the next free version after those that exist.",
    ceremony="Stage Promotions",
)
def version_order(project: Project) -> Iterator[Hit]:
    """Versions are the history of agreement: none twice, none left out, none after a later one."""
    refs = project.branches()
    places = {version: at(d, d.title_line) for version, d in reversed(project.frozen)}
    places |= {
        version: naming(project, name)
        for name, version in refs.releases.items()
        if version not in places
    }
    yield from _twice(project)
    yield from _gaps(places, refs)
    yield from _backwards(project, places)


def _twice(project: Project) -> Iterator[Hit]:
    first: dict[Version, Document] = {}
    for version, document in project.frozen:
        other = first.setdefault(version, document)
        if other is not document:
            yield Hit(
                place=at(document, document.title_line),
                message=f"{version.branch} exists twice, in {other.path} as well",
                subject=f"{version.branch} twice",
                related=(at(other, other.title_line),),
            )


_NUMBERS = expression(
    r"v?(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(?:-(stable|patch).{0,80})?"
)


def _out(refs: Refs, project: Project) -> set[tuple[int, int, int]]:
    """The numbers of what is out: a stable or a patch, or a tag that bears no stage."""
    found = {v.numbers for v in refs.releases.values() if v.stage in FINAL}
    found |= {v.numbers for v, _ in project.frozen if v.stage in FINAL}
    return found | _tagged(refs)


def _tagged(refs: Refs) -> set[tuple[int, int, int]]:
    matches = (_NUMBERS.fullmatch(tag) for tag in refs.tags)
    return {(int(m[1]), int(m[2]), int(m[3])) for m in matches if m}


def _gaps(places: Mapping[Version, Place], refs: Refs) -> Iterator[Hit]:
    """The first version of a line that leaves out a line, or begins inside it."""
    numbers = {version.numbers for version in places} | _tagged(refs)
    numbers |= {version.numbers for version in refs.released.values()}
    lines = {(major, minor) for major, minor, _ in numbers}
    majors = {major for major, _ in lines}
    lowest = min(numbers, default=(0, 0, 0))
    first: dict[tuple[int, int], Version] = {}
    for version in sorted(places):
        first.setdefault((version.major, version.minor), version)
    for (major, minor), version in first.items():
        own = min(found for found in numbers if found[:2] == (major, minor))
        if own == lowest or version.numbers != own:
            continue
        missing = ""
        if minor and (major, minor - 1) not in lines:
            missing = f"{major}.{minor - 1}"
        elif not minor and major - 1 not in majors:
            missing = f"{major - 1}"
        elif own[2]:
            missing = f"{major}.{minor}.0"
        if missing:
            yield Hit(
                place=places[version],
                message=f"{version.branch} leaves out {missing}: there is no such version",
                subject=f"{version.branch} gap",
                severity=Severity.WARNING,
            )


def _backwards(project: Project, places: Mapping[Version, Place]) -> Iterator[Hit]:
    """What was frozen after a later version, as far as history tells."""
    if project.history is None:
        return
    born = [
        (events[0], version)
        for version, document in project.frozen
        if (events := project.history.frozen.get(document.path.rpartition("/")[2]))
    ]
    order = project.history.order
    born.sort(key=lambda pair: order[pair[0].commit])
    highest: tuple[Event, Version] | None = None
    stages: dict[tuple[int, int, int], tuple[Event, Version]] = {}
    for event, version in born:
        before = stages.get(version.numbers)
        if before is None and version.stage is not Stage.PATCH:
            before = highest
        if before and before[1] > version and _is_later(event, before[0]):
            yield Hit(
                place=places[version],
                message=(
                    f"{version.branch} was frozen on {event.date.isoformat()}, when "
                    f"{before[1].branch} existed already"
                ),
                subject=f"{version.branch} {before[1].branch}",
            )
        if version.numbers not in stages or stages[version.numbers][1] < version:
            stages[version.numbers] = (event, version)
        if highest is None or highest[1] < version:
            highest = (event, version)


def _is_later(event: Event, other: Event) -> bool:
    """Whether both order and date say so: a history that was imported has only one of them."""
    return event.commit != other.commit and event.date > other.date


# ---------------------------------------------------------------------------- targets

_OPEN = {State.PROPOSED, State.ACCEPTED, State.BLOCKED}
_TARGET = expression(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?![\w.])", re.ASCII)
_MONTH = expression(r"(?<![0-9-])([0-9]{4})-(0[1-9]|1[0-2])(?![0-9-])")


class _Target(NamedTuple):
    name: str
    field: Field
    document: Document


@rule(
    "target-passed",
    Severity.WARNING,
    finds="an item open past its target version or date",
    help="Set a target that still lies ahead, or defer the item with a reason.",
    ceremony="Governance Health Indicators",
)
def target_passed(project: Project) -> Iterator[Hit]:
    """A target in the past hides that a commitment slipped."""
    out = _out(project.branches(), project)
    for target in _targets(project):
        said = target.field.value.plain
        over = _over(said, project.as_of)
        version = None if over else _TARGET.search(said)
        why = f"{over.isoformat()} is over" if over else ""
        if version:
            numbers = (int(version[1]), int(version[2]), int(version[3] or 0))
            # A target without its last number is met by any release of its line.
            passed = [found for found in out if found >= numbers]
            if passed:
                why = f"v{'.'.join(map(str, min(passed)))} is out"
        if why:
            yield Hit(
                place=at(target.document, target.field.line),
                message=f"{target.name} is open, and its target has passed: {why}",
                subject=f"{target.name} target",
            )


def _targets(project: Project) -> Iterator[_Target]:
    if project.latest:
        for milestone in project.latest.milestones:
            if milestone.target and milestone.state in _OPEN:
                yield _Target(milestone.id, milestone.target, project.latest.document)
    if project.main:
        document = project.main.document
        shown = quiet(document, SAMPLES)
        for section, state in active_proposals(project.main):
            field = section.field(*TARGET_KEYS)
            if field and section.index not in shown and (state is None or state in _OPEN):
                yield _Target(section.name.split(":")[0].strip()[:80], field, document)


def _over(text: str, as_of: dt.date) -> dt.date | None:
    """The last day of a target date or month that lies before today."""
    days = dates(text)
    month = None if days else _MONTH.search(text)
    if month:
        year, number = int(month[1]), int(month[2])
        if not 1 <= year < dt.MAXYEAR:
            return None
        after = dt.date(year + number // 12, number % 12 + 1, 1)
        days = [after - dt.timedelta(days=1)]
    return max(days) if days and max(days) < as_of else None
