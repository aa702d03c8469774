"""series: a verdict's windows as lines; nothing is drawn that was not measured."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.verdict import Outcome, Proof, WindowReading
from promoter.core.policy import Unit
from promoter.report.series import POINTS, picture
from tests.build import STEP_BEGAN, a_situation, a_verdict
from tests.report.markup import acted_on, structure
from tests.report.mermaid import Drawn, charts
from tests.report.reports import (
    HOSTILE,
    a_reading,
    hostile_row,
    latency,
    memory,
    proven,
    slower_and_slower,
    success,
)

HERE = a_situation()


def drawn(markdown: str) -> Drawn:
    [found] = charts(markdown)
    return found


def windows(*numbers: float | None, seconds: float = 120.0) -> tuple[WindowReading, ...]:
    """Gauge readings, one a window; stable always reads 10."""
    began = STEP_BEGAN.timestamp()
    return tuple(
        WindowReading(
            start=began + seconds * n, end=began + seconds * (n + 1), value=number, stable_value=10.0
        )
        for n, number in enumerate(numbers)
    )


def test_a_share_is_drawn_in_percent_between_its_limit_and_stable() -> None:
    text = picture(HERE, latency())
    chart = drawn(text)
    assert (chart.title, chart.unit, chart.low) == ("p99-latency (over 50 ms)", "%", 0)
    limit, stable, gray = chart.lines
    assert set(limit) == {1.0}
    assert stable[0] == pytest.approx(100 * 46 / 38000, rel=1e-4)
    assert gray[:3] == (0.1, 0.05, 0.15)
    assert text.endswith("🟥 limit 1% · 🟩 v8-stable · 🟦 v9-gray. A point is 2 min.")


def test_a_proof_shows_its_bar_and_what_it_has_come_to() -> None:
    text = picture(HERE, proven())
    assert [set(line) for line in drawn(text).lines[:3]] == [{0.05}, {0.15}, {0.04}]
    assert "🟥 limit 0.05% · 🟧 bar of this step 0.15% · 🟪 proven at most 0.04% · 🟩 v8-stable" in text


def test_a_bound_far_from_its_bar_or_of_a_failure_is_not_drawn() -> None:
    far = Proof(alpha=0.01, beta=0.05, bar=0.0015, bound=0.9)
    assert "🟪" not in picture(HERE, proven(proof=far))
    assert "🟧" in picture(HERE, proven(proof=far))
    assert "🟧" not in picture(HERE, proven(proof=replace(far, bar=0.0005)))  # it is the limit
    failed = latency(Outcome.FAIL, proof=replace(far, bound=0.001))
    assert "🟪" not in picture(HERE, failed)


def test_a_gauge_is_drawn_as_it_was_read() -> None:
    chart = drawn(picture(HERE, memory()))
    assert chart.unit == ""
    assert chart.lines[2][0] == 8990
    assert "at least 36" in picture(HERE, memory(lower=True, limit=36.0))


def test_a_window_without_data_is_left_out_and_told() -> None:
    text = picture(HERE, memory())
    assert "08:42" not in drawn(text).labels
    assert text.endswith("A point is 2 min; 1 without data.")


def test_without_a_limit_or_stable_only_what_there_is_is_drawn() -> None:
    readings = tuple(reading._replace(stable_value=None) for reading in windows(1, 2, 3))
    text = picture(HERE, memory(readings=readings, limit=None))
    assert drawn(text).lines == ((1, 2, 3),)
    assert "🟥" not in text
    assert "🟩" not in text


def test_where_stable_is_mostly_silent_its_line_goes_and_not_the_points() -> None:
    readings = windows(1, 2, 3, 4)
    silent = tuple(reading._replace(stable_value=None) for reading in readings[1:])
    assert len(drawn(picture(HERE, memory(readings=(readings[0], *silent)))).lines) == 2
    once = (*readings[:3], readings[3]._replace(stable_value=None))
    chart = drawn(picture(HERE, memory(readings=once)))
    assert len(chart.lines) == 3
    assert len(chart.labels) == 3


@pytest.mark.parametrize("readings", [(), windows(1), windows(None, None, None), windows(None, 2)])
def test_too_little_is_not_drawn(readings: tuple[WindowReading, ...]) -> None:
    assert picture(HERE, memory(readings=readings)) == ""


def test_no_traffic_is_no_share() -> None:
    empty = tuple(a_reading(n)._replace(total=0.0) for n in range(5))
    assert picture(HERE, success(readings=empty)) == ""


def test_many_windows_are_pooled_over_the_whole_step() -> None:
    readings = tuple(a_reading(n, bad=n % 2) for n in range(100))
    text = picture(HERE, success(readings=readings))
    chart = drawn(text)
    assert len(chart.labels) <= POINTS
    assert "A point is 18 min" in text
    assert chart.lines[2][-1] == pytest.approx(100 * 5 / 18000, rel=1e-4)  # nine windows: 1 0 1 0 1 0 1 0 1


def test_of_pooled_readings_the_one_nearest_to_harm_is_shown() -> None:
    readings = windows(*([5.0] * 23), 9.0)
    assert max(drawn(picture(HERE, memory(readings=readings))).lines[2]) == 9
    readings = windows(*([5.0] * 23), 1.0)
    assert min(drawn(picture(HERE, memory(readings=readings, lower=True))).lines[2]) == 1


def test_a_failure_shows_the_windows_that_failed_and_does_not_dilute_them() -> None:
    many = tuple(a_reading(n) for n in range(85)) + tuple(
        reading._replace(start=reading.start + 85 * 120, end=reading.end + 85 * 120)
        for reading in slower_and_slower()
    )
    text = picture(HERE, latency(Outcome.FAIL, readings=many))
    assert drawn(text).lines[2][-1] == 5.2
    assert "the last 12 of 100 windows" in text


def test_hostile_names_draw_the_same_chart() -> None:
    row = hostile_row()
    text = picture(row.situation, latency(check=HOSTILE))
    assert structure(text) == structure(picture(HERE, latency()))
    assert drawn(text).lines == drawn(picture(HERE, latency())).lines
    assert acted_on(text) == []


numbers = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(numbers, numbers), max_size=40), numbers, st.booleans())
def test_whatever_was_read_the_chart_is_in_the_grammar(
    read: list[tuple[float | None, float | None]],
    limit: float | None,
    share: bool,  # noqa: FBT001 - given by position
) -> None:
    readings = [
        frame._replace(bad=gray, total=1000.0, stable_bad=other, stable_total=9.0, stable_value=None)
        if share
        else frame._replace(value=gray, stable_value=other)
        for frame, (gray, other) in zip(windows(*([None] * len(read))), read, strict=True)
    ]
    known = None if limit is None or math.isnan(limit) else limit
    unit = Unit.SHARE if share else Unit.PLAIN
    text = picture(HERE, a_verdict(readings=tuple(readings), unit=unit, limit=known))
    assert len(charts(text)) == (1 if text else 0)
