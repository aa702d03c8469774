"""Rule `sequential` for a reading: its lower bounds as quality, its upper ones as a level; the worst one decides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from promoter.core.ask import errors as error_queries
from promoter.core.counting import Windows
from promoter.core.evidence import RangeValues, Series
from promoter.core.judge.gauge_level import SMALLEST, level_part
from promoter.core.judge.gauge_parts import Part, Readings, least_ticks, medians, recent
from promoter.core.judge.gauge_quality import evaluated, quality_parts
from promoter.core.judge.gauge_windows import count_distinct
from promoter.core.judge.material import MOST_READINGS, Material, Missing, limit_of
from promoter.core.judge.quality import Bound
from promoter.core.judge.share_evidence import alpha_of
from promoter.core.judge.verdict import Cause, Outcome, Proof, Verdict, WindowReading
from promoter.core.policy import GaugeCheck

# Of several bounds the first that stands here is told.
_ORDER = (
    Cause.OVER_LIMIT,
    Cause.WORSE_THAN_STABLE,
    Cause.NO_DATA,
    Cause.ENVIRONMENT,
    Cause.UNSETTLED,
    Cause.GROWING,
    Cause.TOO_EARLY,
    Cause.TOO_FEW,
    Cause.ABOVE_BAND,
    Cause.PROVEN,
)


def judged_by_evidence(material: Material, check: GaugeCheck, gray: Series, stable: Series | None) -> Verdict:
    """The verdict on a gauge. Raises Missing where a published error cannot be read."""
    published = [
        _published(material, query)
        for version in (material.subject.candidate, material.subject.policy.stable)
        for query in error_queries(material.subject, check, version)
    ]
    gray_errors, stable_errors = published or (None, None)
    readings = Readings(gray=gray, stable=stable, gray_errors=gray_errors, stable_errors=stable_errors)
    parts = list(_parts(material, check, readings))
    worst = min(parts, key=lambda part: _ORDER.index(part.cause))
    etas = [part.eta for part in parts if part.outcome is Outcome.INCONCLUSIVE]
    known = [eta for eta in etas if eta is not None]
    windows = _windows(material, readings, worst)
    stables = [window.stable_value for window in windows if window.stable_value is not None]
    return Verdict(
        check=check.name,
        outcome=worst.outcome,
        cause=worst.cause,
        observed=worst.observed,
        stable=median(stables) if stables else None,
        limit=worst.limit,
        lower=worst.lower,
        samples=count_distinct(gray, material.start),
        breaches=worst.breaches,
        windows=worst.proof.ticks,
        windows_needed=worst.proof.least,
        needed=worst.needed,
        eta=max(known) if known and len(known) == len(etas) else None,
        note=worst.note,
        on_fail=check.on_fail,
        readings=tuple(windows),
        proof=worst.proof,
    )


def _published(material: Material, query: RangeValues) -> Series | None:
    """The one series of published errors; None where there is none. Raises Missing for several."""
    found = material.series(query)
    if len(found) > 1:
        reason = f"{len(found)} series where one is expected; aggregate them, with avg() or max()"
        raise Missing(cause=Cause.MALFORMED, reason=reason, query=query.expr)
    return found[0] if found else None


def _parts(material: Material, check: GaugeCheck, readings: Readings) -> Iterator[Part]:
    expect = check.expect or 0.0
    alone = check.relative and (readings.stable is None or not readings.stable.values)
    if alone:
        yield _nothing_to_compare(material, check)
    bounds = []
    if check.at_least is not None:
        bounds.append(Bound(at_least=check.at_least))
    if check.within is not None and not alone:
        bounds.append(Bound(within=check.within, expect=expect))
    if bounds:
        yield from quality_parts(material, check, evaluated(material, check, readings), bounds)
    if check.at_most is not None:
        yield level_part(material, readings, check.at_most, growth=None)
    base = recent(readings.stable, material.end)
    if check.growth_at_most is not None and base is not None and abs(base) <= SMALLEST:
        yield _nothing_to_compare(material, check, "stable's reading is 0: nothing to compare with")
    elif check.growth_at_most is not None and not alone:
        yield level_part(material, readings, check.growth_at_most, growth=expect)


def _nothing_to_compare(
    material: Material, check: GaugeCheck, why: str = "no reading of stable to compare with"
) -> Part:
    limit, lower = limit_of(check)
    policy = material.subject.policy
    proof = Proof(
        alpha=alpha_of(policy), beta=policy.judge.beta, bar=limit or 0.0, least=least_ticks(material)
    )
    return Part(
        outcome=Outcome.INCONCLUSIVE, cause=Cause.NO_DATA, observed=None, limit=limit, lower=lower, proof=proof,
        note=why,
    )  # fmt: skip


def _windows(material: Material, readings: Readings, part: Part) -> list[WindowReading]:
    """The step's readings, put together to at most MOST_READINGS windows."""
    ticks = material.ticks
    together = max(1, -(-ticks.count // MOST_READINGS))
    windows = Windows.complete(material.start, ticks.length * together, material.end)
    edges = [windows.start + index * windows.length for index in range(windows.count + 1)]
    values, others = (
        medians(one.times, one.values, edges) if one else [None] * windows.count
        for one in (readings.gray, readings.stable)
    )
    return [
        WindowReading(start=start, end=end, value=value, stable_value=other, breach=part.is_beyond(value))
        for (start, end), value, other in zip(pairwise(edges), values, others, strict=True)
    ]
