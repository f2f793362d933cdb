"""The configuration: what is read, and every mistake with its line and what would be valid."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from ceremony.config import MAX_BYTES, MAX_DEPTH, SCHEMA_ID, Config, read, schema
from ceremony.model import Hit, InputError, Severity
from ceremony.rules.audit import RULES
from ceremony.rules.audit.registry import Layout, Option, Project, rule

SCHEMA_FILE = Path(__file__).parent.parent / "docs" / "ceremony.schema.json"


@pytest.fixture
def counting() -> Iterator[str]:
    """A rule with an option, for as long as a test runs."""
    name = "birds-counted"

    @rule(
        name,
        Severity.NOTE,
        finds="a bird",
        help="Count it.",
        ceremony="Explicit State",
        options={"days": Option(default=30, help="Days between two counts.")},
    )
    def birds_counted(project: Project) -> Iterator[Hit]:
        raise AssertionError(project)

    yield name
    del RULES[name]


def refused(text: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read(text.encode() if isinstance(text, str) else text)
    return caught.value


# ---------------------------------------------------------------------------- what is read


@pytest.mark.parametrize(
    "text",
    ["", "\n", "# nothing yet\n", "---\n", "null\n", "documents:\nbranches:\nrules:\n", "{}\n"],
    ids=["empty", "a blank line", "a comment", "a start", "null", "keys without values", "braces"],
)
def test_without_settings_the_defaults_hold(text: str) -> None:
    assert read(text.encode()) == Config()


def test_everything_at_once() -> None:
    text = """\
%YAML 1.2
---
documents:
  home: ./docs/governance/
  roadmap: docs//plan.md
  required: [MILESTONES.main.md]
  extra:
    - docs/a b.md
  ignore: ["old/**", "*.draft.md"]
branches: {main: trunk, latest: release/latest}
rules:
  content-duplicated: off
  domain-owner-missing: note
  version-hardcoded: {severity: error}
  proposal-stale:
