"""The rule about the workflows that carry the ceremony."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from ceremony.expressions import expression
from ceremony.model import Hit, Kind, Place, Severity
from ceremony.rules.audit.registry import NotAtHand, Project, at, rule

_MAX_WORKFLOW = 64 * 1024
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
    r"\bgh\s+release\s+create\b|\bhub\s+release\s+create\b|\bgoreleaser\s+release\b|"
    r"\bsemantic-release\b(?!.*--dry-run)|\bgh\s+api\b[^\n]*/releases\b[^\n]*(?:-X|--method)\s*POST"
)

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
            step
            for step in self.steps
            if _RELEASE_ACTION.search(step.uses) or _RELEASE_COMMAND.search(step.run)
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
    read = [_workflow(path, texts[path]) for path in sorted(texts)]
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
    moves = expression(
        rf"\bgit\b[^\n]*\b(?:push|merge|checkout|switch|update-ref)\b[^\n]*(?<![\w.-]){branch}(?![\w.-])|"
        rf"\bheads/{branch}\b|\bgh\s+(?:api|pr|workflow)\b[^\n]*(?<![\w.-]){branch}(?![\w.-])"
    )
    for step in workflow.steps:
        if re.search(r"\bpromot", f"{step.uses} {step.job} {workflow.name}", re.IGNORECASE):
            return True
        if moves.search(step.run) or any(f"heads/{latest}" in v for v in step.given.values()):
            return True
        if any(value.strip() == latest for value in step.given.values()) and not (
            step.uses.startswith("actions/checkout@")
        ):
            return True
    return False


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
        elif (part in {"?", "+"} and built) or (part.startswith("[") and len(part) > 2):
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


def _workflow(path: str, text: str) -> _Workflow | None:
    """Read a workflow; None where it cannot be read as a plain tree of bounded size.

    A file that was too large to hand over is empty: it may say anything.
    """
    if not text.strip() or len(text) > _MAX_WORKFLOW or _is_deep(text):
        return None
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        root = YAML(typ="safe", pure=True).compose(text)
        if _count(root) > _MAX_WORKFLOW:
            return None
    except (YAMLError, RecursionError, ValueError):
        return None
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


def _is_deep(text: str) -> bool:
    """Whether brackets nest so deep that reading them would take longer than they deserve."""
    depth = 0
    for sign in _BRACKETS.findall(text):
        depth += 1 if sign in "[{" else -1
        if depth > 100:
            return True
    return False


_BRACKETS = expression(r"[\[\]{}]")
_Pairs = dict[str, tuple[int, Any]]


def _count(node: Any) -> int:
    """How many nodes the tree has; an alias counts as often as it is used, up to the bound."""
    waiting, count = [node], 0
    while waiting and count <= _MAX_WORKFLOW:
        here = waiting.pop()
        count += 1
        value = getattr(here, "value", None)
        if isinstance(value, list):
            for entry in value:
                waiting.extend(entry if isinstance(entry, tuple) else (entry,))
    return count


def _pairs(node: Any) -> _Pairs:
    """A mapping's keys with the line of each and its value; empty for anything else."""
    if getattr(node, "id", "") != "mapping":
        return {}
    return {
        str(key.value): (key.start_mark.line + 1, value)
        for key, value in node.value
        if key.id == "scalar"
    }


def _strings(node: Any) -> tuple[str, ...]:
    """A scalar, or the scalars of a list."""
    kind = getattr(node, "id", "")
    if kind == "scalar":
        return (str(node.value),) if node.value else ()
    if kind == "sequence":
        return tuple(str(entry.value) for entry in node.value if entry.id == "scalar")
    return ()


def _text(pairs: _Pairs, key: str) -> str:
    return " ".join(_strings(pairs[key][1])) if key in pairs else ""


def _steps(jobs: _Pairs) -> Iterator[_Step]:
    for job, (_, node) in jobs.items():
        held = _pairs(node)
        condition = _text(held, "if")
        label = f"{job} {_text(held, 'name')}"
        entries = [node, *(held["steps"][1].value if "steps" in held else ())]
        for entry in entries:
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
