"""ask: everything about a candidate at one pinned time, as far back as its step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from promoter.core.ask import ask
from promoter.core.evidence import InstantValue, RangeValues, RawSamples
from promoter.core.policy import MetricsSettings, Rule
from tests.build import a_check
from tests.series import AT, BEGAN, NOW, a_gauge, a_quantile, a_subject, text_of

SUBJECT = a_subject(a_check(), a_quantile(), a_gauge(at_least=36, within=0.02))


def test_both_versions_are_asked_about_everything_once() -> None:
    queries = ask(SUBJECT)
    assert len(set(queries)) == len(queries)
    for metric in ("requests_total", "errors_total", "latency_bucket", "latency_count", "map50"):
        for version in ("v8-stable", "v9-gray"):
            assert any(metric in text_of(query) and version in text_of(query) for query in queries)


def test_every_query_ends_at_the_pinned_time_in_whole_seconds() -> None:
    for query in ask(replace(SUBJECT, at=AT + timedelta(milliseconds=700))):
        assert (query.at if isinstance(query, InstantValue) else query.end) == NOW


def test_counters_are_read_from_before_the_step_began() -> None:
    starts = {query.start for query in ask(SUBJECT) if isinstance(query, RawSamples)}
    assert starts == {(BEGAN - timedelta(minutes=5)).timestamp()}


def test_a_resume_long_after_still_reads_since_the_split_changed() -> None:
    resumed = replace(SUBJECT, since=AT - timedelta(minutes=1))
    assert {q.start for q in ask(resumed) if isinstance(q, RawSamples)} == {
        (BEGAN - timedelta(minutes=5)).timestamp()
    }


def test_nothing_is_read_from_before_the_horizon() -> None:
    old = replace(SUBJECT, changed_at=AT - timedelta(days=9), since=AT - timedelta(days=9))
    oldest = min(query.start for query in ask(old) if isinstance(query, RawSamples))
    assert oldest >= (AT - timedelta(hours=25)).timestamp()


def test_a_long_range_is_asked_in_steps_that_prometheus_allows() -> None:
    policy = replace(SUBJECT.policy, bake=replace(SUBJECT.policy.bake, max=timedelta(days=30)))
    long = replace(SUBJECT, policy=policy, since=AT - timedelta(days=20), changed_at=AT - timedelta(days=20))
    for query in ask(long):
        if isinstance(query, RangeValues):
            assert (query.end - query.start) / query.step <= 11_000


def test_gauges_are_asked_at_the_policys_resolution() -> None:
    policy = replace(SUBJECT.policy, metrics=MetricsSettings(step=timedelta(seconds=60)))
    assert {q.step for q in ask(replace(SUBJECT, policy=policy)) if isinstance(q, RangeValues)} == {60.0}


def test_for_a_trend_stable_is_read_as_far_back_as_the_candidate() -> None:
    for check, hours in ((a_gauge(growth_at_most=0.15), 1.0), (a_gauge(at_least=36, within=0.02), 0.5)):
        sequential = replace(check, rule=Rule.SEQUENTIAL)
        climbing = a_subject(sequential, climbing_since=BEGAN - timedelta(hours=1))
        starts = {
            version: BEGAN.timestamp() - query.start
            for query in ask(climbing)
            if isinstance(query, RangeValues)
            for version in ("v8-stable", "v9-gray")
            if version in query.expr
        }
        assert starts == {"v8-stable": hours * 3600, "v9-gray": 3600}


def test_at_zero_no_requests_are_asked_about_but_the_targets_are() -> None:
    queries = ask(a_subject(a_check(), a_gauge(at_least=36), percent=0, before=None))
    assert not any(isinstance(query, RawSamples) for query in queries)
    assert InstantValue('up{version="v9-gray"}', NOW) in queries
