"""The parts as commands; the one error boundary.

Every expected failure ends here as one sentence and an exit status: 0 done or nothing to do,
1 the ceremony says no, 2 bad input or configuration, 3 something outside failed. A traceback is
shown only where `--debug` asks for it.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TextIO, TypeVar

from ceremony import __version__
from ceremony.actions.inputs import build, declarations
from ceremony.choices import meant
from ceremony.git import GitError
from ceremony.model import InputError, Severity
from ceremony.report.escape import commands, visible
from ceremony.report.words import counted
from ceremony.rules.events import checkout_refused
from ceremony.runner import Runner
from ceremony.workspace import below, is_outside, new_file, write

if TYPE_CHECKING:
    from types import FrameType, ModuleType

    from ceremony.actions import artifacts as artifacts_part
    from ceremony.actions import audit as audit_part
    from ceremony.actions import cut as cut_part
    from ceremony.actions import promote as promote_part
    from ceremony.actions import prune as prune_part
    from ceremony.actions import rehearse as rehearse_part
    from ceremony.actions import stage as stage_part
    from ceremony.report.cutting import Outcome as Freezing
    from ceremony.rules.artifacts import Outcome as Publishing
    from ceremony.rules.audit.outcome import Outcome
    from ceremony.rules.promotion import Outcome as Promotion
    from ceremony.rules.prune import Outcome as Pruning

_Outcome = TypeVar("_Outcome")

PAGES = Path(__file__).parent.parent.parent / "docs" / "rules"


def main(argv: list[str]) -> int:
    """Run a part; returns the exit status."""
    # A run is short and makes few cycles: looking for them costs more than they hold.
    gc.disable()
    debug = "--debug" in argv
    argv = [argument for argument in argv if argument != "--debug"]
    runner = None
    try:
        runner = Runner.from_environment(os.environ)
        return _part(argv, runner)
    except InputError as error:
        return _failed(runner, error, 2)
    except Exception as error:
        if debug:
            raise
        return _failed(runner, InputError(_explained(error)), 3)


def _explained(error: Exception) -> str:
    from ceremony.forge import ForgeError

    if isinstance(error, GitError | OSError | ForgeError):
        return str(error)
    return (
        f"ceremony itself failed ({type(error).__name__}: {error}); please report it, with what "
        "`--debug` shows"
    )


def _failed(runner: Runner | None, error: InputError, status: int) -> int:
    if runner is None:
        _say(f"{str(error).rstrip('.')}.")
    else:
        from ceremony.report import markdown

        said = runner.failure(error, _prefix(runner.inputs.get("root", ".")))
        print(said, file=_beside(runner.inputs.get("format", "")))
        runner.write_summary(markdown.failure(error))
    return status


def _beside(form: str) -> TextIO:
    """Where a workflow's commands go: the runner takes them from both streams.

    What a program reads is one object on standard output and nothing else.
    """
    return sys.stderr if form in {"json", "sarif"} else sys.stdout


def _say(message: str) -> None:
    """One sentence on stderr; it may quote a stranger, and a workflow may be listening."""
    print(f"ceremony: {commands(visible(message))}", file=sys.stderr)


def _prefix(root: str) -> str:
    """The root as a prefix of paths that are relative to the workspace."""
    parts = [part for part in Path(root).parts if part not in {".", ""}]
    if Path(root).is_absolute() or ".." in parts:
        return ""
    return "".join(f"{part}/" for part in parts)


def _coloured() -> bool:
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


class _Part(NamedTuple):
    """A part as a command; its module is imported only once it is asked for."""

    summary: str
    run: Callable[[Any, Runner | None, Path], int]
    """From its inputs, the step of a workflow where there is one, and the folder that relative
    paths start from, to the exit status."""


def _part(argv: list[str], runner: Runner | None) -> int:
    if not argv or argv[0] in {"-h", "--help", "help"}:
        print(_usage(), end="", file=sys.stdout if argv else sys.stderr)
        return 0 if argv else 2
    if argv[0] == "--version":
        print(__version__)
        return 0
    name = argv[0]
    if name not in PARTS:
        raise InputError(f"there is no part {name[:60]!r}; valid: {', '.join(PARTS)}")
    module = _module(name)
    if runner is not None and runner.inputs and len(argv) == 1:
        inputs = build(module.Inputs, runner.inputs, options=False)
        return PARTS[name].run(inputs, runner, Path(runner.workspace))
    given = _options(name, module, argv[1:])
    if given is None:
        return 0
    return PARTS[name].run(build(module.Inputs, given), runner, Path.cwd())


def _usage() -> str:
    parts = "".join(f"  bin/ceremony {name:<9} {part.summary}\n" for name, part in PARTS.items())
    return (
        f"ceremony {__version__}: development, agreement and release, kept honest with one "
        f"another.\n\n{parts}\n`bin/ceremony PART --help` lists a part's options.\n"
    )


def _module(name: str) -> ModuleType:
    import importlib

    return importlib.import_module(f"ceremony.actions.{name}")


def _options(name: str, module: ModuleType, argv: list[str]) -> dict[str, str] | None:
    """The options given, by name; None where only help was asked for."""
    import argparse
    import shutil

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            # What follows may be a secret.
            message = message.partition(" explicit argument")[0]
            raise InputError(f"{message}; `bin/ceremony {name} --help` lists the options")

    width = min(shutil.get_terminal_size().columns, 100)
    parser = Parser(
        prog=f"bin/ceremony {name}",
        description=module.SUMMARY,
        epilog=_epilog(module),
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=width),
    )
    given = {}
    for entry in declarations(module.Inputs):
        if entry.secret:
            given[entry.name] = _token(os.environ)
            continue
        words = entry.help.replace("%", "%%")
        if entry.default and not entry.switch and "Default:" not in words:
            words += f" Default: {entry.default}."
        described: dict[str, Any] = {"help": words}
        if entry.switch:
            is_on = entry.default == "true"
            action = argparse.BooleanOptionalAction if is_on else "store_true"
            words += " Default: on." * is_on
            described |= {"action": action, "default": is_on, "help": words}
        else:
            described |= {"metavar": entry.metavar or entry.name.upper(), "default": ""}
        if entry.lines:
            words = words.replace(", one a line", "") + " Repeat it for more than one."
            described |= {"action": "append", "default": [], "help": words}
        parser.add_argument(f"--{entry.name}", **described)
    parser.add_argument("--debug", action="store_true", help="Show tracebacks.")
    try:
        known, unknown = parser.parse_known_args(argv)
    except SystemExit as stop:
        if stop.code == 0:
            return None
        raise
    if unknown:
        said = _unknown(unknown, module)
        raise InputError(f"{said}; `bin/ceremony {name} --help` lists the options")
    parsed = vars(known)
    parsed.pop("debug")
    for entry in declarations(module.Inputs):
        is_given = any(word.partition("=")[0] == f"--{entry.name}" for word in argv)
        if is_given and entry.only_option and parsed[entry.name.replace("-", "_")] == "":
            raise InputError(f"`--{entry.name}` is empty: give it a value, or leave it out")
    return given | {key.replace("_", "-"): _text(value) for key, value in parsed.items()}


def _epilog(module: ModuleType) -> str:
    """What a part reads besides its options, and what its exit status says."""
    is_told = any(entry.secret for entry in declarations(module.Inputs))
    return "environment:\n  GITHUB_TOKEN, else GH_TOKEN: the token\n\n" * is_told + (
        "exit status:\n  0 done or nothing to do, 1 the ceremony says no, 2 bad input or "
        "configuration,\n  3 something outside failed"
    )


_OPTION = re.compile(r"--[a-z]{2,20}(?:-[a-z]{2,20}){0,3}")


def _unknown(arguments: list[str], module: ModuleType) -> str:
    """What is wrong with arguments that are no option's; a value may be a secret."""
    entries = {entry.name: entry for entry in declarations(module.Inputs)}
    for argument in arguments:
        option = argument.partition("=")[0]
        if not _OPTION.fullmatch(option):
            continue
        entry = entries.get(option[2:])
        if entry and entry.secret:
            return f"there is no `{option}`: set GITHUB_TOKEN or GH_TOKEN"
        known = [f"--{each.name}" for each in entries.values() if not each.secret]
        return f"there is no option `{option}`{meant(option, known).partition(';')[0]}"
    return "an argument belongs to no option, which is not repeated here as it may be a secret"


