"""Pull requests from branches of our names in strangers' forks: many of them hide nothing of the bot's own."""

from __future__ import annotations

import pytest

from promoter.core.proposals import Health, ProposalState, ProposalView
from promoter.errors import ForgeError
from promoter.forge.github import desk
from tests.contracts.github_bench import GitHubBench
from tests.contracts.test_forge import BRANCH, a_new, a_status, the_proposal
from tests.fakes.github.hub import BOT
from tests.fakes.github.site import Site
from tests.git_repository import minute

READ = "graphql:Branch"


def proposed(bench: GitHubBench, flood: int) -> ProposalView:
    view = bench.forge().ensure_proposal(a_new(bench))
    flooded(bench, flood)
    return view


def flooded(bench: GitHubBench, count: int) -> None:
    bench.hub.keep = 0  # nothing reads late here
    Site(bench.hub, bench.github, bench.place).flood(BRANCH, count)
    bench.github.log.clear()


def reads(bench: GitHubBench) -> int:
    return [request.operation for request in bench.github.log].count(READ)


def test_a_status_reaches_the_proposal_in_a_flood_with_one_look(bench: GitHubBench) -> None:
    view = proposed(bench, 60)
    bench.forge().ensure_status(view, a_status(Health.FAILURE))
    assert reads(bench) == 1
    assert the_proposal(bench).status == a_status(Health.FAILURE)


def test_a_proposal_is_withdrawn_in_a_flood(bench: GitHubBench) -> None:
    view = proposed(bench, 60)
    pull = bench.pull(BRANCH)
    bench.forge().ensure_closed(view, why="out of date", at=minute(12))
    assert (pull.state, pull.closed_by, bench.head(BRANCH)) == ("closed", BOT, None)


@pytest.mark.parametrize(("flood", "pages"), [(49, 1), (50, 2), (120, 3)])
def test_a_veto_whose_branch_is_gone_is_found_behind_a_flood(
    bench: GitHubBench, flood: int, pages: int
) -> None:
    forge = bench.forge()
    forge.read(["yolo"])
    bench.forge().ensure_proposal(a_new(bench))
    bench.hub.close(bench.pull(BRANCH), "grace")
    bench.delete(BRANCH)
    flooded(bench, flood)
    assert forge.ensure_proposal(a_new(bench)).state is ProposalState.CLOSED
    assert reads(bench) == pages
    assert bench.head(BRANCH) is None


def test_a_flood_too_long_to_read_stops_that_proposal_and_is_told(
    bench: GitHubBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "_MOST_PAGES", 2)
    flooded(bench, 100)
    assert bench.forge().ensure_proposal(a_new(bench)).state is ProposalState.OPEN
    bench.hub.close(bench.pull(BRANCH), "grace")
    bench.delete(BRANCH)
    flooded(bench, 100)
    with pytest.raises(ForgeError, match="too many pull requests of others"):
        bench.forge().ensure_proposal(a_new(bench))
    assert bench.head(BRANCH) is None


def test_what_strangers_stir_up_does_not_hide_an_open_proposal_of_the_fleet(bench: GitHubBench) -> None:
    """Withdrawn ones of the same branch: a comment makes each the one that was updated last."""
    for minutes in (10, 20, 30):
        bench.at(minutes)
        view = bench.forge().ensure_proposal(a_new(bench, at=minute(minutes)))
        bench.forge().ensure_closed(view, why="out of date", at=minute(minutes))
    bench.at(40)
    bench.forge().ensure_proposal(a_new(bench, at=minute(40)))
    bench.at(50)
    for pull in bench.hub.state.pulls():
        if pull.state == "closed":
            bench.hub.comment(pull, "mallory", "why?")
    assert the_proposal(bench).state is ProposalState.OPEN
