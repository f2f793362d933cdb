"""prune against the sandbox: what goes, what never does, and what happens meanwhile."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ceremony import cli
from ceremony.actions import prune as actions
from ceremony.actions.inputs import build
from ceremony.actions.prune import PER_LOOK, Context, Inputs, prune
from ceremony.forge import ForgeError, MissingPermission, Unreachable
from ceremony.model import InputError, Stage
from ceremony.report import pruning
from ceremony.rules.prune import Outcome, Verdict, Word
from ceremony.rules.record import MAX_BYTES, NAME, render
from ceremony.sandbox import Fault
from ceremony.sandbox.state import Release
from tests.support.pruning import asset, days_ago, record, seed, version
from tests.support.publishing import APP, Shop, shop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

DELETIONS = {"repos/delete-release", "git/delete-ref"}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path) as one:
        yield one


def word(outcome: Outcome, release: Release) -> tuple[Word, str]:
    """The word on a release, and why."""
    found = next(row for row in outcome.rows if row.release.id == release.id)
    return found.word, found.reason


def tags(there: Shop) -> set[str]:
    return {
        ref.removeprefix("refs/tags/")
        for ref in there.project.refs()
        if ref.startswith("refs/tags/")
    }


def asked(there: Shop) -> list[str]:
    """The paths that were asked for."""
    return [request.path for request in there.sandbox.requests]


def meanwhile(there: Shop, operation: str, call: Callable[[], object], nth: int = 1) -> None:
    """Let something happen just before the nth request of a kind."""
    there.sandbox.faults.add(Fault(operation, "call", nth=nth, call=call))


def remove(there: Shop, release: Release) -> None:
    """What somebody else does."""
    there.project.releases.pop(release.id, None)


def since_then(there: Shop) -> Release:
    """What the ceremony published before everything else, and prune never takes."""
    forever = {"retention": "indefinite"}
    return version(there, 3_000, Stage.STABLE, "0.1.0-stable", says=forever)


# ---------------------------------------------------------------------------- what goes


def test_what_is_over_goes_with_its_own_tag_and_nothing_else(there: Shop) -> None:
    there.project.set_ref("refs/tags/preview", there.commit("Newer"))
    old, older, young = seed(there, 40), seed(there, 400), seed(there, 3)
    alpha = version(there, 200, Stage.ALPHA, "1.0.0-alpha", says={"retention": "90 days"})
    beta = version(there, 300, Stage.ALPHA, "0.9.0-alpha", says={"retention": "90 days"})
    stable = version(there, 700, Stage.STABLE, "1.0.0-stable", says={"retention": "indefinite"})
    unmarked = seed(there, 900, tag="nightly", assets=[])
    draft = seed(there, 900, tag="next", is_draft=True, published=None, assets=[])
    foreign = "preview-20200101-0000000"
    there.project.set_ref(f"refs/tags/{foreign}", there.first)
    outcome = there.prune("preview", "alpha")
    assert (outcome.verdict, outcome.status) == (Verdict.PRUNED, 0)
    assert [(row.release.id, row.is_done) for row in outcome.rows if row.word is Word.DELETE] == [
        (older.id, True),
        (beta.id, True),
        (old.id, True),
    ]
    assert set(there.project.releases) == {
        young.id, alpha.id, stable.id, unmarked.id, draft.id,
    }  # fmt: skip
    assert tags(there) == {
        "preview", young.tag, "0.9.0-alpha", "1.0.0-alpha", "1.0.0-stable", "nightly", foreign,
    }  # fmt: skip
    assert outcome.tags == (older.tag, old.tag)
    assert word(outcome, stable) == (Word.KEEP, "GitHub shows it as the latest release")
    assert word(outcome, unmarked) == (Word.KEEP, f"it carries no `{NAME}`: not ours")
    assert word(outcome, draft) == (Word.KEEP, "it is a draft")
    again = there.prune("preview", "alpha")
    assert (again.verdict, again.status, again.deleted) == (Verdict.NOTHING, 0, 0)
    assert there.sandbox.effects == [
        "repos/delete-release", "git/delete-ref", "repos/delete-release", "repos/delete-release",
        "git/delete-ref",
    ]  # fmt: skip


def test_two_years_later_the_table_s_promises_are_left(there: Shop) -> None:
    """What artifacts has published, two of each channel, and not what a test has made up."""
    branches = ("latest", "v1.0.0-alpha", "v1.0.0-beta", "v1.0.0-stable", "v1.0.0-patch")
    for title in ("Add the tray icon", "Draw it larger"):
        sha = there.commit(title)
        for branch in branches:
            there.branch(branch, sha)
            assert there.publish(branch, artifacts=("*.deb",)).status == 0
        there.days(1)
    published = {*there.releases}
    assert len(published) == 10
    there.days(2 * 365)
    outcome = there.prune("preview", "alpha", "beta", "stable", "patch")
    gone = published - {*there.releases}
    assert (outcome.verdict, outcome.deleted) == (Verdict.PRUNED, 3)
    preview = next(tag for tag in gone if tag.startswith("preview-"))
    assert gone == {preview, "1.0.0-alpha", "1.0.0-beta"}
    assert outcome.tags == (preview,)
    assert {"preview", "alpha", "beta", "stable", "patch"} <= tags(there)
    assert tags(there) >= published - {preview}
    assert there.prune("preview", "alpha", "beta", "stable", "patch").verdict is Verdict.NOTHING


def test_a_run_that_finds_nothing_asks_little(there: Shop) -> None:
    for days in (1, 2, 3):
        seed(there, days)
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.NOTHING
    # The list, the latest, the tags, and each record.
    assert outcome.requests == len(there.sandbox.requests) == 6


def test_what_a_deletion_costs(there: Shop) -> None:
    """The formula of docs/prune.md: few requests, however many releases there are."""
    for number in range(3):
        seed(there, 1 + number)
    olds = [seed(there, 80 - number) for number in range(PER_LOOK + 2)]
    version(there, 300, Stage.ALPHA, "0.9.0-alpha", says={"retention": "90 days"})
    version(there, 1, Stage.ALPHA, "1.0.0-alpha", says={"retention": "90 days"})
    since_then(there)
    orphan = f"preview-20200101-{there.first[:7]}"
    there.project.set_ref(f"refs/tags/{orphan}", there.first)
    outcome = there.prune("preview", "alpha", keep_last="3")
    assert outcome.deleted == len(olds)
    assert orphan in outcome.tags
    look = 1 + 1 + 2  # a page of releases, the latest, and two channels' tags
    records, newest = 3 + len(olds) + 2, 3
    assert outcome.requests == len(there.sandbox.requests)
    assert outcome.requests == (
        look + records + 3 * look + len(olds) * (3 + newest + 3) + 3
    )  # fmt: skip


def test_where_there_are_too_many_records_both_ends_are_read(
    there: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A young one, then the newest alpha, which tells enough; all else from the oldest on."""
    monkeypatch.setattr(actions, "MAX_READ", 8)
    kept = {"retention": "90 days"}
    young = seed(there, 1)
    newest = version(there, 2, Stage.ALPHA, "1.0.0-alpha", says=kept)
    olds = [seed(there, 50 + number) for number in range(12)]
    oldest = version(there, 300, Stage.ALPHA, "0.9.0-alpha", says=kept)
    outcome = there.prune("preview", "alpha")
    assert sum("assets" in path for path in asked(there)) == 8
    gone = {row.release.id for row in outcome.rows if row.is_done}
    assert gone == {oldest.id, *(each.id for each in olds[-5:])}
    assert word(outcome, young)[0] is word(outcome, newest)[0] is Word.KEEP
    assert {word(outcome, each) for each in olds[:7]} == {
        (Word.KEEP, "its record was not looked at: one run reads 500 at most")
    }
    # The next runs come to the others.
    assert there.prune("preview", "alpha").deleted == 6
    assert there.prune("preview", "alpha").deleted == 1
    assert {*there.releases} == {young.tag, newest.tag}


