"""Manifests, examples and the pages of the docs agree with what the parts declare."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ceremony.actions.inputs import Declared, declarations
from tests.support.act import validate

REPOSITORY = Path(__file__).resolve().parents[1]
OWN = "spiritstream/ceremony"
# What the manifest of the root is a copy of.
ROOT_PART = "audit"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part that has a manifest, and what its module declares."""

    name: str
    inputs: tuple[Declared, ...]
    outputs: Mapping[str, str]

    @property
    def options(self) -> tuple[Declared, ...]:
        """What only the command line knows."""
        return tuple(entry for entry in self.inputs if entry.only_option)

    @property
    def action_inputs(self) -> tuple[Declared, ...]:
        return tuple(entry for entry in self.inputs if not entry.only_option)

    @property
    def source(self) -> Path:
        return REPOSITORY / "actions" / self.name / "action.yml"

    @property
    def page(self) -> Path:
        return REPOSITORY / "docs" / f"{self.name}.md"


def part(name: str) -> Part:
    module = importlib.import_module(f"ceremony.actions.{name}")
    return Part(name=name, inputs=tuple(declarations(module.Inputs)), outputs=module.OUTPUTS)


PARTS = {
    path.parent.name: part(path.parent.name)
    for path in sorted(REPOSITORY.glob("actions/*/action.yml"))
}
every_part = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)

MANIFESTS = sorted(
    path
    for pattern in ("action.yml", "*/action.yml", "actions/*/action.yml")
    for path in REPOSITORY.glob(pattern)
)
EXAMPLES = sorted(REPOSITORY.glob("examples/**/*.yml"))
WORKFLOWS = sorted(REPOSITORY.glob(".github/workflows/*.yml"))
PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def load(path: Path) -> Any:
    return read(path.read_text(encoding="utf-8"))


def one_line(text: str) -> str:
    return " ".join(text.split())


