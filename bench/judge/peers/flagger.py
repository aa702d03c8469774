"""Flagger (fluxcd/flagger 15bd6ad5): one clean minute is a promotion, a count of failed checks is a rollback.

- pkg/controller/scheduler.go `advanceCanary`: at each interval (60 s by default, GetAnalysisInterval in
  pkg/apis/flagger/v1beta1/canary.go) a failed analysis adds one to FailedChecks and holds the weight, a
  good one raises it at once by the next stepWeight. FailedChecks >= threshold rolls back at the *next* interval.
- pkg/canary/status.go: FailedChecks is never reset by a success, only by a new revision.
- pkg/controller/scheduler_metrics.go `runBuiltinMetricChecks`: a bare comparison; the first failing metric ends it.
- pkg/metrics/observers/istio.go: one-minute windows, P99 truncated to whole milliseconds.
- pkg/metrics/providers/prometheus.go: NaN or no series is a failed check.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bench.judge.track import Ints, Track, any_of, bare_comparison, next_weight


@dataclass(slots=True)
class Flagger:
    """The default threshold is 1 (GetAnalysisThreshold).

    Documented: threshold 5, stepWeight 10, maxWeight 50 (docs/gitbook/tutorials/istio-progressive-delivery.md),
    and threshold 10 and stepWeights (usage/deployment-strategies.md).
    """

    threshold: int = 1
    weights: tuple[int, ...] = (10, 20, 30, 40, 50)
    interval: int = 2  # ticks
    failed: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def first_weight(self) -> int:
        """StepWeight."""
        return self.weights[0]

    def look(self, track: Track) -> None:
        """One `advanceCanary`."""
        if (track.now + 1) % self.interval:
            return
        if not self.failed.size:
            self.failed = np.zeros(track.world.runs, np.int64)
        track.freeze(self.failed >= self.threshold)
        breaches = bare_comparison(track, 2, whole_milliseconds=True)
        bad = any_of(breaches.over | breaches.nothing)
        self.failed = self.failed + (bad & track.alive)
        track.raise_to(~bad, next_weight(track.weight, self.weights))
