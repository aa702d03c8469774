"""gauge_quality: a gauge's lower bounds under rule sequential."""

from __future__ import annotations

from promoter.core.judge.verdict import Cause, Outcome
from tests.core.judge.gauges import evaluated, verdict
from tests.series import a_gauge


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


def test_above_the_band_asks_for_the_evaluator() -> None:
    found = verdict(a_gauge(within=0.02), evaluated(39.5), evaluated(37.3, seed=2))
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.ABOVE_BAND)


def test_a_reading_that_never_changed_passes_with_a_remark() -> None:
    found = verdict(a_gauge(at_least=36.0), 37.5, 37.3)
    assert found.outcome is Outcome.PASS
    assert "never changed" in (found.note or "")
