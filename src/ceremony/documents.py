"""Markdown text to documents with line numbers.

markdown-it-py decides what is structure, because GitHub shows what CommonMark reads: text in a
fence is never structure, and a fence that closes early swallows what follows. This module only
arranges its tokens. It answers any bytes with a document; what it could not read is in `faults`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, escape, newline
from markdown_it.token import Token

from ceremony.model import (
    Block,
    Break,
    Document,
    Fault,
    Fence,
    Field,
    Html,
    Kind,
    Link,
    ListItem,
    Paragraph,
    Row,
    Section,
    Table,
    Text,
    Version,
)

MAX_BYTES = 2 * 1024 * 1024
"""A larger file is not a document that people agree on; it is refused, not read in part."""

MAX_INLINE = 16 * 1024
"""Inline text beyond this many characters in one block is taken as plain words, with a fault that
says so: some inline syntax costs quadratic time."""

MAX_FRONT_MATTER = 64 * 1024

MAX_NESTING = 100
"""Lists and quotes in one another; a list counts twice, once for its items."""

MAX_QUOTES = 20
"""Quotes in one another: each costs time on every line of a paragraph that goes on without it."""


def read(path: str, data: bytes | str, *, kind: Kind, version: Version | None = None) -> Document:
    """Read one document.

    Bytes are decoded strictly as UTF-8. A document that is no text (NUL, bad UTF-8, over
    `MAX_BYTES`) has no sections but the preamble, and a fault that says why. Of a frozen
    document only the header is read before its sections are asked for.
    """
    text, faults = _decode(data)
    lines = tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    rest, front, front_faults = _front_matter(lines)
    body, quotes = _shallow(rest)
    head = _head(body) if kind is Kind.FROZEN else None
    sections, deep = _sections(head or body)
    return Document(
        path=path,
        kind=kind,
        version=version,
        lines=lines,
        metadata=(*front, *_metadata(sections)),
        header_end=next((b.line for s in sections for b in s.blocks if isinstance(b, Break)), None),
        reader=partial(_sections_of, lines) if head else partial(tuple, sections),
        faults=(*faults, *front_faults, *quotes, *deep),
    )


def _sections(body: Sequence[str]) -> tuple[tuple[Section, ...], tuple[Fault, ...]]:
    blocks, words = _parsers()
    env: dict[str, Any] = {}
    tokens = blocks.parse("\n".join(body), env)
    arranger = _Arranger(words, env, body)
    sections = arranger.sections(tokens)
    return sections, (*arranger.faults, *_too_deep(tokens))


def _sections_of(lines: tuple[str, ...]) -> tuple[Section, ...]:
    return _sections(_shallow(_front_matter(lines)[0])[0])[0]


_DEEP_QUOTE = re.compile(
    rf"(?:[ \t]*(?:(?:[-+*]|[0-9]{{1,9}}[.)])[ \t]+)*>){{{MAX_QUOTES + 1}}}[ \t>]*[^\s>]"
)


def _shallow(body: Sequence[str]) -> tuple[Sequence[str], tuple[Fault, ...]]:
    """The lines above the first one that stands in too many quotes; empty quotes cost nothing."""
    for index, line in enumerate(body):
        if ">" in line and _DEEP_QUOTE.match(line):
            message = f"nests quotes more than {MAX_QUOTES} deep: what follows was not read"
            return body[:index], (Fault(line=index + 1, message=message),)
    return body, ()


_HEAD_LINE = re.compile(r"(?:#\s+\S|\*\*\w)[^\[<]*(?:\[[^\[\]<]*\]\([^()<]*\)[^\[<]*)*")
_HEAD_LIMIT = 60


def _head(body: Sequence[str]) -> Sequence[str] | None:
    """The lines up to the first ``---``, where they read the same without what follows.

    That is: a title, fields and blank lines, and no link whose target stands elsewhere.
    """
    for number, line in enumerate(body[:_HEAD_LIMIT]):
        if line.rstrip() == "---" and number and not body[number - 1].strip():
            return body[: number + 1]
        if line.strip() and _HEAD_LINE.fullmatch(line) is None:
            return None
    return None


def slug(heading: str) -> str:
    """GitHub's fragment for a heading's words, before repeated ones are numbered."""
    return _NOT_SLUG.sub("", heading.strip().lower()).replace(" ", "-")


_NOT_SLUG = re.compile(r"[^\w\- ]")


def _decode(data: bytes | str) -> tuple[str, tuple[Fault, ...]]:
    if isinstance(data, bytes):
        if len(data) > MAX_BYTES:
            message = f"is larger than {MAX_BYTES // 1024} KiB, so it was not read"
            return "", (Fault(line=1, message=message),)
        data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            message = f"is not UTF-8 text: byte 0x{data[error.start]:02x} cannot be decoded"
            return "", (Fault(line=line, message=message),)
    else:
        text = data.removeprefix("\ufeff")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return "", (Fault(line=line, message="is not text: it holds a NUL character"),)
    return text, ()


_FRONT_END = re.compile(r"(?:---|\.\.\.)\s*")
_SCALAR = re.compile(r"([A-Za-z][\w -]{0,63}):(?:[ \t]+(.*))?")


def _front_matter(
    lines: tuple[str, ...],
) -> tuple[Sequence[str], tuple[Field, ...], tuple[Fault, ...]]:
    """Split off YAML front matter, which GitHub shows as a table, line numbers kept.

    Only its ``key: value`` lines are read. It is never given to a YAML loader: the documents
    are strangers' words.
    """
    if lines[0].rstrip() != "---":
        return lines, (), ()
    index = next((i for i, line in enumerate(lines[1:], 1) if _FRONT_END.fullmatch(line)), 0)
    if not index:
        return lines, (), ()
    size = sum(len(line) + 1 for line in lines[1:index])
    faults: list[Fault] = []
    if size > MAX_FRONT_MATTER:
        message = f"has front matter of more than {MAX_FRONT_MATTER // 1024} KiB: it was not read"
        faults.append(Fault(line=1, message=message))
    fields: list[Field] = []
    for number, line in enumerate(lines[1:index], start=2):
        match = None if faults else _SCALAR.fullmatch(line.rstrip())
        value = (match[2] or "") if match else ""
        if not faults and _ALIAS.search(line):
            message = "has front matter with YAML anchors or aliases: only `key: value` is read"
            faults.append(Fault(line=number, message=message))
            fields.clear()
        elif match:
            plain = value.strip("\"'")
            fields.append(Field(key=match[1], value=Text(raw=value, plain=plain, line=number)))
    blank = [""] * (index + 1)
    return [*blank, *lines[index + 1 :]], tuple(fields), tuple(faults)


_ALIAS = re.compile(r"(?:^|[\s\[{,:-])[&*][A-Za-z0-9_]+(?=[\s,\]}]|$)")


@lru_cache(maxsize=1)
def _parsers() -> tuple[MarkdownIt, MarkdownIt]:
    """One that reads blocks, and one that reads the words in them."""
    # The parser drops what follows a deeper nest: the limit must be beyond what people write.
    blocks = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["table"])
    # Inline text is read by the arranger: most of it is plain words and needs no parser.
    blocks.core.ruler.disable(["inline", "text_join"])
    # Brackets in brackets cost the limit's multiple of time: words keep the parser's own, 20.
    words = MarkdownIt("commonmark").enable(["strikethrough"])
    words.inline.ruler.at("newline", _with_place(newline, 0))
    words.inline.ruler.at("escape", _with_place(escape, 1))
    return blocks, words


def _too_deep(tokens: Iterable[Token]) -> Iterator[Fault]:
    for token in tokens:
        if token.level >= MAX_NESTING - 1 and token.type in {"blockquote_open", "list_item_open"}:
            message = f"nests lists and quotes {MAX_NESTING} deep: what follows was not read"
            yield Fault(line=_start(token), message=message)
            return


def _with_place(
    rule: Callable[[StateInline, bool], bool], offset: int
) -> Callable[[StateInline, bool], bool]:
    """The parser's rule, which also notes where in the content the line breaks.

    A code span, a comment or a link's title may hold line breaks of its own: counting the
    breaks that are left would give every line after it the wrong number.
    """

    def placed(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- the parser's call
        place = state.pos + offset
        taken = rule(state, silent)
        if taken and not silent and state.tokens and state.tokens[-1].type.endswith("break"):
            state.tokens[-1].meta["place"] = place
        return taken

    return placed


_MARKUP = re.compile(r"[\\`*_\[]|&[#\w]|~~|<[A-Za-z/!?]|  $", re.MULTILINE)
_SIMPLE = re.compile(
    r"(?:[^\\`*_\[<>&~\n]|[<&~](?![#\w/!?~]))+|`([^`\n]+)`(?!`)"
    r"|\*\*([^\W_](?:[^\\`*_\[\]<>&~\n]*[^\W_])?)\*\*(?!\*)"
)
"""What most lines are made of: plain words, code spans of one back-tick, and bold words. Such a
line is read here as CommonMark reads it; every other one by the parser."""
_FIELD = re.compile(r"\s*\*\*([^*:]{1,60}?)(?::\*\*|\*\*\s*:)\s?(.*)", re.DOTALL)
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)


class _Heading(NamedTuple):
    """A heading's token, and the content of the inline one that follows it."""

    token: Token
    content: str


