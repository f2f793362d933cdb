"""cut: is this version's agreement mature? Then freeze it: document, branch, the next cycle.

Gather the documents (as they are on the server's latest, or in a folder for a check), decide by
the rule, freeze and let the audit read what would be frozen, apply in one move of refs, report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ceremony.actions import freezing
from ceremony.actions.connection import (
    api_url_option,
    main_input,
    repository_option,
    sentence,
)
from ceremony.actions.freezing import (
    Context,
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
from ceremony.forge import Forge, MissingPermission, NotFound
from ceremony.model import Finding, InputError, Kind, Place, Severity, Version
from ceremony.records import blob_of
from ceremony.report.cutting import Outcome, Verdict
from ceremony.rules import manifests
from ceremony.rules.audit.registry import Project
from ceremony.rules.criteria import Criterion, Standing
from ceremony.rules.criteria import Verdict as Word
from ceremony.rules.cut import (
    Asked,
    CutDecision,
    Facts,
    asked_version,
    decide,
)
from ceremony.rules.freeze import Header, Reset, Source, reset
from ceremony.rules.reviews import approvals
from ceremony.workspace import Unreadable

SUMMARY = "Is this version's agreement mature? Then freeze it: document, branch, the next cycle."
PART = "cut"
FORMATS = freezing.FORMATS

_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What cut is told."""

    token: str = secret(
        "${{ github.token }}",
        "What it reads and writes with. The check needs contents: read; the cut needs contents: "
        "write, pull-requests: write, and actions: write where it dispatches.",
    )
    version: str = declared(
        "", "The version to cut, X.Y.Z-STAGE, such as 1.0.0-alpha.", metavar="VERSION"
    )
    root: str = declared(
        "",
        "A folder to check, relative to the workspace. Default: the branch latest on the server, "
        "or the workspace where there is no token.",
        metavar="FOLDER",
    )
    main: str = main_input()
    latest: str = declared(
        "", "The branch to cut from. Default: the configuration's, else latest.", metavar="BRANCH"
    )
    config: str = config_input()
    pull_request: str = declared(
        "",
        "The number of the pull request that brought the agreement, merged or open. Where the "
        "configuration sets maintainer-approvals, its approvals count, and the token needs "
        "pull-requests: read. Default: the one that the event is about.",
        metavar="NUMBER",
    )
    dispatch: tuple[str, ...] = dispatch_input("the configuration's")
    expect: str = expect_input()
    dry_run: bool = declared(
        True, "Only check, and say what would be done. False freezes the version."
    )
    format: str = printed(*FORMATS)
    repository: str = repository_option()
    api_url: str = api_url_option()


OUTPUTS: Mapping[str, str] = {
    "verdict": "go, no-go, cut, already-cut or refused.",
    "branch": "The version's release branch.",
    "document": "The frozen document's path.",
    "sha": "The commit that the release branch was created at; empty where it was not.",
    "source-blob": "The hash of the text that was judged, for the input expect of the cut.",
    **freezing.OUTPUTS,
}


def cut(inputs: Inputs, context: Context) -> Outcome:
    """Gather, decide, apply.

    Raises InputError for bad inputs, a bad configuration or a text that cannot be frozen,
    ForgeError where GitHub could not be asked or nothing is known to have been done. What was
    left unfinished after the move is in the outcome's `failure`.
    """
    if not inputs.version:
        raise InputError("`version` is missing: say which to cut, such as 1.0.0-alpha")
    version = asked_version(inputs.version)
    if inputs.pull_request and not _NUMBER.fullmatch(inputs.pull_request):
        raise InputError(
            f"`pull-request` must be a number, such as 42: {inputs.pull_request[:80]!r}"
        )
    # An event's own pull request is what is being looked at, whatever a workflow names.
    number = context.pull_request or int(inputs.pull_request or 0)
    wishes = freezing.wishes_of(inputs)
    return freezing.run(
        Outcome(PART, Verdict.REFUSED, version),
        wishes,
        context,
        check=lambda forge: _checked(version, wishes, context, forge, number),
        take=lambda forge: _Cut(version, wishes, context, forge, number).run(),
    )


# ---------------------------------------------------------------------------- the check of a folder


