"""Rule `threshold`: M of the last N windows, three-valued, over readings that other rooms prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from promoter.core.judge.verdict import Cause, Outcome, WindowReading
from promoter.core.policy import Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What the rule says about a step's windows, before it becomes a verdict."""

    outcome: Outcome
    cause: Cause
    breaches: int
    needed: int | None = None
    eta: timedelta | None = None


def failing_stretch(readings: Sequence[WindowReading], rule: Threshold) -> range | None:
    """The first `last` consecutive windows with `breaches` over the limit, as a range of indexes.

    A reading that is repeated unchanged is one piece of evidence, unless it fills all `last` windows:
    an evaluator's one odd result is exported again and again until its next run.
    """
    for end in range(1, len(readings) + 1):
        start = max(0, end - rule.last)
        stretch = readings[start:end]
        over = [reading for reading in stretch if reading.breach]
        if len(over) < rule.breaches:
            continue
        if len(over) == rule.last or _distinct(over) >= rule.breaches:
            return range(start, end)
    return None


def _distinct(over: Sequence[WindowReading]) -> int:
    """Pieces of evidence: counters' windows are each their own, gauges' count where the value changed."""
    if any(reading.value is None for reading in over):
        return len(over)
    return len({reading.value for reading in over})


def ruled(
    readings: Sequence[WindowReading],
    rule: Threshold,
    *,
    samples: int,
    within: bool,
    environment: Sequence[bool],
    counted: bool,
) -> Ruled:
    """The rule over a step's complete windows, oldest first.

    `samples` and `within` are about the last N windows together: how many requests or readings, and
    whether the pooled value is inside the limit. `environment` marks windows in which stable was over the
    limit too. `counted` says whether `min_samples` applies: requests are counted, gauges are not.
    """
    if failing_stretch(readings, rule) is not None:
        over = sum(1 for reading in readings if reading.breach)
        return Ruled(outcome=Outcome.FAIL, cause=Cause.OVER_LIMIT, breaches=over)
    last = readings[-rule.last :]
    over = sum(1 for reading in last if reading.breach)
    cause = _undecided(last, rule, environment=environment, samples=samples if counted else None)
    if cause is None and (over >= rule.breaches or not within):
        cause = Cause.UNSETTLED
    if cause is None:
        return Ruled(outcome=Outcome.PASS, cause=Cause.WITHIN_LIMIT, breaches=over)
    return Ruled(
        outcome=Outcome.INCONCLUSIVE,
        cause=cause,
        breaches=over,
        needed=rule.min_samples - samples if cause is Cause.TOO_FEW else None,
        eta=(rule.last - len(last)) * rule.window if cause is Cause.TOO_EARLY else None,
    )


def _undecided(
    last: Sequence[WindowReading], rule: Threshold, *, environment: Sequence[bool], samples: int | None
) -> Cause | None:
    """Why the last windows say neither yes nor no, before their values are looked at."""
    if len(last) < rule.last:
        return Cause.TOO_EARLY
    if sum(environment[-rule.last :]) * 2 > rule.last:
        return Cause.ENVIRONMENT
    if samples is not None and samples < rule.min_samples:
        return Cause.TOO_FEW
    return Cause.NO_DATA if any(reading.breach is None for reading in last) else None
