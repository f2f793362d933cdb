"""How a part's inputs become values: switches, choices, lists, secrets."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ceremony.actions.inputs import build, declarations, declared, secret
from ceremony.model import InputError


@dataclass(frozen=True, kw_only=True)
class Inputs:
    token: str = secret("${{ github.token }}", "A token.")
    names: tuple[str, ...] = declared((), "Names, one a line.")
    loud: bool = declared(False, "Loud?")
    form: str = declared("text", "How?", choices=("text", "json"))
    only: str = declared("", "On the command line.", only_option=True)


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", ()),
        ("\n \n", ()),
        ("one", ("one",)),
        ("one\ntwo words \n\n  three", ("one", "two words", "three")),
        ("one\r\ntwo\r\n", ("one", "two")),
        ("one\none", ("one", "one")),
    ],
)
def test_a_list_has_an_entry_a_line(text: str, entries: tuple[str, ...]) -> None:
    assert build(Inputs, {"names": text}).names == entries


@pytest.mark.parametrize("text", ["one\rtwo", "one\0", "one\n\rtwo\rthree"])
def test_a_list_s_lines_are_text(text: str) -> None:
    with pytest.raises(InputError, match="`names` must be lines of text"):
        build(Inputs, {"names": text})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"loud": "yes"}, "`loud` must be true or false"),
        ({"form": "xml"}, "`form` must be one of text, json"),
        ({"form": "text\njson"}, "`form` must be one line"),
        ({"token": "a\nb"}, "`token` must be one line"),
        ({"nams": "x"}, "did you mean `names`"),
        ({"only": "x"}, "there is no input 'only'"),
    ],
)
def test_what_is_not_declared_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        build(Inputs, given, options=False)
    assert said in str(caught.value)


def test_values_by_kind() -> None:
    given = {"token": " t ", "loud": "True", "form": "json", "only": "x", "names": "a"}
    assert build(Inputs, given) == Inputs(token="t", loud=True, form="json", only="x", names=("a",))


def test_a_secret_is_shown_nowhere_and_has_the_workflow_s_default() -> None:
    assert "canary" not in repr(Inputs(token="canary"))
    assert Inputs().token == ""
    token, names, *_ = declarations(Inputs)
    assert (token.default, token.secret, token.only_input) == ("${{ github.token }}", True, True)
    assert (names.default, names.lines, names.secret, names.only_input) == ("", True, False, False)
