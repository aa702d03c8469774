"""The evidence that gray is worse than stable at the same moments, worked out only when it is asked for.

A freeze needs two proofs at once. While the first, that gray is over the limit, is nowhere near, nobody asks for the
second; for a healthy candidate that is nearly always.
"""

from __future__ import annotations

from typing import NamedTuple

from promoter.core.judge.sequential import Wealth, opened, played, worse_than

Pair = tuple[float, float, float, float]  # gray's bad and all events, stable's bad and all events


class Comparison(NamedTuple):
    """What is known, and what came since: pairs of the same moments, None where one more stake was put in play."""

    known: Wealth = Wealth()
    waiting: tuple[Pair | None, ...] = ()

    def renewed(self) -> Comparison:
        """With one more stake in play, unless nothing was played since the last one."""
        if not self.waiting and not any(self.known.gained):
            return self
        return self if self.waiting[-1:] == (None,) else Comparison(self.known, (*self.waiting, None))

    def wealth(self, alpha: float, odds: float) -> Wealth:
        """What the bets on "gray's odds of a bad event are more than `odds` times stable's" have come to."""
        wealth = self.known
        for pair in self.waiting:
            wealth = opened(wealth, alpha) if pair is None else played(wealth, worse_than(*pair, odds))
        return wealth
