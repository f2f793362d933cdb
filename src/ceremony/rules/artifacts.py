"""What artifacts publishes, under which tag, and whether it may (ceremony: Release Artifacts).

Pure: the files have been found and measured, GitHub has been asked. What follows from it is decided
here, before the first byte is sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ceremony.model import FINAL, Version, exit_status
from ceremony.rules import assets, retention
from ceremony.rules.channels import (
    Place,
    Row,
    is_own_tag,
    own_tag,
    read_tag,
    version_of,
    version_tag,
)
from ceremony.rules.globs import Missing, Wanted
from ceremony.rules.record import NAME, File, Record


class Verdict(StrEnum):
    """The word on one run."""

    PUBLISHED = "published"
    UP_TO_DATE = "up-to-date"
    PLANNED = "planned"
    NOTHING = "nothing"
    REFUSED = "refused"


# ---------------------------------------------------------------------------- the plan


class Gathered(NamedTuple):
    """One file as it lies on the disk."""

    path: str
    """From the root, with forward slashes."""
    size: int
    """Bytes."""
    sha256: str
    """Empty where there are more files than a release holds, and none was read."""
    secret: str = ""
    """What kind of credential its content looks like; empty where it looks like none."""


class Passed(NamedTuple):
    """Something that a pattern asks for by its name, and that is never taken."""

    path: str
    why: str


class Origin(NamedTuple):
    """Where the files come from."""

    repository: str
    """`OWNER/NAME`; empty where that is not known, which only a dry run may be."""
    commit: str
    """Empty where that is not known, which only a dry run may be."""
    table: str = ""
    """The path of the configuration that has the table; empty where it is the ceremony's own."""


class Walk(NamedTuple):
    """What one walk has found."""

    files: tuple[Gathered, ...]
    """By path."""
    missing: tuple[str, ...]
    """The patterns that match nothing, as they are written."""
    passed: tuple[Passed, ...] = ()
    passed_more: int = 0
    """How many were passed over besides those."""


class Renamed(NamedTuple):
    """A file that is published under another name than it has."""

    path: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would be published."""

    place: Place
    record: Record
    table: str
    """The configuration's path; empty where the row is the ceremony's own."""
    host_days: int
    """For how many days the host's store for workflow artifacts is to keep the files."""
    renamed: tuple[Renamed, ...] = ()
    passed: tuple[Passed, ...] = ()
    passed_more: int = 0
    notices: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    """Why it may not be published; every reason, and none where it may."""


def plan(
    place: Place,
    origin: Origin,
    wanted: Sequence[Wanted],
    walk: Walk,
    *,
    at: dt.datetime,
    host_limit: int,
    tag: str,
) -> Plan:
    """What follows from the files that were found.

    `at` is the time of publishing in UTC, `host_limit` the most days that the host's own store
    keeps anything; an empty tag stands for one that is not known yet.
    """
    named = {found.path: assets.named(found.path) for found in walk.files}
    refusals = assets.refusals([(named[found.path], found.size) for found in walk.files])
    refusals += [
        f"`{found.path}` holds what looks like {found.secret}: take it out, or leave the file out "
        f"by a pattern that begins with `!`"
        for found in walk.files
        if found.secret
    ]
    notices: list[str] = []
    for entry in wanted:
        if entry.glob.text not in walk.missing or entry.if_missing is Missing.IGNORE:
            continue
        said = f"no file matches `{entry.glob.text}`"
        if entry.if_missing is Missing.WARN:
            notices.append(said)
        else:
            refusals.append(
                f"{said}: build it, correct the pattern, or say `if-no-files-found: ignore`"
            )
    days, is_clamped = retention.host_days(place.row.retention, host_limit)
    if is_clamped:
        notices.append(
            f"`retention-days` is {days}, the most that the host's store for workflow artifacts "
            f"keeps; the release itself is kept: {place.row.retention.text}"
        )
    version = place.version
    if place.row.retention.days is not None:
        lasting = (version.stage if version else "it") if not place.prerelease else ""
        if not lasting and place.row.channel in FINAL:
            lasting = f"what is in the channel `{place.row.channel}`"
        if lasting:
            notices.append(f"{lasting} is never pruned, whatever its retention is")
    return Plan(
        place=place,
        table=origin.table,
        record=Record(
            repository=origin.repository,
            tag=tag,
            channel=place.row.channel,
            retention=place.row.retention,
            created=at,
            expires=retention.expires(place.row.retention, at),
            prerelease=place.prerelease,
            ref=place.source.ref,
            commit=origin.commit,
            version=version.core if version else "",
            stage=version.stage if version else None,
            files=tuple(
                File(
                    path=found.path,
                    name=named[found.path].name,
                    size=found.size,
                    sha256=found.sha256,
                    media_type=assets.media_type(named[found.path].name),
                    platform=assets.platform(named[found.path].name),
                    architecture=assets.architecture(named[found.path].name),
                )
                for found in walk.files
            ),
        ),
        host_days=days,
        renamed=tuple(
            Renamed(found.path, named[found.path].name)
            for found in walk.files
            if not named[found.path].refusal
            and named[found.path].name != found.path.rpartition("/")[2]
        ),
        passed=walk.passed,
        passed_more=walk.passed_more,
        notices=tuple(notices),
        refusals=tuple(refusals),
    )


