"""Rules about names, links and cross-references, and about the workflows that carry promotion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote

from ceremony.documents import slug
from ceremony.expressions import expression
from ceremony.model import (
    Document,
    Hit,
    Html,
    Kind,
    Link,
    ListItem,
    Paragraph,
    Place,
    Section,
    Severity,
    Table,
    Text,
    Version,
)
from ceremony.rules.audit.registry import NotAtHand, Project, at, rule
from ceremony.rules.audit.structure import (
    authorities,
    fenced_headings,
    fenced_lines,
    is_read,
    normal,
    normative_names,
)

# ---------------------------------------------------------------------------- names

_DOCUMENT_NAME = expression(
    r"(?<![\w<>{}*.+-])(?:MILESTONES[._-]?v?[0-9][\w.+-]*|v[0-9][\w.+-]*-(?:alpha|beta|stable|patch))"
    r"\.md(?![\w*<>{}-])",
    re.IGNORECASE,
)
_STAGED_NAME = expression(r"v?[0-9]+(?:\.[0-9]+){0,3}-(?:alpha|beta|stable|patch)", re.IGNORECASE)
_NEAR_NAME = expression(
    r"(?:v[0-9]+(?:\.[0-9]+){0,3}|[0-9]+(?:\.[0-9]+){1,3})[-.]?(?!x\b)[a-z]+(?:[.-]?[0-9]+)?",
    re.IGNORECASE,
)
_BARE_VERSION = expression(r"v[0-9]+(?:\.[0-9]+){0,3}", re.IGNORECASE)
_DIGIT = expression(r"[0-9]")
_COMMENT = expression(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_WRONG = expression(
    r"\b(?:don[’']?t|do not|never|avoid|instead of|rather than|wrong(?:ly)?|incorrect|invalid|bad|"
    r"malformed|not like|renamed|formerly|anti-?patterns?)\b",
    re.IGNORECASE,
)
_RECORD = expression(
    r"\b(?:change ?logs?|change history|version history|versions|release history|releases|history|"
    r"graduated|archived?|frozen|revisions?|records?)\b",
    re.IGNORECASE,
)
_RECORD_COLUMN = expression(r"graduated to|moved to|frozen as|change|frozen document|record")
_EXAMPLE = expression(r"\bexamples?\b", re.IGNORECASE)


class _Mention(NamedTuple):
    """A specific document or branch, named in a text that is not a code block."""

    document: Document
    section: Section
    line: int
    name: str
    is_document: bool
    header: str
    """The header of the table's column that holds it; empty outside of tables."""

    @property
    def column(self) -> int:
        return self.document.column(self.line, self.name)


def _texts(document: Document) -> Iterator[tuple[Section, Text, str, str]]:
    """Every text with its section, its column's header, and the label above it.

    A label is a line that ends with a colon, such as ``**Don't**:``.
    """
    for section in document.sections:
        label = ""
        yield section, section.title, "", ""
        for block in section.blocks:
            if isinstance(block, Paragraph | ListItem):
                for text in block.lines:
                    yield section, text, "", label
                if isinstance(block, Paragraph):
                    last = block.lines[-1].plain.rstrip()
                    label = last if last.endswith(":") else ""
            elif isinstance(block, Table):
                for row in (block.header, *block.rows):
                    for index, cell in enumerate(row.cells):
                        yield section, cell, block.names[index], label


def _mentions(document: Document) -> Iterator[_Mention]:
    seen: set[tuple[int, str]] = set()
    for section, text, column, label in _texts(document):
        # Most texts name no version: what follows costs more than this.
        if _DIGIT.search(text.raw) is None:
            continue
        raw = _COMMENT.sub("", text.raw)
        names = [(match[0], True) for match in _DOCUMENT_NAME.finditer(raw)]
        names += [(name, False) for name in _branches(text, column)]
        # What must not be written, and what was, is named as it is.
        if not names or any(_WRONG.search(words) for words in (text.plain, label, column)):
            continue
        chain = (section, *document.ancestors(section))
        if any(_WRONG.search(part.name) or _is_log(part) for part in chain):
            continue
        for name, is_document in names:
            if (text.line, name) not in seen:
                seen.add((text.line, name))
                yield _Mention(
                    document=document,
                    section=section,
                    line=text.line,
                    name=name,
                    is_document=is_document,
                    header=column,
                )


