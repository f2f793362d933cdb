"""Manifests that must carry the version: what is found, on which line, and what it is held to."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ceremony.model import InputError, Version
from ceremony.rules.manifests import (
    MAX_BYTES,
    MAX_DEPTH,
    Form,
    Found,
    Judgement,
    Lack,
    Manifest,
    Syntax,
    carries,
    declared,
    fault_line,
    judge,
    read,
    required,
    written,
)
from tests.support.growth import assert_linear

ALPHA = Version.parse("v1.0.0-alpha")
STABLE = Version.parse("v1.0.0-stable")


def manifest(path: str, key: str = "", form: str = "", syntax: str = "") -> Manifest:
    found = declared(path, key=key, form=form, syntax=syntax)
    assert found is not None
    return found


def stated(path: str, text: str, key: str = "") -> Found | Lack:
    """What a manifest's text states."""
    return read(manifest(path, key), text.encode())


def refused(path: str, data: bytes | str, key: str = "") -> InputError:
    with pytest.raises(InputError) as caught:
        read(manifest(path, key), data.encode() if isinstance(data, str) else data)
    assert caught.value.file == path
    return caught.value


def judged(path: str, text: str | bytes | None, version: str = "v1.0.0-alpha") -> Judgement:
    data = text.encode() if isinstance(text, str) else text
    (found,) = judge(Version.parse(version), [manifest(path)], {path: data})
    return found


# ---------------------------------------------------------------------------- what is declared


@pytest.mark.parametrize(
    ("path", "key", "syntax"),
    [
        ("VERSION", "", ""),
        ("VERSION", "version", ""),
        ("VERSION", "", "json"),
        ("package.JSON", "", ""),
        ("composer.json", "", ""),
        ("json", "version", ""),
        ("package.json/x", "version", ""),
    ],
)
def test_what_a_name_does_not_tell(path: str, key: str, syntax: str) -> None:
    assert declared(path, key=key, syntax=syntax) is None


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("a", ("a",)),
        ("a.b-c.0", ("a", "b-c", "0")),
        ('packages."".version', ("packages", "", "version")),
        ('"a.b".c', ("a.b", "c")),
        ("a.'\"'", ("a", '"')),
        ('"a b".\'.\'."c"', ("a b", ".", "c")),
        ("@scope/name.version", ("@scope/name", "version")),
    ],
)
def test_the_parts_of_a_key(key: str, parts: tuple[str, ...]) -> None:
    found = manifest("a.json", key)
    assert found.keys == (parts,)
    if "'" not in key:
        assert manifest("a.json", written(parts)) == found


# ---------------------------------------------------------------------------- the mapping


@pytest.mark.parametrize(
    ("version", "semver", "python"),
    [
        ("v1.2.3-alpha", ("1.2.3-alpha", "1.2.3-alpha.N"), ("1.2.3a0", "1.2.3aN")),
        ("v1.2.3-beta", ("1.2.3-beta", "1.2.3-beta.N"), ("1.2.3b0", "1.2.3bN")),
        ("v1.2.3-stable", ("1.2.3",), ("1.2.3",)),
        ("v1.2.4-patch", ("1.2.4",), ("1.2.4",)),
    ],
)
def test_what_is_required(version: str, semver: tuple[str, ...], python: tuple[str, ...]) -> None:
    asked = Version.parse(version)
    assert required(asked, Form.SEMVER) == semver
    assert required(asked, Form.PEP440) == python
    for form, wanted in ((Form.SEMVER, semver), (Form.PEP440, python)):
        for text in wanted:
            assert carries(text.replace("N", "12"), asked, form) is True


@pytest.mark.parametrize(
    ("text", "alpha", "stable"),
    [
        ("1.0.0-alpha", True, False),
        ("1.0.0-alpha.0", True, False),
        ("1.0.0-alpha.12", True, False),
        ("1.0.0-alpha+build.7", True, False),
        ("1.0.0", False, True),
        ("1.0.0+7", False, True),
        ("1.0.0-alpha.1.2", False, False),
        ("1.0.0-alpha.x", False, False),
        ("1.0.0-alpha1", False, False),
        ("1.0.0-alpha-1", False, False),
        ("1.0.0-Alpha", False, False),
        ("1.0.0-beta", False, False),
        ("1.0.0-stable", False, False),
        ("1.0.0-patch", False, False),
        ("1.0.0-rc.1", False, False),
        ("1.0.0-0", False, False),
        ("1.0.1-alpha", False, False),
        ("1.1.0", False, False),
        ("2.0.0", False, False),
        ("0.0.0", False, False),
        ("v1.0.0-alpha", None, None),
        ("v1.0.0", None, None),
        ("1.0", None, None),
        ("1", None, None),
        ("", None, None),
        ("01.0.0", None, None),
        ("1.0.0-alpha.01", None, None),
        ("1.0.0-", None, None),
        ("1.0.0-alpha.", None, None),
        ("1.0.0a0", None, None),
        (" 1.0.0", None, None),
        ("1.0.0\n", None, None),
        ("1.0.0-alpha\n", None, None),
        ("\u0661.0.0", None, None),
        ("^1.0.0", None, None),
        ("workspace:*", None, None),
        ("1.0.0+" + "7" * 94, False, True),
        ("1.0.0+" + "7" * 95, None, None),
        ("9" * 5000 + ".0.0", None, None),
    ],
)
def test_semver(text: str, *, alpha: bool | None, stable: bool | None) -> None:
    assert carries(text, ALPHA, Form.SEMVER) is alpha
    assert carries(text, STABLE, Form.SEMVER) is stable
    assert carries(text, Version.parse("v1.0.0-patch"), Form.SEMVER) is stable


