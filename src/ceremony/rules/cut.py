"""cut's decision: is the agreement in `MILESTONES.latest.md` mature enough to be frozen, and why.

Pure: everything that the decision rests on is in `Facts`. A cut is about agreement (ceremony:
Version Cuts), so nothing here asks how much is built. Where one of the audit's findings is the
reason, the reason is that finding, under the audit's own name for it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ceremony.commitments import (
    TARGET_KEYS,
    Blocker,
    Commitments,
    Detail,
    Item,
    Milestone,
    Scope,
    Signatory,
    cell,
    column_of,
    handles,
    names_nobody,
    references,
)
from ceremony.expressions import expression
from ceremony.model import (
    Document,
    Finding,
    InputError,
    Place,
    Resolution,
    Severity,
    Stage,
    State,
    Table,
    Text,
    Version,
)
from ceremony.rules.audit.blockers import Book, Entry, is_typed_as_building, listed, parent
from ceremony.rules.audit.building import demands_building
from ceremony.rules.audit.census import Census, people
from ceremony.rules.audit.cuts import conditions
from ceremony.rules.audit.figures import label, wrong_counts, wrong_gaps
from ceremony.rules.audit.passages import LOGS, SAMPLES, prose, quiet
from ceremony.rules.audit.registry import Project, at
from ceremony.rules.audit.stages import first_difference
from ceremony.rules.audit.states import REASON_COLUMNS
from ceremony.rules.criteria import (
    HEADERLESS,
    SOUND,
    Criterion,
    Standing,
    Verdict,
    as_reason,
    findings,
    judged,
)
from ceremony.rules.loose_ends import (
    End,
    loose_blockers,
    second_status,
    stray_rows,
    unread_blockers,
    unread_states,
)
from ceremony.rules.reviews import folded
from ceremony.rules.words_of_agreement import (
    is_only_building,
    is_struck,
    lacking,
    says_nothing,
    says_plainly,
    standing,
)

# ---------------------------------------------------------------------------- facts


class Asked(NamedTuple):
    """That every signatory has to approve, and what is known of the pull request for it."""

    author: str = ""
    """Who opened it: GitHub lets nobody approve their own."""
    unread: str = ""
    """Why its reviews are not known, and what to do; empty where they are."""
    misfit: str = ""
    """Why its reviews are not about the text to be frozen; empty where they are."""

    @property
    def is_known(self) -> bool:
        """Whether the approvals can be held against the signatories."""
        return not (self.unread or self.misfit)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known when the decision is made."""

    project: Project
    """The documents as they are on the branch that is to be frozen."""
    version: Version
    """The version asked for."""
    today: dt.date
    known: frozenset[Version] | None = None
    """The versions that branches and tags name; None where the refs were not read."""
    latest_exists: bool | None = None
    """Whether the branch to cut from is there; None where nobody looked."""
    latest_proven: bool | None = None
    """Whether its commit's checks are all green; None where nobody looked."""
    documents_agree: bool | None = None
    """Whether `MILESTONES.latest.md` is the same on main and latest; None where nobody looked."""
    approvals: frozenset[str] = frozenset()
    """Who approved the cut's pull request, without the ``@``."""
    asked: Asked | None = None
    """Set where approvals are demanded; else an approval is as good as a signature."""
    opened: Mapping[str, dt.date] = field(default_factory=dict)
    """When blockers were registered, by id, where the history was read."""


# ---------------------------------------------------------------------------- decision


class Step(NamedTuple):
    """One way in which a blocker may end."""

    resolution: Resolution
    act: str
    """What has to be done for it, an imperative without a full stop."""


class Impediment(NamedTuple):
    """A blocker that keeps the version from being cut."""

    id: str
    text: str
    owner: str
    """As written; empty where nobody is named."""
    status: str
    """As written; empty where the table has no such column."""
    sections: tuple[str, ...]
    why: str
    """Why it blocks, one sentence without a full stop."""
    opened: dt.date | None
    age: int | None
    """Days since it was opened; None where nothing says when that was."""
    place: Place
    plan: tuple[Step, ...]
    """The ceremony's four ways out, in its order."""


