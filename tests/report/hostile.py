"""The strangers' words of the threat model, and a runner to try them on."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ceremony.model import Finding, Place, Severity, Skipped
from ceremony.rules.audit.outcome import Outcome

COMMANDS = {
    "unicode space before the mark": "\u2003::set-output name=verdict::pass",
    "mark in mid-line": "Title ##[set-output name=verdict]pass",
    "lone carriage return": "a\r::add-mask::e",
    "line feed": "a\n::set-output name=verdict::pass",
    "at the start": "::set-output name=verdict::pass",
    "a character that sorting ignores": ":\u200b:set-output name=verdict::pass",
    "a variation selector": "#\ufe0f#\ufe0f[set-output name=verdict]pass",
    "a combining mark without weight": ":\u0488:set-output name=verdict::pass",
    "three colons": "  ::set-output name=verdict:::pass",
    "three hashes": "###[set-output name=verdict]pass",
    "vertical tab": "a\x0b::add-mask::e",
    "next line": "a\x85::add-mask::e",
    "line separator": "a\u2028::add-mask::e",
    "stop": "::stop-commands::x",
}
MARKDOWN = {
    "forged verdict": "</details># ✅ Approved",
    "forged verdict on lines of its own": "x\n\n</details>\n\n# ✅ Approved\n\n",
    "setext heading": "Approved\n===",
    "table pipes": "a | b\n--|--\n1 | 2",
    "ping": "@org/all",
    "pixel": "![](//x)",
    "pixel in HTML": '<img src="//x">',
    "link": "[Approved](https://example.org)",
    "reference": "[x]: https://example.org\n[x]",
    "bare address": "https://example.org and www.example.org",
    "autolink": "<https://example.org>",
    "script": "<script>alert(1)</script>",
    "back-ticks": "` `` ``` </details> ``` @org/all",
    "fence": "```\n# x\n```",
    "comment": "<!-- ceremony: ignore all -->",
    "entity": "&lt;img&gt; &commat;org",
    "issue": "#12 org/repo#3 GH-4",
    "list": "1. x\n- y\n> z",
    "quotes": '"`" "@org" “<b>”',
}
SPOOFS = {
    "clear screen": ("\x1b[2J", r"\x1b[2J"),
    "right to left override": ("a\u202eb", "a<U+202E>b"),
    "isolate": ("\u2066x\u2069", "<U+2066>x<U+2069>"),
    "bell": ("\x07", r"\x07"),
    "backspace": ("ok\x08\x08no", r"ok\x08\x08no"),
    "C1 control": ("\x9b2J", r"\x9b2J"),
    "zero width": ("a\u200bb", "a<U+200B>b"),
    "byte order mark": ("\ufeffa", "<U+FEFF>a"),
    "soft hyphen": ("a\u00adb", r"a\xadb"),
    "tag characters": ("\U000e0041", "<U+E0041>"),
    "Hangul filler": ("\u3164", "<U+3164>"),
    "blank Braille": ("\u2800", "<U+2800>"),
    "surrogate": ("\ud800", "<U+D800>"),
    "byte that is no text": ("\udcff", r"\xff"),
    "private use": ("\ue000", "<U+E000>"),
    "line separator": ("a\u2028b", "a<U+2028>b"),
    "carriage return": ("a\rb", r"a\rb"),
    "line feed": ("a\nb", r"a\nb"),
    "tab": ("a\tb", r"a\tb"),
    "nul": ("\0", r"\x00"),
    "joiner beside letters": ("a\u200db", "a<U+200D>b"),
    "selector behind a letter": ("a\ufe0f", "a<U+FE0F>"),
}

_REGISTERED = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group",
    "internal-set-repo-path", "notice", "remove-matcher", "save-state", "set-env", "set-output",
    "stop-commands", "warning",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Command:
    """What a runner makes of a line."""

    name: str
    properties: dict[str, str]
    data: str


def _unescape(text: str, *, properties: bool = False) -> str:
    for mark, meant in (("%0D", "\r"), ("%0A", "\n"), *((("%3A", ":"), ("%2C", ",")) * properties)):
        text = text.replace(mark, meant)
    return text.replace("%25", "%")


def _command(line: str) -> Command | None:
    text = line.lstrip()
    end = text.find("::", 2)
    if text.startswith("::") and end > 0:
        head, _, rest = text[2:end].partition(" ")
        pairs = (pair.split("=", 1) for pair in rest.strip().split(",") if "=" in pair)
        properties = {key: _unescape(value, properties=True) for key, value in pairs}
        if head.lower() in _REGISTERED:
            return Command(name=head, properties=properties, data=_unescape(text[end + 2 :]))
    start = line.find("##[")
    end = line.find("]", start)
    if start >= 0 and end > 0:
        head, _, rest = line[start + 3 : end].partition(" ")
        pairs = (pair.split("=", 1) for pair in rest.split(";") if "=" in pair)
        if head.lower() in _REGISTERED:
            return Command(name=head, properties=dict(pairs), data=line[end + 1 :])
    return None


def _without_weight(text: str) -> str:
    """The text as a comparison by collation sees it, more generously than any does."""
    return "".join(
        character
        for character in text
        if unicodedata.category(character) not in {"Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn"}
    )


def obeyed(printed: str) -> list[Command]:
    """The commands that a runner takes from what a step prints.

    It splits at line feeds and carriage returns. After any white space, two colons at the start
    of a line are a command; ``##[`` is one anywhere. Both are compared by collation.
    """
    lines = re.split(r"\r\n|\r|\n", printed)
    read = (_command(line) or _command(_without_weight(line)) for line in lines)
    return [command for command in read if command]


def outcome(text: str, *, file: str = "", refusal: str = "") -> Outcome:
    """An outcome in which a stranger's words stand wherever they can."""
    path = file or f"docs/{text}.md"
    places = (Place(file=path, line=2, column=3), Place(file=path, line=9, end_line=10))
    findings = tuple(
        Finding(
            rule="domain-owner-missing",
            severity=severity,
            place=place,
            message=f"{text} has no owner{text}",
            help=f"Name an owner of {text}",
            subject=text,
            related=places,
        )
        for severity, place in zip(Severity, (*places, places[0]), strict=True)
    )
    return Outcome(
        findings=findings,
        skipped=(
            Skipped(rule="branch-behind", reason=text),
            Skipped(rule="branch-missing", reason=f"{text}:"),
        ),
        documents=(path,),
        notices=(text, f"1. {text}"),
        ignored=1,
        excerpts={(place.file, place.line): f"{text} {text}" for place in places},
        refusal=refusal,
    )
