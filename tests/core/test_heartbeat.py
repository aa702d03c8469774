"""heartbeat: ticks are missing only when more than one is late."""

from __future__ import annotations

from datetime import timedelta

from promoter.core.heartbeat import Heartbeat, Run
from tests.build import AT

EVERY = timedelta(minutes=10)


def a_heartbeat(age: timedelta | None, failed: int = 0) -> Heartbeat:
    last = None if age is None else Run(ended=AT - age, number=7, url="")
    return Heartbeat(at=AT, every=EVERY, last=last, failed=failed)


def test_the_age_is_the_time_since_the_last_tick_ended() -> None:
    assert a_heartbeat(timedelta(minutes=12)).age == timedelta(minutes=12)


def test_a_clock_that_is_behind_makes_no_negative_age() -> None:
    assert a_heartbeat(timedelta(seconds=-5)).age == timedelta(0)


def test_one_or_two_missing_ticks_are_no_news_and_three_are() -> None:
    assert not a_heartbeat(timedelta(minutes=30)).overdue
    assert a_heartbeat(timedelta(minutes=30, seconds=1)).overdue


def test_a_first_tick_is_not_overdue() -> None:
    assert (a_heartbeat(None).age, a_heartbeat(None).overdue) == (None, False)


def test_runs_that_fail_do_not_make_the_last_tick_younger() -> None:
    assert a_heartbeat(timedelta(minutes=31), failed=3).overdue
    assert not a_heartbeat(timedelta(minutes=12), failed=1).overdue


def test_a_bot_that_has_only_failed_so_far_is_overdue_at_the_third_time() -> None:
    assert not a_heartbeat(None, failed=2).overdue
    assert a_heartbeat(None, failed=3).overdue
