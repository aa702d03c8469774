from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ProposalState
from promoter.errors import ForgeError, PromoterError
from promoter.forge.github.forge import GitHubForge
from tests.contracts.github_bench import GitHubBench
from tests.contracts.test_forge import BRANCH, EVIDENCE, a_hold, a_new
from tests.fakes.github.state import Item, Settings
from tests.git_repository import minute

BODY = "# frozen\n\nClose this issue to resume.\n"


def held(bench: GitHubBench, hold: Hold | None = None) -> Item:
    bench.forge().ensure_hold(hold or a_hold(), evidence=EVIDENCE, body=BODY)
    return bench.issues()[-1]


def holds(bench: GitHubBench, forge: GitHubForge | None = None) -> tuple[Hold, ...]:
    return (forge or bench.forge()).read(["yolo"])["yolo"].holds


def stands(bench: GitHubBench) -> bool:
    return any(hold.lifted is None for hold in holds(bench))


def writes(bench: GitHubBench) -> int:
    return len(bench.github.writes())


def test_a_hold_is_an_issue_with_its_label_its_evidence_and_its_words(bench: GitHubBench) -> None:
    issue = held(bench)
    assert (issue.title, issue.labels) == ("yolo is frozen: failed: success-rate", ["rollout:hold"])
    assert issue.body.startswith(BODY.strip())
    assert EVIDENCE.strip() in issue.body


@pytest.mark.parametrize("who", ["tim", "grace", "ada"])
def test_closed_with_triage_rights_or_more_it_is_lifted(bench: GitHubBench, who: str) -> None:
    issue = held(bench)
    bench.at(30)
    bench.hub.close(issue, who)
    (hold,) = holds(bench)
    assert hold.lifted is not None
    assert (hold.lifted.by, hold.lifted.when) == (who, minute(30))


@pytest.mark.parametrize("who", ["rita", "mallory", "ci[bot]", "promoter-bot[bot]"])
def test_closed_by_anybody_else_it_stands_and_is_opened_again(bench: GitHubBench, who: str) -> None:
    issue = held(bench)
    bench.hub.close(issue, who, force=True)
    assert stands(bench)
    assert issue.state == "closed"  # who only looks changes nothing
    (note,) = bench.forge().recover()
    assert f"closed by {who}" in note
    assert issue.state == "open"
    assert "with triage rights or more" in issue.comments[-1].body
    assert holds(bench) == (a_hold(),)
    assert bench.forge().recover() == ()


def test_a_lift_is_noted_once_and_steady_ticks_ask_for_no_rights(bench: GitHubBench) -> None:
    issue = held(bench)
    bench.at(30)
    bench.hub.close(issue, "tim")
    bench.forge().recover()
    first = holds(bench)
    bench.hub.person("tim", "none")  # has left since
    before = writes(bench)
    forge = bench.forge()
    asked = len(bench.github.log)
    forge.recover()
    assert holds(bench, forge) == first
    assert len(bench.github.log) - asked == 1
    assert writes(bench) == before


def test_opened_again_it_holds_again_and_closed_again_it_is_lifted_again(bench: GitHubBench) -> None:
    issue = held(bench)
    for minutes in (30, 50):
        bench.at(minutes)
        bench.hub.close(issue, "tim")
        bench.forge().recover()
        assert not stands(bench)
        bench.at(minutes + 10)
        bench.hub.reopen(issue, "rita", force=True)
        bench.forge().recover()
        assert stands(bench)
    assert [hold.lifted.when for hold in holds(bench) if hold.lifted] == [minute(30), minute(50)]


def test_a_hold_that_comes_again_opens_its_issue_again(bench: GitHubBench) -> None:
    issue = held(bench)
    bench.at(30)
    bench.hub.close(issue, "tim")
    again = a_hold(since=minute(40))
    bench.forge().ensure_hold(again, evidence="", body="# again\n")
    assert bench.issues() == [issue]
    assert bench.issues("closed") == []
    lifted, standing = holds(bench)
    assert lifted.lifted is not None
    assert standing == again


def test_a_resume_of_the_command_closes_the_issue_and_names_the_human(bench: GitHubBench) -> None:
    issue = held(bench)
    lifted = a_hold().lift(when=minute(20), by="grace", reason="fixes #7, says @all")
    bench.forge().lift_hold(lifted)
    assert issue.state == "closed"
    assert "Resumed** by grace" in issue.comments[-1].body
    assert "@all" not in issue.comments[-1].body
    assert holds(bench) == (lifted,)
    assert bench.forge().recover() == ()


def test_a_human_with_their_own_token_resumes_under_their_own_name(bench: GitHubBench) -> None:
    issue = held(bench)
    bench.hub.token("ghp_grace", "grace", "classic")
    bench.at(20)
    forge = bench.forge("ghp_grace", bot="promoter-bot[bot]")
    forge.lift_hold(a_hold().lift(when=minute(20), by="Grace H.", reason="the load test"))
    assert issue.closed_by == "grace"
    (hold,) = holds(bench)
    assert hold.lifted is not None
    assert (hold.lifted.by, hold.lifted.reason) in {("grace", "the load test"), ("Grace H.", "the load test")}


def test_a_human_with_their_own_token_may_pause(bench: GitHubBench) -> None:
    bench.hub.token("ghp_grace", "grace", "classic")
    pause = a_hold(HoldKind.PAUSE, candidate="", by="grace", reason="visitors")
    bench.forge("ghp_grace", bot="promoter-bot[bot]").ensure_hold(pause, evidence="", body="# paused\n")
    assert holds(bench) == (pause,)


