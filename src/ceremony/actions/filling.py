"""Fills a draft with its files: what it lacks is sent, what it should not hold is taken out.

A few files are sent at a time, each streamed from the disk; the release's manifest goes last, so
that a draft that holds one holds everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from ceremony.actions.connection import Context
from ceremony.forge import Asset, Forge, ForgeError, Release
from ceremony.report.words import counted


class Upload(NamedTuple):
    """A file as the release is to hold it."""

    path: Path
    name: str
    size: int
    """Bytes."""
    sha256: str
    media_type: str

    def is_in(self, assets: Mapping[str, Asset]) -> bool:
        """Whether the release holds it already; a host without digests never says so."""
        asset = assets.get(self.name)
        return bool(asset and asset.digest and is_whole(asset, self.size, self.sha256))


def is_whole(asset: Asset | None, size: int, sha256: str) -> bool:
    """Whether what has arrived is this; a host without digests is taken at its word."""
    return (
        asset is not None
        and asset.is_uploaded
        and asset.size == size
        and asset.digest in {"", f"sha256:{sha256}"}
    )


def may_fill(draft: Release, files: Sequence[Upload]) -> bool:
    """Whether a draft can be finished without taking out anything that has arrived whole.

    Another run may be at work on it, and may have published it by now: what it has sent is never
    removed, and what has another manifest than ours is that run's.
    """
    wanted = {each.name: each for each in files}
    held = {asset.name: asset for asset in draft.assets}
    return all(
        not asset.is_uploaded or (asset.name in wanted and wanted[asset.name].is_in(held))
        for asset in draft.assets
    )


class Filling:
    """One draft being filled."""

    def __init__(
        self, forge: Forge, connect: Callable[[], Forge], context: Context, workers: int
    ) -> None:
        self.uploaded = 0
        """How many files were sent."""
        self.kept = 0
        """How many were there already."""
        self._forge = forge
        self._connect = connect
        self._context = context
        self._workers = workers

    def fill(self, draft: Release, files: Sequence[Upload]) -> None:
        """Send what a draft that may be filled lacks; the last of the files is sent last.

        Raises ForgeError where a file could not be sent, or arrived as something else.
        """
        there = {asset.name: asset for asset in draft.assets}
        kept = {each.name for each in files if each.is_in(there)}
        self._without_halves(draft)
        self.kept = len(kept)
        bare = draft._replace(assets=())
        for batch in (files[:-1], files[-1:]):
            self._send_all(bare, [each for each in batch if each.name not in kept])

    def _without_halves(self, draft: Release) -> None:
        """Take out what never arrived whole, as it is now: another run may have sent it."""
        if all(asset.is_uploaded for asset in draft.assets):
            return
        shown = self._forge.release(draft.id)
        if shown is None or not shown.is_draft:
            raise ForgeError(f"Another run has finished the draft of {draft.tag}: run this again")
        for asset in shown.assets:
            if not asset.is_uploaded:
                self._context.seam()
                self._forge.delete_asset(asset.id)

    def verify(self, draft: Release, files: Sequence[Upload]) -> None:
        """Raises ForgeError unless the draft, as it is now, holds these files and nothing else."""
        held: Sequence[Asset] = draft.assets
        if len(held) < len(files):
            # Nobody promises that a release shows all of its files, and the list of them is long.
            held = self._forge.assets(draft.id)
        there = {asset.name: asset for asset in held}
        wrong = {
            each.name
            for each in files
            if not is_whole(there.get(each.name), each.size, each.sha256)
        }
        wrong |= there.keys() - {each.name for each in files}
        if wrong:
            raise ForgeError(
                f"The draft of {draft.tag} does not hold what was uploaded "
                f"({', '.join(sorted(wrong)[:5])}): perhaps another run works on it. Nothing was "
                "published; run it again"
            )

    def _send_all(self, draft: Release, files: Sequence[Upload]) -> None:
        # A forge has one connection, and waits for one limit at a time.
        further = max(0, min(self._workers, len(files)) - 1)
        idle = [self._forge, *(self._connect() for _ in range(further))]
        left = list(reversed(files))
        busy: dict[Future[None], Forge] = {}
        with ThreadPoolExecutor(self._workers) as pool:
            while left or busy:
                while left and idle:
                    self._context.seam()
                    forge = idle.pop()
                    busy[pool.submit(self._send, forge, draft, left.pop())] = forge
                for done in wait(busy, return_when=FIRST_COMPLETED).done:
                    idle.append(busy.pop(done))
                    done.result()

    def _send(self, forge: Forge, draft: Release, file: Upload) -> None:
        forge.upload_asset(
            draft,
            str(file.path),
            name=file.name,
            content_type=file.media_type,
            size=file.size,
            digest=f"sha256:{file.sha256}",
        )
        self.uploaded += 1
        self._context.tell(f"uploaded {file.name}, {counted(file.size, 'byte')}")
