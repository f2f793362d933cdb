"""promote's decision: which commit of main, if any, is proven, and why each of the others is not.

Pure: everything that the decision rests on is in `Standing`, `Policy` and the date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from ceremony.model import InputError

if TYPE_CHECKING:
    from ceremony.config import Promotion

ACTIONS = "github-actions"
"""The slug of the app that makes the check runs of workflows."""
QUEUE = "gh-readonly-queue"
"""Where the merge queue keeps its branches: `gh-readonly-queue/main/pr-7-…`."""

# ---------------------------------------------------------------------------- facts


MAX_NAME = 200
"""The most characters of a required name or a pattern."""


class State(StrEnum):
    """What one check or status says, whatever GitHub's two vocabularies call it."""

    SUCCESS = "success"
    PENDING = "pending"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    NEUTRAL = "neutral"
    SKIPPED = "skipped"
    STALE = "stale"
    UNKNOWN = "unknown"
    """A word that this version does not know: never a success."""


class Evidence(NamedTuple):
    """One check run or commit status that was reported on a commit."""

    name: str
    """The check run's name, or the status's context: a stranger's words."""
    state: State
    said: str
    """GitHub's own word for it, lower case: `timed_out`, `in_progress`, `error`."""
    is_status: bool = False
    """A commit status, not a check run."""
    app: str = ""
    """The slug of the app that made the check run; empty for a status."""
    app_id: int | None = None
    creator: str = ""
    """The login that reported the status, with `[bot]` for a bot's; empty for a check run."""
    event: str = ""
    """What started the workflow run behind the check run; empty where there is none."""
    workflow: str = ""
    """The path of that run's workflow file, `.github/workflows/ci.yml`; empty where unknown."""
    branch: str | None = None
    """The branch that the run was about; None where GitHub does not say."""
    run: int | None = None
    """The workflow run's id."""
    id: int | None = None
    """The check run's id."""
    started: str = ""
    """ISO 8601 in UTC, empty where unknown: of two with one name the later counts."""
    url: str = ""


class Candidate(NamedTuple):
    """One commit of main's first-parent line above latest, with all that was reported on it."""

    sha: str
    title: str
    """The first line of its message: a stranger's words."""
    evidence: tuple[Evidence, ...] = ()
    total: int | None = None
    """How many GitHub says there are; None means as many as were read."""
    contains_latest: bool = True
    """Whether latest is an ancestor: a move to anything else would not be forward."""

    @property
    def is_complete(self) -> bool:
        """Whether everything that was announced was read (threat: truncated evidence).

        What was read twice, because the pages shifted in between, counts once.
        """
        return self.total is None or self.total <= len(set(self.evidence))


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


# ---------------------------------------------------------------------------- policy


class Required(NamedTuple):
    """A check that must have succeeded."""

    name: str
    """A name, or a glob of names (`*`, `?`, `[…]`), case-sensitive."""
    app: str = ""
    """The slug or the id of the app, or the login of the status's creator; empty for the default:
    a workflow run of a push, or any status."""


class Hold(NamedTuple):
    """Somebody's word that latest must stay."""

    by: str
    reason: str
    until: dt.date | None = None
    """The last day of the hold, in UTC; None for until it is taken out."""
    since: str = ""
    """A commit, at least 7 hexadecimal digits: it and what came after it are held; empty for
    everything."""


class Own(NamedTuple):
    """The workflow run that promote runs in."""

    workflow: str = ""
    """The path of its workflow file; empty outside of a workflow."""
    job: str = ""
    """The name of its own check run, known only where the run is evidence itself (a push)."""
    is_evidence: bool = False
    """Whether this run's other jobs are evidence: it was started by a push (or a merge group)."""


class Policy(NamedTuple):
    """What counts as proof."""

    required: tuple[Required, ...] = ()
    """Empty: everything that a push ran, and every status, at least one."""
    allow_neutral: tuple[str, ...] = ()
    """Names and globs whose `neutral` counts as success."""
    allow_skipped: tuple[str, ...] = ()
    merge_group: bool = False
    """Whether runs of the merge queue count as well as those of pushes."""
    holds: tuple[Hold, ...] = ()
    own: Own = Own()
    main: str = "main"
    """The branch whose runs are evidence; `decide` takes the standing's word for it."""


# ---------------------------------------------------------------------------- decision


