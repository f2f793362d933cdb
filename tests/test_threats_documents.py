"""Hostile documents, a test named after each row of the threats that they are."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from ceremony.documents import MAX_BYTES, MAX_INLINE, read
from ceremony.model import Document, Finding, Kind
from ceremony.rules.audit import RULES, run
from ceremony.rules.audit.ignores import apply, ignores
from ceremony.rules.audit.registry import Project
from tests.support.growth import assert_linear

PATH = "MILESTONES.latest.md"


def document(text: str | bytes) -> Document:
    return read(PATH, text, kind=Kind.LATEST)


def findings(project: Project) -> tuple[Finding, ...]:
    """What all rules find, comments applied."""
    found, _ = run(project, severities={})
    kept, _ = apply(found, ignores(project.living))
    return kept


# ---------------------------------------------------------------------------- row 14


BOMB = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)


def test_threat_14_yaml_bomb_of_nine_levels_in_front_matter() -> None:
    # Nine levels that are followed are 400 million words.
    project = Project(documents=(document(f"---\n{BOMB}---\n# MILESTONES - Latest\n"),))
    found = findings(project)
    assert any(
        (entry.place.file, entry.place.line) == (PATH, 2) and "anchors or aliases" in entry.message
        for entry in found
    )
    assert project.documents[0].metadata == ()
    assert [section.name for section in project.documents[0].sections] == [
        "",
        "MILESTONES - Latest",
    ]


# ---------------------------------------------------------------------------- row 16


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        pytest.param(b"# A\n\nb\x00c\n", 3, "NUL", id="NUL"),
        pytest.param(b"# A\nb\xc3(\n", 2, "not UTF-8", id="bad UTF-8"),
        pytest.param(b"a" * (MAX_BYTES + 1), 1, "larger than 2048 KiB", id="a byte over the cap"),
    ],
)
def test_threat_16_no_text_is_a_finding(data: bytes, line: int, said: str) -> None:
    found = findings(Project(documents=(document(data),)))
    assert any((e.place.file, e.place.line) == (PATH, line) and said in e.message for e in found)


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("1. ", "nests lists and quotes 100 deep"),
        ("> ", "nests quotes more than 20 deep"),
        ("- > ", "nests quotes more than 20 deep"),
        ("> - ", "nests quotes more than 20 deep"),
        ("> 1. ", "nests quotes more than 20 deep"),
    ],
)
def test_threat_16_a_nest_that_hides_what_follows_is_a_finding(unit: str, said: str) -> None:
    text = "# A\n\nx\n\n" + unit * 1000 + "a\n\n## B\n"
    found = findings(Project(documents=(document(text),)))
    assert any(entry.place.line == 5 and said in entry.message for entry in found)


@pytest.mark.parametrize(
    "unit", ["[", "![", "[[", "[a](", "(", "<", "> ", "- ", "* ", "**", "_", "|", "#", "\\"]
)
def test_threat_16_a_hundred_thousand_of_it_are_read(unit: str) -> None:
    text = "# A\n\n" + unit * 100_000 + "\n\n## B\n"
    found = document(text)
    assert [section.name for section in found.sections][-1] == "B"
    findings(Project(documents=(found,)))


# ---------------------------------------------------------------------------- row 15


def lines(pattern: str) -> Callable[[int], str]:
    """A text of n lines; `{n}` in the pattern is the line's number."""
    return lambda n: "".join(pattern.replace("{n}", str(number)) for number in range(n))


def times(unit: str, before: str = "", after: str = "\n") -> Callable[[int], str]:
    return lambda n: before + unit * n + after


INLINE: dict[str, Callable[[int], str]] = {
    "brackets": times("["),
    "images": times("!["),
    "brackets both ways": lambda n: "[" * n + "a" + "]" * n,
    "links opened": times("[a]("),
    "links with titles opened": times('[a](b "'),
    "links": times("[a](b) "),
    "parentheses": times("(", before="[a]("),
    "stars": times("*"),
    "stars and words": times("*a "),
    "stars and bars": times("*a_ "),
    "two kinds of stars": times("*a **a_b "),
    "two stars in words": times("a**b"),
    "back-ticks": times("`"),
    "back-ticks, ever more": lambda n: "".join("`" * k + "a" for k in range(int((2 * n) ** 0.5))),
    "tildes": times("~~a "),
    "ampersands": times("&"),
    "entities": times("&amp;"),
    "entities opened": times("&#"),
    "tags opened": times("<a "),
    "attributes opened": times('<a b="'),
    "instructions opened": times("a <?"),
    "declarations opened": times("a <!A "),
    "CDATA opened": times("a <![CDATA["),
    "comments opened": times("a <!--"),
    "comments": times("a <!-- b -->"),
    "addresses opened": times("<http:"),
    "mail opened": times("<a@"),
    "backslashes": times("\\"),
    "lines with links": times("[a](b)\n"),
    "lines with code": times("`a\n"),
    "emphasis over lines": times("*a\n"),
    "brackets over lines": times("[\n"),
}

