"""The acts of cut and stage: the ceremony's five Examples, each to the state that it ends in.

People change the documents by pushes to main, promote carries them to latest, and cut and stage
judge and freeze. What that left behind is read from git here, by other code than theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ceremony.actions import cut, freezing
from ceremony.actions import stage as staging
from ceremony.rehearsal import promotion
from ceremony.rehearsal.narrator import GREEN, RED
from ceremony.rehearsal.stage import NAME, Act, Stage, Unexpected, require
from ceremony.report import promotion as report
from ceremony.report.cutting import Outcome, Verdict, headline
from ceremony.report.words import counted
from ceremony.rules.promote import Verdict as Promoted
from ceremony.sandbox.store import ZEROS

PERMISSIONS = {
    "contents": "write",
    "pull_requests": "write",
    "actions": "write",
    "checks": "read",
    "statuses": "read",
}
"""What cut and stage ask for, in the words of the sandbox."""
LATEST = "MILESTONES.latest.md"
MAIN = "MILESTONES.main.md"
RELEASE = "release.yml"
"""The workflow that a new release branch starts."""
SKIPPED = (
    "The ceremony's five examples were left out: they would change what your documents say; "
    "without --repo they are played on the sample project."
)
NEXT = "0.5.0-alpha"
"""The version that may be cut when the last act is over."""
SHOWN = 2
"""Reasons of a no-go that are told; the headline counts all of them."""


# ---------------------------------------------------------------------------- what the parts do


class _Before(NamedTuple):
    """Where everything was before a part ran."""

    refs: dict[str, str]
    pulls: int
    started: int


def cutting(stage: Stage, version: str, verdict: Verdict, *, dry_run: bool = False) -> Outcome:
    """Run cut as it is run anywhere, and tell its word.

    Raises Unexpected where that is another verdict, or it left behind what it should not.
    """

    def run(context: freezing.Context) -> Outcome:
        given = cut.Inputs(
            token=_token(stage), repository=NAME, api_url=stage.sandbox.api_url,
            version=version, dispatch=(RELEASE,), dry_run=dry_run,
        )  # fmt: skip
        return cut.cut(given, context)

    latest = str(stage.latest_sha)
    return _judged(stage, run, verdict, stage.text(latest, LATEST))


def stepping(
    stage: Stage, origin: str, target: str, verdict: Verdict, *, feedback: str = ""
) -> Outcome:
    """Run stage as it is run anywhere, and tell its word; raises Unexpected as `cutting` does."""

    def run(context: freezing.Context) -> Outcome:
        given = staging.Inputs(
            token=_token(stage), repository=NAME, api_url=stage.sandbox.api_url,
            from_=origin, to=target, dispatch=(RELEASE,), dry_run=False, feedback=feedback,
        )  # fmt: skip
        return staging.stage(given, context)

    frozen = stage.text(stage.releases[origin], f"MILESTONES.{origin}.md")
    return _judged(stage, run, verdict, frozen)


def _token(stage: Stage) -> str:
    return stage.sandbox.token(NAME, **PERMISSIONS)


def _judged(
    stage: Stage, run: Callable[[freezing.Context], Outcome], verdict: Verdict, source: str
) -> Outcome:
    project = stage.project
    before = _Before(project.refs(), len(project.issues), len(project.dispatches))
    # The commits that a part makes bear the server's time: it stands still, so that they have the
    # same hashes in every rehearsal.
    running, noon = stage.sandbox.clock, stage.noon
    stage.sandbox.clock = lambda: noon
    try:
        outcome = run(freezing.Context(workspace=project.path, clock=stage.sandbox.clock))
    finally:
        stage.sandbox.clock = running
    _tell(stage, outcome)
    if outcome.failure:
        raise Unexpected(f"{outcome.part} could not finish: {outcome.failure}")
    if outcome.verdict is not verdict:
        raise Unexpected(
            f"{outcome.part} said {outcome.verdict.value}; {verdict.value} was expected"
        )
    if verdict in {Verdict.CUT, Verdict.STAGED}:
        _frozen(stage, outcome, before, source)
    elif (project.refs(), len(project.issues), len(project.dispatches)) != before:
        raise Unexpected(f"{outcome.part} said {verdict.value} and changed something")
    return outcome


def _tell(stage: Stage, outcome: Outcome) -> None:
    word = outcome.verdict.value
    stage.said.append(word)
    sentences = [f"{headline(outcome).removeprefix(f'{word}: ')}."]
    if outcome.verdict is Verdict.NO_GO:
        reasons = [each for criterion in outcome.criteria for each in criterion.reasons]
        sentences += [
            f"{each.place.file}:{each.place.line} {each.message}." for each in reasons[:SHOWN]
        ]
    if outcome.pull:
        started = ", ".join(outcome.dispatched) or "no workflow"
        sentences.append(
            f"with it: its document, pull request {outcome.pull.number}, and {started} started."
        )
    colour = RED if outcome.status else GREEN
    stage.narrator.verdict(outcome.verdict, sentences, who=outcome.part, colour=colour)


def _frozen(stage: Stage, outcome: Outcome, before: _Before, source: str) -> None:
    """Hold what was frozen to the ceremony's word (Version Cuts), by what git says.

    `source` is the text that was agreed on.
    """
    project, branch, path = stage.project, outcome.version.branch, outcome.document
    release, adopting = f"refs/heads/{branch}", f"refs/heads/ceremony/{branch}"
    after = project.refs()
    if after.keys() - before.refs.keys() != {release, adopting} or after != after | before.refs:
        raise Unexpected(f"{outcome.part} moved other refs than {branch} and the one beside it")
    made, beside = after[release], after[adopting]
    require(
        (stage.parents(made) == (stage.latest_sha,), f"{branch} is not on top of {stage.latest}"),
        (_changed(stage, made) == {path}, f"{branch} changes more than its document"),
        (stage.parents(beside) == (stage.main_sha,), f"{adopting} is not on top of {stage.main}"),
    )
    text = stage.text(made, path)
    head, body = _parted(text)
    pulls = [issue for issue in project.issues.values() if issue.is_pull and issue.state == "open"]
    started = project.dispatches[before.started :]
    require(
        (body == _parted(source)[1], f"{path} is not what was agreed, to the byte"),
        (f"**Branch**: `{branch}`\n" in head, f"{path} does not name its branch"),
        (stage.text(beside, path) == text, f"{stage.main} is to get another document"),
        (
            [(pull.head, pull.base) for pull in pulls] == [(f"ceremony/{branch}", stage.main)],
            f"there is no pull request for {path}",
        ),
        (
            [(each.workflow, each.ref, each.sha) for each in started] == [(RELEASE, release, made)],
            f"CI was not started on {branch}",
        ),
    )
    stage.releases[branch] = made


def _changed(stage: Stage, sha: str) -> set[str]:
    """The files in which a commit differs from the one that it was made on."""
    (parent,) = stage.parents(sha)
    one, other = stage.files(parent).items(), stage.files(sha).items()
    return {path for path, _ in one ^ other}


def _parted(text: str) -> tuple[str, str]:
    head, _, body = text.partition("\n---\n")
    return head, body


def witness(stage: Stage) -> None:
    """Hold every release branch to the ceremony's word that it is frozen, by git's own log.

    Raises Unexpected where one has moved, main tells another story of it, or there is one that
    nobody has cut.
    """
    refs = stage.project.refs().keys() - stage.earlier
    named = {ref for ref in refs if ref.startswith("refs/heads/v")}
    made = {f"refs/heads/{branch}" for branch in stage.releases}
    require((named == made, f"nobody has cut {', '.join(sorted(named ^ made))}"))
    for branch, sha in stage.releases.items():
        is_there = stage.project.ref(f"refs/heads/{branch}") == sha
        if stage.moves(branch) != [(ZEROS, sha)] or not is_there:
            raise Unexpected(f"{branch} is frozen, and it moved")
        path = f"MILESTONES.{branch}.md"
        if stage.text(stage.main_sha, path) != stage.text(sha, path):
            raise Unexpected(f"{path} is frozen, and {stage.main} holds another")


def shown(stage: Stage) -> str:
    """What the acts have shown, once `witness` has let every branch pass."""
    branches = counted(len(stage.releases), "release branch", "release branches")
    return (
        f"Shown: {branches}, each one commit on top of {stage.latest} as it was then, with what "
        f"was agreed to the byte; none has moved since, and {stage.main} holds the same documents."
    )


# ---------------------------------------------------------------------------- what people do


def carry(stage: Stage) -> None:
    """Let promote take main's head to latest. Raises Unexpected where it does not."""
    outcome = promotion.run(stage)
    promotion.judge(outcome, Promoted.PROMOTED)
    behind = f"promote left {stage.latest} below the head of {stage.main}"
    require((stage.latest_sha == stage.main_sha, behind))
    words = [f"{report.headline(outcome)}."]
    stage.narrator.verdict(outcome.verdict, words, who="promote", colour=GREEN)