def tracked() -> list[tuple[str, str]]:
    """Mode and path of every file that a commit of this tree holds or would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    ).stdout.decode()
    names = sorted({name for name in listed.split("\0") if name})
    paths = {name: REPOSITORY / name for name in names}
    return [
        ("link" if path.is_symlink() else "file", name)
        for name, path in paths.items()
        if path.is_symlink() or path.exists()
    ]


# ---------------------------------------------------------------------------- manifests


def test_the_parts_have_manifests() -> None:
    assert {"audit", "promote"} <= set(PARTS)


@every_part
def test_the_copies_are_equal_to_the_byte(part: Part) -> None:
    copies = [REPOSITORY / part.name / "action.yml"]
    copies += [REPOSITORY / "action.yml"] if part.name == ROOT_PART else []
    assert {copy.read_bytes() for copy in copies} == {part.source.read_bytes()}


def test_there_is_no_other_manifest() -> None:
    expected = {"action.yml"}
    expected |= {f"{folder}{name}/action.yml" for name in PARTS for folder in ("", "actions/")}
    found = {name for _, name in tracked() if Path(name).name in {"action.yml", "action.yaml"}}
    assert found == expected


@every_part
def test_a_manifest_s_inputs_are_those_declared(part: Part) -> None:
    manifest = load(part.source)
    told = {
        name: (one_line(entry["description"]), entry["default"], entry["required"])
        for name, entry in manifest["inputs"].items()
    }
    declared = {entry.name: (entry.help, entry.default, False) for entry in part.action_inputs}
    assert told == declared
    assert list(told) == list(declared)


@every_part
def test_a_manifest_s_outputs_are_those_declared(part: Part) -> None:
    told = {
        name: (one_line(entry["description"]), entry["value"])
        for name, entry in load(part.source)["outputs"].items()
    }
    assert told == {
        name: (help_, f"${{{{ steps.run.outputs.{name} }}}}")
        for name, help_ in part.outputs.items()
    }


@every_part
def test_a_manifest_has_the_form_that_runs_anywhere(part: Part) -> None:
    """One step through bash, told its inputs by one variable, with no expression in its script."""
    runs = load(part.source)["runs"]
    (step,) = runs["steps"]
    assert runs["using"] == "composite"
    assert set(step) == {"id", "shell", "env", "run"}
    assert (step["id"], step["shell"]) == ("run", "bash")
    assert step["env"] == {"INPUTS": "${{ toJSON(inputs) }}"}
    assert "${{" not in step["run"]
    assert step["run"].startswith('cd "$GITHUB_ACTION_PATH"\n')
    assert f'bin/ceremony" {part.name}\n' in step["run"]


def run_script(part: Part, path: Path) -> subprocess.CompletedProcess[str]:
    """The script of a manifest that lies in `path`, as the runner starts it."""
    script = load(part.source)["runs"]["steps"][0]["run"]
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "GITHUB_ACTION_PATH": str(path)},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )


@pytest.mark.skipif(os.name == "nt", reason="PATH may find another system's bash first")
@pytest.mark.parametrize("folder", ["", "there", "actions/there"], ids=["root", "one", "two"])
@every_part
def test_a_manifest_finds_the_launcher(part: Part, folder: str, tmp_path: Path) -> None:
    top = tmp_path / "a tree"
    (top / folder).mkdir(parents=True)
    (top / "bin").mkdir()
    (top / "bin" / "ceremony").write_text('echo "$# $1"; exit 7\n')
    done = run_script(part, top / folder)
    assert (done.returncode, done.stdout) == (7, f"1 {part.name}\n"), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="PATH may find another system's bash first")
@every_part
def test_a_manifest_without_its_launcher_says_so(part: Part, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ceremony").write_text("echo found too far up\n")
    path = tmp_path / "one" / "two" / "three"
    path.mkdir(parents=True)
    done = run_script(part, path)
    assert done.returncode == 2
    assert done.stdout.startswith("::error::The action is incomplete")


@every_part
def test_a_manifest_can_be_listed(part: Part) -> None:
    manifest = load(part.source)
    assert {"name", "description", "author", "branding"} <= set(manifest)
    # What the marketplace takes.
    assert len(manifest["description"]) < 125
    assert set(manifest["branding"]) == {"icon", "color"}


@every_part
def test_names_are_kebab_case(part: Part) -> None:
    names = [*part.outputs, *(entry.name for entry in part.inputs)]
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []


@every_part
def test_row_51_a_token_is_asked_for_in_one_place_if_at_all(part: Part) -> None:
    """Only the default of the input that is declared as secret names the job's token."""
    text = part.source.read_text(encoding="utf-8")
    secrets = [entry for entry in part.inputs if entry.secret]
    for entry in secrets:
        assert (entry.name, entry.default) == ("token", "${{ github.token }}")
        assert text.count(f"default: {entry.default}\n") == 1
        text = text.replace(entry.default, "")
    assert [word for word in ("secrets.", "github.token", "GITHUB_TOKEN") if word in text] == []
    assert re.findall(r"\$\{\{(.*?)\}\}", text) == [
        *(f" steps.run.outputs.{name} " for name in part.outputs),
        " toJSON(inputs) ",
    ]


def test_row_51_audit_needs_no_token() -> None:
    assert [entry.name for entry in PARTS["audit"].inputs if entry.secret] == []


@every_part
def test_a_secret_is_an_input_of_the_action_only(part: Part) -> None:
    for entry in part.inputs:
        assert entry.secret == entry.only_input
        assert not (entry.only_input and entry.only_option)


@every_part
def test_a_list_is_empty_unless_it_is_given(part: Part) -> None:
    for entry in part.inputs:
        if entry.lines:
            assert (entry.default, entry.switch, entry.choices) == ("", False, ())
            assert "one a line" in entry.help


def test_row_3_nothing_names_the_files_that_change_later_steps() -> None:
    named = [
        name
        for _, name in tracked()
        if not name.startswith(("tests/", "docs/", "bench/"))
        and name != "CHANGELOG.md"
        and re.search(rb"GITHUB_(ENV|PATH)\b", (REPOSITORY / name).read_bytes())
    ]
    assert named == []


def test_there_is_no_link() -> None:
    """A link becomes a text file on Windows, and a dangling one breaks every action."""
    assert [name for kind, name in tracked() if kind == "link"] == []


# ---------------------------------------------------------------------------- examples and docs


