"""The measure that others rely on: it tells a square from a line, and forgives a slow machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.support import growth
from tests.support.growth import assert_at_most, assert_linear


def line(things: str) -> Callable[[], object]:
    return lambda: sorted(things * 20)


def square(things: str) -> Callable[[], object]:
    return lambda: sum(one == other for one in things for other in things)


def test_a_line_passes() -> None:
    assert_linear(lambda n: "ab" * n, line, 100_000)


def test_a_square_does_not() -> None:
    with pytest.raises(pytest.fail.Exception, match="times, over 39"):
        assert_linear(lambda n: "ab" * n, square, 1_000)


def test_what_only_the_first_run_costs_hides_no_square() -> None:
    seen: list[int] = []

    def late(things: str) -> Callable[[], object]:
        def act() -> None:
            square(things)()
            if not seen:
                seen.append(sum(range(300_000)))

        return act

    with pytest.raises(pytest.fail.Exception, match="times, over 39"):
        assert_linear(lambda n: "ab" * n, late, 1_000)


def test_what_every_input_costs_hides_no_square() -> None:
    def work(things: str) -> Callable[[], object]:
        return lambda: (sum(range(30_000)), square(things)())

    with pytest.raises(pytest.fail.Exception, match="times, over 39"):
        assert_linear(lambda n: "x" * 50 + "ab" * n, work, 1_200)


@pytest.mark.parametrize(("slow_runs", "passes"), [(0, True), (3, True), (99, False)])
def test_a_run_that_was_slow_is_no_growth(
    slow_runs: int, *, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(growth, "_clock", lambda: now)
    runs = 0

    def small() -> Callable[[], object]:
        return partial(take, 1)

    def large() -> Callable[[], object]:
        nonlocal runs
        runs += 1
        return partial(take, 5 if runs <= slow_runs else 1.5)

    def take(seconds: float) -> None:
        nonlocal now
        now += seconds

    if passes:
        assert_at_most(2, small, large)
        assert runs == slow_runs + 1
    else:
        with pytest.raises(pytest.fail.Exception, match=r"5.0 times, over 2.0"):
            assert_at_most(2, small, large)
