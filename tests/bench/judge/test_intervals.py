from __future__ import annotations

import math

import numpy as np
import pytest

from bench.judge.intervals import clopper_pearson, mean, median


@pytest.mark.parametrize(
    ("hits", "runs", "low", "high"),
    [
        (0, 1000, 0.0, 0.003682),
        (1000, 1000, 0.996318, 1.0),
        (5, 100, 0.016432, 0.112835),
        (3, 10, 0.066740, 0.652453),
    ],
)
def test_the_exact_interval_is_the_published_one(hits: int, runs: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, runs) == pytest.approx((low, high), abs=2e-5)


def test_an_interval_of_no_runs_is_everything() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_the_median_of_runs_that_mostly_do_not_end_is_not_finite() -> None:
    found = median(np.array([1.0, 2.0, math.inf, math.inf, math.inf]))
    assert found is not None
    assert math.isinf(found[0])
    assert math.isinf(found[2])
    assert median(np.zeros(0)) is None


def test_the_median_lies_in_its_interval() -> None:
    found = median(np.random.default_rng(1).exponential(1, 400))
    assert found is not None
    assert found[1] < math.log(2) < found[2]
    assert found[1] <= found[0] <= found[2]


def test_the_mean_lies_in_its_interval_and_is_seeded() -> None:
    values = np.random.default_rng(1).exponential(1, 300)
    found = mean(values, seed=4)
    assert found == mean(values, seed=4)
    assert found is not None
    assert found[1] < 1 < found[2]
    assert mean(np.zeros(0), seed=1) is None