def _push(stage: Stage, who: str, title: str, **files: str | None) -> None:
    """Somebody pushes files, by the names that `_PATHS` gives them, and CI succeeds."""
    stage.push(who, title, files={_PATHS[name]: text for name, text in files.items()}, ci="success")


def _adopt(stage: Stage, outcome: Outcome) -> None:
    """A maintainer merges the pull request of what was frozen.

    Raises Unexpected where latest's document does not begin its next cycle with a cut.
    """
    number = outcome.pull.number if outcome.pull else 0
    stage.adopt("nkem", number, ci="success")
    latest, main = _documents(stage)
    named = [f"### {proposal}: " in main for _, proposal in outcome.proposals]
    require(
        (re.search(r"(?m)^### M[0-9]", latest) is None, "what was agreed did not move out"),
        ("| Signed |" not in latest, "what is to come is signed already"),
        (all(named), "what was deferred is no proposal"),
    )


def _documents(stage: Stage) -> tuple[str, str]:
    """The living documents, as they are on main: latest's and main's."""
    sha = stage.main_sha
    return stage.text(sha, LATEST), stage.text(sha, MAIN)


_PATHS = {
    "latest": LATEST,
    "main": MAIN,
    "workflow": f".github/workflows/{RELEASE}",
    "hours": "wrenlog/hours.py",
    "rivers": "wrenlog/rivers.py",
    "guess": "wrenlog/guess.py",
    "image": "bundles/macos.py",
}
_WORKFLOW = "on: workflow_dispatch\njobs: {}\n"


