"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ceremony import config
from ceremony.documents import read
from ceremony.model import Kind
from ceremony.rules.audit import RULES

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/rules/*.md")])


def index() -> str:
    """The list of rules, as docs/rules/README.md must hold it."""
    rows = ["| Rule | Finds | Default |", "|------|-------|---------|"]
    for name in sorted(RULES):
        rule = RULES[name]
        state = "" if rule.check else " (skipped: its source is not read yet)"
        rows.append(f"| [{name}]({name}.md) | {rule.finds}{state} | {rule.severity} |")
    return "\n".join(rows)


def test_the_index_of_rules_is_the_registry() -> None:
    text = (ROOT / "docs/rules/README.md").read_text(encoding="utf-8")
    assert index() in text, f"docs/rules/README.md must hold:\n{index()}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    document = read(page.name, page.read_bytes(), kind=Kind.OTHER)
    for _, text in document.texts():
        for link in text.links:
            target, _, fragment = link.target.partition("#")
            if "://" in target or not (target or fragment):
                continue
            file = (page.parent / target) if target else page
            assert file.exists(), f"{page.name}:{link.line}: {link.target}"
            if fragment and file.suffix == ".md":
                there = read(file.name, file.read_bytes(), kind=Kind.OTHER)
                assert fragment in {section.slug for section in there.sections}, link.target


def test_the_example_configuration_is_valid() -> None:
    page = read("x", (ROOT / "docs/configuration.md").read_bytes(), kind=Kind.OTHER)
    fences = [f for s in page.sections for f in s.fences if f.info == "yaml"]
    assert fences
    for fence in fences:
        config.read("\n".join(fence.content).encode())


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_page_states_its_rules_weight(name: str) -> None:
    text = (ROOT / "docs" / "rules" / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert re.search(rf"^\*\*{RULES[name].severity}\*\*", text, re.MULTILINE)
