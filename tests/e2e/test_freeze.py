"""An anomaly stops everything: the hold with its evidence, the prepared way back, and nothing merged."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from tests.e2e.conftest import NewProject
from tests.e2e.policies import NAME, a_policy, checks
from tests.e2e.project import minute

LIMITS = {
    "errors": "success-rate",
    "slow": "p99-latency",
    "inaccurate": "map50",
    "hungry": "gpu-memory",
}


@pytest.mark.parametrize(("scenario", "check"), LIMITS.items(), ids=LIMITS.values())
def test_each_of_the_four_limits_freezes(project: NewProject, scenario: str, check: str) -> None:
    yolo = project(scenario, policy=a_policy(scenario, merge="auto"))  # auto merges promotions, not reverts
    began = yolo.head()
    ran = yolo.run(minute(6))
    assert (ran.code, ran.decision, ran.did) == (0, "freeze", ["held", "proposed"]), ran.out
    assert [c["name"] for c in ran.rollout["checks"] if c["verdict"] == "fail"] == [check]
    assert ran.rollout["reasons"] == [f"{check}: {ran.check(check)['summary']}"]
    assert yolo.head() == began
    revert = f"promoter/yolo-detection/rollback-{began[:9]}"
    assert yolo.branches() == [revert]
    assert yolo.weight(revert) == 0
    planned = yolo.plan(minute(6.5)).rollout
    assert (planned["proposal"]["kind"], planned["proposal"]["draft"]) == ("revert", True)
    hold = planned["hold"]
    assert (hold["kind"], hold["commit"], hold["by"], hold["reason"]) == (
        "freeze",
        began,
        "promoter",
        f"failed: {check}",
    )
    assert _kept_evidence(yolo.git("for-each-ref", "--format=%(refname)", "refs/promoter/holds/"))
    assert hold["evidence"]


def _kept_evidence(refs: str) -> bool:
    return refs.splitlines() == [f"refs/promoter/holds/{NAME}"]


def test_the_evidence_is_kept_with_the_hold_and_matches_its_digest(project: NewProject) -> None:
    yolo = project("errors")
    yolo.run(minute(6))
    digest = yolo.plan(minute(6.5)).rollout["hold"]["evidence"]
    files = yolo.git("ls-tree", "-r", "--name-only", f"refs/promoter/holds/{NAME}").splitlines()
    texts = [yolo.git("show", f"refs/promoter/holds/{NAME}:{file}") + "\n" for file in files]
    (evidence,) = (text for text in texts if sha256(text.encode()).hexdigest() == digest)
    document = json.loads(evidence)
    assert (document["rollout"], document["decision"]) == (NAME, "freeze")
    (check,) = (check for check in document["checks"] if check["check"] == "success-rate")
    assert check["outcome"] == "fail"
    assert sum(reading["bad"] for reading in check["readings"]) > 50
    assert any("response_code" in query for query in document["queries"])


def test_a_second_tick_records_nothing_twice(project: NewProject) -> None:
    yolo = project("errors")
    yolo.run(minute(6))
    before = yolo.state()
    again = yolo.run(minute(7))
    assert (again.decision, again.did) == ("hold", [])
    assert any("still failing: success-rate" in reason for reason in again.rollout["reasons"])
    assert yolo.state() == before


def test_an_open_proposal_is_marked_failed_and_never_merged(project: NewProject) -> None:
    yolo = project("errors-later")
    assert yolo.run(minute(6)).did == ["proposed", "status"]
    began = yolo.head()
    ran = yolo.run(minute(10))
    assert ran.decision == "freeze"
    assert [(o["did"], o["detail"]) for o in ran.rollout["outcome"] if o["did"] == "status"] == [
        ("status", "failure")
    ]
    assert yolo.plan(minute(10)).rollout["proposal"]["status"] == "failure"
    assert yolo.head() == began


def test_a_human_who_merges_the_failed_proposal_does_not_lift_the_freeze(project: NewProject) -> None:
    yolo = project("errors-later", policy=a_policy("errors-later"))
    yolo.run(minute(6))
    yolo.run(minute(10))
    yolo.merge(yolo.proposal("5-to-20"), at=minute(11))
    ran = yolo.run(minute(17))
    assert (ran.decision, ran.rollout["hold"]["kind"]) == ("hold", "freeze")
    assert yolo.weight() == 20
    assert yolo.weight(yolo.proposal("rollback")) == 0


def test_errors_that_are_there_at_a_pods_first_scrape_are_counted(project: NewProject) -> None:
    ran = project("crash-loop").run(minute(8))
    assert ran.decision == "freeze", ran.rollout["reasons"]
    assert ran.check("success-rate")["verdict"] == "fail"


@pytest.mark.parametrize(
    "change",
    [
        {"on_fail": "rollback"},
        {
            "checks": checks(
                success_rate="""
    bad: 'istio_requests_total{cluster="CLUSTER", destination_version="$version", response_code=~"5.."}',
    total: 'istio_requests_total{cluster="CLUSTER", destination_version="$version"}',
    at_most: 0.05%, on_fail: rollback"""
            )
        },
    ],
    ids=["policy", "check"],
)
def test_on_fail_rollback_merges_the_revert_and_holds(project: NewProject, change: dict[str, str]) -> None:
    yolo = project("errors", policy=a_policy("errors", **change))
    ran = yolo.run(minute(6))
    assert (ran.decision, ran.did) == ("freeze", ["held", "proposed", "merged"])
    assert yolo.weight() == 0
    assert yolo.git("status", "--porcelain") == ""
    later = yolo.run(minute(12))
    assert later.decision == "hold"
    assert yolo.weight() == 0


def test_on_fail_rollback_of_another_check_only_freezes(project: NewProject) -> None:
    memory = """gauge: 'avg(DCGM_FI_DEV_FB_USED{cluster="CLUSTER", version="$version"})',
    growth_at_most: 15%, on_fail: rollback"""
    yolo = project("errors", policy=a_policy("errors", checks=checks(gpu_memory=memory)))
    assert "merged" not in yolo.run(minute(6)).did
    assert yolo.weight() == 5


def test_health_alone_never_lifts_a_freeze_and_a_resume_starts_the_evidence_anew(project: NewProject) -> None:
    yolo = project("errors-pass", policy=a_policy("errors-pass", merge="auto"))
    assert yolo.run(minute(5)).decision == "freeze"
    healthy = yolo.run(minute(12))
    assert (healthy.decision, healthy.did) == ("hold", [])
    assert yolo.weight() == 5
    resumed = yolo.resume(minute(12), "the bad node is gone")
    assert (resumed.code, resumed.out) == (0, f"{NAME}: freeze lifted (failed: success-rate)\n")
    fresh = yolo.run(minute(12.5))
    assert (fresh.decision, fresh.rollout["hold"]) == ("wait", None)
    assert fresh.rollout["since"] == "2026-01-07T08:12:00Z"
    assert yolo.branches() == []  # the prepared revert is withdrawn
    assert "merged" in yolo.run(minute(17)).did
    assert yolo.weight() == 20


def test_a_resume_while_it_still_fails_freezes_again(project: NewProject) -> None:
    yolo = project("slow")
    yolo.run(minute(6))
    yolo.resume(minute(7))
    ran = yolo.run(minute(13))
    assert (ran.decision, ran.rollout["hold"]) == ("freeze", None)
    assert yolo.plan(minute(13.2)).rollout["hold"]["since"] == "2026-01-07T08:13:00Z"
