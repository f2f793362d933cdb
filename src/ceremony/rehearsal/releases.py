"""The acts of artifacts and prune: a release in each channel, a publisher that dies, and years.

People build bundles, artifacts publishes them, and time passes until prune may take them away. What
that left behind is read from the sandbox's own record here, by other code than theirs: from git's
refs and the bytes of the releases.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ceremony import config as configuration
from ceremony.actions import artifacts, prune
from ceremony.config import DEFAULT_PATH, Config
from ceremony.model import InputError
from ceremony.rehearsal import agreement
from ceremony.rehearsal.narrator import GREEN, RED, titled
from ceremony.rehearsal.stage import NAME, Act, Promise, Stage, Unexpected, made_of, require
from ceremony.report import pruning, publishing
from ceremony.report.cutting import Verdict as Frozen
from ceremony.report.words import counted
from ceremony.rules import assets, channels
from ceremony.rules.artifacts import Outcome, Verdict
from ceremony.rules.channels import Place
from ceremony.rules.evidence import quoted
from ceremony.rules.globs import Matcher
from ceremony.rules.prune import Outcome as Pruned
from ceremony.rules.prune import Row
from ceremony.rules.prune import Verdict as Word
from ceremony.rules.prune import Word as Fate
from ceremony.sandbox.state import Asset, Release
from ceremony.sandbox.store import GitError

BUNDLES = (
    "target/release/bundle/appimage/wrenlog_0.2.0_amd64.AppImage",
    "target/release/bundle/deb/wrenlog_0.2.0_amd64.deb",
    "target/release/bundle/rpm/wrenlog-0.2.0-1.x86_64.rpm",
    "target/aarch64-apple-darwin/release/bundle/dmg/Wrenlog_0.2.0_aarch64.dmg",
    "target/release/bundle/msi/Wrenlog_0.2.0_x64_en-US.msi",
)
"""What a desktop app's build leaves, where Tauri leaves it."""
BESIDE = (
    "target/release/wrenlog",
    "target/release/bundle/deb/wrenlog_0.2.0_amd64/control.tar.gz",
    "target/debug/.fingerprint/wrenlog.json",
)
"""What else lies there, and nobody asks for by the ceremony's own patterns."""
MANIFEST, SUMS = "ceremony-manifest.json", "SHA256SUMS"
BY_HAND = "made-by-hand"
"""The tag of the release that a person makes."""
KILLED_AFTER = 3
"""The effects after which the publisher dies: it has made its draft and sent two files."""

_TOKEN = {"contents": "write"}
_PATCH, _MENDED = "v0.3.1-patch", "Both banks of a river"
_FAR = 730
"""Days that pass at last: two years."""


class _Killed(KeyboardInterrupt):
    """The end that the act gives to a publisher; a person's own Ctrl-C is another."""


class Build(NamedTuple):
    """What a build of a commit has left on the disk."""

    place: Place
    commit: str
    folder: Path
    files: Mapping[str, bytes]
    """What is to be published, by path."""


# ---------------------------------------------------------------------------- the builds


def build(stage: Stage, ref: str) -> Build:
    """Write what a build of a branch or a tag would leave: stand-ins of a few bytes.

    Raises InputError where the table publishes nothing of it, or no stand-in can be made.
    """
    commit = stage.project.ref(ref)
    if commit is None:
        raise Unexpected(f"there is no {ref}")
    settings = stage.settings_of(commit)
    place = _placed(ref, settings)
    paths = stand_ins(place)
    folder = Path(tempfile.mkdtemp(prefix="build-", dir=stage.sandbox.folder))
    matcher = Matcher([entry.glob for entry in place.row.artifacts])
    files = {path: _content(path, commit) for path in paths}
    there = {path: _content(path, commit) for path in BESIDE if not matcher.matches(path)} | files
    if settings is not None:
        there[DEFAULT_PATH] = settings
    for path, content in there.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return Build(place, commit, folder, files)


