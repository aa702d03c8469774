"""traffic: the last hour of every version, for a forecast."""

from __future__ import annotations

import pytest

from promoter.core.evidence import Answer, Query, RawSamples, Unknown
from promoter.core.policy import Rule
from promoter.core.traffic import traffic_of_route, traffic_queries
from tests.build import a_check, a_policy
from tests.series import AT, a_counter, a_gauge

POLICY = a_policy(checks=(a_check(rule=Rule.SEQUENTIAL), a_gauge(at_least=36.0)))


def test_only_counters_are_asked_for_each_version() -> None:
    asked = traffic_queries(POLICY, AT)
    assert all(isinstance(query, RawSamples) for query in asked)
    assert len(asked) == 4


def test_the_rate_is_of_all_versions_and_the_share_is_stables() -> None:
    start = AT.timestamp() - 7200
    answers: dict[Query, Answer | Unknown] = {}
    for query in traffic_queries(POLICY, AT):
        assert isinstance(query, RawSamples)
        gray = "v9-gray" in query.selector
        if "errors" in query.selector:
            series = (a_counter(0.01 if gray else 0.19, start=start, pod="a"),)
        else:
            series = (a_counter(1.0 if gray else 19.0, start=start, pod="a"),)
        answers[query] = Answer(series)
    found = traffic_of_route(POLICY, AT, answers)
    assert found["success-rate"].rate == pytest.approx(20.0, rel=0.01)
    assert found["success-rate"].share == pytest.approx(0.01, rel=0.01)


def test_a_candidate_without_traffic_is_no_obstacle_and_an_outage_tells_nothing() -> None:
    start = AT.timestamp() - 7200
    alone: dict[Query, Answer | Unknown] = {}
    down: dict[Query, Answer | Unknown] = {}
    for query in traffic_queries(POLICY, AT):
        assert isinstance(query, RawSamples)
        down[query] = Unknown("connection refused")
        stable = "v8-stable" in query.selector and "errors" not in query.selector
        alone[query] = Answer((a_counter(20.0, start=start, pod="a"),) if stable else ())
    assert traffic_of_route(POLICY, AT, alone)["success-rate"].rate == pytest.approx(20.0, rel=0.01)
    assert traffic_of_route(POLICY, AT, down) == {}
