"""promote's decision: which commit of main, if any, is proven, and why each of the others is not.

Pure: everything that the decision rests on is in `Standing`, `Policy` and the date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from ceremony.rules.evidence import (
    MAX_NAME,
    Candidate,
    Evidence,
    Excuse,
    Own,
    Policy,
    Standard,
    State,
    counted,
    is_app,
    is_bare,
    is_green,
    matches,
    plain,
    quoted,
    short,
    weigh,
)
from ceremony.rules.proof import Hold, Promotion, Required

# ---------------------------------------------------------------------------- facts


class Relation(StrEnum):
    """How main stands to latest."""

    IDENTICAL = "identical"
    AHEAD = "ahead"
    BEHIND = "behind"
    """latest holds commits that main lacks, and main holds none that latest lacks."""
    DIVERGED = "diverged"
    ABSENT = "absent"
    """There is no latest yet."""


class Stray(NamedTuple):
    """A commit that latest holds and main lacks."""

    sha: str
    title: str


class Rule(NamedTuple):
    """A rule of the host that applies to latest."""

    type: str
    """GitHub's word, lower case: `pull_request`, `required_signatures`."""
    source: str
    """The ruleset's name; empty where unknown."""


class Standing(NamedTuple):
    """Where both branches are, and what was proven in between, as read at one moment."""

    main: str
    """The branch's name, without `refs/heads/`."""
    latest: str
    main_sha: str
    latest_sha: str | None
    relation: Relation
    ahead_by: int = 0
    """Commits that main has and latest lacks, merged branches' own included."""
    behind_by: int = 0
    candidates: tuple[Candidate, ...] = ()
    """The newest first; read far enough to hold a green one, or all there are."""
    is_complete: bool = True
    """Whether the candidates are all there are; false where older ones were not needed."""
    latest_evidence: tuple[Evidence, ...] = ()
    """What was reported on latest's own commit: which names exist."""
    strays: tuple[Stray, ...] = ()
    """Where it diverged: what latest holds and main lacks, the newest first, twenty at most."""
    in_the_way: str = ""
    """A branch `latest/…` that keeps `latest` from being created."""
    can_push: bool | None = None
    """Whether the host says that this token may move latest; None where it doesn't say."""
    rules: tuple[Rule, ...] = ()
    workflows_differ: bool | None = None
    """Whether `.github/workflows` differs between latest and the target; None where unknown."""


# ---------------------------------------------------------------------------- decision


class Verdict(StrEnum):
    """promote's word, in one."""

    PROMOTED = "promoted"
    UP_TO_DATE = "up-to-date"
    WAITING = "waiting"
    HELD = "held"
    DIVERGED = "diverged"
    REFUSED = "refused"


class Decision(NamedTuple):
    """What is to be done, and why."""

    verdict: Verdict
    """`promoted` here means: is to be moved to `target`."""
    reason: str
    """One sentence for people."""
    target: str = ""
    """The commit; empty for every verdict but `promoted`."""
    excuses: tuple[Excuse, ...] = ()
    """The newest first, down to the target."""
    notices: tuple[str, ...] = ()
    """What a reader should know besides: expired holds, names never seen, rules on latest."""
    remedy: str = ""
    """What would change a verdict that moves nothing; empty where nothing is to be done."""

    @property
    def may_change(self) -> bool:
        """Whether waiting may bring something newer."""
        return any(excuse.is_temporary for excuse in self.excuses)


