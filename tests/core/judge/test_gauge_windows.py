"""gauge_windows: readings against fixed bounds and against stable's, by M of N windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from promoter.core.evidence import InstantValue, Query, RangeValues, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import GaugeCheck
from tests.series import BEGAN, NOW, a_gauge, a_gauge_series, a_subject, answers, text_of

Value = float | Callable[[float], float]


def noise(value: float) -> Callable[[float], float]:
    return lambda t: value + 0.001 * ((t // 15) % 7)


def verdict(check: GaugeCheck, gray: Value, stable: Value | None = 37.0, percent: int = 20) -> Verdict:
    subject = a_subject(check, percent=percent, before=5 if percent < 100 else 50)
    if percent == 100:
        subject = replace(subject, stable_percent=Fraction(0))

    def readings(query: Query) -> list[Series] | None:
        if not isinstance(query, RangeValues):
            return None
        if "v9-gray" in query.expr:
            return [a_gauge_series(gray)]
        return [a_gauge_series(stable)] if stable is not None else []

    def all_traffic(query: Query) -> list[Series] | None:
        found = readings(query)
        if found is not None or percent < 100 or "requests_total" not in text_of(query):
            return found
        from tests.series import a_counter  # noqa: PLC0415

        after = BEGAN.timestamp()
        gray_side = "v9-gray" in text_of(query)
        return [a_counter(lambda t: 100.0 if (t > after) == gray_side else 50.0 if t <= after else 0.0)]

    (found,) = judge(subject, answers(subject, all_traffic)).verdicts
    return found


def test_a_floor_holds_at_its_value_and_breaks_below_it() -> None:
    assert verdict(a_gauge(at_least=36.0), 36.0).outcome is Outcome.PASS
    assert verdict(a_gauge(at_least=36.0), noise(35.9)).outcome is Outcome.FAIL


def test_a_ceiling_holds_at_its_value_and_breaks_above_it() -> None:
    assert verdict(a_gauge(at_most=40.0), 40.0).outcome is Outcome.PASS
    assert verdict(a_gauge(at_most=40.0), noise(40.1)).outcome is Outcome.FAIL


def test_within_a_band_of_stables_reading() -> None:
    check = a_gauge(within=0.02)
    assert verdict(check, 36.27).outcome is Outcome.PASS  # 37 less 2 % is 36.26
    low = verdict(check, noise(36.2))
    assert (low.outcome, low.cause, low.lower) == (Outcome.FAIL, Cause.WORSE_THAN_STABLE, True)


def test_above_the_band_holds_and_asks_for_the_evaluator_but_does_not_fail() -> None:
    high = verdict(a_gauge(within=0.02), noise(38.0))
    assert (high.outcome, high.cause) == (Outcome.INCONCLUSIVE, Cause.ABOVE_BAND)


def test_growth_over_stable() -> None:
    check = a_gauge(growth_at_most=0.15)
    assert verdict(check, 2299.0, 2000.0).outcome is Outcome.PASS
    grown = verdict(check, noise(2301.0), 2000.0)
    assert (grown.outcome, grown.cause) == (Outcome.FAIL, Cause.WORSE_THAN_STABLE)
    assert grown.limit == pytest.approx(2300.0)


def test_a_known_difference_is_allowed_on_top() -> None:
    check = replace(a_gauge(growth_at_most=0.15), expect=0.5)
    assert verdict(check, 3000.0, 2000.0).outcome is Outcome.PASS
    assert verdict(check, noise(3400.0), 2000.0).outcome is Outcome.FAIL


def test_one_odd_reading_does_nothing() -> None:
    odd = lambda t: 5.0 if NOW - 100 < t < NOW - 80 else 37.0  # noqa: E731
    assert verdict(a_gauge(at_least=36.0), odd).outcome is Outcome.PASS


def test_one_odd_result_exported_for_three_minutes_is_one_piece_of_evidence() -> None:
    odd = lambda t: 30.0 if NOW - 400 < t < NOW - 220 else 37.0  # noqa: E731
    assert verdict(a_gauge(at_least=36.0), odd).outcome is not Outcome.FAIL
    assert verdict(a_gauge(at_least=36.0), 30.0).outcome is Outcome.FAIL  # it fills all windows


def test_stable_below_the_same_floor_is_the_environment() -> None:
    assert verdict(a_gauge(at_least=36.0), noise(35.0), noise(35.0)).cause is Cause.ENVIRONMENT


def test_without_stables_reading_a_relative_limit_proves_nothing() -> None:
    assert verdict(a_gauge(within=0.02), 37.0, None).cause is Cause.NO_DATA
    assert verdict(a_gauge(at_least=36.0), 37.0, None).outcome is Outcome.PASS


def test_at_the_top_stables_last_readings_count_after_it_is_gone() -> None:
    check = a_gauge(within=0.02)
    assert verdict(check, 37.0, 37.0, percent=100).outcome is Outcome.PASS
    assert verdict(check, noise(30.0), 37.0, percent=100).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda query: [] if isinstance(query, RangeValues) else None, Cause.NO_DATA),
        (
            lambda query: [a_gauge_series(37.0)] * 2 if isinstance(query, RangeValues) else None,
            Cause.MALFORMED,
        ),
        (
            lambda query: [a_gauge_series(float("nan"))] if isinstance(query, RangeValues) else None,
            Cause.MALFORMED,
        ),
        (
            lambda query: [a_gauge_series(float("inf"))] if isinstance(query, RangeValues) else None,
            Cause.MALFORMED,
        ),
        (lambda query: [] if isinstance(query, InstantValue) else None, Cause.STALE),
        (
            lambda query: [Series((), (NOW,), (NOW - 121,))] if isinstance(query, InstantValue) else None,
            Cause.STALE,
        ),
    ],
    ids=["none", "several", "not a number", "infinite", "vanished", "old"],
)
def test_readings_that_cannot_be_used_are_inconclusive_and_name_the_query(
    change: Callable[[Query], list[Series] | None], cause: Cause
) -> None:
    subject = a_subject(a_gauge(at_least=36.0))
    (found,) = judge(subject, answers(subject, change)).verdicts
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, cause)
    assert found.query is not None
    assert "map50" in found.query


def test_a_reading_of_exactly_the_freshness_limit_is_fresh() -> None:
    subject = a_subject(a_gauge(at_least=36.0))
    edge = lambda query: [Series((), (NOW,), (NOW - 120,))] if isinstance(query, InstantValue) else None  # noqa: E731
    (found,) = judge(subject, answers(subject, edge)).verdicts
    assert found.outcome is Outcome.PASS
