"""counts: which windows a rule is given, and which of them are of this step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.counting import Increments, Windows
from promoter.core.judge.counts import span_of
from promoter.core.judge.material import Material
from promoter.core.policy import Rule
from tests.build import a_check
from tests.series import BEGAN, RULE, a_subject


def material(rule: Rule, climbing: timedelta = timedelta(0)) -> Material:
    check = a_check(threshold=RULE, rule=rule)
    subject = replace(a_subject(check), climbing_since=BEGAN - climbing)
    return Material(subject=subject, check=check, answers={}, start=BEGAN.timestamp())


def test_the_threshold_rule_sees_only_windows_of_the_step() -> None:
    span = span_of(material(Rule.THRESHOLD))
    assert (span.windows.start, span.first, span.windows.count) == (BEGAN.timestamp(), 0, 10)


def test_the_sequential_rule_sees_half_an_hour_before_the_step() -> None:
    span = span_of(material(Rule.SEQUENTIAL))
    assert (span.first, span.remembered) == (60, 60)
    assert span.windows.bounds(span.first)[0] == BEGAN.timestamp()
    assert span.windows.count == 60 + 20


@pytest.mark.parametrize(("minutes", "remembered"), [(10, 40), (90, 0)])
def test_it_remembers_the_candidates_climb(minutes: int, remembered: int) -> None:
    assert span_of(material(Rule.SEQUENTIAL, timedelta(minutes=minutes))).remembered == remembered


def test_it_remembers_two_hours_at_most() -> None:
    assert span_of(material(Rule.SEQUENTIAL, timedelta(hours=9))).first == 240


@given(
    st.lists(st.tuples(st.floats(0, 3600), st.integers(0, 50)), max_size=60), st.sampled_from([2, 3, 4, 10])
)
def test_splitting_windows_never_changes_what_is_counted(
    samples: list[tuple[float, int]], parts: int
) -> None:
    ordered = sorted(samples)
    risen = tuple(accumulate((float(k) for _, k in ordered), initial=0.0))
    grown = [Increments({}, tuple(t for t, _ in ordered), risen)]
    coarse = Windows(0.0, 120.0, 30).totals(grown)
    fine = Windows(0.0, 120.0 / parts, 30 * parts).totals(grown)
    assert sum(coarse) == sum(fine)
    if parts in (2, 4):  # lengths that floats hold exactly
        assert [sum(fine[i * parts : (i + 1) * parts]) for i in range(30)] == coarse
