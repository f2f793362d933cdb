"""REST over releases: drafts, tags made on publishing, assets, and what immutable ones refuse."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from ceremony.sandbox import shapes
from ceremony.sandbox.refs import Refused, Way, move, require_workflows
from ceremony.sandbox.rest import Answer, Call, Operations, not_found, paged
from ceremony.sandbox.rest_objects import resolve
from ceremony.sandbox.shapes import Json
from ceremony.sandbox.state import WRITE, Asset, Release, Token
from ceremony.sandbox.store import ZEROS

operation = Operations()

_LONGEST = 125_000
_STRANGE = re.compile(r"\.*[^A-Za-z0-9._+@-][^A-Za-z0-9_+@-]*")


def _invalid(resource: str, field: str, code: str, message: str = "") -> Refused:
    # https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
    error = {"resource": resource, "code": code, "field": field}
    return Refused(
        422, "Validation Failed", errors=[error | ({"message": message} if message else {})]
    )


def _sees_drafts(token: Token | None) -> bool:
    return token is not None and token.may("contents", WRITE)


@operation("repos/list-releases")
def _list(call: Call) -> Answer:
    # https://docs.github.com/en/rest/releases/releases#list-releases
    call.require("contents")
    found = [
        release
        for release in sorted([*call.project.releases.values()], key=lambda one: -one.id)
        if not release.is_draft or _sees_drafts(call.token)
    ]
    return paged(call, found, lambda release: _shown(call, release))


@operation("repos/get-release")
def _get(call: Call) -> Answer:
    return Answer(200, _shown(call, _release(call)))


@operation("repos/get-latest-release")
def _get_latest(call: Call) -> Answer:
    # https://docs.github.com/en/rest/releases/releases#get-the-latest-release
    call.require("contents")
    release = call.project.shown_as_latest()
    if release is None:
        raise not_found()
    return Answer(200, _shown(call, release))


@operation("repos/get-release-by-tag")
def _get_by_tag(call: Call) -> Answer:
    call.require("contents")
    for release in [*call.project.releases.values()]:
        if release.tag == call.path["tag"] and not release.is_draft:
            return Answer(200, _shown(call, release))
    raise not_found()


@operation("repos/create-release")
def _create(call: Call) -> Answer:
    # https://docs.github.com/en/rest/releases/releases#create-a-release
    call.require("contents", WRITE)
    body = call.body
    release = Release(
        id=call.world.id(),
        tag=body["tag_name"],
        target=body.get("target_commitish") or call.project.default_branch,
        name=body.get("name"),
        body=body.get("body"),
        is_draft=body.get("draft", False),
        is_prerelease=body.get("prerelease", False),
        author=call.actor,
        created=call.world.now(),
        make_latest=body.get("make_latest", "true"),
    )
    with call.world.lock:
        _judge(call, release)
        if not release.is_draft:
            _publish(call, release)
        _keep(call, release)
    shown = _shown(call, release)
    return Answer(201, shown, {"Location": shown["url"]})


@operation("repos/update-release")
def _update(call: Call) -> Answer:
    # https://docs.github.com/en/rest/releases/releases#update-a-release
    call.require("contents", WRITE)
    release, body = _release(call), call.body
    changed = Release(**vars(release))
    changed.tag = body.get("tag_name", release.tag)
    changed.target = body.get("target_commitish", release.target)
    changed.name = body.get("name", release.name)
    changed.body = body.get("body", release.body)
    changed.is_draft = body.get("draft", release.is_draft)
    changed.is_prerelease = body.get("prerelease", release.is_prerelease)
    changed.make_latest = body.get("make_latest", release.make_latest)
    if release.is_immutable and _fixed(changed) != _fixed(release):
        # https://docs.github.com/en/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases
        raise _invalid("Release", "tag_name", "custom", "Cannot change an immutable release")
    with call.world.lock:
        _judge(call, changed)
        if release.is_draft and not changed.is_draft:
            _publish(call, changed)
        _keep(call, changed)
    return Answer(200, _shown(call, changed))


@operation("repos/delete-release")
def _delete(call: Call) -> Answer:
    call.require("contents", WRITE)
    release = _release(call)
    with call.world.lock:
        del call.project.releases[release.id]
        if call.project.latest_release == release.id:
            call.project.latest_release = None
    return Answer(204)


def _fixed(release: Release) -> tuple[str, str, bool, bool]:
    """What of an immutable release can't be changed, beside its assets."""
    return release.tag, release.target, release.is_draft, release.is_prerelease


