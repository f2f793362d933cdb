"""The rehearsal: what it copies, what it plays, and what it leaves behind."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ceremony import cli
from ceremony import config as configuration
from ceremony.actions.rehearse import Context, Inputs, run
from ceremony.model import InputError
from ceremony.rehearsal import agreement, promotion, releases, source
from ceremony.rehearsal.narrator import Narrator, width
from ceremony.rehearsal.play import ACTS, concrete, play
from ceremony.rehearsal.source import Source, copy
from ceremony.rehearsal.stage import Act, Stage, Unexpected
from ceremony.report.cutting import Verdict as Cut
from ceremony.rules import globs, retention
from ceremony.rules.artifacts import Verdict as Published
from ceremony.rules.channels import Place, Row
from ceremony.rules.channels import Source as Ref
from ceremony.rules.evidence import matches
from ceremony.rules.globs import Missing, Wanted
from ceremony.rules.promote import Verdict
from ceremony.rules.proof import Required
from ceremony.sandbox import ContractBroken, Fault
from ceremony.sandbox.faults import Kind
from ceremony.sandbox.state import Release
from tests.support.repositories import clone, commit, git, repository

ROOT = Path(__file__).parent.parent
TODAY = dt.date(2026, 3, 1)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a copy goes: an empty bare repository."""
    folder = tmp_path / "copy.git"
    folder.mkdir()
    git(folder, "init", "-q", "--bare", "--initial-branch=main", "--template=")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with two commits on main, a branch and an annotated tag."""
    folder = repository(tmp_path / 'it\'s "a" project')
    commit(folder, {"a.txt": "a"}, "first")
    git(folder, "tag", "-a", "v1", "-m", "one")
    git(folder, "branch", "latest")
    commit(folder, {"b.txt": "b"}, "second")
    return folder


def refs(folder: Path) -> dict[str, str]:
    listed = git(folder, "for-each-ref", "--format=%(refname) %(objectname)")
    return dict(line.split(" ") for line in listed.splitlines())


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder, with when it was written and what it holds."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ---------------------------------------------------------------------------- the copy


@pytest.mark.parametrize("inside", ["", ".git", "docs"], ids=["top", "git-dir", "subfolder"])
def test_branches_and_tags_are_copied_and_nothing_is_written(
    project: Path, target: Path, inside: str
) -> None:
    (project / "docs").mkdir()
    (project / "a.txt").write_text("not committed")
    git(project, "stash", "-q")
    (project / "a.txt").write_text("not committed either")
    (project / "new.txt").write_text("not even known")
    before = everything(project)
    found = copy(project / inside, target)
    assert everything(project) == before
    assert found == Source("main", "main")
    expected = {name: sha for name, sha in refs(project).items() if name != "refs/stash"}
    assert refs(target) == expected
    git(target, "fsck", "--full", "--strict")
    assert not (target / "objects" / "info" / "alternates").exists()
    stashed = git(project, "rev-parse", "refs/stash")
    assert stashed not in git(target, "cat-file", "--batch-all-objects", "--batch-check")


def test_a_bare_repository_is_copied(project: Path, tmp_path: Path, target: Path) -> None:
    bare = clone(project, tmp_path / "bare.git", "--bare")
    assert copy(bare, target) == Source("main", "main")
    assert refs(target) == refs(bare) == refs(project)


def test_a_linked_worktree_is_copied(project: Path, tmp_path: Path, target: Path) -> None:
    git(project, "worktree", "add", "-q", str(tmp_path / "linked"), "latest")
    found = copy(tmp_path / "linked", target)
    assert (found.default, refs(target)) == ("main", refs(project))


def test_a_shallow_clone_is_copied_as_far_as_it_goes(
    project: Path, tmp_path: Path, target: Path
) -> None:
    shallow = clone(project, tmp_path / "shallow", "--depth=1")
    found = copy(shallow, target)
    assert found.is_shallow
    assert git(target, "rev-list", "--count", "main") == "1"
    assert git(target, "show", "main:b.txt") == "b"
    assert not copy(project, _another(target)).is_shallow


def _another(target: Path) -> Path:
    folder = _where(target)
    folder.mkdir()
    git(folder, "init", "-q", "--bare", "--template=")
    return folder


def test_what_only_origin_has_is_copied(project: Path, tmp_path: Path, target: Path) -> None:
    git(project, "branch", "feature/one")
    git(project, "branch", "topic")
    mine = clone(project, tmp_path / "mine")
    git(mine, "checkout", "-q", "-b", "feature")  # where origin has a folder of that name
    git(mine, "checkout", "-q", "-b", "topic/mine")  # and the other way around
    commit(mine, {"mine.txt": "m"}, "mine")
    found = copy(mine, target)
    branches = {name for name in refs(target) if name.startswith("refs/heads/")}
    assert branches == {
        f"refs/heads/{name}" for name in ("main", "latest", "feature", "topic/mine")
    }
    assert found.default == "main"
    assert refs(target)["refs/heads/latest"] == refs(project)["refs/heads/latest"]
    git(target, "fsck", "--full")


@pytest.mark.parametrize(
    ("head", "branches", "expected", "what"),
    [
        pytest.param("feature", ("main", "feature"), "main", "", id="main before checked out"),
        pytest.param(
            "trunk", ("alpha", "trunk"), "trunk", "the branch that is checked out", id="checked out"
        ),
        pytest.param("", ("trunk",), "trunk", "its only branch", id="the only one"),
        pytest.param(
            "", ("latest", "v1"), "v1", "its only branch beside latest", id="detached beside latest"
        ),
        pytest.param(
            "latest", ("latest", "v1"), "v1", "its only branch beside latest", id="latest never"
        ),
    ],
)
def test_the_branch_that_plays_main(
    tmp_path: Path, target: Path, head: str, branches: tuple[str, ...], expected: str, what: str
) -> None:
    folder = branched(tmp_path, head, branches)
    found = copy(folder, target)
    assert (found.default, found.main, found.stand_in) == (expected, expected, what)
    assert git(target, "symbolic-ref", "HEAD") == f"refs/heads/{expected}"


def branched(tmp_path: Path, head: str, branches: Sequence[str], settings: str = "") -> Path:
    """A repository with these branches at one commit; without a head it is detached."""
    folder = repository(tmp_path / "project")
    git(folder, "checkout", "-q", "-b", branches[0])
    files = {"a.txt": "a"} | ({".github/ceremony.yml": settings} if settings else {})
    commit(folder, files)
    for name in branches[1:]:
        git(folder, "branch", name)
    git(folder, "checkout", "-q", *((head,) if head else ("--detach",)))
    return folder


@pytest.mark.parametrize(
    ("head", "branches", "settings"),
    [
        pytest.param("", ("alpha", "master"), "", id="detached"),
        pytest.param("latest", ("latest", "alpha", "beta"), "", id="latest is checked out"),
        pytest.param("latest", ("latest",), "", id="nothing but latest"),
        pytest.param(
            "stable",
            ("stable", "alpha"),
            "branches: {latest: stable}\n",
            id="another latest",
        ),
    ],
)
def test_where_main_cannot_be_told_it_is_not_guessed(
    tmp_path: Path, target: Path, head: str, branches: tuple[str, ...], settings: str
) -> None:
    folder = branched(tmp_path, head, branches, settings)
    with pytest.raises(
        InputError, match=r"no branch main.*`branches\.main`.*check that branch out"
    ):
        copy(folder, target)


def test_the_commit_that_is_checked_out_may_tell_what_main_is_called(
    tmp_path: Path, target: Path
) -> None:
    folder = branched(tmp_path, "", ("alpha", "master"), "branches: {main: master}\n")
    found = copy(folder, target)
    assert (found.default, found.main, found.stand_in) == ("master", "master", "")


@pytest.mark.parametrize("branches", [("main", "v1"), ("trunk",)])
def test_a_main_that_is_configured_and_does_not_exist_is_no_other_branch(
    tmp_path: Path, target: Path, branches: tuple[str, ...]
) -> None:
    folder = branched(tmp_path, branches[0], branches, "branches: {main: gone}\n")
    with pytest.raises(InputError, match=r"^\.github/ceremony\.yml: .*no branch 'gone'"):
        copy(folder, target)


def test_a_main_that_is_configured_is_followed_from_branch_to_branch(
    tmp_path: Path, target: Path
) -> None:
    folder = branched(tmp_path, "main", ("main", "v1"), "branches: {main: v1, latest: stable}\n")
    found = copy(folder, target)
    assert (found.default, found.main, found.latest) == ("main", "v1", "stable")
    assert found.stand_in == ""
    git(folder, "checkout", "-q", "v1")
    commit(folder, {".github/ceremony.yml": "branches: {main: main}\n"})
    with pytest.raises(InputError, match="another branch each time"):
        copy(folder, _another(target))


def test_main_and_latest_are_not_the_same(tmp_path: Path, target: Path) -> None:
    folder = branched(tmp_path, "main", ("main",), "branches: {latest: main}\n")
    with pytest.raises(InputError, match="both 'main'; they must differ"):
        copy(folder, target)


def test_a_bare_repositorys_head_is_its_default_branch(tmp_path: Path, target: Path) -> None:
    bare = clone(branched(tmp_path, "trunk", ("alpha", "trunk")), tmp_path / "bare.git", "--bare")
    found = copy(bare, target)
    assert (found.main, found.stand_in) == ("trunk", "its default branch")


def test_a_configuration_that_is_not_committed_is_noticed(project: Path, target: Path) -> None:
    place = project / ".github" / "ceremony.yml"
    place.parent.mkdir()
    place.write_text("branches: {latest: stable}\n")
    before = everything(project)
    assert copy(project, target).is_edited
    commit(project, {}, "settled")
    assert not copy(project, _another(target)).is_edited
    place.write_bytes(b"branches: {latest: stable}\r\n")
    assert not _again(project, target).is_edited, "line ends are no change"
    place.write_text("branches: {latest: other}\n")
    assert _again(project / ".github", target).is_edited
    assert not _again(project / ".git", target).is_edited, "no worktree was named"
    git(project, "commit", "-qam", "edited")
    git(project, "checkout", "-q", "--detach")
    commit(project, {".github/ceremony.yml": "branches: {latest: third}\n"}, "on no branch")
    assert not _again(project, target).is_edited, "what is on no branch is not copied"
    assert before.keys() <= everything(project).keys()


def _again(folder: Path, target: Path) -> Source:
    shutil.rmtree(_where(target), ignore_errors=True)
    return copy(folder, _another(target))


def _where(target: Path) -> Path:
    return target.with_name("another.git")


def test_no_filter_runs_where_the_configuration_is_compared(
    project: Path, target: Path, tmp_path: Path
) -> None:
    text = "branches: {latest: stable}\n"
    commit(project, {".github/ceremony.yml": text, ".gitattributes": "*.yml filter=trap\n"})
    marker = tmp_path / "PWN"
    git(project, "config", "filter.trap.clean", f"touch '{marker.as_posix()}'; cat")
    git(project, "config", "filter.trap.smudge", f"touch '{marker.as_posix()}'; cat")
    (project / ".github" / "ceremony.yml").write_text(text + "# more\n")
    assert copy(project, target).is_edited
    assert not marker.exists()
    git(project, "diff", "--stat")
    assert marker.exists()  # it is what git would have done


def test_origin_says_what_the_default_branch_is(
    project: Path, tmp_path: Path, target: Path
) -> None:
    git(project, "checkout", "-q", "-b", "develop")
    mine = clone(project, tmp_path / "mine")
    git(mine, "checkout", "-q", "-b", "main", "origin/main")
    assert copy(mine, target).default == "develop"


def test_the_configuration_on_main_governs_once_the_default_branch_has_named_main(
    tmp_path: Path, target: Path
) -> None:
    folder = repository(tmp_path / "project")
    git(folder, "checkout", "-q", "-b", "site")
    commit(folder, {".github/ceremony.yml": "branches: {main: trunk, latest: one}\n"})
    git(folder, "checkout", "-q", "-b", "trunk")
    commit(folder, {".github/ceremony.yml": "branches: {main: trunk, latest: two}\n"})
    git(folder, "checkout", "-q", "site")
    found = copy(folder, target)
    assert (found.default, found.main, found.latest) == ("site", "trunk", "two")
    assert found.raw == b"branches: {main: trunk, latest: two}\n"


def test_a_path_that_is_no_repository(tmp_path: Path, target: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        copy(tmp_path / "nowhere", target)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file, not a folder"):
        copy(tmp_path / "file", target)
    (tmp_path / "plain").mkdir()
    with pytest.raises(
        InputError, match=r"git rev-parse: .*not a git repository.*give the folder of a clone"
    ):
        copy(tmp_path / "plain", target)


def test_a_repository_without_commits(tmp_path: Path, target: Path) -> None:
    with pytest.raises(InputError, match=r"no commit on any branch.*sample project"):
        copy(repository(tmp_path / "empty"), target)


def test_a_repository_with_longer_hashes(tmp_path: Path, target: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "long")
    with pytest.raises(InputError, match="SHA-256"):
        copy(tmp_path / "long", target)


def test_a_repository_that_lacks_objects(project: Path, target: Path) -> None:
    blob = git(project, "rev-parse", "main:b.txt")
    (project / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(InputError, match="use a full clone"):
        copy(project, target)
    assert not (target / "objects" / "info" / "alternates").exists()


def test_a_damaged_list_of_what_is_cut_off(project: Path, target: Path) -> None:
    (project / ".git" / "shallow").write_text("../../secret\n")
    with pytest.raises(InputError, match=r"`repo` cannot be (read|copied)"):
        copy(project, target)


def test_a_repository_of_somebody_else_is_refused_with_the_remedy(
    project: Path, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(
        "#!/bin/sh\nexport GIT_TEST_ASSUME_DIFFERENT_OWNER=1\n"
        f"exec '{shutil.which('git')}' \"$@\"\n"
    )
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=os.pathsep)
    with pytest.raises(InputError, match=r"another user.*safe\.directory"):
        copy(project, target)


def test_threat_11_a_hostile_repository_runs_nothing(
    project: Path, tmp_path: Path, target: Path
) -> None:
    marker = tmp_path / "PWN"
    trap = f"touch {marker.as_posix()}"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\n{trap}\n")
    script.chmod(0o755)
    for name in ("reference-transaction", "post-index-change", "pre-auto-gc", "post-checkout"):
        (project / ".git" / "hooks").mkdir(exist_ok=True)
        (project / ".git" / "hooks" / name).write_bytes(script.read_bytes())
        (project / ".git" / "hooks" / name).chmod(0o755)
    (project / ".git" / "included").write_text(f"[core]\n\tsshCommand = {trap}\n")
    blob = git(project, "rev-parse", "main:b.txt")
    settings = {
        "core.fsmonitor": str(script),
        "core.hooksPath": str(project / ".git" / "hooks"),
        "core.pager": trap,
        "core.gitProxy": str(script),
        "core.alternateRefsCommand": trap,
        "include.path": "included",
        "uploadpack.packObjectsHook": str(script),
        "alias.rev-parse": f"!{trap}",
        "alias.for-each-ref": f"!{trap}",
        "alias.pack-objects": f"!{trap}",
        "pager.for-each-ref": trap,
        "credential.helper": f"!{trap}",
        "gpg.program": str(script),
        "log.showSignature": "true",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{trap}",
        "remote.origin.uploadpack": str(script),
        "protocol.ext.allow": "always",
    }
    for key, value in settings.items():
        git(
            project,
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            "config",
            key,
            value,
        )
    subprocess.run(["git", "-C", str(project), "status"], capture_output=True, check=False)
    marker.unlink()  # the trap works
    copy(project, target)
    assert not marker.exists()
    config = (target / "config").read_text()
    assert "promisor" not in config
    assert "hooksPath" not in config
    assert not (target / "hooks").exists()
    # Nor does an object that is missing send git to where the settings point.
    (project / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(InputError):
        copy(project, _another(target))
    assert not marker.exists()
    subprocess.run(
        ["git", "-C", str(project), "cat-file", "blob", blob], capture_output=True, check=False
    )
    assert marker.exists()  # it is what git would have done


# ---------------------------------------------------------------------------- as a program

PROGRAM = "import sys; from ceremony.cli import main; sys.exit(main(sys.argv[1:]))"


def program(tmp_path: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """`bin/ceremony` without its installation, with a folder of its own for what is temporary."""
    (tmp_path / "temporary").mkdir(exist_ok=True)
    kept = ("PATH", "HOME", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(tmp_path / "temporary"),
    }
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env=environment | more,
    )


def until(process: subprocess.Popen[str], words: str) -> str:
    """What a program says up to the line that holds these words."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended: {said}{process.communicate()[1]}")


