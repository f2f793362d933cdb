"""The files of a folder that patterns mean, found in one walk, and what they hold.

A link is never followed, wherever it leads: a build may leave one that points at a secret. What no
pattern can reach is never entered, and what is not taken is not kept in memory.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
import zlib
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent import futures
from io import BufferedReader
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from ceremony.model import InputError
from ceremony.opening import opened
from ceremony.rules.globs import Glob, Level, Matcher

LISTED = 100
"""The most names that were passed over and are listed; the rest is counted."""

_CHUNK = 1024 * 1024
_OVERLAP = 512
"""No secret that is looked for is longer, as far as it is looked at, in UTF-16 too."""
_OF_AWS = "an access key of AWS"
_STRIDE = 4
_SAMPLES = 10
_MANY = 200
"""Places in one chunk that are searched each by itself; of more, the whole chunk is faster."""
_NAME_SURROGATE = 0x2000_0000
_CHANGED = "changed while it was looked at: run this when the build has ended"
_HIDDEN_FOLDER = "is a hidden folder; a pattern has to say its dot"
_FOLDER = "is a folder; write its path and `/**` for the files in it, or pack it"


class Found(NamedTuple):
    """A file that is wanted."""

    path: str
    """As it lies on the disk, relative to the root, with forward slashes."""
    size: int
    """In bytes."""


class Passed(NamedTuple):
    """What was passed over though patterns mean its name."""

    path: str
    why: str


class Walked(NamedTuple):
    """What one walk found."""

    files: tuple[Found, ...]
    """Sorted by path."""
    missing: tuple[str, ...]
    """The patterns that took none of the files, in their order."""
    passed: tuple[Passed, ...]
    """Those whose own name is meant before those that could be folders, each by path: the first
    `LISTED` at most. A folder is one of them where what means it took no file."""
    passed_more: int
    """How many more were passed over."""
    entries: int
    """How many names were looked at."""


class Measured(NamedTuple):
    """What a file holds."""

    size: int
    sha256: str
    secret: str
    """What in it looks like a secret, such as `a GitHub token`; empty where nothing does."""


# ---------------------------------------------------------------------------- the walk


def walk(root: Path, wanted: Sequence[Glob], *, ignore_case: bool = False) -> Walked:
    """The files below a folder that the patterns take.

    Raises InputError where the root is no folder, where the patterns are too much together, where
    a folder that has to be entered cannot be read, and where something changes meanwhile.
    """
    base = os.fspath(root)
    if not root.is_dir():
        raise InputError(f"the root {base!r} is not a folder; give the folder of the build's files")
    try:
        matcher = Matcher(wanted, ignore_case=ignore_case)
    except ValueError as problem:
        raise InputError(str(problem)) from None
    walker = _Walker(base)
    if matcher.top is not None:
        walker.waiting.append(("", matcher.top))
    while walker.waiting:
        folder, level = walker.waiting.pop()
        try:
            walker.look(folder, level)
        except OSError as error:
            raise _unreadable(folder, error) from None
    walker.files.sort()
    missing = _missing(matcher, wanted, walker.files)
    walker.pass_over_folders({order for order, glob in enumerate(wanted) if glob in missing})
    passed = walker.passed
    return Walked(
        tuple(walker.files),
        tuple(glob.text for glob in missing),
        tuple(each for _place, each in passed.kept),
        passed.more,
        walker.entries,
    )


_T = TypeVar("_T", str, tuple[bool, Passed])


class _First(Generic[_T]):
    """The first `LISTED` of what is added, sorted; the rest is counted."""

    def __init__(self) -> None:
        self.kept: list[_T] = []
        self.more = 0

    def add(self, one: _T) -> None:
        insort(self.kept, one)
        if len(self.kept) > LISTED:
            self.kept.pop()
            self.more += 1


class _Walker:
    def __init__(self, base: str) -> None:
        self._base = base
        self.waiting: list[tuple[str, Level]] = []
        """Folders that are still to be read, each with a slash at its end, empty for the root."""
        self.files: list[Found] = []
        self.passed: _First[tuple[bool, Passed]] = _First()
        """What was passed over, what matters most first."""
        self._folders: dict[tuple[tuple[int, ...], bool], _First[str]] = {}
        """Those that patterns mean themselves, by which these are, and whether they are hidden."""
        self.entries = 0

    def look(self, folder: str, level: Level) -> None:
        """Read one folder. Raises OSError."""
        takes = level.takes
        entries = 0
        with os.scandir(f"{self._base}/{folder}") as listing:
            # This runs for every name of the tree: what no pattern takes costs two calls.
            for entry in listing:
                entries += 1
                name = entry.name
                if entry.is_file(follow_symlinks=False):
                    if takes(name):
                        self.files.append(Found(folder + name, os.lstat(entry.path).st_size))
                    elif name[0] == "." and takes(name, as_shown=True):
                        self._pass_over(folder + name, "is hidden; a pattern has to say its dot")
                else:
                    self._look_at_other(entry, folder, level)
        self.entries += entries

    def _look_at_other(self, entry: os.DirEntry[str], folder: str, level: Level) -> None:
        name = entry.name
        path = folder + name
        below = level.enter(name)
        is_link = entry.is_symlink() or _is_junction(entry)
        if not is_link and entry.is_dir(follow_symlinks=False):
            is_hidden = False
            if below is not None:
                self.waiting.append((f"{path}/", below))
            else:
                is_hidden = name[0] == "." and level.enter(name, as_shown=True) is not None
            naming = level.naming(name)
            if naming:
                self._folders.setdefault((naming, is_hidden), _First()).add(path)
            elif is_hidden:
                self._pass_over(path, _HIDDEN_FOLDER, is_meant=False)
        elif is_link and (below is not None or level.takes(name)):
            why = "is a link; links are not followed"
            self._pass_over(path, why, is_meant=level.takes(name))
        elif level.takes(name):
            self._pass_over(path, "is no regular file")

    def _pass_over(self, path: str, why: str, *, is_meant: bool = True) -> None:
        self.passed.add((not is_meant, Passed(path, why)))

    def pass_over_folders(self, missing: set[int]) -> None:
        """List the folders that a pattern means which took no file; `missing` are those."""
        for (naming, is_hidden), folders in self._folders.items():
            is_meant = not missing.isdisjoint(naming)
            if not is_meant and not is_hidden:
                continue
            why = _FOLDER if is_meant else _HIDDEN_FOLDER
            for path in folders.kept:
                self._pass_over(path, why, is_meant=is_meant)
            self.passed.more += folders.more


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder of Windows that leads elsewhere and is no symbolic link."""
    return os.name == "nt" and _is_surrogate(entry.stat(follow_symlinks=False))


