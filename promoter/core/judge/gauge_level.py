"""A gauge's upper bound: its readings tick by tick, and what `level.py` says of them, in the gauge's own unit."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta

from promoter.core.evidence import Series
from promoter.core.judge.gauge_parts import Part, Readings, least_ticks, medians, recent, recents
from promoter.core.judge.level import Going, Level, level
from promoter.core.judge.material import Material
from promoter.core.judge.proportion import LEAST_AT_THE_END
from promoter.core.judge.share_evidence import alpha_of
from promoter.core.judge.trend import BLOCK, LEAST_BLOCKS
from promoter.core.judge.verdict import Cause, Outcome, Proof

HOUR = 3600.0
SMALLEST = 1e-100  # nothing can be told as a share of less

_LEVEL = {
    Going.OVER: (Outcome.FAIL, Cause.OVER_LIMIT),
    Going.UNSETTLED: (Outcome.INCONCLUSIVE, Cause.UNSETTLED),
    Going.TOO_EARLY: (Outcome.INCONCLUSIVE, Cause.TOO_EARLY),
    Going.GROWING: (Outcome.INCONCLUSIVE, Cause.GROWING),
    Going.INSIDE: (Outcome.PASS, Cause.PROVEN),
}


def level_part(material: Material, readings: Readings, limit: float, *, growth: float | None) -> Part:
    """What one upper bound comes to. `growth` is the known difference to stable, for a limit that is a share of stable's; None for a plain one."""
    least = least_ticks(material)
    gray, end, beta = readings.gray, material.end, material.subject.policy.judge.beta
    base = recent(readings.stable, end)
    scale = _Scale(limit, growth, base)
    trend = least == LEAST_AT_THE_END
    found = level(
        _ticks(material, readings, growth),
        scale.alone(gray) if trend else [],
        limit=limit,
        end=end,
        least=least,
        beta=beta,
        trend=trend,
        shared=scale.alone(readings.stable) if trend and growth is not None else [],
    )
    sick = growth is None and base is not None and base > limit
    outcome, cause = _LEVEL[found.going]
    if sick and outcome is Outcome.FAIL:
        outcome, cause = Outcome.INCONCLUSIVE, Cause.ENVIRONMENT
    if outcome is Outcome.FAIL and growth is not None:
        cause = Cause.WORSE_THAN_STABLE
    return _told(material, found, outcome, cause, scale)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From the gauge's own unit to what the limit is on, and back."""

    limit: float
    growth: float | None
    base: float | None

    def alone(self, series: Series | None) -> list[tuple[float, float]]:
        """A version's own readings, on the scale of the limit: held against where stable is now.

        For the trend: held against where stable was at each moment, they would have its noise as well.
        """
        found = list(zip(series.times, series.values, strict=True)) if series else []
        if self.growth is None or self.base is None:
            return found
        base, known = self.base, self.growth
        return [(at, (value - base) / abs(base) - known) for at, value in found]

    def plain(self, value: float) -> float:
        if self.growth is None or self.base is None:
            return value
        told = self.base + (value + self.growth) * abs(self.base)
        return float(f"{told:.4g}")  # it is only told: the ratio is judged

    def slope(self, value: float) -> float:
        return value * HOUR * (1.0 if self.growth is None or self.base is None else abs(self.base))


def _told(material: Material, found: Level, outcome: Outcome, cause: Cause, scale: _Scale) -> Part:
    subject = material.subject
    ticks, least = material.ticks.count, least_ticks(material)
    waiting = cause is Cause.TOO_EARLY and found.slope is None
    left = max(1, least - ticks) * subject.policy.metrics.step
    if ticks >= least:  # then it is the trend that has too little to go by
        left = max(left, subject.climbing_since + timedelta(seconds=LEAST_BLOCKS * BLOCK) - subject.at)
    return Part(
        outcome=outcome,
        cause=cause,
        observed=scale.plain(found.value) if found.value is not None else None,
        limit=scale.plain(scale.limit),
        lower=False,
        proof=Proof(
            alpha=alpha_of(subject.policy),
            beta=subject.policy.judge.beta,
            bar=scale.plain(scale.limit),
            ticks=ticks,
            least=least,
            slope=scale.slope(found.slope) if found.slope is not None else None,
        ),
        eta=left if waiting else None,
        breaches=found.over,
    )


def _ticks(material: Material, readings: Readings, growth: float | None) -> list[float | None]:
    """The median of each tick's readings since the step's start, on the scale of the limit."""
    windows, gray = material.ticks, readings.gray
    first = bisect_right(gray.times, windows.start)
    times, values = gray.times[first:], gray.values[first:]
    if growth is not None:
        compared = [
            (at, (value - near) / abs(near) - growth)
            for at, value, near in zip(times, values, recents(readings.stable, times), strict=True)
            if near is not None and abs(near) > SMALLEST
        ]
        times, values = tuple([at for at, _ in compared]), tuple([value for _, value in compared])
    edges = [windows.start + index * windows.length for index in range(windows.count + 1)]
    return medians(times, values, edges)
