"""proofs: what the numbers of a sequential verdict mean, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoter.core.judge.verdict import Cause, Moment, Outcome
from promoter.core.policy import Unit
from promoter.report.proofs import evidence_lines, proof_line, sparkline, two_digits
from promoter.report.sentences import verdict_line
from tests.build import a_proof, a_proven, a_verdict

NUMBERS = "0.02% of 48,210 requests bad (limit 0.05%), stable 0.02%"
OPEN = Outcome.INCONCLUSIVE


def test_a_verdict_of_another_rule_has_no_proof_to_tell() -> None:
    assert proof_line(a_verdict()) is None


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (Cause.TOO_EARLY, ": 8 of 20 ticks so far"),
        (
            Cause.OVER_LIMIT,
            ": over the limit and worse than stable, 2,400 : 1 against chance (a freeze needs 400 : 1)",
        ),
        (Cause.UNSETTLED, ": evidence that it is over the limit grows, and is no proof yet"),
        (Cause.ABOVE_BAND, ": better than stable by more than is believable, check the evaluator"),
    ],
)
def test_each_standing_has_its_words(cause: Cause, told: str) -> None:
    assert proof_line(a_proven(cause=cause, proof=a_proof(ticks=8, least=20))) == NUMBERS + told


def test_what_is_still_needed_is_told_with_a_time() -> None:
    verdict = a_proven(
        OPEN,
        cause=Cause.TOO_FEW,
        needed=2_913,
        eta=timedelta(minutes=50),
        proof=a_proof(bound=0.0024, bar=0.0015),
    )
    assert verdict_line(verdict) == (
        f"{NUMBERS}; at most 0.24% (95%, any look), bar 0.15%: needs about 3,000 more requests; about 50 min more"
    )


def test_what_would_never_pass_is_told() -> None:
    verdict = a_proven(OPEN, cause=Cause.TOO_FEW, needed=None)
    assert (proof_line(verdict) or "").endswith(": would not pass like this")


def test_a_bound_is_not_shown_as_the_bar_it_is_under() -> None:
    told = proof_line(a_proven(proof=a_proof(bound=0.0004999)))
    assert told == f"{NUMBERS}; at most 0.04999% (95%, any look), bar 0.05%: proven"


def test_a_reading_with_a_trend_tells_its_slope() -> None:
    memory = a_proven(
        unit=Unit.PLAIN, observed=2290.0, stable=2209.0, limit=2541.0, proof=a_proof(bound=None, slope=12.0)
    )
    assert proof_line(memory) == "2,290 (limit 2,541), stable 2,209: inside, growing by at most 12 an hour"


def test_a_reading_on_the_wrong_side_tells_how_often() -> None:
    proof = a_proof(over=None, bound=None)
    memory = a_proven(
        OPEN, unit=Unit.PLAIN, cause=Cause.UNSETTLED, observed=2873.0, stable=2210.0, limit=2541.5, breaches=6,
        proof=proof,
    )  # fmt: skip
    assert (proof_line(memory) or "").endswith(
        ": over the limit in 6 of the last 6 ticks, neither proven nor failed"
    )
    quality = replace(memory, observed=35.2, stable=37.3, limit=36.0, lower=True)
    assert proof_line(quality) == (
        "35.2 (at least 36), stable 37.3: the last evaluation is below the limit; a freeze takes 3 of 5"
    )


def test_a_leak_tells_how_far_ahead_was_looked() -> None:
    leak = a_proven(
        OPEN, unit=Unit.PLAIN, cause=Cause.GROWING, observed=2290.0, stable=2209.0, limit=2541.0,
        proof=a_proof(bound=None, slope=252.0),
    )  # fmt: skip
    assert (proof_line(leak) or "").endswith(
        ": inside, but it may grow by 252 an hour and reach the limit within 2 h"
    )


def test_a_disturbance_tells_how_much_was_set_aside() -> None:
    sick = a_proven(OPEN, cause=Cause.ENVIRONMENT, stable=0.0167, proof=a_proof(ticks=12, masked=10))
    assert verdict_line(sick) == (
        "environment: stable is over the limit at the same time: 1.67% "
        "(0.02% of 48,210 requests bad (limit 0.05%); 10 of 12 ticks are set aside)"
    )


def test_hopeless_evidence_is_no_long_fraction() -> None:
    proof = a_proof(within=-63.0, trail=(Moment(0.0, 0.0, 0.0), Moment(30.0, -63.0, 1.0)))
    assert "now less than 0.001 : 1, needs 20 : 1" in evidence_lines(a_proven(OPEN, proof=proof))[0]


def test_a_reading_below_its_bound_tells_the_odds() -> None:
    low = a_proven(
        Outcome.FAIL, unit=Unit.PLAIN, cause=Cause.WORSE_THAN_STABLE, observed=33.1, limit=36.6, stable=37.3, lower=True,
        proof=a_proof(over=9.0, relative=False),
    )  # fmt: skip
    assert proof_line(low) == (
        "33.1 (at least 36.6), stable 37.3: worse than stable, over a million : 1 against chance (a freeze needs 400 : 1)"
    )


def test_verbose_plans_show_how_the_evidence_grew() -> None:
    trail = tuple(Moment(float(i), 0.2 * i, 0.0) for i in range(8))
    passed = a_proven(proof=a_proof(trail=trail, within=1.4))
    assert evidence_lines(passed) == ["for a pass   ▁▂▃▄▅▆▇█  now 25 : 1, needs 20 : 1"]
    failed = a_proven(Outcome.FAIL, cause=Cause.OVER_LIMIT, proof=a_proof(trail=trail))
    assert evidence_lines(failed)[1] == "for a freeze ▁▁▁▁▁▁▁▁  most 2,400 : 1, needs 400 : 1"
    assert evidence_lines(a_verdict()) == []


def test_a_sparkline_rises_from_nothing_to_its_most() -> None:
    assert sparkline([-3.0, 0.0, 1.0, 2.0]) == "▁▁▅█"
    assert sparkline([]) == ""


@pytest.mark.parametrize(
    ("value", "text"), [(0.354, "0.35"), (12.0, "12"), (7_956.0, "7,900"), (123.0, "120")]
)
def test_odds_have_two_digits(value: float, text: str) -> None:
    assert two_digits(value) == text


def test_no_reading_at_all_is_told_by_the_other_sentences() -> None:
    assert proof_line(replace(a_proven(), observed=None)) is None
