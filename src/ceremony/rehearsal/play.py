"""A whole rehearsal: the stage set up, every act of every part, and what it has shown."""

from __future__ import annotations

import datetime as dt
import shlex
import time
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TextIO

from ceremony.rehearsal import promotion
from ceremony.rehearsal.narrator import Narrator
from ceremony.rehearsal.source import Bare, Source, copy, sample_files
from ceremony.rehearsal.stage import NAME, Act, Played, Stage, Unexpected, listed
from ceremony.rules.proof import Required
from ceremony.sandbox import Project, Sandbox

ACTS: tuple[Act, ...] = (*promotion.ACTS,)
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
    out: TextIO,
    coloured: bool = False,
    acts: Iterable[Act] = ACTS,
) -> int:
    """Play the acts in a folder that is thrown away afterwards; returns the exit status.

    0 where everything came out as it should, 1 where something did not. With `keep` the sandbox
    then runs until KeyboardInterrupt. Raises InputError for a repository that cannot be used.
    """
    narrator = Narrator(out, coloured=coloured)
    with Sandbox.serving(folder) as sandbox:
        day = today if repository else SAMPLE_DAY
        clock = sandbox.clock = _clock(day)
        project = sandbox.create(NAME)
        if repository is None:
            source = _sample(project)
            narrator.plain("The ceremony, rehearsed on the sample project (examples/project).")
            checks = SAMPLE_CHECKS
        else:
            source = copy(repository, project.path)
            project.default_branch = source.default
            narrator.plain(f"The ceremony, rehearsed on a copy of {repository.resolve()}.")
            required = source.config.promotion.required
            checks = tuple(dict.fromkeys(map(_concrete, required))) or PLAIN_CHECKS
            _notes(source, project, narrator)
        narrator.plain(
            "GitHub and the people are played; promote and git are real. Nothing leaves this "
            "machine."
        )
        stage = Stage(sandbox, project, source, checks, narrator, clock)
        status = _acts(stage, acts)
        if keep:
            broken = list(sandbox.violations)
            sandbox.clock = time.time
            _kept(stage)
            sandbox.violations[:] = broken  # an explorer may ask for what nobody else does
    return status


def _sample(project: Project) -> Source:
    sha = project.commit(sample_files(), message="Wrenlog, as its maintainers agreed on it")
    project.check(sha, SAMPLE_CHECKS[0].name)
    return Source("main", "main")


def _clock(day: dt.date) -> Callable[[], float]:
    """Noon of a day, from now on."""
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC).timestamp()
    started = time.monotonic()
    return lambda: noon + time.monotonic() - started


def _notes(source: Source, project: Project, narrator: Narrator) -> None:
    named = source.config.layout.main_branch
    if source.main != named:
        narrator.plain(f"It has no branch {named}: its default branch {source.main} plays it.")
    if source.is_shallow:
        narrator.plain("It is a shallow clone: the copy's history begins where the clone's does.")
        ref = f"refs/heads/{source.latest}"
        latest, main = project.ref(ref), project.ref(f"refs/heads/{source.main}")
        if latest and main and not Bare(project.path).has_ancestor(main, latest):
            # What is cut off may join them, so it would be a lie that they have diverged.
            project.set_ref(ref, None)
            narrator.plain(f"How {source.latest} joins {source.main} is cut off: it is left out.")
    required = source.config.promotion.required
    if required:
        names = listed([check.name for check in required])
        narrator.plain(f"Its configuration requires {names}.")
    else:
        narrator.plain("It requires no check by name: everything that CI reports must succeed.")


def _concrete(required: Required) -> Required:
    """A check that a pattern asks for: CI reports names and never patterns."""
    if not set(required.name) & {"*", "?"}:
        return required  # a name with brackets means itself
    made, rest = "", required.name
    while rest:
        end = rest.find("]", 2) if rest[0] == "[" else -1
        if end > 0:
            made, rest = made + _one_of(rest[: end + 1]), rest[end + 1 :]
        else:
            made, rest = made + {"*": "linux", "?": "1"}.get(rest[0], rest[0]), rest[1:]
    return required._replace(name=made) if fnmatchcase(made, required.name) else required


def _one_of(group: str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. "
    return next((letter for letter in letters + group if fnmatchcase(letter, group)), "")


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
                (f"{number:2}", row.title, ", ".join(row.said), (row.latest or "-")[:7])
                for number, row in enumerate(played, 1)
            ),
        ]
    )
    narrator.plain()
    if trouble:
        narrator.plain(trouble)
        return 1
    narrator.plain(promotion.shown(stage))
    narrator.plain()
    narrator.plain("Next: docs/promote.md, and examples/promote.yml to copy to .github/workflows.")
    return 0


def _kept(stage: Stage) -> None:
    """Say how to explore, and leave everything as it is until somebody has seen enough."""
    sandbox, narrator = stage.sandbox, stage.narrator
    token = sandbox.token(NAME, **promotion.PERMISSIONS)
    narrator.plain()
    narrator.plain("The sandbox is still there, with a token that is good for nothing else:")
    part = f"bin/ceremony promote --repository {NAME} --api-url {sandbox.api_url}"
    for option, named in (("main", stage.main), ("latest", stage.latest)):
        part += f" --{option} {shlex.quote(named)}" if named != option else ""
    branches = f"{sandbox.api_url}/repos/{NAME}/git/matching-refs/heads/"
    for command in (
        f"git clone {stage.project.clone_url}",
        f"curl -H 'Authorization: Bearer {token}' {branches}",
        f"GITHUB_TOKEN={token} {part} --dry-run",
    ):
        narrator.verbatim(f"  {command}")
    narrator.plain("Ctrl-C ends it, and nothing of it is left.")
    narrator.flush()
    try:
        while True:
            time.sleep(60)
    except KeyboardInterrupt:
        narrator.plain()
