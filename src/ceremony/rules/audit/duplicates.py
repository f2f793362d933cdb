"""The rule about one fact having one home (ceremony: Single Source of Truth).

A passage is a table, a list, a paragraph or a diagram. Two passages are compared unit by unit
(a row, an item, a sentence, a line), as sets of words: wording drifts, columns are added and
lists become tables, and it is still the same passage kept twice. What only points elsewhere (a
row or an item that is a link) is what the ceremony asks for and never counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby
from typing import NamedTuple

from ceremony.documents import field_of
from ceremony.expressions import expression
from ceremony.model import (
    Block,
    Document,
    Fence,
    Hit,
    Kind,
    ListItem,
    Paragraph,
    Place,
    Section,
    Severity,
    Table,
    Text,
)
from ceremony.rules.audit.registry import Option, Project, rule

_WORDS = expression(r"[^\W_]+")
_SENTENCE = expression(r"(?<=[.!?])\s+(?=[A-Z*`\"'(])")
_BOLD = expression(r"\s*\*\*([^*]+)\*\*")

_RECORD = expression(
    r"\bchange ?log\b|\b(?:revision|version|document) history\b|\bsignator|\bapproval"
)
"""Sections that record what happened to their own document: no other can keep them."""

_EMPTY = frozenset(
    "a an and are as at be been by can do does for from has have in into is it its may md must no "
    "not of on or per see shall should so that the their then these they this those to via was "
    "we when where which will with you your".split()
)
"""Words that say nothing about a subject, RFC 2119's among them: copies change those first."""

_OWNERS = (
    Kind.CEREMONY,
    Kind.REVIEWERS,
    Kind.CONTRIBUTORS,
    Kind.CONDUCT,
    Kind.LATEST,
    Kind.MAIN,
    Kind.ROADMAP,
    Kind.OTHER,
    Kind.GOVERNANCE,
)
"""Who keeps a passage that two hold, the likelier first: process documents own their process;
the root specification is there to delegate."""

_COMMON = 96
"""A word that more units hold than this pairs none of them: it bounds the work, and such a word
tells no passage from another."""

_ALIKE = 0.7
"""The share of the shorter unit's words that the other must hold."""

_ALIKE_OF_ONE_KEY = 0.45
"""The same for two rows or items about the same thing, by their first cell or bold lead."""


class _Unit(NamedTuple):
    """A row, an item, a sentence or a line: the least that is compared."""

    document: int
    section: int
    block: int
    line: int
    words: frozenset[str]
    key: frozenset[str]
    """The words of its first cell or of its bold lead: what a row is about."""
    kind: str


class _Match(NamedTuple):
    """Two units that say the same."""

    here: _Unit
    there: _Unit
    shared: int


class _Passage(NamedTuple):
    """What two sections of two documents both hold."""

    here: tuple[int, int]
    there: tuple[int, int]
    matches: tuple[_Match, ...]
    drifted: tuple[_Match, ...]

    @property
    def weight(self) -> int:
        return sum(match.shared for match in self.matches)


@rule(
    "content-duplicated",
    Severity.WARNING,
    finds="a passage or table kept in two documents instead of linked",
    help="Keep the passage in the document that owns its subject; put a link in the other.",
    ceremony="Single Source of Truth",
    options={"units": Option(default=3, help="Alike rows, items or lines that make a passage.")},
)
def content_duplicated(project: Project) -> Iterator[Hit]:
    """Each fact has one home, and the other documents link to it."""
    documents = sorted(project.living, key=lambda d: (_OWNERS.index(d.kind), d.path))
    units: list[_Unit] = []
    for number, document in enumerate(documents):
        units.extend(_units(number, document))
    sizes = Counter((unit.document, unit.section, unit.block) for unit in units)
    names = {
        (number, section.index): _words(section.name)
        for number, document in enumerate(documents)
        for section in document.sections
    }
    least = project.number("content-duplicated", "units")
    passages = _passages(_matches(units), sizes, names, least)
    best: dict[tuple[int, int], list[_Passage]] = {}
    for passage in passages:
        best.setdefault(passage.here, []).append(passage)
    for copies in best.values():
        # Two sections of one name claim one subject: that pair is the one to name.
        copies.sort(key=lambda p: (names[p.here] != names[p.there], -p.weight, p.there))
        yield _hit(documents, copies)


