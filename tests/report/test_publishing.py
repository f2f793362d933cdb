"""What artifacts reports, and a release's notes: facts, and words that stay words."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from markdown_it import MarkdownIt

from ceremony.report import notes, publishing
from ceremony.report.escape import commands
from ceremony.report.notes import Changes
from ceremony.rules import channels
from ceremony.rules.artifacts import (
    Gathered,
    Origin,
    Outcome,
    Passed,
    Plan,
    Renamed,
    Verdict,
    Walk,
    plan,
)
from ceremony.rules.record import File
from tests.report.hostile import COMMANDS, MARKDOWN, SPOOFS, obeyed

AT = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
EVERY = {**COMMANDS, **MARKDOWN, **{name: text for name, (text, _) in SPOOFS.items()}}
PARSER = MarkdownIt("gfm-like", {"linkify": False})
MARKS = {"text", "code_inline", "strong_open", "strong_close", "softbreak"}


def planned(
    ref: str = "latest", files: int = 2, passed: str = "link.deb", extra: tuple[str, ...] = ()
) -> Plan:
    gathered = [Gathered(f"deb/app{number}_amd64.deb", 1_000, "ab" * 32) for number in range(files)]
    found = plan(
        channels.place(channels.source(ref), channels.default_table()),
        Origin("spiritstream/app", "a" * 40),
        (),
        Walk(tuple(gathered), (), (Passed(passed, "is a link"),), 2),
        at=AT,
        host_limit=90,
        tag="preview-20260131-aaaaaaa",
    )
    renamed = (Renamed(passed, "y.deb"),)
    return Plan(**{**vars(found), "renamed": renamed, "refusals": extra})


def hostile(text: str) -> Outcome:
    return Outcome(
        verdict=Verdict.REFUSED,
        reason=f"`{text}` holds what looks like a token{text}",
        plan=planned(passed=text, extra=(f"`{text}` is no", text)),
        url=text,
        channel=text,
        failure=text,
        notices=(text,),
    )


def test_the_headline_of_each_verdict() -> None:
    def said(verdict: Verdict, **more: object) -> str:
        given = {"plan": planned(), "reason": "no", **more}
        return publishing.headline(Outcome(verdict=verdict, **given))  # type: ignore[arg-type]

    assert said(Verdict.PUBLISHED) == (
        "published 2 files of `latest` in channel `preview` as prerelease "
        "`preview-20260131-aaaaaaa`, kept 30 days, until 2026-03-02"
    )
    assert said(Verdict.UP_TO_DATE).startswith(
        "`preview-20260131-aaaaaaa` is published already with the same 2 files"
    )
    assert said(Verdict.PLANNED, dry_run=True).startswith("dry run: 2 files of `latest`")
    assert said(Verdict.REFUSED) == "nothing of `latest` in channel `preview` was published: no"
    assert said(Verdict.NOTHING, dry_run=True).endswith("would be published: no")
    assert said(Verdict.REFUSED, plan=None) == "nothing was published: no"
    stable = said(Verdict.PUBLISHED, plan=planned("v1.0.0-stable"))
    assert " as release `" in stable
    assert stable.endswith("kept for good")


def test_text_shows_files_and_counts_the_rest() -> None:
    outcome = Outcome(
        verdict=Verdict.PUBLISHED, plan=planned(files=40), url="https://x/y", channel="the tag"
    )
    lines = publishing.text(outcome).splitlines()
    assert lines[1:3] == ["    https://x/y", "    the tag"]
    assert lines[3] == "    row `latest` of the ceremony's own table"
    assert lines[4] == "    abababababab          1,000  deb/app0_amd64.deb"
    assert "    and 10 more: run with `--format json`" in lines
    assert "Notice: passed over `link.deb`: is a link" in lines
    assert "Notice: and 2 more passed over" in lines
    assert publishing.text(outcome, colour=True).startswith("\x1b[1m\x1b[32mpublished 40 files")


def test_markdown_has_a_row_for_each_file_and_counts_the_rest() -> None:
    text = publishing.markdown(Outcome(verdict=Verdict.PUBLISHED, plan=planned(files=250)))
    assert text.count("| linux, x86_64 |") == 200
    assert "| and 50 more | | | |" in text
    assert "## artifacts: published" in text
    none = publishing.markdown(Outcome(verdict=Verdict.NOTHING, plan=planned(files=0)))
    assert "SHA-256" not in none


def test_json_holds_all_of_it() -> None:
    outcome = Outcome(verdict=Verdict.PLANNED, plan=planned(), dry_run=True, notices=("n",))
    report = json.loads(publishing.as_json(outcome))
    assert (report["part"], report["verdict"], report["dryRun"]) == ("artifacts", "planned", True)
    assert (report["channel"], report["retention"]) == ("preview", "30 days")
    assert report["expiresAt"] == "2026-03-02T12:00:00Z"
    assert report["manifest"]["files"][0]["name"] == "app0_amd64.deb"
    assert "plan" not in json.loads(publishing.as_json(Outcome(verdict=Verdict.REFUSED)))


@pytest.mark.parametrize("text", EVERY.values(), ids=EVERY)
def test_rows_4_to_8_and_38_to_39_strangers_words_are_only_words(text: str) -> None:
    outcome = hostile(text)
    shown = (publishing.text(outcome), publishing.markdown(outcome), publishing.as_json(outcome))
    for printed in shown:
        assert obeyed(printed) == []
        assert obeyed(commands(printed)) == []
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
    assert_plain(shown[1], headings=1)
    body = notes.render(planned().record, Changes("b" * 40, (("c" * 40, text),), 1))
    assert_plain(body, headings=1)


def assert_plain(markdown: str, *, headings: int) -> None:
    """No mark of it comes from a stranger."""
    tokens = PARSER.parse(markdown)
    assert [token.type for token in tokens].count("heading_open") == headings
    assert {token.type for token in tokens} & {"html_block", "fence", "blockquote_open"} == set()
    for token in tokens:
        for child in token.children or ():
            assert child.type in MARKS, token.content


def test_paths_for_upload_artifact_mean_themselves() -> None:
    file = File("x", "x", 1, "ab" * 32, "a/b", "", "")
    paths = ["a/x.deb", "[a]/x*?.deb", "!x.deb", "#x.deb", "~/x.deb", " a/x.deb"]
    files = [file._replace(path=path) for path in paths]
    assert publishing.as_patterns(files, "").splitlines() == [
        "a/x.deb",
        "[[]a]/x[*][?].deb",
        "./!x.deb",
        "./#x.deb",
        "./~/x.deb",
        "./ a/x.deb",
    ]
    assert publishing.as_patterns(files[:1], "out/") == "out/a/x.deb"


# ---------------------------------------------------------------------------- notes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (Changes(None, (), 0), "This is the channel's first release."),
        (Changes("b" * 40, (), -1), f"What has changed since {'b' * 40} could not be listed."),
        (Changes("b" * 40, (), 0), f"Nothing has changed since {'b' * 40}."),
        (Changes("b" * 40, (("c" * 40, "Fix"),), 1), f"## 1 commit since {'b' * 40}"),
        (Changes("b" * 40, (("c" * 40, "Fix"),), 9), "and 8 more"),
    ],
    ids=["first", "unknown", "nothing", "one", "cut"],
)
def test_what_has_changed(changes: Changes, said: str) -> None:
    assert said in notes.render(planned().record, changes)


def test_the_newest_commit_comes_first() -> None:
    commits = (("1" * 40, "Old"), ("2" * 40, "New"))
    text = notes.render(planned("v1.0.0-stable").record, Changes("b" * 40, commits, 2))
    assert text.index("`New`") < text.index("`Old`")
    assert "version 1.0.0, stage stable" in text
    assert "It is kept for good." in text


def test_row_41_notes_are_cut_before_their_limit() -> None:
    commits = tuple((f"{number:040d}", "🎉" * 400) for number in range(250))
    text = notes.render(planned().record, Changes("b" * 40, commits, 250))
    assert len(text) <= notes.LIMIT
    assert "\nand 50 more\n" in text
