"""markdown: a table of all rollouts and a section each, whatever their names and numbers are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from promoter.core.decision import Kind
from promoter.core.outcome import Did, Outcome, Row
from promoter.core.policy import Rule
from promoter.report.ahead import ahead_lines
from promoter.report.markdown import plan_markdown
from promoter.report.numbers import for_markdown
from tests.build import a_check
from tests.report.markup import acted_on, structure, unprintable
from tests.report.reports import (
    HOSTILE,
    a_report,
    broken,
    freezing,
    hostile_row,
    promoting,
    the_plant,
    waiting,
)


def test_the_markdown_reads_as_it_did(golden: Callable[[str, str], None]) -> None:
    golden("plan.md", plan_markdown(the_plant(acted=True)))


def test_every_rollout_has_its_row_and_its_section() -> None:
    kinds = structure(plan_markdown(the_plant()))
    assert kinds.count("heading_open h3 ") == 4
    assert plan_markdown(the_plant()).count("<details><summary>🟡 ") == 3
    assert kinds.count("fence code diff") == 1
    assert kinds.count("table_open table ") == 1 + 7


def test_every_problem_of_a_broken_rollout_is_told() -> None:
    text = plan_markdown(a_report(broken()))
    for problem in broken().rollout.problems:
        assert problem in text


def test_what_was_done_leads_to_where_it_is_seen() -> None:
    url = "https://github.example/factory/yolo/pull/7"
    done = Outcome(did=Did.PROPOSED, subject="promoter/yolo/x", url=url)
    assert f"- [→ opened promoter/yolo/x]({url})\n" in plan_markdown(a_report(doing(done), acted=True))
    assert "- → opened promoter/yolo/x\n" in plan_markdown(a_report(doing(replace(done, url="")), acted=True))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x.example/)![x](//y.example", "https://x.example/ y", HOSTILE]
)
def test_what_is_no_plain_address_is_no_link(url: str) -> None:
    done = Outcome(did=Did.PROPOSED, subject="promoter/yolo/x", url=url)
    assert "- → opened promoter/yolo/x\n" in plan_markdown(a_report(doing(done), acted=True))


def test_hostile_words_stay_in_their_link() -> None:
    url = "https://github.example/factory/yolo/pull/7"
    hostile, plain = (
        Outcome(did=Did.REFUSED, subject="x", detail=text, url=url) for text in (HOSTILE, "why")
    )
    texts = [plan_markdown(a_report(doing(one), acted=True)) for one in (hostile, plain)]
    assert structure(texts[0]) == structure(texts[1])


def doing(outcome: Outcome) -> Row:
    return replace(promoting(), outcomes=(outcome,))


def test_hostile_text_changes_nothing_of_the_structure() -> None:
    report = replace(a_report(hostile_row(), notes=(HOSTILE,), acted=True), branch=f"main{HOSTILE}")
    text = plan_markdown(report)
    kinds = structure(text)
    assert not any(kind.startswith(("link", "image", "html_inline", "hr", "em_", "s_")) for kind in kinds)
    tags = re.findall(r"<[^>]*>", re.sub("`[^`]*`", "", text.split("````diff")[0]))
    assert set(tags) <= {"<details>", "<summary>", "</summary>", "</details>"}
    assert kinds.count("table_open table ") == 2
    assert kinds.count("heading_open h3 ") == 1
    assert kinds.count("blockquote_open blockquote ") == 1
    assert kinds.count("fence code diff") == 1
    assert unprintable(text) == []
    outside_code = re.sub("`[^`]*`", "", text.split("````")[0])
    assert acted_on(outside_code) == []


def test_a_diff_with_fences_in_it_stays_in_its_fence() -> None:
    diff = "--- a\n+++ b\n@@ -1 +1 @@\n-```\n+`````\n # x\n"
    text = plan_markdown(a_report(replace(promoting(), diff=diff)))
    kinds = structure(text)
    assert kinds[kinds.index("fence code diff") + 1] in {"fence code mermaid", "html_block  "}


def test_the_first_line_counts_what_there_is_to_know() -> None:
    first = plan_markdown(the_plant()).splitlines()[0]
    assert first.startswith(
        "**⛔ 1 broken, 🔴 1 frozen now, 🟢 1 to promote, 🟣 1 held, 🟡 3 waiting, ✅ 1 done.** Base `main`"
    )
    assert plan_markdown(a_report()).startswith("**No rollouts.** Base `main`")


def test_what_asks_nothing_of_anybody_is_folded_and_a_name_stays_text_there() -> None:
    row = hostile_row()
    quiet = replace(row, decision=replace(row.decision, kind=Kind.WAIT))
    text = plan_markdown(a_report(quiet))
    assert re.findall(r"<[^>]*>", text)[:3] == ["<details>", "<summary>", "</summary>"]
    assert "evil.example" in text
    assert acted_on(re.sub("`[^`]*`", "", text)) == []


@pytest.mark.slow
def test_a_whole_fleet_fits_in_a_summary_and_what_presses_is_kept() -> None:
    many = [replace(waiting()) for _ in range(800)]
    text = plan_markdown(a_report(*many, freezing(), broken()))
    assert len(text.encode()) < 1 << 20
    assert "line-c: v9-gray 20%" in text
    assert "did you mean candidates?" in text
    assert "800 waiting" in text


def test_of_very_many_that_ask_for_something_none_is_drawn() -> None:
    few, many = (plan_markdown(a_report(*[promoting()] * count)) for count in (20, 21))
    assert few.count("```mermaid") > 20
    assert "```mermaid" not in many
    assert many.count("\n### ") == 21


def test_the_whole_way_ahead_is_told_where_it_is_known() -> None:
    row = waiting()
    policy = replace(row.situation.policy, checks=(a_check(rule=Rule.SEQUENTIAL),))
    row = replace(row, situation=replace(row.situation, policy=policy))
    (line,) = ahead_lines(row, every=False)
    assert f"- {for_markdown(line, 400)}" in plan_markdown(a_report(row)).splitlines()
