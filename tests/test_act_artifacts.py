"""artifacts as workflows run it: cloned at its tag, against the sandbox, from build to release."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from ceremony.actions.artifacts import OUTPUTS
from ceremony.actions.prune import OUTPUTS as PRUNED
from ceremony.rules.record import NAME, SUMS
from tests.support.act import Run, Runner, Step
from tests.support.git_server import GitServer, git, publish_ceremony, serving
from tests.support.publishing import APP, BUNDLES, NAMES, OTHERS, Shop, shop

pytestmark = [
    pytest.mark.act,
    pytest.mark.skipif(os.name == "nt", reason="git's server and act need POSIX paths"),
]

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLE = REPOSITORY / "examples" / "release.yml"
PRUNE = REPOSITORY / "examples" / "prune.yml"
LATEST = "refs/heads/latest"
ALPHA = "refs/heads/v1.0.0-alpha"
CHECKOUT = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd"
PUBLISH = "spiritstream/ceremony/artifacts@v1"
PRUNING = "spiritstream/ceremony/prune@v1"
SCRIPT = "scripts/bundle.sh"
SHOW = 'cat "$REPORT"\n'
YEAR = 365 * 86_400

DECOYS = {
    **OTHERS,
    "target/release/bundle/deb/.spiritstream_0.1.0_amd64.deb": b"half of a package",
    "target/release/bundle/dmg/bundle_dmg.sh": b"exit 1\n",
    "target/release/bundle/rpm/spiritstream-0.1.0-1.x86_64.rpm.sig": b"a signature",
}
# What a build on each of the example's systems leaves.
BUILDS = (
    [path for path in BUNDLES if path.endswith((".AppImage", ".deb", ".rpm"))],
    [path for path in BUNDLES if path.endswith(".dmg")],
    [path for path in BUNDLES if path.endswith(".msi")],
)

# ---------------------------------------------------------------------------- stand-ins

# What GitHub's own actions do, as far as the example leans on it: the files of one artifact keep
# their places below the deepest folder that all of them share.
# https://github.com/actions/upload-artifact#upload-using-multiple-paths-and-exclusions
# https://github.com/actions/download-artifact#download-all-artifacts
STAND_IN = r"""
import fnmatch, glob, json, os, re, shutil, sys
from pathlib import Path

store, given = Path(os.environ["STORE"]), json.loads(os.environ["GIVEN"])
if sys.argv[1] == "upload-artifact":
    found = [path for line in given["path"].splitlines() for path in glob.glob(line)]
    if not found or given["if-no-files-found"] != "error":
        sys.exit("nothing was found to hand on, or nobody would have been told")
    top = os.path.commonpath([os.path.dirname(path) for path in found])
    for path in found:
        place = store / "files" / given["name"] / os.path.relpath(path, top)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    with (store / "days").open("a") as file:
        file.write(given["name"] + " " + str(int(given["retention-days"])) + "\n")
elif sys.argv[1] == "download-artifact":
    for folder in sorted((store / "files").iterdir()):
        if folder.name == given["name"]:
            shutil.copytree(folder, given["path"] or ".", dirs_exist_ok=True)
        elif given["pattern"] and fnmatch.fnmatchcase(folder.name, given["pattern"]):
            shutil.copytree(folder, Path(given["path"], folder.name))
else:
    if "REFUSES" in os.environ:
        sys.exit("the signer is away")
    lines = Path(given["subject-checksums"]).read_text().splitlines()
    pairs = [re.fullmatch(r"([0-9a-f]{64})  (\S+)", line).group(2, 1) for line in lines]
    (store / "attested").write_text(json.dumps(dict(pairs)))
