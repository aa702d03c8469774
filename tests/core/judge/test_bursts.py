"""bursts: rare trouble is remembered by time, over the steps of one candidate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.bursts import Bursts

LIMIT = 0.0005
QUIET, BURST = (0.0, 1000.0), (30.0, 1000.0)


def after(*ticks: tuple[float, float], here: bool = False) -> Bursts:
    bursts = Bursts()
    for bad, total in ticks:
        bursts = bursts.watched(bad, total, LIMIT, here=here)
    return bursts


def test_neighbouring_odd_ticks_are_one_burst() -> None:
    assert after(QUIET, BURST, BURST, QUIET, BURST).seen == 2


def test_a_single_bad_event_is_no_burst() -> None:
    assert after((1.0, 3.0)).seen == 0
    assert after((2.0, 3.0)).seen == 1


def test_what_chance_explains_at_the_limit_is_no_burst() -> None:
    assert after((3.0, 3000.0)).seen == 0
    assert after((12.0, 3000.0)).seen == 1


def test_the_average_allows_for_one_more_like_the_largest() -> None:
    bursts = after(BURST, *[QUIET] * 59)
    assert bursts.average(0, 1000) == (0.03 + 0.03) / 60


def test_bursts_of_this_step_count_by_its_own_requests() -> None:
    bursts = after(BURST, *[QUIET] * 59, here=True)
    assert bursts.average(30, 60_000) == 0.0005 + 0.03 / 60


def test_clean_ticks_bring_the_average_down_to_the_bar() -> None:
    bursts = after(BURST, QUIET)
    more = bursts.ticks_until(LIMIT, 0, 10_000, 10)
    assert more is not None
    assert bursts._replace(ticks=bursts.ticks + more).average(0, 10_000) <= LIMIT
    assert more < 150  # 0.06 / 0.0005 = 120, an estimate


def test_a_step_that_is_over_the_bar_by_itself_takes_long_or_for_ever() -> None:
    assert after(BURST).ticks_until(1e-12, 5, 1000, 10) is None


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(20, 2000)), min_size=1, max_size=12),
    st.integers(0, 11),
    st.integers(1, 20),
    st.booleans(),
)
def test_more_bad_events_never_lower_the_average(
    ticks: list[tuple[int, int]],
    place: int,
    more: int,
    here: bool,  # noqa: FBT001 - drawn
) -> None:
    place %= len(ticks)
    worse = list(ticks)
    worse[place] = (min(ticks[place][1], ticks[place][0] + more), ticks[place][1])
    averages = []
    for case in (ticks, worse):
        bursts = after(*[(float(k), float(n)) for k, n in case], here=here)
        averages.append(bursts.average(sum(k for k, _ in case), sum(n for _, n in case)))
    assert averages[1] >= averages[0] - 1e-15