def test_a_channel_that_is_not_found_takes_no_more_than_half(
    there: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_READ", 8)
    young = seed(there, 1)
    olds = [seed(there, 50 + number) for number in range(12)]
    outcome = there.prune("preview", "nightly")
    assert {*there.project.releases} == {young.id, *(each.id for each in olds[3:8])}
    assert outcome.deleted == 7


def test_by_default_it_only_says_what_it_would_do(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 40)
    inputs = build(
        Inputs,
        {
            "token": there.sandbox.token(APP, contents="read"),
            "channels": "preview",
            "repository": APP,
            "api-url": there.sandbox.api_url,
        },
    )
    outcome = prune(inputs, Context(clock=there.clock, sleep=there.clock.sleep))
    assert (outcome.verdict, outcome.status, outcome.deleted) == (Verdict.PLANNED, 0, 1)
    assert outcome.dry_run
    assert word(outcome, old)[0] is Word.DELETE
    assert there.sandbox.effects == []


def test_the_plan_is_told_before_it_is_applied(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 40)
    since_then(there)
    there.project.set_ref("refs/tags/preview-20200101-" + there.first[:7], there.first)
    said: list[str] = []
    inputs = Inputs(
        token=there.token,
        channels=("preview",),
        repository=APP,
        api_url=there.sandbox.api_url,
        dry_run=False,
    )
    prune(inputs, Context(clock=there.clock, sleep=there.clock.sleep, tell=said.append))
    orphan = f"preview-20200101-{there.first[:7]}"
    assert [line.partition(" (")[0] for line in said] == [
        f"to delete: {old.tag}",
        f"to delete: the tag {orphan}",
        f"deleted the tag {orphan}",
        f"deleted {old.tag}",
        f"deleted the tag {old.tag}",
    ]


# ---------------------------------------------------------------------------- inputs


@pytest.mark.parametrize(
    "given", ["", " \n ", "*", "preview\n*", "pre*", "Preview", "-preview", "preview,alpha"]
)
def test_row_42_no_filter_and_a_wild_one_are_refused(given: str, there: Shop) -> None:
    seed(there, 400)
    seed(there, 500)
    inputs = build(Inputs, {"channels": given, "dry-run": "false", "token": there.token})
    with pytest.raises(InputError, match="`channels`"):
        prune(inputs, Context(repository=APP, api_url=there.sandbox.api_url))
    assert there.sandbox.requests == []


def test_row_42_an_unset_filter_is_refused() -> None:
    with pytest.raises(InputError, match="`channels` is empty: name the channels to prune"):
        prune(Inputs(), Context())


@pytest.mark.parametrize("name", ["keep_last", "max_deletions"])
@pytest.mark.parametrize("value", ["0", "-1", "1001", "٣", "1_0", "1.5", "all", "01"])
def test_row_45_numbers_have_their_limits(name: str, value: str) -> None:
    given: dict[str, Any] = {name: value}
    with pytest.raises(InputError, match=f"`{name.replace('_', '-')}` must be a number from 1"):
        prune(Inputs(channels=("preview",), **given), Context())


def test_row_45_no_more_than_a_hundred_at_once() -> None:
    with pytest.raises(InputError, match="`max-deletions` must be a number from 1 to 100"):
        prune(Inputs(channels=("preview",), max_deletions="101"), Context())


# ---------------------------------------------------------------------------- threats


def test_row_42_tags_that_the_ceremony_did_not_make_stay(there: Shop) -> None:
    """Their form is everybody's, and a fork or a mirror has the tags without the releases."""
    for day in range(10, 20):
        there.project.set_ref(f"refs/tags/nightly-202401{day}-{there.first[:7]}", there.first)
    before = tags(there)
    for _ in range(2):
        outcome = there.prune("nightly", "preview")
        assert (outcome.verdict, outcome.tags) == (Verdict.NOTHING, ())
        assert len(outcome.orphans) == 10
        # Nor do they go once the channel is used, but for what may be its own.
        seed(there, 1, says={"channel": "nightly"})
    assert before <= tags(there)
    assert there.sandbox.effects == []


def test_what_a_channel_s_plain_tag_shows_stays(there: Shop) -> None:
    kept = {"retention": "90 days"}
    other = there.commit("A backport")
    high = version(there, 200, Stage.ALPHA, "2.0.0-alpha", says=kept)
    back = version(there, 100, Stage.ALPHA, "1.9.0-alpha.1", says={**kept, "commit": other})
    there.project.set_ref("refs/tags/alpha", there.first)
    outcome = there.prune("alpha")
    assert word(outcome, high) == (Word.KEEP, "the tag `alpha` is at it")
    assert {*there.project.releases} == {high.id, back.id}


def test_row_43_the_age_of_the_commit_means_nothing(there: Shop) -> None:
    new, newest = seed(there, 2), seed(there, 1)
    commit = there.project.store.commit(there.first)
    assert commit is not None
    assert commit.committer.when < days_ago(there, 90)
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.NOTHING
    assert word(outcome, new)[1].startswith("it is kept 30 days, until")
    assert set(there.project.releases) == {new.id, newest.id}


@pytest.mark.parametrize(
    "text", ["0d", "-1d", "\u0663\u0660d", "3_0", "0 days", "-1 days", "\u0663\u0660 days"]
)
def test_row_44_a_retention_of_another_form_stops_it(text: str, there: Shop) -> None:
    seed(there, 1)
    seed(there, 400)
    good = render(record(there, 40)).replace('"30 days"', json.dumps(text))
    bad = seed(there, 40, content=good.encode())
    outcome = there.prune("preview")
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert outcome.reason.startswith(f"1 record cannot be believed: that of `{bad.tag}`: `retenti")
    assert there.sandbox.effects == []


def test_row_45_when_everything_has_expired_the_newest_survive(there: Shop) -> None:
    all_old = [seed(there, 1000 - number) for number in range(6)]
    outcome = there.prune("preview", keep_last="2", max_deletions="3")
    assert (outcome.deleted, outcome.count(Word.LEFT)) == (3, 1)
    assert set(there.project.releases) == {each.id for each in all_old[3:]}
    there.prune("preview", keep_last="2", max_deletions="3")
    last = there.prune("preview", keep_last="2", max_deletions="3")
    assert set(there.project.releases) == {each.id for each in all_old[4:]}
    assert last.verdict is Verdict.NOTHING


def test_row_46_what_a_body_says_is_no_record(there: Shop) -> None:
    marker = f"<!-- ceremony:expires=0 -->\n\n```json\n{render(record(there, 400))}```"
    young = seed(there, 3, body=marker)
    unmarked = seed(there, 400, tag="handmade", name=marker, body=marker, assets=[])
    newest = seed(there, 1)
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.NOTHING
    assert set(there.project.releases) == {young.id, unmarked.id, newest.id}


def test_row_47_an_immutable_version_stays_and_an_immutable_preview_goes(there: Shop) -> None:
    there.project.immutable_releases = True
    seed(there, 1, is_immutable=True)
    preview = seed(there, 400, is_immutable=True)
    old = version(
        there, 400, Stage.ALPHA, "1.0.0-alpha", is_immutable=True, says={"retention": "90 days"}
    )
    version(there, 1, Stage.ALPHA, "1.0.1-alpha", says={"retention": "90 days"})
    outcome = there.prune("preview", "alpha")
    assert preview.id not in there.project.releases
    assert preview.tag not in tags(there)
    assert word(outcome, old) == (
        Word.KEEP,
        "it is immutable: its tag could never be used again",
    )
    assert outcome.failure == ""


def test_row_48_a_preview_whose_tag_was_moved_stays(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 400)
    other = there.commit("Another")
    there.project.set_ref(f"refs/tags/{old.tag}", other)
    outcome = there.prune("preview")
    assert word(outcome, old)[1].startswith(f"its tag is at {other[:7]}")
    assert there.project.ref(f"refs/tags/{old.tag}") == other
    assert there.sandbox.effects == []


def test_row_48_an_annotated_tag_is_not_the_one_that_was_made(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 400)
    there.project.annotate(old.tag, there.first)
    assert there.prune("preview").verdict is Verdict.NOTHING
    assert old.id in there.project.releases


def test_row_49_the_latest_stays(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 400)
    there.project.latest_release = old.id
    old.is_prerelease = False
    outcome = there.prune("preview")
    assert word(outcome, old) == (Word.KEEP, "GitHub shows it as the latest release")
    assert there.sandbox.effects == []


def test_row_50_a_record_that_lies_elsewhere_is_read_without_the_token(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 400)
    with there.sandbox.elsewhere():
        assert there.prune("preview").deleted == 1
    assert old.id not in there.project.releases
    assert there.sandbox.led_away
    assert not any(there.token in str(headers) for headers in there.sandbox.led_away)


# ---------------------------------------------------------------------------- unreadable


def broken(there: Shop, kind: str) -> Release:
    """A release of ours whose record is of no use."""
    good = record(there, 40)
    if kind == "no JSON":
        return seed(there, 40, content=b"<html>")
    if kind == "another tag":
        return seed(there, 40, content=render(record(there, 41)).encode())
    if kind == "too large":
        return seed(there, 40, content=b" " * (MAX_BYTES + 1))
    release = seed(there, 40)
    if kind == "half":
        release.assets[2].state = "starter"
    if kind == "file gone":
        del release.assets[0]
    if kind == "file swapped":
        release.assets[0] = asset(there, "a.deb", b"a packag!")
    if kind == "sums gone":
        del release.assets[1]
    assert good.tag == release.tag
    return release


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("no JSON", "it is no JSON"),
        ("another tag", "it is the record of the release `preview-"),
        ("too large", "it is larger than 1,048,576 bytes"),
        ("half", "it has not arrived as a whole"),
        ("file gone", "the release lacks the file `a.deb`"),
        ("file swapped", "`a.deb` holds other bytes than it should"),
        ("sums gone", "the release lacks the file `SHA256SUMS`"),
    ],
)
def test_one_record_in_doubt_stops_everything(kind: str, says: str, there: Shop) -> None:
    seed(there, 1)
    seed(there, 400)
    bad = broken(there, kind)
    for dry in (True, False):
        outcome = there.prune("preview", dry_run=dry)
        assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
        assert outcome.reason.startswith(
            f"1 record cannot be believed: that of `{bad.tag}`: {says}"
        )
        [row] = outcome.rows
        assert (row.release.id, row.word) == (bad.id, Word.KEEP)
        assert row.reason.startswith(f"its record cannot be believed: {says}")
    assert there.sandbox.effects == []


