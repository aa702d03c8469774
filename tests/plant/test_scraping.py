"""Which program scrapes the plant, and that VictoriaMetrics really can."""

from __future__ import annotations

from pathlib import Path

import pytest

from promoter.plant import debian, scraping, show
from promoter.plant.debian import UnavailableError
from promoter.plant.processes import PlantError
from promoter.plant.scraping import Program
from tests.plant.conftest import now
from tools.ensure_prometheus import find


def here(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Only these packages are here, and nothing can be fetched."""

    def place(package: str, _cache: Path) -> Path | None:
        return Path("/opt") / package if package in packages else None

    def fetch(package: str, cache: Path) -> Path:
        found = place(package, cache)
        if found is None:
            raise UnavailableError(f"{package} is not on PATH, and this is no Debian to fetch it from")
        return found

    monkeypatch.setattr(debian, "find", place)
    monkeypatch.setattr(debian, "ensure", fetch)


def test_prometheus_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, "prometheus", "victoria-metrics")
    assert scraping.program() == Program(Path("/opt/prometheus/prometheus"))


def test_victoria_metrics_is_taken_where_only_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, "victoria-metrics")
    assert scraping.program() == Program(Path("/opt/victoria-metrics/victoria-metrics"), victoria=True)


def test_where_neither_can_be_had_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch)
    with pytest.raises(PlantError, match="the live demo needs a Prometheus: prometheus is not on PATH"):
        scraping.program()


@pytest.mark.live
@pytest.mark.prometheus
def test_a_scene_plays_the_same_over_victoria_metrics(
    live_parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = find("victoria-metrics")
    if place is None:
        pytest.skip("no victoria-metrics here; tools/ensure_prometheus.py --with victoria-metrics fetches it")
    monkeypatch.setattr(scraping, "program", lambda: Program(place / "victoria-metrics", victoria=True))
    [played] = show.play(["map-drop"], tmp_path / "demo", now, [])
    failed = [verdict.check for verdict in played.rows[-1].health.failed]
    assert failed == ["map50"]
