"""The cases of the benchmark: what the candidate and the stable version are like, and what is right to do.

Limits of the policy in every case: errors 0.05 %, P99 50 ms (1 % of requests over 50 ms), mAP at least 36.0
and within 2 % of stable's, GPU memory at most 15 % over stable's. Rates are long-run averages of a version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LADDER = (1, 5, 20, 50, 100)
RATES = (2, 20, 200, 2000)  # requests a second, both versions together
TICK = 30.0  # seconds
ERROR_LIMIT = 0.0005
SLOW_LIMIT = 0.01  # share over 50 ms, which is P99 <= 50 ms
MAP_FLOOR = 36.0
MAP_WITHIN = 0.02
MAP_HEALTHY = 37.5
GROWTH_LIMIT = 0.15
HEALTHY_ERRORS = 0.0001
HEALTHY_P99 = 40.0  # milliseconds


class Truth(Enum):
    """What a judge should do with the candidate of a case."""

    HEALTHY = "healthy"  # a freeze is false
    LIMIT = "limit"  # exactly at a limit: a freeze is false at rate alpha, a promotion at rate beta
    NEAR = "near"  # inside the limits on average, over one of them for minutes at a time
    HOLD = "hold"  # nobody could promote it, and the candidate is not at fault: a freeze is false
    BAD = "bad"  # reaching 100 % is a missed regression
    BURSTY = "bursty"  # over the limit only in the long run: a freeze is right, and so is a hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Bursts:
    """Short trouble: 5-30 s, about every `minutes` (gaps of 0.5-1.5 times that), on gray or on both."""

    minutes: float
    errors: float  # added to the error rate while it lasts
    slower: float  # factor on every latency while it lasts
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One world. `from_weight`: the candidate's error rate holds from this weight on, below it is healthy."""

    name: str
    title: str
    truth: Truth
    errors: float = HEALTHY_ERRORS
    stable_errors: float = HEALTHY_ERRORS
    p99: float = HEALTHY_P99
    bursts: Bursts | None = None
    from_weight: int = 0
    wobble: bool = True  # a slow common factor on all latencies: ticks are not independent
    steady: bool = False  # plain Poisson arrivals, no day curve: independent data
    map50: float = MAP_HEALTHY
    leak_minutes: float | None = None  # gray's GPU memory grows from +3 % and crosses +15 % then
    gpu_memory: float = 0.5  # how much of the GPU reading's noise is left a tick later


CASES = (
    Case(name="healthy", title="healthy with margin", truth=Truth.HEALTHY),
    Case(
        name="healthy-slow",
        title="healthy with margin, GPU noise that lasts (0.9 a tick)",
        truth=Truth.HEALTHY,
        gpu_memory=0.9,
    ),
    Case(
        name="bursts-both",
        title="bursts that hit both (every 30 min: +2 % errors, latency x2)",
        truth=Truth.HEALTHY,
        bursts=Bursts(minutes=30, errors=0.02, slower=2, shared=True),
    ),
    Case(
        name="bursts-gray",
        title="bursts on gray only, within the limit on average (every 60 min: +2 % errors, latency x2)",
        truth=Truth.HEALTHY,
        bursts=Bursts(minutes=60, errors=0.02, slower=2, shared=False),
    ),
    Case(
        name="bursts-gray-beyond",
        title="bursts on gray only, beyond the limit on average (every 20 min: +5 % errors, latency x3)",
        truth=Truth.BURSTY,
        bursts=Bursts(minutes=20, errors=0.05, slower=3, shared=False),
    ),
    Case(
        name="worse-within",
        title="3x stable's errors, yet within the limit, and bursts that hit both",
        truth=Truth.HEALTHY,
        errors=3 * HEALTHY_ERRORS,
        bursts=Bursts(minutes=30, errors=0.02, slower=2, shared=True),
    ),
    Case(
        name="sick-dependency",
        title="a sick dependency: both at 3x the error limit",
        truth=Truth.HOLD,
        errors=3 * ERROR_LIMIT,
        stable_errors=3 * ERROR_LIMIT,
    ),
    Case(
        name="limit-independent",
        title="exactly at both limits, independent data",
        truth=Truth.LIMIT,
        errors=ERROR_LIMIT,
        p99=50.0,
        wobble=False,
        steady=True,
    ),
    Case(
        name="limit-wobbly",
        title="exactly at both limits, latency wobbles",
        truth=Truth.LIMIT,
        errors=ERROR_LIMIT,
        p99=50.0,
    ),
    Case(
        name="near-47",
        title="P99 47 ms on average, and over its limit for minutes at a time",
        truth=Truth.NEAR,
        p99=47.0,
    ),
    Case(
        name="near-48",
        title="P99 48 ms on average, and over its limit for minutes at a time",
        truth=Truth.NEAR,
        p99=48.0,
    ),
    Case(name="errors-2x", title="errors 2x the limit", truth=Truth.BAD, errors=2 * ERROR_LIMIT),
    Case(name="errors-10x", title="errors 10x the limit", truth=Truth.BAD, errors=10 * ERROR_LIMIT),
    Case(name="p99-60", title="P99 60 ms instead of 40", truth=Truth.BAD, p99=60.0),
    Case(name="p99-100", title="P99 100 ms instead of 40", truth=Truth.BAD, p99=100.0),
    Case(
        name="map-2pct",
        title="mAP -2 %: exactly at `within`, above the floor",
        truth=Truth.LIMIT,
        map50=MAP_HEALTHY * (1 - MAP_WITHIN),
    ),
    Case(name="map-5pt", title="mAP -5 points", truth=Truth.BAD, map50=MAP_HEALTHY - 5),
    Case(name="leak-60", title="GPU leak: +12 % an hour", truth=Truth.BAD, leak_minutes=60),
    Case(name="leak-120", title="GPU leak: +6 % an hour", truth=Truth.BAD, leak_minutes=120),
    Case(
        name="leak-60-slow",
        title="the same +12 % an hour, GPU noise that lasts (0.9 a tick)",
        truth=Truth.BAD,
        leak_minutes=60,
        gpu_memory=0.9,
    ),
    Case(
        name="load",
        title="errors 10x the limit from 20 % of the traffic on",
        truth=Truth.BAD,
        errors=10 * ERROR_LIMIT,
        from_weight=20,
    ),
    Case(
        name="worse-than-sick",
        title="a sick dependency under both, at 3x the error limit, and a candidate that fails 5 %",
        truth=Truth.BAD,
        errors=0.05,
        stable_errors=3 * ERROR_LIMIT,
    ),
    Case(name="dead", title="candidate dead: every request fails", truth=Truth.BAD, errors=1.0),
)

BY_NAME = {case.name: case for case in CASES}


def horizon(rate: int) -> int:
    """How many ticks are simulated: 4 h, and 12 h where traffic is thin."""
    return round((12 if rate < 20 else 4) * 3600 / TICK)
