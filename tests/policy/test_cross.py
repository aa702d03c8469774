"""cross: how policies meet each other, and what a policy is blind to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from promoter.core.policy import After, Policy
from promoter.errors import Severity
from promoter.policy.cross import blind_spots, lint_policies
from promoter.policy.read import read_policy
from tests.build import a_policy


def waits(name: str, *rollouts: str) -> object:
    after = tuple(After(rollout=other, percent=Fraction(100), bake=timedelta(0)) for other in rollouts)
    route = replace(a_policy().route, name=name)
    return a_policy(name=name, file=f"policies/{name}.yaml", after=after, route=route)


def problems(*policies: object) -> list[str]:
    return [str(problem) for problem in lint_policies(policies)]  # type: ignore[arg-type]


def test_policies_that_know_each_other_are_fine() -> None:
    assert problems(waits("a"), waits("b", "a"), waits("c", "a", "b")) == []


def test_a_name_used_twice_is_told() -> None:
    first, second = waits("a"), waits("a")
    assert any("also the name of" in problem for problem in problems(first, second))


def test_an_unknown_wave_is_told() -> None:
    assert problems(waits("a", "z")) == ["policies/a.yaml: waits for z, which no policy is called; known: a"]


def test_a_circle_of_waves_is_told() -> None:
    assert any("waits for itself" in problem for problem in problems(waits("a", "b"), waits("b", "a")))


def test_two_policies_must_not_move_one_weight() -> None:
    one = a_policy(name="a", file="policies/a.yaml")
    two = a_policy(name="b", file="policies/b.yaml")
    assert any("must not move one route's weights" in problem for problem in problems(one, two))


def _counting(reporter: str, *, split: str) -> Policy:
    text = f"""\
version: 1
name: yolo
route: {{file: manifests/vs.yaml, kind: VirtualService, name: yolo-vs}}
stable: v8
candidates: [v9]
applied: {{requests: 'requests_total{{reporter="{split}", version="$version"}}'}}
checks:
  errors:
    bad: requests_total{{reporter="{reporter}", version="$version", code="500"}}
    total: requests_total{{reporter="{reporter}", version="$version"}}
    at_most: 1%
"""
    return read_policy("policies/yolo.yaml", text.encode())


def test_a_policy_that_only_asks_the_pods_is_blind_to_a_dead_candidate() -> None:
    unseen, unjudged = blind_spots(_counting("destination", split="destination"))
    assert "the split is counted by the pods" in str(unseen)
    assert "no check sees requests that reach no pod" in str(unjudged)
    assert {unseen.severity, unjudged.severity} == {Severity.WARNING}
    assert len(list(blind_spots(_counting("destination", split="source")))) == 1
    assert len(list(blind_spots(_counting("source", split="destination")))) == 1
    assert list(blind_spots(_counting("source", split="source"))) == []
