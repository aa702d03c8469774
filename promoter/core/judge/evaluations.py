"""Readings as an exporter repeats them → distinct evaluations, each with its standard error if it is known."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import chain
from statistics import median

from promoter.core.evidence import Series
from promoter.core.judge.mean import Evaluation, scatter

LARGEST_ERROR = 1e100  # beyond this, and where it is not above 0, it is none


def evaluations(series: Series | None, errors: Series | None, *, samples: bool) -> tuple[Evaluation, ...]:
    """The distinct readings of a series: one each time that value or published error changed.

    `errors` holds the published standard errors, or the numbers of samples where `samples` says so. A
    reading at a moment without a usable error has none; where it is repeated with one, it has that.
    """
    if series is None:
        return ()
    if errors is None:
        before = chain((None,), series.values)
        readings = zip(series.times, series.values, before, strict=False)
        return tuple([Evaluation(at, value) for at, value, last in readings if value != last])
    found: list[Evaluation] = []
    for at, value in zip(series.times, series.values, strict=True):
        error = _error(value, errors, at, samples=samples)
        last = found[-1] if found else None
        if last is None or value != last.value or (None not in (error, last.error) and error != last.error):
            found.append(Evaluation(at, value, error))
        elif last.error is None:
            found[-1] = Evaluation(last.at, value, error)
    return tuple(found)


def _error(value: float, errors: Series, at: float, *, samples: bool) -> float | None:
    place = bisect_right(errors.times, at) - 1
    if place < 0 or errors.times[place] != at:
        return None
    number = errors.values[place]
    if not 0 < number <= LARGEST_ERROR:
        return None
    return of_samples(value, number) if samples else number


def of_samples(value: float, samples: float) -> float:
    """The largest standard error of a mean of `samples` values between 0 and 1 (or 100, for a value above 1).

    A variable on [0, S] with mean m has at most the variance m (S - m).
    """
    most = 1.0 if 0 <= value <= 1 else 100.0
    inside = min(max(value, 0.01 * most), 0.99 * most)
    return math.sqrt(inside * (most - inside) / samples)


def since(found: Sequence[Evaluation], start: float) -> tuple[Evaluation, ...]:
    """The evaluations that were exported after `start`, the one that stood then included."""
    first = sum(1 for one in found if one.at <= start)
    return tuple(found[max(0, first - 1) :])


def with_errors(
    gray: Sequence[Evaluation], stable: Sequence[Evaluation]
) -> tuple[tuple[Evaluation, ...], tuple[Evaluation, ...]] | None:
    """Both with standard errors; where none are published, from how both scatter. None where that says nothing."""
    if all(one.error is not None for one in (*gray, *stable)):
        return tuple(gray), tuple(stable)
    error = scatter(stable)
    if error is None:
        rest = [
            Evaluation(one.at, one.value - middle)
            for group in (gray, stable)
            if group
            for middle in [median(other.value for other in group)]
            for one in group
        ]
        error = scatter(rest)
    if error is None:
        return None
    return tuple([_given(one, error) for one in gray]), tuple([_given(one, error) for one in stable])


def _given(one: Evaluation, error: float) -> Evaluation:
    return one if one.error is not None else Evaluation(one.at, one.value, error)
