"""M of N windows: promoter's own `rule: threshold`, 3 of 5 two-minute windows, vectorised over runs.

The rule is promoter.core.judge.threshold and share_windows.py; tests hold this against them window by window.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bench.judge.cases import ERROR_LIMIT, GROWTH_LIMIT, LADDER, MAP_FLOOR, SLOW_LIMIT
from bench.judge.noise import Floats
from bench.judge.track import Flags, Track, any_of, next_weight
from bench.judge.world import REQUESTS

WINDOW = 4  # ticks
LAST, BREACHES, LEAST = 5, 3, 20


@dataclass(slots=True)
class MOfN:
    """Windows count from the step's start; looked at every `every` ticks."""

    every: int = 1
    first_weight: int = LADDER[0]
    over: list[Flags] = field(default_factory=list)  # the window that ends at each tick: 4 x runs
    nothing: list[Flags] = field(default_factory=list)
    quality: Floats = field(default_factory=lambda: np.zeros(0))
    growth: Floats = field(default_factory=lambda: np.zeros(0))

    def look(self, track: Track) -> None:
        """Judge the complete windows of each run's step."""
        if not self.quality.size:
            self.quality = medians(track.world.map_gray)
            self.growth = medians(track.world.gpu_gray / track.world.gpu_stable) - 1
        self._window(track)
        if (track.now + 1) % self.every:
            return
        age = track.now + 1 - track.since
        for ticks in np.unique(age[track.alive]).tolist():
            self._judge(track, track.alive & (age == ticks), ticks)

    def _window(self, track: Track) -> None:
        """Whether the window that ends now is over each limit, and whether it says nothing."""
        counts = track.window(WINDOW)
        over, sick = over_limits(counts[:3]), over_limits(counts[3:])
        quality, growth = self.quality[track.now], self.growth[track.now]
        empty = counts[REQUESTS] == 0
        nothing = (over & sick) | empty
        self.over.append(np.stack([*(over & ~sick), quality < MAP_FLOOR, growth > GROWTH_LIMIT]))
        self.nothing.append(np.stack([*nothing, np.isnan(quality), np.zeros_like(empty)]))

    def _judge(self, track: Track, here: Flags, age: int) -> None:
        """Runs whose step is `age` ticks old. Windows are cut from the step's start."""
        start = track.now + 1 - age
        ends = range(start + WINDOW - 1, track.now + 1, WINDOW)
        newest = max(1, -(-self.every // WINDOW))
        for last in range(max(1, len(ends) - newest + 1), len(ends) + 1):
            stretch = np.stack([self.over[end] for end in ends[max(0, last - LAST) : last]])
            track.freeze(here & any_of(stretch.sum(axis=0) >= BREACHES))
        if len(ends) < LAST:
            return
        silent = any_of(np.stack([self.nothing[end] for end in ends[-LAST:]]))
        span = slice(ends[-1] + 1 - LAST * WINDOW, ends[-1] + 1)
        counts = track.seen[:, span].sum(axis=1)
        within = ~any_of(over_limits(counts[:3])) & (counts[REQUESTS] >= LEAST)
        passed = here & ~silent & within
        track.raise_to(passed, next_weight(track.weight, LADDER))


def over_limits(counts: Floats) -> Flags:
    """Errors and slow requests against their limits, for requests, errors, slow (3 x runs): 2 x runs."""
    requests, errors, slow = counts
    return np.stack([errors > ERROR_LIMIT * requests, slow > SLOW_LIMIT * requests])


def medians(series: Floats) -> Floats:
    """The median of the last WINDOW ticks at every tick, NaN left out; NaN where there is nothing."""
    padded = np.concatenate([np.full((WINDOW - 1, series.shape[1]), np.nan), series])
    windows = np.sort(np.stack([padded[lag : lag + len(series)] for lag in range(WINDOW)]), axis=0)
    count = (~np.isnan(windows)).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    picked = [np.take_along_axis(windows, np.minimum(at, WINDOW - 1)[None], axis=0)[0] for at in (low, high)]
    middle: Floats = (picked[0] + picked[1]) / 2
    return middle
