"""Installs the locked packages of a part into a private folder: complete, or absent.

The hashes of the lock decide what is installed. The machine's owner decides where it comes from,
by environment and user configuration. The directory that the part was started in decides nothing:
a pull request may have written it.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

STAGING_PREFIX = ".staging-"
STAGING_LIFETIME_SECONDS = 3600
RENAME_ATTEMPTS = 50
SHOWN_LINES = 15

EXIT_USAGE = 2
EXIT_UNREACHABLE = 3

# What the owner may say to an installer: where packages come from and how to get there. All else
# (targets, users, platforms, constraints, builds) would change what is installed, or where.
OWNER_SETTINGS = frozenset(
    f"{installer}_{name}"
    for installer, names in {
        "PIP": (
            "INDEX_URL EXTRA_INDEX_URL NO_INDEX FIND_LINKS TRUSTED_HOST CERT CLIENT_CERT PROXY"
            " TIMEOUT DEFAULT_TIMEOUT RETRIES RESUME_RETRIES CACHE_DIR NO_CACHE_DIR CONFIG_FILE"
            " KEYRING_PROVIDER USE_FEATURE USE_DEPRECATED"
        ),
        "UV": (
            "INDEX_URL EXTRA_INDEX_URL DEFAULT_INDEX INDEX FIND_LINKS NO_INDEX INDEX_STRATEGY"
            " KEYRING_PROVIDER NATIVE_TLS SYSTEM_CERTS INSECURE_HOST OFFLINE HTTP_TIMEOUT"
            " REQUEST_TIMEOUT HTTP_CONNECT_TIMEOUT HTTP_RETRIES CACHE_DIR NO_CACHE CONFIG_FILE"
            " NO_CONFIG CREDENTIALS_DIR CONCURRENT_DOWNLOADS CONCURRENT_INSTALLS"
        ),
    }.items()
    for name in names.split()
)
# The names between are the owner's: UV_INDEX_<NAME>_USERNAME.
OWNER_CREDENTIALS = ("_USERNAME", "_PASSWORD")

# A relative one of these would be looked up in the caller's directory.
PATHS = frozenset(
    "PIP_CERT PIP_CLIENT_CERT PIP_CACHE_DIR PIP_CONFIG_FILE UV_CACHE_DIR UV_CONFIG_FILE"
    " UV_CREDENTIALS_DIR SSL_CERT_FILE SSL_CERT_DIR SSL_CLIENT_CERT REQUESTS_CA_BUNDLE"
    " CURL_CA_BUNDLE NETRC XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_CONFIG_DIRS HOME"
    " APPDATA LOCALAPPDATA USERPROFILE".split()
)
# Lists of addresses and folders, of which the relative ones are left out.
PLACES = frozenset(
    "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS UV_INDEX_URL UV_EXTRA_INDEX_URL"
    " UV_DEFAULT_INDEX UV_INDEX UV_FIND_LINKS".split()
)
# Neither Python's own variables nor an active environment may steer the installer.
WITHHELD_PREFIXES = ("PYTHON", "CONDA_", "PIP_", "UV_")
WITHHELD = frozenset({"VIRTUAL_ENV", "__PYVENV_LAUNCHER__"})


class InstallError(Exception):
    """The packages are not there; the message is for the user, `status` is the exit status."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


def install(part: str, lock: str, folder: str, *, marker: str, say: Callable[[str], None]) -> None:
    """Fills `folder` with the packages of the file `lock`, or raises `InstallError`.

    `marker` is the name of the file that says that the folder is complete.
    """
    with open(lock, "rb") as file:
        count = sum(line[:1].isalnum() for line in file)
    say(f"installing {count} locked packages for {part or 'ceremony'} (first run only)")
    root = os.path.dirname(folder)
    # A cancelled job is asked to end before it is killed: leave nothing behind then.
    previous = signal.signal(signal.SIGTERM, _terminate)
    staging = ""
    try:
        os.makedirs(root, mode=0o700, exist_ok=True)
        _sweep(root)
        staging = tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=root)
        site = os.path.join(staging, "site")
        _fill(site, lock, staging)
        timestamps = py_compile.PycInvalidationMode.TIMESTAMP
        compileall.compile_dir(site, quiet=2, invalidation_mode=timestamps)
        with open(os.path.join(site, marker), "wb"):
            pass
        # The launcher runs nothing from a folder that others may write to, whatever the umask.
        os.chmod(site, 0o700)
        _put_in_place(site, folder, staging, marker)
    except OSError as error:
        message = (
            f"the locked packages could not be installed under {root}: {error.strerror or error}."
            " Make room there or make it writable, or set XDG_CACHE_HOME to another absolute path."
        )
        raise InstallError(message, status=EXIT_UNREACHABLE) from error
    finally:
        if staging:
            shutil.rmtree(staging, ignore_errors=True)
        signal.signal(signal.SIGTERM, previous)