def test_what_nobody_can_put_right_stops_nothing(there: Shop) -> None:
    """Immutable releases, and what is stable by its tag: they stay whatever their record says."""
    seed(there, 1)
    old = seed(there, 60)
    other = b'{"tool": "another"}'
    theirs = seed(there, 3, tag="v2.0.0-rc.1", is_immutable=True, content=other)
    copied = seed(there, 3, tag="v2.0.0-rc.2", is_immutable=True)
    stable = seed(there, 3, tag="v2.0.0-stable", content=b"{}")
    preview = seed(there, 3, tag=f"preview-20260101-{there.first[:7]}", is_immutable=True)
    outcome = there.prune("preview")
    assert [row.release.id for row in outcome.rows if row.is_done] == [old.id]
    for release in (theirs, copied):
        assert word(outcome, release)[1] == "it is immutable: its tag could never be used again"
    assert word(outcome, stable)[1] == "by its tag it is stable"
    assert word(outcome, preview)[1].startswith("its record cannot be believed: it is the record")


def test_every_flawed_record_is_named(there: Shop) -> None:
    seed(there, 1)
    bad = [seed(there, 40 + number, content=b"{}") for number in range(25)]
    outcome = there.prune("preview", dry_run=True)
    assert outcome.verdict is Verdict.REFUSED
    named = [each["release"] for each in json.loads(pruning.as_json(outcome))["releases"]]
    assert sorted(named) == sorted(each.tag for each in bad)
    assert "5 more releases stay: `--format json` has them all" in pruning.text(outcome)
    assert all(f"`{each.tag}`" in pruning.markdown(outcome) for each in bad)


