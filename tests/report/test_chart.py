"""chart: lines that GitHub draws, whatever the names and numbers are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.report.chart import Chart, Ink, Line, legend, mermaid, number, text
from tests.report.injections import INJECTIONS
from tests.report.markup import acted_on, structure, unprintable
from tests.report.mermaid import charts

NOON = 1_767_787_200.0  # 2026-01-07 12:00 UTC
values = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e18, max_value=1e18)
series = st.lists(values, min_size=2, max_size=12)


def a_chart(*numbers: float, step: float = 120.0, title: str = "errors", unit: str = "%") -> Chart:
    ends = tuple(NOON + step * index for index in range(len(numbers)))
    line = Line(name="v9", ink=Ink.CANDIDATE, values=numbers)
    return Chart(title=title, unit=unit, ends=ends, lines=(line,))


def test_a_chart_has_a_title_times_a_unit_and_its_lines() -> None:
    chart = a_chart(1, 2, 4)
    limit = Line(name="limit 3%", ink=Ink.LIMIT, values=(3, 3, 3))
    [drawn] = charts(mermaid(replace(chart, lines=(limit, *chart.lines))))
    assert (drawn.title, drawn.unit) == ("errors", "%")
    assert drawn.labels == ("12:00", "12:02", "12:04")
    assert drawn.lines == ((3, 3, 3), (1, 2, 4))
    assert drawn.colours == (Ink.LIMIT.colour, Ink.CANDIDATE.colour)


def test_the_axis_leaves_room_and_begins_where_it_is_told() -> None:
    [drawn] = charts(mermaid(a_chart(10, 20)))
    assert (drawn.low, drawn.high) == (9, 21)
    [drawn] = charts(mermaid(replace(a_chart(10, 20), floor=0.0)))
    assert (drawn.low, drawn.high) == (0, 21)
    [drawn] = charts(mermaid(replace(a_chart(0, 0), floor=0.0)))
    assert drawn.low < drawn.high


@pytest.mark.parametrize(
    ("step", "labels"),
    [
        (120, ("12:00", "12:02", "12:04")),
        (10, ("12:00:00", "12:00:10", "12:00:20")),
        (0.5, ("1", "2", "3")),
        (11 * 3600, ("07 12h", "07 23h", "08 10h")),
        (21 * 3600 / 40, ("12:00", "12:31", "13:03")),
        (31 * 24 * 3600, ("07 12h", "07 12h", "10 12h")),
    ],
)
def test_no_two_points_have_the_same_label(step: float, labels: tuple[str, ...]) -> None:
    [drawn] = charts(mermaid(a_chart(1, 2, 3, step=step)))
    assert drawn.labels == (labels if len(set(labels)) == 3 else ("1", "2", "3"))


def test_points_in_one_hour_of_a_long_step_are_told_to_the_minute() -> None:
    chart = a_chart(1, 2, 3)
    [drawn] = charts(mermaid(replace(chart, ends=(NOON, NOON + 600, NOON + 24 * 3600))))
    assert drawn.labels == ("07 12:00", "07 12:10", "08 12:00")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1e-12, "0.000000000001"),
        (1 / 3, "0.333333"),
        (1e17, "100000000000000000"),
        (-2.5, "-2.5"),
    ],
)
def test_a_number_has_no_exponent(value: float, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    ("numbers", "unit", "lines"),
    [
        ((2e9, 1e9), "% in 1000000000", (2, 1)),
        ((2e-5, 1e-5), "% in 0.000001", (20, 10)),
        ((999_999, 1), "%", (999_999, 1)),
        ((0.001, 0), "%", (0.001, 0)),
    ],
)
def test_huge_and_tiny_numbers_are_told_in_a_unit_that_fits_an_axis(
    numbers: tuple[float, ...], unit: str, lines: tuple[float, ...]
) -> None:
    [drawn] = charts(mermaid(a_chart(*numbers)))
    assert drawn.unit == unit
    assert drawn.lines[0] == pytest.approx(lines)


def test_what_has_no_unit_gets_none() -> None:
    [drawn] = charts(mermaid(a_chart(1, 2, unit="")))
    assert drawn.unit == ""


@given(series)
def test_every_series_of_numbers_can_be_drawn(numbers: list[float]) -> None:
    [drawn] = charts(mermaid(a_chart(*numbers)))
    largest = max(map(abs, numbers))
    for value, shown in zip(numbers, drawn.lines[0], strict=True):
        factor = largest / max(map(abs, drawn.lines[0])) if largest and any(drawn.lines[0]) else 1.0
        assert math.isclose(shown * factor, value, rel_tol=1e-4, abs_tol=max(largest * 1e-4, 1e-12))


@pytest.mark.parametrize("hostile", INJECTIONS)
def test_no_name_gets_out_of_its_quotes(hostile: str) -> None:
    block = mermaid(a_chart(1, 2, title=hostile, unit=hostile))
    [drawn] = charts(block)
    assert drawn.lines == ((1, 2),)
    assert structure(block) == ["fence code mermaid"]
    assert unprintable(block) == []
    assert acted_on(block) == []
    assert "payload" in drawn.title or "payload" not in hostile


@given(st.text(st.characters() | st.sampled_from('"`%{}[];#\n<>')))
def test_any_text_is_a_text_of_the_grammar(untrusted: str) -> None:
    [drawn] = charts(mermaid(a_chart(1, 2, title=untrusted, unit=untrusted)))
    assert drawn.title == text(untrusted)


def test_the_legend_names_each_colour_in_the_order_of_the_lines() -> None:
    chart = a_chart(1, 2)
    limit = Line(name="limit 3%", ink=Ink.LIMIT, values=(3, 3))
    assert legend(replace(chart, lines=(limit, *chart.lines))) == "🟥 limit 3% · 🟦 v9"
