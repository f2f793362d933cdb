"""A run of prune as text, as a step summary and as JSON: what goes, and why all the rest stays.

Tags, files' names and reasons are strangers' words and pass through `escape` like everywhere; what
a summary or a terminal cannot hold is counted, and the JSON report has it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ceremony.report.escape import cell, code, inert, json_run, line, prose, whole
from ceremony.report.words import counted, fitting
from ceremony.rules.prune import Orphan, Outcome, Row, Verdict, Word, moment
from ceremony.rules.record import stamp

PART = "prune"
LIMIT = 900_000
"""UTF-8 bytes of a summary's rows: a runner drops a summary above 1 MiB."""
LINES = 20
"""Releases that stay, on a terminal; those that go are all shown."""
ROWS = 200
"""Rows of a table in a summary."""
NOTICES = 50

_BOLD = "\x1b[1m"
_COLOURS = {Word.DELETE: "\x1b[31m", Word.LEFT: "\x1b[33m", Word.KEEP: "\x1b[32m"}
_RESET = "\x1b[0m"


# ---------------------------------------------------------------------------- words


def headline(outcome: Outcome) -> str:
    """The verdict in one sentence; strangers' words in it stand in backquotes."""
    if outcome.verdict is Verdict.REFUSED:
        return f"prune refuses to delete anything: {outcome.reason}"
    stays = f"{counted(outcome.count(Word.KEEP), 'release stays', 'releases stay')}"
    left = outcome.count(Word.LEFT)
    if left:
        stays += f", and {left:,} {'is' if left == 1 else 'are'} left to the next run"
    if outcome.verdict is Verdict.NOTHING:
        return f"prune deletes nothing: {outcome.reason}; {stays}"
    gone = counted(outcome.deleted, "release")
    if outcome.tags:
        gone += f" and {counted(len(outcome.tags), 'tag')}"
    done = "dry run: prune would delete" if outcome.dry_run else "prune has deleted"
    return f"{done} {gone}; {stays}"


def _word(row: Row | Orphan, *, dry_run: bool) -> str:
    if row.word is not Word.DELETE or dry_run:
        return row.word.value
    return "deleted" if row.is_done else "not deleted"


