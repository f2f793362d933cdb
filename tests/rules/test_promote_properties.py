"""Whatever GitHub reports, in whatever words and order: never a target that is not proven."""

from __future__ import annotations

import datetime as dt
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ceremony.model import InputError
from ceremony.rules.evidence import (
    Candidate,
    Evidence,
    Own,
    Policy,
    Standard,
    State,
    is_green,
    matches,
    parse_required,
    weigh,
)
from ceremony.rules.promote import (
    Decision,
    Relation,
    Rule,
    Standing,
    Stray,
    Verdict,
    decide,
    enough,
)
from ceremony.rules.proof import Hold, Required

LIMITS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TODAY = dt.date(2026, 3, 14)
CI, OWN = ".github/workflows/ci.yml", ".github/workflows/promote.yml"

# What a stranger may call something: all of Unicode, unpaired surrogates too.
words = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=12),
    st.sampled_from(
        ["test", "`", "``` #", "test @ x", "[a-", "*", "\r\n::error::", "\u202e", "a\0"]
    ),
)
names = st.one_of(st.sampled_from(["test", "lint", "docs", "build (a, [1])", "promote"]), words)
patterns = st.one_of(names, st.sampled_from(["*", "t*", "?est", "[tl]*", "build (*)", "["]))
apps = st.sampled_from(["github-actions", "GitHub-Actions", "tern", "15368", ""])
stamps = st.sampled_from(["", "2026-03-14T09:00:00Z", "2026-03-14T10:00:00Z", "soon"])
identities = st.one_of(st.none(), st.integers(0, 3))

checks = st.builds(
    Evidence,
    name=names,
    state=st.sampled_from(State),
    said=st.one_of(st.sampled_from(["success", "waiting", "timed_out"]), words),
    app=apps,
    app_id=st.sampled_from([None, 15368, 999]),
    event=st.sampled_from(["push", "push", "push", "merge_group", "pull_request", "schedule", ""]),
    workflow=st.sampled_from([CI, CI, OWN, ""]),
    branch=st.sampled_from(["main", "main", None, "feature", "gh-readonly-queue/main/pr-1"]),
    run=identities,
    id=identities,
    started=stamps,
)
statuses = st.builds(
    Evidence,
    name=names,
    state=st.sampled_from(State),
    said=words,
    is_status=st.just(True),
    creator=st.sampled_from(["jenkins", "jenkins[bot]", "15368", ""]),
    started=stamps,
)
proofs = st.builds(
    Evidence,
    name=st.sampled_from(["test", "lint", "build (a, [1])"]),
    state=st.just(State.SUCCESS),
    said=st.just("success"),
    app=st.just("github-actions"),
    app_id=st.just(15368),
    event=st.just("push"),
    workflow=st.just(CI),
    branch=st.sampled_from(["main", None]),
    run=st.integers(1, 2),
    id=st.integers(1, 9),
    started=stamps,
)
reported = st.lists(st.one_of(checks, statuses), max_size=6).map(tuple)
shas = st.text("abcdef0123456789", min_size=40, max_size=40)
known_shas = st.integers(0, 3).map(lambda number: f"{number}" * 40)
wild = st.builds(
    Candidate,
    sha=st.one_of(shas, known_shas),
    title=words,
    evidence=reported,
    total=st.one_of(st.none(), st.integers(0, 7)),
    contains_latest=st.sampled_from([True, True, True, False]),
)
# Chance alone makes nothing green: what is proven but for one thing is what a mistake would pass.
calm = st.builds(
    Candidate,
    sha=known_shas,
    title=words,
    evidence=st.builds(
        lambda good, bad: (*good, *bad),
        st.lists(proofs, min_size=1, max_size=3),
        st.lists(st.one_of(checks, statuses), max_size=1),
    ),
    contains_latest=st.sampled_from([True, True, True, False]),
)
candidates = st.one_of(calm, wild)
holds = st.builds(
    Hold,
    by=words,
    reason=words,
    until=st.one_of(st.none(), st.dates(dt.date(2026, 3, 12), dt.date(2026, 3, 16))),
    since=st.one_of(st.just(""), known_shas.map(lambda sha: sha[:7]), shas),
)
needed = st.builds(
    Required, name=patterns, app=st.sampled_from(["", "", "tern", "github-actions", "15368"])
)
few_patterns = st.lists(patterns, max_size=2).map(tuple)


