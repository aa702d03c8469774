"""A slow leak, seen before it reaches its limit: the steepest slope that the readings still allow.

Theil-Sen's slope is the median over all pairs of readings; its confidence limits are order statistics of the
pairs' slopes, by Kendall's rank statistic (P. K. Sen, "Estimates of the regression coefficient based on
Kendall's tau", JASA 63, 1968). One odd reading moves neither. Neighbouring readings are alike, which makes
a chance trend likelier, so the statistic's deviation is widened by their first autocorrelation.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist, fmean, median

BLOCK = 120.0  # seconds whose readings become one, their median
LEAST_BLOCKS = 5
MOST_BLOCKS = 60  # the last ones: two hours
MOST_ALIKE = 0.7  # a higher autocorrelation than this cannot be told from a trend


def blocks(readings: Sequence[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    """The middle time and the median of each BLOCK of (Unix seconds, value) before `end`, oldest first.

    Those without a reading are left out.
    """
    times, found = [at for at, _ in readings], []
    for index in range(MOST_BLOCKS - 1, -1, -1):
        start, stop = end - (index + 1) * BLOCK, end - index * BLOCK
        inside = [value for _, value in readings[bisect_right(times, start) : bisect_right(times, stop)]]
        if inside:
            found.append(((start + stop) / 2, median(inside)))
    return found


def steepest(points: Sequence[tuple[float, float]], beta: float) -> float | None:
    """The upper confidence limit, at error rate `beta`, of the slope (value a second); None for too few points."""
    count = len(points)
    if count < LEAST_BLOCKS:
        return None
    slopes = sorted(
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for index, earlier in enumerate(points)
        for later in points[index + 1 :]
    )
    alike = _alike(points, median(slopes))
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18 * (1 + alike) / (1 - alike))
    rank = math.ceil((len(slopes) + NormalDist().inv_cdf(1 - beta) * deviation) / 2)
    return slopes[min(rank, len(slopes) - 1)]


def shallowest(points: Sequence[tuple[float, float]], beta: float) -> float | None:
    """The lower confidence limit of the slope; None for too few points."""
    mirrored = steepest([(time, -value) for time, value in points], beta)
    return None if mirrored is None else -mirrored


def _alike(points: Sequence[tuple[float, float]], slope: float) -> float:
    """The first autocorrelation of what is left beside the slope, between 0 and MOST_ALIKE.

    A short series seems less alike than it is, by about (1 + 3 r) / n (M. G. Kendall, "Note on bias in the
    estimation of autocorrelation", Biometrika 41, 1954): that is added.
    """
    rest = [value - slope * time for time, value in points]
    mean = fmean(rest)
    spread = sum((value - mean) ** 2 for value in rest)
    if spread <= 0:
        return 0.0
    alike = sum((one - mean) * (other - mean) for one, other in pairwise(rest)) / spread
    return min(max(alike + (1 + 3 * alike) / len(rest), 0.0), MOST_ALIKE)
