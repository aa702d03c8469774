"""Pull requests as proposals: which are the bot's own, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from promoter.core.proposals import ProposalKind, ProposalState, ProposalView
from promoter.forge.github.answers import Head, PullRequest
from promoter.forge.github.identity import Identity
from promoter.forge.github.record import ProposalRecord, read_proposal_record
from promoter.forge.github.statuses import read_status

PREFIX = "promoter/"
_KINDS = (  # by the branch, where the record was edited away
    ("rollback-", ProposalKind.REVERT),
    ("introduce-", ProposalKind.INTRODUCTION),
    ("finish-", ProposalKind.FINISH),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request of the bot's own, with its branch's commit (None: deleted) and its record, if readable."""

    pull: PullRequest
    head: Head | None
    record: ProposalRecord | None

    @property
    def branch(self) -> str:
        """Its branch."""
        return self.pull.head_ref_name

    @property
    def is_open(self) -> bool:
        """It can be merged or closed."""
        return self.pull.state == "OPEN"

    @property
    def untouched(self) -> bool:
        """Its branch is what the bot made."""
        return self.head is not None and self.head.oid == self.made

    @property
    def made(self) -> str:
        """The commit of the bot's that the branch should be at; "" where the record was edited away."""
        if self.record is None:
            return ""
        before = self.record.previous
        return before if before and self.head and self.head.oid == before else self.record.made


def rollout_of(branch: str) -> str | None:
    """The rollout that a branch of a proposal is about; None for other branches."""
    parts = branch.split("/")
    return parts[1] if len(parts) == 3 and parts[0] == "promoter" and all(parts) else None  # noqa: PLR2004


def ours(identity: Identity, base: str, pulls: Iterable[PullRequest]) -> list[PullRequest]:
    """Those that the bot opened itself, from this repository, into base."""
    return [
        pull
        for pull in pulls
        if identity.is_us(pull.author)
        and not pull.is_cross_repository
        and pull.base_ref_name == base
        and rollout_of(pull.head_ref_name)
    ]


def newest(pulls: Iterable[PullRequest], heads: Mapping[str, Head]) -> dict[str, Pull]:
    """The one that counts of each branch: the open one, else the last that was opened."""
    chosen: dict[str, PullRequest] = {}
    for pull in pulls:
        known = chosen.get(pull.head_ref_name)
        if known is None or _rank(pull) > _rank(known):
            chosen[pull.head_ref_name] = pull
    return {branch: with_head(pull, heads.get(branch)) for branch, pull in chosen.items()}


def with_head(pull: PullRequest, head: Head | None) -> Pull:
    """One with its branch's commit; a record about another branch's rollout is none."""
    record = read_proposal_record(pull.body)
    if record is not None and record.rollout != rollout_of(pull.head_ref_name):
        record = None
    return Pull(pull=pull, head=head, record=record)


def _rank(pull: PullRequest) -> tuple[bool, int]:
    return (pull.state == "OPEN", pull.number)


def view_of(identity: Identity, pull: Pull) -> ProposalView:
    """A pull request as the rest of the program sees it.

    One whose record was edited away is a human's from then on: `made` is empty, so that it counts as touched.
    """
    record, found = pull.record, pull.pull
    state = _state(identity, pull)
    closing = found.closing if state in (ProposalState.CLOSED, ProposalState.WITHDRAWN) else None
    closer = closing.actor if closing else None
    plain = record is not None and record.plain
    return ProposalView(
        branch=pull.branch,
        rollout=rollout_of(pull.branch) or "",
        candidate=record.candidate if record else "",
        identity=record.identity if record else "",
        kind=record.kind if record else _kind(pull.branch),
        state=state,
        made=pull.made,
        base=record.base if record else "",
        began=record.began if record else "",
        head=pull.head.oid if pull.head else None,
        digest=record.digest if record else "",
        draft=found.is_draft or (plain and pull.is_open),
        status=read_status(identity, pull.head) if pull.head else None,
        closed_at=found.closed_at if state is not ProposalState.OPEN else None,
        closed_by=closer.name if closer and state is ProposalState.CLOSED else "",
        url=found.url,
    )


def _state(identity: Identity, pull: Pull) -> ProposalState:
    match pull.pull.state:
        case "OPEN":
            return ProposalState.OPEN
        case "MERGED":
            return ProposalState.MERGED
        case "CLOSED":
            closing = pull.pull.closing
            by_us = closing is not None and identity.is_us(closing.actor)
            return ProposalState.WITHDRAWN if by_us else ProposalState.CLOSED


def _kind(branch: str) -> ProposalKind:
    last = branch.rpartition("/")[2]
    return next((kind for start, kind in _KINDS if last.startswith(start)), ProposalKind.PROMOTION)
