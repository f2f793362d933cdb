"""The launcher, run for real on a copy of the tree whose lock holds one small package."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import venv
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uv as uv_package

from ceremony.install import installer_environment
from ceremony.launch import lock_of

REPOSITORY = Path(__file__).resolve().parents[1]
WINDOWS = os.name == "nt"
POSIX_ONLY = pytest.mark.skipif(WINDOWS, reason="POSIX signals and scripts")

PART = """\
import json
import sys
import time


def main(argv: list[str]) -> int:
    import trinket

    print(json.dumps([argv, trinket.SHINE, "é"], ensure_ascii=False), flush=True)
    if "wait" in argv:
        time.sleep(60)
    return 7 if "refuse" in argv else 0
"""
SHINE = "the real trinket"


def bash() -> str:
    """Git's bash on Windows, where PATH may find another system's first."""
    found = shutil.which("git" if WINDOWS else "bash")
    assert found
    return str(Path(found).parents[1] / "bin" / "bash.exe") if WINDOWS else found


def wheel(folder: Path, shine: str = SHINE) -> str:
    """Builds the package `trinket` and returns its hash."""
    info = "trinket-1.0.dist-info"
    files = {
        "trinket.py": f"SHINE = {shine!r}\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: trinket\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        record += f"{name},sha256={digest.decode()},{len(text.encode())}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "trinket-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A copy of the launcher with a part of its own, and the machine that it runs on."""

    root: Path
    wheels: Path
    cwd: Path
    environment: Mapping[str, str]

    @property
    def packages(self) -> Path:
        return Path(self.environment["XDG_CACHE_HOME"]) / "ceremony"

    def kept(self) -> list[Path]:
        """What installations have left in the private folder."""
        return sorted(self.packages.iterdir()) if self.packages.exists() else []

    def start(self, *argv: str, **environment: str | None) -> subprocess.Popen[str]:
        merged = {**self.environment, **environment}
        return subprocess.Popen(
            [bash(), str(self.root / "bin" / "ceremony"), *argv],
            cwd=self.cwd,
            env={name: value for name, value in merged.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *argv: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
        process = self.start(*argv, **environment)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(argv, process.returncode, out, err)


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def tree(tmp_path: Path, installer: str) -> Tree:
    root = tmp_path / "a tree"
    (root / "src" / "ceremony").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "bin", root / "bin")
    for name in ("__init__.py", "launch.py", "install.py"):
        shutil.copy(REPOSITORY / "src" / "ceremony" / name, root / "src" / "ceremony")
    (root / "src" / "ceremony" / "cli.py").write_text(PART, encoding="utf-8")
    wheels = tmp_path / "wheels"
    digest = wheel(wheels)
    (root / "requirements").mkdir()
    for name in ("core.txt", "forge.txt"):
        lock = f"trinket==1.0 \\\n    --hash=sha256:{digest}\n"
        (root / "requirements" / name).write_text(lock, encoding="utf-8")
    tools = tmp_path / "tools"
    tools.mkdir()
    if installer == "uv":
        shutil.copy(uv_package.find_uv_bin(), tools)
    cwd = tmp_path / "caller"
    cwd.mkdir()
    home = tmp_path / "home"
    home.mkdir()
    system = ("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "TEMP", "TMP")
    environment = {name: os.environ[name] for name in system if name in os.environ} | {
        "PATH": os.pathsep.join([str(tools), os.defpath]),
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "CEREMONY_PYTHON": sys.executable,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": wheels.as_uri(),
        "UV_NO_CONFIG": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": wheels.as_uri(),
        "LC_ALL": "C",
    }
    return Tree(root=root, wheels=wheels, cwd=cwd, environment=environment)


def told(result: subprocess.CompletedProcess[str]) -> list[Any]:
    """What the part printed; a failure shows what the launcher said instead."""
    assert result.stdout, result.stderr
    printed: list[Any] = json.loads(result.stdout)
    return printed


def test_a_first_run_installs_and_later_runs_start_at_once(tree: Tree) -> None:
    first = tree.run("audit", "--root", "ä b")
    assert told(first) == [["audit", "--root", "ä b"], SHINE, "é"]
    assert first.returncode == 0
    assert first.stderr == "ceremony: installing 1 locked packages for audit (first run only)\n"
    (key,) = tree.kept()
    assert list(key.glob("__pycache__/trinket.*.pyc"))
    assert WINDOWS or key.stat().st_mode & 0o777 == 0o700

    shutil.rmtree(tree.wheels)
    offline = tree.run("audit", PIP_FIND_LINKS=None, UV_FIND_LINKS=None)
    assert told(offline) == [["audit"], SHINE, "é"]
    assert offline.stderr == ""
    assert tree.kept() == [key]


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_the_status_of_the_part_is_the_status(tree: Tree) -> None:
    assert tree.run("audit", "refuse").returncode == 7


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_another_lock_has_a_folder_of_its_own(tree: Tree) -> None:
    assert tree.run("audit").returncode == 0
    with (tree.root / "requirements" / "forge.txt").open("a") as lock:
        lock.write("# one more line\n")
    assert "for promote" in tree.run("promote").stderr
    assert len(tree.kept()) == 2


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_a_job_keeps_its_packages_in_its_own_temporary_folder(tree: Tree, tmp_path: Path) -> None:
    temporary = tmp_path / "runner" / "_temp"
    result = tree.run("audit", GITHUB_ACTIONS="true", RUNNER_TEMP=str(temporary))
    assert result.returncode == 0, result.stderr
    assert len(list((temporary / "ceremony").iterdir())) == 1
    assert tree.kept() == []


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": "here"},
        {"GITHUB_ACTIONS": None, "RUNNER_TEMP": "/elsewhere"},
    ],
    ids=["relative", "not-a-job"],
)
def test_another_runner_temp_is_not_used(tree: Tree, variables: dict[str, str | None]) -> None:
    assert tree.run("audit", **variables).returncode == 0
    assert len(tree.kept()) == 1
    assert list(tree.cwd.iterdir()) == []


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_without_a_home_it_says_what_to_set(tree: Tree) -> None:
    homeless = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"))
    result = tree.run("audit", **homeless)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Set XDG_CACHE_HOME to an absolute path" in result.stderr


