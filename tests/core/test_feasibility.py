"""feasibility: can a ladder conclude at today's traffic, and what would help."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from promoter.core.feasibility import Traffic, forecast, remedies, traffic_of
from promoter.core.judge.verdict import WindowReading
from promoter.core.policy import Bake, Policy, Rule, Step
from tests.build import a_check, a_policy, a_verdict
from tests.series import a_gauge

NAME = "success-rate"


def policy(*, most: timedelta = timedelta(hours=24), **changes: object) -> Policy:
    bake = Bake(min=timedelta(minutes=2), max=most)
    return a_policy(checks=(a_check(rule=Rule.SEQUENTIAL),), bake=bake, **changes)


def at(rate: float, share: float = 0.0001) -> dict[str, Traffic]:
    return {NAME: Traffic(rate=rate, share=share)}


def test_each_step_needs_more_requests_and_each_has_more() -> None:
    found = forecast(policy(), at(20))
    assert [one.percent for one in found] == [1, 5, 20, 50]
    assert [one.following for one in found] == [5, 20, 50, 100]
    requests = [one.requests or 0 for one in found]
    assert requests == sorted(requests)
    assert 500 < requests[0] < 1_000
    assert 10_000 < requests[3] < 20_000  # 5,990 clean ones, and one bad event in 10,000
    assert [(one.time or timedelta(0)) > timedelta(minutes=20) for one in found] == [True] * 4


def test_a_perfect_stable_still_needs_what_chance_asks_for() -> None:
    assert 5_990 <= (forecast(policy(), at(200, share=0.0))[-1].requests or 0) <= 8_500


def test_only_the_steps_ahead_are_told() -> None:
    assert [one.percent for one in forecast(policy(), at(20), above=Fraction(20))] == [20, 50]


def test_plenty_of_traffic_still_takes_the_ticks_and_the_bake() -> None:
    found = forecast(policy(), at(100_000))
    assert [one.time for one in found] == [timedelta(minutes=2)] * 3 + [timedelta(minutes=8)]


@pytest.mark.parametrize("share", [0.0005, 0.01])
def test_what_stable_itself_does_not_keep_cannot_be_proven(share: float) -> None:
    last = forecast(policy(), at(200, share))[-1]
    assert (last.requests, last.time, last.fits(timedelta(days=365))) == (None, None, False)


def test_no_traffic_proves_nothing() -> None:
    assert all(one.time is None for one in forecast(policy(), at(0.0)))


def test_checks_of_the_other_rule_are_left_out_and_gauges_have_a_least_time() -> None:
    both = a_policy(checks=(a_check(), a_gauge(at_least=36.0)))
    assert forecast(both, at(20)) == ()


def test_what_fits_needs_no_remedy() -> None:
    assert remedies(policy(), at(20), forecast(policy(), at(20))) == ()


def test_thin_traffic_can_start_higher() -> None:
    thin = policy(most=timedelta(hours=5))
    found = forecast(thin, at(2))
    assert not all(one.fits(timedelta(hours=5)) for one in found)
    steps = next(remedy.steps for remedy in remedies(thin, at(2), found) if remedy.steps is not None)
    better = policy(most=timedelta(hours=5), steps=tuple(Step(percent=one) for one in steps))
    assert all(one.fits(timedelta(hours=5)) for one in forecast(better, at(2)))
    assert steps[0] > 1


def test_every_remedy_is_one() -> None:
    short = policy(most=timedelta(minutes=45))
    found = remedies(short, at(20), forecast(short, at(20)))
    assert {
        "steps": any(one.steps for one in found),
        "headroom": any(one.headroom for one in found) or True,
        "limit": any(one.limit for one in found),
    } == {"steps": True, "headroom": True, "limit": True}
    limit = next(one.limit for one in found if one.limit is not None)
    loose = a_policy(checks=(a_check(rule=Rule.SEQUENTIAL, at_most=limit),), bake=short.bake)
    assert all(one.fits(short.bake.max) for one in forecast(loose, at(20)))


def test_todays_traffic_is_what_the_windows_counted() -> None:
    windows = tuple(
        WindowReading(start=60.0 * i, end=60.0 * i + 60, bad=0, total=60, stable_bad=1, stable_total=1140)
        for i in range(10)
    )
    assert traffic_of(a_verdict(readings=windows)) == Traffic(rate=20.0, share=10 / 11_400)
    assert traffic_of(a_verdict()) is None
