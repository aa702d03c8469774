"""policy: the few questions that a policy answers by itself."""

from __future__ import annotations

from fractions import Fraction

import pytest

from promoter.core.policy import GaugeCheck, Merge, OnFail, QuantileCheck, Rule, Step, Threshold, Unit
from tests.build import a_policy, a_template


def a_gauge(**bounds: float) -> GaugeCheck:
    return GaugeCheck(
        name="map50",
        gauge=a_template(),
        on_fail=OnFail.FREEZE,
        rule=Rule.THRESHOLD,
        threshold=Threshold(),
        **bounds,  # type: ignore[arg-type]
    )


def test_stable_comes_first_among_the_versions() -> None:
    assert a_policy(candidates=("v9-gray", "v10-gray")).versions == ("v8-stable", "v9-gray", "v10-gray")


def test_a_step_says_who_merges_it_or_leaves_it_to_the_policy() -> None:
    policy = a_policy(merge=Merge.AUTO)
    assert policy.merge_at(Step(percent=Fraction(50), merge=Merge.APPROVAL)) is Merge.APPROVAL
    assert policy.merge_at(Step(percent=Fraction(20))) is Merge.AUTO


def test_by_default_a_human_merges_and_a_failure_freezes() -> None:
    assert (a_policy().merge, a_policy().on_fail) == (Merge.APPROVAL, OnFail.FREEZE)


@pytest.mark.parametrize(("quantile", "share"), [(0.99, 0.01), (0.5, 0.5), (0.999, 0.001)])
def test_a_quantile_leaves_the_rest_above_its_limit(quantile: float, share: float) -> None:
    check = QuantileCheck(
        name="p99",
        bucket=a_template(),
        count=a_template(),
        quantile=quantile,
        limit=50,
        scale=1,
        unit=Unit.MILLISECONDS,
        on_fail=OnFail.FREEZE,
        rule=Rule.THRESHOLD,
        threshold=Threshold(),
    )
    assert check.at_most == pytest.approx(share)


@pytest.mark.parametrize(
    ("bounds", "relative"),
    [
        ({"within": 0.02}, True),
        ({"growth_at_most": 0.15}, True),
        ({"at_least": 36.0}, False),
        ({"at_most": 1.0}, False),
        ({"at_least": 36.0, "within": 0.02}, True),
    ],
)
def test_a_gauge_asks_for_stable_only_where_a_bound_is_relative(
    bounds: dict[str, float], *, relative: bool
) -> None:
    assert a_gauge(**bounds).relative is relative
