"""What a project says about promotion: what must have succeeded, and what is held.

Apart from the decision, because every reading of the configuration makes them.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Required(NamedTuple):
    """A check that must have succeeded."""

    name: str
    """A name, or a glob of names (`*`, `?`, `[…]`), case-sensitive."""
    app: str = ""
    """The slug or the id of the app, or the login of the status's creator; empty for the default:
    a workflow run of a push, or any status."""


class Hold(NamedTuple):
    """Somebody's word that latest must stay."""

    by: str
    reason: str
    until: dt.date | None = None
    """The last day of the hold, in UTC; None for until it is taken out."""
    since: str = ""
    """A commit, at least 7 hexadecimal digits: it and what came after it are held; empty for
    everything."""


class Promotion(NamedTuple):
    """What a project says about promote; the inputs of the action may say otherwise."""

    required: tuple[Required, ...] = ()
    allow_neutral: tuple[str, ...] = ()
    allow_skipped: tuple[str, ...] = ()
    merge_group: bool = False
    holds: tuple[Hold, ...] = ()
