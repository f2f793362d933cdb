"""Reads the examples of a rule's page: the page is the table that its test runs."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ceremony.actions.audit import gather, silent
from ceremony.config import Config
from ceremony.discovery import kind_of
from ceremony.documents import read
from ceremony.model import Hit, Kind
from ceremony.rules.audit import RULES
from ceremony.rules.audit.registry import Project, Tree
from ceremony.workspace import Checkout
from tests.support.repositories import commit, git, repository

PAGES = Path(__file__).parent.parent / "docs" / "rules"
_FOUND = re.compile(r"`([^`:]+):([0-9]+)`")
_JUDGED = re.compile(r"Judged on ([0-9-]+)\.")


class Commit(NamedTuple):
    """One commit of an example about history."""

    date: str
    branch: str
    files: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Example:
    """One example of a page: its files and the places where the rule must find something."""

    rule: str
    heading: str
    line: int
    files: dict[str, str]
    finds: tuple[tuple[str, int], ...]
    commits: tuple[Commit, ...] = ()
    branches: tuple[str, ...] = ()
    """Branches and tags made at the last commit of main."""
    day: dt.date = dt.date(2026, 1, 31)

    @property
    def id(self) -> str:
        return f"{self.rule}:{self.line}:{self.heading}"


def examples(page: Path) -> list[Example]:
    """Every example under a heading that starts with Bad or Good.

    A fence ``markdown file=NAME`` (or ``yaml file=NAME``) is a file of the example; a line
    ``Finds: `NAME:LINE`, …`` closes a bad one; an example may be split from the next one under the
    same heading by a ``---`` line.

    An example about history says in each fence which commit left the file so:
    ``commit=2026-01-05``, and ``on=latest`` where that commit is not on main; a new branch leaves
    main where main then is. ``Judged on 2026-03-01.`` gives the day, and a fence ``text branches``
    names branches and, after ``tag``, tags that stand at main's last commit.
    """
    document = read(page.name, page.read_bytes(), kind=Kind.OTHER)
    found: list[Example] = []
    for section in document.sections:
        word = section.name.split()[0].rstrip(":").lower() if section.name.split() else ""
        if word not in {"bad", "good"}:
            continue
        files: dict[str, str] = {}
        line = section.line
        commits: list[Commit] = []
        branches: tuple[str, ...] = ()
        for fence in section.fences:
            if fence.info == "text branches":
                branches = fence.content
                continue
            match = re.search(r"\bfile=(\S+)", fence.info)
            assert match, f"{page.name}:{fence.line}: the fence names no file"
            files[match[1]] = "\n".join(fence.content) + "\n"
            when = re.search(r"\bcommit=(\S+)", fence.info)
            branch = re.search(r"\bon=(\S+)", fence.info)
            if when:
                new = Commit(date=when[1], branch=branch[1] if branch else "main", files={})
                if not commits or commits[-1][:2] != new[:2]:
                    commits.append(new)
                commits[-1].files[match[1]] = files[match[1]]
        places: list[tuple[str, int]] = []
        judged = None
        for paragraph in section.paragraphs:
            judged = _JUDGED.search(paragraph.plain) or judged
            if paragraph.plain.startswith("Finds:"):
                raw = " ".join(text.raw for text in paragraph.lines)
                places = [(m[1], int(m[2])) for m in _FOUND.finditer(raw)]
        assert files, f"{page.name}:{line}: the example has no file"
        assert bool(places) == (word == "bad"), (
            f"{page.name}:{line}: a bad example finds, a good one doesn't"
        )
        found.append(
            Example(
                rule=page.stem,
                heading=section.name,
                line=line,
                files=files,
                finds=tuple(sorted(places)),
                commits=tuple(commits),
                branches=branches,
                day=dt.date.fromisoformat(judged[1]) if judged else Example.day,
            )
        )
    return found


def project(files: dict[str, str]) -> Project:
    """A project of exactly these files."""
    documents = []
    workflows: dict[str, str] = {}
    for path, text in sorted(files.items()):
        if path.startswith(".github/workflows/"):
            workflows[path] = text
        elif path.endswith(".md"):
            kind, version = kind_of(path)
            documents.append(read(path, text, kind=kind, version=version))
    folders = {str(parent) for path in files for parent in Path(path).parents if str(parent) != "."}
    return Project(
        documents=tuple(documents),
        tree=Tree(
            files=frozenset(files),
            folders=frozenset(folders),
            workflows=workflows or None,
        ),
    )


def hits(rule: str, files: dict[str, str]) -> list[Hit]:
    """What one rule finds in a project of these files."""
    check = RULES[rule].check
    assert check is not None
    return list(check(project(files)))


def played(example: Example, folder: Path) -> list[Hit]:
    """What an example's rule finds in a real repository with its commits and branches."""
    repository(folder)
    made = {"main"}
    on = "main"
    for step in example.commits:
        if step.branch not in made:
            git(folder, "checkout", "-q", "-b", step.branch, "main")
            made.add(step.branch)
        elif step.branch != on:
            git(folder, "checkout", "-q", step.branch)
        on = step.branch
        commit(folder, step.files, date=f"{step.date}T12:00:00+00:00")
    if on != "main":
        git(folder, "checkout", "-q", "main")
    for name in example.branches:
        git(folder, *(("tag", name[4:]) if name.startswith("tag ") else ("branch", name)))
    facts = gather(Checkout(folder), Config(), example.day, silent, past=(folder, "HEAD"))
    check = RULES[example.rule].check
    assert check is not None
    return list(check(facts))
