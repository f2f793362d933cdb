"""Freezing keeps every byte; the reset moves what was agreed out, and leaves everything else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ceremony.discovery import kind_of
from ceremony.documents import read
from ceremony.model import InputError, Kind, Stage, Version
from ceremony.rules.audit import run
from ceremony.rules.audit.registry import Project, Tree
from ceremony.rules.criteria import Verdict
from ceremony.rules.cut import CutDecision, Facts, decide
from ceremony.rules.freeze import Header, Reset, Source, freeze, reset

LATEST, MAIN = "MILESTONES.latest.md", "MILESTONES.main.md"
DAY = dt.date(2026, 1, 20)
ALPHA = Version(1, 0, 0, Stage.ALPHA)
EXAMPLE = Path(__file__).parents[2] / "examples" / "project"


def latest(text: str) -> Source:
    return Source.of(LATEST, text.encode(), kind=Kind.LATEST)


def main(text: str) -> Source:
    return Source.of(MAIN, text.encode(), kind=Kind.MAIN)


def header(version: Version = ALPHA, **more: object) -> Header:
    given: dict[str, object] = {"ceremony": "c" * 40, "signatories": ("@wren", "@lark"), **more}
    return Header(version=version, date=DAY, commit="a" * 40, blob="b" * 40, **given)  # type: ignore[arg-type]


# ---------------------------------------------------------------------------- freeze

TEXT = "# MILESTONES - Latest\n\n**Branch**: `latest`\n\n---\n\n## Scope\n\nAll of it.\n"


def test_the_header_says_what_is_frozen() -> None:
    frozen = freeze(latest(TEXT), header())
    assert frozen == (
        "# MILESTONES - v1.0.0-alpha\n"
        "\n"
        "**Type**: Frozen\n"
        "**Version**: v1.0.0-alpha\n"
        "**Stage**: alpha\n"
        "**Status**: ACCEPTED\n"
        "**Branch**: `v1.0.0-alpha`\n"
        "**Date**: 2026-01-20\n"
        f"**Source Commit**: `{'a' * 40}`\n"
        f"**Source Blob**: `{'b' * 40}`\n"
        f"**Ceremony**: [MILESTONES_CEREMONY.md](./MILESTONES_CEREMONY.md) `{'c' * 40}`\n"
        "**Signatories**: @wren, @lark\n"
        "\n"
        "---\n\n## Scope\n\nAll of it.\n"
    )


def test_a_stage_s_header_says_where_it_came_from() -> None:
    beta = Version(1, 0, 0, Stage.BETA)
    words = "Two choirs\nasked for <b>ropes</b> and [more](x)"
    made = header(beta, origin=ALPHA, feedback=words, ceremony="", signatories=())
    frozen = freeze(latest(freeze(latest(TEXT), header())), made)
    document = read(beta.document, frozen, kind=Kind.FROZEN, version=beta)
    told = {field.key: field.value.plain for field in document.metadata}
    assert told["Promoted From"] == "v1.0.0-alpha"
    assert told["Feedback"] == "Two choirs asked for <b>ropes</b> and [more](x)"
    assert told["Signatories"] == "none named"
    assert "Ceremony" not in told
    assert frozen.endswith("\n---\n\n## Scope\n\nAll of it.\n")
    assert frozen.count("# MILESTONES") == 1


def test_front_matter_belongs_to_the_header() -> None:
    frozen = freeze(latest(f"---\nversion: 3\n---\n{TEXT}"), header())
    assert "version: 3" not in frozen
    assert frozen.endswith("\n---\n\n## Scope\n\nAll of it.\n")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_endings_and_the_mark_stay(newline: str, mark: str) -> None:
    text = mark + TEXT.replace("\n", newline) + "trailing  \t" + newline * 2
    frozen = freeze(latest(text), header())
    assert frozen.startswith(f"{mark}# MILESTONES - v1.0.0-alpha{newline}{newline}**Type**")
    assert frozen.endswith(text[text.index("---") :])
    assert frozen.count("\ufeff") == len(mark)
    assert newline == "\n" or "\n" not in frozen.replace(newline, "")


def test_a_text_that_starts_with_the_line_has_no_header() -> None:
    assert freeze(latest("\ufeff***"), header()).endswith("@lark\n\n***")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("# A\n\n## Scope\n", 1, "has no line ---"),
        ("", 1, "has no line ---"),
        ("# A\n\n---\0", 1, "NUL"),
        ("# A\n\n**B**: c\n\n## Scope\n\nIn.\n\n---\n\n## More\n", 5, "“Scope” stands above"),
        ("## Scope\n\nIn.\n\n---\n", 1, "“Scope” stands above"),
        ("# A\n\n# B\n\n---\n", 3, "“B” stands above"),
        ("# A\n\n> ---\n\n## Scope\n", 3, "in a list or a quote"),
        ("# A\n\n- a\n\n      ---\n\n## Scope\n", 1, "has no line ---"),
        ("# A\n\n1.  a\n\n    ---\n\n## Scope\n", 5, "in a list or a quote"),
    ],
)
def test_what_would_be_lost_is_not_frozen(text: str, line: int, says: str) -> None:
    with pytest.raises(InputError, match="cannot be frozen") as caught:
        freeze(latest(text), header())
    assert says in caught.value.message
    assert (caught.value.file, caught.value.line) == (LATEST, line)


def test_what_is_no_text_is_not_frozen() -> None:
    source = Source.of(LATEST, b"# A\n\n---\n\xff", kind=Kind.LATEST)
    with pytest.raises(InputError, match="is not UTF-8 text"):
        freeze(source, header())


@pytest.mark.parametrize("words", ["\u200bTwo choirs", "Two\x1b choirs", "\u202eTwo"])
def test_feedback_holds_nothing_that_hides(words: str) -> None:
    with pytest.raises(InputError, match=r"invisible character U\+"):
        freeze(latest(TEXT), header(feedback=words))


PIECES = st.lists(
    st.sampled_from(
        [
            *("# A", "## B", "**K**: v", "---", "***", "> ---", "- a", "    ---", "", "", "x"),
            *("```", "---\nv: 1\n---", "<!--", "-->", "| a |\n|--|\n| b |", "Set\n---"),
            *("\ufeff", "\u2028"),
        ]
    ),
    max_size=14,
)
STEADY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@STEADY
@given(lines=PIECES, newline=st.sampled_from(["\n", "\r\n", "\r"]), mark=st.booleans())
def test_freezing_keeps_every_byte_below_the_header(
    lines: list[str],
    newline: str,
    mark: bool,  # noqa: FBT001 -- hypothesis gives it by name
) -> None:
    text = "\ufeff" * mark + "# A\n\n" + "\n".join(lines)
    source = latest(text.replace("\n", newline))
    try:
        frozen = freeze(source, header())
    except InputError:
        return
    line = source.document.header_end or 0
    kept = newline.join(text.split("\n")[line - 1 :])
    assert frozen.endswith(f"{newline}{newline}{kept}")
    document = read(ALPHA.document, frozen, kind=Kind.FROZEN, version=ALPHA)
    assert document.header_end == 14
    assert document.lines[13:] == source.document.lines[line - 1 :]
    assert [field.key for field in document.metadata][:3] == ["Type", "Version", "Stage"]


# ---------------------------------------------------------------------------- the sample project


def ready() -> dict[str, bytes]:
    """The sample project, its last blocker settled."""
    texts = {path.name: path.read_bytes() for path in sorted(EXAMPLE.glob("*.md"))}
    for old, new in (
        ("| Open | Decision asked of all maintainers on 2026-01-05 |", "| Resolved | Done |"),
        ("M5.2 | macOS Image | `BLOCKED`", "M5.2 | macOS Image | `ACCEPTED`"),
        ("**Status**: `BLOCKED`", "**Status**: `ACCEPTED`"),
        ("- [ ] Every", "- [x] Every"),
        ("3/10 accepted, 1/10 blocked", "4/10 accepted"),
    ):
        assert old.encode() in texts[LATEST]
        texts[LATEST] = texts[LATEST].replace(old.encode(), new.encode())
    return texts


def project(texts: dict[str, bytes]) -> Project:
    documents = []
    for name, data in sorted(texts.items()):
        kind, version = kind_of(name)
        documents.append(read(name, data, kind=kind, version=version))
    paths = [path.relative_to(EXAMPLE) for path in EXAMPLE.rglob("*")]
    files = {path.as_posix() for path in paths if (EXAMPLE / path).is_file()} | set(texts)
    folders = {path.as_posix() for path in paths if (EXAMPLE / path).is_dir()}
    tree = Tree(files=frozenset(files), folders=frozenset(folders))
    return Project(documents=tuple(documents), tree=tree, as_of=DAY)


def decided(texts: dict[str, bytes], version: Version) -> CutDecision:
    return decide(
        Facts(
            project=project(texts),
            version=version,
            today=DAY,
            known=frozenset({Version(0, 1, 0, Stage.ALPHA)}),
            latest_exists=True,
        )
    )


def test_the_frozen_sample_passes_the_audit() -> None:
    texts = ready()
    assert run(project(texts), severities={})[0] == ()
    version = Version(0, 2, 0, Stage.ALPHA)
    decision = decided(texts, version)
    assert decision.verdict is Verdict.GO
    source = Source.of(LATEST, texts[LATEST], kind=Kind.LATEST)
    frozen = freeze(source, header(version, signatories=decision.signatories))
    texts[version.document] = frozen.encode()
    assert run(project(texts), severities={})[0] == ()
    assert decided(texts, version).is_done


def test_every_stage_of_the_sample_passes_the_audit() -> None:
    texts = ready()
    source = Source.of(LATEST, texts[LATEST], kind=Kind.LATEST)
    origin = None
    for name in ("v0.2.0-alpha", "v0.2.0-beta", "v0.2.0-stable", "v0.2.0-patch", "v0.2.1-patch"):
        version = Version.parse(name)
        feedback = "Two clubs asked for finer grids" if version.stage is Stage.BETA else ""
        data = freeze(source, header(version, origin=origin, feedback=feedback)).encode()
        texts[version.document] = data
        assert run(project(texts), severities={})[0] == ()
        source = Source.of(version.document, data, kind=Kind.FROZEN, version=version)
        origin = version


def test_the_reset_sample_has_only_a_scope_and_signatures_to_fill_in() -> None:
    texts = ready()
    version = Version(0, 2, 0, Stage.ALPHA)
    decision = decided(texts, version)
    before, intake = (
        Source.of(LATEST, texts[LATEST], kind=Kind.LATEST),
        Source.of(MAIN, texts[MAIN], kind=Kind.MAIN),
    )
    done = reset(before, intake, decision)
    texts[version.document] = freeze(before, header(version)).encode()
    texts[LATEST], texts[MAIN] = done.latest.encode(), done.main.encode()
    found = {
        (finding.rule, finding.place.file) for finding in run(project(texts), severities={})[0]
    }
    assert found == {("scope-undefined", LATEST), ("signatory-unsigned", LATEST)}
    assert done.proposals == {"M4.4": "PROP-8"}
    assert "| B4 | PROP-8 | No agreed host" in done.latest
    assert "B5 |" not in done.latest
    assert "### M" not in done.latest
    assert [mention.words for mention in done.mentions] == [
        "Of 10 deliverables, 5/10 are complete, 4/10 accepted and 1/10 deferred.",
        "1. Settle every blocker that is still open: B5.",
    ]
    for mention in done.mentions:
        assert mention.words in done.latest.split("\n")[mention.line - 1]
    again = reset(latest(done.latest), main(done.main), decision)
    assert (again.latest, again.main, again.edits) == (done.latest, done.main, ())


# ---------------------------------------------------------------------------- reset

PLAN = """# MILESTONES - Latest

