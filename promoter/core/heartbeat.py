"""Is the bot still ticking? The age of its last good tick against how often one is due; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_MISSED = 3  # one tick that came late, or failed, is no news


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the bot that ticked and ended well: when it ended, and where it can be read."""

    ended: datetime
    number: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The moment this is about, how often a tick is due, and the last one that ended well (None: none is known).

    `failed` counts the runs since then that did not: an installation, a login or a tick that went wrong.
    """

    at: datetime
    every: timedelta
    last: Run | None
    failed: int = 0

    @property
    def age(self) -> timedelta | None:
        """How long ago the last tick was; never negative, whatever two clocks say."""
        return None if self.last is None else max(timedelta(0), self.at - self.last.ended)

    @property
    def overdue(self) -> bool:
        """Ticks are missing, or all fail."""
        if self.age is None:
            return self.failed >= _MISSED
        return self.age > _MISSED * self.every