def _code(words: str) -> str:
    return f'"""{words}"""\n'


def _is_built(stage: Stage, sha: str, name: str) -> bool:
    return _PATHS[name] in stage.files(sha)


def edited(text: str, *changes: tuple[str, str]) -> str:
    """A document with words put in place of others that stand in it once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise Unexpected(f"the sample's documents say otherwise than the act: {old[:60]!r}")
        text = text.replace(old, new)
    return text


def _logged(stage: Stage, text: str, change: str, who: str) -> str:
    """A document with its date and a row in its changelog, as every change of it has them."""
    heading = "| Date | Change | Author |\n|------|--------|--------|\n"
    text = edited(text, (heading, f"{heading}| {stage.today} | {change} | @{who} |\n"))
    return re.sub(r"(?m)^(\*\*Last Updated\*\*: ).*$", rf"\g<1>{stage.today}", text)


def _signed(stage: Stage, text: str) -> str:
    """What latest promises, with every box ticked and every maintainer's name under it."""
    rows = r"(?m)^(\| @[a-z-]+ \|) (?:TBD|[0-9-]{10}) \| (?:Pending|Signed) \|$"
    text = re.sub(rows, rf"\1 {stage.today} | Signed |", text)
    return text.replace("- [ ]", "- [x]")


class _Milestone(NamedTuple):
    """A milestone of latest's document, with one deliverable."""

    id: str
    title: str
    item: str
    owner: str
    state: str = "ACCEPTED"
    rationale: str = ""

    @property
    def block(self) -> str:
        """The milestone as a section."""
        why = f"**Rationale**: {self.rationale}\n\n" if self.rationale else ""
        return (
            f"### {self.id}: {self.title}\n\n"
            f"**Status**: `{self.state}`\n**Owner**: @{self.owner}\n\n{why}"
            "| ID | Deliverable | Status | Acceptance Criteria |\n"
            "|----|-------------|--------|---------------------|\n"
            f"| {self.id}.1 | {self.title} | `{self.state}` | {self.item} |\n\n---\n\n"
        )

    @property
    def row(self) -> str:
        """Its place in the table of what is in scope."""
        return f"| **{self.title}** | {self.item} | {self.id} |\n"


_SURFACE = "## Maintainer Surface Area\n"
_IN_SCOPE = "| Domain | Description | Milestone |\n|--------|-------------|-----------|\n"


