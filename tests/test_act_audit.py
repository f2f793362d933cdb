"""The action as a workflow runs it: cloned at its tag from a git server, on a real checkout."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ceremony.actions.audit import OUTPUTS
from tests.support.act import Run, Runner
from tests.support.git_server import (
    BareRepository,
    GitServer,
    git,
    publish_ceremony,
    serving,
)

pytestmark = [
    pytest.mark.act,
    pytest.mark.skipif(os.name == "nt", reason="git's server and act need POSIX paths"),
]

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "examples"
PART = "spiritstream/ceremony/audit@v1"
ROOT = "spiritstream/ceremony@v1"
CHECKOUT = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd"
# The sample project is judged as of a day on which none of its dates has passed.
AS_OF = "2026-01-15"
WORKFLOW = ".github/workflows/test.yml"

LEFT = """\
find . -path ./.git -prune -o -type f -print
if [ -f "$REPORT" ]; then cat "$REPORT"; fi
"""

Files = Mapping[str, str | bytes]

LATEST = "MILESTONES.latest.md"
HEALTHY = (EXAMPLES / "project" / LATEST).read_text(encoding="utf-8")
DOMAINS = "| Domain | Owner | Backup | Status |\n|--------|-------|--------|--------|\n"
BAD_LINE = "| **Packaging ##[set-output name=verdict]pass** | TBD | - | Needs Owner |\n"


def with_domains(*rows: str) -> str:
    """The sample's document with these rows before those of its own domains."""
    before, head, after = HEALTHY.partition(DOMAINS)
    return f"{before}::error::x\n\n{head}{''.join(rows)}{after}"


BAD_DOCUMENT = with_domains(BAD_LINE)
BAD_AT = BAD_DOCUMENT.splitlines(keepends=True).index(BAD_LINE) + 1


def project(**changed: str) -> dict[str, str | bytes]:
    """The sample project, without its workflows."""
    root = EXAMPLES / "project"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    } | changed


BAD = project(**{LATEST: BAD_DOCUMENT})


