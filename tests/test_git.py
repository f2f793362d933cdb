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


# ---------------------------------------------------------------------------- history


FROZEN = "MILESTONES.v1.0.0-alpha.md"
SPECS = [":(glob)MILESTONES.v*.md", ":(literal)MILESTONES.latest.md"]


def told(folder: Path, *tips: str, without: tuple[str, ...] = ()) -> list[tuple[str, str, bool]]:
    """The changes newest first: path, what became of it, and whether it was a merge."""
    words = {(False, True): "brought", (True, True): "changed", (True, False): "removed"}
    return [
        (change.path, words[bool(change.old), bool(change.new)], len(change.parents) > 1)
        for change in Repository(folder).changes(tips or ("HEAD",), SPECS, without=without)
    ]


def test_where_a_commit_stands(project: Path, tmp_path: Path) -> None:
    where = Repository(project).where("HEAD")
    first = sha(project, "first")
    assert where == ("", False, sha(project, "main"), (first,))
    assert Repository(project).where(first).parents == ()
    (project / "docs").mkdir()
    assert Repository(project / "docs").where("HEAD").prefix == "docs/"
    shallow = clone(project, tmp_path / "clone", "--depth=1")
    assert Repository(shallow).where("HEAD")[1:] == (True, sha(project, "main"), ())
    with pytest.raises(GitError, match="unknown revision"):
        Repository(repository(tmp_path / "empty")).where("HEAD")


@pytest.mark.skipif(sys.platform == "win32", reason="no such names on Windows")
def test_a_folder_with_a_line_break_in_its_name_is_no_place(project: Path) -> None:
    (project / "a\nb").mkdir()
    with pytest.raises(GitError, match="holds a line break"):
        Repository(project / "a\nb").where("HEAD")


def test_changes_are_those_of_every_commit_newest_first(project: Path) -> None:
    commit(project, {FROZEN: "1", "other.md": "x"}, date="2026-02-03T00:30:00+09:00", author="w r")
    commit(project, {FROZEN: "2"})
    commit(project, {FROZEN: None, "MILESTONES.v2.0.0-alpha.md": "2"})
    assert told(project) == [
        (FROZEN, "removed", False),
        ("MILESTONES.v2.0.0-alpha.md", "brought", False),
        (FROZEN, "changed", False),
        (FROZEN, "brought", False),
        ("MILESTONES.latest.md", "brought", False),
    ]
    change = Repository(project).changes(["HEAD"], SPECS)[3]
    assert (change.date, change.author, change.mode) == (dt.date(2026, 2, 3), "w r", "100644")
    assert change.parents == (sha(project, "HEAD~3"),)
    assert change.new == sha(project, f"HEAD~2:{FROZEN}")
    assert told(project, "HEAD", without=(sha(project, "HEAD~1"),)) == [
        (FROZEN, "removed", False),
        ("MILESTONES.v2.0.0-alpha.md", "brought", False),
    ]


def test_a_merge_is_compared_with_its_first_parent(project: Path) -> None:
    git(project, "checkout", "-q", "feature")
    commit(project, {FROZEN: "1"})
    git(project, "checkout", "-q", "main")
    git(project, "merge", "-q", "-m", "m", "feature")
    assert told(project)[:2] == [(FROZEN, "brought", True), (FROZEN, "brought", False)]
    git(project, "merge", "-q", "-s", "ours", "-m", "m", "--allow-unrelated-histories", "first")
    git(project, "checkout", "-q", "-b", "side", "first")
    commit(project, {"x.md": "x"})
    git(project, "checkout", "-q", "main")
    git(project, "merge", "-q", "--no-commit", "--no-ff", "side")
    commit(project, {FROZEN: "smuggled"})
    assert told(project)[0] == (FROZEN, "changed", True)


def test_paths_are_from_the_folder(project: Path) -> None:
    commit(project, {f"docs/{FROZEN}": "1", FROZEN: "2"})
    assert told(project / "docs") == [(FROZEN, "brought", False)]


def test_settings_of_the_checkout_do_not_change_what_is_told(project: Path) -> None:
    commit(project, {FROZEN: "1\n2\n3\n", "ü.md": "x"}, author="ü")
    git(project, "mv", FROZEN, "MILESTONES.v2.0.0-alpha.md")
    commit(project, {})
    before = Repository(project).changes(["HEAD"], SPECS)
    settings = {
        "log.follow": "true",
        "log.date": "relative",
        "log.decorate": "full",
        "log.showRoot": "false",
        "log.diffMerges": "off",
        "log.abbrevCommit": "true",
        "log.mailmap": "true",
        "format.pretty": "fuller",
        "format.notes": "*",
        "diff.renames": "copies",
        "diff.relative": "true",
        "diff.noprefix": "true",
        "diff.orderFile": "/dev/null",
        "diff.ignoreSubmodules": "all",
        "core.abbrev": "5",
        "core.quotePath": "true",
        "color.ui": "always",
        "i18n.logOutputEncoding": "UTF-16",
    }
    for key, value in settings.items():
        git(project, "config", key, value)
    assert Repository(project).changes(["HEAD"], SPECS) == before
    assert len(before) == 4


