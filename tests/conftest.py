"""One commit, one verdict: the examples are the same on every run, on however slow a machine.

`bin/test tests --hypothesis-profile search` looks for new ones; the schedule does it each week.
"""

from __future__ import annotations

import importlib
import pkgutil
import signal

from hypothesis import HealthCheck, settings

import ceremony

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", UNTIMED, derandomize=True)
settings.register_profile("search", UNTIMED, derandomize=False, print_blob=True)
settings.load_profile("steady")

# Who starts this in the background has SIGINT ignored, and every process below would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Examples are also made of the constants in what is loaded: let that be all, whatever ran before.
for found in pkgutil.walk_packages(ceremony.__path__, "ceremony."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
