"""level: a reading with an upper bound, where it is and where it is going."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.judge.level import LAST, OVER, UNCHANGED, Going, first_breach, level

LIMIT = 0.15


def going(
    ticks: Sequence[float | None],
    *,
    slope: float = 0.0,
    least: int = 4,
    trend: bool = False,
    minutes: int = 40,
    shared: float = 0.0,
) -> Going:
    end = 60.0 * minutes
    history = [(t, 0.05 + slope * t) for t in range(0, int(end) + 1, 30)]
    stable = [(t, shared * t) for t, _ in history]
    return level(
        ticks, history, limit=LIMIT, end=end, least=least, beta=0.05, trend=trend, shared=stable
    ).going


def test_four_of_the_last_six_over_fail_and_three_do_not() -> None:
    quiet = [0.05] * 6
    assert going([*quiet, 0.2, 0.21, 0.05, 0.22, 0.23, 0.05]) is Going.OVER
    assert going([*quiet, 0.2, 0.21, 0.05, 0.22, 0.05, 0.05]) is not Going.OVER
    assert (OVER, LAST) == (4, 6)


def test_one_odd_reading_does_nothing() -> None:
    assert going([0.05] * 5 + [0.9] + [0.05] * 5) is Going.INSIDE


def test_a_reading_that_is_repeated_is_no_new_evidence_until_it_stays() -> None:
    assert going([0.05] * 4 + [0.2] * 6) is Going.UNSETTLED
    assert going([0.05] * 4 + [0.2] * UNCHANGED) is Going.OVER


def test_no_breach_is_forgotten() -> None:
    assert going([0.2, 0.21, 0.22, 0.23, *[0.05] * 50]) is Going.OVER
    assert first_breach([0.05] * 3, LIMIT) is None


def test_too_few_ticks_and_gaps_wait() -> None:
    assert going([0.05] * 3) is Going.TOO_EARLY
    assert going([None] * 20) is Going.TOO_EARLY
    assert going([0.05] * 4 + [None] * LAST) is Going.TOO_EARLY


def test_a_leak_is_seen_before_it_reaches_the_limit() -> None:
    leak = 0.12 / 3600  # the limit in an hour
    assert going([0.06] * 20, slope=leak, trend=True) is Going.GROWING
    assert going([0.06] * 20, slope=leak, trend=False) is Going.INSIDE


def test_a_level_reading_is_inside_after_ten_minutes_of_trend() -> None:
    assert going([0.05] * 20, trend=True, minutes=10) is Going.INSIDE
    assert going([0.05] * 20, trend=True, minutes=6) is Going.TOO_EARLY


def test_a_falling_reading_is_no_reason_to_wait() -> None:
    assert going([0.05] * 20, slope=-1e-5, trend=True) is Going.INSIDE


def test_what_stable_grows_by_as_well_is_no_leak() -> None:
    growth = 0.12 / 3600
    assert going([0.06] * 20, slope=growth, shared=growth, trend=True) is Going.INSIDE
    assert going([0.06] * 20, slope=growth, shared=growth / 4, trend=True) is Going.GROWING


def test_what_stable_grew_by_before_the_candidate_ran_excuses_nothing() -> None:
    leak = 0.12 / 3600
    history = [(t, 0.03 + leak * (t - 3600)) for t in range(3600, 5401, 30)]
    stable = [(t, leak * min(t, 3600)) for t in range(0, 5401, 30)]  # it warmed up, then stayed
    found = level(
        [0.06] * 20, history, limit=LIMIT, end=5400.0, least=4, beta=0.05, trend=True, shared=stable
    )
    assert found.going is Going.GROWING


def test_a_stable_that_shrinks_makes_no_leak() -> None:
    assert going([0.06] * 20, shared=-0.12 / 3600, trend=True) is Going.INSIDE
