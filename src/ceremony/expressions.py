"""Regular expressions that are compiled when they are first used.

Compiling the rules' expressions takes longer than reading six documents, and no set of documents
gives every rule something to do.

No group is repeated possessively, as `(?:a|b)*+` would: Python before 3.11.5 gets that wrong
(python/cpython#106052), and systems that ship such a one are in use.
"""

from __future__ import annotations

import re
from typing import Any, cast


def expression(source: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` returns, without its cost until it is used."""
    return cast("re.Pattern[str]", _Lazy(source, flags))


class _Lazy:
    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        # The attribute is kept, so that a later use is as fast as the compiled one's own.
        value = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, value)
        return value
