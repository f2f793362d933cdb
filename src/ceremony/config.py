"""`.github/ceremony.yml` to a `Config`, with errors that name the line and the valid choices.

One declaration (`_SCHEMA`) both reads the file and generates the JSON Schema for editors, so the
two cannot disagree. The file is a stranger's words like every other: its size, depth and aliases
are bounded before anything is built from it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ceremony.choices import MANY, meant
from ceremony.expressions import expression
from ceremony.model import InputError, Severity
from ceremony.rules.audit import RULES
from ceremony.rules.audit.registry import Layout
from ceremony.rules.proof import Hold, Promotion, Required
from ceremony.rules.refs import BRANCH, oddity

if TYPE_CHECKING:
    from ceremony.rules.channels import GivenRow, Row
    from ceremony.rules.globs import Glob, Wanted
    from ceremony.rules.manifests import Manifest
    from ceremony.rules.retention import Retention

DEFAULT_PATH = ".github/ceremony.yml"
MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_BRACKETS = 200
"""How many lists and mappings may stand in brackets: each that is open costs the scanner time for
every word that follows."""
WORKFLOW = expression(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,98}\.ya?ml")
"""The file names of workflows that may be dispatched."""
SCHEMA_ID = "https://raw.githubusercontent.com/spiritstream/ceremony/v1/docs/ceremony.schema.json"


class Cutting(NamedTuple):
    """What a project says about cut; the inputs of the action may say otherwise."""

    manifests: tuple[Manifest, ...] = ()
    """Files that must carry the version being cut."""
    dispatch: tuple[str, ...] = ()
    """File names of the workflows to start on the new branch, each once."""
    maintainer_approvals: bool = False
    """Whether maintainers that the document names must approve the cut's pull request."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """What a project decides for itself; without a file the ceremony's own tables hold."""

    home: str | None = None
    """The folder that holds the documents; None where the usual places are searched."""
    extra: tuple[str, ...] = ()
    """Further documents to audit, by path."""
    ignore: tuple[str, ...] = ()
    """Patterns of documents that are not audited."""
    layout: Layout = field(default_factory=Layout)
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """Configured weights by rule; None turns a rule off."""
    options: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Configured options by rule and option."""
    promotion: Promotion = field(default_factory=Promotion)
    cut: Cutting = field(default_factory=Cutting)
    rows: tuple[GivenRow, ...] = ()
    """What the file says about artifacts, in its order; `channels` is the whole table."""

    @cached_property
    def channels(self) -> tuple[Row, ...]:
        """What is published from where: the file's rows, then the ceremony's own that are left."""
        whole: tuple[Row, ...] = _channels().table(self.rows, self.layout.latest_branch)
        return whole


