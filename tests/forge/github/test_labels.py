"""The label of a hold issue is for finding it: without it the bot's own holds stand all the same."""

from __future__ import annotations

import pytest

from promoter.core.holds import HoldKind
from promoter.forge.protocol import NotYet
from tests.contracts.github_bench import GitHubBench
from tests.contracts.test_forge import a_hold, a_merge, a_new
from tests.fakes.github.faults import Fault
from tests.fakes.github.hub import BOT, CI
from tests.fakes.github.state import Item
from tests.forge.github.test_holds import held, holds, stands, writes
from tests.git_repository import minute

LABEL = "rollout:hold"


def bare(bench: GitHubBench, by: str = "tim") -> Item:
    """A hold issue whose label somebody took away."""
    issue = held(bench)
    bench.hub.relabel(issue, [], by)
    return issue


@pytest.mark.parametrize("who", ["tim", "ada", CI])
def test_a_hold_without_its_label_stands_and_gets_it_back(bench: GitHubBench, who: str) -> None:
    issue = bare(bench, who)
    assert holds(bench) == (a_hold(),)
    assert issue.labels == []  # who only looks changes nothing
    (note,) = bench.forge().recover()
    assert f"hold issue {issue.number} had lost its label" in note
    assert issue.labels == [LABEL]
    assert bench.forge().recover() == ()
    assert holds(bench) == (a_hold(),)


def test_a_label_deleted_from_the_repository_lifts_none_of_many_holds(bench: GitHubBench) -> None:
    body = held(bench).body
    for count in range(120):
        bench.hub.new_issue(BOT, "frozen", body.replace("ab" * 20, f"{count:040x}"))
    assert len(holds(bench)) == 121


def test_a_hold_that_cannot_be_labelled_again_stands_and_it_is_told(bench: GitHubBench) -> None:
    bare(bench)
    bench.github.faults.append(Fault("POST", "/labels$", status=422, message="Validation Failed"))
    (note,) = bench.forge().recover()
    assert "stands without its label" in note
    assert stands(bench)


def test_a_hold_that_lost_its_label_is_not_recorded_twice(bench: GitHubBench) -> None:
    issue = bare(bench)
    held(bench)
    assert bench.issues() == [issue]


def test_without_its_label_a_hold_is_lifted_by_closing_and_by_whom_that_counts_for(
    bench: GitHubBench,
) -> None:
    issue = bare(bench)
    bench.hub.close(issue, "mallory", force=True)
    assert stands(bench)
    bench.forge().recover()
    assert (issue.state, issue.labels) == ("open", [LABEL])
    bench.hub.relabel(issue, [], "tim")
    bench.at(30)
    bench.hub.close(issue, "tim")
    for _ in range(2):
        (hold,) = holds(bench)
        assert hold.lifted is not None
        assert (hold.lifted.by, hold.lifted.when) == ("tim", minute(30))
        bench.forge().recover()
    before = writes(bench)
    assert bench.forge().recover() == ()
    assert writes(bench) == before  # a lifted one needs no label


def test_a_lifted_hold_without_its_label_opens_again_where_it_comes_again(bench: GitHubBench) -> None:
    issue = held(bench)
    bench.at(30)
    bench.hub.close(issue, "tim")
    bench.forge().recover()
    bench.hub.relabel(issue, [], "tim")
    bench.forge().ensure_hold(a_hold(since=minute(40)), evidence="", body="# again\n")
    assert bench.issues() == [issue]
    assert [hold.lifted is None for hold in holds(bench)] == [False, True]


def test_other_issues_of_the_same_account_are_no_holds(bench: GitHubBench) -> None:
    bench.hub.new_issue(BOT, "Dependency dashboard", "of another workflow, under the same account")
    assert holds(bench) == ()
    assert bench.forge().recover() == ()


def test_a_humans_own_pause_holds_while_it_is_labelled(bench: GitHubBench) -> None:
    bench.hub.token("ghp_grace", "grace", "classic")
    pause = a_hold(HoldKind.PAUSE, candidate="", by="grace", reason="visitors")
    bench.forge("ghp_grace", bot=BOT).ensure_hold(pause, evidence="", body="# paused\n")
    (issue,) = bench.issues()
    assert holds(bench) == (pause,)
    bench.hub.relabel(issue, [], "tim")
    assert holds(bench) == ()


def test_a_hold_that_came_meanwhile_stops_a_merge_with_and_without_its_label(bench: GitHubBench) -> None:
    forge = bench.forge()
    forge.read(["yolo"])
    proposal = forge.ensure_proposal(a_new(bench))
    bare(bench)
    done = forge.merge(a_merge(bench, proposal))
    assert done == NotYet("a hold was recorded meanwhile")
