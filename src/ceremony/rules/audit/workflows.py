"""The rule about the workflows that carry the ceremony."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from ceremony.expressions import expression
from ceremony.model import Hit, Kind, Place, Severity
from ceremony.rules.audit.registry import NotAtHand, Project, at, rule

_MAX_WORKFLOW = 64 * 1024
_MAX_ALL_WORKFLOWS = 512 * 1024
_MAX_NODES = 5_000
_MAX_ALL_NODES = 20_000
_MAX_DEPTH = 20
_MAX_BRACKETS = 100
"""How many brackets may open on one line: each costs time for every word that follows."""
_BRANCH_SAMPLES = ("v1.0.0-alpha", "v1.0.0-beta", "v1.0.0-stable", "v12.34.5-alpha")
_TAG_SAMPLES = ("v1.0.0", "v12.34.5", "1.0.0", "release-1.0.0")
_CHECKS = expression(
    r"\b(?:tests?|lint|check|clippy|pytest|tox|nox|vet|typecheck|build|make|cargo|npm|pnpm|yarn|"
    r"gradlew?|mvn|go|ctest|nix|ruff|mypy|dotnet|bazel|just)\b"
)
_RELEASE_ACTION = expression(
    r"softprops/action-gh-release@|ncipollo/release-action@|actions/create-release@|"
    r"goreleaser/goreleaser-action@|svenstaro/upload-release-action@|"
    r"cycjimmy/semantic-release-action@|(?:google-github-actions|googleapis)/release-please-action@|"
    r"marvinpinto/action-automatic-releases@|taiki-e/(?:create-gh|upload-rust-binary)[\w-]*@|"
    r"/ceremony/(?:actions/)?artifacts@",
    re.IGNORECASE,
)
_RELEASE_COMMAND = expression(
    r"\bgh\s+release\s+create\b|\bhub\s+release\s+create\b|\bgoreleaser\s+release\b"
)
_SEMANTIC_RELEASE = expression(r"\bsemantic-release\b")
_POST = (
    expression(r"\bgh\s+api\b"),
    expression(r"/releases\b"),
    expression(r"(?:-X|--method)\s*POST"),
)
_GIT_MOVES = (
    expression(r"\bgit\b"),
    expression(r"\b(?:push|merge|checkout|switch|update-ref)\b"),
)
_GH_MOVES = (expression(r"\bgh\s+(?:api|pr|workflow)\b"),)
_RELEASE_NAME = expression(
    r"(?<![a-z])releas(?:e|es|ing)(?![a-z]|[ _-](?:notes|draft|check))", re.IGNORECASE
)


class _Step(NamedTuple):
    """One step of a job, or a job that calls a workflow."""

    uses: str
    run: str
    given: Mapping[str, str]
    """Its inputs, lower-case names."""
    condition: str
    """Its own condition and its job's."""
    job: str
    """The job's id and name."""


class _Trigger(NamedTuple):
    """One event that starts a workflow, with its filters of names."""

    line: int
    filters: Mapping[str, tuple[int, tuple[str, ...]]]
    """The line and the patterns of ``branches``, ``tags`` and so on."""

    def patterns(self, kind: str) -> tuple[str, ...] | None:
        """The patterns of one filter; None where there is no such filter."""
        found = self.filters.get(kind)
        return found[1] if found else None


class _Workflow(NamedTuple):
    """What one workflow file says about when it runs and what it does."""

    path: str
    name: str
    triggers: Mapping[str, _Trigger]
    steps: tuple[_Step, ...]

    @property
    def releases(self) -> tuple[_Step, ...]:
        """The steps that publish a release.

        A workflow that only tags start and that calls itself a release is one, whatever it runs.
        """
        found = tuple(
            step for step in self.steps if _RELEASE_ACTION.search(step.uses) or _publishes(step.run)
        )
        push = self.triggers.get("push")
        if found or push is None or "tags" not in push.filters or "branches" in push.filters:
            return found
        said = (self.name, PurePosixPath(self.path).stem, *(step.job for step in self.steps))
        return self.steps if any(_RELEASE_NAME.search(words) for words in said) else ()

    @property
    def is_ci(self) -> bool:
        """Whether it checks what is pushed or proposed, and publishes nothing."""
        started = self.triggers.keys() & {"push", "pull_request"}
        checks = any(
            _CHECKS.search(step.run) or "/.github/workflows/" in step.uses for step in self.steps
        )
        return bool(started) and checks and not self.releases


