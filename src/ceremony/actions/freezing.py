"""What cut and stage share: the facts about the documents, and one act that freezes a text.

The act is one move of refs: the release branch with the frozen document, and the branch that
brings the document to main. What comes before it leaves nothing behind, and what comes after it
is made good by the next run.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ceremony import config as configuration
from ceremony import discovery
from ceremony.actions import connection
from ceremony.actions.connection import check, sentence
from ceremony.actions.history import gather as gather_past
from ceremony.actions.inputs import declared
from ceremony.config import Config
from ceremony.documents import MAX_BYTES
from ceremony.forge import (
    Branches,
    Forge,
    ForgeError,
    MissingPermission,
    Move,
    NotFastForward,
    NotFound,
    RefusedByRule,
)
from ceremony.git import GitError, Repository
from ceremony.model import Document, InputError, Kind, Severity, Version
from ceremony.records import Entry, blob_of
from ceremony.report.cutting import Outcome, PullRequest, Verdict
from ceremony.rules import refs
from ceremony.rules.audit import run as audit
from ceremony.rules.audit.past import History
from ceremony.rules.audit.registry import Project
from ceremony.rules.criteria import Criterion, Standing
from ceremony.rules.events import freezing_refused
from ceremony.rules.evidence import Candidate, is_green
from ceremony.rules.freeze import Header, Source, freeze
from ceremony.rules.promote import policy
from ceremony.rules.promotion import Moved
from ceremony.workspace import Checkout, Files, Unreadable, below, is_outside

FORMATS = ("text", "json", "markdown", "sarif")
ROUNDS = 5
"""How often it starts again because somebody else moved what it had read."""
ADOPTING = "ceremony/"
"""What the names of the branches begin with that bring frozen documents to main."""

_HASHES = re.compile(r"[0-9a-f]{40,64}(?:,[0-9a-f]{40,64})?", re.ASCII)


OUTPUTS: Mapping[str, str] = {
    "pull-request": "The number of the pull request that brings the document to main.",
    "dispatched": "The workflows that were started, separated by commas.",
    "report": "The path of the full report, JSON.",
}
"""The outputs of both parts after their own."""


def dispatch_input(default: str) -> Any:
    """The input that says what is started on the new branch; `default` says whose word holds."""
    return declared(
        (),
        "Workflows to start on the new branch, one a line, by file name: the workflow's own token "
        f"starts none by creating it. Default: {default}.",
        metavar="FILE",
    )


def expect_input() -> Any:
    """The input that ties what was checked to what is frozen."""
    return declared(
        "",
        "What an earlier check gave as its output source-blob: another text than that is refused. "
        "Default: any text.",
        metavar="HASH",
    )


def config_input() -> Any:
    """The input that says where the configuration is."""
    return declared(
        "",
        "The configuration's path on the branch latest, as it is on the server; of a folder that "
        "is checked without a token, its own. Default: .github/ceremony.yml.",
        metavar="FILE",
    )


@dataclass(frozen=True, kw_only=True)
class Context(connection.Context):
    """What the run knows beside its inputs."""

    workspace: Path
    """The folder that relative paths start from."""
    is_pull_request: bool = False
    """Whether what is checked out may be a proposal."""
    untrusted: str = ""
    """Why no checkout may be judged under this event; empty where one may."""
    pull_request: int = 0
    """The number of the pull request that the event is about; 0 for none."""


class Wishes(NamedTuple):
    """The inputs that cut and stage share."""

    token: str
    root: str
    main: str
    latest: str
    config: str
    dispatch: tuple[str, ...]
    dry_run: bool
    repository: str
    api_url: str
    expect: str
    """The hashes of the texts that an earlier check saw; empty where any will do."""

    def checked(self) -> Wishes:
        """Themselves. Raises InputError for what no input may be."""
        check(main=self.main, latest=self.latest, dispatch=self.dispatch)
        if self.config and is_outside(self.config):
            raise InputError(f"`config` must be a path without `..`: {self.config[:80]!r}")
        if self.expect and not _HASHES.fullmatch(self.expect):
            raise InputError(
                "`expect` must be what an earlier check gave as its output `source-blob`: "
                f"{self.expect[:80]!r}"
            )
        if self.root and not self.dry_run:
            raise InputError(
                "`root` is for the check alone: what is frozen is the text on the server, never a "
                "checkout's. Leave it out, or ask for a dry run"
            )
        return self


def expected(outcome: Outcome, wishes: Wishes) -> Outcome:
    """The outcome; refused where other texts were judged than an earlier check had seen."""
    if wishes.expect in {"", outcome.blob}:
        return outcome
    return outcome._replace(
        verdict=Verdict.REFUSED,
        reason="the text is not the one that the check saw: it changed since",
        remedy="Run the check again, and have its result looked at",
    )


def wishes_of(inputs: Any) -> Wishes:
    """The inputs that cut and stage share. Raises InputError for what no input may be."""
    return Wishes(**{name: getattr(inputs, name) for name in Wishes._fields}).checked()


def run(
    blank: Outcome,
    wishes: Wishes,
    context: Context,
    *,
    check: Callable[[Forge | None], Outcome],
    take: Callable[[Forge], Outcome | None],
) -> Outcome:
    """What is asked for: a folder checked, or `take` on the server, again while something moves.

    `blank` is the refusal that lacks its reason only.
    """
    if not wishes.dry_run:
        refused = freezing_refused(context.event, is_pull_request=context.is_pull_request)
        if refused:
            return blank._replace(reason=refused, dry_run=False)
    forge = connect(wishes, context)
    if forge is None or wishes.root:
        return blank._replace(reason=context.untrusted) if context.untrusted else check(forge)
    for lost in range(ROUNDS):
        outcome = take(forge)
        if outcome is not None:
            return outcome
        context.tell("something moved meanwhile: reading again")
        context.sleep(lost + 1)
    return blank._replace(
        reason=f"the branches moved during each of {ROUNDS} readings",
        remedy="Run it again",
        dry_run=False,
        requests=forge.requests,
    )


def connect(wishes: Wishes, context: Context) -> Forge | None:
    """The repository on the server; None where there is no token, or nobody says which it is.

    Raises InputError where something is to be written and either is missing.
    """
    is_known = wishes.token and (wishes.repository or context.repository)
    if wishes.dry_run and not is_known:
        return None
    return context.forge(wishes.token, repository=wishes.repository, api_url=wishes.api_url)


# ---------------------------------------------------------------------------- the server's files


def fetch(forge: Forge, path: str, sha: str) -> bytes | None:
    """A file as a commit on the server holds it, to the byte; None where it does not.

    Raises Unreadable for what is no regular file of at most 1 MB, and ForgeError.
    """
    try:
        found = forge.contents(path, sha)
    except NotFound:
        return None
    if isinstance(found, list) or found.kind != "file":
        raise Unreadable("is a folder" if isinstance(found, list) else "is a link or a submodule")
    if found.content is None:
        raise Unreadable("is larger than the 1 MB that GitHub's API gives")
    return found.content


class Store:
    """What was read of a repository on the server; what two commits share is asked for once."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._files: dict[str, bytes] = {}
        self._folders: dict[str, Mapping[str, Entry]] = {}

    def tree(self, sha: str) -> ServerTree:
        """The files of a commit."""
        return ServerTree(self, sha)

    def file(self, path: str, commit: str, sha: str) -> bytes:
        """A file of a commit that is known to have this hash."""
        if sha not in self._files:
            data = fetch(self._forge, path, commit)
            if data is None:
                raise FileNotFoundError(path)
            self._files[sha] = data
        return self._files[sha]

    def folder(self, path: str, commit: str, sha: str) -> Mapping[str, Entry]:
        """What a folder of a commit holds; GitHub lists its first 1,000 entries."""
        if sha not in self._folders:
            found = self._forge.contents(path, commit)
            entries = found if isinstance(found, list) else []
            self._folders[sha] = {entry.name: entry for entry in entries}
        return self._folders[sha]


