"""artifacts against the sandbox: what is published, what is refused, what a second run does."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ceremony.actions import artifacts
from ceremony.actions.artifacts import Context, Inputs
from ceremony.forge import ForgeError, ReleaseForm
from ceremony.model import InputError
from ceremony.report import publishing
from ceremony.rules.artifacts import Verdict
from ceremony.rules.prune import Verdict as PruneVerdict
from ceremony.rules.record import NAME
from ceremony.sandbox import Fault
from tests.support.publishing import APP, BUNDLES, NAMES, Shop, shop, tree

SOURCE = Path(__file__).resolve().parents[1] / "src"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sandbox needs a POSIX system")


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path) as one:
        yield one


def release_of(there: Shop, tag: str) -> Any:
    return there.releases[tag]


# ---------------------------------------------------------------------------- what is published

ROWS = [
    ("latest", "preview", 30, True, None),
    ("v1.0.0-alpha", "alpha", 90, True, "1.0.0-alpha"),
    ("v1.0.0-beta", "beta", 365, True, "1.0.0-beta"),
    ("v1.0.0-stable", "stable", None, False, "1.0.0-stable"),
    ("v1.0.0-patch", "patch", None, False, "1.0.0-patch"),
]


@pytest.mark.parametrize(
    ("branch", "channel", "days", "prerelease", "tag"), ROWS, ids=[row[0] for row in ROWS]
)
def test_each_branch_publishes_in_its_channel(
    *, branch: str, channel: str, days: int | None, prerelease: bool, tag: str | None, there: Shop
) -> None:
    sha = there.branch(branch, there.first)
    outcome = there.publish(branch)
    assert (outcome.verdict, outcome.status) == (Verdict.PUBLISHED, 0)
    tag = tag or f"preview-20260528-{sha[:7]}"
    release = there.releases[tag]
    assert {asset.name for asset in release.assets} == NAMES
    assert release.is_prerelease is prerelease
    assert there.project.ref(f"refs/tags/{tag}") == sha
    assert there.project.ref(f"refs/tags/{channel}") == sha
    record = there.record(tag)
    assert (record.channel, record.tag, record.commit) == (channel, tag, sha)
    assert {file.path for file in record.files} == set(BUNDLES)
    kept = None if record.expires is None else (record.expires - record.created).days
    assert kept == days
    assert (there.project.latest_release == release.id) is not prerelease
    assert there.drafts == []


def test_the_sums_and_the_record_name_what_was_sent(there: Shop) -> None:
    there.publish()
    (release,) = there.releases.values()
    held = {asset.name: asset.content for asset in release.assets}
    lines = dict(line.split("  ")[::-1] for line in held["SHA256SUMS"].decode().splitlines())
    for path, content in BUNDLES.items():
        name = path.rpartition("/")[2]
        assert held[name] == content
        assert lines[name] == hashlib.sha256(content).hexdigest()
    record = json.loads(held[NAME])
    assert [file["name"] for file in record["files"]] == [*lines]
    types = {asset.name: asset.type for asset in release.assets}
    assert types[NAME] == "application/json"
    assert types["spiritstream_0.1.0_amd64.deb"] == "application/vnd.debian.binary-package"


def test_a_tag_s_release_has_that_tag(there: Shop) -> None:
    there.project.set_ref("refs/tags/v1.0.1-patch", there.first)
    outcome = there.publish("refs/tags/v1.0.1-patch", commit=there.first)
    assert outcome.verdict is Verdict.PUBLISHED
    assert [*there.releases] == ["v1.0.1-patch"]
    assert there.project.ref("refs/tags/patch") == there.first


def test_requests_are_the_assets_and_six_and_again_three(there: Shop) -> None:
    outcome = there.publish()
    assert outcome.requests == len(NAMES) + 6
    before = len(there.sandbox.requests)
    again = there.publish()
    assert (again.verdict, again.status) == (Verdict.UP_TO_DATE, 0)
    assert again.requests == len(there.sandbox.requests) - before == 3


def test_a_run_of_another_day_is_the_same_release(there: Shop) -> None:
    there.publish()
    (tag,) = there.releases
    expires = there.record(tag).expires
    there.days(3)
    again = there.publish()
    assert again.verdict is Verdict.UP_TO_DATE
    assert again.plan is not None
    assert again.plan.record.expires == expires
    assert [*there.releases] == [tag]


def test_a_run_that_finds_all_in_place_says_all_the_same(there: Shop) -> None:
    """What follows in a workflow reads the outputs, whoever has published."""
    there.branch("v1.0.0-stable", there.first)
    there.publish("v1.0.0-stable")
    moved = {f"moved/{path.rpartition('/')[2]}": data for path, data in BUNDLES.items()}
    there.root = tree(there.folder / "elsewhere", moved)
    before = {*there.folder.glob("own-*")}
    again = there.publish("v1.0.0-stable")
    assert again.verdict is Verdict.UP_TO_DATE
    assert again.is_latest
    assert again.plan is not None
    assert sorted(file.path for file in again.plan.record.files) == sorted(moved)
    held = {asset.name: asset.content for asset in there.releases["1.0.0-stable"].assets}
    (own,) = {*there.folder.glob("own-*")} - before
    assert {each.name: each.read_bytes() for each in own.iterdir()} == {
        name: held[name] for name in (NAME, "SHA256SUMS")
    }


def refused(there: Shop, ref: str, said: str) -> None:
    """It refuses with these words, and leaves all as it is."""
    end = there.end()
    outcome = there.publish(ref)
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert said in outcome.reason
    assert there.end() == end


def test_other_files_for_a_published_commit_are_refused(there: Shop) -> None:
    there.publish()
    tree(there.root, {next(iter(BUNDLES)): b"built anew"})
    refused(there, "latest", "is published already, with other files")


def test_a_release_branch_s_further_commits_are_numbered(there: Shop) -> None:
    there.branch("v1.0.0-alpha", there.first)
    there.publish("v1.0.0-alpha")
    fix = there.branch("v1.0.0-alpha", there.commit("A fix"))
    there.publish("v1.0.0-alpha")
    assert [*there.releases] == ["1.0.0-alpha", "1.0.0-alpha.1"]
    assert there.project.ref("refs/tags/alpha") == fix
    # The first again, from a run that comes late.
    assert there.publish("v1.0.0-alpha", commit=there.first).verdict is Verdict.UP_TO_DATE
    assert there.project.ref("refs/tags/alpha") == fix


def test_an_older_commit_of_a_release_branch_never_takes_the_channel_s_tag_back(
    there: Shop,
) -> None:
    newer = there.branch("v1.0.0-alpha", there.commit("A fix"))
    there.publish("v1.0.0-alpha")
    outcome = there.publish("v1.0.0-alpha", commit=there.first)
    assert outcome.verdict is Verdict.PUBLISHED
    assert outcome.channel == "the tag `alpha` stays: it shows a newer commit"
    assert there.project.ref("refs/tags/alpha") == newer


def test_the_preview_tag_never_goes_back(there: Shop) -> None:
    newer = there.branch("latest", there.commit("Newer"))
    there.publish()
    outcome = there.publish(commit=there.first)
    assert outcome.verdict is Verdict.PUBLISHED
    assert outcome.channel == "the tag `preview` stays: it shows a newer commit"
    assert there.project.ref("refs/tags/preview") == newer
    assert len(there.releases) == 2


def test_the_channel_follows_tags_that_are_no_version_s(there: Shop) -> None:
    """`v1.2.3` is a preview, however much it says; an older one takes nothing back."""
    text = b"branches:\n  v*:\n    channel: rel\n    retention: 1 year\n"
    tree(there.root, {".github/ceremony.yml": text})
    for tag in ("v1.2.3", "v1.2.4", "v1.3.0-rc.1"):
        sha = there.project.commit({".github/ceremony.yml": text, "tag": tag})
        there.project.set_ref(f"refs/tags/{tag}", sha)
        assert there.publish(f"refs/tags/{tag}").verdict is Verdict.PUBLISHED
        assert there.project.ref("refs/tags/rel") == sha
    again = there.publish("refs/tags/v1.2.3")
    assert again.channel == "the tag `rel` stays: it shows a newer commit"
    assert there.project.ref("refs/tags/rel") == sha


def test_a_preview_names_the_one_before_it(there: Shop) -> None:
    """So that prune knows its tag again where a run was cut off between release and tag."""
    there.branch("v1.0.0-alpha", there.first)
    there.publish("v1.0.0-alpha")
    there.publish()
    for subject in ("Second", "Third"):
        there.days(1)
        there.branch("latest", there.commit(subject))
        there.publish()
    tags = [tag for tag in there.releases if tag.startswith("preview")]
    assert [there.record(tag).previous for tag in tags] == ["", *tags[:2]]
    assert there.record("1.0.0-alpha").previous == ""


def test_row_49_a_lower_version_does_not_take_latest(there: Shop) -> None:
    for branch in ("v2.0.0-stable", "v1.2.9-stable"):
        there.branch(branch, there.commit(branch))
        there.publish(branch)
        there.days(1)
    assert there.project.latest_release == there.releases["2.0.0-stable"].id
    assert there.project.ref("refs/tags/stable") == there.project.ref("refs/tags/2.0.0-stable")


def beside(there: Shop, branch: str) -> Callable[[], None]:
    """Publishes another branch just before the run under test publishes its own."""

    def seam() -> None:
        asked = [each.operation for each in there.sandbox.requests]
        if asked[-1:] == ["repos/list-releases"] and asked.count("repos/upload-release-asset") == 7:
            there.publish(branch)

    return seam


def stand_for(there: Shop, *branches: str) -> None:
    for branch in branches:
        there.branch(branch, there.commit(branch))


def test_row_49_two_versions_at_once_end_with_the_higher_one_as_the_latest(there: Shop) -> None:
    stand_for(there, "v1.0.0-stable", "v2.0.0-stable")
    outcome = there.publish("v1.0.0-stable", seam=beside(there, "v2.0.0-stable"))
    assert (outcome.verdict, outcome.status) == (Verdict.PUBLISHED, 0)
    assert there.project.latest_release == there.releases["2.0.0-stable"].id
    assert "GitHub showed `1.0.0-stable` as the latest, and `2.0.0-stable` now" in outcome.notices
    assert not outcome.is_latest
    assert there.project.ref("refs/tags/stable") == there.releases["2.0.0-stable"].target


@pytest.mark.parametrize("again", ["v1.0.0-stable", "v2.0.1-patch"])
def test_row_49_what_no_run_could_see_the_next_puts_right(again: str, there: Shop) -> None:
    """The two have no channel in common, by which the later would know of the other."""
    stand_for(there, "v1.0.0-stable", "v2.0.1-patch")
    there.publish("v1.0.0-stable", seam=beside(there, "v2.0.1-patch"))
    assert there.project.latest_release == there.releases["1.0.0-stable"].id
    there.sandbox.faults.add(Fault("repos/update-release", "status", status=403))
    outcome = there.publish(again)
    assert (outcome.verdict, outcome.status) == (Verdict.UP_TO_DATE, 3)
    assert outcome.failure.startswith("GitHub shows 1.0.0-stable as the latest, and could not")
    outcome = there.publish(again)
    assert (outcome.verdict, outcome.status) == (Verdict.UP_TO_DATE, 0)
    assert there.project.latest_release == there.releases["2.0.1-patch"].id
    assert there.publish(again).requests == 3


def test_a_run_that_is_stopped_once_it_has_published_says_so(there: Shop) -> None:
    def seam() -> None:
        if there.releases:
            raise KeyboardInterrupt

    outcome = there.publish(seam=seam)
    assert (outcome.verdict, outcome.status) == (Verdict.PUBLISHED, 3)
    assert "the run was stopped after that: run it again" in outcome.failure
    assert there.project.ref("refs/tags/preview") is None
    assert there.publish().status == 0
    assert there.project.ref("refs/tags/preview") == there.first


@pytest.mark.parametrize("is_tip", [True, False])
def test_the_notes_list_the_newest_of_many_commits(*, is_tip: bool, there: Shop) -> None:
    there.publish()
    commits = [there.commit(f"Change {number}") for number in range(1, 231)]
    there.branch("latest", commits[-1 if is_tip else -6])
    if not is_tip:
        there.branch("latest", commits[-1])
    outcome = there.publish(commit=commits[-1 if is_tip else -6])
    last = 230 if is_tip else 225
    body = [*there.releases.values()][-1].body or ""
    listed = re.findall(r"^- `Change ([0-9]+)` ", body, re.MULTILINE)
    assert listed == [str(number) for number in range(last, last - 100, -1)]
    assert body.endswith(f"\nand {last - 100:,} more\n")
    assert outcome.requests == len(NAMES) + (6 if is_tip else 10)


def test_the_notes_list_what_came_since_in_harmless_words(there: Shop) -> None:
    there.publish()
    hostile = "Fix @org/all ![](//x) <!-- ceremony:expires=0 --> `tick` # ✅ Approved"
    there.commit(hostile)
    there.branch("latest", there.commit("Plain"))
    there.publish()
    body = [*there.releases.values()][-1].body or ""
    assert "2 commits since" in body
    assert "- `Plain` " in body
    # All of it in one code span, which holds back ticks by its longer fence.
    assert f"- ``{hostile}`` " in body
    assert body.count("\n- ") == 2


def test_the_first_release_says_so(there: Shop) -> None:
    there.publish()
    body = next(iter(there.releases.values())).body or ""
    assert "This is the channel's first release." in body
    assert "30 days" in body


def test_row_41_notes_have_a_limit(there: Shop) -> None:
    there.publish()
    tip = [there.commit(f"{number} " + "x" * 300) for number in range(3)][-1]
    for sha in there.project.grow(260):
        tip = sha
    there.branch("latest", tip)
    there.publish()
    body = [*there.releases.values()][-1].body or ""
    assert len(body) < 125_000
    assert "263 commits since" in body
    assert "more" in body


# ---------------------------------------------------------------------------- what is refused


def test_a_refusal_lists_every_reason_and_sends_nothing(there: Shop) -> None:
    tree(
        there.root,
        {
            "a/a b.deb": b"1",
            "b/a.b.deb": b"2",
            "-rf.deb": b"3",
            "empty.rpm": b"",
            "leak.msi": b"x" * 100 + b"\ntoken: ghp_" + b"a1B2" * 9 + b"\n",
        },
    )
    outcome = there.publish()
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert outcome.plan is not None
    text = "\n".join(outcome.plan.refusals)
    for named in ("a/a b.deb", "b/a.b.deb", "-rf.deb", "empty.rpm", "leak.msi"):
        assert named in text
    assert there.sandbox.requests == []


def test_a_pattern_without_files_is_refused_unless_that_is_allowed(there: Shop) -> None:
    (there.root / "target/release/bundle/msi/SpiritStream_0.1.0_x64_en-US.msi").unlink()
    refused = there.publish()
    assert refused.verdict is Verdict.REFUSED
    assert "`*.msi`" in refused.reason
    assert there.sandbox.requests == []
    warned = there.publish(if_no_files_found="warn", dry_run=True)
    assert "no file matches `*.msi`" in warned.notices
    assert there.publish(if_no_files_found="ignore").verdict is Verdict.PUBLISHED


def test_no_file_at_all_is_nothing(there: Shop) -> None:
    outcome = there.publish(artifacts=("*.snap",), if_no_files_found="ignore")
    assert (outcome.verdict, outcome.status) == (Verdict.NOTHING, 0)
    assert there.sandbox.requests == []


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("feature/x", "no row of the table means branch 'feature/x'"),
        ("main", "has no artifacts"),
        ("v1.0-alpha", "is not of the form v<X>.<Y>.<Z>-<stage>"),
        ("refs/tags/latest", "no row of the table means tag 'latest'"),
        ("--upload-pack", "has a name that begins with '-'"),
        ("app@1.0.0", "has the character '@'"),
        ("", "the branch or tag is not known"),
    ],
)
def test_a_ref_that_has_no_row_is_an_error(ref: str, said: str, there: Shop) -> None:
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        there.publish(ref, commit=there.first)
    assert there.sandbox.requests == []


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"artifacts": ("/etc/pass*",)}, "the pattern '/etc/pass\\*' begins with a slash"),
        ({"artifacts": ("dist/../secret/*",)}, "has the folder"),
        ({"artifacts": ("!*.deb",)}, "only leaves files out"),
        ({"commit": "HEAD"}, "`commit` must be 40 hexadecimal digits"),
        ({"max_retention_days": "0"}, "`max-retention-days` must be whole days"),
        ({"max_retention_days": "401"}, "`max-retention-days` must be whole days"),
        ({"config": "../x.yml"}, "`config` must be a path relative to the workspace, without"),
        ({"config": "none.yml"}, "none.yml: is not there"),
        ({"root": "nowhere"}, "is not a folder"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_bad_inputs_are_errors(inputs: dict[str, Any], said: str, there: Shop) -> None:
    with pytest.raises(InputError, match=said):
        there.publish(**inputs)
    assert there.sandbox.requests == []


def test_a_path_and_a_hash_as_people_write_them_are_taken(there: Shop) -> None:
    text = b"branches:\n  latest:\n    channel: nightly\n"
    tree(there.root, {"own/table.yml": text})
    sha = there.branch("latest", there.project.commit({"own/table.yml": text}))
    outcome = there.publish(config="./own//table.yml", commit=sha.upper())
    assert (outcome.verdict, outcome.reason) == (Verdict.PUBLISHED, "")
    assert there.project.ref("refs/tags/nightly") == sha


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "workflow_run", "fork"])
def test_a_stranger_s_event_publishes_nothing(event: str, there: Shop) -> None:
    outcome = there.publish(event=event)
    assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
    assert "dry-run" in outcome.reason
    assert there.sandbox.requests == []
    assert there.publish(event=event, dry_run=True).verdict is Verdict.PLANNED


@pytest.mark.parametrize("event", ["", "push", "create", "workflow_dispatch"])
def test_a_maintainer_s_event_publishes(event: str, there: Shop) -> None:
    assert there.publish(event=event).verdict is Verdict.PUBLISHED


@pytest.mark.parametrize(
    ("ref", "commit", "said"),
    [
        pytest.param("v1.0.0-beta", "first", "there is no `refs/heads/v1.0.0-beta`", id="no ref"),
        pytest.param("latest", "0" * 40, "is not in the repository", id="no commit"),
        pytest.param("latest", "other", "is not on `refs/heads/latest`", id="not on it"),
        pytest.param("refs/tags/v1.0.1-patch", "other", "the tag `v1.0.1-patch` is at", id="tag"),
    ],
)
def test_row_48_the_commit_must_be_where_the_ref_says(
    ref: str, commit: str, said: str, there: Shop
) -> None:
    other = there.commit("On main alone")
    there.project.set_ref("refs/tags/v1.0.1-patch", there.first)
    sha = {"first": there.first, "other": other}.get(commit, commit)
    outcome = there.publish(ref, commit=sha)
    assert outcome.verdict is Verdict.REFUSED
    assert said in outcome.reason
    assert there.project.releases == {}


def test_a_release_that_somebody_made_is_not_touched(there: Shop) -> None:
    there.branch("v1.0.0-alpha", there.first)
    there.publish("v1.0.0-alpha")
    (release,) = there.project.releases.values()
    release.assets = [asset for asset in release.assets if asset.name != NAME]
    refused(there, "v1.0.0-alpha", "it was made by somebody else")


def test_a_record_that_cannot_be_read_is_refused(there: Shop) -> None:
    there.publish()
    (release,) = there.project.releases.values()
    manifest = next(asset for asset in release.assets if asset.name == NAME)
    manifest.content = b"{}"
    manifest.digest = "sha256:" + hashlib.sha256(b"{}").hexdigest()
    outcome = there.publish()
    assert outcome.verdict is Verdict.REFUSED
    assert "cannot be read" in outcome.reason


# ---------------------------------------------------------------------------- ended early


def test_fault_12_and_16_drafts_of_earlier_runs(there: Shop) -> None:
    there.sandbox.faults.add(Fault("repos/upload-release-asset", "status", status=403, times=99))
    with pytest.raises(ForgeError):
        there.publish(workers=1)
    assert len(there.drafts) == 1
    there.sandbox.faults.clear()
    assert there.publish().verdict is Verdict.PUBLISHED
    assert there.drafts == []
    assert len(there.releases) == 1


def test_a_draft_with_other_files_is_replaced_by_one_of_its_own(there: Shop) -> None:
    there.sandbox.faults.add(Fault("repos/update-release", "status", status=403))
    with pytest.raises(ForgeError):
        there.publish()
    (release,) = there.project.releases.values()
    there.forge().delete_asset(release.assets[0].id)
    tree(there.root, {"notes.txt": b"other", next(iter(BUNDLES)): b"built anew"})
    draft = next(each for each in there.forge().releases() if each.is_draft)
    there.forge().upload_asset(draft, str(there.root / "notes.txt"))
    outcome = there.publish()
    assert (outcome.verdict, outcome.kept) == (Verdict.PUBLISHED, 0)
    # What another run may be at work on is not touched before its tag is taken.
    deleted = there.sandbox.effects.index("repos/delete-release")
    assert deleted > there.sandbox.effects.index("repos/update-release")
    assert "repos/delete-release-asset" not in there.sandbox.effects[-12:]
    assert there.drafts == []
    assert {asset.name for asset in there.releases[release.tag].assets} == NAMES
    there.record(release.tag)


def test_fault_15_a_failed_publication_stays_a_draft_and_the_next_run_publishes(
    there: Shop,
) -> None:
    there.sandbox.faults.add(Fault("repos/update-release", "status", status=500, times=9))
    with pytest.raises(ForgeError):
        there.publish()
    assert len(there.drafts) == 1
    assert there.releases == {}
    there.sandbox.faults.clear()
    outcome = there.publish()
    assert (outcome.verdict, outcome.kept) == (Verdict.PUBLISHED, len(NAMES))
    assert outcome.uploaded == 0


@pytest.mark.parametrize("what", ["lost", "added"])
def test_what_has_changed_in_the_draft_meanwhile_is_not_published(what: str, there: Shop) -> None:
    def meddle() -> None:
        (release,) = there.project.releases.values()
        file = next(each for each in release.assets if each.name.endswith(".deb"))
        if what == "lost":
            release.assets.remove(file)
        else:
            release.assets.append(replace(file, id=there.sandbox.id(), name="evil.exe"))

    # While the manifest is sent, which is the last.
    nth = len(NAMES)
    there.sandbox.faults.add(
        Fault("repos/upload-release-asset", "after-call", nth=nth, call=meddle)
    )
    with pytest.raises(ForgeError, match="does not hold what was uploaded"):
        there.publish()
    assert there.releases == {}


def test_the_manifest_is_sent_when_all_else_is_there(there: Shop) -> None:
    seen: list[str] = []

    def look() -> None:
        (release,) = there.project.releases.values()
        until = time.monotonic() + 20
        while len(release.assets) < len(NAMES) - 2 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        seen.extend(each.name for each in release.assets)

    there.sandbox.faults.add(Fault("repos/upload-release-asset", "call", call=look))
    there.publish()
    assert len(seen) == len(NAMES) - 2
    assert NAME not in seen


def test_a_draft_whose_target_the_host_does_not_keep_is_ours_by_its_notes(there: Shop) -> None:
    """docs.github.com, "Create a release": the target is unused where the tag exists already."""
    tag = "v1.0.1-patch"
    there.project.set_ref(f"refs/tags/{tag}", there.first)
    there.sandbox.faults.add(
        Fault("repos/upload-release-asset", "status", nth=3, status=403, times=99)
    )
    with pytest.raises(ForgeError):
        there.publish(f"refs/tags/{tag}")
    there.sandbox.faults.clear()
    for draft in there.project.releases.values():
        draft.target = "main"
    outcome = there.publish(f"refs/tags/{tag}")
    assert (outcome.verdict, outcome.kept) == (Verdict.PUBLISHED, 2)
    assert there.drafts == []
    (release,) = there.releases.values()
    release.target = "main"
    assert there.publish(f"refs/tags/{tag}").verdict is Verdict.UP_TO_DATE


def test_a_person_s_draft_is_not_taken_for_ours_by_its_words(there: Shop) -> None:
    there.branch("v1.0.0-beta", there.first)
    there.branch("v1.0.0-stable", there.first)
    there.publish("v1.0.0-beta")
    copied = f"{there.releases['1.0.0-beta'].body}\n\nWe thank our testers."
    form = ReleaseForm(tag="1.0.0-stable", name="1.0.0-stable", body=copied, target="main")
    draft = there.forge().create_release(form).id
    there.project.releases[draft].author = "wren"
    # It is in the way: a version's first release under another tag would surprise everybody.
    refused(there, "v1.0.0-stable", "there is a draft for the tag `1.0.0-stable` that no run")
    assert there.project.releases[draft].body == copied


def test_somebody_s_draft_for_a_tag_is_not_touched(there: Shop) -> None:
    there.project.set_ref("refs/tags/v1.0.1-patch", there.first)
    form = ReleaseForm(tag="v1.0.1-patch", name="v1.0.1-patch", body="By hand", target="main")
    there.forge().create_release(form)
    refused(there, "refs/tags/v1.0.1-patch", "there is a draft for the tag `v1.0.1-patch`")


def test_a_number_that_a_bare_tag_takes_is_told(there: Shop) -> None:
    """Row 48: a tag that is there is never moved, and a version's first release lacks its own."""
    elsewhere = there.commit("Elsewhere")
    there.project.set_ref("refs/tags/1.0.0-alpha", elsewhere)
    there.branch("v1.0.0-alpha", there.first)
    outcome = there.publish("v1.0.0-alpha")
    assert [*there.releases] == ["1.0.0-alpha.1"]
    assert outcome.notices[-1] == (
        f"the tag `1.0.0-alpha` is there without a release, at {elsewhere[:7]}: this release is "
        "`1.0.0-alpha.1`"
    )
    assert there.project.ref("refs/tags/1.0.0-alpha") == elsewhere