class Verdict(StrEnum):
    """promote's word, in one."""

    PROMOTED = "promoted"
    UP_TO_DATE = "up-to-date"
    WAITING = "waiting"
    HELD = "held"
    DIVERGED = "diverged"
    REFUSED = "refused"


class Standard(StrEnum):
    """What is to be said of one commit."""

    GREEN = "green"
    PENDING = "pending"
    FAILED = "failed"
    MISSING = "missing"
    FOREIGN = "foreign"
    HELD = "held"


class Weighed(NamedTuple):
    """One piece of evidence, and whether it counted."""

    evidence: Evidence
    counts: bool
    why: str = ""
    """Why it does not count, or what is wrong with it; empty for a counted success."""


class Excuse(NamedTuple):
    """Why a commit is, or is not, what latest moves to."""

    candidate: Candidate
    verdict: Standard
    sentence: str
    """One sentence, without a full stop; strangers' names in it are quoted by backquotes."""
    is_temporary: bool
    """Whether waiting alone may change it."""
    remedy: str
    """What would change it, one sentence; empty for one that latest can move to."""
    weighed: tuple[Weighed, ...] = ()


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
    main, latest = _quoted(standing.main), _quoted(standing.latest)
    if standing.relation is Relation.IDENTICAL or standing.main_sha == standing.latest_sha:
        reason = f"{latest} is where {main} is"
        return Decision(Verdict.UP_TO_DATE, reason, notices=expired)
    reach = _reach(standing.candidates, policy.holds, today)
    excuses = _excuses(standing.candidates, policy, reach)
    notices = (*expired, *_sinces(standing, reach), *_never_seen(standing, policy))
    if standing.relation in {Relation.BEHIND, Relation.DIVERGED}:
        return _diverged(standing, excuses, notices)
    if standing.in_the_way:
        there = _quoted(standing.in_the_way)
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
    notices += _preflight(standing)
    if standing.can_push is False:
        return Decision(
            Verdict.REFUSED,
            f"{_short(target)} is green, and this token may not move {latest}",
            excuses=excuses,
            notices=notices,
            remedy="Give its job `contents: write`; where rules protect "
            f"{latest}, give promote the token of an app that they let through",
        )
    newer = f"; {_counted(place, 'newer one is', 'newer ones are')} not" if place else ""
    created = f"; {latest} is created there" if standing.relation is Relation.ABSENT else ""
    reason = f"{_short(target)} is the newest green commit of {main}{newer}{created}"
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


def is_green(candidate: Candidate, policy: Policy) -> bool:
    """Whether a commit is proven, whatever is held and whatever latest holds."""
    return weigh(candidate, policy).verdict is Standard.GREEN


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


def parse_required(line: str) -> Required:
    """Read `NAME` or `NAME @ APP`, the last ` @ ` dividing the two.

    Raises InputError for a line without a name, and for what no app is called.
    """
    said = f"`required-checks` has {_cut(line)!r}: "
    text = line.strip()
    name, divided, app = text.rpartition(" @ ")
    name, app = name.strip(), app.strip()
    if not divided:
        name, app = text, ""
    if not name or text.endswith(" @") or text.startswith("@ "):
        raise InputError(said + "write NAME, or NAME @ APP")
    if len(name) > MAX_NAME or any(map(_is_control, name)):
        raise InputError(said + f"a check's name is one line of at most {MAX_NAME} characters")
    if divided and not is_app(app):
        raise InputError(
            said + "after ` @ ` stands an app's slug or id, or a login; a name that holds ` @ ` "
            "itself goes into the configuration, as a mapping with `name`"
        )
    return Required(name, app)


def is_app(text: str) -> bool:
    """Whether it can be an app's slug or id, or the login of a user or a bot."""
    bare = text.removesuffix("[bot]").replace("-", "").replace("_", "").replace(".", "")
    return bare.isascii() and bare.isalnum() and len(text) <= 100


# ---------------------------------------------------------------------------- one commit


class _Kind(Enum):
    """What one piece of evidence is to the policy."""

    COUNTS = "counts"
    OWN = "own"
    FOREIGN = "foreign"
    UNASKED = "unasked"


class _Ruling(NamedTuple):
    kind: _Kind
    why: str = ""
    remedy: str = ""
    """What would make it count, where something could."""