def _token(environ: Mapping[str, str]) -> str:
    """The token for a command line, which itself must never hold one."""
    return environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN") or ""


def _text(value: str | bool | list[str]) -> str:  # noqa: FBT001 -- what argparse made of it
    if isinstance(value, list):
        return "\n".join(value)
    return str(value).lower() if isinstance(value, bool) else value


class _Report(NamedTuple):
    """What a part has to tell; each piece is made when it is asked for."""

    part: str
    forms: Mapping[str, Callable[[], str]]
    """By format; `markdown` is a step's summary too, and `json`, in ASCII, what it keeps."""
    lines: Callable[[Runner], Sequence[str]]
    """Annotations, to print as they are."""
    outputs: Callable[[], Mapping[str, str]]
    """All but the report's path."""


def _forms(reports: Any, outcome: Any) -> dict[str, Callable[[], str]]:
    """The formats that every part has, made by the module of its reports."""
    return {
        "text": lambda: reports.text(outcome, colour=_coloured()),
        "json": lambda: reports.as_json(outcome),
        "markdown": lambda: reports.markdown(outcome),
    }


def _why(reports: Any, outcome: Any) -> str:
    """Why a run did not end well, with what to do about it."""
    return f"{reports.headline(outcome)}. {outcome.failure or outcome.remedy}".strip()


