"""Which events may promote: rows 18 and 21 of the threats."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.rules.events import default_branch, promotion_refused

OWN = {"id": 1, "full_name": "spiritstream/app", "default_branch": "main"}
FORK = {"id": 2, "full_name": "attacker/app"}


def payload(**changed: Any) -> dict[str, Any]:
    run = {"event": "push", "head_branch": "main", "head_repository": OWN, "head_sha": "1" * 40}
    return {"repository": OWN, "workflow_run": run | changed}


def queued(branch: str) -> dict[str, Any]:
    return payload(event="merge_group", head_branch=branch)


@pytest.mark.parametrize(
    "event",
    ["push", "merge_group", "schedule", "workflow_dispatch", "repository_dispatch", "create", ""],
)
def test_these_only_say_when_to_look(event: str) -> None:
    assert promotion_refused(event, {"workflow_run": "x"}, {"main"}, merge_group=False) == ""


@pytest.mark.parametrize(
    "event",
    ["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"],
)
def test_row_21_a_proposal_proves_nothing(event: str) -> None:
    assert "proves nothing about main" in promotion_refused(
        event, payload(), {"main"}, merge_group=True
    )


def test_a_push_of_this_repository_s_main_is_followed() -> None:
    assert promotion_refused("workflow_run", payload(), {"main"}, merge_group=False) == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (payload(head_repository=FORK), "another repository's"),
        (payload(head_repository={"id": True}), "another repository's"),
        (payload(head_repository={"full_name": "spiritstream/app"}), "another repository's"),
        (payload(head_repository=None), "another repository's"),
        ({**payload(), "repository": {}}, "another repository's"),
        ({"workflow_run": {"event": "push", "head_branch": "main"}}, "another repository's"),
        (payload(event=["push"]), "started by nobody knows what"),
        (payload(event={"push": 1}), "started by nobody knows what"),
        (payload(head_branch=["main"]), "the branch nobody knows what"),
        (payload(event="pull_request"), "started by `pull_request`"),
        (payload(event="pull_request_target"), "started by `pull_request_target`"),
        (payload(event="schedule"), "started by `schedule`"),
        (payload(event="workflow_dispatch"), "started by `workflow_dispatch`"),
        (payload(event=None), "started by nobody knows what"),
        ({}, "started by nobody knows what"),
        (payload(head_branch="feature"), "the branch `feature`, not `main`"),
        (payload(head_branch=None), "the branch nobody knows what"),
        (payload(head_branch="main\n"), "not `main`"),
        (queued("gh-readonly-queue/main/pr-1-abc"), "started by `merge_group`"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_row_18_a_run_that_a_stranger_may_have_aimed_is_refused(
    given: dict[str, Any], said: str
) -> None:
    assert said in promotion_refused("workflow_run", given, {"main"}, merge_group=False)


@pytest.mark.parametrize(
    ("branch", "lawful"),
    [
        ("gh-readonly-queue/main/pr-1-abc", True),
        ("gh-readonly-queue/mainly/pr-1-abc", False),
        ("gh-readonly-queue/release/pr-1-abc", False),
        ("main", False),
    ],
)
def test_the_queue_s_runs_count_where_they_are_asked_for(branch: str, *, lawful: bool) -> None:
    assert (
        promotion_refused("workflow_run", queued(branch), {"main"}, merge_group=True) == ""
    ) is lawful


def test_main_may_have_another_name() -> None:
    given = payload(head_branch="trunk")
    assert promotion_refused("workflow_run", given, {"main", "trunk"}, merge_group=False) == ""
    assert "not `main`" in promotion_refused("workflow_run", given, {"main"}, merge_group=False)
    assert default_branch(given) == "main"
    assert default_branch({}) == default_branch({"repository": {"default_branch": 1}}) == ""


def test_what_a_stranger_calls_a_branch_cannot_leave_its_quotes() -> None:
    said = promotion_refused(
        "workflow_run", payload(head_branch="`x` " + "y" * 200), {"main"}, merge_group=False
    )
    assert said.count("`") % 2 == 0
    assert "`'x' yyy" in said
    assert "y" * 80 not in said
