"""The configuration: what is read, and every mistake with its line and what would be valid."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from ceremony.config import (
    MAX_BYTES,
    MAX_DEPTH,
    SCHEMA_ID,
    Config,
    Cutting,
    read,
    schema,
)
from ceremony.model import Hit, InputError, Severity
from ceremony.rules.audit import RULES
from ceremony.rules.audit.registry import Layout, Option, Project, rule
from ceremony.rules.channels import Row, default_table
from ceremony.rules.evidence import parse_required
from ceremony.rules.globs import Missing, Wanted, parse
from ceremony.rules.manifests import Form, Manifest, Syntax
from ceremony.rules.proof import Hold, Promotion, Required
from ceremony.rules.retention import Retention
from tests.support.growth import assert_linear

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


# ---------------------------------------------------------------------------- promote


def promotion(text: str) -> Promotion:
    """What the lines of the `promote` section say."""
    return read(("promote:\n" + text).encode()).promotion


def test_everything_about_promote() -> None:
    text = """\
promote:
  required-checks:
    - test
    - build (ubuntu, [3.11])
    - name: deploy @ prod
    - name: "e2e *"
      app: circleci-checks
    - {name: lint, app: 15368}
    - {name: quality, app: "sonar[bot]"}
  allow-skipped: [docs]
  allow-neutral:
    - "spell*"
  merge-group: true
  holds:
    - by: "@ada"
      reason: The auditors are in
      until: 2026-03-14
      since: 0123ABC
    - by: Bo
      reason: "Freeze: 1.0"
"""
    assert read(text.encode()) == Config(
        promotion=Promotion(
            required=(
                Required("test"),
                Required("build (ubuntu, [3.11])"),
                Required("deploy @ prod"),
                Required("e2e *", "circleci-checks"),
                Required("lint", "15368"),
                Required("quality", "sonar[bot]"),
            ),
            allow_neutral=("spell*",),
            allow_skipped=("docs",),
            merge_group=True,
            holds=(
                Hold("@ada", "The auditors are in", dt.date(2026, 3, 14), "0123abc"),
                Hold("Bo", "Freeze: 1.0"),
            ),
        )
    )


@pytest.mark.parametrize(
    "text", ["", "  required-checks: []\n", "  holds: []\n  merge-group: false\n"]
)
def test_without_words_about_promote_the_defaults_hold(text: str) -> None:
    assert promotion(text) == Promotion()


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("0123456", id="a number that begins with 0"),
        pytest.param("1234567", id="a number"),
        pytest.param("12345e7", id="a number with an exponent"),
        pytest.param("1e100000", id="a number that is infinite"),
        pytest.param("0x12345", id="a number to base 16"),
        pytest.param("1" * 40, id="forty digits"),
        pytest.param("'1234567'", id="in quotes"),
        pytest.param("abcdef0", id="letters"),
    ],
)
def test_a_commit_that_yaml_takes_for_a_number(written: str) -> None:
    text = f"  holds: [{{by: a, reason: b, since: {written}}}]\n"
    if "x" in written:
        assert (
            "must be a commit, 7 to 40 hexadecimal digits" in refused("promote:\n" + text).message
        )
    else:
        assert promotion(text).holds[0].since == written.strip("'")


@pytest.mark.parametrize("written", ["2026-03-14", "'2026-03-14'", '"2026-03-14"'])
def test_a_day(written: str) -> None:
    text = f"  holds: [{{by: a, reason: b, until: {written}}}]\n"
    assert promotion(text).holds[0].until == dt.date(2026, 3, 14)


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-30", "2026-02-29", "0000-01-01", "2026-3-14", "20260314", "2026-W11-6",
        "2026-03-14T00:00:00Z", "2026-03-14 00:00:00", "14.03.2026", "tomorrow", "2026", "''", "",
        "[2026-03-14]", "~", "\u0662026-03-14", '"2026-03-14\\n"',
    ],
)  # fmt: skip
def test_what_is_no_day(written: str) -> None:
    error = refused(f"promote:\n  holds:\n  - by: a\n    reason: b\n    until: {written}\n")
    assert "`promote.holds.until` must be a day" in error.message
    assert "YYYY-MM-DD" in error.message
    assert error.line == 5


def test_a_line_of_the_action_means_the_same_as_a_mapping() -> None:
    text = "  required-checks: [{name: a @ b, app: tern}, test]\n"
    lines = ["a @ b @ tern", "test"]
    assert promotion(text).required == tuple(map(parse_required, lines))


@pytest.mark.parametrize(
    "module",
    [
        "ceremony.rules.promote",
        "ceremony.rules.manifests",
        "ceremony.rules.channels",
        "ceremony.rules.globs",
        "ceremony.rules.retention",
    ],
)
def test_an_audit_does_not_load_what_only_other_parts_need(module: str) -> None:
    code = (
        "import sys, ceremony.config as config; "
        "config.read(b'rules: {}\\nbranches: {main: trunk, latest: edge}'); "
        f"sys.exit({module!r} in sys.modules)"
    )
    source = str(Path(__file__).parent.parent / "src")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = [{source!r}]; {code}"], check=False
    )
    assert done.returncode == 0


# ---------------------------------------------------------------------------- cut


def cutting(text: str) -> Cutting:
    """What the lines of the `cut` section say."""
    return read(("cut:\n" + text).encode()).cut


def test_everything_about_cut() -> None:
    text = """\
  manifests:
    - package.json
    - py/pyproject.toml
    - path: apps/desktop/tauri.conf.json
    - {path: Cargo.toml, key: workspace.package.version}
    - path: setup/pyproject.toml
      form: semver
    - path: package-lock.json
      key: packages."".version
    - path: CITATION.cff
      key: version
      syntax: yaml
    - {path: data.yml, key: "'a.b'.0.version", form: pep440}
  dispatch: [ci.yml, release.yaml, ci.yml]
  maintainer-approvals: true
