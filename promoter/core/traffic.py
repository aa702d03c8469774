"""Today's traffic of a route: what to ask Prometheus for a forecast, and what its answers come to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction

from promoter.core.ask import about
from promoter.core.evidence import Answers, Query
from promoter.core.feasibility import Traffic
from promoter.core.judge.judge import judged_since
from promoter.core.judge.verdict import Verdict
from promoter.core.policy import Check, GaugeCheck, Policy
from promoter.core.subject import Subject

SEEN = timedelta(hours=1)  # how much of the past stands for today


def traffic_queries(policy: Policy, at: datetime) -> tuple[Query, ...]:
    """The last hour of every share check's counters, for each version."""
    asked = (
        query
        for version in policy.versions
        for check in _shares(policy)
        for query in about(_alone(policy, version, at), check)
    )
    return tuple(dict.fromkeys(asked))


def traffic_of_route(policy: Policy, at: datetime, answers: Answers) -> Mapping[str, Traffic]:
    """By check: what all versions together were asked, and stable's share of bad events. Unknown ones are left out."""
    found: dict[str, Traffic] = {}
    for check in _shares(policy):
        seen = {version: _counted(policy, version, at, check, answers) for version in policy.versions}
        stable = seen[policy.stable]
        if stable is not None:
            rate = sum(one[1] for one in seen.values() if one is not None) / SEEN.total_seconds()
            found[check.name] = Traffic(rate=rate, share=stable[0] / stable[1])
    return found


def _shares(policy: Policy) -> tuple[Check, ...]:
    return tuple(check for check in policy.checks if not isinstance(check, GaugeCheck))


def _alone(policy: Policy, version: str, at: datetime) -> Subject:
    """One version as if it were the candidate, over the last hour."""
    start = at - SEEN
    return Subject(
        policy=policy,
        candidate=version,
        percent=Fraction(100),
        before=None,
        following=None,
        stable_percent=Fraction(0),
        changed_at=start,
        since=start,
        at=at,
        climbing_since=start,
        began=start,
    )


def _counted(
    policy: Policy, version: str, at: datetime, check: Check, answers: Answers
) -> tuple[float, float] | None:
    """Bad events and all events of the last hour; None where there is no data."""
    verdict: Verdict = judged_since(_alone(policy, version, at), answers, check, at - SEEN)
    total = sum(reading.total or 0.0 for reading in verdict.readings)
    return (sum(reading.bad or 0.0 for reading in verdict.readings), total) if total else None