def test_a_draft_that_cannot_be_removed_is_said_and_removed_by_the_next_run(there: Shop) -> None:
    there.sandbox.faults.add(Fault("repos/update-release", "status", status=403))
    with pytest.raises(ForgeError):
        there.publish()
    there.days(2)
    there.sandbox.faults.add(Fault("repos/delete-release", "status", status=403))
    outcome = there.publish()
    assert (outcome.verdict, outcome.status) == (Verdict.PUBLISHED, 3)
    assert "draft" in outcome.failure
    assert len(there.drafts) == 1
    again = there.publish()
    assert (again.verdict, again.status, there.drafts) == (Verdict.UP_TO_DATE, 0, [])


def test_a_channel_that_cannot_be_read_again_is_said(there: Shop) -> None:
    there.publish()
    there.branch("latest", there.commit("Newer"))
    elsewhere = there.commit("Elsewhere")

    def move() -> None:
        there.project.set_ref("refs/tags/preview", elsewhere)
        there.sandbox.faults.add(Fault("repos/list-releases", "status", status=403))

    there.sandbox.faults.add(Fault("Move", "call", call=move))
    outcome = there.publish()
    assert (outcome.verdict, outcome.status) == (Verdict.PUBLISHED, 3)
    assert "its channel's tag was not moved" in outcome.failure