_ABSENT = Entry("", "", "")


class ServerTree:
    """The files of a commit on the server."""

    def __init__(self, store: Store, sha: str) -> None:
        self._store = store
        self._sha = sha

    def names(self, folder: str) -> Mapping[str, str]:
        """See `Files`."""
        return {name: entry.kind for name, entry in self._list(folder).items()}

    def blob(self, path: str) -> str:
        """The hash of a file; empty where there is none."""
        found = self._find(path)
        return found.sha if found.kind == "file" else ""

    def read(self, path: str, limit: int = MAX_BYTES) -> bytes:
        """See `Files`."""
        found = self._find(path)
        if not found.kind:
            raise FileNotFoundError(path)
        if found.kind != "file":
            is_folder = found.kind == "folder"
            raise Unreadable("is a folder" if is_folder else "is a link or a submodule")
        return self._store.file(path, self._sha, found.sha)[: limit + 1]

    def _find(self, path: str) -> Entry:
        above, _, name = path.rpartition("/")
        return self._list(above).get(name, _ABSENT)

    def _list(self, folder: str) -> Mapping[str, Entry]:
        if not folder:
            return self._store.folder("", self._sha, self._sha)
        found = self._find(folder)
        if found.kind != "folder":
            return {}
        return self._store.folder(folder, self._sha, found.sha)


