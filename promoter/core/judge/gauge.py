"""A reading held against fixed bounds and against stable's reading at the same time."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from promoter.core.ask import gauge as queries
from promoter.core.counting import Windows
from promoter.core.evidence import InstantValue, RangeValues, Series
from promoter.core.judge.material import Material, Missing, limit_of, text_of
from promoter.core.judge.threshold import ruled
from promoter.core.judge.verdict import Cause, Outcome, Verdict, WindowReading
from promoter.core.policy import GaugeCheck, OnFail

FULL = 100  # percent: at the top stable has no traffic, and may be gone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """One window held against the bounds: over one of them, which one, and where that bound is."""

    breach: bool | None
    cause: Cause = Cause.OVER_LIMIT
    limit: float | None = None
    lower: bool = False
    environment: bool = False
    above_band: bool = False


def judge_gauge(material: Material, check: GaugeCheck) -> Verdict:
    """The verdict on a gauge. Raises Missing where the readings cannot be used."""
    subject = material.subject
    windows = Windows.complete(material.start, check.threshold.window.total_seconds(), material.end)
    gray = _readings(material, check, subject.candidate, needed=True)
    stable = _stable(material, check)
    rows = [_window(material, check, windows, index, gray, stable) for index in range(windows.count)]
    readings = [reading for reading, _ in rows]
    last = rows[-check.threshold.last :]
    values = [reading.value for reading, _ in last if reading.value is not None]
    rule = ruled(
        readings,
        check.threshold,
        samples=len(values),
        within=bool(values),
        environment=[held.environment for _, held in rows],
        counted=False,
    )
    cause = rule.cause
    outcome = rule.outcome
    if outcome is Outcome.PASS and any(held.above_band for _, held in last):
        outcome, cause = Outcome.INCONCLUSIVE, Cause.ABOVE_BAND
    held = _told(rows, fail=outcome is Outcome.FAIL)
    if outcome is Outcome.FAIL:
        cause = held.cause
    limit, lower = (held.limit, held.lower) if held.limit is not None else limit_of(check)
    shown = [reading.value for reading, one in rows if one.breach and reading.value is not None]
    told = shown if outcome is Outcome.FAIL and shown else values
    stables = [reading.stable_value for reading, _ in last if reading.stable_value is not None]
    return Verdict(
        check=check.name,
        outcome=outcome,
        cause=cause,
        observed=median(told) if told else None,
        stable=median(stables) if stables else None,
        limit=limit,
        lower=lower,
        samples=_count(gray, material.start),
        breaches=rule.breaches,
        windows=len(rows if outcome is Outcome.FAIL else last),
        windows_needed=check.threshold.last,
        eta=rule.eta,
        on_fail=check.on_fail,
        readings=tuple(readings),
    )


def _told(rows: Sequence[tuple[WindowReading, _Held]], *, fail: bool) -> _Held:
    """The window whose bound is named: the last one over it, else the last one."""
    over = [held for _, held in rows if held.breach]
    if fail and over:
        return over[-1]
    return rows[-1][1] if rows else _Held(breach=None)


def _readings(material: Material, check: GaugeCheck, version: str, *, needed: bool) -> Series | None:
    """The one series of finite values, fresh. Raises Missing; None where nothing is needed and nothing there."""
    values, *ages = queries(material.subject, check, version)
    found = material.series(values)
    query = text_of(values)
    if not found:
        if needed:
            raise Missing(cause=Cause.NO_DATA, reason="no series", query=query)
        return None
    if len(found) > 1:
        reason = f"{len(found)} series where one is expected; aggregate them, with avg() or max()"
        raise Missing(cause=Cause.MALFORMED, reason=reason, query=query)
    if not all(map(math.isfinite, found[0].values)):
        raise Missing(cause=Cause.MALFORMED, reason="not a number", query=query)
    for age in ages:
        if isinstance(age, InstantValue):
            _fresh(material, age, query)
    return found[0]


def _fresh(material: Material, age: InstantValue, query: str) -> None:
    found = material.series(age)
    newest = found[0].values[-1] if found and found[0].values else None
    if newest is None:
        raise Missing(cause=Cause.STALE, reason="no sample within Prometheus' look-back", query=query)
    if not math.isfinite(newest):
        raise Missing(cause=Cause.MALFORMED, reason="its newest sample has no time", query=query)
    old = material.end - newest
    if old > material.subject.policy.metrics.freshness.total_seconds():
        raise Missing(cause=Cause.STALE, reason=f"the newest sample is {old:.0f} s old", query=query)


def _stable(material: Material, check: GaugeCheck) -> Series | None:
    """Stable's readings, where the check needs them; at the top it may be gone, its last ones count then."""
    subject = material.subject
    if subject.stable_percent == 0:
        values = queries(subject, check, subject.policy.stable)[0]
        found = material.series(values) if isinstance(values, RangeValues) else ()
        usable = len(found) == 1 and all(map(math.isfinite, found[0].values))
        return found[0] if usable else None
    return _readings(material, check, subject.policy.stable, needed=check.relative)


