"""drift: what may not change from commit to commit while devices are on a candidate."""

from __future__ import annotations

import pytest

from promoter.manifest.drift import drift_problems
from tests.manifest.splits import STICKY, a_split, around

RESALTED = STICKY.replace("r9:", "r10:")


def told(before: tuple[str, str], now: tuple[str, str]) -> list[str]:
    return [str(problem) for problem in drift_problems(around(*before), around(*now))]


def test_a_promotion_moves_no_rule() -> None:
    assert told((a_split(), STICKY), (a_split(("v8", 80), ("v9", 20)), STICKY)) == []


def test_a_new_candidate_at_the_other_end_moves_nothing() -> None:
    assert told((a_split(), STICKY), (a_split(("v10", 0), ("v8", 95), ("v9", 5)), STICKY)) == []


@pytest.mark.parametrize(
    ("weights", "filters", "words"),
    [
        ((("v8", 950), ("v9", 50)), STICKY, "summed to 100 and now to 1000"),
        ((("v9", 5), ("v8", 95)), STICKY, "changed their order: it was yolo/v8, yolo/v9"),
        ((("v8", 95), ("v9", 5)), RESALTED, "the key of the split changed while yolo/v9 carries traffic"),
        ((("v8", 95), ("v9", 5)), STICKY.replace("x-device-id", "x-camera"), "the key of the split changed"),
    ],
)
def test_total_order_and_key_stand_while_a_candidate_has_weight(
    weights: tuple[tuple[str, int], ...], filters: str, words: str
) -> None:
    (problem,) = told((a_split(), STICKY), (a_split(*weights), filters))
    assert words in problem
    assert problem.startswith(("vs.yaml:8", "mesh-0.yaml:17"))
    idle = a_split(("v8", 100), ("v9", 0))
    assert told((idle, STICKY), (a_split(*weights), filters)) == []


def test_a_split_that_was_not_sticky_or_is_not_any_more_has_no_places_to_keep() -> None:
    other = a_split(("v9", 50), ("v8", 950))
    assert told((a_split(), ""), (other, STICKY)) == []
    assert told((a_split(), STICKY), (other, "")) == []