def fenced(path: Path) -> Iterator[Any]:
    """What the YAML fences of a page hold."""
    text = path.read_text(encoding="utf-8")
    for fence in re.findall(r"^```ya?ml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield read(fence)


def steps_in(node: Any) -> Iterator[list[dict[str, Any]]]:
    """Every list of steps below a node, a bare list of a page's fence too."""
    if isinstance(node, list) and node and all(isinstance(entry, dict) for entry in node):
        if any("uses" in entry or "run" in entry for entry in node):
            yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from steps_in(value)


def sequences() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every list of steps that users may copy, and those of our own manifests and workflows."""
    for path in [*EXAMPLES, *MANIFESTS, *WORKFLOWS]:
        for steps in steps_in(load(path)):
            yield name_of(path), steps
    for path in PAGES:
        for document in fenced(path):
            for steps in steps_in(document):
                yield name_of(path), steps


def part_of(uses: str) -> str | None:
    """The part that a step uses; None where it is another project's or does not exist yet."""
    path, _, _ = uses.partition("@")
    if path == OWN:
        return ROOT_PART
    name = path.removeprefix(f"{OWN}/").removeprefix("actions/")
    return name if path.startswith(f"{OWN}/") and name in PARTS else None


def test_the_examples_are_found() -> None:
    uses = [step["uses"] for _, steps in sequences() for step in steps if "uses" in step]
    assert len([use for use in uses if part_of(use) == "audit"]) >= 3


def test_every_input_given_is_declared() -> None:
    wrong = []
    for place, steps in sequences():
        for step in steps:
            name = part_of(step.get("uses", ""))
            if name is not None:
                known = {entry.name for entry in PARTS[name].action_inputs}
                wrong += [f"{place}: {key}" for key in step.get("with", {}) if key not in known]
    assert wrong == []


def test_every_value_given_is_one_of_the_choices() -> None:
    wrong = []
    for place, steps in sequences():
        for step in steps:
            name = part_of(step.get("uses", ""))
            if name is None:
                continue
            given = step.get("with", {})
            wrong += [
                f"{place}: {entry.name}: {given[entry.name]}"
                for entry in PARTS[name].action_inputs
                if entry.choices and given.get(entry.name, entry.default) not in entry.choices
            ]
    assert wrong == []


def test_every_output_used_is_defined() -> None:
    used = 0
    wrong = []
    for place, steps in sequences():
        by_id = {step["id"]: step for step in steps if "id" in step}
        for id_, output in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", str(steps)):
            used += 1
            step = by_id.get(id_)
            name = part_of(step.get("uses", "")) if step else None
            if step is None or (name is not None and output not in PARTS[name].outputs):
                wrong.append(f"{place}: steps.{id_}.outputs.{output}")
    assert used > 0
    assert wrong == []


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def default(entry: Declared) -> str:
    return f"`{entry.default}`" if entry.default else ""


def tables(path: Path) -> dict[str, list[str]]:
    """The rows of a page's tables, by the heading of their first column."""
    found: dict[str, list[str]] = {}
    for table in re.findall(r"(?:^\|.*\|\n)+", path.read_text(encoding="utf-8"), re.MULTILINE):
        head, _, *rows = table.splitlines()
        found.setdefault(head.strip("| ").split(" | ")[0], []).extend(rows)
    return found


@every_part
def test_the_tables_of_the_page_are_the_declaration(part: Part) -> None:
    shown = tables(part.page)
    assert shown["Input"] == [
        row(f"`{entry.name}`", default(entry), entry.help) for entry in part.action_inputs
    ]
    assert shown["Option"] == [row(f"`--{entry.name}`", entry.help) for entry in part.options]
    assert shown["Output"] == [row(f"`{name}`", help_) for name, help_ in part.outputs.items()]


@pytest.mark.act
@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=name_of)
def test_act_s_strict_reading_accepts(path: Path) -> None:
    assert validate(path) == ""


@pytest.mark.act
def test_act_s_strict_reading_refuses_a_misspelt_key(tmp_path: Path) -> None:
    path = tmp_path / "misspelt.yml"
    path.write_text("on: push\njobs: {a: {runs-on: x, step: []}}\n", encoding="utf-8")
    assert "step" in validate(path)