def _hit(documents: Sequence[Document], copies: Sequence[_Passage]) -> Hit:
    main = copies[0]
    here, there = documents[main.here[0]], documents[main.there[0]]
    section, origin = here.sections[main.here[1]], there.sections[main.there[1]]
    line = min(match.here.line for match in main.matches)
    end = max(match.here.line for match in main.matches)
    other = min(match.there.line for match in main.matches)
    noun, _ = Counter(match.here.kind for match in main.matches).most_common(1)[0]
    count = len(main.matches)
    one = count == 1
    message = (
        f"{count} {noun}{'' if one else 's'} of {_titled(section)} {'says' if one else 'say'} "
        f"the same as {there.path}:{other} ({_titled(origin)})"
    )
    if main.drifted:
        first = main.drifted[0]
        message += (
            f"; the copies have drifted apart, first at line {first.here.line} "
            f"and {there.path}:{first.there.line}"
        )
    related = [
        Place(
            file=documents[passage.there[0]].path,
            line=min(match.there.line for match in passage.matches),
            end_line=max(match.there.line for match in passage.matches),
        )
        for passage in copies
    ]
    return Hit(
        place=Place(file=here.path, line=line, end_line=end),
        message=message,
        subject=f"{section.slug} {there.path}#{origin.slug}",
        related=tuple(related),
    )


def _titled(section: Section) -> str:
    return f'"{section.title.plain.strip()}"' if section.level else "its header"


def _units(number: int, document: Document) -> Iterator[_Unit]:
    for section in document.sections:
        if _RECORD.search(section.name.lower()):
            continue
        run, previous = 0, None
        for block in section.blocks:
            kind = type(block)
            if kind is not previous or kind in {Table, Fence}:
                run += 1
            previous = kind
            if section.level == 1 and isinstance(block, Paragraph):
                continue  # the header's fields and the document's own introduction
            for line, key, text, what in _pieces(block):
                words = _words(text)
                if len(words) > 1:
                    yield _Unit(number, section.index, run, line, words, _words(key), what)


def _pieces(block: Block) -> Iterator[tuple[int, str, str, str]]:
    """Line, what it is about, all its words, and its kind, for each unit of a block."""
    if isinstance(block, Table):
        for row in block.rows:
            if not any(_points(cell) for cell in row.cells):
                words = " ".join(cell.plain for cell in row.cells)
                yield row.line, row.cells[0].plain, words, "row"
    elif isinstance(block, ListItem):
        if not _points(block.lines[0]):
            yield block.line, _lead(block.lines[0]), block.plain, "item"
    elif isinstance(block, Paragraph):
        yield from _statements(block)
    elif isinstance(block, Fence):
        for offset, content in enumerate(block.content, start=1):
            yield block.line + offset, "", content, "line"


def _statements(paragraph: Paragraph) -> Iterator[tuple[int, str, str, str]]:
    """A paragraph's fields or sentences; one that links says where the rest stands."""
    if any(text.links for text in paragraph.lines):
        return
    if field_of(paragraph.lines[0]):
        for text in paragraph.lines:
            yield text.line, _lead(text), text.plain, "sentence"
        return
    words = "\n".join(text.plain.replace("\n", " ") for text in paragraph.lines)
    start = number = 0
    for gap in [*_SENTENCE.finditer(words), None]:
        end, after = gap.span() if gap else (len(words), len(words))
        yield paragraph.lines[number].line, "", words[start:end], "sentence"
        number += words.count("\n", start, after)
        start = after


def _words(text: str) -> frozenset[str]:
    return frozenset(map(_stem, _WORDS.findall(text.lower()))) - _EMPTY


def _lead(text: Text) -> str:
    """The bold words that an item or a field starts with."""
    match = _BOLD.match(text.raw)
    return match[1] if match else ""


