"""A cut or a step to the next stage as text, as a step summary, as JSON and as SARIF.

The verdict comes first, then what stands against it by criterion, then the way out of each
blocker. Titles, names and cells are strangers' words and pass through `escape` like everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from ceremony.model import Finding, Place, Severity, Stage, Version, exit_status
from ceremony.report import sarif
from ceremony.report.escape import cell, code, html, inert, json_run, line, prose, whole
from ceremony.report.words import counted, fitting, size
from ceremony.rules.audit.outcome import Outcome as Audited
from ceremony.rules.audit.outcome import fingerprints
from ceremony.rules.audit.registry import RULES, Rule
from ceremony.rules.criteria import Criterion, Standing
from ceremony.rules.cut import Impediment
from ceremony.rules.freeze import Edit, Mention
from ceremony.rules.promotion import Moved
from ceremony.rules.refs import HEADS, short
from ceremony.rules.stage import Change

LIMIT = 1_000_000
"""UTF-8 bytes of a summary: a runner drops it above 1 MiB, whatever else the step has put there."""
ROWS = 60
"""Reasons of one criterion, changes and edits that a terminal is shown."""
FOLDED = 200
"""Changes and edits that a summary lists, as far as there is room."""
NOTICES = 50

_BOLD = "\x1b[1m"
_GREEN = "\x1b[32m"
_RED = "\x1b[31m"
_YELLOW = "\x1b[33m"
_RESET = "\x1b[0m"
_COLOURS = {Standing.MET: _GREEN, Standing.UNMET: _RED, Standing.NOT_CHECKED: _YELLOW}


# ---------------------------------------------------------------------------- the outcome


class Verdict(StrEnum):
    """The word for all of it, in one."""

    GO = "go"
    """It may be done; nothing was written, because nobody asked for it."""
    NO_GO = "no-go"
    CUT = "cut"
    STAGED = "staged"
    ALREADY_CUT = "already-cut"
    ALREADY_STAGED = "already-staged"
    REFUSED = "refused"
    """It must not be done here or now, whatever the agreement is worth."""


class PullRequest(NamedTuple):
    """The pull request that brings the frozen document to main."""

    number: int
    url: str
    state: str
    """`open` or `closed`."""


class Outcome(NamedTuple):
    """One cut or step, decided and perhaps done: everything that a report shows."""

    part: str
    verdict: Verdict
    version: Version
    reason: str = ""
    """Why it was refused, one sentence without a full stop; strangers' words in backquotes."""
    remedy: str = ""
    origin: Version | None = None
    """The version that is carried on; None for a cut."""
    document: str = ""
    """The frozen document's path."""
    source: str = ""
    """The path of the text that was judged."""
    commit: str = ""
    """The commit that the text was read from; empty where it was a folder."""
    blob: str = ""
    """The hash of the text that was judged; of a step the frozen one's, a comma and this."""
    criteria: tuple[Criterion, ...] = ()
    beside: tuple[Criterion, ...] = ()
    """What is told with the verdict and never enforced."""
    blockers: tuple[Impediment, ...] = ()
    reported: tuple[Finding, ...] = ()
    """What a maintainer should know and nothing waits for."""
    changes: tuple[Change, ...] = ()
    skipped: tuple[Stage, ...] = ()
    milestones: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    signatories: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    """What the living documents become for the next cycle."""
    mentions: tuple[Mention, ...] = ()
    proposals: tuple[tuple[str, str], ...] = ()
    """Each deferred item and the proposal that it becomes."""
    plan: tuple[str, ...] = ()
    """What is to be written, an imperative each; strangers' words in backquotes."""
    moves: tuple[Moved, ...] = ()
    pull: PullRequest | None = None
    dispatched: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    failure: str = ""
    """What could not be finished once something had been done, and what to do; else empty."""
    dry_run: bool = True
    requests: int = 0

    @property
    def status(self) -> int:
        """The exit status: 0 done, or may be done; 1 the ceremony says no; 3 left unfinished."""
        return exit_status(self.failure, is_no=self.verdict in {Verdict.NO_GO, Verdict.REFUSED})

    @property
    def sha(self) -> str:
        """The commit that the release branch was created at; empty where it was not."""
        own = f"{HEADS}{self.version.branch}"
        made = (move.after for move in self.moves if move.moved and move.ref == own)
        return next(made, "")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The reasons against it, each an error, then what is only reported; by line."""
        found = [reason for criterion in self.criteria for reason in criterion.reasons]
        found += self.reported
        return tuple(sorted(dict.fromkeys(found), key=lambda finding: finding.sort_key))

    @property
    def unchecked(self) -> tuple[Criterion, ...]:
        """What nobody could look at here."""
        both = (*self.criteria, *self.beside)
        return tuple(one for one in both if one.standing is Standing.NOT_CHECKED)


def audited(outcome: Outcome) -> Audited:
    """The findings as the audit's annotations take them."""
    return Audited(findings=outcome.findings)