@rule(
    "promotion-missing",
    Severity.WARNING,
    finds="no workflow that promotes main to latest, CI that does not watch latest and v*-*, or "
    "releases made on other triggers than the ceremony's",
    help="Add a promotion workflow, list the branches `latest` and `v*-*` in CI's push trigger, "
    "and release when a `v*-*` branch is created, a `v*-patch` tag is pushed, or by dispatch.",
    ceremony="CI/CD Integration",
)
def promotion_missing(project: Project) -> Iterator[Hit]:
    """Green commits reach latest by themselves, and agreement decides what is released."""
    texts = project.tree.workflows
    if texts is None:
        raise NotAtHand("no .github/workflows under the root")
    read = list(_read(texts))
    workflows = [workflow for workflow in read if workflow is not None]
    # A file that cannot be read may be the one that is looked for.
    complete = len(workflows) == len(read)
    latest = project.layout.latest_branch
    ci = sorted(
        (workflow for workflow in workflows if workflow.is_ci),
        key=lambda w: ("push" not in w.triggers, re.search(r"\bci\b", w.name.lower()) is None),
    )
    if complete and not any(_promotes(workflow, latest) for workflow in workflows):
        home = project.one(Kind.CEREMONY) or project.one(Kind.LATEST)
        place = at(home, home.title_line) if home else None
        if ci:
            place = Place(file=ci[0].path, line=1)
        if place:
            yield Hit(
                place=place,
                message=f"No workflow promotes {project.layout.main_branch} to {latest}",
                subject="promotion",
            )
    if complete and ci:
        yield from _unwatched(workflows, ci[0], latest)
    for workflow in workflows:
        yield from _released_otherwise(workflow, latest)


def _promotes(workflow: _Workflow, latest: str) -> bool:
    """Whether a workflow may move latest; in doubt it does."""
    branch = re.escape(latest)
    heads = re.compile(rf"\bheads/{branch}\b")
    named = re.compile(rf"(?<![\w.-]){branch}(?![\w.-])")
    for step in workflow.steps:
        if re.search(r"\bpromot", f"{step.uses} {step.job} {workflow.name}", re.IGNORECASE):
            return True
        if heads.search(step.run) or any(
            _in_order(line, (*_GIT_MOVES, named)) or _in_order(line, (*_GH_MOVES, named))
            for line in step.run.split("\n")
        ):
            return True
        if any(f"heads/{latest}" in v for v in step.given.values()):
            return True
        if any(value.strip() == latest for value in step.given.values()) and not (
            step.uses.startswith("actions/checkout@")
        ):
            return True
    return False


def _publishes(script: str) -> bool:
    """Whether a command of the script publishes a release."""
    return _RELEASE_COMMAND.search(script) is not None or any(
        _SEMANTIC_RELEASE.search(line.rpartition("--dry-run")[2]) or _in_order(line, _POST)
        for line in script.split("\n")
    )


def _in_order(line: str, parts: tuple[re.Pattern[str], ...]) -> bool:
    """Whether a line has all parts, each after the one before, in one pass over the line."""
    place = 0
    for part in parts:
        match = part.search(line, place)
        if match is None:
            return False
        place = match.end()
    return True


def _unwatched(workflows: list[_Workflow], ci: _Workflow, latest: str) -> Iterator[Hit]:
    pushes = [
        workflow.triggers["push"]
        for workflow in workflows
        if "push" in workflow.triggers
        and any(_CHECKS.search(s.run) or "/.github/workflows/" in s.uses for s in workflow.steps)
    ]
    missing = []
    if not any(_watches(push, latest) for push in pushes):
        missing.append(latest)
    if not all(any(_watches(push, name) for push in pushes) for name in _BRANCH_SAMPLES):
        missing.append("v*-*")
    if missing:
        trigger = ci.triggers.get("push") or ci.triggers["pull_request"]
        line = trigger.filters.get("branches", (trigger.line, ()))[0]
        yield Hit(
            place=Place(file=ci.path, line=line),
            message=f"No CI runs on pushes to {' and '.join(missing)}",
            subject="ci",
        )


