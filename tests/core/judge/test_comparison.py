"""comparison: what waits to be worked out comes to the same as what was worked out at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.comparison import Comparison
from promoter.core.judge.sequential import Wealth, opened, played, worse_than

ALPHA = 0.0025
BEGAN = opened(Wealth(), ALPHA)
PAIRS = st.lists(
    st.one_of(
        st.none(),
        st.tuples(st.integers(0, 20), st.integers(20, 900), st.integers(0, 20), st.integers(20, 9_000)),
    ),
    max_size=30,
)


@given(PAIRS, st.integers(0, 30))
def test_it_does_not_matter_when_it_is_worked_out(
    events: list[tuple[int, int, int, int] | None], cut: int
) -> None:
    whole = Comparison(BEGAN, tuple(events)).wealth(ALPHA, 1.0)
    half = Comparison(BEGAN, tuple(events[:cut])).wealth(ALPHA, 1.0)
    assert Comparison(half, tuple(events[cut:])).wealth(ALPHA, 1.0) == whole


def test_nothing_that_waits_changes_nothing() -> None:
    assert Comparison(BEGAN).wealth(ALPHA, 1.0) is BEGAN


def test_each_pair_is_a_tick_and_none_is_one_more_stake() -> None:
    pair = (6.0, 600.0, 1.0, 5_400.0)
    found = Comparison(BEGAN, (pair, None, pair)).wealth(ALPHA, 1.0)
    by_hand = played(opened(played(BEGAN, worse_than(*pair, 1.0)), ALPHA), worse_than(*pair, 1.0))
    assert found == by_hand
    assert found.opened == BEGAN.opened + 1
    assert found.worth > BEGAN.worth


def test_a_known_cost_makes_the_same_pairs_prove_less() -> None:
    pairs = ((6.0, 600.0, 4.0, 600.0),) * 3
    assert (
        Comparison(BEGAN, pairs).wealth(ALPHA, 3.0).worth < Comparison(BEGAN, pairs).wealth(ALPHA, 1.0).worth
    )
