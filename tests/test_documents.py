"""Markdown to documents, read as CommonMark and GitHub read it, every value with its line."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from ceremony.documents import (
    MAX_BYTES,
    MAX_FRONT_MATTER,
    MAX_INLINE,
    MAX_NESTING,
    MAX_QUOTES,
    field_of,
    read,
    slug,
)
from ceremony.model import (
    Break,
    Document,
    Fence,
    Html,
    Kind,
    Link,
    ListItem,
    Paragraph,
    Section,
    Table,
    Text,
    Version,
)


def document(text: str | bytes) -> Document:
    return read("X.md", text, kind=Kind.OTHER)


def headings(text: str | bytes) -> list[tuple[int, str, int]]:
    """Level, words and line of each heading."""
    return [(s.level, s.title.plain, s.line) for s in document(text).sections[1:]]


def first(text: str) -> Section:
    """The first section that a heading opens."""
    return document(text).sections[1]


def texts(text: str) -> list[tuple[str, int]]:
    return [(found.plain, found.line) for _, found in document(text).texts()]


def only(text: str) -> Text:
    ((_, found),) = document(text).texts()
    return found


# ---------------------------------------------------------------------------- the whole


WHOLE = """\
# Orchard Commitments

**Version**: `v0.3.0`
**Owner**: @lark, [roles](./CONTRIBUTORS.md#roles)
**Updated**:
Plain line

---

**After**: not the header's

## Beds

**State**: ACCEPTED
"""


def test_what_is_read_is_kept_with_its_name() -> None:
    version = Version.parse("v0.3.0-beta")
    found = read("docs/X.md", WHOLE, kind=Kind.FROZEN, version=version)
    assert (found.path, found.kind, found.version) == ("docs/X.md", Kind.FROZEN, version)
    assert "\n".join(found.lines) == WHOLE
    assert found.faults == ()
    assert found.title_line == 1


def test_only_fields_before_the_first_break_are_the_header() -> None:
    found = document(WHOLE)
    assert [(f.key, f.value.raw, f.value.plain, f.line) for f in found.metadata] == [
        ("Version", "`v0.3.0`", "v0.3.0", 3),
        ("Owner", "@lark, [roles](./CONTRIBUTORS.md#roles)", "@lark, roles", 4),
        ("Updated", "", "", 5),
    ]
    owner = found.metadata[1].value
    assert owner.links == (Link(target="./CONTRIBUTORS.md#roles", text="roles", line=4),)


def test_fields_below_a_second_heading_are_not_the_header() -> None:
    assert document("# A\n\n**K**: v\n\n## B\n\n**L**: w\n").meta("L") is None


def test_fields_before_any_heading_are_the_header() -> None:
    found = document("**K**: v\n\n# A\n\n**L**: w\n")
    assert [f.key for f in found.metadata] == ["K", "L"]


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        pytest.param("**Status**: PROPOSED", "Status", "PROPOSED", id="colon outside"),
        pytest.param("**Status:** PROPOSED", "Status", "PROPOSED", id="colon inside"),
        pytest.param("**Status** : PROPOSED", "Status", "PROPOSED", id="a blank before the colon"),
        pytest.param("**Status**:PROPOSED", "Status", "PROPOSED", id="no blank"),
        pytest.param("**Status**: `PROPOSED`", "Status", "PROPOSED", id="a code span"),
        pytest.param("**Status**: **Open** now", "Status", "Open now", id="bold in the value"),
        pytest.param("**Review by**: 2026-01-01", "Review by", "2026-01-01", id="two words"),
        pytest.param("**Time**: 10:30", "Time", "10:30", id="a colon in the value"),
        pytest.param("**Status**", None, "", id="no colon"),
        pytest.param("Status: PROPOSED", None, "", id="not bold"),
        pytest.param("*Status*: PROPOSED", None, "", id="italic"),
        pytest.param("Then **Status**: PROPOSED", None, "", id="not at the start"),
        pytest.param("**" + "x" * 61 + "**: y", None, "", id="too long to be a key"),
    ],
)
def test_field_of(line: str, key: str | None, value: str) -> None:
    found = field_of(only(line + "\n"))
    assert (found and found.key, found.value.plain if found else "") == (key, value)


def test_fields_in_quotes_lists_and_fences_are_no_fields() -> None:
    text = "# A\n\n> **K**: quoted\n\n- **L**: item\n\n```\n**M**: fence\n```\n"
    assert first(text).fields == ()


# ---------------------------------------------------------------------------- headings


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("# A\n## B\n", [(1, "A", 1), (2, "B", 2)], id="levels"),
        pytest.param("A\n=\n\nB\nC\n---\n", [(1, "A", 1), (2, "B C", 4)], id="underlined"),
        pytest.param("# A #\n#\n", [(1, "A", 1), (1, "", 2)], id="closed, and empty"),
        pytest.param("#A\n####### B\n", [], id="no heading at all"),
        pytest.param("   # A\n", [(1, "A", 1)], id="three blanks before"),
        pytest.param("    # A\n\t# B\n", [], id="indented code"),
        pytest.param("#\tA\n", [(1, "A", 1)], id="a tab after"),
        pytest.param("```\n# A\n```\n# B\n", [(1, "B", 4)], id="in a fence"),
        pytest.param("~~~\n# A\n```\n# B\n~~~\n", [], id="in a tilde fence"),
        pytest.param("````md\n```\n# A\n```\n````\n# B\n", [(1, "B", 6)], id="in four back-ticks"),
        pytest.param("- a\n\n  ```\n  # A\n  ```\n# B\n", [(1, "B", 6)], id="in a list's fence"),
        pytest.param("1. a\n   ```\n# A\n```\n# B\n", [(1, "A", 3)], id="out of a list's fence"),
        pytest.param(
            "```md\n# A\n```suggestion\nx\n```\n# B\n```\n# C\n", [(1, "B", 6)], id="swallowed"
        ),
        pytest.param("> # A\n\n- # B\n", [], id="in a quote and a list"),
        pytest.param("<div>\n# A\n</div>\n\n# B\n", [(1, "B", 5)], id="in html"),
        pytest.param("<!--\n\n# A\n\n-->\n# B\n", [(1, "B", 6)], id="in a comment"),
        pytest.param("<!--\n# A\n", [], id="in a comment that never closes"),
        pytest.param("a\n# A\n", [(1, "A", 2)], id="below a paragraph"),
        pytest.param("|a|\n|-|\n|b|\n# A\n", [(1, "A", 4)], id="below a table"),
        pytest.param("# A\r\n\r\n## B\r\n", [(1, "A", 1), (2, "B", 3)], id="CRLF"),
        pytest.param("# A\r\r## B\r", [(1, "A", 1), (2, "B", 3)], id="lone CR"),
        pytest.param(b"\xef\xbb\xbf# A\n", [(1, "A", 1)], id="a byte order mark"),
        pytest.param("\ufeff# A\n", [(1, "A", 1)], id="a byte order mark in text"),
    ],
)
def test_headings(text: str | bytes, found: list[tuple[int, str, int]]) -> None:
    assert headings(text) == found


def test_sections_reach_to_the_next_heading_and_know_their_parent() -> None:
    text = "lead\n\n# A\n\n### B\n\n## C\n\n### D\ntext\n"
    found = [(s.level, s.line, s.end_line, s.parent) for s in document(text).sections]
    assert found == [
        (0, 1, 2, None),
        (1, 3, 4, None),
        (3, 5, 6, 1),
        (2, 7, 8, 1),
        (3, 9, 11, 3),
    ]
    assert [s.index for s in document(text).sections] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        pytest.param("CI/CD Integration", "cicd-integration", id="a slash"),
        pytest.param("M1: Core, first", "m1-core-first", id="punctuation"),
        pytest.param("snake_case Name", "snake_case-name", id="an underscore stays"),
        pytest.param("A - B", "a---b", id="a dash between blanks"),
        pytest.param("A  B", "a--b", id="two blanks"),
        pytest.param("🚀 Launch", "-launch", id="an emoji"),
        pytest.param("Überblick für Ämter", "überblick-für-ämter", id="letters beyond ASCII"),
        pytest.param("v1.2.3-alpha", "v123-alpha", id="dots"),
        pytest.param("What's next?", "whats-next", id="an apostrophe"),
        pytest.param("日本語 見出し", "日本語-見出し", id="Japanese"),
        pytest.param("4.3 Explicit State", "43-explicit-state", id="a number"),
        pytest.param(" Blanks around ", "blanks-around", id="blanks around"),
        pytest.param("!?", "", id="nothing left"),
    ],
)
def test_slug(heading: str, expected: str) -> None:
    assert slug(heading) == expected


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        pytest.param("# A\n## A\n## a\n", ["a", "a-1", "a-2"], id="repeated"),
        pytest.param("# A\n# A-1\n# A\n", ["a", "a-1", "a-2"], id="a number that is taken"),
        pytest.param("# A-1\n# A\n# A\n# A\n", ["a-1", "a", "a-2", "a-3"], id="taken before"),
        pytest.param("# `bin/x` **now**\n", ["binx-now"], id="marks are not in it"),
        pytest.param("# [Roles](R.md) & \\<X\\>\n", ["roles--x"], id="links and escapes"),
        pytest.param("# !\n# ?\n", ["", "-1"], id="nothing left, twice"),
    ],
)
def test_fragments_are_githubs(text: str, slugs: list[str]) -> None:
    assert [s.slug for s in document(text).sections[1:]] == slugs


# ---------------------------------------------------------------------------- fences


@pytest.mark.parametrize(
    ("text", "fences"),
    [
        pytest.param(
            "```bash\nmake\n```\n",
            [Fence(info="bash", content=("make",), line=1, end_line=3, markup="```")],
            id="closed",
        ),
        pytest.param(
            "```\n```\n", [Fence(info="", content=(), line=1, end_line=2, markup="```")], id="empty"
        ),
        pytest.param(
            "a\n~~~~ md  file=x \n\n~~~\n~~~~\n",
            [Fence(info="md  file=x", content=("", "~~~"), line=2, end_line=5, markup="~~~~")],
            id="four tildes",
        ),
        pytest.param(
            "```\nx\n",
            [Fence(info="", content=("x",), line=1, end_line=2, markup="```", closed=False)],
            id="never closed",
        ),
        pytest.param(
            "~~~\nx",
            [Fence(info="", content=("x",), line=1, end_line=2, markup="~~~", closed=False)],
            id="the file ends in it",
        ),
        pytest.param(
            "```md\n# A\n```suggestion\nx\n```\ny\n```\n",
            [
                Fence(
                    info="md",
                    content=("# A", "```suggestion", "x"),
                    line=1,
                    end_line=5,
                    markup="```",
                ),
                Fence(info="", content=(), line=7, end_line=7, markup="```", closed=False),
            ],
            id="closed early, so that its own end opens another",
        ),
        pytest.param(
            "- a\n\n  ```\n  # x\n  ```\n",
            [Fence(info="", content=("# x",), line=3, end_line=5, markup="```")],
            id="in a list",
        ),
        pytest.param(
            "    x\n\n    y\n",
            [Fence(info="", content=("x", "", "y"), line=1, end_line=3, markup="")],
            id="indented",
        ),
        pytest.param(
            "> ```\n> x\n\ny\n",
            [Fence(info="", content=("x",), line=1, end_line=2, markup="```", closed=False)],
            id="ended by its quote",
        ),
    ],
)
def test_fences(text: str, fences: list[Fence]) -> None:
    found = [b for s in document(text).sections for b in s.blocks if isinstance(b, Fence)]
    assert found == fences


def test_nothing_in_a_fence_is_structure() -> None:
    text = "# A\n\n```markdown\n# B\n\n**K**: v\n\n| a |\n|---|\n| b |\n\n- [x] c [d](e.md)\n```\n"
    found = document(text)
    assert [s.name for s in found.sections] == ["", "A"]
    assert list(found.tables()) == []
    assert [text.plain for _, text in found.texts()] == ["A"]
    assert found.sections[1].fields == ()


# ---------------------------------------------------------------------------- tables


def table(text: str) -> Table:
    ((_, found),) = document(text).tables()
    return found


@pytest.mark.parametrize(
    ("text", "rows", "widths"),
    [
        pytest.param(
            "| a | b |\n|---|---|\n| 1 | 2 |\n", [["a", "b"], ["1", "2"]], [2, 2], id="as usual"
        ),
        pytest.param(
            "a | b\n--|--\n1 | 2\n", [["a", "b"], ["1", "2"]], [2, 2], id="no outer pipes"
        ),
        pytest.param("|a|b|\n|-|-\n|1|2\n", [["a", "b"], ["1", "2"]], [2, 2], id="no closing pipe"),
        pytest.param("|a|b|\n|-|-|\n|1|\n", [["a", "b"], ["1", ""]], [2, 1], id="a cell too few"),
        pytest.param(
            "|a|b|\n|-|-|\n|1|2|3|\n", [["a", "b"], ["1", "2"]], [2, 3], id="one too many"
        ),
        pytest.param(
            "|a|b|\n|-|-|\n|1|\\||\n", [["a", "b"], ["1", "|"]], [2, 2], id="an escaped pipe"
        ),
        pytest.param(
            "|a|b|\n|-|-|\n|1|2\\|\n", [["a", "b"], ["1", "2|"]], [2, 2], id="escaped at the end"
        ),
        pytest.param(
            "|a|b|\n|-|-|\n|1|`x|y`|\n",
            [["a", "b"], ["1", "`x"]],
            [2, 3],
            id="a pipe in a code span",
        ),
        pytest.param(
            "|a|b|\n|-|-|\n|1|`x\\|y`|\n",
            [["a", "b"], ["1", "x|y"]],
            [2, 2],
            id="escaped in a code span",
        ),
        pytest.param("|a|b|\n|-|-|\n||  |\n", [["a", "b"], ["", ""]], [2, 2], id="empty cells"),
        pytest.param("|a|\n|-|\nlazy\n\nx\n", [["a"], ["lazy"]], [1, 1], id="a line without pipes"),
        pytest.param("|a|\n|:-:|\n", [["a"]], [1], id="no rows"),
        pytest.param("> |a|\n> |-|\n> |1|\n", [["a"], ["1"]], [1, 1], id="in a quote"),
        pytest.param(
            "- |a|b|\n  |-|-|\n  |1|2|\n", [["a", "b"], ["1", "2"]], [2, 2], id="in a list"
        ),
    ],
)
def test_tables(text: str, rows: list[list[str]], widths: list[int]) -> None:
    found = table(text)
    assert [[cell.plain for cell in row.cells] for row in (found.header, *found.rows)] == rows
    assert [row.width for row in (found.header, *found.rows)] == widths


def test_a_tables_lines() -> None:
    found = table("# A\n\ntext\n\n| a |\n|---|\n| **b** `c` |\n| [d](e.md) |\n\nmore\n")
    assert (found.line, found.end_line) == (5, 8)
    assert [row.line for row in (found.header, *found.rows)] == [5, 7, 8]
    bold, link = (row.cells[0] for row in found.rows)
    assert (bold.raw, bold.plain, bold.codes, bold.line) == ("**b** `c`", "b c", ("c",), 7)
    assert link.links == (Link(target="e.md", text="d", line=8),)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("|a|b|\n|-|\n|1|2|\n", id="a delimiter row of another width"),
        pytest.param("|a|b|\n|x|-|\n", id="a delimiter row with words"),
        pytest.param("|a|b|\n\n|-|-|\n", id="a blank line between"),
        pytest.param("    |a|\n    |-|\n", id="indented code"),
    ],
)
def test_what_is_no_table(text: str) -> None:
    assert list(document(text).tables()) == []


# ---------------------------------------------------------------------------- lists, quotes, html


def test_lists() -> None:
    text = (
        "# A\n\n- [x] done\n- [ ] open\n  and on\n- [X] `code`\n- [?] none\n- []\n\n"
        "3. three\n   - below\n\n     more of it\n4) four\n"
    )
    items = first(text).items
    assert [(i.plain, i.line, i.end_line, i.depth, i.checked) for i in items] == [
        ("done", 3, 3, 1, True),
        ("open and on", 4, 5, 1, False),
        ("code", 6, 6, 1, True),
        ("[?] none", 7, 7, 1, None),
        ("[]", 8, 8, 1, None),
        ("three", 10, 10, 1, None),
        ("below", 11, 11, 2, None),
        ("four", 14, 14, 1, None),
    ]
    assert [(p.plain, p.line) for p in first(text).paragraphs] == [("more of it", 13)]


def test_a_heading_in_a_list_is_a_paragraph_and_its_item_still_reads() -> None:
    section = first("# A\n\n- # B\n\n  c\n")
    heading, *_ = section.paragraphs
    assert (heading.plain, heading.line, heading.quoted) == ("B", 3, False)


def test_an_item_without_words_is_none() -> None:
    assert first("# A\n\n-\n-\n").items == ()


def test_quotes_are_quoted() -> None:
    section = first(
        "# A\n\nplain\n\n> quoted\nlazily\n>> deeper\n\n> - item\n>\n>   below\n\nplain\n"
    )
    assert [(p.plain, p.line, p.end_line, p.quoted) for p in section.paragraphs] == [
        ("plain", 3, 3, False),
        ("quoted lazily", 5, 6, True),
        ("deeper", 7, 7, True),
        ("below", 11, 11, True),
        ("plain", 13, 13, False),
    ]
    assert [i.plain for i in section.items] == ["item"]


def test_lists_and_quotes_are_read_as_deep_as_people_write() -> None:
    deep = MAX_NESTING // 2 - 1
    found = document("".join("  " * n + f"- {n}\n" for n in range(deep)) + "\n# After\n")
    assert [item.depth for item in found.sections[0].items] == list(range(1, deep + 1))
    assert (found.faults, found.sections[-1].name) == ((), "After")


def test_what_a_deeper_nest_hides_is_a_fault() -> None:
    found = document("a\n\n" + "1. " * MAX_NESTING + "b\n\n# After\n")
    ((fault),) = found.faults
    assert (fault.line, "what follows was not read" in fault.message) == (3, True)


def test_html_and_breaks_are_kept_with_their_lines() -> None:
    section = first("# A\n\n<!-- one\ntwo -->\n\n***\n\n<b>\nx\n</b>\n")
    assert section.blocks == (
        Html(content="<!-- one\ntwo -->\n", line=3, end_line=4),
        Break(line=6, end_line=6),
        Html(content="<b>\nx\n</b>\n", line=8, end_line=10),
    )


# ---------------------------------------------------------------------------- inline


@pytest.mark.parametrize(
    ("text", "plain", "codes", "links", "comments"),
    [
        pytest.param("a **b** *c* _d_ ~~e~~", "a b c d e", (), (), (), id="marks"),
        pytest.param("a `b` ``c ` d``", "a b c ` d", ("b", "c ` d"), (), (), id="code spans"),
        pytest.param("`` ` ``", "`", ("`",), (), (), id="one back-tick in code"),
        pytest.param("` a ` `  `", "a", ("a", "  "), (), (), id="blanks in code"),
        pytest.param("snake_case_name 2*3*4", "snake_case_name 234", (), (), (), id="inside words"),
        pytest.param("[a](b.md#c)", "a", (), (("b.md#c", "a", False),), (), id="a link"),
        pytest.param(
            "[**a** `b`](c)", "a b", ("b",), (("c", "a b", False),), (), id="marks in a link"
        ),
        pytest.param("![a](b.png)", "a", (), (("b.png", "a", True),), (), id="an image"),
        pytest.param(
            "[![a](b.png)](c)", "a", (), (("b.png", "a", True), ("c", "a", False)), (), id="a badge"
        ),
        pytest.param(
            "<https://a.b/c>",
            "https://a.b/c",
            (),
            (("https://a.b/c", "https://a.b/c", False),),
            (),
            id="an address",
        ),
        pytest.param("[a]", "[a]", (), (), (), id="brackets"),
        pytest.param("[a](b c)", "[a](b c)", (), (), (), id="no link: a blank"),
        pytest.param("[a](javascript:b)", "[a](javascript:b)", (), (), (), id="no link: a script"),
        pytest.param("[a](b%20c)", "a", (), (("b%20c", "a", False),), (), id="escapes in a target"),
        pytest.param("a <!-- b --> c", "a  c", (), (), (" b ",), id="a comment"),
        pytest.param("a <b>c</b>", "a c", (), (), (), id="html"),
        pytest.param("a < b && c > d", "a < b && c > d", (), (), (), id="signs"),
        pytest.param("&amp; &lt;x&gt; &nope;", "& <x> &nope;", (), (), (), id="entities"),
        pytest.param("\\<X\\> \\*a\\*", "<X> *a*", (), (), (), id="escapes"),
        pytest.param("a **b", "a **b", (), (), (), id="marks that never close"),
        pytest.param("a `b", "a `b", (), (), (), id="code that never closes"),
        pytest.param(
            "`M1.1` is **done** `x`", "M1.1 is done x", ("M1.1", "x"), (), (), id="plain to read"
        ),
    ],
)
def test_inline(
    text: str,
    plain: str,
    codes: tuple[str, ...],
    links: tuple[tuple[str, str, bool], ...],
    comments: tuple[str, ...],
) -> None:
    found = only(f"{text}\n")
    assert (found.raw, found.plain, found.codes, found.comments) == (text, plain, codes, comments)
    assert tuple((link.target, link.text, link.image) for link in found.links) == links


def test_a_line_is_a_text() -> None:
    found = document("# A\n\none **b**\ntwo [l](m.md)  \nthree\\\nfour\n")
    (paragraph,) = found.sections[1].paragraphs
    assert [(t.plain, t.raw, t.line) for t in paragraph.lines] == [
        ("one b", "one **b**", 3),
        ("two l", "two [l](m.md)  ", 4),
        ("three", "three\\", 5),
        ("four", "four", 6),
    ]
    assert paragraph.lines[1].links[0].line == 4
    assert paragraph.plain == "one b two l three four"


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param("`co\nde`", id="a code span"),
        pytest.param("<!-- a\nb -->", id="a comment"),
        pytest.param('[l](t "a\nb")', id="a link's title"),
        pytest.param("![a\nb](t)", id="an image's words"),
        pytest.param("<a\nb>", id="a tag"),
    ],
)
def test_lines_after_something_that_spans_two_keep_their_number(inner: str) -> None:
    found = document(f"# A\n\nbegin {inner} end\nlast *one*\n")
    (paragraph,) = found.sections[1].paragraphs
    assert (paragraph.line, paragraph.end_line) == (3, 5)
    assert [(t.raw, t.line) for t in paragraph.lines] == [
        (f"begin {inner} end", 3),
        ("last *one*", 5),
    ]


def test_a_link_over_two_lines_stands_where_it_ends() -> None:
    found = document("[a *b*\nc](d.md) e\n").sections[0].paragraphs[0]
    assert [(t.plain, t.links) for t in found.lines] == [
        ("a b", ()),
        ("c e", (Link(target="d.md", text="c", line=2),)),
    ]


def test_lines_that_are_alike_keep_their_own_numbers() -> None:
    text = "[a](b) `c`\n\n[a](b) `c`\n"
    assert [t.links[0].line for _, t in document(text).texts()] == [1, 3]


def test_a_hard_break_in_simple_text_is_not_part_of_it() -> None:
    assert texts("a `b`  \n`c`  d\n") == [("a b", 1), ("c  d", 2)]


def test_reference_links_are_links() -> None:
    text = "# A\n\n[the roles], [x][roles] and [roles][]\n"
    text += "\n[the roles]: R.md\n[ROLES]: <S.md> 'title'\n"
    ((_, _), (_, found)) = document(text).texts()
    assert [(link.target, link.text) for link in found.links] == [
        ("R.md", "the roles"),
        ("S.md", "x"),
        ("S.md", "roles"),
    ]


def test_very_long_inline_text_is_taken_as_plain_words() -> None:
    long = "**a** " * (MAX_INLINE // 6 + 1)
    assert only(long).codes == ()
    assert only(long).plain.strip() == long.strip()
    assert texts(f"{long}\nb\n") == [(long, 1), ("b", 2)]


def test_very_long_inline_text_is_a_fault_where_it_holds_marks() -> None:
    (fault,) = document(f"a\n\n{'b ' * MAX_INLINE}[c](d.md)\n").faults
    assert (fault.line, "links and marks in it are not read" in fault.message) == (3, True)
    assert document("b " * MAX_INLINE).faults == ()


# ---------------------------------------------------------------------------- front matter


def test_front_matter_is_the_header_too() -> None:
    text = "---\ntitle: \"Beds\"\nstate: 'x'\nempty:\nlist: [a]\n- no\n# no\nsub:\n  deep: no\n"
    text += "---\n# A\n\n**K**: v\n"
    found = document(text)
    assert [(f.key, f.value.plain, f.line) for f in found.metadata] == [
        ("title", "Beds", 2),
        ("state", "x", 3),
        ("empty", "", 4),
        ("list", "[a]", 5),
        ("sub", "", 8),
        ("K", "v", 13),
    ]
    assert headings(text) == [(1, "A", 11)]
    assert found.faults == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("---\na: b\n...\n# A\n", [(1, "A", 4)], id="ended by dots"),
        pytest.param("---\na: b\n# A\n", [(1, "A", 3)], id="never ended"),
        pytest.param("--- \n---  \n# A\n", [(1, "A", 3)], id="empty"),
        pytest.param("\n---\na: b\n---\n", [(2, "a: b", 3)], id="not in the first line"),
    ],
)
def test_where_front_matter_ends(text: str, found: list[tuple[int, str, int]]) -> None:
    assert headings(text) == found


@pytest.mark.parametrize(
    ("line", "aliased"),
    [
        pytest.param("a: &x [1]", True, id="an anchor"),
        pytest.param("a: *x", True, id="an alias"),
        pytest.param("a: [*x,*x]", True, id="aliases in a list"),
        pytest.param("a: {b: *x}", True, id="an alias in a mapping"),
        pytest.param("a: Q&A", False, id="a word with an ampersand"),
        pytest.param("a: Fish & Chips", False, id="an ampersand alone"),
        pytest.param("a: 2*3", False, id="a product"),
        pytest.param("a: *emphasis*", False, id="emphasis"),
    ],
)
def test_anchors_in_front_matter(line: str, *, aliased: bool) -> None:
    found = document(f"---\nb: c\n{line}\nd: e\n---\n# A\n")
    assert [fault.line for fault in found.faults] == ([3] if aliased else [])
    assert [f.key for f in found.metadata] == ([] if aliased else ["b", "a", "d"])


def test_oversized_front_matter_is_not_read() -> None:
    text = "---\n" + "a: b\n" * (MAX_FRONT_MATTER // 5 + 1) + "---\n# A\n"
    found = document(text)
    assert found.metadata == ()
    ((fault),) = found.faults
    assert (fault.line, "64 KiB" in fault.message) == (1, True)
    assert [s.name for s in found.sections] == ["", "A"]


# ---------------------------------------------------------------------------- what is no text


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        pytest.param(b"# A\n\x00\n", 2, "NUL", id="NUL"),
        pytest.param("# A\n\n\0", 3, "NUL", id="NUL in text"),
        pytest.param(b"# A\n\nb\xff\n", 3, "byte 0xff", id="bad UTF-8"),
        pytest.param(b"\xff\xfe#\x00", 1, "byte 0xff", id="UTF-16"),
        pytest.param(b"# A\n\xed\xa0\x80", 2, "byte 0xed", id="a surrogate"),
        pytest.param(b"# A\n\xc0\xaf", 2, "byte 0xc0", id="overlong"),
        pytest.param(b"a" * (MAX_BYTES + 1), 1, "2048 KiB", id="too large"),
    ],
)
def test_what_is_no_text_is_a_fault(data: bytes | str, line: int, said: str) -> None:
    found = document(data)
    ((fault),) = found.faults
    assert fault.line == line
    assert said in fault.message
    assert [s.level for s in found.sections] == [0]
    assert found.sections[0].blocks == ()


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        pytest.param(b"", ("",), id="nothing"),
        pytest.param(b"\n", ("", ""), id="a line"),
        pytest.param(b"\xef\xbb\xbf", ("",), id="only a byte order mark"),
        pytest.param(b"a\r\nb\rc\n", ("a", "b", "c", ""), id="every end of line"),
        pytest.param(
            "a\x0b\x0c\x85\u2028b".encode(), ("a\x0b\x0c\x85\u2028b",), id="no ends of lines"
        ),
    ],
)
def test_lines(data: bytes, lines: tuple[str, ...]) -> None:
    found = document(data)
    assert found.lines == lines
    assert found.faults == ()


def test_a_document_of_the_largest_size_is_read() -> None:
    assert document(b"a" * MAX_BYTES).faults == ()


# ---------------------------------------------------------------------------- frozen documents


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(WHOLE, id="a header"),
        pytest.param(f"---\na: b\n---\n{WHOLE}", id="front matter"),
        pytest.param("# A\n\n**K**: [x]\n\n---\n\n[x]: y.md\n", id="a link whose target is below"),
        pytest.param("# A\n\n**K**: v\n---\n\n## B\n", id="an underline"),
        pytest.param("# A\n\nwords\n\n---\n\n## B\n", id="words in the header"),
        pytest.param("# A\n\n**K**: v\n", id="no break"),
        pytest.param("# A\n\n" + "**K**: v\n\n" * 99 + "---\n", id="a long header"),
        pytest.param("---\n\n# A\n", id="a break at once"),
    ],
)
def test_a_frozen_document_reads_like_any_other(text: str) -> None:
    frozen, other = (read("X.md", text, kind=kind) for kind in (Kind.FROZEN, Kind.OTHER))
    assert frozen.metadata == other.metadata
    assert frozen.header_end == other.header_end
    assert frozen.sections == other.sections


@pytest.mark.parametrize(
    ("text", "line"),
    [(WHOLE, 8), ("# A\n", None), ("# A\n\n## B\n\n***\n", 5), ("---\na: b\n---\n# A\n\n---\n", 6)],
)
def test_where_the_header_ends(text: str, line: int | None) -> None:
    assert document(text).header_end == line


# ---------------------------------------------------------------------------- the authority


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(WHOLE, id="a document"),
        pytest.param("```md\n# A\n```suggestion\nx\n```\n# B\n```\n", id="a fence closed early"),
        pytest.param("- a\n   ```\n# B\n\n1) x\n\n   # C\n", id="lists"),
    ],
)
def test_headings_are_where_the_parser_puts_them(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    lines = [t.map[0] + 1 for t in tokens if t.type == "heading_open" and not t.level and t.map]
    assert [line for _, _, line in headings(text)] == lines


def test_blocks_lie_inside_their_sections() -> None:
    for section in document(WHOLE).sections:
        for block in section.blocks:
            assert section.line <= block.line <= block.end_line <= section.end_line


def test_kinds_of_block() -> None:
    text = "# A\n\np\n\n- i\n\n| t |\n|---|\n\n```\n```\n\n<p>\n\n---\n"
    kinds = [type(block) for block in first(text).blocks]
    assert kinds == [Paragraph, ListItem, Table, Fence, Html, Break]


# ---------------------------------------------------------------------------- quotes in quotes


@pytest.mark.parametrize("unit", ["> ", ">", " > ", "- > ", "> 1. "])
def test_quotes_are_read_to_a_depth(unit: str) -> None:
    found = document("# A\n\n" + unit * MAX_QUOTES + "a\n\n## B\n")
    assert found.faults == ()
    assert [section.name for section in found.sections] == ["", "A", "B"]


@pytest.mark.parametrize("kind", [Kind.OTHER, Kind.FROZEN])
def test_a_document_is_read_up_to_a_quote_that_is_too_deep(kind: Kind) -> None:
    text = "# A\n\n---\n\n## B\n\n" + "> " * (MAX_QUOTES + 1) + "a\nb\n\n## C\n"
    found = read("X.md", text, kind=kind)
    assert [(section.name, section.line) for section in found.sections][1:] == [("A", 1), ("B", 5)]
    (fault,) = found.faults
    assert (fault.line, fault.message) == (
        7,
        "nests quotes more than 20 deep: what follows was not read",
    )


def test_quotes_that_hold_nothing_are_no_fault() -> None:
    found = document("```\n" + ">" * 40 + "\n```\n\n# A\n")
    assert found.faults == ()
    assert found.sections[-1].name == "A"
