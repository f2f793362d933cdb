"""Which files a list of patterns means: the same on every system, in time linear in the path.

Nothing here looks at a file system: `walk.py` asks, folder by folder, what may be of interest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from ceremony.expressions import expression

MAX_LENGTH = 1_000
"""The most characters of a pattern."""
MAX_WAYS = 1_000
"""The most patterns without braces that one with braces may stand for."""
MAX_WORK = 50_000
"""The most work that one pattern may be: roughly microseconds, until a name is held against it."""
MAX_WORK_TOGETHER = 200_000
"""The most work that all patterns of one search may be."""

_MAX_LEVELS = 1_000
_BASIC_PLANE = 0x1_0000
_SPECIAL = "*?[]{}!\\,-^"
_ITSELF = {"*": "[*]", "?": "[?]", "\\": "[\\\\]"}
"""What is no name's character on every system, and how it is written all the same."""
_DRIVE = expression(r"[A-Za-z]:")


class Missing(StrEnum):
    """What becomes of a pattern that matches nothing (`if-no-files-found`)."""

    ERROR = "error"
    WARN = "warn"
    IGNORE = "ignore"


class Segment(NamedTuple):
    """What stands between two slashes of a pattern."""

    expression: str
    """A regular expression of a whole name, linear in the name's length."""
    literal: str | None
    """The one name that is meant; None where there are wildcards."""
    tail: str
    """What every name that is meant ends with, as far as it is known."""
    is_dotted: bool = False
    """Whether it begins with a dot as such, so that it means hidden names."""
    is_whole: bool = False
    """Whether a folder of this name is meant too, with all that is in it."""


FOLDERS = Segment("**", None, "")
"""``**``: any number of folders, none too; no name is held against it."""
ANY = Segment(".*", None, "")
"""``*``: any name."""


class Glob(NamedTuple):
    """A pattern that was found lawful."""

    text: str
    """As written."""
    negated: bool
    """Whether it excludes what it matches."""
    ways: tuple[tuple[Segment, ...], ...]
    """What it stands for without its braces, each from the root."""
    work: int
    """How much work it is to look for it, at most `MAX_WORK`."""


class Wanted(NamedTuple):
    """A pattern, and what becomes of it where nothing matches."""

    glob: Glob
    if_missing: Missing | None = None
    """None where nobody has said so for this one."""


# ---------------------------------------------------------------------------- reading


class _Atom(NamedTuple):
    """One thing of a pattern: a character as such, or what stands for characters."""

    kind: str
    """``text``, ``one`` (`?` and classes), ``star`` or ``slash``."""
    expression: str
    text: str = ""
    work: int = 1


_STAR = _Atom("star", "", work=10)
_SLASH = _Atom("slash", "")
_ONE = _Atom("one", ".")


def parse(text: str) -> Glob:
    """Read a pattern.

    One that excludes and has no slash leaves out folders of that name too, whole and at any depth,
    as in .gitignore.

    Raises ValueError that says what is wrong and what to write instead.
    """
    _check_text(text)
    # A file system may hold a letter and its accent as one character or as two.
    body = unicodedata.normalize("NFC", text)
    negated = body.startswith("!")
    if negated:
        body = body[1:]
        if not body or body.startswith("!"):
            raise ValueError("has no pattern behind its `!`; write one, such as `!*.tmp`")
    reader = _Reader(body)
    ways = {_way(atoms, negated=negated): None for atoms in reader.read()}
    return Glob(text, negated, tuple(ways), reader.work)


def _check_text(text: str) -> None:
    if not text:
        raise ValueError("is empty; write a pattern such as `*.deb`")
    if len(text) > MAX_LENGTH:
        raise ValueError(
            f"has {len(text):,} characters; {MAX_LENGTH:,} are the most: write several patterns"
        )
    if not text.isprintable():
        raise ValueError("holds a character that nobody sees; write `?` in its place")
    if text != text.strip():
        raise ValueError("has a blank at its beginning or end; write it without")


class _Brace(NamedTuple):
    """A brace that is open."""

    before: list[list[_Atom]]
    """What stands before it."""
    before_work: int
    found: list[list[_Atom]]
    """Its alternatives up to its last comma; none where it has no comma."""
    found_work: int

    def joined(self, ways: list[list[_Atom]], work: int) -> _Brace:
        """It, with one more alternative read."""
        found = [*self.found, *ways]
        return self._replace(found=found, found_work=self.found_work + work)


