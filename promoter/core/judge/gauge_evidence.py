"""Rule `sequential` for a reading: its lower bounds as quality, its upper ones as a level; the worst one decides."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median

from promoter.core.ask import errors as error_queries
from promoter.core.counting import Windows
from promoter.core.evidence import RangeValues, Series
from promoter.core.judge.evaluations import evaluations, since
from promoter.core.judge.gauge_windows import count_distinct
from promoter.core.judge.level import Going, Level, level
from promoter.core.judge.material import Material, Missing, limit_of
from promoter.core.judge.mean import Evaluation
from promoter.core.judge.proportion import LEAST_AT_THE_END, LEAST_TICKS
from promoter.core.judge.quality import Asked, Bound, Quality, Shown, quality
from promoter.core.judge.share_evidence import alpha_of, following_share
from promoter.core.judge.trend import BLOCK, LEAST_BLOCKS
from promoter.core.judge.verdict import Cause, Outcome, Proof, Verdict, WindowReading
from promoter.core.policy import GaugeCheck

MOST_READINGS = 120
RECENT = 10  # stable's readings whose median a reading is compared with
HOUR = 3600.0
SMALLEST = 1e-100  # nothing can be told as a share of less

_QUALITY = {
    Shown.BELOW: (Outcome.FAIL, Cause.OVER_LIMIT),
    Shown.SICK: (Outcome.INCONCLUSIVE, Cause.ENVIRONMENT),
    Shown.UNSETTLED: (Outcome.INCONCLUSIVE, Cause.UNSETTLED),
    Shown.OPEN: (Outcome.INCONCLUSIVE, Cause.TOO_FEW),
    Shown.ABOVE: (Outcome.INCONCLUSIVE, Cause.ABOVE_BAND),
    Shown.INSIDE: (Outcome.PASS, Cause.PROVEN),
}
_LEVEL = {
    Going.OVER: (Outcome.FAIL, Cause.OVER_LIMIT),
    Going.UNSETTLED: (Outcome.INCONCLUSIVE, Cause.UNSETTLED),
    Going.TOO_EARLY: (Outcome.INCONCLUSIVE, Cause.TOO_EARLY),
    Going.GROWING: (Outcome.INCONCLUSIVE, Cause.GROWING),
    Going.INSIDE: (Outcome.PASS, Cause.PROVEN),
}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one bound of the check comes to."""

    outcome: Outcome
    cause: Cause
    observed: float | None
    limit: float | None
    lower: bool
    proof: Proof
    needed: int | None = None
    eta: timedelta | None = None
    note: str | None = None
    breaches: int = 0  # of the last ticks

    def is_beyond(self, value: float | None) -> bool | None:
        """Whether a reading is on the wrong side of the limit, as it is now."""
        if value is None or self.limit is None:
            return None
        return value < self.limit if self.lower else value > self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Both versions' series, and what is published of their errors."""

    gray: Series
    stable: Series | None
    gray_errors: Series | None = None
    stable_errors: Series | None = None


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


def _parts(material: Material, check: GaugeCheck, readings: Readings) -> Iterator[_Part]:
    expect = check.expect or 0.0
    alone = check.relative and (readings.stable is None or not readings.stable.values)
    if alone:
        yield _nothing_to_compare(material, check)
    if check.at_least is not None:
        yield _quality(material, check, readings, Bound(at_least=check.at_least))
    if check.within is not None and not alone:
        yield _quality(material, check, readings, Bound(within=check.within, expect=expect))
    if check.at_most is not None:
        yield _level(material, readings, check.at_most, growth=None)
    base = _recent(readings.stable, material.end)
    if check.growth_at_most is not None and base is not None and abs(base) <= SMALLEST:
        yield _nothing_to_compare(material, check, "stable's reading is 0: nothing to compare with")
    elif check.growth_at_most is not None and not alone:
        yield _level(material, readings, check.growth_at_most, growth=expect)


