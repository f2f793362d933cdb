"""What a single cell says of agreement, read so that a doubtful word is none.

Which word a cell says is read once for all, kindly, because a finding too many costs trust
(`read_state`, `read_resolution`, `Signatory.signed`). A cut freezes what people promise, so that it
asks in addition whether the cell says this word plainly: what is struck out, hedged or
contradicted says nothing.
"""

from __future__ import annotations

import datetime as dt
import re

from ceremony.commitments import Signatory
from ceremony.expressions import expression
from ceremony.model import Resolution, State, Text
from ceremony.rules.audit.building import AGREEMENT, clauses, is_about_building

LONGEST = 1000
"""Characters of a cell that are looked at; a longer one is no plain word."""

_TAG = r"</?(?:del|s|strike)\b"
_STRUCK = expression(
    r"(~{1,2})(?=[^\s~])[^~]*(?<=\S)\1(?!~)|<(del|s|strike)\b[^<>]*>.*?</\2\s*>",
    re.IGNORECASE | re.DOTALL,
)
_STRIKING = expression(rf"~~|{_TAG}", re.IGNORECASE)
_MARKUP = expression(r"[`*_]|<[^<>]{0,200}>")


def standing(text: Text) -> str | None:
    """The words that are not struck out; None where nobody can tell, as in an image."""
    if len(text.raw) > LONGEST or any(link.image for link in text.links):
        return None
    rest = _STRUCK.sub(" ", text.raw)
    if rest == text.raw:
        return None if _STRIKING.search(rest) else text.plain.strip()
    return None if _STRIKING.search(rest) else _MARKUP.sub("", rest).strip()


def is_struck(text: Text) -> bool:
    """Whether nothing of it stands, though something is written."""
    return bool(text.raw.strip()) and not standing(text)


# ---------------------------------------------------------------------------- states, resolutions

_BAD_MARK = (
    r"[❌✗✘✖❎🔴🟠🟡⏳⌛☐⬜⚠🚫⛔👎❓❔]|:(?:x|no_entry\w{0,9}|red_circle|warning|hourglass\w{0,16}|"
    r"question|-1|thumbsdown):|\?(?!\w+=)|\[\^"
)
_BACK = (
    r"re-?open\w*|revert\w*|revok\w*|withdr[aeo]w\w*|retract\w*|rescind\w*|unresolved|unsettled|"
    r"still open"
)
_HEDGE = (
    r"pending|part(?:ly|ial\w*)|almost|nearly|unless|if|maybe|perhaps|probably|supposed\w*|"
    r"conditional\w*|provisional\w*|tentative\w*|subject to|in principle|but"
)
_DOUBT = expression(
    rf"{_BAD_MARK}|\b(?:{_BACK}|{_HEDGE}|not|no|never|none|nobody|cannot|\w+n['’]t|"
    r"un(?:signed|confirmed|accepted|agreed|decided)|still|yet|except|in progress|"
    r"(?:under|in) review|waiting|await\w*|tb[dc]|to ?do|to be|wip|draft|disputed|contested|"
    r"object(?:s|ed|ions?)|failed|expired|void|cancell?ed|undone)\b",
    re.IGNORECASE,
)
"""What takes back a word that needs no reason."""
_DENIAL = expression(
    rf"{_BAD_MARK}|\b(?:{_BACK})\b|\A\W*open\b|"
    r"\b(?:no|not|never|nope)\b\s*(?:[,:;.!)\]–—-]|\Z|yet\b|really\b|agreed\b|accepted\b|"
    r"deferred\b|rejected\b|resolved\b)",
    re.IGNORECASE,
)
"""What takes back a word that is followed by its reason, which may well deny something."""
_HEDGED = expression(rf"\A\W*(?:{_HEDGE}|not)\b", re.IGNORECASE)
_HANDLE = expression(r"@[\w-]+")
_LEAD = expression(r"[^\w@]*(?:risk[- ])?([A-Za-z]+)(?![\w-])", re.IGNORECASE)
_WORDS = {
    Resolution: ("Open", "Resolved", "Deferred", "Accepted", "Rejected", "Proposed", "Blocked"),
    State: tuple(State),
}
_REASONED = frozenset({"deferred", "rejected"})


def says_plainly(text: Text, word: State | Resolution) -> bool:
    """Whether a cell says this word and nothing that takes it back.

    After the word may stand a date, a handle or a remark. Of a remark to Deferred, Rejected, or a
    risk that is Accepted, which gives a reason, less is asked than of one to Resolved.
    """
    stated = standing(text)
    lead = _LEAD.match(stated) if stated else None
    if stated is None or lead is None or lead[1].lower() != word.lower():
        return False
    rest = _HANDLE.sub("", stated[lead.end() :])
    reasoned = word.lower() in _REASONED or word is Resolution.ACCEPTED
    others = [other for other in _WORDS[type(word)] if other.lower() != word.lower()]
    if reasoned:
        other = rf"\b(?:{'|'.join((*others, *(name.upper() for name in others)))})\b"
        hedged = word is Resolution.ACCEPTED and _HEDGED.search(rest)
        doubt = _DENIAL.search(stated[: lead.start(1)] + rest) or hedged
        return not doubt and not re.search(other, rest)
    other = rf"(?i:\b(?:{'|'.join(others)})\b(?! source))"
    return not _DOUBT.search(stated[: lead.start(1)] + rest) and not re.search(other, rest)