def read(data: bytes, *, path: str = DEFAULT_PATH) -> Config:
    """Read a configuration.

    Raises InputError (file, line, what is wrong, the valid choices) for anything that is not
    declared: nothing is guessed and nothing is ignored.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES // 1024} KiB; make it smaller", file=path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("is not UTF-8 text; save it as UTF-8", file=path, line=line) from None
    root = _compose(text, path)
    values = {} if root is None else _SCHEMA.read(root, _Where(path, ""))
    return _config(values)


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_ID,
        "title": "The milestone governance ceremony's configuration",
        **_SCHEMA.schema(),
    }


def _config(values: Mapping[str, Any]) -> Config:
    documents = values.get("documents", {})
    branches = values.get("branches", {})
    given: dict[str, Any] = {
        "roadmap": documents.get("roadmap"),
        "required": documents.get("required"),
        "main_branch": branches.get("main"),
        "latest_branch": branches.get("latest"),
    }
    severities: dict[str, Severity | None] = {}
    options: dict[tuple[str, str], int] = {}
    for name, setting in values.get("rules", {}).items():
        for key, value in setting.items():
            if key == "severity":
                severities[name] = value
            else:
                options[name, key] = value
    return Config(
        home=documents.get("home"),
        extra=documents.get("extra", ()),
        ignore=documents.get("ignore", ()),
        layout=Layout(**{key: value for key, value in given.items() if value is not None}),
        severities=severities,
        options=options,
        promotion=_promotion(values["promote"]) if "promote" in values else Promotion(),
        cut=_cutting(values["cut"]) if "cut" in values else Cutting(),
        rows=branches.get("rows", ()),
    )


def _promotion(values: Mapping[str, Any]) -> Promotion:
    return Promotion(
        required=tuple(Required(**entry) for entry in values.get("required-checks", ())),
        allow_neutral=values.get("allow-neutral", ()),
        allow_skipped=values.get("allow-skipped", ()),
        merge_group=values.get("merge-group", False),
        holds=tuple(Hold(**entry) for entry in values.get("holds", ())),
    )


def _cutting(values: Mapping[str, Any]) -> Cutting:
    return Cutting(
        manifests=values.get("manifests", ()),
        dispatch=tuple(dict.fromkeys(values.get("dispatch", ()))),
        maintainer_approvals=values.get("maintainer-approvals", False),
    )


# ---------------------------------------------------------------------------- the declaration


class _Where(NamedTuple):
    """The file and the keys above a value, for messages."""

    path: str
    keys: str

    def below(self, key: str) -> _Where:
        return _Where(self.path, f"{self.keys}.{key}" if self.keys else key)

    def error(self, node: Any, message: str) -> InputError:
        prefix = f"`{self.keys}` " if self.keys else ""
        return InputError(prefix + message, file=self.path, line=int(node.start_mark.line) + 1)


class _Kind(NamedTuple):
    """One kind of value: how it is read and how the schema says it."""

    read: Callable[[Any, _Where], Any]
    schema: Callable[[], dict[str, Any]]


def _scalar(node: Any, where: _Where, wanted: str) -> str:
    if type(node).__name__ != "ScalarNode":
        raise where.error(node, f"must be {wanted}, not a list or a mapping")
    return str(node.value)


def _plain_string(node: Any, where: _Where, wanted: str) -> str:
    value = _scalar(node, where, wanted)
    if not node.tag.endswith(":str"):
        raise where.error(node, f"must be {wanted}; write it in quotes: {value[:60]!r}")
    return value


_PATH = expression(r"(?![/~])(?!.*(?:^|/)\.\.(?:/|$))[^\\\x00-\x1f\x7f:]{1,255}")


def _path(node: Any, where: _Where) -> str:
    value = _plain_string(node, where, "a path")
    if _PATH.fullmatch(value) is None:
        raise where.error(
            node, f"must be a path below the root, with forward slashes and no `..`: {value[:60]!r}"
        )
    parts = [part for part in value.split("/") if part not in {"", "."}]
    return "/".join(parts)


def _branch(node: Any, where: _Where) -> str:
    value = _plain_string(node, where, "a branch name")
    if BRANCH.fullmatch(value) is None:
        odd = f" {oddity(value)}".rstrip()
        raise where.error(node, f"must be a branch name, such as `main`: {value[:60]!r}{odd}")
    return value


_FILE = expression(r"[^/\\\x00-\x1f\x7f:]{1,120}\.md")


def _file(node: Any, where: _Where) -> str:
    value = _plain_string(node, where, "a document's file name")
    if _FILE.fullmatch(value) is None:
        raise where.error(node, f"must be the file name of a document (`*.md`): {value[:60]!r}")
    return value


def _severity(node: Any, where: _Where) -> Severity | None:
    choices = [*(severity.value for severity in Severity), "off"]
    value = _scalar(node, where, "one of " + ", ".join(choices))
    if value not in choices:
        raise where.error(node, f"must be one of {', '.join(choices)}; it is {value[:60]!r}")
    return None if value == "off" else Severity(value)


def _whole(node: Any, where: _Where) -> int:
    value = _scalar(node, where, "a whole number")
    if not node.tag.endswith(":int") or re.fullmatch(r"[0-9]{1,6}", value) is None:
        raise where.error(node, f"must be a whole number from 0 to 999999; it is {value[:60]!r}")
    return int(value)


_LINE = expression(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,198}[^\s\x00-\x1f\x7f])?")


def _line(node: Any, where: _Where, wanted: str) -> str:
    value = _plain_string(node, where, wanted)
    if _LINE.fullmatch(value) is None:
        raise where.error(
            node,
            f"must be {wanted}, one line of at most 200 characters without blanks at its ends: "
            f"{value[:60]!r}",
        )
    return value


def _check(node: Any, where: _Where) -> str:
    return _line(node, where, "a check's name or a pattern of names")


def _text(node: Any, where: _Where) -> str:
    return _line(node, where, "text")


_APP = expression(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?:\[bot\])?")


def _app(node: Any, where: _Where) -> str:
    # An app's id is a number, and a number is what YAML takes it for.
    value = _scalar(node, where, "an app's slug or id, or a login")
    if not node.tag.endswith((":str", ":int")) or _APP.fullmatch(value) is None:
        raise where.error(
            node,
            "must be an app's slug or id, or the login that reports the status, such as "
            f"`github-actions`; it is {value[:60]!r}",
        )
    return value


_DAY = expression(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")


def _day(node: Any, where: _Where) -> dt.date:
    value = _scalar(node, where, "a day, YYYY-MM-DD")
    try:
        if _DAY.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise where.error(node, f"must be a day of the calendar, YYYY-MM-DD; it is {value[:60]!r}")


_COMMIT = expression(r"[0-9A-Fa-f]{7,40}")


def _commit(node: Any, where: _Where) -> str:
    # Seven digits, or an `e` among them, are a number to YAML and a commit all the same.
    value = _scalar(node, where, "a commit")
    if _COMMIT.fullmatch(value) is None:
        raise where.error(
            node, f"must be a commit, 7 to 40 hexadecimal digits; it is {value[:60]!r}"
        )
    return value.lower()


def _workflow(node: Any, where: _Where) -> str:
    value = _plain_string(node, where, "a workflow's file name")
    if WORKFLOW.fullmatch(value) is None:
        raise where.error(
            node,
            "must be the file name of a workflow in .github/workflows, such as `ci.yml`: "
            f"{value[:60]!r}",
        )
    return value


def _truth(node: Any, where: _Where) -> bool:
    value = _scalar(node, where, "true or false")
    if not node.tag.endswith(":bool") or value not in {"true", "false"}:
        raise where.error(node, f"must be true or false; it is {value[:60]!r}")
    return value == "true"


def _string_schema(pattern: re.Pattern[str]) -> Callable[[], dict[str, Any]]:
    return lambda: {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}


_PATH_KIND = _Kind(_path, _string_schema(_PATH))
_BRANCH_KIND = _Kind(_branch, _string_schema(BRANCH))
_FILE_KIND = _Kind(_file, _string_schema(_FILE))
_SEVERITY_KIND = _Kind(_severity, lambda: {"enum": ["error", "warning", "note", "off"]})
_WHOLE_KIND = _Kind(_whole, lambda: {"type": "integer", "minimum": 0, "maximum": 999999})


_CHECK_KIND = _Kind(_check, _string_schema(_LINE))
_APP_KIND = _Kind(
    _app, lambda: {"anyOf": [_string_schema(_APP)(), {"type": "integer", "minimum": 0}]}
)
_TEXT_KIND = _Kind(_text, _string_schema(_LINE))
_DAY_KIND = _Kind(_day, lambda: {**_string_schema(_DAY)(), "format": "date"})
_COMMIT_KIND = _Kind(
    _commit, lambda: {"anyOf": [_string_schema(_COMMIT)(), {"type": "number", "minimum": 0}]}
)
_WORKFLOW_KIND = _Kind(_workflow, _string_schema(WORKFLOW))
_TRUTH_KIND = _Kind(_truth, lambda: {"type": "boolean"})


def _list_of(kind: _Kind) -> _Kind:
    def read_list(node: Any, where: _Where) -> tuple[Any, ...]:
        if type(node).__name__ != "SequenceNode":
            is_one = type(node).__name__ == "ScalarNode" and 0 < len(node.value) <= 60
            hint = f": write `[{node.value}]`" if is_one and node.style is None else ""
            raise where.error(node, f"must be a list{hint}")
        return tuple(kind.read(item, where) for item in node.value)

    return _Kind(read_list, lambda: {"type": "array", "items": kind.schema()})


def _mapping(
    entries: Callable[[], Mapping[str, tuple[_Kind, str]]],
    what: str,
    *,
    needed: tuple[str, ...] = (),
) -> _Kind:
    """A mapping of declared keys; `what` names a key in messages (key, rule, option).

    One that needs keys cannot be left empty.
    """

    def read_mapping(node: Any, where: _Where) -> dict[str, Any]:
        known = entries()
        if type(node).__name__ != "MappingNode":
            if node.tag.endswith(":null") and not needed:
                return {}
            raise where.error(node, f"must be a mapping of {what}s: {_choices(known)}")
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if type(key_node).__name__ == "ScalarNode" else ""
            if key not in known:
                has = "has no" if where.keys else "there is no"
                near = meant(key[:60], known, listed="docs/rules" if what == "rule" else "")
                raise where.error(key_node, f"{has} {what} {key[:60]!r}{near}")
            if key in values:
                raise where.error(key_node, f"has {what} {key!r} twice; keep one")
            if type(value_node).__name__ == "ScalarNode" and not value_node.value:
                # YAML puts what isn't there after the line where it is missing.
                value_node.start_mark = key_node.start_mark
            values[key] = known[key][0].read(value_node, where.below(key))
        lacking = [key for key in needed if key not in values]
        if lacking:
            raise where.error(node, f"lacks the {what} `{lacking[0]}`; valid: {_choices(known)}")
        return values

    def mapping_schema() -> dict[str, Any]:
        return {
            **({"type": "object", "required": [*needed]} if needed else _OPTIONAL),
            "additionalProperties": False,
            "properties": {
                key: {"description": text, **kind.schema()}
                for key, (kind, text) in entries().items()
            },
        }

    return _Kind(read_mapping, mapping_schema)


_OPTIONAL = {"type": ["object", "null"]}


def _choices(known: Mapping[str, object]) -> str:
    if len(known) > MANY:  # only of rules are there so many
        return f"{', '.join([*known][:3])} and others; docs/rules lists all"
    return ", ".join(known)


def _rule_kind(name: str) -> _Kind:
    """A rule's setting: a weight alone, or a mapping of its weight and options."""
    rule = RULES[name]
    full = _mapping(
        lambda: {
            "severity": (_SEVERITY_KIND, "The weight of its findings, or off."),
            **{option: (_WHOLE_KIND, declared.help) for option, declared in rule.options.items()},
        },
        "option",
    )

    def read_rule(node: Any, where: _Where) -> dict[str, Any]:
        if type(node).__name__ == "ScalarNode" and not node.tag.endswith(":null"):
            return {"severity": _severity(node, where)}
        values: dict[str, Any] = full.read(node, where)
        return values

    return _Kind(read_rule, lambda: {"anyOf": [_SEVERITY_KIND.schema(), full.schema()]})