@pytest.mark.parametrize(
    ("text", "alpha", "stable"),
    [
        ("1.0.0a0", True, False),
        ("1.0.0a12", True, False),
        ("1.0.0-alpha", True, False),
        ("1.0.0.alpha.3", True, False),
        ("1.0.0A1", True, False),
        ("1.0a0", True, False),
        ("v1.0.0a0", True, False),
        ("1.0.0", False, True),
        ("1.0", False, True),
        ("1", False, True),
        ("v1", False, True),
        ("1.0.0.0", False, True),
        ("1.0.0b0", False, False),
        ("1.0.0rc1", False, False),
        ("1.0.0.post1", False, False),
        ("1.0.0-1", False, False),
        ("1.0.0a0.post1", False, False),
        ("1.0.0.dev1", False, False),
        ("1.0.0a0.dev1", False, False),
        ("1.0.0a0+local", False, False),
        ("1.0.0+local", False, False),
        ("1!1.0.0", False, False),
        ("1.0.0.1", False, False),
        ("1.0.1", False, False),
        ("1.0.0-stable", None, None),
        ("1.0.0-patch", None, None),
        ("1.0.0-alpha.x", None, None),
        ("", None, None),
        (" 1.0.0", None, None),
        ("1.0.0\n", None, None),
        ("\u0661.0.0", None, None),
        ("9" * 5000, None, None),
    ],
)
def test_pep_440(text: str, *, alpha: bool | None, stable: bool | None) -> None:
    assert carries(text, ALPHA, Form.PEP440) is alpha
    assert carries(text, STABLE, Form.PEP440) is stable


VERSIONS = st.builds(
    lambda numbers, stage: Version.parse(f"v{'.'.join(map(str, numbers))}-{stage}"),
    st.tuples(*[st.integers(0, 999_999_999)] * 3),
    st.sampled_from(["alpha", "beta", "stable", "patch"]),
)


@given(VERSIONS, VERSIONS, st.sampled_from(list(Form)), st.integers(0, 10**9))
def test_what_one_version_asks_for_is_no_other(
    one: Version, other: Version, form: Form, number: int
) -> None:
    for text in required(one, form):
        text = text.replace("N", str(number))  # noqa: PLW2901 -- the same text, written out
        assert carries(text, one, form) is True
        same = one.numbers == other.numbers and (
            one.stage is other.stage or {one.stage, other.stage} == {"stable", "patch"}
        )
        assert carries(text, other, form) is same


@given(st.text(max_size=120), VERSIONS, st.sampled_from(list(Form)))
def test_any_text_is_judged(text: str, version: Version, form: Form) -> None:
    assert carries(text, version, form) in {True, False, None}


# ---------------------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    ("text", "key", "value", "line"),
    [
        pytest.param('{"version": "1"}', "version", "1", 1, id="one line"),
        pytest.param('{\n "version":\n\n "1"\n}', "version", "1", 4, id="the value's line"),
        pytest.param(
            '{"a": {"version": "2"},\n"version": "1"}', "version", "1", 2, id="the same key inside"
        ),
        pytest.param(
            '{"a":"\\"version\\": \\"2\\"",\n"version":"1"}', "version", "1", 2, id="text"
        ),
        pytest.param('{"a": [1, {"b": "x"},\n[],\n"y"]}', "a.3", "y", 3, id="a list's item"),
        pytest.param('{"a": [{"b": "x"},\n{"b": "y"}]}', "a.1.b", "y", 2, id="inside an item"),
        pytest.param('[["a",\n"b"]]', "0.1", "b", 2, id="lists in lists"),
        pytest.param('{"a": {"0": "x"}}', "a.0", "x", 1, id="a number as a key"),
        pytest.param(
            '{"packages": {"": {"version":\n"1"}}}',
            'packages."".version',
            "1",
            2,
            id="an empty key",
        ),
        pytest.param('{"a.b": {"c": "1"}}', '"a.b".c', "1", 1, id="a key with a dot"),
        pytest.param('{"\\u0061": "1"}', "a", "1", 1, id="an escaped key"),
        pytest.param('{"a": "\\u0031"}', "a", "1", 1, id="an escaped value"),
        pytest.param('\ufeff{"a": "1"}', "a", "1", 1, id="a byte order mark"),
        pytest.param('{\r\n"a": "1"\r\n}', "a", "1", 2, id="CRLF"),
        pytest.param('{"n": ' + "9" * 9999 + ',\n"a": "1"}', "a", "1", 2, id="a huge number"),
        pytest.param('{"n": 1e999999, "a": "1"}', "a", "1", 1, id="an infinite number"),
        pytest.param('{"a": "NaN"}', "a", "NaN", 1, id="a word that is no number"),
        pytest.param('{"a": "\\ud800"}', "a", "\ud800", 1, id="half a character"),
        pytest.param(
            "[" * (MAX_DEPTH - 1) + '["1"]' + "]" * (MAX_DEPTH - 1),
            ".".join("0" * MAX_DEPTH),
            "1",
            1,
            id="as deep as may be",
        ),
    ],
)
def test_json(text: str, key: str, value: str, line: int) -> None:
    found = stated("a.json", text, key)
    assert found == Found(value, line, manifest("a.json", key).keys[0])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param("", 1, "is not valid JSON", id="nothing"),
        pytest.param("{\n'version': '1'}", 2, "is not valid JSON", id="single quotes"),
        pytest.param('{"version": "1",\n}', 2, "is not valid JSON", id="a trailing comma"),
        pytest.param('{"version": "1"}\n}', 2, "is not valid JSON", id="an end too many"),
        pytest.param('{"version": "1"}, 2', 1, "is not valid JSON", id="a comma behind the end"),
        pytest.param('{\n"version": "1', 2, "is not valid JSON", id="an open string"),
        pytest.param('{\n"a\\x": "1"}', 2, "is not valid JSON", id="an unknown escape"),
        pytest.param("{\n// a\n}", 2, "is not valid JSON", id="a comment"),
        pytest.param('{"a": 1,\n"a": 2}', 2, "has the key 'a' twice; keep one", id="a key twice"),
        pytest.param(
            '{"a": 1,\n"\\u0061": 2}', 2, "has the key 'a' twice", id="a key twice, once escaped"
        ),
        pytest.param(
            '{"a": {"b": 1, "b": 2},\n"a": 2}', 1, "has the key 'b' twice", id="two keys twice"
        ),
        pytest.param('{\n"a": NaN}', 2, "is not valid JSON: NaN is no number", id="NaN"),
        pytest.param("[1,\n-Infinity, NaN]", 2, "-Infinity is no number", id="minus infinity"),
        pytest.param('{"a": "\x00"}', 1, "is not valid JSON", id="NUL"),
        pytest.param("[\n" * 40, MAX_DEPTH + 1, "is nested too deeply", id="open lists"),
        pytest.param('{"a":' * 500_000, None, "too large", id="two megabytes"),
        pytest.param('{"a":' * 200_000, 1, "is nested too deeply", id="200,000 mappings"),
        pytest.param(b'{\n"a": "\xff"}', 2, "is not UTF-8 text", id="bad UTF-8"),
        pytest.param('{"a": 1}'.encode("utf-16"), 1, "is not UTF-8 text", id="UTF-16"),
        pytest.param(b" " * 10_000_000, None, "is larger than 1 MiB", id="ten megabytes"),
        pytest.param('"' + '\\"' * 500_000, 1, "is not valid JSON", id="a string without an end"),
        pytest.param("," * 900_000, 1, "is not valid JSON", id="commas"),
        pytest.param("[" + "1," * 400_000, 1, "is not valid JSON", id="400,000 numbers"),
    ],
)
def test_what_is_no_json(text: str | bytes, line: int | None, said: str) -> None:
    error = refused("package.json", text)
    assert said in error.message
    assert error.line == line


