"""Can this ladder conclude at today's traffic? Requests and time for each step and check, and what would help."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

from promoter.core.judge.proportion import LEAST_AT_THE_END, LEAST_TICKS, Rule
from promoter.core.judge.sequential import bar_of
from promoter.core.judge.share_evidence import alpha_of, is_last
from promoter.core.judge.verdict import Verdict
from promoter.core.policy import Check, GaugeCheck, Policy, QuantileCheck, RatioCheck
from promoter.core.policy import Rule as CheckRule

LARGEST_LIMIT = 64  # times the present one: a limit further away is no neighbour
FINEST = 1.05  # limits are looked for in steps of 5 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a check counts on the whole route: events a second, and stable's share of bad ones (0..1)."""

    rate: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a healthy candidate needs at one step for one check.

    `percent` and `following` are the candidate's weights before and after the promotion. `requests` and `time`
    are None where it would never pass: stable itself is not inside the `bar`, or there is no traffic. For a
    gauge `time` is the least there is: its evaluations set their own pace.
    """

    check: str
    percent: Fraction
    following: Fraction
    bar: float | None
    requests: int | None
    time: timedelta | None
    share: float | None = None

    def fits(self, most: timedelta) -> bool:
        """Whether it can conclude within `bake.max`."""
        return self.time is not None and self.time <= most


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """The nearest policy that can conclude: other steps (percent), another headroom, or another limit (share)."""

    check: str
    steps: tuple[Fraction, ...] | None = None
    headroom: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One policy's forecast. `unknown` says why traffic could not be read, where it could not."""

    policy: Policy
    traffic: Mapping[str, Traffic]
    forecasts: tuple[Forecast, ...]
    unknown: tuple[str, ...] = ()


def traffic_of(verdict: Verdict) -> Traffic | None:
    """Today's traffic as a verdict's readings show it; None for a gauge, or where nothing was counted."""
    counted = [reading for reading in verdict.readings if reading.total is not None]
    seconds = sum(reading.end - reading.start for reading in counted)
    stable = sum(reading.stable_total or 0.0 for reading in counted)
    every = stable + sum(reading.total or 0.0 for reading in counted)
    if not seconds or not every:
        return None
    bad = sum(reading.stable_bad or 0.0 for reading in counted)
    return Traffic(rate=every / seconds, share=bad / stable if stable else 0.0)


def forecast(
    policy: Policy, traffic: Mapping[str, Traffic], *, above: Fraction = Fraction(0)
) -> tuple[Forecast, ...]:
    """What every step from `above` (percent) on needs, for each sequential check that is known in `traffic`."""
    return tuple(_forecasts(policy, traffic, above))


def _forecasts(policy: Policy, traffic: Mapping[str, Traffic], above: Fraction) -> Iterator[Forecast]:
    rungs = [step.percent for step in policy.steps]
    for percent, following in pairwise(rungs):
        for check in policy.checks:
            if percent < above or check.rule is not CheckRule.SEQUENTIAL:
                continue
            if isinstance(check, GaugeCheck):
                yield _gauge(policy, check, percent, following)
            elif check.name in traffic:
                yield _share(policy, check.name, check.at_most, traffic[check.name], percent, following)


def _least(policy: Policy, following: Fraction) -> timedelta:
    return (LEAST_AT_THE_END if is_last(following) else LEAST_TICKS) * policy.metrics.step


def _gauge(policy: Policy, check: GaugeCheck, percent: Fraction, following: Fraction) -> Forecast:
    time = max(_least(policy, following), policy.bake.min)
    return Forecast(
        check=check.name, percent=percent, following=following, bar=None, requests=None, time=time
    )


def _share(
    policy: Policy, check: str, limit: float, traffic: Traffic, percent: Fraction, following: Fraction
) -> Forecast:
    bar = bar_of(limit, float(following) / 100, policy.judge.headroom)
    found = Forecast(
        check=check,
        percent=percent,
        following=following,
        bar=bar,
        requests=None,
        time=None,
        share=traffic.share,
    )
    rate = traffic.rate * float(percent) / 100
    if traffic.share >= bar or rate <= 0:
        return found
    requests = _requests(policy, limit, bar, traffic.share)
    if requests is None:
        return found
    time = max(timedelta(seconds=requests / rate), _least(policy, following), policy.bake.min)
    return replace(found, requests=requests, time=time)