"""
STAND_INS = {
    "actions/upload-artifact": ("name", "path", "retention-days", "if-no-files-found"),
    "actions/download-artifact": ("name", "path", "pattern"),
    "actions/attest-build-provenance": ("subject-checksums",),
}


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return document


def used(path: Path) -> set[str]:
    """The actions of others that an example names."""
    steps = [step for job in read(path)["jobs"].values() for step in job["steps"]]
    return {step["uses"] for step in steps if step.get("uses", "").startswith("actions/")}


def stand_in(server: GitServer, use: str) -> None:
    """Serve a stand-in under the commit that the example pins, which is a tag's name here."""
    name, _, pinned = use.partition("@")
    if name not in STAND_INS:
        return
    step = {
        "shell": "bash",
        "env": {"GIVEN": "${{ toJSON(inputs) }}"},
        "run": f'python3 "$GITHUB_ACTION_PATH/stand_in.py" {name.partition("/")[2]}\n',
    }
    manifest = {
        "name": name,
        "description": "A stand-in",
        "inputs": {given: {"description": given, "default": ""} for given in STAND_INS[name]},
        "runs": {"using": "composite", "steps": [step]},
    }
    bare = server.create(name)
    sha = bare.commit({"action.yml": json.dumps(manifest), "stand_in.py": STAND_IN})
    bare.git("tag", pinned, sha)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        publish_ceremony(running, "v1")
        for use in sorted(used(EXAMPLE)):
            stand_in(running, use)
        yield running


# ---------------------------------------------------------------------------- the project


def bundling() -> str:
    """The project's build: everything at once, or where TURNS is, what the next system makes."""
    lines = ["set -eu", 'put() { mkdir -p "${1%/*}"; printf %s "$2" >"$1"; }']
    lines += [_put(path, content) for path, content in DECOYS.items()]
    lines += ['build() { case "$1" in']
    lines += [
        f"  {number}) {'; '.join(_put(path, BUNDLES[path]) for path in paths)} ;;"
        for number, paths in enumerate(BUILDS)
    ]
    lines += ["esac; }", 'if [ -z "${TURNS:-}" ]; then build 0; build 1; build 2; exit; fi']
    lines += ["turn=0", 'until mkdir "$TURNS/$turn"; do turn=$((turn + 1)); done', 'build "$turn"']
    return "\n".join(lines) + "\n"


def _put(path: str, content: bytes) -> str:
    return f"put {shlex.quote(path)} {shlex.quote(content.decode())}"