def _nothing_to_compare(
    material: Material, check: GaugeCheck, why: str = "no reading of stable to compare with"
) -> _Part:
    limit, lower = limit_of(check)
    policy = material.subject.policy
    proof = Proof(alpha=alpha_of(policy), beta=policy.judge.beta, bar=limit or 0.0, least=_least(material))
    return _Part(
        outcome=Outcome.INCONCLUSIVE, cause=Cause.NO_DATA, observed=None, limit=limit, lower=lower, proof=proof,
        note=why,
    )  # fmt: skip


def _least(material: Material) -> int:
    following = following_share(material.subject)
    return LEAST_AT_THE_END if following is None or following >= 1 else LEAST_TICKS


def _quality(material: Material, check: GaugeCheck, readings: Readings, bound: Bound) -> _Part:
    subject = material.subject
    by_samples = check.samples is not None
    everything = evaluations(readings.gray, readings.gray_errors, samples=by_samples)
    stable = evaluations(readings.stable, readings.stable_errors, samples=by_samples)
    bounds = (check.at_least is not None) + (check.within is not None)
    asked = Asked(
        bound=bound,
        alpha=alpha_of(subject.policy) / bounds,
        beta=subject.policy.judge.beta,
        following=following_share(subject),
        headroom=subject.policy.judge.headroom,
    )
    ticks = len(_after(readings.gray, material.start))
    flat = len({one.value for one in everything}) == 1 and len({one.value for one in stable}) <= 1
    here = len(since(everything, material.start))
    last = max(material.start, everything[-1].at) if everything else material.end
    standing = len(_after(readings.gray, last))
    found = quality(asked, everything, stable, here=here, ticks=ticks, flat=flat, standing=standing)
    outcome, cause = _QUALITY[found.shown]
    if outcome is Outcome.FAIL and bound.within is not None:
        cause = Cause.WORSE_THAN_STABLE
    early = outcome is Outcome.PASS and ticks < _least(material)
    spacing = _spacing((*everything, *stable))
    eta = found.needed * spacing if found.needed is not None and spacing is not None else None
    return _Part(
        outcome=Outcome.INCONCLUSIVE if early else outcome,
        cause=Cause.TOO_EARLY if early else cause,
        observed=found.value,
        limit=found.limit,
        lower=True,
        proof=_proof(material, asked, found, ticks),
        needed=found.needed,
        eta=(_least(material) - ticks) * subject.policy.metrics.step if early else eta,
        note="one reading that never changed, its error is not known" if found.face_value else None,
    )


def _proof(material: Material, asked: Asked, found: Quality, ticks: int) -> Proof:
    return Proof(
        alpha=asked.alpha,
        beta=asked.beta,
        bar=found.bar,
        bound=found.bound,
        within=found.within,
        over=found.over,
        ticks=ticks,
        least=_least(material),
    )


def _spacing(found: Sequence[Evaluation]) -> timedelta | None:
    """About how long there is between two evaluations."""
    gaps = [later.at - earlier.at for earlier, later in pairwise(found) if later.at > earlier.at]
    return timedelta(seconds=median(gaps)) if gaps else None


def _after(series: Series, start: float) -> tuple[float, ...]:
    return series.values[bisect_right(series.times, start) :]