def test_a_record_that_cannot_be_loaded_down_is_a_failure(there: Shop) -> None:
    seed(there, 1)
    seed(there, 400)
    there.sandbox.faults.add(Fault("repos/get-release-asset", "status", times=99, status=500))
    with pytest.raises(Unreachable):
        there.prune("preview")
    assert there.sandbox.effects == []


def test_a_record_that_the_list_has_and_nobody_else(there: Shop) -> None:
    seed(there, 400)
    there.sandbox.faults.add(Fault("repos/get-release-asset", "status", times=1, status=404))
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.REFUSED
    assert "the release lists it, and it is not there" in outcome.reason


def test_what_has_gone_since_it_was_listed_is_no_matter(there: Shop) -> None:
    seed(there, 1)
    going, old = seed(there, 40), seed(there, 400)
    meanwhile(there, "repos/get-release-asset", lambda: remove(there, going), nth=1)
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.PRUNED
    assert old.id not in there.project.releases
    assert all(row.release.id != going.id for row in outcome.rows)


# ---------------------------------------------------------------------------- faults


@pytest.mark.parametrize("change", ["inserted", "removed"])
def test_row_23_pages_that_shift_widen_nothing(change: str, there: Shop) -> None:
    """Two pages, between which the newest preview comes twice, or is missed."""
    old, newest = seed(there, 500), seed(there, 20)
    drafts = [seed(there, 0, tag=f"next-{n}", is_draft=True, assets=[]) for n in range(100)]
    if change == "inserted":
        remove(there, drafts.pop())

    def shift() -> None:
        if change == "inserted":
            seed(there, 0, tag="next", is_draft=True, assets=[])
        else:
            remove(there, drafts[50])

    meanwhile(there, "repos/list-releases", shift, nth=2)
    outcome = there.prune("preview")
    # Where the newest is missed, the old one is the newest that is known.
    kept = {old.tag, newest.tag} if change == "removed" else {newest.tag}
    assert outcome.verdict is (Verdict.NOTHING if change == "removed" else Verdict.PRUNED)
    assert {*there.releases} == tags(there) == kept


