from __future__ import annotations

import json
from pathlib import Path

import pytest

from ceremony.model import Finding, InputError, Place, Severity
from ceremony.report import markdown
from ceremony.rules.audit.outcome import Outcome
from ceremony.runner import EVENT_LIMIT, INPUTS_LIMIT, Runner, read_inputs
from tests.report.hostile import Command, obeyed, outcome


def test_outside_of_a_workflow_there_is_no_runner() -> None:
    assert Runner.from_environment({}) is None
    assert Runner.from_environment({"GITHUB_ACTIONS": "1", "INPUTS": "broken"}) is None


def test_the_step_is_read_from_the_environment(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"action": "opened"}', "utf-8")
    runner = Runner.from_environment(
        {
            "GITHUB_ACTIONS": "true",
            "INPUTS": '{"root": ".", "fail-on": "error"}',
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_WORKSPACE": "/home/runner/work/a/a",
        }
    )
    assert runner is not None
    assert runner.inputs == {"root": ".", "fail-on": "error"}
    assert runner.event_name == "pull_request"
    assert runner.payload() == {"action": "opened"}
    assert runner.workspace == "/home/runner/work/a/a"
    assert (runner.repository, runner.workflow, runner.run_id, runner.name) == ("", "", "", "")


def test_the_facts_of_the_run() -> None:
    runner = Runner.from_environment(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "spiritstream/app",
            "GITHUB_API_URL": "https://ghe.example/api/v3",
            "GITHUB_RUN_ID": "17",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_WORKFLOW_REF": "spiritstream/app/.github/workflows/ci.yml@refs/heads/main",
            "RUNNER_NAME": "runner-7",
        }
    )
    assert runner is not None
    assert (runner.repository, runner.api_url) == ("spiritstream/app", "https://ghe.example/api/v3")
    assert (runner.run_id, runner.attempt, runner.name) == ("17", "2", "runner-7")
    assert runner.workflow == ".github/workflows/ci.yml"


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        ("a/b/.github/workflows/ci.yml@refs/heads/x@y", ".github/workflows/ci.yml"),
        ("A/B/.github/workflows/ci.yml@refs/pull/1/merge", ".github/workflows/ci.yml"),
        ("a/bc/.github/workflows/ci.yml@refs/heads/main", ""),
        ("", ""),
    ],
)
def test_the_path_of_the_run_s_workflow(ref: str, path: str) -> None:
    runner = Runner(inputs={}, event_name="", workspace="", repository="a/b", workflow_ref=ref)
    assert runner.workflow == path


def test_remarks_are_annotations_without_a_place() -> None:
    hostile = "a\n::set-output name=verdict::pass ##[add-mask]x"
    lines = Runner.remarks("warning", "promote", [hostile] + ["more"] * 20)
    assert len(lines) == 10
    (command,) = obeyed(lines[0])
    assert (command.name, command.properties) == ("warning", {"title": "promote"})
    assert obeyed("\n".join(lines[1:]))[0].data == "more"


def test_a_mask_names_the_whole_secret() -> None:
    assert Runner.mask("ghs_x%\ny") == "::add-mask::ghs_x%25%0Ay"


