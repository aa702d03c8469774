"""What Prometheus remembers in these tests: one scenario a value of the `cluster` label, scraped every 15 s.

Times are minutes after T0, when the 5 % came to base. Counts are exact, not drawn: a test says what it means.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tests.e2e.project import T0
from tests.prometheus_server import History

SCRAPE = 15.0  # seconds
RATE = 400.0  # requests a second, both versions together, where a scenario says no other
EDGES = ("5", "10", "25", "50", "100", "250")  # ms, some of Istio's default buckets
SPREAD = (0.10, 0.45, 0.85, 1.0, 1.0, 1.0)  # cumulative shares of the requests within the limit

Knob = float | tuple[tuple[float, float], ...]  # one value, or (from this minute on, value) ...
STABLE, GRAY = "v8-stable", "v9-gray"
CLIMB = ((-20.0, 1.0), (0.4, 5.0), (6.4, 20.0), (12.4, 50.0), (18.4, 100.0))  # 24 s after each promotion
AT_FIVE = ((-20.0, 1.0), (0.4, 5.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """How one version behaves. `errors` and `slow` (over 50 ms) are shares of its requests."""

    errors: Knob = 0.0
    slow: Knob = 0.001
    map50: Knob = 37.3
    memory: Knob = 2210.0
    served: bool = True  # False: the mesh has never seen a request for it
    up: float = 1.0
    restarts: float = math.inf  # minute at which the pod restarts: its counters begin at 0 again
    evaluators: int = 1  # how many series the mAP gauge has


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Both versions, and how traffic is split between them over time."""

    share: Knob = AT_FIVE
    stable: Version = field(default_factory=lambda: Version(errors=0.0001))
    gray: Version = field(default_factory=lambda: Version(map50=37.5, memory=2290.0))
    begin: float = -20.0
    end: float = 20.0
    rate: float = RATE
    crash_loop: bool = False  # every minute another gray pod, its errors there at its first scrape


GRAY_WELL = Version(map50=37.5, memory=2290.0)
SICK = ((-20.0, 0.0), (2.0, 0.02))  # from minute 2 on

SCENARIOS: Mapping[str, Scenario] = {
    "healthy": Scenario(share=CLIMB, end=30),
    "at-five": Scenario(),  # whatever base says, traffic stays at 5 %
    "errors": Scenario(share=((-20, 1), (0.4, 5), (7.4, 0)), gray=replace(GRAY_WELL, errors=SICK)),
    "slow": Scenario(gray=replace(GRAY_WELL, slow=((-20, 0.001), (2, 0.036)))),
    "inaccurate": Scenario(gray=replace(GRAY_WELL, map50=((-20, 37.5), (2, 35.2)))),
    "hungry": Scenario(gray=replace(GRAY_WELL, memory=((-20, 2290), (2, 2210 * 1.3)))),
    "errors-later": Scenario(gray=replace(GRAY_WELL, errors=((-20, 0), (7, 0.02)))),
    "errors-pass": Scenario(gray=replace(GRAY_WELL, errors=((-20, 0), (1, 0.02), (5, 0)))),
    "environment": Scenario(
        stable=Version(errors=((-20, 0.0001), (2, 0.02))), gray=replace(GRAY_WELL, errors=SICK)
    ),
    "unserved": Scenario(gray=replace(GRAY_WELL, served=False)),
    "silent": Scenario(share=0, gray=replace(GRAY_WELL, served=False)),  # gray at 0 %, as base says
    "down": Scenario(share=0, gray=replace(GRAY_WELL, served=False, up=0)),
    "not-a-number": Scenario(gray=replace(GRAY_WELL, map50=math.nan)),
    "two-evaluators": Scenario(gray=replace(GRAY_WELL, evaluators=2)),
    "ended": Scenario(end=6),
    "crash-loop": Scenario(crash_loop=True),
    "restart": Scenario(gray=replace(GRAY_WELL, restarts=3.1)),
    "lowered": Scenario(share=((-20, 1), (0.4, 5), (6.4, 1)), end=24),  # a human took it back to 1 %
    "at-ten": Scenario(share=10),
    "thin": Scenario(rate=20.0),
}


def everything() -> History:
    """All scenarios in one history."""
    history = History()
    for name, scenario in SCENARIOS.items():
        _add(history, name, scenario)
    return history


