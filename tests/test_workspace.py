"""The files of a checkout: no link is followed, no device opened, nothing outside is looked at."""

from __future__ import annotations

import datetime as dt
import os
import stat
import sys
from pathlib import Path

import pytest

from ceremony.actions.audit import Context, Inputs, audit
from ceremony.config import Config
from ceremony.discovery import find, kind_of, load, matches
from ceremony.model import InputError, Kind, Version
from ceremony.report import as_json, markdown, sarif, text
from ceremony.rules.audit.registry import Layout
from ceremony.workspace import (
    MAX_WORKFLOW_BYTES,
    MAX_WORKFLOWS,
    Checkout,
    Unreadable,
    probe,
    workflows,
)

links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
LATEST = "# MILESTONES - Latest\n"
SECRET = "canary-4f1b-never-to-be-shown"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    return root


def context(root: Path) -> Context:
    return Context(workspace=root, today=dt.date(2026, 1, 2))


# ---------------------------------------------------------------------------- names and bytes


def test_names_and_what_they_are(tmp_path: Path) -> None:
    files = Checkout(write(tmp_path, {"a.md": "x", "docs/b.md": "y"}))
    assert files.names("") == {"a.md": "file", "docs": "folder"}
    assert files.names("docs") == {"b.md": "file"}
    assert files.names("a.md") == {}
    assert files.names("nowhere") == {}
    assert files.names("../") == {}


def test_a_read_stops_one_byte_behind_the_limit(tmp_path: Path) -> None:
    files = Checkout(write(tmp_path, {"a.md": "abcdef"}))
    assert files.read("a.md") == b"abcdef"
    assert files.read("a.md", 3) == b"abcd"


@pytest.mark.parametrize("path", ["b.md", "docs/a.md", "../a.md", "docs/../a.md", "A.md", "/a.md"])
def test_what_is_not_there(tmp_path: Path, path: str) -> None:
    files = Checkout(write(tmp_path / "root", {"a.md": "x", "docs/c.md": "y"}))
    write(tmp_path, {"a.md": "outside"})
    with pytest.raises(FileNotFoundError):
        files.read(path)


def test_names_are_compared_in_their_exact_case(tmp_path: Path) -> None:
    files = Checkout(write(tmp_path, {"Docs/a.md": "x"}))
    assert probe(files, ["Docs/a.md", "docs/a.md", "Docs/A.md", "Docs", "/Docs/", "no"]) == (
        {"Docs/a.md"},
        {"Docs", "/Docs/"},
        set(),
    )


def test_a_folder_that_goes_away_is_empty(tmp_path: Path) -> None:
    files = Checkout(write(tmp_path, {"docs/a.md": "x"}))
    assert files.names("") == {"docs": "folder"}
    (tmp_path / "docs" / "a.md").unlink()
    (tmp_path / "docs").rmdir()
    assert files.names("docs") == {}


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").mkdir()
    with pytest.raises(Unreadable, match="is a folder"):
        Checkout(tmp_path).read("a.md")


@links
@pytest.mark.parametrize(
    "target", ["/proc/self/environ", "b.md", "nowhere", "a.md", "/dev/zero", "."]
)
def test_a_link_is_not_read(tmp_path: Path, target: str) -> None:
    write(tmp_path, {"b.md": SECRET})
    (tmp_path / "a.md").symlink_to(target)
    files = Checkout(tmp_path)
    assert files.names("")["a.md"] == "other"
    with pytest.raises(Unreadable, match="is a link or a special file"):
        files.read("a.md")
    assert probe(files, ["a.md", "a.md/b.md"]) == (set(), set(), {"a.md"})


@links
def test_a_link_to_a_folder_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "outside", {"MILESTONES.latest.md": LATEST})
    root = write(tmp_path / "root", {"a.md": "x"})
    (root / "docs").symlink_to(tmp_path / "outside")
    files = Checkout(root)
    assert files.names("docs") == {}
    with pytest.raises(FileNotFoundError):
        files.read("docs/MILESTONES.latest.md")
    assert find(files, Config()) == ()
    assert find(files, Config(home="docs")) == ()


@links
def test_a_name_that_changes_before_it_is_opened(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "x", "b.md": SECRET})
    files = Checkout(tmp_path)
    assert files.names("")["a.md"] == "file"
    (tmp_path / "a.md").unlink()
    (tmp_path / "a.md").symlink_to("b.md")
    with pytest.raises(Unreadable, match="cannot be opened"):
        files.read("a.md")


@links
def test_a_pipe_that_takes_a_files_place_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "x"})
    files = Checkout(tmp_path)
    assert files.names("")["a.md"] == "file"
    (tmp_path / "a.md").unlink()
    os.mkfifo(tmp_path / "a.md")
    with pytest.raises(Unreadable, match="special file"):
        files.read("a.md")
    assert Checkout(tmp_path).names("") == {"a.md": "other"}
    with pytest.raises(Unreadable, match="special file"):
        Checkout(tmp_path).read("a.md")