def _placed(ref: str, settings: bytes | None) -> Place:
    config = configuration.read(settings) if settings is not None else Config()
    layout = config.layout
    return channels.place(
        channels.source(ref), config.channels, layout.latest_branch, layout.main_branch
    )


def _content(path: str, commit: str) -> bytes:
    return f"A stand-in for {path}, built from {commit}\n".encode()


def stand_ins(place: Place) -> tuple[str, ...]:
    """A path for each pattern of a row; where a desktop app's bundles match they are taken.

    Raises InputError where that cannot be, or what would be made may not be published.
    """
    globs = [entry.glob for entry in place.row.artifacts]
    matcher = Matcher(globs)
    made: dict[str, None] = {}
    for number, glob in enumerate((glob for glob in globs if not glob.negated), 1):
        alone = Matcher([glob])
        candidates = (*BUNDLES, _path(glob.text, number))
        path = next((each for each in candidates if alone.matches(each)), "")
        if not path or not matcher.matches(path):
            raise InputError(f"no stand-in could be made for its pattern {quoted(glob.text)}")
        made[path] = None
    if not made:
        raise InputError("its row asks for no files")
    refusals = assets.refusals([(assets.named(path), 1) for path in made])
    if refusals:
        raise InputError(f"its stand-ins would be refused: {refusals[0]}")
    folders = {str(parent) for path in made for parent in Path(path).parents}
    if folders & {str(Path(path)) for path in made}:
        raise InputError("one of its files would have to be a folder too")
    return tuple(made)


def _path(text: str, number: int) -> str:
    """A path that a pattern means, unless it is an odd one."""
    while (simpler := re.sub(r"\{([^{},]*)(?:,[^{}]*)?\}", r"\1", text)) != text:
        text = simpler
    parts = text.replace("[^", "[!").split("/")
    last = parts.pop()
    folders = [made_of(part, "bundle") for part in parts if part != "**"]
    return "/".join([*folders, made_of(last.replace("**", "*"), f"wrenlog-{number}")])


# ---------------------------------------------------------------------------- what artifacts does


def publishing_of(
    stage: Stage, built: Build, verdict: Verdict, *,
    seam: Callable[[], None] = lambda: None, workers: int = artifacts.WORKERS,
) -> Outcome:  # fmt: skip
    """Run artifacts as it is run anywhere, and tell its word; only a plan asks nobody for anything.

    Raises Unexpected where that is another verdict, or it left behind what it should not.
    """
    stage.later(minutes=1)
    sandbox, plans = stage.sandbox, verdict is Verdict.PLANNED
    given = artifacts.Inputs(
        token="" if plans else sandbox.token(NAME, **_TOKEN), repository=NAME,
        api_url=sandbox.api_url, ref=built.place.source.ref, commit=built.commit, dry_run=plans,
    )  # fmt: skip
    context = artifacts.Context(
        workspace=built.folder, folder=Path(tempfile.mkdtemp(prefix="own-", dir=sandbox.folder)),
        clock=stage.clock, seam=seam, workers=workers,
    )  # fmt: skip
    before, asked = _state(stage), len(sandbox.requests)
    outcome = artifacts.publish(given, context)
    _tell_published(stage, outcome)
    if outcome.failure:
        raise Unexpected(f"artifacts could not finish: {outcome.failure}")
    if outcome.verdict is not verdict:
        raise Unexpected(f"artifacts said {outcome.verdict.value}; {verdict.value} was expected")
    if verdict is Verdict.PUBLISHED:
        _appeared(stage, built, before)
    elif _state(stage) != before or (plans and len(sandbox.requests) != asked):
        raise Unexpected(f"artifacts said {verdict.value} and did something")
    return outcome


