"""gauge_evidence: a gauge under rule sequential, from Prometheus' series to a verdict."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from promoter.core.evidence import Query, RangeValues, RawSamples, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import GaugeCheck, MetricsSettings, Rule
from promoter.report.sentences import verdict_line
from tests.build import a_template
from tests.series import AT, NOW, a_gauge, a_gauge_series, a_subject, answers

Value = float | Callable[[float], float]
LONG = AT - timedelta(minutes=30)


def evaluated(
    mean: float, *, error: float = 0.3, every: int = 120, seed: int = 1
) -> Callable[[float], float]:
    """A new evaluation every two minutes, exported until the next."""
    rng = random.Random(seed)
    values = [rng.gauss(mean, error) for _ in range(200)]
    return lambda t: values[int((t - NOW + 12_000) // every)]


def verdict(
    check: GaugeCheck,
    gray: Value,
    stable: Value | None = 37.0,
    *,
    published: float | None = None,
    following: int | None = 50,
) -> Verdict:
    check = replace(check, rule=Rule.SEQUENTIAL)
    if published is not None:
        check = replace(check, stderr=a_template("map50_error"))
    subject = a_subject(
        check,
        following=Fraction(following) if following else None,
        since=LONG,
        changed_at=LONG,
        before=None,
    )

    def readings(query: Query) -> list[Series] | None:
        if not isinstance(query, RangeValues):
            return None
        if "error" in query.expr:
            return [a_gauge_series(published or 0.0)]
        if "v9-gray" in query.expr:
            return [a_gauge_series(gray)]
        return [a_gauge_series(stable)] if stable is not None else []

    (found,) = judge(subject, answers(subject, readings)).verdicts
    return found


def test_a_model_as_good_as_stable_passes_with_a_bound() -> None:
    found = verdict(a_gauge(at_least=36.0, within=0.02), evaluated(37.4), evaluated(37.3, seed=2))
    assert (found.outcome, found.cause, found.lower) == (Outcome.PASS, Cause.PROVEN, True)
    assert found.proof is not None
    assert found.proof.bound is not None
    assert found.proof.bound > found.proof.bar
    assert found.samples >= 10


def test_a_published_error_is_used() -> None:
    check = a_gauge(at_least=36.0)
    sure, unsure = (verdict(check, 36.4, 37.0, published=error, following=None) for error in (0.05, 2.0))
    assert sure.outcome is Outcome.PASS
    assert (unsure.outcome, unsure.cause) == (Outcome.INCONCLUSIVE, Cause.TOO_FEW)


def test_a_worse_model_fails_against_the_floor_or_against_stable() -> None:
    floor = verdict(a_gauge(at_least=36.0), evaluated(33.0), evaluated(37.3, seed=2))
    assert (floor.outcome, floor.cause) == (Outcome.FAIL, Cause.OVER_LIMIT)
    band = verdict(a_gauge(within=0.02), evaluated(33.0), evaluated(37.3, seed=2))
    assert (band.outcome, band.cause) == (Outcome.FAIL, Cause.WORSE_THAN_STABLE)


def test_stable_below_the_floor_as_well_is_the_environment() -> None:
    assert (
        verdict(a_gauge(at_least=36.0), evaluated(33.0), evaluated(33.0, seed=2)).cause is Cause.ENVIRONMENT
    )


def test_the_worst_of_several_bounds_is_told() -> None:
    found = verdict(a_gauge(at_least=30.0, within=0.02), evaluated(33.0), evaluated(37.3, seed=2))
    assert (found.outcome, found.cause) == (Outcome.FAIL, Cause.WORSE_THAN_STABLE)


def test_above_the_band_asks_for_the_evaluator() -> None:
    found = verdict(a_gauge(within=0.02), evaluated(39.5), evaluated(37.3, seed=2))
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.ABOVE_BAND)


def test_a_reading_that_never_changed_passes_with_a_remark() -> None:
    found = verdict(a_gauge(at_least=36.0), 37.5, 37.3)
    assert found.outcome is Outcome.PASS
    assert "never changed" in (found.note or "")


def test_nothing_of_stable_to_compare_with_proves_nothing() -> None:
    check = replace(a_gauge(within=0.02), rule=Rule.SEQUENTIAL)
    subject = a_subject(check, percent=100, before=50, following=None, stable_percent=Fraction(0))

    def gone(query: Query) -> list[Series] | None:
        return [] if isinstance(query, RangeValues) and "v8-stable" in query.expr else None

    (found,) = judge(subject, answers(subject, gone)).verdicts
    assert found.outcome is Outcome.INCONCLUSIVE


def test_without_stable_the_absolute_bounds_are_judged_all_the_same() -> None:
    check = replace(a_gauge(within=0.02, at_least=36.0), rule=Rule.SEQUENTIAL)
    subject = a_subject(
        check,
        percent=100,
        before=None,
        following=None,
        stable_percent=Fraction(0),
        since=LONG,
        changed_at=LONG,
    )

    def gone(query: Query) -> list[Series] | None:
        match query:
            case RangeValues(expr=expr):
                return [] if "v8-stable" in expr else [a_gauge_series(evaluated(30.0))]
            case RawSamples(selector=text) if "v8-stable" in text:
                return []
        return None

    (found,) = judge(subject, answers(subject, gone)).verdicts
    assert (found.outcome, found.cause) == (Outcome.FAIL, Cause.OVER_LIMIT)


def test_several_series_of_published_errors_are_not_guessed_among() -> None:
    check = replace(a_gauge(at_least=36.0), rule=Rule.SEQUENTIAL, stderr=a_template("map50_error"))
    subject = a_subject(check, since=LONG, changed_at=LONG, before=None)

    def two(query: Query) -> list[Series] | None:
        published = isinstance(query, RangeValues) and "error" in query.expr
        return [a_gauge_series(0.3), a_gauge_series(0.1)] if published else None

    (found,) = judge(subject, answers(subject, two)).verdicts
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.MALFORMED)
    assert found.query is not None
    assert "map50_error" in found.query


@pytest.mark.parametrize("broken", [1e200, -1e308, 1e-320, 0.0])
def test_readings_of_no_sensible_size_never_pass(broken: float) -> None:
    quality, memory = a_gauge(at_least=36.0, within=0.02), a_gauge(growth_at_most=0.15)
    assert verdict(quality, broken, evaluated(37.0)).outcome is not Outcome.PASS
    for check in (quality, memory):
        assert verdict(check, evaluated(37.0), broken).outcome is not Outcome.PASS


def test_growth_over_a_reading_below_zero_is_upwards() -> None:
    check = a_gauge(growth_at_most=0.15)
    assert verdict(check, 100.0, -10.0).outcome is Outcome.FAIL
    over = verdict(check, wobble(-8.0), -10.0)
    assert over.outcome is Outcome.FAIL
    assert over.limit == pytest.approx(-8.5)
    assert over.observed == pytest.approx(-8.0, rel=0.01)
    assert verdict(check, wobble(-20.0), -10.0).outcome is Outcome.PASS


def wobble(value: float) -> Callable[[float], float]:
    rng = random.Random(5)
    values = [value * (1 + rng.gauss(0, 0.005)) for _ in range(400)]
    return lambda t: values[int((t - NOW + 5_000) // 15) % 400]


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


def test_a_young_step_waits_and_says_how_long() -> None:
    check = replace(a_gauge(at_most=40.0), rule=Rule.SEQUENTIAL)
    young = AT - timedelta(seconds=95)
    subject = a_subject(check, since=young, changed_at=young, before=None)
    (found,) = judge(subject, answers(subject)).verdicts
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.TOO_EARLY)
    assert found.eta is not None


def test_growth_over_a_stable_that_uses_nothing_cannot_be_told() -> None:
    found = verdict(a_gauge(growth_at_most=0.15), 20.0, 0.0)
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.NO_DATA)
    assert "stable's reading is 0" in verdict_line(found)


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
