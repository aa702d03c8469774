"""One written check → the kind it is: its keys must go together and its limits have the right units."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from promoter.core.policy import Check, GaugeCheck, OnFail, QuantileCheck, RatioCheck, Rule, Threshold, Unit
from promoter.policy import units, written

Part = TypeVar("Part")

KINDS: dict[str, frozenset[str]] = {
    "histogram": frozenset({"histogram", "quantile", "at_most", "expect"}),
    "gauge": frozenset(
        {"gauge", "at_least", "at_most", "within", "growth_at_most", "expect", "stderr", "samples"}
    ),
    "bad and total": frozenset({"bad", "total", "at_most", "expect"}),
}
_ALWAYS = frozenset({"on_fail", "rule", "threshold"})
# Metric unit by its name's end, in milliseconds.
_SCALES = {"_milliseconds": 1.0, "_ms": 1.0, "_seconds": 1000.0, "_microseconds": 0.001}


class CheckError(ValueError):
    """What is wrong with a check, and the keys that lead to the place."""

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.keys = keys


def read_check(name: str, source: written.Check, *, on_fail: str, rule: Rule, limits: Threshold) -> Check:
    """The check of this name. Raises CheckError for the first thing that does not fit."""
    given = {key for key, value in source if value is not None} - _ALWAYS
    kind = _kind(given)
    for key in sorted(given - KINDS[kind]):
        raise CheckError(f"{key} does not go with {kind}", key)
    freeze = OnFail(on_fail)
    if kind == "gauge":
        return _gauge(name, source, freeze, rule, limits)
    if kind == "histogram":
        return _quantile(name, source, freeze, rule, limits)
    return _ratio(name, source, freeze, rule, limits)


def _kind(given: set[str]) -> str:
    starts: list[str] = [kind for kind in ("histogram", "gauge") if kind in given]
    if given & {"bad", "total"}:
        starts.append("bad and total")
    if len(starts) != 1:
        told = " and ".join(starts) if starts else "none"
        raise CheckError(f"a check has bad and total, or histogram, or gauge; this one has {told}")
    return starts[0]


def _ratio(name: str, source: written.Check, on_fail: OnFail, rule: Rule, limits: Threshold) -> RatioCheck:
    if source.bad is not None and source.bad == source.total:
        raise CheckError("bad and total are the same: every request would be bad", "bad")
    if not isinstance(source.at_most, str):
        raise CheckError("at_most is missing; write a share, like 0.05%" if source.at_most is None else
                         f"{source.at_most} is no share; write it like 0.05%", "at_most")  # fmt: skip
    return RatioCheck(
        name=name,
        bad=_present(source.bad, "bad"),
        total=_present(source.total, "total"),
        at_most=_share(source.at_most),
        expect=_expect(source),
        on_fail=on_fail,
        rule=rule,
        threshold=limits,
    )


def _quantile(
    name: str, source: written.Check, on_fail: OnFail, rule: Rule, limits: Threshold
) -> QuantileCheck:
    if source.quantile is None or not 0 < source.quantile < 1:
        raise CheckError("quantile is missing; write it like 0.99", "quantile")
    histogram = _present(source.histogram, "histogram")
    scale = next((scale for end, scale in _SCALES.items() if histogram.metric.endswith(end)), None)
    limit, unit, factor = _latency(source.at_most, scale)
    return QuantileCheck(
        name=name,
        bucket=histogram.bucket,
        count=histogram.count,
        quantile=source.quantile,
        limit=limit,
        scale=factor,
        unit=unit,
        expect=_expect(source),
        on_fail=on_fail,
        rule=rule,
        threshold=limits,
    )


def _latency(at_most: object, scale: float | None) -> tuple[float, Unit, float]:
    """The limit in the metric's unit, the unit to show, and the factor from one to the other."""
    if at_most is None:
        raise CheckError("at_most is missing; write it like 50ms", "at_most")
    if scale is None:
        if isinstance(at_most, str) or not at_most:
            raise CheckError("the metric's name does not end in its unit, so write a plain number", "at_most")
        return float(str(at_most)), Unit.PLAIN, 1.0
    try:
        length = units.read_duration(at_most)
    except units.UnitError as error:
        raise CheckError(str(error), "at_most") from error
    if length <= timedelta(0):
        raise CheckError("must be above 0", "at_most")
    shown = length / timedelta(milliseconds=1)
    return shown / scale, Unit.MILLISECONDS, scale


def _gauge(name: str, source: written.Check, on_fail: OnFail, rule: Rule, limits: Threshold) -> GaugeCheck:
    bounds = {"at_least": source.at_least, "at_most": source.at_most}
    for key, bound in bounds.items():
        if isinstance(bound, str):
            raise CheckError(f"{bound!r} is no number", key)
    if all(bound is None for bound in (*bounds.values(), source.within, source.growth_at_most)):
        raise CheckError("a gauge needs at_least, at_most, within or growth_at_most")
    if source.stderr is not None and source.samples is not None:
        raise CheckError(
            "stderr and samples exclude each other: one of them tells the reading's error", "samples"
        )
    if (source.stderr or source.samples) and source.at_least is None and source.within is None:
        raise CheckError(
            "stderr and samples go with at_least or within", "stderr" if source.stderr else "samples"
        )
    low, high = (_plain(bound) for bound in bounds.values())
    if low is not None and high is not None and low > high:
        raise CheckError("at_least is above at_most: nothing could pass", "at_least")
    gauge, selectors = _present(source.gauge, "gauge")
    return GaugeCheck(
        name=name,
        gauge=gauge,
        selectors=selectors,
        at_least=low,
        at_most=high,
        within=_positive(source.within, "within"),
        growth_at_most=float(source.growth_at_most) if source.growth_at_most is not None else None,
        expect=_expect(source),
        stderr=source.stderr[0] if source.stderr else None,
        samples=source.samples[0] if source.samples else None,
        on_fail=on_fail,
        rule=rule,
        threshold=limits,
    )


def _plain(bound: object) -> float | None:
    return float(bound) if isinstance(bound, (int, Decimal)) else None


def _positive(share: Fraction | None, key: str) -> float | None:
    if share is not None and share <= 0:
        raise CheckError("must be above 0%", key)
    return float(share) if share is not None else None


def _present(value: Part | None, key: str) -> Part:
    if value is None:
        raise CheckError(f"{key} is missing", key)
    return value


def _share(text: str) -> float:
    try:
        share = units.read_percent(text)
    except units.UnitError as error:
        raise CheckError(str(error), "at_most") from error
    if not 0 < share < 1:
        raise CheckError(f"{text} must be above 0% and below 100%", "at_most")
    return float(share)


def _expect(source: written.Check) -> float | None:
    if source.expect is not None and source.expect <= -1:
        raise CheckError("must be above -100%: nothing is left to expect", "expect")
    return float(source.expect) if source.expect is not None else None
