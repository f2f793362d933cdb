"""Which branch or tag publishes what, in which channel, for how long; and the tags that come of it.

Pure: the ceremony's table (Globbing Rules for Artifacts), what a project changes in it, and the
grammar of the tags that `artifacts` sets and `prune` takes away again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from ceremony.expressions import expression
from ceremony.model import FINAL, InputError, Stage, Version
from ceremony.rules import globs, refs, retention
from ceremony.rules.globs import Wanted
from ceremony.rules.retention import Retention

ARTIFACTS = ("*.AppImage", "*.deb", "*.rpm", "*.dmg", "*.msi")
"""What a row publishes that says nothing about it."""
CHANNEL = expression(r"[a-z][a-z0-9-]{0,29}", re.ASCII)
"""The form of a channel's name; whether it is free only `channel` knows."""
PATTERN = expression(
    r"(?!.*\*\*)" + refs.BRANCH.pattern.replace("A-Za-z0-9_", "A-Za-z0-9_*?"), re.ASCII
)
"""The patterns of branches and tags: their names' form, with `*` and `?` for other characters."""
_DEFAULTS = {
    Stage.ALPHA: "90 days",
    Stage.BETA: "1 year",
    Stage.STABLE: "indefinite",
    Stage.PATCH: "indefinite",
}
_PREVIEW = ("preview", "30 days")
STAGED = tuple(f"v*-{stage}" for stage in _DEFAULTS)
"""The patterns of the ceremony's own rows, but for that of the latest branch."""
_STAGES = "|".join(Stage)
_LIKE_VERSION = expression(rf"v.*-(?:{_STAGES})", re.DOTALL)
_OF_VERSIONS = expression(rf"v[0-9*?].*-(?:{_STAGES})", re.ASCII)
_OWN = r"[0-9]{8}-[0-9a-f]{7}"
_OWN_TAG = expression(rf"(.+)-(?:{_OWN})", re.ASCII)
_RELEASE_TAG = expression(
    rf"v?([0-9]{{1,9}}\.[0-9]{{1,9}}\.[0-9]{{1,9}})(?:-({_STAGES})(?:\.([1-9][0-9]{{0,5}}))?)?",
    re.ASCII,
)

# ---------------------------------------------------------------------------- the table


class GivenRow(NamedTuple):
    """A row as the configuration has it; None where it leaves the word to the ceremony's own."""

    pattern: str
    artifacts: tuple[Wanted, ...] | None = None
    channel: str | None = None
    retention: Retention | None = None


class Row(NamedTuple):
    """What the branches and tags of one pattern publish."""

    pattern: str
    """Of their names, without `refs/…/`: `*` and `?` stop at a slash."""
    artifacts: tuple[Wanted, ...]
    """In the order given: a later one wins over those before it."""
    channel: str
    retention: Retention

    def meets(self, name: str) -> bool:
        """Whether a branch or a tag of this name is meant; case counts."""
        return _meets(self.pattern, name)


def _meets(pattern: str, name: str) -> bool:
    wanted, parts = pattern.split("/"), name.split("/")
    return len(wanted) == len(parts) and all(map(fnmatchcase, parts, wanted))


def default_table(latest: str = "latest") -> tuple[Row, ...]:
    """The ceremony's own rows; the first is that of the latest branch, whose name it bears."""
    artifacts = tuple(Wanted(globs.parse(text)) for text in ARTIFACTS)
    channel, kept = _PREVIEW
    return (
        Row(latest, artifacts, channel, retention.parse(kept)),
        *(
            Row(f"v*-{stage}", artifacts, stage.value, retention.parse(kept))
            for stage, kept in _DEFAULTS.items()
        ),
    )


def table(rows: Sequence[GivenRow], latest: str = "latest") -> tuple[Row, ...]:
    """The whole table: the rows given, in their order, then the ceremony's own that are left.

    Raises ValueError as `completed` does.
    """
    given = tuple(completed(row, latest) for row in rows)
    patterns = {row.pattern for row in given}
    return given + tuple(row for row in default_table(latest) if row.pattern not in patterns)


def completed(row: GivenRow, latest: str = "latest") -> Row:
    """A row with what it leaves out, which the ceremony's own row of its pattern says.

    Raises ValueError where there is none and the channel or the retention is missing.
    """
    own = next((each for each in default_table(latest) if each.pattern == row.pattern), None)
    channel = row.channel or (own.channel if own else None)
    kept = row.retention or (own.retention if own else None)
    if channel is None or kept is None:
        lacking = "channel" if channel is None else "retention"
        raise ValueError(
            f"lacks the key `{lacking}`: only the rows of {', '.join([latest, *STAGED])} have one "
            "of the ceremony's own"
        )
    artifacts = default_table(latest)[0].artifacts if row.artifacts is None else row.artifacts
    return Row(row.pattern, artifacts, channel, kept)


