"""Rules about scope being said, and domains and milestones having someone who answers for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ceremony.commitments import (
    Commitments,
    Scope,
    cell,
    column_of,
    names_nobody,
    references,
)
from ceremony.expressions import expression
from ceremony.model import Document, Hit, ListItem, Paragraph, Row, Severity, State, Table, Text
from ceremony.rules.audit.blockers import listed
from ceremony.rules.audit.registry import Project, at, rule


@rule(
    "domain-owner-missing",
    Severity.ERROR,
    finds="a domain whose owner is empty or TBD",
    help="Name the @handle that answers for the domain, or move the domain out of scope.",
    ceremony="Stakeholder Roles",
)
def domain_owner_missing(project: Project) -> Iterator[Hit]:
    """Domains have explicit owners (ceremony: Maintainers own domain areas)."""
    if project.latest is None:
        return
    document = project.latest.document
    for domain in project.latest.domains:
        if names_nobody(domain.owner):
            column = column_of(document, domain.row, domain.owner)
            yield Hit(
                place=at(document, domain.line, column),
                message=f"Domain {domain.name} has no owner",
                subject=domain.name,
            )


@rule(
    "milestone-owner-missing",
    Severity.WARNING,
    finds="a milestone whose owner is empty or TBD",
    help="Name the @handle that answers for the milestone in its **Owner** line.",
    ceremony="Stakeholder Roles",
)
def milestone_owner_missing(project: Project) -> Iterator[Hit]:
    """Commitments come with somebody attached (ceremony: Maintainers)."""
    if project.latest is None:
        return
    document = project.latest.document
    for milestone in project.latest.milestones:
        if milestone.state in {State.DEFERRED, State.REJECTED}:
            continue  # nobody has to answer for what is not going to be done
        if milestone.owner is None:
            yield Hit(
                place=at(document, milestone.line),
                message=f"{milestone.id} has no **Owner** line",
                subject=milestone.id,
            )
        elif names_nobody(milestone.owner.value):
            line = milestone.owner.line
            yield Hit(
                place=at(document, line, document.column(line, milestone.owner.value.raw)),
                message=f"{milestone.id} has no owner",
                subject=milestone.id,
            )


_MILESTONE_COLUMNS = ("milestone", "milestones", "section", "sections")
_DESCRIPTION_COLUMNS = ("description", "details", "meaning", "what")
_UNDECIDED = expression(
    r"(?:tbd|tbc|to be (?:determined|decided|defined|agreed|confirmed|discussed|done)|todo|"
    r"undefined|undecided|not (?:yet )?(?:defined|decided|agreed)(?: yet)?|pending)[\s.!…]*",
    re.IGNORECASE,
)
_INSIDE_MILESTONE = expression(r"M[0-9]")


@rule(
    "scope-undefined",
    Severity.WARNING,
    finds="In Scope or Out of Scope empty; a scope row mapped to no milestone where the table maps",
    help="Say what is in and what is out; map every row in scope to a milestone that exists.",
    ceremony="When to Cut a Version",
)
def scope_undefined(project: Project) -> Iterator[Hit]:
    """A cut needs to know what the version promises, and what it doesn't."""
    latest = project.latest
    if latest is None:
        return
    document = latest.document
    for scope in latest.scopes:
        if any(_INSIDE_MILESTONE.match(above.name) for above in document.ancestors(scope.section)):
            continue  # a milestone's own remark about its edges is not the version's scope
        if not _is_said(document, scope):
            which = "in" if scope.inside else "out of"
            yield Hit(
                place=at(document, scope.section.line),
                message=f"“{scope.section.name}” does not say what is {which} scope",
                subject=scope.section.name,
            )
            continue
        for table in scope.tables:
            for row in table.rows:
                hit = _undefined_row(latest, scope, table, row)
                if hit:
                    yield hit


def _is_said(document: Document, scope: Scope) -> bool:
    """Whether anything under the heading says something: a row, an item, a sentence, a fence."""
    for section in document.under(scope.section):
        if section.fences or any(_says(field.value) for field in section.fields):
            return True
        for block in section.blocks:
            if isinstance(block, Table):
                if any(_says(row.cells[0]) and _speaks(row) for row in block.rows):
                    return True
            elif isinstance(block, ListItem | Paragraph) and any(_says(t) for t in block.lines):
                return True
    return False


def _speaks(row: Row) -> bool:
    return len(row.cells) == 1 or any(_says(text) for text in row.cells[1:])


def _says(text: Text) -> bool:
    plain = text.plain.strip().strip("*_()[]").strip()
    return not (text.is_placeholder or _UNDECIDED.fullmatch(plain))


def _undefined_row(latest: Commitments, scope: Scope, table: Table, row: Row) -> Hit | None:
    name = row.cells[0].plain.strip()
    if not _says(row.cells[0]):
        return None
    described = cell(row, table.column(*_DESCRIPTION_COLUMNS))
    mapped = cell(row, table.column(*_MILESTONE_COLUMNS)) if scope.inside else None
    column = latest.document.column(row.line, name)
    if described is not None and not _says(described):
        message = f"{name} stands in the scope without a description"
    elif mapped is None:
        return None
    elif not _says(mapped):
        message = f"{name} is in scope but mapped to no milestone"
    else:
        lost = [ref for ref in references(mapped.plain) if ref not in latest.ids]
        if not lost or not latest.milestones:
            return None
        do = "does" if len(lost) == 1 else "do"
        message = f"{name} is mapped to {listed(lost)}, which {do} not exist"
    return Hit(place=at(latest.document, row.line, column), message=message, subject=name)
