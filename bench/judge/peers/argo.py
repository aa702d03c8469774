"""Argo Rollouts (argoproj/argo-rollouts 9f8d111d): measurements counted per metric.

- utils/evaluate/evaluate.go `EvaluateResult`: with a successCondition alone, false is Failed; NaN makes it false.
- analysis/analysis.go `assessMetricFailureInconclusiveOrError`: more than failureLimit (default 0) failures,
  counted in total, fail the metric. `assessMetricStatus`: consecutiveSuccessLimit reached is Successful;
  count reached is Successful, or Inconclusive where a streak was asked for and not reached.
- rollout/analysis.go: Failed aborts the rollout, Inconclusive pauses it for a human.
- docs/features/analysis.md: the documented example (interval 5m, failureLimit 3, a 5 minute window).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bench.judge.cases import LADDER
from bench.judge.track import Flags, Ints, Track, any_of, bare_comparison, next_weight


@dataclass(slots=True)
class ArgoInline:
    """An analysis step after each setWeight: `count` measurements, one a minute, over the last minute.

    The first one comes after a minute (initialDelay), so that it sees the new weight only.
    """

    failure_limit: int = 0
    count: int = 5
    streak: int | None = None  # consecutiveSuccessLimit
    interval: int = 2  # ticks
    first_weight: int = LADDER[0]
    failures: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    successes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    settled: Flags = field(default_factory=lambda: np.zeros(0, bool))

    def look(self, track: Track) -> None:
        """One measurement of each metric of each run that is due."""
        if not self.failures.size:
            self.failures = np.zeros((4, track.world.runs), np.int64)
            self.successes = np.zeros((4, track.world.runs), np.int64)
            self.settled = np.zeros((4, track.world.runs), bool)
        age = track.now + 1 - track.since
        due = track.alive & (age % self.interval == 0)
        if not due.any():
            return
        breaches = bare_comparison(track, self.interval)
        bad = breaches.over | breaches.nothing
        counted = due & ~self.settled
        self.failures = self.failures + (bad & counted)
        self.successes = np.where(counted, np.where(bad, 0, self.successes + 1), self.successes)
        track.freeze(due & any_of(self.failures > self.failure_limit))
        if self.streak is not None:
            self.settled |= counted & (self.successes >= self.streak)
        last = due & (age // self.interval >= self.count)
        if self.streak is not None:
            track.held |= last & track.alive & ~self.settled.all(axis=0)
        passed = due & track.alive & (self.settled.all(axis=0) | (last if self.streak is None else False))
        track.raise_to(passed, next_weight(track.weight, LADDER))
        self.failures = np.where(passed, 0, self.failures)
        self.successes = np.where(passed, 0, self.successes)
        self.settled = self.settled & ~passed


@dataclass(slots=True)
class ArgoBackground:
    """The documented example: background analysis over the whole rollout, setWeight and pause 10m between."""

    failure_limit: int = 3
    interval: int = 10  # ticks
    pause: int = 20
    first_weight: int = LADDER[0]
    failures: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def look(self, track: Track) -> None:
        """A measurement every five minutes, a promotion every ten."""
        if not self.failures.size:
            self.failures = np.zeros((4, track.world.runs), np.int64)
        if (track.now + 1) % self.interval == 0:
            breaches = bare_comparison(track, self.interval)
            self.failures = self.failures + (breaches.over | breaches.nothing)
            track.freeze(any_of(self.failures > self.failure_limit))
        if (track.now + 1) % self.pause == 0:
            track.raise_to(track.alive, next_weight(track.weight, LADDER))
