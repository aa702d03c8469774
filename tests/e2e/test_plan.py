"""`plan`: its JSON, text and markdown, its exit codes, its notes, and evidence kept in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import NewProject
from tests.e2e.policies import MANIFEST, NAME, POLICY, a_policy
from tests.e2e.project import minute, rfc3339

DOCUMENT = {"version", "at", "base", "notes", "rollouts"}
ROLLOUT = {
    *("name", "stable", "candidate", "weights", "since", "applied", "decision", "to", "reasons", "alarms"),
    *("eta_seconds", "checks", "ahead", "hold", "proposal", "diff"),
}
CHECK = {
    *("name", "verdict", "cause", "observed", "stable", "limit", "unit", "lower", "edge", "edge_unit"),
    *("samples", "needed", "eta_seconds", "summary", "note", "query", "proof"),
}


def test_the_json_has_the_shape_of_the_contract(project: NewProject) -> None:
    yolo = project()
    document = yolo.plan(minute(6)).document
    assert document.keys() == DOCUMENT
    assert (document["version"], document["at"]) == (1, rfc3339(minute(6)))
    assert document["base"] == {"branch": "main", "commit": yolo.head()}
    (rollout,) = document["rollouts"]
    assert rollout.keys() == ROLLOUT
    assert {key: rollout[key] for key in ("name", "stable", "candidate", "weights", "to", "since")} == {
        "name": NAME,
        "stable": "v8-stable",
        "candidate": "v9-gray",
        "weights": {"v8-stable": 95, "v9-gray": 5},
        "to": {"v8-stable": 80, "v9-gray": 20},
        "since": rfc3339(minute(0)),
    }
    assert (rollout["decision"], rollout["applied"], rollout["eta_seconds"]) == ("promote", True, None)
    assert (rollout["hold"], rollout["proposal"], rollout["alarms"]) == (None, None, [])
    assert rollout["reasons"] == ["every check passed: on to 20%"]


def test_the_checks_carry_numbers_that_can_be_recomputed(project: NewProject) -> None:
    ran = project("errors").plan(minute(6))
    assert [check.keys() for check in ran.rollout["checks"]] == [CHECK] * 4
    assert [check["name"] for check in ran.rollout["checks"]] == [
        *("success-rate", "p99-latency", "map50", "gpu-memory")
    ]
    rate = ran.check("success-rate")
    assert (rate["verdict"], rate["limit"], rate["unit"]) == ("fail", 0.0005, "share")
    assert 0.012 < rate["observed"] <= 0.021  # the first windows of it; the errors began in the middle of one
    assert rate["stable"] == pytest.approx(0.0001, rel=0.5)
    assert rate["samples"] == 400 * 0.05 * 60 * 5  # all of the five windows since the split settled
    latency = ran.check("p99-latency")
    assert (latency["verdict"], latency["observed"]) == ("pass", pytest.approx(0.001, rel=0.3))
    assert (latency["edge"], latency["edge_unit"], latency["lower"]) == (50.0, "ms", False)
    accuracy = ran.check("map50")
    assert (accuracy["observed"], accuracy["stable"]) == (pytest.approx(37.5), pytest.approx(37.3))
    memory = ran.check("gpu-memory")
    assert (memory["observed"], memory["stable"]) == (pytest.approx(2290), pytest.approx(2210))


def test_the_diff_is_the_one_that_a_run_proposes(project: NewProject) -> None:
    yolo = project()
    diff = yolo.plan(minute(6)).rollout["diff"]
    yolo.run(minute(6))
    yolo.git("apply", "--check", "-", stdin=diff)
    yolo.git("apply", "--index", "-", stdin=diff)
    assert yolo.git("diff", "--cached", yolo.proposal("5-to-20")) == ""


def test_plan_changes_nothing(project: NewProject) -> None:
    for scenario in ("healthy", "errors"):
        yolo = project(scenario)
        before = yolo.state()
        yolo.plan(minute(6))
        assert yolo.state() == before


def test_the_text_has_a_line_a_rollout_and_its_checks_beneath(project: NewProject) -> None:
    yolo = project()
    text = yolo.promoter("plan", at=minute(6)).out
    lines = text.splitlines()
    assert lines[0] == f"base main@{yolo.head()[:9]} at 2026-01-07 08:06 UTC"
    assert f"{NAME}  promote v9-gray 5% → 20%: every check passed: on to 20%" in lines
    assert [line.split()[1] for line in lines if "✓" in line] == [
        *("success-rate", "p99-latency", "map50", "gpu-memory")
    ]
    assert "    +          weight: 20   # raised by promoter" in lines
    assert "\x1b" not in text
    (quiet,) = yolo.promoter("plan", "-q", at=minute(6)).out.splitlines()
    assert quiet.startswith(f"{NAME}  promote")


def test_the_markdown_is_a_table_with_a_section_each(project: NewProject) -> None:
    text = project().promoter("plan", "--output", "markdown", at=minute(6)).out
    assert "| rollout | candidate | weight | decision | why |" in text
    assert "| yolo-detection | v9-gray | 5% → 20% | 🟢 promote |" in text
    assert "| success-rate | ✅ pass |" in text
    assert "```diff\n--- a/" in text


@pytest.mark.parametrize(
    ("when", "scenario", "code"),
    [(6, "healthy", 3), (3, "healthy", 5), (6, "errors", 4)],
    ids=["due", "waiting", "frozen"],
)
def test_the_exit_code_says_what_is_due(project: NewProject, when: float, scenario: str, code: int) -> None:
    yolo = project(scenario)
    assert yolo.plan(minute(when), "--exit-code").code == code
    assert yolo.plan(minute(when)).code == 0  # only when asked


def test_the_exit_code_of_a_hold_of_nothing_to_do_and_of_an_error(project: NewProject) -> None:
    paused = project()
    paused.promoter("pause", NAME, "--reason", "audit", at=minute(5))
    assert paused.plan(minute(6), "--exit-code").code == 4
    done = project(weights=((-20, 1), (18, 100)))
    assert done.plan(minute(26), "--exit-code").code == 0
    assert done.plan(minute(26), "--exit-code", PROMETHEUS_URL="http://127.0.0.1:9").code == 1
    assert done.promoter("plan", "--exit-coed").code == 2


def test_a_policy_of_the_work_tree_is_planned_and_said_while_a_run_follows_base(project: NewProject) -> None:
    yolo = project("at-five", policy=a_policy("at-five", bake="{min: 12m, max: 2h}"))
    (yolo.root / POLICY).write_text(a_policy("at-five"))  # looser than what was reviewed
    plan = yolo.plan(minute(6))
    assert plan.decision == "promote"
    assert plan.document["notes"] == [
        f"{POLICY} in the work tree is not what base has: plan shows the work tree, run follows base"
    ]
    assert f"note: {POLICY}" in yolo.promoter("plan", at=minute(6)).out
    ran = yolo.run(minute(6))
    assert (ran.decision, ran.document["notes"]) == ("wait", [])
    assert yolo.branches() == []


def test_a_first_policy_can_be_planned_before_it_is_committed(project: NewProject) -> None:
    yolo = project(policy="")
    yolo.git("rm", "--quiet", "-r", "policies")
    yolo.git("commit", "--quiet", "-m", "none yet", at=minute(1))
    (yolo.root / "policies").mkdir()
    (yolo.root / POLICY).write_text(a_policy("healthy"))
    plan = yolo.plan(minute(6))
    assert (plan.code, plan.decision, len(plan.document["notes"])) == (0, "promote", 1), plan.err
    assert yolo.run(minute(6)).err == (
        "error: there is no directory policies on base; name it with --policies, or commit it\n"
    )


def test_a_policy_in_a_proposal_does_not_count_before_it_is_merged(project: NewProject) -> None:
    yolo = project("at-five", policy=a_policy("at-five", bake="{min: 12m, max: 2h}"))
    yolo.git("checkout", "--quiet", "-b", "looser")
    yolo.commit({POLICY: a_policy("at-five")}, "less waiting", at=minute(1))
    assert yolo.run(minute(6), "--base", "main").decision == "wait"


def test_a_recorded_plan_can_be_run_again_offline_with_the_same_result(
    project: NewProject, tmp_path: Path
) -> None:
    for scenario, decision in (("healthy", "promote"), ("slow", "freeze"), ("environment", "wait")):
        yolo = project(scenario)
        file = str(tmp_path / f"{scenario}.json")
        live = yolo.plan(minute(6.5), "--record", file)
        assert live.decision == decision
        again = yolo.promoter(
            "plan", "--output", "json", "--recorded", file, PROMETHEUS_URL="http://127.0.0.1:9"
        )
        assert (again.code, again.out) == (live.code, live.out)


def test_a_recording_that_was_tampered_with_or_is_none_is_refused(
    project: NewProject, tmp_path: Path
) -> None:
    yolo = project()
    for number, text in enumerate(("", "[1, 2", '{"version": 99}')):
        file = tmp_path / f"{number}.json"
        file.write_text(text)
        ran = yolo.promoter("plan", "--recorded", str(file))
        assert (ran.code, ran.out) == (1, ""), text
        assert ran.err.startswith("error: ")
        assert str(file) in ran.err
        assert len(ran.err.splitlines()) == 1


def test_a_recording_answers_only_what_was_asked_then(project: NewProject, tmp_path: Path) -> None:
    yolo = project()
    file = tmp_path / "evidence.json"
    yolo.plan(minute(6), "--record", str(file))
    ran = yolo.promoter("plan", "--recorded", str(file), at=minute(7))
    assert ran.code == 1
    assert "2026-01-07T08:06:00Z" in ran.err
    (yolo.root / POLICY).write_text(a_policy("errors"))  # other queries than those on record
    other = yolo.promoter("plan", "--output", "json", "--recorded", str(file))
    assert other.decision == "wait"


def test_named_rollouts_only(project: NewProject) -> None:
    other = a_policy("healthy", name="other").replace("apiVersion", "")
    yolo = project(files={"policies/other.yaml": other})
    names = [rollout["name"] for rollout in yolo.plan(minute(6)).document["rollouts"]]
    assert names == ["other", NAME]
    assert yolo.plan(minute(6), NAME).rollout["name"] == NAME


def test_options_may_say_where_everything_is(project: NewProject, prometheus: str) -> None:
    yolo = project(prometheus=None)
    yolo.git("branch", "--quiet", "-m", "main", "trunk")
    yolo.git("mv", "policies", "rules")
    yolo.git("commit", "--quiet", "-m", "move", at=minute(1))
    words = ("--base", "trunk", "--policies", "rules", "--prometheus", prometheus, "--forge", "local")
    ran = yolo.plan(minute(6), *words, "--repo", str(yolo.root / "manifests" / ".."))
    assert ran.decision == "promote", ran.err
    assert ran.document["base"]["branch"] == "trunk"


def test_the_output_is_for_machines_and_the_rest_goes_to_stderr(project: NewProject) -> None:
    ran = project().plan(minute(6), PROMETHEUS_URL="http://127.0.0.1:9")
    assert json.loads(ran.out)["version"] == 1
    assert ran.err.startswith("error: ")
    assert MANIFEST not in ran.err
