"""Simulated traffic: what every rule would read at every tick at whatever weight it has set.

The total stream is cut into slices of the traffic (0-1 %, 1-5 %, 5-10 % ...). At weight w the candidate
answers the slices below w and stable the rest, so two rules at the same weight see the same requests, and a
rule at a higher weight sees those and more. Every request has its outcome drawn for both versions. The
slices of a Poisson stream are independent Poisson streams; the tick's rate is random (see noise.py).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.judge.cases import HEALTHY_ERRORS, HEALTHY_P99, LADDER, MAP_HEALTHY, TICK, Case, horizon
from bench.judge.noise import WOBBLE, Floats, arrivals, burst_share, drift, readings, share_over, spikes

Counts = NDArray[np.int64]

FINE = (1, *range(5, 101, 5))  # the weights of the script and of Flagger, for the first ticks only
FINE_TICKS = 220
GPU_BEFORE = 10  # ticks
GRAY_GROWTH = 0.03  # of a healthy candidate's GPU memory over stable's
REQUESTS, ERRORS, SLOW, STABLE_REQUESTS, STABLE_ERRORS, STABLE_SLOW = range(6)
_FINE_INDEX = np.full(101, -1)
_FINE_INDEX[list(FINE)] = np.arange(len(FINE))
_LADDER_INDEX = np.full(101, -1)
_LADDER_INDEX[list(LADDER)] = np.arange(len(LADDER))
_LADDER_IN_FINE = np.array([FINE.index(weight) for weight in LADDER])


@dataclass(frozen=True, slots=True)
class Risks:
    """Shares of bad requests at each tick: gray's errors below and from `from_weight`, and so on."""

    errors_below: Floats
    errors: Floats
    stable_errors: Floats
    slow: Floats
    stable_slow: Floats


@dataclass(frozen=True, slots=True)
class World:
    """One block of runs of one case at one rate. Gauges are ticks x runs."""

    case: Case
    rate: int
    runs: int
    ticks: int
    risks: Risks
    fine: Counts  # 6 x ticks x runs x weights, for the first FINE_TICKS
    coarse: Counts  # the same for every tick and the ladder's weights
    before: Counts  # stable's requests, errors and slow ones in the half hour before: 3 x runs
    map_before: Floats  # stable's evaluations in the half hour before: 15 x runs
    map_gray: Floats
    map_stable: Floats
    map_phase: NDArray[np.int64]  # a new evaluation where (tick + phase) % 4 == 0
    gpu_gray: Floats
    gpu_stable: Floats
    gpu_before: Floats  # stable's last ten readings before the first step: 10 x runs
    known: defaultdict[Any, list[Any]] = field(default_factory=lambda: defaultdict(list))  # rules' own notes

    def read(self, tick: int, weight: NDArray[np.int64]) -> Counts:
        """The six counts of a tick for each run at its weight: 6 x runs."""
        everyone = np.arange(self.runs)
        if tick < FINE_TICKS:
            return self.fine[:, tick, everyone, _FINE_INDEX[weight]]
        index = _LADDER_INDEX[weight]
        if (index < 0).any():
            raise ValueError(f"tick {tick}: only the ladder's weights are simulated so late")
        return self.coarse[:, tick, everyone, index]

    def expected_bad(self, tick: int) -> Floats:
        """Share of requests that would have been bad (errors plus slow) with stable."""
        share: Floats = self.risks.stable_errors[tick] + self.risks.stable_slow[tick]
        return share