def test_a_file_that_goes_away_is_unreadable(tmp_path: Path) -> None:
    files = Checkout(write(tmp_path, {"a.md": "x"}))
    assert files.names("") == {"a.md": "file"}
    (tmp_path / "a.md").unlink()
    with pytest.raises(Unreadable, match="cannot be opened"):
        files.read("a.md")


# ---------------------------------------------------------------------------- row 12


@links
def test_threat_12_a_symlinked_document_is_a_finding_without_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    root = write(tmp_path, {"MILESTONES.latest.md": LATEST})
    (root / "GOVERNANCE.md").symlink_to("/proc/self/environ")
    outcome = audit(Inputs(), context(root))
    (found,) = [
        f
        for f in outcome.findings
        if f.place.file == "GOVERNANCE.md" and f.place.line == 1 and "link" in f.message
    ]
    assert "is a link or a special file" in found.message
    for shown in (
        text.render(outcome, colour=False),
        as_json.render(outcome),
        markdown.render(outcome),
    ):
        assert "GOVERNANCE.md" in shown
        assert SECRET not in shown
    assert SECRET not in sarif.render(outcome, "")


@links
def test_threat_12_a_symlinked_root_or_configuration_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "real", {"MILESTONES.latest.md": LATEST})
    (tmp_path / "linked").symlink_to("real")
    with pytest.raises(InputError, match="goes through a link"):
        audit(Inputs(root="linked"), context(tmp_path))
    (tmp_path / "real" / ".github").mkdir()
    (tmp_path / "real" / ".github" / "ceremony.yml").symlink_to("/proc/self/environ")
    with pytest.raises(InputError, match="must be a regular file"):
        audit(Inputs(root="real"), context(tmp_path))


@links
def test_threat_12_a_symlinked_baseline_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path, {"MILESTONES.latest.md": LATEST})
    (root / "known.json").symlink_to("/dev/zero")
    with pytest.raises(InputError, match="must be a regular file"):
        audit(Inputs(baseline="known.json"), context(root))


# ---------------------------------------------------------------------------- workflows


def test_workflows(tmp_path: Path) -> None:
    files = {".github/workflows/b.yaml": "on: push\n", ".github/workflows/a.yml": "é\n"}
    root = write(
        tmp_path, {**files, ".github/workflows/c.md": "x", ".github/workflows/d/e.yml": "y"}
    )
    (root / ".github/workflows/f.yml").write_bytes(b"\xff")
    (root / ".github/workflows/large.yml").write_bytes(b"#" * (MAX_WORKFLOW_BYTES + 1))
    (root / ".github/workflows/linked.yml").symlink_to(root / ".github/workflows/a.yml")
    assert workflows(Checkout(root)) == {
        **files,
        ".github/workflows/f.yml": "\ufffd",
        ".github/workflows/large.yml": "",
    }


def test_so_many_workflows_are_not_all_read(tmp_path: Path) -> None:
    many = {f".github/workflows/{n:04}.yml": "on: push\n" for n in range(MAX_WORKFLOWS + 5)}
    found = workflows(Checkout(write(tmp_path, many))) or {}
    assert list(found.values()).count("") == 5
    assert len(found) == MAX_WORKFLOWS + 5


def test_without_their_folder_there_are_no_workflows(tmp_path: Path) -> None:
    assert workflows(Checkout(write(tmp_path, {"a.md": "x"}))) is None
    assert workflows(Checkout(write(tmp_path, {".github/workflows": "a file"}))) is None


# ---------------------------------------------------------------------------- which are documents


@pytest.mark.parametrize(
    ("path", "roadmap", "kind"),
    [
        ("GOVERNANCE.md", "roadmap.md", Kind.GOVERNANCE),
        ("docs/MILESTONES.latest.md", "roadmap.md", Kind.LATEST),
        ("MILESTONES.Latest.md", "roadmap.md", Kind.OTHER),
        ("MILESTONES.vnext.md", "roadmap.md", Kind.FROZEN),
        ("docs/roadmap.md", "roadmap.md", Kind.ROADMAP),
        ("docs/roadmap.md", "plans/roadmap.md", Kind.OTHER),
        ("plans/next.md", "plans/next.md", Kind.ROADMAP),
        ("README.md", "roadmap.md", Kind.OTHER),
    ],
)
def test_kind_of(path: str, roadmap: str, kind: Kind) -> None:
    assert kind_of(path, roadmap=roadmap) == (kind, None)


def test_a_frozen_document_has_its_version() -> None:
    assert kind_of("MILESTONES.v1.2.3-beta.md") == (Kind.FROZEN, Version.parse("v1.2.3-beta"))