def _tell_published(stage: Stage, outcome: Outcome) -> None:
    word = outcome.verdict.value
    stage.said.append(word)
    said = publishing.headline(outcome).removeprefix("dry run: ").removeprefix(f"{word} ")
    if outcome.verdict is Verdict.PUBLISHED:
        more = f"{outcome.kept} of its files were there already" * bool(outcome.kept)
        first = "GitHub shows it as the latest" * outcome.is_latest
        said = "; ".join(filter(None, [said, more, outcome.channel, first]))
    colour = RED if outcome.status else GREEN
    stage.narrator.verdict(word, [f"{said}."], who="artifacts", colour=colour)


class _State(NamedTuple):
    """What there is: refs, and each release with its files' digests."""

    refs: dict[str, str]
    releases: dict[int, tuple[str, bool, Mapping[str, str]]]


def _state(stage: Stage) -> _State:
    releases = stage.project.releases
    return _State(
        stage.project.refs(),
        {each.id: (each.tag, each.is_draft, _digests(each)) for each in releases.values()},
    )


def _digests(release: Release) -> dict[str, str]:
    return {
        asset.name: hashlib.sha256(asset.content).hexdigest() if asset.state == "uploaded" else ""
        for asset in release.assets
    }


def _appeared(stage: Stage, built: Build, before: _State) -> None:
    """Hold what was published to the table's word, by the sandbox's own record."""
    project, row = stage.project, built.place.row
    new = [
        each
        for each in project.releases.values()
        if not each.is_draft and before.releases.get(each.id, ("", True))[1]
    ]
    if len(new) != 1:
        raise Unexpected(f"artifacts has published {counted(len(new), 'release')}")
    (release,) = new
    version = _numbers(release.tag)
    is_lasting = bool(version) and release.tag.endswith(("-stable", "-patch"))
    after = project.refs()
    moved = {ref for ref in after.keys() | before.refs if after.get(ref) != before.refs.get(ref)}
    ours = {f"refs/tags/{release.tag}", f"refs/tags/{row.channel}"}
    files = {assets.named(path).name: content for path, content in built.files.items()}
    bytes_of = {asset.name: asset.content for asset in release.assets}
    wanted = "".join(
        f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)
    )
    sums = bytes_of.get(SUMS, b"").decode()
    require(
        (moved <= ours, f"artifacts moved other refs than {' and '.join(sorted(ours))}"),
        (after.get(f"refs/tags/{release.tag}") == built.commit, f"{release.tag} is elsewhere"),
        (release.is_prerelease is not is_lasting, f"{release.tag} is a prerelease, or should be"),
        (bytes_of.keys() == {*files, MANIFEST, SUMS}, f"{release.tag} lacks files, or has others"),
        (
            all(bytes_of.get(name) == files[name] for name in files),
            f"{release.tag} has other bytes",
        ),
        (
            sorted(sums.splitlines()) == sorted(wanted.splitlines()),
            f"the digests of {release.tag} are wrong",
        ),
    )
    stage.shelf.promises[release.tag] = Promise(
        channel=row.channel,
        days=_written(stage, release, built, bytes_of[MANIFEST]),
        commit=built.commit,
        version=version,
        is_lasting=is_lasting,
        at=release.published or stage.sandbox.now(),
        files=_digests(release),
    )
    witness(stage)


def _written(stage: Stage, release: Release, built: Build, manifest: bytes) -> int | None:
    """Hold a release's own manifest to the table; returns for how many days it is kept."""
    row, said = built.place.row, json.loads(manifest)
    created = dt.datetime.fromisoformat(said["created-at"])
    expires = said["expires-at"] and dt.datetime.fromisoformat(said["expires-at"])
    days = row.retention.days
    kept = created + dt.timedelta(days=days) if days else None
    about = said["repository"], said["tag"], said["channel"], said["source"]["commit"]
    require(
        (about == (NAME, release.tag, row.channel, built.commit), "a manifest is of another one"),
        (expires == kept, f"{release.tag} says another end than the table"),
        (created.date() == stage.today, f"{release.tag} says another day than it was made on"),
    )
    return days


