"""applied: does traffic follow the weights, and since when?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from promoter.core.applied import applied
from promoter.core.evidence import Answer, Query, Series, Unknown
from promoter.core.subject import Applied, Seen
from tests.series import AT, BEGAN, NOW, a_counter, a_subject, answers, text_of


def seen(
    gray_share: Callable[[float], float], *, rate: float = 100.0, percent: int = 20, before: int | None = 5
) -> Applied:
    subject = a_subject(percent=percent, before=before)

    def requests(query: Query) -> list[Series] | None:
        if "requests_total" not in text_of(query):
            return None
        gray = "v9-gray" in text_of(query)
        return [a_counter(lambda t: rate * (gray_share(t) if gray else 1 - gray_share(t)), pod=str(gray))]

    return applied(subject, answers(subject, requests))


def test_a_split_that_followed_two_minutes_late_is_seen_from_then() -> None:
    change = BEGAN.timestamp() + 120
    found = seen(lambda t: 0.2 if t > change else 0.05)
    assert found.seen is Seen.APPLIED
    assert found.since is not None
    assert abs(found.since.timestamp() - change) <= 30
    assert found.observed == pytest.approx(20, abs=0.5)


def test_a_split_that_never_changed_is_not_applied() -> None:
    found = seen(lambda _: 0.05)
    assert found.seen is Seen.NOT_YET
    assert found.reason is not None
    assert "5% of the last" in found.reason


def test_another_split_than_the_one_on_base_is_not_applied() -> None:
    assert seen(lambda _: 0.6).seen is Seen.NOT_YET


def test_a_split_that_drifted_back_is_no_longer_applied() -> None:
    assert seen(lambda t: 0.2 if t < NOW - 300 else 0.05).seen is Seen.NOT_YET


def test_shares_that_come_in_lumps_are_still_applied() -> None:
    assert seen(lambda t: 0.15 if int(t // 60) % 2 else 0.25).seen is Seen.APPLIED


def test_the_first_step_up_from_zero_is_seen_and_its_absence_too() -> None:
    assert seen(lambda _: 0.01, percent=1, before=0).seen is Seen.APPLIED
    none = seen(lambda _: 0.0, percent=1, before=0)
    assert none.seen is Seen.NOT_YET
    assert none.reason is not None
    assert "none of the last" in none.reason


def test_at_100_percent_stable_gets_almost_nothing() -> None:
    assert seen(lambda _: 0.999, percent=100, before=50).seen is Seen.APPLIED
    assert seen(lambda _: 0.9, percent=100, before=50).seen is Seen.NOT_YET


def test_without_a_known_change_the_share_alone_decides() -> None:
    assert seen(lambda _: 0.2, before=None).seen is Seen.APPLIED
    assert seen(lambda _: 0.5, before=None).seen is Seen.NOT_YET


def test_too_little_traffic_to_tell_is_not_applied_yet() -> None:
    assert seen(lambda _: 0.2, rate=0.01).seen is not Seen.APPLIED


def test_at_zero_nothing_is_asked() -> None:
    subject = a_subject(percent=0, before=None)
    assert applied(subject, answers(subject)).seen is Seen.NOT_ASKED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Unknown("cannot reach it"), "cannot reach it"),
        (Answer(()), "no requests are counted"),
        (Answer((Series((), (NOW - 600,), (1.0,)),)), "600 s old"),
        (Answer((Series((), (NOW - 15, NOW), (1.0, float("nan"))),)), "a counter cannot be nan"),
    ],
)
def test_what_cannot_be_known_is_unknown(answer: Answer | Unknown, reason: str) -> None:
    subject = a_subject()
    given = dict.fromkeys(answers(subject), answer)
    found = applied(subject, given)
    assert found.seen is Seen.UNKNOWN
    assert reason in (found.reason or "")


def test_a_query_that_was_not_answered_is_unknown() -> None:
    assert applied(a_subject(), {}).seen is Seen.UNKNOWN


def test_what_was_before_the_change_does_not_count() -> None:
    found = seen(lambda t: 0.2 if t > BEGAN.timestamp() else 0.9)
    assert found.seen is Seen.APPLIED
    assert found.requests <= 100 * (AT - BEGAN + timedelta(seconds=30)).total_seconds()