def test_row_23_a_tag_whose_release_the_list_missed_stays(there: Shop) -> None:
    """A page that shifts by one loses a release: its tag must not be taken for an orphan."""
    since_then(there)
    seed(there, 1)
    missed = seed(there, 20)
    del there.project.releases[missed.id]
    meanwhile(
        there,
        "repos/get-release-by-tag",
        lambda: there.project.releases.update({missed.id: missed}),
    )
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.NOTHING
    assert [(each.word, each.reason) for each in outcome.orphans] == [
        (Word.KEEP, "a release has it")
    ]
    assert missed.tag in tags(there)


def test_row_24_what_is_gone_already_is_as_good(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 40)
    meanwhile(there, "repos/delete-release", lambda: remove(there, old))
    outcome = there.prune("preview")
    assert (outcome.verdict, outcome.status) == (Verdict.PRUNED, 0)
    assert old.tag not in tags(there)


def test_row_24_what_somebody_else_deletes_before_is_his_deed(there: Shop) -> None:
    seed(there, 1)
    old, other = seed(there, 40), seed(there, 41)
    meanwhile(there, "repos/list-releases", lambda: remove(there, other), nth=2)
    outcome = there.prune("preview")
    assert outcome.deleted == 1
    assert word(outcome, other) == (Word.KEEP, "it is gone already")
    assert old.id not in there.project.releases


def test_row_25_a_tag_that_a_killed_run_has_left_goes_with_the_next(there: Shop) -> None:
    seed(there, 1)
    since_then(there)
    old = seed(there, 40)
    remove(there, old)
    outcome = there.prune("preview")
    assert (outcome.verdict, outcome.deleted, outcome.tags) == (Verdict.PRUNED, 0, (old.tag,))
    assert old.tag not in tags(there)
    assert there.prune("preview").verdict is Verdict.NOTHING


@pytest.mark.parametrize("skew", [86_400, -86_400, 301, -302, None], ids=str)
def test_row_26_a_clock_that_is_off_stops_it(skew: float | None, there: Shop) -> None:
    seed(there, 1)
    seed(there, 40)
    there.sandbox.skew = skew
    for dry in (True, False):
        outcome = there.prune("preview", dry_run=dry)
        assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
        assert outcome.rows == ()
    assert there.sandbox.effects == []


def test_row_26_the_hosts_clock_is_the_one_that_counts(there: Shop) -> None:
    seed(there, 1)
    seed(there, 30 - 60 / 86_400)
    assert there.prune("preview").verdict is Verdict.NOTHING
    there.sandbox.skew = 120.0
    assert there.prune("preview").deleted == 1


def test_rows_18_and_19_limits_are_waited_for(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 40)
    there.sandbox.faults.add(
        Fault("repos/delete-release", "status", status=429, headers={"Retry-After": "7"})
    )
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(there.clock()) + 30)}
    there.sandbox.faults.add(Fault("git/delete-ref", "status", status=403, headers=reset))
    assert there.prune("preview").deleted == 1
    assert old.tag not in tags(there)
    assert sum(there.clock.waits) >= 30


# ---------------------------------------------------------------------------- rechecks


def test_a_file_that_is_renamed_meanwhile_stops_it(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 40)
    meanwhile(there, "repos/list-releases", lambda: setattr(old.assets[0], "name", "b.deb"), nth=2)
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.REFUSED
    assert there.sandbox.effects == []


CHANGES: dict[str, tuple[Callable[[Shop, Release], object], str]] = {
    "a release": (
        lambda _, one: setattr(one, "is_prerelease", False),
        "GitHub shows it as the latest release",
    ),
    "a draft": (lambda _, one: setattr(one, "is_draft", True), "it is a draft"),
    "dated back": (
        lambda there, one: setattr(one, "published", days_ago(there, 61)),
        "it has changed since it was planned",
    ),
    "dated forward": (
        lambda there, one: setattr(one, "published", days_ago(there, 2)),
        "it is kept 30 days, until",
    ),
    "unmarked": (lambda _, one: one.assets.pop(), f"it carries no `{NAME}`: not ours"),
    "added to": (
        lambda there, one: one.assets.append(asset(there, "a.sig", b"signed")),
        "somebody has added `a.sig` to it",
    ),
}


@pytest.mark.parametrize(("change", "why"), CHANGES.values(), ids=CHANGES.keys())
def test_one_that_changes_meanwhile_stays_and_the_others_go(
    change: Callable[[Shop, Release], object], why: str, there: Shop
) -> None:
    seed(there, 1)
    changing, other = seed(there, 60), seed(there, 40)
    meanwhile(there, "repos/list-releases", lambda: change(there, changing), nth=2)
    outcome = there.prune("preview")
    assert word(outcome, changing)[0] is Word.KEEP
    assert word(outcome, changing)[1].startswith(why)
    assert changing.id in there.project.releases
    assert other.id not in there.project.releases


def test_what_becomes_the_newest_meanwhile_stays(there: Shop) -> None:
    newest, old = seed(there, 31), seed(there, 40)
    meanwhile(there, "repos/list-releases", lambda: remove(there, newest), nth=2)
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.NOTHING
    assert outcome.reason == "what was to go has changed or gone meanwhile"
    assert word(outcome, old) == (Word.KEEP, "it is the newest of its channel")
    assert set(there.project.releases) == {old.id}


