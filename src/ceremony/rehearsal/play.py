"""A whole rehearsal: the stage set up, every act of every part, and what it has shown."""

from __future__ import annotations

import datetime as dt
import json
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

from ceremony.config import DEFAULT_PATH
from ceremony.rehearsal import agreement, promotion, releases
from ceremony.rehearsal.narrator import Narrator
from ceremony.rehearsal.source import Bare, Source, copy, sample_files
from ceremony.rehearsal.stage import NAME, Act, Played, Stage, Unexpected, checked, made_of, noon_of
from ceremony.rules.evidence import quoted
from ceremony.rules.proof import Required
from ceremony.sandbox import Project, Sandbox

ACTS: tuple[Act, ...] = (*promotion.ACTS, *agreement.ACTS, *releases.ACTS)
"""All acts in the order of the ceremony: a part adds its own."""
SAMPLE_DAY = dt.date(2026, 1, 14)
"""The day on which the sample is played, so that it is the same play every day."""
SAMPLE_CHECKS: tuple[Required, ...] = (Required("Check"),)
"""What the sample's own CI reports."""
PLAIN_CHECKS: tuple[Required, ...] = (Required("test"), Required("lint"), Required("build"))
"""What is reported where a repository requires nothing by name."""


def play(
    folder: Path,
    repository: Path | None,
    *,
    keep: bool,
    today: dt.date,
    narrator: Narrator,
    acts: Iterable[Act] = ACTS,
) -> int:
    """Play the acts in a folder that is thrown away afterwards; returns the exit status.

    0 where everything came out as it should, 1 where something did not. With `keep` the sandbox
    then runs until KeyboardInterrupt. Raises InputError for a repository that cannot be used.
    """
    with Sandbox.serving(folder) as sandbox:
        day = today if repository else SAMPLE_DAY
        clock = sandbox.clock = _clock(day)
        # Other users of this machine can reach the port, and the copy is not theirs.
        project = sandbox.create(NAME, private=True)
        if repository is None:
            source = _sample(project)
            narrator.plain(
                "The ceremony, rehearsed on the sample project (examples/project), as if it were "
                f"{day}."
            )
            checks = SAMPLE_CHECKS
        else:
            source = copy(repository, project.path)
            project.default_branch = source.default
            narrator.plain(
                f"The ceremony, rehearsed on a copy of {repository.resolve()} as of today, {day}."
            )
            required = source.config.promotion.required
            checks = tuple(dict.fromkeys(map(concrete, required))) or PLAIN_CHECKS
            _notes(source, project, narrator)
            _played_checks(source, checks, narrator)
        narrator.plain(
            "GitHub, CI, builds and people are played; promote, cut, stage, artifacts, prune and "
            "git are real. Nothing leaves this machine."
        )
        stage = Stage(
            sandbox, project, source, checks, narrator, clock, is_sample=repository is None
        )
        status = _acts(stage, acts)
        if keep:
            broken = list(sandbox.violations)
            sandbox.clock = time.time
            _kept(stage, is_whole=status == 0)
            sandbox.violations[:] = broken  # an explorer may ask for what nobody else does
    return status


def _sample(project: Project) -> Source:
    sha = project.commit(sample_files(), message="Wrenlog, as its maintainers agreed on it")
    project.check(sha, SAMPLE_CHECKS[0].name)
    project.set_ref("refs/heads/v0.1.0-alpha", sha)  # its documents tell of that cut
    return Source("main", "main")


def _clock(day: dt.date) -> Callable[[], float]:
    """Noon of a day, from now on."""
    noon, started = noon_of(day), time.monotonic()
    return lambda: noon + time.monotonic() - started


def _notes(source: Source, project: Project, narrator: Narrator) -> None:
    main, latest = quoted(source.main), quoted(source.latest)
    if source.stand_in:
        narrator.plain(f"It has no branch `main`: {source.stand_in}, {main}, plays it.")
    elif source.main != "main":
        narrator.plain(f"Its configuration calls main {main}.")
    if source.main != "main" and project.ref("refs/heads/main") is None:
        # The first configuration that promote reads is that of a branch that is not there.
        narrator.plain(f"Promote's input `main` has to be {main}, as the acts have it.")
    if source.latest != "latest":
        narrator.plain(f"Its configuration calls latest {latest}.")
    if source.is_edited:
        narrator.plain(
            f"{quoted(DEFAULT_PATH)} has changes that are not committed; the rehearsal reads "
            f"{main}'s."
        )
    if source.is_shallow:
        narrator.plain("It is a shallow clone: the copy's history begins where the clone's does.")
        ref = f"refs/heads/{source.latest}"
        follower, leader = project.ref(ref), project.ref(f"refs/heads/{source.main}")
        if follower and leader and not Bare(project.path).has_ancestor(leader, follower):
            # What is cut off may join them, so it would be a lie that they have diverged.
            project.set_ref(ref, None)
            narrator.plain(f"How {latest} joins {main} is cut off: it is left out.")


def _played_checks(source: Source, checks: tuple[Required, ...], narrator: Narrator) -> None:
    if source.config.promotion.required:
        narrator.plain(
            f"CI is played: it reports {checked(checks)}, as `required-checks` has them."
        )
    else:
        narrator.plain(
            f"CI is played: it reports {checked(checks)}; name yours in `required-checks`."
        )
        narrator.plain("No check is required by name: everything that CI reports must succeed.")


