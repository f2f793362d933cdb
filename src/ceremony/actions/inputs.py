"""A part's inputs and outputs, declared once: manifests, options and docs agree with these.

A part's `Inputs` is a frozen dataclass of strings and switches whose fields are made by
`declared`; names are kebab-case outside and snake_case inside.
"""

from __future__ import annotations

import dataclasses
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


def declared(
    default: str | bool,  # noqa: FBT001 -- what the field's default is, not a switch
    help: str,  # noqa: A002 -- what argparse and the manifests call it
    *,
    choices: tuple[str, ...] = (),
    only_option: bool = False,
    metavar: str = "",
) -> Any:
    """A field of a part's inputs."""
    metadata = {"help": help, "choices": choices, "only_option": only_option, "metavar": metavar}
    return dataclasses.field(default=default, metadata=metadata)


def declarations(inputs: type[Any]) -> Iterator[Declared]:
    """The inputs of a part, in order."""
    for entry in dataclasses.fields(inputs):
        switch = isinstance(entry.default, bool)
        yield Declared(
            name=entry.name.replace("_", "-"),
            help=entry.metadata["help"],
            default=str(entry.default).lower() if switch else str(entry.default),
            choices=entry.metadata["choices"],
            switch=switch,
            only_option=entry.metadata["only_option"],
            metavar=entry.metadata["metavar"],
        )


def build(inputs: type[_Inputs], given: Mapping[str, str], *, options: bool = True) -> _Inputs:
    """A part's inputs from the strings given, empty ones counting as not given.

    Without `options`, those of the command line only are as unknown as any other name.

    Raises InputError for an unknown name, and for a value that is none of the choices.
    """
    known = {
        entry.name: entry for entry in declarations(inputs) if options or not entry.only_option
    }
    values: dict[str, str | bool] = {}
    for name, value in given.items():
        entry = known.get(name)
        if entry is None:
            raise InputError(f"there is no input {name!r}{meant(name, known)}")
        text = value.strip()
        if not text:
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


def _field(name: str) -> str:
    return name.replace("-", "_")