@pytest.mark.parametrize(
    ("change", "nth", "why"),
    [
        ("removed", 1, "it has changed since it was planned"),
        ("the latest", 2, "GitHub shows it as the latest release"),
        ("its tag moved", 2, "its tag has changed since it was planned"),
        ("its tag removed", 2, "its tag has changed since it was planned"),
        ("added to", 1, "it has changed since it was planned"),
        ("newest removed", 2, "it may be the newest of its channel by now"),
        ("newest made a draft", 2, "it may be the newest of its channel by now"),
    ],
)
def test_row_22_a_list_that_is_a_moment_old_is_not_the_last_word(
    change: str, nth: int, why: str, there: Shop
) -> None:
    newest, old = seed(there, 31), seed(there, 40)
    other = there.commit("Another")

    def show(release: Release) -> None:
        there.project.latest_release = release.id
        release.is_prerelease = False

    changes: dict[str, Callable[[], object]] = {
        "removed": lambda: remove(there, old),
        "added to": lambda: old.assets.append(asset(there, "a.sig", b"signed")),
        "the latest": lambda: show(old),
        "its tag moved": lambda: there.project.set_ref(f"refs/tags/{old.tag}", other),
        "its tag removed": lambda: there.project.set_ref(f"refs/tags/{old.tag}", None),
        "newest removed": lambda: remove(there, newest),
        "newest made a draft": lambda: setattr(newest, "is_draft", True),
    }
    meanwhile(there, "repos/get-release", changes[change], nth=nth)
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.NOTHING
    assert word(outcome, old) == (Word.KEEP, why)
    assert there.sandbox.effects == []


@pytest.mark.parametrize("nth", [2, 3, 4])
def test_each_of_the_newest_is_looked_at_again(nth: int, there: Shop) -> None:
    """With keep-last of 3, three that are newer must be there still."""
    newest = [seed(there, days) for days in (1, 2, 3)]
    old = seed(there, 60)
    meanwhile(there, "repos/get-release", lambda: remove(there, newest[nth - 2]), nth=nth)
    outcome = there.prune("preview", keep_last="3")
    assert outcome.verdict is Verdict.NOTHING
    assert word(outcome, old) == (Word.KEEP, "it may be the newest of its channel by now")
    assert there.sandbox.effects == []


def test_files_in_another_order_are_the_same(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 60)
    meanwhile(there, "repos/get-release", old.assets.reverse)
    assert there.prune("preview").deleted == 1


def test_a_tag_that_moves_meanwhile_stays(there: Shop) -> None:
    seed(there, 1)
    old, other = seed(there, 40), there.commit("Another")
    meanwhile(
        there,
        "repos/delete-release",
        lambda: there.project.set_ref(f"refs/tags/{old.tag}", other),
    )
    outcome = there.prune("preview")
    assert (outcome.verdict, outcome.status, outcome.tags) == (Verdict.PRUNED, 0, ())
    assert there.project.ref(f"refs/tags/{old.tag}") == other
    assert any("it was not deleted" in notice for notice in outcome.notices)


@pytest.mark.parametrize(
    ("operation", "nth", "day", "reason"),
    [
        pytest.param("repos/get-release-by-tag", 1, "20200101", "it has moved", id="at the end"),
        pytest.param(
            "repos/list-releases",
            2,
            "20240101",
            "it is at {other}, which its name does not say",
            id="before the sweep",
        ),
    ],
)
def test_an_orphan_that_moves_meanwhile_stays(
    operation: str, nth: int, day: str, reason: str, there: Shop
) -> None:
    seed(there, 1)
    since_then(there)
    name, other = f"preview-{day}-{there.first[:7]}", there.commit("Another")
    there.project.set_ref(f"refs/tags/{name}", there.first)
    meanwhile(there, operation, lambda: there.project.set_ref(f"refs/tags/{name}", other), nth=nth)
    outcome = there.prune("preview")
    assert outcome.verdict is Verdict.NOTHING
    assert outcome.orphans[0].reason == reason.format(other=other[:7])
    assert there.project.ref(f"refs/tags/{name}") == other


def test_row_23_a_tag_that_a_draft_has_by_now_stays(there: Shop) -> None:
    """Nobody can ask for a draft by its tag: only the list has it."""
    seed(there, 1)
    since_then(there)
    seed(there, 60)
    orphan = f"preview-20240101-{there.first[:7]}"
    there.project.set_ref(f"refs/tags/{orphan}", there.first)
    draft = seed(there, 0, tag=orphan, is_draft=True, target="main", assets=[])
    remove(there, draft)
    back = {draft.id: draft}
    meanwhile(there, "repos/list-releases", lambda: there.project.releases.update(back), nth=2)
    outcome = there.prune("preview")
    assert outcome.deleted == 1
    assert orphan not in outcome.tags
    assert orphan in tags(there)
    assert outcome.orphans[0].reason == "a release has it by now, or it is gone"


def test_reading_the_records_takes_no_clock_for_wrong(there: Shop) -> None:
    """Both clocks are looked at in one moment: what follows may take minutes."""
    seed(there, 1)
    old = seed(there, 60)
    late = [0.0]
    meanwhile(there, "repos/get-release-asset", lambda: late.insert(0, 900.0))
    given = Inputs(
        token=there.token, channels=("preview",), repository=APP, api_url=there.sandbox.api_url
    )
    outcome = prune(given, Context(clock=lambda: there.clock() + late[0], sleep=there.clock.sleep))
    assert late[0]
    assert [row.release.tag for row in outcome.rows if row.word is Word.DELETE] == [old.tag]


def test_a_release_that_is_there_and_denied_keeps_its_tag(there: Shop) -> None:
    """docs.github.com, "Troubleshooting the REST API": 404 is for what a token must not do too."""
    seed(there, 1)
    old = seed(there, 60)
    there.sandbox.faults.add(Fault("repos/delete-release", "status", status=404, times=9))
    with pytest.raises(MissingPermission, match=r"no release \d+ to delete, and shows it"):
        there.prune("preview")
    assert old.tag in there.releases
    assert old.tag in tags(there)