# ---------------------------------------------------------------------------- what there is


class Held(NamedTuple):
    """One release as it is on the host."""

    id: int
    tag: str
    name: str
    target: str
    """The commit or branch that its tag was to be made at."""
    is_draft: bool
    is_prerelease: bool
    has_record: bool
    """Whether it has an asset of the manifest's name."""
    published: str = ""
    """When it was published, as the host writes it; empty where it was not."""


class Standing(NamedTuple):
    """Where the refs are that a release is about."""

    tags: Mapping[str, str]
    """Commits by the tags that begin with the release's."""
    channel: str | None
    """The commit of the channel's plain tag; None where there is none."""
    relation: str
    """How the commit lies to that tag: `identical`, `ahead`, `behind`, `diverged`, or empty where
    that is not known."""
    is_tip: bool
    """Whether the commit is where its branch or tag is now."""
    branches: frozenset[str] = frozenset()
    """The branches that begin as the release's tag does."""


def known_tag(place: Place, commit: str, releases: Sequence[Held]) -> str:
    """The tag that an earlier run gave this commit's release; empty where none did.

    A published one counts before a draft, so that a run that was cut off is not done again. A draft
    whose tag somebody else has published is of no use any more.
    """
    published = {each.tag for each in releases if not each.is_draft}
    same = [
        each
        for each in releases
        if each.target == commit
        and _is_ours(place, each.tag)
        and (each.tag not in published if each.is_draft else _is_recorded(place, each))
    ]
    same.sort(key=lambda each: (each.is_draft, each.id))
    return same[0].tag if same else ""


def tagged(place: Place, commit: str, releases: Iterable[Held], tags: Mapping[str, str]) -> str:
    """The tag of this commit's release where the host has kept no commit with it; else empty.

    docs.github.com, "Create a release": where the tag is there already, the target is unused.
    """
    own = [
        each.tag
        for each in releases
        if each.has_record
        and not (each.is_draft or each.target)
        and tags.get(each.tag) == commit
        and _is_ours(place, each.tag)
    ]
    return own[0] if own else ""


def shown_before(place: Place, tag: str, releases: Iterable[Held]) -> str:
    """The own tag of the preview that `tag` takes the place of; empty where there is none."""
    if place.source.is_tag or place.version:
        return ""
    others = [each for each in _previews(place.row.channel, releases) if each.tag != tag]
    return max(others, key=lambda each: (each.published, each.id)).tag if others else ""


def prefix(place: Place, commit: str, day: dt.date) -> str:
    """What the tags begin with that the release could have: what to ask the host for."""
    if place.source.is_tag:
        return place.source.name
    if place.version:
        return version_tag(place.version, 0)
    return own_tag(place.row.channel, day, commit)