def policies(max_holds: int = 2) -> SearchStrategy[Policy]:
    return st.builds(
        Policy,
        required=st.one_of(
            st.just(()),
            st.sampled_from([(Required("test"),), (Required("*"),)]),
            st.lists(needed, max_size=3).map(tuple),
        ),
        allow_neutral=few_patterns,
        allow_skipped=few_patterns,
        merge_group=st.booleans(),
        holds=st.lists(holds, max_size=max_holds).map(tuple),
        own=st.builds(
            Own,
            workflow=st.sampled_from(["", OWN, OWN, CI]),
            job=st.sampled_from(["", "promote"]),
            run=st.one_of(st.none(), st.integers(1, 3)),
        ),
    )


standings = st.builds(
    Standing,
    main=st.one_of(st.just("main"), st.just("main"), words),
    latest=st.one_of(st.just("latest"), words),
    main_sha=shas,
    latest_sha=st.one_of(st.none(), shas),
    relation=st.sampled_from([*[Relation.AHEAD] * 8, *Relation]),
    ahead_by=st.integers(0, 3),
    behind_by=st.integers(0, 3),
    candidates=st.lists(candidates, max_size=4).map(tuple),
    is_complete=st.booleans(),
    latest_evidence=reported,
    strays=st.lists(st.builds(Stray, shas, words), max_size=1).map(tuple),
    in_the_way=st.sampled_from([*[""] * 8, "latest/`"]),
    can_push=st.sampled_from([*[None] * 4, True, False]),
    rules=st.lists(st.builds(Rule, words, words), max_size=2).map(tuple),
    workflows_differ=st.sampled_from([None, True, False]),
)


def without_evidence(decision: Decision) -> Decision:
    """The decision in which what was read stands in no order."""
    return decision._replace(
        excuses=tuple(
            excuse._replace(candidate=excuse.candidate._replace(evidence=()))
            for excuse in decision.excuses
        )
    )


def texts(decision: Decision) -> list[str]:
    said = [decision.reason, decision.remedy, *decision.notices]
    for excuse in decision.excuses:
        said += [excuse.sentence, excuse.remedy, *(item.why for item in excuse.weighed)]
    return said


@LIMITS
@given(standings, policies())
def test_the_target_is_the_newest_that_is_green_free_and_forward(
    standing: Standing, policy: Policy
) -> None:
    decision = decide(standing, policy, TODAY)
    assert (decision.verdict is Verdict.PROMOTED) is bool(decision.target)
    if not decision.target:
        return
    assert standing.relation in {Relation.AHEAD, Relation.ABSENT}
    assert standing.can_push is not False
    *newer, chosen = decision.excuses
    place = len(newer)
    assert chosen.candidate == standing.candidates[place]
    assert chosen.candidate.sha == decision.target
    assert chosen.candidate.contains_latest
    assert chosen.candidate.is_complete
    assert chosen.verdict is Standard.GREEN
    for excuse in newer:
        assert excuse.verdict is not Standard.GREEN or not excuse.candidate.contains_latest
    for hold in policy.holds:
        if hold.until is None or hold.until >= TODAY:
            assert hold.since
            above = [each.sha for each in standing.candidates[:place]]
            assert any(sha.startswith(hold.since) for sha in above)
            assert not chosen.candidate.sha.startswith(hold.since)


@LIMITS
@given(standings, policies(max_holds=0))
def test_a_target_has_nothing_counted_but_successes(standing: Standing, policy: Policy) -> None:
    decision = decide(standing, policy, TODAY)
    if not decision.target:
        return
    counted = [item.evidence for item in decision.excuses[-1].weighed if item.counts]
    assert counted
    for item in counted:
        allowed = {
            State.SUCCESS: ("*",),
            State.SKIPPED: policy.allow_skipped,
            State.NEUTRAL: policy.allow_neutral,
        }.get(item.state, ())
        assert any(matches(pattern, item.name) for pattern in allowed)
        if not item.is_status and item.app.lower() == "github-actions":
            assert item.event == "push" or (policy.merge_group and item.event == "merge_group")
    for required in policy.required:
        assert any(matches(required.name, item.name) for item in counted)


@LIMITS
@given(
    candidates,
    policies(max_holds=0),
    names,
    st.sampled_from([State.FAILURE, State.CANCELLED, State.STALE, State.UNKNOWN, State.PENDING]),
)
def test_one_more_counted_check_that_is_no_success_makes_nothing_green(
    candidate: Candidate, policy: Policy, name: str, state: State
) -> None:
    policy = policy._replace(own=Own())
    bad = Evidence(
        name, state, "x", app="github-actions", event="push", workflow=CI, branch="main", run=9,
        started="2026-03-15T00:00:00Z",
    )  # fmt: skip
    more = candidate._replace(evidence=(*candidate.evidence, bad))
    counts = any(item.evidence == bad and item.counts for item in weigh(more, policy).weighed)
    if counts:
        assert not is_green(more, policy)
    elif candidate.total is None:
        assert is_green(more, policy) is is_green(candidate, policy)


