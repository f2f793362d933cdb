"""What a rule is, what it may know, and the list of them all.

A rule is one small pure function from a `Project` to hits, declared with `rule`. A rule whose
source is not at hand is declared with `awaiting` and reported as skipped, never silently passed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ceremony.commitments import Commitments
from ceremony.model import Document, Finding, Hit, Kind, Place, Severity, Skipped, Version
from ceremony.rules.audit.past import NO_CHECKOUT, History, Refs


class Tree(NamedTuple):
    """Which of the names that the documents mention exist, and the workflows' text.

    Only names that were asked for are known: a tree may hold a million files.
    """

    files: frozenset[str] = frozenset()
    """Regular files, relative to the root with forward slashes, exact case."""
    folders: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    """Symbolic links and whatever else is neither file nor folder."""
    workflows: Mapping[str, str] | None = None
    """Path to text of each file in ``.github/workflows``; None where there is no such folder."""

    def holds(self, path: str) -> bool:
        """Whether something of that name exists."""
        return path in self.files or path in self.folders or path in self.links


class Layout(NamedTuple):
    """Where the project keeps what the ceremony names (from the configuration)."""

    roadmap: str = "roadmap.md"
    """The roadmap's path, or only its file name where it is not configured."""
    main_branch: str = "main"
    latest_branch: str = "latest"
    required: tuple[str, ...] = (
        "MILESTONES_CEREMONY.md",
        "MILESTONES.main.md",
        "MILESTONES.latest.md",
        "CONTRIBUTORS.md",
        "REVIEWERS.md",
    )
    """File names of documents that must exist."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """The facts that the rules decide from."""

    documents: tuple[Document, ...]
    """Every document that was read, by path."""
    tree: Tree = field(default_factory=Tree)
    layout: Layout = field(default_factory=Layout)
    as_of: dt.date = dt.date(1970, 1, 1)
    """Today, for rules about dates."""
    options: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """The configured options, by rule and option."""
    history: History | None = None
    """What git knows about the documents; None where it isn't at hand."""
    refs: Refs | None = None
    """Which branches and tags there are; None where they aren't at hand."""
    no_history: str = NO_CHECKOUT
    """Why there is no history, where there is none."""
    no_refs: str = NO_CHECKOUT
    """Why there are no refs, where there are none."""

    def past(self) -> History:
        """What git knows about the documents. Raises NotAtHand without it."""
        if self.history is None:
            raise NotAtHand(self.no_history)
        return self.history

    def branches(self) -> Refs:
        """Which branches and tags there are. Raises NotAtHand without them."""
        if self.refs is None:
            raise NotAtHand(self.no_refs)
        return self.refs

    @cached_property
    def by_kind(self) -> Mapping[Kind, tuple[Document, ...]]:
        """The documents of each kind."""
        found: dict[Kind, list[Document]] = {}
        for document in self.documents:
            found.setdefault(document.kind, []).append(document)
        return {kind: tuple(documents) for kind, documents in found.items()}

    def one(self, kind: Kind) -> Document | None:
        """The document of a kind of which there is one, or None."""
        return next(iter(self.by_kind.get(kind, ())), None)

    @cached_property
    def living(self) -> tuple[Document, ...]:
        """Every document that is not frozen: frozen ones are history and are not corrected."""
        return tuple(d for d in self.documents if d.kind is not Kind.FROZEN)

    @cached_property
    def frozen(self) -> tuple[tuple[Version, Document], ...]:
        """The frozen documents with well-formed names, in the ceremony's order."""
        found = [(d.version, d) for d in self.documents if d.version is not None]
        return tuple(sorted(found, key=lambda pair: pair[0]))

    def commitments(self, document: Document) -> Commitments:
        """What the document commits to, read once."""
        known = self._commitments.get(document.path)
        if known is None:
            known = self._commitments[document.path] = Commitments(document=document)
        return known

    @cached_property
    def _commitments(self) -> dict[str, Commitments]:
        return {}

    @cached_property
    def latest(self) -> Commitments | None:
        """What `MILESTONES.latest.md` commits to."""
        document = self.one(Kind.LATEST)
        return self.commitments(document) if document else None

    @cached_property
    def main(self) -> Commitments | None:
        """What `MILESTONES.main.md` proposes."""
        document = self.one(Kind.MAIN)
        return self.commitments(document) if document else None

    def number(self, rule: str, option: str) -> int:
        """A whole-number option, its default where it is not configured."""
        return self.options.get((rule, option), RULES[rule].options[option].default)


