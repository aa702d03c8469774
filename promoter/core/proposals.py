"""A rollout's proposals as the forge shows them, and which of them a human vetoed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from promoter.core.holds import Hold, HoldKind
from promoter.core.timeline import may_be_same

_SOMETIME = datetime(1970, 1, 1, tzinfo=UTC)


class ProposalKind(StrEnum):
    """What a proposal carries."""

    PROMOTION = "promotion"
    REVERT = "revert"
    INTRODUCTION = "introduction"  # another image behind the candidate, at the first step
    FINISH = "finish"  # the candidate's image becomes the stable one, its weight returns to 0


class ProposalState(StrEnum):
    """Where a proposal stands on the forge."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"  # unmerged, by a human
    WITHDRAWN = "withdrawn"  # unmerged, by the bot: stale


class Health(StrEnum):
    """The state of the commit status `rollout/health`."""

    SUCCESS = "success"
    PENDING = "pending"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The current verdict on a proposal's head, written only when it changes.

    `evidence_at` is when the evidence was judged: it expires `evidence_ttl` later.
    """

    state: Health
    summary: str
    evidence_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """One proposal of ours on the forge, found by its deterministic branch.

    `head` is the branch's commit; `made` the commit the bot put there: where they differ a human has
    pushed, and the bot keeps its hands off. `base` is the parent of `made`. `began` is the commit of the
    step it starts from; of an introduction, the one that brought the candidate it replaces. `identity` names the candidate by what ran behind it then. `draft` proposals wait
    for a human to ask for them.
    """

    branch: str
    rollout: str
    candidate: str
    identity: str
    kind: ProposalKind
    state: ProposalState
    made: str
    base: str
    began: str
    head: str | None
    digest: str = ""  # sha256 of the evidence JSON it was opened with
    draft: bool = False
    status: Status | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    url: str = ""

    @property
    def touched(self) -> bool:
        """A human has pushed to its branch."""
        return self.head is not None and self.head != self.made


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeView:
    """Everything the forge knows about one rollout."""

    proposals: tuple[ProposalView, ...] = ()
    holds: tuple[Hold, ...] = ()

    def open(self, kind: ProposalKind) -> tuple[ProposalView, ...]:
        """The open proposals of one kind."""
        return tuple(p for p in self.proposals if p.kind is kind and p.state is ProposalState.OPEN)


def vetoes(proposals: Iterable[ProposalView], *, rollout: str, identity: str, began: str) -> tuple[Hold, ...]:
    """The veto of the step that began at commit `began`: its promotion, closed unmerged by a human.

    One closed more than once (under another ladder, or after a resume) counts from the last time.
    """
    found = [
        Hold(
            rollout=rollout,
            candidate=identity,
            kind=HoldKind.VETO,
            commit=proposal.began,
            since=proposal.closed_at or _SOMETIME,  # closed is closed, though the forge may not say when
            by=proposal.closed_by or "someone",
            reason=f"closed {proposal.branch} unmerged",
        )
        for proposal in proposals
        if proposal.kind is ProposalKind.PROMOTION
        and proposal.state is ProposalState.CLOSED
        and may_be_same(proposal.identity, identity)
        and proposal.began == began
    ]
    return tuple(sorted(found, key=lambda hold: hold.since)[-1:])