def _points(text: Text) -> bool:
    """Whether a cell or an item is a cross-reference rather than a statement."""
    return any(not link.image for link in text.links) and len(text.plain) < 240


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    """A word without its plural or tense: enough to see through a copy's rewording."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _matches(units: Sequence[_Unit]) -> Iterator[_Match]:
    """Pairs of units of two documents that say the same, the copy's end first.

    Two units are compared where they share words that few others hold: two, or one of two.
    """
    spread = Counter(word for unit in units for word in unit.words)
    telling = {word for word, count in spread.items() if 1 < count <= _COMMON}
    rare = [unit.words & telling for unit in units]
    sizes = [len(unit.words) for unit in units]
    holders: dict[str, list[int]] = {word: [] for word in telling}
    for _, group in groupby(range(len(units)), key=lambda index: units[index].document):
        members = list(group)
        for index in members:
            size, words = sizes[index], rare[index]
            least = min(2, len(words) - 1)
            for other, common in Counter(
                chain.from_iterable(map(holders.__getitem__, words))
            ).items():
                # What is left of the shorter one's words may be shared as well; no more can be.
                less, more = (size, sizes[other]) if size < sizes[other] else (sizes[other], size)
                most = min(common + size - len(words), less)
                if common >= least and most >= 0.34 * more and most >= _ALIKE_OF_ONE_KEY * less:
                    match = _match(units[index], units[other])
                    if match:
                        yield match
        for index in members:
            for word in rare[index]:
                holders[word].append(index)


def _match(unit: _Unit, twin: _Unit) -> _Match | None:
    common = len(unit.words & twin.words)
    less, more = sorted((len(unit.words), len(twin.words)))
    enough = _ALIKE_OF_ONE_KEY if _about_the_same(unit, twin) else _ALIKE
    return _Match(unit, twin, common) if common >= max(enough * less, 0.34 * more) else None


def _about_the_same(here: _Unit, there: _Unit) -> bool:
    """Whether the keys agree: ``alpha`` is what ``v<X>-alpha.md`` is about as well."""
    if not here.key or not there.key:
        return False
    return here.key <= there.key or there.key <= here.key


def _passages(
    matches: Iterable[_Match],
    sizes: Counter[tuple[int, int, int]],
    names: Mapping[tuple[int, int], frozenset[str]],
    least: int,
) -> Iterator[_Passage]:
    """Matches gathered by the two sections that hold them, where they make a passage."""
    gathered: dict[tuple[tuple[int, int], tuple[int, int]], list[_Match]] = {}
    for match in matches:
        here = (match.here.document, match.here.section)
        there = (match.there.document, match.there.section)
        gathered.setdefault((here, there), []).append(match)
    for (here, there), found in gathered.items():
        kept = _one_to_one(found)
        named = names[here] == names[there]
        whole = [
            group for group in _by_block(kept) if _is_passage(group, sizes, least, named=named)
        ]
        chosen = tuple(match for group in whole for match in group)
        if chosen:
            drifted = tuple(match for match in chosen if _drifted(match))
            yield _Passage(here, there, chosen, drifted)


def _one_to_one(found: list[_Match]) -> list[_Match]:
    """Each unit with its best twin only."""
    found.sort(
        key=lambda match: (
            -match.shared / max(len(match.here.words), len(match.there.words)),
            match.here.line,
            match.there.line,
        )
    )
    taken: set[tuple[int, int]] = set()
    kept: list[_Match] = []
    for match in found:
        ends = {(0, id(match.here)), (1, id(match.there))}
        if not ends & taken:
            taken |= ends
            kept.append(match)
    kept.sort(key=lambda match: match.here.line)
    return kept


def _by_block(matches: Iterable[_Match]) -> Iterator[list[_Match]]:
    groups: dict[tuple[int, int], list[_Match]] = {}
    for match in matches:
        groups.setdefault((match.here.block, match.there.block), []).append(match)
    yield from groups.values()


def _is_passage(
    group: list[_Match], sizes: Counter[tuple[int, int, int]], least: int, *, named: bool
) -> bool:
    """Whether the matches between two blocks are a copy rather than a coincidence.

    Two sections of one name need less: they claim the same subject.
    """
    first = group[0]
    here = sizes[(first.here.document, first.here.section, first.here.block)]
    there = sizes[(first.there.document, first.there.section, first.there.block)]
    weight = sum(match.shared for match in group)
    share = len(group) / min(here, there)
    if first.here.kind == "sentence" or first.there.kind == "sentence":
        return weight >= 12 or (len(group) > 1 and weight >= 7 and share >= 0.5)
    if first.here.kind == "line" and first.there.kind == "line":
        return len(group) > least and share >= 0.5 and weight >= 12
    keyed = all(_about_the_same(match.here, match.there) for match in group)
    words = 7 if keyed else 8 if named else 10
    return len(group) >= least - named and share >= 0.5 and weight >= words


def _drifted(match: _Match) -> bool:
    """Whether each end says something that the other doesn't: more than an added column."""
    here, there = match.here.words, match.there.words
    return not (here <= there or there <= here)
