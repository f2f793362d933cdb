"""The example that comments go or no-go: its script, run as it stands against the sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from ceremony.sandbox import Project, Sandbox
from ceremony.sandbox.state import Comment

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the sandbox's git server needs POSIX"),
    pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="no jq, no curl"),
]

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "cut-comment.yml"
NAME = "spiritstream/app"
CHECK = ".github/workflows/cut-check.yml"
MARK = "<!-- ceremony:cut-check -->"
RUN = "https://example.org/runs/7"
# What the example asks of GitHub's own command, in terms of two others.
GH = r"""#!/bin/bash
set -euo pipefail
shift
method=GET jq=. data=()
while [ $# -gt 0 ]; do
  case "$1" in
    --paginate | --silent) ;;
    --method) method=$2; shift ;;
    --jq) jq=$2; shift ;;
    -f) data=(--data "$(jq -n --arg body "${2#body=}" '{body: $body}')"); shift ;;
    *) path=$1 ;;
  esac
  shift
done
curl --silent --fail --request "$method" --header "Authorization: Bearer $GH_TOKEN" \
  --header "Content-Type: application/json" "${data[@]}" "$API/$path" | jq --raw-output "$jq"
"""


class World(NamedTuple):
    """A project with an open pull request, and the example's step."""

    sandbox: Sandbox
    project: Project
    step: dict[str, Any]
    folder: Path
    token: str
    head: str

    def run(self, conclusion: str, sha: str = "", workflow: str = CHECK) -> str:
        """Run the script as after a run that ended so; returns what it printed."""
        environment = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "API": self.sandbox.api_url,
            "GH_TOKEN": self.token,
            "REPOSITORY": NAME,
            "SHA": sha or self.head,
            "WORKFLOW": workflow,
            "PASSED": "true" if conclusion == "success" else "false",
            "RUN": RUN,
            "MARK": self.step["env"]["MARK"],
        }
        assert set(self.step["env"]) == set(environment) - {"PATH", "API"}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.step["run"]],
            env=environment,
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
        return done.stdout

    @property
    def comments(self) -> list[tuple[str, str]]:
        """Author and text of every comment under the pull request."""
        (pull,) = (each for each in self.project.issues.values() if each.is_pull)
        return [(each.author, each.body) for each in pull.comments]

    def say(self, author: str, body: str) -> None:
        (pull,) = (each for each in self.project.issues.values() if each.is_pull)
        now = self.project.world.now()
        pull.comments.append(Comment(self.project.world.id(), body, author, now, now))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    workflow = YAML(typ="safe", pure=True).load(EXAMPLE.read_text(encoding="utf-8"))
    (step,) = workflow["jobs"]["comment"]["steps"]
    gh = tmp_path / "gh"
    gh.write_text(GH, encoding="utf-8")
    gh.chmod(0o755)
    with Sandbox.serving(tmp_path / "sandbox") as sandbox:
        project = sandbox.create(NAME)
        files = {"a": "one\n", CHECK: "name: Version cut check\n", ".github/b": "b\n"}
        base = project.commit(files, message="Begin")
        project.set_ref("refs/heads/topic", base)
        head = project.commit({"a": "two\n"}, message="Change", branch="topic")
        token = sandbox.token(NAME, contents="read", pull_requests="write")
        made = World(sandbox, project, step, tmp_path, token, head)
        from ceremony.forge import connect  # noqa: PLC0415 -- as the user who opens it

        connect(token, repository=NAME, api_url=sandbox.api_url).open_pull(
            "topic", "main", "A change", ""
        )
        yield made


def test_one_comment_says_how_it_stands(world: World) -> None:
    world.run("failure")
    ((author, body),) = world.comments
    assert author == "github-actions[bot]"
    assert body.startswith(f"{MARK}\n**Version cut: no-go.**")
    assert RUN in body
    world.run("success")
    ((_, body),) = world.comments
    assert "**Version cut: go.**" in body


@pytest.mark.parametrize(
    ("author", "body"),
    [
        pytest.param("mallory", f"{MARK}\n**Version cut: go.**", id="a person"),
        pytest.param("mallory[bot]", f"{MARK}\n**Version cut: go.**", id="another bot"),
        pytest.param("github-actions[bot]", f"> {MARK}\nquoted", id="quoted"),
        pytest.param("github-actions[bot]", f"Hello\n{MARK}\n", id="not the first line"),
    ],
)
def test_row_40_nobody_else_s_comment_is_touched(world: World, author: str, body: str) -> None:
    world.say(author, body)
    world.run("failure")
    world.run("failure")
    assert world.comments[0] == (author, body)
    assert len(world.comments) == 2


def test_row_37_a_commit_of_no_open_pull_request_is_left_alone(world: World) -> None:
    assert "No open pull request" in world.run("success", sha="f" * 40)
    assert world.comments == []


@pytest.mark.parametrize("path", [CHECK, ".github/ceremony.yml", ".github/workflows/x/y.yml"])
def test_a_pull_request_that_changes_its_own_check_is_not_judged(world: World, path: str) -> None:
    """`pull_request` runs the workflow as the pull request has it, a fork's as well."""
    world.run("success")
    head = world.project.commit({path: "jobs: {}\n"}, message="Always pass", branch="topic")
    world.run("success", sha=head)
    ((_, body),) = world.comments
    assert body.startswith(f"{MARK}\n**Version cut: not judged.** Its .github/ is not its base's")
    assert RUN in body


def test_checks_that_nobody_can_read_are_not_the_same(world: World) -> None:
    gone = {CHECK: None, ".github/b": None}
    world.project.commit(gone, message="Take it out")
    head = world.project.commit(gone, message="Take it out", branch="topic")
    world.run("success", sha=head)
    ((_, body),) = world.comments
    assert "**Version cut: not judged.**" in body


@pytest.mark.parametrize(
    ("workflow", "word"),
    [(f"{CHECK}@refs/heads/main", "go"), (".github/workflows/other.yml", "not judged")],
)
def test_only_the_check_s_own_file_is_believed(world: World, workflow: str, word: str) -> None:
    world.run("success", workflow=workflow)
    ((_, body),) = world.comments
    assert f"**Version cut: {word}.**" in body


def test_no_right_to_write_meets_what_a_fork_can_say(world: World) -> None:
    """Nothing is checked out, fetched or run, and no expression stands in the script."""
    assert "uses" not in world.step
    assert "${{" not in world.step["run"]
    about = [value for value in world.step["env"].values() if "workflow_run" in value]
    named = {value.split("workflow_run.")[1].split(" ")[0] for value in about}
    assert named == {"head_sha", "conclusion", "html_url", "path"}