class World(NamedTuple):
    """A project that builds by its script, and a machine that runs its workflows."""

    shop: Shop
    server: GitServer
    folder: Path

    def store(self, name: str) -> Path:
        """What the stand-ins kept of a run."""
        return self.folder / f"{name}-store"

    def run(
        self,
        name: str,
        event: str,
        ref: str,
        workflow: str,
        *,
        payload: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> Run:
        """Run a workflow for a branch or tag, in a checkout of its commit."""
        workspace, file = self.folder / f"{name}-workspace", self.folder / f"{name}.yml"
        (self.store(name) / "turns").mkdir(parents=True)
        (self.store(name) / "files").mkdir()
        file.write_text(workflow, encoding="utf-8")
        _, kind, short = ref.split("/", 2)
        origin = str(self.shop.project.path)
        git(self.folder, "clone", "--quiet", f"--branch={short}", origin, str(workspace))
        # The payload of `create` has the bare name: docs.github.com, "Webhook events and payloads".
        about = {"ref": ref}
        if event == "create":
            about = {"ref": short, "ref_type": "tag" if kind == "tags" else "branch"}
        runner = Runner(folder=self.folder / name, server_url=self.server.url, repository=APP)
        return runner.run(
            workspace,
            event,
            payload={**about, **(payload or {})},
            workflow=str(file),
            environment={
                "GITHUB_API_URL": self.shop.sandbox.api_url,
                "GITHUB_REF": ref,
                "STORE": str(self.store(name)),
                **(environment or {}),
            },
            options=(
                "-s", f"GITHUB_TOKEN={self.shop.token}",
                # These runs follow one another, and what the first has cloned does not change.
                "--action-cache-path", str(self.server.root.with_name("actions")),
                "--action-offline-mode",
                *options,
            ),
        )  # fmt: skip

    def example(self, name: str, event: str, ref: str, **more: Any) -> Run:
        """Run the example as it is; its systems are this one, and take turns in building."""
        turns = {"TURNS": str(self.store(name) / "turns")}
        systems = ("-P", "macos-latest=-self-hosted", "-P", "windows-latest=-self-hosted")
        text = EXAMPLE.read_text(encoding="utf-8")
        return self.run(name, event, ref, text, environment=turns, options=systems, **more)

    def example_on_one_system(self, name: str, event: str, ref: str, **more: Any) -> Run:
        """Run the example where one system builds everything, which costs less."""
        system = ("--matrix", "os:ubuntu-latest")
        text = EXAMPLE.read_text(encoding="utf-8")
        return self.run(name, event, ref, text, options=system, **more)


@pytest.fixture
def world(server: GitServer, tmp_path: Path) -> Iterator[World]:
    with shop(tmp_path) as one:
        one.first = one.project.commit({SCRIPT: bundling()}, message="Build by a script")
        one.branch("latest", one.first)
        folder = tmp_path / "runs"
        folder.mkdir()
        yield World(one, server, folder)


class Use(NamedTuple):
    """One use of a part in a workflow."""

    inputs: Mapping[str, str]
    build: str = "true"
    """What runs before it."""
    part: str = PUBLISH


def workflow(*uses: Use, event: str = "push") -> str:
    """A workflow that uses parts, whatever became of the one before, and shows their reports."""
    steps: list[dict[str, Any]] = [{"uses": CHECKOUT}]
    for number, use in enumerate(uses):
        shown = {"REPORT": f"${{{{ steps.run{number}.outputs.report }}}}"}
        steps += [
            {"if": "always()", "shell": "bash", "run": use.build},
            {"id": f"run{number}", "if": "always()", "uses": use.part, "with": dict(use.inputs)},
            {"id": f"report{number}", "if": "always()", "shell": "bash", "env": shown, "run": SHOW},
        ]
    job = {"runs-on": "ubuntu-latest", "steps": steps}
    return json.dumps({"on": event, "permissions": {}, "jobs": {"one": job}})


def report(done: Run, number: int = 0) -> dict[str, Any]:
    """The JSON report, as a later step reads it."""
    log = done.steps[f"report{number}"].log.replace("\r\n", "\n")
    told: dict[str, Any] = json.loads(log[log.index("{") :])
    return told


def assert_nothing_but_outputs_was_written(
    step: Step, outputs: Mapping[str, str] = OUTPUTS
) -> None:
    """Row 3: what the runner obeyed is what the part means, and each output once."""
    meant = {"add-mask", "set-output", "summary", "error", "warning", "notice"}
    assert set(step.commands) <= meant
    assert step.commands.count("set-output") == len(outputs)
    assert set(step.outputs) == set(outputs)


# ---------------------------------------------------------------------------- the channels


class Row(NamedTuple):
    """What the ceremony promises for a branch or tag."""

    ref: str
    channel: str
    days: int | None
    tag: str

    @property
    def is_lasting(self) -> bool:
        return self.days is None


BETA = Row("refs/heads/v1.0.0-beta", "beta", 365, "1.0.0-beta")
RUNS = (
    ("push", [Row(LATEST, "preview", 30, "preview-{day}-{sha}")]),
    ("create", [Row(ALPHA, "alpha", 90, "1.0.0-alpha")]),
    # One run, which names the others by the part's input.
    (
        "workflow_dispatch",
        [
            BETA,
            Row("refs/heads/v1.0.0-stable", "stable", None, "1.0.0-stable"),
            Row("refs/heads/v1.0.0-patch", "patch", None, "1.0.0-patch"),
        ],
    ),
    ("push", [Row("refs/tags/v1.0.1-patch", "patch", None, "v1.0.1-patch")]),
)


def test_the_five_channels_and_what_prune_leaves_of_them_two_years_later(world: World) -> None:
    there = world.shop
    there.clock.now = int(time.time()) - 2 * YEAR
    at = dt.datetime.fromtimestamp(there.clock.now, dt.UTC)
    old = {}
    for number, (event, rows) in enumerate(RUNS):
        uses = []
        for row in rows:
            there.project.set_ref(row.ref, there.first)
            old[row.ref] = row.tag.format(day=f"{at:%Y%m%d}", sha=there.first[:7])
            uses.append(Use({"ref": row.ref} if len(rows) > 1 else {}, f"bash {SCRIPT}"))
        done = world.run(f"run{number}", event, rows[0].ref, workflow(*uses, event=event))
        assert done.result == "success", done.text
        for use, row in enumerate(rows):
            assert_published(there, row, old[row.ref], at)
            assert_told(row, old[row.ref], at, done.steps[f"run{use}"])
            told = report(done, use)
            assert (told["verdict"], told["tag"]) == ("published", old[row.ref])
            assert told["latest"] is row.is_lasting
    assert there.drafts == []
    assert there.project.latest_release == there.releases["v1.0.1-patch"].id

    # Not a moment before: prune compares this clock with the runner's.
    there.clock.now = int(time.time())
    today = dt.datetime.fromtimestamp(there.clock.now, dt.UTC)
    newer = there.commit("Two years later")
    new = set()
    for ref, tag in (
        (LATEST, f"preview-{today:%Y%m%d}-{newer[:7]}"),
        (ALPHA, "1.0.0-alpha.1"),
        (BETA.ref, "1.0.0-beta.1"),
    ):
        there.project.set_ref(ref, newer)
        assert there.publish(ref).status == 0
        new.add(tag)
    assert there.releases.keys() == {*old.values(), *new}

    assert_pruned_to_what_is_promised(world, old, new)


def assert_published(there: Shop, row: Row, tag: str, at: dt.datetime) -> None:
    """The release and its record are what the row promises."""
    release, record = there.releases[tag], there.record(tag)
    assert {asset.name for asset in release.assets} == NAMES
    assert release.is_prerelease is not row.is_lasting
    assert there.project.ref(f"refs/tags/{tag}") == there.first
    assert there.project.ref(f"refs/tags/{row.channel}") == there.first
    assert (record.channel, record.tag, record.commit) == (row.channel, tag, there.first)
    assert (record.ref, record.created, record.expires) == (row.ref, at, expiry(row, at))
    assert [file.path for file in record.files] == sorted(BUNDLES)


def expiry(row: Row, at: dt.datetime) -> dt.datetime | None:
    return None if row.days is None else at + dt.timedelta(days=row.days)


def assert_told(row: Row, tag: str, at: dt.datetime, step: Step) -> None:
    """The outputs and the summary are what the row promises."""
    assert_nothing_but_outputs_was_written(step)
    expires = expiry(row, at)
    own = {name: Path(step.outputs[name]).name for name in ("manifest", "sums")}
    assert own == {"manifest": NAME, "sums": SUMS}
    assert step.outputs["url"].endswith(f"/{APP}/releases/tag/{tag}")
    assert {
        name: value
        for name, value in step.outputs.items()
        if name not in {"manifest", "sums", "url", "report"}
    } == {
        "verdict": "published",
        "files": "\n".join(sorted(BUNDLES)),
        # GitHub's own store keeps nothing for longer than 90 days.
        "retention-days": str(min(row.days or 90, 90)),
        "channel": row.channel,
        "expires-at": f"{expires:%Y-%m-%dT%H:%M:%SZ}" if expires else "",
        "prerelease": "false" if row.is_lasting else "true",
        "tag": tag,
    }
    assert f"| Channel | `{row.channel}` |" in step.summary
    assert f"| Tag | `{tag}` |" in step.summary
    removed = f"{expires:%Y-%m-%d %H:%M} UTC" if expires else "never"
    assert f"may be removed: {removed} |" in step.summary
    is_clamped = row.days is None or row.days > 90
    assert ("the most that the host" in step.summary) is is_clamped
    # A hidden file is passed over, and that is said; a signature or a script is nobody's wish.
    assert ".spiritstream_0.1.0_amd64.deb" in step.summary
    assert ".sig" not in step.summary


def assert_pruned_to_what_is_promised(world: World, old: Mapping[str, str], new: set[str]) -> None:
    """Of what is two years old, only what lasts for ever and what the table keeps is there."""
    there = world.shop
    gone = [old[LATEST], "1.0.0-alpha", "1.0.0-beta"]
    preview, kept = old[LATEST], {"1.0.0-stable", "1.0.0-patch", "v1.0.1-patch"}
    before, effects = there.project.refs(), list(there.sandbox.effects)
    # Even if somebody asks for them, stable and patch stay.
    channels = "preview\nalpha\nbeta\nstable\npatch"
    text = workflow(
        Use({"channels": channels}, part=PRUNING),
        Use({"channels": channels, "dry-run": "false"}, part=PRUNING),
        event="schedule",
    )
    done = world.run("prune", "schedule", "refs/heads/main", text)
    assert done.result == "success", done.text
    for step, verdict in ((done.steps["run0"], "planned"), (done.steps["run1"], "pruned")):
        assert_nothing_but_outputs_was_written(step, PRUNED)
        assert {name: step.outputs[name] for name in PRUNED if name != "report"} == {
            "verdict": verdict,
            "deleted": "3",
            "kept": "6",
            "left": "0",
            "tags": preview,
        }
        for tag in gone:
            assert tag in step.summary
    # The dry run is in the same job, so this holds of it too: nothing but three releases and a tag.
    assert sorted(there.sandbox.effects[len(effects) :]) == [
        "git/delete-ref",
        *["repos/delete-release"] * 3,
    ]
    assert there.releases.keys() == {*new, *kept}
    del before[f"refs/tags/{preview}"]
    assert there.project.refs() == before


# ---------------------------------------------------------------------------- the examples


def test_the_readme_s_workflow_publishes_a_preview(world: World) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    fence = re.search(r"<!-- example: artifacts -->\n```yaml\n(.*?)```", readme, re.DOTALL)
    assert fence is not None
    done = world.run("readme", "workflow_dispatch", LATEST, fence[1])
    assert done.result == "success", done.text
    (tag,) = world.shop.releases
    assert tag.startswith("preview-")
    names = {file.name.rpartition(".")[2] for file in world.shop.record(tag).files}
    assert names == {"AppImage", "deb", "rpm"}


def test_the_example_builds_attests_and_publishes(world: World) -> None:
    there = world.shop
    there.project.set_ref(ALPHA, there.first)
    done = world.example("created", "create", ALPHA)
    assert done.result == "success", done.text

    store = world.store("created")
    handed = {path.relative_to(store / "files").as_posix() for path in files_below(store / "files")}
    bundles = {name for name in handed if name.startswith("bundles-")}
    # One file alone loses its folders on the way.
    assert {name.rpartition("/")[2] for name in bundles} == NAMES - {NAME, SUMS}
    assert handed - bundles == {f"sums/{SUMS}"}
    systems = {name.partition("/")[0] for name in bundles}
    assert systems == {f"bundles-{system}-latest" for system in ("ubuntu", "macos", "windows")}
    days = dict(line.split() for line in (store / "days").read_text().splitlines())
    assert days == {**dict.fromkeys(systems, "90"), "sums": "1"}

    assert [*there.releases] == ["1.0.0-alpha"]
    assert there.drafts == []
    assert there.project.ref("refs/tags/alpha") == there.first
    held = {asset.name: asset.content for asset in there.releases["1.0.0-alpha"].assets}
    assert held.keys() == NAMES
    record = there.record("1.0.0-alpha")
    assert {file.path for file in record.files} == bundles
    # What was attested, before the publisher began, is what was published.
    subjects = json.loads((store / "attested").read_text())
    assert subjects == {file.name: file.sha256 for file in record.files}
    assert subjects == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in held.items()
        if name not in {NAME, SUMS}
    }
    assert {path.rpartition("/")[2]: content for path, content in BUNDLES.items()} == {
        name: held[name] for name in subjects
    }


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_example_publishes_nothing_that_is_not_attested(world: World) -> None:
    there = world.shop
    there.project.set_ref(ALPHA, there.first)
    done = world.example_on_one_system("refused", "create", ALPHA, environment={"REFUSES": "1"})
    assert done.result == "failure", done.text
    assert "the signer is away" in done.text
    assert done.steps["plan"].outputs["verdict"] == "planned"
    assert there.sandbox.requests == []


