"""Which reviews of a pull request count as approvals of what it holds now.

Pure. The newest opinion of a person is theirs, and an approval is one of the commit that was seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

# docs.github.com/en/pull-requests/collaborating-with-pull-requests/
# reviewing-changes-in-pull-requests/about-pull-request-reviews: a comment is no opinion.
_OPINIONS = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


class Review(NamedTuple):
    """One review of a pull request."""

    login: str
    """Empty where the account is gone."""
    state: str
    """`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`."""
    commit: str
    """The commit that was reviewed; empty where it is gone."""
    submitted: str
    """ISO 8601 in UTC; empty while it is pending."""


def folded(login: str) -> str:
    """A login as it is compared: GitHub's are ASCII, and of either case.

    A name with other letters is nobody's, and must not become somebody's by its lower case.
    """
    return login.lower() if login.isascii() else login


def approvals(reviews: Iterable[Review], head: str) -> frozenset[str]:
    """Who approves the commit `head`, by login in lower case.

    `reviews` are in the order in which they were made. Of each person's the newest counts that
    approves, asks for changes or was dismissed: one that asks for changes after an approval takes
    it back, and one of an earlier commit approves nothing that came later.
    """
    newest: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda each: each.submitted):
        if review.state in _OPINIONS:
            newest[folded(review.login)] = review
    return frozenset(
        login
        for login, review in newest.items()
        if login and head and review.state == "APPROVED" and review.commit == head
    )