# ---------------------------------------------------------------------------- SARIF


def as_sarif(outcome: Outcome, prefix: str = "") -> str:
    """The findings as one SARIF log; `prefix` is the folder's path from the repository's root."""
    named = {criterion.name: criterion.title for criterion in outcome.criteria}
    heading = "When to Cut a Version" if outcome.origin is None else "Stage Promotions"
    own = tuple(
        Rule(
            name=name,
            severity=Severity.ERROR,
            finds=f"What stands against this: {title}",
            help="Each finding says what to do about it.",
            ceremony=heading,
        )
        for name, title in named.items()
        if name not in RULES
    )
    refused = outcome.reason if outcome.verdict is Verdict.REFUSED else ""
    log = Audited(findings=outcome.findings, refusal=refused, notices=outcome.notices)
    return sarif.render(log, prefix, part=outcome.part, further=own)


# ---------------------------------------------------------------------------- words


def headline(outcome: Outcome) -> str:
    """The verdict in one sentence; strangers' words in it stand in backquotes."""
    name = f"`{outcome.version.branch}`"
    act = "be cut" if outcome.origin is None else f"follow `{outcome.origin.branch}`"
    if outcome.verdict is Verdict.REFUSED:
        return f"refused: {outcome.reason}"
    if outcome.verdict is Verdict.NO_GO:
        reasons = sum(len(criterion.reasons) for criterion in outcome.criteria)
        unmet = [one.name for one in outcome.criteria if one.standing is Standing.UNMET]
        things = counted(reasons, "reason")
        return f"no-go: {name} cannot {act} yet, for {things} ({', '.join(unmet)})"
    if outcome.verdict is Verdict.GO:
        left = [one.name for one in outcome.criteria if one.standing is Standing.NOT_CHECKED]
        rest = f"; not checked here: {', '.join(left)}" if left else ""
        return f"go: {name} may {act}{rest}"
    if outcome.verdict in {Verdict.ALREADY_CUT, Verdict.ALREADY_STAGED}:
        return f"{name} is frozen already, with this very text"
    after = f", after `{outcome.origin.branch}`" if outcome.origin else ""
    return f"{name} was frozen at {outcome.sha[:7]}{after}"


def _left(number: int, noun: str) -> str:
    return f"{counted(number, f'more {noun} is', f'more {noun}s are')} in the JSON report"


def _age(blocker: Impediment) -> str:
    if blocker.age is None:
        return "since when is not written down"
    return f"open for {counted(blocker.age, 'day')}"


def _way(move: Moved, *, dry_run: bool) -> str:
    """One ref's move, in the words of the refs alone."""
    before = move.before[:7] if move.before else "nothing"
    state = "" if move.moved or dry_run else " (not moved)"
    return f"{short(move.ref)}: {before} -> {move.after[:7]}{state}"


def _cycle(outcome: Outcome) -> str:
    """What the edits are called, before they are made and after."""
    return "The next cycle would begin with" if outcome.dry_run else "The next cycle begins with"


# ---------------------------------------------------------------------------- text


