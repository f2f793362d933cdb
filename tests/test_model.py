"""The values that documents and findings are made of."""

from __future__ import annotations

import pytest

from ceremony.documents import read
from ceremony.model import (
    Document,
    InputError,
    Kind,
    Resolution,
    Severity,
    Stage,
    State,
    Text,
    Version,
)


def document(text: str) -> Document:
    return read("X.md", text, kind=Kind.OTHER)


# ---------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "state"),
    [
        pytest.param("PROPOSED", State.PROPOSED, id="as the ceremony writes it"),
        pytest.param("accepted", State.ACCEPTED, id="lower case"),
        pytest.param(" Complete ", State.COMPLETE, id="blanks around"),
        pytest.param("✅ COMPLETE", State.COMPLETE, id="a tick before"),
        pytest.param("🟡 **Blocked**", State.BLOCKED, id="a colour and marks"),
        pytest.param("BLOCKED (B3)", State.BLOCKED, id="a remark in brackets"),
        pytest.param("BLOCKED [B3](#x)", State.BLOCKED, id="a remark in square brackets"),
        pytest.param("DEFERRED - after v2", State.DEFERRED, id="after a dash"),
        pytest.param("DEFERRED — after v2", State.DEFERRED, id="after a long dash"),
        pytest.param("REJECTED: too early", State.REJECTED, id="after a colon"),
        pytest.param("REJECTED, too early", State.REJECTED, id="after a comma"),
        pytest.param("COMPLETE ✅", State.COMPLETE, id="a tick after"),
        pytest.param("ACCEPTED\nsoon", None, id="another line"),
        pytest.param("ACCEPTED / BLOCKED", None, id="two states"),
        pytest.param("ACCEPTED or BLOCKED", None, id="one of two"),
        pytest.param("IN PROGRESS", None, id="two words"),
        pytest.param("Done", None, id="another word"),
        pytest.param("", None, id="nothing"),
        pytest.param("-", None, id="a dash"),
        pytest.param("ACCEPT\u0415D", None, id="a Cyrillic look-alike"),
        pytest.param("🟡" * 300 + "BLOCKED", None, id="out of reach"),
    ],
)
def test_state(text: str, state: State | None) -> None:
    assert State.read(text) is state