class _Reader:
    """Takes the braces out of a pattern: what is left are lists of atoms."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._place = 0
        self._open: list[_Brace] = []
        self.work = 0
        """Of all ways that are being read, each by itself."""

    def read(self) -> list[list[_Atom]]:
        ways: list[list[_Atom]] = [[]]
        while self._place < len(self._body):
            character = self._next()
            if character == "{":
                self._open.append(_Brace(ways, self.work, [], 0))
                ways, self.work = [[]], 0
            elif character == "," and self._open:
                self._open[-1] = self._open[-1].joined(ways, self.work)
                ways, self.work = [[]], 0
            elif character == "}":
                ways = self._closed(ways)
            else:
                atom = self._atom(character)
                self._add(atom.work * len(ways))
                for way in ways:
                    way.append(atom)
        if self._open:
            raise ValueError("opens a brace that is not closed; close it, or write `\\{`")
        return ways

    def _next(self) -> str:
        self._place += 1
        return self._body[self._place - 1]

    def _closed(self, last: list[list[_Atom]]) -> list[list[_Atom]]:
        if not self._open:
            raise ValueError("closes a brace that is not open; write `\\}` for the character")
        brace = self._open.pop()
        if not brace.found:
            raise ValueError(
                "has a brace without a comma; write the alternatives out, as in `{deb,rpm}` "
                "(there are no ranges), or `\\{` for the character"
            )
        before, before_work, found, found_work = brace.joined(last, self.work)
        if len(before) * len(found) > MAX_WAYS:
            raise ValueError(
                f"stands for more than {MAX_WAYS:,} patterns by its braces; write fewer"
            )
        self.work = 0
        self._add(before_work * len(found) + found_work * len(before))
        return [[*one, *other] for one in before for other in found]

    def _add(self, work: int) -> None:
        self.work += work
        if self.work > MAX_WORK:
            raise ValueError(
                "takes too long to look for; write fewer braces, stars and ranges, or several "
                "patterns"
            )

    def _atom(self, character: str) -> _Atom:
        if character == "/":
            return _SLASH
        if character == "*":
            return _STAR
        if character == "?":
            return _ONE
        if character == "[":
            return self._class()
        if character == "]":
            raise ValueError("closes a class that is not open; write `\\]` for the character")
        if character == "\\":
            # Who writes folders as Windows does would wait for files that no system has.
            after = self._body[self._place : self._place + 1]
            if after in _ITSELF:
                raise ValueError(
                    f"has a backslash before `{after}`; write forward slashes between folders, or "
                    f"`{_ITSELF[after]}` for the character"
                )
            character = self._escaped()
        return _Atom("text", re.escape(character), character)

    def _escaped(self) -> str:
        if self._body[self._place : self._place + 1] not in tuple(_SPECIAL):
            raise ValueError(
                "has a backslash before what is nothing special; write forward slashes between "
                "folders"
            )
        return self._next()

    def _class(self) -> _Atom:
        is_inverted = self._body[self._place : self._place + 1] in {"!", "^"}
        if is_inverted:
            self._place += 1
        members = ""
        work = 5
        while True:
            one = self._member()
            if not one:
                break
            work += 1
            if self._body[self._place : self._place + 1] == "-" and self._body[
                self._place + 1 : self._place + 2
            ] not in {"", "]"}:
                self._place += 1
                last = self._member()
                if last < one:
                    raise ValueError(f"has a range backwards, `{one}-{last}`; turn it round")
                members += f"{re.escape(one)}-{re.escape(last)}"
                # Where case doesn't matter, each one's other case is looked for.
                work += 100 + min(ord(last) - ord(one), _BASIC_PLANE) // 10
            else:
                members += re.escape(one)
        if not members:
            raise ValueError("has an empty class; write its characters, or `\\[` for a bracket")
        if not members.isascii():
            work += 100
        # The dot of `FOLDERS` and its like takes all there is in a name, and so does a class.
        return _Atom("one", f"[{'^' if is_inverted else ''}{members}]", work=work)

    def _member(self) -> str:
        """The next character of a class; empty where the class ends."""
        if self._place >= len(self._body):
            raise ValueError("opens a class that is not closed; close it, or write `\\[`")
        character = self._next()
        if character == "]":
            return ""
        if character == "/":
            raise ValueError("has a slash in a class; a class is of one name's characters")
        if character == "[":
            raise ValueError(
                "has a bracket in a class; write a range such as `[a-z]`, or `\\[` for the "
                "character"
            )
        return self._escaped() if character == "\\" else character


def _way(atoms: Sequence[_Atom], *, negated: bool) -> tuple[Segment, ...]:
    """A pattern without braces, as what it expects from the root down."""
    parts: list[list[_Atom]] = [[]]
    for atom in atoms:
        if atom is _SLASH:
            parts.append([])
        else:
            parts[-1].append(atom)
    is_folder = len(parts) > 1 and not parts[-1]
    if is_folder:
        parts.pop()
    if not parts[0]:
        raise ValueError(
            "begins with a slash; write it from the root, without one"
            if is_folder or len(parts) > 1
            else "has braces that may leave nothing of it; write a pattern in each"
        )
    if is_folder and not negated:
        raise ValueError("ends with a slash; write `**` behind it for all that is in the folder")
    _check_start(parts[0])
    way = [_segment(part) for part in parts]
    if not negated and any(segment.literal and _is_git(segment.literal) for segment in way):
        raise ValueError("names `.git`, which is never published; name what the build makes")
    if len(way) == 1:
        if negated and not is_folder:
            way = [way[0]._replace(is_whole=way[0] not in {FOLDERS, ANY})]
        way.insert(0, FOLDERS)
    if is_folder:
        way.append(FOLDERS)
    if way[-1] == FOLDERS:
        way.append(ANY)
    # `**/**` says what `**` says.
    return tuple(
        segment
        for place, segment in enumerate(way)
        if not place or segment != FOLDERS or way[place - 1] != FOLDERS
    )


def _check_start(part: Sequence[_Atom]) -> None:
    start = "".join(atom.text if atom.kind == "text" else "*" for atom in part)
    if start.startswith("~"):
        raise ValueError("begins with `~`; patterns start at the root: write it from there")
    if _DRIVE.match(start):
        raise ValueError("begins with a drive; patterns start at the root: write it from there")


def _segment(part: Sequence[_Atom]) -> Segment:
    if not part:
        raise ValueError("has two slashes in a row; write one")
    stars = [place for place, atom in enumerate(part) if atom is _STAR]
    if any(next_one - one == 1 for one, next_one in pairwise(stars)):
        if len(part) == 2:
            return FOLDERS
        raise ValueError(
            "has `**` beside other characters; it stands alone between slashes: write `*`, or "
            "`**/` before the name"
        )
    tail = ""
    for atom in reversed(part):
        if atom.kind != "text":
            break
        tail = atom.text + tail
    literal = tail if len(tail) == len(part) else None
    if literal in {".", ".."}:
        raise ValueError(f"has the folder `{literal}`; write the path from the root without it")
    return Segment(_expression(part), literal, tail, part[0].text == ".")


def _expression(part: Sequence[_Atom]) -> str:
    """The expression of a name; what stands between two stars is taken where it comes first.

    That is right, since every atom but a star is one character long, and it leaves nothing to
    try again (threat: ReDoS).
    """
    pieces = [""]
    for atom in part:
        if atom is _STAR:
            pieces.append("")
        else:
            pieces[-1] += atom.expression
    if len(pieces) == 1:
        return pieces[0]
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1])
    return f"{pieces[0]}{middle}.*{pieces[-1]}"


# ---------------------------------------------------------------------------- matching


class _Item(NamedTuple):
    """A segment of a way: what the next name is held against."""

    segment: Segment
    order: int
    """Which pattern of the list it is of."""
    is_wanted: bool
    """Whether that takes, rather than excludes."""
    is_last: bool
    """Whether a file's name is meant."""
    is_sweeping: bool
    """Whether all that is below is meant."""

    @property
    def means_hidden(self) -> bool:
        """Whether a name that begins with a dot can be meant."""
        return self.segment.is_dotted or not self.is_wanted