def _requests(policy: Policy, limit: float, bar: float, share: float) -> int | None:
    """Requests that prove the bar where the candidate is as good as stable, and nothing is known before."""
    rule = Rule.of(limit, bar, alpha=alpha_of(policy), beta=policy.judge.beta, reference=share)
    return rule.below.requests_until(-math.log(rule.beta), share)


def remedies(policy: Policy, traffic: Mapping[str, Traffic], found: Sequence[Forecast]) -> tuple[Remedy, ...]:
    """For each check that cannot conclude within `bake.max` somewhere: what is nearest that can, one by one."""
    slow = dict.fromkeys(one.check for one in found if not one.fits(policy.bake.max))
    return tuple(
        remedy
        for name in slow
        if name in traffic
        for remedy in (
            _other_steps(policy, name, traffic),
            _other_headroom(policy, name, traffic),
            _other_limit(policy, name, traffic),
        )
        if remedy is not None
    )


def _concludes(policy: Policy, name: str, traffic: Mapping[str, Traffic]) -> bool:
    only = {name: traffic[name]}
    return all(one.fits(policy.bake.max) for one in forecast(policy, only) if one.check == name)


def _other_steps(policy: Policy, name: str, traffic: Mapping[str, Traffic]) -> Remedy | None:
    """The ladder with its lowest rungs left out, or with its first one raised."""
    rungs = policy.steps
    for first in range(1, len(rungs) - 1):
        start = _lowest_start(replace(policy, steps=rungs[first - 1 :]), name, traffic)
        if start is not None:
            steps = (replace(rungs[first], percent=start), *rungs[first:])
            kept = tuple(dict.fromkeys(step.percent for step in steps))
            return Remedy(check=name, steps=kept)
    tail = replace(policy, steps=rungs[-2:])
    if len(rungs) > 2 and _concludes(tail, name, traffic):  # noqa: PLR2004 - a ladder of its last two rungs
        return Remedy(check=name, steps=tuple(step.percent for step in tail.steps))
    return None


def _lowest_start(policy: Policy, name: str, traffic: Mapping[str, Traffic]) -> Fraction | None:
    """The lowest whole percentage between the first two rungs to start at, so that the rest can conclude."""
    low, high = policy.steps[0].percent, policy.steps[1].percent
    for percent in range(math.floor(low) + 1, math.floor(high) + 1):
        steps = (replace(policy.steps[0], percent=Fraction(percent)), *policy.steps[1:])
        ladder = steps if percent < high else policy.steps[1:]
        if _concludes(replace(policy, steps=ladder), name, traffic):
            return Fraction(percent)
    return None


def _other_headroom(policy: Policy, name: str, traffic: Mapping[str, Traffic]) -> Remedy | None:
    for tenths in range(math.floor(policy.judge.headroom * 10) + 1, 11):
        judge = replace(policy.judge, headroom=tenths / 10)
        if _concludes(replace(policy, judge=judge), name, traffic):
            return Remedy(check=name, headroom=tenths / 10)
    return None


def _other_limit(policy: Policy, name: str, traffic: Mapping[str, Traffic]) -> Remedy | None:
    check = next(check for check in policy.checks if check.name == name)
    if isinstance(check, GaugeCheck):
        return None
    factor = FINEST
    while factor <= LARGEST_LIMIT and check.at_most * factor < 1:
        if _concludes(_with_limit(policy, check, check.at_most * factor), name, traffic):
            return Remedy(check=name, limit=check.at_most * factor)
        factor *= FINEST
    return None


def _with_limit(policy: Policy, check: Check, limit: float) -> Policy:
    """The policy with another share allowed to be bad; a quantile moves with it."""
    changed: Check
    match check:
        case RatioCheck():
            changed = replace(check, at_most=limit)
        case QuantileCheck():
            changed = replace(check, quantile=1 - limit)
        case GaugeCheck():
            changed = check
    checks = tuple(changed if one.name == check.name else one for one in policy.checks)
    return replace(policy, checks=checks)
