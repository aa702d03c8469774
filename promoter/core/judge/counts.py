"""What ratios and quantiles hand to a rule: both versions' events, window by window, from before the step on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from promoter.core.ask import BASELINE, remembered_from
from promoter.core.counting import Windows
from promoter.core.judge.material import Material
from promoter.core.policy import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """One version's events by window. `bad` is what surely was over the limit, `doubtful` what may have been.

    The two differ only where no bucket ends at a latency limit.
    """

    bad: Sequence[float]
    doubtful: Sequence[float]
    total: Sequence[float]


@dataclass(frozen=True, slots=True)
class Span:
    """The windows that are counted. Those before `first` are not of this step: they show what stable was like.

    From `remembered` up to `climbed` they are of the candidate's earlier steps, which are remembered; then this
    step's weight was applied and settled.
    """

    windows: Windows
    first: int = 0
    remembered: int = 0
    climbed: int = 0


def span_of(material: Material) -> Span:
    """Rule `threshold` counts windows of its own length, `sequential` one a tick and those before the step."""
    check, start, end = material.check, material.start, material.end
    if check.rule is Rule.THRESHOLD:
        return Span(Windows.complete(start, check.threshold.window.total_seconds(), end))
    tick = material.subject.policy.metrics.step.total_seconds()
    climbing = remembered_from(material.subject).timestamp()
    first = math.ceil(max(BASELINE.total_seconds(), start - climbing) / tick)
    windows = Windows(start - first * tick, tick, first + material.ticks.count)
    changed = material.subject.changed_at.timestamp()
    climbed = min(first, max(0, first - math.ceil((start - changed) / tick)))
    return Span(windows, first, max(0, first - int((start - climbing) // tick)), climbed)