_DOCUMENTS = _mapping(
    lambda: {
        "home": (_PATH_KIND, "The folder that holds the governance documents."),
        "roadmap": (_PATH_KIND, "The roadmap's path."),
        "required": (_list_of(_FILE_KIND), "File names of the documents that must exist."),
        "extra": (_list_of(_PATH_KIND), "Further documents to audit, by path."),
        "ignore": (_list_of(_PATH_KIND), "Patterns of documents that are not audited."),
    },
    "key",
)


def _channels() -> Any:
    from ceremony.rules import channels  # noqa: PLC0415 -- an audit does not need it

    return channels


def _globs() -> Any:
    from ceremony.rules import globs  # noqa: PLC0415 -- an audit does not need it

    return globs


def _retentions() -> Any:
    from ceremony.rules import retention  # noqa: PLC0415 -- an audit does not need it

    return retention


def _lawful(node: Any, where: _Where, check: Callable[..., Any], *values: Any, **more: Any) -> Any:
    """What a rule makes of a value; its ValueError becomes the error of that line."""
    try:
        return check(*values, **more)
    except ValueError as error:
        raise where.error(node, str(error)) from None


def _glob(node: Any, where: _Where) -> Glob:
    value = _plain_string(node, where, "a pattern of files")
    try:
        found: Glob = _globs().parse(value)
    except ValueError as error:
        raise where.error(node, f"has {value[:60]!r}, which {error}") from None
    return found