**Branch**: `latest`
**Last Updated**: 2025-12-01

---

## In Scope

- M1: the tower
- M2: the school
- Everything else that rings

## Out of Scope

- Carillon: no money

## M1: Tower

**Status**: `ACCEPTED`
**Owner**: @wren

### Deliverables

| ID | Deliverable | Status | Acceptance Test |
|----|-------------|--------|-----------------|
| M1.1 | Frame \\| survey | `ACCEPTED` | Signed off |
| M1.2 | Rope fund | DEFERRED (no funds before May) | Two sets |

### M1.1: The Frame

**Status**: `ACCEPTED`

### Sign-Off

| Maintainer | Status |
|------------|--------|
| @wren | Signed |

### Blockers

| ID | Blocker | Owner |
|----|---------|-------|
| B-M1.2 | No donor was found | @wren |

## M2: School

**Status**: `DEFERRED`
**Owner**: TBD
**Rationale**: Both teachers moved away.

## M3: Choir

**Status**: `ACCEPTED`
**Owner**: @lark
**Target**: v2.0.0

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M3.1 | Songs | `DEFERRED` | Twelve |

## M4: Garden

**Status**: `ACCEPTED`
**Owner**: @lark

| ID | Deliverable | Status | Acceptance Criteria | Target |
|----|-------------|--------|---------------------|--------|
| M4.1 | Hedge | `ACCEPTED` | Cut | v1.0.0 |
| M4.2 | Pond | `ACCEPTED` | Dug | v2.0.0 |
| M4.3 | Bench | `DEFERRED` | Deferred until we have wood | - |
| M4.4 | Gate | `DEFERRED` | - | - |

