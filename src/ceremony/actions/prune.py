"""prune: remove the releases that have outlived their retention, and nothing else.

Gather all releases and their own records, decide by the rule, and before each deletion gather and
decide once more. A run that was cut off anywhere is made good by the next one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ceremony.actions import connection
from ceremony.actions.connection import api_url_option, repository_option, sentence
from ceremony.actions.inputs import declared, printed, secret
from ceremony.forge import Asset, Forge, ForgeError, NotFastForward, NotFound
from ceremony.forge import Release as Shown
from ceremony.model import InputError
from ceremony.rules import record as records
from ceremony.rules import refs
from ceremony.rules.channels import CHANNEL
from ceremony.rules.prune import Asset as File
from ceremony.rules.prune import (
    Decision,
    Facts,
    Orphan,
    Outcome,
    Policy,
    Release,
    Row,
    Verdict,
    Word,
    decide,
    row_of,
)
from ceremony.rules.record import Record

SUMMARY = "Remove the releases that have outlived their retention, and nothing else."
FORMATS = ("text", "json", "markdown")
MAX_KEPT = 1_000
MAX_DELETIONS = 100
"""A run's requests are to fit into an hour of GITHUB_TOKEN's."""

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

    def run(self) -> Outcome:
        self._context.seam()
        decision = self._decision()
        self._rows = {row.release.id: row for row in decision.rows}
        self._orphans = {each.tag: each for each in decision.orphans}
        self._notices += decision.notices
        if decision.verdict is not Verdict.PLANNED:
            return self._outcome(decision)
        self._announce()
        if self._inputs.dry_run:
            return self._outcome(decision)
        try:
            failure = self._applied()
        except _Refused as stop:
            self._rows, self._orphans = {}, {}
            return self._outcome(stop.decision)
        return self._outcome(decision._replace(verdict=Verdict.PRUNED), failure)

    # ------------------------------------------------------------------ gather

    def _decision(self) -> Decision:
        return decide(self._facts(), self._policy)

    def _facts(self) -> Facts:
        listed = self._forge.releases()
        # The clocks are compared at one moment, before the records take their time.
        self._server = self._forge.server_date
        runner = dt.datetime.fromtimestamp(self._context.clock(), dt.UTC)
        latest = self._forge.latest_release()
        releases = (self._release(each, is_latest=each.id == latest) for each in listed)
        tags: dict[str, str] = {}
        for channel in self._policy.channels:
            tags |= self._forge.refs(f"{refs.TAGS}{channel}-")
        return Facts(
            repository=self._forge.repository,
            releases=tuple(each for each in releases if each is not None),
            tags={ref.removeprefix(refs.TAGS): sha for ref, sha in tags.items()},
            server=self._server,
            runner=runner,
        )

    def _release(self, shown: Shown, *, is_latest: bool) -> Release | None:
        """A release with its record; None where it has gone since it was listed."""
        release = Release(
            id=shown.id,
            tag=shown.tag,
            is_draft=shown.is_draft,
            is_prerelease=shown.is_prerelease,
            is_immutable=shown.is_immutable,
            is_latest=is_latest,
            published=_moment(shown.published),
            assets=tuple(
                File(each.name, each.size, each.digest, each.is_uploaded) for each in shown.assets
            ),
        )
        if not release.can_go:
            return release
        asset = next(each for each in shown.assets if each.name == records.NAME)
        if asset.id not in self._read:
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
        try:
            for row in [*self._rows.values()]:
                if row.word is Word.DELETE:
                    self._context.seam()
                    self._delete(row)
            for orphan in [*self._orphans.values()]:
                if orphan.word is Word.DELETE:
                    self._context.seam()
                    self._sweep(orphan)
        except (ForgeError, _Refused, KeyboardInterrupt) as error:
            if not self._has_deleted:
                raise
            why = sentence(error) or "the run was stopped"
            return f"Not all was deleted: {why}. Run prune again, it goes on from what is there"
        return ""

    @property
    def _has_deleted(self) -> bool:
        return any(row.is_done for row in self._rows.values()) or any(
            orphan.is_done for orphan in self._orphans.values()
        )

    def _delete(self, row: Row) -> None:
        """Delete a release and its own tag.

        All is read and decided once more just before: what it stands beside may have gone, and
        whatever has changed by then keeps it.
        """
        release = row.release
        decision = self._decision()
        if decision.verdict is Verdict.REFUSED:
            raise _Refused(decision)
        now = row_of(decision.rows, release.id)
        if now is None:
            self._rows[release.id] = row._replace(word=Word.KEEP, reason="it is gone already")
            return
        reason = now.reason if now.word is Word.KEEP else self._doubt(now, release, decision)
        if reason:
            self._rows[release.id] = now._replace(word=Word.KEEP, reason=reason)
            return
        self._forge.delete_release(release.id)
        self._rows[release.id] = row._replace(is_done=True, sha="")
        self._context.tell(f"deleted {release.tag}")
        if now.sha and self._has_deleted_tag(release.tag, now.sha):
            self._rows[release.id] = row._replace(is_done=True)

    def _doubt(self, now: Row, planned: Release, decision: Decision) -> str:
        """Why a release that may go by the list must stay; empty where there is no reason.

        GitHub's list of releases may be a moment old; a release that is asked for by its id is not.
        """
        if now.release != planned or not self._stands(now, planned.id):
            return "it has changed since it was planned"
        newest = row_of(decision.rows, now.newest)
        if newest is None or not self._stands(newest, now.newest):
            return "it may be the newest of its channel by now"
        return ""

    def _stands(self, row: Row, release: int) -> bool:
        """Whether a release is as the list has it."""
        shown = self._forge.release(release)
        return shown is not None and self._release(shown, is_latest=False) == row.release

    def _sweep(self, orphan: Orphan) -> None:
        """Delete a tag that an earlier run has left behind, unless a release has it."""
        if self._forge.release_by_tag(orphan.tag) is not None:
            kept = orphan._replace(word=Word.KEEP, reason="a release has it")
            self._orphans[orphan.tag] = kept
        elif self._has_deleted_tag(orphan.tag, orphan.sha):
            self._orphans[orphan.tag] = orphan._replace(is_done=True)
        else:
            self._orphans[orphan.tag] = orphan._replace(word=Word.KEEP, reason="it has moved")

    def _has_deleted_tag(self, tag: str, sha: str) -> bool:
        try:
            self._forge.delete_ref(refs.TAGS + tag, sha)
        except NotFastForward as error:
            self._notices.append(sentence(error))
            return False
        self._context.tell(f"deleted the tag {tag}")
        return True

    # ------------------------------------------------------------------ report

    def _outcome(self, decision: Decision, failure: str = "") -> Outcome:
        verdict, reason = decision.verdict, decision.reason
        if verdict is Verdict.PRUNED and not self._has_deleted:
            verdict, reason = Verdict.NOTHING, "what was to go has changed or gone meanwhile"
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


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
