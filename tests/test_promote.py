"""promote from its inputs to the refs that it leaves, against the sandbox."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from ceremony.actions import promote as part
from ceremony.actions.promote import Context, Inputs
from ceremony.forge import ForgeError, RateLimited, Unreachable
from ceremony.model import InputError
from ceremony.rules.evidence import Standard
from ceremony.rules.promote import Verdict
from ceremony.rules.promotion import Outcome
from ceremony.sandbox import BranchRule, Fault, Project, Sandbox

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox's git server needs POSIX")

NAME = "spiritstream/app"
MAIN = "refs/heads/main"
LATEST = "refs/heads/latest"
CONFIG = ".github/ceremony.yml"
CI = ".github/workflows/ci.yml"
RELEASE = ".github/workflows/release.yml"
STARTED = "on: workflow_dispatch\njobs: {}\n"
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC).timestamp()
PERMISSIONS = {"contents": "write", "checks": "read", "statuses": "read", "actions": "write"}


@dataclass(kw_only=True)
class World:
    """A sandbox, a project whose latest is at a green first commit, and a clock."""

    sandbox: Sandbox
    project: Project
    base: str
    token: str
    now: float = NOON
    slept: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    at_sleep: Callable[[], object] = lambda: None

    def push(self, title: str = "A change", state: str = "success", **files: str) -> str:
        """A further commit of main; its CI has ended so, or has not run for an empty state."""
        sha = self.project.commit({"change.txt": f"{title}\n", **files}, message=title)
        if state:
            self.project.check(sha, "test", state)
        return sha

    def configure(self, text: str) -> str:
        return self.push("Configure", **{CONFIG: text})

    @property
    def latest(self) -> str | None:
        return self.project.ref(LATEST)

    def run(self, *, context: dict[str, Any] | None = None, **inputs: Any) -> Outcome:
        given = {"token": self.token, "repository": NAME, "api_url": self.sandbox.api_url}
        return part.promote(
            Inputs(**(given | inputs)),
            Context(
                clock=lambda: self.now,
                sleep=self.sleep,
                tell=self.told.append,
                **(context or {}),
            ),
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.at_sleep()

    def operations(self) -> list[str]:
        return [request.operation for request in self.sandbox.requests]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Sandbox.serving(tmp_path) as sandbox:
        project = sandbox.create(NAME)
        base = project.commit({"change.txt": "Begin\n", CI: STARTED}, message="Begin")
        project.check(base, "test")
        project.set_ref(LATEST, base)
        token = sandbox.token(NAME, **PERMISSIONS)
        yield World(sandbox=sandbox, project=project, base=base, token=token)


# ---------------------------------------------------------------------------- verdicts


def nothing_new(world: World) -> tuple[Verdict, str]:
    return Verdict.UP_TO_DATE, world.base


def green(world: World) -> tuple[Verdict, str]:
    return Verdict.PROMOTED, world.push()


def red(world: World) -> tuple[Verdict, str]:
    world.push(state="failure")
    return Verdict.WAITING, world.base


def pending(world: World) -> tuple[Verdict, str]:
    world.push(state="in_progress")
    return Verdict.WAITING, world.base


def row_22_nothing_ran(world: World) -> tuple[Verdict, str]:
    world.push(state="")
    return Verdict.WAITING, world.base


def row_22_skipped(world: World) -> tuple[Verdict, str]:
    world.push(state="skipped")
    return Verdict.WAITING, world.base


def row_20_another_app(world: World) -> tuple[Verdict, str]:
    world.project.check(world.push(state=""), "test", app="somebody", event=None)
    return Verdict.WAITING, world.base


def row_20_made_by_a_token(world: World) -> tuple[Verdict, str]:
    world.project.check(world.push(state=""), "test", event=None)
    return Verdict.WAITING, world.base


def row_21_of_a_pull_request(world: World) -> tuple[Verdict, str]:
    world.project.check(world.push(state=""), "test", event="pull_request")
    return Verdict.WAITING, world.base


def green_with_a_status(world: World) -> tuple[Verdict, str]:
    sha = world.push()
    world.project.status(sha, "jenkins")
    return Verdict.PROMOTED, sha


def green_with_a_red_status(world: World) -> tuple[Verdict, str]:
    world.project.status(world.push(), "jenkins", "error")
    return Verdict.WAITING, world.base


def green_with_a_cancelled_nightly(world: World) -> tuple[Verdict, str]:
    sha = world.push()
    world.project.check(sha, "audit", "cancelled", event="schedule", workflow=RELEASE)
    return Verdict.PROMOTED, sha


def green_below_red(world: World) -> tuple[Verdict, str]:
    sha = world.push("Good")
    world.push("Bad", "failure")
    return Verdict.PROMOTED, sha


def held(world: World) -> tuple[Verdict, str]:
    world.configure("promote: {holds: [{by: maria, reason: signing, until: 2026-03-03}]}")
    return Verdict.HELD, world.base


def hold_expired(world: World) -> tuple[Verdict, str]:
    return Verdict.PROMOTED, world.configure(
        "promote: {holds: [{by: maria, reason: signing, until: 2026-03-01}]}"
    )


def diverged(world: World) -> tuple[Verdict, str]:
    own = world.project.commit({"hotfix": "x"}, message="Hotfix", branch="latest")
    world.push()
    return Verdict.DIVERGED, own


def behind(world: World) -> tuple[Verdict, str]:
    own = world.project.commit({"hotfix": "x"}, message="Hotfix", branch="latest")
    return Verdict.DIVERGED, own


def merged_back(world: World) -> tuple[Verdict, str]:
    own = world.project.commit({"hotfix": "x"}, message="Hotfix", branch="latest")
    merge = world.project.commit({"hotfix": "x"}, parents=[world.push(), own])
    world.project.check(merge, "test")
    return Verdict.PROMOTED, merge


def row_28_a_tag_called_latest(world: World) -> tuple[Verdict, str]:
    world.project.set_ref("refs/tags/latest", world.base)
    world.project.set_ref("refs/tags/main", world.base)
    return Verdict.PROMOTED, world.push()


SCENARIOS = [
    nothing_new,
    green,
    red,
    pending,
    row_22_nothing_ran,
    row_22_skipped,
    row_20_another_app,
    row_20_made_by_a_token,
    row_21_of_a_pull_request,
    green_with_a_status,
    green_with_a_red_status,
    green_with_a_cancelled_nightly,
    green_below_red,
    held,
    hold_expired,
    diverged,
    behind,
    merged_back,
    row_28_a_tag_called_latest,
]
every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
Scenario = Callable[[World], tuple[Verdict, str]]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_dry_then_real_then_again(
    world: World, scenario: Callable[[World], tuple[Verdict, str]]
) -> None:
    """A dry run says the same and does nothing; a second run has nothing left to do."""
    verdict, end = scenario(world)
    before, refs = world.latest, world.project.refs()
    wishes: dict[str, Any] = {"tag": "promoted-{date}-{sha7}"}
    dry = world.run(dry_run=True, dispatch=("ci.yml",), **wishes)
    assert (dry.verdict, dry.before, dry.after) == (verdict, before, before), dry
    assert (dry.dry_run, dry.tag, dry.dispatched) == (True, "", ())
    assert (world.project.refs(), world.sandbox.effects) == (refs, [])

    real = world.run(**wishes)
    assert (real.verdict, real.after, world.latest) == (verdict, end, end), real
    assert (real.before, real.commits, real.reason) == (before, dry.commits, dry.reason)
    assert real.status == (1 if verdict is Verdict.DIVERGED else 0)
    is_moved = verdict in {Verdict.PROMOTED, Verdict.UP_TO_DATE}
    assert world.sandbox.effects == (["Move"] if is_moved else [])

    refs = world.project.refs()
    assert [refs[ref] for ref in refs if ref.startswith("refs/tags/promoted")] == (
        [end] if is_moved else []
    )
    world.now += 86_400
    again = world.run(**wishes)
    assert again.verdict is not Verdict.PROMOTED
    assert (world.project.refs(), len(world.sandbox.effects)) == (refs, is_moved)


def test_where_there_is_no_latest_it_is_created(world: World) -> None:
    world.project.set_ref(LATEST, None)
    good = world.push("Good")
    world.push("Bad", "failure")
    outcome = world.run()
    assert (outcome.verdict, outcome.before, outcome.after) == (Verdict.PROMOTED, None, good)
    assert world.latest == good


def test_a_branch_inside_its_name_is_in_the_way(world: World) -> None:
    world.project.set_ref(LATEST, None)
    world.project.set_ref("refs/heads/latest/mine", world.base)
    outcome = world.run()
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert "latest/mine" in outcome.reason


def test_every_commit_above_has_its_excuse(world: World) -> None:
    target = world.push("Good")
    world.push("Bad", "failure")
    world.push("Unproven", "")
    outcome = world.run()
    said = [(excuse.candidate.title, excuse.verdict) for excuse in outcome.excuses]
    assert said == [
        ("Unproven", Standard.MISSING),
        ("Bad", Standard.FAILED),
        ("Good", Standard.GREEN),
    ]
    assert (outcome.after, outcome.commits) == (target, 1)


def test_the_plan_is_told_before_it_is_applied(world: World) -> None:
    sha = world.push()
    seen: list[int] = []
    world.sandbox.faults.add(Fault("Move", "call", call=lambda: seen.append(len(world.told))))
    world.run(dispatch=("ci.yml",))
    assert world.told == [
        f"moving latest: {world.base[:7]} -> {sha[:7]}",
        "then starting: ci.yml",
    ]
    assert seen == [2]


def test_a_dry_run_says_what_it_would_start_and_nothing_as_if_it_were_done(world: World) -> None:
    world.push(**{RELEASE: STARTED})
    outcome = world.run(dry_run=True, dispatch=("ci.yml", "release.yml"))
    assert (outcome.to_dispatch, outcome.dispatched) == (("ci.yml", "release.yml"), ())
    assert (world.told, world.sandbox.effects) == ([], [])
    world.run(dispatch=("ci.yml",))
    again = world.run(dry_run=True, dispatch=("ci.yml", "release.yml"))
    assert (again.verdict, again.to_dispatch) == (Verdict.UP_TO_DATE, ("release.yml",))


def test_a_dry_run_that_cannot_read_what_has_been_started_says_so(world: World) -> None:
    world.push()
    outcome = world.run(dry_run=True, dispatch=("no.yml",))
    assert (outcome.verdict, outcome.status) == (Verdict.PROMOTED, 0)
    assert outcome.notices[-1].startswith("What would be started cannot be told: ")


def test_what_was_foreseen_is_not_repeated_once_the_move_has_succeeded(world: World) -> None:
    world.project.protect("latest", BranchRule.PULL_REQUEST, bypass=("promoter",))
    world.configure("promote: {holds: [{by: maria, reason: signing, until: 2026-03-01}]}")
    token = world.sandbox.token(NAME, app="promoter", **PERMISSIONS)
    foreseen = world.run(token=token, dry_run=True)
    assert [notice.partition(" ")[0] for notice in foreseen.notices] == ["The", "Rules"]
    outcome = world.run(token=token)
    assert outcome.verdict is Verdict.PROMOTED
    assert [notice.partition(" ")[0] for notice in outcome.notices] == ["The"]
    assert [told for told in world.told if told.startswith("notice: ")] == [
        f"notice: {foreseen.notices[1]}"
    ]


@pytest.mark.parametrize(
    ("api_url", "page"),
    [
        ("https://api.github.com", "https://github.com/spiritstream/app"),
        ("https://api.github.com/", "https://github.com/spiritstream/app"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com/spiritstream/app"),
        ("https://git.example/api/v3/", "https://git.example/spiritstream/app"),
        ("https://git.example:8443/api/v3", "https://git.example:8443/spiritstream/app"),
        ("https://git.example", ""),
        ("http://127.0.0.1:8080/api/v3", ""),
    ],
)
def test_where_people_find_the_repository(api_url: str, page: str) -> None:
    assert part.page(api_url, NAME) == page


def test_every_try_that_is_repeated_is_told_with_the_host(world: World) -> None:
    world.push()
    host = world.sandbox.url.removeprefix("http://")
    world.sandbox.faults.add(Fault("*", "before", times=99))
    with pytest.raises(Unreachable, match=re.escape(f"GitHub ({host}) could not be asked to")):
        world.run()
    assert [told.rpartition(";")[2] for told in world.told] == [
        " trying again in 1 s",
        " trying again in 2 s",
        " trying again in 4 s",
    ]
    assert all(told.startswith(f"{host}: ") for told in world.told)


def test_an_address_without_an_api_is_said(world: World) -> None:
    with pytest.raises(Unreachable, match=r"on an Enterprise server it ends in /api/v3"):
        world.run(api_url=world.sandbox.url)


def test_a_promotion_takes_few_requests(world: World) -> None:
    for number in range(40):
        world.push(f"Change {number}", "success" if number % 7 == 0 else "failure")
    outcome = world.run()
    operations = world.operations()
    assert operations[0] == "Standing"
    assert operations.index("Move") <= 3
    assert len(operations) <= operations.index("Move") + 2
    assert outcome.requests == len(operations)


# ---------------------------------------------------------------------------- races


def test_row_24_what_turns_red_is_not_promoted(world: World) -> None:
    sha = world.push(state="")
    check = world.project.check(sha, "test")
    red = Fault("Confirm", "call", call=lambda: world.project.rerun(check, "failure"))
    world.sandbox.faults.add(red)
    outcome = world.run()
    assert (outcome.verdict, world.latest) == (Verdict.WAITING, world.base)
    assert world.sandbox.effects == []


def test_row_24_an_older_green_one_is_promoted_instead(world: World) -> None:
    older, newer = world.push("Older"), world.push("Newer", "")
    check = world.project.check(newer, "test")
    red = Fault("Confirm", "call", call=lambda: world.project.rerun(check, "failure"))
    world.sandbox.faults.add(red)
    assert world.run().after == older == world.latest


def test_row_30_what_is_pushed_meanwhile_is_seen(world: World) -> None:
    world.push("First")
    world.sandbox.faults.add(Fault("Confirm", "call", call=lambda: world.push("Second")))
    outcome = world.run()
    assert (outcome.after, outcome.commits) == (world.project.ref(MAIN), 2)


def test_fault_7_a_rewound_main_takes_its_commits_back(world: World) -> None:
    world.push()
    rewind = Fault("Confirm", "call", call=lambda: world.project.set_ref(MAIN, world.base))
    world.sandbox.faults.add(rewind)
    assert world.run().verdict is Verdict.UP_TO_DATE
    assert world.latest == world.base


def test_fault_2_somebody_else_promotes_first(world: World) -> None:
    sha = world.push()
    other = Fault("Move", "call", call=lambda: world.project.set_ref(LATEST, sha))
    world.sandbox.faults.add(other)
    outcome = world.run()
    assert outcome.verdict in {Verdict.UP_TO_DATE, Verdict.PROMOTED}
    assert world.latest == outcome.after == sha


def test_fault_30_latest_never_goes_back(world: World) -> None:
    world.push("Older")
    newer = world.push("Newer", "in_progress")
    other = Fault("Move", "call", call=lambda: world.project.set_ref(LATEST, newer))
    world.sandbox.faults.add(other)
    outcome = world.run()
    assert (outcome.verdict, world.latest) == (Verdict.UP_TO_DATE, newer)


def test_fault_30_several_at_once_end_on_the_newest_green(world: World) -> None:
    for number in range(5):
        newest = world.push(f"Change {number}")
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: world.run(tag="good-{sha7}"), range(4)))
    assert world.latest == newest
    verdicts = [outcome.verdict for outcome in outcomes]
    assert set(verdicts) <= {Verdict.PROMOTED, Verdict.UP_TO_DATE}
    assert world.sandbox.effects == ["Move"]
    assert {outcome.after for outcome in outcomes} == {newest}


def test_branches_that_never_rest_are_left_to_the_next_run(world: World) -> None:
    world.push()
    busy = Fault("Confirm", "call", times=99, call=lambda: world.push("More"))
    world.sandbox.faults.add(busy)
    outcome = world.run()
    assert (outcome.verdict, outcome.status, world.latest) == (Verdict.WAITING, 0, world.base)
    assert "moved during each of 5 readings" in outcome.reason
    assert world.operations().count("Confirm") == 5


def test_a_hold_that_comes_meanwhile_holds(world: World) -> None:
    world.push()
    hold = "promote: {holds: [{by: maria, reason: signing}]}"
    world.sandbox.faults.add(Fault("Confirm", "call", call=lambda: world.configure(hold)))
    outcome = world.run()
    assert (outcome.verdict, world.latest) == (Verdict.HELD, world.base)


# ---------------------------------------------------------------------------- configuration


def test_the_configuration_of_main_is_followed(world: World) -> None:
    world.configure("promote: {required-checks: [lint]}")
    assert world.run().verdict is Verdict.WAITING
    world.project.check(world.project.ref(MAIN) or "", "lint")
    assert world.run().verdict is Verdict.PROMOTED


def test_an_input_goes_before_the_configuration(world: World) -> None:
    world.configure("promote: {required-checks: [lint], merge-group: true}")
    assert world.run().verdict is Verdict.WAITING
    assert world.run(required_checks=("test",)).verdict is Verdict.PROMOTED


def test_branches_of_other_names(world: World) -> None:
    sha = world.configure("branches: {main: trunk, latest: stable}")
    world.project.set_ref("refs/heads/trunk", sha)
    newer = world.project.commit({"change.txt": "x"}, branch="trunk")
    world.project.check(newer, "test", branch="trunk")
    outcome = world.run()
    assert (outcome.verdict, outcome.after) == (Verdict.PROMOTED, newer)
    assert world.project.ref("refs/heads/stable") == newer
    assert world.latest == world.base


def test_branches_that_each_name_others_are_a_mistake(world: World) -> None:
    main = world.configure("branches: {main: trunk}")
    world.project.set_ref("refs/heads/trunk", main)
    world.project.commit({CONFIG: "branches: {main: main}"}, branch="trunk")
    with pytest.raises(InputError, match="names other branches each time"):
        world.run()
    with pytest.raises(InputError, match="must differ"):
        world.run(main="latest")
    world.configure("branches:\n  latest: main\n")
    with pytest.raises(InputError, match=r"ceremony\.yml:2: `branches` names one branch twice"):
        world.run()


def test_more_is_read_where_the_configuration_asks_for_more(world: World) -> None:
    """Green by the defaults, so that reading stops there; the configuration wants another check."""
    proven = world.configure("promote: {required-checks: [lint]}")
    world.project.check(proven, "lint")
    for sha in world.project.grow(250):
        if sha != world.project.ref(MAIN):
            continue
        world.project.check(sha, "test")
    outcome = world.run()
    assert (outcome.verdict, world.latest) == (Verdict.PROMOTED, proven)


def test_a_broken_configuration_stops_everything(world: World) -> None:
    world.configure("promote: {required-cheks: [lint]}")
    with pytest.raises(InputError, match=r"ceremony\.yml:1: .*required-cheks"):
        world.run()
    assert world.latest == world.base


def test_a_configuration_that_is_named_must_be_there(world: World) -> None:
    with pytest.raises(InputError, match=r"other\.yml: does not exist on main"):
        world.run(config="other.yml")
    sha = world.push(**{"other.yml": "branches: {latest: stable}"})
    assert world.run(config="other.yml").after == sha == world.project.ref("refs/heads/stable")


# ---------------------------------------------------------------------------- more refs


def test_a_tag_and_further_branches_move_along(world: World) -> None:
    world.project.set_ref("refs/heads/next", world.base)
    sha = world.push()
    outcome = world.run(
        tag="promoted-{date}-{sha7}", also_move=("refs/heads/next", "refs/heads/demo/tv")
    )
    tag = f"promoted-2026-03-02-{sha[:7]}"
    assert outcome.tag == tag
    assert all(move.moved for move in outcome.moves)
    for ref in (LATEST, "refs/heads/next", "refs/heads/demo/tv", f"refs/tags/{tag}"):
        assert world.project.ref(ref) == sha
    assert world.sandbox.effects == ["Move"]


def test_a_tag_that_is_elsewhere_is_never_moved(world: World) -> None:
    world.project.set_ref("refs/tags/good", world.base)
    world.push()
    outcome = world.run(tag="good")
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert "`good`" in outcome.reason
    assert "{sha7}" in outcome.remedy
    assert (world.latest, world.sandbox.effects) == (world.base, [])


def test_a_tag_that_is_there_already_is_left_alone(world: World) -> None:
    sha = world.push()
    world.project.set_ref("refs/tags/good", sha)
    assert world.run(tag="good").after == sha
    assert [ref for ref in world.project.refs() if "tags" in ref] == ["refs/tags/good"]


def test_a_branch_that_cannot_go_forward_keeps_all_where_they_are(world: World) -> None:
    own = world.project.commit({"x": "1"}, parents=[world.base], branch="next")
    world.push()
    outcome = world.run(also_move=("refs/heads/next",))
    assert outcome.verdict is Verdict.REFUSED, outcome
    assert "also-move" in outcome.remedy
    assert (world.latest, world.project.ref("refs/heads/next")) == (world.base, own)


def test_where_refs_move_one_by_one_what_cannot_is_said_and_latest_stays_promoted(
    world: World,
) -> None:
    world.sandbox.profile = "no-update-refs"
    own = world.project.commit({"x": "1"}, parents=[world.base], branch="next")
    sha = world.push()
    outcome = world.run(also_move=("refs/heads/next",))
    assert (outcome.verdict, outcome.status) == (Verdict.PROMOTED, 3)
    assert (outcome.before, outcome.after, outcome.commits) == (world.base, sha, 1)
    assert "also-move" in outcome.failure
    assert [move.moved for move in outcome.moves] == [True, False]
    assert (world.latest, world.project.ref("refs/heads/next")) == (sha, own)


def test_what_an_earlier_run_was_kept_from_is_made_good(world: World) -> None:
    """A host that moves one ref at a time, and a run that died between two of them."""
    sha = world.push()
    world.project.set_ref(LATEST, sha)
    world.project.set_ref("refs/heads/next", world.base)
    wishes: dict[str, Any] = {"tag": "at-{date}-{sha7}", "also_move": ("refs/heads/next",)}
    outcome = world.run(**wishes)
    assert (outcome.verdict, outcome.tag) == (Verdict.UP_TO_DATE, f"at-2026-03-02-{sha[:7]}")
    assert world.project.ref("refs/heads/next") == sha
    refs = world.project.refs()
    world.now += 86_400
    assert world.run(**wishes).tag == ""
    assert world.project.refs() == refs


# ---------------------------------------------------------------------------- dispatch


def test_what_follows_is_started_once(world: World) -> None:
    sha = world.push(**{RELEASE: STARTED})
    outcome = world.run(dispatch=("ci.yml", "release.yml"))
    assert outcome.dispatched == ("ci.yml", "release.yml")
    started = [(each.workflow, each.ref, each.sha) for each in world.project.dispatches]
    assert started == [("ci.yml", LATEST, sha), ("release.yml", LATEST, sha)]
    again = world.run(dispatch=("ci.yml", "release.yml"))
    assert (again.verdict, again.dispatched) == (Verdict.UP_TO_DATE, ())
    assert len(world.project.dispatches) == 2


def test_row_28_what_follows_runs_on_the_branch(world: World) -> None:
    sha = world.push()
    world.project.set_ref("refs/tags/latest", world.base)
    world.run(dispatch=("ci.yml",))
    assert [each.sha for each in world.project.dispatches] == [sha]


def test_a_run_of_main_is_not_what_follows(world: World) -> None:
    sha = world.push()
    world.project.run(sha, event="workflow_dispatch", workflow=CI, branch="main")
    assert world.run(dispatch=("ci.yml",)).dispatched == ("ci.yml",)


def test_what_was_not_started_is_said_and_made_good(world: World) -> None:
    sha = world.push(**{RELEASE: STARTED})
    down = Fault("actions/create-workflow-dispatch", "before", times=20, nth=2)
    world.sandbox.faults.add(down)
    outcome = world.run(dispatch=("ci.yml", "release.yml"))
    assert (outcome.verdict, outcome.after, outcome.status) == (Verdict.PROMOTED, sha, 3)
    assert outcome.dispatched == ("ci.yml",)
    assert "release.yml" in outcome.failure
    assert "ci.yml" not in outcome.failure.partition("Not known to be started")[2]
    world.sandbox.faults.clear()
    assert world.run(dispatch=("ci.yml", "release.yml")).dispatched == ("release.yml",)


def test_a_token_that_may_not_dispatch(world: World) -> None:
    world.push()
    token = world.sandbox.token(NAME, **PERMISSIONS | {"actions": "read"})
    outcome = world.run(token=token, dispatch=("ci.yml",))
    assert (outcome.verdict, outcome.status) == (Verdict.PROMOTED, 3)
    assert "actions: write" in outcome.failure


def test_a_workflow_that_is_not_there_is_said(world: World) -> None:
    world.push()
    outcome = world.run(dispatch=("no.yml",))
    assert (outcome.verdict, outcome.status) == (Verdict.PROMOTED, 3)
    assert "no.yml" in outcome.failure


# ---------------------------------------------------------------------------- waiting


def test_it_waits_for_what_is_pending(world: World) -> None:
    sha = world.push(state="")
    check = world.project.check(sha, "test", "in_progress")
    done: list[int] = []

    def third() -> None:
        if len(world.slept) == 3 and not done:
            done.append(1)
            world.project.finish(check, "success")

    world.at_sleep = third
    outcome = world.run(wait="10")
    assert (outcome.verdict, world.latest) == (Verdict.PROMOTED, sha)
    assert world.slept == [15, 30, 45]
    assert world.told[0].startswith("waiting, 10 minutes at most: no commit")


def test_it_waits_no_longer_than_it_may_and_asks_seldom(world: World) -> None:
    world.push(state="in_progress")
    outcome = world.run(wait="60")
    assert (outcome.verdict, outcome.status) == (Verdict.WAITING, 0)
    assert world.now == NOON + 3600
    assert 50 <= len(world.operations()) <= 65


@pytest.mark.parametrize("state", ["failure", "success"])
def test_it_does_not_wait_for_what_will_not_change(world: World, state: str) -> None:
    world.push(state=state)
    world.run(wait="10")
    assert world.slept == []


# ---------------------------------------------------------------------------- its own run


def test_its_own_job_is_no_evidence(world: World) -> None:
    sha = world.push()
    run = world.project.job(sha, "Promote", "runner-7")
    context = {"event": "push", "run": run, "workflow": CI, "runner_name": "runner-7"}
    outcome = world.run(context=context)
    assert (outcome.verdict, outcome.after) == (Verdict.PROMOTED, sha)
    operations = world.operations()
    # Which job it is costs one more than the usual three.
    assert operations.index("Move") <= 4


def test_a_job_besides_its_own_is_waited_for(world: World) -> None:
    sha = world.push()
    run = world.project.job(sha, "Promote", "runner-7")
    world.project.job(sha, "package", "runner-8")
    context = {"event": "push", "run": run, "workflow": CI, "runner_name": "runner-7"}
    outcome = world.run(context=context)
    assert outcome.verdict is Verdict.WAITING
    assert "package" in outcome.reason


def test_a_job_that_cannot_be_told_is_waited_for(world: World) -> None:
    sha = world.push()
    run = world.project.job(sha, "Promote", "runner-7")
    world.project.job(sha, "package", "runner-8")
    context = {"event": "push", "run": run, "workflow": CI, "runner_name": "another"}
    assert world.run(context=context).verdict is Verdict.WAITING
    refused = Fault("actions/list-jobs-for-workflow-run-attempt", "status", status=403, times=9)
    world.sandbox.faults.add(refused)
    outcome = world.run(context=context)
    assert outcome.verdict is Verdict.WAITING
    assert "own job could not be told" in outcome.notices[0]


def test_outside_of_a_run_every_job_counts(world: World) -> None:
    sha = world.push()
    world.project.job(sha, "Promote", "runner-7")
    outcome = world.run(context={"event": "push", "workflow": CI})
    assert outcome.verdict is Verdict.WAITING


def test_its_own_workflow_is_no_evidence(world: World) -> None:
    own = ".github/workflows/promote.yml"
    sha = world.push()
    # A push had started it as well, and that run waits for this one to end.
    world.project.check(sha, "Promote", "queued", workflow=own)
    run = world.project.job(sha, "Promote", "runner-7", event="schedule", workflow=own)
    context = {"event": "schedule", "run": run, "workflow": own, "runner_name": "runner-7"}
    outcome = world.run(context=context)
    assert (outcome.verdict, outcome.after) == (Verdict.PROMOTED, sha)


@pytest.mark.parametrize("event", ["workflow_dispatch", "schedule", "workflow_run"])
def test_row_22_ci_that_holds_promote_is_evidence_whatever_started_this_run(
    world: World, event: str
) -> None:
    """promote is a job of CI, and CI's own red job must not pass for promote's."""
    sha = world.push()
    world.project.check(sha, "lint", workflow=".github/workflows/lint.yml")
    world.project.check(sha, "unit", "failure", workflow=CI)
    world.project.check(sha, "Promote", "skipped", workflow=CI)
    run = world.project.job(sha, "Promote", "runner-7", event=event, workflow=CI)
    context = {"event": event, "run": run, "workflow": CI, "runner_name": "runner-7"}
    if event == "workflow_run":
        context |= followed(world)
    outcome = world.run(context=context)
    assert (outcome.verdict, outcome.after) == (Verdict.WAITING, world.base)
    assert "`unit` failed" in outcome.reason


def test_row_20_a_token_s_check_beside_a_run_proves_nothing(world: World) -> None:
    sha = world.project.commit({"a": "2"})
    world.project.check(sha, "test", "failure")
    world.project.check(sha, "test", by_token=True, started="2099-01-01T00:00:00Z")
    assert world.run().verdict is Verdict.WAITING
    other = world.project.commit({"a": "3"})
    world.project.check(other, "lint")
    world.project.check(other, "test", by_token=True)
    outcome = world.run(required_checks=("test",))
    assert (outcome.verdict, outcome.after) == (Verdict.WAITING, world.base)
    assert "a token made it" in str(outcome.excuses[0].weighed)


def test_row_20_a_red_job_behind_one_of_its_name_is_seen(world: World) -> None:
    sha = world.project.commit({"a": "2"})
    world.project.check(sha, "test", "failure")
    world.project.check(sha, "test")
    assert world.run().verdict is Verdict.WAITING
    assert world.latest == world.base


def test_a_doubted_commit_gives_way_to_a_green_one_below(world: World) -> None:
    below = world.push()
    doubted = world.project.commit({"a": "9"})
    world.project.check(doubted, "test", "failure")
    world.project.check(doubted, "test", by_token=True, started="2099-01-01T00:00:00Z")
    outcome = world.run(required_checks=("test",))
    assert (outcome.verdict, outcome.after) == (Verdict.PROMOTED, below)
    assert outcome.excuses[0].candidate.sha == doubted


def test_a_run_between_two_of_its_jobs_is_waited_for(world: World) -> None:
    sha = world.project.commit({"a": "2"})
    world.project.check(sha, "build")
    run = world.project.run(sha)
    world.project.set_run(run, "in_progress")
    outcome = world.run()
    assert (outcome.verdict, outcome.after) == (Verdict.WAITING, world.base)
    assert "more jobs may follow" in outcome.reason
    world.project.check(sha, "package", "failure")
    world.project.set_run(run, None)
    assert world.run().verdict is Verdict.WAITING


def test_a_workflow_that_could_not_start_is_seen(world: World) -> None:
    sha = world.push()
    broken = world.project.run(sha, workflow=".github/workflows/broken.yml")
    world.project.set_run(broken, "startup_failure")
    outcome = world.run()
    assert (outcome.verdict, outcome.after) == (Verdict.WAITING, world.base)


@pytest.mark.parametrize("why", ["red", "held"])
def test_nothing_follows_where_latest_was_put_by_hand(world: World, why: str) -> None:
    """What follows a promotion follows nothing else: latest may be red, or held by now."""
    hold = "promote:\n  holds: [{by: maria, reason: the release is being signed}]\n"
    files = {".github/ceremony.yml": hold if why == "held" else "", "a": "2"}
    sha = world.project.commit(files)
    world.project.check(sha, "test", "failure" if why == "red" else "success")
    world.project.set_ref("refs/heads/latest", sha)
    outcome = world.run(tag="p-{sha7}", also_move=("refs/heads/next",))
    assert outcome.verdict is Verdict.UP_TO_DATE
    assert "left undone" in outcome.notices[0]
    assert world.sandbox.effects == []


# ---------------------------------------------------------------------------- events


def followed(world: World, **changed: Any) -> dict[str, Any]:
    own = {"id": world.project.id, "full_name": NAME, "default_branch": "main"}
    run = {"event": "push", "head_branch": "main", "head_repository": own, "head_sha": "f" * 40}
    return {
        "event": "workflow_run",
        "payload": {"repository": own, "workflow_run": run | changed},
    }


@pytest.mark.parametrize(
    "context",
    [
        {"event": "pull_request"},
        {"event": "pull_request_target"},
        {"event": "workflow_run"},
        {"event": "workflow_run", "payload": {"workflow_run": {"event": "push"}}},
    ],
    ids=lambda context: f"{context['event']}-{len(context)}",
)
def test_rows_18_and_21_nothing_is_even_asked(world: World, context: dict[str, Any]) -> None:
    world.push()
    outcome = world.run(context=context)
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert world.sandbox.requests == []


def test_row_18_a_fork_s_run_is_refused(world: World) -> None:
    world.push()
    fork = {"id": world.project.id + 1, "full_name": "attacker/app"}
    outcome = world.run(context=followed(world, head_repository=fork))
    assert (outcome.verdict, world.sandbox.requests) == (Verdict.REFUSED, [])


def test_row_19_evidence_is_of_main_whatever_commit_the_event_names(world: World) -> None:
    green, red = world.push("Good"), world.push("Bad", "failure")
    outcome = world.run(context=followed(world, head_sha=red))
    assert (outcome.verdict, outcome.after) == (Verdict.PROMOTED, green)


def test_a_run_for_another_branch_than_the_configured_is_refused(world: World) -> None:
    sha = world.configure("branches: {main: trunk}")
    world.project.set_ref("refs/heads/trunk", sha)
    assert world.run(context=followed(world)).verdict is Verdict.REFUSED
    assert world.latest == world.base
    outcome = world.run(context=followed(world, head_branch="trunk"), main="trunk")
    assert outcome.verdict is not Verdict.REFUSED


def test_the_queue_s_runs_count_where_the_configuration_says_so(world: World) -> None:
    queued = {"event": "merge_group", "head_branch": "gh-readonly-queue/main/pr-1-abc"}
    world.push()
    assert world.run(context=followed(world, **queued)).verdict is Verdict.REFUSED
    assert world.run(context=followed(world, **queued), merge_group=True).verdict is (
        Verdict.PROMOTED
    )


# ---------------------------------------------------------------------------- refusals and faults


def test_fault_8_a_rule_refuses_and_nothing_moves(world: World) -> None:
    world.project.protect("latest", BranchRule.PULL_REQUEST)
    world.push()
    foreseen = world.run(tag="good-{sha7}")
    assert (foreseen.verdict, foreseen.status) == (Verdict.REFUSED, 1)
    assert "may not move `latest`" in foreseen.reason
    assert any("pull_request" in notice for notice in foreseen.notices)
    assert "Move" not in world.operations()
    world.sandbox.profile = "no-graphql-rules"
    told = world.run(tag="good-{sha7}")
    assert (told.verdict, told.status) == (Verdict.REFUSED, 1)
    assert "rule" in told.reason
    assert "App" in told.remedy
    assert [move.moved for move in told.moves] == [False, False]
    assert "Move" in world.operations()
    assert (world.latest, world.sandbox.effects) == (world.base, [])


def test_fault_9_changed_workflows_are_said_before_the_move(world: World) -> None:
    # Its workflow is on no branch: GitHub lets pass what already is on one.
    world.push(**{CI: "on: [push, workflow_dispatch]\njobs: {}\n"})
    world.push("Again", "failure", **{CI: STARTED})
    outcome = world.run()
    assert (outcome.verdict, world.latest) == (Verdict.REFUSED, world.base)
    assert "workflows" in outcome.reason
    assert any("Workflow files differ" in said for said in world.told)
    token = world.sandbox.token(NAME, app="promoter", **PERMISSIONS, workflows="write")
    assert world.run(token=token).verdict is Verdict.PROMOTED


def test_fault_27_a_token_that_may_only_read(world: World) -> None:
    world.push()
    token = world.sandbox.token(NAME, **PERMISSIONS | {"contents": "read"})
    outcome = world.run(token=token)
    assert (outcome.verdict, outcome.status, world.latest) == (Verdict.REFUSED, 1, world.base)
    assert "contents: write" in outcome.reason + outcome.remedy


def test_a_rule_for_the_tag_alone_leaves_the_rest_done(world: World) -> None:
    """A host that moves one ref at a time, latest first, and says no to the second."""
    world.sandbox.profile = "no-update-refs"
    world.project.protect("next", BranchRule.UPDATE)
    world.project.set_ref("refs/heads/next", world.base)
    sha = world.push()
    outcome = world.run(also_move=("refs/heads/next",))
    assert (outcome.verdict, outcome.status, world.latest) == (Verdict.PROMOTED, 3, sha)
    assert [move.moved for move in outcome.moves] == [True, False]
    assert outcome.failure


def test_fault_1_a_lost_reply_is_looked_up(world: World) -> None:
    sha = world.push()
    world.sandbox.faults.add(Fault("Move", "lost"))
    outcome = world.run()
    assert (outcome.verdict, outcome.after, world.latest) == (Verdict.PROMOTED, sha, sha)
    assert world.sandbox.effects == ["Move"]


def test_fault_18_the_limit_is_said_with_its_end(world: World) -> None:
    world.push()
    world.sandbox.clock = lambda: world.now
    world.sandbox.limits(remaining=0, reset=world.now + 86_400)
    with pytest.raises(RateLimited) as caught:
        world.run()
    assert caught.value.until is not None
    assert world.latest == world.base


def test_fault_20_a_host_that_is_down_is_unreachable(world: World) -> None:
    world.push()
    world.sandbox.faults.add(Fault("*", "status", status=503, body="<html>", times=99))
    with pytest.raises(Unreachable):
        world.run()
    world.sandbox.faults.clear()
    world.sandbox.faults.add(Fault("Move", "before", times=99))
    with pytest.raises(ForgeError, match="run promote again"):
        world.run()
    assert world.latest == world.base
    world.sandbox.faults.clear()
    assert world.run().verdict is Verdict.PROMOTED


def test_fault_29_a_cancelled_run_stops_between_effects(world: World) -> None:
    sha = world.push()
    calls: list[int] = []

    def stop_at(number: int) -> Callable[[], None]:
        calls.clear()

        def seam() -> None:
            calls.append(1)
            if len(calls) == number:
                raise KeyboardInterrupt

        return seam

    for number in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            world.run(context={"seam": stop_at(number)}, dispatch=("ci.yml",))
        assert world.sandbox.effects == []
    outcome = world.run(context={"seam": stop_at(3)}, dispatch=("ci.yml",))
    assert (outcome.verdict, outcome.after, outcome.status) == (Verdict.PROMOTED, sha, 3)
    assert "stopped" in outcome.failure
    assert world.run(dispatch=("ci.yml",)).dispatched == ("ci.yml",)


# ---------------------------------------------------------------------------- inputs


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"main": "-x"}, "`main` must be a branch name"),
        ({"latest": "HEAD"}, "`latest` must be a branch name"),
        ({"latest": "a" * 40}, "`latest` must be a branch name"),
        ({"latest": "v1.lock"}, "`latest` must be a branch name"),
        ({"latest": "refs/heads/latest"}, "`latest` must be a branch name"),
        ({"latest": "a..b"}, "`latest` must be a branch name"),
        ({"latest": "a@{1}"}, "`latest` must be a branch name"),
        ({"latest": "$(id)"}, "`latest` must be a branch name"),
        ({"latest": "v\uff11"}, "`latest` must be a branch name"),
        ({"config": "../x.yml"}, "`config` must be a path on main"),
        ({"tag": "{name}"}, "`tag` must be a tag's name"),
        ({"tag": "{sha}"}, "`tag` must be a tag's name"),
        ({"tag": "-{sha7}"}, "`tag` must be a tag's name"),
        ({"tag": "a{sha7"}, "`tag` must be a tag's name"),
        ({"also_move": ("next",)}, "`also-move` must be branches in full"),
        ({"also_move": ("refs/tags/v1",)}, "`also-move` must be branches in full"),
        ({"also_move": ("refs/heads/-x",)}, "`also-move` must be branches in full"),
        ({"also_move": (LATEST,)}, "other branches than main and latest"),
        ({"dispatch": ("../ci.yml",)}, "`dispatch` must be file names"),
        ({"dispatch": ("ci",)}, "`dispatch` must be file names"),
        ({"wait": "361"}, "`wait` must be whole minutes"),
        ({"wait": "-1"}, "`wait` must be whole minutes"),
        ({"wait": "\u0663"}, "`wait` must be whole minutes"),
        ({"wait": "1.5"}, "`wait` must be whole minutes"),
        ({"required_checks": ("test @ ",)}, "write NAME, or NAME @ APP"),
        ({"repository": ""}, "the repository is not known"),
        ({"token": ""}, "there is no token"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_row_26_what_is_no_name_is_refused_unasked(
    world: World, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        world.run(**given)
    assert said in str(caught.value)
    assert world.sandbox.requests == []


def test_row_51_a_token_is_no_part_of_what_inputs_show(world: World) -> None:
    assert world.token not in repr(Inputs(token=world.token))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("*", "status", status=401, times=99),
        Fault("*", "status", status=500, times=99),
        Fault("*", "truncated", times=99),
        Fault("*", "before", times=99),
        Fault("Move", "before", times=99),
    ],
    ids=lambda fault: f"{fault.operation}-{fault.kind}-{fault.status}",
)
def test_row_51_a_token_is_in_no_error(world: World, fault: Fault) -> None:
    world.push()
    world.sandbox.faults.add(fault._replace(body=f"echo {world.token}"))
    with pytest.raises(ForgeError) as caught:
        world.run()
    shown = "".join(traceback.format_exception(caught.value)) + "".join(world.told)
    assert world.token not in shown


# ---------------------------------------------------------------------------- the sweep


WISHES: dict[str, Any] = {
    "tag": "promoted-{sha7}",
    "also_move": ("refs/heads/next",),
    "dispatch": ("ci.yml", "release.yml"),
}


class Swept(NamedTuple):
    """Where a promotion ends."""

    refs: dict[str, str]
    started: list[tuple[str, str]]
    effects: int


@contextmanager
def about_to_promote(folder: Path, profile: str) -> Iterator[World]:
    """One green commit to promote, with a further branch, a tag and two workflows to start."""
    with Sandbox.serving(folder) as sandbox:
        sandbox.profile = profile
        project = sandbox.create(NAME)
        first = {"change.txt": "Begin\n", CI: STARTED, RELEASE: STARTED}
        base = project.commit(first, message="Begin")
        project.set_ref(LATEST, base)
        token = sandbox.token(NAME, **PERMISSIONS)
        world = World(sandbox=sandbox, project=project, base=base, token=token)
        world.push()
        yield world


def swept(world: World) -> Swept:
    started = sorted((each.workflow, each.sha) for each in world.project.dispatches)
    return Swept(world.project.refs(), started, len(world.sandbox.effects))


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
@pytest.mark.parametrize("kind", ["before", "lost"])
def test_the_torture_sweep(tmp_path: Path, profile: str, kind: Literal["before", "lost"]) -> None:
    """Each effect in turn fails, or happens and its reply is lost; a second run ends the same."""
    with about_to_promote(tmp_path / "0", profile) as world:
        world.run(**WISHES)
        untroubled = swept(world)
    assert (len(untroubled.refs), len(untroubled.started)) == (4, 2)
    assert untroubled.effects == (3 if profile == "github" else 5)
    for number in range(1, untroubled.effects + 1):
        with about_to_promote(tmp_path / str(number), profile) as world:
            world.sandbox.faults.add(Fault("effects", kind, nth=number, times=99))
            with suppress(ForgeError):
                world.run(**WISHES)
            world.sandbox.faults.clear()
            world.run(**WISHES)
            assert swept(world)[:2] == untroubled[:2], number


@pytest.mark.parametrize("profile", ["github", "no-update-refs"])
def test_the_torture_sweep_of_a_killed_process(tmp_path: Path, profile: str) -> None:
    """Each effect in turn happens, and the process is killed before it hears of it."""
    with about_to_promote(tmp_path / "0", profile) as world:
        world.run(**WISHES)
        untroubled = swept(world)
    for number in range(1, untroubled.effects + 1):
        with about_to_promote(tmp_path / str(number), profile) as world:
            killed_at(world, number)
            world.run(**WISHES)
            assert swept(world)[:2] == untroubled[:2], number


def killed_at(world: World, effect: int) -> None:
    """promote as a process of its own, which hears no more of this effect and of what follows."""
    start = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from ceremony.cli import main; "
        "raise SystemExit(main(sys.argv[1:]))"
    )
    options = [
        f"--{name.replace('_', '-')}={value}"
        for name, given in WISHES.items()
        for value in ([given] if isinstance(given, str) else given)
    ]
    where = ["--repository", NAME, "--api-url", world.sandbox.api_url]
    source = str(Path(part.__file__).parents[2])
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        running[0].kill()

    world.sandbox.faults.add(Fault("effects", "after-call", nth=effect, call=kill))
    with subprocess.Popen(
        [sys.executable, "-c", start, source, "promote", *where, *options],
        env={"PATH": os.environ["PATH"], "GITHUB_TOKEN": world.token},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        running.append(process)
        assert process.wait(timeout=60) == -signal.SIGKILL