# ---------------------------------------------------------------------------- TOML


@pytest.mark.parametrize(
    ("text", "key", "value", "line"),
    [
        pytest.param('version = "1"', "version", "1", 1, id="at the top"),
        pytest.param('[package]\nname = "a"\nversion = "1"', "package.version", "1", 3, id="table"),
        pytest.param(
            '# a\n\n[ package ] # b\n"version"="1"', "package.version", "1", 4, id="blanks"
        ),
        pytest.param('package.version = "1"', "package.version", "1", 1, id="a dotted key"),
        pytest.param('\n"a.b" . \'c\' . d = "1"', '"a.b".c.d', "1", 2, id="quoted keys"),
        pytest.param('["a\\u002eb"]\nc = "1"', '"a.b".c', "1", 2, id="an escaped key"),
        pytest.param(
            'package = {name = "a", version = "1"}', "package.version", "1", 1, id="inline"
        ),
        pytest.param('a = {b = {c = "1"}, d.e = "2"}', "a.d.e", "2", 1, id="inline and dotted"),
        pytest.param(
            'a = """\nversion = "2"\n"""\nversion = "1"', "version", "1", 4, id="in a text of lines"
        ),
        pytest.param(
            "a = '''\n[x]\nversion = '2' '''\nversion = '1'", "version", "1", 4, id="in a literal"
        ),
        pytest.param('a = """x"""""\nversion = "1"', "version", "1", 2, id="quotes at the end"),
        pytest.param('a = """"x"""\nversion = "1"', "version", "1", 2, id="quotes at the start"),
        pytest.param('a = """\\""""\nversion = \'1\'', "version", "1", 2, id="escaped quotes"),
        pytest.param("a = ''\nb = \"\"\nversion = '1'", "version", "1", 3, id="empty texts"),
        pytest.param('version = """\n1"""', "version", "1", 1, id="a value of lines"),
        pytest.param('# version = "2"\nversion = "1" # "3"', "version", "1", 2, id="comments"),
        pytest.param(
            '[[package]]\nversion = "1"\n[[package]]\n\nversion = "2"',
            "package.1.version",
            "2",
            5,
            id="a list of tables",
        ),
        pytest.param(
            '[[a]]\n[[a.b]]\n[[a.b]]\nv = "1"\n[[a]]\n[a.c]\nv = "2"\n[[a.b]]\nv = "3"',
            "a.1.b.0.v",
            "3",
            9,
            id="lists of tables in one",
        ),
        pytest.param(
            '[[a]]\n[[a]]\n[a.c]\nv = "2"', "a.1.c.v", "2", 4, id="a table in a list of tables"
        ),
        pytest.param(
            'a = [\n  "x", # y\n  [1979-05-27 07:32:00Z, 0x1F],\n  {b = "1"},\n]',
            "a.2.b",
            "1",
            4,
            id="in a list of lines",
        ),
        pytest.param('a = []\nb = {}\nc = [ [], ]\nd = "1"', "d", "1", 4, id="empty collections"),
        pytest.param('a = "[b]"\n[b]\nv = "1"', "b.v", "1", 3, id="a header in text"),
        pytest.param('[a.b]\nv = "2"\n[a]\nv = "1"', "a.v", "1", 4, id="a table after its own"),
        pytest.param('[a]\r\nv = "1"\r\n', "a.v", "1", 2, id="CRLF"),
        pytest.param('\ufeffversion = "1"', "version", "1", 1, id="a byte order mark"),
        pytest.param("a = -inf\nb = 1e5\nc = true\nd = '1'", "d", "1", 4, id="words"),
        pytest.param("a = 07:32:00.5\nb = 1979-05-27\nd = '1'", "d", "1", 3, id="times"),
        pytest.param("'' = {'' = '1'}", "''.''", "1", 1, id="empty keys"),
        pytest.param("3.14 = '1'", "3.14", "1", 1, id="keys of digits"),
    ],
)
def test_toml(text: str, key: str, value: str, line: int) -> None:
    found = stated("a.toml", text, key)
    assert found == Found(value, line, manifest("a.toml", key).keys[0])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param("[package\nversion = '1'", 1, "is not valid TOML", id="an open header"),
        pytest.param("[package]\nversion = 1.0.0", 2, "is not valid TOML", id="no quotes"),
        pytest.param("a = 1\nversion\n", 2, "is not valid TOML", id="a key alone"),
        pytest.param("a = 1\n= 2\n", 2, "is not valid TOML", id="a value alone"),
        pytest.param("a = 1\na = 2\n", 2, "is not valid TOML", id="a key twice"),
        pytest.param("[a]\n[a]\n", 2, "is not valid TOML", id="a table twice"),
        pytest.param("a = [1\n2]", 2, "is not valid TOML", id="no comma"),
        pytest.param("a = '''\n", 2, "is not valid TOML", id="an open text of lines"),
        pytest.param('a = "\n"', 1, "is not valid TOML", id="a text of two lines"),
        pytest.param("a = [\n", 2, "is not valid TOML", id="an open list"),
        pytest.param('"\\x" = 1', 1, "is not valid TOML", id="an unknown escape in a key"),
        pytest.param('a = "\\x"', 1, "is not valid TOML", id="an unknown escape"),
        pytest.param("a = '\x00'", 1, "is not valid TOML", id="NUL"),
        pytest.param("\x00", 1, "is not valid TOML", id="NUL alone"),
        pytest.param(b"a = 1\nb = '\xff'", 2, "is not UTF-8", id="bad UTF-8"),
        pytest.param("a = 1\nb = " + "[" * 100_000, 2, "is nested too deeply", id="open lists"),
        pytest.param("a = " + "{a = " * 100_000, 1, "is nested too deeply", id="open tables"),
        pytest.param("\n" + "a." * 500_000 + "a = 1", 2, "a key of too many parts", id="dots"),
        pytest.param("[" + "a." * 33 + "a]", 1, "a key of too many parts", id="a deep header"),
        pytest.param(
            "a = " + "9" * 5000, 1, "has a value of more than 1,000 characters", id="a huge number"
        ),
        pytest.param("a = '''" + "x''" * 100_000 + "\n", 2, "not valid TOML", id="literal quotes"),
        pytest.param('a = """' + '\\"' * 400_000, 1, "is not valid TOML", id="escaped quotes"),
        pytest.param('"' + '\\"' * 400_000, 1, "is not valid TOML", id="escaped quotes as a key"),
        pytest.param("x" * 1_000_000, 1, "is not valid TOML", id="a long key"),
        pytest.param("#" * (MAX_BYTES + 1), None, "is larger than 1 MiB", id="a byte too many"),
        pytest.param("[a]\n" * 200_000, 2, "is not valid TOML", id="200,000 tables"),
    ],
)
def test_what_is_no_toml(text: str | bytes, line: int | None, said: str) -> None:
    error = refused("a.toml", text, "a.b")
    assert said in error.message
    assert "(at " not in error.message
    assert error.line == line


