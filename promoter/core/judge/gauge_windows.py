"""Rule `threshold` for a reading: windows held against fixed bounds and against stable's at the same time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import ne
from statistics import median

from promoter.core.counting import Windows
from promoter.core.evidence import Series
from promoter.core.judge.material import Material, limit_of
from promoter.core.judge.threshold import ruled
from promoter.core.judge.verdict import Cause, Outcome, Verdict, WindowReading
from promoter.core.policy import GaugeCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """One window held against the bounds: over one of them, which one, and where that bound is."""

    breach: bool | None
    cause: Cause = Cause.OVER_LIMIT
    limit: float | None = None
    lower: bool = False
    environment: bool = False
    above_band: bool = False


def judged_by_windows(
    material: Material, check: GaugeCheck, gray: Series | None, stable: Series | None
) -> Verdict:
    """The verdict on a gauge by M of N windows."""
    windows = Windows.complete(material.start, check.threshold.window.total_seconds(), material.end)
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
        samples=count_distinct(gray, material.start),
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


def count_distinct(series: Series | None, start: float) -> int:
    """Readings since the evidence began; a value repeated unchanged is one."""
    if series is None:
        return 0
    values = series.values[bisect_right(series.times, start) :]
    changes: int = sum(map(ne, values, values[1:]))
    return changes + bool(values)


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