class _Judged(NamedTuple):
    """One commit's evidence, sorted out."""

    rulings: tuple[tuple[Evidence, _Ruling], ...]
    counted: tuple[Evidence, ...]
    """What counts, without what a newer attempt supersedes."""


class _Said(NamedTuple):
    verdict: Standard
    sentence: str
    is_temporary: bool
    remedy: str = ""


_COUNTS = _Ruling(_Kind.COUNTS)
_OWN = _Ruling(_Kind.OWN, "it belongs to the run of promote itself")
_UNASKED = _Ruling(_Kind.UNASKED, "required-checks do not name it")
_SUPERSEDED = "a newer attempt takes its place"
_BAD = frozenset({State.FAILURE, State.CANCELLED, State.STALE, State.UNKNOWN})


def weigh(candidate: Candidate, policy: Policy) -> Excuse:
    """What is to be said of one commit by itself; holds and other commits are `decide`'s."""
    rulings = tuple(
        (evidence, _ruling(evidence, policy))
        for evidence in sorted(set(candidate.evidence), key=_order)
    )
    counting = [evidence for evidence, ruling in rulings if ruling.kind is _Kind.COUNTS]
    counted = _newest(counting)
    judged = _Judged(rulings, tuple(item for item in counting if item in counted))
    said = _standard(candidate, policy, judged)
    return Excuse(
        candidate=candidate,
        verdict=said.verdict,
        sentence=said.sentence,
        is_temporary=said.is_temporary,
        remedy=said.remedy,
        weighed=tuple(
            _weighed(evidence, ruling, policy, is_superseded=evidence not in counted)
            for evidence, ruling in rulings
        ),
    )


def _weighed(
    evidence: Evidence, ruling: _Ruling, policy: Policy, *, is_superseded: bool
) -> Weighed:
    if ruling.kind is not _Kind.COUNTS:
        return Weighed(evidence, counts=False, why=ruling.why)
    if is_superseded:
        return Weighed(evidence, counts=False, why=_SUPERSEDED)
    if _is_good(evidence, policy):
        return Weighed(evidence, counts=True)
    return Weighed(evidence, counts=True, why=_phrase(evidence)[0])


def _order(evidence: Evidence) -> tuple[object, ...]:
    """An order for evidence that no answer of the host can disturb."""
    return tuple((field is not None, field if field is not None else 0) for field in evidence)


def _ruling(evidence: Evidence, policy: Policy) -> _Ruling:
    own = policy.own
    is_own = own.workflow and evidence.workflow == own.workflow
    # Of a run that is evidence only the job that asks is left out: it can't wait for itself.
    if is_own and (not own.is_evidence or (own.job and evidence.name == own.job)):
        return _OWN
    if not policy.required:
        return _by_origin(evidence, "", policy)
    rulings = [
        _by_origin(evidence, required.app, policy)
        for required in policy.required
        if matches(required.name, evidence.name)
    ]
    if not rulings:
        return _UNASKED
    return next((ruling for ruling in rulings if ruling.kind is _Kind.COUNTS), rulings[0])


def _by_origin(evidence: Evidence, app: str, policy: Policy) -> _Ruling:
    """Whether it comes from where it must: `app`, or a push where that is empty."""
    wanted = _quoted(app)
    if evidence.is_status:
        if not app or _is_login(evidence.creator, app):
            return _COUNTS
        return _foreign(
            f"{_quoted(evidence.creator)} reported it, not {wanted}",
            f"Let {wanted} report it, or name who does in required-checks",
        )
    made_by = _quoted(evidence.app or "unknown")
    if app and not _is_slug(evidence, app):
        return _foreign(
            f"the app {made_by} made it, not {wanted}",
            f"Let {wanted} report it, or name the app that does in required-checks",
        )
    if not _same(evidence.app, ACTIONS):
        if app:
            return _COUNTS
        return _foreign(
            f"the app {made_by} made it, and required-checks do not name that app",
            f"If that app is to be believed, name it in required-checks, as NAME @ {made_by}",
        )
    return _by_run(evidence, policy)