def test_a_draft_s_old_manifest_is_not_published(there: Shop) -> None:
    there.sandbox.faults.add(Fault("repos/update-release", "status", status=403))
    with pytest.raises(ForgeError):
        there.publish()
    there.days(2)
    outcome = there.publish()
    assert (outcome.verdict, outcome.kept) == (Verdict.PUBLISHED, 0)
    assert there.drafts == []
    (tag,) = there.releases
    assert there.record(tag).created.timestamp() == there.clock.now


@pytest.mark.parametrize("is_immutable", [False, True], ids=["mutable", "immutable"])
def test_fault_17_two_publishers_come_to_one_release(*, is_immutable: bool, there: Shop) -> None:
    there.project.immutable_releases = is_immutable
    meet = threading.Barrier(2, timeout=60)
    there.sandbox.faults.add(Fault("repos/create-release", "call", times=2, call=meet.wait))
    outcomes: list[Any] = []

    def run() -> None:
        outcomes.append(there.publish(workers=1))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.verdict for each in outcomes) == [Verdict.PUBLISHED, Verdict.UP_TO_DATE]
    assert [each.status for each in outcomes] == [0, 0]
    assert len(there.releases) == 1
    assert there.drafts == []
    (tag,) = there.releases
    there.record(tag)


def test_the_channel_s_tag_is_made_good_by_the_next_run(there: Shop) -> None:
    there.sandbox.faults.add(Fault("Move", "status", status=502, times=9))
    outcome = there.publish()
    assert (outcome.verdict, outcome.status) == (Verdict.PUBLISHED, 3)
    assert "its channel's tag was not moved" in outcome.failure
    assert there.project.ref("refs/tags/preview") is None
    there.sandbox.faults.clear()
    again = there.publish()
    assert (again.verdict, again.status) == (Verdict.UP_TO_DATE, 0)
    assert there.project.ref("refs/tags/preview") == there.first


