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
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

from ceremony import __version__
from ceremony.actions.inputs import build, declarations
from ceremony.choices import meant
from ceremony.git import GitError
from ceremony.model import InputError, Severity
from ceremony.report.escape import commands, visible
from ceremony.report.words import counted
from ceremony.rules.events import checkout_refused
from ceremony.runner import Runner
from ceremony.workspace import is_outside, new_file, write

if TYPE_CHECKING:
    from types import FrameType, ModuleType

    from ceremony.actions import audit as audit_part
    from ceremony.actions import cut as cut_part
    from ceremony.actions import promote as promote_part
    from ceremony.actions import rehearse as rehearse_part
    from ceremony.actions import stage as stage_part
    from ceremony.report.cutting import Outcome as Freezing
    from ceremony.rules.audit.outcome import Outcome
    from ceremony.rules.promotion import Outcome as Promotion

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

        print(runner.failure(error, _prefix(runner.inputs.get("root", "."))))
        runner.write_summary(markdown.failure(error))
    return status


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
    parts = "".join(f"  bin/ceremony {name:<8} {part.summary}\n" for name, part in PARTS.items())
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
            described |= {"action": action, "default": is_on}
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


class _Telling(NamedTuple):
    """What a part tells the workflow that it ran in."""

    part: str
    printed: str
    lines: Sequence[str]
    """Annotations, to print as they are."""
    summary: str
    report: str
    """The whole of it, JSON in ASCII."""
    outputs: Mapping[str, str]
    """All but the report's path."""


def _publish(runner: Runner, workspace: Path, telling: _Telling) -> None:
    sys.stdout.write(runner.neutral(telling.printed))
    for line in telling.lines:
        print(line)
    unwritten = runner.write_summary(telling.summary)
    if unwritten:
        print(runner.neutral(unwritten))
    folder = Path(runner.temporary or workspace)
    kept = new_file(folder, f"ceremony-{telling.part}-{{}}.json", telling.report.encode("ascii"))
    runner.write_outputs({**telling.outputs, "report": str(kept)})


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
    printed = _rendered(inputs.format, outcome, prefix)
    sarif_path = ""
    if inputs.sarif_file:
        if is_outside(inputs.sarif_file):
            raise InputError("`sarif-file` must be a path below the workspace, without `..`")
        sarif = _rendered("sarif", outcome, prefix)
        sarif_path = str(write(workspace, inputs.sarif_file, sarif.encode("ascii")))
    if runner is None:
        sys.stdout.write(printed)
        return
    counts = outcome.counts
    _publish(
        runner,
        workspace,
        _Telling(
            part="audit",
            printed=printed,
            lines=runner.annotations(outcome, prefix),
            summary=_rendered("markdown", outcome, prefix),
            report=_rendered("json", outcome, prefix),
            outputs={
                "verdict": outcome.verdict.value,
                "errors": str(counts[Severity.ERROR]),
                "warnings": str(counts[Severity.WARNING]),
                "notes": str(counts[Severity.NOTE]),
                "sarif-file": sarif_path,
            },
        ),
    )


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
    """SIGTERM and Ctrl-C as a wish that is granted between effects, never in the middle of one."""

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
        print(runner.mask(inputs.token))
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
        _say("stopped between two effects. Run it again: it goes on from where the refs are.")
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
    if inputs.format == "text":
        printed = promotion.text(outcome, colour=_coloured(), is_kept=is_kept)
    elif inputs.format == "json":
        printed = promotion.as_json(outcome)
    else:
        printed = promotion.markdown(outcome, is_kept=is_kept)
    if runner is None:
        sys.stdout.write(printed)
        return
    lines: list[str] = []
    if outcome.status:
        said = f"{promotion.headline(outcome)}. {outcome.failure or outcome.remedy}".strip()
        lines += runner.remarks("error", "promote", [said])
    kind = "notice" if outcome.verdict in promotion.DONE else "warning"
    lines += runner.remarks(kind, "promote", outcome.notices)
    _publish(
        runner,
        workspace,
        _Telling(
            part="promote",
            printed=printed,
            lines=lines,
            summary=promotion.markdown(outcome, is_kept=True),
            report=promotion.as_json(outcome),
            outputs={
                "verdict": outcome.verdict.value,
                "sha": outcome.after or "",
                "previous": outcome.before or "",
                "commits": str(outcome.commits),
                "tag": outcome.tag,
                "dispatched": ",".join(outcome.dispatched),
            },
        ),
    )


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
    if inputs.format == "text":
        printed = cutting.text(outcome, colour=_coloured())
    elif inputs.format == "sarif":
        printed = cutting.as_sarif(outcome, prefix)
    else:
        render = cutting.as_json if inputs.format == "json" else cutting.markdown
        printed = render(outcome)
    if runner is None:
        sys.stdout.write(printed)
        return
    lines: list[str] = []
    if outcome.failure or outcome.verdict is cutting.Verdict.REFUSED:
        said = f"{cutting.headline(outcome)}. {outcome.failure or outcome.remedy}".strip()
        lines += runner.remarks("error", outcome.part, [said])
    if inputs.root:
        # Lines of a text that is only on the server would point at another one here.
        lines += runner.annotations(cutting.audited(outcome), prefix)
    lines += runner.remarks("notice", outcome.part, outcome.notices)
    _publish(
        runner,
        workspace,
        _Telling(
            part=outcome.part,
            printed=printed,
            lines=lines,
            summary=cutting.markdown(outcome),
            report=cutting.as_json(outcome),
            outputs={
                "verdict": outcome.verdict.value,
                "branch": outcome.version.branch,
                "document": outcome.document,
                "sha": outcome.sha,
                "source-blob": outcome.blob,
                "pull-request": str(outcome.pull.number) if outcome.pull else "",
                "dispatched": ",".join(outcome.dispatched),
            },
        ),
    )


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
    "rehearse": _Part(
        "Play the ceremony in a sandbox: no token, no network, nothing of yours is written to.",
        _rehearse,
    ),
}
"""Every part by name; a test holds the summaries to the modules' own."""
