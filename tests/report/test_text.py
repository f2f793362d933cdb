from __future__ import annotations

from ceremony.model import Finding, Place, Severity, Skipped
from ceremony.report import text
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
            Skipped(rule="branch-behind", reason="asks GitHub"),
            Skipped(rule="proposal-stale", reason="reads history"),
            Skipped(rule="branch-not-green", reason="asks GitHub"),
        ),
        notices=("The configuration is the base branch's",),
        ignored=1,
        known=2,
        inherited=3,
        excerpts={("MILESTONES.latest.md", 12): "| Security | TBD |", ("a.md", 1): "# A"},
    )
    assert text.render(outcome) == (
        "MILESTONES.latest.md:12:3 error domain-owner-missing: Domain Security has no owner\n"
        "    | | Security | TBD |\n"
        "    |   ^\n"
        "    also: GOVERNANCE.md:1, GOVERNANCE.md:2, GOVERNANCE.md:3, GOVERNANCE.md:4, "
        "GOVERNANCE.md:5 and 2 more\n"
        "    do: Name an owner\n"
        "\n"
        "a.md:1:1 note metadata-missing: No version\n"
        "    | # A\n"
        "\n"
        "3 rules skipped:\n"
        "    asks GitHub: branch-behind, branch-not-green\n"
        "    reads history: proposal-stale\n"
        "Notice: The configuration is the base branch's\n"
        "Set aside: 1 ignored by a comment, 2 known to the baseline, 3 on the base as well\n"
        "audit failed: 1 error, 1 note in 2 documents\n"
    )


def test_nothing_found() -> None:
    assert text.render(Outcome(documents=("a.md",))) == "audit passed: no findings in 1 document\n"


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
    lines = text.render(Outcome(findings=(found,), excerpts={("a.md", 1): source}), width=60)
    shown, caret = lines.splitlines()[1:3]
    assert len(shown) <= 60
    assert shown[caret.index("^") :].startswith("HERE")
    assert shown.startswith("    | …a")
    assert shown.endswith("b…")


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
