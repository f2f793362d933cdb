"""The edges of the rules about the documents' shape; the pages hold the plain cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ceremony.model import Document, Fault, Kind, Place
from ceremony.rules.audit import RULES
from ceremony.rules.audit.registry import Layout, Project, Tree
from ceremony.rules.audit.structure import is_state_like
from tests.rulepages import hits, project
from tests.support.growth import assert_linear

LATEST = "MILESTONES.latest.md"
MAIN = "MILESTONES.main.md"
CEREMONY = "MILESTONES_CEREMONY.md"


def lines(rule: str, text: str, name: str = LATEST) -> list[int]:
    return [hit.place.line for hit in hits(rule, {name: text})]


def messages(rule: str, text: str, name: str = LATEST) -> list[str]:
    return [hit.message for hit in hits(rule, {name: text})]


def run(rule: str, facts: Project) -> list[tuple[Place, str]]:
    check = RULES[rule].check
    assert check is not None
    return [(hit.place, hit.message) for hit in check(facts)]


# ---- documents


def normative(*rows: str, more: str = "") -> str:
    table = "\n".join(rows)
    return (
        f"# G\n\n## 2. Normative References\n\n| Document | Authority |\n|---|---|\n{table}\n{more}"
    )


@pytest.mark.parametrize(
    ("text", "tree", "missing"),
    [
        (normative("| `A.md` | DELEGATED |"), (), ["A.md"]),
        (normative("| A.md | DELEGATED |"), (), ["A.md"]),
        (normative("| `A.md` | DELEGATED |", "| `docs/A.md` | DELEGATED |"), (), ["A.md"]),
        (normative("| `A.md` | Informative |"), (), []),
        (normative("| `v*.md`, `A-<X>.md` | DELEGATED |"), (), []),
        (normative("| `A.md` | DELEGATED |"), ("gov/A.md",), []),
        (normative("| `A.md` | DELEGATED |"), ("A.md",), []),
        (normative("| `./A.md` | DELEGATED |"), ("gov/A.md",), []),
        (normative("| `../../A.md` | DELEGATED |"), (), ["../../A.md"]),
        (normative("| [A.md](./A.md) | DELEGATED |"), (), []),
        (normative("| `B.md`, as in [A.md](./A.md) | DELEGATED |"), (), ["B.md"]),
        (normative(more="\n- `A.md` binds\n- `B.md` (informative)\n"), (), ["A.md"]),
        (normative(more="\n### Informative References\n\n- `A.md`\n"), (), []),
        ("# G\n\n## Documents\n\n- `A.md`\n", (), []),
    ],
)
def test_normative_references(text: str, tree: tuple[str, ...], missing: list[str]) -> None:
    facts = project({"gov/GOVERNANCE.md": text})
    facts = replace(facts, tree=Tree(files=frozenset(tree)), layout=Layout(required=()))
    found = run("document-missing", facts)
    assert [message.split(" is named")[0] for _, message in found] == missing


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("**Authority**: [GOVERNANCE.md](./GOVERNANCE.md)", [3]),
        ("**Delegated From**: `GOVERNANCE.md`", [3]),
        ("**Authority**: the maintainers", []),
        ("**Owner**: GOVERNANCE.md", []),
    ],
)
def test_an_authority_exists(header: str, found: list[int]) -> None:
    facts = project({CEREMONY: f"# C\n\n{header}\n"})
    facts = replace(facts, layout=Layout(required=()))
    assert [place.line for place, _ in run("document-missing", facts)] == found


def test_a_required_document_named_as_a_reference_is_reported_once() -> None:
    facts = project({"GOVERNANCE.md": normative("| `REVIEWERS.md` | DELEGATED |")})
    facts = replace(facts, layout=Layout(required=("REVIEWERS.md", "GOVERNANCE.md", CEREMONY)))
    places = [(place.line, message) for place, message in run("document-missing", facts)]
    assert places == [
        (7, "REVIEWERS.md is named as a normative reference and does not exist"),
        (1, f"The ceremony requires {CEREMONY}, which does not exist"),
    ]


def test_only_the_ceremonys_own_documents_are_required_by_the_ceremony() -> None:
    facts = replace(project({CEREMONY: "# C"}), layout=Layout(required=(MAIN, "SECURITY.md")))
    assert [message for _, message in run("document-missing", facts)] == [
        f"The ceremony requires {MAIN}, which does not exist",
        "SECURITY.md is required and does not exist",
    ]


def test_no_documents_miss_nothing() -> None:
    assert run("document-missing", Project(documents=())) == []


def test_each_fault_is_a_finding() -> None:
    faults = (
        Fault(line=1, message="cannot be opened: Permission denied"),
        Fault(line=3, message="is no text"),
    )
    document = Document(
        path=MAIN,
        kind=Kind.MAIN,
        version=None,
        lines=("", "", ""),
        metadata=(),
        header_end=None,
        reader=tuple,
        faults=faults,
    )
    facts = Project(documents=(document,))
    assert run("document-not-regular", facts) == [
        (Place(file=MAIN, line=1), f"{MAIN} cannot be opened: Permission denied"),
        (Place(file=MAIN, line=3), f"{MAIN} is no text"),
    ]
    # Nothing else is said about what could not be read.
    assert run("section-missing", facts) == run("metadata-missing", facts) == []


# ---- sections


ALL = ["In Scope", "Out of Scope", "Milestones", "Domain Ownership", "Commitments", "Capacity"]


@pytest.mark.parametrize(
    ("headings", "missing"),
    [
        ([*ALL, "Blocker Registry"], []),
        ([*ALL, "Registry of Blockers"], []),
        ([*ALL, "Registry of Open Blockers"], []),
        ([*ALL, "Blocker Resolution"], ["the blocker registry"]),
        ([*ALL, "M1: Hull\n\n### Blockers"], ["the blocker registry"]),
        ([*ALL[1:], "Blockers"], ["what is in scope"]),
        ([*ALL[1:], "Not In Scope", "Blockers"], ["what is in scope"]),
        (["In Scope", "Non-Goals", *ALL[2:], "Blockers"], []),
        ([ALL[0], *ALL[2:], "Scope Change Process", "Blockers"], ["what is out of scope"]),
        (
            [*ALL[:3], "Domain Splitting Criteria", *ALL[4:], "Blockers"],
            ["the maintainer surface area"],
        ),
    ],
)
def test_sections_of_latest(headings: list[str], missing: list[str]) -> None:
    text = "# MILESTONES - Latest\n\n" + "".join(f"## {heading}\n\n" for heading in headings)
    said = messages("section-missing", text)
    assert said == [f"{LATEST} has no section for {label}" for label in missing]


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("- The hull\n\nOut of scope: kites\n", []),
        ("- The hull\n", ["what is out of scope"]),
        ("What we take on. Kites are out of scope.\n", ["what is in scope"]),
        ("Boats are in scope, kites out of scope.\n", []),
        ("Boats.\n", ["what is in scope", "what is out of scope"]),
        ("| Domain | Out of scope |\n|---|---|\n| Sails | Kites |\n", []),
    ],
)
def test_one_section_about_the_scope(body: str, missing: list[str]) -> None:
    rest = "".join(f"## {heading}\n\n" for heading in [*ALL[2:], "Blockers"])
    text = f"# MILESTONES - Latest\n\n## Scope Definition\n\n---\n\n{body}\n{rest}"
    said = messages("section-missing", text)
    assert said == [f"{LATEST} has no section for {label}" for label in missing]


def test_a_swallowed_heading_is_named() -> None:
    fence = "```\n# x\n## Rejected Proposals\n```\n"
    text = f"# Main\n\n## Template\n\n{fence}## Active Proposals\n## Graduated\n"
    assert messages("section-missing", text, MAIN) == [
        (
            f"{MAIN} has no section for rejected proposals: “Rejected Proposals” stands in the "
            "code block of line 5"
        )
    ]


# ---- metadata


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("GOVERNANCE.md", "# G\n\nWords.\n", "version, status or date"),
        ("GOVERNANCE.md", "# G\n\n**Version**: 1.0\n**Status**: ACCEPTED\n", "date"),
        (
            "GOVERNANCE.md",
            "# G\n\n**Version**: TBD\n**Status**: A\n**Date**: 2026-01-01\n",
            "version",
        ),
        ("GOVERNANCE.md", "# G v2.0\n\n**Status**: X\n**Effective Date**: Upon acceptance\n", ""),
        ("GOVERNANCE.md", "---\nversion: 1\nstatus: x\ndate: 2026-01-01\n---\n# G\n", ""),
        ("GOVERNANCE.md", "# G\n\n- **Version**: 1\n- words\n- **Status**:\n", "status or date"),
        (
            "GOVERNANCE.md",
            "# G\n\n| Version | 1 |\n|---|---|\n| Status | A |\n| Updated | - |\n",
            "date",
        ),
        ("GOVERNANCE.md", "# G\n\n| Version |\n|---|\n| 1 |\n", "version, status or date"),
        (
            "GOVERNANCE.md",
            "# G\n\n---\n\n**Version**: 1\n**Status**: A\n**Date**: x\n",
            "version, status or date",
        ),
        (
            "GOVERNANCE.md",
            "# G\n\n```\nx\n```\n**Version**: 1\n**Status**: A\n\n*Last updated: 2026-01-02*\n",
            "",
        ),
        (CEREMONY, "# Ceremony\n", "version"),
        (CEREMONY, "**Version**: 2\n", ""),
        (MAIN, "# Main\n\n**Created**: 2026-01-01\n", ""),
        (LATEST, "# Latest\n\n**Branch**: `latest`\n", "date"),
        (
            "MILESTONES.v1.0.0-alpha.md",
            "# MILESTONES - v1.0.0-alpha\n\n**Frozen**: 2026-01-01\n",
            "branch",
        ),
        ("MILESTONES.v1.0.0-alpha.md", "# X\n\n**Version**: v1.0.0-beta\n**Branch**: x\n", "date"),
        ("MILESTONES.v1.0.0-alpha.md", "# X\n\n**Date**: 2026-01-01\n", "version, stage or branch"),
        ("CONTRIBUTORS.md", "# C\n", ""),
    ],
)
def test_header(name: str, text: str, message: str) -> None:
    wanted = [f"The header of {name} states no {message}"] if message else []
    assert messages("metadata-missing", text, name) == wanted


# ---- tables


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", []),
        ("| a | b |\n|---|---\n| 1 | 2 |\n", []),
        ("a | b\n---|---\n1 | 2\n", []),
        ("| a | b |\n|---|---|\n| `x \\| y` | 2 |\n", []),
        ("| a | b |\n|---|---|\n| 1 |\n", ["The row has 1 cell and its header 2"]),
        ("| a | b |\n|---|---|\nwords\n", ["The row has 1 cell and its header 2"]),
        (
            "| a |\n|---|\n| 1 | 2 |\n",
            ["The row has 2 cells and its header 1: what is left over is not shown"],
        ),
        (
            "| a |\n|---|\n| `1 | 2` |\n",
            [
                (
                    "The row has 2 cells and its header 1: the unescaped pipe in a code span "
                    "divides a cell"
                )
            ],
        ),
        ("> | a | b |\n> |---|---|\n> | 1 | 2 |\n", []),
        ("```\n| a | b |\n|---|---|\n| 1 |\n```\n", []),
        (
            "| a | b |\n|---|\n",
            [
                (
                    "The delimiter row and the header above it have different numbers of cells, "
                    "so that nothing here is shown as a table"
                )
            ],
        ),
        ("words\n|---|---|\n", []),
        ("| a | b |\n| c | d |\n", []),
    ],
)
def test_tables(text: str, found: list[str]) -> None:
    assert messages("table-malformed", text) == found


@pytest.mark.parametrize(
    "words",
    [
        "PROPOSED",
        "`ACCEPTED`",
        "Open",
        "Needs Owner",
        "Signed",
        "alpha",
        "Yes",
        "✓",
        "✅ Done",
        "Passing",
        "4/9",
        "7 open of 16",
        "Met",
        "In progress (50%)",
        "Not yet created",
        "Behind by two",
        "CI passing",
        "Partially complete",
        "Under review by legal",
        "Done — merged in #12",
        "AMENDED",
        "Up to date",
        "Waiting",
    ],
)
def test_states(words: str) -> None:
    assert is_state_like(words)


@pytest.mark.parametrize(
    "words",
    [
        "This document (intake)",
        "Current commitments",
        "All work happens here",
        "2026-01-01",
        "v1.0.0",
        "@lark",
        "High",
        "P1",
        "M3.4",
        "Will be created at the cut",
        "1.2.x",
        "Not ready because nobody has looked",
    ],
)
def test_no_states(words: str) -> None:
    assert not is_state_like(words)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("| Document | Status |\n|---|---|\n| A | The first of all |\n| B | Done |\n", []),
        ("| Document | Status |\n|---|---|\n| A | The first of all |\n| B | TBD |\n", [3]),
        ("| Document | Status |\n|---|---|\n| A | - |\n", []),
        ("| Document | Status |\n|---|---|\n", []),
        ("| Status | Meaning |\n|---|---|\n| The first of all | b |\n", []),
        ("| ID | Deliverable | Status |\n|---|---|---|\n| M1.1 | A | The first of all |\n", []),
        ("| Domain | Owner | Status |\n|---|---|---|\n| A | @b | The first of all |\n", []),
        ("| ID | Blocker | Status |\n|---|---|---|\n| B1 | A | The first of all |\n", []),
        ("| A | B |\n|---|---|\n| a | The first of all |\n", []),
    ],
)
def test_status_columns(table: str, found: list[int]) -> None:
    heading = "## M1: A" if "Deliverable" in table else "## A"
    assert lines("status-column-mislabelled", f"{heading}\n\n{table}") == found


def test_signatories_and_ledgers_have_rules_of_their_own() -> None:
    signed = "## Signatories\n\n| Name | Status |\n|---|---|\n| @a | When the moon is full |\n"
    assert lines("status-column-mislabelled", signed) == []
    ledger = "## Graduated\n\n| ID | Status |\n|---|---|\n| PROP-1 | When the moon is full |\n"
    assert lines("status-column-mislabelled", ledger, MAIN) == []


def test_long_words_and_many_cells_are_cut() -> None:
    rows = "".join(
        f"| {n} | The {n}th of all the things that were said about it here |\n" for n in range(6)
    )
    (message,) = messages("status-column-mislabelled", f"| A | Status |\n|---|---|\n{rows}")
    assert message.count("…") == 4
    assert "and 2 more" in message


# ---- fences

NESTED = "### A\n```markdown\nx\n\n```suggestion\ny\n```\n```\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (NESTED + "\n### B\n", [2]),
        (NESTED + "\n" + NESTED.replace("A", "B") + "\n## C\n", [2, 11]),
        (NESTED + "\nWords only.\n", []),
        (NESTED + "\n```bash\nmake\n```\n", [2]),
        (
            NESTED.replace("```markdown", "````markdown").replace("```\n```", "```\n````")
            + "\n## C\n",
            [],
        ),
        (NESTED + "\n### B\n" + "````markdown\nx\n```suggestion\ny\n```\n````\n\n### C\n", [2]),
        ("```markdown\n## A\n```\n## B\n", []),
        ("```bash\n# one\n# two\n```\n", []),
        ("```bash\nmake\n\n## A\n\n```bash\nmake\n```\n", [1]),
        ("```bash\nmake\n```\n```\n\n## A\n\n```bash\nmake\n```\n", [4]),
        ("```\nx\n\n## A\n\nWords.\n", [1]),
        ("```\nx\n# A\n\n\n", []),
        ("## A\n\n```\nx\n", []),
        ("~~~markdown\n~~~text\nx\n~~~\n~~~\n\n## A\n", [1]),
        ("~~~markdown\n```text\n```\n## A\n~~~\n", []),
        ("```markdown\n~~~\n## A\n```\n", []),
        ("1. Do this:\n   ```bash\nmake\n   ```\n\n## A\n", [2]),
        ("1. Do this:\n   ```bash\n   make\n   ```\n\n## A\n", []),
        ("> ```markdown\n> ```suggestion\n> y\n> ```\n> ```\n> ## A\n> ```\n", [1]),
        ("```markdown\n```a`b\n## A\n```\n", []),
        ("```markdown\n```a\n~~~\n```\n```\n## A\n```\n", [1]),
        (NESTED + "\n### B\n```text\nz\n```\n## D\n```\nw\n```\n", [2]),
        (NESTED + "\n### B\n```md\n```x\n```\n", [2, 11]),
        (NESTED + "\n### B\n```bash\nmake", [2]),
    ],
)
def test_fences(text: str, found: list[int]) -> None:
    assert lines("fence-unbalanced", text) == found


def test_what_is_swallowed_is_named() -> None:
    (first, second) = messages(
        "fence-unbalanced", NESTED + "\n### B ###\n" + NESTED[6:] + "\n## C\n"
    )
    assert "```suggestion" in first
    assert first.endswith("swallows “B”")
    assert second.endswith("swallows “C”")
    (only,) = messages("fence-unbalanced", NESTED + "\n```bash\nmake\n```\n")
    assert only.endswith("the text that follows")


def test_fingerprints_keep_while_lines_move() -> None:
    def subjects(text: str) -> list[str]:
        return [hit.subject for hit in hits("fence-unbalanced", {LATEST: text})]

    assert subjects(NESTED + "\n## B\n") == subjects("Words.\n\n" + NESTED + "\n## B\n")
    assert subjects("```\n## A\n") == ["``` "]


# ---- deceptive text


@pytest.mark.parametrize(
    ("text", "escape"),
    [
        ("ACC\u200bEPTED", "U+200B"),
        ("a\u200cb", "U+200C"),
        ("a\u200db", "U+200D"),
        ("\u200db", "U+200D"),
        ("a\u2060b", "U+2060"),
        ("a\ufeffb", "U+FEFF"),
        ("a\u202eb", "U+202E"),
        ("a\u2066b", "U+2066"),
        ("a\u00adb", "U+00AD"),
        ("a\u200eb", "U+200E"),
        ("a\ufe0fb", "U+FE0F"),
        ("a\U000e0041b", "U+E0041"),
        ("a\u3164b", "U+3164"),
        ("a\x1b[2Jb", "U+001B"),
        ("\u200b", "U+200B"),
        ("word " * 20 + "|\u200b| " + "word " * 20, "U+200B"),
        ("```\nrm\u200b x\n```", "U+200B"),
        ("\u0410CCEPTED", "U+0410"),
        ("v\u043ete", "U+043E"),
        ("val\u03bfe", "U+03BF"),
        ("**Status**: \u0443\u0435\u0455", "U+0443"),
        ("\u041c3.4", "U+041C"),
        ("\uff21\uff23\uff23\uff25\uff30\uff34\uff25\uff24", "U+FF21"),
        ("\u041f\u0440\u0438\u0432\u0435\u0442, PR\u043e\u0431lem", "U+043E"),
    ],
)
def test_deceptive_characters(text: str, escape: str) -> None:
    (message,) = messages("text-deceptive", text)
    assert escape in message
    assert message.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "plain words\twith a tab",
        "\U0001f469\u200d\U0001f680 and \u2764\ufe0f and 1\ufe0f\u20e3 and \U0001f44d\U0001f3fd",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u05e9\u05dc\u05d5\u05dd\u200f (v1)",
        "\u0600\u0661",
        "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440",
        "\u043d\u043e\u0432\u044b\u0439 commit\u0430 \u0438 issue\u043c",
        "\u0393\u03b5\u03b9\u03ac, \u03bf \u03ba\u03cc\u03c3\u03bc\u03bf\u03c2",
        "10 \u00b5s, 5 \u03bcm, 20 k\u03a9, \u0394t, d\u2019accord, na\u00efve",
        "\ufb01le, \u2460, \u2122, \u00a0",
        "caf\u0065\u0301",
        "\u043d\u043e\u0432\u044b\u0439 \u0430\u0441\u0435",
        "```\nv\u043ete\n```",
        "`<!-- ACCEPTED -->` PROPOSED",
        "<!-- ACCEPTED -->",
        "<!--\n| M1 | ACCEPTED |\n-->",
        "See it. <!-- Hardcodes version -->",
        "| Status |\n|---|\n| Open | <!-- ceremony: ignore table-malformed: wide -->\n",
        "## Title <!-- omit in toc -->",
        "## Title <!-- {#own-id} -->",
        "| Status |\n|---|\n| <!-- nobody --> |\n",
        "| Notes |\n|---|\n| Words <!-- keep this row last --> |\n",
        "**Type**: Intake <!-- see the ceremony -->",
        "## Scope <!-- keep in sync with the wiki -->",
        "## Scope <!-- DOCTOC SKIP -->",
        "## Open Questions <!-- {#open-questions} -->",
        "## Rejected Proposals <!-- rejected proposals are never deleted -->",
        "See [it](x.md). <!-- markdown-link-check-disable-line -->",
        "Write to us. <!-- do not edit by hand -->",
        "Words <!-- signed --> here",
        "**Owner**: @a <!-- see the wiki -->",
        "**Owner**: @a <!-- mail a@b.example, or actions/checkout@v6 -->",
        "**Status**: ACCEPTED <!-- do not edit by hand -->",
        "**Status**: PROPOSED <!-- one of PROPOSED, ACCEPTED, or BLOCKED -->",
        "**Status**: PROPOSED <!-- PROPOSED/ACCEPTED/REJECTED -->",
        "**Status**: ACCEPTED <!-- ceremony: ignore state-rollup: accepted ahead of its items -->",
        "| ID | Status |\n|---|---|\n| M1 | <!-- was --> PROPOSED |\n",
        "## M1 <!-- really M2 -->",
        "<!-- <b hidden>x</b> --> words",
        "<details>\n<summary>More</summary>\n\nwords\n\n</details>",
        '<p align="center">words</p>',
        "```\n| M1 | <!-- ACCEPTED --> PROPOSED |\n```",
        "<!-- one --> words",
        "<!-- not closed",
    ],
)
def test_honest_text(text: str) -> None:
    assert messages("text-deceptive", text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("| ID | Status |\n|---|---|\n| M1 | <!-- was ACCEPTED --> PROPOSED |\n", 3),
        ("| ID | Note |\n|---|---|\n| M1 | <!-- ACCEPTED --> PROPOSED |\n", 3),
        ("| Owner |\n|---|\n| <!-- @lark --> TBD |\n", 3),
        ("**Status**: <!-- ACCEPTED --> PROPOSED", 1),
        ("**Status**: ACCEPTED <!-- todo: in truth REJECTED -->", 1),
        ("**Status**: ACCEPTED <!-- end: REJECTED by the board -->", 1),
        ("**Status**: ACCEPTED <!-- rejected by the board -->", 1),
        ("**Status**: ACCEPTED <!-- PROPOSED, ACCEPTED, BLOCKED; in truth REJECTED -->", 1),
        ("- **Approval**: see below <!-- lgtm by the bot -->", 1),
        ("<!-- REJECTED --> **Status**: ACCEPTED", 1),
        ("**Owner**: @a <!-- ask @b -->", 1),
        ("## M1 <!-- in truth REJECTED -->", 1),
        ("## M1 <!-- accepted -->", 1),
        ("## Hull <!-- @lark -->", 1),
        ("- All are <!-- not --> ACCEPTED", 1),
        ("- [ ] <!-- [x] --> Signed off", 1),
        ("<!-- ACCEPTED --> PROPOSED", 1),
        ('<span style="display: none">not</span> ACCEPTED', 1),
        ("words <b hidden>not</b> ACCEPTED", 1),
        ("<p>\n<i style='font-size:0'>x</i></p>", 2),
        ("words\n\n<!-- begin\n\n## Hidden\n\nwords\n", 3),
    ],
)
def test_hidden_words(text: str, line: int) -> None:
    assert lines("text-deceptive", text) == [line]


def test_what_cannot_be_seen_is_written_out_in_one_way() -> None:
    (message,) = messages("text-deceptive", "ACC\u200bEPTED")
    assert message == (
        "The invisible character U+200B (zero width space) stands in “ACC<U+200B>EPTED”"
    )


def test_frozen_documents_deceive_too() -> None:
    assert lines("text-deceptive", "# X\n\nACC\u200bEPTED\n", "MILESTONES.v1.0.0-alpha.md") == [3]


# ---- branches


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        (LATEST, "`latest`", False),
        (LATEST, "latest (must pass)", False),
        (LATEST, "the latest branch", False),
        (LATEST, "`refs/heads/latest`", False),
        (LATEST, "`main` -> `latest`", False),
        (LATEST, "<branch>", False),
        (LATEST, "`v*-*`", False),
        (LATEST, "TBD", False),
        (LATEST, "`main`", True),
        (MAIN, "develop", True),
        ("MILESTONES.v1.0.0-alpha.md", "`v1.0.0-alpha`", False),
        ("MILESTONES.v1.0.0-alpha.md", "v1.0-alpha", True),
        ("MILESTONES.v1.md", "main", False),
        ("GOVERNANCE.md", "`v1`", False),
    ],
)
def test_branches(name: str, value: str, *, found: bool) -> None:
    text = f"# X\n\n**Branch**: {value}\n"
    assert lines("document-branch-mismatch", text, name) == ([3] if found else [])
    assert lines("document-branch-mismatch", "# X\n", name) == []


def test_configured_branches() -> None:
    facts = project({LATEST: "# X\n\n**Branch**: `stable`\n"})
    facts = replace(facts, layout=Layout(latest_branch="stable"))
    assert run("document-branch-mismatch", facts) == []


# ---- time

RULES_HERE = (
    "document-missing",
    "section-missing",
    "metadata-missing",
    "table-malformed",
    "status-column-mislabelled",
    "fence-unbalanced",
    "text-deceptive",
    "document-branch-mismatch",
)


@pytest.mark.parametrize(
    "unit",
    [
        "<!--",
        "`",
        "``` ",
        "|",
        "| a ",
        "\u200e",
        "\u05d0\u200f",
        "v\u043ete ",
        "commit\u0430 ",
        "<a style=",
        "<a hidden",
        "# ",
        "\n```md\n```x",
        "\n## Scope",
        "   ",
        "[a](",
        "*",
        "\\",
        "\n| `a | b` |",
        "-",
        " -",
        "\n|---|",
        "_",
        "\ufeff",
    ],
)
def test_linear(unit: str) -> None:
    def work(text: str) -> Callable[[], object]:
        facts = project({LATEST: text})
        checks = [check for rule in RULES_HERE if (check := RULES[rule].check)]
        assert len(checks) == len(RULES_HERE)
        return lambda: [list(check(facts)) for check in checks]

    assert_linear(lambda n: "# X\n\n" + unit * n + "x\n", work, 60_000)
