"""What a message adds about a name that isn't known."""

from __future__ import annotations

from collections.abc import Iterable


def meant(name: str, known: Iterable[str]) -> str:
    """What a message adds about a name that isn't known: the nearest one, and all."""
    # Only a mistake needs it.
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(name, names, n=1)
    guess = f" (did you mean `{close[0]}`?)" if close else ""
    return f"{guess}; valid: {', '.join(names)}"