def workflow(
    event: str = "push",
    *,
    uses: str = PART,
    inputs: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """A workflow that runs the part, then shows what it left behind."""
    steps: list[dict[str, Any]] = [
        {"uses": CHECKOUT},
        {"id": "audit", "uses": uses, "with": dict(inputs or {})},
        {
            "id": "left",
            "if": "always()",
            "shell": "bash",
            "env": {"REPORT": "${{ steps.audit.outputs.report }}"},
            "run": LEFT,
        },
    ]
    job = {"runs-on": "ubuntu-latest", "env": dict(environment or {}), "steps": steps}
    return json.dumps({"on": event, "permissions": {}, "jobs": {"audit": job}})


@dataclass(frozen=True, kw_only=True)
class World:
    """A git server with the suite at its tag, and the repository of a project that uses it."""

    server: GitServer
    app: BareRepository
    folder: Path

    def checkout(self, files: Files) -> Path:
        """A checkout of one commit that holds these files."""
        self.app.commit(files)
        return self.app.clone(self.folder / "workspace")

    def run(
        self,
        checkout: Path,
        event: str,
        *,
        payload: Mapping[str, Any] | None = None,
        job: str = "",
        options: Sequence[str] = (),
    ) -> Run:
        """Run the test's workflow, and none that a sample project brings."""
        runner = Runner(folder=self.folder / "runner", server_url=self.server.url)
        return runner.run(
            checkout, event, payload=payload, workflow=WORKFLOW, job=job, options=options
        )

    def audit(
        self,
        files: Files,
        inputs: Mapping[str, str] | None = None,
        *,
        uses: str = PART,
        environment: Mapping[str, str] | None = None,
    ) -> Run:
        """Run the part on a push of these files."""
        given = {"as-of": AS_OF, **(inputs or {})}
        text = workflow(uses=uses, inputs=given, environment=environment)
        checkout = self.checkout({**files, WORKFLOW: text})
        return self.run(checkout, "push")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        publish_ceremony(running, "v1", "v1.0.0")
        yield running


@pytest.fixture
def world(server: GitServer, tmp_path: Path, request: pytest.FixtureRequest) -> World:
    name = re.sub(r"\W+", "-", request.node.name)
    return World(server=server, app=server.create(f"spiritstream/{name}"), folder=tmp_path)


def report(run: Run) -> dict[str, Any]:
    """The JSON report, as a later step reads it."""
    log = run.steps["left"].log.replace("\r\n", "\n")
    read: dict[str, Any] = json.loads(log[log.index("\n{") :])
    return read


def left(run: Run) -> set[str]:
    """The files of the workspace after the part ran."""
    log = run.steps["left"].log.replace("\r\n", "\n")
    return {line[2:] for line in log.splitlines() if line.startswith("./")}


def assert_nothing_of_the_stranger_was_obeyed(run: Run) -> None:
    """Rows 3 to 6: what the runner obeyed is what the part means, and each output once."""
    step = run.steps["audit"]
    meant = ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10 + [*("set-output",) * 6, "summary"]
    for command in set(step.commands):
        assert step.commands.count(command) <= meant.count(command), command
    assert "##[" not in step.log
    assert [line for line in re.split(r"[\r\n]+", step.log) if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize("uses", [PART, ROOT, "spiritstream/ceremony/actions/audit@v1.0.0"])
def test_a_good_project_passes(world: World, uses: str) -> None:
    run = world.audit(project(), uses=uses)
    assert run.result == "success", run.text
    step = run.steps["audit"]
    assert set(step.outputs) == set(OUTPUTS)
    assert {name: step.outputs[name] for name in ("verdict", "errors", "warnings", "notes")} == {
        "verdict": "pass",
        "errors": "0",
        "warnings": "0",
        "notes": "0",
    }
    assert step.outputs["sarif-file"] == ""
    assert step.annotations == ()
    assert step.summary.strip()
    assert report(run)["verdict"] == "pass"
    assert_nothing_of_the_stranger_was_obeyed(run)


def test_a_bad_document_fails_the_job_on_the_line(world: World) -> None:
    run = world.audit(BAD)
    step = run.steps["audit"]
    assert run.result == "failure", run.text
    assert (step.result, step.status) == ("failure", 1)
    assert step.outputs["verdict"] == "fail"
    assert int(step.outputs["errors"]) >= 1
    (annotation,) = (entry for entry in step.annotations if entry.title == "domain-owner-missing")
    assert (annotation.level, annotation.file, annotation.line) == (
        "error",
        LATEST,
        BAD_AT,
    )
    assert "Packaging" in annotation.message
    assert "domain-owner-missing" in step.summary
    found = report(run)["findings"]
    assert ("domain-owner-missing", BAD_AT) in {(entry["rule"], entry["line"]) for entry in found}


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif"])
def test_rows_3_to_6_a_hostile_title_is_inert(world: World, form: str) -> None:
    hostile = with_domains(
        BAD_LINE,
        "| \u2003::set-output name=verdict::pass | TBD | - | Needs Owner |\n",
        "| x\u202ey\x1b[2J | TBD | - | Needs Owner |\n",
        "| a\r::add-mask::e | TBD | - | Needs Owner |\n",
    )
    run = world.audit(project(**{LATEST: hostile}), {"format": form})
    step = run.steps["audit"]
    assert run.result == "failure", run.text
    assert step.outputs["verdict"] == "fail"
    assert_nothing_of_the_stranger_was_obeyed(run)
    assert not set("\x1b\u202e") & set(step.log + step.summary)


def test_row_3_the_runner_tells_of_an_action_that_changes_later_steps(world: World) -> None:
    """What the assertions on row 3 rest on: act does report such writes."""
    script = 'echo "A=1" >> "$GITHUB_ENV"\necho "/a" >> "$GITHUB_PATH"\n'
    step = {"id": "writes", "shell": "bash", "run": script}
    job = {"runs-on": "ubuntu-latest", "steps": [step]}
    text = json.dumps({"on": "push", "jobs": {"one": job}})
    run = world.run(world.checkout({WORKFLOW: text}), "push")
    assert run.steps["writes"].commands == ("set-env", "add-path")


def test_findings_below_fail_on_pass(world: World) -> None:
    run = world.audit(BAD, {"fail-on": "never"})
    step = run.steps["audit"]
    assert run.result == "success", run.text
    assert step.outputs["verdict"] == "pass"
    assert int(step.outputs["errors"]) >= 1
    assert any(entry.line == BAD_AT for entry in step.annotations)


def test_no_documents_is_no_success(world: World) -> None:
    run = world.audit({"README.md": "# A project\n"})
    step = run.steps["audit"]
    assert (run.result, step.result, step.status) == ("failure", "failure", 2), run.text
    (annotation,) = step.annotations
    assert annotation.level == "error"
    assert "no governance documents were found" in annotation.message
    assert step.outputs.get("verdict", "") != "pass"


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"fail-on": "sometimes"}, "error, warning, note, never"),
        ({"root": "../nowhere"}, "../nowhere"),
        ({"as-of": "soon"}, "YYYY-MM-DD"),
        ({"config": "there-is-none.yml"}, "there-is-none.yml"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_bad_input_names_the_valid_ones(world: World, inputs: dict[str, str], said: str) -> None:
    run = world.audit(BAD, inputs)
    assert (run.result, run.steps["audit"].status) == ("failure", 2), run.text
    assert any(said in entry.message for entry in run.steps["audit"].annotations)


def test_a_sarif_report_is_written_where_asked(world: World) -> None:
    run = world.audit(BAD, {"sarif-file": "out.sarif"})
    path = run.steps["audit"].outputs["sarif-file"]
    assert path.endswith("/out.sarif"), run.text
    assert "out.sarif" in left(run)


# ---------------------------------------------------------------------------- pull requests


def pull_request(world: World, *, fork: bool = False, name: str = "topic") -> dict[str, Any]:
    """The payload of a pull request into main of a repository that has both commits."""
    ours = {"id": 1, "full_name": "spiritstream/app", "fork": False}
    theirs = {"id": 2, "full_name": "stranger/app", "fork": True} if fork else ours
    return {
        "action": "synchronize",
        "number": 7,
        "repository": ours,
        "pull_request": {
            "number": 7,
            "base": {"ref": "main", "sha": world.app.git("rev-parse", "main"), "repo": ours},
            "head": {"ref": name, "sha": world.app.git("rev-parse", "topic"), "repo": theirs},
        },
    }


def governed(world: World, sha: str) -> None:
    """Give the project the branches that its documents speak of, at a commit."""
    for branch in ("latest", "v0.1.0-alpha"):
        world.app.git("branch", branch, sha)


def changed(
    world: World,
    before: Files,
    after: Files,
    *,
    text: str,
    branch: str = "merge",
    depth: int = 0,
) -> Path:
    """The checkout of a pull request: a merge of `topic` into `main`, as GitHub makes it.

    With `branch="topic"`, the contributor's own commit instead.
    """
    with_workflow = {WORKFLOW: text}
    base = world.app.commit({**before, **with_workflow})
    governed(world, base)
    head = world.app.commit({**after, **with_workflow}, branch="topic", parents=[base])
    tree = world.app.git("rev-parse", f"{head}^{{tree}}")
    world.app.commit_tree(tree, message="Merge", branch="merge", parents=[base, head])
    shallow = [f"--depth={depth}"] if depth else []
    return world.app.clone(world.folder / "workspace", f"--branch={branch}", *shallow)


@pytest.mark.parametrize("depth", [0, 2], ids=["full-history", "depth-2"])
def test_a_pull_request_answers_for_what_it_brings(world: World, depth: int) -> None:
    debt = "| **Packaging** | TBD | - | Needs Owner |\n"
    brought = "| **Presets** | TBD | - | Needs Owner |\n"
    head = with_domains("| **Recipes** | @ida-voss | - | Active |\n", debt, brought)
    inputs = {"base": "${{ github.event.pull_request.base.sha }}", "as-of": AS_OF}
    checkout = changed(
        world,
        project(**{LATEST: with_domains(debt)}),
        project(**{LATEST: head}),
        text=workflow("pull_request", inputs=inputs),
        depth=depth,
    )
    run = world.run(checkout, "pull_request", payload=pull_request(world, fork=True))
    assert run.result == "failure", run.text
    line = head.splitlines(keepends=True).index(brought) + 1
    found = report(run)["findings"]
    assert [(entry["rule"], entry["line"]) for entry in found] == [("domain-owner-missing", line)]
    assert [entry.line for entry in run.steps["audit"].annotations] == [line]


def test_row_13_a_tampered_frozen_document_fails_the_pull_request(world: World) -> None:
    name = "MILESTONES.v0.1.0-alpha.md"
    text = (EXAMPLES / "project" / name).read_text(encoding="utf-8")
    inputs = {"base": "${{ github.event.pull_request.base.sha }}", "as-of": AS_OF}
    checkout = changed(
        world,
        project(),
        project(**{name: text + "\nOne more promise.\n"}),
        text=workflow("pull_request", inputs=inputs),
    )
    run = world.run(checkout, "pull_request", payload=pull_request(world, fork=True))
    assert run.result == "failure", run.text
    found = [(entry["rule"], entry["file"], entry["line"]) for entry in report(run)["findings"]]
    assert found == [("frozen-modified", name, 1)]
    assert [entry.file for entry in run.steps["audit"].annotations] == [name]


def test_a_base_that_the_clone_does_not_hold_is_said(world: World) -> None:
    inputs = {"base": "${{ github.event.pull_request.base.sha }}"}
    text = workflow("pull_request", inputs=inputs)
    checkout = changed(world, BAD, BAD, text=text, depth=1)
    run = world.run(checkout, "pull_request", payload=pull_request(world))
    assert (run.result, run.steps["audit"].status) == ("failure", 2), run.text
    assert any("fetch-depth" in entry.message for entry in run.steps["audit"].annotations)


@pytest.mark.parametrize("name", ['a";touch pwn;"', "$({touch,pwn})"], ids=["quotes", "braces"])
def test_row_1_a_branch_name_is_never_a_script(world: World, name: str) -> None:
    inputs = {"base": "${{ github.head_ref }}", "as-of": AS_OF}
    text = workflow("pull_request", inputs=inputs)
    checkout = changed(world, BAD, BAD, text=text, branch="topic")
    run = world.run(checkout, "pull_request", payload=pull_request(world, name=name))
    assert (run.result, run.steps["audit"].status) == ("failure", 2), run.text
    assert "is not in this clone" in run.text
    assert not list(world.folder.rglob("pwn"))
    assert "pwn" not in left(run)


def test_row_53_a_fork_under_pull_request_target_is_refused(world: World) -> None:
    text = workflow("pull_request_target", inputs={"as-of": AS_OF})
    checkout = changed(world, project(), BAD, text=text)
    payload = pull_request(world, fork=True)
    run = world.run(checkout, "pull_request_target", payload=payload)
    step = run.steps["audit"]
    assert (run.result, step.status) == ("failure", 1), run.text
    assert step.outputs["verdict"] == "refused"
    (annotation,) = step.annotations
    assert "fork" in annotation.message
    assert "Packaging" not in step.log + step.summary


# ---------------------------------------------------------------------------- hostile workspace


def test_rows_9_and_10_nothing_of_the_workspace_decides(world: World) -> None:
    ends = "import pathlib, sys\npathlib.Path('pwn').touch()\nsys.exit(9)\n"
    index = f"{world.server.url}/simple"
    traps = {
        **dict.fromkeys(
            (
                "json.py",
                "argparse.py",
                "sitecustomize.py",
                "usercustomize.py",
                "ceremony.py",
                "markdown_it.py",
                "mdurl.py",
                "ruamel.py",
                "pip.py",
                "conftest.py",
            ),
            ends,
        ),
        "pip.conf": f"[global]\nindex-url = {index}\nno-index = false\n",
        "pip.ini": f"[global]\nindex-url = {index}\n",
        "uv.toml": f'index-url = "{index}"\nno-cache = true\n',
        "pyproject.toml": f'[tool.uv]\nindex-url = "{index}"\nno-cache = true\n',
        "requirements/core.txt": "trap==1.0\n",
        "bin/ceremony": "touch pwn; exit 9\n",
        "python3": "#!/bin/sh\ntouch pwn; exit 9\n",
    }
    asked = len(world.server.requests)
    there = {"PYTHONPATH": "${{ github.workspace }}:.", "PIP_CONFIG_FILE": "pip.conf"}
    run = world.audit({**BAD, **traps}, environment=there)
    assert (run.result, run.steps["audit"].status) == ("failure", 1), run.text
    assert run.steps["audit"].outputs["verdict"] == "fail"
    assert {*BAD, *traps, WORKFLOW} == left(run)
    assert not [line for line in world.server.requests[asked:] if "simple" in line]
    found = report(run)["findings"]

    plain = World(
        server=world.server,
        app=world.server.create(f"{world.app.path.parent.name}/{world.app.path.stem}-plain"),
        folder=world.folder / "plain",
    )
    plain.folder.mkdir()
    assert report(plain.audit(BAD))["findings"] == found


def test_row_11_the_configuration_of_the_checkout_runs_nothing(world: World) -> None:
    inputs = {"base": "${{ github.event.pull_request.base.sha }}", "as-of": AS_OF}
    checkout = changed(world, project(), BAD, text=workflow("pull_request", inputs=inputs))
    mark = world.folder / "pwn"
    git(checkout, "config", "core.fsmonitor", f"touch {mark}")
    git(checkout, "config", "core.pager", f"touch {mark}")
    git(checkout, "config", "diff.external", f"touch {mark}")
    run = world.run(checkout, "pull_request", payload=pull_request(world))
    assert run.steps["audit"].status == 1, run.text
    assert not mark.exists()


# ---------------------------------------------------------------------------- the examples


def test_the_example_workflow_passes_a_good_pull_request(world: World) -> None:
    text = (EXAMPLES / "audit.yml").read_text(encoding="utf-8")
    checkout = changed(world, project(), project(), text=text)
    run = world.run(
        checkout, "pull_request", payload=pull_request(world, fork=True),
    )  # fmt: skip
    assert run.result == "success", run.text


@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
def test_the_readmes_workflow_runs_as_it_stands(world: World, *, good: bool) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    fence = re.search(r"<!-- example: smallest -->\n```yaml\n(.*?)```", readme, re.DOTALL)
    assert fence
    files = project() if good else BAD
    checkout = changed(world, files, files, text=fence[1])
    run = world.run(checkout, "pull_request", payload=pull_request(world, fork=True))
    assert run.result == ("success" if good else "failure"), run.text


def test_the_example_workflow_fails_a_bad_push(world: World) -> None:
    text = (EXAMPLES / "audit.yml").read_text(encoding="utf-8")
    checkout = world.checkout({**BAD, WORKFLOW: text})
    run = world.run(checkout, "push", job="audit", payload={})
    assert run.result == "failure", run.text
    assert "domain-owner-missing" in run.text


def stand_in(folder: Path, inputs: Sequence[str], script: str) -> str:
    """An action of somebody else's, reduced to what a test needs of it; returns its folder."""
    step = {
        "shell": "bash",
        "env": {name.upper(): f"${{{{ inputs.{name} }}}}" for name in inputs},
        "run": script,
    }
    manifest = {
        "name": folder.name,
        "inputs": {name: {"description": name} for name in inputs},
        "runs": {"using": "composite", "steps": [step]},
    }
    folder.mkdir(parents=True)
    (folder / "action.yml").write_text(json.dumps(manifest), encoding="utf-8")
    return str(folder)


def pinned(text: str, uses: str) -> str:
    """The commit that a workflow pins an action to."""
    (commit,) = set(re.findall(rf"{uses}@(\w+)", text))
    return str(commit)


def test_the_example_workflow_hands_its_findings_to_code_scanning(world: World) -> None:
    text = (EXAMPLES / "audit.yml").read_text(encoding="utf-8")
    used = f"github/codeql-action@{pinned(text, 'github/codeql-action/upload-sarif')}"
    folder = world.folder / "codeql-action"
    stand_in(folder / "upload-sarif", ["sarif_file"], 'cat "$SARIF_FILE"')
    checkout = world.checkout({**BAD, WORKFLOW: text})
    options = ["--local-repository", f"{used}={folder}"]
    run = world.run(checkout, "push", job="code-scanning", options=options)
    assert run.result == "success", run.text
    assert '"2.1.0"' in run.log
    assert LATEST in run.log


@pytest.mark.parametrize("on_latest", ["good", "bad"])
def test_the_drift_example_judges_both_branches(world: World, on_latest: str) -> None:
    text = (EXAMPLES / "drift.yml").read_text(encoding="utf-8")
    used = f"actions/checkout@{pinned(text, 'actions/checkout')}"
    script = f'git clone --quiet --branch "${{REF#refs/heads/}}" "{world.app.url}" .'
    folder = stand_in(world.folder / "checkout", ["ref"], script)
    latest = project() if on_latest == "good" else BAD
    before = world.app.commit({**latest, WORKFLOW: text})
    governed(world, before)
    world.app.commit({**project(), WORKFLOW: text}, parents=[before])
    checkout = world.app.clone(world.folder / "workspace")
    run = world.run(checkout, "schedule", options=["--local-repository", f"{used}={folder}"])
    assert run.result == ("success" if on_latest == "good" else "failure"), run.text
    assert ("domain-owner-missing" in run.text) is (on_latest == "bad")
