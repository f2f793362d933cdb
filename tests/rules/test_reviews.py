"""Which reviews are approvals: the newest opinion of a person, of the commit that is there now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.rules.reviews import Review, approvals, folded

HEAD, OLD = "a" * 40, "b" * 40
YES, NO, SAID, GONE = "APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED"


def review(login: str, state: str, day: int, commit: str = HEAD) -> Review:
    return Review(login, state, commit, f"2026-03-{day:02}T00:00:00Z")


@pytest.mark.parametrize(
    ("reviews", "expected"),
    [
        pytest.param([], set(), id="none"),
        pytest.param([("wren", YES, 1)], {"wren"}, id="one"),
        pytest.param([("wren", YES, 1), ("lark", YES, 2)], {"wren", "lark"}, id="two"),
        pytest.param([("wren", NO, 1)], set(), id="a request"),
        pytest.param([("wren", SAID, 1)], set(), id="a comment"),
        pytest.param([("wren", "PENDING", 1)], set(), id="pending"),
        pytest.param([("wren", "approved", 1)], set(), id="another spelling"),
        pytest.param([("wren", YES, 1), ("wren", SAID, 2)], {"wren"}, id="then a comment"),
        pytest.param([("wren", YES, 1), ("wren", NO, 2)], set(), id="then a request"),
        pytest.param([("wren", NO, 1), ("wren", YES, 2)], {"wren"}, id="a request before"),
        pytest.param([("wren", NO, 2), ("wren", YES, 1)], set(), id="out of order"),
        pytest.param([("wren", YES, 1), ("wren", NO, 1)], set(), id="within a second"),
        pytest.param([("wren", GONE, 1)], set(), id="dismissed"),
        pytest.param([("wren", YES, 1), ("wren", GONE, 2)], set(), id="the newer is dismissed"),
        pytest.param([("wren", GONE, 1), ("wren", YES, 2)], {"wren"}, id="the older is dismissed"),
        pytest.param([("wren", YES, 1, OLD)], set(), id="an earlier commit"),
        pytest.param([("wren", YES, 1, "")], set(), id="a commit that is gone"),
        pytest.param([("wren", YES, 1), ("wren", YES, 2, OLD)], set(), id="an earlier one later"),
        pytest.param([("wren", NO, 1, OLD), ("lark", YES, 2)], {"lark"}, id="each for themselves"),
        pytest.param([("wren", YES, 1), ("WREN", NO, 2)], set(), id="of either case"),
        pytest.param([("Wren", YES, 1)], {"wren"}, id="in lower case"),
        pytest.param([("\u212aay", YES, 1)], {"\u212aay"}, id="no Kelvin for a K"),
        pytest.param([("", YES, 1)], set(), id="an account that is gone"),
    ],
)
def test_what_counts(reviews: list[tuple[str, str, int, str]], expected: set[str]) -> None:
    assert approvals([review(*each) for each in reviews], HEAD) == expected


def test_where_the_head_is_not_known_nothing_counts() -> None:
    assert approvals([review("wren", YES, 1, "")], "") == frozenset()


@given(
    st.lists(
        st.builds(
            review,
            st.sampled_from(["wren", "Wren", "lark", ""]),
            st.sampled_from([YES, NO, SAID, GONE, ""]),
            st.integers(1, 3),
            st.sampled_from([HEAD, OLD, ""]),
        ),
        max_size=8,
    )
)
def test_a_request_for_changes_is_never_an_approval(reviews: list[Review]) -> None:
    found = approvals(reviews, HEAD)
    assert found <= {folded(r.login) for r in reviews if r.state == YES and r.commit == HEAD}
    for login in found:
        after = [*reviews, review(login.upper(), NO, 4)]
        assert login not in approvals(after, HEAD)
    assert approvals([*reviews, review("wren", SAID, 4)], HEAD) == found
