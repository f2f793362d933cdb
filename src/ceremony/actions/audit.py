"""audit: do the documents, branches and references agree?

Gather the documents (and, for a change, those of its base), decide by the rules, report. It
writes nothing but its reports, and nothing in the tree unless `--fix` or `--baseline-update`
asks for it on the command line.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ceremony import config as configuration
from ceremony import discovery
from ceremony.actions.history import gather as gather_past
from ceremony.actions.inputs import declared, printed
from ceremony.choices import meant
from ceremony.config import Config
from ceremony.git import Base, GitError, Repository, base_of
from ceremony.model import Finding, InputError, Kind, Skipped
from ceremony.rules.audit import RULES, names, run
from ceremony.rules.audit.fixes import fixes
from ceremony.rules.audit.ignores import apply, ignores
from ceremony.rules.audit.outcome import FailOn, Outcome, fingerprints
from ceremony.rules.audit.registry import Layout, Project, Tree
from ceremony.workspace import (
    Checkout,
    Files,
    Unreadable,
    below,
    is_outside,
    probe,
    workflows,
    write,
)

SUMMARY = "Do the documents agree, with one another and with the tree?"
FORMATS = ("text", "json", "markdown", "sarif")
MAX_BASELINE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What audit is told."""

    root: str = declared(".", "The folder to audit, relative to the workspace.", metavar="FOLDER")
    config: str = declared(
        "",
        "The configuration, relative to the root. "
        "Default: .github/ceremony.yml, and the ceremony's own tables where there is none.",
        metavar="FILE",
    )
    fail_on: str = declared(
        "error",
        "The least weight of a finding that fails the audit: error, warning, note or never.",
        choices=tuple(FailOn),
    )
    base: str = declared(
        "",
        "A branch, tag or commit: report only what the change since then brings. "
        "For a pull request, its base; needs `fetch-depth: 0` (2 is enough for a pull request).",
        metavar="REF",
    )
    baseline: str = declared(
        "",
        "A file of known findings, relative to the root: they are counted, not reported.",
        metavar="FILE",
    )
    as_of: str = declared(
        "", "The date to judge by, YYYY-MM-DD. Default: today in UTC.", metavar="DATE"
    )
    format: str = printed(*FORMATS)
    sarif_file: str = declared(
        "", "Where to write a SARIF 2.1.0 report, relative to the workspace.", metavar="FILE"
    )
    fix: bool = declared(
        False,
        "Mend what has exactly one right answer, show the difference, then audit.",
        only_option=True,
    )
    baseline_update: bool = declared(
        False,
        "Write the baseline file: all findings where there is none yet, else only those of it "
        "that are still found.",
        only_option=True,
    )
    explain: str = declared("", "Explain a rule, and stop.", only_option=True, metavar="RULE")


OUTPUTS: Mapping[str, str] = {
    "verdict": "pass, fail or refused.",
    "errors": "How many errors were found.",
    "warnings": "How many warnings were found.",
    "notes": "How many notes were found.",
    "report": "The path of the full report, JSON.",
    "sarif-file": "The path of the SARIF report, where one was asked for.",
}


Progress = Callable[[int, int], None]
"""Told how many documents are read, and of how many."""


def silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


class Context(NamedTuple):
    """What the run knows beside its inputs."""

    workspace: Path
    """The folder that relative paths start from."""
    today: dt.date
    pull_request: bool = False
    """Whether a pull request started the run."""
    head: str | None = None
    """The tip of that pull request."""
    bases: frozenset[str] = frozenset()
    """What that pull request calls its base: a branch, a commit."""
    sha: str | None = None
    """The commit that the event is about: for a pull request, GitHub's merge of it."""
    progress: Progress = silent


class Judged(NamedTuple):
    """One tree under one configuration."""

    project: Project
    outcome: Outcome

    @property
    def named(self) -> list[tuple[Finding, str]]:
        """Each finding with its fingerprint.

        Taken before any is left out: equal ones are numbered, and must keep their numbers.
        """
        findings = self.outcome.findings
        return list(zip(findings, fingerprints(findings), strict=True))


class _Run(NamedTuple):
    """What every use of audit gathers and decides first."""

    root: Path
    head: Files
    settings: _Settings
    as_of: dt.date
    judged: Judged


