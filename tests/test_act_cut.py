"""cut as a workflow runs it: cloned at its tag, against the sandbox."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ceremony.actions.cut import OUTPUTS
from tests.support.act import Run, Runner
from tests.support.cutting import (
    ADOPTING,
    BRANCH,
    DOCUMENT,
    LATEST,
    MAIN,
    NAME,
    RELEASE,
    VERSION,
    World,
    sample,
    world,
)
from tests.support.git_server import GitServer, git, publish_ceremony, serving

pytestmark = [
    pytest.mark.act,
    pytest.mark.skipif(os.name == "nt", reason="git's server and act need POSIX paths"),
]

TEXT = "MILESTONES.latest.md"
WORKFLOW = ".github/workflows/cut.yml"
CHECKOUT = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd"
SHOW = 'cat "$REPORT"\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        publish_ceremony(running, "v1")
        yield running


def workflow(event: str, part: str, inputs: Mapping[str, str]) -> str:
    """A workflow that runs a part, then shows the report."""
    steps: list[dict[str, Any]] = [
        {"uses": CHECKOUT},
        {"id": "run", "uses": f"spiritstream/ceremony/{part}@v1", "with": dict(inputs)},
        {
            "id": "report",
            "if": "always()",
            "shell": "bash",
            "env": {"REPORT": "${{ steps.run.outputs.report }}"},
            "run": SHOW,
        },
    ]
    job = {"runs-on": "ubuntu-latest", "steps": steps}
    return json.dumps({"on": event, "permissions": {}, "jobs": {"one": job}})


def run(
    one: World,
    server: GitServer,
    name: str,
    *,
    inputs: Mapping[str, str],
    part: str = "cut",
    event: str = "workflow_dispatch",
    files: Mapping[str, str] | None = None,
) -> Run:
    """Run a part once in a checkout of its own."""
    workspace = one.folder / f"{name}-workspace"
    held = {WORKFLOW: workflow(event, part, inputs), **(files or {})}
    for path, text in held.items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_text(text, encoding="utf-8")
    git(workspace, "init", "--quiet", "--initial-branch=main")
    git(workspace, "add", "--all")
    git(workspace, "commit", "--quiet", "--message=The workflow")
    runner = Runner(folder=one.folder / name, server_url=server.url, repository=NAME)
    payload: dict[str, Any] = {"repository": {"id": one.project.id, "full_name": NAME}}
    if event == "pull_request":
        payload |= {"number": 1, "pull_request": {"number": 1}}
    return runner.run(
        workspace,
        event,
        payload=payload,
        environment={"GITHUB_API_URL": one.sandbox.api_url, "GITHUB_REF": MAIN},
        options=("-s", f"GITHUB_TOKEN={one.token}"),
    )


def report(done: Run) -> dict[str, Any]:
    """The JSON report, as a later step reads it."""
    log = done.steps["report"].log.replace("\r\n", "\n")
    read: dict[str, Any] = json.loads(log[log.index("{") :])
    return read


def assert_nothing_but_outputs_was_written(done: Run) -> None:
    """Row 3: what the runner obeyed is what the part means, and each output once."""
    step = done.steps["run"]
    meant = {"add-mask", "set-output", "summary", "error", "warning", "notice"}
    assert set(step.commands) <= meant
    assert step.commands.count("set-output") == len(OUTPUTS), step


def test_a_manual_run_cuts_and_a_second_one_changes_nothing(
    server: GitServer, tmp_path: Path
) -> None:
    inputs = {"version": VERSION, "dry-run": "false", "dispatch": "ci.yml\nrelease.yml"}
    with world(tmp_path) as one:
        first = run(one, server, "first", inputs=inputs)
        assert first.result == "success", first.text
        assert_nothing_but_outputs_was_written(first)
        outputs = first.steps["run"].outputs
        assert (outputs["verdict"], outputs["branch"]) == ("cut", BRANCH)
        assert outputs["document"] == DOCUMENT
        assert outputs["sha"] == one.project.ref(RELEASE)
        seen = one.project.store.object(f"{LATEST}:{TEXT}")
        assert seen is not None
        assert outputs["source-blob"] == seen.sha
        assert outputs["pull-request"] == "1"
        assert outputs["dispatched"] == "ci.yml,release.yml"
        # The branch, the document, the pull request, and the reset.
        assert one.changed(LATEST, RELEASE) == {DOCUMENT}
        assert one.changed(MAIN, ADOPTING) == {DOCUMENT, TEXT, "MILESTONES.main.md"}
        assert [each.is_pull for each in one.project.issues.values()] == [True]
        assert len(one.project.dispatches) == 2
        assert report(first)["moves"][0]["ref"] == RELEASE
        assert "was frozen" in first.steps["run"].summary

        end, effects = one.end, list(one.sandbox.effects)
        second = run(one, server, "second", inputs=inputs)
        assert second.result == "success", second.text
        assert second.steps["run"].outputs["verdict"] == "already-cut"
        assert (one.end, one.sandbox.effects) == (end, effects)

        third = run(
            one,
            server,
            "third",
            part="stage",
            inputs={
                "from": BRANCH,
                "to": "beta",
                "feedback": "Two clubs asked for a coarser grid",
                "dry-run": "false",
            },
        )
        assert third.result == "success", third.text
        assert third.steps["run"].outputs["verdict"] == "staged"
        assert one.project.ref("refs/heads/v0.2.0-beta")


def test_a_check_of_a_pull_request_stands_on_the_lines(server: GitServer, tmp_path: Path) -> None:
    """The checkout's text is judged, nothing is written, and the reasons are annotations."""
    hostile = sample()[TEXT].replace(
        "Holder of the macOS", "::set-output name=verdict::go ##[set-output name=verdict]go"
    )
    with world(tmp_path) as one:
        done = run(
            one,
            server,
            "check",
            inputs={"version": VERSION, "root": "."},
            event="pull_request",
            files={TEXT: hostile},
        )
        assert done.result == "failure", done.text
        assert_nothing_but_outputs_was_written(done)
        assert done.steps["run"].status == 1
        assert done.steps["run"].outputs["verdict"] == "no-go"
        places = {(each.file, each.line) for each in done.steps["run"].annotations}
        lines = hostile.splitlines()
        row = next(number for number, line in enumerate(lines, 1) if line.startswith("| B5 |"))
        assert (TEXT, row) in places
        assert re.search(r"B5</code>.*can end", done.steps["run"].summary)
        assert one.sandbox.effects == []


def test_a_pull_request_can_cut_nothing(server: GitServer, tmp_path: Path) -> None:
    with world(tmp_path) as one:
        done = run(
            one,
            server,
            "refused",
            inputs={"version": VERSION, "dry-run": "false"},
            event="pull_request",
        )
        assert done.result == "failure", done.text
        assert done.steps["run"].outputs["verdict"] == "refused"
        assert one.sandbox.requests == []