def test_deep_toml_that_may_be() -> None:
    text = "a = " + "[" * MAX_DEPTH + '"1"' + "]" * MAX_DEPTH
    key = ".".join(["a", *"0" * (MAX_DEPTH - 1)])
    assert isinstance(stated("a.toml", text, key), Lack)


def packages(count: int) -> str:
    return "".join(f'[[package]]\nname = "a{n}"\nversion = "1.{n}.0"\n' for n in range(count))


def test_large_toml() -> None:
    found = stated("Cargo.lock.toml", packages(15_000), "package.14999.version")
    assert found == Found("1.14999.0", 45_000, ("package", "14999", "version"))


def test_row_15_toml_is_read_in_linear_time() -> None:
    def work(text: str) -> Callable[[], object]:
        return lambda: stated("Cargo.lock.toml", text, "package.0.version")

    assert_linear(packages, work, 500_000)


@pytest.mark.parametrize(
    ("path", "before", "unit"),
    [
        ("package.json", "", "[\n"),
        ("package.json", "", '{"a":'),
        ("package.json", '"', '\\"'),
        ("package.json", "", ","),
        ("package.json", "[", "1,"),
        ("a.toml", "a = '''", "x''"),
        ("a.toml", 'a = """', '\\"'),
        ("a.toml", '"', '\\"'),
        ("a.toml", "", "x"),
        ("a.toml", "[a]\n", "[a]\n"),
    ],
)
def test_row_15_what_is_neither_is_refused_in_linear_time(
    path: str, before: str, unit: str
) -> None:
    def work(text: str) -> Callable[[], object]:
        return lambda: refused(path, text, "a.b")

    assert_linear(lambda n: before + unit * n, work, 100_000)


@pytest.mark.parametrize(
    ("said", "at", "line"),
    [
        ("Illegal trailing comma before end of object", 7, 3),
        ("Expecting property name enclosed in double quotes", 10, 3),
        ("Expecting value", 0, 1),
    ],
    ids=["Python 3.13", "before it", "another fault"],
)
def test_a_trailing_comma_has_one_line_on_every_python(said: str, at: int, line: int) -> None:
    assert fault_line(json.JSONDecodeError(said, '{"a": 1,\n\n}', at)) == line


# ---------------------------------------------------------------------------- YAML


