"""What a pattern means: to the letter, on every system alike, and never slowly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceremony.rules.globs import (
    FOLDERS,
    MAX_LENGTH,
    MAX_WAYS,
    MAX_WORK,
    MAX_WORK_TOGETHER,
    Glob,
    Matcher,
    Missing,
    Wanted,
    parse,
)
from tests.support.growth import assert_at_most, assert_linear


def taken(patterns: list[str], path: str, *, ignore_case: bool = False) -> bool:
    return Matcher([parse(text) for text in patterns], ignore_case=ignore_case).matches(path)


# ---------------------------------------------------------------------------- what one means

MEANINGS = {
    # Without a slash: the file's name, wherever it is.
    "*.deb": (["x.deb", "a/x.deb", "a/b c/x.y.deb"], ["x.debs", "deb", "x.deb/y", "x.DEB", ""]),
    "README": (["README", "a/b/README"], ["README/x", "READM", "READMEE", "xREADME"]),
    "a?c": (["abc", "x/a-c", "a.c"], ["ac", "abbc", "a/c"]),
    "*": (["x", "a/b/x"], [".x", ".a/x"]),
    "*a*b*": (["ab", "xaxbx", "aabb"], ["ba", "a", "b"]),
    "*ab": (["ab", "aab", "abab"], ["abc", "aba"]),
    "a*a": (["aa", "aba"], ["a", "ab"]),
    # With one: from the root.
    "dist/*.deb": (["dist/x.deb"], ["x.deb", "dist/a/x.deb", "a/dist/x.deb", "dist/.deb"]),
    "a/b/c": (["a/b/c"], ["a/b", "a/b/c/d", "c", "b/c", "a/x/c"]),
    "*/x": (["a/x"], ["x", "a/b/x", ".a/x"]),
    # Any number of folders, none too.
    "**": (["x", "a/x", "a/b/c/x"], [".x", "a/.b/x"]),
    "**/x": (["x", "a/x", "a/b/x"], ["x/y", "ax", ".a/x"]),
    "a/**": (["a/x", "a/b/x"], ["a", "b/x", "b/a/x", "a/.x", "a/.b/x"]),
    "a/**/x": (["a/x", "a/b/x", "a/b/c/x"], ["x", "a/b", "b/a/x", "a/.b/x"]),
    "a/**/**/x": (["a/x", "a/b/c/x"], ["x"]),
    "**/b/**/x": (["b/x", "a/b/x", "b/c/x", "b/b/x", "a/b/c/d/x"], ["x", "a/x", "b"]),
    "**/a/*/b": (["a/x/b", "a/a/b", "q/a/a/x/b"], ["a/b", "a/x/y/b"]),
    # Classes are of a name's characters.
    "[a-c]x": (["ax", "cx"], ["dx", "x", "Ax", "Xx", "-x"]),
    "[A-X]y": (["Ay", "By", "Xy"], ["Yy", "-y"]),
    "[a-a]x": (["ax"], ["bx", "-x"]),
    "[!a-c]x": (["dx", "Xx", "-x", "]x"], ["ax", "x", "y/", ".x"]),
    "[^a]x": (["bx", "^x"], ["ax"]),
    "[-a]x": (["-x", "ax"], ["bx"]),
    "[a-]x": (["-x", "ax"], ["bx"]),
    "[a^!]x": (["^x", "!x", "ax"], ["bx"]),
    "[.]x": ([], [".x"]),
    "[{,}]": (["{", ",", "}"], ["x"]),
    "[*?]": (["*", "?"], ["x"]),
    "[\\]\\-\\[]": (["]", "-", "["], ["x", "\\"]),
    # There a backslash divides no folders.
    "a[\\*\\?\\\\]b": (["a*b", "a?b", "a\\b"], ["ab", "axb", "a/b"]),
    "a[!\\\\]b": (["axb", "a*b"], ["a\\b", "a/b"]),
    "{a[\\\\]b,c}": (["a\\b", "c"], ["a/b", "ab"]),
    "[&&~~||]x": (["&x", "~x", "|x"], ["x"]),
    "a[!b]c": (["a.c", "a\nc"], ["a/c", "abc"]),
    # Braces stand for a pattern each.
    "*.{deb,rpm}": (["x.deb", "a/x.rpm"], ["x.dmg", "x.", "x.{deb,rpm}"]),
    "a{,b}": (["a", "ab", "x/a"], ["b"]),
    "{a,b/c}": (["a", "x/a", "b/c"], ["x/b/c", "c"]),
    "{a,b}/{c,d}": (["a/c", "a/d", "b/c", "b/d"], ["a/a", "c/a"]),
    "x{a,{b,c}d}": (["xa", "xbd", "xcd"], ["xb", "xad"]),
    "{*,**}/x": (["x", "a/x", "a/b/x"], ["ax"]),
    "{a,a}": (["a"], ["b"]),
    "{[a,b],c}": (["a", ",", "b", "c"], ["d"]),
    "a,b": (["a,b"], ["a", "b"]),
    # What is escaped is itself.
    "[*]": (["*"], ["x"]),
    "\\{a,b\\}": (["{a,b}"], ["a"]),
    "{a\\,b,c}": (["a,b", "c"], ["a", "b"]),
    "\\!x": (["!x"], ["x"]),
    "\\[a\\]": (["[a]"], ["a"]),
    "a[?]b[\\\\]c\\-\\^": (["a?b\\c-^"], ["axb\\c-^", "a?b/c-^"]),
    "a\\]\\,b": (["a],b"], ["a,b"]),
    # Hidden names are meant only where the pattern says the dot.
    ".*": ([".x", "a/.x"], ["x", ".a/.x"]),
    ".x/*": ([".x/y"], ["x/y", ".x/.y", "a/.x/y"]),
    "**/.x/**": ([".x/y", "a/.x/b/y"], [".y/.x/y", ".x/.y"]),
    "{.,}x": ([".x", "x", "a/.x"], ["..x"]),
    "?x": (["ax"], [".x"]),
    "*.x": (["a.x"], [".x", ".a.x"]),
    ".g*": ([".gitignore"], [".git", ".Git", "a/.GIT", ".git/x"]),
    ".g*/**": ([".github/x"], [".git/x", ".gIt/x"]),
    # Characters of an expression stand for themselves.
    "a.b+(c)$|^#": (["a.b+(c)$|^#"], ["aXb+(c)$|^#", "a.bb(c)"]),
    # What a name may hold on some system.
    "a*z": (["a\nz", "a\\z", "a:z", "a\udcffz", "aéz"], []),
    "a?z": (["a\nz", "a\udcffz", "aéz", "ae\u0301z"], ["a\udcff\udcfez"]),
}  # fmt: skip


@pytest.mark.parametrize("pattern", MEANINGS)
def test_a_pattern_means(pattern: str) -> None:
    yes, no = MEANINGS[pattern]
    assert [path for path in yes if not taken([pattern], path)] == []
    assert [path for path in no if taken([pattern], path)] == []


@pytest.mark.parametrize("pattern", MEANINGS)
def test_an_exclusion_leaves_out_what_the_pattern_takes(pattern: str) -> None:
    yes, _ = MEANINGS[pattern]
    for path in yes:
        assert taken([pattern], path)
        assert not taken([pattern, f"!{pattern}"], path)
        assert taken([f"!{pattern}", pattern], path)


# ---------------------------------------------------------------------------- several

LISTS = {
    "the last one decides": (
        ["*.deb", "!a*", "ab*"], ["x.deb", "ab.deb", "abx"], ["a.deb", "ax"],
    ),
    "an exclusion alone takes nothing": (["!*.deb"], [], ["x.deb", "x"]),
    "nothing takes nothing": ([], [], ["x"]),
    "a folder at any depth": (
        ["**", "!tmp/"], ["x", "tmp", "a/tmp", "tmpx/y"], ["tmp/x", "a/tmp/x", "a/tmp/b/x"],
    ),
    "a folder from the root": (
        ["**", "!a/tmp/"], ["tmp/x", "b/a/tmp/x", "a/tmp"], ["a/tmp/x", "a/tmp/b/x"],
    ),
    "a folder or file of one name": (
        ["**", "!tmp"], ["x", "tmpx/y", "a/xtmp"], ["tmp", "a/tmp", "tmp/x", "a/tmp/b/x"],
    ),
    "folders or files of such names": (
        ["**", ".c/**", "!*[tc]"], ["x", "a/x"], ["t", "t/x", "a/at/b/x", ".c/x", "c/t"],
    ),
    "some by their names": (["**", "!{tmp,*.app,out/x}"], ["out/y", "a/out/x"],
                            ["tmp/x", "a/y.app/b/x", "out/x"]),
    "by a path a file alone": (["**", "!**/tmp", "!a/b"], ["tmp/x", "a/b/x"], ["a/tmp", "a/b"]),
    "a name that one takes": (["tmp", "*.x"], ["tmp", "tmp/a.x"], ["tmp/x"]),
    "a later pattern reaches into what a name left out": (
        ["**", "!tmp", "tmp/keep/*"], ["x", "tmp/keep/x"], ["tmp/x", "tmp/keep/a/x"],
    ),
    "of two names that leave out the later one decides": (
        ["**", "!a", "b*/c/*", "!b*", "a/x", "!*z"], ["x", "a/x"],
        ["b/c/x", "a/y", "ab/a/x", "az/x"],
    ),
    "all below a folder": (["**", "!tmp/**"], ["a/tmp/x", "tmp"], ["tmp/x", "tmp/a/x"]),
    "folders of any name": (["**", "!a/*/"], ["a/x", "b/x/y"], ["a/b/x", "a/b/c/x"]),
    "a later pattern reaches into an excluded folder": (
        ["**", "!tmp/", "tmp/keep/*"], ["x", "tmp/keep/x"], ["tmp/x", "tmp/keep/a/x"],
    ),
    "an earlier one does not": (["tmp/keep/*", "!tmp/"], [], ["tmp/keep/x"]),
    "an exclusion's wildcards match hidden names": (
        [".*", ".x/.y/*", "!*.log", "!**/q"], [".x", ".x/.y/z"], [".x.log", ".x/.y/q"],
    ),
    "an exclusion of all": (["**", "!**", "a"], ["a", "x/a"], ["b"]),
    "an excluded hidden folder": ([".x/**", "!.x/y/"], [".x/z"], [".x/y/z"]),
    "an exclusion of some in a folder": (["a/**", "!a/**/*.log"], ["a/x"], ["a/x.log"]),
    "braces in an exclusion": (["**", "!{a/,*.log}"], ["x"], ["a/x", "x.log", "b/a/c/x"]),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_patterns_means(name: str) -> None:
    patterns, yes, no = LISTS[name]
    assert [path for path in yes if not taken(patterns, path)] == []
    assert [path for path in no if taken(patterns, path)] == []


def test_names_are_compared_in_their_case_unless_told() -> None:
    for pattern, path in (
        ("*.DEB", "x.deb"),
        ("Dist/*", "dIST/x"),
        ("read[A-Z]e", "READmE"),
        ("É*", "éx"),
        ("x", "X"),
    ):
        assert not Matcher([parse(pattern)]).matches(path)
        assert taken([pattern], path, ignore_case=True)
    assert not taken(["**", "!TMP/"], "tmp/x", ignore_case=True)


def test_a_letter_and_its_accent_are_one_character_on_both_sides() -> None:
    composed, apart = "café.deb", unicodedata.normalize("NFD", "café.deb")
    for one in (composed, apart):
        for other in (composed, apart):
            assert taken([one], other)
            assert taken([f"{one}/*"], f"{other}/x")
            assert taken(["caf?.deb"], other)
            assert taken([f"**/{one}/**"], f"a/{other}/b/x")


def test_which_patterns_take_a_file_whatever_excludes_it() -> None:
    globs = [parse(text) for text in ("*.deb", "!a/", "a/**", "*.rpm")]
    matcher = Matcher(globs)
    for path, takers in (("a/x.deb", [0, 2]), ("x.deb", [0]), ("x", [])):
        assert [i for i, glob in enumerate(globs) if matcher.is_taken_by(glob, path)] == takers


# ---------------------------------------------------------------------------- folders

FOLDERS_KEPT = {
    "any depth": (["*.deb"], ["", "a", "a/b"], [".a", "a/.b", ".git", "a/.git"]),
    "one level": (["a/*"], ["", "a"], ["b", "a/b"]),
    "below": (["a/b/**/x"], ["", "a", "a/b", "a/b/c/d"], ["b", "a/c"]),
    "wildcards": (["a*/[xy]/z"], ["", "ab", "ab/x"], ["b", "ab/z", "ab/x/z"]),
    "hidden by name": ([".a/*", "*.x"], ["", ".a", "b"], [".b", ".a/c"]),
    "excluded": (["**", "!tmp/"], ["", "a"], ["tmp", "a/tmp", "a/tmp/b"]),
    "excluded by name": (["**", "!tmp"], ["", "a", "tmps"], ["tmp", "a/tmp", "a/tmp/b", ".tmp"]),
    "excluded by names": (["**", ".a/**", "!*t"], ["", "a", ".a"], ["t", "a/at/b", ".at"]),
    "excluded by name but for": (["**", "!t", "t/k/*"], ["t", "t/k"], ["t/x", "t/k/x", "a/t"]),
    "any name excluded": (["**", "!*"], [], ["", "a"]),
    "excluded but for": (["**", "!tmp/", "tmp/k/*"], ["tmp", "tmp/k"], ["tmp/x", "tmp/k/x"]),
    "excluded too late": (["a/x", "!a/", "a/y"], ["a"], ["b"]),
    "exclusions only": (["!*.log"], [], ["", "a"]),
    "everything excluded": (["**", "!**"], [], ["", "a"]),
    "not everything excluded": (["**", "!a/*"], ["", "a", "a/b"], []),
}  # fmt: skip


def may_hold(matcher: Matcher, folder: str) -> bool:
    """Whether a walk would come to a folder; empty is the root."""
    level = matcher.top
    for name in folder.split("/") if folder else ():
        level = level and level.enter(name)
    return level is not None


@pytest.mark.parametrize("name", FOLDERS_KEPT)
def test_a_folder_may_hold_what_is_meant(name: str) -> None:
    patterns, yes, no = FOLDERS_KEPT[name]
    matcher = Matcher([parse(text) for text in patterns])
    assert [folder for folder in yes if not may_hold(matcher, folder)] == []
    assert [folder for folder in no if may_hold(matcher, folder)] == []


def test_what_a_dot_hides_can_be_told() -> None:
    top = Matcher([parse("*.deb"), parse("!.no*"), parse("!.out/")]).top
    assert top is not None
    assert not top.takes(".x.deb")
    assert top.takes(".x.deb", as_shown=True)
    assert not top.takes(".no.deb", as_shown=True)
    assert not top.takes(".git", as_shown=True)
    assert top.enter(".x") is None
    assert top.enter(".x", as_shown=True) is not None
    assert top.enter(".out", as_shown=True) is None
    assert top.enter(".git", as_shown=True) is None


NAMING: dict[str, tuple[list[str], dict[str, list[int]]]] = {
    "a name": (["dist"], {"dist": [0], "a/dist": [0], "dist/x": [], "dis": []}),
    "wildcards": (["*.app", "out/?"], {"x.app": [0], "a/x.app": [0], "out/x": [1], "x": []}),
    "by several": (["*.app", "x*", "x.app"], {"x.app": [0, 1, 2], "xy": [1], "y.app": [0]}),
    "braces": (["*.{app,dsym}", "{a,b/c}"], {"x.dsym": [0], "q/a": [1], "b/c": [1], "q/c": []}),
    "all there is": (["*", "**", "**/*", "a/**", "a/**/*"], {"x": [], "a": [], "a/x": []}),
    "all there is, or a name": (["{a/**,*.app}", "*.app"], {"a/x": [], "a/x.app": [0, 1]}),
    "all in one folder": (["a/*"], {"a": [], "a/b": [0], "a/b/c": []}),
    "what a later one leaves out": (["*.app", "!x.app"], {"x.app": [], "y.app": [0]}),
    "what a later one leaves out whole": (["*.app", "!x.app/"], {"x.app": [], "y.app": [0]}),
    "what a later one empties": (["*.app", "!a/*.app/**"], {"a/x.app": [], "x.app": [0]}),
    "what a later one means by its path": (["*.app", "!a/x.app"], {"a/x.app": [], "x.app": [0]}),
    "what an earlier one leaves out": (["!x.app/", "*.app"], {"x.app": [1]}),
    "what one between two leaves out": (["x*", "!x.app/", "*.app"], {"x.app": [2], "xy": [0]}),
    "what one leaves out among all": (["*.app", "!**"], {}),
    "hidden": (["*x", ".*y", ".x", "a/.z"], {".x": [2], ".y": [1], ".wx": [], "a/.z": [3]}),
    "hidden and left out": ([".*", "!.x/", "!*.y"], {".a": [0], ".x": [], ".y": []}),
    "git's": ([".*", ".g*"], {".git": [], "a/.GIT": [], ".github": [0, 1]}),
    "accents": (["caf\u00e9"], {"cafe\u0301": [0], "caf\u00e9": [0], "cafe": []}),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMING)
def test_a_folder_is_meant_itself(name: str) -> None:
    patterns, folders = NAMING[name]
    matcher = Matcher([parse(text) for text in patterns])
    for path, expected_orders in folders.items():
        level = matcher.top
        *above, last = path.split("/")
        for each in above:
            level = level and level.enter(each)
        assert (level is not None and sorted(level.naming(last))) == (
            level is not None and expected_orders
        ), path


def test_a_folder_is_meant_itself_in_either_case_where_that_is_asked() -> None:
    for ignore_case in (False, True):
        top = Matcher([parse("**"), parse("Dist"), parse("*.APP")], ignore_case=ignore_case).top
        assert top is not None
        assert [top.naming(name) for name in ("dist", "x.app", "x")] == (
            [(1,), (2,), ()] if ignore_case else [(), (), ()]
        )


def test_a_folder_that_tells_nothing_is_asked_for_once() -> None:
    top = Matcher([parse("*.deb"), parse("a/*")]).top
    assert top is not None
    assert top.enter("x") is top.enter("y")


def test_levels_are_forgotten_before_they_fill_the_memory() -> None:
    # Which of the last eleven folders begin with an `a` is a state of its own.
    matcher = Matcher([parse("**/a*/" + "*/" * 10 + "x")])
    for number in range(2**11):
        folder = "/".join("ab"[number >> bit & 1] for bit in range(11))
        assert matcher.matches(f"{folder}/x") is (folder[0] == "a")


# ---------------------------------------------------------------------------- what is refused

REFUSALS = {
    "": "is empty",
    "!": "no pattern behind",
    "!!x": "no pattern behind",
    "x" * (MAX_LENGTH + 1): "has 1,001 characters",
    "a\nb": "nobody sees",
    "a\x7f": "nobody sees",
    "a\u202eb": "nobody sees",
    "a\udcffb": "nobody sees",
    " x": "blank at its beginning or end",
    "x ": "blank at its beginning or end",
    "/etc/passwd": "begins with a slash",
    "/": "begins with a slash",
    "//x": "begins with a slash",
    "!/x": "begins with a slash",
    "{,a}/b": "begins with a slash",
    "{,a}": "may leave nothing",
    "~": "begins with `~`",
    "~/x": "begins with `~`",
    "~root/x": "begins with `~`",
    "C:/x": "begins with a drive",
    "c:x": "begins with a drive",
    "{c,d}:/x": "begins with a drive",
    "a\\b": "write forward slashes",
    "dist\\*.deb\\": "write forward slashes",
    "\\\\server\\x": "write forward slashes",
    "[\\a]": "write forward slashes",
    "..": "has the folder `..`",
    "../x": "has the folder `..`",
    "dist/../secret/*": "has the folder `..`",
    "a/{b,..}/x": "has the folder `..`",
    ".": "has the folder `.`",
    "./x": "has the folder `.`",
    "a/./x": "has the folder `.`",
    "!./x": "has the folder `.`",
    "a//b": "two slashes in a row",
    "!a//": "two slashes in a row",
    "a/": "ends with a slash; write `**` behind it",
    "**/": "ends with a slash",
    "a**": "`**` beside other characters",
    "**.deb": "`**` beside other characters",
    "a/***": "`**` beside other characters",
    "a/**b/c": "`**` beside other characters",
    "{a,b": "not closed",
    "a}": "closes a brace that is not open",
    "{a}": "brace without a comma",
    "{}": "brace without a comma",
    "{1..3}": "there are no ranges",
    "{a,b}" * 10: "more than 1,000 patterns",
    "{a,b}" * 9 + "*a?" * 300: "takes too long",
    "/".join(["{a,b}"] * 9 + ["**", "*x"] * 150): "takes too long",
    "{a,b}" * 6 + "[a-z0-9]" * 90: "takes too long",
    "[a-\uffee]" * 150: "takes too long",
    "{a,b}" * 9 + "[\u0101\u0103]": "takes too long",
    "{" + "{a,b}" * 9 + "*" * 4 + ",c}": "`**` beside other characters",
    "[a": "opens a class that is not closed",
    "[": "opens a class that is not closed",
    "[!": "opens a class that is not closed",
    "[a-": "opens a class that is not closed",
    "[a\\": "write forward slashes",
    "a]": "closes a class that is not open",
    "[]": "empty class",
    "[]a]": "empty class",
    "[!]": "empty class",
    "[a/b]": "slash in a class",
    "[z-a]": "range backwards, `z-a`",
    "[[:alpha:]]": "bracket in a class",
    ".git/config": "names `.git`",
    "a/.GIT/**": "names `.git`",
    "**/.git": "names `.git`",
}


@pytest.mark.parametrize("text", REFUSALS, ids=[str(number) for number in range(len(REFUSALS))])
def test_a_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=REFUSALS[text].replace("*", r"\*")) as refused:
        parse(text)
    # Whoever wrote it is told what to do next.
    assert any(mark in str(refused.value) for mark in ("; ", ": "))


@pytest.mark.parametrize(
    ("text", "character", "instead"),
    [
        *(
            (text, "*", "[*]")
            for text in ("msi\\*.msi", "!msi\\*.msi", "\\*", "a/b\\*", "a\\**", "{a\\*,b}")
        ),
        *((text, "?", "[?]") for text in ("msi\\?.msi", "!\\?", "a[b]\\?", "{a,b\\?}")),
        *(
            (text, "\\", "[\\\\]")
            for text in ("\\\\server\\x", "!a\\\\*.msi", "dist\\\\", "{\\\\,b}", "\\\\?\\C:\\x")
        ),
    ],
    ids=ascii,
)
def test_a_backslash_between_folders_is_not_taken_for_an_escape(
    text: str, character: str, instead: str
) -> None:
    with pytest.raises(ValueError, match=r"^has a backslash before `") as refused:
        parse(text)
    assert str(refused.value) == (
        f"has a backslash before `{character}`; write forward slashes between folders, or "
        f"`{instead}` for the character"
    )
    # What it says to write is lawful, and means the character.
    assert taken([instead], character)


def test_threat_35_what_leads_out_of_the_root_is_refused() -> None:
    for text in ("/etc/pass*", "dist/../secret/*"):
        with pytest.raises(ValueError, match=r"begins with a slash|has the folder"):
            parse(text)


def test_what_is_lawful_keeps_its_text() -> None:
    glob = parse("!*.{deb,rpm}")
    assert (glob.text, glob.negated, len(glob.ways)) == ("!*.{deb,rpm}", True, 2)
    assert parse("x" * MAX_LENGTH).ways == ((FOLDERS, parse("x" * MAX_LENGTH).ways[0][1]),)
    assert parse("!.git/").negated
    assert Wanted(glob, Missing("warn")).if_missing is Missing.WARN


# ---------------------------------------------------------------------------- threat 15, linear


@pytest.mark.parametrize(
    ("pattern", "before", "unit", "after"),
    [
        ("*a" * 40 + "*b", "", "a", ""),
        ("*?" * 40 + "b", "", "a", ""),
        ("*[ab]" * 40 + "c", "", "ab", ""),
        ("**/a/" * 20 + "b", "", "a/", "c"),
        ("**/*a/" * 20 + "b", "", "aa/", "c"),
        ("**/" + "*a*a*a*/" * 10 + "*a*a*ab", "", "aaaa/", "a"),
        ("{a,b,ab}*{a?,b}*{a,b}*c", "", "ab", ""),
        ("!**/*a*/**/*a*", "", "aaaa/", "b"),
    ],
)
def test_threat_15_twice_as_long_a_path_takes_twice_as_long(
    pattern: str, before: str, unit: str, after: str
) -> None:
    globs = [parse("**"), parse(pattern)]

    def work(path: str) -> Callable[[], object]:
        matcher = Matcher(globs)
        matcher.matches("warm/up")
        return lambda: matcher.matches(path)

    assert_linear(lambda n: before + unit * n + after, work, 10_000)


def test_ten_times_the_alternatives_cost_a_name_little() -> None:
    def work(count: int) -> Callable[[], object]:
        many = "{" + ",".join(f"a{number:03}" for number in range(count)) + "}"
        matcher = Matcher([parse(f"*.{many}"), parse(f"{many}/x"), parse(f"!**/*{many}*")])
        assert matcher.matches(f"q/x.a{count - 1:03}") is False
        assert matcher.matches(f"a{count - 1:03}/x") is True
        return lambda: [matcher.matches(f"f{number}.txt") for number in range(2_000)]

    assert_at_most(3, partial(work, 15), partial(work, 150))


HEAVY = {
    "ways": "{a,b}" * 9 + "*a" * 4,
    "names": "{0,1,2,3,4,5,6,7,8,9}" * 3 + "x" * 40,
    "folders": "/".join(["{a,b}"] * 6 + ["**", "*x?"] * 12),
    "alternatives": "{" + ",".join(f"*{number}*{number}" for number in range(100)) + "}",
    "ranges": "{a,b}" * 5 + "[a-z0-9]" * 7,
    "wide ranges": "[a-\uffee]" * 7,
    "a wide class": "[" + "".join(chr(0x4E00 + 2 * number) for number in range(900)) + "]*",
    "classes": "[\u0101\u0103\u0105]" * 190,
    "nested": "{" * 120 + "{a,b}" * 7 + ",c}" * 120,
    "both": "!" + "{a,b}" * 9 + "*a" * 4,
}


@pytest.mark.parametrize("ignore_case", [False, True], ids=["exact", "blind"])
@pytest.mark.parametrize("name", HEAVY)
def test_threat_15_no_lawful_pattern_is_slow_to_begin_with(name: str, *, ignore_case: bool) -> None:
    def work(pattern: str) -> Callable[[], object]:
        def begin() -> None:
            re.purge()
            glob = parse(pattern)
            matcher = Matcher([parse("**"), glob], ignore_case=ignore_case)
            for path in ("a", "é/é", "a/b/a.b", "a/" * 12 + "x"):
                matcher.matches(path)
                matcher.is_taken_by(glob, path)

        return begin

    usual = "dist/**/{a,b,c}/*.{deb,rpm}"
    assert parse(HEAVY[name]).work <= MAX_WORK
    # It costs what its work was counted as, beside a pattern as people write it.
    # The count is a rough one, and rougher while coverage is measured.
    limit = 10 * MAX_WORK / parse(usual).work
    assert_at_most(limit, partial(work, usual), partial(work, HEAVY[name]))


def test_threat_15_many_patterns_may_be_too_much_together() -> None:
    heavy = parse(HEAVY["ways"])
    count = MAX_WORK_TOGETHER // heavy.work
    assert Matcher([heavy] * count).top is not None
    with pytest.raises(ValueError, match="too long to look for; write fewer"):
        Matcher([heavy] * (count + 1))
    # What people write is far from it.
    usual = "!target/{x86_64,aarch64}-*/{debug,release}/bundle/{deb,rpm,msi}/*.{deb,rpm,msi}"
    assert sum(parse(usual).work for _ in range(30)) < MAX_WORK_TOGETHER


def test_braces_that_stand_for_as_many_as_may_be() -> None:
    ten = "{0,1,2,3,4,5,6,7,8,9}"
    glob = parse(ten * 3)
    assert len(glob.ways) == MAX_WAYS
    matcher = Matcher([glob])
    assert matcher.matches("a/042")
    assert not matcher.matches("a/42")
    nested = "a"
    for _ in range(199):
        nested = f"{{{nested},b}}"
    assert len(parse(nested).ways) == 2


# ---------------------------------------------------------------------------- beside a slow one


def expanded(text: str) -> list[str]:
    """The braces' alternatives, the innermost first: no escapes, and no classes with braces."""
    if "{" not in text:
        return [text]
    begin = text.rindex("{")
    end = text.index("}", begin)
    return [
        way
        for part in text[begin + 1 : end].split(",")
        for way in expanded(text[:begin] + part + text[end + 1 :])
    ]