def _channel(node: Any, where: _Where) -> str:
    value = _plain_string(node, where, "a channel's name")
    found: str = _lawful(node, where, _channels().channel, value)
    return found


def _retention(node: Any, where: _Where) -> Retention:
    # A number alone is one to YAML; what it lacks is better said than its quotes.
    value = _scalar(node, where, "how long to keep a release, such as `30 days`")
    found: Retention = _lawful(node, where, _retentions().parse, value)
    return found


def _one_of(words: Callable[[], Iterable[str]]) -> _Kind:
    def read_one(node: Any, where: _Where) -> str:
        choices = ", ".join(words())
        value = _scalar(node, where, f"one of {choices}")
        if value not in words():
            raise where.error(node, f"must be one of {choices}; it is {value[:60]!r}")
        return value

    return _Kind(read_one, lambda: {"enum": [*words()]})


# Which patterns are lawful takes more than an expression: the reader knows.
_GLOB_KIND = _Kind(_glob, _string_schema(expression(r"[^\x00-\x1f\x7f]{1,1000}")))

_WANTED = _mapping(
    lambda: {
        "glob": (_GLOB_KIND, "The pattern; behind `!` it excludes what it matches."),
        "if-no-files-found": (
            _one_of(lambda: [choice.value for choice in _globs().Missing]),
            "What becomes of it where nothing matches; without it, an error.",
        ),
    },
    "key",
    needed=("glob",),
)