### M4.1: The Hedge

**Status**: `ACCEPTED`

## Blocker Registry

| ID | Milestone | Blocker | Owner | Status | Type |
|----|-----------|---------|-------|--------|------|
| B1 | M1.1 | No engineer | @wren | Resolved | People |
| B2 | M2 | No teacher \\| room | TBD | Deferred | People |
| B3 | M3.1 | No songs | @lark | Open | People |
| B4 | M4.4 | No smith | @lark | Deferred | People |
| B5 | M1.1, M4.1 | The council has a say | @lark | Deferred | Outside |
| B6 | - | The name is disputed | @lark | Accepted | Outside |
| B7 | M9 | Gone long ago | @lark | Rejected | Outside |

## Signatories

| Maintainer | Date | Status |
|------------|------|--------|
| @wren | 2025-12-01 | Signed |
| @lark | TBD | Pending |
| @finch | TBD | Signed |

## Version Cut Readiness

- [x] Everyone agrees
- [ ] Two boxes are open

## Changelog

| Date | Change |
|------|--------|
| 2025-10-01 | Written |
| 2025-12-01 | M1 signed |
"""
INTAKE = """# MILESTONES - Main

**Branch**: `main`

---

## Active Proposals

*No active proposals yet.*

---

## Graduated Proposals

