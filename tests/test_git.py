"""Local git, read-only: the right base or a clear no, and nothing of the checkout ever runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony.actions.audit import Context, Inputs, audit
from ceremony.git import GitError, Repository, base_of
from ceremony.model import InputError
from ceremony.workspace import Unreadable
from tests.support.repositories import clone, commit, git, repository

CANARY = "ghs_canary4f1bnevertobeshown"
LATEST = "# MILESTONES - Latest\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """main: a, b; feature: from a, with c."""
    folder = repository(tmp_path / "project")
    commit(folder, {"MILESTONES.latest.md": LATEST}, "a")
    git(folder, "tag", "first")
    git(folder, "checkout", "-q", "-b", "feature")
    commit(folder, {"feature.md": "c"}, "c")
    git(folder, "checkout", "-q", "main")
    commit(folder, {"main.md": "b"}, "b")
    return folder


def sha(folder: Path, name: str) -> str:
    return git(folder, "rev-parse", name)


# ---------------------------------------------------------------------------- the base


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("main", "first", id="a branch that moved on"),
        pytest.param("first", "first", id="a tag"),
        pytest.param("feature", "feature", id="itself"),
        pytest.param("refs/heads/main", "first", id="a full ref"),
        pytest.param("HEAD", "feature", id="HEAD"),
    ],
)
def test_base_of_a_feature_branch(project: Path, name: str, expected: str) -> None:
    git(project, "checkout", "-q", "feature")
    found = base_of(project, name)
    assert (found.sha, found.prefix) == (sha(project, expected), "")


def test_base_by_commit(project: Path) -> None:
    git(project, "checkout", "-q", "feature")
    assert base_of(project, sha(project, "main")).sha == sha(project, "first")
    assert base_of(project, sha(project, "main")[:12]).sha == sha(project, "first")


def test_a_branch_comes_before_a_tag_and_before_what_looks_like_a_commit(project: Path) -> None:
    git(project, "tag", "main", "feature")
    short = sha(project, "feature")[:8]
    git(project, "branch", short, "first")
    git(project, "checkout", "-q", "feature")
    assert base_of(project, "main").sha == sha(project, "first")
    assert base_of(project, short).sha == sha(project, "first")


def test_a_tree_that_cannot_be_read_is_not_taken_for_an_empty_one(project: Path) -> None:
    files = Repository(project).tree(sha(project, "main"), "")
    shutil.rmtree(project / ".git" / "objects")
    with pytest.raises(GitError):
        files.names("")


def test_base_by_an_annotated_tag(project: Path) -> None:
    git(project, "tag", "-a", "-m", "x", "annotated", "first")
    git(project, "checkout", "-q", "feature")
    assert base_of(project, "annotated").sha == sha(project, "first")


def test_base_of_a_feature_that_merged_main(project: Path) -> None:
    git(project, "checkout", "-q", "feature")
    git(project, "merge", "-q", "-m", "merge", "main")
    commit(project, {"d.md": "d"})
    assert base_of(project, "main").sha == sha(project, "main")


def pull_request(project: Path) -> str:
    """Check out what GitHub would: a merge of the feature into main. Returns the feature's tip."""
    git(project, "checkout", "-q", "--detach", "main")
    git(project, "merge", "-q", "--no-ff", "-m", "merge", "feature")
    return sha(project, "feature")


def test_base_of_a_pull_requests_merge_is_its_first_parent(project: Path) -> None:
    head = pull_request(project)
    merged_into = sha(project, "main")
    git(project, "branch", "-f", "moved", "main")
    git(
        project,
        "update-ref",
        "refs/heads/main",
        git(project, "commit-tree", "main^{tree}", "-p", "main", "-m", "e"),
    )
    assert sha(project, "main") != merged_into
    assert base_of(project, "main", head=head).sha == merged_into


def test_a_merge_of_something_else_is_an_ordinary_commit(project: Path) -> None:
    pull_request(project)
    assert base_of(project, "first", head=sha(project, "first")).sha == sha(project, "first")


