"""What a sandbox knows besides git: projects, tokens, rules, checks, runs, releases, issues.

Plain records under one lock, changed by the server's operations and by whoever sets the scene.
"""

from __future__ import annotations

import datetime as dt
import itertools
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from ceremony.sandbox.faults import Faults
from ceremony.sandbox.store import ZEROS, RefUpdate, Store

ACTIONS = "github-actions"
ACTIONS_ID = 15368
"""The id that the app of GitHub Actions has on github.com."""

READ, WRITE = "read", "write"
PERMISSIONS = (
    "actions",
    "administration",
    "checks",
    "contents",
    "issues",
    "metadata",
    "pull_requests",
    "statuses",
    "workflows",
)
CONCLUSIONS = frozenset(
    "action_required cancelled failure neutral skipped stale startup_failure success "
    "timed_out".split()
)


class BranchRule(StrEnum):
    """A rule that a branch may be under, in the words of GitHub's API.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
    """

    CREATION = "creation"
    UPDATE = "update"
    DELETION = "deletion"
    NON_FAST_FORWARD = "non_fast_forward"
    PULL_REQUEST = "pull_request"
    REQUIRED_LINEAR_HISTORY = "required_linear_history"
    REQUIRED_SIGNATURES = "required_signatures"
    REQUIRED_STATUS_CHECKS = "required_status_checks"


class Request(NamedTuple):
    """A request that was answered."""

    method: str
    path: str
    operation: str
    """A REST operation's id, a GraphQL operation's name, or git's service."""
    status: int
    """0 where no answer was sent."""


class Dispatch(NamedTuple):
    """A workflow that was started by hand, or by a token."""

    workflow: str
    """The file's name: `ci.yml`."""
    ref: str
    """In full."""
    sha: str
    inputs: Mapping[str, str]


class Protection(NamedTuple):
    """Rules over the branches that a pattern covers."""

    id: int
    pattern: str
    """A glob of branch names."""
    rules: tuple[BranchRule, ...]
    bypass: tuple[str, ...]
    """The slugs of the apps that the rules do not bind."""
    name: str
    is_classic: bool
    """Branch protection, as it was before there were rulesets."""
    contexts: tuple[str, ...]
    """The checks that `required_status_checks` names."""


@dataclass
class Limit:
    """What is left of a token's hour."""

    limit: int = 5000
    remaining: int = 5000
    reset: float = 0.0
    """When it begins anew, in seconds since 1970."""


@dataclass
class Token:
    """An installation's token."""

    value: str
    repository: str
    app: str
    permissions: Mapping[str, str]
    limits: dict[str, Limit] = field(default_factory=dict)
    """By resource: `core`, `graphql`."""

    def may(self, permission: str, level: str = READ) -> bool:
        """Whether it was granted this, or more."""
        granted = self.permissions.get(permission)
        return granted == WRITE or (granted == READ and level == READ)

    @property
    def login(self) -> str:
        """Who its deeds are said to be of."""
        return f"{self.app}[bot]"


@dataclass
class Run:
    """A workflow run."""

    id: int
    number: int
    workflow: str
    """The path of its file."""
    event: str
    branch: str | None
    sha: str
    suite: int
    created: dt.datetime
    attempt: int = 1
    state: str | None = None
    """A status or a conclusion; None where its jobs say it."""


@dataclass
class Suite:
    """What one app reports on one commit for one branch, or one workflow run."""

    id: int
    sha: str
    app: str
    branch: str | None
    run: Run | None = None


@dataclass
class Check:
    """A check run; of a workflow run it is a job as well."""

    id: int
    name: str
    suite: Suite
    status: str
    conclusion: str | None
    started: dt.datetime | None
    completed: dt.datetime | None
    attempt: int = 1
    runner: str | None = None
    job: int | None = None
    """The first attempt at the same job; None for a check run that is no job."""


@dataclass
class Status:
    """A commit status."""

    id: int
    sha: str
    context: str
    state: str
    creator: str
    created: dt.datetime
    url: str | None = None
    description: str | None = None


@dataclass
class Asset:
    """A file of a release."""

    id: int
    name: str
    label: str | None
    content: bytes
    type: str
    digest: str
    created: dt.datetime
    uploader: str
    state: str = "uploaded"


