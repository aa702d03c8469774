"""The random parts of the simulated world, each vectorised over runs: arrays are ticks x runs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bench.judge.cases import HEALTHY_P99, TICK, Bursts

Floats = NDArray[np.float64]

MEDIAN_MS = 18.0  # of a healthy version
EDGE_MS = 50.0  # an edge of Istio's histogram, and the limit
Z99 = 2.3263478740408408
SIGMA = math.log(HEALTHY_P99 / MEDIAN_MS) / Z99  # of the logarithm of a latency
WOBBLE = 0.05  # standard deviation of the common factor's logarithm
_Z = np.linspace(-9.0, 9.0, 7201)
_LOG_TAIL: Floats = np.array([math.log(0.5 * math.erfc(z / math.sqrt(2))) for z in _Z])


def tail(z: Floats) -> Floats:
    """The standard normal's upper tail, by interpolation of its logarithm (relative error under 1e-5)."""
    return np.array(np.exp(np.interp(z, _Z, _LOG_TAIL)), dtype=np.float64)


def share_over(p99: float, wobble: Floats, *, wobbles: bool) -> Floats:
    """Share of requests over 50 ms for a version whose P99 *in the long run*, wobble included, is `p99`."""
    spread = math.hypot(SIGMA, WOBBLE) if wobbles else SIGMA
    median = math.log(p99) - Z99 * spread
    return tail((math.log(EDGE_MS) - median - wobble) / SIGMA)


def drift(rng: np.random.Generator, shape: tuple[int, int], *, sd: float, memory: float) -> Floats:
    """An AR(1) series with this standard deviation, in its long-run state from the start."""
    steps = rng.standard_normal(shape)
    steps[1:] *= math.sqrt(1 - memory**2)
    for tick in range(1, shape[0]):
        steps[tick] += memory * steps[tick - 1]
    steps *= sd
    return steps


def spikes(rng: np.random.Generator, shape: tuple[int, int], *, share: float, size: float) -> Floats:
    """Factors of 1, and now and then of 1 + size for one tick."""
    return np.where(rng.random(shape) < share, 1 + size, 1.0)


def arrivals(rng: np.random.Generator, shape: tuple[int, int], rate: float, *, steady: bool) -> Floats:
    """Expected requests of each tick: day curve of +-40 % with a random phase, gamma noise with CV 0.2."""
    if steady:
        return np.full(shape, rate * TICK)
    ticks, runs = shape
    phase = rng.random(runs) * 2 * math.pi
    hours = np.arange(ticks)[:, None] * TICK / 3600
    day = 1 + 0.4 * np.sin(2 * math.pi * hours / 24 + phase)
    noise = rng.gamma(25.0, 1 / 25.0, shape)
    return rate * TICK * day * noise


def burst_share(rng: np.random.Generator, shape: tuple[int, int], bursts: Bursts) -> Floats:
    """The part of each tick that lies in a burst, 0 to 1."""
    ticks, runs = shape
    length = ticks * TICK
    share = np.zeros((ticks + 2, runs))
    everyone = np.arange(runs)
    begin = rng.random(runs) * bursts.minutes * 60
    while (begin < length).any():
        lasts = rng.uniform(5, 30, runs)
        here = begin < length
        first = np.minimum((begin // TICK).astype(np.int64), ticks)
        inside = np.minimum(lasts, (first + 1) * TICK - begin)
        share[first, everyone] += np.where(here, inside, 0.0) / TICK
        share[first + 1, everyone] += np.where(here, lasts - inside, 0.0) / TICK
        begin = begin + rng.uniform(0.5, 1.5, runs) * bursts.minutes * 60
    return np.minimum(share[:ticks], 1.0)


def readings(
    rng: np.random.Generator, shape: tuple[int, int], mean: float, phase: NDArray[np.int64]
) -> Floats:
    """A version's mAP as exported: a new evaluation every 120 s, sd 0.6, 0.3 % odd (-6), 0.5 % missing (NaN)."""
    ticks, runs = shape
    count = ticks // 4 + 2
    values = mean + 0.6 * rng.standard_normal((count, runs))
    values -= 6 * (rng.random((count, runs)) < 0.003)
    values[rng.random((count, runs)) < 0.005] = np.nan
    which = (np.arange(ticks)[:, None] + phase) // 4
    return np.take_along_axis(values, which, axis=0)
