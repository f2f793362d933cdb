"""What GitHub's REST answers hold, as small records.

Pure. A missing or misshapen field becomes an empty one: none of these decides that a commit is
proven.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from ceremony.answers import ended, inside
from ceremony.rules import evidence
from ceremony.rules.reviews import Review


class Run(NamedTuple):
    """One run of a workflow."""

    id: int
    event: str
    status: str
    """`queued`, `in_progress`, `completed` …"""
    conclusion: str
    """`success`, `failure` …; empty while there is none."""
    sha: str
    branch: str
    attempt: int
    created: str
    """ISO 8601 in UTC."""
    url: str


class Job(NamedTuple):
    """One job of one attempt of a run."""

    id: int
    name: str
    """As its check run is called."""
    status: str
    conclusion: str
    runner_name: str
    """Empty until a runner has taken it."""
    url: str = ""
    check: int = 0
    """The id of its check run."""


class Asset(NamedTuple):
    """One file of a release."""

    id: int
    name: str
    is_uploaded: bool
    """False for one whose upload broke off, which keeps its name taken."""
    size: int
    """Bytes."""
    digest: str
    """`sha256:` and 64 hexadecimal digits; empty where the host keeps none."""
    url: str
    """Where people download it."""


class Release(NamedTuple):
    """One release, published or a draft."""

    id: int
    tag: str
    name: str
    body: str
    target: str
    """The commit or branch that its tag was to be made at."""
    is_draft: bool
    is_prerelease: bool
    is_immutable: bool
    published: str
    """ISO 8601 in UTC; empty for a draft. Its age: `created_at` is that of its commit."""
    url: str
    upload_url: str
    assets: tuple[Asset, ...]


class ReleaseForm(NamedTuple):
    """What a release is to say."""

    tag: str
    name: str
    body: str
    target: str
    """The commit for a tag that does not exist yet."""
    is_draft: bool = True
    is_prerelease: bool = False
    is_latest: bool = False
    """Whether it becomes the release that the host shows as the latest."""


class Issue(NamedTuple):
    """One issue."""

    number: int
    title: str
    body: str
    state: str
    """`open` or `closed`."""
    labels: tuple[str, ...]
    author: str
    is_bot: bool
    url: str


class Comment(NamedTuple):
    """One comment under an issue or a pull request."""

    id: int
    body: str
    author: str
    is_bot: bool
    url: str


class Pull(NamedTuple):
    """One pull request."""

    number: int
    title: str
    body: str
    state: str
    """`open` or `closed`."""
    head: str
    """The branch that it would merge."""
    head_sha: str
    base: str
    """The branch that it would merge into."""
    url: str
    author: str = ""
    """Their login; empty where the account is gone."""
    is_merged: bool = False


class Entry(NamedTuple):
    """What stands at a path of a commit."""

    name: str
    kind: str
    """`file`, `folder`, or `other`: a link, a submodule."""
    sha: str
    content: bytes | None = None
    """A file's; None in a folder's list, and above 1 MB."""


class Change(NamedTuple):
    """One file that differs between two commits."""

    path: str
    status: str
    """`added`, `modified`, `removed`, `renamed` …"""
    blob: str
    """The hash of its content; of no use where it was removed."""


class Comparison(NamedTuple):
    """What one commit has beyond another."""

    ahead: int
    """Commits that the other lacks; -1 where the host does not say."""
    files: tuple[Change, ...]
    """Since both parted, 300 of them at most."""


class Made(NamedTuple):
    """A commit that was made through the API; no ref points at it yet."""

    sha: str
    is_verified: bool
    """Whether the host signed it, which it promises for none."""


def run(item: Any) -> Run:
    """A `workflow-run`."""
    return Run(
        id=_number(item, "id"),
        event=_text(item, "event"),
        status=_text(item, "status"),
        conclusion=_text(item, "conclusion"),
        sha=_text(item, "head_sha"),
        branch=_text(item, "head_branch"),
        attempt=_number(item, "run_attempt"),
        created=_text(item, "created_at"),
        url=_text(item, "html_url"),
    )


def job(item: Any) -> Job:
    """A `job`."""
    return Job(
        id=_number(item, "id"),
        name=_text(item, "name"),
        status=_text(item, "status"),
        conclusion=_text(item, "conclusion"),
        runner_name=_text(item, "runner_name"),
        url=_text(item, "html_url"),
        check=_check(item),
    )


def _check(item: Any) -> int:
    """The check run that a job names; 0, which no check run is, where it names none.

    https://docs.github.com/en/rest/actions/workflow-jobs: the address ends in the check run's id.
    """
    last = _text(item, "check_run_url").rpartition("/check-runs/")[2]
    return int(last) if last.isascii() and last.isdigit() and len(last) < 20 else 0


def proof(item: Job) -> evidence.Job:
    """A job as promote weighs it."""
    state, said = ended(item.status, item.conclusion)
    return evidence.Job(item.check, item.name, state, said, item.url)


def asset(item: Any) -> Asset:
    """A `release-asset`."""
    return Asset(
        id=_number(item, "id"),
        name=_text(item, "name"),
        is_uploaded=_text(item, "state") == "uploaded",
        size=_number(item, "size"),
        digest=_text(item, "digest"),
        url=_text(item, "browser_download_url"),
    )


def release(item: Any) -> Release:
    """A `release`."""
    assets = inside(item, "assets")
    return Release(
        id=_number(item, "id"),
        tag=_text(item, "tag_name"),
        name=_text(item, "name"),
        body=_text(item, "body"),
        target=_text(item, "target_commitish"),
        is_draft=inside(item, "draft") is True,
        is_prerelease=inside(item, "prerelease") is True,
        is_immutable=inside(item, "immutable") is True,
        published=_text(item, "published_at"),
        url=_text(item, "html_url"),
        upload_url=_text(item, "upload_url").partition("{")[0],
        assets=tuple(asset(each) for each in assets) if isinstance(assets, list) else (),
    )


def issue(item: Any) -> Issue:
    """An `issue`."""
    labels = inside(item, "labels")
    return Issue(
        number=_number(item, "number"),
        title=_text(item, "title"),
        body=_text(item, "body"),
        state=_text(item, "state"),
        labels=tuple(
            each if isinstance(each, str) else _text(each, "name")
            for each in (labels if isinstance(labels, list) else ())
        ),
        author=_text(item, "user", "login"),
        is_bot=_text(item, "user", "type") == "Bot",
        url=_text(item, "html_url"),
    )


def is_pull(item: Any) -> bool:
    """Whether what a list of issues holds is a pull request."""
    return inside(item, "pull_request") is not None


def comment(item: Any) -> Comment:
    """An `issue-comment`."""
    return Comment(
        id=_number(item, "id"),
        body=_text(item, "body"),
        author=_text(item, "user", "login"),
        is_bot=_text(item, "user", "type") == "Bot",
        url=_text(item, "html_url"),
    )


def pull(item: Any) -> Pull:
    """A `pull-request`."""
    return Pull(
        number=_number(item, "number"),
        title=_text(item, "title"),
        body=_text(item, "body"),
        state=_text(item, "state"),
        head=_text(item, "head", "ref"),
        head_sha=_text(item, "head", "sha"),
        base=_text(item, "base", "ref"),
        url=_text(item, "html_url"),
        author=_text(item, "user", "login"),
        is_merged=bool(_text(item, "merged_at")),
    )


def entry(item: Any) -> Entry:
    """A `content-file`, or a member of a `content-directory`; its content is not read."""
    kind = {"file": "file", "dir": "folder"}.get(_text(item, "type"), "other")
    return Entry(_text(item, "name"), kind, _text(item, "sha"))


def blob_of(data: bytes) -> str:
    """The hash that git, and so GitHub, gives a file of these bytes."""
    whole = b"blob %d\0" % len(data) + data
    return hashlib.sha1(whole, usedforsecurity=False).hexdigest()


def comparison(item: Any) -> Comparison:
    """A `commit-comparison`."""
    ahead, files = inside(item, "ahead_by"), inside(item, "files")
    return Comparison(
        ahead=ahead if isinstance(ahead, int) else -1,
        files=tuple(
            Change(_text(each, "filename"), _text(each, "status"), _text(each, "sha"))
            for each in (files if isinstance(files, list) else ())
        ),
    )


def review(item: Any) -> Review:
    """A `pull-request-review`."""
    return Review(
        login=_text(item, "user", "login"),
        state=_text(item, "state"),
        commit=_text(item, "commit_id"),
        submitted=_text(item, "submitted_at"),
    )


def _text(item: Any, *path: str) -> str:
    value = inside(item, *path)
    return value if isinstance(value, str) else ""


def _number(item: Any, *path: str) -> int:
    value = inside(item, *path)
    return value if isinstance(value, int) else 0
