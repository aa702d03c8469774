"""Counters, histograms and gauges in Prometheus' text format, under Istio's and DCGM's names."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping

Labels = tuple[tuple[str, str], ...]

# Istio's default buckets in ms, up to ten seconds.
EDGES = (0.5, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10000.0)
REQUESTS = "istio_requests_total"
DURATION = "istio_request_duration_milliseconds"


def labelled(**labels: str) -> Labels:
    """Labels in a fixed order."""
    return tuple(sorted(labels.items()))


class RequestTally:
    """What one reporter tells about requests: counts by code, and durations."""

    def __init__(self) -> None:
        self._counts: dict[Labels, int] = defaultdict(int)
        self._below: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = defaultdict(float)

    def add(self, where: Labels, *, code: str, flags: str, milliseconds: float) -> None:
        """One request: `where` are the labels that its duration has too; `flags` are Envoy's, `-` for none."""
        self._counts[(*where, ("response_code", code), ("response_flags", flags))] += 1
        buckets = self._below.setdefault(where, [0] * (len(EDGES) + 1))
        buckets[bisect_left(EDGES, milliseconds)] += 1
        self._sums[where] += milliseconds

    def lines(self) -> Iterator[str]:
        """In the text format."""
        yield f"# TYPE {REQUESTS} counter"
        for labels, count in self._counts.items():
            yield f"{REQUESTS}{{{_pairs(labels)}}} {count}"
        yield f"# TYPE {DURATION} histogram"
        for where, buckets in self._below.items():
            total = 0
            for edge, count in zip((*(f"{e:g}" for e in EDGES), "+Inf"), buckets, strict=True):
                total += count
                yield f"{DURATION}_bucket{{{_pairs((*where, ('le', edge)))}}} {total}"
            yield f"{DURATION}_sum{{{_pairs(where)}}} {self._sums[where]:.3f}"
            yield f"{DURATION}_count{{{_pairs(where)}}} {total}"


def gauge_lines(name: str, value: float, labels: Mapping[str, str]) -> Iterator[str]:
    """One gauge."""
    yield f"# TYPE {name} gauge"
    yield f"{name}{{{_pairs(tuple(labels.items()))}}} {value:.4f}"


def page(lines: Iterator[str]) -> bytes:
    """What a scrape gets."""
    return ("\n".join(lines) + "\n").encode()


TEXT = {"content-type": "text/plain; version=0.0.4; charset=utf-8"}


def _pairs(labels: Labels) -> str:
    return ",".join(f'{name}="{_quoted(value)}"' for name, value in labels)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
