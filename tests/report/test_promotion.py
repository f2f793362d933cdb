"""A promotion's report: the verdict first, every excuse, and strangers' words that stay words."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ceremony.report import promotion
from ceremony.report.escape import commands
from ceremony.rules.evidence import Candidate, Evidence, Policy, State
from ceremony.rules.promote import Relation, Standing, Stray, Verdict, decide
from ceremony.rules.promotion import Moved, Outcome
from ceremony.rules.proof import Hold, Required
from tests.report.hostile import COMMANDS, MARKDOWN, SPOOFS, obeyed

TODAY = dt.date(2026, 3, 2)
OLD, GOOD, BAD = "0" * 40, "a1" * 20, "b2" * 20
DEFAULTS = Policy()
EVERY = {**COMMANDS, **MARKDOWN, **{name: text for name, (text, _) in SPOOFS.items()}}


def check(name: str, state: State = State.SUCCESS, **changed: object) -> Evidence:
    given = Evidence(
        name, state, state.value, app="github-actions", event="push", workflow="ci.yml", run=1
    )
    return given._replace(**changed)  # type: ignore[arg-type]


def standing(*candidates: Candidate, **changed: object) -> Standing:
    relation = Relation.AHEAD if candidates else Relation.IDENTICAL
    known = Standing(
        main="main",
        latest="latest",
        main_sha=candidates[0].sha if candidates else OLD,
        latest_sha=OLD,
        relation=relation,
        ahead_by=len(candidates),
        candidates=candidates,
    )
    return known._replace(**changed)  # type: ignore[arg-type]


def outcome(
    known: Standing, policy: Policy = DEFAULTS, *, after: str | None = None, **changed: object
) -> Outcome:
    decision = decide(known, policy, TODAY)
    moves = (
        (Moved("refs/heads/latest", known.latest_sha, decision.target, moved=True),)
        if decision.target
        else ()
    )
    said = Outcome(
        verdict=decision.verdict,
        reason=decision.reason,
        remedy=decision.remedy,
        standing=known,
        excuses=decision.excuses,
        notices=decision.notices,
        moves=moves,
        after=after or decision.target or known.latest_sha,
        commits=len(known.candidates) if decision.target else 0,
        requests=4,
    )
    return said._replace(**changed)  # type: ignore[arg-type]


def promoted() -> Outcome:
    return outcome(
        standing(
            Candidate(BAD, "Break it", (check("test", State.FAILURE),)),
            Candidate(GOOD, "Mend it", (check("test"), check("nightly", event="schedule"))),
        ),
        commits=1,
        dispatched=("ci.yml", "release.yml"),
    )


def hostile(text: str) -> Outcome:
    """A stranger's words wherever a stranger may put some."""
    evidence = (
        check(text, State.FAILURE),
        check(f"{text}2", State.SKIPPED),
        check(text, event=text),
        check(text, app=text, event=""),
        Evidence(text, State.UNKNOWN, text, is_status=True, creator=text, url=text),
        check(text, State.FAILURE, url=f"https://github.com/spiritstream/app/{text}"),
    )
    known = standing(
        Candidate(BAD, text, evidence),
        Candidate(GOOD, f"{text} {text}", (check(text),)),
        relation=Relation.DIVERGED,
        behind_by=40,
        strays=(Stray(OLD, text),),
        latest_evidence=evidence,
    )
    policy = Policy(required=(Required(text), Required(f"no {text}", text)), holds=(
        Hold(text, text, dt.date(2026, 1, 1)), Hold(text, text),
    ))  # fmt: skip
    return outcome(
        known,
        policy,
        remedy=text,
        failure=f"{text}: {text}",
        notices=(text, f"1. {text}"),
        page="https://github.com/spiritstream/app",
    )


# ---------------------------------------------------------------------------- what is said