def _numbers(tag: str) -> tuple[int, ...]:
    """What a version's tag counts, `1.0.0-alpha.2` as (1, 0, 0, 2); nothing for every other tag."""
    found = re.fullmatch(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)-[a-z]+(?:\.([0-9]+))?", tag)
    return tuple(int(each or 0) for each in found.groups()) if found else ()


# ---------------------------------------------------------------------------- what prune does


def pruning_of(stage: Stage, *, plans: bool = False, is_whole: bool = False) -> Pruned:
    """Run prune on all channels, and tell its word; told as a whole, why each release stays.

    Raises Unexpected where it would take, or took, anything but what the table lets go.
    """
    shelf = stage.shelf
    due = [*_due(stage)]
    wanted = (Word.PLANNED if plans else Word.PRUNED) if due else Word.NOTHING
    given = prune.Inputs(
        token=stage.sandbox.token(NAME, **_TOKEN), repository=NAME, api_url=stage.sandbox.api_url,
        channels=tuple(dict.fromkeys(each.channel for each in shelf.promises.values())),
        dry_run=plans, max_deletions="100",
    )  # fmt: skip
    before = _state(stage)
    outcome = prune.prune(given, prune.Context(clock=stage.clock))
    _tell_pruned(stage, outcome, is_whole=is_whole)
    if outcome.failure:
        raise Unexpected(f"prune could not finish: {outcome.failure}")
    if outcome.verdict is not wanted:
        raise Unexpected(f"prune said {outcome.verdict.value}; {wanted.value} was expected")
    named = sorted(row.release.tag for row in outcome.rows if row.word is Fate.DELETE)
    require((named == sorted(due), f"prune would take {_listed(named)}, and not {_listed(due)}"))
    gone = [] if plans else due
    tags = {f"refs/tags/{tag}" for tag in gone if not shelf.promises[tag].version}
    expected = _State(
        {ref: sha for ref, sha in before.refs.items() if ref not in tags},
        {key: each for key, each in before.releases.items() if each[0] not in gone},
    )
    require((_state(stage) == expected, "prune took something else, or left something behind"))
    shelf.removed += gone
    witness(stage)
    return outcome


def _listed(tags: Iterable[str]) -> str:
    return ", ".join(tags) or "nothing"


def _due(stage: Stage) -> Iterator[str]:
    """The tags that the table lets go now: told by what was promised, and by no record."""
    there = stage.shelf.there
    for tag, promise in there.items():
        if promise.is_lasting or promise.days is None:
            continue
        same = [each.at for each in there.values() if each.channel == promise.channel]
        ends = promise.at + dt.timedelta(days=promise.days)
        if ends <= stage.sandbox.now() and max(same) > promise.at:
            yield tag


def _fate(row: Row) -> tuple[bool, str]:
    return row.word is Fate.KEEP, row.reason


def _tell_pruned(stage: Stage, outcome: Pruned, *, is_whole: bool) -> None:
    word = outcome.verdict.value
    stage.said.append(word)
    said = pruning.headline(outcome).removeprefix("dry run: ").removeprefix("prune ")
    sentences = [f"It {said}."]
    rows = sorted(outcome.rows, key=_fate)
    for (stays, reason), same in itertools.groupby(rows, key=_fate):
        if is_whole or not stays:
            fate = "stays" if stays else "gone" if word == Word.PRUNED else "goes"
            sentences.append(f"{fate}: {_listed(row.release.tag for row in same)}: {reason}.")
    if outcome.remedy:
        sentences.append(f"do: {outcome.remedy}.")
    colour = RED if outcome.status else GREEN
    stage.narrator.verdict(word, sentences, who="prune", colour=colour)


# ---------------------------------------------------------------------------- what can be proven


