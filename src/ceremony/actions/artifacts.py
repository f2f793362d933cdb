"""artifacts: the right files, in the right channel, for as long as promised.

Gather the files and measure them, decide by the table, publish completely or not at all: draft,
upload, verify, publish, and last of all the channel's plain tag. A run that was cut off anywhere is
finished by the next one. See the ceremony's Release Artifacts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ceremony import config as configuration
from ceremony.actions import connection
from ceremony.actions.connection import api_url_option, repository_option
from ceremony.actions.filling import Filling, Upload, is_whole, may_fill
from ceremony.actions.inputs import declared, printed, secret
from ceremony.config import Config
from ceremony.forge import (
    Forge,
    ForgeError,
    Immutable,
    Move,
    NotFastForward,
    NotFound,
    Release,
    ReleaseForm,
    Taken,
)
from ceremony.git import GitError, Repository
from ceremony.model import InputError
from ceremony.records import Grounds, blob_of
from ceremony.report import notes
from ceremony.report.notes import Changes
from ceremony.rules import artifacts, channels, events, globs, record, refs
from ceremony.rules.artifacts import (
    Decision,
    Gathered,
    Held,
    Origin,
    Outcome,
    Passed,
    Plan,
    Standing,
    Verdict,
    Walk,
)
from ceremony.rules.assets import MAX_ASSETS, TOO_LARGE
from ceremony.rules.channels import Place, Row
from ceremony.rules.globs import Missing, Wanted
from ceremony.rules.record import Record
from ceremony.walk import measure, walk
from ceremony.workspace import Checkout, Unreadable, below, is_outside

SUMMARY = "Publish the right files in the right channel, and write down until when they live."
FORMATS = ("text", "json", "markdown")
WORKERS = 4
"""Uploads at a time: GitHub counts what a token writes in a minute."""
HOST_DAYS = 90
"""Days that GitHub keeps a workflow's artifacts at most (docs.github.com, "Usage limits": 400 where
a private repository says so)."""

_DAYS = re.compile(r"[1-9][0-9]{0,2}")
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What artifacts is told."""

    token: str = secret(
        "${{ github.token }}",
        "What it publishes with. Needs contents: write; a dry run needs none.",
    )
    root: str = declared(
        ".",
        "The folder that holds the files, relative to the workspace. Default: the workspace.",
        metavar="FOLDER",
    )
    ref: str = declared(
        "",
        "The branch or tag whose row of the table holds, refs/heads/NAME, refs/tags/NAME or NAME. "
        "Default: what the workflow runs on.",
        metavar="REF",
    )
    commit: str = declared(
        "",
        "The commit that the files were built from. Default: the workflow's where `ref` is the ref "
        "that it runs on, else the root's HEAD.",
        metavar="SHA",
    )
    artifacts: tuple[str, ...] = declared(
        (),
        "Patterns of the files, one a line; one that begins with `!` leaves files out. Default: "
        "the table's.",
        metavar="GLOB",
    )
    if_no_files_found: str = declared(
        "error",
        "What it means that a pattern matches no file, where the table does not say: error, warn "
        "or ignore.",
        choices=("error", "warn", "ignore"),
    )
    ignore_case: bool = declared(False, "Whether patterns match in either case.")
    config: str = declared(
        "",
        "The configuration's path, relative to the workspace. Default: .github/ceremony.yml, and "
        "the ceremony's own table where there is none.",
        metavar="FILE",
    )
    max_retention_days: str = declared(
        str(HOST_DAYS),
        "The most days that the host keeps workflow artifacts, for the output retention-days.",
        metavar="DAYS",
    )
    dry_run: bool = declared(False, "Say what would be published, and publish nothing.")
    format: str = printed(*FORMATS)
    repository: str = repository_option()
    api_url: str = api_url_option()


