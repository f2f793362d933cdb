"""Edge cases of the rules about what the documents were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from ceremony.discovery import kind_of
from ceremony.documents import read
from ceremony.model import Document, Hit, State
from ceremony.rules.audit import RULES
from ceremony.rules.audit.history import ALLOWED, MAX_READ, dates
from ceremony.rules.audit.past import Event, Form, History, Revision
from ceremony.rules.audit.registry import NotAtHand, Project
from tests.support.growth import assert_linear

LATEST = "MILESTONES.latest.md"
MAIN = "MILESTONES.main.md"
ALPHA = "MILESTONES.v1.0.0-alpha.md"


def day(number: int, month: int = 1) -> dt.date:
    return dt.date(2026, month, number)


def document(path: str, text: str) -> Document:
    kind, version = kind_of(path)
    return read(path, text, kind=kind, version=version)


def project(
    files: dict[str, str], history: History | None, *, as_of: dt.date | None = None
) -> Project:
    return Project(
        documents=tuple(document(path, text) for path, text in sorted(files.items())),
        history=history,
        as_of=as_of or day(31),
    )


def hits(rule: str, facts: Project) -> list[Hit]:
    check = RULES[rule].check
    assert check is not None
    return list(check(facts))


def revisions(*texts: tuple[int, str | None], bots: Sequence[int] = ()) -> tuple[Revision, ...]:
    """The revisions of a document by day of January, given oldest first."""
    return tuple(
        Revision(commit=f"{number:040x}", date=day(number), text=text, is_bot=number in bots)
        for number, text in reversed(texts)
    )


def living(path: str, *texts: tuple[int, str | None], bots: Sequence[int] = ()) -> History:
    return History(living={path: revisions(*texts, bots=bots)})


def messages(rule: str, facts: Project) -> list[str]:
    return [hit.message for hit in hits(rule, facts)]


HISTORY = [
    name for name, rule in RULES.items() if rule.check and rule.check.__module__.endswith("history")
]


@pytest.mark.parametrize("rule", HISTORY)
def test_without_history_a_rule_says_so(rule: str) -> None:
    with pytest.raises(NotAtHand, match="no git checkout"):
        hits(rule, project({LATEST: "# A\n"}, None))


@pytest.mark.parametrize("rule", sorted(set(HISTORY) - {"frozen-modified"}))
def test_without_former_texts_a_rule_says_so(rule: str) -> None:
    with pytest.raises(NotAtHand, match="no texts"):
        hits(rule, project({LATEST: "# A\n"}, History(unread="no texts")))


@pytest.mark.parametrize("rule", HISTORY)
def test_without_documents_there_is_nothing_to_say(rule: str) -> None:
    assert hits(rule, project({"README.md": "# A\n"}, History())) == []
    assert hits(rule, project({LATEST: "# A\n", MAIN: "# B\n"}, History())) == []


# ---------------------------------------------------------------------------- frozen documents


def event(number: int, blob: str = "a", form: Form = Form.FILE, **more: bool) -> Event:
    return Event(
        path=ALPHA,
        commit=f"{number:040x}",
        date=day(number),
        blob="" if form is Form.GONE else blob * 40,
        form=form,
        **more,
    )


GONE = Form.GONE


@pytest.mark.parametrize(
    ("here", "elsewhere", "said"),
    [
        pytest.param([event(1)], [], [], id="one content"),
        pytest.param([event(1)], [event(2)], [], id="the same on its branch"),
        pytest.param([event(1), event(2)], [], [], id="brought twice"),
        pytest.param([event(1), event(2, "b")], [], ["its text changed in 0000000"], id="edited"),
        pytest.param(
            [event(1), event(2, "b"), event(3, "c"), event(4, "b")],
            [],
            ["its text changed in", "its text changed in"],
            id="two other contents, each said once",
        ),
        pytest.param(
            [event(1), event(2, "a", Form.LINK)], [], ["became a link in"], id="a link of one blob"
        ),
        pytest.param(
            [event(1)],
            [event(2, "b")],
            ["its release branch holds another text, since"],
            id="another text on its branch",
        ),
        pytest.param(
            [],
            [event(1), event(2, "b")],
            ["its text changed on its release branch in"],
            id="only on its branch",
        ),
        pytest.param(
            [event(1), event(2, form=GONE), event(3, form=GONE, is_merge=True)],
            [],
            ["was removed in"],
            id="a removal that was merged is one",
        ),
        pytest.param(
            [event(1), event(2, form=GONE, is_merge=True)],
            [],
            ["was removed in"],
            id="a removal by the merge itself",
        ),
        pytest.param(
            [event(1)],
            [event(2, form=GONE)],
            ["was removed on a release branch in"],
            id="a removal on its branch",
        ),
    ],
)
def test_frozen(here: list[Event], elsewhere: list[Event], said: list[str]) -> None:
    past = History(
        frozen={ALPHA: tuple(here)} if here else {},
        elsewhere={ALPHA: tuple(elsewhere)} if elsewhere else {},
    )
    found = messages("frozen-modified", project({ALPHA: "# A\n"}, past))
    assert len(found) == len(said)
    for message, start in zip(found, said, strict=True):
        assert message.startswith(f"v1.0.0-alpha: {start}")


def test_each_foreign_text_has_a_subject_of_its_own() -> None:
    past = History(frozen={ALPHA: (event(1), event(2, "b"), event(3, "c"), event(4, form=GONE))})
    found = hits("frozen-modified", project({ALPHA: "# A\n"}, past))
    assert len({hit.subject for hit in found}) == 3


def test_a_document_that_no_commit_removed_may_be_gone_all_the_same() -> None:
    past = History(frozen={ALPHA: (event(1),)})
    (message,) = messages("frozen-modified", project({LATEST: "# A\n"}, past))
    assert message == "v1.0.0-alpha: came in 0000000 (2026-01-01), and is not here any more"
    past = History(elsewhere={ALPHA: (event(1),)})
    assert messages("frozen-modified", project({LATEST: "# A\n"}, past)) == []


def test_a_document_that_was_moved() -> None:
    past = History(frozen={ALPHA: (event(1), event(2, form=GONE))})
    (hit,) = hits("frozen-modified", project({f"docs/{ALPHA}": "# A\n"}, past))
    assert hit.message.endswith(f"; it stands in docs/{ALPHA} now")


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({MAIN: "# A\n", LATEST: "# B\n\nv1.0.0-alpha\n"}, (LATEST, 3)),
        ({MAIN: "# A\n", LATEST: "# B\n"}, (LATEST, 1)),
        (
            {"MILESTONES_CEREMONY.md": "# C\n\nv1.0.0-alpha\n", LATEST: "# B\n\nv1.0.0-alpha\n"},
            ("MILESTONES_CEREMONY.md", 3),
        ),
        ({"GOVERNANCE.md": "# A\n"}, ("GOVERNANCE.md", 1)),
    ],
    ids=["latest names it", "nobody names it", "the ceremony names it", "another document"],
)
def test_where_a_removed_document_is_reported(files: dict[str, str], place: object) -> None:
    past = History(frozen={ALPHA: (event(1), event(2, form=GONE))})
    (hit,) = hits("frozen-modified", project(files, past))
    assert (hit.place.file, hit.place.line) == place


def test_many_changes_are_read_in_linear_time() -> None:
    def make(count: int) -> tuple[Event, ...]:
        return tuple(
            Event(path=ALPHA, commit=f"{n:040x}", date=day(1), blob=f"{n:040x}")
            for n in range(count)
        )

    def work(events: tuple[Event, ...]) -> Callable[[], object]:
        past = History(frozen={ALPHA: events}, elsewhere={ALPHA: events})
        facts = project({ALPHA: "# A\n"}, past)
        assert len(hits("frozen-modified", facts)) == len(events) - 1
        return lambda: hits("frozen-modified", facts)

    assert_linear(make, work, 20_000)


def test_many_blockers_are_followed_in_linear_time() -> None:
    def make(count: int) -> list[str]:
        return [f"| B{n} | M1 | Nobody signs {n} | @lark | Open |\n" for n in range(2, count + 2)]

    def work(rows: list[str]) -> Callable[[], object]:
        text = registry(more="".join(rows))
        past = living(LATEST, *((number, text + "\n" * number) for number in range(1, 29)))
        facts = project({LATEST: text}, past, as_of=day(1, 9))
        assert len(hits("blocker-stuck", facts)) == len(rows) + 1
        return lambda: hits("blocker-stuck", facts)

    assert_linear(make, work, 500)


STABLE = "MILESTONES.v1.0.0-stable.md"
PATCH = "MILESTONES.v1.0.1-patch.md"
TEXT = "# F\n\n---\n\nOne.\n\nTwo.\n"


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        pytest.param([], 0, id="nothing was read"),
        pytest.param([TEXT + "More.\n"], 0, id="as it is now"),
        pytest.param([TEXT + "Other.\n"], 0, id="other additions"),
        pytest.param([TEXT.replace("Two.", "Three.")], 1, id="a line was gone"),
        pytest.param(
            [TEXT.replace("Two.", "Three."), TEXT.replace("Two.", "Three.")], 1, id="twice"
        ),
    ],
)
def test_append_only(texts: list[str], count: int) -> None:
    blobs = {text: f"{number}" * 40 for number, text in enumerate(dict.fromkeys(texts))}
    past = History(
        frozen={PATCH: tuple(event(n, blobs[text][0]) for n, text in enumerate(texts, 1))},
        elsewhere={PATCH: (event(9, "f"),)},
        texts={blob: text for text, blob in blobs.items()},
    )
    files = {STABLE: TEXT, ALPHA: TEXT, PATCH: TEXT + "More.\n"}
    found = hits("frozen-not-append-only", project(files, past))
    assert [(hit.place.file, hit.place.line, hit.related[0].line) for hit in found] == [
        (PATCH, 1, 7)
    ] * count


# ---------------------------------------------------------------------------- dates and changelogs


def updated(stated: str, words: str = "Ten.") -> str:
    return f"# A\n\n**Last Updated**: {stated}\n\n---\n\n{words}\n"


@pytest.mark.parametrize(
    ("now", "words", "count"),
    [
        pytest.param("2026-01-05", [(5, "a"), (9, "b")], 1, id="changed later"),
        pytest.param("2026-01-05", [(5, "a"), (6, "b")], 0, id="changed the next day"),
        pytest.param("2026-01-05", [(9, "b")], 0, id="brought later"),
        pytest.param("2026-01-05", [(5, "a b"), (9, "a  b")], 0, id="only spaced otherwise"),
        pytest.param("2026-01-05", [(5, "a"), (7, "b"), (9, "b\n")], 1, id="changed, then spaced"),
        pytest.param("2026-01-05", [(5, None), (9, "b")], 0, id="the former text is unknown"),
        pytest.param("2026-01-05", [(5, "a"), (9, None)], 0, id="the newest text is unknown"),
        pytest.param("lately", [(5, "a"), (9, "b")], 0, id="no date"),
        pytest.param("2026-13-05", [(5, "a"), (9, "b")], 0, id="a date of no calendar"),
        pytest.param("2026-01-05 or 2026-01-06", [(5, "a"), (9, "b")], 0, id="two dates"),
        pytest.param("2026-01-09", [(5, "a"), (9, "b")], 0, id="up to date"),
    ],
)
def test_updated(now: str, words: list[tuple[int, str | None]], count: int) -> None:
    past = [(number, updated(now, text) if text else None) for number, text in words]
    facts = project({LATEST: updated(now)}, living(LATEST, *past))
    assert [hit.place.line for hit in hits("updated-stale", facts)] == [3] * count


@pytest.mark.parametrize(("before", "count"), [("2026-01-01", 0), ("2026-01-05", 1)])
def test_a_date_that_came_with_its_change_may_wait_for_review(before: str, count: int) -> None:
    now = updated("2026-01-05")
    past = living(LATEST, (1, updated(before, "Nine.")), (20, now))
    assert len(hits("updated-stale", project({LATEST: now}, past))) == count
    late = living(LATEST, (1, updated("2025-12-01", "Nine.")), (20, updated("2025-12-02")))
    assert len(hits("updated-stale", project({LATEST: updated("2025-12-02")}, late))) == 1


def test_a_bots_change_and_one_of_the_future_are_none() -> None:
    texts = ((5, updated("2026-01-05", "a")), (9, updated("2026-01-05", "b")))
    past = living(LATEST, *texts, bots=[9])
    assert hits("updated-stale", project({LATEST: updated("2026-01-05")}, past)) == []
    past = living(LATEST, *texts)
    files = {LATEST: updated("2026-01-05")}
    assert hits("updated-stale", project(files, past, as_of=day(7))) == []
    assert len(hits("updated-stale", project(files, past, as_of=day(8)))) == 1


def test_a_document_without_a_date_is_not_judged() -> None:
    assert (
        hits("updated-stale", project({LATEST: "# A\n"}, living(LATEST, (5, "a"), (9, "b")))) == []
    )


def test_dates() -> None:
    assert dates("2026-01-05, 2026-02-30, 12026-01-01, 2026-01-011") == [day(5)]


def log(words: str, *rows: str, heading: str = "## Document Changelog") -> str:
    table = "".join(f"| {row} | x | @lark |\n" for row in rows)
    head = "| Date | Change | Author |\n|--|--|--|\n" if rows else ""
    return f"# A\n\n**Last Updated**: 2026-01-01\n\n{words}\n\n{heading}\n\n{head}{table}"


OLD, NEW = "2026-01-01", "2026-01-09"


@pytest.mark.parametrize(
    ("past", "count"),
    [
        pytest.param([(1, log("One.", OLD)), (9, log("Two.", OLD))], 1, id="no row"),
        pytest.param([(1, log("One.", OLD)), (2, log("Two.", OLD))], 0, id="the row's next day"),
        pytest.param([(9, log("Two.", OLD))], 0, id="brought so"),
        pytest.param([(1, log("One.", OLD)), (9, log("One. ", OLD))], 0, id="only spaced"),
        pytest.param(
            [(1, log("One.", OLD)), (9, log("One.", OLD).replace("01-01\n", "01-09\n"))],
            0,
            id="only the date of the last update",
        ),
        pytest.param(
            [(1, log("One.", "2025-12-01")), (9, log("Two.", OLD))], 0, id="a row came with it"
        ),
        pytest.param(
            [(1, log("One.", "2025-12-01")), (8, log("Two.", "2025-12-01")), (9, log("Two.", OLD))],
            0,
            id="a row came later",
        ),
        pytest.param(
            [(1, log("One.", OLD)), (8, log("Two.", OLD)), (9, log("Two. ", OLD))],
            1,
            id="no row, then spaced",
        ),
    ],
)
def test_changelog(past: list[tuple[int, str]], count: int) -> None:
    facts = project({LATEST: past[-1][1]}, living(LATEST, *past))
    assert [hit.place.line for hit in hits("changelog-missing", facts)] == [7] * count


def test_changelogs_of_other_forms() -> None:
    listed = "# A\n\n{}\n\n## Changelog\n\n- made\n"
    past = living(LATEST, (1, listed.format("a")), (2, listed.format("b")))
    assert len(hits("changelog-missing", project({LATEST: listed.format("b")}, past))) == 1
    past = living(LATEST, (1, listed.format("a")), (9, listed.format("b")), bots=[9])
    assert hits("changelog-missing", project({LATEST: listed.format("b")}, past)) == []
    empty = "# Changelog\n\n{}\n\n## Changelog\n\nNone yet.\n"
    past = living(LATEST, (1, empty.format("a")), (9, empty.format("b")))
    assert hits("changelog-missing", project({LATEST: empty.format("b")}, past)) == []


# ---------------------------------------------------------------------------- states


def items(*states: str, title: str = "Oak boards", status: str = "ACCEPTED") -> str:
    rows = "".join(f"| M1.{n} | {title} | `{state}` | Ten |\n" for n, state in enumerate(states, 1))
    return (
        f"# A\n\n## M1: Shelves\n\n**Status**: `{status}`\n**Owner**: @lark\n\n"
        f"| ID | Deliverable | Status | Acceptance Criteria |\n|--|--|--|--|\n{rows}"
    )


def walked(*states: str, title: str = "Oak boards") -> list[str]:
    """What is said of an item that went through these states, one a day."""
    texts = [items(state) for state in states[:-1]] + [items(states[-1], title=title)]
    past = living(LATEST, *enumerate(texts, 1))
    return messages("state-transition", project({LATEST: texts[-1]}, past))


STATES = [state.value for state in State]


@pytest.mark.parametrize("new", STATES)
@pytest.mark.parametrize("old", STATES)
def test_each_step(old: str, new: str) -> None:
    said = f"M1.1 went from {old} to {new} in 0000000 (2026-01-02), a step that the ceremony"
    allowed = old == new or State(new) in ALLOWED[State(old)]
    assert walked(old, new) == ([] if allowed else [f"{said} does not know"])


@pytest.mark.parametrize(
    ("states", "count"),
    [
        pytest.param(["PROPOSED", "COMPLETE", "PROPOSED"], 0, id="taken back"),
        pytest.param(["PROPOSED", "ACCEPTED", "PROPOSED"], 1, id="an allowed step taken back"),
        pytest.param(["PROPOSED", "COMPLETE", "ACCEPTED"], 1, id="mended otherwise"),
        pytest.param(["PROPOSED", "COMPLETE", "DEFERRED"], 0, id="moved on since"),
        pytest.param(["PROPOSED", "COMPLETE", "COMPLETE"], 1, id="unchanged since"),
        pytest.param(["PROPOSED", "DREAMT", "COMPLETE"], 0, id="through what is no state"),
        pytest.param(["DREAMT"], 0, id="no state now"),
    ],
)
def test_only_the_last_step_counts(states: list[str], count: int) -> None:
    assert len(walked(*states)) == count


def test_a_number_that_was_given_anew_is_another_item() -> None:
    assert walked("COMPLETE", "PROPOSED", title="Brass hinges") == []
    assert len(walked("COMPLETE", "PROPOSED", title="Oak hinges")) == 1
    assert len(walked("COMPLETE", "PROPOSED", title="7")) == 1


def test_other_words_are_no_step() -> None:
    past = living(
        LATEST,
        (1, items("PROPOSED")),
        (2, items("COMPLETE", title="Boards of oak")),
        (3, items("COMPLETE", title="Oak boards")),
    )
    (message,) = messages("state-transition", project({LATEST: items("COMPLETE")}, past))
    assert "(2026-01-02)" in message


def test_a_milestone_that_states_nothing_has_no_steps() -> None:
    bare = items("ACCEPTED").replace("**Status**: `ACCEPTED`\n", "")
    past = living(LATEST, (1, items("ACCEPTED", status="COMPLETE")))
    assert hits("state-transition", project({LATEST: bare}, past)) == []


def test_a_step_in_the_working_tree() -> None:
    past = living(LATEST, (1, items("PROPOSED")))
    (message,) = messages("state-transition", project({LATEST: items("COMPLETE")}, past))
    assert "to COMPLETE in the working tree" in message


def test_milestones_and_proposals_move_too() -> None:
    past = living(LATEST, (1, items("ACCEPTED", status="COMPLETE")))
    (hit,) = hits("state-transition", project({LATEST: items("ACCEPTED")}, past))
    assert (hit.subject, hit.place.line) == ("M1 COMPLETE ACCEPTED", 5)

    page = (
        "# A\n\n## Active Proposals\n\n### PROP-7: Oak\n\n**Status**: {}\n\n"
        "### PROP-X: Ash\n\n**Status**: {}\n\n### PROP-8: Elm\n\nWords.\n\n"
        "## Template\n\n### PROP-9: Example\n\n**Status**: {}\n"
    )
    past = living(MAIN, (1, page.replace("{}", "REJECTED")))
    (hit,) = hits("state-transition", project({MAIN: page.replace("{}", "ACCEPTED")}, past))
    assert (hit.subject, hit.place.line) == ("PROP-7 REJECTED ACCEPTED", 7)


def test_milestones_with_one_text_are_told_apart() -> None:
    """Another milestone's line reads the same: the former revision does not hold M1's own."""
    two = "# A\n\n## M1: Shelves\n\n**Status**: {}\n\n## M2: Doors\n\n**Status**: {}\n"
    past = living(LATEST, (1, two.format("COMPLETE", "ACCEPTED") + "\nWords.\n" * 40))
    facts = project({LATEST: two.format("ACCEPTED", "ACCEPTED")}, past)
    assert [hit.subject for hit in hits("state-transition", facts)] == ["M1 COMPLETE ACCEPTED"]


@pytest.mark.parametrize("mark", ["<!--\n{}-->\n", "```\n{}```\n"])
def test_what_a_former_text_hides_is_no_state(mark: str) -> None:
    hidden = mark.format(items("PROPOSED"))
    past = living(LATEST, (1, hidden))
    assert hits("state-transition", project({LATEST: items("COMPLETE")}, past)) == []


def test_prose_between_does_not_hide_a_state() -> None:
    words = items("PROPOSED").replace("| ID", "Words:\nmore\n| ID")
    past = living(LATEST, (1, words + "\nWords | and | pipes.\n- a list\n"))
    assert len(hits("state-transition", project({LATEST: items("COMPLETE")}, past))) == 1


def test_what_is_too_much_to_read_is_not_judged() -> None:
    padding = "#" * MAX_READ
    past = living(LATEST, (1, items("PROPOSED") + padding))
    assert hits("state-transition", project({LATEST: items("COMPLETE")}, past)) == []
    past = living(LATEST, (1, None))
    assert hits("state-transition", project({LATEST: items("COMPLETE")}, past)) == []


# ---------------------------------------------------------------------------- what stands still


def registry(owner: str = "@lark", status: str = "Open", *, more: str = "") -> str:
    return (
        "# A\n\n## Blocker Registry\n\n| ID | Section | Blocker | Owner | Status |\n"
        f"|--|--|--|--|--|\n| B1 | M1 | Nobody signs | {owner} | {status} |\n{more}"
    )


OWN = "\n## M1: Shelves\n\n| ID | Blocker | Status |\n|--|--|--|\n| B1 | Nobody signs{} | Open |\n"


@pytest.mark.parametrize(
    ("now", "past", "count"),
    [
        pytest.param(registry(), [(1, registry())], 1, id="stuck"),
        pytest.param(registry("@wren"), [(1, registry())], 0, id="not committed yet"),
        pytest.param(registry(), [(1, registry("@wren")), (9, registry())], 0, id="moved"),
        pytest.param(registry(), [(1, registry()), (9, registry(" @lark"))], 1, id="spaced"),
        pytest.param(registry(), [(1, None), (9, registry())], 0, id="known for a while"),
        pytest.param(registry(), [(1, registry("@x")), (2, registry("@y"))], 0, id="uncommitted"),
        pytest.param(registry(status="Resolved"), [(1, registry(status="Resolved"))], 0, id="over"),
        pytest.param(
            registry(more=OWN.format("!")),
            [(1, registry(more=OWN.format(""))), (9, registry(more=OWN.format("!")))],
            0,
            id="moved in its milestone",
        ),
        pytest.param(
            registry(more=OWN.format("!")),
            [(1, registry(more=OWN.format("!")))],
            1,
            id="one, twice",
        ),
    ],
)
def test_stuck(now: str, past: list[tuple[int, str | None]], count: int) -> None:
    facts = project({LATEST: now}, living(LATEST, *past), as_of=day(5, 2))
    assert [hit.place.line for hit in hits("blocker-stuck", facts)] == [7] * count


def test_the_threshold_is_an_option() -> None:
    facts = project({LATEST: registry()}, living(LATEST, (1, registry())), as_of=day(2))
    assert hits("blocker-stuck", facts) == []
    (message,) = messages("blocker-stuck", replace(facts, options={("blocker-stuck", "days"): 0}))
    assert message == "B1 has been open without a change for 1 day"


PROPOSAL = (
    "# A\n\n## Active Proposals\n\n### PROP-7: Oak\n\n**Proposed**: 2026-01-01\n"
    "**Category**: Scope\n**Status**: {}\n\n#### Summary\n\n{}\n\n---\n\n## Other\n\n{}\n\n"
    "## Proposal Template\n\n### PROP-8: Example\n\n**Status**: PROPOSED\n"
)


@pytest.mark.parametrize(
    ("now", "past", "count"),
    [
        pytest.param(("PROPOSED", "a", "b"), [(1, ("PROPOSED", "a", "b"))], 1, id="stale"),
        pytest.param(
            ("PROPOSED", "a", "b"),
            [(1, ("PROPOSED", "a", "x")), (30, ("PROPOSED", "a", "b"))],
            1,
            id="only its surroundings moved",
        ),
        pytest.param(
            ("PROPOSED", "a", "b"),
            [(1, ("PROPOSED", "x", "b")), (30, ("PROPOSED", "a", "b"))],
            0,
            id="it moved",
        ),
        pytest.param(("DEFERRED", "a", "b"), [(1, ("DEFERRED", "a", "b"))], 0, id="answered"),
    ],
)
def test_stale(now: tuple[str, ...], past: list[tuple[int, tuple[str, ...]]], count: int) -> None:
    texts = [(number, PROPOSAL.format(*words)) for number, words in past]
    facts = project({MAIN: PROPOSAL.format(*now)}, living(MAIN, *texts), as_of=day(10, 4))
    assert [hit.place.line for hit in hits("proposal-stale", facts)] == [5] * count


def milestones(*numbers: int) -> str:
    return "# A\n" + "".join(
        f"\n## M{n}: Shelf\n\n**Status**: `ACCEPTED`\n**Owner**: @lark\n" for n in numbers
    )


@pytest.mark.parametrize(
    ("past", "cut", "as_of", "said"),
    [
        pytest.param(
            [(1, milestones(1)), (9, milestones(1, 2))],
            None,
            day(1, 9),
            "1 milestone more in 243 days and no version was ever cut",
            id="no cut",
        ),
        pytest.param(
            [(1, milestones(1)), (9, milestones(1, 2))],
            5,
            day(1, 9),
            "1 milestone more in 239 days since the last cut",
            id="grown since the cut",
        ),
        pytest.param(
            [(1, milestones(1)), (9, milestones(1, 2))], 10, day(1, 9), "", id="not since the cut"
        ),
        pytest.param([(9, milestones(1, 2))], 5, day(1, 9), "", id="older revisions are not known"),
        pytest.param([(1, milestones(1)), (9, milestones(1, 2))], None, day(31), "", id="too soon"),
        pytest.param(
            [(1, milestones(3, 4)), (9, milestones(1, 2))], None, day(1, 9), "", id="as many"
        ),
        pytest.param(
            [(1, milestones(1)), (9, milestones(1, 2, 3))],
            None,
            day(1, 9),
            "2 milestones and items more in 243 days and no version was ever cut",
            id="two more",
        ),
        pytest.param([(1, None)], None, day(1, 9), "", id="nothing was read"),
        pytest.param(
            [(1, milestones(1) + "#" * MAX_READ), (9, milestones(1, 2))],
            None,
            day(1, 9),
            "",
            id="too much to read",
        ),
    ],
)
def test_unbounded(
    past: list[tuple[int, str | None]], cut: int | None, as_of: dt.date, said: str
) -> None:
    history = History(
        living={LATEST: revisions(*past)}, frozen={ALPHA: (event(cut),)} if cut else {}
    )
    facts = project({LATEST: past[-1][1] or milestones(1)}, history, as_of=as_of)
    assert messages("latest-unbounded", facts) == ([said] if said else [])