def _checked(
    version: Version, wishes: Wishes, context: Context, forge: Forge | None, number: int
) -> Outcome:
    """The verdict on a folder's documents; what the server knows comes from there."""
    seen = freezing.survey(forge, wishes) if forge else None
    here = freezing.local(wishes, context, seen.config if seen else None)
    held = here.held
    latest = held.one(Kind.LATEST)
    ids = _blocker_ids(held)
    exists = seen.latest_sha is not None if seen else here.latest_exists
    approved, asked = _asked(here.config, forge, number, _is_anything)
    decision = decide(
        Facts(
            project=_project(held, here.config, context),
            version=version,
            today=context.today,
            known=seen.versions if seen else here.known,
            latest_exists=exists,
            latest_proven=seen.is_proven if seen else None,
            documents_agree=here.documents_agree,
            approvals=approved,
            asked=asked,
            opened=freezing.opened(here.history, latest.path if latest else "", ids),
        )
    )
    outcome = _with_config(_outcome(decision, held, dry_run=True), held, here.config)
    if outcome.verdict is Verdict.GO:
        commit = seen.latest_sha if seen and seen.latest_sha else "0" * 40
        outcome, _ = _frozen(outcome, decision, held, here.config, commit)
        outcome = _with_reset(outcome, _next_cycle(held, decision))
        outcome = freezing.expected(outcome, wishes)
    notices = (*here.notices, *outcome.notices)
    return outcome._replace(notices=notices, requests=forge.requests if forge else 0)


def _blocker_ids(held: Held) -> tuple[str, ...]:
    project = Project(documents=held.documents)
    return tuple(blocker.id for blocker in project.latest.blockers) if project.latest else ()


def _project(held: Held, config: Config, context: Context) -> Project:
    return Project(
        documents=held.documents,
        layout=config.layout,
        as_of=context.today,
        options=config.options,
    )


# ---------------------------------------------------------------------------- approvals

_NOBODY: frozenset[str] = frozenset()


def _is_anything(_sha: str) -> bool:
    """Whether a commit holds the text of a folder: nothing is frozen by it, so that it may differ.

    A checkout may be a merge that nobody has reviewed as such, and may have other line ends.
    """
    return True


def _asked(
    config: Config, forge: Forge | None, number: int, is_text: Callable[[str], bool]
) -> tuple[frozenset[str], Asked | None]:
    """Who approved the pull request, where the configuration asks for it; else nothing is read.

    `is_text` says whether a commit holds the text that is judged.
    """
    if not config.cut.maintainer_approvals:
        return _NOBODY, None
    if not number:
        return _NOBODY, Asked(
            unread="`cut.maintainer-approvals` is set and no pull request is named: give "
            "`pull-request` the number of the one that brought the agreement"
        )
    if forge is None:
        return _NOBODY, Asked(
            unread="the approvals that `cut.maintainer-approvals` asks for are on the server: "
            "give a token that has pull-requests: read"
        )
    try:
        pull = forge.pull(number)
        if pull is None:
            return _NOBODY, Asked(misfit=f"There is no pull request {number} in this repository")
        misfit = ""
        bases = (config.layout.main_branch, config.layout.latest_branch)
        if pull.base not in bases:
            misfit = f"leads neither to {' nor to '.join(bases)}"
        elif pull.state != "open" and not pull.is_merged:
            misfit = "was closed without being merged"
        elif not _holds(pull.head_sha, is_text):
            misfit = "holds another text than the one to be frozen, which nobody approved by it"
        if misfit:
            return _NOBODY, Asked(misfit=f"The pull request {number} {misfit}")
        return approvals(forge.reviews(number), pull.head_sha), Asked(author=pull.author)
    except MissingPermission as error:
        return _NOBODY, Asked(unread=f"the approvals cannot be read: {sentence(error)}")


def _holds(sha: str, is_text: Callable[[str], bool]) -> bool:
    try:
        return bool(sha) and is_text(sha)
    except NotFound:
        return False


# ---------------------------------------------------------------------------- the cut


