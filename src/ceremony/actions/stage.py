"""stage: carry a frozen version on to its next stage, with only the changes that the step allows.

Gather the frozen text and the one that is to follow it, show what differs, decide by the
transition's rule, freeze, apply in one move of refs, report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from ceremony.actions import freezing
from ceremony.actions.connection import api_url_option, main_input, repository_option
from ceremony.actions.freezing import (
    Context,
    Founding,
    Freezer,
    Held,
    Plan,
    Store,
    Survey,
    Wishes,
    config_input,
    dispatch_input,
    expect_input,
)
from ceremony.actions.inputs import declared, printed, secret
from ceremony.config import Config
from ceremony.documents import MAX_BYTES
from ceremony.forge import Forge
from ceremony.model import (
    Document,
    Finding,
    InputError,
    Kind,
    Place,
    Severity,
    Stage,
    Version,
)
from ceremony.records import blob_of
from ceremony.report.cutting import Outcome, Verdict
from ceremony.rules.criteria import Criterion, Standing
from ceremony.rules.criteria import Verdict as Word
from ceremony.rules.cut import asked_version
from ceremony.rules.freeze import Header, Source
from ceremony.rules.stage import Facts, StageDecision, asked_target, decide
from ceremony.workspace import Files, Unreadable, is_outside

SUMMARY = "Carry a frozen version on to its next stage, with only the changes that the step allows."
PART = "stage"
FORMATS = freezing.FORMATS

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What stage is told."""

    token: str = secret(
        "${{ github.token }}",
        "What it reads and writes with. The check needs contents: read; the step needs contents: "
        "write, pull-requests: write, and actions: write where it dispatches.",
    )
    from_: str = declared("", "The frozen version to start from, vX.Y.Z-STAGE.", metavar="VERSION")
    to: str = declared(
        "",
        "Where to go: beta, stable or patch, or a whole version such as 1.0.1-patch.",
        metavar="STAGE",
    )
    document: str = declared(
        "",
        "The text to freeze next: a file on the branch latest, or in the root where that is "
        "checked. Default: the frozen text, unchanged.",
        metavar="FILE",
    )
    feedback: str = declared(
        "",
        "Which feedback beta incorporates, in a sentence or by its address; recorded in the "
        "document's header.",
        metavar="TEXT",
    )
    root: str = declared(
        "",
        "A folder to check, relative to the workspace. Default: the branches on the server, or "
        "the workspace where there is no token.",
        metavar="FOLDER",
    )
    main: str = main_input()
    latest: str = declared(
        "",
        "The branch that the next stage starts from. Default: the configuration's, else latest.",
        metavar="BRANCH",
    )
    config: str = config_input()
    dispatch: tuple[str, ...] = dispatch_input("the configuration's, under `cut`")
    expect: str = expect_input()
    dry_run: bool = declared(
        True, "Only check, and say what would be done. False freezes the next stage."
    )
    format: str = printed(*FORMATS)
    repository: str = repository_option()
    api_url: str = api_url_option()


OUTPUTS: Mapping[str, str] = {
    "verdict": "go, no-go, staged, already-staged or refused.",
    "branch": "The next stage's release branch.",
    "document": "The frozen document's path.",
    "sha": "The commit that the release branch was created at; empty where it was not.",
    "source-blob": "The hashes of the frozen text and of the next, for the input expect.",
    **freezing.OUTPUTS,
}


def stage(inputs: Inputs, context: Context) -> Outcome:
    """Gather, decide, apply.

    Raises InputError for bad inputs, a bad configuration, a version that is not frozen or a text
    that cannot be frozen; ForgeError where GitHub could not be asked or nothing is known to have
    been done. What was left unfinished after the move is in the outcome's `failure`.
    """
    if not inputs.from_ or not inputs.to:
        raise InputError("`from` and `to` must both be given, such as v1.0.0-alpha and beta")
    if inputs.document and is_outside(inputs.document):
        raise InputError(f"`document` must be a path without `..`: {inputs.document[:80]!r}")
    source = asked_version(inputs.from_)
    wishes = freezing.wishes_of(inputs)
    # What does not depend on the versions that there are is said before anything is read.
    target = asked_target(inputs.to, source)
    step = _Step(inputs, wishes, context, source)
    return freezing.run(
        Outcome(PART, Verdict.REFUSED, target, origin=source),
        wishes,
        context,
        check=step.check,
        take=step.take,
    )


class _Pair(NamedTuple):
    """The text that is frozen, and the one that is to follow it."""

    frozen: Source
    candidate: Source