"""
    semver, python = Form.SEMVER, Form.PEP440
    assert cutting(text) == Cutting(
        manifests=(
            Manifest("package.json", (("version",),), semver, Syntax.JSON),
            Manifest(
                "py/pyproject.toml",
                (("project", "version"), ("tool", "poetry", "version")),
                python,
                Syntax.TOML,
            ),
            Manifest(
                "apps/desktop/tauri.conf.json",
                (("version",), ("package", "version")),
                semver,
                Syntax.JSON,
            ),
            Manifest("Cargo.toml", (("workspace", "package", "version"),), semver, Syntax.TOML),
            Manifest(
                "setup/pyproject.toml",
                (("project", "version"), ("tool", "poetry", "version")),
                semver,
                Syntax.TOML,
            ),
            Manifest("package-lock.json", (("packages", "", "version"),), semver, Syntax.JSON),
            Manifest("CITATION.cff", (("version",),), semver, Syntax.YAML),
            Manifest("data.yml", (("a.b", "0", "version"),), python, Syntax.YAML),
        ),
        dispatch=("ci.yml", "release.yaml"),
        maintainer_approvals=True,
    )


@pytest.mark.parametrize(
    "text", ["", "  manifests: []\n", "  dispatch: []\n  maintainer-approvals: false\n"]
)
def test_without_words_about_cut_the_defaults_hold(text: str) -> None:
    assert cutting(text) == Cutting()


# ---------------------------------------------------------------------------- branches


def rows(text: str) -> list[tuple[str, list[str], str, str]]:
    """Pattern, files, channel and retention of each row, with the lines of `branches` as given."""
    found = read(("branches:\n" + text).encode())
    return [
        (
            row.pattern,
            [wanted.glob.text for wanted in row.artifacts],
            row.channel,
            row.retention.text,
        )
        for row in found.channels
    ]


FILES = ["*.AppImage", "*.deb", "*.rpm", "*.dmg", "*.msi"]
USUAL = [
    ("latest", FILES, "preview", "30 days"),
    ("v*-alpha", FILES, "alpha", "90 days"),
    ("v*-beta", FILES, "beta", "1 year"),
    ("v*-stable", FILES, "stable", "indefinite"),
    ("v*-patch", FILES, "patch", "indefinite"),
]


def test_without_rows_the_ceremony_s_table_holds() -> None:
    assert Config().channels == default_table()
    assert rows("") == USUAL
    assert rows("  main: trunk\n") == USUAL
    assert rows("  latest: edge\n") == [("edge", *USUAL[0][1:]), *USUAL[1:]]


def test_the_ceremony_s_own_table_as_it_is_written() -> None:
    text = """\
  latest:
    artifacts: ["*.AppImage", "*.deb", "*.rpm", "*.dmg", "*.msi"]
    channel: "preview"
    retention: "30 days"

  v*-alpha:
    artifacts: ["*.AppImage", "*.deb", "*.rpm", "*.dmg", "*.msi"]
    channel: "alpha"
    retention: "90 days"

  v*-beta:
    artifacts: ["*.AppImage", "*.deb", "*.rpm", "*.dmg", "*.msi"]
    channel: "beta"
    retention: "1 year"

  v*-stable:
    artifacts: ["*.AppImage", "*.deb", "*.rpm", "*.dmg", "*.msi"]
    channel: "stable"
    retention: "indefinite"
"""
    assert rows(text) == USUAL
    assert read(("branches:\n" + text).encode()).layout == Layout()


def test_everything_about_artifacts() -> None:
    text = """\
branches:
  main: trunk
  latest: edge
  edge:
    retention: 1 weeks
  release/*:
    channel: nightly
    retention: 2 weeks
    artifacts:
      - "*.zip"
      - {glob: "docs/**/*.pdf", if-no-files-found: ignore}
      - {glob: "{a,b}.txt", if-no-files-found: warn}
      - {glob: "*.tar.gz"}
      - "!**/debug/**"
      - {glob: "!*.tmp"}
  v*-beta:
