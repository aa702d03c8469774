"""Exact counts from raw samples: per-series differences, resets, newborn series; summed afterwards.

`increase()` extrapolates and does not see the first increment of a newborn series. Every pod's first 5xx
is a newborn series, so at canary rates it loses most errors. What a scrape saw is counted here.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import add, itemgetter, sub

from promoter.core.evidence import Series

# Labels that only say which of several identical Prometheus servers a series came from.
REPLICAS = frozenset({"prometheus_replica", "__replica__", "thanos_replica"})
# Labels that say which process was scraped; others tell its series apart.
TARGET = frozenset({"instance", "pod", "job", "namespace", "cluster", "kubernetes_pod_name"})
PROCESS = frozenset({"instance", "pod", "kubernetes_pod_name"})
# Seconds after the first scrape of anything within which targets are found one after the other, old ones too.
DISCOVERY = 90.0
MOST_EVENTS = 1e18  # more than any counter has counted

Labels = tuple[tuple[str, str], ...]


class CountingError(ValueError):
    """Samples that no counter can have; the text says which."""


@dataclass(frozen=True, slots=True)
class Increments:
    """What one series grew by: its sample times in order, and what it has risen to at each.

    `risen` begins with what the growth is counted from, so it has one number more than `times`.
    """

    labels: Mapping[str, str]
    times: tuple[float, ...]
    risen: tuple[float, ...]

    @property
    def growth(self) -> tuple[float, ...]:
        """The growth since the sample before, for each sample."""
        return tuple(map(sub, self.risen[1:], self.risen))


def deduplicated(series: Iterable[Series]) -> tuple[Series, ...]:
    """One series of each set of replicas: the one with most samples."""
    best: dict[Labels, Series] = {}
    for one in series:
        key = tuple(label for label in one.labels if label[0] not in REPLICAS)
        known = best.get(key)
        if known is None or (len(one.times), known.labels) > (len(known.times), one.labels):
            best[key] = one
    return tuple(best[key] for key in sorted(best))


@dataclass(frozen=True, slots=True)
class Processes:
    """What all series read for a check tell of the processes they are of.

    `known`: something was scraped before counting begins. `first` is when each was first seen, `found` until when
    targets are found one after the other, `restarts` when each began again at 0. Times are Unix seconds.
    """

    start: float
    known: bool
    first: Mapping[Labels, float]
    found: float
    restarts: Mapping[Labels, Sequence[float]]

    @classmethod
    def of(cls, witnesses: Collection[Series], start: float) -> Processes:
        """Counting begins at `start`."""
        seen = [(_target(one), one) for one in witnesses if one.times]
        first: dict[Labels, float] = {}
        for target, one in seen:
            first[target] = min(one.times[0], first.get(target, math.inf))
        earliest = min(first.values(), default=math.inf)
        return cls(start, earliest <= start, first, earliest + DISCOVERY, _restarts(seen))

    def increments(self, series: Iterable[Series]) -> tuple[Increments, ...]:
        """The growth of each series, all of them among the witnesses, after `start`.

        A series with a sample at or before `start` is counted from that one. Without, it was born after
        `start` and is counted from 0, if the same process or (for a new pod) any witness was scraped before.
        Where nothing at all was scraped before, the first scrape of the processes that are found first is where
        counting begins. A series that was gone while its process restarted is counted from 0 when it comes back,
        even where it comes back higher. Raises CountingError for values that are no counts.
        """
        return tuple([self._grown(one) for one in deduplicated(series) if one.times])

    def _grown(self, one: Series) -> Increments:
        target = _target(one)
        born = self.known or one.times[0] > min(self.first[target], self.found)
        return _grown(one, self.start, born=born, restarts=self.restarts.get(target, ()))


def _restarts(seen: Sequence[tuple[Labels, Series]]) -> dict[Labels, list[float]]:
    """When each process began again at 0: the scrapes at which one of its counters had fallen.

    Series that do not say which process they are of (recorded sums) tell nothing of each other.
    """
    falls: dict[Labels, set[tuple[float, float]]] = {}
    for target, one in seen:
        if not _only_rises(one.values) and process_of(one):
            pairs = zip(one.times, one.times[1:], one.values, one.values[1:], strict=False)
            fell = [(before, moment) for before, moment, high, low in pairs if low < high]
            falls.setdefault(target, set()).update(fell)
    scrapes: dict[Labels, set[float]] = {target: set() for target in falls}
    for target, one in seen if falls else ():
        if target in falls and process_of(one):
            scrapes[target].update(one.times)
    return {target: _between_scrapes(sorted(scrapes[target]), found) for target, found in falls.items()}


def _only_rises(values: Sequence[float]) -> bool:
    """Whether none is below the one before: sorting what is sorted costs a fraction of comparing one by one."""
    return sorted(values) == list(values)


def _between_scrapes(scrapes: Sequence[float], falls: Iterable[tuple[float, float]]) -> list[float]:
    """The falls from one scrape to the next: one that was only seen after a gap may have been earlier."""
    return sorted(
        {
            moment
            for before, moment in falls
            if bisect_left(scrapes, moment) - bisect_left(scrapes, before) == 1
        }
    )


def _grown(series: Series, start: float, *, born: bool, restarts: Sequence[float]) -> Increments:
    place = bisect_right(series.times, start)
    anchored = series.values[place - 1 :]
    seen = anchored if place else (0.0 if born else series.values[0], *series.values)
    rises = _only_rises(seen)
    least, most = (seen[0], seen[-1]) if rises else (min(seen), max(seen))
    if not (math.isfinite(sum(seen)) and least >= 0 and most <= MOST_EVENTS):
        wrong = next(value for value in seen if not 0 <= value <= MOST_EVENTS)
        raise CountingError(f"a counter cannot be {wrong}")
    risen = seen if rises and not restarts else _risen(series.times[max(0, place - 1) :], seen, restarts)
    return Increments(dict(series.labels), series.times[place:], risen)


def _risen(times: Sequence[float], seen: Sequence[float], restarts: Sequence[float]) -> tuple[float, ...]:
    """What a series has risen to that restarted: where it is lower than before, and where its process began anew."""
    later = seen[1:]
    growth = [now - before if now >= before else now for before, now in zip(seen, later, strict=False)]
    if restarts:
        growth = _from_zero(times, later, growth, restarts)
    return tuple(accumulate(growth, initial=0.0))


def _from_zero(
    times: Sequence[float], later: Sequence[float], growth: Sequence[float], restarts: Sequence[float]
) -> list[float]:
    """The growth where samples right after a restart of their process count from 0.

    A series that every scrape showed fell with its process and is right already.
    """
    first = len(times) - len(later)  # 1 where the sample before the start is there, too
    changed = list(growth)
    for moment in restarts:
        index = bisect_left(times, moment) - first
        if 0 <= index < len(later):
            changed[index] = later[index]
    return changed


def process_of(series: Series) -> Labels:
    """The labels that say which process a series is of; none where it is a recorded sum."""
    return tuple(label for label in series.labels if label[0] in PROCESS)


def _target(series: Series) -> Labels:
    return tuple(label for label in series.labels if label[0] in TARGET)


@dataclass(frozen=True, slots=True)
class Windows:
    """Consecutive windows of `length` seconds after `start`: the i-th is (start + i·length, start + (i+1)·length]."""

    start: float
    length: float
    count: int

    @classmethod
    def complete(cls, start: float, length: float, end: float) -> Windows:
        """The whole windows between start and end."""
        return cls(start, length, max(0, int((end - start) // length)))

    def index(self, moment: float) -> int:
        """The window a moment falls into; below 0 or at `count` and above where in none."""
        return math.ceil((moment - self.start) / self.length) - 1

    def bounds(self, index: int) -> tuple[float, float]:
        """Start and end of a window."""
        return self.start + index * self.length, self.start + (index + 1) * self.length

    def totals(self, grown: Iterable[Increments]) -> list[float]:
        """The growth of all series together, window by window."""
        at_edges: Sequence[float] = ()
        for one in grown:
            risen = _at_edges(self, one.times)(one.risen)
            at_edges = list(map(add, at_edges, risen)) if at_edges else risen
        return list(map(sub, at_edges[1:], at_edges)) if at_edges else [0.0] * self.count


@lru_cache(maxsize=64)  # the series of one scrape share their times
def _at_edges(windows: Windows, times: tuple[float, ...]) -> Callable[[Sequence[float]], tuple[float, ...]]:
    """Of sums that begin with that before the first of these moments: those at each edge of the windows.

    The first and the last edge are included.
    """
    first, *rest = [bisect_right(times, windows.start + i * windows.length) for i in range(windows.count + 1)]
    return itemgetter(first, *rest) if rest else lambda sums: (sums[first],)


def newest(series: Iterable[Series]) -> float | None:
    """The time of the newest sample."""
    return max((one.times[-1] for one in series if one.times), default=None)


def at_or_before(times: Sequence[float], moment: float) -> int:
    """The index of the last time at or before `moment`, -1 where there is none."""
    return bisect_right(times, moment) - 1
