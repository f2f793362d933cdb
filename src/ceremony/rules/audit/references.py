"""Rules about names, links and cross-references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple
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
    Section,
    Severity,
    Table,
    Text,
    Version,
)
from ceremony.rules.audit.registry import Project, at, rule
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


def _read_texts(document: Document) -> Iterator[tuple[Section, Text, str, str]]:
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


def _find_mentions(document: Document) -> Iterator[_Mention]:
    seen: set[tuple[int, str]] = set()
    for section, text, column, label in _read_texts(document):
        # Most texts name no version: what follows costs more than this.
        if _DIGIT.search(text.raw) is None:
            continue
        raw = _COMMENT.sub("", text.raw)
        names = [(match[0], True) for match in _DOCUMENT_NAME.finditer(raw)]
        names += [(name, False) for name in _find_branches(text, column)]
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


def _find_branches(text: Text, column: str) -> Iterator[str]:
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
    help="Write v<X>.<Y>.<Z>-<stage> (three numbers, and alpha, beta, stable or patch), or the "
    "pattern itself where no single version is meant.",
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
        for mention in _find_mentions(document):
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
        for mention in _find_mentions(document):
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
_DEFINITION = expression(r"[ >]{0,9}\[[^\[\]]{1,200}\]:[ \t]*<?([^\s<>]+)")
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


def _find_targets(document: Document) -> Iterator[_Target]:
    """The links that a document makes into its own repository.

    What leaves the root is left out: the root may be a folder of the repository, and
    ``../../issues`` is how a page on GitHub is named.
    """
    folder = PurePosixPath(document.path).parent
    places: dict[tuple[int, str], int] = {}
    defined: Mapping[str, tuple[int, int]] | None = None
    for link in _find_links(document):
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
        # In a table's cell a pipe is written with a backslash.
        forms = {link.target, written, written.replace("|", "\\|")}
        found = max(raw.find(form, start) for form in forms)
        places[link.line, link.target] = found + 1
        line, column = link.line, found + 1 or 1
        if found < 0:
            defined = defined if defined is not None else _find_definitions(document)
            line, column = defined.get(written, (line, column))
        yield _Target(
            document=document,
            line=line,
            column=column,
            written=written,
            path=path,
            fragment=unquote(fragment).partition(":~:")[0],
        )


def _find_definitions(document: Document) -> Mapping[str, tuple[int, int]]:
    """Where each target of a ``[label]: target`` line is written: its line and column."""
    fenced = fenced_lines(document)
    found: dict[str, tuple[int, int]] = {}
    for number, raw in enumerate(document.lines, start=1):
        match = _DEFINITION.match(raw)
        if match and number not in fenced:
            found.setdefault(unquote(match[1]), (number, match.start(1) + 1))
    return found


def _find_links(document: Document) -> Iterator[Link]:
    for _, text in document.texts():
        yield from text.links
        if "<" in text.raw:
            yield from _find_tags(_CODE_SPAN.sub("", text.raw), text.line)
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Html):
                content = _COMMENT.sub(lambda m: "\n" * m[0].count("\n"), block.content)
                for number, raw in enumerate(content.split("\n"), start=block.line):
                    yield from _find_tags(raw, number)


def _find_tags(raw: str, line: int) -> Iterator[Link]:
    for match in _TAG_TARGET.finditer(raw[:4096]):
        target = match[2] or match[3] or match[4] or ""
        yield Link(target=target, text="", line=line, image=match[1].lower() == "img")


def paths_named(documents: tuple[Document, ...]) -> frozenset[str]:
    """Every path from the root that a rule may look up in the tree."""
    names = {
        target.path for document in documents for target in _find_targets(document) if target.path
    }
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
        for target in _find_targets(document):
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
    fenced: dict[str, dict[str, str]] = {}
    for document in project.living:
        for target in _find_targets(document):
            aim = document if target.path is None else known.get(target.path)
            fragment = _simplify_fragment(target.fragment)
            if aim is None or not fragment or not is_read(aim):
                continue
            if aim.path not in anchors:
                anchors[aim.path] = _find_anchors(aim)
            if fragment in anchors[aim.path] or _NOT_HEADING.fullmatch(fragment):
                continue
            message = f"{aim.path} has no heading for #{target.fragment}"
            if aim.path not in fenced:
                fenced[aim.path] = _find_fenced(aim)
            message += fenced[aim.path].get(fragment, "")
            yield Hit(
                place=at(document, target.line, target.column),
                message=message,
                subject=target.written,
            )


_NOT_HEADING = expression(r"top|l[0-9]+(?:c[0-9]+)?(?:-l[0-9]+(?:c[0-9]+)?)?")
_NOT_IN_FRAGMENT = expression(r"[^\w-]")
_LOOSE_HEADING = expression(r"#{1,6}[ \t]+(.*)")


def _simplify_fragment(fragment: str) -> str:
    """A fragment as it is compared: browsers and editors differ in case and in signs."""
    return _NOT_IN_FRAGMENT.sub("", fragment.lower()).removeprefix("user-content-")


def _find_fenced(document: Document) -> dict[str, str]:
    """What to say of each fragment whose heading stands in a code block: the first such one."""
    found: dict[str, str] = {}
    for fence, title in fenced_headings(document):
        said = f": “{title}” stands in the code block of line {fence.line}"
        found.setdefault(_simplify_fragment(slug(title)), said)
    return found


def _find_anchors(document: Document) -> frozenset[str]:
    names = {_simplify_fragment(section.slug) for section in document.sections if section.level}
    fenced = fenced_lines(document)
    headings = {section.line for section in document.sections}
    for number, raw in enumerate(document.lines, start=1):
        if number in fenced:
            continue
        if "<" in raw:
            for match in _TAG_NAME.finditer(_CODE_SPAN.sub("", raw[:4096])):
                names.add(_simplify_fragment(match[1] or match[2] or match[3] or ""))
        # A heading in a list or a quote divides nothing, but it can be linked to.
        loose = _LOOSE_HEADING.fullmatch(raw.lstrip(" \t>*+-.)0123456789"))
        if loose and number not in headings:
            names.add(_simplify_fragment(slug(loose[1].rstrip("# \t"))))
    return frozenset(names)


# ---------------------------------------------------------------------------- cross-references

_CEREMONY_NAME = "MILESTONES_CEREMONY.md"


@rule(
    "reference-missing",
    Severity.ERROR,
    finds="a cross-reference that the ceremony requires",
    help="Name the document with a link, in the header or under Related Documents. Where there is "
    "no roadmap yet, write it, or link to the place where it is kept.",
    ceremony="Document Relationships",
)
def reference_missing(project: Project) -> Iterator[Hit]:
    """From every document a reader finds the process, and the other half of each pair."""
    ceremony = {_CEREMONY_NAME} if project.one(Kind.CEREMONY) else set()
    roadmap = PurePosixPath(project.layout.roadmap).name
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
        said = list(_read_words(document)) if wanted or document.kind is Kind.LATEST else []
        missing = [name for name in wanted if not any(name in words for words in said)]
        if said and document.kind is Kind.LATEST and not _names_roadmap(project, document, said):
            missing.append(roadmap)
        for name in missing:
            message = f"{PurePosixPath(document.path).name} does not refer to {name}"
            if name == roadmap and project.one(Kind.ROADMAP) is None:
                message += ", and no such document was found"
            yield Hit(place=at(document, document.title_line), message=message, subject=name)


def _names_roadmap(project: Project, document: Document, said: list[str]) -> bool:
    """Whether the roadmap is named or linked; one may be kept outside of the repository."""
    roadmap = PurePosixPath(project.layout.roadmap)
    linked = [unquote(link.target) + link.text for link in _find_links(document)]
    return any(roadmap.name.lower() in words.lower() for words in said) or any(
        roadmap.stem.lower() in words.lower() for words in linked
    )


def _read_words(document: Document) -> Iterator[str]:
    """What is shown and where its links lead; what a comment names is named to nobody."""
    for entry in document.metadata:
        yield entry.value.plain
    for _, text in document.texts():
        yield text.plain
        for link in text.links:
            yield unquote(link.target)
    for link in _find_links(document):
        yield unquote(link.target)
