"""windows: open or shut at an instant, in local time, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.policy import Window
from promoter.core.windows import is_open, opens_next, spans

BERLIN, NEW_YORK, SHANGHAI = (
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Asia/Shanghai"),
)
EVERY_DAY = frozenset(range(1, 8))
MONDAY, SATURDAY, SUNDAY = 1, 6, 7
SECOND = timedelta(seconds=1)


def a_window(
    start: time, end: time, *, days: frozenset[int] = EVERY_DAY, zone: ZoneInfo | None = None
) -> Window:
    return Window(days=days, start=start, end=end, zone=zone or ZoneInfo("UTC"), text="a window")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_without_windows_it_is_always_open() -> None:
    assert is_open((), utc(2026, 1, 1))
    assert opens_next((), utc(2026, 1, 1)) is None


def test_a_window_opens_at_its_start_and_shuts_at_its_end() -> None:
    window = (a_window(time(9), time(18)),)
    opened, shut = utc(2026, 1, 7, 9), utc(2026, 1, 7, 18)
    assert not is_open(window, opened - SECOND)
    assert is_open(window, opened)
    assert is_open(window, shut - SECOND)
    assert not is_open(window, shut)


def test_a_window_is_in_its_own_zone() -> None:
    window = (a_window(time(9), time(18), zone=SHANGHAI),)
    assert is_open(window, utc(2026, 1, 7, 1))
    assert not is_open(window, utc(2026, 1, 7, 10))


def test_a_window_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    window = (a_window(time(22), time(2), days=frozenset({SATURDAY})),)
    assert is_open(window, utc(2026, 1, 10, 23))  # Saturday
    assert is_open(window, utc(2026, 1, 11, 1, 59, 59))  # Sunday
    assert not is_open(window, utc(2026, 1, 11, 2))
    assert not is_open(window, utc(2026, 1, 11, 23))
    assert not is_open(window, utc(2026, 1, 10, 1))


def test_a_window_whose_end_is_its_start_lasts_a_day() -> None:
    window = (a_window(time(6), time(6), days=frozenset({MONDAY})),)
    assert is_open(window, utc(2026, 1, 5, 6))
    assert is_open(window, utc(2026, 1, 6, 5, 59, 59))
    assert not is_open(window, utc(2026, 1, 6, 6))


def test_any_of_several_windows_opens() -> None:
    windows = (a_window(time(9), time(12)), a_window(time(13), time(17), days=frozenset({MONDAY})))
    assert is_open(windows, utc(2026, 1, 5, 14))  # Monday
    assert not is_open(windows, utc(2026, 1, 6, 14))
    assert opens_next(windows, utc(2026, 1, 5, 10)) == utc(2026, 1, 5, 13)
    assert opens_next(windows, utc(2026, 1, 6, 10)) == utc(2026, 1, 7, 9)


@pytest.mark.parametrize(
    ("zone", "day", "before", "after"),
    [
        (
            BERLIN,
            (2026, 3, 29),
            8,
            7,
        ),  # the day the clocks go forward: nine o'clock comes an hour earlier in UTC
        (BERLIN, (2026, 10, 25), 7, 8),
        (NEW_YORK, (2026, 3, 8), 14, 13),
        (NEW_YORK, (2026, 11, 1), 13, 14),
    ],
    ids=["Berlin spring", "Berlin autumn", "New York spring", "New York autumn"],
)
def test_nine_oclock_is_nine_oclock_local_when_clocks_change(
    zone: ZoneInfo, day: tuple[int, int, int], before: int, after: int
) -> None:
    window = (a_window(time(9), time(18), zone=zone),)
    eve, morning = utc(*day) - timedelta(days=1), utc(*day)
    assert not is_open(window, eve + timedelta(hours=before) - SECOND)
    assert is_open(window, eve + timedelta(hours=before))
    assert not is_open(window, morning + timedelta(hours=after) - SECOND)
    assert is_open(window, morning + timedelta(hours=after))


def test_a_window_over_the_hour_that_comes_twice_is_open_in_both() -> None:
    window = (a_window(time(2), time(3), zone=BERLIN, days=frozenset({SUNDAY})),)
    assert is_open(window, utc(2026, 10, 25, 0))  # 02:00 summer time
    assert is_open(window, utc(2026, 10, 25, 1, 59, 59))  # 02:59:59 winter time
    assert not is_open(window, utc(2026, 10, 25, 2))


def test_a_window_in_the_hour_that_is_skipped_does_not_open_that_day() -> None:
    for start, end in ((time(2), time(3)), (time(2, 30), time(3))):
        window = a_window(start, end, zone=BERLIN, days=frozenset({SUNDAY}))
        skipped = utc(2026, 3, 29)
        assert not any(is_open((window,), skipped + timedelta(minutes=m)) for m in range(24 * 60))
        opens = opens_next((window,), utc(2026, 3, 23))
        assert opens is not None
        assert opens.astimezone(BERLIN) == datetime.combine(date(2026, 4, 5), start, tzinfo=BERLIN)


def test_a_window_around_the_hour_that_is_skipped_is_an_hour_shorter() -> None:
    window = a_window(time(1), time(4), zone=BERLIN)
    lengths = {
        start.astimezone(BERLIN).date(): end - start for start, end in spans(window, utc(2026, 3, 28, 12))
    }
    assert lengths[date(2026, 3, 29)] == timedelta(hours=2)
    assert lengths[date(2026, 3, 30)] == timedelta(hours=3)


windows = st.builds(
    a_window,
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    days=st.frozensets(st.integers(1, 7), min_size=1),
    zone=st.sampled_from([BERLIN, NEW_YORK, SHANGHAI]),
)
moments = st.integers(0, 365 * 24 * 60 - 1).map(lambda minute: utc(2026, 1, 1) + timedelta(minutes=minute))


@given(st.lists(windows, min_size=1, max_size=3), moments)
def test_the_next_opening_is_later_open_and_the_first_one(several: list[Window], at: datetime) -> None:
    opens = opens_next(several, at)
    assert opens is not None
    assert opens > at
    assert is_open(several, opens)
    if not is_open(several, at):
        assert not is_open(several, at + (opens - at) / 2)
        assert not is_open(several, opens - timedelta(microseconds=1))


@given(windows, moments)
def test_open_is_what_the_wall_clock_says(window: Window, at: datetime) -> None:
    local = at.astimezone(window.zone)
    if local.utcoffset() != (local - timedelta(days=1)).utcoffset():
        return  # the day of a change has its own tests
    if local.utcoffset() != (local + timedelta(days=1)).utcoffset():
        return
    yesterday = (local - timedelta(days=1)).isoweekday()
    clock = local.time()
    if window.end > window.start:
        expected = local.isoweekday() in window.days and window.start <= clock < window.end
    else:
        expected = (local.isoweekday() in window.days and clock >= window.start) or (
            yesterday in window.days and clock < window.end
        )
    assert is_open((window,), at) == expected
