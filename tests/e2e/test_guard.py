"""`promoter guard` over real Git and a real Prometheus: what a human's change may raise, and what not."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.e2e.conftest import NewProject
from tests.e2e.policies import DEPLOYMENT, MANIFEST, NAME, POLICY, a_deployment, a_manifest, a_policy, checks
from tests.e2e.project import Project, Ran, minute

DUE_AT = minute(6)  # the healthy release is due to go from 5 % to 20 %
LINE = f"{MANIFEST}:16:19"  # gray's weight in a_manifest()


def propose(yolo: Project, files: dict[str, str | None], *, at: datetime = DUE_AT) -> None:
    """A human's change on a branch of its own."""
    yolo.git("checkout", "--quiet", "-B", "change", "main")
    yolo.commit(files, "a change", at=at)
    yolo.git("checkout", "--quiet", "main")


def guard(yolo: Project, *words: str, at: datetime = DUE_AT, **environ: str) -> Ran:
    return yolo.promoter("guard", *(words or ("--diff", "main..change")), at=at, **environ)


def test_the_step_that_is_due_passes(project: NewProject) -> None:
    yolo = project()
    propose(yolo, {MANIFEST: a_manifest(20)})
    ran = guard(yolo)
    assert ran.code == 0, ran.err
    assert ran.out == f"note: {LINE}: v9-gray goes from 5% to 20%: the step that is due, every check passed\n"


def test_a_bigger_step_fails_at_its_line(project: NewProject) -> None:
    yolo = project()
    propose(yolo, {MANIFEST: a_manifest(50)})
    ran = guard(yolo)
    assert ran.code == 1
    assert ran.out == f"{LINE}: v9-gray goes from 5% to 50%: not the step that is due (20%)\n"


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("slow", "freeze: p99-latency: "),
        ("silent", "wait: "),
        ("ended", "wait: "),
        ("not-a-number", "wait: "),
    ],
)
def test_the_same_step_fails_where_health_is_not_proven(
    project: NewProject, scenario: str, reason: str
) -> None:
    yolo = project(scenario)
    propose(yolo, {MANIFEST: a_manifest(20)})
    ran = guard(yolo, at=minute(10))
    assert ran.code == 1
    assert ran.out.startswith(
        f"{LINE}: v9-gray goes from 5% to 20%: the policy on base does not raise it now ({reason}"
    )


def test_unknown_health_fails(project: NewProject) -> None:
    for url, why in (("http://127.0.0.1:9", "Connection refused"), ("", "no Prometheus is named")):
        yolo = project(prometheus=url)
        propose(yolo, {MANIFEST: a_manifest(20)})
        ran = guard(yolo)
        assert (ran.code, len(ran.out.splitlines())) == (1, 1)
        assert why in ran.out


def test_lowering_and_changes_without_weights_ask_no_prometheus(project: NewProject) -> None:
    yolo = project(prometheus="")
    propose(yolo, {MANIFEST: a_manifest(1)})
    ran = guard(yolo)
    assert (ran.code, ran.out.split(": ")[2]) == (0, "v9-gray goes from 5% to 1%")
    propose(yolo, {"README.md": "More words.\n"})
    ran = guard(yolo)
    assert (ran.code, ran.out) == (0, "")


def test_a_paused_rollout_is_not_raised_by_hand(project: NewProject) -> None:
    yolo = project()
    yolo.promoter("pause", NAME, "--reason", "line stopped", at=minute(5))
    propose(yolo, {MANIFEST: a_manifest(20)})
    ran = guard(yolo)
    assert ran.code == 1
    assert "(hold: paused by Ada" in ran.out


def test_a_change_cannot_loosen_the_rule_that_judges_it(project: NewProject) -> None:
    yolo = project("slow")
    loose = a_policy("slow", checks=checks(p99_latency=""), steps="[1, 5, 50, 100]")
    propose(yolo, {MANIFEST: a_manifest(50), POLICY: loose})
    ran = guard(yolo)
    assert ran.code == 1
    assert "(freeze: p99-latency: " in ran.out
    assert (
        f"note: {POLICY}: {NAME}: steps, checks changed; until it is merged, base's version judges" in ran.out
    )


def test_a_change_cannot_remove_the_rule_that_judges_it(project: NewProject) -> None:
    yolo = project("slow")
    propose(yolo, {MANIFEST: a_manifest(50), POLICY: None})
    assert guard(yolo).code == 1
    elsewhere = MANIFEST.replace("virtual-service", "moved")
    propose(yolo, {MANIFEST: None, elsewhere: a_manifest(50), POLICY: None})
    ran = guard(yolo)
    assert ran.code == 1
    assert "first remove its policy, in a change of its own" in ran.out
    propose(yolo, {POLICY: None})
    ran = guard(yolo)
    assert ran.code == 0
    assert "nothing watches rollout yolo-detection any more" in ran.out