def test_a_wrong_hash_is_refused_and_nothing_is_left(tree: Tree) -> None:
    wheel(tree.wheels, "another trinket")
    result = tree.run("audit")
    assert (result.returncode, result.stdout) == (3, "")
    assert re.search(r"^ {2}\| .*(?i:hash)", result.stderr, re.MULTILINE)
    assert "Traceback" not in result.stderr
    assert tree.kept() == []


def test_a_package_that_cannot_be_found_is_refused_and_nothing_is_left(tree: Tree) -> None:
    shutil.rmtree(tree.wheels)
    tree.wheels.mkdir()
    result = tree.run("audit")
    assert (result.returncode, result.stdout) == (3, "")
    assert "trinket" in result.stderr
    assert "run the same command again" in result.stderr
    assert tree.kept() == []


@pytest.mark.skipif(WINDOWS, reason="Windows keeps rights in another form")
@pytest.mark.parametrize("installer", ["pip"], indirect=True)
@pytest.mark.parametrize("shared", ["folder", "key"])
def test_packages_that_others_could_have_put_there_are_not_run(tree: Tree, shared: str) -> None:
    assert tree.run("audit").returncode == 0
    folder = tree.packages if shared == "folder" else tree.kept()[0]
    folder.chmod(0o777)
    result = tree.run("audit")
    assert (result.returncode, result.stdout) == (2, "")
    assert f"{folder} belongs to somebody else, or others may write to it" in result.stderr
    folder.chmod(0o700)
    assert tree.run("audit").returncode == 0


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_row_9_a_path_of_relative_folders_only_finds_nothing(tree: Tree) -> None:
    trap = tree.cwd / "python3"
    trap.write_text("#!/bin/sh\ntouch trapped\n")
    trap.chmod(0o755)
    result = tree.run("audit", PATH=os.pathsep.join([".", "bin", ""]), CEREMONY_PYTHON=None)
    assert result.returncode == 2
    assert not (tree.cwd / "trapped").exists()


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_a_folder_that_cannot_be_made_is_named(tree: Tree) -> None:
    tree.packages.parent.mkdir()
    tree.packages.write_text("a file where the folder belongs")
    result = tree.run("audit")
    assert (result.returncode, result.stdout) == (3, "")
    assert str(tree.packages) in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_uv_that_fails_is_replaced_by_pip(tree: Tree, tmp_path: Path) -> None:
    broken = tmp_path / "tools" / ("uv.bat" if WINDOWS else "uv")
    broken.write_text("@exit 1\n" if WINDOWS else "#!/bin/sh\necho broken\nexit 1\n")
    broken.chmod(0o755)
    assert told(tree.run("audit"))[1] == SHINE


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_with_neither_installer_it_says_what_to_install(tree: Tree, tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / ("Scripts/python.exe" if WINDOWS else "bin/python")
    result = tree.run("audit", CEREMONY_PYTHON=str(python))
    assert (result.returncode, result.stdout) == (2, "")
    assert "Install uv, or pip" in result.stderr
    assert tree.kept() == []


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_a_folder_without_the_marker_is_not_trusted(tree: Tree) -> None:
    assert tree.run("audit").returncode == 0
    (key,) = tree.kept()
    (key / "complete").unlink()
    (key / "trinket.py").write_text("SHINE = 'half'\n")
    assert told(tree.run("audit"))[1] == SHINE
    assert tree.kept() == [key]


# --- An index on loopback, to see requests and to hold them.


class Index(http.server.ThreadingHTTPServer):
    """Serves a folder of wheels as a package index; `gate` runs before a wheel is sent."""

    daemon_threads = True

    def __init__(self, wheels: Path, gate: Callable[[], object]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wheels = wheels
        self.gate = gate
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/simple"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        if self.path.endswith(".whl"):
            self.server.gate()
            self._send((self.server.wheels / Path(self.path).name).read_bytes(), "application/zip")
        else:
            names = [path.name for path in self.server.wheels.glob("*.whl")]
            links = "".join(f'<a href="/files/{name}">{name}</a>' for name in names)
            self._send(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def handle(self) -> None:
        # A client that was killed is what some of the tests are about.
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Requests are recorded, not printed."""


@contextmanager
def serving(wheels: Path, gate: Callable[[], object] = lambda: None) -> Iterator[Index]:
    with Index(wheels, gate) as index:
        thread = threading.Thread(target=index.serve_forever)
        thread.start()
        try:
            yield index
        finally:
            index.shutdown()
            thread.join()


def from_index(index: Index) -> dict[str, str | None]:
    places = ("PIP_NO_INDEX", "PIP_FIND_LINKS", "UV_NO_INDEX", "UV_FIND_LINKS")
    return {
        **dict.fromkeys(places),
        "PIP_INDEX_URL": index.url,
        "UV_DEFAULT_INDEX": index.url,
        "NO_PROXY": "127.0.0.1",
    }


def test_the_owner_s_index_is_honoured(tree: Tree) -> None:
    with serving(tree.wheels) as index:
        assert told(tree.run("audit", **from_index(index)))[1] == SHINE
        assert any(path.endswith(".whl") for path in index.requests)


@POSIX_ONLY
def test_the_owner_s_user_configuration_is_honoured(tree: Tree, tmp_path: Path) -> None:
    configuration = tmp_path / "home" / ".config"
    with serving(tree.wheels) as index:
        (configuration / "uv").mkdir(parents=True)
        (configuration / "uv" / "uv.toml").write_text(f'index-url = "{index.url}"\n')
        (configuration / "pip").mkdir()
        (configuration / "pip" / "pip.conf").write_text(
            f"[global]\nindex-url = {index.url}\n[install]\nuser = true\n"
        )
        by_default = dict.fromkeys((*from_index(index), "PIP_CONFIG_FILE", "UV_NO_CONFIG"))
        assert told(tree.run("audit", **by_default))[1] == SHINE
        assert index.requests != []


@contextmanager
def held_installation(tree: Tree) -> Iterator[subprocess.Popen[str]]:
    """A first run that waits for its wheel for as long as the context lasts."""
    asked, release = threading.Event(), threading.Event()

    def gate() -> None:
        asked.set()
        release.wait(60)

    with serving(tree.wheels, gate) as index:
        process = tree.start("audit", **from_index(index))
        try:
            assert asked.wait(60)
            yield process
        finally:
            release.set()
            process.kill()
            process.communicate()


@POSIX_ONLY
def test_a_killed_first_run_leaves_nothing_half_installed(tree: Tree) -> None:
    with held_installation(tree) as process:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    (left,) = tree.kept()
    assert left.name.startswith(".staging-")

    os.utime(left, (0, 0))
    assert told(tree.run("audit"))[1] == SHINE
    (key,) = tree.kept()
    assert key != left


@POSIX_ONLY
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
def test_a_cancelled_first_run_cleans_up(tree: Tree, number: signal.Signals, status: int) -> None:
    with held_installation(tree) as process:
        os.killpg(process.pid, number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in err
    assert tree.kept() == []


def test_two_first_runs_at_once_do_not_fight(tree: Tree) -> None:
    together = threading.Barrier(2, timeout=60)
    with serving(tree.wheels, together.wait) as index:
        # A cache of uv's own each: with a shared one the second would wait for the first.
        processes = [
            tree.start("audit", **from_index(index), UV_CACHE_DIR=str(tree.cwd.parent / name))
            for name in ("one", "two")
        ]
        results = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], results
    assert [json.loads(out)[1] for out, _ in results] == [SHINE, SHINE]
    assert all("installing" in err for _, err in results)
    assert len(tree.kept()) == 1


@POSIX_ONLY
@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_an_interrupted_part_ends_without_a_traceback(tree: Tree) -> None:
    assert tree.run("audit").returncode == 0
    process = tree.start("audit", "wait")
    assert process.stdout
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")


@POSIX_ONLY
@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_a_reader_that_leaves_early_sees_no_traceback(tree: Tree) -> None:
    assert tree.run("audit").returncode == 0
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        process = subprocess.run(
            [bash(), str(tree.root / "bin" / "ceremony"), "audit"],
            env=dict(tree.environment),
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (process.returncode, process.stderr) == (141, b"")


# --- Threat rows 9 and 10: the caller's directory.

TRAP = "import pathlib, sys\npathlib.Path({pwn!r}).touch()\nsys.exit(9)\n"


def set_traps(tree: Tree, pwn: Path, index: str) -> dict[str, str | None]:
    """Fills the caller's directory with what must not run or be read; returns its variables."""
    shadowed = (
        "json ceremony trinket pip uv site sitecustomize usercustomize os _blake2 hashlib"
        " importlib subprocess compileall startup"
    )
    for name in shadowed.split():
        (tree.cwd / f"{name}.py").write_text(TRAP.format(pwn=str(pwn)))
    for name in ("python3", "python", "uv", "readlink"):
        script = tree.cwd / name
        script.write_text(f"#!/bin/sh\ntouch '{pwn}'\nexit 9\n")
        script.chmod(0o755)
    pip = f"[global]\nindex-url = {index}\nextra-index-url = {index}\n[install]\ntarget = stolen\n"
    for name in ("pip.conf", "pip.ini", "pip/pip.conf", ".pip/pip.conf", ".config/pip/pip.conf"):
        path = tree.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pip)
    (tree.cwd / "uv.toml").write_text(f'index-url = "{index}"\nextra-index-url = ["{index}"]\n')
    (tree.cwd / "pyproject.toml").write_text(
        f'[project]\nname = "x"\nversion = "1"\n[[tool.uv.index]]\nurl = "{index}"\n'
    )
    (tree.cwd / ".python-version").write_text("3.8\n")
    (tree.cwd / ".venv").mkdir()
    (tree.cwd / ".venv" / "pyvenv.cfg").write_text("home = .\n")
    return {
        "PATH": os.pathsep.join(["", ".", tree.environment["PATH"], "", "sub/.."]),
        "PYTHONPATH": ".",
        "PYTHONHOME": ".",
        "PYTHONSTARTUP": "startup.py",
        "PYTHONUSERBASE": ".",
        "PIP_CONFIG_FILE": "pip.conf",
        "PIP_TARGET": "stolen",
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_BINARY": ":all:",
        "PIP_CONSTRAINT": "constraint.txt",
        "PIP_PYTHON": "./python3",
        "UV_NO_CONFIG": None,
        "UV_CONFIG_FILE": "uv.toml",
        "UV_PROJECT": ".",
        "UV_PYTHON": "./python3",
        "UV_TARGET": "stolen",
        "VIRTUAL_ENV": ".venv",
        "XDG_CONFIG_HOME": ".",
        "CDPATH": ".",
    }


def test_rows_9_and_10_a_directory_full_of_traps_changes_nothing(
    tree: Tree, tmp_path: Path
) -> None:
    pwn = tmp_path / "pwn"
    with serving(tree.wheels) as owners, serving(tree.wheels) as theirs:
        variables = from_index(owners) | set_traps(tree, pwn, theirs.url)
        before = sorted(tree.cwd.rglob("*"))
        first = tree.run("audit", **variables)
        warm = tree.run("audit", **variables)
        assert theirs.requests == []
        assert owners.requests != []
    assert told(first) == told(warm) == [["audit"], SHINE, "é"]
    assert (first.returncode, warm.returncode, warm.stderr) == (0, 0, "")
    assert not pwn.exists()
    assert sorted(tree.cwd.rglob("*")) == before


@pytest.mark.parametrize("installer", ["uv"], indirect=True)
def test_row_10_a_cache_inside_the_caller_s_directory_reads_none_of_its_files(
    tree: Tree, tmp_path: Path
) -> None:
    with serving(tree.wheels) as owners, serving(tree.wheels) as theirs:
        variables = from_index(owners) | set_traps(tree, tmp_path / "pwn", theirs.url)
        variables["XDG_CACHE_HOME"] = str(tree.cwd / "cache")
        result = tree.run("audit", **variables)
        assert theirs.requests == []
        assert owners.requests != []
    assert told(result)[1] == SHINE


def test_an_installer_sees_only_what_the_owner_may_say() -> None:
    absolute = str(Path("/etc/x").absolute())
    given = {
        "LANG": "C",
        "HTTPS_PROXY": "http://proxy:1",
        "SSL_CERT_FILE": absolute,
        "REQUESTS_CA_BUNDLE": "ca.pem",
        "PIP_INDEX_URL": "https://user:word@index/simple",
        "PIP_EXTRA_INDEX_URL": "./simple https://other/simple",
        "PIP_FIND_LINKS": f"wheels {absolute}",
        "PIP_CONSTRAINT": absolute,
        "PIP_PLATFORM": "any",
        "UV_INDEX": "mine=https://mine/simple theirs=./simple",
        "UV_INDEX_MINE_PASSWORD": "word",
        "UV_FIND_LINKS": "wheels",
        "UV_OVERRIDE": absolute,
        "PYTHONPATH": absolute,
        "VIRTUAL_ENV": absolute,
    }
    assert installer_environment(given, "/scratch") == {
        "LANG": "C",
        "HTTPS_PROXY": "http://proxy:1",
        "SSL_CERT_FILE": absolute,
        "PIP_INDEX_URL": "https://user:word@index/simple",
        "PIP_EXTRA_INDEX_URL": "https://other/simple",
        "PIP_FIND_LINKS": absolute,
        "UV_INDEX": "mine=https://mine/simple",
        "UV_INDEX_MINE_PASSWORD": "word",
        "PIP_USER": "0",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "TMPDIR": "/scratch",
        "TEMP": "/scratch",
        "TMP": "/scratch",
    }


# --- Which Python.


def command(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
class TestPython:
    def test_none_on_path(self, tree: Tree, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        result = tree.run("audit", PATH=str(tmp_path / "empty"), CEREMONY_PYTHON=None)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr.startswith("ceremony: no Python 3.11 or newer on PATH. Install one")

    @pytest.mark.parametrize("name", ["no-such-python", "/no/such/python3.13"])
    def test_the_one_named_is_not_there(self, tree: Tree, name: str) -> None:
        result = tree.run("audit", CEREMONY_PYTHON=name)
        assert (result.returncode, result.stdout) == (2, "")
        assert f"CEREMONY_PYTHON is '{name}'" in result.stderr

    @POSIX_ONLY
    @pytest.mark.parametrize("folder", ["bin", "shims"])
    def test_an_old_or_hollow_python3_is_passed_over(
        self, tree: Tree, tmp_path: Path, folder: str
    ) -> None:
        command(tmp_path / folder, "python3", "exit 1")
        command(
            tmp_path / folder, "python3.13", f'[ {folder} = bin ] && exec "{sys.executable}" "$@"'
        )
        command(tmp_path / folder, "python", f'exec "{sys.executable}" "$@"')
        result = tree.run("audit", PATH=str(tmp_path / folder), CEREMONY_PYTHON=None)
        assert told(result)[1] == SHINE

    @POSIX_ONLY
    def test_a_warm_start_is_one_process(self, tree: Tree, tmp_path: Path) -> None:
        assert tree.run("audit").returncode == 0
        log = tmp_path / "log"
        command(
            tmp_path / "bin", "python3.11", f'echo "$@" >>"{log}"\nexec "{sys.executable}" "$@"'
        )
        (tmp_path / "bin" / "python3").symlink_to("python3.11")
        result = tree.run("audit", PATH=str(tmp_path / "bin"), CEREMONY_PYTHON=None)
        assert told(result)[1] == SHINE
        assert len(log.read_text().splitlines()) == 1

    @POSIX_ONLY
    def test_a_link_to_the_launcher_finds_its_tree(self, tree: Tree, tmp_path: Path) -> None:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "ceremony").symlink_to(tree.root / "bin" / "ceremony")
        process = subprocess.run(
            [bash(), str(tmp_path / "bin" / "ceremony"), "audit"],
            cwd=tree.cwd,
            env=dict(tree.environment),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert told(process)[1] == SHINE


# --- The locks themselves.

LOCKS = sorted((REPOSITORY / "requirements").glob("*.txt"))
PINNED = re.compile(
    r"([a-z0-9-]+)==[^ ]+( ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
)


def pinned(lock: Path) -> dict[str, str]:
    return {match[1]: match[0] for match in PINNED.finditer(lock.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_pins_everything_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "".join(PINNED.sub("", text).split()) == ""
    assert len(pinned(lock)) >= 3
    assert "://" not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_holds_what_its_source_names(lock: Path) -> None:
    wanted = {
        re.sub(r"[._]", "-", line.partition("==")[0].lower())
        for line in lock.with_suffix(".in").read_text(encoding="utf-8").splitlines()
        if line[:1].isalpha()
    }
    assert wanted <= pinned(lock).keys()
    assert not {"cryptography", "ruamel-yaml-clib"} & pinned(lock).keys()


def test_the_parts_share_the_versions_of_the_core() -> None:
    core, forge, sandbox, test = (
        pinned(REPOSITORY / "requirements" / f"{name}.txt")
        for name in ("core", "forge", "sandbox", "test")
    )
    assert core.items() <= forge.items() <= sandbox.items() <= test.items()


def test_a_part_installs_only_what_it_needs() -> None:
    locks = {part: Path(lock_of(part)).name for part in ("audit", "promote", "rehearse")}
    assert locks == {"audit": "core.txt", "promote": "forge.txt", "rehearse": "sandbox.txt"}


def test_the_core_is_pure_python_and_leaves_the_forge_out() -> None:
    core = pinned(REPOSITORY / "requirements" / "core.txt")
    assert core.keys() == {"markdown-it-py", "mdurl", "ruamel-yaml"}