def _keep(call: Call, release: Release) -> None:
    """Keep it, and label it as the latest where that is asked for.

    https://docs.github.com/en/rest/releases/releases#create-a-release
    """
    if release.make_latest == "legacy":
        raise ValueError("`make_latest: legacy` compares dates and versions: not played here")
    with call.world.lock:
        call.project.releases[release.id] = release
        if release.make_latest == "true" and not (release.is_draft or release.is_prerelease):
            call.project.latest_release = release.id


def _release(call: Call) -> Release:
    call.require("contents")
    release = call.project.releases.get(int(call.path["release_id"]))
    if release is None or (release.is_draft and not _sees_drafts(call.token)):
        raise not_found()
    return release


def _judge(call: Call, release: Release) -> None:
    """Raise Refused unless this release may be, beside the others."""
    if not call.project.store.is_valid(f"refs/tags/{release.tag}"):
        raise _invalid("Release", "tag_name", "custom", "tag_name is not a valid tag")
    sha = resolve(call.project, release.target)
    if sha is not None:
        require_workflows(call.project, call.token, sha)
    if len(release.body or "") > _LONGEST:
        raise _invalid(
            "Release", "body", "custom", f"body is too long (maximum is {_LONGEST} characters)"
        )
    if release.is_draft:
        return
    if release.tag in call.project.burnt and not release.is_immutable:
        # https://docs.github.com/en/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases
        raise _invalid("Release", "tag_name", "custom", "tag_name was used by an immutable release")
    for other in [*call.project.releases.values()]:
        if other.id != release.id and other.tag == release.tag and not other.is_draft:
            raise _invalid("Release", "tag_name", "already_exists")


def _publish(call: Call, release: Release) -> None:
    """Make its tag, where there is none yet, and date it.

    The tag's commit gives `created_at`, the moment of publishing `published_at`.
    https://docs.github.com/en/rest/releases/releases#get-the-latest-release
    """
    project = call.project
    ref = f"refs/tags/{release.tag}"
    if project.ref(ref) is None:
        sha = resolve(project, release.target)
        if sha is None:
            raise _invalid("Release", "target_commitish", "invalid")
        move(project, call.token, [Way(ref, ZEROS, sha)])
    release.published = call.world.now()
    release.is_immutable = project.immutable_releases
    if release.is_immutable:
        project.burnt.add(release.tag)


def _shown(call: Call, release: Release) -> Json:
    project = call.project
    base = f"{shapes.api(project)}/releases/{release.id}"
    address = f"untagged-{release.id}" if release.is_draft else release.tag
    sha = resolve(project, f"refs/tags/{release.tag}") or resolve(project, release.target)
    commit = project.store.commit(sha) if sha else None
    uploads = base.replace(call.world.api_url, f"{call.world.url}/api/uploads", 1)
    return {
        "url": base,
        "html_url": f"{shapes.page(project)}/releases/tag/{address}",
        "assets_url": f"{base}/assets",
        "upload_url": f"{uploads}/assets{{?name,label}}",
        "tarball_url": None if release.is_draft else f"{shapes.api(project)}/tarball/{release.tag}",
        "zipball_url": None if release.is_draft else f"{shapes.api(project)}/zipball/{release.tag}",
        "id": release.id,
        "node_id": f"RE_{release.id}",
        "tag_name": release.tag,
        "target_commitish": release.target,
        "name": release.name,
        "body": release.body,
        "draft": release.is_draft,
        "prerelease": release.is_prerelease,
        "immutable": release.is_immutable,
        "created_at": shapes.stamp(commit.committer.when if commit else release.created),
        "published_at": shapes.time(release.published),
        "author": shapes.user(call.world, release.author),
        "assets": [_asset_shown(call, release, asset) for asset in release.assets],
    }


