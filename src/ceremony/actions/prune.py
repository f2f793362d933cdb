"""prune: remove the releases that have outlived their retention, and nothing else.

Gather all releases and their own records and decide by the rule; before each deletion look at what
it rests on, and every ten of them gather and decide once more. A run that was cut off anywhere is
made good by the next one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ceremony.actions import connection
from ceremony.actions.connection import api_url_option, repository_option, sentence
from ceremony.actions.inputs import declared, printed, secret
from ceremony.forge import (
    Asset,
    Forge,
    ForgeError,
    Immutable,
    MissingPermission,
    NotFastForward,
    NotFound,
    RefusedByRule,
)
from ceremony.forge import Release as Shown
from ceremony.model import InputError
from ceremony.report.words import counted
from ceremony.rules import record as records
from ceremony.rules import refs
from ceremony.rules.channels import CHANNEL
from ceremony.rules.prune import (
    MAX_READ,
    Decision,
    Facts,
    Orphan,
    Outcome,
    Policy,
    Release,
    Row,
    Verdict,
    Word,
    age,
    decide,
    is_of,
    row_of,
)
from ceremony.rules.prune import Asset as File
from ceremony.rules.record import Record

SUMMARY = "Remove the releases that have outlived their retention, and nothing else."
FORMATS = ("text", "json", "markdown")
MAX_KEPT = 1_000
MAX_DELETIONS = 100
"""They cost some 700 requests beside the records, of the 1,000 of GITHUB_TOKEN's hour."""
PER_LOOK = 10
"""Deletions between two looks at everything."""
ASKED = 5
"""How many of the newest are asked for before a deletion."""

_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What prune is told."""

    token: str = secret(
        "${{ github.token }}",
        "What it reads and deletes with. Needs contents: write; for a dry run, contents: read.",
    )
    channels: tuple[str, ...] = declared(
        (),
        "The channels to prune, one a line, such as preview. Required; there is no word for all "
        "of them.",
        metavar="CHANNEL",
    )
    keep_last: str = declared(
        "1",
        "How many releases of each channel stay, the newest ones, however old they are; at least "
        "1.",
        metavar="NUMBER",
    )
    max_deletions: str = declared(
        "20", "How many releases one run deletes at most, 1 to 100.", metavar="NUMBER"
    )
    dry_run: bool = declared(True, "Say what would be deleted, and delete nothing.")
    format: str = printed(*FORMATS)
    repository: str = repository_option()
    api_url: str = api_url_option()


OUTPUTS: Mapping[str, str] = {
    "verdict": "pruned, nothing, planned or refused.",
    "deleted": "How many releases were deleted; in a dry run, would be.",
    "kept": "How many releases stay.",
    "left": "How many have outlived their retention and are left to the next run.",
    "tags": "The previews' own tags that went too, separated by commas.",
    "report": "The path of the full report, JSON.",
}

Context = connection.Context


def prune(inputs: Inputs, context: Context) -> Outcome:
    """Gather, decide, apply.

    Raises InputError for bad inputs, ForgeError where GitHub could not be asked or nothing is known
    to have been deleted. What was left unfinished after that is in the outcome's `failure`.
    """
    policy = _policy(inputs)
    forge = context.forge(inputs.token, repository=inputs.repository, api_url=inputs.api_url)
    return _Pruning(inputs, policy, context, forge).run()


# ---------------------------------------------------------------------------- inputs


def _policy(inputs: Inputs) -> Policy:
    if not inputs.channels:
        raise InputError(
            "`channels` is empty: name the channels to prune, such as preview, one a line. There "
            "is no word for all of them"
        )
    for name in inputs.channels:
        if not CHANNEL.fullmatch(name):
            raise InputError(
                "`channels` must be names of channels, such as preview, one a line; a pattern is "
                f"none: {name[:60]!r}"
            )
    return Policy(
        channels=tuple(dict.fromkeys(inputs.channels)),
        keep_last=_number("keep-last", inputs.keep_last, MAX_KEPT),
        cap=_number("max-deletions", inputs.max_deletions, MAX_DELETIONS),
    )


def _number(name: str, text: str, most: int) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise InputError(f"`{name}` must be a number from 1 to {most:,}; it is {text[:60]!r}")
    return int(text)


# ---------------------------------------------------------------------------- the run


class _Read(NamedTuple):
    """What a release's own record says, or why that cannot be told."""

    record: Record | None
    flaw: str