def _by_run(evidence: Evidence, policy: Policy) -> _Ruling:
    """Whether the workflow run behind a check run of Actions is a proof of main."""
    main = _quoted(policy.main)
    if not evidence.event:
        return _foreign(
            "no workflow run is behind it: a token made it",
            f"Let a workflow that runs on pushes to {main} report it",
        )
    queued = policy.merge_group and evidence.event == "merge_group"
    if evidence.event != "push" and not queued:
        hint = ", or set merge-group" if evidence.event == "merge_group" else ""
        return _foreign(
            f"{_quoted(evidence.event)} started it, not a push",
            f"Let its workflow run on pushes to {main} too{hint}",
        )
    branch = evidence.branch
    if branch is None or branch == policy.main:
        return _COUNTS
    if queued and branch.startswith(f"{QUEUE}/{policy.main}/"):
        return _COUNTS
    return _foreign(
        f"it ran for the branch {_quoted(branch)}, not for {main}",
        f"Let its workflow run on pushes to {main} too",
    )


def _foreign(why: str, remedy: str) -> _Ruling:
    return _Ruling(_Kind.FOREIGN, why, remedy)


def _same(one: str, other: str) -> bool:
    """Whether two slugs or logins are one; letters that only look alike in lower case are not."""
    return one.isascii() and other.isascii() and one.lower() == other.lower()


def _is_login(creator: str, app: str) -> bool:
    # An id is never a login: somebody may be called like a number.
    return not app.isdecimal() and (_same(creator, app) or _same(creator, f"{app}[bot]"))


def _is_slug(evidence: Evidence, app: str) -> bool:
    if app.isdecimal():
        return str(evidence.app_id) == app
    return _same(evidence.app, app.removesuffix("[bot]"))


def matches(pattern: str, name: str) -> bool:
    """Whether a name is meant by a name or a glob; a name with brackets always means itself."""
    return pattern == name or fnmatchcase(name, pattern)


def _newest(counting: Iterable[Evidence]) -> frozenset[Evidence]:
    """What is left once newer attempts have taken the place of older ones.

    Only what is certainly an older attempt goes. Of two that started in one second in one run, as
    two jobs of one name do, both stay; so does what is finished and has no start. What has neither
    started nor finished is the newest.
    """
    groups: dict[tuple[object, ...], list[Evidence]] = {}
    for item in counting:
        # Without a file to tell workflows apart, only one run's attempts are attempts at one thing.
        source = item.workflow or (item.run if not item.is_status else None)
        key = (item.name, item.is_status, source, item.event, item.app, item.branch)
        groups.setdefault(key, []).append(item)
    return frozenset(item for group in groups.values() for item in _newest_attempt(group))


def _newest_attempt(group: list[Evidence]) -> Iterable[Evidence]:
    undated = [item for item in group if not item.started and item.state is not State.PENDING]
    waiting = [item for item in group if not item.started and item.state is State.PENDING]
    dated = [item for item in group if item.started]
    if dated:
        last = max(item.started for item in dated)
        dated = [item for item in dated if item.started == last]
        runs = [item.run for item in dated if item.run is not None]
        if len(runs) == len(dated):
            dated = [item for item in dated if item.run == max(runs)]
    return [*undated, *(waiting or dated)]


def _is_good(evidence: Evidence, policy: Policy) -> bool:
    if evidence.state is State.SKIPPED:
        return any(matches(pattern, evidence.name) for pattern in policy.allow_skipped)
    if evidence.state is State.NEUTRAL:
        return any(matches(pattern, evidence.name) for pattern in policy.allow_neutral)
    return evidence.state is State.SUCCESS


# ---------------------------------------------------------------------------- in words


def _standard(candidate: Candidate, policy: Policy, judged: _Judged) -> _Said:
    failed = [item for item in judged.counted if item.state in _BAD]
    if failed:
        return _failed(failed)
    pending = [item for item in judged.counted if item.state is State.PENDING]
    if pending:
        return _pending(pending, policy)
    if not candidate.is_complete:
        return _Said(
            Standard.PENDING,
            "not all that was reported on it could be read",
            is_temporary=True,
            remedy="Let promote run again; if it stays so, the host withholds evidence",
        )
    # Whatever still runs may report what is missing; promote itself will not.
    others = [item for item, ruling in judged.rulings if ruling.kind is not _Kind.OWN]
    hope = not others or any(item.state is State.PENDING for item in others)
    lacking = _lacking(policy, judged, is_temporary=hope)
    if lacking:
        return lacking
    if not judged.counted:
        return _nothing(policy, judged, is_temporary=hope)
    return _green(judged.counted)


