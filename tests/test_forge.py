"""The forge reads facts, moves refs and says why not, against the sandbox's GitHub."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ceremony import forge as forge_module
from ceremony.answers import Titled
from ceremony.forge import (
    Branches,
    ForgeError,
    Grounds,
    MissingPermission,
    Move,
    NotFastForward,
    NotFound,
    RefusedByRule,
    ReleaseForm,
    Unreachable,
    connect,
)
from ceremony.model import InputError
from ceremony.records import proof
from ceremony.rules.evidence import Candidate, State
from ceremony.rules.promote import Relation, Rule, Stray
from ceremony.sandbox import BranchRule, Fault
from ceremony.sandbox.store import RefUpdate
from tests.support.forge import BRANCHES, EVERYTHING, REPOSITORY, Scene, scene

LATEST = "refs/heads/latest"
TAG = "refs/tags/promoted"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as set_up:
        yield set_up


def anything() -> Callable[[Candidate], bool]:
    return lambda _: True


def nothing() -> Callable[[Candidate], bool]:
    return lambda _: False


def shas(candidates: tuple[Candidate, ...]) -> list[str]:
    return [candidate.sha for candidate in candidates]


# ---------------------------------------------------------------------------- standing


def test_one_question_reads_both_branches_and_all_evidence(stage: Scene) -> None:
    project = stage.project
    old = project.commit({"a": "1", ".github/ceremony.yml": "promote: {}\n"})
    project.set_ref(LATEST, old)
    project.status(old, "jenkins")
    new = project.commit({"a": "2"}, message="Second\n\nbody")
    project.check(new, "test", "failure")
    project.check(new, "foreign", app="other-app")
    project.status(new, "deploy", "pending", creator="robot")
    project.status(new, "preview", creator="robot[bot]")

    read = stage.forge().standing(BRANCHES, enough=anything)

    assert stage.operations == ["Standing"]
    assert read.config == b"promote: {}\n"
    standing = read.standing
    assert (standing.main, standing.latest) == ("main", "latest")
    assert (standing.main_sha, standing.latest_sha) == (new, old)
    assert (standing.relation, standing.ahead_by, standing.behind_by) == (Relation.AHEAD, 1, 0)
    assert standing.is_complete
    assert [each.name for each in standing.latest_evidence] == ["jenkins"]
    (candidate,) = standing.candidates
    assert (candidate.sha, candidate.title, candidate.contains_latest) == (new, "Second", True)
    assert candidate.is_complete
    by_name = {each.name: each for each in candidate.evidence}
    test, foreign, deploy = by_name["test"], by_name["foreign"], by_name["deploy"]
    assert (test.state, test.said, test.app, test.event) == (
        State.FAILURE,
        "failure",
        "github-actions",
        "push",
    )
    assert (test.workflow, test.branch) == (".github/workflows/ci.yml", "main")
    assert None not in {test.run, test.id}
    assert test.started.endswith("Z")
    assert (foreign.app, foreign.event, foreign.run) == ("other-app", "", None)
    assert (deploy.is_status, deploy.creator, deploy.state) == (True, "robot", State.PENDING)
    # A user may be called as a bot is: only the suffix tells them apart.
    assert by_name["preview"].creator == "robot[bot]"


def test_branches_that_share_no_history_have_diverged(stage: Scene) -> None:
    project = stage.project
    main = project.commit({"a": "1"})
    project.check(main, "test")
    first = project.commit({"b": "1"}, message="Another root", branch="latest", parents=[])
    second = project.commit({"b": "2"}, message="And on", branch="latest")

    standing = stage.forge().standing(BRANCHES, enough=anything).standing

    assert standing.relation is Relation.DIVERGED
    assert standing.strays == (Stray(second, "And on"), Stray(first, "Another root"))
    assert standing.candidates == ()


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("success", State.SUCCESS),
        ("failure", State.FAILURE),
        ("timed_out", State.FAILURE),
        ("startup_failure", State.FAILURE),
        ("action_required", State.FAILURE),
        ("cancelled", State.CANCELLED),
        ("neutral", State.NEUTRAL),
        ("skipped", State.SKIPPED),
        ("stale", State.STALE),
        ("queued", State.PENDING),
        ("in_progress", State.PENDING),
        ("waiting", State.PENDING),
    ],
)
def test_every_word_of_a_check_run_has_a_state(stage: Scene, word: str, state: State) -> None:
    sha = stage.line(2)[-1]
    stage.project.check(sha, "odd", word)
    (candidate,) = stage.forge().standing(BRANCHES, enough=anything).standing.candidates
    odd = next(each for each in candidate.evidence if each.name == "odd")
    assert (odd.state, odd.said) == (state, word)


def test_only_first_parents_are_main_s_own_line(stage: Scene) -> None:
    project = stage.project
    base = project.commit({"a": "1"})
    project.set_ref(LATEST, base)
    side = project.commit({"b": "1"}, branch="feature", parents=[base])
    own = project.commit({"a": "2"}, parents=[base])
    merge = project.commit({}, message="Merge", parents=[own, side])

    standing = stage.forge().standing(BRANCHES, enough=nothing).standing

    assert (standing.ahead_by, shas(standing.candidates)) == (3, [merge, own])


def test_a_commit_of_the_line_may_lack_latest(stage: Scene) -> None:
    project = stage.project
    root = project.commit({"a": "1"})
    side = project.commit({"b": "1"}, branch="feature", parents=[root])
    below = project.commit({"a": "2"}, parents=[root])
    merge = project.commit({}, parents=[below, side])
    project.set_ref(LATEST, side)

    standing = stage.forge().standing(BRANCHES, enough=nothing).standing

    assert [(each.sha, each.contains_latest) for each in standing.candidates] == [
        (merge, True),
        (below, False),
    ]
    assert standing.is_complete


def test_pages_are_read_until_one_is_enough(stage: Scene) -> None:
    line = stage.line(270)
    target = line[-130]
    asked: list[str] = []

    def enough(candidate: Candidate) -> bool:
        asked.append(candidate.sha)
        return candidate.sha == target

    read = stage.forge().standing(BRANCHES, enough=lambda: enough)

    assert asked == line[:-131:-1]
    assert not read.standing.is_complete
    assert read.standing.candidates[129].sha == target
    # Two pages of 100, and whether the chosen one contains latest.
    assert stage.operations == ["Standing"] * 3


def test_a_backlog_is_read_to_its_end_where_nothing_is_enough(stage: Scene) -> None:
    line = stage.line(211)
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert shas(standing.candidates) == line[:0:-1]
    assert standing.is_complete
    assert all(each.contains_latest for each in standing.candidates)
    assert stage.operations == ["Standing"] * 3


def test_the_head_of_a_long_backlog_takes_one_question(stage: Scene) -> None:
    line = stage.line(130)
    standing = stage.forge().standing(BRANCHES, enough=anything).standing
    assert standing.candidates[0].sha == line[-1]
    assert stage.operations == ["Standing"]


def test_what_lacks_latest_is_not_offered_though_the_way_to_latest_was_not_read(
    stage: Scene,
) -> None:
    project = stage.project
    root = project.commit({"a": "1"})
    side = [project.commit({"b": "0"}, branch="feature", parents=[root])]
    project.set_ref(LATEST, side[0])
    side += project.grow(110, branch="feature")
    below = project.commit({"a": "2"}, parents=[root])
    merge = project.commit({}, parents=[below, side[-1]])
    newest = project.commit({"a": "3"})

    standing = (
        stage.forge().standing(BRANCHES, enough=lambda: lambda each: each.sha == below).standing
    )

    assert [(each.sha, each.contains_latest) for each in standing.candidates] == [
        (newest, True),
        (merge, True),
        (below, False),
    ]
    assert stage.operations == ["Standing"] * 2


def test_a_latest_that_moves_before_the_last_question_starts_the_reading_again(
    stage: Scene,
) -> None:
    line = stage.line(130)
    move = Fault("Standing", "call", nth=2, call=lambda: stage.project.set_ref(LATEST, line[1]))
    stage.sandbox.faults.add(move)
    standing = (
        stage.forge().standing(BRANCHES, enough=lambda: lambda each: each.sha == line[-3]).standing
    )
    assert (standing.latest_sha, standing.ahead_by) == (line[1], 128)
    assert stage.operations == ["Standing"] * 4


def test_identical_branches(stage: Scene) -> None:
    sha = stage.line(1)[0]
    read = stage.forge().standing(BRANCHES, enough=nothing)
    assert (read.standing.relation, read.standing.candidates) == (Relation.IDENTICAL, ())
    assert read.standing.latest_sha == sha
    assert read.config is None


def test_main_behind_latest(stage: Scene) -> None:
    base = stage.line(1)[0]
    ahead = stage.project.commit({"b": "1"}, message="Ahead", branch="latest")
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert (standing.relation, standing.main_sha) == (Relation.BEHIND, base)
    assert (standing.ahead_by, standing.behind_by) == (0, 1)
    assert standing.strays == (Stray(ahead, "Ahead"),)


def test_diverged_branches_show_both_sides(stage: Scene) -> None:
    base = stage.line(1)[0]
    own = stage.project.commit({"a": "1"})
    strays = [
        stage.project.commit({"b": str(number)}, message=f"Stray {number}", branch="latest")
        for number in range(22)
    ]
    assert stage.project.ref("refs/heads/main") == own != base
    standing = stage.forge().standing(BRANCHES, enough=anything).standing
    assert standing.relation is Relation.DIVERGED
    assert (standing.ahead_by, standing.behind_by) == (1, 22)
    assert [stray.sha for stray in standing.strays] == strays[:1:-1]
    assert standing.strays[0].title == "Stray 21"
    assert [(each.sha, each.contains_latest) for each in standing.candidates] == [(own, False)]


def test_no_latest_yet_reads_main_s_history(stage: Scene) -> None:
    line = stage.line(110)
    stage.project.set_ref(LATEST, None)
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert (standing.relation, standing.latest_sha) == (Relation.ABSENT, None)
    assert shas(standing.candidates) == line[::-1]
    assert standing.is_complete
    assert standing.in_the_way == ""
    assert stage.operations == ["Standing", "Line", "Line"]


def test_no_latest_yet_stops_at_the_first_that_is_enough(stage: Scene) -> None:
    line = stage.line(110)
    stage.project.set_ref(LATEST, None)
    standing = stage.forge().standing(BRANCHES, enough=anything).standing
    assert standing.candidates[0].sha == line[-1]
    assert not standing.is_complete
    assert stage.operations == ["Standing", "Line"]


def test_a_history_is_not_read_without_end(stage: Scene) -> None:
    stage.project.grow(1_150)
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert not standing.is_complete
    assert 1_000 <= len(standing.candidates) <= 1_100


def test_a_branch_below_latest_is_named(stage: Scene) -> None:
    sha = stage.line(1)[0]
    stage.project.set_ref(LATEST, None)
    stage.project.set_ref(f"{LATEST}/old", sha)
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert standing.in_the_way == "latest/old"


def test_rules_on_latest_are_told(stage: Scene) -> None:
    stage.line(2)
    stage.project.protect("latest", BranchRule.PULL_REQUEST, name="Guard")
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert standing.rules == (Rule("pull_request", "Guard"),)
    assert standing.can_push is False


def test_a_host_that_keeps_its_rules_to_itself_leaves_them_unknown(stage: Scene) -> None:
    stage.line(2)
    stage.project.protect("latest", BranchRule.PULL_REQUEST)
    stage.sandbox.profile = "no-graphql-rules"
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert (standing.rules, standing.can_push) == ((), None)
    assert len(standing.candidates) == 1


def test_a_host_without_the_fields_is_asked_without_them(stage: Scene) -> None:
    stage.line(2)
    for nth, field in enumerate(("rules", "refUpdateRule"), start=1):
        body = {"errors": [{"message": f"Field '{field}' doesn't exist on type 'Ref'"}]}
        stage.sandbox.faults.add(Fault("Standing", "status", nth=nth, status=200, body=body))
    forge = stage.forge()
    assert len(forge.standing(BRANCHES, enough=nothing).standing.candidates) == 1
    forge.standing(BRANCHES, enough=nothing)
    assert stage.operations == ["Standing"] * 4


def test_a_host_without_a_field_that_matters_is_named(stage: Scene) -> None:
    body = {"errors": [{"message": "Field 'compare' doesn't exist on type 'Ref'"}]}
    stage.sandbox.faults.add(Fault("Standing", "status", status=200, body=body))
    with pytest.raises(ForgeError, match="no `compare`, which takes"):
        stage.forge().standing(BRANCHES, enough=nothing)


def test_a_repository_that_is_not_there(stage: Scene) -> None:
    token = stage.sandbox.token(REPOSITORY, **EVERYTHING)
    forge = connect(token, repository="spiritstream/gone", api_url=stage.sandbox.api_url)
    with pytest.raises(NotFound, match="found nothing when asked to read main and latest"):
        forge.standing(BRANCHES, enough=nothing)


def test_a_main_that_is_not_there(stage: Scene) -> None:
    stage.line(1)
    with pytest.raises(NotFound, match="no branch `trunk`"):
        stage.forge().standing(Branches("trunk", "latest", "c.yml"), enough=nothing)


def test_a_main_that_moves_between_pages_is_read_as_it_was(stage: Scene) -> None:
    line = stage.line(60)
    stage.sandbox.faults.add(
        Fault("Standing", "call", nth=2, call=lambda: stage.project.commit({"late": "1"}))
    )
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert standing.main_sha == line[-1]
    assert shas(standing.candidates) == line[:0:-1]


def test_a_latest_that_moves_between_pages_starts_the_reading_again(stage: Scene) -> None:
    line = stage.line(130)
    stage.sandbox.faults.add(
        Fault("Standing", "call", nth=2, call=lambda: stage.project.set_ref(LATEST, line[1]))
    )
    standing = stage.forge().standing(BRANCHES, enough=nothing).standing
    assert standing.latest_sha == line[1]
    assert shas(standing.candidates) == line[:1:-1]


def test_branches_that_never_hold_still(stage: Scene) -> None:
    line = stage.line(160)
    steps = iter(line[1:])
    stage.sandbox.faults.add(
        Fault(
            "Standing",
            "call",
            times=50,
            call=lambda: stage.project.set_ref(LATEST, next(steps)),
        )
    )
    with pytest.raises(Unreachable, match="moved each time"):
        stage.forge().standing(BRANCHES, enough=nothing)


# ---------------------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        pytest.param({".github/ceremony.yml": b"a\x00b"}, "not text", id="binary"),
        pytest.param({".github/ceremony.yml": "#" * 65_537}, "65,536 bytes", id="too large"),
        pytest.param({".github/ceremony.yml/x": "1"}, "not a file", id="a folder"),
    ],
)
def test_a_configuration_that_is_none(
    stage: Scene, files: dict[str, str | bytes], complaint: str
) -> None:
    stage.project.commit(files)
    with pytest.raises(InputError, match=complaint) as caught:
        stage.forge().standing(BRANCHES, enough=nothing)
    assert caught.value.file == ".github/ceremony.yml"


def test_a_configuration_with_another_ending_is_not_passed_over(stage: Scene) -> None:
    stage.project.commit({".github/ceremony.yaml": "promote: {}\n"})
    with pytest.raises(InputError, match=r"rename it to \.github/ceremony\.yml") as caught:
        stage.forge().standing(BRANCHES, enough=nothing)
    assert caught.value.file == ".github/ceremony.yaml"
    stage.project.commit({".github/ceremony.yml": "branches: {}\n"})
    assert stage.forge().standing(BRANCHES, enough=nothing).config == b"branches: {}\n"


def test_a_run_s_own_jobs_are_told_from_what_stands_beside_it(stage: Scene) -> None:
    project = stage.project
    sha = stage.line(1)[0]
    red = project.check(sha, "unit", "failure")
    again = project.check(sha, "unit")
    run = project.run(sha)
    project.check(sha, "unit", by_token=True)
    jobs = stage.forge().jobs(run)
    assert [(job.id, job.conclusion) for job in jobs if job.name == "unit"] == [
        (red, "failure"),
        (again, "success"),
    ]
    assert proof(jobs[-1]).state is State.SUCCESS
    assert jobs[-1].url.startswith(stage.sandbox.url)


def test_a_run_that_reported_nothing_is_confirmed_too(stage: Scene) -> None:
    project = stage.project
    sha = stage.line(2)[1]
    broken = project.run(sha, workflow=".github/workflows/broken.yml")
    project.set_run(broken, "startup_failure")
    forge = stage.forge()
    standing = forge.standing(BRANCHES, enough=anything).standing
    assert len(standing.candidates[0].evidence) == 1
    target = forge.confirm(BRANCHES, standing, sha).target
    silent = target.evidence[-1]
    assert (silent.name, silent.state, silent.run) == (
        ".github/workflows/broken.yml",
        State.FAILURE,
        broken,
    )
    assert target.is_complete
    assert {item.run_state for item in target.evidence} == {State.SUCCESS, State.FAILURE}


def test_a_configuration_may_be_as_large_as_the_limit(stage: Scene) -> None:
    stage.project.commit({".github/ceremony.yml": "#" * 65_536})
    assert stage.forge().standing(BRANCHES, enough=nothing).config == b"#" * 65_536


# ---------------------------------------------------------------------------- confirm


def test_confirm_reads_everything_as_it_is_now(stage: Scene) -> None:
    line = stage.line(3)
    forge = stage.forge()
    standing = forge.standing(BRANCHES, enough=anything).standing
    stage.project.check(line[2], "late", "failure")
    newest = stage.project.commit({".github/ceremony.yml": "# held\n"})
    stage.project.set_ref(LATEST, line[1])

    confirmed = forge.confirm(BRANCHES, standing, line[2])

    assert (confirmed.main_sha, confirmed.latest_sha) == (newest, line[1])
    assert confirmed.config == b"# held\n"
    assert [each.name for each in confirmed.target.evidence] == ["test", "late"]
    assert confirmed.workflows_differ is False


@pytest.mark.parametrize("latest", ["there", "absent"])
def test_confirm_tells_whether_workflows_differ(stage: Scene, latest: str) -> None:
    stage.line(1)
    target = stage.project.commit({".github/workflows/ci.yml": "on: push\n"})
    if latest == "absent":
        stage.project.set_ref(LATEST, None)
    forge = stage.forge()
    standing = forge.standing(BRANCHES, enough=anything).standing
    confirmed = forge.confirm(BRANCHES, standing, target)
    assert confirmed.workflows_differ is (True if latest == "there" else None)


def test_confirm_of_a_commit_that_is_gone(stage: Scene) -> None:
    stage.line(2)
    forge = stage.forge()
    standing = forge.standing(BRANCHES, enough=anything).standing
    with pytest.raises(NotFound, match="abababa is not in spiritstream/app"):
        forge.confirm(BRANCHES, standing, "ab" * 20)


# ---------------------------------------------------------------------------- move


def test_a_move_takes_two_requests_after_a_reading(stage: Scene) -> None:
    line = stage.line(3)
    forge = stage.forge()
    standing = forge.standing(BRANCHES, enough=anything).standing
    forge.confirm(BRANCHES, standing, line[2])
    assert forge.move([Move(LATEST, line[0], line[2])]) == {LATEST: line[2]}
    assert stage.project.ref(LATEST) == line[2]
    assert stage.operations == ["Standing", "Confirm", "Move", "Reference"]
    assert forge.requests == 4


def test_several_refs_move_together(stage: Scene) -> None:
    line = stage.line(3)
    moves = [Move(LATEST, line[0], line[2]), Move(TAG, None, line[2])]
    assert stage.forge().move(moves) == {LATEST: line[2], TAG: line[2]}
    assert stage.operations.count("Move") == 1
    assert stage.project.ref(TAG) == line[2]


def test_latest_is_created(stage: Scene) -> None:
    line = stage.line(2)
    stage.project.set_ref(LATEST, None)
    stage.forge().move([Move(LATEST, None, line[1])])
    assert stage.project.ref(LATEST) == line[1]


def test_a_move_that_was_made_already_sends_only_reads(stage: Scene) -> None:
    line = stage.line(2)
    stage.project.set_ref(LATEST, line[1])
    assert stage.forge().move([Move(LATEST, line[0], line[1])]) == {LATEST: line[1]}
    assert set(stage.operations) == {"Reference"}
    assert not stage.sandbox.effects


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_one_that_has_moved_keeps_all_where_they_are(stage: Scene, profile: str) -> None:
    line = stage.line(4)
    stage.sandbox.profile = profile
    stage.project.set_ref(LATEST, line[1])
    before = stage.project.refs()
    moves = [Move(LATEST, line[0], line[3]), Move(TAG, None, line[3])]
    with pytest.raises(NotFastForward, match=f"seen at {line[0][:7]} and is at {line[1][:7]} now"):
        stage.forge().move(moves)
    assert stage.project.refs() == before


def test_a_host_without_update_refs_moves_one_by_one(stage: Scene) -> None:
    line = stage.line(3)
    stage.sandbox.profile = "no-update-refs"
    forge = stage.forge()
    assert forge.move([Move(LATEST, line[0], line[1]), Move(TAG, None, line[1])]) == {
        LATEST: line[1],
        TAG: line[1],
    }
    writes = [name for name in stage.operations if name not in {"Reference", "Move"}]
    assert writes == ["git/update-ref", "git/create-ref"]
    forge.move([Move(LATEST, line[1], line[2])])
    assert stage.operations.count("Move") == 1, "what the host lacks is asked for once"


def test_a_move_says_what_had_been_moved_before_it_failed(stage: Scene) -> None:
    line = stage.line(3)
    stage.sandbox.profile = "no-update-refs"
    stage.project.set_ref(TAG, line[0])
    moves = [Move(LATEST, line[0], line[2]), Move(TAG, None, line[2])]
    with pytest.raises(NotFastForward, match=f"Moved before that: {LATEST}"):
        stage.forge().move(moves)
    assert stage.project.ref(LATEST) == line[2]


def test_a_token_that_may_only_read_is_told_what_it_lacks(stage: Scene) -> None:
    line = stage.line(2)
    forge = stage.forge({**EVERYTHING, "contents": "read"})
    with pytest.raises(MissingPermission, match="permissions: contents: write") as caught:
        forge.move([Move(LATEST, line[0], line[1])])
    assert caught.value.permission == "contents: write"
    assert stage.project.ref(LATEST) == line[0]
    assert not stage.clock.waits


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(Move("latest", None, "a" * 40), id="a short name"),
        pytest.param(Move("refs/heads/a b", None, "a" * 40), id="a space"),
        pytest.param(Move(LATEST, None, "0" * 40), id="zeros, which delete"),
        pytest.param(Move(LATEST, "", "a" * 40), id="an empty lease"),
        pytest.param(Move(LATEST, "0" * 40, "a" * 40), id="zeros as a lease"),
        pytest.param(Move(LATEST, None, "main"), id="a name for a commit"),
    ],
)
def test_what_is_no_move_is_not_sent(stage: Scene, move: Move) -> None:
    with pytest.raises(ValueError, match=r"no full ref|no commit"):
        stage.forge().move([move])
    assert not stage.operations


def test_moves_name_each_ref_once(stage: Scene) -> None:
    with pytest.raises(ValueError, match="each once"):
        stage.forge().move([Move(LATEST, None, "a" * 40)] * 2)


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
@pytest.mark.parametrize("way", ["forward", "back", "aside"])
def test_a_forced_tag_goes_anywhere_from_where_it_was_seen(
    stage: Scene, profile: str, way: str
) -> None:
    line = stage.line(3)
    stage.sandbox.profile = profile
    aside = stage.project.commit({"b": "1"}, branch="aside", parents=[line[0]])
    stage.project.set_ref(TAG, line[1])
    target = {"forward": line[2], "back": line[0], "aside": aside}[way]
    forge = stage.forge()
    assert forge.move([Move(TAG, line[1], target, is_forced=True)]) == {TAG: target}
    assert stage.project.ref(TAG) == target
    with pytest.raises(NotFastForward, match=f"seen at {line[1][:7]} and is at {target[:7]}"):
        forge.move([Move(TAG, line[1], stage.project.commit({"c": "1"}), is_forced=True)])
    assert stage.project.ref(TAG) == target


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_a_tag_that_is_not_forced_goes_forward_only(stage: Scene, profile: str) -> None:
    line = stage.line(3)
    stage.sandbox.profile = profile
    stage.project.set_ref(TAG, line[1])
    with pytest.raises(NotFastForward):
        stage.forge().move([Move(TAG, line[1], line[0])])
    assert stage.project.ref(TAG) == line[1]


def test_a_branch_is_never_forced(stage: Scene) -> None:
    forced = Move(LATEST, "a" * 40, "b" * 40, is_forced=True)
    with pytest.raises(ValueError, match="a branch is never forced"):
        stage.forge().move([Move(TAG, None, "b" * 40, is_forced=True), forced])
    assert not stage.operations


def test_a_host_without_update_refs_is_forced_only_after_a_look(stage: Scene) -> None:
    line = stage.line(3)
    stage.sandbox.profile = "no-update-refs"
    stage.project.set_ref(TAG, line[2])
    forge = stage.forge()
    grounds = forge.grounds(LATEST, line[0], TAG, "x")
    stage.project.set_ref(TAG, line[1])
    with pytest.raises(NotFastForward, match="nothing was moved there"):
        forge.move([Move(TAG, grounds.channel_at, line[0], is_forced=True)], read_back=False)
    assert stage.operations == ["Grounds", "Move", "Reference"]
    again = Move(TAG, line[1], line[0], is_forced=True)
    assert forge.move([again], read_back=False) == {TAG: line[0]}
    assert stage.operations[3:] == ["Reference", "git/update-ref"]


def test_what_was_moved_before_a_refusal_is_known_to_be_there(stage: Scene) -> None:
    line = stage.line(3)
    stage.sandbox.profile = "no-update-refs"
    stage.project.set_ref(TAG, line[1])
    forge = stage.forge()
    moves = [Move(LATEST, line[0], line[1]), Move(TAG, line[0], line[1])]
    assert [forge.where(move.ref) for move in moves] == line[:2]
    stage.project.set_ref(TAG, line[2])
    with pytest.raises(NotFastForward, match="Moved before that: refs/heads/latest"):
        forge.move(moves, read_back=False)
    stage.sandbox.requests.clear()
    forge.move([Move(LATEST, line[1], line[2])], read_back=False)
    assert stage.operations == ["Reference", "git/update-ref"], "one look, just before the move"


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_after_a_refused_move_fresh_grounds_carry_the_next(stage: Scene, profile: str) -> None:
    line = stage.line(4)
    stage.sandbox.profile = profile
    stage.project.set_ref(TAG, line[0])
    stage.project.set_ref(LATEST, line[3])
    forge = stage.forge()
    before = forge.grounds(LATEST, line[3], TAG, "x").channel_at
    for meanwhile in (line[1], line[2]):
        stage.project.set_ref(TAG, meanwhile)
        with pytest.raises(NotFastForward):
            forge.move([Move(TAG, before, line[3], is_forced=True)], read_back=False)
        before = forge.grounds(LATEST, line[3], TAG, "x").channel_at
        assert before == meanwhile
    stage.sandbox.requests.clear()
    move = Move(TAG, before, line[3], is_forced=True)
    assert forge.move([move], read_back=False) == {TAG: line[3]}
    assert stage.project.ref(TAG) == line[3]
    needed = {"github": ["Move"], "no-update-refs": ["Reference", "git/update-ref"]}
    assert stage.operations == needed[profile]


# ---------------------------------------------------------------------------- publishing


def test_one_question_reads_what_a_publication_stands_on(stage: Scene) -> None:
    line = stage.line(4)
    channel = "refs/tags/preview"
    stage.project.set_ref(channel, line[1])
    stage.project.set_ref(LATEST, line[3])
    stage.project.set_ref("refs/tags/preview-20260101-aaaaaaa", line[0])
    stage.project.set_ref("refs/tags/old-preview-1", line[0])
    latest = stage.forge().create_release(
        ReleaseForm("1.0.0", "", "", line[0], is_draft=False, is_latest=True)
    )
    stage.sandbox.requests.clear()
    forge = stage.forge()
    grounds = forge.grounds(LATEST, line[3], channel, "preview-")
    assert grounds == Grounds(
        source_sha=line[3],
        has_commit=True,
        channel_sha=line[1],
        relation="ahead",
        commits=(Titled(line[2], "Change 2"), Titled(line[3], "Change 3")),
        total=2,
        tags={"preview-20260101-aaaaaaa": line[0]},
        latest=(latest.id, "1.0.0"),
        channel_at=line[1],
    )
    assert forge.move([Move(channel, line[1], line[3])], read_back=False) == {channel: line[3]}
    assert forge.requests == 2
    back = Move(channel, line[3], line[1], is_forced=True)
    assert forge.move([back], read_back=False) == {channel: line[1]}
    forge.move([Move(LATEST, line[3], stage.project.commit({"d": "1"}))])
    assert stage.operations == ["Grounds", "Move", "Move", "Move", "Reference"]


def test_48_annotated_tags_count_as_the_commits_that_they_stand_for(stage: Scene) -> None:
    line = stage.line(3)
    store = stage.project.store
    blob = store.run("hash-object", "-w", "--stdin", stdin=b"no commit").decode().strip()
    own = stage.project.annotate("v1.0.1-patch", line[2])
    stage.project.annotate("patch", stage.project.annotate("inner", line[1]))
    stage.project.annotate("v1.0.1-blob", blob)
    grounds = stage.forge().grounds("refs/tags/v1.0.1-patch", line[2], "refs/tags/patch", "v1.0.1")
    assert (grounds.source_sha, grounds.has_commit) == (line[2], True)
    assert (grounds.channel_sha, grounds.relation, grounds.total) == (line[1], "ahead", 1)
    assert grounds.channel_at == stage.project.ref("refs/tags/patch")
    assert grounds.channel_at not in {line[1], None}
    assert grounds.tags == {"v1.0.1-patch": line[2], "v1.0.1-blob": blob}
    assert not stage.forge().grounds(LATEST, own, TAG, "x").has_commit, "a tag is no commit"
    assert not stage.forge().grounds(LATEST, blob, TAG, "x").has_commit


def test_an_annotated_channel_is_moved_from_its_own_object(stage: Scene) -> None:
    line = stage.line(2)
    stage.project.annotate("preview", line[0])
    forge = stage.forge()
    grounds = forge.grounds(LATEST, line[0], "refs/tags/preview", "x")
    move = Move("refs/tags/preview", grounds.channel_at, line[1], is_forced=True)
    forge.move([move], read_back=False)
    assert stage.operations == ["Grounds", "Move"]
    assert stage.project.ref("refs/tags/preview") == line[1]


def test_grounds_where_there_is_nothing(stage: Scene) -> None:
    line = stage.line(1)
    grounds = stage.forge().grounds("refs/heads/none", "ab" * 20, TAG, "1.0.0")
    nothing_there = Grounds(None, False, None, "", (), 0, {}, None)
    assert grounds == nothing_there
    stage.project.set_ref(TAG, line[0])
    grounds = stage.forge().grounds("refs/heads/none", "ab" * 20, TAG, "1.0.0")
    assert (grounds.channel_sha, grounds.relation) == (line[0], "")


def test_every_relation_of_a_source_to_its_channel(stage: Scene) -> None:
    line = stage.line(3)
    aside = stage.project.commit({"b": "1"}, branch="aside", parents=[line[0]])
    alone = stage.project.commit({"c": "1"}, branch="alone", parents=[])
    stage.project.set_ref(LATEST, line[1])
    forge = stage.forge()
    found = {}
    for sha in (line[0], line[1], line[2], aside, alone):
        stage.project.set_ref(TAG, sha)
        grounds = forge.grounds(LATEST, line[1], TAG, "x")
        found[sha] = (grounds.relation, grounds.total)
    assert found == {
        line[0]: ("ahead", 1),
        line[1]: ("identical", 0),
        line[2]: ("behind", 0),
        aside: ("diverged", 1),
        alone: ("", 0),
    }


def test_the_last_hundred_commits_of_a_range_are_told(stage: Scene) -> None:
    first = stage.project.commit({"a": "1"})
    shas = stage.project.grow(101)
    stage.project.set_ref(TAG, first)
    grounds = stage.forge().grounds("refs/heads/main", shas[-1], TAG, "x")
    assert [commit.sha for commit in grounds.commits] == shas[-100:]
    assert grounds.total == 101


def test_all_tags_of_a_prefix_are_told(stage: Scene) -> None:
    line = stage.line(1)
    names = [f"1.0.0-alpha.{number}" for number in range(1, 202)]
    updates = [RefUpdate(f"refs/tags/{name}", None, line[0]) for name in names]
    stage.project.store.update(updates)
    forge = stage.forge()
    assert forge.grounds(LATEST, line[0], TAG, "1.0.0-alpha").tags == dict.fromkeys(names, line[0])
    assert forge.requests == 3


def test_28_a_branch_and_a_tag_of_one_name_are_told_apart(stage: Scene) -> None:
    line = stage.line(3)
    stage.project.set_ref("refs/tags/latest", line[2])
    stage.project.set_ref("refs/heads/preview", line[2])
    stage.project.set_ref("refs/tags/preview", line[0])
    stage.project.set_ref(LATEST, line[1])
    grounds = stage.forge().grounds(LATEST, line[1], "refs/tags/preview", "preview")
    assert (grounds.source_sha, grounds.channel_sha) == (line[1], line[0])
    assert (grounds.relation, grounds.total) == ("ahead", 1)


def test_28_a_branch_of_the_channels_name_is_seen(stage: Scene) -> None:
    line = stage.line(2)
    stage.project.set_ref(LATEST, line[1])
    forge = stage.forge()
    for others in ("refs/heads/preview/x", "refs/heads/old-preview", "refs/tags/preview"):
        stage.project.set_ref(others, line[0])
        assert not forge.grounds(LATEST, line[1], "refs/tags/preview", "x").rival
    stage.project.set_ref("refs/heads/preview/x", None)
    stage.project.set_ref("refs/heads/preview", line[0])
    assert forge.grounds(LATEST, line[1], "refs/tags/preview", "x").rival
    assert forge.requests == 4, "it is part of the one question"


def test_a_host_that_runs_out_of_time_is_asked_for_fewer_commits(stage: Scene) -> None:
    first = stage.project.commit({"a": "1"})
    shas = stage.project.grow(60)
    stage.project.set_ref(TAG, first)
    stage.sandbox.faults.add(Fault("Grounds", "status", status=502))
    grounds = stage.forge().grounds("refs/heads/main", shas[-1], TAG, "x")
    assert [commit.sha for commit in grounds.commits] == shas[-50:]
    assert grounds.total == 60
    assert stage.operations == ["Grounds", "Grounds"]


@pytest.mark.parametrize("kind", ["before", "lost", "truncated"])
def test_the_question_for_grounds_is_asked_again(stage: Scene, kind: str) -> None:
    line = stage.line(1)
    stage.sandbox.faults.add(Fault("Grounds", kind))  # type: ignore[arg-type]
    assert stage.forge().grounds(LATEST, line[0], TAG, "x").source_sha == line[0]
    assert stage.clock.waits == [1.0]


def test_grounds_without_permission(stage: Scene) -> None:
    stage.line(1)
    stage.project.is_private = True
    with pytest.raises(MissingPermission, match="contents: read"):
        stage.forge({"issues": "read"}).grounds(LATEST, "ab" * 20, TAG, "x")


# ---------------------------------------------------------------------------- other refs, runs


def test_where_and_refs(stage: Scene) -> None:
    sha = stage.line(1)[0]
    stage.project.set_ref("refs/heads/latest-old", sha)
    forge = stage.forge()
    assert forge.where(LATEST) == sha
    assert forge.where("refs/heads/none") is None
    assert forge.refs("refs/heads/latest") == {LATEST: sha, "refs/heads/latest-old": sha}
    assert forge.refs("refs/tags/") == {}


def test_a_ref_is_deleted_once_and_only_where_it_was_seen(stage: Scene) -> None:
    line = stage.line(2)
    forge = stage.forge()
    with pytest.raises(NotFastForward, match="was not deleted"):
        forge.delete_ref(LATEST, line[1])
    forge.delete_ref(LATEST, line[0])
    forge.delete_ref(LATEST, line[0])
    assert stage.project.ref(LATEST) is None
    assert len(stage.sandbox.effects) == 1


def test_runs_and_jobs(stage: Scene) -> None:
    sha = stage.line(1)[0]
    run = stage.project.job(sha, "promote", "runner-7")
    forge = stage.forge()
    found = forge.runs("ci.yml", sha)
    assert run in [each.id for each in found]
    assert {each.event for each in found} == {"push"}
    assert forge.runs("ci.yml", sha, "schedule") == []
    (job,) = [each for each in forge.jobs(run, 1) if each.runner_name]
    assert (job.name, job.runner_name, job.status) == ("promote", "runner-7", "in_progress")


def test_a_list_is_read_to_its_last_page(stage: Scene) -> None:
    sha = stage.line(1)[0]
    for number in range(230):
        stage.project.check(sha, f"job {number}")
    (run,) = stage.forge().runs("ci.yml", sha)
    assert len(stage.forge().jobs(run.id, 1)) == 231


def test_dispatch(stage: Scene) -> None:
    text = "on:\n  workflow_dispatch:\n    inputs: {channel: {type: string}}\n"
    sha = stage.project.commit({".github/workflows/ci.yml": text})
    stage.project.set_ref(LATEST, sha)
    forge = stage.forge()
    forge.dispatch("ci.yml", LATEST, {"channel": "beta"})
    (sent,) = stage.project.dispatches
    assert (sent.sha, dict(sent.inputs)) == (sha, {"channel": "beta"})
    assert len(forge.runs("ci.yml", sha, "workflow_dispatch")) == 1


def test_dispatch_of_no_workflow(stage: Scene) -> None:
    stage.line(1)
    with pytest.raises(NotFound, match=r"start none\.yml on refs/heads/latest"):
        stage.forge().dispatch("none.yml", LATEST)


def test_dispatch_without_permission(stage: Scene) -> None:
    sha = stage.project.commit({".github/workflows/ci.yml": "on: workflow_dispatch\n"})
    stage.project.set_ref(LATEST, sha)
    with pytest.raises(MissingPermission, match="permissions: actions: write"):
        stage.forge({**EVERYTHING, "actions": "read"}).dispatch("ci.yml", LATEST)


def test_what_takes_long_to_import_is_imported_by_connecting_only() -> None:
    program = "import sys, ceremony.forge; print({'github', 'requests'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(Path(forge_module.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_rules_are_named_when_they_refuse(stage: Scene) -> None:
    line = stage.line(2)
    stage.project.protect("latest", BranchRule.PULL_REQUEST)
    with pytest.raises(RefusedByRule, match="through a pull request") as caught:
        stage.forge().move([Move(LATEST, line[0], line[1])])
    assert "Changes must be made through a pull request" in caught.value.rule
    assert stage.project.ref(LATEST) == line[0]
    assert not stage.clock.waits


def test_a_move_to_where_it_is_needs_nothing(stage: Scene) -> None:
    sha = stage.line(1)[0]
    forge = stage.forge()
    forge.where(LATEST)
    assert forge.move([Move(LATEST, sha, sha)]) == {LATEST: sha}
    assert not stage.clock.waits


def test_the_host_s_time_is_told(stage: Scene) -> None:
    stage.line(1)
    forge = stage.forge()
    assert forge.server_date is None
    forge.where(LATEST)
    assert forge.server_date is not None
    assert forge.server_date.timestamp() == stage.clock()