def _day(at: dt.datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _until(row: Row) -> str:
    record = row.release.record
    if row.expires is None:
        return "never" if record and record.expires is None else ""
    return _day(row.expires)


def _tag(row: Row) -> str:
    """What becomes of the release's tag; empty where nothing does."""
    if row.word is not Word.DELETE or not row.sha:
        return ""
    return ", its tag too"


def _rules(outcome: Outcome) -> str:
    policy = outcome.policy
    newest = "newest one stays" if policy.keep_last == 1 else f"newest {policy.keep_last:,} stay"
    clock = f", and by GitHub's clock it is {moment(outcome.server)}" if outcome.server else ""
    return (
        f"Channels: {', '.join(policy.channels)}. In each the {newest}, one run deletes "
        f"{policy.cap:,} at most{clock}"
    )


def _staying(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """What goes or could go, and what stays."""
    staying = [row for row in rows if row.word is Word.KEEP]
    return [row for row in rows if row.word is not Word.KEEP], staying


def _notices(outcome: Outcome) -> list[str]:
    left = len(outcome.notices) - NOTICES
    more = f"{counted(left, 'more notice is', 'more notices are')} in the JSON report"
    return [*outcome.notices[:NOTICES], *([more] if left > 0 else [])]


# ---------------------------------------------------------------------------- text


def text(outcome: Outcome, *, colour: bool = False) -> str:
    """The outcome as a few lines for a terminal."""

    def paint(said: str, colours: str) -> str:
        return f"{colours}{said}{_RESET}" if colour else said

    good = "\x1b[31m" if outcome.status else "\x1b[32m"
    parts = [paint(line(headline(outcome)), _BOLD + good)]
    if outcome.remedy:
        parts.append(f"    do: {line(outcome.remedy)}")
    if outcome.failure:
        parts.append(paint(f"Unfinished: {line(outcome.failure)}", "\x1b[31m"))
    going, staying = _staying(outcome.rows)
    for row in (*going, *staying[:LINES]):
        word = paint(_word(row, dry_run=outcome.dry_run), _COLOURS[row.word])
        facts = [row.channel, _day(row.release.published), _until(row)]
        dates = " -> ".join(filter(None, facts[1:]))
        said = f"{line(row.release.tag)}{f' ({facts[0]})' if facts[0] else ''}  {dates}".rstrip()
        parts += [f"{word}  {said}", f"    {line(row.reason)}{_tag(row)}"]
    if len(staying) > LINES:
        more = counted(len(staying) - LINES, "more release stays", "more releases stay")
        parts.append(f"{more}: `--format json` has them all")
    tags = sorted(outcome.orphans, key=lambda each: each.word is Word.KEEP)
    shown = LINES + sum(each.word is not Word.KEEP for each in tags)
    for orphan in tags[:shown]:
        word = paint(_word(orphan, dry_run=outcome.dry_run), _COLOURS[orphan.word])
        parts += [f"{word}  the tag {line(orphan.tag)}", f"    {line(orphan.reason)}"]
    if len(tags) > shown:
        more = counted(len(tags) - shown, "more tag stays", "more tags stay")
        parts.append(f"{more}: `--format json` has them all")
    if outcome.verdict is not Verdict.REFUSED:
        parts.append(f"{line(_rules(outcome))}.")
    parts += [f"Notice: {line(notice)}" for notice in _notices(outcome)]
    return inert("\n".join(parts)) + "\n"


# ---------------------------------------------------------------------------- Markdown


def markdown(outcome: Outcome) -> str:
    """The outcome as GitHub Markdown; what is left out is counted."""
    said = headline(outcome)
    word = f"{outcome.verdict.value}{', and left unfinished' if outcome.failure else ''}"
    parts = [
        f"## prune: {word}{' (dry run)' * outcome.dry_run}",
        f"**{prose(said[0].upper() + said[1:])}**",
    ]
    if outcome.remedy:
        parts.append(f"What to do: {prose(outcome.remedy)}")
    if outcome.failure:
        parts.append(f"**Unfinished:** {prose(outcome.failure)}")
    if outcome.verdict is not Verdict.REFUSED:
        parts.append(f"{prose(_rules(outcome))}.")
    going, staying = _staying(outcome.rows)
    rows = fitting([_cells(row, outcome) for row in (*going, *staying)][:ROWS], LIMIT - ROWS)
    if rows:
        left = len(outcome.rows) - len(rows)
        more = f"\n\n{counted(left, 'more release is', 'more releases are')} in the JSON report."
        parts.append(
            "| Release | Channel | Published | Expires | Verdict | Reason |\n"
            "|---------|---------|-----------|---------|---------|--------|\n"
            + "\n".join(rows)
            + (more if left else "")
        )
    orphans = sorted(outcome.orphans, key=lambda each: each.word is Word.KEEP)
    tags = [
        f"| {cell(code(each.tag))} | {_word(each, dry_run=outcome.dry_run)} | "
        f"{cell(prose(each.reason))} |"
        for each in orphans[:ROWS]
    ]
    if tags:
        head = "| Tag without a release | Verdict | Reason |\n|-----|-----|-----|\n"
        left = len(outcome.orphans) - len(tags)
        more = f"\n\n{counted(left, 'more tag is', 'more tags are')} in the JSON report."
        parts.append(head + "\n".join(tags) + (more if left else ""))
    parts += ["\n".join(f"- Notice: {prose(each)}" for each in _notices(outcome))]
    return inert("\n\n".join(filter(None, parts))) + "\n"


def _cells(row: Row, outcome: Outcome) -> str:
    tag = code(row.release.tag)
    cells = (
        tag,
        row.channel or "not known",
        _day(row.release.published),
        _until(row),
        _word(row, dry_run=outcome.dry_run),
        prose(row.reason) + _tag(row),
    )
    return inert(f"| {' | '.join(map(cell, cells))} |")


# ---------------------------------------------------------------------------- JSON


def as_json(outcome: Outcome) -> str:
    """The outcome as one indented JSON object that ends with a line feed."""
    report: dict[str, object] = {
        "part": PART,
        "verdict": outcome.verdict.value,
        "reason": whole(outcome.reason),
        "remedy": whole(outcome.remedy),
        "dryRun": outcome.dry_run,
        "channels": list(outcome.policy.channels),
        "keepLast": outcome.policy.keep_last,
        "maxDeletions": outcome.policy.cap,
        "serverTime": stamp(outcome.server) if outcome.server else None,
        "deleted": outcome.deleted,
        "kept": outcome.count(Word.KEEP),
        "left": outcome.count(Word.LEFT),
        "tags": [whole(tag) for tag in outcome.tags],
        "releases": [_as_row(row) for row in outcome.rows],
        "orphans": [
            {
                "tag": whole(each.tag),
                "sha": each.sha,
                "verdict": each.word.value,
                "reason": whole(each.reason),
                "done": each.is_done,
            }
            for each in outcome.orphans
        ],
    }
    return json_run(report, outcome.notices, outcome.requests, outcome.failure)


def _as_row(row: Row) -> dict[str, object]:
    release = row.release
    return {
        "id": release.id,
        "release": whole(release.tag),
        "channel": row.channel or None,
        "published": stamp(release.published) if release.published else None,
        "expires": stamp(row.expires) if row.expires else None,
        "verdict": row.word.value,
        "reason": whole(row.reason),
        "takesTag": bool(row.sha),
        "done": row.is_done,
    }
