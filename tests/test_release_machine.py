"""Any order of commits, publications, days, prunings and strangers keeps what both parts promise.

What is published is whole and stays as it is; prune takes what has outlived its retention and
nothing else; what is done once more changes nothing.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ceremony.forge import ForgeError, Immutable
from ceremony.model import Stage
from ceremony.rules import artifacts
from ceremony.rules.channels import is_own_tag, read_tag
from ceremony.rules.prune import Verdict as Pruned
from ceremony.rules.record import NAME, SUMS, Record, parse, sums
from ceremony.sandbox import Fault
from ceremony.sandbox.state import Release
from tests.support.publishing import BUNDLES, shop, tree

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")

BUNDLE = next(path for path in BUNDLES if path.endswith(".deb"))
LATEST, PATCH = "refs/heads/latest", "refs/tags/v1.0.1-patch"
BRANCHES = {
    LATEST: "preview",
    "refs/heads/v1.0.0-alpha": "alpha",
    "refs/heads/v1.1.0-alpha": "alpha",
    "refs/heads/v1.0.0-beta": "beta",
    "refs/heads/v1.0.0-stable": "stable",
}
CHANNELS = {**BRANCHES, PATCH: "patch"}
"""Channels by the refs that publish in them."""
# Previews most of all: there is most to prune among them.
REFS = st.sampled_from([*[LATEST] * 4, *BRANCHES, PATCH])
LASTING = {Stage.STABLE, Stage.PATCH}
UP = {artifacts.Verdict.PUBLISHED, artifacts.Verdict.UP_TO_DATE}
KEPT = {
    "preview": dt.timedelta(days=30),
    "alpha": dt.timedelta(days=90),
    "beta": dt.timedelta(days=365),
}
"""What the ceremony's table promises; all else is for ever."""

Trouble = tuple[Any, int]
"""What goes wrong, and at which effect."""
KINDS = ["before", "lost", "truncated", "status", "after-status", "half", "stop"]
TROUBLES = st.none() | st.tuples(st.sampled_from(KINDS), st.integers(1, 6))


def seen(release: Release) -> dict[str, Any]:
    """A release as it is now, but for whether it is to be the latest."""
    assets = [(each.id, each.name, each.content, each.state) for each in release.assets]
    return {**vars(release), "assets": assets, "make_latest": ""}


