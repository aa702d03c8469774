"""Bursts of bad events: what they come to on average over time, where requests alone would hide them.

A bound on bad events out of requests trusts that the events of a step look like those to come. Trouble that
comes in rare bursts does not: a step between two bursts is clean. So bursts are remembered over all
steps of the same candidate, by time rather than by requests, and one more like the largest is allowed for.
This only ever withholds a pass; it has no stated error rate.
"""

from __future__ import annotations

from typing import NamedTuple

from promoter.core.judge.sequential import is_beyond

ODD = 1e-3  # a tick this unlikely at the limit is part of a burst
FEWEST = 2  # bad events: a single one is no burst
LONGEST = 1 << 20  # ticks: a year of them


class Bursts(NamedTuple):
    """What is remembered: ticks watched, bursts seen (neighbouring odd ticks are one), and their shares summed.

    `before` sums the odd ticks of earlier steps, `running` those of the burst that goes on, `largest` is the most
    that one burst came to.
    """

    ticks: int = 0
    seen: int = 0
    before: float = 0.0
    running: float = 0.0
    largest: float = 0.0

    def watched(self, bad: float, total: float, limit: float, *, here: bool) -> Bursts:
        """One more tick; `here` says that it belongs to the present step."""
        if bad < FEWEST or not is_beyond(bad, total, limit, ODD):
            return Bursts(self.ticks + 1, self.seen, self.before, 0.0, self.largest)
        share = bad / total
        running = self.running + share
        return Bursts(
            ticks=self.ticks + 1,
            seen=self.seen + (not self.running),
            before=self.before + (0.0 if here else share),
            running=running,
            largest=max(self.largest, running),
        )

    def average(self, bad: float, total: float) -> float:
        """The share (0..1) of a longer run: the step's own, earlier bursts over time, and one more."""
        own = bad / total if total > 0 else 0.0
        return own + ((self.before + self.largest) / self.ticks if self.ticks else 0.0)

    def ticks_until(self, bar: float, bad: float, total: float, ticks: int) -> int | None:
        """How many more clean ticks bring the average to the bar; None for more than a year of them.

        `bad` of `total` are the events of the step's `ticks` so far: requests go on coming like that.
        """
        rate = total / max(1, ticks)
        more = 1
        while more < LONGEST:
            if self._replace(ticks=self.ticks + more).average(bad, total + more * rate) <= bar:
                return more
            more = more * 5 // 4 + 1  # an estimate need not be finer
        return None
