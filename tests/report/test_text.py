from __future__ import annotations

from pathlib import Path

import pytest

from ceremony.model import Finding, Place, Severity, Skipped
from ceremony.report import text
from ceremony.rules.audit import RULES
from ceremony.rules.audit.outcome import FailOn, Outcome

FOUND = Finding(
    rule="domain-owner-missing",
    severity=Severity.ERROR,
    place=Place(file="MILESTONES.latest.md", line=12, column=3),
    message="Domain Security has no owner",
    help="Name an owner",
    subject="Security",
    related=tuple(Place(file="GOVERNANCE.md", line=line) for line in range(1, 8)),
)
NOTED = Finding(
    rule="metadata-missing",
    severity=Severity.NOTE,
    place=Place(file="a.md", line=1),
    message="No version",
    help="",
    subject="a.md",
)


def test_a_finding_shows_place_rule_message_line_and_what_to_do() -> None:
    outcome = Outcome(
        findings=(FOUND, NOTED),
        documents=("MILESTONES.latest.md", "a.md"),
        skipped=(
            Skipped(rule="branch-behind", reason=RULES["branch-behind"].awaits),
            Skipped(rule="item-status", reason="turned off in the configuration"),
            Skipped(rule="cut-overdue", reason=RULES["cut-overdue"].awaits),
            Skipped(rule="state-unknown", reason="turned off in the configuration"),
        ),
        notices=("The configuration is the base branch's",),
        ignored=1,
        known=2,
        inherited=3,
        excerpts={("MILESTONES.latest.md", 12): "| Security | TBD |", ("a.md", 1): "# A"},
    )
    assert text.render(outcome) == (
        "a.md:1:1 note metadata-missing: No version\n"
        "    | # A\n"
        "MILESTONES.latest.md:12:3 error domain-owner-missing: Domain Security has no owner\n"
        "    | | Security | TBD |\n"
        "    |   ^\n"
        "    also: GOVERNANCE.md:1, GOVERNANCE.md:2, GOVERNANCE.md:3, GOVERNANCE.md:4, "
        "GOVERNANCE.md:5 and 2 more\n"
        "    do: Name an owner\n"
        "\n"
        "By rule (bin/ceremony audit --explain RULE says why, and what mends it):\n"
        "        1 error   domain-owner-missing\n"
        "        1 note    metadata-missing\n"
        "\n"
        "2 rules skipped: their sources are not read yet (list: --format json)\n"
        "2 rules skipped: turned off in the configuration: item-status, state-unknown\n"
        "Set aside: 1 ignored by a comment, 2 known to the baseline, 3 on the base as well\n"
        "Notice: The configuration is the base branch's\n"
        "audit failed: 1 error, 1 note in 2 documents\n"
    )


def test_nothing_found() -> None:
    assert text.render(Outcome(documents=("a.md",))) == "audit passed: no findings in 1 document\n"
    waiting = Skipped(rule="cut-overdue", reason=RULES["cut-overdue"].awaits)
    assert text.render(Outcome(documents=("a.md",), skipped=(waiting,))) == (
        "1 rule skipped: its source is not read yet (list: --format json)\n"
        "audit passed: no findings in 1 document\n"
    )


def test_the_page_counts_the_rules_that_wait() -> None:
    waiting = [rule for rule in RULES.values() if rule.awaits]
    page = Path(__file__).parents[2] / "docs" / "audit.md"
    assert f"\n{len(waiting)} rules read" in page.read_text("utf-8")


def test_a_rule_s_help_is_said_once() -> None:
    shown = text.render(Outcome(findings=(FOUND,) * 26))
    assert shown.count("domain-owner-missing: Domain Security has no owner\n") == 26
    assert shown.count("do: Name an owner\n") == 1
    assert "       26 error   domain-owner-missing\n" in shown


def test_the_summary_has_the_heaviest_rules_and_counts_the_others() -> None:
    light = [
        NOTED._replace(rule=f"rule-{number:02}", severity=severity)
        for number, severity in enumerate((*[Severity.NOTE] * 9, *[Severity.WARNING] * 5))
        for _ in range(number + 1)
    ]
    shown = text.render(Outcome(findings=(*light, FOUND), documents=("a.md",)))
    head, body, _ = shown.split("\n\n")
    assert head.splitlines()[-1] == "    do: Name an owner"
    heading, *rows, rest = body.splitlines()
    assert heading.startswith("By rule")
    assert [row.split() for row in rows] == [
        ["1", "error", "domain-owner-missing"],
        *([str(number + 1), "warning", f"rule-{number:02}"] for number in range(13, 8, -1)),
        *([str(number + 1), "note", f"rule-{number:02}"] for number in range(8, 2, -1)),
    ]
    assert rest.strip() == "6 findings of 3 more rules"


