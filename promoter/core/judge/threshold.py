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
    missing = rule.last - len(last)
    if missing > 0:
        eta = missing * rule.window
        return Ruled(outcome=Outcome.INCONCLUSIVE, cause=Cause.TOO_EARLY, breaches=over, eta=eta)
    if sum(environment[-rule.last :]) * 2 > rule.last:
        return Ruled(outcome=Outcome.INCONCLUSIVE, cause=Cause.ENVIRONMENT, breaches=over)
    if counted and samples < rule.min_samples:
        return _too_few(rule, samples, over)
    if any(reading.breach is None for reading in last):
        return Ruled(outcome=Outcome.INCONCLUSIVE, cause=Cause.NO_DATA, breaches=over)
    if over >= rule.breaches or not within:
        return Ruled(outcome=Outcome.INCONCLUSIVE, cause=Cause.UNSETTLED, breaches=over)
    return Ruled(outcome=Outcome.PASS, cause=Cause.WITHIN_LIMIT, breaches=over)


def _too_few(rule: Threshold, samples: int, over: int) -> Ruled:
    """How many more requests the last N windows would have to hold; they come too slowly for an ETA."""
    return Ruled(
        outcome=Outcome.INCONCLUSIVE, cause=Cause.TOO_FEW, breaches=over, needed=rule.min_samples - samples
    )