class Option(NamedTuple):
    """A setting of one rule: a whole number of at least 0."""

    default: int
    help: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: its name says what it finds."""

    name: str
    severity: Severity
    finds: str
    """What it finds, as one clause."""
    help: str
    """What to do about a finding, as one or two sentences."""
    ceremony: str
    """The heading of the ceremony that it stands on."""
    options: Mapping[str, Option] = field(default_factory=dict)
    check: Callable[[Project], Iterable[Hit]] | None = None
    awaits: str = ""
    """Why it cannot run; empty where it can."""


RULES: dict[str, Rule] = {}
"""Every rule by name, those that cannot run yet included."""

Check = Callable[[Project], Iterable[Hit]]


def rule(
    name: str,
    severity: Severity,
    *,
    finds: str,
    help: str,  # noqa: A002 -- it is what SARIF, the reports and the contract call it
    ceremony: str,
    options: Mapping[str, Option] | None = None,
) -> Callable[[Check], Check]:
    """Declare a rule that the decorated function decides."""

    def declare(check: Check) -> Check:
        _add(
            Rule(
                name=name,
                severity=severity,
                finds=finds,
                help=help,
                ceremony=ceremony,
                options=options or {},
                check=check,
            )
        )
        return check

    return declare


def awaiting(
    name: str,
    severity: Severity,
    *,
    finds: str,
    help: str,  # noqa: A002 -- as above
    ceremony: str,
    awaits: str,
    options: Mapping[str, Option] | None = None,
) -> None:
    """Declare a rule whose source is not at hand, with the reason."""
    _add(
        Rule(
            name=name,
            severity=severity,
            finds=finds,
            help=help,
            ceremony=ceremony,
            awaits=awaits,
            options=options or {},
        )
    )


def _add(new: Rule) -> None:
    if new.name in RULES:
        raise ValueError(f"two rules are named {new.name}")
    RULES[new.name] = new


class NotAtHand(Exception):
    """Raised by a rule whose source is missing in this project; its text is the reason."""


def run(
    project: Project, *, severities: Mapping[str, Severity | None]
) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    """Run every rule; `severities` replaces defaults by rule name, None turns a rule off.

    Findings come by file and line, each once.
    """
    findings: dict[tuple[object, ...], Finding] = {}
    skipped: list[Skipped] = []
    for declared in RULES.values():
        weight = severities.get(declared.name, declared.severity)
        if weight is None:
            skipped.append(Skipped(rule=declared.name, reason="turned off in the configuration"))
        elif declared.check is None:
            skipped.append(Skipped(rule=declared.name, reason=declared.awaits))
        else:
            try:
                for hit in declared.check(project):
                    chosen = weight
                    if hit.severity is not None and declared.name not in severities:
                        chosen = hit.severity
                    found = Finding(
                        rule=declared.name,
                        severity=chosen,
                        place=hit.place,
                        message=hit.message,
                        help=declared.help,
                        subject=hit.subject,
                        related=hit.related,
                    )
                    findings.setdefault((*found.sort_key, found.message), found)
            except NotAtHand as reason:
                skipped.append(Skipped(rule=declared.name, reason=str(reason)))
    ordered = sorted(findings.values(), key=lambda found: found.sort_key)
    return tuple(ordered), tuple(sorted(skipped, key=lambda entry: entry.rule))


def at(document: Document, line: int, column: int = 1, *, end_line: int | None = None) -> Place:
    """A place in a document."""
    return Place(file=document.path, line=line, column=column, end_line=end_line)