def _wanted(node: Any, where: _Where) -> Wanted:
    """A pattern of files: alone, or a mapping of it and what becomes of it without files."""
    if type(node).__name__ != "ScalarNode":
        values: dict[str, Any] = _WANTED.read(node, where)
    else:
        values = {"glob": _glob(node, where)}
    glob: Glob = values["glob"]
    if glob.negated and "if-no-files-found" in values:
        raise where.error(
            node, f"has `if-no-files-found` of {glob.text[:60]!r}, which only excludes; take it out"
        )
    missing = values.get("if-no-files-found")
    found: Wanted = _globs().Wanted(glob, _globs().Missing(missing) if missing else None)
    return found


_WANTED_LIST = _list_of(
    _Kind(_wanted, lambda: {"anyOf": [_GLOB_KIND.schema(), _WANTED.schema()]}),
)


def _artifacts(node: Any, where: _Where) -> tuple[Wanted, ...]:
    values: tuple[Wanted, ...] = _WANTED_LIST.read(node, where)
    if all(each.glob.negated for each in values):
        raise where.error(node, "must have a pattern that finds something, such as `*.deb`")
    return values


_ROW = _mapping(
    lambda: {
        "artifacts": (
            _Kind(_artifacts, lambda: {**_WANTED_LIST.schema(), "minItems": 1}),
            "The files to publish, by patterns; a later one wins over those before it.",
        ),
        "channel": (
            _Kind(_channel, _string_schema(_channels().CHANNEL)),
            "Where users find what is published.",
        ),
        "retention": (
            _Kind(_retention, _string_schema(_retentions().FORM)),
            "How long it is kept: a number of days, weeks or years, or indefinite.",
        ),
    },
    "key",
)


