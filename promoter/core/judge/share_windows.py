"""Rule `threshold` for bad events out of all: windows of both versions; ratios and quantiles alike."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.counting import Windows
from promoter.core.judge.counts import Counts
from promoter.core.judge.material import Material, limit_of, unit_of
from promoter.core.judge.threshold import Ruled, ruled
from promoter.core.judge.verdict import Cause, Outcome, Verdict, WindowReading
from promoter.core.policy import QuantileCheck, Unit


def judged(
    material: Material,
    windows: Windows,
    gray: Counts,
    stable: Counts,
    *,
    beyond: Sequence[bool] = (),
    note: str | None = None,
) -> Verdict:
    """The verdict on a share of bad events."""
    check = material.check
    limit, _ = limit_of(check)
    if limit is None:
        raise ValueError(f"{check.name} has no limit")
    readings, environment = [], []
    for index in range(windows.count):
        reading, sick = _reading(windows, index, gray, stable, limit)
        if beyond and beyond[index]:
            reading = reading._replace(breach=True)
        readings.append(reading)
        environment.append(sick)
    last = check.threshold.last
    bad, doubtful, total = (sum(counts[-last:]) for counts in (gray.bad, gray.doubtful, gray.total))
    rule = ruled(
        readings,
        check.threshold,
        samples=round(total),
        within=total > 0 and doubtful / total <= limit,
        environment=environment,
        counted=True,
    )
    return _verdict(
        material, rule, readings, note=_note(note, bad, doubtful, total, limit), beyond=any(beyond)
    )


def _reading(
    windows: Windows, index: int, gray: Counts, stable: Counts, limit: float
) -> tuple[WindowReading, bool]:
    """One window, and whether stable was over the limit in it as well."""
    start, end = windows.bounds(index)
    bad, doubtful, total = gray.bad[index], gray.doubtful[index], gray.total[index]
    stable_bad, stable_total = stable.bad[index], stable.total[index]
    over = total > 0 and bad / total > limit
    sick = stable_total > 0 and stable_bad / stable_total > limit
    if total <= 0:
        breach = None
    elif over:
        breach = None if sick else True
    else:
        breach = False if doubtful / total <= limit else None
    reading = WindowReading(
        start=start,
        end=end,
        bad=bad,
        total=total,
        stable_bad=stable_bad,
        stable_total=stable_total,
        breach=breach,
    )
    return reading, over and sick


def _note(note: str | None, bad: float, doubtful: float, total: float, limit: float) -> str | None:
    """The remark about buckets matters only where it could change the verdict."""
    if not note or not total or (bad / total > limit) == (doubtful / total > limit):
        return note
    return f"{note}: undecided between the two edges"


def _verdict(
    material: Material, rule: Ruled, readings: Sequence[WindowReading], *, note: str | None, beyond: bool
) -> Verdict:
    check = material.check
    limit, lower = limit_of(check)
    # A failure is told over the whole step, since it may lie behind; a pass over the last windows.
    told = list(readings) if rule.outcome is Outcome.FAIL else list(readings)[-check.threshold.last :]
    observed, samples = _pooled([(r.bad, r.total) for r in told])
    stable, _ = _pooled([(r.stable_bad, r.stable_total) for r in told])
    edge = check.limit * check.scale if isinstance(check, QuantileCheck) else None
    worse = rule.outcome is Outcome.FAIL and beyond and (observed or 0) <= (limit or 0)
    return Verdict(
        check=check.name,
        outcome=rule.outcome,
        cause=Cause.WORSE_THAN_STABLE if worse else rule.cause,
        unit=unit_of(check),
        observed=observed,
        stable=stable,
        limit=limit,
        lower=lower,
        edge=edge,
        edge_unit=check.unit if isinstance(check, QuantileCheck) else Unit.PLAIN,
        samples=samples,
        breaches=rule.breaches,
        windows=len(told),
        windows_needed=check.threshold.last,
        needed=rule.needed,
        eta=rule.eta,
        note=note,
        on_fail=check.on_fail,
        readings=tuple(readings),
    )


def _pooled(pairs: Sequence[tuple[float | None, float | None]]) -> tuple[float | None, int]:
    bad = sum(pair[0] or 0.0 for pair in pairs)
    total = sum(pair[1] or 0.0 for pair in pairs)
    return (bad / total if total > 0 else None), round(total)