BLOCK: dict[str, Callable[[int], str]] = {
    "comments opened": times("<!--"),
    "comments opened on lines": times("<!--\n"),
    "comments to ignore, opened": times("<!--", before="<!-- ceremony: ignore x: y\n\n"),
    "comments to ignore": times("<!-- ceremony: ignore state-missing: why -->\n\n"),
    "comments to ignore, each with a list": times(
        "<!-- ceremony: ignore state-missing: why -->\n- a\n"
    ),
    "blanks in a comment": times(" ", before="<!-- ceremony: ignore", after="!-->\n"),
    "blanks in a comment's reason": times(
        " ", before="<!-- ceremony: ignore a: b", after="c -->\n"
    ),
    "blanks": times(" "),
    "blanks in a line": times(" ", before="a", after="b\n"),
    "blanks in a heading": times(" ", before="# a", after="b\n"),
    "blanks in a field": times(" ", before="**a**: b", after="c\n"),
    "blanks in a cell": times(" ", before="| a |\n|---|\n| b", after="c |\n"),
    "blanks in front matter": times(" ", before="---\na: b", after="c\n---\n"),
    "blank lines": times("\n"),
    "lone CR": times("\r"),
    "tabs": times("\t", after="a\n"),
    "quotes in quotes": times("> ", after="a\n"),
    "items in items": times("- ", after="a\n"),
    "numbers in numbers": times("1. ", after="a\n"),
    "items in quotes": times("- > ", after="a\n"),
    "items, ever deeper": lambda n: "".join("  " * k + "- a\n" for k in range(int(n**0.5))),
    "quoted lines": times("> a\n"),
    "items": times("- a\n"),
    "loose items": times("- a\n\n"),
    "boxes": times("- [ ] a\n"),
    "lines that go on after quotes": times("b\n", before="> " * 90 + "a\n"),
    "lines that go on after fewer quotes": times("b\n", before="> " * 20 + "a\n"),
    "lines that go on after quotes in items": times("b\n", before="- > " * 45 + "a\n"),
    "markers before no quote": times("- ", before="- > ", after="+ >\n"),
    "fragments of headings in code": times("```\n## ci\n```\n\n[a](#di)\n\n"),
    "fragments of headings in one code block": lambda n: (
        "```\n" + lines("## ci{n}\n")(n) + "```\n\n" + "[a](#di)\n\n" * n
    ),
    "an item's lines": times("b\n", before="- a\n"),
    "fences in items": times("- ```\n"),
    "pipes": times("|"),
    "a wide table": lambda n: "|a" * n + "|\n" + "|-" * n + "|\n",
    "a square table": lambda n: (
        "|a" * int(n**0.5) + "|\n" + "|-" * int(n**0.5) + "|\n" + "|x|\n" * int(n**0.5)
    ),
    "rows": times("|x|y|\n", before="|a|b|\n|-|-|\n"),
    "tables": times("|a|\n|-|\n|b|\n\n"),
    "headers of tables": times("|a|b|\n"),
    "escaped pipes": times("\\|", before="|a|\n|-|\n|", after="|\n"),
    "definitions": lines("[a{n}]: x\n"),
    "one definition": times("[a]: x\n"),
    "definitions and their links": lambda n: (
        lines("[a{n}]: x\n")(n) + "\n" + lines("[a{n}]\n\n")(n)
    ),
    "a definition's title": times("t\n", before='[a]: x "'),
    "definitions opened": times("[a]:\n"),
    "definitions over lines": times("a\n", before="[", after="]: x\n"),
    "headings": times("# a\n"),
    "headings of many names": lines("# a{n}\n\n"),
    "headings of numbered names": lines("# a\n# a-{n}\n"),
    "underlines": times("a\n=\n"),
    "underlines that are none": times("a\n="),
    "a long underlined heading": times("a\n", after="===\n"),
    "breaks": times("---\n"),
    "dashes": times("- ", after="\n"),
    "fences": times("```\n"),
    "fences of two kinds": times("~~~~\n```\n"),
    "html": times("<div>\n"),
    "html blocks": times("<!-- a -->\n\n"),
    "a paragraph": times("word word\n"),
    "paragraphs": times("word word\n\n"),
    "fields": times("**Key**: v\n"),
    "front matter": times("a: b\n", before="---\n", after="---\n"),
    "front matter that never ends": times("a: b\n", before="---\n"),
    "milestones": lines(
        "## M{n}: a\n\n**Status**: `ACCEPTED`\n\n| ID | Task | Status |\n|--|--|--|\n"
        "| M{n}.1 | b | `BLOCKED` |\n\n"
    ),
    "blockers": lambda n: (
        "## Blocker Registry\n\n| ID | Section | Blocker | Owner | Status |\n"
        "|--|--|--|--|--|\n"
        + lines("| B{n} | M1.1-M1.90 | the sluice is stuck {n} | @a | Open |\n")(n)
    ),
    "references": times("M1.1-M1.90 "),
    "mentions of one blocker": times("See B1 and M1.1 for this.\n\n"),
    "inline text at its longest, often": lambda n: ("*a [" * 256 + "\n\n") * (n // 256),
}


def _reading(text: str) -> Callable[[], object]:
    return lambda: document(text)


def _judging(text: str) -> Callable[[], object]:
    read_once = document(text)
    copy = read("REVIEWERS.md", text, kind=Kind.REVIEWERS)
    return lambda: findings(Project(documents=(read_once, copy)))


@pytest.mark.parametrize("make", INLINE.values(), ids=INLINE)
def test_threat_15_inline_text_is_read_in_linear_time(make: Callable[[int], str]) -> None:
    assert_linear(make, _reading, MAX_INLINE)


@pytest.mark.parametrize("make", BLOCK.values(), ids=BLOCK)
def test_threat_15_blocks_are_read_in_linear_time(make: Callable[[int], str]) -> None:
    assert_linear(make, _reading, 128 * 1024)


@pytest.mark.parametrize("make", INLINE.values(), ids=INLINE)
def test_threat_15_rules_judge_inline_text_in_linear_time(make: Callable[[int], str]) -> None:
    assert_linear(make, _judging, MAX_INLINE)


@pytest.mark.parametrize("make", BLOCK.values(), ids=BLOCK)
def test_threat_15_rules_judge_blocks_in_linear_time(make: Callable[[int], str]) -> None:
    assert_linear(make, _judging, 64 * 1024)


def test_threat_15_passages_of_shuffled_words_are_compared_in_linear_time() -> None:
    order = random.Random(15)

    def make(n: int) -> str:
        words = [f"word{number}" for number in range(24 + n)]
        return "".join(f"- {' '.join(order.sample(words, 24))}\n" for _ in range(2 * n))

    assert_linear(make, _judging, 256 * 1024)


@pytest.mark.parametrize(
    "make", [times(" ", before="a", after="b\n"), times("<!--")], ids=["blanks", "comments"]
)
def test_threat_15_the_two_inputs_that_the_row_names(make: Callable[[int], str]) -> None:
    def work(text: str) -> Callable[[], object]:
        return lambda: findings(Project(documents=(document(text),)))

    assert_linear(make, work, 64 * 1024)


# ---------------------------------------------------------------------------- row 17


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Two maintainers v\u043ete.", id="a Cyrillic letter"),
        pytest.param("Two main\u200btainers vote.", id="a zero-width space"),
        pytest.param("Two \u202emaintainers vote.", id="a change of direction"),
    ],
)
def test_threat_17_hidden_approval_is_a_finding(text: str) -> None:
    project = Project(documents=(document(f"# MILESTONES - Latest\n\n{text}\n"),))
    found = [entry for entry in findings(project) if entry.rule == "text-deceptive"]
    assert [entry.place.line for entry in found] == [3]


def test_every_rule_that_can_run_was_run() -> None:
    assert sum(rule.check is not None for rule in RULES.values()) > 40
