"""What is not proven is not promoted: bake, split, windows, waves, thin evidence, a sick environment."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.e2e.conftest import NewProject
from tests.e2e.histories import everything
from tests.e2e.policies import MANIFEST, NAME, a_manifest, a_policy
from tests.e2e.project import Project, Ran, finish, minute
from tests.prometheus_server import running_prometheus


def test_a_step_bakes_before_it_is_promoted(project: NewProject) -> None:
    yolo = project()
    before = yolo.state()
    ran = yolo.run(minute(3))
    assert (ran.code, ran.decision, ran.did) == (0, "wait", [])
    assert ran.rollout["applied"] is True
    assert 0 < ran.rollout["eta_seconds"] <= 180
    assert any("baked" in reason for reason in ran.rollout["reasons"]), ran.rollout["reasons"]
    assert yolo.state() == before


def test_a_step_may_have_its_own_bake(project: NewProject) -> None:
    steps = "[1, {weight: 5, bake: 8m}, 20, 50, 100]"
    yolo = project(policy=a_policy("healthy", steps=steps))
    assert yolo.run(minute(6)).decision == "wait"


def test_a_split_that_traffic_does_not_follow_yet_waits(project: NewProject) -> None:
    yolo = project("at-five", weights=((-20, 1), (0, 5), (6, 20)))
    ran = yolo.run(minute(12))
    assert (ran.decision, ran.rollout["applied"], ran.rollout["alarms"]) == ("wait", False, [])
    assert "traffic does not follow the 20% on base yet" in ran.rollout["reasons"][0]


def test_a_split_that_is_never_applied_raises_an_alarm(project: NewProject) -> None:
    yolo = project("at-five", weights=((-20, 1), (0, 5), (6, 20)))
    ran = yolo.run(minute(17))
    assert (ran.decision, ran.rollout["applied"]) == ("wait", False)
    (alarm,) = ran.rollout["alarms"]
    assert "apply_deadline 10 min" in alarm
    assert yolo.branches() == []


def test_a_candidate_without_any_traffic_waits(project: NewProject) -> None:
    ran = project("unserved").run(minute(6))
    assert (ran.decision, ran.rollout["applied"], ran.did) == ("wait", False, [])


def test_at_0_percent_gauges_and_targets_are_enough(project: NewProject) -> None:
    yolo = project("silent", weights=((-20, 0),))
    ran = yolo.run(minute(0))
    assert (ran.decision, ran.rollout["to"]) == ("promote", {"v8-stable": 99, "v9-gray": 1})


def test_at_0_percent_a_target_that_is_down_waits(project: NewProject) -> None:
    yolo = project("down", weights=((-20, 0),))
    assert yolo.run(minute(0)).decision == "wait"
    assert yolo.branches() == []


def test_too_few_requests_wait_and_say_how_many_are_missing(project: NewProject) -> None:
    judge = "{rule: threshold, threshold: {window: 1m, last: 3, breaches: 2, min_samples: 1000000}}"
    ran = project(policy=a_policy("healthy", judge=judge)).run(minute(6))
    assert (ran.code, ran.decision) == (0, "wait")
    check = ran.check("success-rate")
    assert check["verdict"] == "inconclusive"
    assert 0 < check["needed"] < 1_000_000


def test_a_sick_environment_is_not_blamed_on_the_candidate(project: NewProject) -> None:
    yolo = project("environment")
    before = yolo.state()
    ran = yolo.run(minute(6))
    assert (ran.code, ran.decision, ran.did) == (0, "wait", [])
    assert "environment" in ran.rollout["reasons"][0]
    assert ran.check("success-rate")["cause"] == "environment"
    assert yolo.state() == before


def test_outside_its_windows_nothing_is_promoted(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", windows='["Mon-Fri 01:00-02:00 UTC"]'))
    ran = yolo.run(minute(6))
    assert (ran.decision, ran.did) == ("wait", [])
    assert "2026-01-08 01:00 UTC" in ran.rollout["reasons"][0]
    assert ran.rollout["eta_seconds"] == (17 * 60 - 6) * 60  # 08:06 to 01:00


def test_a_window_is_meant_in_its_own_time_zone(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", windows='["Mon-Fri 16:00-18:00 Asia/Shanghai"]'))
    assert yolo.run(minute(6)).decision == "promote"  # 16:06 there


def test_a_freeze_needs_no_window(project: NewProject) -> None:
    yolo = project("errors", policy=a_policy("errors", windows='["Mon-Fri 01:00-02:00 UTC"]'))
    assert yolo.run(minute(6)).decision == "freeze"


def test_a_wave_waits_for_the_one_before_it(project: NewProject) -> None:
    yolo = _two_lines(project, line_a=20)
    ran = yolo.run(minute(6), NAME)
    assert (ran.decision, ran.did) == ("wait", [])
    assert ran.rollout["reasons"] == ["waits for rollout line-a: at 20%, must reach 100%"]


def test_a_wave_goes_on_when_the_one_before_it_has_arrived(project: NewProject) -> None:
    yolo = _two_lines(project, line_a=100)
    assert yolo.run(minute(6), NAME).decision == "promote"


def _two_lines(project: NewProject, *, line_a: int) -> Project:
    route = "{file: manifests/line-a.yaml, kind: VirtualService, name: yolo-detection-vs}"
    files = {
        "manifests/line-a.yaml": a_manifest(line_a),
        "policies/line-a.yaml": a_policy("healthy", name="line-a", route=route),
    }
    policy = a_policy("healthy", after="[{rollout: line-a, weight: 100, bake: 10m}]")
    return project(policy=policy, files=files)


def test_when_prometheus_dies_half_way_nothing_is_promoted_until_it_is_back(
    project: NewProject, prometheus: str, prometheus_binaries: Path, tmp_path: Path
) -> None:
    with running_prometheus(prometheus_binaries, everything(), tmp_path) as server:
        yolo = project(prometheus=server.url, weights=((-7, 1),), policy=a_policy("healthy", merge="auto"))
        assert "merged" in yolo.run(minute(0)).did
        server.stop()
        before = yolo.state()
        down = yolo.run(minute(6))
    assert (down.code, down.decision, down.did) == (1, "wait", [])
    _says_unreachable(down)
    assert yolo.state() == before
    assert yolo.weight() == 5
    yolo.prometheus = prometheus
    assert "merged" in yolo.run(minute(6.2)).did
    assert yolo.weight() == 20


def test_a_proposal_is_pending_while_prometheus_is_away(project: NewProject) -> None:
    yolo = project("at-five")
    assert yolo.run(minute(6)).rollout["outcome"][-1]["detail"] == "success"
    ran = yolo.run(minute(7), PROMETHEUS_URL="http://127.0.0.1:9")
    assert [(o["did"], o["detail"]) for o in ran.rollout["outcome"]] == [("status", "pending")]
    assert len(yolo.branches()) == 1
    back = yolo.run(minute(8))
    assert [(o["did"], o["detail"]) for o in back.rollout["outcome"]] == [("status", "success")]


def _says_unreachable(ran: Ran) -> None:
    (line,) = ran.err.splitlines()  # one outage, however many checks it leaves unknown
    assert line.startswith("error: Prometheus: cannot reach http://127.0.0.1:")


def test_counters_that_begin_at_0_again_are_no_anomaly(project: NewProject) -> None:
    ran = project("restart").run(minute(6))
    assert ran.decision == "promote", ran.rollout["reasons"]


def test_the_bake_maximum_asks_a_human(project: NewProject) -> None:
    judge = "{rule: threshold, threshold: {window: 1m, last: 3, breaches: 2, min_samples: 1000000}}"
    yolo = project(policy=a_policy("at-five", judge=judge, bake="{min: 3m, max: 10m}"))
    ran = yolo.run(minute(12))
    assert ran.decision == "wait"
    assert any("bake.max" in alarm for alarm in ran.rollout["alarms"])


def test_watch_keeps_ticking_until_it_is_stopped(project: NewProject) -> None:
    process = project().begin("run", "--quiet", "--watch", "1s")
    assert process.stdout is not None
    ticks = [process.stdout.readline() for _ in range(2)]  # at the real time: the evidence is long stale
    process.send_signal(signal.SIGINT)
    assert finish(process).code == 130
    assert all(tick.startswith(f"{NAME}  wait") for tick in ticks), ticks


def test_a_dirty_manifest_is_not_what_counts(project: NewProject) -> None:
    yolo = project()
    (yolo.root / MANIFEST).write_text(a_manifest(50))
    ran = yolo.run(minute(6))
    assert ran.rollout["weights"] == {"v8-stable": 95, "v9-gray": 5}
    assert (yolo.root / MANIFEST).read_text() == a_manifest(50)
