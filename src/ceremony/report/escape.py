"""The one place where strangers' words are made harmless before anybody reads them.

Documents, titles and file names come from whoever opens a pull request. What they say is shown,
and is never obeyed: not by a terminal, by the runner, by a Markdown renderer or by a reader who
trusts the report's own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from ceremony.report.words import counted

LINE_LIMIT = 2_000
"""The most characters of one value that a report shows; the rest is counted."""

# Printable to Unicode, yet nothing on the screen: joiners, fillers, the blank Braille pattern.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_SEPARATORS = "\u2028\u2029"
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
_EMOJI_STYLE = "\ufe0f"
_JOINER = "\u200d"
_KEYCAP = "\u20e3"

# Between the marks stands what a comparison by collation skips: the runner compares that way.
_COLONS = re.compile(r":(?=([^\x00-\x7f]*):)")
_HASHES = re.compile(r"#(?=([^\x00-\x7f]*)#([^\x00-\x7f]*)\[)")
_UNPAIRED = re.compile(r"[\ud800-\udfff]")


def visible(text: str) -> str:
    r"""One line of text in which whatever a screen would hide or obey is shown as an escape.

    Control characters become ``\x1b``, a file name's bytes that are no text ``\xff``, direction
    marks, invisible and unpaired characters ``<U+202E>``. The joiners that an emoji is made of
    stay where they follow one.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _is_plain(text, index) else _shown(character)
        for index, character in enumerate(text)
    )


def _is_plain(text: str, index: int) -> bool:
    character = text[index]
    if character in {_EMOJI_STYLE, _JOINER}:
        return _in_emoji(text, index)
    if character in _UNSEEN or "\ufe00" <= character <= "\ufe0e" or character >= "\U000e0000":
        return False
    if character.isprintable():
        return True
    # What is left are the spaces beyond ASCII, and all that must not pass.
    return character.isspace() and character > "\x9f" and character not in _SEPARATORS


def _in_emoji(text: str, index: int) -> bool:
    before = text[index - 1] if index else ""
    after = text[index + 1 : index + 2]
    if text[index] == _EMOJI_STYLE:
        return _is_pictograph(before) or after == _KEYCAP
    return (before == _EMOJI_STYLE or _is_pictograph(before)) and _is_pictograph(after)


def _is_pictograph(character: str) -> bool:
    """Whether it is in a block that holds emoji; letters and marks of all scripts are not."""
    return (
        "\u203c" <= character <= "\u3299" and character != _KEYCAP
    ) or "\U0001f000" <= character <= "\U0001faff"


def _shown(character: str) -> str:
    short = _SHORT.get(character)
    if short:
        return short
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        point -= 0xDC00  # how Python carries a byte of a file name that is not UTF-8
    return f"\\x{point:02x}" if point < 0x100 else f"<U+{point:04X}>"


def cut(text: str, limit: int = LINE_LIMIT) -> str:
    """The text, or its beginning and the number of characters left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({counted(len(text) - limit, 'more character')})"


def line(text: str, limit: int = LINE_LIMIT) -> str:
    """One harmless line of limited length, for a terminal or a log."""
    return inert(visible(cut(text, limit)))


def inert(text: str) -> str:
    """The text without ``::`` and ``##[``, each taken apart by a space.

    The runner obeys the first at the start of a line, after any space that Unicode knows, and
    the second anywhere in a line (actions/runner: ``ActionCommand.TryParseV2``, ``TryParse``).
    It compares as the culture does: what has no weight in sorting may stand in between.
    """
    if ":" in text:
        text = _COLONS.sub(_apart, text)
    return _HASHES.sub(_apart, text) if "#" in text else text


def _apart(match: re.Match[str]) -> str:
    between = "".join(match.groups())
    weighs = any(character.isalnum() or character.isspace() for character in between)
    return match[0] if weighs else match[0] + " "


def commands(text: str) -> str:
    """Text of any number of lines, safe to print while a runner listens.

    Line feeds stay; every other line break and control character is shown as an escape.
    """
    return "\n".join(inert(visible(part)) for part in text.split("\n"))


def data(text: str) -> str:
    """The data of a workflow command: what follows the second ``::``."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_value(text: str) -> str:
    """The value of one property of a workflow command."""
    return data(text).replace(":", "%3A").replace(",", "%2C")


def json_inert(text: str) -> str:
    """JSON text that means the same and holds neither ``::`` nor ``##[``.

    Both can only stand inside a string, where an escape says the same character.
    """
    text = re.sub(r":(?=:)", r"\\u003a", text)
    return re.sub(r"#(?=#\[)", r"\\u0023", text)


