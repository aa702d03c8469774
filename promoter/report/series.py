"""The readings of a verdict as a chart: the candidate against the limit and stable over the step's windows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from promoter.core.judge.verdict import Outcome, Verdict, WindowReading
from promoter.core.policy import Unit
from promoter.core.situation import Situation
from promoter.report.chart import Chart, Ink, Line, legend, mermaid
from promoter.report.measured import shown
from promoter.report.numbers import duration, for_markdown

POINTS = 12  # what an axis has room for
_HUGE = 1e18
_IN_SIGHT = 2  # a bound farther than this many times the bar would leave no room for anything else
_FEWEST = 2  # one point draws no line


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One or several windows in a row: the candidate's value and stable's, in the verdict's unit."""

    end: float
    gray: float | None
    stable: float | None


def picture(situation: Situation, verdict: Verdict) -> str:
    """The chart of a verdict with its legend, as markdown; "" where there is too little to draw."""
    windows, size = _windows(verdict)
    points = [_point(verdict, group) for group in _groups(windows, size)]
    usable = _usable(points)
    if len(usable) < _FEWEST:
        return ""
    share = verdict.unit is Unit.SHARE
    chart = Chart(
        title=f"{verdict.check} {_counted(verdict)}".strip(),
        unit="%" if share else verdict.unit.value,
        ends=tuple(point.end for point in usable),
        lines=tuple(_lines(situation, verdict, usable)),
        floor=0.0 if share else None,
    )
    told = f"{for_markdown(legend(chart), 400)}. {_told(verdict, windows, size, len(points) - len(usable))}."
    return f"{mermaid(chart)}\n\n{told}"


def _lines(situation: Situation, verdict: Verdict, points: Sequence[Point]) -> Iterator[Line]:
    """What is drawn, the last one on top."""
    scale = 100.0 if verdict.unit is Unit.SHARE else 1.0
    for name, ink, level in _levels(verdict):
        yield Line(name=f"{name} {shown(level, verdict)}", ink=ink, values=(scale * level,) * len(points))
    stable = tuple(scale * point.stable for point in points if point.stable is not None)
    if len(stable) == len(points):
        yield Line(name=situation.policy.stable, ink=Ink.STABLE, values=stable)
    gray = tuple(scale * point.gray for point in points if point.gray is not None)
    yield Line(name=situation.candidate, ink=Ink.CANDIDATE, values=gray)


def _levels(verdict: Verdict) -> Iterator[tuple[str, Ink, float]]:
    """What a value is held against, the same at every point: the limit, and what a proof has to show and shows."""
    if verdict.limit is not None and _drawable(verdict.limit):
        yield "at least" if verdict.lower else "limit", Ink.LIMIT, verdict.limit
    proof = verdict.proof
    if proof is None or verdict.outcome is Outcome.FAIL:
        return
    if _drawable(proof.bar) and proof.bar != verdict.limit:
        yield "bar of this step", Ink.BAR, proof.bar
    if proof.bound is not None and abs(proof.bound) <= _IN_SIGHT * abs(proof.bar):
        yield f"proven at {'least' if verdict.lower else 'most'}", Ink.BOUND, proof.bound


def _windows(verdict: Verdict) -> tuple[tuple[WindowReading, ...], int]:
    """The windows to draw, and how many of them make a point: the last ones of a failure, else the whole step."""
    if verdict.outcome is Outcome.FAIL:
        return verdict.readings[-POINTS:], 1
    return verdict.readings, max(1, math.ceil(len(verdict.readings) / POINTS))


def _groups(readings: Sequence[WindowReading], size: int) -> Iterator[Sequence[WindowReading]]:
    """The readings in groups of `size`, the last one whole."""
    first = len(readings) % size
    if first:
        yield readings[:first]
    yield from (readings[index : index + size] for index in range(first, len(readings), size))


def _point(verdict: Verdict, group: Sequence[WindowReading]) -> Point:
    """A group's value: the share of all its events, or of its readings the one nearest to harm."""
    values = _finite(reading.value for reading in group)
    stables = _finite(reading.stable_value for reading in group)
    worst = min if verdict.lower else max
    return Point(
        end=group[-1].end,
        gray=worst(values) if values else _share(group, stable=False),
        stable=worst(stables) if stables else _share(group, stable=True),
    )


def _share(group: Sequence[WindowReading], *, stable: bool) -> float | None:
    totals = _finite(reading.stable_total if stable else reading.total for reading in group)
    bads = _finite(reading.stable_bad if stable else reading.bad for reading in group)
    if sum(totals) <= 0:
        return None
    share = sum(bads) / sum(totals)
    return share if _drawable(share) else None


def _finite(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None and _drawable(value)]


def _drawable(value: float) -> bool:
    """Whether an axis could show it; a sentinel such as 1.8e308 is no reading."""
    return abs(value) <= _HUGE  # never for NaN


def _usable(points: Sequence[Point]) -> list[Point]:
    """The points that say something; nothing is drawn where nothing was measured.

    Points without stable's value go too, unless that would be most of them: then stable's line goes.
    """
    gray = [point for point in points if point.gray is not None]
    both = [point for point in gray if point.stable is not None]
    return both if 2 * len(both) > len(gray) else gray


def _counted(verdict: Verdict) -> str:
    if verdict.edge is not None:
        return f"(over {verdict.edge:g} {verdict.edge_unit.value})"
    return "(bad)" if verdict.unit is Unit.SHARE else ""


def _told(verdict: Verdict, windows: Sequence[WindowReading], size: int, left_out: int) -> str:
    """What a point is, and what is not shown."""
    length = duration((windows[-1].end - windows[-1].start) * size)
    told = f"A point is {length}"
    if len(windows) < len(verdict.readings):
        told += f"; the last {len(windows)} of {len(verdict.readings)} windows"
    return f"{told}; {left_out} without data" if left_out else told