def new_tag(
    place: Place, commit: str, day: dt.date, releases: Iterable[Held], tags: Mapping[str, str]
) -> str:
    """The tag of a release that this commit does not have yet.

    A branch's first release has its version's plain tag, each further commit a number of its own.
    What had a number once, even where the release is gone, keeps it. A draft that no run has made
    takes none: it is in the way.
    """
    if place.source.is_tag or not place.version:
        return prefix(place, commit, day)
    released = {each.tag for each in releases if not each.is_draft or _is_by_a_run(each)}
    own = _numbers(place, (tag for tag in tags if tags[tag] == commit and tag not in released))
    if own:
        return version_tag(place.version, min(own))
    return version_tag(place.version, max(_numbers(place, {*released, *tags}), default=-1) + 1)


def _numbers(place: Place, tags: Iterable[str]) -> list[int]:
    return [number for tag in tags if (number := _number(place, tag)) is not None]


def _number(place: Place, tag: str) -> int | None:
    """Which of its version's releases a tag names; None where it names none of them."""
    read = read_tag(tag)
    if place.version is None or read is None:
        return None
    version, number = read
    is_same = (version.numbers, version.stage) == (place.version.numbers, place.version.stage)
    return number if is_same and tag == version_tag(version, number) else None


def _is_by_a_run(draft: Held) -> bool:
    """Whether a run has made a draft: those have a commit, and their tag as their name."""
    return draft.name == draft.tag and draft.target != ""


def _is_recorded(place: Place, release: Held) -> bool:
    """Whether a published release counts; a version's does even if somebody else has made it."""
    return release.has_record or place.version is not None


def _is_ours(place: Place, tag: str) -> bool:
    if place.source.is_tag:
        return tag == place.source.name
    if place.version:
        return _number(place, tag) is not None
    return is_own_tag(tag, place.row.channel)


# ---------------------------------------------------------------------------- the decision


class Decision(NamedTuple):
    """What to do about the release."""

    refusal: str = ""
    """Why nothing may be published, in one sentence; empty where it may."""
    published: Held | None = None
    """The release that is there already: its record has to be the same."""
    draft: Held | None = None
    """An earlier run's draft, to finish; None where one has to be made."""


def decide(tag: str, commit: str, releases: Sequence[Held], standing: Standing) -> Decision:
    """Whether this tag may have this commit's release, and what there is of it.

    A tag that is elsewhere is never moved, a release that has no record is never touched, and a
    draft is finished only if it is one of these runs' for this commit.
    """
    there = standing.tags.get(tag)
    if there is not None and there != commit:
        return Decision(
            f"the tag `{tag}` is at {there[:7]} and not at {commit[:7]}, and a tag that is there "
            "is never moved: delete it, or publish the commit that it names"
        )
    same = [each for each in releases if each.tag == tag]
    published = next((each for each in same if not each.is_draft), None)
    drafts = sorted((each for each in same if each.is_draft), key=lambda each: each.id)
    if published is not None:
        if not published.has_record:
            return Decision(
                f"the release `{tag}` is there and has no `{NAME}`: it was made by somebody else, "
                "and is not touched"
            )
        return Decision(published=published)
    if tag in standing.branches and tag not in standing.tags:
        return Decision(
            f"there is a branch `{tag}`, and the release needs a tag of that name: rename it"
        )
    nested = next((each for each in sorted(standing.tags) if each.startswith(f"{tag}/")), "")
    if nested:
        return Decision(f"there is a tag `{nested}`, beside which git has no `{tag}`: delete it")
    own = [each for each in drafts if (each.name, each.target) == (tag, commit)]
    foreign = [each for each in drafts if each not in own]
    if foreign:
        return Decision(
            f"there is a draft for the tag `{tag}` that no run of this made for {commit[:7]}: "
            "publish or delete it"
        )
    return Decision(draft=own[0] if own else None)


