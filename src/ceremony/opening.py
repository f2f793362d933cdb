"""How a file is opened that somebody else may have put there: never through a link.

`workspace.py` reads documents so, `walk.py` the files that are published.
"""

from __future__ import annotations

import os
import stat
from io import BufferedReader


def opened(path: str | os.PathLike[str]) -> BufferedReader | None:
    """A regular file, opened to be read; None for what is none, and a device is not waited for.

    Raises OSError for a link where the system can tell, and for what cannot be opened.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")