def test_the_example_s_dry_run_only_says_what_it_would_do(world: World) -> None:
    there = world.shop
    done = world.example_on_one_system(
        "dry", "workflow_dispatch", LATEST, payload={"inputs": {"dry-run": "true"}}
    )
    assert done.result == "success", done.text
    plan = done.steps["plan"]
    assert (plan.outputs["verdict"], plan.outputs["channel"]) == ("planned", "preview")
    assert_nothing_but_outputs_was_written(plan)
    assert not (world.store("dry") / "attested").exists()
    assert there.sandbox.requests == []


@pytest.mark.parametrize(
    "ref",
    [
        "refs/heads/feature/x",
        "refs/heads/v2",
        "refs/heads/release-alpha",
        # Its push starts a run of its own.
        "refs/tags/v1.0.1-patch",
        "refs/tags/v1.0.0-alpha",
    ],
)
def test_the_example_leaves_what_is_no_release_branch_alone(world: World, ref: str) -> None:
    world.shop.project.set_ref(ref, world.shop.first)
    done = world.example("other", "create", ref)
    assert done.steps == {}, done.text
    assert files_below(world.store("other")) == []
    assert world.shop.sandbox.requests == []


def test_the_prune_example_deletes_on_schedule_and_asks_first_by_hand(world: World) -> None:
    there = world.shop
    there.clock.now = int(time.time()) - 2 * YEAR
    for number in range(5):
        there.branch("latest", there.commit(f"Change {number}"))
        assert there.publish().status == 0
        there.days(1)
    there.clock.now = int(time.time())
    tags, end = [*there.releases], there.end()
    text = PRUNE.read_text(encoding="utf-8")

    # By hand without a word on it, as `gh workflow run prune.yml` does.
    by_hand = world.run("hand", "workflow_dispatch", "refs/heads/main", text)
    assert by_hand.result == "success", by_hand.text
    outputs = by_hand.steps["0"].outputs
    assert (outputs["verdict"], outputs["deleted"], outputs["kept"]) == ("planned", "2", "3")
    assert there.end() == end

    scheduled = world.run("schedule", "schedule", "refs/heads/main", text)
    assert scheduled.result == "success", scheduled.text
    outputs = scheduled.steps["0"].outputs
    assert (outputs["verdict"], outputs["deleted"], outputs["kept"]) == ("pruned", "2", "3")
    assert outputs["tags"] == ",".join(tags[:2])
    assert [*there.releases] == tags[2:]