def _failed(failed: Sequence[Evidence]) -> _Said:
    states = {item.state for item in failed}
    it = _it(failed)
    if states <= {State.CANCELLED, State.STALE}:
        remedy = f"Re-run {it}"
    elif states == {State.UNKNOWN}:
        remedy = f"Open {it} to see what that means; re-run {it}, or push a commit that succeeds"
    else:
        remedy = f"Re-run {it}, or push a fix"
    return _Said(Standard.FAILED, _clauses(failed), is_temporary=False, remedy=remedy)


def _pending(pending: Sequence[Evidence], policy: Policy) -> _Said:
    own = policy.own
    if own.is_evidence and not own.job and all(item.workflow == own.workflow for item in pending):
        remedy = (
            "promote cannot tell its own job from these: "
            "list in required-checks what must have succeeded"
        )
    elif any(item.said == "waiting" for item in pending):
        remedy = "Approve or reject the deployment"
    else:
        remedy = f"Wait for {_it(pending)} to end; promote looks again on its next run"
    return _Said(Standard.PENDING, _clauses(pending), is_temporary=True, remedy=remedy)


def _lacking(policy: Policy, judged: _Judged, *, is_temporary: bool) -> _Said | None:
    """What required names lack, and what was skipped without leave."""
    absent: list[str] = []
    foreign: list[tuple[Evidence, _Ruling]] = []
    own = False
    for required in policy.required:
        if any(_answers(item, required, policy) for item in judged.counted):
            continue
        strangers = [
            (item, _by_origin(item, required.app, policy))
            for item, ruling in judged.rulings
            if ruling.kind is not _Kind.OWN and matches(required.name, item.name)
        ]
        foreign += strangers[:1]
        if not strangers:
            absent.append(required.name)
            own = own or any(matches(required.name, item.name) for item, _ in judged.rulings)
    unmoved = [item for item in judged.counted if not _is_good(item, policy)]
    if absent or unmoved:
        return _missing(absent, unmoved, is_own=own, is_temporary=is_temporary)
    if foreign:
        return _only_foreign(foreign, is_temporary=is_temporary)
    return None


def _answers(evidence: Evidence, required: Required, policy: Policy) -> bool:
    return (
        matches(required.name, evidence.name)
        and _by_origin(evidence, required.app, policy).kind is _Kind.COUNTS
    )


def _missing(
    absent: Sequence[str], unmoved: Sequence[Evidence], *, is_own: bool, is_temporary: bool
) -> _Said:
    sentences: list[str] = []
    remedies: list[str] = []
    if absent:
        verb = "were" if len(set(absent)) > 1 else "was"
        sentences.append(f"{_names(absent)} {verb} not reported on it")
        if is_own:
            remedies.append(
                "What required-checks name there is promote's own job or workflow, which proves "
                "nothing: name others, or give promote a workflow file of its own"
            )
        elif is_temporary:
            remedies.append(
                "Wait for what is still to be reported; if it does not come, correct "
                "required-checks"
            )
        else:
            remedies.append("Run what reports it on this commit, or correct required-checks")
    for state in (State.SKIPPED, State.NEUTRAL):
        those = [item for item in unmoved if item.state is state]
        if those:
            sentences.append(f"{_clauses(those)}; {state} counts only where allow-{state} names it")
            remedies.append(f"Let it run to success, or name it in allow-{state}")
    return _Said(
        Standard.MISSING, "; ".join(sentences), is_temporary=is_temporary, remedy=remedies[0]
    )


def _only_foreign(foreign: Sequence[tuple[Evidence, _Ruling]], *, is_temporary: bool) -> _Said:
    evidence, ruling = foreign[0]
    others = len({item.name for item, _ in foreign}) - 1
    more = f"; {_counted(others, 'other does', 'others do')} not count either" if others else ""
    return _Said(
        Standard.FOREIGN,
        f"{_quoted(evidence.name)} does not count: {ruling.why}{more}",
        is_temporary=is_temporary,
        remedy=ruling.remedy,
    )


