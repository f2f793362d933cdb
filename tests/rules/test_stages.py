"""Edge cases of the rules about the walk alpha, beta, stable, patch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ceremony.rules.audit import RULES
from tests.rulepages import hits, project
from tests.support.growth import assert_linear

BODY = "## Scope\n\nAll of it.\n\n### M1: Tuning\n\n**Status**: `ACCEPTED`\n\n### M2: Links\n\nx\n"


def frozen(**bodies: str) -> dict[str, str]:
    """Documents by a short name: ``alpha`` is v1.0.0-alpha, ``patch1`` is v1.0.1-patch."""
    files = {}
    for short, body in bodies.items():
        stage = short.rstrip("0123456789")
        number = short[len(stage) :] or "0"
        branch = f"v1.0.{number}-{stage}"
        header = f"# MILESTONES - {branch}\n\n**Version**: {branch}\n\n---\n\n"
        files[f"MILESTONES.{branch}.md"] = header + body
    return files


def lines(files: dict[str, str]) -> list[tuple[str, int]]:
    found = hits("stage-content-changed", files)
    return [(hit.place.file.split("-")[-1].removesuffix(".md"), hit.place.line) for hit in found]


@pytest.mark.parametrize(
    ("stages", "messages"),
    [
        (["alpha"], []),
        (["alpha", "beta", "stable", "patch1"], []),
        (["beta"], ["no alpha before"]),
        (["beta", "stable"], ["no alpha before"]),
        (["alpha", "stable"], ["no beta before"]),
        (["stable"], ["no alpha and beta before"]),
        (["patch1", "patch2"], ["no stable before"]),
        (["alpha", "beta", "stable5", "patch1"], ["no stable before", "no alpha and beta before"]),
    ],
    ids=" ".join,
)
def test_skipped(stages: list[str], messages: list[str]) -> None:
    found = hits("stage-skipped", frozen(**dict.fromkeys(stages, BODY)))
    assert len(found) == len(messages)
    assert all(any(text in hit.message for hit in found) for text in messages)


def test_other_lines_of_versions_do_not_count() -> None:
    files = {**frozen(stable=BODY), "MILESTONES.v2.0.1-patch.md": "# F\n"}
    found = {hit.subject for hit in hits("stage-skipped", files)}
    assert found == {"v1.0.0-stable", "v2.0.1-patch"}
    assert hits("stage-content-changed", files) == []


def test_a_heading_by_underline_may_not_lose_its_words() -> None:
    alpha = BODY + "\nAppendix\n---\n\nWords.\n"
    files = frozen(alpha=alpha, beta=alpha.replace("Appendix\n", ""))
    assert lines(files) == [("beta", 1)]


@pytest.mark.parametrize(
    ("beta", "expected"),
    [
        pytest.param(BODY, [], id="the same"),
        pytest.param(BODY.replace("All of it", "Most of it"), [], id="other words"),
        pytest.param(BODY.replace("All of it", "Most of it.\nNearly all"), [], id="more lines"),
        pytest.param(BODY.replace("`ACCEPTED`", "`DEFERRED`"), [], id="another state"),
        pytest.param(BODY.replace("M1: Tuning", "M1: Tunings"), [], id="another title"),
        pytest.param(BODY + "\n#### Notes\n\nMore.\n", [], id="a subsection"),
        pytest.param(BODY + "\n### M3: Sound\n", [("beta", 19)], id="a new milestone"),
        pytest.param(BODY + "\n## Appendix\n", [("beta", 19)], id="a new section"),
        pytest.param(BODY.replace("### M2: Links", ""), [("beta", 1)], id="a milestone gone"),
        pytest.param(
            BODY.replace("### M2: Links", "M2 deferred"), [("beta", 1)], id="gone without a reason"
        ),
        pytest.param(
            BODY.replace("### M2: Links", "M2 was rejected because nobody hosts them"),
            [],
            id="gone with a reason",
        ),
        pytest.param(
            BODY.replace("### M2: Links", "M2.1 was rejected because nobody hosts them"),
            [("beta", 1)],
            id="only its item has a reason",
        ),
        pytest.param(
            BODY.replace("### M2: Links", "| M2 | Deferred | nobody hosts them |"),
            [],
            id="gone with a row",
        ),
        pytest.param(BODY.replace("## Scope\n", ""), [("beta", 1)], id="a section gone"),
    ],
)
def test_alpha_to_beta(beta: str, expected: list[tuple[str, int]]) -> None:
    assert lines(frozen(alpha=BODY, beta=beta)) == expected


@pytest.mark.parametrize("earlier", ["alpha", "beta"])
@pytest.mark.parametrize(
    ("stable", "expected"),
    [
        pytest.param(BODY, [], id="the same"),
        pytest.param(BODY + "\n\n", [], id="blank lines at the end"),
        pytest.param(BODY.replace("`ACCEPTED`", "`COMPLETE`"), [("stable", 13)], id="a state"),
        pytest.param(BODY.replace("All of", "All  of"), [("stable", 9)], id="a space"),
        pytest.param(BODY + "More.\n", [("stable", 18)], id="a line more"),
        pytest.param(BODY.removesuffix("x\n"), [("stable", 16)], id="a line less"),
    ],
)
def test_to_stable(earlier: str, stable: str, expected: list[tuple[str, int]]) -> None:
    assert lines(frozen(**{earlier: BODY, "stable": stable})) == expected


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param(BODY, [], id="the same"),
        pytest.param(BODY + "\n## Amendment\n\nMore.\n", [], id="added below"),
        pytest.param(BODY.replace("### M2", "Added.\n\n### M2"), [], id="added between"),
        pytest.param(
            BODY.replace("`ACCEPTED`", "`COMPLETE`"), [("patch", 13)], id="a line changed"
        ),
        pytest.param(BODY.replace("All of it.\n", ""), [("patch", 9)], id="a line removed"),
        pytest.param("", [("patch", 6)], id="everything removed"),
    ],
)
def test_stable_to_patch(patch: str, expected: list[tuple[str, int]]) -> None:
    assert lines(frozen(stable=BODY, patch1=patch)) == expected


def test_a_patch_follows_the_patch_before_it() -> None:
    first, second = BODY + "One.\n", BODY + "Two.\n"
    assert lines(frozen(stable=BODY, patch1=first, patch2=first + "Two.\n")) == []
    (hit,) = hits("stage-content-changed", frozen(stable=BODY, patch1=first, patch2=second))
    assert hit.subject == "v1.0.1-patch v1.0.2-patch"
    assert "this line of the text of v1.0.1-patch is gone" in hit.message
    assert (hit.related[0].file, hit.related[0].line) == ("MILESTONES.v1.0.1-patch.md", 18)


def test_without_a_rule_the_header_ends_with_its_fields() -> None:
    files = {
        name: text.replace("---\n\n", "") for name, text in frozen(beta=BODY, stable=BODY).items()
    }
    assert lines(files) == []


def test_stages_of_other_numbers_are_not_compared() -> None:
    assert lines(frozen(stable=BODY, alpha1="## Other\n")) == []


def test_a_patch_may_follow_a_stage_of_its_own_number() -> None:
    other = BODY + "Words.\n"
    (hit,) = hits("stage-content-changed", frozen(stable=BODY, alpha1=other, patch1=BODY))
    assert hit.subject == "v1.0.1-alpha v1.0.1-patch"


@pytest.mark.parametrize(
    "name", ["v{n}.0.0-alpha", "v{n}.0.1-patch", "v1.0.{n}-patch", "v1.{n}.0-stable"]
)
@pytest.mark.parametrize("rule", ["stage-skipped", "stage-content-changed"])
def test_many_stages_are_compared_in_linear_time(name: str, rule: str) -> None:
    check = RULES[rule].check
    assert check is not None

    def work(names: list[str]) -> Callable[[], object]:
        facts = project({f"MILESTONES.{branch}.md": "# A\n" for branch in names})
        return lambda: list(check(facts))

    assert_linear(lambda n: [name.replace("{n}", str(k)) for k in range(n)], work, 4_000)
