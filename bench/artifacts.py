"""Times the walk and the digests of artifacts beside what a user would pick instead.

Run `bench/artifacts` (see there). (a) A tree of 100,000 files and five patterns: whole processes,
and the walk alone. (b) The same patterns and twice the files that match none: what grows. (c) The
digests of large files, beside `sha256sum` with as many processes as there are cores. (d) Releases
against the sandbox: requests and time of each. What is compared takes turns; each figure is the
median of the counted runs, after one that is not counted.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
ENDS = ("AppImage", "deb", "rpm", "dmg", "msi")
OTHER_ENDS = ("js", "d.ts", "map", "json", "o", "rlib", "d", "md", "css", "txt")
MATCHING = 10
A_FOLDER = 20
"""Files in each."""
MEBIBYTE = 1024 * 1024

# The walk as a process of its own, without the launcher's start; it prints its seconds first.
WALK = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from ceremony.rules.globs import parse
from ceremony.walk import walk
started = time.perf_counter()
found = walk(Path(), [parse(text) for text in sys.argv[2:]])
print(time.perf_counter() - started, len(found.files))
"""
PYTHON_GLOB = """
import sys
from glob import iglob
print(len({path for text in sys.argv[1:] for path in iglob(text, recursive=True)}))
"""
MEASURE = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from ceremony.rules.globs import parse
from ceremony.walk import measure, walk
files = walk(Path(), [parse("*.bin")]).files
print(len(measure(Path(), files, seam=lambda: None, tell=lambda line: None)))
"""


class Run(NamedTuple):
    """One finished process."""

    wall: float
    cpu: float
    memory: int
    """The largest single process, KiB."""
    said: str


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/artifacts", description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=1_024, help="of the digests' files")
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        generate(tree, given.files)
        print(f"(a) {given.files:,} files, {len(ENDS)} patterns, median of {given.runs}")
        once = compare(tree, commands(tree), given.runs)
        double = Path(folder) / "double"
        generate(double, 2 * given.files)
        print(f"(b) {2 * given.files:,} files, as many of them match, median of {given.runs}")
        twice = compare(double, commands(double), given.runs)
        for name, run in once.items():
            grown = (twice[name].memory - run.memory) / 1024
            print(f"  {name:22} {grown:+7.1f} MiB   {twice[name].wall / run.wall:5.2f} x the time")
        shutil.rmtree(tree)
        shutil.rmtree(double)
        digests(Path(folder), given.mebibytes, given.runs)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"A process counts what it was started from: no memory here can be below {own:.0f} MiB")
    with tempfile.TemporaryDirectory() as folder:
        requests(Path(folder))
    return 0


# ---------------------------------------------------------------------------- (a), (b) the walk


def commands(tree: Path) -> dict[str, list[str]]:
    """What finds the files, those that are installed; each prints how many or lists them."""
    deep = [f"**/*.{end}" for end in ENDS]
    found = {
        "ceremony walk": [
            sys.executable, "-I", "-S", "-c", WALK, str(REPOSITORY / "src"),
            *(f"*.{end}" for end in ENDS),
        ],
        "ceremony artifacts": [
            "bash", str(REPOSITORY / "bin" / "ceremony"), "artifacts", "--root", str(tree),
            "--ref", "latest", "--dry-run", "--format", "json",
        ],
    }  # fmt: skip
    node = shutil.which("node")
    for tool in ("@actions/glob", "tinyglobby"):
        if node and (HERE / "node_modules" / tool).is_dir():
            found[tool] = [node, str(HERE / "artifacts_glob.mjs"), tool, *deep]
    found["Python's glob"] = [sys.executable, "-I", "-S", "-c", PYTHON_GLOB, *deep]
    names = [word for end in ENDS for word in ("-o", "-name", f"*.{end}")][1:]
    found["find"] = ["find", ".", "-type", "f", "(", *names, ")"]
    return found


def compare(tree: Path, tools: Mapping[str, list[str]], runs: int) -> dict[str, Run]:
    results: dict[str, list[Run]] = {name: [] for name in tools}
    for counted in range(runs + 1):
        for name, command in tools.items():
            finished = run(command, tree)
            check(name, finished.said)
            if counted:
                results[name].append(finished)
    medians = {name: median(each) for name, each in results.items()}
    own = medians["ceremony walk"]
    for name, one in medians.items():
        print(
            f"  {name:22} wall {one.wall:7.3f} s   cpu {one.cpu:7.3f} s   "
            f"memory {one.memory / 1024:6.1f} MiB   {one.wall / own.wall:6.2f} x the walk's time, "
            f"{one.cpu / own.cpu:6.2f} x its work"
        )
    walks = (each.said.split(maxsplit=1) for each in results["ceremony walk"])
    alone = statistics.median(float(seconds) for seconds, _ in walks)
    floor = medians["find"].wall
    print(f"  the walk alone, in its process: {alone:.3f} s, {alone / floor:.2f} x find's time")
    return medians


def check(name: str, said: str) -> None:
    """Every tool has found the same files, as far as it says."""
    if name == "ceremony artifacts":
        count = sum(said.count(f'"path": "out/{number}/') for number in range(MATCHING))
    elif name == "find":
        count = said.count("\n")
    else:
        count = int(said.rsplit(maxsplit=1)[-1])
    if count != MATCHING:
        raise SystemExit(f"{name} found {count} of {MATCHING} files")


def generate(tree: Path, count: int) -> None:
    """A tree like a build's: folders in folders, and few files that are wanted."""
    chance = random.Random(count)
    for number in range(MATCHING):
        end = ENDS[number % len(ENDS)]
        place = tree / "out" / str(number) / "bundle" / end
        place.mkdir(parents=True)
        (place / f"app_{number}.{end}").write_bytes(b"x")
    for number in range((count - MATCHING) // A_FOLDER):
        parts = [f"package{number % 97}", f"part{number // 97}", "lib", "deep"]
        place = tree / "node_modules" / "/".join(parts[: chance.randint(2, 4)])
        place.mkdir(parents=True, exist_ok=True)
        for file in range(A_FOLDER):
            os.close(os.open(place / f"module{file}.{chance.choice(OTHER_ENDS)}", os.O_CREAT))


# ---------------------------------------------------------------------------- (c) digests


def digests(folder: Path, mebibytes: int, runs: int) -> None:
    cores = os.cpu_count() or 1
    for count in (8, 1):
        place = folder / f"files{count}"
        place.mkdir()
        for number in range(count):
            with (place / f"{number}.bin").open("wb") as file:
                for _ in range(mebibytes // count):
                    file.write(os.urandom(MEBIBYTE))
        print(f"(c) {count} x {mebibytes // count:,} MiB, {cores} cores, median of {runs}")
        tools = {
            "ceremony measure": [
                sys.executable, "-I", "-S", "-c", MEASURE, str(REPOSITORY / "src"),
            ],
            "sha256sum": [
                "bash", "-c", f"printf '%s\\0' *.bin | xargs -0 -n1 -P{cores} sha256sum",
            ],
        }  # fmt: skip
        results: dict[str, list[Run]] = {name: [] for name in tools}
        for counted in range(runs + 1):
            for name, command in tools.items():
                finished = run(command, place)
                if counted:
                    results[name].append(finished)
        for name, each in results.items():
            one = median(each)
            print(
                f"  {name:22} wall {one.wall:7.3f} s   cpu {one.cpu:7.3f} s   "
                f"memory {one.memory / 1024:6.1f} MiB   {mebibytes / one.wall:6.0f} MiB/s"
            )
        shutil.rmtree(place)


# ---------------------------------------------------------------------------- (d) releases


def requests(folder: Path) -> None:
    # What they bring along would count as the memory of every process that is started.
    from ceremony.actions import artifacts  # noqa: PLC0415 -- as above
    from ceremony.sandbox import Sandbox  # noqa: PLC0415 -- as above

    print("(d) against the sandbox, one run each; the manifest and the digests are assets too")
    own = folder / "own"
    own.mkdir()
    for count in (5, 50, 500):
        root = folder / f"files-{count}"
        root.mkdir()
        for number in range(count):
            (root / f"app_{number}_amd64.deb").write_bytes(os.urandom(10_000))
        with Sandbox.serving(folder / f"sandbox-{count}") as sandbox:
            project = sandbox.create("spiritstream/app")
            sha = project.commit({"a": "1"})
            project.set_ref("refs/heads/latest", sha)
            given = artifacts.Inputs(
                token=sandbox.token("spiritstream/app", contents="write"),
                repository="spiritstream/app",
                api_url=sandbox.api_url,
                root=str(root),
                ref="latest",
                commit=sha,
                artifacts=("*.deb",),
            )
            context = artifacts.Context(workspace=folder, folder=own)
            for name in ("publish", "once more"):
                started = time.perf_counter()
                outcome = artifacts.publish(given, context)
                spent = time.perf_counter() - started
                print(
                    f"  {name:10} {count + 2:4} assets {outcome.requests:5} requests "
                    f"{spent:7.2f} s   {outcome.verdict}"
                )


# ---------------------------------------------------------------------------- processes


def median(runs: Sequence[Run]) -> Run:
    return Run(
        wall=statistics.median(run.wall for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        memory=int(statistics.median(run.memory for run in runs)),
        said="",
    )


def run(command: list[str], folder: Path) -> Run:
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        if status:
            raise SystemExit(f"{command[0]} failed: {command}")
        said.seek(0)
        text = said.read().decode()
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text)


if __name__ == "__main__":
    raise SystemExit(main())
