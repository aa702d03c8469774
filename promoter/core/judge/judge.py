"""One candidate's answers → its health: is the split applied, since when does evidence count, each verdict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from promoter.core.applied import applied
from promoter.core.ask import about, newest, ready
from promoter.core.evidence import Answers
from promoter.core.judge.gauge import judge_gauge, judge_ready
from promoter.core.judge.material import Material, Missing, too_early, unknown
from promoter.core.judge.quantile import judge_quantile
from promoter.core.judge.ratio import judge_ratio
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import Check, GaugeCheck, QuantileCheck, RatioCheck
from promoter.core.subject import Applied, Health, Seen, Subject


def judge(subject: Subject, answers: Answers) -> Health:
    """The health of a candidate at its step. The same answers give the same verdicts."""
    seen = applied(subject, answers)
    start = _evidence_start(subject, seen)
    if subject.percent == 0:
        verdicts = tuple(_at_zero(subject, answers))
    else:
        verdicts = tuple(_verdict(subject, answers, check, start) for check in subject.policy.checks)
    return Health(applied=seen, baked_from=start, verdicts=verdicts)


def _evidence_start(subject: Subject, seen: Applied) -> datetime | None:
    """When evidence begins to count: applied and settled, or resumed later; None before that.

    A new image behind an unchanged weight needs to settle as well: its pods are only being replaced.
    """
    if seen.seen is Seen.NOT_ASKED:
        return subject.since
    if seen.seen is not Seen.APPLIED or seen.since is None:
        return None
    settle = subject.policy.settle
    return max(seen.since + settle, subject.began + settle, subject.since)


def _verdict(subject: Subject, answers: Answers, check: Check, start: datetime | None) -> Verdict:
    if start is None or start >= subject.at:
        return _before(subject, answers, check, start)
    material = Material(subject=subject, check=check, answers=answers, start=start.timestamp())
    try:
        return _judged(material, check)
    except Missing as missing:
        return unknown(check, missing)


def judged_since(subject: Subject, answers: Answers, check: Check, start: datetime) -> Verdict:
    """One check over what was counted since `start`, whatever the split is: for forecasts, not for decisions."""
    return _verdict(subject, answers, check, start)


def _before(subject: Subject, answers: Answers, check: Check, start: datetime | None) -> Verdict:
    """Not applied or not settled: nothing counts yet, but an outage is told at once."""
    material = Material(subject=subject, check=check, answers=answers, start=subject.at.timestamp())
    try:
        for query in about(subject, check):
            material.series(query)
    except Missing as missing:
        return unknown(check, missing)
    return too_early(check, start)


def _judged(material: Material, check: Check) -> Verdict:
    match check:
        case RatioCheck():
            return judge_ratio(material, check)
        case QuantileCheck():
            return judge_quantile(material, check)
        case GaugeCheck():
            return judge_gauge(material, check)


def _at_zero(subject: Subject, answers: Answers) -> Iterator[Verdict]:
    """Without traffic only the targets and the gauges that answer are judged; requests are not asked about."""
    yield _ready(subject, answers)
    for check in subject.policy.checks:
        if not isinstance(check, GaugeCheck):
            yield Verdict(
                check=check.name,
                outcome=Outcome.PASS,
                cause=Cause.NOT_ASKED,
                limit=check.at_most,
                on_fail=check.on_fail,
            )
            continue
        verdict = _verdict(subject, answers, check, subject.since)
        if verdict.cause in (Cause.NO_DATA, Cause.STALE) and not verdict.readings:
            continue  # a gauge that does not answer before the first request
        yield verdict


def _ready(subject: Subject, answers: Answers) -> Verdict:
    check = subject.policy.checks[0]
    material = Material(subject=subject, check=check, answers=answers, start=subject.since.timestamp())
    try:
        return judge_ready(material, ready(subject), newest(subject, subject.policy.ready, subject.candidate))
    except Missing as missing:
        return Verdict(
            check="ready",
            outcome=Outcome.INCONCLUSIVE,
            cause=missing.cause,
            query=missing.query,
            reason=missing.reason,
        )
