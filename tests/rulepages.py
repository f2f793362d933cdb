"""Reads the examples of a rule's page: the page is the table that its test runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ceremony.discovery import kind_of
from ceremony.documents import read
from ceremony.model import Hit, Kind
from ceremony.rules.audit import RULES
from ceremony.rules.audit.registry import Project, Tree

PAGES = Path(__file__).parent.parent / "docs" / "rules"
_FOUND = re.compile(r"`([^`:]+):([0-9]+)`")


@dataclass(frozen=True, kw_only=True)
class Example:
    """One example of a page: its files and the places where the rule must find something."""

    rule: str
    heading: str
    line: int
    files: dict[str, str]
    finds: tuple[tuple[str, int], ...]

    @property
    def id(self) -> str:
        return f"{self.rule}:{self.line}:{self.heading}"


def examples(page: Path) -> list[Example]:
    """Every example under a heading that starts with Bad or Good.

    A fence ``markdown file=NAME`` (or ``yaml file=NAME``) is a file of the example; a line
    ``Finds: `NAME:LINE`, …`` closes a bad one; an example may be split from the next one under the
    same heading by a ``---`` line.
    """
    document = read(page.name, page.read_bytes(), kind=Kind.OTHER)
    found: list[Example] = []
    for section in document.sections:
        word = section.name.split()[0].rstrip(":").lower() if section.name.split() else ""
        if word not in {"bad", "good"}:
            continue
        files: dict[str, str] = {}
        line = section.line
        for fence in section.fences:
            match = re.search(r"\bfile=(\S+)", fence.info)
            assert match, f"{page.name}:{fence.line}: the fence names no file"
            files[match[1]] = "\n".join(fence.content) + "\n"
        places: list[tuple[str, int]] = []
        for paragraph in section.paragraphs:
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