def is_name(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return is_name(pattern[1:], name) or (bool(name) and is_name(pattern, name[1:]))
    if not name:
        return False
    if pattern[0] == "[":
        members, _, rest = pattern[1:].partition("]")
        inverted = members[0] == "!"
        return (name[0] in members.lstrip("!")) is not inverted and is_name(rest, name[1:])
    return pattern[0] in {"?", name[0]} and is_name(pattern[1:], name[1:])


def is_path(parts: list[str], names: list[str], *, dots: bool) -> bool:
    if not parts or not names:
        return not parts and not names
    shown = dots or names[0][0] != "."
    if parts[0] == "**":
        if len(parts) == 1:
            return all(dots or name[0] != "." for name in names)
        below = shown and is_path(parts, names[1:], dots=dots)
        return below or is_path(parts[1:], names, dots=dots)
    return (
        (shown or parts[0][0] == ".")
        and is_name(parts[0], names[0])
        and is_path(parts[1:], names[1:], dots=dots)
    )


def is_meant(pattern: str, names: list[str]) -> bool:
    dots = pattern.startswith("!")
    for way in expanded(pattern.removeprefix("!")):
        if dots and "/" not in way and any(is_path([way], [name], dots=dots) for name in names):
            return True
        parts = way.split("/")
        if way.endswith("/"):
            parts[-1] = "**"
        if "/" not in way.rstrip("/"):
            parts.insert(0, "**")
        if is_path(parts, names, dots=dots):
            return True
    return False


def expected(patterns: list[str], path: str) -> bool:
    names = path.split("/")
    if any(name.lower() == ".git" for name in names):
        return False
    meant = [not text.startswith("!") for text in patterns if is_meant(text, names)]
    return bool(meant) and meant[-1]


atoms = st.sampled_from(["a", "b", ".", "*", "?", "[ab]", "[!a]", "{a,b}", "{,.a}", "{b,{*,a.}}"])
segments = st.one_of(
    st.sampled_from(["**", "*", "a", ".git"]), st.lists(atoms, min_size=1, max_size=4).map("".join)
)


def is_lawful(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


patterns = st.builds(
    lambda sign, parts, end: sign + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.lists(segments, min_size=1, max_size=4),
    st.sampled_from(["", "", "/", "/**"]),
).filter(is_lawful)
names = st.one_of(
    st.sampled_from([".git", "a", "b", ".a"]), st.text("ab.", min_size=1, max_size=4)
).filter(lambda name: name not in {".", ".."})
paths = st.lists(names, min_size=1, max_size=5).map("/".join)


def above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(patterns, min_size=1, max_size=4), st.lists(paths, min_size=1, max_size=8))
def test_whatever_the_patterns_a_slow_matcher_agrees(texts: list[str], tried: list[str]) -> None:
    globs: list[Glob] = [parse(text) for text in texts]
    matcher, blind = Matcher(globs), Matcher(globs, ignore_case=True)
    for path in tried:
        is_taken = matcher.matches(path)
        assert is_taken == expected(texts, path), path
        assert is_taken == blind.matches(path)
        by = [glob for glob in globs if not glob.negated and matcher.is_taken_by(glob, path)]
        assert {glob.text for glob in by} == {
            text for text in texts if not text.startswith("!") and expected([text], path)
        }
        if is_taken:
            assert by
            assert all(may_hold(matcher, folder) for folder in ["", *above(path)])
