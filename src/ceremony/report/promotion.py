"""A promotion as text, as a step summary and as JSON: the verdict first, then every excuse.

Titles, names and reasons are strangers' words and pass through `escape` like everywhere; what a
summary or a terminal cannot hold is counted, and the JSON report has it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from ceremony.report.escape import code, cut, inert, json_inert, line, prose, whole
from ceremony.report.words import counted
from ceremony.rules.evidence import Excuse, Standard, Weighed
from ceremony.rules.promote import Relation, Verdict
from ceremony.rules.promotion import Moved, Outcome
from ceremony.rules.refs import short

PART = "promote"
LIMIT = 1_000_000
"""UTF-8 bytes of a summary: a runner drops it above 1 MiB, whatever else the step has put there."""
ROWS = 20
"""Commits that a terminal is shown."""
FOLDS = 20
"""Commits whose evidence a summary lists, as far as there is room."""
CHECKS = 50
"""Pieces of evidence of one commit that it lists."""
NOTICES = 50
DONE = frozenset({Verdict.PROMOTED, Verdict.UP_TO_DATE})
"""Verdicts that leave nothing to worry about, whatever was foreseen."""
TITLE = 80
"""Characters of a title."""

_BOLD = "\x1b[1m"
_COLOURS = {
    Standard.GREEN: "\x1b[32m",
    Standard.PENDING: "\x1b[33m",
    Standard.HELD: "\x1b[36m",
    Standard.FAILED: "\x1b[31m",
}
_RESET = "\x1b[0m"


# ---------------------------------------------------------------------------- words


def headline(outcome: Outcome) -> str:
    """The verdict in one sentence; strangers' words in it stand in backquotes."""
    standing = outcome.standing
    if standing is None:
        return f"promote refuses: {outcome.reason}"
    latest = f"`{standing.latest}`"
    at = f" at {standing.latest_sha[:7]}" if standing.latest_sha else ""
    target = outcome.target
    if outcome.verdict is Verdict.PROMOTED and target:
        return _moved(outcome, latest, target)
    if outcome.verdict is Verdict.UP_TO_DATE:
        return f"{latest} is up to date with `{standing.main}`{at}"
    if outcome.verdict is Verdict.DIVERGED:
        return f"{latest} has diverged{at}: {outcome.reason}"
    if outcome.verdict is Verdict.REFUSED:
        return f"{latest} was not moved: {outcome.reason}"
    if not at:
        return f"{latest} is not created yet: {outcome.reason}"
    stays = "is held" if outcome.verdict is Verdict.HELD else "stays"
    return f"{latest} {stays}{at}: {outcome.reason}"


def _moved(outcome: Outcome, latest: str, target: Moved) -> str:
    titles = (
        excuse.candidate.title for excuse in outcome.excuses if excuse.candidate.sha == target.after
    )
    said = cut(next(titles, ""), TITLE).replace("`", "'").strip()
    there = target.after[:7] + (f" (`{said}`)" if said else "")
    if outcome.standing and outcome.standing.relation is Relation.ABSENT:
        done = "would be created" if outcome.dry_run else "was created"
        way = f"{done} at {there}"
    else:
        done = "would move" if outcome.dry_run else "moved"
        way = f"{done} {counted(outcome.commits, 'commit')} forward to {there}"
    further = (
        f", and somebody has moved it on to {outcome.after[:7]} since"
        if target.moved and outcome.after and outcome.after != target.after
        else ""
    )
    return f"{'dry run: ' * outcome.dry_run}{latest} {way}{further}"


def _has_own_remedy(outcome: Outcome) -> bool:
    """Whether the verdict has a remedy that no commit's row shows."""
    shown = {excuse.remedy for excuse in outcome.excuses[:ROWS]}
    return bool(outcome.remedy) and outcome.remedy not in shown


def _way(move: Moved, *, dry_run: bool) -> str:
    """One ref's move, in the words of the refs alone."""
    before = move.before[:7] if move.before else "nothing"
    state = "" if move.moved or dry_run else " (not moved)"
    return f"{short(move.ref)}: {before} -> {move.after[:7]}{state}"


def _left(number: int, noun: str) -> str:
    return f"{counted(number, f'more {noun} is', f'more {noun}s are')} in the JSON report"


# ---------------------------------------------------------------------------- text


