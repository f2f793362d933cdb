"""The edges of the rules about names, links and workflows; the pages hold the plain cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from ceremony.model import Place
from ceremony.rules.audit import RULES
from ceremony.rules.audit.references import paths_named
from ceremony.rules.audit.registry import Layout, NotAtHand, Project, Tree
from tests.rulepages import hits, project
from tests.support.growth import assert_at_most, assert_linear

LATEST = "MILESTONES.latest.md"
CEREMONY = "MILESTONES_CEREMONY.md"
CI = ".github/workflows/ci.yml"
RELEASE = ".github/workflows/release.yml"
FROZEN = "MILESTONES.v1.0.0-alpha.md"


def subjects(rule: str, text: str, name: str = LATEST) -> list[str]:
    return [hit.subject for hit in hits(rule, {name: text})]


def run(rule: str, facts: Project) -> list[tuple[Place, str]]:
    check = RULES[rule].check
    assert check is not None
    return [(hit.place, hit.message) for hit in check(facts)]


# ---- names


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("See MILESTONES.v1.md.", ["MILESTONES.v1.md"]),
        ("See [it](./MILESTONES.v1.0-beta.md#x).", ["MILESTONES.v1.0-beta.md"]),
        ("See [MILESTONES.v1.md](MILESTONES.v1.md).", ["MILESTONES.v1.md"]),
        ("`MILESTONES.v1.0.0-rc.md`", ["MILESTONES.v1.0.0-rc.md"]),
        ("`MILESTONES-v1.0.0-alpha.md`", ["MILESTONES-v1.0.0-alpha.md"]),
        ("`milestones.v1.0.0-alpha.md`", ["milestones.v1.0.0-alpha.md"]),
        ("`MILESTONES.1.0.0-alpha.md`", ["MILESTONES.1.0.0-alpha.md"]),
        ("`v1-alpha.md`", ["v1-alpha.md"]),
        ("`v1.0.0-alpha.md` and `MILESTONES.v1.0.0-alpha.md`", []),
        ("`MILESTONES.v<X>.<Y>.<Z>-alpha.md`, `MILESTONES.v*-*.md`, MILESTONES.v1-*.md", []),
        ("`MILESTONES.vX.Y.Z-alpha.md`, `v2-notes.md`, `docs/v1.md`", []),
        ("`v1-alpha` and `v1.0-stable`", ["v1-alpha", "v1.0-stable"]),
        ("`V1.0.0-alpha`", ["V1.0.0-alpha"]),
        ("`v1.0.0-alpha`, `origin/v1.0.0-beta`", []),
        ("v1-alpha, v1.0 and the v1.0 release", []),
        ("`v1.0`, `v1.0.0-rc1`, `1.0.0-alpha`", []),
        ("The branch `v1.0.0-rc1`", ["v1.0.0-rc1"]),
        ("The branch has the tag `v1.0.0-rc1`", []),
        ("The branch `v1.x` takes fixes, `latest` too", []),
        ("| Branch | B |\n|---|---|\n| v1.0 | v1.0 |\n", ["v1.0"]),
        ("| Branch |\n|---|\n| `main` |\n| 1.0.0-alpha |\n", ["1.0.0-alpha"]),
        ("Don't write `v1-alpha`.", []),
        ("**Don't**:\n\n- `v1-alpha`\n", []),
        ("**Do**:\n\n- `v1-alpha`\n", ["v1-alpha"]),
        ("| Do | Don't |\n|---|---|\n| `v1.0.0-alpha` | `v1-alpha` |\n", []),
        ("## Wrong names\n\n`v1-alpha`\n", []),
        (
            "## Document Changelog\n\n| Date | Change |\n|---|---|\n| 2026 | MILESTONES.v1.md |\n",
            [],
        ),
        ("```\nMILESTONES.v1.md\n```\n", []),
        ("Words <!-- MILESTONES.v1.md --> here", []),
        ("MILESTONES.v1.md, MILESTONES.v1.md", ["MILESTONES.v1.md"]),
    ],
)
def test_names(text: str, named: list[str]) -> None:
    assert subjects("name-not-pattern", f"# X\n\n{text}") == named


def test_frozen_documents_are_judged_by_their_names_only() -> None:
    assert subjects("name-not-pattern", "# X\n\nMILESTONES.v1.md\n", FROZEN) == []
    assert subjects("name-not-pattern", "# X\n\nMILESTONES.v2.md\n", "MILESTONES.v1.md") == [
        "MILESTONES.v1.md"
    ]


@pytest.mark.parametrize(
    ("text", "name", "named"),
    [
        (f"See {FROZEN}.", LATEST, [FROZEN]),
        ("See MILESTONES.v1.md and `v1.0.0-alpha`.", LATEST, ["MILESTONES.v1.md"]),
        (f"See {FROZEN}.", FROZEN, []),
        (f"## Frozen Versions\n\n- {FROZEN}\n", LATEST, []),
        (f"## Version History\n\n### 2026\n\n{FROZEN}\n", LATEST, []),
        (f"## Version Cut Readiness\n\n{FROZEN}\n", LATEST, [FROZEN]),
        (f"| ID | Graduated To |\n|---|---|\n| P | {FROZEN} |\n", LATEST, []),
        (f"| ID | Note |\n|---|---|\n| P | x |\n| P | {FROZEN} |\n", LATEST, [FROZEN]),
        (f"## Examples\n\n1. Cut {FROZEN}\n", CEREMONY, []),
        (f"## Examples\n\n1. Cut {FROZEN}\n", LATEST, [FROZEN]),
        (f"# MILESTONES - Frozen\n\n{FROZEN}\n", LATEST, [FROZEN]),
    ],
)
def test_hardcoded_versions(text: str, name: str, named: list[str]) -> None:
    assert subjects("version-hardcoded", text, name) == named


# ---- links


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("[a](b.md)", ["docs/b.md"]),
        ("[a](./b%20c.md?x=1#y)", ["docs/b c.md"]),
        ("[a](<b c.md>)", ["docs/b c.md"]),
        ("![a](img/b.png)", ["docs/img/b.png"]),
        ("[![a](b.png)](c.md)", ["docs/b.png", "docs/c.md"]),
        ("[a][r]\n\n[r]: b.md", ["docs/b.md"]),
        ("[a](/b.md)", ["b.md"]),
        ("[a](../b.md)", ["b.md"]),
        ("[a](Here.md)", ["docs/Here.md"]),
        ("[a](b.md) and [b](b.md)", ["docs/b.md", "docs/b.md"]),
        ("| A |\n|---|\n| [a](b.md) |\n", ["docs/b.md"]),
        ("<a href=\"b.md\">b</a> and <img src='c.png'>", ["docs/b.md", "docs/c.png"]),
        ('<p>\n<!-- <a href="x.md"> -->\n<img src=c.png>\n</p>', ["docs/c.png"]),
        ("[a](here.md), [b](sub), [c](sub/), [d](..), [e](.), [f](/), [g](link.md)", []),
        ("[a](https://x.y/z), [b](mailto:a@b.c), [c](//x.y), [d](#e), [f]()", []),
        ("[a](../../issues), [b](../../../x.md)", []),
        ("[a](<X>.md), [b](v*.md), [c](path/to/file.md), [d]({name}.md)", []),
        ('`[a](b.md)` and `<a href="b.md">`', []),
        ("```\n[a](b.md)\n```", []),
        ("<!-- [a](b.md) -->", []),
    ],
)
def test_dangling_links(text: str, missing: list[str]) -> None:
    facts = project({"docs/MILESTONES.latest.md": text})
    tree = Tree(
        files=frozenset({"docs/here.md"}),
        folders=frozenset({"docs", "docs/sub"}),
        links=frozenset({"docs/link.md"}),
    )
    found = run("link-dangling", replace(facts, tree=tree))
    assert [message for _, message in found] == [
        f"The link leads to {path}, which does not exist" for path in missing
    ]


def test_columns_of_links() -> None:
    found = hits("link-dangling", {LATEST: "[a](b.md) and [a](b.md)\n"})
    assert [hit.place.column for hit in found] == [5, 19]
    (written,) = hits("link-dangling", {LATEST: "[a](<b c.md>)\n"})
    assert written.place.column == 6
    (escaped,) = hits("link-dangling", {LATEST: "| A |\n|---|\n| a \\| b [a](b\\|c.md) |\n"})
    assert escaped.place == Place(file=LATEST, line=3, column=14)


def test_a_link_by_reference_is_reported_where_its_target_is_written() -> None:
    fenced = "```\n[r]: b.md\n```\n"
    text = f"[a][r] [b][r]\n\n{fenced}\n> [r]: <b.md> 'B'\n\n[s]: #x\n\n[s] [t]\n\n[t]: &#99;.md\n"
    found = hits("link-dangling", {LATEST: text})
    assert [(hit.place.line, hit.place.column) for hit in found] == [(7, 9), (7, 9), (11, 1)]
    (anchor,) = hits("anchor-dangling", {LATEST: text})
    assert (anchor.place.line, anchor.place.column) == (9, 6)


def test_known_documents_need_no_tree_and_frozen_ones_are_left_alone() -> None:
    facts = project(
        {LATEST: "[a](MILESTONES.main.md)", "MILESTONES.main.md": "", FROZEN: "[a](x.md)"}
    )
    assert run("link-dangling", replace(facts, tree=Tree())) == []


def test_paths_named_is_all_that_is_looked_up() -> None:
    text = (
        "# G\n\n[a](b.md#c) [d](../e.md) [f](../../issues) [g](/) [h](#i)\n\n"
        "## Normative References\n\n- `J.md`\n"
    )
    facts = project({"docs/GOVERNANCE.md": text})
    assert paths_named(facts.documents) == {"docs/b.md", "e.md", "J.md", "docs/J.md"}


@pytest.mark.parametrize(
    ("text", "dangling"),
    [
        ("[a](#one)\n\n# One", []),
        ("[a](#One)\n\n# One", []),
        ("[a](#user-content-one)\n\n# One", []),
        ("[a](#one-1)\n\n# One\n\n# One", []),
        ("[a](#one-2)\n\n# One\n\n# One", ["#one-2"]),
        ("[a](#-setup) [b](#%EF%B8%8F-setup)\n\n# \u2699\ufe0f Setup", []),
        ("[a](#caf%C3%A9)\n\n# Café", []),
        ("[a](#two)\n\n# One", ["#two"]),
        ("[a](#)\n\n[b](#top) [c](MILESTONES.latest.md) [d](MILESTONES.latest.md#L10-L12)", []),
        ("[a](MILESTONES.latest.md#two)\n", ["MILESTONES.latest.md#two"]),
        ("[a](#one:~:text=x)\n\n# One", []),
        ("[a](#x) [b](#y)\n\n<a name=\"x\"></a>\n\n<h2 id='y'>Y</h2>", []),
        ("[a](#x)\n\n<a id=x></a>", []),
        ('[a](#x)\n\n`<a id="x">`', ["#x"]),
        ("[a](#one) [b](#two)\n\n> ## One\n\n- # Two", []),
        ("[a](#one)\n\nOne\n===", []),
        ("[a](other.md#x) [b](code.py#L3)", []),
        ("[a](#one)\n\n```\n# One\n```", ["#one"]),
    ],
)
def test_dangling_anchors(text: str, dangling: list[str]) -> None:
    assert subjects("anchor-dangling", text) == dangling


def test_a_swallowed_heading_is_named() -> None:
    (hit,) = hits("anchor-dangling", {LATEST: "[a](#b-c)\n\n```\n# x\n## B C\n```\n"})
    assert hit.message.endswith("no heading for #b-c: “B C” stands in the code block of line 3")


def test_an_unread_document_has_no_anchors_to_miss() -> None:
    facts = project(
        {LATEST: "[a](MILESTONES.main.md#x) [b](MILESTONES.main.md#y)", "MILESTONES.main.md": "\0"}
    )
    assert run("anchor-dangling", facts) == []


# ---- cross-references


def missing(**texts: str) -> list[str]:
    names = {
        "governance": "GOVERNANCE.md",
        "main": "MILESTONES.main.md",
        "latest": LATEST,
        "contributors": "CONTRIBUTORS.md",
        "reviewers": "REVIEWERS.md",
        "ceremony": CEREMONY,
        "frozen": FROZEN,
        "conduct": "CODE_OF_CONDUCT.md",
    }
    files = {names[key]: text for key, text in texts.items()}
    return sorted(hit.message for hit in hits("reference-missing", files))


def test_every_document_refers_to_the_ceremony() -> None:
    assert missing(governance="# G", main="# M", frozen="# F", conduct="# C", ceremony="# C") == [
        f"GOVERNANCE.md does not refer to {CEREMONY}",
        f"MILESTONES.main.md does not refer to {CEREMONY}",
    ]
    said = f"[the ceremony](docs/{CEREMONY}#x)"
    assert missing(governance=said, main=f"---\nceremony: {CEREMONY}\n---\n", ceremony="# C") == []
    assert missing(main=f"<!-- {CEREMONY} -->\n\n```\n{CEREMONY}\n```", ceremony="# C") != []
    assert missing(main="# M") == []
    assert missing(main="\0", ceremony="# C") == []


def test_contributors_and_reviewers_refer_to_each_other() -> None:
    assert missing(contributors="# C", reviewers="# R") == [
        "CONTRIBUTORS.md does not refer to REVIEWERS.md",
        "REVIEWERS.md does not refer to CONTRIBUTORS.md",
    ]
    assert missing(contributors="# C\n\n`REVIEWERS.md`", reviewers="# R\n\nCONTRIBUTORS.md") == []
    assert missing(contributors="# C") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See roadmap.md.", False),
        ("See `docs/ROADMAP.md`.", False),
        ("See [the roadmap](https://example.org/projects/1).", False),
        ('See <a href="https://example.org/roadmap">it</a>.', False),
        ("This is not a feature roadmap.", True),
    ],
)
def test_latest_refers_to_the_roadmap(text: str, *, found: bool) -> None:
    assert missing(latest=f"# L\n\n{text}") == (
        [f"{LATEST} does not refer to roadmap.md, and no such document was found"] if found else []
    )
    there = hits("reference-missing", {LATEST: f"# L\n\n{text}", "roadmap.md": "# Roadmap\n"})
    assert [hit.message for hit in there] == (
        [f"{LATEST} does not refer to roadmap.md"] if found else []
    )


def test_a_configured_roadmap() -> None:
    facts = replace(
        project({LATEST: "# L\n\nSee roadmap.md.\n"}), layout=Layout(roadmap="docs/plan.md")
    )
    assert [m for _, m in run("reference-missing", facts)] == [
        f"{LATEST} does not refer to plan.md, and no such document was found"
    ]


def test_every_link_to_a_heading_in_code_names_the_first_block() -> None:
    text = "# L\n\n```\n## CI\n## Ci\n```\n\n```\n## ci\n```\n\n[a](#ci) [b](#di)\n\n[c](#CI)\n"
    said = ": “CI” stands in the code block of line 3"
    assert [message for _, message in run("anchor-dangling", project({LATEST: text}))] == [
        f"{LATEST} has no heading for #ci{said}",
        f"{LATEST} has no heading for #di",
        f"{LATEST} has no heading for #CI{said}",
    ]


# ---- workflows

PROMOTES = "on: workflow_dispatch\njobs:\n  promote:\n    steps:\n      - run: 'true'\n"
JOB = "jobs:\n  a:\n    steps:\n      - run: make test\n"
WATCHED = f"on:\n  push:\n    branches: [main, latest, 'v*-*']\n{JOB}"


def workflows(files: dict[str, str], **documents: str) -> list[tuple[str, int, str]]:
    facts = project({"MILESTONES.latest.md": "# L\n", **documents})
    tree = Tree(workflows={f".github/workflows/{name}": text for name, text in files.items()})
    found = run("promotion-missing", replace(facts, tree=tree))
    return [(place.file.rpartition("/")[2], place.line, message) for place, message in found]


def test_without_a_folder_nothing_is_judged() -> None:
    with pytest.raises(NotAtHand, match=r"no \.github/workflows under the root"):
        run("promotion-missing", Project(documents=()))


NOBODY = "No workflow promotes main to latest"


@pytest.mark.parametrize(
    "step",
    [
        "uses: spiritstream/ceremony/promote@v1",
        "uses: ./actions/promote",
        "run: git push origin HEAD:latest",
        "run: |\n          git fetch\n          git push origin main:refs/heads/latest",
        "run: git merge --ff-only latest",
        "run: gh api repos/x/y/git/refs/heads/latest -X PATCH",
        "uses: some/merge@v1\n        with:\n          Target: latest",
        "uses: actions/github-script@v8\n        with:\n          script: move('heads/latest')",
    ],
)
def test_what_promotes(step: str) -> None:
    text = f"on: push\njobs:\n  a:\n    steps:\n      - {step}\n"
    assert workflows({"a.yml": text}) == []


@pytest.mark.parametrize(
    "step",
    [
        "run: docker push image:latest",
        "run: git push origin latest-docs",
        "uses: actions/checkout@v6\n        with:\n          ref: latest",
        "uses: actions/stale@v9",
    ],
)
def test_what_does_not_promote(step: str) -> None:
    text = f"on: issues\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n"
    assert workflows({"a.yml": text}) == [(LATEST, 1, NOBODY)]


def test_jobs_and_names_promote() -> None:
    job = "on: push\njobs:\n  a:\n    name: Promote to latest\n    steps:\n      - run: ./move\n"
    called = "on: push\njobs:\n  a:\n    uses: x/y/.github/workflows/promote.yml@v1\n"
    assert workflows({"a.yml": job}) == workflows({"a.yml": called}) == []


def test_the_place_of_a_missing_promotion() -> None:
    assert workflows({}, **{CEREMONY: "\n# C\n"}) == [(CEREMONY, 2, NOBODY)]
    assert workflows({"z.yml": f"on: pull_request\n{JOB}", "ci.yml": WATCHED}) == [
        ("ci.yml", 1, NOBODY)
    ]
    facts = replace(project({"REVIEWERS.md": "# R\n"}), tree=Tree(workflows={}))
    assert run("promotion-missing", facts) == []


LATE = "No CI runs on pushes to latest"
BOTH = "No CI runs on pushes to latest and v*-*"
RELEASES = "No CI runs on pushes to v*-*"


@pytest.mark.parametrize(
    ("on", "found"),
    [
        ("  push:\n    branches: [main, latest, 'v*-*']\n", []),
        ("  push:\n", []),
        ("  push:\n    branches: ['**']\n", []),
        ("  push:\n    branches: ['*']\n", []),
        (
            "  push:\n    branches:\n      - latest\n      - 'v[0-9]+.[0-9]+.[0-9]+-*'\n",
            [],
        ),
        ("  push:\n    branches: [latest, v*-alpha, v*-beta, v*-stable]\n", []),
        ("  push:\n    branches-ignore: [docs]\n", []),
        ("  push:\n    paths: [src]\n", []),
        ("  push:\n    branches: main\n", [(3, BOTH)]),
        ("  push:\n    branches: [main, 'v*-*']\n", [(3, LATE)]),
        ("  push:\n    branches: [main, latest]\n", [(3, RELEASES)]),
        ("  push:\n    branches: [latest, v1.0.0-alpha]\n", [(3, RELEASES)]),
        ("  push:\n    branches: ['**', '!latest']\n", [(3, LATE)]),
        ("  push:\n    branches-ignore: [latest]\n", [(2, LATE)]),
        ("  push:\n    tags: ['v*-patch']\n", [(2, BOTH)]),
        ("  pull_request:\n    branches: [main]\n", [(3, BOTH)]),
        ("  push:\n    branches: ['a*a*a*a*a*a*a*a*']\n", []),
        ("  push:\n    branches: ['v[z-a]']\n", []),
        ("  push:\n    branches: ['?latest', 'l\\atest', 'v*-*', '[]']\n", []),
    ],
)
def test_what_ci_watches(on: str, found: list[tuple[int, str]]) -> None:
    text = f"on:\n{on}{JOB}"
    assert workflows({"ci.yml": text, "p.yml": PROMOTES}) == [("ci.yml", *f) for f in found]


def test_ci_in_short_forms() -> None:
    assert workflows({"ci.yml": f"on: [push, pull_request]\n{JOB}", "p.yml": PROMOTES}) == []
    assert workflows({"ci.yml": f"on: pull_request\n{JOB}", "p.yml": PROMOTES}) == [
        ("ci.yml", 1, BOTH)
    ]
    calls = (
        "on:\n  push:\n    branches: [main]\njobs:\n  a:\n    uses: ./.github/workflows/all.yml\n"
    )
    assert workflows({"ci.yml": calls, "p.yml": PROMOTES}) == [("ci.yml", 3, BOTH)]
    split = {
        "ci.yml": f"on:\n  push:\n    branches: [latest]\n{JOB}",
        "more.yml": f"on:\n  push:\n    branches: ['v*-*']\n{JOB}",
    }
    assert workflows({**split, "p.yml": PROMOTES}) == []


@pytest.mark.parametrize(
    ("on", "line"),
    [
        ("  create:\n  workflow_dispatch:\n  workflow_call:\n  repository_dispatch:\n", 0),
        ("  push:\n    tags: ['v*-patch']\n", 0),
        ("  push:\n    branches: [latest, 'v*-*', 'v*-alpha', '!x']\n", 0),
        ("  release:\n    types: [published]\n", 0),
        ("  push:\n    tags: ['v*']\n", 3),
        ("  push:\n    tags:\n      - '[0-9]+.[0-9]+.[0-9]+'\n", 3),
        ("  push:\n    branches: [main]\n", 3),
        ("  push:\n", 2),
        ("  push:\n    paths: [src]\n", 2),
        ("  workflow_dispatch:\n  schedule:\n    - cron: '0 0 * * *'\n", 3),
        ("  push:\n    branches: [main]\n    tags: ['v*']\n", 4),
        ("  push:\n    tags: ['v*-*']\n", 0),
    ],
)
def test_what_starts_a_release(on: str, line: int) -> None:
    text = f"on:\n{on}jobs:\n  a:\n    steps:\n      - run: gh release create x\n"
    found = workflows({"r.yml": text, "p.yml": PROMOTES})
    assert [(file, at_line) for file, at_line, _ in found] == ([("r.yml", line)] if line else [])


@pytest.mark.parametrize(
    ("name", "job", "on", "found"),
    [
        ("Release", "build", "tags: ['v*']", 1),
        ("Build", "pre-release", "tags: ['v*']", 1),
        ("Release", "build", "tags: ['v*-patch']", 0),
        ("Release", "build", "branches: [main]", 0),
        ("CI", "release", "branches: [latest, 'v*-*']\n    tags: ['v*']", 0),
        ("Release notes", "draft", "tags: ['v*']", 0),
        ("Nightly", "released", "tags: ['v*']", 0),
    ],
)
def test_a_workflow_for_tags_that_is_named_a_release(
    name: str, job: str, on: str, found: int
) -> None:
    steps = "    steps:\n      - run: make dist\n"
    text = f"name: {name}\non:\n  push:\n    {on}\njobs:\n  {job}:\n{steps}"
    files = {"r.yml": text, "p.yml": PROMOTES, "ci.yml": WATCHED}
    assert len(workflows(files)) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("github.event_name == 'workflow_dispatch'", 0),
        ("startsWith(github.ref, 'refs/tags/v')", 1),
        ("endsWith(github.ref, '-patch')", 0),
    ],
)
def test_conditions_are_believed(condition: str, found: int) -> None:
    step = f"      - uses: softprops/action-gh-release@v2\n        if: {condition}\n"
    push = "on:\n  push:\n    branches: [main]\n    tags: ['v*']\n"
    on = f"{push}  schedule:\n    - cron: '0 0 * * *'\n"
    text = f"{on}jobs:\n  a:\n    steps:\n{step}"
    assert len(workflows({"r.yml": text, "p.yml": PROMOTES})) == found
    everything = f"on: push\njobs:\n  a:\n    steps:\n{step}"
    assert workflows({"r.yml": everything, "p.yml": PROMOTES}) == []


@pytest.mark.parametrize(
    "text",
    [
        "a: [1, 2\n",
        "a: &a [1]\nb: *c\n",
        "\x00",
        "a: " + "[" * 20_000,
        "x" * 70_000,
        "",
        "a: &a [1,1,1,1,1,1,1,1,1]\n"
        + "".join(
            f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
    ],
    ids=["syntax", "alias", "nul", "deep", "large", "not handed over", "bomb"],
)
def test_what_cannot_be_read_is_passed_over(text: str) -> None:
    assert workflows({"a.yml": text}) == []
    assert workflows({"a.yml": text, "ci.yml": f"on: pull_request\n{JOB}"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "words",
        "- a\n",
        "on: {push: {branches: {a: b}}}\n",
        "on: push\njobs: a\n",
        "on: push\njobs:\n  a: [b]\n  c:\n    steps: words\n",
        "on: push\njobs:\n  a:\n    steps: [words, {}]\n",
        "? [a]\n: b\non: [[a], push]\n",
        "on:\n",
    ],
)
def test_odd_workflows_say_nothing(text: str) -> None:
    assert workflows({"a.yml": text, "p.yml": PROMOTES}) == []


def test_files_beyond_the_bounds_of_all_are_not_read() -> None:
    ci = {"ci.yml": f"on: pull_request\n{JOB}"}
    assert workflows({**ci, "p.yml": PROMOTES}) == [("ci.yml", 1, BOTH)]
    long = {f"d{n}.yml": f"a: b # {'x' * 60_000}\n# {n}\n" for n in range(9)}
    assert workflows({**ci, **long, "p.yml": PROMOTES}) == []
    many = {f"d{n}.yml": "a: [" + "b, " * 4_900 + f"c]\n# {n}\n" for n in range(5)}
    assert workflows({**ci, **many, "p.yml": PROMOTES}) == []


@pytest.mark.parametrize(
    "text",
    ["a: &a b\nb: &a b\n", "a: &a [b]\nb: &a [b]\nc: *a\n", "a: b\na: b\n", "%FOO x\n---\na: b\n"],
)
def test_a_strangers_yaml_is_quoted_nowhere(
    text: str, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    assert workflows({"a.yml": text, "p.yml": PROMOTES}) == []
    assert not recwarn.list
    assert capfd.readouterr() == ("", "")


def test_anchors_are_followed() -> None:
    job = "  a: &job\n    name: Promote\n    steps: [{run: x}]\n  b: *job\n"
    assert workflows({"a.yml": f"on: issues\njobs:\n{job}"}) == []
    loop = "on: issues\njobs: &a\n  a: *a\n"
    assert workflows({"a.yml": loop}) == []
    second = "on: issues\n---\non: issues\n"
    assert workflows({"a.yml": second}) == []


@pytest.mark.parametrize(
    "pattern", ["[[a]x", "[a--b]", "[a&&b]", "[a||b]", "[a~~b]", "[[]", "v[^0]"]
)
def test_patterns_of_names_warn_of_nothing(pattern: str, recwarn: pytest.WarningsRecorder) -> None:
    text = f"on:\n  push:\n    branches: [latest, 'v*-*', '{pattern}']\n{JOB}"
    assert workflows({"ci.yml": text, "p.yml": PROMOTES}) == []
    assert not recwarn.list


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("gh release create x", 1),
        ("gh api repos/x/y/releases -X POST", 1),
        ("gh api repos/x/y/releases --method POST", 1),
        ("gh api -X POST repos/x/y/releases", 0),
        ("gh api repos/x/y/releases", 0),
        ("npx semantic-release", 1),
        ("npx semantic-release --dry-run", 0),
        ("npx semantic-release --dry-run; npx semantic-release", 1),
    ],
)
def test_what_publishes(command: str, found: int) -> None:
    text = f"on: push\njobs:\n  a:\n    steps:\n      - run: {command}\n"
    assert len(workflows({"r.yml": text, "p.yml": PROMOTES})) == found


# ---- time


@pytest.mark.parametrize(
    "unit",
    [
        "git push ",
        "git ",
        "push ",
        "gh api ",
        "gh api /releases ",
        "/releases ",
        "-X ",
        "semantic-release ",
        "heads/",
        "late",
        "gh  ",
        "git push\n      ",
    ],
)
def test_commands_are_read_in_linear_time(unit: str) -> None:
    def make(n: int) -> str:
        script = f"make {unit * n}"
        return f"on: push\njobs:\n  a:\n   steps:\n    - run: |\n      {script}\n"

    def work(text: str) -> Callable[[], object]:
        return lambda: workflows({"a.yml": text})

    assert_linear(make, work, 60_000)


@pytest.mark.parametrize(
    ("before", "unit"),
    [("[" * 99, "a,"), ("", "["), ("", "[" * 100 + "\n"), ("", "a: b\n"), ("", "? ")],
    ids=["brackets", "only brackets", "lines of brackets", "keys", "signs"],
)
def test_workflows_are_read_in_linear_time(before: str, unit: str) -> None:
    def long(text: str) -> Callable[[], object]:
        return lambda: workflows({"a.yml": text})

    def many(texts: dict[str, str]) -> Callable[[], object]:
        return lambda: workflows(texts)

    assert_linear(lambda n: before + unit * n, long, 65_000)
    # However many there are, what is spent on all of them has a bound.
    text = (before + unit * 60_000)[:60_000]
    texts = {f"{k}.yml": f"{text}\n# {k}\n" for k in range(200)}
    assert_at_most(50, partial(many, {"0.yml": text}), partial(many, texts))


@pytest.mark.parametrize(
    "unit",
    [
        "<!--",
        "`",
        "|",
        "v1.",
        "v1+",
        "v1-alpha ",
        "`v1-alpha` ",
        "[a](b#c) ",
        "[a](",
        '<a href="',
        "<a href=x ",
        "<a id=",
        "# ",
        "> ",
        "1. ",
        "MILESTONES.v1",
        "\n# A",
        "\n[a](#a)",
        "  ",
        "%25",
    ],
)
def test_linear(unit: str) -> None:
    def work(text: str) -> Callable[[], object]:
        facts = project({LATEST: text})

        def judge() -> None:
            for rule in (
                "name-not-pattern",
                "version-hardcoded",
                "reference-missing",
                "link-dangling",
                "anchor-dangling",
            ):
                run(rule, facts)
            paths_named(facts.documents)

        return judge

    assert_linear(lambda n: "# X\n\n" + unit * n + "x\n", work, 60_000)