@dataclass
class Release:
    """A release, or the draft of one."""

    id: int
    tag: str
    target: str
    """The commitish that the tag is made at, where there is none yet."""
    name: str | None
    body: str | None
    is_draft: bool
    is_prerelease: bool
    author: str
    created: dt.datetime
    published: dt.datetime | None = None
    is_immutable: bool = False
    make_latest: str = "true"
    assets: list[Asset] = field(default_factory=list)


@dataclass
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    body: str
    author: str
    created: dt.datetime
    updated: dt.datetime


@dataclass
class Review:
    """What somebody thinks of a pull request."""

    id: int
    author: str
    state: str
    """`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED` or `DISMISSED`."""
    commit: str
    submitted: dt.datetime


@dataclass
class Issue:
    """An issue; with `head` and `base` it is a pull request."""

    id: int
    number: int
    title: str
    body: str | None
    author: str
    created: dt.datetime
    updated: dt.datetime
    labels: list[str] = field(default_factory=list)
    state: str = "open"
    reason: str | None = None
    closed: dt.datetime | None = None
    comments: list[Comment] = field(default_factory=list)
    head: str = ""
    base: str = ""
    is_draft: bool = False
    merged: dt.datetime | None = None
    merged_head: str = ""
    """The commit that was merged: it is known after its branch is gone."""
    reviews: list[Review] = field(default_factory=list)

    @property
    def is_pull(self) -> bool:
        """Whether it asks for a merge."""
        return bool(self.base)


class World:
    """Everything that a sandbox holds, and whatever may be set about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.lock = threading.RLock()
        self.url = ""
        self.clock: Callable[[], float] = time.time
        """The server's own time, in seconds since 1970."""
        self.profile = "github"
        """`github`, `no-update-refs` or `no-graphql-rules`: hosts that lack things."""
        self.skew: float | None = 0.0
        """Seconds that the dates of its answers are off; None: they have no date."""
        self.keeps_digests = True
        """Whether an asset tells its digest, which older servers don't."""
        self.files_url = ""
        """Where who asks for an asset is led to; empty where the API hands it out itself."""
        self.led_away: list[Mapping[str, str]] = []
        """The headers of each request that came there."""
        self.faults = Faults()
        self.requests: list[Request] = []
        self.effects: list[str] = []
        """What changed something, in order: REST operation ids, names of GraphQL operations, and
        `git-receive-pack` once for every push."""
        self.violations: list[str] = []
        """Requests and answers that GitHub's description does not allow."""
        self.projects: dict[str, Project] = {}
        self.tokens: dict[str, Token] = {}
        self._ids: Iterator[int] = itertools.count(1001)
        self._limits: Limit | None = None

    @property
    def api_url(self) -> str:
        """Where REST begins, as GITHUB_API_URL has it on a server of one's own."""
        return f"{self.url}/api/v3"

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is, as GITHUB_GRAPHQL_URL has it."""
        return f"{self.url}/api/graphql"

    def id(self) -> int:
        """A number that nothing else here has."""
        return next(self._ids)

    def now(self) -> dt.datetime:
        """The server's time, in UTC, to the second."""
        return dt.datetime.fromtimestamp(int(self.clock()), dt.UTC)

    def create(self, name: str, *, private: bool = False) -> Project:
        """Make the empty project `owner/name`."""
        store = Store(self.folder / f"{name}.git")
        store.initialise()
        project = Project(self, name, store, is_private=private)
        with self.lock:
            self.projects[name.lower()] = project
        return project

    def project(self, name: str) -> Project | None:
        """The project of this name; GitHub's names do not mind upper and lower case."""
        return self.projects.get(name.lower().removesuffix(".git"))

    def token(self, repository: str, *, app: str = ACTIONS, **permissions: str) -> str:
        """A new token of an app's installation on one project, like a workflow's own.

        Permissions are spelt as GitHub's API has them, `pull_requests="write"`. `metadata: read`
        is always granted. Raises ValueError for a permission that there is not, and for
        `workflows` where the app is GitHub Actions: its token cannot have it.
        https://docs.github.com/en/actions/security-for-github-actions/security-guides/automatic-token-authentication
        """
        unknown = sorted(set(permissions) - set(PERMISSIONS))
        if unknown:
            raise ValueError(f"there is no permission {', '.join(unknown)}")
        if app == ACTIONS and "workflows" in permissions:
            raise ValueError("a workflow's own token cannot be granted `workflows`")
        value = "ghs_" + secrets.token_hex(18)
        token = Token(value, repository, app, {"metadata": READ} | permissions)
        with self.lock:
            self.tokens[value] = token
        return value

    def limits(
        self, *, remaining: int | None = None, limit: int = 5000, reset: float | None = None
    ) -> None:
        """Set what is left of every token's hour, and when the next begins (seconds since 1970)."""
        left = limit if remaining is None else remaining
        until = self.clock() + 3600 if reset is None else reset
        with self.lock:
            self._limits = Limit(limit, left, until)
            for token in self.tokens.values():
                token.limits.clear()

    def spend(self, token: Token, resource: str) -> tuple[Limit, bool]:
        """Take one request from a token's hour; also, whether there was one left."""
        with self.lock:
            now = self.clock()
            limit = token.limits.get(resource)
            if limit is None:
                start = self._limits or Limit()
                limit = Limit(start.limit, start.remaining, start.reset or now + 3600)
                token.limits[resource] = limit
            if now >= limit.reset:
                limit.remaining, limit.reset = limit.limit, now + 3600
            if limit.remaining <= 0:
                return Limit(limit.limit, 0, limit.reset), False
            limit.remaining -= 1
            return Limit(limit.limit, limit.remaining, limit.reset), True

    def left(self, token: Token | None, resource: str) -> Limit:
        """What is left of a token's hour, without spending any of it."""
        with self.lock:
            known = token.limits.get(resource) if token else None
            start = known or self._limits or Limit()
            return Limit(start.limit, start.remaining, start.reset or self.clock() + 3600)

    def asset(self, identity: int) -> Asset | None:
        """An asset of whichever release, by its id."""
        with self.lock:
            for project in self.projects.values():
                for release in project.releases.values():
                    for asset in release.assets:
                        if asset.id == identity:
                            return asset
        return None

    def app_id(self, slug: str) -> int:
        """The id of an app: GitHub's own for Actions, else one that its name always has.

        An app that is called by a number has that number, so that a scene can be set for an id.
        """
        if slug == ACTIONS:
            return ACTIONS_ID
        if slug.isdecimal():
            return int(slug)
        return 100_000 + zlib.crc32(slug.encode()) % 900_000

    def happened(self, effect: str) -> None:
        """Note that something was changed."""
        with self.lock:
            self.effects.append(effect)


