"""evaluations: what an exporter repeats is one reading."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.evidence import Series
from promoter.core.judge.evaluations import evaluations, of_samples, since, with_errors
from promoter.core.judge.mean import Evaluation

TIMES = (0.0, 30.0, 60.0, 90.0, 120.0)


def series(*values: float) -> Series:
    return Series((), TIMES[: len(values)], values)


def test_a_repeated_reading_is_one_evaluation() -> None:
    found = evaluations(series(37.0, 37.0, 36.5, 36.5, 37.0), None, samples=False)
    assert [(one.at, one.value) for one in found] == [(0.0, 37.0), (60.0, 36.5), (120.0, 37.0)]
    assert evaluations(None, None, samples=False) == ()


def test_a_published_error_belongs_to_its_reading() -> None:
    found = evaluations(series(37.0, 37.0), series(0.5, 0.4), samples=False)
    assert [one.error for one in found] == [0.5, 0.4]  # it changed: another evaluation


@pytest.mark.parametrize("broken", [0.0, -1.0, 1e200, float("nan"), float("inf")])
def test_a_published_error_that_is_none_counts_as_unknown(broken: float) -> None:
    assert [one.error for one in evaluations(series(37.0), series(broken), samples=False)] == [None]


def test_readings_without_a_published_error_at_their_moment_have_none() -> None:
    late = Series((), (30.0,), (0.5,))
    assert [one.error for one in evaluations(series(37.0, 36.0), late, samples=False)] == [None, 0.5]


def test_a_published_error_that_is_missing_at_times_makes_no_further_evaluation() -> None:
    sometimes = Series((), (30.0, 90.0), (0.5, 0.5))
    found = evaluations(series(37.0, 37.0, 37.0, 37.0, 36.0), sometimes, samples=False)
    assert [(one.at, one.value, one.error) for one in found] == [(0.0, 37.0, 0.5), (120.0, 36.0, None)]


def test_a_number_of_samples_bounds_the_error() -> None:
    assert of_samples(36.0, 100.0) == pytest.approx(4.8)
    assert of_samples(0.36, 100.0) == pytest.approx(0.048)
    assert of_samples(0.0, 100.0) > 0


def test_the_evaluation_that_stood_when_the_step_began_counts() -> None:
    found = evaluations(series(37.0, 37.0, 36.5, 36.5, 37.0), None, samples=False)
    assert [one.value for one in since(found, 70.0)] == [36.5, 37.0]
    assert [one.value for one in since(found, -5.0)] == [37.0, 36.5, 37.0]


def some(*values: float, error: float | None = None) -> list[Evaluation]:
    return [Evaluation(float(i), value, error) for i, value in enumerate(values)]


def test_stables_scatter_stands_in_for_an_error_that_nobody_publishes() -> None:
    stable = some(*(37.0 + (i % 5 - 2) * 0.4 for i in range(20)))
    known = with_errors(some(36.0, 36.4), stable)
    assert known is not None
    gray, other = known
    assert {one.error for one in gray} == {one.error for one in other} != {None}


def test_with_few_evaluations_both_versions_scatter_together() -> None:
    assert with_errors(some(36.0, 36.5, 37.0, 35.8), some(37.0, 37.4, 36.8, 37.1)) is not None
    assert with_errors(some(36.0, 36.5), some(37.0)) is None


def test_published_errors_are_taken_as_they_are() -> None:
    assert with_errors(some(36.0, error=0.2), []) == (tuple(some(36.0, error=0.2)), ())


@given(st.lists(st.sampled_from([37.0, 36.5, 0.0]), max_size=len(TIMES)))
def test_an_evaluator_that_publishes_no_errors_is_read_like_one_whose_errors_are_never_there(
    values: list[float],
) -> None:
    found = evaluations(series(*values), None, samples=False)
    assert found == evaluations(series(*values), Series((), (), ()), samples=False)
    assert [one.value for one in found] == [key for key, _ in groupby(values)]