@LIMITS
@given(candidates, policies(max_holds=0), names, st.sampled_from(State), stamps)
def test_foreign_evidence_changes_nothing(
    candidate: Candidate, policy: Policy, name: str, state: State, started: str
) -> None:
    candidate = candidate._replace(total=None)
    before = is_green(candidate, policy)
    foreign = [
        Evidence(name, state, "x", app="mallory", app_id=666, started=started),
        Evidence(name, state, "x", app="github-actions", started=started),
        *(
            Evidence(
                name, state, "x", app="github-actions", event=event, workflow=CI, branch=branch,
                run=9, started=started,
            )
            for event, branch in (
                ("pull_request", "main"),
                ("pull_request_target", "main"),
                ("schedule", "main"),
                ("workflow_dispatch", "main"),
                ("workflow_run", "main"),
                ("push", "feature"),
                ("merge_group", "gh-readonly-queue/other/pr-1"),
            )
        ),
    ]  # fmt: skip
    for item in foreign:
        more = candidate._replace(evidence=(item, *candidate.evidence))
        assert is_green(more, policy) is before


@LIMITS
@given(standings, policies(), st.randoms(use_true_random=False))
def test_the_order_of_the_evidence_changes_nothing(
    standing: Standing, policy: Policy, chance: random.Random
) -> None:
    def shuffled(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return tuple(chance.sample(evidence, len(evidence)))

    mixed = standing._replace(
        candidates=tuple(
            each._replace(evidence=shuffled(each.evidence)) for each in standing.candidates
        ),
        latest_evidence=shuffled(standing.latest_evidence),
    )
    one, other = decide(standing, policy, TODAY), decide(mixed, policy, TODAY)
    assert without_evidence(one) == without_evidence(other)
    assert decide(standing, policy, TODAY) == one


@LIMITS
@given(candidates, policies(max_holds=0), st.integers(1, 3))
def test_what_could_not_be_read_is_never_green(
    candidate: Candidate, policy: Policy, lost: int
) -> None:
    total = len(set(candidate.evidence)) + lost
    assert not is_green(candidate._replace(total=total), policy)


@LIMITS
@given(standings, policies())
def test_no_name_breaks_out_of_a_sentence(standing: Standing, policy: Policy) -> None:
    decision = decide(standing, policy, TODAY)
    for text in texts(decision):
        assert text.count("`") % 2 == 0
        assert not any(character < " " or character in "\x7f\x85\u2028\u2029" for character in text)
    for excuse in decision.excuses:
        assert excuse.sentence
        assert excuse.remedy or excuse.verdict is Standard.GREEN
    assert len(set(decision.excuses)) <= len(standing.candidates)


@LIMITS
@given(standings, policies())
def test_what_was_read_far_enough_decides_as_all_of_it_does(
    standing: Standing, policy: Policy
) -> None:
    # Two commits that one `since` fits are told apart by reading on: git keeps that from happening.
    line = {each.sha[:7]: each for each in standing.candidates}
    standing = standing._replace(main="main", candidates=tuple(line.values()), is_complete=True)
    stop = enough(policy, TODAY)
    count = next(
        (place for place, each in enumerate(standing.candidates, 1) if stop(each)), len(line)
    )
    part = standing._replace(candidates=standing.candidates[:count], is_complete=count == len(line))
    whole, some = decide(standing, policy, TODAY), decide(part, policy, TODAY)
    assert (some.verdict, some.target, some.reason) == (whole.verdict, whole.target, whole.reason)


@LIMITS
@given(st.one_of(words, st.text("a @[bot]", max_size=10)))
def test_a_line_of_required_checks_is_read_or_refused(line: str) -> None:
    try:
        required = parse_required(line)
    except InputError:
        return
    assert required.name.strip() == required.name != ""
    written = f"{required.name} @ {required.app}" if required.app else required.name
    assert parse_required(written) == required


@LIMITS
@given(patterns, names)
def test_a_name_means_itself(pattern: str, name: str) -> None:
    assert matches(name, name)
    assert isinstance(matches(pattern, name), bool)