def _level(material: Material, readings: Readings, limit: float, *, growth: float | None) -> _Part:
    """`growth` is the known difference to stable, for a limit that is a share of stable's; None for a plain one."""
    gray, end, beta = readings.gray, material.end, material.subject.policy.judge.beta
    base = _recent(readings.stable, end)
    compared = [
        (at, value if growth is None else (value - near) / abs(near) - growth)
        for at, value in zip(gray.times, gray.values, strict=True)
        if (near := _recent(readings.stable, at) if growth is not None else 1.0) and abs(near) > SMALLEST
    ]
    found = level(
        _ticks(material, compared),
        compared,
        limit=limit,
        end=end,
        least=_least(material),
        beta=beta,
        trend=_least(material) == LEAST_AT_THE_END,
    )
    sick = growth is None and base is not None and base > limit
    outcome, cause = _LEVEL[found.going]
    if sick and outcome is Outcome.FAIL:
        outcome, cause = Outcome.INCONCLUSIVE, Cause.ENVIRONMENT
    if outcome is Outcome.FAIL and growth is not None:
        cause = Cause.WORSE_THAN_STABLE
    return _told(material, found, outcome, cause, _Scale(limit, growth, base))


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a compared value back to the gauge's own unit."""

    limit: float
    growth: float | None
    base: float | None

    def plain(self, value: float) -> float:
        if self.growth is None or self.base is None:
            return value
        told = self.base + (value + self.growth) * abs(self.base)
        return float(f"{told:.4g}")  # it is only told: the ratio is judged

    def slope(self, value: float) -> float:
        return value * HOUR * (1.0 if self.growth is None or self.base is None else abs(self.base))


def _told(material: Material, found: Level, outcome: Outcome, cause: Cause, scale: _Scale) -> _Part:
    subject = material.subject
    ticks = len(_after_all(material))
    waiting = cause is Cause.TOO_EARLY and found.slope is None
    left = max(1, _least(material) - ticks) * subject.policy.metrics.step
    if ticks >= _least(material):  # then it is the trend that has too little to go by
        left = max(left, subject.climbing_since + timedelta(seconds=LEAST_BLOCKS * BLOCK) - subject.at)
    return _Part(
        outcome=outcome,
        cause=cause,
        observed=scale.plain(found.value) if found.value is not None else None,
        limit=scale.plain(scale.limit),
        lower=False,
        proof=Proof(
            alpha=alpha_of(subject.policy),
            beta=subject.policy.judge.beta,
            bar=scale.plain(scale.limit),
            ticks=ticks,
            least=_least(material),
            slope=scale.slope(found.slope) if found.slope is not None else None,
        ),
        eta=left if waiting else None,
        breaches=found.over,
    )


def _after_all(material: Material) -> range:
    step = material.subject.policy.metrics.step.total_seconds()
    return range(Windows.complete(material.start, step, material.end).count)


def _ticks(material: Material, compared: Sequence[tuple[float, float]]) -> list[float | None]:
    """The median of each tick's readings since the step's start."""
    step = material.subject.policy.metrics.step.total_seconds()
    windows = Windows.complete(material.start, step, material.end)
    groups: list[list[float]] = [[] for _ in range(windows.count)]
    for at, value in compared:
        index = windows.index(at)
        if 0 <= index < windows.count:
            groups[index].append(value)
    return [median(group) if group else None for group in groups]


def _recent(stable: Series | None, at: float) -> float | None:
    """The median of stable's last readings up to a moment, or of its first ones where there are none before."""
    if stable is None or not stable.values:
        return None
    stop = max(bisect_right(stable.times, at), min(RECENT, len(stable.values)))
    return median(stable.values[max(0, stop - RECENT) : stop])


def _windows(material: Material, readings: Readings, part: _Part) -> list[WindowReading]:
    """The step's readings, put together to at most MOST_READINGS windows."""
    step = material.subject.policy.metrics.step.total_seconds()
    count = Windows.complete(material.start, step, material.end).count
    together = max(1, -(-count // MOST_READINGS))
    windows = Windows.complete(material.start, step * together, material.end)
    return [
        WindowReading(
            start=start,
            end=stop,
            value=(value := _inside(readings.gray, start, stop)),
            stable_value=_inside(readings.stable, start, stop),
            breach=part.is_beyond(value),
        )
        for start, stop in (windows.bounds(index) for index in range(windows.count))
    ]


def _inside(series: Series | None, start: float, stop: float) -> float | None:
    if series is None:
        return None
    values = series.values[bisect_right(series.times, start) : bisect_right(series.times, stop)]
    return median(values) if values else None
