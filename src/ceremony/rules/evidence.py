"""What was reported on one commit, and whether it is proof (ceremony: main → latest).

Pure. Only a success counts, and only with the app, the workflow run or the creator behind it that
the policy wants; whatever is missing, cut off or unknown is no proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from ceremony.model import InputError
from ceremony.rules.proof import Hold, Required

ACTIONS = "github-actions"
"""The slug of the app that makes the check runs of workflows."""
QUEUE = "gh-readonly-queue"
"""Where the merge queue keeps its branches: `gh-readonly-queue/main/pr-7-…`."""
MAX_NAME = 200
"""The most characters of a required name or a pattern."""

# ---------------------------------------------------------------------------- facts


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
    run_state: State | None = None
    """What the whole run behind it says, which may be pending between two of its jobs; None where
    there is no run, or GitHub does not say."""
    is_job: bool | None = None
    """Whether it is a job of the run behind it; None where the run was not asked. A token's own
    check run stands beside a run that it is no job of."""


class Job(NamedTuple):
    """A job of the latest attempt of a workflow run, as the run itself lists it."""

    id: int
    """Its check run's id."""
    name: str
    state: State
    said: str
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


# ---------------------------------------------------------------------------- policy


class Own(NamedTuple):
    """The workflow run that promote runs in."""

    workflow: str = ""
    """The path of its workflow file; empty outside of a workflow."""
    job: str = ""
    """The name of its own job, in this run as in others of the workflow; empty where unknown."""
    run: int | None = None
    """Its id: it cannot have ended."""


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


# ---------------------------------------------------------------------------- judgement


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


def runs_behind(candidate: Candidate, policy: Policy) -> tuple[int, ...]:
    """The ids of the workflow runs whose jobs would prove the commit."""
    return tuple(
        sorted(
            {
                item.run
                for item in candidate.evidence
                if item.run is not None and _ruling(item, policy).kind is _Kind.COUNTS
            }
        )
    )


def vouched(candidate: Candidate, jobs: Mapping[int, Sequence[Job]]) -> Candidate:
    """The commit with what its runs list as their jobs, by run, in place of what was reported.

    Whoever may write checks can add one to a run's, even with its name and a later start; only the
    run's own list tells which are its jobs, and it hides none behind another of the same name.
    """
    found: list[Evidence] = []
    seen: set[int] = set()
    for item in candidate.evidence:
        listed = None if item.run is None else jobs.get(item.run)
        if listed is None or item.id is None:
            found.append(item)
            continue
        job = next((job for job in listed if job.id == item.id), None)
        if job is None:
            found.append(item._replace(is_job=False))
        else:
            seen.add(job.id)
            found.append(item._replace(name=job.name, state=job.state, said=job.said, is_job=True))
    for run, listed in jobs.items():
        beside = next((item for item in candidate.evidence if item.run == run), None)
        if beside is not None:
            found += (
                beside._replace(
                    name=job.name, state=job.state, said=job.said, id=job.id, url=job.url,
                    started="", is_job=True,
                )
                for job in listed
                if job.id not in seen
            )  # fmt: skip
    return candidate._replace(evidence=tuple(found))


def is_green(candidate: Candidate, policy: Policy) -> bool:
    """Whether a commit is proven, whatever is held and whatever latest holds."""
    return weigh(candidate, policy).verdict is Standard.GREEN


def is_bare(excuse: Excuse) -> bool:
    """Whether nothing was reported but by promote's own run."""
    return all(item.why == _OWN.why for item in excuse.weighed)


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
_OWN = _Ruling(_Kind.OWN, "it is the job of promote itself")
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
    # Only the job that asks is left out: it can't wait for itself. The workflow's other jobs may
    # be CI itself.
    own = policy.own.job
    if own and evidence.name == own and _is_of_own_workflow(evidence, policy):
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


def _is_of_own_workflow(evidence: Evidence, policy: Policy) -> bool:
    own = policy.own.workflow
    return bool(own) and not evidence.is_status and evidence.workflow == own