def test_who_pressed_a_button_of_actions_needs_the_right_too(bench: GitHubBench) -> None:
    held(bench)
    for who in ("rita", "mallory"):
        lifted = a_hold().lift(when=minute(20), by=who, reason="ok")
        with pytest.raises(ForgeError, match=f"{who} may not resume"):
            bench.forge(human=who).lift_hold(lifted)
    assert stands(bench)
    bench.forge(human="tim").lift_hold(a_hold().lift(when=minute(20), by="tim", reason="ok"))
    assert not stands(bench)


def test_an_issue_that_somebody_else_wrote_is_no_hold(bench: GitHubBench) -> None:
    forged = held(bench).body
    bench.hub.new_issue("mallory", "yolo is frozen", forged, ["rollout:hold"])
    bench.hub.new_issue("grace", "yolo is frozen", forged, ["rollout:hold"])
    assert holds(bench) == (a_hold(),)


def test_two_runs_at_once_leave_one_issue(bench: GitHubBench) -> None:
    forges = [bench.forge(), bench.forge()]
    gate = threading.Barrier(2)

    def record(forge: GitHubForge) -> None:
        forge.read(["yolo"])
        gate.wait()
        forge.ensure_hold(a_hold(), evidence=EVIDENCE, body=BODY)

    threads = [threading.Thread(target=record, args=(forge,)) for forge in forges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.forge().recover()
    assert len(bench.issues()) == 1
    assert holds(bench) == (a_hold(),)


def test_duplicates_become_one_and_closing_that_one_resumes(bench: GitHubBench) -> None:
    first = held(bench)
    second = bench.hub.new_issue("promoter-bot[bot]", first.title, first.body, ["rollout:hold"])
    assert holds(bench) == (a_hold(),)
    bench.forge().recover()
    assert (first.state, second.state, second.reason) == ("open", "closed", "not_planned")
    assert f"issue {first.number}" in second.body
    bench.at(30)
    bench.hub.close(first, "tim")
    bench.forge().recover()
    assert not stands(bench)
    assert [hold.lifted.by for hold in holds(bench) if hold.lifted] == ["tim"]


def test_what_this_run_has_opened_it_knows_though_lists_lag(bench: GitHubBench) -> None:
    forge = bench.forge()
    bench.hub.knobs.lag_reads, bench.hub.knobs.lag_writes = 50, 10
    forge.ensure_hold(a_hold(), evidence="", body=BODY)
    forge.ensure_hold(a_hold(), evidence="", body=BODY)
    forge.lift_hold(a_hold().lift(when=minute(20), by="ada", reason="ok"))
    assert len(bench.issues()) + len(bench.issues("closed")) == 1
    bench.hub.knobs.lag_reads = 0
    assert not stands(bench)


def test_a_record_that_was_edited_away_stops_everything_until_somebody_looked(bench: GitHubBench) -> None:
    issue = held(bench)
    bench.hub.edit(issue, "grace", body="never mind")
    for hold in (*holds(bench), *bench.forge().read(["other"])["other"].holds):
        assert hold.lifted is None
        assert f"hold issue {issue.number} was edited away" in hold.reason
    bench.hub.close(issue, "tim")
    assert holds(bench) == ()


def test_where_issues_are_off_it_is_told(bench: GitHubBench) -> None:
    bench.hub.settings = Settings(issues=False)
    with pytest.raises(ForgeError, match="issues switched off"):
        bench.forge().ensure_hold(a_hold(), evidence="", body=BODY)


def test_without_the_permission_it_is_told(bench: GitHubBench) -> None:
    bench.hub.token("ghs_less", issues="read")
    with pytest.raises(PromoterError, match="issues: write"):
        bench.forge("ghs_less").ensure_hold(a_hold(), evidence="", body=BODY)
    assert bench.issues() == []


def test_more_holds_than_one_page_are_all_read(bench: GitHubBench) -> None:
    forge = bench.forge()
    body = held(bench).body
    for count in range(120):
        other = body.replace("ab" * 20, f"{count:040x}")
        bench.hub.new_issue("promoter-bot[bot]", "frozen", other, ["rollout:hold"])
    assert len(holds(bench, forge)) == 121


def test_a_veto_is_remembered_when_its_proposal_has_dropped_out_of_the_lists(bench: GitHubBench) -> None:
    bench.at(10)
    bench.forge().ensure_proposal(a_new(bench))
    bench.at(12)
    pull = bench.pull(BRANCH)
    bench.hub.close(pull, "grace")
    bench.delete(BRANCH)
    (closed,) = bench.forge().read(["yolo"])["yolo"].proposals
    reason = f"closed {BRANCH} unmerged"
    veto = a_hold(HoldKind.VETO, candidate="v9", by="grace", since=minute(12), reason=reason)
    held(bench, veto)
    del bench.hub.state.items[pull.number]  # as if sixty others had ended since
    (kept,) = bench.forge().read(["yolo"])["yolo"].proposals
    assert (kept.state, kept.began, kept.identity, kept.closed_at, kept.closed_by) == (
        ProposalState.CLOSED,
        closed.began,
        closed.identity,
        closed.closed_at,
        closed.closed_by,
    )
    assert kept.branch == BRANCH


def test_a_veto_whose_proposal_was_opened_again_is_no_more(bench: GitHubBench) -> None:
    bench.forge().ensure_proposal(a_new(bench))
    pull = bench.pull(BRANCH)
    bench.hub.close(pull, "grace")
    held(bench, a_hold(HoldKind.VETO, reason=f"closed {BRANCH} unmerged"))
    bench.hub.reopen(pull, "grace")
    (found,) = bench.forge().read(["yolo"])["yolo"].proposals
    assert found.state is ProposalState.OPEN


def test_the_hold_of_another_candidate_stands_for_itself(bench: GitHubBench) -> None:
    held(bench)
    other = replace(a_hold(), candidate="v10")
    held(bench, other)
    assert holds(bench) == (a_hold(), other)
