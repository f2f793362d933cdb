"""Text that rules' expressions once took quadratic time for: twice of it may cost no more than so.

Row 15 of the threats, for text that only stands for something where a rule looks: a title, a cell,
a criterion.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.rules.audit import RULES
from tests.rulepages import project
from tests.support.growth import assert_linear

SOURCES = Path(__file__).resolve().parents[2] / "src"
LATEST = "MILESTONES.latest.md"
MAIN = "MILESTONES.main.md"
TITLE = """# MILESTONES - Latest

## M1: {}

| ID | Deliverable | Status | Acceptance Criteria |
|--|--|--|--|
| M1.1 | Rota {} | `BLOCKED` | x |

## Blocker Registry

| ID | Section | Blocker | Owner | Status |
|--|--|--|--|--|
| B1 | M1.1 | No macOS keyholder | @a | Open |
"""
STATUS = (
    TITLE.replace("`BLOCKED`", "`BLOCKED` ({})").replace("Rota {}", "b").replace("M1: {}", "M1: a")
)
CRITERIA = TITLE.replace("{}", "a") + "\n## Version Cut Criteria\n\n{}\n\n- {}\n"
MEANINGS = "# A\n\n| Status | Meaning |\n|--|--|\n| {} | b |\n"
MARKED = "# A\n\n## M1: a — proposed {}\n\n**Status**: `ACCEPTED`\n"
FILES = "# A\n\n| File | Status |\n|--|--|\n| A.md | {} |\n"
PROPOSAL = "# A\n\n## Active Proposals\n\n### PROP-1: a\n\n**Category**: {}\n**Author**: {}\n"
GRADUATED = (
    "# A\n\n## Graduated Proposals\n\n| ID | Title | Graduated To |\n|--|--|--|\n"
    "| PROP-1 | Wandering choirs | {} |\n"
)


@pytest.mark.parametrize(
    ("rule", "path", "page", "before", "unit", "after"),
    [
        ("blocker-section-mismatch", LATEST, TITLE, "", "a", ""),
        ("blocker-section-mismatch", LATEST, TITLE, "", "A", ""),
        ("blocker-section-mismatch", LATEST, TITLE, "", "branchc", ""),
        ("blocker-section-mismatch", LATEST, TITLE, "", "a.", ""),
        ("blocker-unregistered", LATEST, STATUS, "", "B.", ""),
        ("cut-gate-incomplete", LATEST, CRITERIA, "", "not ", ""),
        ("cut-gate-incomplete", LATEST, CRITERIA, "", "not . ", ""),
        ("cut-gate-incomplete", LATEST, CRITERIA, "", "high ", ""),
        ("cut-gate-incomplete", LATEST, CRITERIA, "", "critical, ", ""),
        ("cut-gate-incomplete", LATEST, CRITERIA, "", "M1 to ", ""),
        ("vocabulary-drift", LATEST, MEANINGS, "x", " ", "y"),
        ("state-contradiction", LATEST, MARKED, "", " ", "y"),
        ("claim-contradicted", LATEST, FILES, "missing", "()", "y"),
        ("proposal-category", MAIN, PROPOSAL, "x", " ", "y"),
        ("proposal-category", MAIN, PROPOSAL, "x", "_", "y"),
        ("proposal-field-missing", MAIN, PROPOSAL, "x", "<!--", ""),
        ("proposal-field-missing", MAIN, PROPOSAL, "x", "<!---->", ""),
        ("proposal-lost", MAIN, GRADUATED, "", "a", ""),
        ("proposal-lost", MAIN, GRADUATED, "", "<", ""),
    ],
)
def test_a_rule_takes_linear_time(
    rule: str, path: str, page: str, before: str, unit: str, after: str
) -> None:
    check = RULES[rule].check
    assert check is not None

    def make(n: int) -> str:
        return before + unit * n + after

    def work(text: str) -> Callable[[], object]:
        made = project({LATEST: "# A\n\n## M1: a\n", path: page.replace("{}", text)})
        return lambda: list(check(made))

    assert_linear(make, work, 12_000)


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5 loses what such a group has matched (python/cpython#106052)."""
    wrong = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")
    beside = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
    assert wrong.search(beside.sub("x", r"(?:[)*]+|\)*+|b)*+"))
    texts = [
        (path.name, node.lineno, node.value)
        for path in sorted(SOURCES.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "`" not in node.value
    ]
    assert len(texts) > 5_000
    assert [each for each in texts if wrong.search(beside.sub("x", each[2]))] == []