def passed_over(
    place: Place, tag: str, releases: Iterable[Held], tags: Mapping[str, str]
) -> tuple[str, ...]:
    """Tags of a version that has no release yet, which take the numbers before `tag`'s.

    What prune leaves is no news; but a version's first release is expected under its plain tag.
    """
    mine = None if place.source.is_tag else _number(place, tag)
    if mine is None:
        return ()
    if any(_number(place, each.tag) is not None for each in releases if not each.is_draft):
        return ()
    taken = {number: each for each in tags if (number := _number(place, each)) is not None}
    return tuple(
        f"the tag `{each}` is there without a release, at {tags[each][:7]}: this release is `{tag}`"
        for number, each in sorted(taken.items())
        if number < mine
    )


def leftovers(place: Place, commit: str, tag: str, releases: Sequence[Held]) -> tuple[Held, ...]:
    """Drafts of earlier runs for this commit which, once `tag` is published, nothing can use.

    Their tags are taken: nobody could publish them any more.
    """
    taken = {tag, *(each.tag for each in releases if not each.is_draft)}
    return tuple(
        each
        for each in releases
        if each.is_draft
        and (each.name, each.target) == (each.tag, commit)
        and each.tag in taken
        and _is_ours(place, each.tag)
    )


def abandoned(place: Place, commit: str, releases: Iterable[Held]) -> tuple[str, ...]:
    """Drafts that earlier runs of this branch left for other commits, a sentence each."""
    return tuple(
        f"the draft of `{each.tag}` (id {each.id}) was left by a run for {each.target[:7]}: delete "
        "it, or run that again"
        for each in releases
        if each.is_draft
        and _is_by_a_run(each)
        and each.target != commit
        and _is_ours(place, each.tag)
    )


def latest_stays(
    place: Place, tag: str, releases: Iterable[Held], standing: Standing, shown: str | None
) -> str:
    """Why the host is not to show this release as the latest; empty where it is.

    By version, never by date. `shown` is the tag of the one that it shows, None where it shows
    none: what cannot be compared is not replaced.
    """
    mine = read_tag(tag)
    if place.prerelease or mine is None:
        return "it is a prerelease"
    if shown is not None and read_tag(shown) is None:
        return f"`{shown}`, which GitHub shows as the latest, names no version to compare with"
    for each in releases:
        other = None if each.is_draft or each.is_prerelease else read_tag(each.tag)
        if other is None or each.tag == tag:
            continue
        if other > mine:
            return f"`{each.tag}` is a higher version"
        if other[0] == mine[0] and _is_older(each, standing):
            return f"`{each.tag}` is of a newer commit"
    return ""


def latest_due(tag: str, releases: Iterable[Held], shown: str | None) -> Held | None:
    """Which release the host is to show as the latest in place of a lower version; None: no other.

    Two runs that publish at once each take the place that the other has not taken yet. That is put
    right by the runs of these two, whose release's tag is `tag`: somebody may have set another by
    hand. Between two releases of one version, and beside somebody else's, nothing is.
    """
    found = [
        (known, each)
        for each in releases
        if not (each.is_draft or each.is_prerelease) and (known := read_tag(each.tag))
    ]
    (place, there) = next((pair for pair in found if pair[1].tag == shown), (None, None))
    if not place or not there:
        return None
    version, highest = max(found, key=lambda pair: pair[0])
    is_of_ours = version_of(highest.tag) and highest.has_record and there.has_record
    is_lower = place[0] < version[0]
    return highest if is_of_ours and is_lower and tag in {there.tag, highest.tag} else None


def channel_stays(
    place: Place,
    tag: str,
    releases: Iterable[Held],
    standing: Standing,
    table: Sequence[Row],
) -> str:
    """Why the channel's plain tag stays where it is; empty where it is to be at this commit.

    A channel of versions shows its highest, whatever previews it has; one of a branch shows the
    branch's newest.
    """
    mine = version_of(tag) if place.version else None
    if standing.channel is None:
        return ""
    for each, other in _versions(place.row.channel, releases, table):
        if each.tag == tag:
            continue
        if mine is None:
            return f"it shows versions, such as `{each.tag}`"
        if other > mine:
            return f"`{each.tag}` is a higher version of it"
        if other[0] == mine[0] and _is_older(each, standing):
            return "it shows a newer commit"
    # A tag is always at its own tip, and an older one may come late.
    is_tip = standing.is_tip and not (place.source.is_tag and standing.relation == "behind")
    if mine or is_tip or standing.relation in {"ahead", "identical"}:
        return ""
    return "it shows a newer commit"


