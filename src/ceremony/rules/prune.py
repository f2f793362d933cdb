"""prune's decision: which releases have outlived what they were promised, and why all others stay.

Pure: everything that the decision rests on is in `Facts` and `Policy`. It is about deleting, so
every doubt keeps: what is not known to be ours and over is left alone, and what contradicts itself
stops the run.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from ceremony.model import FINAL, exit_status
from ceremony.rules import retention
from ceremony.rules.channels import is_own_tag, own_tag, read_tag
from ceremony.rules.record import NAME, SUMS, Record, sums_file

MAX_SKEW = dt.timedelta(minutes=5)
"""What the host's clock and the runner's may differ by."""
SHOWN = 3
"""Releases that one sentence lists."""
MAX_READ = 500
"""Records that one run reads: half of the requests that GITHUB_TOKEN has in an hour."""
_FOR_GOOD = "it is immutable: its tag could never be used again"


class Verdict(StrEnum):
    """The word on one run."""

    PRUNED = "pruned"
    NOTHING = "nothing"
    PLANNED = "planned"
    REFUSED = "refused"


class Word(StrEnum):
    """The word on one release, or on one tag."""

    DELETE = "delete"
    KEEP = "keep"
    LEFT = "left"
    """It may go, and this run has deleted enough."""


# ---------------------------------------------------------------------------- facts


class Asset(NamedTuple):
    """A file of a release, as the host has it."""

    name: str
    size: int
    """Bytes."""
    digest: str
    """`sha256:…`; empty where the host keeps none."""
    is_whole: bool
    """Whether its upload was finished."""


class Release(NamedTuple):
    """A release, as the host has it, and what its own record says."""

    id: int
    tag: str
    is_draft: bool
    is_prerelease: bool
    is_immutable: bool
    is_latest: bool
    """Whether it is the one that the host shows as the latest."""
    published: dt.datetime | None
    assets: tuple[Asset, ...]
    record: Record | None = None
    """None where it has none, where `can_go` says that it is of no use, and where it was not read.
    """
    flaw: str = ""
    """Why the record that it has cannot be read, in a sentence; else empty."""

    @property
    def is_recorded(self) -> bool:
        """Whether it carries something by the record's name."""
        return any(asset.name == NAME for asset in self.assets)

    @property
    def can_go(self) -> bool:
        """Whether its record matters: what is of another kind stays whatever that says."""
        return not _protected(self)


class Facts(NamedTuple):
    """What one reading has found."""

    repository: str
    """`OWNER/NAME`."""
    releases: tuple[Release, ...]
    """All of them, drafts too, in the host's order."""
    tags: Mapping[str, str]
    """The tags whose names begin with a channel's, and where each is."""
    server: dt.datetime | None
    """The host's time; None where it told none."""
    runner: dt.datetime


class Policy(NamedTuple):
    """What may go."""

    channels: tuple[str, ...]
    keep_last: int
    """How many of each channel stay, however old they are; at least 1."""
    cap: int
    """How many releases go in one run, and how many tags without one."""


# ---------------------------------------------------------------------------- what is decided


class Row(NamedTuple):
    """The word on one release."""

    release: Release
    word: Word
    reason: str
    """One sentence without a full stop; strangers' names in it are quoted by backquotes."""
    expires: dt.datetime | None = None
    """When it has outlived its retention; None where that is never, or not known."""
    sha: str = ""
    """Where the tag is that goes with it; empty where none does."""
    newest: tuple[int, ...] = ()
    """The ids of the newest `keep_last` of its channel, the newest first; empty where it stays."""
    is_done: bool = False
    """Whether this run has deleted it."""

    @property
    def channel(self) -> str:
        """What its record says; empty where that was of no use."""
        return self.release.record.channel if self.release.record else ""


class Orphan(NamedTuple):
    """The word on a preview's own tag that no release has."""

    tag: str
    sha: str
    word: Word
    reason: str
    is_done: bool = False


