"""Times audit beside markdownlint-cli2 and rumdl, as whole processes.

Run `bench/audit` (see there). Two cases: one project's documents, warm, and 2,000 generated
documents. The commands take turns, so that a machine whose speed drifts cannot favour one; each
figure is the median of the counted runs, after one that is not counted.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
DOCUMENTS = 2_000
WORDS = (
    "agreement amendment archive artifact audit backlog branch bundle capacity ceremony channel "
    "change commitment community contributor cut decision delivery dependency domain draft "
    "evidence feature feedback governance handover history incident installer intake journal "
    "keyboard language licence localisation maintainer milestone notarisation owner package "
    "platform policy process promise proposal record release report retention review roadmap "
    "schedule scope security signature sponsor stage support telemetry template timeline "
    "translation triage update upgrade version window workflow"
).split()


@dataclass(frozen=True, kw_only=True)
class Run:
    """One finished process."""

    wall: float
    cpu: float
    memory: int
    """The largest single process, KiB."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/audit", description=__doc__)
    parser.add_argument("--project", type=Path, default=REPOSITORY / "examples" / "project")
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--runs-large", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        small.mkdir()
        for document in sorted(given.project.glob("*.md")):
            shutil.copy(document, small)
        generate(large, given.documents)
        compare("(a) one project's documents, warm", small, given.runs)
        compare(f"(b) {given.documents:,} generated documents", large, given.runs_large)
        half = Path(folder) / "half"
        generate(half, given.documents // 2)
        times = {
            size: statistics.median(run(audit(tree), tree).wall for _ in range(3))
            for size, tree in (("half", half), ("whole", large))
        }
        print(f"(c) twice the bytes take audit {times['whole'] / times['half']:.2f} times as long")
    return 0


def audit(tree: Path) -> list[str]:
    return [
        "bash", str(REPOSITORY / "bin" / "ceremony"), "audit", "--root", str(tree),
        "--fail-on", "never", "--format", "json",
    ]  # fmt: skip


def others(tree: Path) -> dict[str, list[str]]:
    """The commands that a user would pick instead, those that are installed."""
    found: dict[str, list[str]] = {}
    markdownlint = HERE / "node_modules" / ".bin" / "markdownlint-cli2"
    if markdownlint.exists():
        found["markdownlint-cli2"] = [str(markdownlint), f"{tree}/*.md"]
    rumdl = shutil.which("rumdl", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if rumdl:
        found["rumdl"] = [rumdl, "check", "--no-cache", "--silent", str(tree)]
    return found


def compare(title: str, tree: Path, runs: int) -> None:
    sizes = [path.stat().st_size for path in tree.glob("*.md")]
    print(f"{title}: {len(sizes):,} files, {sum(sizes) / 1e6:.2f} MB, median of {runs}")
    commands = {"ceremony audit": audit(tree), **others(tree)}
    results: dict[str, list[Run]] = {name: [] for name in commands}
    for counted in range(runs + 1):
        for name, command in commands.items():
            result = run(command, tree)
            if counted:
                results[name].append(result)
    own = median(results["ceremony audit"])
    for name, finished in results.items():
        one = median(finished)
        ratio = "" if one is own else f"   {one.wall / own.wall:6.2f} x audit's time"
        print(
            f"  {name:18} wall {one.wall:7.3f} s   cpu {one.cpu:7.3f} s   "
            f"memory {one.memory / 1024:6.0f} MiB{ratio}"
        )


def median(runs: Sequence[Run]) -> Run:
    return Run(
        wall=statistics.median(run.wall for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        memory=int(statistics.median(run.memory for run in runs)),
    )


def run(command: list[str], tree: Path) -> Run:
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    return Run(wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=usage.ru_maxrss)


def generate(folder: Path, count: int) -> None:
    """Documents of a realistic size and shape: one living, the rest frozen."""
    folder.mkdir()
    names = ["MILESTONES.latest.md", *versions(count - 1)]
    for name in names:
        version, _, stage = name.partition("-")
        text = "\n".join(document(name, random.Random(version))) + "\n"
        if stage and not stage.startswith("alpha"):
            # What beta refined, the later stages keep.
            text = text.replace(" with **", ", refined, with **")
        (folder / name).write_text(text, encoding="utf-8")


def versions(count: int) -> Iterator[str]:
    stages = ("alpha", "beta", "stable", "patch")
    for number in range(count):
        minor, stage = divmod(number, len(stages))
        yield f"MILESTONES.v{minor // 100}.{minor % 100}.0-{stages[stage]}.md"


def document(name: str, chance: random.Random) -> Iterator[str]:
    def words(least: int, most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))

    yield f"# {name.removesuffix('.md')}"
    yield ""
    branch = name.removeprefix("MILESTONES.").removesuffix(".md")
    yield f"**Version**: {branch}\n**Stage**: {branch.rpartition('-')[2]}\n**Date**: 2026-01-18"
    yield f"**Branch**: `{branch}`"
    yield ""
    yield "---"
    for milestone in range(1, chance.randint(9, 13)):
        yield f"\n## M{milestone}: {words(2, 5).title()}\n"
        yield "**Status**: `ACCEPTED`\n**Owner**: @heron\n**Target**: v1.0 release\n"
        yield f"{words(40, 90).capitalize()} with **{words(1, 3)}** and `{words(1, 2)}`, as in"
        yield f"[{words(1, 3)}](./MILESTONES_CEREMONY.md#{chance.choice(WORDS)}).\n"
        yield "| ID | Deliverable | Status | Acceptance Criteria |"
        yield "|----|-------------|--------|---------------------|"
        for item in range(1, chance.randint(4, 10)):
            yield f"| M{milestone}.{item} | {words(2, 5)} | `ACCEPTED` | {words(5, 14)} |"
        yield ""
        for _ in range(chance.randint(3, 7)):
            yield f"- {words(6, 16)}"
        yield ""
        yield f"```bash\n{words(3, 8)}\n{words(3, 8)}\n```"


if __name__ == "__main__":
    raise SystemExit(main())