def test_text_says_the_verdict_first_then_the_moves_and_every_commit() -> None:
    assert promotion.text(promoted()) == (
        "`latest` moved 1 commit forward to a1a1a1a (`Mend it`); 1 newer one is passed over\n"
        "    latest: 0000000 -> a1a1a1a\n"
        "    started: ci.yml, release.yml\n"
        "b2b2b2b failed  Break it\n"
        "    `test` failed\n"
        "    do: Re-run it, or push a fix\n"
        "a1a1a1a green   Mend it\n"
        "    `test` succeeded\n"
    )


def test_markdown_says_the_verdict_first_then_the_excuses_as_a_table() -> None:
    assert promotion.markdown(promoted()) == (
        "## promote: promoted\n\n"
        "**`latest` moved 1 commit forward to `a1a1a1a` (`Mend it`); 1 newer one is passed over**"
        "\n\n"
        "| Ref | From | To | Moved |\n|-----|------|----|-------|\n"
        "| `refs/heads/latest` | `0000000` | `a1a1a1a` | yes |\n\n"
        "Started: `ci.yml`, `release.yml`\n\n"
        "| Commit | Title | Verdict | Why | What would change it |\n"
        "|--------|-------|---------|-----|----------------------|\n"
        "| `b2b2b2b` | `Break it` | failed | `test` failed | Re-run it, or push a fix |\n"
        "| `a1a1a1a` | `Mend it` | green | `test` succeeded |  |\n\n"
        "<details>\n<summary><code>b2b2b2b</code>: 1 of 1 check counted</summary>\n\n"
        "- `test` of `github-actions` by `push`: failed\n\n</details>\n\n"
        "<details>\n<summary><code>a1a1a1a</code>: 1 of 2 checks counted</summary>\n\n"
        "- `nightly` of `github-actions` by `schedule`: success, not counted: `schedule` started "
        "it, not a push\n"
        "- `test` of `github-actions` by `push`: success\n\n</details>\n"
    )


def test_json_has_the_fields_of_the_contract() -> None:
    report = json.loads(promotion.as_json(promoted()))
    candidates = report.pop("candidates")
    assert report == {
        "part": "promote",
        "verdict": "promoted",
        "reason": "`a1a1a1a` is the newest green commit of `main`; 1 newer one is not",
        "remedy": "",
        "dryRun": False,
        "main": {"branch": "main", "sha": BAD},
        "latest": {"branch": "latest", "before": OLD, "after": GOOD},
        "relation": "ahead",
        "aheadBy": 2,
        "behindBy": 0,
        "commits": 1,
        "moves": [{"ref": "refs/heads/latest", "before": OLD, "after": GOOD, "moved": True}],
        "dispatched": ["ci.yml", "release.yml"],
        "toDispatch": [],
        "strays": [],
        "notices": [],
        "requests": 4,
    }
    assert candidates[0] == {
        "sha": BAD,
        "title": "Break it",
        "verdict": "failed",
        "reason": "`test` failed",
        "temporary": False,
        "remedy": "Re-run it, or push a fix",
        "checks": [
            {
                "name": "test",
                "state": "failure",
                "app": "github-actions",
                "event": "push",
                "counts": True,
                "why": "failed",
                "url": "",
            }
        ],
    }
    assert [(each["name"], each["counts"]) for each in candidates[1]["checks"]] == [
        ("nightly", False),
        ("test", True),
    ]


GREEN = Candidate(GOOD, "Mend it", (check("test"),))
PENDING = Candidate(GOOD, "Mend it", (check("test", State.PENDING),))


