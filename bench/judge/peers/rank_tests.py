"""Mann-Whitney tests as Kayenta and PipeCD run them, vectorised over runs."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from bench.judge.noise import Floats


def shift_interval(experiment: Floats, control: Floats, z: float) -> tuple[Floats, Floats, Floats]:
    """Lower limit, upper limit and Hodges-Lehmann estimate of the shift, for each run (points x runs, NaN removed).

    Kayenta (kayenta-mannwhitney/.../MannWhitney.scala) finds the root of the continuity-corrected,
    tie-corrected normal score of the shifted samples by Brent's method. The score is a step function that
    falls at every pairwise difference, so its root is an order statistic of those differences.
    """
    differences = (experiment[:, None, :] - control[None, :, :]).reshape(-1, experiment.shape[1])
    differences = np.sort(differences, axis=0)  # NaN last
    first = (~np.isnan(experiment)).sum(axis=0)
    second = (~np.isnan(control)).sum(axis=0)
    pairs = first * second
    size = np.maximum(first + second, 2)
    ties = _ties(experiment) + _ties(control)
    spread = np.sqrt(np.maximum(pairs / 12 * (size + 1 - ties / (size * (size - 1))), 0))

    def order(rank: Floats) -> Floats:
        index = np.clip(np.floor(rank), 0, np.maximum(pairs - 1, 0)).astype(np.int64)
        found: Floats = np.take_along_axis(differences, index[None, :], axis=0)[0]
        return found

    low = order(pairs / 2 - 0.5 - z * spread)
    high = order(pairs / 2 + 0.5 + z * spread)
    middle = (order((pairs - 1) / 2) + order(pairs / 2)) / 2
    return low, high, middle


def _ties(sample: Floats) -> Floats:
    """The sum of t^3 - t over groups of equal values, for each run."""
    equal = (sample[:, None, :] == sample[None, :, :]).sum(axis=1)
    found: Floats = np.where(equal > 0, equal**2 - 1, 0).sum(axis=0).astype(np.float64)
    return found


_CHOICES: dict[tuple[int, int], Floats] = {}


def exact_greater(experiment: Floats, control: Floats) -> Floats:
    """The exact permutation p-value for "the experiment is higher", ties by mid-ranks, for each run.

    PipeCD (pkg/app/pipedv1/plugin/analysis/executestage/mannwhitney): 1 - CDF(U - 1) over the exact
    distribution for at most 25 points with ties (50 without); both sides have 6 points here.
    """
    first, second = len(experiment), len(control)
    merged = np.concatenate([experiment, control])
    below = (merged[None, :, :] < merged[:, None, :]).sum(axis=1)
    equal = (merged[None, :, :] == merged[:, None, :]).sum(axis=1)
    ranks = below + (equal + 1) / 2
    key = (first, second)
    if key not in _CHOICES:
        chosen = list(combinations(range(first + second), first))
        _CHOICES[key] = np.zeros((len(chosen), first + second))
        for row, members in enumerate(chosen):
            _CHOICES[key][row, list(members)] = 1
    sums = _CHOICES[key] @ ranks
    p: Floats = (sums > ranks[:first].sum(axis=0) - 1 + 1e-9).mean(axis=0)
    return np.where(equal.max(axis=0) == first + second, 1.0, p)  # all equal: acceptable
