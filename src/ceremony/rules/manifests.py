"""Whether a project's own manifests carry the version that is being cut.

Pure: the bytes of a file and the key of its version become a value with its line, and the value is
held to the version asked for, in the form that the file's readers understand. The files are
strangers' words: their size and depth are bounded before anything is built from them.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from ceremony.expressions import expression
from ceremony.model import FINAL, InputError, Stage, Version

MAX_BYTES = 1024 * 1024
"""The largest manifest that is read: read one byte more, and it is refused by name."""
MAX_DEPTH = 32
"""How deep lists and mappings may be nested; also the most parts of a key."""
MAX_VERSION = 100
"""The most characters that are taken for a version."""
_MAX_WORD = 1000
_MAX_SAID = 200
_MAX_EVENTS = 20_000
_MAX_BRACKETS = 200


class Form(StrEnum):
    """How a manifest writes versions."""

    SEMVER = "semver"
    PEP440 = "pep440"


class Syntax(StrEnum):
    """What a manifest is written in."""

    JSON = "json"
    TOML = "toml"
    YAML = "yaml"


class Manifest(NamedTuple):
    """A file that must carry the version being cut."""

    path: str
    """Relative to the root, with forward slashes."""
    keys: tuple[tuple[str, ...], ...]
    """Where the version may stand, the first that holds text counts; each the parts of a key."""
    form: Form
    syntax: Syntax

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]


class Found(NamedTuple):
    """A version as a manifest states it."""

    value: str
    """A stranger's words."""
    line: int
    key: tuple[str, ...]


class Lack(NamedTuple):
    """Why a manifest that can be read states no version, and what to do about it."""

    line: int
    key: tuple[str, ...]
    message: str
    help: str


class Judgement(NamedTuple):
    """Whether one manifest carries the version."""

    path: str
    line: int
    """Of the value, or of the nearest thing that is there; 1 where nothing is."""
    key: str
    """Where the version stands or should: `package.version`."""
    found: str | None
    """What stands there, 200 characters at most, a stranger's words; None where nothing does."""
    wanted: tuple[str, ...]
    """What may stand there (see `required`), the one to write first."""
    ok: bool
    message: str
    """How it stands, one sentence without a full stop."""
    help: str
    """What to do about it; empty where it is as it should be."""
    notice: str = ""
    """What the version does to those who build from this file; empty where that is nothing."""


# ---------------------------------------------------------------------------- what is declared


class _Known(NamedTuple):
    syntax: Syntax
    form: Form
    keys: tuple[str, ...]


_CARGO = "Cargo.toml"
_PYTHON = "pyproject.toml"
_TAURI = "tauri.conf.json"
_KNOWN = {
    "package.json": _Known(Syntax.JSON, Form.SEMVER, ("version",)),
    _CARGO: _Known(Syntax.TOML, Form.SEMVER, ("package.version", "workspace.package.version")),
    _PYTHON: _Known(Syntax.TOML, Form.PEP440, ("project.version", "tool.poetry.version")),
    # Tauri 2 has it at the top, Tauri 1 in `package`.
    _TAURI: _Known(Syntax.JSON, Form.SEMVER, ("version", "package.version")),
}
_ENDINGS = {
    "json": Syntax.JSON,
    "toml": Syntax.TOML,
    "yaml": Syntax.YAML,
    "yml": Syntax.YAML,
}

PATH = expression(
    r"(?![/~])(?!.*(?:^|/)\.\.?(?:/|$))(?!.*//)[^\\\x00-\x1f\x7f:]{0,254}[^\\\x00-\x1f\x7f:/]"
)
"""The paths of manifests: below the root, without `.`, `..` and empty parts."""
KNOWN_PATH = expression(f"(?:.*/)?(?:{'|'.join(re.escape(name) for name in _KNOWN)})")
"""The paths of files whose key, form and syntax the name tells."""
PLAIN_PATH = expression(rf".*\.(?:{'|'.join(_ENDINGS)})")
"""The paths of files whose syntax the name tells."""
_PART = (
    r"(?:[^.\"'\s\x00-\x1f\x7f]{1,100}|\"[^\"\x00-\x1f\x7f]{0,100}\"|'[^'\x00-\x1f\x7f]{0,100}')"
)
KEY = expression(rf"{_PART}(?:\.{_PART}){{0,{MAX_DEPTH - 1}}}")
"""Keys: parts between dots; a part with a dot of its own, or an empty one, stands in quotes."""
_PARTS = expression(_PART)


