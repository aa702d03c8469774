"""What lies ahead of a rollout at today's traffic: requests and time for each step and check, and what would help."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from promoter.core.decision import Kind
from promoter.core.feasibility import Forecast, Remedy, Traffic, forecast, remedies, traffic_of
from promoter.core.outcome import Row
from promoter.core.policy import GaugeCheck, Policy, Rule
from promoter.core.weights import format_percent
from promoter.report.measured import number
from promoter.report.numbers import duration, one_line

_ON_THE_WAY = frozenset({Kind.WAIT, Kind.PROMOTE})


def traffic_seen(row: Row) -> Mapping[str, Traffic]:
    """Today's traffic by check, as the verdicts' windows show it."""
    seen = {verdict.check: traffic_of(verdict) for verdict in row.health.verdicts}
    return {check: traffic for check, traffic in seen.items() if traffic is not None}


def forecast_of(row: Row) -> tuple[Forecast, ...]:
    """The steps that a rollout still has before it; nothing for one that is held, done or broken."""
    if row.decision.kind not in _ON_THE_WAY or row.situation.percent == 0:
        return ()
    known = traffic_seen(row)
    return forecast(row.situation.policy, known, above=row.situation.percent) if known else ()


def ahead_lines(row: Row, *, every: bool) -> Iterator[str]:
    """One line for the whole way, and one for each step that is too slow; with `every`, all of them and what helps."""
    found = forecast_of(row)
    policy = row.situation.policy
    if not found:
        return
    if every:
        yield from (f"ahead: {forecast_line(one)}" for one in found)
        yield from outlook_lines(policy, traffic_seen(row), found)
    elif all(one.fits(policy.bake.max) for one in found):
        yield f"at today's traffic about {duration(_whole(found))} to {_top(policy)}; {_pace(found)}"
    else:
        yield from slow_lines(policy, found)


def outlook_lines(policy: Policy, traffic: Mapping[str, Traffic], found: Sequence[Forecast]) -> Iterator[str]:
    """What does not fit into `bake.max`, and the nearest policies that would."""
    yield from slow_lines(policy, found)
    for remedy in remedies(policy, traffic, found):
        yield f"{one_line(remedy.check)} could conclude with {remedy_text(remedy)}"


def silent_lines(policy: Policy, traffic: Mapping[str, Traffic]) -> Iterator[str]:
    """The checks that wait for requests which nobody sends."""
    told = [
        check for check in policy.checks if not isinstance(check, GaugeCheck) and check.name not in traffic
    ]
    silent = ", ".join(one_line(check.name) for check in told if check.rule is Rule.SEQUENTIAL)
    if silent:
        yield f"warning: no requests were counted for {silent}: without any, no step can conclude"


def untold_lines(policy: Policy) -> Iterator[str]:
    """The checks of which nothing can be foretold."""
    judged = ", ".join(one_line(check.name) for check in policy.checks if check.rule is Rule.THRESHOLD)
    if judged:
        yield f"not told: {judged} (rule: threshold has no forecast)"


def slow_lines(policy: Policy, found: Sequence[Forecast]) -> Iterator[str]:
    """The steps that do not fit into `bake.max`."""
    most = f"longer than bake.max ({duration(policy.bake.max)})"
    for one in found:
        if not one.fits(policy.bake.max):
            yield f"warning: {forecast_line(one)}" + (f": {most}" if one.time is not None else "")


def _top(policy: Policy) -> str:
    return format_percent(policy.steps[-1].percent)


def _whole(found: Sequence[Forecast]) -> timedelta:
    """The time of all steps, the slowest check of each."""
    steps = dict.fromkeys(one.percent for one in found)
    return sum(
        (max(one.time or timedelta(0) for one in found if one.percent == percent) for percent in steps),
        timedelta(0),
    )


def _pace(found: Sequence[Forecast]) -> str:
    slowest = max(found, key=lambda one: one.time or timedelta(0))
    step = f"{format_percent(slowest.percent)} → {format_percent(slowest.following)}"
    return f"{one_line(slowest.check)} at {step} takes most of it"


def forecast_line(one: Forecast) -> str:
    """`1% → 5%  success-rate: about 640 requests under the bar 0.525%, 53 min`."""
    step = f"{format_percent(one.percent)} → {format_percent(one.following)}"
    head = f"{step}  {one_line(one.check)}:"
    if one.bar is None:
        return f"{head} {duration(one.time or timedelta(0))} or more, as its readings come"
    bar = f"{number(100 * one.bar, 4)}%"
    if one.requests is None or one.time is None:
        why = "there is no traffic" if not one.share else f"stable itself is at {number(100 * one.share, 3)}%"
        return f"{head} cannot be proven under the bar {bar}: {why}"
    return f"{head} about {_about(one.requests)} requests under the bar {bar}, {duration(one.time)}"


def _about(count: int) -> str:
    """Two digits are what an estimate is worth."""
    unit = 10 ** max(0, len(str(count)) - 2)
    return f"{-(-count // unit) * unit:,}"


def remedy_text(remedy: Remedy) -> str:
    """`steps: [10, 20, 50, 100]`, `headroom: 0.8` or `at_most: 0.12%`, for which check."""
    if remedy.steps is not None:
        return f"steps: [{', '.join(number(float(step), 6) for step in remedy.steps)}]"
    if remedy.headroom is not None:
        return f"judge: {{headroom: {number(remedy.headroom, 2)}}}"
    percent = 100 * (remedy.limit or 0.0)
    unit = 10.0 ** (math.floor(math.log10(percent)) - 1)
    return f"a limit of {number(math.ceil(percent / unit) * unit, 2)}% of requests"


def forecasts_json(found: Sequence[Forecast]) -> list[dict[str, Any]]:
    """For machines: one object for each step and check."""
    return [
        {
            "check": one.check,
            "from": float(one.percent),
            "to": float(one.following),
            "bar": one.bar,
            "requests": one.requests,
            "seconds": round(one.time.total_seconds()) if one.time is not None else None,
        }
        for one in found
    ]
