"""The manifest that every release of the ceremony carries: what it holds, and until when it lives.

It is written when the release is published, and prune believes nothing else. So it is read as
strictly as it is written: what contradicts itself is no record.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ceremony.model import FINAL, Stage, Version
from ceremony.rules import refs, retention
from ceremony.rules.channels import is_own_tag, version_of
from ceremony.rules.retention import Retention

NAME = "ceremony-manifest.json"
"""The asset that holds the record."""
SUMS = "SHA256SUMS"
"""The asset that holds the files' sums, as `sha256sum --check` reads them."""
MAX_BYTES = 1_048_576
"""What a record may weigh."""
SCHEMA_ID = (
    "https://raw.githubusercontent.com/spiritstream/ceremony/v1/docs/ceremony-manifest.schema.json"
)

_RESERVED = {NAME.lower(), SUMS.lower()}
_MAX_FILES = 998  # GitHub takes 1,000, and two of them are the record and the sums
_SHOWN = 80


class File(NamedTuple):
    """One file of a release."""

    path: str
    """Where it was found: relative to the root, with forward slashes."""
    name: str
    """The asset's name."""
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal, lower case."""
    media_type: str
    platform: str
    """Empty where the name does not tell."""
    architecture: str
    """Empty where the name does not tell."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a release says of itself. What `parse` gives, and `render` takes, is lawful."""

    repository: str
    """`OWNER/NAME`."""
    tag: str
    channel: str
    retention: Retention
    expires: dt.datetime | None
    """UTC, whole seconds; None: never."""
    created: dt.datetime
    """UTC, whole seconds."""
    prerelease: bool
    ref: str
    """The branch or the tag that it was made from, in full."""
    commit: str
    version: str
    """`1.0.0`; empty where it has none."""
    stage: Stage | None
    files: tuple[File, ...]
    """By path, in the order of its characters."""
    previous: str = ""
    """The own tag of the preview that its channel showed before it; empty where there was none.

    Where that release has gone and its tag has not, this tells that the tag was the ceremony's."""


def render(record: Record) -> str:
    """The record as the asset holds it: ASCII JSON that ends with a line feed.

    Raises ValueError for what `parse` would not take: a record that lacks something or contradicts
    itself, or one that is larger than `MAX_BYTES`.
    """
    for moment in (record.created, record.expires):
        if moment and (moment.utcoffset() != dt.timedelta() or moment.microsecond):
            raise ValueError(f"moments are whole seconds in UTC, and {moment!r} is not")
    value = as_json(record)
    _conform(value, schema(), "")
    _agree(record)
    text = json.dumps(value, indent=2, ensure_ascii=True) + "\n"
    if len(text) > MAX_BYTES:
        raise ValueError(
            f"the record of {len(record.files):,} files would have {len(text):,} bytes, more than "
            f"{MAX_BYTES:,}: publish fewer files, or such with shorter paths"
        )
    return text


def parse(text: str | bytes) -> Record:
    """The record that an asset holds.

    Raises ValueError, with a sentence for people, for whatever `render` would not have written:
    unknown, doubled and missing keys, other types and forms, what contradicts itself.
    """
    value = _loaded(text)
    if isinstance(value, dict) and type(value.get("schema")) is int and value["schema"] > 1:
        raise ValueError(
            f"it is of schema {_quoted(value['schema'])}, which a newer ceremony has written: use "
            "that one"
        )
    _conform(value, schema(), "")
    stage = value["stage"]
    found = Record(
        repository=value["repository"],
        tag=value["tag"],
        channel=value["channel"],
        retention=_retention(value["retention"]),
        expires=None if value["expires-at"] is None else _moment("expires-at", value),
        created=_moment("created-at", value),
        prerelease=value["prerelease"],
        ref=value["source"]["ref"],
        commit=value["source"]["commit"],
        version=value["version"] or "",
        stage=None if stage is None else Stage(stage),
        previous=value["previous"] or "",
        files=tuple(
            File(
                path=each["path"],
                name=each["name"],
                size=each["size"],
                sha256=each["sha256"],
                media_type=each["media-type"],
                platform=each["platform"] or "",
                architecture=each["architecture"] or "",
            )
            for each in value["files"]
        ),
    )
    _agree(found)
    return found


def as_json(record: Record) -> dict[str, Any]:
    """What the asset is to hold, as JSON knows it; not checked, so that a plan can be shown."""
    return {
        "schema": 1,
        "repository": record.repository,
        "tag": record.tag,
        "previous": record.previous or None,
        "channel": record.channel,
        "retention": record.retention.text,
        "created-at": stamp(record.created),
        "expires-at": None if record.expires is None else stamp(record.expires),
        "prerelease": record.prerelease,
        "source": {"ref": record.ref, "commit": record.commit},
        "version": record.version or None,
        "stage": None if record.stage is None else record.stage.value,
        "files": [
            {
                "path": file.path,
                "name": file.name,
                "size": file.size,
                "sha256": file.sha256,
                "media-type": file.media_type,
                "platform": file.platform or None,
                "architecture": file.architecture or None,
            }
            for file in record.files
        ],
    }