def _count(series: Series | None, start: float) -> int:
    """Readings since the evidence began; a value repeated unchanged is one."""
    if series is None:
        return 0
    values = series.values[bisect_right(series.times, start) :]
    return sum(1 for index, value in enumerate(values) if not index or value != values[index - 1])


def _window(
    material: Material,
    check: GaugeCheck,
    windows: Windows,
    index: int,
    gray: Series | None,
    stable: Series | None,
) -> tuple[WindowReading, _Held]:
    start, end = windows.bounds(index)
    value = _median(gray, start, end)
    other = _median(stable, start, end)
    if other is None and stable is not None and material.subject.stable_percent == 0:
        earlier = bisect_right(stable.times, end)
        other = median(stable.values[:earlier]) if earlier else None
    held = _hold(check, value, other)
    reading = WindowReading(start=start, end=end, value=value, stable_value=other, breach=held.breach)
    return reading, held


def _median(series: Series | None, start: float, end: float) -> float | None:
    """The median of the readings in (start, end]: one odd reading does not move it far."""
    if series is None:
        return None
    inside = series.values[bisect_right(series.times, start) : bisect_right(series.times, end)]
    return median(inside) if inside else None


def _hold(check: GaugeCheck, value: float | None, stable: float | None) -> _Held:
    """One window's reading against every bound of the check."""
    if value is None:
        return _Held(breach=None)
    for bound, lower in ((check.at_least, True), (check.at_most, False)):
        if bound is not None and _over(value, bound, lower=lower):
            sick = stable is not None and _over(stable, bound, lower=lower)
            return _Held(breach=None if sick else True, limit=bound, lower=lower, environment=sick)
    if not check.relative:
        return _Held(breach=False)
    if stable is None:
        return _Held(breach=None)
    return _against(check, value, stable)


def _over(value: float, bound: float, *, lower: bool) -> bool:
    return value < bound if lower else value > bound


def _against(check: GaugeCheck, value: float, stable: float) -> _Held:
    """The bounds relative to stable; a known difference moves their centre."""
    expected = stable + (check.expect or 0.0) * abs(stable)
    if check.growth_at_most is not None:
        ceiling = expected + check.growth_at_most * abs(stable)
        if value > ceiling:
            return _Held(breach=True, cause=Cause.WORSE_THAN_STABLE, limit=ceiling)
    if check.within is not None:
        band = check.within * abs(expected)
        if value < expected - band:
            return _Held(breach=True, cause=Cause.WORSE_THAN_STABLE, limit=expected - band, lower=True)
        if value > expected + band:
            return _Held(breach=False, limit=expected + band, above_band=True)
    return _Held(breach=False, limit=_shown(check, stable, expected), lower=check.growth_at_most is None)


def _shown(check: GaugeCheck, stable: float, expected: float) -> float:
    """The bound nearest to harm, to be told beside a reading that keeps it."""
    if check.growth_at_most is not None:
        return expected + check.growth_at_most * abs(stable)
    floor = expected - (check.within or 0.0) * abs(expected)
    return max(floor, check.at_least) if check.at_least is not None else floor


def judge_ready(material: Material, query: InstantValue, newest: InstantValue) -> Verdict:
    """At 0 %: are the candidate's targets up? Every series must be 1, and fresh. Raises Missing."""
    found = material.series(query)
    if not found:
        raise Missing(cause=Cause.NO_DATA, reason="no target is known", query=query.expr)
    _fresh(material, newest, query.expr)
    down = [one for one in found if not one.values or one.values[-1] != 1]
    return Verdict(
        check="ready",
        outcome=Outcome.INCONCLUSIVE if down else Outcome.PASS,
        cause=Cause.NOT_READY if down else Cause.READY,
        observed=float(len(found) - len(down)),
        limit=float(len(found)),
        lower=True,
        samples=len(found),
        on_fail=OnFail.FREEZE,
    )