OUTPUTS: Mapping[str, str] = {
    "verdict": "published, up-to-date, planned, nothing or refused.",
    "files": "The files, one a line and relative to the workspace, for actions/upload-artifact.",
    "retention-days": "For how many days the host is to keep them as workflow artifacts.",
    "channel": "The channel.",
    "expires-at": "When the release may be removed, in UTC; empty for never.",
    "prerelease": "Whether it is a prerelease: true or false.",
    "tag": "The release's tag; in a dry run, as far as it can be known.",
    "url": "The release's page; empty where there is none.",
    "manifest": "The path of the release's manifest, ceremony-manifest.json.",
    "sums": "The path of the files' digests, SHA256SUMS.",
    "report": "The path of the full report, JSON.",
}


@dataclass(frozen=True, kw_only=True)
class Context(connection.Context):
    """What the run knows beside its inputs."""

    workspace: Path
    folder: Path
    """An empty folder of this run's own, for the manifest and the digests."""
    ref: str = ""
    """The ref that the workflow runs on, in full; empty outside of one."""
    sha: str = ""
    """The commit that it runs on."""
    is_workflow: bool = False
    workers: int = WORKERS


def publish(inputs: Inputs, context: Context) -> Outcome:
    """Gather, decide, apply.

    Raises InputError for bad inputs, a bad configuration, a ref that no row of the table matches
    and files that cannot be read; ForgeError where GitHub could not be asked, or the release is not
    published. What was left unfinished after that is in the outcome's `failure`.
    """
    if not _DAYS.fullmatch(inputs.max_retention_days) or int(inputs.max_retention_days) > 400:
        raise InputError(
            "`max-retention-days` must be whole days from 1 to 400; it is "
            f"{inputs.max_retention_days[:60]!r}"
        )
    is_given = bool(inputs.config)
    inputs = replace(inputs, commit=inputs.commit.lower(), config=_config_path(inputs))
    if inputs.commit and not _SHA.fullmatch(inputs.commit):
        raise InputError(f"`commit` must be 40 hexadecimal digits: {inputs.commit[:60]!r}")
    refused = "" if inputs.dry_run else events.publishing_refused(context.event)
    if refused:
        return Outcome(verdict=Verdict.REFUSED, reason=refused)
    root = below(context.workspace, inputs.root)
    settings, text = _config(inputs.config, context, root, is_given=is_given)
    layout = settings.layout
    place = channels.place(
        _source(inputs, context), settings.channels, layout.latest_branch, layout.main_branch
    )
    commit, notice = _commit(inputs, context, root, place.source.ref)
    if not commit and not inputs.dry_run:
        raise InputError("the commit is not known: give `commit`, or run where git knows it")
    is_own = any(row.pattern == place.row.pattern for row in settings.rows)
    table = inputs.config if is_own else ""
    given = _Given(
        root=root,
        place=place,
        table=settings.channels,
        wanted=_wanted(inputs, place),
        origin=Origin(inputs.repository or context.repository, commit, table),
        config=text,
    )
    run = _Run(inputs, context, given, notice)
    run.gather()
    return run.planned() if inputs.dry_run else run.published()


# ---------------------------------------------------------------------------- inputs


def _config_path(inputs: Inputs) -> str:
    """The configuration's path as a commit has it; `./` is for shells."""
    if inputs.config and is_outside(inputs.config):
        raise InputError(
            "`config` must be a path relative to the workspace, without `..`: "
            f"{inputs.config[:80]!r}"
        )
    return str(PurePosixPath(inputs.config or configuration.DEFAULT_PATH))


def _config(
    path: str, context: Context, root: Path, *, is_given: bool
) -> tuple[Config, bytes | None]:
    """The configuration of the checkout and its text, which is None where there is none.

    Outside of a workflow a root with a configuration of its own brings it: there it is the user's.
    """
    own = [] if context.is_workflow or is_given else _projects(root)
    for folder in (*own, context.workspace):
        try:
            data = Checkout(folder).read(path, configuration.MAX_BYTES)
        except FileNotFoundError:
            continue
        except Unreadable as problem:
            raise InputError(str(problem), file=path) from None
        return configuration.read(data, path=path), data
    if is_given:
        raise InputError("is not there", file=path)
    return Config(), None


