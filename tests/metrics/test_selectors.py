import re

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.metrics.selectors import Selector, Shape, literal, merged, quoted, read_selector, url_bytes


def test_a_selector_is_its_shape_and_its_values() -> None:
    selector = read_selector('requests_total{version="v9", app="yolo", code=~"5..", pod!=""}')

    shape = Shape("requests_total", ("app", "version"), ('code=~"5.."', 'pod!=""'))
    assert selector == Selector(shape, ("yolo", "v9"))


def test_the_metric_name_may_be_a_matcher() -> None:
    assert read_selector('{__name__="up",a="b"}') == read_selector('up{a="b"}')


def test_backslashes_are_read_as_prometheus_reads_them() -> None:
    shape = read_selector(r'bucket{le=~"50(\\.0)?"}').shape
    assert shape is not None
    assert shape.others == (r'le=~"50(\\.0)?"',)


@pytest.mark.parametrize(
    "text",
    [
        '{a="b"}',  # no metric name to tell series apart by
        '{__name__=~"a|b"}',
        'm{a="x",a="y"}',
        r'm{a="\xff"}',  # a byte that is no text
        'm{a="b" or c="d"}',
        'm{"utf8.name"="x"}',
    ],
)
def test_what_cannot_be_merged_safely_is_asked_as_it_stands(text: str) -> None:
    assert read_selector(text) == Selector()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sum(m)", "not a plain selector"),
        ("m[5m]", "not a plain selector"),
        ("m offset 5m", "offset or @"),
        ("m @ 1000", "offset or @"),
        ("m{", "not a PromQL selector"),
        ("\ud800", "not a PromQL selector"),
    ],
)
def test_what_is_no_plain_selector_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_selector(text)


def test_merging_keeps_what_is_common_and_lists_what_differs() -> None:
    shape = Shape("m", ("a", "b"), ('c!="z"',))
    assert merged(shape, (["1", "2."], ["x"])) == r'{__name__="m",a=~"1|2\\.",b="x",c!="z"}'


@given(st.text())
def test_a_literal_matches_its_value_and_nothing_else(value: str) -> None:
    assert re.fullmatch(literal(value), value)
    assert not re.fullmatch(literal(value), value + "x")


@given(st.text(st.characters(codec="utf-8")))
def test_a_quoted_value_is_read_back_as_it_was(value: str) -> None:
    parsed = promql_parser.parse(f"m{{a={quoted(value)}}}")
    assert isinstance(parsed, promql_parser.VectorSelector)
    assert parsed.matchers.matchers[0].value == value


def test_a_text_counts_as_long_as_it_is_in_a_url() -> None:
    assert url_bytes('a="é"') == len("a%3D%22%C3%A9%22")
