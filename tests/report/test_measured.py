"""measured: a verdict's numbers in its unit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoter.core.policy import Unit
from promoter.report.measured import beyond, number, numbers, shown
from tests.build import a_verdict

RATE = a_verdict()


def test_observed_limit_and_stable_stand_beside_each_other() -> None:
    assert numbers(RATE) == "0.02% of 48,210 requests bad (limit 0.05%), stable 0.02%"
    assert numbers(replace(RATE, edge=50.0, edge_unit=Unit.MILLISECONDS)).startswith("over 50 ms: 0.02% of")


def test_nothing_seen_is_not_told_as_nothing_bad() -> None:
    assert numbers(replace(RATE, observed=None, samples=0)).startswith("bad: nothing of 0 requests (limit")


def test_a_lower_limit_is_told_as_one() -> None:
    low = replace(RATE, unit=Unit.PLAIN, lower=True, observed=37.0, limit=36.0, stable=None)
    assert numbers(low) == "37 (at least 36)"
    assert (beyond(low), beyond(RATE)) == ("below the limit", "over the limit")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.000123456, 3, "0.000123"), (1234567.0, 3, "1,234,567"), (12.3456, 3, "12.3"), (1e-7, 2, "0.0000001")],
)
def test_numbers_have_no_exponents(value: float, digits: int, text: str) -> None:
    assert number(value, digits) == text


def test_what_is_just_over_the_limit_is_not_shown_as_the_limit() -> None:
    assert shown(0.000500001, RATE) != shown(0.0005, RATE)
    assert shown(None, RATE) == "nothing"