# ---------------------------------------------------------------------------- facts


class Survey(NamedTuple):
    """The server's branches and what it says about them, as read at one moment."""

    main: str
    latest: str
    main_sha: str
    latest_sha: str | None
    is_proven: bool | None
    """Whether every check of latest succeeded; None where the token may not know."""
    config: Config
    """As it is on latest; which branches these are is said on main."""
    branches: Mapping[str, str]
    """Commits of the release branches, by name."""
    tags: frozenset[str]

    @property
    def versions(self) -> frozenset[Version]:
        """What branches and tags name."""
        return versions((*self.branches, *self.tags))


def versions(names: Iterable[str]) -> frozenset[Version]:
    """The versions among names."""
    found = set()
    for name in names:
        try:
            found.add(Version.parse(name))
        except ValueError:
            continue
    return frozenset(found)


def survey(forge: Forge, wishes: Wishes) -> Survey:
    """Where everything is. What is cut is judged by its own configuration.

    Raises InputError for a configuration that cannot be read, NotFound where there is no main.
    """
    path = wishes.config or configuration.DEFAULT_PATH
    config, proof = Config(), None
    names = _names(wishes, config)
    for _ in range(3):
        try:
            read = forge.standing(Branches(*names, path), enough=_first)
        except MissingPermission:
            # A cut needs no evidence; it is only told beside the verdict.
            main_sha = forge.where(refs.HEADS + names[0])
            if main_sha is None:
                raise NotFound(f"There is no branch {names[0]} in {forge.repository}") from None
            latest_sha = forge.where(refs.HEADS + names[1])
            data = _config_of(forge, path, main_sha)
            proof = None
        else:
            main_sha, latest_sha = read.standing.main_sha, read.standing.latest_sha
            data = read.config
            proof = read.standing
        config = Config() if data is None else configuration.read(data, path=path)
        before, names = names, _names(wishes, config)
        if names == before:
            break
    else:
        raise InputError("names other branches each time it is read", file=path)
    if latest_sha not in {None, main_sha}:
        data = _config_of(forge, path, latest_sha or "")
        config = Config() if data is None else configuration.read(data, path=path)
    if data is None and wishes.config:
        raise InputError(f"does not exist on {names[1]}; leave `config` out", file=wishes.config)
    layout = config.layout._replace(main_branch=names[0], latest_branch=names[1])
    config = replace(config, layout=layout)
    is_proven = None
    if proof is not None and latest_sha is not None:
        candidate = Candidate(sha=latest_sha, title="", evidence=proof.latest_evidence)
        is_proven = is_green(candidate, policy(config.promotion, main=names[0]))
    branches = forge.refs(f"{refs.HEADS}v")
    return Survey(
        main=names[0],
        latest=names[1],
        main_sha=main_sha,
        latest_sha=latest_sha,
        is_proven=is_proven,
        config=config,
        branches={refs.short(ref): sha for ref, sha in branches.items()},
        tags=frozenset(map(refs.short, forge.refs(f"{refs.TAGS}v"))),
    )


