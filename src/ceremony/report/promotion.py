"""A promotion as text, as a step summary and as JSON: the verdict first, then every excuse.

Titles, names and reasons are strangers' words and pass through `escape` like everywhere; what a
summary or a terminal cannot hold is counted, and the JSON report has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ceremony.report.escape import cell, code, cut, inert, json_run, line, prose, whole
from ceremony.report.words import counted, fitting, size
from ceremony.rules.evidence import Excuse, Standard, Weighed, quoted
from ceremony.rules.promote import Relation, Verdict
from ceremony.rules.promotion import Moved, Outcome
from ceremony.rules.refs import short

PART = "promote"
LIMIT = 1_000_000
"""UTF-8 bytes of a summary: a runner drops it above 1 MiB, whatever else the step has put there."""
LINES = 20
"""Rows of commits on a terminal."""
ROWS = 30
"""Rows of commits in a summary."""
ALIKE = 3
"""So many neighbours that nothing tells apart are one row."""
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
_TITLES = {
    Verdict.PROMOTED: "promoted",
    Verdict.UP_TO_DATE: "up to date",
    Verdict.WAITING: "waiting",
    Verdict.HELD: "held",
    Verdict.DIVERGED: "diverged",
    Verdict.REFUSED: "refused",
}
_ONE_BY_ONE = frozenset({Standard.GREEN, Standard.HELD, Standard.FAILED})
"""Of these every commit has a row of its own, as far as rows go."""
_ALWAYS = frozenset({Standard.GREEN, Standard.HELD})
"""These have one however far down they stand."""
_SHA = re.compile(r"[0-9a-f]{40,64}")
_LINKED = re.compile(r"[A-Za-z0-9._~/?=&#+-]{1,500}")
"""What follows the address of a page that is linked: nothing that ends a link or a table's cell."""
_SPANS = re.compile(r"(`[^`]+`)")


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
    passed = len(outcome.excuses) - 1
    over = (
        f"; {counted(passed, 'newer one is', 'newer ones are')} passed over" if passed > 0 else ""
    )
    return f"{'dry run: ' * outcome.dry_run}{latest} {way}{over}{further}"


def _has_own_remedy(outcome: Outcome, limit: int) -> bool:
    """Whether the verdict has a remedy that no commit's row shows."""
    shown = {row.excuses[0].remedy for row in _rows(outcome.excuses, limit) if row.excuses}
    return bool(outcome.remedy) and outcome.remedy not in shown


def _way(move: Moved, *, dry_run: bool) -> str:
    """One ref's move, in the words of the refs alone."""
    before = move.before[:7] if move.before else "nothing"
    state = "" if move.moved or dry_run else " (not moved)"
    would = "would move " * dry_run
    return f"{would}{short(move.ref)}: {before} -> {move.after[:7]}{state}"


def _left(number: int, noun: str, *, is_kept: bool) -> str:
    """What is not shown, and where it is."""
    where = "are in the JSON report" if is_kept else "not shown: run with `--format json`"
    if is_kept and number == 1:
        where = "is in the JSON report"
    return f"{counted(number, f'more {noun}', f'more {noun}s')} {where}"


# ---------------------------------------------------------------------------- which commits


class _Row(NamedTuple):
    """Neighbours that share a row; none for a gap."""

    excuses: tuple[Excuse, ...]
    left: int = 0
    """How many commits a gap leaves out."""


def _rows(excuses: Sequence[Excuse], limit: int) -> list[_Row]:
    """The newest rows, and below them those that no reader may miss: what is green or held."""
    groups = list(_alike(excuses))
    first = range(min(limit, len(groups)))
    further = [
        place for place in range(len(first), len(groups)) if groups[place][0].verdict in _ALWAYS
    ]
    # The last one is where latest goes, where it goes anywhere.
    kept = [*first, *further[:limit], *further[limit:][-1:]]
    rows: list[_Row] = []
    end = 0
    for place in (*kept, len(groups)):
        left = sum(map(len, groups[end:place]))
        if left:
            rows.append(_Row((), left))
        rows += [_Row(group) for group in groups[place : place + 1]]
        end = place + 1
    return rows


def _alike(excuses: Iterable[Excuse]) -> Iterator[tuple[Excuse, ...]]:
    """Neighbours that are no different to a reader, three and more of them together."""

    def flush() -> Iterator[tuple[Excuse, ...]]:
        if len(run) >= ALIKE:
            yield tuple(run)
        else:
            yield from ((excuse,) for excuse in run)
        run.clear()

    run: list[Excuse] = []
    for excuse in excuses:
        if run and (excuse.verdict in _ONE_BY_ONE or _said(excuse) != _said(run[0])):
            yield from flush()
        run.append(excuse)
    yield from flush()


def _said(excuse: Excuse) -> tuple[object, ...]:
    return excuse.verdict, excuse.sentence, excuse.is_temporary, excuse.remedy


# ---------------------------------------------------------------------------- text


