"""first: the policy that init writes."""

from __future__ import annotations

import re

import pytest

from promoter.core.policy import QuantileCheck, RatioCheck
from promoter.policy.first import first_policy, rollout_name
from promoter.policy.read import read_policy


def _first(stable: str, candidate: str) -> str:
    return first_policy(
        name="yolo", file="a.yaml", kind="VirtualService", resource="yolo-vs", namespace="vision", route="http[0]",
        stable=stable, candidate=candidate,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stable", "candidate", "answered", "sent"),
    [
        (
            "yolo/v8",
            "yolo/v9",
            'destination_service_name="yolo", destination_version="v9"',
            'destination_service_name="yolo", model_version="v9"',
        ),
        ("yolo-8:80", "yolo-9:80", 'destination_service_name="yolo-9"', 'destination_service_name="yolo-9"'),
        ("yolo-8.ns.svc", "yolo-9.ns.svc", *['destination_service="yolo-9.ns.svc"'] * 2),
    ],
)
def test_it_can_be_read_and_asks_about_the_right_version(
    stable: str, candidate: str, answered: str, sent: str
) -> None:
    policy = read_policy("policies/yolo.yaml", _first(stable, candidate).encode())
    version = policy.candidates[0]
    reachable, rate, latency = policy.checks
    assert isinstance(reachable, RatioCheck)
    assert isinstance(rate, RatioCheck)
    assert isinstance(latency, QuantileCheck)
    assert f'reporter="destination", {answered}' in rate.total.render(version)
    assert policy.requests == reachable.total  # the split is seen where dead candidates are seen
    assert f'reporter="source", {sent}' in reachable.total.render(version)
    assert (policy.route.namespace, policy.route.http) == ("vision", "http[0]")


def test_it_says_what_the_gateway_must_label_where_a_service_has_several_versions() -> None:
    assert "see-dead-candidates.md" in _first("yolo/v8", "yolo/v9")
    assert "see-dead-candidates.md" not in _first("yolo-8", "yolo-9")


@pytest.mark.parametrize(
    ("flags", "counted"),
    [("UF", True), ("URX,UF", True), ("UH", True), ("NC", True), ("-", False), ("DC", False), ("UT", False), ("UFO", False)],
)  # fmt: skip
def test_only_a_request_that_reached_no_pod_is_unreachable(flags: str, *, counted: bool) -> None:
    reachable = read_policy("policies/yolo.yaml", _first("yolo/v8", "yolo/v9").encode()).checks[0]
    assert isinstance(reachable, RatioCheck)
    pattern = re.search(r'response_flags=~"([^"]*)"', reachable.bad.render("v9"))
    assert pattern is not None
    assert bool(re.fullmatch(pattern[1], flags)) is counted


@pytest.mark.parametrize(
    ("resource", "name"),
    [("yolo-detection-vs", "yolo-detection"), ("Yolo_API", "yolo-api"), ("---", "rollout")],
)
def test_a_rollouts_name_comes_from_its_resource(resource: str, name: str) -> None:
    assert rollout_name(resource) == name
