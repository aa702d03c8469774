"""actions: what people proposed at a release's two ends stays open until it is out of date."""

from __future__ import annotations

import pytest

from promoter.core.actions import Withdraw
from promoter.core.branches import finish_branch, introduction_branch
from promoter.core.holds import HoldKind
from promoter.core.proposals import ProposalKind, ProposalView
from tests.build import a_commit, a_hold, a_proposal, a_situation
from tests.core.acting import FAIL, HERE, PASS, after, only_proposal, seeing

TOP = (0, 20, 100)


def an_introduction(**changes: object) -> ProposalView:
    branch = introduction_branch(HERE, "yolo:10")
    came = HERE.timeline.came.sha
    return a_proposal(**{"branch": branch, "kind": ProposalKind.INTRODUCTION, "began": came} | changes)


def a_finish(**changes: object) -> ProposalView:
    branch = finish_branch(a_situation(weights=TOP))
    return a_proposal(**{"branch": branch, "kind": ProposalKind.FINISH} | changes)


def withdrawn(*arguments: object, **changes: object) -> list[str]:
    found = after(*arguments, **changes)
    return [action.proposal.branch for action in found if isinstance(action, Withdraw)]


@pytest.mark.parametrize("verdict", [PASS, FAIL])
def test_an_introduction_stays_open_while_the_former_candidate_goes_on(verdict: object) -> None:
    assert withdrawn(verdict, view=seeing(an_introduction())) == []


def test_an_introduction_stays_open_at_zero_and_under_a_hold() -> None:
    assert withdrawn(view=seeing(an_introduction()), weights=(0, 0, 0)) == []
    assert withdrawn(view=seeing(an_introduction(), holds=(a_hold(),))) == []


def test_an_open_introduction_keeps_no_promotion_back() -> None:
    assert only_proposal(after(view=seeing(an_introduction()))).kind is ProposalKind.PROMOTION


def test_an_introduction_that_would_replace_a_former_candidate_is_withdrawn() -> None:
    stale = an_introduction(began="9" * 40)
    assert withdrawn(view=seeing(stale)) == [stale.branch]


def test_a_finish_stays_open_at_the_top() -> None:
    assert withdrawn(view=seeing(a_finish()), weights=TOP) == []


def test_a_finish_is_withdrawn_where_a_hold_stands_or_a_check_fails() -> None:
    pause = a_hold(HoldKind.PAUSE)
    assert withdrawn(view=seeing(a_finish(), holds=(pause,)), weights=TOP) == [a_finish().branch]
    assert withdrawn(FAIL, view=seeing(a_finish()), weights=TOP) == [a_finish().branch]


def test_a_finish_of_another_step_is_withdrawn() -> None:
    stale = a_finish(began=a_commit(1).sha)
    assert withdrawn(view=seeing(stale), weights=TOP) == [stale.branch]


@pytest.mark.parametrize("make", [an_introduction, a_finish])
def test_what_a_human_pushed_to_stays(make: object) -> None:
    touched = make(began="9" * 40, head="f" * 40)  # type: ignore[operator]
    assert withdrawn(view=seeing(touched), weights=TOP) == []
