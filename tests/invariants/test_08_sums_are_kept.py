"""8. Weights of a route sum to what they summed to before; no weight is negative; no other route, document or
file is touched."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from promoter.core.ladder import lowered, target
from promoter.core.policy import Step
from promoter.core.weights import Split, WeightError

weights = st.integers(0, 1000)
PLACES = {"stable": "s", "gray": "g"}


@given(weights, weights, st.lists(weights, max_size=3), st.fractions(0, 100, max_denominator=20))
def test_a_promotion_moves_weight_between_stable_and_candidate_only(
    stable: int, gray: int, others: list[int], percent: Fraction
) -> None:
    names = {"s": stable, "g": gray, **{f"o{index}": weight for index, weight in enumerate(others)}}
    try:
        split = Split.of(names)
        moved = target(split, Step(percent=percent), candidate="gray", stable="stable", destinations=PLACES)
    except WeightError:
        return
    before, after = dict(split.weights), dict(moved.weights)
    assert sum(after.values()) == sum(before.values())
    assert min(after.values()) >= 0
    assert {name: after[name] for name in after if name not in ("s", "g")} == {
        name: before[name] for name in before if name not in ("s", "g")
    }
    assert list(after) == list(before)


@given(st.integers(0, 1000), st.integers(0, 1000), st.lists(weights, max_size=3), st.fractions(0, 100))
def test_a_rollback_never_raises_and_keeps_the_sum(
    stable: int, gray: int, others: list[int], percent: Fraction
) -> None:
    names = {"s": stable, "g": gray, **{f"o{index}": weight for index, weight in enumerate(others)}}
    if sum(names.values()) == 0:
        return
    split = Split.of(names)
    after = lowered(split, percent, candidate="gray", stable="stable", destinations=PLACES)
    assert after.total == split.total
    assert 0 <= after["g"] <= split["g"]
    assert after["s"] >= split["s"]