def test_the_release_example_asks_for_no_more_than_it_needs() -> None:
    example = read(EXAMPLE)
    assert example["permissions"] == {}
    jobs = example["jobs"]
    reading = {"contents": "read"}
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "build": reading,
        "plan": reading,
        "attest": reading | {"attestations": "write", "id-token": "write"},
        "publish": {"contents": "write"},
    }
    # An input that the action does not have would be dropped in silence.
    for step in (step for job in jobs.values() for step in job["steps"]):
        known = STAND_INS.get(step.get("uses", "").partition("@")[0])
        assert known is None or set(step["with"]) <= set(known)
    # Nobody signs or publishes where a build's own programs have run.
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "build": None,
        "plan": "build",
        "attest": "plan",
        "publish": "attest",
    }
    scripts = {name for name, job in jobs.items() for step in job["steps"] if "run" in step}
    assert scripts == {"build"}
    assert set(example["on"]) == {"create", "push", "workflow_dispatch"}
    assert example["on"]["push"] == {"branches": ["latest"], "tags": ["v*-patch"]}
    # What creates a branch and what is dispatched for it must meet in one group. A tag is created
    # and pushed at once: the run that does nothing must not take the other's place in the queue.
    own = "${{ github.event.ref_type == 'tag' && '-created' || '' }}"
    assert example["concurrency"] == {
        "group": "release-${{ github.ref }}" + own,
        "cancel-in-progress": False,
    }


