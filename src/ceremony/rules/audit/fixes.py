"""Findings that have exactly one right answer, as edits of text.

An edit is only offered after the document has been read again with it: the finding must be gone
and nothing new may have come. A frozen document is never edited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ceremony.documents import read
from ceremony.expressions import expression
from ceremony.model import Document, Finding, Kind
from ceremony.rules.audit.outcome import fingerprints
from ceremony.rules.audit.registry import Project

Edit = Mapping[int, str | None]
"""New text by line; None takes the line out."""

_FENCE = expression(r"([ \t]*)(`{3,}|~{3,})(.*)")
_CODE_SPAN = expression(r"`[^`]+`")
_BARE_PIPE = expression(r"(?<!\\)\|")
_VALUE = expression(r"(\*\*\s*:|:\s*\*\*).*")
_COMMENT_LINE = expression(r"\s*<!--(?:(?!-->).)*-->\s*")


Judge = Callable[[Project], tuple[Finding, ...]]
"""What is found in a project, as the configuration and its documents' comments have it."""


def fixes(project: Project, judge: Judge) -> Iterator[tuple[Document, Document]]:
    """Documents with findings that have one right answer, before and after mending them."""
    findings = judge(project)
    for document in project.living:
        mended = document
        while True:
            better = next(_better(project, mended, findings, judge), None)
            if better is None:
                break
            project, mended, findings = better
        if mended is not document:
            yield document, mended


def _better(
    project: Project, document: Document, findings: tuple[Finding, ...], judge: Judge
) -> Iterator[tuple[Project, Document, tuple[Finding, ...]]]:
    """Each single edit that takes findings away and brings none."""
    before = set(fingerprints(findings))
    for found in findings:
        edit = _EDITS.get(found.rule)
        if edit is None or found.place.file != document.path:
            continue
        changes = edit(project, document, found)
        mended = edited(document, changes)
        others = tuple(mended if d is document else d for d in project.documents)
        trial = replace(project, documents=others)
        after = judge(trial)
        if set(fingerprints(after)) < before:
            yield trial, mended, after


def edited(document: Document, changes: Edit) -> Document:
    """The document, read again with the changes made."""
    lines = [changes.get(number, line) for number, line in enumerate(document.lines, start=1)]
    text = "\n".join(line for line in lines if line is not None)
    return read(document.path, text, kind=document.kind, version=document.version)


def _fence(_: Project, document: Document, found: Finding) -> Edit:
    """A fence that holds fences gets a longer mark at both of its ends."""
    start = found.place.line
    lines = enumerate(document.lines[start - 1 :], start)
    fences = [(number, mark) for number, line in lines if (mark := _FENCE.fullmatch(line))]
    depth = longest = 0
    for number, fence in fences:
        if fence[2][0] != fences[0][1][2][0]:
            continue
        depth += 1 if fence[3].strip() or number == start else -1
        if depth == 0:
            ends = (fences[0], (number, fence))
            longer = fence[2][0] * (longest + 1)
            return {line: f"{end[1]}{longer}{end[3]}" for line, end in ends}
        longest = max(longest, len(fence[2]))
    return {}


def _pipes(_: Project, document: Document, found: Finding) -> Edit:
    """A pipe inside a code span is escaped: GFM divides the row at it otherwise."""
    line = document.lines[found.place.line - 1]
    return {
        found.place.line: _CODE_SPAN.sub(
            lambda span: _BARE_PIPE.sub(lambda _: "\\|", span[0]), line
        )
    }


def _branch(project: Project, document: Document, found: Finding) -> Edit:
    """The branch that the ceremony gives the document."""
    names = {Kind.MAIN: project.layout.main_branch, Kind.LATEST: project.layout.latest_branch}
    line = document.lines[found.place.line - 1]
    return {found.place.line: _VALUE.sub(rf"\1 `{names[document.kind]}`", line, count=1)}


def _comment(_: Project, document: Document, found: Finding) -> Edit:
    """A comment that excuses nothing goes, with its line."""
    if _COMMENT_LINE.fullmatch(document.lines[found.place.line - 1]) is None:
        return {}
    return {found.place.line: None}


_EDITS: Mapping[str, Callable[[Project, Document, Finding], Edit]] = {
    "document-branch-mismatch": _branch,
    "fence-unbalanced": _fence,
    "ignore-unused": _comment,
    "table-malformed": _pipes,
}
