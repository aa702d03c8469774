"""A fleet larger than a page: every branch is read, in few requests, whatever happens meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

from promoter.core.proposals import ProposalState, ProposalView
from promoter.errors import ForgeError
from promoter.forge.github import lists
from promoter.forge.github.forge import GitHubForge
from promoter.forge.github.lists import _even
from tests.contracts.github_bench import GitHubBench
from tests.contracts.test_forge import a_new
from tests.fakes.github import faults
from tests.fakes.github.faults import Fault
from tests.fakes.github.hub import BOT
from tests.fakes.github.state import Pull

LISTED, FLEET = r"matching-refs/heads/promoter$", r"^query Fleet"
RESOURCES = {
    "data": {"named0": [None], "repository": None},
    "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."}],
}
TIMEOUT = {"errors": [{"message": "Something went wrong while executing your query."}]}


def name(number: int, rollout: str = "yolo") -> str:
    return f"promoter/{rollout}/v9-5-to-20-{number:09x}"


def waiting(bench: GitHubBench, count: int, *, begin: int = 0) -> None:
    """So many open proposals, the first of them made by the bot and the others like it."""
    hub, first = bench.hub, bench.hub.state.items.get(1)
    hub.keep = 0  # nothing reads late here
    if first is None:
        bench.forge().ensure_proposal(a_new(bench, branch=name(begin)))
        first, begin, count = bench.pull(name(begin)), begin + 1, count - 1
    assert isinstance(first, Pull)
    wanted = range(begin, begin + count)
    hub.bare.update((f"refs/heads/{name(number)}", first.head, None) for number in wanted)
    hub.state.refs = hub.bare.refs()
    for number in wanted:
        made = replace(first, number=100 + number, id=5000 + number, head_ref=name(number), events=[])
        hub.state.items[made.number] = made
    bench.github.log.clear()


def ended(bench: GitHubBench, count: int) -> None:
    """So many ended pull requests of others, newer than everything else: the list of ended ones is full."""
    first = bench.hub.state.items[1]
    assert isinstance(first, Pull)
    bench.at(60)
    for number in range(count):
        made = replace(first, number=9000 + number, id=90_000 + number, head_ref=f"fix-{number}", events=[])
        bench.hub.state.items[made.number] = made
        bench.hub.close(made, "grace")


def seen(bench: GitHubBench, forge: GitHubForge | None = None) -> Mapping[str, ProposalView]:
    found = (forge or bench.forge()).read(["yolo"])["yolo"].proposals
    assert len({view.branch for view in found}) == len(found)
    return {view.branch: view for view in found}


def requests(bench: GitHubBench) -> Mapping[str, int]:
    return Counter(request.operation for request in bench.github.log)


@pytest.mark.parametrize(
    ("count", "lists", "fleets"), [(100, 0, 1), (101, 1, 1), (350, 1, 1), (351, 1, 2), (450, 1, 2)]
)
def test_a_fleet_larger_than_a_page_is_listed_and_then_read_many_at_once(
    bench: GitHubBench, count: int, lists: int, fleets: int
) -> None:
    waiting(bench, count)
    found = seen(bench)
    assert set(found) == {name(number) for number in range(count)}
    assert {view.state for view in found.values()} == {ProposalState.OPEN}
    assert len({view.head for view in found.values()}) == 1
    assert requests(bench) == {
        "graphql:Start": 1,
        "graphql:Fleet": fleets,
        **({"git/list-matching-refs": lists} if lists else {}),
    }


def test_a_thousand_that_wait_are_five_requests_from_the_login_on(bench: GitHubBench) -> None:
    waiting(bench, 1000)
    forge = bench.forge()
    assert forge.recover() == ()
    assert len(seen(bench, forge)) == 1000
    assert len(bench.github.log) == 5
    assert not bench.github.writes()


def test_requests_are_of_even_size() -> None:
    assert [_even(total) for total in (0, 1, 350, 351, 450, 1000, 1050, 1051)] == [
        *(0, 1, 350, 176, 225, 334, 350, 263)
    ]


def test_a_veto_on_any_page_is_seen_though_the_ended_ones_are_too_many_to_list(bench: GitHubBench) -> None:
    waiting(bench, 450)
    for number in (7, 222, 449):
        bench.hub.close(bench.pull(name(number)), "grace")
    ended(bench, 60)
    found = seen(bench)
    assert len(found) == 450
    closed = {branch: view for branch, view in found.items() if view.state is ProposalState.CLOSED}
    assert set(closed) == {name(7), name(222), name(449)}
    assert {view.closed_by for view in closed.values()} == {"grace"}
    assert requests(bench)["graphql:Fleet"] == 3  # those that were found last have a request of their own


def test_another_ones_open_pull_request_does_not_hide_a_veto(bench: GitHubBench) -> None:
    waiting(bench, 120)
    bench.hub.close(bench.pull(name(5)), "grace")
    bench.hub.open_pull("grace", head=name(5), title="mine", body="")
    ended(bench, 60)
    assert seen(bench)[name(5)].state is ProposalState.CLOSED


def test_a_branch_of_a_rollout_that_is_gone_is_seen_too(bench: GitHubBench) -> None:
    waiting(bench, 120)
    gone = name(1, "gone")
    bench.forge().ensure_proposal(a_new(bench, branch=gone, rollout="gone"))
    bench.hub.close(bench.pull(gone), BOT)
    ended(bench, 60)
    assert bench.forge().recover() == ()
    assert bench.head(gone) is None
    assert bench.head(name(119)) is not None


def test_one_that_is_deleted_after_it_was_listed_is_seen_as_what_it_is_then(bench: GitHubBench) -> None:
    waiting(bench, 450)
    deleted = Fault(path=FLEET, before=lambda: bench.delete(name(100)))
    bench.github.faults.append(deleted)
    found = seen(bench)
    assert deleted.hits == 1
    assert len(found) == 450
    assert (found[name(100)].state, found[name(100)].head) == (ProposalState.CLOSED, None)
    # Asked for in vain, and then all are read in order.
    assert requests(bench) == {"graphql:Start": 1, "git/list-matching-refs": 1, "graphql:Fleet": 1 + 5}


def test_one_that_is_deleted_between_two_requests_is_seen_as_what_it_is_then(bench: GitHubBench) -> None:
    waiting(bench, 450)
    bench.github.faults.append(Fault(path=FLEET, skip=1, before=lambda: bench.delete(name(449))))
    found = seen(bench)
    assert len(found) == 450
    assert found[name(449)].state is ProposalState.CLOSED


def test_one_that_is_made_after_they_were_listed_is_seen(bench: GitHubBench) -> None:
    waiting(bench, 450)
    bench.github.faults.append(Fault(path=FLEET, before=lambda: waiting(bench, 1, begin=450)))
    assert set(seen(bench)) == {name(number) for number in range(451)}


def test_a_list_that_is_too_short_is_not_believed(bench: GitHubBench) -> None:
    waiting(bench, 450)
    refs = [{"ref": f"refs/heads/{name(n)}", "node_id": f"REF_refs/heads/{name(n)}"} for n in range(100)]
    bench.github.faults.append(Fault("GET", LISTED, status=200, body=refs))
    assert len(seen(bench)) == 450


def test_a_branch_that_is_not_shown_is_not_taken_for_none(bench: GitHubBench) -> None:
    waiting(bench, 101)
    shown = {
        "data": {"repository": {"counted": {"totalCount": 101}}, "named0": [None] * 100, "named1": [None]}
    }
    bench.github.faults.append(Fault(path=FLEET, status=200, body=shown))
    assert len(seen(bench)) == 101


def test_branches_that_only_begin_alike_are_none_of_ours(bench: GitHubBench) -> None:
    waiting(bench, 101)
    bench.branch("promoters/yolo/x")
    bench.branch("promoter-next")
    assert len(seen(bench)) == 101
    assert requests(bench)["graphql:Fleet"] == 1


@pytest.mark.parametrize(
    "fault",
    [
        faults.server_error(FLEET),
        faults.server_error(FLEET, status=504),
        faults.dropped(FLEET),
        Fault(path=FLEET, status=200, body=TIMEOUT),
        Fault(path=FLEET, status=200, body=RESOURCES),
    ],
    ids=["502", "504", "no answer", "time-out", "resources"],
)
def test_what_is_too_much_for_github_is_asked_in_smaller_requests(bench: GitHubBench, fault: Fault) -> None:
    waiting(bench, 450)
    forge = bench.forge()
    slept: list[float] = []
    forge._desk.api.sleep = slept.append
    bench.github.faults.append(replace(fault, times=1))
    assert len(seen(bench, forge)) == 450
    assert slept == []
    answered = [r for r in bench.github.log if r.operation == "graphql:Fleet"]
    assert len(answered) == 5  # of 112, instead of 225


def test_a_github_that_answers_nothing_is_given_up(bench: GitHubBench) -> None:
    waiting(bench, 450)
    forge = bench.forge()
    forge._desk.api.sleep = lambda _: None
    bench.github.faults.append(faults.server_error(FLEET, times=99))
    with pytest.raises(
        ForgeError, match="cannot read branches, pull requests and holds: GitHub answered 502"
    ):
        forge.read(["yolo"])
    assert bench.github.faults[0].hits == 2 + 3  # of 225 and 112 once, of 100 as every read


def test_more_than_can_be_read_is_an_error_and_no_silence(bench: GitHubBench) -> None:
    waiting(bench, 101)
    refs = [{"ref": f"refs/heads/{name(n)}", "node_id": f"REF_{n}"} for n in range(4001)]
    bench.github.faults.append(Fault("GET", LISTED, status=200, body=refs))
    with pytest.raises(ForgeError, match="more than 4,000 branches below promoter/"):
        seen(bench)


def test_as_many_ended_ones_as_can_be_read_are_read(
    bench: GitHubBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is asked for twice, which counts for no page of a list."""
    monkeypatch.setattr(lists, "_MOST_PAGES", 2)
    waiting(bench, 200)
    for pull in bench.hub.state.pulls():
        bench.hub.close(pull, "grace")
    ended(bench, 60)
    found = seen(bench)
    assert set(found) == {name(number) for number in range(200)}
    assert {view.state for view in found.values()} == {ProposalState.CLOSED}
    assert requests(bench) == {"graphql:Start": 1, "git/list-matching-refs": 1, "graphql:Fleet": 3}


def test_holds_are_read_along_with_the_branches(bench: GitHubBench) -> None:
    waiting(bench, 450)
    for number in range(120):
        issue = bench.hub.new_issue(BOT, "x", "its record is edited away", ["rollout:hold"])
        if number % 2:
            bench.hub.close(issue, "grace")
    view = bench.forge().read(["yolo"])["yolo"]
    assert (len(view.proposals), len(view.holds)) == (450, 60)
    assert requests(bench)["graphql:Fleet"] == 2  # of the closed ones the second page, too
