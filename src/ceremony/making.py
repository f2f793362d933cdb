"""What is made on GitHub besides refs: commits, releases and their files, issues, pull requests.

A write whose answer was lost is not made a second time before its effect was looked for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path  # noqa: TID251 - an upload reads its file
from typing import Any, TypeVar
from urllib.parse import quote

from ceremony import answers, records
from ceremony.answers import inside
from ceremony.records import (
    Asset,
    Comment,
    Comparison,
    Entry,
    Issue,
    Made,
    Pull,
    Release,
    ReleaseForm,
)
from ceremony.rules.reviews import Review
from ceremony.wire import (
    Call,
    ForgeError,
    Immutable,
    MissingPermission,
    NotFound,
    OutcomeUnknown,
    Taken,
    Unreachable,
    Wire,
    origin_of,
)

INLINE_LIMIT = 100_000
"""Bytes of a text that is sent inside of a tree; what is larger, or no text, is stored first."""
SLOWEST_UPLOAD = 100_000.0
"""Bytes a second below which an upload is given up."""
SLOWEST_DOWNLOAD = 100_000.0
"""Bytes a second below which reading a file is given up."""
_PAGE = 100
PAUSES = (1.0, 2.0, 4.0)
"""Seconds between the looks at what a write has done."""

_CHANGED = "has changed since it was measured: let nothing write to it, and run it again"
_WRITE = "contents: write"
_OR_WORKFLOWS = (
    ". Where the token has that, the commit may add or change workflow files against the default "
    "branch, which takes `workflows: write` too. GITHUB_TOKEN can never be given that: pass the "
    "token of a GitHub App that has both"
)

# docs.github.com, "REST API endpoints for release assets", "Upload a release asset": what has other
# characters, or a period at either end, is renamed.
_ASSET_NAME = re.compile(r"[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*", re.ASCII)

Item = TypeVar("Item")


class Maker:
    """The verbs that make things in one repository, and those that list them."""

    def __init__(self, wire: Wire, repository: str) -> None:
        self.wire = wire
        self.repository = repository
        """`owner/name`."""

    # ------------------------------------------------------------------ commits

    def commit(self, files: Mapping[str, bytes | None], parent: str, message: str) -> Made:
        """A commit on top of another, which no ref points at yet; None takes a file out.

        Nothing but objects is made, which are forgotten unless a ref is moved to them: so all of
        it may be asked for twice. Raises NotFound where there is no such parent, and ForgeError.
        """
        tree = self._make(
            "git/trees",
            {
                "base_tree": self._tree(parent),
                "tree": [self._entry(path, content) for path, content in files.items()],
            },
            "make a tree",
        )
        body = {"message": message, "tree": _sha(tree), "parents": [parent]}
        made = self._make("git/commits", body, "make a commit")
        return Made(_sha(made), inside(made, "verification", "verified") is True)

    def commits(self, sha: str, path: str) -> list[str]:
        """The commits up to this one that changed a file, the newest first.

        Where a merge holds the file as one of its parents has it, what the others say of it is not
        listed. Raises NotFound where there is no such commit, and ForgeError.
        """
        query: dict[str, str | int] = {"sha": sha, "path": path}
        doing = f"list the commits of {self.wire.quote(path)} up to {sha[:7]}"
        call = Call("GET", self.path("commits"), doing, query=query, needs="contents: read")
        return [_sha(item) for item in self.items(call)]

    def compare(self, base: str, head: str, *, newest: bool = False) -> Comparison:
        """What a commit has beyond another, the newest commit last.

        Its commits are the first 250 at most; with `newest` the last hundred at most.

        Raises NotFound where either is missing, and ForgeError.
        """
        path = self.path("compare", f"{base}...{head}")
        doing = f"compare {base[:7]} with {head[:7]}"
        call = Call("GET", path, doing, repeatable=True, needs="contents: read")

        def page(number: int) -> Comparison:
            query = {"per_page": _PAGE, "page": number}
            return records.comparison(self.wire.rest(call._replace(query=query)).body)

        if not newest:
            return records.comparison(self.wire.rest(call).body)
        found = page(1)
        if found.total > _PAGE:
            # docs.github.com, "Compare two commits": the oldest come first, page by page.
            last = -(-found.total // _PAGE)
            before = page(last - 1) if found.total > 2 * _PAGE else found
            commits = (*before.commits, *page(last).commits)
            found = found._replace(commits=commits[-_PAGE:])
        return found

    def contents(self, path: str, commit: str) -> Entry | list[Entry]:
        """What stands at a path of a commit: a file, or the first 1,000 entries of a folder.

        No path is the root's. A file's bytes are held against its hash, but for a repository of
        SHA-256, which is taken at its word. Raises NotFound where nothing is there, and ForgeError.
        """
        doing = f"read {path or 'the root'} of {commit[:7]}"
        call = Call(
            "GET", self.path("contents", path), doing, repeatable=True, query={"ref": commit}
        )
        item = self.wire.rest(call._replace(needs="contents: read")).body
        if isinstance(item, list):
            return [records.entry(each) for each in item]
        found = records.entry(item)
        content = _decoded(item, path) if found.kind == "file" else None
        is_other = content is not None and found.sha != records.blob_of(content)
        if is_other and len(found.sha) == 40:
            raise Unreachable(
                f"GitHub gave {path} with other bytes than its hash says: run it again"
            )
        return found._replace(content=content)

    def _tree(self, commit: str) -> str:
        path, doing = self.path("git/commits", commit), f"read the commit {commit[:7]}"
        call = Call("GET", path, doing, repeatable=True, needs="contents: read")
        return _sha(inside(self.wire.rest(call).body, "tree"))

    def _entry(self, path: str, content: bytes | None) -> dict[str, Any]:
        entry: dict[str, Any] = {"path": path, "mode": "100644", "type": "blob"}
        if content is None:
            return {**entry, "sha": None}
        if len(content) <= INLINE_LIMIT and b"\0" not in content:
            try:
                return {**entry, "content": content.decode()}
            except UnicodeDecodeError:
                pass
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        return {**entry, "sha": _sha(self._make("git/blobs", body, "store a file"))}

    def _make(self, what: str, body: Mapping[str, Any], doing: str) -> Any:
        call = Call("POST", self.path(what), doing, body=body, repeatable=True)
        return self.wire.rest(call._replace(needs="contents: write")).body

    # ------------------------------------------------------------------ releases

    def releases(self) -> list[Release]:
        """All releases, drafts among them where the token may write, in GitHub's order."""
        call = Call("GET", self.path("releases"), "list the releases", needs="contents: read")
        # A release that is made meanwhile shifts the pages: what then comes twice counts once.
        found = {each.id: each for each in map(records.release, self.items(call))}
        return list(found.values())

    def release(self, release: int) -> Release | None:
        """A release by its id, a draft too where the token may write; None where there is none."""
        path, doing = self.path(f"releases/{release}"), f"read the release {release}"
        call = Call("GET", path, doing, repeatable=True, needs="contents: read")
        return self.found(call, records.release)

    def release_by_tag(self, tag: str) -> Release | None:
        """The published release of a tag; None where there is none."""
        path = self.path("releases/tags", tag)
        call = Call("GET", path, f"read the release {tag}", repeatable=True)
        return self.found(call._replace(needs="contents: read"), records.release)

    def create_release(self, form: ReleaseForm, *, besides: Collection[int] = ()) -> Release:
        """A release. After a lost reply, one of its tag, target and kind is taken for it.

        `besides` are the ids of releases that were there before, none of which it can be.

        Raises Taken where a published release has the tag, MissingPermission where the token may
        not, or where the host finds nothing, as it then says too; and ForgeError.
        """
        call = Call(
            "POST",
            self.path("releases"),
            f"create the release {form.tag}",
            body=_release_body(form),
            needs="contents: write",
        )

        def find() -> Release | None:
            same = (each for each in self.releases() if _is_of(each, form))
            return next((each for each in same if each.id not in besides), None)

        try:
            return self._made(call, records.release, find)
        except (MissingPermission, NotFound) as refusal:
            raise _with_workflows(refusal) from None

    def update_release(self, release: int, form: ReleaseForm) -> Release:
        """Say something else in a release, or publish it; asked for twice it is the same.

        Raises Taken where another published release has the tag, Immutable where one had it for
        good, NotFound where the release is gone, MissingPermission where the token may not, which
        the host may call not found too; and ForgeError.
        """
        call = Call(
            "PATCH",
            self.path(f"releases/{release}"),
            f"update the release {form.tag}",
            body=_release_body(form),
            repeatable=True,
            needs="contents: write",
        )
        try:
            return records.release(self.wire.rest(call).body)
        except Immutable:
            # What was published for good, with its answer lost, may not be told so once more.
            found = self.release(release)
            if found is None or not _is_of(found, form):
                raise
            return found
        except MissingPermission as refusal:
            raise _with_workflows(refusal) from None
        except NotFound as refusal:
            if self.release(release) is None:
                raise
            raise _with_workflows(refusal) from None

    def show_latest(self, release: int) -> None:
        """Have the host show a release as the latest, and change nothing else of it.

        Raises NotFound where it is gone, MissingPermission, and ForgeError.
        """
        call = Call(
            "PATCH",
            self.path(f"releases/{release}"),
            f"show the release {release} as the latest",
            body={"make_latest": "true"},
            repeatable=True,
            needs="contents: write",
        )
        self.wire.rest(call)

    def delete_release(self, release: int) -> None:
        """Remove a release, its tag stays; that it is gone already is as good.

        Raises MissingPermission where the host says that it is not there, and it is.
        """
        if self._delete(f"releases/{release}", f"delete the release {release}"):
            return
        if self.release(release) is not None:
            # docs.github.com, "Troubleshooting the REST API": so may what a token must not do.
            raise MissingPermission(
                f"GitHub says that there is no release {release} to delete, and shows it: give the "
                "token `contents: write`, or see whether a rule keeps it"
            )

    def delete_asset(self, asset: int) -> None:
        """Remove a release's file; that it is gone already is as good."""
        self._delete(f"releases/assets/{asset}", f"delete the asset {asset}")

    def _delete(self, path: str, doing: str) -> bool:
        """Whether it was there to delete."""
        # No id is given out twice: asking again can't meet something else.
        call = Call("DELETE", self.path(path), doing, repeatable=True, needs="contents: write")
        try:
            self.wire.rest(call)
        except NotFound:
            return False
        return True

    def upload_asset(
        self,
        release: Release,
        path: str,
        *,
        name: str = "",
        content_type: str = "application/octet-stream",
        size: int = 0,
        digest: str = "",
    ) -> Asset:
        """A file of a release as it lies on the disk, under `name` or its own.

        A broken upload of that name is removed first; one that holds the same bytes is returned.
        What arrived is compared by size and, where the host has it, by SHA-256. Who has measured
        the file gives its size in bytes and its digest, as `Asset` has them: then it is read once
        more only where the host keeps no digest.

        Raises Immutable where the release takes no file any more, ForgeError where another file has
        the name, where something else arrived than was sent, or where the file has changed since.
        """
        file = Path(path)
        name = name or file.name
        if not _ASSET_NAME.fullmatch(name) or name.endswith("."):
            raise ForgeError(
                f"GitHub would give the file `{self.wire.quote(name)}` another name: use letters, "
                "digits, `.`, `-`, `_`, `+` and `@` only, and no `.` at the ends"
            )
        was_measured = bool(size and digest)
        if not was_measured:
            size, digest = _measured(file)
        if not size:
            raise ForgeError(f"`{name}` is empty, and GitHub takes no empty file")
        call = Call(
            "POST",
            self._upload_url(release),
            f"upload {name}",
            query={"name": name},
            file=path,
            content_type=content_type,
            needs="contents: write",
            seconds=self.wire.patience.one_try + size / SLOWEST_UPLOAD,
        )
        there: Sequence[Asset] = release.assets
        pauses = iter(PAUSES)
        was_sent = False
        while True:
            if not _is_as_long(file, size):
                raise ForgeError(f"`{name}` {_CHANGED}")
            known = next((each for each in there if each.name == name), None)
            if known is not None and not known.is_uploaded:
                self.delete_asset(known.id)
            try:
                if known is None or not known.is_uploaded:
                    was_sent = True
                    known = records.asset(self.wire.rest(call).body)
            except (OutcomeUnknown, Taken) as lost:
                # What a lost answer has made may be in the way before it is shown.
                self.pause_or_raise(lost, pauses)
                there = self.assets(release.id)
                continue
            if known.size != size or known.digest not in {"", digest}:
                has_changed = was_sent and _has_changed(file, size, digest)
                raise self._other(known, size, has_changed=has_changed)
            if was_measured and not known.digest and _has_changed(file, size, digest):
                raise ForgeError(f"`{name}` {_CHANGED}")
            return known

    def assets(self, release: int) -> list[Asset]:
        """The files of a release."""
        path, doing = self.path(f"releases/{release}/assets"), f"list the assets of {release}"
        call = Call("GET", path, doing, needs="contents: read")
        return [records.asset(item) for item in self.items(call)]

    def download(self, asset: Asset, limit: int) -> bytes:
        """The bytes of a release's file of at most so many bytes, held against size and digest.

        Where the host leads elsewhere to them, it is followed without the token, to addresses of
        https that are no machine's own. A file without a digest is taken at its size.

        Raises ForgeError for a file that is longer, or that lies where nothing is read from;
        Unreachable where other bytes came than the release says; NotFound where it is gone.
        """
        name = self.wire.quote(asset.name)
        if asset.size > limit:
            raise ForgeError(
                f"`{name}` has {asset.size:,} bytes, where {limit:,} are the most: it was not read"
            )
        call = Call(
            "GET",
            self.path(f"releases/assets/{asset.id}"),
            f"hand out {name}",
            repeatable=True,
            needs="contents: read",
            seconds=self.wire.patience.one_try + asset.size / SLOWEST_DOWNLOAD,
            limit=max(asset.size, 1),
        )
        data = self.wire.rest(call).body
        is_whole = isinstance(data, bytes) and len(data) == asset.size
        if not is_whole or asset.digest not in {"", f"sha256:{hashlib.sha256(data).hexdigest()}"}:
            raise Unreachable(
                f"GitHub gave `{name}` with other bytes than its size and digest say. Run it again"
            )
        return bytes(data)

    def _other(self, asset: Asset, size: int, *, has_changed: bool) -> ForgeError:
        name = self.wire.quote(asset.name)
        if has_changed:
            return ForgeError(
                f"The release holds another file as `{name}`: the file changed while it was "
                "published. Let nothing write to it, and run it again"
            )
        return ForgeError(
            f"The release holds another file as `{name}` ({asset.size:,} bytes, not {size:,} or "
            "other bytes). Delete that one, or choose another name"
        )

    def _upload_url(self, release: Release) -> str:
        """Where GitHub takes files: beside its API, and nowhere else (threat: upload_url)."""
        scheme, host, port = origin_of(self.wire.origin)
        beside = f"uploads.{host.removeprefix('api.')}" if host.startswith("api.") else host
        try:
            is_known = origin_of(release.upload_url) in {
                (scheme, host, port),
                (scheme, beside, port),
            }
        except ValueError:
            is_known = False
        if not is_known:
            raise ForgeError(
                f"GitHub names another address for uploads, `{self.wire.quote(release.upload_url)}`"
                ". The token is not sent there"
            )
        return release.upload_url

    # ------------------------------------------------------------------ issues, pull requests

    def issues(self, *, labels: Sequence[str] = (), state: str = "open") -> list[Issue]:
        """The issues that have all the labels, pull requests left out, the newest first."""
        query: dict[str, str | int] = {"state": state}
        if labels:
            query["labels"] = ",".join(labels)
        path = self.path("issues")
        call = Call("GET", path, "list the issues", query=query, needs="issues: read")
        return [records.issue(item) for item in self.items(call) if not records.is_pull(item)]

    def create_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """An issue. After a lost reply, an open one of the same text is taken for it."""
        call = Call(
            "POST",
            self.path("issues"),
            "open an issue",
            body={"title": title, "body": body, "labels": list(labels)},
            needs="issues: write",
        )

        def find() -> Issue | None:
            same = (each for each in self.issues() if (each.title, each.body) == (title, body))
            return next(same, None)

        return self._made(call, records.issue, find)

    def update_issue(
        self,
        number: int,
        *,
        title: str | None = None,
        body: str | None = None,
        state: str | None = None,
        labels: Sequence[str] | None = None,
    ) -> Issue:
        """Say something else in an issue, close or open it; asked for twice it is the same."""
        changes = {"title": title, "body": body, "state": state, "labels": labels}
        call = Call(
            "PATCH",
            self.path(f"issues/{number}"),
            f"update the issue {number}",
            body={key: value for key, value in changes.items() if value is not None},
            repeatable=True,
            needs="issues: write",
        )
        return records.issue(self.wire.rest(call).body)

    def comments(self, number: int) -> list[Comment]:
        """The comments under an issue or a pull request, the oldest first."""
        path, doing = self.path(f"issues/{number}/comments"), f"list the comments of {number}"
        call = Call("GET", path, doing, needs="issues: read")
        return [records.comment(item) for item in self.items(call)]

    def comment(self, number: int, body: str) -> Comment:
        """A comment. After a lost reply, the last one of the same text is taken for it."""
        call = Call(
            "POST",
            self.path(f"issues/{number}/comments"),
            f"comment on {number}",
            body={"body": body},
            needs="issues: write",
        )

        def find() -> Comment | None:
            same = (each for each in reversed(self.comments(number)) if each.body == body)
            return next(same, None)

        return self._made(call, records.comment, find)

    def update_comment(self, comment: int, body: str) -> Comment:
        """Say something else in a comment; asked for twice it is the same."""
        call = Call(
            "PATCH",
            self.path(f"issues/comments/{comment}"),
            "update a comment",
            body={"body": body},
            repeatable=True,
            needs="issues: write",
        )
        return records.comment(self.wire.rest(call).body)

    def pulls(self, head: str, base: str = "", state: str = "open") -> list[Pull]:
        """The pull requests of a branch of this repository, the newest first."""
        owner = self.repository.partition("/")[0]
        query: dict[str, str | int] = {"head": f"{owner}:{head}", "state": state}
        if base:
            query["base"] = base
        call = Call("GET", self.path("pulls"), f"list the pull requests of {head}", query=query)
        items = self.items(call._replace(needs="pull-requests: read"))
        return [records.pull(item) for item in items]

    def pull(self, number: int) -> Pull | None:
        """A pull request of this repository; None where there is none of that number."""
        path, doing = self.path(f"pulls/{number}"), f"read the pull request {number}"
        call = Call("GET", path, doing, repeatable=True, needs="pull-requests: read")
        return self.found(call, records.pull)

    def reviews(self, number: int) -> list[Review]:
        """The reviews of a pull request, the oldest first; those that only comment are among them.

        Raises NotFound where there is no such pull request, and ForgeError.
        """
        path, doing = self.path(f"pulls/{number}/reviews"), f"list the reviews of {number}"
        call = Call("GET", path, doing, needs="pull-requests: read")
        return [records.review(item) for item in self.items(call)]

    def open_pull(self, head: str, base: str, title: str, body: str) -> Pull:
        """A pull request from a branch into another; where there is an open one, that one."""
        call = Call(
            "POST",
            self.path("pulls"),
            f"open a pull request from {head} into {base}",
            body={"head": head, "base": base, "title": title, "body": body},
            needs="pull-requests: write",
        )

        def find() -> Pull | None:
            return next(iter(self.pulls(head, base)), None)

        return find() or self._made(call, records.pull, find)

    def _made(
        self, call: Call, read: Callable[[Any], Item], find: Callable[[], Item | None]
    ) -> Item:
        """What a write made; after a lost reply, what is found of it before it is made again."""
        pauses = iter(PAUSES)
        while True:
            try:
                return read(self.wire.rest(call).body)
            except OutcomeUnknown as lost:
                self.pause_or_raise(lost, pauses)
                found = find()
                if found is not None:
                    return found

    def pause_or_raise(self, problem: ForgeError, pauses: Iterator[float]) -> None:
        """Wait before a write is looked after and tried again; raise it after the last time."""
        pause = next(pauses, None)
        if pause is None:
            raise problem
        self.wire.sleep(pause)

    # ------------------------------------------------------------------ asking

    def found(self, call: Call, read: Callable[[Any], Item]) -> Item | None:
        """What one address holds; None where there is nothing. Raises ForgeError."""
        try:
            return read(self.wire.rest(call).body)
        except NotFound:
            return None

    def path(self, *parts: str) -> str:
        return "/".join((f"/repos/{self.repository}", *map(quote, parts)))

    def items(self, call: Call, key: str = "") -> Iterator[Any]:
        """What lies in all pages of a list.

        The pages are counted here: an address that the host gives for the next is not followed
        (threat: a Link that leads elsewhere).
        """
        page = 1
        while True:
            query = {**(call.query or {}), "per_page": _PAGE, "page": page}
            answer = self.wire.rest(call._replace(query=query, repeatable=True))
            items = listing(inside(answer.body, key) if key else answer.body, call.doing)
            yield from items
            if not items or 'rel="next"' not in answer.headers.get("link", ""):
                return
            page += 1


