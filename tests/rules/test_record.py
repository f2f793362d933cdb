"""A record is read as strictly as it is written: what prune believes must leave nothing open."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from ceremony.model import Stage
from ceremony.rules import record as records
from ceremony.rules import retention
from ceremony.rules.record import File, Record, parse, render, sums
from tests.support.growth import assert_linear

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "ceremony-manifest.schema.json"
CREATED = dt.datetime(2026, 1, 31, 12, 0, 5, tzinfo=dt.UTC)
COMMIT = "0123456" + "a" * 33


def file(path: str, **more: Any) -> File:
    given: dict[str, Any] = {
        "name": path.rpartition("/")[2],
        "size": 5,
        "sha256": "b" * 64,
        "media_type": "application/octet-stream",
        "platform": "",
        "architecture": "",
        **more,
    }
    return File(path, **given)


def record(**more: Any) -> Record:
    given: dict[str, Any] = {
        "repository": "spiritstream/app",
        "tag": "preview-20260131-0123456",
        "channel": "preview",
        "retention": retention.parse("30 days"),
        "created": CREATED,
        "expires": CREATED + dt.timedelta(days=30),
        "prerelease": True,
        "ref": "refs/heads/latest",
        "commit": COMMIT,
        "version": "",
        "stage": None,
        "files": (
            file(
                "deb/a.deb",
                media_type="application/vnd.debian.binary-package",
                platform="linux",
                architecture="x86_64",
            ),
            file("dmg/a.dmg"),
        ),
        **more,
    }
    return Record(**given)


def stable(**more: Any) -> Record:
    given: dict[str, Any] = {
        "tag": "1.0.0-stable",
        "channel": "stable",
        "retention": retention.parse("indefinite"),
        "expires": None,
        "prerelease": False,
        "ref": "refs/heads/v1.0.0-stable",
        "version": "1.0.0",
        "stage": Stage.STABLE,
        **more,
    }
    return record(**given)


# ---------------------------------------------------------------------------- written


def test_what_a_record_says() -> None:
    text = render(record())
    assert text.isascii()
    assert text.endswith("}\n")
    said = json.loads(text)
    first = said["files"][0]
    assert list(said) == [
        "schema", "repository", "tag", "previous", "channel", "retention", "created-at",
        "expires-at", "prerelease", "source", "version", "stage", "files",
    ]  # fmt: skip
    assert said["schema"] == 1
    assert said["previous"] is None
    assert said["created-at"] == "2026-01-31T12:00:05Z"
    assert said["expires-at"] == "2026-03-02T12:00:05Z"
    assert said["source"] == {"ref": "refs/heads/latest", "commit": COMMIT}
    assert (said["version"], said["stage"]) == (None, None)
    assert first == {
        "path": "deb/a.deb",
        "name": "a.deb",
        "size": 5,
        "sha256": "b" * 64,
        "media-type": "application/vnd.debian.binary-package",
        "platform": "linux",
        "architecture": "x86_64",
    }
    assert said["files"][1]["platform"] is None


def test_indefinite_is_null() -> None:
    said = json.loads(render(stable()))
    assert said["expires-at"] is None
    assert (said["version"], said["stage"], said["prerelease"]) == ("1.0.0", "stable", False)


@pytest.mark.parametrize("one", [record(), stable(), record(files=())], ids=["two", "v", "none"])
@pytest.mark.parametrize("form", [str, str.encode], ids=["text", "bytes"])
def test_what_is_written_is_read(one: Record, form: Callable[[str], Any]) -> None:
    assert parse(form(render(one))) == one


@given(
    stage=st.sampled_from([None, *Stage]),
    days=st.sampled_from(["1 day", "2 weeks", "100 years", "9999 days", "indefinite"]),
    second=st.integers(0, 900 * 365 * 86_400),
    paths=st.lists(st.text(st.characters(categories=["L", "N", "S"]), min_size=1), unique=True),
)
@settings(max_examples=60, deadline=None)
def test_every_lawful_record_survives(
    stage: Stage | None, days: str, second: int, paths: list[str]
) -> None:
    kept = retention.parse(days)
    at = dt.datetime(2000, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=second)
    files = tuple(
        file(path, name=f"{number}.deb") for number, path in enumerate(sorted(set(paths)))
    )
    one = record(
        retention=kept,
        created=at,
        expires=retention.expires(kept, at),
        **({"tag": f"1.2.3-{stage}", "ref": f"refs/heads/v1.2.3-{stage}"} if stage else {}),
        stage=stage,
        version="1.2.3" if stage else "",
        prerelease=stage not in {Stage.STABLE, Stage.PATCH},
        files=files,
    )
    text = render(one)
    assert parse(text) == one
    assert render(parse(text)) == text
    Draft7Validator(records.schema()).validate(json.loads(text))


@pytest.mark.parametrize(
    ("tag", "ref", "is_lawful"),
    [
        ("1.0.0-stable", "refs/heads/v1.0.0-stable", True),
        ("1.0.0-stable.3", "refs/heads/v1.0.0-stable", True),
        ("1.0.1-stable", "refs/heads/v1.0.0-stable", False),
        ("1.0.0-alpha", "refs/heads/v1.0.0-stable", False),
        ("stable-20260131-0123456", "refs/heads/v1.0.0-stable", False),
        ("v1.0.0-stable", "refs/tags/v1.0.0-stable", True),
        ("1.0.0-stable", "refs/tags/v1.0.0-stable", False),
        ("v1.0.0-stable", "refs/heads/v1.0.0-stable", False),
        ("1.0.0", "refs/heads/v1.0.0-stable", False),
        ("v1.0.1-stable", "refs/tags/v1.0.1-stable", False),
        ("edge", "refs/tags/edge", False),
        ("1.0.0-stable", "refs/heads/latest", False),
    ],
)
def test_a_versions_record_is_under_its_tag(*, tag: str, ref: str, is_lawful: bool) -> None:
    one = stable(tag=tag, ref=ref)
    if is_lawful:
        assert parse(render(one)) == one
        return
    with pytest.raises(ValueError, match="must be those that `source` and"):
        render(one)


def test_a_plan_is_shown_before_all_is_known() -> None:
    unknown = record(repository="", commit="")
    assert records.as_json(unknown)["repository"] == ""
    with pytest.raises(ValueError, match="`repository` must be the repository, OWNER/NAME"):
        render(unknown)


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (record(created=CREATED.replace(tzinfo=None)), "whole seconds in UTC"),
        (record(created=CREATED.replace(microsecond=1)), "whole seconds in UTC"),
        (
            record(created=CREATED.astimezone(dt.timezone(dt.timedelta(hours=1)))),
            "whole seconds in UTC",
        ),
        (record(expires=CREATED.replace(microsecond=9)), "whole seconds in UTC"),
        (record(retention=retention.Retention("30 days", 31)), "`retention` is not 31 days"),
        (record(files=(file("b"), file("a"))), "sorted by path"),
        (record(files=(file("a/\udcff", name="a"),)), "a path that is no text"),
    ],
    ids=["naive", "fraction", "elsewhere", "expiry", "retention", "order", "surrogate"],
)
def test_what_would_not_be_read_is_not_written(one: Record, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        render(one)


def test_a_record_has_its_limit() -> None:
    deep = "/".join(["d" * 250] * 8)
    many = tuple(file(f"{deep}/{n:03}.deb", name=f"{n:03}.deb") for n in range(600))
    with pytest.raises(ValueError, match=r"600 files would have 1,[0-9]{3},[0-9]{3} bytes"):
        render(record(files=many))
    assert len(render(record(files=many[:300]))) < records.MAX_BYTES


# ---------------------------------------------------------------------------- read

ABSENT = object()


def changed(path: tuple[Any, ...], value: Any) -> str:
    """The record's text with another value at one place."""
    said = json.loads(render(record()))
    place = said
    for step in path[:-1]:
        place = place[step]
    if value is ABSENT:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(said)