def test_row_47_an_immutable_release_is_reported_and_previews_go_on(there: Shop) -> None:
    there.project.immutable_releases = True
    assert there.publish().verdict is Verdict.PUBLISHED
    assert there.publish().verdict is Verdict.UP_TO_DATE
    second = there.branch("latest", there.commit("Second"))
    assert there.publish().verdict is Verdict.PUBLISHED
    assert there.project.ref("refs/tags/preview") == second
    assert all(release.is_immutable for release in there.releases.values())


@pytest.mark.parametrize(
    ("ref", "remedy"),
    [("latest", "another commit, or day, has one"), ("v1.0.0-beta", "make another version")],
)
def test_row_47_a_tag_that_is_used_up_leaves_no_draft(ref: str, remedy: str, there: Shop) -> None:
    there.branch("v1.0.0-beta", there.first)
    there.project.immutable_releases = True
    there.publish(ref)
    (tag,) = there.releases
    there.project.releases.clear()
    there.project.set_ref(f"refs/tags/{tag}", None)
    with pytest.raises(ForgeError, match=f"publish under another tag. This run's .*; {remedy}"):
        there.publish(ref)
    assert there.drafts == []
    there.days(1)
    if ref == "latest":
        assert there.publish().verdict is Verdict.PUBLISHED