def declared(path: str, *, key: str = "", form: str = "", syntax: str = "") -> Manifest | None:
    """The manifest that the configuration names, what it leaves out filled in by the file's name.

    All four are of a lawful form (`PATH`, `KEY`, `Form`, `Syntax`), or empty but for the path.
    None where the name tells neither the key nor the syntax that is missing.
    """
    name = path.rpartition("/")[2]
    known = _KNOWN.get(name)
    ending = name.rpartition(".")[2] if "." in name else ""
    spelled = syntax or (known.syntax if known else _ENDINGS.get(ending, ""))
    keys = (key,) if key else known.keys if known else ()
    if not spelled or not keys:
        return None
    return Manifest(
        path=path,
        keys=tuple(map(_parts, keys)),
        form=Form(form or (known.form if known else Form.SEMVER)),
        syntax=Syntax(spelled),
    )


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in _PARTS.findall(key))


def written(key: Iterable[str]) -> str:
    """A key as the configuration writes it."""
    return ".".join(part if _BARE.fullmatch(part) else f'"{part}"' for part in key)


_BARE = expression(r"[^.\"'\s]+")


# ---------------------------------------------------------------------------- the mapping


def required(version: Version, form: Form) -> tuple[str, ...]:
    """What a manifest may carry for a version, the one to write first; N is any number.

    | stage  | semver                    | PEP 440 |
    | alpha  | X.Y.Z-alpha, -alpha.N     | X.Y.ZaN |
    | beta   | X.Y.Z-beta, -beta.N       | X.Y.ZbN |
    | stable | X.Y.Z                     | X.Y.Z   |
    | patch  | X.Y.Z (of the patch)      | X.Y.Z   |

    Never `X.Y.Z-stable` or `X.Y.Z-patch`: to semver that is older than `X.Y.Z`, so that nobody
    who asks for `^X.Y.Z` would get it.
    """
    numbers = version.core
    if version.stage in FINAL:
        return (numbers,)
    if form is Form.PEP440:
        letter = version.stage[0]
        return f"{numbers}{letter}0", f"{numbers}{letter}N"
    return f"{numbers}-{version.stage}", f"{numbers}-{version.stage}.N"


def carries(text: str, version: Version, form: Form) -> bool | None:
    """Whether a manifest's text means the version; None where it is no version of the form.

    Compared as parsed: `1.0.0a0` and `1.0.0-alpha` are one version to PEP 440. Build metadata of
    semver (`1.0.0+7`) says nothing about the version; a local version of PEP 440 is another one.
    """
    if len(text) > MAX_VERSION or not text.isascii() or text != text.strip():
        return None
    return _semver(text, version) if form is Form.SEMVER else _pep440(text, version)


def _semver(text: str, version: Version) -> bool | None:
    import semver

    try:
        parsed = semver.Version.parse(text)
    except ValueError:
        return None
    if (parsed.major, parsed.minor, parsed.patch) != version.numbers:
        return False
    if version.stage in FINAL:
        return parsed.prerelease is None
    name, _, number = (parsed.prerelease or "").partition(".")
    return name == version.stage and (parsed.prerelease == name or number.isdigit())


def _pep440(text: str, version: Version) -> bool | None:
    from packaging.version import InvalidVersion
    from packaging.version import Version as Parsed

    try:
        parsed = Parsed(text)
    except InvalidVersion:
        return None
    letters = {Stage.ALPHA: "a", Stage.BETA: "b"}
    wanted = letters.get(version.stage)
    return (
        Parsed(parsed.base_version) == Parsed(version.core)
        and (parsed.pre[0] if parsed.pre else None) == wanted
        and (parsed.post, parsed.dev, parsed.local) == (None, None, None)
    )


# ---------------------------------------------------------------------------- judgement