"""
    assert read(text.encode()) == Config(
        home="docs/governance",
        extra=("docs/a b.md",),
        ignore=("old/**", "*.draft.md"),
        layout=Layout(
            roadmap="docs/plan.md",
            main_branch="trunk",
            latest_branch="release/latest",
            required=("MILESTONES.main.md",),
        ),
        severities={
            "content-duplicated": None,
            "domain-owner-missing": Severity.NOTE,
            "version-hardcoded": Severity.ERROR,
        },
    )


def test_options(counting: str) -> None:
    text = f"rules:\n  {counting}:\n    severity: warning\n    days: 007\n"
    found = read(text.encode())
    assert found.severities == {counting: Severity.WARNING}
    assert found.options == {(counting, "days"): 7}


def test_the_root_may_be_the_home() -> None:
    assert read(b"documents:\n  home: .\n").home == ""


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbfdocuments:\n  home: a\n", id="a byte order mark"),
        pytest.param(b"documents:\r\n  home: a\r\n", id="CRLF"),
        pytest.param(b"documents:\n  home: 'a'\n", id="quotes"),
        pytest.param(b"documents: {home: a}", id="no end of line"),
    ],
)
def test_the_same_in_other_bytes(data: bytes) -> None:
    assert read(data).home == "a"


def test_a_file_of_the_largest_size_is_read() -> None:
    assert read(b"#" * MAX_BYTES) == Config()


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param(
            "a: 1\n", 1, "there is no key 'a'; valid: documents, branches, rules", id="unknown key"
        ),
        pytest.param("\nrule:\n", 2, "(did you mean `rules`?)", id="a misspelt key"),
        pytest.param(
            "documents:\n  roadmap: a.md\n  house: b\n",
            3,
            "`documents` has no key 'house' (did you mean `home`?); "
            "valid: home, roadmap, required, extra, ignore",
            id="an unknown key inside",
        ),
        pytest.param("? [a]\n: b\n", 1, "there is no key ''", id="a list as key"),
        pytest.param("<<: {rules: }\n", 1, "there is no key '<<'", id="a merge key"),
        pytest.param(
            "branches:\n  main: a\n  main: b\n", 3, "has key 'main' twice", id="a key twice"
        ),
        pytest.param("rules:\nrules:\n", 2, "has key 'rules' twice", id="a key twice at the top"),
        pytest.param(
            "- a\n", 1, "must be a mapping of keys: documents, branches, rules", id="a list"
        ),
        pytest.param("text\n", 1, "must be a mapping", id="a word"),
        pytest.param(
            "documents: docs\n", 1, "`documents` must be a mapping of keys: home", id="no mapping"
        ),
        pytest.param(
            "documents:\n  home: [a]\n", 2, "must be a path, not a list", id="a list for a path"
        ),
        pytest.param(
            "documents:\n  home: {a: b}\n",
            2,
            "must be a path, not a list",
            id="a mapping for a path",
        ),
        pytest.param(
            "documents:\n  home: 3\n", 2, "write it in quotes: '3'", id="a number for a path"
        ),
        pytest.param(
            "documents:\n  home: true\n", 2, "write it in quotes: 'true'", id="a truth for a path"
        ),
        pytest.param(
            "documents:\n  home: 2026-01-01\n", 2, "write it in quotes", id="a date for a path"
        ),
        pytest.param("documents:\n  home: !!binary aGk=\n", 2, "write it in quotes", id="binary"),
        pytest.param(
            "documents:\n  home: !mine a\n", 2, "write it in quotes", id="a tag of one's own"
        ),
        pytest.param(
            "documents:\n  home:\n  roadmap: a\n", 2, "must be a path", id="nothing for a path"
        ),
        pytest.param(
            "documents:\n  home: ''\n", 2, "must be a path below the root", id="an empty path"
        ),
        pytest.param("documents:\n  home: ../a\n", 2, "no `..`: '../a'", id="a path upwards"),
        pytest.param("documents:\n  home: a/../../b\n", 2, "no `..`", id="a path down and up"),
        pytest.param("documents:\n  home: a/..\n", 2, "no `..`", id="a path that ends upwards"),
        pytest.param("documents:\n  home: /etc\n", 2, "below the root", id="an absolute path"),
        pytest.param("documents:\n  home: '~/a'\n", 2, "below the root", id="somebody's home"),
        pytest.param("documents:\n  home: C:/a\n", 2, "below the root", id="a drive"),
        pytest.param("documents:\n  home: a\\b\n", 2, "forward slashes", id="backslashes"),
        pytest.param('documents:\n  home: "a\\0b"\n', 2, "below the root", id="NUL in a path"),
        pytest.param(
            'documents:\n  home: "a\\x1b[2Jb"\n', 2, "'a\\x1b[2Jb'", id="an escape in a path"
        ),
        pytest.param("documents:\n  home: |\n    a\n", 2, "below the root", id="a block of text"),
        pytest.param(f"documents:\n  home: {'a' * 256}\n", 2, "below the root", id="a long path"),
        pytest.param(
            "documents:\n  extra: a.md\n", 2, "`documents.extra` must be a list", id="no list"
        ),
        pytest.param(
            "documents:\n  extra:\n", 2, "`documents.extra` must be a list", id="nothing for a list"
        ),
        pytest.param(
            "documents:\n  extra:\n  - a.md\n  - 7\n",
            4,
            "write it in quotes",
            id="a number in a list",
        ),
        pytest.param(
            "documents:\n  required: [a/B.md]\n", 2, "must be the file name", id="a path for a name"
        ),
        pytest.param(
            "documents:\n  required: [B.txt]\n", 2, "(`*.md`): 'B.txt'", id="another kind of file"
        ),
        pytest.param(
            "branches:\n  main: -x\n", 2, "must be a branch name, such as `main`", id="an option"
        ),
        pytest.param("branches:\n  main: $(id)\n", 2, "must be a branch name", id="a command"),
        pytest.param("branches:\n  main: a..b\n", 2, "must be a branch name", id="a range"),
        pytest.param("branches:\n  main: a//b\n", 2, "must be a branch name", id="two slashes"),
        pytest.param("branches:\n  main: a/.b\n", 2, "must be a branch name", id="a hidden part"),
        pytest.param("branches:\n  main: a.lock\n", 2, "must be a branch name", id="a lock"),
        pytest.param("branches:\n  main: HEAD\n", 2, "must be a branch name", id="HEAD"),
        pytest.param(
            "branches:\n  main: refs/heads/a\n", 2, "must be a branch name", id="a full ref"
        ),
        pytest.param(
            f"branches:\n  main: '{'a' * 40}'\n", 2, "must be a branch name", id="a commit"
        ),
        pytest.param('branches:\n  main: "a\\n"\n', 2, "must be a branch name", id="a newline"),
        pytest.param("branches:\n  main: a b\n", 2, "must be a branch name", id="a blank"),
        pytest.param(
            "branches:\n  main: [a]\n", 2, "must be a branch name, not", id="a list of branches"
        ),
        pytest.param(
            "rules:\n  content-duplicatd: off\n",
            2,
            "(did you mean `content-duplicated`?); valid: ",
            id="a misspelt rule",
        ),
        pytest.param("rules: off\n", 1, "`rules` must be a mapping of rules: ", id="all rules off"),
        pytest.param(
            "rules:\n  state-missing: loud\n",
            2,
            "must be one of error, warning, note, off; it is 'loud'",
            id="an unknown weight",
        ),
        pytest.param(
            "rules:\n  state-missing:\n    severity: Error\n",
            3,
            "`rules.state-missing.severity` must be one of",
            id="a weight in capitals",
        ),
        pytest.param(
            "rules:\n  state-missing: {severity: [off]}\n", 2, "must be one of", id="weights"
        ),
        pytest.param(
            "rules:\n  state-missing: [off]\n", 2, "mapping of options: severity", id="a list"
        ),
        pytest.param(
            "rules:\n  state-missing:\n    days: 3\n",
            3,
            "has no option 'days'; valid: severity",
            id="an unknown option",
        ),
        pytest.param("documents:\n\thome: a\n", 2, "is not valid YAML", id="a tab"),
        pytest.param("documents:\n  home: 'a\n", 3, "is not valid YAML", id="an open quote"),
        pytest.param("[[[", 1, "is not valid YAML", id="open brackets"),
        pytest.param("a\n\n\nb: c\x01\n", 4, "is not valid YAML", id="a control character"),
        pytest.param("%YAML 9.9\n---\na: b\n", 1, "is not valid YAML", id="another YAML"),
        pytest.param("rules:\n---\nrules:\n", 2, "second YAML document", id="two documents"),
        pytest.param("rules: &a\nx: *a\n", 1, "anchors and aliases", id="an anchor"),
        pytest.param("rules: {}\nx: *a\n", 2, "anchors and aliases", id="an alias"),
        pytest.param("rules: &a {}\n", 1, "anchors and aliases", id="an anchored mapping"),
        pytest.param(
            "!!python/object/apply:os.system [id]\n", 1, "must be a mapping", id="an object"
        ),
    ],
)
def test_mistakes(text: str, line: int, said: str) -> None:
    error = refused(text)
    assert said in error.message
    assert (error.file, error.line) == (".github/ceremony.yml", line)


@pytest.mark.parametrize(
    "value",
    ["1000000", "-1", "1_000", "0x10", "3.0", "'30'", "\u0663", "\uff13", "[3]", "", "1e3", "+3"],
)
def test_what_is_no_whole_number(counting: str, value: str) -> None:
    error = refused(f"rules:\n  {counting}:\n    days: {value}\n")
    assert "must be a whole number" in error.message
    assert error.line == 3


def test_an_unknown_option_names_the_valid_ones(counting: str) -> None:
    error = refused(f"rules:\n  {counting}:\n    day: 3\n")
    assert "(did you mean `days`?); valid: severity, days" in error.message


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        pytest.param(b"#" * (MAX_BYTES + 1), None, "larger than 64 KiB", id="a byte too many"),
        pytest.param(b"rules:\n  \xff: off\n", 2, "not UTF-8", id="bad UTF-8"),
        pytest.param("rules:".encode("utf-16"), 1, "not UTF-8", id="UTF-16"),
        pytest.param(b"rules:\n\x00", 2, "is not valid YAML", id="NUL"),
        pytest.param(b"[" * 60_000, 1, "more than 200 brackets", id="60,000 brackets"),
        pytest.param(b"{a: " * 10_000, 1, "more than 200 brackets", id="10,000 braces"),
        pytest.param(
            b"#\n" + b"[a,\n" * 201, 202, "more than 200 brackets", id="a bracket too many"
        ),
        pytest.param(b"[a, " * 200, 1, "nested too deeply", id="200 brackets"),
        pytest.param(b"- " * 20_000, 1, "nested too deeply", id="20,000 dashes"),
        pytest.param(
            b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), 1, "too deeply", id="one too deep"
        ),
        pytest.param(b"? " * 20_000, 1, "", id="20,000 question marks"),
    ],
)
def test_bytes_that_no_configuration_has(data: bytes, line: int | None, said: str) -> None:
    started = time.perf_counter()
    error = refused(data)
    assert time.perf_counter() - started < 1
    assert said in error.message
    assert error.line == line


def test_depth_that_is_allowed_is_judged_by_its_content() -> None:
    assert "must be a mapping" in refused(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH).message


def test_threat_14_alias_bomb_of_nine_levels() -> None:
    levels = "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    started = time.perf_counter()
    error = refused(
        'a: &a ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]\n' + levels
    )
    assert time.perf_counter() - started < 1
    assert "anchors and aliases" in error.message
    assert error.line == 1


def test_another_path_is_named() -> None:
    with pytest.raises(InputError, match=r"^ceremony/own\.yml:1: there is no key"):
        read(b"a: b\n", path="ceremony/own.yml")


# ---------------------------------------------------------------------------- the schema


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "null",
        "documents:",
        "documents: {home: docs}",
        "documents: {home: ../docs}",
        "documents: {home: /docs}",
        "documents: {home: a\\b}",
        "documents: {home: ''}",
        "documents: {home: 3}",
        "documents: {home: a/..}",
        "documents: {home: a..b}",
        "documents: {home: .}",
        "documents: {home: '~'}",
        "documents: {roadmap: plan.md}",
        "documents: {required: []}",
        "documents: {required: [A.md]}",
        "documents: {required: [A.txt]}",
        "documents: {required: [a/A.md]}",
        "documents: {extra: a.md}",
        "documents: {extra: [a.md, 'b/**']}",
        "documents: {extra: [1]}",
        "documents: {nope: a}",
        "documents: []",
        "branches: {main: trunk}",
        "branches: {main: -trunk}",
        "branches: {main: a..b}",
        "branches: {main: HEAD}",
        "branches: {main: HEAD-on}",
        "branches: {main: v1.lock}",
        "branches: {main: a/b-1.x}",
        f"branches: {{main: {'f' * 40}}}",
        "branches: {main: 7}",
        "branches: {other: a}",
        "rules: {state-missing: off}",
        "rules: {state-missing: 'off'}",
        "rules: {state-missing: loud}",
        "rules: {state-missing: {severity: note}}",
        "rules: {state-missing: {severity: 3}}",
        "rules: {state-missing: }",
        "rules: {state-missing: {}}",
        "rules: {state-missing: {days: 1}}",
        "rules: {state-mising: off}",
        "rules: [state-missing]",
        "extra: 1",
        "[]",
        "text",
        "rules: {birds-counted: {days: 3}}",
        "rules: {birds-counted: {days: -3}}",
        "rules: {birds-counted: {days: 1000000}}",
        "rules: {birds-counted: {days: '3'}}",
        "rules: {birds-counted: {days: true}}",
    ],
)
def test_the_schema_agrees_with_the_reader(counting: str, text: str) -> None:
    assert counting in RULES
    value = YAML(typ="safe", pure=True).load(text)
    try:
        read(text.encode())
        accepted = True
    except InputError:
        accepted = False
    assert Draft7Validator(schema()).is_valid(value) is accepted


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(schema())
    assert schema()["$id"] == SCHEMA_ID
    assert set(schema()["properties"]["rules"]["properties"]) == set(RULES)


def test_the_schema_that_editors_read_is_the_readers() -> None:
    command = (
        "PYTHONPATH=src python -c 'import json; from ceremony.config import schema; "
        "print(json.dumps(schema(), indent=2))' > docs/ceremony.schema.json"
    )
    said = f"docs/ceremony.schema.json is out of date; write it at the root with: {command}"
    assert SCHEMA_FILE.is_file(), said
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == schema(), said