_LOG = expression(r"\bchange ?logs?\b|\bchange history\b|\b(?:revision|version|release) history\b")


def _is_log(section: Section) -> bool:
    return _LOG.search(section.name.lower()) is not None


def _branches(text: Text, column: str) -> Iterator[str]:
    """The names in code spans, and in a column of branches, that mean a release branch."""
    in_column = _BRANCH.search(column) is not None
    said = text.codes or ((text.plain.strip(),) if in_column else ())
    if not said:
        return
    near = in_column or (_BRANCH.search(text.plain) and not _OF_TAGS.search(text.plain))
    for word in said:
        name = word.removeprefix("refs/heads/").removeprefix("origin/")
        certain = name[:1] in {"v", "V"} and _STAGED_NAME.fullmatch(name)
        likely = near and _NEAR_NAME.fullmatch(name)
        if certain or likely or (in_column and _BARE_VERSION.fullmatch(name)):
            yield name


_BRANCH = expression(r"\bbranch(?:es)?\b", re.IGNORECASE)
_OF_TAGS = expression(r"\btag(?:s|ged)?\b", re.IGNORECASE)


def _is_version(name: str) -> bool:
    try:
        Version.parse(name)
    except ValueError:
        return False
    return True


def _is_document_name(name: str) -> bool:
    core = name.removeprefix("MILESTONES.").removesuffix(".md")
    return _is_version(core) and name.startswith(("MILESTONES.", "v"))


@rule(
    "name-not-pattern",
    Severity.WARNING,
    finds="a milestone document or branch written in another form than v<X>.<Y>.<Z>-<stage>",
    help="Write MILESTONES.v<X>.<Y>.<Z>-<stage>.md for a document and v<X>.<Y>.<Z>-<stage> for a "
    "branch, with three numbers and one of alpha, beta, stable, patch.",
    ceremony="Document Types",
)
def name_not_pattern(project: Project) -> Iterator[Hit]:
    """A document and its branch are found by their names alone."""
    for document in project.documents:
        if document.kind is Kind.FROZEN and document.version is None:
            name = PurePosixPath(document.path).name
            yield Hit(
                place=at(document, document.title_line),
                message=f"The file name {name} is not of the form "
                "MILESTONES.v<X>.<Y>.<Z>-<stage>.md",
                subject=name,
            )
    for document in project.living:
        for mention in _mentions(document):
            right = _is_document_name if mention.is_document else _is_version
            form = (
                "MILESTONES.v<X>.<Y>.<Z>-<stage>.md"
                if mention.is_document
                else ("v<X>.<Y>.<Z>-<stage>")
            )
            if not right(mention.name):
                yield Hit(
                    place=at(document, mention.line, mention.column),
                    message=f"{mention.name} is not of the form {form}",
                    subject=mention.name,
                )


@rule(
    "version-hardcoded",
    Severity.WARNING,
    finds="living text that names a specific version's document instead of the pattern",
    help="Name the pattern, MILESTONES.v<X>.<Y>.<Z>-<stage>.md, or the document that is current; "
    "specific versions belong into records.",
    ceremony="Reference Pattern",
)
def version_hardcoded(project: Project) -> Iterator[Hit]:
    """Living text does not go out of date when a version is cut."""
    for document in project.living:
        for mention in _mentions(document):
            if mention.is_document and not _is_recorded(mention):
                yield Hit(
                    place=at(document, mention.line, mention.column),
                    message=f"{mention.name} names one version's document, which the next cut "
                    "makes out of date",
                    subject=mention.name,
                )


def _is_recorded(mention: _Mention) -> bool:
    """Whether a specific version is the point: in records, and in the ceremony's examples."""
    document, section = mention.document, mention.section
    chain = (section, *document.ancestors(section))
    if any(_RECORD.search(part.name) for part in chain if part.level > 1):
        return True
    if document.kind is Kind.CEREMONY and any(_EXAMPLE.search(part.name) for part in chain):
        return True
    return _RECORD_COLUMN.search(mention.header) is not None


# ---------------------------------------------------------------------------- links

