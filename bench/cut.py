"""Times the decisions of cut and stage, whole runs of the check, and counts requests.

Run `bench/cut` (see there). (a) A generated document of 5,000 lines with 500 items: what cut and
stage do with it, beside parsing it. (b) Whole processes: the check of a folder, beside the script
that a project would write by hand. (c) Cuts and steps against the sandbox: requests and time of
each. What is compared takes turns; each figure is the median of the counted runs, after one that
is not counted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ceremony.actions import cut, stage
from ceremony.actions.freezing import Context
from ceremony.commitments import Commitments
from ceremony.model import Document, Kind, Version
from ceremony.report.cutting import Outcome
from ceremony.rules import cut as cutting
from ceremony.rules import stage as staging
from ceremony.rules.audit.registry import Project
from ceremony.rules.freeze import Header, Source, freeze, reset
from ceremony.sandbox import Sandbox

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
NAME = "spiritstream/app"
TODAY = dt.date(2026, 1, 20)
ALPHA, BETA = Version.parse("v1.0.0-alpha"), Version.parse("v1.0.0-beta")
MILESTONES, ITEMS = 50, 10
# What the parts read of a document's commitments.
READ = (
    "milestones", "items", "details", "blockers", "registries", "domains", "scopes",
    "signatories", "criteria", "ids",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/cut", description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    given = parser.parse_args()
    text = document()
    decisions(text, given.runs)
    with tempfile.TemporaryDirectory() as folder:
        processes(Path(folder), text, given.runs)
        requests(Path(folder), text)
    return 0


# ---------------------------------------------------------------------------- (a) decisions


def decisions(text: str, runs: int) -> None:
    lines = text.count("\n")
    print(f"(a) {lines:,} lines, {MILESTONES * ITEMS} items, median of {runs}")
    texts = {
        "unchanged": text,
        "every tenth item refined": refined(text, 10),
        "every item refined": refined(text, 1),
    }
    times: dict[str, list[float]] = {}

    def timed(name: str, act: Callable[[], object]) -> None:
        gc.collect()
        started = time.perf_counter()
        act()
        times.setdefault(name, []).append(time.perf_counter() - started)

    for _ in range(runs + 1):
        # Documents and commitments keep what they once worked out: each run has its own.
        timed("parse", lambda: parsed("MILESTONES.latest.md", text, Kind.LATEST))
        facts = facts_of(parsed("MILESTONES.latest.md", text, Kind.LATEST))
        timed("cut", lambda facts=facts: cutting.decide(facts))  # type: ignore[misc]
        facts = facts_of(parsed("MILESTONES.latest.md", text, Kind.LATEST))
        decision = cutting.decide(facts)
        source = Source(facts.project.documents[0], text)
        header = Header(ALPHA, TODAY, "1" * 40, "2" * 40, "3" * 40)
        timed(
            "freeze and reset",
            lambda source=source, decision=decision, header=header: (  # type: ignore[misc]
                freeze(source, header),
                reset(source, None, decision),
            ),
        )
        for name, other in texts.items():
            one = parsed(ALPHA.document, text, Kind.FROZEN, ALPHA)
            two = parsed("next.md", other, Kind.FROZEN, ALPHA)
            step = staging.Facts(
                source=ALPHA,
                target=BETA,
                frozen=one,
                candidate=two,
                known=frozenset({ALPHA}),
                feedback="What the clubs asked for",
            )
            timed(f"stage, {name}", lambda step=step: staging.decide(step))  # type: ignore[misc]
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}
    parse = medians.pop("parse")
    print(f"  {'parse':32} {parse * 1000:8.1f} ms")
    for name, found in medians.items():
        count = 2 if name.startswith("stage") else 1
        beside = "parsing both texts" if count == 2 else "parsing the text"
        ratio = found / (count * parse)
        print(f"  {name:32} {found * 1000:8.1f} ms   {ratio:5.2f} x {beside}")


def parsed(path: str, text: str, kind: Kind, version: Version | None = None) -> Document:
    """A document of which everything is read: it is parsed when it is first asked."""
    document = Source.of(path, text.encode(), kind=kind, version=version).document
    read(Commitments(document=document))
    return document


def read(found: Commitments) -> None:
    for name in READ:
        getattr(found, name)


def facts_of(document: Document) -> cutting.Facts:
    project = Project(documents=(document,), as_of=TODAY)
    read(project.commitments(document))
    return cutting.Facts(
        project=project,
        version=ALPHA,
        today=TODAY,
        known=frozenset(),
        latest_exists=True,
        latest_proven=True,
        documents_agree=True,
    )


# ---------------------------------------------------------------------------- (b) processes


def processes(folder: Path, text: str, runs: int) -> None:
    small, large = folder / "small", folder / "large"
    small.mkdir()
    for path in sorted((REPOSITORY / "examples" / "project").glob("*.md")):
        shutil.copy(path, small)
    large.mkdir()
    (large / "MILESTONES.latest.md").write_text(text, encoding="utf-8")
    for root in (small, large):
        (root / ".github").mkdir()
        (root / ".github" / "ceremony.yml").write_text("cut:\n  manifests: [package.json]\n")
        (root / "package.json").write_text('{\n  "version": "1.0.0-alpha"\n}\n')
    titles = {small: "the sample project", large: "the generated document"}
    for root, title in titles.items():
        commands = {
            "ceremony cut": [
                "bash", str(REPOSITORY / "bin" / "ceremony"), "cut",
                "--root", str(root), "--version", "1.0.0-alpha",
            ],
            "by hand": [
                sys.executable, "-I", str(HERE / "cut_by_hand.py"), str(root), "1.0.0-alpha",
            ],
        }  # fmt: skip
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs + 1):
            for name, command in commands.items():
                times[name].append(run(command, root))
        print(f"(b) whole processes, {title}, median of {runs}")
        medians = {name: statistics.median(found[1:]) for name, found in times.items()}
        for name, found in medians.items():
            ratio = found / medians["ceremony cut"]
            print(f"  {name:32} {found:8.3f} s    {ratio:5.2f} x cut's time")


def run(command: list[str], folder: Path) -> float:
    # A workflow's own variables would make the part believe that it runs in one.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    started = time.perf_counter()
    finished = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False
    )
    wall = time.perf_counter() - started
    if finished.returncode not in {0, 1}:
        raise SystemExit(f"{command[0]} ended with {finished.returncode}")
    return wall


# ---------------------------------------------------------------------------- (c) requests


def requests(folder: Path, text: str) -> None:
    print("(c) against the sandbox, the generated document, one run each")
    with Sandbox.serving(folder / "sandbox") as sandbox:
        project = sandbox.create(NAME)
        files = {
            "MILESTONES.latest.md": text,
            ".github/workflows/release.yml": "on: workflow_dispatch\njobs: {}\n",
        }
        base = project.commit(files)
        project.check(base, "test")
        project.set_ref("refs/heads/latest", base)
        token = sandbox.token(
            NAME,
            contents="write",
            pull_requests="write",
            actions="write",
            checks="read",
            statuses="read",
        )
        given = {"token": token, "repository": NAME, "api_url": sandbox.api_url}
        context = Context(workspace=folder)

        def cuts(*, dry_run: bool) -> Outcome:
            wanted = cut.Inputs(
                version=ALPHA.branch, dispatch=("release.yml",), dry_run=dry_run, **given
            )
            return cut.cut(wanted, context)

        def steps(*, dry_run: bool) -> Outcome:
            wanted = stage.Inputs(
                from_=ALPHA.branch,
                to="beta",
                feedback="What the clubs asked for",
                dispatch=("release.yml",),
                dry_run=dry_run,
                **given,
            )
            return stage.stage(wanted, context)

        acts: Mapping[str, Callable[[], Outcome]] = {
            "cut, the check": lambda: cuts(dry_run=True),
            "cut": lambda: cuts(dry_run=False),
            "cut, once more": lambda: cuts(dry_run=False),
            "stage, the check": lambda: steps(dry_run=True),
            "stage": lambda: steps(dry_run=False),
            "stage, once more": lambda: steps(dry_run=False),
        }
        for name, act in acts.items():
            first = len(sandbox.requests)
            started = time.perf_counter()
            outcome = act()
            wall = time.perf_counter() - started
            sent = len(sandbox.requests) - first
            if outcome.status or outcome.requests != sent:
                raise SystemExit(f"{name}: {outcome.verdict}, {outcome.requests} requests told")
            print(f"  {name:20} {outcome.verdict:15} {sent:4} requests {wall:8.2f} s")


# ---------------------------------------------------------------------------- the document


def document() -> str:
    """An agreement that is mature, of a realistic shape: what a cut has to read to the end."""
    return "\n".join(_lines()) + "\n"


def refined(text: str, every: int) -> str:
    """The text with the criteria of every so manieth item said more closely."""
    lines = text.split("\n")
    rows = [n for n, line in enumerate(lines) if line.startswith("| M") and "within" in line]
    for n in rows[::every]:
        lines[n] = lines[n].replace("within", "on every system within")
    return "\n".join(lines)


def _lines() -> Iterator[str]:
    yield "# MILESTONES - Latest\n\n**Type**: Living\n**Status**: ACCEPTED"
    yield "**Last Updated**: 2026-01-18\n**Branch**: `latest`\n\n---\n"
    yield "## Scope Definition\n\n### In Scope\n"
    yield "| Domain | Description | Milestone |\n|--------|-------------|-----------|"
    for one in range(1, MILESTONES + 1):
        yield f"| **Domain {one}** | What milestone {one} is about | M{one} |"
    yield "\n### Out of Scope\n\n| Domain | Rationale |\n|--------|-----------|"
    for one in range(1, 105):
        yield f"| **Phone {one}** | Nobody has offered to keep it |"
    yield ""
    yield "---\n\n## Governance Milestones\n"
    for one in range(1, MILESTONES + 1):
        yield from _milestone(one)
    yield "## Maintainer Surface Area\n\n| Domain | Owner | Backup | Status |"
    yield "|--------|-------|--------|--------|"
    for one in range(1, MILESTONES + 1):
        yield f"| **Domain {one}** | @heron | @wren | Active |"
    yield "\n---\n\n## Process Commitments\n\n| Commitment | Measured From | Target |"
    yield "|---|---|---|\n| **First Review** | Pull request opened | 5 days |\n\n---\n"
    yield "## Capacity Planning\n\n| Resource | Current | Sustainable | Gap |"
    yield "|----------|---------|-------------|-----|\n| Maintainers | 3 | 3 | 0 |\n"
    yield "---\n\n## Blocker Registry\n"
    yield "| ID | Section | Blocker | Owner | Status | Rationale |"
    yield "|----|---------|---------|-------|--------|-----------|"
    for one in range(1, 2 * MILESTONES + 1):
        status = ("Resolved", "Accepted")[one % 2]
        target = f"M{(one - 1) // 2 + 1}.{one % ITEMS + 1}"
        yield f"| B{one} | {target} | The terms are unclear | @heron | {status} | We carry it |"
    yield "\n---\n\n## Version Cut Readiness\n\nThe next cut freezes this document when:\n"
    yield "- [x] Every blocker in the registry is settled\n- [x] Every maintainer has signed\n"
    yield "---\n\n## Signatories\n\n| Maintainer | Date | Status |\n|---|---|---|"
    for name in ("heron", "wren", "lark"):
        yield f"| @{name} | 2026-01-11 | Signed |"
    yield "\n---\n\n## Document Changelog\n\n| Date | Change | Author |\n|---|---|---|"
    for day in range(1, 19):
        yield f"| 2026-01-{19 - day:02} | M{day} was agreed, B{day} settled | @heron |"


def _milestone(one: int) -> Iterator[str]:
    yield f"### M{one}: Milestone Number {one}\n"
    yield f"**Status**: `ACCEPTED`\n**Owner**: @heron\n**Target**: v1.0.0\n**Origin**: PROP-{one}\n"
    yield "| ID | Deliverable | Status | Acceptance Criteria |"
    yield "|----|-------------|--------|---------------------|"
    for item in range(1, ITEMS + 1):
        state = "COMPLETE" if item % 3 else "ACCEPTED"
        yield f"| M{one}.{item} | Deliverable {item} | `{state}` | Opens within {item} seconds |"
    yield "\n**Graduation Criteria**: a person from outside has used all of it.\n"
    for part in range(1, 14):
        yield f"#### Part {part} of {one}\n"
        yield f"What part {part} promises to those who use it, and what it **leaves** to others."
        yield f"It is read with `M{one}` and [the scope](#in-scope).\n"
    yield "- A promise that stands by itself\n- Another one\n\n---\n"


if __name__ == "__main__":
    raise SystemExit(main())