def test_a_date_of_no_calendar_is_not_old(project: Path) -> None:
    tree = sha(project, "HEAD^{tree}")
    head = f"tree {tree}\nparent {sha(project, 'HEAD')}\n"
    for stamp in ("999999999999999 +0000", "-1 +0000", "x"):
        body = f"{head}author a <a> {stamp}\ncommitter a <a> {stamp}\n\nx\n"
        file = project / ".git" / "commit"
        file.write_text(body)
        made = git(project, "hash-object", "-w", "-t", "commit", "--literally", str(file))
        git(project, "update-ref", "refs/heads/odd", made)
        Repository(project).changes([made], [":(glob)*.md"])


def test_history_beyond_the_limit_is_no_answer(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ceremony.git.MAX_LOG_BYTES", 100)
    with pytest.raises(GitError, match="larger than 100 bytes"):
        told(project)


def test_a_walk_that_fails_is_no_answer(project: Path) -> None:
    with pytest.raises(GitError, match="git log ended with status 128"):
        told(project, "0" * 40)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in PATH")
def test_a_walk_that_hangs_ends(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("ceremony.git._DEADLINE", 0.2)
    with pytest.raises(GitError, match="ended with status -9"):
        told(project)
    with pytest.raises(GitError, match="cannot read"):
        Repository(project).blobs(["0" * 40], room=10)


def test_blobs_are_read_within_bounds(project: Path) -> None:
    names = [
        git(project, "hash-object", "-w", str(_with(project, text)))
        for text in ("one\n", "x" * 200_000, "two", "")
    ]
    read = Repository(project).blobs([*names, names[0], sha(project, "HEAD")], room=1_000_000)
    assert read == dict(zip(names, (b"one\n", b"x" * 200_000, b"two", b""), strict=True))
    read = Repository(project).blobs(names, largest=100, room=1_000_000)
    assert list(read) == [names[0], *names[2:]]
    assert list(Repository(project).blobs(names, room=10)) == names[:1]
    with pytest.raises(GitError, match="git cannot read 0000"):
        Repository(project).blobs(["0" * 40], room=10)


def _with(folder: Path, text: str) -> Path:
    file = folder / ".git" / "blob"
    file.write_bytes(text.encode())
    return file


def test_refs_by_pattern(project: Path, tmp_path: Path) -> None:
    git(project, "branch", "v1.0.0-alpha")
    git(project, "branch", "v1/deep")
    git(project, "tag", "-a", "-m", "x", "v1.0.1-patch")
    refs = Repository(project).refs("refs/heads/main", "refs/heads/v*", "refs/tags/v*")
    assert set(refs) == {"refs/heads/main", "refs/heads/v1.0.0-alpha", "refs/tags/v1.0.1-patch"}
    assert refs["refs/heads/main"] == sha(project, "main")
    assert Repository(project).fetched() == ()
    one = clone(project, tmp_path / "one", "--single-branch")
    assert Repository(one).fetched() == ("refs/heads/main",)
    assert Repository(clone(project, tmp_path / "all")).fetched() == ("refs/heads/*",)


def test_how_two_branches_stand_to_each_other(project: Path) -> None:
    git_ = Repository(project)
    main, feature = sha(project, "main"), sha(project, "feature")
    assert git_.ahead(main, feature, most=9) == 1
    assert git_.ahead(main, main, most=9) == 0
    commit(project, {"a": "a"})
    assert git_.ahead(sha(project, "main"), feature, most=1) == 1
    assert git_.first_parents(main) == {main, sha(project, "first")}
    held = git_.held(main, ["MILESTONES.latest.md", "feature.md", "a\nb", "docs"])
    assert held == {"MILESTONES.latest.md": sha(project, "main:MILESTONES.latest.md")}


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
        # A job's own summary and outputs are not this test's.
        env={
            "PATH": os.environ["PATH"],
            "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
            "GITHUB_TOKEN": CANARY,
            "INPUT_TOKEN": CANARY,
        },
    )
    assert CANARY not in done.stdout + done.stderr
    assert done.returncode in {0, 1, 2}
    if arguments == ["--format=json"]:
        assert json.loads(done.stdout)["part"] == "audit"