def witness(stage: Stage) -> None:
    """Hold all releases and tags to what was promised, by the sandbox's own record.

    Raises Unexpected where a release is gone, has changed, or is not whole; where one is there that
    nobody has published; and where a channel shows anything but its newest.
    """
    project, shelf = stage.project, stage.shelf
    refs, there = project.refs(), shelf.there
    found = {each.tag: each for each in project.releases.values() if not each.is_draft}
    drafts = [each.tag for each in project.releases.values() if each.is_draft]
    odd = sorted(found.keys() ^ (there.keys() | shelf.by_hand))
    require(
        (not odd, f"{_listed(odd)} should be there or should not"),
        (not drafts, f"a draft of {_listed(drafts)} was left"),
    )
    for tag, promise in there.items():
        require(
            (_digests(found[tag]) == promise.files, f"the files of {tag} have changed"),
            (refs.get(f"refs/tags/{tag}") == promise.commit, f"the tag {tag} has moved"),
        )
    for channel in {each.channel for each in shelf.promises.values()}:
        same = [each for each in shelf.promises.values() if each.channel == channel]
        # Where not all have a version, nothing but the date orders them.
        by_version = all(each.version for each in same)
        newest = max(same, key=lambda each: (each.version * by_version, each.at))
        is_there = refs.get(f"refs/tags/{channel}") == newest.commit
        require((is_there, f"the tag {channel} does not show the newest of its channel"))
    full = {each.version: tag for tag, each in shelf.promises.items() if each.is_lasting}
    shown = project.shown_as_latest()
    if full and (shown is None or shown.tag != full[max(full)]):
        raise Unexpected(f"GitHub shows {shown and shown.tag} as the latest, not {full[max(full)]}")


def shown(stage: Stage) -> str:
    """What the acts have shown, once `witness` has let everything pass."""
    shelf = stage.shelf
    total, gone = counted(len(shelf.promises), "release"), len(shelf.removed)
    removed = f"; {gone} of them removed after that" if gone else ""
    return (
        f"Shown, by the sandbox's own record: {total} in "
        f"{counted(len({each.channel for each in shelf.promises.values()}), 'channel')}, each "
        f"whole when it appeared and unchanged since, to its last day at least{removed}. The "
        "newest of every channel, what is kept for good, and what was made by hand are still there."
    )


# ---------------------------------------------------------------------------- the acts


def _preview(stage: Stage) -> None:
    built = build(stage, f"refs/heads/{stage.latest}")
    stage.narrator.tell(
        f"a build of {stage.latest} leaves {counted(len(built.files), 'bundle')} among other files"
    )
    publishing_of(stage, built, Verdict.PLANNED)
    publishing_of(stage, built, Verdict.PUBLISHED)
    publishing_of(stage, built, Verdict.UP_TO_DATE)


def _has_preview(stage: Stage) -> bool:
    """Whether the table lets latest publish; where it doesn't, it is noted why."""
    if stage.latest_sha is None:
        return False
    return bool(_places(stage, [f"refs/heads/{stage.latest}"]))


def _places(stage: Stage, wanted: Iterable[str]) -> list[str]:
    """Those refs that the table lets publish; of the others it is noted why."""
    found = []
    for ref in wanted:
        try:
            commit = stage.project.ref(ref) or str(stage.latest_sha)
            stand_ins(_placed(ref, stage.settings_of(commit)))
        except InputError as problem:
            _leave_out(stage, ref, str(problem))
            continue
        found.append(ref)
    return found


def _leave_out(stage: Stage, ref: str, why: str) -> None:
    said = f"{quoted(ref.split('/', 2)[2])} was left out: {why}"
    if said not in stage.shelf.left_out:
        stage.shelf.left_out.append(said)


def _has_stages(stage: Stage) -> bool:
    if stage.is_sample:
        return "v0.4.0-alpha" in stage.releases
    return stage.latest_sha is not None and bool(_places(stage, _named(stage)))


