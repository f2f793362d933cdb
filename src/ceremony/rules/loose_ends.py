"""What of an agreement stands where no table, heading or field holds it, so that a cut misses it.

A blank line ends a table, a heading in another form is no milestone's, and a sentence is no row:
people still read a promise or an objection there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ceremony.commitments import (
    ID_COLUMNS,
    STATUS_COLUMNS,
    Commitments,
    cell,
    header_field,
    is_archive_name,
    is_blocker_id,
    read_resolution,
    read_state,
)
from ceremony.documents import field_of
from ceremony.expressions import expression
from ceremony.model import (
    Block,
    Document,
    Fence,
    Field,
    Html,
    ListItem,
    Paragraph,
    Resolution,
    Section,
    State,
    Table,
    Text,
)
from ceremony.rules.audit.blockers import Book
from ceremony.rules.audit.passages import RECORDS, quiet
from ceremony.rules.words_of_agreement import is_over, is_struck, says_plainly, standing


class End(NamedTuple):
    """One thing that no table, heading or field holds."""

    line: int
    message: str
    do: str


_BLOCKER = r"B(?:-?[0-9]{1,4}|-M[0-9]{1,4}(?:\.[0-9]{1,4})?)[a-z]?"
_HEAD = (
    rf"(?:{_BLOCKER}|M[0-9]{{1,4}}(?:\.[0-9]{{1,4}}[a-z]?)?|PROP-[0-9]{{1,6}}|"
    r"@[A-Za-z0-9-]{1,39})"
)
_ROW = expression(
    rf"[\s>]*(?:[-+*]\s+|[0-9]{{1,9}}[.)]\s+)?(?:<(?:pre|del|s|strike|b|i|code|p|div)>)?\|?"
    rf"[\s*_`~\[(]{{0,8}}{_HEAD}(?![\w.])"
)
_PIPE = expression(r"(?<!\\)\|")
_CODE = expression(r"`[^`]*`")
_CELL = expression(rf"<t[dh]\b[^<>]{{0,200}}>\s{{0,40}}{_HEAD}(?![\w.])", re.IGNORECASE)
_STRIKES = expression(r"<(del|s|strike|template)\b(?=[\s>/])", re.IGNORECASE)


def stray_rows(document: Document) -> Iterator[End]:
    """Lines that look like rows of a table and are none, and what HTML holds or strikes out."""
    held: set[int] = set()
    for block in _blocks(document):
        if isinstance(block, Table) or (isinstance(block, Fence) and block.markup):
            held.update(range(block.line, block.end_line + 1))
        elif isinstance(block, Html):
            if _is_comment(block):
                held.update(range(block.line, block.end_line + 1))
            else:
                yield from _in_html(block)
    for number, line in enumerate(document.lines, 1):
        if number not in held and _is_row(line):
            yield End(
                line=number,
                message=f"“{line.strip()[:80]}” stands outside of its table: a blank line above it "
                "ends the table",
                do="Take out what divides it from its table, so that it is a row again.",
            )


def _blocks(document: Document) -> Iterator[Block]:
    for section in document.sections:
        yield from section.blocks


def _is_comment(block: Html) -> bool:
    content = block.content.strip()
    return content.startswith("<!--") and content.find("-->") in {-1, len(content) - 3}


def _in_html(block: Html) -> Iterator[End]:
    cells = _CELL.search(block.content)
    strikes = _STRIKES.search(block.content)
    if cells:
        line = block.line + block.content.count("\n", 0, cells.start())
        yield End(
            line=line,
            message="A table in HTML holds rows that nobody judges",
            do="Write it as a table with pipes.",
        )
    if strikes:
        line = block.line + block.content.count("\n", 0, strikes.start())
        yield End(
            line=line,
            message=f"<{strikes[1].lower()}> strikes out or hides what stands below it",
            do="Take out what is no longer agreed, and the element with it.",
        )


def _is_row(line: str) -> bool:
    if line.count("|") < 2:
        return False
    pipes = len(_PIPE.findall(_CODE.sub("", line)))
    framed = line.strip(" \t>")
    return (pipes >= 2 and _ROW.match(line) is not None) or (
        pipes >= 3 and framed.startswith("|") and framed.endswith("|")
    )


# ---------------------------------------------------------------------------- blockers

_SAID = expression(
    rf"[^\w@]*(?:(?:open|active|current)\s+)?(?:blockers?|impediments?|blocked\s+by|({_BLOCKER}))"
    r"[^\w:]{0,8}(?::|\s[–—-]|[–—])\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_NAME = expression(r"\W*(?:blockers?|impediments?)\W*", re.IGNORECASE)
_NONE = expression(
    r"\W*(?:none|nothing|no\s(?:(?:open|known|active|current)\s)?blockers?|n/?a)\b.{0,40}",
    re.IGNORECASE,
)
_CITED = expression(rf"(?<![\w.-]){_BLOCKER}(?![\w-])", re.IGNORECASE)
_REGISTER = "Register it in the blocker registry, with an owner and a status; or say how it ended."


def loose_blockers(
    document: Document, sections: Iterable[Section], book: Book, of: str
) -> Iterator[End]:
    """What is called a blocker in fields, sentences and lists, and does not say that it ended.

    One that cites a blocker with a row is that blocker, and its row says how it stands.
    """
    noisy = quiet(document, RECORDS)
    for section in sections:
        if section.index in noisy or is_archive_name(section.name):
            continue
        inside = _NAME.fullmatch(section.name) is not None
        listing = inside
        for block in section.blocks:
            if isinstance(block, ListItem):
                words = _blocker(block.lines, bare=listing)
                yield from _loose(block.lines[0].line, words, book, of)
            elif isinstance(block, Paragraph):
                listing = inside or _NAME.fullmatch(block.lines[-1].plain) is not None
                for text in block.lines:
                    yield from _loose(text.line, _blocker((text,), bare=False), book, of)
            else:
                listing = inside


def _blocker(lines: tuple[Text, ...], *, bare: bool) -> tuple[str, str] | None:
    """The id and the words of a blocker that the lines speak of; bare where a heading says it."""
    stands = ((text.plain, standing(text)) for text in lines)
    told = " ".join(plain if words is None else words for plain, words in stands)
    match = _SAID.fullmatch(told[:2000])
    if match:
        return match[1] or "", match[2]
    return ("", told) if bare and told.strip() else None


def _loose(line: int, said: tuple[str, str] | None, book: Book, of: str) -> Iterator[End]:
    if said is None:
        return
    name, words = said
    cited = {match[0].casefold() for match in _CITED.finditer(f"{name} {words}"[:2000])}
    if not words.strip(" *_`.-") or cited & book.keys or _NONE.fullmatch(words) or is_over(words):
        return
    yield End(
        line=line,
        message=f"{name or 'A blocker'}{of} stands outside of the registry and is open: "
        f"“{words.strip()[:100]}”",
        do=_REGISTER,
    )


def unread_blockers(latest: Commitments, book: Book) -> Iterator[End]:
    """Rows with a blocker's id in tables that are no registry, unless they say that it ended."""
    document = latest.document
    read = {blocker.line for blocker in latest.blockers}
    noisy = quiet(document, RECORDS)
    for section, table in document.tables():
        if section.index in noisy or is_archive_name(section.name):
            continue
        statuses = table.column(*STATUS_COLUMNS)
        for row in table.rows:
            name = row.cells[table.column(*ID_COLUMNS) or 0].plain.strip()
            if row.line in read or not is_blocker_id(name):
                continue
            status = cell(row, statuses)
            ended = read_resolution(status) if status else None
            known = status is None and name.casefold() in book.keys
            over = status and ended not in {None, Resolution.OPEN} and says_plainly(status, ended)
            if not known and not over:
                yield End(
                    line=row.line,
                    message=f"{name} stands in a table that is no registry of blockers, and does "
                    "not say that it ended",
                    do=_REGISTER,
                )