def sums(files: Sequence[File]) -> str:
    """What `SHA256SUMS` holds: a line for each file, in the order given."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in files)


def sums_file(files: Sequence[File]) -> File:
    """`SHA256SUMS` of these files, as a release has to hold it."""
    data = sums(files).encode("ascii")
    digest = hashlib.sha256(data).hexdigest()
    return File(SUMS, SUMS, len(data), digest, "text/plain", platform="", architecture="")


def stamp(moment: dt.datetime) -> str:
    """The moment as GitHub and the record write it: `2026-01-31T00:00:00Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---------------------------------------------------------------------------- the form


def schema() -> dict[str, Any]:
    """The JSON Schema of the record, published as docs/ceremony-manifest.schema.json.

    The reader holds records to it; what it cannot say is checked beside it.
    """
    moment = r"2[0-9]{3}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
    part = r"(?!\.{1,2}(?:/|$))[^/\\\x00-\x1f\x7f]+"
    number = r"(?:0|[1-9][0-9]{0,8})"
    file = _object(
        "A file of the release.",
        {
            "path": _text("its path below the root, with forward slashes", f"{part}(?:/{part})*"),
            "name": _text(
                "the asset's name",
                r"[A-Za-z0-9_+@-](?:[A-Za-z0-9._+@-]{0,253}[A-Za-z0-9_+@-])?",
            ),
            "size": {
                "type": "integer",
                "minimum": 1,
                "maximum": 2_147_483_647,
                "description": "its bytes, at least 1 and less than 2 GiB",
            },
            "sha256": _text("the SHA-256 of its bytes, hexadecimal", "[0-9a-f]{64}"),
            "media-type": _text(
                "its media type", r"[a-z0-9][a-z0-9.+_-]{0,80}/[a-z0-9][a-z0-9.+_-]{0,80}"
            ),
            "platform": _text(
                "the system that its name tells, or null", r"[a-z0-9_-]{1,40}", nullable=True
            ),
            "architecture": _text(
                "the architecture that its name tells, or null", r"[a-z0-9_-]{1,40}", nullable=True
            ),
        },
    )
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_ID,
        "title": "A release's record, as the milestone governance ceremony writes it",
        **_object(
            "What the release holds, where it comes from and until when it lives.",
            {
                "schema": {"const": 1, "description": "1"},
                "repository": _text(
                    "the repository, OWNER/NAME", "[A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100}"
                ),
                "tag": _text("the release's tag", r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}"),
                "previous": _text(
                    "the own tag of the channel's preview before it, or null",
                    r"[a-z][a-z0-9-]{0,29}-[0-9]{8}-[0-9a-f]{7}",
                    nullable=True,
                ),
                "channel": _text("the channel", "[a-z][a-z0-9-]{0,29}"),
                "retention": _text(
                    "how long it lives, such as 30 days, or indefinite",
                    "indefinite|1 (?:day|week|year)|(?:[2-9]|[1-9][0-9]{1,4}) (?:day|week|year)s",
                ),
                "created-at": _text("when it was written, in UTC", moment),
                "expires-at": _text(
                    "when it has outlived its retention, in UTC, or null", moment, nullable=True
                ),
                "prerelease": {
                    "type": "boolean",
                    "description": "true for all but stable and patch",
                },
                "source": _object(
                    "What it was made from.",
                    {
                        "ref": _text(
                            "the branch or the tag in full", r"refs/(?:heads|tags)/[!-~]{1,100}"
                        ),
                        "commit": _text("the commit's hash", "[0-9a-f]{40}(?:[0-9a-f]{24})?"),
                    },
                ),
                "version": _text(
                    "the version, such as 1.0.0, or null",
                    rf"{number}\.{number}\.{number}",
                    nullable=True,
                ),
                "stage": {
                    "enum": [*(stage.value for stage in Stage), None],
                    "description": f"{', '.join(Stage)} or null",
                },
                "files": {
                    "type": "array",
                    "maxItems": _MAX_FILES,
                    "items": file,
                    "description": f"the files, {_MAX_FILES} at most, by path",
                },
            },
        ),
    }


def _object(description: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


def _text(description: str, pattern: str, *, nullable: bool = False) -> dict[str, Any]:
    return {
        "type": ["string", "null"] if nullable else "string",
        "maxLength": 4096,
        "pattern": f"^(?:{pattern})$",
        "description": description,
    }


def _conform(value: Any, form: Mapping[str, Any], where: str) -> None:
    """Hold a value to what `schema` uses of JSON Schema. Raises ValueError."""
    if "properties" in form:
        _conform_object(value, form, where)
    elif "items" in form:
        if not isinstance(value, list) or len(value) > form["maxItems"]:
            raise ValueError(f"`{where}` must be {form['description']}")
        for index, each in enumerate(value):
            _conform(each, form["items"], f"{where}[{index}]")
    elif not _fits(value, form):
        raise ValueError(f"`{where}` must be {form['description']}; it is {_quoted(value)}")


def _conform_object(value: Any, form: Mapping[str, Any], where: str) -> None:
    name = f"`{where}`" if where else "it"
    if not isinstance(value, dict):
        # A record that is none is a wrong value, whatever it is wrong in.
        raise ValueError(f"{name} must be an object; it is {_quoted(value)}")  # noqa: TRY004 - above
    unknown = sorted(set(value) - set(form["properties"]))
    if unknown:
        raise ValueError(f"{name} has a key that no record has: {_quoted(unknown[0])}")
    for key, part in form["properties"].items():
        if key not in value:
            raise ValueError(f"{name} lacks the key `{key}`")
        _conform(value[key], part, f"{where}.{key}" if where else key)


def _fits(value: Any, form: Mapping[str, Any]) -> bool:
    if "enum" in form:
        return value is None or (isinstance(value, str) and value in form["enum"])
    if "const" in form:
        return type(value) is int and value == form["const"]
    if form["type"] == "boolean":
        return isinstance(value, bool)
    if form["type"] == "integer":
        return type(value) is int and form["minimum"] <= value <= form["maximum"]
    if value is None:
        return "null" in form["type"]
    return (
        isinstance(value, str)
        and len(value) <= form["maxLength"]
        and re.fullmatch(form["pattern"], value) is not None
    )


# ---------------------------------------------------------------------------- beyond the form


def _agree(record: Record) -> None:
    """Raise ValueError where the record contradicts itself, or names what cannot be."""
    if _retention(record.retention.text) != record.retention:
        raise ValueError(f"`retention` is not {record.retention.days} days")
    if record.expires != retention.expires(record.retention, record.created):
        raise ValueError(
            "`expires-at` must be `created-at` and `retention` taken together, null for indefinite"
        )
    if bool(record.version) is (record.stage is None):
        raise ValueError("`version` and `stage` must both be there, or neither")
    if record.prerelease is (record.stage in FINAL):
        raise ValueError("`prerelease` must be true for all but stable and patch")
    if record.previous and not is_own_tag(record.previous, record.channel):
        raise ValueError(f"`previous` must be a preview's own tag of `{record.channel}`")
    if not refs.is_name(record.tag):
        raise ValueError(f"`tag` must be a name that a tag may have; it is {_quoted(record.tag)}")
    is_tag = record.ref.startswith(refs.TAGS) and refs.is_name(record.ref.removeprefix(refs.TAGS))
    if not (is_tag or refs.is_branch(record.ref)):
        raise ValueError(
            f"`source.ref` must be a branch or a tag in full; it is {_quoted(record.ref)}"
        )
    if not _is_tag_of(record):
        raise ValueError(
            "`tag`, `version` and `stage` must be those that `source` and `channel` come to; `tag` "
            f"is {_quoted(record.tag)}"
        )
    _agree_files([file.path for file in record.files], [file.name for file in record.files])


def _is_tag_of(record: Record) -> bool:
    """Whether it is the tag that artifacts gives to what the record says of itself."""
    folder = next(each for each in (refs.TAGS, refs.HEADS) if record.ref.startswith(each))
    name = record.ref.removeprefix(folder)
    try:
        version = Version.parse(name)
    except ValueError:
        version = None
    said = (version.core, version.stage) if version else ("", None)
    if said != (record.version, record.stage):
        return False
    if folder == refs.TAGS:
        return record.tag == name
    if version is None:
        is_own = is_own_tag(record.tag, record.channel)
        return is_own and record.tag.endswith(record.commit[:7])
    known = version_of(record.tag)
    return known is not None and known[0] == version and record.tag != name


def _agree_files(paths: Sequence[str], names: Sequence[str]) -> None:
    if any(one >= other for one, other in itertools.pairwise(paths)):
        raise ValueError("`files` must be sorted by path, each path once")
    # Whoever loads them down may have a disk that takes both for one.
    if len({name.lower() for name in names}) != len(names):
        raise ValueError("`files` has a name twice; capitals don't tell names apart")
    taken = next((name for name in names if name.lower() in _RESERVED), None)
    if taken:
        raise ValueError(f"`files` has {taken}, a name that is the record's own or the sums'")
    if not all(_is_text(path) for path in paths):
        raise ValueError("`files` has a path that is no text")


def _is_text(path: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in path)


def _loaded(text: str | bytes) -> Any:
    if len(text) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES:,} bytes")
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            raise ValueError("it is no UTF-8 text") from None
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON: {error.msg}, line {error.lineno}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        [(twice, _number)] = Counter(key for key, _value in pairs).most_common(1)
        raise ValueError(f"it has the key {_quoted(twice)} twice")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _retention(text: str) -> Retention:
    try:
        return retention.parse(text)
    except ValueError as error:
        raise ValueError(f"`retention` {error}") from None


def _moment(key: str, value: Mapping[str, Any]) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(value[key])
    except ValueError:
        raise ValueError(f"`{key}` is a moment that no calendar has: {value[key]}") from None


def _quoted(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    shown = ascii(value)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
