"""Only what a change brings, judged by its base's configuration, on real repositories."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ceremony.actions.audit import Context, Inputs, audit
from ceremony.model import InputError
from ceremony.rules.audit.outcome import Outcome
from tests.support.repositories import clone, commit, git, repository

TODAY = dt.date(2026, 1, 2)
CONFIG = ".github/ceremony.yml"
OFF = "rules:\n  state-unknown: off\n"
HEAD = "# MILESTONES - Latest\n\n## M1: Shelves\n\n**Status**: `ACCEPTED`\n**Owner**: @lark\n"


def latest(*rows: str, before: str = "") -> dict[str, str | bytes | None]:
    """A document with one milestone whose items have these states."""
    table = "".join(f"| M1.{n} | Wood {n} | {state} | Ten |\n" for n, state in enumerate(rows, 1))
    return {
        "MILESTONES.latest.md": f"{HEAD}\n{before}"
        f"| ID | Deliverable | Status | Acceptance Criteria |\n|--|--|--|--|\n{table}"
    }


def run(
    workspace: Path, *, pull_request: bool = False, head: str | None = None, **inputs: str
) -> Outcome:
    context = Context(
        workspace=workspace,
        today=TODAY,
        pull_request=pull_request,
        head=head,
        bases=frozenset({"main"}) if head else frozenset(),
        sha=git(workspace, "rev-parse", "HEAD") if head else None,
    )
    return audit(Inputs(**inputs), context)  # type: ignore[arg-type]


def found(outcome: Outcome, rule: str = "state-unknown") -> list[int]:
    """The lines where a rule found something."""
    return [f.place.line for f in outcome.findings if f.rule == rule]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """main, and a feature branch from it that is checked out; M1.1 has an unknown state."""
    folder = repository(tmp_path / "project")
    commit(folder, latest("`DREAMT`", "`ACCEPTED`"))
    git(folder, "checkout", "-q", "-b", "feature")
    return folder


def pull(project: Path) -> str:
    """Check out the merge that GitHub makes of the feature; returns the feature's tip."""
    head = git(project, "rev-parse", "feature")
    git(project, "checkout", "-q", "--detach", "main")
    git(project, "merge", "-q", "--no-ff", "-m", "merge", "feature")
    return head


# ---------------------------------------------------------------------------- what a change brings


def test_without_a_base_everything_is_reported(project: Path) -> None:
    assert found(run(project)) == [10]


def test_what_was_there_is_not_reported(project: Path) -> None:
    commit(project, {"README.md": "x"})
    outcome = run(project, base="main")
    assert outcome.findings == ()
    assert outcome.inherited == len(run(project).findings)


def test_what_comes_is_reported(project: Path) -> None:
    commit(project, latest("`DREAMT`", "`HOPED`"))
    assert found(run(project, base="main")) == [11]


def test_what_is_not_committed_yet_is_reported_too(project: Path) -> None:
    (project / "MILESTONES.latest.md").write_text(
        str(latest("`DREAMT`", "`HOPED`")["MILESTONES.latest.md"])
    )
    assert found(run(project, base="main")) == [11]


def test_a_finding_that_moved_is_not_new(project: Path) -> None:
    commit(project, latest("`DREAMT`", "`ACCEPTED`", before="Something about wood.\n\n"))
    assert found(run(project)) == [12]
    assert run(project, base="main").findings == ()