def _config_of(forge: Forge, path: str, sha: str) -> bytes | None:
    try:
        return fetch(forge, path, sha)
    except Unreadable as error:
        raise InputError(f"{error}; it must be a regular file", file=path) from None


def _first() -> Callable[[Candidate], bool]:
    """Whichever commit comes first ends the reading: only latest's own evidence is of interest."""
    return lambda _: True


def _names(wishes: Wishes, config: Config) -> tuple[str, str]:
    main = wishes.main or config.layout.main_branch
    latest = wishes.latest or config.layout.latest_branch
    if main == latest:
        raise InputError(f"main and latest are both {main[:80]!r}; they must differ")
    return main, latest


class Held(NamedTuple):
    """The documents of one tree."""

    files: Files
    documents: tuple[Document, ...]
    found: tuple[discovery.Found, ...]
    """All that are there by name; not each of them is read."""

    def one(self, kind: Kind) -> Document | None:
        """The document of a kind of which there is one."""
        return next((each for each in self.documents if each.kind is kind), None)

    def path_of(self, kind: Kind) -> str:
        """The path of the document of a kind; empty where there is none."""
        return next((each.path for each in self.found if each.kind is kind), "")

    def frozen(self, version: Version) -> str:
        """The path of a frozen document; empty where it is not here."""
        same = (each.path for each in self.found if is_same(each.version, version))
        return next(same, "")

    def source(self, path: str, *, kind: Kind, version: Version | None = None) -> Source:
        """A document with the bytes that it was read from.

        Raises InputError for what is no regular file.
        """
        try:
            data = self.files.read(path)
        except Unreadable as error:
            raise InputError(f"{error}; it must be a regular file", file=path) from None
        # To read a large document takes longer than to judge it.
        for each in self.documents:
            if (each.path, each.kind, each.version) == (path, kind, version) and not each.faults:
                return Source(document=each, text=data.decode("utf-8"))
        return Source.of(path, data, kind=kind, version=version)

    def blob(self, path: str) -> str:
        """The hash of a file's content; empty for no path, and for what is no regular file."""
        if not path:
            return ""
        if isinstance(self.files, ServerTree):
            return self.files.blob(path)
        try:
            return blob_of(self.files.read(path))
        except Unreadable:
            return ""

    @property
    def home(self) -> str:
        """The folder that frozen documents belong into, with a slash; empty for the root."""
        above, slash, _ = (self.path_of(Kind.LATEST) or self.path_of(Kind.MAIN)).rpartition("/")
        return above + slash


def is_same(one: Version | None, other: Version) -> bool:
    """Whether both are one version at one stage."""
    return one is not None and one.branch == other.branch


def hold(files: Files, config: Config, wanted: Callable[[discovery.Found], bool]) -> Held:
    """Find the documents of a tree and read those that are wanted."""
    found = discovery.find(files, config)
    documents = discovery.load(files, [each for each in found if wanted(each)])
    return Held(files=files, documents=documents, found=found)


class Local(NamedTuple):
    """What a folder tells, and its repository where it has one."""

    held: Held
    config: Config
    known: frozenset[Version] | None
    """The versions that branches and tags name; None where git does not tell."""
    latest_exists: bool | None
    documents_agree: bool | None
    history: History | None
    notices: tuple[str, ...]