def test_fault_29_a_cancelled_run_stops_between_effects(there: Shop) -> None:
    left = 3

    def seam() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        there.publish(seam=seam)
    assert there.releases == {}
    assert there.publish().verdict is Verdict.PUBLISHED
    assert there.drafts == []


# ---------------------------------------------------------------------------- without a token


def test_a_plan_needs_no_token_and_no_repository(tmp_path: Path) -> None:
    root, own = tree(tmp_path / "out"), tmp_path / "own"
    own.mkdir()
    outcome = artifacts.publish(
        Inputs(root=str(root), ref="latest", dry_run=True),
        Context(workspace=tmp_path, folder=own, clock=lambda: 1_780_000_000.0),
    )
    assert (outcome.verdict, outcome.status, outcome.requests) == (Verdict.PLANNED, 0, 0)
    report = json.loads(publishing.as_json(outcome))
    assert report["channel"] == "preview"
    assert report["retention"] == "30 days"
    assert report["files"] == sorted(BUNDLES)
    assert report["tag"] == ""
    assert (own / "SHA256SUMS").read_text().count("\n") == len(BUNDLES)


def test_a_plan_writes_the_record_where_it_knows_the_commit(there: Shop) -> None:
    outcome = there.publish(dry_run=True)
    assert outcome.plan is not None
    assert outcome.plan.record.tag == f"preview-20260528-{there.first[:7]}"
    (own,) = there.folder.glob("own-*")
    assert {path.name for path in own.iterdir()} == {NAME, "SHA256SUMS"}
    assert there.sandbox.requests == []


