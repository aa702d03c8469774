"""checks: the keys of a check must go together, and its limits have the right units."""

from __future__ import annotations

import pytest

from promoter.core.policy import QuantileCheck, Rule
from tests.policy.test_read import read, told, with_check


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ("at_most: 1%", "a check has bad and total, or histogram, or gauge; this one has none"),
        ('bad: x{v="$version"}\nat_most: 1%', "total is missing"),
        ('bad: x{v="$version"}\ntotal: y{v="$version"}', "at_most is missing; write a share, like 0.05%"),
        ('bad: x{v="$version"}\ntotal: y{v="$version"}\nat_most: 0.05', "0.05 is no share"),
        ('bad: x{v="$version"}\ntotal: y{v="$version"}\nat_most: 100%', "must be above 0% and below 100%"),
        ('gauge: x{v="$version"}', "a gauge needs at_least, at_most, within or growth_at_most"),
        ('gauge: x{v="$version"}\nat_least: 5\nat_most: 4', "nothing could pass"),
        ('gauge: x{v="$version"}\nat_least: 5%', "'5%' is no number"),
        ('gauge: x{v="$version"}\nwithin: 2', "2 has no unit; write 2% if you mean percent"),
        ('gauge: x{v="$version"}\nwithin: 2%\nquantile: 0.9', "quantile does not go with gauge"),
        ('histogram: x_seconds{v="$version"}\nat_most: 50ms', "quantile is missing"),
        ('histogram: x_seconds{v="$version"}\nquantile: 0.99\nat_most: 50', "50 has no unit; write 50s"),
        ('histogram: x_seconds{v="$version"}\nquantile: 1\nat_most: 50ms', "write it like 0.99"),
        ('histogram: x{v="$version"}\nquantile: 0.99\nat_most: 50ms', "write a plain number"),
        (
            'histogram: x_ms{v="$version"}\nquantile: 0.9\nat_most: 5ms\ngauge: y{v="$version"}',
            "histogram and gauge",
        ),
        (
            'gauge: x{v="$version"}\nat_least: 5\nstderr: y{v="$version"}\nsamples: z{v="$version"}',
            "exclude each other",
        ),
        ('gauge: x{v="$version"}\nat_most: 5\nstderr: y{v="$version"}', "go with at_least or within"),
        ('gauge: x{v="$version"}\nat_most: 5\nthreshold: {last: 4}', "write rule: threshold beside it"),
        (
            'gauge: x{v="$version"}\nat_least: 5\nexpect: 100',
            "100 has no unit; write 100% if you mean percent",
        ),
        (
            'histogram: x_ms{v="$version"}\nquantile: 0.99\nat_most: 50ms\nexpect: -100%',
            "must be above -100%",
        ),
    ],
)
def test_keys_that_do_not_make_a_check_are_told(check: str, problem: str) -> None:
    lines = told(with_check(check))
    assert any(problem in line for line in lines), lines


@pytest.mark.parametrize(
    ("metric", "limit"),
    [("x_milliseconds", 50.0), ("x_ms", 50.0), ("x_seconds", 0.05), ("x_microseconds", 50_000.0)],
)
def test_a_latency_limit_is_turned_into_the_metrics_own_unit(metric: str, limit: float) -> None:
    text = f'histogram: {metric}{{v="$version"}}\nquantile: 0.99\nat_most: 50ms\nexpect: +100%'
    (check,) = read(with_check(text)).checks
    assert isinstance(check, QuantileCheck)
    assert check.limit == pytest.approx(limit)
    assert check.limit * check.scale == pytest.approx(50.0)
    assert check.bucket.render("v9") == f'{metric}_bucket{{v="v9"}}'
    assert check.count.render("v9") == f'{metric}_count{{v="v9"}}'
    assert check.expect == 1.0
    assert check.rule is Rule.SEQUENTIAL