def local(wishes: Wishes, context: Context, config: Config | None) -> Local:
    """Read a folder; `config` is the server's, where there is one.

    Raises InputError where the root is no folder, or the configuration cannot be read.
    """
    root = below(context.workspace, wishes.root or ".")
    files = Checkout(root)
    notices: tuple[str, ...] = ()
    if config is None:
        config, notices = _own_config(files, wishes, context)
    held = hold(files, config, lambda _: True)
    past = gather_past(root, "HEAD", held.documents, config)
    if past.refs is None:
        why = past.no_refs
        notices += (f"Branches and tags were not read: {why}",)
        return Local(held, config, None, None, None, past.history, notices)
    known = frozenset((*past.refs.releases.values(), *past.refs.released.values()))
    if past.refs.unsure:
        notices += (f"Some branches may be missing here: {past.refs.unsure}",)
        known_or_none = None
    else:
        known_or_none = known
    latest = past.refs.branches.get(config.layout.latest_branch)
    exists: bool | None = latest is not None
    if latest is None and past.refs.unsure:
        exists = None
    main = past.refs.branches.get(config.layout.main_branch)
    path = held.path_of(Kind.LATEST)
    agree = _agree(root, main, latest, path) if main and latest and path else None
    return Local(held, config, known_or_none, exists, agree, past.history, notices)


def _own_config(files: Files, wishes: Wishes, context: Context) -> tuple[Config, tuple[str, ...]]:
    path = wishes.config or configuration.DEFAULT_PATH
    try:
        config = configuration.read(files.read(path, configuration.MAX_BYTES), path=path)
    except FileNotFoundError:
        if wishes.config:
            raise InputError("does not exist; leave `config` out", file=path) from None
        return Config(), ()
    except Unreadable as error:
        raise InputError(f"{error}; it must be a regular file", file=path) from None
    if not context.is_pull_request:
        return config, ()
    # Where things live is taken from the change, how they are judged is not.
    plain = Config(home=config.home, extra=config.extra, layout=config.layout)
    return plain, (f"A pull request's own {path} cannot judge it: the defaults judge",)


def _agree(root: Path, main: str, latest: str, path: str) -> bool | None:
    repository = Repository(root)
    try:
        name = f"{repository.where('HEAD').prefix}{path}"
        one, other = (repository.held(sha, [name]) for sha in (main, latest))
    except GitError:
        return None
    return one == other


def opened(history: History | None, path: str, ids: Iterable[str]) -> dict[str, dt.date]:
    """The first day since which a row of every revision bears a blocker's id."""
    revisions = history.living.get(path, ()) if history else ()
    found: dict[str, dt.date] = {}
    for name in filter(None, ids):
        pattern = re.compile(rf"^[ \t]*\|?[ \t*_`]*{re.escape(name)}[ \t*_`]*\|", re.MULTILINE)
        for revision in revisions:
            if revision.text is None or not pattern.search(revision.text):
                break
            found[name] = revision.date
    return found


# ---------------------------------------------------------------------------- what is frozen


class Founding(NamedTuple):
    """How a frozen document came to its release branch."""

    commit: str
    """The oldest commit that has it; empty where none is told."""
    fault: str
    """Why it is not to be taken for what was agreed, a sentence; empty where nothing is said."""
    remedy: str

    def refused(self, outcome: Outcome, forge: Forge) -> Outcome:
        """The outcome where it has a fault."""
        return outcome._replace(
            verdict=Verdict.REFUSED,
            reason=self.fault,
            remedy=self.remedy,
            requests=forge.requests,
        )


def founding(
    forge: Forge, seen: Survey, there: Held, version: Version, path: str, blob: str
) -> Founding:
    """Whether the document at the tip of its branch is the one that was frozen.

    Anybody who may push to the branch can change what its tip holds. So its history there must be
    one commit, and main, where it has the document, must have the same; `there` is main's.
    """
    commits = forge.commits(seen.branches[version.branch], path)
    first = commits[-1] if commits else ""
    if len(commits) != 1:
        return Founding(
            first,
            f"`{path}` is not as it was frozen: {len(commits)} commits of the branch "
            f"`{version.branch}` changed it, and one made it",
            f"Look at who changed it, and put the branch back to {first[:7]}",
        )
    own = there.frozen(version)
    if own and there.blob(own) != blob:
        return Founding(
            first,
            f"`{own}` on `{seen.main}` is another text than the branch `{version.branch}` holds",
            "Look at who changed which of both, and put back what was frozen",
        )
    return Founding(first, "", "")


