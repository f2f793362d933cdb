"""What GitHub's REST answers hold, as small records.

Pure. A missing or misshapen field becomes an empty one: none of these decides that a commit is
proven.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from ceremony.answers import Titled, ended, inside, oid, peeled, titled
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
    author: str = ""
    """The login of who made it; empty where the account is gone."""


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
    status: str = ""
    """`identical`, `ahead`, `behind` or `diverged`; empty where the host does not say."""
    behind: int = -1
    """Commits that the other has and this one lacks; -1 where the host does not say."""
    commits: tuple[Titled, ...] = ()
    """What it is ahead by, the oldest first, 250 of them at most."""
    total: int = 0
    """How many those are in all."""


class Grounds(NamedTuple):
    """What a publication stands on, as it was at one moment."""

    source_sha: str | None
    """The commit that the source's ref is at, an annotated tag peeled; None: there is no ref."""
    has_commit: bool
    """Whether the repository holds the commit that was asked for."""
    channel_sha: str | None
    """The commit that the channel's plain tag is at, peeled; None where there is no such tag."""
    relation: str
    """The source's ref to that tag: `identical`, `ahead`, `behind` or `diverged`; empty where
    there is none of the two, or they share no history."""
    commits: tuple[Titled, ...]
    """What the source is ahead by, the oldest first, 100 of them at most."""
    total: int
    """How many commits it is ahead by."""
    tags: Mapping[str, str]
    """The tags whose short names begin with the prefix, and their commits, peeled; empty where
    the host does not tell it."""
    latest: tuple[int, str] | None
    """Id and tag of the release that the host shows as the latest."""
    config: str | None = None
    """The hash of the commit's configuration; None where it has none."""
    channel_at: str | None = None
    """What the channel's tag points at itself, which a move of it begins at: another object than
    the commit where somebody made it an annotated tag."""
    rival: bool = False
    """Whether a branch bears the channel's name, beside which its tag would be ambiguous."""
    nested: str = ""
    """The end of a tag below the channel's name: beside `preview/1` git has no `preview`."""
    branches: frozenset[str] = frozenset()
    """The branches whose names begin with the prefix; the first of them, where they are many."""


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
        author=_text(item, "author", "login"),
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
    ahead, behind = inside(item, "ahead_by"), inside(item, "behind_by")
    files, commits = inside(item, "files"), inside(item, "commits")
    return Comparison(
        ahead=ahead if isinstance(ahead, int) else -1,
        files=tuple(
            Change(_text(each, "filename"), _text(each, "status"), _text(each, "sha"))
            for each in (files if isinstance(files, list) else ())
        ),
        status=_relation(item),
        behind=behind if isinstance(behind, int) else -1,
        commits=tuple(
            Titled(_text(each, "sha"), _text(each, "commit", "message").partition("\n")[0])
            for each in (commits if isinstance(commits, list) else ())
        ),
        total=_number(item, "total_commits"),
    )


def grounds(repository: Any, commit: str) -> Grounds:
    """What the question for a publication's grounds is answered with, but for its tags."""
    channel, known = inside(repository, "channel"), inside(repository, "commit")
    source_sha = peeled(inside(repository, "source", "target"))
    comparison = inside(channel, "compare")
    is_meant = peeled(inside(comparison, "headTarget")) == source_sha is not None
    if not (is_meant and _relation(comparison)):
        comparison = None  # of something else, which a name that means two things may bring
    latest = inside(repository, "latestRelease")
    identity = _number(latest, "databaseId")
    return Grounds(
        source_sha=source_sha,
        has_commit=inside(known, "__typename") == "Commit" and oid(known) == commit,
        channel_sha=peeled(inside(channel, "target")),
        relation=_relation(comparison),
        commits=titled(comparison),
        total=_number(comparison, "aheadBy"),
        tags={},
        latest=(identity, _text(latest, "tagName")) if identity else None,
        config=oid(inside(repository, "config")),
        channel_at=oid(inside(channel, "target")),
        rival=inside(repository, "rival", "target") is not None,
        nested=next(iter(_names(inside(repository, "nested"))), "").rpartition("/")[2],
        branches=frozenset(_names(inside(repository, "branches"))),
    )


def _names(connection: Any) -> list[str]:
    """The names of a list of refs, without what the list was asked for before them."""
    nodes = inside(connection, "nodes")
    names = (_text(node, "name") for node in (nodes if isinstance(nodes, list) else ()))
    return [name for name in names if name]


def tags(connection: Any, prefix: str) -> dict[str, str]:
    """The tags of a list of refs whose names begin with the prefix, and their commits.

    docs.github.com, "Objects", `Repository`: what such a list is asked for may stand anywhere in
    a name. A tag whose object is not told is at no commit, and is there all the same.
    """
    nodes = inside(connection, "nodes")
    found = {
        _text(node, "name"): peeled(inside(node, "target")) or ""
        for node in (nodes if isinstance(nodes, list) else ())
    }
    return {name: sha for name, sha in found.items() if name and name.startswith(prefix)}


def next_page(connection: Any) -> str | None:
    """Where the next part of a list begins; None where there is none."""
    has_more = inside(connection, "pageInfo", "hasNextPage") is True
    return (_text(connection, "pageInfo", "endCursor") or None) if has_more else None


def review(item: Any) -> Review:
    """A `pull-request-review`."""
    return Review(
        login=_text(item, "user", "login"),
        state=_text(item, "state"),
        commit=_text(item, "commit_id"),
        submitted=_text(item, "submitted_at"),
    )


def _relation(comparison: Any) -> str:
    """How the head of a comparison stands to its base; empty for a word that is none of ours."""
    word = _text(comparison, "status").lower()
    return word if word in {"identical", "ahead", "behind", "diverged"} else ""


def _text(item: Any, *path: str) -> str:
    value = inside(item, *path)
    return value if isinstance(value, str) else ""


def _number(item: Any, *path: str) -> int:
    value = inside(item, *path)
    return value if isinstance(value, int) else 0
