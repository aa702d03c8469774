"""meaning: ladders, defaults that depend on each other, and what single fields cannot know of each other."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.policy.test_read import SMALL, read, told, with_check


@pytest.mark.parametrize(
    ("steps", "percents"),
    [
        ("[0.1, 1, 100]", [Fraction(1, 10), 1, 100]),
        ("[1%, 5%]", [1, 5]),
        ("{from: 25, by: 25}", [25, 50, 75, 100]),
        ("{from: 5, by: 10, to: 30}", [5, 15, 25, 30]),
    ],
)
def test_a_ladder_may_be_a_list_or_a_range(steps: str, percents: list[Fraction]) -> None:
    assert [step.percent for step in read(SMALL + f"steps: {steps}\n").steps] == percents


def test_a_version_cannot_be_named_twice() -> None:
    assert any(
        "named more than once" in line for line in told(SMALL.replace("[v9-gray]", "[v9-gray, v8-stable]"))
    )


def test_the_split_is_seen_by_the_counter_that_a_check_counts_with() -> None:
    assert read(SMALL).requests.render("v9") == 'requests_total{version="v9"}'
    gauge_only = with_check('gauge: accuracy{version="$version"}\nat_least: 36')
    assert read(gauge_only).requests.source.startswith("istio_requests_total")
