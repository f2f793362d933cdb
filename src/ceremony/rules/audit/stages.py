"""Rules about the walk alpha, beta, stable, patch, read from the frozen documents at hand.

Everything above a frozen document's first ``---`` is its header and its own; what follows is the
agreement, and each step of the walk allows less change to it than the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ceremony.expressions import expression
from ceremony.model import FINAL, Document, Hit, Section, Severity, Stage, Version
from ceremony.rules.audit.registry import Project, at, rule


@rule(
    "stage-skipped",
    Severity.NOTE,
    finds="a later stage without the earlier one",
    help="Nothing, if the skip was meant; else freeze the earlier stage first next time.",
    ceremony="Stage Promotions",
)
def stage_skipped(project: Project) -> Iterator[Hit]:
    """A version walks alpha, beta, stable, patch; whoever skips a step skips its feedback."""
    there = {(version.numbers, version.stage) for version, _ in project.frozen}
    # From the first patch of a line on, its stable document is not asked for again.
    released: set[tuple[int, int]] = set()
    for version, document in project.frozen:
        line = (version.major, version.minor)
        if version.stage is Stage.PATCH:
            missing = [] if line in released else [Stage.STABLE]
        else:
            missing = []
            for stage in reversed(list(Stage)[: version.stage.rank]):
                if (version.numbers, stage) in there:
                    break
                missing.insert(0, stage)
        if version.stage in FINAL:
            released.add(line)
        if missing:
            names = " and ".join(missing)
            yield Hit(
                place=at(document, document.title_line),
                message=f"{version.branch} is frozen, but there is no {names} before it",
                subject=version.branch,
            )


@rule(
    "stage-content-changed",
    Severity.ERROR,
    finds="a stage document that differs from its predecessor by more than the transition allows",
    help="Freeze the next stage from its predecessor's text, with only the changes allowed.",
    ceremony="Stage Promotions",
)
def stage_content_changed(project: Project) -> Iterator[Hit]:
    """Scope refinements up to beta, nothing at stable, additions afterwards."""
    for (earlier, source), (version, document) in predecessors(project):
        change = _change(earlier, source, version, document)
        if change:
            line, there, message = change
            yield Hit(
                place=at(document, line),
                message=f"{earlier.branch} to {version.branch}: {message}",
                subject=f"{earlier.branch} {version.branch}",
                related=(at(source, there),),
            )


def predecessors(
    project: Project,
) -> Iterator[tuple[tuple[Version, Document], tuple[Version, Document]]]:
    """Each stage after what it was promoted from: the same version, or a patch's stable line."""
    same: dict[tuple[int, int, int], tuple[Version, Document]] = {}
    released: dict[tuple[int, int], tuple[Version, Document]] = {}
    for pair in project.frozen:
        version = pair[0]
        line = (version.major, version.minor)
        before = same.get(version.numbers)
        if before is None and version.stage is Stage.PATCH:
            before = released.get(line)
        if before:
            yield before, pair
        same[version.numbers] = pair
        if version.stage in FINAL:
            released[line] = pair


def _change(
    earlier: Version, source: Document, later: Version, document: Document
) -> tuple[int, int, str] | None:
    """The first change that the steps between two stages do not allow: both lines, and why."""
    if later.stage is Stage.PATCH:
        return lost_line(earlier, source, document)
    if later.stage is Stage.STABLE:
        return first_difference(source, document)
    return _new_or_lost_section(source, document)


_WORDS = "words"
_WORDS_LINE = expression(r" {0,3}[^\W\d_]| {0,3}\|")


def body(document: Document) -> tuple[int, list[str]]:
    """What follows the header: the number of lines above it, and its lines."""
    start = document.header_end or max(
        [document.title_line, *(field.line for field in document.metadata)]
    )
    lines = list(document.lines[start:])
    while lines and not lines[-1].strip():
        lines.pop()
    return start, lines


