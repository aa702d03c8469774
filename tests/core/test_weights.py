"""weights: the sum is kept, nothing is negative, and others keep what they have."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.weights import Split, WeightError, format_percent

GRAY, STABLE, OTHER = "yolo/v9-gray", "yolo/v8-stable", "mirror"
weights = st.integers(0, 1_000)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """Any route with stable, gray and up to three destinations outside the rollout."""
    others = draw(st.dictionaries(st.sampled_from([OTHER, "shadow", "edge"]), weights))
    found = others | {GRAY: draw(weights), STABLE: draw(weights)}
    if not sum(found.values()):
        found[STABLE] = 1
    order = draw(st.permutations(sorted(found)))
    return Split.of({dest: found[dest] for dest in order})


@given(splits(), st.data())
def test_a_move_keeps_the_sum_and_everything_outside_the_rollout(split: Split, data: st.DataObject) -> None:
    to = data.draw(st.integers(0, split[GRAY] + split[STABLE]))
    moved = split.move(candidate=GRAY, stable=STABLE, to=to)
    assert moved[GRAY] == to
    assert moved.total == split.total
    assert all(weight >= 0 for _, weight in moved.weights)
    assert [dest for dest, _ in moved.weights] == [dest for dest, _ in split.weights]
    outside = [(dest, weight) for dest, weight in split.weights if dest not in {GRAY, STABLE}]
    assert [(dest, weight) for dest, weight in moved.weights if dest not in {GRAY, STABLE}] == outside


@given(splits(), st.data())
def test_a_move_and_back_changes_nothing(split: Split, data: st.DataObject) -> None:
    to = data.draw(st.integers(0, split[GRAY] + split[STABLE]))
    there = split.move(candidate=GRAY, stable=STABLE, to=to)
    assert there.move(candidate=GRAY, stable=STABLE, to=split[GRAY]) == split


def test_stable_gives_all_it_has_and_not_one_more() -> None:
    split = Split.of({STABLE: 10, GRAY: 5, OTHER: 85})
    assert split.move(candidate=GRAY, stable=STABLE, to=15)[STABLE] == 0
    with pytest.raises(WeightError, match="carries only 10"):
        split.move(candidate=GRAY, stable=STABLE, to=16)


def test_a_weight_below_zero_is_refused() -> None:
    split = Split.of({STABLE: 95, GRAY: 5})
    assert split.move(candidate=GRAY, stable=STABLE, to=0)[STABLE] == 100
    with pytest.raises(WeightError):
        split.move(candidate=GRAY, stable=STABLE, to=-1)


def test_a_route_needs_weights_that_mean_something() -> None:
    assert Split.of({STABLE: 1, GRAY: 0}).total == 1
    with pytest.raises(WeightError, match="sum to 0"):
        Split.of({STABLE: 0, GRAY: 0})
    with pytest.raises(WeightError, match=f"negative weight for {GRAY}"):
        Split.of({STABLE: 101, GRAY: -1})


@pytest.mark.parametrize(
    ("percent", "total", "weight"),
    [("5", 100, 5), ("0.1", 1000, 1), ("5", 1000, 50), ("100", 7, 7), ("50", 2, 1), ("0", 3, 0)],
)
def test_a_percentage_is_a_whole_weight_where_the_total_allows_it(
    percent: str, total: int, weight: int
) -> None:
    assert Split.of({STABLE: total, GRAY: 0}).weight_of(Fraction(percent)) == weight


@pytest.mark.parametrize(("percent", "total"), [("0.1", 100), ("0.05", 1000), ("5", 50), ("1", 99)])
def test_a_percentage_that_is_no_whole_weight_is_refused_with_what_it_would_be(
    percent: str, total: int
) -> None:
    with pytest.raises(WeightError, match=f"of the route's total weight {total} is .* not a whole weight"):
        Split.of({STABLE: total, GRAY: 0}).weight_of(Fraction(percent))


@given(st.integers(1, 10_000), st.data())
def test_a_weight_is_its_percentage_and_back_exactly(total: int, data: st.DataObject) -> None:
    weight = data.draw(st.integers(0, total))
    split = Split.of({STABLE: total - weight, GRAY: weight})
    assert split.weight_of(split.percent(GRAY)) == weight


@pytest.mark.parametrize(
    ("percent", "shown"),
    [
        (Fraction(5), "5%"),
        (Fraction("0.1"), "0.1%"),
        (Fraction(100), "100%"),
        (Fraction(100, 3), "33.3333%"),
        (Fraction(0), "0%"),
        (Fraction("12.5"), "12.5%"),
    ],
)
def test_a_share_is_shown_short(percent: Fraction, shown: str) -> None:
    assert format_percent(percent) == shown
