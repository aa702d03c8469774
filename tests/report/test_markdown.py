"""markdown: a table of all rollouts and a section each, whatever their names and numbers are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from promoter.report.markdown import plan_markdown
from tests.report.markup import acted_on, structure, unprintable
from tests.report.reports import HOSTILE, a_report, broken, hostile_row, promoting, the_plant


def test_the_markdown_reads_as_it_did(golden: Callable[[str, str], None]) -> None:
    golden("plan.md", plan_markdown(the_plant(acted=True)))


def test_every_rollout_has_its_row_and_its_section() -> None:
    kinds = structure(plan_markdown(the_plant()))
    assert kinds.count("heading_open h3 ") == 8
    assert kinds.count("fence code diff") == 1
    assert kinds.count("table_open table ") == 1 + 7


def test_every_problem_of_a_broken_rollout_is_told() -> None:
    text = plan_markdown(a_report(broken()))
    for problem in broken().rollout.problems:
        assert problem in text


def test_hostile_text_changes_nothing_of_the_structure() -> None:
    report = replace(a_report(hostile_row(), notes=(HOSTILE,), acted=True), branch=f"main{HOSTILE}")
    text = plan_markdown(report)
    kinds = structure(text)
    assert not any(kind.startswith(("link", "image", "html", "hr", "em_", "s_")) for kind in kinds)
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
    assert structure(text)[-1] == "fence code diff"
