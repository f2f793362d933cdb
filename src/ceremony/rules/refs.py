"""What may be the name of a branch or a tag: stricter than git, which takes names that bite.

The one place for it: the configuration, the inputs and the audit tag are held to the same
expression.
"""

from __future__ import annotations

import datetime as dt
import re
import string

from ceremony.expressions import expression

MAX_LENGTH = 100
"""The most characters of a branch's or a tag's name."""
BRANCH = expression(
    # Lawful for git and still a trap: names that mean something else where a branch is expected.
    r"(?!refs/|HEAD$|[0-9a-f]{40}$)(?!.*(?:\.\.|//|/\.|\./|\.lock(?:/|$)))"
    rf"[A-Za-z0-9_](?:[A-Za-z0-9_./-]{{0,{MAX_LENGTH - 2}}}[A-Za-z0-9_])?"
)
_ENDS = frozenset(f"{string.ascii_letters}{string.digits}_")
HEADS = "refs/heads/"
TAGS = "refs/tags/"
_PLACEHOLDER = expression(r"\{([^{}]*)\}")
_DAY = "2000-01-01"


def is_name(text: str) -> bool:
    """Whether a branch or a tag may have this name, without `refs/heads/` or `refs/tags/`."""
    return BRANCH.fullmatch(text) is not None


def oddity(text: str, wildcards: str = "") -> str:
    """What is wrong with the characters of a name and how it has to be, to follow the name.

    Empty where they are lawful, though `is_name` may still know something against it.
    `wildcards` are lawful too: the text is a pattern of names.
    """
    if not text or text.startswith("refs/"):
        return ""
    also = f", patterns {' and '.join(f'`{each}`' for each in wildcards)} too" if wildcards else ""
    lawful = _ENDS.union("./-", wildcards)
    odd = next((each for each in text if each not in lawful), "")
    if odd:
        return (
            f"has the character {odd!r}; names of branches and tags have only ASCII letters and "
            f"digits, `_`, `.`, `/` and `-` here{also}"
        )
    if len(text) > MAX_LENGTH:
        return f"has a name of {len(text):,} characters; {MAX_LENGTH:,} are the most"
    for end, does in ((text[0], "begins"), (text[-1], "ends")):
        if end not in _ENDS.union(wildcards):
            return (
                f"has a name that {does} with {end!r}; names of branches and tags begin and end "
                f"with an ASCII letter, a digit or `_` here{also}"
            )
    return ""


def is_branch(ref: str) -> bool:
    """Whether this is a branch in full, `refs/heads/…`."""
    return ref.startswith(HEADS) and is_name(ref.removeprefix(HEADS))


def short(ref: str) -> str:
    """The branch's or the tag's own name."""
    return ref.removeprefix(HEADS).removeprefix(TAGS)


def is_template(text: str) -> bool:
    """Whether a tag's template has known placeholders only, and a lawful name for every commit."""
    known = {"date", "sha", "sha7"}
    return set(_PLACEHOLDER.findall(text)) <= known and all(
        is_name(_filled(text, sha, _DAY)) for sha in ("0" * 39 + "a", "a" * 40)
    )


def tag(template: str, sha: str, day: dt.date) -> str:
    """The tag's name: `{date}` is the day as YYYY-MM-DD, `{sha}` and `{sha7}` are the commit."""
    return _filled(template, sha, day.isoformat())


def tag_of(template: str, sha: str) -> re.Pattern[str]:
    """What the names match that the template gives this commit on any day."""
    parts = template.split("{date}")
    filled = (re.escape(_filled(part, sha, "")) for part in parts)
    return re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}".join(filled))


def before_placeholders(template: str) -> str:
    """What every name that the template gives begins with."""
    return template.partition("{")[0]


def _filled(template: str, sha: str, day: str) -> str:
    return template.replace("{date}", day).replace("{sha7}", sha[:7]).replace("{sha}", sha)
