"""What the tests of actions share: one tick as a call, and proposals as the forge shows them."""

from __future__ import annotations

from datetime import timedelta

from promoter.core.actions import Action, Propose, actions_for
from promoter.core.branches import promotion_branch, rollback_branch
from promoter.core.decide import decide
from promoter.core.holds import Hold
from promoter.core.judge.verdict import Outcome
from promoter.core.proposals import ForgeView, Health, ProposalKind, ProposalState, ProposalView, Status
from tests.build import AT, a_health, a_proposal, a_situation, a_split, a_verdict

PASS, FAIL, OPEN = (a_verdict(outcome) for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE))
MINUTE = timedelta(minutes=1)
HERE = a_situation()
PROMOTION = promotion_branch(HERE, a_split(20))
REVERT = rollback_branch(HERE)
CLOSED = {"state": ProposalState.CLOSED, "head": None}


def after(*verdicts: object, **changes: object) -> tuple[Action, ...]:
    """The actions of one tick over this situation and these verdicts."""
    situation = a_situation(**changes)  # type: ignore[arg-type]
    health = a_health(*verdicts)  # type: ignore[arg-type]
    return actions_for(situation, health, decide(situation, health))


def seeing(*proposals: ProposalView, holds: tuple[Hold, ...] = ()) -> ForgeView:
    return ForgeView(proposals=proposals, holds=holds)


def a_status(state: Health = Health.SUCCESS, age: timedelta = timedelta(0)) -> Status:
    return Status(state=state, summary="", evidence_at=AT - age)


def a_revert(**changes: object) -> ProposalView:
    return a_proposal(**{"branch": REVERT, "kind": ProposalKind.REVERT, "draft": True} | changes)


def kinds(actions: tuple[Action, ...]) -> list[type]:
    return [type(action) for action in actions]


def only_proposal(actions: tuple[Action, ...]) -> Propose:
    (found,) = (action for action in actions if isinstance(action, Propose))
    return found


STALE = a_proposal(branch="promoter/yolo/v9-gray-1-to-5-000000002", began="2" * 40)