def text(outcome: Outcome, *, colour: bool = False) -> str:
    """The outcome as lines for a terminal: the verdict last, where the eye is left."""
    paint: Callable[[str, str], str] = _coloured if colour else _plain
    parts = [
        f"{_place(note.place)} note {line(note.rule)}: {line(note.message)}"
        for note in outcome.reported[:ROWS]
    ]
    for change in outcome.changes[:ROWS]:
        old = f" (was line {change.old_line})" if change.old_line else ""
        parts.append(
            f"{line(outcome.source)}:{change.new_line} {change.act}{old}: {line(change.says)}"
        )
    if len(outcome.changes) > ROWS:
        parts.append(_left(len(outcome.changes) - ROWS, "change"))
    for criterion in (*outcome.beside, *outcome.criteria):
        parts += _criterion(criterion, paint)
    for blocker in outcome.blockers:
        parts += _blocker(blocker)
    parts += _edits(outcome)
    if outcome.dry_run and outcome.plan:
        parts += ["It would:", *(f"    {line(step)}" for step in outcome.plan)]
    parts += [f"    {line(_way(move, dry_run=outcome.dry_run))}" for move in outcome.moves]
    if outcome.pull:
        pull = outcome.pull
        parts.append(f"    pull request {pull.number} ({line(pull.state)}): {line(pull.url)}")
    if outcome.dispatched:
        parts.append(f"    started: {line(', '.join(outcome.dispatched))}")
    parts += [f"Notice: {line(notice)}" for notice in outcome.notices[:NOTICES]]
    if outcome.failure:
        parts.append(paint(f"Unfinished: {line(outcome.failure)}", _RED))
    if outcome.remedy:
        parts.append(f"    do: {line(outcome.remedy)}")
    good = _GREEN if outcome.status == 0 else _RED
    parts.append(paint(line(f"{outcome.part}: {headline(outcome)}"), _BOLD + good))
    return inert("\n".join(parts)) + "\n"


def _criterion(criterion: Criterion, paint: Callable[[str, str], str]) -> Iterator[str]:
    word = paint(criterion.standing.value, _COLOURS[criterion.standing])
    yield f"{word} {criterion.name}: {line(criterion.title)}; {line(criterion.says)}"
    for reason in criterion.reasons[:ROWS]:
        yield f"    {_place(reason.place)} {line(reason.rule)}: {line(reason.message)}"
        yield f"        do: {line(reason.help)}"
    if len(criterion.reasons) > ROWS:
        yield f"    {_left(len(criterion.reasons) - ROWS, 'reason')}"


def _blocker(blocker: Impediment) -> Iterator[str]:
    owner = line(blocker.owner) or "nobody"
    yield (
        f"Blocker {line(blocker.id) or '(no id)'} ({_place(blocker.place)}), owned by {owner}, "
        f"{_age(blocker)}; it ends as"
    )
    for step in blocker.plan:
        yield f"    {step.resolution}: {line(step.act)}"


def _edits(outcome: Outcome) -> Iterator[str]:
    if not outcome.edits:
        return
    yield f"{_cycle(outcome)}:"
    for edit in outcome.edits[:ROWS]:
        yield f"@@ {line(edit.file)}:{edit.line} {line(edit.why)}"
        yield from (f"-{line(words)}" for words in edit.removed)
        yield from (f"+{line(words)}" for words in edit.added)
    if len(outcome.edits) > ROWS:
        yield _left(len(outcome.edits) - ROWS, "edit")
    for mention in outcome.mentions[:ROWS]:
        yield f"    look at line {mention.line} then: {line(mention.words)}"


def _place(place: Place) -> str:
    return f"{line(place.file)}:{place.line}:{place.column}"


def _plain(said: str, _: str) -> str:
    return said


def _coloured(said: str, colour: str) -> str:
    return f"{colour}{said}{_RESET}"


# ---------------------------------------------------------------------------- Markdown


def markdown(outcome: Outcome) -> str:
    """The outcome as GitHub Markdown of at most `LIMIT` bytes; what does not fit is counted."""
    head = inert("\n\n".join(_head(outcome))) + "\n\n"
    room = LIMIT - size(head) - 500
    for parts, noun in (
        (_reason_rows(outcome), "reason"),
        (_blocker_folds(outcome), "blocker"),
        (_change_rows(outcome), "change"),
        (_edit_folds(outcome), "edit"),
        (_note_rows(outcome), "note"),
    ):
        told = list(parts)
        shown = fitting(told, room)
        room -= sum(map(size, shown))
        head += "".join(shown)
        if len(shown) < len(told):
            head += f"\n{_left(len(told) - len(shown), noun)}.\n"
        head += "\n" if shown else ""
    return head.rstrip("\n") + "\n"


