"""promote: move latest to the newest commit of main that is proven green.

Gather what GitHub knows of both branches, decide by the rule, read the chosen commit once more,
move, read back, report. A run that was cut off anywhere is made good by the next one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from ceremony import config as configuration
from ceremony import records
from ceremony.actions import connection
from ceremony.actions.connection import (
    PATIENCE,
    api_url_option,
    check,
    main_input,
    repository_option,
    sentence,
)
from ceremony.actions.inputs import declared, printed, secret
from ceremony.config import Config
from ceremony.forge import (
    Branches,
    Forge,
    ForgeError,
    MissingPermission,
    Move,
    NotFastForward,
    NotFound,
    RefusedByRule,
)
from ceremony.model import InputError
from ceremony.report.words import counted
from ceremony.rules import events, refs
from ceremony.rules.evidence import (
    Candidate,
    Own,
    Policy,
    Standard,
    parse_required,
    runs_behind,
    vouched,
)
from ceremony.rules.promote import (
    Decision,
    Relation,
    Standing,
    Verdict,
    decide,
    enough,
    policy,
    preflight,
    stands,
)
from ceremony.rules.promotion import Moved, Outcome
from ceremony.rules.proof import Required
from ceremony.workspace import is_outside

SUMMARY = "Move latest to the newest commit of main that is proven green."
FORMATS = ("text", "json", "markdown")
MAX_WAIT = 360
"""Minutes: what a job on GitHub's own runners lives at most."""
ROUNDS = 5
"""How often it starts again because somebody else moved what it had read."""
DOUBTS = 20
"""How many commits it reads anew, one after the other, because their runs' jobs say otherwise than
what was reported."""
PAUSES = (15, 30, 45, 60)
"""Seconds between readings while it waits; the last one stays."""

_MINUTES = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What promote is told."""

    token: str = secret(
        "${{ github.token }}",
        "What it reads and moves with. Needs contents: write, and to read actions, checks and "
        "statuses; actions: write where it dispatches.",
    )
    main: str = main_input()
    latest: str = declared(
        "", "The branch to move. Default: the configuration's, else latest.", metavar="BRANCH"
    )
    config: str = declared(
        "",
        "The configuration's path on main, as it is on the server. "
        "Default: .github/ceremony.yml, and the defaults where there is none.",
        metavar="FILE",
    )
    required_checks: tuple[str, ...] = declared(
        (),
        "Checks that must have succeeded, one a line: a name or a glob, ` @ ` and an app's slug "
        "or a status's creator where it is not a push's run. Default: all that a push ran.",
        metavar="NAME",
    )
    allow_skipped: tuple[str, ...] = declared(
        (), "Checks that may be skipped, one a line, names or globs.", metavar="NAME"
    )
    allow_neutral: tuple[str, ...] = declared(
        (), "Checks that may end neutral, one a line, names or globs.", metavar="NAME"
    )
    merge_group: bool = declared(False, "Whether the merge queue's runs count as a push's do.")
    wait: str = declared(
        "0",
        "Whole minutes to wait for evidence that is pending, 360 at most.",
        metavar="MINUTES",
    )
    tag: str = declared(
        "",
        "A tag to set on each promoted commit, in the same move. {date}, {sha} and {sha7} stand "
        "for the day and the commit.",
        metavar="TAG",
    )
    also_move: tuple[str, ...] = declared(
        (),
        "Further branches to move in the same move, one a line, in full: refs/heads/NAME.",
        metavar="REF",
    )
    dispatch: tuple[str, ...] = declared(
        (),
        "Workflows to start on latest once it has moved, one a line, by file name: the workflow's "
        "own token starts none by moving it.",
        metavar="FILE",
    )
    dry_run: bool = declared(False, "Say what would be done, and do nothing.")
    format: str = printed(*FORMATS)
    repository: str = repository_option()
    api_url: str = api_url_option()


OUTPUTS: Mapping[str, str] = {
    "verdict": "promoted, up-to-date, waiting, held, diverged or refused.",
    "sha": "The commit that latest is at; empty where there is no latest.",
    "previous": "The commit that latest was at before; empty where there was no latest.",
    "commits": "How many commits of main latest moved by; in a dry run, would move by.",
    "tag": "The tag that was set on the promoted commit.",
    "dispatched": "The workflows that were started, separated by commas.",
    "report": "The path of the full report, JSON.",
}


@dataclass(frozen=True, kw_only=True)
class Context(connection.Context):
    """What the run knows beside its inputs."""

    payload: Mapping[str, object] = field(default_factory=dict)
    run: int | None = None
    """The workflow run's id."""
    attempt: int = 1
    workflow: str = ""
    """The path of the run's workflow file; empty where unknown."""
    runner_name: str = ""


