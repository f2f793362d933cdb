"""One commit, one verdict: the examples are the same on every run.

`bin/test tests --hypothesis-profile search` looks for new ones; the schedule does it each week.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", derandomize=True)
settings.register_profile("search", derandomize=False, print_blob=True)
settings.load_profile("steady")
