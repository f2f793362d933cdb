"""What is published, under which tag, and whether it may be: tables, one row a decision."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from ceremony.model import Stage
from ceremony.rules import channels, globs, retention
from ceremony.rules.artifacts import (
    Decision,
    Gathered,
    Held,
    Origin,
    Outcome,
    Passed,
    Plan,
    Renamed,
    Standing,
    Verdict,
    Walk,
    abandoned,
    beside_channel,
    channel_stays,
    decide,
    difference,
    has_had_release,
    is_same,
    known_tag,
    latest_due,
    latest_stays,
    leftovers,
    new_tag,
    passed_over,
    plan,
    prefix,
    reasons,
    shown_before,
    tagged,
)
from ceremony.rules.channels import Place
from ceremony.rules.globs import Missing, Wanted

AT = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
DAY = AT.date()
A, B, C = "a" * 40, "b" * 40, "c" * 40
OWN = "preview-20260131-aaaaaaa"
TABLE = channels.default_table()


def place(ref: str) -> Place:
    return channels.place(channels.source(ref), TABLE)


LATEST = place("latest")
ALPHA = place("v1.0.0-alpha")
STABLE = place("v1.0.0-stable")
PATCH = place("refs/tags/v1.0.1-patch")
MIXED = channels.table(
    [channels.GivenRow("v*", channel="all", retention=retention.parse("1 year"))]
)


def held(tag: str, target: str = A, **more: Any) -> Held:
    given: dict[str, Any] = {
        "id": 1, "name": tag, "is_draft": False, "is_prerelease": True, "has_record": True, **more,
    }  # fmt: skip
    return Held(tag=tag, target=target, **given)


def draft(tag: str, target: str = A, **more: Any) -> Held:
    return held(tag, target, is_draft=True, has_record=False, **more)


def final(tag: str, **more: Any) -> Held:
    return held(tag, is_prerelease=False, **more)


def wanted(*texts: str, missing: Missing = Missing.ERROR) -> tuple[Wanted, ...]:
    return tuple(Wanted(globs.parse(text), missing) for text in texts)


def planned(
    files: tuple[Gathered, ...] = (),
    *,
    at_place: Place = LATEST,
    missing: tuple[str, ...] = (),
    patterns: tuple[Wanted, ...] = (),
    limit: int = 90,
) -> Plan:
    return plan(
        at_place,
        Origin("spiritstream/app", A),
        patterns,
        Walk(files, missing, (Passed("link.deb", "is a link"),), 3),
        at=AT,
        host_limit=limit,
        tag="preview-20260131-aaaaaaa",
    )


def test_a_plan_says_everything_of_its_files() -> None:
    found = planned((Gathered("deb/App 1_amd64.deb", 5, "0" * 64), Gathered("x.dmg", 6, "1" * 64)))
    record = found.record
    assert [(file.path, file.name, file.size) for file in record.files] == [
        ("deb/App 1_amd64.deb", "App.1_amd64.deb", 5),
        ("x.dmg", "x.dmg", 6),
    ]
    assert record.files[0].platform == "linux"
    assert (record.channel, record.retention.text) == ("preview", "30 days")
    assert record.expires == AT + dt.timedelta(days=30)
    assert (record.version, record.stage, record.prerelease) == ("", None, True)
    assert found.renamed == (Renamed("deb/App 1_amd64.deb", "App.1_amd64.deb"),)
    assert (found.passed, found.passed_more) == ((Passed("link.deb", "is a link"),), 3)
    assert (found.refusals, found.notices, found.host_days) == ((), (), 30)


OLD_STABLE, NEW_STABLE = final("1.0.0-stable"), final("2.0.0-stable")


@pytest.mark.parametrize(
    ("tag", "releases", "shown", "due"),
    [
        pytest.param("1.0.0-stable", [OLD_STABLE], "1.0.0-stable", "", id="itself"),
        pytest.param("2.0.0-stable", [OLD_STABLE, NEW_STABLE], "1.0.0-stable", "2.0.0-stable",
                     id="the higher one's run"),
        pytest.param("1.0.0-stable", [OLD_STABLE, NEW_STABLE], "1.0.0-stable", "2.0.0-stable",
                     id="the lower one's run"),
        pytest.param("1.5.0-stable", [OLD_STABLE, final("1.5.0-stable"), NEW_STABLE],
                     "1.0.0-stable", "", id="the run of another one: set by hand"),
        pytest.param("1.10.0-stable", [final("1.9.0-stable"), final("1.10.0-stable")],
                     "1.9.0-stable", "1.10.0-stable", id="by number"),
        pytest.param("1.0.0-stable", [OLD_STABLE, final("1.0.0-stable.2")], "1.0.0-stable", "",
                     id="a number of its version"),
        pytest.param("2.0.0-stable", [NEW_STABLE], None, "", id="none is shown"),
        pytest.param("2.0.0-stable", [NEW_STABLE, final("nightly")], "nightly", "",
                     id="no version is shown"),
        pytest.param("1.0.0-stable", [OLD_STABLE, held("2.0.0-stable")], "1.0.0-stable", "",
                     id="a prerelease"),
        pytest.param("1.0.0-stable", [OLD_STABLE, final("2.0.0-stable", is_draft=True)],
                     "1.0.0-stable", "", id="a draft"),
        pytest.param("1.0.0-stable", [OLD_STABLE, final("v2.0.0")], "1.0.0-stable", "",
                     id="a preview that only says a version"),
        pytest.param("2.0.0-stable", [final("1.0.0-stable", has_record=False), NEW_STABLE],
                     "1.0.0-stable", "", id="somebody else's is shown"),
        pytest.param("2.0.0-stable",
                     [OLD_STABLE, NEW_STABLE, final("3.0.0-stable", has_record=False)],
                     "1.0.0-stable", "", id="somebody else's is higher"),
    ],
)  # fmt: skip
def test_which_release_the_host_should_show(
    tag: str, releases: list[Held], shown: str | None, due: str
) -> None:
    found = latest_due(tag, releases, shown)
    assert (found.tag if found else "") == due


@pytest.mark.parametrize(
    ("at_place", "tag", "releases", "tags", "told"),
    [
        pytest.param(ALPHA, "1.0.0-alpha.1", [], {"1.0.0-alpha": B}, ["1.0.0-alpha"], id="one"),
        pytest.param(ALPHA, "1.0.0-alpha", [], {"1.0.0-alpha": A}, [], id="its own"),
        pytest.param(ALPHA, "1.0.0-alpha.2", [held("1.0.0-alpha.1")], {"1.0.0-alpha": B}, [],
                     id="the version has a release"),
        pytest.param(ALPHA, "1.0.0-alpha", [], {"1.0.0-alphabet": B}, [], id="another tag"),
        pytest.param(ALPHA, "1.0.0-alpha", [], {"1.0.0-alpha": A, "1.0.0-alpha.1": B}, [],
                     id="a higher number"),
        pytest.param(ALPHA, "1.0.0-alpha.11", [draft("1.0.0-alpha.11")],
                     {"1.0.0-alpha.10": B, "1.0.0-alpha.2": B},
                     ["1.0.0-alpha.2", "1.0.0-alpha.10"], id="by number, beside a draft"),
        pytest.param(LATEST, OWN, [], {"1.0.0-alpha": B}, [], id="a preview"),
        pytest.param(PATCH, "v1.0.1-patch", [], {"1.0.1-patch": B}, [], id="a tag"),
    ],
)  # fmt: skip
def test_which_tags_took_a_versions_first_numbers(
    at_place: Place, tag: str, releases: list[Held], tags: dict[str, str], told: list[str]
) -> None:
    found = passed_over(at_place, tag, releases, tags)
    assert [said.split("`")[1] for said in found] == told


OLDER, OLD = "preview-20260101-bbbbbbb", "preview-20260129-ccccccc"


@pytest.mark.parametrize(
    ("at_place", "releases", "tag"),
    [
        pytest.param(LATEST, [], "", id="none"),
        pytest.param(
            LATEST, [held(OLDER, published="2026-01-29T00:00:01Z"),
                     held(OLD, published="2026-01-29T00:00:00Z")], OLDER, id="by publication",
        ),
        pytest.param(
            LATEST, [held(OLDER, id=2, published="2026-01-29T00:00:00Z"),
                     held(OLD, published="2026-01-29T00:00:00Z")], OLDER, id="then by number",
        ),
        pytest.param(LATEST, [held(OLD, is_draft=True)], "", id="a draft"),
        pytest.param(LATEST, [held(OLD, has_record=False)], "", id="not ours"),
        pytest.param(LATEST, [held("nightly-20260129-ccccccc")], "", id="another channel"),
        pytest.param(LATEST, [held(OWN)], "", id="itself"),
        pytest.param(ALPHA, [held(OLD)], "", id="a version"),
        pytest.param(PATCH, [held(OLD)], "", id="a tag"),
    ],
)  # fmt: skip
def test_which_preview_was_shown_before(at_place: Place, releases: list[Held], tag: str) -> None:
    assert shown_before(at_place, OWN, releases) == tag


@pytest.mark.parametrize(
    ("ref", "channel", "kept", "days", "prerelease", "version"),
    [
        ("latest", "preview", "30 days", 30, True, ""),
        ("v1.0.0-alpha", "alpha", "90 days", 90, True, "1.0.0"),
        ("v1.0.0-beta", "beta", "1 year", 365, True, "1.0.0"),
        ("v1.0.0-stable", "stable", "indefinite", None, False, "1.0.0"),
        ("v1.0.0-patch", "patch", "indefinite", None, False, "1.0.0"),
        ("refs/tags/v1.0.1-patch", "patch", "indefinite", None, False, "1.0.1"),
    ],
)  # fmt: skip
def test_the_ceremony_s_five_channels(
    *, ref: str, channel: str, kept: str, days: int | None, prerelease: bool, version: str
) -> None:
    record = planned(at_place=place(ref)).record
    assert (record.channel, record.retention.text) == (channel, kept)
    assert record.expires == (None if days is None else AT + dt.timedelta(days=days))
    assert (record.prerelease, record.version) == (prerelease, version)


def test_the_host_s_store_may_keep_less_and_it_is_said() -> None:
    found = planned(at_place=STABLE)
    assert found.host_days == 90
    assert found.notices == (
        (
            "`retention-days` is 90, the most that the host's store for workflow artifacts keeps; "
            "the release itself is kept: indefinite"
        ),
    )


@pytest.mark.parametrize(
    ("missing", "refused", "noticed"),
    [(Missing.ERROR, True, False), (Missing.WARN, False, True), (Missing.IGNORE, False, False)],
)
def test_a_pattern_that_matches_nothing(*, missing: Missing, refused: bool, noticed: bool) -> None:
    found = planned(
        (Gathered("x.deb", 1, "0" * 64),),
        patterns=wanted("*.deb", "*.msi", missing=missing),
        missing=("*.msi",),
    )
    assert [each for each in found.refusals if "no file matches `*.msi`" in each] == [
        "no file matches `*.msi`: build it, correct the pattern, or say `if-no-files-found: ignore`"
    ] * refused
    assert found.notices == ("no file matches `*.msi`",) * noticed


def test_row_34_a_file_that_holds_a_credential_is_refused_with_all_other_reasons() -> None:
    found = planned(
        (Gathered("a.deb", 1, "0" * 64, "a GitHub token"), Gathered("b/.env", 0, "1" * 64))
    )
    text = "\n".join(found.refusals)
    assert "`a.deb` holds what looks like a GitHub token" in text
    assert "b/.env" in text
    assert len(found.refusals) >= 2
    assert found.renamed == ()


# ---------------------------------------------------------------------------- tags


@pytest.mark.parametrize(
    ("at_place", "expected"),
    [
        pytest.param(LATEST, "preview-20260131-aaaaaaa", id="preview"),
        pytest.param(ALPHA, "1.0.0-alpha", id="branch"),
        pytest.param(PATCH, "v1.0.1-patch", id="tag"),
    ],
)
def test_what_a_release_s_tag_begins_with(at_place: Place, expected: str) -> None:
    assert prefix(at_place, A, DAY) == expected
    assert new_tag(at_place, A, DAY, (), {}) == expected


@pytest.mark.parametrize(
    ("releases", "tags", "expected"),
    [
        pytest.param([held("1.0.0-alpha", B)], {"1.0.0-alpha": B}, "1.0.0-alpha.1", id="second"),
        pytest.param(
            [held("1.0.0-alpha", B), held("1.0.0-alpha.1", C)], {}, "1.0.0-alpha.2", id="third"
        ),
        pytest.param([], {"1.0.0-alpha": B}, "1.0.0-alpha.1", id="a pruned one keeps its number"),
        pytest.param([], {"1.0.0-alpha.4": B}, "1.0.0-alpha.5", id="numbers have gaps"),
        pytest.param([], {"1.0.0-alpha": A}, "1.0.0-alpha", id="its own tag without a release"),
        pytest.param(
            [held("1.0.0-alpha", B)], {"1.0.0-alpha": A}, "1.0.0-alpha.1", id="released elsewhere"
        ),
        pytest.param(
            [], {"1.0.0-alpha.x": B, "1.0.0-alpha-2": B}, "1.0.0-alpha", id="others' tags"
        ),
        pytest.param(
            [held("v1.0.0-alpha", B), held("1.0.1-alpha", B)], {}, "1.0.0-alpha", id="others"
        ),
        pytest.param([draft("1.0.0-alpha", B)], {}, "1.0.0-alpha.1", id="a draft has its number"),
        pytest.param([draft("1.0.0-alpha", "")], {}, "1.0.0-alpha", id="a person's has none"),
        pytest.param(
            [draft("1.0.0-alpha", B, name="Big")], {}, "1.0.0-alpha", id="a person's by its name"
        ),
    ],
)  # fmt: skip
def test_a_branch_s_further_commits_are_numbered(
    releases: list[Held], tags: dict[str, str], expected: str
) -> None:
    assert new_tag(ALPHA, A, DAY, releases, tags) == expected


@pytest.mark.parametrize(
    ("at_place", "releases", "expected"),
    [
        pytest.param(LATEST, [], "", id="none"),
        pytest.param(LATEST, [held("preview-20260101-aaaaaaa")], "preview-20260101-aaaaaaa",
                     id="of another day"),
        pytest.param(LATEST, [held("preview-20260101-bbbbbbb", B)], "", id="of another commit"),
        pytest.param(LATEST, [held("nightly-20260101-aaaaaaa")], "", id="of another channel"),
        pytest.param(LATEST, [held("1.0.0-alpha")], "", id="a version at the same commit"),
        pytest.param(ALPHA, [held("1.0.0-alpha.3")], "1.0.0-alpha.3", id="a version's"),
        pytest.param(ALPHA, [held("v1.0.0-alpha")], "", id="somebody's with a v"),
        pytest.param(PATCH, [held("v1.0.1-patch")], "v1.0.1-patch", id="a tag's"),
        pytest.param(
            LATEST, [held("preview-20260101-aaaaaaa", has_record=False)], "", id="somebody else's"
        ),
        pytest.param(
            LATEST,
            [draft("preview-20260101-aaaaaaa", id=1), held("preview-20260102-aaaaaaa", id=2)],
            "preview-20260102-aaaaaaa",
            id="published before a draft",
        ),
    ],
)  # fmt: skip
def test_a_commit_keeps_the_tag_that_it_has(
    at_place: Place, releases: list[Held], expected: str
) -> None:
    assert known_tag(at_place, A, releases) == expected


@pytest.mark.parametrize(
    ("release", "tags", "expected"),
    [
        (held("1.0.0-alpha", ""), {"1.0.0-alpha": A}, "1.0.0-alpha"),
        (held("1.0.0-alpha.2", ""), {"1.0.0-alpha.2": A}, "1.0.0-alpha.2"),
        (held("1.0.0-alpha", ""), {"1.0.0-alpha": B}, ""),
        (held("1.0.0-alpha", ""), {}, ""),
        (held("1.0.0-alpha", B), {"1.0.0-alpha": A}, ""),
        (held("1.0.0-beta", ""), {"1.0.0-beta": A}, ""),
        (held("1.0.0-alpha", "", has_record=False), {"1.0.0-alpha": A}, ""),
        (held("1.0.0-alpha", "", is_draft=True), {"1.0.0-alpha": A}, ""),
    ],
    ids=["ours", "a number", "elsewhere", "no tag", "another's", "beta", "no record", "a draft"],
)
def test_a_release_whose_commit_the_host_forgot_is_known_by_its_tag(
    release: Held, tags: dict[str, str], expected: str
) -> None:
    assert tagged(ALPHA, A, [release], tags) == expected


@pytest.mark.parametrize(
    ("at_place", "releases", "known"),
    [
        (ALPHA, [held("0.9.0-alpha")], True),
        (ALPHA, [held("0.9.0-alpha", has_record=False), held("0.9.0-beta"), held("x")], False),
        (ALPHA, [held("0.9.0-alpha", is_draft=True)], False),
        (LATEST, [held("preview-20260101-bbbbbbb")], True),
        (LATEST, [held("nightly-20260101-bbbbbbb"), held("1.0.0-alpha")], False),
    ],
    ids=["a version", "others", "a draft", "a preview", "other channels"],
)
def test_whether_a_channel_has_had_a_release(
    at_place: Place, releases: list[Held], *, known: bool
) -> None:
    assert has_had_release(at_place, releases, TABLE) is known


# ---------------------------------------------------------------------------- decisions


def standing(tags: dict[str, str] | None = None, **more: Any) -> Standing:
    given: dict[str, Any] = {"channel": None, "relation": "", "is_tip": True, **more}
    return Standing(tags=tags or {}, **given)


def test_nothing_is_there_yet() -> None:
    assert decide("1.0.0-alpha", A, [held("1.0.0-beta")], standing()) == Decision()
    assert decide("1.0.0-alpha", A, [], standing({"1.0.0-alpha": A})) == Decision()


def test_row_48_a_tag_that_is_elsewhere_is_a_refusal() -> None:
    said = decide("v1.0.1-patch", A, [], standing({"v1.0.1-patch": B})).refusal
    assert said.startswith("the tag `v1.0.1-patch` is at bbbbbbb and not at aaaaaaa")


def test_a_published_release_is_compared_and_never_changed() -> None:
    own = held("x", id=3)
    assert decide("x", A, [own, draft("x", id=5)], standing()) == Decision(published=own)
    said = decide("x", A, [held("x", has_record=False)], standing()).refusal
    assert "has no `ceremony-manifest.json`: it was made by somebody else" in said


def test_fault_12_an_earlier_run_s_draft_is_adopted() -> None:
    own = draft("x", id=3)
    assert decide("x", A, [own], standing()) == Decision(draft=own)


def test_fault_16_of_several_drafts_the_first_is_taken() -> None:
    found = decide("x", A, [draft("x", id=9), draft("x", id=3)], standing())
    assert found == Decision(draft=draft("x", id=3))


def test_what_nobody_can_publish_any_more_is_left_over() -> None:
    tag, other = "preview-20260101-aaaaaaa", "preview-20260102-aaaaaaa"
    mine, taken, free = draft(tag, id=1), draft(other, id=2), draft("preview-20260103-aaaaaaa")
    others = [held(other, B), draft(tag, B), draft(tag, name="Mine"), draft("1.0.0-alpha")]
    assert leftovers(LATEST, A, tag, [mine, taken, free, *others]) == (mine, taken)
    # Its tag has another commit's release: it is no draft to finish.
    assert known_tag(LATEST, A, [taken, held(other, B)]) == ""


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param(draft("x", B), id="for another commit"),
        pytest.param(draft("x", name="Big"), id="by hand"),
    ],
)
def test_somebody_else_s_draft_is_not_touched(foreign: Held) -> None:
    said = decide("x", A, [draft("x"), foreign], standing()).refusal
    assert said.startswith("there is a draft for the tag `x` that no run of this made for aaaaaaa")


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (
            standing(branches=frozenset({"x", "y"})),
            "there is a branch `x`, and the release needs a tag of that name: rename it",
        ),
        (
            standing({"x/b": A, "x/a": A, "xy/z": A}),
            "there is a tag `x/a`, beside which git has no `x`: delete it",
        ),
        (standing({"xy/z": A}, branches=frozenset({"x.1"})), ""),
        (standing({"x": A}, branches=frozenset({"x"})), ""),
    ],
    ids=["a branch", "a tag below", "only alike", "both are there"],
)
def test_what_a_tag_cannot_stand_beside_is_in_its_way(stands: Standing, said: str) -> None:
    assert decide("x", A, [], stands).refusal == said
    assert decide("x", A, [held("x")], stands).refusal == ""


@pytest.mark.parametrize(
    ("releases", "branch", "nested", "what"),
    [
        ([], False, "", ""),
        ([held("preview/1"), held("previews")], False, "", ""),
        ([held("preview")], False, "", "release `preview`"),
        ([draft("preview")], False, "1", "tag `preview/1`"),
        ([held("preview")], True, "1", "branch `preview`"),
    ],
    ids=["nothing", "only alike", "a release", "a tag below", "a branch"],
)
def test_what_the_channel_s_tag_cannot_stand_beside(
    releases: list[Held], nested: str, what: str, *, branch: bool
) -> None:
    said = beside_channel("preview", releases, has_branch=branch, nested=nested)
    assert said.partition(",")[0] == (f"there is a {what}" if what else "")


def test_drafts_of_earlier_commits_are_called_out() -> None:
    left = draft("preview-20260101-bbbbbbb", B, id=7)
    others = [draft("preview-20260101-aaaaaaa"), draft("Mine", B), held("preview-1", B)]
    assert abandoned(LATEST, A, [left, *others]) == (
        (
            "the draft of `preview-20260101-bbbbbbb` (id 7) was left by a run for bbbbbbb: delete "
            "it, or run that again"
        ),
    )


@pytest.mark.parametrize(
    ("at_place", "tag", "releases", "stays"),
    [
        pytest.param(STABLE, "1.0.0-stable", [], "", id="the first"),
        pytest.param(STABLE, "1.0.0-stable", [final("0.9.0-stable")], "", id="higher"),
        pytest.param(STABLE, "1.0.0-stable", [final("2.0.0-stable")],
                     "`2.0.0-stable` is a higher version", id="row 49: lower"),
        pytest.param(STABLE, "1.0.0-stable.1", [final("1.0.0-stable")], "", id="a number more"),
        pytest.param(STABLE, "1.0.0-stable", [final("1.0.0-stable.1")],
                     "`1.0.0-stable.1` is a higher version", id="a number less"),
        pytest.param(STABLE, "1.0.0-stable", [final("v1.0.0-patch")],
                     "`v1.0.0-patch` is a higher version", id="patch is more"),
        pytest.param(PATCH, "v1.0.1-patch", [final("v1.0.0")], "", id="without a stage"),
        pytest.param(PATCH, "v1.0.1-patch", [final("v1.10.0")],
                     "`v1.10.0` is a higher version", id="not as text"),
        pytest.param(STABLE, "1.0.0-stable", [final("winter")], "", id="no version at all"),
        pytest.param(STABLE, "1.0.0-stable", [held("2.0.0-beta")], "", id="a prerelease"),
        pytest.param(STABLE, "1.0.0-stable", [final("2.0.0-stable", is_draft=True)], "",
                     id="a draft"),
        pytest.param(STABLE, "1.0.0-stable", [final("1.0.0-stable")], "", id="itself"),
        pytest.param(STABLE, "1.0.0-stable.1", [final("1.0.0-stable", target=B)],
                     "`1.0.0-stable` is of a newer commit", id="fault 30: an older commit"),
        pytest.param(ALPHA, "1.0.0-alpha", [], "it is a prerelease", id="alpha never is"),
        pytest.param(LATEST, "preview-20260131-aaaaaaa", [], "it is a prerelease",
                     id="a preview never is"),
    ],
)  # fmt: skip
def test_row_49_latest_goes_by_version(
    at_place: Place, tag: str, releases: list[Held], stays: str
) -> None:
    behind = standing(channel=B, relation="behind")
    assert latest_stays(at_place, tag, releases, behind, None) == stays
    assert latest_stays(at_place, tag, releases, behind, "v0.1.0") == stays


def test_a_latest_that_names_no_version_is_left_alone() -> None:
    said = latest_stays(STABLE, "1.0.0-stable", [], standing(), "app-v3.0.0")
    assert (
        said == "`app-v3.0.0`, which GitHub shows as the latest, names no version to compare with"
    )


@pytest.mark.parametrize(
    ("at_place", "tag", "releases", "stands", "stays"),
    [
        pytest.param(LATEST, "t", [], standing(), "", id="no tag yet"),
        pytest.param(LATEST, "t", [], standing(channel=B, relation="ahead"), "", id="forward"),
        pytest.param(
            LATEST, "t", [], standing(channel=B, relation="diverged"), "", id="rewritten: the tip"
        ),
        pytest.param(
            LATEST, "t", [], standing(channel=B, relation="ahead", is_tip=False), "",
            id="not the tip, and newer",
        ),
        pytest.param(
            LATEST, "t", [], standing(channel=B, relation="behind", is_tip=False),
            "it shows a newer commit", id="older",
        ),
        pytest.param(
            ALPHA, "1.0.0-alpha", [held("2.0.0-alpha")], standing(channel=B),
            "`2.0.0-alpha` is a higher version of it", id="a higher version",
        ),
        pytest.param(
            ALPHA, "1.0.0-alpha.1", [held("1.0.0-alpha", B)],
            standing(channel=B, relation="behind", is_tip=False), "it shows a newer commit",
            id="an older commit of the version",
        ),
        pytest.param(
            ALPHA, "1.0.0-alpha", [held("0.9.0-alpha", B)],
            standing(channel=B, relation="behind", is_tip=False), "",
            id="an older commit of a higher version",
        ),
        pytest.param(
            ALPHA, "1.0.0-alpha.1", [held("1.0.0-alpha"), held("0.9.0-alpha")],
            standing(channel=B, relation="diverged"), "", id="the highest",
        ),
        pytest.param(
            ALPHA, "1.0.0-alpha",
            [held("2.0.0-beta"), draft("2.0.0-alpha"), held("3.0.0-alpha", has_record=False),
             held("winter")],
            standing(channel=B), "", id="nothing of the channel",
        ),
        pytest.param(
            channels.place(channels.source("v9"), MIXED), "all-20260131-aaaaaaa",
            [held("all-20260101-bbbbbbb"), held("1.0.0-beta")], standing(channel=B),
            "it shows versions, such as `1.0.0-beta`", id="a preview among versions",
        ),
        pytest.param(
            channels.place(channels.source("refs/tags/v1.2.4"), MIXED), "v1.2.4",
            [final("v1.2.3"), held("v1.2.3-beta.1")], standing(channel=B), "",
            id="tags that are no version's",
        ),
        pytest.param(
            channels.place(channels.source("refs/tags/v1.2.3"), MIXED), "v1.2.3",
            [held("v1.2.4")], standing(channel=B, relation="behind"), "it shows a newer commit",
            id="an older tag",
        ),
        pytest.param(
            ALPHA, "1.0.0-alpha", [held("v2.0.0-alpha.1")], standing(channel=B), "",
            id="a preview whose tag only says a version",
        ),
    ],
)  # fmt: skip
def test_the_channel_s_tag(
    at_place: Place, tag: str, releases: list[Held], stands: Standing, stays: str
) -> None:
    table = MIXED if at_place.row.channel == "all" else TABLE
    assert channel_stays(at_place, tag, releases, stands, table) == stays


def test_rows_that_share_a_channel_are_compared_with_one_another() -> None:
    row = channels.GivenRow("v*-patch", channel="stable")
    table = channels.table([row])
    patch = channels.place(channels.source("v1.2.1-patch"), table)
    stands = standing(channel=B)
    for releases, stays in (
        ([final("2.0.0-stable")], "`2.0.0-stable` is a higher version of it"),
        ([final("1.0.0-stable"), held("9.0.0-beta")], ""),
    ):
        assert channel_stays(patch, "1.2.1-patch", releases, stands, table) == stays
    assert channel_stays(patch, "1.2.1-patch", [final("9.0.0-stable")], stands, table[1:2]) == ""


def test_two_records_are_the_same_release_by_what_users_get() -> None:
    one = planned((Gathered("x.deb", 1, "0" * 64),)).record
    assert is_same(one, replace(one, created=AT + dt.timedelta(1), ref="refs/heads/other"))
    file = one.files[0]
    assert is_same(one, replace(one, files=(file._replace(media_type="a/b", path="y/x.deb"),)))
    assert not is_same(one, replace(one, files=(file._replace(sha256="1" * 64),)))
    assert not is_same(one, replace(one, commit=B))
    assert not is_same(one, replace(one, tag="x"))


def test_what_a_release_has_otherwise_is_named() -> None:
    one = planned((Gathered("x.deb", 1, "0" * 64),)).record
    assert difference(one, replace(one, files=())) == "other files"
    year = replace(one, channel="nightly", retention=retention.parse("1 year"))
    assert difference(year, one) == (
        "the channel `nightly` and not `preview`, the retention `1 year` and not `30 days`"
    )
    other = replace(one, version="1.0.0", stage=Stage.BETA)
    assert difference(one, other) == (
        "the version `none` and not `1.0.0`, the stage `none` and not `beta`"
    )


def test_what_is_never_pruned_is_said_where_the_table_says_otherwise() -> None:
    row = channels.GivenRow("v*-stable", retention=retention.parse("30 days"))
    at_place = channels.place(channels.source("v1.0.0-stable"), channels.table([row]))
    assert planned(at_place=at_place).notices == (
        "stable is never pruned, whatever its retention is",
    )
    row = channels.GivenRow("latest", channel="stable")
    at_place = channels.place(channels.source("latest"), channels.table([row]))
    assert planned(at_place=at_place).notices == (
        "what is in the channel `stable` is never pruned, whatever its retention is",
    )


# ---------------------------------------------------------------------------- the outcome


@pytest.mark.parametrize(
    ("verdict", "failure", "status"),
    [
        (Verdict.PUBLISHED, "", 0),
        (Verdict.UP_TO_DATE, "", 0),
        (Verdict.PLANNED, "", 0),
        (Verdict.NOTHING, "", 0),
        (Verdict.REFUSED, "", 1),
        (Verdict.PUBLISHED, "the tag was not moved", 3),
    ],
)
def test_the_exit_status(verdict: Verdict, failure: str, status: int) -> None:
    assert Outcome(verdict=verdict, failure=failure).status == status


@pytest.mark.parametrize(
    ("found", "said"),
    [(["a"], "a"), (["a", "b"], "a; and 1 more reason"), (["a"] * 3, "a; and 2 more reasons")],
    ids=["one", "two", "three"],
)
def test_reasons_as_one_sentence(found: list[str], said: str) -> None:
    assert reasons(found) == said
