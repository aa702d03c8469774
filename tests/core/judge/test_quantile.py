"""quantile: the share of requests above the limit, from buckets."""

from __future__ import annotations

import math
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.evidence import Query, Series
from promoter.core.judge.judge import judge
from promoter.core.judge.quantile import interpolated
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from tests.series import a_counter, a_quantile, a_subject, answers, share, text_of


def verdict(
    buckets: dict[str, float],
    *,
    limit: float = 50.0,
    other: dict[str, float] | None = None,
    expect: float | None = None,
) -> Verdict:
    """`buckets` maps `le` to the share of gray's requests below it; `other` the same for stable."""
    subject = a_subject(a_quantile(limit, expect))

    def histogram(query: Query) -> list[Series] | None:
        if "latency_bucket" not in text_of(query):
            return None
        gray = "v9-gray" in text_of(query)
        shares = buckets if gray else (other or {"25": 0.9, "50": 1.0, "+Inf": 1.0})
        return [a_counter(partial(below, gray, part), pod="a", le=le) for le, part in shares.items()]

    def below(gray: bool, part: float, moment: float) -> float:  # noqa: FBT001
        return part * 100 * (share(moment) if gray else 1 - share(moment))

    (found,) = judge(subject, answers(subject, histogram)).verdicts
    return found


@pytest.mark.parametrize("edge", ["50", "50.0", "5e1"])
def test_a_bucket_that_ends_at_the_limit_makes_it_exact(edge: str) -> None:
    assert verdict({"25": 0.5, edge: 0.99, "+Inf": 1.0}).outcome is Outcome.PASS
    slow = verdict({"25": 0.5, edge: 0.98, "+Inf": 1.0})
    assert slow.outcome is Outcome.FAIL
    assert slow.observed == pytest.approx(0.02, abs=0.001)
    assert slow.note is None


def test_between_two_edges_pass_takes_the_lower_and_fail_the_higher() -> None:
    edges = {"25": 0.995, "100": 1.0, "+Inf": 1.0}
    passed = verdict(edges, limit=40.0)
    assert passed.outcome is Outcome.PASS
    assert passed.note is not None
    assert "25 ms and 100 ms" in passed.note
    assert verdict({"25": 0.5, "100": 0.98, "+Inf": 1.0}, limit=40.0).outcome is Outcome.FAIL
    assert verdict({"25": 0.5, "100": 1.0, "+Inf": 1.0}, limit=40.0).outcome is Outcome.INCONCLUSIVE


def test_a_limit_above_the_highest_finite_edge_is_refused() -> None:
    found = verdict({"25": 1.0, "50": 1.0, "+Inf": 1.0}, limit=80.0)
    assert found.cause is Cause.MALFORMED
    assert found.reason is not None
    assert "highest finite bucket edge (50 ms)" in found.reason


def test_a_limit_below_every_edge_can_only_fail_and_says_so() -> None:
    found = verdict({"25": 1.0, "50": 1.0, "+Inf": 1.0}, limit=10.0)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.note is not None
    assert "the lowest bucket ends at 25 ms: nothing can be proven to be under a lower limit" in found.note


@pytest.mark.parametrize("requests", [0.0, 10.0])
def test_a_pod_that_counts_requests_and_has_no_buckets_makes_it_unusable(requests: float) -> None:
    subject = a_subject(a_quantile())

    def histogram(query: Query) -> list[Series] | None:
        text = text_of(query)
        if "v9-gray" not in text:
            return None
        if "latency_bucket" in text:
            return [a_counter(20.0, pod="a", le=le) for le in ("25", "50", "+Inf")]
        return [a_counter(20.0, pod="a"), a_counter(requests, pod="b")] if "latency_count" in text else None

    (found,) = judge(subject, answers(subject, histogram)).verdicts
    if not requests:
        assert found.outcome is Outcome.PASS
        return
    assert found.cause is Cause.MALFORMED
    assert found.reason == "1 of 2 histograms have a count and no buckets"


@pytest.mark.parametrize("le", ["fifty", "NaN"])
def test_a_bucket_without_a_number_is_malformed(le: str) -> None:
    assert verdict({"25": 0.5, le: 1.0}).cause is Cause.MALFORMED


def test_beyond_the_known_cost_over_stable_is_a_breach() -> None:
    twice = {"25": 0.5, "50": 0.995, "+Inf": 1.0}
    assert verdict(twice, expect=1.5).outcome is Outcome.PASS
    worse = verdict(twice, expect=0.2, other={"25": 0.999, "50": 1.0, "+Inf": 1.0})
    assert (worse.outcome, worse.cause) == (Outcome.FAIL, Cause.WORSE_THAN_STABLE)


@pytest.mark.parametrize(
    ("quantile", "below", "expected"),
    [
        (0.5, {10.0: 0.0, 20.0: 100.0, math.inf: 100.0}, 15.0),
        (0.9, {10.0: 50.0, 20.0: 100.0, math.inf: 100.0}, 18.0),
        (0.99, {10.0: 50.0, 20.0: 90.0, math.inf: 100.0}, 20.0),
        (0.25, {10.0: 50.0, math.inf: 100.0}, 5.0),
        (0.5, {10.0: 0.0, math.inf: 0.0}, None),
        (0.5, {}, None),
    ],
)
def test_interpolation_is_promqls(quantile: float, below: dict[float, float], expected: float | None) -> None:
    assert interpolated(quantile, below) == (pytest.approx(expected) if expected is not None else None)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=8), st.floats(0.01, 0.99))
def test_a_quantile_lies_between_the_edges(parts: list[float], quantile: float) -> None:
    below, total = {}, 0.0
    for index, part in enumerate(parts):
        total += part
        below[float(index + 1)] = total
    found = interpolated(quantile, below)
    assert found is None or 0 <= found <= len(parts) + 1e-6
