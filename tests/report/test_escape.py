from __future__ import annotations

import json

import pytest

from ceremony.report import escape
from tests.report.hostile import COMMANDS, SPOOFS, obeyed


@pytest.mark.parametrize(("text", "shown"), SPOOFS.values(), ids=SPOOFS)
def test_what_a_screen_hides_is_shown(text: str, shown: str) -> None:
    assert escape.visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain, with punctuation: 100 %",
        "Straße, 東京, Ελλάδα, עברית",
        "⚠️ done ✅",
        "1️⃣ first",
        "👩‍💻 and 👍🏽",
        "❤️‍🔥",
        "a\u00a0b\u3000c",
        "é as e\u0301",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert escape.visible(text) == text
    assert escape.commands(text) == text


@pytest.mark.parametrize("text", COMMANDS.values(), ids=COMMANDS)
def test_the_runner_of_the_tests_obeys_what_a_runner_obeys(text: str) -> None:
    breaks = {"\x0b", "\x85", "\u2028"}
    assert bool(obeyed(text)) is not bool(breaks & set(text))


@pytest.mark.parametrize("text", COMMANDS.values(), ids=COMMANDS)
def test_commands_are_inert(text: str) -> None:
    assert obeyed(escape.commands(text)) == []
    assert obeyed(escape.line(text)) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("std::fs", "std: :fs"),
        ("a:::b", "a: : :b"),
        ("##[x]", "# #[x]"),
        ("###[x]", "## #[x]"),
        ("## [x]", "## [x]"),
        ("12:30:45", "12:30:45"),
        (":é:", ":é:"),
        (":\u0301:", ": \u0301:"),
        ("a: :b", "a: :b"),
        ("\n::a\n", "\n: :a\n"),
    ],
)
def test_marks_are_taken_apart(text: str, shown: str) -> None:
    assert escape.commands(text) == shown


@pytest.mark.parametrize("text", ["::", ":::", "a::b##[c]", "\\::", '"::', "###[", "::\u2003::"])
def test_json_means_the_same_without_marks(text: str) -> None:
    written = escape.json_inert(json.dumps({text: [text]}))
    assert json.loads(written) == {text: [text]}
    assert "::" not in written
    assert "##[" not in written


def test_a_long_text_is_cut_and_counted() -> None:
    assert escape.cut("x" * 2_000) == "x" * 2_000
    assert escape.cut("x" * 2_001) == "x" * 2_000 + "… (1 more character)"
    assert escape.cut("x" * 3_234) == "x" * 2_000 + "… (1,234 more characters)"


def test_what_cannot_be_encoded_is_shown_as_on_a_screen() -> None:
    text = "é\ud800\udcff\U0001f600"
    assert escape.whole(text) == escape.visible(text) == "é<U+D800>\\xff😀"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("``", "``` `` ```"),
        ("a``b```c", "````a``b```c````"),
        (" a ", "`  a  `"),
        ("", "`(blank)`"),
        ("  ", "`(blank)`"),
        ("a\nb", "`a\\nb`"),
        ("a|b", "`a|b`"),
    ],
)
def test_code_span(text: str, span: str) -> None:
    assert escape.code(text) == span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Domain Security has no owner", "Domain Security has no owner"),
        ("MILESTONES.latest.md is not there", "`MILESTONES.latest.md` is not there"),
        ('under "2.1 Terms" (twice), 3 times', 'under "2.1 Terms" (twice), 3 times'),
        ('"a@b" and "a b"', '`a@b` and "a b"'),
        ("“<b>”", "`<b>`"),
        ("use `## Fix`, then go", "use `## Fix`, then go"),
        ("`a``b`", "`a` `b`"),
        ("a @org b", "a `@org` b"),
        ("1. x", "`1`. x"),
        ("# x", "`#` x"),
        ("x `", "x `` ` ``"),
        ("https: www", "https: www"),
        ("https://x", "`https://x`"),
        ("leads to a/b.md, which", "leads to `a/b.md`, which"),
        ("the pattern, v<X>.<Y>.md, or", "the pattern, `v<X>.<Y>.md`, or"),
        ("see (a/b.md), then", "see (`a/b.md`), then"),
        ('as a.md:3 ("Step 5: Terms"); the', 'as `a.md:3` ("Step 5: Terms"); the'),
        ("call f(x): it", "call `f(x)`: it"),
        ("(f(x) @y)", "(`f(x) @y`)"),
        ("@a (@b @c): @d", "`@a` (`@b @c`): `@d`"),
        ("a @b... @c", "a `@b`... `@c`"),
        ("... (, ;;", "`... (, ;;`"),
        ("", ""),
    ],
)
def test_prose(text: str, shown: str) -> None:
    assert escape.prose(text) == shown


def test_html_is_escaped() -> None:
    assert escape.html('<b title="`x`">&amp;') == (
        "&lt;b title=&quot;&#96;x&#96;&quot;&gt;&amp;amp;"
    )


@pytest.mark.parametrize(
    ("text", "value", "data"),
    [
        ("a,line=1::x", "a%2Cline=1%3A%3Ax", "a,line=1::x"),
        ("100%\r\n", "100%25%0D%0A", "100%25%0D%0A"),
        ("%0A", "%250A", "%250A"),
    ],
)
def test_properties_and_data_of_a_command(text: str, value: str, data: str) -> None:
    assert escape.property_value(text) == value
    assert escape.data(text) == data
