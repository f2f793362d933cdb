"""promote as a workflow runs it: cloned at its tag, against the sandbox, one scenario each."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ceremony.actions.promote import OUTPUTS
from ceremony.sandbox import BranchRule, Project, Sandbox
from tests.support.act import Run, Runner
from tests.support.git_server import GitServer, git, publish_ceremony, serving

pytestmark = [
    pytest.mark.act,
    pytest.mark.skipif(os.name == "nt", reason="git's server and act need POSIX paths"),
]

REPOSITORY = Path(__file__).resolve().parents[1]
PART = "spiritstream/ceremony/promote@v1"
APP = "spiritstream/app"
MAIN = "refs/heads/main"
LATEST = "refs/heads/latest"
WORKFLOW = ".github/workflows/promote.yml"
CONFIG = ".github/ceremony.yml"
REQUIRED = "promote:\n  required-checks: [test]\n"
SHOW = 'cat "$REPORT"\n'


@dataclass(frozen=True, kw_only=True)
class World:
    """A sandbox with a project, the suite at its tag, and the workflow that promotes."""

    sandbox: Sandbox
    project: Project
    server: GitServer
    folder: Path
    base: str
    """Where latest begins."""

    def push(self, title: str, **files: str) -> str:
        """A further commit of main."""
        return self.project.commit({"change.txt": f"{title}\n", **files}, message=title)

    def configure(self, text: str) -> str:
        """A further commit of main, which brings this configuration."""
        return self.project.commit({CONFIG: text}, message="Configure the ceremony")

    @property
    def latest(self) -> str | None:
        return self.project.ref(LATEST)

    def run(
        self,
        *,
        inputs: Mapping[str, str] | None = None,
        event: str = "workflow_run",
        payload: Mapping[str, Any] | None = None,
        name: str = "runner",
        workflow: str = "",
    ) -> Run:
        """Run the workflow once, as GitHub would when CI has finished on main's head."""
        workspace = self.folder / f"{name}-workspace"
        (workspace / WORKFLOW).parent.mkdir(parents=True)
        text = workflow or promote(event, inputs or {})
        (workspace / WORKFLOW).write_text(text, encoding="utf-8")
        git(workspace, "init", "--quiet", "--initial-branch=main")
        git(workspace, "add", "--all")
        git(workspace, "commit", "--quiet", "--message=The workflow")
        token = self.sandbox.token(
            APP, contents="write", checks="read", statuses="read", actions="write"
        )
        runner = Runner(folder=self.folder / name, server_url=self.server.url, repository=APP)
        return runner.run(
            workspace,
            event,
            payload=self.finished() if payload is None else payload,
            environment={"GITHUB_API_URL": self.sandbox.api_url, "GITHUB_REF": MAIN},
            options=("-s", f"GITHUB_TOKEN={token}"),
        )

    def finished(self, **changed: Any) -> dict[str, Any]:
        """The event's payload when CI has finished on main's head."""
        own = {"id": self.project.id, "full_name": APP}
        finished = {
            "event": "push",
            "head_sha": self.project.ref(MAIN),
            "head_branch": "main",
            "head_repository": own,
            **changed,
        }
        return {"action": "completed", "repository": own, "workflow_run": finished}


def promote(event: str, inputs: Mapping[str, str]) -> str:
    """A workflow that promotes, then shows the report."""
    steps: list[dict[str, Any]] = [
        {"id": "promote", "uses": PART, "with": dict(inputs)},
        {
            "id": "report",
            "if": "always()",
            "shell": "bash",
            "env": {"REPORT": "${{ steps.promote.outputs.report }}"},
            "run": SHOW,
        },
    ]
    on = {event: {"workflows": ["CI"]}} if event == "workflow_run" else event
    job = {"runs-on": "ubuntu-latest", "steps": steps}
    return json.dumps({"on": on, "permissions": {}, "jobs": {"promote": job}})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        publish_ceremony(running, "v1")
        yield running


@pytest.fixture
def world(server: GitServer, tmp_path: Path) -> Iterator[World]:
    with Sandbox.serving(tmp_path / "sandbox") as sandbox:
        project = sandbox.create(APP)
        base = project.commit({"change.txt": "first\n", CONFIG: REQUIRED}, message="Begin")
        project.check(base, "test")
        project.set_ref(LATEST, base)
        yield World(
            sandbox=sandbox, project=project, server=server, folder=tmp_path / "runs", base=base
        )


def report(run: Run) -> dict[str, Any]:
    """The JSON report, as a later step reads it."""
    log = run.steps["report"].log.replace("\r\n", "\n")
    read: dict[str, Any] = json.loads(log[log.index("{") :])
    return read


