"""proportion: tick after tick of both versions' events, and what they prove."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.proportion import (
    LEAST_AT_THE_END,
    LEAST_TICKS,
    WHILE_SICK,
    Climb,
    Rule,
    Standing,
    State,
    Tick,
    advance,
    begin,
    log_within,
    needed,
    remembered,
    standing,
    worse,
)
from promoter.core.judge.sequential import Against, bar_of

LIMIT = 0.0005


def a_rule(following: float | None = 0.2, **changes: object) -> Rule:
    rule = Rule.of(
        LIMIT, bar_of(LIMIT, following, 0.5), alpha=0.0025, beta=0.05, reference=0.0001, relative=True
    ).at(last=following is None or following >= 1)
    return replace(rule, **changes)  # type: ignore[arg-type]


def a_tick(bad: int = 0, total: int = 600, stable_bad: int = 1, stable_total: int = 5_400) -> Tick:
    return Tick(bad, bad, total, stable_bad, stable_bad, stable_total)


def after(rule: Rule, *ticks: Tick, climb: Climb | None = None) -> State:
    state = begin(rule, climb)
    for tick in ticks:
        state = advance(rule, state, tick)
    return state


def test_enough_clean_requests_prove_the_bar_and_fewer_do_not() -> None:
    rule = a_rule()
    assert standing(rule, after(rule, *[a_tick()] * 3)) is Standing.TOO_EARLY
    assert standing(rule, after(rule, *[a_tick(total=400)] * LEAST_TICKS)) is Standing.OPEN
    assert standing(rule, after(rule, *[a_tick()] * LEAST_TICKS)) is Standing.PROVEN


def test_before_all_traffic_the_limit_itself_is_proven_over_more_ticks() -> None:
    rule = a_rule(following=1.0)
    assert rule.bar == rule.limit
    plenty = [a_tick(total=6_000)] * LEAST_AT_THE_END
    assert standing(rule, after(rule, *plenty[:-1])) is Standing.TOO_EARLY
    assert standing(rule, after(rule, *plenty)) is Standing.PROVEN


def test_gray_over_the_limit_and_worse_than_stable_fails() -> None:
    rule = a_rule()
    assert standing(rule, after(rule, *[a_tick(bad=6)] * 3)) is Standing.FAILED


def test_scrapes_rarer_than_ticks_are_compared_all_the_same() -> None:
    """A scrape a minute and a tick of half a minute: the two versions may never be counted in one tick."""
    gray, stable = a_tick(bad=60, stable_bad=0, stable_total=0), a_tick(total=0)
    assert standing(a_rule(), after(a_rule(), *[gray, stable] * 3)) is Standing.FAILED
    assert standing(a_rule(), after(a_rule(), *[stable, gray] * 3)) is Standing.FAILED
    assert standing(a_rule(), after(a_rule(), *[gray] * 30)) is not Standing.FAILED


def test_a_shock_that_the_versions_show_in_neighbouring_ticks_cancels() -> None:
    gray, stable = a_tick(bad=60, stable_bad=0, stable_total=0), a_tick(total=0, stable_bad=540)
    assert standing(a_rule(), after(a_rule(), *[gray, stable] * 8)) is not Standing.FAILED
    assert standing(a_rule(), after(a_rule(), *[stable, gray] * 8)) is not Standing.FAILED


def test_two_ticks_are_no_failure_however_bad() -> None:
    rule = a_rule()
    assert (
        standing(rule, after(rule, a_tick(bad=600), a_tick(bad=600), *[a_tick()] * 4)) is not Standing.FAILED
    )


def test_no_failure_is_forgotten() -> None:
    rule = a_rule()
    late = after(rule, *[a_tick(bad=20)] * 4, *[a_tick()] * 200)
    assert standing(rule, late) is Standing.FAILED


def test_trouble_that_both_versions_have_is_the_environment() -> None:
    rule = a_rule()
    shared = [a_tick(bad=6, stable_bad=54)] * 12
    assert standing(rule, after(rule, *shared)) is Standing.DISTURBED


def test_mild_trouble_of_both_versions_is_the_environment_too() -> None:
    rule = a_rule()
    shared = [a_tick(bad=index % 2, stable_bad=6) for index in range(40)]
    state = after(rule, *shared)
    assert state.masked * 2 < state.ticks
    assert standing(rule, state) is Standing.DISTURBED


def test_a_burst_on_both_is_set_aside() -> None:
    rule = a_rule()
    state = after(rule, *[a_tick()] * 6, a_tick(bad=12, stable_bad=110), *[a_tick()] * 6)
    assert (state.masked, state.bad, state.total) == (1, 0, 12 * 600)
    assert standing(rule, state) is Standing.PROVEN


def test_without_stable_traffic_the_limit_alone_decides() -> None:
    rule = a_rule(following=None, relative=False)
    assert standing(rule, after(rule, *[Tick(20, 20, 6_000)] * 4)) is Standing.FAILED


def test_over_the_limit_but_no_worse_than_stable_never_fails() -> None:
    rule = a_rule()
    alike = [Tick(1, 1, 600, 9, 9, 5_400)] * 400  # 0.17 %, and so is stable
    assert standing(rule, after(rule, *alike)) is Standing.DISTURBED


def test_worse_than_a_sick_stable_fails_too_but_has_to_be_ten_times_as_sure() -> None:
    rule = a_rule()
    sick = [a_tick(bad=2, stable_bad=6)] * 60  # 0.33 % and 0.11 %: both over the limit, no tick is set aside
    states = [after(rule, *sick[:count]) for count in range(10, 60)]
    assert states[-1].masked == 0
    sure = next(state for state in states if min(state.over.worth, worse(rule, state).worth) > 1 / rule.alpha)
    assert sure.proof == pytest.approx(worse(rule, sure).worth * WHILE_SICK)
    assert standing(rule, sure) is not Standing.FAILED
    assert standing(rule, states[-1]) is Standing.FAILED


def test_a_candidate_that_fails_all_is_frozen_beside_a_stable_that_is_sick_at_every_moment() -> None:
    rule = a_rule()
    states = [after(rule, *[a_tick(bad=600, stable_bad=stable)] * 5) for stable in (27, 54, 540)]
    assert [state.masked for state in states] == [5, 5, 5]  # 0.5, 1 and 10 %
    assert {standing(rule, state) for state in states} == {Standing.FAILED}
    assert standing(rule, after(rule, *[a_tick(bad=600, stable_bad=54)] * 2)) is not Standing.FAILED


def test_three_times_as_bad_as_a_stable_that_is_sick_at_every_moment_is_the_environment() -> None:
    rule = a_rule()
    thrice = after(rule, *[a_tick(bad=18, stable_bad=54)] * 200)
    assert thrice.masked == thrice.ticks
    assert standing(rule, thrice) is Standing.DISTURBED
    tenfold = after(rule, *[a_tick(bad=60, stable_bad=54)] * 10)
    assert standing(rule, tenfold) is Standing.FAILED


def test_what_the_candidate_does_after_hours_beside_a_sick_stable_is_found() -> None:
    rule = a_rule()
    hours = [a_tick(bad=6, stable_bad=54)] * 240
    assert standing(rule, after(rule, *hours)) is Standing.DISTURBED
    assert standing(rule, after(rule, *hours, *[a_tick(bad=600, stable_bad=54)] * 6)) is Standing.FAILED


def test_five_times_as_bad_as_a_healthy_stable_is_no_failure_inside_the_limit() -> None:
    rule = a_rule()
    inside = [
        a_tick(bad=index % 4 == 0, total=1_000, stable_bad=index % 2, stable_total=10_000)
        for index in range(400)
    ]
    assert standing(rule, after(rule, *inside)) is not Standing.FAILED  # 0.025 % and 0.005 %


def test_a_stable_that_was_sick_just_before_the_step_counts_as_sick_in_it() -> None:
    bad = [a_tick(bad=3, total=6_000, stable_bad=1)] * 40  # at the limit, and more than twice stable's
    for sick, part in ((False, 1.0), (True, WHILE_SICK)):
        rule = a_rule(stable_was_sick=sick, limit=LIMIT / 2, against=Against.limit(LIMIT / 2))
        state = after(rule, *bad)
        assert state.over.worth > worse(rule, state).worth * part
        assert state.proof == pytest.approx(worse(rule, state).worth * part)


def test_growing_evidence_of_a_violation_withholds_a_pass() -> None:
    rule = a_rule()
    healthy = [a_tick(total=6_000)] * 20
    state = after(rule, *healthy, *[a_tick(bad=6)] * 2)
    assert log_within(rule, state) > 3
    assert standing(rule, state) is Standing.SUSPECT


def test_trouble_that_begins_after_hours_of_health_is_found() -> None:
    rule = a_rule(following=1.0)
    day = [a_tick(total=12_000)] * 1_200
    state = after(rule, *day)
    bad = [a_tick(bad=60, total=12_000)] * 12  # 10 times the limit, six minutes
    for tick in bad:
        state = advance(rule, state, tick)
    assert standing(rule, state) is Standing.FAILED


def test_only_what_surely_was_bad_fails_and_only_what_surely_was_not_passes() -> None:
    rule = a_rule()
    unclear = [Tick(0, 6, 600, 0, 0, 5_400)] * 30
    assert standing(rule, after(rule, *unclear)) is Standing.OPEN


def test_bursts_of_earlier_steps_are_remembered_at_the_end_of_the_ladder() -> None:
    rule = a_rule(following=1.0)
    climb = Climb()
    for tick in (*[a_tick()] * 20, a_tick(bad=30), *[a_tick()] * 20):
        climb = remembered(rule, climb, tick)
    clean = [a_tick(total=6_000)] * 20
    assert standing(rule, after(rule, *clean, climb=climb)) is Standing.BURSTS
    assert standing(rule, after(rule, *clean)) is Standing.PROVEN


def test_what_the_climb_showed_counts_only_for_a_little() -> None:
    rule = a_rule()
    clean = Climb(bad=0, total=1_000_000)
    alone = after(rule, *[a_tick(bad=0, total=400)] * 4)
    helped = after(rule, *[a_tick(bad=0, total=400)] * 4, climb=clean)
    assert log_within(rule, alone) < log_within(rule, helped) <= log_within(rule, alone) + 0.4055  # ln 1.5


def test_a_bad_climb_counts_against_a_pass_only_for_a_little() -> None:
    rule = a_rule()
    alone = after(rule, *[a_tick()] * 8)
    hurt = after(rule, *[a_tick()] * 8, climb=Climb(bad=100, total=1_000))
    assert log_within(rule, hurt) >= log_within(rule, alone) - 0.6932  # ln 2


def test_how_many_requests_are_needed_falls_to_nothing() -> None:
    rule = a_rule(following=1.0)
    left = [needed(rule, after(rule, *[a_tick()] * count)) for count in (0, 3, 6, 9)]
    assert all(count is not None for count in left)
    assert all(later < earlier for earlier, later in pairwise(n for n in left if n is not None))
    assert 5_000 < (left[0] or 0) < 20_000
    assert needed(rule, after(rule, *[a_tick(total=60_000)] * 4)) == 0


def test_a_share_over_the_bar_would_never_pass() -> None:
    rule = a_rule(following=1.0)
    assert needed(rule, after(rule, *[a_tick(bad=2, stable_bad=0)] * 30)) is None


def test_the_estimate_is_about_right() -> None:
    rule, rng = a_rule(following=1.0), random.Random(7)
    state = after(rule, *[a_tick(bad=sum(rng.random() < 1e-4 for _ in range(600))) for _ in range(4)])
    predicted, start = needed(rule, state), state.total
    while standing(rule, state) in (Standing.OPEN, Standing.TOO_EARLY):
        state = advance(rule, state, a_tick(bad=sum(rng.random() < 1e-4 for _ in range(600))))
    assert predicted is not None
    assert 0.5 < predicted / (state.total - start) < 2


def requests_to_failure(share: float, seed: int = 3) -> float:
    rule, rng = a_rule(), random.Random(seed)
    state = begin(rule)
    while standing(rule, state) is not Standing.FAILED:
        bad = sum(rng.random() < share for _ in range(100))
        state = advance(rule, state, a_tick(bad=bad, total=100, stable_bad=0, stable_total=900))
    return state.total


def test_the_grosser_the_violation_the_fewer_requests_decide_it() -> None:
    twice, tenfold, dead = (requests_to_failure(share) for share in (2 * LIMIT, 10 * LIMIT, 1.0))
    assert dead == 300  # three ticks
    assert dead < tenfold < twice
    assert tenfold < 4_000


TICKS = st.lists(
    st.builds(
        lambda total, bad, stable_total, stable_bad: a_tick(
            min(bad, total), total, min(stable_bad, stable_total), stable_total
        ),
        st.integers(0, 3_000),
        st.one_of(st.just(0), st.integers(0, 12)),
        st.integers(0, 9_000),
        st.one_of(st.just(0), st.integers(0, 12)),
    ),
    min_size=1,
    max_size=40,
)


@given(TICKS, st.integers(0, 39), st.sampled_from([0.2, None]))
def test_ticks_taken_together_come_to_the_same_as_one_by_one(
    ticks: list[Tick], cut: int, following: float | None
) -> None:
    rule = a_rule(following, relative=following is not None)
    alone = after(rule, *ticks)
    together = advance(rule, advance(rule, begin(rule), *ticks[:cut]), *ticks[cut:])
    assert together[:7] == alone[:7]
    assert together.over.worth == pytest.approx(alone.over.worth)
    assert worse(rule, together) == worse(rule, alone)
    assert together.far_worse == alone.far_worse
    assert together.proof == pytest.approx(alone.proof)
    assert (together.expected, together.bursts, together.unmatched) == (
        alone.expected,
        alone.bursts,
        alone.unmatched,
    )


TOWARDS_PASS = {Standing.FAILED: 0, Standing.PROVEN: 2}  # everything else is in between


@given(TICKS, st.integers(0, 39), st.integers(1, 50), st.sampled_from([0.05, 0.2, 1.0]), st.integers(0, 39))
def test_more_bad_events_never_move_a_verdict_towards_pass(
    ticks: list[Tick], place: int, more: int, following: float, first: int
) -> None:
    rule, place, first = a_rule(following), place % len(ticks), first % len(ticks)
    tick = ticks[place]
    bad = min(tick.total, tick.bad + more)
    worse = [*ticks[:place], tick._replace(bad=bad, doubtful=bad), *ticks[place + 1 :]]
    found = []
    for case in (ticks, worse):
        climb = Climb()
        for earlier in case[:first]:
            climb = remembered(rule, climb, earlier)
        found.append(TOWARDS_PASS.get(standing(rule, after(rule, *case[first:], climb=climb)), 1))
    assert found[1] <= found[0]


@given(TICKS)
def test_the_same_ticks_give_the_same_state(ticks: list[Tick]) -> None:
    rule = a_rule()
    assert after(rule, *ticks) == after(rule, *ticks)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_reference_is_kept_near_the_limit(share: float) -> None:
    rule = Rule.of(LIMIT, LIMIT, alpha=0.0025, beta=0.05, reference=share)
    middle = sum(one * weight for one, weight in zip(rule.prior.shares, rule.prior.weights, strict=True))
    assert LIMIT / 25 < middle < LIMIT