def text(outcome: Outcome, *, colour: bool = False, is_kept: bool = False) -> str:
    """The outcome as a few lines for a terminal; `is_kept` where a JSON report is written too."""
    paint: Callable[[str, str], str] = _coloured if colour else _plain
    good = "\x1b[32m" if outcome.status == 0 else "\x1b[31m"
    parts = [paint(line(headline(outcome)), _BOLD + good)]
    if _has_own_remedy(outcome, LINES):
        parts.append(f"    do: {line(outcome.remedy)}")
    if outcome.failure:
        parts.append(paint(f"Unfinished: {line(outcome.failure)}", "\x1b[31m"))
    parts += [f"    {line(_way(move, dry_run=outcome.dry_run))}" for move in outcome.moves]
    if outcome.dispatched:
        parts.append(f"    started: {line(', '.join(outcome.dispatched))}")
    if outcome.to_dispatch:
        parts.append(f"    would then start: {line(', '.join(outcome.to_dispatch))}")
    for row in _rows(outcome.excuses, LINES):
        parts += _lines(row, paint) if row.excuses else [_left(row.left, "commit", is_kept=is_kept)]
    if outcome.standing and outcome.standing.strays:
        parts.append(f"Only on {line(outcome.standing.latest)}:")
        parts += [f"    {stray.sha[:7]} {_title(stray.title)}" for stray in outcome.standing.strays]
    parts += [f"Notice: {line(notice)}" for notice in outcome.notices[:NOTICES]]
    if len(outcome.notices) > NOTICES:
        parts.append(_left(len(outcome.notices) - NOTICES, "notice", is_kept=is_kept))
    return inert("\n".join(parts)) + "\n"


def _lines(row: _Row, paint: Callable[[str, str], str]) -> list[str]:
    excuse = row.excuses[0]
    word = paint(excuse.verdict.value, _COLOURS.get(excuse.verdict, _COLOURS[Standard.FAILED]))
    pad = " " * (8 - len(excuse.verdict.value))
    more = f" {_others(row)}" if len(row.excuses) > 1 else ""
    lines = [f"{excuse.candidate.sha[:7]} {word}{pad}{_title(excuse.candidate.title)}{more}"]
    lines.append(f"    {line(excuse.sentence)}")
    if excuse.remedy:
        lines.append(f"    do: {line(excuse.remedy)}")
    return lines


def _others(row: _Row) -> str:
    return f"and {len(row.excuses) - 1:,} older, down to {row.excuses[-1].candidate.sha[:7]}"


def _title(title: str) -> str:
    return line(title, TITLE)


def _plain(said: str, _: str) -> str:
    return said


def _coloured(said: str, colour: str) -> str:
    return f"{colour}{said}{_RESET}"


# ---------------------------------------------------------------------------- Markdown


def markdown(outcome: Outcome, *, is_kept: bool = False) -> str:
    """The outcome as GitHub Markdown of at most `LIMIT` bytes; what is left out is counted.

    `is_kept` where a JSON report is written too.
    """
    head = _head(outcome)
    foot = _strays(outcome) + _notices(outcome.notices, is_kept=is_kept)
    room = LIMIT - size(head) - size(foot)
    rows = _rows(outcome.excuses, ROWS)
    table = _table(rows, outcome.page, room - 500, is_kept=is_kept)
    shown = [row.excuses[0] for row in rows if row.excuses][:FOLDS]
    folds = fitting(
        (_fold(excuse, outcome.page, is_kept=is_kept) for excuse in shown), room - size(table)
    )
    return (head + table + foot + "".join(folds)).rstrip("\n") + "\n"


def _table(rows: Sequence[_Row], page: str, room: int, *, is_kept: bool) -> str:
    if not rows:
        return ""
    cells = fitting((_cells(row, page, is_kept=is_kept) for row in rows), room)
    left = sum(row.left + len(row.excuses) for row in rows[len(cells) :])
    more = f"{_left(left, 'commit', is_kept=is_kept)}.\n\n" if left else ""
    return (
        "| Commit | Title | Verdict | Why | What would change it |\n"
        f"|--------|-------|---------|-----|----------------------|\n{''.join(cells)}\n{more}"
    )


def _head(outcome: Outcome) -> str:
    said = headline(outcome)
    parts = [f"## promote: {_word(outcome)}", f"**{prose(said[0].upper() + said[1:])}**"]
    if _has_own_remedy(outcome, ROWS):
        parts.append(f"What to do: {prose(outcome.remedy)}")
    if outcome.failure:
        parts.append(f"**Unfinished:** {prose(outcome.failure)}")
    if outcome.moves:
        parts.append(_moves(outcome))
    if outcome.dispatched:
        parts.append(f"Started: {', '.join(map(code, outcome.dispatched))}")
    if outcome.to_dispatch:
        parts.append(f"Would then start: {', '.join(map(code, outcome.to_dispatch))}")
    return inert("\n\n".join(parts)) + "\n\n"


def _word(outcome: Outcome) -> str:
    if outcome.failure:
        return f"{_TITLES[outcome.verdict]}, and left unfinished"
    if outcome.dry_run:
        would = outcome.verdict is Verdict.PROMOTED
        return f"{'would promote' if would else _TITLES[outcome.verdict]} (dry run)"
    return _TITLES[outcome.verdict]