"""
    found = read(text.encode())
    kinds = [None, Missing.IGNORE, Missing.WARN, None, None, None]
    globs = ["*.zip", "docs/**/*.pdf", "{a,b}.txt", "*.tar.gz", "!**/debug/**", "!*.tmp"]
    wanted = tuple(Wanted(parse(glob), kind) for glob, kind in zip(globs, kinds, strict=True))
    usual = {row.pattern: row for row in default_table("edge")}
    assert found.channels == (
        usual["edge"]._replace(retention=Retention("1 week", 7)),
        Row("release/*", wanted, "nightly", Retention("2 weeks", 14)),
        usual["v*-beta"],
        usual["v*-alpha"],
        usual["v*-stable"],
        usual["v*-patch"],
    )
    assert found.layout == Layout(main_branch="trunk", latest_branch="edge")
    assert found != read(text.replace("1 weeks", "2 weeks").encode())


def test_the_examples_of_the_page_are_read() -> None:
    page = (SCHEMA_FILE.parent / "configuration.md").read_text(encoding="utf-8")
    _, usual, own = (
        read(text.encode()) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    )
    assert usual.channels == Config().channels
    assert [row.pattern for row in own.rows] == ["v*-beta", "release/*"]


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param(
            "a: 1\n",
            1,
            "there is no key 'a'; valid: documents, branches, promote, cut, rules",
            id="unknown key",
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
            "- a\n",
            1,
            "must be a mapping of keys: documents, branches, promote, cut, rules",
            id="a list",
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
            "documents:\n  extra: a.md\n",
            2,
            "`documents.extra` must be a list: write `[a.md]`",
            id="no list",
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
        pytest.param(
            "branches:\n  latest: edge+1\n",
            2,
            "such as `main`: 'edge+1' has the character '+'; names of branches and tags have only",
            id="a branch with a plus",
        ),
        pytest.param(
            f"branches:\n  main: {'x' * 101}\n",
            2,
            f"'{'x' * 60}' has a name of 101 characters; 100 are the most",
            id="a long branch",
        ),
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
            "(did you mean `content-duplicated`?); the nearest: content-duplicated, ",
            id="a misspelt rule",
        ),
        pytest.param("rules: off\n", 1, "docs/rules lists all", id="all rules off"),
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
        pytest.param(
            "promote:\n  required: [a]\n",
            2,
            "`promote` has no key 'required' (did you mean `required-checks`?); "
            "valid: required-checks, allow-skipped, allow-neutral, merge-group, holds",
            id="a misspelt key of promote",
        ),
        pytest.param(
            "promote: test\n",
            1,
            "`promote` must be a mapping of keys: required-checks, ",
            id="a name for promote",
        ),
        pytest.param(
            "promote:\n  required-checks: test\n",
            2,
            "`promote.required-checks` must be a list: write `[test]`",
            id="one required check",
        ),
        pytest.param(
            "promote:\n  required-checks:\n    - test\n    - 3.11\n",
            4,
            "`promote.required-checks` must be a check's name or a pattern of names; "
            "write it in quotes: '3.11'",
            id="a number for a check",
        ),
        pytest.param(
            "promote:\n  required-checks:\n    -\n", 3, "write it in quotes: ''", id="no check"
        ),
        pytest.param(
            "promote:\n  required-checks:\n    - ' a'\n",
            3,
            "must be a check's name or a pattern of names, one line of at most 200 characters "
            "without blanks at its ends: ' a'",
            id="a check behind a blank",
        ),
        pytest.param(
            "promote:\n  required-checks:\n    - |\n      a\n      b\n",
            3,
            "one line of at most 200 characters",
            id="a check of two lines",
        ),
        pytest.param(
            "promote:\n  required-checks:\n    - test @ tern\n",
            3,
            "`promote.required-checks` must be a name alone, or a mapping of `name` and `app`: "
            "'test @ tern'",
            id="a line as the action takes it",
        ),
        pytest.param(
            "promote:\n  required-checks:\n    - app: tern\n",
            3,
            "`promote.required-checks` lacks the key `name`; valid: name, app",
            id="an app alone",
        ),
        pytest.param(
            "promote:\n  required-checks:\n    - name: a\n      ap: tern\n",
            4,
            "`promote.required-checks` has no key 'ap' (did you mean `app`?); valid: name, app",
            id="a misspelt app",
        ),
        pytest.param(
            "promote:\n  required-checks: [[a]]\n",
            2,
            "`promote.required-checks` must be a mapping of keys: name, app",
            id="a list in the list",
        ),
        pytest.param(
            "promote:\n  required-checks:\n    - name: a\n      app: the tern\n",
            4,
            "`promote.required-checks.app` must be an app's slug or id, or the login that reports "
            "the status, such as `github-actions`; it is 'the tern'",
            id="words for an app",
        ),
        pytest.param(
            "promote:\n  required-checks:\n    - name: a\n      app: [b]\n",
            4,
            "must be an app's slug or id, or a login, not a list",
            id="a list of apps",
        ),
        pytest.param(
            "promote:\n  allow-skipped: true\n",
            2,
            "`promote.allow-skipped` must be a list",
            id="all may be skipped",
        ),
        pytest.param(
            "promote:\n  merge-group: yes\n",
            2,
            "`promote.merge-group` must be true or false; it is 'yes'",
            id="yes",
        ),
        pytest.param(
            "%YAML 1.1\n---\npromote:\n  merge-group: on\n",
            4,
            "`promote.merge-group` must be true or false; it is 'on'",
            id="on, in older YAML",
        ),
        pytest.param(
            "promote:\n  merge-group: 'true'\n", 2, "must be true or false", id="true in quotes"
        ),
        pytest.param(
            "promote:\n  merge-group: [true]\n", 2, "must be true or false, not", id="truths"
        ),
        pytest.param(
            "promote:\n  holds:\n    by: a\n", 3, "`promote.holds` must be a list", id="no list"
        ),
        pytest.param(
            "promote:\n  holds:\n    - by: a\n      until: 2026-03-14\n",
            3,
            "`promote.holds` lacks the key `reason`; valid: by, reason, until, since",
            id="a hold without a reason",
        ),
        pytest.param(
            "promote:\n  holds:\n    - reason: a\n",
            3,
            "`promote.holds` lacks the key `by`",
            id="a hold by nobody",
        ),
        pytest.param(
            "promote:\n  holds:\n    - ~\n",
            3,
            "`promote.holds` must be a mapping of keys: by, reason, until, since",
            id="an empty hold",
        ),
        pytest.param(
            "promote:\n  holds:\n    - by: a\n      reason:\n",
            4,
            "`promote.holds.reason` must be text; write it in quotes",
            id="a hold with an empty reason",
        ),
        pytest.param(
            f"promote:\n  holds:\n    - by: a\n      reason: {'x' * 201}\n",
            4,
            "must be text, one line of at most 200 characters",
            id="a hold with a long reason",
        ),
        pytest.param(
            "promote:\n  holds:\n    - {by: a, reason: b, since: abcdef}\n",
            3,
            "`promote.holds.since` must be a commit, 7 to 40 hexadecimal digits; it is 'abcdef'",
            id="a hold since six digits",
        ),
        pytest.param(
            "promote:\n  holds:\n    - {by: a, reason: b, since: v1.0.0-beta}\n",
            3,
            "must be a commit",
            id="a hold since a branch",
        ),
        pytest.param(
            "promote:\n  holds:\n    - {by: a, reason: b, since: 1_234_567}\n",
            3,
            "it is '1_234_567'",
            id="a hold since a number with lines",
        ),
        pytest.param(
            "promote:\n  holds:\n    - {by: a, by: b, reason: c}\n",
            3,
            "has key 'by' twice",
            id="a hold by two",
        ),
        pytest.param(
            "cut:\n  manifest: [package.json]\n",
            2,
            "`cut` has no key 'manifest' (did you mean `manifests`?); "
            "valid: manifests, dispatch, maintainer-approvals",
            id="a misspelt key of cut",
        ),
        pytest.param(
            "cut:\n  manifests: package.json\n",
            2,
            "`cut.manifests` must be a list",
            id="one manifest",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - package.json\n    - VERSION\n",
            4,
            "`cut.manifests` lacks the `key` of 'VERSION', which its name does not tell",
            id="a manifest without a key",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - path: a/json\n      key: version\n",
            3,
            "lacks the `syntax` of 'a/json'",
            id="a manifest without a syntax",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - path: a.cff\n      syntax: yaml\n",
            3,
            "lacks the `key` of 'a.cff'",
            id="a manifest with nothing but a syntax",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - path: a.json\n      key: a..b\n",
            4,
            "`cut.manifests.key` must be the parts of a key between dots, such as "
            "`package.version`, one with a dot of its own in quotes: 'a..b'",
            id="a key with an empty part",
        ),
        pytest.param(
            f"cut:\n  manifests:\n    - path: a.json\n      key: {'a.' * 32}a\n",
            4,
            "must be the parts of a key",
            id="a key of 33 parts",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - path: a.json\n      key: 0\n",
            4,
            "must be a key; write it in quotes: '0'",
            id="a number for a key",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - path: a.json\n      key: a\n      form: calver\n",
            5,
            "`cut.manifests.form` must be one of semver, pep440; it is 'calver'",
            id="another form",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - path: a.json\n      key: a\n      syntax: [yaml]\n",
            5,
            "must be one of json, toml, yaml, not a list or a mapping",
            id="syntaxes",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - ../package.json\n",
            3,
            "must be a file's path below the root, with forward slashes, without `.` and `..`: "
            "'../package.json'",
            id="a manifest above the root",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - {path: a/./package.json}\n",
            3,
            "`cut.manifests.path` must be a file's path",
            id="a manifest by a detour",
        ),
        pytest.param(
            "cut:\n  manifests:\n    - key: version\n",
            3,
            "`cut.manifests` lacks the key `path`; valid: path, key, form, syntax",
            id="a manifest without a path",
        ),
        pytest.param(
            "cut:\n  dispatch: [ci.yml, .github/workflows/ci.yml]\n",
            2,
            "`cut.dispatch` must be the file name of a workflow in .github/workflows, such as "
            "`ci.yml`: '.github/workflows/ci.yml'",
            id="a workflow's path",
        ),
        pytest.param(
            "cut:\n  maintainer-approvals: 2\n",
            2,
            "must be true or false; it is '2'",
            id="a number of approvals",
        ),
        pytest.param(
            "branches:\n  lates: edge\n",
            2,
            "`branches` has no key 'lates' (did you mean `latest`?); valid: main, latest, and "
            "patterns of branches with a mapping of artifacts, channel, retention",
            id="a key that is misspelt",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artefacts: [a]\n",
            3,
            "`branches.v*-beta` has no key 'artefacts' (did you mean `artifacts`?)",
            id="a row's key that is misspelt",
        ),
        pytest.param(
            "branches:\n  v*-beta: [a]\n",
            2,
            "`branches.v*-beta` must be a mapping of keys: artifacts, channel, retention",
            id="a row that is a list",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n  v*-beta:\n", 3, "has key 'v*-beta' twice", id="a row twice"
        ),
        pytest.param(
            "branches:\n  [a]: {}\n", 2, "`branches` has no key ''", id="a list for a pattern"
        ),
        pytest.param(
            "branches:\n  v*-*:\n    channel: a\n",
            2,
            "`branches.v*-*` lacks the key `retention`: only the rows of latest, v*-alpha, "
            "v*-beta, v*-stable, v*-patch have one of the ceremony's own",
            id="a row without retention",
        ),
        pytest.param(
            "branches:\n  edge:\n    retention: 1 day\n",
            2,
            "lacks the key `channel`",
            id="no channel",
        ),
        pytest.param(
            "branches:\n  latest: edge\n  stable:\n", 3, "lacks the key `channel`", id="no row"
        ),
        pytest.param(
            "branches:\n  main:\n    channel: a\n", 3, "must be a branch name, not", id="main's row"
        ),
        pytest.param(
            "branches:\n  trunk:\n    channel: a\n  main: trunk\n",
            2,
            "`branches` must have no row of 'trunk', the branch of development intake",
            id="main's row by its name",
        ),
        pytest.param(
            'branches:\n  "**":\n', 2, "must have patterns of single stars", id="two stars"
        ),
        pytest.param(
            "branches:\n  refs/heads/a:\n",
            2,
            "`branches` must have patterns of branches or tags without `refs/`, in which `*`",
            id="a full ref for a pattern",
        ),
        pytest.param(
            'branches:\n  "a\\e[2J": {retention: x}\n',
            2,
            "`branches` has 'a\\x1b[2J', which has the character '\\x1b'; names of branches and",
            id="an escape in a pattern",
        ),
        pytest.param(
            'branches:\n  "app@*":\n    channel: a\n    retention: 1 day\n',
            2,
            "`branches` has 'app@*', which has the character '@'; names of branches and tags have "
            "only ASCII letters and digits, `_`, `.`, `/` and `-` here, patterns `*` and `?` too",
            id="an at in a pattern",
        ),
        pytest.param(
            "branches:\n  *:\n", 2, "in quotes where it is a pattern", id="a star without quotes"
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts: ['msi\\*.msi']\n",
            3,
            "`branches.v*-beta.artifacts` has 'msi\\\\*.msi', which has a backslash before `*`; "
            "write forward slashes between folders, or `[*]` for the character",
            id="folders as Windows writes them",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts:\n    - *.deb\n",
            4,
            "write the value out, or put it in quotes where it is a pattern",
            id="a pattern without quotes",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts:\n    - !**/debug/**\n",
            4,
            "`branches.v*-beta.artifacts` must be a pattern of files; write it in quotes: ''",
            id="an exclusion without quotes",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts: []\n",
            3,
            "`branches.v*-beta.artifacts` must have a pattern that finds something",
            id="no pattern",
        ),
        pytest.param(
            'branches:\n  v*-beta:\n    artifacts: ["!*.tmp"]\n',
            3,
            "must have a pattern that finds something, such as `*.deb`",
            id="exclusions alone",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts: '*.deb'\n", 3, "must be a list", id="one pattern"
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts:\n    - a.deb\n    - ../a.deb\n",
            5,
            "`branches.v*-beta.artifacts` has '../a.deb', which ",
            id="a pattern upwards",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts:\n    - glob: /etc/pass*\n",
            4,
            "`branches.v*-beta.artifacts.glob` has '/etc/pass*', which ",
            id="a pattern of the machine's",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts:\n    - if-no-files-found: warn\n",
            4,
            "`branches.v*-beta.artifacts` lacks the key `glob`; valid: glob, if-no-files-found",
            id="no glob",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts:\n    - glob: a\n      if-no-files-found: fail\n",
            5,
            "must be one of error, warn, ignore; it is 'fail'",
            id="another consequence",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts: [a, {glob: '!a', if-no-files-found: warn}]\n",
            3,
            "has `if-no-files-found` of '!a', which only excludes; take it out",
            id="a consequence of an exclusion",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    artifacts:\n    - a\n    - ~\n",
            5,
            "must be a pattern of files; write it in quotes: '~'",
            id="nothing for a pattern",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    channel: Beta\n",
            3,
            "`branches.v*-beta.channel` must be a channel's name: a small letter, then",
            id="a capital channel",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    channel: true\n",
            3,
            "in quotes: 'true'",
            id="a true channel",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    channel:\n",
            3,
            "must be a channel's name",
            id="an empty one",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    retention: 1 day\n    channel: main\n",
            4,
            "`branches.v*-beta.channel` must not be a branch's name, 'main'",
            id="main for a channel",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    channel: edge\n  latest: edge\n",
            3,
            "must not be a branch's name, 'edge'",
            id="latest for a channel",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    channel: edge\n  edge:\n    channel: a\n",
            3,
            "must not be a branch's name, 'edge'",
            id="another row for a channel",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    retention: 30\n",
            3,
            "`branches.v*-beta.retention` must be `<number> days`, `<number> weeks`, `<number> "
            "years` or `indefinite`, such as `30 days`; it is '30'",
            id="a number for a retention",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    retention: 101 years\n",
            3,
            "must be at most 100 years",
            id="a retention of a lifetime",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    retention: {days: 30}\n",
            3,
            "`branches.v*-beta.retention` must be how long to keep a release, such as `30 days`, "
            "not a list or a mapping",
            id="a mapping for a retention",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    retention:\n",
            3,
            "such as `30 days`; it is ''",
            id="no days",
        ),
        pytest.param("documents:\n\thome: a\n", 2, "indent with spaces, not with tabs", id="a tab"),
        pytest.param(
            "branches:\n  latest: main\n",
            2,
            "main and latest are both 'main'; they must differ",
            id="latest is main",
        ),
        pytest.param("branches:\n  main: latest\n", 2, "both 'latest'", id="main is latest"),
        pytest.param(
            "branches:\n  latest: a\n  main: a\n", 3, "main and latest are both 'a'", id="both"
        ),
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
    error = refused(data)
    assert said in error.message
    assert error.line == line


@pytest.mark.parametrize("unit", ["[", "{a: ", "[a,\n", "- ", "? ", "a: "])
def test_row_15_what_no_configuration_has_is_refused_in_linear_time(unit: str) -> None:
    def work(data: bytes) -> Callable[[], object]:
        return lambda: refused(data)

    assert_linear(lambda n: unit.encode() * n, work, 60_000)


def test_depth_that_is_allowed_is_judged_by_its_content() -> None:
    assert "must be a mapping" in refused(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH).message


def test_threat_14_alias_bomb_of_nine_levels() -> None:
    levels = "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    error = refused(
        'a: &a ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]\n' + levels
    )
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
        "branches: {other: }",
        "branches: {other: {}}",
        "branches: {other: []}",
        "branches: {other: {channel: a}}",
        "branches: {other: {retention: 1 day}}",
        "branches: {other: {channel: a, retention: 1 day}}",
        "branches: {other: {channel: a, retention: 1 day, nope: 1}}",
        "branches: {release/*: {channel: a, retention: 1 day}}",
        "branches: {'**': {channel: a, retention: 1 day}}",
        "branches: {'*': {channel: a, retention: 1 day}}",
        "branches: {'*.lock': {channel: a, retention: 1 day}}",
        "branches: {HEAD: {channel: a, retention: 1 day}}",
        "branches: {refs/heads/a: {channel: a, retention: 1 day}}",
        f"branches: {{{'x' * 100}: {{channel: a, retention: 1 day}}}}",
        f"branches: {{{'x' * 101}: {{channel: a, retention: 1 day}}}}",
        "branches: {main: {channel: a, retention: 1 day}}",
        "branches: {main: }",
        "branches: {latest: }",
        "branches: {latest: {}}",
        "branches: {latest: []}",
        "branches: {latest: edge, edge: {retention: 1 day}}",
        "branches: {latest: edge, edge: }",
        "branches: {latest: {retention: 1 day}, other: {retention: 1 day}}",
        "branches: {v*-alpha: , v*-beta: {}, v*-stable: {channel: a}}",
        "branches: {v*-patch: {artifacts: ['*.deb', {glob: '!a'}]}}",
        "branches: {v*-patch: {artifacts: [{glob: a, if-no-files-found: warn}]}}",
        "branches: {v*-patch: {artifacts: [{glob: a, if-no-files-found: no}]}}",
        "branches: {v*-patch: {artifacts: [{glob: a, nope: 1}]}}",
        "branches: {v*-patch: {artifacts: [{if-no-files-found: warn}]}}",
        "branches: {v*-patch: {artifacts: [{}]}}",
        "branches: {v*-patch: {artifacts: []}}",
        "branches: {v*-patch: {artifacts: }}",
        "branches: {v*-patch: {artifacts: a}}",
        "branches: {v*-patch: {artifacts: [7]}}",
        "branches: {v*-patch: {artifacts: [null]}}",
        "branches: {v*-patch: {artifacts: ['']}}",
        f"branches: {{v*-patch: {{artifacts: ['{'x' * 1000}']}}}}",
        f"branches: {{v*-patch: {{artifacts: ['{'x' * 1001}']}}}}",
        'branches: {v*-patch: {artifacts: ["a\\tb"]}}',
        "branches: {v*-patch: {channel: }}",
        "branches: {v*-patch: {channel: A}}",
        "branches: {v*-patch: {channel: 1}}",
        "branches: {v*-patch: {channel: [a]}}",
        f"branches: {{v*-patch: {{channel: {'x' * 30}}}}}",
        f"branches: {{v*-patch: {{channel: {'x' * 31}}}}}",
        "branches: {v*-patch: {retention: 30 days}}",
        "branches: {v*-patch: {retention: indefinite}}",
        "branches: {v*-patch: {retention: 0 days}}",
        "branches: {v*-patch: {retention: 30 Days}}",
        "branches: {v*-patch: {retention: 30}}",
        "branches: {v*-patch: {retention: }}",
        "branches: {v*-patch: {retention: [1 day]}}",
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
        "promote:",
        "promote: {}",
        "promote: []",
        "promote: {required: []}",
        "promote: {required-checks: }",
        "promote: {required-checks: []}",
        "promote: {required-checks: test}",
        "promote: {required-checks: [test, 'build (*)', 'build (a, [1])']}",
        "promote: {required-checks: [3.11]}",
        "promote: {required-checks: ['']}",
        "promote: {required-checks: [' test']}",
        "promote: {required-checks: ['test ']}",
        "promote: {required-checks: ['test @ tern']}",
        "promote: {required-checks: ['test@tern']}",
        f"promote: {{required-checks: ['{'x' * 200}']}}",
        f"promote: {{required-checks: ['{'x' * 201}']}}",
        'promote: {required-checks: ["a\\tb"]}',
        "promote: {required-checks: [[test]]}",
        "promote: {required-checks: [{name: test}]}",
        "promote: {required-checks: [{name: deploy @ prod, app: tern}]}",
        "promote: {required-checks: [{name: test, app: 15368}]}",
        "promote: {required-checks: [{name: test, app: '15368'}]}",
        "promote: {required-checks: [{name: test, app: 'renovate[bot]'}]}",
        "promote: {required-checks: [{name: test, app: -1}]}",
        "promote: {required-checks: [{name: test, app: a b}]}",
        "promote: {required-checks: [{name: test, app: }]}",
        "promote: {required-checks: [{name: test, app: true}]}",
        "promote: {required-checks: [{app: tern}]}",
        "promote: {required-checks: [{}]}",
        "promote: {required-checks: [null]}",
        "promote: {required-checks: [{name: test, nope: 1}]}",
        "promote: {allow-skipped: [docs, 'e2e *'], allow-neutral: [lint]}",
        "promote: {allow-skipped: docs}",
        "promote: {allow-neutral: [1]}",
        "promote: {merge-group: true}",
        "promote: {merge-group: false}",
        "promote: {merge-group: yes}",
        "promote: {merge-group: 'true'}",
        "promote: {merge-group: 1}",
        "promote: {merge-group: }",
        "promote: {holds: []}",
        "promote: {holds: {by: a, reason: b}}",
        "promote: {holds: [{by: a, reason: b}]}",
        "promote: {holds: [{by: '@ada', reason: 'x', until: '2026-03-14', since: abcdef0}]}",
        "promote: {holds: [{by: a}]}",
        "promote: {holds: [{reason: b}]}",
        "promote: {holds: [null]}",
        "promote: {holds: [a]}",
        "promote: {holds: [{by: a, reason: ''}]}",
        "promote: {holds: [{by: a, reason: 7}]}",
        "promote: {holds: [{by: a, reason: b, until: '2026-3-14'}]}",
        "promote: {holds: [{by: a, reason: b, until: '2026-13-01'}]}",
        "promote: {holds: [{by: a, reason: b, until: '2026-03-14T00:00:00Z'}]}",
        "promote: {holds: [{by: a, reason: b, until: tomorrow}]}",
        "promote: {holds: [{by: a, reason: b, until: 2026}]}",
        "promote: {holds: [{by: a, reason: b, since: abcdef}]}",
        "promote: {holds: [{by: a, reason: b, since: ABCDEF0}]}",
        "promote: {holds: [{by: a, reason: b, since: 1234567}]}",
        f"promote: {{holds: [{{by: a, reason: b, since: {'f' * 40}}}]}}",
        f"promote: {{holds: [{{by: a, reason: b, since: {'f' * 41}}}]}}",
        "promote: {holds: [{by: a, reason: b, since: main}]}",
        "promote: {holds: [{by: a, reason: b, since: [abcdef0]}]}",
        "cut:",
        "cut: {}",
        "cut: []",
        "cut: {manifests: }",
        "cut: {manifests: []}",
        "cut: {manifests: package.json}",
        "cut: {manifests: [package.json, a/Cargo.toml, ./pyproject.toml]}",
        "cut: {manifests: [package.json, a/Cargo.toml, pyproject.toml, tauri.conf.json]}",
        "cut: {manifests: [package.json/]}",
        "cut: {manifests: [my-package.json]}",
        "cut: {manifests: [PACKAGE.JSON]}",
        "cut: {manifests: [a//package.json]}",
        "cut: {manifests: [/package.json]}",
        "cut: {manifests: [7]}",
        "cut: {manifests: [null]}",
        "cut: {manifests: [[package.json]]}",
        "cut: {manifests: [{}]}",
        "cut: {manifests: [{path: package.json}]}",
        "cut: {manifests: [{path: package.json, key: a.b, form: pep440, syntax: yaml}]}",
        "cut: {manifests: [{path: a.json}]}",
        "cut: {manifests: [{path: a.json, syntax: json}]}",
        "cut: {manifests: [{path: a.yml, key: version}]}",
        "cut: {manifests: [{path: a/.yaml, key: version}]}",
        "cut: {manifests: [{path: a.yaml/b, key: version}]}",
        "cut: {manifests: [{path: json, key: version}]}",
        "cut: {manifests: [{path: VERSION, key: version}]}",
        "cut: {manifests: [{path: VERSION, key: version, syntax: toml}]}",
        "cut: {manifests: [{path: VERSION, key: version, syntax: text}]}",
        "cut: {manifests: [{path: a.json, key: version, form: calver}]}",
        "cut: {manifests: [{path: a.json, key: }]}",
        "cut: {manifests: [{path: a.json, key: ''}]}",
        "cut: {manifests: [{path: a.json, key: .}]}",
        "cut: {manifests: [{path: a.json, key: a.}]}",
        "cut: {manifests: [{path: a.json, key: a b}]}",
        "cut: {manifests: [{path: a.json, key: '\"a b\".c'}]}",
        "cut: {manifests: [{path: a.json, key: '\"\".c'}]}",
        "cut: {manifests: [{path: a.json, key: '\"a'}]}",
        'cut: {manifests: [{path: a.json, key: a"b"}]}',
        f"cut: {{manifests: [{{path: a.json, key: {'a.' * 31}a}}]}}",
        f"cut: {{manifests: [{{path: a.json, key: {'a.' * 32}a}}]}}",
        f"cut: {{manifests: [{{path: a.json, key: {'a' * 101}}}]}}",
        f"cut: {{manifests: [{{path: {'a' * 250}.json, key: a}}]}}",
        f"cut: {{manifests: [{{path: {'a' * 251}.json, key: a}}]}}",
        "cut: {manifests: [{key: version}]}",
        "cut: {manifests: [{path: a.json, key: version, nope: 1}]}",
        "cut: {dispatch: []}",
        "cut: {dispatch: [ci.yml, release.yaml]}",
        "cut: {dispatch: [ci.txt]}",
        "cut: {dispatch: [a/ci.yml]}",
        "cut: {dispatch: [.yml]}",
        "cut: {dispatch: ci.yml}",
        "cut: {maintainer-approvals: true}",
        "cut: {maintainer-approvals: 'true'}",
        "cut: {maintainer-approvals: 2}",
        "cut: {approvals: true}",
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


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param(
            "branches:\n  v*:\n    channel: all\n    retention: 1 year\n  v*-beta:\n",
            5,
            "`branches.v*-beta` is never reached: 'v*' comes first",
            id="never reached",
        ),
        pytest.param(
            "branches:\n  edge:\n    retention: 1 year\n    channel: stable\n",
            4,
            "`branches.edge.channel` is the channel of the versions of 'v*-stable'",
            id="previews in a channel of versions",
        ),
        pytest.param(
            "branches:\n  v*-beta:\n    channel: preview\n",
            3,
            "`branches.v*-beta.channel` is the channel of the versions of 'v*-beta' and of the "
            "previews of 'latest'",
            id="versions in a channel of previews",
        ),
        pytest.param(
            'branches:\n  latest: ["*.deb"]\n',
            2,
            "`branches.latest` must be a branch name, or a mapping of artifacts, channel, "
            "retention; it is a list",
            id="patterns without a key",
        ),
    ],
)
def test_rows_that_contradict_one_another_are_errors(text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text.encode())
    assert caught.value.line == line
    assert said in str(caught.value)