_ELSEWHERE = expression(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_PLACEHOLDER = expression(r"[<>{}*]|\.\.\.|…|\bpath/to\b", re.IGNORECASE)
_TAG_TARGET = expression(
    r"<(a|img)\b[^<>]*?\s(?:href|src)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
_TAG_NAME = expression(
    r"<\w+\b[^<>]*?\s(?:id|name)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
_CODE_SPAN = expression(r"(?<!`)(`+)(?!`)[^`]+\1(?!`)")


class _Target(NamedTuple):
    """A link to somewhere in the repository."""

    document: Document
    line: int
    column: int
    written: str
    path: str | None
    """From the root, empty for the root itself; None for the document that holds the link."""
    fragment: str


def _targets(document: Document) -> Iterator[_Target]:
    """The links that a document makes into its own repository.

    What leaves the root is left out: the root may be a folder of the repository, and
    ``../../issues`` is how a page on GitHub is named.
    """
    folder = PurePosixPath(document.path).parent
    places: dict[tuple[int, str], int] = {}
    for link in _links(document):
        written = unquote(link.target)
        if not written or _ELSEWHERE.match(written) or _PLACEHOLDER.search(written):
            continue
        name, _, fragment = link.target.partition("#")
        name = unquote(name.partition("?")[0])
        path = normal(folder, name) if name else None
        if name and path is None:
            continue
        raw = document.lines[link.line - 1]
        start = places.get((link.line, link.target), 0)
        found = max(raw.find(link.target, start), raw.find(written, start))
        places[link.line, link.target] = found + 1
        yield _Target(
            document=document,
            line=link.line,
            column=found + 1 or 1,
            written=written,
            path=path,
            fragment=unquote(fragment).partition(":~:")[0],
        )


def _links(document: Document) -> Iterator[Link]:
    for _, text in document.texts():
        yield from text.links
        if "<" in text.raw:
            yield from _tags(_CODE_SPAN.sub("", text.raw), text.line)
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Html):
                content = _COMMENT.sub(lambda m: "\n" * m[0].count("\n"), block.content)
                for number, raw in enumerate(content.split("\n"), start=block.line):
                    yield from _tags(raw, number)


def _tags(raw: str, line: int) -> Iterator[Link]:
    for match in _TAG_TARGET.finditer(raw[:4096]):
        target = match[2] or match[3] or match[4] or ""
        yield Link(target=target, text="", line=line, image=match[1].lower() == "img")


def paths_named(documents: tuple[Document, ...]) -> frozenset[str]:
    """Every path from the root that a rule may look up in the tree."""
    names = {target.path for document in documents for target in _targets(document) if target.path}
    for document in documents:
        for naming in (*authorities(document), *normative_names(document)):
            names |= {naming.name, naming.beside}
    return frozenset(names)


@rule(
    "link-dangling",
    Severity.ERROR,
    finds="a relative link to a file that does not exist",
    help="Correct the path (it is relative to the document's folder), or add the file.",
    ceremony="Document Relationships",
)
def link_dangling(project: Project) -> Iterator[Hit]:
    """Whoever follows a link arrives."""
    known = {document.path for document in project.documents}
    for document in project.living:
        for target in _targets(document):
            if target.path and target.path not in known and not project.tree.holds(target.path):
                yield Hit(
                    place=at(document, target.line, target.column),
                    message=f"The link leads to {target.path}, which does not exist",
                    subject=target.written,
                )


@rule(
    "anchor-dangling",
    Severity.WARNING,
    finds="a fragment without its heading",
    help="Write the fragment that GitHub makes of the heading (lower case, spaces to hyphens, "
    "signs left out), or restore the heading.",
    ceremony="Document Relationships",
)
def anchor_dangling(project: Project) -> Iterator[Hit]:
    """Whoever follows a link arrives at the passage that it speaks of."""
    known = {document.path: document for document in project.documents if is_read(document)}
    anchors: dict[str, frozenset[str]] = {}
    for document in project.living:
        for target in _targets(document):
            there = document if target.path is None else known.get(target.path)
            fragment = _plain_fragment(target.fragment)
            if there is None or not fragment or not is_read(there):
                continue
            if there.path not in anchors:
                anchors[there.path] = _anchors(there)
            if fragment in anchors[there.path] or _NOT_HEADING.fullmatch(fragment):
                continue
            message = f"{there.path} has no heading for #{target.fragment}"
            for fence, title in fenced_headings(there):
                if _plain_fragment(slug(title)) == fragment:
                    message += f": “{title}” stands in the code block of line {fence.line}"
                    break
            yield Hit(
                place=at(document, target.line, target.column),
                message=message,
                subject=target.written,
            )


_NOT_HEADING = expression(r"top|l[0-9]+(?:c[0-9]+)?(?:-l[0-9]+(?:c[0-9]+)?)?")
_NOT_IN_FRAGMENT = expression(r"[^\w-]")
_LOOSE_HEADING = expression(r"#{1,6}[ \t]+(.*)")


def _plain_fragment(fragment: str) -> str:
    """A fragment as it is compared: browsers and editors differ in case and in signs."""
    return _NOT_IN_FRAGMENT.sub("", fragment.lower()).removeprefix("user-content-")


def _anchors(document: Document) -> frozenset[str]:
    names = {_plain_fragment(section.slug) for section in document.sections if section.level}
    fenced = fenced_lines(document)
    headings = {section.line for section in document.sections}
    for number, raw in enumerate(document.lines, start=1):
        if number in fenced:
            continue
        if "<" in raw:
            for match in _TAG_NAME.finditer(_CODE_SPAN.sub("", raw[:4096])):
                names.add(_plain_fragment(match[1] or match[2] or match[3] or ""))
        # A heading in a list or a quote divides nothing, but it can be linked to.
        loose = _LOOSE_HEADING.fullmatch(raw.lstrip(" \t>*+-.)0123456789"))
        if loose and number not in headings:
            names.add(_plain_fragment(slug(loose[1].rstrip("# \t"))))
    return frozenset(names)


# ---------------------------------------------------------------------------- cross-references

_CEREMONY_NAME = "MILESTONES_CEREMONY.md"


@rule(
    "reference-missing",
    Severity.ERROR,
    finds="a cross-reference that the ceremony requires",
    help="Name the document with a link, in the header or under Related Documents.",
    ceremony="Document Relationships",
)
def reference_missing(project: Project) -> Iterator[Hit]:
    """From every document a reader finds the process, and the other half of each pair."""
    ceremony = {_CEREMONY_NAME} if project.one(Kind.CEREMONY) else set()
    both = project.one(Kind.CONTRIBUTORS) and project.one(Kind.REVIEWERS)
    demanded: Mapping[Kind, set[str]] = {
        Kind.GOVERNANCE: ceremony,
        Kind.MAIN: ceremony,
        Kind.LATEST: ceremony,
        Kind.CONTRIBUTORS: ceremony | ({"REVIEWERS.md"} if both else set()),
        Kind.REVIEWERS: ceremony | ({"CONTRIBUTORS.md"} if both else set()),
    }
    for document in project.living:
        wanted = sorted(demanded.get(document.kind, ())) if is_read(document) else []
        said = list(_said(document)) if wanted or document.kind is Kind.LATEST else []
        missing = [name for name in wanted if not any(name in words for words in said)]
        if said and document.kind is Kind.LATEST and not _names_roadmap(project, document, said):
            missing.append(PurePosixPath(project.layout.roadmap).name)
        for name in missing:
            yield Hit(
                place=at(document, document.title_line),
                message=f"{PurePosixPath(document.path).name} does not refer to {name}",
                subject=name,
            )


def _names_roadmap(project: Project, document: Document, said: list[str]) -> bool:
    """Whether the roadmap is named or linked; one may be kept outside of the repository."""
    roadmap = PurePosixPath(project.layout.roadmap)
    linked = [unquote(link.target) + link.text for link in _links(document)]
    return any(roadmap.name.lower() in words.lower() for words in said) or any(
        roadmap.stem.lower() in words.lower() for words in linked
    )


def _said(document: Document) -> Iterator[str]:
    """What is shown and where its links lead; what a comment names is named to nobody."""
    for entry in document.metadata:
        yield entry.value.plain
    for _, text in document.texts():
        yield text.plain
        for link in text.links:
            yield unquote(link.target)
    for link in _links(document):
        yield unquote(link.target)


# ---------------------------------------------------------------------------- workflows

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
        """The steps that publish a release."""
        return tuple(
            step
            for step in self.steps
            if _RELEASE_ACTION.search(step.uses) or _RELEASE_COMMAND.search(step.run)
        )

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
    """Read a workflow; None where it cannot be read as a plain tree of bounded size."""
    if len(text) > _MAX_WORKFLOW or _is_deep(text):
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