def _moves(outcome: Outcome) -> str:
    rows = [
        [cell(code(move.ref)), _sha(move.before, outcome.page), _sha(move.after, outcome.page)]
        for move in outcome.moves
    ]
    if outcome.dry_run:
        table = "| Would move | From | To |\n|------------|------|----|"
    else:
        table = "| Ref | From | To | Moved |\n|-----|------|----|-------|"
        for row, move in zip(rows, outcome.moves, strict=True):
            row.append("yes" if move.moved else "no")
    return "\n".join((table, *(f"| {' | '.join(row)} |" for row in rows)))


def _cells(row: _Row, page: str, *, is_kept: bool) -> str:
    if not row.excuses:
        return f"| | {_left(row.left, 'commit', is_kept=is_kept)} | | | |\n"
    excuse = row.excuses[0]
    change = excuse.remedy or ("Waiting" if excuse.is_temporary else "")
    more = f" {prose(_others(row))}" if len(row.excuses) > 1 else ""
    cells = (
        _sha(excuse.candidate.sha, page),
        code(cut(excuse.candidate.title, TITLE)) + more,
        excuse.verdict.value + (", for now" if excuse.is_temporary else ""),
        _with_links(excuse, page),
        prose(change),
    )
    return inert(f"| {' | '.join(map(cell, cells))} |") + "\n"


def _sha(sha: str | None, page: str = "") -> str:
    if not sha:
        return "nothing"
    return _link(code(sha[:7]), f"{page}/commit/{sha}" if _SHA.fullmatch(sha) else "", page)


def _link(shown: str, url: str, page: str) -> str:
    """What is shown, as a link where it leads to a page of this very repository.

    Who reports a check chooses its address, and a link in our summary would lend it our word.
    """
    is_own = bool(page) and url.startswith(f"{page}/")
    if not is_own or not _LINKED.fullmatch(url, len(page)) or "/.." in url:
        return shown
    return f"[{shown}]({url})"


def _with_links(excuse: Excuse, page: str) -> str:
    """The sentence, in which the checks that keep the commit back lead to their pages."""
    said = prose(excuse.sentence)
    if "``" in said:
        return said
    links = {
        code(quoted(weighed.evidence.name)[1:-1]): weighed.evidence.url
        for weighed in reversed(excuse.weighed)
        if weighed.counts and weighed.why
    }
    return "".join(_link(part, links.get(part, ""), page) for part in _SPANS.split(said))


def _fold(excuse: Excuse, page: str, *, is_kept: bool) -> str:
    if not excuse.weighed:
        return ""
    items = "".join(_item(weighed, page) for weighed in excuse.weighed[:CHECKS])
    if len(excuse.weighed) > CHECKS:
        items += f"- {_left(len(excuse.weighed) - CHECKS, 'check', is_kept=is_kept)}\n"
    counts = sum(weighed.counts for weighed in excuse.weighed)
    summary = (
        f"<code>{excuse.candidate.sha[:7]}</code>: {counts:,} of "
        f"{counted(len(excuse.weighed), 'check')} counted"
    )
    return f"<details>\n<summary>{summary}</summary>\n\n{inert(items)}\n</details>\n\n"


def _item(weighed: Weighed, page: str) -> str:
    evidence = weighed.evidence
    origin = f" of {code(cut(_origin(weighed), TITLE))}" if _origin(weighed) else ""
    by = f" by {code(evidence.event)}" if evidence.event else ""
    name = code(cut(evidence.name, 200))
    if weighed.counts and weighed.why:
        return f"- {_link(name, evidence.url, page)}{origin}{by}: {prose(weighed.why)}\n"
    why = "" if weighed.counts else f", not counted: {prose(weighed.why)}"
    return f"- {name}{origin}{by}: {evidence.state.value}{why}\n"


def _origin(weighed: Weighed) -> str:
    """Who reported it: an app, or a status's creator."""
    return weighed.evidence.app or weighed.evidence.creator


def _strays(outcome: Outcome) -> str:
    if outcome.standing is None or not outcome.standing.strays:
        return ""
    rows = "".join(
        f"| {_sha(stray.sha)} | {cell(code(cut(stray.title, TITLE)))} |\n"
        for stray in outcome.standing.strays
    )
    left = outcome.standing.behind_by - len(outcome.standing.strays)
    more = f"{counted(left, 'more commit')} besides.\n\n" if left > 0 else ""
    head = f"| Only on {cell(code(outcome.standing.latest))} | Title |\n|---------|-------|\n"
    return inert(f"{head}{rows}\n{more}")


def _notices(notices: Sequence[str], *, is_kept: bool) -> str:
    said = "".join(f"- Notice: {prose(notice)}\n" for notice in notices[:NOTICES])
    if len(notices) > NOTICES:
        said += f"- {_left(len(notices) - NOTICES, 'notice', is_kept=is_kept)}\n"
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
        "toDispatch": list(outcome.to_dispatch),
        "strays": [
            {"sha": stray.sha, "title": whole(stray.title)}
            for stray in (standing.strays if standing else ())
        ],
    }
    return json_run(report, outcome.notices, outcome.requests, outcome.failure)


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
