"""A release's two ends as pull requests: introduced, merged by an engineer, and finished when it is proven."""

from __future__ import annotations

from tests.e2e.conftest import NewGitHubProject
from tests.e2e.policies import DEPLOYMENT, MANIFEST, NAME, a_deployment, a_policy
from tests.e2e.project import minute
from tests.e2e.test_ends import STABLE, WORKLOADS, stable
from tests.fakes.github.hub import BOT

IMAGE = a_deployment("v9.1").split("image: ")[1].split()[0]


def test_an_introduction_is_one_pull_request_of_two_files(github: NewGitHubProject) -> None:
    yolo = github(policy=a_policy("healthy", workloads=WORKLOADS), files={STABLE: stable("v8.3")})
    words = ("introduce", NAME, "--image", IMAGE)
    first = yolo.promoter(*words, at=minute(1))
    assert (first.code, "opened" in first.out) == (0, True), first.err
    again = yolo.promoter(*words, at=minute(2))
    assert (again.code, "it is open already" in again.out) == (0, True), again.err
    (pull,) = yolo.site.pulls()
    assert (pull.author, pull.draft) == (BOT, False)
    assert yolo.site.text(DEPLOYMENT, pull.head_ref) == a_deployment("v9.1")
    assert yolo.weight(pull.head_ref) == 1
    assert yolo.run(minute(3)).decision == "wait"
    assert len(yolo.site.pulls()) == 1  # a tick leaves it open
    yolo.site.at = minute(3.5)
    yolo.site.approve(pull)
    yolo.site.merge(pull, method="squash")
    assert (yolo.weight(), yolo.site.text(DEPLOYMENT, None)) == (1, a_deployment("v9.1"))
    ran = yolo.run(minute(4))
    assert (ran.decision, ran.rollout["hold"]) == ("wait", None)
    assert "nothing to do" in yolo.promoter(*words, at=minute(5)).out


def test_a_closed_introduction_is_no_veto_and_stays_closed(github: NewGitHubProject) -> None:
    yolo = github(policy=a_policy("healthy", workloads=WORKLOADS), files={STABLE: stable("v8.3")})
    words = ("introduce", NAME, "--image", IMAGE)
    yolo.promoter(*words, at=minute(1))
    (pull,) = yolo.site.pulls()
    yolo.site.at = minute(1.5)
    yolo.hub.close(pull, "grace")
    ran = yolo.promoter(*words, at=minute(2))
    assert (ran.code, "was closed unmerged; --again" in ran.err) == (1, True), ran.out
    assert yolo.run(minute(6)).decision == "promote"


def test_a_proven_release_is_finished_and_held_by_nothing(github: NewGitHubProject) -> None:
    policy = a_policy("healthy", merge="auto", workloads=WORKLOADS)
    yolo = github(policy=policy, files={STABLE: stable("v8.3")})
    for when in (6, 12, 18):
        assert "merged" in yolo.run(minute(when)).did
    ran = yolo.promoter("finish", NAME, "--now", at=minute(24))
    assert ran.code == 0, ran.err
    assert (yolo.weight(), yolo.site.text(STABLE, None)) == (0, stable("v9.0"))
    after = yolo.run(minute(29))
    assert (after.decision, after.did, after.rollout["hold"]) == ("done", [], None)
    assert MANIFEST
