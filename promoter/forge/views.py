"""What the local forge's refs mean: a proposal's state, and whether a status has to be written anew."""

from __future__ import annotations

from collections.abc import Collection

from promoter.core.actions import EVIDENCE_TTL
from promoter.core.proposals import ProposalState, ProposalView, Status
from promoter.forge.protocol import NewProposal
from promoter.forge.shelf import Kept


def is_due(known: Status | None, status: Status) -> bool:
    """Whether the status on record has to be written anew; never by evidence that is older."""
    if known is None:
        return True
    if status.evidence_at < known.evidence_at:
        return False
    if (known.state, known.summary) != (status.state, status.summary):
        return True
    return status.evidence_at - known.evidence_at >= EVIDENCE_TTL / 2


def view_of(kept: Kept, merged: Collection[str] = ()) -> ProposalView:
    """A recorded proposal as the rest of the program sees it. `merged`: commits that base has."""
    record = kept.record
    assert record is not None  # noqa: S101 - callers have seen it
    state = ProposalState(record.state)
    if state is ProposalState.OPEN and record.made in merged:
        state = ProposalState.MERGED
    elif state is ProposalState.OPEN and kept.head is None:
        state = ProposalState.CLOSED
    closed = state is ProposalState.CLOSED
    return ProposalView(
        branch=record.branch,
        rollout=record.rollout,
        candidate=record.candidate,
        identity=record.identity,
        kind=record.kind,
        state=state,
        made=record.made,
        base=record.base,
        began=record.began,
        head=kept.head,
        digest=record.digest,
        draft=record.draft,
        status=record.status,
        closed_at=record.opened_at if closed else record.ended_at,
        closed_by="someone who deleted its branch" if closed else "",
    )


def hands_off(new: NewProposal, kept: Kept) -> ProposalView:
    """A branch of this name that a human made or pushed to."""
    return view_of(kept) if kept.record is not None else new.taken(kept.head)
