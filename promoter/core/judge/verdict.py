"""A check's judgement: pass, fail or inconclusive, with the parts of the sentence that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from promoter.core.policy import OnFail, Unit


class Outcome(StrEnum):
    """The three values of a verdict."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Cause(StrEnum):
    """Why the verdict is what it is; `report/sentences.py` has the words."""

    WITHIN_LIMIT = "within-limit"  # pass
    PROVEN = "proven"  # pass: with a stated error rate
    OVER_LIMIT = "over-limit"  # fail: an absolute limit
    WORSE_THAN_STABLE = "worse-than-stable"  # fail: a limit relative to stable
    TOO_EARLY = "too-early"  # windows of this step are still missing
    TOO_FEW = "too-few"  # windows are there, samples are too few
    UNSETTLED = "unsettled"  # some windows over the limit, neither proven nor failed
    BURSTS = "bursts"  # proven request by request, but over the bar on average over time
    GROWING = "growing"  # inside its limit, but on the way to it
    ENVIRONMENT = "environment"  # stable fails the same check at the same time
    ABOVE_BAND = "above-band"  # better than stable by more than is believable: check the evaluator
    NO_DATA = "no-data"  # no series, or a gap where windows should be
    STALE = "stale"  # the newest sample is too old
    MALFORMED = "malformed"  # NaN, infinities, several series where one is expected, no usable bucket
    UNREACHABLE = "unreachable"  # Prometheus gave no trustworthy answer
    NOT_ASKED = "not-asked"  # at 0 % there are no requests to judge
    READY = "ready"  # at 0 %: every target is up
    NOT_READY = "not-ready"  # at 0 %: some target is down


class WindowReading(NamedTuple):
    """One window's numbers, for sparklines and the stored evidence.

    For counters `bad` of `total` events, for gauges `value`; `stable_*` the same for stable.
    `breach` is None where the window says nothing (no data, environment).
    """

    start: float
    end: float
    bad: float | None = None
    total: float | None = None
    value: float | None = None
    stable_bad: float | None = None
    stable_total: float | None = None
    stable_value: float | None = None
    breach: bool | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """How much evidence there was at a moment (Unix seconds): decimal logarithms of the factors, as in Proof.

    `over` is what it was then, which may be less than the most that there ever was.
    """

    at: float
    within: float
    over: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The numbers behind a sequential verdict.

    `alpha` and `beta` are the error rates of this check at this step; `bar` what a pass has to show, in the
    verdict's unit, and `bound` the limit of what the evidence allows (an upper one, or a lower one where the
    verdict's limit is lower): it holds at every look with probability 1 - beta. `within` and `over` are
    decimal logarithms of the evidence for "inside the bar" now and of the most there ever was for "over the limit",
    and where `relative` says so "and worse than stable"; a pass needs `within` >= log10(1/beta), a failure
    `over` >= log10(1/alpha). `ticks` of the step counted, of
    which `masked` were set aside because stable was sick; `least` are needed. `reference` is the healthy share
    that was looked for. `bursts` of bad events were seen since the candidate's first step, `average` is what
    they come to over time. `slope` is the steepest growth still possible, in the verdict's unit an hour.
    """

    alpha: float
    beta: float
    bar: float
    bound: float | None = None
    within: float | None = None
    over: float | None = None
    relative: bool = False
    ticks: int = 0
    masked: int = 0
    least: int = 0
    reference: float | None = None
    bursts: int = 0
    average: float | None = None
    slope: float | None = None
    trail: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One check's judgement over this step's evidence.

    `observed`, `stable` and `limit` are in `unit` (shares in 0..1). `samples` counts requests or gauge
    readings of the candidate; `needed` is how many more could settle it and `eta` about when.
    `query` names the query behind a missing answer; `note` is a short fact to add in brackets.
    """

    check: str
    outcome: Outcome
    cause: Cause
    unit: Unit = Unit.PLAIN
    observed: float | None = None
    stable: float | None = None
    limit: float | None = None
    lower: bool = False  # the limit is a lower bound (at_least)
    edge: float | None = None  # a latency check's own limit: `observed` is the share of requests above it
    edge_unit: Unit = Unit.PLAIN
    samples: int = 0
    breaches: int = 0
    windows: int = 0
    windows_needed: int = 0
    needed: int | None = None
    eta: timedelta | None = None
    query: str | None = None
    reason: str | None = None  # what Prometheus or the data said, for unknown health
    note: str | None = None
    on_fail: OnFail = OnFail.FREEZE
    readings: tuple[WindowReading, ...] = ()
    proof: Proof | None = None  # for rule: sequential