def _latest(node: Any, where: _Where) -> Any:
    """The branch's name, or the row of the branch that is called latest."""
    if type(node).__name__ == "SequenceNode":
        wanted = ", ".join(_ROW.schema()["properties"])
        raise where.error(node, f"must be a branch name, or a mapping of {wanted}; it is a list")
    is_row = type(node).__name__ == "MappingNode" or node.tag.endswith(":null")
    return _ROW.read(node, where) if is_row else _branch(node, where)


_LATEST_KIND = _Kind(_latest, lambda: {"anyOf": [_BRANCH_KIND.schema(), _ROW.schema()]})
_BRANCH_NAMES = {
    "main": (_BRANCH_KIND, "The branch of development intake."),
    "latest": (_LATEST_KIND, "The branch that promotion moves; or what is published from it."),
}


def _branches(node: Any, where: _Where) -> dict[str, Any]:
    """The names of two branches, and the rows of the table of artifacts."""
    nodes = {
        str(key.value): (key, value)
        for key, value in (node.value if type(node).__name__ == "MappingNode" else ())
        if type(key).__name__ == "ScalarNode"
    }
    usual = Layout()
    main = str(nodes["main"][1].value) if "main" in nodes else usual.main_branch
    for key, (key_node, value) in nodes.items():
        if key in _BRANCH_NAMES:
            continue
        if type(value).__name__ == "ScalarNode" and value.value:
            raise where.error(
                key_node,
                f"has no key {key[:60]!r}{meant(key[:60], _BRANCH_NAMES)}, and patterns of "
                f"branches with a mapping of {', '.join(_ROW.schema()['properties'])}",
            )
        # Before its values are read: their errors name it.
        _lawful(key_node, where, _channels().pattern, key, main=main)
    values: dict[str, Any] = _mapping(
        lambda: {**dict.fromkeys(nodes, (_ROW, "")), **_BRANCH_NAMES}, "key"
    ).read(node, where)
    found = {key: value for key, value in values.items() if isinstance(value, str)}
    latest = found.get("latest", usual.latest_branch)
    if main == latest:
        raise where.error(
            [nodes[key][1] for key in nodes if key in found][-1],
            f"names one branch twice: main and latest are both {main[:60]!r}; they must differ",
        )
    given = {key: nodes[key] for key in values if key not in found}
    rows = _rows({key: values[key] for key in given}, given, (main, latest), where)
    return {**found, "rows": rows}


def _rows(
    values: Mapping[str, Mapping[str, Any]],
    nodes: Mapping[str, tuple[Any, Any]],
    names: tuple[str, str],
    where: _Where,
) -> tuple[GivenRow, ...]:
    """The rows of the table in their order; `names` are those of main and latest."""
    if not values:
        return ()
    channels = _channels()
    rows = tuple(channels.GivenRow(key, **value) for key, value in values.items())
    taken = [*names, *channels.branches(rows)]
    for place, row in enumerate(rows):
        key, value = nodes[row.pattern]
        below = where.below(row.pattern)
        _lawful(key, below, channels.reached, row, rows[:place])
        if row.channel:
            node = _channel_node(value)
            _lawful(node, below.below("channel"), channels.channel, row.channel, taken)
        _lawful(key, below, channels.completed, row, names[1])
    table = channels.table(rows, names[1])
    for row in rows:
        if row.channel:
            node = _channel_node(nodes[row.pattern][1])
            below = where.below(row.pattern).below("channel")
            _lawful(node, below, channels.unshared, row.channel, row, table)
    return rows


def _channel_node(row: Any) -> Any:
    return next(each for name, each in row.value if name.value == "channel")


def _branches_schema() -> dict[str, Any]:
    names = {
        key: {"description": text, **kind.schema()} for key, (kind, text) in _BRANCH_NAMES.items()
    }
    return {
        **_OPTIONAL,
        "properties": names,
        "propertyNames": _string_schema(_channels().PATTERN)(),
        "additionalProperties": _ROW.schema(),
        # A row that isn't the ceremony's own must be whole. Where latest has another name, one of
        # the rows may be its, and a schema can't tell which.
        "if": {"not": {"required": ["latest"], "properties": {"latest": {"type": "string"}}}},
        "then": {
            "properties": dict.fromkeys([*names, *_channels().STAGED], True),
            "additionalProperties": {"type": "object", "required": ["channel", "retention"]},
        },
    }


