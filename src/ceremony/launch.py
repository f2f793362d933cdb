"""Starts a part with its locked packages and nothing of the caller's.

`bin/ceremony` runs this file with `python -I -S`, so it sees the standard library only. Every
start compiles it anew, as Python keeps no compiled form of a script: it holds what a warm start
needs, and `install.py` the rest.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES

# A digest of a few kilobytes does not justify loading OpenSSL, which `hashlib` does.
try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# What is not named here reads documents only; the command line refuses unknown names.
LOCKS = {
    **dict.fromkeys(("promote", "cut", "stage", "artifacts", "prune", "review"), "forge.txt"),
    "rehearse": "sandbox.txt",
}

# Part of every key: raise it when what an installation leaves behind changes.
LAYOUT = "1"
MARKER = "complete"


def lock_of(part: str) -> str:
    """The path of the lock that holds what `part` needs."""
    return os.path.join(REPOSITORY, "requirements", LOCKS.get(part, "core.txt"))


def key_of(lock: bytes) -> str:
    """A folder name that changes with the locked packages, the interpreter and the machine.

    The first suffix of extension modules names implementation, version, ABI and, on most
    systems, the platform; macOS leaves the processor out of it.
    """
    machine = os.uname().machine if hasattr(os, "uname") else ""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    facts = (
        LAYOUT,
        sys.implementation.name,
        version,
        EXTENSION_SUFFIXES[0],
        sys.platform,
        machine,
    )
    digest = blake2b("\0".join(facts).encode(), digest_size=16)
    digest.update(lock)
    return digest.hexdigest()


def private_folder() -> str:
    """Where this job, or this user, keeps the installed packages; empty where that is unknown."""
    environment = os.environ
    temporary = environment.get("RUNNER_TEMP", "")
    if environment.get("GITHUB_ACTIONS") == "true" and os.path.isabs(temporary):
        return os.path.join(temporary, "ceremony")
    cache = environment.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        if os.name == "nt":
            cache = environment.get("LOCALAPPDATA", "")
        else:
            inside = "Library/Caches" if sys.platform == "darwin" else ".cache"
            cache = os.path.join(environment.get("HOME", ""), inside)
    return os.path.join(cache, "ceremony") if os.path.isabs(cache) else ""


def is_own(folder: str) -> bool:
    """Whether nobody else can have put into the folder what would run from it."""
    if not hasattr(os, "geteuid"):
        return True
    try:
        found = os.lstat(folder)
    except OSError:
        return True  # there is nothing to run
    kind = found.st_mode & 0o170000
    if kind == 0o100000:
        return True  # a file holds nothing that could run; installing says what is wrong
    return kind == 0o040000 and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def say(message: str) -> None:
    sys.stderr.write(f"ceremony: {message}\n")


def drop_output() -> None:
    """Makes the flush at exit harmless where nobody takes the output any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run() -> int:
    if sys.stdout is None or sys.stderr is None:
        # A report that nobody can read has failed, and there is nowhere to say so.
        return 3
    if sys.version_info < (3, 11):  # noqa: UP036 - CEREMONY_PYTHON and PATH may lie
        say(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}.")
        return 2
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    lock = lock_of(part)
    with open(lock, "rb") as file:
        key = key_of(file.read())
    home = private_folder()
    if not home:
        say(
            "there is no folder to keep the installed packages in: the home directory is unknown."
            " Set XDG_CACHE_HOME to an absolute path that can be written."
        )
        return 2
    packages = os.path.join(home, key)
    for folder in (home, packages):
        if not is_own(folder):
            say(
                f"{folder} belongs to somebody else, or others may write to it, so nothing of it"
                " is run. Remove it, or set XDG_CACHE_HOME to a folder of your own."
            )
            return 2
    # After the standard library, so that no package can stand in for a part of it.
    sys.path.append(os.path.join(REPOSITORY, "src"))
    sys.argv[0] = "ceremony"
    try:
        if not os.path.exists(os.path.join(packages, MARKER)):
            from ceremony.install import InstallError, install

            try:
                install(part, lock, packages, marker=MARKER, say=say)
            except InstallError as error:
                say(str(error))
                return error.status
        sys.path.append(packages)
        from ceremony.cli import main

        status = main(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        drop_output()
        return 141
    except OSError as error:
        drop_output()
        say(f"the report could not be written: {error.strerror}.")
        return 3
    return status


if __name__ == "__main__":
    raise SystemExit(run())
