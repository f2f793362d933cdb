"""What the decisions of cut and stage are made of: conditions, how each stands, and the reasons.

Where one of the audit's findings is a reason, it keeps the audit's name for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, cast

from ceremony.model import Finding, Hit, Place, Severity
from ceremony.rules.audit import RULES
from ceremony.rules.audit.registry import Check, Project


class Verdict(StrEnum):
    """The word of a decision."""

    GO = "go"
    NO_GO = "no-go"


class Standing(StrEnum):
    """How a criterion stands."""

    MET = "met"
    UNMET = "unmet"
    NOT_CHECKED = "not-checked"


class Criterion(NamedTuple):
    """One condition of a cut or of a step."""

    name: str
    """Kebab-case; also the rule's name of reasons that no rule of the audit finds."""
    title: str
    """The condition in the ceremony's words."""
    standing: Standing
    says: str
    """How it stands, one sentence without a full stop."""
    reasons: tuple[Finding, ...] = ()
    """Why it is unmet, by line; the severity is always error."""
    evidence: tuple[Place, ...] = ()
    """The lines that were judged."""


def judged(
    name: str, title: str, reasons: Iterable[Finding], says: str, evidence: Sequence[Place] = ()
) -> Criterion:
    """A criterion that is met, as `says` has it, where there is no reason against it."""
    ordered = tuple(sorted(dict.fromkeys(reasons), key=lambda reason: reason.sort_key))
    if ordered:
        count = len(ordered)
        says = "one thing stands against it" if count == 1 else f"{count} things stand against it"
    standing = Standing.UNMET if ordered else Standing.MET
    return Criterion(name, title, standing, says, ordered, tuple(evidence))


def findings(rule: str, project: Project) -> tuple[Finding, ...]:
    """What a rule of the audit finds, as reasons."""
    return tuple(as_reason(rule, hit) for hit in cast("Check", RULES[rule].check)(project))


def as_reason(rule: str, hit: Hit) -> Finding:
    """One hit of a rule of the audit, whatever weight the configuration gives the rule."""
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        place=hit.place,
        message=hit.message,
        help=RULES[rule].help,
        subject=hit.subject,
        related=hit.related,
    )


SOUND = ("document-not-regular", "text-deceptive", "fence-unbalanced")
"""The audit's rules about text that people read otherwise than it is written."""

HEADERLESS = (
    "No line --- ends the header, so that there is nothing to freeze below it",
    "Put a line --- between the header and the first section.",
)
"""What is wrong with a document without a `Document.header_end`, and what to do about it."""