def _watches(push: _Trigger, branch: str) -> bool:
    """Whether a push to a branch starts the workflow."""
    wanted, ignored = push.patterns("branches"), push.patterns("branches-ignore")
    if wanted is not None:
        return _matches(wanted, branch)
    if ignored is not None:
        return not _matches(ignored, branch)
    # With filters of tags alone, branches start nothing.
    return not push.filters.keys() & {"tags", "tags-ignore"}


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    """Whether the last pattern that matches is one that includes, as GitHub decides."""
    included = False
    for pattern in patterns:
        if _glob(pattern.removeprefix("!"), name):
            included = not pattern.startswith("!")
    return included


def _glob(pattern: str, name: str) -> bool:
    """GitHub's filter patterns; one too intricate to try is taken to match."""
    if len(pattern) > 100 or len(re.findall(r"[*+?]+", pattern)) > 6:
        return True
    parts = re.findall(r"\*+|\[[^\]]*\]|\\.|.", pattern)
    built = ""
    for part in parts:
        if part.startswith("*"):
            built += ".*" if len(part) > 1 else "[^/]*"
        elif part.startswith("[") and len(part) > 2:
            built += re.sub(r"(?<=.)(?:(?<!\\)[\[&~|]|(?<=-)-)", r"\\\g<0>", part)
        elif part in {"?", "+"} and built:
            built += part
        else:
            built += re.escape(part[-1])
    try:
        return re.fullmatch(built, name) is not None
    except re.error:
        return True


def _released_otherwise(workflow: _Workflow, latest: str) -> Iterator[Hit]:
    """A release that is made though no governance decided on it."""
    releases = workflow.releases
    if not releases:
        return
    conditional = all(step.condition for step in releases)
    conditions = " ".join(step.condition for step in releases)
    found: list[tuple[int, str]] = []
    push = workflow.triggers.get("push")
    if push:
        tags = push.patterns("tags")
        if tags is not None and "patch" not in conditions and _any_match(tags, _TAG_SAMPLES):
            line = push.filters["tags"][0]
            found.append((line, f"a push of the tag {' or '.join(tags)}"))
        branches = push.patterns("branches")
        others = [b for b in branches or () if not _is_lawful_branch(b, latest)]
        if others and not conditional:
            found.append((push.filters["branches"][0], f"a push to {' or '.join(others)}"))
        if not push.filters.keys() - {"paths", "paths-ignore"} and not conditional:
            found.append((push.line, "every push"))
    schedule = workflow.triggers.get("schedule")
    if schedule and not conditional:
        found.append((schedule.line, "a schedule"))
    if found:
        yield Hit(
            place=Place(file=workflow.path, line=found[0][0]),
            message=f"Releases are made on {' and '.join(what for _, what in found)}, not by the "
            "creation of a v*-* branch",
            subject=f"release {workflow.path}",
        )


