"""A release's two ends on real Git and a real Prometheus: finish what is proven, introduce the next, watch the bot."""

from __future__ import annotations

from tests.e2e.conftest import NewProject
from tests.e2e.policies import DEPLOYMENT, NAME, a_deployment, a_policy
from tests.e2e.project import Project, minute

STABLE = "manifests/yolo-detection/stable.yaml"
WORKLOADS = (
    f"{{v9-gray: {{file: {DEPLOYMENT}, kind: Deployment, name: yolo-v9-gray}}, "
    f"v8-stable: {{file: {STABLE}, kind: Deployment, name: yolo-v8-stable}}}}"
)


def stable(tag: str) -> str:
    return a_deployment(tag).replace("yolo-v9-gray", "yolo-v8-stable")


def at_the_top(project: NewProject) -> Project:
    """Climbed to 100 % by the bot itself."""
    policy = a_policy("healthy", merge="auto", workloads=WORKLOADS)
    yolo = project(policy=policy, files={STABLE: stable("v8.3")})
    for when in (6, 12, 18):
        assert "merged" in yolo.run(minute(when)).did
    assert yolo.weight() == 100
    return yolo


def test_a_release_is_finished_when_prometheus_has_proven_it(project: NewProject) -> None:
    yolo = at_the_top(project)
    early = yolo.promoter("finish", NAME, at=minute(19))
    assert (early.code, early.out) == (1, "")
    assert "not done yet: v9-gray is at 100%: " in early.err
    ran = yolo.promoter("finish", NAME, at=minute(24))
    assert ran.code == 0, ran.err
    branch = yolo.proposal("finish")
    assert sorted(yolo.git("diff", "--name-only", "main", branch).splitlines()) == sorted(
        [STABLE, "manifests/yolo-detection/virtual-service.yaml"]
    )
    yolo.merge(branch, at=minute(25))
    assert yolo.git("show", f"main:{STABLE}") == stable("v9.0").rstrip("\n")
    after = yolo.run(minute(29))
    assert (after.code, after.decision, after.did, after.rollout["hold"]) == (0, "done", [], None)
    assert after.rollout["reasons"][0].startswith("finished: stable runs this candidate's image")
    assert yolo.weight() == 0


def test_the_next_model_is_introduced_and_the_metrics_tell_it(project: NewProject) -> None:
    yolo = at_the_top(project)
    yolo.promoter("finish", NAME, "--now", at=minute(24))
    image = a_deployment("v9.1").split("image: ")[1].split()[0]
    assert yolo.promoter("introduce", NAME, "--image", image, "--now", at=minute(25)).code == 0
    assert yolo.weight() == 1
    metrics = yolo.root.parent / "promoter.prom"
    ran = yolo.run(minute(26), "--metrics-file", str(metrics))
    assert (ran.decision, ran.rollout["hold"]) == ("wait", None)
    text = metrics.read_text()
    assert f'promoter_weight_percent{{rollout="{NAME}",version="v9-gray"}} 1\n' in text
    assert f'promoter_finished{{rollout="{NAME}",candidate="v9-gray"}} 0\n' in text
    history = yolo.promoter("history", NAME).out
    assert history.index("finished 100% → 0%") < history.index("new candidate at 1%")
