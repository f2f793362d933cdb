"""The rows of the threat model that reports and the runner answer, with their exact inputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ceremony.model import Finding, InputError, Place, Severity
from ceremony.report import as_json, markdown, sarif, text
from ceremony.rules.audit.outcome import Outcome
from ceremony.rules.events import checkout_refused
from ceremony.runner import ANNOTATIONS, SUMMARY_LIMIT, Runner
from tests.report.hostile import COMMANDS, MARKDOWN, SPOOFS, Command, obeyed, outcome

RENDERERS: dict[str, Callable[[Outcome], str]] = {
    "text": text.render,
    "json": as_json.render,
    "markdown": markdown.render,
    "sarif": sarif.render,
}
FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for name in FILES:
        (tmp_path / name).touch()
    return {"GITHUB_ACTIONS": "true", **{name: str(tmp_path / name) for name in FILES}}


def _runner(environ: dict[str, str]) -> Runner:
    runner = Runner.from_environment(environ)
    assert runner is not None
    return runner


def _outputs(path: str) -> dict[str, str]:
    """The outputs as a runner reads them from its file."""
    lines = iter(Path(path).read_text("utf-8").split("\n")[:-1])
    read: dict[str, str] = {}
    for line in lines:
        heredoc = line.find("<<")
        equals = line.find("=")
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, delimiter = line.split("<<", 1)
            value: list[str] = []
            while (part := next(lines)) != delimiter:
                value.append(part)
            read[name] = "\n".join(value)
        else:
            name, _, read[name] = line.partition("=")
    return read


# ---------------------------------------------------------------------------- the runner's files


def test_row_02_output_heredoc(environ: dict[str, str]) -> None:
    hostile = "x\nEOF\nverdict=pass"
    _runner(environ).write_outputs({"report": hostile})
    assert _outputs(environ["GITHUB_OUTPUT"]) == {"report": hostile}


def test_row_02_output_that_knows_the_delimiter_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.urandom", lambda size: b"\x00" * size)
    known = f"x\nceremony-{'00' * 16}\nverdict=pass"
    with pytest.raises(InputError, match="delimiter"):
        _runner(environ).write_outputs({"verdict": "fail", "report": known})
    assert Path(environ["GITHUB_OUTPUT"]).read_bytes() == b""


def test_row_02_delimiters_are_drawn_anew(environ: dict[str, str]) -> None:
    _runner(environ).write_outputs({"a": "1", "b": "2"})
    drawn = re.findall("<<(.*)", Path(environ["GITHUB_OUTPUT"]).read_text("utf-8"))
    assert len(set(drawn)) == 2
    assert all(re.fullmatch("ceremony-[0-9a-f]{32}", delimiter) for delimiter in drawn)


def test_row_03_environment_files_stay_empty(environ: dict[str, str]) -> None:
    runner = _runner(environ)
    judged = outcome("LD_PRELOAD=x")
    runner.write_outputs({"verdict": "pass", "report": "LD_PRELOAD=x"})
    runner.write_summary(markdown.render(judged))
    runner.annotations(judged)
    assert Path(environ["GITHUB_ENV"]).stat().st_size == 0
    assert Path(environ["GITHUB_PATH"]).stat().st_size == 0
    assert Path(environ["GITHUB_OUTPUT"]).stat().st_size > 0


# ---------------------------------------------------------------------------- what is printed


def _is_inert(hostile: str, environ: dict[str, str]) -> None:
    runner = _runner(environ)
    for judged in (outcome(hostile), outcome("x", file=hostile), outcome("x", refusal=hostile)):
        for render in RENDERERS.values():
            assert obeyed(render(judged)) == []
            assert obeyed(runner.neutral(render(judged))) == []
        lines = runner.annotations(judged)
        commands = obeyed("\n".join(lines))
        assert {command.name for command in commands} <= {"error", "warning", "notice"}
        assert len(commands) == len(lines)
    assert obeyed(runner.neutral(hostile)) == []


def test_row_04_command_at_the_start_of_a_line(environ: dict[str, str]) -> None:
    _is_inert("\u2003::set-output name=verdict::pass", environ)


def test_row_05_command_in_mid_line(environ: dict[str, str]) -> None:
    _is_inert("Title ##[set-output name=verdict]pass", environ)


def test_row_06_command_behind_a_carriage_return(environ: dict[str, str]) -> None:
    _is_inert("a\r::add-mask::e", environ)


@pytest.mark.parametrize("hostile", COMMANDS.values(), ids=COMMANDS)
def test_rows_04_to_06_other_forms(hostile: str, environ: dict[str, str]) -> None:
    _is_inert(hostile, environ)


def test_rows_04_to_06_a_file_named_as_half_a_mark(environ: dict[str, str]) -> None:
    _is_inert(":", environ)
    _is_inert("#", environ)


def test_row_07_annotation_property(environ: dict[str, str]) -> None:
    found = Finding(
        rule="domain-owner-missing",
        severity=Severity.ERROR,
        place=Place(file="a,line=1::x", line=5, column=2),
        message="100% of\nit",
        help="Name one",
        subject="s",
    )
    lines = _runner(environ).annotations(Outcome(findings=(found,)), "sub/")
    assert obeyed("\n".join(lines)) == [
        Command(
            name="error",
            properties={
                "file": "sub/a,line=1::x",
                "line": "5",
                "col": "2",
                "title": "domain-owner-missing",
            },
            data="100% of\nit\nName one",
        )
    ]


@pytest.mark.parametrize("hostile", COMMANDS.values(), ids=COMMANDS)
def test_rows_04_to_08_what_stops_the_run_is_one_annotation(
    hostile: str, environ: dict[str, str]
) -> None:
    error = InputError(hostile, file=f"{hostile}.yml", line=3)
    command = obeyed(_runner(environ).failure(error, "sub"))
    assert [(entry.name, entry.properties["line"]) for entry in command] == [("error", "3")]
    _is_only_ours(markdown.failure(error))
    assert obeyed(markdown.failure(error)) == []


@pytest.mark.parametrize(("hostile", "shown"), SPOOFS.values(), ids=SPOOFS)
def test_row_08_log_spoofing(hostile: str, shown: str, environ: dict[str, str]) -> None:
    judged = outcome(hostile)
    printed = text.render(judged)
    # Only the line breaks of the report's own are left.
    assert hostile == "\n" or hostile not in printed
    assert shown in printed
    assert shown in "".join(_runner(environ).annotations(judged))
    assert shown in markdown.render(judged).replace("&lt;", "<").replace("&gt;", ">")
    assert as_json.render(judged).isascii()
    assert sarif.render(judged).isascii()


_PIECES = st.sampled_from(
    [
        *COMMANDS.values(),
        "::",
        "##[",
        "set-output name=verdict]",
        "set-output name=verdict::",
        ":",
        "#",
        "[",
        "]",
        "\r",
        "\n",
        "\u2003",
        "\u200b",
        "\u200d",
        "\ufe0f",
        "\u0301",
        "⚠",
        "`",
        "%0A",
        "%3A",
        "\\",
        '"',
        "error",
        " ",
    ]
)
_TEXTS = st.lists(_PIECES | st.text(max_size=5), max_size=8).map("".join)


@settings(deadline=None, max_examples=60)
@given(hostile=_TEXTS, file=_TEXTS)
def test_rows_04_to_06_no_text_is_obeyed(hostile: str, file: str) -> None:
    judged = outcome(hostile, file=file or "a.md")
    for render in RENDERERS.values():
        assert obeyed(render(judged)) == []
    runner = Runner(inputs={}, event_name="", workspace="")
    assert obeyed(runner.neutral(hostile)) == []
    assert [command.name for command in obeyed("\n".join(runner.annotations(judged)))] == [
        "error",
        "warning",
        "notice",
    ]


# ---------------------------------------------------------------------------- rendering

_OWN_HTML = re.compile(
    r"<details(?: open)?>\n<summary>(?:<code>[^<>]*</code>: [0-9a-z, ]+|[\w ]+)</summary>\n"
    r"|</details>\n?"
)
_OWN_LINK = re.compile(re.escape(markdown.PAGES) + r"[a-z0-9-]+\.md")


def _tokens(rendered: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [
        token
        for block in parser.parse(rendered)
        for token in ([block, *block.children] if block.children else [block])
    ]


def _is_only_ours(rendered: str) -> None:
    for token in _tokens(rendered):
        assert token.type not in {
            "heading_open", "image", "html_inline", "fence", "code_block", "blockquote_open",
            "hr", "ordered_list_open", "s_open", "em_open", "hardbreak",
        }, token  # fmt: skip
        if token.type == "html_block":
            assert _OWN_HTML.fullmatch(token.content), token.content
        elif token.type == "link_open":
            assert _OWN_LINK.fullmatch(str(token.attrs["href"]))
        elif token.type == "text":
            assert not re.search(r"[@#<>]|://|www\.", token.content), token.content
    # Each fold is opened and closed, each finding in a list item of its own.
    blocks = [token.content for token in _tokens(rendered) if token.type == "html_block"]
    assert sum(block.startswith("<details") for block in blocks) * 2 == len(blocks)
    assert sum(token.type == "table_open" for token in _tokens(rendered)) <= 1


@pytest.mark.parametrize("hostile", MARKDOWN.values(), ids=MARKDOWN)
def test_row_38_forged_verdict(hostile: str) -> None:
    for judged in (outcome(hostile), outcome("x", file=hostile), outcome("x", refusal=hostile)):
        rendered = markdown.render(judged)
        _is_only_ours(rendered)
        assert rendered.startswith("**Audit ")


def test_row_39_pings_and_pixels() -> None:
    for hostile in ("@org/all", "![](//x)"):
        rendered = markdown.render(outcome(hostile))
        _is_only_ours(rendered)
        spans = [t.content for t in _tokens(rendered) if t.type == "code_inline"]
        assert any(hostile in span for span in spans)


@settings(deadline=None, max_examples=60)
@given(
    hostile=st.lists(
        st.sampled_from([*MARKDOWN.values(), "`", '"', "\n", "<", ">", "|", "\\", "*", "a"])
        | st.text(max_size=5),
        max_size=8,
    ).map("".join)
)
def test_rows_38_and_39_no_text_is_markup(hostile: str) -> None:
    _is_only_ours(markdown.render(outcome(hostile)))


def _many(number: int, message: str) -> Outcome:
    return Outcome(
        findings=tuple(
            Finding(
                rule="domain-owner-missing",
                severity=Severity.ERROR if index % 1000 == 7 else Severity.WARNING,
                place=Place(file=f"docs/{index % 3}.md", line=index + 1),
                message=message,
                help="Name an owner",
                subject=str(index),
            )
            for index in range(number)
        )
    )


@pytest.mark.parametrize("message", ["No owner", "é" * 1_900], ids=["short", "long"])
def test_row_41_oversize_summary(message: str, environ: dict[str, str]) -> None:
    judged = _many(20_000, message)
    rendered = markdown.render(judged)
    assert 900_000 < len(rendered.encode()) <= markdown.LIMIT
    shown = rendered.count("\n- line ")
    assert f"\n{20_000 - shown:,} more findings are in the JSON report.\n" in rendered
    assert rendered.count("<details") == rendered.count("</details>") > 1
    assert _runner(environ).write_summary(rendered) == ""
    assert Path(environ["GITHUB_STEP_SUMMARY"]).read_text("utf-8") == rendered


def test_row_41_a_document_of_which_nothing_fits_is_not_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged = _many(6, "No owner")
    sizes = []
    for limit in range(500, 2_500, 10):
        monkeypatch.setattr(markdown, "LIMIT", limit)
        rendered = markdown.render(judged)
        shown = rendered.count("\n- line ")
        sizes.append(shown)
        # A fold opens for each document that shows a finding, and one for what to do.
        assert rendered.count("<summary>") == min(-(-shown // 2), 3) + 1
        assert len(rendered.encode()) <= max(limit, 700)
        assert ("in the JSON report" in rendered) is (shown < 6)
    assert sizes == sorted(sizes)
    assert set(sizes) == set(range(7))


def test_row_41_one_byte_above_the_limit_is_accepted(environ: dict[str, str]) -> None:
    runner = _runner(environ)
    content = "x" * 99 + "\n"
    whole = content * (SUMMARY_LIMIT // len(content) + 1)
    oversize = whole[: SUMMARY_LIMIT - 10] + "\n" + "y" * 9 + "\n"
    assert len(oversize) == SUMMARY_LIMIT + 1
    assert "did not fit" in runner.write_summary(oversize)
    written = Path(environ["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert SUMMARY_LIMIT - 200 < len(written) <= SUMMARY_LIMIT
    assert written.endswith("\nThe rest was left out: a step summary holds 1 MiB.\n")


def test_row_41_what_the_step_has_written_counts(environ: dict[str, str]) -> None:
    path = Path(environ["GITHUB_STEP_SUMMARY"])
    path.write_bytes(b"x" * (SUMMARY_LIMIT - 5))
    notice = _runner(environ).write_summary("**Audit passed**\n")
    assert notice == "17 bytes did not fit into the step's summary"
    assert path.stat().st_size == SUMMARY_LIMIT - 5


def test_row_41_oversize_annotations_are_counted(environ: dict[str, str]) -> None:
    lines = _runner(environ).annotations(_many(20_000, "x" * 5_000))
    kinds = [command.name for command in obeyed("\n".join(lines))]
    assert kinds == ["error"] * ANNOTATIONS + ["warning"] * ANNOTATIONS
    assert lines[-1] == "19,980 more findings are in the summary"
    assert max(map(len, lines)) < 4_096


def test_row_41_oversize_sarif() -> None:
    judged = _many(26_000, "No owner")
    log = sarif.render(judged)
    assert len(log) <= 10_000_000
    shown = log.count('"ruleId"')
    assert 5_000 <= shown <= sarif.RESULTS
    assert f'"{26_000 - shown:,} more findings are in the JSON report"' in log
    assert log.count('"level":"error","message"') == 26


@pytest.mark.parametrize(
    ("event", "head", "base"),
    [
        ("pull_request_target", {"repo": {"id": 2}}, {"repo": {"id": 1}}),
        ("pull_request_target", {"repo": None}, {"repo": {"id": 1}}),
        ("pull_request_target", {}, {"repo": {"id": 1}}),
        ("pull_request_target", {"repo": {"id": None}}, {"repo": {"id": None}}),
        ("pull_request_target", {"repo": {"id": "1"}}, {"repo": {"id": "1"}}),
        ("pull_request_target", {"repo": {"id": True}}, {"repo": {"id": True}}),
        ("pull_request_target", None, None),
    ],
)
def test_row_53_pwn_request(event: str, head: object, base: object) -> None:
    why = checkout_refused(event, {"pull_request": {"head": head, "base": base}})
    assert event in why
    assert "`pull_request`" in why


def test_row_53_missing_payload() -> None:
    assert checkout_refused("pull_request_target", {})
    assert checkout_refused("pull_request_target", {"pull_request": 1})


@pytest.mark.parametrize(
    ("run", "refused"),
    [
        ({"event": "pull_request", "head_repository": {"id": 2}}, True),
        ({"event": "pull_request_target", "head_repository": {"id": 2}}, True),
        ({"event": "pull_request", "head_repository": None}, True),
        ({}, True),
        ({"event": "pull_request", "head_repository": {"id": 1}}, False),
        ({"event": "push", "head_repository": {"id": 2}}, False),
    ],
)
def test_row_53_workflow_run(run: object, *, refused: bool) -> None:
    payload = {"workflow_run": run, "repository": {"id": 1}}
    assert bool(checkout_refused("workflow_run", payload)) is refused


@pytest.mark.parametrize("event", ["pull_request", "push", "schedule", "workflow_dispatch", ""])
def test_row_53_other_events_are_judged(event: str) -> None:
    assert checkout_refused(event, {"pull_request": {"head": {"repo": {"id": 2}}}}) == ""


def test_row_53_a_branch_of_the_repository_itself_is_judged() -> None:
    pull = {"head": {"repo": {"id": 7}}, "base": {"repo": {"id": 7}}}
    assert checkout_refused("pull_request_target", {"pull_request": pull}) == ""
