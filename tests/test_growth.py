"""The measure that others rely on: it tells a square from a line, and forgives a slow machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from tests.support.growth import assert_at_most, assert_linear


def line(things: str) -> Callable[[], object]:
    return lambda: sorted(things * 20)


def square(things: str) -> Callable[[], object]:
    return lambda: sum(one == other for one in things for other in things)


def test_a_line_passes() -> None:
    assert_linear(lambda n: "ab" * n, line, 100_000)


def test_a_square_does_not() -> None:
    with pytest.raises(pytest.fail.Exception, match="times, over 39"):
        assert_linear(lambda n: "ab" * n, square, 4_000)


@pytest.mark.skipif(sys.platform == "win32", reason="its clock of a thread is too coarse")
def test_what_only_waits_costs_nothing() -> None:
    assert_at_most(2, lambda: None, lambda: time.sleep(0.1))


def test_one_slow_run_is_no_growth() -> None:
    runs = []

    def large() -> None:
        runs.append(1)
        sum(range(12_000_000 if len(runs) < 4 else 4_000_000))

    assert_at_most(2, lambda: sum(range(4_000_000)), large)
    assert len(runs) >= 4