def _terminate(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _sweep(root: str) -> None:
    """Removes what killed installations left behind."""
    oldest = time.time() - STAGING_LIFETIME_SECONDS
    with os.scandir(root) as entries:
        for entry in entries:
            if not entry.name.startswith(STAGING_PREFIX):
                continue
            try:
                stale = entry.stat(follow_symlinks=False).st_mtime < oldest
            except FileNotFoundError:
                continue
            if stale:
                shutil.rmtree(entry.path, ignore_errors=True)


def _fill(site: str, lock: str, staging: str) -> None:
    scratch = os.path.join(staging, "tmp")
    os.mkdir(scratch, mode=0o700)
    # uv looks for a project and a configuration from here upwards, and stops at the first.
    with open(os.path.join(staging, "pyproject.toml"), "w", encoding="utf-8") as file:
        file.write('[project]\nname = "locked"\nversion = "0"\n[tool.uv.workspace]\n')
    environment = installer_environment(os.environ, scratch)
    failure = ""
    for command in _installers(site, lock):
        output = _output_of_failure(command, folder=staging, environment=environment)
        if output is None:
            return
        shutil.rmtree(site, ignore_errors=True)
        if "No module named pip" not in output:
            failure = output
        elif not failure:
            message = (
                "neither uv nor pip is there to install the locked packages"
                f" ({sys.executable} has no pip). Install uv, or pip for this Python"
                " (on Debian and Ubuntu: apt install python3-pip)."
            )
            raise InstallError(message, status=EXIT_USAGE)
    message = (
        "the locked packages could not be installed. The installer's last words:\n"
        f"{_last_lines(failure)}\n"
        "Check the connection and the index settings, then run the same command again."
    )
    raise InstallError(message, status=EXIT_UNREACHABLE)


def _installers(site: str, lock: str) -> Iterator[list[str]]:
    """The commands to try, in order: uv where PATH has it, then this interpreter's pip."""
    locked = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", lock]
    uv = shutil.which("uv")
    if uv:
        # Copies, because through a hard link uv's shared cache could change an installed file.
        place = ["--python", sys.executable, "--target", site, "--link-mode", "copy"]
        yield [uv, "pip", "install", "--quiet", *place, *locked]
    calm = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location"]
    place = ["--target", site, "--no-compile"]
    yield [sys.executable, "-I", "-m", "pip", "install", *calm, *place, *locked]


def installer_environment(environment: Mapping[str, str], scratch: str) -> dict[str, str]:
    """What an installer may see of the caller's environment.

    The owner's index, certificate, proxy and credential settings stay. What would change what is
    installed, or where, goes, and so does every value relative to the caller's directory.
    """
    kept: dict[str, str] = {}
    for name, value in environment.items():
        upper = name.upper()
        relative = upper in PATHS and not os.path.isabs(value) and value != os.devnull
        if relative or not _is_owners(upper):
            continue
        allowed = _absolute_places(value) if upper in PLACES else value
        if allowed:
            kept[name] = allowed
    # A user's pip.conf may ask for these, and neither fits a folder of our own.
    kept |= {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    # What a killed installer leaves behind is swept with the folder it worked in.
    return kept | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch)


def _is_owners(name: str) -> bool:
    if name in OWNER_SETTINGS:
        return True
    if name.startswith("UV_INDEX_"):
        return name.endswith(OWNER_CREDENTIALS)
    return name not in WITHHELD and not name.startswith(WITHHELD_PREFIXES)


def _absolute_places(value: str) -> str:
    """The addresses and absolute folders of a list; uv writes some of them `name=address`."""
    places = ((place, _address_of(place)) for place in value.split())
    return " ".join(place for place, at in places if "://" in at or os.path.isabs(at))


def _address_of(place: str) -> str:
    name, equals, address = place.partition("=")
    return address if equals and name.isidentifier() else place


def _output_of_failure(
    command: list[str], *, folder: str, environment: dict[str, str]
) -> str | None:
    """Runs an installer. None where it succeeded, else all that it printed."""
    with subprocess.Popen(  # noqa: S603 - a fixed list of arguments, no shell
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
    return output.decode(errors="replace") if process.returncode else None


def _last_lines(output: str) -> str:
    """The end of an installer's output, harmless to a terminal and to a workflow's log."""
    lines = [line for line in output.splitlines() if line.strip()][-SHOWN_LINES:]
    printable = ("".join(c if c.isprintable() else " " for c in line) for line in lines)
    return "\n".join(f"  | {line.replace('##[', '## [')}" for line in printable)


def _put_in_place(site: str, folder: str, staging: str, marker: str) -> None:
    """Renames a finished installation to its key; where another was first, keeps theirs."""
    for attempt in range(RENAME_ATTEMPTS):
        try:
            os.rename(site, folder)
        except OSError:
            if os.path.exists(os.path.join(folder, marker)):
                return
            if os.path.lexists(folder):
                # Whatever bears the key without the marker was not left by an installation.
                os.rename(folder, os.path.join(staging, f"incomplete-{attempt}"))
            elif os.name != "nt":
                raise
            else:
                # A scanner of viruses may hold a fresh file for a moment.
                time.sleep(0.1)
        else:
            return
    message = f"the installed packages could not be moved to {folder}. Run the same command again."
    raise InstallError(message, status=EXIT_UNREACHABLE)