@pytest.mark.parametrize(
    ("text", "key", "value", "line"),
    [
        pytest.param("version: 1.0.0", "version", "1.0.0", 1, id="plain"),
        pytest.param("a: 1\nversion: '1'", "version", "1", 2, id="quotes"),
        pytest.param('version: "1\\u002e0"', "version", "1.0", 1, id="an escape"),
        pytest.param("version: !!str 1.0", "version", "1.0", 1, id="a tag"),
        pytest.param("version:\n\n  1.0.0-alpha", "version", "1.0.0-alpha", 3, id="the next line"),
        pytest.param("info:\n  version: 1.0.0\n", "info.version", "1.0.0", 2, id="inside"),
        pytest.param("a: [x, {b: y}]\n", "a.1.b", "y", 1, id="brackets"),
        pytest.param("- a\n- - b\n  - c\n", "1.1", "c", 3, id="lists"),
        pytest.param("a: {version: x}\nversion: y", "version", "y", 2, id="the same key inside"),
        pytest.param("? [a, version]\n: b\nversion: x", "version", "x", 3, id="a list as a key"),
        pytest.param("? {a: b}\n: {a: c}\na: x", "a", "x", 3, id="a mapping as a key"),
        pytest.param("1: {2: x}", "1.2", "x", 1, id="numbers as keys"),
        pytest.param("a: &x 1\nb: x", "b", "x", 2, id="an anchor that nothing uses"),
        pytest.param("# a: y\na: x # z", "a", "x", 2, id="comments"),
        pytest.param("---\na: x\n...\n", "a", "x", 2, id="a start and an end"),
        pytest.param("'': {'': x}", "''.''", "x", 1, id="empty keys"),
        pytest.param("a: b\r\nc: x\r\n", "c", "x", 2, id="CRLF"),
        pytest.param("a: b\rc: d\ne: x\n", "e", "x", 2, id="a lone carriage return"),
    ],
)
def test_yaml(text: str, key: str, value: str, line: int) -> None:
    found = stated("a.yml", text, key)
    assert found == Found(value, line, manifest("a.yml", key).keys[0])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param("a: 1\n\tb: 2", 2, "is not valid YAML", id="a tab"),
        pytest.param("a: 'b", 1, "is not valid YAML", id="an open quote"),
        pytest.param("a: b\n\nc: \x01", 3, "is not valid YAML", id="a control character"),
        pytest.param("a: \x00", 1, "is not valid YAML", id="NUL"),
        pytest.param("a: b\na: c", 2, "has the key 'a' twice; keep one", id="a key twice"),
        pytest.param("a: b\n'a': c", 2, "has the key 'a' twice", id="a key twice, once quoted"),
        pytest.param("a: &x b\nc: *x", 2, "has an alias, which is not read here", id="an alias"),
        pytest.param("a: &a [*a]", 1, "has an alias", id="an alias of itself"),
        pytest.param("a: b\n---\na: c", 2, "holds a second YAML document", id="two documents"),
        pytest.param("---\n---\na: c", 2, "second YAML document", id="nothing, then a document"),
        pytest.param("a: b\nc: " + "[" * 100_000, 2, "more than 200 brackets", id="brackets"),
        pytest.param("[" * 150, 1, "is nested too deeply", id="150 brackets"),
        pytest.param("- " * 20_000, 1, "is nested too deeply", id="20,000 dashes"),
        pytest.param("[\n" * 20_000, MAX_DEPTH + 1, "is nested too deeply", id="20,000 lines"),
        pytest.param("- a\n" * 30_000, 19_998, "holds too much", id="30,000 items"),
        pytest.param("%YAML 9.9\n---\na: b\n", 1, "is not valid YAML", id="another YAML"),
        pytest.param("a: !<tag:%zz> b", 1, "is not valid YAML", id="a broken tag"),
        pytest.param(b"a: b\nc: \xff", 2, "is not UTF-8", id="bad UTF-8"),
        pytest.param(b"#" * (MAX_BYTES + 1), None, "is larger than 1 MiB", id="a byte too many"),
    ],
)
def test_what_is_no_yaml(text: str | bytes, line: int | None, said: str) -> None:
    error = refused("a.yaml", text, "a")
    assert said in error.message
    assert error.line == line


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"%s": 1, "%s": 2}'),
        ("a.toml", "[%s]\n[%s]\n"),
        ("a.yaml", "%s: 1\n%s: 2\n"),
        ("a.yaml", "a: !%s!%s b\n"),
    ],
)
def test_long_words_are_shown_in_part(path: str, text: str) -> None:
    long = "x" * 900
    assert len(refused(path, text % (long, long), "a").message) < 250


# ---------------------------------------------------------------------------- what states nothing


