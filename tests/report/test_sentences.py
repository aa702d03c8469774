"""sentences: one line a human believes for every verdict, and numbers never rounded across their limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.verdict import Cause, Outcome, Verdict, WindowReading
from promoter.core.policy import Unit
from promoter.core.subject import Applied, Seen
from promoter.report.measured import shown
from promoter.report.sentences import applied_line, verdict_line, window_line
from tests.build import AT, a_proven, a_verdict
from tests.report.reports import latency, memory

OPEN = Outcome.INCONCLUSIVE
RATE = a_verdict()
NUMBERS = "0.02% of 48,210 requests bad (limit 0.05%), stable 0.02%"
PROVEN = {
    Cause.PROVEN: f"{NUMBERS}; at most 0.04% (95%, any look), bar 0.05%: proven",
    Cause.BURSTS: f"{NUMBERS}: proven request by request, but 2 bursts may come to 0.091% over time (bar 0.05%)",
    Cause.GROWING: f"{NUMBERS}: inside, but it may grow by 140 an hour and reach the limit within 2 h",
}
TOLD: list[tuple[Verdict, str]] = [
    (
        RATE,
        "0.02% of 48,210 requests bad (limit 0.05%), stable 0.02%: within the limit in 5 of 5 windows",
    ),
    (
        replace(RATE, breaches=1, stable=None),
        "0.02% of 48,210 requests bad (limit 0.05%): within the limit in 4 of 5 windows",
    ),
    (
        latency(Outcome.FAIL, observed=0.036, breaches=3),
        "over 50 ms: 3.6% of 48,210 requests (limit 1%), stable 0.12%: over the limit in 3 of 5 windows",
    ),
    (
        memory(Outcome.FAIL, cause=Cause.WORSE_THAN_STABLE, breaches=3),
        "9,120 (limit 10,120), stable 8,800: worse than stable in 3 of 5 windows",
    ),
    (
        memory(Outcome.FAIL, lower=True, observed=35.2, stable=37.3, limit=36.0, breaches=4),
        "35.2 (at least 36), stable 37.3: below the limit in 4 of 5 windows",
    ),
    (
        memory(OPEN, cause=Cause.ABOVE_BAND),
        "9,120 (limit 10,120), stable 8,800: better than stable by more than is believable, check the evaluator",
    ),
    (
        replace(RATE, outcome=OPEN, cause=Cause.UNSETTLED, breaches=2),
        f"{NUMBERS}: over the limit in 2 of 5 windows, neither proven nor failed",
    ),
    (
        a_verdict(OPEN, cause=Cause.ENVIRONMENT),
        f"environment: stable is over the limit at the same time ({NUMBERS})",
    ),
    (a_verdict(OPEN, cause=Cause.TOO_EARLY, windows=0, observed=None), "nothing counted yet"),
    (
        a_verdict(OPEN, cause=Cause.TOO_EARLY, windows=3, observed=None, eta=timedelta(minutes=4)),
        "3 of 5 windows so far; about 4 min more",
    ),
    (
        a_verdict(OPEN, needed=1_900, samples=38, eta=timedelta(minutes=30)),
        "needs about 1,900 more requests, has 38 in 5 windows; about 30 min more",
    ),
    (memory(OPEN, cause=Cause.TOO_FEW, samples=3, windows=1), "needs more readings, has 3 in 1 window"),
    (a_verdict(OPEN, cause=Cause.NO_DATA), "no data in some of the last windows"),
    (
        a_verdict(OPEN, cause=Cause.NO_DATA, query='x{version="v9"}', reason="no series"),
        'no data: no series for x{version="v9"}',
    ),
    (
        a_verdict(OPEN, cause=Cause.STALE, reason="the newest sample is 400 s old"),
        "stale: the newest sample is 400 s old",
    ),
    (a_verdict(OPEN, cause=Cause.MALFORMED, reason="NaN", query="x"), "unusable: NaN for x"),
    (a_verdict(OPEN, cause=Cause.UNREACHABLE), "unknown: no answer"),
    *((a_proven(cause=cause), told) for cause, told in PROVEN.items()),
    (a_verdict(cause=Cause.NOT_ASKED), "not asked at 0%: there are no requests to judge"),
    (memory(cause=Cause.READY, observed=3.0, limit=3.0), "3 of 3 targets are up"),
    (memory(OPEN, cause=Cause.NOT_READY, observed=1.0, limit=3.0), "1 of 3 targets are up"),
]


@pytest.mark.parametrize(("verdict", "told"), TOLD)
def test_a_verdict_is_one_sentence(verdict: Verdict, told: str) -> None:
    assert verdict_line(verdict) == told


def test_every_cause_is_told() -> None:
    assert {verdict.cause for verdict, _ in TOLD} == set(Cause)


def test_a_remark_comes_last() -> None:
    verdict = a_verdict(OPEN, note="judged at 25 ms", eta=timedelta(minutes=4))
    assert verdict_line(verdict).endswith("; about 4 min more (judged at 25 ms)")


def test_an_eta_is_told_only_while_the_verdict_is_open() -> None:
    assert "more" not in verdict_line(replace(RATE, eta=timedelta(minutes=4)))


def as_number(text: str) -> float:
    return float(text.split(" ", maxsplit=1)[0].rstrip("%").replace(",", ""))


@given(
    st.one_of(st.decimals(1, 99_999, places=2), st.decimals("0.0001", 1, places=4)).map(float),
    st.floats(-0.2, 0.2).filter(lambda part: abs(part) > 1e-9),
)
def test_a_value_is_never_shown_on_the_other_side_of_its_limit(limit: float, part: float) -> None:
    value = limit * (1 + part)
    for unit in Unit:
        verdict = replace(RATE, limit=limit, observed=value, unit=unit)
        text, other = (shown(number, verdict) for number in (value, limit))
        assert (as_number(text) > as_number(other)) == (value > limit), (text, other)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0002, Unit.SHARE, "0.02%"),
        (1e-7, Unit.SHARE, "0.00001%"),
        (0.0, Unit.SHARE, "0%"),
        (37.3, Unit.PLAIN, "37.3"),
        (123_456.7, Unit.PLAIN, "123,457"),
        (49.96, Unit.MILLISECONDS, "50 ms"),
        (9120.4, Unit.PLAIN, "9,120"),
    ],
)
def test_a_value_is_told_in_its_unit_without_an_exponent(value: float, unit: Unit, text: str) -> None:
    assert shown(value, Verdict(check="c", outcome=OPEN, cause=Cause.NO_DATA, unit=unit)) == text


def test_a_limit_is_told_as_the_policy_wrote_it_and_a_value_beside_it_stays_apart() -> None:
    verdict = memory(Outcome.FAIL, observed=36.2499, limit=36.25, lower=True, stable=None)
    for value, text in ((36.2499, "36.2"), (36.25, "36.25"), (36.2501, "36.3"), (36.2500001, "36.3")):
        line = verdict_line(replace(verdict, observed=value))
        assert line.startswith(f"{text} (at least 36.25)")
    above = replace(verdict, observed=36.2401, limit=36.24)
    assert verdict_line(above).startswith("36.2401 (at least 36.24)")


APPLIED = Applied(seen=Seen.APPLIED, since=AT, observed=4.87, requests=10_221)


@pytest.mark.parametrize(
    ("applied", "told"),
    [
        (APPLIED, "split applied: 4.87% of 10,221 requests (weight 5%)"),
        (Applied(seen=Seen.APPLIED), "split applied"),
        (Applied(seen=Seen.NOT_YET, reason="no requests"), "split not applied yet: no requests"),
        (replace(APPLIED, seen=Seen.NOT_YET), "split not applied yet: 4.87% of 10,221 requests"),
        (Applied(seen=Seen.UNKNOWN, reason="timed\nout"), "split unknown: timed out"),
        (Applied(seen=Seen.UNKNOWN), "split unknown: not asked"),
        (Applied(seen=Seen.NOT_ASKED), "no traffic is expected at 0%"),
    ],
)
def test_whether_the_split_is_applied_is_told_with_its_numbers(applied: Applied, told: str) -> None:
    assert applied_line(applied, Fraction(5)) == told


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (
            {"bad": 3, "total": 2000, "stable_bad": 1, "stable_total": 38_000, "breach": True},
            "3 of 2,000, stable 1 of 38,000: over the limit",
        ),
        ({"bad": 0, "total": 2000, "breach": False}, "0 of 2,000, stable nothing: within"),
        ({}, "nothing, stable nothing: says nothing"),
        ({"value": 0.0002, "stable_value": 0.0001, "breach": False}, "0.02%, stable 0.01%: within"),
    ],
)
def test_a_window_tells_its_numbers(reading: dict[str, float], told: str) -> None:
    found = WindowReading(start=AT.timestamp(), end=AT.timestamp() + 120, **reading)  # type: ignore[arg-type]
    assert window_line(found, RATE) == f"09:00:00-09:02:00  {told}"