def _by_origin(evidence: Evidence, app: str, policy: Policy) -> _Ruling:
    """Whether it comes from where it must: `app`, or a push where that is empty."""
    wanted = quoted(app)
    if evidence.is_status:
        if not app or _is_login(evidence.creator, app):
            return _COUNTS
        return _foreign(
            f"{quoted(evidence.creator)} reported it, not {wanted}",
            f"Let {wanted} report it, or name who does in required-checks",
        )
    made_by = quoted(evidence.app or "unknown")
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
    main = quoted(policy.main)
    if evidence.is_job is False:
        return _foreign(
            "it is no job of the workflow run that it stands beside: a token made it",
            f"Let a workflow that runs on pushes to {main} report it",
        )
    if not evidence.event:
        return _foreign(
            "no workflow run is behind it: a token made it",
            f"Let a workflow that runs on pushes to {main} report it",
        )
    queued = policy.merge_group and evidence.event == "merge_group"
    if evidence.event != "push" and not queued:
        hint = ", or set merge-group" if evidence.event == "merge_group" else ""
        return _foreign(
            f"{quoted(evidence.event)} started it, not a push",
            f"Let its workflow run on pushes to {main} too{hint}",
        )
    branch = evidence.branch
    if branch is None or branch == policy.main:
        return _COUNTS
    if queued and branch.startswith(f"{QUEUE}/{policy.main}/"):
        return _COUNTS
    return _foreign(
        f"it ran for the branch {quoted(branch)}, not for {main}",
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


def is_glob(pattern: str) -> bool:
    """Whether it means more than one name; brackets alone are part of a name: `test [linux]`."""
    return "*" in pattern or "?" in pattern


def matches(pattern: str, name: str) -> bool:
    """Whether a name is meant by a name or a glob; a name always means itself."""
    return pattern == name or (is_glob(pattern) and fnmatchcase(name, pattern))


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
    jobs = [item for item in group if item.is_job]
    if jobs:
        # A run lists what is current in it, be it twice of one name, and counts its runs upwards.
        newest = max(item.run or 0 for item in jobs)
        return [item for item in jobs if (item.run or 0) == newest]
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
    of_run = _runs_said(policy, judged)
    if of_run:
        return of_run
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
    if not policy.own.job and all(_is_of_own_workflow(item, policy) for item in pending):
        # It may be waiting for itself.
        return _Said(
            Standard.PENDING,
            _clauses(pending),
            is_temporary=False,
            remedy="promote cannot tell its own job from these: "
            "list in required-checks what must have succeeded",
        )
    if any(item.said == "waiting" for item in pending):
        remedy = "Approve or reject the deployment"
    else:
        remedy = f"Wait for {_it(pending)} to end; promote looks again on its next run"
    return _Said(Standard.PENDING, _clauses(pending), is_temporary=True, remedy=remedy)


def _runs_said(policy: Policy, judged: _Judged) -> _Said | None:
    """What the workflow runs behind good evidence say that it does not.

    A job that waits for others is not there before they have ended, so that what is there may all
    be green while the run is not over. That matters where nothing is named, or only by a glob.
    """
    asked = [
        item
        for item in judged.counted
        if item.run is not None
        and item.run != policy.own.run
        and (not policy.required or _is_by_glob(item, policy))
    ]
    unfinished = [item for item in asked if item.run_state is State.PENDING]
    if unfinished:
        return _Said(
            Standard.PENDING,
            f"{_runs(unfinished)} not over: more jobs may follow",
            is_temporary=True,
            remedy="Wait for it to end, or name in required-checks what must have succeeded",
        )
    # promote's own job may have failed in it, which is nobody's proof.
    failed = [
        item
        for item in asked
        if item.run_state in _BAD and not policy.required and not _is_of_own_workflow(item, policy)
    ]
    if failed:
        return _Said(
            Standard.FAILED,
            f"{_runs(failed)} not successful as a whole, whatever its checks say",
            is_temporary=False,
            remedy="Open the run to see which job failed; re-run it, or push a fix",
        )
    return None


def _is_by_glob(evidence: Evidence, policy: Policy) -> bool:
    fitting = [entry for entry in policy.required if matches(entry.name, evidence.name)]
    return all(is_glob(entry.name) and entry.name != evidence.name for entry in fitting)


def _runs(evidence: Sequence[Evidence]) -> str:
    """The runs behind it, as the beginning of a sentence."""
    named = sorted({item.workflow.rpartition("/")[2] for item in evidence})
    verb = "is" if len(named) == 1 else "are"
    return f"the {'run' if len(named) == 1 else 'runs'} of {_names(named)} {verb}"


def _lacking(policy: Policy, judged: _Judged, *, is_temporary: bool) -> _Said | None:
    """What required names lack, and what was skipped without leave."""
    absent: list[str] = []
    foreign: list[tuple[Evidence, _Ruling]] = []
    own = False
    for required in policy.required:
        if any(_answers(item, required, policy) for item in judged.counted):
            continue
        strangers = [
            (item, _stranger(item, required, policy))
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


def _stranger(evidence: Evidence, required: Required, policy: Policy) -> _Ruling:
    """Why it does not answer what is required, though it has the name."""
    ruling = _by_origin(evidence, required.app, policy)
    if ruling.kind is not _Kind.COUNTS:
        return ruling
    # Somebody else whom required-checks also name reported under this name after it.
    who = quoted(required.app)
    return _foreign(_SUPERSEDED, f"Let {who} report it again, or name one reporter only")


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
    more = f"; {counted(others, 'other does', 'others do')} not count either" if others else ""
    return _Said(
        Standard.FOREIGN,
        f"{quoted(evidence.name)} does not count: {ruling.why}{more}",
        is_temporary=is_temporary,
        remedy=ruling.remedy,
    )


def _nothing(policy: Policy, judged: _Judged, *, is_temporary: bool) -> _Said:
    """What is to be said where nothing is required by name and nothing counts."""
    foreign = [pair for pair in judged.rulings if pair[1].kind is _Kind.FOREIGN]
    if foreign:
        return _only_foreign(foreign, is_temporary=is_temporary)
    main = quoted(policy.main)
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


def _green(good: Sequence[Evidence]) -> _Said:
    proven = [item.name for item in good if item.state is State.SUCCESS]
    allowed = [item for item in good if item.state is not State.SUCCESS]
    parts: list[str] = []
    if proven:
        is_one = len(set(proven)) == 1
        parts.append(f"{_names(proven) if is_one else counted(len(proven), 'check')} succeeded")
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
        word = f"ended as {quoted(evidence.said)}, which is no success"
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
    first = quoted(distinct[0])
    if len(distinct) == 1:
        return first
    if len(distinct) == 2:
        return f"{first} and {quoted(distinct[1])}"
    return f"{first} and {len(distinct) - 1} more"


def quoted(text: str) -> str:
    """A stranger's word in backquotes that it cannot close."""
    shown = plain(text)
    return f"`{shown}`" if shown else "`(blank)`"


def plain(text: str, limit: int = 80) -> str:
    """At most so many of its characters, as they can stand in a sentence.

    Nothing of it ends a quotation or a line.
    """
    return "".join(
        "'" if character == "`" else "\ufffd" if _is_control(character) else character
        for character in _cut(text, limit)
    ).strip()


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029"


def _cut(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def short(candidate: Candidate) -> str:
    """The commit in a sentence: the first seven digits of its SHA."""
    return quoted(candidate.sha[:7])


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 check``, ``2 checks``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