def test_the_prune_example_asks_for_no_more_than_it_needs() -> None:
    example = read(PRUNE)
    assert example["permissions"] == {}
    (job,) = example["jobs"].values()
    assert job["permissions"] == {"contents": "write"}
    assert "checkout" not in " ".join(step.get("uses", "") for step in job["steps"])
    assert set(example["on"]) == {"schedule", "workflow_dispatch"}
    assert example["on"]["workflow_dispatch"]["inputs"]["dry-run"]["default"] is True
    assert example["concurrency"] == {"group": "prune", "cancel-in-progress": False}


# ---------------------------------------------------------------------------- strangers' words

BEARING = r"""
mkdir -p out/deep
put() { printf %s "$2" >"out/$1"; }
put 'x ::set-output name=verdict::published ##[set-output name=tag]v9.9.9.deb' a
put $'deep/y\n::set-output name=verdict::published\nz.rpm' b
put $'v\r::add-mask::e \e[2J.dmg' c
put leak.msi "$(printf 'ghp_%s' "$(printf 'a1B2%.0s' 1 2 3 4 5 6 7 8 9)")"
put fine.AppImage d
"""
# What is lawful once it has another name, and links that lead out of the tree.
ODD = r"""
rm -r out && mkdir -p out "$STORE/elsewhere"
printf 'a secret' >"$STORE/elsewhere/secret.deb"
ln -s "$STORE/elsewhere/secret.deb" out/linked.deb
ln -s "$STORE/elsewhere" out/folder
ln -s . out/loop
printf a >'out/a ##[set-output name=verdict]refused.deb'
"""


