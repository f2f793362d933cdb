"""Which passages are copies, which end is reported, and what never counts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ceremony.model import Hit
from tests.rulepages import hits

RULE = "content-duplicated"
ROWS = [
    ("Compost", "turn the heap weekly", "Lark"),
    ("Seedlings", "water before sunrise", "Wren"),
    ("Beehives", "inspect frames monthly", "Finch"),
    ("Toolshed", "sharpen every blade", "Robin"),
]
SENTENCES = (
    "Visitors enter through the southern gate and leave muddy boots beside the iron bench. "
    "Children pick raspberries only where a yellow ribbon marks the outermost hedge."
)
FIRST = SENTENCES.partition(". ")[0]


def table(rows: Sequence[tuple[str, ...]] | None = None) -> str:
    body = "".join(f"| {' | '.join(row)} |\n" for row in rows or ROWS)
    return f"| Place | Duty | Keeper |\n|---|---|---|\n{body}"


def listed(rows: Sequence[tuple[str, ...]] | None = None) -> str:
    return "".join(f"- **{name}**: {', '.join(rest)}\n" for name, *rest in rows or ROWS)


def find(here: str, there: str, *, one: str = "Duties", other: str = "Chores") -> list[Hit]:
    """What is found in GOVERNANCE, which gives way, against REVIEWERS, which keeps."""
    return hits(
        RULE,
        {
            "GOVERNANCE.md": f"# Governance\n\n## {one}\n\n{here}\n",
            "REVIEWERS.md": f"# Reviewers\n\n## {other}\n\n{there}\n",
        },
    )


@pytest.mark.parametrize(
    ("here", "there", "said"),
    [
        pytest.param(table(), table(), "4 rows", id="a table"),
        pytest.param(table(), table(ROWS[::-1]), "4 rows", id="in another order"),
        pytest.param(table(ROWS[:3]), table(), "3 rows", id="three rows of four"),
        pytest.param(listed(), listed(), "4 items", id="a list"),
        pytest.param(listed(), table(), "4 items", id="a list and a table"),
        pytest.param(
            "".join(f"{n}. {' '.join(row).upper()}s\n" for n, row in enumerate(ROWS, 1)),
            listed(),
            "4 items",
            id="capitals, endings and numbers",
        ),
        pytest.param(SENTENCES, SENTENCES, "2 sentences", id="sentences"),
        pytest.param(
            SENTENCES, SENTENCES.replace(" ", "\n"), "2 sentences", id="sentences in other lines"
        ),
        pytest.param(
            f"Own words first, of course. {FIRST} every quiet Sunday evening.",
            f"{FIRST} every quiet Sunday evening. Then somebody else speaks.",
            "1 sentence",
            id="one sentence",
        ),
        pytest.param(
            "**Compost heap**: turned weekly by hand\n**Beehives**: inspected monthly by Finch",
            "**Compost heap**: turned weekly by hand\n**Beehives**: inspected monthly by Finch",
            "2 sentences",
            id="fields",
        ),
        pytest.param(
            "```\n" + "\n".join(" ".join(row) for row in ROWS) + "\n```",
            "```\n" + "\n".join(" -> ".join(row) for row in ROWS) + "\n```",
            "4 lines",
            id="a diagram",
        ),
        pytest.param(f"> {SENTENCES}", SENTENCES, "2 sentences", id="quoted"),
    ],
)
def test_what_is_a_copy(here: str, there: str, said: str) -> None:
    (hit,) = find(here, there)
    assert hit.message.startswith(f'{said} of "Duties" say')
    assert " the same as REVIEWERS.md:" in hit.message
    assert hit.message.endswith('("Chores")')
    assert hit.place.file == "GOVERNANCE.md"
    assert [place.file for place in hit.related] == ["REVIEWERS.md"]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        pytest.param(table(ROWS[:2]), table(), id="two rows"),
        pytest.param(table(ROWS[:1]), table(ROWS[:1]), id="one row"),
        pytest.param("- TBD\n- TBD\n- TBD\n", "- TBD\n- TBD\n- TBD\n", id="items of one word"),
        pytest.param(
            "- Water\n- Seed\n- Light\n", "- Water\n- Seed\n- Light\n", id="too few words"
        ),
        pytest.param(
            "Everybody is welcome here.", "Everybody is welcome here.", id="a short sentence"
        ),
        pytest.param(
            "```\n" + "\n".join(" ".join(row) for row in ROWS[:3]) + "\n```",
            "```\n" + "\n".join(" ".join(row) for row in ROWS[:3]) + "\n```",
            id="three lines of a block",
        ),
        pytest.param(
            "".join(f"- [{a}](X.md): {b}, {c}\n" for a, b, c in ROWS),
            listed(),
            id="items that link",
        ),
        pytest.param(
            table([(f"[{a}](X.md)", b, c) for a, b, c in ROWS]), table(), id="rows that link"
        ),
        pytest.param(f"{SENTENCES} See [there](X.md).", SENTENCES, id="a paragraph that links"),
        pytest.param(
            table([(a, "whatever somebody else decides", "nobody") for a, _, _ in ROWS]),
            table([(a, "depends entirely upon weather", "everybody") for a, _, _ in ROWS]),
            id="only the first column",
        ),
        pytest.param("", table(), id="nothing"),
        pytest.param("---\n\n<p>\n", table(), id="no words"),
    ],
)
def test_what_is_no_copy(here: str, there: str) -> None:
    assert find(here, there) == []


def test_sections_of_one_name_need_less() -> None:
    assert find(table(ROWS[:2]), table(ROWS[:2])) == []
    assert len(find(table(ROWS[:2]), table(ROWS[:2]), one="Chores")) == 1
    assert len(find(table(ROWS[:2]), table(ROWS[:2]), one="4.2 Chores")) == 1


def test_rows_about_the_same_may_be_worded_otherwise() -> None:
    loose = [(a, b.split(maxsplit=1)[0] + " indeed", c) for a, b, c in ROWS]
    assert len(find(table(loose), table())) == 1
    unnamed = [(f"Area {n}", *rest) for n, (_, *rest) in enumerate(loose)]
    assert find(table(unnamed), table()) == []


def test_an_image_is_no_cross_reference() -> None:
    assert len(find(listed().replace("- ", "- ![ ](x.png) "), listed())) == 1


def test_a_long_item_with_a_link_is_a_statement() -> None:
    words = " ".join(f"reason{n}" for n in range(30))
    long = [f"- {a} [here](X.md) {b} {c} {words}\n" for a, b, c in ROWS]
    assert len(find("".join(long), "".join(long))) == 1


# ---------------------------------------------------------------------------- where, and which end


def test_where_it_stands() -> None:
    here = "Words of its own that nobody repeats.\n\n" + table()
    there = "Other words, which are nobody else's business.\nMore of them.\n\n" + table()
    (hit,) = find(here, there)
    assert (hit.place.line, hit.place.end_line) == (9, 12)
    (other,) = hit.related
    assert (other.line, other.end_line) == (10, 13)
    assert "REVIEWERS.md:10" in hit.message
    assert hit.subject == "duties REVIEWERS.md#chores"


def test_a_sentence_stands_where_it_starts() -> None:
    own = "Nobody repeats this one,\nwhich has two lines. "
    first, second = SENTENCES.split(". ")
    (hit,) = find(f"{own}{first}.\n{second}", f"{first}.\n{second}")
    assert (hit.place.line, hit.place.end_line) == (6, 7)
    assert (hit.related[0].line, hit.related[0].end_line) == (5, 6)


def test_copies_that_drifted_say_where() -> None:
    there = [*ROWS[:2], ("Beehives", "inspect 3 frames monthly", "Finch"), ROWS[3]]
    here = [*ROWS[:2], ("Beehives", "inspect 5 frames monthly", "Finch"), ROWS[3]]
    (hit,) = find(table(here), table(there))
    assert hit.message.endswith("the copies have drifted apart, first at line 9 and REVIEWERS.md:9")
    assert hit.subject == find(table(), table())[0].subject


@pytest.mark.parametrize(
    ("names", "reported"),
    [
        pytest.param(
            ("GOVERNANCE.md", "MILESTONES_CEREMONY.md"), "GOVERNANCE.md", id="the ceremony keeps"
        ),
        pytest.param(("CONTRIBUTORS.md", "REVIEWERS.md"), "CONTRIBUTORS.md", id="reviewers keep"),
        pytest.param(
            ("MILESTONES.main.md", "MILESTONES.latest.md"), "MILESTONES.main.md", id="latest keeps"
        ),
        pytest.param(
            ("MILESTONES.latest.md", "CODE_OF_CONDUCT.md"),
            "MILESTONES.latest.md",
            id="conduct keeps",
        ),
        pytest.param(("GOVERNANCE.md", "notes.md"), "GOVERNANCE.md", id="governance delegates"),
        pytest.param(("a.md", "b.md"), "b.md", id="by path"),
    ],
)
def test_which_end_is_reported(names: tuple[str, str], reported: str) -> None:
    files = {name: f"# X\n\n## A\n\n{table()}" for name in names}
    (hit,) = hits(RULE, files)
    assert hit.place.file == reported
    assert [place.file for place in hit.related] == [name for name in names if name != reported]


def test_a_passage_kept_three_times_is_found_at_each_copy_once() -> None:
    files = {
        name: f"# X\n\n## A\n\n{table()}"
        for name in ("GOVERNANCE.md", "CONTRIBUTORS.md", "REVIEWERS.md")
    }
    found = hits(RULE, files)
    assert [(h.place.file, [p.file for p in h.related]) for h in found] == [
        ("CONTRIBUTORS.md", ["REVIEWERS.md"]),
        ("GOVERNANCE.md", ["REVIEWERS.md", "CONTRIBUTORS.md"]),
    ]


def test_what_stands_before_any_heading_is_its_header() -> None:
    files = {"GOVERNANCE.md": table(), "REVIEWERS.md": f"# R\n\n## Chores\n\n{table()}"}
    (hit,) = hits(RULE, files)
    assert "of its header say the same as" in hit.message


# ---------------------------------------------------------------------------- what never counts


@pytest.mark.parametrize(
    "heading",
    [
        "Document Changelog",
        "Change log",
        "Revision History",
        "Signatories",
        "Approvals",
        "Version history",
    ],
)
def test_records_of_ones_own_document(heading: str) -> None:
    assert find(table(), table(), one=heading, other=heading) == []


def test_the_titles_own_paragraphs() -> None:
    files = {"GOVERNANCE.md": f"# G\n\n{SENTENCES}\n", "REVIEWERS.md": f"# R\n\n{SENTENCES}\n"}
    assert hits(RULE, files) == []
    tables = {"GOVERNANCE.md": f"# G\n\n{table()}", "REVIEWERS.md": f"# R\n\n{table()}"}
    assert len(hits(RULE, tables)) == 1


def test_frozen_documents() -> None:
    text = f"# X\n\n## A\n\n{table()}"
    assert hits(RULE, {"MILESTONES.v1.0.0-alpha.md": text, "MILESTONES.latest.md": text}) == []


def test_one_document() -> None:
    assert hits(RULE, {"GOVERNANCE.md": f"# X\n\n## A\n\n{table()}\n## B\n\n{table()}"}) == []


def test_words_that_everybody_uses_pair_nothing() -> None:
    """So many units share every word that none of them tells one passage from another."""
    row = ("alpha beta", "gamma delta", "epsilon zeta eta")
    assert len(find(table([row] * 10), table([row] * 10))) == 1
    assert find(table([row] * 60), table([row] * 60)) == []
