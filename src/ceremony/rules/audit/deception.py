"""The rule about text that reads otherwise than it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ceremony.expressions import expression
from ceremony.model import Document, Hit, Html, ListItem, Paragraph, Severity, Table, Text
from ceremony.rules.audit.registry import Project, at, rule
from ceremony.rules.audit.structure import BOLD_KEY, fenced_lines, shortened

_HARMLESS = expression(
    r"[\t\x20-\x7e\xa1-\xac\xae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u2bff]*"
)
"""Latin letters, punctuation, arrows, boxes and signs: none hides or looks like another."""

_UNUSUAL = expression(r"[^\t\x20-\x7e]")
_VISIBLE_FORMAT = frozenset(
    [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]
)
"""Format characters that have a shape of their own."""
_BLANK_LETTERS = frozenset([0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0x2028, 0x2029])
"""Characters that show nothing though their category does not say so."""
_SELECTORS = frozenset([0xFE0E, 0xFE0F])
_JOINERS = frozenset([0x200C, 0x200D])
_MARKS_OF_DIRECTION = frozenset([0x200E, 0x200F, 0x61C])
_FLAG = expression("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")
_WORD = expression(r"[^\W\d_]+")
_ALIKE = {
    chr(int(pair[:4], 16)): pair[4:]
    for pair in (
        # Cyrillic, then Greek.
        "0410A 0412B 0415E 0405S 0406I 0408J 041AK 041CM 041DH 041EO 0420P 0421C 0422T 0423Y "
        "0425X 0430a 0435e 043Eo 0440p 0441c 0443y 0445x 0456i 0458j 0455s 04BBh 0501d 051Bq "
        "051Dw 0474V 0475v 04CFl 050CG "
        "0391A 0392B 0395E 0396Z 0397H 0399I 039AK 039CM 039DN 039FO 03A1P 03A4T 03A5Y 03A7X "
        "03B1a 03B9i 03BAk 03BDv 03BFo 03C1p 03C5u 03C7x "
    ).split()
}
"""Letters of other scripts that look like a Latin one."""
_STATE_WORDS = frozenset(
    "proposed accepted blocked complete completed deferred rejected amended open resolved active "
    "pending signed approved approve stable alpha beta patch yes no none tbd done".split()
)
_IDENTIFIER = expression(r"(?:M|B-?M?)[0-9]+(?:\.[0-9]+)?")
_TOKEN = expression(r"[\w.-]+")


@rule(
    "text-deceptive",
    Severity.ERROR,
    finds="invisible characters, mixed scripts or comments that make a state or an approval read "
    "otherwise than it is",
    help="Type the words again in plain characters, and say in the open what the hidden text says.",
    ceremony="Explicit State",
)
def text_deceptive(project: Project) -> Iterator[Hit]:
    """Everybody reads the same words, and so do the tools."""
    for document in project.documents:
        unusual = {
            number
            for number, line in enumerate(document.lines, start=1)
            if _HARMLESS.fullmatch(line) is None
        }
        hidden: dict[int, str] = {}
        if any("<" in line for line in document.lines):
            for number, message in _find_hidden(document):
                hidden.setdefault(number, message)
        fenced = fenced_lines(document) if unusual or hidden else frozenset()
        for number in sorted({*unusual, *hidden}):
            line = document.lines[number - 1]
            found = _find_deceit(line, fenced=number in fenced) if number in unusual else None
            if found:
                column, message, subject = found
                yield Hit(place=at(document, number, column), message=message, subject=subject)
            elif number in hidden and number not in fenced:
                yield Hit(
                    place=at(document, number, document.column(number, "<")),
                    message=hidden[number],
                    subject=f"hidden: {_write_out(line.strip())}",
                )


def _find_deceit(line: str, *, fenced: bool) -> tuple[int, str, str] | None:
    """Where a line deceives: the column, what is wrong, and what it is about."""
    shown = _FLAG.sub(lambda match: " " * len(match[0]), line)
    directed = any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in shown)
    for match in _UNUSUAL.finditer(shown):
        if _is_invisible(shown, match.start(), directed=directed):
            escape = f"U+{ord(match[0]):04X}"
            name = unicodedata.name(match[0], "control character").lower()
            words = _cut_word(shown, match.start())
            message = f"The invisible character {escape} ({name}) stands in “{words}”"
            return match.start() + 1, message, f"{escape} {words}"
    return None if fenced else _find_mixed(shown)


def _is_invisible(line: str, index: int, *, directed: bool) -> bool:
    """Whether nobody sees the character; `directed` says that the line runs from the right."""
    code = ord(line[index])
    before = line[index - 1] if index else ""
    after = line[index + 1 : index + 2]
    if code in _SELECTORS:
        return before.isalpha()
    if code in _JOINERS:
        return not (_joins(before) and _joins(after))
    if code in _MARKS_OF_DIRECTION:
        return not directed
    if code in _VISIBLE_FORMAT:
        return False
    return code in _BLANK_LETTERS or unicodedata.category(line[index]) in {"Cf", "Cc"}


def _joins(character: str) -> bool:
    """Whether a joiner beside the character is part of spelling, or of an emoji."""
    if not character:
        return False
    code = ord(character)
    if code in _SELECTORS or 0x1F3FB <= code <= 0x1F3FF or unicodedata.category(character) == "So":
        return True
    # Arabic to Mongolian: the scripts whose spelling needs joiners.
    return 0x600 <= code <= 0x18AF and unicodedata.category(character)[0] in "LM"


def _cut_word(line: str, index: int) -> str:
    """The word at a place, what cannot be seen in it written out."""
    start = max(line.rfind(" ", 0, index), line.rfind("|", 0, index)) + 1
    ends = [end for end in (line.find(" ", index), line.find("|", index)) if end >= 0]
    word = line[max(start, index - 30) : min([*ends, index + 30])].strip("`*_ ")
    return _write_out(word) or f"U+{ord(line[index]):04X}"


def _write_out(words: str) -> str:
    return "".join(
        c
        if c.isprintable() and ord(c) not in _BLANK_LETTERS and c not in _ALIKE
        else f"<U+{ord(c):04X}>"
        for c in words
    )


def _find_mixed(line: str) -> tuple[int, str, str] | None:
    """A word that is not written in the script that it seems to be written in."""
    own_script = _has_own_script(line)
    for match in _TOKEN.finditer(line):
        token = match[0]
        if token.isascii():
            continue
        folded = "".join(_ALIKE.get(c, c) for c in token)
        if folded == token:
            folded = unicodedata.normalize("NFKC", token)
            if folded == token or folded.lower() not in _STATE_WORDS:
                continue
        if _deceives(token, folded, own_script=own_script):
            strange = next(i for i, c in enumerate(token) if not c.isascii())
            escape = f"U+{ord(token[strange]):04X}"
            name = unicodedata.name(token[strange]).lower()
            message = f"“{_write_out(token)}” reads as “{folded}” but holds {escape} ({name})"
            return match.start() + strange + 1, message, folded
    return None


def _deceives(token: str, folded: str, *, own_script: bool) -> bool:
    if folded.lower() in _STATE_WORDS or _IDENTIFIER.fullmatch(folded):
        # A word wholly of another script is what it is, where the line is written in that script.
        return any(c.isascii() and c.isalpha() for c in token) or not own_script
    for match in _WORD.finditer(token):
        word = match[0]
        if any(c.isascii() for c in word) and any(c in _ALIKE for c in word):
            # Inflected loan words: a Latin stem with an ending in the line's own script.
            stem = _ASCII_START.match(word)
            inflected = stem is not None and not any(c.isascii() for c in word[stem.end() :])
            if not (inflected and own_script):
                return True
    return False


_ASCII_START = expression(r"[A-Za-z]{2,}")


def _has_own_script(line: str) -> bool:
    """Whether a whole word of the line is in another script and looks like nothing Latin."""
    return any(
        len(word) > 1
        and not any(c.isascii() for c in word)
        and any(c not in _ALIKE and not unicodedata.normalize("NFKC", c).isascii() for c in word)
        for word in _WORD.findall(line)
    )


_COMMENT = expression(r"<!--(.*?)(?:-->|$)", re.DOTALL)
_CODE_SPAN = expression(r"(?<!`)(`+)(?!`)[^`]+\1(?!`)")
_SET_ASIDE = expression(r"\s*ceremony:\s*ignore\b")
"""Its reason is said in the open: the audit counts it, and reports one that is not needed."""

_STATED = (
    "PROPOSED|ACCEPTED|BLOCKED|COMPLETED?|DEFERRED|REJECTED|AMENDED|OPEN|RESOLVED|APPROVED|SIGNED"
)
_DECIDED = (
    "proposed|accepted|blocked|completed?|deferred|rejected|amended|resolved|approv(?:al|ed|es?)|"
    "signed|lgtm"
)
_PERSON = r"(?<![\w/.+-])@[A-Za-z0-9][\w-]*(?![\w:/-])"
_ALONE = expression(
    rf"[^\w{{#@]*(?:(?i:{_DECIDED}|open|active|pending|done|not|never|yes|no)|"
    rf"{_PERSON}|\[[xX]\])[^\w{{#@]*\Z"
)
"""A comment that is nothing but a state, an approval, a person or a *not*."""
_BESIDE_HEADING = expression(rf"(?<![\w#-])(?:{_STATED})(?![\w-])|{_PERSON}|\[[xX]\]")
"""In prose about a section the words in small letters are everyday words."""
_BESIDE_FIELD = expression(rf"(?<![\w#-])(?:{_STATED}|(?i:{_DECIDED}))(?![\w-])|{_PERSON}|\[[xX]\]")
_CHOICE = expression(rf"(?i:\b(?:{_STATED})(?:(?:\s?[,/|]\s?|,?\sor\s)(?:{_STATED})\b){{2,}})")
"""Three words or more to choose from: none of them is said of the thing."""
_SHOWN = expression(rf"\b(?:{_STATED})\b|\b(?i:approved|signed)\b")
_WEIGHTY = expression(
    r"\b(?:status|state|owners?|assignee|maintainer|date|signed|approv(?:al|ed|er)|signature|"
    r"decision|branch|stage|version|target)\b",
    re.IGNORECASE,
)
_TAG = expression(r"<[a-z][^<>]*>", re.IGNORECASE)
_HIDING = expression(
    r"\shidden(?=[\s=/>])|\bdisplay\s*:\s*none\b|\bvisibility\s*:\s*hidden\b|"
    r"\b(?:font-size|opacity)\s*:\s*0(?![.0-9]*[1-9])",
    re.IGNORECASE,
)


def _find_hidden(document: Document) -> Iterator[tuple[int, str]]:
    """Lines where a comment or an element hides what stands beside it."""
    for section in document.sections:
        yield from _find_hidden_in(section.title, _BESIDE_HEADING)
        for block in section.blocks:
            if isinstance(block, Paragraph | ListItem):
                for text in block.lines:
                    yield from _find_hidden_in(text)
            elif isinstance(block, Table):
                weights = [_BESIDE_FIELD if _WEIGHTY.search(name) else None for name in block.names]
                for row in block.rows:
                    for cell, weight in zip(row.cells, weights, strict=False):
                        yield from _find_hidden_in(cell, weight)
            elif isinstance(block, Html):
                yield from _find_hidden_block(block)


def _find_hidden_in(text: Text, weight: re.Pattern[str] | None = None) -> Iterator[tuple[int, str]]:
    """What the text hides; `weight` finds what no comment may say in a place that matters."""
    shown = text.plain.strip()
    if text.comments and shown:
        key = BOLD_KEY.fullmatch(_COMMENT.sub("", text.raw))
        if weight is None and key and _WEIGHTY.search(key[1]):
            weight = _BESIDE_FIELD
        states = weight is not None or _SHOWN.search(shown) is not None
        for comment in text.comments:
            if _SET_ASIDE.match(comment):
                continue
            told = _CHOICE.sub("", comment)
            if (states and _ALONE.match(told)) or (weight and weight.search(told)):
                beside = _shorten(shown)
                yield text.line, f"The comment “{_shorten(comment)}” is hidden beside “{beside}”"
    if "<" in text.raw:
        for tag in _TAG.findall(_CODE_SPAN.sub("", text.raw)):
            if _HIDING.search(tag):
                yield text.line, "An element of this line is hidden from whoever reads the page"


def _find_hidden_block(block: Html) -> Iterator[tuple[int, str]]:
    opened = block.content.rfind("<!--")
    if opened >= 0 and "-->" not in block.content[opened:]:
        line = block.line + block.content.count("\n", 0, opened)
        if block.content.count("\n", opened) > 1:
            yield line, "This comment is never closed: it hides everything below it"
        return
    for number, raw in enumerate(block.content.split("\n"), start=block.line):
        beside = _COMMENT.sub("", raw).strip()
        comments = tuple(_COMMENT.findall(raw)) if beside else ()
        yield from _find_hidden_in(Text(raw=beside, plain=beside, line=number, comments=comments))


def _shorten(words: str) -> str:
    return shortened(_write_out(" ".join(words.split())))
