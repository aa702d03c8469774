"""timeline: what happened is read from the weights, whatever the commits call themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.history import Point
from promoter.core.timeline import EventKind, fold, identity_of, may_be_same
from tests.build import DESTINATIONS, STEP_BEGAN, a_commit, a_timeline, points

HOUR = timedelta(hours=1)


def test_the_step_began_where_its_weight_was_last_changed() -> None:
    timeline = a_timeline((0, 1, 5, 5, 5))
    assert timeline.percent == 5
    assert timeline.before == 1
    assert timeline.began == a_commit(3, STEP_BEGAN - 2 * HOUR)


def test_a_weight_that_went_down_is_a_rollback() -> None:
    rollback = a_timeline((0, 5, 20, 5)).rollback
    assert rollback is not None
    assert rollback.before == 20
    assert rollback.after == 5
    assert rollback.commit.sha == a_commit(4).sha


def test_a_rollback_stands_though_the_weight_was_partly_raised_again() -> None:
    assert a_timeline((0, 20, 0, 5)).rollback is not None
    assert a_timeline((0, 20, 0, 19)).rollback is not None


def test_a_weight_set_back_to_where_it_was_ends_the_rollback() -> None:
    assert a_timeline((0, 20, 0, 20)).rollback is None


def test_lowered_in_two_goes_it_counts_from_the_first() -> None:
    assert a_timeline((0, 50, 20, 5, 20)).rollback is not None
    assert a_timeline((0, 50, 20, 5, 50)).rollback is None


def test_another_image_is_a_new_candidate_and_starts_its_step() -> None:
    timeline = a_timeline((0, 20, 0, 0), images={0: "yolo:9", 3: "yolo:10"})
    assert timeline.rollback is None
    assert timeline.began.sha == a_commit(4).sha
    assert timeline.events[-1].kind is EventKind.NEW_CANDIDATE


def test_an_image_seen_before_the_route_existed_is_known_when_it_changes() -> None:
    early = Point(commit=a_commit(90), split=None, images={"v9-gray": ("yolo:9",)})
    late = replace(points((5,), images={0: "yolo:10"})[0], commit=a_commit(91))
    timeline = fold(
        (early, *points((0, 5)), late), candidate="v9-gray", stable="v8-stable", destinations=DESTINATIONS
    )
    assert timeline is not None
    assert timeline.events[-1].kind is EventKind.NEW_CANDIDATE
    assert timeline.began.sha == late.commit.sha


def test_an_image_that_becomes_known_is_no_new_candidate_and_lifts_no_rollback() -> None:
    timeline = a_timeline((0, 20, 5, 5), images={3: "yolo:9"})
    assert timeline.identity == identity_of("v9-gray", ("yolo:9",))
    assert timeline.rollback is not None
    assert timeline.began.sha == a_commit(3).sha


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("v9", "v9", True),
        ("v9@abc", "v9@abc", True),
        ("v9@abc", "v9", True),
        ("v9", "v9@abc", True),
        ("v9@abc", "v9@def", False),
        ("v9", "v10", False),
        ("v9@abc", "v10", False),
        ("v9@abc", "v10@abc", False),
    ],
)
def test_where_images_are_not_known_the_version_says_whether_it_is_the_same(
    one: str, other: str, *, same: bool
) -> None:
    assert may_be_same(one, other) is same


def test_a_weight_lowered_together_with_a_new_image_is_no_rollback() -> None:
    timeline = a_timeline((0, 50, 1), images={0: "yolo:9", 2: "yolo:10"})
    assert timeline.rollback is None
    assert timeline.percent == 1


def test_an_old_image_that_comes_back_brings_its_rollback_with_it() -> None:
    timeline = a_timeline((0, 20, 0, 0, 0), images={0: "yolo:9", 3: "yolo:10", 4: "yolo:9"})
    assert timeline.rollback is not None
    assert timeline.rollback.commit.sha == a_commit(3).sha


def test_finishing_a_release_is_no_rollback() -> None:
    timeline = a_timeline((0, 100, 0), images={0: "yolo:9"}, stable_images={0: "yolo:8", 2: "yolo:9"})
    assert timeline.rollback is None
    assert timeline.events[-1].kind is EventKind.FINISHED


def test_back_to_zero_while_stable_keeps_its_image_is_a_rollback() -> None:
    timeline = a_timeline((0, 100, 0), images={0: "yolo:9"}, stable_images={0: "yolo:8"})
    assert timeline.rollback is not None


def test_stable_may_have_had_the_image_before_the_weight_went_back() -> None:
    timeline = a_timeline((0, 100, 100, 0), images={0: "yolo:9"}, stable_images={0: "yolo:8", 2: "yolo:9"})
    assert timeline.rollback is None
    assert timeline.finished
    assert timeline.events[-1].kind is EventKind.FINISHED


def test_back_to_zero_first_it_is_a_rollback_until_stable_has_the_image() -> None:
    weights, gray = (0, 100, 0, 0), {0: "yolo:9"}
    before = a_timeline(weights, images=gray, stable_images={0: "yolo:8"})
    assert (before.rollback is None, before.finished) == (False, False)
    after = a_timeline(weights, images=gray, stable_images={0: "yolo:8", 3: "yolo:9"})
    assert (after.rollback, after.finished) == (None, True)
    assert after.at_least_since(Fraction(100)) == STEP_BEGAN


def test_another_stable_image_beside_a_rollback_changes_nothing() -> None:
    images = {"images": {0: "yolo:9"}, "stable_images": {0: "yolo:8", 3: "yolo:8.1"}}
    timeline = a_timeline((0, 20, 0, 0), **images)
    assert timeline.rollback is not None
    assert timeline.rollback.commit.sha == a_commit(3).sha


def test_what_was_finished_and_is_taken_back_from_stable_is_a_rollback() -> None:
    images = {"images": {0: "yolo:9"}, "stable_images": {0: "yolo:8", 2: "yolo:9", 4: "yolo:8"}}
    timeline = a_timeline((0, 100, 0, 0, 0), **images)
    assert not timeline.finished
    assert timeline.rollback is not None
    assert timeline.rollback.commit.sha == a_commit(5).sha
    assert timeline.at_least_since(Fraction(100)) is None


def test_reverting_the_finish_brings_the_candidate_back_where_it_was() -> None:
    images = {"images": {0: "yolo:9"}, "stable_images": {0: "yolo:8", 2: "yolo:9", 3: "yolo:8"}}
    timeline = a_timeline((0, 100, 0, 100), **images)
    assert (timeline.rollback, timeline.finished) == (None, False)
    assert timeline.percent == 100


def test_the_next_image_after_a_finish_is_a_new_candidate_without_a_rollback() -> None:
    stable = {0: "yolo:8", 2: "yolo:9"}
    timeline = a_timeline((0, 100, 0, 1), images={0: "yolo:9", 3: "yolo:10"}, stable_images=stable)
    assert (timeline.rollback, timeline.finished) == (None, False)
    assert [event.kind for event in timeline.events[-2:]] == [EventKind.FINISHED, EventKind.NEW_CANDIDATE]
    assert timeline.came.sha == a_commit(4).sha


def test_introducing_over_an_unfinished_release_starts_the_ladder_again() -> None:
    timeline = a_timeline((0, 1, 20, 1), images={0: "yolo:9", 3: "yolo:10"})
    assert timeline.rollback is None
    assert timeline.percent == 1
    assert (timeline.began.sha, timeline.came.sha) == (a_commit(4).sha, a_commit(4).sha)


def test_the_rollbacks_of_former_images_are_remembered() -> None:
    timeline = a_timeline((0, 20, 0, 1), images={0: "yolo:9", 3: "yolo:10"})
    assert list(timeline.rollbacks) == [identity_of("v9-gray", ("yolo:9",))]


def test_two_versions_of_the_same_images_in_another_order_are_twins() -> None:
    first, last = points((100, 0))
    first = replace(first, images={"v9-gray": ("yolo:9", "proxy:1"), "v8-stable": ("proxy:1", "yolo:8")})
    last = replace(last, images={"v8-stable": ("proxy:1", "yolo:9")})
    timeline = fold((first, last), candidate="v9-gray", stable="v8-stable", destinations=DESTINATIONS)
    assert timeline is not None
    assert timeline.finished
    assert timeline.rollback is None


def test_two_versions_of_one_image_are_never_finished_and_lowering_is_a_rollback() -> None:
    same = {"images": {0: "yolo:9"}, "stable_images": {0: "yolo:9"}}
    assert not a_timeline((0,), **same).finished
    timeline = a_timeline((0, 20, 0), **same)
    assert not timeline.finished
    assert timeline.rollback is not None


def test_a_new_candidate_with_stables_image_has_to_be_released_like_any_other() -> None:
    stable = {0: "yolo:8"}
    timeline = a_timeline((0, 20, 5, 0), images={0: "yolo:9", 2: "yolo:8"}, stable_images=stable)
    assert not timeline.finished
    assert timeline.rollback is not None


def test_without_known_images_nothing_is_finished() -> None:
    assert not a_timeline((0, 100, 0)).finished
    assert not a_timeline((0, 100, 0), images={0: "yolo:9"}).finished


def test_a_candidate_missing_from_the_route_counts_as_zero() -> None:
    gone = Point(commit=a_commit(9), split=points((0,))[0].split, images={})
    timeline = fold(
        (*points((0, 20)), gone), candidate="v9-gray", stable="v8-stable", destinations=DESTINATIONS
    )
    assert timeline is not None
    assert timeline.rollback is not None


def test_an_unreadable_commit_in_between_says_nothing() -> None:
    unreadable = Point(commit=a_commit(7), split=None, images={})
    first, last = points((5, 5))
    timeline = fold(
        (first, unreadable, last), candidate="v9-gray", stable="v8-stable", destinations=DESTINATIONS
    )
    assert timeline is not None
    assert timeline.began == first.commit


def test_nothing_readable_is_no_timeline() -> None:
    unreadable = Point(commit=a_commit(7), split=None, images={})
    assert fold((unreadable,), candidate="v9-gray", stable="v8-stable", destinations=DESTINATIONS) is None


def test_at_least_since_is_the_start_of_the_unbroken_stretch() -> None:
    timeline = a_timeline((0, 50, 20, 50, 100))
    assert timeline.at_least_since(Fraction(50)) == STEP_BEGAN - HOUR
    assert timeline.at_least_since(Fraction(100)) == STEP_BEGAN
    assert timeline.at_least_since(Fraction(20)) == STEP_BEGAN - 3 * HOUR
    assert a_timeline((0, 20)).at_least_since(Fraction(50)) is None


@given(st.lists(st.integers(0, 100), min_size=1, max_size=12))
def test_a_rollback_stands_exactly_while_the_weight_is_below_an_unrestored_height(weights: list[int]) -> None:
    height: int | None = None  # the weight that a restoring commit has to reach
    for before, after in pairwise(weights):
        if after < before:
            height = height if height is not None else before
        elif after > before and height is not None and after >= height:
            height = None
    assert (a_timeline(weights).rollback is not None) == (height is not None)
