"""A gauge's readings and their freshness, for either rule; and at 0 %, whether the targets are up."""

from __future__ import annotations

import math

from promoter.core.ask import gauge as queries
from promoter.core.evidence import InstantValue, RangeValues, Series
from promoter.core.judge.gauge_evidence import judged_by_evidence
from promoter.core.judge.gauge_windows import judged_by_windows
from promoter.core.judge.material import Material, Missing, text_of
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import GaugeCheck, OnFail, Rule

LARGEST = 1e100  # readings beyond this are broken, and arithmetic with them would be


def judge_gauge(material: Material, check: GaugeCheck) -> Verdict:
    """The verdict on a gauge. Raises Missing where the readings cannot be used."""
    gray = _readings(material, check, material.subject.candidate, needed=True)
    stable = _stable(material, check)
    if check.rule is Rule.THRESHOLD or gray is None:
        return judged_by_windows(material, check, gray, stable)
    return judged_by_evidence(material, check, gray, stable)


def _readings(material: Material, check: GaugeCheck, version: str, *, needed: bool) -> Series | None:
    """The one series of finite values, fresh. Raises Missing; None where nothing is needed and nothing there."""
    values, *ages = queries(material.subject, check, version)
    found = material.series(values)
    query = text_of(values)
    if not found:
        if needed:
            raise Missing(cause=Cause.NO_DATA, reason="no series", query=query)
        return None
    if len(found) > 1:
        reason = f"{len(found)} series where one is expected; aggregate them, with avg() or max()"
        raise Missing(cause=Cause.MALFORMED, reason=reason, query=query)
    if not all(map(math.isfinite, found[0].values)):
        raise Missing(cause=Cause.MALFORMED, reason="not a number", query=query)
    if max(found[0].values, default=0.0) > LARGEST or min(found[0].values, default=0.0) < -LARGEST:
        raise Missing(cause=Cause.MALFORMED, reason="larger than any reading can be", query=query)
    for age in ages:
        if isinstance(age, InstantValue):
            _fresh(material, age, query)
    return found[0]


def _fresh(material: Material, age: InstantValue, query: str) -> None:
    found = material.series(age)
    newest = [one.values[-1] for one in found if one.values]
    if not newest:
        raise Missing(cause=Cause.STALE, reason="no sample within Prometheus' look-back", query=query)
    if not all(map(math.isfinite, newest)):
        raise Missing(cause=Cause.MALFORMED, reason="its newest sample has no time", query=query)
    old = material.end - min(newest)
    if old > material.subject.policy.metrics.freshness.total_seconds():
        raise Missing(cause=Cause.STALE, reason=f"the newest sample is {old:.0f} s old", query=query)


def _stable(material: Material, check: GaugeCheck) -> Series | None:
    """Stable's readings, where the check needs them; at the top it may be gone, its last ones count then."""
    subject = material.subject
    if subject.stable_percent == 0:
        values = queries(subject, check, subject.policy.stable)[0]
        found = material.series(values) if isinstance(values, RangeValues) else ()
        usable = len(found) == 1 and all(abs(value) <= LARGEST for value in found[0].values)
        return found[0] if usable else None
    return _readings(material, check, subject.policy.stable, needed=check.relative)


def judge_ready(material: Material, query: InstantValue, newest: InstantValue) -> Verdict:
    """At 0 %: are the candidate's targets up? Every series must be 1, and fresh. Raises Missing."""
    found = material.series(query)
    if not found:
        raise Missing(cause=Cause.NO_DATA, reason="no target is known", query=query.expr)
    _fresh(material, newest, query.expr)
    down = [one for one in found if not one.values or one.values[-1] != 1]
    return Verdict(
        check="ready",
        outcome=Outcome.INCONCLUSIVE if down else Outcome.PASS,
        cause=Cause.NOT_READY if down else Cause.READY,
        observed=float(len(found) - len(down)),
        limit=float(len(found)),
        lower=True,
        samples=len(found),
        on_fail=OnFail.FREEZE,
    )