def test_a_record_that_turns_bad_before_the_sweep_stops_it(there: Shop) -> None:
    seed(there, 1)
    since_then(there)
    name = f"preview-20240101-{there.first[:7]}"
    there.project.set_ref(f"refs/tags/{name}", there.first)
    meanwhile(there, "repos/list-releases", lambda: broken(there, "no JSON"), nth=2)
    assert there.prune("preview").verdict is Verdict.REFUSED
    assert name in tags(there)


def test_a_record_that_turns_bad_meanwhile_stops_it(there: Shop) -> None:
    seed(there, 1)
    seed(there, 40)
    meanwhile(there, "repos/list-releases", lambda: broken(there, "no JSON"), nth=2)
    outcome = there.prune("preview")
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    [row] = outcome.rows
    assert (row.word, row.reason[:30]) == (Word.KEEP, "its record cannot be believed:")
    assert there.sandbox.effects == []


def test_what_was_done_before_a_record_turned_bad_is_told(there: Shop) -> None:
    seed(there, 1)
    *older, old = (seed(there, 60 - number) for number in range(PER_LOOK + 1))
    meanwhile(there, "repos/list-releases", lambda: broken(there, "no JSON"), nth=3)
    outcome = there.prune("preview")
    assert (outcome.verdict, outcome.status, outcome.deleted) == (Verdict.PRUNED, 3, PER_LOOK)
    assert outcome.failure.startswith("Not all was deleted: 1 record cannot be believed")
    assert not {each.id for each in older} & there.project.releases.keys()
    assert old.id in there.project.releases


# ---------------------------------------------------------------------------- left unfinished


def test_without_the_permission_nothing_goes(there: Shop) -> None:
    seed(there, 1)
    seed(there, 40)
    token = there.sandbox.token(APP, contents="read")
    with pytest.raises(MissingPermission, match="contents: write"):
        there.prune("preview", token=token)


def test_a_rule_over_the_tag_leaves_it_and_says_so(there: Shop) -> None:
    seed(there, 1)
    since_then(there)
    old = seed(there, 40)
    there.sandbox.faults.add(
        Fault("git/delete-ref", "status", times=9, status=422, body="Cannot delete this tag")
    )
    outcome = there.prune("preview")
    assert (outcome.verdict, outcome.status, outcome.deleted) == (Verdict.PRUNED, 3, 1)
    assert outcome.tags == ()
    assert "Run prune again" in outcome.failure
    there.sandbox.faults.clear()
    assert there.prune("preview").tags == (old.tag,)


def rule(there: Shop) -> None:
    """Somebody forbids to delete tags."""
    body = {"message": "Repository rule violations found\n\nCannot delete this tag"}
    there.sandbox.faults.add(Fault("git/delete-ref", "status", times=99, status=422, body=body))


def test_a_rule_over_tags_holds_up_no_release(there: Shop) -> None:
    newest = seed(there, 1)
    since_then(there)
    olds = [seed(there, 60 + number) for number in range(3)]
    rule(there)
    outcome = there.prune("preview")
    assert (outcome.status, outcome.deleted, outcome.tags) == (3, 3, ())
    assert outcome.failure.startswith("3 tags could not be deleted: A rule of the repository")
    assert {row.release.id for row in outcome.rows if row.is_done} == {each.id for each in olds}
    assert newest.tag in there.releases
    # Nor do tags that it does not let go hold up a report.
    again = there.prune("preview")
    assert (again.verdict, again.status, again.deleted) == (Verdict.NOTHING, 3, 0)
    assert again.reason == "what was to go could not"
    assert {(each.word, each.reason) for each in again.orphans} == {
        (Word.KEEP, "GitHub refuses to delete it")
    }
    there.sandbox.faults.clear()
    assert len(there.prune("preview").tags) == 3
    assert there.prune("preview").verdict is Verdict.NOTHING


@pytest.mark.parametrize("kind", ["lost", "stopped"])
def test_a_deletion_whose_answer_is_lost_is_told(kind: str, there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 60)

    def sleep(_seconds: float) -> None:
        if kind == "stopped":
            raise KeyboardInterrupt

    there.sandbox.faults.add(Fault("repos/delete-release", "after-status", times=99, status=502))
    given = Inputs(
        token=there.token, channels=("preview",), repository=APP,
        api_url=there.sandbox.api_url, dry_run=False,
    )  # fmt: skip
    try:
        outcome = prune(given, Context(clock=there.clock, sleep=sleep))
    except KeyboardInterrupt:  # Untold, it would end the tests too.
        pytest.fail("nothing was told")
    assert (outcome.verdict, outcome.status, outcome.deleted) == (Verdict.PRUNED, 3, 1)
    assert outcome.tags == ()
    assert outcome.failure.startswith("Not all was deleted: ")
    assert [row.release.id for row in outcome.rows if row.is_done] == [old.id]
    assert old.id not in there.project.releases


def test_what_fails_on_the_way_is_finished_by_the_next_run(there: Shop) -> None:
    seed(there, 1)
    olds = [seed(there, 60 - number) for number in range(3)]
    there.sandbox.faults.add(Fault("repos/delete-release", "status", nth=2, times=99, status=500))
    outcome = there.prune("preview")
    assert (outcome.verdict, outcome.status, outcome.deleted) == (Verdict.PRUNED, 3, 1)
    assert outcome.tags == (olds[0].tag,)
    there.sandbox.faults.clear()
    assert there.prune("preview").deleted == 2
    assert there.prune("preview").verdict is Verdict.NOTHING


