"""gauge_evidence: the bounds of a gauge together, under rule sequential."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from promoter.core.evidence import Query, RangeValues, RawSamples, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Cause, Outcome
from promoter.core.policy import Rule
from promoter.report.sentences import verdict_line
from tests.build import a_template
from tests.core.judge.gauges import LONG, evaluated, verdict
from tests.series import a_gauge, a_gauge_series, a_subject, answers


def test_the_worst_of_several_bounds_is_told() -> None:
    found = verdict(a_gauge(at_least=30.0, within=0.02), evaluated(33.0), evaluated(37.3, seed=2))
    assert (found.outcome, found.cause) == (Outcome.FAIL, Cause.WORSE_THAN_STABLE)


def test_nothing_of_stable_to_compare_with_proves_nothing() -> None:
    check = replace(a_gauge(within=0.02), rule=Rule.SEQUENTIAL)
    subject = a_subject(check, percent=100, before=50, following=None, stable_percent=Fraction(0))

    def gone(query: Query) -> list[Series] | None:
        return [] if isinstance(query, RangeValues) and "v8-stable" in query.expr else None

    (found,) = judge(subject, answers(subject, gone)).verdicts
    assert found.outcome is Outcome.INCONCLUSIVE


def test_without_stable_the_absolute_bounds_are_judged_all_the_same() -> None:
    check = replace(a_gauge(within=0.02, at_least=36.0), rule=Rule.SEQUENTIAL)
    subject = a_subject(
        check,
        percent=100,
        before=None,
        following=None,
        stable_percent=Fraction(0),
        since=LONG,
        changed_at=LONG,
    )

    def gone(query: Query) -> list[Series] | None:
        match query:
            case RangeValues(expr=expr):
                return [] if "v8-stable" in expr else [a_gauge_series(evaluated(30.0))]
            case RawSamples(selector=text) if "v8-stable" in text:
                return []
        return None

    (found,) = judge(subject, answers(subject, gone)).verdicts
    assert (found.outcome, found.cause) == (Outcome.FAIL, Cause.OVER_LIMIT)


def test_several_series_of_published_errors_are_not_guessed_among() -> None:
    check = replace(a_gauge(at_least=36.0), rule=Rule.SEQUENTIAL, stderr=a_template("map50_error"))
    subject = a_subject(check, since=LONG, changed_at=LONG, before=None)

    def two(query: Query) -> list[Series] | None:
        published = isinstance(query, RangeValues) and "error" in query.expr
        return [a_gauge_series(0.3), a_gauge_series(0.1)] if published else None

    (found,) = judge(subject, answers(subject, two)).verdicts
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.MALFORMED)
    assert found.query is not None
    assert "map50_error" in found.query


@pytest.mark.parametrize("broken", [1e200, -1e308, 1e-320, 0.0])
def test_readings_of_no_sensible_size_never_pass(broken: float) -> None:
    quality, memory = a_gauge(at_least=36.0, within=0.02), a_gauge(growth_at_most=0.15)
    assert verdict(quality, broken, evaluated(37.0)).outcome is not Outcome.PASS
    for check in (quality, memory):
        assert verdict(check, evaluated(37.0), broken).outcome is not Outcome.PASS


def test_growth_over_a_stable_that_uses_nothing_cannot_be_told() -> None:
    found = verdict(a_gauge(growth_at_most=0.15), 20.0, 0.0)
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.NO_DATA)
    assert "stable's reading is 0" in verdict_line(found)
