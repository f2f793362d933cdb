"""The report for a step summary: the verdict first, then by document, foldable.

Every word that is not this project's own stands in a code span, in an escaped element, or is a
plain word of the allowlist in `escape.prose`: nothing in it can be a heading, a link, an image,
a mention or the end of a fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ceremony.model import Finding, InputError, Severity
from ceremony.report import words
from ceremony.report.escape import code, html, inert, prose
from ceremony.rules.audit.outcome import Outcome

LIMIT = 1_000_000
"""UTF-8 bytes: a runner drops a summary above 1 MiB, whatever else the step has put there."""
NOTICES = 50
RELATED = 10
PAGES = "https://github.com/spiritstream/ceremony/blob/v1/docs/rules/"


def render(outcome: Outcome) -> str:
    """The outcome as GitHub Markdown of at most `LIMIT` bytes; what does not fit is counted."""
    head = _head(outcome)
    advice = {found.rule: found.help for found in outcome.findings}
    foot = _advice(advice) + _skipped(outcome)
    body, left = _body(outcome, LIMIT - words.size(head) - words.size(foot) - 200)
    if left:
        more = words.counted(left, "more finding is", "more findings are")
        body += f"{more} in the JSON report.\n\n"
    return (head + body + foot).rstrip("\n") + "\n"


def failure(error: InputError) -> str:
    """What stopped the run, for the step's summary."""
    return inert(f"**ceremony could not run**\n\n{prose(str(error))}") + "\n"


def _head(outcome: Outcome) -> str:
    counts = outcome.counts
    said = words.verdict(outcome)
    parts = [f"**{said[0].upper()}{said[1:]}**"]
    if outcome.refusal:
        parts.append(prose(outcome.refusal))
    else:
        names = " | ".join(severity.value + "s" for severity in Severity)
        rule = " | ".join("--:" for _ in Severity)
        row = " | ".join(f"{counts[severity]:,}" for severity in Severity)
        parts.append(f"| {names} |\n| {rule} |\n| {row} |")
    parts += filter(None, (words.threshold(outcome), words.aside(outcome)))
    parts += [f"Notice: {prose(notice)}" for notice in outcome.notices[:NOTICES]]
    left = len(outcome.notices) - NOTICES
    if left > 0:
        more = words.counted(left, "more notice is", "more notices are")
        parts.append(f"{more} in the JSON report.")
    return inert("\n\n".join(parts)) + "\n\n"


def _body(outcome: Outcome, budget: int) -> tuple[str, int]:
    """One fold for each document that fits, and the number of findings that do not."""
    files: dict[str, list[Finding]] = {}
    for found in outcome.findings:
        files.setdefault(found.place.file, []).append(found)
    ordered = sorted(files.items(), key=lambda entry: min(f.severity.rank for f in entry[1]))
    parts: list[str] = []
    shown = 0
    for file, findings in ordered:
        opened = not parts and any(found.severity is Severity.ERROR for found in findings)
        summary = _summary(file, findings)
        top = f"<details{' open' if opened else ''}>\n<summary>{summary}</summary>\n\n"
        end = "\n</details>\n\n"
        budget -= words.size(top) + words.size(end)
        items: list[str] = []
        for found in findings:
            item = _item(found)
            budget -= words.size(item)
            if budget < 0:
                break
            items.append(item)
        if items:
            parts.append(top + "".join(items) + end)
            shown += len(items)
        if budget < 0:
            break
    return "".join(parts), len(outcome.findings) - shown


def _summary(file: str, findings: Iterable[Finding]) -> str:
    found = list(findings)
    counts = ", ".join(
        words.counted(number, severity.value)
        for severity in Severity
        if (number := sum(entry.severity is severity for entry in found))
    )
    return f"<code>{html(file)}</code>: {counts}"


def _item(found: Finding) -> str:
    text = (
        f"- line {code(str(found.place.line))}, **{found.severity.value}** "
        f"{_rule(found.rule)}: {prose(found.message)}"
    )
    elsewhere = words.elsewhere(found)
    if elsewhere:
        ends = ", ".join(code(f"{place.file}:{place.line}") for place in elsewhere[:RELATED])
        more = len(elsewhere) - RELATED
        text += f" (also {ends}{f' and {more:,} more' if more > 0 else ''})"
    return inert(text) + "\n"


def _rule(name: str) -> str:
    return f"[{name}]({PAGES}{name}.md)"


def _advice(helps: Mapping[str, str]) -> str:
    items = "".join(
        f"- {_rule(name)}: {prose(helps[name])}\n" for name in sorted(helps) if helps[name]
    )
    return _fold("What to do", items)


def _skipped(outcome: Outcome) -> str:
    items = "".join(
        f"- {prose(reason)}: {', '.join(map(code, rules))}\n"
        for reason, rules in words.skipped(outcome).items()
    )
    return _fold(f"{words.counted(len(outcome.skipped), 'rule')} skipped", items)


def _fold(title: str, items: str) -> str:
    if not items:
        return ""
    return f"<details>\n<summary>{title}</summary>\n\n{inert(items)}\n</details>\n\n"
