"""Intervals for the tables: Clopper-Pearson for shares, order statistics for medians, the bootstrap for means."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=1024)  # cells have few different counts
def clopper_pearson(hits: int, runs: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share (C. Clopper, E. Pearson, Biometrika 26, 1934)."""
    if runs == 0:
        return 0.0, 1.0
    rest = (1 - level) / 2
    low = 0.0 if hits == 0 else _root(lambda p: 1 - _at_most(hits - 1, runs, p), rest)
    high = 1.0 if hits == runs else _root(lambda p: -_at_most(hits, runs, p), -rest)
    return low, high


def _root(rising: Callable[[float], float], level: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < level else (low, middle)
    return (low + high) / 2


def _at_most(hits: int, runs: int, p: float) -> float:
    """P(X <= hits) of a binomial."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return float(hits >= runs)
    logs = [
        math.lgamma(runs + 1)
        - math.lgamma(k + 1)
        - math.lgamma(runs - k + 1)
        + k * math.log(p)
        + (runs - k) * math.log1p(-p)
        for k in range(hits + 1)
    ]
    most = max(logs)
    return min(1.0, math.exp(most) * sum(math.exp(log - most) for log in logs))


def median(values: NDArray[np.float64]) -> tuple[float, float, float] | None:
    """The median and its 95 % interval from order statistics; infinity stands for "not within the horizon"."""
    count = len(values)
    if not count:
        return None
    ordered = np.sort(values)
    wide = 1.959964 * math.sqrt(count) / 2
    low = max(0, math.floor(count / 2 - wide))
    high = min(count - 1, math.ceil(count / 2 + wide))
    middle = ordered[(count - 1) // 2] if math.isinf(ordered[count // 2]) else float(np.median(ordered))
    return float(middle), float(ordered[low]), float(ordered[high])


def mean(values: NDArray[np.float64], seed: int, draws: int = 400) -> tuple[float, float, float] | None:
    """The mean and its percentile bootstrap interval (95 %)."""
    if not len(values):
        return None
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (draws, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)
