from __future__ import annotations

import numpy as np
import pytest

from bench.judge.cases import BY_NAME
from bench.judge.peers.flagger import Flagger
from bench.judge.peers.script import Script
from bench.judge.score import joined, plain, score, summed
from bench.judge.track import NEVER, Track, play
from bench.judge.world import simulate


def test_a_missed_regression_goes_on_hurting_after_full_traffic() -> None:
    world = simulate(BY_NAME["errors-2x"], 20, 30, (3,))
    runs = score(play(world, Flagger(threshold=10, weights=(1, 5, 20, 50))))
    done = runs.done != NEVER
    assert done.any()
    assert runs.harm[done].mean() > 20 * runs.harm_before[done].mean()


def test_nothing_is_counted_after_a_freeze() -> None:
    world = simulate(BY_NAME["dead"], 200, 10, (3,))
    runs = score(play(world, Script()))
    assert (runs.frozen == 1).all()
    assert runs.harm == pytest.approx(world.read(0, np.full(10, 5))[0], rel=0.01)
    assert (runs.harm == runs.harm_before).all()


def test_a_healthy_candidate_does_no_harm_beyond_chance() -> None:
    world = simulate(BY_NAME["healthy"], 200, 40, (3,))
    runs = score(play(world, Flagger(threshold=5)))
    assert abs(runs.harm.mean()) < 0.02 * runs.served.mean()
    assert abs(runs.harm_before.mean()) < 3 * runs.harm_before.std() / 40**0.5


def test_a_run_that_is_left_alone_is_counted_to_the_horizon() -> None:
    world = simulate(BY_NAME["errors-10x"], 20, 4, (3,))
    track = Track.start(world, 1)
    track.weights[0] = 1
    assert score(track).harm == pytest.approx(0.01 * 20 * 14_400 * 0.0049, rel=0.6)


def test_a_cell_counts_every_block_once() -> None:
    world = simulate(BY_NAME["errors-10x"], 200, 7, (3,))
    runs = joined([score(play(world, Script()))] * 3)
    cell = plain(summed("errors-10x", 200, "script", runs))
    assert (cell["runs"], cell["frozen"], cell["done"]) == (21, 21, 0)
    assert cell["to_done"] == [None, None, None]
