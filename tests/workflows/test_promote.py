"""promote.yml really run: the tick, the buttons, what is kept, and what is never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.policies import NAME
from tests.e2e.project import minute
from tests.workflows.conftest import SINCE, NewRig
from tests.workflows.rig import SECRET, TOKEN, Ran

PERMISSIONS = "contents=write issues=write pull-requests=write statuses=write"


def everything(ran: Ran) -> str:
    """All that was printed or kept."""
    kept = [path.read_text(encoding="utf-8") for path in sorted(ran.artifacts.rglob("*")) if path.is_file()]
    return "\n".join([ran.log, *kept])


def test_a_scheduled_tick_proposes_keeps_its_evidence_and_shows_no_secret(rig: NewRig) -> None:
    factory, _ = rig()
    ran = factory.run("schedule", "promote.yml")
    assert ran.code == 0, ran.log
    report = ran.report()
    assert report["decision"] == "promote"
    assert [outcome["did"] for outcome in report["outcome"]] == ["proposed", "status"]
    assert (ran.artifacts / "token-asked").read_text(encoding="utf-8").strip() == PERMISSIONS
    assert f"{NAME}  promote v9-gray 5% → 20%" in ran.log
    for secret in (TOKEN, SECRET, "not a key"):
        assert secret not in everything(ran)


def test_the_kept_answers_judge_the_same_again_offline(rig: NewRig, tmp_path: Path) -> None:
    factory, yolo = rig()
    ran = factory.run("schedule", "promote.yml")
    answers = ran.artifacts / "promoter-evidence" / "answers.json"
    again = yolo.promoter("plan", "--recorded", str(answers), "--output", "json", PROMETHEUS_URL="")
    assert again.code == 0, again.err
    assert again.rollout["checks"] == ran.report()["checks"]


def test_the_summary_says_what_was_decided_and_how_old_the_last_tick_is(rig: NewRig) -> None:
    factory, _ = rig()
    ran = factory.run("schedule", "promote.yml")
    summary = ran.log.split("Summary - ")
    assert len(summary) > 1
    assert any(NAME in part and "promote" in part for part in summary[1:])
    assert any("The age of the last tick is unknown" in part for part in summary[1:])  # no GitHub here


def test_a_metrics_file_tells_of_the_tick_and_of_no_plan(rig: NewRig, present: float) -> None:
    factory, yolo = rig()
    place = "${{ runner.temp }}/promoter-evidence/promoter.prom"  # beside what the artifact keeps anyway
    workflow = yolo.root / ".github" / "workflows" / "promote.yml"
    text = workflow.read_text(encoding="utf-8").replace(
        "every: 10m\n", f"every: 10m\n          metrics-file: {place}\n"
    )
    yolo.commit({".github/workflows/promote.yml": text}, "metrics", at=minute(present - SINCE))
    ran = factory.run("schedule", "promote.yml")
    assert ran.code == 0, ran.log
    told = (ran.artifacts / "promoter-evidence" / "promoter.prom").read_text(encoding="utf-8")
    assert "promoter_last_tick_failed 0" in told
    ran = factory.run("workflow_dispatch", "promote.yml", inputs={"command": "plan"})
    assert ran.code == 0, ran.log
    assert not (ran.artifacts / "promoter-evidence" / "promoter.prom").exists()


def test_the_plan_button_changes_nothing(rig: NewRig) -> None:
    factory, _ = rig()
    ran = factory.run("workflow_dispatch", "promote.yml", inputs={"command": "plan"})
    assert ran.code == 0, ran.log
    assert "outcome" not in ran.report() or not ran.report()["outcome"]
    assert "run proposes it; a human merges" in ran.log


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"command": "pause", "rollout": NAME, "reason": "line stopped"}, f"{NAME} is paused by ada"),
        ({"command": "resume", "rollout": NAME, "reason": "fixed"}, f"{NAME}: no hold stands"),
        ({"command": "rollback", "rollout": NAME, "reason": "p99"}, f"{NAME}: → opened"),
        ({"command": "rollback", "rollout": NAME, "now": "true"}, f"{NAME}: → merged"),
    ],
    ids=["pause", "resume", "rollback", "rollback now"],
)
def test_every_button_does_what_it_says(rig: NewRig, inputs: dict[str, str], told: str) -> None:
    factory, _ = rig()
    ran = factory.run("workflow_dispatch", "promote.yml", inputs=inputs)
    assert ran.code == 0, ran.log
    assert told in ran.log, ran.log


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"command": "pause", "reason": "line stopped"}, "name the rollout to pause"),
        ({"command": "pause", "rollout": NAME}, "say why: reason is empty"),
        ({"command": "rollback", "rollout": "--now"}, "no rollout is called '--now'"),
        ({"command": "plan", "rollout": '$(touch /tmp/owned) `id` "; exit 0 #'}, "no rollout is called"),
    ],
    ids=["no rollout", "no reason", "an option", "a shell's text"],
)
def test_inputs_are_data_and_missing_ones_are_told(rig: NewRig, inputs: dict[str, str], told: str) -> None:
    factory, _ = rig()
    ran = factory.run("workflow_dispatch", "promote.yml", inputs=inputs)
    assert ran.code != 0
    assert told in ran.log, ran.log


def test_it_does_not_run_where_it_is_not_set_up_or_on_another_branch(rig: NewRig) -> None:
    factory, yolo = rig()
    ran = factory.run("schedule", "promote.yml", variables={"PROMOTER_CLIENT_ID": ""})
    assert (ran.code, ran.artifacts.exists()) == (0, False)
    yolo.git("branch", "other")
    payload: dict[str, object] = {"repository": {"default_branch": "trunk"}}
    ran = factory.run("workflow_dispatch", "promote.yml", inputs={"command": "run"}, payload=payload)
    assert (ran.code, ran.artifacts.exists()) == (0, False)


@pytest.mark.slow
def test_the_action_installs_itself_from_its_own_lock(rig: NewRig, present: float) -> None:
    factory, yolo = rig()
    for module in (
        "venv",
        "pip",
        "promoter",
        "secrets",
    ):  # a file of the checkout is no module of the action's
        yolo.commit({f"{module}.py": "raise SystemExit('planted')\n"}, "plant", at=minute(present - SINCE))
    factory.environ["RIG_INSTALL"] = "1"
    ran = factory.run("workflow_dispatch", "promote.yml", inputs={"command": "plan"})
    assert ran.code == 0, ran.log
    assert json.loads((ran.artifacts / "promoter-evidence" / "report.json").read_text())["rollouts"]
