"""What a rule may know, how rules are declared and run, and what an audit comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from ceremony.documents import read
from ceremony.model import Document, Finding, Hit, Kind, Place, Severity, Skipped, Version
from ceremony.rules.audit import FAMILIES, RULES
from ceremony.rules.audit.outcome import FailOn, Outcome, Verdict, fingerprints
from ceremony.rules.audit.registry import (
    NotAtHand,
    Option,
    Project,
    Rule,
    Tree,
    at,
    awaiting,
    rule,
    run,
)


def document(path: str, kind: Kind = Kind.OTHER, version: str | None = None) -> Document:
    return read(path, f"# {path}\n", kind=kind, version=Version.parse(version) if version else None)


@pytest.fixture
def only() -> Iterator[dict[str, Rule]]:
    """The registry, empty for as long as a test runs."""
    kept = dict(RULES)
    RULES.clear()
    yield RULES
    RULES.clear()
    RULES.update(kept)


def declare(name: str, *found: Hit, options: Mapping[str, Option] | None = None) -> None:
    rule(name, Severity.WARNING, finds="a", help=f"mend {name}", ceremony="b", options=options)(
        lambda _: found
    )


def hit(line: int, *, column: int = 1, subject: str = "s", severity: Severity | None = None) -> Hit:
    place = Place(file="a.md", line=line, column=column)
    return Hit(place=place, message=f"m{line}", subject=subject, severity=severity)


# ---------------------------------------------------------------------------- declaring and running


def test_findings_come_by_place_and_each_once(only: dict[str, Rule]) -> None:
    declare("second", hit(3), hit(1, column=9), hit(1), hit(3))
    declare("first", hit(1))
    found, skipped = run(Project(documents=()), severities={})
    assert [(f.place.line, f.place.column, f.rule) for f in found] == [
        (1, 1, "first"),
        (1, 1, "second"),
        (1, 9, "second"),
        (3, 1, "second"),
    ]
    assert skipped == ()
    assert found[0].help == "mend first"
    assert found[0].severity is Severity.WARNING
    assert set(only) == {"first", "second"}


def test_what_is_configured_outweighs_the_rules_own_table(only: dict[str, Rule]) -> None:
    declare("a-rule", hit(1), hit(2, severity=Severity.NOTE))
    for severities, weights in (
        ({}, ["warning", "note"]),
        ({"a-rule": Severity.ERROR}, ["error", "error"]),
    ):
        found, _ = run(Project(documents=()), severities=severities)
        assert [f.severity for f in found] == weights
    assert only["a-rule"].awaits == ""


def test_a_rule_that_is_not_run_says_why(only: dict[str, Rule]) -> None:
    @rule("off", Severity.NOTE, finds="a", help="b", ceremony="c")
    def off(project: Project) -> Iterator[Hit]:
        raise AssertionError(project)

    @rule("cannot", Severity.NOTE, finds="a", help="b", ceremony="c")
    def cannot(project: Project) -> Iterator[Hit]:
        yield hit(1)
        raise NotAtHand(f"no {len(project.documents)}")

    awaiting("later", Severity.NOTE, finds="a", help="b", ceremony="c", awaits="needs history")
    found, skipped = run(Project(documents=()), severities={"off": None})
    assert [f.rule for f in found] == ["cannot"]
    assert skipped == (
        Skipped(rule="cannot", reason="no 0"),
        Skipped(rule="later", reason="needs history"),
        Skipped(rule="off", reason="turned off in the configuration"),
    )
    assert only["later"].check is None


def test_two_rules_of_one_name_are_refused(only: dict[str, Rule]) -> None:
    declare("twice")
    with pytest.raises(ValueError, match="two rules are named twice"):
        awaiting("twice", Severity.NOTE, finds="a", help="b", ceremony="c", awaits="d")
    assert list(only) == ["twice"]


def test_options_have_defaults(only: dict[str, Rule]) -> None:
    declare("counts", options={"days": Option(default=30, help="Days.")})
    assert only["counts"].options["days"].help == "Days."
    assert Project(documents=()).number("counts", "days") == 30
    assert Project(documents=(), options={("counts", "days"): 7}).number("counts", "days") == 7


def test_places_and_hits() -> None:
    assert at(document("a.md"), 3, 4, end_line=5) == Place(
        file="a.md", line=3, column=4, end_line=5
    )


@pytest.mark.parametrize("declared", RULES.values(), ids=lambda r: r.name)
def test_every_rule_says_what_it_needs(declared: Rule) -> None:
    assert declared.name == declared.name.lower()
    assert declared.finds
    assert not declared.finds.endswith(".")
    assert declared.help.endswith((".", "`"))
    assert declared.ceremony
    assert bool(declared.awaits) == (declared.check is None)


def test_every_family_declares_rules() -> None:
    modules = {r.check.__module__ for r in RULES.values() if r.check is not None}
    assert {family.__name__ for family in FAMILIES} - modules <= {"ceremony.rules.audit.awaited"}


# ---------------------------------------------------------------------------- the project


def test_a_projects_documents() -> None:
    documents = (
        document("MILESTONES.latest.md", Kind.LATEST),
        document("MILESTONES.main.md", Kind.MAIN),
        document("MILESTONES.v1.0.0-beta.md", Kind.FROZEN, "v1.0.0-beta"),
        document("MILESTONES.v1.0.0-alpha.md", Kind.FROZEN, "v1.0.0-alpha"),
        document("MILESTONES.vnext.md", Kind.FROZEN),
        document("a.md"),
        document("b.md"),
    )
    project = Project(documents=documents)
    assert project.by_kind[Kind.OTHER] == documents[5:]
    assert project.one(Kind.MAIN) is documents[1]
    assert project.one(Kind.GOVERNANCE) is None
    assert project.living == (*documents[:2], *documents[5:])
    assert [found for _, found in project.frozen] == [documents[3], documents[2]]
    assert project.latest is not None
    assert project.latest is project.commitments(documents[0])
    assert project.main is not None
    assert project.main.document is documents[1]


def test_a_project_without_its_documents() -> None:
    project = Project(documents=())
    assert (project.latest, project.main, project.living, project.frozen) == (None, None, (), ())


def test_what_a_tree_holds() -> None:
    tree = Tree(files=frozenset({"a"}), folders=frozenset({"b"}), links=frozenset({"c"}))
    assert [tree.holds(path) for path in "abcd"] == [True, True, True, False]


# ---------------------------------------------------------------------------- what it comes to


def finding(
    severity: Severity, *, rule_name: str = "r", subject: str = "s", line: int = 1
) -> Finding:
    place = Place(file="a.md", line=line)
    return Finding(
        rule=rule_name, severity=severity, place=place, message="m", help="h", subject=subject
    )


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        (FailOn.ERROR, [True, False, False]),
        (FailOn.WARNING, [True, True, False]),
        (FailOn.NOTE, [True, True, True]),
        (FailOn.NEVER, [False, False, False]),
    ],
)
def test_fail_on(fail_on: FailOn, failing: list[bool]) -> None:
    assert [fail_on.fails(severity) for severity in Severity] == failing
    for severity, fails in zip(Severity, failing, strict=True):
        outcome = Outcome(findings=(finding(severity),), fail_on=fail_on)
        assert outcome.verdict is (Verdict.FAIL if fails else Verdict.PASS)


def test_a_refusal_is_neither_pass_nor_fail() -> None:
    assert Outcome(refusal="a fork").verdict is Verdict.REFUSED
    assert Outcome().verdict is Verdict.PASS


def test_counts() -> None:
    outcome = Outcome(findings=tuple(map(finding, (Severity.NOTE, Severity.ERROR, Severity.NOTE))))
    assert outcome.counts == {Severity.ERROR: 1, Severity.WARNING: 0, Severity.NOTE: 2}


def test_fingerprints_go_by_rule_file_and_subject() -> None:
    one = finding(Severity.ERROR)
    same = [one, finding(Severity.NOTE, line=9), finding(Severity.ERROR, subject=" s\n")]
    assert len(set(fingerprints(same))) == 3
    assert [fingerprints([entry])[0] for entry in same] == [fingerprints([one])[0]] * 3
    others = [finding(Severity.ERROR, rule_name="q"), finding(Severity.ERROR, subject="t")]
    assert not set(fingerprints(others)) & set(fingerprints(same))
    assert all(len(name) == 32 for name in fingerprints(same))