class _Texts(NamedTuple):
    """What a step is judged from."""

    frozen: Source
    candidate: Source
    amended: Document | None
    existing: Source | None
    commit: str
    """The commit that the candidate was read from."""
    blob: str
    """The candidate's hash."""
    before: str
    """The frozen text's."""
    ceremony: str
    """The hash of the ceremony document in force."""


class _Step:
    """One step: what was asked for."""

    def __init__(self, inputs: Inputs, wishes: Wishes, context: Context, source: Version) -> None:
        self._inputs = inputs
        self._wishes = wishes
        self._context = context
        self._source = source

    # ---- the check of a folder

    def check(self, forge: Forge | None) -> Outcome:
        """The verdict on a folder's documents; what the server knows comes from there."""
        seen = freezing.survey(forge, self._wishes) if forge else None
        here = freezing.local(self._wishes, self._context, seen.config if seen else None)
        held = here.held
        named = freezing.versions(freezing.names_of(held.found))
        known = seen.versions if seen else here.known
        all_known = named | (known or frozenset())
        path = held.frozen(self._source)
        if not path:
            raise InputError(
                f"{self._source.document} is not here: give a root that holds it, or a token"
            )
        frozen = held.source(path, kind=Kind.FROZEN, version=self._source)
        candidate = self._candidate(held.files, frozen)
        pair = _Pair(frozen, candidate)
        target = self._target(pair, all_known, lambda version: _source_of(held, version))
        amended = _amended(self._source, target, named)
        before = _source_of(held, amended) if amended else None
        texts = _Texts(
            frozen=frozen,
            candidate=candidate,
            amended=before.document if before else None,
            existing=_source_of(held, target),
            commit="0" * 40,
            blob=held.blob(candidate.document.path),
            before=held.blob(path),
            ceremony=held.blob(held.path_of(Kind.CEREMONY)),
        )
        decision = self._decide(target, texts, None if known is None else all_known)
        above, slash, _ = path.rpartition("/")
        place = f"{above}{slash}{target.document}"
        outcome = self._outcome(decision, texts, place, dry_run=True)
        if decision.verdict is Word.GO and not decision.is_done:
            outcome, _ = self._frozen(outcome, texts, here.config)
            if outcome.verdict is Verdict.GO:
                outcome = freezing.expected(outcome, self._wishes)
        return outcome._replace(
            notices=(*here.notices, *outcome.notices), requests=forge.requests if forge else 0
        )

    # ---- the server

    def take(self, forge: Forge) -> Outcome | None:
        """The outcome; None where the refs moved while they were acted on."""
        self._context.seam()
        seen = freezing.survey(forge, self._wishes)
        start = seen.branches.get(self._source.branch)
        if start is None:
            raise InputError(
                f"there is no branch {self._source.branch} to start from: cut it first"
            )
        if seen.latest_sha is None:
            raise InputError(f"there is no branch {seen.latest}: let `ceremony promote` create it")
        store = Store(forge)
        held = self._held(store, seen, seen.latest_sha)
        there = self._held(store, seen, seen.main_sha)
        own = self._held(store, seen, start)
        named = freezing.versions((*freezing.names_of(held.found), *freezing.names_of(there.found)))
        known = seen.versions | named
        path = self._path(own)
        above, slash, _ = path.rpartition("/")
        released = _Released(forge, seen, above + slash)
        frozen = own.source(path, kind=Kind.FROZEN, version=self._source)
        candidate = self._candidate(held.files, frozen)
        is_own = candidate is frozen
        target = self._target(_Pair(frozen, candidate), known, released.source)
        place = f"{above}{slash}{target.document}"
        amended = _amended(self._source, target, seen.versions)
        before = released.source(amended) if amended else None
        texts = _Texts(
            frozen=frozen,
            candidate=candidate,
            amended=before.document if before else None,
            existing=released.source(target),
            commit=start if is_own else seen.latest_sha,
            blob=(own if is_own else held).blob(candidate.document.path),
            before=own.blob(path),
            ceremony=held.blob(held.path_of(Kind.CEREMONY)),
        )
        decision = self._decide(target, texts, known)
        outcome = self._outcome(decision, texts, place, dry_run=self._wishes.dry_run)
        used = {self._source: frozen, amended: before, target: texts.existing}
        founded = released.founded(used, there)
        outcome = outcome._replace(commit=texts.commit, requests=forge.requests)
        broken = next((each for each in founded.values() if each.fault), None)
        if broken:
            return broken.refused(outcome, forge)
        plan = Plan(
            version=target,
            base=start if target.stage is Stage.PATCH else seen.latest_sha,
            path=place,
            text=texts.existing.text if texts.existing else "",
            adopted={},
            note=f"It follows `{self._source.branch}`.",
        )
        freezer = Freezer(forge, self._context, seen, self._wishes)
        if decision.is_done:
            if self._wishes.dry_run:
                return outcome
            is_adopted = bool(there.frozen(target))
            release = founded[target].commit
            return freezer.resume(plan, outcome, release, is_adopted=is_adopted)
        if decision.verdict is Word.NO_GO:
            return outcome
        outcome, text = self._frozen(outcome, texts, seen.config)
        steps = plan.steps(seen, freezing.started(self._wishes, seen))
        outcome = outcome._replace(plan=steps)
        if outcome.verdict is Verdict.GO:
            outcome = freezing.expected(outcome, self._wishes)
        if outcome.verdict is not Verdict.GO or self._wishes.dry_run:
            return outcome._replace(requests=forge.requests)
        outcome = outcome._replace(verdict=Verdict.STAGED)
        return freezer.apply(plan._replace(text=text), outcome)

    def _path(self, own: Held) -> str:
        """Where its own branch has the text to start from."""
        path = own.frozen(self._source)
        if not path:
            raise InputError(
                f"the branch {self._source.branch} holds no {self._source.document}: nothing is "
                "frozen there"
            )
        if sum(freezing.is_same(each.version, self._source) for each in own.found) > 1:
            raise InputError(
                f"the branch {self._source.branch} holds more than one {self._source.document}: "
                "remove the one that was not frozen"
            )
        return path

    def _held(self, store: Store, seen: Survey, sha: str) -> Held:
        """A commit's documents by name; those that are compared are read on their own."""
        return freezing.hold(store.tree(sha), seen.config, lambda _: False)

    # ---- both

    def _target(
        self,
        pair: _Pair,
        known: frozenset[Version],
        find: Callable[[Version], Source | None],
    ) -> Version:
        """The version asked for. A patch that holds this very text already is that patch."""
        target = asked_target(self._inputs.to, self._source, known)
        if self._inputs.to != Stage.PATCH:
            return target
        last = _amended(self._source, target, known)
        existing = find(last) if last else None
        if last is None or existing is None:
            return target
        facts = Facts(
            source=self._source,
            target=last,
            frozen=pair.frozen.document,
            candidate=pair.candidate.document,
            existing=existing.document,
        )
        return last if decide(facts).is_done else target

    def _candidate(self, files: Files, frozen: Source) -> Source:
        """The text that is to be frozen next."""
        path = self._inputs.document
        if not path:
            return frozen
        try:
            data = files.read(path, MAX_BYTES)
        except FileNotFoundError:
            raise InputError("does not exist; it is what `document` names", file=path) from None
        except Unreadable as error:
            raise InputError(f"{error}; `document` must be a regular file", file=path) from None
        return Source.of(path, data, kind=Kind.FROZEN, version=self._source)

    def _decide(
        self, target: Version, texts: _Texts, known: frozenset[Version] | None
    ) -> StageDecision:
        return decide(
            Facts(
                source=self._source,
                target=target,
                frozen=texts.frozen.document,
                candidate=texts.candidate.document,
                known=known,
                feedback=self._inputs.feedback,
                amended=texts.amended,
                existing=texts.existing.document if texts.existing else None,
            )
        )

    def _outcome(
        self, decision: StageDecision, texts: _Texts, place: str, *, dry_run: bool
    ) -> Outcome:
        verdict = Verdict.GO if decision.verdict is Word.GO else Verdict.NO_GO
        return Outcome(
            part=PART,
            verdict=Verdict.ALREADY_STAGED if decision.is_done else verdict,
            version=decision.target,
            origin=decision.source,
            document=place,
            source=texts.candidate.document.path,
            blob=f"{texts.before},{texts.blob}",
            criteria=decision.criteria,
            changes=decision.changes,
            skipped=decision.skipped,
            signatories=_signatories(texts.frozen.document),
            dry_run=dry_run,
        )

    def _frozen(self, outcome: Outcome, texts: _Texts, config: Config) -> tuple[Outcome, str]:
        """The text as it would be frozen, and the outcome with what the audit says of it."""
        is_beta = outcome.version.stage is Stage.BETA
        header = Header(
            version=outcome.version,
            date=self._context.today,
            commit=texts.commit,
            blob=texts.blob,
            ceremony=texts.ceremony,
            signatories=outcome.signatories,
            origin=self._source,
            feedback=self._inputs.feedback if is_beta else "",
        )
        before = [texts.frozen.document, *([texts.amended] if texts.amended else [])]
        ready = freezing.prepare(texts.candidate, header, outcome.document, before, config)
        criteria = [*outcome.criteria, ready.criterion]
        if outcome.version.stage is Stage.STABLE:
            criteria = [_to_the_byte(one, texts) for one in criteria]
        is_met = not any(one.standing is Standing.UNMET for one in criteria)
        verdict = outcome.verdict if is_met else Verdict.NO_GO
        return outcome._replace(criteria=tuple(criteria), verdict=verdict), ready.text


