"""Whatever the documents hold: an answer, no crash, and findings that lie inside their files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from markdown_it import MarkdownIt

from ceremony.config import read as read_config
from ceremony.discovery import kind_of
from ceremony.documents import read
from ceremony.model import Document, Finding, InputError, Kind, Text
from ceremony.rules.audit import names, run
from ceremony.rules.audit.ignores import apply, ignores
from ceremony.rules.audit.outcome import fingerprints
from ceremony.rules.audit.registry import Project, Tree

EXAMPLES = Path(__file__).parent.parent / "examples" / "project"
SAMPLE = {path.name: path.read_bytes() for path in sorted(EXAMPLES.glob("*.md"))}

PIECES = st.sampled_from(
    [
        "# A",
        "## M1: X",
        "### M1.1: Y",
        "## Blocker Registry",
        "## In Scope",
        "### PROP-1: Z",
        "## Item Statuses",
        "## Signatories",
        "## Version Cut Readiness",
        "| ID | Deliverable | Status |",
        "|---|---|---|",
        "| M1.1 | a | `ACCEPTED` |",
        "| B1 | M1 | b | TBD | Open |",
        "| a |",
        "|-|",
        "**Status**: `BLOCKED`",
        "**Owner**: @a",
        "**Target**: v1.0.0-alpha",
        "**K**:",
        "---",
        "===",
        "- [ ] B1 is resolved",
        "- [x] c",
        "- a",
        "1. b",
        "> q",
        "```",
        "````markdown",
        "~~~",
        "",
        "    code",
        "<!-- ceremony: ignore state-missing: why -->",
        "<!-- ceremony: ignore -->",
        "<!--",
        "-->",
        "<div>",
        "[a](b.md#c)",
        "[a]: b",
        "see M1.1-M1.9 and B1",
        "`x|y`",
        "\\|",
        "MILESTONES.v1.0.0-alpha.md",
        "&amp;",
        "\t",
        "\u200b",
        "v\u043ete",
        "\u202e",
        "**",
        "`",
        "4/9",
        "~10",
    ]
)
WORDS = st.text(
    st.sampled_from(list("ab `*_~[]()<>!&|\\#-.:;\"'@1 \n\té日\u200b\u2028🚀\x0b")),
    max_size=60,
)
LINES = st.lists(st.one_of(PIECES, WORDS, st.text(max_size=20)), max_size=40).map("\n".join)
NAMES = st.sampled_from(
    [
        "MILESTONES.latest.md",
        "MILESTONES.main.md",
        "MILESTONES_CEREMONY.md",
        "GOVERNANCE.md",
        "CONTRIBUTORS.md",
        "REVIEWERS.md",
        "MILESTONES.v1.0.0-alpha.md",
        "MILESTONES.vnext.md",
        "CODE_OF_CONDUCT.md",
        "roadmap.md",
        "notes.md",
    ]
)


@st.composite
def mutated(draw: DrawFn) -> dict[str, bytes]:
    """The sample project with some bytes of some documents changed, cut, doubled or moved."""
    files = dict(SAMPLE)
    for name in draw(st.lists(st.sampled_from(sorted(files)), min_size=1, max_size=3)):
        data = files[name]
        for _ in range(draw(st.integers(1, 4))):
            start = draw(st.integers(0, len(data)))
            end = min(len(data), start + draw(st.integers(0, 400)))
            change = draw(st.integers(0, 4))
            if change == 0:
                data = data[:start] + data[end:]
            elif change == 1:
                data = data[:end] + data[start:end] + data[end:]
            elif change == 2:
                data = data[:start] + draw(WORDS).encode() + data[start:]
            elif change == 3:
                data = data[:start] + b"\n" + draw(PIECES).encode() + b"\n" + data[start:]
            else:
                data = data[:start] + draw(st.binary(max_size=3)) + data[start:]
        files[name] = data
    return files


def projects(content: SearchStrategy[bytes]) -> SearchStrategy[dict[str, bytes]]:
    return st.dictionaries(NAMES, content, min_size=1, max_size=4)


def project(files: dict[str, bytes]) -> Project:
    documents = []
    for path, data in sorted(files.items()):
        kind, version = kind_of(path)
        documents.append(read(path, data, kind=kind, version=version))
    known = names(documents)
    return Project(
        documents=tuple(documents),
        tree=Tree(files=frozenset(files) & known, workflows={"a.yml": "on: push\n"}),
    )


def findings(of: Project) -> tuple[Finding, ...]:
    found, _ = run(of, severities={})
    kept, ignored = apply(found, ignores(of.living))
    assert len(kept) + ignored == len(found)
    return found


def facts(document: Document) -> tuple[object, ...]:
    """Everything that a document says."""
    return (
        document.lines,
        document.metadata,
        document.header_end,
        document.sections,
        document.faults,
    )


def lines_of(data: bytes) -> int:
    """How many lines an editor shows."""
    return len(re.split(rb"\r\n|\r|\n", data))


def check(files: dict[str, bytes]) -> None:
    for found in findings(project(files)):
        for place in (found.place, *found.related):
            if place.file in files:
                most = lines_of(files[place.file])
                assert 1 <= place.line <= most, found
                assert place.column >= 1, found
                assert place.end_line is None or place.line <= place.end_line <= most, found
        assert found.message, found
        assert found.help, found


SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SLOW
@given(
    projects(
        st.one_of(
            st.binary(max_size=300),
            st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")),
        )
    )
)
def test_arbitrary_bytes_and_text_are_judged(files: dict[str, bytes]) -> None:
    check(files)


@SLOW
@given(projects(LINES.map(lambda text: text.encode("utf-8", "replace"))))
def test_arbitrary_markdown_is_judged(files: dict[str, bytes]) -> None:
    check(files)


@SLOW
@given(mutated())
def test_mutated_documents_are_judged(files: dict[str, bytes]) -> None:
    check(files)


# ---------------------------------------------------------------------------- the reader


def _plainly(content: str) -> list[Text]:
    """Each text of a document that is one paragraph, read by the parser alone."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(content)
    (inline,) = [token for token in tokens if token.type == "inline"]
    plain, codes = [""], [list[str]()]
    for token in inline.children or ():
        if token.type in {"softbreak", "hardbreak"}:
            plain.append("")
            codes.append([])
        elif token.type in {"text", "code_inline", "text_special"}:
            plain[-1] += token.content
            codes[-1] += [token.content] if token.type == "code_inline" else []
    return [
        Text(raw="", plain=words.strip(), line=0, codes=tuple(spans))
        for words, spans in zip(plain, codes, strict=True)
    ]


