"""The walk: only what is meant is taken, only what can matter is entered, no link is followed."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import tracemalloc
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceremony.model import InputError
from ceremony.rules.globs import Matcher, parse
from ceremony.walk import LISTED, Found, Measured, Passed, Walked, measure, walk

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such files or links on Windows")
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
TOKEN = b"ghp_" + b"0123456789abcdefghijABCDEFGHIJ012345"
# Of nobody, but its last six characters are the checksum of the thirty before them.
CHECKED = b"ghp_" + b"0123456789abcdefghijABCDEF0000" + b"0p2fTh"
CHUNK = 1024 * 1024


def write(root: Path, *paths: str, content: bytes = b"x") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def walked(root: Path, *patterns: str, ignore_case: bool = False) -> Walked:
    return walk(root, [parse(text) for text in patterns], ignore_case=ignore_case)


def found(root: Path, *patterns: str) -> list[str]:
    return [file.path for file in walked(root, *patterns).files]


def measured(
    root: Path, files: Sequence[Found], workers: int | None = None
) -> tuple[list[Measured], list[str]]:
    told: list[str] = []
    return measure(root, files, workers=workers, seam=lambda: None, tell=told.append), told


# ---------------------------------------------------------------------------- what is taken


def test_a_builds_files_are_found_with_their_sizes(tmp_path: Path) -> None:
    bundle = "src-tauri/target/release/bundle"
    write(tmp_path, f"{bundle}/deb/app_1.0.0_amd64.deb", f"{bundle}/rpm/app.rpm", content=b"12345")
    write(tmp_path, f"{bundle}/deb/control", "x.deb.txt", "node_modules/a/index.js", "b.deb")
    result = walked(tmp_path, "*.deb", "*.rpm", "*.dmg")
    assert result.files == (
        Found("b.deb", 1),
        Found(f"{bundle}/deb/app_1.0.0_amd64.deb", 5),
        Found(f"{bundle}/rpm/app.rpm", 5),
    )
    assert result.missing == ("*.dmg",)
    assert result.passed == ()
    assert result.entries == 14


def test_the_order_is_the_paths_whatever_the_disks(tmp_path: Path) -> None:
    names = [f"{letter}/{number}" for letter in "zay" for number in (10, 9, 1)] + ["a-b", "a0"]
    for seed in range(3):
        root = tmp_path / str(seed)
        random.Random(seed).shuffle(names)
        write(root, *names)
        assert found(root, "**") == sorted(names)


def test_a_pattern_is_missing_where_it_took_nothing_that_is_left(tmp_path: Path) -> None:
    write(tmp_path, "a/x.deb", "b/x.rpm")
    result = walked(tmp_path, "*.deb", "*.rpm", "a/*", "b/**", "!a/", "*.msi", "!*.zip")
    assert [file.path for file in result.files] == ["b/x.rpm"]
    assert result.missing == ("*.deb", "a/*", "*.msi")


def test_without_a_pattern_nothing_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "x")
    assert walked(tmp_path) == Walked((), (), (), 0, 0)
    assert walked(tmp_path, "!x").entries == 0


def test_case_is_ignored_where_that_is_asked(tmp_path: Path) -> None:
    write(tmp_path, "Dist/App.DEB")
    assert found(tmp_path, "dist/*.deb") == []
    result = walked(tmp_path, "dist/*.deb", ignore_case=True)
    assert (result.files, result.missing) == ((Found("Dist/App.DEB", 1),), ())


def test_an_accent_is_found_in_either_form_and_keeps_its_own(tmp_path: Path) -> None:
    names = {unicodedata.normalize(form, "café/é.deb") for form in ("NFC", "NFD")}
    write(tmp_path, *names)
    on_disk = {
        f"{folder.name}/{file.name}" for folder in tmp_path.iterdir() for file in folder.iterdir()
    }
    for pattern in ("café/é.deb", unicodedata.normalize("NFD", "café/é.deb")):
        assert set(found(tmp_path, pattern)) == on_disk


@linux
def test_names_that_are_no_text_are_found_and_can_be_read(tmp_path: Path) -> None:
    for name in (b"\xfe.deb", b"a\nb.deb", b"back\\slash.deb", b"-rf.deb"):
        write(tmp_path, os.fsdecode(b"\xff/" + name), content=name)
    result = walked(tmp_path, "*.deb")
    assert [file.path for file in result.files] == [
        "\udcff/-rf.deb", "\udcff/a\nb.deb", "\udcff/back\\slash.deb", "\udcff/\udcfe.deb",
    ]  # fmt: skip
    sums = [one.sha256 for one in measured(tmp_path, result.files)[0]]
    assert sums[-1] == hashlib.sha256(b"\xfe.deb").hexdigest()


def test_patterns_that_take_too_long_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too long to look for; write fewer"):
        walked(tmp_path, *["{a,b}" * 9 + "*a" * 4] * 20)


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "x")
    for root in (tmp_path / "x", tmp_path / "none"):
        with pytest.raises(InputError, match="is not a folder; give the folder"):
            walked(root, "*")


# ---------------------------------------------------------------------------- what is passed over


@posix
def test_threat_33_no_link_is_followed_and_each_is_reported(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "dist/a.deb")
    write(tmp_path, "secret/b.deb", "c.deb")
    (root / "dist" / "out").symlink_to("../../secret")
    (root / "dist" / "loop").symlink_to(".")
    (root / "dist" / "c.deb").symlink_to(tmp_path / "c.deb")
    (root / "dist" / "broken.deb").symlink_to("nowhere")
    (root / "dist" / "inside.deb").symlink_to("a.deb")
    (root / "elsewhere").symlink_to(tmp_path)
    result = walked(root, "dist/**")
    assert [file.path for file in result.files] == ["dist/a.deb"]
    links = ["broken.deb", "c.deb", "inside.deb", "loop", "out"]
    assert [each.path for each in result.passed] == [f"dist/{name}" for name in links]
    assert {each.why for each in result.passed} == {"is a link; links are not followed"}
    assert result.entries == 8
    # A link that no pattern could reach is nobody's concern.
    assert [each.path for each in walked(root, "dist/*.deb").passed] == [
        "dist/broken.deb", "dist/c.deb", "dist/inside.deb",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform != "win32", reason="junctions are Windows' own")
def test_threat_33_a_junction_is_a_link(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "a.deb")
    write(tmp_path, "secret/b.deb")
    for name, target in (("out", tmp_path / "secret"), ("loop", root)):
        subprocess.run(
            ["cmd", "/c", "mklink", "/J", str(root / name), str(target)],
            check=True,
            capture_output=True,
        )
    result = walked(root, "*.deb")
    assert [file.path for file in result.files] == ["a.deb"]
    assert [each.path for each in result.passed] == ["loop", "out"]


def test_threat_34_hidden_names_and_git_are_never_taken_by_a_wildcard(tmp_path: Path) -> None:
    write(tmp_path, ".git/config", "a/.GIT/config", ".npmrc", ".cache/x", "a/x", "a/.env", ".k/.l")
    result = walked(tmp_path, "**")
    assert [file.path for file in result.files] == ["a/x"]
    assert [(each.path, each.why) for each in result.passed] == [
        (".npmrc", "is hidden; a pattern has to say its dot"),
        ("a/.env", "is hidden; a pattern has to say its dot"),
        (".cache", "is a hidden folder; a pattern has to say its dot"),
        (".k", "is a hidden folder; a pattern has to say its dot"),
    ]
    by_name = walked(tmp_path, ".cache/*", "a/.*", ".g*/**", ".git*")
    assert [file.path for file in by_name.files] == [".cache/x", "a/.env"]
    assert [each.path for each in by_name.passed] == [".k"]


@posix
def test_what_a_pattern_means_by_name_is_listed_first(tmp_path: Path) -> None:
    """Hundreds of links that might have been folders hide no file that was asked for."""
    write(tmp_path, "z/real")
    for name in (*(f"a{number}" for number in range(LISTED)), "z/app.deb"):
        (tmp_path / name).symlink_to(tmp_path / "z" / "real")
    result = walked(tmp_path, "*.deb")
    assert result.passed[0].path == "z/app.deb"
    assert (len(result.passed), result.passed_more) == (LISTED, 1)


@posix
def test_what_is_no_regular_file_is_reported_and_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, "a.deb")
    os.mkfifo(tmp_path / "pipe.deb")
    os.mkfifo(tmp_path / "pipe")
    # A socket's path has to be short.
    with tempfile.TemporaryDirectory(dir="/tmp") as short, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"{short}/s.deb")
        assert [each.path for each in walked(Path(short), "*.deb").passed] == ["s.deb"]
    result = walked(tmp_path, "*.deb")
    assert [file.path for file in result.files] == ["a.deb"]
    assert [tuple(each) for each in result.passed] == [("pipe.deb", "is no regular file")]


def test_a_folder_is_no_file_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "App.app/x", "y.deb/z.deb")
    result = walked(tmp_path, "*.app", "*.deb")
    assert [file.path for file in result.files] == ["y.deb/z.deb"]
    assert result.missing == ("*.app",)
    assert result.passed == (Passed("App.app", FOLDER),)


FOLDER = "is a folder; write its path and `/**` for the files in it, or pack it"
HIDDEN = "is a hidden folder; a pattern has to say its dot"
TREE = ["dist/a.txt", "out/deb/a.deb", "out/X.app/x", "out/.build/x", "out/nothing/deep/x", ".nx/x"]
FOLDERS_MEANT: dict[str, tuple[list[str], list[str]]] = {
    "by name": (["dist", "*.deb"], ["dist"]),
    "by name at any depth": (["deb", "*.txt"], ["out/deb"]),
    "by its path": (["out/X.app"], ["out/X.app"]),
    "by a wildcard": (["*.app", "*.txt"], ["out/X.app"]),
    "all in one folder": (["out/*"], ["out/X.app", "out/deb", "out/nothing"]),
    "by several": (["dist", "d*", "*.app"], ["dist", "out/X.app", "out/deb", "out/nothing/deep"]),
    "where another one takes its files": (["dist", "dist/*"], ["dist"]),
    "where it took one elsewhere": (["*a*", "*.app"], ["out/X.app"]),
    "nothing where all have taken one": (["*.deb", "{dist,*.txt}", "**"], []),
    "what a pattern means with its files": (["dist/**", "out/**/*.deb"], []),
    "nothing of what means all": (["none/**", "*", "!*"], []),
    "nothing that is left out": (["*.app", "!*.app/", "dist", "!dist"], []),
    "a hidden one that is said": (["out/.build"], ["out/.build"]),
}


@pytest.mark.parametrize("name", FOLDERS_MEANT)
def test_a_folder_that_a_pattern_means_is_told_where_the_pattern_found_nothing(
    tmp_path: Path, name: str
) -> None:
    write(tmp_path, *TREE)
    patterns, folders = FOLDERS_MEANT[name]
    result = walked(tmp_path, *patterns)
    assert [each.path for each in result.passed if each.why == FOLDER] == folders
    assert [each for each in result.passed if each.why not in {FOLDER, HIDDEN}] == []


def test_a_hidden_folder_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, ".out/x", ".nx/x", "a/.out/x")
    for patterns, passed in (
        (["*.deb"], [(".nx", HIDDEN), (".out", HIDDEN), ("a/.out", HIDDEN)]),
        ([".out"], [(".out", FOLDER), ("a/.out", FOLDER), (".nx", HIDDEN)]),
        ([".out", "*.deb"], [(".out", FOLDER), ("a/.out", FOLDER), (".nx", HIDDEN)]),
        (["a/.out"], [("a/.out", FOLDER)]),
        ([".*", ".nx/x"], [(".nx", FOLDER), (".out", FOLDER), ("a/.out", FOLDER)]),
    ):
        assert [tuple(each) for each in walked(tmp_path, *patterns).passed] == passed, patterns
    # What took a file says nothing about folders.
    write(tmp_path, "b/.out")
    assert [tuple(each) for each in walked(tmp_path, ".out", "*.deb").passed] == [
        (".nx", HIDDEN), (".out", HIDDEN), ("a/.out", HIDDEN),
    ]  # fmt: skip


@posix
def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    write(tmp_path, "real/x")
    (tmp_path / "X.app").symlink_to("real")
    assert walked(tmp_path, "*.app").passed == (
        Passed("X.app", "is a link; links are not followed"),
    )


def test_of_folders_that_patterns_mean_the_first_are_listed_and_the_rest_counted(
    tmp_path: Path,
) -> None:
    names = [f"{number * 7919 % 1000:03}" for number in range(LISTED + 50)]
    for name in names:
        (tmp_path / f"{name}.app").mkdir()
    # Some are meant by two patterns, and are one folder all the same.
    result = walked(tmp_path, "*.app", "0*.app", "*.deb")
    assert [each.path for each in result.passed] == [
        f"{name}.app" for name in sorted(names)[:LISTED]
    ]
    assert result.passed_more == 50
    (tmp_path / "real.deb").touch()
    assert walked(tmp_path, "?*").passed == ()


def test_of_folders_that_patterns_mean_no_more_are_kept_than_are_listed(tmp_path: Path) -> None:
    for count in (200, 2_000):
        for number in range(count):
            (tmp_path / f"{count}" / "d" / f"{number:04}.d").mkdir(parents=True)

    def peak(root: Path) -> int:
        tracemalloc.start()
        try:
            assert walked(root, "d/*.d").passed_more == int(root.name) - LISTED
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(tmp_path / "200")
    assert peak(tmp_path / "2000") < peak(tmp_path / "200") + 10_000


@posix
def test_of_what_is_passed_over_the_first_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    for number in range(LISTED + 50):
        (tmp_path / f"{number * 7919 % 1000:03}.deb").symlink_to("x")
    result = walked(tmp_path, "*.deb")
    names = sorted(entry.name for entry in tmp_path.iterdir())
    assert [each.path for each in result.passed] == names[:LISTED]
    assert result.passed_more == 50


# ---------------------------------------------------------------------------- what is entered


def deep(folder: Path) -> None:
    """A folder whose reading fails even for the superuser: its path is longer than any may be."""
    folder.mkdir()
    place = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=place)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)


@posix
def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a.deb")
    deep(tmp_path / "deep")
    with pytest.raises(InputError, match=r"folder cannot be read .*long") as refused:
        walked(tmp_path, "*.deb")
    assert refused.value.file is not None
    assert refused.value.file.startswith("deep/ddd")
    assert "exclude it with a pattern" in refused.value.message


@posix
@pytest.mark.parametrize(
    "patterns",
    [["*.deb", "!deep/"], ["*.deb", "!deep/**"], ["*.deb", "!d*/"], ["*.deb", "!**/ddd*/"],
     ["*.deb", "!deep"], ["*.deb", "!d*"],
     ["a/*.deb"], ["[ab]/**/*.deb"], ["a.deb", "!**", "a/*"], ["*/*.deb"]],
    ids=",".join,
)  # fmt: skip
def test_a_folder_that_holds_nothing_meant_is_never_entered(
    tmp_path: Path, patterns: list[str]
) -> None:
    deep(tmp_path / "deep")
    write(tmp_path, "a/x.deb")
    assert found(tmp_path, *patterns) == ["a/x.deb"]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_folder_without_permission_is_named_unless_it_is_excluded(tmp_path: Path) -> None:
    write(tmp_path, "a/x.deb", "no/y.deb")
    (tmp_path / "no").chmod(0)
    try:
        with pytest.raises(InputError, match=r"^no/: the folder cannot be read"):
            walked(tmp_path, "*.deb")
        assert found(tmp_path, "*.deb", "!no/") == ["a/x.deb"]
    finally:
        (tmp_path / "no").chmod(0o700)


def test_what_is_excluded_is_not_even_counted(tmp_path: Path) -> None:
    write(tmp_path, *(f"node_modules/{number}/x.js" for number in range(50)), "a/x.js", ".git/b/c")
    assert walked(tmp_path, "*.js", "!node_modules/").entries == 4
    assert walked(tmp_path, "*.js", "!node_modules").entries == 4
    assert walked(tmp_path, "*.js").entries == 104
    assert walked(tmp_path, "a/*.js").entries == 4


def test_memory_does_not_grow_with_what_does_not_match(tmp_path: Path) -> None:
    for count in (200, 2_000):
        for number in range(count // 50):
            write(tmp_path, f"{count}/{number}/x")
            for name in range(50):
                os.close(os.open(tmp_path / f"{count}/{number}/{name}.js", os.O_CREAT))
    write(tmp_path, "200/a.deb", "2000/a.deb")

    def peak(root: Path) -> int:
        tracemalloc.start()
        try:
            assert found(root, "*.deb", "x/**", "!*.js") == ["a.deb"]
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(tmp_path / "200")
    # A folder that waits is kept by its name: 40 of them, not 2,000 files.
    assert peak(tmp_path / "2000") < peak(tmp_path / "200") + 40 * 200


# ---------------------------------------------------------------------------- beside the matcher

names = st.sampled_from(["a", "b", "ab", "a.b", ".a", ".git", "a.B"])
trees = st.sets(st.lists(names, min_size=1, max_size=4).map("/".join), max_size=12)
parts = st.sampled_from(["**", "*", "a", "b*", ".a", "*.b", "?", "[!a]*", "{a,ab}"])
patterns = st.builds(
    lambda sign, way, end: sign + "/".join(way) + (end if sign else ""),
    st.sampled_from(["", "", "!"]),
    st.lists(parts, min_size=1, max_size=3),
    st.sampled_from(["", "/", "/**"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees, st.lists(patterns, max_size=4))
def test_the_walk_takes_what_the_matcher_matches(tree: set[str], texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path in sorted(tree, key=len, reverse=True):
            place = root / path
            if not place.exists() and not any(above.is_file() for above in place.parents):
                write(root, path)
        there = [path for path in root.rglob("*") if path.is_file()]
        globs = [parse(text) for text in texts]
        matcher = Matcher(globs)
        meant = {path.relative_to(root).as_posix() for path in there}
        meant = {path for path in meant if matcher.matches(path)}
        result = walk(root, globs)
        assert [file.path for file in result.files] == sorted(meant)
        for each in result.passed:
            if each.why == FOLDER:
                assert (root / each.path).is_dir()
                alone = [Matcher([parse(text)]) for text in result.missing]
                assert any(matcher.matches(each.path) for matcher in alone)
        assert set(result.missing) == {
            glob.text
            for glob in globs
            if not glob.negated and not any(Matcher([glob]).matches(path) for path in meant)
        }


# ---------------------------------------------------------------------------- what files hold


def test_files_are_measured_in_the_order_given(tmp_path: Path) -> None:
    contents = {
        f"f{number}": random.Random(number).randbytes(size)
        for number, size in enumerate((3 * CHUNK + 5, 0, 1, CHUNK, CHUNK - 1, CHUNK + 1, 300))
    }
    for name, content in contents.items():
        write(tmp_path, name, content=content)
    files = walked(tmp_path, "*").files[::-1]
    for workers in (None, 1, 3, 50):
        result, told = measured(tmp_path, files, workers)
        assert result == [
            Measured(len(content), hashlib.sha256(content).hexdigest(), "")
            for content in list(contents.values())[::-1]
        ]
        assert told[0] == "read 1 of 7: f6 (300 bytes)"
        assert told[-1] == "read 7 of 7: f0 (3,145,733 bytes)"
    assert measured(tmp_path, []) == ([], [])


def test_several_files_are_read_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a", "b", content=bytes(16 * CHUNK))
    threads: set[int] = set()
    before = threading.active_count()
    measure(
        tmp_path,
        walked(tmp_path, "*").files,
        workers=2,
        seam=lambda: threads.add(threading.active_count()),
        tell=lambda _: None,
    )
    assert max(threads) == before + 2
    assert threading.active_count() == before


@posix
def test_whoever_stops_between_files_is_obeyed_at_once(tmp_path: Path) -> None:
    for number in range(4):
        with (tmp_path / str(number)).open("wb") as file:
            file.truncate(2**40)
    files = walked(tmp_path, "*").files

    def stop() -> None:
        raise KeyboardInterrupt

    # Nobody reads 4 TiB before a test ends.
    with pytest.raises(KeyboardInterrupt):
        measure(tmp_path, files, workers=2, seam=stop, tell=lambda _: None)


def changed(root: Path, files: Sequence[Found]) -> str:
    with pytest.raises(InputError, match="changed while it was looked at: run this when") as error:
        measured(root, files)
    assert error.value.file is not None
    return error.value.file


def test_a_file_that_is_not_what_was_found_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a/x", "a/y", content=b"12345")
    files = walked(tmp_path, "**").files
    for content in (b"", b"1234", b"123456"):
        write(tmp_path, "a/y", content=content)
        assert changed(tmp_path, files) == "a/y"
    (tmp_path / "a/y").unlink()
    assert changed(tmp_path, files) == "a/y"
    (tmp_path / "a/y").mkdir()
    assert changed(tmp_path, files[1:]) == "a/y"


@posix
def test_a_file_that_became_something_else_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "a/b/x", content=b"12345")
    write(tmp_path, "secret/x", content=b"54321")
    files = walked(root, "**").files
    (root / "a/b/x").unlink()
    (root / "a/b/x").symlink_to(tmp_path / "secret/x")
    assert changed(root, files) == "a/b/x"
    (root / "a/b/x").unlink()
    os.mkfifo(root / "a/b/x")
    assert changed(root, files) == "a/b/x"
    (root / "a/b/x").unlink()
    (root / "a/b").rmdir()
    (root / "a/b").symlink_to(tmp_path / "secret")
    assert changed(root, files) == "a/b/x"
    (root / "a/b").unlink()
    (root / "a").rmdir()
    write(root, "a")
    assert changed(root, files) == "a/b/x"


@linux
def test_a_file_that_grows_while_it_is_read_is_refused() -> None:
    # It has no size, and yet holds something.
    assert changed(Path("/proc/self"), [Found("status", 0)]) == "status"


def test_a_file_that_is_written_while_it_is_read_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as file:
        file.truncate(32 * CHUNK)
    files = walked(tmp_path, "x").files
    failed: list[str] = []
    reader = threading.Thread(target=lambda: failed.append(changed(tmp_path, files)))
    reader.start()
    stamp = 1_000_000_000
    while reader.is_alive():
        stamp += 1_000_000_000
        os.utime(tmp_path / "x", ns=(stamp, stamp))
    reader.join()
    assert failed == ["x"]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    write(tmp_path, "x")
    (tmp_path / "x").chmod(0)
    with pytest.raises(InputError, match=r"^x: cannot be read by this user"):
        measured(tmp_path, [Found("x", 1)])


# ---------------------------------------------------------------------------- secrets

# What GITHUB_TOKEN looks like since 2026: an App's number, and a JWT.
STATELESS = b"ghs_15368_" + b".".join(
    base64.urlsafe_b64encode(part).rstrip(b"=")
    for part in (b'{"alg":"RS256"}', b'{"iss":"github","jti":"' + b"4f" * 60 + b'"}', b"\xfb" * 256)
)
BODY = b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"
SECRETS = {
    "a GitHub token": [
        *(b"gh%c_%b" % (kind, b"0aZ" * 12) for kind in b"pousr"),
        b"github_pat_11ABCDEFG0abcdefghijkl_" + b"x" * 59,
        b"https://x-access-token:" + TOKEN + b"@github.com/",
        b"(?<t>" + TOKEN + b")" + TOKEN,
        STATELESS,
        STATELESS.replace(b"_15368_", b"_1_"),
        b"https://x-access-token:" + STATELESS + b"@github.com/",
        *(b"basic " + base64.b64encode(b"x-access-token:" + each) for each in (TOKEN, STATELESS)),
        *(before + CHECKED for before in (b"H", b"0", b"first line\\n", b"https%3A%2F%2F")),
        b"H" + STATELESS,
        b"zgithub_pat_11ABCDEFG0abcdefghijkl_" + b"x" * 59,
    ],
    "a private key": [
        b"-----BEGIN PRIVATE KEY-----\n" + BODY,
        b"-----BEGIN RSA PRIVATE KEY-----\r\n" + BODY,
        b"-----BEGIN EC PRIVATE KEY-----\n" + BODY,
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + BODY,
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + BODY,
        b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
        b"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n",
        b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + BODY,
        b'"private_key": "-----BEGIN PRIVATE KEY-----\\n' + BODY,
        b"key: |\r\n" + b" " * 30 + b"-----BEGIN PRIVATE KEY-----\r\n" + b" " * 30 + BODY,
        b'"-----BEGIN PRIVATE KEY-----\\n" +\n      "' + BODY,
        b"['-----BEGIN OPENSSH PRIVATE KEY-----', 'b3BlbnNzaC1rZXk",
        b'\\"-----BEGIN PRIVATE KEY-----\\\\n' + BODY,
    ],
    "an access key of AWS": [
        b"AKIAQ7XYZABCDEFGH234", b"=AKIAQ7XYZABCDEFGH234\n", b"ASIAQ7XYZABCDEFGH234",
        b"XAKIAQ7XYZABCDEFGH234x", b"xAKIAQ7XYZABCDEFGH234X",
    ],
}  # fmt: skip
HARMLESS = [
    b"ghp_", TOKEN[:-1], TOKEN[:-1] + b"-", b"ghx_" + TOKEN[4:], b"0" + TOKEN, b"z" + TOKEN,
    b"\\n" + TOKEN, b"%2F" + TOKEN, b"z" + CHECKED[:-1] + b"x", b"z" + CHECKED[:-1] + b"-",
    b"ghs_15368_" + b"x" * 40, b"ghs_x_eyJ" + b"x" * 40, STATELESS[:30], b"ghx" + STATELESS[3:],
    b"x_13github_pat_of_this_repository_or_none_at_all", b"eC1hY2Nlc3MtdG9rZW46Z2h",
    base64.b64encode(b"x-access-token:$TOKEN of the workflow's job"),
    b"GHP_" + TOKEN[4:], b"github_pat_short", b"-----BEGIN PRIVATE KEY-----",
    b"-----BEGIN PRIVATE KEY-----\n...\n", b"-----BEGIN PUBLIC KEY-----\n" + BODY,
    b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    b"-----BEGIN CERTIFICATE-----\n" + BODY, b"AKIAIOSFODNN7EXAMPLE", b"AKIA0123456789ABCDEF",
    b"AKIAQ7XYZABCDEFGH23", b"akiaq7xyzabcdefgh234",
    # Names laid end to end, as a library of Unicode has them.
    b"SERTINSIDEISAKIAISLANDISSHARITALICIYANNAJHAY",
    b'["-----BEGIN PRIVATE KEY-----", "pemContentBase64"]',
]  # fmt: skip
BACKGROUNDS = {
    "nothing": b"",
    "zeros": bytes(1024),
    "compressed": random.Random(5).randbytes(64 * 1024),
    "text": b"the quick brown fox jumps over the lazy dog\n" * 500,
    "dashes": b"-" * 5_000,
    "headers": b"-----BEGIN PRIVATE KEY-----\0" * 500,
}  # fmt: skip


def looks_like(tmp_path: Path, content: bytes) -> str:
    write(tmp_path, "x", content=content)
    ((_, sha256, secret),), _ = measured(tmp_path, [Found("x", len(content))])
    assert sha256 == hashlib.sha256(content).hexdigest()
    return secret


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_threat_34_a_planted_secret_is_seen(tmp_path: Path, background: str) -> None:
    ground = BACKGROUNDS[background]
    for kind, secrets in SECRETS.items():
        for secret in secrets:
            for shift in range(8):
                planted = b"\0" * shift + ground + b"\n" + secret + b"\0" + ground
                assert looks_like(tmp_path, planted) == kind, (secret, shift)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_what_only_resembles_a_secret_is_not_one(tmp_path: Path, background: str) -> None:
    ground = BACKGROUNDS[background]
    for harmless in HARMLESS:
        assert not looks_like(tmp_path, ground + b"\n" + harmless + b"\0" + ground), harmless


@pytest.mark.parametrize(
    "secret", [each[0] for each in SECRETS.values()] + [SECRETS["a private key"][-1]], ids=len
)
def test_a_secret_across_the_border_of_two_reads_is_seen(tmp_path: Path, secret: bytes) -> None:
    ground = random.Random(7).randbytes(CHUNK)
    for offset in range(-len(secret) - 3, 4, 3):
        planted = ground[:offset] if offset < 0 else ground + ground[:offset]
        assert looks_like(tmp_path, planted + b"\n" + secret + b"\n" + ground[:5_000])


def test_whatever_stands_beside_it_a_secret_is_seen_as_by_searching_every_byte(
    tmp_path: Path,
) -> None:
    every = re.compile(
        rb"(?<![A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{30})|"
        rb"gh[pousr]_[0-9]{1,20}_eyJ[A-Za-z0-9._-]{32}|github_pat_[^\W_]{22}_[A-Za-z0-9]{59}|"
        rb"eC1hY2Nlc3MtdG9rZW46Z2h[\w+/]{17}|" + CHECKED + rb"|"
        rb"-----BEGIN ([A-Z]+ )*PRIVATE KEY( BLOCK)?-----(([ \t\r\n]|\\\\?[rn]){1,80}(\w{12}|"
        rb"Proc-Type|Version)|([ \t\r\n\"'+,]|\\\\?[rn]){1,80}(M[A-Za-z0-9+/]{20}|b3BlbnNzaC1r))|"
        rb"A[KS]IA(?!IOSFODNN7EXAMPLE)[A-Z2-7]{16}(?![A-Z0-9])|"
        rb"(?<![A-Z0-9])A[KS]IA(?!IOSFODNN7EXAMPLE)[A-Z2-7]{16}"
    )
    chance = random.Random(11)
    pieces = [
        *BACKGROUNDS.values(),
        *HARMLESS,
        *(each for kind in SECRETS.values() for each in kind),
    ]
    verdicts = set()
    for _ in range(300):
        mixed = b""
        for piece in chance.choices(pieces, k=chance.randint(1, 6)):
            begin = chance.randrange(len(piece) + 1) if chance.random() < 0.5 else 0
            mixed += piece[begin : begin + 200]
        verdicts.add(bool(every.search(mixed)))
        assert bool(looks_like(tmp_path, mixed)) == bool(every.search(mixed)), mixed
    assert verdicts == {True, False}


def test_the_first_of_many_reads_is_not_forgotten(tmp_path: Path) -> None:
    assert looks_like(tmp_path, TOKEN + bytes(5 * CHUNK)) == "a GitHub token"
    assert looks_like(tmp_path, bytes(5 * CHUNK) + TOKEN) == "a GitHub token"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_threat_34_a_secret_in_utf_16_is_seen(
    tmp_path: Path, background: str, encoding: str
) -> None:
    ground = BACKGROUNDS[background]
    wide = ground.decode("latin-1").encode(encoding)
    grounds = [(ground, ground), (wide, wide), (ground, bytes(300))]
    for kind, secrets in SECRETS.items():
        for number, secret in enumerate(each for each in secrets if len(each) < 250):
            text = secret.decode("latin-1").encode(encoding)
            for shift in range(number % 3, 16, 3):
                before, behind = grounds[(shift // 3 + number) % 3]
                planted = b"\0" * shift + before + b"\n\0" + text + b"\n" + behind
                assert looks_like(tmp_path, planted) == kind, (secret, shift)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_what_only_resembles_a_secret_in_utf_16_is_not_one(tmp_path: Path, encoding: str) -> None:
    for harmless in HARMLESS:
        text = (b"\n" + harmless + b"\n").decode().encode(encoding)
        for shift in range(4):
            assert not looks_like(tmp_path, bytes(shift) + text + bytes(100)), harmless
    # Every second byte of something else is no text.
    for between in (b"x", b"\1"):
        mixed = b"".join(bytes([byte]) + between for byte in CHECKED)
        assert not looks_like(tmp_path, bytes(100) + mixed + bytes(100))


def test_a_secret_in_utf_16_across_the_border_of_two_reads_is_seen(tmp_path: Path) -> None:
    ground = random.Random(7).randbytes(CHUNK)
    for secret in (CHECKED, SECRETS["a private key"][6]):
        text = secret.decode().encode("utf-16-le")
        for offset in range(-len(text) - 3, 4, 7):
            planted = ground[:offset] if offset < 0 else ground + ground[:offset]
            assert looks_like(tmp_path, planted + b"\n\0" + text + b"\n\0" + ground[:5_000])


def test_threat_34_a_token_among_a_programs_texts_is_seen(tmp_path: Path) -> None:
    texts = [b"invalid header", b"dyn i128-H", b"not found", b"Acurl did", b"0123", b"/rustc/1f"]
    chance = random.Random(3)
    for wrong in (b"", b"0"):
        for _ in range(50):
            program = [*chance.choices(texts, k=30), CHECKED + wrong, *chance.choices(texts, k=30)]
            assert looks_like(tmp_path, b"".join(program)) == "a GitHub token"
            spoiled = b"".join(program).replace(b"0p2fTh", b"0p2fTi")
            assert not looks_like(tmp_path, spoiled)


def test_a_secret_behind_many_that_are_none_is_seen(tmp_path: Path) -> None:
    # The first one's last letters begin the second.
    assert looks_like(tmp_path, b"z" + TOKEN[:-3] + CHECKED) == "a GitHub token"
    assert not looks_like(tmp_path, b"z" + TOKEN[:-3] + b"ghp_")
    many = (b"z" + TOKEN) * 1_000
    assert not looks_like(tmp_path, many)
    assert looks_like(tmp_path, many + CHECKED) == "a GitHub token"