def _tell(report: _Report, form: str, runner: Runner | None, workspace: Path) -> None:
    """Print the report in its format, and tell the workflow that it ran in the rest."""
    printed = report.forms[form]()
    if runner is None:
        sys.stdout.write(printed)
        return
    sys.stdout.write(runner.neutral(printed))
    beside = _beside(form)
    for line in report.lines(runner):
        print(line, file=beside)
    unwritten = runner.write_summary(report.forms["markdown"]())
    if unwritten:
        print(runner.neutral(unwritten), file=beside)
    folder = Path(runner.temporary or workspace)
    data = report.forms["json"]().encode("ascii")
    kept = new_file(folder, f"ceremony-{report.part}-{{}}.json", data)
    runner.write_outputs({**report.outputs(), "report": str(kept)})


# ---------------------------------------------------------------------------- audit


def _audit(inputs: audit_part.Inputs, runner: Runner | None, workspace: Path) -> int:
    from ceremony.actions import audit
    from ceremony.rules.audit.outcome import Outcome, Verdict

    if inputs.explain:
        sys.stdout.write(audit.explain(inputs.explain, PAGES))
        return 0
    context = audit.Context(
        workspace=workspace,
        today=dt.datetime.now(dt.UTC).date(),
        pull_request=runner is not None and runner.is_pull_request,
        sha=runner.sha if runner else None,
        head=runner.pull_request_head() if runner else None,
        bases=runner.pull_request_base() if runner else frozenset(),
        progress=_progress(),
    )
    refused = checkout_refused(runner.event_name, runner.payload()) if runner else ""
    if refused:
        outcome = Outcome(refusal=refused)
    else:
        if inputs.baseline_update:
            held = counted(audit.write_baseline(inputs, context), "finding")
            _say(f"{inputs.baseline} holds {held}.")
        if inputs.fix:
            changes = audit.fix(inputs, context).splitlines()
            for line in changes:
                print(commands(visible(line)), file=sys.stderr)
            if not changes:
                _say("nothing here has exactly one right answer.")
        outcome = audit.audit(inputs, context)
    _report(inputs, outcome, runner, workspace)
    return 0 if outcome.verdict is Verdict.PASS else 1


def _report(
    inputs: audit_part.Inputs, outcome: Outcome, runner: Runner | None, workspace: Path
) -> None:
    prefix = _prefix(inputs.root)
    sarif_path = ""
    if inputs.sarif_file:
        if is_outside(inputs.sarif_file):
            raise InputError("`sarif-file` must be a path below the workspace, without `..`")
        sarif = _rendered("sarif", outcome, prefix)
        sarif_path = str(write(workspace, inputs.sarif_file, sarif.encode("ascii")))
    counts = outcome.counts

    def rendered(form: str) -> Callable[[], str]:
        return lambda: _rendered(form, outcome, prefix)

    report = _Report(
        part="audit",
        forms={form: rendered(form) for form in ("text", "json", "markdown", "sarif")},
        lines=lambda runner: runner.annotations(outcome, prefix),
        outputs=lambda: {
            "verdict": outcome.verdict.value,
            "errors": str(counts[Severity.ERROR]),
            "warnings": str(counts[Severity.WARNING]),
            "notes": str(counts[Severity.NOTE]),
            "sarif-file": sarif_path,
        },
    )
    _tell(report, inputs.format, runner, workspace)


