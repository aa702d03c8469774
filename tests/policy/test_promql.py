"""promql: selectors and expressions checked offline, the version put in so that it stays a value."""

from __future__ import annotations

import re

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.promql import Quoting
from promoter.policy.promql import PromqlError, read_gauge, read_histogram, read_selector


def test_a_placeholder_knows_the_quoting_of_its_place() -> None:
    template = read_selector('x{a="$version", b=~"$version|y"}')
    assert [part for part in template.parts if isinstance(part, Quoting)] == [Quoting.STRING, Quoting.REGEX]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x", "does not say $version"),
        ('rate(x{v="$version"}[5m])', "must be a plain selector"),
        ('x{v="$version"}[5m]', "must be a plain selector"),
        ('x{v="$version"} offset 5m', "another time than the one that is judged"),
        ('sum(x{v="$version"})', "must be a plain selector"),
        ('x{v="$version"', "is no PromQL"),
        ('x{v="$verson"}', "$verson is not known"),
        ("x{v='$version'}", "double quotes"),
        ("x{v=`$version`}", "double quotes"),
        ("$version", "stands outside of a string"),
        ("x{$version='a'}", "stands outside of a string"),
        ('x{v!="$version"}', "every version but this one"),
        ('x{v="a"} # "$version"', "does not say $version"),
        ('{v="$version"}', "names no metric"),
        ('x{v="$version"} @ 5', "another time"),
        ('x{v="\\x41$version"}', "escape by number"),
        ("x" * 5000, "longer than"),
    ],
)
def test_what_is_no_selector_is_refused(text: str, why: str) -> None:
    with pytest.raises(PromqlError, match=re.escape(why)):
        read_selector(text)


def test_a_dollar_in_a_regular_expression_is_no_placeholder() -> None:
    assert read_selector('x{v="$version", code=~"5..$"}').render("v9") == 'x{v="v9", code=~"5..$"}'


def test_a_gauge_may_be_any_expression_with_a_metric_and_tells_its_selectors() -> None:
    _, selectors = read_gauge('avg(x{v="$version"}) / on() max_over_time(y{v="$version"}[5m]) + vector(1)')
    assert sorted(template.render("v9") for template in selectors) == ['x{v="v9"}', 'y{v="v9"}']


@pytest.mark.parametrize(
    "text",
    [
        'x{v="$version"}[5m]',
        '(x{v="$version"}[5m])',
        'x{v="$version"}[5m:1m]',
        'scalar(x{v="$version"})',
        'label_replace(x, "a", "$version", "b", ".*")',
        'avg(x{v!="$version"})',
        'avg(x{v="$version"} offset 1d)',
        "(" * 1200 + 'x{v="$version"}' + ")" * 1200,
        '"$version"',
        "avg(",
        'vector(1) + x{v="$version"',
    ],
    ids=range(11),
)
def test_what_gives_no_instant_vector_is_refused(text: str) -> None:
    with pytest.raises(PromqlError):
        read_gauge(text)


def test_a_dollar_in_a_functions_argument_is_its_own() -> None:
    gauge, _ = read_gauge('label_replace(x{v="$version"}, "a", "$1", "b", "(.*)")')
    assert gauge.render("v9") == 'label_replace(x{v="v9"}, "a", "$1", "b", "(.*)")'


def test_a_comment_is_cut() -> None:
    assert read_selector('x{v="$version"} # it\'s ours').render("v9") == 'x{v="v9"}'


@pytest.mark.parametrize("name", ["latency_seconds", "latency_seconds_bucket"])
def test_a_histogram_is_named_with_or_without_its_suffix(name: str) -> None:
    histogram = read_histogram(f'{name}{{v="$version"}}')
    assert histogram.metric == "latency_seconds"
    assert histogram.bucket.render("v9") == 'latency_seconds_bucket{v="v9"}'
    assert histogram.count.render("v9") == 'latency_seconds_count{v="v9"}'


@given(st.text(max_size=30))
def test_no_version_ends_the_string_it_is_put_into(version: str) -> None:
    rendered = read_selector('x{a="$version"}').render(version)
    (matcher,) = promql_parser.parse(rendered).matchers.matchers  # type: ignore[attr-defined]
    assert matcher.name == "a"
    if "\\" not in repr(version) and version.isprintable():
        assert matcher.value == version


@given(st.text('abc.*+?()[]{}|^$\\-/ "_:', min_size=1, max_size=12))
def test_a_version_in_a_regular_expression_matches_only_itself(version: str) -> None:
    rendered = read_selector('x{a=~"$version"}').render(version)
    (matcher,) = promql_parser.parse(rendered).matchers.matchers  # type: ignore[attr-defined]
    assert re.fullmatch(matcher.value, version)
    assert not re.fullmatch(matcher.value, version + "x")
    assert not re.fullmatch(matcher.value, "x")
