"""Moving refs as GitHub does: what a token may, what rules say, and then git's own word.

REST, GraphQL and a push over HTTP all come through here, so that they agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ceremony.sandbox.state import WRITE, BranchRule, Project, Protection, Token
from ceremony.sandbox.store import (
    ZEROS,
    Elsewhere,
    GitError,
    InTheWay,
    Locked,
    RefUpdate,
)

NOT_ACCESSIBLE = "Resource not accessible by integration"
RULES_BROKEN = "Repository rule violations found"
_ROUNDS = 20
_HEADS = "refs/heads/"

# The words are those that a push shows.
# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/troubleshooting-rules
_WORDS = {
    BranchRule.CREATION: "Cannot create ref due to creations being restricted.",
    BranchRule.UPDATE: "Cannot update this protected ref.",
    BranchRule.DELETION: "Cannot delete this protected ref.",
    BranchRule.NON_FAST_FORWARD: "Cannot force-push to this branch",
    BranchRule.PULL_REQUEST: "Changes must be made through a pull request.",
    BranchRule.REQUIRED_LINEAR_HISTORY: "This branch must not contain merge commits.",
    BranchRule.REQUIRED_SIGNATURES: "Commits must have verified signatures.",
}


class Refused(Exception):
    """What GitHub would not do, with the status and the type that it would say so with."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "UNPROCESSABLE",  # noqa: A002 -- GitHub's own word in GraphQL's errors
        errors: Sequence[Mapping[str, str]] = (),
        lacking: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.errors = tuple(errors)
        self.lacking = lacking
        """What the token would need: `contents=write`."""


class Way(NamedTuple):
    """Where a ref is asked to go."""

    ref: str
    before: str | None
    """Where it must be; ZEROS: nowhere; None: anywhere."""
    after: str
    """ZEROS: deleted."""
    is_forced: bool = False


def require(token: Token | None, project: Project, permission: str, level: str) -> None:
    """Raise Refused unless the token may do this with the project.

    https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
    """
    if token is None:
        if project.is_private:
            raise Refused(404, "Not Found", type="NOT_FOUND")
        if level == WRITE:
            raise Refused(401, "Requires authentication", type="FORBIDDEN")
        return
    is_own = token.repository.lower() == project.name.lower()
    if project.is_private and not (is_own and len(token.permissions) > 1):
        # Who may read nothing there isn't told that it exists.
        # https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#404-not-found-for-an-existing-resource
        raise Refused(404, "Not Found", type="NOT_FOUND")
    if level != WRITE and not project.is_private and permission in {"contents", "metadata"}:
        return
    if not is_own or not token.may(permission, level):
        raise Refused(403, NOT_ACCESSIBLE, type="FORBIDDEN", lacking=f"{permission}={level}")


def move(project: Project, token: Token | None, ways: Sequence[Way]) -> None:
    """Move refs, all or none. Raises Refused, and nothing has moved."""
    require(token, project, "contents", WRITE)
    for _ in range(_ROUNDS):
        updates = _judged(project, token, ways)
        try:
            project.store.update(updates)
        except Elsewhere as error:
            # Somebody was faster: look again, and say what is wrong with it then.
            last: GitError = error
            continue
        except InTheWay as error:
            raise Refused(422, f"Reference cannot be created: {_line(error)}") from None
        except Locked:
            raise Refused(
                409, "Reference cannot be updated: another update of it is under way"
            ) from None
        except GitError as error:
            raise Refused(422, f"Reference update failed: {_line(error)}") from None
        return
    raise Refused(409, f"Reference cannot be updated: {_line(last)}")


def _judged(project: Project, token: Token | None, ways: Sequence[Way]) -> list[RefUpdate]:
    """The updates that are allowed as things stand. Raises Refused."""
    for way in ways:
        if not project.store.is_valid(way.ref):
            raise Refused(422, f"{way.ref} is not a valid ref name.")
    now = project.store.refs(*(way.ref for way in ways))
    if len({way.ref for way in ways}) != len(ways):
        raise Refused(422, "A reference can only be updated once")
    updates = []
    for way in ways:
        known = now.get(way.ref)
        before = known.sha if known else ZEROS
        if way.before is not None and way.before != before:
            if way.before == ZEROS:
                raise Refused(422, "Reference already exists")
            raise Refused(422, f"Reference {way.ref} is not at {way.before}")
        if way.after == ZEROS:
            if before == ZEROS:
                raise Refused(422, "Reference does not exist")
        else:
            _require_object(project, way)
        is_forward = ZEROS in {before, way.after} or project.store.is_ancestor(before, way.after)
        if not is_forward and not way.is_forced:
            raise Refused(422, "Update is not a fast forward")
        broken = workflows_refused(project, token, before, way.after)
        if broken:
            raise Refused(403, broken, type="FORBIDDEN")
        words = rules_broken(project, token, way.ref, before, way.after)
        if words:
            head = broken_head(project, way.ref)
            raise Refused(422, "\n\n".join([head or RULES_BROKEN, *words, ""]))
        updates.append(RefUpdate(way.ref, before, way.after))
    return updates


def _require_object(project: Project, way: Way) -> None:
    if len(way.after) != 40 or not way.after.isalnum():
        raise Refused(422, "Object does not exist")
    if project.store.commit(way.after) is not None:
        return
    found = project.store.object(way.after)
    if found is None:
        raise Refused(422, "Object does not exist")
    if way.ref.startswith(_HEADS) and found.type != "commit":
        raise Refused(422, "Reference update failed: a branch points at a commit")