@pytest.mark.parametrize(
    ("text", "resolution"),
    [
        pytest.param("Open", Resolution.OPEN, id="open"),
        pytest.param("RESOLVED (2026-03-02)", Resolution.RESOLVED, id="with a date"),
        pytest.param("🔴 open", Resolution.OPEN, id="a colour before"),
        pytest.param("Deferred", Resolution.DEFERRED, id="deferred"),
        pytest.param("High", None, id="a priority"),
        pytest.param("Open/High", None, id="a compound"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_resolution(text: str, resolution: Resolution | None) -> None:
    assert Resolution.read(text) is resolution


def test_weights_are_ordered_heaviest_first() -> None:
    assert sorted(Severity, key=lambda s: s.rank) == ["error", "warning", "note"]


# ---------------------------------------------------------------------------- versions


def test_a_version_knows_its_branch_and_its_document() -> None:
    version = Version.parse("v1.10.0-beta")
    assert version.numbers == (1, 10, 0)
    assert version.stage is Stage.BETA
    assert version.branch == "v1.10.0-beta"
    assert version.document == "MILESTONES.v1.10.0-beta.md"


def test_versions_come_in_the_ceremonys_order() -> None:
    names = ["v1.0.0-alpha", "v1.0.0-beta", "v1.0.0-stable", "v1.0.0-patch", "v1.2.0-alpha"]
    names += ["v1.10.0-alpha", "v2.0.0-alpha"]
    assert [v.branch for v in sorted(Version.parse(n) for n in reversed(names))] == names


def test_versions_of_two_stages_are_two_versions() -> None:
    alpha, beta = Version.parse("v1.0.0-alpha"), Version.parse("v1.0.0-beta")
    assert len({alpha, beta}) == 2


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("v1.2.3-beta\n", id="a newline after it"),
        pytest.param("v\uff11.2.3-beta", id="a full-width digit"),
        pytest.param("v01.2.3-beta", id="a leading zero"),
        pytest.param("1.2.3-beta", id="no v"),
        pytest.param("V1.2.3-beta", id="a capital v"),
        pytest.param("v1.2-beta", id="two numbers"),
        pytest.param("v1.2.3", id="no stage"),
        pytest.param("v1.2.3-rc", id="another stage"),
        pytest.param("v1.2.3-Beta", id="a stage in capitals"),
        pytest.param("v<X>.<Y>.<Z>-alpha", id="a placeholder"),
        pytest.param("v*-alpha", id="a pattern"),
        pytest.param("v1234567890.0.0-alpha", id="a number of ten digits"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_version(name: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        Version.parse(name)


# ---------------------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("plain", "placeholder"),
    [
        pytest.param("", True, id="nothing"),
        pytest.param(" - ", True, id="a dash"),
        pytest.param("—", True, id="a long dash"),
        pytest.param("…", True, id="dots"),
        pytest.param("TBD", True, id="TBD"),
        pytest.param("@tbd", True, id="a handle that is none"),
        pytest.param("TBD (see B3)", True, id="TBD with a remark"),
        pytest.param("TBD - by March", True, id="TBD and when"),
        pytest.param("To be decided.", True, id="in words"),
        pytest.param("None yet", True, id="none yet"),
        pytest.param("*None yet*", False, id="marks are no longer there"),
        pytest.param("N/A", True, id="not applicable"),
        pytest.param("Unassigned", True, id="unassigned"),
        pytest.param("needs owner", True, id="needs owner"),
        pytest.param("<Name>", True, id="a template's slot"),
        pytest.param("@<handle>", True, id="a template's handle"),
        pytest.param("???", True, id="question marks"),
        pytest.param("@lark", False, id="a handle"),
        pytest.param("Community", False, id="a word"),
        pytest.param("TBD by the mixer team", False, id="a sentence that starts so"),
    ],
)
def test_placeholder(plain: str, *, placeholder: bool) -> None:
    assert Text(raw=plain, plain=plain, line=1).is_placeholder is placeholder


# ---------------------------------------------------------------------------- tables, sections


TABLES = """\
# Garden

**State**: PROPOSED

Before.

| ID | **Plant**  name | Owner |
|----|-----------------|-------|
| 1 | Elm | @lark |

## 2.1 Beds

- one
- two

```text
x
```

### 3. Deep

| A |
|---|
| b |

## Beds
"""


def test_a_tables_columns_go_by_their_words() -> None:
    (_, table), _ = document(TABLES).tables()
    assert table.names == ("id", "plant name", "owner")
    assert table.column("assignee", "owner") == 2
    assert table.column("status") is None
    assert table.has("id", "owner")
    assert not table.has("id", "status")


def test_a_section_holds_its_own_blocks() -> None:
    sections = document(TABLES).sections
    beds = sections[2]
    assert (beds.name, beds.title.plain) == ("Beds", "2.1 Beds")
    assert [item.plain for item in beds.items] == ["one", "two"]
    assert [fence.content for fence in beds.fences] == [("x",)]
    assert beds.tables == ()
    assert [p.plain for p in sections[1].paragraphs] == ["State: PROPOSED", "Before."]


def test_a_heading_that_is_only_a_number_keeps_it() -> None:
    assert document("# 2026\n").sections[1].name == "2026"


def test_sections_know_what_is_below_and_above_them() -> None:
    found = document(TABLES)
    garden, beds, deep, last = found.sections[1:]
    assert found.under(garden) == (garden, beds, deep, last)
    assert found.under(beds) == (beds, deep)
    assert list(found.ancestors(deep)) == [beds, garden]
    assert found.find("nowhere", "BEDS") is beds
    assert found.find("nowhere") is None


def test_fields_are_found_in_any_case() -> None:
    found = document(TABLES)
    state = found.meta("STATE")
    assert state is not None
    assert (state.key, state.value.plain, state.line) == ("State", "PROPOSED", 3)
    assert found.meta("version") is None
    assert found.sections[1].field("state") == state
    assert found.sections[2].field("state") is None


def test_texts_are_all_that_a_reader_sees_in_order() -> None:
    words = [text.plain for _, text in document("lead\n" + TABLES).texts()]
    assert "; ".join(words) == (
        "lead; Garden; State: PROPOSED; Before.; ID; Plant  name; Owner; 1; Elm; @lark; 2.1 Beds; "
        "one; two; 3. Deep; A; b; Beds"
    )


def test_the_title_is_the_first_heading_of_level_one() -> None:
    assert document("## A\n\n# B\n").title_line == 3
    assert document("## A\n").title_line == 1


@pytest.mark.parametrize(
    ("needle", "column"),
    [
        pytest.param("Elm", 7, id="where it stands"),
        pytest.param("Oak", 1, id="where it isn't"),
        pytest.param("", 1, id="nothing looked for"),
    ],
)
def test_column(needle: str, column: int) -> None:
    assert document(TABLES).column(9, needle) == column


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(InputError("is wrong"), "is wrong", id="anywhere"),
        pytest.param(InputError("is wrong", file="a.yml"), "a.yml: is wrong", id="in a file"),
        pytest.param(
            InputError("is wrong", file="a.yml", line=3), "a.yml:3: is wrong", id="on a line"
        ),
        pytest.param(InputError("is wrong", line=3), "is wrong", id="a line of no file"),
    ],
)
def test_an_input_error_says_where(error: InputError, said: str) -> None:
    assert str(error) == said
