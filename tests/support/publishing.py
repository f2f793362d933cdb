"""A sandbox with a project to publish from, and the bundles that a desktop app's build leaves."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ceremony.actions import artifacts, prune
from ceremony.actions.artifacts import Context, Inputs
from ceremony.forge import Forge
from ceremony.rules.artifacts import Outcome
from ceremony.rules.prune import Outcome as Pruned
from ceremony.rules.record import NAME, Record, parse
from ceremony.sandbox import Project, Sandbox
from ceremony.sandbox.state import Release
from tests.support.forge import Clock

APP = "spiritstream/app"
BUNDLES = {
    "target/release/bundle/appimage/spiritstream_0.1.0_amd64.AppImage": b"an image",
    "target/release/bundle/deb/spiritstream_0.1.0_amd64.deb": b"a package of Debian",
    "target/release/bundle/rpm/spiritstream-0.1.0-1.x86_64.rpm": b"a package of Fedora",
    "target/aarch64-apple-darwin/release/bundle/dmg/SpiritStream_0.1.0_aarch64.dmg": b"a disk",
    "target/release/bundle/msi/SpiritStream_0.1.0_x64_en-US.msi": b"an installer",
}
"""What Tauri leaves, but for its size."""
OTHERS = {
    "target/release/bundle/deb/spiritstream_0.1.0_amd64/control.tar.gz": b"unpacked",
    "target/release/spiritstream": b"a program",
    "src/main.rs": b"fn main() {}\n",
}
NAMES = frozenset({*(path.rpartition("/")[2] for path in BUNDLES), NAME, "SHA256SUMS"})
"""The assets of a release of these."""


def tree(folder: Path, files: Mapping[str, bytes] = BUNDLES) -> Path:
    """A folder that holds these files, made anew where it is missing."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


class Shop:
    """A project with a latest branch, its bundles on the disk, and runs of the two parts."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.clock = Clock()
        sandbox.clock = self.clock
        self.folder = folder
        self.project: Project = sandbox.create(APP)
        self.first = self.commit("Begin")
        self.branch("latest", self.first)
        self.root = tree(folder / "work", {**BUNDLES, **OTHERS})
        self.token = sandbox.token(APP, contents="write")

    def commit(self, title: str) -> str:
        """A further commit of main, which workflow files do not change in."""
        return self.project.commit({"change.txt": title}, message=title)

    def branch(self, name: str, sha: str) -> str:
        """Put a branch at a commit."""
        self.project.set_ref(f"refs/heads/{name}", sha)
        return sha

    def publish(self, ref: str = "latest", commit: str = "", **inputs: Any) -> Outcome:
        """Run artifacts in this process, without waiting for anything."""
        # What is given to the context, and not to the part.
        workers, seam = inputs.pop("workers", 4), inputs.pop("seam", lambda: None)
        event = inputs.pop("event", "")
        own = Path(tempfile.mkdtemp(prefix="own-", dir=self.folder))
        given: dict[str, Any] = {
            "token": self.token, "repository": APP, "api_url": self.sandbox.api_url,
            "ref": ref, "commit": commit or self.project.ref(_full(ref)) or "", **inputs,
        }  # fmt: skip
        context = Context(
            workspace=self.root, folder=own, clock=self.clock, sleep=self.clock.sleep,
            workers=workers, seam=seam, event=event,
        )  # fmt: skip
        return artifacts.publish(Inputs(**given), context)

    def prune(self, *channels: str, **inputs: Any) -> Pruned:
        """Run prune in this process; for good, unless told otherwise."""
        seam = inputs.pop("seam", lambda: None)
        given: dict[str, Any] = {
            "token": self.token, "repository": APP, "api_url": self.sandbox.api_url,
            "channels": channels, "dry_run": False, **inputs,
        }  # fmt: skip
        context = prune.Context(clock=self.clock, sleep=self.clock.sleep, seam=seam)
        return prune.prune(prune.Inputs(**given), context)

    def forge(self) -> Forge:
        """The project as the parts see it."""
        return prune.Context(clock=self.clock, sleep=self.clock.sleep).forge(
            self.token, repository=APP, api_url=self.sandbox.api_url
        )

    def days(self, number: float) -> None:
        """Let days pass."""
        self.clock.now += number * 86_400

    @property
    def releases(self) -> dict[str, Release]:
        """Those that are published, by tag."""
        return {each.tag: each for each in self.project.releases.values() if not each.is_draft}

    @property
    def drafts(self) -> list[str]:
        return [each.tag for each in self.project.releases.values() if each.is_draft]

    def record(self, tag: str) -> Record:
        """What a published release says of itself."""
        held = {asset.name: asset for asset in self.releases[tag].assets}
        assert all(asset.state == "uploaded" for asset in held.values())
        return parse(held[NAME].content)

    def end(self) -> dict[str, Any]:
        """What there is: refs, and each release with its files; nothing that an id or a clock
        decides."""
        return {
            "refs": self.project.refs(),
            "releases": sorted(
                (each.tag, each.name, each.target, each.is_draft, each.is_prerelease, each.body,
                 tuple(sorted((asset.name, _timeless(asset.name, asset.content), asset.state)
                              for asset in each.assets)))
                for each in self.project.releases.values()
            ),
        }  # fmt: skip


def _timeless(name: str, content: bytes) -> str:
    if name != NAME or not content:
        return content.decode()
    record = json.loads(content)
    del record["created-at"], record["expires-at"]
    return json.dumps(record)


def _full(ref: str) -> str:
    return ref if ref.startswith("refs/") else f"refs/heads/{ref}"


@contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    """A shop on loopback; a request or an answer that GitHub would not know fails it."""
    (folder / "sandbox").mkdir(parents=True)
    (folder / "shop").mkdir()
    with Sandbox.serving(folder / "sandbox") as sandbox:
        yield Shop(sandbox, folder / "shop")