class Project:
    """One repository on the server, with all that GitHub keeps beside it."""

    def __init__(self, world: World, name: str, store: Store, *, is_private: bool) -> None:
        self.world = world
        self.name = name
        self.store = store
        self.is_private = is_private
        self.id = world.id()
        self.default_branch = "main"
        self.created = world.now()
        self.protections: list[Protection] = []
        self.runs: dict[int, Run] = {}
        self.checks: dict[int, Check] = {}
        self.statuses: list[Status] = []
        self.dispatches: list[Dispatch] = []
        self.releases: dict[int, Release] = {}
        self.latest_release: int | None = None
        """The id of the release that is labelled as the latest."""
        self.burnt: set[str] = set()
        """Tags that an immutable release has had: no other release may."""
        self.immutable_releases = False
        """Whether what is published can't be changed any more."""
        self.actions_may_open_pulls = True
        """Whether a workflow's own token may open pull requests: a setting of the repository."""
        self.issues: dict[int, Issue] = {}
        self.labels: dict[str, int] = {}
        self.verified: set[str] = set()
        """Commits that carry a signature which GitHub accepts."""
        self._checks_of: dict[str, list[Check]] = {}
        self._statuses_of: dict[str, dict[str, Status]] = {}
        self._workflow_ids: dict[str, int] = {}
        self._newest: dict[tuple[str, str, str, str | None], Run] = {}
        self._numbers: dict[str, int] = {}
        self._suite_by_run: dict[int, Suite] = {}
        self._suites: dict[tuple[str, str, str | None], Suite] = {}

    @property
    def path(self) -> Path:
        """The bare repository."""
        return self.store.path

    @property
    def clone_url(self) -> str:
        """What to give to `git clone`."""
        return f"{self.world.url}/{self.name}.git"

    @property
    def owner(self) -> str:
        """The first part of its name."""
        return self.name.partition("/")[0]

    @property
    def node(self) -> str:
        """Its id in GraphQL."""
        return f"R_{self.id}"

    # ------------------------------------------------------------------ git

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        *,
        message: str = "A change",
        branch: str = "main",
        parents: Sequence[str] | None = None,
    ) -> str:
        """Commit files, move the branch there, and return the SHA.

        The other files of the first parent stay; None takes one out. Without `parents` the
        branch's tip is the parent; a new branch begins at main's. Commits are a minute apart.
        """
        if parents is None:
            tip = self.ref(f"refs/heads/{branch}") or self.ref(f"refs/heads/{self.default_branch}")
            parents = [tip] if tip else []
        return self.store.write(files, message=message, branch=branch, parents=parents)

    def grow(self, count: int, *, message: str = "Change", branch: str = "main") -> list[str]:
        """Add many commits without changes at once; return their SHAs, the oldest first."""
        return self.store.grow(count, message=message, branch=branch)

    def refs(self) -> dict[str, str]:
        """Every ref and the object that it points at."""
        return {name: target.sha for name, target in self.store.refs().items()}

    def ref(self, name: str) -> str | None:
        """What a full ref points at; None where it does not exist."""
        target = self.store.ref(name)
        return target.sha if target else None

    def set_ref(self, ref: str, sha: str | None) -> None:
        """Put a full ref somewhere, whatever the rules say; None deletes it."""
        self.store.update([RefUpdate(ref, None, sha or ZEROS)])

    def annotate(self, tag: str, target: str) -> str:
        """Put an annotated tag, by its short name, on an object; return the SHA of its own.

        Raises ValueError where there is no such object.
        """
        found = self.store.object(target)
        if found is None:
            raise ValueError(f"there is no object {target}")
        who = "A contributor <contributor@example.org> 1767614400 +0000"
        told = f"object {target}\ntype {found.type}\ntag {tag}\ntagger {who}\n\nA tag\n"
        sha = self.store.run("mktag", stdin=told.encode()).decode().strip()
        self.set_ref(f"refs/tags/{tag}", sha)
        return sha

    # ------------------------------------------------------------------ releases

    def shown_as_latest(self) -> Release | None:
        """The release that is shown as the latest: the one that was labelled so.

        Without a label it is the newest full one, by the date of its commit.
        https://docs.github.com/en/rest/releases/releases#get-the-latest-release
        """
        with self.world.lock:
            labelled = self.releases.get(self.latest_release or 0)
            if labelled is not None and not labelled.is_prerelease:
                return labelled
            full = [
                release
                for release in self.releases.values()
                if not (release.is_draft or release.is_prerelease)
            ]
        return max(full, key=self._made, default=None)

    def _made(self, release: Release) -> tuple[dt.datetime, int]:
        commit = self.store.commit(self.ref(f"refs/tags/{release.tag}") or "")
        return (commit.committer.when if commit else release.created), release.id

    def is_locked(self, ref: str) -> bool:
        """Whether a ref is the tag of an immutable release that there still is."""
        tag = ref.removeprefix("refs/tags/")
        with self.world.lock:
            return tag != ref and any(
                release.is_immutable and release.tag == tag for release in self.releases.values()
            )

    # ------------------------------------------------------------------ evidence

    def check(  # noqa: PLR0913 -- each of them is one thing that GitHub may say of a check
        self,
        sha: str,
        name: str,
        state: str = "success",
        *,
        event: str | None = "push",
        workflow: str = ".github/workflows/ci.yml",
        branch: str | None = "main",
        app: str = ACTIONS,
        run: int | None = None,
        started: dt.datetime | str | None = None,
        by_token: bool = False,
    ) -> int:
        """Report a check run; return its id.

        `state` is a conclusion, or the status of one that has not ended. A check of GitHub Actions
        is a job of the workflow run of this commit, workflow, event and branch, which is made
        where there is none yet, unless `run` names one; without an event, and for other apps,
        there is no run behind it. What a workflow's token made `by_token` is no job; it is filed
        in the first suite that Actions has for the commit, whatever run that belongs to.
        """
        with self.world.lock:
            if run is not None:
                suite = self._suite_by_run[run]
            elif by_token:
                # https://docs.github.com/en/rest/checks/suites#create-a-check-suite: an app has
                # one suite for a commit unless it asks for more; which one is GitHub's choice.
                suites = [made for made in self._suite_by_run.values() if made.sha == sha]
                suite = suites[0] if suites else self._suite(sha, ACTIONS, branch)
            elif app != ACTIONS or event is None:
                suite = self._suite(sha, app, branch)
            else:
                made = self.run(sha, event=event, workflow=workflow, branch=branch)
                suite = self._suite_by_run[made]
            begun = _moment(started) if started is not None else self.world.now()
            is_over = state in CONCLUSIONS
            check = Check(
                id=self.world.id(),
                name=name,
                suite=suite,
                status="completed" if is_over else state,
                conclusion=state if is_over else None,
                started=begun,
                completed=max(begun, self.world.now()) if is_over else None,
                attempt=suite.run.attempt if suite.run else 1,
            )
            check.job = None if by_token or suite.run is None else check.id
            self._keep(check)
            return check.id

    def run(
        self,
        sha: str,
        *,
        event: str = "push",
        workflow: str = ".github/workflows/ci.yml",
        branch: str | None = "main",
        is_new: bool = False,
    ) -> int:
        """The id of the newest workflow run of this kind; it is made where there is none."""
        with self.world.lock:
            key = (sha, event, workflow, branch)
            if not is_new and key in self._newest:
                return self._newest[key].id
            suite = Suite(self.world.id(), sha, ACTIONS, branch)
            self._numbers[workflow] = self._numbers.get(workflow, 0) + 1
            suite.run = Run(
                id=self.world.id(),
                number=self._numbers[workflow],
                workflow=workflow,
                event=event,
                branch=branch,
                sha=sha,
                suite=suite.id,
                created=self.world.now(),
            )
            self.runs[suite.run.id] = self._newest[key] = suite.run
            self._suite_by_run[suite.run.id] = suite
            return suite.run.id

    def job(
        self,
        sha: str,
        name: str,
        runner_name: str,
        *,
        event: str = "push",
        workflow: str = ".github/workflows/ci.yml",
        branch: str | None = "main",
        run: int | None = None,
    ) -> int:
        """A job that a runner is at work on; return the id of its workflow run."""
        with self.world.lock:
            check = self.checks[
                self.check(
                    sha, name, "in_progress",
                    event=event, workflow=workflow, branch=branch, run=run,
                )
            ]  # fmt: skip
            check.runner = runner_name
            if check.suite.run is None:
                raise ValueError("a job has a workflow run behind it")
            return check.suite.run.id

    def set_run(self, run: int, state: str | None) -> None:
        """Give a workflow run a status or a conclusion of its own; None: what its jobs say.

        Between two of its jobs a run is in progress, while every job that there is has ended.
        """
        with self.world.lock:
            self.runs[run].state = state

    def suites_of(self, sha: str) -> list[Suite]:
        """The suites of a commit, those without a check run too."""
        with self.world.lock:
            suites = [*self._suites.values(), *self._suite_by_run.values()]
            return sorted(
                (suite for suite in suites if suite.sha == sha), key=lambda suite: suite.id
            )

    def suite_of(self, run: int) -> Suite:
        """The suite that the jobs of a workflow run are in."""
        return self._suite_by_run[run]

    def jobs_of(self, run: int) -> list[Check]:
        """The jobs of the latest attempt of a workflow run, also those of one name."""
        with self.world.lock:
            checks = self._checks_of.get(self.runs[run].sha, ())
            newest = {check.job: check for check in checks if check.job and check.suite.run}
            return [check for check in newest.values() if check.suite.run is self.runs[run]]

    def finish(self, check: int, state: str) -> None:
        """Let a check that has not ended end with this conclusion."""
        with self.world.lock:
            known = self.checks[check]
            known.status, known.conclusion, known.completed = "completed", state, self.world.now()

    def rerun(self, check: int, state: str) -> int:
        """Run a check once more, in the same suite; return the new one's id.

        Both stay; the newer is what GitHub shows from then on.
        """
        with self.world.lock:
            old = self.checks[check]
            if old.suite.run is not None:
                old.suite.run.attempt += 1
            is_over = state in CONCLUSIONS
            now = self.world.now()
            new = Check(
                id=self.world.id(),
                name=old.name,
                suite=old.suite,
                status="completed" if is_over else state,
                conclusion=state if is_over else None,
                started=max(now, old.started) if old.started else now,
                completed=now if is_over else None,
                attempt=old.attempt + 1,
                job=old.job,
            )
            self._keep(new)
            return new.id

    def status(
        self,
        sha: str,
        context: str,
        state: str = "success",
        creator: str = "jenkins",
        *,
        url: str | None = None,
        description: str | None = None,
    ) -> Status:
        """Report a commit status; return it. The newest of a context is the one that shows."""
        with self.world.lock:
            status = Status(
                self.world.id(), sha, context, state, creator, self.world.now(), url, description
            )
            self.statuses.append(status)
            self._statuses_of.setdefault(sha, {})[context] = status
            return status

    def pull(self, head: str, base: str = "main", author: str = "contributor") -> Issue:
        """Open a pull request as a person would; return it."""
        with self.world.lock:
            number, now = len(self.issues) + 1, self.world.now()
            title = f"Merge {head}"
            pull = Issue(self.world.id(), number, title, None, author, now, now)
            pull.head, pull.base = head, base
            self.issues[number] = pull
            return pull

    def head_of(self, pull: Issue) -> str:
        """The newest commit of a pull request."""
        return pull.merged_head or self.ref(f"refs/heads/{pull.head}") or ""

    def merged(self, number: int) -> None:
        """Close a pull request as merged; what its base gains by that is the caller's."""
        with self.world.lock:
            pull = self.issues[number]
            pull.merged_head = self.head_of(pull)
            pull.state, pull.closed = "closed", self.world.now()
            pull.merged = pull.closed

    def review(self, number: int, login: str, state: str, commit: str | None = None) -> Review:
        """Review a pull request at a commit, or else its newest; return the review.

        One that is dismissed stays where it is: `DISMISSED` changes the person's last approval or
        request. https://docs.github.com/en/rest/pulls/reviews#dismiss-a-review-for-a-pull-request

        Raises ValueError for an opinion of the pull request's own author, which GitHub refuses.
        https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/approving-a-pull-request-with-required-reviews
        """
        with self.world.lock:
            pull = self.issues[number]
            if login == pull.author and state != "COMMENTED":
                raise ValueError("nobody approves a pull request of their own")
            if state == "DISMISSED":
                own = [one for one in pull.reviews if one.author == login]
                review = [one for one in own if one.state != "COMMENTED"][-1]
                review.state = state
                return review
            at = commit or self.head_of(pull)
            review = Review(self.world.id(), login, state, at, self.world.now())
            pull.reviews.append(review)
            return review

    def checks_of(self, sha: str) -> list[Check]:
        """The check runs of a commit: of those of one name in one suite the newest.

        https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
        """
        with self.world.lock:
            newest = {(check.suite.id, check.name): check for check in self._checks_of.get(sha, ())}
        return sorted(newest.values(), key=lambda check: check.id)

    def statuses_of(self, sha: str) -> list[Status]:
        """The newest status of every context of a commit."""
        with self.world.lock:
            return sorted(self._statuses_of.get(sha, {}).values(), key=lambda status: status.id)

    def workflow_id(self, path: str) -> int:
        """The number that a workflow file has."""
        with self.world.lock:
            known = self._workflow_ids.get(path)
            if known is None:
                known = self._workflow_ids[path] = self.world.id()
            return known

    def workflow_path(self, name: str) -> str | None:
        """The path of a workflow that is named by its file's name or its number."""
        if name.isdigit():
            with self.world.lock:
                for path, number in self._workflow_ids.items():
                    if number == int(name):
                        return path
            return None
        return name if "/" in name else f".github/workflows/{name}"

    def _keep(self, check: Check) -> None:
        self.checks[check.id] = check
        self._checks_of.setdefault(check.suite.sha, []).append(check)

    def _suite(self, sha: str, app: str, branch: str | None) -> Suite:
        key = (sha, app, branch)
        known = self._suites.get(key)
        if known is None:
            known = self._suites[key] = Suite(self.world.id(), sha, app, branch)
        return known

    # ------------------------------------------------------------------ rules

    def protect(
        self,
        pattern: str,
        *rules: BranchRule | str,
        bypass: Sequence[str] = (),
        name: str = "",
        classic: bool = False,
        contexts: Sequence[str] = (),
    ) -> None:
        """Put the branches that a glob covers under rules, but for the apps in `bypass`.

        `classic` is branch protection instead of a ruleset; `contexts` are the checks that
        `required_status_checks` asks for.
        """
        protection = Protection(
            id=self.world.id(),
            pattern=pattern,
            rules=tuple(BranchRule(rule) for rule in rules),
            bypass=tuple(bypass),
            name=name or f"Rules of {pattern}",
            is_classic=classic,
            contexts=tuple(contexts),
        )
        with self.world.lock:
            self.protections.append(protection)

    def rules_of(self, branch: str) -> list[tuple[Protection, BranchRule]]:
        """The rules over a branch, each with where it comes from."""
        with self.world.lock:
            return [
                (protection, rule)
                for protection in self.protections
                if fnmatchcase(branch, protection.pattern)
                for rule in protection.rules
            ]


def _moment(when: dt.datetime | str) -> dt.datetime:
    found = dt.datetime.fromisoformat(when) if isinstance(when, str) else when
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
