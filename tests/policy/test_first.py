"""first: the policy that init writes."""

from __future__ import annotations

import pytest

from promoter.policy.first import first_policy, rollout_name
from promoter.policy.read import read_policy


@pytest.mark.parametrize(
    ("stable", "candidate", "label"),
    [
        ("yolo/v8", "yolo/v9", 'destination_service_name="yolo", destination_version="v9"'),
        ("yolo-8:80", "yolo-9:80", 'destination_service_name="yolo-9"'),
        ("yolo-8.ns.svc", "yolo-9.ns.svc", 'destination_service="yolo-9.ns.svc"'),
    ],
)
def test_it_can_be_read_and_asks_about_the_right_version(stable: str, candidate: str, label: str) -> None:
    text = first_policy(
        name="yolo", file="a.yaml", kind="VirtualService", resource="yolo-vs", namespace="vision", route="http[0]",
        stable=stable, candidate=candidate,
    )  # fmt: skip
    policy = read_policy("policies/yolo.yaml", text.encode())
    assert label in policy.requests.render(policy.candidates[0])
    assert (policy.route.namespace, policy.route.http) == ("vision", "http[0]")
    assert len(policy.checks) == 2


@pytest.mark.parametrize(
    ("resource", "name"),
    [("yolo-detection-vs", "yolo-detection"), ("Yolo_API", "yolo-api"), ("---", "rollout")],
)
def test_a_rollouts_name_comes_from_its_resource(resource: str, name: str) -> None:
    assert rollout_name(resource) == name
