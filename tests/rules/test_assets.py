"""The verdict on files that are to be published: one table of paths for every system."""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from collections.abc import Callable
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ceremony.rules.assets import (
    MAX_ASSETS,
    TOO_LARGE,
    Named,
    architecture,
    is_credential,
    media_type,
    named,
    platform,
    refusals,
    renamed,
)
from tests.support.growth import assert_linear

UNSEEN = "has a character that cannot be seen"
FORBIDDEN = "has one of the characters < > :"
NOT_BELOW = "is no plain path below the root"
DROPPED = "has a part that ends with a dot or a blank"
DEVICE = "is a device to Windows"
LONG = "has a part of over 255 bytes"
FOREIGN = "has characters beyond ASCII in its name"
EDGE = "must begin with a letter, a digit"
SECRET = "looks like a credential by its name"
NEEDED = "which the release needs itself"

LAWFUL = {
    "app.deb": "app.deb",
    "target/release/bundle/deb/app_1.0.0_amd64.deb": "app_1.0.0_amd64.deb",
    "a b.zip": "a.b.zip",
    "a  b.zip": "a.b.zip",
    "a.b.zip": "a.b.zip",
    "a..b.zip": "a.b.zip",
    "My App (1).exe": "My.App.1.exe",
    "My App [beta], new.exe": "My.App.beta.new.exe",
    "app-1.0~rc1.deb": "app-1.0.rc1.deb",
    "app-1.0+build.deb": "app-1.0+build.deb",
    "@scope-app.tgz": "@scope-app.tgz",
    "+x.zip": "+x.zip",
    "_app_.zip": "_app_.zip",
    "a$(touch pwn)x.zip": "a.touch.pwn.x.zip",
    "a`id`.zip": "a.id.zip",
    "a;id.zip": "a.id.zip",
    "a&b='c'.zip": "a.b.c.zip",
    "100%.zip": "100.zip",
    "a#b!c^d{e}f=g.zip": "a.b.c.d.e.f.g.zip",
    "a-.zip-": "a-.zip-",
    "x": "x",
    "-rf/app.deb": "app.deb",
    ".hidden/app.deb": "app.deb",
    "b\u00fccher/app.deb": "app.deb",
    "bu\u0308cher/app.deb": "app.deb",
    "a b/c d/e f.deb": "e.f.deb",
    "console.deb": "console.deb",
    "com.example.app.apk": "com.example.app.apk",
    "com10.deb": "com10.deb",
    "nullify.deb": "nullify.deb",
    "id_rsa.pub": "id_rsa.pub",
    "app.env.deb": "app.env.deb",
    "com.env.app_1.0.0_amd64.deb": "com.env.app_1.0.0_amd64.deb",
    "keys.json": "keys.json",
    "hot-key.json": "hot-key.json",
    "app.pem.gz.sig": "app.pem.gz.sig",
    "keyboard.deb": "keyboard.deb",
    "environment.zip": "environment.zip",
    "SHA256SUMS.txt": "SHA256SUMS.txt",
    "x" * 251 + ".deb": "x" * 251 + ".deb",
    "a/" * 495 + "app123.deb": "app123.deb",
}
REFUSED = {
    # rows 33 to 35: paths that lead elsewhere
    "/etc/passwd": NOT_BELOW,
    "../secret/app.deb": NOT_BELOW,
    "dist/../secret/app.deb": NOT_BELOW,
    "../../x": NOT_BELOW,
    "./app.deb": NOT_BELOW,
    "a/./app.deb": NOT_BELOW,
    "a//app.deb": NOT_BELOW,
    "a/": NOT_BELOW,
    "": NOT_BELOW,
    ".": NOT_BELOW,
    "..": NOT_BELOW,
    "~/app.deb": NOT_BELOW,
    "~root/app.deb": NOT_BELOW,
    "//server/share/app.deb": NOT_BELOW,
    "C:/app.deb": FORBIDDEN,
    "C:app.deb": FORBIDDEN,
    "a\\b.deb": FORBIDDEN,
    "..\\secret.deb": FORBIDDEN,
    "\\\\?\\C:\\app.deb": FORBIDDEN,
    "a\\/b.deb": FORBIDDEN,
    "app.deb:stream": FORBIDDEN,
    "app.deb::$DATA": FORBIDDEN,
    "a<b.deb": FORBIDDEN,
    "a>b.deb": FORBIDDEN,
    'a"b.deb': FORBIDDEN,
    "a|b.deb": FORBIDDEN,
    "a?b.deb": FORBIDDEN,
    "a*b.deb": FORBIDDEN,
    "a*/b.deb": FORBIDDEN,
    # row 36: names that GitHub, a shell or a reader takes for others
    "nl\nx.zip": UNSEEN,
    "a\rb.zip": UNSEEN,
    "a\tb.zip": UNSEEN,
    "a\0b.zip": UNSEEN,
    "a\x1b[2J.zip": UNSEEN,
    "a\x7f.zip": UNSEEN,
    "a\u202egpj.exe": UNSEEN,
    "a\u200bb.zip": UNSEEN,
    "a\u00a0b.zip": UNSEEN,
    "a\u2028b.zip": UNSEEN,
    "\udcff.zip": UNSEEN,
    "a\n/app.deb": UNSEEN,
    "-rf.zip": EDGE,
    "--help": EDGE,
    "-": EDGE,
    ".hidden.zip": EDGE,
    " app.deb": EDGE,
    "(app).deb": EDGE,
    "app.deb~": EDGE,
    "app.deb (copy)": EDGE,
    "!app.deb": EDGE,
    "#app.deb": EDGE,
    "((()))": EDGE,
    "$HOME.zip": EDGE,
    "app.": DROPPED,
    "app.deb ": DROPPED,
    "...": DROPPED,
    "a./app.deb": DROPPED,
    "a /app.deb": DROPPED,
    "b\u00fccher.deb": FOREIGN,
    "bu\u0308cher.deb": FOREIGN,
    "v\uff11.deb": FOREIGN,
    "\u0430pp.deb": FOREIGN,
    "\U0001f600.deb": FOREIGN,
    "CON": DEVICE,
    "con.deb": DEVICE,
    "nul.deb": DEVICE,
    "aux.tar.gz": DEVICE,
    "COM1.zip": DEVICE,
    "com\u00b9.zip": DEVICE,
    "lpt9": DEVICE,
    "conout$.zip": DEVICE,
    "prn .deb": DEVICE,
    "nul (1).deb": DEVICE,
    "aux,1.deb": DEVICE,
    "con/app.deb": DEVICE,
    "x" * 252 + ".deb": LONG,
    "\u00fc" * 128 + "/app.deb": LONG,
    "a/" * 495 + "app1234.deb": "is a path of over 1,000 characters",
    "ceremony-manifest.json": NEEDED,
    "dist/Ceremony-Manifest.JSON": NEEDED,
    "ceremony-manifest..json": NEEDED,
    "SHA256SUMS": NEEDED,
    "sha256sums": NEEDED,
    # row 34: credentials
    ".git/config": SECRET,
    "a/.git/config": SECRET,
    ".ssh/known_hosts": SECRET,
    ".aws/config": SECRET,
    ".env": SECRET,
    ".env.production": SECRET,
    "prod.env": SECRET,
    "id_rsa": SECRET,
    "ID_RSA": SECRET,
    "id_ed25519.bak": SECRET,
    "server.pem": SECRET,
    "server.pem.txt": SECRET,
    "server.key": SECRET,
    "server.KEY~": SECRET,
    "cert.p12": SECRET,
    "cert.pfx": SECRET,
    "release.jks": SECRET,
    "release.keystore": SECRET,
    "vault.kdbx": SECRET,
    "AuthKey_ABC.p8": SECRET,
    ".npmrc": SECRET,
    ".pypirc": SECRET,
    ".netrc": SECRET,
    "_netrc": SECRET,
    ".git-credentials": SECRET,
    "credentials": SECRET,
    "credentials.json": SECRET,
    "application_default_credentials.json": SECRET,
    "service-account-7.json": SECRET,
    "client_secret_1.json": SECRET,
    "secrets.yml": SECRET,
    "terraform.tfstate": SECRET,
    "prod.env.local": SECRET,
    "app.env.production": SECRET,
    "App.ENV.production.local": SECRET,
    "prod.env.zip": SECRET,
    ".env.local.gz": SECRET,
    "server.pem.gz": SECRET,
    "server.key.tar.xz": SECRET,
    "Server.PEM.ZIP~": SECRET,
    "release.keystore.base64": SECRET,
    "id_ed25519.tgz": SECRET,
    "gcp-key.json": SECRET,
    "my-project.gcp_key.json": SECRET,
    "sa-keys.json.bak": SECRET,
    "api_key.json": SECRET,
    "privatekey.json": SECRET,
    "deploy-keyfile.json": SECRET,
    "app-firebase-adminsdk-x1y2z-0123456789.json": SECRET,
}
EVERY = [*LAWFUL, *REFUSED]


