"""Drills of the emergency path: what each leg took, and whether that is slower than it used to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median

from promoter.core.evidence import Series

LAST = 12  # how many earlier drills one is compared with
SLOWER, LEAST = 2.0, 1.0  # so many times the median, and so many seconds more, is worth a word


class DrillKind(StrEnum):
    """What is rehearsed."""

    PAUSE = "pause"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg of the path: its seconds, None where it was not measured; `note` says why, or what was seen."""

    name: str
    seconds: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One rehearsal. `problem` is what went wrong, "" where the path works; `live` was on base itself."""

    rollout: str
    kind: DrillKind
    at: datetime
    by: str
    live: bool
    legs: tuple[Leg, ...]
    problem: str = ""

    @property
    def seconds(self) -> float:
        """All measured legs together."""
        return sum(leg.seconds for leg in self.legs if leg.seconds is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A leg beside the same one of earlier drills: the last one's seconds and their median, None without any."""

    leg: Leg
    last: float | None
    usual: float | None

    @property
    def slower(self) -> bool:
        """It took clearly longer than it usually does."""
        if self.leg.seconds is None or self.usual is None:
            return False
        return self.leg.seconds > max(SLOWER * self.usual, self.usual + LEAST)


def compare(drill: Drill, before: Sequence[Drill]) -> tuple[Compared, ...]:
    """Each leg held against the last drills of the same kind and place that went well; `before` oldest first."""
    like = [one for one in before if (one.kind, one.live) == (drill.kind, drill.live) and not one.problem][
        -LAST:
    ]
    return tuple(_compared(leg, like) for leg in drill.legs)


def _compared(leg: Leg, like: Iterable[Drill]) -> Compared:
    known = [
        other.seconds
        for one in like
        for other in one.legs
        if other.name == leg.name and other.seconds is not None
    ]
    return Compared(leg=leg, last=known[-1] if known else None, usual=median(known) if known else None)


def last_increase(series: Iterable[Series]) -> float | None:
    """When any of these counters last went up (Unix seconds, as scraped); None where none did."""
    times = [
        series_.times[index]
        for series_ in series
        for index in range(1, len(series_.times))
        if series_.values[index] > series_.values[index - 1]
    ]
    return max(times, default=None)
