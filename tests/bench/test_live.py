"""The live plant's benchmark measures what it says, on fewer cameras."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.live import INSTANT, LADDER, assignment, cameras, merge_to_routed, rollbacks, row, running

pytestmark = [pytest.mark.live, pytest.mark.prometheus]


def test_device_ids_have_three_shapes_and_are_all_different() -> None:
    names = cameras(3000)
    assert names[:2] == ["cam-000000", "site01/line01/cam00001"]
    assert len(names[2]) == 32
    assert len(set(names)) == 3000


def test_median_95_percent_and_longest_stand_in_a_row() -> None:
    assert row("a", [0.001 * n for n in range(1, 101)]) == "| a | 50 ms | 96 ms | 100 ms | 100 |"


def test_no_camera_moves_without_need_and_the_times_are_taken(live_parts: Path, tmp_path: Path) -> None:
    names = cameras(600)
    with running(tmp_path, INSTANT, rate=100, devices=100) as (plant, scratch):
        steps = assignment(plant, scratch, names)
        assert [step.weight for step in steps] == list(LADDER)
        assert [(step.unstable, step.beyond) for step in steps] == [(0, 0)] * len(LADDER)
        assert steps[4].gray == 600
        assert steps[0].gray == steps[-1].gray
        assert all(0 < seconds < 30 for seconds in merge_to_routed(plant, scratch, names, 2))
        [back] = rollbacks(plant, scratch, 1)
        assert 0 < back["routed"] <= back["last gray answer"] + 0.5
