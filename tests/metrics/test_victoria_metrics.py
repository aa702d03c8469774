"""The same adapter against VictoriaMetrics, where its program is here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promoter.core.evidence import Answer, InstantValue, Query, RangeValues, RawSamples, Series, Unknown
from promoter.metrics.batching import Limits
from promoter.metrics.prometheus import PrometheusMetrics
from promoter.settings import PrometheusSettings
from tests.prometheus_server import History, running_prometheus, running_victoria_metrics
from tools.ensure_prometheus import find

pytestmark = pytest.mark.prometheus

T = 1767772800.0
END = T + 1800


@pytest.fixture(scope="module")
def both(prometheus_binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    binaries = find("victoria-metrics")
    if binaries is None:
        pytest.skip("no victoria-metrics here; tools/ensure_prometheus.py --with victoria-metrics fetches it")
    history = History()
    for app in range(5):
        for version in ("v8", "v9"):
            labels = {"app": f"yolo.{app}", "version": version}
            history.climb("requests_total", labels, start=T, end=END, rate=app)
            history.level("map50", labels, start=T, end=END, value=37.0 + app)
    history.counter("requests_total", {"app": "restarted"}, [(T + 600, 5), (T + 700, 1)])
    place = tmp_path_factory.mktemp("both")
    with (
        running_prometheus(prometheus_binaries, history, place) as prometheus,
        running_victoria_metrics(binaries, history, place) as victoria,
    ):
        yield prometheus.url, victoria.url


def asked(url: str, queries: list[Query], limits: Limits | None = None) -> dict[Query, Answer | Unknown]:
    metrics = PrometheusMetrics(PrometheusSettings(url=url), limits=limits)
    answers = dict(metrics.fetch(queries))
    metrics.close()
    return answers


def queries() -> list[Query]:
    apps = [f"yolo.{app}" for app in range(5)]
    selectors = [f'requests_total{{app="{app}",version="{v}"}}' for app in apps for v in ("v8", "v9", "none")]
    exprs = [f'avg(map50{{app="{app}",version="{v}"}})' for app in apps for v in ("v8", "v9")]
    raw = [RawSamples(text, T, END) for text in (*selectors, 'requests_total{app="restarted"} # restarts')]
    instants = [InstantValue(expr, END - 7) for expr in (*exprs, 'map50{app="yolo.1"}', "2")]
    ranges = [RangeValues(expr, T + 7, END - 7, 30.0) for expr in exprs]  # over 50 points, off the grid
    return [*raw, *instants, *ranges]


def test_it_answers_as_prometheus_does(both: tuple[str, str]) -> None:
    prometheus, victoria = (asked(url, queries()) for url in both)
    assert victoria == prometheus
    assert not any(isinstance(answer, Unknown) for answer in victoria.values())


def test_asked_together_or_alone_the_answers_are_the_same(both: tuple[str, str]) -> None:
    _, url = both
    assert asked(url, queries()) == asked(url, queries(), Limits(url_bytes=1))


def test_nothing_over_nothing_is_no_series_instead_of_nan(both: tuple[str, str]) -> None:
    query = InstantValue("0 * map50 / 0", END)
    prometheus, victoria = (asked(url, [query])[query] for url in both)
    assert isinstance(prometheus, Answer)
    assert len(prometheus.series) == 10
    assert victoria == Answer(())


def test_a_range_keeps_its_times(both: tuple[str, str]) -> None:
    query = RangeValues('map50{app="yolo.1",version="v8"}', T + 7, END, 30.0)
    answer = asked(both[1], [query])[query]
    assert isinstance(answer, Answer)
    (series,) = answer.series
    assert isinstance(series, Series)
    assert series.times[:2] == (T + 7, T + 37)