@pytest.mark.parametrize(
    ("said", "headline"),
    [
        (outcome(standing()), "`latest` is up to date with `main` at 0000000"),
        (outcome(standing(PENDING)), "`latest` stays at 0000000: no commit of"),
        (
            outcome(standing(GREEN), Policy(holds=(Hold("maria", "signing"),))),
            "`latest` is held at 0000000: `a1a1a1a` is green, and held by `maria`: signing",
        ),
        (
            outcome(standing(GREEN, relation=Relation.DIVERGED, behind_by=1)),
            "`latest` has diverged at 0000000: ",
        ),
        (outcome(standing(GREEN, can_push=False)), "`latest` was not moved: `a1a1a1a` is green"),
        (outcome(standing(GREEN)), "`latest` moved 1 commit forward to a1a1a1a (`Mend it`)"),
        (
            outcome(standing(GREEN), dry_run=True),
            "dry run: `latest` would move 1 commit forward to a1a1a1a (`Mend it`)",
        ),
        (
            outcome(standing(GREEN, relation=Relation.ABSENT, latest_sha=None)),
            "`latest` was created at a1a1a1a (`Mend it`)",
        ),
        (
            outcome(standing(GREEN, relation=Relation.ABSENT, latest_sha=None), dry_run=True),
            "dry run: `latest` would be created at a1a1a1a (`Mend it`)",
        ),
        (
            outcome(standing(PENDING, relation=Relation.ABSENT, latest_sha=None)),
            "`latest` is not created yet: no commit of `main` is green yet",
        ),
        (
            outcome(standing(GREEN), after=BAD),
            "(`Mend it`), and somebody has moved it on to b2b2b2b since",
        ),
        (outcome(standing(GREEN._replace(title=""))), "1 commit forward to a1a1a1a"),
        (outcome(standing(GREEN._replace(title="`x` y"))), "(`'x' y`)"),
        (outcome(standing(GREEN._replace(title="y" * 200))), "(`" + "y" * 80 + "… ("),
        (Outcome(Verdict.REFUSED, "not for this"), "promote refuses: not for this"),
    ],
    ids=lambda value: value.verdict.value if isinstance(value, Outcome) else None,
)
def test_the_headline(said: Outcome, headline: str) -> None:
    assert headline in promotion.headline(said)
    shown = promotion.text(said).splitlines()[0]
    assert shown == promotion.headline(said)


def test_what_only_latest_holds_is_shown() -> None:
    strays = (Stray(BAD, "A hotfix past review"),)
    said = outcome(standing(GREEN, relation=Relation.DIVERGED, behind_by=21, strays=strays))
    assert "Only on latest:\n    b2b2b2b A hotfix past review\n" in promotion.text(said)
    shown = promotion.markdown(said)
    assert "| Only on `latest` | Title |" in shown
    assert "| `b2b2b2b` | `A hotfix past review` |" in shown
    assert "20 more commits besides." in shown


def test_a_dry_run_says_would() -> None:
    said = promoted()._replace(
        dry_run=True,
        dispatched=(),
        to_dispatch=("ci.yml", "release.yml"),
        moves=(Moved("refs/heads/latest", OLD, GOOD, moved=False),),
    )
    shown = promotion.markdown(said)
    assert shown.startswith("## promote: would promote (dry run)\n\n**Dry run: `latest` would ")
    assert "| Would move | From | To |\n|------------|------|----|\n" in shown
    assert "| `refs/heads/latest` | `0000000` | `a1a1a1a` |\n" in shown
    assert "Would then start: `ci.yml`, `release.yml`\n" in shown
    printed = promotion.text(said)
    assert "    would move latest: 0000000 -> a1a1a1a\n" in printed
    assert "    would then start: ci.yml, release.yml\n" in printed
    assert json.loads(promotion.as_json(said))["toDispatch"] == ["ci.yml", "release.yml"]
    waiting = outcome(standing(PENDING), dry_run=True)
    assert promotion.markdown(waiting).startswith("## promote: waiting (dry run)\n")


PAGE = "https://github.com/spiritstream/app"