def _is_surrogate(facts: os.stat_result) -> bool:
    """Whether Windows says that this name stands for another one.

    learn.microsoft.com, "Reparse Point Tags": that is one bit of the tag; files that are
    compressed or kept elsewhere have tags as well, and are files.
    """
    return bool(getattr(facts, "st_reparse_tag", 0) & _NAME_SURROGATE)


def _unreadable(folder: str, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return InputError(_CHANGED, file=folder or ".")
    return InputError(
        f"the folder cannot be read ({error.strerror}); let this user read it, or exclude it with "
        "a pattern such as `!folder/`",
        file=folder or ".",
    )


def _missing(matcher: Matcher, wanted: Sequence[Glob], files: Iterable[Found]) -> dict[Glob, None]:
    """The patterns that took none of the files, in their order."""
    left = dict.fromkeys(glob for glob in wanted if not glob.negated)
    for file in files:
        if not left:
            break
        for glob in [glob for glob in left if matcher.is_taken_by(glob, file.path)]:
            del left[glob]
    return left


# ---------------------------------------------------------------------------- what files hold


def measure(
    root: Path,
    files: Sequence[Found],
    *,
    workers: int | None = None,
    seam: Callable[[], None],
    tell: Callable[[str], None],
) -> list[Measured]:
    """Size, SHA-256 and suspicion of each file, in the order given, several read at once.

    `workers` is how many; None for one a core. `seam` is called between files and may raise to
    stop there; `tell` is told each file that is done, as a line with its path as it is.

    Raises InputError for a file that is not what the walk found any more.
    """
    stopped = threading.Event()
    base = os.fspath(root)
    count = max(1, min(workers or os.cpu_count() or 1, len(files)))
    done: list[Measured] = []
    pool = futures.ThreadPoolExecutor(count)
    try:
        for file, answer in zip(
            files, [pool.submit(_measured, base, file, stopped) for file in files], strict=True
        ):
            seam()
            done.append(answer.result())
            tell(f"read {len(done):,} of {len(files):,}: {file.path} ({file.size:,} bytes)")
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)
    return done


