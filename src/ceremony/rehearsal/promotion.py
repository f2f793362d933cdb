"""The acts of promote: when latest follows main, and why it sometimes stays.

See the ceremony's Promotion Rules, main → latest.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from ceremony.actions import promote
from ceremony.rehearsal.narrator import GREEN, RED, YELLOW, titled
from ceremony.rehearsal.stage import NAME, Act, Stage, Unexpected
from ceremony.report.promotion import headline
from ceremony.report.words import counted
from ceremony.rules.promote import Standing, Verdict
from ceremony.rules.promotion import Outcome
from ceremony.sandbox import BranchRule, Fault

PERMISSIONS = {"contents": "write", "checks": "read", "statuses": "read", "actions": "read"}
"""What promote asks for, in the words of the sandbox."""
SHOWN = 2
"""Commits of one kind that are told of; the rest is counted."""

_APP = "promotion-bot"


# ---------------------------------------------------------------------------- what promote does


def run(stage: Stage, *, token: str = "", **inputs: Any) -> Outcome:
    """Run promote as it is run anywhere, without a word about it.

    Raises Unexpected where it could not finish, or did anything but move latest as the ceremony
    promises.
    """
    given = promote.Inputs(
        token=token or stage.sandbox.token(NAME, **PERMISSIONS), repository=NAME,
        api_url=stage.sandbox.api_url, main=stage.main, latest=stage.latest, **inputs,
    )  # fmt: skip
    effects, steps = len(stage.sandbox.effects), len(stage.steps)
    outcome = promote.promote(given, promote.Context(clock=stage.clock))
    stage.witness()
    if outcome.failure:
        raise Unexpected(f"promote could not finish: {outcome.failure}")
    if len(stage.sandbox.effects) - effects != len(stage.steps) - steps:
        raise Unexpected("promote changed something else than latest")
    return outcome


def expect(stage: Stage, verdict: Verdict, *, token: str = "", **inputs: Any) -> None:
    """Run promote and tell its word. Raises Unexpected where that is another verdict."""
    outcome = run(stage, token=token, **inputs)
    tell(stage, outcome)
    judge(outcome, verdict)


def judge(outcome: Outcome, verdict: Verdict) -> None:
    """Raise Unexpected where promote said something else."""
    if outcome.verdict is not verdict:
        raise Unexpected(f"promote said {outcome.verdict.value}; {verdict.value} was expected")


def tell(stage: Stage, outcome: Outcome, *, who: str = "promote") -> None:
    """Tell what promote said; a notice only the first time in an act."""
    stage.said.append(outcome.verdict.value)
    sentences = [f"{headline(outcome)}."]
    if outcome.verdict is Verdict.PROMOTED:
        sentences += [
            f"passed over: {excuse.candidate.sha[:7]}: {excuse.sentence}."
            for excuse in outcome.excuses[:-1]
        ][:SHOWN]
    if outcome.verdict is Verdict.DIVERGED and outcome.standing:
        sentences += _sides(outcome.standing)
    sentences += [f"do: {outcome.remedy}."] if outcome.remedy else []
    new = [notice for notice in outcome.notices if notice not in stage.noticed]
    stage.noticed += new
    sentences += [f"notice: {notice}." for notice in new]
    stage.narrator.verdict(outcome.verdict, sentences, who=who, colour=_COLOURS[outcome.verdict])


_COLOURS = {
    Verdict.PROMOTED: GREEN,
    Verdict.UP_TO_DATE: GREEN,
    Verdict.WAITING: YELLOW,
    Verdict.HELD: YELLOW,
    Verdict.DIVERGED: RED,
    Verdict.REFUSED: RED,
}


def _sides(standing: Standing) -> list[str]:
    """What each of two branches has that the other lacks."""
    sides = (
        (standing.latest, standing.strays, standing.behind_by),
        (standing.main, standing.candidates, standing.ahead_by),
    )
    found = []
    for branch, commits, number in sides:
        named = [f"{commit.sha[:7]} {titled(commit.title)}" for commit in commits[:SHOWN]]
        more = max(number, len(commits)) - len(named)
        left = [f"{more} more"] if more > 0 else []
        found.append(f"only on {branch}: {', '.join([*named, *left]) or 'nothing'}")
    return found


def leave(stage: Stage) -> None:
    """Leave something for somebody to look at: a green commit of main below a red head."""
    stage.push("nkem", "Draw the map at night", ci="success")
    stage.push("ida", "Guess the song from its first note", ci="failure")


def shown(stage: Stage) -> str:
    """What the acts have shown, once `Stage.witness` has let every move pass."""
    by_hand = sum(step.by_hand for step in stage.steps)
    moves = counted(len(stage.steps) - by_hand, "move")
    pushes = f"; and {counted(by_hand, 'push', 'pushes')} by hand" if by_hand else ""
    return (
        f"Shown, by git's own log: {stage.latest} only ever moved forward along {stage.main}, "
        f"{moves}, each to a commit that was green when read{pushes}."
    )


# ---------------------------------------------------------------------------- the acts


def _diverged_already(stage: Stage) -> None:
    expect(stage, Verdict.DIVERGED)
    stage.merge("nkem", ci="success")
    expect(stage, Verdict.HELD if stage.active_holds else Verdict.PROMOTED)


def _own_hold(stage: Stage) -> None:
    stage.push("ida", "Open the diary at today", ci="success")
    expect(stage, Verdict.HELD)
    settings = without_holds(stage.settings)
    stage.configure("nkem", "Take the holds out, for the rehearsal", settings, ci="success")
    expect(stage, Verdict.PROMOTED)


def _first(stage: Stage) -> None:
    stage.push("ida", "Open the diary at today", ci="success")
    expect(stage, Verdict.PROMOTED)


def _running(stage: Stage) -> None:
    stage.push("tomas", "Round places to a grid of 10 km", ci="in_progress")
    expect(stage, Verdict.WAITING)


def _red(stage: Stage) -> None:
    stage.report(stage.main_sha, "failure")
    expect(stage, Verdict.WAITING)


def _fixed(stage: Stage) -> None:
    stage.push("tomas", "Keep the grid whole at the date line", ci="success")
    expect(stage, Verdict.PROMOTED)


def _below_red(stage: Stage) -> None:
    stage.push("nkem", "Export a year of the diary", ci="success")
    stage.push("ida", "Tell two wrens apart", ci="failure")
    expect(stage, Verdict.PROMOTED)


def _renamed(stage: Stage) -> None:
    check = stage.checks[0]
    stage.push("tomas", "Rename a job of CI", ci="success", renamed=new_name(stage))
    wanted: tuple[str, ...] = ()
    if not stage.config.promotion.required:
        wanted = (check.name,)
        stage.narrator.tell(f"promote is told: required-checks: {check.name}")
    expect(stage, Verdict.WAITING, required_checks=wanted)
    stage.push("tomas", "Give the job its name back", ci="success")
    expect(stage, Verdict.PROMOTED, required_checks=wanted)


def new_name(stage: Stage) -> str:
    """What the first check is called once it was renamed."""
    return f"renamed {stage.checks[0].name}"


def _is_renaming_seen(stage: Stage) -> bool:
    """Whether a renamed check is another one to what is required: `*` takes any name."""
    required = stage.config.promotion.required
    return not any(fnmatchcase(new_name(stage), entry.name) for entry in required)


def _hold(stage: Stage) -> None:
    before = stage.settings
    until = stage.today + dt.timedelta(days=7)
    settings = with_hold(before, "nkem", "the bundles of 0.2.0 are being tried out", until)
    stage.configure("nkem", "Hold latest", settings, ci="success")
    expect(stage, Verdict.HELD)
    stage.configure("nkem", "Take the hold out", before, ci="success")
    expect(stage, Verdict.PROMOTED)


def _race(stage: Stage) -> None:
    stage.push("ida", "Show the spectrogram in grey", ci="success")
    newer = stage.push("tomas", "Sort the diary by date", ci="in_progress")
    others: list[Outcome] = []

    def overtake() -> None:
        stage.narrator.tell("one promote is about to move latest when CI ends, and another starts")
        stage.report(newer, "success")
        others.append(run(stage))

    before = len(stage.steps)
    stage.sandbox.faults.add(Fault("Move", "call", call=overtake))
    first = run(stage)
    for outcome in others:
        tell(stage, outcome, who="the other promote")
    tell(stage, first, who="the first promote")
    moves = len(stage.steps) - before
    if (stage.latest_sha, moves, len(others)) != (newer, 1, 1):
        raise Unexpected("two at once did not come to one move to the newest green commit")


def _pushed_onto(stage: Stage) -> None:
    stage.push("ida", "Play the alarm call twice", ci="success")
    stage.push("tomas", "Urgent: fix the preview by hand", branch=stage.latest)
    _diverged_already(stage)


def _lost(stage: Stage) -> None:
    stage.push("nkem", "Name the recordist beside each song", ci="success")
    stage.sandbox.faults.add(Fault("Move", "lost"))
    stage.narrator.tell("GitHub moves latest, and the connection breaks before it says so")
    expect(stage, Verdict.PROMOTED)


def _protected(stage: Stage) -> None:
    stage.project.protect(stage.latest, BranchRule.PULL_REQUEST, bypass=(_APP,))
    stage.narrator.tell(f"a rule now protects {stage.latest}: only pull requests may change it")
    stage.push("ida", "Pick a region in three clicks", ci="success")
    expect(stage, Verdict.REFUSED)
    token = stage.sandbox.token(NAME, app=_APP, **PERMISSIONS)
    stage.narrator.tell("the rule gets a bypass for an App, and promote runs with the App's token")
    expect(stage, Verdict.PROMOTED, token=token)
    stage.project.protections.clear()
    stage.narrator.tell("the rule is taken off again")


ACTS = (
    Act("latest has diverged already", _diverged_already, lambda stage: stage.is_diverged),
    Act("latest is held already", _own_hold, lambda stage: bool(stage.active_holds)),
    Act("The first promotion creates latest", _first, lambda stage: stage.latest_sha is None),
    Act("latest is behind already", _first, lambda stage: stage.is_behind),
    Act("CI still runs: latest waits", _running),
    Act("CI is red: main may break, latest may not", _red),
    Act("A fix: latest goes to the newest green commit", _fixed),
    Act("Green below a red head", _below_red),
    Act("A required check was renamed", _renamed, _is_renaming_seen),
    Act("The maintainers hold latest", _hold),
    Act("Two promotions at once", _race),
    Act("Somebody pushed onto latest", _pushed_onto),
    Act("The answer is lost on the way", _lost),
    Act("latest is protected", _protected),
)


# ---------------------------------------------------------------------------- the configuration


def with_hold(settings: bytes | None, by: str, reason: str, until: dt.date) -> bytes:
    """The configuration with one more hold, everything else as it is written."""
    data, written = _read(settings)
    section = data["promote"] = data.get("promote") or {}
    section["holds"] = [*(section.get("holds") or ()), {"by": by, "reason": reason, "until": until}]
    return written()


def without_holds(settings: bytes | None) -> bytes:
    """The configuration without any hold."""
    data, written = _read(settings)
    (data.get("promote") or {}).pop("holds", None)
    return written()


def _read(settings: bytes | None) -> tuple[Any, Callable[[], bytes]]:
    """The configuration's mapping, to be changed, and what writes it with its comments kept."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    data = yaml.load((settings or b"").decode("utf-8-sig")) or CommentedMap()

    def written() -> bytes:
        text = io.StringIO()
        yaml.dump(data, text)
        return text.getvalue().encode()

    return data, written