class _Test(NamedTuple):
    """What a file's name is held against: the last segments of one pattern, in one expression."""

    names: re.Pattern[str]
    order: int
    is_wanted: bool
    is_dotted: bool


class Matcher:
    """A list of patterns, compiled once; what a later one says goes before what an earlier says.

    Hidden names, those that begin with a dot, are taken only where the pattern's own segment
    begins with one; an exclusion's wildcards match them too. `.git` is never taken and never
    entered. Names are compared in their exact case unless `ignore_case`.

    Raises ValueError for patterns that are too much work together.
    """

    def __init__(self, globs: Sequence[Glob], *, ignore_case: bool = False) -> None:
        if sum(glob.work for glob in globs) > MAX_WORK_TOGETHER:
            raise ValueError(
                "the patterns take too long to look for; write fewer, or fewer braces in them"
            )
        self.ignores_case = ignore_case
        self.items: list[_Item] = []
        """All segments, those of one way in a row."""
        starts: list[int] = []
        for order, glob in enumerate(globs):
            for way in glob.ways:
                starts.append(len(self.items))
                self.items += _items(way, order, is_wanted=not glob.negated)
        self._single: dict[Glob, Matcher] = {}
        self._levels: dict[frozenset[int], Level] = {}
        self.top = self.level(starts)
        """What is expected in the root; None where nothing can match."""

    def matches(self, path: str) -> bool:
        """Whether a file is meant; the path is relative to the root, with forward slashes."""
        folder, _, name = path.rpartition("/")
        level = self._level_of(folder)
        return bool(name) and level is not None and level.takes(name)

    def is_taken_by(self, glob: Glob, path: str) -> bool:
        """Whether one pattern takes a file, be it excluded by another one or not."""
        if glob not in self._single:
            self._single[glob] = Matcher([glob], ignore_case=self.ignores_case)
        return self._single[glob].matches(path)

    def _level_of(self, folder: str) -> Level | None:
        level = self.top
        for name in folder.split("/") if folder else ():
            if level is None:
                return None
            level = level.enter(name)
        return level

    def level(self, places: Iterable[int], *, left_out: int = -1) -> Level | None:
        """What is expected where these items are; None where no file can be meant any more.

        `left_out` is the last pattern that leaves the folder out, so that only later ones matter.
        """
        found = set(places)
        for place in tuple(found):
            if self.items[place].segment == FOLDERS:
                found.add(place + 1)
        swept = self.swept(found)
        kept = frozenset(
            place
            for place in found
            if self.items[place].order >= swept and self.items[place].order > left_out
        )
        if not any(self.items[place].is_wanted for place in kept):
            return None
        level = self._levels.get(kept)
        if level is None:
            if len(self._levels) >= _MAX_LEVELS:
                self._levels.clear()
            level = self._levels[kept] = Level(self, kept)
        return level

    def swept(self, places: Iterable[int]) -> int:
        """The last pattern that leaves out all there is where these items are; -1 for none."""
        items = (self.items[place] for place in places)
        return max((i.order for i in items if i.is_sweeping and not i.is_wanted), default=-1)