def _to_the_byte(criterion: Criterion, texts: _Texts) -> Criterion:
    """What was asked of the changes, where nothing at all may change, the ends of lines included.

    The rule compares lines, and a person sees nothing else; what is frozen is bytes.
    """
    if criterion.name != "changes-allowed" or criterion.standing is not Standing.MET:
        return criterion
    frozen, candidate = _lines(texts.frozen), _lines(texts.candidate)
    if frozen == candidate:
        return criterion
    both = enumerate(zip_longest(frozen, candidate))
    number = next(number for number, (one, other) in both if one != other)
    document = texts.candidate.document
    # The first entry is what stands in front of the text.
    line = (document.header_end or 1) + number - 1 if number else 1
    reason = Finding(
        rule=criterion.name,
        severity=Severity.ERROR,
        place=Place(file=document.path, line=min(line, len(document.lines))),
        message="the words are the same, and the bytes are not: other ends of lines, a byte order "
        "mark or blank lines at the end",
        help="Leave `document` out, which freezes the frozen text itself",
        subject=document.path,
    )
    return criterion._replace(
        standing=Standing.UNMET, says="the bytes differ from here on", reasons=(reason,)
    )


def _lines(source: Source) -> list[str]:
    """A byte order mark or nothing, then the lines from the one below the header on, with ends."""
    lines = _LINE.findall(source.text.removeprefix("\ufeff"))
    start = (source.document.header_end or 1) - 1
    return ["\ufeff" if source.text.startswith("\ufeff") else "", *lines[start:]]