INLINE_WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "a",
                "b ",
                " c",
                "**",
                "*",
                "`",
                "``",
                "_",
                "~",
                "~~",
                "<",
                ">",
                "&",
                "&amp;",
                "&#65;",
                "!",
                "[x]",
                ".",
                "1",
                "-",
                "\\",
                ":",
                "é",
                "(",
                " ",
                "  ",
                "**bold**",
                "`code`",
                "` `",
                "`  a `",
                "**a b**",
                "**1**",
                "**a**b",
                "a**b**",
                "**é.**",
                "日",
                "\u00a0",
                "\t",
                "\x0b",
                "\u2028",
                "🚀",
                "M1.1",
                "</a>",
                "<?",
                "_a_",
            ]
        ),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    min_size=1,
    max_size=14,
).map("".join)


@settings(max_examples=500, deadline=None)
@given(st.lists(INLINE_WORDS, min_size=1, max_size=3))
def test_what_is_read_quickly_reads_as_the_parser_reads(lines: list[str]) -> None:
    content = "a" + "\nb".join(lines) + "c"
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(content)
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return
    if any(
        child.type in {"link_open", "image", "html_inline"} for child in tokens[1].children or ()
    ):
        return
    texts = [text for _, text in read("X.md", content, kind=Kind.OTHER).texts()]
    assert [(t.plain.strip(), t.codes) for t in texts] == [
        (t.plain, t.codes) for t in _plainly(content)
    ]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), LINES.map(lambda text: text.encode("utf-8", "replace"))))