class _Arranger:
    """Arranges one document's tokens into sections."""

    def __init__(self, parser: MarkdownIt, env: dict[str, Any], lines: Sequence[str]) -> None:
        self._parser = parser
        self._env = env
        self._lines = lines
        self._cache: dict[str, tuple[Text, ...]] = {}
        self.faults: list[Fault] = []

    # ---- inline

    def inline(self, content: str, line: int) -> tuple[Text, ...]:
        """The content's source lines as text, the first of them at the line given."""
        marked = _MARKUP.search(content) is not None
        if marked and len(content) > MAX_INLINE:
            size = f"{MAX_INLINE // 1024} KiB"
            message = f"has a block of text of more than {size}: links and marks in it are not read"
            self.faults.append(Fault(line=line, message=message))
            marked = False
        if not marked:
            if "\n" not in content:
                return (Text(raw=content, plain=content, line=line),)
            return tuple(
                Text(raw=raw, plain=raw, line=line + offset)
                for offset, raw in enumerate(content.split("\n"))
            )
        known = self._cache.get(content)
        if known is None:
            known = self._cache[content] = self._read_inline(content)
        return tuple(_moved(text, line) for text in known)

    def _read_inline(self, content: str) -> tuple[Text, ...]:
        """Lines numbered from 0."""
        raws = content.split("\n")
        simple = [_simple(raw, number) for number, raw in enumerate(raws)]
        if all(simple):
            return tuple(text for text in simple if text)
        children: list[Token] = []
        self._parser.inline.parse(content, self._parser, self._env, children)
        reader = _Inline(content)
        for child in children:
            reader.take(child)
        return tuple(reader.finish())

    # ---- blocks

    def sections(self, tokens: list[Token]) -> tuple[Section, ...]:
        found: list[Section] = []
        open_levels: list[int] = []
        slugs: dict[str, int] = {}
        title = Text(raw="", plain="", line=1)
        level, line, blocks = 0, 1, list[Block]()
        pending: list[tuple[int, Text, int, list[Block]]] = []
        heading: Token | None = None
        for entry in self._blocks(tokens):
            if isinstance(entry, _Heading):
                pending.append((level, title, line, blocks))
                heading, content = entry
                line = _start(heading)
                texts = self.inline(content, line)
                title = _joined(texts, line)
                level = int(heading.tag[1])
                blocks = []
            else:
                blocks.append(entry)
        pending.append((level, title, line, blocks))
        last = max(len(self._lines), 1)
        for index, (own_level, own_title, own_line, own_blocks) in enumerate(pending):
            end_line = pending[index + 1][2] - 1 if index + 1 < len(pending) else last
            while open_levels and found[open_levels[-1]].level >= own_level:
                open_levels.pop()
            parent = open_levels[-1] if open_levels else None
            base = slug(own_title.plain)
            unique = _unique(base, slugs) if own_level else ""
            found.append(
                Section(
                    index=index,
                    level=own_level,
                    title=own_title,
                    slug=unique,
                    line=own_line,
                    end_line=max(end_line, own_line),
                    parent=parent,
                    blocks=tuple(own_blocks),
                    fields=tuple(_fields(own_blocks)),
                )
            )
            if own_level:
                open_levels.append(index)
        return tuple(found)

    def _blocks(self, tokens: list[Token]) -> Iterator[Block | _Heading]:
        nest = _Nest()
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type in {"heading_open", "paragraph_open"}:
                yield self._inline_block(token, tokens[index + 1].content, nest)
                index += 2
            elif token.type == "table_open":
                end = _closing(tokens, index, "table_close")
                yield self._table(tokens[index:end])
                index = end
            elif token.type in {"fence", "code_block"}:
                yield self._fence(token)
            elif token.type == "html_block":
                start, end = token.map or [0, 1]
                yield Html(content=token.content, line=start + 1, end_line=end)
            elif token.type == "hr":
                yield Break(line=_start(token), end_line=_start(token))
            else:
                nest.take(token)
            index += 1

    def _inline_block(self, token: Token, content: str, nest: _Nest) -> Block | _Heading:
        # A heading inside a quote or a list divides nothing that the ceremony names.
        if token.type == "heading_open" and not nest.is_inside:
            return _Heading(token, content)
        fresh = nest.take_fresh_item()
        if token.type == "paragraph_open" and fresh:
            return self._item(token, content, depth=nest.depth)
        return self._paragraph(token, content, quoted=nest.is_quoted)

    def _paragraph(self, token: Token, content: str, *, quoted: bool) -> Paragraph:
        line = _start(token)
        texts = self.inline(content, line)
        return Paragraph(lines=texts, line=line, end_line=line + content.count("\n"), quoted=quoted)

    def _item(self, token: Token, content: str, *, depth: int) -> ListItem:
        line = _start(token)
        checked = None
        task = _TASK.match(content)
        if task:
            checked = task[1] != " "
            content = content[task.end() :]
        texts = self.inline(content, line)
        return ListItem(
            lines=texts,
            line=line,
            end_line=line + content.count("\n"),
            depth=depth,
            checked=checked,
        )

    def _fence(self, token: Token) -> Fence:
        start, end = token.map or [0, 1]
        content = token.content.split("\n")
        if content and content[-1] == "":
            content.pop()
        fenced = token.type == "fence"
        # A fence that never closes runs to the end: it has one line less than a closed one.
        closed = not fenced or end - start >= len(content) + 2
        return Fence(
            info=token.info.strip(),
            content=tuple(content),
            line=start + 1,
            end_line=end,
            markup=token.markup if fenced else "",
            closed=closed,
        )

    def _table(self, tokens: list[Token]) -> Table:
        rows: list[Row] = []
        cells: list[str] = []
        line = 1
        for token in tokens:
            if token.type == "tr_open":
                line, cells = _start(token), []
            elif token.type == "inline":
                cells.append(token.content)
            elif token.type == "tr_close":
                texts = tuple(_joined(self.inline(cell, line), line) for cell in cells)
                rows.append(Row(cells=texts, line=line, width=_width(self._lines[line - 1])))
        start, end = tokens[0].map or [0, 1]
        return Table(header=rows[0], rows=tuple(rows[1:]), line=start + 1, end_line=end)