def flavoured(path: str, flavour: type[PurePath]) -> str:
    """The path as a system's own rules divide it."""
    return "/".join(flavour(path).parts)


def is_reserved(part: str) -> bool:
    """What Python itself knows of Windows' names; it moved in 3.13."""
    known = getattr(ntpath, "isreserved", None)
    return bool(known(part) if known else PureWindowsPath(part).is_reserved())


def test_the_table_is_long_enough() -> None:
    assert len(EVERY) >= 60


@pytest.mark.parametrize(("path", "name"), LAWFUL.items(), ids=ascii)
def test_rows_33_to_36_what_may_be_published(path: str, name: str) -> None:
    assert named(path) == Named(path, name, "")
    assert renamed(name) == name
    assert refusals([(named(path), 1)]) == []


@pytest.mark.parametrize(("path", "why"), REFUSED.items(), ids=ascii)
def test_rows_33_to_36_what_may_not(path: str, why: str) -> None:
    found = named(path)
    assert why in found.refusal
    (said,) = refusals([(found, 1)])
    assert said.endswith(found.refusal)
    assert said.isprintable()
    assert len(said) < 500


@pytest.mark.parametrize("rules", [posixpath, ntpath], ids=["posix", "windows"])
def test_the_verdict_is_one_under_every_system_s_rules(
    rules: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [named(path) for path in EVERY]
    monkeypatch.setattr(os, "path", rules)
    monkeypatch.setattr(os, "sep", rules.sep)
    assert [named(path) for path in EVERY] == before


@pytest.mark.parametrize("path", EVERY, ids=ascii)
def test_what_some_system_reads_otherwise_is_lawful_on_none(path: str) -> None:
    for flavour in (PurePosixPath, PureWindowsPath):
        read = flavoured(path, flavour)
        assert read == path or named(path).refusal
        if not named(path).refusal:
            assert not flavour(path).is_absolute()
            assert not any(map(is_reserved, path.split("/")))
            assert named(read) == named(path)


_PIECES = st.sampled_from(
    [
        *"aZ09._-+@ ~\\/:*?\"<>|()[]{}!#$%&';=`^,",
        "\n",
        "\0",
        "ü",
        "\u202e",
        "con",
        "..",
        "C:",
        ".deb",
    ]
)


@given(st.lists(_PIECES, max_size=8).map("".join))
@example("con\u00a0.deb")
@example("C:/x")
def test_every_lawful_path_is_plain_everywhere(path: str) -> None:
    found = named(path)
    if found.refusal:
        return
    assert flavoured(path, PurePosixPath) == flavoured(path, PureWindowsPath) == path
    assert not PureWindowsPath(path).drive
    assert not any(map(is_reserved, (*path.split("/"), found.name)))
    # What the forge takes as it stands, so that nothing is renamed behind our back.
    assert re.fullmatch(r"[A-Za-z0-9_@+]([A-Za-z0-9._@+-]*[A-Za-z0-9_@+-])?", found.name)
    assert ".." not in found.name
    assert renamed(found.name) == found.name
    assert not named(found.name).refusal


@pytest.mark.parametrize(
    "unit",
    [
        "~",
        ".bak",
        "(",
        ".env",
        " ",
        "a.",
        "id_rsa",
        "con",
        ".gz",
        ".env.a",
        "-key",
        "gcp-key.json",
        ".tar.gz~",
    ],
)
def test_row_15_a_long_name_takes_linear_time(unit: str) -> None:
    def work(name: str) -> Callable[[], object]:
        return lambda: (named(name), platform(name))

    assert_linear(lambda n: unit * n, work, 20_000)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        # Read at github.com by others: runs of specials, dots among them, are one dot.
        ("fake.      file.txt", "fake.file.txt"),
        ("erick%%%%%!!!zhao.txt", "erick.zhao.txt"),
        ("app-v1.3.0-(15-5)-6064eac.apk", "app-v1.3.0-.15-5.-6064eac.apk"),
        ("app-1.1.0-1~buster_amd64.deb", "app-1.1.0-1.buster_amd64.deb"),
        ("(a)", "a"),
        (".a.", "a"),
        ("üü", ""),
        ("", ""),
    ],
    ids=ascii,
)
def test_the_name_that_github_gives(name: str, published: str) -> None:
    assert renamed(name) == published