def _nothing(policy: Policy, judged: _Judged, *, is_temporary: bool) -> _Said:
    """What is to be said where nothing is required by name and nothing counts."""
    foreign = [pair for pair in judged.rulings if pair[1].kind is _Kind.FOREIGN]
    if foreign:
        return _only_foreign(foreign, is_temporary=is_temporary)
    main = _quoted(policy.main)
    if judged.rulings:
        return _Said(
            Standard.MISSING,
            "nothing was reported on it but by the run of promote itself",
            is_temporary=is_temporary,
            remedy="Give promote a workflow file of its own, "
            f"and let another run on pushes to {main}",
        )
    return _Said(
        Standard.MISSING,
        "no check and no status was reported on it",
        is_temporary=is_temporary,
        remedy=f"See that a workflow runs on pushes to {main}, "
        "and that this commit did not ask to skip it",
    )


def _green(counted: Sequence[Evidence]) -> _Said:
    proven = [item.name for item in counted if item.state is State.SUCCESS]
    allowed = [item for item in counted if item.state is not State.SUCCESS]
    parts: list[str] = []
    if proven:
        is_one = len(set(proven)) == 1
        parts.append(f"{_names(proven) if is_one else _counted(len(proven), 'check')} succeeded")
    if allowed:
        parts.append(f"{_clauses(allowed)}, as allowed")
    return _Said(Standard.GREEN, "; ".join(parts), is_temporary=False)


def _phrase(evidence: Evidence) -> tuple[str, str]:
    """What is wrong with it, for one and for several, as the end of a sentence."""
    said = {
        "timed_out": ("timed out", "timed out"),
        "startup_failure": ("could not start", "could not start"),
        "action_required": ("asks for an action", "ask for an action"),
        "waiting": ("waits for a deployment's approval", "wait for a deployment's approval"),
    }.get(evidence.said)
    if said and evidence.state in {State.FAILURE, State.PENDING}:
        return said
    if evidence.state is State.UNKNOWN:
        word = f"ended as {_quoted(evidence.said)}, which is no success"
        return word, word
    return _PHRASES[evidence.state]


_PHRASES = {
    State.FAILURE: ("failed", "failed"),
    State.CANCELLED: ("was cancelled", "were cancelled"),
    State.STALE: ("went stale", "went stale"),
    State.PENDING: ("is still running", "are still running"),
    State.SKIPPED: ("was skipped", "were skipped"),
    State.NEUTRAL: ("ended neutral", "ended neutral"),
}
_FIRST = (*_PHRASES, State.UNKNOWN)


def _clauses(evidence: Sequence[Evidence]) -> str:
    """`test` and 2 more failed; `lint` was cancelled."""
    groups: dict[tuple[str, str], list[str]] = {}
    for item in sorted(evidence, key=lambda item: _FIRST.index(item.state)):
        groups.setdefault(_phrase(item), []).append(item.name)
    clauses = [f"{_names(names)} {phrase[len(set(names)) > 1]}" for phrase, names in groups.items()]
    more = len(clauses) - 3
    return "; ".join(clauses[:3]) + (f"; and {more} more" if more > 0 else "")


def _it(evidence: Sequence[Evidence]) -> str:
    return "them" if len({item.name for item in evidence}) > 1 else "it"


def _names(names: Iterable[str]) -> str:
    distinct = sorted(set(names))
    first = _quoted(distinct[0])
    if len(distinct) == 1:
        return first
    if len(distinct) == 2:
        return f"{first} and {_quoted(distinct[1])}"
    return f"{first} and {len(distinct) - 1} more"


def _quoted(text: str) -> str:
    """A stranger's word in backquotes that it cannot close."""
    shown = _plain(_cut(text))
    return f"`{shown}`" if shown else "`(blank)`"


def _plain(text: str) -> str:
    """What can stand in a sentence: nothing that ends a quotation or a line."""
    return "".join(
        "'" if character == "`" else "\ufffd" if _is_control(character) else character
        for character in text
    ).strip()


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029"