class _Nest:
    """Which quotes, lists and items are open while tokens pass."""

    def __init__(self) -> None:
        self._quotes = 0
        self.depth = 0
        """How many lists are open."""
        self._fresh: list[bool] = []

    @property
    def is_quoted(self) -> bool:
        return self._quotes > 0

    @property
    def is_inside(self) -> bool:
        return self._quotes > 0 or self.depth > 0

    def take_fresh_item(self) -> bool:
        """Whether the innermost open item has had no paragraph yet; it has one from now on."""
        if not self._fresh:
            return False
        fresh, self._fresh[-1] = self._fresh[-1], False
        return fresh

    def take(self, token: Token) -> None:
        kind = token.type
        if kind == "list_item_open":
            self._fresh.append(True)
        elif kind == "list_item_close":
            self._fresh.pop()
        elif kind.startswith("blockquote"):
            self._quotes += token.nesting
        else:
            self.depth += token.nesting


class _Inline:
    """Reads one inline token stream into a text per source line."""

    def __init__(self, content: str) -> None:
        self._content = content
        self._start = self._line = 0
        self._done: list[Text] = []
        self._plain: list[str] = []
        self._codes: list[str] = []
        self._links: list[Link] = []
        self._comments: list[str] = []
        self._open: list[tuple[str, int]] = []

    def take(self, token: Token) -> None:
        kind = token.type
        if kind in {"text", "text_special"}:
            self._plain.append(token.content)
        elif kind == "code_inline":
            self._plain.append(token.content)
            self._codes.append(token.content)
        elif kind in {"softbreak", "hardbreak"}:
            self._break(token.meta["place"])
        elif kind == "link_open":
            self._open.append((str(token.attrs.get("href", "")), len(self._plain)))
        elif kind == "link_close" and self._open:
            target, start = self._open.pop()
            words = "".join(self._plain[start:])
            self._links.append(Link(target=target, text=words, line=self._line))
        elif kind == "image":
            target = str(token.attrs.get("src", ""))
            words = token.content.replace("\n", " ")
            self._plain.append(words)
            self._links.append(Link(target=target, text=words, line=self._line, image=True))
        elif kind == "html_inline":
            self._comments.extend(_COMMENT.findall(token.content))

    def _break(self, place: int) -> None:
        raw = self._content[self._start : place]
        self._done.append(
            Text(
                raw=raw,
                plain="".join(self._plain).strip(),
                line=self._line,
                codes=tuple(self._codes),
                links=tuple(self._links),
                comments=tuple(self._comments),
            )
        )
        self._plain, self._codes, self._links, self._comments = [], [], [], []
        self._start = place + 1
        self._line += raw.count("\n") + 1
        self._open = [(target, 0) for target, _ in self._open]

    def finish(self) -> list[Text]:
        self._break(len(self._content))
        return self._done