def test_commits_and_what_keeps_them_back_lead_to_their_pages() -> None:
    run = f"{PAGE}/actions/runs/7/job/8"
    known = standing(
        Candidate(BAD, "Break it", (
            check("test (1)", State.FAILURE, url=run),
            check("lint", State.PENDING, url=f"{PAGE}/runs/9?pr=1#step"),
        )),
        Candidate(GOOD, "Mend it", (check("test (1)", url=run),)),
    )  # fmt: skip
    shown = promotion.markdown(outcome(known, page=PAGE))
    assert f"| [`b2b2b2b`]({PAGE}/commit/{BAD}) | `Break it` | failed |" in shown
    assert f"| [`test (1)`]({run}) failed |" in shown
    assert f"- [`lint`]({PAGE}/runs/9?pr=1#step) of" in shown
    assert "- `test (1)` of `github-actions` by `push`: success\n" in shown
    assert f"| [`0000000`]({PAGE}/commit/{OLD}) | [`a1a1a1a`]({PAGE}/commit/{GOOD}) |" in shown
    assert "](" not in promotion.markdown(outcome(known))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "https://evil.example/spiritstream/app/x",
        "https://github.com.evil.example/spiritstream/app/x",
        "https://github.com@evil.example/spiritstream/app/x",
        "https://github.com/spiritstream/app@evil.example/x",
        "https://github.com/attacker/app/x",
        "http://github.com/spiritstream/app/x",
        f"{PAGE}/../../attacker/app",
        f"{PAGE}/%2e%2e/%2E./attacker",
        f"{PAGE}/x) [click](https://evil.example",
        f"{PAGE}/x | y |",
        f"{PAGE}/x\n# heading",
        f"{PAGE}/<b>",
        f"{PAGE}/`x`",
        f"{PAGE}/::error::x",
        f"{PAGE}/\\evil",
        f"{PAGE}/" + "a" * 2_000,
    ],
)
def test_a_stranger_s_address_is_never_a_link(url: str) -> None:
    known = standing(Candidate(BAD, "x", (check("test", State.FAILURE, url=url),)))
    shown = promotion.markdown(outcome(known, page=PAGE))
    assert set(re.findall(r"\]\(([^)]*)\)", shown)) == {f"{PAGE}/commit/{BAD}"}
    assert "`test` failed" in shown
    assert "evil.example" not in shown


def test_our_own_words_are_no_code() -> None:
    known = standing(Candidate(BAD, "x", (check("test"),)))
    shown = promotion.markdown(outcome(known, Policy(required=(Required("package"),))))
    assert "which no recent commit carries (renamed?); seen were `test`\n" in shown


def test_a_sha_that_is_none_is_no_link() -> None:
    known = standing(Candidate("b2) [x](y", "x", (check("test", State.FAILURE),)))
    assert "](" not in promotion.markdown(outcome(known, page=PAGE))


def test_a_failure_and_what_was_not_moved_is_said() -> None:
    said = promoted()._replace(failure="GitHub is down. Run it again")
    moves = (*said.moves, Moved("refs/tags/good", None, GOOD, moved=False))
    said = said._replace(moves=moves)
    assert said.status == 3
    assert "Unfinished: GitHub is down. Run it again\n" in promotion.text(said)
    assert "    good: nothing -> a1a1a1a (not moved)\n" in promotion.text(said)
    assert "| `refs/tags/good` | nothing | `a1a1a1a` | no |" in promotion.markdown(said)
    assert json.loads(promotion.as_json(said))["failure"] == said.failure


def test_a_commit_without_evidence_has_nothing_to_unfold() -> None:
    shown = promotion.markdown(outcome(standing(Candidate(GOOD, "Mend it"))))
    assert "| missing, for now | no check and no status was reported on it |" in shown
    assert "<details>" not in shown
    assert "| Commit |" not in promotion.markdown(outcome(standing()))


