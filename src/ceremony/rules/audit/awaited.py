"""The rules whose sources the audit does not read yet.

They are declared all the same: a report that lists them as skipped, with the reason, is honest
about what a clean result does not prove.
"""

from __future__ import annotations

from ceremony.model import Severity
from ceremony.rules.audit.registry import Option, awaiting

_CUT = "waits for the decision of the cut part, which this version does not make yet"
_HISTORY = "reads the git history of the documents, which this version does not read yet"
_REFS = "reads the branches and tags of the repository, which this version does not read yet"
_FORGE = "asks GitHub, which this version of the audit never does"

awaiting(
    "state-transition",
    Severity.ERROR,
    finds="a change of state that the ceremony does not allow",
    help="Go through the states that lie between, or put the item back into its former state.",
    ceremony="Explicit State",
    awaits=_HISTORY,
)
awaiting(
    "proposal-stale",
    Severity.WARNING,
    finds="an active proposal without movement beyond the threshold",
    help="Accept, defer or reject the proposal in the next proposal review, with a reason.",
    ceremony="Proposal Review (Weekly/Async)",
    options={
        "days": Option(default=90, help="Days without movement after which a proposal is stale.")
    },
    awaits=_HISTORY,
)
awaiting(
    "blocker-stuck",
    Severity.WARNING,
    finds="an open blocker without movement beyond the threshold",
    help="Escalate the blocker, or resolve it as Deferred or Accepted.",
    ceremony="Blocker Review (Weekly/Async)",
    options={
        "days": Option(default=30, help="Days without movement after which a blocker is stuck.")
    },
    awaits=_HISTORY,
)
awaiting(
    "target-passed",
    Severity.WARNING,
    finds="an item open past its target version or date",
    help="Set a target that still lies ahead, or defer the item with a reason.",
    ceremony="Governance Health Indicators",
    awaits=_REFS,
)
awaiting(
    "updated-stale",
    Severity.WARNING,
    finds="`Last Updated` older than the file's last change",
    help="Set `**Last Updated**` to the date of the last change.",
    ceremony="Explicit State",
    awaits=_HISTORY,
)
awaiting(
    "changelog-missing",
    Severity.NOTE,
    finds="a change of a living document without its changelog row",
    help="Add a row to the document's changelog: date, change, author.",
    ceremony="Explicit State",
    awaits=_HISTORY,
)
awaiting(
    "frozen-modified",
    Severity.ERROR,
    finds="a frozen document that changed after its creation",
    help="Restore the frozen text; what has to change belongs to the next stage's document.",
    ceremony="Document Types",
    awaits=_HISTORY,
)
awaiting(
    "frozen-not-append-only",
    Severity.ERROR,
    finds="a patch document that is not its stable text plus additions",
    help="Restore the stable text inside the patch document, and add the amendment below it.",
    ceremony="Stage Promotions",
    awaits=_HISTORY,
)
awaiting(
    "version-order",
    Severity.ERROR,
    finds="a version that does not follow its predecessors",
    help="Choose the next free version after those that exist.",
    ceremony="Stage Promotions",
    awaits=_REFS,
)
awaiting(
    "branch-missing",
    Severity.ERROR,
    finds="`latest`, or the branch of a frozen document, does not exist",
    help="Create the branch at the commit that the document was frozen from.",
    ceremony="Branch-Document Mapping",
    awaits=_REFS,
)
awaiting(
    "frozen-document-missing",
    Severity.ERROR,
    finds="a release branch or release without its frozen document",
    help="Freeze the document on that branch, or remove the branch if nothing was agreed.",
    ceremony="Branch-Document Mapping",
    awaits=_REFS,
)
awaiting(
    "branch-diverged",
    Severity.ERROR,
    finds="`latest` holds commits that `main` lacks, or the reverse of what promotion gives",
    help="Bring the commits to `main` by a pull request, and let promotion move `latest`.",
    ceremony="Promotion Rules",
    awaits=_REFS,
)
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
    "branch-document-drift",
    Severity.WARNING,
    finds="the `latest` branch and `MILESTONES.latest.md` tell different stories",
    help="Correct the document on `main` and let promotion carry it to `latest`.",
    ceremony="Branch-Governance Alignment",
    awaits=_REFS,
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
    "latest-unbounded",
    Severity.WARNING,
    finds="latest grows without a cut beyond the threshold",
    help="Cut a version, or defer what nobody can carry.",
    ceremony="Governance Health Indicators",
    options={"days": Option(default=180, help="Days that latest may grow without a cut.")},
    awaits=_HISTORY,
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
