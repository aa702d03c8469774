"""What acting needs of a forge. Every writer converges: done twice is done once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from promoter.core.holds import Hold
from promoter.core.proposals import ForgeView, ProposalKind, ProposalState, ProposalView, Status
from promoter.errors import ForgeError
from promoter.proposal.pages import Pages

HELD = "a hold was recorded meanwhile"


class HeldError(ForgeError):
    """Somebody has stopped the rollout since this tick has read: what would raise its weight was not written."""

    def __init__(self) -> None:
        super().__init__(HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a proposal says, finished: the forge adds nothing of its own.

    `message` is the commit's, trailers included; `title` and `body` (markdown) are the proposal's. `evidence` is
    the JSON text that the decision was based on.
    """

    message: str
    title: str
    body: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProposal:
    """One promotion or revert.

    `files` has the whole new content of each file that changes, by its path, on top of the commit `base`:
    one commit changes them all, and nothing else. Each exists there as a regular file, and one of them at
    least becomes another. Where an open proposal already has these contents, its body and evidence are
    rewritten only if `refresh` says so. `words` are asked for only where something is written: most ticks
    find every proposal as it should be, and composing a text takes longer than looking.
    """

    branch: str
    rollout: str
    candidate: str
    identity: str
    kind: ProposalKind
    began: str
    base: str
    files: Mapping[str, bytes]
    words: Callable[[], Words]
    draft: bool
    refresh: bool
    at: datetime

    def taken(self, head: str | None) -> ProposalView:
        """Its branch as somebody else made it: the bot keeps its hands off."""
        return ProposalView(
            branch=self.branch,
            rollout=self.rollout,
            candidate=self.candidate,
            identity=self.identity,
            kind=self.kind,
            state=ProposalState.OPEN,
            made="",
            base=self.base,
            began=self.began,
            head=head,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequest:
    """Merge this proposal into base, which is still at `base`, so that its files then hold these contents.

    `message` is the merge commit's, trailers included.
    """

    proposal: ProposalView
    base: str
    files: Mapping[str, bytes]
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """Done: the commit that base is at now. `note` is what people should know about it, "" for nothing."""

    commit: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Not merged this time; nothing was changed and the next tick looks again."""

    reason: str


class Forge(Protocol):
    """Where proposals, statuses and holds live."""

    name: str

    @property
    def pages(self) -> Pages | None:
        """Where people look and press; None where there is no site."""
        ...

    def recover(self) -> tuple[str, ...]:
        """Finish what a killed tick left half done; what could not be finished, in words."""
        ...

    def read(self, rollouts: Collection[str]) -> Mapping[str, ForgeView]:
        """Everything known about these rollouts, in a fixed number of calls. An entry for each."""
        ...

    def ensure_proposal(self, new: NewProposal) -> ProposalView:
        """Open the proposal, refresh its body, or rebuild it on `base` where its content is out of date.

        A proposal that a human pushed to is returned as it is, `touched`; one that a human closed is
        opened again (the caller has seen to it that its veto was lifted); one that was merged meanwhile is
        returned as it is. Raises HeldError where the rollout was stopped meanwhile, and it is no revert.
        """
        ...

    def ensure_status(self, proposal: ProposalView, status: Status) -> None:
        """The proposal's head carries this status, unless it has ended.

        Raises ForgeError where there is none; HeldError for a success where the rollout was stopped meanwhile.
        """
        ...

    def merge(self, request: MergeRequest) -> Merged | NotYet:
        """Merge if the proposal's head is still the verified one and base has not moved."""
        ...

    def ensure_closed(self, proposal: ProposalView, *, why: str, at: datetime) -> None:
        """The bot withdraws its own proposal; one that a human pushed to stays. Raises ForgeError for none."""
        ...

    def ensure_hold(self, hold: Hold, *, evidence: str, body: str) -> None:
        """The hold stands on record, with its evidence JSON and its markdown body."""
        ...

    def lift_hold(self, hold: Hold) -> None:
        """The hold, whose `lifted` is set, is on record as lifted by a human."""
        ...

    def dispatch(self, event: str, hold: Hold, evidence: str) -> None:
        """Send an event about a new hold to whoever listens. Raises ForgeError where that cannot be done."""
        ...