def promote(inputs: Inputs, context: Context) -> Outcome:
    """Gather, decide, apply.

    Raises InputError for bad inputs or a bad configuration, ForgeError where GitHub could not be
    asked or nothing is known to have been done. What was left unfinished after the move is in the
    outcome's `failure`.
    """
    wishes = _wishes(inputs)
    mains = {inputs.main or "main", inputs.main or events.default_branch(context.payload)} - {""}
    # Whether the queue's runs count may be up to a configuration that is not read yet.
    refused = events.promotion_refused(context.event, context.payload, mains, merge_group=True)
    if refused:
        return Outcome(Verdict.REFUSED, refused, dry_run=inputs.dry_run)
    forge = context.forge(
        inputs.token,
        repository=inputs.repository,
        api_url=inputs.api_url,
        patience=max(PATIENCE, wishes.wait),
    )
    return _Promotion(inputs, wishes, context, forge).run()


# ---------------------------------------------------------------------------- inputs


class _Wishes(NamedTuple):
    """The inputs, read."""

    required: tuple[Required, ...]
    wait: int
    """Seconds."""
    also_move: tuple[str, ...]
    dispatch: tuple[str, ...]


def _wishes(inputs: Inputs) -> _Wishes:
    check(main=inputs.main, latest=inputs.latest, dispatch=inputs.dispatch)
    if inputs.config and is_outside(inputs.config):
        raise InputError(f"`config` must be a path on main, without `..`: {inputs.config[:80]!r}")
    if inputs.tag and not refs.is_template(inputs.tag):
        raise InputError(
            f"`tag` must be a tag's name, with {{date}}, {{sha}} or {{sha7}} in it where they are "
            f"wanted: {inputs.tag[:80]!r}"
        )
    for ref in inputs.also_move:
        if not refs.is_branch(ref):
            raise InputError(
                f"`also-move` must be branches in full, such as refs/heads/next: {ref[:80]!r}"
            )
    if not _MINUTES.fullmatch(inputs.wait) or int(inputs.wait) > MAX_WAIT:
        raise InputError(
            f"`wait` must be whole minutes from 0 to {MAX_WAIT}; it is {inputs.wait[:60]!r}"
        )
    return _Wishes(
        required=tuple(map(parse_required, inputs.required_checks)),
        wait=int(inputs.wait) * 60,
        also_move=tuple(dict.fromkeys(inputs.also_move)),
        dispatch=tuple(dict.fromkeys(inputs.dispatch)),
    )


# ---------------------------------------------------------------------------- the run


class _Seen(NamedTuple):
    """One reading, and what follows from it."""

    branches: Branches
    standing: Standing
    policy: Policy
    decision: Decision


