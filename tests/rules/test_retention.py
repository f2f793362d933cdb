"""How long a release is kept: the forms that are read, and everything else that is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.rules.retention import FORM, Retention, expires, host_days, parse

AT = dt.datetime(2026, 3, 2, 12, 30, 15, tzinfo=dt.UTC)
FOREVER = Retention("indefinite", None)


@pytest.mark.parametrize(
    ("text", "said", "days"),
    [
        ("1 day", "1 day", 1),
        ("1 days", "1 day", 1),
        ("2 day", "2 days", 2),
        ("30 days", "30 days", 30),
        ("9999 days", "9999 days", 9999),
        ("1 week", "1 week", 7),
        ("2 weeks", "2 weeks", 14),
        ("5214 weeks", "5214 weeks", 36_498),
        ("1 year", "1 year", 365),
        ("100 years", "100 years", 36_500),
        ("36500 days", "36500 days", 36_500),
    ],
)
def test_what_is_read(text: str, said: str, days: int) -> None:
    assert parse(text) == Retention(said, days)
    assert parse(said) == parse(text)


def test_for_ever() -> None:
    assert parse("indefinite") == FOREVER


@pytest.mark.parametrize(
    "text",
    [
        "0d", "-1d", "\u0663\u0660d", "3_0", "3_0 days", "\u0663\u0660 days", "\uff13 days",
        "", " ", "0", "0 days", "00 days", "01 days", "-1 days", "+1 days", "1.5 days", "1e2 days",
        "100000 days", "1,000 days", "30", "30d", "30days", "30  days", "30\tdays", "30\u00a0days",
        " 30 days", "30 days ", "30 days\n", "30\n days", "30 Days", "30 DAYS", "1 month",
        "2 months", "1 hour", "days", "a week", "1 year 2 days", "1 day, 1 week", "P30D",
        "30 day\u017f", "never", "forever", "Indefinite", "indefinite\n", "indefinitely",
        "\u216b days", "\u00b2 days", "3\u20e3 days", "30 d\u0430ys", "999999999999999999999 days",
    ],
    ids=ascii,
)  # fmt: skip
def test_rows_27_and_44_everything_else_lists_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be `<number> days`, .*weeks`, .*years` or `in"):
        parse(text)


@pytest.mark.parametrize("text", ["101 years", "9999 years", "5215 weeks", "9999 weeks"])
def test_row_44_nothing_is_kept_longer_than_100_years_but_for_ever(text: str) -> None:
    assert FORM.fullmatch(text)
    with pytest.raises(ValueError, match=f"at most 100 years, or `indefinite`, not '{text}'"):
        parse(text)


def test_a_message_holds_no_more_than_the_beginning() -> None:
    with pytest.raises(ValueError, match=r"it is '1{60}'$"):
        parse("1" * 100_000)


@given(st.text(max_size=12))
def test_what_is_read_says_what_it_means(text: str) -> None:
    try:
        found = parse(text)
    except ValueError:
        return
    assert text.isascii()
    assert found == FOREVER or found.days in range(1, 36_501)


@pytest.mark.parametrize(
    ("text", "at", "end"),
    [
        ("1 day", AT, dt.datetime(2026, 3, 3, 12, 30, 15, tzinfo=dt.UTC)),
        ("30 days", AT, dt.datetime(2026, 4, 1, 12, 30, 15, tzinfo=dt.UTC)),
        ("1 year", AT, dt.datetime(2027, 3, 2, 12, 30, 15, tzinfo=dt.UTC)),
        # A year is 365 days, in leap years too.
        ("1 year", AT.replace(year=2027), dt.datetime(2028, 3, 1, 12, 30, 15, tzinfo=dt.UTC)),
        ("indefinite", AT, None),
    ],
    ids=["a day", "30 days", "a year", "a leap year", "for ever"],
)
def test_when_it_ends(text: str, at: dt.datetime, end: dt.datetime | None) -> None:
    assert expires(parse(text), at) == end


def test_the_end_is_in_utc_whatever_the_beginning_is_in() -> None:
    east = dt.timezone(dt.timedelta(hours=14))
    end = expires(parse("1 day"), AT.astimezone(east))
    assert end == AT + dt.timedelta(days=1)
    assert end is not None
    assert end.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize("text", ["1 day", "indefinite"])
def test_a_moment_without_a_zone_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        expires(parse(text), AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    "at",
    [
        dt.datetime(9999, 12, 31, tzinfo=dt.UTC),
        dt.datetime(9999, 12, 31, 23, tzinfo=dt.timezone(dt.timedelta(hours=-14))),
    ],
    ids=["utc", "west"],
)
def test_the_calendar_ends(at: dt.datetime) -> None:
    with pytest.raises(ValueError, match="is after the year 9999"):
        expires(parse("1 day"), at)


@pytest.mark.parametrize(
    ("text", "limit", "found"),
    [
        ("30 days", 90, (30, False)),
        ("90 days", 90, (90, False)),
        ("91 days", 90, (90, True)),
        ("1 year", 90, (90, True)),
        ("1 year", 400, (365, False)),
        ("indefinite", 90, (90, True)),
    ],
)
def test_what_the_host_s_own_store_keeps(text: str, limit: int, found: tuple[int, bool]) -> None:
    assert host_days(parse(text), limit) == found