def decide(standing: Standing, policy: Policy, today: dt.date) -> Decision:
    """The newest commit whose evidence is complete and green (ceremony: main → latest).

    `today` is the date in UTC, for the holds.
    """
    policy = policy._replace(main=standing.main)
    expired = tuple(_expired(hold) for hold in policy.holds if not _is_active(hold, today))
    main, latest = quoted(standing.main), quoted(standing.latest)
    if standing.relation is Relation.IDENTICAL or standing.main_sha == standing.latest_sha:
        reason = f"{latest} is where {main} is"
        return Decision(Verdict.UP_TO_DATE, reason, notices=expired)
    reach = _reach(standing.candidates, policy.holds, today)
    excuses = _excuses(standing.candidates, policy, reach)
    notices = (*expired, *_sinces(standing, reach), *_never_seen(standing, policy))
    if standing.relation in {Relation.BEHIND, Relation.DIVERGED}:
        return _diverged(standing, excuses, notices)
    if standing.in_the_way:
        there = quoted(standing.in_the_way)
        return Decision(
            Verdict.REFUSED,
            f"{latest} cannot be created while there is a branch {there}",
            excuses=excuses,
            notices=notices,
            remedy=f"Rename or delete {there}: git keeps no branch inside another's name",
        )
    if not excuses or not _may_be_target(excuses[-1]):
        return _without_target(standing, excuses, notices)
    target, place = excuses[-1].candidate, len(excuses) - 1
    notices += preflight(standing)
    if standing.can_push is False:
        return Decision(
            Verdict.REFUSED,
            f"{short(target)} is green, and this token may not move {latest}",
            excuses=excuses,
            notices=notices,
            remedy=_pass(standing),
        )
    newer = f"; {counted(place, 'newer one is', 'newer ones are')} not" if place else ""
    created = f"; {latest} is created there" if standing.relation is Relation.ABSENT else ""
    reason = f"{short(target)} is the newest green commit of {main}{newer}{created}"
    return Decision(Verdict.PROMOTED, reason, target.sha, excuses, notices)


def enough(policy: Policy, today: dt.date) -> Callable[[Candidate], bool]:
    """What tells when older commits can no longer change the decision.

    What is returned has a memory: it is for one reading, and is asked about the candidates from
    the newest on. It accepts the first that can be the target. A hold that begins at a commit
    covers what is newer than it, so that nothing is accepted before that commit was passed; where
    everything is held, the newest green one says all there is to say.
    """
    active = [hold for hold in policy.holds if _is_active(hold, today)]
    sinces = [hold.since.lower() for hold in active if hold.since]
    all_held = len(sinces) < len(active)
    begun: dict[str, str] = {}

    def is_enough(candidate: Candidate) -> bool:
        sha = candidate.sha
        begun.update((since, sha) for since in sinces if sha.startswith(since))
        is_free = all(begun.get(since, sha) != sha for since in sinces)
        return (is_free or all_held) and candidate.contains_latest and is_green(candidate, policy)

    return is_enough


def stands(candidate: Candidate, policy: Policy, today: dt.date) -> Excuse:
    """What is to be said of latest's own commit: whether it is proven, and nobody holds it.

    A hold that begins at a commit is taken to cover it, as where that lies is not read here.
    """
    holds = [hold for hold in policy.holds if _is_active(hold, today)]
    excuse = weigh(candidate, policy)
    return _not_to_be(excuse, holds) if excuse.verdict is Standard.GREEN else excuse


def policy(
    promotion: Promotion,
    *,
    main: str,
    own: Own | None = None,
    required: Sequence[Required] = (),
    allow_neutral: Sequence[str] = (),
    allow_skipped: Sequence[str] = (),
    merge_group: bool | None = None,
) -> Policy:
    """What counts as proof: the configuration, and the inputs that are given in its place."""
    return Policy(
        required=tuple(required) or promotion.required,
        allow_neutral=tuple(allow_neutral) or promotion.allow_neutral,
        allow_skipped=tuple(allow_skipped) or promotion.allow_skipped,
        merge_group=promotion.merge_group if merge_group is None else merge_group,
        holds=promotion.holds,
        own=own or Own(),
        main=main,
    )


# ---------------------------------------------------------------------------- the whole line


class _Reach(NamedTuple):
    """A hold in force, and how far down the candidates it goes."""

    hold: Hold
    last: int
    """The place of the oldest candidate that is held."""
    found: int
    """How many candidates its `since` fits; 1 where there is no `since`."""


def _is_active(hold: Hold, today: dt.date) -> bool:
    return hold.until is None or today <= hold.until


def _reach(
    candidates: Sequence[Candidate], holds: Iterable[Hold], today: dt.date
) -> tuple[_Reach, ...]:
    reach: list[_Reach] = []
    for hold in holds:
        if not _is_active(hold, today):
            continue
        fitting = [
            place
            for place, candidate in enumerate(candidates)
            if hold.since and candidate.sha.startswith(hold.since.lower())
        ]
        # Below everything that was read: what was read came after it, all of it.
        last = fitting[-1] if fitting else len(candidates)
        reach.append(_Reach(hold, last, len(fitting) if hold.since else 1))
    return tuple(reach)


