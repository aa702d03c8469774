"""ladder: the first step above, whoever set the weight, and what it means on this route."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.ladder import lowered, step_above, step_at, target
from promoter.core.policy import Step
from promoter.core.weights import Split, WeightError
from tests.build import DESTINATIONS, a_policy, a_split

GRAY, STABLE = DESTINATIONS["v9-gray"], DESTINATIONS["v8-stable"]
percents = st.fractions(0, 100, max_denominator=10)


def raised(split: Split, percent: str) -> Split:
    step = Step(percent=Fraction(percent))
    return target(split, step, candidate="v9-gray", stable="v8-stable", destinations=DESTINATIONS)


def brought_down(split: Split, percent: Fraction) -> Split:
    return lowered(split, percent, candidate="v9-gray", stable="v8-stable", destinations=DESTINATIONS)


@pytest.mark.parametrize(
    ("percent", "above"), [("0", 1), ("1", 5), ("4.9", 5), ("5", 20), ("5.1", 20), ("50", 100), ("99.9", 100)]
)
def test_the_step_above_is_strictly_above(percent: str, above: int) -> None:
    step = step_above(a_policy(), Fraction(percent))
    assert step is not None
    assert step.percent == above


@pytest.mark.parametrize("percent", ["100", "100.5"])
def test_nothing_is_above_the_top(percent: str) -> None:
    assert step_above(a_policy(), Fraction(percent)) is None


def test_only_an_exact_weight_stands_on_a_step() -> None:
    assert step_at(a_policy(), Fraction(5)) == Step(percent=Fraction(5))
    assert step_at(a_policy(), Fraction("5.1")) is None
    assert step_at(a_policy(), Fraction(0)) is None


@given(percents)
def test_no_step_is_ever_skipped(percent: Fraction) -> None:
    policy = a_policy()
    step = step_above(policy, percent)
    between = [s for s in policy.steps if percent < s.percent]
    assert step == (min(between, key=lambda s: s.percent) if between else None)


def test_a_step_takes_its_weight_from_stable() -> None:
    assert raised(a_split(5), "20") == a_split(20)
    assert raised(a_split(50, 1000), "20") == a_split(200, 1000)


def test_a_step_beyond_what_stable_has_takes_all_of_it_and_nothing_from_others() -> None:
    split = Split.of({STABLE: 30, GRAY: 10, "mirror": 60})
    assert raised(split, "40").weights == ((STABLE, 0), (GRAY, 40), ("mirror", 60))
    assert raised(split, "50").weights == ((STABLE, 0), (GRAY, 40), ("mirror", 60))


def test_a_step_that_is_no_whole_weight_is_refused() -> None:
    with pytest.raises(WeightError):
        raised(a_split(0), "0.5")


@given(st.integers(0, 100), st.integers(0, 100), percents)
def test_lowering_never_raises_and_keeps_the_sum(gray: int, rest: int, percent: Fraction) -> None:
    if not gray + rest:
        return
    split = Split.of({STABLE: rest, GRAY: gray, "mirror": 7})
    down = brought_down(split, percent)
    assert down[GRAY] <= split[GRAY]
    assert down.percent(GRAY) <= max(percent, Fraction(0))
    assert (down.total, down["mirror"]) == (split.total, 7)


def test_lowering_to_zero_gives_everything_back_to_stable() -> None:
    assert brought_down(a_split(37), Fraction(0)) == a_split(0)
