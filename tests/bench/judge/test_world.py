from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bench.judge.cases import (
    BY_NAME,
    CASES,
    ERROR_LIMIT,
    LADDER,
    SLOW_LIMIT,
    TICK,
    Bursts,
    Case,
    Truth,
    horizon,
)
from bench.judge.noise import burst_share, drift, share_over, tail
from bench.judge.world import (
    ERRORS,
    FINE_TICKS,
    REQUESTS,
    SLOW,
    STABLE_ERRORS,
    STABLE_REQUESTS,
    STABLE_SLOW,
    World,
    simulate,
)

SEED = (5, 1)


def shares(world: World, weight: int) -> dict[str, float]:
    """Long-run shares at a weight, over all runs and ticks."""
    counts = world.coarse[..., LADDER.index(weight)].sum(axis=(1, 2)).astype(float)
    return {
        "errors": counts[ERRORS] / counts[REQUESTS],
        "slow": counts[SLOW] / counts[REQUESTS],
        "stable errors": counts[STABLE_ERRORS] / max(counts[STABLE_REQUESTS], 1),
        "stable slow": counts[STABLE_SLOW] / max(counts[STABLE_REQUESTS], 1),
    }


def test_the_tail_of_the_normal_law_is_right_far_out() -> None:
    for z in (-2.0, 0.0, 1.5, 3.0, 6.0):
        assert tail(np.array([z]))[0] == pytest.approx(0.5 * math.erfc(z / math.sqrt(2)), rel=1e-4)


@pytest.mark.parametrize(("p99", "share"), [(40.0, 0.00146), (50.0, 0.01), (60.0, 0.0363), (100.0, 0.379)])
def test_a_p99_is_a_share_of_requests_over_50_ms(p99: float, share: float) -> None:
    assert share_over(p99, np.zeros(1), wobbles=False)[0] == pytest.approx(share, rel=0.01)


def test_the_wobble_keeps_the_share_in_the_long_run() -> None:
    wobble = drift(np.random.default_rng(1), (200, 400), sd=0.05, memory=0.9)
    assert wobble.std() == pytest.approx(0.05, rel=0.02)
    assert share_over(50.0, wobble, wobbles=True).mean() == pytest.approx(0.01, rel=0.01)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_has_the_rates_that_it_claims(case: Case) -> None:
    found = case
    world = simulate(found, 200, 16, SEED)
    seen = shares(world, 50)
    extra = 0.0 if found.bursts is None else found.bursts.errors * 17.5 / 60 / found.bursts.minutes
    stable_extra = extra if found.bursts is not None and found.bursts.shared else 0.0
    assert seen["errors"] == pytest.approx(min(1.0, found.errors + extra), rel=0.1)
    assert seen["stable errors"] == pytest.approx(found.stable_errors + stable_extra, rel=0.1)
    if found.bursts is None:
        expected = share_over(found.p99, np.zeros(1), wobbles=False)[0]
        assert seen["slow"] == pytest.approx(expected, rel=0.12)
    assert np.nanmean(world.map_gray) == pytest.approx(found.map50 - 0.018, abs=0.05)


def test_truth_agrees_with_the_limits() -> None:
    for case in CASES:
        bursts = case.bursts
        extra = 0.0 if bursts is None else bursts.errors * 17.5 / 60 / bursts.minutes
        errors = case.errors + extra
        if case.truth is Truth.HEALTHY:
            assert errors < ERROR_LIMIT
        if case.truth is Truth.BURSTY:
            assert errors > ERROR_LIMIT
        if case.truth is Truth.HOLD:
            assert case.errors == case.stable_errors > ERROR_LIMIT
    assert share_over(BY_NAME["limit-wobbly"].p99, np.zeros(1), wobbles=False)[0] == pytest.approx(
        SLOW_LIMIT, rel=1e-3
    )


def test_a_burst_lasts_as_long_as_it_should() -> None:
    bursts = Bursts(minutes=20, errors=0.05, slower=3, shared=False)
    share = burst_share(np.random.default_rng(2), (480, 300), bursts)
    assert share.max() <= 1
    assert share.sum(axis=0).mean() * TICK == pytest.approx(4 * 3600 / 20 / 60 * 17.5, rel=0.05)


def test_a_higher_weight_sees_the_same_requests_and_more() -> None:
    world = simulate(BY_NAME["errors-10x"], 20, 8, SEED)
    for tick in (0, FINE_TICKS, FINE_TICKS + 50):
        low, high = (world.read(tick, np.full(8, weight)) for weight in (5, 20))
        assert (low[:3] <= high[:3]).all()
        assert (low[REQUESTS] + low[STABLE_REQUESTS] == high[REQUESTS] + high[STABLE_REQUESTS]).all()


def test_the_load_dependent_regression_shows_from_its_weight_on_only() -> None:
    world = simulate(BY_NAME["load"], 2000, 6, SEED)
    assert shares(world, 5)["errors"] == pytest.approx(0.0001, rel=0.2)
    assert shares(world, 20)["errors"] == pytest.approx(0.005, rel=0.05)


def test_arrivals_are_more_scattered_than_poisson_unless_steady() -> None:
    plain = simulate(BY_NAME["healthy"], 200, 20, SEED).coarse[REQUESTS, ..., -1]
    steady = simulate(BY_NAME["limit-independent"], 200, 20, SEED).coarse[REQUESTS, ..., -1]
    assert plain.mean() == pytest.approx(6000, rel=0.15)
    assert 0.18 < np.diff(plain, axis=0).std() / math.sqrt(2) / plain.mean() < 0.22
    assert steady.std() == pytest.approx(math.sqrt(6000), rel=0.05)


def test_a_leak_crosses_its_limit_when_it_says() -> None:
    world = simulate(BY_NAME["leak-60"], 20, 200, SEED)
    growth = np.median(world.gpu_gray / world.gpu_stable - 1, axis=1)
    assert growth[119] == pytest.approx(0.15, abs=0.003)
    assert growth[0] == pytest.approx(0.03, abs=0.003)


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    case = replace(BY_NAME["bursts-both"])
    first, again, other = (simulate(case, 2, 3, seed) for seed in ((1, 2), (1, 2), (1, 3)))
    assert (first.coarse == again.coarse).all()
    assert np.array_equal(first.map_gray, again.map_gray, equal_nan=True)
    assert (first.coarse != other.coarse).any()
    assert first.ticks == horizon(2) == 1440


def test_only_the_ladders_weights_are_simulated_late() -> None:
    world = simulate(BY_NAME["healthy"], 20, 2, SEED)
    assert world.read(FINE_TICKS - 1, np.array([15, 20])).shape == (6, 2)
    with pytest.raises(ValueError, match="ladder"):
        world.read(FINE_TICKS, np.array([15, 20]))
