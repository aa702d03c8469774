"""units: shares, durations, steps and windows as people write them."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.policy.units import UnitError, read_duration, read_percent, read_weight, read_window


@pytest.mark.parametrize(
    ("text", "share"), [("5%", "1/20"), ("0.05%", "1/2000"), ("100 %", "1"), ("0%", "0")]
)
def test_a_share_is_exact(text: str, share: str) -> None:
    assert read_percent(text) == Fraction(share)


@pytest.mark.parametrize("value", ["5 ", 5, "+5%", "-5%", "%", "5 percent", None, True, "1e3%", "5%x"])
def test_a_share_needs_its_sign(value: object) -> None:
    with pytest.raises(UnitError):
        read_percent(value)


def test_a_known_cost_has_a_direction() -> None:
    assert read_percent("+100%", signed=True) == 1
    assert read_percent("-10%", signed=True) == Fraction(-1, 10)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("7d", 604800), ("50ms", 0.05), ("1.5h", 5400)],
)
def test_a_duration_says_its_units(text: str, seconds: float) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [90, "90 ", "90 s x", "s", "", "-1s", "1y", None, "1e9d", "٩s"])
def test_a_number_without_a_unit_is_no_duration(value: object) -> None:
    with pytest.raises(UnitError, match=r"no duration|no unit"):
        read_duration(value)


def test_a_duration_ends_at_a_year() -> None:
    assert read_duration("366d") == timedelta(days=366)
    with pytest.raises(UnitError, match="longer than a year"):
        read_duration("366d1s")


@pytest.mark.parametrize(
    ("value", "percent"), [(5, "5"), (Decimal("0.1"), "1/10"), ("5%", "5"), (100, "100")]
)
def test_a_step_is_a_percentage(value: object, percent: str) -> None:
    assert read_weight(value) == Fraction(percent)


@pytest.mark.parametrize("value", [0, 101, "5 ", True, None, Decimal("100.1"), -1])
def test_a_step_is_above_0_and_at_most_100(value: object) -> None:
    with pytest.raises(UnitError):
        read_weight(value)


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        ("Mon-Fri", {1, 2, 3, 4, 5}),
        ("Sat,Sun", {6, 7}),
        ("Fri-Mon", {5, 6, 7, 1}),
        ("Wed", {3}),
        ("Sun-Sun", {7}),
    ],
)
def test_the_days_of_a_window(days: str, numbers: set[int]) -> None:
    window = read_window(f"{days} 09:00-18:30 Europe/Berlin")
    assert (window.days, window.start, window.end) == (frozenset(numbers), time(9), time(18, 30))
    assert str(window.zone) == "Europe/Berlin"


@given(st.text(max_size=40))
def test_any_text_is_a_unit_or_refused(text: str) -> None:
    for read in (read_percent, read_duration, read_weight, read_window):
        try:
            read(text)
        except UnitError as error:
            assert len(str(error)) < 300  # noqa: PT017 - the message is what is looked at
