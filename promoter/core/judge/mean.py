"""The sequential rule for a noisy reading with a lower bound: what its evaluations prove about its mean.

A reading that an exporter repeats is one evaluation. Each evaluation is taken as normal about the true value
with a known standard error (published, or estimated from the scatter of stable's own). The likelihood
ratio of two normal means, exp(d D/v - d²/(2v)) for a difference D of variance v, is a martingale in information
time 1/v, also for two samples that grow at different speeds (C. Jennison, B. W. Turnbull, "Group Sequential
Methods", 2000, chapter 11), so its mixtures are valid at every look as in `sequential.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median
from typing import NamedTuple

from promoter.core.judge.sequential import Wealth, log_sum, opened, played

# Alternatives, in standard errors of one evaluation; and how a pass's stake is spread over them: bounds that are
# set with care lie about one standard error away from a healthy mean.
SHIFTS = (0.3, 0.7, 1.2, 2.0, 4.0, 8.0)
SPREAD = (0.12, 0.3, 0.33, 0.15, 0.07, 0.03)
_STAKES = tuple(map(math.log, SPREAD))
_BETS = tuple((shift, shift * shift / 2) for shift in SHIFTS)
FURTHEST = (
    3.0  # an evaluation counts at most as this many standard errors from the median: one odd one does little
)
RENEWED = 8  # evaluations after which a new stake is opened
MOST_EVALUATIONS = 10_000
TO_ESTIMATE = 8  # distinct evaluations whose scatter tells their error
CAUTION = 1.15  # an estimated error is taken this much larger
_TO_DEVIATION = 1.4826  # median absolute deviation -> standard deviation of a normal law


class Evaluation(NamedTuple):
    """One distinct reading: when it was first seen (Unix seconds), its value, its standard error if known."""

    at: float
    value: float
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Mean:
    """A robust mean of evaluations and its variance."""

    value: float
    variance: float
    count: int

    @classmethod
    def of(cls, evaluations: Sequence[Evaluation]) -> Mean:
        """Of evaluations that all have an error; at least one."""
        errors = [_error(one) for one in evaluations]
        values = [one.value for one in evaluations]
        middle = median(values)
        kept = [
            min(max(value, middle - FURTHEST * error), middle + FURTHEST * error)
            for value, error in zip(values, errors, strict=True)
        ]
        variance = fmean([error * error for error in errors]) / len(evaluations)
        return cls(fmean(kept), variance, len(evaluations))


def _error(evaluation: Evaluation) -> float:
    if evaluation.error is None:
        raise ValueError("an evaluation without a standard error")
    return max(evaluation.error, 1e-12)


def scatter(evaluations: Sequence[Evaluation]) -> float | None:
    """The standard error of one evaluation from how they scatter; None for too few, or for all alike."""
    if len(evaluations) < TO_ESTIMATE:
        return None
    middle = median(one.value for one in evaluations)
    spread = median(abs(one.value - middle) for one in evaluations)
    return CAUTION * _TO_DEVIATION * spread if spread > 0 else None


def log_above(difference: float, variance: float, error: float) -> float:
    """The logarithm of the evidence that a mean difference, seen with this variance, is above 0.

    `error` is the standard error of one evaluation: the scale on which alternatives are spread.
    """
    near, far = error * difference / variance, error * error / variance
    return log_sum(
        [shift * near - half * far + stake for (shift, half), stake in zip(_BETS, _STAKES, strict=True)]
    )


@dataclass(frozen=True, slots=True)
class Below:
    """The evidence that a mean is below a bound: the most it ever was, and what the best stake is worth now."""

    most: float
    best: float


def below(evaluations: Sequence[Evaluation], bound: float, alpha: float) -> Below:
    """The evidence for "the mean is below the bound", evaluation by evaluation, at error rate `alpha`.

    One evaluation brings at most 1/AGREE of the proof, so three must agree. A new stake is opened every so
    often, so that a model that gets worse later is not excused by how good it was.
    """
    wealth, most = opened(Wealth(), alpha), 0.0
    lost, losses = 0.0, 0  # evaluations above the bound, which every bet loses by, are put together
    for index, one in enumerate(evaluations):
        lack = (bound - one.value) / _error(one)
        renew = index and index % RENEWED == 0
        if losses and (renew or lack > 0):
            wealth, lost, losses = played(wealth, _logs(lost, losses)), 0.0, 0
        if renew:
            wealth = opened(wealth, alpha)
        if lack > 0:
            wealth = played(wealth, _logs(lack, 1))
            most = max(most, wealth.worth)
        else:
            lost, losses = lost + lack, losses + 1
    if losses:
        wealth = played(wealth, _logs(lost, losses))
    return Below(most, wealth.best)


def _logs(lack: float, count: int) -> list[float]:
    """What each bet gained, as logarithm, by `count` evaluations that lack so many standard errors together."""
    return [shift * lack - half * count for shift, half in _BETS]


def surely_below(mean: Mean, alpha: float) -> float:
    """A lower confidence limit of a reference mean: what it is compared with must not hang on its luck."""
    return mean.value - NormalDist().inv_cdf(1 - alpha) * math.sqrt(mean.variance)


def evaluations_needed(
    difference: float,
    error: float,
    beta: float,
    *,
    seen: int = 0,
    other_variance: float = 0.0,
    other_count: float = math.inf,
) -> int | None:
    """About how many evaluations prove a difference of this size; None where it is none, or over 10,000.

    `seen` of them are there. `other_variance` is that of the value compared with, from `other_count` evaluations: stable
    is evaluated as often as the candidate from now on. An infinite number stands for a value that stays.
    """

    def proven(count: int) -> bool:
        left = 1.0 if math.isinf(other_count) else other_count / (other_count + max(0, count - seen))
        variance = error * error / count + other_variance * left
        return log_above(difference, variance, error) >= -math.log(beta)

    if difference <= 0 or not proven(MOST_EVALUATIONS):
        return None
    low, high = 0, MOST_EVALUATIONS  # more evaluations of the same mean never mean less evidence
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if proven(middle) else (middle, high)
    return high