def _simple(raw: str, line: int) -> Text | None:
    """The text of a line that is only plain words, code spans and bold words; else None."""
    plain: list[str] = []
    codes: list[str] = []
    position = 0
    while position < len(raw):
        match = _SIMPLE.match(raw, position)
        if match is None:
            return None
        position = match.end()
        code, bold = match.groups()
        if code is not None:
            if code[0] == code[-1] == " " and not code.isspace():
                code = code[1:-1]
            codes.append(code)
            plain.append(code)
        else:
            plain.append(match[0] if bold is None else bold)
    if raw.endswith("  "):
        return None
    return Text(raw=raw, plain="".join(plain).strip(), line=line, codes=tuple(codes))


def _moved(text: Text, by: int) -> Text:
    links = text.links
    if links:
        links = tuple(
            Link(target=link.target, text=link.text, line=link.line + by, image=link.image)
            for link in links
        )
    return Text(
        raw=text.raw,
        plain=text.plain,
        line=text.line + by,
        codes=text.codes,
        links=links,
        comments=text.comments,
    )


def _joined(texts: tuple[Text, ...], line: int) -> Text:
    """One text of several source lines, at the first of them."""
    if len(texts) == 1:
        return texts[0]
    return Text(
        raw=" ".join(text.raw for text in texts),
        plain=" ".join(text.plain for text in texts),
        line=line,
        codes=tuple(code for text in texts for code in text.codes),
        links=tuple(link for text in texts for link in text.links),
        comments=tuple(comment for text in texts for comment in text.comments),
    )


