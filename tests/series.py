"""Builders for what Prometheus answers: counters and gauges at a 15 s scrape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from promoter.core.ask import ask
from promoter.core.evidence import Answer, Answers, InstantValue, Query, RangeValues, RawSamples, Series
from promoter.core.policy import Check, GaugeCheck, OnFail, Policy, QuantileCheck, Rule, Threshold, Unit
from promoter.core.subject import Subject
from tests.build import a_check, a_policy, a_template

AT = datetime(2026, 1, 7, 9, 0, tzinfo=UTC)
NOW = AT.timestamp()
BEGAN = AT - timedelta(minutes=10)
RULE = Threshold(window=timedelta(minutes=1), last=5, breaches=3, min_samples=20)
SCRAPE = 15.0


def times(start: float = NOW - 1200, end: float = NOW) -> tuple[float, ...]:
    return tuple(start + SCRAPE * i for i in range(int((end - start) // SCRAPE) + 1))


def a_series(values: Sequence[float], *, start: float = NOW - 1200, **labels: str) -> Series:
    moments = tuple(start + SCRAPE * i for i in range(len(values)))
    return Series(tuple(sorted(labels.items())), moments, tuple(float(value) for value in values))


def a_counter(
    rate: float | Callable[[float], float], *, start: float = NOW - 1200, base: float = 0.0, **labels: str
) -> Series:
    """A counter that grows by `rate` a second, or by what `rate` says for each moment."""
    total, values = base, []
    for moment in times(start):
        total += SCRAPE * (rate(moment) if callable(rate) else rate)
        values.append(total)
    return a_series(values, start=start, **labels)


def a_gauge_series(value: float | Callable[[float], float], *, start: float = NOW - 3000) -> Series:
    moments = times(start)
    return Series((), moments, tuple(float(value(t) if callable(value) else value) for t in moments))


def a_gauge(**bounds: float) -> GaugeCheck:
    check = GaugeCheck(
        name="map50", gauge=a_template("map50"), selectors=(a_template("map50"),), on_fail=OnFail.FREEZE,
        rule=Rule.THRESHOLD, threshold=RULE,
    )  # fmt: skip
    return replace(check, **bounds)  # type: ignore[arg-type]


def a_quantile(limit: float = 50.0, expect: float | None = None) -> QuantileCheck:
    return QuantileCheck(
        name="p99", bucket=a_template("latency_bucket"), count=a_template("latency_count"), quantile=0.99,
        limit=limit, scale=1.0, unit=Unit.MILLISECONDS, expect=expect, on_fail=OnFail.FREEZE,
        rule=Rule.THRESHOLD, threshold=RULE,
    )  # fmt: skip


def a_subject(*checks: Check, percent: int = 20, before: int | None = 5, **changes: object) -> Subject:
    policy: Policy = a_policy(checks=checks or (a_check(at_most=0.01, threshold=RULE),), settle=timedelta(0))
    values: dict[str, object] = {
        "policy": policy,
        "candidate": "v9-gray",
        "percent": Fraction(percent),
        "before": Fraction(before) if before is not None else None,
        "following": Fraction(50),
        "stable_percent": Fraction(100 - percent),
        "changed_at": BEGAN,
        "since": BEGAN,
        "at": AT,
    }
    values.setdefault("climbing_since", changes.get("since", BEGAN))
    values.setdefault("began", changes.get("changed_at", BEGAN))
    return Subject(**{**values, **changes})  # type: ignore[arg-type]


def share(moment: float, gray: float = 0.2, before: float = 0.05) -> float:
    return gray if moment > BEGAN.timestamp() else before


def healthy(query: Query) -> list[Series]:
    """Both versions in order: 100 requests a second, no errors, all fast, map50 37."""
    match query:
        case RawSamples(selector=text):
            gray = "v9-gray" in text
            rate: Callable[[float], float] = lambda t: 100 * (share(t) if gray else 1 - share(t))  # noqa: E731
            if "errors" in text:
                return []
            if "bucket" in text:
                return [a_counter(rate, pod=text[-12:], le=edge) for edge in ("25.0", "50.0", "+Inf")]
            return [a_counter(rate, pod=text[-12:])]
        case RangeValues():
            return [a_gauge_series(37.0)]
        case InstantValue(expr=expr):
            return [Series((), (NOW,), (NOW - 5 if "timestamp" in expr else 1.0,))]


def answers(subject: Subject, change: Callable[[Query], list[Series] | None] = lambda _: None) -> Answers:
    """Healthy answers to everything that is asked, except where `change` says otherwise."""
    found: dict[Query, Answer] = {}
    for query in ask(subject):
        changed = change(query)
        found[query] = Answer(tuple(healthy(query) if changed is None else changed))
    return found


def text_of(query: Query) -> str:
    return query.selector if isinstance(query, RawSamples) else query.expr
