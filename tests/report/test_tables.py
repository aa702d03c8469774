"""tables: the checks, and the ladder."""

from __future__ import annotations

from dataclasses import replace

from promoter.core.judge.verdict import Outcome
from promoter.report.tables import checks_table, ladder
from tests.build import a_health, a_situation, a_split, a_verdict


def test_every_check_is_one_row_and_hostile_names_stay_in_it() -> None:
    bad = a_verdict(Outcome.FAIL, check="a | b\n<script>")
    rows = checks_table(a_health(a_verdict(), bad)).splitlines()
    assert len(rows) == 4
    assert "✅ pass" in rows[2]
    assert "❌ fail" in rows[3]
    assert "<script>" not in rows[3]


def test_without_a_verdict_it_says_so() -> None:
    assert checks_table(replace(a_health(), verdicts=())) == "No check was judged."


def test_the_ladder_marks_where_we_are_or_would_be() -> None:
    assert ladder(a_situation(), None) == "1% → **5%** → 20% → 50% → 100%"
    assert ladder(a_situation(), a_split(20)) == "1% → 5% → **20%** → 50% → 100%"