def _excuses(
    candidates: Iterable[Candidate], policy: Policy, reach: Sequence[_Reach]
) -> tuple[Excuse, ...]:
    """The newest first, down to the first that latest can move to."""
    excuses: list[Excuse] = []
    was_reported = False
    for place, candidate in enumerate(candidates):
        excuse = weigh(candidate, policy)
        if excuse.verdict is Standard.GREEN:
            excuse = _not_to_be(excuse, [each.hold for each in reach if place <= each.last])
        elif was_reported and excuse.verdict is Standard.MISSING and is_bare(excuse):
            # GitHub starts a push's workflows for its last commit only:
            # https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#push
            excuse = excuse._replace(
                sentence=f"{excuse.sentence}, and a newer commit has been checked",
                is_temporary=False,
                remedy="Nothing: a push is checked at its last commit; latest can pass this one",
            )
        was_reported = was_reported or any(item.counts for item in excuse.weighed)
        excuses.append(excuse)
        if _may_be_target(excuse):
            break
    return tuple(excuses)


def _not_to_be(excuse: Excuse, holds: Sequence[Hold]) -> Excuse:
    """A green commit that is held, or that latest could not go forward to."""
    if not excuse.candidate.contains_latest:
        return excuse._replace(
            sentence=f"{excuse.sentence}, but latest holds commits that it does not contain",
            remedy="Nothing: a newer commit that contains them can be promoted once it is green",
        )
    if holds:
        hold = max(holds, key=lambda hold: hold.until or dt.date.max)
        more = f"; {counted(len(holds) - 1, 'other hold')} too" if len(holds) > 1 else ""
        until = f" until {hold.until} has passed" if hold.until else ""
        return excuse._replace(
            verdict=Standard.HELD,
            sentence=f"green, and held by {_held_by(hold)}{more}",
            remedy=f"Take the hold out of the configuration{', or wait' * bool(until)}{until}",
        )
    return excuse


def _held_by(hold: Hold) -> str:
    since = f" since {quoted(hold.since)}" if hold.since else ""
    until = f" until {hold.until}" if hold.until else ""
    reason = plain(hold.reason, MAX_NAME)
    return f"{quoted(hold.by)}{since}{until}: {reason}"


def _expired(hold: Hold) -> str:
    return f"The hold by {quoted(hold.by)} expired on {hold.until}; take it out"


def _sinces(standing: Standing, reach: Iterable[_Reach]) -> Iterable[str]:
    """What is to be known about holds whose beginning is not one commit above latest."""
    for hold, _, found in reach:
        since = f"The hold by {quoted(hold.by)} is since {quoted(hold.since)}, "
        if found > 1:
            yield since + f"which fits {found} commits; it is taken from the oldest of them"
        elif not found and standing.is_complete:
            yield since + (
                f"which is no commit of {quoted(standing.main)} above "
                f"{quoted(standing.latest)}; everything is held"
            )


def _may_be_target(excuse: Excuse) -> bool:
    return excuse.verdict is Standard.GREEN and excuse.candidate.contains_latest


def _without_target(
    standing: Standing, excuses: tuple[Excuse, ...], notices: tuple[str, ...]
) -> Decision:
    held = next((excuse for excuse in excuses if excuse.verdict is Standard.HELD), None)
    if held:
        reason = f"{short(held.candidate)} is {held.sentence}"
        return Decision(Verdict.HELD, reason, excuses=excuses, notices=notices, remedy=held.remedy)
    main, latest = quoted(standing.main), quoted(standing.latest)
    where = main if standing.relation is Relation.ABSENT else f"{main} above {latest}"
    if not excuses:
        return Decision(
            Verdict.WAITING,
            f"no commit of {where} could be read",
            notices=notices,
            remedy=f"See whether {main} is what it should be",
        )
    newest = excuses[0]
    return Decision(
        Verdict.WAITING,
        f"no commit of {where} is green yet; the newest, {short(newest.candidate)}: "
        f"{newest.sentence}",
        excuses=excuses,
        notices=notices,
        remedy=newest.remedy,
    )