def _amended(source: Version, target: Version, known: frozenset[Version]) -> Version | None:
    """The newest patch of the stable version before the one asked for."""
    if target.stage is not Stage.PATCH:
        return None
    earlier = [
        version
        for version in known
        if version.stage is Stage.PATCH
        and version.numbers[:2] == source.numbers[:2]
        and source.patch <= version.patch < target.patch
    ]
    return max(earlier, default=None)


def _source_of(held: Held, version: Version) -> Source | None:
    path = held.frozen(version)
    return held.source(path, kind=Kind.FROZEN, version=version) if path else None


class _Released:
    """The frozen documents as their own branches on the server hold them."""

    def __init__(self, forge: Forge, seen: Survey, home: str) -> None:
        self._forge = forge
        self._seen = seen
        self._home = home
        self._known: dict[str, Source | None] = {}

    def source(self, version: Version) -> Source | None:
        """A version's document; None where it has no branch, or that holds none."""
        name = version.branch
        if name not in self._known:
            self._known[name] = self._fetched(version)
        return self._known[name]

    def founded(
        self, used: Mapping[Version | None, Source | None], there: Held
    ) -> dict[Version, Founding]:
        """How those that there are came to their branches; `there` is main's documents."""
        return {
            version: freezing.founding(
                self._forge,
                self._seen,
                there,
                version,
                f"{self._home}{version.document}",
                blob_of(source.text.encode()),
            )
            for version, source in used.items()
            if version and source
        }

    def _fetched(self, version: Version) -> Source | None:
        sha = self._seen.branches.get(version.branch)
        path = f"{self._home}{version.document}"
        try:
            data = freezing.fetch(self._forge, path, sha) if sha else None
        except Unreadable:
            return None
        return None if data is None else Source.of(path, data, kind=Kind.FROZEN, version=version)


def _signatories(document: Document) -> tuple[str, ...]:
    """Who agreed, as the frozen text's own header says: a step asks nobody to sign again."""
    stated = document.meta("signatories")
    if stated is None or stated.value.is_placeholder:
        return ()
    names = (name.strip() for name in stated.value.plain.split(","))
    return tuple(name for name in names if name and name != "none named")