@pytest.mark.parametrize(
    "path", ["a/.git", ".github/app.deb", "git/config", "keys/app.deb", "a.pem.sig", "environ"]
)
def test_what_is_no_credential(path: str) -> None:
    assert not is_credential(path)


# ---------------------------------------------------------------------------- all files


def asked(*paths: str, size: int = 1) -> list[str]:
    return refusals([(named(path), size) for path in paths])


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (
            ("x/a b.zip", "y/a.b.zip"),
            (
                "'x/a b.zip', 'y/a.b.zip' would be published under one name, 'a.b.zip'; rename "
                "all but one, or narrow the patterns"
            ),
        ),
        (
            ("x/App.zip", "y/app.zip"),
            (
                "'x/App.zip', 'y/app.zip' would be published under one name, 'App.zip', but for "
                "the case of its letters; rename all but one, or narrow the patterns"
            ),
        ),
        (
            tuple(f"{number}/a.zip" for number in range(5)),
            (
                "'0/a.zip', '1/a.zip', '2/a.zip', '3/a.zip', '4/a.zip' would be published under "
                "one name, 'a.zip'; rename all but one, or narrow the patterns"
            ),
        ),
        (
            tuple(f"{number}/a.zip" for number in range(8)),
            (
                "'0/a.zip', '1/a.zip', '2/a.zip', '3/a.zip', '4/a.zip' and 3 more would be "
                "published under one name, 'a.zip'; rename all but one, or narrow the patterns"
            ),
        ),
    ],
    ids=["renamed", "case", "five", "many"],
)
def test_row_36_names_that_are_one(paths: tuple[str, ...], said: str) -> None:
    assert asked("other.deb", *paths) == [said]


