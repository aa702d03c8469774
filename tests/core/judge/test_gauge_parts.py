"""gauge_parts: what every bound of a gauge shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from promoter.core.evidence import Series
from promoter.core.judge.gauge_parts import Part, recent
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Cause, Outcome
from promoter.core.policy import Rule
from tests.build import a_proof
from tests.series import AT, a_gauge, a_subject, answers


def test_a_young_step_waits_and_says_how_long() -> None:
    check = replace(a_gauge(at_most=40.0), rule=Rule.SEQUENTIAL)
    young = AT - timedelta(seconds=95)
    subject = a_subject(check, since=young, changed_at=young, before=None)
    (found,) = judge(subject, answers(subject)).verdicts
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.TOO_EARLY)
    assert found.eta is not None


def test_stables_last_ten_readings_are_what_a_reading_is_compared_with() -> None:
    values = tuple(float(value) for value in range(20))
    stable = Series((), tuple(15.0 * value for value in range(20)), values)
    assert recent(stable, 15.0 * 19) == 14.5
    assert recent(stable, -1.0) == 4.5  # the first ones, where there are none before
    assert recent(None, 0.0) is None
    assert recent(Series((), (), ()), 0.0) is None


def test_a_reading_is_beyond_its_limit_on_the_wrong_side_only() -> None:
    part = Part(
        outcome=Outcome.PASS, cause=Cause.PROVEN, observed=None, limit=36.0, lower=True, proof=a_proof()
    )
    assert [part.is_beyond(value) for value in (35.9, 36.0, None)] == [True, False, None]
    assert [replace(part, lower=False).is_beyond(value) for value in (36.1, 36.0)] == [True, False]
    assert replace(part, limit=None).is_beyond(1.0) is None
