"""The audit's rules: one module a family, each rule one small function."""

from __future__ import annotations

from collections.abc import Iterable

from ceremony.model import Document, Kind
from ceremony.rules.audit import (
    awaited,
    blockers,
    claims,
    cuts,
    deception,
    domains,
    duplicates,
    fences,
    figures,
    history,
    ignores,
    proposals,
    references,
    refs,
    stages,
    states,
    structure,
    workflows,
)
from ceremony.rules.audit.registry import RULES, run

__all__ = ["FAMILIES", "RULES", "names", "run"]

FAMILIES = (
    awaited,
    blockers,
    claims,
    cuts,
    deception,
    domains,
    duplicates,
    fences,
    figures,
    history,
    ignores,
    proposals,
    references,
    refs,
    stages,
    states,
    structure,
    workflows,
)
"""The modules that declare the rules, by name."""


def names(documents: Iterable[Document]) -> frozenset[str]:
    """Every path that a rule may look for in the tree, relative to the root.

    What a frozen document points at is history, and not looked for.
    """
    read = tuple(document for document in documents if document.kind is not Kind.FROZEN)
    return references.paths_named(read) | claims.paths_named(read)