class _Refused(Exception):
    """What is there by now must not be decided on."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"{decision.reason}. {decision.remedy}")
        self.decision = decision


class _Pruning:
    """One run: what it may do, and what it has learned."""

    def __init__(self, inputs: Inputs, policy: Policy, context: Context, forge: Forge) -> None:
        self._inputs = inputs
        self._policy = policy
        self._context = context
        self._forge = forge
        self._read: dict[int, _Read] = {}
        """By the asset's id: no id is given out twice, and no asset's bytes are changed."""
        self._server: dt.datetime | None = None
        self._rows: dict[int, Row] = {}
        self._orphans: dict[str, Orphan] = {}
        self._notices: list[str] = []
        self._decided = Decision(Verdict.NOTHING, "")
        """The last one."""
        self._turns = 0
        """Deletions that were set about since everything was to be looked at."""
        self._refusals: list[ForgeError] = []
        """Why tags could not be deleted."""

    def run(self) -> Outcome:
        self._context.seam()
        decision = self._decision()
        self._take(decision)
        self._notices += decision.notices
        if decision.verdict is not Verdict.PLANNED:
            return self._outcome(decision)
        self._announce()
        if self._inputs.dry_run:
            return self._outcome(decision)
        try:
            failure = self._applied()
        except _Refused as stop:
            self._take(stop.decision)
            return self._outcome(stop.decision)
        return self._outcome(decision._replace(verdict=Verdict.PRUNED), failure)

    def _take(self, decision: Decision) -> None:
        self._rows = {row.release.id: row for row in decision.rows}
        self._orphans = {each.tag: each for each in decision.orphans}

    # ------------------------------------------------------------------ gather

    def _decision(self) -> Decision:
        return decide(self._facts(), self._policy)

    def _facts(self) -> Facts:
        listed = self._forge.releases()
        # The clocks are compared at one moment, before the records take their time.
        self._server = self._forge.server_date
        runner = dt.datetime.fromtimestamp(self._context.clock(), dt.UTC)
        latest = self._forge.latest_release()
        releases = self._releases(listed, latest)
        tags: dict[str, str] = {}
        for channel in self._policy.channels:
            tags |= self._forge.refs(f"{refs.TAGS}{channel}")
        return Facts(
            repository=self._forge.repository,
            releases=releases,
            tags={ref.removeprefix(refs.TAGS): sha for ref, sha in tags.items()},
            server=self._server,
            runner=runner,
        )

    def _releases(self, listed: Sequence[Shown], latest: int | None) -> tuple[Release, ...]:
        """The releases with their records, in the order of the list.

        Where there are more records than one run reads, it reads from both ends: from the newest
        on until it knows what stays of each channel, but no more than a half; then from the oldest.
        """
        found = {each.id: _release(each, is_latest=each.id == latest) for each in listed}
        shown = {each.id: each for each in listed}
        unread = deque(sorted((each for each in found.values() if each.can_go), key=age))
        lacking = Counter(dict.fromkeys(self._policy.channels, self._policy.keep_last))
        while unread:
            is_newest = bool(lacking) and len(self._read) < MAX_READ // 2
            bare = unread.pop() if is_newest else unread.popleft()
            release = self._with_record(bare, shown[bare.id])
            if release is None:
                del found[bare.id]
                continue
            found[bare.id] = release
            if release.record and is_of(release.record, self._forge.repository):
                lacking -= Counter([release.record.channel])
        return tuple(found.values())

    def _with_record(self, release: Release, shown: Shown) -> Release | None:
        """A release with its record; None where it has gone since it was listed."""
        if not release.can_go:
            return release
        asset = next(each for each in shown.assets if each.name == records.NAME)
        if asset.id not in self._read:
            if len(self._read) >= MAX_READ:
                return release
            try:
                self._read[asset.id] = self._record(asset)
            except NotFound:
                if self._forge.release(shown.id) is None:
                    return None
                self._read[asset.id] = _Read(None, "the release lists it, and it is not there")
        record, flaw = self._read[asset.id]
        return release._replace(record=record, flaw=flaw)

    def _record(self, asset: Asset) -> _Read:
        if not asset.is_uploaded:
            return _Read(None, "it has not arrived as a whole")
        if asset.size > records.MAX_BYTES:
            return _Read(None, f"it is larger than {records.MAX_BYTES:,} bytes")
        try:
            return _Read(records.parse(self._forge.download(asset, records.MAX_BYTES)), "")
        except ValueError as problem:
            return _Read(None, str(problem))

    # ------------------------------------------------------------------ apply

    def _announce(self) -> None:
        """The plan, before it is applied."""
        for row in self._rows.values():
            if row.word is Word.DELETE:
                self._context.tell(f"to delete: {row.release.tag} ({row.reason})")
        for orphan in self._orphans.values():
            if orphan.word is Word.DELETE:
                self._context.tell(f"to delete: the tag {orphan.tag} ({orphan.reason})")

    def _applied(self) -> str:
        """What could not be finished, in a sentence; empty where all was.

        Before anything is known to have been deleted it raises: ForgeError, _Refused, or
        KeyboardInterrupt where it was stopped.
        """
        again = "Run prune again, it goes on from what is there"
        try:
            # The record that names a tag may itself be the next to go.
            for orphan in [*self._orphans.values()]:
                if orphan.word is Word.DELETE:
                    self._context.seam()
                    self._sweep(orphan)
            self._turns = 0
            for row in [*self._rows.values()]:
                if row.word is Word.DELETE:
                    self._context.seam()
                    self._delete(row)
        except (ForgeError, _Refused, KeyboardInterrupt) as error:
            if not self._has_deleted:
                raise
            return f"Not all was deleted: {sentence(error) or 'the run was stopped'}. {again}"
        if self._refusals:
            tags = counted(len(self._refusals), "tag")
            return f"{tags} could not be deleted: {sentence(self._refusals[0])}. {again}"
        return ""

    @property
    def _has_deleted(self) -> bool:
        return any(row.is_done for row in self._rows.values()) or any(
            orphan.is_done for orphan in self._orphans.values()
        )

    def _fresh(self) -> Decision:
        """The decision on all that is there, anew for every tenth deletion."""
        if self._turns % PER_LOOK == 0:
            self._decided = self._decision()
            if self._decided.verdict is Verdict.REFUSED:
                raise _Refused(self._decided)
        self._turns += 1
        return self._decided

    def _delete(self, row: Row) -> None:
        """Delete a release and its own tag.

        What that rests on is looked at just before: what it stands beside may have gone, and
        whatever has changed by then keeps it.
        """
        release = row.release
        decision = self._fresh()
        now = row_of(decision.rows, release.id)
        if now is None:
            self._rows[release.id] = row._replace(word=Word.KEEP, reason="it is gone already")
            return
        reason = now.reason if now.word is Word.KEEP else self._doubt(now, release, decision)
        if reason:
            self._rows[release.id] = now._replace(word=Word.KEEP, reason=reason)
            return
        gone = row._replace(is_done=True, sha="")
        try:
            self._forge.delete_release(release.id)
        except (ForgeError, KeyboardInterrupt):
            # It may be gone, and only the answer lost.
            with contextlib.suppress(ForgeError, KeyboardInterrupt):
                if self._forge.release(release.id) is None:
                    self._rows[release.id] = gone
            raise
        self._rows[release.id] = gone
        self._context.tell(f"deleted {release.tag}")
        if now.sha and not self._stays(release.tag, now.sha):
            self._rows[release.id] = row._replace(is_done=True)

    def _doubt(self, now: Row, planned: Release, decision: Decision) -> str:
        """Why a release that may go by the list must stay; empty where there is no reason.

        GitHub's list of releases may be a moment old; a release that is asked for by its id is not.
        """
        if now.release != planned or not self._stands(now, planned.id):
            return "it has changed since it was planned"
        for release in now.newest[:ASKED]:
            newest = row_of(decision.rows, release)
            if newest is None or not self._stands(newest, release):
                return "it may be the newest of its channel by now"
        if self._forge.latest_release() == planned.id:
            return "GitHub shows it as the latest release"
        if now.sha and self._forge.where(refs.TAGS + planned.tag) != now.sha:
            return "its tag has changed since it was planned"
        return ""

    def _stands(self, row: Row, release: int) -> bool:
        """Whether a release is as the list has it."""
        shown = self._forge.release(release)
        if shown is None:
            return False
        return self._with_record(_release(shown, is_latest=False), shown) == row.release

    def _sweep(self, orphan: Orphan) -> None:
        """Delete a tag that an earlier run has left behind, unless a release has it."""
        now = next((each for each in self._fresh().orphans if each.tag == orphan.tag), None)
        if now is None:
            reason = "a release has it by now, or it is gone"
        elif now.word is Word.KEEP:
            reason = now.reason
        elif self._forge.release_by_tag(orphan.tag) is not None:
            reason = "a release has it"
        else:
            reason = self._stays(orphan.tag, orphan.sha)
        kept = orphan._replace(word=Word.KEEP, reason=reason)
        self._orphans[orphan.tag] = kept if reason else orphan._replace(is_done=True)

    def _stays(self, tag: str, sha: str) -> str:
        """Delete a tag: why that could not be, or empty."""
        try:
            self._forge.delete_ref(refs.TAGS + tag, sha)
        except NotFastForward as error:
            self._notices.append(sentence(error))
            return "it has moved"
        except (RefusedByRule, MissingPermission, Immutable) as error:
            # The rest need not wait for who may change that.
            self._refusals.append(error)
            return "GitHub refuses to delete it"
        self._context.tell(f"deleted the tag {tag}")
        return ""

    # ------------------------------------------------------------------ report

    def _outcome(self, decision: Decision, failure: str = "") -> Outcome:
        verdict, reason = decision.verdict, decision.reason
        if verdict is Verdict.PRUNED and not self._has_deleted:
            meanwhile = "what was to go has changed or gone meanwhile"
            verdict, reason = Verdict.NOTHING, "what was to go could not" if failure else meanwhile
        return Outcome(
            verdict=verdict,
            reason=reason,
            remedy=decision.remedy,
            rows=tuple(self._rows.values()),
            orphans=tuple(self._orphans.values()),
            notices=tuple(self._notices),
            policy=self._policy,
            server=self._server,
            failure=failure,
            dry_run=self._inputs.dry_run,
            requests=self._forge.requests,
        )


def _release(shown: Shown, *, is_latest: bool) -> Release:
    """A release as the rule knows it, its record not read yet."""
    # GitHub promises no order of the files.
    assets = sorted(shown.assets, key=lambda each: each.name)
    return Release(
        id=shown.id,
        tag=shown.tag,
        is_draft=shown.is_draft,
        is_prerelease=shown.is_prerelease,
        is_immutable=shown.is_immutable,
        is_latest=is_latest,
        published=_moment(shown.published),
        assets=tuple(File(each.name, each.size, each.digest, each.is_uploaded) for each in assets),
    )


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