def judge(
    version: Version, manifests: Sequence[Manifest], texts: Mapping[str, bytes | None]
) -> tuple[Judgement, ...]:
    """One judgement for every manifest, in their order; what cannot be read is not as it should be.

    `version` is the version asked for. `texts` holds the content by path, None (or nothing) where
    there is no such file; of a file beyond `MAX_BYTES` any part that is larger will do. Never
    raises: a manifest that is broken must not hide the other reasons.
    """
    return tuple(_judged(version, one, texts.get(one.path)) for one in manifests)


def _judged(version: Version, manifest: Manifest, data: bytes | None) -> Judgement:
    wanted = required(version, manifest.form)

    def unmet(line: int, key: tuple[str, ...], message: str, what_to_do: str) -> Judgement:
        return Judgement(
            path=manifest.path,
            line=line,
            key=written(key),
            found=None,
            wanted=wanted,
            ok=False,
            message=f"`{manifest.path}` {message}",
            help=what_to_do,
        )

    first = manifest.keys[0]
    if data is None:
        return unmet(1, first, "is listed under `cut.manifests` and is not there", f"Add {_OFF}")
    try:
        tree = _tree(manifest, data)
    except InputError as error:
        return unmet(error.line or 1, first, error.message, f"Mend {_OFF}")
    found = _found(manifest, tree)
    if isinstance(found, Lack):
        return unmet(found.line, found.key, found.message, found.help)
    same = carries(found.value, version, manifest.form)
    key = written(found.key)
    return Judgement(
        path=manifest.path,
        line=found.line,
        key=key,
        found=found.value[:200],
        wanted=wanted,
        ok=same is True,
        message=f"`{key}` " + _says(found.value, wanted[0], manifest.form, same=same),
        help="" if same else f"Write {' or '.join(f'`{one}`' for one in wanted)}",
        notice=_about_installers(manifest, tree, version) if same else "",
    )


_OFF = "the file, or take it out of `cut.manifests`"
_FORMS = {Form.SEMVER: "semantic version", Form.PEP440: "version of PEP 440"}


def _says(value: str, wanted: str, form: Form, *, same: bool | None) -> str:
    shown = repr(value[:60])
    if same:
        return f"is {shown}, as it must be"
    if same is None:
        return f"is {shown}, which is no {_FORMS[form]}; it must be `{wanted}`"
    if value.startswith((f"{wanted}-{Stage.STABLE}", f"{wanted}-{Stage.PATCH}")):
        return f"is {shown}, which to semver comes before `{wanted}`; it must be `{wanted}`"
    return f"is {shown}; it must be `{wanted}`"


# ---------------------------------------------------------------------------- looking up

_MISSING = object()


