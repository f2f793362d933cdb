"""Commits, releases, issues and pull requests are made once, whatever happens to the answers."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ceremony.forge import (
    Asset,
    Forge,
    ForgeError,
    MissingPermission,
    Move,
    NotFound,
    Taken,
    Unreachable,
)
from ceremony.records import Issue, Release, ReleaseForm
from ceremony.sandbox import Fault
from ceremony.wire import OutcomeUnknown
from tests.support.forge import EVERYTHING, Scene, scene

FORM = ReleaseForm("1.0.0-alpha", "1.0.0 alpha", "What is new", "main")
KINDS = ["before", "lost", "truncated", "status", "after-status"]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path / "github") as set_up:
        set_up.line(1)
        yield set_up


def git(stage: Scene, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", stage.project.path, *arguments], capture_output=True, check=True
    ).stdout


# ---------------------------------------------------------------------------- commits


def test_a_commit_holds_what_was_given_and_keeps_the_rest(stage: Scene) -> None:
    parent = stage.project.commit({"kept": "k", "changed": "1", "gone": "g", "deep/x": "x"})
    binary, large = b"\x89PNG\xff", "ä".encode() * 60_000
    forge = stage.forge()
    made = forge.commit(
        {"changed": b"2\n", "gone": None, "logo.png": binary, "large": large, "ümläut": b"u"},
        parent,
        "cut: 1.0.0-alpha\n\nBody",
    )
    assert not stage.project.refs().keys() - {"refs/heads/main", "refs/heads/latest"}
    assert git(stage, "cat-file", "blob", f"{made.sha}:changed") == b"2\n"
    assert git(stage, "cat-file", "blob", f"{made.sha}:logo.png") == binary
    assert git(stage, "cat-file", "blob", f"{made.sha}:large") == large
    names = git(stage, "ls-tree", "-r", "-z", "--name-only", made.sha).decode().split("\0")
    assert set(names) == {"a", "changed", "deep/x", "kept", "large", "logo.png", "ümläut", ""}
    assert git(stage, "log", "-1", "--format=%P %B", made.sha).decode().split() == [
        parent,
        "cut:",
        "1.0.0-alpha",
        "Body",
    ]
    assert stage.operations.count("git/create-blob") == 2
    forge.move([Move("refs/heads/v1.0.0-alpha", None, made.sha)])


@pytest.mark.parametrize("operation", ["git/create-tree", "git/create-commit", "git/create-blob"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_commit_survives_lost_answers(stage: Scene, operation: str, kind: str) -> None:
    parent = stage.project.ref("refs/heads/main")
    assert parent is not None
    stage.sandbox.faults.add(Fault(operation, kind, status=502))  # type: ignore[arg-type]
    made = stage.forge().commit({"b": b"\0"}, parent, "c")
    assert git(stage, "cat-file", "blob", f"{made.sha}:b") == b"\0"


def test_the_commits_that_changed_a_file(stage: Scene) -> None:
    first = stage.project.commit({"docs/ä.md": "1"})
    stage.project.commit({"other": "1"})
    second = stage.project.commit({"docs/ä.md": "2"})
    last = stage.project.commit({"other": "2"})
    forge = stage.forge()
    assert forge.commits(last, "docs/ä.md") == [second, first]
    assert forge.commits(first, "docs/ä.md") == [first]
    assert forge.commits(last, "no.md") == []
    with pytest.raises(NotFound):
        forge.commits("ab" * 20, "docs/ä.md")
    # More of them than one page holds.
    more = [stage.project.commit({"other": str(number)}) for number in range(3, 105)]
    assert forge.commits(more[-1], "other")[:102] == more[::-1]


def test_what_a_commit_has_beyond_another(stage: Scene) -> None:
    base = stage.project.commit({"gone": "a\nb\n", "old name": "c\n" * 9, "changed": "1\n"})
    files = {"gone": None, "old name": None, "new name": "c\n" * 9, "changed": "2\n", "ä": "x"}
    head = stage.project.commit(files, branch="side", parents=[base])
    aside = stage.project.commit({"main": "went on"})
    found = stage.forge().compare(aside, head)
    assert found.ahead == 1
    told = {each.path: (each.status, each.blob) for each in found.files}

    def blob(path: str) -> str:
        return git(stage, "rev-parse", f"{head}:{path}").decode().strip()

    assert told == {
        "gone": ("removed", ""),
        "new name": ("renamed", blob("new name")),
        "changed": ("modified", blob("changed")),
        "ä": ("added", blob("ä")),
    }
    assert stage.forge().compare(head, head).files == ()


def test_a_comparison_tells_the_commits(stage: Scene) -> None:
    base = stage.project.commit({"a": "1"}, message="Base")
    shas = [stage.project.commit({"a": str(n)}, message=f"Change {n}\n\nBody") for n in (2, 3)]
    aside = stage.project.commit({"b": "1"}, branch="aside", parents=[base], message="Aside")
    forge = stage.forge()
    found = forge.compare(base, shas[1])
    assert found.commits == ((shas[0], "Change 2"), (shas[1], "Change 3"))
    assert (found.status, found.ahead, found.behind, found.total) == ("ahead", 2, 0, 2)
    found = forge.compare(shas[1], base)
    assert (found.status, found.ahead, found.behind, found.commits) == ("behind", 0, 2, ())
    found = forge.compare(aside, shas[1])
    assert (found.status, found.ahead, found.behind, found.total) == ("diverged", 2, 1, 2)
    assert forge.compare(base, base).status == "identical"


def test_a_long_comparison_tells_its_first_commits(stage: Scene) -> None:
    base = stage.project.commit({"a": "1"})
    shas = stage.project.grow(251)
    found = stage.forge().compare(base, shas[-1])
    assert [commit.sha for commit in found.commits] == shas[:250]
    assert found.total == 251


def test_a_commit_on_nothing(stage: Scene) -> None:
    with pytest.raises(NotFound, match="read the commit abababa"):
        stage.forge().commit({"b": b"1"}, "ab" * 20, "c")


# ---------------------------------------------------------------------------- releases


def test_a_release_from_draft_to_gone(stage: Scene) -> None:
    forge = stage.forge()
    draft = forge.create_release(FORM)
    assert (draft.tag, draft.is_draft, draft.published) == ("1.0.0-alpha", True, "")
    assert forge.release_by_tag("1.0.0-alpha") is None
    assert forge.releases() == [draft]
    published = forge.update_release(draft.id, FORM._replace(is_draft=False, body="Other"))
    assert (published.id, published.is_draft, published.body) == (draft.id, False, "Other")
    assert published.published
    assert forge.release_by_tag("1.0.0-alpha") == published
    forge.delete_release(draft.id)
    forge.delete_release(draft.id)
    assert forge.releases() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_answer_makes_no_second_draft(stage: Scene, kind: str) -> None:
    stage.sandbox.faults.add(
        Fault("repos/create-release", kind, status=502)  # type: ignore[arg-type]
    )
    forge = stage.forge()
    draft = forge.create_release(FORM)
    assert forge.releases() == [draft]


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_answer_takes_no_other_commits_draft(stage: Scene, kind: str) -> None:
    first, second = stage.line(2)[-2:]
    forge = stage.forge()
    other = forge.create_release(FORM._replace(target=first))
    stage.sandbox.faults.add(
        Fault("repos/create-release", kind, status=502)  # type: ignore[arg-type]
    )
    mine = forge.create_release(FORM._replace(target=second))
    assert (mine.target, mine.id == other.id) == (second, False)
    assert {each.id for each in forge.releases()} == {other.id, mine.id}


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_answer_takes_no_draft_that_was_there_before(stage: Scene, kind: str) -> None:
    forge = stage.forge()
    known = forge.create_release(FORM)
    stage.sandbox.faults.add(
        Fault("repos/create-release", kind, status=502)  # type: ignore[arg-type]
    )
    mine = forge.create_release(FORM, besides=[known.id])
    assert mine.id != known.id
    assert {each.id for each in forge.releases()} == {known.id, mine.id}


@pytest.mark.parametrize("kind", KINDS)
def test_publishing_and_deleting_survive_lost_answers(stage: Scene, kind: str) -> None:
    forge = stage.forge()
    draft = forge.create_release(FORM)
    for operation in ("repos/update-release", "repos/delete-release"):
        stage.sandbox.faults.add(Fault(operation, kind, status=503))  # type: ignore[arg-type]
    assert not forge.update_release(draft.id, FORM._replace(is_draft=False)).is_draft
    forge.delete_release(draft.id)
    assert forge.releases() == []


def test_a_release_by_its_id(stage: Scene) -> None:
    forge = stage.forge()
    draft = forge.create_release(FORM)
    assert forge.release(draft.id) == draft
    assert stage.forge({"contents": "read"}).release(draft.id) is None
    assert forge.release(draft.id + 1) is None


def test_the_latest_release(stage: Scene) -> None:
    forge = stage.forge()
    assert forge.latest_release() is None
    forge.create_release(FORM._replace(tag="3.0.0-alpha", is_draft=False, is_prerelease=True))
    forge.create_release(FORM._replace(tag="3.0.0"))
    assert forge.latest_release() is None, "neither a prerelease nor a draft is the latest"
    second = forge.create_release(FORM._replace(tag="2.0.0", is_draft=False, is_latest=True))
    forge.create_release(FORM._replace(tag="1.2.9", is_draft=False))
    assert forge.latest_release() == second.id


def test_an_update_answers_with_the_files(stage: Scene, draft: Release, package: Path) -> None:
    forge = stage.forge()
    asset = forge.upload_asset(draft, str(package))
    published = forge.update_release(draft.id, FORM._replace(is_draft=False))
    assert published.assets == (asset,)


def test_a_tag_is_published_once(stage: Scene, draft: Release) -> None:
    forge = stage.forge()
    second = forge.create_release(FORM._replace(name="Another"))
    forge.update_release(draft.id, FORM._replace(is_draft=False))
    with pytest.raises(Taken, match=r"update the release 1\.0\.0-alpha: Validation.*one already"):
        forge.update_release(second.id, FORM._replace(is_draft=False))
    with pytest.raises(Taken):
        forge.create_release(FORM._replace(is_draft=False, name="A third"))
    current = forge.release(second.id)
    assert current is not None
    assert current.is_draft
    assert stage.clock.waits == []


@pytest.fixture
def strange(stage: Scene) -> str:
    """A branch's tip whose workflow files are not the default branch's."""
    return stage.project.commit({".github/workflows/ci.yml": "on: push\n"}, branch="strange")


OF_AN_APP = r"contents: write`.*may add or change workflow files.*a GitHub App that has both"


def test_a_release_of_other_workflow_files_needs_an_apps_token(stage: Scene, strange: str) -> None:
    form = FORM._replace(target=strange)
    forge = stage.forge()
    with pytest.raises(MissingPermission, match=rf"create the release.*{OF_AN_APP}") as caught:
        forge.create_release(form)
    assert caught.value.permission == "contents: write"
    assert forge.releases() == [], "not even a draft is made"
    app = stage.forge({"contents": "write", "workflows": "write"}, app="publisher")
    draft = app.create_release(form)
    published = form._replace(is_draft=False)
    with pytest.raises(MissingPermission, match=rf"update the release.*{OF_AN_APP}"):
        forge.update_release(draft.id, published)
    assert app.update_release(draft.id, published).published


@pytest.mark.parametrize("status", [403, 404])
def test_a_host_that_finds_no_place_for_a_release_may_mean_workflow_files(
    stage: Scene, status: int
) -> None:
    forge = stage.forge()
    draft = forge.create_release(FORM)
    for operation in ("repos/create-release", "repos/update-release"):
        stage.sandbox.faults.add(Fault(operation, "status", status=status, body={"message": "?"}))
    with pytest.raises(MissingPermission, match=rf"create the release.*{OF_AN_APP}"):
        forge.create_release(FORM)
    with pytest.raises(MissingPermission, match=rf"update the release.*{OF_AN_APP}"):
        forge.update_release(draft.id, FORM._replace(is_draft=False))


def test_a_release_that_is_gone_is_not_found(stage: Scene) -> None:
    forge = stage.forge()
    draft = forge.create_release(FORM)
    forge.delete_release(draft.id)
    with pytest.raises(NotFound, match=r"update the release 1\.0\.0-alpha"):
        forge.update_release(draft.id, FORM)


@pytest.mark.parametrize("status", [401, 403])
def test_a_release_refused_for_another_reason_says_that_alone(stage: Scene, status: int) -> None:
    forge = stage.forge()
    draft = forge.create_release(FORM)
    accepted = {"X-Accepted-GitHub-Permissions": "metadata=write"} if status == 403 else {}
    for operation in ("repos/create-release", "repos/update-release"):
        body = {"message": "Bad credentials"}
        stage.sandbox.faults.add(
            Fault(operation, "status", status=status, body=body, headers=accepted)
        )
    with pytest.raises(MissingPermission, match="Bad credentials") as created:
        forge.create_release(FORM)
    with pytest.raises(MissingPermission, match="Bad credentials") as updated:
        forge.update_release(draft.id, FORM)
    assert "workflow files" not in f"{created.value}{updated.value}"


def test_a_creation_whose_outcome_stays_unknown_ends(stage: Scene) -> None:
    stage.sandbox.faults.add(Fault("repos/create-release", "before", times=99))
    with pytest.raises(OutcomeUnknown, match="create the release"):
        stage.forge().create_release(FORM)
    assert stage.clock.waits == [1.0, 2.0, 4.0]


# ---------------------------------------------------------------------------- assets


@pytest.fixture
def draft(stage: Scene) -> Release:
    return stage.forge().create_release(FORM)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "app_1.0.0.deb"
    path.write_bytes(bytes(range(256)) * 4_000)
    return path


def test_an_asset_arrives_as_it_is(stage: Scene, draft: Release, package: Path) -> None:
    forge = stage.forge()
    asset = forge.upload_asset(draft, str(package), content_type="application/x-debian")
    assert (asset.name, asset.size, asset.is_uploaded) == ("app_1.0.0.deb", 1_024_000, True)
    assert forge.assets(draft.id) == [asset]
    effects = list(stage.sandbox.effects)
    (current,) = forge.releases()
    assert forge.upload_asset(current, str(package)) == asset
    assert stage.sandbox.effects == effects, "the same file is not sent twice"
    forge.delete_asset(asset.id)
    forge.delete_asset(asset.id)
    assert forge.assets(draft.id) == []


@pytest.mark.parametrize("kind", [*KINDS, "half"])
def test_an_upload_survives_a_lost_answer(
    stage: Scene, draft: Release, package: Path, kind: str
) -> None:
    stage.sandbox.faults.add(
        Fault("repos/upload-release-asset", kind, status=502)  # type: ignore[arg-type]
    )
    forge = stage.forge()
    asset = forge.upload_asset(draft, str(package), name="other.deb")
    assert forge.assets(draft.id) == [asset]


def test_an_upload_that_never_arrives_ends(stage: Scene, draft: Release, package: Path) -> None:
    stage.sandbox.faults.add(Fault("repos/upload-release-asset", "before", times=99))
    with pytest.raises(OutcomeUnknown, match=r"upload app_1\.0\.0\.deb"):
        stage.forge().upload_asset(draft, str(package))


def test_another_file_of_the_name_is_not_replaced(
    stage: Scene, draft: Release, package: Path, tmp_path: Path
) -> None:
    forge = stage.forge()
    forge.upload_asset(draft, str(package))
    other = tmp_path / "other"
    other.write_bytes(package.read_bytes()[::-1])
    (current,) = forge.releases()
    with pytest.raises(ForgeError, match=r"holds another file as `app_1\.0\.0\.deb`"):
        forge.upload_asset(current, str(other), name=package.name)


def digest_of(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_was_measured_is_not_measured_again(
    stage: Scene, draft: Release, package: Path
) -> None:
    forge = stage.forge()
    size, digest = package.stat().st_size, digest_of(package)
    asset = forge.upload_asset(draft, str(package), size=size, digest=digest)
    assert (asset.size, asset.digest) == (size, digest)
    # Were it measured, what the host has would be what the file has.
    with pytest.raises(ForgeError, match="holds another file as `b`"):
        forge.upload_asset(draft, str(package), name="b", size=size, digest="sha256:" + "0" * 64)


def test_a_file_that_grew_since_it_was_measured_is_not_sent(
    stage: Scene, draft: Release, package: Path
) -> None:
    forge = stage.forge()
    size, digest = package.stat().st_size, digest_of(package)
    with package.open("ab") as file:
        file.write(b"more")
    with pytest.raises(ForgeError, match="has changed since it was measured"):
        forge.upload_asset(draft, str(package), size=size, digest=digest)
    assert forge.requests == 0


def test_a_file_that_changed_while_it_was_published_is_told_so(
    stage: Scene, draft: Release, package: Path
) -> None:
    forge = stage.forge()
    size, digest = package.stat().st_size, digest_of(package)
    package.write_bytes(package.read_bytes()[::-1])
    with pytest.raises(ForgeError, match="the file changed while it was published") as caught:
        forge.upload_asset(draft, str(package), size=size, digest=digest)
    assert "Delete" not in str(caught.value)
    # What somebody else has sent says nothing of this file.
    (current,) = forge.releases()
    with pytest.raises(ForgeError, match=r"another file as `app_1\.0\.0\.deb`.*Delete that one"):
        forge.upload_asset(current, str(package), size=size, digest=digest)


def test_a_file_that_arrived_as_another_though_it_did_not_change(
    stage: Scene, draft: Release, package: Path
) -> None:
    forge = stage.forge()
    size, digest = package.stat().st_size, digest_of(package)
    other = package.with_name("other")
    other.write_bytes(package.read_bytes()[::-1])
    forge.upload_asset(draft, str(other), name=package.name)
    with pytest.raises(ForgeError, match="Delete that one"):
        forge.upload_asset(draft, str(package), size=size, digest=digest)


def test_a_file_that_is_gone_since_it_was_measured_is_told_so(
    stage: Scene, draft: Release, package: Path
) -> None:
    forge = stage.forge()
    size, digest = package.stat().st_size, digest_of(package)
    stage.sandbox.faults.add(Fault("repos/upload-release-asset", "before", times=99))
    forge.wire.sleep = lambda _: package.unlink()
    with pytest.raises(ForgeError, match=r"^`app_1\.0\.0\.deb` has changed since"):
        forge.upload_asset(draft, str(package), size=size, digest=digest)
    with pytest.raises(ForgeError, match=r"^`app_1\.0\.0\.deb` has changed since"):
        forge.upload_asset(draft, str(package), size=size, digest=digest)


def test_a_file_whose_folder_is_a_file_by_now_is_told_so(
    stage: Scene, draft: Release, package: Path
) -> None:
    with pytest.raises(ForgeError, match=r"^`b` has changed since"):
        stage.forge().upload_asset(draft, str(package / "b"), size=1, digest="sha256:00")


def test_a_host_without_digests_has_the_file_measured(
    stage: Scene, draft: Release, package: Path
) -> None:
    stage.sandbox.keeps_digests = False
    forge = stage.forge()
    size, digest = package.stat().st_size, digest_of(package)
    assert forge.upload_asset(draft, str(package), size=size, digest=digest).digest == ""
    package.write_bytes(package.read_bytes()[::-1])
    with pytest.raises(ForgeError, match="has changed since it was measured"):
        forge.upload_asset(draft, str(package), name="b", size=size, digest=digest)


def test_an_upload_that_is_shown_late_is_found(stage: Scene, draft: Release, package: Path) -> None:
    stage.sandbox.faults.add(Fault("repos/upload-release-asset", "lost"))
    stage.sandbox.faults.add(Fault("repos/list-release-assets", "status", status=200, body=[]))
    forge = stage.forge()
    asset = forge.upload_asset(draft, str(package))
    assert forge.assets(draft.id) == [asset]
    assert stage.clock.waits == [1.0, 2.0]


def test_a_name_that_stays_taken_is_told(stage: Scene, draft: Release, package: Path) -> None:
    forge = stage.forge()
    forge.upload_asset(draft, str(package))
    hidden = Fault("repos/list-release-assets", "status", status=200, body=[], times=99)
    stage.sandbox.faults.add(hidden)
    with pytest.raises(Taken, match=r"upload app_1\.0\.0\.deb"):
        forge.upload_asset(draft, str(package))
    assert stage.operations.count("repos/upload-release-asset") == 5


@pytest.mark.parametrize("name", ["a b.zip", ".hidden", "end.", "ümlaut.zip", "a/b", "-rf.zip\n"])
def test_a_name_that_would_be_changed_is_refused(
    stage: Scene, draft: Release, package: Path, name: str
) -> None:
    with pytest.raises(ForgeError, match="another name"):
        stage.forge().upload_asset(draft, str(package), name=name)


def test_an_empty_file_is_refused(stage: Scene, draft: Release, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(ForgeError, match="is empty"):
        stage.forge().upload_asset(draft, str(tmp_path / "empty"))


@pytest.mark.parametrize(
    "url",
    [
        "https://uploads.evil.example/x",
        "http://127.0.0.1:1/x",
        "http://127.0.0.1.evil.example/x",
        "http://[::1",
        "",
    ],
)
def test_50_a_file_goes_nowhere_else(stage: Scene, draft: Release, package: Path, url: str) -> None:
    forge = stage.forge()
    with pytest.raises(ForgeError, match="The token is not sent there"):
        forge.upload_asset(draft._replace(upload_url=url), str(package))
    assert forge.requests == 0


# ---------------------------------------------------------------------------- downloads


@pytest.fixture
def asset(stage: Scene, draft: Release, package: Path) -> Asset:
    return stage.forge().upload_asset(draft, str(package))


def test_a_file_comes_back_as_it_is(stage: Scene, asset: Asset, package: Path) -> None:
    forge = stage.forge()
    assert forge.download(asset, asset.size) == package.read_bytes()
    assert forge.requests == 1
    with stage.sandbox.elsewhere():
        assert forge.download(asset, 2_000_000) == package.read_bytes()
    assert forge.requests == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_download_survives_lost_answers(
    stage: Scene, asset: Asset, package: Path, kind: str
) -> None:
    fault = Fault("repos/get-release-asset", kind, status=502, times=2)  # type: ignore[arg-type]
    stage.sandbox.faults.add(fault)
    assert stage.forge().download(asset, asset.size) == package.read_bytes()
    assert stage.clock.waits == [1.0, 2.0]


def test_a_file_that_is_too_long_is_not_asked_for(stage: Scene, asset: Asset) -> None:
    forge = stage.forge()
    with pytest.raises(ForgeError, match=r"has 1,024,000 bytes, where 1,023,999 are the most"):
        forge.download(asset, asset.size - 1)
    assert forge.requests == 0


def test_other_bytes_than_the_release_says_are_refused(stage: Scene, asset: Asset) -> None:
    forge = stage.forge()
    wrong = (
        asset._replace(size=1_023_999),
        asset._replace(size=1_024_001),
        asset._replace(size=0),
        asset._replace(digest="sha256:" + "0" * 64),
        asset._replace(digest="md5:" + "0" * 32),
    )
    for place in (contextlib.nullcontext, stage.sandbox.elsewhere):
        for other in wrong:
            with place(), pytest.raises(Unreachable, match="other bytes than its size and digest"):
                forge.download(other, 2_000_000)
    assert stage.clock.waits == []


def test_a_file_without_a_digest_is_taken_at_its_size(
    stage: Scene, asset: Asset, package: Path
) -> None:
    bare = asset._replace(digest="")
    assert stage.forge().download(bare, asset.size) == package.read_bytes()


def test_a_file_that_is_gone(stage: Scene, asset: Asset) -> None:
    forge = stage.forge()
    forge.delete_asset(asset.id)
    # Its complaint is longer than the file was.
    with pytest.raises(NotFound, match=r"hand out app_1\.0\.0\.deb"):
        forge.download(asset._replace(size=3), 100)


def test_a_file_that_the_token_may_not_read(stage: Scene, asset: Asset) -> None:
    stage.project.is_private = True
    with pytest.raises(MissingPermission, match="contents: read"):
        stage.forge({"issues": "read"}).download(asset, asset.size)


def test_a_file_that_is_not_where_the_host_leads_to(stage: Scene, asset: Asset) -> None:
    with stage.sandbox.elsewhere():
        stage.sandbox.files_url += "/gone"
        with pytest.raises(Unreachable, match=r"keeps its files, the answer was status 404"):
            stage.forge().download(asset, asset.size)
    assert len(stage.sandbox.led_away) == 4, "a new address was asked for with each try"


# ---------------------------------------------------------------------------- issues, pulls


def test_issues_and_comments(stage: Scene) -> None:
    forge = stage.forge()
    issue = forge.create_issue("Blocked", "By @nobody", ["health"])
    forge.create_issue("Other", "")
    assert (issue.title, issue.body, issue.labels) == ("Blocked", "By @nobody", ("health",))
    assert issue.is_bot
    assert forge.issues(labels=["health"]) == [issue]
    changed = forge.update_issue(issue.number, title="Still", body="b", labels=[], state="closed")
    assert (changed.title, changed.body, changed.labels, changed.state) == (
        "Still",
        "b",
        (),
        "closed",
    )
    assert [each.title for each in forge.issues()] == ["Other"]
    assert [each.title for each in forge.issues(state="closed")] == ["Still"]
    first = forge.comment(issue.number, "first")
    second = forge.comment(issue.number, "second")
    assert forge.comments(issue.number) == [first, second]
    assert second.is_bot
    changed_comment = forge.update_comment(first.id, "other")
    assert (changed_comment.id, changed_comment.body) == (first.id, "other")


def test_pull_requests_are_opened_once(stage: Scene) -> None:
    stage.project.commit({"b": "1"}, branch="cut", parents=[stage.line(1)[0]])
    forge = stage.forge()
    pull = forge.open_pull("cut", "main", "Cut", "Body")
    assert (pull.title, pull.body, pull.state) == ("Cut", "Body", "open")
    assert (pull.head, pull.base, pull.head_sha) == (
        "cut",
        "main",
        stage.project.ref("refs/heads/cut"),
    )
    assert forge.open_pull("cut", "main", "Again", "") == pull
    assert forge.pulls("cut") == [pull]
    assert forge.pulls("main") == []
    assert forge.issues() == [], "a pull request is no issue"


def test_reviews_are_read_from_all_pages(stage: Scene) -> None:
    tip = stage.project.commit({"b": "1"}, branch="cut", parents=[stage.line(1)[0]])
    number = stage.project.pull("cut", author="wren").number
    for person in range(101):
        stage.project.review(number, f"person-{person}", "APPROVED")
    stage.project.review(number, "person-0", "CHANGES_REQUESTED", "c" * 40)
    forge = stage.forge()
    found = forge.reviews(number)
    assert len(found) == 102
    assert [(each.login, each.state, each.commit) for each in (found[0], found[-1])] == [
        ("person-0", "APPROVED", tip),
        ("person-0", "CHANGES_REQUESTED", "c" * 40),
    ]
    assert all(each.submitted.endswith("Z") for each in found)
    assert stage.operations.count("pulls/list-reviews") == 2
    with pytest.raises(NotFound, match="list the reviews of 9"):
        forge.reviews(9)


def test_a_pull_request_by_its_number(stage: Scene) -> None:
    tip = stage.project.commit({"b": "1"}, branch="cut", parents=[stage.line(1)[0]])
    number = stage.project.pull("cut", author="wren").number
    forge = stage.forge()
    pull = forge.pull(number)
    assert pull is not None
    assert (pull.number, pull.author, pull.head_sha, pull.base) == (number, "wren", tip, "main")
    assert (pull.state, pull.is_merged) == ("open", False)
    stage.project.merged(number)
    pull = forge.pull(number)
    assert pull is not None
    assert (pull.state, pull.is_merged) == ("closed", True)
    assert forge.pull(9) is None


Act = Callable[[Forge], object]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("operation", "act", "count"),
    [
        pytest.param(
            "issues/create",
            lambda forge: forge.create_issue("T", "B"),
            lambda forge: len(forge.issues()),
            id="issue",
        ),
        pytest.param(
            "issues/create-comment",
            lambda forge: forge.comment(_first(forge).number, "B"),
            lambda forge: len(forge.comments(_first(forge).number)),
            id="comment",
        ),
        pytest.param(
            "pulls/create",
            lambda forge: forge.open_pull("cut", "main", "T", "B"),
            lambda forge: len(forge.pulls("cut")),
            id="pull request",
        ),
    ],
)
def test_a_lost_answer_makes_nothing_twice(
    stage: Scene, kind: str, operation: str, act: Act, count: Callable[[Forge], int]
) -> None:
    stage.project.commit({"b": "1"}, branch="cut", parents=[stage.line(1)[0]])
    forge = stage.forge()
    if operation == "issues/create-comment":
        forge.create_issue("T", "B")
    stage.sandbox.faults.add(Fault(operation, kind, status=502))  # type: ignore[arg-type]
    act(forge)
    assert count(forge) == 1


def _first(forge: Forge) -> Issue:
    return forge.issues()[0]


@pytest.mark.parametrize(
    ("permission", "act"),
    [
        ("issues: write", lambda forge: forge.create_issue("T", "B")),
        ("contents: write", lambda forge: forge.create_release(FORM)),
        ("contents: write", lambda forge: forge.delete_release(1)),
        ("pull-requests: write", lambda forge: forge.open_pull("latest", "main", "T", "B")),
    ],
)
def test_a_missing_permission_is_named(stage: Scene, permission: str, act: Act) -> None:
    readable = dict.fromkeys(EVERYTHING, "read")
    stage.project.commit({"b": "1"}, branch="latest")
    forge = stage.forge(readable)
    with pytest.raises(MissingPermission, match=f"permissions: {permission}") as caught:
        act(forge)
    assert caught.value.permission == permission


@pytest.mark.parametrize(
    "act", [lambda forge: forge.pull(1), lambda forge: forge.reviews(1)], ids=["pull", "reviews"]
)
def test_who_may_not_read_pull_requests(stage: Scene, act: Act) -> None:
    with pytest.raises(MissingPermission) as caught:
        act(stage.forge({"contents": "read"}))
    assert caught.value.permission == "pull-requests: read"