def _start(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _closing(tokens: list[Token], index: int, kind: str) -> int:
    while tokens[index].type != kind:
        index += 1
    return index


def _unique(base: str, seen: dict[str, int]) -> str:
    """Number a repeated fragment as GitHub does: ``title``, ``title-1``, ``title-2``."""
    name = base
    while name in seen:
        seen[base] += 1
        name = f"{base}-{seen[base]}"
    seen[name] = 0
    return name


_CONTAINERS = re.compile(r"(?:\s*(?:>|[-+*]\s|[0-9]{1,9}[.)]\s))*")
"""The quotes and the items that a table stands in. No line of a table starts so by itself: it
would be an item or a quote, and the table would end before it."""


def _width(line: str) -> int:
    """The number of cells that a table's source line has: pipes divide unless escaped."""
    body = line[_CONTAINERS.match(line).end() :].strip()  # type: ignore[union-attr]
    cells = body.count("|") + 1 - (body.count("\\|") and _escaped_pipes(body))
    cells -= body.startswith("|")
    if len(body) > 1 and body.endswith("|") and not body.endswith("\\|"):
        cells -= 1
    return cells


def _escaped_pipes(line: str) -> int:
    """The number of pipes that an odd number of backslashes stands before."""
    count, escaped = 0, False
    for character in line:
        count += escaped and character == "|"
        escaped = character == "\\" and not escaped
    return count


def _fields(blocks: Iterable[Block]) -> Iterator[Field]:
    for block in blocks:
        if isinstance(block, Paragraph) and not block.quoted:
            for text in block.lines:
                entry = field_of(text)
                if entry:
                    yield entry


def field_of(text: Text) -> Field | None:
    """The ``**Key**: value`` that a line of text states, or None."""
    match = _FIELD.fullmatch(text.raw)
    if match is None:
        return None
    key, raw = match[1].strip(), match[2].strip()
    plain = text.plain.strip().removeprefix(key).lstrip().removeprefix(":").strip()
    return Field(key=key, value=text._replace(raw=raw, plain=plain))


def _metadata(sections: tuple[Section, ...]) -> Iterator[Field]:
    """Fields before the first ``---``: under the H1, or before any heading."""
    for section in sections:
        if section.level > 1:
            return
        for block in section.blocks:
            if isinstance(block, Break):
                return
            yield from _fields([block])


__all__ = [
    "MAX_BYTES",
    "MAX_FRONT_MATTER",
    "MAX_INLINE",
    "MAX_NESTING",
    "MAX_QUOTES",
    "field_of",
    "read",
    "slug",
]
