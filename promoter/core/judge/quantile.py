"""A latency quantile as the share of requests above its limit, from histogram buckets.

"P99 <= 50 ms" is "at most 1 % of requests above 50 ms": exact where a bucket ends at 50 ms in every series
(Prometheus, "Histograms and summaries"). Otherwise a pass uses the next lower edge and a failure the next
higher one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain

from promoter.core.ask import BASELINE, counter
from promoter.core.counting import CountingError, Increments, Processes, Windows
from promoter.core.evidence import Series
from promoter.core.judge.counts import Counts, Span, span_of
from promoter.core.judge.material import Material, Missing
from promoter.core.judge.proportion import Tick
from promoter.core.judge.share_evidence import alpha_of, judged_by_evidence, proven_over
from promoter.core.judge.share_windows import judged
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import QuantileCheck, Rule

FEWEST_BEYOND = 20  # requests of stable beyond its own quantile, for it to be known

Edges = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Histogram:
    """One version's requests by window: all of them, and the cumulative buckets by edge.

    `lower` and `upper` are the edges around the limit, the same where one ends at it.
    """

    total: Sequence[float]
    below: Mapping[float, Sequence[float]]
    surely: Sequence[float]
    doubtful: Sequence[float]
    lower: float
    upper: float


def judge_quantile(material: Material, check: QuantileCheck) -> Verdict:
    """The verdict on a quantile. Raises Missing where the histogram cannot be read."""
    subject = material.subject
    span = span_of(material)
    gray = _histogram(material, check, subject.candidate, span.windows, needed=True)
    sequential = check.rule is Rule.SEQUENTIAL
    needed = material.compares(check.expect) or (sequential and subject.stable_percent > 0)
    stable = _histogram(material, check, subject.policy.stable, span.windows, needed=needed)
    note = _inexact(check, gray)
    if sequential:
        return _by_evidence(material, check, span, gray, stable, note)
    beyond = _beyond(check, span.windows, gray, stable)
    return judged(material, span.windows, _counts(gray), _counts(stable), beyond=beyond, note=note)


def _inexact(check: QuantileCheck, gray: _Histogram) -> str | None:
    if gray.lower == gray.upper:
        return None
    low, high = (f"{edge * check.scale:g} {check.unit.value}".strip() for edge in (gray.lower, gray.upper))
    if math.isinf(gray.lower):
        return f"the lowest bucket ends at {high}: nothing can be proven to be under a lower limit"
    return f"no bucket ends at the limit: judged at {low} and {high}"


def _by_evidence(
    material: Material,
    check: QuantileCheck,
    span: Span,
    gray: _Histogram,
    stable: _Histogram,
    note: str | None,
) -> Verdict:
    """Rule `sequential`: the share over the limit, and where a known cost is declared, over stable's with it."""
    alpha = alpha_of(material.subject.policy)
    same = (gray.lower, gray.upper) == (stable.lower, stable.upper)
    seen = Counts(bad=stable.surely, doubtful=stable.surely if same else stable.doubtful, total=stable.total)
    limits = 1 if check.expect is None else 2
    found = judged_by_evidence(
        material, span, _counts(gray), seen, limit=check.at_most, alpha=alpha / limits, note=note
    )
    if check.expect is None or found.outcome is Outcome.FAIL:
        return found
    edges = _expected_edges(check, span, gray, stable)
    if edges is None:
        return found
    edge, relative = edges[1], material.subject.stable_percent > 0
    if not proven_over(_above(span, gray, stable, edges), check.at_most, alpha / limits, relative=relative):
        return found
    told = f"slower than stable's with its known cost: over {edge * check.scale:g} {check.unit.value}".strip()
    return replace(
        found, outcome=Outcome.FAIL, cause=Cause.WORSE_THAN_STABLE, note=told, needed=None, eta=None
    )


def _above(span: Span, gray: _Histogram, stable: _Histogram, edges: tuple[float, float]) -> list[Tick]:
    """The step's requests over stable's edge and over the one that gray must keep: with the known cost, the same."""
    stables, grays = stable.below[edges[0]], gray.below[edges[1]]
    return [
        Tick(n - k, n - k, n, m - s, m - s, m)
        for n, k, m, s in zip(
            gray.total[span.first :],
            grays[span.first :],
            stable.total[span.first :],
            stables[span.first :],
            strict=True,
        )
    ]


