"""Kayenta (spinnaker/kayenta a69573be): gray's series against stable's, metric by metric, once a step.

- kayenta-judge/.../NetflixACAJudge.scala: Mann-Whitney with tolerance 0.25 and confidence 0.98, both literals.
- classifiers/metric/MannWhitneyClassifier.scala: High if the interval's lower end is above 0.25 |Hodges-Lehmann|
  and the effect (ratio of means) is at least allowedIncrease (1 by default); Low mirrored.
- nanStrategy remove: minutes without data are left out; no data at all is Nodata, which is no failure here.
- scorers/WeightedSumScorer.scala: a critical metric that is not Pass makes the score 0. All four are critical.
- Best practice (spinnaker.io/guides/user/canary/best-practices): at least 50 points of one minute.

It compares versions only. A limit can be given as an effect size, a multiple of what stable has: +15 % memory, -2 %
mAP, and for errors and slow requests the limit over what a healthy stable has (allowedIncrease is "minimum ratio for a
High classification", spinnaker.io/docs/guides/user/canary/judge).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.judge.cases import ERROR_LIMIT, GROWTH_LIMIT, HEALTHY_ERRORS, LADDER, MAP_WITHIN, SLOW_LIMIT
from bench.judge.noise import Floats
from bench.judge.peers.rank_tests import shift_interval
from bench.judge.track import Flags, Track, next_weight
from bench.judge.world import (
    ERRORS,
    REQUESTS,
    SLOW,
    STABLE_ERRORS,
    STABLE_REQUESTS,
    STABLE_SLOW,
    healthy_slow,
)

Z98 = 2.3263478740408408  # two-sided 98 %
TOLERANCE = 0.25
MINUTE = 2  # ticks


@dataclass(slots=True)
class Kayenta:
    """`points` minutes at each weight, then one judgement. `effects`: with effect sizes set."""

    points: int = 30
    effects: bool = False
    first_weight: int = LADDER[0]

    def look(self, track: Track) -> None:
        """The judgement at the end of a step."""
        ticks = self.points * MINUTE
        if (track.now + 1) % ticks:
            return
        bad = self._bad(track, slice(track.now + 1 - ticks, track.now + 1))
        track.freeze(bad)
        track.raise_to(~bad, next_weight(track.weight, LADDER))

    def _bad(self, track: Track, ticks: slice) -> Flags:
        counts = track.seen[:, ticks].reshape(6, self.points, MINUTE, -1).sum(axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = counts[ERRORS] / counts[REQUESTS], counts[STABLE_ERRORS] / counts[STABLE_REQUESTS]
            slow = counts[SLOW] / counts[REQUESTS], counts[STABLE_SLOW] / counts[STABLE_REQUESTS]
        world, every = track.world, slice(ticks.start + MINUTE - 1, ticks.stop, MINUTE)
        more_errors = ERROR_LIMIT / HEALTHY_ERRORS if self.effects else 1.0
        slower = SLOW_LIMIT / healthy_slow() if self.effects else 1.0
        memory = 1 + GROWTH_LIMIT if self.effects else 1.0
        quality = 1 - MAP_WITHIN if self.effects else 1.0
        bad = is_high(*errors, more_errors) | is_high(*slow, slower)
        bad |= is_high(world.gpu_gray[every], world.gpu_stable[every], memory)
        return bad | is_high(-world.map_gray[every], -world.map_stable[every], quality)


def is_high(experiment: Floats, control: Floats, allowed: float) -> Flags:
    """Whether Kayenta calls each run's metric High. Values below 0 stand for a metric whose decrease is bad."""
    low, _, estimate = shift_interval(experiment, control, Z98)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nanmean(_filled(experiment), axis=0) / np.nanmean(_filled(control), axis=0)
    falls = np.nanmean(_filled(control), axis=0) < 0
    large = np.isnan(ratio) | np.where(falls, ratio <= allowed, ratio >= allowed)
    empty = np.isnan(experiment).all(axis=0) | np.isnan(control).all(axis=0)
    high: Flags = (low > TOLERANCE * np.abs(estimate)) & large & ~empty
    return high


def _filled(sample: Floats) -> Floats:
    """The sample with a zero where a run has no data at all, so that its mean is defined."""
    filled = sample.copy()
    filled[0, np.isnan(sample).all(axis=0)] = 0.0
    return filled
