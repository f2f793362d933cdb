"""A part's inputs and outputs, declared once: manifests, options and docs agree with these.

A part's `Inputs` is a frozen dataclass of strings, switches and lists of lines whose fields are
made by `declared`; names are kebab-case outside and snake_case inside.
"""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from ceremony.choices import meant
from ceremony.model import InputError

_Inputs = TypeVar("_Inputs")


class Declared(NamedTuple):
    """One input as users see it."""

    name: str
    help: str
    default: str
    choices: tuple[str, ...]
    switch: bool
    """Whether it is true or false."""
    only_option: bool
    """Whether it is an option of the command line only, and no input of the action."""
    metavar: str
    lines: bool = False
    """Whether it is a list: a line each for the action, a repeated option on the command line."""
    only_input: bool = False
    """Whether it is an input of the action only, and never stands on a command line."""
    secret: bool = False
    """Whether nothing may show its value."""


def declared(
    default: str | bool | tuple[()],  # noqa: FBT001 -- what the field's default is, not a switch
    help: str,  # noqa: A002 -- what argparse and the manifests call it
    *,
    choices: tuple[str, ...] = (),
    only_option: bool = False,
    metavar: str = "",
) -> Any:
    """A field of a part's inputs: a string, a switch, or for `()` a list of lines."""
    metadata = {"help": help, "choices": choices, "only_option": only_option, "metavar": metavar}
    return dataclasses.field(default=default, metadata=metadata)


def secret(expression: str, help: str) -> Any:  # noqa: A002 -- as in `declared`
    """A field that only the action's input fills, by default with the workflow's expression.

    A command line is readable by every process of the machine, and a dataclass shows its fields:
    it stands in neither.
    """
    metadata = {"help": help, "choices": (), "only_option": False, "metavar": ""}
    return dataclasses.field(default="", metadata={**metadata, "secret": expression}, repr=False)


def printed(*formats: str) -> Any:
    """The input that says how the report is printed; the first format is the default."""
    listed = f"{', '.join(formats[:-1])} or {formats[-1]}"
    return declared(formats[0], f"How the report is printed: {listed}.", choices=formats)


def declarations(inputs: type[Any]) -> Iterator[Declared]:
    """The inputs of a part, in order."""
    for entry in dataclasses.fields(inputs):
        switch = isinstance(entry.default, bool)
        lines = isinstance(entry.default, tuple)
        expression = entry.metadata.get("secret", "")
        text = "" if lines else str(entry.default)
        yield Declared(
            name=entry.name.rstrip("_").replace("_", "-"),
            help=entry.metadata["help"],
            default=expression or (text.lower() if switch else text),
            choices=entry.metadata["choices"],
            switch=switch,
            only_option=entry.metadata["only_option"],
            metavar=entry.metadata["metavar"],
            lines=lines,
            only_input=bool(expression),
            secret=bool(expression),
        )


def build(inputs: type[_Inputs], given: Mapping[str, str], *, options: bool = True) -> _Inputs:
    """A part's inputs from the strings given, empty ones counting as not given.

    A list is one string, an entry a line. Without `options`, those of the command line only are
    as unknown as any other name.

    Raises InputError for an unknown name, and for a value that is none of the choices.
    """
    known = {
        entry.name: entry for entry in declarations(inputs) if options or not entry.only_option
    }
    values: dict[str, str | bool | tuple[str, ...]] = {}
    for name, value in given.items():
        entry = known.get(name)
        if entry is None:
            raise InputError(f"there is no input {name!r}{meant(name, known)}")
        text = value.strip()
        if not text:
            continue
        if entry.lines:
            values[_field(name)] = _lines(name, text)
            continue
        if any(character in text for character in "\0\r\n"):
            raise InputError(f"`{name}` must be one line")
        if entry.switch:
            if text.lower() not in {"true", "false"}:
                raise InputError(f"`{name}` must be true or false; it is {text[:60]!r}")
            values[_field(name)] = text.lower() == "true"
        elif entry.choices and text not in entry.choices:
            raise InputError(
                f"`{name}` must be one of {', '.join(entry.choices)}; it is {text[:60]!r}"
            )
        else:
            values[_field(name)] = text
    return inputs(**values)


def _lines(name: str, text: str) -> tuple[str, ...]:
    entries = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    if any(character in entry for entry in entries for character in "\0\r"):
        raise InputError(f"`{name}` must be lines of text")
    return tuple(entry for entry in entries if entry)


def _field(name: str) -> str:
    field = name.replace("-", "_")
    return f"{field}_" if keyword.iskeyword(field) else field