class Releases(RuleBasedStateMachine):
    """One project, and all that may happen to its releases."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.serving = shop(self.folder)
        self.shop = self.serving.__enter__()
        self.project = self.shop.project
        self.lines = {LATEST: [self.shop.first]}
        """The commits of each ref, the oldest first; a release branch's begin with latest's."""
        self.strange: set[int] = set()
        """Releases that somebody has made, or has changed."""
        self.is_alone = True
        """Whether nobody else has touched anything that a publication looks at."""
        self.shown: dict[str, set[str]] = {}
        """The commits that were ever published, by channel."""
        self.number = 0
        self.has_rebuilt = False

    def teardown(self) -> None:
        try:
            self.serving.__exit__(None, None, None)
        finally:
            shutil.rmtree(self.folder)

    # ------------------------------------------------------------------ what developers do

    @initialize(gaps=st.lists(st.integers(0, 20), min_size=2, max_size=3))
    def begin(self, gaps: list[int]) -> None:
        """A few previews and an alpha, for there to be something to prune."""
        for ref, days in [*((LATEST, days) for days in gaps), ("refs/heads/v1.0.0-alpha", 0)]:
            self.push(ref, 1)
            self.build(self.lines[ref][-1])
            assert self.published(ref, self.lines[ref][-1], lambda: None).verdict in UP
            self.shop.days(days)
        self.note()

    def build(self, commit: str, *, is_rebuilt: bool = False) -> None:
        """What lies on the disk is what a commit gives, or what is built of it on another day."""
        self.has_rebuilt |= is_rebuilt
        tree(self.shop.root, {BUNDLE: f"{commit}{' again' * is_rebuilt}".encode()})

    def line(self, ref: str) -> list[str]:
        """The commits of a ref, which is made where latest is if it is not there."""
        if ref not in self.lines:
            self.lines[ref] = list(self.lines[LATEST])
            self.project.set_ref(ref, self.lines[ref][-1])
        return self.lines[ref]

    @rule(ref=st.sampled_from([LATEST, *BRANCHES]), count=st.integers(1, 2))
    def push(self, ref: str, count: int) -> None:
        line = self.line(ref)
        for _ in range(count):
            self.number += 1
            change = {"change.txt": f"{self.number}"}
            line.append(self.project.commit(change, branch=ref.removeprefix("refs/heads/")))

    @rule(days=st.integers(1, 40) | st.integers(41, 800))
    def wait(self, days: int) -> None:
        self.shop.days(days)

    # ------------------------------------------------------------------ what strangers do

    @rule(
        name=st.sampled_from(["nightly", "1.0.0-alpha", "v1.0.1-patch", "2.0.0", "own"]),
        is_draft=st.booleans(),
        is_prerelease=st.booleans(),
    )
    def make_a_foreign_release(self, *, name: str, is_draft: bool, is_prerelease: bool) -> None:
        commit = self.lines[LATEST][-1]
        tag = name if name != "own" else f"preview-20200131-{commit[:7]}"
        if any(release.tag == tag for release in self.project.releases.values()):
            return
        self.is_alone = False
        # What is published from it has another tag than ours then.
        self.made(tag, commit, is_draft=is_draft, is_prerelease=is_prerelease)

    def made(self, tag: str, commit: str, *, is_draft: bool, is_prerelease: bool) -> None:
        identity = self.shop.sandbox.id()
        now = self.shop.sandbox.now()
        self.project.releases[identity] = Release(
            id=identity, tag=tag, target=commit, name="By hand", body="", author="maria",
            is_draft=is_draft, is_prerelease=is_prerelease, created=now,
            published=None if is_draft else now,
        )  # fmt: skip
        self.strange.add(identity)
        if not is_draft and self.project.ref(f"refs/tags/{tag}") is None:
            self.project.set_ref(f"refs/tags/{tag}", commit)

    @precondition(lambda self: self.shop.releases)
    @rule(
        place=st.integers(0, 9),
        what=st.sampled_from(
            ["prerelease", "full", "latest", "bare", "gone", "gone with tag", "for good"]
        ),
    )
    def meddle(self, place: int, what: str) -> None:
        """Somebody changes what is published, or takes it away."""
        published = list(self.shop.releases.values())
        release = published[place % len(published)]
        self.is_alone = False
        if what == "for good":
            self.project.immutable_releases = not self.project.immutable_releases
            return
        self.strange.add(release.id)
        if what.startswith("gone"):
            del self.project.releases[release.id]
            if what == "gone with tag":
                self.project.set_ref(f"refs/tags/{release.tag}", None)
        elif what == "bare":
            release.assets = [each for each in release.assets if each.name != NAME]
        else:
            release.is_prerelease = what == "prerelease"
            if what == "latest":
                self.project.latest_release = release.id

    # ------------------------------------------------------------------ artifacts

    @rule(
        ref=REFS,
        back=st.sampled_from([0, 0, 1, 2]),
        is_rebuilt=st.sampled_from([False, False, True]),
        trouble=TROUBLES,
    )
    def publish(self, *, ref: str, back: int, is_rebuilt: bool, trouble: Trouble | None) -> None:
        self.once(ref, back, trouble, is_rebuilt=is_rebuilt)

    @rule(trouble=TROUBLES)
    def publish_late(self, trouble: Trouble | None) -> None:
        """A commit that latest has left behind, and that was never published."""
        self.push(LATEST, 2)
        self.once(LATEST, 0, None)
        self.once(LATEST, 1, trouble)

    @rule(ref=st.sampled_from([LATEST, LATEST, *BRANCHES]), days=st.integers(0, 60))
    def publish_something_new(self, ref: str, days: int) -> None:
        self.push(ref, 1)
        self.once(ref, 0, None)
        self.shop.days(days)

    def once(
        self, ref: str, back: int, trouble: Trouble | None, *, is_rebuilt: bool = False
    ) -> None:
        """Publish, and see that only this is done; without trouble see that all of it is."""
        line = self.line(ref)
        commit = line[-1] if ref == PATCH else line[-1 - min(back, len(line) - 1)]
        self.build(commit, is_rebuilt=is_rebuilt)
        before = {release.id: seen(release) for release in self.project.releases.values()}
        channel, refs = CHANNELS[ref], self.project.refs()
        outcome = self.tried(lambda seam: self.published(ref, commit, seam), trouble)
        for identity, was in before.items():
            is_same = self.project.releases.get(identity, None)
            if not was["is_draft"] or identity in self.strange:
                assert is_same is not None
                assert seen(is_same) == was
        self.note()
        tag = self.project.ref(f"refs/tags/{channel}")
        gone = {name for name, sha in refs.items() if self.project.ref(name) != sha}
        assert gone <= {f"refs/tags/{channel}"}
        if channel == "preview" and f"refs/tags/{channel}" in refs:
            # Whatever is published, and however late: it never goes back.
            assert line.index(tag or "") >= line.index(refs[f"refs/tags/{channel}"])
        if trouble is None and outcome is not None:
            self.check_after(ref, commit, outcome)

    def published(self, ref: str, commit: str, seam: Callable[[], None]) -> artifacts.Outcome:
        return self.shop.publish(ref, commit, artifacts=("*.deb",), workers=1, seam=seam)

    def check_after(self, ref: str, commit: str, outcome: artifacts.Outcome) -> None:
        """What holds after a run that nothing has gone wrong with."""
        assert not outcome.failure
        channel, plan = CHANNELS[ref], outcome.plan
        assert plan is not None
        if outcome.verdict in UP:
            tag = plan.record.tag
            assert self.shop.record(tag).commit == self.project.ref(f"refs/tags/{tag}") == commit
            assert not any(
                release.is_draft and (release.name, release.target) == (tag, commit)
                for release in self.project.releases.values()
            )
            pointed = self.project.ref(f"refs/tags/{channel}")
            assert pointed is not None
            if channel == "preview":
                line = self.lines[ref]
                assert line.index(pointed) >= line.index(commit)
            elif tag == max(self.versions(channel), key=_version):
                # An older commit that comes late gets the highest number, and takes nothing back.
                line = self.lines.get(ref, [commit])
                assert pointed in line[line.index(commit) :]
        else:
            assert outcome.verdict is artifacts.Verdict.REFUSED
            is_other = "published already, with other files" in outcome.reason
            assert (is_other and self.has_rebuilt) or not self.is_alone
        # Once more it is no work, and says the same.
        effects = list(self.shop.sandbox.effects)
        again = self.published(ref, commit, lambda: None)
        assert self.shop.sandbox.effects == effects
        if outcome.verdict in UP:
            assert again.verdict is artifacts.Verdict.UP_TO_DATE
            assert again.requests == 3 + (ref != PATCH and commit != self.lines[ref][-1])
        else:
            assert again.reason == outcome.reason

    def versions(self, channel: str) -> list[str]:
        """The tags of a channel's releases that carry a record."""
        records = self.records.values()
        return [record.tag for record in records if record.channel == channel]

    def note(self) -> None:
        for record in self.records.values():
            self.shown.setdefault(record.channel, set()).add(record.commit)

    # ------------------------------------------------------------------ prune

    @rule(
        days=st.integers(0, 30),
        keep=st.integers(1, 2),
        cap=st.sampled_from([1, 2, 20]),
        trouble=TROUBLES,
    )
    def prune_previews(self, days: int, keep: int, cap: int, trouble: Trouble | None) -> None:
        self.shop.days(days)
        self.pruned({"preview"}, keep, cap, trouble)

    @rule(
        channels=st.sets(st.sampled_from([*CHANNELS.values()]), min_size=1),
        keep=st.integers(1, 3),
        cap=st.sampled_from([1, 2, 20]),
        dry_run=st.booleans(),
    )
    def prune(self, *, channels: set[str], keep: int, cap: int, dry_run: bool) -> None:
        self.pruned(channels, keep, cap, None, dry_run=dry_run)

    @rule(trouble=TROUBLES)
    def prune_years_later(self, trouble: Trouble | None) -> None:
        self.shop.days(400)
        self.pruned(set(CHANNELS.values()), 1, 20, trouble)

    def pruned(
        self,
        channels: set[str],
        keep: int,
        cap: int,
        trouble: Trouble | None,
        *,
        dry_run: bool = False,
    ) -> None:
        """Prune, and see that only what is due goes; without trouble see that all of it does."""
        before = dict(self.project.releases)
        was = {identity: seen(release) for identity, release in before.items()}
        refs, records = self.project.refs(), self.records
        latest = self.project.shown_as_latest()
        due = self.due(channels, keep)
        asked: dict[str, Any] = {
            "keep_last": str(keep), "max_deletions": str(cap), "dry_run": dry_run,
        }  # fmt: skip
        outcome = self.tried(
            lambda seam: self.shop.prune(*sorted(channels), seam=seam, **asked), trouble
        )
        gone = [release for identity, release in before.items() if self.is_gone(identity)]
        assert len(gone) <= (0 if dry_run else cap)
        assert not self.project.releases.keys() - before.keys()
        for identity, release in self.project.releases.items():
            assert seen(release) == was[identity]
        published = by_channel(before, records)
        for release in gone:
            assert release is not latest
            assert release.is_prerelease
            record = records[release.id]
            assert record.channel in channels
            assert record.stage not in LASTING
            assert record.expires is not None
            assert record.expires <= self.shop.sandbox.now()
            assert len(newer(release, published[record.channel])) >= keep
        self.check_refs(refs, gone, before.values())
        if trouble is None:
            assert outcome is not None
            assert outcome.verdict is not Pruned.REFUSED
            taken = {row.release.id for row in outcome.rows if row.word == "delete"}
            if not dry_run:
                assert taken == {release.id for release in gone}
            # What somebody has changed may stay; all else goes, but for the cap.
            assert taken <= due
            assert taken - self.strange == due - self.strange or len(taken) == cap
            if not dry_run and cap == 20:
                # There is nothing left to take, then.
                effects = list(self.shop.sandbox.effects)
                again = self.shop.prune(*sorted(channels), **asked)
                assert again.verdict is Pruned.NOTHING
                assert self.shop.sandbox.effects == effects
                if "preview" in channels:
                    assert not self.left_behind()

    def check_refs(
        self, refs: dict[str, str], gone: Iterable[Release], before: Iterable[Release]
    ) -> None:
        """Tags go with their previews, or because a run that was cut off has left them behind."""
        there = self.project.refs()
        assert there.items() <= refs.items()
        taken = {release.tag for release in before} - {release.tag for release in gone}
        for ref in refs.keys() - there.keys():
            tag = ref.removeprefix("refs/tags/")
            assert is_own_tag(tag, "preview")
            assert tag not in taken
            assert tag.endswith(refs[ref][:7])

    def left_behind(self) -> set[str]:
        """The tags without a release that were some preview's, as the one after it says."""
        taken = {release.tag for release in self.project.releases.values()}
        named = {record.previous for record in self.could_go().values()} - {"", *taken}
        yesterday = self.shop.sandbox.now().date() - dt.timedelta(days=1)
        return {
            tag
            for tag in named
            if (self.project.ref(f"refs/tags/{tag}") or "").startswith(tag[-7:])
            and dt.date.fromisoformat(tag[-16:-8]) < yesterday
        }

    def is_gone(self, identity: int) -> bool:
        return identity not in self.project.releases

    def due(self, channels: set[str], keep: int) -> set[int]:
        """What has outlived its retention, by the table of the ceremony."""
        now, records = self.shop.sandbox.now(), self.could_go()
        published = by_channel(self.project.releases, records)
        found = set()
        for identity, record in records.items():
            release = self.project.releases[identity]
            kept = KEPT.get(record.channel)
            is_own = is_own_tag(release.tag, "preview")
            assert release.published is not None
            if (
                kept is not None
                and release.published + kept <= now
                and record.channel in channels
                and len(newer(release, published[record.channel])) >= keep
                # What the channel's plain tag shows stays, though newer ones were published.
                and self.project.ref(f"refs/tags/{record.channel}") != record.commit
                and not (is_own and self.project.ref(f"refs/tags/{release.tag}") is None)
            ):
                found.add(identity)
        return found

    def could_go(self) -> dict[int, Record]:
        """The records but of what stays whatever they say: it is not read, and is no newer one."""
        latest = self.project.shown_as_latest()
        return {
            identity: record
            for identity, record in self.records.items()
            if self.project.releases[identity] is not latest
            and self.project.releases[identity].is_prerelease
            and not self.is_for_good(self.project.releases[identity])
        }

    def is_for_good(self, release: Release) -> bool:
        """Whether its tag could never be used again."""
        return release.is_immutable and not is_own_tag(release.tag, "preview")

    # ------------------------------------------------------------------ what always holds

    def tried(self, act: Callable[[Callable[[], None]], Any], trouble: Trouble | None) -> Any:
        """Do it; None where the trouble kept it from being told."""
        left = 99
        sandbox = self.shop.sandbox
        if trouble is not None:
            kind, number = trouble
            left = number if kind == "stop" else left
            if kind == "half":
                sandbox.faults.add(Fault("repos/upload-release-asset", kind, nth=number))
            elif kind != "stop":
                sandbox.faults.add(Fault("effects", kind, nth=number, status=502))

        def seam() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

        try:
            return act(seam)
        except Immutable:
            # A tag that was deleted by hand can't be used once more.
            assert not self.is_alone
            return None
        except (ForgeError, KeyboardInterrupt):
            assert trouble is not None
            return None
        finally:
            sandbox.faults.clear()

    @property
    def records(self) -> dict[int, Record]:
        """What each published release says of itself."""
        return {
            release.id: parse(asset.content)
            for release in self.shop.releases.values()
            for asset in release.assets
            if asset.name == NAME
        }

    @invariant()
    def what_is_published_is_whole(self) -> None:
        for identity, record in self.records.items():
            release = self.project.releases[identity]
            held = {asset.name: asset for asset in release.assets}
            assert record.tag == release.tag
            assert held.keys() == {NAME, SUMS, *(file.name for file in record.files)}
            assert len(held) == len(release.assets)
            assert all(asset.state == "uploaded" for asset in held.values())
            for file in record.files:
                assert held[file.name].digest == f"sha256:{file.sha256}"
            assert held[SUMS].content.decode() == sums(record.files)

    @invariant()
    def a_channel_s_tag_is_at_a_commit_of_the_channel(self) -> None:
        for channel in CHANNELS.values():
            sha = self.project.ref(f"refs/tags/{channel}")
            assert sha is None or sha in self.shown[channel]

    @invariant()
    def github_s_description_was_kept(self) -> None:
        assert self.shop.sandbox.violations == []


def by_channel(
    releases: Mapping[int, Release], records: Mapping[int, Record]
) -> dict[str, list[Release]]:
    """The releases that carry a record."""
    found: dict[str, list[Release]] = {}
    for identity, record in records.items():
        found.setdefault(record.channel, []).append(releases[identity])
    return found


def newer(release: Release, others: Iterable[Release]) -> list[Release]:
    """Those that were published after it."""
    assert release.published is not None
    return [each for each in others if each.published and each.published > release.published]


def _version(tag: str) -> tuple[Any, int]:
    read = read_tag(tag)
    assert read is not None
    return read


TestReleases = Releases.TestCase
TestReleases.settings = settings(
    max_examples=6,
    stateful_step_count=16,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