def _head(outcome: Outcome) -> Iterator[str]:
    said = headline(outcome)
    yield f"**{prose(said[0].upper() + said[1:])}**"
    if outcome.remedy:
        yield f"What to do: {prose(outcome.remedy)}"
    if outcome.failure:
        yield f"**Unfinished:** {prose(outcome.failure)}"
    if outcome.dry_run and outcome.plan:
        yield "It would:\n\n" + "\n".join(f"- {prose(step)}" for step in outcome.plan)
    if outcome.moves:
        rows = "\n".join(
            f"| {cell(code(move.ref))} | {_sha(move.before)} | {_sha(move.after)} | "
            f"{'yes' if move.moved else 'no'} |"
            for move in outcome.moves
        )
        yield f"| Ref | From | To | Moved |\n|-----|------|----|-------|\n{rows}"
    if outcome.pull:
        yield f"Pull request {outcome.pull.number} ({prose(outcome.pull.state)})"
    if outcome.dispatched:
        yield f"Started: {', '.join(map(code, outcome.dispatched))}"
    judged = (*outcome.criteria, *outcome.beside)
    if judged:
        beside = {one.name for one in outcome.beside}
        rows = "\n".join(
            f"| {cell(prose(one.title))} | {_standing(one, is_beside=one.name in beside)} | "
            f"{cell(prose(one.says))} |"
            for one in judged
        )
        yield f"| Condition | Stands | How |\n|-----------|--------|-----|\n{rows}"
    if outcome.notices:
        notices = outcome.notices[:NOTICES]
        yield "\n".join(f"- Notice: {prose(notice)}" for notice in notices)


def _standing(criterion: Criterion, *, is_beside: bool) -> str:
    said = {
        Standing.MET: "met",
        Standing.UNMET: "no" if is_beside else "**unmet**",
        Standing.NOT_CHECKED: "not checked",
    }[criterion.standing]
    return f"{said}, reported only" if is_beside else said


def _reason_rows(outcome: Outcome) -> Iterator[str]:
    lead = "| Line | What stands against it | What to do |\n|------|----|----|\n"
    for criterion in outcome.criteria:
        for reason in criterion.reasons:
            cells = (_where(reason.place), prose(reason.message), prose(reason.help))
            yield lead + inert(f"| {' | '.join(map(cell, cells))} |") + "\n"
            lead = ""


def _blocker_folds(outcome: Outcome) -> Iterator[str]:
    for blocker in outcome.blockers:
        steps = "".join(f"- **{step.resolution}**: {prose(step.act)}\n" for step in blocker.plan)
        named = _marked(blocker.id) or "a blocker without an id"
        said = f"{named}, owned by {_marked(blocker.owner) or 'nobody'}, {_age(blocker)}"
        fold = f"<details>\n<summary>How {said} can end</summary>\n\n{steps}\n</details>\n\n"
        yield inert(fold)


def _marked(words: str) -> str:
    """Words in HTML that mention nobody."""
    return f"<code>{html(words)}</code>" if words else ""


def _change_rows(outcome: Outcome) -> Iterator[str]:
    lead = "| Line | Before | What | How |\n|------|--------|------|-----|\n"
    for change in outcome.changes[:FOLDED]:
        before = str(change.old_line) if change.old_line else "-"
        cells = (str(change.new_line), before, f"{change.what} {change.act}", prose(change.says))
        yield lead + inert(f"| {' | '.join(map(cell, cells))} |") + "\n"
        lead = ""


def _edit_folds(outcome: Outcome) -> Iterator[str]:
    lead = f"{_cycle(outcome)}:\n\n" if outcome.edits else ""
    for edit in outcome.edits[:FOLDED]:
        lines = [f"- taken out: {code(words)}" for words in edit.removed]
        lines += [f"- put in: {code(words)}" for words in edit.added]
        place = _where(Place(file=edit.file, line=edit.line))
        yield lead + inert(f"{place}, {prose(edit.why)}\n\n" + "\n".join(lines)) + "\n\n"
        lead = ""


def _note_rows(outcome: Outcome) -> Iterator[str]:
    for note in outcome.reported:
        yield inert(f"- {_where(note.place)}: {prose(note.message)}") + "\n"


