"""How long a release is kept: the ceremony's words for it, and the moment they come to.

Nothing is guessed here: a retention that is read wrongly deletes what somebody was promised
(ceremony: Globbing Rules for Artifacts).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from ceremony.expressions import expression

INDEFINITE = "indefinite"
MAX_YEARS = 100
_UNITS = {"day": 1, "week": 7, "year": 365}
_MOST = MAX_YEARS * _UNITS["year"]
FORM = expression(r"(?:([1-9][0-9]{0,4}) (day|week|year)s?|indefinite)", re.ASCII)
"""The form of a retention; whether it is too long only `parse` knows."""


class Retention(NamedTuple):
    """How long a release is kept."""

    text: str
    """In the ceremony's words, one spelling for each: `1 day`, `30 days`, `indefinite`."""
    days: int | None
    """Of 24 hours, at least one; None where it is kept for ever."""


def parse(text: str) -> Retention:
    """Read `30 days`, `2 weeks`, `1 year` or `indefinite`; a year is 365 days.

    Raises ValueError (what is wrong, and the valid forms) for everything else: other digits,
    blanks, signs, zero, and more than 100 years.
    """
    match = FORM.fullmatch(text)
    if match is None:
        raise ValueError(
            f"must be `<number> days`, `<number> weeks`, `<number> years` or `{INDEFINITE}`, such "
            f"as `30 days`; it is {text[:60]!r}"
        )
    if match[1] is None:
        return Retention(INDEFINITE, None)
    number, unit = int(match[1]), match[2]
    days = number * _UNITS[unit]
    if days > _MOST:
        raise ValueError(
            f"must be at most {MAX_YEARS} years, or `{INDEFINITE}`, not {text!r}: `<number> days`, "
            "`<number> weeks`, `<number> years`"
        )
    return Retention(f"{number} {unit}{'s' if number > 1 else ''}", days)


def expires(retention: Retention, at: dt.datetime) -> dt.datetime | None:
    """When what was published at that moment has been kept long enough, in UTC; None for never.

    `at` must know its time zone. Raises ValueError where it doesn't, or where the calendar ends
    before that.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    if retention.days is None:
        return None
    try:
        return at.astimezone(dt.UTC) + dt.timedelta(days=retention.days)
    except OverflowError:
        raise ValueError(f"{retention.text} from {at.isoformat()} is after the year 9999") from None


def host_days(retention: Retention, limit: int) -> tuple[int, bool]:
    """Days to keep it in the host's own store, at most `limit`; and whether that cut it short."""
    if retention.days is None or retention.days > limit:
        return limit, True
    return retention.days, False