def _stages(stage: Stage) -> None:
    for ref in _sample(stage) if stage.is_sample else _rows(stage):
        built = build(stage, ref)
        known = {(each.channel, each.commit) for each in stage.shelf.promises.values()}
        if built.place.version or (built.place.row.channel, built.commit) not in known:
            publishing_of(stage, built, Verdict.PUBLISHED)
        else:
            _leave_out(stage, ref, "its channel has a release of that commit")


def _sample(stage: Stage) -> Sequence[str]:
    """What the examples have cut, one of it carried on to beta, and a patch's tag."""
    outcome = agreement.stepping(
        stage,
        "v0.4.0-alpha",
        "beta",
        Frozen.STAGED,
        feedback="The image opens at once, says a club",
    )
    stage.adopt("nkem", outcome.pull.number if outcome.pull else 0, ci="success")
    stable, document = stage.releases["v0.3.0-stable"], {f"MILESTONES.{_PATCH}.md": _amended(stage)}
    code = {"wrenlog/rivers.py": '"""Listen along a river, both banks."""\n'}
    mended = stage.project.commit(
        {**code, **document}, message=_MENDED, branch="both-banks", parents=[stable]
    )
    stage.project.set_ref(f"refs/tags/{_PATCH}", mended)
    stage.narrator.tell(
        f"tomas mends v0.3.0-stable: {titled(_MENDED)} ({mended[:7]}), tagged {_PATCH}"
    )
    stage.push("tomas", f"The document of {_PATCH}", files=document, ci="success")
    branches = ("v0.2.0-alpha", "v0.4.0-alpha", "v0.4.0-beta", "v0.3.0-stable")
    return [*(f"refs/heads/{name}" for name in branches), f"refs/tags/{_PATCH}"]


def _amended(stage: Stage) -> str:
    """What v0.3.0-stable promises, frozen once more for its patch, with what that adds."""
    origin = "v0.3.0-stable"
    text = stage.text(stage.releases[origin], f"MILESTONES.{origin}.md").replace(origin, _PATCH)
    row = f"| {stage.today} | M7 added as it was built | @tomas-rey |\n"
    return agreement.edited(
        text,
        ("**Stage**: stable\n", "**Stage**: patch\n"),
        ("**Signatories**: ", f"**Promoted From**: `{origin}`\n**Signatories**: "),
        (row, f"| {stage.today} | {_MENDED} | @tomas-rey |\n{row}"),
    )


def _rows(stage: Stage) -> list[str]:
    """What there is of each further row of the table; where it is nothing, a stand-in is made."""
    found, made = [], []
    for ref in _places(stage, _named(stage)):
        name = ref.split("/", 2)[2]
        if stage.project.ref(ref) is None:
            try:
                _made(stage, ref, name)
            except GitError:
                _leave_out(stage, ref, "another branch or tag is in its way")
                continue
            made.append(name)
        found.append(ref)
    if made:
        stage.narrator.tell(f"stand-ins for what the table names are made: {', '.join(made)}")
    return found


def _made(stage: Stage, ref: str, name: str) -> None:
    latest = str(stage.latest_sha)
    if ref.startswith("refs/tags/"):
        stage.project.set_ref(ref, latest)
    else:
        # A commit of its own: others may publish theirs in the same channel on the same day.
        words = f"Begin {name}"
        file = {"rehearsal/release.txt": f"{words}\n"}
        stage.project.commit(file, message=words, branch=name, parents=[latest])


def _named(stage: Stage) -> Iterator[str]:
    """A branch for each row but latest's, a tag for a patch: of the version after all there are."""
    known = "\n".join(stage.project.refs())
    major = max(map(int, re.findall(r"/v?([0-9]{1,6})\.[0-9]", known)), default=0) + 1
    rows = [row for row in stage.config.channels if row.pattern != stage.latest]
    for row in rows:
        kind, number = ("tags", f"{major}.0.1") if row.pattern.endswith("-patch") else ("heads", "")
        star = number or (f"{major}.0.0" if row.pattern.startswith("v") else "next")
        name = made_of(row.pattern, star)
        first = next((each for each in rows if each.meets(name)), row)
        if first is row:
            yield f"refs/{kind}/{name}"
        else:
            _leave_out(stage, f"refs/{kind}/{row.pattern}", f"{quoted(first.pattern)} comes first")


