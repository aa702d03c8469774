"""tables: the checks, and the ladder."""

from __future__ import annotations

from dataclasses import replace

from promoter.core.judge.verdict import Outcome
from promoter.core.policy import Step, Unit
from promoter.report.tables import checks_table, ladder
from tests.build import a_health, a_policy, a_situation, a_split, a_verdict
from tests.report.reports import latency, proven


def test_every_check_is_one_row_and_hostile_names_stay_in_it() -> None:
    bad = a_verdict(Outcome.FAIL, check="a | b\n<script>")
    rows = checks_table(a_health(a_verdict(), bad)).splitlines()
    assert len(rows) == 4
    assert "❌ fail" in rows[2]
    assert "✅ pass" in rows[3]
    assert "<script>" not in rows[2]


def test_without_a_verdict_it_says_so() -> None:
    assert checks_table(replace(a_health(), verdicts=())) == "No check was judged."


def test_a_row_tells_the_numbers_apart_from_the_words() -> None:
    row = checks_table(a_health(latency(Outcome.FAIL, observed=0.036, breaches=3))).splitlines()[2]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:6] == [
        "p99-latency",
        "❌ fail",
        "3.6%",
        "≤&nbsp;1%&nbsp;over&nbsp;50&nbsp;ms",
        "0.12%",
        "48,210",
    ]
    assert cells[6] == "over the limit in 3 of 5 windows"
    row = checks_table(a_health(proven())).splitlines()[2]
    assert row.endswith("| at most 0.04% (95%, any look), bar 0.15%: proven |")


def test_a_sentence_that_is_not_about_its_numbers_is_told_whole() -> None:
    few = a_verdict(Outcome.INCONCLUSIVE, needed=20, samples=38)
    assert checks_table(a_health(few)).endswith("| needs about 20 more requests, has 38 in 5 windows |")


def test_what_is_not_known_is_no_number() -> None:
    open_ = a_verdict(Outcome.INCONCLUSIVE, observed=None, stable=None, limit=None, samples=0)
    assert "| ⏳ inconclusive | — | — | — | 0 |" in checks_table(a_health(open_))


def test_a_lower_limit_reads_as_one() -> None:
    assert "| ≥&nbsp;36 |" in checks_table(
        a_health(a_verdict(unit=Unit.PLAIN, observed=37.0, limit=36.0, lower=True))
    )


def test_a_short_table_keeps_the_failures_and_counts_the_rest() -> None:
    verdicts = [a_verdict(check=f"c{n}") for n in range(5)]
    verdicts.append(a_verdict(Outcome.FAIL, check="bad"))
    verdicts.append(a_verdict(Outcome.INCONCLUSIVE, check="open"))
    text = checks_table(a_health(*verdicts), 2)
    assert [line.split(" | ")[0] for line in text.splitlines()[2:4]] == ["| bad", "| open"]
    assert text.endswith("… and 5 checks more, in the evidence.")
    assert "more, in the evidence" not in checks_table(a_health(*verdicts), 7)


def test_the_ladder_marks_where_we_are_and_the_move() -> None:
    assert ladder(a_situation(), None) == "1% → **5%** → 20% → 50% → 100%"
    assert ladder(a_situation(), a_split(20)) == "1% → **5% ⇒ 20%** → 50% → 100%"
    assert ladder(a_situation(weights=(0,)), a_split(1)) == "**0% ⇒ 1%** → 5% → 20% → 50% → 100%"


def test_off_the_ladder_nothing_is_marked() -> None:
    assert ladder(a_situation(weights=(0, 7)), None) == "1% → 5% → 20% → 50% → 100%"
    assert ladder(a_situation(weights=(0,)), None) == "1% → 5% → 20% → 50% → 100%"
    assert ladder(a_situation(), a_split(0)) == "1% → **5%** → 20% → 50% → 100%"
    policy = a_policy(steps=(Step(percent=a_situation().percent),))
    assert ladder(a_situation(policy=policy), None) == "**5%**"