_SETTLED = expression(
    r"(?:\A|[(\[:;,.–—→-]\s?)\W{0,3}(?:resolved|deferred|accepted|rejected|closed|settled|cleared)\b",
    re.IGNORECASE,
)


def is_over(words: str) -> bool:
    """Whether a sentence about a blocker says by itself that it ended."""
    if not _SETTLED.search(words[:LONGEST]):
        return False
    after = words[_last_end(words) :]
    return not _DOUBT.search(after) and not re.search(r"(?i)\bopen\b", after)


def _last_end(words: str) -> int:
    return max(match.end() for match in _SETTLED.finditer(words[:LONGEST]))


# ---------------------------------------------------------------------------- risks, work

_NO_RISK = expression(
    r"\W*(?:none|no|nothing|nobody|nil|n/?a|not|tb[dac]|to be \w+|unknown|see)\b"
    r"(?:[\W\d_]|(?:none|at|all|here|yet|known|needed|given|risks?|stated|named|so|far|for|now|"
    r"really|is|are|was|were|to|name|say|the|it|applicable|below|above|later|of|them|us|any|"
    r"found|seen|reason|special)\b)*",
    re.IGNORECASE,
)


def says_nothing(text: Text) -> bool:
    """Whether a remark such as *none at all* names no risk, or is struck out."""
    stated = standing(text) if len(text.raw) <= LONGEST else text.plain
    return not stated or _NO_RISK.fullmatch(stated[:LONGEST]) is not None


def is_only_building(words: str, *, typed: bool) -> bool:
    """Whether every clause is about work, so that no agreement can be missing.

    Where the row's type says so, it is enough that no clause speaks of agreement.
    """
    if AGREEMENT.search(words) or len(words) > LONGEST:
        return False
    return typed or all(is_about_building(clause) for clause in clauses(words))


# ---------------------------------------------------------------------------- signatures

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = (
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[T ][0-9:]{4,8}(?: ?Z| ?UTC)?)?|"
    rf"[0-9]{{1,2}}(?:st|nd|rd|th)?\.? {_MONTH},? [0-9]{{4}}|"
    rf"{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}}|"
    r"[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4})"
)
_WHO = r"(?>@[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:/[\w.-]{1,60})?)"
_TICK = r"(?:(?:[✅✓✔☑🟢👍]|:(?:white_check_mark|heavy_check_mark|\+1):|\[x\])\s*)"
_AFTER = (
    rf"(?:[\s,;:(–—-]{{0,4}}(?:(?:on|at|by|in|via|since|as of)\s)?"
    rf"(?:{_DAY}|{_WHO}|(?:PR )?#[0-9]+)){{0,4}}[\s).!]{{0,4}}{_TICK}?"
)
_SIGNATURE = expression(
    rf"\s*(?:{_TICK}?(?:signed(?:[ -]off)?|approved?|accept(?:ed|s)|agreed|yes|ratified|confirmed|"
    rf"lgtm|done|complete)|{_TICK}){_AFTER}\s*",
    re.IGNORECASE,
)
_DATED = expression(rf"\s*{_TICK}?(?:signed )?(?:on )?{_DAY}{_AFTER}\s*", re.IGNORECASE)
_ISO = expression(r"(?<![0-9])([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])")
_YEAR = expression(r"(?<![0-9])(20[0-9]{2})(?![0-9])")


def lacking(signatory: Signatory, today: dt.date) -> str:
    """What keeps a row from being a signature, after the signatory's name; empty if it is one."""
    status, date = signatory.status, signatory.date
    if is_struck(signatory.name):
        return "is struck out, and whoever is struck out signs nothing"
    told = date if status is None else status
    form = _DATED if status is None else _SIGNATURE
    words = standing(told) if told is not None else None
    if words is None or not form.fullmatch(words):
        said = told.raw.strip()[:60] if told is not None else ""
        return f"has no plain signature: the row says “{said}”"
    if date is not None and not date.is_placeholder:
        day = standing(date)
        if not day or _DOUBT.search(day):
            return f"has no plain signature: the date says “{date.raw.strip()[:60]}”"
        words += f" {day}"
    return "has a signature with a date that is still to come" if _is_ahead(words, today) else ""


def _is_ahead(words: str, today: dt.date) -> bool:
    """Whether a date in the words is later than tomorrow: it may be tomorrow already elsewhere."""
    last = today + dt.timedelta(days=1)
    written = [tuple(map(int, match.groups())) for match in _ISO.finditer(words)]
    years = (int(match[1]) for match in _YEAR.finditer(words))
    latest = (last.year, last.month, last.day)
    return any(day > latest for day in written) or any(year > last.year for year in years)
