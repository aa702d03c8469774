"""Which requests to send for many queries, and whose answer each returned series is. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from promoter.core.evidence import Answer, InstantValue, Query, RangeValues, RawSamples, Series, Unknown
from promoter.metrics.expressions import joinable, marked, unmarked
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

    def halves(self) -> tuple[RawRequest, RawRequest]:
        """The same queries in two requests."""
        middle = len(self.members) // 2
        return RawRequest(self.shape, self.members[:middle]), RawRequest(self.shape, self.members[middle:])

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

    def halves(self) -> tuple[ValueRequest, ValueRequest]:
        """The same queries in two requests."""
        middle = len(self.queries) // 2
        return ValueRequest(self.queries[:middle]), ValueRequest(self.queries[middle:])

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
    raw: dict[object, list[_RawMember]] = defaultdict(list)
    values: dict[object, list[InstantValue | RangeValues]] = defaultdict(list)
    for query in dict.fromkeys(queries):
        if not isinstance(query, RawSamples):
            values[_value_group(query)].append(query)
            continue
        try:
            selector = read_selector(query.selector)
        except ValueError as error:
            known[query] = Unknown(f"{error}: {query.selector}")
            continue
        if query.start < query.end:
            raw[_raw_group(selector.shape, query)].append((selector.values, query))
        else:
            known[query] = Answer(())  # an empty window, whatever is stored
    requests: list[Request] = []
    for (shape, *_), members in raw.items():
        requests += (RawRequest(shape, chunk) for chunk in _raw_chunks(shape, members, limits))
    for group in values.values():
        requests += (ValueRequest(chunk) for chunk in _chunks(group, _value_cost, limits))
    return Plan(tuple(requests), known)
