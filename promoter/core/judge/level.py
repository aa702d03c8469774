"""The sequential rule for a reading with an upper bound, like memory: its level now, and where it is going."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from promoter.core.judge.trend import blocks, shallowest, steepest

LAST = 6  # ticks
OVER = 4  # of them over the limit fail the check
DISTINCT = 3  # different readings among those over; or, for one that never changes,
UNCHANGED = 20  # this many ticks in a row over the limit
AHEAD = 7200.0  # seconds for which the trend must stay under the limit before all traffic is given


class Going(StrEnum):
    """What the readings show."""

    OVER = "over"
    UNSETTLED = "unsettled"  # some of the last ones over
    TOO_EARLY = "too-early"
    GROWING = "growing"  # inside, but could reach the limit within AHEAD
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Level:
    """The conclusion: the median of the last readings, and the steepest slope still possible (a second) beside stable's."""

    going: Going
    value: float | None
    slope: float | None = None
    over: int = 0


def first_breach(values: Sequence[float | None], limit: float) -> int | None:
    """The tick at which the limit was first held to be violated, so that a later look forgets nothing."""
    run = 0
    for index, value in enumerate(values):
        beyond = value is not None and value > limit
        run = run + 1 if beyond else 0
        if run >= UNCHANGED:
            return index
        if beyond:
            last = [
                one for one in values[max(0, index + 1 - LAST) : index + 1] if one is not None and one > limit
            ]
            if len(last) >= OVER and len(set(last)) >= DISTINCT:
                return index
    return None


def level(
    ticks: Sequence[float | None],
    history: Sequence[tuple[float, float]],
    *,
    limit: float,
    end: float,
    least: int,
    beta: float,
    trend: bool,
    shared: Sequence[tuple[float, float]] = (),
) -> Level:
    """The level over the step's ticks (None where there was no reading), oldest first.

    `history` has (Unix seconds, value) since the candidate's first step, for the trend, which is looked at
    before all traffic is given (`trend`). `least` is the number of ticks a step needs. `shared` has stable's own
    readings: what they surely grow by in the same time is no fault of the candidate's.
    """
    last = [value for value in ticks[-LAST:] if value is not None]
    middle = median(last) if last else None
    over = sum(1 for value in last if value > limit)
    if first_breach(ticks, limit) is not None:
        return Level(Going.OVER, middle, over=over)
    if middle is None or len([value for value in ticks if value is not None]) < least:
        return Level(Going.TOO_EARLY, middle, over=over)
    if middle > limit or over >= OVER:
        return Level(Going.UNSETTLED, middle, over=over)
    if not trend:
        return Level(Going.INSIDE, middle, over=over)
    steep = steepest(blocks(history, end), beta)
    if steep is None:
        return Level(Going.TOO_EARLY, middle, over=over)
    # What stable grew by before excuses nothing.
    meanwhile = [one for one in shared if one[0] >= history[0][0]]
    slope = steep - max(0.0, shallowest(blocks(meanwhile, end), beta) or 0.0)
    ahead = middle + AHEAD * max(0.0, slope)
    return Level(Going.GROWING if ahead > limit else Going.INSIDE, middle, slope, over)
