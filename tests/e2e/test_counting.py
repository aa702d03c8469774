"""Counting against a real Prometheus and VictoriaMetrics: not one error lost that a scrape saw."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from promoter.core.counting import Processes, Windows
from promoter.core.evidence import Answer, RawSamples
from promoter.metrics.prometheus import PrometheusMetrics
from promoter.settings import PrometheusSettings
from tests.e2e.plant_pods import Pod, growth, pods, wait_for_scrapes
from tests.prometheus_server import History, running_victoria_metrics, serving
from tools.ensure_prometheus import find

pytestmark = [pytest.mark.prometheus, pytest.mark.slow]

SCRAPERS = ["prometheus", "victoria-metrics"]


def config(by: str, targets: Path) -> str:
    return f"""\
global: {{scrape_interval: 300ms, scrape_timeout: 300ms}}
scrape_configs:
  - job_name: yolo
    params: {{by: [{by}]}}
    file_sd_configs: [{{files: ["{targets}"], refresh_interval: 300ms}}]
"""


@dataclass(frozen=True)
class Scraped:
    """What was asked after everything had happened, and what the scrapes since the start saw."""

    urls: dict[str, str]
    start: float
    end: float
    truth: dict[str, dict[str, float]]  # who scraped -> response code -> events


@pytest.fixture(scope="module")
def scraped(prometheus_binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    victoria = find("victoria-metrics")
    by = SCRAPERS if victoria is not None else SCRAPERS[:1]
    home = tmp_path_factory.mktemp("counting")
    targets = home / "targets.json"
    with pods("a", "b", "late") as running:
        old, late = [running["a"], running["b"]], running["late"]
        publish(targets, old)
        with serving(prometheus_binaries, None, home / "p", config=config(by[0], targets)) as prometheus:
            urls = {"prometheus": prometheus.url}
            if victoria is None:
                yield happened(running, old, late, by, targets, urls)
                return
            with running_victoria_metrics(victoria, History(), home, config=config(by[1], targets)) as other:
                yield happened(running, old, late, by, targets, {**urls, "victoria-metrics": other.url})


def publish(targets: Path, running: list[Pod]) -> None:
    new = targets.with_suffix(".new")
    new.write_text(json.dumps([{"targets": [pod.address for pod in running]}]), encoding="utf-8")
    new.replace(targets)


def happened(
    running: dict[str, Pod], old: list[Pod], late: Pod, by: list[str], targets: Path, urls: dict[str, str]
) -> Scraped:
    """Requests before the step, then errors for the first time, restarts, and a new pod."""
    rng = random.Random(4)
    for pod in old:
        pod.serve(1_000)
    wait_for_scrapes(old, by, 3)
    before = {pod.name: {key: len(values) for key, values in pod.seen.items()} for pod in running.values()}
    start = time.time()  # noqa: TID251 - a test on real clocks
    time.sleep(0.4)  # nothing happens about the start, so that it is clear what came after
    busy(rng, old, by, rounds=3)
    old[0].restart()
    busy(rng, old, by, rounds=2)
    late.serve(40, errors=3)  # before anybody scraped it
    publish(targets, [*old, late])
    wait_for_scrapes([late], by, 1)
    busy(rng, [*old, late], by, rounds=3)
    old[1].restart()
    late.restart()
    busy(rng, [*old, late], by, rounds=2)
    wait_for_scrapes([*old, late], by, 3)
    truth = {
        one: {
            code: sum(
                growth(values[max(0, before[pod.name].get(key, 0) - 1) :])
                - (values[before[pod.name].get(key, 0) - 1] if before[pod.name].get(key, 0) else 0.0)
                for pod in running.values()
                for key, values in pod.seen.items()
                if key == (one, code)
            )
            for code in ("200", "503")
        }
        for one in by
    }
    return Scraped(urls=urls, start=start, end=time.time(), truth=truth)  # noqa: TID251


def busy(rng: random.Random, some: list[Pod], by: list[str], *, rounds: int) -> None:
    for _ in range(rounds):
        for pod in some:
            pod.serve(rng.randint(10, 60), errors=rng.choice([0, 0, 1, 2]))
        wait_for_scrapes(some, by, 2)


def counted(scraped: Scraped, by: str) -> dict[str, float]:
    if by not in scraped.urls:
        pytest.skip("no victoria-metrics here; tools/ensure_prometheus.py --with victoria-metrics fetches it")
    metrics = PrometheusMetrics(PrometheusSettings(url=scraped.urls[by]))
    end = float(int(scraped.end) + 2)
    asked = {
        code: RawSamples(f'requests_total{{version="v9",response_code="{code}"}}', end - 300, end)
        for code in ("200", "503")
    }
    until = time.monotonic() + 20
    while True:  # a scrape that was served may not be stored yet
        answers = metrics.fetch(list(asked.values()))
        found = {}
        series = {code: answers[query] for code, query in asked.items()}
        assert all(isinstance(answer, Answer) for answer in series.values()), series
        every = tuple(
            one for answer in series.values() if isinstance(answer, Answer) for one in answer.series
        )
        for code, answer in series.items():
            assert isinstance(answer, Answer)
            windows = Windows(scraped.start, 30.0, 20)
            found[code] = sum(windows.totals(Processes.of(every, scraped.start).increments(answer.series)))
        if found == scraped.truth[by] or time.monotonic() > until:
            metrics.close()
            return found
        time.sleep(0.3)


@pytest.mark.parametrize("by", SCRAPERS)
def test_every_error_that_a_scrape_saw_is_counted(scraped: Scraped, by: str) -> None:
    found = counted(scraped, by)
    assert scraped.truth[by]["503"] > 5
    assert found["503"] == scraped.truth[by]["503"]


@pytest.mark.parametrize("by", SCRAPERS)
def test_every_request_that_a_scrape_saw_is_counted(scraped: Scraped, by: str) -> None:
    assert counted(scraped, by)["200"] == scraped.truth[by]["200"]