# ---------------------------------------------------------------------------- the plan


class Frozen(NamedTuple):
    """A text that is ready to be frozen, and what the audit says of it."""

    path: str
    text: str
    criterion: Criterion


def prepare(
    source: Source, header: Header, path: str, before: Sequence[Document], config: Config
) -> Frozen:
    """Freeze a text and let the audit read it: nothing is written that it finds fault with.

    `before` are the frozen documents that it follows. What the audit says of living ones is its
    own business. Raises InputError where the text cannot be frozen.
    """
    text = freeze(source, header)
    document = Source.of(path, text.encode(), kind=Kind.FROZEN, version=header.version).document
    judged = Project(
        documents=(*before, document),
        layout=config.layout._replace(required=()),
        as_of=header.date,
        options=config.options,
    )
    found, _ = audit(judged, severities=config.severities)
    reasons = tuple(
        each for each in found if each.place.file == path and each.severity is not Severity.NOTE
    )
    name, title = "frozen-document-sound", "The audit finds nothing wrong with the frozen document"
    if reasons:
        says = f"{len(reasons)} of the audit's findings would be frozen with it"
        criterion = Criterion(name, title, Standing.UNMET, says, reasons)
    else:
        criterion = Criterion(name, title, Standing.MET, "every rule that can be asked passes")
    return Frozen(path=path, text=text, criterion=criterion)


class Plan(NamedTuple):
    """What is to be written: two commits, two branches, a pull request, and what starts then."""

    version: Version
    base: str
    """The commit that the release branch's own is made on."""
    path: str
    text: str
    adopted: Mapping[str, str]
    """Further files of the branch that brings the document to main, by path."""
    note: str
    """What the pull request says beyond its fixed words; only words of the ceremony's own."""

    def steps(self, seen: Survey, dispatch: Sequence[str]) -> tuple[str, ...]:
        """What is done for it, in order."""
        branch = self.version.branch
        further = "".join(f" and `{path}`" for path in self.adopted)
        start = f"start {', '.join(f'`{name}`' for name in dispatch)} on `{branch}`"
        return (
            f"create the branch `{branch}` on top of {self.base[:7]} with `{self.path}`",
            f"create the branch `{ADOPTING}{branch}` on top of `{seen.main}` with that{further}",
            f"open a pull request from it to `{seen.main}`",
            *([start] if dispatch else []),
        )

    @property
    def release(self) -> str:
        """The release branch in full."""
        return refs.HEADS + self.version.branch

    @property
    def adopting(self) -> str:
        """The branch that brings the document to main, in full."""
        return f"{refs.HEADS}{ADOPTING}{self.version.branch}"


def started(wishes: Wishes, seen: Survey) -> tuple[str, ...]:
    """The workflows that are to be started, each once."""
    return tuple(dict.fromkeys(wishes.dispatch or seen.config.cut.dispatch))