| ID | Title |
|----|-------|
| PROP-4 | Tower |
"""


def decision_on(text: str, version: Version = ALPHA) -> CutDecision:
    document = latest(text).document
    return decide(
        Facts(project=Project(documents=(document,)), version=version, today=DAY)
    )._replace(signatories=("@wren",))


def did(text: str = PLAN, intake: str | None = INTAKE, version: Version = ALPHA) -> Reset:
    source = main(intake) if intake is not None else None
    return reset(latest(text), source, decision_on(text, version))


def test_what_was_agreed_moves_out_and_what_is_for_later_stays() -> None:
    done = did()
    assert "M1: Tower" not in done.latest
    assert "M2: School" not in done.latest
    assert "## M3: Choir" in done.latest
    assert "| M3.1 | Songs | `DEFERRED` | Twelve |" in done.latest
    assert "| M4.1 | Hedge" not in done.latest
    assert "### M4.1" not in done.latest
    assert "| M4.2 | Pond" in done.latest
    assert "M1: the tower" not in done.latest
    assert "Everything else that rings" in done.latest
    assert "Carillon" in done.latest


def test_what_was_deferred_becomes_a_proposal() -> None:
    done = did()
    assert done.proposals == {
        "M1.2": "PROP-5",
        "M2": "PROP-6",
        "M4.3": "PROP-7",
        "M4.4": "PROP-8",
    }
    assert "No active proposals" not in done.main
    for line in (
        "### PROP-5: Rope fund",
        "**Proposed**: 2026-01-20",
        "**Status**: DEFERRED",
        "**Origin**: M1.2, deferred in v1.0.0-alpha",
        "**Rationale**: Deferred at the cut of v1.0.0-alpha: no funds before May",
        "- [ ] Two sets",
        "Blocked by B-M1.2.",
        "### PROP-6: School",
        "**Author**: @wren",
        "**Rationale**: Deferred at the cut of v1.0.0-alpha: Both teachers moved away.",
        "- [ ] School is agreed",
        "**Rationale**: Deferred at the cut of v1.0.0-alpha: Deferred until we have wood",
        "**Rationale**: Deferred at the cut of v1.0.0-alpha: No smith",
        "- [ ] M4.4 Gate is agreed",
    ):
        assert line in done.main.split("\n"), line
    assert done.main.index("PROP-8") < done.main.index("## Graduated")
    texts = {MAIN: done.main.encode(), LATEST: done.latest.encode()}
    texts[ALPHA.document] = freeze(latest(PLAN), header()).encode()
    found = [f for f in run(project(texts), severities={})[0] if f.place.file == MAIN]
    assert not [f for f in found if f.rule.startswith(("proposal-", "rationale-", "table-"))]


def test_blockers_that_wait_stay_and_point_at_what_became_of_it() -> None:
    rows = [line for line in did().latest.split("\n") if line.startswith("| B")]
    assert rows == [
        "| B2 | PROP-6 | No teacher \\| room | TBD | Deferred | People |",
        "| B3 | M3.1 | No songs | @lark | Open | People |",
        "| B4 | PROP-8 | No smith | @lark | Deferred | People |",
        "| B5 | frozen in v1.0.0-alpha | The council has a say | @lark | Deferred | Outside |",
        "| B-M1.2 | PROP-5 | No donor was found | @wren | Open | - |",
    ]


def test_signatures_and_ticks_are_cleared_and_the_records_kept() -> None:
    lines = did().latest.split("\n")
    assert "| @wren | TBD | Pending |" in lines
    assert "| @lark | TBD | Pending |" in lines
    assert "| @finch | TBD | Pending |" in lines
    assert "- [ ] Everyone agrees" in lines
    assert "**Last Updated**: 2026-01-20" in lines
    assert lines[lines.index("| 2025-12-01 | M1 signed |") + 1] == (
        "| 2026-01-20 | Reset after the cut of v1.0.0-alpha |"
    )


def test_every_edit_is_shown() -> None:
    done = did()
    assert "@@ MILESTONES.latest.md:4 the document changed" in done.shown
    assert "-| @wren | 2025-12-01 | Signed |\n" in done.shown
    assert "+| @wren | TBD | Pending |\n" in done.shown
    removed = [line for edit in done.edits if edit.file == LATEST for line in edit.removed]
    added = [line for edit in done.edits if edit.file == LATEST for line in edit.added]
    counted = len(PLAN.split("\n")) - len(removed) + len(added)
    assert len(done.latest.split("\n")) == counted
    for edit in done.edits:
        old = (PLAN if edit.file == LATEST else INTAKE).split("\n")
        start = edit.line - 1
        assert tuple(old[start : start + len(edit.removed)]) == edit.removed or not edit.removed


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_the_reset_keeps_bytes_that_are_not_its_own(newline: str, mark: str, end: str) -> None:
    text = mark + (PLAN.rstrip("\n") + end).replace("\n", newline)
    intake = INTAKE.replace("\n", newline)
    done = did(text, intake)
    assert done.latest.startswith(f"{mark}# MILESTONES - Latest{newline}{newline}**Branch**")
    assert done.latest.endswith(f"v1.0.0-alpha |{newline if end else ''}")
    for made in (done.latest, done.main):
        assert "\n" not in made.replace(newline, "")
    assert (
        done.latest.removeprefix(mark).replace(newline, "\n") == did().latest[: None if end else -1]
    )


def test_a_second_reset_is_none() -> None:
    once = did()
    twice = reset(latest(once.latest), main(once.main), decision_on(PLAN))
    assert (twice.latest, twice.main, twice.edits) == (once.latest, once.main, ())
    assert twice.mentions == ()


def test_a_reset_of_latest_alone_makes_no_proposal_twice() -> None:
    done = reset(latest(PLAN), main(did().main), decision_on(PLAN))
    assert done.main == did().main
    assert done.latest.count("PROP-") == 0


def test_the_last_milestone_leaves_a_place_for_the_next() -> None:
    text = PLAN[: PLAN.index("## M3")] + PLAN[PLAN.index("## Blocker Registry") :]
    done = did(text)
    assert (
        "## Governance Milestones\n\nNothing is agreed for the next version yet.\n" in done.latest
    )
    assert "Everything else that rings" not in done.latest
    sections = read(LATEST, done.latest, kind=Kind.LATEST).sections
    assert [section.name for section in sections if section.level == 2] == [
        "In Scope",
        "Out of Scope",
        "Governance Milestones",
        "Blocker Registry",
        "Signatories",
        "Version Cut Readiness",
        "Changelog",
    ]


@pytest.mark.parametrize("intake", [None, "# Main\n\n---\n\n## Graduated Proposals\n"])
def test_what_is_deferred_needs_a_place_to_go(intake: str | None) -> None:
    with pytest.raises(InputError, match=r"M1\.2 is deferred .* “## Active Proposals”") as caught:
        did(PLAN, intake)
    assert caught.value.file == (MAIN if intake else None)


AGREED = """# Latest