# ---------------------------------------------------------------------------- states

_ITEM = expression(r"(M[0-9]{1,4})\.[0-9]{1,4}[a-z]?")
_UNSETTLED = frozenset({State.PROPOSED, State.BLOCKED})


class Stray(NamedTuple):
    """A state that no milestone, item or detail holds."""

    reference: str
    """The item that a row names, or the milestone around a heading; empty where there is none."""
    end: End


def unread_states(latest: Commitments) -> Iterator[Stray]:
    """PROPOSED and BLOCKED under headings and in rows that belong to nothing."""
    document = latest.document
    noisy = quiet(document, RECORDS)
    owners = {milestone.section.index: milestone.id for milestone in latest.milestones}
    own = {*owners, *(detail.section.index for detail in latest.details)}
    rows = {item.line for item in latest.items} | {blocker.line for blocker in latest.blockers}
    for section in document.sections:
        if section.level < 2 or section.index in noisy:
            continue
        status = header_field(section, *STATUS_COLUMNS) if section.index not in own else None
        state = read_state(status.value) if status else None
        if status and state in _UNSETTLED and not is_struck(status.value):
            around = (owners.get(part.index, "") for part in document.ancestors(section))
            yield Stray(
                reference=next(filter(None, around), ""),
                end=End(
                    line=status.line,
                    message=f"“{section.name[:80]}” is {state}, and is no milestone's heading",
                    do="Head it as a milestone (M6: Title), or move it to the proposals.",
                ),
            )
        for table in section.tables:
            statuses = table.column(*STATUS_COLUMNS)
            for row in table.rows if statuses is not None else ():
                name = row.cells[table.column(*ID_COLUMNS) or 0].plain.strip()
                stated = cell(row, statuses)
                state = read_state(stated) if stated else None
                if row.line not in rows and state in _UNSETTLED and _ITEM.fullmatch(name):
                    yield Stray(
                        reference=name,
                        end=End(
                            line=row.line,
                            message=f"{name} is {state} in a row that no milestone holds",
                            do="Put the row into the table of its milestone, or take it out.",
                        ),
                    )


def second_status(section: Section) -> Field | None:
    """A further **Status** under a heading, which says something else than the first."""
    stated = [field for field in section.fields if field.key.lower() in STATUS_COLUMNS]
    for item in section.items:
        fields = filter(None, map(field_of, item.lines))
        stated += [f for f in fields if f.key.lower() in STATUS_COLUMNS and read_state(f.value)]
    first = read_state(stated[0].value) if stated else None
    return next((field for field in stated[1:] if read_state(field.value) is not first), None)