class Freezer:
    """One run's writing; what it did is in the outcome that it returns."""

    def __init__(self, forge: Forge, context: Context, seen: Survey, wishes: Wishes) -> None:
        self._forge = forge
        self._context = context
        self._seen = seen
        self._dispatch = started(wishes, seen)

    def apply(self, plan: Plan, outcome: Outcome) -> Outcome | None:
        """Do all of the plan; None where somebody was quicker, and has to be looked at first."""
        forge = self._forge
        blocked = forge.where(plan.adopting)
        if blocked is not None:
            return outcome._replace(
                verdict=Verdict.REFUSED,
                reason=f"there is a branch `{refs.short(plan.adopting)}` already, and no "
                f"`{plan.version.branch}`",
                remedy="Look at what it holds, then rename or delete it, and run it again",
                requests=forge.requests,
            )
        for step in plan.steps(self._seen, self._dispatch):
            self._context.tell(step)
        self._context.seam()
        release = forge.commit(
            {plan.path: plan.text.encode()}, plan.base, _release_message(plan)
        ).sha
        adopting = self._adopting(plan, release)
        moves = (Move(plan.release, None, release), Move(plan.adopting, None, adopting))
        self._context.seam()
        # What is agreed now is what latest holds now. It is no member of the move: whether a host
        # takes a ref that stays where it is, and under which of its rules, is documented nowhere.
        if forge.where(refs.HEADS + self._seen.latest) != self._seen.latest_sha:
            return None
        try:
            landed = forge.move(moves)
        except NotFastForward:
            return None
        except (RefusedByRule, MissingPermission) as error:
            return self._forbidden(outcome, moves, error)
        reached = (Moved(*move[:3], moved=landed.get(move.ref) == move.after) for move in moves)
        return self._follow(plan, outcome._replace(moves=tuple(reached)), release)

    def resume(self, plan: Plan, outcome: Outcome, release: str, *, is_adopted: bool) -> Outcome:
        """What an earlier run of the same freezing was kept from doing.

        `release` is the commit that froze it, `is_adopted` whether main has the frozen document.
        """
        forge = self._forge
        if is_adopted:
            return self._follow(plan, outcome, release, opens=False)
        try:
            pulls = forge.pulls(refs.short(plan.adopting), self._seen.main, state="all")
        except (MissingPermission, NotFound) as error:
            return _unfinished(outcome, error, _PULL_REMEDY, forge)
        there = "" if pulls else forge.where(plan.adopting)
        if there and not self._is_own(plan, there):
            return outcome._replace(
                verdict=Verdict.REFUSED,
                reason=f"the branch `{refs.short(plan.adopting)}` holds more or other than what "
                "brings the document to main",
                remedy="Look at what it holds, then rename or delete it, and run it again",
                requests=forge.requests,
            )
        if there is None:
            adopting = self._adopting(plan, release)
            move = Move(plan.adopting, None, adopting)
            self._context.seam()
            try:
                forge.move([move])
            except (RefusedByRule, MissingPermission) as error:
                return self._forbidden(outcome, [move], error)
            outcome = outcome._replace(moves=(Moved(*move[:3], moved=True),))
        if pulls:
            last = pulls[0]
            outcome = outcome._replace(pull=PullRequest(last.number, last.url, last.state))
            if last.state != "open":
                said = "The pull request that brings the document to main was closed without it"
                outcome = outcome._replace(notices=(*outcome.notices, said))
        return self._follow(plan, outcome, release, opens=not pulls)

    def _is_own(self, plan: Plan, sha: str) -> bool:
        """Whether a commit is one on top of main that brings the document, and what goes with it.

        What it says in the living documents is told by the pull request: it names its day.
        """
        beyond = self._forge.compare(self._seen.main_sha, sha)
        files = {each.path: each for each in beyond.files}
        own = files.get(plan.path)
        return (
            beyond.ahead == 1
            and own is not None
            and own.blob == blob_of(plan.text.encode())
            and files.keys() <= {plan.path, *plan.adopted}
            and all(each.status in {"added", "modified"} for each in beyond.files)
        )

    def _adopting(self, plan: Plan, release: str) -> str:
        """The commit on top of main that brings the document there."""
        files = {plan.path: plan.text, **plan.adopted}
        content = {path: text.encode() for path, text in files.items()}
        self._context.seam()
        return self._forge.commit(
            content, self._seen.main_sha, _adopting_message(plan, release)
        ).sha

    def _forbidden(
        self, outcome: Outcome, moves: Sequence[Move], error: RefusedByRule | MissingPermission
    ) -> Outcome:
        """Nothing moved, or what was moved before the host said no."""
        remedy = _BYPASS if isinstance(error, RefusedByRule) else _GRANT
        there = {move.ref: self._forge.where(move.ref) for move in moves}
        done = tuple(Moved(*move[:3], moved=there[move.ref] == move.after) for move in moves)
        outcome = outcome._replace(moves=done)
        if any(move.moved for move in done):
            return _unfinished(outcome, error, remedy, self._forge)
        return outcome._replace(
            verdict=Verdict.REFUSED,
            reason=sentence(error),
            remedy=remedy,
            requests=self._forge.requests,
        )

    def _follow(self, plan: Plan, outcome: Outcome, release: str, *, opens: bool = True) -> Outcome:
        """The pull request, then the workflows that no run of the branch shows.

        A run is at the commit that froze the document, or where the branch has come since.
        """
        forge = self._forge
        places = dict.fromkeys((release, self._seen.branches.get(plan.version.branch, release)))
        try:
            if opens:
                self._context.seam()
                head = refs.short(plan.adopting)
                pull = forge.open_pull(head, self._seen.main, _title(plan), _body(plan, release))
                shown = PullRequest(pull.number, pull.url, pull.state)
                outcome = outcome._replace(pull=shown)
        except (ForgeError, KeyboardInterrupt) as error:
            return _unfinished(outcome, error, _PULL_REMEDY, forge)
        begun: list[str] = []
        left = list(self._dispatch)
        try:
            while left:
                self._context.seam()
                branches = {
                    run.branch
                    for sha in places
                    for run in forge.runs(left[0], sha, "workflow_dispatch")
                }
                if plan.version.branch not in branches:
                    forge.dispatch(left[0], plan.release)
                    begun.append(left[0])
                left.pop(0)
        except (ForgeError, KeyboardInterrupt) as error:
            outcome = outcome._replace(dispatched=tuple(begun))
            named = f"Not known to be started: {', '.join(left)}"
            return _unfinished(outcome, error, f"{named}. {_AGAIN}", forge)
        return outcome._replace(dispatched=tuple(begun), requests=forge.requests)