class CutDecision(NamedTuple):
    """Whether the version may be cut, and everything that a maintainer has to know about it."""

    version: Version
    verdict: Verdict
    criteria: tuple[Criterion, ...]
    blockers: tuple[Impediment, ...]
    beside: tuple[Criterion, ...]
    """Whether latest is proven, and whether latest and main hold one document: never enforced."""
    reported: tuple[Finding, ...]
    """What a maintainer should know and what no cut waits for; each a note."""
    milestones: tuple[str, ...]
    """The milestones in the version's scope that are neither deferred nor rejected."""
    left_out: tuple[str, ...]
    """The milestones that the document keeps for a later version or out of scope."""
    signatories: tuple[str, ...]
    """Who agreed, by name: signed, or approved the pull request."""
    today: dt.date
    is_done: bool = False
    """Whether this version is frozen already, with this very text: there is nothing to do.

    It is a go then, whatever the criteria say by now.
    """

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """Every reason of a no-go, criterion by criterion."""
        return tuple(reason for criterion in self.criteria for reason in criterion.reasons)

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The criteria that could not be looked at: a cut must not be applied before they are."""
        held = (c.name for c in self.criteria if c.standing is Standing.NOT_CHECKED)
        return tuple(held)


CRITERIA: Mapping[str, str] = {
    "scope-defined": "Scope is defined",
    "blockers-resolved": "Blockers are resolved",
    "stakeholders-aligned": "Stakeholders align",
    "capacity-realistic": "Capacity is realistic",
    "states-settled": "Every item in scope is agreed",
    "own-conditions": "The document's own conditions are met",
    "document-sound": "The document reads as it is written",
    "version-follows": "The version is new and follows the others",
    "latest-exists": "The branch to cut from exists",
    "latest-proven": "The branch to cut from is proven green",
    "documents-agree": "The document is the same on both branches",
}
"""Every condition by name, in the order of judgement: the ceremony's four first, and last the two
that are told beside the verdict."""


def asked_version(text: str) -> Version:
    """Read the version that a person asks for: ``1.0.0-alpha``, with or without a ``v``.

    Raises InputError for every other form.
    """
    try:
        return Version.parse(text if text.startswith("v") else f"v{text}")
    except ValueError:
        raise InputError(
            f"{text[:80]!r} is no version: write <X>.<Y>.<Z>-<stage>, with three numbers and one "
            f"of the stages {', '.join(Stage)}; for example 1.0.0-alpha"
        ) from None


def decide(facts: Facts) -> CutDecision:
    """Go or no-go, and why (ceremony: When to Cut a Version, Version Cut Review).

    Raises InputError where the project has no `MILESTONES.latest.md`.
    """
    if facts.project.latest is None:
        raise InputError(
            "there is no MILESTONES.latest.md to cut from: write it, or name its folder in the "
            "configuration (documents.home)"
        )
    review = _Review(facts, facts.project.latest)
    criteria = review.criteria
    unmet = any(criterion.standing is Standing.UNMET for criterion in criteria)
    return CutDecision(
        version=facts.version,
        verdict=Verdict.NO_GO if unmet and not review.is_done else Verdict.GO,
        criteria=criteria,
        blockers=review.impediments(),
        beside=review.beside(),
        reported=review.reported(),
        milestones=tuple(m.id for m in review.scope.milestones),
        left_out=tuple(review.scope.left_out),
        signatories=review.aligned(),
        today=facts.today,
        is_done=review.is_done,
    )


# ---------------------------------------------------------------------------- the version's scope

_VERSIONS = expression(
    r"(?<![\w.-])(?:v([0-9]{1,4})(?:\.([0-9]{1,4}))?(?:\.([0-9]{1,4}))?"
    r"|([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?)(?![0-9])",
    re.IGNORECASE,
)
_REFERENCE_FIRST = expression(r"\W*(M[0-9]{1,4}(?:\.[0-9]{1,4}[a-z]?)?)\b")
_POINTERS = ("milestone", "milestones", "section", "sections", "id", "item", "items")
_GONE = frozenset({State.DEFERRED, State.REJECTED})


def _versions(words: str) -> list[tuple[int, ...]]:
    """The versions that words name, each with as many numbers as are written."""
    return [
        tuple(int(part) for part in match.groups() if part is not None)
        for match in _VERSIONS.finditer(words[:400])
    ]


class VersionScope:
    """Which milestones and items one version is about.

    A milestone is in the scope unless the document says otherwise: its **Target**, or its row's
    in a table of deliverables, names only versions later than the one asked for; or a table or
    list of what is out of scope (for this version, where its heading names one) points at it by
    id. A target without a version, a date for example, keeps nothing out. Where a document tells
    no versions apart, everything in it is the scope. What is DEFERRED or REJECTED has left the
    scope by its state.
    """

    def __init__(self, latest: Commitments, version: Version) -> None:
        self._version = version
        self.latest = latest
        self.scopes = tuple(
            scope
            for scope in latest.scopes
            if not self._is_foreign(scope.section.name)
            # A milestone's own remark about its edges is not the version's scope.
            and not any(
                _REFERENCE_FIRST.match(s.name) for s in latest.document.ancestors(scope.section)
            )
        )
        self.inside: Mapping[str, int] = {
            ref: line
            for scope in reversed(self.scopes)
            if scope.inside
            for ref, line in _pointed_at(scope)
        }
        outside = {
            ref for scope in self.scopes if not scope.inside for ref, _ in _pointed_at(scope)
        } - set(self.inside)
        self._states: dict[str, State | None] = {}
        self._out: set[str] = set()
        for milestone in latest.milestones:
            target = milestone.target
            late = target is not None and self._is_later(target.value.plain)
            self._add(milestone.id, milestone.state, is_out=late or milestone.id in outside)
            for item in milestone.items:
                aim = cell(item.row, item.table.column(*TARGET_KEYS))
                own = aim is not None and bool(_versions(aim.plain))
                is_out = self._is_later(aim.plain) if aim is not None and own else late
                is_out = is_out or item.id in outside or item.milestone in outside
                self._add(item.id, item.state, is_out=is_out)
        for detail in latest.details:
            late = parent(detail.id) in self._out
            self._add(detail.id, detail.state, is_out=late or detail.id in outside)
        self.milestones: tuple[Milestone, ...] = tuple(
            milestone
            for milestone in latest.milestones
            if self.holds(milestone.id) or any(self.holds(item.id) for item in milestone.items)
        )
        self.left_out: tuple[str, ...] = tuple(
            milestone.id
            for milestone in latest.milestones
            if milestone.id in self._out and not any(self.holds(i.id) for i in milestone.items)
        )

    def _add(self, reference: str, state: State | None, *, is_out: bool) -> None:
        if self._states.get(reference) is None:
            self._states[reference] = state
        if is_out:
            self._out.add(reference)

    def _is_later(self, words: str) -> bool:
        named = _versions(words)
        numbers = self._version.numbers
        return bool(named) and all(told > numbers[: len(told)] for told in named)

    def _is_foreign(self, heading: str) -> bool:
        """Whether a heading is about other versions only."""
        named = _versions(heading)
        numbers = self._version.numbers
        return bool(named) and all(told != numbers[: len(told)] for told in named)

    def state_of(self, reference: str) -> State | None:
        """The state that the document gives it first."""
        return self._states.get(reference)

    def is_known(self, reference: str) -> bool:
        """Whether the document has such a milestone or item."""
        return reference in self._states

    def is_for_this(self, reference: str) -> bool:
        """Whether the document does not keep it for later or out of scope, whatever its state."""
        return reference not in self._out

    def holds(self, reference: str) -> bool:
        """Whether it is part of what the version agrees on; what is unknown may be."""
        if not self.is_for_this(reference):
            return False
        above = self._states.get(parent(reference))
        return self._states.get(reference) not in _GONE and above not in _GONE


def _pointed_at(scope: Scope) -> Iterator[tuple[str, int]]:
    """The milestones and items that a table or list of the scope points at by id, and where."""
    for table in scope.tables:
        columns = [n for n, name in enumerate(table.names) if name in _POINTERS]
        for row in table.rows:
            first = _REFERENCE_FIRST.match(row.cells[0].plain)
            if first:
                yield first[1], row.line
            for column in columns:
                yield from ((ref, row.line) for ref in references(row.cells[column].plain))
    for item in scope.items:
        first = _REFERENCE_FIRST.match(item.plain)
        if first:
            yield first[1], item.line


# ---------------------------------------------------------------------------- the review

_ASIDE = (
    "section-missing",
    "blocker-section-mismatch",
    "blocker-section-unknown",
    "cut-gate-implementation",
    "cut-gate-incomplete",
    "rationale-missing",
)
"""Findings that a maintainer wants to see before a cut, and that no condition of it names."""

_LATER = r"to be (?:determined|decided|defined|agreed|confirmed|discussed|announced|named|found)"
_UNSAID = expression(
    rf"\W*(?:tbd|tbc|todo|{_LATER}|undefined|undecided|unclear)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_PARTLY_UNSAID = expression(rf"\b(?:tbd|tbc|{_LATER}|(?-i:TODO))\b", re.IGNORECASE)
"""What leaves open a part of what is in scope; the reason why something is out of it may."""
_LATER_COLUMNS = ("future version", "future", "version", "target", "target version", "when")
_DATE = expression(r"(?<![0-9])([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])")
_DATE_COLUMNS = ("opened", "since", "raised", "date", "created", "opened on", "raised on", "added")
_CITED = expression(r"(?<![\w.-])B(?:-?M)?-?[0-9]+(?:\.[0-9]+)?[a-z]?(?![\w-])", re.IGNORECASE)
_FENCED_BLOCKER = expression(r"\s*\|?\s*B(?:-?M)?-?[0-9]+(?:\.[0-9]+)?[a-z]?\s*\|", re.IGNORECASE)
_RISK_COLUMNS = (*REASON_COLUMNS, "risk", "risks", "mitigation", "resolution", "decision")
_RISK = expression(r"\b(?:risks?|accept\w*|because|until|live with|despite)\b", re.IGNORECASE)
_WORD = expression(r"[^\W\d_]{2,}")
_HAVE = ("current", "available", "have")
_WANT = ("sustainable", "required", "needed", "need")
_AMOUNT = expression(r"[0-9]{1,6}(?:\.[0-9]{1,3})?")
_CARRIED_COLUMNS = (*REASON_COLUMNS, "plan", "mitigation", "action")
_NOT_MET = expression(
    r"\W*(?:not\b|no\b|unmet|open|pending|missing|in progress|partial|to ?do|0\b|blocked).*|"
    r".*(?:[❌✗✘🔴⏳☐?]).*",
    re.IGNORECASE | re.DOTALL,
)
_NO_BOX = expression(r"\s*\[\s*[^\s\w]?\s*\](?![(\[:])|\s*\[(?:\s+[xX]\s*|[xX]\s+)\](?![(\[:])")
"""What looks like a task's box and is none, or none that is ticked."""
_CROSSED = expression(r"\s*[❌✗✘✖🔴⏳☐⬜]")

