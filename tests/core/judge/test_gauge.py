"""gauge: readings are used only where they can be trusted, under either rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoter.core.evidence import InstantValue, Query, RangeValues, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import Rule
from tests.series import NOW, a_gauge, a_gauge_series, a_subject, answers

pytestmark = pytest.mark.parametrize("rule", list(Rule))


def verdict(rule: Rule, values: list[Series], age: float = 5.0) -> Verdict:
    subject = a_subject(replace(a_gauge(at_least=36.0), rule=rule))

    def found(query: Query) -> list[Series] | None:
        if isinstance(query, RangeValues) and "v9-gray" in query.expr:
            return values
        if isinstance(query, InstantValue) and "v9-gray" in query.expr:
            return [Series((), (NOW,), (NOW - age,))]
        return None

    (one,) = judge(subject, answers(subject, found)).verdicts
    return one


def test_fresh_readings_are_judged(rule: Rule) -> None:
    assert verdict(rule, [a_gauge_series(37.0)]).outcome is Outcome.PASS


def test_no_series_is_no_data(rule: Rule) -> None:
    assert verdict(rule, []).cause is Cause.NO_DATA


def test_several_series_where_one_is_expected_are_refused(rule: Rule) -> None:
    found = verdict(rule, [a_gauge_series(37.0), a_gauge_series(38.0)])
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.MALFORMED)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(rule: Rule, odd: float) -> None:
    assert verdict(rule, [a_gauge_series(lambda t: odd if t > NOW - 100 else 37.0)]).cause is Cause.MALFORMED


def test_an_old_sample_is_stale(rule: Rule) -> None:
    assert verdict(rule, [a_gauge_series(37.0)], age=400.0).cause is Cause.STALE
