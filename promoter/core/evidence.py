"""What is asked of Prometheus and what it answered, as values. Times are Unix seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawSamples:
    """Every stored sample of a plain vector selector in (start, end]: counters, to be differenced here."""

    selector: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class RangeValues:
    """An expression evaluated every `step` seconds over [start, end]: gauges."""

    expr: str
    start: float
    end: float
    step: float


@dataclass(frozen=True, slots=True)
class InstantValue:
    """An expression evaluated at one instant."""

    expr: str
    at: float


Query = RawSamples | RangeValues | InstantValue


@dataclass(frozen=True, slots=True)
class Series:
    """One series: sorted labels (metric name included), sample times and finite or non-finite values."""

    labels: tuple[tuple[str, str], ...]
    times: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: no series is an answer too ("there is none"), unlike Unknown."""

    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No trustworthy answer: unreachable, partial, malformed, too large. Never healthy."""

    reason: str


Answers = Mapping[Query, Answer | Unknown]