class Level:
    """What patterns expect in one folder."""

    def __init__(self, matcher: Matcher, places: frozenset[int]) -> None:
        self._matcher = matcher
        items = [(place, matcher.items[place]) for place in sorted(places)]
        self._last = [(place, item) for place, item in items if item.is_last]
        self._tests, self._always = _tests(
            [item for _, item in self._last], ignore_case=matcher.ignores_case
        )
        self._whole = _ordered(
            _merged([i for _, i in items if i.segment.is_whole], ignore_case=matcher.ignores_case)
        )
        self._staying = [place for place, item in items if item.segment == FOLDERS]
        self._named: dict[str, list[int]] = {}
        self._folders: list[tuple[int, re.Pattern[str]]] = []
        for place, item in items:
            if item.is_last or item.segment == FOLDERS:
                continue
            if item.segment.literal is not None and not matcher.ignores_case:
                self._named.setdefault(item.segment.literal, []).append(place)
            else:
                compiled = _compiled([item.segment], ignore_case=matcher.ignores_case)
                self._folders.append((place, compiled))

    def takes(self, name: str, *, as_shown: bool = False) -> bool:
        """Whether a file of this name is meant; `as_shown` as if its dot did not hide it."""
        if not name.isascii():
            name = unicodedata.normalize("NFC", name)
        tests = self._tests.get(name[name.rfind(".") :], self._always)
        if not tests:
            return False
        is_hidden = name[0] == "."
        if is_hidden and _is_git(name):
            return False
        for test in tests:
            if is_hidden and test.is_wanted and not (as_shown or test.is_dotted):
                continue
            if test.names.fullmatch(name):
                return test.is_wanted
        return False

    def enter(self, name: str, *, as_shown: bool = False) -> Level | None:
        """What is expected in a folder of this name; None where nothing in it can be meant."""
        if not name.isascii():
            name = unicodedata.normalize("NFC", name)
        is_hidden = name[0] == "."
        if is_hidden and _is_git(name):
            return None
        left_out = next((test.order for test in self._whole if test.names.fullmatch(name)), -1)
        met = self._met(name)
        if is_hidden and not as_shown:
            staying = [place for place in self._staying if not self._matcher.items[place].is_wanted]
            met = [place for place in met if self._matcher.items[place].means_hidden]
            return self._matcher.level([*staying, *(place + 1 for place in met)], left_out=left_out)
        if not met and left_out < 0:
            return self._unnamed
        places = [*self._staying, *(place + 1 for place in met)]
        return self._matcher.level(places, left_out=left_out)

    def naming(self, name: str) -> tuple[int, ...]:
        """Which patterns mean a folder of this name itself, as if it were a file; by their place.

        None is among them that a later one takes the folder out of. What means all there is, such
        as `**`, names nothing.
        """
        if not name.isascii():
            name = unicodedata.normalize("NFC", name)
        tests = self._naming[0].get(name[name.rfind(".") :], self._naming[1])
        is_hidden = name[0] == "."
        if not tests or (is_hidden and _is_git(name)):
            return ()
        left_out = -1
        found: dict[int, None] = {}
        for test in tests:
            if is_hidden and test.is_wanted and not test.is_dotted:
                continue
            if test.names.fullmatch(name):
                if not test.is_wanted:
                    left_out = test.order
                    break
                found[test.order] = None
        if found:
            below = [*self._staying, *(place + 1 for place in self._met(name))]
            left_out = max(left_out, self._matcher.swept(below))
        return tuple([order for order in found if order > left_out])

    @cached_property
    def _naming(self) -> tuple[dict[str, tuple[_Test, ...]], tuple[_Test, ...]]:
        """What `naming` holds names against, as `_tests` gives it."""
        items = self._matcher.items
        last = [i for place, i in self._last if not (i.is_wanted and items[place - 1].is_sweeping)]
        if len(last) == len(self._last):
            return self._tests, self._always
        return _tests(last, ignore_case=self._matcher.ignores_case)

    def _met(self, name: str) -> list[int]:
        """Which items mean a folder of this name on the way to what they want."""
        return [
            *self._named.get(name, ()),
            *(place for place, names in self._folders if names.fullmatch(name)),
        ]

    @cached_property
    def _unnamed(self) -> Level | None:
        """What is expected in a folder whose name says nothing to any pattern."""
        return self._matcher.level(self._staying)