def _add(history: History, name: str, scenario: Scenario) -> None:
    times = list(_scrapes(scenario))
    for version, model in ((STABLE, scenario.stable), (GRAY, scenario.gray)):
        where = {"cluster": name, "version": version, "pod": f"yolo-{version}-0"}
        history.gauge("up", where, [(t, model.up) for t in times])
        for index in range(model.evaluators):
            evaluator = {**where, "evaluator": str(index)}
            history.gauge("yolo_map50", evaluator, [(t, _at(model.map50, t)) for t in times])
        history.gauge("DCGM_FI_DEV_FB_USED", where, [(t, _at(model.memory, t)) for t in times])
        if model.served:
            _requests(history, name, version, scenario)


def _requests(history: History, name: str, version: str, scenario: Scenario) -> None:
    model = scenario.gray if version == GRAY else scenario.stable
    if version == GRAY and scenario.crash_loop:
        _crash_loop(history, name, scenario)
        return
    counters: dict[str, list[tuple[float, float]]] = {key: [] for key in ("ok", "bad", *EDGES, "+Inf")}
    total = bad = slow = 0.0
    born = False
    for t in _scrapes(scenario):
        if _minute(t - SCRAPE) < model.restarts <= _minute(t):
            total = bad = slow = 0.0
        share = _at(scenario.share, t) / 100
        served = scenario.rate * SCRAPE * (share if version == GRAY else 1 - share)
        total += served
        bad += served * _at(model.errors, t)
        slow += served * _at(model.slow, t)
        counters["ok"].append((t, math.floor(total) - math.floor(bad)))
        born = born or bad >= 1  # a labelled counter is not there before its first event
        if born:
            counters["bad"].append((t, math.floor(bad)))
        for edge, part in zip(EDGES, SPREAD, strict=True):
            within = math.floor(total) - math.floor(slow)
            above = 0 if part < 1 or edge == "50" else math.floor(slow)
            counters[edge].append((t, math.floor(within * part) + above))
        counters["+Inf"].append((t, math.floor(total)))
    _store(history, _place(name, version, "0"), counters)


def _crash_loop(history: History, name: str, scenario: Scenario) -> None:
    """Pods that live a minute and fail only before their first scrape: `increase()` sees no error at all."""
    for number, start in enumerate(range(int(scenario.begin), int(scenario.end))):
        times = [t for t in _scrapes(scenario) if start <= _minute(t) < start + 1]
        served = [scenario.rate * SCRAPE * _at(scenario.share, t) / 100 for t in times]
        totals = [sum(served[: index + 1]) for index in range(len(times))]
        bad = math.floor(totals[0] * 0.1) if start >= 2 else 0
        counters: dict[str, list[tuple[float, float]]] = {
            "ok": [(t, math.floor(total) - bad) for t, total in zip(times, totals, strict=True)],
            "bad": [(t, bad) for t in times] if bad else [],
            **{
                edge: [(t, math.floor(total * part)) for t, total in zip(times, totals, strict=True)]
                for edge, part in zip((*EDGES, "+Inf"), (*SPREAD, 1.0), strict=True)
            },
        }
        _store(history, _place(name, GRAY, str(number)), counters)


def _place(name: str, version: str, pod: str) -> dict[str, str]:
    return {"cluster": name, "destination_version": version, "pod": f"yolo-{version}-{pod}"}


def _store(
    history: History, where: Mapping[str, str], counters: Mapping[str, list[tuple[float, float]]]
) -> None:
    history.counter("istio_requests_total", {**where, "response_code": "200"}, counters["ok"])
    if counters["bad"]:
        history.counter("istio_requests_total", {**where, "response_code": "503"}, counters["bad"])
    for edge in (*EDGES, "+Inf"):
        name = "istio_request_duration_milliseconds_bucket"
        history.counter(name, {**where, "le": edge}, counters[edge])
    history.counter("istio_request_duration_milliseconds_count", where, counters["+Inf"])


def _scrapes(scenario: Scenario) -> Iterator[float]:
    start = T0.timestamp() + 60 * scenario.begin + 7  # scrapes do not fall on whole minutes
    for number in range(int((scenario.end - scenario.begin) * 60 / SCRAPE)):
        yield start + SCRAPE * number


def _minute(t: float) -> float:
    return (t - T0.timestamp()) / 60


def _at(knob: Knob, t: float) -> float:
    if isinstance(knob, int | float):
        return knob
    return next(value for since, value in reversed(knob) if since <= _minute(t) or since == knob[0][0])
