"""A candidate at its step → everything to ask Prometheus about it, at one pinned time."""

from __future__ import annotations

from datetime import datetime, timedelta

from promoter.core.evidence import InstantValue, Query, RangeValues, RawSamples
from promoter.core.policy import Check, GaugeCheck, QuantileCheck, RatioCheck, Rule
from promoter.core.promql import Template
from promoter.core.subject import Subject

ANCHOR = timedelta(minutes=5)  # how far before the evidence a counter's starting value is looked for
MOST_POINTS = 10_000  # Prometheus refuses ranges of more than 11,000 points
BASELINE = timedelta(minutes=30)  # how far before a step stable is read: what healthy looks like
MEMORY = timedelta(hours=2)  # how far before a step the candidate's bursts and trends are remembered


def ask(subject: Subject) -> tuple[Query, ...]:
    """Every query for this candidate. The same subject asks the same."""
    asked: dict[Query, None] = {}
    if subject.percent == 0:
        asked[ready(subject)] = None
        asked[newest(subject, subject.policy.ready, subject.candidate)] = None
    else:
        asked |= dict.fromkeys(split(subject))
    for check in subject.policy.checks:
        asked |= dict.fromkeys(about(subject, check))
    return tuple(asked)


def about(subject: Subject, check: Check) -> tuple[Query, ...]:
    """The queries of one check, for stable and the candidate. At 0 % counters are not asked."""
    versions = (subject.policy.stable, subject.candidate)
    if isinstance(check, GaugeCheck):
        return tuple(
            query
            for version in versions
            for query in (*gauge(subject, check, version), *errors(subject, check, version))
        )
    if subject.percent == 0:
        return ()
    return tuple(counter(subject, template, version) for template in _counters(check) for version in versions)


def _counters(check: RatioCheck | QuantileCheck) -> tuple[Template, Template]:
    if isinstance(check, RatioCheck):
        return check.bad, check.total
    return check.bucket, check.count


def split(subject: Subject) -> tuple[RawSamples, RawSamples]:
    """The requests of stable and of the candidate."""
    policy = subject.policy
    return (
        counter(subject, policy.requests, policy.stable),
        counter(subject, policy.requests, subject.candidate),
    )


def counter(subject: Subject, template: Template, version: str) -> RawSamples:
    """All samples since the split changed and of what is remembered before, with room for an anchor."""
    return RawSamples(template.render(version), earliest(subject), _seconds(subject.at))


def gauge(subject: Subject, check: GaugeCheck, version: str) -> tuple[Query, ...]:
    """A gauge's values over the step, and when the series in it were last scraped."""
    values = _values(subject, check, check.gauge, version)
    return (values, *(newest(subject, template, version) for template in check.selectors))


def errors(subject: Subject, check: GaugeCheck, version: str) -> tuple[RangeValues, ...]:
    """What the evaluator publishes of its readings' error, at the same moments as the readings."""
    published = check.stderr or check.samples
    return (_values(subject, check, published, version),) if published else ()


def _values(subject: Subject, check: GaugeCheck, template: Template, version: str) -> RangeValues:
    """Stable's from a while before the step; the candidate's since its first step, and for a trend stable's with them."""
    began = max(subject.since, subject.at - horizon(subject))
    climb = min(began, max(subject.climbing_since, began - MEMORY))
    remembers, trend = check.rule is Rule.SEQUENTIAL, check.growth_at_most is not None
    if version == subject.policy.stable:
        first = min(climb, began - BASELINE) if remembers and trend else began - BASELINE
    else:
        first = climb if remembers else began
    start = _seconds(first)
    finest = (_seconds(subject.at) - start) // MOST_POINTS + 1
    step = max(finest, float(round(subject.policy.metrics.step.total_seconds())))
    return RangeValues(template.render(version), start, _seconds(subject.at), step)


def newest(subject: Subject, template: Template, version: str) -> InstantValue:
    """The time of the newest sample behind a selector: an evaluated value does not tell its age."""
    return InstantValue(f"max(timestamp({template.render(version)}))", _seconds(subject.at))


def ready(subject: Subject) -> InstantValue:
    """Are the candidate's targets up?"""
    return InstantValue(subject.policy.ready.render(subject.candidate), _seconds(subject.at))


def earliest(subject: Subject) -> float:
    """Where counters are read from."""
    began = max(min(subject.changed_at, subject.since), subject.at - horizon(subject))
    if any(check.rule is Rule.SEQUENTIAL for check in subject.policy.checks):
        began = min(began, remembered_from(subject), subject.since - BASELINE)
    return _seconds(began - ANCHOR)


def remembered_from(subject: Subject) -> datetime:
    """From when on the candidate's bursts are remembered: its first step, but not for longer than MEMORY."""
    return max(min(subject.climbing_since, subject.since), subject.since - MEMORY)


def horizon(subject: Subject) -> timedelta:
    """The longest look back: all of a step that may last `bake.max`."""
    policy = subject.policy
    return policy.bake.max + policy.apply_deadline + policy.settle


def _seconds(moment: datetime) -> float:
    return float(int(moment.timestamp()))
