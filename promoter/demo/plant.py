"""A simulated plant: traffic follows the weights, each model version behaves, and Metrics can be asked."""

from __future__ import annotations

import math
import random
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import promql_parser

from promoter.core.evidence import Answer, Answers, InstantValue, Query, RangeValues, RawSamples, Series

SCRAPE = 15  # seconds between samples, as a ServiceMonitor would set it
LOOKBACK = 300  # seconds: how long Prometheus goes on showing a series' last sample
EDGES = (5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0)  # ms: a part of Istio's default buckets
RATE = 400.0  # requests per second, all versions together
FEW = 30  # below it the approximations are poor

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How one model answers at a share of the traffic (0..1).

    `errors` is the share of failed requests, `median` the latency's median in ms (lognormal, `sigma`),
    `map50` the evaluator's mean average precision in percent, `memory` the GPU memory in MiB.
    """

    errors: Callable[[float], float] = lambda _: 0.00008
    median: Callable[[float], float] = lambda _: 17.0
    sigma: float = 0.36
    map50: float = 37.3
    memory: float = 2210.0


@dataclass(slots=True)
class _Stored:
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Plant:
    """Versions behind one route. `advance` lets time pass; `fetch` is what promoter asks."""

    behaviours: dict[str, Behaviour]
    now: float
    rng: random.Random = field(default_factory=lambda: random.Random(8))  # noqa: S311 - a simulation
    stored: dict[Labels, _Stored] = field(default_factory=dict)

    def advance(self, until: float, shares: Mapping[str, float]) -> None:
        """Serve requests and scrape until then, the traffic split by `shares` (version -> 0..1)."""
        while self.now + SCRAPE <= until:
            self.now += SCRAPE
            for version, behaviour in self.behaviours.items():
                self._serve(version, behaviour, shares.get(version, 0.0))

    def fetch(self, queries: Collection[Query]) -> Answers:
        """What a Prometheus that scraped this plant would answer."""
        return {query: Answer(series=tuple(self._answer(query))) for query in queries}

    def _serve(self, version: str, behaviour: Behaviour, share: float) -> None:
        requests = self._count(RATE * SCRAPE * share)
        failed = self._share(requests, behaviour.errors(share))
        self._add("istio_requests_total", version, requests - failed, response_code="200")
        if failed or self._known("istio_requests_total", version, response_code="503"):
            self._add("istio_requests_total", version, failed, response_code="503")
        median, below = behaviour.median(share), 0
        for edge in EDGES:
            # Each bucket takes its part of the requests that no smaller one held.
            rest = 1 - _lognormal(self._edge_below(edge), median, behaviour.sigma)
            part = _lognormal(edge, median, behaviour.sigma) - (1 - rest)
            below += self._share(requests - below, part / rest if rest > 0 else 0)
            self._add("istio_request_duration_milliseconds_bucket", version, below, le=f"{edge:g}")
        self._add("istio_request_duration_milliseconds_bucket", version, requests, le="+Inf")
        self._add("istio_request_duration_milliseconds_count", version, requests)
        self._set("up", version, 1)
        self._set("yolo_map50", version, behaviour.map50 + self.rng.gauss(0, 0.12))
        self._set("DCGM_FI_DEV_FB_USED", version, behaviour.memory * (1 + self.rng.gauss(0, 0.004)))

    def _edge_below(self, edge: float) -> float:
        index = EDGES.index(edge)
        return EDGES[index - 1] if index else 0.0

    def _count(self, mean: float) -> int:
        return max(0, round(self.rng.gauss(mean, math.sqrt(mean)))) if mean else 0

    def _share(self, count: int, probability: float) -> int:
        """A binomial draw: exact for few events, Poisson for rare ones, else the normal approximation."""
        probability = min(1.0, max(0.0, probability))
        if probability > 0.5:  # noqa: PLR2004 - the rarer side is drawn
            return count - self._share(count, 1 - probability)
        if count <= FEW:
            return sum(self.rng.random() < probability for _ in range(count))
        mean = count * probability
        if mean < FEW:
            return min(count, _poisson(self.rng, mean))
        draw = self.rng.gauss(mean, math.sqrt(mean * (1 - probability)))
        return min(count, max(0, round(draw)))

    def _key(self, metric: str, version: str, labels: Mapping[str, str]) -> Labels:
        named = {"__name__": metric, "destination_version": version, "version": version, **labels}
        return tuple(sorted({**named, "pod": f"yolo-{version}-0"}.items()))

    def _known(self, metric: str, version: str, **labels: str) -> bool:
        return self._key(metric, version, labels) in self.stored

    def _add(self, metric: str, version: str, increment: float, **labels: str) -> None:
        series = self.stored.setdefault(self._key(metric, version, labels), _Stored())
        series.times.append(self.now)
        series.values.append((series.values[-1] if series.values else 0.0) + increment)

    def _set(self, metric: str, version: str, value: float) -> None:
        series = self.stored.setdefault(self._key(metric, version, {}), _Stored())
        series.times.append(self.now)
        series.values.append(value)

    def _answer(self, query: Query) -> Iterator[Series]:
        match query:
            case RawSamples(selector=selector, start=start, end=end):
                for labels, series in self._matching(selector):
                    first, last = bisect_right(series.times, start), bisect_right(series.times, end)
                    if last > first:
                        times, values = series.times[first:last], series.values[first:last]
                        yield Series(labels=labels, times=tuple(times), values=tuple(values))
            case RangeValues(expr=expr, start=start, end=end, step=step):
                for labels, series in self._matching(expr):
                    yield from self._range(
                        labels, series, [start + i * step for i in range(int((end - start) // step) + 1)]
                    )
            case InstantValue(expr=expr, at=at):
                yield from self._instant(expr, at)

    def _range(self, labels: Labels, series: _Stored, moments: list[float]) -> Iterator[Series]:
        found = [(moment, value) for moment in moments if (value := _at(series, moment)) is not None]
        if found:
            yield Series(labels=labels, times=tuple(t for t, _ in found), values=tuple(v for _, v in found))

    def _instant(self, expr: str, at: float) -> Iterator[Series]:
        """A plain selector, or `max(timestamp(selector))`: the newest sample's time."""
        newest = re.fullmatch(r"max\(timestamp\((.*)\)\)", expr, re.DOTALL)
        if newest is None:
            for labels, series in self._matching(expr):
                yield from self._range(labels, series, [at])
            return
        times = [
            series.times[index - 1]
            for _, series in self._matching(newest[1])
            if (index := bisect_right(series.times, at)) and at - series.times[index - 1] < LOOKBACK
        ]
        if times:
            yield Series(labels=(), times=(at,), values=(max(times),))

    def _matching(self, selector: str) -> Iterator[tuple[Labels, _Stored]]:
        parsed = promql_parser.parse(selector)
        if not isinstance(parsed, promql_parser.VectorSelector):
            raise TypeError(f"the plant answers plain selectors only, not {selector}")
        for labels, series in self.stored.items():
            named = dict(labels)
            if named["__name__"] == parsed.name and all(_holds(m, named) for m in parsed.matchers.matchers):
                yield labels, series


def _holds(matcher: promql_parser.Matcher, labels: Mapping[str, str]) -> bool:
    value = labels.get(matcher.name, "")
    match str(matcher.op).rsplit(".", 1)[-1]:
        case "Equal":
            return value == matcher.value
        case "NotEqual":
            return value != matcher.value
        case "Re":
            return re.fullmatch(matcher.value, value) is not None
        case _:
            return re.fullmatch(matcher.value, value) is None


def _at(series: _Stored, moment: float) -> float | None:
    index = bisect_right(series.times, moment)
    if not index or moment - series.times[index - 1] >= LOOKBACK:
        return None
    return series.values[index - 1]


def _lognormal(edge: float, median: float, sigma: float) -> float:
    """The share of requests at or below `edge` ms."""
    if edge <= 0:
        return 0.0
    return 0.5 * (1 + math.erf((math.log(edge) - math.log(median)) / (sigma * math.sqrt(2))))


def _poisson(rng: random.Random, mean: float) -> int:
    """A Poisson draw by multiplying uniforms (Knuth, The Art of Computer Programming 2, 3.4.1)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