# ---------------------------------------------------------------------------- the sample


def row(number: int, title: str, *said: str) -> str:
    return rf"{number:2}  {re.escape(title)} +{', '.join(said)} +[0-9a-f]{{7}}"


SAMPLE = [
    row(1, "The first promotion creates latest", "promoted"),
    row(2, "CI still runs: latest waits", "waiting"),
    row(3, "CI is red: main may break, latest may not", "waiting"),
    row(4, "A fix: latest goes to the newest green commit", "promoted"),
    row(5, "Green below a red head", "promoted"),
    row(6, "A required check was renamed", "waiting", "promoted"),
    row(7, "The maintainers hold latest", "held", "promoted"),
    row(8, "Two promotions at once", "promoted", "up-to-date"),
    row(9, "Somebody pushed onto latest", "diverged", "promoted"),
    row(10, "The answer is lost on the way", "promoted"),
    row(11, "latest is protected", "refused", "promoted"),
]
EXAMPLES = [
    ("Example 1: pre-implementation agreement", "cut", "staged"),
    ("Example 2: post-implementation governance", "no-go", "cut"),
    ("Example 3: insider testing", "no-go"),
    ("Example 4: sponsor-blocked release", "no-go", "cut"),
    ("Example 5: removal before commitment", "go"),
]
RELEASES = [
    ("A preview of latest", "planned", "published", "up-to-date"),
    ("Every stage in its own channel", "staged", "5 x published"),
    ("A publisher is killed half-way", "published"),
    ("Time passes, and prune keeps the promises", "planned", "2 x pruned", "nothing"),
]