def test_the_project_s_own_table_holds(there: Shop) -> None:
    tree(
        there.root,
        {
            ".github/ceremony.yml": b"branches:\n  latest:\n    artifacts: ['*.rs']\n"
            b"    channel: nightly\n    retention: 2 weeks\n"
        },
    )
    outcome = there.publish(dry_run=True)
    assert outcome.plan is not None
    record = outcome.plan.record
    assert (record.channel, record.retention.text) == ("nightly", "2 weeks")
    assert [file.path for file in record.files] == ["src/main.rs"]


def test_outside_of_a_workflow_the_root_s_own_table_holds(tmp_path: Path) -> None:
    root, own = tree(tmp_path / "out"), tmp_path / "own"
    own.mkdir()
    tree(root, {".github/ceremony.yml": b"branches:\n  latest:\n    retention: 5 days\n"})
    for is_workflow, kept in ((False, "5 days"), (True, "30 days")):
        outcome = artifacts.publish(
            Inputs(root="out", ref="latest", dry_run=True),
            Context(workspace=tmp_path, folder=own, is_workflow=is_workflow),
        )
        assert outcome.plan is not None
        assert outcome.plan.record.retention.text == kept


def test_publishing_needs_a_commit(tmp_path: Path) -> None:
    root = tree(tmp_path / "out")
    with pytest.raises(InputError, match="the commit is not known"):
        artifacts.publish(
            Inputs(root=str(root), ref="latest", token="t", repository=APP),
            Context(workspace=tmp_path, folder=tmp_path),
        )


def test_a_published_release_that_lost_a_file_is_called_out(there: Shop) -> None:
    there.publish()
    (release,) = there.project.releases.values()
    release.assets = [asset for asset in release.assets if not asset.name.endswith(".deb")]
    outcome = there.publish()
    assert outcome.verdict is Verdict.REFUSED
    assert "has lost or changed files" in outcome.reason
    assert "spiritstream_0.1.0_amd64.deb" in outcome.reason


@pytest.mark.parametrize("what", ["lost", "exchanged"])
def test_the_digests_of_a_published_release_are_its_own(what: str, there: Shop) -> None:
    there.publish()
    (release,) = there.project.releases.values()
    sums = next(asset for asset in release.assets if asset.name == "SHA256SUMS")
    if what == "lost":
        release.assets.remove(sums)
    else:
        sums.content = sums.content[::-1]
        sums.digest = "sha256:" + hashlib.sha256(sums.content).hexdigest()
    refused(there, "latest", "has lost or changed files since it was published (SHA256SUMS)")
    there.days(40)
    there.branch("latest", there.commit("Newer"))
    there.publish()
    outcome = there.prune("preview")
    assert outcome.verdict is PruneVerdict.REFUSED
    assert "`SHA256SUMS`" in outcome.reason


def test_another_retention_is_not_called_other_files(there: Shop) -> None:
    rows = "branches:\n  develop:\n    channel: preview\n    retention: 1 week\n"
    sha = there.project.commit({".github/ceremony.yml": rows}, message="A row")
    tree(there.root, {".github/ceremony.yml": rows.encode()})
    there.branch("latest", sha)
    there.branch("develop", sha)
    there.publish("latest")
    refused(there, "develop", "already, with the retention `30 days` and not `1 week`. What is")


def test_a_tag_that_was_moved_is_put_back(there: Shop) -> None:
    ref = "refs/tags/v1.0.1-patch"
    there.project.set_ref(ref, there.first)
    there.publish(ref)
    there.project.set_ref(ref, there.commit("Elsewhere"))
    refused(there, ref, f"another commit's, {there.first[:7]}: put the tag back to it, or make")


def test_a_release_takes_no_branch_s_name(there: Shop) -> None:
    there.branch("v1.0.0-beta", there.first)
    there.branch("1.0.0-beta", there.first)
    refused(there, "v1.0.0-beta", "there is a branch `1.0.0-beta`, and the release needs a tag")


def test_a_release_is_known_by_its_tag_where_the_host_keeps_no_target(there: Shop) -> None:
    there.branch("v1.0.0-stable", there.first)
    there.project.set_ref("refs/tags/1.0.0-stable", there.first)
    there.publish("v1.0.0-stable")
    (release,) = there.releases.values()
    release.target = "main"
    assert there.publish("v1.0.0-stable").verdict is Verdict.UP_TO_DATE
    assert [*there.releases] == ["1.0.0-stable"]


@pytest.mark.parametrize("now", ["rewound", "its tag is gone", "a sibling", "of another history"])
def test_a_commit_that_was_taken_back_does_not_get_the_channel_again(now: str, there: Shop) -> None:
    bad = there.branch("latest", there.commit("Bad"))
    there.publish()
    good = there.first
    if now == "of another history":
        good = there.project.commit({"a": "b"}, message="Begin anew", parents=())
    elif now == "a sibling":
        good = there.project.commit({"a": "b"}, message="Good", parents=(there.first,))
    there.branch("latest", good)
    there.publish()
    if now == "its tag is gone":
        there.project.set_ref("refs/tags/preview", None)
    shown = there.project.ref("refs/tags/preview")
    again = there.publish(commit=bad)
    assert again.verdict is Verdict.UP_TO_DATE
    assert again.channel.startswith("the tag `preview` stays: ")
    assert there.project.ref("refs/tags/preview") == shown


def test_a_patch_has_a_branch_of_its_tag_s_name(there: Shop) -> None:
    """What stage makes, and what is pushed after it."""
    there.branch("v1.0.1-patch", there.first)
    there.project.set_ref("refs/tags/v1.0.1-patch", there.first)
    assert there.publish("refs/tags/v1.0.1-patch").verdict is Verdict.PUBLISHED


@pytest.mark.parametrize("kind", ["lost", "after-status"])
def test_row_47_what_is_published_for_good_is_not_taken_for_a_draft(kind: Any, there: Shop) -> None:
    """The answer is lost, and the host has kept no target where the tag was there before."""
    ref = "refs/tags/v1.0.1-patch"
    there.project.set_ref(ref, there.first)
    there.project.immutable_releases = True

    def forget() -> None:
        for release in there.project.releases.values():
            release.target = "main"

    operation = "repos/update-release"
    there.sandbox.faults.add(Fault(operation, kind, status=502))
    there.sandbox.faults.add(Fault(operation, "call", nth=2, call=forget))
    outcome = there.publish(ref)
    assert (outcome.verdict, outcome.status) == (Verdict.UP_TO_DATE, 0)
    assert [*there.releases] == ["v1.0.1-patch"]
    assert there.publish(ref).verdict is Verdict.UP_TO_DATE