def test_base_in_a_folder_of_the_repository(project: Path) -> None:
    commit(project, {"docs/deep/MILESTONES.latest.md": LATEST})
    found = base_of(project / "docs" / "deep", "main")
    assert found.prefix == "docs/deep/"
    files = Repository(project).tree(found.sha, found.prefix)
    assert files.names("") == {"MILESTONES.latest.md": "file"}
    assert files.read("MILESTONES.latest.md") == LATEST.encode()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_threat_31_a_shallow_clone_of_a_pull_request(
    project: Path, tmp_path: Path, depth: int
) -> None:
    head = pull_request(project)
    git(project, "branch", "pull")
    shallow = clone(
        project, tmp_path / "clone", f"--depth={depth}", "--branch=pull", "--single-branch"
    )
    if depth == 1:
        with pytest.raises(InputError, match=r"fetch-depth: 0.*2 is enough for a pull request"):
            base_of(shallow, "main", head=head)
    else:
        assert base_of(shallow, "main", head=head).sha == sha(project, "main")


def test_threat_31_a_shallow_clone_without_the_base_says_so(project: Path, tmp_path: Path) -> None:
    shallow = clone(project, tmp_path / "clone", "--depth=1", "--branch=feature")
    with pytest.raises(InputError, match=r"'main' is not in this clone.*fetch-depth: 0"):
        base_of(shallow, "main")


def test_threat_31_a_shallow_clone_with_both_tips_says_so(project: Path, tmp_path: Path) -> None:
    shallow = clone(
        project, tmp_path / "clone", "--depth=1", "--branch=feature", "--no-single-branch"
    )
    with pytest.raises(InputError, match=r"history is cut off here.*fetch-depth: 0"):
        base_of(shallow, "main")


def test_threat_31_a_cut_that_may_hide_a_nearer_base_says_so(tmp_path: Path) -> None:
    """feature merged main's y, and the clone reaches x by one way but not y by the other."""
    folder = repository(tmp_path / "project")
    for name in "abc":
        commit(folder, {"x.md": name}, name)
    git(folder, "checkout", "-q", "-b", "feature")
    commit(folder, {"f.md": "f"}, "f")
    git(folder, "checkout", "-q", "main")
    commit(folder, {"x.md": "d"}, "d")
    shallow = clone(
        folder, tmp_path / "clone", "--depth=2", "--branch=feature", "--no-single-branch"
    )
    with pytest.raises(InputError, match=r"cannot be told in a shallow clone.*fetch-depth: 0"):
        base_of(shallow, "main")


def test_threat_31_an_ancestor_that_is_there_is_right_in_a_shallow_clone(
    project: Path, tmp_path: Path
) -> None:
    shallow = clone(project, tmp_path / "clone", "--depth=2", "--branch=main")
    assert base_of(shallow, sha(project, "first")).sha == sha(project, "first")


def test_the_base_is_looked_for_on_origin_too(project: Path, tmp_path: Path) -> None:
    full = clone(project, tmp_path / "clone", "--branch=feature")
    assert base_of(full, "main").sha == sha(project, "first")


def test_branches_without_a_common_commit(project: Path) -> None:
    git(project, "checkout", "-q", "--orphan", "alone")
    commit(project, {"z.md": "z"})
    with pytest.raises(InputError, match="they share no history"):
        base_of(project, "main")


def test_no_commit_yet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no commit yet"):
        base_of(repository(tmp_path / "empty"), "main")


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    with pytest.raises(InputError, match=r"not a git repository.*`base` needs a git checkout"):
        base_of(tmp_path, "main")


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git is not installed"):
        base_of(tmp_path, "main")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in PATH")
def test_a_git_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("ceremony.git._DEADLINE", 0.2)
    with pytest.raises(InputError, match="git took over"):
        base_of(tmp_path, "main")


# ---------------------------------------------------------------------------- a commit's files


