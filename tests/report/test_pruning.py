"""A prune's report: what goes, why the rest stays, and strangers' words that stay words."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ceremony.report import pruning
from ceremony.report.escape import commands
from ceremony.rules import retention
from ceremony.rules.prune import Orphan, Outcome, Policy, Release, Row, Verdict, Word
from ceremony.rules.record import Record
from tests.report.hostile import COMMANDS, MARKDOWN, SPOOFS, obeyed

NOW = dt.datetime(2026, 6, 1, 12, 0, 0, tzinfo=dt.UTC)
EVERY = {**COMMANDS, **MARKDOWN, **{name: text for name, (text, _) in SPOOFS.items()}}
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table"])
BLOCKS = {
    "heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
MARKS = {"text", "code_inline", "softbreak", "strong_open", "strong_close"}


def release(number: int, *, tag: str = "", days: int = 40, kept: str = "30 days") -> Release:
    at = NOW - dt.timedelta(days=days)
    name = tag or f"preview-{at:%Y%m%d}-{number:07x}"
    lasting = retention.parse(kept)
    said = Record(
        repository="spiritstream/app",
        tag=name,
        channel="preview",
        retention=lasting,
        created=at,
        expires=retention.expires(lasting, at),
        prerelease=True,
        ref="refs/heads/latest",
        commit="c" * 40,
        version="",
        stage=None,
        files=(),
    )
    return Release(
        id=number,
        tag=name,
        is_draft=False,
        is_prerelease=True,
        is_immutable=False,
        is_latest=False,
        published=at,
        assets=(),
        record=said,
    )


def row(number: int, word: Word, reason: str = "its 30 days were over", **more: Any) -> Row:
    one = release(number)
    expires = one.record.expires if one.record else None
    return Row(one, word, reason, expires)._replace(**more)


def outcome(**more: Any) -> Outcome:
    given = Outcome(
        Verdict.PRUNED,
        "they have outlived their retention",
        rows=(
            row(1, Word.DELETE, sha="c" * 40, is_done=True),
            row(2, Word.LEFT),
            row(3, Word.KEEP, "it is kept for ever", expires=None, release=release(3, days=2)),
        ),
        orphans=(
            Orphan("preview-20260101-ccccccc", "c" * 40, Word.DELETE, "its release is gone", True),
        ),
        policy=Policy(("preview", "alpha"), 1, 20),
        server=NOW,
        requests=7,
    )
    return given._replace(**more)


# ---------------------------------------------------------------------------- the headline

STAYS = "1 release stays, and 1 is left to the next run"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            outcome(),
            f"prune has deleted 1 release and 2 tags; {STAYS}",
        ),
        (
            outcome(verdict=Verdict.PLANNED, dry_run=True),
            f"dry run: prune would delete 1 release and 2 tags; {STAYS}",
        ),
        (
            outcome(rows=(row(1, Word.LEFT), row(2, Word.LEFT)), orphans=()),
            "prune has deleted 0 releases; 0 releases stay, and 2 are left to the next run",
        ),
        (
            outcome(
                verdict=Verdict.NOTHING,
                reason="no release may go",
                rows=(row(1, Word.KEEP), row(2, Word.KEEP)),
                orphans=(),
            ),
            "prune deletes nothing: no release may go; 2 releases stay",
        ),
        (
            Outcome(Verdict.REFUSED, "1 record cannot be believed"),
            "prune refuses to delete anything: 1 record cannot be believed",
        ),
    ],
    ids=["pruned", "planned", "left", "nothing", "refused"],
)
def test_the_headline(said: Outcome, words: str) -> None:
    assert pruning.headline(said) == words
    assert pruning.text(said).startswith(words + "\n")
    assert re.sub(r"[`*]", "", pruning.markdown(said)).splitlines()[2].lower() == words.lower()


# ---------------------------------------------------------------------------- the forms


def test_the_text() -> None:
    said = outcome(notices=("No prerelease has a record of the channel `alpha`",))
    assert pruning.text(said) == (
        "prune has deleted 1 release and 2 tags; 1 release stays, and 1 is left to the next run\n"
        "deleted  preview-20260422-0000001 (preview)  2026-04-22 -> 2026-05-22\n"
        "    its 30 days were over, its tag too\n"
        "left  preview-20260422-0000002 (preview)  2026-04-22 -> 2026-05-22\n"
        "    its 30 days were over\n"
        "keep  preview-20260530-0000003 (preview)  2026-05-30\n"
        "    it is kept for ever\n"
        "deleted  the tag preview-20260101-ccccccc\n"
        "    its release is gone\n"
        "Channels: preview, alpha. In each the newest one stays, one run deletes 20 at most, and "
        "by GitHub's clock it is 2026-06-01 12:00 UTC.\n"
        "Notice: No prerelease has a record of the channel `alpha`\n"
    )


def test_the_markdown() -> None:
    said = outcome(notices=("No prerelease has a record of the channel `alpha`",))
    shown = pruning.markdown(said)
    assert shown.startswith("## prune: pruned\n\n**Prune has deleted 1 release and 2 tags; ")
    assert (
        "| `preview-20260422-0000001` | preview | 2026-04-22 | 2026-05-22 | deleted | "
        "its 30 days were over, its tag too |"
    ) in shown
    assert "| `preview-20260101-ccccccc` | deleted | its release is gone |" in shown
    assert shown.endswith("- Notice: No prerelease has a record of the channel `alpha`\n")


def test_what_never_ends_and_what_is_not_known() -> None:
    never = Row(release(1, kept="indefinite"), Word.KEEP, "it is kept for ever")
    bare = Row(release(2)._replace(record=None, published=None), Word.KEEP, "it is a draft")
    shown = pruning.markdown(outcome(rows=(never, bare)))
    assert "| preview | 2026-04-22 | never | keep | it is kept for ever |" in shown
    assert "| not known |  |  | keep | it is a draft |" in shown
    said = pruning.text(outcome(rows=(never, bare)))
    assert "2026-04-22 -> never\n" in said
    assert "keep  preview-20260422-0000002\n" in said


def test_a_deletion_that_did_not_come_to_be() -> None:
    said = outcome(rows=(row(1, Word.DELETE),), failure="Not all was deleted: the wire broke")
    assert "not deleted  preview-" in pruning.text(said)
    assert "\nUnfinished: Not all was deleted: the wire broke\n" in pruning.text(said)
    assert "## prune: pruned, and left unfinished\n" in pruning.markdown(said)
    assert "**Unfinished:** Not all was deleted: the wire broke" in pruning.markdown(said)
    report = json.loads(pruning.as_json(said))
    assert report["failure"] == "Not all was deleted: the wire broke"
    assert report["releases"][0]["done"] is False


def test_a_refusal_says_what_to_do_and_no_rules() -> None:
    said = Outcome(Verdict.REFUSED, "a reason", "Set the clock right", dry_run=True)
    assert pruning.text(said) == (
        "prune refuses to delete anything: a reason\n    do: Set the clock right\n"
    )
    assert pruning.markdown(said) == (
        "## prune: refused (dry run)\n\n**Prune refuses to delete anything: a reason**\n\n"
        "What to do: Set the clock right\n"
    )
    assert json.loads(pruning.as_json(said))["serverTime"] is None


def test_more_than_one_stays() -> None:
    assert "In each the newest 3 stay" in pruning.text(outcome(policy=Policy(("a",), 3, 20)))


def test_colours_are_only_colours() -> None:
    for said in (outcome(), outcome(failure="x"), Outcome(Verdict.REFUSED, "x")):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", pruning.text(said, colour=True))
        assert plain == pruning.text(said)
        assert "\x1b[" in pruning.text(said, colour=True)


def test_the_json() -> None:
    said = json.loads(pruning.as_json(outcome()))
    assert {key: said[key] for key in ("part", "verdict", "deleted", "kept", "left", "tags")} == {
        "part": "prune",
        "verdict": "pruned",
        "deleted": 1,
        "kept": 1,
        "left": 1,
        "tags": ["preview-20260422-0000001", "preview-20260101-ccccccc"],
    }
    assert said["serverTime"] == "2026-06-01T12:00:00Z"
    assert said["releases"][0] == {
        "id": 1,
        "release": "preview-20260422-0000001",
        "channel": "preview",
        "published": "2026-04-22T12:00:00Z",
        "expires": "2026-05-22T12:00:00Z",
        "verdict": "delete",
        "reason": "its 30 days were over",
        "takesTag": True,
        "done": True,
    }
    assert said["orphans"][0]["done"] is True
    assert "failure" not in said


# ---------------------------------------------------------------------------- sizes


def test_many_that_stay_are_counted_and_all_that_go_are_shown() -> None:
    rows = (
        *(row(number, Word.DELETE) for number in range(1, 101)),
        *(row(number, Word.KEEP, "it is a draft") for number in range(101, 601)),
    )
    text = pruning.text(outcome(rows=rows, verdict=Verdict.PLANNED, dry_run=True))
    assert len(re.findall("(?m)^delete  ", text)) == 101
    assert len(re.findall("(?m)^keep  ", text)) == pruning.LINES
    assert "480 more releases stay: `--format json` has them all" in text
    shown = pruning.markdown(outcome(rows=rows))
    assert "400 more releases are in the JSON report." in shown
    assert len(json.loads(pruning.as_json(outcome(rows=rows)))["releases"]) == 600


def test_tags_that_stay_are_counted_behind_those_that_go() -> None:
    orphans = (
        *(Orphan(f"a-20240101-{number:07x}", "c" * 40, Word.KEEP, "x") for number in range(300)),
        Orphan("b-20240101-0000000", "c" * 40, Word.DELETE, "its release is gone", is_done=True),
    )
    said = outcome(orphans=orphans)
    text = pruning.text(said)
    assert text.index("the tag b-20240101") < text.index("the tag a-20240101")
    assert text.count("the tag a-20240101-") == pruning.LINES
    assert "280 more tags stay: `--format json` has them all" in text
    assert "| `b-20240101-0000000` | deleted |" in pruning.markdown(said)


def test_tags_and_notices_that_are_left_out_are_counted() -> None:
    orphans = tuple(
        Orphan(f"preview-20240101-{number:07x}", "c" * 40, Word.LEFT, "x") for number in range(500)
    )
    said = outcome(orphans=orphans, notices=tuple(f"notice {number}" for number in range(52)))
    shown = pruning.markdown(said)
    assert shown.count("| `preview-20240101-") == 200
    assert "\n\n300 more tags are in the JSON report.\n" in shown
    assert "- Notice: notice 49\n- Notice: 2 more notices are in the JSON report\n" in shown
    text = pruning.text(said)
    assert text.count("the tag preview-20240101-") == 500
    assert text.endswith("Notice: notice 49\nNotice: 2 more notices are in the JSON report\n")
    assert len(json.loads(pruning.as_json(said))["notices"]) == 52
    one = pruning.markdown(said._replace(orphans=orphans[:201], notices=said.notices[:51]))
    assert "1 more tag is in the JSON report." in one
    assert "1 more notice is in the JSON report\n" in one


def test_row_41_a_summary_stays_within_its_limit() -> None:
    long = "\u202e" * 5_000
    rows = tuple(Row(release(number, tag=long), Word.KEEP, long) for number in range(300))
    shown = pruning.markdown(outcome(rows=rows))
    assert 500_000 < len(shown.encode()) < 1_000_000
    left = re.search("([0-9]+) more releases are in the JSON report", shown)
    assert left is not None
    assert 100 < int(left[1]) < 300


# ---------------------------------------------------------------------------- strangers


def hostile(text: str) -> Outcome:
    """An outcome in which a stranger's words stand wherever they can."""
    return outcome(
        rows=(
            Row(release(1, tag=text or "x"), Word.DELETE, f"a reason `{text}`", sha="c" * 40),
            Row(release(2, tag=text or "x"), Word.KEEP, text),
        ),
        orphans=(Orphan(text, "c" * 40, Word.KEEP, text),),
        reason=f"a reason `{text}`",
        remedy=text,
        failure=text,
        notices=(f"a notice `{text}`", text),
    )


