"""Times a promotion beside the script that a project would write by hand, against the sandbox.

Run `bench/promote` (see there). Both are whole processes that find the newest green commit of main
above latest and move latest to it: promote asks GitHub, the script clones, walks the history, asks
for each commit's checks and statuses until one is green, and pushes. They take turns; each figure
is the median of the counted runs, after one that is not counted. Requests are the sandbox's count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ceremony.sandbox import Project, Sandbox

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
NAME = "spiritstream/app"
LATEST = "refs/heads/latest"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One repository to promote in."""

    history: int
    """Commits of main."""
    backlog: int
    """Commits of main above latest."""
    green: int
    """Which of them is green, 1 for the newest; the newer ones are red."""
    contexts: int = 3
    """Checks reported on each commit."""

    @property
    def title(self) -> str:
        return (
            f"{self.history:,} commits, {self.backlog} above latest with {self.contexts} checks "
            f"each, number {self.green} from the top is green"
        )


@dataclass(frozen=True, kw_only=True)
class Result:
    """One finished process."""

    wall: float
    requests: int
    before: int
    """Requests before the first that moves a ref."""
    downloaded: int
    """Git objects' transfers: clones and fetches."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/promote", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="Two small cases only.")
    given = parser.parse_args()
    cases = [
        Case(history=history, backlog=backlog, green=green)
        for history in (1_000, 20_000)
        for backlog, green in ((1, 1), (30, 1), (100, 1), (100, 100), (500, 500))
    ]
    cases.append(Case(history=1_000, backlog=100, green=100, contexts=100))
    for case in cases[:2] if given.quick else cases:
        measure(case, given.runs)
    return 0


def measure(case: Case, runs: int) -> None:
    print(case.title)
    with tempfile.TemporaryDirectory() as folder, Sandbox.serving(Path(folder)) as sandbox:
        project = sandbox.create(NAME)
        old, new = fill(project, case)
        token = sandbox.token(
            NAME, contents="write", checks="read", statuses="read", actions="read"
        )
        commands = {"ceremony promote": promote(sandbox), "by hand": by_hand(sandbox)}
        results: dict[str, list[Result]] = {name: [] for name in commands}
        for counted in range(runs + 1):
            for name, command in commands.items():
                project.set_ref(LATEST, old)
                result = run(command, sandbox, token)
                if project.ref(LATEST) != new:
                    raise SystemExit(f"{name} moved latest to {project.ref(LATEST)}, not {new}")
                if counted:
                    results[name].append(result)
    own = statistics.median(result.wall for result in results["ceremony promote"])
    for name, finished in results.items():
        wall = statistics.median(result.wall for result in finished)
        last = finished[-1]
        print(
            f"  {name:17} {wall:7.2f} s ({wall / own:5.1f} x)   {last.requests:4} requests, "
            f"{last.before:4} before the move, {last.downloaded} of git's transfers"
        )


def fill(project: Project, case: Case) -> tuple[str, str]:
    """Give main its history and its evidence; returns where latest is and where it must go."""
    stream = bytearray()
    for number in range(case.history):
        content = f"{number}\n".encode()
        stream += b"commit refs/heads/main\n"
        stream += b"committer A contributor <contributor@example.org> %d +0000\n" % (
            1_700_000_000 + number * 60
        )
        message = f"Change number {number}".encode()
        stream += b"data %d\n%s\n" % (len(message), message)
        stream += b"M 100644 inline files/%d.txt\n" % (number % 400)
        stream += b"data %d\n%s\n" % (len(content), content)
    git = ["git", "-c", "safe.directory=*", "-C", str(project.path)]
    subprocess.run([*git, "fast-import", "--quiet"], input=bytes(stream), check=True)
    listed = subprocess.run(
        [*git, "rev-list", "--first-parent", f"-{case.backlog + 1}", "refs/heads/main"],
        capture_output=True,
        check=True,
    )
    commits = listed.stdout.decode().split()
    for place, sha in enumerate(commits, start=1):
        for number in range(case.contexts):
            red = place < case.green and number == case.contexts - 1
            project.check(sha, f"check {number}", "failure" if red else "success")
    return commits[case.backlog], commits[case.green - 1]


def promote(sandbox: Sandbox) -> list[str]:
    return [
        "bash", str(REPOSITORY / "bin" / "ceremony"), "promote", "--repository", NAME,
        "--api-url", sandbox.api_url,
    ]  # fmt: skip


def by_hand(sandbox: Sandbox) -> list[str]:
    return [
        sys.executable, str(HERE / "promote_by_hand.py"), sandbox.url, sandbox.api_url, NAME,
    ]  # fmt: skip


def run(command: list[str], sandbox: Sandbox, token: str) -> Result:
    first = len(sandbox.requests)
    # A workflow's own variables would make the part believe that it runs in one.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    started = time.perf_counter()
    subprocess.run(
        command,
        env=environment | {"GITHUB_TOKEN": token},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    wall = time.perf_counter() - started
    sent = sandbox.requests[first:]
    operations = [request.operation for request in sent]
    moving = [
        place
        for place, name in enumerate(operations)
        if name in {"Move", "git/update-ref", "git-receive-pack"}
    ]
    return Result(
        wall=wall,
        requests=len(sent),
        before=moving[0] if moving else len(sent),
        downloaded=Counter(operations)["git-upload-pack"],
    )


if __name__ == "__main__":
    raise SystemExit(main())
