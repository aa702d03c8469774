"""Gauges under rule sequential: what a version reads, and the verdict that comes of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from promoter.core.evidence import Query, RangeValues, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Verdict
from promoter.core.policy import GaugeCheck, Rule
from tests.build import a_template
from tests.series import AT, NOW, a_gauge_series, a_subject, answers

Value = float | Callable[[float], float]
LONG = AT - timedelta(minutes=30)


def evaluated(
    mean: float, *, error: float = 0.3, every: int = 120, seed: int = 1
) -> Callable[[float], float]:
    """A new evaluation every two minutes, exported until the next."""
    rng = random.Random(seed)
    values = [rng.gauss(mean, error) for _ in range(200)]
    return lambda t: values[int((t - NOW + 12_000) // every)]


def verdict(
    check: GaugeCheck,
    gray: Value,
    stable: Value | None = 37.0,
    *,
    published: float | None = None,
    following: int | None = 50,
) -> Verdict:
    check = replace(check, rule=Rule.SEQUENTIAL)
    if published is not None:
        check = replace(check, stderr=a_template("map50_error"))
    subject = a_subject(
        check,
        following=Fraction(following) if following else None,
        since=LONG,
        changed_at=LONG,
        before=None,
    )

    def readings(query: Query) -> list[Series] | None:
        if not isinstance(query, RangeValues):
            return None
        if "error" in query.expr:
            return [a_gauge_series(published or 0.0)]
        if "v9-gray" in query.expr:
            return [a_gauge_series(gray)]
        return [a_gauge_series(stable)] if stable is not None else []

    (found,) = judge(subject, answers(subject, readings)).verdicts
    return found


def wobble(value: float) -> Callable[[float], float]:
    rng = random.Random(5)
    values = [value * (1 + rng.gauss(0, 0.005)) for _ in range(400)]
    return lambda t: values[int((t - NOW + 5_000) // 15) % 400]
