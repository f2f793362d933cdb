from __future__ import annotations

from ceremony.model import Finding, InputError, Place, Severity, Skipped
from ceremony.report import markdown
from ceremony.rules.audit.outcome import Outcome


def _found(file: str, line: int, severity: Severity, message: str = "No owner") -> Finding:
    return Finding(
        rule="domain-owner-missing",
        severity=severity,
        place=Place(file=file, line=line),
        message=message,
        help="Name an owner",
        subject=f"{file}{line}",
    )


def test_the_verdict_comes_first_then_documents_the_failing_one_open() -> None:
    outcome = Outcome(
        findings=(
            _found("a.md", 3, Severity.NOTE),
            _found("b.md", 4, Severity.ERROR),
            _found("b.md", 9, Severity.WARNING),
        ),
        documents=("a.md", "b.md"),
        skipped=(Skipped(rule="branch-behind", reason="asks GitHub"),),
        notices=("The clone is shallow",),
        known=2,
    )
    page = f"{markdown.PAGES}domain-owner-missing.md"
    assert markdown.render(outcome) == (
        "**Audit failed: 1 error, 1 warning, 1 note in 2 documents**\n\n"
        "| errors | warnings | notes |\n| --: | --: | --: |\n| 1 | 1 | 1 |\n\n"
        "Set aside: 2 known to the baseline\n\n"
        "Notice: The clone is shallow\n\n"
        "<details open>\n<summary><code>b.md</code>: 1 error, 1 warning</summary>\n\n"
        f"- line `4`, **error** [domain-owner-missing]({page}): No owner\n"
        f"- line `9`, **warning** [domain-owner-missing]({page}): No owner\n"
        "\n</details>\n\n"
        "<details>\n<summary><code>a.md</code>: 1 note</summary>\n\n"
        f"- line `3`, **note** [domain-owner-missing]({page}): No owner\n"
        "\n</details>\n\n"
        "<details>\n<summary>What to do</summary>\n\n"
        f"- [domain-owner-missing]({page}): Name an owner\n"
        "\n</details>\n\n"
        "<details>\n<summary>1 rule skipped</summary>\n\n"
        "- asks GitHub: `branch-behind`\n"
        "\n</details>\n"
    )


def test_without_findings_nothing_is_folded() -> None:
    assert markdown.render(Outcome(documents=("a.md",))) == (
        "**Audit passed: no findings in 1 document**\n\n"
        "| errors | warnings | notes |\n| --: | --: | --: |\n| 0 | 0 | 0 |\n"
    )


def test_a_refusal_has_its_reason_and_no_counts() -> None:
    assert markdown.render(Outcome(refusal="Use pull requests")) == (
        "**Audit refused to judge**\n\nUse pull requests\n"
    )


def test_what_stops_the_run_is_said() -> None:
    error = InputError("no rule `x`", file=".github/ceremony.yml", line=3)
    assert markdown.failure(error) == (
        "**ceremony could not run**\n\n`.github/ceremony.yml:3`: no rule `x`\n"
    )


def test_other_ends_and_notices_are_counted_where_they_are_many() -> None:
    related = tuple(Place(file="b.md", line=line) for line in range(1, 13))
    found = Finding(
        rule="state-unknown",
        severity=Severity.WARNING,
        place=Place(file="a.md", line=1),
        message="m",
        help="",
        subject="s",
        related=related,
    )
    shown = markdown.render(Outcome(findings=(found,), notices=("Read",) * 52))
    assert "`b.md:10` and 2 more)" in shown
    assert shown.count("Notice: Read") == 50
    assert "2 more notices are in the JSON report." in shown
    assert "What to do" not in shown


def test_a_place_that_the_message_names_is_not_named_again() -> None:
    found = _found("a.md", 3, Severity.NOTE, "So say b.md:24, sub/b.md:7 and b.md line 9")
    places = tuple(Place(file="b.md", line=line) for line in (24, 2, 7, 9))
    shown = markdown.render(Outcome(findings=(found._replace(related=places),)))
    said = "So say `b.md:24`, `sub/b.md:7` and `b.md` line 9"
    assert f"{said} (also `b.md:2`, `b.md:7`)\n" in shown
    shown = markdown.render(Outcome(findings=(found._replace(related=places[:1]),)))
    assert "also" not in shown