def test_notes_call_a_release_the_first_only_where_none_is_there(there: Shop) -> None:
    there.publish()
    there.project.set_ref("refs/tags/preview", None)
    there.branch("latest", there.commit("Newer"))
    outcome = there.publish()
    assert outcome.plan is not None
    assert "first release" not in (there.releases[outcome.plan.record.tag].body or "")


def test_notes_of_an_earlier_commit_say_so(there: Shop) -> None:
    older, newer = there.commit("One"), there.commit("Two")
    there.branch("v2.0.0-stable", newer)
    there.publish("v2.0.0-stable")
    there.branch("v1.0.1-stable", older)
    there.publish("v1.0.1-stable")
    body = there.releases["1.0.1-stable"].body or ""
    assert f"It is of an earlier commit than the channel's last release, {newer}." in body


@pytest.mark.parametrize(
    ("run", "given", "head", "commit", "is_told"),
    [
        pytest.param("latest", {}, "workflow's", "workflow's", False, id="its own"),
        pytest.param("latest", {}, "other", "workflow's", True, id="another is checked out"),
        pytest.param("latest", {"ref": "latest"}, "other", "workflow's", True, id="by its name"),
        pytest.param("main", {"ref": "latest"}, "other", "other", False, id="another ref's"),
        pytest.param("main", {"ref": "latest"}, "none", "workflow's", False, id="no checkout"),
        pytest.param("latest", {"commit": "c" * 40}, "other", "c" * 40, False, id="given"),
    ],
)
def test_the_commit_is_the_one_that_the_files_were_built_from(
    run: str, given: dict[str, Any], head: str, commit: str, *, is_told: bool, there: Shop
) -> None:
    sha = {"workflow's": there.first, "other": there.commit("Another")}
    root = there.folder / "checkout"
    if head in sha:
        clone = ("git", "clone", "--quiet", str(there.project.path), str(root))
        subprocess.run(clone, check=True)
        subprocess.run(
            ("git", "-C", str(root), "checkout", "--quiet", "--detach", sha[head]), check=True
        )
    own = there.folder / "own"
    own.mkdir()
    ref = f"refs/heads/{run}"
    context = Context(workspace=tree(root), folder=own, ref=ref, sha=there.first, is_workflow=True)
    outcome = artifacts.publish(Inputs(dry_run=True, repository=APP, **given), context)
    assert outcome.plan is not None
    assert outcome.plan.record.commit == sha.get(commit, commit)
    assert any("is checked out: give `commit`" in each for each in outcome.notices) is is_told


def test_two_commits_of_one_branch_at_once_get_a_number_each(there: Shop) -> None:
    there.branch("v1.0.0-alpha", there.first)
    second = there.branch("v1.0.0-alpha", there.commit("Second"))
    # Once the first has decided on its number, the second takes it.
    there.sandbox.faults.add(
        Fault("repos/create-release", "call", call=lambda: there.publish("v1.0.0-alpha"))
    )
    outcome = there.publish("v1.0.0-alpha", commit=there.first)
    assert outcome.verdict is Verdict.REFUSED
    assert f"is another commit's, {second[:7]}" in outcome.reason
    assert there.drafts == []
    assert there.publish("v1.0.0-alpha", commit=there.first).verdict is Verdict.PUBLISHED
    assert {tag: there.record(tag).commit for tag in there.releases} == {
        "1.0.0-alpha": second,
        "1.0.0-alpha.1": there.first,
    }


def test_an_annotated_channel_tag_is_moved(there: Shop) -> None:
    there.publish()
    there.project.annotate("preview", there.first)
    newer = there.branch("latest", there.commit("Newer"))
    before = there.project.ref("refs/tags/preview")
    outcome = there.publish()
    assert outcome.status == 0
    assert outcome.channel == f"the tag `preview` is at {newer[:7]} now; it was at {before}"
    assert there.project.ref("refs/tags/preview") == newer


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(429, {"Retry-After": "7"}, id="fault 19: a secondary limit"),
        pytest.param(
            403,
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1780000030"},
            id="fault 18: the primary limit",
        ),
    ],
)
def test_faults_18_and_19_limits_are_waited_for(
    status: int, headers: dict[str, str], there: Shop
) -> None:
    there.sandbox.faults.add(
        Fault("repos/upload-release-asset", "status", nth=3, status=status, headers=headers)
    )
    assert there.publish(workers=1).verdict is Verdict.PUBLISHED
    assert sum(there.clock.waits) >= 7
    (tag,) = there.releases
    assert {asset.name for asset in there.releases[tag].assets} == NAMES
    there.record(tag)


def test_row_37_nothing_is_unpacked_and_no_file_s_word_is_taken(there: Shop) -> None:
    packed = there.root / "dist/x.zip"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../escaped", "out")
        archive.writestr("pr=1", "1")
    tree(there.root, {"dist/pr=1": b"1", "dist/ceremony-manifest.json": b"{}"})
    before = sorted(there.folder.rglob("*"))
    assert there.publish(artifacts=("*.zip",), dry_run=True).verdict is Verdict.PLANNED
    made = {path.name.partition("-")[0] for path in {*there.folder.rglob("*")} - {*before}}
    assert made == {"own", "SHA256SUMS", "ceremony"}
    refused = there.publish(artifacts=("dist/*",), dry_run=True)
    assert refused.plan is not None
    assert any("dist/ceremony-manifest.json" in said for said in refused.plan.refusals)


def test_row_33_links_are_passed_over_and_reported(there: Shop) -> None:
    secret = there.folder / "secret.deb"
    secret.write_bytes(b"a secret")
    (there.root / "out.deb").symlink_to(secret)
    (there.root / "loop").symlink_to(there.root)
    outcome = there.publish(artifacts=("**/*.deb",), dry_run=True)
    assert outcome.plan is not None
    assert [file.path for file in outcome.plan.record.files] == [
        path for path in BUNDLES if path.endswith(".deb")
    ]
    assert {each.path for each in outcome.plan.passed} == {"loop", "out.deb"}


