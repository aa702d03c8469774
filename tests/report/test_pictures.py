"""pictures: what matters is shown, the rest is one click away."""

from __future__ import annotations

from promoter.core.judge.verdict import Outcome
from promoter.report.pictures import MOST, pictures
from tests.build import a_health, a_situation
from tests.report.markup import structure
from tests.report.mermaid import charts
from tests.report.reports import HOSTILE, latency, memory, slower_and_slower, success

HERE = a_situation()


def titles(text: str) -> list[str]:
    return [chart.title.split(" ")[0] for chart in charts(text)]


def test_the_check_nearest_to_its_limit_is_open_and_the_others_are_folded() -> None:
    shown = pictures(HERE, a_health(success(), latency(), memory())).charts
    before, _, folded = shown.partition("<details><summary>More charts</summary>")
    assert titles(before) == ["gpu-memory"]
    assert titles(folded) == ["success-rate", "p99-latency"]


def test_a_failure_is_open_however_near_the_others_are() -> None:
    bad = latency(Outcome.FAIL, observed=0.036, readings=slower_and_slower())
    shown = pictures(HERE, a_health(memory(), bad)).charts
    assert titles(shown.partition("<details>")[0]) == ["p99-latency"]


def test_a_lower_limit_is_nearer_the_closer_the_value_comes_from_above() -> None:
    low = memory(check="map50", observed=36.1, limit=36.0, lower=True)
    shown = pictures(HERE, a_health(memory(observed=20.0), low)).charts
    assert titles(shown)[0] == "map50"


def test_of_many_only_some_are_drawn() -> None:
    many = [success(Outcome.FAIL, check=f"c{n}") for n in range(20)]
    assert len(charts(pictures(HERE, a_health(*many)).charts)) == 2 * MOST


def test_where_nothing_was_read_nothing_is_shown() -> None:
    shown = pictures(HERE, a_health(success(readings=())))
    assert (shown.charts, shown.readings) == ("", "")


def test_the_numbers_behind_a_chart_can_be_read_without_it() -> None:
    text = pictures(HERE, a_health(success())).readings
    assert "  - 08:32:00-08:34:00 1 of 2,000, stable 1 of 38,000: within" in text
    assert text.count("\n  - ") == 5


def test_hostile_names_stay_text() -> None:
    hostile, tame = (a_health(success(check=name)) for name in (HOSTILE, "name"))
    assert structure(pictures(HERE, hostile).readings) == structure(pictures(HERE, tame).readings)
