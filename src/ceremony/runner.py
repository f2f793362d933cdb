"""The only module that knows it runs in a workflow: inputs in; outputs, summary, annotations out.

A runner listens to what is printed and reads files that it names. What goes there is written by
strangers in part, so this module writes outputs under a delimiter nobody can guess, annotations
with every mark escaped, and never the files that change the environment of later steps.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ceremony.model import Finding, InputError, Place, Severity
from ceremony.report import words
from ceremony.report.escape import commands, cut, data, inert, property_value, visible
from ceremony.rules import refs
from ceremony.rules.audit.outcome import Outcome
from ceremony.rules.events import inside

INPUTS_LIMIT = 262_144
"""Bytes of the inputs' JSON object."""
EVENT_LIMIT = 33_554_432
"""Bytes of the event's payload; GitHub itself sends 25 MB at most."""
SUMMARY_LIMIT = 1_048_576
"""Bytes of one step's summary, above which the runner drops all of it."""

# actions/toolkit, docs/problem-matchers.md, "Limitations": 10 annotations of each kind a step,
# 50 a job. More are dropped in silence, the heaviest as likely as the lightest.
ANNOTATIONS = 10
MESSAGE_LIMIT = 1_000
"""Characters of one annotation's message; the runner cuts at 4,096."""

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_OUTPUT = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class Runner(NamedTuple):
    """One step of a workflow, as its environment describes it."""

    inputs: Mapping[str, str]
    """The inputs by name, as the manifest passes them."""
    event_name: str
    workspace: str
    """The folder of the checkout, absolute; empty where the runner names none."""
    event_path: str = ""
    output_path: str = ""
    summary_path: str = ""
    temporary: str = ""
    """A folder that the runner empties after the job."""
    ref: str = ""
    """The branch or tag that the run is on, in full."""
    sha: str = ""
    """The commit that the event is about: for a pull request, GitHub's merge of it."""
    repository: str = ""
    """`OWNER/NAME`."""
    api_url: str = ""
    run_id: str = ""
    attempt: str = ""
    workflow_ref: str = ""
    """`OWNER/NAME/.github/workflows/FILE@refs/heads/BRANCH`: where the run's workflow is from."""
    name: str = ""
    """The machine's, as a job of the API names it."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Runner | None:
        """The step that this process runs in, or None outside of a workflow.

        Raises InputError for inputs that are not one JSON object of strings.
        """
        if environ.get("GITHUB_ACTIONS") != "true":
            return None
        return cls(
            inputs=read_inputs(environ.get("INPUTS", "")),
            event_name=environ.get("GITHUB_EVENT_NAME", ""),
            workspace=environ.get("GITHUB_WORKSPACE", ""),
            event_path=environ.get("GITHUB_EVENT_PATH", ""),
            output_path=environ.get("GITHUB_OUTPUT", ""),
            summary_path=environ.get("GITHUB_STEP_SUMMARY", ""),
            temporary=environ.get("RUNNER_TEMP", ""),
            ref=environ.get("GITHUB_REF", ""),
            sha=environ.get("GITHUB_SHA", ""),
            repository=environ.get("GITHUB_REPOSITORY", ""),
            api_url=environ.get("GITHUB_API_URL", ""),
            run_id=environ.get("GITHUB_RUN_ID", ""),
            attempt=environ.get("GITHUB_RUN_ATTEMPT", ""),
            workflow_ref=environ.get("GITHUB_WORKFLOW_REF", ""),
            name=environ.get("RUNNER_NAME", ""),
        )

    @property
    def workflow(self) -> str:
        """The path of the run's workflow file in this repository; empty where it is elsewhere."""
        path, _, _ = self.workflow_ref.partition("@")
        prefix = f"{self.repository}/"
        return path[len(prefix) :] if path.lower().startswith(prefix.lower()) else ""

    def payload(self) -> Mapping[str, object]:
        """The event's payload; empty where the runner names none.

        Raises InputError where it is no JSON object or larger than `EVENT_LIMIT`.
        """
        if not self.event_path:
            return {}
        try:
            with Path(self.event_path).open("rb") as file:
                raw = file.read(EVENT_LIMIT + 1)
        except OSError as error:
            raise InputError(f"the event's payload cannot be read: {error.strerror}") from error
        if len(raw) > EVENT_LIMIT:
            raise InputError(f"the event's payload is larger than {EVENT_LIMIT:,} bytes")
        event = _parse(raw, "the event's payload")
        if not isinstance(event, dict):
            raise InputError("the event's payload is not a JSON object")
        return event

    @property
    def is_pull_request(self) -> bool:
        """Whether what is checked out may be a proposal: a pull request's, a merge group's."""
        payload = self.payload()
        about = payload.get("pull_request") or inside(payload, "issue").get("pull_request")
        return bool(about) or self.event_name.startswith(("pull_request", "merge_group"))

    def source(self) -> str:
        """The branch or tag that the run is about, in full where the runner says so.

        On `create` it is the one that was created (docs.github.com, "Webhook events and payloads",
        `create`: the payload has the bare name, and its kind apart).
        """
        payload = self.payload() if self.event_name == "create" else {}
        name, kind = payload.get("ref"), payload.get("ref_type")
        if isinstance(name, str) and kind in {"branch", "tag"}:
            return f"refs/{'heads' if kind == 'branch' else 'tags'}/{refs.short(name)}"
        return self.ref

    def pull_request_head(self) -> str | None:
        """The tip of the pull request that started the run, where one did."""
        sha = inside(inside(self.payload(), "pull_request"), "head").get("sha")
        return sha if isinstance(sha, str) else None

    def pull_request_number(self) -> int:
        """The number of the pull request that started the run; 0 where none did."""
        number = inside(self.payload(), "pull_request").get("number")
        return number if isinstance(number, int) and not isinstance(number, bool) else 0

    def pull_request_base(self) -> frozenset[str]:
        """What the pull request that started the run calls its base: a branch, a commit."""
        base = inside(inside(self.payload(), "pull_request"), "base")
        group = inside(self.payload(), "merge_group")
        given = (base.get("ref"), base.get("sha"), group.get("base_sha"))
        names = {name for name in given if isinstance(name, str)}
        return frozenset({*names, *(f"origin/{name}" for name in names)})

    def failure(self, error: InputError, prefix: str = "") -> str:
        """The line to print for what stopped the run, on the file and line where it has them."""
        place = {"title": "ceremony"}
        if error.file:
            place["file"] = _from_workspace(error.file, prefix)
            if error.line:
                place["line"] = str(error.line)
        return _annotation("error", place, str(error))

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Set outputs of the step, all of them in one write.

        Raises InputError for a name that is not kebab-case, and for a value that holds the
        delimiter drawn for it; OSError where the runner's file cannot be written.
        """
        text = "".join(_output(name, value) for name, value in outputs.items())
        if self.output_path and text:
            _append(self.output_path, text.encode("utf-8", "backslashreplace"))

    def write_summary(self, markdown: str) -> str:
        """Add to the step's summary, as much as the runner takes.

        Returns a notice where a part was left out or nothing could be written, else nothing: a
        summary is for reading, and never changes a verdict.
        """
        if not self.summary_path or not markdown:
            return ""
        try:
            room = SUMMARY_LIMIT - _size(self.summary_path)
            content, left = _fitting(markdown.encode("utf-8", "replace"), room)
            _append(self.summary_path, content)
        except OSError as error:
            return f"The step summary could not be written: {error.strerror}"
        if not left:
            return ""
        return f"{words.counted(left, 'byte')} did not fit into the step's summary"

    def annotations(self, outcome: Outcome, prefix: str = "") -> list[str]:
        """Lines to print as they are: the heaviest findings, then how many are not among them.

        Of one weight those on a line of their own come before those about a whole document.
        `prefix` is the audited folder's path from the workspace, empty where they are the same.
        """
        if outcome.refusal:
            return [_annotation("error", {"title": "audit refused"}, outcome.refusal)]
        lines: list[str] = []
        for severity in Severity:
            found = [entry for entry in outcome.findings if entry.severity is severity]
            # Sorting is stable: each half stays in order.
            found.sort(key=lambda entry: _is_about_all(entry.place, outcome.excerpts))
            lines += [_on_line(entry, prefix) for entry in found[:ANNOTATIONS]]
        left = len(outcome.findings) - len(lines)
        if left:
            noun = words.counted(left, "more finding is", "more findings are")
            lines.append(f"{noun} in the summary")
        return lines

    @staticmethod
    def remarks(kind: str, title: str, messages: Sequence[str]) -> list[str]:
        """Lines to print as they are: annotations of one kind that stand on no line of a file.

        Those beyond what the runner shows are left out; the summary has them.
        """
        return [_annotation(kind, {"title": title}, said) for said in messages[:ANNOTATIONS]]

    @staticmethod
    def mask(secret: str) -> str:
        """The line to print so that the runner shows the secret nowhere."""
        return f"::add-mask::{data(secret)}"

    @staticmethod
    def neutral(text: str) -> str:
        """Text for stdout or stderr that no runner obeys."""
        return commands(text)


def read_inputs(text: str) -> Mapping[str, str]:
    """Inputs from the text of a JSON object of strings; none from an empty text.

    Raises InputError for every other form, and for a name that comes twice.
    """
    if not text.strip():
        return {}
    if len(text) > INPUTS_LIMIT:
        raise InputError(f"the inputs are larger than {INPUTS_LIMIT:,} characters")
    inputs = _parse(text, "the inputs")
    if not isinstance(inputs, dict):
        raise InputError("the inputs are not a JSON object: pass `${{ toJSON(inputs) }}` as INPUTS")
    for name, value in inputs.items():
        if not isinstance(value, str):
            raise InputError(f"the input {cut(name, 80)!r} is not a string: put it in quotes")
    return {name: str(value) for name, value in inputs.items()}


def _parse(text: str | bytes, what: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} cannot be read as JSON: {cut(str(error), 200)}") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a name comes twice in one object")
    return read


def _output(name: str, value: str) -> str:
    if not _OUTPUT.fullmatch(name):
        raise InputError(f"{cut(name, 80)!r} is no name for an output")
    delimiter = f"ceremony-{os.urandom(16).hex()}"
    if delimiter in value:
        raise InputError(f"the value of the output {name!r} holds its own delimiter")
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(path: str, content: bytes) -> None:
    with Path(path).open("ab") as file:
        file.write(content)


def _size(path: str) -> int:
    file = Path(path)
    return file.stat().st_size if file.exists() else 0


def _fitting(content: bytes, room: int) -> tuple[bytes, int]:
    """The whole lines that fit into the room, and the number of bytes that do not."""
    if len(content) <= room:
        return content, 0
    note = b"\n\nThe rest was left out: a step summary holds 1 MiB.\n"
    end = content.rfind(b"\n", 0, max(room - len(note), 0)) + 1
    return (content[:end] + note if end else b""), len(content) - end


def _from_workspace(path: str, prefix: str) -> str:
    return f"{prefix.strip('/')}/{path}" if prefix.strip("/") else path


def _is_about_all(place: Place, excerpts: Mapping[tuple[str, int], str]) -> bool:
    """Whether the place stands for a whole document: its title, or its first line."""
    title = excerpts.get((place.file, place.line), "").startswith("# ")
    return place.column == 1 and (place.line == 1 or title)


def _on_line(found: Finding, prefix: str) -> str:
    place = found.place
    properties = {"file": _from_workspace(place.file, prefix), "line": str(place.line)}
    if place.end_line is not None:
        properties["endLine"] = str(place.end_line)
    properties |= {"col": str(place.column), "title": found.rule}
    text = f"{found.message}\n{found.help}" if found.help else found.message
    return _annotation(_KINDS[found.severity], properties, text)


def _annotation(kind: str, properties: Mapping[str, str], message: str) -> str:
    """One workflow command that shows a message on a line, whatever its words are."""
    said = ",".join(
        # A file must keep its colons to be found: here they are escaped, not taken apart.
        f"{name}={property_value(visible(value)).replace('##[', '# #[')}"
        for name, value in properties.items()
        if value
    )
    shown = "\n".join(inert(visible(part)) for part in cut(message, MESSAGE_LIMIT).split("\n"))
    return f"::{kind} {said}::{data(shown)}"
