"""What a gauge is judged from under rule `sequential`, and what one of its bounds comes to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from promoter.core.evidence import Series
from promoter.core.judge.material import Material
from promoter.core.judge.proportion import LEAST_AT_THE_END, LEAST_TICKS
from promoter.core.judge.share_evidence import is_last
from promoter.core.judge.verdict import Cause, Outcome, Proof

RECENT = 10  # stable's readings whose median a reading is compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one bound of the check comes to."""

    outcome: Outcome
    cause: Cause
    observed: float | None
    limit: float | None
    lower: bool
    proof: Proof
    needed: int | None = None
    eta: timedelta | None = None
    note: str | None = None
    breaches: int = 0  # of the last ticks

    def is_beyond(self, value: float | None) -> bool | None:
        """Whether a reading is on the wrong side of the limit, as it is now."""
        if value is None or self.limit is None:
            return None
        return value < self.limit if self.lower else value > self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Both versions' series, and what is published of their errors."""

    gray: Series
    stable: Series | None
    gray_errors: Series | None = None
    stable_errors: Series | None = None


def least_ticks(material: Material) -> int:
    """How many ticks of readings the step needs: more before all traffic is given."""
    return LEAST_AT_THE_END if is_last(material.subject.following) else LEAST_TICKS


def recent(stable: Series | None, at: float) -> float | None:
    """The median of stable's last readings up to a moment, or of its first ones where there are none before."""
    return recents(stable, (at,))[0]


def recents(stable: Series | None, moments: Sequence[float]) -> list[float | None]:
    """The same for each of many moments."""
    if stable is None or not stable.values:
        return [None] * len(moments)
    times, values, fewest = stable.times, stable.values, min(RECENT, len(stable.values))
    return [
        _middle(values[stop - RECENT : stop] if stop >= RECENT else values[: max(stop, fewest)])
        for stop in [bisect_right(times, at) for at in moments]
    ]


def _middle(values: Sequence[float]) -> float:
    """Their median; asked for every reading of a step, so without a library's ceremony."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def medians(times: Sequence[float], values: Sequence[float], edges: Sequence[float]) -> list[float | None]:
    """The median of the readings between each edge and the next, that one included; None where there is none."""
    places = [bisect_right(times, edge) for edge in edges]
    return [
        (values[first] if last == first + 1 else _middle(values[first:last])) if last > first else None
        for first, last in pairwise(places)
    ]