class _Cut:
    """One reading of the server, and what follows from it."""

    def __init__(
        self, version: Version, wishes: Wishes, context: Context, forge: Forge, number: int
    ) -> None:
        self._version = version
        self._number = number
        self._wishes = wishes
        self._context = context
        self._forge = forge
        self._store = Store(forge)

    def run(self) -> Outcome | None:
        """The outcome; None where the refs moved while they were acted on."""
        self._context.seam()
        seen = freezing.survey(self._forge, self._wishes)
        # Without latest there is nothing to cut; what main has can still be judged.
        commit = seen.latest_sha or seen.main_sha
        held = self._held(seen, commit)
        there = self._held(seen, seen.main_sha)
        latest = held.path_of(Kind.LATEST)
        same = bool(latest) and held.blob(latest) == there.blob(there.path_of(Kind.LATEST))
        frozen, blob = self._released(seen, held)
        known = seen.versions | freezing.versions(
            (*freezing.names_of(held.found), *freezing.names_of(there.found))
        )
        project = Project(
            documents=freezing.documents(held, [frozen.document] if frozen else []),
            layout=seen.config.layout,
            as_of=self._context.today,
            options=seen.config.options,
        )
        approved, asked = _asked(
            seen.config, self._forge, self._number, lambda sha: self._is_at(sha, held)
        )
        decision = decide(
            Facts(
                project=project,
                version=self._version,
                today=self._context.today,
                known=known,
                latest_exists=seen.latest_sha is not None,
                latest_proven=seen.is_proven,
                documents_agree=same,
                approvals=approved,
                asked=asked,
            )
        )
        outcome = _outcome(decision, held, dry_run=self._wishes.dry_run)
        outcome = outcome._replace(commit=commit, requests=self._forge.requests)
        if decision.is_done:
            return self._again(seen, there, decision, outcome, (frozen, blob))
        outcome = _with_config(outcome, held, seen.config)
        if outcome.verdict is Verdict.NO_GO:
            return outcome._replace(requests=self._forge.requests)
        outcome, text = _frozen(outcome, decision, held, seen.config, commit)
        plan, outcome = self._plan(seen, there, decision, outcome, text)
        if outcome.verdict is Verdict.GO:
            outcome = freezing.expected(outcome, self._wishes)
        if outcome.verdict is not Verdict.GO or self._wishes.dry_run:
            return outcome._replace(requests=self._forge.requests)
        unchecked = [one for one in outcome.criteria if one.standing is Standing.NOT_CHECKED]
        if unchecked:
            return outcome._replace(
                verdict=Verdict.REFUSED,
                reason=f"not everything could be looked at: {unchecked[0].says}",
                requests=self._forge.requests,
            )
        return self._freezer(seen).apply(plan, outcome._replace(verdict=Verdict.CUT))

    def _plan(
        self, seen: Survey, there: Held, decision: CutDecision, outcome: Outcome, text: str
    ) -> tuple[Plan, Outcome]:
        """What is to be written, and the outcome that shows it.

        main begins its next cycle only where it holds the very text that is frozen: else what
        came to it since would be taken out with what was agreed.
        """
        adopted: dict[str, str] = {}
        note = _KEPT
        if Standing.MET in {one.standing for one in decision.beside if one.name == _AGREE}:
            begun = _next_cycle(there, decision)
            outcome = _with_reset(outcome, begun)
            adopted = {there.path_of(Kind.LATEST): begun.latest}
            if there.path_of(Kind.MAIN):
                adopted[there.path_of(Kind.MAIN)] = begun.main
            note = _BEGUN
        else:
            said = (
                f"`{seen.main}` holds another text than `{seen.latest}`: the pull request brings "
                "the frozen document alone, and the next cycle is begun by hand"
            )
            outcome = outcome._replace(notices=(*outcome.notices, said))
        plan = Plan(
            version=decision.version,
            base=seen.latest_sha or "",
            path=outcome.document,
            text=text,
            adopted=adopted,
            note=note,
        )
        steps = plan.steps(seen, freezing.started(self._wishes, seen))
        return plan, outcome._replace(plan=steps)

    def _is_at(self, sha: str, held: Held) -> bool:
        """Whether a commit holds the very text that is to be frozen."""
        path = held.path_of(Kind.LATEST)
        return self._store.tree(sha).blob(path) == held.blob(path)

    def _freezer(self, seen: Survey) -> Freezer:
        return Freezer(self._forge, self._context, seen, self._wishes)

    def _held(self, seen: Survey, sha: str) -> Held:
        """A commit's documents; of the frozen ones only the names are needed."""
        wanted = {Kind.LATEST, Kind.MAIN}
        return freezing.hold(self._store.tree(sha), seen.config, lambda each: each.kind in wanted)

    def _released(self, seen: Survey, held: Held) -> tuple[Source | None, str]:
        """What is frozen under the version on its own branch, and the hash of that."""
        release = seen.branches.get(self._version.branch, "")
        path = f"{held.home}{self._version.document}"
        if not release:
            return None, ""
        try:
            data = freezing.fetch(self._forge, path, release)
        except Unreadable:
            data = None
        if data is None:
            return None, ""
        source = Source.of(path, data, kind=Kind.FROZEN, version=self._version)
        return source, blob_of(data)

    def _again(
        self,
        seen: Survey,
        there: Held,
        decision: CutDecision,
        outcome: Outcome,
        released: tuple[Source | None, str],
    ) -> Outcome:
        """The same cut once more: what an earlier run could not finish is finished."""
        frozen, blob = released
        if frozen is None:
            return outcome
        founded = freezing.founding(
            self._forge, seen, there, self._version, frozen.document.path, blob
        )
        if founded.fault:
            return founded.refused(outcome, self._forge)
        if self._wishes.dry_run:
            return outcome._replace(requests=self._forge.requests)
        release = founded.commit
        if there.frozen(self._version):
            plan = Plan(self._version, "", outcome.document, frozen.text, {}, "")
            return self._freezer(seen).resume(plan, outcome, release, is_adopted=True)
        plan, shown = self._plan(seen, there, decision, outcome, frozen.text)
        return self._freezer(seen).resume(plan, shown, release, is_adopted=False)


