"""counting: what a scrape saw is counted, whatever series are born, restart or come twice."""

from __future__ import annotations

import random
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.counting import CountingError, Increments, Processes, Windows, deduplicated, newest
from promoter.core.evidence import Series
from tests.series import a_counter, a_series

START = 1000.0


def increments(
    series: Collection[Series], witnesses: Collection[Series], start: float
) -> tuple[Increments, ...]:
    return Processes.of((*series, *witnesses), start).increments(series)


def total(*series: Series, witnesses: tuple[Series, ...] = ()) -> float:
    return sum(sum(one.growth) for one in increments(series, witnesses, START))


def at(start: float, *values: float, **labels: str) -> Series:
    return a_series(values, start=start, **labels)


def test_a_counter_is_differenced_from_its_last_sample_before_the_start() -> None:
    assert total(at(START - 20, 100, 105, 112)) == 7  # samples at 980, 995, 1010


def test_a_restart_counts_from_zero() -> None:
    assert total(at(START, 100, 110, 3, 5)) == 15


def test_an_error_series_born_later_counts_its_first_errors() -> None:
    requests = at(START - 15, 50, 60, 70, 80, pod="a", code="200")
    errors = at(START + 15, 4, 4, pod="a", code="500")
    assert total(errors, witnesses=(requests,)) == 4


def test_a_new_pod_counts_from_zero_beside_an_old_one() -> None:
    old = at(START - 15, 50, 60, 70, pod="a")
    new = at(START + 15, 7, 9, pod="b")
    assert total(old, new) == 19  # 10 of the old pod, 9 of the new one


def test_where_nothing_was_scraped_before_counting_begins_at_the_first_scrape() -> None:
    requests = at(START + 15, 1_000_000, 1_000_010, pod="a", code="200")
    errors = at(START + 15, 5_000, 5_001, pod="a", code="500")
    assert total(requests, errors) == 11
    late = at(START + 30, 3, 4, pod="a", code="502")  # born after the process was first seen
    assert total(late, witnesses=(requests,)) == 4


def test_copies_from_several_prometheus_servers_count_once() -> None:
    copies = [at(START, 0, 10, 20, pod="a", prometheus_replica=name) for name in ("0", "1")]
    assert total(*copies) == 20
    assert len(deduplicated(copies)) == 1
    assert total(*copies, at(START, 0, 5, 5, pod="b", prometheus_replica="0")) == 25


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), -1.0])
def test_what_no_counter_can_be_is_refused(value: float) -> None:
    with pytest.raises(CountingError, match="a counter cannot be"):
        total(at(START, 0, value))


def test_windows_are_open_on_the_left_and_closed_on_the_right() -> None:
    windows = Windows.complete(START, 60, START + 179)
    assert windows.count == 2
    assert [windows.index(moment) for moment in (START, START + 1, START + 60, START + 61, START + 120)] == [
        -1,
        0,
        0,
        1,
        1,
    ]


def test_the_newest_sample_is_told() -> None:
    assert newest([at(START, 1, 2), at(START, 1)]) == START + 15
    assert newest([]) is None


growths = st.lists(st.integers(0, 50), min_size=2, max_size=40)


@given(growths, st.sampled_from([15.0, 30.0, 45.0]), st.integers(1, 4))
def test_splitting_windows_never_changes_pooled_counts(steps: list[int], length: float, parts: int) -> None:
    values, sum_so_far = [], 0
    for step in steps:
        sum_so_far += step
        values.append(sum_so_far)
    series = at(START, *values)
    grown = increments([series], [], START)
    count = 40
    coarse = Windows(START, length * parts, count).totals(grown)
    fine = Windows(START, length, count * parts).totals(grown)
    assert coarse == [sum(fine[i * parts : (i + 1) * parts]) for i in range(count)]


@given(st.lists(growths, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_series_changes_nothing(counters: list[list[int]], rng: random.Random) -> None:
    series = [at(START - 15, *values, pod=str(index)) for index, values in enumerate(counters)]
    shuffled = list(series)
    rng.shuffle(shuffled)
    assert increments(series, [], START) == increments(shuffled, [], START)


def test_a_steady_counter_counts_its_rate() -> None:
    series = a_counter(10.0)
    grown = increments([series], [], series.times[-1] - 600)
    assert sum(sum(one.growth) for one in grown) == 6000


def test_a_series_that_comes_back_higher_after_its_process_restarted_counts_from_zero() -> None:
    """Two errors, the process restarts, and five errors fall before the next scrape: seven, not five."""
    labels = {"pod": "a", "instance": "10.0.0.1:80"}
    served = Series(
        tuple(sorted({**labels, "code": "200"}.items())), (10.0, 20.0, 30.0), (900.0, 1_000.0, 40.0)
    )
    errors = Series(tuple(sorted({**labels, "code": "503"}.items())), (10.0, 20.0, 30.0), (0.0, 2.0, 5.0))
    found = {dict(one.labels)["code"]: sum(one.growth) for one in increments((served, errors), (), 10.0)}
    assert found == {"200": 140.0, "503": 7.0}


def test_recorded_sums_do_not_restart_each_other() -> None:
    one = Series((("code", "200"),), (10.0, 20.0, 30.0), (900.0, 1_000.0, 40.0))
    other = Series((("code", "503"),), (10.0, 20.0, 30.0), (0.0, 2.0, 5.0))
    assert [sum(grown.growth) for grown in increments((one, other), (), 10.0)] == [140.0, 5.0]