def _run(inputs: Inputs, context: Context) -> _Run:
    for name, path in (("config", inputs.config), ("baseline", inputs.baseline)):
        if is_outside(path):
            raise InputError(f"`{name}` must be a path below the root, without `..`: {path[:80]!r}")
    root = below(context.workspace, inputs.root)
    head = Checkout(root)
    settings = _settings(inputs, context, root, head)
    as_of = _date(inputs.as_of, context.today)
    judged = _judge(head, settings.config, as_of, context.progress, past=(root, "HEAD"))
    return _Run(root=root, head=head, settings=settings, as_of=as_of, judged=judged)


def audit(inputs: Inputs, context: Context) -> Outcome:
    """Gather and decide. Raises InputError for bad input, no documents among it."""
    root, head, settings, as_of, judged = _run(inputs, context)
    named, notices = judged.named, list(settings.notices)
    known = inherited = 0
    if inputs.baseline:
        if settings.judge is None:
            raise InputError(
                "cannot be taken from the pull request that it would excuse, and the base is not "
                "in this clone; check out with `fetch-depth: 2`",
                file=inputs.baseline,
            )
        entries = read_baseline(settings.judge, inputs.baseline)
        if entries is None and read_baseline(head, inputs.baseline) is None:
            raise InputError(
                "does not exist; write it with `--baseline-update`", file=inputs.baseline
            )
        if entries is None:
            notices.append(f"This change brings {inputs.baseline}: it counts once the base has it")
        kept, mended = _without(named, entries or ())
        known = len(named) - len(kept)
        named = kept
        if mended:
            notices.append(
                f"The baseline holds what is mended by now ({mended} of {len(entries or ())}); "
                "shrink it with `--baseline-update`"
            )
    if settings.base is not None and settings.judge is not None:
        before = _before(settings, settings.judge, as_of, (root, settings.base.sha))
        kept, _ = _without(named, fingerprints(before))
        inherited = len(named) - len(kept)
        named = kept
    findings = tuple(found for found, _ in named)
    return replace(
        judged.outcome,
        findings=findings,
        fail_on=FailOn(inputs.fail_on),
        notices=tuple(notices),
        known=known,
        inherited=inherited,
        excerpts=_excerpts(judged.project, findings),
    )


def _before(
    settings: _Settings, base: Files, as_of: dt.date, past: tuple[Path, str]
) -> tuple[Finding, ...]:
    """What is found in the base; nothing where it has no documents yet."""
    try:
        return _judge(base, settings.config, as_of, silent, past=past).outcome.findings
    except InputError:
        return ()


# ---------------------------------------------------------------------------- gather

_UNJUDGED = (
    "A pull request's own {path} cannot judge it, and the base's is not in this clone: the "
    "defaults judge. Check out with `fetch-depth: 2` to use the base's"
)


class _Settings(NamedTuple):
    """By what the tree is judged."""

    config: Config
    judge: Files | None
    """The tree whose configuration and baseline count: the base's where there is one; None where
    a pull request must not judge itself and its base is not here."""
    base: Base | None
    notices: tuple[str, ...]


def _settings(inputs: Inputs, context: Context, root: Path, head: Files) -> _Settings:
    """The configuration that judges: a pull request never brings its own."""
    path = inputs.config or configuration.DEFAULT_PATH
    own = _read_config(head, path, required=bool(inputs.config))
    base = None
    if inputs.base:
        merged = inputs.base in context.bases and _tip(root) == context.sha
        base = base_of(root, inputs.base, head=context.head if merged else None)
    elif context.pull_request and _tip(root) not in context.bases:
        base = _base_of_checkout(root, context)
        if base is None:
            found = own[0] if own else Config()
            return _Settings(
                # Where things live is taken from the change, how they are judged is not.
                config=replace(
                    found,
                    severities={},
                    options={},
                    ignore=(),
                    layout=found.layout._replace(required=Layout().required),
                ),
                judge=None,
                base=None,
                notices=(_UNJUDGED.format(path=path),),
            )
    if base is None:
        return _Settings(config=own[0] if own else Config(), judge=head, base=None, notices=())
    judge = Repository(root).tree(base.sha, base.prefix)
    notices: tuple[str, ...] = ()
    try:
        theirs = _read_config(judge, path, required=False)
    except InputError as error:
        # The change that mends it must be able to pass.
        theirs = None
        notices = (f"The base's configuration cannot be read ({error}): the defaults judge",)
    if (own and own[1]) != (theirs and theirs[1]):
        notices += (
            f"This change alters {path}; the base's judges it. The change: "
            + _changes(theirs[1] if theirs else b"", own[1] if own else b""),
        )
    return _Settings(
        config=theirs[0] if theirs else Config(),
        judge=judge,
        base=base if inputs.base else None,
        notices=notices,
    )