_BRANCHES = _Kind(_branches, _branches_schema)

_REQUIRED = _mapping(
    lambda: {
        "name": (_CHECK_KIND, "The check's name, or a pattern of names."),
        "app": (_APP_KIND, "Who must report it: an app's slug or id, or a login."),
    },
    "key",
    needed=("name",),
)


def _required(node: Any, where: _Where) -> dict[str, str]:
    """A required check: its name alone, or a mapping of name and app."""
    if type(node).__name__ != "ScalarNode":
        values: dict[str, str] = _REQUIRED.read(node, where)
        return values
    name = _check(node, where)
    if " @ " in name:
        # The action's input divides name and app so; here it would be a name that nothing has.
        raise where.error(
            node, f"must be a name alone, or a mapping of `name` and `app`: {name[:60]!r}"
        )
    return {"name": name}


_REQUIRED_KIND = _Kind(
    _required,
    lambda: {
        "anyOf": [
            {"type": "string", "pattern": f"^(?!.* @ )(?:{_LINE.pattern})$"},
            _REQUIRED.schema(),
        ]
    },
)

_HOLD = _mapping(
    lambda: {
        "by": (_TEXT_KIND, "Who holds."),
        "reason": (_TEXT_KIND, "Why, for those who read the summary."),
        "until": (_DAY_KIND, "The last day of the hold, in UTC; without it, until taken out."),
        "since": (
            _COMMIT_KIND,
            "The commit from which on nothing is promoted; without it, nothing at all.",
        ),
    },
    "key",
    needed=("by", "reason"),
)

_PROMOTE = _mapping(
    lambda: {
        "required-checks": (
            _list_of(_REQUIRED_KIND),
            "What must have succeeded; without it, everything that a push ran, and every status.",
        ),
        "allow-skipped": (_list_of(_CHECK_KIND), "Checks that may be skipped."),
        "allow-neutral": (_list_of(_CHECK_KIND), "Checks that may end neutral."),
        "merge-group": (_TRUTH_KIND, "Whether the merge queue's runs count as those of a push."),
        "holds": (_list_of(_HOLD), "What keeps latest where it is, by whom and why."),
    },
    "key",
)


def _manifests() -> Any:
    from ceremony.rules import manifests  # noqa: PLC0415 -- an audit does not need it

    return manifests


def _manifest_path(node: Any, where: _Where) -> str:
    value = _plain_string(node, where, "a path")
    if _manifests().PATH.fullmatch(value) is None:
        raise where.error(
            node,
            "must be a file's path below the root, with forward slashes, without `.` and `..`: "
            f"{value[:60]!r}",
        )
    return value


def _key(node: Any, where: _Where) -> str:
    value = _plain_string(node, where, "a key")
    if _manifests().KEY.fullmatch(value) is None:
        raise where.error(
            node,
            "must be the parts of a key between dots, such as `package.version`, one with a dot "
            f"of its own in quotes: {value[:60]!r}",
        )
    return value


_MANIFEST = _mapping(
    lambda: {
        "path": (
            _Kind(_manifest_path, _string_schema(_manifests().PATH)),
            "The file, from the root.",
        ),
        "key": (
            _Kind(_key, _string_schema(_manifests().KEY)),
            "Where the version stands: the parts of the key between dots.",
        ),
        "form": (
            _one_of(lambda: [form.value for form in _manifests().Form]),
            "How the file writes versions.",
        ),
        "syntax": (
            _one_of(lambda: [syntax.value for syntax in _manifests().Syntax]),
            "What the file is written in, where its name does not say.",
        ),
    },
    "key",
    needed=("path",),
)