def _is_older(other: Held, standing: Standing) -> bool:
    """Whether the commit lies behind that of another release, as far as the channel's tag tells."""
    return other.target == standing.channel and standing.relation == "behind"


def _previews(channel: str, releases: Iterable[Held]) -> Iterator[Held]:
    """The channel's releases that have a tag of their own."""
    for each in releases:
        if each.has_record and not each.is_draft and is_own_tag(each.tag, channel):
            yield each


def _versions(
    channel: str, releases: Iterable[Held], table: Sequence[Row]
) -> Iterator[tuple[Held, tuple[Version, int]]]:
    """The channel's releases of versions, with what their tags say."""
    for each in releases:
        said = version_of(each.tag)
        if said is None or each.is_draft or not each.has_record:
            continue
        row = next((row for row in table if row.meets(said[0].branch)), None)
        if row is not None and row.channel == channel:
            yield each, said


def beside_channel(channel: str, releases: Iterable[Held], *, has_branch: bool, nested: str) -> str:
    """What the channel's plain tag cannot stand beside, as a refusal; empty where nothing is.

    `nested` is a tag below the channel's name, without that; empty where there is none.
    """
    if has_branch:
        what = f"branch `{channel}`"
    elif nested:
        what = f"tag `{channel}/{nested}`"
    elif any(each.tag == channel for each in releases):
        what = f"release `{channel}`"
    else:
        return ""
    return (
        f"there is a {what}, and the channel needs a plain tag `{channel}`: call the channel "
        "something else"
    )


def has_had_release(place: Place, releases: Sequence[Held], table: Sequence[Row]) -> bool:
    """Whether the channel has had a release before, as far as those that are there tell."""
    channel = place.row.channel
    return any(_previews(channel, releases)) or any(_versions(channel, releases, table))


def is_same(one: Record, other: Record) -> bool:
    """Whether two records are of the same release: one commit's, with the same files in it."""
    return (one.commit, one.tag) == (other.commit, other.tag) and not difference(one, other)


def difference(there: Record, own: Record) -> str:
    """What a release of the same commit has otherwise, in a few words; empty where nothing is."""

    def held(record: Record) -> frozenset[object]:
        return frozenset((file.name, file.size, file.sha256) for file in record.files)

    if held(there) != held(own):
        return "other files"
    facts = (
        ("channel", there.channel, own.channel),
        ("retention", there.retention.text, own.retention.text),
        ("version", there.version or "none", own.version or "none"),
        ("stage", there.stage or "none", own.stage or "none"),
    )
    said = [f"the {name} `{old}` and not `{new}`" for name, old, new in facts if old != new]
    return ", ".join(said)


# ---------------------------------------------------------------------------- the outcome


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run, planned, decided and done: everything that a report shows."""

    verdict: Verdict
    reason: str = ""
    """One sentence without a full stop; strangers' names in it are quoted by backquotes."""
    plan: Plan | None = None
    url: str = ""
    """Where people see the release; empty where there is none."""
    uploaded: int = 0
    """Files that were sent."""
    kept: int = 0
    """Files that a run before had sent."""
    channel: str = ""
    """What became of the channel's plain tag, in a few words; empty where nothing was tried."""
    is_latest: bool = False
    notices: tuple[str, ...] = ()
    failure: str = ""
    """What could not be finished once it was published, and what to do; else empty."""
    dry_run: bool = False
    requests: int = 0

    @property
    def status(self) -> int:
        """The exit status: 0 done or nothing to do, 1 the ceremony says no, 3 left unfinished."""
        return exit_status(self.failure, is_no=self.verdict is Verdict.REFUSED)


def reasons(found: Sequence[str]) -> str:
    """Several refusals as one sentence: the first of them, and how many more there are."""
    more = len(found) - 1
    return found[0] + (f"; and {more:,} more reason{'s' * (more > 1)}" if more > 0 else "")