_AGAIN = "Run it again: what has been done is not done twice"
_PULL_REMEDY = (
    "The pull request to main is not known to be open. Grant pull-requests: write, and let Actions "
    f"create pull requests in the repository's settings. {_AGAIN}"
)
_BYPASS = (
    "Give `token` the token of a GitHub App that the rule lets pass, or take the rule off the "
    "branch"
)
_GRANT = "Grant it in the job's `permissions`, or give `token` one that has it"


def _unfinished(outcome: Outcome, error: BaseException, remedy: str, forge: Forge) -> Outcome:
    why = "the run was stopped" if isinstance(error, KeyboardInterrupt) else sentence(error)
    return outcome._replace(failure=f"{why}. {remedy}", requests=forge.requests)


# What follows is read by people and obeyed by GitHub (`[skip ci]`, `Closes #1`): names of versions
# and commits enter it, and no document's words do.


def _release_message(plan: Plan) -> str:
    return (
        f"Freeze {plan.version.branch}\n\n"
        f"{plan.version.document} is what was agreed, on top of {plan.base}.\n"
    )


def _adopting_message(plan: Plan, release: str) -> str:
    return (
        f"Adopt {plan.version.document}\n\n"
        f"It is frozen on the branch {plan.version.branch} at {release}.\n"
    )


def _title(plan: Plan) -> str:
    return f"Adopt {plan.version.document}"


def _body(plan: Plan, release: str) -> str:
    return (
        f"`{plan.version.document}` is frozen on the branch `{plan.version.branch}` at {release}. "
        f"This brings it to main, so that the record of what was agreed stands there too.\n\n"
        f"{plan.note}\n"
    )


def documents(held: Held, extra: Iterable[Document] = ()) -> tuple[Document, ...]:
    """The documents of a tree and others that take their place, by path."""
    found = {each.path: each for each in held.documents}
    found |= {each.path: each for each in extra}
    return tuple(found[path] for path in sorted(found))


def names_of(found: Iterable[discovery.Found]) -> Iterator[str]:
    """The release branches that frozen documents are named for."""
    return (each.version.branch for each in found if each.version is not None)