def _projects(root: Path) -> list[Path]:
    """The folders whose configuration may be meant, the nearest first: up to the repository's."""
    place = root.resolve()
    above = [place, *place.parents]
    top = next((n for n, folder in enumerate(above) if (folder / ".git").exists()), 0)
    return above[: top + 1]


def _source(inputs: Inputs, context: Context) -> channels.Source:
    given = inputs.ref or context.ref
    if not given:
        raise InputError("the branch or tag is not known: give `ref`, such as latest")
    if not inputs.ref and given.startswith("refs/pull/"):
        raise InputError(f"{given[:80]!r} is a proposal, which no row means: give `ref: latest`")
    return channels.source(given)


def _wanted(inputs: Inputs, place: Place) -> tuple[Wanted, ...]:
    """The patterns; what the input says of missing files holds where the table is silent."""
    silent = Missing(inputs.if_no_files_found)
    if not inputs.artifacts:
        return tuple(
            entry if entry.if_missing else entry._replace(if_missing=silent)
            for entry in place.row.artifacts
        )
    wanted = []
    for text in inputs.artifacts:
        try:
            wanted.append(Wanted(globs.parse(text), silent))
        except ValueError as problem:
            raise InputError(f"`artifacts`: the pattern {text[:60]!r} {problem}") from None
    if all(entry.glob.negated for entry in wanted):
        raise InputError("`artifacts` only leaves files out: add a pattern of files to take")
    return tuple(wanted)


def _commit(inputs: Inputs, context: Context, root: Path, ref: str) -> tuple[str, str]:
    """The commit that the files were built from, and what is to be said of it; empty: not known.

    The workflow's commit is that of the ref that it runs on. Where another one was asked for, only
    what is checked out can have been built.
    """
    if inputs.commit:
        return inputs.commit, ""
    try:
        head = Repository(root).commit("HEAD") or ""
    except GitError:
        head = ""
    if not context.sha or (head and inputs.ref and ref != context.ref):
        return head, ""
    if head in {"", context.sha}:
        return context.sha, ""
    return context.sha, (
        f"the workflow's commit is {context.sha[:7]}, and {head[:7]} is checked out: give "
        "`commit`, the one that the files were built from"
    )


# ---------------------------------------------------------------------------- the run


class _Given(NamedTuple):
    """What a run is about."""

    root: Path
    place: Place
    table: tuple[Row, ...]
    wanted: tuple[Wanted, ...]
    origin: Origin
    config: bytes | None
    """The configuration's text; None where there is none."""


class _Pointed(NamedTuple):
    """What became of the channel's plain tag."""

    said: str
    failure: str = ""


_UNTRIED = _Pointed("")


