"""Bursts of bad events: what they come to on average over time, where requests alone would hide them.

A bound on bad events out of requests trusts that the events of a step look like those to come. Trouble that
comes in rare bursts does not: a step between two bursts is clean. So bursts are remembered over all
steps of the same candidate, by time rather than by requests, and one more than was seen is allowed for. This
only ever withholds a pass; it has no stated error rate.
"""

from __future__ import annotations

from typing import NamedTuple

from promoter.core.judge.sequential import is_beyond

ODD = 1e-3  # a tick this unlikely at the limit is part of a burst
FEWEST = 2  # bad events: a single one is no burst


class Bursts(NamedTuple):
    """Ticks watched, bursts seen (neighbouring odd ticks are one), and the sum of the odd ticks' shares."""

    ticks: int = 0
    seen: int = 0
    shares: float = 0.0
    bad: float = 0.0  # bad events and requests of the odd ticks of this step
    total: float = 0.0
    going_on: bool = False

    def watched(self, bad: float, total: float, limit: float, *, here: bool) -> Bursts:
        """One more tick; `here` says that it belongs to the present step."""
        if bad < FEWEST or not is_beyond(bad, total, limit, ODD):
            return Bursts(self.ticks + 1, self.seen, self.shares, self.bad, self.total)
        return Bursts(
            ticks=self.ticks + 1,
            seen=self.seen + (not self.going_on),
            shares=self.shares + bad / total,
            bad=self.bad + bad * here,
            total=self.total + total * here,
            going_on=True,
        )

    def set_aside(self) -> Bursts:
        """A tick that says nothing about gray: it ends no burst and is not watched."""
        return self

    def average(self, bad: float, total: float) -> float:
        """The share (0..1) of a longer run: the step's quiet share, and one burst more than was seen.

        `bad` of `total` are the step's events, odd ticks included.
        """
        quiet_total = total - self.total
        quiet = (bad - self.bad) / quiet_total if quiet_total > 0 else 0.0
        return quiet + (self._expected() / self.ticks if self.ticks else 0.0)

    def ticks_until(self, bar: float, bad: float, total: float) -> int | None:
        """How many more quiet ticks bring the average under `bar`; None where the quiet ones alone do not."""
        quiet_total = total - self.total
        quiet = (bad - self.bad) / quiet_total if quiet_total > 0 else 0.0
        if quiet >= bar:
            return None
        return max(0, int(self._expected() / (bar - quiet)) + 1 - self.ticks)

    def _expected(self) -> float:
        return self.shares * (self.seen + 1) / self.seen if self.seen else 0.0