def assert_inert(said: Outcome) -> None:
    for printed in (
        pruning.text(said),
        pruning.text(said, colour=True),
        pruning.markdown(said),
        pruning.as_json(said),
    ):
        assert obeyed(printed) == []
        assert obeyed(commands(printed)) == []
    cells: list[int] = []
    for token in PARSER.parse(pruning.markdown(said)):
        if token.type == "tr_open":
            cells.append(0)
        elif token.type in {"td_open", "th_open"}:
            cells[-1] += 1
        if token.type == "inline":
            assert {child.type for child in token.children or ()} <= MARKS, token.content
        else:
            assert token.type.rpartition("_")[0] in BLOCKS, token.type
    assert cells == [6, 6, 6, 3, 3]


@pytest.mark.parametrize("verdict", [Verdict.PRUNED, Verdict.NOTHING])
@pytest.mark.parametrize("text", EVERY.values(), ids=EVERY)
def test_rows_4_to_8_and_38_to_39_strangers_words_are_only_words(
    text: str, verdict: Verdict
) -> None:
    said = hostile(text)._replace(verdict=verdict)
    assert_inert(said)
    for printed in (pruning.text(said), pruning.markdown(said)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
        printed.encode()
    pruning.as_json(said).encode("ascii")


@given(st.text('`|\\"<>*_[]()!:#@-\n a', max_size=30))
@settings(max_examples=200, deadline=None)
def test_whatever_marks_they_make(text: str) -> None:
    assert_inert(hostile(text))
