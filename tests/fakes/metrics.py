"""Metrics that follow a script: counters grow with the shares, gauges stand, and anything can be spoiled."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

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

SCRAPE = 15  # seconds
RATE = 200  # requests a second, all versions together
EDGES = ("0.025", "0.05", "0.1", "+Inf")  # seconds
_VERSION = re.compile(r'version="([^"]+)"')
_CODE = re.compile(r'code="([^"]+)"')


class Ill(StrEnum):
    """What can be wrong with a version."""

    ERRORS = "errors"  # every tenth request fails
    SLOW = "slow"  # every tenth request takes longer than 50 ms
    INACCURATE = "inaccurate"  # mAP far below stable's
    HUNGRY = "hungry"  # GPU memory 40 % above stable's


@dataclass(frozen=True, slots=True)
class Trouble:
    """A version is ill from one moment to another (Unix seconds)."""

    version: str
    ill: Ill
    since: float
    until: float = float("inf")


@dataclass(slots=True)
class Script:
    """What Prometheus would answer. `shares` says from when on traffic was split how (versions in 0..1)."""

    shares: list[tuple[float, Mapping[str, float]]]
    troubles: list[Trouble] = field(default_factory=list)
    override: Callable[[Query], Answer | Unknown | None] = lambda _: None
    asked: list[Query] = field(default_factory=list)

    def fetch(self, queries: Collection[Query]) -> Answers:
        """An entry for every query: the override's, where it has one."""
        self.asked = list(queries)
        return {query: self.override(query) or self.honest(query) for query in queries}

    def honest(self, query: Query) -> Answer:
        """The answer that nothing has spoiled."""
        return Answer(tuple(self._series(query)))

    def sicken(self, version: str, ill: Ill, since: float) -> None:
        """From then on, until it is healed."""
        self.troubles.append(Trouble(version, ill, since))

    def heal(self, at: float) -> None:
        """From then on everything is well."""
        self.troubles = [replace(one, until=min(one.until, at)) for one in self.troubles]

    def _is_ill(self, version: str, ill: Ill, moment: float) -> bool:
        return any(
            one.version == version and one.ill is ill and one.since <= moment < one.until
            for one in self.troubles
        )

    def _share(self, version: str, moment: float) -> float:
        place = bisect_right([since for since, _ in self.shares], moment) - 1
        return self.shares[place][1].get(version, 0.0) if place >= 0 else 0.0

    def _series(self, query: Query) -> Iterator[Series]:
        match query:
            case RawSamples(selector=text, start=start, end=end):
                first = int(start // SCRAPE + 1) * SCRAPE
                moments = tuple(float(moment) for moment in range(first, int(end) + 1, SCRAPE))
                if moments:
                    yield from self._counters(text, moments)
            case RangeValues(expr=expr, start=start, end=end, step=step):
                moments = tuple(start + index * step for index in range(int((end - start) // step) + 1))
                yield Series((), moments, tuple(self._reading(expr, moment) for moment in moments))
            case InstantValue(expr=expr, at=at):
                yield Series((), (at,), (at - 5 if "timestamp" in expr else 1.0,))

    def _counters(self, text: str, moments: tuple[float, ...]) -> Iterator[Series]:
        if "_bucket" in text:
            yield from (self._counter(text, moments, ("le", edge)) for edge in EDGES)
        elif "latency" in text:
            yield self._counter(text, moments, None)
        else:
            wanted = _CODE.search(text)
            codes = (wanted[1],) if wanted else ("200", "500")
            yield from (self._counter(text, moments, ("code", code)) for code in codes)

    def _counter(self, text: str, moments: tuple[float, ...], label: tuple[str, str] | None) -> Series:
        version = _version(text)
        values, total = [], 0.0
        for moment in moments:
            before = moment - SCRAPE
            total += SCRAPE * RATE * self._share(version, before) * self._part(version, label, before)
            values.append(total)
        labels = (("pod", f"{version}-0"), ("version", version), *([label] if label else []))
        return Series(tuple(sorted(labels)), moments, tuple(values))

    def _part(self, version: str, label: tuple[str, str] | None, moment: float) -> float:
        """Which part of the requests a series counts."""
        match label:
            case ("code", code):
                failed = 0.1 if self._is_ill(version, Ill.ERRORS, moment) else 0.0
                return failed if code == "500" else 1 - failed
            case ("le", edge):
                slow = 0.1 if self._is_ill(version, Ill.SLOW, moment) else 0.0
                return {"0.025": 0.5, "0.05": 1 - slow, "0.1": 1 - slow / 2}.get(edge, 1.0)
            case _:
                return 1.0

    def _reading(self, expr: str, moment: float) -> float:
        version = _version(expr)
        jitter = (moment // 30 % 7) / 1000  # an evaluator's readings are never twice the same
        if "map50" in expr:
            return (30.0 if self._is_ill(version, Ill.INACCURATE, moment) else 37.3) + jitter
        return (2800.0 if self._is_ill(version, Ill.HUNGRY, moment) else 2000.0) + jitter


def _version(text: str) -> str:
    found = _VERSION.search(text)
    assert found is not None, f"{text} asks for no version"
    return found[1]


Fault = Callable[[Script, Query], Answer | Unknown]


def unreachable(script: Script, query: Query) -> Unknown:
    """Nobody answers."""
    return Unknown("cannot reach Prometheus: connection refused")


def partial(script: Script, query: Query) -> Unknown:
    """Some of the data is missing, and the server says so."""
    return Unknown("partial answer: store-2 did not answer")


def empty(script: Script, query: Query) -> Answer:
    """No series at all."""
    return Answer(())


def without_samples(script: Script, query: Query) -> Answer:
    """Series of which nothing is stored."""
    return Answer(tuple(replace(one, times=(), values=()) for one in script.honest(query).series))


def stale(script: Script, query: Query) -> Answer:
    """The last sample is ten minutes old."""
    answer = script.honest(query).series
    if isinstance(query, InstantValue):
        return Answer(tuple(replace(one, values=(query.at - 600,)) for one in answer))
    kept = []
    for one in answer:
        place = bisect_right(one.times, query.end - 600)
        kept.append(replace(one, times=one.times[:place], values=one.values[:place]))
    return Answer(tuple(kept))


def several(script: Script, query: Query) -> Answer:
    """Two series where there should be one: an expression that forgot to aggregate."""
    answer = script.honest(query).series
    return Answer((*answer, *(replace(one, labels=(*one.labels, ("shard", "b"))) for one in answer)))


def _spoiled(place: float, value: float) -> Fault:
    """One sample of every series is this value: `place` 0 is the oldest, 1 the newest."""

    def fault(script: Script, query: Query) -> Answer:
        found = []
        for one in script.honest(query).series:
            index = round(place * (len(one.values) - 1))
            values = (*one.values[:index], value, *one.values[index + 1 :])
            found.append(replace(one, values=values))
        return Answer(tuple(found))

    return fault


def _everywhere(value: float) -> Fault:
    def fault(script: Script, query: Query) -> Answer:
        answer = script.honest(query).series
        return Answer(tuple(replace(one, values=(value,) * len(one.values)) for one in answer))

    return fault


NAN, INF = float("nan"), float("inf")
FAULTS: Mapping[str, Fault] = {
    "unreachable": unreachable,
    "partial": partial,
    "empty": empty,
    "series without samples": without_samples,
    "stale": stale,
    "NaN everywhere": _everywhere(NAN),
    "NaN first": _spoiled(0, NAN),
    "NaN in the middle": _spoiled(0.5, NAN),
    "NaN last": _spoiled(1, NAN),
    "infinity everywhere": _everywhere(INF),
    "infinity first": _spoiled(0, INF),
    "infinity in the middle": _spoiled(0.5, INF),
    "infinity last": _spoiled(1, INF),
    "minus infinity last": _spoiled(1, -INF),
}