def reached(row: GivenRow, before: Iterable[GivenRow]) -> GivenRow:
    """The row, where no row before it takes all that its pattern means. Raises ValueError."""
    # A character that no pattern has stands for any; a star for none, one and many of them.
    some = [row.pattern.replace("?", "\0").replace("*", "\0" * count) for count in (0, 1, 255)]
    first = next(
        (each.pattern for each in before if all(_meets(each.pattern, name) for name in some)), None
    )
    if first is not None:
        raise ValueError(f"is never reached: {first!r} comes first; put it before that one")
    return row


def unshared(name: str, row: GivenRow, table: Iterable[Row]) -> str:
    """The channel's name, where previews do not share it with versions. Raises ValueError.

    The channel's plain tag shows the highest version, or the newest preview; it can't show both.
    What a pattern such as `v*` means may be either, and is let be.
    """
    mine = _is_of_versions(row.pattern)
    for each in table:
        other = _is_of_versions(each.pattern)
        if each.channel == name and None not in (mine, other) and mine is not other:
            pair = (row.pattern, each.pattern)
            versions, previews = pair if mine else pair[::-1]
            raise ValueError(
                f"is the channel of the versions of {versions!r} and of the previews of "
                f"{previews!r}, and its tag can't show both: call one of them something else, such "
                "as `nightly`"
            )
    return name


def _is_of_versions(pattern: str) -> bool | None:
    """Whether all that a pattern means is a version's, or nothing is; None for some of it."""
    if _OF_VERSIONS.fullmatch(pattern):
        return True
    may_be = "/" not in pattern and any(_overlap(pattern, f"v?*.?*.?*-{stage}") for stage in Stage)
    return None if may_be else False


def _overlap(one: str, other: str) -> bool:
    """Whether some name is meant by two patterns."""
    places = {(0, 0)}
    seen = set(places)
    while places:
        i, j = places.pop()
        if (i, j) == (len(one), len(other)):
            return True
        a, b = one[i : i + 1], other[j : j + 1]
        steps = set()
        if a == "*":
            steps |= {(i + 1, j)} | ({(i, j + 1)} if b else set())
        if b == "*":
            steps |= {(i, j + 1)} | ({(i + 1, j)} if a else set())
        if a and b and (a == b or "?" in (a, b)) and "*" not in (a, b):
            steps.add((i + 1, j + 1))
        places |= steps - seen
        seen |= steps
    return False


def pattern(text: str, *, main: str = "main") -> str:
    """A pattern of branches and tags, as it is written.

    Raises ValueError where it can match no lawful name, and for main, which publishes nothing.
    """
    if text == main:
        raise ValueError(
            f"must have no row of {main[:60]!r}, the branch of development intake: it has no "
            "artifacts"
        )
    if "**" in text:
        raise ValueError(
            f"must have patterns of single stars, which stop at a slash: {text[:60]!r}"
        )
    if PATTERN.fullmatch(text) is None:
        odd = refs.oddity(text, "*?")
        if odd:
            raise ValueError(f"has {text[:60]!r}, which {odd}")
        raise ValueError(
            "must have patterns of branches or tags without `refs/`, in which `*` and `?` stand "
            f"for other characters, such as `release/*`: {text[:60]!r}"
        )
    return text


def channel(text: str, names: Sequence[str] = ()) -> str:
    """A channel's name, as it is written; `names` are those of branches that are configured.

    Raises ValueError where it is of another form, or where the plain tag of that name would be
    taken for something else: a branch, a version, or the tag of one preview.
    """
    if CHANNEL.fullmatch(text) is None:
        raise ValueError(
            "must be a channel's name: a small letter, then at most 29 small letters, digits and "
            f"dashes, such as `nightly`: {text[:60]!r}"
        )
    if text in names:
        raise ValueError(
            f"must not be a branch's name, {text!r}: a tag of that name shows where the channel "
            "is, and would make the branch ambiguous; call the channel something else"
        )
    if _LIKE_VERSION.fullmatch(text) or _OWN_TAG.fullmatch(text):
        raise ValueError(
            f"must not look like a version or like the tag of one preview: {text!r}; a plain word "
            "will do, such as `nightly`"
        )
    return text


# ---------------------------------------------------------------------------- what is published


class Source(NamedTuple):
    """The branch or the tag that something is published from."""

    ref: str
    """In full: `refs/heads/…`, `refs/tags/…`."""
    name: str
    """Without that."""
    is_tag: bool