class _Promotion:
    """One run: what it may do, and what it has learned."""

    def __init__(self, inputs: Inputs, wishes: _Wishes, context: Context, forge: Forge) -> None:
        self._inputs = inputs
        self._wishes = wishes
        self._context = context
        self._forge = forge
        self._notices: list[str] = []
        self._own = Own(context.workflow, run=context.run)
        self._is_job_known = False
        self._doubted: set[str] = set()
        """Commits that were green by what was reported, and not by their runs' own jobs."""
        self._branches = self._named(Config())
        self._policy = self._policy_of(Config())
        self._stuck: tuple[Move, ...] = ()
        """The moves that something stood in the way of when they were last tried."""
        self._arrived: Outcome | None = None
        """What was done of moves that then something stood in the way of."""

    def run(self) -> Outcome:
        deadline = self._context.clock() + self._wishes.wait
        polls = lost = 0
        while True:
            self._context.seam()
            seen = self._look()
            refused = events.promotion_refused(
                self._context.event,
                self._context.payload,
                {seen.branches.main},
                merge_group=seen.policy.merge_group,
            )
            if refused:
                return self._refused(seen, refused, "")
            decision = seen.decision
            left = deadline - self._context.clock()
            if decision.verdict is Verdict.WAITING and decision.may_change and left > 0:
                self._wait(decision, polls, left)
                polls += 1
                continue
            if decision.verdict not in {Verdict.PROMOTED, Verdict.UP_TO_DATE}:
                return self._outcome(seen)
            if lost == ROUNDS:
                return self._outcome(seen)._replace(
                    verdict=Verdict.WAITING,
                    reason=f"the branches moved during each of {ROUNDS} readings",
                    remedy="Run promote again where no run of it follows",
                    commits=0,
                )
            doubts = len(self._doubted)
            outcome = self._applied(seen)
            if outcome is not None:
                return outcome
            if doubts < len(self._doubted) <= DOUBTS:
                continue
            lost += 1
            self._context.tell("something moved meanwhile: reading again")
            self._context.sleep(lost)

    # ------------------------------------------------------------------ gather

    def _look(self) -> _Seen:
        """Read until the configuration that was followed is the one that is there."""
        for _ in range(4):
            read = self._forge.standing(self._branches, enough=self._enough)
            standing = self._doubting(read.standing)
            self._learn_own_job(standing)
            config = self._config(read.config)
            branches, proof = self._named(config), self._policy_of(config)
            is_known, is_same = branches == self._branches, proof == self._policy
            self._branches, self._policy = branches, proof
            if not is_known:
                continue
            decision = decide(standing, proof, self._context.today)
            # Under another policy more commits may be needed than were read.
            if is_same or decision.target or standing.is_complete:
                return _Seen(branches, standing, proof, decision)
        raise InputError(
            "names other branches each time it is read; give the inputs `main` and `latest`",
            file=self._branches.config,
        )

    def _enough(self) -> Callable[[Candidate], bool]:
        accepts = enough(self._policy, self._context.today)
        return lambda candidate: accepts(candidate) and candidate.sha not in self._doubted

    def _doubting(self, standing: Standing) -> Standing:
        """The standing with what their runs say now of the commits that were doubted before."""
        return standing._replace(
            candidates=tuple(
                self._vouched(candidate) if candidate.sha in self._doubted else candidate
                for candidate in standing.candidates
            )
        )

    def _vouched(self, candidate: Candidate) -> Candidate:
        """The commit with the jobs of the runs that would prove it, as the runs list them."""
        jobs = {
            run: [records.proof(job) for job in self._forge.jobs(run)]
            for run in runs_behind(candidate, self._policy)
        }
        return vouched(candidate, jobs)

    def _config(self, data: bytes | None) -> Config:
        if data is None:
            if self._inputs.config:
                raise InputError(
                    "does not exist on main; leave `config` out to use the defaults",
                    file=self._inputs.config,
                )
            return Config()
        return configuration.read(data, path=self._branches.config)

    def _named(self, config: Config) -> Branches:
        main = self._inputs.main or config.layout.main_branch
        latest = self._inputs.latest or config.layout.latest_branch
        if main == latest:
            raise InputError(
                f"main and latest are both {main[:80]!r}, inputs and configuration taken together; "
                "they must differ"
            )
        for own in (main, latest):
            if self._inputs.tag == own:
                raise InputError(f"`tag` must be another name than the branch {own}")
            for ref in self._wishes.also_move:
                short = refs.short(ref)
                # git keeps no branch inside another's name.
                if f"{short}/".startswith(f"{own}/") or own.startswith(f"{short}/"):
                    raise InputError(
                        "`also-move` must be other branches than main and latest, and none inside "
                        f"their names: {ref}"
                    )
        return Branches(main, latest, self._inputs.config or configuration.DEFAULT_PATH)

    def _policy_of(self, config: Config) -> Policy:
        inputs = self._inputs
        return policy(
            config.promotion,
            main=self._named(config).main,
            own=self._own,
            required=self._wishes.required,
            allow_neutral=inputs.allow_neutral,
            allow_skipped=inputs.allow_skipped,
            # A switch of the action is either given or not: it can add, and not take away.
            merge_group=inputs.merge_group or None,
        )

    def _learn_own_job(self, standing: Standing) -> None:
        """Find out which job this is, once it stands among the evidence that it would wait for."""
        read = (standing.latest_evidence, *(each.evidence for each in standing.candidates))
        if self._is_job_known or not any(
            item.workflow == self._own.workflow and item.event in events.PROVING
            for evidence in read
            for item in evidence
        ):
            return
        self._is_job_known = True
        self._own = self._own._replace(job=self._own_job())

    def _own_job(self) -> str:
        """The name of the check run that this very job is; empty where that cannot be told."""
        context = self._context
        if context.run is None:
            return ""
        try:
            jobs = self._forge.jobs(context.run, context.attempt)
        except (MissingPermission, NotFound):
            self._notices.append(
                "This run's own job could not be told from its others, so it may count as pending: "
                "grant actions: read, or name `required-checks`"
            )
            return ""
        running = [job for job in jobs if job.status == "in_progress"]
        # Without its runner's name it is told only where there is no other.
        if context.runner_name:
            running = [job for job in running if job.runner_name == context.runner_name]
        return running[0].name if len(running) == 1 else ""

    def _wait(self, decision: Decision, polls: int, left: float) -> None:
        pause = min(PAUSES[min(polls, len(PAUSES) - 1)], left)
        minutes = counted(max(1, round(left / 60)), "minute")
        self._context.tell(f"waiting, {minutes} at most: {decision.reason}")
        self._context.sleep(pause)

    # ------------------------------------------------------------------ apply

    def _applied(self, seen: _Seen) -> Outcome | None:
        """What the decision asks for, done; None where something moved in between.

        Where latest is at main already, that is what an earlier run was kept from doing.
        """
        target = seen.decision.target or seen.standing.latest_sha or ""
        if seen.decision.verdict is Verdict.PROMOTED:
            confirmed = self._confirmed(seen)
            if confirmed is None:
                return None
            seen = confirmed
        moves, refusal = self._plan(seen, target)
        if refusal:
            return self._refused(seen, refusal, _TAG_REMEDY)
        if seen.decision.verdict is Verdict.UP_TO_DATE:
            unproven = self._unproven(seen, moves, target)
            if unproven:
                outcome = self._outcome(seen)
                return outcome._replace(notices=(*outcome.notices, unproven))
        if self._inputs.dry_run:
            return self._foreseen(seen, self._outcome(seen, moves=moves), target)
        self._announce(seen, moves)
        self._context.seam()
        return self._moved(seen, moves, target)

    def _moved(self, seen: _Seen, moves: tuple[Move, ...], target: str) -> Outcome | None:
        """The plan, carried out; None where something moved in between."""
        landed: Mapping[str, str] = {}
        try:
            if moves:
                landed = self._forge.move(moves)
        except NotFastForward as error:
            if self._stuck == moves and self._wishes.also_move:
                # Nothing is elsewhere than it was, and latest can go there: it is no race.
                if self._arrived is not None:
                    return self._unfinished(self._arrived, error, _BACK)
                return self._refused(seen, sentence(error), _BACK, moves)
            self._stuck = moves
            self._arrived = self._arrived or self._partly(seen, moves)
            return None
        except (RefusedByRule, MissingPermission) as error:
            remedy = _BYPASS if isinstance(error, RefusedByRule) else _GRANT
            partly = self._partly(seen, moves)
            if partly is not None:
                return self._unfinished(partly, error, remedy)
            return self._refused(seen, sentence(error), remedy, moves)
        except ForgeError as error:
            return self._cut_off(seen, moves, error)
        done = {move.ref for move in moves}
        outcome = self._outcome(seen, moves=moves, landed=landed, done=done)
        return self._followed(seen, outcome, outcome.after or target)

    def _cut_off(self, seen: _Seen, moves: Sequence[Move], error: ForgeError) -> Outcome:
        """What is known of a move that failed for another reason than that it may not be.

        Raises ForgeError where nothing is.
        """
        try:
            partly = self._partly(seen, moves)
        except ForgeError:
            raise ForgeError(
                f"{sentence(error)}. How far the move got is not known: run promote again, it "
                "goes on from where the refs are"
            ) from error
        if partly is None:
            raise ForgeError(f"{sentence(error)}. Nothing was moved: run promote again") from error
        return self._unfinished(partly, error, "Run promote again: it goes on from there")

    def _unproven(self, seen: _Seen, moves: Sequence[Move], sha: str) -> str:
        """Why what follows a promotion is not done for latest as it is; empty where it may be.

        Somebody may have put latest where it is by hand, or hold it by now.
        """
        if not moves and all(self._has_started(seen, each, sha) for each in self._wishes.dispatch):
            return ""
        found = self._forge.confirm(seen.branches, seen.standing, sha)
        excuse = stands(self._vouched(found.target), seen.policy, self._context.today)
        if excuse.verdict is Standard.GREEN:
            return ""
        return (
            "What would follow a promotion is left undone, as latest's own commit is not proven "
            f"and free: {excuse.sentence}"
        )

    def _confirmed(self, seen: _Seen) -> _Seen | None:
        """The same decision on the target as it is now; None where it no longer is the same."""
        standing, target = seen.standing, seen.decision.target
        found = self._forge.confirm(seen.branches, standing, target)
        if (found.main_sha, found.latest_sha) != (standing.main_sha, standing.latest_sha):
            return None
        config = self._config(found.config)
        self._policy = self._policy_of(config)
        again = self._vouched(found.target)
        standing = standing._replace(
            candidates=tuple(
                again._replace(contains_latest=candidate.contains_latest)
                if candidate.sha == target
                else candidate
                for candidate in standing.candidates
            ),
            workflows_differ=found.workflows_differ,
        )
        decision = decide(standing, self._policy, self._context.today)
        if self._named(config) != seen.branches:
            return None
        if decision.target != target:
            self._doubted.add(target)
            return None
        return _Seen(seen.branches, standing, self._policy, decision)

    def _plan(self, seen: _Seen, target: str) -> tuple[tuple[Move, ...], str]:
        """What is to move, latest first, and why it must not; what is there already stays out."""
        moves = []
        if seen.standing.latest_sha != target:
            moves.append(Move(refs.HEADS + seen.branches.latest, seen.standing.latest_sha, target))
        for ref in self._wishes.also_move:
            before = self._forge.where(ref)
            if before != target:
                moves.append(Move(ref, before, target))
        name = refs.tag(self._inputs.tag, target, self._context.today)
        if name and not (seen.standing.latest_sha == target and self._is_tagged(target)):
            before = self._forge.where(refs.TAGS + name)
            if before is None:
                moves.append(Move(refs.TAGS + name, None, target))
            elif before != target:
                return (), f"the tag `{name}` is at {before[:7]} already, and is never moved"
        return tuple(moves), ""

    def _is_tagged(self, sha: str) -> bool:
        """Whether the commit has its tag from an earlier day."""
        pattern = refs.tag_of(self._inputs.tag, sha)
        prefix = refs.TAGS + refs.before_placeholders(self._inputs.tag)
        return any(
            at == sha and pattern.fullmatch(ref.removeprefix(refs.TAGS))
            for ref, at in self._forge.refs(prefix).items()
        )

    def _announce(self, seen: _Seen, moves: Sequence[Move]) -> None:
        """The plan, before it is applied."""
        for move in moves:
            before = move.before[:7] if move.before else "nothing"
            self._context.tell(f"moving {refs.short(move.ref)}: {before} -> {move.after[:7]}")
        if moves and self._wishes.dispatch:
            self._context.tell(f"then starting: {', '.join(self._wishes.dispatch)}")
        if seen.decision.target:
            for notice in preflight(seen.standing):
                self._context.tell(f"notice: {notice}")

    def _partly(self, seen: _Seen, moves: Sequence[Move]) -> Outcome | None:
        """What arrived of moves that failed; None where nothing did.

        A host without a move of several refs at once takes them one by one, latest first.
        """
        there = {move.ref: self._forge.where(move.ref) for move in moves}
        done = {move.ref for move in moves if there[move.ref] == move.after}
        if not done:
            return None
        landed = {ref: sha for ref, sha in there.items() if sha}
        return self._outcome(seen, moves=moves, landed=landed, done=done)

    def _unfinished(self, outcome: Outcome, error: ForgeError, remedy: str) -> Outcome:
        return outcome._replace(
            failure=f"{sentence(error)}. {remedy}", requests=self._forge.requests
        )

    def _followed(self, seen: _Seen, outcome: Outcome, sha: str) -> Outcome:
        """Start the workflows that have not been started at latest's commit."""
        left = list(self._wishes.dispatch)
        started = []
        failure = ""
        try:
            while left:
                self._context.seam()
                if not self._has_started(seen, left[0], sha):
                    # In full: a tag may have latest's name too.
                    self._forge.dispatch(left[0], refs.HEADS + seen.branches.latest)
                    started.append(left[0])
                left.pop(0)
        except (ForgeError, KeyboardInterrupt) as error:
            why = sentence(error) if isinstance(error, ForgeError) else "the run was stopped"
            failure = (
                f"{why}. Not known to be started: {', '.join(left)}. Run promote again: it starts "
                "what has no run at latest"
            )
        return outcome._replace(
            dispatched=tuple(started), failure=failure, requests=self._forge.requests
        )

    def _foreseen(self, seen: _Seen, outcome: Outcome, sha: str) -> Outcome:
        """The outcome of a dry run, with the workflows that would be started."""
        try:
            wanted = [
                workflow
                for workflow in self._wishes.dispatch
                if not self._has_started(seen, workflow, sha)
            ]
        except ForgeError as error:
            said = f"What would be started cannot be told: {sentence(error)}"
            return outcome._replace(notices=(*outcome.notices, said), requests=self._forge.requests)
        return outcome._replace(to_dispatch=tuple(wanted), requests=self._forge.requests)

    def _has_started(self, seen: _Seen, workflow: str, sha: str) -> bool:
        """Whether a run of the workflow at latest's commit shows that it was dispatched there."""
        runs = self._forge.runs(workflow, sha, "workflow_dispatch")
        # One on main is about the same commit, and not what follows a promotion.
        return any(run.branch == seen.branches.latest for run in runs)

    # ------------------------------------------------------------------ report

    def _outcome(
        self,
        seen: _Seen,
        *,
        moves: Sequence[Move] = (),
        landed: Mapping[str, str] | None = None,
        done: Collection[str] = (),
    ) -> Outcome:
        """What the decision says, and which of the moves are done."""
        decision, standing = seen.decision, seen.standing
        # What was foreseen has not come true.
        past = preflight(standing) if refs.HEADS + standing.latest in done else ()
        inputs, context = self._inputs, self._context
        return Outcome(
            verdict=decision.verdict,
            reason=decision.reason,
            remedy=decision.remedy,
            standing=standing,
            excuses=decision.excuses,
            notices=(*self._notices, *(said for said in decision.notices if said not in past)),
            moves=tuple(Moved(*move[:3], moved=move.ref in done) for move in moves),
            after=(landed or {}).get(refs.HEADS + standing.latest, standing.latest_sha),
            commits=_distance(standing, decision.target),
            dry_run=inputs.dry_run,
            requests=self._forge.requests,
            page=page(context.address(inputs.api_url), self._forge.repository),
        )

    def _refused(
        self, seen: _Seen, reason: str, remedy: str, moves: Sequence[Move] = ()
    ) -> Outcome:
        return self._outcome(seen, moves=moves)._replace(
            verdict=Verdict.REFUSED, reason=reason, remedy=remedy, commits=0
        )


