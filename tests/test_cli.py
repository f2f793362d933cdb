"""The command line: exit statuses, formats, and what each option does to a real folder."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ceremony import __version__, cli
from ceremony.actions.inputs import declarations
from ceremony.model import InputError
from ceremony.rules.audit import RULES
from ceremony.rules.audit.past import NO_CHECKOUT
from ceremony.sandbox import Fault, Sandbox
from tests.report.hostile import obeyed

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "examples" / "project"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample project, as the current folder."""
    for name in ("GITHUB_ACTIONS", "INPUTS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "project"
    shutil.copytree(SAMPLE, folder)
    monkeypatch.chdir(folder)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


LINE = "See [the plan](./plan.md).\n"


def spoil(folder: Path) -> None:
    """Give the sample one error: a link that leads nowhere."""
    main = folder / "MILESTONES.main.md"
    main.write_text(main.read_text(encoding="utf-8") + LINE, encoding="utf-8")


def audit(*options: str) -> int:
    return cli.main(["audit", *options])


def found(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    audit("--format", "json", *options)
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def test_the_sample_is_healthy(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit("--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["part"] == "audit"
    assert report["verdict"] == "pass"
    assert report["findings"] == []
    assert report["counts"] == {"error": 0, "warning": 0, "note": 0}
    skipped = {entry["rule"]: entry["reason"] for entry in report["skipped"]}
    of_git = {name for name, reason in skipped.items() if reason == NO_CHECKOUT}
    assert set(skipped) - of_git == {name for name, rule in RULES.items() if rule.check is None}
    assert len(of_git) == 14


def test_a_finding_fails_and_names_its_place(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(project)
    assert audit("--format", "json") == 1
    report = json.loads(capsys.readouterr().out)
    (finding,) = report["findings"]
    line = (project / "MILESTONES.main.md").read_text(encoding="utf-8").splitlines()
    assert line[finding["line"] - 1] == LINE.strip()
    assert (finding["rule"], finding["file"]) == ("link-dangling", "MILESTONES.main.md")
    assert {"rule", "severity", "file", "line", "column", "message", "help"} <= set(finding)


@pytest.mark.parametrize(
    ("threshold", "status"), [("error", 1), ("warning", 1), ("note", 1), ("never", 0)]
)
def test_fail_on(project: Path, threshold: str, status: int) -> None:
    spoil(project)
    assert audit("--fail-on", threshold) == status


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif"])
def test_every_format_is_whole(
    project: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    spoil(project)
    assert audit("--format", form) == 1
    out = capsys.readouterr().out
    assert "link-dangling" in out
    assert out.endswith("\n")
    if form in {"json", "sarif"}:
        json.loads(out)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "bin/ceremony audit"),
        (["promot"], "there is no part 'promot'"),
        (["audit", "--fail-on", "eror"], "must be one of error, warning, note, never"),
        (["audit", "--format", "xml"], "must be one of text, json, markdown, sarif"),
        (["audit", "--root", "nowhere"], "'nowhere' is not a folder"),
        (["audit", "--config", "no.yml"], "no.yml: does not exist"),
        (["audit", "--as-of", "2026-13-01"], "must be a date"),
        (["audit", "--as-of", "20260101"], "must be a date"),
        (["audit", "--colour"], "there is no option `--colour`; `bin/ceremony audit --help`"),
        (["audit", "--rot", "."], "there is no option `--rot` (did you mean `--root`?)"),
        (["audit", "--fix=canary"], "argument --fix: ignored; `bin/ceremony audit --help`"),
        (["audit", "canary"], "an argument belongs to no option"),
        (["audit", "--Canary"], "an argument belongs to no option"),
        (["audit", "--explain", "domain-owner"], "there is no rule 'domain-owner'"),
        (["audit", "--baseline", "none.json"], "none.json: does not exist"),
        (["audit", "--base", "nowhere"], "base 'nowhere'"),
        (["audit", "--root", ".github"], "no governance documents were found"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_one_sentence_and_status_2(
    project: Path, capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    assert cli.main(argv) == 2
    streams = capsys.readouterr()
    assert said in streams.err
    assert "Traceback" not in streams.err
    assert "canary" not in streams.err.lower()
    assert streams.out == ""


def test_a_bad_configuration_names_file_and_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / ".github" / "ceremony.yml").write_text("rules:\n  state-mising: off\n")
    assert audit() == 2
    assert ".github/ceremony.yml:2:" in capsys.readouterr().err


def test_the_configuration_turns_a_rule_off(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(project)
    (project / ".github" / "ceremony.yml").write_text("rules:\n  link-dangling: note\n")
    report = found(capsys)
    assert [f["severity"] for f in report["findings"]] == ["note"]
    (project / ".github" / "ceremony.yml").write_text("rules:\n  link-dangling: off\n")
    report = found(capsys)
    assert report["findings"] == []
    assert {"rule": "link-dangling", "reason": "turned off in the configuration"} in report[
        "skipped"
    ]


def test_an_unexpected_failure_is_status_3_and_a_traceback_only_on_demand(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ceremony.actions.audit.gather", None)
    assert audit() == 3
    said = capsys.readouterr().err
    assert "please report it" in said
    assert "Traceback" not in said
    with pytest.raises(TypeError):
        cli.main(["audit", "--debug"])


def test_explain_prints_the_rules_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit("--explain", "domain-owner-missing") == 0
    page = ROOT / "docs" / "rules" / "domain-owner-missing.md"
    assert capsys.readouterr().out == page.read_text(encoding="utf-8")


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert cli.main(["audit", "--help"]) == 0
    assert cli.main(["--version"]) == 0
    out = capsys.readouterr().out
    assert "--fail-on" in out
    assert out.endswith(f"{__version__}\n")
    assert "GITHUB_TOKEN" not in out


@pytest.mark.parametrize("columns", ["60", "400"])
def test_a_part_s_help_says_what_it_reads_and_how_it_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert cli.main(["promote", "--help"]) == 0
    out = capsys.readouterr().out
    said = " ".join(out.split())
    for part in ("GITHUB_TOKEN, else GH_TOKEN", "2 bad input", "Default: text.", "Default: 0."):
        assert part in said
    assert said.count("Default: the configuration's, else main.") == 1
    assert max(map(len, out.splitlines())) <= 100


def test_sarif_file_is_written_and_never_through_a_link(project: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (project / "out.sarif").symlink_to(victim)
    assert audit("--sarif-file", "out.sarif") == 0
    assert json.loads((project / "out.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert victim.read_text() == "mine"
    (project / "linked").symlink_to(tmp_path)
    assert audit("--sarif-file", "linked/out.sarif") == 2
    assert not (tmp_path / "out.sarif").exists()


def test_fix_mends_what_has_one_answer_and_shows_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    latest = project / "MILESTONES.latest.md"
    edit(latest, "**Branch**: `latest`", "**Branch**: `main`")
    frozen = project / "MILESTONES.v0.1.0-alpha.md"
    before = frozen.read_bytes()
    reviewers = project / "REVIEWERS.md"
    reviewers.write_bytes(
        reviewers.read_bytes()
        + b"\n## Asking\n\n```markdown\nWhat to say.\n\n```suggestion\nx\n```\n```\n"
        + b"\n## Last\n\nEnd.\n"
    )
    assert audit("--format", "json") == 1
    capsys.readouterr()
    assert audit("--fix", "--format", "json") == 0
    streams = capsys.readouterr()
    assert "-**Branch**: `main`" in streams.err
    assert "+**Branch**: `latest`" in streams.err
    assert "+````markdown" in streams.err
    assert json.loads(streams.out)["findings"] == []
    assert b"````markdown\nWhat to say.\n\n```suggestion\nx\n```\n````\n" in reviewers.read_bytes()
    assert frozen.read_bytes() == before
    assert audit("--fix") == 0
    assert "nothing here has exactly one right answer" in capsys.readouterr().err


def test_fix_leaves_line_ends_as_they_are(project: Path) -> None:
    latest = project / "MILESTONES.latest.md"
    edit(latest, "**Branch**: `latest`", "**Branch**: `main`")
    latest.write_bytes(b"\xef\xbb\xbf" + latest.read_bytes().replace(b"\n", b"\r\n"))
    expected = latest.read_bytes().replace(b"**Branch**: `main`", b"**Branch**: `latest`")
    assert audit("--fix") == 0
    assert latest.read_bytes() == expected


def test_a_baseline_starts_whole_and_only_shrinks(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(project)
    assert audit("--baseline", "known.json", "--baseline-update") == 0
    assert len(json.loads((project / "known.json").read_text())["findings"]) == 1
    capsys.readouterr()
    report = found(capsys, "--baseline", "known.json")
    assert (report["verdict"], report["known"]) == ("pass", 1)
    edit(project / "MILESTONES.main.md", "**Branch**: `main`", "**Branch**: `trunk`")
    assert audit("--baseline", "known.json", "--baseline-update") == 1
    assert len(json.loads((project / "known.json").read_text())["findings"]) == 1
    edit(project / "MILESTONES.main.md", LINE, "")
    capsys.readouterr()
    report = found(capsys, "--baseline", "known.json")
    assert "what is mended by now (1 of 1)" in str(report["notices"])
    assert audit("--baseline", "known.json", "--baseline-update") == 1
    assert json.loads((project / "known.json").read_text())["findings"] == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"findings": 3}', '{"findings": [{}]}', "\xff"])
def test_a_baseline_of_another_form_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (project / "known.json").write_text(text, encoding="latin-1")
    assert audit("--baseline", "known.json") == 2
    assert "known.json: is not a baseline" in capsys.readouterr().err


def test_an_input_error_knows_its_place() -> None:
    error = InputError("is wrong", file="a.yml", line=3)
    assert str(error) == "a.yml:3: is wrong"


def test_what_a_fix_shows_is_inert(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = project / "MILESTONES.latest.md"
    hostile = "**Branch**: `main`\n\n::set-output name=verdict::pass\nx ##[set-output name=a]b\n"
    edit(latest, "**Branch**: `latest`\n", hostile)
    audit("--fix")
    said = capsys.readouterr().err
    assert "+**Branch**: `latest`" in said
    assert "::set-output" not in said
    assert "##[" not in said


def test_a_baseline_is_never_written_through_a_link(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / "linked").symlink_to(outside)
    assert audit("--baseline", "linked/known.json", "--baseline-update") == 2
    assert audit("--baseline", "../known.json", "--baseline-update") == 2
    assert audit("--baseline-update") == 2
    assert list(outside.iterdir()) == []
    assert audit("--baseline", "new/known.json", "--baseline-update") == 0
    assert (project / "new" / "known.json").exists()


def test_libraries_warnings_quote_no_stranger(project: Path) -> None:
    workflow = '::set-output name=verdict::pass: &a b\n"##[set-output name=errors]0": &a c\n'
    (project / ".github" / "workflows" / "evil.yml").write_text(f"{workflow}on: push\njobs: {{}}\n")
    done = subprocess.run(
        ["bash", str(ROOT / "bin" / "ceremony"), "audit", "--format", "json"],
        capture_output=True,
        check=False,
    )
    assert b"::set-output" not in done.stderr
    assert b"##[" not in done.stderr


def test_a_link_of_six_hundred_folders_is_only_dangling(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = project / "MILESTONES.main.md"
    main.write_text(main.read_text() + f"[x]({'a/' * 3000}x.md)\n", encoding="utf-8")
    report = found(capsys)
    assert [f["rule"] for f in report["findings"]] == ["link-dangling"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("closing", [">&-", ">/dev/full"])
def test_a_report_that_cannot_be_written_is_status_3(project: Path, closing: str) -> None:
    command = f'exec bash "{ROOT}/bin/ceremony" audit --format json {closing}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


# ---------------------------------------------------------------------------- the parts


@pytest.mark.parametrize("name", cli.PARTS)
def test_a_part_s_summary_is_its_module_s_own(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(f"ceremony.actions.{name}")
    assert cli.PARTS[name].summary == module.SUMMARY
    assert cli.main([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert module.SUMMARY.split()[0] in said
    for entry in declarations(module.Inputs):
        assert (f"--{entry.name} " in f"{said} ".replace("\n", " ")) is not entry.only_input
    assert "one a line" not in said


def test_only_the_part_that_is_asked_for_is_imported() -> None:
    start = (
        "import sys; sys.path.insert(0, sys.argv[1]); from ceremony.cli import main; "
        "main(['--help']); main(['audit', '--help']); "
        "print([n for n in sys.modules if n.startswith(('github', 'ceremony.actions', "
        "'ceremony.forge', 'ceremony.sandbox'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", start, str(ROOT / "src")], capture_output=True, check=True, text=True
    )
    loaded = done.stdout.splitlines()[-1]
    assert "'ceremony.actions.audit'" in loaded
    for other in ("github", "ceremony.actions.promote", "ceremony.forge", "ceremony.sandbox"):
        assert f"'{other}'" not in loaded


# ---------------------------------------------------------------------------- promote

NAME = "spiritstream/app"


class Played:
    """A sandbox with one green commit above latest, and the environment of a step."""

    def __init__(self, sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self.project = sandbox.create(NAME)
        self.base = self.project.commit({"a": "1"}, message="Begin")
        self.project.set_ref("refs/heads/latest", self.base)
        self.sha = self.project.commit({"a": "2"}, message="A | <b>title</b>")
        self.check = self.project.check(self.sha, "test")
        self.token = sandbox.token(
            NAME, contents="write", checks="read", statuses="read", actions="read"
        )
        self.folder = folder
        self._patch = monkeypatch
        for name in list(os.environ):
            if name.startswith(("GITHUB_", "RUNNER_", "GH_", "INPUTS")):
                monkeypatch.delenv(name)

    def command(self, *options: str, token: str = "") -> int:
        """promote on a command line."""
        self._patch.setenv("GH_TOKEN", token or self.token)
        where = ("--repository", NAME, "--api-url", self.sandbox.api_url)
        return cli.main(["promote", *where, *options])

    def step(self, event: str = "schedule", **inputs: str) -> int:
        """promote as the manifest's step runs it."""
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_API_URL": self.sandbox.api_url,
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "RUNNER_TEMP": str(self.folder),
            "INPUTS": json.dumps({"token": self.token, "main": "", **inputs}),
        }
        for name, value in environment.items():
            self._patch.setenv(name, value)
        return cli.main(["promote"])

    def outputs(self) -> dict[str, str]:
        text = (self.folder / "output").read_text(encoding="utf-8")
        pairs = re.findall(r"(?m)^([a-z-]+)<<(\S+)\n(.*)\n\2$", text)
        assert len(pairs) == text.count("<<")
        return {name: value for name, _, value in pairs}

    @property
    def latest(self) -> str | None:
        return self.project.ref("refs/heads/latest")


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    with Sandbox.serving(tmp_path / "sandbox") as sandbox:
        yield Played(sandbox, tmp_path, monkeypatch)


def test_promote_says_first_what_it_did(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    assert played.command("--dry-run") == 0
    dry = capsys.readouterr()
    assert dry.out.startswith("dry run: `latest` would move 1 commit forward to ")
    assert f"    would move latest: {played.base[:7]} -> {played.sha[:7]}\n" in dry.out
    assert dry.err == ""
    assert played.latest == played.base
    assert played.command() == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"`latest` moved 1 commit forward to {played.sha[:7]} (`A | <b>title</b>`)"
    assert played.latest == played.sha
    assert played.command("--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "up-to-date"
    assert played.command("--format", "markdown") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("## promote: up to date\n\n**`latest` is up to date with `main` at ")


def test_promote_s_lists_are_repeated_options(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ("--required-checks", "test", "--required-checks", "lint @ jenkins")
    assert played.command(*wanted, "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "waiting"
    assert "`lint` was not reported" in report["reason"]


def test_promote_s_step_sets_every_output(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    assert played.step(**{"required-checks": "\ntest\n\n", "tag": "good-{sha7}"}) == 0
    outputs = played.outputs()
    report = json.loads(Path(outputs.pop("report")).read_text(encoding="utf-8"))
    assert outputs == {
        "verdict": "promoted",
        "sha": played.sha,
        "previous": played.base,
        "commits": "1",
        "tag": f"good-{played.sha[:7]}",
        "dispatched": "",
    }
    assert (report["verdict"], report["latest"]["after"]) == ("promoted", played.sha)
    summary = (played.folder / "summary").read_text(encoding="utf-8")
    assert summary.startswith(
        f"## promote: promoted\n\n**`latest` moved 1 commit forward to `{played.sha[:7]}` ("
    )
    assert "<b>" not in summary.replace("`A \\| <b>title</b>`", "").replace(
        "`A | <b>title</b>`", ""
    )
    streams = capsys.readouterr()
    assert [command.name for command in obeyed(streams.out + streams.err)] == ["add-mask"]


@pytest.mark.parametrize(
    ("promote", "verdict", "kind"),
    [
        ("{holds: [{by: ida, reason: x, until: 2026-01-01}]}", "promoted", "notice"),
        ("{required-checks: [test, lint]}", "waiting", "warning"),
    ],
)
def test_promote_s_notices_are_annotations(
    played: Played,
    capsys: pytest.CaptureFixture[str],
    promote: str,
    verdict: str,
    kind: str,
) -> None:
    text = f"promote: {promote}\n"
    played.project.check(played.project.commit({".github/ceremony.yml": text}), "test")
    (played.folder / "summary").mkdir()
    assert played.step() == 0
    assert played.outputs()["verdict"] == verdict
    out = capsys.readouterr().out
    assert [command.name for command in obeyed(out)] == ["add-mask", kind]
    assert "The step summary could not be written" in out


def test_promote_s_refusal_is_an_annotation(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    assert played.step("pull_request") == 1
    outputs = played.outputs()
    assert (outputs["verdict"], outputs["sha"], outputs["previous"]) == ("refused", "", "")
    told = obeyed(capsys.readouterr().out)
    assert [command.name for command in told] == ["add-mask", "error"]
    assert "proves nothing about main" in told[1].data
    assert played.sandbox.requests == []


def test_a_forge_that_fails_is_status_3_and_one_sentence(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    played.sandbox.faults.add(Fault("*", "status", status=401, times=99))
    assert played.command() == 3
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("ceremony: ")
    assert "Traceback" not in streams.err
    assert "please report" not in streams.err
    assert played.step() == 3
    assert [command.name for command in obeyed(capsys.readouterr().out)] == ["add-mask", "error"]
    assert not (played.folder / "output").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--token", "ghs_canary"], "there is no `--token`: set GITHUB_TOKEN or GH_TOKEN"),
        (["--token=ghs_canary"], "there is no `--token`: set GITHUB_TOKEN or GH_TOKEN"),
        (["--toke", "ghs_canary"], "there is no option `--toke`"),
        (["ghs_canary"], "an argument belongs to no option"),
        (["--dry-run=ghs_canary"], "argument --dry-run: ignored"),
        (["--wait", "soon"], "`wait` must be whole minutes"),
        (["--format", "sarif"], "must be one of text, json, markdown"),
    ],
)
def test_promote_s_bad_input_is_status_2(
    played: Played, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert played.command(*options) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "canary" not in err
    assert played.sandbox.requests == []


def test_row_51_the_token_is_in_nothing_that_is_shown_or_written(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    played.command()
    played.sandbox.faults.add(Fault("*", "status", status=401, body=played.token))
    played.command()
    streams = capsys.readouterr()
    assert played.token not in streams.out + streams.err
    played.step()
    out = capsys.readouterr().out.replace(f"::add-mask::{played.token}\n", "")
    assert played.token not in out
    written = [path.read_bytes() for path in played.folder.iterdir() if path.is_file()]
    assert len(written) == 3
    assert all(played.token.encode() not in content for content in written)


def test_json_is_one_object_in_a_workflow_too(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    played.project.check(played.sha, "test", "failure")
    played.step(format="json")
    streams = capsys.readouterr()
    assert json.loads(streams.out)["part"] == "promote"
    assert next(command.name for command in obeyed(streams.err)) == "add-mask"
    played.sandbox.faults.add(Fault("*", "status", status=401, times=99))
    assert played.step(format="json") == 3
    streams = capsys.readouterr()
    assert streams.out == ""
    assert [command.name for command in obeyed(streams.err)] == ["add-mask", "error"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_fault_29_a_terminated_run_ends_at_a_seam(played: Played) -> None:
    played.project.check(played.sha, "slow", "in_progress")
    start = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from ceremony.cli import main; "
        "raise SystemExit(main(sys.argv[1:]))"
    )
    where = ("--repository", NAME, "--api-url", played.sandbox.api_url)
    with subprocess.Popen(
        [sys.executable, "-c", start, str(ROOT / "src"), "promote", *where, "--wait", "5"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "GITHUB_TOKEN": played.token},
    ) as running:
        assert running.stderr is not None
        assert "waiting, 5 minutes at most" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        said = running.stderr.read()
        assert running.wait(timeout=20) == 130
    assert "stopped between two effects" in said
    assert played.latest == played.base