def _rendered(form: str, outcome: Outcome, prefix: str) -> str:
    """The report in one of the formats; each is imported only where it is asked for."""
    if form == "json":
        from ceremony.report import as_json

        return as_json.render(outcome)
    if form == "markdown":
        from ceremony.report import markdown

        return markdown.render(outcome)
    if form == "sarif":
        from ceremony.report import sarif

        return sarif.render(outcome, prefix)
    from ceremony.report import text

    return text.render(outcome, colour=_coloured())


def _progress() -> audit_part.Progress:
    """Says on a terminal how far a long run has come, after its first second."""
    from ceremony.actions import audit

    if not sys.stderr.isatty():
        return audit.silent
    started = time.monotonic()
    last = started

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - started > 1 and (now - last > 0.1 or done == total):
            last = now
            end = "\n" if done == total else ""
            sys.stderr.write(f"\rceremony: read {done} of {total} documents{end}")
            sys.stderr.flush()

    return tell


# ---------------------------------------------------------------------------- promote


class _Stop:
    """SIGTERM and Ctrl-C as a wish that is granted between effects, never in the middle of one.

    The upload of a file, which may take hours, is none: what has half arrived is no part of
    anything.
    """

    def __init__(self) -> None:
        self._asked = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals, as far as this thread may."""
        import signal
        import threading

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {n: signal.signal(n, self._ask) for n in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def seam(self) -> None:
        """Raises KeyboardInterrupt once a signal has come."""
        if self._asked:
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> None:
        """Wait, and raise KeyboardInterrupt within a second of a signal."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.seam()
            time.sleep(min(left, 1))
        self.seam()


def _connected(
    inputs: Any, runner: Runner | None, act: Callable[[dict[str, Any]], _Outcome]
) -> _Outcome | None:
    """What a part that talks to GitHub comes to; None where it was stopped.

    `act` gets what every such part knows of its run.
    """
    # It may wait for hours.
    gc.enable()
    if runner and runner.inputs.get("token"):
        # Not for a command line, whose output may go into a pipe.
        print(runner.mask(inputs.token), file=_beside(inputs.format))
    stop = _Stop()
    known = {
        "repository": runner.repository if runner else os.environ.get("GITHUB_REPOSITORY", ""),
        "api_url": runner.api_url if runner else os.environ.get("GITHUB_API_URL", ""),
        "event": runner.event_name if runner else "",
        "sleep": stop.sleep,
        "tell": _say,
        "seam": stop.seam,
    }
    try:
        with stop.listening():
            return act(known)
    except KeyboardInterrupt:
        _say("stopped between two effects. Run it again: it goes on from what is there.")
        return None


def _promote(inputs: promote_part.Inputs, runner: Runner | None, workspace: Path) -> int:
    from ceremony.actions import promote

    def act(known: dict[str, Any]) -> Promotion:
        context = promote.Context(
            payload=runner.payload() if runner else {},
            run=_number(runner.run_id) if runner else None,
            attempt=(_number(runner.attempt) if runner else None) or 1,
            workflow=runner.workflow if runner else "",
            runner_name=runner.name if runner else "",
            **known,
        )
        return promote.promote(inputs, context)

    outcome = _connected(inputs, runner, act)
    if outcome is None:
        return 130
    _promoted(inputs, outcome, runner, workspace)
    return outcome.status


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


def _promoted(
    inputs: promote_part.Inputs, outcome: Promotion, runner: Runner | None, workspace: Path
) -> None:
    from ceremony.report import promotion

    is_kept = runner is not None

    def lines(runner: Runner) -> list[str]:
        kind = "notice" if outcome.verdict in promotion.DONE else "warning"
        said = _why(promotion, outcome)
        return [
            *runner.remarks("error", "promote", [said] * bool(outcome.status)),
            *runner.remarks(kind, "promote", outcome.notices),
        ]

    report = _Report(
        part="promote",
        forms={
            "text": lambda: promotion.text(outcome, colour=_coloured(), is_kept=is_kept),
            "json": lambda: promotion.as_json(outcome),
            "markdown": lambda: promotion.markdown(outcome, is_kept=is_kept),
        },
        lines=lines,
        outputs=lambda: {
            "verdict": outcome.verdict.value,
            "sha": outcome.after or "",
            "previous": outcome.before or "",
            "commits": str(outcome.commits),
            "tag": outcome.tag,
            "dispatched": ",".join(outcome.dispatched),
        },
    )
    _tell(report, inputs.format, runner, workspace)


