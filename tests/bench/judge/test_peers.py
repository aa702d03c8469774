"""Each peer's rule does what its source says, on traces made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest

from bench.judge.cases import BY_NAME, ERROR_LIMIT, LADDER, MAP_HEALTHY
from bench.judge.noise import Floats
from bench.judge.peers.argo import ArgoBackground, ArgoInline
from bench.judge.peers.flagger import Flagger
from bench.judge.peers.kayenta import Kayenta, is_high
from bench.judge.peers.m_of_n import LAST, WINDOW, MOfN, medians
from bench.judge.peers.pipecd import PipeCD
from bench.judge.peers.rank_tests import exact_greater, shift_interval
from bench.judge.peers.script import Script
from bench.judge.track import NEVER, Rule, Track, next_weight, play
from bench.judge.world import ERRORS, FINE, REQUESTS, STABLE_REQUESTS, World, simulate
from promoter.core.judge.threshold import ruled
from promoter.core.judge.verdict import Outcome, WindowReading
from promoter.core.policy import Threshold

PER_TICK = 10_000


def quiet(runs: int = 1) -> World:
    """A world without a single bad request or reading; 10,000 requests a tick for gray at any weight."""
    world = simulate(BY_NAME["healthy"], 20, runs, (1,))
    for counts in (world.fine, world.coarse):
        counts[:] = 0
        counts[[REQUESTS, STABLE_REQUESTS]] = PER_TICK
    world.map_gray[:], world.map_stable[:] = MAP_HEALTHY, MAP_HEALTHY
    world.gpu_gray[:], world.gpu_stable[:] = 1.03, 1.0
    return world


def with_errors(world: World, ticks: range | list[int], run: int = 0) -> World:
    """Errors at four times the limit in these ticks: twice the limit over a minute."""
    for tick in ticks:
        for counts in (world.fine, world.coarse):
            if tick < counts.shape[1]:
                counts[ERRORS, tick, run] = round(4 * ERROR_LIMIT * PER_TICK)
    return world


def path(track: Track, run: int = 0) -> list[int]:
    """The weights of a run until it ended."""
    ends = [int(end[run]) for end in (track.frozen, track.done) if end[run] != NEVER]
    weights: list[int] = track.weights[: (ends[0] if ends else track.world.ticks - 1) + 1, run].tolist()
    return weights


def test_a_quiet_candidate_reaches_full_traffic_under_every_rule() -> None:
    rules: list[tuple[Rule, int]] = [
        (Script(), 19),  # 5, 10 ... 95: nineteen looks
        (Flagger(), 10),  # five weights, a minute each
        (Flagger(threshold=10, weights=(1, 5, 20, 50)), 8),
        (ArgoInline(), 40),  # four steps of five minutes
        (ArgoInline(failure_limit=3, count=10, streak=5), 40),
        (ArgoBackground(), 80),  # four pauses of ten minutes
        (PipeCD(), 240),  # four stages of half an hour
        (PipeCD(compare=True), 240),
        (Kayenta(effects=True), 240),
        (MOfN(), 80),  # four steps of five windows
    ]
    for rule, ticks in rules:
        track = play(quiet(), rule)
        assert (track.done[0] + 1, track.frozen[0]) == (ticks, NEVER), rule


def test_the_script_freezes_on_one_breach() -> None:
    assert play(with_errors(quiet(), [4]), Script()).frozen[0] == 4
    assert play(with_errors(quiet(), [4]), Script(every=10)).frozen[0] == NEVER


def test_flagger_rolls_back_at_the_look_after_the_one_that_fails() -> None:
    track = play(with_errors(quiet(), [2, 3]), Flagger())
    assert path(track) == [10, 10, 20, 20, 20, 20]


def test_flagger_counts_failed_checks_in_total_and_holds_the_weight_meanwhile() -> None:
    failing = with_errors(quiet(), [1, 5, 9, 13, 17])
    track = play(failing, Flagger(threshold=5, weights=tuple(range(5, 51, 5))))
    assert track.frozen[0] == 19
    assert path(track)[::2] == [5, 5, 10, 10, 15, 15, 20, 20, 25, 25]


def test_flagger_takes_no_requests_for_a_failure() -> None:
    world = quiet()
    world.fine[:] = 0
    assert play(world, Flagger()).frozen[0] == 3


def test_flagger_truncates_p99_to_whole_milliseconds() -> None:
    world = quiet()
    world.fine[2] = world.coarse[2] = 101  # 1.01 % over 50 ms: P99 is 50.5 ms
    assert play(world, Flagger()).frozen[0] == NEVER
    assert play(world, Script()).frozen[0] == 0


def test_argo_with_defaults_aborts_at_the_first_failure() -> None:
    assert play(with_errors(quiet(), [7]), ArgoInline()).frozen[0] == 7


def test_argo_forgives_as_many_failures_as_its_limit_and_forgets_them_at_the_next_step() -> None:
    rule: Callable[[], Rule] = lambda: ArgoInline(failure_limit=3)  # noqa: E731
    assert play(with_errors(quiet(), [1, 3, 5, 11, 13, 15]), rule()).frozen[0] == NEVER
    assert play(with_errors(quiet(), [1, 3, 5, 7]), rule()).frozen[0] == 7


def test_argo_pauses_for_a_human_where_a_streak_was_asked_for_and_not_reached() -> None:
    track = play(with_errors(quiet(), [5, 13]), ArgoInline(failure_limit=3, count=10, streak=5))
    assert (track.frozen[0], track.done[0], track.held[0]) == (NEVER, NEVER, True)
    assert len(set(path(track)[:19])) == 1


def test_argos_background_analysis_counts_over_the_whole_rollout() -> None:
    looks = [range(9, 10), range(19, 20), range(29, 30), range(39, 40)]
    heavy = quiet()
    for look in looks:
        heavy.fine[ERRORS, look.start] = round(20 * ERROR_LIMIT * PER_TICK)
    assert play(heavy, ArgoBackground()).frozen[0] == 39


def test_pipecd_fails_a_look_for_any_point_outside() -> None:
    spike = quiet()
    spike.fine[ERRORS, 12] = round(11 * ERROR_LIMIT * PER_TICK)
    assert play(spike, PipeCD()).frozen[0] == 19
    assert play(spike, PipeCD(failure_limit=2)).frozen[0] in (29, NEVER)


def test_pipecd_takes_a_missing_point_for_a_failure_unless_told_otherwise() -> None:
    world = quiet()
    world.map_gray[13] = np.nan
    assert play(world, PipeCD()).frozen[0] == 19
    assert play(world, PipeCD(skip_no_data=True)).frozen[0] == NEVER


def test_kayenta_calls_any_significant_shift_high_unless_an_effect_size_is_set() -> None:
    rng = np.random.default_rng(3)
    control = 1 + 0.01 * rng.standard_normal((30, 4))
    experiment = 1.03 + 0.01 * rng.standard_normal((30, 4))
    assert is_high(experiment, control, 1.0).all()
    assert not is_high(experiment, control, 1.15).any()
    assert is_high(experiment * 1.2, control, 1.15).all()
    assert not is_high(control, experiment, 1.0).any()


def test_kayenta_passes_equal_and_missing_series() -> None:
    flat, nothing = np.full((30, 1), 2.0), np.full((30, 1), np.nan)
    assert not is_high(flat, flat, 1.0).any()
    assert not is_high(nothing, flat, 1.0).any()


def test_the_shift_is_estimated_and_bounded() -> None:
    rng = np.random.default_rng(4)
    low, high, middle = shift_interval(
        3 + rng.standard_normal((50, 300)), rng.standard_normal((50, 300)), 2.326
    )
    assert middle.mean() == pytest.approx(3, abs=0.05)
    assert ((low <= 3) & (high >= 3)).mean() == pytest.approx(0.98, abs=0.03)


def exact(experiment: Floats, control: Floats) -> float:
    """P(U > U1 - 1) by going through every order."""
    merged = [*experiment, *control]
    size = len(experiment)

    def above(values: list[float]) -> float:
        return sum((a > b) + (a == b) / 2 for a in values[:size] for b in values[size:])

    observed = above(merged)
    orders = [above([merged[place] for place in order]) for order in permutations(range(len(merged)))]
    return sum(value > observed - 1 + 1e-9 for value in orders) / len(orders)


@pytest.mark.parametrize(
    ("experiment", "control"),
    [
        ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
        ([4.0, 5.0, 9.0], [1.0, 2.0, 3.0]),
        ([0.0, 0.0, 1.0], [0.0, 0.0, 0.5]),
    ],
)
def test_pipecds_p_value_is_the_permutation_test(experiment: list[float], control: list[float]) -> None:
    first, second = np.array(experiment), np.array(control)
    assert exact_greater(first[:, None], second[:, None])[0] == pytest.approx(exact(first, second))


def test_pipecd_accepts_samples_that_are_all_equal() -> None:
    assert exact_greater(np.zeros((6, 1)), np.zeros((6, 1)))[0] == 1.0


def test_the_next_weight_is_the_first_step_above() -> None:
    assert next_weight(np.array([1, 5, 20, 50]), LADDER).tolist() == [5, 20, 50, 100]
    assert next_weight(np.array([40, 50]), (10, 20, 30, 40, 50)).tolist() == [50, 100]


def test_medians_leave_nan_out() -> None:
    series = np.array([[1.0], [np.nan], [3.0], [9.0], [np.nan], [np.nan], [np.nan], [np.nan]])
    assert medians(series)[[0, 3, 4], 0].tolist() == [1.0, 3.0, 6.0]
    assert np.isnan(medians(series)[7, 0])


def test_m_of_n_is_promoters_own_threshold_rule() -> None:
    world = simulate(replace(BY_NAME["bursts-gray-beyond"], errors=0.0006), 200, 60, (9,))
    world.map_gray[:], world.gpu_gray[:] = MAP_HEALTHY, world.gpu_stable
    track = play(world, MOfN())
    for run in range(world.runs):
        assert path(track, run)[-1] == _by_promoter(track, run), run


def _by_promoter(track: Track, run: int) -> int:
    """Replays a run with promoter.core.judge.threshold: the weight at which it ended."""
    rule = Threshold(window=timedelta(minutes=2), last=5, breaches=3, min_samples=20)
    frozen, done = int(track.frozen[run]), int(track.done[run])
    end = next((tick for tick in (frozen, done) if tick != NEVER), track.world.ticks - 1)
    start, weight = 0, LADDER[0]
    for tick in range(end + 1):
        found = [
            _ruled(track, run, start, tick, bad, limit, rule) for bad, limit in ((1, ERROR_LIMIT), (2, 0.01))
        ]
        if Outcome.FAIL in found:
            assert tick == frozen
            return weight
        if all(outcome is Outcome.PASS for outcome in found):
            start, before = tick + 1, weight
            weight = int(next_weight(np.array([weight]), LADDER)[0])
            if weight == 100:
                assert tick == done
                return before
    return weight


def _ruled(track: Track, run: int, start: int, tick: int, bad: int, limit: float, rule: Threshold) -> Outcome:
    readings, sick = [], []
    for first in range(start, tick + 2 - WINDOW, WINDOW):
        counts = track.seen[:, first : first + WINDOW, run].sum(axis=1)
        over, ill = counts[bad] > limit * counts[0], counts[bad + 3] > limit * counts[3]
        sick.append(bool(over and ill))
        breach = None if not counts[0] or (over and ill) else bool(over)
        readings.append(
            WindowReading(
                start=float(first), end=float(first + WINDOW), bad=counts[bad], total=counts[0], breach=breach
            )
        )
    last = [track.seen[:, int(one.start) : int(one.end), run].sum(axis=1) for one in readings[-LAST:]]
    total, hits = sum(one[0] for one in last), sum(one[bad] for one in last)
    return ruled(
        readings,
        rule,
        samples=round(total),
        within=bool(total > 0 and hits <= limit * total),
        environment=sick,
        counted=True,
    ).outcome


def test_the_grid_of_weights_covers_every_peer() -> None:
    assert {*LADDER, 10, 30, 40} <= set(FINE)
