"""What each step from stage to stage allows, as pairs of texts; and the difference between them."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceremony.documents import read
from ceremony.model import Document, InputError, Kind, Stage, Version
from ceremony.rules.criteria import Standing, Verdict
from ceremony.rules.stage import (
    CRITERIA,
    Act,
    Change,
    Facts,
    StageDecision,
    What,
    asked_target,
    decide,
    diff,
)
from tests.rulepages import hits

BASE = """# MILESTONES - v1.0.0-alpha

**Version**: v1.0.0-alpha
**Stage**: alpha
**Branch**: `v1.0.0-alpha`
**Date**: 2026-02-01

---

## Document Purpose

What the ringers promise one another for the next two years.

## Scope Definition

### In Scope

| Domain | Description | Milestone |
|--------|-------------|-----------|
| **Tower** | Keep the bells safe to ring | M1 |
| **School** | Teach beginners on Tuesdays | M2 |

### Out of Scope

| Domain | Rationale | Future Version |
|--------|-----------|----------------|
| **Carillon** | Nobody has the money | v3.0.0 |

## Governance Milestones

### M1: Tower

**Status**: `ACCEPTED`
**Owner**: @wren

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M1.1 | Frame survey | `ACCEPTED` | An engineer signs the frame off |
| M1.2 | Rope fund | `COMPLETE` | Two sets of ropes are paid for |

**Graduation Criteria**: a year of ringing without a report.

### M2: School

**Status**: `ACCEPTED`
**Owner**: @lark

| ID | Deliverable | Status | Acceptance Criteria |
|----|-------------|--------|---------------------|
| M2.1 | Tuesday rota | `ACCEPTED` | Three teachers take turns |

## Process Commitments

- Notices go up a week ahead
- Complaints are answered in five days

See the [charter] for the rest.

[charter]: ./CHARTER.md

## Blocker Registry

| ID | Section | Blocker | Owner | Status |
|----|---------|---------|-------|--------|
| B1 | M1.1 | No engineer was named | @wren | Resolved |

## Signatories

