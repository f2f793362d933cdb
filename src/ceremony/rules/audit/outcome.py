"""What an audit comes to: the findings that count, and what was left out and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ceremony.model import Finding, Severity, Skipped


class Verdict(StrEnum):
    """The audit's word, in one."""

    PASS = "pass"
    FAIL = "fail"
    REFUSED = "refused"


class FailOn(StrEnum):
    """The least weight at which a finding fails the audit."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"

    def fails(self, severity: Severity) -> bool:
        """Whether a finding of that weight fails the audit."""
        return self is not FailOn.NEVER and severity.rank <= Severity(self.value).rank


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One audit, decided: everything that a report shows."""

    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    documents: tuple[str, ...] = ()
    """Paths of the documents that were read."""
    fail_on: FailOn = FailOn.ERROR
    refusal: str = ""
    """Why the audit refused to judge; empty where it judged."""
    notices: tuple[str, ...] = ()
    """What a reader must know about how it was judged, a sentence each."""
    ignored: int = 0
    """Findings that a comment in a document sets aside, with its reason."""
    known: int = 0
    """Findings that the baseline holds."""
    inherited: int = 0
    """Findings that the base has as well."""
    excerpts: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """The source line of each finding, by file and line."""

    @property
    def verdict(self) -> Verdict:
        """Pass, fail, or refused to judge."""
        if self.refusal:
            return Verdict.REFUSED
        failing = any(self.fail_on.fails(found.severity) for found in self.findings)
        return Verdict.FAIL if failing else Verdict.PASS

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings of each weight."""
        return {
            severity: sum(found.severity is severity for found in self.findings)
            for severity in Severity
        }


def fingerprints(findings: Iterable[Finding]) -> tuple[str, ...]:
    """A stable name for each finding, in order: the same while its subject stays.

    Lines, columns and wording of messages do not enter: a finding keeps its name while the file
    changes around it. Equal findings are numbered in order.
    """
    seen: dict[tuple[str, str, str], int] = {}
    names: list[str] = []
    for found in findings:
        key = (found.rule, found.place.file, " ".join(found.subject.split()))
        number = seen[key] = seen.get(key, 0) + 1
        text = "\0".join((*key, str(number)))
        names.append(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32])
    return tuple(names)