def simulate(case: Case, rate: int, runs: int, seed: tuple[int, ...]) -> World:
    """A block of runs; the same seed gives the same world."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    shape = (horizon(rate), runs)
    expected = arrivals(rng, shape, rate, steady=case.steady)
    risks = _risks(rng, shape, case)
    fine = _slices(rng, expected[:FINE_TICKS], risks, slice(0, FINE_TICKS), FINE, case.from_weight)
    late = _slices(rng, expected[FINE_TICKS:], risks, slice(FINE_TICKS, None), LADDER, case.from_weight)
    phase = rng.integers(0, 4, runs)
    map_gray = readings(rng, shape, case.map50, phase)
    map_stable = readings(rng, shape, MAP_HEALTHY, phase)
    gpu_gray, gpu_stable, gpu_before = _memory(rng, shape, case)
    map_before = readings(rng, (60, runs), MAP_HEALTHY, np.zeros(runs, np.int64))[::4]
    return World(
        case=case,
        rate=rate,
        runs=runs,
        ticks=shape[0],
        risks=risks,
        fine=fine,
        coarse=np.concatenate([fine[..., _LADDER_IN_FINE], late], axis=1),
        before=_before(rng, rate, case, runs),
        map_before=map_before,
        map_gray=map_gray,
        map_stable=map_stable,
        map_phase=phase,
        gpu_gray=gpu_gray,
        gpu_stable=gpu_stable,
        gpu_before=gpu_before,
    )


def _risks(rng: np.random.Generator, shape: tuple[int, int], case: Case) -> Risks:
    wobble = drift(rng, shape, sd=WOBBLE, memory=0.9) if case.wobble else np.zeros(shape)
    slow = share_over(case.p99, wobble, wobbles=case.wobble)
    stable_slow = share_over(HEALTHY_P99, wobble, wobbles=case.wobble)
    errors = np.full(shape, case.errors)
    below = np.full(shape, HEALTHY_ERRORS if case.from_weight else case.errors)
    stable_errors = np.full(shape, case.stable_errors)
    if case.bursts is not None:
        share = burst_share(rng, shape, case.bursts)
        hard = share_over(case.p99 * case.bursts.slower, wobble, wobbles=case.wobble)
        slow += share * (hard - slow)
        errors += share * case.bursts.errors
        below += share * case.bursts.errors
        if case.bursts.shared:
            hard = share_over(HEALTHY_P99 * case.bursts.slower, wobble, wobbles=case.wobble)
            stable_slow += share * (hard - stable_slow)
            stable_errors += share * case.bursts.errors
    return Risks(
        errors_below=below, errors=errors, stable_errors=stable_errors, slow=slow, stable_slow=stable_slow
    )


def _slices(
    rng: np.random.Generator,
    expected: Floats,
    risks: Risks,
    ticks: slice,
    weights: tuple[int, ...],
    from_weight: int,
) -> Counts:
    """The six counts at each weight, from independent slices between neighbouring weights."""
    widths = np.diff((0, *weights)) / 100
    requests = rng.poisson(expected[..., None] * widths)

    def bad(risk: Floats) -> Counts:
        return rng.binomial(requests, np.minimum(risk[ticks], 1.0)[..., None])

    errors = np.cumsum(bad(risks.errors), axis=-1)
    if from_weight:
        below = np.cumsum(bad(risks.errors_below), axis=-1)
        errors = np.where(np.array(weights) >= from_weight, errors, below)
    rest = [requests, bad(risks.stable_errors), bad(risks.stable_slow)]
    return np.stack(
        [
            np.cumsum(requests, axis=-1),
            errors,
            np.cumsum(bad(risks.slow), axis=-1),
            *(one.sum(axis=-1, keepdims=True) - np.cumsum(one, axis=-1) for one in rest),
        ]
    )


def _before(rng: np.random.Generator, rate: int, case: Case, runs: int) -> Counts:
    """Stable alone, in the half hour before the first step (without bursts and wobble)."""
    requests = rng.poisson(rate * 1800, runs)
    errors, slow = case.stable_errors, healthy_slow()
    return np.stack([requests, rng.binomial(requests, errors), rng.binomial(requests, slow)])


@cache
def healthy_slow() -> float:
    """The share of a healthy version's requests that are over the limit of the latency."""
    return float(share_over(HEALTHY_P99, np.zeros(1), wobbles=False)[0])


def _memory(rng: np.random.Generator, shape: tuple[int, int], case: Case) -> tuple[Floats, Floats, Floats]:
    """GPU memory of gray, of stable, and of stable before the first step; 1 is stable's usual level."""
    minutes = (np.arange(shape[0])[:, None] + 1) * TICK / 60
    growth = GRAY_GROWTH + (0.12 * minutes / case.leak_minutes if case.leak_minutes else 0.0)

    def noisy() -> Floats:
        longer = shape[0] + GPU_BEFORE, shape[1]
        return (1 + drift(rng, longer, sd=0.01, memory=case.gpu_memory)) * spikes(
            rng, longer, share=0.005, size=0.2
        )

    gray, stable = noisy()[GPU_BEFORE:], noisy()
    return (1 + growth) * gray, stable[GPU_BEFORE:], stable[:GPU_BEFORE]