@pytest.mark.parametrize(
    ("pattern", "path", "yes"),
    [
        ("a.md", "a.md", True),
        ("a.md", "docs/a.md", True),
        ("a.md", "docs/b.md", False),
        ("*.md", "x/y/z.md", True),
        ("?.md", "ab.md", False),
        ("docs/*.md", "docs/a.md", True),
        ("docs/*.md", "docs/old/a.md", False),
        ("docs/**", "docs/old/a.md", True),
        ("docs/**/a.md", "docs/a.md", True),
        ("old", "docs/old/a.md", True),
        ("docs/old", "docs/old/a.md", True),
        ("docs/old", "x/docs/old/a.md", False),
        ("a.md", "axmd", False),
        ("A.md", "a.md", False),
        ("[a].md", "a.md", False),
        ("[a].md", "[a].md", True),
        ("docs/**/b.md", "docs/x/y/b.md", True),
        ("**/archive/**", "archive/b.md", True),
        ("docs/old", "docs/older/a.md", False),
        ("a*" * 60 + "b", "a" * 250, False),
    ],
)
def test_matches(pattern: str, path: str, *, yes: bool) -> None:
    assert matches(pattern, path) is yes


def test_of_a_kind_that_is_there_twice_the_first_homes_counts(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "GOVERNANCE.md": "x",
            "docs/GOVERNANCE.md": "y",
            "docs/MILESTONES.latest.md": "z",
            "docs/MILESTONES.v1.0.0-alpha.md": "f",
            "MILESTONES.v1.0.0-beta.md": "g",
            "docs/README.md": "r",
            ".github/MILESTONES.main.md": "m",
            "src/MILESTONES.main.md": "n",
        },
    )
    assert [(e.path, e.kind) for e in find(Checkout(root), Config())] == [
        (".github/MILESTONES.main.md", Kind.MAIN),
        ("GOVERNANCE.md", Kind.GOVERNANCE),
        ("MILESTONES.v1.0.0-beta.md", Kind.FROZEN),
        ("docs/MILESTONES.latest.md", Kind.LATEST),
        ("docs/MILESTONES.v1.0.0-alpha.md", Kind.FROZEN),
    ]
    found = find(
        Checkout(root),
        Config(home="docs", ignore=("*-beta.md",), extra=("src/MILESTONES.main.md",)),
    )
    assert [e.path for e in found] == [
        ".github/MILESTONES.main.md",
        "docs/GOVERNANCE.md",
        "docs/MILESTONES.latest.md",
        "docs/MILESTONES.v1.0.0-alpha.md",
        "src/MILESTONES.main.md",
    ]


def test_extra_documents(tmp_path: Path) -> None:
    root = write(tmp_path, {"docs/plan.md": "# Plan\n"})
    (root / "folder.md").mkdir()
    layout = Layout(roadmap="docs/plan.md")
    config = Config(extra=("docs/plan.md", "folder.md"), layout=layout)
    seen: list[int] = []
    documents = load(Checkout(root), find(Checkout(root), config), progress=seen.append)
    assert [(d.path, d.kind, [f.message for f in d.faults]) for d in documents] == [
        ("docs/plan.md", Kind.ROADMAP, []),
        ("folder.md", Kind.OTHER, ["is a folder"]),
    ]
    assert seen == [1, 2]


def test_an_extra_document_that_is_not_there_is_bad_configuration(tmp_path: Path) -> None:
    checkout = Checkout(write(tmp_path, {"a.md": "x"}))
    with pytest.raises(InputError, match=r"`documents.extra` names 'no.md', which does not exist"):
        load(checkout, find(checkout, Config(extra=("no.md",))))


def test_many_documents_are_read_alike_by_several_processes(tmp_path: Path) -> None:
    body = "word " * 12_000 + "\n\n"
    names = [f"MILESTONES.v1.{n}.0-alpha.md" for n in range(40)]
    root = write(tmp_path, {name: f"# {name}\n\n{body * 2}" for name in names})
    files = Checkout(root)
    documents = load(files, find(files, Config()))
    assert sum(len((root / name).read_bytes()) for name in names) >= 4 * 1024 * 1024
    assert [d.title_line for d in documents] == [1] * len(names)
    assert [d.sections[1].title.plain for d in documents] == sorted(names)


def test_a_document_that_is_too_large_is_a_fault_and_not_all_of_it_is_read(tmp_path: Path) -> None:
    root = tmp_path
    with (root / "MILESTONES.latest.md").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    files = Checkout(root)
    (document,) = load(files, find(files, Config()))
    assert [f.message for f in document.faults] == ["is larger than 2048 KiB, so it was not read"]
    assert stat.S_ISREG((root / "MILESTONES.latest.md").stat().st_mode)
