"""What a message adds about a name that isn't known."""

from __future__ import annotations

from collections.abc import Iterable

MANY = 16
"""More than these are not listed in a message."""


def meant(name: str, known: Iterable[str], *, listed: str = "") -> str:
    """What a message adds about a name that isn't known: the nearest one, and all.

    Where they are many and `listed` says where they stand, the nearest three and that place.
    """
    # Only a mistake needs it.
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(name, names, n=1)
    guess = f" (did you mean `{close[0]}`?)" if close else ""
    if listed and len(names) > MANY:
        near = get_close_matches(name, names, n=3, cutoff=0.0)
        return f"{guess}; the nearest: {', '.join(near)}; {listed} lists all"
    return f"{guess}; valid: {', '.join(names)}"