def _cut(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _short(candidate: Candidate) -> str:
    return _quoted(candidate.sha[:7])


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


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
        elif was_reported and excuse.verdict is Standard.MISSING and _is_bare(excuse):
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


def _is_bare(excuse: Excuse) -> bool:
    return all(item.why == _OWN.why for item in excuse.weighed)


def _not_to_be(excuse: Excuse, holds: Sequence[Hold]) -> Excuse:
    """A green commit that is held, or that latest could not go forward to."""
    if not excuse.candidate.contains_latest:
        return excuse._replace(
            sentence=f"{excuse.sentence}, but latest holds commits that it does not contain",
            remedy="Nothing: a newer commit that contains them can be promoted once it is green",
        )
    if holds:
        hold = max(holds, key=lambda hold: hold.until or dt.date.max)
        more = f"; {_counted(len(holds) - 1, 'other hold')} too" if len(holds) > 1 else ""
        until = f" until {hold.until} has passed" if hold.until else ""
        return excuse._replace(
            verdict=Standard.HELD,
            sentence=f"green, and held by {_held_by(hold)}{more}",
            remedy=f"Take the hold out of the configuration{', or wait' * bool(until)}{until}",
        )
    return excuse


def _held_by(hold: Hold) -> str:
    since = f" since {_quoted(hold.since)}" if hold.since else ""
    until = f" until {hold.until}" if hold.until else ""
    reason = _plain(_cut(hold.reason, MAX_NAME))
    return f"{_quoted(hold.by)}{since}{until}: {reason}"


def _expired(hold: Hold) -> str:
    return f"The hold by {_quoted(hold.by)} expired on {hold.until}; take it out"


def _sinces(standing: Standing, reach: Iterable[_Reach]) -> Iterable[str]:
    """What is to be known about holds whose beginning is not one commit above latest."""
    for hold, _, found in reach:
        since = f"The hold by {_quoted(hold.by)} is since {_quoted(hold.since)}, "
        if found > 1:
            yield since + f"which fits {found} commits; it is taken from the oldest of them"
        elif not found and standing.is_complete:
            yield since + (
                f"which is no commit of {_quoted(standing.main)} above "
                f"{_quoted(standing.latest)}; everything is held"
            )


def _may_be_target(excuse: Excuse) -> bool:
    return excuse.verdict is Standard.GREEN and excuse.candidate.contains_latest


def _without_target(
    standing: Standing, excuses: tuple[Excuse, ...], notices: tuple[str, ...]
) -> Decision:
    held = next((excuse for excuse in excuses if excuse.verdict is Standard.HELD), None)
    if held:
        reason = f"{_short(held.candidate)} is {held.sentence}"
        return Decision(Verdict.HELD, reason, excuses=excuses, notices=notices, remedy=held.remedy)
    main, latest = _quoted(standing.main), _quoted(standing.latest)
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
        f"no commit of {where} is green yet; the newest, {_short(newest.candidate)}: "
        f"{newest.sentence}",
        excuses=excuses,
        notices=notices,
        remedy=newest.remedy,
    )


def _diverged(
    standing: Standing, excuses: tuple[Excuse, ...], notices: tuple[str, ...]
) -> Decision:
    main, latest = _quoted(standing.main), _quoted(standing.latest)
    commits = _counted(standing.behind_by, "commit") if standing.behind_by else "commits"
    if standing.relation is Relation.BEHIND:
        others = "nothing"
    else:
        others = _counted(standing.ahead_by, "commit") if standing.ahead_by else "commits"
    reason = f"{latest} holds {commits} that {main} lacks, and {main} {others} that {latest} lacks"
    return Decision(
        Verdict.DIVERGED,
        f"{reason}; it is never forced",
        excuses=excuses,
        notices=notices,
        remedy=f"Merge {latest} into {main} by a pull request; or, where its own commits are to "
        f"go, let somebody who may reset {latest} by hand to a commit of {main}",
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
        shown = ", ".join(_quoted(name) for name in seen[:10])
        more = f" and {len(seen) - 10} more" if len(seen) > 10 else ""
        names = f"seen were {shown}{more}" if seen else "nothing was reported on any"
        where = f"commit above {_quoted(standing.latest)}" if is_known else "recent commit"
        yield (
            f"required-checks name {_quoted(required.name)}, which no {where} carries "
            f"(renamed?); {names}"
        )


_HARMLESS = frozenset({"deletion", "non_fast_forward"})


def _preflight(standing: Standing) -> tuple[str, ...]:
    """What may refuse the move, as far as the host tells."""
    notices: list[str] = []
    latest = _quoted(standing.latest)
    rules = [
        rule
        for rule in standing.rules
        if rule.type not in _HARMLESS
        and not (rule.type == "creation" and standing.relation is not Relation.ABSENT)
    ]
    if rules:
        named = ", ".join(
            _quoted(rule.type) + (f" ({_quoted(rule.source)})" if rule.source else "")
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