def concrete(required: Required) -> Required:
    """A check that a pattern asks for: CI reports names and never patterns."""
    if not set(required.name) & {"*", "?"}:
        return required  # a name with brackets means itself
    made = made_of(required.name, "linux")
    return required._replace(name=made) if fnmatchcase(made, required.name) else required


# ---------------------------------------------------------------------------- the play


def _acts(stage: Stage, acts: Iterable[Act]) -> int:
    narrator = stage.narrator
    played: list[Played] = []
    trouble = ""
    for act in acts:
        if not act.is_due(stage):
            continue
        stage.said.clear()
        stage.noticed.clear()
        narrator.act(len(played) + 1, act.title)
        try:
            act.play(stage)
        except Unexpected as error:
            trouble = f"Act {len(played) + 1} did not come out as the ceremony says: {error}."
        stage.refs()
        played.append(Played(act.title, tuple(stage.said), stage.latest_sha))
        if trouble:
            break
    narrator.plain()
    narrator.table(
        [
            (" #", "act", "said", "latest"),
            *(
                (f"{number:2}", row.title, ", ".join(_told(row.said)), (row.latest or "-")[:7])
                for number, row in enumerate(played, 1)
            ),
        ]
    )
    narrator.plain()
    if trouble:
        narrator.plain(trouble)
        return 1
    narrator.plain(promotion.shown(stage))
    if stage.releases:
        narrator.plain(agreement.shown(stage))
    elif not stage.is_sample:
        narrator.plain(agreement.SKIPPED)
    if stage.shelf.promises:
        narrator.plain(releases.shown(stage))
    for sentence in stage.shelf.left_out:
        narrator.plain(f"{sentence}.")
    narrator.plain()
    narrator.plain(
        "Next: docs/promote.md, docs/cut.md and docs/artifacts.md, and examples/*.yml to copy to "
        ".github/workflows."
    )
    return 0


def _told(said: Iterable[str]) -> Iterator[str]:
    """Verdicts in a row, those that come more than once counted."""
    for word, group in groupby(said):
        number = len(list(group))
        yield f"{number} x {word}" if number > 1 else word


def _kept(stage: Stage, *, is_whole: bool) -> None:
    """Say how to explore, and leave everything as it is until somebody has seen enough."""
    sandbox, narrator = stage.sandbox, stage.narrator
    narrator.plain()
    if is_whole:
        narrator.plain("Two pushes more, which promote has not seen yet:")
        promotion.leave(stage)
        stage.refs()
        narrator.plain()
    token = sandbox.token(NAME, **{**promotion.PERMISSIONS, "statuses": "write"})
    narrator.plain("The sandbox is still there, with a token that is good for nothing else:")
    for words in _looking(stage, token):
        narrator.command(words)
    narrator.plain("To push a commit of your own, and to report CI on it:")
    for words in _playing(stage, token):
        narrator.command(words)
    narrator.plain("Ctrl-C ends it, and nothing of it is left.")
    narrator.flush()
    try:
        while True:
            time.sleep(60)
    except KeyboardInterrupt:
        narrator.plain()


def _looking(stage: Stage, token: str) -> Iterator[list[str]]:
    """Commands that change nothing, word by word."""
    api = stage.sandbox.api_url
    branches = [
        f"--{option} {shlex.quote(named)}"
        for option, named in (("main", stage.main), ("latest", stage.latest))
        if named != option
    ]
    yield [
        f"GITHUB_TOKEN={token}", "bin/ceremony promote", f"--repository {NAME}",
        f"--api-url {api}", *branches, "--dry-run",
    ]  # fmt: skip
    yield ["curl", _authorized(token), f"{api}/repos/{NAME}/git/matching-refs/heads/"]
    if stage.releases:
        yield [
            f"GITHUB_TOKEN={token}", "bin/ceremony cut", f"--version {agreement.NEXT}",
            f"--repository {NAME}", f"--api-url {api}",
        ]  # fmt: skip
    if stage.shelf.promises:
        channels = dict.fromkeys(each.channel for each in stage.shelf.promises.values())
        yield [
            f"GITHUB_TOKEN={token}", "bin/ceremony prune",
            *(f"--channels {channel}" for channel in channels), f"--repository {NAME}",
            f"--api-url {api}",
        ]  # fmt: skip


def _playing(stage: Stage, token: str) -> Iterator[list[str]]:
    """Commands with which somebody plays a person who pushes, and CI."""
    folder = NAME.rpartition("/")[2]
    scheme, _, address = stage.project.clone_url.partition("://")
    branch = [] if stage.main == stage.project.default_branch else [shlex.quote(stage.main)]
    yield [
        "git clone", *(f"--branch {name}" for name in branch),
        f"{scheme}://x-access-token:{token}@{address}",
    ]  # fmt: skip
    yield [f"git -C {folder} commit --allow-empty -m 'Mine'"]
    yield [f"git -C {folder} push origin HEAD"]
    head = f"$(git -C {folder} rev-parse HEAD)"
    # Where nothing is required, one report is proof; else it takes all that are.
    for check in stage.checks if stage.config.promotion.required else stage.checks[:1]:
        app = check.app.removesuffix("[bot]")
        permissions = {"contents": "read", "statuses": "write"}
        own = stage.sandbox.token(NAME, app=app, **permissions) if app else token
        body = json.dumps({"state": "success", "context": check.name})
        yield [
            "curl", _authorized(own), f"--data {shlex.quote(body)}",
            f'"{stage.sandbox.api_url}/repos/{NAME}/statuses/{head}"',
        ]  # fmt: skip


def _authorized(token: str) -> str:
    return f"-H 'Authorization: Bearer {token}'"