def _is_git(name: str) -> bool:
    # A file system that does not tell cases apart has one folder for all of them.
    return name.lower() == ".git"


def _items(way: Sequence[Segment], order: int, *, is_wanted: bool) -> list[_Item]:
    return [
        _Item(
            segment,
            order,
            is_wanted=is_wanted,
            is_last=place == len(way) - 1,
            is_sweeping=segment == FOLDERS and way[place + 1 :] == (ANY,),
        )
        for place, segment in enumerate(way)
    ]


def _tests(
    items: Sequence[_Item], *, ignore_case: bool
) -> tuple[dict[str, tuple[_Test, ...]], tuple[_Test, ...]]:
    """What names are held against by how they end, and what all other names are held against.

    Nothing where nothing could be taken: most names of a tree end like none that is wanted.
    """
    by_end: dict[str, list[_Item]] = {}
    for item in items:
        by_end.setdefault("" if ignore_case else _end(item.segment), []).append(item)
    always = _merged(by_end.pop("", []), ignore_case=ignore_case)
    ended = {
        end: _deciding([*_merged(each, ignore_case=ignore_case), *always])
        for end, each in by_end.items()
    }
    return ended, _deciding(always)


def _end(segment: Segment) -> str:
    """What `name[name.rfind("."):]` is of every name that is meant; empty where they differ."""
    if "." in segment.tail:
        return segment.tail[segment.tail.rfind(".") :]
    return segment.literal[-1] if segment.literal is not None else ""


def _merged(items: Sequence[_Item], *, ignore_case: bool) -> list[_Test]:
    groups: dict[tuple[int, bool, bool], list[Segment]] = {}
    for item in items:
        group = (item.order, item.is_wanted, item.segment.is_dotted)
        groups.setdefault(group, []).append(item.segment)
    return [
        _Test(_compiled(segments, ignore_case=ignore_case), *group)
        for group, segments in groups.items()
    ]


def _deciding(tests: Sequence[_Test]) -> tuple[_Test, ...]:
    if not any(test.is_wanted for test in tests):
        return ()
    return _ordered(tests)


def _ordered(tests: Iterable[_Test]) -> tuple[_Test, ...]:
    return tuple(sorted(tests, key=lambda test: test.order, reverse=True))


def _compiled(segments: Sequence[Segment], *, ignore_case: bool) -> re.Pattern[str]:
    # Ways often differ in their folders alone.
    source = "|".join(dict.fromkeys(segment.expression for segment in segments))
    return expression(source, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