def test_a_commits_files_are_its_blobs(project: Path) -> None:
    commit(
        project, {"a.md": "x\n", "docs/ü.md": "y", ".gitattributes": "*.md text eol=crlf ident\n"}
    )
    (project / "a.md").write_bytes(b"changed")
    files = Repository(project).tree("HEAD", "")
    assert files.names("docs") == {"ü.md": "file"}
    assert files.names("")["docs"] == "folder"
    assert files.names("nowhere") == {}
    assert files.read("a.md") == b"x\n"
    assert len(files.read("docs/ü.md", 0)) == 1
    with pytest.raises(FileNotFoundError):
        files.read("b.md")
    with pytest.raises(Unreadable):
        files.read("docs")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_threat_12_a_link_in_a_commit_is_not_read(project: Path) -> None:
    (project / "GOVERNANCE.md").symlink_to("/proc/self/environ")
    commit(project, {})
    files = Repository(project).tree("HEAD", "")
    assert files.names("")["GOVERNANCE.md"] == "other"
    with pytest.raises(Unreadable, match="is a link or a special file"):
        files.read("GOVERNANCE.md")


def test_what_git_says_when_it_fails_is_kept(project: Path) -> None:
    with pytest.raises(GitError, match="Not a valid object name nowhere"):
        Repository(project).run("cat-file", "commit", "nowhere")
    with pytest.raises(GitError, match="ended with status 1"):
        Repository(project).run("merge-base", "--is-ancestor", "main", "feature")


# ---------------------------------------------------------------------------- hostile refs