def _with(text: str, milestones: Iterable[_Milestone]) -> str:
    """What latest promises, with further milestones in scope."""
    for one in milestones:
        text = edited(text, (_SURFACE, one.block + _SURFACE), (_IN_SCOPE, _IN_SCOPE + one.row))
    return text


_GRADUATES = (
    "| ID | Title | Target | Graduated To | Date |\n|----|-------|--------|--------------|------|\n"
)


def _proposal(stage: Stage, name: str, title: str, words: str, *, why: str = "") -> str:
    status = f"DEFERRED\n**Rationale**: {why}" if why else "PROPOSED"
    return (
        f"### {name}: {title}\n\n**Proposed**: {stage.today}\n**Author**: @juniper-hall\n"
        f"**Target Version**: Next cycle\n**Category**: Milestone\n**Status**: {status}\n\n"
        f"#### Summary\n\n{words}\n\n#### Motivation\n\nListeners ask for it.\n\n"
        f"#### Proposal\n\nA milestone of its own.\n\n#### Acceptance Criteria\n\n"
        f"- [ ] The maintainers agree who owns it\n\n#### Discussion\n\nIn the Monday meeting.\n\n"
    )


def _proposed(text: str, proposal: str) -> str:
    end = "---\n\n## Graduated Proposals\n"
    return edited(text, (end, proposal + end))


def _graduated(stage: Stage, text: str, title: str) -> str:
    """The intake, with a proposal moved to the graduates."""
    section = re.compile(
        rf"^### (PROP-[0-9]+): {re.escape(title)}\n.*?(?=^### PROP-|^---\n)",
        re.MULTILINE | re.DOTALL,
    )
    found = section.search(text)
    if found is None:
        raise Unexpected(f"nobody has proposed {title!r}")
    row = f"| {found[1]} | {title} | Next cycle | MILESTONES.latest.md | {stage.today} |\n"
    return edited(section.sub("", text), (_GRADUATES, _GRADUATES + row))


def _blocker(text: str, name: str, row: str) -> str:
    """The registry, with a blocker's row as it stands now."""
    found = re.search(rf"(?m)^\| {name} \|.*\n", text)
    return edited(text, (found[0] if found else f"| {name} |", row))


# ---------------------------------------------------------------------------- the acts


_REST = "**Graduation Criteria**: on each of the"
_DEFERRED = (
    (
        "5/10 are complete, 3/10 accepted, 1/10 blocked and 1/10 deferred",
        "5/11 are complete, 4/11 accepted and 2/11 deferred",
    ),
    ("Of 10 deliverables", "Of 11 deliverables"),
    ("**Status**: `BLOCKED`\n**Owner**: @nkem", "**Status**: `ACCEPTED`\n**Owner**: @nkem"),
    ("| M5.2 | macOS Image | `BLOCKED` |", "| M5.2 | macOS Image | `DEFERRED` |"),
    (_REST, f"**Rationale**: M5.2 is deferred until somebody maintains it.\n\n{_REST}"),
    ("still open: B5", "still open: none"),
)
"""What the sample's maintainers agree on beside M6: the macOS image is left for later."""


def _before_building(stage: Stage) -> None:
    latest, main = _documents(stage)
    main = _proposed(main, _proposal(stage, "PROP-8", "Songs by the Hour", "Sort songs by hour."))
    _push(
        stage, "juniper", "PROP-8: Songs by the Hour", workflow=_WORKFLOW,
        main=_logged(stage, main, "PROP-8 added", "juniper-hall"),
    )  # fmt: skip
    _, main = _documents(stage)
    agreed = _Milestone("M6", "Songs by the Hour", "The diary shows who sings when", "ida-voss")
    latest = edited(_with(latest, [agreed]), *_DEFERRED)
    latest = _blocker(
        latest,
        "B5",
        "| B5 | M5.2 | No maintainer committed to the macOS image | @nkem-adeyo | Deferred "
        "| Moved to a later version |\n",
    )
    _push(
        stage, "ida", "Accept PROP-8, defer B5, sign",
        main=_logged(stage, _graduated(stage, main, agreed.title), "PROP-8 graduated", "ida-voss"),
        latest=_logged(stage, _signed(stage, latest), "M6 added, B5 deferred", "ida-voss"),
    )  # fmt: skip
    carry(stage)
    alpha = cutting(stage, "0.2.0-alpha", Verdict.CUT)
    _adopt(stage, alpha)
    _push(stage, "ida", "Songs by the hour, built", hours=_code("Who sings when."))
    carry(stage)
    stable = stepping(stage, "v0.2.0-alpha", "stable", Verdict.STAGED)
    _adopt(stage, stable)
    agreed_at, locked_at = stage.releases["v0.2.0-alpha"], stage.releases["v0.2.0-stable"]
    require(
        (not _is_built(stage, agreed_at, "hours"), "it was built before it was agreed"),
        (_is_built(stage, locked_at, "hours"), "it is agreed and locked, and not built"),
        (agreed.block in stage.text(locked_at, stable.document), "M6 is not in the agreement"),
    )
    stage.narrator.tell("Agreed in alpha with nothing built, locked in stable with all of it built")


