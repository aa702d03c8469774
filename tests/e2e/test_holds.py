"""Pause, veto and resume: only a human's word stops, and only a human's word goes on."""

from __future__ import annotations

import json

from tests.e2e.conftest import NewProject
from tests.e2e.policies import NAME, a_policy
from tests.e2e.project import minute


def test_a_pause_stops_promotions_and_a_resume_starts_the_evidence_anew(project: NewProject) -> None:
    yolo = project("at-five", policy=a_policy("at-five", merge="auto"))
    paused = yolo.promoter("pause", NAME, "--reason", "audit at the plant", at=minute(5))
    assert paused.code == 0, paused.err
    assert paused.out.startswith(f"{NAME} is paused by Ada")
    ran = yolo.run(minute(6))
    assert (ran.code, ran.decision, ran.did) == (0, "hold", [])
    hold = ran.rollout["hold"]
    assert (hold["kind"], hold["reason"], hold["since"]) == (
        "pause",
        "audit at the plant",
        "2026-01-07T08:05:00Z",
    )
    assert [check["verdict"] for check in ran.rollout["checks"]] == ["pass"] * 4  # judging goes on
    yolo.resume(minute(7))
    assert yolo.run(minute(7.5)).decision == "wait"
    assert "merged" in yolo.run(minute(12)).did


def test_a_second_pause_leaves_the_first_one_as_it_is(project: NewProject) -> None:
    yolo = project()
    yolo.promoter("pause", NAME, "--reason", "first", at=minute(5))
    before = yolo.state()
    again = yolo.promoter("pause", NAME, "--reason", "second", at=minute(5.5))
    assert "first" in again.out
    assert yolo.state() == before


def test_an_open_proposal_of_a_paused_rollout_is_not_merged(project: NewProject) -> None:
    yolo = project()
    yolo.run(minute(5))
    yolo.promoter("pause", NAME, "--reason", "audit", at=minute(5.5))
    ran = yolo.run(minute(6))
    assert [(o["did"], o["detail"]) for o in ran.rollout["outcome"]] == [("status", "pending")]
    assert yolo.weight() == 5


def test_deleting_the_proposals_branch_is_a_veto_until_a_resume(project: NewProject) -> None:
    yolo = project("at-five")
    yolo.run(minute(6))
    branch = yolo.proposal("5-to-20")
    yolo.git("branch", "--quiet", "-D", branch)
    ran = yolo.run(minute(6.5))
    assert (ran.decision, ran.rollout["hold"]["kind"]) == ("hold", "veto")
    assert yolo.run(minute(12)).decision == "hold"
    assert yolo.branches() == []
    resumed = yolo.resume(minute(12))
    assert "veto lifted" in resumed.out
    assert yolo.run(minute(12.5)).decision == "wait"
    assert yolo.run(minute(17)).decision == "promote"
    assert yolo.branches() == [branch]


def test_a_proposal_deleted_once_more_is_a_new_veto(project: NewProject) -> None:
    yolo = project("at-five")
    for when in (6, 12):
        yolo.run(minute(when))
        yolo.git("branch", "--quiet", "-D", yolo.proposal("5-to-20"))
        assert yolo.run(minute(when + 0.5)).rollout["hold"]["kind"] == "veto"
        yolo.resume(minute(when + 1))
    assert yolo.run(minute(13.2)).decision == "wait"


def test_a_proposal_that_a_human_pushed_to_is_left_alone(project: NewProject) -> None:
    yolo = project("at-five", policy=a_policy("at-five"))
    yolo.run(minute(6))
    branch = yolo.proposal("5-to-20")
    yolo.git("checkout", "--quiet", branch)
    mine = yolo.set_weight(15, at=minute(6.2))
    mine = yolo.head(branch)
    yolo.git("checkout", "--quiet", "main")
    ran = yolo.run(minute(6.5))
    assert "merged" not in ran.did
    assert yolo.head(branch) == mine
    assert yolo.weight() == 5


def test_resume_without_a_hold_says_so_and_writes_nothing(project: NewProject) -> None:
    yolo = project()
    before = yolo.state()
    ran = yolo.resume(minute(6))
    assert (ran.code, ran.out) == (0, f"{NAME}: no hold stands\n")
    assert yolo.state() == before


def test_the_history_tells_who_did_what_and_why(project: NewProject) -> None:
    yolo = project("errors-pass", policy=a_policy("errors-pass", merge="auto"))
    yolo.run(minute(5))
    yolo.resume(minute(12), "the bad node is gone")
    yolo.run(minute(17))
    yolo.promoter("rollback", NAME, "--step", "--now", "--reason", "second thoughts", at=minute(18))
    told = json.loads(yolo.promoter("history", NAME, "--output", "json", at=minute(19)).out)
    assert told["version"] == 1
    lines = [(entry["at"][11:16], entry["what"], entry["who"]) for entry in told["entries"]]
    assert lines[:4] == [
        ("07:40", "first seen at 1%", "Ada"),
        ("08:00", "raised 1% → 5%", "Ada"),
        ("08:05", "hold: freeze", "promoter"),
        ("08:12", "resumed: freeze", "Ada"),
    ]
    assert [line[:2] for line in lines[4:]] == [
        ("08:17", "raised 5% → 20%"),
        ("08:18", "rolled back 20% → 5%"),
    ]
    assert told["entries"][3]["why"] == "the bad node is gone"
    assert len(told["entries"][4]["evidence"]) == 64
    text = yolo.promoter("history", NAME, at=minute(19)).out
    assert [line[11:16] for line in text.splitlines()] == [line[0] for line in lines]
    assert "the bad node is gone" in text


def test_a_freeze_that_came_twice_is_told_twice(project: NewProject) -> None:
    yolo = project("slow")
    yolo.run(minute(6))
    yolo.resume(minute(7), "once more")
    yolo.run(minute(13))
    told = json.loads(yolo.promoter("history", NAME, "--output", "json", at=minute(14)).out)
    what = [entry["what"] for entry in told["entries"]]
    assert what == ["first seen at 1%", "raised 1% → 5%", "hold: freeze", "resumed: freeze", "hold: freeze"]


def test_the_status_shows_weight_hold_and_proposal_without_prometheus(project: NewProject) -> None:
    yolo = project()
    yolo.run(minute(6))
    yolo.promoter("pause", NAME, "--reason", "audit", at=minute(6))
    ran = yolo.promoter("status", "--output", "json", at=minute(7), PROMETHEUS_URL="")
    assert ran.code == 0
    found = ran.rollout
    assert (found["percent"], found["weights"]) == (5.0, {"v8-stable": 95, "v9-gray": 5})
    assert [hold["kind"] for hold in found["holds"]] == ["pause"]
    assert [proposal["kind"] for proposal in found["proposals"]] == ["promotion"]
    text = yolo.promoter("status", at=minute(7)).out
    for words in ("v9-gray at 5% beside v8-stable", "hold pause by Ada", yolo.proposal("5-to-20")):
        assert words in text
    markdown = yolo.promoter("status", "--output", "markdown", at=minute(7)).out
    assert "| yolo-detection | v9-gray | 5% |" in markdown
