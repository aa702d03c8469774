"""gauge_level: a gauge's upper bounds under rule sequential."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from promoter.core.evidence import Query, RangeValues, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Cause, Outcome
from promoter.core.policy import MetricsSettings, Rule
from tests.core.judge.gauges import LONG, verdict, wobble
from tests.series import AT, a_gauge, a_gauge_series, a_subject, answers


def test_growth_over_a_reading_below_zero_is_upwards() -> None:
    check = a_gauge(growth_at_most=0.15)
    assert verdict(check, 100.0, -10.0).outcome is Outcome.FAIL
    over = verdict(check, wobble(-8.0), -10.0)
    assert over.outcome is Outcome.FAIL
    assert over.limit == pytest.approx(-8.5)
    assert over.observed == pytest.approx(-8.0, rel=0.01)
    assert verdict(check, wobble(-20.0), -10.0).outcome is Outcome.PASS


def test_memory_over_its_growth_fails_and_inside_it_passes() -> None:
    check = a_gauge(growth_at_most=0.15)
    inside = verdict(check, wobble(2100), 2000.0)
    assert (inside.outcome, inside.cause) == (Outcome.PASS, Cause.PROVEN)
    assert inside.limit == pytest.approx(2300.0)
    over = verdict(check, wobble(2400), 2000.0)
    assert (over.outcome, over.cause) == (Outcome.FAIL, Cause.WORSE_THAN_STABLE)
    assert over.observed == pytest.approx(2400, rel=0.01)


def test_a_leak_is_held_before_all_traffic_is_given() -> None:
    def leak(moment: float) -> float:
        return 2060 + (moment - LONG.timestamp()) * 0.07  # 12 % of stable's in an hour

    early = verdict(a_gauge(growth_at_most=0.15), leak, 2000.0)
    last = verdict(a_gauge(growth_at_most=0.15), leak, 2000.0, following=100)
    assert early.outcome is Outcome.PASS
    assert (last.outcome, last.cause) == (Outcome.INCONCLUSIVE, Cause.GROWING)
    assert last.proof is not None
    assert last.proof.slope == pytest.approx(252, rel=0.05)  # MiB an hour


def test_both_versions_over_a_ceiling_is_the_environment() -> None:
    assert verdict(a_gauge(at_most=40.0), wobble(45.0), 44.0).cause is Cause.ENVIRONMENT
    assert verdict(a_gauge(at_most=40.0), wobble(45.0), 35.0).outcome is Outcome.FAIL


def test_a_trend_that_has_too_little_to_go_by_says_how_long_it_takes() -> None:
    check = replace(a_gauge(at_most=40.0), rule=Rule.SEQUENTIAL)
    short = AT - timedelta(minutes=7)
    policy = replace(a_subject(check).policy, metrics=MetricsSettings(step=timedelta(seconds=15)))
    subject = a_subject(
        check, policy=policy, since=short, changed_at=short, before=None, following=Fraction(100)
    )

    def young(query: Query) -> list[Series] | None:
        if not isinstance(query, RangeValues) or "v9-gray" not in query.expr:
            return None
        return [a_gauge_series(37.0, start=short.timestamp())]

    (found,) = judge(subject, answers(subject, young)).verdicts
    assert found.cause is Cause.TOO_EARLY
    assert found.eta == timedelta(minutes=3)
