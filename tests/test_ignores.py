"""Comments that set a finding aside: what they speak for, and what keeps them honest."""

from __future__ import annotations

import pytest

from ceremony.documents import read
from ceremony.model import Document, Finding, Kind, Place, Severity
from ceremony.rules.audit.ignores import Ignore, apply, ignores
from tests.rulepages import hits

RULE = "state-unknown"


def document(text: str, path: str = "X.md") -> Document:
    return read(path, text, kind=Kind.OTHER)


def comments(text: str) -> tuple[Ignore, ...]:
    return ignores([document(text)])


def finding(line: int, *, rule: str = RULE, file: str = "X.md") -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        place=Place(file=file, line=line),
        message="m",
        help="h",
        subject="s",
    )


COMMENT = f"<!-- ceremony: ignore {RULE}: why -->"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param(f"{COMMENT}\n# A\nb\n", (2, 2), id="a heading"),
        pytest.param(f"# A\n{COMMENT}\n\nb\nc\n\nd\n", (4, 5), id="a paragraph"),
        pytest.param(f"# A\n{COMMENT}\n|a|\n|-|\n|b|\n\nc\n", (3, 5), id="a table"),
        pytest.param(f"# A\n{COMMENT}\n- a\n- b\n  c\n- d\n\ne\n", (3, 6), id="a list"),
        pytest.param(
            f"# A\n{COMMENT}\n- a\n\n  more\n- b\n\nc\n\n- d\n", (3, 6), id="a list with paragraphs"
        ),
        pytest.param(f"# A\n{COMMENT}\n- a\n  - b\n- c\n", (3, 5), id="a list in a list"),
        pytest.param(f"# A\n{COMMENT}\n```\nb\n```\nc\n", (3, 5), id="a fence"),
        pytest.param(f"# A\n{COMMENT}\n\n---\n", (4, 4), id="a break"),
        pytest.param(
            f"# A\n{COMMENT}\n<!-- another -->\n\nb\n", (5, 5), id="behind another comment"
        ),
        pytest.param(
            f"# A\n<!-- x -->\n<!-- y\n--> {COMMENT}\n\nb\n",
            (6, 6),
            id="behind one in the same block",
        ),
        pytest.param(f"# A\n\nb\n\n{COMMENT}\n\n# C\n", (7, 7), id="at the end of a section"),
        pytest.param(f"# A\n\nb\n\n{COMMENT}\n", (5, 5), id="at the end of the file"),
        pytest.param(f"# A\n\nb\nc {COMMENT}\nd\n", (4, 4), id="in a line"),
        pytest.param(f"# A\n\n|a|\n|-|\n|b {COMMENT}|\n|c|\n", (5, 5), id="in a cell"),
        pytest.param(f"# A {COMMENT}\n\nb\n", (1, 1), id="in a heading"),
        pytest.param(f"- a {COMMENT}\n- b\n", (1, 1), id="in an item"),
    ],
)
def test_what_a_comment_speaks_for(text: str, span: tuple[int, int]) -> None:
    (found,) = comments(text)
    assert (found.first, found.last) == span
    assert text.split("\n")[found.line - 1].find("ceremony:") >= 0
    assert (found.rule, found.reason, found.holds) == (RULE, "why", True)


@pytest.mark.parametrize(
    ("comment", "rule", "reason", "holds"),
    [
        pytest.param(f"<!--ceremony:ignore {RULE}:why-->", RULE, "why", True, id="no blanks"),
        pytest.param(
            f"<!-- ceremony: ignore {RULE} : a: b -->",
            RULE,
            "a: b",
            True,
            id="a colon in the reason",
        ),
        pytest.param(
            f"<!-- ceremony: ignore {RULE}:\n two\n lines -->",
            RULE,
            "two lines",
            True,
            id="two lines",
        ),
        pytest.param(f"<!-- ceremony: ignore {RULE} -->", RULE, "", False, id="no reason"),
        pytest.param(f"<!-- ceremony: ignore {RULE}: -->", RULE, "", False, id="an empty reason"),
        pytest.param("<!-- ceremony: ignore -->", "", "", False, id="nothing"),
        pytest.param("<!-- ceremony: ignore: why -->", "", "why", False, id="no rule"),
        pytest.param(
            "<!-- ceremony: ignore state-unknwon: why -->",
            "state-unknwon",
            "why",
            False,
            id="misspelt",
        ),
        pytest.param(
            "<!-- ceremony: ignore State-Unknown: why -->",
            "State-Unknown",
            "why",
            False,
            id="capitals",
        ),
        pytest.param(
            f"<!-- ceremony: ignore {RULE} why -->", f"{RULE} why", "", False, id="no colon"
        ),
        pytest.param(
            "<!-- ceremony: ignore " + "x" * 99 + ": y -->", "x" * 60, "y", False, id="a long name"
        ),
    ],
)
def test_what_a_comment_says(comment: str, rule: str, reason: str, *, holds: bool) -> None:
    (found,) = comments(f"# A\n\n{comment}\n\nb\n")
    assert (found.rule, found.reason, found.holds) == (rule, reason, holds)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"```\n{COMMENT}\n```\n", id="in a fence"),
        pytest.param(f"`{COMMENT}`\n", id="in a code span"),
        pytest.param(f"    {COMMENT}\n", id="in indented code"),
        pytest.param("<!-- ceremony: see the ignored ones -->\n", id="another word"),
        pytest.param("<!-- ceremony: ignore", id="never closed"),
        pytest.param("<!-- a remark on ceremony: ignore it -->\n", id="a remark"),
        pytest.param("ceremony: ignore it\n", id="text"),
        pytest.param("<!-- ceremony: expires=0 -->\n", id="another marker"),
    ],
)
def test_what_is_no_such_comment(text: str) -> None:
    assert comments(text) == ()


