"""quality: a lower bound of a noisy reading, absolute or relative to stable's."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from promoter.core.judge.level import UNCHANGED
from promoter.core.judge.mean import Evaluation
from promoter.core.judge.quality import Asked, Bound, Quality, Shown, qualities

FLOOR = Asked(bound=Bound(at_least=36.0), alpha=0.00125, beta=0.05, following=1.0, headroom=0.5)
BAND = replace(FLOOR, bound=Bound(within=0.02))
ERROR = 0.6


def around(mean: float, count: int, seed: int, *, error: float | None = ERROR) -> list[Evaluation]:
    rng = random.Random(seed)
    return [Evaluation(120.0 * i, rng.gauss(mean, ERROR), error) for i in range(count)]


def fixed(*values: float, error: float | None = None) -> list[Evaluation]:
    return [Evaluation(120.0 * i, value, error) for i, value in enumerate(values)]


STABLE = around(37.5, 20, 1)


def shown(asked: Asked, gray: list[Evaluation], stable: list[Evaluation] = STABLE, **told: int) -> Quality:
    here = told.get("here", len(gray))
    flat, standing = bool(told.get("flat", 0)), told.get("standing", 0)
    return qualities((asked,), gray, stable, here=here, standing=standing, flat=flat)[0]


def test_a_mean_that_is_surely_above_the_floor_is_inside() -> None:
    found = shown(FLOOR, around(37.5, 8, 2))
    assert found.shown is Shown.INSIDE
    assert found.bound is not None
    assert found.limit == found.bar == 36.0 <= found.bound <= (found.value or 0)


def test_one_good_evaluation_is_no_proof_and_says_how_many_are() -> None:
    found = shown(FLOOR, fixed(36.6, error=ERROR))
    assert found.shown is Shown.OPEN
    assert found.needed is not None
    assert 1 < found.needed < 20


def test_five_points_less_are_found_after_three_evaluations() -> None:
    assert shown(FLOOR, around(32.5, 2, 3)).shown is not Shown.BELOW
    assert shown(FLOOR, around(32.5, 3, 3)).shown is Shown.BELOW
    assert shown(BAND, around(32.5, 3, 3)).shown is Shown.BELOW


def test_two_percent_less_never_passes_before_all_traffic_and_seldom_fails() -> None:
    edge = [
        shown(BAND, around(0.98 * 37.5, 30, seed), around(37.5, 30, seed + 500)).shown for seed in range(200)
    ]
    assert edge.count(Shown.INSIDE) <= 10 + 3 * 3.1  # beta of 200, and three standard deviations
    assert edge.count(Shown.BELOW) <= 3


def test_an_odd_evaluation_does_not_fail_a_good_model() -> None:
    odd = [*around(37.5, 10, 4), *fixed(31.0, error=ERROR)]
    assert shown(FLOOR, odd).shown is Shown.INSIDE


def test_stable_below_the_floor_as_well_is_the_environment() -> None:
    assert shown(FLOOR, around(33.0, 5, 5), around(33.0, 20, 6)).shown is Shown.SICK


def test_better_than_is_believable_asks_for_the_evaluator() -> None:
    assert shown(BAND, around(40.0, 10, 7)).shown is Shown.ABOVE


def test_a_known_difference_moves_the_band() -> None:
    better = replace(BAND, bound=Bound(within=0.02, expect=0.1))
    assert shown(better, around(41.25, 20, 8)).shown is Shown.INSIDE
    assert shown(better, around(37.5, 20, 8)).shown is Shown.BELOW


@pytest.mark.parametrize(
    ("following", "share"), [(0.05, 10.5), (0.2, 3.0), (0.5, 1.5), (1.0, 1.0), (None, 1.0)]
)
def test_the_bar_lends_the_slack_of_stable_while_gray_has_little_weight(
    following: float | None, share: float
) -> None:
    found = shown(
        replace(FLOOR, following=following), fixed(37.0, error=ERROR), fixed(*[38.0] * 4, error=0.01)
    )
    assert found.bar == pytest.approx(38.0 - share * 2.0)


def test_growing_evidence_below_the_floor_is_unsettled() -> None:
    found = shown(replace(FLOOR, alpha=1e-6), around(34.5, 4, 9))
    assert found.shown is Shown.UNSETTLED


def test_without_any_evaluation_nothing_is_known() -> None:
    assert shown(FLOOR, []).shown is Shown.OPEN


def test_without_a_known_error_three_of_five_decide() -> None:
    assert shown(FLOOR, fixed(37.0, 37.1), []).shown is Shown.OPEN
    assert shown(FLOOR, fixed(37.0, 37.1, 37.2), []).shown is Shown.INSIDE
    assert shown(FLOOR, fixed(35.0, 37.1, 35.2, 37.0, 35.3), []).shown is Shown.BELOW
    assert shown(FLOOR, fixed(37.0, 37.1, 35.0), []).shown is Shown.UNSETTLED
    assert shown(BAND, fixed(39.0, 39.1, 39.2), fixed(37.0)).shown is Shown.ABOVE


def test_one_reading_that_never_changes_is_taken_at_face_value() -> None:
    found = shown(FLOOR, fixed(37.0), fixed(37.3), flat=1)
    assert (found.shown, found.face_value) == (Shown.INSIDE, True)
    assert shown(FLOOR, fixed(35.0), fixed(37.3), flat=1, standing=UNCHANGED - 1).shown is Shown.UNSETTLED
    assert shown(FLOOR, fixed(35.0), fixed(37.3), flat=1, standing=UNCHANGED).shown is Shown.BELOW


def test_evaluations_of_earlier_steps_count_while_this_one_agrees() -> None:
    earlier = around(37.5, 30, 12)
    assert shown(BAND, [*earlier, *around(37.5, 1, 11)], here=1).shown is Shown.INSIDE
    assert shown(BAND, [*earlier, *fixed(35.5, error=ERROR)], here=1).shown is Shown.OPEN
    assert shown(BAND, earlier, here=0).shown is Shown.OPEN


def test_an_evaluator_that_drops_once_and_stays_there_is_believed() -> None:
    dropped = fixed(37.3, 32.0)
    assert shown(FLOOR, dropped, fixed(37.3), standing=UNCHANGED - 1).shown is Shown.UNSETTLED
    assert shown(FLOOR, dropped, fixed(37.3), standing=UNCHANGED).shown is Shown.BELOW
    assert shown(FLOOR, dropped, fixed(33.0), standing=UNCHANGED).shown is Shown.SICK
    published = fixed(37.3, 32.0, error=ERROR)
    assert shown(FLOOR, published, standing=UNCHANGED).shown is Shown.BELOW
    assert shown(FLOOR, fixed(37.3, 35.5, error=ERROR), standing=UNCHANGED).shown is not Shown.BELOW