def assert_table(text: str, rows: Sequence[str]) -> None:
    lines = text.splitlines()
    start = next(n for n, found in enumerate(lines) if found.startswith(" #  act"))
    table = lines[start + 1 : lines.index("", start)]
    assert len(table) == len(rows), text
    for found, expected in zip(table, rows, strict=True):
        assert re.fullmatch(expected, found), f"{found!r} is not {expected!r}"


class Kept(NamedTuple):
    """A rehearsal that is kept, what it has said of itself, and the commands that it offers."""

    process: subprocess.Popen[str]
    folder: Path
    said: str
    commands: tuple[str, ...]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("kept")
    nowhere = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    with program(folder, "rehearse", "--keep", **nowhere) as process:
        try:
            whole = until(process, "Ctrl-C ends it")
            said, more, rest = whole.partition("\nTwo pushes more")
            assert more, whole
            _, _, offered = rest.replace(" \\\n", " ").partition("The sandbox is still")
            yield Kept(process, folder, said, tuple(re.findall(r"(?m)^   (\S.*)$", offered)))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def sample(kept: Kept) -> str:
    """What a rehearsal on the sample project says."""
    return kept.said


def test_two_rehearsals_say_the_same(sample: str, tmp_path: Path) -> None:
    out = io.StringIO()
    narrator = Narrator(out)
    play(tmp_path, None, keep=False, today=TODAY, narrator=narrator, acts=ACTS[:6])
    told, _, _ = out.getvalue().partition("\n #  act")
    assert len(told.splitlines()) > 20
    assert sample.startswith(told)


def test_the_sample_is_played_to_its_end(sample: str) -> None:
    later = [row(number, *act) for number, act in enumerate([*EXAMPLES, *RELEASES], 12)]
    assert_table(sample, [*SAMPLE, *later])
    said = sample.replace("\n", " ")
    assert "forward along main, 21 moves, each to a commit that was green" in said
    assert "Shown: 5 release branches, " in said
    assert "sandbox's own record: 7 releases in 5 channels, each whole when it appeared" in said
    assert agreement.SKIPPED not in said
    assert "(examples/project), as if it were 2026-01-14." in sample.splitlines()[0]
    assert len(sample.splitlines()) < 280
    assert max(map(len, sample.splitlines())) <= 100
    assert {letter for letter in sample if not letter.isascii()} <= set("“”")
    assert "\x1b" not in sample


def test_the_sample_says_why_latest_stays_and_what_would_change_it(sample: str) -> None:
    said = " ".join(sample.split())
    for sentence in (
        "`Check` is still running. do: ",
        "`Check` failed. do: ",
        "passed over: ",
        "`Check` was not reported on it. do: ",
        "held by `nkem` until 2026-01-21: the bundles of 0.2.0 are being tried out.",
        'only on latest: 12a650c "Urgent: fix the preview by hand"',
        "it is never forced",
        "Give its job `contents: write`",
    ):
        assert re.sub(r"[0-9a-f]{7} ", "", sentence) in re.sub(r"[0-9a-f]{7} ", "", said), sentence


def test_the_sample_says_what_prune_takes_and_why_the_rest_stays(sample: str) -> None:
    act = sample[sample.index("\n20. Time passes") : sample.index("\n #  act")]
    said = re.sub(r"-[0-9a-f]{7}\b", "-SHA", " ".join(act.split()))
    plan, taken, years, nothing = said.split("prune -> ")[1:]
    assert plan.startswith("planned. It would delete 1 release and 1 tag; 7 releases stay.")
    assert "goes: preview-20260114-SHA: its 30 days were over on 2026-02-13." in plan
    assert "gone: preview-20260114-SHA: its 30 days were over on 2026-02-13." in taken
    assert "gone: 0.2.0-alpha: its 90 days were over on 2026-04-14." in years
    for reason in (
        "v0.3.1-patch: GitHub shows it as the latest release.",
        "0.3.0-stable: by its tag it is stable.",
        "made-by-hand: it carries no `ceremony-manifest.json`: not ours.",
    ):
        assert f"stays: {reason}" in plan
        assert f"stays: {reason}" in years
    assert re.search(r"stays: 0\.4\.0-beta: [^:]* until 2027-01-14 13:06 UTC\.", plan)
    newest = "preview-20260115-SHA, 0.4.0-beta, 0.4.0-alpha: it is the newest of its channel."
    assert f"stays: {newest}" in years
    assert nothing.startswith("nothing. It deletes nothing: ")


def test_the_page_shows_what_is_played(sample: str) -> None:
    page = (ROOT / "docs" / "rehearse.md").read_text(encoding="utf-8")
    sha = re.compile(r"\b[0-9a-f]{7}\b")
    excerpts = [part.split("```")[0] for part in page.split("```text\n")[1:]]
    assert len(excerpts) == 3
    for excerpt in excerpts:
        assert sha.sub("SHA", excerpt) in sha.sub("SHA", sample)
    for title in re.findall(r"^ ?\d+  (.*?)  ", sample, re.MULTILINE):
        assert f"| {title} |" in page


# ---------------------------------------------------------------------------- the five examples

LIVING = "MILESTONES.latest.md"


