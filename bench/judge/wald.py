"""How many requests a verdict takes, against the least that any sequential test could take on average.

A. Wald, Annals of Mathematical Statistics 16 (1945): a test of p0 against p1 with error rates a (p0 rejected)
and b (p1 rejected) needs, under p1, at least ((1-b) ln((1-b)/a) + b ln(b/(1-a))) / KL(p1 || p0) events on average.
Data are independent here: binomial counts, no wobble, no bursts.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from bench.judge.cases import ERROR_LIMIT, HEALTHY_ERRORS, LADDER, SLOW_LIMIT
from bench.judge.settings import Settings, check_alpha
from promoter.core.judge.proportion import Rule, Standing, Tick, advance, begin, failed, standing
from promoter.core.judge.sequential import bar_of

STABLE_PER_GRAY = 19  # gray at 5 %
HEALTHY_SLOW = 0.00146
FAILS = (
    ("errors 2x", ERROR_LIMIT, HEALTHY_ERRORS, 2.0),
    ("errors 4x", ERROR_LIMIT, HEALTHY_ERRORS, 4.0),
    ("errors 10x", ERROR_LIMIT, HEALTHY_ERRORS, 10.0),
    ("errors 30x", ERROR_LIMIT, HEALTHY_ERRORS, 30.0),
    ("slow 1.5x", SLOW_LIMIT, HEALTHY_SLOW, 1.5),
    ("slow 3.6x", SLOW_LIMIT, HEALTHY_SLOW, 3.6),
    ("slow 17x", SLOW_LIMIT, HEALTHY_SLOW, 17.0),
)
PER_BOUND = (40, 10, 3)  # ticks that the bound's requests are spread over
GIVE_UP = 60  # times the bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Mean requests of gray to a verdict, and the bound. `missed` runs gave none within GIVE_UP bounds."""

    verdict: str
    name: str
    ticks: int
    bound: float
    mean: float
    error: float  # standard error of the mean
    missed: int
    runs: int


def bound(p1: float, p0: float, a: float, b: float) -> float:
    """Wald's lower bound on the mean number of events under p1."""
    apart = p1 * math.log(p1 / p0) + (1 - p1) * math.log((1 - p1) / (1 - p0))
    return ((1 - b) * math.log((1 - b) / a) + b * math.log(b / (1 - a))) / apart


def to_fail(name: str, limit: float, stable: float, times: float, ticks: int, runs: int) -> Measured:
    """Requests to a FAIL at `times` the limit."""
    settings = Settings()
    least = bound(times * limit, limit, check_alpha(settings), settings.beta)
    bar = bar_of(limit, LADDER[2] / 100, settings.headroom)
    rule = Rule.of(limit, bar, alpha=check_alpha(settings), beta=settings.beta, reference=stable)
    size = least / ticks
    found = []
    for rng in generators(runs, round(times * 10), ticks):
        state, total = begin(rule), 0
        for _ in range(GIVE_UP * ticks):
            tick = _tick(rng, size, times * limit, stable)
            total += round(tick.total)
            state = advance(rule, state, tick)
            if failed(rule, state):
                found.append(total)
                break
    return _measured("fail", name, ticks, least, found, runs)


def to_pass(step: int, limit: float, healthy: float, ticks: int, runs: int) -> Measured:
    """Requests to a PASS of a healthy candidate at a step's bar."""
    settings = Settings()
    bar = bar_of(limit, LADDER[step + 1] / 100, settings.headroom)
    least = bound(healthy, bar, settings.beta, settings.beta)
    alpha, last = check_alpha(settings), step == len(LADDER) - 2
    rule = Rule.of(limit, bar, alpha=alpha, beta=settings.beta, reference=healthy).at(last=last)
    size = least / ticks
    found = []
    for rng in generators(runs, 1000 + step, ticks):
        state, total = begin(rule), 0
        for _ in range(GIVE_UP * ticks):
            tick = _tick(rng, size, healthy, healthy)
            total += round(tick.total)
            state = advance(rule, state, tick)
            if standing(rule, state) is Standing.PROVEN:
                found.append(total)
                break
    name = f"{LADDER[step]} to {LADDER[step + 1]} %: bar {bar * 100:g} %"
    return _measured("pass", name, ticks, least, found, runs)


def generators(runs: int, *key: int) -> list[np.random.Generator]:
    """One seeded generator for each run."""
    return [np.random.default_rng((7, run, *key)) for run in range(runs)]


def _tick(rng: np.random.Generator, size: float, gray: float, stable: float) -> Tick:
    total, other = int(rng.poisson(size)), int(rng.poisson(size * STABLE_PER_GRAY))
    bad, worse = int(rng.binomial(total, gray)), int(rng.binomial(other, stable))
    return Tick(bad, bad, total, worse, worse, other)


def _measured(verdict: str, name: str, ticks: int, least: float, found: list[int], runs: int) -> Measured:
    values = np.array(found, float)
    mean = float(values.mean()) if found else math.nan
    error = float(values.std(ddof=1) / math.sqrt(len(found))) if len(found) > 1 else math.nan
    return Measured(
        verdict=verdict,
        name=name,
        ticks=ticks,
        bound=least,
        mean=mean,
        error=error,
        missed=runs - len(found),
        runs=runs,
    )


def measure(task: tuple[str, int, int, int]) -> dict[str, object]:
    """One row of the table, from (verdict, row, ticks, runs)."""
    verdict, row, ticks, runs = task
    if verdict == "fail":
        return asdict(to_fail(*FAILS[row], ticks, runs))
    return asdict(to_pass(row, ERROR_LIMIT, HEALTHY_ERRORS, ticks, runs))


def tasks(runs: int) -> list[tuple[str, int, int, int]]:
    """Every row of the table."""
    fails = [("fail", row, ticks, runs) for row in range(len(FAILS)) for ticks in PER_BOUND]
    return fails + [("pass", step, 40, runs) for step in range(len(LADDER) - 1)]
