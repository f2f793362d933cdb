"""The parts as commands; the one error boundary.

Every expected failure ends here as one sentence and an exit status: 0 done or nothing to do,
1 the ceremony says no, 2 bad input or configuration, 3 something outside failed. A traceback is
shown only where `--debug` asks for it.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import sys
import time
from pathlib import Path

from ceremony import __version__
from ceremony.actions import audit
from ceremony.actions.audit import Context, Inputs
from ceremony.actions.inputs import build, declarations
from ceremony.git import GitError
from ceremony.model import InputError, Severity
from ceremony.report.escape import commands, visible
from ceremony.report.words import counted
from ceremony.rules.audit.outcome import Outcome, Verdict
from ceremony.runner import Runner, refusal
from ceremony.workspace import is_outside, new_file, write

PAGES = Path(__file__).parent.parent.parent / "docs" / "rules"
USAGE = f"""\
ceremony {__version__}: development, agreement and release, kept honest with one another.

  bin/ceremony audit [options]   {audit.SUMMARY}

`bin/ceremony PART --help` lists a part's options.
"""


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
    except (GitError, OSError) as error:
        if debug:
            raise
        return _failed(runner, InputError(f"{error}"), 3)
    except Exception as error:
        if debug:
            raise
        message = (
            f"ceremony itself failed ({type(error).__name__}: {error}); please report it, with "
            "what `--debug` shows"
        )
        return _failed(runner, InputError(message), 3)


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


def _part(argv: list[str], runner: Runner | None) -> int:
    if not argv or argv[0] in {"-h", "--help", "help"}:
        print(USAGE, end="", file=sys.stdout if argv else sys.stderr)
        return 0 if argv else 2
    if argv[0] == "--version":
        print(__version__)
        return 0
    if argv[0] != "audit":
        raise InputError(f"there is no part {argv[0][:60]!r}; valid: audit")
    if runner is not None and runner.inputs and len(argv) == 1:
        inputs = build(Inputs, runner.inputs, options=False)
        return _audit(inputs, runner, Path(runner.workspace))
    given = _options(argv[1:])
    if given is None:
        return 0
    return _audit(build(Inputs, given), runner, Path.cwd())


def _options(argv: list[str]) -> dict[str, str] | None:
    """The options given, by name; None where only help was asked for."""
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> None:  # type: ignore[override]
            raise InputError(f"{message}; `bin/ceremony audit --help` lists the options")

    parser = Parser(prog="bin/ceremony audit", description=audit.SUMMARY, allow_abbrev=False)
    for entry in declarations(Inputs):
        flag = f"--{entry.name}"
        words = entry.help.replace("%", "%%")
        if entry.switch:
            parser.add_argument(flag, action="store_true", help=words)
        else:
            parser.add_argument(
                flag, metavar=entry.metavar or entry.name.upper(), default="", help=words
            )
    parser.add_argument("--debug", action="store_true", help="Show tracebacks.")
    try:
        parsed = vars(parser.parse_args(argv))
    except SystemExit as stop:
        if stop.code == 0:
            return None
        raise
    parsed.pop("debug")
    return {
        name.replace("_", "-"): str(value).lower() if isinstance(value, bool) else value
        for name, value in parsed.items()
    }


def _audit(inputs: Inputs, runner: Runner | None, workspace: Path) -> int:
    if inputs.explain:
        sys.stdout.write(audit.explain(inputs.explain, PAGES))
        return 0
    context = Context(
        workspace=workspace,
        today=dt.datetime.now(dt.UTC).date(),
        pull_request=runner is not None and runner.is_pull_request,
        sha=runner.sha if runner else None,
        head=runner.pull_request_head() if runner else None,
        bases=runner.pull_request_base() if runner else frozenset(),
        progress=_progress(),
    )
    refused = refusal(runner.event_name, runner.payload()) if runner else ""
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


def _report(inputs: Inputs, outcome: Outcome, runner: Runner | None, workspace: Path) -> None:
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
    sys.stdout.write(runner.neutral(printed))
    for line in runner.annotations(outcome, prefix):
        print(line)
    unwritten = runner.write_summary(_rendered("markdown", outcome, prefix))
    if unwritten:
        print(runner.neutral(unwritten))
    report = _rendered("json", outcome, prefix)
    folder = Path(runner.temporary or workspace)
    kept = new_file(folder, "ceremony-audit-{}.json", report.encode("ascii"))
    counts = outcome.counts
    runner.write_outputs(
        {
            "verdict": outcome.verdict.value,
            "errors": str(counts[Severity.ERROR]),
            "warnings": str(counts[Severity.WARNING]),
            "notes": str(counts[Severity.NOTE]),
            "report": str(kept),
            "sarif-file": sarif_path,
        }
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


def _progress() -> audit.Progress:
    """Says on a terminal how far a long run has come, after its first second."""
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
