"""`promoter run --forge github` with `merge: approval`, a real Prometheus, and an engineer at work on GitHub."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.e2e.conftest import NewGitHubProject
from tests.e2e.policies import MANIFEST, NAME, a_manifest, a_policy
from tests.e2e.project import minute
from tests.fakes.github.hub import BOT, CI
from tests.fakes.github.state import CheckRun, Rules


def test_an_engineer_takes_a_release_from_1_to_100(github: NewGitHubProject) -> None:
    """Approved by one who is not the bot, merged each way that GitHub has."""
    yolo = github(weights=((-20, 1),))
    yolo.hub.rules = Rules(reviews=1, checks=(("rollout/health", BOT), ("ci", None)), conversations=True)
    steps = ((0, 5, "merge"), (6, 20, "squash"), (12, 50, "rebase"), (18, 100, "squash"))
    for at, weight, method in steps:
        ran = yolo.run(minute(at))
        assert (ran.decision, ran.did) == ("promote", ["proposed", "status"]), ran.err
        pull = yolo.site.pull(f"-to-{weight}-")
        assert (pull.author, yolo.site.status(pull), pull.draft) == (BOT, "success", False)
        assert yolo.weight(pull.head_ref) == weight
        yolo.hub.state.checks[pull.head] = [CheckRun(1, "ci", "completed", "success", yolo.site.at)]
        yolo.site.at = minute(at + 0.1)
        yolo.site.approve(pull)
        yolo.site.merge(pull, method=method)
        assert yolo.weight() == weight
    assert yolo.run(minute(24)).decision == "done"
    assert len(yolo.site.pulls()) == len(steps)
    assert [branch for branch in yolo.hub.state.refs if "promoter/" in branch] == []


def test_in_auto_the_bot_waits_for_the_approval_and_then_merges(github: NewGitHubProject) -> None:
    yolo = github("at-five", policy=a_policy("at-five", merge="auto"))
    yolo.hub.rules = Rules(reviews=1, checks=(("rollout/health", BOT),))
    ran = yolo.run(minute(6))
    assert ran.did == ["proposed", "status", "not-yet"]
    assert "review" in ran.rollout["outcome"][-1]["detail"]
    yolo.site.approve(yolo.site.pull())
    assert yolo.run(minute(7)).did == ["merged"]
    assert yolo.weight() == 20


def test_closing_is_a_veto_reopening_takes_it_back(github: NewGitHubProject) -> None:
    yolo = github("at-five")
    yolo.run(minute(6))
    pull = yolo.site.pull()
    yolo.site.close(pull)
    ran = yolo.run(minute(6.5))
    assert (ran.decision, ran.rollout["hold"]["kind"]) == ("hold", "veto")
    assert "grace" in ran.rollout["hold"]["by"]
    assert yolo.run(minute(12)).decision == "hold"
    assert yolo.site.pulls(state="open") == []
    yolo.site.at = minute(12.2)
    yolo.site.reopen(pull)
    assert yolo.run(minute(12.5)).decision == "promote"
    assert [found.number for found in yolo.site.pulls()] == [pull.number]  # the same one, no other


def test_closing_the_vetos_issue_lifts_it_and_the_step_is_proposed_anew(github: NewGitHubProject) -> None:
    yolo = github("at-five")
    yolo.run(minute(6))
    yolo.site.close(yolo.site.pull())
    yolo.run(minute(6.5))
    yolo.site.at = minute(7)
    yolo.site.close(yolo.site.hold(), "tim")  # who may triage
    assert yolo.run(minute(7.5)).decision == "wait"  # the evidence starts anew
    assert yolo.run(minute(12)).decision == "promote"
    assert yolo.site.status(yolo.site.pull()) == "success"


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_the_revert_button_is_a_rollback_however_it_is_merged(github: NewGitHubProject, method: str) -> None:
    yolo = github("lowered", policy=a_policy("lowered", merge="auto"))
    yolo.run(minute(6))
    assert yolo.weight() == 20
    yolo.site.at = minute(6.3)
    back = yolo.site.revert(yolo.site.pull("5-to-20", "closed"))
    back.title = "back out, please"  # nobody's words decide
    yolo.site.merge(back, method=method)
    assert yolo.weight() == 5
    ran = yolo.run(minute(7))
    assert (ran.decision, ran.rollout["hold"]["kind"]) == ("hold", "rollback")
    assert yolo.run(minute(20)).decision == "hold"
    assert yolo.weight() == 5
    assert yolo.site.hold().labels == ["rollout:hold"]


def test_what_an_engineer_pushes_to_the_branch_is_left_alone(github: NewGitHubProject) -> None:
    yolo = github("at-five", policy=a_policy("at-five", merge="auto"))
    yolo.hub.rules = Rules(reviews=1)
    yolo.run(minute(6))
    pull = yolo.site.pull()
    edited = yolo.site.commit({MANIFEST: a_manifest(15).encode()}, "less, please", branch=pull.head_ref)
    yolo.site.approve(pull)
    ran = yolo.run(minute(6.5))
    assert "merged" not in ran.did
    assert (pull.head, pull.state, yolo.weight(), yolo.weight(pull.head_ref)) == (edited, "open", 5, 15)
    assert yolo.site.status(pull) != "success"
    yolo.site.merge(pull)  # it is theirs: their merge counts
    assert yolo.run(minute(7)).rollout["weights"]["v9-gray"] == 15


def test_a_freeze_gives_two_buttons_and_closing_the_issue_resumes(github: NewGitHubProject) -> None:
    yolo = github("errors-pass", policy=a_policy("errors-pass", merge="auto"))
    summary = yolo.home / "summary.md"
    assert yolo.run(minute(5), "--summary", str(summary)).decision == "freeze"
    hold, draft = yolo.site.hold(), yolo.site.pull("rollback")
    site = f"{yolo.github.web}/{yolo.hub.full_name}"
    assert f"({site}/pulls?q=is%3Apr%20head%3A{quote(draft.head_ref, safe='')})" in hold.body
    assert f"({site}/issues?q=" in draft.body
    done = summary.read_text(encoding="utf-8")
    assert re.search(rf"\[→ opened \S+ \(draft\)\]\(\S+/pull/{draft.number}\)", done)
    assert f"]({site}/issues?q=" in done
    assert (hold.author, draft.author, draft.draft, yolo.weight(draft.head_ref)) == (BOT, BOT, True, 0)
    assert "success-rate" in hold.body
    assert yolo.run(minute(12)).decision == "hold"
    yolo.site.close(hold, "tim")
    assert yolo.run(minute(12.5)).decision == "wait"
    assert draft.state == "closed"  # the prepared way back is withdrawn
    assert "merged" in yolo.run(minute(17)).did
    assert yolo.weight() == 20


def test_an_outsiders_and_a_bots_closing_resumes_nothing(github: NewGitHubProject) -> None:
    yolo = github("errors-pass", policy=a_policy("errors-pass", merge="auto"))
    yolo.run(minute(5))
    for at, who in ((12, "mallory"), (14, CI), (16, "rita"), (18, BOT)):
        yolo.site.close(yolo.site.hold(), who, force=True)
        ran = yolo.run(minute(at))
        assert ran.decision == "hold", who
        assert yolo.site.hold().state == "open", who
    assert yolo.weight() == 5


def test_an_issue_opened_again_holds_again(github: NewGitHubProject) -> None:
    yolo = github("errors-pass", policy=a_policy("errors-pass", merge="auto"))
    yolo.run(minute(5))
    hold = yolo.site.hold()
    yolo.site.at = minute(12)
    yolo.site.close(hold)
    assert yolo.run(minute(12.5)).decision == "wait"
    yolo.site.at = minute(13)
    yolo.site.reopen(hold)
    assert yolo.run(minute(17)).decision == "hold"
    assert yolo.weight() == 5


def test_merging_the_draft_rolls_back(github: NewGitHubProject) -> None:
    yolo = github("errors", policy=a_policy("errors", merge="auto"))
    yolo.run(minute(6))
    draft = yolo.site.pull("rollback")
    yolo.site.at = minute(7)
    yolo.site.ready(draft)
    yolo.site.merge(draft, method="squash")
    assert yolo.weight() == 0
    ran = yolo.run(minute(8))
    assert (ran.decision, ran.rollout["hold"]["kind"]) == ("hold", "freeze")
    assert yolo.run(minute(14)).decision == "hold"
    assert yolo.weight() == 0


def test_an_approval_of_yesterday_merges_nothing_that_is_sick_today(github: NewGitHubProject) -> None:
    yolo = github("errors-later")
    yolo.hub.rules = Rules(reviews=1, checks=(("rollout/health", BOT),))
    yolo.run(minute(6))
    pull = yolo.site.pull("5-to-20")
    yolo.site.approve(pull)
    assert yolo.run(minute(10)).decision == "freeze"
    assert yolo.site.status(pull) == "failure"
    with pytest.raises(Exception, match="rollout/health"):  # GitHub itself refuses the button now
        yolo.site.merge(pull)


def test_a_human_pauses_and_resumes_from_a_workflow(github: NewGitHubProject) -> None:
    yolo = github("at-five", policy=a_policy("at-five", merge="auto"))
    person = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "grace", "GITHUB_TRIGGERING_ACTOR": "grace"}
    paused = yolo.promoter("pause", NAME, "--reason", "audit", at=minute(5), **person)
    assert paused.code == 0, paused.err
    assert yolo.run(minute(6)).decision == "hold"
    resumed = yolo.promoter("resume", NAME, "--reason", "done", at=minute(7), **person)
    assert resumed.code == 0, resumed.err
    assert yolo.site.holds("open") == []
    assert "merged" in yolo.run(minute(12)).did
