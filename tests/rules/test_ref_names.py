"""Names of branches and tags: which are taken, and what a tag's template comes to."""

from __future__ import annotations

import datetime as dt

import pytest

from ceremony.rules import refs

SHA = "0123456789abcdef0123456789abcdef01234567"
DAY = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    "name",
    ["main", "latest", "v1.0.0-alpha", "release/2026", "a", "0", "_x", "a.b/c-d_e", "x" * 100],
)
def test_a_plain_name_is_taken(name: str) -> None:
    assert refs.is_name(name)
    assert refs.is_branch(f"refs/heads/{name}")


@pytest.mark.parametrize(
    "name",
    [
        "", "-x", "--upload-pack=x", "$(id)", "`id`", "a b", "a\n", "a\0", "a\\b", "a:b", "a?",
        "a*", "HEAD", SHA, "refs/heads/x", "v1.lock", "a.lock/b", "a..b", "a//b", "a/.b", "a./b",
        ".a", "a.", "a/", "/a", "a@{1}", "@", "a~1", "a^", "a[", "v\uff11", "x" * 101,
    ],
)  # fmt: skip
def test_row_26_a_name_that_bites_is_not(name: str) -> None:
    assert not refs.is_name(name)
    assert not refs.is_branch(f"refs/heads/{name}")


def test_a_branch_is_written_in_full() -> None:
    assert not refs.is_branch("nightly")
    assert not refs.is_branch("refs/tags/nightly")
    assert (refs.short("refs/heads/a/b"), refs.short("refs/tags/a")) == ("a/b", "a")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("promoted-{sha7}", "promoted-0123456"),
        ("promoted/{date}-{sha7}", "promoted/2026-03-02-0123456"),
        ("p-{sha}", f"p-{SHA}"),
        ("nightly", "nightly"),
    ],
)
def test_a_template_comes_to_a_name(template: str, name: str) -> None:
    assert refs.is_template(template)
    assert refs.tag(template, SHA, DAY) == name
    assert refs.tag_of(template, SHA).fullmatch(refs.tag(template, SHA, dt.date(2020, 1, 1)))
    assert not refs.tag_of(template.replace("i", "I") + "x", SHA).fullmatch(name)
    assert name.startswith(refs.before_placeholders(template))


@pytest.mark.parametrize("template", ["{sha}", "{name}", "{}", "x-{date", "-{sha7}", "a..{sha7}"])
def test_a_template_that_gives_no_lawful_name_is_not_taken(template: str) -> None:
    assert not refs.is_template(template)