def _after_building(stage: Stage) -> None:
    _push(stage, "tomas", "River walks, built", rivers=_code("Listen along a river."))
    carry(stage)
    cutting(stage, "0.3.0-stable", Verdict.NO_GO, dry_run=True)
    latest, _ = _documents(stage)
    built = _Milestone(
        "M7", "River Walks", "A walk is one entry of the diary", "tomas-rey", "COMPLETE"
    )
    latest = re.sub(r"(?m)^Of 11 deliverables.*$", "Of 1 deliverable, 1/1 is complete.", latest)
    latest = _signed(stage, _with(latest, [built]))
    _push(
        stage, "tomas", "Write down what was built",
        latest=_logged(stage, latest, "M7 added as it was built", "tomas-rey"),
    )  # fmt: skip
    carry(stage)
    outcome = cutting(stage, "0.3.0-stable", Verdict.CUT)
    _adopt(stage, outcome)
    made = stage.releases["v0.3.0-stable"]
    earlier = {branch for branch in stage.releases if branch.startswith("v0.3.0-")}
    require(
        (_is_built(stage, made, "rivers"), "what was agreed on was not built"),
        (built.block in stage.text(made, outcome.document), "M7 is not in the agreement"),
        (earlier == {"v0.3.0-stable"}, "there was an agreement before it was formalized"),
    )
    stage.narrator.tell("Built first, formalized later, straight to stable")


def _insiders(stage: Stage) -> None:
    promised, _ = _documents(stage)
    _push(stage, "ida", "An experiment: songs guessed", guess=_code("Guess the song."))
    carry(stage)
    _push(stage, "ida", "Guess from longer notes", guess=_code("Guess the song, by its end."))
    carry(stage)
    stage.narrator.tell("Users have it from latest, twice; the maintainers have promised nothing")
    cutting(stage, "0.4.0-alpha", Verdict.NO_GO, dry_run=True)
    _, main = _documents(stage)
    number = 1 + max(int(found) for found in re.findall(r"\bPROP-([0-9]+)", main))
    proposal = _proposal(
        stage, f"PROP-{number}", "Guess the Song", "Guess songs by a few notes.",
        why="Deferred while insiders try it out.",
    )  # fmt: skip
    _push(
        stage, "nkem", "Experiment longer",
        main=_logged(stage, _proposed(main, proposal), f"PROP-{number} deferred", "nkem-adeyo"),
    )  # fmt: skip
    carry(stage)
    latest = str(stage.latest_sha)
    require(
        (_is_built(stage, latest, "guess"), "latest has lost what insiders try out"),
        (stage.text(latest, LATEST) == promised, "somebody has promised something"),
        (not _is_frozen(stage, "guess the song"), "somebody has committed to it"),
    )
    stage.narrator.tell(
        "Kept in latest and decided later: the third of the ceremony's three options"
    )