class _Run:
    """One run: what it has found, and what it has done."""

    def __init__(self, inputs: Inputs, context: Context, given: _Given, notice: str) -> None:
        self._inputs = inputs
        self._context = context
        self._given = given
        self._place = given.place
        self._origin = given.origin
        self._notices = [notice] if notice else []
        self._forges: list[Forge] = []
        self._uploaded = self._kept = 0
        self._held: list[Held] = []
        """The releases, as they were read last."""
        self._untidy = ""
        """Why something beside the release is not as it should be; empty where all is."""
        self._is_out = False
        """Whether an earlier run had published this commit."""
        self._latest = ""
        """The tag that this run has had shown as the latest in place of another."""

    # ------------------------------------------------------------------ gather

    def gather(self) -> None:
        """Find the files and measure them."""
        root = self._given.root
        globs = [entry.glob for entry in self._given.wanted]
        found = walk(root, globs, ignore_case=self._inputs.ignore_case)
        is_hopeless = len(found.files) > MAX_ASSETS or any(
            file.size >= TOO_LARGE for file in found.files
        )
        if is_hopeless:
            # They are refused for that alone, and may be all that a disk holds.
            files = [Gathered(file.path, file.size, "") for file in found.files]
        else:
            measured = measure(root, found.files, seam=self._context.seam, tell=self._context.tell)
            files = [
                Gathered(file.path, each.size, each.sha256, each.secret)
                for file, each in zip(found.files, measured, strict=True)
            ]
        self._walk = Walk(
            files=tuple(files),
            missing=found.missing,
            passed=tuple(Passed(entry.path, entry.why) for entry in found.passed),
            passed_more=found.passed_more,
        )

    def _plan(self, tag: str, at: dt.datetime) -> Plan:
        return artifacts.plan(
            self._place,
            self._origin,
            self._given.wanted,
            self._walk,
            at=at.replace(microsecond=0),
            host_limit=int(self._inputs.max_retention_days),
            tag=tag,
        )

    def planned(self) -> Outcome:
        """What would be published, as far as it can be known without asking anybody."""
        at = dt.datetime.fromtimestamp(self._context.clock(), dt.UTC)
        commit = self._origin.commit
        if commit or self._place.version or self._place.source.is_tag:
            tag = artifacts.new_tag(self._place, commit, at.date(), (), {})
        else:
            tag = ""
            self._notices.append("the commit is not known here, and so the tag is not either")
        plan = self._plan(tag, at)
        if self._place.version and not self._place.source.is_tag:
            self._notices.append(f"where `{tag}` is another commit's, a number follows: `{tag}.1`")
        blank = self._blank(plan)
        if blank is not None:
            return blank
        self._written(record.SUMS, record.sums(plan.record.files), "text/plain")
        if commit and plan.record.repository:
            self._written(record.NAME, _rendered(plan.record), "application/json")
        return self._outcome(Verdict.PLANNED, plan)

    def _blank(self, plan: Plan) -> Outcome | None:
        """The outcome where there is nothing to publish, or it may not be."""
        if plan.refusals:
            return self._outcome(Verdict.REFUSED, plan, artifacts.reasons(plan.refusals))
        if not plan.record.files:
            return self._outcome(Verdict.NOTHING, plan, "no pattern matches a file")
        return None

    # ------------------------------------------------------------------ publish

    def published(self) -> Outcome:
        """Publish, or find that it has been."""
        blank = self._blank(
            self._plan("", dt.datetime.fromtimestamp(self._context.clock(), dt.UTC))
        )
        if blank is not None:
            return blank
        forge = self._forge = self._connect()
        releases = {each.id: each for each in forge.releases()}
        self._held = [_held(each) for each in releases.values()]
        now = forge.server_date or dt.datetime.fromtimestamp(self._context.clock(), dt.UTC)
        commit = self._origin.commit
        known = artifacts.known_tag(self._place, commit, self._held)
        asked = "" if self._place.version else known
        grounds = self._grounds(asked or artifacts.prefix(self._place, commit, now.date()))
        known = artifacts.tagged(self._place, commit, self._held, grounds.tags) or known
        self._is_out = any(each.tag == known and not each.is_draft for each in self._held)
        changes, refusal = self._stand(grounds, is_out=self._is_out)
        tag = known or artifacts.new_tag(self._place, commit, now.date(), self._held, grounds.tags)
        plan = self._plan(tag, now)
        decision = Decision(refusal)
        if not refusal:
            decision = artifacts.decide(tag, commit, self._held, self._standing)
        self._notices += artifacts.abandoned(self._place, commit, self._held)
        self._notices += artifacts.passed_over(self._place, tag, self._held, grounds.tags)
        if decision.refusal:
            return self._outcome(Verdict.REFUSED, plan, decision.refusal)
        if decision.published:
            return self._compared(plan, releases[decision.published.id])
        draft = releases[decision.draft.id] if decision.draft else None
        previous = artifacts.shown_before(self._place, tag, self._held)
        plan = replace(plan, record=self._drafted(draft, replace(plan.record, previous=previous)))
        form = ReleaseForm(
            tag=tag,
            name=tag,
            body=notes.render(plan.record, changes),
            target=commit,
            is_prerelease=plan.record.prerelease,
        )
        files = self._files(plan)
        if draft is None or not may_fill(draft, files):
            self._context.seam()
            draft = forge.create_release(form, besides=releases)
            self._context.tell(f"drafted {tag}")
        return self._finished(plan, draft, form, files)

    def _connect(self) -> Forge:
        forge = self._context.forge(
            self._inputs.token,
            repository=self._inputs.repository,
            api_url=self._inputs.api_url,
        )
        self._forges.append(forge)
        return forge

    def _grounds(self, prefix: str) -> Grounds:
        """Where all is that the release stands on; `prefix` begins the tags that matter."""
        self._there = self._forge.grounds(
            self._place.source.ref,
            self._origin.commit,
            f"{refs.TAGS}{self._place.row.channel}",
            prefix,
            self._inputs.config,
        )
        return self._there

    def _stand(self, grounds: Grounds, *, is_out: bool) -> tuple[Changes, str]:
        """What has changed, and why that commit may not be published.

        Where it is published already, nobody asks whether its branch still holds it.
        """
        commit, source, channel = self._origin.commit, self._place.source, self._place.row.channel
        is_tip = grounds.source_sha == commit
        refusal = ""
        if grounds.source_sha is None:
            other = "" if source.is_tag else f": for a tag give `{refs.TAGS}{source.name}`"
            refusal = f"there is no `{source.ref}`{other}"
        elif not grounds.has_commit:
            refusal = f"the commit {commit[:7]} is not in the repository"
        elif source.is_tag and not is_tip:
            refusal = f"the tag `{source.name}` is at {grounds.source_sha[:7]}, not {commit[:7]}"
        elif not (is_tip or is_out or self._holds(grounds.source_sha)):
            refusal = (
                f"the commit {commit[:7]} is not on `{source.ref}`: give `commit`, the one that "
                "the files were built from"
            )
        elif not _is_committed(self._given.config, grounds.config):
            path = self._inputs.config
            refusal = (
                f"`{path}` here is not that of the commit {commit[:7]}: check that commit's out"
            )
        else:
            refusal = artifacts.beside_channel(
                channel, self._held, has_branch=grounds.rival, nested=grounds.nested
            )
        since, relation = grounds.channel_sha, grounds.relation
        commits: Sequence[tuple[str, str]] = grounds.commits
        total = grounds.total
        if since and not is_tip and not refusal:
            try:
                compared = self._forge.compare(since, commit, newest=True)
            except NotFound:
                relation = ""  # they share no history
            else:
                relation, commits, total = compared.status, compared.commits, compared.total
        self._standing = Standing(grounds.tags, since, relation, is_tip, grounds.branches)
        is_next = artifacts.has_had_release(self._place, self._held, self._given.table)
        changes = Changes(since, commits, total if relation else -1, relation, not is_next)
        return changes, refusal

    def _drafted(self, draft: Release | None, own: Record) -> Record:
        """The manifest that a draft holds already, where it is ours and no day old; else our own.

        It counts from a little earlier than ours would, and prune from the publication at least.
        """
        assets = draft.assets if draft else ()
        manifest = next((each for each in assets if each.name == record.NAME), None)
        if manifest is None or not manifest.is_uploaded:
            return own
        try:
            there = record.parse(self._forge.download(manifest, record.MAX_BYTES))
        except ValueError:
            return own
        is_fresh = there.created <= own.created < there.created + dt.timedelta(days=1)
        return there if is_fresh and artifacts.is_same(there, own) else own

    def _compared(self, plan: Plan, release: Release) -> Outcome:
        """The word on a release that is published already."""
        manifest = next(each for each in release.assets if each.name == record.NAME)
        data = self._forge.download(manifest, record.MAX_BYTES)
        try:
            there = record.parse(data)
        except ValueError as problem:
            return self._outcome(
                Verdict.REFUSED,
                plan,
                f"the release `{release.tag}` is published already, and its `{record.NAME}` cannot "
                f"be read: {problem}",
            )
        self._put_latest_right(release.tag)
        said = _differs(there, plan.record, release)
        if said:
            return self._outcome(Verdict.REFUSED, plan, f"the release `{release.tag}` {said}")
        self._kept = len(release.assets)
        self._tidied(plan.record.tag)
        self._written(record.SUMS, record.sums(there.files), "text/plain")
        (self._context.folder / record.NAME).write_bytes(data)
        # Its own record says until when it lives; where the files are here says this run's.
        outcome = self._outcome(
            Verdict.UP_TO_DATE,
            replace(plan, record=replace(there, files=plan.record.files)),
            pointed=self._pointed(plan),
        )
        shown = self._latest or (self._there.latest[1] if self._there.latest else "")
        return replace(outcome, url=release.url, is_latest=shown == release.tag)

    def _finished(
        self, plan: Plan, draft: Release, form: ReleaseForm, files: Sequence[Upload]
    ) -> Outcome:
        """Upload what the draft lacks, verify, publish, and point the channel's tag at it."""
        try:
            release, is_latest = self._filled(draft, form, files)
        except (Taken, NotFound, Immutable) as problem:
            return self._lost(plan, draft, problem)
        self._context.tell(f"published {form.tag}")
        try:
            self._tidied(form.tag, besides=draft.id)
            pointed = self._pointed(plan)
        except KeyboardInterrupt:
            pointed = _Pointed(
                "", "The release is published, and the run was stopped after that: run it again"
            )
        outcome = self._outcome(Verdict.PUBLISHED, plan, pointed=pointed)
        is_latest = self._latest == form.tag if self._latest else is_latest
        return replace(outcome, url=release.url, is_latest=is_latest)

    def _filled(
        self, draft: Release, form: ReleaseForm, files: Sequence[Upload]
    ) -> tuple[Release, bool]:
        """The release, published, and whether it is the one that GitHub shows as the latest."""
        filling = Filling(self._forge, self._connect, self._context, self._context.workers)
        filling.fill(draft, files)
        self._uploaded, self._kept = filling.uploaded, filling.kept
        # It took its time: what has been published meanwhile counts too.
        releases = self._forge.releases()
        self._held = [_held(each) for each in releases]
        filling.verify(next((each for each in releases if each.id == draft.id), draft), files)
        shown = self._there.latest[1] if self._there.latest else None
        stays = artifacts.latest_stays(self._place, form.tag, self._held, self._standing, shown)
        if stays and not form.is_prerelease:
            self._notices.append(f"it does not become GitHub's latest: {stays}")
        self._context.seam()
        release = self._forge.update_release(
            draft.id, form._replace(is_draft=False, is_latest=not stays)
        )
        if release.is_draft:
            raise ForgeError(f"GitHub was asked to publish {form.tag}, and it is a draft still")
        return release, not stays

    def _lost(self, plan: Plan, draft: Release, problem: ForgeError) -> Outcome:
        """The word where somebody else has published this tag meanwhile: theirs is kept."""
        theirs = self._forge.release_by_tag(plan.record.tag)
        if theirs is None and isinstance(problem, Immutable):
            raise self._burnt(draft, problem)
        if theirs is None or not _held(theirs).has_record:
            raise problem
        if theirs.id != draft.id:
            self._context.seam()
            self._forge.delete_release(draft.id)
            self._notices.append("another run published it meanwhile; this run's draft is removed")
        elif not isinstance(problem, Immutable):
            raise problem
        self._held = [each for each in self._held if each.id not in {draft.id, theirs.id}]
        self._held.append(_held(theirs))
        self._uploaded = 0
        return self._compared(plan, theirs)

    def _burnt(self, draft: Release, problem: Immutable) -> ForgeError:
        """The error where a release that is gone had the tag for good: no run gets it any more."""
        shown = self._forge.release(draft.id)
        if shown is not None and shown.is_draft:
            self._context.seam()
            self._forge.delete_release(draft.id)
        what = "make another version" if self._place.version else "another commit, or day, has one"
        return ForgeError(f"{problem}. This run's draft is removed; {what}")

    def _tidied(self, tag: str, besides: int = 0) -> None:
        """Remove this commit's drafts that nobody could publish any more."""
        for each in artifacts.leftovers(self._place, self._origin.commit, tag, self._held):
            if each.id != besides:
                self._see_to(
                    partial(self._forge.delete_release, each.id),
                    f"an earlier run's draft of `{each.tag}` is removed",
                    "The release is published, and an earlier run's draft of "
                    f"{each.tag} was not removed",
                )

    def _put_latest_right(self, tag: str) -> None:
        """Have GitHub show the highest version, where a run beside this one has taken its place."""
        shown = self._there.latest[1] if self._there.latest else None
        due = artifacts.latest_due(tag, self._held, shown)
        if due is not None and not self._place.prerelease:
            is_done = self._see_to(
                partial(self._forge.show_latest, due.id),
                f"GitHub showed `{shown}` as the latest, and `{due.tag}` now",
                f"GitHub shows {shown} as the latest, and could not be made to show {due.tag}",
            )
            self._latest = due.tag if is_done else ""

    def _see_to(self, act: Callable[[], None], done: str, undone: str) -> bool:
        """Do what is to be done beside the release, or say that it was not; whether it was."""
        self._context.seam()
        try:
            act()
        except ForgeError as problem:
            self._untidy = f"{undone}: {problem}"
            return False
        self._notices.append(done)
        return True

    def _files(self, plan: Plan) -> list[Upload]:
        """What the release is to hold, the manifest last."""
        files = plan.record.files
        return [
            *(
                Upload(
                    self._given.root / each.path, each.name, each.size, each.sha256, each.media_type
                )
                for each in files
            ),
            self._written(record.SUMS, record.sums(files), "text/plain"),
            self._written(record.NAME, _rendered(plan.record), "application/json"),
        ]

    def _written(self, name: str, text: str, media_type: str) -> Upload:
        path, data = self._context.folder / name, text.encode("ascii")
        path.write_bytes(data)
        return Upload(path, name, len(data), hashlib.sha256(data).hexdigest(), media_type)

    # ------------------------------------------------------------------ the channel's tag

    def _pointed(self, plan: Plan) -> _Pointed:
        """Point the channel's plain tag at the release's commit, where that is its newest."""
        name, commit = plan.record.channel, self._origin.commit
        for is_last in (False, False, True):
            stays = artifacts.channel_stays(
                self._place, plan.record.tag, self._held, self._standing, self._given.table
            )
            if stays:
                return _Pointed(f"the tag `{name}` stays: {stays}")
            if self._standing.channel == commit:
                return _Pointed(f"the tag `{name}` is at {commit[:7]}")
            tip = self._there.source_sha
            if self._is_out and tip and not self._holds(tip):
                return _Pointed(f"the tag `{name}` stays: the branch holds that commit no more")
            before = self._there.channel_at
            move = Move(refs.TAGS + name, before, commit, is_forced=True)
            try:
                self._context.seam()
                self._forge.move([move], read_back=False)
            except ForgeError as problem:
                if is_last or not isinstance(problem, NotFastForward):
                    return self._unpointed(name, problem)
            else:
                break
            # Whoever moved it may have had the lower version, or the older commit.
            try:
                self._held = [_held(each) for each in self._forge.releases()]
                self._stand(self._grounds(plan.record.tag), is_out=True)
            except ForgeError as problem:
                return self._unpointed(name, problem)
            self._put_latest_right(plan.record.tag)
        self._context.tell(f"moved {name} to {commit[:7]}")
        was = f"; it was at {before}" if before else ""
        return _Pointed(f"the tag `{name}` is at {commit[:7]} now{was}")

    def _holds(self, tip: str) -> bool:
        """Whether the commit is part of what a branch has there."""
        try:
            return (
                tip == self._origin.commit
                or not self._forge.compare(tip, self._origin.commit).ahead
            )
        except NotFound:
            return False  # they share no history

    @staticmethod
    def _unpointed(name: str, problem: ForgeError) -> _Pointed:
        return _Pointed(
            f"the tag `{name}` was not moved",
            f"The release is published, and its channel's tag was not moved: {problem}",
        )

    # ------------------------------------------------------------------ report

    def _outcome(
        self, verdict: Verdict, plan: Plan, reason: str = "", pointed: _Pointed = _UNTRIED
    ) -> Outcome:
        return Outcome(
            verdict=verdict,
            reason=reason,
            plan=plan,
            uploaded=self._uploaded,
            kept=self._kept,
            channel=pointed.said,
            failure=pointed.failure or self._untidy,
            notices=(*plan.notices, *self._notices),
            dry_run=self._inputs.dry_run,
            requests=sum(forge.requests for forge in self._forges),
        )


