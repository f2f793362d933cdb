"""What a rehearsal is played on: a sandbox, a project in it, a witness, and the acts in order.

The parts are called as they are, over HTTP. What the stage claims of them at the end is checked on
the project's own record, by other code than theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from ceremony import config as configuration
from ceremony.config import DEFAULT_PATH, Config
from ceremony.git import GitError
from ceremony.rehearsal.narrator import Narrator, titled
from ceremony.rehearsal.source import Bare, Source
from ceremony.rules.evidence import quoted
from ceremony.rules.proof import Hold, Required
from ceremony.sandbox import Project, Sandbox
from ceremony.sandbox.store import ZEROS

NAME = "spiritstream/app"
"""What the project is called in the sandbox."""
NAMED = 4
"""Checks that are named in one line."""

_SAID = {"in_progress": "is still running", "failure": "failed"}


class Act(NamedTuple):
    """One act: a heading in the ceremony's words, and what happens."""

    title: str
    play: Callable[[Stage], None]
    is_due: Callable[[Stage], bool] = lambda _stage: True
    """Whether there is a reason to play it, once the acts before it are over."""


class Played(NamedTuple):
    """One act that is over."""

    title: str
    said: tuple[str, ...]
    """The verdicts, in order."""
    latest: str | None


class Step(NamedTuple):
    """One move of latest, as git's own record has it."""

    before: str
    after: str
    by_hand: bool
    """Whether it was a person's push and not a part's move."""


class Promise(NamedTuple):
    """What a release has promised when it appeared."""

    channel: str
    days: int | None
    """How long it is kept; None for ever."""
    commit: str
    version: tuple[int, ...]
    """Empty for a preview."""
    is_lasting: bool
    """Whether it is stable or a patch."""
    at: dt.datetime
    files: Mapping[str, str]
    """The digests of its files, by name."""


class Shelf:
    """The releases that the acts have made, by tag, and what has become of them."""

    def __init__(self) -> None:
        self.promises: dict[str, Promise] = {}
        self.removed: list[str] = []
        self.by_hand: set[str] = set()
        self.left_out: list[str] = []
        """What the table names and cannot be played here, a sentence each."""

    @property
    def there(self) -> dict[str, Promise]:
        """What has not been removed."""
        return {tag: each for tag, each in self.promises.items() if tag not in self.removed}


class Unexpected(Exception):
    """Something in an act did not come out as the ceremony says."""


def require(*claims: tuple[bool, str]) -> None:
    """Raise Unexpected with the words of the first claim that does not hold."""
    for holds, otherwise in claims:
        if not holds:
            raise Unexpected(otherwise)