def test_blocks_and_texts_lie_inside_the_document(data: bytes) -> None:
    document: Document = read("X.md", data, kind=Kind.OTHER)
    most = len(document.lines)
    assert document.sections
    assert document.sections[0].level == 0
    for section in document.sections:
        assert 1 <= section.line <= section.end_line <= most
        for block in section.blocks:
            assert section.line <= block.line <= block.end_line <= section.end_line
    previous = 0
    for _, text in document.texts():
        assert previous <= text.line <= most
        previous = text.line
    slugs = [section.slug for section in document.sections[1:]]
    assert len(slugs) == len(set(slugs))
    for fault in document.faults:
        assert 1 <= fault.line <= lines_of(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(sorted(SAMPLE)), min_size=1, max_size=4), st.integers(0, 10**6))
def test_a_document_reads_the_same_with_every_end_of_line(chosen: list[str], seed: int) -> None:
    for name in chosen:
        text = SAMPLE[name].decode()
        end = ("\r\n", "\r")[seed % 2]
        one = read(name, text, kind=Kind.OTHER)
        other = read(name, text.replace("\n", end), kind=Kind.OTHER)
        assert facts(one) == facts(other)


HEADS = st.lists(
    st.sampled_from(
        [
            "# MILESTONES - v1.0.0-alpha",
            "**Frozen**: 2026-01-02",
            "**From**: [latest](L.md)",
            "**K**: [x]",
            "**K**: `a",
            "**K**: <!--",
            "**K**: a`b",
            "",
            "",
            "---",
            "--- ",
            "===",
            "[x]: y.md",
            "text",
            "```",
            "## A",
            "> q",
            "- a",
            "    code",
            "|a|",
            "|-|",
            '**K**: [a](b"c',
            "**K**: *a",
            "# B",
            "**a",
            "b**: c",
        ]
    ),
    max_size=10,
).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(HEADS, LINES)
def test_a_frozen_document_says_the_same_read_in_two_parts(head: str, rest: str) -> None:
    text = f"{head}\n{rest}"
    parts, whole = (read("X.md", text, kind=kind) for kind in (Kind.FROZEN, Kind.OTHER))
    assert facts(parts) == facts(whole)


# ---------------------------------------------------------------------------- fingerprints


BAD = """\
# MILESTONES - Latest

## Governance Milestones

### M1: Shelves

**Status**: `ACCEPTED`
**Owner**: TBD

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M1.1 | Wood | `FINE` | [cut](nowhere.md) |
| M1.2 | Nails |  | - |

## Blocker Registry

| ID | Section | Blocker | Owner | Status |
|----|---------|---------|-------|--------|
| B1 | M9.9 | No wood | TBD | Waiting |
"""


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 3, 5, 9, 13, 15]),
            st.sampled_from(
                ["", "\n", "Words about something else entirely.\n", "<!-- a remark -->\n"]
            ),
        ),
        max_size=6,
    )
)
def test_fingerprints_stay_when_lines_move(inserted: list[tuple[int, str]]) -> None:
    lines = BAD.split("\n")
    for place, words in sorted(inserted, reverse=True):
        # `place` counts lines before it; all of them end a block.
        lines[place:place] = ["", *words.split("\n"), ""]
    name = "MILESTONES.latest.md"
    before = findings(project({name: BAD.encode()}))
    after = findings(project({name: "\n".join(lines).encode()}))
    assert len(before) > 8
    assert Counter(fingerprints(before)) == Counter(fingerprints(after))
    assert len(set(fingerprints(before))) == len(before)


# ---------------------------------------------------------------------------- the configuration


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.sampled_from(
                [
                    "documents:",
                    "  home: a",
                    "branches:",
                    "rules:",
                    "  state-missing: off",
                    "  - x",
                    "---",
                    "- ",
                    "&a",
                    "*a",
                    "{",
                    "}",
                    "[",
                    "]",
                    "? ",
                    ": ",
                    "|",
                    ">",
                    "'",
                    '"',
                    "!!str",
                    "<<:",
                    "%YAML 1.1",
                    "\t",
                    "#",
                ]
            ),
            max_size=12,
        ).map(lambda parts: "\n".join(parts).encode()),
    )
)
def test_any_configuration_is_read_or_refused_with_its_line(data: bytes) -> None:
    refused = None
    try:
        read_config(data)
    except InputError as error:
        refused = error
    if refused is not None:
        assert refused.file == ".github/ceremony.yml"
        assert refused.line is not None
        assert 1 <= refused.line <= lines_of(data)


def test_the_sample_is_what_is_mutated() -> None:
    assert len(SAMPLE) >= 6
