"""What a policy means: frozen values, with defaults filled in. How it is written is `policy/read.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta, tzinfo
from enum import StrEnum
from fractions import Fraction

from promoter.core.promql import Template
from promoter.core.route import RouteRef, WorkloadRef


class Merge(StrEnum):
    """Who merges a promotion's proposal."""

    APPROVAL = "approval"
    AUTO = "auto"
    OBSERVE = "observe"


class OnFail(StrEnum):
    """What a failed check leads to."""

    FREEZE = "freeze"
    ROLLBACK = "rollback"


class Rule(StrEnum):
    """How a check's evidence becomes a verdict."""

    SEQUENTIAL = "sequential"  # evidence with stated error rates, valid at every look
    THRESHOLD = "threshold"  # M of N windows


class Unit(StrEnum):
    """What a check's observed value and limit are counted in, for the words of its verdict."""

    SHARE = "share"  # 0..1, shown in percent
    MILLISECONDS = "ms"
    PLAIN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung of the ladder; `merge` and `bake` override the policy's where given."""

    percent: Fraction
    merge: Merge | None = None
    bake: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bake:
    """How long a step is proven: at least `min`; past `max` a human is asked."""

    min: timedelta
    max: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A weekly span of local time in which promotions may happen.

    `days` are ISO weekdays (Monday = 1) on which the span *starts*; a span whose end is not after its
    start ends on the next day. `text` is how the policy wrote it.
    """

    days: frozenset[int]
    start: time
    end: time
    zone: tzinfo
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Another rollout that must be at `percent` or above for `bake` before this one may go on."""

    rollout: str
    percent: Fraction
    bake: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """Error rates per rollout and step (shares) and the part of the error budget lent to gray."""

    alpha: float = 0.05
    beta: float = 0.05
    headroom: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """How to ask: evaluation resolution, tenant header, and how old the newest sample may be."""

    step: timedelta = timedelta(seconds=30)
    tenant: str | None = None
    freshness: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """M of N windows: `breaches` of any `last` consecutive windows over the limit fail the check.

    `window` is one window's length; `min_samples` is the least number of requests (counters) or
    readings (gauges) over the last N windows that can pass.
    """

    window: timedelta = timedelta(minutes=2)
    last: int = 5
    breaches: int = 3
    min_samples: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCheck:
    """Share of bad events: counter selectors for the bad ones and for all; limit in 0..1."""

    name: str
    bad: Template
    total: Template
    at_most: float
    expect: float | None = None  # known relative cost over stable: 1.0 = +100 %
    on_fail: OnFail
    rule: Rule
    threshold: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileCheck:
    """A latency quantile, judged as the share of requests above a limit, from histogram buckets.

    `bucket` and `count` are selectors of the `_bucket` and `_count` series; `limit` is in the metric's
    own unit, `shown` the same limit in `unit` for people; at most `1 - quantile` may lie above it.
    """

    name: str
    bucket: Template
    count: Template
    quantile: float
    limit: float
    scale: float  # metric unit -> shown unit (seconds -> ms: 1000)
    unit: Unit
    expect: float | None = None
    on_fail: OnFail
    rule: Rule
    threshold: Threshold

    @property
    def at_most(self) -> float:
        """The share of requests that may be above the limit."""
        return round(1 - self.quantile, 12)  # 0.01, not 0.010000000000000009


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeCheck:
    """A reading with absolute bounds, or bounds relative to stable's reading (shares of it)."""

    name: str
    gauge: Template
    selectors: tuple[Template, ...] = ()  # the plain selectors in it, whose samples must be fresh
    at_least: float | None = None
    at_most: float | None = None
    within: float | None = None  # both directions: |gray - stable| <= within * |stable|
    growth_at_most: float | None = None  # gray <= stable * (1 + growth)
    expect: float | None = None  # known relative difference, added to what growth or within allow
    stderr: Template | None = None  # the standard error that the evaluator publishes beside its reading
    samples: Template | None = None  # or how many samples it evaluated
    on_fail: OnFail
    rule: Rule
    threshold: Threshold

    @property
    def relative(self) -> bool:
        """Whether stable's reading is needed."""
        return self.within is not None or self.growth_at_most is not None


Check = RatioCheck | QuantileCheck | GaugeCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Several candidates climb together up to `hold_at`; `objective` would pick the winner there."""

    hold_at: Fraction
    objective: str | None = None
    maximize: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One rollout's rules."""

    name: str
    file: str  # where it was read, relative to the repository
    route: RouteRef
    stable: str
    candidates: tuple[str, ...]
    workloads: tuple[tuple[str, WorkloadRef], ...] = ()
    steps: tuple[Step, ...]
    merge: Merge = Merge.APPROVAL
    bake: Bake
    settle: timedelta = timedelta(seconds=90)
    apply_deadline: timedelta = timedelta(minutes=15)
    on_fail: OnFail = OnFail.FREEZE
    windows: tuple[Window, ...] = ()
    after: tuple[After, ...] = ()
    judge: JudgeSettings = JudgeSettings()
    metrics: MetricsSettings = MetricsSettings()
    requests: Template  # counter of requests by version, to see the split
    ready: Template  # 1 per healthy target of a version
    checks: tuple[Check, ...]
    experiment: Experiment | None = None
    notify: tuple[str, ...] = ()  # names of environment variables that hold apprise URLs
    dispatch: str | None = None  # repository_dispatch event type sent on a freeze

    @property
    def versions(self) -> tuple[str, ...]:
        """Stable first, then the candidates."""
        return (self.stable, *self.candidates)

    def merge_at(self, step: Step) -> Merge:
        """Who merges the promotion *to* this step."""
        return step.merge or self.merge