class Played(NamedTuple):
    """The five examples, and what git had after each."""

    said: str
    states: tuple[dict[str, str], ...]
    """The branches after each of them."""
    folder: Path
    caught: dict[str, str]
    """What was said of each attempt to break what the examples promise."""

    def text(self, sha: str, path: str) -> str:
        """A file of a commit."""
        return git(self.folder, "show", f"{sha}:{path}")

    def has(self, sha: str, path: str) -> bool:
        """Whether a commit holds a file."""
        return path in git(self.folder, "ls-tree", "-r", "--name-only", sha).split()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("examples")
    states: list[dict[str, str]] = []
    caught: dict[str, str] = {}

    def looking(act: Act) -> Act:
        def both(stage: Stage) -> None:
            act.play(stage)
            found = stage.project.refs()
            states.append({name.removeprefix("refs/heads/"): found[name] for name in found})

        return act._replace(play=both)

    out = io.StringIO()
    acts = [
        *map(looking, agreement.ACTS),
        Act("Broken", lambda stage: caught.update(broken(stage))),
    ]
    narrator = Narrator(out, width=80)
    assert play(folder, None, keep=False, today=TODAY, narrator=narrator, acts=acts) == 0
    (bare,) = folder.rglob("*.git")
    return Played(out.getvalue(), tuple(states), bare, caught)


def broken(stage: Stage) -> dict[str, str]:
    """What is said of each attempt to break what the examples promise; all is undone again."""

    def caught(attempt: Callable[[], object]) -> str:
        with pytest.raises(Unexpected) as found:
            attempt()
        return str(found.value)

    def put(name: str, sha: str | None) -> Callable[[], None]:
        return lambda: stage.project.set_ref(f"refs/heads/{name}", sha)

    def dry(verdict: Cut) -> Callable[[], object]:
        return lambda: agreement.cutting(stage, "0.5.0-alpha", verdict, dry_run=True)

    def real() -> object:
        return agreement.cutting(stage, "0.5.0-alpha", Cut.CUT)

    found = {"another word": caught(dry(Cut.NO_GO))}
    stage.sandbox.faults.add(Fault("*", "call", call=put("stray", stage.main_sha)))
    found["a dry run that writes"] = caught(dry(Cut.GO))
    put("stray", None)()
    stage.sandbox.faults.add(Fault("*", "after-call", call=put("stray", stage.main_sha)))
    found["one more ref"] = caught(real)
    for name in ("stray", "v0.5.0-alpha", "ceremony/v0.5.0-alpha"):
        put(name, None)()
    branch, sha = next(iter(stage.releases.items()))
    put("v9.9.9-stable", sha)()
    found["a branch that nobody cut"] = caught(lambda: agreement.witness(stage))
    put("v9.9.9-stable", None)()
    path = f"MILESTONES.{branch}.md"
    was = stage.main_sha
    stage.push("ida", "Another past", files={path: "Another\n"})
    found["another document on main"] = caught(lambda: agreement.witness(stage))
    put("main", was)()
    put(branch, was)()
    put(branch, sha)()
    found["there and back"] = caught(lambda: agreement.witness(stage))
    put(branch, was)()
    found["moved"] = caught(lambda: agreement.witness(stage))
    put(branch, sha)()
    return found


def test_example_1_is_agreed_before_it_is_built(played: Played) -> None:
    (state, *_) = played.states
    assert set(state) == {"main", "latest", "v0.1.0-alpha", "v0.2.0-alpha", "v0.2.0-stable"}
    alpha, stable = state["v0.2.0-alpha"], state["v0.2.0-stable"]
    assert not played.has(alpha, "wrenlog/hours.py")
    assert played.has(stable, "wrenlog/hours.py")
    agreed = played.text(alpha, "MILESTONES.v0.2.0-alpha.md")
    locked = played.text(stable, "MILESTONES.v0.2.0-stable.md")
    assert agreed.split("\n---\n")[1:] == locked.split("\n---\n")[1:]
    assert "### M6: Songs by the Hour" in agreed
    assert "**Promoted From**: `v0.2.0-alpha`" in locked
    assert git(played.folder, "rev-parse", f"{stable}^") == state["latest"]
    assert "PROP-8 | Songs by the Hour" in played.text(state["main"], "MILESTONES.main.md")
    assert "macOS Image" in played.text(state["main"], "MILESTONES.main.md")


def test_example_2_is_built_before_it_is_agreed(played: Played) -> None:
    before, state = played.states[:2]
    assert set(state) - set(before) == {"v0.3.0-stable"}
    made = state["v0.3.0-stable"]
    assert git(played.folder, "rev-parse", f"{made}^") == state["latest"]
    assert played.has(f"{made}~2", "wrenlog/rivers.py")
    assert "M7" not in played.text(f"{made}~2", LIVING)
    assert "| M7.1 | River Walks | `COMPLETE` |" in played.text(made, "MILESTONES.v0.3.0-stable.md")


def test_example_3_is_used_and_not_committed_to(played: Played) -> None:
    before, state = played.states[1:3]
    assert set(state) == set(before)
    assert played.has(state["latest"], "wrenlog/guess.py")
    assert played.text(state["latest"], LIVING) == played.text(before["main"], LIVING)
    intake = played.text(state["latest"], "MILESTONES.main.md")
    assert re.search(r"Guess the Song\n(?:.+\n|\n)+?\*\*Status\*\*: DEFERRED", intake)


def test_example_4_is_built_and_waits_for_a_sponsor(played: Played) -> None:
    before, state = played.states[2:4]
    assert set(state) - set(before) == {"v0.4.0-alpha"}
    made = state["v0.4.0-alpha"]
    waiting = git(played.folder, "log", "-1", "--format=%H", "--grep=image, built", made)
    assert played.has(waiting, "bundles/macos.py")
    assert re.search(r"\| B5 \| M8.1 \| .* \| Open \|", played.text(waiting, LIVING))
    assert re.search(
        r"\| B5 \| M8.1 \| .* \| Resolved \|", played.text(made, "MILESTONES.v0.4.0-alpha.md")
    )
    said = " ".join(played.said.split())
    assert "B5 is open: “No maintainer committed to the macOS image”." in said


def test_example_5_is_removed_and_no_promise_is_broken(played: Played) -> None:
    before, state = played.states[3:5]
    assert {name: sha for name, sha in state.items() if name[0] == "v"} == {
        name: sha for name, sha in before.items() if name[0] == "v"
    }
    assert played.has(f"{state['latest']}~1", "wrenlog/guess.py")
    assert not played.has(state["latest"], "wrenlog/guess.py")
    accepted, rejected = (
        re.search(r"### M10: .*\n\n\*\*Status\*\*: `(\w+)`", played.text(sha, LIVING))
        for sha in (f"{state['latest']}~1", state["latest"])
    )
    assert accepted is not None
    assert rejected is not None
    assert (accepted[1], rejected[1]) == ("ACCEPTED", "REJECTED")
    for name, sha in state.items():
        if name[0] == "v":
            assert "M10" not in played.text(sha, f"MILESTONES.{name}.md")


