"""Which requests to send for many queries, and whose answer each returned series is. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeVar

from promoter.core.evidence import Answer, InstantValue, Query, RangeValues, RawSamples, Series, Unknown
from promoter.metrics.expressions import joinable, marked, unmarked
from promoter.metrics.reasons import clean
from promoter.metrics.selectors import Labels, Shape, literal, merged, quoted, read_selector, url_bytes

# To guess how many samples a query brings. A guess too low is caught by the size cap, and asked again in halves.
_SCRAPE_SECONDS = 15
_SERIES_PER_QUERY = 8

_Member = TypeVar("_Member")
_RawMember = tuple[Labels, RawSamples]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one request may carry: bytes of query in the URL, and samples expected in the answer.

    Many proxies refuse request lines over 8 KiB; 300,000 samples are some 10 MB of JSON.
    """

    url_bytes: int = 6000
    samples: int = 300_000


@dataclass(frozen=True, slots=True)
class RawRequest:
    """Raw samples of selectors that share shape and end; `members` have the values of their `=` matchers.

    Without a shape it is a single query.
    """

    shape: Shape | None
    members: tuple[_RawMember, ...]

    @property
    def queries(self) -> tuple[RawSamples, ...]:
        """Whose answers this request brings."""
        return tuple(query for _, query in self.members)

    @property
    def end(self) -> float:
        """When it is evaluated."""
        return self.members[0][1].end

    @property
    def text(self) -> str:
        """The range selector to evaluate at `end`."""
        seconds = max(math.ceil(query.end - query.start) for query in self.queries)
        if self.shape is None or len(self.members) == 1:
            selector = self.queries[0].selector
            # The line break keeps a comment at the selector's end from hiding the range.
            return f"{selector}\n[{seconds}s]" if "#" in selector else f"{selector}[{seconds}s]"
        columns = zip(*(values for values, _ in self.members), strict=True)
        return f"{merged(self.shape, [tuple(dict.fromkeys(column)) for column in columns])}[{seconds}s]"

    def split(self, size: int) -> tuple[RawRequest, ...]:
        """The same queries, at most `size` in a request."""
        starts = range(0, len(self.members), size)
        return tuple(RawRequest(self.shape, self.members[start : start + size]) for start in starts)

    def answers(self, series: Iterable[Series]) -> dict[Query, Answer]:
        """Each query's own series, cut to its own window."""
        if self.shape is None or len(self.members) == 1:
            return {query: _cut(series, query) for query in self.queries}
        parts: dict[Labels, list[Series]] = defaultdict(list)
        for one in series:
            labels = dict(one.labels)
            parts[tuple(labels.get(label, "") for label in self.shape.labels)].append(one)
        return {query: _cut(parts.get(values, ()), query) for values, query in self.members}


@dataclass(frozen=True, slots=True)
class ValueRequest:
    """Expressions evaluated at the same instant or over the same range, joined by `or`."""

    queries: tuple[InstantValue | RangeValues, ...]

    @property
    def text(self) -> str:
        """The expression to evaluate."""
        if len(self.queries) == 1:
            return self.queries[0].expr
        return " or ".join(marked(query.expr, number) for number, query in enumerate(self.queries))

    def split(self, size: int) -> tuple[ValueRequest, ...]:
        """The same queries, at most `size` in a request."""
        starts = range(0, len(self.queries), size)
        return tuple(ValueRequest(self.queries[start : start + size]) for start in starts)

    def answers(self, series: Iterable[Series]) -> dict[Query, Answer]:
        """Each query's own series. Raises ValueError where one belongs to no query."""
        if len(self.queries) == 1:
            return {self.queries[0]: Answer(tuple(series))}
        parts: list[list[Series]] = [[] for _ in self.queries]
        for one in series:
            number, own = unmarked(one)
            if not 0 <= number < len(parts):
                raise ValueError("a series that no query asked for")
            parts[number].append(own)
        return {query: Answer(tuple(part)) for query, part in zip(self.queries, parts, strict=True)}