def _measured(base: str, found: Found, stopped: threading.Event) -> Measured:
    place = f"{base}/{found.path}"
    try:
        _check_folders(base, found.path)
        file = opened(place)
        if file is None:
            raise InputError(_CHANGED, file=found.path)
        with file:
            before = os.fstat(file.fileno())
            # Where a link is opened as what it points at, the name is none of that file's.
            if not os.path.samestat(before, os.lstat(place)) or before.st_size != found.size:
                raise InputError(_CHANGED, file=found.path)
            digest, secret, size = _read(file, found.size, stopped)
            after = os.fstat(file.fileno())
    except OSError as error:
        if isinstance(error, PermissionError):
            raise InputError(
                "cannot be read by this user; let it be read, or exclude it", file=found.path
            ) from None
        raise InputError(_CHANGED, file=found.path) from None
    if size != found.size or after.st_mtime_ns != before.st_mtime_ns:
        raise InputError(_CHANGED, file=found.path)
    return Measured(size, digest, secret)


def _check_folders(base: str, path: str) -> None:
    """Raise InputError where the way to a file leads through a link by now."""
    place = base
    for name in path.split("/")[:-1]:
        place = f"{place}/{name}"
        facts = os.lstat(place)
        if not stat.S_ISDIR(facts.st_mode) or _is_surrogate(facts):
            raise InputError(_CHANGED, file=path)


def _read(file: BufferedReader, expected: int, stopped: threading.Event) -> tuple[str, str, int]:
    """A file's digest, what in it looks like a secret, and how many bytes it has.

    One that has more than expected is not read to its end: it may never have one.
    """
    digest = hashlib.sha256()
    buffer = bytearray(_OVERLAP + _CHUNK)
    view = memoryview(buffer)
    kept, size, secret = 0, 0, ""
    while size <= expected and not stopped.is_set():
        count = file.readinto(view[kept : kept + _CHUNK])
        if not count:
            break
        digest.update(view[kept : kept + count])
        size += count
        end = kept + count
        secret = secret or _secret(buffer, end)
        kept = min(_OVERLAP, end)
        view[:kept] = bytes(view[end - kept : end])
    return digest.hexdigest(), secret, size