class _Tree(NamedTuple):
    """What a manifest says."""

    data: Any
    """Mappings, lists and text; everything else is what its syntax makes of it."""
    lines: Mapping[tuple[str, ...], int]
    """Where the wanted keys stand, and those above them, as far as they are there."""

    def at(self, key: Sequence[str]) -> Any:
        """What stands under a key; `_MISSING` for nothing, and for a null."""
        value = self.data
        for part in key:
            if isinstance(value, dict):
                value = value.get(part, _MISSING)
            elif isinstance(value, list) and _INDEX.fullmatch(part) and int(part) < len(value):
                value = value[int(part)]
            else:
                return _MISSING
        return _MISSING if value is None else value

    def line(self, key: tuple[str, ...]) -> int:
        """The line of a key, or of the nearest one above it that is there."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)


_INDEX = expression(r"0|[1-9][0-9]{0,5}")


def read(manifest: Manifest, data: bytes) -> Found | Lack:
    """The version that a manifest states, or why it states none.

    Raises InputError (file, line, what is wrong) for what is too large, too deep or not in the
    manifest's syntax, keys that stand twice included.
    """
    return _found(manifest, _tree(manifest, data))


def _found(manifest: Manifest, tree: _Tree) -> Found | Lack:
    for key in manifest.keys:
        value = tree.at(key)
        if isinstance(value, str):
            if manifest.name == _TAURI and value.endswith(".json"):
                return _elsewhere(tree.line(key), key, f"takes its version from {value[:60]!r}")
            return Found(value, tree.line(key), key)
    for key in manifest.keys:
        if tree.at(key) is not _MISSING:
            return _not_text(manifest, tree, key)
    return _nothing(manifest, tree)


def _elsewhere(line: int, key: tuple[str, ...], message: str) -> Lack:
    return Lack(line, key, message, "List that file under `cut.manifests` in place of this one")


def _not_text(manifest: Manifest, tree: _Tree, key: tuple[str, ...]) -> Lack:
    if manifest.name == _CARGO and tree.at((*key, "workspace")) is True:
        return _elsewhere(tree.line(key), key, "takes its version from the workspace's Cargo.toml")
    message = f"has something other than text as `{written(key)}`"
    return Lack(tree.line(key), key, message, "Write the version there, in quotes")


def _nothing(manifest: Manifest, tree: _Tree) -> Lack:
    first = manifest.keys[0]
    dynamic = tree.at(_DYNAMIC)
    if manifest.name == _PYTHON and isinstance(dynamic, list) and "version" in dynamic:
        return Lack(
            tree.line(_DYNAMIC),
            first,
            "leaves its version to the build (`project.dynamic`)",
            "Write `project.version`, or list the file that the build takes it from, with its key",
        )
    if manifest.name == _TAURI:
        # v2.tauri.app/reference/config, `version`.
        return _elsewhere(1, first, "has no `version`, so Tauri takes that of Cargo.toml")
    either = " nor ".join(f"`{written(key)}`" for key in manifest.keys)
    message = f"has neither {either}" if len(manifest.keys) > 1 else f"has no {either}"
    help_ = "Write the version there, or name the right key in `cut.manifests`"
    return Lack(tree.line(first), first, message, help_)


_DYNAMIC = ("project", "dynamic")


def _about_installers(manifest: Manifest, tree: _Tree, version: Version) -> str:
    # github.com/tauri-apps/tauri/pull/6096: what follows the `-` must be a number for .msi;
    # github.com/tauri-apps/tauri/pull/11388: unless the installer has a version of its own.
    if manifest.name != _TAURI or version.stage in FINAL:
        return ""
    if tree.at(("bundle", "windows", "wix", "version")) is not _MISSING:
        return ""
    return (
        "Tauri builds no .msi of a version with a word in it: give the installer a number under "
        "`bundle.windows.wix.version`, or build another kind of installer"
    )


def _tree(manifest: Manifest, data: bytes) -> _Tree:
    path = manifest.path
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise InputError(f"is larger than {limit} MiB, too large for a manifest", file=path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("is not UTF-8 text; save it as UTF-8", file=path, line=line) from None
    keys = (*manifest.keys, _DYNAMIC)
    wanted = frozenset(key[:count] for key in keys for count in range(1, len(key) + 1))
    return _READERS[manifest.syntax](text, path, wanted)


# ---------------------------------------------------------------------------- JSON

_JSON_TOKEN = expression(
    r'"(?:[^"\\]++|\\.)*"|["{}\[\],:\n]|[^\s"{}\[\],:]++', re.DOTALL
)  # possessive: a string that never ends must not be tried twice
_JSON_MARKS = frozenset({",", ":", "\n"})
_NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})


class _Open:
    """A list or a mapping that has not ended yet."""

    def __init__(self, path: tuple[str, ...], *, is_list: bool) -> None:
        self.path = path
        self.is_list = is_list
        self.names: set[str] = set()
        self.part = "0" if is_list else ""
        self.wants_key = not is_list

    def name(self, name: str) -> bool:
        """Take a key; false where it stands twice."""
        is_new = name not in self.names
        self.names.add(name)
        self.part = name
        self.wants_key = False
        return is_new

    def advance(self) -> None:
        """Go on behind a comma."""
        if self.is_list:
            self.part = str(int(self.part) + 1)
        self.wants_key = not self.is_list


class _JsonLines:
    """Finds the wanted keys' lines, and what the library's reader lets pass.

    Reads before it is known whether the text is JSON, because that reader's bound on nesting names
    no line.
    """

    def __init__(self, file: str, wanted: frozenset[tuple[str, ...]]) -> None:
        self.lines: dict[tuple[str, ...], int] = {}
        self.fault: InputError | None = None
        self._file = file
        self._wanted = wanted
        self._opened: list[_Open] = []
        self._line = 1

    def find(self, text: str) -> None:
        """Read to the end, or to a string that has none."""
        for match in _JSON_TOKEN.finditer(text):
            token = match[0]
            if token == '"':
                return
            if token in {"]", "}"}:
                del self._opened[-1:]
            elif token == "," and self._opened:
                self._opened[-1].advance()
            elif token not in _JSON_MARKS:
                self._take(token)
            self._line += token.count("\n")

    def _refuse(self, message: str) -> InputError:
        return InputError(message, file=self._file, line=self._line)

    def _take(self, token: str) -> None:
        above = self._opened[-1] if self._opened else None
        if above and above.wants_key:
            if not above.name(_json_text(token)) and not self.fault:
                self.fault = self._refuse(f"has the key {above.part[:60]!r} twice; keep one")
            return
        path = (*above.path, above.part) if above else ()
        if path in self._wanted:
            self.lines.setdefault(path, self._line)
        if token in {"[", "{"}:
            if len(self._opened) == MAX_DEPTH:
                raise self._refuse("is nested too deeply")
            self._opened.append(_Open(path, is_list=token == "["))
        elif token in _NO_NUMBERS and not self.fault:
            self.fault = self._refuse(f"is not valid JSON: {token} is no number")


def _json_text(token: str) -> str:
    if "\\" not in token:
        return token.strip('"')
    try:
        return str(json.loads(token))
    except ValueError:
        return token


def fault_line(error: json.JSONDecodeError) -> int:
    """The line on which something else is due, counted from one.

    From Python 3.13 on a trailing comma is told where it is itself.
    """
    at = error.pos
    if "trailing comma" in error.msg:
        at = len(error.doc) - len(error.doc[at + 1 :].lstrip())
    return error.doc.count("\n", 0, at) + 1


def _json(text: str, file: str, wanted: frozenset[tuple[str, ...]]) -> _Tree:
    finder = _JsonLines(file, wanted)
    finder.find(text)
    try:
        # What is a number stays one, of however many digits.
        data = json.loads(text, parse_int=float)
    except json.JSONDecodeError as error:
        line = fault_line(error)
        raise InputError(f"is not valid JSON: {error.msg}", file=file, line=line) from None
    if finder.fault:
        raise finder.fault
    return _Tree(data, finder.lines)


# ---------------------------------------------------------------------------- TOML

_BLANK = expression(r"(?:[ \t\r\n]++|#[^\n]*+)*")
_TOML_PART = expression(
    r"[ \t]*+(?:(?P<bare>[A-Za-z0-9_-]++)"
    r'|(?P<basic>"(?:[^"\\\n]++|\\.)*")'
    r"|'(?P<literal>[^'\n]*+)')[ \t]*+(?P<dot>\.?)"
)
_TOML_HEADER = expression(r"\[\[?")
_TOML_HEADER_END = expression(r"\]\]?")
_TOML_EQUALS = expression(r"=[ \t]*+")
_TOML_CLOSE = expression(r"[\]}]")
_TOML_VALUE = expression(
    r'"""(?:[^"\\]++|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']++|'(?!''))*'{3,5}"
    r'|"(?!"")(?:[^"\\\n]++|\\.)*"'
    r"|'(?!'')[^'\n]*+'"
    # A date and a time have a blank between them.
    r"|(?P<word>[^\s,\]}#\"'\[{=]++(?: [0-9:.+Zz-]++)?)",
    re.DOTALL,
)


class _NotTomlError(Exception):
    """The line finder met what TOML has not: the library's reader will say it better."""


class _TomlLines:
    """Finds the wanted keys' lines, and bounds what the library's reader doesn't.

    That reader takes time by the square of a dotted key's parts, and a frame per level.
    """

    def __init__(self, text: str, file: str, wanted: frozenset[tuple[str, ...]]) -> None:
        self.lines: dict[tuple[str, ...], int] = {}
        self._text = text
        self._file = file
        self._wanted = wanted
        self._place = 0
        self._tables: dict[tuple[str, ...], int] = {}

    def find(self) -> None:
        """Read to the end, or to the first thing that is not TOML."""
        header: tuple[str, ...] = ()
        try:
            self._take(_BLANK)
            while self._place < len(self._text):
                if self._next() == "[":
                    header = self._header()
                else:
                    self._pair(header, 0)
                self._take(_BLANK)
        except _NotTomlError:
            pass

    def _next(self) -> str:
        return self._text[self._place : self._place + 1]

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._text, self._place)
        if match is None:
            raise _NotTomlError
        self._place = match.end()
        return match

    def _line(self) -> int:
        return self._text.count("\n", 0, self._place) + 1

    def _refuse(self, message: str) -> InputError:
        return InputError(message, file=self._file, line=self._line())

    def _note(self, path: tuple[str, ...]) -> None:
        if path in self._wanted and path not in self.lines:
            self.lines[path] = self._line()

    def _header(self) -> tuple[str, ...]:
        """`[a.b]` or `[[a.b]]`: a table's path, with the place in it of each list of tables."""
        is_list = len(self._take(_TOML_HEADER)[0]) == 2
        path: tuple[str, ...] = ()
        parts = self._parts()
        for index, part in enumerate(parts):
            path = (*path, part)
            if is_list and index == len(parts) - 1:
                self._note(path)
                self._tables[path] = self._tables.get(path, -1) + 1
            if path in self._tables:
                path = (*path, str(self._tables[path]))
            self._note(path)
        self._take(_TOML_HEADER_END)
        return path

    def _parts(self) -> list[str]:
        parts: list[str] = []
        while True:
            match = self._take(_TOML_PART)
            parts.append(_toml_part(match))
            if len(parts) > MAX_DEPTH:
                raise self._refuse("has a key of too many parts")
            if not match["dot"]:
                return parts

    def _pair(self, above: tuple[str, ...], depth: int) -> None:
        path = above
        for part in self._parts():
            path = (*path, part)
            self._note(path)
        self._take(_TOML_EQUALS)
        self._value(path, depth)

    def _value(self, path: tuple[str, ...], depth: int) -> None:
        self._note(path)
        opening = self._next()
        if opening not in {"[", "{"}:
            if len(self._take(_TOML_VALUE)["word"] or "") > _MAX_WORD:
                raise self._refuse(f"has a value of more than {_MAX_WORD:,} characters")
            return
        if depth == MAX_DEPTH:
            raise self._refuse("is nested too deeply")
        self._place += 1
        index = 0
        self._take(_BLANK)
        while self._next() not in {"]", "}"}:
            if opening == "[":
                self._value((*path, str(index)), depth + 1)
            else:
                self._pair(path, depth + 1)
            index += 1
            self._take(_BLANK)
            if self._next() == ",":
                self._place += 1
                self._take(_BLANK)
            elif self._next() not in {"]", "}"}:
                raise _NotTomlError
        self._take(_TOML_CLOSE)