def test_the_audit_finds_nothing_wrong_with_what_the_examples_leave_behind(
    played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = clone(played.folder, tmp_path / "mine")
    assert cli.main(["audit", "--root", str(mine), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    # Two agreements went straight to stable, which is lawful and worth a note.
    assert [(each["rule"], each["severity"]) for each in found["findings"]] == [
        ("stage-skipped", "note")
    ] * 2


@pytest.mark.parametrize(
    ("attempt", "why"),
    [
        ("another word", "cut said go; no-go was expected"),
        ("a dry run that writes", "cut said go and changed something"),
        ("one more ref", "cut moved other refs than v0.5.0-alpha"),
        ("a branch that nobody cut", "nobody has cut refs/heads/v9.9.9-stable"),
        (
            "another document on main",
            "MILESTONES.v0.2.0-alpha.md is frozen, and main holds another",
        ),
        ("there and back", "v0.2.0-alpha is frozen, and it moved"),
        ("moved", "v0.2.0-alpha is frozen, and it moved"),
    ],
)
def test_what_the_examples_promise_is_held_against_git(
    played: Played, attempt: str, why: str
) -> None:
    assert why in played.caught[attempt]


def test_the_examples_are_the_same_in_every_run_and_fit_a_narrow_terminal(
    played: Played, tmp_path: Path
) -> None:
    assert max(map(len, played.said.splitlines())) <= 80
    out = io.StringIO()
    narrator = Narrator(out, width=80)
    play(tmp_path, None, keep=False, today=TODAY, narrator=narrator, acts=agreement.ACTS[:1])
    told, _, _ = out.getvalue().partition("\n #  act")
    assert "v0.2.0-stable " in told
    assert played.said.startswith(told)


def test_a_sample_that_says_otherwise_ends_the_rehearsal() -> None:
    assert agreement.edited("one two", ("two", "three")) == "one three"
    for text in ("one", "two two"):
        with pytest.raises(Unexpected, match="say otherwise than the act: 'two'"):
            agreement.edited(text, ("two", "three"))


# ---------------------------------------------------------------------------- releases

CHANNELS = {
    "preview": (30, True),
    "alpha": (90, True),
    "beta": (365, True),
    "stable": (None, False),
    "patch": (None, False),
}
"""The ceremony's own table: for how many days each channel keeps a release, and whether what it
has are prereleases."""


class Released(NamedTuple):
    """The releases of a small repository, as the sandbox had them after each act."""

    said: str
    states: tuple[dict[str, Release], ...]
    """By tag; drafts too."""
    refs: tuple[dict[str, str], ...]
    caught: dict[str, str]
    """What was said of each attempt to break what the acts promise."""

    def manifest(self, tag: str, state: int = 2) -> dict[str, Any]:
        """What a release says of itself."""
        (asset,) = (
            each for each in self.states[state][tag].assets if each.name == releases.MANIFEST
        )
        found = json.loads(asset.content)
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    folder = tmp_path_factory.mktemp("releases")
    project = repository(folder / "project")
    sha = commit(project, {"a.txt": "a"}, "first")
    git(project, "tag", f"preview-20260101-{sha[:7]}")
    git(project, "tag", "2.7.1-beta.3")
    states: list[dict[str, Release]] = []
    refs: list[dict[str, str]] = []
    caught: dict[str, str] = {}

    def looking(act: Act) -> Act:
        def both(stage: Stage) -> None:
            act.play(stage)
            states.append({each.tag: each for each in stage.project.releases.values()})
            refs.append(stage.project.refs())

        return act._replace(play=both)

    out = io.StringIO()
    acts = [
        *the(FIRST),
        *map(looking, releases.ACTS),
        Act("Broken", lambda stage: caught.update(undone(stage))),
    ]
    narrator = Narrator(out, width=80)
    (folder / "stage").mkdir()
    found = play(folder / "stage", project, keep=False, today=TODAY, narrator=narrator, acts=acts)
    assert found == 0, out.getvalue()
    return Released(out.getvalue(), tuple(states), tuple(refs), caught)


def undone(stage: Stage) -> dict[str, str]:  # noqa: PLR0915 -- one attempt after another
    """What is said of each attempt to break what the acts of releases promise."""
    project, shelf = stage.project, stage.shelf
    by_tag = {each.tag: each for each in project.releases.values()}
    stable, patch = by_tag["3.0.0-stable"], by_tag["v3.0.1-patch"]
    found: dict[str, str] = {}

    def caught(what: str, attempt: Callable[[], object]) -> None:
        with pytest.raises(Unexpected) as error:
            attempt()
        found[what] = str(error.value)

    def witnessed(what: str) -> None:
        caught(what, lambda: releases.witness(stage))

    def put(name: str, sha: str | None) -> None:
        project.set_ref(f"refs/{name}", sha)

    def again(verdict: Published) -> object:
        built = releases.build(stage, f"refs/heads/{stage.latest}")
        return releases.publishing_of(stage, built, verdict)

    def on(operation: str, call: Callable[[], object], kind: Kind = "call") -> None:
        stage.sandbox.faults.add(Fault(operation, kind, call=call))

    asset, content = stable.assets[0], stable.assets[0].content
    asset.content = b"others"
    witnessed("other bytes")
    asset.content, asset.state = content, "starter"
    witnessed("half a file")
    asset.state = "uploaded"
    del project.releases[stable.id]
    witnessed("a release is gone")
    project.releases[stable.id] = stable
    draft = Release(**vars(stable) | {"id": 1, "is_draft": True})
    project.releases[1] = draft
    witnessed("a draft is left")
    del project.releases[1]
    put("tags/3.0.0-stable", stage.main_sha)
    witnessed("a tag has moved")
    put("tags/3.0.0-stable", shelf.promises["3.0.0-stable"].commit)
    newest = project.ref("refs/tags/preview")
    put("tags/preview", shelf.promises["3.0.0-stable"].commit)
    witnessed("a channel shows an older one")
    put("tags/preview", newest)
    project.latest_release = stable.id
    witnessed("another latest")
    project.latest_release = patch.id
    releases.witness(stage)

    caught("another word", lambda: again(Published.PUBLISHED))
    on("*", lambda: put("heads/stray", stage.main_sha))
    caught("up to date, and it writes", lambda: again(Published.UP_TO_DATE))
    put("heads/stray", None)
    stage.later(days=1)
    stage.push("ida", "Another one", ci="success")
    agreement.carry(stage)
    again(Published.PUBLISHED)
    stage.later(days=60)
    older = next(tag for tag in shelf.there if tag.startswith("preview-"))
    promise = shelf.promises[older]
    shelf.promises[older] = promise._replace(days=99_999)
    caught("prune where nothing is due", lambda: releases.pruning_of(stage, plans=True))
    shelf.promises |= {older: promise, "3.0.0-beta": shelf.promises["3.0.0-beta"]._replace(days=1)}
    shelf.promises["newer"] = shelf.promises["3.0.0-beta"]._replace(at=promise.at)
    caught("prune where more is due", lambda: releases.pruning_of(stage, plans=True))
    del shelf.promises["newer"]
    on("repos/delete-release", lambda: put("heads/stray", stage.main_sha))
    caught("prune takes something else", lambda: releases.pruning_of(stage))
    shelf.removed.append(older)
    stage.push("ida", "One more", ci="success")
    agreement.carry(stage)
    on("repos/update-release", lambda: put("heads/another", stage.main_sha))
    caught("one more ref", lambda: again(Published.PUBLISHED))
    return found


def test_each_row_of_the_table_publishes_in_its_channel(released: Released) -> None:
    for tag, release in released.states[2].items():
        said = released.manifest(tag)
        days, is_prerelease = CHANNELS[said["channel"]]
        created = dt.datetime.fromisoformat(said["created-at"])
        ends = said["expires-at"] and dt.datetime.fromisoformat(said["expires-at"])
        assert (ends - created).days == days if days else ends is None
        assert (release.is_prerelease, release.is_draft) == (is_prerelease, False)
        assert len(release.assets) == 7
    channels = [released.manifest(tag)["channel"] for tag in released.states[2]]
    assert sorted(channels) == sorted([*CHANNELS, "preview"])
    tags = {ref.removeprefix("refs/tags/") for ref in released.refs[1]}
    assert {"3.0.0-alpha", "3.0.0-beta", "3.0.0-stable", "v3.0.1-patch"} <= tags
    assert tags >= CHANNELS.keys()


def test_what_outlived_its_promise_goes_and_nothing_else(released: Released) -> None:
    before, after = released.states[2:]
    first = min(before)
    assert first == "3.0.0-alpha"
    previews = sorted(tag for tag in before if tag.startswith("preview-"))
    assert before.keys() - after.keys() == {previews[0]}
    assert after.keys() - before.keys() == {releases.BY_HAND}
    gone = released.refs[2].keys() - released.refs[3].keys()
    earlier = next(tag for tag in released.refs[0] if "preview-20260101-" in tag)
    assert gone == {f"refs/tags/{previews[0]}", earlier}
    assert "1 tag of earlier previews left the copy" in released.said


@pytest.mark.parametrize(
    ("attempt", "why"),
    [
        ("other bytes", "the files of 3.0.0-stable have changed"),
        ("half a file", "the files of 3.0.0-stable have changed"),
        ("a release is gone", "3.0.0-stable should be there or should not"),
        ("a draft is left", "a draft of 3.0.0-stable was left"),
        ("a tag has moved", "the tag 3.0.0-stable has moved"),
        ("a channel shows an older one", "the tag preview does not show the newest"),
        ("another latest", "GitHub shows 3.0.0-stable as the latest, not v3.0.1-patch"),
        ("another word", "artifacts said up-to-date; published was expected"),
        ("up to date, and it writes", "artifacts said up-to-date and did something"),
        ("prune where nothing is due", "prune said planned; nothing was expected"),
        ("prune where more is due", "prune would take preview-"),
        ("prune takes something else", "prune took something else"),
        ("one more ref", "artifacts moved other refs than refs/tags/preview and"),
    ],
)
def test_what_the_releases_promise_is_held_against_the_record(
    released: Released, attempt: str, why: str
) -> None:
    assert why in released.caught[attempt]


def _row(*patterns: str) -> Place:
    wanted = tuple(Wanted(globs.parse(text), Missing.ERROR) for text in patterns)
    row = Row("latest", wanted, "preview", retention.parse("30 days"))
    return Place(row, Ref("refs/heads/latest", "latest", is_tag=False), None)


@pytest.mark.parametrize(
    ("patterns", "paths"),
    [
        pytest.param(["*.deb"], [releases.BUNDLES[1]], id="a bundle"),
        pytest.param(["*.deb", "*.d[de]b"], [releases.BUNDLES[1]], id="one for both"),
        pytest.param(["dist/**/*.{zip,tar}"], ["dist/wrenlog-1.zip"], id="folders and braces"),
        pytest.param(["**/a?[^a]/x-*"], ["a1b/x-wrenlog-1"], id="classes"),
        pytest.param(["out/**"], ["out/wrenlog-1"], id="all below"),
        pytest.param(["a{b{c,d},e}f"], ["abcf"], id="braces in braces"),
        pytest.param(["!*.zip", "*.zip"], ["wrenlog-1.zip"], id="the last one wins"),
    ],
)
def test_a_stand_in_is_what_its_pattern_means(patterns: list[str], paths: list[str]) -> None:
    assert releases.stand_ins(_row(*patterns)) == tuple(paths)


@pytest.mark.parametrize(
    ("patterns", "why"),
    [
        pytest.param(["*.deb", "!**/deb/**"], "no stand-in could be made", id="left out again"),
        pytest.param([r"a\{b"], "no stand-in could be made", id="a brace as such"),
        pytest.param(["*.pem"], "would be refused: .*looks like a credential", id="a credential"),
        pytest.param(["a", "a/b"], "a folder too", id="a file and a folder"),
        pytest.param([], "asks for no files", id="nothing"),
    ],
)
def test_what_has_no_stand_in_is_not_played(patterns: list[str], why: str) -> None:
    with pytest.raises(InputError, match=why):
        releases.stand_ins(_row(*patterns))


OWN_TABLE = """\
branches:
  latest: {artifacts: ["dist/**/*.zip", "!*.log"], channel: nightly, retention: 2 weeks}
  release/*: {channel: candidate, retention: 10 days}
  stable: {channel: lasting, retention: indefinite}
  old/*: {channel: lasting, retention: 10 days}
  old: {channel: lasting, retention: 10 days}
  v*-beta: {artifacts: ["*.pem"]}
  v*-stable: {channel: final}
  v*-pat*: {channel: fixes, retention: 10 days}
"""


def test_a_repository_with_its_own_table(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    commit(folder, {".github/ceremony.yml": OWN_TABLE, "a.txt": "a"}, "first")
    for name in ("stable", "old/next", "v1.0.0-alpha/old"):
        git(folder, "branch", name)
    titles = [act.title for act in releases.ACTS]
    said = rehearsed(tmp_path, folder, acts=the(FIRST, *titles))
    words = " ".join(said.split())
    assert_table(
        said,
        [
            row(1, FIRST, "promoted"),
            row(2, titles[0], "planned", "published", "up-to-date"),
            row(3, titles[1], "5 x published"),
            row(4, titles[2], "published"),
            row(5, titles[3], "planned", "pruned", "nothing"),
        ],
    )
    assert "1 file of `latest` in channel `nightly` as prerelease `nightly-20260301-" in words
    assert "kept 2 weeks, until 2026-03-15" in words
    made = "release/next, v2.0.0-stable, v2.0.0-pat2.0.0, v2.0.0-alpha"
    assert f"stand-ins for what the table names are made: {made}" in words
    assert "`stable` in channel `lasting` as prerelease `lasting-20260301-" in words
    assert "7 releases in 6 channels" in words
    for sentence in (
        "`v*-patch` was left out: `v*-pat*` comes first.",
        "`old/next` was left out: its channel has a release of that commit.",
        "`old` was left out: another branch or tag is in its way.",
        "`v2.0.0-beta` was left out: its stand-ins would be refused: ",
    ):
        assert words.count(sentence) == 1, sentence


# ---------------------------------------------------------------------------- other repositories


def rehearsed(tmp_path: Path, folder: Path, *, acts: Sequence[Act] = ACTS, status: int = 0) -> str:
    """What a rehearsal on a repository says."""
    out = io.StringIO()
    stage = tmp_path / "stage"
    stage.mkdir()
    found = play(stage, folder, keep=False, today=TODAY, narrator=Narrator(out), acts=acts)
    assert found == status, out.getvalue()
    return out.getvalue()


def the(*titles: str) -> list[Act]:
    """The acts of these titles."""
    found = [act for act in ACTS if act.title in titles]
    assert len(found) == len(titles)
    return found


FIRST = "The first promotion creates latest"
PUSHED = "Somebody pushed onto latest"
FIX = "A fix: latest goes to the newest green commit"


def test_a_shallow_clone_of_this_repository(tmp_path: Path) -> None:
    shallow = clone(ROOT, tmp_path / "shallow", "--depth=1")
    before = everything(shallow)
    said = rehearsed(tmp_path, shallow, acts=the(FIRST, PUSHED))
    assert everything(shallow) == before
    assert "It is a shallow clone" in said
    assert "as of today, 2026-03-01." in said.splitlines()[0] + " ".join(said.split())
    assert (
        "CI is played: it reports `test`, `lint` and `build`; name yours in `required-checks`."
        in said
    )
    assert_table(said, [row(1, FIRST, "promoted"), row(2, PUSHED, "diverged", "promoted")])


def test_what_a_shallow_clone_cannot_tell_is_left_out(project: Path, tmp_path: Path) -> None:
    commit(project, {"c.txt": "c"}, "third")
    shallow = clone(project, tmp_path / "shallow", "--depth=1", "--no-single-branch")
    said = rehearsed(tmp_path, shallow, acts=the(FIRST))
    assert "How `latest` joins `main` is cut off: it is left out." in said
    assert_table(said, [row(1, FIRST, "promoted")])


CONFIG = """\
# What we agreed on.
branches: {main: trunk, latest: stable}
promote:
  required-checks:
    - build (*)   # every system
    - name: lint
      app: some-linter
    - {name: ci/jenkins, app: "jenkins[bot]"}
    - {name: deploy, app: 4711}
  holds:
    - by: lark
      reason: "the ::set-output name=x::y is tried out"
    - {by: wren, reason: long over, until: 2026-01-01}
"""


def test_a_repository_with_its_own_names_checks_holds_and_a_diverged_latest(
    tmp_path: Path,
) -> None:
    folder = repository(tmp_path / "project")
    git(folder, "checkout", "-q", "-b", "trunk")
    commit(folder, {".github/ceremony.yml": CONFIG, "a.txt": "a"}, "first")
    git(folder, "checkout", "-q", "-b", "stable")
    title = "\x1b[2J##[set-output name=x]y \u202e::set-output name=verdict::promoted"
    commit(folder, {"stray.txt": "s"}, title)
    git(folder, "checkout", "-q", "trunk")
    commit(folder, {"b.txt": "b"}, "::warning::" + "x" * 500)
    git(folder, "tag", "stable")
    for name in ("$(id)", "-x", "0" * 40, "hêad", os.fsdecode(b"h\xffad")):
        git(folder, "update-ref", f"refs/heads/{name}", "HEAD")
    said = rehearsed(tmp_path, folder)
    words = " ".join(said.split())
    checks = "`build (linux)`, `lint`, `ci/jenkins` and `deploy`"
    assert f"CI is played: it reports {checks}, as `required-checks` has them." in words
    assert f"CI: {checks} succeeded" in words
    assert "Its configuration calls main `trunk`." in said
    assert "Its configuration calls latest `stable`." in said
    assert "It has no branch" not in said
    assert "Promote's input `main` has to be `trunk`" in said
    assert "notice: The hold by `wren` expired on 2026-01-01" in said
    assert not re.search(r"::set-output|##\[|::warning|[\x00-\x09\x0b-\x1f\u202e]", said)
    assert "\\x1b[2J" in said
    assert agreement.SKIPPED in words
    expected = [entry.split("  ", 1)[1] for entry in SAMPLE[1:]]
    assert_table(
        said,
        [
            row(1, "latest has diverged already", "diverged", "held"),
            row(2, "latest is held already", "held", "promoted"),
            *(f"{number:2}  {entry}" for number, entry in enumerate(expected, 3)),
            row(13, "Every stage in its own channel", "3 x published"),
            row(14, "Time passes, and prune keeps the promises", "2 x nothing"),
        ],
    )
    assert "`stable` was left out: branch 'stable' has a name that a channel needs" in words
    assert "`v1.0.0-stable` was left out: the channel of 'v*-stable' must not be a" in words


def test_a_repository_that_holds_latest(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    text = "promote:\n  holds:\n    - {by: lark, reason: tried out, until: 2026-03-01}\n"
    commit(folder, {".github/ceremony.yml": text})
    git(folder, "branch", "latest")
    said = rehearsed(tmp_path, folder, acts=the("latest is held already", FIX))
    assert_table(
        said, [row(1, "latest is held already", "held", "promoted"), row(2, FIX, "promoted")]
    )
    assert "held by `lark` until 2026-03-01: tried out" in " ".join(said.split())


def test_a_repository_whose_latest_is_behind(project: Path, tmp_path: Path) -> None:
    said = rehearsed(tmp_path, project, acts=the("latest is behind already", FIRST))
    assert_table(said, [row(1, "latest is behind already", "promoted")])
    assert "`latest` moved 2 commits forward" in said


def test_a_repository_without_main_is_played_on_its_default_branch(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    git(folder, "checkout", "-q", "-b", "trunk")
    commit(folder, {"a.txt": "a"})
    said = rehearsed(tmp_path, folder, acts=the(FIRST))
    assert "It has no branch `main`: the branch that is checked out, `trunk`, plays it." in said
    assert "Promote's input `main` has to be `trunk`" in said
    assert "to trunk (" in said
    assert_table(said, [row(1, FIRST, "promoted")])


def test_a_latest_with_a_history_of_its_own_is_not_forced(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    commit(folder, {"a.txt": "a"})
    git(folder, "checkout", "-q", "--orphan", "latest")
    commit(folder, {"a.txt": "another"})
    said = rehearsed(tmp_path, folder, acts=the("latest has diverged already", FIX))
    assert_table(
        said,
        [row(1, "latest has diverged already", "diverged", "promoted"), row(2, FIX, "promoted")],
    )


def test_a_latest_that_is_ahead_comes_back(project: Path, tmp_path: Path) -> None:
    git(project, "checkout", "-q", "-B", "latest", "main")
    commit(project, {"c.txt": "c"}, "Only here")
    said = rehearsed(tmp_path, project, acts=the("latest has diverged already"))
    assert_table(said, [row(1, "latest has diverged already", "diverged", "promoted")])
    assert "only on main: nothing" in said
    assert "only on latest: " in said


def test_where_both_changed_the_same_mains_side_stays(project: Path, tmp_path: Path) -> None:
    commit(project, {"a.txt": "main's"})
    git(project, "checkout", "-q", "latest")
    commit(project, {"a.txt": "latest's"})
    found: list[str] = []

    def look(stage: Stage) -> None:
        found.append(git(stage.project.path, "show", "latest:a.txt"))

    rehearsed(tmp_path, project, acts=[*the("latest has diverged already"), Act("Look", look)])
    assert found == ["main's"]


def test_a_merge_keeps_what_both_sides_have(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    commit(folder, {"a.txt": "a", "run.sh": "#!/bin/sh\n"})
    git(folder, "checkout", "-q", "-b", "latest")
    commit(folder, {"stray.txt": "s"})
    git(folder, "checkout", "-q", "main")
    commit(folder, {"b.txt": "b"})
    found: list[str] = []

    def look(stage: Stage) -> None:
        found.extend(git(stage.project.path, "ls-tree", "--name-only", "latest").split())

    acts = [*the("latest has diverged already"), Act("Look", look)]
    rehearsed(tmp_path, folder, acts=acts)
    assert found == ["a.txt", "b.txt", "run.sh", "stray.txt"]


def test_a_configuration_with_an_error_is_shown_as_promote_would_show_it(
    project: Path, tmp_path: Path
) -> None:
    commit(project, {".github/ceremony.yml": "branches:\n  man: main\n"})
    with pytest.raises(InputError, match=r"^\.github/ceremony\.yml:2: .*'man'.*main"):
        rehearsed(tmp_path, project)


def test_a_configuration_that_is_a_link_is_not_followed(project: Path, tmp_path: Path) -> None:
    (project / ".github").mkdir()
    (project / ".github" / "ceremony.yml").symlink_to("/etc/passwd")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "link")
    with pytest.raises(InputError, match=r"\.github/ceremony\.yml: is a link"):
        rehearsed(tmp_path, project)


def test_a_branch_in_the_way_ends_the_rehearsal_with_what_promote_says(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    commit(folder, {"a.txt": "a"})
    git(folder, "branch", "latest/old")
    said = rehearsed(tmp_path, folder, status=1)
    assert "Act 1 did not come out as the ceremony says: promote said refused" in said
    assert "there is a branch `latest/old`" in " ".join(said.split())
    assert_table(said, [rf" 1  {FIRST} +refused +-"])


# ---------------------------------------------------------------------------- what is proven


def _unproven(stage: Stage) -> None:
    stage.project.set_ref("refs/heads/latest", stage.push("ida", "Unproven", ci="failure"))
    promotion.run(stage)


def _aside(stage: Stage) -> None:
    stage.project.set_ref("refs/heads/topic", stage.main_sha)
    sha = stage.push("ida", "Aside", branch="topic", ci="success")
    stage.project.set_ref("refs/heads/latest", sha)
    promotion.run(stage)


def _more(stage: Stage) -> None:
    stage.push("ida", "Proven", ci="success")
    stage.sandbox.faults.add(Fault("Move", "call", call=lambda: stage.sandbox.happened("Other")))
    promotion.run(stage)


def _unlogged(stage: Stage) -> None:
    promotion.expect(stage, Verdict.WAITING)
    stage.push("ida", "Proven", ci="success")
    promotion.run(stage)
    git(stage.project.path, "config", "core.logAllRefUpdates", "false")
    log = stage.project.path / "logs" / "refs" / "heads" / "latest"
    first = log.read_text()
    stage.push("ida", "Proven too", ci="success")
    stage.sandbox.faults.add(Fault("Move", "after-call", call=lambda: log.write_text(first)))
    promotion.run(stage)


def _rewound(stage: Stage) -> None:
    first = stage.push("ida", "One", ci="success")
    second = stage.push("ida", "Two", ci="success")
    for sha in (second, first):
        stage.project.set_ref("refs/heads/latest", sha)
    promotion.run(stage)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        pytest.param(_unproven, "which CI has not proven", id="not green"),
        pytest.param(_aside, "which is no commit of main", id="not on main"),
        pytest.param(_rewound, "not forward", id="backwards"),
        pytest.param(_unlogged, "does not end where latest is", id="not in the log"),
        pytest.param(_more, "changed something else than latest", id="something else"),
    ],
)
def test_a_move_that_breaks_the_promise_is_found(tmp_path: Path, wrong: object, why: str) -> None:
    folder = repository(tmp_path / "project")
    commit(folder, {"a.txt": "a"})
    assert callable(wrong)
    said = rehearsed(tmp_path, folder, acts=[Act("Wrong", wrong)], status=1)
    assert why in " ".join(said.split())
    assert "Shown" not in said


def test_what_github_does_not_describe_fails_the_rehearsal(tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    commit(folder, {"a.txt": "a"})

    def break_it(stage: Stage) -> None:
        stage.sandbox.violations.append("GET /nonsense: not described")

    with pytest.raises(ContractBroken, match="nonsense"):
        rehearsed(tmp_path, folder, acts=[Act("Broken", break_it)])


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("test", "test"),
        ("build (*)", "build (linux)"),
        ("*", "linux"),
        ("py3.1?", "py3.11"),
        ("[ab]*-x", "alinux-x"),
        ("[!a-z]?", "A1"),
        ("[]]*", "]linux"),
        ("a[b*", "a[blinux"),
        ("[!\x00-\U0010ffff]*", "[!\x00-\U0010ffff]*"),
        ("test [ubuntu]", "test [ubuntu]"),
    ],
)
def test_a_name_is_made_of_a_pattern(pattern: str, name: str) -> None:
    made = concrete(Required(pattern, "an-app"))
    assert matches(pattern, made.name)
    assert made == Required(name, "an-app")


def test_a_hold_is_written_beside_what_is_there() -> None:
    until = dt.date(2026, 3, 8)
    held = promotion.with_hold(CONFIG.encode(), "nkem", "why: not", until)
    assert b"# What we agreed on." in held
    assert b"# every system" in held
    found = configuration.read(held).promotion
    before = configuration.read(CONFIG.encode()).promotion
    assert found.holds[:2] == before.holds
    assert (found.holds[2].by, found.holds[2].reason, found.holds[2].until) == (
        "nkem",
        "why: not",
        until,
    )
    free = configuration.read(promotion.without_holds(held)).promotion
    assert (free.holds, free.required) == ((), before.required)


@pytest.mark.parametrize("empty", [None, b"", b"# nothing yet\n", b"promote:\n"])
def test_a_hold_is_written_where_nothing_is(empty: bytes | None) -> None:
    held = promotion.with_hold(empty, "nkem", "why", TODAY)
    assert [hold.by for hold in configuration.read(held).promotion.holds] == ["nkem"]
    assert configuration.read(promotion.without_holds(empty)).promotion.holds == ()


def test_what_a_terminal_is_shown_has_colours_and_says_the_same(
    project: Path, tmp_path: Path
) -> None:
    git(project, "branch", "-D", "latest")
    said = []
    for coloured in (False, True):
        out = io.StringIO()
        folder = tmp_path / f"coloured-{coloured}"
        folder.mkdir()
        narrator = Narrator(out, coloured=coloured)
        play(folder, project, keep=False, today=TODAY, narrator=narrator, acts=the(FIRST))
        said.append(out.getvalue())
    plain, painted = said
    assert "promote -> \x1b[32mpromoted\x1b[0m. " in painted
    assert re.sub(r"\x1b\[[0-9]+m", "", painted) == plain


def test_lines_are_as_wide_as_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, expected in (("20", 80), ("80", 80), ("90", 90), ("300", 100)):
        monkeypatch.setenv("COLUMNS", columns)
        assert width() == expected
    out = io.StringIO()
    play(
        tmp_path, None, keep=False, today=TODAY, narrator=Narrator(out, width=80),
        acts=the(FIRST, "CI still runs: latest waits", "latest is protected"),
    )  # fmt: skip
    assert max(map(len, out.getvalue().splitlines())) <= 80
    assert "\n   promote -> waiting. `latest` stays at" in out.getvalue()


def test_a_long_command_is_broken_as_a_shell_allows() -> None:
    out = io.StringIO()
    words = ["echo", *("'" + letter * 30 + "'" for letter in "abcd")]
    Narrator(out, width=80).command(words)
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= 80
    done = subprocess.run(
        ["/bin/sh", "-c", out.getvalue()], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [letter * 30 for letter in "abcd"]


def test_a_copy_of_ceremony_without_the_sample_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "SAMPLE", tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"the sample project is not here.*--repo PATH"):
        run(Inputs(), Context(workspace=tmp_path, today=TODAY, out=io.StringIO()))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(["--repo", "nowhere"], "there is no folder", id="no folder"),
        pytest.param(["--repo", ""], "`--repo` is empty", id="empty"),
        pytest.param(["--repo="], "`--repo` is empty", id="empty too"),
        pytest.param(["--repo", "."], "cannot be read", id="no repository"),
        pytest.param(["--rep", "."], "no option `--rep`", id="no such option"),
    ],
)
def test_a_bad_input_ends_with_2_and_what_to_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert cli.main(["rehearse", *options]) == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert said in errors


# ---------------------------------------------------------------------------- what is left


def shell(kept: Kept, command: str) -> str:
    """Run a command as somebody would who copies it."""
    environment = {name: os.environ[name] for name in ("PATH",)} | {
        "HOME": str(kept.folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{role}_{part}": "lark" for role in ("AUTHOR", "COMMITTER") for part in NAMES},
        "PYTHONPATH": str(ROOT / "src"),
    }
    ours = shlex.join([sys.executable, "-W", "ignore", "-c", PROGRAM])
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("bin/ceremony", ours)],
        capture_output=True, text=True, check=False, cwd=kept.folder, env=environment,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


NAMES = ("NAME", "EMAIL")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_keep_leaves_something_to_look_at_and_to_play_with(kept: Kept) -> None:
    (promoting, asking, cutting, pruning, cloning, committing, pushing, reporting) = kept.commands
    said = " ".join(shell(kept, promoting).split())
    assert re.search(
        r"dry run: `latest` would move 1 commit forward to \w{7} \(`Draw the map at night`\)", said
    )
    assert "`Check` failed" in said
    assert '"refs/heads/latest"' in shell(kept, asking)
    assert "cut: go: `v0.5.0-alpha` may be cut" in shell(kept, cutting)
    assert "made-by-hand" in shell(kept, pruning)
    for command in (cloning, committing, pushing):
        shell(kept, command)
    mine = git(kept.folder / "app", "rev-parse", "HEAD")
    assert '"state": "success"' in shell(kept, reporting)
    said = shell(kept, promoting)
    assert f"would move 3 commits forward to {mine[:7]} (`Mine`)" in said
    # All acts together leave a project whose documents, branches and tags tell one story.
    audit = json.loads(shell(kept, "bin/ceremony audit --root app --format json"))
    assert {each["severity"] for each in audit["findings"]} == {"note"}


def test_ctrl_c_ends_what_was_kept_and_leaves_nothing(kept: Kept) -> None:
    kept.process.send_signal(signal.SIGINT)
    assert kept.process.wait(timeout=30) == 0
    assert kept.process.stderr is not None
    assert kept.process.stderr.read() == ""
    assert list((kept.folder / "temporary").iterdir()) == []


def test_nothing_is_left_when_it_is_ended_in_the_middle(tmp_path: Path) -> None:
    statuses = {
        signal.SIGTERM: 143,
        signal.SIGHUP: 129,
        signal.SIGINT: -signal.SIGINT,
    }
    for number, status in statuses.items():
        folder = tmp_path / number.name
        folder.mkdir()
        with program(folder, "rehearse") as process:
            until(process, "1. The first promotion")
            temporary = folder / "temporary"
            assert len(list(temporary.iterdir())) == 1
            process.send_signal(number)
            assert process.wait(timeout=60) == status
            assert list(temporary.iterdir()) == []


def test_nothing_is_left_after_an_error(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    commit(project, {".github/ceremony.yml": "x: 1\n"})
    with pytest.raises(InputError):
        run(Inputs(repo=project.name), Context(workspace=tmp_path, today=TODAY, out=io.StringIO()))
    assert list((tmp_path / "temporary").iterdir()) == []