def first_difference(source: Document, document: Document) -> tuple[int, int, str] | None:
    """Where two texts differ first below their headers; None where they are one text.

    The line in the document, the line in the source, and why stable does not allow it.
    """
    there, old = body(source)
    here, new = body(document)
    same = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        same += 1
    if same == len(old) == len(new):
        return None
    message = "stable allows no change but the header, and the text differs here"
    return _inside(document, here + same + 1), _inside(source, there + same + 1), message


def lost_line(
    earlier: Version, source: Document, document: Document
) -> tuple[int, int, str] | None:
    """The first line of the source that the document no longer holds in its place.

    Where it should stand in the document, its line in the source, and why a patch keeps it.
    """
    there, old = body(source)
    here, new = body(document)
    text = "the stable text"
    if earlier.stage is not Stage.STABLE:
        text = f"the text of {earlier.branch}"
    position = 0
    for number, line in enumerate(old):
        found = position
        while found < len(new) and new[found] != line:
            found += 1
        if found == len(new):
            said = " ".join(line.split())[:80]
            message = f"a patch only adds, but this line of {text} is gone: “{said}”"
            return _inside(document, here + position + 1), there + number + 1, message
        position = found + 1
    return None


def _inside(document: Document, line: int) -> int:
    return min(line, len(document.lines))


_MILESTONE = expression(r"(M[0-9]{1,4})\b(?!\.)")
_WORD = expression(r"[^\W\d_]{2,}")
_LEFT = expression(r"\b(?:defer|reject)(?:red|ed)?\b", re.IGNORECASE)
_REASON = expression(
    r"\b(?:because|since|due to|as|until|for lack of|reason|rationale|lacks?|no|needs?|nobody|"
    r"without)\b|[:;—–]|\s-\s|\|",
    re.IGNORECASE,
)


def _new_or_lost_section(source: Document, document: Document) -> tuple[int, int, str] | None:
    """A section or milestone that beta adds, or that it drops without a word."""
    if _skeleton(source) == _skeleton(document):
        return None
    old, new = _headings(source), _headings(document)
    for name, section in new.items():
        if name not in old:
            title = section.title.plain.strip()
            message = f"beta refines what alpha holds, and “{title}” is new"
            return section.line, source.title_line, message
    for name, section in old.items():
        if name in new or (_MILESTONE.fullmatch(name) and _is_explained(name, document)):
            continue
        title = section.title.plain.strip()
        message = f"“{title}” is gone, without a word that it is deferred or rejected, and why"
        return document.title_line, section.line, message
    return None


def _skeleton(document: Document) -> list[str]:
    """The lines that can make or move a heading, and between them where words stand.

    Words are lines that start with a letter or a pipe. Where two skeletons are equal, so are
    the headings: reading both documents would tell no more.
    """
    found: list[str] = []
    for line in body(document)[1]:
        if _WORDS_LINE.match(line) is None:
            found.append(line)
        elif found[-1:] != [_WORDS]:
            found.append(_WORDS)
    return found


def _headings(document: Document) -> dict[str, Section]:
    """Sections of the second level by name, and milestones of any level by id."""
    found: dict[str, Section] = {}
    for section in document.sections:
        milestone = _MILESTONE.match(section.name)
        if milestone:
            found.setdefault(milestone[1], section)
        elif section.level == 2:
            found.setdefault(section.name.casefold(), section)
    return found


def _is_explained(milestone: str, document: Document) -> bool:
    """Whether a line says that the milestone was deferred or rejected, and why."""
    named = expression(rf"\b{milestone}\b(?!\.[0-9])")
    return any(says_why_it_left(line, named) for line in document.lines)


def says_why_it_left(line: str, named: re.Pattern[str]) -> bool:
    """Whether a line says of what the pattern names that it was deferred or rejected, and why.

    A reason is introduced by a word or a mark, and takes three words of any language.
    """
    if named.search(line) is None or _LEFT.search(line) is None:
        return False
    rest = _LEFT.sub(" ", named.sub(" ", line))
    return _REASON.search(rest) is not None and len(_WORD.findall(rest)) > 2