---

## Milestones

### M1: Tower

**Status**: `ACCEPTED`
"""


def test_without_anything_deferred_main_stays_as_it_is() -> None:
    assert did(AGREED, None).main == ""
    assert did(AGREED).main == INTAKE
    assert did(AGREED).latest == "# Latest\n\n---\n\n## Milestones\n"


def test_a_blocker_that_waits_without_a_registry_is_kept_in_its_proposal() -> None:
    text = (
        f"{AGREED}\n| ID | Deliverable | Status | Reason |\n|--|--|--|--|\n"
        "| M1.1 | Ropes | `DEFERRED` | |\n"
        "\n### M2: School\n\n**Status**: `DEFERRED`\n\n| ID | Deliverable |\n|--|--|\n"
        "| M2.1 | Rota |\n\n#### Blockers\n\n| ID | Blocker |\n|--|--|\n| B1 | No room |\n"
        "\n### M3: Choir\n\n**Status**: `DEFERRED`\n"
    )
    done = did(text, f"{INTAKE}\n## Changelog\n\n| Date | Change |\n|--|--|\n")
    assert "no reason was written down" in done.main
    assert "- [ ] M2.1 Rota is agreed" in done.main
    assert "Blocked by B1." in done.main
    assert (
        "| 2026-01-20 | PROP-5 from M1.1, PROP-6 from M2 and PROP-7 from M3, deferred" in done.main
    )
    assert "**Author**: @wren" in done.main


def test_nobody_is_the_author_where_nobody_is_named() -> None:
    text = AGREED.replace("ACCEPTED", "DEFERRED: no ropes")
    decision = decision_on(text)._replace(signatories=("The Ringers",))
    done = reset(latest(text), main(INTAKE), decision)
    assert "**Author**: ceremony" in done.main
    assert ": no ropes" in done.main


def test_dividers_between_milestones_leave_one() -> None:
    text = (
        "# Latest\n\n---\n\n## Milestones\n\nAll of them.\n\n### M1: A\n\n"
        "**Status**: `ACCEPTED`\n\n---\n\n### M2: B\n\n**Status**: `ACCEPTED`\n\n---\n\n"
        "## Signatories\n"
    )
    done = did(text)
    assert done.latest == (
        "# Latest\n\n---\n\n## Milestones\n\nAll of them.\n\n---\n\n## Signatories\n"
    )


def test_rows_that_are_too_short_are_left() -> None:
    text = (
        f"{AGREED}\n## Blocker Registry\n\nID | Blocker | Status | Section\n--|--|--|--\n"
        "B1 | No rope | Deferred\nB2 | No bell | Deferred | M1\n| B3 | x | Deferred | M1\n"
        "\n## Signatories\n\n| Name | Date | Status |\n|--|--|--|\n| @wren | 2026-01-01 |\n"
    )
    rows = did(text).latest.split("\n")
    assert "B1 | No rope | Deferred" in rows
    assert "B2 | No bell | Deferred | frozen in v1.0.0-alpha" in rows
    assert "| B3 | x | Deferred | frozen in v1.0.0-alpha" in rows
    assert "| @wren | TBD |" in rows


def test_rows_of_the_scope_stay_with_what_they_stand_for() -> None:
    text = (
        "# Latest\n\n---\n\n## In Scope\n\n| Domain | Milestone |\n|--|--|\n| Tower | M1 |\n"
        "| Garden | M1, M2 |\n| Sky | M2 |\n| Sea | |\n\n## M2: Choir\n\n**Status**: `ACCEPTED`\n"
        "**Target**: v2.0.0\n## M1: Tower\n\n**Status**: `ACCEPTED`\n"
    )
    done = did(text)
    assert done.latest == text.replace("| Tower | M1 |\n", "").partition("## M1: Tower")[0]
    assert [mention.words for mention in done.mentions] == ["| Garden | M1, M2 |"]


WORDS = st.lists(
    st.sampled_from([*filter(None, PLAN.split("\n")[6:]), "", "", "---", "```", "<!--", "> q"]),
    max_size=30,
).map(lambda lines: "# A\n\n---\n\n" + "\n".join(lines))


@STEADY
@given(text=st.one_of(WORDS, st.text(max_size=100)), intake=WORDS)
def test_a_reset_is_idempotent_and_never_raises_but_for_the_lack_of_a_place(
    text: str, intake: str
) -> None:
    headings = [line for line in text.split("\n") if line.startswith("#")]
    # No version is cut from a document that tells of one milestone twice.
    assume(len(headings) == len(set(headings)))
    decision = decision_on(text)
    try:
        once = reset(latest(text), main(f"{intake}\n\n{INTAKE}"), decision)
    except InputError:
        return
    twice = reset(latest(once.latest), main(once.main), decision)
    assert (twice.latest, twice.main) == (once.latest, once.main)
    assert bool(once.edits) == (once.latest != text or once.main != f"{intake}\n\n{INTAKE}")


# ---------------------------------------------------------------------------- nothing is lost


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("These promises hold only if the sponsor pays.", 5),
        ("| ID | Blocker |\n|--|--|\n| B9 | a risk |", 5),
        ("- a promise", 5),
        ("```\na promise\n```", 5),
        ("<div>a promise</div>", 5),
        ("> **Status**: a promise", 5),
        ("<!-- a remark --> a promise", 5),
        ("[charter]: ./CHARTER.md", 5),
        ("**Status**: `ACCEPTED`\nonly if the sponsor pays", 6),
    ],
)
def test_words_above_the_line_are_not_dropped(words: str, line: int) -> None:
    text = TEXT.replace("\n---\n", f"\n{words}\n\n---\n")
    with pytest.raises(InputError, match="where freezing keeps nothing") as caught:
        freeze(latest(text), header())
    assert (caught.value.file, caught.value.line) == (LATEST, line)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n---\n", "\n<!-- a\n\nremark -->\n\n---\n"),
        TEXT.replace("**Branch**", "- **Branch**"),
        TEXT.replace("# MILESTONES - Latest", "MILESTONES\nLatest\n==="),
        f"---\nversion: 3\n...\n{TEXT}",
        TEXT.replace("# MILESTONES - Latest\n", ""),
    ],
)
def test_titles_fields_and_comments_are_a_header(text: str) -> None:
    assert freeze(latest(text), header()).endswith("\n---\n\n## Scope\n\nAll of it.\n")


UNSURE = """# Latest