@pytest.mark.parametrize(
    ("path", "text", "key", "line", "said"),
    [
        pytest.param("package.json", "{}", "", 1, "has no `version`", id="an empty mapping"),
        pytest.param("package.json", "[]", "", 1, "has no `version`", id="a list"),
        pytest.param("package.json", "null", "", 1, "has no `version`", id="null"),
        pytest.param("package.json", '"version"', "", 1, "has no `version`", id="text"),
        pytest.param("package.json", '{\n"version": null}', "", 2, "has no `version`", id="a null"),
        pytest.param(
            "package.json",
            '{\n"version": 1}',
            "",
            2,
            "has something other than text as `version`",
            id="a number",
        ),
        pytest.param(
            "package.json", '{"version":\n{}}', "", 2, "other than text as `version`", id="mapping"
        ),
        pytest.param("a.json", '{\n"a": []}', "a.0", 2, "has no `a.0`", id="an item of none"),
        pytest.param("a.json", '{"a": ["x"]}', "a.00", 1, "has no `a.00`", id="two zeros"),
        pytest.param("a.json", '{"a": ["x"]}', "a.-1", 1, "has no `a.-1`", id="from the end"),
        pytest.param("a.json", '{"a": "xyz"}', "a.1", 1, "has no `a.1`", id="inside of text"),
        pytest.param(
            "a.json", '{\n"a": {\n"b": 1}}', 'a."x.y".c', 2, 'has no `a."x.y".c`', id="nearest"
        ),
        pytest.param(
            "Cargo.toml",
            "[dependencies]\n",
            "",
            1,
            "has neither `package.version` nor `workspace.package.version`",
            id="a package of no version",
        ),
        pytest.param(
            "Cargo.toml",
            "# a\n[package]\nname = 'a'\n",
            "",
            2,
            "has neither `package.version`",
            id="a package's line",
        ),
        pytest.param(
            "Cargo.toml",
            "[package]\nversion.workspace = true\n",
            "",
            2,
            "takes its version from the workspace's Cargo.toml",
            id="a version of the workspace",
        ),
        pytest.param(
            "Cargo.toml",
            "[package]\n\nversion = {workspace = true}\n",
            "",
            3,
            "takes its version from the workspace's Cargo.toml",
            id="the same in braces",
        ),
        pytest.param(
            "Cargo.toml",
            "[package]\nversion.workspace = false\n",
            "",
            2,
            "other than text as `package.version`",
            id="a version of no workspace",
        ),
        pytest.param(
            "pyproject.toml",
            "[project]\nname = 'a'\ndynamic = ['version']\n",
            "",
            3,
            "leaves its version to the build (`project.dynamic`)",
            id="a dynamic version",
        ),
        pytest.param(
            "pyproject.toml",
            "[project]\ndynamic = ['readme']\n",
            "",
            1,
            "has neither `project.version` nor `tool.poetry.version`",
            id="something else is dynamic",
        ),
        pytest.param(
            "pyproject.toml",
            "[project]\ndynamic = 'version'\n",
            "",
            1,
            "has neither `project.version`",
            id="dynamic is no list",
        ),
        pytest.param(
            "a.toml",
            "[project]\ndynamic = ['version']\n",
            "project.version",
            1,
            "has no `project.version`",
            id="dynamic in another file",
        ),
        pytest.param(
            "tauri.conf.json",
            '{\n"version": "../package.json"}',
            "",
            2,
            "takes its version from '../package.json'",
            id="a package.json's version",
        ),
        pytest.param(
            "tauri.conf.json",
            "{}",
            "",
            1,
            "has no `version`, so Tauri takes that of Cargo.toml",
            id="no version for Tauri",
        ),
        pytest.param(
            "a.yaml", "version: 1.0\n", "version", 1, "other than text as `version`", id="a float"
        ),
        pytest.param("a.yaml", "version:\n", "version", 1, "has no `version`", id="nothing"),
        pytest.param("a.yaml", "a:\n  b: c\n  v:\n", "a.v", 3, "has no `a.v`", id="nothing inside"),
        pytest.param("a.yaml", "a:\n  - b\n  -\n", "a.1", 2, "has no `a.1`", id="an empty item"),
        pytest.param("a.yaml", "version: ~\n", "version", 1, "has no `version`", id="a tilde"),
        pytest.param("a.yaml", "# nothing\n", "version", 1, "has no `version`", id="a comment"),
        pytest.param(
            "a.yaml", "a: b\nversion: !mine:str x\n", "version", 2, "other than text", id="a tag"
        ),
        pytest.param(
            "a.toml", "version = 2026-01-01\n", "version", 1, "other than text", id="a date"
        ),
    ],
)
def test_what_states_no_version(path: str, text: str, key: str, line: int, said: str) -> None:
    found = stated(path, text, key)
    assert isinstance(found, Lack)
    assert said in found.message
    assert found.line == line
    assert found.help


@pytest.mark.parametrize(
    ("path", "text", "value", "line"),
    [
        ("package.json", '{"name": "a",\n"version": "1"}', "1", 2),
        ("Cargo.toml", "[workspace.package]\nversion = '1'\n", "1", 2),
        (
            "Cargo.toml",
            "[package]\nversion.workspace = true\n[workspace.package]\nversion = '1'\n",
            "1",
            4,
        ),
        ("Cargo.toml", "[workspace.package]\nversion = '1'\n[package]\nversion = '2'", "2", 4),
        ("pyproject.toml", "[tool.poetry]\nversion = '1'\n", "1", 2),
        (
            "pyproject.toml",
            "[project]\ndynamic = ['version']\n[tool.poetry]\nversion = '1'\n",
            "1",
            4,
        ),
        ("tauri.conf.json", '{"package": {"version": "1"}}', "1", 1),
        ("tauri.conf.json", '{"version": "2",\n"package": {"version": "1"}}', "2", 1),
    ],
)
def test_where_known_manifests_have_it(path: str, text: str, value: str, line: int) -> None:
    found = stated(path, text)
    assert isinstance(found, Found)
    assert (found.value, found.line) == (value, line)


# ---------------------------------------------------------------------------- judgement


def test_a_manifest_that_carries_the_version() -> None:
    assert judged("a/package.json", '{\n"version": "1.0.0-alpha.3"}') == Judgement(
        path="a/package.json",
        line=2,
        key="version",
        found="1.0.0-alpha.3",
        wanted=("1.0.0-alpha", "1.0.0-alpha.N"),
        ok=True,
        message="`version` is '1.0.0-alpha.3', as it must be",
        help="",
    )