FIRST = ("files", 0)
FORMS: list[tuple[tuple[Any, ...], Any, str]] = [
    (("schema",), ABSENT, "lacks the key `schema`"),
    (("schema",), 0, "`schema` must be 1; it is 0"),
    (("schema",), True, "`schema` must be 1; it is True"),
    (("schema",), "1", "`schema` must be 1; it is '1'"),
    (("schema",), 2, "schema 2, which a newer ceremony has written"),
    (("more",), 1, "has a key that no record has: 'more'"),
    (("repository",), ABSENT, "lacks the key `repository`"),
    (("repository",), None, "`repository` must be the repository"),
    (("repository",), "app", "`repository` must be the repository"),
    (("repository",), "a/b/c", "`repository` must be the repository"),
    (("tag",), 5, "`tag` must be the release's tag; it is 5"),
    (("tag",), "", "`tag` must be the release's tag; it is ''"),
    (("tag",), "-x", "`tag` must be"),
    (("tag",), "a\nb", "`tag` must be"),
    (("previous",), "v1", "`previous` must be the own tag of the channel's preview before it, or"),
    (("channel",), "Preview", "`channel` must be the channel"),
    (("channel",), "a" * 31, "`channel` must be the channel"),
    (("channel",), ["preview"], "`channel` must be the channel; it is a list"),
    (("retention",), "30d", "`retention` must be how long it lives"),
    (("retention",), "0 days", "`retention` must be how long it lives"),
    (("retention",), "30 day", "`retention` must be how long it lives"),
    (("retention",), "1 days", "`retention` must be how long it lives"),
    (("retention",), "٣٠ days", "`retention` must be how long it lives"),
    (("retention",), None, "`retention` must be how long it lives"),
    (("created-at",), "2026-01-31", "`created-at` must be when it was written"),
    (("created-at",), "2026-01-31T24:00:00Z", "`created-at` must be when it was written"),
    (("created-at",), "2026-01-31T12:00:05+00:00", "`created-at` must be when it was written"),
    (("expires-at",), 0, "`expires-at` must be when it has outlived its retention"),
    (("prerelease",), 1, "`prerelease` must be true for all but stable and patch; it is 1"),
    (("prerelease",), None, "`prerelease` must be"),
    (("source",), None, "`source` must be an object; it is None"),
    (("source",), {}, "`source` lacks the key `ref`"),
    (("source", "ref"), "latest", "`source.ref` must be the branch or the tag in full"),
    (("source", "ref"), "refs/pull/1/merge", "`source.ref` must be"),
    (("source", "commit"), "0123456", "`source.commit` must be the commit's hash"),
    (("source", "commit"), "A" * 40, "`source.commit` must be the commit's hash"),
    (("source", "commit"), "a" * 50, "`source.commit` must be the commit's hash"),
    (("source", "more"), 1, "`source` has a key that no record has"),
    (("version",), "v1.0.0", "`version` must be the version"),
    (("version",), "01.0.0", "`version` must be the version"),
    (("stage",), "gamma", "`stage` must be alpha, beta, stable, patch or null; it is 'gamma'"),
    (("stage",), ["alpha"], "`stage` must be"),
    (("files",), {}, "`files` must be the files, 998 at most"),
    (("files",), None, "`files` must be the files, 998 at most"),
    (("files",), [{}] * 999, "`files` must be the files, 998 at most"),
    (("files",), [1], "`files\\[0\\]` must be an object; it is 1"),
    ((*FIRST, "path"), "/etc/passwd", "`files\\[0\\].path` must be its path below the root"),
    ((*FIRST, "path"), "a/../b", "path` must be its path below the root"),
    ((*FIRST, "path"), "./a", "path` must be its path below the root"),
    ((*FIRST, "path"), "a//b", "path` must be its path below the root"),
    ((*FIRST, "path"), "a\\b", "path` must be its path below the root"),
    ((*FIRST, "path"), "a\nb", "path` must be its path below the root"),
    ((*FIRST, "path"), "a" * 4097, "path` must be its path below the root.*…"),
    ((*FIRST, "name"), "a b.deb", "name` must be the asset's name"),
    ((*FIRST, "name"), ".deb", "name` must be the asset's name"),
    ((*FIRST, "name"), "deb.", "name` must be the asset's name"),
    ((*FIRST, "name"), "dir/a.deb", "name` must be the asset's name"),
    ((*FIRST, "size"), 0, "size` must be its bytes, at least 1 and less than 2 GiB; it is 0"),
    ((*FIRST, "size"), 2**31, "size` must be its bytes"),
    ((*FIRST, "size"), True, "size` must be its bytes"),
    ((*FIRST, "size"), "5", "size` must be its bytes"),
    ((*FIRST, "sha256"), "b" * 63, "sha256` must be the SHA-256 of its bytes"),
    ((*FIRST, "sha256"), "B" * 64, "sha256` must be the SHA-256 of its bytes"),
    ((*FIRST, "media-type"), "text", "media-type` must be its media type"),
    ((*FIRST, "platform"), "", "platform` must be the system that its name tells, or null"),
    ((*FIRST, "architecture"), 64, "architecture` must be"),
    ((*FIRST, "more"), 1, "`files\\[0\\]` has a key that no record has"),
]  # fmt: skip
BEYOND: list[tuple[tuple[Any, ...], Any, str]] = [
    (("retention",), "101 years", "`retention` must be at most 100 years"),
    (("retention",), "31 days", "`expires-at` must be `created-at` and `retention` taken together"),
    (("retention",), "indefinite", "`expires-at` must be"),
    (("expires-at",), None, "`expires-at` must be"),
    (("expires-at",), "2026-03-02T12:00:06Z", "`expires-at` must be"),
    (("created-at",), "2026-02-30T12:00:05Z", "`created-at` is a moment that no calendar has"),
    (("expires-at",), "2026-02-30T12:00:05Z", "`expires-at` is a moment that no calendar has"),
    (("version",), "1.0.0", "`version` and `stage` must both be there, or neither"),
    (("stage",), "alpha", "`version` and `stage` must both be there, or neither"),
    (("prerelease",), False, "`prerelease` must be true for all but stable and patch"),
    (("tag",), "a..b", "`tag` must be a name that a tag may have; it is 'a..b'"),
    (("tag",), "refs/tags/a", "`tag` must be a name that a tag may have"),
    (("tag",), "preview-20260131-7654321", "`tag`, `version` and `stage` must be those that"),
    (("tag",), "alpha-20260131-0123456", "`tag`, `version` and `stage` must be those that"),
    (("tag",), "v1", "`tag`, `version` and `stage` must be those that `source` and `channel` come"),
    (("source", "ref"), "refs/tags/v1", "`tag`, `version` and `stage` must be those that `source`"),
    (("source", "ref"), "refs/heads/v1.0.0-alpha", "`tag`, `version` and `stage` must be those"),
    (("previous",), "alpha-20260101-0123456", "`previous` must be a preview's own tag of `prev"),
    (("previous",), "preview-20261301-0123456", "`previous` must be a preview's own tag of"),
    (("source", "ref"), "refs/heads/a..b", "`source.ref` must be a branch or a tag in full"),
    (("source", "ref"), "refs/tags/$(id)", "`source.ref` must be a branch or a tag in full"),
    (("source", "ref"), "refs/heads/refs/tags/a", "`source.ref` must be a branch or a tag"),
    ((*FIRST, "path"), "z.deb", "`files` must be sorted by path, each path once"),
    ((*FIRST, "path"), "dmg/a.dmg", "`files` must be sorted by path, each path once"),
    ((*FIRST, "path"), "a/\udcff", "`files` has a path that is no text"),
    ((*FIRST, "name"), "a.dmg", "`files` has a name twice"),
    ((*FIRST, "name"), "A.DMG", "`files` has a name twice"),
    ((*FIRST, "name"), "ceremony-manifest.json", "a name that is the record's own or the sums'"),
    ((*FIRST, "name"), "Ceremony-Manifest.json", "a name that is the record's own or the sums'"),
    ((*FIRST, "name"), "sha256sums", "a name that is the record's own or the sums'"),
]  # fmt: skip


