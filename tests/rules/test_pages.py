"""Every rule has a page, and the page's examples are what the rule finds and passes over."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony.rules.audit import RULES
from tests.rulepages import PAGES, Example, examples, hits, played

EXAMPLES = [
    example
    for page in sorted(PAGES.glob("*.md"))
    if page.stem in RULES
    for example in examples(page)
]


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    pages = {page.stem for page in PAGES.glob("*.md")} - {"README"}
    assert pages == set(RULES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_example(example: Example, tmp_path: Path) -> None:
    found = played(example, tmp_path) if example.commits else hits(example.rule, example.files)
    assert tuple(sorted((hit.place.file, hit.place.line) for hit in found)) == example.finds


@pytest.mark.parametrize("rule", sorted(name for name, rule in RULES.items() if rule.check))
def test_page_has_a_bad_and_a_good_example(rule: str) -> None:
    words = {
        example.heading.split()[0].rstrip(":").lower()
        for example in EXAMPLES
        if example.rule == rule
    }
    assert words == {"bad", "good"}