def test_a_moved_manifest_is_judged_where_it_went(project: NewProject) -> None:
    yolo = project("slow")
    elsewhere = MANIFEST.replace("virtual-service", "moved")
    policy = a_policy("slow").replace(MANIFEST, elsewhere)
    propose(yolo, {MANIFEST: None, elsewhere: a_manifest(5), POLICY: policy})
    assert guard(yolo).code == 0
    propose(yolo, {MANIFEST: None, elsewhere: a_manifest(20), POLICY: policy})
    ran = guard(yolo)
    assert ran.code == 1
    assert ran.out.startswith(f"{elsewhere}:16:19: v9-gray goes from 5% to 20%")


def test_a_raise_does_not_hide_behind_another_spelling_of_the_host(project: NewProject) -> None:
    yolo = project("slow")
    spelled = a_manifest(50).replace("yolo-service", "yolo-service.prod.svc.cluster.local")
    propose(yolo, {MANIFEST: spelled})
    ran = guard(yolo)
    assert ran.code == 1
    assert ran.out.startswith(f"{LINE}: v9-gray goes from 5% to 50%")


def test_a_new_candidate_starts_at_the_bottom(project: NewProject) -> None:
    yolo = project()
    policy = a_policy("healthy", candidates="[v10-gray]", workloads="")
    propose(yolo, {MANIFEST: a_manifest(0).replace("v9-gray", "v10-gray"), POLICY: policy})
    assert guard(yolo).code == 0
    propose(yolo, {MANIFEST: a_manifest(5).replace("v9-gray", "v10-gray"), POLICY: policy})
    ran = guard(yolo)
    assert ran.code == 1
    assert "v10-gray goes from 0% to 5%" in ran.out


def test_another_image_behind_live_traffic_is_told(project: NewProject) -> None:
    yolo = project()
    propose(yolo, {DEPLOYMENT: a_deployment("v9.1")})
    ran = guard(yolo)
    assert ran.code == 0
    assert ran.out.startswith(f"note: {DEPLOYMENT}: other images behind v9-gray: they meet 5% of the traffic")


def test_another_image_may_begin_at_the_first_step_and_no_higher(project: NewProject) -> None:
    yolo = project("silent", weights=((-20, 5), (0, 0)))  # rolled back: the image that was is held
    propose(yolo, {MANIFEST: a_manifest(1), DEPLOYMENT: a_deployment("v9.1")})
    ran = guard(yolo)
    assert ran.code == 0, ran.out
    assert ran.out.startswith(
        f"note: {LINE}: v9-gray goes from 0% to 1%: another image begins at the first step"
    )
    propose(yolo, {MANIFEST: a_manifest(5), DEPLOYMENT: a_deployment("v9.1")})
    assert guard(yolo).code == 1
    propose(yolo, {MANIFEST: a_manifest(1)})
    ran = guard(yolo)
    assert ran.code == 1
    assert "(hold: rolled back by" in ran.out


def test_a_broken_policy_fails_and_is_named_by_its_line(project: NewProject) -> None:
    yolo = project(prometheus="")
    propose(yolo, {POLICY: a_policy("healthy", merge="aproval")})
    ran = guard(yolo)
    assert ran.code == 1
    assert ran.out.startswith(f"{POLICY}:8:8: merge: 'aproval' is none of")


def test_what_base_has_wrong_already_blames_no_other_change(project: NewProject) -> None:
    yolo = project(files={"policies/old.yaml": "version: 1\n"}, prometheus="")
    propose(yolo, {"README.md": "More words.\n"})
    assert guard(yolo).code == 0
    propose(yolo, {"policies/old.yaml": "version: 1\nname: old\n"})
    assert guard(yolo).code == 1


def test_while_a_policy_on_base_is_broken_its_repair_passes_and_a_raise_does_not(project: NewProject) -> None:
    yolo = project(policy="version: 1\n")
    propose(yolo, {POLICY: a_policy("healthy")})
    assert guard(yolo).code == 0
    propose(yolo, {POLICY: a_policy("healthy"), MANIFEST: a_manifest(20)})
    ran = guard(yolo)
    assert ran.code == 1
    assert "base's policy cannot be read" in ran.out
    propose(yolo, {MANIFEST: a_manifest(1)})
    ran = guard(yolo)
    assert ran.code == 1
    assert "nobody can say whether it watches this route; repair the policy first" in ran.out


