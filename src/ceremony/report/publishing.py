"""What artifacts publishes as text, as a step summary and as JSON: the verdict first, then files.

File names are strangers' words and pass through `escape` like everywhere; what a summary or a
terminal cannot hold is counted, and the JSON report has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ceremony.report.escape import cell, code, inert, json_run, line, prose, whole
from ceremony.report.words import counted
from ceremony.rules.artifacts import Outcome, Plan, Verdict
from ceremony.rules.record import File, stamp
from ceremony.rules.record import as_json as manifest

PART = "artifacts"
LINES = 30
"""Files on a terminal."""
ROWS = 200
"""Files in a summary."""
PASSED = 10
"""What was passed over, of which nothing may be wanted."""
NOTES = 50
"""Sentences of one kind in a summary."""

_BOLD, _GREEN, _RED, _RESET = "\x1b[1m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


# ---------------------------------------------------------------------------- words


def headline(outcome: Outcome) -> str:
    """The verdict in one sentence; strangers' words in it stand in backquotes."""
    plan = outcome.plan
    if plan is None:
        return f"nothing was published: {outcome.reason}"
    place = plan.place
    what = f"`{place.source.name}` in channel `{plan.record.channel}`"
    files = counted(len(plan.record.files), "file")
    kind = "prerelease" if plan.record.prerelease else "release"
    if outcome.verdict is Verdict.PUBLISHED:
        return f"published {files} of {what} as {kind} `{plan.record.tag}`, {kept(plan)}"
    if outcome.verdict is Verdict.UP_TO_DATE:
        return f"`{plan.record.tag}` is published already with the same {files}, {kept(plan)}"
    if outcome.verdict is Verdict.PLANNED:
        tag = f" `{plan.record.tag}`" if plan.record.tag else ""
        return f"dry run: {files} of {what} would be published as {kind}{tag}, {kept(plan)}"
    could = "would be" if outcome.dry_run else "was"
    return f"nothing of {what} {could} published: {outcome.reason}"


def kept(plan: Plan) -> str:
    """Until when it lives."""
    expires = plan.record.expires
    if expires is None:
        return "kept for good"
    return f"kept {plan.record.retention.text}, until {expires:%Y-%m-%d}"


def _about(file: File) -> str:
    return ", ".join(filter(None, (file.platform, file.architecture)))


def _asides(plan: Plan) -> list[str]:
    """What was passed over, and what is published under another name, a sentence each."""
    said = [
        f"`{each.path}` is published as `{each.name}`, as GitHub would call it"
        for each in plan.renamed
    ]
    said += [f"passed over `{each.path}`: {each.why}" for each in plan.passed[:PASSED]]
    more = plan.passed_more + len(plan.passed[PASSED:])
    return [*said, f"and {more:,} more passed over"] if more else said


def _row(plan: Plan) -> str:
    """Where the row of the table is from."""
    where = f"of `{plan.table}`" if plan.table else "of the ceremony's own table"
    return f"row `{plan.place.row.pattern}` {where}"


# ---------------------------------------------------------------------------- text


def text(outcome: Outcome, *, colour: bool = False) -> str:
    """The outcome as a few lines for a terminal."""
    said = line(headline(outcome))
    parts = [f"{_BOLD}{_RED if outcome.status else _GREEN}{said}{_RESET}" if colour else said]
    plan = outcome.plan
    if outcome.failure:
        parts.append(f"Unfinished: {line(outcome.failure)}")
    if outcome.url:
        parts.append(f"    {line(outcome.url)}")
    if outcome.channel:
        parts.append(f"    {line(outcome.channel)}")
    if plan:
        parts.append(f"    {line(_row(plan))}")
        if len(plan.refusals) > 1:
            parts += [f"    no: {line(each)}" for each in _some(plan.refusals, "more", LINES)]
        parts += ["    the files:"] * bool(plan.refusals and plan.record.files)
        parts += [
            f"    {file.sha256[:12]}  {file.size:>13,}  {line(file.path)}"
            for file in plan.record.files[:LINES]
        ]
        more = len(plan.record.files) - LINES
        if more > 0:
            parts.append(f"    and {more:,} more: run with `--format json`")
    parts += [f"Notice: {line(each)}" for each in outcome.notices]
    if plan:
        parts += [f"Notice: {line(each)}" for each in _some(_asides(plan), "more", LINES)]
    return inert("\n".join(parts)) + "\n"