_TAG_REMEDY = "Put {sha7} into `tag`, so that each promoted commit has a tag of its own"
_BACK = (
    "Branches only go forward: take what cannot out of `also-move`, or have somebody who may set "
    "it back"
)
_BYPASS = (
    "Give `token` the token of a GitHub App that the rule lets pass: docs/promote.md, Rules on "
    "latest, says how"
)
_GRANT = "docs/promote.md, Permissions, says what else it needs"


def page(api_url: str, repository: str) -> str:
    """The repository's address for people; empty where the API's address does not tell it.

    docs.github.com, "Getting started with the REST API": the API is at `api.` of the server's own
    name, or on an Enterprise server below it at `/api/v3`.
    """
    parts = urlsplit(api_url)
    host = parts.netloc
    if parts.path.rstrip("/") != "/api/v3":
        if not host.startswith("api."):
            return ""
        host = host.removeprefix("api.")
    return f"https://{host}/{repository}" if parts.scheme == "https" else ""


def _distance(standing: Standing, target: str) -> int:
    """How many of main's commits lie between latest and the target.

    Along main's own line where all of it was read; else with those of merged branches.
    """
    place = next((n for n, c in enumerate(standing.candidates) if c.sha == target), None)
    if place is None or standing.relation is Relation.ABSENT:
        return 0
    known = len(standing.candidates) if standing.is_complete else standing.ahead_by
    return known - place
