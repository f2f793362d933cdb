"""Releases of any age in a sandbox, as artifacts would have left them."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from ceremony.model import Stage
from ceremony.rules import retention
from ceremony.rules.channels import own_tag
from ceremony.rules.record import NAME, SUMS, File, Record, render, sums
from ceremony.sandbox.state import Asset, Release
from tests.support.publishing import APP, Shop

BUNDLE = b"a package"


def days_ago(there: Shop, days: float) -> dt.datetime:
    """A moment by the sandbox's clock."""
    return dt.datetime.fromtimestamp(int(there.clock() - days * 86_400), dt.UTC)


def record(there: Shop, days: float, **more: Any) -> Record:
    """What artifacts would have written so many days ago; by default of a preview."""
    at = days_ago(there, days)
    channel = more.get("channel", "preview")
    kept = retention.parse(more.pop("retention", "30 days"))
    given: dict[str, Any] = {
        "repository": APP,
        "tag": own_tag(channel, at.date(), there.first),
        "channel": channel,
        "retention": kept,
        "created": at,
        "expires": retention.expires(kept, at),
        "prerelease": True,
        "ref": "refs/heads/latest",
        "commit": there.first,
        "version": "",
        "stage": None,
        "files": (
            File(
                path="deb/a.deb",
                name="a.deb",
                size=len(BUNDLE),
                sha256=hashlib.sha256(BUNDLE).hexdigest(),
                media_type="application/octet-stream",
                platform="linux",
                architecture="",
            ),
        ),
        **more,
    }
    return Record(**given)


def version(there: Shop, days: float, stage: Stage, tag: str, **more: Any) -> Release:
    """A release of a version, published so many days ago."""
    is_prerelease, numbers = stage in {Stage.ALPHA, Stage.BETA}, tag.partition("-")[0]
    says = {
        "tag": tag, "channel": stage.value, "version": numbers, "stage": stage,
        "ref": f"refs/heads/v{numbers}-{stage}", "prerelease": is_prerelease,
        **more.pop("says", {}),
    }  # fmt: skip
    return seed(there, days, says=says, **{"is_prerelease": is_prerelease, **more})


def seed(there: Shop, days: float, **more: Any) -> Release:
    """A whole release, published so many days ago; by default a preview with a tag of its own."""
    said = record(there, days, **more.pop("says", {}))
    content: bytes = more.pop("content", render(said).encode())
    given: dict[str, Any] = {
        "id": there.sandbox.id(),
        "tag": said.tag,
        "target": there.first,
        "name": said.tag,
        "body": "",
        "is_draft": False,
        "is_prerelease": True,
        "author": "github-actions[bot]",
        "created": said.created,
        "published": days_ago(there, days),
        "assets": [
            asset(there, "a.deb", BUNDLE),
            asset(there, SUMS, sums(said.files).encode()),
            asset(there, NAME, content),
        ],
        **more,
    }
    release = Release(**given)
    there.project.releases[release.id] = release
    if not release.is_draft:
        there.project.set_ref(f"refs/tags/{release.tag}", there.first)
    if release.is_immutable:
        there.project.burnt.add(release.tag)
    return release


def asset(there: Shop, name: str, content: bytes, **more: Any) -> Asset:
    """A file of a release."""
    given: dict[str, Any] = {
        "id": there.sandbox.id(),
        "name": name,
        "label": None,
        "content": content,
        "type": "application/octet-stream",
        "digest": "sha256:" + hashlib.sha256(content).hexdigest(),
        "created": there.sandbox.now(),
        "uploader": "github-actions[bot]",
        **more,
    }
    return Asset(**given)