# ---------------------------------------------------------------------------- assets


@operation("repos/list-release-assets")
def _assets(call: Call) -> Answer:
    release = _release(call)
    return paged(call, release.assets, lambda asset: _asset_shown(call, release, asset))


@operation("repos/upload-release-asset")
def _upload(call: Call) -> Answer:
    # https://docs.github.com/en/rest/releases/assets#upload-a-release-asset
    call.require("contents", WRITE)
    asset = _uploaded(call, call.body if isinstance(call.body, bytes) else b"")
    shown = _asset_shown(call, _release(call), asset)
    return Answer(201, shown)


def _uploaded(call: Call, content: bytes, *, state: str = "uploaded") -> Asset:
    release = _release(call)
    name = renamed(call.query["name"])
    if release.is_immutable:
        raise Refused(422, "Cannot upload assets to an immutable release.")
    if any(asset.name == name for asset in release.assets):
        raise _invalid("ReleaseAsset", "name", "already_exists")
    if not content and state == "uploaded":
        raise _invalid("ReleaseAsset", "size", "custom", "size must be greater than or equal to 1")
    asset = Asset(
        id=call.world.id(),
        name=name,
        label=call.query.get("label"),
        content=content,
        type=call.headers.get("Content-Type", "application/octet-stream"),
        digest="sha256:" + hashlib.sha256(content).hexdigest(),
        created=call.world.now(),
        uploader=call.actor,
        state=state,
    )
    with call.world.lock:
        release.assets.append(asset)
    return asset


def broken_off(call: Call) -> Answer:
    """An upload that ends half-way: an empty asset stays, which must be deleted first.

    https://docs.github.com/en/rest/releases/assets#upload-a-release-asset
    """
    call.require("contents", WRITE)
    _uploaded(call, b"", state="starter")
    raise Refused(502, "Server Error")


def renamed(name: str) -> str:
    """The name that GitHub gives to a file: specials become dots, none of them at the ends.

    https://docs.github.com/en/rest/releases/assets#upload-a-release-asset
    """
    return _STRANGE.sub(".", name).strip(".") or "default"


@operation("repos/get-release-asset")
def _get_asset(call: Call) -> Answer:
    release, asset = _asset(call)
    if "application/octet-stream" in call.headers.get("Accept", ""):
        # https://docs.github.com/en/rest/releases/assets#get-a-release-asset: either of both.
        if call.world.files_url:
            return Answer(302, None, {"Location": f"{call.world.files_url}/{asset.id}"})
        return Answer(200, asset.content, {"Content-Type": "application/octet-stream"})
    return Answer(200, _asset_shown(call, release, asset))


@operation("repos/delete-release-asset")
def _delete_asset(call: Call) -> Answer:
    call.require("contents", WRITE)
    release, asset = _asset(call)
    if release.is_immutable:
        raise Refused(422, "Cannot delete assets of an immutable release.")
    with call.world.lock:
        release.assets.remove(asset)
    return Answer(204)


def _asset(call: Call) -> tuple[Release, Asset]:
    call.require("contents")
    for release in [*call.project.releases.values()]:
        for asset in release.assets:
            if asset.id == int(call.path["asset_id"]):
                if release.is_draft and not _sees_drafts(call.token):
                    raise not_found()
                return release, asset
    raise not_found()


def _asset_shown(call: Call, release: Release, asset: Asset) -> dict[str, Any]:
    page = f"{shapes.page(call.project)}/releases/download/{release.tag}/{asset.name}"
    when = shapes.stamp(asset.created)
    is_told = asset.state == "uploaded" and call.world.keeps_digests
    return {
        "url": f"{shapes.api(call.project)}/releases/assets/{asset.id}",
        "browser_download_url": page,
        "id": asset.id,
        "node_id": f"RA_{asset.id}",
        "name": asset.name,
        "label": asset.label,
        "state": asset.state,
        "content_type": asset.type,
        "size": len(asset.content),
        "digest": asset.digest if is_told else None,
        "download_count": 0,
        "created_at": when,
        "updated_at": when,
        "uploader": shapes.user(call.world, asset.uploader),
    }
