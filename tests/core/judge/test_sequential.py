"""sequential: the formulas of evidence that is valid at every look."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.sequential import (
    AGREE,
    SPREAD,
    TIMES_WORSE,
    Against,
    Prior,
    Wealth,
    bar_of,
    divergence,
    is_beyond,
    log_sum,
    opened,
    played,
    share_of,
    worse_than,
)

LIMIT = 0.0005
SHARES = st.floats(1e-5, 0.2)


def test_all_stakes_together_are_at_most_the_wealth() -> None:
    assert sum(share_of(number) for number in range(1, 100_000)) <= 1
    assert sum(SPREAD) == pytest.approx(1)
    assert len(SPREAD) == len(TIMES_WORSE)


@given(SHARES, st.floats(0, 1))
def test_no_bet_against_a_limit_gains_on_average_while_the_share_is_at_the_limit_or_below(
    limit: float, part: float
) -> None:
    share = part * limit
    bets = Against.limit(limit)
    for bad, good in zip(bets.logs(1, 0), bets.logs(0, 1), strict=True):
        assert share * math.exp(bad) + (1 - share) * math.exp(good) <= 1 + 1e-9


@given(st.floats(1e-4, 0.2), st.floats(1e-5, 0.05), st.floats(0, 1))
def test_no_bet_on_being_below_a_bar_gains_on_average_while_the_share_is_at_the_bar_or_above(
    bar: float, reference: float, part: float
) -> None:
    share = bar + part * (1 - bar)
    for _, bad, good in Prior.about(reference, bar).below(bar).bets:
        assert share * math.exp(bad) + (1 - share) * math.exp(good) <= 1 + 1e-9


@given(st.integers(1, 30), st.integers(1, 200), st.integers(1, 2000))
def test_no_bet_on_being_worse_gains_on_average_while_both_versions_fail_alike(
    every: int, gray: int, stable: int
) -> None:
    part = gray / (gray + stable)
    for index in range(len(TIMES_WORSE)):
        mean = sum(
            math.comb(every, bad)
            * part**bad
            * (1 - part) ** (every - bad)
            * math.exp(worse_than(bad, gray, every - bad, stable, 1.0)[index])
            for bad in range(every + 1)
        )
        assert mean <= 1 + 1e-9


def test_a_tick_without_bad_events_or_without_stable_says_nothing_of_worse() -> None:
    assert set(worse_than(0, 100, 0, 900, 1.0)) == {0.0}
    assert set(worse_than(5, 100, 0, 0, 1.0)) == {0.0}


def test_a_known_cost_makes_being_worse_harder_to_show() -> None:
    assert max(worse_than(6, 100, 3, 100, 2.0)) < max(worse_than(6, 100, 3, 100, 1.0))


@pytest.mark.parametrize("alpha", [0.05, 0.0025])
def test_two_ticks_however_bad_are_no_proof_and_three_are(alpha: float) -> None:
    wealth = opened(Wealth(), alpha)
    worth = []
    for _ in range(3):
        wealth = played(wealth, [1e100] * len(TIMES_WORSE))
        worth.append(wealth.worth)
    assert worth[1] < 1 / alpha <= worth[2]
    assert 2 < AGREE < 3


def test_a_new_stake_forgets_what_was_lost_before_it() -> None:
    clean, bad = Against.limit(LIMIT).logs(0, 100_000), Against.limit(LIMIT).logs(60, 2_000)
    lost = played(opened(Wealth(), 0.05), clean)
    fresh = opened(lost, 0.05)
    for _ in range(8):
        lost, fresh = played(lost, bad), played(fresh, bad)
    assert fresh.worth >= 20 > lost.worth


def test_no_loss_however_large_blurs_a_later_stake() -> None:
    ruined = opened(played(opened(Wealth(), 0.0025), [-1e18] * len(TIMES_WORSE)), 0.0025)
    fresh = opened(played(opened(Wealth(), 0.0025), [-1e3] * len(TIMES_WORSE)), 0.0025)
    for _ in range(8):
        ruined, fresh = (played(one, [1.0] * len(TIMES_WORSE)) for one in (ruined, fresh))
    assert ruined.worth == pytest.approx(fresh.worth)


def test_few_stakes_are_kept_however_many_were_opened() -> None:
    wealth = Wealth()
    for _ in range(1000):
        wealth = opened(wealth, 0.05)
    assert len(wealth.stakes) <= 20
    assert wealth.stakes[0].number == 1
    assert wealth.stakes[-1].number == 1000


def crossings(share: float, *, runs: int, looks: int, seed: int) -> tuple[int, int]:
    """In how many runs at the boundary the two kinds of evidence ever reach 20 : 1."""
    rng = random.Random(seed)
    against, below = Against.limit(share), Prior.about(share / 5, share).below(share)
    over = within = 0
    for _ in range(runs):
        wealth, bad, total = opened(Wealth(), 0.05), 0, 0
        crossed_over = crossed_within = False
        for _ in range(looks):
            events = sum(1 for _ in range(20) if rng.random() < share)
            bad, total = bad + events, total + 20
            wealth = played(wealth, against.logs(events, 20 - events))
            crossed_over |= wealth.worth >= 20
            crossed_within |= below.log_evidence(bad, total) >= math.log(20)
        over, within = over + crossed_over, within + crossed_within
    return over, within


def test_at_the_boundary_hundreds_of_looks_are_fooled_no_more_often_than_is_stated() -> None:
    over, within = crossings(0.05, runs=300, looks=300, seed=20260107)
    most = 0.05 * 300 + 3 * math.sqrt(300 * 0.05 * 0.95)  # three standard deviations of the stated rate
    assert over <= most
    assert within <= most
    assert within > 0  # the bound is used, not wasted


@pytest.mark.parametrize(("bad", "total"), [(0, 5_000), (1, 20_000), (10, 48_210), (3, 1_000)])
def test_the_upper_bound_is_where_the_evidence_just_suffices(bad: float, total: float) -> None:
    prior = Prior.about(0.0001, LIMIT)
    bound = prior.upper_bound(bad, total, 0.05)
    assert bad / total < bound < 1
    assert prior.below(bound * 1.001).log_evidence(bad, total) >= math.log(20)
    assert prior.below(bound * 0.999).log_evidence(bad, total) < math.log(20)


def test_nothing_is_ruled_out_by_nothing() -> None:
    assert Prior.about(0.0001, LIMIT).upper_bound(0, 0, 0.05) == 1.0


def test_nobody_proves_a_limit_with_fewer_clean_requests_than_chance_allows() -> None:
    """No error in n requests has the chance (1 - L)^n at the limit: 5,990 for 0.05 % at 95 %."""
    below = Prior.about(0.0001, LIMIT).below(LIMIT)
    least = next(n for n in range(1_000, 20_000, 10) if below.log_evidence(0, n) >= math.log(20))
    assert 5_990 <= least <= 1.25 * 5_990


@given(st.integers(0, 50), st.integers(1, 30), st.integers(60, 100_000), st.floats(1e-4, 0.1))
def test_a_pass_never_gets_likelier_by_bad_events(bad: int, more: int, total: int, bar: float) -> None:
    below = Prior.about(bar / 5, bar).below(bar)
    assert below.log_evidence(min(bad + more, total), total) <= below.log_evidence(bad, total) + 1e-9


@pytest.mark.parametrize(
    ("following", "bar"),
    [(0.05, 0.00525), (0.2, 0.0015), (0.5, 0.00075), (1.0, 0.0005), (None, 0.0005)],
)
def test_the_bar_of_a_step_keeps_the_whole_service_inside_the_limit(
    following: float | None, bar: float
) -> None:
    assert bar_of(LIMIT, following, 0.5) == pytest.approx(bar)
    if following is not None:
        assert following * bar + (1 - following) * LIMIT / 2 <= LIMIT + 1e-12


def test_a_bar_is_a_share_even_for_large_limits() -> None:
    assert bar_of(0.2, 0.01, 1.0) == pytest.approx(0.6)


def test_beyond_chance_has_two_sides() -> None:
    assert not is_beyond(0, 0, 0.01, 1e-3)
    assert not is_beyond(10, 1000, 0.01, 1e-3)
    assert not is_beyond(20, 1000, 0.01, 1e-3)
    assert is_beyond(30, 1000, 0.01, 1e-3)
    assert is_beyond(5, 5, 0.01, 1e-3)


def test_divergence_is_zero_only_for_the_share_itself() -> None:
    assert divergence(0.1, 0.1) == pytest.approx(0)
    assert divergence(0.0, 0.1) == pytest.approx(-math.log(0.9))
    assert divergence(1.0, 0.1) == pytest.approx(-math.log(0.1))


def test_a_sum_of_no_exponentials_is_nothing() -> None:
    assert log_sum([]) == -math.inf
    assert log_sum([0.0, 0.0]) == pytest.approx(math.log(2))