def test_what_others_brought_to_the_base_is_not_this_changes(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    commit(project, latest("`DREAMT`", "`HOPED`"))
    git(project, "checkout", "-q", "feature")
    commit(project, {"README.md": "x"})
    assert found(run(project, base="main")) == []
    head = pull(project)
    outcome = run(project, base="main", pull_request=True, head=head)
    assert found(outcome) == []
    assert found(run(project)) == [10, 11]


def test_a_removed_heading_makes_the_anchor_elsewhere_dangle(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    both = "# Governance\n\n## Roles\n\nText.\n"
    commit(
        project,
        {
            "GOVERNANCE.md": both,
            "REVIEWERS.md": "# Reviewers\n\nSee [roles](GOVERNANCE.md#roles).\n",
        },
    )
    git(project, "checkout", "-q", "-B", "feature")
    commit(project, {"GOVERNANCE.md": both.replace("## Roles", "## Duties")})
    outcome = run(project, base="main")
    assert [
        (f.place.file, f.place.line) for f in outcome.findings if f.rule == "anchor-dangling"
    ] == [("REVIEWERS.md", 3)]


def test_the_first_documents_of_a_project_are_all_new(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    commit(folder, {"README.md": "x"})
    git(folder, "checkout", "-q", "-b", "feature")
    commit(folder, latest("`DREAMT`"))
    assert found(run(folder, base="main")) == [10]


def test_a_document_in_a_new_place_is_judged_anew(project: Path) -> None:
    content = latest("`DREAMT`", "`ACCEPTED`")["MILESTONES.latest.md"]
    commit(project, {"MILESTONES.latest.md": None, "docs/MILESTONES.latest.md": content})
    outcome = run(project, base="main")
    assert [f.place.file for f in outcome.findings if f.rule == "state-unknown"] == [
        "docs/MILESTONES.latest.md"
    ]


def test_a_root_below_the_top_is_compared_with_itself(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    name = "MILESTONES.latest.md"
    commit(project, {f"part/{name}": latest("`DREAMT`")[name]})
    git(project, "checkout", "-q", "-B", "feature")
    commit(
        project,
        {f"part/{name}": latest("`DREAMT`", "`HOPED`")[name], name: latest("`WISHED`")[name]},
    )
    outcome = run(project, root="part", base="main")
    assert found(outcome) == [11]


def test_a_shallow_clone_of_a_pull_request_is_enough(project: Path, tmp_path: Path) -> None:
    commit(project, latest("`DREAMT`", "`HOPED`"))
    head = pull(project)
    git(project, "branch", "pull")
    shallow = clone(project, tmp_path / "clone", "--depth=2", "--branch=pull")
    assert found(run(shallow, base="main", pull_request=True, head=head)) == [11]


def test_another_base_than_the_pull_requests_own_is_taken_at_its_word(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    git(project, "tag", "before")
    commit(project, latest("`DREAMT`", "`HOPED`"))
    git(project, "checkout", "-q", "feature")
    commit(project, {"README.md": "x"})
    head = pull(project)
    assert found(run(project, base="main", pull_request=True, head=head)) == []
    assert found(run(project, base="before", pull_request=True, head=head)) == [11]


# ---------------------------------------------------------------------------- whose configuration


def test_a_changes_own_configuration_does_not_judge_it(project: Path) -> None:
    commit(project, {CONFIG: OFF, **latest("`DREAMT`", "`HOPED`")})
    assert found(run(project)) == []
    outcome = run(project, base="main")
    assert found(outcome) == [11]
    (notice,) = outcome.notices
    assert "the base's judges it" in notice
    assert "+  state-unknown: off" in notice


def test_the_bases_configuration_judges(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    commit(project, {CONFIG: OFF})
    git(project, "checkout", "-q", "-B", "feature")
    commit(project, {CONFIG: "", **latest("`DREAMT`", "`HOPED`")})
    outcome = run(project, base="main")
    assert found(outcome) == []
    assert "-  state-unknown: off" in outcome.notices[0]
    commit(project, {CONFIG: None})
    assert found(run(project, base="main")) == []


def test_a_configuration_that_stays_needs_no_notice(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    commit(project, {CONFIG: OFF})
    git(project, "checkout", "-q", "-B", "feature")
    commit(project, latest("`DREAMT`", "`HOPED`"))
    outcome = run(project, base="main")
    assert (found(outcome), outcome.notices) == ([], ())


def test_a_long_change_of_the_configuration_is_cut(project: Path) -> None:
    commit(project, {CONFIG: "".join(f"# line {n}\n" for n in range(30))})
    (notice,) = run(project, base="main").notices
    assert "and 10 more lines" in notice


def test_a_pull_request_without_base_input_is_judged_by_its_merges_base(project: Path) -> None:
    commit(project, {CONFIG: OFF, **latest("`DREAMT`", "`HOPED`")})
    outcome = run(project, pull_request=True, head=pull(project))
    assert found(outcome) == [10, 11]
    assert "the base's judges it" in outcome.notices[0]


def test_a_pull_requests_tip_is_not_its_own_base(project: Path) -> None:
    commit(project, {CONFIG: OFF})
    head = git(project, "rev-parse", "HEAD")
    outcome = run(project, pull_request=True, head=head)
    assert found(outcome) == [10]
    assert "the defaults judge" in outcome.notices[0]


@pytest.mark.parametrize("known", [True, False], ids=["its tip is known", "nothing is known"])
def test_a_pull_request_whose_base_is_not_there_is_judged_by_the_defaults(
    project: Path, tmp_path: Path, *, known: bool
) -> None:
    ignoring = OFF + "documents:\n  ignore: [MILESTONES.latest.md]\n"
    commit(project, {CONFIG: ignoring, "MILESTONES.main.md": "# MILESTONES - Main\n"})
    head = pull(project)
    git(project, "branch", "pull")
    shallow = clone(project, tmp_path / "clone", "--depth=1", "--branch=pull")
    outcome = run(shallow, pull_request=True, head=head if known else None)
    assert found(outcome) == [10]
    (notice,) = outcome.notices
    assert "fetch-depth: 2" in notice


def test_a_pull_request_without_its_base_is_judged_by_the_defaults_and_told(
    project: Path, tmp_path: Path
) -> None:
    shallow = clone(project, tmp_path / "clone", "--depth=1", "--branch=feature")
    outcome = run(shallow, pull_request=True)
    assert found(outcome) == [10]
    assert any("the defaults judge" in notice for notice in outcome.notices)


def test_a_pull_request_without_its_base_cannot_say_what_is_required(
    project: Path, tmp_path: Path
) -> None:
    commit(project, {CONFIG: "documents:\n  required: [MILESTONES.latest.md]\n"})
    assert found(run(project), "document-missing") == []
    shallow = clone(project, tmp_path / "clone", "--depth=1", "--branch=feature")
    assert found(run(shallow, pull_request=True), "document-missing")


def test_a_pull_request_without_its_base_brings_no_baseline(project: Path, tmp_path: Path) -> None:
    commit(project, {"known.json": '{"version": 1, "findings": []}'})
    shallow = clone(project, tmp_path / "clone", "--depth=1", "--branch=feature")
    with pytest.raises(InputError, match="check out with `fetch-depth: 2`"):
        run(shallow, pull_request=True, baseline="known.json")


def test_only_githubs_own_merge_tells_the_base(project: Path) -> None:
    """A commit with parents of its author's choice: what turns a rule off, and the tip."""
    lax = commit(project, {CONFIG: OFF})
    git(project, "checkout", "-q", "-B", "feature", "main")
    head = commit(project, {"x.md": "x"})
    tree = git(project, "rev-parse", "HEAD^{tree}")
    forged = git(project, "commit-tree", "-p", lax, "-p", head, "-m", "merge", tree)
    git(project, "checkout", "-q", "--detach", forged)
    bases = frozenset({"main"})
    for sha in (git(project, "rev-parse", "main"), None):
        context = Context(
            workspace=project, today=TODAY, pull_request=True, head=head, bases=bases, sha=sha
        )
        assert found(audit(Inputs(), context)) == [10]


def test_a_merge_group_is_judged_by_its_base(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    base = commit(project, {CONFIG: OFF})
    git(project, "checkout", "-q", "-B", "queue")
    tip = commit(project, {CONFIG: None})
    context = Context(
        workspace=project, today=TODAY, pull_request=True, bases=frozenset({base}), sha=tip
    )
    assert found(audit(Inputs(), context)) == []


def test_the_base_itself_is_no_proposal(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    tip = commit(project, {CONFIG: OFF})
    bases = frozenset({tip})
    context = Context(workspace=project, today=TODAY, pull_request=True, bases=bases, sha="0" * 40)
    assert found(audit(Inputs(), context)) == []


def test_a_change_that_mends_the_bases_configuration_passes(project: Path) -> None:
    git(project, "checkout", "-q", "main")
    commit(project, {CONFIG: "rules: [\n"})
    git(project, "checkout", "-q", "-B", "feature")
    commit(project, {CONFIG: OFF})
    outcome = run(project, base="main")
    assert found(outcome) == []
    assert "cannot be read" in outcome.notices[0]


def test_a_change_that_breaks_the_configuration_is_told(project: Path) -> None:
    commit(project, {CONFIG: "rules: [\n"})
    with pytest.raises(InputError, match=r"^\.github/ceremony\.yml:"):
        run(project, base="main")


# ---------------------------------------------------------------------------- input


def test_no_documents_are_no_pass(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# x\n")
    with pytest.raises(InputError, match=r"no governance documents were found.*give `root`"):
        run(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        run(tmp_path, root="nowhere")
    with pytest.raises(InputError, match=r"^other\.yml: does not exist"):
        run(tmp_path, config="other.yml")


@pytest.mark.parametrize(
    "text",
    [
        "2026-1-2",
        "20260102",
        "2026-W01-1",
        "2026-02-30",
        "02.01.2026",
        "\uff12\uff10\uff12\uff16-01-02",
        "\u0662\u0660\u0662\u0666-01-02",
        "today",
    ],
)
def test_what_is_no_date(project: Path, text: str) -> None:
    with pytest.raises(InputError, match="`as-of` must be a date, YYYY-MM-DD"):
        run(project, as_of=text)


def test_as_of_makes_an_audit_repeatable(project: Path) -> None:
    one = run(project, as_of="2026-01-02")
    later = Context(workspace=project, today=dt.date(2031, 1, 1))
    assert audit(Inputs(as_of="2026-01-02"), later) == one


def test_an_absolute_root_may_go_through_links(project: Path, tmp_path: Path) -> None:
    assert found(run(tmp_path / "elsewhere", root=str(project))) == [10]
    assert found(run(project / ".git", root="..")) == [10]