def _sponsor(stage: Stage) -> None:
    latest, main = _documents(stage)
    feature = _Milestone(
        "M8", "macOS Image", "The image opens without a warning", "nkem-adeyo", "BLOCKED"
    )
    other = _Milestone("M9", "Larger Type", "Everything reads at 200%", "tomas-rey")
    row = "| B5 | M8.1 | No maintainer committed to the macOS image | @nkem-adeyo | {} |\n"
    figures = ("Of 1 deliverable, 1/1 is complete.", "Two deliverables, and one is blocked.")
    latest = edited(_with(latest, [feature, other]), figures)
    latest = _signed(stage, _blocker(latest, "B5", row.format("Open | Asked for since January")))
    _push(
        stage, "nkem", "The macOS image, built", image=_code("Build the image."),
        main=_logged(stage, _graduated(stage, main, "macOS Image"), "M8 graduated", "nkem-adeyo"),
        latest=_logged(stage, latest, "M8 and M9 added, M8 blocked by B5", "nkem-adeyo"),
    )  # fmt: skip
    carry(stage)
    require((_is_built(stage, str(stage.latest_sha), "image"), "it is not built"))
    no = cutting(stage, "0.4.0-alpha", Verdict.NO_GO)
    require(
        ([blocker.id for blocker in no.blockers] == ["B5"], "something else than B5 blocks it"),
    )
    accepted = feature._replace(state="ACCEPTED")
    resolved = row.format("Resolved | A bounty pays @juniper-hall for it")
    latest = edited(
        latest, (feature.block, accepted.block), ("and one is blocked", "and none is blocked")
    )
    latest = _blocker(latest, "B5", resolved)
    _push(
        stage, "nkem", "B5: a sponsor was found",
        latest=_logged(stage, _signed(stage, latest), "B5 resolved by a bounty", "nkem-adeyo"),
    )  # fmt: skip
    carry(stage)
    outcome = cutting(stage, "0.4.0-alpha", Verdict.CUT)
    _adopt(stage, outcome)
    agreed = stage.text(stage.releases["v0.4.0-alpha"], outcome.document)
    require(
        (resolved in agreed, "how B5 ended is not in the agreement"),
        (accepted.block in agreed, "M8 is not in the agreement"),
    )
    stage.narrator.tell("Ready all along; released once somebody committed to it")


def _removal(stage: Stage) -> None:
    latest, main = _documents(stage)
    guess = _Milestone("M10", "Guess the Song", "Nine songs of ten are guessed", "ida-voss")
    other = _Milestone("M11", "Winter Lists", "A list shows winter guests apart", "tomas-rey")
    figures = ("Two deliverables, and none is blocked.", "Two deliverables, both accepted.")
    latest = _signed(stage, edited(_with(latest, [guess, other]), figures))
    _push(
        stage, "ida", "Accept two ideas",
        main=_logged(stage, _graduated(stage, main, guess.title), "M10 graduated", "ida-voss"),
        latest=_logged(stage, latest, "M10 and M11 added", "ida-voss"),
    )  # fmt: skip
    carry(stage)
    before = dict(stage.releases)
    stage.narrator.tell("Users of latest tell that it guesses wrens wherever there are none")
    gone = guess._replace(state="REJECTED", rationale="Rejected because users were misled by it.")
    latest = edited(
        _logged(stage, latest, "M10 rejected", "ida-voss"),
        (guess.block, gone.block), (guess.row, ""),
        ("both accepted", "one accepted and one rejected"),
    )  # fmt: skip
    _push(
        stage, "ida", "Take the guessing out",
        guess=None, latest=_signed(stage, latest),
    )  # fmt: skip
    carry(stage)
    outcome = cutting(stage, NEXT, Verdict.GO, dry_run=True)
    require(
        (not _is_built(stage, str(stage.latest_sha), "guess"), "it is still in latest"),
        (outcome.milestones == ("M11",), "what was removed is still promised"),
        (stage.releases == before, "a version was cut meanwhile"),
        (not _is_frozen(stage, "guess the song"), "a promise was broken"),
    )
    stage.narrator.tell("Removed before anybody had promised it: nothing that is frozen names it")


def _is_frozen(stage: Stage, words: str) -> bool:
    """Whether a frozen document of the acts holds these words."""
    return any(
        words in stage.text(sha, f"MILESTONES.{branch}.md").lower()
        for branch, sha in stage.releases.items()
    )


def _example(number: int, name: str, play: Callable[[Stage], None]) -> Act:
    def played(stage: Stage) -> None:
        play(stage)
        witness(stage)

    return Act(f"Example {number}: {name}", played, lambda stage: stage.is_sample)


ACTS = (
    _example(1, "pre-implementation agreement", _before_building),
    _example(2, "post-implementation governance", _after_building),
    _example(3, "insider testing", _insiders),
    _example(4, "sponsor-blocked release", _sponsor),
    _example(5, "removal before commitment", _removal),
)