def test_a_place_that_the_message_names_is_not_named_again() -> None:
    found = FOUND._replace(message="As GOVERNANCE.md:1 and xGOVERNANCE.md:2, GOVERNANCE.md:33 say")
    related = (*FOUND.related[:2], Place(file="GOVERNANCE.md", line=3))
    shown = text.render(Outcome(findings=(found._replace(related=related),)))
    assert "    also: GOVERNANCE.md:2, GOVERNANCE.md:3\n" in shown


def test_findings_below_the_threshold_pass_and_say_so() -> None:
    passed = Outcome(findings=(NOTED,), documents=("a.md",))
    assert text.render(passed).endswith(
        "What was found weighs less than fail-on: error\naudit passed: 1 note in 1 document\n"
    )
    never = Outcome(findings=(FOUND,), documents=("a.md",), fail_on=FailOn.NEVER)
    assert "No finding fails the audit (fail-on: never)\naudit passed" in text.render(never)


def test_a_refusal_says_why() -> None:
    shown = text.render(Outcome(refusal="pull_request_target: use pull_request"))
    assert shown == "pull_request_target: use pull_request\naudit refused to judge\n"


def test_colour_only_where_asked() -> None:
    outcome = Outcome(findings=(FOUND,), excerpts={("MILESTONES.latest.md", 12): "| x |"})
    assert "\x1b" not in text.render(outcome)
    coloured = text.render(outcome, colour=True)
    assert "\x1b[31merror\x1b[0m" in coloured
    assert coloured.replace("\x1b", "").count("[0m") == coloured.count("\x1b[0m")


def test_a_long_line_is_trimmed_around_the_column() -> None:
    source = "a" * 300 + "HERE" + "b" * 300
    found = Finding(
        rule="r",
        severity=Severity.WARNING,
        place=Place(file="a.md", line=1, column=301),
        message="m",
        help="",
        subject="s",
    )
    lines = text.render(Outcome(findings=(found,), excerpts={("a.md", 1): source}))
    shown, caret = lines.splitlines()[1:3]
    assert len(shown) <= text.WIDTH
    assert shown[caret.index("^") :].startswith("HERE")
    assert shown.startswith("    | …a")
    assert shown.endswith("b…")


@pytest.mark.parametrize(
    ("message", "shows"),
    [
        ("This holds “HERE” and `b`", "HERE"),
        ('This holds "a heading" and "HERE"', "HERE"),
        ("This holds `aaa`, at the start", "    | aaaa"),
        ("This quotes nothing", "    | aaaa"),
    ],
)
def test_a_long_line_without_a_column_shows_what_the_message_quotes(
    message: str, shows: str
) -> None:
    found = NOTED._replace(message=message)
    source = "a" * 300 + " HERE " + "b" * 300
    shown = text.render(Outcome(findings=(found,), excerpts={("a.md", 1): source}))
    assert shows in shown.splitlines()[1]
    assert "^" not in shown


def test_a_caret_stands_under_its_word_behind_escapes() -> None:
    found = Finding(
        rule="r",
        severity=Severity.WARNING,
        place=Place(file="a.md", line=1, column=5),
        message="m",
        help="",
        subject="s",
    )
    lines = text.render(Outcome(findings=(found,), excerpts={("a.md", 1): "\t\x1b::X"}))
    shown, caret = lines.splitlines()[1:3]
    assert shown == r"    |  \x1b: :X"
    assert shown[caret.index("^")] == "X"


def test_a_column_beyond_the_line_is_at_its_end() -> None:
    found = Finding(
        rule="r",
        severity=Severity.WARNING,
        place=Place(file="a.md", line=1, column=50),
        message="m",
        help="",
        subject="s",
    )
    lines = text.render(Outcome(findings=(found,), excerpts={("a.md", 1): "abc  "}))
    assert lines.splitlines()[1:3] == ["    | abc", "    |    ^"]