def test_a_broken_manifest_on_base_can_be_repaired_at_its_last_weight_only(project: NewProject) -> None:
    yolo = project()
    yolo.commit({MANIFEST: "{{ broken"}, "oops", at=minute(4))
    propose(yolo, {MANIFEST: a_manifest(5)})
    assert guard(yolo).code == 0
    propose(yolo, {MANIFEST: a_manifest(20)})
    ran = guard(yolo)
    assert ran.code == 1
    assert ran.out.startswith(f"{LINE}: v9-gray goes from 5% to 20%: whether it is healthy is unknown")


def test_the_change_is_what_the_merge_makes_of_base_now(project: NewProject) -> None:
    yolo = project()
    propose(yolo, {"README.md": "More words.\n"}, at=minute(1))  # cut while base was at 5 %
    yolo.set_weight(20, at=minute(6))
    ran = guard(yolo, at=minute(7))
    assert (ran.code, ran.out) == (0, "")
    propose(yolo, {MANIFEST: a_manifest(50)}, at=minute(7))
    yolo.set_weight(5, at=minute(8))  # rolled back meanwhile: the same lines
    ran = guard(yolo, at=minute(9))
    assert ran.code == 1
    assert f"conflicts with base in {MANIFEST}; merge base into it, or rebase it" in ran.err


def on_event(yolo: Project, payload: object, *words: str) -> Ran:
    """The guard in a run of GitHub Actions that this event started."""
    file = yolo.home / "event.json"
    file.write_text(json.dumps(payload), encoding="utf-8")
    return yolo.promoter("guard", *words, at=DUE_AT, GITHUB_EVENT_PATH=str(file))


def test_a_pull_request_and_a_merge_group_are_found_in_the_event(project: NewProject) -> None:
    yolo = project()
    propose(yolo, {MANIFEST: a_manifest(50)})
    head = yolo.head("change")
    pull = {"pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"sha": head}}}
    group = {"merge_group": {"base_ref": "refs/heads/main", "base_sha": head, "head_sha": head}}
    for payload in (pull, group):
        ran = on_event(yolo, payload)
        assert (ran.code, ran.out.split(": ")[1]) == (1, "v9-gray goes from 5% to 50%")
    assert on_event(yolo, pull, "--pr", "7").code == 1


def test_a_fetched_pull_request_is_found_by_its_number(project: NewProject) -> None:
    yolo = project()
    propose(yolo, {MANIFEST: a_manifest(50)})
    yolo.git("update-ref", "refs/pull/7/head", "change")
    assert guard(yolo, "--pr", "7").code == 1
    ran = guard(yolo, "--pr", "8")
    assert ran.code == 1
    assert "git fetch origin pull/8/head:refs/pull/8/head" in ran.err


def test_a_hostile_event_is_refused(project: NewProject) -> None:
    yolo = project()
    for head in ("--output=x", "main", "", 5, None):
        payload = {"pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"sha": head}}}
        ran = on_event(yolo, payload)
        assert (ran.code, ran.err[:16]) == (1, "error: the event")
    ran = guard(yolo, "--diff", "main..--output=x")
    assert "cannot name a commit" in ran.err


def test_the_findings_go_into_a_summary_and_json(project: NewProject, tmp_path: Path) -> None:
    yolo = project()
    propose(yolo, {MANIFEST: a_manifest(50)})
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    words = ("--diff", "main..change", "--summary", str(summary), "--output", "json")
    ran = guard(yolo, *words)
    assert ran.document["refused"][0]["file"] == MANIFEST
    assert ran.document["refused"][0]["line"] == 16
    assert ran.document["base"] == yolo.head()
    assert summary.read_text(encoding="utf-8").startswith("before\n### promoter guard: refused\n")


def test_guard_writes_nothing(project: NewProject) -> None:
    yolo = project()
    propose(yolo, {MANIFEST: a_manifest(20)})
    before = yolo.state()
    guard(yolo)
    assert yolo.state() == before


@pytest.mark.parametrize("output", ["text", "json", "markdown"])
def test_a_secret_in_a_change_is_not_repeated(project: NewProject, tmp_path: Path, output: str) -> None:
    yolo = project(prometheus="")
    token = "ghp_" + "Sentinel12" * 4
    propose(yolo, {"policies/new.yaml": f"version: 1\nname: x\n{token}: 1\n"})
    words = ("--diff", "main..change", "--output", output, "--summary", str(tmp_path / "summary.md"))
    ran = guard(yolo, *words)
    assert ran.code == 1
    assert token not in ran.out + ran.err + (tmp_path / "summary.md").read_text(encoding="utf-8")
