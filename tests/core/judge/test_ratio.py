"""ratio and shares: bad events out of all, held against the limit and against stable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promoter.core.evidence import Query, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import Rule
from tests.build import a_check
from tests.series import NOW, RULE, a_counter, a_subject, answers, share, text_of

SUBJECT = a_subject(a_check(at_most=0.01, threshold=RULE))


def verdict(
    gray: float | Callable[[float], float], stable: float = 0.0, expect: float | None = None
) -> Verdict:
    """Errors a second of gray (20 requests a second) and of stable (80)."""
    subject = a_subject(a_check(at_most=0.01, threshold=RULE, expect=expect))

    def errors(query: Query) -> list[Series] | None:
        if "errors_total" not in text_of(query):
            return None
        return [a_counter(gray if "v9-gray" in text_of(query) else stable, pod="a")]

    (found,) = judge(subject, answers(subject, errors)).verdicts
    return found


def test_the_limit_itself_is_within_and_just_above_is_over() -> None:
    assert verdict(0.2).outcome is Outcome.PASS  # 1 %
    assert verdict(0.21).outcome is Outcome.FAIL


def test_a_failure_tells_observed_limit_samples_and_stables_share() -> None:
    found = verdict(1.0, stable=0.4)
    assert (found.outcome, found.cause) == (Outcome.FAIL, Cause.OVER_LIMIT)
    assert found.observed == pytest.approx(0.05, rel=0.05)
    assert found.stable == pytest.approx(0.005, rel=0.05)
    assert found.limit == 0.01
    assert found.samples > 5_000
    assert found.breaches >= RULE.breaches


def test_stable_over_the_limit_at_the_same_time_is_the_environment() -> None:
    assert verdict(1.0, stable=4.0).cause is Cause.ENVIRONMENT


def test_no_error_series_is_no_error_while_requests_are_there() -> None:
    subject = SUBJECT
    (found,) = judge(subject, answers(subject)).verdicts
    assert (found.outcome, found.observed) == (Outcome.PASS, 0.0)


@pytest.mark.parametrize("cause", [Cause.NO_DATA, Cause.STALE])
def test_no_error_series_means_nothing_without_fresh_requests(cause: Cause) -> None:
    check = a_check(at_most=0.01, threshold=RULE)
    subject = a_subject(check)
    split = answers(subject)

    def gone(query: Query) -> list[Series] | None:
        if "requests_total" not in text_of(query) or "v9-gray" not in text_of(query):
            return None
        if cause is Cause.NO_DATA:
            return []
        series = a_counter(lambda t: 100 * share(t))
        kept = sum(1 for moment in series.times if moment <= NOW - 300)
        return [Series(series.labels, series.times[:kept], series.values[:kept])]

    health = judge(subject, answers(subject, gone))
    assert split
    assert all(found.outcome is not Outcome.PASS for found in health.verdicts)


def test_an_error_burst_in_three_windows_is_not_forgotten() -> None:
    assert verdict(lambda t: 2.0 if NOW - 560 < t < NOW - 360 else 0.0).outcome is Outcome.FAIL


def test_beyond_the_known_cost_is_a_breach() -> None:
    assert verdict(0.1, expect=0.0).outcome is Outcome.PASS
    assert verdict(0.19, stable=0.1, expect=-0.9).outcome is Outcome.FAIL


@pytest.mark.parametrize("rule", list(Rule))
def test_an_exporter_of_errors_that_died_says_nothing_of_health(rule: Rule) -> None:
    """Unknown is never healthy: the requests are fresh, but nobody counts errors any more."""
    subject = a_subject(a_check(at_most=0.01, threshold=RULE, rule=rule))

    def died(query: Query) -> list[Series] | None:
        if "errors_total" not in text_of(query):
            return None
        counted = a_counter(0.0, pod="exporter")
        kept = sum(1 for moment in counted.times if moment <= NOW - 400)
        return [Series(counted.labels, counted.times[:kept], counted.values[:kept])]

    (found,) = judge(subject, answers(subject, died)).verdicts
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.STALE)


@pytest.mark.parametrize("rule", list(Rule))
def test_errors_that_ended_with_their_process_are_no_such_silence(rule: Rule) -> None:
    subject = a_subject(a_check(at_most=0.01, threshold=RULE, rule=rule))

    def replaced(query: Query) -> list[Series] | None:
        text = text_of(query)
        if "errors_total" in text:
            counted = a_counter(0.0, pod="old")
            kept = sum(1 for moment in counted.times if moment <= NOW - 400)
            return [Series(counted.labels, counted.times[:kept], counted.values[:kept])]
        if "requests_total" not in text:
            return None
        gray = "v9-gray" in text
        return [
            a_counter(lambda t: 50 * (share(t) if gray else 1 - share(t)), pod=pod) for pod in ("old", "new")
        ]

    (found,) = judge(subject, answers(subject, replaced)).verdicts
    assert found.outcome is Outcome.PASS