class Stage:
    """One project in one sandbox, and everything that acts do to it."""

    def __init__(
        self, sandbox: Sandbox, project: Project, source: Source, checks: Sequence[Required],
        narrator: Narrator, clock: Callable[[], float], *, is_sample: bool = False,
    ) -> None:  # fmt: skip
        self.sandbox = sandbox
        self.project = project
        self.source = source
        self.main = source.main
        self.latest = source.latest
        self.checks = tuple(checks)
        self.narrator = narrator
        self.clock = clock
        self.is_sample = is_sample
        """Whether it is the sample project, whose documents the acts may change."""
        self.said: list[str] = []
        """The verdicts of the act that is being played."""
        self.noticed: list[str] = []
        """The notices that were told in it."""
        self.settings = source.raw
        """The configuration's bytes, as they are on main now."""
        self.steps: list[Step] = []
        self.earlier = frozenset(project.refs())
        """The refs that were there before the acts."""
        self.releases: dict[str, str] = {}
        """The release branches that the acts have made, and the commits that they were made at."""
        self.shelf = Shelf()
        self._git = Bare(project.path)
        self._git.run("config", "core.logAllRefUpdates", "always")
        self._reports: dict[tuple[str, Required], int] = {}
        """The checks that CI has begun, by commit."""
        self._green: set[str] = set()
        """The commits on which every check has succeeded."""
        self._changes = 0
        self._moment = self.noon + 3600

    # ------------------------------------------------------------------ what there is

    @property
    def today(self) -> dt.date:
        return dt.datetime.fromtimestamp(self.clock(), dt.UTC).date()

    @property
    def noon(self) -> float:
        """Today's noon in seconds since 1970: the same in every run, for what is hashed."""
        return noon_of(self.today)

    @property
    def main_sha(self) -> str:
        sha = self.project.ref(f"refs/heads/{self.main}")
        if sha is None:
            raise Unexpected(f"{self.main} is gone")
        return sha

    @property
    def latest_sha(self) -> str | None:
        return self.project.ref(f"refs/heads/{self.latest}")

    @property
    def config(self) -> Config:
        return configuration.read(self.settings) if self.settings is not None else Config()

    @property
    def is_diverged(self) -> bool:
        """Whether latest holds what main lacks."""
        latest = self.latest_sha
        return latest is not None and not self._git.has_ancestor(self.main_sha, latest)

    @property
    def is_behind(self) -> bool:
        """Whether main holds what the project's own latest lacks, before anything was played."""
        return self._changes == 0 and self.latest_sha not in {None, self.main_sha}

    @property
    def active_holds(self) -> tuple[Hold, ...]:
        holds = self.config.promotion.holds
        return tuple(hold for hold in holds if hold.until is None or self.today <= hold.until)

    def text(self, sha: str, path: str) -> str:
        """A file as a commit holds it, to the byte. Raises Unexpected where it does not."""
        try:
            return self._git.run("cat-file", "blob", f"{sha}:{path}").decode("utf-8")
        except GitError:
            raise Unexpected(f"there is no {path} in {sha[:7]}") from None

    def settings_of(self, sha: str) -> bytes | None:
        """The configuration's bytes, as a commit holds them; None where it holds none."""
        try:
            return self._git.run("cat-file", "blob", f"{sha}:{DEFAULT_PATH}")
        except GitError:
            return None

    def files(self, sha: str) -> dict[str, str]:
        """What a commit holds: the objects of all its files, by path."""
        listed = self._git.run("ls-tree", "-r", "-z", sha).decode("utf-8").split("\0")
        pairs = (entry.split("\t", 1) for entry in listed if entry)
        return {path: described.split()[2] for described, path in pairs}

    def parents(self, sha: str) -> tuple[str, ...]:
        """The commits that a commit was made on."""
        return self._git.parents(sha)

    def moves(self, branch: str) -> list[tuple[str, str]]:
        """Every move of a branch since the acts began, by git's own log: before and after."""
        log = self.project.path / "logs" / "refs" / "heads" / branch
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [(before, after) for before, after, _ in (line.split(" ", 2) for line in lines)]

    # ------------------------------------------------------------------ what people do

    def later(self, **passed: float) -> None:
        """Let time pass, in the words of `timedelta`, and stand still then, for all who ask.

        It begins an hour after noon: what is told of it is the same in every run.
        """
        moment = self._moment + dt.timedelta(**passed).total_seconds()
        self._moment = moment
        self.clock = self.sandbox.clock = lambda: moment

    def push(
        self, who: str, title: str, *, ci: str = "", renamed: str = "", branch: str = "",
        files: Mapping[str, str | bytes | None] | None = None,
    ) -> str:  # fmt: skip
        """Somebody pushes a commit to main, or to another branch; returns its SHA.

        With `ci` its checks are reported at once, as `report` does.
        """
        branch = branch or self.main
        self._changes += 1
        change = {f"rehearsal/{self._changes:02}.txt": f"{self._changes}. {title}\n"}
        sha = self.project.commit(files or change, message=title, branch=branch)
        return self._pushed(who, title, sha, branch, ci, renamed)

    def configure(self, who: str, title: str, settings: bytes | None, *, ci: str = "") -> str:
        """Somebody pushes another configuration to main."""
        self.settings = settings
        return self.push(who, title, files={DEFAULT_PATH: settings}, ci=ci)

    def merge(self, who: str, *, ci: str) -> str:
        """Somebody merges latest into main; where both changed the same, main's side stays."""
        title = f"Merge {self.latest} into {self.main}"
        ours, theirs = self.main_sha, self.latest_sha
        try:
            tree = self._git.run("merge-tree", "--write-tree", ours, str(theirs)).split()[0]
        except GitError:  # a conflict, or a git that cannot merge without a worktree
            tree = self._git.run("rev-parse", f"{ours}^{{tree}}").strip()
        sha = self._merged(title, tree, ours, str(theirs))
        return self._pushed(who, title, sha, self.main, ci, "")

    def adopt(self, who: str, number: int, *, ci: str) -> str:
        """Somebody merges a pull request that main has not moved under, and its branch goes."""
        pull = self.project.issues[number]
        head = f"refs/heads/{pull.head}"
        ours, theirs = self.main_sha, str(self.project.ref(head))
        if self.parents(theirs) != (ours,):
            raise Unexpected(f"{pull.head} is not on top of {self.main}")
        title = f"Merge pull request {number}"
        tree = self._git.run("rev-parse", f"{theirs}^{{tree}}").strip()
        sha = self._merged(title, tree, ours, theirs)
        self.project.merged(number)
        self.project.set_ref(head, None)
        return self._pushed(who, title, sha, self.main, ci, "")

    def _merged(self, title: str, tree: bytes, ours: str, theirs: str) -> str:
        stream = (
            f"commit refs/heads/{self.main}\nmark :1\n"
            f"committer A contributor <contributor@example.org> {int(self.noon)} +0000\n"
            f"data {len(title.encode())}\n{title}\nfrom {ours}\nmerge {theirs}\n"
            f'M 040000 {tree.decode("ascii")} ""\nget-mark :1\n'
        )
        made = self._git.run("fast-import", "--quiet", stdin=stream.encode())
        return made.decode("ascii").strip()

    def _pushed(
        self, who: str, title: str, sha: str, branch: str, ci: str, renamed: str
    ) -> str:  # fmt: skip
        said = f"; CI: {self._reported(sha, ci, renamed)}" if ci else ""
        self.narrator.tell(f"{who} pushes {titled(title)} to {branch} ({sha[:7]}){said}")
        if branch == self.latest:
            self.witness(by_hand=True)
        return sha

    def report(self, sha: str, state: str) -> None:
        """CI reports on a commit: the state is the first check's, the others succeed."""
        self.narrator.tell(f"CI on {sha[:7]}: {self._reported(sha, state, '')}")

    def _reported(self, sha: str, state: str, renamed: str) -> str:
        first, *others = self.checks
        first = first._replace(name=renamed or first.name)
        self._report(sha, first, state)
        for check in others:
            self._report(sha, check, "success")
        (self._green.discard if renamed or state != "success" else self._green.add)(sha)
        if state == "success":
            return f"{checked([first, *others])} succeeded"
        rest = f"; {checked(others)} succeeded" if others else ""
        return f"{checked([first])} {_SAID[state]}{rest}"

    def _report(self, sha: str, check: Required, state: str) -> None:
        app = check.app.removesuffix("[bot]")
        known = self._reports.get((sha, check))
        if known is not None:
            self.project.finish(known, state)
            return
        if app.lower() in {"", "github-actions", "15368"}:
            made = self.project.check(sha, check.name, state, branch=self.main)
        else:
            made = self.project.check(sha, check.name, state, event=None, app=app, branch=self.main)
        self._reports[sha, check] = made

    # ------------------------------------------------------------------ what follows

    def refs(self) -> None:
        """Where the branches are."""
        latest = self.latest_sha
        shown = [f"{self.main} {self.main_sha[:7]}", f"{self.latest} {(latest or '-')[:7]}"]
        shown += [f"{branch} {sha[:7]}" for branch, sha in self.releases.items()]
        self.narrator.tell("  ".join(shown), weak=True)

    # ------------------------------------------------------------------ what can be proven

    def witness(self, *, by_hand: bool = False) -> None:
        """Look at the moves of latest that git's own log has and nobody has looked at yet.

        Raises Unexpected where one that is not a person's push breaks the ceremony's promise.
        """
        for before, after in self.moves(self.latest)[len(self.steps) :]:
            step = Step(before, after, by_hand)
            self.steps.append(step)
            if not by_hand:
                self._judge(step)
        if self.steps and self.steps[-1].after != self.latest_sha:
            raise Unexpected("git's log of latest does not end where latest is")

    def _judge(self, step: Step) -> None:
        """Hold a move to the ceremony's word, by what git and CI say and not by who moved."""
        if step.before != ZEROS and not self._git.has_ancestor(step.after, step.before):
            raise Unexpected(f"latest went from {step.before[:7]} to {step.after[:7]}: not forward")
        line = self._git.run("rev-list", "--first-parent", f"refs/heads/{self.main}")
        if step.after not in line.decode("ascii").split():
            raise Unexpected(f"latest went to {step.after[:7]}, which is no commit of {self.main}")
        if step.after not in self._green:
            raise Unexpected(f"latest went to {step.after[:7]}, which CI has not proven")


def noon_of(day: dt.date) -> float:
    """Noon of a day in UTC, in seconds since 1970."""
    return dt.datetime.combine(day, dt.time(12), dt.UTC).timestamp()


def made_of(pattern: str, star: str) -> str:
    """A name that a glob means: `star` for each star, and one character for what means one."""
    made, rest = "", pattern
    while rest:
        end = rest.find("]", 2) if rest[0] == "[" else -1
        if end > 0:
            made, rest = made + _one_of(rest[: end + 1]), rest[end + 1 :]
        else:
            made, rest = made + {"*": star, "?": "1"}.get(rest[0], rest[0]), rest[1:]
    return made


def _one_of(group: str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. "
    return next((letter for letter in letters + group if fnmatchcase(letter, group)), "")


def checked(checks: Sequence[Required]) -> str:
    """Checks as a person lists them, by name: the first few, and how many more."""
    names = [quoted(check.name) for check in checks]
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