def test_rows_3_to_8_33_and_34_strangers_files_are_never_obeyed(world: World) -> None:
    there = world.shop
    text = workflow(
        Use({"root": "out"}, BEARING),
        Use({"root": "out", "artifacts": "*.deb"}, ODD),
    )
    done = world.run("hostile", "push", LATEST, text)
    assert done.result == "failure", done.text

    refused, published = done.steps["run0"], done.steps["run1"]
    for step in (refused, published):
        assert_nothing_but_outputs_was_written(step)
        assert "##[" not in step.log + step.summary
        lines = re.split(r"[\r\n]+", step.log + step.summary)
        assert [line for line in lines if line.lstrip().startswith("::")] == []
        assert not set("\x1b\r") & set(step.summary)

    outputs = refused.outputs
    assert refused.status == 1
    assert {name: outputs[name] for name in ("verdict", "tag", "files", "manifest", "sums")} == {
        "verdict": "refused",
        "tag": "",
        "files": "",
        "manifest": "",
        "sums": "",
    }
    reasons = "\n".join(report(done)["refusals"])
    for said in ("v9.9.9.deb", "z.rpm", ".dmg", "leak.msi` holds what looks like a GitHub token"):
        assert said in reasons
    assert "fine.AppImage" not in reasons
    assert "ghp_" not in done.text

    (tag,) = there.releases
    assert (published.outputs["verdict"], published.outputs["tag"]) == ("published", tag)
    assert published.outputs["files"] == "out/a ##[[]set-output name=verdict]refused.deb"
    held = {asset.name: asset.content for asset in there.releases[tag].assets}
    assert held.keys() == {"a.set-output.name.verdict.refused.deb", NAME, SUMS}
    assert not any(b"a secret" in content for content in held.values())
    passed = {entry["path"] for entry in report(done, 1)["passed"]}
    assert passed >= {"linked.deb", "folder", "loop"}