| Maintainer | Date | Status |
|------------|------|--------|
| @wren | 2026-01-30 | Signed |
| @lark | 2026-01-31 | Signed |
"""
NUMBERS = {line: n for n, line in enumerate(BASE.split("\n"), start=1)}

ALPHA, BETA, STABLE, PATCH = (Version(1, 0, 0, stage) for stage in Stage)
STEPS = {
    "alpha-beta": (ALPHA, BETA),
    "beta-stable": (BETA, STABLE),
    "alpha-stable": (ALPHA, STABLE),
    "stable-patch": (STABLE, Version(1, 0, 1, Stage.PATCH)),
}


def document(text: str, version: Version = BETA) -> Document:
    return read(version.document, text, kind=Kind.FROZEN, version=version)


def judged(
    old: str, new: str, step: str = "alpha-beta", feedback: str = "Two choirs"
) -> StageDecision:
    source, target = STEPS[step]
    return decide(
        Facts(
            source=source,
            target=target,
            frozen=document(old, source),
            candidate=document(new, target),
            known=frozenset({source}),
            feedback=feedback,
        )
    )


def edited(edit: str, text: str = BASE) -> str:
    """``a => b`` replaces; ``a =>`` takes the line out; ``a +> b`` puts b on the next line."""
    for step in filter(None, edit.split("\n%%\n")):
        if " +> " in step:
            old, _, new = step.partition(" +> ")
            new = f"{old}\n{new}"
        else:
            old, _, new = step.partition(" => ")
            if step.endswith(" =>"):
                old, new = f"{step[:-3]}\n", ""
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


class Pair(NamedTuple):
    id: str
    step: str
    edit: str
    line: int | None
    """The line of the candidate that the first refusal names; None where it is allowed."""
    says: str = ""
    old_line: int | None = None


M11 = "| M1.1 | Frame survey | `ACCEPTED` | An engineer signs the frame off |"
M21 = "| M2.1 | Tuesday rota | `ACCEPTED` | Three teachers take turns |"
B1 = "| B1 | M1.1 | No engineer was named | @wren | Resolved |"
TOWER = "| **Tower** | Keep the bells safe to ring | M1 |"
NOTICE = "- Notices go up a week ahead"
PURPOSE = "What the ringers promise one another for the next two years."
LARK = "| @lark | 2026-01-31 | Signed |"
OUT = BASE[BASE.index("### Out of Scope") : BASE.index("## Governance Milestones")].rstrip("\n")
M2 = BASE[BASE.index("### M2: School") : BASE.index("## Process Commitments")].rstrip("\n")


def at(line: str) -> int:
    return NUMBERS[line]


PAIRS = [
    # ---- alpha to beta: refinements of what is there
    Pair("the same text", "alpha-beta", "", None),
    Pair("a passage is put better", "alpha-beta", "two years => three years", None),
    Pair("a criterion is sharpened", "alpha-beta", "Three teachers => Four teachers", None),
    Pair(
        "an item is added to a milestone",
        "alpha-beta",
        f"{M21} +> | M2.2 | Handbook | `ACCEPTED` | A newcomer reads it |",
        None,
    ),
    Pair(
        "an item is complete now",
        "alpha-beta",
        f"{M11} => {M11.replace('ACCEPTED', 'COMPLETE')}",
        None,
    ),
    Pair(
        "an item is deferred with the reason in its row",
        "alpha-beta",
        f"{M11} => {M11.replace('`ACCEPTED`', 'DEFERRED: no engineer is free until May')}",
        None,
    ),
    Pair(
        "an item is rejected with the reason below the table",
        "alpha-beta",
        f"{M11} => {M11.replace('ACCEPTED', 'REJECTED')}\n%%\n**Graduation Criteria**: a year of "
        "ringing without a report. => M1.1 was rejected because the frame is new.",
        None,
    ),
    Pair(
        "an item is deferred without a reason",
        "alpha-beta",
        f"{M21} => {M21.replace('ACCEPTED', 'DEFERRED')}",
        at(M21),
        "what leaves says why",
    ),
    Pair(
        "an item goes back to proposed",
        "alpha-beta",
        f"{M11} => {M11.replace('ACCEPTED', 'PROPOSED')}",
        at(M11),
        "not agreed",
    ),
    Pair(
        "an item is blocked again",
        "alpha-beta",
        f"{M11} => {M11.replace('ACCEPTED', 'BLOCKED')}",
        at(M11),
        "not agreed",
    ),
    Pair(
        "a complete item is deferred",
        "alpha-beta",
        "| M1.2 | Rope fund | `COMPLETE` | => | M1.2 | Rope fund | `DEFERRED`, no funds | ",
        at(M11) + 1,
        "nothing goes from COMPLETE to DEFERRED",
    ),
    Pair(
        "an item has lost its state",
        "alpha-beta",
        f"{M11} => {M11.replace('`ACCEPTED`', '')}",
        at(M11),
        "every commitment states",
    ),
    Pair(
        "an item is gone without a word",
        "alpha-beta",
        f"{M11} =>",
        at(M11) - 1,
        "an item leaves only as Deferred or Rejected",
        at(M11),
    ),
    Pair(
        "an item is gone with its reason",
        "alpha-beta",
        f"{M11} =>\n%%\n{PURPOSE} +> M1.1 is deferred because no engineer is free.",
        None,
    ),
    Pair(
        "a milestone's own state is lost",
        "alpha-beta",
        "**Status**: `ACCEPTED`\n**Owner**: @lark => **Owner**: @lark",
        at("### M2: School"),
        "has lost its state",
    ),
    Pair(
        "a milestone is gone without a word",
        "alpha-beta",
        f"{M2}\n\n => ",
        at("### M2: School") - 2,
        "a milestone leaves only as Deferred or Rejected",
        at("### M2: School"),
    ),
    Pair(
        "a milestone is gone, and only the word is there",
        "alpha-beta",
        f"{M2} => M2 is deferred.",
        at("### M2: School") - 2,
        "with the reason",
        at("### M2: School"),
    ),
    Pair(
        "a milestone is gone with its reason",
        "alpha-beta",
        f"{M2} => M2 was deferred since both teachers moved away.",
        None,
    ),
    Pair(
        "a milestone is rejected where it stands",
        "alpha-beta",
        "**Status**: `ACCEPTED`\n**Owner**: @lark => **Status**: `REJECTED`\n**Owner**: @lark\n"
        "**Rationale**: Rejected because the church runs a school of its own.",
        None,
    ),
    Pair(
        "a milestone is new",
        "alpha-beta",
        "## Process Commitments => ### M3: Choir\n\n**Status**: `ACCEPTED`\n\n"
        "## Process Commitments",
        at("## Process Commitments"),
        "neither sections nor milestones",
    ),
    Pair(
        "a section is new",
        "alpha-beta",
        "## Signatories => ## Money\n\nWe need some.\n\n## Signatories",
        at("## Signatories"),
        "neither sections nor milestones",
    ),
    Pair(
        "a section below an existing one is new",
        "alpha-beta",
        f"{PURPOSE} => {PURPOSE}\n\n### How to Read It\n\nFrom the top.",
        None,
    ),
    Pair(
        "a section is gone",
        "alpha-beta",
        f"## Document Purpose\n\n{PURPOSE}\n\n => ",
        8,
        "keeps the sections",
        at("## Document Purpose"),
    ),
    Pair(
        "a section has another name",
        "alpha-beta",
        "## Process Commitments => ## Good Intentions",
        at("## Process Commitments"),
        "keeps the sections",
    ),
    Pair(
        "a milestone has another title",
        "alpha-beta",
        "### M2: School => ### M2: Tuesday School",
        None,
    ),
    Pair(
        "a scope row is put better",
        "alpha-beta",
        f"{TOWER} => {TOWER.replace('safe', 'safe and pleasant')}",
        None,
    ),
    Pair(
        "a scope row moves out",
        "alpha-beta",
        "| **School** | Teach beginners on Tuesdays | M2 | =>\n%%\n"
        "| **Carillon** | Nobody has the money | v3.0.0 | +> "
        "| **School** | No teachers | v2.0.0 |",
        None,
    ),
    Pair(
        "a blocker is opened",
        "alpha-beta",
        f"{B1} +> | B2 | M2 | No room | @lark | Open |",
        at(B1) + 1,
        "no open blocker",
    ),
    Pair(
        "a blocker is reopened",
        "alpha-beta",
        f"{B1} => {B1.replace('Resolved', 'Open')}",
        at(B1),
        "no open blocker",
    ),
    Pair(
        "an approval is hidden",
        "alpha-beta",
        "| Signed |\n| @lark => | Si\u200bgned |\n| @lark",
        at("| @wren | 2026-01-30 | Signed |"),
        "invisible character",
    ),
    Pair(
        "a header is all that differs",
        "alpha-beta",
        "**Date**: 2026-02-01 => **Date**: 2026-03-01",
        None,
    ),
    Pair(
        "a signature is taken back",
        "alpha-beta",
        f"{LARK} => | @lark | 2026-02-01 | Pending |",
        at("| @lark | 2026-01-31 | Signed |"),
        "@lark signed and has not any more",
        at("| @lark | 2026-01-31 | Signed |"),
    ),
    Pair(
        "a signatory is gone",
        "alpha-beta",
        f"{LARK} =>",
        8,
        "@lark is gone",
        at("| @lark | 2026-01-31 | Signed |"),
    ),
    Pair(
        "an item is gone, and a comment says why",
        "alpha-beta",
        f"{M11} =>\n%%\n{PURPOSE} +> \n<!-- M1.1 is deferred because no engineer is free. -->",
        at(M11) + 1,
        "an item leaves only as Deferred or Rejected",
        at(M11),
    ),
    Pair(
        "an item is gone, and a block of code says why",
        "alpha-beta",
        f"{M11} =>\n%%\n{PURPOSE} +> \n```\nM1.1 is deferred because no engineer is free.\n```",
        at(M11) + 3,
        "an item leaves only as Deferred or Rejected",
        at(M11),
    ),
    Pair(
        "an item is gone, and an entry says why",
        "alpha-beta",
        f"{M11} =>\n%%\n{NOTICE} +> - M1.1 is deferred because no engineer is free",
        None,
    ),
    Pair(
        "a section is emptied under its heading",
        "alpha-beta",
        f"{NOTICE}\n- Complaints are answered in five days\n\n"
        "See the [charter] for the rest.\n\n => ",
        at("## Process Commitments"),
        "says nothing any more",
        at("## Process Commitments"),
    ),
    Pair(
        "a scope keeps none of its rows",
        "alpha-beta",
        f"{TOWER} => | **Sea** | Sail on it | M1 |\n%%\n"
        "| **School** | Teach beginners on Tuesdays | M2 | => | **Sky** | Fly in it | M2 |",
        at("### In Scope"),
        "kept none of its rows",
        at("### In Scope"),
    ),
    Pair(
        "a scope is gone with its heading",
        "alpha-beta",
        f"{OUT}\n\n => ",
        8,
        "“Out of Scope” says nothing any more",
        at("### Out of Scope"),
    ),
    Pair(
        "an owner is gone",
        "alpha-beta",
        "**Owner**: @lark =>",
        at("### M2: School"),
        "M2 had @lark as its owner and has nobody",
        at("**Owner**: @lark"),
    ),
    Pair(
        "an owner is still to be found",
        "alpha-beta",
        "**Owner**: @lark => **Owner**: nobody yet",
        at("**Owner**: @lark"),
        "a commitment has an owner",
        at("**Owner**: @lark"),
    ),
    Pair("an owner is another", "alpha-beta", "**Owner**: @lark => **Owner**: @wren", None),
    Pair(
        "a blocker has lost its owner",
        "alpha-beta",
        f"{B1} => {B1.replace('@wren', '-')}",
        at(B1),
        "B1 had @wren as its owner",
        at(B1),
    ),
    Pair(
        "a scope row is left to be decided",
        "alpha-beta",
        "Keep the bells safe to ring => TBD",
        at(TOWER),
        "nothing to be decided",
        at(TOWER),
    ),
    Pair(
        "a scope row says nothing",
        "alpha-beta",
        "Keep the bells safe to ring => -",
        at(TOWER),
        "nothing to be decided",
        at(TOWER),
    ),
    Pair(
        "a passage is left open",
        "alpha-beta",
        f"{PURPOSE} => How long is to be announced.",
        at(PURPOSE),
        "nothing to be decided",
        at(PURPOSE),
    ),
    Pair(
        "a new entry is left open",
        "alpha-beta",
        f"{NOTICE} +> - Minutes: TBD",
        at(NOTICE) + 1,
        "nothing to be decided",
    ),
    Pair("a remark to editors", "alpha-beta", f"{PURPOSE} +> \n<!-- TBD: a logo -->", None),
    Pair(
        "a blocker below a blank line",
        "alpha-beta",
        f"{B1} +> \n| B2 | M2 | No room | @lark | Open |",
        at(B1) + 2,
        "stands outside",
    ),
    Pair(
        "a blocker in a table of HTML",
        "alpha-beta",
        f"{B1} +> \n<table>\n<tr><td>B2</td><td>No room</td><td>Open</td></tr>\n</table>",
        at(B1) + 3,
        "in HTML",
    ),
    Pair(
        "a signatory below a blank line",
        "stable-patch",
        f"{LARK} +> \n| @finch | TBD | Pending |",
        at("| @lark | 2026-01-31 | Signed |") + 2,
        "stands outside",
    ),
    Pair(
        "a state under a heading of no milestone",
        "stable-patch",
        "## Process Commitments => ### [M9] Choir\n\n**Status**: `PROPOSED`\n\n"
        "## Process Commitments",
        at("## Process Commitments") + 2,
        "no milestone",
    ),
    # ---- beta to stable: nothing
    Pair("the same text", "beta-stable", "", None),
    Pair("only the header differs", "beta-stable", "**Stage**: alpha => **Stage**: stable", None),
    Pair(
        "the header has another length",
        "beta-stable",
        "**Date**: 2026-02-01 +> **Promoted From**: `v1.0.0-beta`",
        None,
    ),
    Pair("a word differs", "beta-stable", "two years => three years", at(PURPOSE), "stable allows"),
    Pair(
        "an item is complete now",
        "beta-stable",
        f"{M11} => {M11.replace('ACCEPTED', 'COMPLETE')}",
        at(M11),
        "“ACCEPTED” is now “COMPLETE”",
    ),
    Pair(
        "an item is added",
        "beta-stable",
        f"{M21} +> | M2.2 | Handbook | `ACCEPTED` | Read |",
        at(M21) + 1,
        "is new",
    ),
    Pair("an item is gone", "beta-stable", f"{M21} =>", at(M21) - 1, "is gone", at(M21)),
    Pair(
        "a line ends with a blank",
        "beta-stable",
        f"{NOTICE} => {NOTICE} ",
        at(NOTICE),
        "stable allows",
    ),
    Pair(
        "a blank line more",
        "beta-stable",
        f"{PURPOSE}\n\n => {PURPOSE}\n\n\n",
        at(PURPOSE) + 2,
        "blank lines",
    ),
    Pair(
        "two rows change places",
        "beta-stable",
        f"{TOWER}\n| **School** | Teach beginners on Tuesdays | M2 | => "
        f"| **School** | Teach beginners on Tuesdays | M2 |\n{TOWER}",
        at(TOWER) + 1,
        "another place",
    ),
    # ---- alpha to stable: nothing, past beta
    Pair("the same text", "alpha-stable", "", None),
    Pair(
        "what beta would allow",
        "alpha-stable",
        "Three teachers => Four teachers",
        at(M21),
        "stable allows",
    ),
    # ---- stable to patch: additions
    Pair("the same text", "stable-patch", "", None),
    Pair(
        "an item is added",
        "stable-patch",
        f"{M21} +> | M2.2 | Handbook | `ACCEPTED` | Read |",
        None,
    ),
    Pair(
        "a section is added",
        "stable-patch",
        "## Signatories => ## Amendments\n\nThe fund pays for mufflers.\n\n## Signatories",
        None,
    ),
    Pair(
        "a milestone is added",
        "stable-patch",
        "## Process Commitments => ### M3: Choir\n\n**Status**: `ACCEPTED`\n**Owner**: @lark\n\n"
        "## Process Commitments",
        None,
    ),
    Pair("a list goes on", "stable-patch", f"{NOTICE} +> - Minutes are kept", None),
    Pair(
        "a line is added to a header", "stable-patch", "**Owner**: @lark +> **Backup**: @wren", None
    ),
    Pair("a word differs", "stable-patch", "two years => three years", at(PURPOSE), "only adds"),
    Pair("a sentence goes on", "stable-patch", f"{PURPOSE} +> Or not.", at(PURPOSE), "only adds"),
    Pair(
        "a word comes into a sentence's middle",
        "stable-patch",
        "See the [charter] for the rest. => Do not\nSee the [charter] for the rest.",
        at("See the [charter] for the rest."),
        "only adds",
    ),
    Pair("an item is gone", "stable-patch", f"{M21} =>", at(M21) - 1, "only adds", at(M21)),
    Pair(
        "an item's state differs",
        "stable-patch",
        f"{M11} => {M11.replace('ACCEPTED', 'REJECTED')}",
        at(M11),
        "only adds",
    ),
    Pair(
        "a list is made to read otherwise",
        "stable-patch+list",
        "- **Status**: `ACCEPTED`\n- **Owner**: @lark => **Owner**: nobody\n\n"
        "- **Status**: `ACCEPTED`\n- **Owner**: @lark",
        at("### M2: School") + 4,
        "reads as",
    ),
    Pair(
        "an item is there twice",
        "stable-patch",
        f"{M11} => {M11.replace('ACCEPTED', 'DEFERRED')}\n{M11}",
        at(M11),
        "is there already",
    ),
    Pair(
        "a milestone is there twice",
        "stable-patch",
        "### M1: Tower => ### M1: Spire\n\n**Status**: `REJECTED`\n\n### M1: Tower",
        at("### M1: Tower") + 2,
        "only adds",
    ),
    Pair(
        "a milestone has an amendment of its own",
        "stable-patch",
        "## Signatories => ## Amendments\n\n### M1: Tower in Winter\n\nIt is rung half muffled.\n\n"
        "| ID | Amendment |\n|--|--|\n| M1.1 | From May on |\n\n## Signatories",
        None,
    ),
    Pair(
        "a blocker is there twice",
        "stable-patch",
        f"{B1} +> {B1.replace('wren', 'lark')}",
        at(B1) + 1,
        "B1 is there already",
    ),
    Pair(
        "an item is added that says nothing of its state",
        "alpha-beta",
        f"{M21} +> | M2.2 | Handbook | someday | Read |",
        at(M21) + 1,
        "every commitment states",
    ),
    Pair(
        "an item is added that is deferred already",
        "stable-patch",
        f"{M21} +> | M2.2 | Handbook | `DEFERRED` | Read |",
        at(M21) + 1,
        "what leaves says why",
    ),
    Pair(
        "a specification is added to an item",
        "alpha-beta",
        "### M2: School => ### M1.1: Frame survey, in detail\n\nIt looks at oak.\n\n"
        "### M1.9: Notes\n\nNone yet.\n\n### M2: School",
        None,
    ),
    Pair(
        "two sections change places",
        "alpha-beta",
        f"## Document Purpose\n\n{PURPOSE}\n\n => \n%%\n"
        f"## Process Commitments => ## Document Purpose\n\n{PURPOSE}\n\n## Process Commitments",
        None,
    ),
    Pair(
        "a milestone has a further section",
        "alpha-beta",
        "### M2: School => ### M1: The Winter\n\nIt is rung half muffled.\n\n### M2: School",
        None,
    ),
    Pair(
        "a state is there twice",
        "stable-patch",
        "**Status**: `ACCEPTED`\n**Owner**: @lark => **Status**: `REJECTED`\n**Status**: "
        "`ACCEPTED`\n**Owner**: @lark",
        at("### M2: School") + 2,
        "is there already",
    ),
    Pair(
        "an item that is merely proposed is added",
        "stable-patch",
        f"{M21} +> | M2.2 | Handbook | `PROPOSED` | Read |",
        at(M21) + 1,
        "not agreed",
    ),
    Pair(
        "an open blocker is added",
        "stable-patch",
        f"{B1} +> | B2 | M2 | No room | @lark | Open |",
        at(B1) + 1,
        "no open blocker",
    ),
    Pair(
        "a comment hides a section",
        "stable-patch",
        f"## Document Purpose => <!--\n## Document Purpose\n%%\n{PURPOSE}\n => {PURPOSE}\n-->\n",
        8,
        "only adds",
        at("## Document Purpose"),
    ),
    Pair(
        "a fence swallows the rest", "stable-patch", f"{PURPOSE} +> \n```", at(PURPOSE), "only adds"
    ),
    Pair(
        "a heading takes a table away",
        "stable-patch",
        "### In Scope\n => ### In Scope\n\n### Rejected\n",
        at("### In Scope") + 4,
        "under another heading",
    ),
    Pair(
        "the columns have other names",
        "stable-patch",
        "| ID | Section | Blocker | Owner | Status | => | ID | Section | Blocker | Owner | State |",
        at("| ID | Section | Blocker | Owner | Status |"),
        "only adds",
    ),
    Pair(
        "a blank line is gone",
        "stable-patch",
        "## Signatories\n\n => ## Signatories\n",
        at("## Signatories") + 1,
        "blank line",
    ),
    Pair(
        "a definition that links stand on differs",
        "stable-patch",
        "[charter]: ./CHARTER.md => [charter]: ./OTHER.md",
        at("[charter]: ./CHARTER.md"),
        "only adds",
    ),
]


def base_of(pair: Pair) -> tuple[str, str]:
    step, _, form = pair.step.partition("+")
    if not form:
        return BASE, step
    return edited(
        "**Status**: `ACCEPTED`\n**Owner**: @lark => - **Status**: `ACCEPTED`\n- **Owner**: @lark"
    ), step


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.step}: {pair.id}")
def test_what_a_step_allows(pair: Pair) -> None:
    base, step = base_of(pair)
    decision = judged(base, edited(pair.edit, base), step)
    if pair.line is None:
        assert [reason.message for reason in decision.reasons] == []
        assert decision.verdict is Verdict.GO
        return
    assert decision.verdict is Verdict.NO_GO
    assert pair.line in [reason.place.line for reason in decision.reasons], decision.reasons
    first = next(
        r for r in decision.reasons if r.place.line == pair.line and pair.says in r.message
    )
    assert first.place.file == STEPS[step][1].document
    if pair.old_line is not None:
        assert first.related[0].line == pair.old_line
        assert f"line {pair.old_line} of" in first.message


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.step}: {pair.id}")
def test_what_a_step_allows_is_nothing_to_the_audit(pair: Pair) -> None:
    base, step = base_of(pair)
    source, target = STEPS[step]
    text = edited(pair.edit, base)
    if judged(base, text, step).verdict is Verdict.GO:
        files = {source.document: base, target.document: text}
        assert hits("stage-content-changed", files) == []


def test_a_row_about_an_item_elsewhere_may_go() -> None:
    table = "| ID | Who |\n|--|--|\n| M1.1 | @wren |\n| M2.1 | @lark |\n"
    old = edited(f"{NOTICE}\n => {NOTICE}\n\n{table}\n")
    assert judged(old, old.replace("| M1.1 | @wren |\n", "")).verdict is Verdict.GO


def test_a_line_that_was_loose_before_is_no_news() -> None:
    old = edited(f"{B1} +> \n| B9 | M2 | Long ago | @lark | Resolved |")
    assert judged(old, edited("two years => three years", old)).verdict is Verdict.GO
    twice = edited(f"{PURPOSE} +> \n| B9 | M2 | Long ago | @lark | Resolved |", old)
    (reason,) = judged(old, twice).reasons
    assert "stands outside" in reason.message


def test_a_list_of_what_is_in_scope_is_not_left_open() -> None:
    old = edited("### Out of Scope => - The yard\n\n### Out of Scope")
    (reason,) = judged(old, edited("- The yard => - None yet", old)).reasons
    assert "nothing to be decided" in reason.message


def test_the_reason_of_a_risk_stays() -> None:
    head = "| ID | Section | Blocker | Owner | Status | Notes |\n|--|--|--|--|--|--|\n"
    row = "| B1 | M1.1 | No lift | @wren | Accepted | We climb the stairs |"
    old = edited("## Blocker Registry => ## Blocker Registry\n\n" + head + row)
    (reason,) = judged(old, old.replace("We climb the stairs", "-")).reasons
    assert "“We climb the stairs” is now “-”" in reason.message


def test_a_changelog_may_tell_what_was_open() -> None:
    old = f"{BASE}\n## Changelog\n\n| Date | Change |\n|--|--|\n| 2026-01-01 | Begun |\n"
    new = f"{old}| 2026-02-01 | The owner of M2 is no longer TBD |\n"
    assert judged(old, new).verdict is Verdict.GO


def test_whoever_answers_for_items_and_domains_stays() -> None:
    tables = (
        "| ID | Deliverable | Status | Owner |\n|--|--|--|--|\n"
        "| M2.7 | Keys | `ACCEPTED` | @lark |\n\n"
        "## Maintainer Surface Area\n\n| Domain | Owner | Status |\n|--|--|--|\n"
        "| Ropes | @wren | Active |\n\n"
    )
    old = edited(f"## Process Commitments => {tables}## Process Commitments")
    (item,) = judged(old, old.replace("`ACCEPTED` | @lark |", "`ACCEPTED` | nobody |")).reasons
    assert "M2.7 had @lark" in item.message
    (domain,) = judged(old, old.replace("| Ropes | @wren |", "| Ropes | vacant |")).reasons
    assert "Ropes had @wren" in domain.message


def test_there_are_pairs_enough() -> None:
    refused = [pair for pair in PAIRS if pair.line is not None]
    assert len(PAIRS) >= 40
    assert all(pair.says for pair in refused)


# ---------------------------------------------------------------------------- the walk


def walk(
    source: str, target: str, known: tuple[str, ...] | None = (), *, text: str = BASE
) -> StageDecision:
    versions = None if known is None else frozenset(map(Version.parse, {source, *known}))
    here, there = Version.parse(source), Version.parse(target)
    return decide(
        Facts(
            source=here,
            target=there,
            frozen=document(BASE, here),
            candidate=document(text, there),
            known=versions,
            feedback="https://example.org/t/12",
        )
    )


@pytest.mark.parametrize(
    ("source", "target", "known"),
    [
        ("v1.0.0-alpha", "v1.0.0-beta", ()),
        ("v1.0.0-alpha", "v1.0.0-beta", ("v0.9.0-stable", "v1.1.0-alpha", "v2.0.0-stable")),
        ("v1.0.0-beta", "v1.0.0-stable", ("v1.0.0-alpha",)),
        ("v1.0.0-alpha", "v1.0.0-stable", ()),
        ("v1.0.0-stable", "v1.0.0-patch", ()),
        ("v1.0.0-stable", "v1.0.1-patch", ("v1.0.0-patch", "v2.0.0-alpha")),
        ("v1.0.0-stable", "v1.0.7-patch", ("v1.0.6-patch",)),
        ("v1.0.3-stable", "v1.0.3-patch", ("v1.0.1-stable",)),
        ("v1.0.0-stable", "v1.0.1-patch", ("v1.0.2-stable",)),
    ],
)
def test_a_step_forward_is_allowed(source: str, target: str, known: tuple[str, ...]) -> None:
    decision = walk(source, target, known)
    assert decision.verdict is Verdict.GO
    assert [criterion.name for criterion in decision.criteria] == list(CRITERIA)
    assert [criterion.standing for criterion in decision.criteria] == [Standing.MET] * 4


@pytest.mark.parametrize(
    ("source", "target", "known", "says"),
    [
        ("v1.0.0-beta", "v1.0.0-alpha", (), "would lead back"),
        ("v1.0.0-stable", "v1.0.0-beta", (), "would lead back"),
        ("v1.0.0-beta", "v1.0.0-beta", (), "is beta already"),
        ("v1.0.0-patch", "v1.0.1-patch", (), "patches amend a stable version"),
        ("v1.0.0-patch", "v1.0.0-stable", (), "patches amend a stable version"),
        ("v1.0.0-alpha", "v1.0.0-patch", (), "is not stable"),
        ("v1.0.0-beta", "v1.0.1-patch", (), "is not stable"),
        ("v1.0.0-alpha", "v1.0.1-beta", (), "is another version"),
        ("v1.0.0-alpha", "v2.0.0-stable", (), "is another version"),
        ("v1.0.0-stable", "v1.1.0-patch", (), "is another version"),
        ("v1.0.0-stable", "v2.0.0-patch", (), "is another version"),
        ("v1.0.3-stable", "v1.0.2-patch", (), "comes before"),
        ("v1.0.0-alpha", "v1.0.0-beta", ("v1.0.0-beta",), "is frozen already"),
        ("v1.0.0-alpha", "v1.0.0-beta", ("v1.0.0-stable",), "after v1.0.0-stable was frozen"),
        ("v1.0.0-stable", "v1.0.3-patch", ("v1.0.5-patch",), "after v1.0.5-patch was frozen"),
        ("v1.0.0-stable", "v1.0.1-patch", ("v1.0.1-alpha",), "after v1.0.1-alpha was frozen"),
        ("v1.0.0-stable", "v1.0.1-patch", ("v1.0.1-stable",), "would pass v1.0.1-stable"),
        ("v1.0.0-stable", "v1.0.5-patch", ("v1.0.1-stable",), "would pass v1.0.1-stable"),
    ],
)
def test_a_step_elsewhere_is_refused(
    source: str, target: str, known: tuple[str, ...], says: str
) -> None:
    decision = walk(source, target, known)
    assert decision.verdict is Verdict.NO_GO
    first = decision.reasons[0]
    assert says in first.message
    assert first.help
    assert first.place == (Version.parse(target).document, 1, 1, None)


def test_a_source_that_is_not_there_is_no_start() -> None:
    facts = Facts(
        source=ALPHA,
        target=BETA,
        frozen=document(BASE, ALPHA),
        candidate=document(BASE),
        known=frozenset({STABLE}),
        feedback="Two choirs",
    )
    assert "There is no v1.0.0-alpha" in decide(facts).reasons[0].message


def test_what_was_not_looked_at_is_not_checked() -> None:
    decision = walk("v1.0.0-alpha", "v1.0.0-beta", None)
    assert decision.verdict is Verdict.GO
    assert decision.criteria[0].standing is Standing.NOT_CHECKED
    assert "not looked at" in decision.criteria[0].says


def test_a_skip_is_reported() -> None:
    decision = walk("v1.0.0-alpha", "v1.0.0-stable")
    assert decision.skipped == (Stage.BETA,)
    assert "past beta" in decision.criteria[0].says


@pytest.mark.parametrize(
    ("text", "known", "target"),
    [
        ("beta", (), "v1.0.0-beta"),
        ("stable", ("v1.0.9-patch",), "v1.0.0-stable"),
        ("patch", (), "v1.0.0-patch"),
        ("patch", ("v1.0.0-patch",), "v1.0.1-patch"),
        ("patch", ("v1.0.0-patch", "v1.0.4-patch", "v1.1.9-patch"), "v1.0.5-patch"),
        ("patch", ("v1.0.0-stable", "v1.0.1-alpha"), "v1.0.2-patch"),
        ("patch", ("v1.0.0-stable", "v1.0.1-stable"), "v1.0.0-patch"),
        ("patch", ("v1.0.0-patch", "v1.0.2-stable", "v1.0.2-patch"), "v1.0.1-patch"),
        ("1.0.3-patch", (), "v1.0.3-patch"),
        ("v1.0.0-stable", (), "v1.0.0-stable"),
    ],
)
def test_where_to_go_is_read(text: str, known: tuple[str, ...], target: str) -> None:
    assert asked_target(text, STABLE, map(Version.parse, known)).branch == target


@pytest.mark.parametrize("text", ["", "gamma", "Beta", "beta\n", "--patch", "v1.0.0", "1.0-beta"])
def test_where_not_to_go_is_said(text: str) -> None:
    with pytest.raises(InputError, match="is no version"):
        asked_target(text, ALPHA)


# ---------------------------------------------------------------------------- feedback, repetition


@pytest.mark.parametrize("feedback", ["", "  ", "ok", "!!", "https://", "12 3"])
def test_beta_asks_for_feedback(feedback: str) -> None:
    decision = judged(BASE, BASE, feedback=feedback)
    assert decision.verdict is Verdict.NO_GO
    assert [reason.rule for reason in decision.reasons] == ["feedback-incorporated"]


@pytest.mark.parametrize("feedback", ["Two choirs", "https://example.org/t/12", "#12"])
def test_beta_takes_words_or_an_address(feedback: str) -> None:
    assert judged(BASE, BASE, feedback=feedback).verdict is Verdict.GO


def test_no_other_step_asks_for_feedback() -> None:
    assert judged(BASE, BASE, "beta-stable", feedback="").verdict is Verdict.GO


def again(text: str) -> StageDecision:
    return decide(
        Facts(
            source=ALPHA,
            target=BETA,
            frozen=document(BASE, ALPHA),
            candidate=document(text),
            known=frozenset({ALPHA, BETA}),
            feedback="Two choirs",
            existing=document(edited("**Stage**: alpha => **Stage**: beta")),
        )
    )


def test_the_same_step_again_is_done() -> None:
    decision = again(BASE)
    assert decision.is_done
    assert decision.verdict is Verdict.GO


def test_another_text_under_the_same_version_is_refused() -> None:
    decision = again(edited("two years => three years"))
    assert not decision.is_done
    assert decision.verdict is Verdict.NO_GO
    assert f"first at line {at(PURPOSE)}" in decision.reasons[0].message


def test_a_patch_keeps_what_earlier_patches_added() -> None:
    earlier = edited(f"{NOTICE} +> - Minutes are kept")

    def patched(text: str) -> StageDecision:
        return decide(
            Facts(
                source=STABLE,
                target=Version(1, 0, 2, Stage.PATCH),
                frozen=document(BASE, STABLE),
                candidate=document(text, Version(1, 0, 2, Stage.PATCH)),
                known=frozenset({STABLE, Version(1, 0, 1, Stage.PATCH)}),
                amended=document(earlier, Version(1, 0, 1, Stage.PATCH)),
            )
        )

    assert patched(edited("- Minutes are kept +> - And read", earlier)).verdict is Verdict.GO
    lost = patched(BASE)
    assert lost.verdict is Verdict.NO_GO
    assert "MILESTONES.v1.0.1-patch.md" in lost.reasons[0].message


def test_a_candidate_without_a_header_is_refused() -> None:
    decision = judged(BASE, BASE.replace("---\n\n## Document", "## Document", 1))
    assert any("No line --- ends the header" in reason.message for reason in decision.reasons)


def test_what_was_hidden_in_alpha_already_is_not_beta_s_doing() -> None:
    text = edited("two years => two y\u200bears")
    assert judged(text, text).verdict is Verdict.GO


# ---------------------------------------------------------------------------- the difference


def between(edit: str) -> tuple[Change, ...]:
    return diff(document(BASE, ALPHA), document(edited(edit)))


def test_a_state_is_shown_as_one() -> None:
    changes = between(
        "**Status**: `ACCEPTED`\n**Owner**: @wren => **Status**: `COMPLETE`\n**Owner**: @wren"
    )
    line = at("### M1: Tower") + 2
    assert [(c.what, c.act, c.reference, c.old_line, c.new_line) for c in changes] == [
        (What.STATE, Act.CHANGED, "M1", line, line)
    ]
    assert changes[0].section == "M1: Tower"


def test_the_cells_of_an_item_are_shown_by_column() -> None:
    (change,) = between("An engineer signs => Two engineers sign")
    assert change.what is What.ITEM
    assert change.name == "M1.1 (Frame survey)"
    assert [tuple(part) for part in change.parts] == [
        (
            "Acceptance Criteria",
            "An engineer signs the frame off",
            "Two engineers sign the frame off",
        )
    ]
    assert "Acceptance Criteria" in change.says


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (f"{TOWER} =>", What.SCOPE),
        (f"{B1} =>", What.BLOCKER),
        ("| @lark | 2026-01-31 | Signed | =>", What.ROW),
        (f"{NOTICE} =>", What.ENTRY),
        (f"{PURPOSE} =>", What.TEXT),
        ("**Owner**: @lark =>", What.FIELD),
        ("[charter]: ./CHARTER.md =>", What.TEXT),
    ],
)
def test_what_is_gone_is_called_by_its_name(edit: str, what: What) -> None:
    (change,) = (c for c in between(edit) if c.what is not What.TABLE)
    assert (change.what, change.act) == (what, Act.REMOVED)
    assert change.old_line == at(edit.removesuffix(" =>"))


def test_blocks_of_code_and_html_are_compared() -> None:
    old = f"{BASE}\n```text\na\n```\n\n<div>\nb\n</div>\n\n***\n"
    new = old.replace("\na\n", "\nc\n").replace("\nb\n", "\nd\n").replace("***", "* * *")
    found = diff(document(old), document(new))
    assert [(c.what, c.act) for c in found] == [
        (What.CODE, Act.CHANGED),
        (What.CODE, Act.CHANGED),
        (What.DIVIDER, Act.CHANGED),
    ]


def test_lists_of_a_scope_belong_to_the_scope() -> None:
    old = "# A\n\n---\n\n## In Scope\n\n- The tower\n"
    (change,) = diff(document(old), document(old + "- The school\n"))
    assert (change.what, change.act) == (What.SCOPE, Act.ADDED)


def test_headings_of_two_lines_are_headings() -> None:
    old = "# A\n\n---\n\nTower\n-----\n\ntext\n"
    (change,) = diff(document(old), document(old.replace("-----", "------")))
    assert (change.what, change.act) == (What.SECTION, Act.CHANGED)


def test_rows_of_another_table_are_not_compared_by_column() -> None:
    head = "# A\n\n---\n\n## T\n\n| ID | Deliverable |\n|--|--|\n| M1.1 | a |\n"
    other = head.replace("Deliverable", "Title").replace("| a |", "| b |")
    changes = diff(document(head), document(other))
    assert all(change.parts == () for change in changes)
    assert {change.what for change in changes} == {What.TABLE, What.ITEM}


def test_many_passages_keep_their_pairs() -> None:
    texts = [f"passage {n} says {n * 7}" for n in range(60)]
    others = [*texts[:10], "a new one", *texts[12:30], "more", *texts[45:], *texts[30:45]]
    head = "# A\n\n---\n\n"
    old, new = head + "\n\n".join(texts) + "\n", head + "\n\n".join(others) + "\n"
    changes = diff(document(old), document(new))
    gone = {change.name for change in changes if change.act is Act.REMOVED}
    assert "passage 11 says 77" in gone
    assert not {f"passage {n} says {n * 7}" for n in range(10)} & gone


def test_what_never_closes_ends_with_its_words() -> None:
    old, new = "# A\n\n---\n\nx\n\n<!-- a\n", "# A\n\n---\n\ny\n\n<!-- a\n\n\n"
    (change,) = diff(document(old), document(new))
    assert change.says == "“x” is now “y”"


def test_repeated_lines_are_additions_where_they_are() -> None:
    head = "# A\n\n---\n\n"
    old, new = head + "x\n\ny\n\nx\n", head + "y\n\nx\n\ny\n\nx\n\nx\n"
    changes = diff(document(old), document(new))
    assert {change.act for change in changes} == {Act.ADDED}


# ---------------------------------------------------------------------------- properties

LINES = st.lists(
    st.sampled_from(
        [
            *filter(None, BASE.split("\n")[8:]),
            *("", "", "---", "<!--", "-->", "```", "> q", "- a", "  - b", "***", "text"),
            *("## In Scope", "### M1: Tower", "M1.1 deferred because", "# B", "Setext\n---"),
            *("| a | b |\n|---|---|\n| M1.1 | `BLOCKED` |", "**Status**: `REJECTED`", "\u200b"),
            *("| ID | Deliverable | Status |\n|--|--|--|\n| M2.1 | x | DEFERRED |", "\\|", "\t"),
        ]
    ),
    max_size=25,
)
TEXTS = LINES.map(lambda lines: "# A\n\n---\n\n" + "\n".join(lines))
ANY = st.one_of(TEXTS, st.text(max_size=200))
STEADY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def below(text: str) -> list[str]:
    made = document(text)
    lines = list(made.lines[made.header_end or 0 :])
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


@STEADY
@given(old=TEXTS, new=TEXTS)
def test_the_difference_is_empty_if_and_only_if_the_texts_are_equal(old: str, new: str) -> None:
    changes = diff(document(old), document(new))
    assert bool(changes) == (below(old) != below(new))
    for change in changes:
        assert change.says
        assert 1 <= change.new_line <= len(document(new).lines)
        assert change.old_line is None or 1 <= change.old_line <= len(document(old).lines)


@STEADY
@given(text=TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert diff(document(text), document("# B\n\n**Date**: now\n\n" + text[5:])) == ()


@STEADY
@given(old=ANY, new=ANY, step=st.sampled_from(sorted(STEPS)), feedback=st.text(max_size=20))
def test_judging_never_raises(old: str, new: str, step: str, feedback: str) -> None:
    decision = judged(old, new, step, feedback)
    assert (decision.verdict is Verdict.NO_GO) == bool(decision.reasons)
    if step == "beta-stable" and decision.changes:
        assert decision.verdict is Verdict.NO_GO


@STEADY
@given(old=TEXTS, new=TEXTS)
def test_what_a_patch_may_be_holds_every_line(old: str, new: str) -> None:
    if judged(old, new, "stable-patch").verdict is Verdict.GO:
        lines = iter(below(new))
        assert all(line in lines for line in below(old))


def test_each_refusal_is_on_a_line_that_is_there() -> None:
    for pair in PAIRS:
        base, step = base_of(pair)
        text = edited(pair.edit, base)
        for reason in judged(base, text, step).reasons:
            assert 1 <= reason.place.line <= text.count("\n") + 1
            assert re.search(r"\w", reason.help)