# From its first letter on, so that what comes before costs nothing where that letter is not.
# github.blog, "Notice about upcoming new format for GitHub App installation tokens": ghs_APPID_JWT.
_GITHUB = re.compile(
    rb"g(?:h[pousr]_(?:[A-Za-z0-9]{36}|[0-9]{1,20}_eyJ[A-Za-z0-9._-]{32})|"
    rb"ithub_pat_[A-Za-z0-9_]{30})"
)
# What nothing else looks like, whatever stands before it.
_CERTAIN = re.compile(rb"gh._[0-9]+_eyJ|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}")
# The base64 of `x-access-token:gh`: as actions/checkout leaves its token in .git/config.
_HEADER = b"eC1hY2Nlc3MtdG9rZW46Z2h"
_BASIC = re.compile(_HEADER + rb"[A-Za-z0-9+/]{17}")
# Programs that read keys hold the header alone.
_KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
    rb"(?:(?:[ \t\r\n]|\\\\?[rn]){1,80}(?:[A-Za-z0-9+/=]{12}|Proc-Type|Version|Comment)|"
    # Laid together from a program's strings.
    rb"(?:[ \t\r\n\"'+,]|\\\\?[rn]){1,80}(?:M[A-Za-z0-9+/]{20}|b3BlbnNzaC1r))"
)
# Not the one that Amazon's documentation shows, nor a place in a long text of capitals.
# docs.aws.amazon.com, "IAM identifiers": AKIA begins a key, ASIA one that is good for a while.
_AWS = re.compile(
    rb"A[KS]IA(?!IOSFODNN7EXAMPLE)[A-Z2-7]{16}(?:(?![A-Z0-9])|(?<![A-Z0-9].{20}))", re.DOTALL
)
_BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_USUAL = bytes(
    chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "_-+/=: \\\r\n\t.,\"'")
    for byte in range(256)
)
_CAPITAL = bytes(chr(byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" for byte in range(256))
_ZEROS = bytes(_SAMPLES)
_ZEROS_BESIDE = bytes(_SAMPLES // 2)


def _secret(buffer: bytearray, end: int) -> str:
    """What the first so many bytes hold that looks like a secret.

    Searching for each kind takes longer than the digest. But most of what is published is
    compressed, and of 40 bytes in a row that a token or a key's header has, every fourth is looked
    at first: where not ten in a row could be of one, none is there. A key of AWS is found by five.
    In UTF-16, where 20 letters have 40 bytes, every second byte is zero.
    """
    samples = bytes(buffer[:end:_STRIDE])
    places = range(0, end, _STRIDE)
    for first, last in _spans(samples.translate(_CAPITAL), _SAMPLES // 2, places):
        # What follows a key decides whether it is one.
        if _AWS.search(buffer, first, min(end, last + 1)):
            return _OF_AWS
    beside = bytes(buffer[1 : end : 2 * _STRIDE])
    has_zeros = _ZEROS_BESIDE in beside
    for first, last in _spans(samples.translate(_USUAL), _SAMPLES, places):
        found = _secret_in_text(buffer, first, last)
        if has_zeros and not found:
            found = _secret_in_utf16(buffer, first, last)
        if found:
            return found
    if _ZEROS in samples:
        # The zeros may lie where the samples are, and the text beside them.
        places = range(1, end, 2 * _STRIDE)
        for first, last in _spans(beside.translate(_USUAL), _SAMPLES // 2, places):
            found = _secret_in_utf16(buffer, first, last)
            if found:
                return found
    return ""


def _spans(fitting: bytes, least: int, places: range) -> Iterator[tuple[int, int]]:
    """From where to where in the buffer so many samples in a row fit.

    `places` are those of the samples.
    """
    run = b"\1" * least
    begin = fitting.find(run)
    for _ in range(_MANY):
        if begin < 0:
            return
        behind = fitting.find(b"\0", begin)
        behind = len(fitting) if behind < 0 else behind
        # A run may begin before the first sample that is of it, and end behind the last.
        yield (
            places.start + max(0, begin - 1) * places.step,
            min(places.stop, places.start + behind * places.step),
        )
        begin = fitting.find(run, behind)
    if begin >= 0:
        yield places.start + (begin - 1) * places.step, places.stop


def _secret_in_text(buffer: bytes | bytearray, first: int, last: int) -> str:
    match = _GITHUB.search(buffer, first, last)
    while match:
        place = match.start()
        is_apart = not buffer[max(0, place - 1) : place].isalnum()
        if is_apart or _CERTAIN.match(buffer, place, last) or _has_checksum(match[0]):
            return "a GitHub token"
        match = _GITHUB.search(buffer, place + 1, last)
    place = buffer.find(_HEADER, first, last)
    if place >= 0 and _BASIC.search(buffer, place, last):
        return "a GitHub token"
    place = buffer.find(b"-----BEGIN ", first, last)
    if place >= 0 and _KEY.search(buffer, place, last):
        return "a private key"
    return ""


def _secret_in_utf16(buffer: bytearray, first: int, last: int) -> str:
    """What every second byte says, from the first on, where those between them are zero."""
    if _ZEROS_BESIDE not in bytes(buffer[first + 1 : last : 2 * _STRIDE]):
        return ""
    text = bytes(buffer[first:last:2])
    return _OF_AWS if _AWS.search(text) else _secret_in_text(text, 0, len(text))


def _has_checksum(token: bytes) -> bool:
    """Whether it is no noise of base64: programs lay a text right behind another one.

    github.blog, "Behind GitHub's new authentication token formats": the last six characters are the
    CRC-32 of those between the prefix and them, in base 62 and with leading zeros.
    """
    value = 0
    for byte in token[-6:]:
        value = value * 62 + _BASE62.find(byte)
    return value == zlib.crc32(token[-36:-6])
