"""mean: what noisy evaluations prove about their mean."""

from __future__ import annotations

import math
import random

import pytest

from promoter.core.judge.mean import (
    CAUTION,
    TO_ESTIMATE,
    Evaluation,
    Mean,
    below,
    evaluations_needed,
    log_above,
    scatter,
    surely_below,
)

ERROR = 0.6


def some(*values: float, error: float | None = ERROR) -> list[Evaluation]:
    return [Evaluation(120.0 * i, value, error) for i, value in enumerate(values)]


def around(mean: float, count: int, seed: int) -> list[Evaluation]:
    rng = random.Random(seed)
    return some(*(rng.gauss(mean, ERROR) for _ in range(count)))


def test_a_mean_has_the_variance_of_its_evaluations() -> None:
    mean = Mean.of(some(37.0, 38.0, 36.0, 37.0))
    assert (mean.value, mean.count) == (37.0, 4)
    assert mean.variance == pytest.approx(ERROR**2 / 4)


def test_one_odd_evaluation_moves_a_mean_only_a_little() -> None:
    assert Mean.of(some(37.0, 37.0, 31.0, 37.0)).value == pytest.approx(37.0 - 3 * ERROR / 4)


def test_evaluations_without_an_error_have_no_mean_with_a_variance() -> None:
    with pytest.raises(ValueError, match="without a standard error"):
        Mean.of(some(37.0, error=None))


def test_the_scatter_of_enough_evaluations_tells_their_error() -> None:
    assert scatter(some(*[37.0] * (TO_ESTIMATE - 1), error=None)) is None
    assert scatter(some(*[37.0] * 20, error=None)) is None
    found = scatter(around(37.0, 400, 1))
    assert found == pytest.approx(CAUTION * ERROR, rel=0.15)


def test_more_evaluations_bring_more_evidence() -> None:
    few, many = (log_above(0.5, ERROR**2 / count, ERROR) for count in (2, 20))
    assert few < many
    assert log_above(-0.5, ERROR**2 / 20, ERROR) < 0


def test_three_evaluations_must_agree() -> None:
    alpha = 0.0025
    assert below(some(20.0, 20.0), 36.0, alpha).most < 1 / alpha
    assert below(some(32.0, 32.0, 32.0), 36.0, alpha).most >= 1 / alpha


def test_what_was_proven_once_stays_proven() -> None:
    found = below(some(*[32.0] * 4, *[40.0] * 30), 36.0, 0.0025)
    assert found.most >= 400
    assert found.best < 1


def test_a_model_that_gets_worse_later_is_not_excused_by_how_good_it_was() -> None:
    assert below(some(*[38.0] * 200, *[33.0] * 10), 36.0, 0.0025).most >= 400


def test_at_the_bound_many_looks_are_fooled_no_more_often_than_is_stated() -> None:
    refuted = sum(below(around(36.0, 200, seed), 36.0, 0.05).most >= 20 for seed in range(300))
    assert refuted <= 15 + 3 * math.sqrt(300 * 0.05 * 0.95)
    above = 0
    for seed in range(300):
        total, crossed = 0.0, False
        for count, one in enumerate(around(36.0, 200, seed), 1):
            total += one.value - 36.0
            crossed |= log_above(total / count, ERROR**2 / count, ERROR) >= math.log(20)
        above += crossed
    assert 0 < above <= 15 + 3 * math.sqrt(300 * 0.05 * 0.95)


def test_a_reference_is_compared_at_the_end_that_favours_the_candidate() -> None:
    mean = Mean.of(some(*[37.0] * 16))
    assert surely_below(mean, 0.00135) == pytest.approx(37.0 - 3 * ERROR / 4, abs=0.01)


def test_how_many_evaluations_are_needed() -> None:
    near, far = (evaluations_needed(gap, ERROR, 0.05) for gap in (0.5, 2.0))
    assert near is not None
    assert far is not None
    assert far < near < 20
    assert evaluations_needed(0.0, ERROR, 0.05) is None
    assert (
        evaluations_needed(0.5, ERROR, 0.05, other_variance=1.0) is None
    )  # the reference stays too uncertain


def test_a_reference_that_goes_on_being_evaluated_gets_surer() -> None:
    known = evaluations_needed(0.5, ERROR, 0.05)
    few = evaluations_needed(0.5, ERROR, 0.05, seen=10, other_variance=0.1, other_count=10)
    many = evaluations_needed(0.5, ERROR, 0.05, seen=10, other_variance=0.1, other_count=100)
    assert known is not None
    assert few is not None
    assert many is not None
    assert known < few < many