_AGREE = "documents-agree"
_BEGUN = (
    "`MILESTONES.latest.md` begins its next cycle with it: what was agreed moves out, what was "
    "deferred becomes a proposal, and the signatures are open again. The changes of this pull "
    "request show all of it."
)
_KEPT = (
    "`MILESTONES.latest.md` is another text on main than the one that was frozen, so it stays as "
    "it is: begin its next cycle by hand."
)


# ---------------------------------------------------------------------------- the outcome


def _outcome(decision: CutDecision, held: Held, *, dry_run: bool) -> Outcome:
    """What the decision says; whether anything follows is the caller's to say."""
    verdict = Verdict.GO if decision.verdict is Word.GO else Verdict.NO_GO
    return Outcome(
        part=PART,
        verdict=Verdict.ALREADY_CUT if decision.is_done else verdict,
        version=decision.version,
        document=f"{held.home}{decision.version.document}",
        source=held.path_of(Kind.LATEST),
        blob=held.blob(held.path_of(Kind.LATEST)),
        criteria=decision.criteria,
        beside=decision.beside,
        blockers=decision.blockers,
        reported=decision.reported,
        milestones=decision.milestones,
        left_out=decision.left_out,
        signatories=decision.signatories,
        dry_run=dry_run,
    )


def _with_config(outcome: Outcome, held: Held, config: Config) -> Outcome:
    """The outcome with what the project itself asks of a cut."""
    if outcome.verdict is Verdict.ALREADY_CUT:
        return outcome
    criteria = list(outcome.criteria)
    notices = list(outcome.notices)
    if config.cut.manifests:
        judged = manifests.judge(outcome.version, config.cut.manifests, _texts(held, config))
        notices += [one.notice for one in judged if one.notice]
        criteria.append(_manifests(judged))
    unmet = any(one.standing is Standing.UNMET for one in criteria)
    return outcome._replace(
        verdict=Verdict.NO_GO if unmet else outcome.verdict,
        criteria=tuple(criteria),
        notices=tuple(notices),
    )


def _texts(held: Held, config: Config) -> dict[str, bytes | None]:
    """The manifests' bytes; None where there is no such regular file."""
    found: dict[str, bytes | None] = {}
    for one in config.cut.manifests:
        try:
            found[one.path] = held.files.read(one.path, manifests.MAX_BYTES)
        except (FileNotFoundError, Unreadable):
            found[one.path] = None
    return found


def _manifests(judged: Sequence[manifests.Judgement]) -> Criterion:
    name, title = "manifests-carry-version", "The manifests carry the version"
    reasons = tuple(
        Finding(
            rule=name,
            severity=Severity.ERROR,
            place=Place(file=one.path, line=one.line),
            message=one.message,
            help=one.help,
            subject=f"{one.path} {one.key}",
        )
        for one in judged
        if not one.ok
    )
    if reasons:
        says = f"{len(reasons)} of {len(judged)} carry another version, or none"
        return Criterion(name, title, Standing.UNMET, says, reasons)
    places = tuple(Place(file=one.path, line=one.line) for one in judged)
    return Criterion(name, title, Standing.MET, f"all {len(judged)} do", (), places)


def _frozen(
    outcome: Outcome, decision: CutDecision, held: Held, config: Config, commit: str
) -> tuple[Outcome, str]:
    """The text as it would be frozen, and the outcome with what the audit says of it."""
    path = held.path_of(Kind.LATEST)
    header = Header(
        version=decision.version,
        date=decision.today,
        commit=commit,
        blob=held.blob(path),
        ceremony=held.blob(held.path_of(Kind.CEREMONY)),
        signatories=decision.signatories,
    )
    source = held.source(path, kind=Kind.LATEST)
    ready = freezing.prepare(source, header, outcome.document, (), config)
    criteria = (*outcome.criteria, ready.criterion)
    verdict = outcome.verdict if not ready.criterion.reasons else Verdict.NO_GO
    return outcome._replace(criteria=criteria, verdict=verdict), ready.text


def _next_cycle(held: Held, decision: CutDecision) -> Reset:
    latest, main = held.path_of(Kind.LATEST), held.path_of(Kind.MAIN)
    return reset(
        held.source(latest, kind=Kind.LATEST),
        held.source(main, kind=Kind.MAIN) if main else None,
        decision,
    )


def _with_reset(outcome: Outcome, begun: Reset) -> Outcome:
    return outcome._replace(
        edits=begun.edits, mentions=begun.mentions, proposals=tuple(begun.proposals.items())
    )