def workflows_refused(
    project: Project,
    token: Token | None,
    before: str,
    after: str,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Why this token may not bring these workflow files; empty where it may.

    A file that another branch has already, path and content, needs no permission.
    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps#available-scopes
    """
    if token is None or after == ZEROS or token.may("workflows", WRITE):
        return ""
    wanted = set(project.store.workflows(after, environment).items())
    if before != ZEROS:
        wanted -= set(project.store.workflows(before).items())
    if wanted:
        for target in project.store.refs("refs/heads/").values():
            wanted -= set(project.store.workflows(target.sha).items())
    if not wanted:
        return ""
    path = min(wanted)[0]
    who = "a GitHub App" if token.app else "an app"
    return (
        f"refusing to allow {who} to create or update workflow `{path}` "
        "without `workflows` permission"
    )


def require_workflows(project: Project, token: Token | None, sha: str) -> None:
    """Raise Refused unless this token may release this commit with its workflow files.

    The default branch alone is what they are held against; no other branch, and no tag. GitHub
    promises 404, or 403 by some ways of authentication: GITHUB_TOKEN is known to get 403.
    https://docs.github.com/en/rest/releases/releases#create-a-release
    """
    tip = project.ref(f"{_HEADS}{project.default_branch}")
    if token is None or token.may("workflows", WRITE) or tip is None:
        return
    known = project.store.workflows(tip).items()
    if not project.store.workflows(sha).items() <= known:
        words = "contents=write; contents=write,workflows=write"
        raise Refused(403, NOT_ACCESSIBLE, type="FORBIDDEN", lacking=words)


def _immutable(project: Project, ref: str, before: str, after: str) -> list[str]:
    """What speaks against a tag's way that an immutable release has, or has had.

    While there is the release its tag stays where it is; its name is never given out again.
    https://docs.github.com/en/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases
    """
    if project.is_locked(ref) and before != after:
        return [_WORDS[BranchRule.DELETION if after == ZEROS else BranchRule.UPDATE]]
    if before == ZEROS and ref.removeprefix("refs/tags/") in project.burnt:
        return [_WORDS[BranchRule.CREATION]]
    return []


def rules_broken(
    project: Project,
    token: Token | None,
    ref: str,
    before: str,
    after: str,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """What the rules say against a ref's going from here to there, in their words."""
    if not ref.startswith(_HEADS):
        return _immutable(project, ref, before, after)
    words = []
    for protection, rule in project.rules_of(ref.removeprefix(_HEADS)):
        if token is not None and token.app in protection.bypass:
            continue
        word = _broken(project, protection, rule, (before, after), environment)
        if word and word not in words:
            words.append(word)
    return words


def broken_head(project: Project, ref: str) -> str:
    """What stands before the words where it is branch protection that says no, else nothing.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches
    """
    rules = project.rules_of(ref.removeprefix(_HEADS)) if ref.startswith(_HEADS) else []
    if rules and all(protection.is_classic for protection, _ in rules):
        return f"Protected branch update failed for {ref}."
    return ""


def can_push(project: Project, token: Token | None, branch: str) -> bool:
    """Whether this token may push to a branch that rules or protection cover at all."""
    if token is None or not token.may("contents", WRITE):
        return False
    refusing = {BranchRule.UPDATE, BranchRule.PULL_REQUEST}
    return not any(
        rule in refusing and token.app not in protection.bypass
        for protection, rule in project.rules_of(branch)
    )


def _broken(
    project: Project,
    protection: Protection,
    rule: BranchRule,
    way: tuple[str, str],
    environment: Mapping[str, str] | None,
) -> str:
    before, after = way
    is_new, is_gone = before == ZEROS, after == ZEROS
    if is_new or is_gone:
        about = {BranchRule.CREATION} if is_new else {BranchRule.DELETION}
    else:
        about = {BranchRule.UPDATE, BranchRule.PULL_REQUEST, BranchRule.NON_FAST_FORWARD}
    if not is_gone:
        about |= {
            BranchRule.REQUIRED_LINEAR_HISTORY,
            BranchRule.REQUIRED_SIGNATURES,
            BranchRule.REQUIRED_STATUS_CHECKS,
        }
    if rule not in about:
        return ""
    known = [target.sha for target in project.store.refs("refs/heads/").values()]
    is_broken = True
    if rule is BranchRule.NON_FAST_FORWARD:
        is_broken = bool(project.store.new_commits(before, after, environment=environment))
    elif rule is BranchRule.REQUIRED_SIGNATURES:
        new = project.store.new_commits(
            after, *(known if is_new else [before]), environment=environment
        )
        is_broken = any(sha not in project.verified for sha, _ in new)
    elif rule is BranchRule.REQUIRED_LINEAR_HISTORY:
        new = project.store.new_commits(
            after, *(known if is_new else [before]), environment=environment
        )
        is_broken = any(len(parents) > 1 for _, parents in new)
    elif rule is BranchRule.REQUIRED_STATUS_CHECKS:
        return _unproven(project, protection, after)
    return _WORDS[rule] if is_broken else ""


def _unproven(project: Project, protection: Protection, sha: str) -> str:
    good = {"success", "neutral", "skipped"}
    proven = {check.name for check in project.checks_of(sha) if check.conclusion in good}
    proven |= {status.context for status in project.statuses_of(sha) if status.state == "success"}
    missing = [name for name in protection.contexts if name not in proven]
    if len(missing) > 1:
        return f"{len(missing)} of {len(protection.contexts)} required status checks are expected."
    return f'Required status check "{missing[0]}" is expected.' if missing else ""


def _line(error: Exception) -> str:
    return str(error).splitlines()[-1].removeprefix("fatal: ").strip()
