"""The adapter against a real Prometheus."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from bench.latency_proxy import latency_proxy
from promoter.core.evidence import (
    Answer,
    Answers,
    InstantValue,
    Query,
    RangeValues,
    RawSamples,
    Series,
    Unknown,
)
from promoter.metrics.batching import Limits
from promoter.metrics.prometheus import PrometheusMetrics
from promoter.metrics.selectors import quoted
from promoter.settings import PrometheusSettings
from tests.prometheus_server import History, Server, running_prometheus

pytestmark = pytest.mark.prometheus

T = 1767772800.0  # 2026-01-07T08:00:00Z
HOSTILE = [
    "a.b",
    "axb",
    "x|y",
    "(",
    ")",
    "\\",
    '"',
    "\n",
    "é",
    "x y",
    "$",
    "^x",
    "[xy]",
    "{1}",
    ".*",
    "+?",
    "#",
    "日本",
]


def a_history() -> History:
    history = History()
    history.counter(
        "errors_total", {"version": "v9", "pod": "old"}, [(T, 7), (T + 15, 9), (T + 30, 1), (T + 45, 4)]
    )
    history.counter("errors_total", {"version": "v9", "pod": "newborn"}, [(T + 40, 1), (T + 55, 2)])
    history.counter("errors_total", {"version": "v8"}, [(T, 100), (T + 60, 100)])
    history.level("map50", {"version": "v8"}, start=T, end=T + 60, value=37.3)
    history.level("map50", {"version": "v9"}, start=T, end=T + 60, value=math.nan)
    history.level("odd", {}, start=T, end=T + 60, value=math.inf)
    history.gauge("exact", {}, [(T + 0.125, 0.1), (T + 15.001, -1e-300), (T + 30, 12345678901234567.0)])
    for number, value in enumerate(HOSTILE):
        history.climb(
            "hostile_total", {"app": value, "other": HOSTILE[-number]}, start=T, end=T + 60, rate=number
        )
    for app in range(12):
        for version in ("v8", "v9"):
            for code in ("200", "500"):
                labels = {"app": f"yolo-{app}", "version": version, "code": code}
                history.climb("requests_total", labels, start=T, end=T + 60, rate=app + 1)
    return history


@pytest.fixture(scope="module")
def server(prometheus_binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_prometheus(
        prometheus_binaries, a_history(), tmp_path_factory.mktemp("prometheus")
    ) as running:
        yield running


@pytest.fixture(scope="module")
def metrics(server: Server) -> Iterator[PrometheusMetrics]:
    adapter = PrometheusMetrics(PrometheusSettings(url=server.url))
    yield adapter
    adapter.close()


def series(answer: Answer | Unknown) -> tuple[Series, ...]:
    assert isinstance(answer, Answer)
    return answer.series


def test_raw_samples_are_those_that_were_stored(metrics: PrometheusMetrics) -> None:
    query = RawSamples('errors_total{version="v9"}', T, T + 60)
    name = ("__name__", "errors_total")
    assert metrics.fetch([query]) == {
        query: Answer(
            (
                Series((name, ("pod", "newborn"), ("version", "v9")), (T + 40, T + 55), (1.0, 2.0)),
                # The first sample lies on the open end of the window; the restart at +30 s is there to be seen.
                Series((name, ("pod", "old"), ("version", "v9")), (T + 15, T + 30, T + 45), (9.0, 1.0, 4.0)),
            )
        )
    }


def test_times_and_values_are_exact_to_the_last_digit(metrics: PrometheusMetrics) -> None:
    query = RawSamples("exact", T, T + 60)
    assert metrics.fetch([query])[query] == Answer(
        (
            Series(
                (("__name__", "exact"),), (T + 0.125, T + 15.001, T + 30), (0.1, -1e-300, 12345678901234567.0)
            ),
        )
    )


def test_no_series_is_an_answer(metrics: PrometheusMetrics) -> None:
    queries: list[Query] = [
        RawSamples("nothing", T, T + 60),
        InstantValue("nothing", T),
        RangeValues("nothing", T, T + 60, 30.0),
    ]
    assert metrics.fetch(queries) == dict.fromkeys(queries, Answer(()))


def test_instants_and_ranges_keep_what_is_not_finite(metrics: PrometheusMetrics) -> None:
    nan, ratio = InstantValue('avg(map50{version="v9"})', T + 60), InstantValue("0 * vector(1) / 0", T)
    infinite = RangeValues("odd", T, T + 60, 30.0)
    answers = metrics.fetch([nan, ratio, infinite])
    assert math.isnan(series(answers[nan])[0].values[0])
    assert math.isnan(series(answers[ratio])[0].values[0])
    name = (("__name__", "odd"),)
    assert answers[infinite] == Answer((Series(name, (T, T + 30, T + 60), (math.inf,) * 3),))


def test_a_range_is_evaluated_at_exactly_its_times(metrics: PrometheusMetrics) -> None:
    query = RangeValues('max(map50{version="v8"})', T + 0.5, T + 40, 13.0)
    (found,) = series(metrics.fetch([query])[query])
    assert found.times == (T + 0.5, T + 13.5, T + 26.5, T + 39.5)
    assert found.values == (37.3,) * 4


def test_a_scalar_is_a_series_without_labels(metrics: PrometheusMetrics) -> None:
    query = InstantValue("1 + 1", T)
    assert metrics.fetch([query]) == {query: Answer((Series((), (T,), (2.0,)),))}


def every_kind_of_query() -> list[Query]:
    raw = [f"hostile_total{{app={quoted(value)}}}" for value in HOSTILE]
    raw += [
        f"hostile_total{{app={quoted(value)},other={quoted(HOSTILE[-n])}}}" for n, value in enumerate(HOSTILE)
    ]
    for app in range(12):
        for version in ("v8", "v9", ""):
            raw.append(f'requests_total{{app="yolo-{app}",version="{version}"}}')
            raw.append(f'requests_total{{app="yolo-{app}",version="{version}",code=~"5.."}} # errors')
            raw.append(f'{{__name__="requests_total",version="{version}",code!="500",app="yolo-{app}"}}')
    raw += ['errors_total{pod=""}', 'errors_total{pod="old"}', '{app="yolo-1",version="v8"}']
    exprs = [f'sum by (code) (requests_total{{app="yolo-{app}"}})' for app in range(12)]
    exprs += [
        "requests_total",
        '{__name__=~"map50|odd"}',
        "absent(nothing)",
        "vector(1)",
        "time()",
        "2",
        "-odd",
    ]
    exprs += ["sort(map50)", "topk(2, requests_total)", "rate(requests_total[1m]) # slow", "map50 > bool 1"]
    return [
        *(RawSamples(text, start, T + 60) for text in raw for start in (T, T + 20)),
        *(InstantValue(expr, T + at) for expr in exprs for at in (30, 60)),
        *(RangeValues(expr, T, T + 60, step) for expr in exprs for step in (15.0, 30.0)),
    ]


def plain(answers: Answers) -> dict[Query, str]:
    """Comparable where NaN is among the values."""
    return {query: repr(answer) for query, answer in answers.items()}


def test_asked_together_or_alone_the_answers_are_the_same(server: Server) -> None:
    queries = every_kind_of_query()
    asked = []
    for limits in (Limits(url_bytes=1), Limits(), Limits(url_bytes=500)):
        metrics = PrometheusMetrics(PrometheusSettings(url=server.url), limits=limits)
        asked.append(plain(metrics.fetch(queries)))
        metrics.close()
    alone, together, in_parts = asked
    assert together == alone
    assert in_parts == alone
    assert not any("Unknown" in answer for answer in alone.values())
    assert sum("series=()" in answer for answer in alone.values()) < len(queries) / 2


def test_a_query_that_prometheus_refuses_is_unknown_alone(metrics: PrometheusMetrics) -> None:
    fine = [InstantValue(f'sum(requests_total{{app="yolo-{app}"}})', T) for app in range(12)]
    bad = InstantValue('label_replace(map50,"version","same","","")', T)  # two series become one
    answers = metrics.fetch([*fine[:6], bad, *fine[6:]])
    assert all(len(series(answers[query])) == 1 for query in fine)
    refusal = answers[bad]
    assert isinstance(refusal, Unknown)
    assert refusal.reason.startswith("Prometheus answered 422: execution: ")


def test_an_expression_that_does_not_parse_is_told_in_prometheus_words(metrics: PrometheusMetrics) -> None:
    query = InstantValue("sum(", T)
    answer = metrics.fetch([query])[query]
    assert isinstance(answer, Unknown)
    assert "bad_data: invalid parameter" in answer.reason


def test_a_distant_server_is_asked_little_and_at_the_same_time(server: Server) -> None:
    queries = [query for query in every_kind_of_query() if isinstance(query, RawSamples)]
    with latency_proxy(server.url, 0.02) as proxy:
        distant = PrometheusMetrics(PrometheusSettings(url=proxy.url))
        began = monotonic()
        answers = distant.fetch(queries)
        taken = monotonic() - began
        distant.close()
        assert proxy.requests < len(queries) / 5
    assert not any(isinstance(answer, Unknown) for answer in answers.values())
    assert 0.04 <= taken < 0.02 * len(queries) / 2


def test_a_server_that_stops_half_way_is_unknown_from_then_on(
    prometheus_binaries: Path, tmp_path: Path
) -> None:
    query = RawSamples("m", T, T + 60)
    history = History()
    history.level("m", {}, start=T, end=T + 60, value=1.0)
    with running_prometheus(prometheus_binaries, history, tmp_path) as running:
        metrics = PrometheusMetrics(replace(PrometheusSettings(url=running.url), deadline_seconds=5.0))
        assert series(metrics.fetch([query])[query])
        running.stop()
        answer = metrics.fetch([query])[query]
        metrics.close()
    assert answer == Unknown(f"cannot reach {running.url}: Connection refused")
