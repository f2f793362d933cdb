"""Whether work grows in proportion to its input, told on any machine and beside any load.

A limit in seconds tells how busy a machine was. What is compared here is the same work on two
inputs, in the processor's time of this thread, at its least of several runs; a difference that
passes is never taken for growth. Row 15 of the threats: twice the input, less than 2.5 times the
time.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sized
from functools import _lru_cache_wrapper, partial
from typing import TypeVar

import pytest

_Input = TypeVar("_Input", bound=Sized)

# Four doublings: what is quadratic takes 256 times as long, a busy machine's caches not 39 times.
_TIMES = 2**4
_LIMIT = 2.5**4
# So much that the clock is not what is measured; less of it on the larger input is nobody's square.
_ENOUGH_SECONDS = 0.002
_LITTLE_SECONDS = 0.01
_ROUNDS = 12

# Other processes do not count, where the system's clock for that is fine enough.
_clock = time.perf_counter if sys.platform == "win32" else time.thread_time


def assert_linear(
    make: Callable[[int], _Input], work: Callable[[_Input], Callable[[], object]], most: int
) -> None:
    """Fails if work grows faster than its input.

    `make(n)` is an input of n parts, `work(input)` the work on it, prepared anew for each run;
    `most` is the greatest length of an input.
    """
    n = 1
    # What has to be done for the smallest input too is not what grows; the first run may import,
    # and compile expressions.
    enough = 2 * _least(partial(work, make(n))) + _ENOUGH_SECONDS
    while len(make(2 * n * _TIMES)) <= most and _seconds(partial(work, make(n))) < enough:
        n *= 2
    assert_at_most(_LIMIT, partial(work, make(n)), partial(work, make(n * _TIMES)))


def assert_at_most(
    limit: float,
    small: Callable[[], Callable[[], object]],
    large: Callable[[], Callable[[], object]],
) -> None:
    """Fails if the large work takes over `limit` times what the small one takes.

    Each is called to prepare the work; only what that returns is measured.
    """
    least, most = float("inf"), float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(_ROUNDS):
            least = min(least, _least(small))
            most = min(most, _seconds(large))
            if most < max(limit * least, _LITTLE_SECONDS):
                return
    finally:
        gc.enable()
    pytest.fail(f"{least:.4f} s became {most:.4f} s: {most / least:.1f} times, over {limit:.1f}")


def _least(prepare: Callable[[], Callable[[], object]]) -> float:
    return min(_seconds(prepare) for _ in range(3))


def _seconds(prepare: Callable[[], Callable[[], object]]) -> float:
    work = prepare()
    _forget()
    begun = _clock()
    work()
    return _clock() - begun


def _forget() -> None:
    """Empty the product's caches: what was done before is not the work."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("ceremony."):
            for value in vars(module).values():
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()
