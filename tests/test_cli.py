"""The command line: exit statuses, formats, and what each option does to a real folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ceremony import __version__, cli
from ceremony.model import InputError
from ceremony.rules.audit import RULES

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
    assert {entry["rule"] for entry in report["skipped"]} == {
        name for name, rule in RULES.items() if rule.check is None
    }


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
        (["audit", "--colour"], "unrecognized arguments"),
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