def test_what_is_refused_anyway_collides_with_nothing() -> None:
    assert len(asked("a/-x.zip", "b/-x.zip")) == 2


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "'a.deb' is empty; GitHub takes no empty asset"),
        (1, ""),
        (TOO_LARGE - 1, ""),
        (TOO_LARGE, "'a.deb' has 2,147,483,648 bytes; GitHub takes less than 2 GiB an asset"),
    ],
)
def test_sizes(size: int, said: str) -> None:
    assert bool(said) == bool(asked("a.deb", size=size))
    assert "".join(asked("a.deb", size=size)).startswith(said)


def test_the_record_and_the_sums_are_assets_too() -> None:
    most = [f"{number}.deb" for number in range(MAX_ASSETS - 2)]
    assert asked(*most) == []
    assert asked(*most, "more.deb") == [
        (
            "999 files, the record and the sums are over 1,000 assets, and a release has no more; "
            "pack them together or narrow the patterns"
        )
    ]


def test_everything_is_said_at_once_and_in_order() -> None:
    files = [("z/.env", 0), ("b/a b.deb", 1), ("a/a.b.deb", TOO_LARGE), ("con.zip", 1)]
    found = refusals([(named(path), size) for path, size in files])
    assert [said.split(" ")[0] for said in found[:4]] == [
        "'z/.env'", "'z/.env'", "'a/a.b.deb'", "'con.zip'",
    ]  # fmt: skip
    assert found[4].startswith("'b/a b.deb', 'a/a.b.deb' would be published")
    assert len(found) == 5


