"""PipeCD's analysis stage (pipe-cd/pipecd 4886108f), pkg/app/pipedv1/plugin/analysis.

- executestage/metrics_analyzer.go `run`: a look at every `interval` for `duration`; more than failureLimit bad
  looks (a total, 0 by default in config/condition.go) fail the stage, else the stage passes at its end.
- `analyzeWithThreshold`: a range query over the last interval; *any* point outside `expected` is a bad look.
- `analyzeWithCanaryPrimary` and `compare`: a Mann-Whitney test of gray's points against stable's at a fixed 5 %
  at every look.
- analysisprovider/metrics/prometheus/prometheus.go `QueryPoints`: one point a minute, both ends included, so six
  points for 5 m; a NaN point is ErrNoDataFound, which is a bad look unless skipOnNoData is set.
- docs user-guide "Automated deployment analysis": duration 30m, interval 5m, rate over 5m, deviation HIGH.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bench.judge.cases import ERROR_LIMIT, GROWTH_LIMIT, LADDER, MAP_FLOOR, SLOW_LIMIT
from bench.judge.noise import Floats
from bench.judge.peers.rank_tests import exact_greater
from bench.judge.track import Flags, Ints, Track, any_of, next_weight
from bench.judge.world import ERRORS, REQUESTS, SLOW, STABLE_ERRORS, STABLE_REQUESTS, STABLE_SLOW

MINUTE = 2  # ticks
LEVEL = 0.05


@dataclass(slots=True)
class PipeCD:
    """An ANALYSIS stage of `duration` after each weight. `compare`: CANARY_PRIMARY instead of THRESHOLD.

    The look that falls together with the stage's end is lost to it. GPU memory has no direction that allows
    +3 %, so it keeps its threshold in both.
    """

    compare: bool = False
    failure_limit: int = 0
    skip_no_data: bool = False
    interval: int = 10  # ticks
    duration: int = 60
    first_weight: int = LADDER[0]
    failures: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def look(self, track: Track) -> None:
        """A look, or the end of the stage."""
        runs = track.world.runs
        if (track.now + 1) % self.duration == 0:
            self.failures = np.zeros((4, runs), np.int64)
            track.raise_to(track.alive, next_weight(track.weight, LADDER))
            return
        if (track.now + 1) % self.interval:
            return
        if not self.failures.size:
            self.failures = np.zeros((4, runs), np.int64)
        self.failures = self.failures + self._bad(track)
        track.freeze(any_of(self.failures > self.failure_limit))

    def _bad(self, track: Track) -> Flags:
        """Which metrics' look is bad: 4 x runs."""
        world, now = track.world, track.now
        ends = [end for end in range(now - self.interval, now + 1, MINUTE) if end >= 0]
        counts = np.stack(
            [track.seen[:, max(0, end - self.interval + 1) : end + 1].sum(axis=1) for end in ends], axis=1
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            errors, slow = counts[ERRORS] / counts[REQUESTS], counts[SLOW] / counts[REQUESTS]
            stable_errors = counts[STABLE_ERRORS] / counts[STABLE_REQUESTS]
            stable_slow = counts[STABLE_SLOW] / counts[STABLE_REQUESTS]
        growth = world.gpu_gray[ends] / world.gpu_stable[ends] - 1
        quality, stable_quality = world.map_gray[ends], world.map_stable[ends]
        if self.compare:
            bad = [
                exact_greater(errors, stable_errors) <= LEVEL,
                exact_greater(slow, stable_slow) <= LEVEL,
                exact_greater(-quality, -stable_quality) <= LEVEL,
            ]
        else:
            bad = [
                any_of(errors > ERROR_LIMIT),
                any_of(slow > SLOW_LIMIT),
                any_of(quality < MAP_FLOOR),
            ]
        missing = np.stack(
            [_any_nan(errors), _any_nan(slow), _any_nan(quality, stable_quality), _any_nan(growth)]
        )
        found: Flags = np.stack([*bad, any_of(growth > GROWTH_LIMIT)])
        return np.where(missing, not self.skip_no_data, found)


def _any_nan(*samples: Floats) -> Flags:
    return any_of(np.stack([np.isnan(sample).any(axis=0) for sample in samples]))