def _is_committed(config: bytes | None, blob: str | None) -> bool:
    """Whether a configuration is the one that the commit holds, whatever its lines end with."""
    if config is None or blob is None:
        return config is None and blob is None
    return blob in {blob_of(config), blob_of(config.replace(b"\r\n", b"\n"))}


def _rendered(made: Record) -> str:
    """The manifest's text. Raises InputError where what it would say is not lawful."""
    try:
        return record.render(made)
    except ValueError as problem:
        raise InputError(f"no manifest can be made of this: {problem}") from None


def _differs(there: Record, own: Record, release: Release) -> str:
    """Why a published release is not the one that this run would make; empty where it is."""
    if there.commit != own.commit:
        remedy = (
            "put the tag back to it, or make another"
            if own.ref.startswith(refs.TAGS)
            else "run it again, and it gets the next number"
        )
        return f"is another commit's, {there.commit[:7]}: {remedy}"
    other = artifacts.difference(there, own)
    if other:
        return (
            f"is published already, with {other}. What is published is never changed: publish "
            "another commit, and run only those jobs again that failed"
        )
    held = {each.name: each for each in release.assets}
    lost = [
        file.name
        for file in (*there.files, record.sums_file(there.files))
        if not is_whole(held.get(file.name), file.size, file.sha256)
    ]
    if lost:
        return (
            f"has lost or changed files since it was published ({', '.join(lost[:5])}): remove "
            "it by hand, and run this again"
        )
    return ""


def _target(release: Release) -> str:
    """The commit that a release was made for; empty where that is not known.

    docs.github.com, "Create a release": a target is of no use where the tag is there already, and
    nothing says that it is kept then. What a run wrote into its draft is, and people's drafts may
    have it from there.
    """
    if _SHA.fullmatch(release.target):
        return release.target
    is_by_a_run = release.is_draft and release.author.endswith("[bot]")
    return notes.commit(release.body) if is_by_a_run else ""


def _held(release: Release) -> Held:
    return Held(
        id=release.id,
        tag=release.tag,
        name=release.name,
        target=_target(release),
        is_draft=release.is_draft,
        is_prerelease=release.is_prerelease,
        has_record=any(each.name == record.NAME and each.is_uploaded for each in release.assets),
        published=release.published,
    )
