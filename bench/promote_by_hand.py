"""What a project writes by hand to promote main: clone, walk, ask about each commit, push."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from typing import Any


def main() -> int:
    server, api, name = sys.argv[1:]
    token = os.environ["GITHUB_TOKEN"]

    def ask(path: str) -> Any:
        request = urllib.request.Request(
            f"{api}/repos/{name}/{path}",
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
            },
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def is_green(sha: str) -> bool:
        page = 1
        runs: list[Any] = []
        while True:
            got = ask(f"commits/{sha}/check-runs?per_page=100&page={page}")
            runs += got["check_runs"]
            if len(runs) >= got["total_count"]:
                break
            page += 1
        status = ask(f"commits/{sha}/status")
        return bool(runs) and (
            all(run["conclusion"] == "success" for run in runs)
            and (not status["statuses"] or status["state"] == "success")
        )

    with tempfile.TemporaryDirectory() as folder:
        secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        git = ["git", "-c", f"http.extraHeader=Authorization: Basic {secret}"]
        subprocess.run([*git, "clone", "--quiet", f"{server}/{name}", folder], check=True)
        walked = subprocess.run(
            ["git", "-C", folder, "rev-list", "--first-parent", "origin/latest..origin/main"],
            capture_output=True,
            check=True,
        )
        for sha in walked.stdout.decode().split():
            if is_green(sha):
                subprocess.run(
                    [*git, "-C", folder, "push", "--quiet", "origin", f"{sha}:refs/heads/latest"],
                    check=True,
                )
                return 0
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