def assert_nothing_but_outputs_was_written(run: Run) -> None:
    """Row 3: what the runner obeyed is what the part means, and each output once."""
    step = run.steps["promote"]
    meant = {"add-mask", "set-output", "summary", "error", "warning", "notice"}
    assert set(step.commands) <= meant
    assert step.commands.count("set-output") == len(OUTPUTS)


# ---------------------------------------------------------------------------- scenarios


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a scenario must end in."""

    verdict: str
    latest: str
    """Where latest must be."""
    excuse: str
    """What the summary says, as a regular expression."""
    fails: bool = False


def no_checks(world: World) -> Expected:
    world.push("Nothing ran here")
    return Expected(verdict="waiting", latest=world.base, excuse="missing")


def red(world: World) -> Expected:
    world.project.check(world.push("Break it"), "test", "failure")
    return Expected(verdict="waiting", latest=world.base, excuse="failed")


def pending(world: World) -> Expected:
    world.project.check(world.push("Still running"), "test", "in_progress")
    return Expected(verdict="waiting", latest=world.base, excuse="pending")


def green(world: World) -> Expected:
    sha = world.push("Add the tray icon")
    world.project.check(sha, "test")
    return Expected(verdict="promoted", latest=sha, excuse="green")


def renamed(world: World) -> Expected:
    sha = world.configure("promote:\n  required-checks: [unit tests]\n")
    world.project.check(sha, "test")
    return Expected(verdict="waiting", latest=world.base, excuse=r"unit tests(.|\n)*test")


def held(world: World) -> Expected:
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
    sha = world.configure(
        f"{REQUIRED}  holds:\n    - by: maria\n      reason: the release is being signed\n"
        f"      until: {until}\n"
    )
    world.project.check(sha, "test")
    return Expected(verdict="held", latest=world.base, excuse="maria(.|\n)*signed")


def diverged(world: World) -> Expected:
    own = world.project.commit(
        {"hotfix.txt": "x\n"}, message="A hotfix past review", branch="latest"
    )
    world.project.check(world.push("Meanwhile on main"), "test")
    return Expected(
        verdict="diverged", latest=own, excuse=f"{own[:7]}(.|\n)*hotfix past review", fails=True
    )


def protected(world: World) -> Expected:
    world.project.protect("latest", BranchRule("update"))
    world.project.check(world.push("Green, and not allowed"), "test")
    return Expected(verdict="refused", latest=world.base, excuse="rule", fails=True)


def green_below_red(world: World) -> Expected:
    sha = world.push("Good")
    world.project.check(sha, "test")
    world.project.check(world.push("Bad"), "test", "failure")
    return Expected(verdict="promoted", latest=sha, excuse="failed(.|\n)*green")


def spoofed(world: World) -> Expected:
    """Row 20: any token that may write checks can make one called `test`."""
    world.project.check(world.push("Trust me"), "test", app="somebody", event=None)
    return Expected(verdict="waiting", latest=world.base, excuse="foreign")


def of_a_pull_request(world: World) -> Expected:
    """Row 21: a pull request may have changed what its own CI asks for."""
    world.project.check(world.push("Trust me"), "test", event="pull_request")
    return Expected(verdict="waiting", latest=world.base, excuse="foreign")


def hostile_title(world: World) -> Expected:
    sha = world.push("\u2003::set-output name=verdict::promoted ##[set-output name=sha]x | <b>")
    world.project.check(sha, "test", "failure")
    return Expected(verdict="waiting", latest=world.base, excuse="failed")


SCENARIOS: list[Callable[[World], Expected]] = [
    no_checks,
    red,
    pending,
    green,
    renamed,
    held,
    diverged,
    protected,
    green_below_red,
    spoofed,
    of_a_pull_request,
    hostile_title,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_verdict_of(world: World, scenario: Callable[[World], Expected]) -> None:
    expected = scenario(world)
    run = world.run()
    assert run.result == ("failure" if expected.fails else "success"), run.text
    step = run.steps["promote"]
    assert set(step.outputs) == set(OUTPUTS)
    assert step.outputs["verdict"] == expected.verdict, run.text
    assert step.outputs["sha"] == expected.latest == world.latest
    assert step.outputs["previous"] == (
        world.base if expected.verdict != "diverged" else expected.latest
    )
    assert re.search(expected.excuse, step.summary), step.summary
    told = report(run)
    assert (told["part"], told["verdict"]) == ("promote", expected.verdict)
    assert told["latest"]["after"] == expected.latest
    assert_nothing_but_outputs_was_written(run)


def test_two_at_once_end_on_the_newest_green(world: World) -> None:
    for number in range(3):
        world.project.check(world.push(f"Change {number}"), "test")
    newest = world.project.ref(MAIN)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda name: world.run(name=name), ("one", "two")))
    assert [run.result for run in runs] == ["success", "success"], "\n".join(
        run.text for run in runs
    )
    assert world.latest == newest
    verdicts = sorted(run.steps["promote"].outputs["verdict"] for run in runs)
    assert verdicts in (["promoted", "up-to-date"], ["promoted", "promoted"])
    assert world.sandbox.effects.count("Move") == verdicts.count("promoted")


def test_again_changes_nothing(world: World) -> None:
    sha = world.push("Add the tray icon")
    world.project.check(sha, "test")
    assert world.run(name="one").steps["promote"].outputs["verdict"] == "promoted"
    effects = list(world.sandbox.effects)
    again = world.run(name="two").steps["promote"]
    assert (again.outputs["verdict"], again.outputs["sha"]) == ("up-to-date", sha)
    assert world.sandbox.effects == effects


def test_a_dry_run_says_the_same_and_moves_nothing(world: World) -> None:
    sha = world.push("Add the tray icon")
    world.project.check(sha, "test")
    run = world.run(inputs={"dry-run": "true"})
    assert report(run)["dryRun"] is True
    assert sha[:7] in run.steps["promote"].summary
    assert (world.latest, list(world.sandbox.effects)) == (world.base, [])


@pytest.mark.parametrize(
    "changed",
    [
        {"head_repository": {"id": 666, "full_name": "attacker/app"}},
        {"event": "pull_request"},
        {"event": "schedule"},
        {"head_branch": "feature"},
    ],
    ids=["fork", "pull-request", "schedule", "branch"],
)
def test_rows_18_and_21_a_run_of_somebody_else_is_refused(
    world: World, changed: dict[str, Any]
) -> None:
    world.project.check(world.push("Green all the same"), "test")
    run = world.run(payload=world.finished(**changed))
    assert run.result == "failure", run.text
    assert run.steps["promote"].outputs["verdict"] == "refused"
    assert world.sandbox.requests == []
    assert world.latest == world.base


def test_row_51_the_token_is_shown_nowhere(world: World) -> None:
    world.project.protect("latest", BranchRule("update"))
    world.project.check(world.push("Green, and not allowed"), "test")
    run = world.run(inputs={"format": "json"})
    assert run.result == "failure"
    for token in world.sandbox.tokens:
        assert token not in run.text


# ---------------------------------------------------------------------------- examples


def test_the_readme_s_promotion_works(world: World) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    fence = re.search(r"<!-- example: promote -->\n```yaml\n(.*?)```", readme, re.DOTALL)
    assert fence is not None
    sha = world.push("Add the tray icon")
    world.project.check(sha, "test")
    run = world.run(workflow=fence[1])
    assert run.result == "success", run.text
    assert world.latest == sha


def test_the_example_promotes_and_starts_what_follows(world: World) -> None:
    example = REPOSITORY / "examples" / "promote.yml"
    started = {".github/workflows/ci.yml": "on: workflow_dispatch\njobs: {}\n"}
    sha = world.push("Add the tray icon", **{CONFIG: "", **started})
    world.project.check(sha, "Check")
    run = world.run(workflow=example.read_text(encoding="utf-8"))
    assert run.result == "success", run.text
    assert world.latest == sha
    told = [(dispatch.workflow, dispatch.sha) for dispatch in world.project.dispatches]
    assert told == [("ci.yml", sha)]


def test_the_example_leaves_a_fork_s_run_alone(world: World) -> None:
    example = (REPOSITORY / "examples" / "promote.yml").read_text(encoding="utf-8")
    fork = {"id": 666, "full_name": "attacker/app"}
    run = world.run(workflow=example, payload=world.finished(head_repository=fork))
    assert run.steps == {}
    assert world.sandbox.requests == []


def test_the_example_asks_for_no_more_than_it_needs() -> None:
    example = YAML(typ="safe", pure=True).load(
        (REPOSITORY / "examples" / "promote.yml").read_text(encoding="utf-8")
    )
    assert example["permissions"] == {}
    assert example["jobs"]["promote"]["permissions"] == {
        "actions": "write",
        "checks": "read",
        "contents": "write",
        "statuses": "read",
    }
    assert example["concurrency"] == {"group": "promote", "cancel-in-progress": False}