HOSTILE = [
    "--upload-pack=touch pwn",
    "--upload-pack=touch pwn;git-upload-pack",
    "-x",
    "--help",
    "-",
    "HEAD@{1}",
    "@{-1}",
    "@",
    "a..b",
    "main...first",
    "$(touch pwn)",
    "`touch pwn`",
    "a;touch pwn",
    "main\n--all",
    "main^{/a}",
    ":/a",
    "main~1",
    "main:MILESTONES.latest.md",
    "^main",
    "main v1",
    "",
    "..",
    "ext::touch pwn",
    "--end-of-options",
    "\u202emain",
    "\uff4dain",
    "a" * 300,
    "main\x00",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_threat_25_a_hostile_ref_is_no_base(
    project: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(InputError, match="is not in this clone"):
        base_of(project, name)
    assert not list(project.glob("pwn*"))
    assert Repository(project).commit(name) is None


def test_threat_26_a_branch_that_looks_like_an_option_is_not_taken(project: Path) -> None:
    git(project, "update-ref", "refs/heads/-x", "main")
    git(project, "update-ref", "refs/heads/$(id)", "main")
    for name in ("-x", "$(id)"):
        assert Repository(project).commit(name) is None


# ---------------------------------------------------------------------------- hostile checkouts


def _audit(root: Path, base: str = "first") -> str:
    context = Context(workspace=root, today=dt.date(2026, 1, 2))
    return repr(audit(Inputs(base=base), context))


@pytest.fixture
def trap(tmp_path: Path) -> str:
    """A command that leaves a file, and so tells that it was run."""
    return f"touch {(tmp_path / 'PWN').as_posix()}"


def test_threat_11_settings_and_hooks_of_the_checkout_run_nothing(
    project: Path, tmp_path: Path, trap: str
) -> None:
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        hook = project / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{trap}\n")
        hook.chmod(0o755)
    (project / ".gitattributes").write_text("*.md diff=x filter=x merge=x\n")
    settings = {
        "core.fsmonitor": trap,
        "core.pager": trap,
        "core.sshCommand": trap,
        "core.editor": trap,
        "core.hooksPath": str(project / ".git" / "hooks"),
        "diff.external": trap,
        "diff.x.textconv": trap,
        "diff.x.command": trap,
        "filter.x.smudge": trap,
        "filter.x.clean": trap,
        "filter.x.process": trap,
        "alias.rev-parse": f"!{trap}",
        "alias.cat-file": f"!{trap}",
        "alias.merge-base": f"!{trap}",
        "alias.ls-tree": f"!{trap}",
        "uploadpack.packObjectsHook": trap,
        "credential.helper": f"!{trap}",
        "gpg.program": trap,
        "log.showSignature": "true",
        "core.gitProxy": trap,
        "pager.rev-parse": trap,
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::sh -c '{trap}'",
        "remote.origin.uploadpack": trap,
        "protocol.ext.allow": "always",
    }
    for key, value in settings.items():
        git(project, "config", key, value)
    git(project, "config", "--unset", "core.fsmonitor")  # what git itself would run in this test
    commit_all = (
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "filter.x.clean=cat",
        "-c",
        "filter.x.process=",
    )
    git(project, *commit_all, "add", "-A")
    git(project, *commit_all, "commit", "-q", "-m", "hostile")
    git(project, "config", "core.fsmonitor", trap)
    (tmp_path / "PWN").unlink(missing_ok=True)
    _audit(project)
    with pytest.raises(InputError):
        _audit(project, "0" * 40)
    assert not (tmp_path / "PWN").exists()


def test_threat_11_an_embedded_bare_repository_runs_nothing(tmp_path: Path, trap: str) -> None:
    outer = repository(tmp_path / "outer")
    bare = outer / "docs"
    bare.mkdir()
    git(bare, "init", "-q", "--bare", ".")
    git(bare, "config", "core.bare", "false")
    git(bare, "config", "core.worktree", str(outer))
    git(bare, "config", "core.fsmonitor", trap)
    for name in ("objects", "refs"):
        (bare / name).mkdir(exist_ok=True)
        (bare / name / ".keep").touch()
    (bare / "MILESTONES.latest.md").write_text(LATEST)
    with pytest.raises(InputError):
        base_of(bare, "main")
    assert not (tmp_path / "PWN").exists()


def test_threat_11_git_asks_the_network_for_nothing(
    project: Path, tmp_path: Path, trap: str
) -> None:
    git(project, "config", "remote.origin.url", f"ext::{trap}")
    git(project, "config", "remote.origin.promisor", "true")
    git(project, "config", "remote.origin.partialclonefilter", "blob:none")
    git(project, "config", "protocol.ext.allow", "always")
    blob = sha(project, "first:MILESTONES.latest.md")
    (project / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "cat-file", "blob", blob)
    (tmp_path / "PWN").unlink()  # the trap works
    with pytest.raises(GitError):
        Repository(project).tree("first", "").read("MILESTONES.latest.md")
    assert not (tmp_path / "PWN").exists()


def test_threat_25_environment_of_the_caller_does_not_lead_git(
    project: Path, tmp_path: Path, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", trap)
    monkeypatch.setenv("GIT_SSH_COMMAND", trap)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", trap)
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    git(project, "checkout", "-q", "feature")
    assert base_of(project, "main").sha == sha(project, "first")
    assert not (tmp_path / "PWN").exists()


# ---------------------------------------------------------------------------- row 51


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in PATH")
def test_threat_51_the_token_is_neither_argument_nor_output(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.run(
        ["which", "git"], check=True, capture_output=True, text=True
    ).stdout.strip()
    seen = tmp_path / "arguments"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {seen}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    git(project, "checkout", "-q", "feature")
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "INPUT_TOKEN", "ACTIONS_RUNTIME_TOKEN"):
        monkeypatch.setenv(name, CANARY)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    shown = [_audit(project, "main")]
    for name in ("nowhere", "-x", "first..main"):
        with pytest.raises(InputError) as caught:
            _audit(project, name)
        shown.append(repr(caught.value))
    assert "merge-base" in seen.read_text()
    for words in (*shown, seen.read_text(), (project / ".git" / "config").read_text()):
        assert CANARY not in words


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="a run"),
        pytest.param(["--base=nowhere"], id="bad input"),
        pytest.param(["--format=json"], id="json"),
        pytest.param(["--config=no.yml"], id="no configuration"),
        pytest.param(["--no-such-option"], id="an unknown option"),
        pytest.param(["--root=nowhere", "--debug"], id="debug"),
    ],
)
def test_threat_51_the_token_is_absent_after_each_fault(
    project: Path, arguments: list[str]
) -> None:
    source = Path(__file__).parent.parent / "src"
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from ceremony.cli import main; "
    start += "sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", start, str(source), "audit", *arguments],
        cwd=project,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "GITHUB_TOKEN": CANARY, "INPUT_TOKEN": CANARY},
    )
    assert CANARY not in done.stdout + done.stderr
    assert done.returncode in {0, 1, 2}
    if arguments == ["--format=json"]:
        assert json.loads(done.stdout)["part"] == "audit"
