"""The table of artifacts: whose row it is, which channel follows, and the tags that come of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.model import InputError, Stage, Version
from ceremony.rules import globs, retention
from ceremony.rules.channels import (
    ARTIFACTS,
    STAGED,
    GivenRow,
    Place,
    Row,
    Source,
    branches,
    channel,
    completed,
    default_table,
    is_own_tag,
    own_tag,
    pattern,
    place,
    reached,
    read_tag,
    source,
    table,
    unshared,
    version_tag,
)
from ceremony.rules.globs import Missing, Wanted
from tests.support.growth import assert_linear

SHA = "0123456789abcdef0123456789abcdef01234567"
DAY = dt.date(2026, 3, 2)
DEFAULTS = default_table()
ZIPS = (Wanted(globs.parse("*.zip"), Missing.WARN),)


def row(pattern: str, channel: str = "nightly", kept: str = "2 weeks") -> GivenRow:
    return GivenRow(pattern, ZIPS, channel, retention.parse(kept))


def placed(ref: str, *rows: GivenRow, latest: str = "latest", main: str = "main") -> Place:
    return place(source(ref), table(rows, latest), latest, main)


def refused(ref: str, *rows: GivenRow, latest: str = "latest", main: str = "main") -> str:
    with pytest.raises(InputError) as caught:
        placed(ref, *rows, latest=latest, main=main)
    return caught.value.message


# ---------------------------------------------------------------------------- the table


def test_the_ceremony_s_own_table() -> None:
    assert [(one.pattern, one.channel, one.retention.text) for one in DEFAULTS] == [
        ("latest", "preview", "30 days"),
        ("v*-alpha", "alpha", "90 days"),
        ("v*-beta", "beta", "1 year"),
        ("v*-stable", "stable", "indefinite"),
        ("v*-patch", "patch", "indefinite"),
    ]
    for one in DEFAULTS:
        assert [wanted.glob.text for wanted in one.artifacts] == [
            "*.AppImage", "*.deb", "*.rpm", "*.dmg", "*.msi",
        ]  # fmt: skip
        assert {wanted.if_missing for wanted in one.artifacts} == {None}
    assert tuple(one.pattern for one in DEFAULTS[1:]) == STAGED
    assert table([]) == DEFAULTS


def test_latest_s_row_bears_its_name() -> None:
    assert default_table("edge")[0] == DEFAULTS[0]._replace(pattern="edge")
    assert default_table("edge")[1:] == DEFAULTS[1:]


def test_given_rows_come_first_and_say_only_what_differs() -> None:
    found = table(
        [
            row("release/*"),
            GivenRow("v*-beta", channel="testing"),
            GivenRow("latest", retention=retention.parse("1 week")),
            GivenRow("v*-patch", artifacts=ZIPS),
            GivenRow("hotfix-*", channel="hotfix", retention=retention.parse("1 day")),
        ]
    )
    usual = {one.pattern: one for one in DEFAULTS}
    assert found == (
        Row("release/*", ZIPS, "nightly", retention.parse("2 weeks")),
        usual["v*-beta"]._replace(channel="testing"),
        usual["latest"]._replace(retention=retention.parse("1 week")),
        usual["v*-patch"]._replace(artifacts=ZIPS),
        Row("hotfix-*", DEFAULTS[0].artifacts, "hotfix", retention.parse("1 day")),
        usual["v*-alpha"],
        usual["v*-stable"],
    )


@pytest.mark.parametrize(
    ("given_row", "key"),
    [
        (GivenRow("edge"), "channel"),
        (GivenRow("edge", retention=retention.parse("1 day")), "channel"),
        (GivenRow("edge", channel="nightly"), "retention"),
        (GivenRow("v*-*", channel="nightly"), "retention"),
    ],
    ids=["nothing", "no channel", "no retention", "nearly the ceremony's"],
)
def test_a_row_of_its_own_must_be_whole(given_row: GivenRow, key: str) -> None:
    said = f"lacks the key `{key}`: only the rows of latest, v\\*-alpha, v\\*-beta, v\\*-stable, v"
    with pytest.raises(ValueError, match=said):
        completed(given_row)
    with pytest.raises(ValueError, match=f"`{key}`"):
        table([row("a"), given_row])


def test_the_row_of_a_renamed_latest_may_leave_things_out() -> None:
    found = completed(GivenRow("edge", channel="nightly"), "edge")
    assert found == DEFAULTS[0]._replace(pattern="edge", channel="nightly")
    with pytest.raises(ValueError, match="only the rows of edge, "):
        completed(GivenRow("latest", channel="nightly"), "edge")


@pytest.mark.parametrize(
    ("wanted", "yes", "no"),
    [
        ("latest", ["latest"], ["Latest", "latest2", "a/latest", "latest/a"]),
        ("v*-alpha", ["v1.0.0-alpha", "v-alpha", "v1-x-alpha"], ["v1.0.0-beta", "v1/0-alpha",
         "V1.0.0-alpha", "xv1.0.0-alpha", "v1.0.0-alpha.1"]),
        ("release/*", ["release/1", "release/a.b"], ["release", "release/1/2", "x/release/1"]),
        ("*", ["a", "v1.0.0-alpha"], ["a/b"]),
        ("*/*", ["a/b"], ["a", "a/b/c"]),
        ("v?", ["v1"], ["v", "v12", "v/"]),
        ("a?b", ["a.b", "axb"], ["a/b", "ab"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
    ids=["a name", "a star", "a folder", "any", "any folder", "a mark", "no slash", "a dot"],
)  # fmt: skip
def test_whom_a_row_means(wanted: str, yes: list[str], no: list[str]) -> None:
    one = DEFAULTS[0]._replace(pattern=wanted)
    assert [name for name in (*yes, *no) if one.meets(name)] == yes


def test_row_15_a_pattern_of_stars_takes_linear_time() -> None:
    one = DEFAULTS[0]._replace(pattern="*a" * 50)
    assert not one.meets("a" * 99 + "b")

    def work(name: str) -> Callable[[], object]:
        return lambda: one.meets(name)

    assert_linear(lambda n: "a" * n + "b", work, 5_000)


@pytest.mark.parametrize(
    "text", ["edge", "v*-alpha", "release/*", "*", "?", "*/*", "a_b", "v1.*", "x" * 100]
)
def test_a_pattern(text: str) -> None:
    assert pattern(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("**", "single stars"),
        ("release/**", "single stars"),
        ("v***", "single stars"),
        ("main", "must have no row of 'main', the branch of development intake"),
        *(
            (text, "must have patterns of branches or tags without `refs/`")
            for text in (
                "", "refs/heads/*", "refs/tags/a@*", "*.lock", "a..b", "a//b", "HEAD", SHA,
            )
        ),
        *(
            (text, f"has {text!r}, which has the character {odd!r}; names of branches and tags")
            for text, odd in (
                ("app@*", "@"), ("v*+5", "+"), ("a b", " "), ("a*\n", "\n"), ("a\\b", "\\"),
                ("[ab]*", "["), ("{a,b}", "{"), ("!a", "!"), ("a~1", "~"), ("a:b", ":"),
                ("caf\u00e9", "\u00e9"), ("v\uff11*", "\uff11"), ("x" * 58 + "@", "@"),
            )
        ),
        ("a#b@", "only ASCII letters and digits, `_`, `.`, `/` and `-` here, patterns `*` and `?`"),
        *(
            (text, f"which has a name that {end}; names of branches and tags begin and end")
            for text, end in (
                ("-x", "begins with '-'"), ("/a", "begins with '/'"), (".a", "begins with '.'"),
                ("a/", "ends with '/'"), ("a.", "ends with '.'"), ("*-", "ends with '-'"),
            )
        ),
        ("x" * 101, "which has a name of 101 characters; 100 are the most"),
    ],
    ids=ascii,
)  # fmt: skip
def test_row_26_what_is_no_pattern(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*$") as caught:
        pattern(text)
    assert said in str(caught.value)


def test_main_s_name_is_whatever_it_is_called() -> None:
    assert pattern("main", main="trunk") == "main"
    with pytest.raises(ValueError, match="no row of 'trunk', the branch of development intake"):
        pattern("trunk", main="trunk")


@pytest.mark.parametrize("text", ["nightly", "a", "a-1", "x" * 30, "v2", "v2-lts", "pre-alpha"])
def test_a_channel(text: str) -> None:
    assert channel(text, ["main", "latest"]) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(
            (text, "must be a channel's name: a small letter")
            for text in (
                "", "Nightly", "1a", "-a", "a_b", "a.b", "a/b", "a b", "a\n", " a", "\u0430lpha",
                "v\uff11", "x" * 31, "*", "refs/tags/a", "$(id)", "a;b",
            )
        ),
        ("main", "must not be a branch's name, 'main'"),
        ("latest", "must not be a branch's name, 'latest'"),
        ("v-alpha", "must not look like a version"),
        ("v2-patch", "must not look like a version"),
        ("a-20260302-0123456", "must not look like a version or like the tag of one preview"),
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_channel(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*$") as caught:
        channel(text, ["main", "latest"])
    assert said in str(caught.value)


def test_names_among_the_patterns() -> None:
    assert branches([row("a"), row("v*"), row("b/c"), row("d?")]) == ["a", "b/c"]
    assert branches(DEFAULTS) == ["latest"]


# ---------------------------------------------------------------------------- the source


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("latest", Source("refs/heads/latest", "latest", False)),
        ("refs/heads/a/b", Source("refs/heads/a/b", "a/b", False)),
        ("refs/tags/a", Source("refs/tags/a", "a", True)),
    ],
    ids=ascii,
)
def test_a_source(ref: str, found: Source) -> None:
    assert source(ref) == found


@pytest.mark.parametrize(
    "ref",
    [
        "", "refs/heads/", "refs/tags/", "refs/pull/1/merge", "refs/heads/refs/heads/a", "HEAD",
        "refs/heads/HEAD", "refs/remotes/origin/main", SHA, "refs/tags/refs/heads/a",
        "refs/heads/v1.lock", "refs/heads/refs/tags/a", "refs/tags/refs/tags/a", "a..b",
    ],
    ids=ascii,
)  # fmt: skip
def test_rows_26_and_27_what_is_no_source(ref: str) -> None:
    with pytest.raises(InputError, match="is no branch or tag that can be published from; give"):
        source(ref)


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        *(
            (ref, f"has the character {odd!r}; names of branches and tags have only ASCII letters")
            for ref, odd in (
                ("refs/tags/v1.0.0+5", "+"), ("refs/tags/app@1.0.0", "@"), ("a b@c", " "),
                ("--upload-pack=x", "="), ("refs/heads/$(id)", "$"), ("v1.0.0-alpha\n", "\n"),
                ("refs/tags/v1.0.0-alpha\n", "\n"), ("v1.\u0662.0-alpha", "\u0662"),
                ("x" * 101 + "+", "+"), ("a*", "*"), ("v?", "?"),
            )
        ),
        *(
            (ref, f"has a name that {end}; names of branches and tags begin and end with an ASCII")
            for ref, end in (
                ("refs/heads/-x", "begins with '-'"), (".a", "begins with '.'"),
                ("refs/tags/v1.0-", "ends with '-'"), ("a/", "ends with '/'"),
            )
        ),
        ("x" * 101, "has a name of 101 characters; 100 are the most: give it another name"),
        ("refs/tags/" + "x" * 1_001, "has a name of 1,001 characters; 100 are the most"),
    ],
    ids=ascii,
)  # fmt: skip
def test_rows_26_and_27_what_is_wrong_with_a_name_is_said(ref: str, said: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]*: give it another name$") as caught:
        source(ref)
    assert caught.value.message.startswith(f"{ref[:120]!r} {said}")


# ---------------------------------------------------------------------------- the place


@pytest.mark.parametrize(
    ("ref", "chosen", "version", "is_early"),
    [
        ("refs/heads/latest", "preview", None, True),
        ("refs/heads/v1.0.0-alpha", "alpha", "v1.0.0-alpha", True),
        ("refs/heads/v1.0.0-beta", "beta", "v1.0.0-beta", True),
        ("refs/heads/v1.0.0-stable", "stable", "v1.0.0-stable", False),
        ("refs/heads/v1.0.1-patch", "patch", "v1.0.1-patch", False),
        ("refs/tags/v1.0.1-patch", "patch", "v1.0.1-patch", False),
        ("refs/tags/v10.20.30-alpha", "alpha", "v10.20.30-alpha", True),
    ],
)
def test_the_ceremony_s_own_places(
    ref: str, *, chosen: str, version: str | None, is_early: bool
) -> None:
    found = placed(ref)
    assert found.row.channel == chosen
    assert found.source == source(ref)
    assert found.version == (Version.parse(version) if version else None)
    assert found.prerelease is is_early


def test_the_first_row_wins() -> None:
    rows = [row("v1.*-alpha", "old"), row("v*-alpha", "new"), row("v*", "rest")]
    assert placed("v1.0.0-alpha", *rows).row.channel == "old"
    assert placed("v2.0.0-alpha", *rows).row.channel == "new"
    assert placed("v2.0.0-beta", *rows).row.channel == "rest"
    assert placed("v2.0.0-beta", *rows).version == Version.parse("v2.0.0-beta")


def test_rows_of_the_project_s_own_are_previews() -> None:
    found = placed("release/1.0", row("release/*"))
    assert (found.row.channel, found.version, found.prerelease) == ("nightly", None, True)
    found = placed("refs/tags/weekly-7", row("weekly-*", "weekly"))
    assert (found.row.channel, found.version, found.prerelease) == ("weekly", None, True)


def test_what_no_row_means_lists_the_patterns() -> None:
    assert refused("topic/x", row("release/*")) == (
        "no row of the table means branch 'topic/x'; its patterns: release/*, latest, v*-alpha, "
        "v*-beta, v*-stable, v*-patch; add one under `branches` to .github/ceremony.yml"
    )
    assert "no row of the table means tag 'v1.0.0'" in refused("refs/tags/v1.0.0")


def test_row_28_a_tag_is_never_latest() -> None:
    assert "no row of the table means tag 'latest'" in refused("refs/tags/latest")
    assert "tag 'edge'" in refused("refs/tags/edge", latest="edge")
    assert placed("refs/heads/edge", latest="edge").row.channel == "preview"
    assert "branch 'latest'" in refused("refs/heads/latest", latest="edge")


@pytest.mark.parametrize("name", ["main", "trunk"])
def test_main_has_no_artifacts_whatever_a_pattern_means(name: str) -> None:
    said = refused(f"refs/heads/{name}", row("*"), main=name)
    assert said.startswith(f"branch '{name}' has no artifacts; publish from 'latest'")
    assert f"tag '{name}' has no artifacts" in refused(f"refs/tags/{name}", row("*"), main=name)


@pytest.mark.parametrize(
    "name",
    ["v1.0-alpha", "vx-alpha", "v01.0.0-alpha", "v1.0.0-rc-alpha", "v1.0.0.0-patch", "v-beta"],
)
@pytest.mark.parametrize("folder", ["refs/heads/", "refs/tags/"])
def test_what_is_nearly_a_version_is_told_the_form(folder: str, name: str) -> None:
    said = refused(folder + name)
    assert f"'{name}' is meant by 'v*-{name.rpartition('-')[2]}' and is not of the form" in said
    assert "v<X>.<Y>.<Z>-<stage>" in said


def test_what_is_nearly_a_version_may_have_a_row_before() -> None:
    assert placed("v1.0-alpha", row("v1.0-*")).version is None
    assert placed("vendor-beta", row("vendor-beta")).version is None
    for own in ("v1.*-beta", "v?.0-beta", "v1.0-beta"):
        assert f"meant by {own!r} and is not of the form" in refused("v1.0-beta", row(own))


@pytest.mark.parametrize(
    "ref",
    [
        "refs/tags/preview", "refs/heads/preview", "refs/heads/alpha", "refs/tags/nightly",
        "refs/tags/preview-20260302-0123456", "refs/heads/nightly-20260302-0123456",
    ],
)  # fmt: skip
def test_a_channel_s_own_tags_publish_nothing(ref: str) -> None:
    said = refused(ref, row("*"))
    assert (
        f"{ref.rpartition('/')[2]!r} has a name that a channel needs for a tag of its own" in said
    )


def test_a_channel_that_bears_a_branch_s_name_is_refused_where_it_is_used() -> None:
    said = refused("refs/heads/v1.0.0-stable", latest="stable")
    assert said.startswith("the channel of 'v*-stable' must not be a branch's name, 'stable'")
    assert placed("refs/heads/v1.0.0-alpha", latest="stable").row.channel == "alpha"
    assert "must not be a branch's name" in refused("v1.0.0-beta", main="beta")
    assert "must not be a branch's name" in refused("latest", row("preview"))


# ---------------------------------------------------------------------------- tags


def test_a_preview_s_own_tag() -> None:
    tag = own_tag("preview", DAY, SHA)
    assert tag == "preview-20260302-0123456"
    assert is_own_tag(tag, "preview")
    assert not is_own_tag(tag, "nightly")


@pytest.mark.parametrize(
    "tag",
    [
        "preview", "preview-", "preview-20260302", "preview-20260302-012345",
        "preview-20260302-01234567", "preview-20260302-012345G", "preview-20260302-ABCDEF0",
        "preview-20260230-0123456", "preview-00000101-0123456", "preview-2026-03-02-0123456",
        "xpreview-20260302-0123456", "preview-20260302-0123456\n", "preview-20260302-0123456.1",
        "preview-a-20260302-0123456", "preview-\u0662\u0660260302-0123456",
        "preview20260302-0123456", "PREVIEW-20260302-0123456", "refs/tags/preview-20260302-0123456",
    ],
    ids=ascii,
)  # fmt: skip
def test_row_27_what_is_no_preview_s_own_tag(tag: str) -> None:
    assert not is_own_tag(tag, "preview")


def test_one_channel_s_tags_are_not_another_s() -> None:
    assert is_own_tag(own_tag("a-b", DAY, SHA), "a-b")
    assert not is_own_tag(own_tag("a-b", DAY, SHA), "a")


@given(
    st.from_regex("[a-z][a-z0-9-]{0,29}", fullmatch=True),
    st.dates(min_value=dt.date(1000, 1, 1)),
    st.text("0123456789abcdef", min_size=40, max_size=40),
)
def test_every_own_tag_is_one(name: str, day: dt.date, sha: str) -> None:
    assert is_own_tag(own_tag(name, day, sha), name)
    assert read_tag(own_tag(name, day, sha)) is None


@pytest.mark.parametrize(
    ("version", "number", "tag"),
    [
        ("v1.0.0-alpha", 0, "1.0.0-alpha"),
        ("v1.0.0-alpha", 1, "1.0.0-alpha.1"),
        ("v1.2.3-stable", 12, "1.2.3-stable.12"),
        ("v1.0.1-patch", 0, "1.0.1-patch"),
    ],
)
def test_a_version_s_tag(version: str, number: int, tag: str) -> None:
    assert version_tag(Version.parse(version), number) == tag
    assert version_tag(Version.parse(version)) == tag.removesuffix(f".{number}")
    assert read_tag(tag) == (Version.parse(version), number)


@pytest.mark.parametrize(
    ("tag", "version", "number"),
    [
        ("v1.0.1-patch", "v1.0.1-patch", 0),
        ("v1.0.0-beta.3", "v1.0.0-beta", 3),
        ("v1.2.3", "v1.2.3-stable", 0),
        ("1.2.3", "v1.2.3-stable", 0),
        ("999999999.0.0", "v999999999.0.0-stable", 0),
        ("1.0.0-alpha.999999", "v1.0.0-alpha", 999_999),
    ],
)
def test_a_tag_that_says_a_version(tag: str, version: str, number: int) -> None:
    found = read_tag(tag)
    assert found == (Version.parse(version), number)
    assert found is not None
    assert found[0].stage is Stage(version.rpartition("-")[2])


@pytest.mark.parametrize(
    "tag",
    [
        "", "latest", "v1", "v1.2", "1.2.3.4", "v1.2.3\n", "1.2.3-alpha\n", "v\uff11.2.3",
        "v\uff11.\u0662.3", "01.2.3", "1.02.3", "1.2.03", "1.2.3-rc", "1.2.3-alpha.0",
        "1.2.3-alpha.01", "1.2.3-alpha.", "1.2.3-alpha.1.2", "1.2.3-alpha1", "1.2.3.1",
        "1.2.3-Alpha", "V1.2.3", "vv1.2.3", "1.2.3+7", " 1.2.3", "release-1.2.3",
        "1000000000.0.0", "1.0.0-alpha.1000000", "preview-20260302-0123456",
    ],
    ids=ascii,
)  # fmt: skip
def test_row_27_a_tag_that_says_none(tag: str) -> None:
    assert read_tag(tag) is None


def test_artifacts_are_the_ceremony_s() -> None:
    assert [wanted.glob for wanted in DEFAULTS[0].artifacts] == [
        globs.parse(one) for one in ARTIFACTS
    ]


@pytest.mark.parametrize(
    ("pattern", "before", "first"),
    [
        ("v*-beta", ["latest", "v*"], "v*"),
        ("release/x", ["release/*"], "release/*"),
        ("v*", ["v*-beta"], None),
        ("release/*/x", ["release/*"], None),
        ("release/*", ["release/x"], None),
        ("release/*", ["release/?"], None),
        ("v*-beta", ["v?-beta"], None),
        ("*", ["x*"], None),
        ("?x", ["?*"], "?*"),
        ("ab*", ["a*"], "a*"),
    ],
    ids=[
        "after a wider one",
        "a name after its pattern",
        "a wider one",
        "another depth",
        "a name before its pattern",
        "one letter before many",
        "one digit before many",
        "a letter before all",
        "some letters",
        "a longer beginning",
    ],
)
def test_a_row_that_is_never_reached(pattern: str, before: list[str], first: str | None) -> None:
    rows = [GivenRow(each) for each in before]
    if first is None:
        assert reached(GivenRow(pattern), rows) == GivenRow(pattern)
        return
    with pytest.raises(ValueError, match=re.escape(f"is never reached: {first!r} comes first")):
        reached(GivenRow(pattern), rows)


@pytest.mark.parametrize(
    ("pattern", "name", "is_lawful"),
    [
        ("stable-line", "stable", False),
        ("release/*", "alpha", False),
        ("stable-line", "nightly", True),
        ("v*-patch", "stable", True),
        ("*", "beta", True),
        ("stable-line", "preview", True),
        ("v*-beta", "preview", False),
        ("v1.*-stable", "preview", False),
        ("v*-beta", "nightly", True),
        ("vue-beta", "preview", True),
        ("v/*-beta", "beta", False),
        ("ver/*", "stable", False),
        ("v9", "stable", False),
        ("v?.?", "stable", False),
        ("v*-beta*", "stable", True),
        ("v*", "stable", True),
        ("?*.1.0-*a", "beta", True),
        ("v1.2.3-al?h?", "beta", True),
    ],
)
def test_previews_share_no_channel_with_versions(
    *, pattern: str, name: str, is_lawful: bool
) -> None:
    row = GivenRow(pattern, channel=name, retention=retention.parse("2 weeks"))
    if is_lawful:
        assert unshared(name, row, table([row])) == name
        return
    with pytest.raises(ValueError, match="and its tag can't show both: call one of them"):
        unshared(name, row, table([row]))