@pytest.mark.parametrize(
    ("path", "text", "version", "message", "what_to_do"),
    [
        (
            "package.json",
            '{"version": "0.9.0"}',
            "v1.0.0-alpha",
            "`version` is '0.9.0'; it must be `1.0.0-alpha`",
            "Write `1.0.0-alpha` or `1.0.0-alpha.N`",
        ),
        (
            "Cargo.toml",
            "[package]\nversion = '1.0'",
            "v1.0.0-stable",
            "`package.version` is '1.0', which is no semantic version; it must be `1.0.0`",
            "Write `1.0.0`",
        ),
        (
            "pyproject.toml",
            "[project]\nversion = '1.0.0-stable'",
            "v1.0.0-stable",
            (
                "`project.version` is '1.0.0-stable', which is no version of PEP 440; "
                "it must be `1.0.0`"
            ),
            "Write `1.0.0`",
        ),
        (
            "package.json",
            '{"version": "1.0.0-stable"}',
            "v1.0.0-stable",
            "`version` is '1.0.0-stable', which to semver comes before `1.0.0`; it must be `1.0.0`",
            "Write `1.0.0`",
        ),
        (
            "package.json",
            '{"version": "1.0.1-patch"}',
            "v1.0.1-patch",
            "`version` is '1.0.1-patch', which to semver comes before `1.0.1`; it must be `1.0.1`",
            "Write `1.0.1`",
        ),
        (
            "package.json",
            '{"version": "::error::\\n\\u001b[2J`"}',
            "v1.0.0-stable",
            (
                "`version` is '::error::\\n\\x1b[2J`', which is no semantic version; "
                "it must be `1.0.0`"
            ),
            "Write `1.0.0`",
        ),
        (
            "package.json",
            None,
            "v1.0.0-stable",
            "`package.json` is listed under `cut.manifests` and is not there",
            "Add the file, or take it out of `cut.manifests`",
        ),
        (
            "package.json",
            "{",
            "v1.0.0-stable",
            "`package.json` is not valid JSON: Expecting property name enclosed in double quotes",
            "Mend the file, or take it out of `cut.manifests`",
        ),
        (
            "a/Cargo.toml",
            "package.version.workspace = true",
            "v1.0.0-stable",
            "`a/Cargo.toml` takes its version from the workspace's Cargo.toml",
            "List that file under `cut.manifests` in place of this one",
        ),
    ],
)
def test_a_manifest_that_does_not(
    path: str, text: str | None, version: str, message: str, what_to_do: str
) -> None:
    found = judged(path, text, version)
    assert not found.ok
    assert (found.message, found.help) == (message, what_to_do)
    assert found.wanted == required(Version.parse(version), manifest(path).form)


def test_what_is_found_is_shown_in_part() -> None:
    found = judged("package.json", json.dumps({"version": "x" * 5000}))
    assert found.found == "x" * 200
    assert len(found.message) < 200


def test_a_broken_manifest_does_not_hide_the_others() -> None:
    listed = [manifest(name) for name in ("package.json", "Cargo.toml", "pyproject.toml")]
    texts = {
        "package.json": b'{"version": "1.0.0-alpha"}',
        "Cargo.toml": b"\n\n[",
        "pyproject.toml": None,
    }
    found = judge(ALPHA, listed, texts)
    assert [(one.path, one.line, one.ok) for one in found] == [
        ("package.json", 1, True),
        ("Cargo.toml", 3, False),
        ("pyproject.toml", 1, False),
    ]
    assert judge(ALPHA, listed[:1], {})[0].found is None


def test_one_file_with_two_keys() -> None:
    listed = [manifest("a.json", "x"), manifest("a.json", "y")]
    found = judge(STABLE, listed, {"a.json": b'{"x": "1.0.0",\n"y": "1.0.1"}'})
    assert [(one.key, one.line, one.ok) for one in found] == [("x", 1, True), ("y", 2, False)]


@pytest.mark.parametrize(
    ("path", "text", "version", "has_notice"),
    [
        ("tauri.conf.json", '{"version": "1.0.0-alpha"}', "v1.0.0-alpha", True),
        ("tauri.conf.json", '{"version": "1.0.0-beta.2"}', "v1.0.0-beta", True),
        ("tauri.conf.json", '{"version": "1.0.0"}', "v1.0.0-stable", False),
        ("tauri.conf.json", '{"version": "1.0.0"}', "v1.0.0-alpha", False),
        ("package.json", '{"version": "1.0.0-alpha"}', "v1.0.0-alpha", False),
        (
            "tauri.conf.json",
            '{"version": "1.0.0-alpha", "bundle": {"windows": {"wix": {"version": "1.0.0.1"}}}}',
            "v1.0.0-alpha",
            False,
        ),
    ],
)
def test_a_version_that_no_msi_can_have(
    path: str, text: str, version: str, *, has_notice: bool
) -> None:
    assert ("bundle.windows.wix.version" in judged(path, text, version).notice) is has_notice


# ---------------------------------------------------------------------------- anything at all

NAMES = st.sampled_from(["a", "b", "version", "a.b", "", "0", "1", "é", 'q"', "tab\t"])
SCALARS = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just("1.0.0"),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