def _killed(stage: Stage) -> None:
    stage.later(days=1)
    stage.push("ida", "Show the map on the first page", ci="success")
    agreement.carry(stage)
    built = build(stage, f"refs/heads/{stage.latest}")
    before, effects = _state(stage), stage.sandbox.effects
    last = len(effects) + KILLED_AFTER

    def dies() -> None:
        if len(effects) >= last:
            raise _Killed

    try:
        # One file at a time: so it is known what has arrived.
        publishing_of(stage, built, Verdict.PUBLISHED, seam=dies, workers=1)
    except _Killed:
        after = _state(stage)
    else:
        raise Unexpected("artifacts published before it could be killed")
    (draft,) = [each for key, each in after.releases.items() if key not in before.releases]
    tag, is_draft, files = draft
    require(
        (is_draft and after.refs == before.refs, "what is not whole was shown to people"),
    )
    stage.narrator.tell(
        f"the publisher is killed: {counted(len(files), 'file')} of {len(built.files) + 2} are in "
        f"a draft of {tag}, which nobody is shown"
    )
    outcome = publishing_of(stage, built, Verdict.PUBLISHED)
    require((outcome.kept == len(files), "what was there already was sent twice"))


def _time(stage: Stage) -> None:
    _take_out_earlier(stage)
    tag = _by_hand(stage)
    stage.narrator.tell(f"juniper makes a prerelease by hand, {tag}")
    stage.later(days=40)
    stage.narrator.tell(f"40 days pass: it is {stage.today}")
    if pruning_of(stage, plans=True, is_whole=True).deleted:
        pruning_of(stage)
    stage.later(days=_FAR)
    stage.narrator.tell(f"two years pass: it is {stage.today}")
    if pruning_of(stage, is_whole=True).deleted:
        pruning_of(stage)


def _take_out_earlier(stage: Stage) -> None:
    """Take the tags of earlier previews out of the copy: no release came with it."""
    names = {row.channel for row in stage.config.channels}
    tags = [ref.removeprefix("refs/tags/") for ref in stage.project.refs()]
    earlier = [
        tag
        for tag in tags
        if tag not in stage.shelf.promises and any(channels.is_own_tag(tag, each) for each in names)
    ]
    for tag in earlier:
        stage.project.set_ref(f"refs/tags/{tag}", None)
    if earlier:
        stage.narrator.tell(
            f"{counted(len(earlier), 'tag')} of earlier previews left the copy: their releases are "
            "not part of a clone"
        )


def _by_hand(stage: Stage) -> str:
    sandbox, project, now = stage.sandbox, stage.project, stage.sandbox.now()
    content = b"Songs of a winter walk\n"
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    release = Release(
        id=sandbox.id(), tag=BY_HAND, target=stage.main, name="A winter walk", body=None,
        is_draft=False, is_prerelease=True, author="juniper-hall", created=now, published=now,
        assets=[
            Asset(sandbox.id(), "walk.ogg", None, content, "audio/ogg", digest, now, "juniper-hall")
        ],
    )  # fmt: skip
    project.set_ref(f"refs/tags/{BY_HAND}", stage.main_sha)
    project.releases[release.id] = release
    stage.shelf.by_hand.add(BY_HAND)
    return BY_HAND


ACTS = (
    Act("A preview of latest", _preview, _has_preview),
    Act("Every stage in its own channel", _stages, _has_stages),
    Act("A publisher is killed half-way", _killed, _has_preview),
    Act(
        "Time passes, and prune keeps the promises", _time, lambda stage: bool(stage.shelf.promises)
    ),
)
