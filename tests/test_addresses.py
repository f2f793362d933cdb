"""Which machines are asked for a file, by what stands in an address."""

from __future__ import annotations

import pytest

from ceremony import addresses


@pytest.mark.parametrize(
    "url",
    [
        "https://objects.example/file?sig=1",
        "https://objects.example.:8443/file",
        "https://10.1.2.3/file",
        "https://[2001:db8::1]/file",
    ],
)
@pytest.mark.parametrize("is_local", [False, True])
def test_files_are_read_from(url: str, is_local: bool) -> None:  # noqa: FBT001 - a table's column
    assert addresses.may_read(url, is_local=is_local)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/file",
        "https://127.0.0.1/file",
        "http://127.1/file",
        "http://localhost/file",
        "http://[::1]:80/file",
        "https://[::ffff:127.0.0.1]/file",
    ],
)
def test_files_are_read_from_this_machine_where_the_api_is_its_own(url: str) -> None:
    assert addresses.may_read(url, is_local=True)
    assert not addresses.may_read(url, is_local=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://objects.example/file",
        "http://10.1.2.3/file",
        "ftp://objects.example/file",
        "file:///etc/passwd",
        "ftp://127.0.0.1/file",
        "https://",
        "/file",
        "",
        "https://me:secret@objects.example/file",
        "https://@objects.example/file",
        "https://objects.example:0/file",
        "https://öbjects.example/file",
        "https://169.254.169.254/latest",
        "https://169.254.170.2",
        "https://0xa9fea9fe/latest",
        "https://2852039166/latest",
        "https://169.254.43518",
        "https://[fe80::1%25eth0]/",
        "https://[fd00:ec2::254]/",
        "https://[::ffff:169.254.169.254]/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://0/",
    ],
)
def test_files_are_not_read_from(url: str) -> None:
    for is_local in (False, True):
        assert not addresses.may_read(url, is_local=is_local)


@pytest.mark.parametrize("url", ["https://[::1", "https://objects.example:port/"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid IPv6|[Pp]ort"):
        addresses.may_read(url, is_local=True)
