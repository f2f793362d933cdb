"""What every workflow, manifest and example of this repository must hold to, read from its YAML.

Checks that a runner cannot show: act applies no permissions, and a moved tag looks like a good one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.yml"))
MANIFESTS = sorted(
    path
    for pattern in ("action.yml", "*/action.yml", "actions/*/action.yml")
    for path in REPOSITORY.glob(pattern)
)
OWN = "spiritstream/ceremony"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
VERSIONED = re.compile(r"uses: [^ ]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

# What a job may ask for beyond reading; all else is a reviewed change of this table.
WRITES = {
    ("release.yml", "attest"): {"id-token", "attestations"},
    ("release.yml", "publish"): {"contents"},
    ("release.yml", "move-v1"): {"contents"},
}


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return document


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    """Every step of a workflow or of a composite action."""
    document = read(path)
    for owner in (*document.get("jobs", {}).values(), document.get("runs", {})):
        yield from owner.get("steps", ())


def used(path: Path) -> Iterator[str]:
    """Every action and reusable workflow that a file refers to."""
    for step in steps(path):
        if "uses" in step:
            yield step["uses"]
    for job in read(path).get("jobs", {}).values():
        if "uses" in job:
            yield job["uses"]


every_file = pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES, *MANIFESTS], ids=name_of)
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
every_job_file = pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=name_of)


def test_the_workflows_are_found() -> None:
    assert {path.name for path in WORKFLOWS} >= {"ci.yml", "release.yml"}


@every_file
def test_row_52_a_third_party_action_is_pinned_to_a_commit(path: Path) -> None:
    foreign = [use for use in used(path) if not use.startswith((f"{OWN}@", f"{OWN}/", "./"))]
    assert [use for use in foreign if not PINNED.fullmatch(use)] == []
    # The comment is what Dependabot moves together with the commit, and what a reviewer reads.
    lines = VERSIONED.findall(path.read_text(encoding="utf-8"))
    assert len(lines) == len(foreign)


@every_workflow
def test_row_52_a_workflow_of_this_repository_never_follows_its_own_moving_tag(path: Path) -> None:
    assert [use for use in used(path) if use.startswith(OWN)] == []


@every_file
def test_row_1_no_expression_inside_a_script(path: Path) -> None:
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


@every_file
def test_a_script_names_its_shell(path: Path) -> None:
    assert [
        step["run"] for step in steps(path) if "run" in step and step.get("shell") != "bash"
    ] == []


@every_job_file
def test_nothing_is_permitted_before_a_job_asks(path: Path) -> None:
    assert read(path)["permissions"] == {}
    assert [name for name, job in jobs(path).items() if "permissions" not in job] == []


@every_workflow
def test_a_job_asks_for_no_more_than_its_due(path: Path) -> None:
    for name, job in jobs(path).items():
        asked = {scope for scope, access in job["permissions"].items() if access == "write"}
        assert asked == WRITES.get((path.name, name), set()), name
        others = {access for access in job["permissions"].values() if access != "write"}
        assert others <= {"read"}, name


@every_workflow
def test_a_job_that_writes_waits_for_the_environment_and_checks_nothing_out(path: Path) -> None:
    for name, job in jobs(path).items():
        if (path.name, name) in WRITES:
            assert job["environment"] == "release"
            assert "checkout" not in " ".join(step.get("uses", "") for step in job["steps"])


@every_file
def test_row_51_a_checkout_keeps_no_credentials(path: Path) -> None:
    checkouts = [
        step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")
    ]
    kept = [
        step for step in checkouts if step.get("with", {}).get("persist-credentials") is not False
    ]
    assert kept == []


@every_workflow
def test_a_job_ends_in_time(path: Path) -> None:
    assert [name for name, job in jobs(path).items() if job.get("timeout-minutes", 360) > 30] == []


def test_ci_covers_the_systems_and_the_ends_of_the_python_range() -> None:
    workflow = read(REPOSITORY / ".github" / "workflows" / "ci.yml")
    assert set(workflow["on"]) == {"push", "pull_request", "merge_group"}
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["python"] == ["3.11", "3.14"]


def test_v1_moves_last_of_all() -> None:
    needs = {
        name: job.get("needs")
        for name, job in jobs(REPOSITORY / ".github" / "workflows" / "release.yml").items()
    }
    assert needs == {"build": None, "attest": "build", "publish": "attest", "move-v1": "publish"}