---

## Milestones

### M1: Tower

**Status**: `ACCEPTED`

| ID | Deliverable | Status | Acceptance Criteria | Estimate |
|----|-------------|--------|---------------------|----------|
| M1.1 | Frame | `ACCEPTED` | Signed off | two days |
| M1.2 | Ropes | `DEFERRED` (no funds) | Two sets | nine days |

| ID | Section | Blocker | Owner | Status | Reason | Cost |
|----|---------|---------|-------|--------|--------|------|
| B1 | M1.2 | No donor | @wren | Deferred | Until the fair | 40 |
| B2 | M1.2 | No rope \\| wire | @wren | Deferred | - | TBD |

#### Open Questions

Who oils the bearings?

##### And the other

Who rings?

### M2: School

**Status**: `DEFERRED`
**Owner**: @lark

Long design prose, with ``` in it.

- a rota

#### M2.1: The Rota

In a book.

#### Ideas

A rota on a wall.

---

## Details

### M1.2: Ropes, in detail

Hemp or nylon.

### M2.2: The Room

It is cold.
"""
REGISTRY = """
## Blocker Registry

| ID | Section | Blocker | Owner | Status | {} |
|----|---------|---------|-------|--------|------|
| B7 | - | Who pays | @wren | Deferred | x |
"""


def fenced(main_text: str, proposal: str) -> tuple[str, ...]:
    """What a proposal holds word for word."""
    document = read(MAIN, main_text, kind=Kind.MAIN)
    index = next(s.index for s in document.sections if s.name.startswith(proposal))
    held = document.under(document.sections[index])
    (fence,) = (fence for section in held for fence in section.fences)
    assert fence.info == "markdown"
    return fence.content


def test_a_deferred_item_is_kept_word_for_word() -> None:
    rows = [line for line in UNSURE.split("\n") if "Estimate" in line or "M1.2 | R" in line]
    assert fenced(did(UNSURE).main, "PROP-5") == (
        rows[0],
        "|----|-------------|--------|---------------------|----------|",
        rows[1],
        "",
        "### M1.2: Ropes, in detail",
        "",
        "Hemp or nylon.",
    )


def test_a_deferred_milestone_is_kept_word_for_word() -> None:
    first = UNSURE[UNSURE.index("### M2: School") : UNSURE.index("\n\n---\n\n## Details")]
    second = UNSURE[UNSURE.index("### M2.2") :].rstrip("\n")
    assert "\n".join(fenced(did(UNSURE).main, "PROP-6")) == f"{first}\n\n{second}"


def test_what_a_proposal_quotes_commits_main_to_nothing() -> None:
    done = did(UNSURE)
    document = read(MAIN, done.main, kind=Kind.MAIN)
    names = [section.name for section in document.sections]
    assert not [name for name in names if name.startswith("M") and name[1:2].isdigit()]
    found = run(project({MAIN: done.main.encode()}), severities={})[0]
    assert not [f for f in found if f.place.file == MAIN and "fence" in f.rule]
    twice = reset(latest(done.latest), main(done.main), decision_on(UNSURE))
    assert (twice.latest, twice.main, twice.edits) == (done.latest, done.main, ())


def test_open_questions_of_what_was_agreed_stay() -> None:
    done = did(UNSURE)
    assert (
        "### Open Questions (M1)\n\nWho oils the bearings?\n\n##### And the other\n\nWho rings?\n"
        in done.latest
    )
    assert "A rota on a wall." not in done.latest
    assert "A rota on a wall." in done.main
    assert done.latest.endswith("\n\n## Details\n")
    assert done.latest.count("\n---\n") == 2


def test_what_is_deferred_and_in_no_table_stays() -> None:
    text = (
        f"{AGREED}\n#### M1.7: The Lift\n\n**Status**: `DEFERRED`\n\nBy rope.\n\n"
        "## Details\n\n### M1.8: The Stairs\n\n**Status**: `DEFERRED`\n\nOf oak.\n\n"
        "### M1.9: The Door\n\n**Status**: `ACCEPTED`\n\nOf iron.\n"
    )
    done = did(text)
    assert "### M1.7: The Lift (M1)\n\n**Status**: `DEFERRED`\n\nBy rope.\n" in done.latest
    assert "### M1.8: The Stairs\n\n**Status**: `DEFERRED`\n\nOf oak.\n" in done.latest
    assert "Of iron." not in done.latest
    again = reset(latest(done.latest), main(done.main), decision_on(text))
    assert again.edits == ()


def test_open_questions_may_be_underlined() -> None:
    text = f"{AGREED.replace('### M1', '# M1').replace('# M1', '## M1')}\n### Ideas\n\nA lift.\n"
    underlined = text.replace("## M1: Tower", "# X\n\nM1: Tower\n---").replace(
        "### Ideas", "### Parking lot"
    )
    assert "## Ideas (M1)\n\nA lift.\n" in did(text).latest
    assert "## Parking lot (M1)\n\nA lift.\n" in did(underlined).latest


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("Rationale", "Until the fair; cost: 40", "-"),
        ("Reason", "Until the fair; cost: 40", "-"),
        ("Cost", "40", "-"),
    ],
)
def test_a_blocker_s_cells_go_along_by_their_columns(column: str, first: str, second: str) -> None:
    lines = did(f"{UNSURE}{REGISTRY.format(column)}").latest.split("\n")
    what = "No donor" if column != "Cost" else "No donor; reason: Until the fair"
    assert f"| B1 | PROP-5 | {what} | @wren | Deferred | {first} |" in lines
    assert f"| B2 | PROP-5 | No rope \\| wire | @wren | Deferred | {second} |" in lines


def test_a_blocker_that_waits_gets_a_registry_where_there_is_none() -> None:
    done = did(f"{UNSURE}\n## Changelog\n\n| Date | Change |\n|--|--|\n| 2025-01-01 | Begun |\n")
    assert (
        "## Blocker Registry\n\n"
        "| ID | Section | Blocker | Owner | Status | Rationale |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| B1 | PROP-5 | No donor | @wren | Deferred | Until the fair; cost: 40 |\n"
        "| B2 | PROP-5 | No rope \\| wire | @wren | Deferred | - |\n"
    ) in done.latest
    assert "| Begun |\n| 2026-01-20 | Reset" in done.latest or (
        "|--|--|\n| 2026-01-20 | Reset" in done.latest
    )