# ---------------------------------------------------------------------------- rehearse


def _rehearse(inputs: rehearse_part.Inputs, _runner: Runner | None, workspace: Path) -> int:
    from ceremony.actions import rehearse
    from ceremony.rehearsal import narrator

    gc.enable()
    context = rehearse.Context(
        workspace=workspace,
        today=dt.datetime.now(dt.UTC).date(),
        out=sys.stdout,
        coloured=_coloured(),
        width=narrator.width(),
    )
    return rehearse.run(inputs, context)


# ---------------------------------------------------------------------------- cut, stage


def _cut(inputs: cut_part.Inputs, runner: Runner | None, workspace: Path) -> int:
    from ceremony.actions import cut

    return _freeze(inputs, runner, workspace, cut.cut)


def _stage(inputs: stage_part.Inputs, runner: Runner | None, workspace: Path) -> int:
    from ceremony.actions import stage

    return _freeze(inputs, runner, workspace, stage.stage)


def _freeze(
    inputs: Any, runner: Runner | None, workspace: Path, part: Callable[[Any, Any], Freezing]
) -> int:
    from ceremony.actions import freezing

    def act(known: dict[str, Any]) -> Freezing:
        context = freezing.Context(
            workspace=workspace,
            is_pull_request=runner is not None and runner.is_pull_request,
            untrusted=checkout_refused(runner.event_name, runner.payload()) if runner else "",
            pull_request=runner.pull_request_number() if runner else 0,
            **known,
        )
        return part(inputs, context)

    outcome = _connected(inputs, runner, act)
    if outcome is None:
        return 130
    _frozen(inputs, outcome, runner, workspace)
    return outcome.status


def _frozen(inputs: Any, outcome: Freezing, runner: Runner | None, workspace: Path) -> None:
    from ceremony.report import cutting

    prefix = _prefix(inputs.root)

    def lines(runner: Runner) -> list[str]:
        is_wrong = bool(outcome.failure) or outcome.verdict is cutting.Verdict.REFUSED
        said = _why(cutting, outcome)
        # Lines of a text that is only on the server would point at another one here.
        found = runner.annotations(cutting.audited(outcome), prefix) if inputs.root else []
        return [
            *runner.remarks("error", outcome.part, [said] * is_wrong),
            *found,
            *runner.remarks("notice", outcome.part, outcome.notices),
        ]

    report = _Report(
        part=outcome.part,
        forms={
            "text": lambda: cutting.text(outcome, colour=_coloured()),
            "json": lambda: cutting.as_json(outcome),
            "markdown": lambda: cutting.markdown(outcome),
            **_forms(cutting, outcome),
            "sarif": lambda: cutting.as_sarif(outcome, prefix),
        },
        lines=lines,
        outputs=lambda: {
            "verdict": outcome.verdict.value,
            "branch": outcome.version.branch,
            "document": outcome.document,
            "sha": outcome.sha,
            "source-blob": outcome.blob,
            "pull-request": str(outcome.pull.number) if outcome.pull else "",
            "dispatched": ",".join(outcome.dispatched),
        },
    )
    _tell(report, inputs.format, runner, workspace)


# ---------------------------------------------------------------------------- artifacts


def _artifacts(inputs: artifacts_part.Inputs, runner: Runner | None, workspace: Path) -> int:
    import tempfile

    from ceremony.actions import artifacts

    # An upload that was left may hold a file open, which Windows then does not remove.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as thrown_away:
        # In a workflow the steps that follow read the manifest.
        folder = _own_folder(runner) if runner else Path(thrown_away)

        def act(known: dict[str, Any]) -> Publishing:
            context = artifacts.Context(
                workspace=workspace,
                folder=folder,
                ref=runner.source() if runner else "",
                sha=runner.sha if runner else "",
                is_workflow=runner is not None,
                **known,
            )
            return artifacts.publish(inputs, context)

        outcome = _connected(inputs, runner, act)
        if outcome is None:
            return 130
        _published(inputs, outcome, runner, workspace, folder)
    return outcome.status