def _tip(root: Path) -> str | None:
    """The commit that is checked out, or None where that cannot be told."""
    try:
        return Repository(root).commit("HEAD")
    except GitError:
        return None


def _base_of_checkout(root: Path, context: Context) -> Base | None:
    """The base that the checkout of a pull request holds by itself, if it does.

    Only GitHub's own merge says so: its author chooses the parents of every other commit.
    """
    repository = Repository(root)
    tip = _tip(root)
    if tip is None or tip != context.sha:
        return None
    try:
        parents = repository.parents(tip)
        if parents[1:] == (context.head,) and repository.has(parents[0]):
            return Base(sha=parents[0], prefix=repository.prefix)
        for name in sorted(context.bases):
            # A merge group names its base, and has no pull request's tip.
            if context.head is None and repository.commit(name) == name:
                return Base(sha=name, prefix=repository.prefix)
    except GitError:
        return None
    return None


def _changes(before: bytes, after: bytes) -> str:
    """The lines that differ, as one line of text."""
    import difflib

    diff = difflib.unified_diff(
        before.decode("utf-8", "replace").splitlines(),
        after.decode("utf-8", "replace").splitlines(),
        lineterm="",
        n=0,
    )
    lines = [line for line in diff if line[:2] not in {"--", "++", "@@"} and line[:1] in "+-"]
    shown = "; ".join(lines[:20])
    return shown + (f"; and {len(lines) - 20} more lines" if len(lines) > 20 else "")


def _read_config(files: Files, path: str, *, required: bool) -> tuple[Config, bytes] | None:
    try:
        data = files.read(_plain(path), configuration.MAX_BYTES)
    except FileNotFoundError:
        other = path.removesuffix(".yml") + ".yaml"
        if other.rpartition("/")[2] in files.names(other.rpartition("/")[0]):
            raise InputError(f"is not read; rename it to {path}", file=other) from None
        if required:
            raise InputError(
                "does not exist; leave `config` out to use the defaults", file=path
            ) from None
        return None
    except Unreadable as error:
        raise InputError(f"{error}; it must be a regular file", file=path) from None
    return configuration.read(data, path=path), data


def _plain(path: str) -> str:
    """A path as the tree names it: ``./a`` is ``a``."""
    return PurePosixPath(path).as_posix()


def _date(text: str, today: dt.date) -> dt.date:
    if not text:
        return today
    try:
        # `fromisoformat` alone would take 20260118 and 2026-W03-7 as well.
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise InputError(f"`as-of` must be a date, YYYY-MM-DD; it is {text[:60]!r}")
    return day


def gather(
    files: Files,
    config: Config,
    as_of: dt.date,
    progress: Progress,
    *,
    past: tuple[Path, str],
) -> Project:
    """Read what the rules decide from. Raises InputError where there is no document.

    `past` is the folder and the revision (`HEAD`, or a commit) whose history counts.
    """
    if config.home and not files.names(config.home):
        raise InputError(f"`documents.home` names {config.home!r}, which is no folder here")
    found = discovery.find(files, config)
    if not any(entry.kind not in {Kind.CONDUCT, Kind.OTHER} for entry in found):
        places = ", ".join(home or "the root" for home in discovery.HOMES)
        raise InputError(
            "no governance documents were found (MILESTONES.main.md, MILESTONES.latest.md, …) in "
            f"{config.home or places}; give `root`, or `documents.home` in the configuration"
        )
    documents = discovery.load(files, found, progress=lambda done: progress(done, len(found)))
    present, folders, links = probe(files, names(documents))
    known = gather_past(*past, documents, config)
    return Project(
        documents=documents,
        tree=Tree(
            files=frozenset(present),
            folders=frozenset(folders),
            links=frozenset(links),
            workflows=workflows(files),
        ),
        layout=config.layout,
        as_of=as_of,
        options=config.options,
        history=known.history,
        refs=known.refs,
        no_history=known.no_history,
        no_refs=known.no_refs,
    )


# ---------------------------------------------------------------------------- decide