def _some(said: Sequence[str], noun: str, limit: int) -> list[str]:
    left = len(said) - limit
    return [*said[:limit], *([f"and {left:,} {noun}"] if left > 0 else [])]


# ---------------------------------------------------------------------------- Markdown


def markdown(outcome: Outcome) -> str:
    """The outcome as GitHub Markdown; what is left out is counted."""
    said = headline(outcome)
    parts = [
        f"## artifacts: {outcome.verdict.value}{' (dry run)' * outcome.dry_run}",
        f"**{prose(said[0].upper() + said[1:])}**",
    ]
    if outcome.failure:
        parts.append(f"**Unfinished:** {prose(outcome.failure)}")
    if outcome.url:
        parts.append(f"Release: {code(outcome.url)}")
    if outcome.channel:
        parts.append(prose(outcome.channel[0].upper() + outcome.channel[1:]))
    plan = outcome.plan
    if plan:
        if len(plan.refusals) > 1:
            parts.append(_listed(plan.refusals))
        parts.append(_table(plan))
    asides = _asides(plan) if plan else []
    parts += filter(None, [_listed(outcome.notices), _listed(asides)])
    return inert("\n\n".join(parts)) + "\n"


def _listed(said: Sequence[str]) -> str:
    return "\n".join(f"- {prose(each)}" for each in _some(said, "more", NOTES))


def _table(plan: Plan) -> str:
    record = plan.record
    expires = f"{record.expires:%Y-%m-%d %H:%M} UTC" if record.expires else "never"
    facts = (
        ("Channel", code(record.channel)),
        ("Row", cell(prose(_row(plan)))),
        ("Kept", f"{record.retention.text}; may be removed: {expires}"),
        ("Tag", code(record.tag) if record.tag else "not known yet"),
        ("From", f"{cell(code(record.ref))} at {code(record.commit[:7] or 'unknown')}"),
        ("Prerelease", "yes" if record.prerelease else "no"),
    )
    rows = [f"| {name} | {value} |" for name, value in facts]
    files = [
        f"| {cell(code(file.name))} | {file.size:,} | {_about(file)} | {code(file.sha256[:12])} |"
        for file in record.files[:ROWS]
    ]
    left = len(record.files) - ROWS
    if left > 0:
        files.append(f"| and {left:,} more | | | |")
    head = "| | |\n|---|---|\n" + "\n".join(rows)
    if not files:
        return head
    return f"{head}\n\n| File | Bytes | For | SHA-256 |\n|------|------:|-----|---------|\n" + (
        "\n".join(files)
    )


# ---------------------------------------------------------------------------- outputs


def as_patterns(files: Sequence[File], prefix: str) -> str:
    """The files' paths, one a line, as patterns that match nothing else.

    `prefix` is the root's path from the workspace. What actions/upload-artifact takes are patterns:
    https://github.com/actions/toolkit/tree/main/packages/glob, "Patterns".
    """
    return "\n".join(_pattern(prefix + file.path) for file in files)


def _pattern(path: str) -> str:
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)
    # In front they would leave files out, be a comment, somebody's home, or be trimmed.
    return f"./{literal}" if literal[0] in "!#~ " else literal


# ---------------------------------------------------------------------------- JSON


def as_json(outcome: Outcome) -> str:
    """The whole outcome as one JSON object."""
    report: dict[str, Any] = {
        "part": PART,
        "verdict": outcome.verdict.value,
        "headline": whole(headline(outcome)),
        "reason": whole(outcome.reason),
        "dryRun": outcome.dry_run,
        "url": outcome.url,
        "uploaded": outcome.uploaded,
        "kept": outcome.kept,
        "latest": outcome.is_latest,
        "channelTag": outcome.channel,
    }
    plan = outcome.plan
    if plan:
        record = plan.record
        report |= {
            "ref": record.ref,
            "pattern": plan.place.row.pattern,
            "table": plan.table,
            "channel": record.channel,
            "retention": record.retention.text,
            "retentionDays": plan.host_days,
            "expiresAt": stamp(record.expires) if record.expires else None,
            "prerelease": record.prerelease,
            "tag": record.tag,
            "refusals": [whole(each) for each in plan.refusals],
            "passed": [{"path": whole(each.path), "why": each.why} for each in plan.passed],
            "passedMore": plan.passed_more,
            "renamed": [{"path": whole(each.path), "name": each.name} for each in plan.renamed],
            "files": [whole(each.path) for each in record.files],
            "manifest": manifest(record),
        }
    return json_run(report, outcome.notices, outcome.requests, outcome.failure)