def _manifest(node: Any, where: _Where) -> Manifest:
    """A manifest: its path alone, or a mapping of path, key, form and syntax."""
    if type(node).__name__ == "ScalarNode":
        values = {"path": _manifest_path(node, where)}
    else:
        values = _MANIFEST.read(node, where)
    found: Manifest | None = _manifests().declared(**values)
    if found is None:
        lacks = "`key`" if "key" not in values else "`syntax`"
        raise where.error(
            node,
            f"lacks the {lacks} of {values['path'][:60]!r}, which its name does not tell; "
            "write a mapping of `path`, `key` and, where it is neither .json, .toml nor .yaml, "
            "`syntax`",
        )
    return found


def _manifest_schema() -> dict[str, Any]:
    names = _manifests()
    known = _string_schema(names.KNOWN_PATH)()
    plain = _string_schema(names.PLAIN_PATH)()
    return {
        "anyOf": [
            {"allOf": [_string_schema(names.PATH)(), known]},
            {
                **_MANIFEST.schema(),
                "anyOf": [
                    {"properties": {"path": known}},
                    {"properties": {"path": plain}, "required": ["key"]},
                    {"required": ["key", "syntax"]},
                ],
            },
        ]
    }


_CUT = _mapping(
    lambda: {
        "manifests": (
            _list_of(_Kind(_manifest, _manifest_schema)),
            "Files that must carry the version being cut.",
        ),
        "dispatch": (
            _list_of(_WORKFLOW_KIND),
            "The workflows to start on the new branch, by file name.",
        ),
        "maintainer-approvals": (
            _TRUTH_KIND,
            "Whether maintainers that the document names must approve the cut's pull request.",
        ),
    },
    "key",
)

_RULES = _mapping(
    lambda: {name: (_rule_kind(name), RULES[name].finds) for name in sorted(RULES)}, "rule"
)

_SCHEMA = _mapping(
    lambda: {
        "documents": (_DOCUMENTS, "Where the documents live."),
        "branches": (
            _BRANCHES,
            "What the ceremony's branches are called, and what each publishes.",
        ),
        "promote": (_PROMOTE, "What proves a commit, and what holds latest back."),
        "cut": (_CUT, "What a version cut asks for, and what it starts."),
        "rules": (_RULES, "Weights and options of the audit's rules."),
    },
    "key",
)


# ---------------------------------------------------------------------------- YAML


def _compose(text: str, path: str) -> Any:
    """The YAML node graph, once its events are known to be harmless."""
    from ruamel.yaml import YAML  # slow to import, and most projects have no configuration
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    brackets = [place for place, character in enumerate(text) if character in "[{"]
    if len(brackets) > MAX_BRACKETS:
        raise InputError(
            f"holds more than {MAX_BRACKETS} brackets; write lists and mappings as lines",
            file=path,
            line=text.count("\n", 0, brackets[MAX_BRACKETS]) + 1,
        )
    yaml = YAML(typ="safe", pure=True)
    try:
        depth = documents = 0
        for event in yaml.parse(text):
            name = type(event).__name__
            line = event.start_mark.line + 1
            if name == "AliasEvent" or getattr(event, "anchor", None):
                raise InputError(
                    "anchors and aliases are not read here; write the value out, or put it in "
                    "quotes where it is a pattern",
                    file=path,
                    line=line,
                )
            depth += name in {"MappingStartEvent", "SequenceStartEvent"}
            depth -= name in {"MappingEndEvent", "SequenceEndEvent"}
            if depth > MAX_DEPTH:
                raise InputError("is nested too deeply", file=path, line=line)
            documents += name == "DocumentStartEvent"
            if documents > 1:
                raise InputError("holds a second YAML document; keep one", file=path, line=line)
        return yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        hint = ": indent with spaces, not with tabs" if r"'\t'" in problem else ""
        raise InputError(
            f"is not valid YAML: {problem}{hint}",
            file=path,
            line=mark.line + 1 if mark else None,
        ) from None
    except (YAMLError, ValueError) as error:
        line = text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
        raise InputError(
            f"is not valid YAML: {str(error).splitlines()[0]}", file=path, line=line
        ) from None