@pytest.mark.parametrize("text", ["", "  \n", "{}"])
def test_no_inputs(text: str) -> None:
    assert read_inputs(text) == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "not a JSON object"),
        ('"root"', "not a JSON object"),
        ("null", "not a JSON object"),
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"root": 1}', "'root' is not a string"),
        ('{"root": {}}', "'root' is not a string"),
        ('{"root": null}', "'root' is not a string"),
        ('{"root": ".", "root": ".."}', "a name comes twice"),
        (json.dumps({"root": "x" * INPUTS_LIMIT}), "larger than"),
    ],
)
def test_bad_inputs(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_inputs(text)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[]", "not a JSON object"),
        (b"\xff", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b" " * (EVENT_LIMIT + 1), "larger than"),
    ],
)
def test_bad_payload(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(content)
    runner = Runner(inputs={}, event_name="", workspace="", event_path=str(path))
    with pytest.raises(InputError, match=reason):
        runner.payload()


def test_missing_payload(tmp_path: Path) -> None:
    runner = Runner(inputs={}, event_name="", workspace="")
    assert runner.payload() == {}
    missing = Runner(inputs={}, event_name="", workspace="", event_path=str(tmp_path / "x"))
    with pytest.raises(InputError, match="cannot be read"):
        missing.payload()


def test_outputs_and_summary_are_added_to_what_is_there(tmp_path: Path) -> None:
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.write_bytes(b"a=1\n")
    runner = Runner(
        inputs={},
        event_name="",
        workspace="",
        output_path=str(output),
        summary_path=str(summary),
    )
    runner.write_outputs({"verdict": "fail", "errors": "2"})
    assert output.read_bytes().startswith(b"a=1\nverdict<<ceremony-")
    assert runner.write_summary("one\n") == ""
    assert runner.write_summary("two\n") == ""
    assert runner.write_summary("") == ""
    assert summary.read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("name", ["", "Verdict", "a b", "a=b", "a\nb", "a<<b", "-a", "v\n"])
def test_bad_names_of_outputs(name: str, tmp_path: Path) -> None:
    runner = Runner(inputs={}, event_name="", workspace="", output_path=str(tmp_path / "output"))
    with pytest.raises(InputError, match="no name for an output"):
        runner.write_outputs({name: "x"})


def test_a_host_without_files_is_served_by_what_is_printed() -> None:
    runner = Runner(inputs={}, event_name="", workspace="")
    runner.write_outputs({"verdict": "pass"})
    assert runner.write_summary("x") == ""


def test_a_summary_that_cannot_be_written_is_a_notice(tmp_path: Path) -> None:
    runner = Runner(inputs={}, event_name="", workspace="", summary_path=str(tmp_path))
    assert runner.write_summary("x").startswith("The step summary could not be written: ")
    failing = Runner(inputs={}, event_name="", workspace="", output_path=str(tmp_path))
    with pytest.raises(OSError):
        failing.write_outputs({"verdict": "pass"})


def test_annotations_stand_on_their_lines_the_heaviest_first() -> None:
    runner = Runner(inputs={}, event_name="", workspace="")
    commands = obeyed("\n".join(runner.annotations(outcome("x"), "./sub".removeprefix("./"))))
    assert [command.name for command in commands] == ["error", "warning", "notice"]
    assert commands[1] == Command(
        name="warning",
        properties={
            "file": "sub/docs/x.md",
            "line": "9",
            "endLine": "10",
            "col": "1",
            "title": "domain-owner-missing",
        },
        data="x has no ownerx\nName an owner of x",
    )


def test_findings_about_a_whole_document_come_last_of_their_weight() -> None:
    def found(line: int, column: int, severity: Severity) -> Finding:
        return Finding(
            rule="section-missing",
            severity=severity,
            place=Place(file="a.md", line=line, column=column),
            message="m",
            help="",
            subject="s",
        )

    warned = [
        found(line, column, Severity.WARNING)
        for line, column in ((1, 1), (1, 9), (3, 1), (3, 5), (7, 1))
    ]
    judged = Outcome(
        findings=(*warned, found(1, 1, Severity.ERROR)),
        excerpts={("a.md", 1): "---", ("a.md", 3): "# A", ("a.md", 7): "## B"},
    )
    runner = Runner(inputs={}, event_name="", workspace="")
    places = [
        (command.name, command.properties["line"], command.properties["col"])
        for command in obeyed("\n".join(runner.annotations(judged)))
    ]
    assert places == [
        ("error", "1", "1"),
        ("warning", "1", "9"),
        ("warning", "3", "5"),
        ("warning", "7", "1"),
        ("warning", "1", "1"),
        ("warning", "3", "1"),
    ]


def test_a_refusal_is_one_annotation() -> None:
    runner = Runner(inputs={}, event_name="", workspace="")
    assert runner.annotations(Outcome(refusal="use pull_request")) == [
        "::error title=audit refused::use pull_request"
    ]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("no such rule"), "::error title=ceremony::no such rule"),
        (
            InputError("no such rule", file="a.yml", line=3),
            "::error title=ceremony,file=sub/a.yml,line=3::a.yml:3: no such rule",
        ),
        (
            InputError("not text", file="a.yml"),
            "::error title=ceremony,file=sub/a.yml::a.yml: not text",
        ),
    ],
    ids=["nowhere", "on a line", "in a file"],
)
def test_what_stops_the_run_is_an_annotation(error: InputError, line: str) -> None:
    runner = Runner(inputs={}, event_name="", workspace="")
    assert runner.failure(error, "sub") == line


@pytest.mark.parametrize(
    ("event", "sha"),
    [
        ('{"pull_request": {"head": {"sha": "0123"}}}', "0123"),
        ('{"pull_request": {"head": {"sha": 1}}}', None),
        ('{"pull_request": null}', None),
        ("{}", None),
    ],
)
def test_the_head_of_the_pull_request(event: str, sha: str | None, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text(event, "utf-8")
    runner = Runner(inputs={}, event_name="", workspace="", event_path=str(path))
    assert runner.pull_request_head() == sha


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ('{"pull_request": {"number": 7}}', 7),
        ('{"pull_request": {"number": true}}', 0),
        ('{"pull_request": {"number": "7"}}', 0),
        ('{"issue": {"number": 7}}', 0),
        ("{}", 0),
    ],
)
def test_the_number_of_the_pull_request(event: str, number: int, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text(event, "utf-8")
    runner = Runner(inputs={}, event_name="", workspace="", event_path=str(path))
    assert runner.pull_request_number() == number


@pytest.mark.parametrize(
    ("event", "names"),
    [
        (
            '{"pull_request": {"base": {"ref": "main", "sha": "0123"}}}',
            {"main", "origin/main", "0123", "origin/0123"},
        ),
        ('{"pull_request": {"base": {"ref": 1, "sha": null}}}', set()),
        ("{}", set()),
    ],
)
def test_the_base_of_the_pull_request(event: str, names: set[str], tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text(event, "utf-8")
    runner = Runner(inputs={}, event_name="", workspace="", event_path=str(path))
    assert runner.pull_request_base() == names


@pytest.mark.parametrize(
    ("name", "event", "proposal"),
    [
        ("push", "{}", False),
        ("schedule", "{}", False),
        ("pull_request", "{}", True),
        ("pull_request_review", '{"pull_request": {"number": 1}}', True),
        ("pull_request_target", "{}", True),
        ("merge_group", '{"merge_group": {}}', True),
        ("issue_comment", '{"issue": {"number": 1}}', False),
        ("issue_comment", '{"issue": {"pull_request": {"url": "x"}}}', True),
    ],
)
def test_what_may_be_a_proposal(name: str, event: str, *, proposal: bool, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text(event, "utf-8")
    runner = Runner(inputs={}, event_name=name, workspace="", event_path=str(path))
    assert runner.is_pull_request is proposal


def test_nothing_found_is_nothing_to_annotate() -> None:
    runner = Runner(inputs={}, event_name="", workspace="")
    assert runner.annotations(Outcome()) == []


def test_neutral_keeps_lines_and_words() -> None:
    assert Runner.neutral("a\nb: c\n") == "a\nb: c\n"
    rendered = markdown.render(Outcome(documents=("a.md",)))
    assert Runner.neutral(rendered) == rendered