def test_what_fails_at_once_is_an_error(there: Shop) -> None:
    seed(there, 1)
    seed(there, 40)
    there.sandbox.faults.add(Fault("repos/delete-release", "status", times=99, status=500))
    with pytest.raises(ForgeError):
        there.prune("preview")


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_row_29_a_run_that_is_stopped_says_what_is_left(turn: int, there: Shop) -> None:
    seed(there, 1)
    olds = [seed(there, 60 - number) for number in range(2)]
    seen = iter(range(1, 99))

    def seam() -> None:
        if next(seen) == turn:
            raise KeyboardInterrupt

    if turn < 3:
        with pytest.raises(KeyboardInterrupt):
            there.prune("preview", seam=seam)
        assert there.sandbox.effects == []
        return
    outcome = there.prune("preview", seam=seam)
    assert (outcome.status, outcome.deleted) == (3, 1)
    assert outcome.failure.startswith("Not all was deleted: the run was stopped. Run prune again")
    # Never between a release and its tag.
    assert there.sandbox.effects == ["repos/delete-release", "git/delete-ref"]
    assert olds[1].id in there.project.releases


def test_every_format_has_it(there: Shop) -> None:
    seed(there, 1)
    old = seed(there, 40)
    outcome = there.prune("preview", dry_run=True)
    said = json.loads(pruning.as_json(outcome))
    assert said["verdict"] == "planned"
    assert said["releases"][0] == {
        "id": old.id,
        "release": old.tag,
        "channel": "preview",
        "published": days_ago(there, 40).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expires": days_ago(there, 10).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verdict": "delete",
        "reason": f"its 30 days were over on {days_ago(there, 10):%Y-%m-%d}",
        "takesTag": True,
        "done": False,
    }
    assert old.tag in pruning.text(outcome)
    assert f"| `{old.tag}` | preview |" in pruning.markdown(outcome)


# ---------------------------------------------------------------------------- the command


class Command:
    """prune on a command line, or as a manifest's step; for both the clock is the real one."""

    def __init__(self, there: Shop, patch: pytest.MonkeyPatch) -> None:
        self.there = there
        there.clock.now = time.time()
        self._patch = patch
        for name in list(os.environ):
            if name.startswith(("GITHUB_", "RUNNER_", "GH_", "INPUTS")):
                patch.delenv(name)

    def line(self, *options: str) -> int:
        self._patch.setenv("GH_TOKEN", self.there.token)
        where = ("--repository", APP, "--api-url", self.there.sandbox.api_url)
        return cli.main(["prune", *where, *options])

    def step(self, **inputs: str) -> int:
        folder = self.there.folder
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "schedule",
            "GITHUB_REPOSITORY": APP,
            "GITHUB_API_URL": self.there.sandbox.api_url,
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "RUNNER_TEMP": str(folder),
            "INPUTS": json.dumps({"token": self.there.token, **inputs}),
        }
        for name, value in environment.items():
            self._patch.setenv(name, value)
        return cli.main(["prune"])

    def outputs(self) -> dict[str, str]:
        text = (self.there.folder / "output").read_text(encoding="utf-8")
        pairs = re.findall(r"(?m)^([a-z-]+)<<(\S+)\n(.*)\n\2$", text)
        assert len(pairs) == text.count("<<")
        return {name: value for name, _, value in pairs}


@pytest.fixture
def command(there: Shop, monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(there, monkeypatch)


def test_a_command_line(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    there = command.there
    seed(there, 1)
    old = seed(there, 40)
    assert command.line("--channels", "preview") == 0
    assert capsys.readouterr().out.startswith("dry run: prune would delete 1 release and 1 tag; ")
    assert command.line("--channels", "preview", "--no-dry-run", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["tags"] == [old.tag]
    assert command.line("--channels", "preview", "--format", "markdown") == 0
    assert capsys.readouterr().out.startswith("## prune: nothing (dry run)\n")


@pytest.mark.parametrize(
    "options", [(), ("--channels", ""), ("--channels", "*")], ids=["unset", "empty", "wild"]
)
def test_row_42_a_command_line_without_a_filter_ends_with_status_2(
    options: tuple[str, ...], command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.line(*options, "--no-dry-run") == 2
    assert "`channels`" in capsys.readouterr().err
    assert command.there.sandbox.requests == []


def test_a_step(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    there = command.there
    seed(there, 1)
    old, older = seed(there, 40), seed(there, 41)
    assert command.step(channels="preview\nnightly", **{"max-deletions": "1", "dry-run": ""}) == 0
    assert command.outputs()["verdict"] == "planned"
    (there.folder / "output").unlink()
    assert command.step(channels="preview", **{"max-deletions": "1", "dry-run": "false"}) == 0
    outputs = command.outputs()
    report = json.loads(Path(outputs.pop("report")).read_text(encoding="ascii"))
    assert outputs == {
        "verdict": "pruned",
        "deleted": "1",
        "kept": "1",
        "left": "1",
        "tags": older.tag,
    }
    assert report["requests"] > 0
    assert old.id in there.project.releases
    assert f"| `{older.tag}` | preview |" in (there.folder / "summary").read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    assert (
        "::notice title=prune::No prerelease that could go has a record of the channel `nightly`"
    ) in printed


def test_a_step_that_is_refused(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    seed(command.there, 1)
    broken(command.there, "no JSON")
    assert command.step(channels="preview") == 1
    assert command.outputs()["verdict"] == "refused"
    assert "::error title=prune::prune refuses to delete anything: 1 record" in (
        capsys.readouterr().out
    )