def _diverged(
    standing: Standing, excuses: tuple[Excuse, ...], notices: tuple[str, ...]
) -> Decision:
    main, latest = quoted(standing.main), quoted(standing.latest)
    commits = counted(standing.behind_by, "commit") if standing.behind_by else "commits"
    if standing.relation is Relation.BEHIND:
        others = "nothing"
    else:
        others = counted(standing.ahead_by, "commit") if standing.ahead_by else "commits"
    reason = f"{latest} holds {commits} that {main} lacks, and {main} {others} that {latest} lacks"
    return Decision(
        Verdict.DIVERGED,
        f"{reason}; it is never forced",
        excuses=excuses,
        notices=notices,
        remedy=f"Merge {latest} into {main} by a pull request; or, where its own commits are to "
        f"go, let somebody who may reset {latest} by hand to a commit of {main}",
    )


def _pass(standing: Standing) -> str:
    """How a token gets to move latest that may not."""
    rules = "the rules on it are" if _strict(standing) else "a rule of the repository is"
    return (
        f"Give its job `contents: write`; where it has that, {rules} in the way: give promote the "
        "token of a GitHub App that may bypass them (docs/promote.md, Rules on latest)"
    )


def _never_seen(standing: Standing, policy: Policy) -> Iterable[str]:
    """Required names that nothing recent is called: after a renaming they would hang for ever.

    That latest's own commit carries the old name says nothing, once CI is done with a newer one.
    """
    above = {item.name for each in standing.candidates for item in each.evidence}
    before = {item.name for item in standing.latest_evidence}
    is_done = any(
        each.evidence and all(item.state is not State.PENDING for item in each.evidence)
        for each in standing.candidates
    )
    for required in dict.fromkeys(policy.required):
        if any(matches(required.name, name) for name in above):
            continue
        is_known = any(matches(required.name, name) for name in before)
        if is_known and not is_done:
            continue
        seen = sorted(above if is_known else above | before)
        shown = ", ".join(quoted(name) for name in seen[:10])
        more = f" and {len(seen) - 10} more" if len(seen) > 10 else ""
        names = f"seen were {shown}{more}" if seen else "nothing was reported on any"
        where = f"commit above {quoted(standing.latest)}" if is_known else "recent commit"
        yield (
            f"required-checks name {quoted(required.name)}, which no {where} carries "
            f"({_guess(required, seen)}); {names}"
        )


_GUESSES = 100
"""Names that a misspelt one is compared with: strangers choose how many there are."""


def _guess(required: Required, seen: Sequence[str]) -> str:
    """What may have been meant by a required name that nothing is called."""
    name, _, app = required.name.rpartition("@")
    if name and app and not required.app and not name.endswith(" ") and is_app(app):
        return f"for an app, write {quoted(f'{name} @ {app}')}"
    # Only a mistake needs it.
    from difflib import get_close_matches

    lower = {each[:80].lower(): each for each in reversed(seen[:_GUESSES])}
    close = get_close_matches(required.name[:80].lower(), lower, n=1, cutoff=0.7)
    return f"did you mean {quoted(lower[close[0]])}?" if close else "renamed?"


_HARMLESS = frozenset({"deletion", "non_fast_forward"})


def _strict(standing: Standing) -> list[Rule]:
    """The rules that may refuse the move."""
    return [
        rule
        for rule in standing.rules
        if rule.type not in _HARMLESS
        and not (rule.type == "creation" and standing.relation is not Relation.ABSENT)
    ]


def preflight(standing: Standing) -> tuple[str, ...]:
    """What may refuse the move, as far as the host tells; of no interest once it has succeeded."""
    notices: list[str] = []
    latest = quoted(standing.latest)
    rules = _strict(standing)
    if rules:
        named = ", ".join(
            quoted(rule.type) + (f" ({quoted(rule.source)})" if rule.source else "")
            for rule in rules
        )
        notices.append(
            f"Rules on {latest} may refuse the move: {named}; an app whose token promote uses "
            "can be let through in the rules' bypass list"
        )
    if standing.workflows_differ:
        notices.append(
            f"Workflow files differ between {latest} and the commit that it is to move to, which "
            "GITHUB_TOKEN may not be allowed to move over; an app's token with `workflows: write` "
            "is"
        )
    return tuple(notices)
