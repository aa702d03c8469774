"""proposals: what the forge shows, and which of them a human vetoed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ForgeView, ProposalKind, ProposalState, ProposalView, vetoes
from tests.build import AT, a_commit, a_proposal

BEGAN = a_commit(3).sha
CLOSED = a_proposal(state=ProposalState.CLOSED, head=None, closed_at=AT, closed_by="Bo")


def found(*proposals: ProposalView, identity: str = "v9-gray", began: str = BEGAN) -> tuple[Hold, ...]:
    return vetoes(proposals, rollout="yolo", identity=identity, began=began)


def test_a_promotion_that_a_human_closed_is_a_veto_of_its_step() -> None:
    (veto,) = found(CLOSED)
    assert (veto.kind, veto.commit, veto.candidate) == (HoldKind.VETO, BEGAN, "v9-gray")
    assert (veto.since, veto.by) == (AT, "Bo")
    assert CLOSED.branch in veto.reason


@pytest.mark.parametrize(
    "other",
    [
        a_proposal(),
        a_proposal(state=ProposalState.MERGED),
        a_proposal(state=ProposalState.WITHDRAWN),
        a_proposal(state=ProposalState.CLOSED, kind=ProposalKind.REVERT, closed_at=AT),
    ],
    ids=["open", "merged", "withdrawn by the bot", "a closed revert"],
)
def test_nothing_else_is_a_veto(other: ProposalView) -> None:
    assert found(other) == ()


def test_a_veto_is_of_one_step_of_one_candidate() -> None:
    assert found(CLOSED, began="0" * 40) == ()
    assert found(CLOSED, identity="v10-gray") == ()
    assert found(a_proposal(state=ProposalState.CLOSED, identity="v9-gray@a"), identity="v9-gray@b") == ()
    assert found(CLOSED, identity="v9-gray@a") != ()  # whose image was not known then


def test_closed_is_closed_though_the_forge_cannot_say_when_or_by_whom() -> None:
    (veto,) = found(a_proposal(state=ProposalState.CLOSED, head=None))
    assert veto.by == "someone"
    assert veto.since < AT


def test_a_step_closed_twice_is_one_veto_from_the_last_time() -> None:
    again = a_proposal(
        branch="promoter/yolo/v9-gray-5-to-10-000000000",
        state=ProposalState.CLOSED,
        closed_at=AT + timedelta(minutes=1),
    )
    for order in ((CLOSED, again), (again, CLOSED)):
        (veto,) = found(*order)
        assert veto.since == again.closed_at
        assert again.branch in veto.reason


def test_the_open_proposals_are_told_by_kind() -> None:
    promotion, revert = a_proposal(), a_proposal(branch="r", kind=ProposalKind.REVERT)
    view = ForgeView(proposals=(promotion, revert, CLOSED))
    assert view.open(ProposalKind.PROMOTION) == (promotion,)
    assert view.open(ProposalKind.REVERT) == (revert,)


def test_a_branch_is_touched_where_its_head_is_not_what_the_bot_made() -> None:
    assert not a_proposal().touched
    assert not a_proposal(head=None).touched  # gone is not pushed to
    assert a_proposal(head="d" * 40).touched
