"""What a project writes by hand before a cut: grep the tables, compare the manifests' versions."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

SETTLED = ("resolved", "deferred", "accepted", "rejected")


def rows(text: str, heading: str) -> list[tuple[int, list[str]]]:
    """The rows of the tables below a heading, with their lines."""
    found: list[tuple[int, list[str]]] = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            inside = heading in line.lower()
        elif inside and line.startswith("|") and not re.match(r"\|[\s:|-]+$", line):
            found.append((number, [cell.strip(" `*") for cell in line.strip("|").split("|")]))
    return found


def document(text: str) -> list[str]:
    said: list[str] = []
    for number, cells in rows(text, "blocker registry"):
        if re.match(r"B\d", cells[0]) and not set(SETTLED) & {cell.lower() for cell in cells}:
            said.append(f"{number}: blocker {cells[0]} is open")
    for number, cells in rows(text, "milestones"):
        if {"PROPOSED", "BLOCKED"} & set(cells):
            said.append(f"{number}: {cells[0]} is not agreed")
    for number, cells in rows(text, "scope definition"):
        if "TBD" in cells:
            said.append(f"{number}: the scope holds a TBD")
    for number, cells in rows(text, "signatories"):
        if cells[0].startswith("@") and "Signed" not in cells:
            said.append(f"{number}: {cells[0]} has not signed")
    return said


def manifests(root: Path, version: str) -> list[str]:
    found: dict[str, str] = {}
    if (root / "package.json").exists():
        found["package.json"] = json.loads((root / "package.json").read_text())["version"]
    for name, table in (("Cargo.toml", "package"), ("pyproject.toml", "project")):
        if (root / name).exists():
            found[name] = tomllib.loads((root / name).read_text())[table]["version"]
    return [f"{name}: is {held}, not {version}" for name, held in found.items() if held != version]


def main() -> int:
    root, version = Path(sys.argv[1]), sys.argv[2]
    said = document((root / "MILESTONES.latest.md").read_text(encoding="utf-8"))
    said += manifests(root, version)
    print("\n".join(said) or "go")
    return 1 if said else 0


if __name__ == "__main__":
    raise SystemExit(main())