def text(outcome: Outcome, *, colour: bool = False) -> str:
    """The outcome as a few lines for a terminal."""
    paint: Callable[[str, str], str] = _coloured if colour else _plain
    good = "\x1b[32m" if outcome.status == 0 else "\x1b[31m"
    parts = [paint(line(headline(outcome)), _BOLD + good)]
    if _has_own_remedy(outcome):
        parts.append(f"    do: {line(outcome.remedy)}")
    if outcome.failure:
        parts.append(paint(f"Unfinished: {line(outcome.failure)}", "\x1b[31m"))
    parts += [f"    {line(_way(move, dry_run=outcome.dry_run))}" for move in outcome.moves]
    if outcome.dispatched:
        parts.append(f"    started: {line(', '.join(outcome.dispatched))}")
    for excuse in outcome.excuses[:ROWS]:
        parts += _row(excuse, paint)
    if len(outcome.excuses) > ROWS:
        parts.append(_left(len(outcome.excuses) - ROWS, "commit"))
    if outcome.standing and outcome.standing.strays:
        parts.append(f"Only on {line(outcome.standing.latest)}:")
        parts += [f"    {stray.sha[:7]} {_title(stray.title)}" for stray in outcome.standing.strays]
    parts += [f"Notice: {line(notice)}" for notice in outcome.notices[:NOTICES]]
    if len(outcome.notices) > NOTICES:
        parts.append(_left(len(outcome.notices) - NOTICES, "notice"))
    return inert("\n".join(parts)) + "\n"


def _row(excuse: Excuse, paint: Callable[[str, str], str]) -> list[str]:
    word = paint(excuse.verdict.value, _COLOURS.get(excuse.verdict, _COLOURS[Standard.FAILED]))
    pad = " " * (8 - len(excuse.verdict.value))
    row = [f"{excuse.candidate.sha[:7]} {word}{pad}{_title(excuse.candidate.title)}"]
    row.append(f"    {line(excuse.sentence)}")
    if excuse.remedy:
        row.append(f"    do: {line(excuse.remedy)}")
    return row


def _title(title: str) -> str:
    return line(title, TITLE)


def _plain(said: str, _: str) -> str:
    return said


def _coloured(said: str, colour: str) -> str:
    return f"{colour}{said}{_RESET}"


# ---------------------------------------------------------------------------- Markdown


def markdown(outcome: Outcome) -> str:
    """The outcome as GitHub Markdown of at most `LIMIT` bytes; what does not fit is counted."""
    head = _head(outcome)
    foot = _strays(outcome) + _notices(outcome.notices)
    room = LIMIT - _size(head) - _size(foot) - 500
    rows, room = _fitting(map(_cells, outcome.excuses), room)
    table = ""
    if rows:
        table = (
            "| Commit | Title | Verdict | Why | What would change it |\n"
            "|--------|-------|---------|-----|----------------------|\n" + "".join(rows) + "\n"
        )
    if len(rows) < len(outcome.excuses):
        table += f"{_left(len(outcome.excuses) - len(rows), 'commit')}.\n\n"
    folds, _ = _fitting(map(_fold, outcome.excuses[:FOLDS]), room)
    return (head + table + foot + "".join(folds)).rstrip("\n") + "\n"


def _fitting(parts: Iterable[str], room: int) -> tuple[list[str], int]:
    """The first parts that fit, and the room that they leave."""
    fitting: list[str] = []
    for part in parts:
        if _size(part) > room:
            break
        room -= _size(part)
        fitting.append(part)
    return fitting, room


def _size(said: str) -> int:
    return len(said.encode("utf-8", "replace"))


def _head(outcome: Outcome) -> str:
    said = headline(outcome)
    parts = [f"**{prose(said[0].upper() + said[1:])}**"]
    if _has_own_remedy(outcome):
        parts.append(f"What to do: {prose(outcome.remedy)}")
    if outcome.failure:
        parts.append(f"**Unfinished:** {prose(outcome.failure)}")
    if outcome.moves:
        rows = "".join(
            f"| {_cell(code(move.ref))} | {_sha(move.before)} | {_sha(move.after)} | "
            f"{'yes' if move.moved else 'no'} |\n"
            for move in outcome.moves
        )
        parts.append(f"| Ref | From | To | Moved |\n|-----|------|----|-------|\n{rows}".rstrip())
    if outcome.dispatched:
        parts.append(f"Started: {', '.join(map(code, outcome.dispatched))}")
    return inert("\n\n".join(parts)) + "\n\n"


def _cells(excuse: Excuse) -> str:
    change = excuse.remedy or ("Waiting" if excuse.is_temporary else "")
    cells = (
        _sha(excuse.candidate.sha),
        code(cut(excuse.candidate.title, TITLE)),
        excuse.verdict.value + (", for now" if excuse.is_temporary else ""),
        prose(excuse.sentence),
        prose(change),
    )
    return inert(f"| {' | '.join(map(_cell, cells))} |") + "\n"


