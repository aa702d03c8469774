"""Is a promotion allowed at this instant, and when next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from promoter.core.policy import Window

_DAYS_AHEAD = 16  # a weekly window opens again within a week; one that a clock change swallows, in two


def spans(window: Window, around: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The window's openings (start, end) from the day before `around` to two weeks after, in UTC."""
    local = around.astimezone(window.zone).date()
    found = []
    for offset in range(-1, _DAYS_AHEAD):
        day = local + timedelta(days=offset)
        if day.isoweekday() not in window.days:
            continue
        end_day = day if window.end > window.start else day + timedelta(days=1)
        start = datetime.combine(day, window.start, tzinfo=window.zone)
        end = datetime.combine(end_day, window.end, tzinfo=window.zone)
        # Compared in UTC: local times repeat and vanish where clocks change.
        opening = (start.astimezone(UTC), end.astimezone(UTC))
        if opening[0] < opening[1]:  # else it lies in the hour that clocks skip
            found.append(opening)
    return tuple(found)


def is_open(windows: Sequence[Window], at: datetime) -> bool:
    """Whether promotions may happen now: in any of the windows, or always where there are none."""
    return not windows or any(start <= at < end for window in windows for start, end in spans(window, at))


def opens_next(windows: Sequence[Window], at: datetime) -> datetime | None:
    """The next opening after `at`; None where no window ever opens."""
    starts = (start for window in windows for start, _ in spans(window, at) if start > at)
    return min(starts, default=None)
