"""The plain script: reads one instant, freezes on any breach, else adds 5 %."""

from __future__ import annotations

from dataclasses import dataclass

from bench.judge.track import Track, any_of, bare_comparison


@dataclass(slots=True)
class Script:
    """Every `every` ticks a query over the last minute; NaN compares false in a shell, so it goes on.

    Source: the issue's own words ("reads one instant every 30 s, freezes on any breach, else adds 5 %").
    """

    every: int = 1
    first_weight: int = 5

    def look(self, track: Track) -> None:
        """Compare, freeze or add 5 %."""
        if (track.now + 1) % self.every:
            return
        breaches = bare_comparison(track, 2)
        over = any_of(breaches.over & ~breaches.nothing)
        track.freeze(over)
        track.raise_to(~over, track.weight + 5)
