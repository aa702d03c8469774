"""share_evidence: ratios and quantiles under rule sequential, from Prometheus' series to a verdict."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.evidence import Answer, Query, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.material import MOST_READINGS
from promoter.core.judge.proportion import LEAST_AT_THE_END, LEAST_TICKS, Tick
from promoter.core.judge.share_evidence import MOMENTS, alpha_of, proven_over
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import JudgeSettings, Rule
from promoter.core.subject import Subject
from tests.build import a_check, a_policy
from tests.series import AT, BEGAN, NOW, a_counter, a_quantile, a_subject, answers, share, text_of

CHECK = a_check(at_most=0.01, rule=Rule.SEQUENTIAL)
Rate = float | Callable[[float], float]


def subject(**changes: object) -> Subject:
    return a_subject(CHECK, **changes)  # type: ignore[arg-type]


def verdict(gray: Rate, stable: Rate = 0.0, about: Subject | None = None) -> Verdict:
    """Errors a second of gray (20 requests a second) and of stable (80)."""
    about = about or subject()

    def errors(query: Query) -> list[Series] | None:
        if "errors_total" not in text_of(query):
            return None
        return [a_counter(gray if "v9-gray" in text_of(query) else stable, pod="a")]

    (found,) = judge(about, answers(about, errors)).verdicts
    return found


def test_clean_requests_pass_with_a_bound_under_the_bar() -> None:
    found = verdict(0.0)
    assert (found.outcome, found.cause) == (Outcome.PASS, Cause.PROVEN)
    assert found.proof is not None
    assert found.proof.bound is not None
    assert 0 < found.proof.bound < found.proof.bar == pytest.approx(0.015)
    assert found.proof.ticks == 20
    assert found.samples == pytest.approx(12_000, rel=0.05)


def test_errors_over_the_limit_fail() -> None:
    found = verdict(1.0)
    assert (found.outcome, found.cause) == (Outcome.FAIL, Cause.OVER_LIMIT)
    assert found.observed == pytest.approx(0.05, rel=0.05)
    assert found.proof is not None
    assert found.proof.relative


def test_errors_over_the_limit_that_stable_has_too_are_the_environment() -> None:
    assert verdict(1.0, stable=4.0).cause is Cause.ENVIRONMENT


def test_a_candidate_that_fails_all_beside_a_sick_stable_is_frozen_and_all_of_it_is_told() -> None:
    found = verdict(20.0, stable=8.0)  # 100 and 10 %
    assert found.proof is not None
    assert found.proof.masked == found.proof.ticks > 0
    assert (found.outcome, found.cause) == (Outcome.FAIL, Cause.OVER_LIMIT)
    assert found.observed == 1.0
    assert found.samples == pytest.approx(12_000, rel=0.05)
    shared = verdict(2.0, stable=8.0)
    assert shared.cause is Cause.ENVIRONMENT
    assert shared.observed == pytest.approx(0.1, rel=0.05)  # not "nothing of 0 requests"


@pytest.mark.parametrize("stable", [0.0, 4.0, 8.0])
@pytest.mark.parametrize("began", [540.0, 270.0, 60.0])
def test_the_trail_never_shows_more_than_the_proof(began: float, stable: float) -> None:
    for ended in (0.0, began / 2):
        gray = partial(_for_a_while, 20.0, began, ended)
        found = verdict(gray, stable=partial(_for_a_while, stable, began, ended))
        assert found.proof is not None
        assert found.proof.over is not None
        assert max(moment.over for moment in found.proof.trail) <= found.proof.over + 1e-9


def _for_a_while(rate: float, began: float, ended: float, moment: float) -> float:
    return rate if NOW - began < moment <= NOW - ended else 0.0


def test_too_few_requests_say_how_many_more_and_about_how_long() -> None:
    young = AT - timedelta(seconds=130)
    found = verdict(0.0, about=subject(since=young, changed_at=young, before=None, following=None))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.eta is not None
    assert found.eta >= timedelta(minutes=6)  # 16 ticks before all traffic, four were seen


def test_only_the_last_step_takes_more_ticks_whatever_the_headroom() -> None:
    for headroom in (0.0, 0.5):
        policy = replace(subject().policy, judge=JudgeSettings(headroom=headroom))
        least = {
            following: verdict(0.0, about=subject(policy=policy, following=following)).windows_needed
            for following in (Fraction(50), Fraction(100), None)
        }
        assert least == {Fraction(50): LEAST_TICKS, Fraction(100): LEAST_AT_THE_END, None: LEAST_AT_THE_END}


def test_a_share_between_limit_and_bar_does_not_fail_and_says_so() -> None:
    found = verdict(0.19, about=subject(following=Fraction(100)))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert (found.cause, found.needed is None or found.needed > 10_000) == (Cause.TOO_FEW, True)


def test_the_error_rate_is_shared_over_checks_and_steps() -> None:
    assert alpha_of(a_policy(checks=(CHECK, CHECK))) == pytest.approx(0.05 / 10)


def test_readings_and_trail_are_bounded_and_cover_the_step() -> None:
    long = AT - timedelta(hours=6)
    found = verdict(0.0, about=subject(since=long, changed_at=long, before=None))
    assert found.proof is not None
    assert 0 < len(found.readings) <= MOST_READINGS
    assert found.readings[-1].end == NOW
    assert sum(window.total or 0 for window in found.readings) == found.samples
    assert len(found.proof.trail) == MOMENTS
    assert found.proof.trail[-1].at == NOW


def test_bursts_of_the_climb_are_told() -> None:
    def burst(moment: float) -> float:
        return 3.0 if NOW - 900 < moment <= NOW - 870 else 0.0  # before this step

    about = subject(following=Fraction(100), climbing_since=BEGAN - timedelta(minutes=12))
    found = verdict(burst, about=about)
    assert found.cause is Cause.BURSTS
    assert found.proof is not None
    assert found.proof.bursts == 1
    assert found.eta is not None
    resumed = verdict(burst, about=subject(following=Fraction(100)))
    assert resumed.outcome is Outcome.PASS


def test_at_the_top_the_limit_alone_decides() -> None:
    about = subject(percent=100, before=50, following=None, stable_percent=Fraction(0))

    def all_traffic(query: Query) -> list[Series] | None:
        gray = "v9-gray" in text_of(query)
        after = BEGAN.timestamp()
        if "errors" in text_of(query):
            return [a_counter(lambda t: 5.0 if t > after else 0.0, pod="a")] if gray else []
        if "requests" in text_of(query):
            return [
                a_counter(lambda t: 100.0 if (t > after) == gray else 50.0 if t <= after else 0.0, pod="a")
            ]
        return None

    (found,) = judge(about, answers(about, all_traffic)).verdicts
    assert found.outcome is Outcome.FAIL
    assert found.proof is not None
    assert not found.proof.relative


def test_latency_is_the_share_over_the_limit() -> None:
    latency = a_subject(replace(a_quantile(), rule=Rule.SEQUENTIAL))

    def slow(query: Query) -> list[Series] | None:
        text = text_of(query)
        if "bucket" not in text or "v9-gray" not in text:
            return None
        fast = [
            a_counter(lambda t: 100 * share(t) * 0.9, pod=text[-12:], le=edge) for edge in ("25.0", "50.0")
        ]
        return [*fast, a_counter(lambda t: 100 * share(t), pod=text[-12:], le="+Inf")]

    (healthy,) = judge(latency, answers(latency)).verdicts
    (found,) = judge(latency, answers(latency, slow)).verdicts
    assert healthy.outcome is Outcome.PASS
    assert found.outcome is Outcome.FAIL
    assert found.observed == pytest.approx(0.1, rel=0.05)


def _grows(rate: float, *, gray: bool) -> Callable[[float], float]:
    return lambda moment: rate * (share(moment) if gray else 1 - share(moment))


@given(st.randoms(use_true_random=False))
def test_the_order_of_series_changes_nothing(shuffle: random.Random) -> None:
    about = subject()

    def pods(query: Query) -> list[Series] | None:
        gray = "v9-gray" in text_of(query)
        rate = 0.02 if "errors" in text_of(query) else 1.0
        if "total" not in text_of(query):
            return None
        return [a_counter(_grows(rate * (10 + number), gray=gray), pod=f"p{number}") for number in range(5)]

    plain = answers(about, pods)
    mixed = {}
    for query, answer in plain.items():
        assert isinstance(answer, Answer)
        series = list(answer.series)
        shuffle.shuffle(series)
        mixed[query] = Answer(tuple(series))
    assert judge(about, mixed) == judge(about, plain)


def test_a_share_by_itself_is_proven_over_a_limit_or_not() -> None:
    assert proven_over([Tick(5, 5, 100)] * 6, 0.01, 0.0025, relative=False)
    assert not proven_over([Tick(1, 1, 100)] * 6, 0.01, 0.0025, relative=False)
    shared = Tick(5, 5, 100, 20, 20, 400)
    assert not proven_over([shared] * 6, 0.01, 0.0025, relative=True)


EDGES = ("10", "25", "50", "+Inf")
FAST, SLOW = (0.995, 1.0, 1.0, 1.0), (0.7, 0.95, 0.999, 1.0)  # shares within these edges


def _latency(gray_later: tuple[float, ...], stable_later: tuple[float, ...]) -> Verdict:
    """Both fast at first; from two minutes into the step on, as given. Twice stable's latency is expected."""
    about = a_subject(replace(a_quantile(50.0, expect=1.0), rule=Rule.SEQUENTIAL))
    change = BEGAN.timestamp() + 120

    def histogram(query: Query) -> list[Series] | None:
        if "latency" not in text_of(query):
            return None
        gray = "v9-gray" in text_of(query)
        later = gray_later if gray else stable_later

        def rate(index: int, moment: float) -> float:
            served = 100 * (share(moment) if gray else 1 - share(moment))
            return served * (FAST if moment < change else later)[index]

        if "count" in text_of(query):
            return [a_counter(partial(rate, 3), start=NOW - 4000, pod="a")]
        return [
            a_counter(partial(rate, index), start=NOW - 4000, pod="a", le=le)
            for index, le in enumerate(EDGES)
        ]

    (found,) = judge(about, answers(about, histogram)).verdicts
    return found


def test_slower_than_stable_by_more_than_the_known_cost_fails_inside_the_limit() -> None:
    found = _latency(SLOW, FAST)
    assert (found.outcome, found.cause) == (Outcome.FAIL, Cause.WORSE_THAN_STABLE)
    assert found.note == "slower than stable's with its known cost: over 25 ms"


def test_both_versions_slower_inside_the_limit_is_not_the_candidates_fault() -> None:
    assert _latency(SLOW, SLOW).outcome is not Outcome.FAIL
    assert _latency(FAST, FAST).outcome is Outcome.PASS


def test_what_happens_while_the_weight_settles_is_not_remembered() -> None:
    def cold_start(moment: float) -> float:
        return 3.0 if BEGAN.timestamp() < moment <= BEGAN.timestamp() + 60 else 0.0

    settling = replace(subject().policy, settle=timedelta(seconds=90))
    about = subject(policy=settling, following=Fraction(50), climbing_since=BEGAN - timedelta(minutes=12))
    found = verdict(cold_start, about=about)
    assert found.proof is not None
    assert found.proof.bursts == 0
    assert found.outcome is Outcome.PASS
