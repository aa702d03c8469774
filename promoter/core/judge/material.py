"""What one check is judged from: its answers sorted by version, or why they say nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promoter.core.counting import Windows, newest
from promoter.core.evidence import Answer, Answers, Query, RawSamples, Series, Unknown
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.policy import Check, GaugeCheck, QuantileCheck, Unit
from promoter.core.subject import Subject

MOST_READINGS = 120  # windows kept as a verdict's evidence; ticks are put together to so many


class Missing(Exception):  # noqa: N818 - it is an answer, not an error
    """The evidence cannot be read: no trustworthy answer, none at all, or one that makes no sense."""

    def __init__(self, *, cause: Cause, reason: str, query: str) -> None:
        super().__init__(reason)
        self.cause = cause
        self.reason = reason
        self.query = query


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One check at one step. `start` is when its evidence begins (Unix seconds)."""

    subject: Subject
    check: Check
    answers: Answers
    start: float

    @property
    def end(self) -> float:
        """The pinned evaluation time in Unix seconds."""
        return self.subject.at.timestamp()

    @property
    def ticks(self) -> Windows:
        """The whole ticks of the step since its evidence begins."""
        return Windows.complete(self.start, self.subject.policy.metrics.step.total_seconds(), self.end)

    def compares(self, expect: float | None) -> bool:
        """Whether stable's numbers are needed: a known cost over them is declared, and they still grow."""
        return expect is not None and self.subject.stable_percent > 0

    def series(self, query: Query) -> tuple[Series, ...]:
        """The answer to a query. Raises Missing where there is no trustworthy one."""
        answer = self.answers.get(query, Unknown("was not asked"))
        if isinstance(answer, Answer):
            return answer.series
        raise Missing(cause=Cause.UNREACHABLE, reason=answer.reason, query=text_of(query))

    def fresh(self, query: Query) -> tuple[Series, ...]:
        """The series of a counter whose newest sample is recent. Raises Missing otherwise."""
        found = self.series(query)
        last = newest(found)
        if last is None:
            raise Missing(cause=Cause.NO_DATA, reason="no series", query=text_of(query))
        self.refuse_stale(last, query)
        return found

    def refuse_stale(self, last: float, query: Query) -> None:
        """Raise Missing where the newest sample (Unix seconds) is too old to say anything of now."""
        age = self.end - last
        if age > self.subject.policy.metrics.freshness.total_seconds():
            raise Missing(
                cause=Cause.STALE, reason=f"the newest sample is {age:.0f} s old", query=text_of(query)
            )


def text_of(query: Query) -> str:
    """The PromQL of a query."""
    return query.selector if isinstance(query, RawSamples) else query.expr


def unit_of(check: Check) -> Unit:
    """What the check's observed value is counted in."""
    return Unit.PLAIN if isinstance(check, GaugeCheck) else Unit.SHARE


def limit_of(check: Check) -> tuple[float | None, bool]:
    """The limit to show, and whether it is a lower bound."""
    if isinstance(check, QuantileCheck):
        return check.at_most, False
    if isinstance(check, GaugeCheck) and check.at_most is None:
        return check.at_least, check.at_least is not None
    return check.at_most, False


def unknown(check: Check, missing: Missing) -> Verdict:
    """The verdict where the evidence cannot be read: inconclusive, with the query named."""
    limit, lower = limit_of(check)
    return Verdict(
        check=check.name,
        outcome=Outcome.INCONCLUSIVE,
        cause=missing.cause,
        unit=unit_of(check),
        limit=limit,
        lower=lower,
        windows_needed=check.threshold.last,
        query=missing.query,
        reason=missing.reason,
        on_fail=check.on_fail,
    )


def too_early(check: Check, since: datetime | None) -> Verdict:
    """The verdict while the split is not seen or settles: nothing counts yet."""
    limit, lower = limit_of(check)
    return Verdict(
        check=check.name,
        outcome=Outcome.INCONCLUSIVE,
        cause=Cause.TOO_EARLY,
        unit=unit_of(check),
        limit=limit,
        lower=lower,
        windows_needed=check.threshold.last,
        eta=check.threshold.window * check.threshold.last if since else None,
        on_fail=check.on_fail,
    )