def listing(value: Any, doing: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unreachable(f"GitHub's answer cannot be read, when asked to {doing}")
    return value


def _sha(value: Any) -> str:
    sha = answers.oid({"oid": inside(value, "sha")})
    if sha is None:
        raise Unreachable("GitHub's answer names no object: run it again later")
    return sha


def _decoded(item: Any, path: str) -> bytes | None:
    """The bytes of a file; None where the host leaves them out.

    docs.github.com/en/rest/repos/contents, "Get repository content": above 1 MB the content is
    left out, and `encoding` is `none`.
    """
    content = inside(item, "content")
    if inside(item, "encoding") != "base64" or not isinstance(content, str):
        return None
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        raise Unreachable(f"GitHub's answer holds no file, when asked for {path}") from None


def _release_body(form: ReleaseForm) -> dict[str, Any]:
    return {
        "tag_name": form.tag,
        "name": form.name,
        "body": form.body,
        "target_commitish": form.target,
        "draft": form.is_draft,
        "prerelease": form.is_prerelease,
        "make_latest": "true" if form.is_latest else "false",
    }


def _is_of(release: Release, form: ReleaseForm) -> bool:
    """Whether a release can be what the form has made: what it says may be edited at any time."""
    made = (release.tag, release.name, release.target, release.is_draft)
    return made == (form.tag, form.name, form.target, form.is_draft)


def _with_workflows(refusal: ForgeError) -> ForgeError:
    """The refusal of a release, and what else may be its reason: the host does not tell it.

    docs.github.com/en/rest/releases/releases, "Create a release" and "Update a release": 404, in
    some cases 403, where the target's workflow files are new to the default branch.
    """
    if isinstance(refusal, MissingPermission) and refusal.permission != _WRITE:
        return refusal
    return MissingPermission(f"{refusal}{_OR_WORKFLOWS}", permission=_WRITE)


def _is_as_long(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except (FileNotFoundError, NotADirectoryError):
        return False


def _has_changed(file: Path, size: int, digest: str) -> bool:
    return not _is_as_long(file, size) or _measured(file) != (size, digest)


def _measured(file: Path) -> tuple[int, str]:
    """The size in bytes and the digest of a file, as GitHub spells it."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return opened.tell(), f"sha256:{digest}"