def _any_match(patterns: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return any(_matches(patterns, name) for name in names)


def _is_lawful_branch(pattern: str, latest: str) -> bool:
    """Whether a branch is latest, which gives previews, or a release branch."""
    if pattern.startswith("!") or pattern == latest:
        return True
    return re.fullmatch(r"v.*-.*", pattern) is not None


# ---------------------------------------------------------------------------- YAML


class _Node(NamedTuple):
    """A scalar's words, a list's entries, or a mapping's keys and values in turn."""

    value: str | list[_Node]
    is_mapping: bool
    line: int
    size: int
    """How many nodes it holds with itself; an alias counts as often as it is used."""


_Pairs = dict[str, tuple[int, _Node]]


def _read(texts: Mapping[str, str]) -> Iterator[_Workflow | None]:
    """Every workflow by path; None for each that cannot be read, and for all beyond the bound."""
    size = count = 0
    for path in sorted(texts):
        size += len(texts[path])
        within = size <= _MAX_ALL_WORKFLOWS and count <= _MAX_ALL_NODES
        root, cost = _tree(texts[path]) if within else (None, 0)
        count += cost
        yield _workflow(path, root) if root else None


def _workflow(path: str, root: _Node) -> _Workflow:
    top = _pairs(root)
    triggers: dict[str, _Trigger] = {}
    if "on" in top:
        line, node = top["on"]
        listed = _pairs(node)
        for event in _strings(node):
            triggers[event] = _Trigger(line=line, filters={})
        for event, (at_line, value) in listed.items():
            filters = {
                key: (own_line, _strings(own)) for key, (own_line, own) in _pairs(value).items()
            }
            triggers[event] = _Trigger(line=at_line, filters=filters)
    name = _text(top, "name") or PurePosixPath(path).stem
    steps = tuple(_steps(_pairs(top["jobs"][1]) if "jobs" in top else {}))
    return _Workflow(path=path, name=name, triggers=triggers, steps=steps)


@lru_cache(maxsize=64)
def _tree(text: str) -> tuple[_Node | None, int]:
    """The root, None where the text is no plain tree of bounded size, and what reading it cost.

    A file that was too large to hand over is empty: it may say anything.
    """
    if not text.strip() or len(text) > _MAX_WORKFLOW:
        return None, 0
    if any(line.count("[") + line.count("{") > _MAX_BRACKETS for line in text.split("\n")):
        return None, 0
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    root: list[_Node] = []
    anchors: dict[str, _Node] = {}
    waiting: list[tuple[list[_Node], bool, int, str | None]] = [(root, False, 0, None)]
    cost = 0
    try:
        # Composed here: the library's composer has no bounds and quotes the text in warnings.
        for event in YAML(typ="safe", pure=True).parse(text):
            cost += 1
            kind = type(event).__name__
            line = event.start_mark.line + 1
            if kind in {"MappingStartEvent", "SequenceStartEvent"}:
                waiting.append(([], kind == "MappingStartEvent", line, event.anchor))
                node = None
            elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
                held, is_mapping, line, anchor = waiting.pop()
                size = 1 + sum(entry.size for entry in held)
                node = _Node(value=held, is_mapping=is_mapping, line=line, size=size)
            elif kind == "ScalarEvent":
                anchor = event.anchor
                node = _Node(value=str(event.value), is_mapping=False, line=line, size=1)
            elif kind == "AliasEvent":
                anchor, node = None, anchors[event.anchor]
            else:
                node = None
            if node:
                waiting[-1][0].append(node)
                if anchor:
                    anchors[anchor] = node
            if cost > _MAX_NODES or len(waiting) > _MAX_DEPTH or (node and node.size > _MAX_NODES):
                return None, cost
    except (YAMLError, LookupError, ArithmeticError, ValueError):
        return None, cost
    return (root[0] if len(root) == 1 else None), cost


def _pairs(node: _Node) -> _Pairs:
    """A mapping's keys with the line of each and its value; empty for anything else."""
    if not node.is_mapping:
        return {}
    found: _Pairs = {}
    for key, value in zip(node.value[::2], node.value[1::2], strict=True):
        if isinstance(key, _Node) and isinstance(value, _Node) and isinstance(key.value, str):
            found[key.value] = (key.line, value)
    return found


def _strings(node: _Node) -> tuple[str, ...]:
    """A scalar, or the scalars of a list."""
    if isinstance(node.value, str):
        return (node.value,) if node.value else ()
    if node.is_mapping:
        return ()
    return tuple(entry.value for entry in node.value if isinstance(entry.value, str))


def _text(pairs: _Pairs, key: str) -> str:
    return " ".join(_strings(pairs[key][1])) if key in pairs else ""


def _steps(jobs: _Pairs) -> Iterator[_Step]:
    for job, (_, node) in jobs.items():
        held = _pairs(node)
        condition = _text(held, "if")
        label = f"{job} {_text(held, 'name')}"
        listed = held["steps"][1] if "steps" in held else None
        entries = listed.value if listed and not listed.is_mapping else ()
        for entry in (node, *entries):
            if isinstance(entry, str):
                continue
            pairs = _pairs(entry)
            given = _pairs(pairs["with"][1]) if "with" in pairs else {}
            if "uses" in pairs or "run" in pairs:
                yield _Step(
                    uses=_text(pairs, "uses"),
                    run=_text(pairs, "run"),
                    given={key.lower(): _text(given, key) for key in given},
                    condition=f"{condition} {_text(pairs, 'if')}".strip(),
                    job=label,
                )