def ids(cases: list[tuple[tuple[Any, ...], Any, str]]) -> list[str]:
    return [f"{number}-{'.'.join(map(str, path))}" for number, (path, _, _) in enumerate(cases)]


@pytest.mark.parametrize(("path", "value", "says"), FORMS, ids=ids(FORMS))
def test_another_form_is_no_record_neither_for_the_schema(
    path: tuple[Any, ...], value: Any, says: str
) -> None:
    text = changed(path, value)
    with pytest.raises(ValueError, match=says):
        parse(text)
    assert not Draft7Validator(records.schema()).is_valid(json.loads(text))


@pytest.mark.parametrize(("path", "value", "says"), BEYOND, ids=ids(BEYOND))
def test_what_contradicts_itself_is_no_record(path: tuple[Any, ...], value: Any, says: str) -> None:
    text = changed(path, value)
    with pytest.raises(ValueError, match=says):
        parse(text)
    assert Draft7Validator(records.schema()).is_valid(json.loads(text))


def test_row_27_a_line_feed_at_the_end_is_no_part_of_a_name() -> None:
    with pytest.raises(ValueError, match="`tag` must be the release's tag"):
        parse(changed(("tag",), "preview-20260131-0123456\n"))


def test_a_stable_release_is_no_prerelease() -> None:
    text = render(stable()).replace('"prerelease": false', '"prerelease": true')
    with pytest.raises(ValueError, match="`prerelease` must be true for all but"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is no JSON"),
        ("{", "it is no JSON: .*, line 1"),
        ("[]", "it must be an object; it is a list"),
        ("null", "it must be an object; it is None"),
        ("\ufeff{}", "it is no JSON"),
        ("{} {}", "it is no JSON: Extra data"),
        ('{"schema": 1, "schema": 1}', "it has the key 'schema' twice"),
        ('{"schema": NaN}', "NaN is no number of JSON"),
        ('{"schema": 1.0}', "lacks the key|`schema` must be 1"),
        (b"\xff\xfe", "it is no UTF-8 text"),
        ("[" * 100_000, "it is nested too deeply"),
        (" " * 1_048_577, "it is larger than 1,048,576 bytes"),
        (b" " * 1_048_577, "it is larger than 1,048,576 bytes"),
        ('{"schema": ' + "9" * 5_000 + "}", "digits"),
    ],
    ids=[
        "empty", "open", "list", "null", "mark", "two", "twice", "nan", "float", "bytes", "deep",
        "long", "long bytes", "digits",
    ],
)  # fmt: skip
def test_row_26_what_is_no_json_object_is_no_record(text: str | bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(text)


def test_one_key_twice_among_many_is_found_in_linear_time() -> None:
    def make(count: int) -> str:
        keys = ",".join(f'"{number:06x}":0' for number in range(count))
        return f'{{{keys},"000000":0}}'

    def work(text: str) -> Callable[[], object]:
        def look() -> None:
            with pytest.raises(ValueError, match="it has the key '000000' twice"):
                parse(text)

        return look

    assert_linear(make, work, 1_000_000)


def test_a_key_twice_deep_inside_is_found() -> None:
    text = render(record()).replace('"size": 5,', '"size": 5, "size": 6,', 1)
    with pytest.raises(ValueError, match="it has the key 'size' twice"):
        parse(text)


def test_row_15_reading_takes_linear_time() -> None:
    def work(text: str) -> Callable[[], object]:
        def look() -> None:
            with pytest.raises(ValueError, match="path` must be"):
                parse(text)

        return look

    assert_linear(lambda n: changed((*FIRST, "path"), "a/" * n + "\n"), work, 100_000)


# ---------------------------------------------------------------------------- beside it


def test_the_sums_are_what_sha256sum_checks(tmp_path: Path) -> None:
    files = []
    for name in ("a.deb", "b.dmg"):
        (tmp_path / name).write_bytes(name.encode())
        files.append(file(name, sha256=hashlib.sha256(name.encode()).hexdigest()))
    (tmp_path / records.SUMS).write_text(sums(files), encoding="ascii")
    run = subprocess.run(
        ["sha256sum", "--strict", "--check", records.SUMS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0
    assert run.stdout == "a.deb: OK\nb.dmg: OK\n"


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(records.schema())
    assert records.schema()["$id"] == records.SCHEMA_ID


def test_the_schema_that_is_published_is_the_readers() -> None:
    command = (
        "PYTHONPATH=src python -c 'import json; from ceremony.rules.record import schema; "
        "print(json.dumps(schema(), indent=2))' > docs/ceremony-manifest.schema.json"
    )
    said = f"docs/ceremony-manifest.schema.json is out of date; write it at the root with {command}"
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == records.schema(), said