def _expected_edges(
    check: QuantileCheck, span: Span, gray: _Histogram, stable: _Histogram
) -> tuple[float, float] | None:
    """The edge that stable's quantile before the step was under, and the lowest one that surely holds its known cost.

    None where stable answered too few requests, or where no finite edge is that high.
    """
    before = slice(max(0, span.first - BASELINE // (span.windows.length * timedelta(seconds=1))), span.first)
    counts = {edge: sum(below[before]) for edge, below in stable.below.items()}
    total = sum(stable.total[before])
    if not counts or total * (1 - check.quantile) < FEWEST_BEYOND:
        return None
    reached = min((e for e, k in counts.items() if k >= check.quantile * total), default=math.inf)
    expected = reached * (1 + (check.expect or 0.0))
    edge = min((edge for edge in gray.below if expected <= edge < math.inf), default=None)
    return (reached, edge) if edge is not None else None


def _counts(histogram: _Histogram) -> Counts:
    return Counts(bad=histogram.surely, doubtful=histogram.doubtful, total=histogram.total)


def _histogram(
    material: Material, check: QuantileCheck, version: str, windows: Windows, *, needed: bool
) -> _Histogram:
    subject = material.subject
    counts, buckets = (counter(subject, template, version) for template in (check.count, check.bucket))
    all_series = material.fresh(counts) if needed else material.series(counts)
    bucket_series = material.fresh(buckets) if needed else material.series(buckets)
    processes = Processes.of((*all_series, *bucket_series), windows.start)
    try:
        total = windows.totals(processes.increments(all_series))
        _refuse_uncovered(all_series, bucket_series, windows, processes)
        wanted = bucket_series if check.expect is not None else _next_to_limit(check, bucket_series)
        grown = processes.increments(wanted)
        return _around_limit(check, windows, total, grown)
    except (CountingError, ValueError) as error:
        raise Missing(cause=Cause.MALFORMED, reason=str(error), query=buckets.selector) from error


def _refuse_uncovered(
    counts: Sequence[Series], buckets: Sequence[Series], windows: Windows, processes: Processes
) -> None:
    """Requests of a process without buckets, where others have some, would all count as slow. Raises ValueError."""
    known = {_process(one) for one in buckets}
    bare = [one for one in counts if _process(one) not in known]
    if 0 < len(bare) < len(counts) and any(windows.totals(processes.increments(bare))):
        raise ValueError(f"{len(bare)} of {len(counts)} histograms have a count and no buckets")


def _process(series: Series) -> tuple[tuple[str, str], ...]:
    return tuple(label for label in series.labels if label[0] != "le")


def _next_to_limit(check: QuantileCheck, series: Sequence[Series]) -> tuple[Series, ...]:
    """Of each process only the buckets that decide: a histogram has twenty, and one or two are looked at."""
    edges: dict[tuple[tuple[str, str], ...], list[tuple[float, Series]]] = {}
    for one in series:
        edges.setdefault(_process(one), []).append((_edge(dict(one.labels)), one))
    return tuple(
        one
        for found in edges.values()
        for deciding in [_edges(check, tuple(edge for edge, _ in found))]
        for edge, one in found
        if edge in deciding
    )


def _around_limit(
    check: QuantileCheck, windows: Windows, total: Sequence[float], grown: Sequence[Increments]
) -> _Histogram:
    """Sum, over the processes, the buckets next to the limit: each process may have other edges."""
    lowers: dict[float, list[Increments]] = {}
    uppers: dict[float, list[Increments]] = {}
    for edges in _by_process(grown).values():
        for found, edge in zip((lowers, uppers), _edges(check, tuple(edges)), strict=True):
            found.setdefault(edge, []).extend([edges[edge]] if edge in edges else [])
    under_lower = windows.totals(chain(*lowers.values()))
    under_upper = under_lower if lowers == uppers else windows.totals(chain(*uppers.values()))
    surely = _over(total, under_upper)
    return _Histogram(
        total=total,
        below=_pooled(windows, grown) if check.expect is not None else {},
        surely=surely,
        doubtful=surely if under_lower is under_upper else _over(total, under_lower),
        lower=min(lowers, default=check.limit),
        upper=max(uppers, default=check.limit),
    )


def _over(total: Sequence[float], under: Sequence[float]) -> list[float]:
    """The requests that are not under the edge; a bucket may be scraped with one request more than the count has."""
    return [n - k if n > k else 0.0 for n, k in zip(total, under, strict=True)]


def _by_process(grown: Sequence[Increments]) -> dict[tuple[tuple[str, str], ...], dict[float, Increments]]:
    found: dict[tuple[tuple[str, str], ...], dict[float, Increments]] = {}
    for one in grown:
        key = tuple(sorted(item for item in one.labels.items() if item[0] != "le"))
        found.setdefault(key, {})[_edge(one.labels)] = one
    return found


def _edge(labels: Mapping[str, str]) -> float:
    try:
        edge = float(labels["le"])
    except (KeyError, ValueError) as error:
        raise ValueError("a bucket without a numeric `le` label") from error
    if math.isnan(edge):
        raise ValueError("a bucket whose edge is NaN")
    return edge


def _edges(check: QuantileCheck, edges: Edges) -> tuple[float, float]:
    """The edges around the limit; -inf where none is below. Raises ValueError for an unprovable limit."""
    exact = [edge for edge in edges if math.isclose(edge, check.limit, rel_tol=1e-9)]
    if exact:
        return exact[0], exact[0]
    higher = [edge for edge in edges if edge > check.limit and math.isfinite(edge)]
    if not higher:
        top = max((edge for edge in edges if math.isfinite(edge)), default=None)
        shown = f"{top * check.scale:g} {check.unit.value}".strip() if top is not None else "none"
        raise ValueError(
            f"the limit is above the highest finite bucket edge ({shown}), so nothing can be proven"
        )
    return max((edge for edge in edges if edge < check.limit), default=-math.inf), min(higher)


def _pooled(windows: Windows, grown: Sequence[Increments]) -> dict[float, Sequence[float]]:
    """Cumulative counts by edge over all processes; empty where their edges differ."""
    processes = list(_by_process(grown).values())
    if any(edges.keys() != processes[0].keys() for edges in processes):
        return {}
    edges = sorted(processes[0]) if processes else []
    return {edge: windows.totals([process[edge] for process in processes]) for edge in edges}


def _beyond(check: QuantileCheck, windows: Windows, gray: _Histogram, stable: _Histogram) -> list[bool]:
    """The windows in which gray's quantile is beyond stable's plus its known cost."""
    if check.expect is None:
        return []
    return [
        any(g > (1 + check.expect) * s for g, s in _quantiles(check, index, gray, stable))
        for index in range(windows.count)
    ]


def _quantiles(
    check: QuantileCheck, index: int, gray: _Histogram, stable: _Histogram
) -> Iterator[tuple[float, float]]:
    """Both quantiles of one window, where both versions have enough requests in it."""
    if min(gray.total[index], stable.total[index]) < check.threshold.min_samples:
        return
    pair = [
        interpolated(check.quantile, {edge: counts[index] for edge, counts in one.below.items()})
        for one in (gray, stable)
    ]
    if pair[0] is not None and pair[1]:
        yield pair[0], pair[1]


def interpolated(quantile: float, below: Mapping[float, float]) -> float | None:
    """The quantile by linear interpolation inside its bucket, as PromQL's `histogram_quantile` does.

    `below` maps edges to cumulative counts. None without requests; the highest finite edge where the
    quantile lies above it.
    """
    edges = sorted(below)
    if not edges or below[edges[-1]] <= 0:
        return None
    rank, start, before = quantile * below[edges[-1]], 0.0, 0.0
    for edge in edges:
        if below[edge] >= rank:
            if math.isinf(edge):
                return start
            inside = below[edge] - before
            return start + (edge - start) * ((rank - before) / inside if inside > 0 else 1.0)
        start, before = edge, below[edge]
    return start