def leaves(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Every text of a tree by its path."""
    if isinstance(value, dict):
        return {k: v for name in value for k, v in leaves(value[name], (*path, name)).items()}
    if isinstance(value, list):
        return {
            k: v
            for index, item in enumerate(value)
            for k, v in leaves(item, (*path, str(index))).items()
        }
    return {path: value} if isinstance(value, str) and path else {}


def check_every_text(path: str, text: str, tree: Any, lines: dict[tuple[str, ...], int]) -> None:
    for key, value in leaves(tree).items():
        asked = Manifest(path, (key,), Form.SEMVER, Syntax(path.rpartition(".")[2]))
        assert read(asked, text.encode()) == Found(value, lines[key], key)


@given(st.dictionaries(NAMES, TREES, max_size=4), st.booleans())
@settings(max_examples=100, deadline=None)
def test_every_text_of_a_json_tree_is_found_on_its_line(tree: Any, ascii_only: bool) -> None:  # noqa: FBT001 -- hypothesis gives it by name
    text = json.dumps(tree, indent=1, ensure_ascii=ascii_only)
    lines: dict[tuple[str, ...], int] = {}
    count = [1]

    def walk(value: Any, path: tuple[str, ...]) -> None:
        lines[path] = count[0]
        if isinstance(value, dict | list) and value:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for name, inner in pairs:
                count[0] += 1
                walk(inner, (*path, str(name)))
            count[0] += 1

    walk(tree, ())
    check_every_text("a.json", text, tree, lines)


class TomlWriter:
    """Writes a tree as TOML in the many ways that TOML has, and notes every value's line."""

    def __init__(self, draw: Any) -> None:
        self.lines: dict[tuple[str, ...], int] = {}
        self._draw = draw
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def choose(self, *choices: str) -> str:
        return str(self._draw(st.sampled_from(choices)))

    def put(self, text: str) -> None:
        self._parts.append(text)

    def key(self, name: str) -> str:
        if name and name.isascii() and name.isalnum() and self.choose("bare", "quoted") == "bare":
            return name
        return quoted(name)

    def gap(self) -> None:
        self.put(self.choose("", " ", "\n", " # x = ']'\n", "\n\n\t"))

    def value(self, value: Any, path: tuple[str, ...]) -> None:
        self.lines[path] = self.text.count("\n") + 1
        if isinstance(value, dict):
            self.put("{")
            for index, (name, inner) in enumerate(value.items()):
                self.put(", " if index else "")
                self.put(f"{self.key(name)} = ")
                self.value(inner, (*path, name))
            self.put("}")
        elif isinstance(value, list):
            self.put("[")
            for index, inner in enumerate(value):
                self.gap()
                self.value(inner, (*path, str(index)))
                self.gap()
                self.put("," if index + 1 < len(value) else self.choose(",", ""))
            self.gap()
            self.put("]")
        elif isinstance(value, bool):
            self.put("true" if value else "false")
        elif isinstance(value, str):
            self.put(self.string(value))
        else:
            self.put(str(value) if isinstance(value, int) else number(value))

    def string(self, value: str) -> str:
        way = self.choose("basic", "lines", "literal")
        if way == "lines":
            return '""' + quoted(value) + '""'
        if way == "literal" and value.isprintable() and "'" not in value:
            return f"'{value}'"
        return quoted(value)

    def table(self, tree: dict[str, Any], path: tuple[str, ...], names: tuple[str, ...]) -> None:
        later = []
        for name, value in tree.items():
            lists = isinstance(value, list) and value and all(isinstance(i, dict) for i in value)
            if (isinstance(value, dict) or lists) and self.choose("inline", "table") == "table":
                later.append((name, value))
                continue
            self.put(f"{self.key(name)} = ")
            self.value(value, (*path, name))
            self.put(self.choose("\n", " # [a]\n", "\n\n"))
        for name, value in later:
            header = ".".join(self.key(part) for part in (*names, name))
            if isinstance(value, dict):
                self.put(f"[{header}]\n")
                self.table(value, (*path, name), (*names, name))
                continue
            for index, item in enumerate(value):
                self.put(f"[[ {header} ]]\n")
                self.table(item, (*path, name, str(index)), (*names, name))


def quoted(text: str) -> str:
    return (
        '"'
        + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
        + '"'
    )


def number(value: float) -> str:
    return str(value) if value in {float("inf"), float("-inf")} else repr(value)


TOML_TREES = st.recursive(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
        st.floats(allow_nan=False),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(NAMES, TOML_TREES, max_size=4), st.data())
@settings(max_examples=150, deadline=None)
def test_every_text_of_a_toml_tree_is_found_on_its_line(tree: Any, data: st.DataObject) -> None:
    writer = TomlWriter(data.draw)
    writer.table(tree, (), ())
    assert tomllib.loads(writer.text) == tree
    check_every_text("a.toml", writer.text, tree, writer.lines)


SNIPPETS = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", "[[", "]]", '"', "'", '"""', "'''", "\\", "\n", " ", ",", ":", "=",
         ".", "a", "version", "- ", "? ", "#", "&a", "*a", "!!str", "!", "|", ">", "%YAML 1.1\n",
         "---\n", "...", "<<", "1", "NaN", "true", "null", "\x00", "\ufeff", "\t", "2026-01-01",
         "\\u00", "é"]
    ),
    max_size=40,
).map("".join)  # fmt: skip
FILES = st.sampled_from(
    ["package.json", "Cargo.toml", "pyproject.toml", "tauri.conf.json", "a.yaml", "b.json"]
)


@given(FILES, st.one_of(st.binary(max_size=60), SNIPPETS.map(str.encode)), VERSIONS)
@example("a.yaml", b"a: !<tag:%zz> b", ALPHA)
@example("Cargo.toml", b"a = 1 2", ALPHA)
@example("a.yaml", b"\r]]", ALPHA)
@settings(max_examples=600, deadline=None)
def test_any_bytes_are_judged_with_a_line(path: str, data: bytes, version: Version) -> None:
    asked = manifest(path, "version" if path.startswith(("a", "b")) else "")
    (found,) = judge(version, [asked], {path: data})
    assert 1 <= found.line <= data.count(b"\n") + 1
    assert found.message.isprintable()
    assert found.ok is not bool(found.help)
    try:
        said = read(asked, data)
    except InputError as error:
        said = Lack(error.line or 1, asked.keys[0], error.message, found.help)
    assert isinstance(said, Lack) is (found.found is None)
    assert found.line == said.line
    assert not isinstance(said, Lack) or said.message in found.message