def _toml_part(match: re.Match[str]) -> str:
    if match["basic"] is None:
        return str(match["bare"] or match["literal"] or "")
    if "\\" not in match["basic"]:
        return str(match["basic"][1:-1])
    try:
        return str(tomllib.loads(f"key = {match['basic']}")["key"])
    except tomllib.TOMLDecodeError:
        raise _NotTomlError from None


_AT_LINE = expression(r" \(at (?:line ([0-9]+), column [0-9]+|end of document)\)\Z")


def _toml(text: str, file: str, wanted: frozenset[tuple[str, ...]]) -> _Tree:
    finder = _TomlLines(text, file, wanted)
    finder.find()
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOML's own error is a ValueError
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at and at[1] else text.count("\n") + 1
        said = _AT_LINE.sub("", str(error))[:_MAX_SAID]
        raise InputError(f"is not valid TOML: {said}", file=file, line=line) from None
    return _Tree(data, finder.lines)


# ---------------------------------------------------------------------------- YAML


class _Composer:
    """Builds what the events say, with bounds and without what YAML adds to plain trees."""

    def __init__(self, text: str, file: str, wanted: frozenset[tuple[str, ...]]) -> None:
        self.lines: dict[tuple[str, ...], int] = {}
        self.root: Any = None
        self._text = text
        self._file = file
        self._wanted = wanted
        self._count = 0
        self._documents = 0
        self._opened: list[_Collection] = []

    def take(self, event: Any, resolve: Callable[[Any], str]) -> None:
        """Take the next event; `resolve` gives a scalar's tag."""
        kind = type(event).__name__.removesuffix("Event")
        self._count += 1
        if self._count > _MAX_EVENTS:
            raise self._refuse(event, "holds too much for a manifest")
        if kind == "Alias":
            raise self._refuse(event, "has an alias, which is not read here; write the value out")
        if kind == "Scalar":
            self._put(event, _scalar(event, resolve), event.value)
        elif kind in {"MappingStart", "SequenceStart"}:
            held: dict[Any, Any] | list[Any] = {} if kind == "MappingStart" else []
            path = self._put(event, held, object())
            if len(self._opened) == MAX_DEPTH:
                raise self._refuse(event, "is nested too deeply")
            self._opened.append(_Collection(path, held, event.start_mark))
        elif kind in {"MappingEnd", "SequenceEnd"}:
            self._opened.pop()
        elif kind == "DocumentStart":
            self._documents += 1
            if self._documents > 1:
                raise self._refuse(event, "holds a second YAML document; keep one")

    def _refuse(self, event: Any, message: str) -> InputError:
        return InputError(message, file=self._file, line=_row(self._text, event.start_mark))

    def _put(self, event: Any, value: Any, name: object) -> tuple[str, ...]:
        """Put a value where it belongs, or take its name for the key of the next; its path.

        A list or a mapping as a key has a name that no other key has, and no place.
        """
        if not self._opened:
            self.root = value
            return ()
        above = self._opened[-1]
        # YAML puts what isn't there after the line where it is missing.
        mark = above.mark if name == "" and value is None else event.start_mark
        if isinstance(above.held, list):
            above.held.append(value)
            path = (*above.path, str(len(above.held) - 1))
        elif above.key is _MISSING:
            if name in above.held:
                raise self._refuse(event, f"has the key {str(name)[:60]!r} twice; keep one")
            above.key, above.mark = name, mark
            return _NOWHERE
        else:
            above.held[above.key] = value
            path = (*above.path, str(above.key))
            above.key = _MISSING
        if path in self._wanted:
            self.lines[path] = _row(self._text, mark)
        return path


