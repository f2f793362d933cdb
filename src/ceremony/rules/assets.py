"""The verdict on each file that is to be published: by its path, its name and its size alone.

Pure and text alone, so that a file is lawful on every system or on none: no rule of the system
that happens to build it decides. What is lawful gets the name that GitHub would give it, before
GitHub does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ceremony.expressions import expression
from ceremony.rules import record

# docs.github.com, "About releases", "Storage and bandwidth quotas".
MAX_ASSETS = 1000
"""The most assets of a release; the record and the sums are two of them."""
TOO_LARGE = 2 * 1024**3
"""The first size in bytes that an asset must not have."""
MAX_NAME = 255
"""The most bytes of a file's name that every system keeps."""
_MAX_PATH = 1000
_MOST_NAMED = 5


class Named(NamedTuple):
    """A file and the name that it is published under."""

    path: str
    """From the root of the search, with forward slashes: a stranger's words."""
    name: str
    """Of the asset; where the file is refused, only what it would be."""
    refusal: str
    """Why it must not be published and what to do, to follow its path; empty where it may be."""


# ---------------------------------------------------------------------------- one file

# docs.github.com, "REST API endpoints for release assets", "Upload a release asset": what has
# special characters, or a dot at either end, is renamed. Every run of them becomes one dot.
_SPECIALS = expression(r"[^A-Za-z0-9_@+-]+", re.ASCII)
_SOUND = expression(r"[A-Za-z0-9_@+](?:.*[A-Za-z0-9_@+-])?")
_FORBIDDEN = expression(r'[<>:"\\|?*]')
_DEVICE = expression(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *", re.IGNORECASE)
_KEPT_ASIDE = expression(
    r"(?:\.(?:bak|old|orig|save|swp|txt|b64|base64|hex|"
    r"7z|br|bz2|gz|lz4|lzma|rar|tar|tbz2?|tgz|txz|tzst|xz|zip|zst)|~)+\Z"
)
_CREDENTIAL = expression(
    r"\.env.*|.*\.env(?:\.(?!(?:appimage|deb|dmg|exe|msi|rpm)\Z)[^.]+){0,2}|\.envrc|"
    r"id_(?:rsa|dsa|ecdsa|ed25519|xmss).*(?<!\.pub)|"
    r".*\.(?:pem|key|p12|pfx|p8|jks|keystore|kdbx?|keychain(?:-db)?|ppk|snk|tfvars)|"
    r".*\.tfstate(?:\.backup)?|"
    r"[._]netrc|\.(?:npmrc|yarnrc|pypirc|git-credentials|dockercfg|htpasswd|pgpass|vault-token)|"
    r"(?:application_default_)?credentials(?:\.(?:json|csv|toml|ini|ya?ml|xml))?|"
    r"client_secret.*\.json|service[-_]?account.*\.json|secrets?\.(?:json|toml|ini|ya?ml)|"
    r"(?:.*[-_.])?(?:api|firebase|gcloud|gcp|google|private|sa|secret|service)[-_]?keys?\.json|"
    r"(?:.*[-_.])?keyfile\.json|.*firebase-adminsdk.*\.json|"
    r"kubeconfig|wallet\.dat",
    re.DOTALL,
)
_PRIVATE = frozenset({".git", ".ssh", ".aws", ".azure", ".docker", ".gnupg", ".kube"})


def named(path: str) -> Named:
    """The name that a file is published under, and why it must not be where it mustn't.

    `path` is relative to the root of the search and has forward slashes on every system.
    """
    name = path.rpartition("/")[2]
    return Named(path, renamed(name), _refusal(path, name))


def renamed(name: str) -> str:
    """The name that GitHub gives to an asset: each run of special characters is one dot.

    What GitHub would give a name of its own, because nothing is left of it, is empty.
    """
    return _SPECIALS.sub(".", name).strip(".")


def _refusal(path: str, name: str) -> str:
    if len(path) > _MAX_PATH:
        return f"is a path of over {_MAX_PATH:,} characters; shorten it"
    if is_credential(path):
        return (
            "looks like a credential by its name: take it out with an exclusion, or rename it if "
            "it is none"
        )
    return _odd_path(path) or _odd_name(name)


def is_credential(path: str) -> bool:
    """Whether the name, or a folder above, says that only its owner should have the file."""
    *folders, name = path.lower().split("/")
    return not _PRIVATE.isdisjoint(folders) or any(
        _CREDENTIAL.fullmatch(each) is not None for each in (name, _KEPT_ASIDE.sub("", name))
    )


def _odd_path(path: str) -> str:
    """What makes a path mean something else on another system, or hides what it says."""
    if not path.isprintable():
        return "has a character that cannot be seen, such as a control character; rename it"
    if _FORBIDDEN.search(path):
        return 'has one of the characters < > : " \\ | ? *, which not every system has; rename it'
    parts = path.split("/")
    if not {"", ".", ".."}.isdisjoint(parts) or path.startswith("~"):
        return "is no plain path below the root; name the folder itself as the root"
    for part in parts:
        if part.endswith((".", " ")):
            return "has a part that ends with a dot or a blank, which Windows drops; rename it"
        if _DEVICE.fullmatch(part.partition(".")[0]):
            return f"has a part that is a device to Windows, {part[:60]!r}; rename it"
        if len(part.encode()) > MAX_NAME:
            return f"has a part of over {MAX_NAME} bytes; shorten it"
    return ""


def _odd_name(name: str) -> str:
    """What makes a file's own name no name of an asset."""
    if not name.isascii():
        return "has characters beyond ASCII in its name, which GitHub drops or changes; rename it"
    if _SOUND.fullmatch(name) is None:
        return (
            "must begin with a letter, a digit, `_`, `@` or `+`, and end with one of these or a "
            "dash; rename it"
        )
    published = renamed(name)
    if _DEVICE.fullmatch(published.partition(".")[0]):
        return f"would be published as {published!r}, which is a device to Windows; rename it"
    if published.lower() in {record.NAME.lower(), record.SUMS.lower()}:
        return f"would be published as {published!r}, which the release needs itself; rename it"
    return ""


# ---------------------------------------------------------------------------- all files


def refusals(files: Sequence[tuple[Named, int]]) -> list[str]:
    """Everything that keeps these files, each with its size in bytes, from being published.

    One sentence each, in the order of the files; nothing where all may be published.
    """
    found: list[str] = []
    for one, size in files:
        if one.refusal:
            found.append(f"{_said(one.path)} {one.refusal}")
        if size == 0:
            found.append(f"{_said(one.path)} is empty; GitHub takes no empty asset")
        elif size >= TOO_LARGE:
            found.append(
                f"{_said(one.path)} has {size:,} bytes; GitHub takes less than 2 GiB an asset: "
                "compress or divide it"
            )
    found += _collisions(one for one, _ in files)
    if len(files) + 2 > MAX_ASSETS:
        found.append(
            f"{len(files):,} files, the record and the sums are over {MAX_ASSETS:,} assets, and a "
            "release has no more; pack them together or narrow the patterns"
        )
    return found


def _collisions(files: Iterable[Named]) -> list[str]:
    """Names that are one to GitHub, or to a system on which case doesn't count."""
    groups: dict[str, list[Named]] = {}
    for one in files:
        if not one.refusal:
            groups.setdefault(one.name.lower(), []).append(one)
    return [
        f"{_listed(group)} would be published under one name, {group[0].name!r}"
        f"{', but for the case of its letters' if len({one.name for one in group}) > 1 else ''}; "
        "rename all but one, or narrow the patterns"
        for group in groups.values()
        if len(group) > 1
    ]


def _listed(group: Sequence[Named]) -> str:
    shown = ", ".join(_said(one.path) for one in group[:_MOST_NAMED])
    more = len(group) - _MOST_NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _said(path: str) -> str:
    return repr(path if len(path) <= 200 else f"{path[:100]}…{path[-99:]}")


# ---------------------------------------------------------------------------- what a name tells

_BESIDE = expression(r"(?:\.(?:sig|asc|minisig|sigstore|sha256|sha512|blockmap|zsync))+\Z")
_MEDIA: Mapping[str, str] = {
    "spdx.json": "application/spdx+json",
    "cdx.json": "application/vnd.cyclonedx+json",
    "7z": "application/x-7z-compressed",
    "apk": "application/vnd.android.package-archive",
    "appimage": "application/vnd.appimage",
    "asc": "application/pgp-signature",
    "bz2": "application/x-bzip2",
    "deb": "application/vnd.debian.binary-package",
    "dmg": "application/x-apple-diskimage",
    "exe": "application/vnd.microsoft.portable-executable",
    "flatpak": "application/vnd.flatpak",
    "gz": "application/gzip",
    "html": "text/html",
    "jar": "application/java-archive",
    "json": "application/json",
    "md": "text/markdown",
    "msi": "application/x-msi",
    "msix": "application/msix",
    "msixbundle": "application/msixbundle",
    "pdf": "application/pdf",
    "rpm": "application/x-rpm",
    "sha256": "text/plain",
    "sha512": "text/plain",
    "snap": "application/vnd.snap",
    "tar": "application/x-tar",
    "tgz": "application/gzip",
    "txt": "text/plain",
    "wasm": "application/wasm",
    "whl": "application/zip",
    "xml": "application/xml",
    "xz": "application/x-xz",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
    "zst": "application/zstd",
}
UNKNOWN_MEDIA = "application/octet-stream"
_PLATFORM_ENDING = expression(
    r".*\.(?:(?P<linux>deb|rpm|appimage|snap|flatpak|pkg\.tar\.(?:xz|zst))|(?P<macos>dmg|app)|"
    r"(?P<windows>msi|exe|(?:appx|msix)(?:bundle)?|nsis)|(?P<android>aab)|(?P<ios>ipa))"
    r"(?:\.(?:zip|tar(?:\.[a-z0-9]{1,4})?))?"
)
_PLATFORMS = {
    "linux": "linux",
    "linux32": "linux",
    "linux64": "linux",
    "manylinux": "linux",
    "manylinux1": "linux",
    "manylinux2010": "linux",
    "manylinux2014": "linux",
    "musllinux": "linux",
    "macos": "macos",
    "darwin": "macos",
    "macosx": "macos",
    "osx": "macos",
    "mac": "macos",
    "windows": "windows",
    "win": "windows",
    "win32": "windows",
    "win64": "windows",
    "alpine": "linux",
    "android": "android",
    "androideabi": "android",
    "ios": "ios",
    "freebsd": "freebsd",
    "netbsd": "netbsd",
    "openbsd": "openbsd",
}
_ARCHITECTURES = {
    "x8664": "x86_64",
    "amd64": "x86_64",
    "x64": "x86_64",
    "linux64": "x86_64",
    "win64": "x86_64",
    "aarch64": "aarch64",
    "arm64": "aarch64",
    "x86": "i686",
    "i386": "i686",
    "i586": "i686",
    "i686": "i686",
    "ia32": "i686",
    "armv7": "armv7",
    "armv7a": "armv7",
    "armv7hl": "armv7",
    "armv7l": "armv7",
    "v7a": "armv7",
    "armhf": "armv7",
    "armv6": "armv6",
    "armel": "armv6",
    "riscv64": "riscv64",
    "riscv64gc": "riscv64",
    "loong64": "loongarch64",
    "loongarch64": "loongarch64",
    "powerpc64le": "ppc64le",
    "ppc64le": "ppc64le",
    "ppc64el": "ppc64le",
    "s390x": "s390x",
    "universal": "universal",
    "universal2": "universal",
    "noarch": "any",
}
_X86_64 = expression(r"x86[_-]64")
_BESIDE_A_SYSTEM = expression(
    r"(?<![a-z0-9])(?:darwin|freebsd|linux|macos|windows)[_-](386|all)(?![a-z0-9])"
)
"""Words that tell an architecture behind the name of a system alone."""
_VERSIONED = expression(r"((?:free|net|open)bsd|darwin|macos|osx|win(?:dows)?)[0-9]+(?![a-z0-9])")
_USUALLY = {".apk": "android", ".pkg": "macos"}
_ENDINGS = {"_all.deb": "any", "-any.whl": "any", "-win32.whl": "i686"}
_WORD = expression(r"[a-z0-9]+")


def media_type(name: str) -> str:
    """The media type that a file's last ending stands for, the same on every system."""
    lower = name.lower()
    for ending, found in _MEDIA.items():
        if lower.endswith(f".{ending}"):
            return found
    return "text/plain" if name == record.SUMS else UNKNOWN_MEDIA


def platform(name: str) -> str:
    """`linux`, `macos`, `windows` and the like; empty where the name tells none, or two."""
    lower = _BESIDE.sub("", name.lower())
    match = _PLATFORM_ENDING.fullmatch(lower)
    if match:
        return match.lastgroup or ""
    # Rust's names of Android have Linux in them; many names have a system's version.
    words = _VERSIONED.sub(r"\1", lower.replace("linux-android", "android"))
    # Alpine's packages end as Android's do, and FreeBSD's as those of macOS.
    usual = {known for end, known in _USUALLY.items() if lower.endswith(end)}
    return _only(_told(_PLATFORMS, words) or usual)


def architecture(name: str) -> str:
    """`x86_64`, `aarch64`, `i686` and the like, `universal`, `any`; empty where it isn't told.

    One machine has many names (`amd64`, `x64`); here it has one.
    """
    lower = _X86_64.sub("x8664", _BESIDE.sub("", name.lower()))
    ending = next((known for end, known in _ENDINGS.items() if lower.endswith(end)), None)
    found = {ending} if ending else _told(_ARCHITECTURES, lower.removeprefix("universal"))
    match = _BESIDE_A_SYSTEM.search(lower)
    if match and not found:
        return "i686" if match[1] == "386" else "universal"
    # A program may be called universal; a machine is told by its own name then.
    return _only(found - {"universal"} if len(found) > 1 else found)


def _told(known: Mapping[str, str], lower: str) -> set[str]:
    return {known[word] for word in _WORD.findall(lower) if word in known}


def _only(found: Collection[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""