def _own_folder(runner: Runner) -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix="ceremony-artifacts-", dir=runner.temporary or None))


def _published(
    inputs: artifacts_part.Inputs,
    outcome: Publishing,
    runner: Runner | None,
    workspace: Path,
    folder: Path,
) -> None:
    from ceremony.report import publishing
    from ceremony.rules import record

    plan = outcome.plan
    made = plan.record if plan and not plan.refusals else None
    prefix = _from(workspace, below(workspace, inputs.root))

    def lines(runner: Runner) -> list[str]:
        reasons = outcome.plan.refusals if outcome.plan else ()
        said = [outcome.failure] if outcome.failure else [*reasons] or [outcome.reason]
        return [
            *runner.remarks("error", "artifacts", said if outcome.status else []),
            *runner.remarks("notice", "artifacts", outcome.notices),
        ]

    def written(name: str) -> str:
        return str(folder / name) if (folder / name).is_file() else ""

    report = _Report(
        part="artifacts",
        forms=_forms(publishing, outcome),
        lines=lines,
        outputs=lambda: {
            "verdict": outcome.verdict.value,
            "files": publishing.as_patterns(made.files, prefix) if made else "",
            "retention-days": str(plan.host_days) if plan else "",
            "channel": made.channel if made else "",
            "expires-at": record.stamp(made.expires) if made and made.expires else "",
            "prerelease": str(made.prerelease).lower() if made else "",
            "tag": made.tag if made else "",
            "url": outcome.url,
            "manifest": written(record.NAME),
            "sums": written(record.SUMS),
        },
    )
    _tell(report, inputs.format, runner, workspace)


def _from(workspace: Path, folder: Path) -> str:
    """What the paths of a folder's files begin with where the workspace is; absolute outside."""
    place = Path(os.path.normpath(folder))
    if not place.is_relative_to(workspace):
        return f"{place.as_posix()}/"
    return _prefix(place.relative_to(workspace).as_posix())


# ---------------------------------------------------------------------------- prune


def _prune(inputs: prune_part.Inputs, runner: Runner | None, workspace: Path) -> int:
    from ceremony.actions import prune

    outcome = _connected(inputs, runner, lambda known: prune.prune(inputs, prune.Context(**known)))
    if outcome is None:
        return 130
    _pruned(inputs, outcome, runner, workspace)
    return outcome.status


def _pruned(
    inputs: prune_part.Inputs, outcome: Pruning, runner: Runner | None, workspace: Path
) -> None:
    from ceremony.report import pruning
    from ceremony.rules.prune import Word

    def lines(runner: Runner) -> list[str]:
        said = _why(pruning, outcome)
        return [
            *runner.remarks("error", "prune", [said] * bool(outcome.status)),
            *runner.remarks("notice", "prune", outcome.notices),
        ]

    report = _Report(
        part="prune",
        forms=_forms(pruning, outcome),
        lines=lines,
        outputs=lambda: {
            "verdict": outcome.verdict.value,
            "deleted": str(outcome.deleted),
            "kept": str(outcome.count(Word.KEEP)),
            "left": str(outcome.count(Word.LEFT)),
            "tags": ",".join(outcome.tags),
        },
    )
    _tell(report, inputs.format, runner, workspace)


PARTS = {
    "audit": _Part("Do the documents agree, with one another and with the tree?", _audit),
    "promote": _Part("Move latest to the newest commit of main that is proven green.", _promote),
    "cut": _Part(
        "Is this version's agreement mature? Then freeze it: document, branch, the next cycle.",
        _cut,
    ),
    "stage": _Part(
        "Carry a frozen version on to its next stage, with only the changes that the step allows.",
        _stage,
    ),
    "artifacts": _Part(
        "Publish the right files in the right channel, and write down until when they live.",
        _artifacts,
    ),
    "prune": _Part(
        "Remove the releases that have outlived their retention, and nothing else.", _prune
    ),
    "rehearse": _Part(
        "Play the ceremony in a sandbox: no token, no network, nothing of yours is written to.",
        _rehearse,
    ),
}
"""Every part by name; a test holds the summaries to the modules' own."""
