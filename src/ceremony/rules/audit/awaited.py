"""The rules whose sources the audit does not read yet.

They are declared all the same: a report that lists them as skipped, with the reason, is honest
about what a clean result does not prove.
"""

from __future__ import annotations

from ceremony.model import Severity
from ceremony.rules.audit.registry import Option, awaiting

_CUT = "waits for the decision of the cut part, which this version does not make yet"
_FORGE = "asks GitHub, which this version of the audit never does"

awaiting(
    "branch-behind",
    Severity.WARNING,
    finds="`latest` lags behind the newest green commit beyond the threshold",
    help="Run the promotion by hand and read why it did not run by itself.",
    ceremony="Promotion Rules",
    options={
        "days": Option(default=7, help="Days that latest may lag behind the newest green commit.")
    },
    awaits=_FORGE,
)
awaiting(
    "branch-not-green",
    Severity.ERROR,
    finds="a commit of `latest` or of a release branch whose checks failed",
    help="Repair the commit on `main` and promote, or release a patch.",
    ceremony="Branch CI Requirements",
    awaits=_FORGE,
)
awaiting(
    "cut-overdue",
    Severity.WARNING,
    finds="agreement is mature (a cut would pass) and no version is cut",
    help="Hold the version cut review, or write down what is still missing.",
    ceremony="When to Cut a Version",
    awaits=_CUT,
)
awaiting(
    "artifact-unused",
    Severity.NOTE,
    finds="nobody downloads the preview artifacts",
    help="Announce the preview where the users are, or stop publishing it.",
    ceremony="Governance Health Indicators",
    options={
        "days": Option(
            default=30, help="Days without a download after which artifacts count as unused."
        )
    },
    awaits=_FORGE,
)
