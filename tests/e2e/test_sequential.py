"""The default rule from end to end: proof, freeze, patience, a shared disturbance, and what lint foresees."""

from __future__ import annotations

import re
from typing import Any

from tests.e2e.conftest import NewProject
from tests.e2e.policies import POLICY, a_policy
from tests.e2e.project import Project, minute


def _watching(project: NewProject, scenario: str, **changes: str) -> Project:
    """A project whose policy says nothing of a rule."""
    policy = a_policy(scenario, **{"judge": "", **changes})
    assert "rule:" not in policy
    return project(scenario, policy=policy)


def _proof(check: dict[str, Any]) -> dict[str, Any]:
    found = check["proof"]
    assert isinstance(found, dict)
    return found


def test_a_healthy_candidate_is_promoted_on_a_proof(project: NewProject) -> None:
    ran = _watching(project, "healthy").run(minute(6))
    assert (ran.code, ran.decision, ran.rollout["to"]) == (0, "promote", {"v8-stable": 80, "v9-gray": 20})
    assert {check["verdict"] for check in ran.rollout["checks"]} == {"pass"}
    for name, bar in (("success-rate", 0.0015), ("p99-latency", 0.03)):  # three times the limit: 5 % -> 20 %
        proof = _proof(ran.check(name))
        assert proof["bar"] == bar
        assert 0 < proof["bound"] < bar
        assert proof["alpha"] == 0.05 / (4 * 5)
        assert "(95%, any look)" in ran.check(name)["summary"]
        assert ran.check(name)["summary"].endswith(": proven")


def test_errors_freeze_with_the_odds_against_chance(project: NewProject) -> None:
    yolo = _watching(project, "errors")
    ran = yolo.run(minute(6))
    assert (ran.code, ran.decision, ran.did) == (0, "freeze", ["held", "proposed"]), ran.out
    rate = ran.check("success-rate")
    assert (rate["verdict"], rate["cause"]) == ("fail", "over-limit")
    assert _proof(rate)["over"] > 2.6  # decimal logarithm: 400 : 1
    (reason,) = ran.rollout["reasons"]
    assert "over the limit and worse than stable" in reason
    assert re.search(r"(over a million|[\d,]+) : 1 against chance \(a freeze needs 400 : 1\)", reason), reason
    assert [c["name"] for c in ran.rollout["checks"] if c["verdict"] == "fail"] == ["success-rate"]


def test_thin_traffic_waits_and_says_for_how_many_requests_and_how_long(project: NewProject) -> None:
    yolo = _watching(project, "thin")
    ran = yolo.run(minute(8))
    assert (ran.code, ran.decision, ran.did) == (0, "wait", []), ran.out
    rate = ran.check("success-rate")
    assert (rate["verdict"], rate["cause"]) == ("inconclusive", "too-few")
    assert 1_000 < rate["needed"] < 4_000
    assert 0.7 * rate["needed"] < rate["eta_seconds"] < 1.4 * rate["needed"]  # one request a second
    assert re.search(r"needs about [\d,]+ more requests; about \d+ min more", rate["summary"]), rate[
        "summary"
    ]
    assert ran.rollout["eta_seconds"] >= rate["eta_seconds"]


def test_a_disturbance_of_both_versions_is_the_environment(project: NewProject) -> None:
    ran = _watching(project, "environment").run(minute(7))
    assert (ran.code, ran.decision, ran.did) == (0, "wait", []), ran.out
    rate = ran.check("success-rate")
    assert (rate["verdict"], rate["cause"]) == ("inconclusive", "environment")
    assert _proof(rate)["masked"] > _proof(rate)["ticks"] / 2
    assert "stable is over the limit at the same time" in rate["summary"]


def test_lint_foresees_what_cannot_conclude_and_names_what_can(project: NewProject) -> None:
    yolo = _watching(project, "thin", bake="{min: 3m, max: 30m}")
    assert yolo.prometheus is not None
    ran = yolo.promoter("lint", "--prometheus", yolo.prometheus, at=minute(19))
    assert ran.code == 0, ran.err
    told = ran.out + ran.err
    assert "1% → 5%  success-rate: about" in told
    assert "longer than bake.max (30 min)" in told
    assert "success-rate could conclude with" in told
    assert POLICY in told or "yolo-detection" in told