class Decision(NamedTuple):
    """What is to go, and what the rest stays for."""

    verdict: Verdict
    """PLANNED where something is to go; then NOTHING or REFUSED."""
    reason: str
    """One sentence without a full stop."""
    remedy: str = ""
    rows: tuple[Row, ...] = ()
    """What goes, the oldest first; what is left to the next run; what stays, the newest first.
    Where records that cannot be believed refuse it: their releases, which stay."""
    orphans: tuple[Orphan, ...] = ()
    notices: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """One run of prune, decided and done: everything that a report shows."""

    verdict: Verdict
    reason: str
    remedy: str = ""
    rows: tuple[Row, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    notices: tuple[str, ...] = ()
    policy: Policy = Policy((), 1, 1)
    server: dt.datetime | None = None
    failure: str = ""
    """What could not be finished once something had been deleted, and what to do; else empty."""
    dry_run: bool = False
    requests: int = 0

    @property
    def status(self) -> int:
        """The exit status: 0 done or nothing to do, 1 refused, 3 left unfinished."""
        return exit_status(self.failure, is_no=self.verdict is Verdict.REFUSED)

    @property
    def deleted(self) -> int:
        """How many releases are gone; in a dry run, would be."""
        gone = (row for row in self.rows if row.word is Word.DELETE)
        return sum(row.is_done or self.dry_run for row in gone)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that are gone; in a dry run, would be."""
        with_releases = (
            row.release.tag
            for row in self.rows
            if row.word is Word.DELETE and row.sha and (row.is_done or self.dry_run)
        )
        alone = (
            each.tag
            for each in self.orphans
            if each.word is Word.DELETE and (each.is_done or self.dry_run)
        )
        return (*with_releases, *alone)

    def count(self, word: Word) -> int:
        """How many releases have this word."""
        return sum(row.word is word for row in self.rows)


def decide(facts: Facts, policy: Policy) -> Decision:
    """Which releases go (ceremony: Retention), and why each of the others stays.

    Refused as a whole where the host's clock is not known or not the runner's, and where a record
    cannot be read or contradicts its release: then nobody knows what the others are worth.
    """
    facts = facts._replace(releases=tuple(_weighed(each, facts) for each in facts.releases))
    if facts.server is None:
        return Decision(
            Verdict.REFUSED,
            "GitHub has not told the time, and its clock is the one that counts",
            "Run it again; on an Enterprise server, see that its answers carry a Date header",
        )
    skew = abs(facts.server - facts.runner)
    if skew > MAX_SKEW:
        return Decision(
            Verdict.REFUSED,
            f"this machine's clock says {moment(facts.runner)} and GitHub's {moment(facts.server)}:"
            f" more than {MAX_SKEW.seconds // 60} minutes lie between them",
            "Set the clock right and run it again",
        )
    # An immutable one cannot be put right: it stays, and the others need not wait for it.
    flawed = [each for each in facts.releases if each.flaw and not each.is_immutable]
    if flawed:
        shown = "; ".join(f"that of `{each.tag}`: {each.flaw}" for each in flawed[:SHOWN])
        more = f" (and {len(flawed) - SHOWN:,} more)" if len(flawed) > SHOWN else ""
        return Decision(
            Verdict.REFUSED,
            f"{len(flawed):,} record{'s' * (len(flawed) > 1)} cannot be believed: {shown}{more}",
            "See what has happened, and put it right: give the release back its own files, or take "
            f"`{NAME}` out of it, and it is nothing of ours any more",
            tuple(Row(each, Word.KEEP, _unread(each)) for each in flawed),
        )
    rows = _capped(_Judge(facts, facts.server, policy), policy)
    going = sum(row.word is Word.DELETE for row in rows)
    orphans = tuple(_orphans(facts, facts.server.date(), policy))
    if going or any(each.word is Word.DELETE for each in orphans):
        verdict, reason = Verdict.PLANNED, "they have outlived their retention"
    else:
        verdict, reason = Verdict.NOTHING, "no release may go"
    return Decision(verdict, reason, "", rows, orphans, tuple(_notices(facts, policy)))


def moment(at: dt.datetime) -> str:
    """A moment for people, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


# ---------------------------------------------------------------------------- what stops a run


def _weighed(release: Release, facts: Facts) -> Release:
    """The release without a record that contradicts it, and with that as its flaw."""
    if release.record and is_of(release.record, facts.repository):
        flaw = _contradiction(release, release.record)
        return release._replace(record=None, flaw=flaw) if flaw else release
    return release


def is_of(record: Record, repository: str) -> bool:
    """Whether the record is of a release of this repository; GitHub's names know no capitals."""
    return record.repository.lower() == repository.lower()


def _contradiction(release: Release, record: Record) -> str:
    """How a record and its release contradict one another; empty where they don't."""
    if record.tag != release.tag:
        return f"it is the record of the release `{record.tag}`"
    there = {asset.name: asset for asset in release.assets}
    for file in (*record.files, sums_file(record.files)):
        asset = there.get(file.name)
        if asset is None:
            return f"the release lacks the file `{file.name}`"
        if not asset.is_whole or asset.size != file.size:
            return f"`{file.name}` should have {file.size:,} bytes, and has {asset.size:,}"
        if asset.digest not in {"", f"sha256:{file.sha256}"}:
            return f"`{file.name}` holds other bytes than it should"
    return ""


# ---------------------------------------------------------------------------- one release


class _Judge:
    """What the releases are to one another."""

    def __init__(self, facts: Facts, now: dt.datetime, policy: Policy) -> None:
        self.releases = facts.releases
        self._facts = facts
        self._now = now
        self._policy = policy
        self._tags = Counter(release.tag for release in facts.releases)
        self._published: dict[str, list[tuple[dt.datetime, int]]] = {}
        for release in facts.releases:
            record = release.record
            if record and release.published and is_of(record, facts.repository):
                each = (release.published, release.id)
                self._published.setdefault(record.channel, []).append(each)
        for each_channel in self._published.values():
            each_channel.sort()

    def row(self, release: Release) -> Row:
        """The word on a release; the cap comes later."""
        reason = _protected(release) or _unread(release)
        if reason or release.record is None or release.published is None:
            return Row(release, Word.KEEP, reason or "GitHub does not say when it was published")
        return self._recorded(release, release.record, release.published)

    def _recorded(self, release: Release, record: Record, published: dt.datetime) -> Row:
        expires = _expires(record, published)
        reason = (
            self._foreign(record)
            or _lasting(release, record)
            or _added(release, record)
            or self._unexpired(record, expires)
            or self._newest(record.channel, published)
            or self._shown(record)
        )
        if reason:
            return Row(release, Word.KEEP, reason, expires)
        sha = ""
        if is_own_tag(release.tag, record.channel):
            sha = self._facts.tags.get(release.tag, "")
            reason = self._not_own(release.tag, record.commit, sha)
        if reason:
            return Row(release, Word.KEEP, reason, expires)
        over = f"its {record.retention.text} were over on {expires:%Y-%m-%d}" if expires else ""
        newest = self._published[record.channel][-self._policy.keep_last :]
        ids = tuple(each for _published, each in reversed(newest))
        return Row(release, Word.DELETE, over, expires, sha, ids)

    def _foreign(self, record: Record) -> str:
        if not is_of(record, self._facts.repository):
            return f"its record is that of a release of `{record.repository}`: not ours"
        if record.channel not in self._policy.channels:
            return f"`{record.channel}` is not among the channels to prune"
        return ""

    def _unexpired(self, record: Record, expires: dt.datetime | None) -> str:
        if expires is None:
            return "it is kept for ever"
        if expires > self._now:
            return f"it is kept {record.retention.text}, until {moment(expires)}"
        return ""

    def _newest(self, channel: str, published: dt.datetime) -> str:
        # Of those that were published in the same second all stay.
        others = self._published[channel]
        newer = len(others) - bisect_right(others, published, key=lambda other: other[0])
        if newer >= self._policy.keep_last:
            return ""
        number = self._policy.keep_last
        newest = "the newest" if number == 1 else f"among the newest {number:,}"
        return f"it is {newest} of its channel"

    def _shown(self, record: Record) -> str:
        # The newest by date need not be the newest by version, nor by commit.
        if self._facts.tags.get(record.channel) == record.commit:
            return f"the tag `{record.channel}` is at it"
        return ""

    def _not_own(self, tag: str, commit: str, sha: str) -> str:
        """Why the tag, which would go with it, is not known to be its own."""
        if sha != commit:
            where = f"at {sha[:7]}" if sha else "not there"
            return f"its tag is {where}, and was made at {commit[:7]}"
        if self._tags[tag] > 1:
            return "another release, a draft, has its tag"
        return ""


def _protected(release: Release) -> str:
    """Why a release stays whatever its record says; empty where it may not."""
    if release.is_draft:
        return "it is a draft"
    if release.is_latest:
        return "GitHub shows it as the latest release"
    said = read_tag(release.tag)
    if said and said[0].stage in FINAL:
        return f"by its tag it is {said[0].stage}"
    if not release.is_prerelease:
        return "it is no prerelease"
    if not release.is_recorded:
        return f"it carries no `{NAME}`: not ours"
    if release.is_immutable and not is_own_tag(release.tag, _channel(release.tag)):
        return _FOR_GOOD
    return ""


def _unread(release: Release) -> str:
    if release.flaw:
        return f"its record cannot be believed: {release.flaw}"
    if release.record is None:
        return f"its record was not looked at: one run reads {MAX_READ:,} at most"
    return ""


def _lasting(release: Release, record: Record) -> str:
    for word in (record.stage, record.channel):
        if word in FINAL:
            return f"it is {word}"
    if release.is_immutable and not is_own_tag(release.tag, record.channel):
        return _FOR_GOOD
    return ""


def _added(release: Release, record: Record) -> str:
    """What somebody has put beside the files of the record."""
    known = {NAME, SUMS, *(file.name for file in record.files)}
    added = sorted(asset.name for asset in release.assets if asset.name not in known)
    if not added:
        return ""
    more = f" and {len(added) - 1:,} more" if len(added) > 1 else ""
    return f"somebody has added `{added[0]}`{more} to it"


def _expires(record: Record, published: dt.datetime) -> dt.datetime | None:
    """When it has been there for as long as was promised.

    A record is written a while before its release is published, and the promise is to those who
    read the release: its own age counts too (threat: wrong date).
    """
    since = retention.expires(record.retention, published)
    if record.expires is None or since is None:
        return None
    return max(record.expires, since)


# ---------------------------------------------------------------------------- all of them


def _capped(judge: _Judge, policy: Policy) -> tuple[Row, ...]:
    rows = [judge.row(release) for release in judge.releases]
    going = [row for row in rows if row.word is Word.DELETE]
    going.sort(key=lambda row: age(row.release))
    staying = [row for row in rows if row.word is Word.KEEP]
    staying.sort(key=lambda row: age(row.release), reverse=True)
    left = [
        row._replace(word=Word.LEFT, reason=f"{row.reason}; over the {policy.cap:,} of one run")
        for row in going[policy.cap :]
    ]
    return (*going[: policy.cap], *left, *staying)


_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


def age(release: Release) -> tuple[dt.datetime, int]:
    """What sorts releases, the oldest first."""
    return release.published or _LONG_AGO, release.id


def _orphans(facts: Facts, today: dt.date, policy: Policy) -> Iterator[Orphan]:
    """Own tags that a run which was cut off has left behind, by name.

    Others may have named tags so before, or do in a copy of the repository: so they are ours only
    in a channel that a record speaks of, and only where a record names them, or from the first
    release on that carries a record.
    """
    room = policy.cap
    taken = {release.tag for release in facts.releases}
    known = _channels(facts)
    named = {record.previous for record in _records(facts)}
    dates = (
        each.published.date() for each in facts.releases if each.is_recorded and each.published
    )
    first = min(dates, default=dt.date.max)
    for tag, sha in sorted(facts.tags.items()):
        channel = next((each for each in policy.channels if is_own_tag(tag, each)), None)
        if channel is None or tag in taken:
            continue
        day = _day(tag)
        if own_tag(channel, day, sha) != tag:
            yield Orphan(tag, sha, Word.KEEP, f"it is at {sha[:7]}, which its name does not say")
        elif channel not in known:
            yield Orphan(
                tag, sha, Word.KEEP, f"no record speaks of the channel `{channel}`: not ours"
            )
        elif day < first and tag not in named:
            yield Orphan(tag, sha, Word.KEEP, f"it is older than each release with a `{NAME}`")
        elif day >= today - dt.timedelta(days=1):
            yield Orphan(tag, sha, Word.KEEP, "its release may still be on the way")
        elif room > 0:
            room -= 1
            yield Orphan(tag, sha, Word.DELETE, "its release is gone")
        else:
            over = f"its release is gone; over the {policy.cap:,} of one run"
            yield Orphan(tag, sha, Word.LEFT, over)


def _day(tag: str) -> dt.date:
    """The day in a preview's own tag: `preview-20260131-0123456`."""
    return dt.date.fromisoformat(tag.split("-")[-2])


def _channel(tag: str) -> str:
    """The channel in a preview's own tag; of another tag, something of no meaning."""
    return tag.rsplit("-", 2)[0]


def _notices(facts: Facts, policy: Policy) -> Iterable[str]:
    known = _channels(facts)
    for channel in policy.channels:
        if channel in FINAL:
            yield f"What is in the channel `{channel}` is never pruned"
        elif channel not in known:
            yield f"No prerelease that could go has a record of the channel `{channel}`"


def _channels(facts: Facts) -> Collection[str]:
    """The channels of what could go, by its records."""
    return {record.channel for record in _records(facts)} - FINAL


def _records(facts: Facts) -> Iterator[Record]:
    """The records of what could go, this repository's own."""
    for release in facts.releases:
        if release.record and is_of(release.record, facts.repository):
            yield release.record


def row_of(rows: Sequence[Row], release: int) -> Row | None:
    """The row of a release by its id; None where it is not there any more."""
    return next((row for row in rows if row.release.id == release), None)