def test_colours_are_for_those_who_asked() -> None:
    plain, coloured = promotion.text(promoted()), promotion.text(promoted(), colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == plain != coloured


# ---------------------------------------------------------------------------- bounds


def crowded(commits: int, checks: int) -> Outcome:
    evidence = tuple(check(f"test {number:03} 🧪", State.FAILURE) for number in range(checks))
    candidates = [
        Candidate(f"{number:040x}", "“Ünïcode” | <title> " * 9, evidence)
        for number in range(1, commits + 1)
    ]
    return outcome(standing(*candidates))


def test_row_41_a_summary_stays_below_the_limit_and_counts_what_it_leaves_out() -> None:
    worst = "\U000e0001" * 190
    evidence = tuple(check(f"{worst}{number}", State.FAILURE) for number in range(60))
    said = outcome(
        standing(*(Candidate(f"{number:040x}", worst, evidence) for number in range(1, 400)))
    )
    said = said._replace(notices=tuple(f"{worst}{number}" * 9 for number in range(200)))
    shown = promotion.markdown(said, is_kept=True)
    assert 500_000 < len(shown.encode()) <= promotion.LIMIT
    assert "150 more notices are in the JSON report" in shown
    assert len(json.loads(promotion.as_json(said))["candidates"]) == 399


def test_row_41_a_table_that_does_not_fit_says_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(promotion, "LIMIT", 4_000)
    shown = promotion.markdown(crowded(40, 1), is_kept=True)
    rows = len(re.findall(r"(?m)^\| `[0-9a-f]{7}` \|", shown))
    assert 0 < rows < promotion.ROWS
    assert f"{40 - rows} more commits are in the JSON report." in shown
    assert len(shown.encode()) <= 4_000


def test_a_commit_with_many_checks_is_cut_and_counted() -> None:
    shown = promotion.markdown(crowded(2, 300), is_kept=True)
    assert shown.count("- 250 more checks are in the JSON report\n") == 2
    assert "300 of 300 checks counted" in shown


def test_a_terminal_is_shown_the_newest() -> None:
    shown = promotion.text(crowded(30, 1))
    assert shown.count(" failed  ") == promotion.LINES
    assert "10 more commits not shown: run with `--format json`\n" in shown
    assert "10 more commits are in the JSON report\n" in promotion.text(
        crowded(30, 1), is_kept=True
    )
    assert "1 more commit is in the JSON report\n" in promotion.text(crowded(21, 1), is_kept=True)
    noted = promotion.text(promoted()._replace(notices=("Look",) * 60), is_kept=True)
    assert noted.count("Notice: Look\n") == promotion.NOTICES
    assert "10 more notices are in the JSON report" in noted


def line_of(*states: State | None) -> list[Candidate]:
    """A commit for each, the newest first; None for one that nothing was reported on."""
    return [
        Candidate(f"{number:040x}", f"Change {number}", (check("test", state),) if state else ())
        for number, state in enumerate(states, 0x1000000000)
    ]


def test_what_is_no_different_shares_a_row_and_the_commit_that_is_promoted_has_its_own() -> None:
    line = line_of(None, None, *[State.SKIPPED] * 200, State.FAILURE, State.FAILURE, State.SUCCESS)
    line = [each._replace(sha=f"{number:07x}" + "0" * 33) for number, each in enumerate(line, 1)]
    said = outcome(standing(*line))
    shown = promotion.markdown(said)
    # The two newest, the skipped ones together, both failures, and where latest goes.
    rows = re.findall(r"(?m)^\| `([0-9a-f]{7})` \| (.*?) \| ([a-z]+)", shown)
    assert [(sha, word) for sha, _, word in rows] == [
        ("0000001", "missing"),
        ("0000002", "missing"),
        ("0000003", "missing"),
        ("00000cb", "failed"),
        ("00000cc", "failed"),
        ("00000cd", "green"),
    ]
    assert rows[2][1] == "`Change 68719476738` and 199 older, down to `00000ca`"
    assert shown.startswith("## promote: promoted\n\n**")
    assert "; 204 newer ones are passed over**" in shown
    assert "0000003 missing Change 68719476738 and 199 older, down to 00000ca\n" in (
        promotion.text(said)
    )


def test_what_is_green_or_held_is_shown_however_far_down() -> None:
    line = line_of(*[State.FAILURE] * 100, State.SUCCESS, *[State.FAILURE] * 50, State.SUCCESS)
    line = [each._replace(sha=f"{number:07x}" + "0" * 33) for number, each in enumerate(line, 1)]
    said = outcome(standing(*line), Policy(holds=(Hold("maria", "signing", since=line[100].sha),)))
    for shown in (promotion.markdown(said), promotion.text(said)):
        assert "green, and held by `maria`" in shown
        assert "0000098" in shown
    table = promotion.markdown(said).partition("| Commit |")[2].partition("<details>")[0]
    assert len(re.findall(r"(?m)^\| `", table)) == promotion.ROWS + 2
    assert re.findall(r"(?m)^\| \| ([0-9]+) more commits not shown", table) == ["70", "50"]


def test_of_very_many_that_are_held_the_last_is_shown() -> None:
    line = line_of(*[State.SUCCESS] * 200)
    line = [each._replace(sha=f"{number:07x}" + "0" * 33) for number, each in enumerate(line, 1)]
    said = outcome(standing(*line), Policy(holds=(Hold("maria", "signing", since=line[198].sha),)))
    shown = promotion.markdown(said)
    rows = re.findall(r"(?m)^\| `([0-9a-f]{7})` \|", shown)
    assert len(rows) == 2 * promotion.ROWS + 1
    assert rows[-1] == "00000c8"
    assert re.findall(r"(?m)^\| \| ([0-9]+) more commits", shown) == ["139"]


@pytest.mark.parametrize("render", [promotion.text, promotion.markdown, promotion.as_json])
def test_a_report_is_the_same_whatever_order_the_evidence_came_in(render: object) -> None:
    assert callable(render)
    evidence = [check(name, State.FAILURE) for name in ("b", "a", "c")]
    one = outcome(standing(Candidate(GOOD, "x", tuple(evidence))))
    other = outcome(standing(Candidate(GOOD, "x", tuple(reversed(evidence)))))
    assert render(one) == render(other)


# ---------------------------------------------------------------------------- strangers

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
BLOCKS = {
    "heading",
    "paragraph",
    "bullet_list",
    "list_item",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
MARKS = {"text", "code_inline", "softbreak", "strong_open", "strong_close", "html_inline"}
MARKS |= {"link_open", "link_close"}
OWN_HTML = re.compile(
    r"</?details>\n?|<summary><code>[0-9a-f]{7}</code>: [0-9,]+ of [0-9,]+ checks? counted"
    r"</summary>\n?"
)


def assert_inert(said: Outcome) -> None:
    for printed in (
        promotion.text(said),
        promotion.text(said, colour=True),
        promotion.markdown(said),
        promotion.as_json(said),
    ):
        assert obeyed(printed) == []
        assert obeyed(commands(printed)) == []
    rows: list[int] = []
    for token in PARSER.parse(promotion.markdown(said)):
        if token.type == "tr_open":
            rows.append(0)
        if token.type in {"td_open", "th_open"}:
            rows[-1] += 1
        if token.type == "html_block":
            assert OWN_HTML.sub("", token.content).strip() == "", token.content
        elif token.type == "inline":
            assert {child.type for child in token.children or ()} <= MARKS, token.content
            for child in token.children or ():
                if child.type == "link_open":
                    href = str(child.attrs["href"])
                    assert href.startswith("https://github.com/spiritstream/app/"), href
            html = [child for child in token.children or () if child.type == "html_inline"]
            assert html == []
        else:
            assert token.type.rpartition("_")[0] in BLOCKS, token.type
    assert rows == [5] * (1 + len(said.excuses)) + [2, 2]


@pytest.mark.parametrize("text", EVERY.values(), ids=EVERY)
def test_rows_4_to_8_and_38_to_39_strangers_words_are_only_words(text: str) -> None:
    assert_inert(hostile(text))
    for printed in (promotion.text(hostile(text)), promotion.markdown(hostile(text))):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
        printed.encode()
    promotion.as_json(hostile(text)).encode("ascii")


@given(st.text(st.characters(), max_size=40))
@settings(max_examples=150, deadline=None)
def test_whatever_they_say(text: str) -> None:
    assert_inert(hostile(text))


@given(st.text('`|\\"<>*_[]()!:#@-\n a', max_size=30))
@settings(max_examples=300, deadline=None)
def test_whatever_marks_they_make(text: str) -> None:
    assert_inert(hostile(text))