Request = RawRequest | ValueRequest


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests to send, and the queries that are answered without any."""

    requests: tuple[Request, ...]
    known: Mapping[Query, Answer | Unknown]


def plan(queries: Collection[Query], limits: Limits) -> Plan:
    """As few requests as the limits allow; a query that occurs several times is asked once."""
    known: dict[Query, Answer | Unknown] = {}
    raw: dict[_RawGroup, list[_RawMember]] = defaultdict(list)
    values: dict[object, list[InstantValue | RangeValues]] = defaultdict(list)
    for query in dict.fromkeys(queries):
        if not isinstance(query, RawSamples):
            values[_value_group(query)].append(query)
        elif not query.start < query.end:
            known[query] = Answer(())  # an empty window, whatever is stored
        else:
            try:
                selector = read_selector(query.selector)
            except ValueError as error:
                known[query] = Unknown(clean(f"{error}: {query.selector}"))
            else:
                raw[_RawGroup.of(selector.shape, query)].append((selector.values, query))
    requests: list[Request] = []
    for group, members in raw.items():
        chunks = _chunks(_arranged(members), partial(_raw_cost, group.shape), limits)
        requests += (RawRequest(group.shape, chunk) for chunk in chunks)
    for together in values.values():
        requests += (ValueRequest(chunk) for chunk in _chunks(together, _value_cost, limits))
    return Plan(tuple(requests), known)


@dataclass(frozen=True, slots=True)
class _RawGroup:
    """What raw queries must have in common to be asked together.

    Their windows are of about the same length, since the longest decides how much is fetched for everyone.
    """

    shape: Shape | None
    end: float
    length: int
    alone: RawSamples | None

    @classmethod
    def of(cls, shape: Shape | None, query: RawSamples) -> _RawGroup:
        length = math.ceil(query.end - query.start).bit_length()
        return cls(shape, query.end, length, query if shape is None else None)


def _value_group(query: InstantValue | RangeValues) -> object:
    if not joinable(query.expr):
        return query
    return query.at if isinstance(query, InstantValue) else (query.start, query.end, query.step)


def _arranged(members: Sequence[_RawMember]) -> Sequence[_RawMember]:
    """Sorted by the label with the fewest values first, so that a chunk has few combinations of values."""
    columns = tuple(zip(*(values for values, _ in members), strict=True))
    order = sorted(range(len(columns)), key=lambda column: len(set(columns[column])))
    return sorted(members, key=lambda member: [member[0][column] for column in order])


def _chunks(
    members: Sequence[_Member],
    cost: Callable[[_Member, _Member | None], tuple[int, int]],
    limits: Limits,
) -> Iterator[tuple[_Member, ...]]:
    """Cut where URL or samples would get too large; `cost` is that of a member after the one before it."""
    chunk: list[_Member] = []
    size = samples = 0
    for member in members:
        added, expected = cost(member, chunk[-1] if chunk else None)
        if chunk and (size + added > limits.url_bytes or samples + expected > limits.samples):
            yield tuple(chunk)
            chunk, size, samples = [], 0, 0
            added, expected = cost(member, None)
        chunk.append(member)
        size, samples = size + added, samples + expected
    if chunk:
        yield tuple(chunk)


def _raw_cost(shape: Shape | None, member: _RawMember, before: _RawMember | None) -> tuple[int, int]:
    values, query = member
    samples = math.ceil((query.end - query.start) / _SCRAPE_SECONDS) * _SERIES_PER_QUERY
    if shape is None or before is None:
        text = merged(shape, [(value, "") for value in values]) if shape else query.selector
        return url_bytes(f"{text}[{query.end - query.start}s]"), samples
    new = [value for value, other in zip(values, before[0], strict=True) if value != other]
    return sum(url_bytes(quoted("|" + literal(value))) for value in new), samples


def _value_cost(query: InstantValue | RangeValues, before: object) -> tuple[int, int]:
    del before
    points = 1 if isinstance(query, InstantValue) else 1 + (query.end - query.start) / max(query.step, 0.1)
    return url_bytes(f" or {marked(query.expr, 1000)}"), math.ceil(points) * _SERIES_PER_QUERY


def _cut(series: Iterable[Series], query: RawSamples) -> Answer:
    """The series with samples in (start, end], and only those samples."""
    kept = []
    for one in map(_without_marks, series):
        first, last = bisect_right(one.times, query.start), bisect_right(one.times, query.end)
        if first < last:
            whole = first == 0 and last == len(one.times)
            kept.append(one if whole else Series(one.labels, one.times[first:last], one.values[first:last]))
    return Answer(tuple(kept))


def _without_marks(series: Series) -> Series:
    """Without the marks of VictoriaMetrics: a single NaN where a series ended, which Prometheus does not show.

    Two in a row are no mark: that counter is not a number.
    """
    marks = [index for index, value in enumerate(series.values) if math.isnan(value)]
    if not marks or any(later - earlier == 1 for earlier, later in pairwise(marks)):
        return series
    kept = [index for index in range(len(series.values)) if index not in set(marks)]
    if not kept:
        return series
    return Series(
        series.labels,
        tuple(series.times[index] for index in kept),
        tuple(series.values[index] for index in kept),
    )