def test_findings_of_its_rule_on_its_lines_are_set_aside() -> None:
    text = f"# A\n\n{COMMENT}\n\nb\nc\n\n{COMMENT}\n\nd\n\n<!-- ceremony: ignore {RULE} -->\n\ne\n"
    aside = [finding(5), finding(6), finding(10)]
    kept = [
        finding(1),
        finding(4),
        finding(7),
        finding(5, rule="state-missing"),
        finding(5, file="Y.md"),
        finding(14),
    ]
    assert apply([*aside, *kept], comments(text)) == (tuple(kept), 3)


def test_comments_that_reach_over_one_another() -> None:
    text = f"{COMMENT}\n{COMMENT}\n\na\nb {COMMENT}\nc\n"
    assert apply([finding(n) for n in range(1, 8)], comments(text))[1] == 3


def test_nothing_is_set_aside_without_comments() -> None:
    assert apply([finding(1)], ()) == ((finding(1),), 0)


# ---------------------------------------------------------------------------- the rules about them

HEAD = "# MILESTONES - Latest\n\n## M1: X\n\n**Owner**: @a\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(f"{HEAD}**Status**: DREAMT {COMMENT}\n", [], id="used"),
        pytest.param(f"{HEAD}**Status**: ACCEPTED {COMMENT}\n", [6], id="nothing to set aside"),
        pytest.param(f"{COMMENT}\n{HEAD}**Status**: DREAMT\n", [1], id="elsewhere"),
        pytest.param(
            f"{HEAD}**Status**: ACCEPTED <!-- ceremony: ignore {RULE} -->\n",
            [],
            id="no reason: not its rule",
        ),
        pytest.param(
            f"{HEAD}**Status**: ACCEPTED <!-- ceremony: ignore branch-missing: none yet -->\n",
            [],
            id="a rule that cannot run tells nothing",
        ),
        pytest.param(
            f"{HEAD}**Status**: DREAMT\n\n| ID | Task | Status |\n|--|--|--|\n"
            f"| M1.1 | a {COMMENT} | HOPED |\n| M1.2 | a {COMMENT} | ACCEPTED |\n",
            [11],
            id="a finding before it and none on it",
        ),
        pytest.param(HEAD, [], id="no comment"),
    ],
)
def test_ignore_unused(text: str, lines: list[int]) -> None:
    found = hits("ignore-unused", {"MILESTONES.latest.md": text})
    assert [hit.place.line for hit in found] == lines
    assert all("Nothing here is found by state-unknown" in hit.message for hit in found)


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        pytest.param(COMMENT, None, id="a rule and a reason"),
        pytest.param(
            f"<!-- ceremony: ignore {RULE} -->", f"gives no reason to ignore {RULE}", id="no reason"
        ),
        pytest.param("<!-- ceremony: ignore -->", "is not of the form", id="no rule"),
        pytest.param(
            "<!-- ceremony: ignore all: why -->", "no rule is named “all”", id="another name"
        ),
    ],
)
def test_ignore_reason_missing(comment: str, said: str | None) -> None:
    found = hits("ignore-reason-missing", {"MILESTONES.latest.md": f"{HEAD}\n{comment}\n\ntext\n"})
    assert [hit.place.line for hit in found] == ([7] if said else [])
    assert all(said and said in hit.message for hit in found)


def test_frozen_documents_are_not_asked_about_their_comments() -> None:
    text = f"# MILESTONES\n\n<!-- ceremony: ignore -->\n{COMMENT}\n\ntext\n"
    for rule in ("ignore-unused", "ignore-reason-missing"):
        assert hits(rule, {"MILESTONES.v1.0.0-alpha.md": text}) == []