def test_fault_28_a_full_disk_is_said_and_the_status_is_kept(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415 -- Windows has none

    tree(tmp_path / "out")

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

    program = "import sys; from ceremony.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "artifacts", "--ref", "latest", "--dry-run"],
        cwd=tmp_path / "out",
        env={
            "PYTHONPATH": str(SOURCE),
            # What Python compiles would be cut off too, and left for others to find.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": os.defpath,
            "TMPDIR": str(tmp_path),
        },
        preexec_fn=full,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr


SETTINGS = "branches:\n  latest:\n    retention: 5 days\n"


@pytest.mark.parametrize(
    ("there_is", "here_is", "agrees"),
    [
        pytest.param(SETTINGS, SETTINGS, True, id="the same"),
        pytest.param(SETTINGS, SETTINGS.replace("\n", "\r\n"), True, id="lines of Windows"),
        pytest.param(None, None, True, id="none"),
        pytest.param(SETTINGS, None, False, id="not checked out"),
        pytest.param(None, SETTINGS, False, id="a build made it"),
        pytest.param(SETTINGS, SETTINGS.replace("5", "9"), False, id="another"),
    ],
)
def test_the_table_is_that_of_the_commit(
    *, there_is: str | None, here_is: str | None, agrees: bool, there: Shop
) -> None:
    files = {".github/ceremony.yml": there_is} if there_is else {"x": "y"}
    there.branch("latest", there.project.commit(files, message="Settings"))
    if here_is:
        tree(there.root, {".github/ceremony.yml": here_is.encode()})
    outcome = there.publish()
    if agrees:
        assert outcome.verdict is Verdict.PUBLISHED
        (tag,) = there.releases
        assert there.record(tag).retention.days == (5 if here_is else 30)
    else:
        assert (outcome.verdict, outcome.status) == (Verdict.REFUSED, 1)
        assert "`.github/ceremony.yml` here is not that of the commit" in outcome.reason
        assert there.project.releases == {}


def test_more_files_than_a_release_holds_are_not_even_read(there: Shop) -> None:
    tree(there.root, {f"dist/{number}.zip": b"x" for number in range(1_001)})
    (there.root / "dist/0.zip").chmod(0)
    outcome = there.publish(artifacts=("dist/*.zip",))
    assert outcome.verdict is Verdict.REFUSED
    assert "1,001 files" in outcome.reason
    assert there.sandbox.requests == []


def test_row_49_latest_is_decided_when_all_is_sent(there: Shop) -> None:
    for branch in ("v2.0.0-stable", "v1.2.9-stable"):
        there.branch(branch, there.commit(branch))
    there.sandbox.faults.add(
        Fault("repos/upload-release-asset", "call", call=lambda: there.publish("v2.0.0-stable"))
    )
    outcome = there.publish("v1.2.9-stable", workers=1)
    assert outcome.verdict is Verdict.PUBLISHED
    assert (
        "it does not become GitHub's latest: `2.0.0-stable` is a higher version" in outcome.notices
    )
    assert there.project.latest_release == there.releases["2.0.0-stable"].id
    assert there.project.ref("refs/tags/stable") == there.project.ref("refs/tags/2.0.0-stable")


def test_a_channel_s_tag_that_somebody_moved_is_decided_anew(there: Shop) -> None:
    for branch in ("v1.0.0-beta", "v1.1.0-beta"):
        there.branch(branch, there.commit(branch))
    there.sandbox.faults.add(Fault("Move", "call", call=lambda: there.publish("v1.0.0-beta")))
    outcome = there.publish("v1.1.0-beta")
    assert (outcome.verdict, outcome.status) == (Verdict.PUBLISHED, 0)
    assert there.project.ref("refs/tags/beta") == there.project.ref("refs/tags/1.1.0-beta")


@pytest.mark.parametrize("what", ["branch", "tag", "release"])
def test_a_channel_s_name_that_is_taken_is_refused_before_anything_is_sent(
    what: str, there: Shop
) -> None:
    there.branch("v1.0.0-stable", there.first)
    if what == "branch":
        there.branch("stable", there.first)
    elif what == "tag":
        there.project.set_ref("refs/tags/stable/x", there.first)
    else:
        form = ReleaseForm("stable", "Mine", "", there.first, is_draft=False)
        there.forge().create_release(form)
    name = "stable/x" if what == "tag" else "stable"
    said = f"there is a {what} `{name}`, and the channel needs a plain tag `stable`"
    refused(there, "v1.0.0-stable", said)


def test_a_latest_without_a_version_is_left_to_its_people(there: Shop) -> None:
    form = ReleaseForm("app-v3.0.0", "Ours", "", there.first, is_draft=False, is_latest=True)
    ours = there.forge().create_release(form)
    there.branch("v1.0.0-stable", there.first)
    outcome = there.publish("v1.0.0-stable")
    assert outcome.verdict is Verdict.PUBLISHED
    assert any("`app-v3.0.0`" in notice for notice in outcome.notices)
    assert there.project.latest_release == ours.id


@pytest.mark.parametrize("start", ["app", "app/target", "app/target/release"])
def test_on_a_command_line_the_repository_s_table_holds(start: str, tmp_path: Path) -> None:
    tree(tmp_path, {f"app/target/release/{path}": content for path, content in BUNDLES.items()})
    tree(
        tmp_path / "app",
        {
            ".git/HEAD": b"",
            ".github/ceremony.yml": b"branches:\n  latest:\n    retention: 5 days\n",
        },
    )
    outcome = artifacts.publish(
        Inputs(root=str(tmp_path / start), ref="latest", dry_run=True),
        Context(workspace=tmp_path, folder=tmp_path),
    )
    assert outcome.plan is not None
    assert outcome.plan.record.retention.text == "5 days"
    assert "row `latest` of `.github/ceremony.yml`" in publishing.text(outcome)


def test_a_pull_request_plans_by_the_row_that_it_is_told(there: Shop) -> None:
    context = Context(workspace=there.root, folder=there.folder, ref="refs/pull/3/merge")
    with pytest.raises(InputError, match="give `ref: latest`"):
        artifacts.publish(Inputs(dry_run=True), context)
    planned = artifacts.publish(Inputs(dry_run=True, ref="latest"), context)
    assert planned.verdict is Verdict.PLANNED


def test_what_no_manifest_can_say_is_an_input_error(there: Shop) -> None:
    with pytest.raises(InputError, match="no manifest can be made of this"):
        there.publish(dry_run=True, repository="app")
