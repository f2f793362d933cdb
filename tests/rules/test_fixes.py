"""What has exactly one right answer is mended, and nothing else is touched."""

from __future__ import annotations

import pytest

from ceremony.rules.audit import run
from ceremony.rules.audit.fixes import fixes
from tests.rulepages import project

# ruff: noqa: E501 -- a case reads best on one line

HEAD = "# MILESTONES - Latest\n\n**Branch**: `latest`\n**Last Updated**: 2026-01-18\n\n---\n\n"


def mended(files: dict[str, str]) -> dict[str, str]:
    """The documents that a fix would change, as they would be."""
    whole = project(files)
    found = fixes(whole, lambda project: run(project, severities={})[0])
    return {after.path: "\n".join(after.lines) for _, after in found}


CASES = {
    "branch in a code span": (
        "**Branch**: `latest`",
        "**Branch**: `main`",
        "**Branch**: `latest`",
    ),
    "branch in plain words": (
        "**Branch**: `latest`",
        "**Branch**: trunk",
        "**Branch**: `latest`",
    ),
    "pipe in a code span": (
        "---\n\n",
        "---\n\n| A | B |\n|---|---|\n| `x|y` | z |\n\n",
        "---\n\n| A | B |\n|---|---|\n| `x\\|y` | z |\n\n",
    ),
    "fence that holds a fence": (
        "---\n\n",
        "---\n\n```markdown\n```suggestion\nx\n```\n```\n\n## Lost\n\n```bash\nls\n```\n\n",
        "---\n\n````markdown\n```suggestion\nx\n```\n````\n\n## Lost\n\n```bash\nls\n```\n\n",
    ),
    "fence that holds one of another kind": (
        "---\n\n",
        "---\n\n```markdown\n~~~\nx\n~~~\n```suggestion\nx\n```\n```\n\n## Lost\n\n```bash\nls\n```\n",
        "---\n\n````markdown\n~~~\nx\n~~~\n```suggestion\nx\n```\n````\n\n## Lost\n\n```bash\nls\n```\n",
    ),
    "comment that excuses nothing": (
        "---\n\n",
        "---\n\n<!-- ceremony: ignore state-missing: settled in May -->\n\n",
        "---\n\n\n",
    ),
}


@pytest.mark.parametrize(("place", "bad", "good"), CASES.values(), ids=CASES)
def test_one_right_answer(place: str, bad: str, good: str) -> None:
    text = HEAD + "## Scope\n\nText.\n"
    assert place in text
    spoilt, expected = text.replace(place, bad, 1), text.replace(place, good, 1)
    assert mended({"MILESTONES.latest.md": spoilt}) == {"MILESTONES.latest.md": expected}
    assert mended({"MILESTONES.latest.md": expected}) == {}


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "| A | B |\n|---|---|\n| x |\n",
        HEAD + "| A | B |\n|---|---|\n| x | y | z |\n",
        HEAD + "Text. <!-- ceremony: ignore state-missing: settled in May -->\n",
        HEAD + "```markdown\ntext\n\n## Lost\n\ntext\n",
        HEAD + "[gone](./gone.md)\n",
        HEAD
        + "> ```markdown\n> ```suggestion\n> x\n> ```\n> ```\n>\n> # Lost\n>\n> ```\n> x\n> ```\n",
    ],
    ids=[
        "too few cells",
        "too many cells",
        "comment inside a line",
        "no second end",
        "dead link",
        "quoted",
    ],
)
def test_more_than_one_answer_is_left_to_people(text: str) -> None:
    assert mended({"MILESTONES.latest.md": text}) == {}


def test_a_frozen_document_is_never_touched() -> None:
    name = "MILESTONES.v1.0.0-alpha.md"
    text = HEAD.replace("`latest`", "`main`") + "| A | B |\n|---|---|\n| `x|y` | z |\n"
    assert mended({name: text}) == {}


def test_an_edit_that_brings_a_finding_is_not_made() -> None:
    # Longer marks would free the heading, and the freed heading holds a dead link.
    text = (
        HEAD
        + "```markdown\n```suggestion\nx\n```\n```\n\n## Lost\n\n[gone](./gone.md)\n\n```\nx\n```\n"
    )
    assert mended({"MILESTONES.latest.md": text}) == {}