def _judge(
    files: Files,
    config: Config,
    as_of: dt.date,
    progress: Progress,
    *,
    past: tuple[Path, str],
) -> Judged:
    project = gather(files, config, as_of, progress, past=past)
    findings, skipped, ignored = _found(project, config)
    outcome = Outcome(
        findings=findings,
        skipped=skipped,
        documents=tuple(document.path for document in project.documents),
        ignored=ignored,
    )
    return Judged(project=project, outcome=outcome)


def _found(
    project: Project, config: Config
) -> tuple[tuple[Finding, ...], tuple[Skipped, ...], int]:
    """What the rules find, what was not run, and how many findings a comment sets aside."""
    found, skipped = run(project, severities=config.severities)
    findings, ignored = apply(found, ignores(project.living))
    return findings, skipped, ignored


def _without(
    named: Sequence[tuple[Finding, str]], known: Sequence[str]
) -> tuple[list[tuple[Finding, str]], int]:
    """The findings whose fingerprint is not known, and how many known ones are gone."""
    left = Counter(known)
    kept = []
    for found, name in named:
        if left[name]:
            left[name] -= 1
        else:
            kept.append((found, name))
    return kept, sum(left.values())


def _excerpts(project: Project, findings: Sequence[Finding]) -> dict[tuple[str, int], str]:
    lines = {document.path: document.lines for document in project.documents}
    lines |= {
        path: tuple(text.splitlines()) for path, text in (project.tree.workflows or {}).items()
    }
    return {
        (found.place.file, found.place.line): lines[found.place.file][found.place.line - 1]
        for found in findings
        if found.place.line <= len(lines.get(found.place.file, ()))
    }


# ---------------------------------------------------------------------------- baseline


def read_baseline(files: Files, path: str) -> tuple[str, ...] | None:
    """The fingerprints of a baseline file, or None where it isn't there.

    Raises InputError for a file of another form.
    """
    try:
        data = files.read(_plain(path), MAX_BASELINE_BYTES)
    except FileNotFoundError:
        return None
    except Unreadable as error:
        raise InputError(f"{error}; it must be a regular file", file=path) from None
    try:
        entries = json.loads(data.decode("utf-8"))["findings"]
        return tuple(str(entry["fingerprint"]) for entry in entries)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            "is not a baseline; write it with `--baseline-update`", file=path
        ) from None


def write_baseline(inputs: Inputs, context: Context) -> int:
    """Write the baseline and return how many findings it holds.

    A new one takes all findings; an old one only loses entries: debt is paid, never borrowed.
    """
    if not inputs.baseline:
        raise InputError("`--baseline-update` needs `--baseline FILE`: the file to write")
    root, head, _, _, judged = _run(inputs, context)
    old = read_baseline(head, inputs.baseline)
    left = None if old is None else Counter(old)
    entries = []
    for found, name in judged.named:
        if left is not None:
            if not left[name]:
                continue
            left[name] -= 1
        entries.append(
            {
                "rule": found.rule,
                "file": found.place.file,
                "subject": found.subject,
                "fingerprint": name,
            }
        )
    text = json.dumps({"version": 1, "findings": entries}, indent=2, ensure_ascii=True) + "\n"
    write(root, inputs.baseline, text.encode("ascii"))
    return len(entries)


def explain(name: str, pages: Path) -> str:
    """A rule's page. Raises InputError for a name that is no rule's."""
    if name not in RULES:
        raise InputError(
            f"there is no rule {name[:60]!r}{meant(name, sorted(RULES), listed='docs/rules')}"
        )
    return (pages / f"{name}.md").read_text(encoding="utf-8")


def fix(inputs: Inputs, context: Context) -> str:
    """Mend what has exactly one right answer, in place; returns the difference.

    Line ends stay as they were. Nothing is written where nothing can be mended.
    """
    import difflib

    root, head, settings, _, judged = _run(inputs, context)
    shown: list[str] = []
    for before, after in fixes(judged.project, lambda trial: _found(trial, settings.config)[0]):
        shown += difflib.unified_diff(
            before.lines, after.lines, f"a/{before.path}", f"b/{before.path}", lineterm=""
        )
        old = head.read(before.path)
        end = b"\r\n" if b"\r\n" in old else b"\n"
        mark = b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") else b""
        data = end.join(line.encode("utf-8") for line in after.lines)
        write(root, before.path, mark + data)
    return "".join(f"{line}\n" for line in shown)