def test_a_long_path_is_cut_in_the_middle() -> None:
    (said,) = asked("a/" * 600 + "app.deb")
    assert asked(f"{'x' * 194}/-b.zi")[0].startswith(f"'{'x' * 194}/-b.zi' ")
    assert said.startswith("'a/a/")
    assert "…" in said
    assert "a/app.deb' is a path of over 1,000 characters; shorten it" in said


# ---------------------------------------------------------------------------- what a name tells

TOLD = {
    # Tauri's own names, under Linux, macOS and Windows.
    "app_1.0.0_amd64.deb": ("linux", "x86_64", "application/vnd.debian.binary-package"),
    "app_1.0.0_arm64.deb": ("linux", "aarch64", "application/vnd.debian.binary-package"),
    "app_1.0.0_armhf.deb": ("linux", "armv7", "application/vnd.debian.binary-package"),
    "app_1.0.0_all.deb": ("linux", "any", "application/vnd.debian.binary-package"),
    "app-1.0.0-1.x86_64.rpm": ("linux", "x86_64", "application/x-rpm"),
    "app-1.0.0-1.noarch.rpm": ("linux", "any", "application/x-rpm"),
    "app_1.0.0_amd64.AppImage": ("linux", "x86_64", "application/vnd.appimage"),
    "app_1.0.0_amd64.AppImage.tar.gz": ("linux", "x86_64", "application/gzip"),
    "app_1.0.0_amd64.AppImage.tar.gz.sig": ("linux", "x86_64", "application/octet-stream"),
    "app_1.0.0_aarch64.dmg": ("macos", "aarch64", "application/x-apple-diskimage"),
    "app_1.0.0_x64.dmg": ("macos", "x86_64", "application/x-apple-diskimage"),
    "app_universal.app.tar.gz": ("macos", "universal", "application/gzip"),
    "app_1.0.0_x64_en-US.msi": ("windows", "x86_64", "application/x-msi"),
    "app_1.0.0_x86_en-US.msi": ("windows", "i686", "application/x-msi"),
    "app_1.0.0_x64-setup.exe": (
        "windows",
        "x86_64",
        "application/vnd.microsoft.portable-executable",
    ),
    "app_1.0.0_x64-setup.nsis.zip": ("windows", "x86_64", "application/zip"),
    "app_1.0.0_x64_en-US.msi.zip.sig": ("windows", "x86_64", "application/octet-stream"),
    # Names that say it in words.
    "app-x86_64-unknown-linux-gnu.tar.gz": ("linux", "x86_64", "application/gzip"),
    "app-x86-64-linux.tar.xz": ("linux", "x86_64", "application/x-xz"),
    "app-aarch64-apple-darwin.tar.zst": ("macos", "aarch64", "application/zstd"),
    "app-x86_64-pc-windows-msvc.zip": ("windows", "x86_64", "application/zip"),
    "app-win32-x64.zip": ("windows", "x86_64", "application/zip"),
    "app-osx-arm64.zip": ("macos", "aarch64", "application/zip"),
    "app-1.0.0-cp311-macosx_11_0_universal2.whl": ("macos", "universal", "application/zip"),
    "app-1.0.0-cp311-manylinux_2_17_x86_64.whl": ("linux", "x86_64", "application/zip"),
    "app-1.0.0-cp311-manylinux2014_aarch64.whl": ("linux", "aarch64", "application/zip"),
    "app-1.0.0-cp311-musllinux_1_2_x86_64.whl": ("linux", "x86_64", "application/zip"),
    "app-1.0.0-cp311-win32.whl": ("windows", "i686", "application/zip"),
    "app-1.0.0-py3-none-any.whl": ("", "any", "application/zip"),
    "app_1.0.0_linux_386.tar.gz": ("linux", "i686", "application/gzip"),
    "app_1.0.0_darwin_all.tar.gz": ("macos", "universal", "application/gzip"),
    "app_1.386.0_all.zip": ("", "", "application/zip"),
    "app-1.0.0-1.armv7hl.rpm": ("linux", "armv7", "application/x-rpm"),
    "app-riscv64gc-unknown-linux-gnu.tar.gz": ("linux", "riscv64", "application/gzip"),
    "app-loongarch64-unknown-linux-gnu.tar.gz": ("linux", "loongarch64", "application/gzip"),
    "app-powerpc64le-unknown-linux-gnu.tar.gz": ("linux", "ppc64le", "application/gzip"),
    "app-x86_64-unknown-freebsd.tar.gz": ("freebsd", "x86_64", "application/gzip"),
    "app-linux64.zip": ("linux", "x86_64", "application/zip"),
    "universal-ctags_1.0.0_linux_x86_64.zip": ("linux", "x86_64", "application/zip"),
    "app-1.0.0-arm64.pkg": ("macos", "aarch64", "application/octet-stream"),
    "app-1.0-freebsd-amd64.pkg": ("freebsd", "x86_64", "application/octet-stream"),
    "app-x86_64-freebsd14.pkg": ("freebsd", "x86_64", "application/octet-stream"),
    "app-macos13-arm64.zip": ("macos", "aarch64", "application/zip"),
    "app-alpine-3.19-x86_64.apk": ("linux", "x86_64", "application/vnd.android.package-archive"),
    "android-tools-linux-amd64.zip": ("", "x86_64", "application/zip"),
    "universal-viewer-1.0.dmg": ("macos", "", "application/x-apple-diskimage"),
    "app-1.0.0-1-x86_64.pkg.tar.zst": ("linux", "x86_64", "application/zstd"),
    "app_1.0.0_x64.msixbundle": ("windows", "x86_64", "application/msixbundle"),
    "app-1.0.0-arm64.dmg.blockmap": ("macos", "aarch64", "application/octet-stream"),
    "app-1.0.0-x86_64.AppImage.zsync": ("linux", "x86_64", "application/octet-stream"),
    "app-armv7-linux-androideabi.tar.gz": ("android", "armv7", "application/gzip"),
    "app-aarch64-linux-android.zip": ("android", "aarch64", "application/zip"),
    "app-release.apk": ("android", "", "application/vnd.android.package-archive"),
    "app-armeabi-v7a-release.apk": ("android", "armv7", "application/vnd.android.package-archive"),
    "app_1.0.0_linux_amd64.apk": ("linux", "x86_64", "application/vnd.android.package-archive"),
    "app-android-arm64.apk": ("android", "aarch64", "application/vnd.android.package-archive"),
    "app.aab": ("android", "", "application/octet-stream"),
    "app.ipa": ("ios", "", "application/octet-stream"),
    "app-linux-riscv64.tgz": ("linux", "riscv64", "application/gzip"),
    # Names that say nothing, or two things.
    "app.zip": ("", "", "application/zip"),
    "app-linux-windows.zip": ("", "", "application/zip"),
    "app-amd64-arm64.zip": ("", "", "application/zip"),
    "app-amd64-x64.zip": ("", "x86_64", "application/zip"),
    "darwinian-windowsill.txt": ("", "", "text/plain"),
    "LICENSE": ("", "", "application/octet-stream"),
    "SHA256SUMS": ("", "", "text/plain"),
    "app.spdx.json": ("", "", "application/spdx+json"),
    "app.cdx.json": ("", "", "application/vnd.cyclonedx+json"),
    "notes.json": ("", "", "application/json"),
    "deb": ("", "", "application/octet-stream"),
}


@pytest.mark.parametrize(("name", "told"), TOLD.items(), ids=[*TOLD])
def test_what_a_name_tells(name: str, told: tuple[str, str, str]) -> None:
    assert (platform(name), architecture(name), media_type(name)) == told
    assert media_type(name.lower()) == media_type(name) or name == "SHA256SUMS"
