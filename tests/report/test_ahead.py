"""ahead: what lies before a rollout, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from promoter.core.decision import Decision, Kind
from promoter.core.feasibility import Forecast, Remedy, Traffic
from promoter.core.judge.verdict import WindowReading
from promoter.core.outcome import Row
from promoter.core.policy import Bake, Rule
from promoter.report.ahead import (
    ahead_lines,
    forecast_line,
    forecasts_json,
    remedy_text,
    silent_lines,
    untold_lines,
)
from tests.build import a_check, a_health, a_policy, a_situation, a_verdict

SLOW = Forecast(
    check="success-rate", percent=Fraction(1), following=Fraction(5), bar=0.00525, requests=639,
    time=timedelta(minutes=53), share=0.0001,
)  # fmt: skip


def a_row(*, most: timedelta = timedelta(hours=24), kind: Kind = Kind.WAIT) -> Row:
    policy = a_policy(checks=(a_check(rule=Rule.SEQUENTIAL),), bake=Bake(min=timedelta(minutes=10), max=most))
    windows = tuple(
        WindowReading(start=60.0 * i, end=60.0 * i + 60, bad=0, total=60, stable_bad=0, stable_total=1140)
        for i in range(10)
    )
    return Row(
        situation=a_situation(policy=policy),
        health=a_health(a_verdict(readings=windows)),
        decision=Decision(kind=kind, reasons=()),
    )


def test_a_step_tells_requests_bar_and_time() -> None:
    assert forecast_line(SLOW) == "1% → 5%  success-rate: about 640 requests under the bar 0.525%, 53 min"


def test_what_cannot_be_proven_says_why() -> None:
    stuck = replace(SLOW, requests=None, time=None, share=0.006)
    assert forecast_line(stuck).endswith("cannot be proven under the bar 0.525%: stable itself is at 0.6%")
    assert forecast_line(replace(stuck, share=None)).endswith("there is no traffic")
    assert forecast_line(replace(SLOW, bar=None, requests=None)).endswith(
        "53 min or more, as its readings come"
    )


def test_a_plan_tells_the_whole_way_in_a_line() -> None:
    (line,) = ahead_lines(a_row(), every=False)
    assert line.startswith("at today's traffic about ")
    assert line.endswith(" to 100%; success-rate at 5% → 20% takes most of it")


def test_a_verbose_plan_tells_every_step() -> None:
    lines = list(ahead_lines(a_row(), every=True))
    assert [line.split("  ")[0] for line in lines] == [
        "ahead: 5% → 20%",
        "ahead: 20% → 50%",
        "ahead: 50% → 100%",
    ]


def test_a_ladder_that_cannot_conclude_is_warned_about_with_what_would_help() -> None:
    row = a_row(most=timedelta(minutes=15))
    (first, *_) = ahead_lines(row, every=False)
    assert first.startswith("warning: 5% → 20%  success-rate: about ")
    assert first.endswith(": longer than bake.max (15 min)")
    assert any("could conclude with" in line for line in ahead_lines(row, every=True))


def test_a_ladder_without_traffic_is_warned_about() -> None:
    policy = a_policy(checks=(a_check(rule=Rule.SEQUENTIAL),))
    (line,) = silent_lines(policy, {})
    assert line == "warning: no requests were counted for success-rate: without any, no step can conclude"
    assert list(silent_lines(policy, {"success-rate": Traffic(rate=20.0, share=0.0)})) == []
    assert list(untold_lines(policy)) == []
    threshold = a_policy(checks=(a_check(rule=Rule.THRESHOLD),))
    assert list(silent_lines(threshold, {})) == []
    assert list(untold_lines(threshold)) == ["not told: success-rate (rule: threshold has no forecast)"]


def test_nothing_is_foretold_of_a_rollout_that_is_held_or_done() -> None:
    assert [list(ahead_lines(a_row(kind=kind), every=True)) for kind in (Kind.HOLD, Kind.DONE)] == [[], []]


def test_a_remedy_reads_like_the_policy() -> None:
    assert remedy_text(Remedy(check="a", steps=(Fraction(10), Fraction(50)))) == "steps: [10, 50]"
    assert remedy_text(Remedy(check="a", headroom=0.8)) == "judge: {headroom: 0.8}"
    assert remedy_text(Remedy(check="a", limit=0.00205)) == "a limit of 0.21% of requests"


def test_machines_get_numbers() -> None:
    assert forecasts_json([SLOW]) == [
        {"check": "success-rate", "from": 1.0, "to": 5.0, "bar": 0.00525, "requests": 639, "seconds": 3180}
    ]