class Place(NamedTuple):
    """Where what a branch or a tag publishes belongs."""

    row: Row
    source: Source
    version: Version | None
    """What its name says; None for a preview."""

    @property
    def prerelease(self) -> bool:
        """Whether it is for those who try things out: everything but stable and patch."""
        return self.version is None or self.version.stage not in FINAL


def source(ref: str) -> Source:
    """Read a ref in full, or a name alone, which is a branch's.

    Raises InputError for what is neither a branch nor a tag, and for names that bite (see `refs`).
    """
    folder = next((each for each in (refs.HEADS, refs.TAGS) if ref.startswith(each)), "")
    name = ref.removeprefix(folder)
    if not refs.is_name(name):
        odd = refs.oddity(name)
        if odd:
            raise InputError(f"{ref[:120]!r} {odd}: give it another name")
        raise InputError(
            f"{ref[:120]!r} is no branch or tag that can be published from; give its name, or its "
            "full name, such as `latest` or `refs/tags/v1.0.1-patch`"
        )
    return Source((folder or refs.HEADS) + name, name, folder == refs.TAGS)


def place(
    source: Source, table: Sequence[Row], latest: str = "latest", main: str = "main"
) -> Place:
    """The first row that means the branch or the tag, and the version that its name says.

    `latest` and `main` are those branches' names; latest's row means no tag, and main has no
    artifacts (ceremony: Branch CI Requirements). Raises InputError where no row means it, for the
    tags that the channels' releases have or move, for a branch that bears a channel's name, and
    for a name that is nearly a version's.
    """
    kind = "tag" if source.is_tag else "branch"
    channels = [*dict.fromkeys(row.channel for row in table)]
    if source.name == main:
        raise InputError(
            f"{kind} {main!r} has no artifacts; publish from {latest!r}, and take it out of what "
            "starts the workflow"
        )
    if source.name in channels or any(is_own_tag(source.name, each) for each in channels):
        raise InputError(
            f"{kind} {source.name!r} has a name that a channel needs for a tag of its own; publish "
            "from another one, or call the channel something else"
        )
    for row in table:
        if row.meets(source.name) and not (source.is_tag and row.pattern == latest):
            try:
                channel(row.channel, [main, *branches(table)])
            except ValueError as error:
                raise InputError(f"the channel of {row.pattern!r} {error}") from None
            return Place(row, source, _version(source, row, kind))
    raise InputError(
        f"no row of the table means {kind} {source.name!r}; its patterns: "
        f"{', '.join(row.pattern for row in table)}; add one under `branches` to "
        ".github/ceremony.yml"
    )


def branches(rows: Iterable[Row | GivenRow]) -> list[str]:
    """The patterns that are names themselves."""
    return [row.pattern for row in rows if not {"*", "?"} & {*row.pattern}]


def _version(source: Source, row: Row, kind: str) -> Version | None:
    try:
        return Version.parse(source.name)
    except ValueError:
        if _OF_VERSIONS.fullmatch(row.pattern) is None:
            return None
    raise InputError(
        f"{kind} {source.name!r} is meant by {row.pattern!r} and is not of the form "
        "v<X>.<Y>.<Z>-<stage>, such as `v1.0.0-beta`; name it so, or give it a row of its own "
        "before that one"
    )


# ---------------------------------------------------------------------------- tags


def own_tag(channel: str, day: dt.date, sha: str) -> str:
    """The tag that one preview has for itself; `day` is that of its publication, in UTC."""
    return f"{channel}-{day:%Y%m%d}-{sha[:7]}"


def is_own_tag(tag: str, channel: str) -> bool:
    """Whether `own_tag` could have given this tag in this channel, on a day of the calendar."""
    match = _OWN_TAG.fullmatch(tag)
    if match is None or match[1] != channel:
        return False
    try:
        dt.date.fromisoformat(tag[-16:-8])
    except ValueError:
        return False
    return True


def version_tag(version: Version, number: int = 0) -> str:
    """The tag of a version made from a branch: `number` counts the branch's further commits."""
    return f"{version.core}-{version.stage}" + (f".{number}" if number else "")


def version_of(tag: str) -> tuple[Version, int] | None:
    """The version and the number whose release has this tag; None for every other tag.

    What `read_tag` reads in `v1.2.3` is a version too, and is published as a preview.
    """
    said = read_tag(tag)
    return said if said and tag in {version_tag(*said), said[0].branch} else None


def read_tag(tag: str) -> tuple[Version, int] | None:
    """The version and the number that a tag says, with or without `v`; None for every other tag.

    Without a stage it is stable, as everybody else writes it.
    """
    match = _RELEASE_TAG.fullmatch(tag)
    if match is None:
        return None
    try:
        version = Version.parse(f"v{match[1]}-{match[2] or Stage.STABLE}")
    except ValueError:  # a number that begins with 0
        return None
    return version, int(match[3] or 0)