class _Collection:
    """A list or a mapping that has not ended yet."""

    def __init__(self, path: tuple[str, ...], held: dict[Any, Any] | list[Any], mark: Any) -> None:
        self.path = path
        self.held = held
        self.mark = mark
        """Where the last key is, before the first one and in a list where it starts."""
        self.key: object = _MISSING


def _row(text: str, mark: Any) -> int:
    """A mark's line as everybody else counts: to YAML a lone carriage return ends one, too."""
    return text.count("\n", 0, mark.index) + 1


_NOWHERE = ("\0",)
_TAG = "tag:yaml.org,2002:"


def _scalar(event: Any, resolve: Callable[[Any], str]) -> Any:
    """Text as text, a null as None, and of everything else only that it is there."""
    tag = event.tag or resolve(event)
    if tag == f"{_TAG}str":
        return str(event.value)
    return None if tag == f"{_TAG}null" else _OTHER


_OTHER = object()


def _yaml(text: str, file: str, wanted: frozenset[tuple[str, ...]]) -> _Tree:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.nodes import ScalarNode

    for number, words in enumerate(text.split("\n"), 1):
        # Each that is open costs the scanner time for every word of its line.
        if words.count("[") + words.count("{") > _MAX_BRACKETS:
            message = f"has a line of more than {_MAX_BRACKETS} brackets"
            raise InputError(message, file=file, line=number)
    reader = YAML(typ="safe", pure=True)
    composer = _Composer(text, file, wanted)

    def resolve(event: Any) -> str:
        return str(reader.resolver.resolve(ScalarNode, event.value, event.implicit))

    try:
        for event in reader.parse(text):
            composer.take(event, resolve)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = _row(text, mark) if mark else 1
        said = str(error.problem or error.context)
        raise InputError(f"is not valid YAML: {said[:_MAX_SAID]}", file=file, line=line) from None
    except (YAMLError, LookupError, ArithmeticError, ValueError) as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        said = str(error).partition("\n")[0]
        raise InputError(f"is not valid YAML: {said[:_MAX_SAID]}", file=file, line=line) from None
    return _Tree(composer.root, composer.lines)


_READERS = {Syntax.JSON: _json, Syntax.TOML: _toml, Syntax.YAML: _yaml}