def _where(place: Place) -> str:
    return code(f"{place.file}:{place.line}")


def _sha(sha: str | None) -> str:
    return code(sha[:7]) if sha else "nothing"


# ---------------------------------------------------------------------------- JSON


def as_json(outcome: Outcome) -> str:
    """The outcome as one indented JSON object that ends with a line feed."""
    report: dict[str, object] = {
        "part": outcome.part,
        "verdict": outcome.verdict.value,
        "version": outcome.version.branch.removeprefix("v"),
        "from": outcome.origin.branch if outcome.origin else None,
        "branch": outcome.version.branch,
        "document": whole(outcome.document),
        "source": {
            "file": whole(outcome.source),
            "commit": outcome.commit or None,
            "blob": outcome.blob,
        },
        "dryRun": outcome.dry_run,
        "reason": whole(outcome.reason),
        "remedy": whole(outcome.remedy),
        "criteria": [_as_criterion(one) for one in outcome.criteria],
        "beside": [_as_criterion(one) for one in outcome.beside],
        "blockers": [_as_blocker(one) for one in outcome.blockers],
        "findings": _as_findings(outcome.findings),
        "notChecked": [{"name": one.name, "why": whole(one.says)} for one in outcome.unchecked],
        "changes": [_as_change(one) for one in outcome.changes],
        "skipped": [stage.value for stage in outcome.skipped],
        "milestones": list(outcome.milestones),
        "leftOut": list(outcome.left_out),
        "signatories": [whole(name) for name in outcome.signatories],
        "edits": [_as_edit(one) for one in outcome.edits],
        "mentions": [{"line": one.line, "words": whole(one.words)} for one in outcome.mentions],
        "proposals": {whole(name): proposal for name, proposal in outcome.proposals},
        "plan": [whole(step) for step in outcome.plan],
        "moves": [move._asdict() for move in outcome.moves],
        "pullRequest": outcome.pull._asdict() if outcome.pull else None,
        "dispatched": list(outcome.dispatched),
    }
    return json_run(report, outcome.notices, outcome.requests, outcome.failure)


def _as_criterion(criterion: Criterion) -> dict[str, object]:
    return {
        "name": criterion.name,
        "title": whole(criterion.title),
        "standing": criterion.standing.value,
        "says": whole(criterion.says),
        "reasons": _as_findings(criterion.reasons),
        "evidence": [_as_place(place) for place in criterion.evidence],
    }


def _as_blocker(blocker: Impediment) -> dict[str, object]:
    return {
        "id": whole(blocker.id),
        "text": whole(blocker.text),
        "owner": whole(blocker.owner) or None,
        "status": whole(blocker.status),
        "sections": list(blocker.sections),
        "why": whole(blocker.why),
        "opened": blocker.opened.isoformat() if blocker.opened else None,
        "ageDays": blocker.age,
        **_as_place(blocker.place),
        "plan": [
            {"resolution": step.resolution.value, "act": whole(step.act)} for step in blocker.plan
        ],
    }


def _as_findings(findings: Sequence[Finding]) -> list[dict[str, object]]:
    return [
        {
            "rule": whole(found.rule),
            "severity": found.severity.value,
            **_as_place(found.place),
            "message": whole(found.message),
            "help": whole(found.help),
            "related": [_as_place(place) for place in found.related],
            "fingerprint": name,
        }
        for found, name in zip(findings, fingerprints(findings), strict=True)
    ]


def _as_change(change: Change) -> dict[str, object]:
    return {
        "what": change.what.value,
        "act": change.act.value,
        "name": whole(change.name),
        "section": whole(change.section),
        "oldLine": change.old_line,
        "newLine": change.new_line,
        "says": whole(change.says),
        "parts": [
            {"name": whole(part.name), "old": whole(part.old), "new": whole(part.new)}
            for part in change.parts
        ],
    }


def _as_edit(edit: Edit) -> dict[str, object]:
    return {
        "file": whole(edit.file),
        "line": edit.line,
        "why": whole(edit.why),
        "removed": [whole(words) for words in edit.removed],
        "added": [whole(words) for words in edit.added],
    }


def _as_place(place: Place) -> dict[str, object]:
    return {"file": whole(place.file), "line": place.line, "column": place.column}