_OPEN_HELP = "Resolve, defer, accept or reject it: the resolution plan says how."


class _Review:
    """One review of latest for a version cut."""

    def __init__(self, facts: Facts, latest: Commitments) -> None:
        self._facts = facts
        self._latest = latest
        self._document = latest.document
        # The other documents' findings are the audit's business: a cut freezes this one.
        kept = [latest.document, *([facts.project.main.document] if facts.project.main else [])]
        self._project = Project(
            documents=tuple(kept),
            tree=facts.project.tree,
            layout=facts.project.layout,
            as_of=facts.today,
            options=facts.project.options,
        )
        self.scope = VersionScope(latest, facts.version)
        self._book = Book(latest)
        self._aside: list[Finding] = []

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every condition, the ceremony's four first."""
        return (
            self._scope_defined(),
            self._blockers_resolved(),
            self._stakeholders_aligned(),
            self._capacity_realistic(),
            self._states_settled(),
            self._own_conditions(),
            self._document_sound(),
            self._version_follows(),
            self._latest_exists(),
        )

    # ---- shared

    def _found(self, name: str) -> list[Finding]:
        """What a rule of the audit finds in latest."""
        path = self._document.path
        return [found for found in findings(name, self._project) if found.place.file == path]

    def _reason(
        self, name: str, place: Place, message: str, do: str, related: Sequence[Place] = ()
    ) -> Finding:
        return Finding(
            rule=name,
            severity=Severity.ERROR,
            place=place,
            message=message,
            help=do,
            subject=message[:120],
            related=tuple(related[:10]),
        )

    def _at(self, line: int, column: int = 1) -> Place:
        return at(self._document, line, column)

    def _ends(self, name: str, ends: Iterable[End]) -> list[Finding]:
        """What stands where nothing holds it, as reasons; a line is told once."""
        told = {end.line: end for end in reversed(list(ends))}
        return [
            self._reason(name, self._at(end.line), end.message, end.do) for end in told.values()
        ]

    def _set_aside(self, findings: Iterable[Finding]) -> None:
        self._aside.extend(found._replace(severity=Severity.NOTE) for found in findings)

    # ---- the four conditions

    def _scope_defined(self) -> Criterion:
        name = "scope-defined"
        own = {scope.section.index for scope in self.scope.scopes}
        foreign = {
            line
            for scope in self._latest.scopes
            if scope.section.index not in own
            for part in self._document.under(scope.section)
            for line in (part.line, *(row.line for t in part.tables for row in t.rows))
        }
        reasons = self._missing("scope", "milestones")
        reasons += [f for f in self._found("scope-undefined") if f.place.line not in foreign]
        told = {reason.place.line for reason in reasons}
        for inside, words in ((True, "in"), (False, "out of")):
            there = [s for s in self._latest.scopes if s.inside is inside]
            if there and not any(scope.inside is inside for scope in self.scope.scopes):
                message = (
                    f"“{there[0].section.name}” is not about {self._facts.version.branch}: nothing "
                    f"says what is {words} scope of it"
                )
                do = "Name this version in the heading, or no version at all."
                reasons.append(self._reason(name, self._at(there[0].section.line), message, do))
        for scope in self.scope.scopes:
            for line, said in _undecided(scope):
                if line not in told:
                    message = f"“{said}” leaves the scope undecided"
                    do = "Decide it, or move the row out of scope with the reason."
                    reasons.append(self._reason(name, self._at(line), message, do))
        if not self.scope.milestones:
            message = f"No milestone is in the scope of {self._facts.version.branch}"
            do = "Accept proposals into milestones first: there is nothing to agree on yet."
            line = self._latest.milestones[0].line if self._latest.milestones else 0
            place = self._at(line or self._document.title_line)
            reasons.append(self._reason(name, place, message, do))
        reasons += self._named_for_later(name)
        places = [self._at(scope.section.line) for scope in self.scope.scopes]
        ids = [milestone.id for milestone in self.scope.milestones]
        says = f"in and out are said, for {listed(ids)}" if ids else ""
        return judged(name, CRITERIA[name], reasons, says, places)

    def _named_for_later(self, name: str) -> Iterator[Finding]:
        """What In Scope names though it is unsettled and its target is a later version's."""
        items: dict[str, list[str]] = {}
        for item in self._latest.items:
            items.setdefault(item.milestone, []).append(item.id)
        unsettled = {State.PROPOSED, State.BLOCKED, None}
        for reference, line in self.scope.inside.items():
            if not self.scope.is_known(reference) or self.scope.is_for_this(reference):
                continue
            held = (reference, *items.get(reference, ()))
            if unsettled & {self.scope.state_of(ref) for ref in held}:
                message = (
                    f"{reference} is named in scope, but its target is later than "
                    f"{self._facts.version.branch}, and it is not agreed"
                )
                do = "Take it out of the scope table, or settle it for this version."
                yield self._reason(name, self._at(line), message, do)

    def _blockers_resolved(self) -> Criterion:
        name = "blockers-resolved"
        found = {
            rule: {finding.place.line: finding for finding in self._found(rule)}
            for rule in ("blocker-state-unknown", "blocker-rejected-in-scope")
        }
        reasons = self._missing("blocker registry")
        reasons += self._fenced(name)
        reasons += self._ends(name, self._loose())
        for entry, why, rule in self._blocking:
            line = entry.row.line
            taken = found.get(rule, {}).get(line)
            place = self._at(line)
            own = self._reason(name, place, why, _OPEN_HELP, self._where(entry))
            reasons.append(taken or own._replace(subject=entry.subject))
        owners = {finding.place.line: finding for finding in self._found("blocker-owner-missing")}
        blocking = {
            line
            for entry, _, _ in self._blocking
            for line in (entry.row.line, *(other.line for other in entry.others))
        }
        reasons += [owners[line] for line in sorted(owners) if line in blocking]
        places = [self._at(entry.row.line) for entry in self._book.entries if self._touches(entry)]
        count = len(places)
        says = f"all {count} that touch the scope are settled" if count else "none is registered"
        return judged(name, CRITERIA[name], reasons, says, places)

    def _stakeholders_aligned(self) -> Criterion:
        name = "stakeholders-aligned"
        found = {finding.place.line: finding for finding in self._found("signatory-unsigned")}
        who = self._signatories
        asked = self._facts.asked
        reasons = self._foreign_pull(name)
        for signatory in who:
            agrees = self._agrees(signatory)
            if agrees or self._has_to_approve:
                # How the row stands is no reason any more, only worth a look.
                if signatory.line in found:
                    self._set_aside([found[signatory.line]])
                if not agrees:
                    reasons.append(self._unapproved(name, signatory))
                continue
            person = signatory.name.plain.strip()
            message = f"The status of {person} says neither that they signed nor that they did not"
            if signatory.signed:
                message = f"{person} {lacking(signatory, self._facts.today)}"
            do = "Write Signed with a date and nothing else, or Pending."
            own = self._reason(name, self._at(signatory.line), message, do)
            reasons.append(own if signatory.signed else found.get(signatory.line, own))
        if not who:
            owners = people(self._latest)
            silent = sorted(who for who in owners if folded(who) not in self._approved)
            if silent or not owners:
                message = "Nobody is named who agrees to the cut"
                if silent:
                    message += f", and {listed(silent)} did not approve its pull request"
                do = "Add a table of signatories (Maintainer, Date, Status), and let them sign."
                nobody = self._reason(name, self._at(self._signing), message, do)
                reasons.append(nobody._replace(subject="signatories"))
        places = [self._at(signatory.line) for signatory in who]
        names = self.aligned()
        says = f"{listed(names)} agreed" if names else ""
        made = judged(name, CRITERIA[name], reasons, says, places)
        if asked is None or not asked.unread:
            return made
        if made.standing is Standing.UNMET:
            return made._replace(says=f"{made.says}; and {asked.unread}")
        return made._replace(standing=Standing.NOT_CHECKED, says=asked.unread)

    def _foreign_pull(self, name: str) -> list[Finding]:
        """What keeps any approval from counting."""
        asked = self._facts.asked
        if asked is None or not asked.misfit:
            return []
        do = (
            "Give `pull-request` the number of the one that brought this text to the branch, "
            "merged or open."
        )
        reason = self._reason(name, self._at(self._signing), asked.misfit, do)
        return [reason._replace(subject="pull request")]

    def _unapproved(self, name: str, signatory: Signatory) -> Finding:
        """Whose approval of the pull request is missing in a signatory's row."""
        named = handles(signatory.name)
        missing = [who for who in named if folded(who) not in self._consenting(signatory)]
        do = (
            "Let them approve its newest commit: an approval of an earlier one does not count, "
            "nor one that was dismissed or followed by a request for changes."
        )
        if not named:
            person = signatory.name.plain.strip()
            message = f"{person} is named without a handle, so that no approval can be theirs"
            do = "Write their @handle beside the name."
        elif all(folded(who) == self._author for who in missing):
            message = f"{listed(missing)} opened the pull request and did not sign"
            do = "Let them sign the row: nobody can approve a pull request of their own."
        else:
            message = f"{listed(missing)} did not approve the pull request as it is now"
        return self._reason(name, self._at(signatory.line), message, do)

    def _capacity_realistic(self) -> Criterion:
        name = "capacity-realistic"
        reasons = self._missing("capacity", "surface area")
        reasons += [
            finding
            for finding in self._found("domain-owner-missing")
            if finding.subject.casefold() not in self._outside
        ]
        reasons += [
            finding
            for finding in self._found("milestone-owner-missing")
            if self.scope.holds(finding.subject)
        ]
        reasons += self._struck_owners(name)
        for finding in self._found("threshold-exceeded"):
            if "deferred" in finding.subject or "proposal" in finding.subject:
                self._set_aside([finding])
            else:
                reasons.append(finding)
        places: list[Place] = []
        census = Census(project=self._project)
        for table in self._capacity_tables():
            places.append(self._at(table.line))
            reasons += self._shortfalls(name, table)
            hits = (
                *wrong_counts(census, self._latest, table),
                *wrong_gaps(census, self._latest, table),
            )
            reasons += [as_reason("count-mismatch", hit) for hit in hits]
        places += [self._at(domain.line) for domain in self._latest.domains]
        says = "everything has an owner, and the document's own figures show no gap"
        return judged(name, CRITERIA[name], reasons, says, places)

    def _struck_owners(self, name: str) -> Iterator[Finding]:
        """Domains and milestones whose owner is struck out: nobody else is named."""
        owners = [
            (f"Domain {domain.name.strip()}", domain.line, domain.owner)
            for domain in self._latest.domains
            if domain.name.strip().casefold() not in self._outside
        ]
        owners += [
            (milestone.id, milestone.owner.line, milestone.owner.value)
            for milestone in self.scope.milestones
            if milestone.owner and self.scope.holds(milestone.id)
        ]
        for what, line, owner in owners:
            if is_struck(owner):
                message = f"{what} has no owner: {owner.plain.strip()[:60]} is struck out"
                do = "Name who owns it now, or take it out of the scope."
                yield self._reason(name, self._at(line), message, do)

    # ---- what follows from them

    def _states_settled(self) -> Criterion:
        name = "states-settled"
        reasons: list[Finding] = []
        places: list[Place] = []
        for milestone in self.scope.milestones:
            places.append(self._at(milestone.line))
            reasons += self._unsettled(name, milestone)
        rows = {item.id: item.state for item in self._latest.items}
        for detail in self._latest.details:
            told = rows.get(detail.id) is detail.state or not self.scope.holds(detail.id)
            if not told and detail.status and detail.state in {State.PROPOSED, State.BLOCKED}:
                message = f"{detail.id} is {detail.state}"
                if rows.get(detail.id):
                    message += f" in its own section, and {rows[detail.id]} in its row"
                place = self._at(detail.status.line)
                reasons.append(self._reason(name, place, message, _SETTLE[detail.state]))
        reasons += self._doubtful(name)
        unread = unread_states(self._latest)
        held = (s.end for s in unread if not s.reference or self.scope.holds(s.reference))
        reasons += self._ends(name, held)
        for rule in ("state-missing", "state-unknown"):
            for finding in self._found(rule):
                named = references(finding.message)
                if not named or self.scope.holds(named[0]):
                    reasons.append(finding)
        says = "nothing in scope is merely proposed or blocked"
        return judged(name, CRITERIA[name], reasons, says, places)

    def _doubtful(self, name: str) -> Iterator[Finding]:
        """States that are taken back where they stand, or contradicted by a second **Status**."""
        parts: tuple[Milestone | Detail, ...] = (*self._latest.milestones, *self._latest.details)
        stated = [(p.id, p.state, p.status.value) for p in parts if p.status]
        stated += [(item.id, item.state, item.status) for item in self._latest.items if item.status]
        for reference, state, text in stated:
            if state is None or state in _SETTLE or not self.scope.is_for_this(reference):
                continue
            if not says_plainly(text, state):
                said = text.raw.strip()[:60]
                message = f"The state of {reference}, “{said}”, is not plainly {state}"
                do = "Write the one state that it has, and the remark beside it."
                yield self._reason(name, self._at(text.line), message, do)
        for part in parts:
            second = second_status(part.section)
            if second and self.scope.is_for_this(part.id):
                message = f"{part.id} states a second status: “{second.value.plain.strip()[:60]}”"
                do = "Keep the one that holds."
                yield self._reason(name, self._at(second.line), message, do)

    def _own_conditions(self) -> Criterion:
        name = "own-conditions"
        reasons: list[Finding] = []
        places: list[Place] = []
        for criterion in conditions(self._latest):
            words = criterion.text.plain if criterion.status else criterion.plain
            if demands_building(words):
                continue  # an audit rule says so, and it is reported beside the verdict
            unmet = criterion.checked is False
            if criterion.checked is None and criterion.status is None:
                # A box that GitHub does not read, or a cross in its place.
                unmet = bool(_NO_BOX.match(criterion.text.raw) or _CROSSED.match(criterion.plain))
            if criterion.status is not None:
                stated = (standing(criterion.status) or "")[:200]
                unmet = not stated or bool(_NOT_MET.fullmatch(stated))
                unmet = unmet or criterion.status.is_placeholder
            if unmet or criterion.checked is not None or criterion.status is not None:
                places.append(self._at(criterion.line))
            if unmet:
                said = " ".join(words.split())[:100]
                message = f"The document's own condition is not met yet: “{said}”"
                do = "Tick it once it is so; a condition that is no longer wanted is taken out."
                reasons.append(self._reason(name, self._at(criterion.line), message, do))
        says = f"all {len(places)} are met" if places else "the document sets none"
        return judged(name, CRITERIA[name], reasons, says, places)

    def _document_sound(self) -> Criterion:
        name = "document-sound"
        reasons = [finding for rule in SOUND for finding in self._found(rule)]
        reasons += self._ends(name, stray_rows(self._document))
        if self._document.header_end is None:
            place = self._at(self._document.title_line)
            reasons.append(self._reason(name, place, *HEADERLESS))
        says = "what people read is what is frozen"
        return judged(name, CRITERIA[name], reasons, says, ())

    def _version_follows(self) -> Criterion:
        name = "version-follows"
        version = self._facts.version
        message, do = self._misfit()
        if message:
            place = self._at(self._document.title_line)
            reason = self._reason(name, place, f"{version.branch} {message}", do)
            return judged(name, CRITERIA[name], [reason._replace(subject=version.branch)], "", ())
        before = [known for known in self._known if known != version]
        says = f"it follows {max(before).branch}" if before else "it is the first"
        if self.is_done:
            says = "it is frozen already, with this very text"
        if self._facts.known is None:
            says += " among the documents at hand; branches and tags were not read"
            return Criterion(name, CRITERIA[name], Standing.NOT_CHECKED, says)
        return judged(name, CRITERIA[name], [], says, ())

    def _latest_exists(self) -> Criterion:
        name = "latest-exists"
        branch = self._project.layout.latest_branch
        if self._facts.latest_exists is None:
            says = f"nobody looked whether {branch} exists"
            return Criterion(name, CRITERIA[name], Standing.NOT_CHECKED, says)
        reasons: list[Finding] = []
        if not self._facts.latest_exists:
            message = f"There is no branch {branch} to cut from"
            do = "Let `ceremony promote` create it from the newest proven commit of main."
            place = self._at(self._document.title_line)
            reasons.append(self._reason(name, place, message, do))
        return judged(name, CRITERIA[name], reasons, f"{branch} is there", ())

    # ---- scope

    @cached_property
    def _outside(self) -> frozenset[str]:
        """The names of what stands out of scope, in lower case."""
        return frozenset(
            row.cells[0].plain.strip().casefold()
            for scope in self.scope.scopes
            if not scope.inside
            for table in scope.tables
            for row in table.rows
        )

    def _missing(self, *words: str) -> list[Finding]:
        """The sections about one of the subjects that the ceremony requires and that are absent."""
        found = self._found("section-missing")
        return [finding for finding in found if any(word in finding.subject for word in words)]

    # ---- blockers

    def _fenced(self, name: str) -> Iterator[Finding]:
        """Blockers that stand in a code block: nobody's registry holds them."""
        registry = self._latest.registry
        for section in self._document.under(registry) if registry else ():
            for fence in section.fences:
                if any(_FENCED_BLOCKER.match(line) for line in fence.content):
                    message = "Blockers stand in a code block, where they block nothing"
                    do = "Take the table out of the code block, or the code block out of here."
                    yield self._reason(name, self._at(fence.line), message, do)

    def _loose(self) -> Iterator[End]:
        """Blockers that stand in no registry, of what is in scope."""
        document, registry = self._document, self._latest.registry
        yield from unread_blockers(self._latest, self._book)
        if registry:
            yield from loose_blockers(document, document.under(registry), self._book, "")
        owners = [(m.id, m.section) for m in self.scope.milestones]
        owners += [(d.id, d.section) for d in self._latest.details if self.scope.holds(d.id)]
        for reference, section in owners:
            held = document.under(section)
            yield from loose_blockers(document, held, self._book, f" of {reference}")

    def _touches(self, entry: Entry) -> bool:
        """Whether a blocker is about the version's scope; one that points nowhere is."""
        return not entry.targets or any(self._is_touched(target) for target in entry.targets)

    def _is_touched(self, target: str) -> bool:
        if "." not in target and self.scope.is_known(target):
            return target in self._touched
        return self.scope.holds(target)

    @cached_property
    def _touched(self) -> frozenset[str]:
        return frozenset(milestone.id for milestone in self.scope.milestones)

    @cached_property
    def _blocking(self) -> tuple[tuple[Entry, str, str], ...]:
        """The blockers that stand against the cut: why, and the audit's rule that says so."""
        about_code = {f.place.line: f for f in self._found("blocker-implementation")}
        held: list[tuple[Entry, str, str]] = []
        for entry in self._book.entries:
            why, rule = self._objection(entry)
            if not why:
                continue
            if entry.row.line in about_code and entry.is_open and _is_only_work(entry.row):
                self._set_aside([about_code[entry.row.line]])
            elif self._touches(entry):
                held.append((entry, why, rule))
        return tuple(held)

    def _objection(self, entry: Entry) -> tuple[str, str]:
        """Why a blocker is not settled in the ceremony's sense, and by which rule; or nothing."""
        row, name = entry.row, entry.name
        resolution = row.resolution
        if row.status is None:
            outcome = cell(row.row, row.table.column("resolution", "outcome", "resolved"))
            ended = Resolution.read(outcome.plain) if outcome else None
            doubtful = (
                outcome
                and ended not in {None, Resolution.OPEN}
                and not says_plainly(outcome, ended)
            )
            settled = row.is_settled and not doubtful
            return ("", "") if settled else (f"{name} is open", "")
        if resolution is None:
            return f"{name} is neither open nor resolved in a way that counts", _UNKNOWN
        if resolution is Resolution.OPEN:
            return f"{name} is open: “{row.text.plain.strip()[:100]}”", ""
        if not says_plainly(row.status, resolution):
            said = row.status.raw.strip()[:60]
            return f"The status of {name}, “{said}”, is not plainly {resolution}", ""
        if resolution is Resolution.ACCEPTED and not self._names_risk(entry):
            return f"{name} is Accepted, but nothing names the risk that is taken", ""
        if resolution is Resolution.REJECTED:
            if not entry.targets:
                return f"{name} is Rejected, but names no section that left the scope", ""
            known = [target for target in entry.targets if self.scope.is_known(target)]
            if any(self._is_touched(target) for target in known):
                return f"{name} is Rejected, but its section is still in scope", _STILL_IN
            unknown = [target for target in entry.targets if target not in self._sections]
            if unknown:
                gone = listed(unknown)
                return f"{name} is Rejected, but the document has no section {gone}", ""
        return "", ""

    @cached_property
    def _sections(self) -> frozenset[str]:
        """Every milestone and item that the document has anywhere."""
        return self._book.known()

    def _names_risk(self, entry: Entry) -> bool:
        """Whether the row, or a sentence that cites the blocker, says what is risked."""
        for row in (entry.row, *entry.others):
            if any(_speaks(text) for text in _remarks(row)):
                return True
        return entry.key in self._risks

    @cached_property
    def _risks(self) -> frozenset[str]:
        """The blockers, by key, of which a sentence says why their risk is taken."""
        found: set[str] = set()
        for section in self._document.sections:
            for block in prose(section):
                plain = block.plain
                if _RISK.search(plain) and len(_WORD.findall(plain)) > 3:
                    cited = {match[0].casefold() for match in _CITED.finditer(plain)}
                    # A list of all of them says nothing of any.
                    found.update(cited if len(cited) == 1 else ())
        return frozenset(found)

    def _where(self, entry: Entry) -> tuple[Place, ...]:
        return self._book.rows_of(*entry.targets)

    def impediments(self) -> tuple[Impediment, ...]:
        """The blockers that stand against the cut, with the ways out."""
        return tuple(self._impediment(entry, why) for entry, why, _ in self._blocking)

    def _impediment(self, entry: Entry, why: str) -> Impediment:
        row = entry.row
        owners = [row.owner, *(other.owner for other in entry.others)]
        owner = next((text for text in owners if text is not None), None)
        named = "" if owner is None or names_nobody(owner) else owner.plain.strip()
        opened = self._opened(row)
        return Impediment(
            id=row.id,
            text=row.text.plain.strip(),
            owner=named,
            status=row.status.plain.strip() if row.status else "",
            sections=entry.targets,
            why=why,
            opened=opened,
            age=max((self._facts.today - opened).days, 0) if opened else None,
            place=self._at(row.line),
            plan=_plan(entry, named),
        )

    def _opened(self, row: Blocker) -> dt.date | None:
        """When a blocker came up: by its row, by the history, or by the document's changelog."""
        stated = cell(row.row, row.table.column(*_DATE_COLUMNS))
        return (
            (_date(stated.plain) if stated else None)
            or self._facts.opened.get(row.id)
            or self._logged.get(row.id.casefold())
        )

    @cached_property
    def _logged(self) -> Mapping[str, dt.date]:
        """The first date at which the changelog names a blocker."""
        found: dict[str, dt.date] = {}
        logs = quiet(self._document, LOGS)
        for section, table in self._document.tables():
            if section.index not in logs or table.column("date") is None:
                continue
            for row in table.rows:
                day = _date(row.cells[table.column("date") or 0].plain)
                words = " ".join(text.plain for text in row.cells)
                for match in _CITED.finditer(words) if day else ():
                    name = match[0].casefold()
                    found[name] = min(found.get(name, day or dt.date.max), day or dt.date.max)
        return found

    # ---- people

    @cached_property
    def _signatories(self) -> tuple[Signatory, ...]:
        """Those who are named; a template's row names nobody."""
        shown = {
            row.line
            for index in quiet(self._document, SAMPLES)
            for table in self._document.sections[index].tables
            for row in table.rows
        }
        named = (who for who in self._latest.signatories if who.line not in shown)
        return tuple(who for who in named if not names_nobody(who.name))

    def _agrees(self, signatory: Signatory) -> bool:
        """Whether they signed or approved; where approvals are demanded, all whom the row names."""
        named = {folded(handle) for handle in handles(signatory.name)}
        if self._has_to_approve:
            return bool(named) and named <= self._consenting(signatory)
        return self._signed(signatory) or bool(named & self._approved)

    def _signed(self, signatory: Signatory) -> bool:
        """Whether the row says plainly that they signed, and not later than today."""
        return not lacking(signatory, self._facts.today)

    def _consenting(self, signatory: Signatory) -> frozenset[str]:
        """Who stands to the pull request: its approvers, and its author who signed the row."""
        own = {self._author} if self._author and self._signed(signatory) else set()
        return self._approved | own

    @property
    def _has_to_approve(self) -> bool:
        asked = self._facts.asked
        return asked is not None and asked.is_known

    @cached_property
    def _author(self) -> str:
        author = self._facts.asked.author if self._facts.asked else ""
        return f"@{folded(author)}" if author else ""

    @cached_property
    def _approved(self) -> frozenset[str]:
        return frozenset(f"@{folded(login)}" for login in self._facts.approvals)

    @property
    def _signing(self) -> int:
        """The line where the document says, or should say, who agrees."""
        section = self._document.find("signatories", "sign-off", "approvals")
        return section.line if section else self._document.title_line

    def aligned(self) -> tuple[str, ...]:
        """Who agreed, in the document's order; without signatories, the owners who approved."""
        if self._signatories:
            agreed = (who for who in self._signatories if self._agrees(who))
            names = [who.name.plain.strip() for who in agreed]
        else:
            owners = people(self._latest)
            names = sorted(who for who in owners if folded(who) in self._approved)
        return tuple(dict.fromkeys(names))

    # ---- capacity

    def _capacity_tables(self) -> Iterator[Table]:
        for _, table in self._document.tables():
            if table.column("gap") is not None and table.column(*_HAVE) is not None:
                yield table

    def _shortfalls(self, name: str, table: Table) -> Iterator[Finding]:
        """The rows in which there is less than what the document itself calls enough."""
        gaps = table.column("gap")
        for row in table.rows:
            have, want = cell(row, table.column(*_HAVE)), cell(row, table.column(*_WANT))
            gap = cell(row, gaps)
            if gap is None or not _is_short(have, want, gap):
                continue
            what = row.cells[0].plain.strip()
            counted = label(row.cells[0].plain)
            figures = f"{have.plain.strip()} of {want.plain.strip()}" if have and want else ""
            message = f"{what}: the document itself gives a gap of {gap.plain.strip()}"
            if figures:
                message += f" ({figures})"
            place = self._at(row.line, column_of(self._document, row, gap))
            do = "Close the gap, commit to less, or say in the row how it is carried."
            finding = self._reason(name, place, message, do)._replace(subject=f"gap {what}")
            carried = cell(row, table.column(*_CARRIED_COLUMNS))
            # A deputy helps, but nothing that is promised hangs on one.
            if (counted and counted.quality == "backed") or (carried and _speaks(carried)):
                self._set_aside([finding])
            else:
                yield finding

    # ---- states

    def _unsettled(self, name: str, milestone: Milestone) -> Iterator[Finding]:
        """What of a milestone is merely proposed, in one reason; and each item that is blocked."""
        items = [item for item in milestone.items if self.scope.holds(item.id)]
        proposed = [item for item in items if item.state is State.PROPOSED]
        blocked = [item for item in items if item.state is State.BLOCKED]
        # A milestone of which only items count has no state of its own to settle.
        own = milestone.state if self.scope.holds(milestone.id) else None
        line = milestone.status.line if milestone.status else milestone.line
        if own is State.PROPOSED or proposed:
            yield self._proposed(name, milestone, own, proposed, line)
        for item in blocked:
            message = f"{item.id} ({item.title.plain.strip()}) is BLOCKED"
            place = self._at(item.line, column_of(self._document, item.row, item.status))
            yield self._reason(name, place, message, _SETTLE[State.BLOCKED], self._by(item.id))
        if own is State.BLOCKED and not blocked:
            message = f"{milestone.id} is BLOCKED"
            related = self._by(milestone.id)
            yield self._reason(name, self._at(line), message, _SETTLE[State.BLOCKED], related)

    def _proposed(
        self,
        name: str,
        milestone: Milestone,
        own: State | None,
        proposed: Sequence[Item],
        line: int,
    ) -> Finding:
        ids = [item.id for item in proposed]
        are = "is" if len(ids) == 1 else "are"
        if own is State.PROPOSED:
            message = f"{milestone.id} ({milestone.title}) is PROPOSED"
            if ids:
                message += f", and so {are} {listed(ids)}"
        else:
            message = f"{listed(ids)} {are} PROPOSED"
            line = proposed[0].line
        related = [self._at(item.line) for item in proposed]
        reason = self._reason(name, self._at(line), message, _SETTLE[State.PROPOSED], related)
        return reason._replace(subject=f"{milestone.id} {State.PROPOSED}")

    def _by(self, reference: str) -> tuple[Place, ...]:
        """Where the blockers of an item or a milestone stand."""
        return tuple(self._at(line) for line in self._reaching.get(reference, ()))

    @cached_property
    def _reaching(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for entry in self._book.entries:
            for target in entry.targets:
                if not entry.is_settled:
                    found.setdefault(target, []).append(entry.row.line)
        return found

    # ---- the version

    @cached_property
    def _known(self) -> frozenset[Version]:
        documents = frozenset(version for version, _ in self._facts.project.frozen)
        return documents | (self._facts.known or frozenset())

    @cached_property
    def _frozen(self) -> Document | None:
        """The document that is frozen under the version asked for, where it is at hand."""
        held = (d for v, d in self._facts.project.frozen if v == self._facts.version)
        return next(held, None)

    @cached_property
    def is_done(self) -> bool:
        """Whether this very text is frozen under the version already."""
        return self._frozen is not None and first_difference(self._frozen, self._document) is None

    def _misfit(self) -> tuple[str, str]:
        """What is wrong with the version, and what to do; or nothing."""
        version = self._facts.version
        if self.is_done:
            return "", ""
        same = sorted(v for v in self._known if v.numbers == version.numbers)
        if version in same:
            do = "Ask for a version that is not frozen yet: what is frozen never changes."
            return f"is frozen already, {self._difference()}", do
        if same:
            do = "Use `ceremony stage` to carry a version on to its next stage."
            return f"is cut already, as {same[-1].branch}", do
        if version.stage is Stage.PATCH:
            do = "Cut an alpha, a beta or a stable; patches are made by `ceremony stage`."
            return "would amend a stable version that does not exist", do
        newest = max(self._known, default=None)
        if newest is not None and newest.numbers > version.numbers:
            do = "Ask for a higher version: a cut never goes backwards."
            return f"comes before {newest.branch}, which is frozen already", do
        return "", ""

    def _difference(self) -> str:
        if self._frozen is None:
            return "and its document is not at hand to be compared"
        line, there, _ = first_difference(self._frozen, self._document) or (1, 1, "")
        return f"with another text: line {line} here is not line {there} of {self._frozen.path}"

    # ---- beside the verdict

    def reported(self) -> tuple[Finding, ...]:
        """What a maintainer should see and no cut waits for, by line."""
        told = {reason for criterion in self.criteria for reason in criterion.reasons}
        found = [finding for rule in _ASIDE for finding in self._found(rule)]
        self._set_aside(finding for finding in found if finding not in told)
        return tuple(sorted(dict.fromkeys(self._aside), key=lambda finding: finding.sort_key))

    def beside(self) -> tuple[Criterion, ...]:
        """What is told with the verdict and is no part of it: a release wants it, no cut does."""
        branch, main = self._project.layout.latest_branch, self._project.layout.main_branch
        return (
            _told(
                "latest-proven",
                holds=self._facts.latest_proven,
                says=(
                    f"every check of {branch} succeeded",
                    f"not every check of {branch} succeeded",
                ),
            ),
            _told(
                "documents-agree",
                holds=self._facts.documents_agree,
                says=(f"{branch} and {main} hold one text", f"{branch} and {main} hold two texts"),
            ),
        )


_UNKNOWN = "blocker-state-unknown"
_STILL_IN = "blocker-rejected-in-scope"
_SETTLE = {
    State.PROPOSED: "Accept it, or defer or reject it with a reason, or move it back to the "
    "proposals.",
    State.BLOCKED: "Settle its blocker and accept it, or defer or reject it with a reason.",
}


def _told(name: str, *, holds: bool | None, says: tuple[str, str]) -> Criterion:
    if holds is None:
        return Criterion(name, CRITERIA[name], Standing.NOT_CHECKED, "nobody looked")
    return Criterion(
        name, CRITERIA[name], Standing.MET if holds else Standing.UNMET, says[not holds]
    )


def _undecided(scope: Scope) -> Iterator[tuple[int, str]]:
    """The rows and items of a scope that leave something for later: line and words.

    When something that is out of scope may come back is nobody's promise.
    """
    for table in scope.tables:
        later = {table.names.index(name) for name in _LATER_COLUMNS if name in table.names}
        for row in table.rows:
            cells = [text for n, text in enumerate(row.cells) if n not in later]
            if any(_is_unsaid(text.plain, scope) for text in cells):
                yield row.line, " | ".join(text.plain.strip() for text in cells)[:100]
    for item in scope.items:
        if _is_unsaid(item.plain, scope):
            yield item.line, item.plain.strip()[:100]


def _is_unsaid(words: str, scope: Scope) -> bool:
    if _UNSAID.fullmatch(words.strip()[:200]):
        return True
    return scope.inside and _PARTLY_UNSAID.search(words[:1000]) is not None


def _is_only_work(row: Blocker) -> bool:
    """Whether a blocker speaks of work and of nothing else."""
    return is_only_building(row.text.plain, typed=is_typed_as_building(row))


def _speaks(text: Text) -> bool:
    """Whether a remark says more than one word."""
    words = len(_WORD.findall(text.plain))
    return not text.is_placeholder and words > 1 and not says_nothing(text)


def _remarks(row: Blocker) -> Iterator[Text]:
    """What is said beside a blocker's status: a column for it, or words after the status."""
    for name in _RISK_COLUMNS:
        index = row.table.column(name)
        said = cell(row.row, index)
        if said is not None and said is not row.text and said is not row.status:
            yield said
    if row.status is not None:
        status = row.status
        rest = status.plain.strip().lstrip("*_` ")[len(Resolution.ACCEPTED) :]
        yield status._replace(plain=rest)


def _plan(entry: Entry, owner: str) -> tuple[Step, ...]:
    """The ceremony's four ways out of a blocker (ceremony: Blocker Resolution)."""
    name = entry.row.id or "the blocker"
    where = listed(entry.targets) if entry.targets else "what it blocks"
    has = "has" if len(entry.targets) < 2 else "have"
    first = f"let {owner} remove it" if owner else "name an owner, who removes it"
    return (
        Step(Resolution.RESOLVED, f"{first}; then set {name} to Resolved, and {where} to ACCEPTED"),
        Step(
            Resolution.DEFERRED,
            f"set {where} to DEFERRED with the rationale, and {name} to Deferred: after the cut it "
            "is a proposal again",
        ),
        Step(
            Resolution.ACCEPTED,
            f"set {name} to Accepted and name the risk beside it, in a Rationale column or after "
            f"the status; {where} {has} to be ACCEPTED then",
        ),
        Step(
            Resolution.REJECTED,
            f"set {where} to REJECTED with the reason, take it out of the scope table, and set "
            f"{name} to Rejected",
        ),
    )


def _date(words: str) -> dt.date | None:
    match = _DATE.search(words[:400])
    try:
        return dt.date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def _is_short(have: Text | None, want: Text | None, gap: Text) -> bool:
    """Whether a row of a capacity table shows less than enough."""
    there, enough = _range(have), _range(want)
    if there and enough:
        return there[1] < enough[0]
    told = _range(gap)
    return told is not None and told[1] > 0 and not gap.plain.strip().startswith("+")


def _range(text: Text | None) -> tuple[float, float] | None:
    """The least and the most that a figure says; of ``4/9`` the four."""
    if text is None:
        return None
    figures = [float(part) for part in _AMOUNT.findall(text.plain.split("/")[0][:100])]
    return (min(figures), max(figures)) if figures else None