def _cell(said: str) -> str:
    r"""A cell's content: a pipe would end it, even in a code span.

    A backslash before the pipe keeps it in, unless another backslash stands before that one.
    """
    return said.replace("|", r"\x7c" if r"\|" in said else r"\|")


def _sha(sha: str | None) -> str:
    return code(sha[:7]) if sha else "nothing"


def _fold(excuse: Excuse) -> str:
    if not excuse.weighed:
        return ""
    items = "".join(map(_item, excuse.weighed[:CHECKS]))
    if len(excuse.weighed) > CHECKS:
        items += f"- {_left(len(excuse.weighed) - CHECKS, 'check')}\n"
    counts = sum(weighed.counts for weighed in excuse.weighed)
    summary = (
        f"<code>{excuse.candidate.sha[:7]}</code>: {counts:,} of "
        f"{counted(len(excuse.weighed), 'check')} counted"
    )
    return f"<details>\n<summary>{summary}</summary>\n\n{inert(items)}\n</details>\n\n"


def _item(weighed: Weighed) -> str:
    evidence = weighed.evidence
    origin = f" of {code(cut(_origin(weighed), TITLE))}" if _origin(weighed) else ""
    by = f" by {code(evidence.event)}" if evidence.event else ""
    why = f": {prose(weighed.why)}" if weighed.why else ""
    word = "" if weighed.counts else ", not counted"
    return f"- {code(cut(evidence.name, 200))}{origin}{by}, {evidence.state.value}{word}{why}\n"


def _origin(weighed: Weighed) -> str:
    """Who reported it: an app, or a status's creator."""
    return weighed.evidence.app or weighed.evidence.creator


def _strays(outcome: Outcome) -> str:
    if outcome.standing is None or not outcome.standing.strays:
        return ""
    rows = "".join(
        f"| {_sha(stray.sha)} | {_cell(code(cut(stray.title, TITLE)))} |\n"
        for stray in outcome.standing.strays
    )
    left = outcome.standing.behind_by - len(outcome.standing.strays)
    more = f"{counted(left, 'more commit')} besides.\n\n" if left > 0 else ""
    head = f"| Only on {_cell(code(outcome.standing.latest))} | Title |\n|---------|-------|\n"
    return inert(f"{head}{rows}\n{more}")


def _notices(notices: Sequence[str]) -> str:
    said = "".join(f"- Notice: {prose(notice)}\n" for notice in notices[:NOTICES])
    if len(notices) > NOTICES:
        said += f"- {_left(len(notices) - NOTICES, 'notice')}\n"
    return inert(said) + "\n" if said else ""


# ---------------------------------------------------------------------------- JSON


def as_json(outcome: Outcome) -> str:
    """The outcome as one indented JSON object that ends with a line feed."""
    standing = outcome.standing
    report: dict[str, object] = {
        "part": PART,
        "verdict": outcome.verdict.value,
        "reason": whole(outcome.reason),
        "remedy": whole(outcome.remedy),
        "dryRun": outcome.dry_run,
        "main": {
            "branch": standing.main if standing else None,
            "sha": standing.main_sha if standing else None,
        },
        "latest": {
            "branch": standing.latest if standing else None,
            "before": outcome.before,
            "after": outcome.after,
        },
        "relation": standing.relation.value if standing else None,
        "aheadBy": standing.ahead_by if standing else 0,
        "behindBy": standing.behind_by if standing else 0,
        "commits": outcome.commits,
        "candidates": [_candidate(excuse) for excuse in outcome.excuses],
        "moves": [move._asdict() for move in outcome.moves],
        "dispatched": list(outcome.dispatched),
        "strays": [
            {"sha": stray.sha, "title": whole(stray.title)}
            for stray in (standing.strays if standing else ())
        ],
        "notices": [whole(notice) for notice in outcome.notices],
        "requests": outcome.requests,
    }
    if outcome.failure:
        report["failure"] = whole(outcome.failure)
    return json_inert(json.dumps(report, indent=2, ensure_ascii=True)) + "\n"


def _candidate(excuse: Excuse) -> dict[str, object]:
    return {
        "sha": excuse.candidate.sha,
        "title": whole(excuse.candidate.title),
        "verdict": excuse.verdict.value,
        "reason": whole(excuse.sentence),
        "temporary": excuse.is_temporary,
        "remedy": whole(excuse.remedy),
        "checks": [
            {
                "name": whole(weighed.evidence.name),
                "state": weighed.evidence.state.value,
                "app": whole(_origin(weighed)),
                "event": whole(weighed.evidence.event),
                "counts": weighed.counts,
                "why": whole(weighed.why),
                "url": whole(weighed.evidence.url),
            }
            for weighed in excuse.weighed
        ],
    }
