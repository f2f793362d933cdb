"""What prune may delete, and why everything else stays: every doubt keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.model import Stage
from ceremony.rules import retention
from ceremony.rules.prune import (
    MAX_READ,
    Asset,
    Decision,
    Facts,
    Outcome,
    Policy,
    Release,
    Row,
    Verdict,
    Word,
    decide,
    moment,
    row_of,
)
from ceremony.rules.record import NAME, SUMS, File, Record
from tests.support.growth import assert_linear

APP = "spiritstream/app"
NOW = dt.datetime(2026, 6, 1, 12, 0, 0, tzinfo=dt.UTC)
DIGEST = "b" * 64
DAY = dt.timedelta(days=1)


def at(days: float) -> dt.datetime:
    """So many days ago."""
    return NOW - days * DAY


def commit(number: int) -> str:
    return f"{number:07x}" + "c" * 33


def record(number: int, created: dt.datetime, **more: Any) -> Record:
    kept = retention.parse(more.pop("retention", "30 days"))
    given: dict[str, Any] = {
        "repository": APP,
        "tag": f"preview-{created:%Y%m%d}-{number:07x}",
        "channel": "preview",
        "retention": kept,
        "created": created,
        "expires": retention.expires(kept, created),
        "prerelease": True,
        "ref": "refs/heads/latest",
        "commit": commit(number),
        "version": "",
        "stage": None,
        "files": (File("a.deb", "a.deb", 5, DIGEST, "application/octet-stream", "", ""),),
        **more,
    }
    return Record(**given)


WHOLE = (
    Asset("a.deb", 5, f"sha256:{DIGEST}", is_whole=True),
    Asset(NAME, 900, "", is_whole=True),
    Asset(SUMS, 72, "", is_whole=True),
)


def preview(number: int, days: float, **more: Any) -> Release:
    """A preview that was published so many days ago, and written then or `written` days ago."""
    says = more.pop("says", {})
    said = record(number, at(more.pop("written", days)), **says)
    given: dict[str, Any] = {
        "id": number,
        "tag": said.tag,
        "is_draft": False,
        "is_prerelease": True,
        "is_immutable": False,
        "is_latest": False,
        "published": at(days),
        "assets": WHOLE,
        "record": said,
        **more,
    }
    return Release(**given)


def staged(number: int, days: float, stage: Stage, tag: str, **more: Any) -> Release:
    says = {
        "tag": tag, "channel": stage.value, "version": "1.0.0", "stage": stage,
        "prerelease": stage not in {Stage.STABLE, Stage.PATCH}, **more.pop("says", {}),
    }  # fmt: skip
    return preview(number, days, says=says, **more)


def facts(*releases: Release, **more: Any) -> Facts:
    tags = {
        each.tag: each.record.commit
        for each in releases
        if each.record and each.tag.startswith("preview-")
    }
    given: dict[str, Any] = {
        "repository": APP, "releases": releases, "tags": tags, "server": NOW, "runner": NOW,
        **more,
    }  # fmt: skip
    return Facts(**given)


def policy(*channels: str, keep_last: int = 1, cap: int = 20) -> Policy:
    return Policy(channels or ("preview",), keep_last, cap)


def words(decision: Decision) -> dict[int, Word]:
    return {row.release.id: row.word for row in decision.rows}


def reason(decision: Decision, release: int) -> str:
    row = row_of(decision.rows, release)
    assert row is not None
    return row.reason


NEWEST = preview(99, 1)
# What was published before any tag that is left behind.
FIRST = staged(98, 900, Stage.STABLE, "1.0.0-stable", is_prerelease=False, record=None)


# ---------------------------------------------------------------------------- what goes


def test_what_has_outlived_its_retention_goes_the_oldest_first() -> None:
    decision = decide(facts(NEWEST, preview(1, 40), preview(2, 50), preview(3, 29)), policy())
    assert decision.verdict is Verdict.PLANNED
    assert [(row.release.id, row.word) for row in decision.rows] == [
        (2, Word.DELETE),
        (1, Word.DELETE),
        (99, Word.KEEP),
        (3, Word.KEEP),
    ]
    assert reason(decision, 2) == "its 30 days were over on 2026-05-12"
    assert reason(decision, 3) == "it is kept 30 days, until 2026-06-02 12:00 UTC"
    assert [row.sha for row in decision.rows] == [commit(2), commit(1), "", ""]
    assert [row.newest for row in decision.rows] == [(99,), (99,), (), ()]
    assert decision.rows[0].expires == at(20)
    assert decision.rows[0].channel == "preview"
    assert decision.notices == ()


def test_to_the_second() -> None:
    second = dt.timedelta(seconds=1)
    gone = decide(facts(NEWEST, preview(1, 30)), policy())
    early = decide(facts(NEWEST, preview(1, 30), server=NOW - second), policy())
    assert words(gone)[1] is Word.DELETE
    assert words(early)[1] is Word.KEEP


def test_a_version_goes_without_its_tag() -> None:
    old = staged(1, 100, Stage.ALPHA, "1.0.0-alpha", says={"retention": "90 days"})
    new = staged(2, 5, Stage.ALPHA, "1.0.1-alpha", says={"retention": "90 days"})
    decision = decide(facts(new, old), policy("alpha"))
    assert words(decision) == {1: Word.DELETE, 2: Word.KEEP}
    assert decision.rows[0].sha == ""


def test_an_immutable_preview_goes_as_its_tag_is_its_own() -> None:
    decision = decide(facts(NEWEST, preview(1, 40, is_immutable=True)), policy())
    assert words(decision)[1] is Word.DELETE


def test_digests_are_not_everywhere() -> None:
    bare = (WHOLE[0]._replace(digest=""), *WHOLE[1:])
    decision = decide(facts(NEWEST, preview(1, 40, assets=bare)), policy())
    assert words(decision)[1] is Word.DELETE


def test_capitals_in_the_repositorys_name_mean_nothing() -> None:
    old = preview(1, 40, says={"repository": "SpiritStream/App"})
    assert words(decide(facts(NEWEST, old), policy()))[1] is Word.DELETE


# ---------------------------------------------------------------------------- what stays

STAYS: dict[str, tuple[Release, str]] = {
    "draft": (preview(1, 40, is_draft=True), "it is a draft"),
    "latest": (preview(1, 40, is_latest=True), "GitHub shows it as the latest release"),
    "no prerelease": (preview(1, 40, is_prerelease=False), "it is no prerelease"),
    "stable by tag": (
        preview(1, 40, tag="v1.2.3", record=None, assets=()),
        "by its tag it is stable",
    ),
    "patch by tag": (
        preview(1, 40, tag="1.2.3-patch.4", record=None, assets=()),
        "by its tag it is patch",
    ),
    "alpha by tag, unmarked": (
        preview(1, 40, tag="1.2.3-alpha", record=None, assets=()),
        f"it carries no `{NAME}`: not ours",
    ),
    "unmarked": (
        preview(1, 40, record=None, assets=WHOLE[:1]),
        f"it carries no `{NAME}`: not ours",
    ),
    "undated": (preview(1, 40, published=None), "GitHub does not say when it was published"),
    "another repository's": (
        preview(1, 40, says={"repository": "other/app"}),
        "its record is that of a release of `other/app`: not ours",
    ),
    "not looked at": (
        preview(1, 40, record=None),
        f"its record was not looked at: one run reads {MAX_READ} at most",
    ),
    "flawed for good": (
        preview(1, 40, is_immutable=True, record=None, flaw="it is no JSON"),
        "its record cannot be believed: it is no JSON",
    ),
    "another's record for good": (
        preview(1, 40, is_immutable=True, tag="preview-20260422-1234567"),
        "its record cannot be believed: it is the record of the release `preview-20260422-0000001`",
    ),
    "another channel's": (
        preview(1, 40, says={"channel": "nightly"}),
        "`nightly` is not among the channels to prune",
    ),
    "stable by record": (
        preview(
            1, 40, says={"stage": Stage.STABLE, "version": "1.0.0", "prerelease": False}
        ),
        "it is stable",
    ),
    "patch by record": (
        preview(1, 40, says={"stage": Stage.PATCH, "version": "1.0.0", "prerelease": False}),
        "it is patch",
    ),
    "stable by channel": (preview(1, 40, says={"channel": "stable"}), "it is stable"),
    "patch by channel": (preview(1, 40, says={"channel": "patch"}), "it is patch"),
    "immutable, unread": (
        preview(1, 40, tag="v2.0.0-rc.1", is_immutable=True, record=None),
        "it is immutable: its tag could never be used again",
    ),
    "immutable, with another channel's own tag": (
        preview(
            1, 40, tag="beta-20260422-0000001", is_immutable=True,
            says={"tag": "beta-20260422-0000001"},
        ),
        "it is immutable: its tag could never be used again",
    ),
    "immutable": (
        preview(1, 40, tag="1.0.0-alpha", is_immutable=True, says={"tag": "1.0.0-alpha"}),
        "it is immutable: its tag could never be used again",
    ),
    "added to": (
        preview(1, 40, assets=(*WHOLE, Asset("a.sig", 1, "", is_whole=True))),
        "somebody has added `a.sig` to it",
    ),
    "added to twice": (
        preview(
            1,
            40,
            assets=(
                Asset("b.sig", 1, "", is_whole=False), Asset("a.sig", 1, "", is_whole=True), *WHOLE,
            ),
        ),
        "somebody has added `a.sig` and 1 more to it",
    ),
    "for ever": (preview(1, 4000, says={"retention": "indefinite"}), "it is kept for ever"),
}  # fmt: skip


@pytest.mark.parametrize(("release", "why"), STAYS.values(), ids=STAYS.keys())
def test_what_stays_and_why(release: Release, why: str) -> None:
    decision = decide(facts(NEWEST, release), policy("preview", "stable", "patch"))
    assert decision.verdict is Verdict.NOTHING
    assert words(decision)[1] is Word.KEEP
    assert reason(decision, 1) == why


def test_row_43_a_record_promises_from_the_day_of_publication_on() -> None:
    late = preview(1, 2, written=400)
    decision = decide(facts(NEWEST, late), policy())
    assert reason(decision, 1) == "it is kept 30 days, until 2026-06-29 12:00 UTC"
    assert decision.rows[1].expires == at(-28)


def test_a_record_that_was_written_later_promises_from_then_on() -> None:
    later = preview(1, 40, written=2)
    assert reason(decide(facts(NEWEST, later), policy()), 1).startswith("it is kept 30 days, until")


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "its tag is not there, and was made at 0000001"),
        ({"preview-20260422-0000001": "d" * 40}, "its tag is at ddddddd, and was made at 0000001"),
    ],
    ids=["none", "moved"],
)
def test_row_48_a_preview_whose_tag_is_elsewhere_stays(tags: dict[str, str], why: str) -> None:
    decision = decide(facts(NEWEST, preview(1, 40), tags=tags), policy())
    assert reason(decision, 1) == why
    assert words(decision)[1] is Word.KEEP


def test_a_tag_that_a_draft_needs_stays() -> None:
    old = preview(1, 40)
    draft = preview(2, 1, tag=old.tag, is_draft=True, published=None, record=None)
    decision = decide(facts(draft, NEWEST, old), policy())
    assert reason(decision, 1) == "another release, a draft, has its tag"


@pytest.mark.parametrize(
    ("changes", "can"),
    [
        ({}, True),
        ({"is_draft": True}, False),
        ({"is_latest": True}, False),
        ({"is_prerelease": False}, False),
        ({"assets": WHOLE[:1]}, False),
        ({"is_immutable": True}, True),
        ({"is_immutable": True, "tag": "v2.0.0-rc.1"}, False),
        ({"is_immutable": True, "tag": "preview-20260230-0000001"}, False),
        ({"tag": "v2.0.0-rc.1"}, True),
        ({"tag": "v2.0.0-stable"}, False),
        ({"tag": "1.2.3"}, False),
    ],
    ids=[
        "preview",
        "draft",
        "latest",
        "release",
        "unmarked",
        "for good",
        "for good, no own tag",
        "for good, no day",
        "another's version",
        "stable",
        "stable without a word",
    ],
)
def test_only_what_could_go_is_read(changes: dict[str, Any], can: bool) -> None:  # noqa: FBT001 - pytest's
    assert preview(1, 40, **changes).can_go is can


# ---------------------------------------------------------------------------- the newest


def test_row_45_when_everything_has_expired_the_newest_survives() -> None:
    all_old = [preview(number, 1000 - number) for number in range(1, 6)]
    decision = decide(facts(*all_old), policy())
    assert words(decision) == {**dict.fromkeys(range(1, 5), Word.DELETE), 5: Word.KEEP}
    assert reason(decision, 5) == "it is the newest of its channel"


def test_so_many_of_each_channel_stay() -> None:
    ours = [preview(number, 1000 - number) for number in range(1, 6)]
    theirs = [
        preview(number, 2000 - number, says={"channel": "alpha", "tag": f"0.{number}.0-alpha"})
        for number in range(6, 10)
    ]
    theirs = [each._replace(tag=each.record.tag) for each in theirs if each.record]
    decision = decide(facts(*ours, *theirs), policy("preview", "alpha", keep_last=3))
    kept = sorted(number for number, word in words(decision).items() if word is Word.KEEP)
    assert kept == [3, 4, 5, 7, 8, 9]
    assert reason(decision, 3) == "it is among the newest 3 of its channel"
    row = row_of(decision.rows, 1)
    assert row is not None
    assert row.newest == (5, 4, 3)


def test_what_the_channel_s_tag_shows_stays_though_newer_ones_were_published() -> None:
    high = staged(1, 200, Stage.ALPHA, "2.0.0-alpha")
    back = staged(2, 100, Stage.ALPHA, "1.9.0-alpha.1")
    decision = decide(facts(back, high, tags={"alpha": commit(1)}), policy("alpha"))
    assert words(decision) == {1: Word.KEEP, 2: Word.KEEP}
    assert reason(decision, 1) == "the tag `alpha` is at it"
    moved = decide(facts(back, high, tags={"alpha": commit(2)}), policy("alpha"))
    assert words(moved) == {1: Word.DELETE, 2: Word.KEEP}


def test_of_those_of_one_second_all_stay() -> None:
    decision = decide(facts(preview(1, 500), preview(2, 500), preview(3, 501)), policy())
    assert words(decision) == {1: Word.KEEP, 2: Word.KEEP, 3: Word.DELETE}


def test_what_is_not_ours_is_no_newer_one() -> None:
    others = (
        preview(3, 1, says={"repository": "other/app"}),
        preview(4, 1, record=None, assets=()),
        preview(5, 1, published=None),
        preview(6, 1, is_draft=True, record=None),
    )
    decision = decide(facts(preview(1, 50), *others), policy())
    assert reason(decision, 1) == "it is the newest of its channel"


# ---------------------------------------------------------------------------- the cap


def test_row_45_one_run_deletes_so_many_and_the_oldest() -> None:
    old = [preview(number, 1000 - number) for number in range(1, 8)]
    decision = decide(facts(*old, NEWEST), policy(cap=3))
    assert [(row.release.id, row.word) for row in decision.rows][:7] == [
        (1, Word.DELETE),
        (2, Word.DELETE),
        (3, Word.DELETE),
        (4, Word.LEFT),
        (5, Word.LEFT),
        (6, Word.LEFT),
        (7, Word.LEFT),
    ]
    assert reason(decision, 4).endswith("; over the 3 of one run")


# ---------------------------------------------------------------------------- orphans


def orphan(number: int, days: float, channel: str = "preview") -> tuple[str, str]:
    return f"{channel}-{at(days):%Y%m%d}-{number:07x}", commit(number)


def test_a_tag_that_a_killed_run_has_left_goes() -> None:
    name, sha = orphan(1, 40)
    decision = decide(facts(NEWEST, FIRST, tags={name: sha}), policy())
    assert decision.verdict is Verdict.PLANNED
    assert [(each.tag, each.sha, each.word) for each in decision.orphans] == [
        (name, sha, Word.DELETE)
    ]


@pytest.mark.parametrize(
    ("name", "sha", "why"),
    [
        (*orphan(1, 0), "its release may still be on the way"),
        (*orphan(1, 1), "its release may still be on the way"),
        (*orphan(1, -1), "its release may still be on the way"),
        ("preview-20260101-0000001", "d" * 40, "it is at ddddddd, which its name does not say"),
        (*orphan(1, 901), f"it is older than each release with a `{NAME}`"),
    ],
    ids=["today", "yesterday", "tomorrow", "elsewhere", "before the ceremony"],
)
def test_a_tag_in_doubt_stays(name: str, sha: str, why: str) -> None:
    decision = decide(facts(NEWEST, FIRST, tags={name: sha}), policy())
    assert decision.verdict is Verdict.NOTHING
    assert [(each.word, each.reason) for each in decision.orphans] == [(Word.KEEP, why)]


def test_the_day_before_yesterdays_tag_is_a_day_old() -> None:
    name, sha = orphan(1, 2)
    assert decide(facts(NEWEST, FIRST, tags={name: sha}), policy()).orphans[0].word is Word.DELETE


def test_a_tag_of_the_first_releases_day_may_be_ours() -> None:
    name, sha = orphan(1, 900)
    assert decide(facts(NEWEST, FIRST, tags={name: sha}), policy()).orphans[0].word is Word.DELETE


@pytest.mark.parametrize(
    "releases",
    [
        (),
        (FIRST,),
        (NEWEST._replace(published=None),),
        (FIRST, preview(1, 5, record=None, assets=())),
        (FIRST, preview(1, 5, says={"repository": "other/app"})),
        (FIRST, preview(1, 5, says={"channel": "alpha"})),
        (FIRST, preview(1, 5, record=None)),
        (FIRST, preview(1, 5, is_immutable=True, tag="preview-20260527-1234567")),
    ],
    ids=[
        "none", "stable", "undated", "unmarked", "another repository's", "another channel's",
        "unread", "flawed",
    ],
)  # fmt: skip
def test_tags_of_a_channel_that_no_record_speaks_of_are_not_ours(
    releases: tuple[Release, ...],
) -> None:
    """Anybody may have named them so, before the ceremony came or in a copy of the repository."""
    tags = dict(orphan(number, 40 + number) for number in range(1, 21))
    decision = decide(facts(*releases, tags=tags), policy())
    assert decision.verdict is Verdict.NOTHING
    assert {each.word for each in decision.orphans} == {Word.KEEP}
    assert len(decision.orphans) == 20


def test_stable_tags_of_the_form_stay_too() -> None:
    ours = preview(1, 400, says={"channel": "stable", "tag": f"stable-{at(400):%Y%m%d}-0000001"})
    name, sha = orphan(2, 40, "stable")
    world = facts(ours._replace(tag=f"stable-{at(400):%Y%m%d}-0000001"), tags={name: sha})
    decision = decide(world, policy("stable"))
    assert [each.reason for each in decision.orphans] == [
        "no record speaks of the channel `stable`: not ours"
    ]
    assert words(decision) == {1: Word.KEEP}


@pytest.mark.parametrize(
    "name",
    [
        "preview-20260101",
        "preview-20260230-0000001",
        "preview-next-20260101-0000001",
        "preview-20260101-0000001-x",
        "nightly-20260101-0000001",
        "preview-20260101-000000G",
    ],
)
def test_a_tag_that_is_no_channels_own_is_not_ours(name: str) -> None:
    assert decide(facts(NEWEST, tags={name: commit(1)}), policy()).orphans == ()


def test_a_tag_that_any_release_has_is_no_orphan() -> None:
    bare = preview(1, 1, is_draft=True, published=None, record=None)
    tags = {bare.tag: commit(1), NEWEST.tag: commit(99)}
    assert decide(facts(NEWEST, bare, tags=tags), policy()).orphans == ()


def test_a_tag_that_a_record_names_is_ours_however_old_it_is() -> None:
    """A project of previews alone has no older release once its first ones are gone."""
    name, sha = orphan(1, 40)
    witness = preview(2, 10, says={"previous": name})
    for releases, word in (((witness, NEWEST), Word.DELETE), ((NEWEST,), Word.KEEP)):
        decision = decide(facts(*releases, tags={name: sha}), policy())
        assert [each.word for each in decision.orphans] == [word]
    foreign = preview(2, 10, says={"previous": name, "repository": "other/app"})
    decision = decide(facts(foreign, NEWEST, tags={name: sha}), policy())
    assert [each.word for each in decision.orphans] == [Word.KEEP]


def test_what_has_no_record_vouches_for_no_tag() -> None:
    name, sha = orphan(1, 400)
    handmade = preview(2, 900, record=None, assets=())
    decision = decide(facts(handmade, preview(3, 5), NEWEST, tags={name: sha}), policy())
    assert [each.word for each in decision.orphans] == [Word.KEEP]


def test_orphans_have_a_cap_of_their_own() -> None:
    tags = dict(orphan(number, 40 + number) for number in range(1, 4))
    old = preview(9, 50)
    world = facts(NEWEST, FIRST, old, tags={**tags, old.tag: commit(9)})
    decision = decide(world, policy(cap=2))
    assert words(decision)[9] is Word.DELETE
    assert [each.word for each in decision.orphans] == [Word.DELETE, Word.DELETE, Word.LEFT]
    assert decision.orphans[2].reason == "its release is gone; over the 2 of one run"


# ---------------------------------------------------------------------------- refused


@pytest.mark.parametrize("seconds", [301, -301, 86_400, -86_400])
def test_row_26_a_clock_that_is_off_stops_it(seconds: float) -> None:
    off = NOW + dt.timedelta(seconds=seconds)
    decision = decide(facts(NEWEST, preview(1, 40), runner=off), policy())
    assert decision.verdict is Verdict.REFUSED
    assert decision.rows == ()
    assert "more than 5 minutes lie between them" in decision.reason
    assert moment(off) in decision.reason


@pytest.mark.parametrize("seconds", [300, -300])
def test_five_minutes_are_borne(seconds: float) -> None:
    off = NOW + dt.timedelta(seconds=seconds)
    assert decide(facts(NEWEST, runner=off), policy()).verdict is Verdict.NOTHING


def test_without_the_hosts_time_nothing_goes() -> None:
    decision = decide(facts(NEWEST, preview(1, 40), server=None), policy())
    assert decision.verdict is Verdict.REFUSED
    assert decision.reason.startswith("GitHub has not told the time")
    assert decision.rows == ()


SHORT = Asset("a.deb", 4, "", is_whole=True)
FLAWS: dict[str, tuple[Release, str]] = {
    "unreadable": (preview(1, 4, record=None, flaw="it is no JSON"), "it is no JSON"),
    "another release's": (
        preview(1, 4, says={"tag": "preview-20250101-0000001"}, tag="preview-20260528-0000001"),
        "it is the record of the release `preview-20250101-0000001`",
    ),
    "lacking": (preview(1, 4, assets=WHOLE[1:]), "the release lacks the file `a.deb`"),
    "shorter": (
        preview(1, 4, assets=(SHORT, *WHOLE[1:])),
        "`a.deb` should have 5 bytes, and has 4",
    ),
    "half": (
        preview(1, 4, assets=(WHOLE[0]._replace(is_whole=False), *WHOLE[1:])),
        "`a.deb` should have 5 bytes, and has 5",
    ),
    "other bytes": (
        preview(1, 4, assets=(WHOLE[0]._replace(digest="sha256:" + "a" * 64), *WHOLE[1:])),
        "`a.deb` holds other bytes than it should",
    ),
    "no sums": (preview(1, 4, assets=WHOLE[:2]), f"the release lacks the file `{SUMS}`"),
}


@pytest.mark.parametrize(("release", "why"), FLAWS.values(), ids=FLAWS.keys())
@pytest.mark.parametrize("channel", ["preview", "nightly"])
def test_a_record_that_cannot_be_believed_stops_the_run(
    release: Release, why: str, channel: str
) -> None:
    decision = decide(facts(NEWEST, release, preview(2, 40)), policy(channel))
    assert decision.verdict is Verdict.REFUSED
    assert [(row.release.id, row.word, row.reason, row.sha) for row in decision.rows] == [
        (1, Word.KEEP, f"its record cannot be believed: {why}", "")
    ]
    assert decision.orphans == ()
    assert decision.reason == f"1 record cannot be believed: that of `{release.tag}`: {why}"
    assert NAME in decision.remedy


def test_only_the_first_of_many_flaws_are_listed() -> None:
    flawed = [preview(n, 4, record=None, flaw=f"flaw {n}") for n in range(1, 6)]
    decision = decide(facts(*flawed), policy())
    assert [row.release.id for row in decision.rows] == [1, 2, 3, 4, 5]
    said = decision.reason
    assert said.startswith("5 records cannot be believed: ")
    assert "flaw 3 (and 2 more)" in said
    assert "flaw 4" not in said


def test_a_file_of_another_repositorys_record_may_be_anything() -> None:
    theirs = preview(1, 40, says={"repository": "other/app"}, assets=WHOLE[1:2])
    assert decide(facts(NEWEST, theirs), policy()).verdict is Verdict.NOTHING


# ---------------------------------------------------------------------------- the rest


def test_a_channel_that_nobody_knows_is_told() -> None:
    decision = decide(facts(NEWEST), policy("preview", "preveiw"))
    assert decision.notices == (
        "No prerelease that could go has a record of the channel `preveiw`",
    )


def test_a_row_that_is_not_there() -> None:
    assert row_of((), 7) is None


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(Verdict.PRUNED, ""), 0),
        (Outcome(Verdict.NOTHING, ""), 0),
        (Outcome(Verdict.PLANNED, ""), 0),
        (Outcome(Verdict.REFUSED, ""), 1),
        (Outcome(Verdict.PRUNED, "", failure="the rest"), 3),
    ],
    ids=["pruned", "nothing", "planned", "refused", "unfinished"],
)
def test_the_exit_status(outcome: Outcome, status: int) -> None:
    assert outcome.status == status


def test_what_is_counted() -> None:
    done = Row(preview(1, 40), Word.DELETE, "", sha=commit(1), is_done=True)
    failed = Row(preview(2, 40), Word.DELETE, "", sha=commit(2))
    version = Row(preview(3, 40), Word.DELETE, "", is_done=True)
    tags = dict([orphan(7, 40), orphan(8, 0)])
    orphans = decide(facts(NEWEST, FIRST, tags=tags), policy()).orphans
    outcome = Outcome(
        Verdict.PRUNED, "", rows=(done, failed, version, Row(NEWEST, Word.KEEP, "")),
        orphans=orphans,
    )  # fmt: skip
    assert (outcome.deleted, outcome.count(Word.KEEP), outcome.count(Word.LEFT)) == (2, 1, 0)
    assert outcome.tags == (done.release.tag,)
    dry = outcome._replace(dry_run=True)
    assert dry.deleted == 3
    assert dry.tags == (done.release.tag, failed.release.tag, orphan(7, 40)[0])


def test_many_are_decided_on_in_linear_time() -> None:
    def make(count: int) -> list[Release]:
        return [preview(number, 40_000 - number) for number in range(1, count + 1)]

    def work(many: list[Release]) -> Callable[[], object]:
        given = facts(*many)
        assert len(decide(given, policy(keep_last=3)).rows) == len(many)
        return lambda: decide(given, policy(keep_last=3))

    assert_linear(make, work, 10_000)


# ---------------------------------------------------------------------------- always


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Facts, Policy]:
    releases = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        days = draw(st.integers(0, 60))
        kind = draw(st.sampled_from(["ours", "ours", "ours", "bare", "stable", "draft", "theirs"]))
        if kind == "stable":
            releases.append(staged(number, days, Stage.STABLE, f"1.{number}.0"))
        else:
            releases.append(
                preview(
                    number,
                    days,
                    is_draft=kind == "draft",
                    says={"repository": "other/app"} if kind == "theirs" else {},
                    **({"record": None, "assets": ()} if kind == "bare" else {}),
                )
            )
    rule = policy(keep_last=draw(st.integers(1, 3)), cap=draw(st.integers(1, 4)))
    return facts(*releases), rule


def played(world: Facts, decision: Decision) -> Facts:
    """The facts once the decision is carried out."""
    gone = {row.release.id for row in decision.rows if row.word is Word.DELETE}
    tags = {row.release.tag for row in decision.rows if row.word is Word.DELETE and row.sha} | {
        each.tag for each in decision.orphans if each.word is Word.DELETE
    }
    return world._replace(
        releases=tuple(each for each in world.releases if each.id not in gone),
        tags={tag: sha for tag, sha in world.tags.items() if tag not in tags},
    )


@given(worlds())
@settings(max_examples=150, deadline=None)
def test_what_never_happens(case: tuple[Facts, Policy]) -> None:
    world, rule = case
    decision = decide(world, rule)
    ours = [
        each
        for each in world.releases
        if each.record
        and each.record.repository == APP
        and each.record.channel == "preview"
        and each.published
    ]
    newest = sorted((each.published or NOW for each in ours), reverse=True)[: rule.keep_last]
    gone = [row.release for row in decision.rows if row.word is Word.DELETE]
    assert len(gone) <= rule.cap
    for release in gone:
        assert release in ours
        assert release.record is not None
        assert release.record.expires is not None
        assert release.record.expires <= NOW
        assert (release.published or NOW) < newest[-1]
    # Running again goes on and comes to an end, and never takes what was kept.
    kept = {row.release.id for row in decision.rows if row.word is Word.KEEP}
    for _ in range(20):
        if decision.verdict is Verdict.NOTHING:
            break
        world = played(world, decision)
        decision = decide(world, rule)
    assert decision.verdict is Verdict.NOTHING
    assert kept == {each.id for each in world.releases}