def json_text(report: Mapping[str, object]) -> str:
    """A report as one indented JSON object that ends with a line feed.

    It is ASCII, so that no terminal obeys it, and no string of it holds what a runner would obey.
    """
    return json_inert(json.dumps(report, indent=2, ensure_ascii=True)) + "\n"


def json_run(
    report: Mapping[str, object], notices: Iterable[str], requests: int, failure: str
) -> str:
    """The report of a part that talks to GitHub, with what every such run ends with."""
    tail: dict[str, object] = {
        "notices": [whole(notice) for notice in notices],
        "requests": requests,
    }
    if failure:
        tail["failure"] = whole(failure)
    return json_text({**report, **tail})


def whole(text: str) -> str:
    """The text with what no encoding can carry shown as `visible` shows it."""
    return _UNPAIRED.sub(lambda match: _shown(match[0]), text)


# ---------------------------------------------------------------------------- Markdown, HTML

# A word that no Markdown renderer and no reference finder can read as anything but a word.
_WORD = re.compile(
    r"[(\"'“\u2018]?[^\W\d_]+(?:[-'’][^\W\d_]+)*[)\"'”’]{0,2}(?:\?\)[.,;:]?|[.,;:?)])?"
    r"|[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}[,;:?]?|[.,;:?()–—→]|\)[.,;:?]"
)
# The limit keeps a text of nothing but opening quotes from costing its square.
_QUOTED = re.compile(r"`([^`]{1,200})`|\"([^\"]{1,200})\"|“([^”]{1,200})”")


def html(text: str) -> str:
    """The text as content of an HTML element."""
    shown = inert(visible(cut(text)))
    return (
        shown.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("`", "&#96;")
    )


def code(text: str) -> str:
    """A code span of Markdown that holds exactly this text, whatever it is.

    In a code span there is no mark-up, no HTML, no mention and no reference.
    """
    shown = inert(visible(cut(text)))
    if not shown.strip(" "):
        return "`(blank)`"
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[0] in " `" or shown[-1] in " `" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(said: str) -> str:
    r"""Markdown as the content of a table's cell: a pipe would end it, even in a code span.

    A backslash before the pipe keeps it in, unless another backslash stands before that one.
    """
    return said.replace("|", r"\x7c" if r"\|" in said else r"\|")


def prose(text: str) -> str:
    """A sentence of Markdown: plain words as they are, everything else in code spans.

    What passes as a word is an allowlist, so that no mark-up has to be foreseen. What the
    sentence itself has in backticks becomes a code span, escaped as every other.
    """
    text = visible(cut(text))
    parts: list[tuple[str, bool, bool]] = []
    begun = 0
    for match in _QUOTED.finditer(text):
        parts += [_between(text[begun : match.start()]), (_quoted(match), False, False)]
        begun = match.end()
    parts.append(_between(text[begun:]))
    said, spaced = "", False
    for shown, before, after in parts:
        # Two code spans that touch would be read as one.
        if said and (spaced or before or (said[-1:] == "`" == shown[:1])):
            said += " "
        said += shown
        spaced = after
    return said.strip()


def _quoted(match: re.Match[str]) -> str:
    inner = match[1] or match[2] or match[3]
    if match[1] is None and all(_WORD.fullmatch(word) for word in inner.split()):
        return match[0][0] + " ".join(inner.split()) + match[0][-1]
    return code(inner)


def _between(text: str) -> tuple[str, bool, bool]:
    return _words(text), text[:1].isspace(), text[-1:].isspace()


def _words(text: str) -> str:
    said = ""
    span: list[str] = []
    for word in text.split():
        before, core, after = (word, "", "") if _WORD.fullmatch(word) else _dressed(word)
        if span and before:
            said += code(" ".join(span))
            span.clear()
        if not span:
            said += f" {before}"
        if core:
            span.append(core)
        if after:
            said += code(" ".join(span)) + after
            span.clear()
    return (said + code(" ".join(span)) if span else said).strip()


def _dressed(word: str) -> tuple[str, str, str]:
    """The word, and the sentence's punctuation before and behind it."""
    before = "(" if word.startswith("(") else ""
    core = word.removeprefix("(")
    while core.endswith((".", ",", ";", ":", "?")) or (
        core.endswith(")") and core.count(")") > core.count("(")
    ):
        core = core[:-1]
    after = word[len(before) + len(core) :]
    return (before, core, after) if core else ("", word, "")
