"""trend: the steepest slope that readings still allow."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.trend import LEAST_BLOCKS, blocks, shallowest, steepest


def readings(
    slope: float, *, minutes: int = 40, noise: float = 0.0, seed: int = 1
) -> list[tuple[float, float]]:
    rng = random.Random(seed)
    return [(30.0 * i, slope * 30.0 * i + rng.gauss(0, noise)) for i in range(2 * minutes + 1)]


def bound(points: list[tuple[float, float]]) -> float | None:
    return steepest(blocks(points, points[-1][0]), 0.05)


def test_two_minutes_become_one_point_their_median() -> None:
    times = [30.0 * i for i in range(1, 9)]
    values = [1.0, 1.0, 9.0, 1.0, 2.0, 2.0, 2.0, 2.0]
    assert blocks(list(zip(times, values, strict=True)), 240.0) == [(60.0, 1.0), (180.0, 2.0)]


def test_nothing_has_no_points() -> None:
    assert blocks([], 100.0) == []


def test_too_few_points_tell_no_slope() -> None:
    assert steepest([(float(i), 1.0) for i in range(LEAST_BLOCKS - 1)], 0.05) is None
    assert steepest([(float(i), 1.0) for i in range(LEAST_BLOCKS)], 0.05) == 0.0


def test_the_true_slope_of_clean_readings_is_found() -> None:
    found = bound(readings(0.002))
    assert found is not None
    assert abs(found - 0.002) < 1e-9


def test_the_bound_is_seldom_below_the_true_slope() -> None:
    below = 0
    for seed in range(200):
        found = bound(readings(1e-5, noise=0.01, seed=seed))
        below += found is not None and found < 1e-5
    assert below <= 10 + 3 * 3.1  # 5 % of 200, and three standard deviations


def test_the_slope_lies_between_its_bounds() -> None:
    points = blocks(readings(1e-5, noise=0.01), 2400.0)
    low, high = shallowest(points, 0.05), steepest(points, 0.05)
    assert low is not None
    assert high is not None
    assert low < 1e-5 < high
    assert shallowest(points[: LEAST_BLOCKS - 1], 0.05) is None


def test_neighbours_that_are_alike_do_not_make_a_trend() -> None:
    below = 0
    for seed in range(200):
        rng, level, points = random.Random(seed), 0.0, []
        for index in range(80):
            level = 0.8 * level + rng.gauss(0, 0.006)
            points.append((30.0 * index, level))
        found = bound(points)
        below += found is not None and found < 0
    assert below <= 0.1 * 200  # twice the stated rate: the widening is an estimate from few points


@given(st.integers(0, 39), st.floats(-1e3, 1e3))
def test_one_odd_reading_hardly_moves_it(place: int, odd: float) -> None:
    points = [(120.0 * i, 0.001 * i + 0.0005 * (i % 3)) for i in range(40)]
    clean = steepest(points, 0.05)
    points[place] = (points[place][0], odd)
    moved = steepest(points, 0.05)
    assert clean is not None
    assert moved is not None
    assert abs(moved - clean) < 1e-5
