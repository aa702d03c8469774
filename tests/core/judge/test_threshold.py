"""threshold: M of the last N windows, three-valued."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.threshold import Ruled, failing_stretch, ruled
from promoter.core.judge.verdict import Cause, Outcome, WindowReading
from tests.series import RULE

windows = st.lists(st.sampled_from([True, False, None]), max_size=15)


def readings(*breaches: bool | None, values: list[float] | None = None) -> list[WindowReading]:
    return [
        WindowReading(start=60.0 * i, end=60.0 * i + 60, breach=breach, value=values[i] if values else None)
        for i, breach in enumerate(breaches)
    ]


def judged(
    *breaches: bool | None, samples: int = 100, within: bool = True, sick: int = 0, counted: bool = True
) -> Ruled:
    found = readings(*breaches)
    environment = [index < sick for index in range(len(found))]
    return ruled(found, RULE, samples=samples, within=within, environment=environment, counted=counted)


F, T = False, True


def test_three_of_five_over_the_limit_fail_and_two_do_not() -> None:
    assert judged(F, F, T, T, T).outcome is Outcome.FAIL
    assert judged(F, F, F, T, T).outcome is Outcome.PASS


def test_a_failure_in_fewer_than_n_windows_is_not_waited_for() -> None:
    assert judged(T, T, T).outcome is Outcome.FAIL


def test_a_failure_long_ago_in_this_step_is_still_a_failure() -> None:
    assert judged(T, T, T, *[F] * 20).outcome is Outcome.FAIL


def test_breaches_spread_wider_than_n_windows_do_not_fail() -> None:
    assert judged(T, F, F, T, F, F, F, T, F, F, F).outcome is Outcome.PASS


def test_five_complete_windows_are_needed_and_the_eta_says_when() -> None:
    early = judged(F, F, F)
    assert (early.outcome, early.cause, early.eta) == (
        Outcome.INCONCLUSIVE,
        Cause.TOO_EARLY,
        timedelta(minutes=2),
    )
    assert judged(F, F, F, F, F).outcome is Outcome.PASS


def test_samples_on_both_sides_of_the_least() -> None:
    few = judged(F, F, F, F, F, samples=19)
    assert (few.cause, few.needed) == (Cause.TOO_FEW, 1)
    assert judged(F, F, F, F, F, samples=20).outcome is Outcome.PASS
    assert judged(F, F, F, F, F, samples=0, counted=False).outcome is Outcome.PASS


def test_a_window_that_says_nothing_proves_nothing() -> None:
    assert judged(F, F, None, F, F).cause is Cause.NO_DATA
    assert judged(None, F, F, F, F, F).outcome is Outcome.PASS


def test_a_pooled_value_over_the_limit_is_not_passed() -> None:
    assert judged(F, F, F, F, T, within=False).cause is Cause.UNSETTLED


def test_mostly_sick_windows_are_the_environments() -> None:
    assert judged(None, None, None, F, F, sick=3).cause is Cause.ENVIRONMENT
    assert judged(None, None, F, F, F, sick=2).cause is not Cause.ENVIRONMENT


def test_a_reading_that_is_repeated_is_one_piece_of_evidence_unless_it_fills_all_windows() -> None:
    odd = readings(T, T, T, F, F, values=[30.0, 30.0, 30.0, 37.0, 37.1])
    assert failing_stretch(odd, RULE) is None
    three = readings(T, T, T, F, F, values=[30.0, 30.1, 30.2, 37.0, 37.1])
    assert failing_stretch(three, RULE) == range(3)
    constant = readings(T, T, T, T, T, values=[30.0] * 5)
    assert failing_stretch(constant, RULE) == range(5)


@given(windows, st.integers(0, 14), st.integers(0, 40), st.booleans())
def test_one_more_breach_never_moves_a_verdict_towards_pass(
    breaches: list[bool | None],
    place: int,
    samples: int,
    within: bool,  # noqa: FBT001
) -> None:
    if place >= len(breaches):
        return
    worse = [*breaches[:place], True, *breaches[place + 1 :]]
    order = {Outcome.PASS: 0, Outcome.INCONCLUSIVE: 1, Outcome.FAIL: 2}
    if breaches[place] is None:  # a window that says more may settle what was open
        return
    before = judged(*breaches, samples=samples, within=within)
    after = judged(*worse, samples=samples, within=within)
    assert order[after.outcome] >= order[before.outcome]


@pytest.mark.parametrize("count", range(5))
def test_no_windows_or_few_never_pass(count: int) -> None:
    assert judged(*[F] * count).outcome is Outcome.INCONCLUSIVE
