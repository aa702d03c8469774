"""Proposals as pull requests: opened, refreshed, rebuilt, closed. Every writer converges."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from promoter.core.holds import HoldKind
from promoter.core.proposals import ProposalKind, ProposalState, ProposalView
from promoter.errors import ForgeError, PromoterError
from promoter.forge.github.answers import Head
from promoter.forge.github.checked import Checked
from promoter.forge.github.desk import Desk, Found
from promoter.forge.github.documents import DRAFT, READY
from promoter.forge.github.fleet import Look, held_since
from promoter.forge.github.opening import Opening, title_of
from promoter.forge.github.pulls import Pull, rollout_of, view_of
from promoter.forge.github.record import ProposalRecord, proposal_body
from promoter.forge.protocol import HeldError, NewProposal
from promoter.proposal.evidence_json import digest as digest_of
from promoter.repo.refs import branch_ref

_TRIES = 3


@dataclass(slots=True)
class Proposals:
    """The bot's pull requests into base. `seen` is what this tick has read before it decided."""

    desk: Desk
    checked: Checked
    seen: Look | None = None

    def ensure(self, new: NewProposal) -> ProposalView:
        """Open, refresh, rebuild or open again; see the protocol."""
        if rollout_of(new.branch) != new.rollout:
            raise ForgeError(f"{new.branch!r} is no branch for a proposal of {new.rollout}")
        branch_ref(new.branch)
        as_seen = self._as_seen(new)
        if as_seen is not None:
            return as_seen
        self.desk.api.begin(f"open {new.branch}")
        for _ in range(_TRIES):
            done = self._propose(new, self._look(new))
            if done is not None:
                return done
        raise ForgeError(f"{new.branch} was changed by others {_TRIES} times in a row", hint="run again")

    def _look(self, new: NewProposal) -> Found:
        """The branch now. Raises HeldError where nothing may be proposed any more."""
        found = self.desk.look(new.branch)
        held = held_since(self.seen, self.desk.identity, new.rollout, found.standing)
        if held and new.kind is not ProposalKind.REVERT:
            raise HeldError
        return found

    def _as_seen(self, new: NewProposal) -> ProposalView | None:
        """The proposal as this tick has read it, where nothing is to be written: then nobody looks again."""
        pull = self.seen.pulls.get(new.branch) if self.seen else None
        if new.refresh or pull is None or pull.head is None or not pull.is_open or not pull.untouched:
            return None
        known = pull.record
        settled = known is not None and known.made == pull.head.oid and not known.plain
        if not settled or pull.pull.is_draft != new.draft:
            return None
        return self._view(pull) if self.checked.parent(pull.head, new) else None

    def _propose(self, new: NewProposal, found: Found) -> ProposalView | None:
        """None where another run was faster: look again."""
        pull, head = found.pull, found.head
        if pull and pull.pull.state == "MERGED":
            return self._view(pull)  # another run was faster: this step is done
        if pull and self._is_closed_meanwhile(new, pull):
            return self._view(pull)  # by a human, after this tick has read: a veto that nobody lifted
        parent = self.checked.parent(head, new) if head else None
        if head and _is_touched(pull, parent):
            return self._view(pull) if pull and pull.is_open else new.taken(head.oid)
        if head and parent:
            return self._with_pull(new, pull, head, parent, mine=False)
        return self._build(new, pull, head)

    def _is_closed_meanwhile(self, new: NewProposal, pull: Pull) -> bool:
        view = self._view(pull)
        if self.seen is None or view.state is not ProposalState.CLOSED:
            return False
        before = self.seen.pulls.get(new.branch)
        if before is not None and before.pull.number == pull.pull.number:
            return before.pull.state != "CLOSED"
        return not _lifted_since(self.seen, new, view)

    def _build(self, new: NewProposal, pull: Pull | None, head: Head | None) -> ProposalView | None:
        """There is no commit yet that is what is wanted now: make it, and move the branch to it."""
        self.checked.refuse(new)
        if pull and pull.is_open and not head:
            return None  # GitHub is about to close it
        made = self.checked.make(new)
        if pull and pull.is_open and head:
            return self._rebuild(new, pull, head, made)
        moved = self.desk.move(new.branch, made, head.oid) if head else self.desk.create(new.branch, made)
        if not moved:
            return None
        return self._with_pull(new, pull, _head(made, new), new.base, mine=True)

    def _with_pull(
        self, new: NewProposal, pull: Pull | None, head: Head, base: str, *, mine: bool
    ) -> ProposalView | None:
        """The branch is right: so is the pull request afterwards. `mine`: the branch was moved just now."""
        known = pull.record if pull and pull.is_open else None
        if pull and known and known.made == head.oid and not new.refresh:
            return self._view(self._drafted(pull, new))
        record = _record(new, head.oid, base)
        if pull is None or not pull.is_open:
            if mine:
                self._look_again(new, head)
            opened = Opening(self.desk).open(new, record, head, mine=mine)
            return self._view(opened) if opened else None
        if known is not None:
            record = replace(record, plain=known.plain, draft=known.draft)
        return self._view(self._drafted(self._refresh(new, pull, record), new))

    def _look_again(self, new: NewProposal, head: Head) -> None:
        """Making the commit took several requests: who stops the rollout meanwhile is heard before it is opened."""
        try:
            self._look(new)
        except HeldError:
            with suppress(PromoterError):
                self.desk.move(new.branch, None, head.oid)
            raise

    def _refresh(self, new: NewProposal, pull: Pull, record: ProposalRecord) -> Pull:
        """Its words and its record, written where they say something else."""
        self.desk.keep(new.words().evidence)
        body, title = proposal_body(new.words().body, new.words().evidence, record), title_of(new)
        if (pull.pull.body, pull.pull.title) != (body, title):
            doing = f"refresh pull request {pull.pull.number}"
            payload = {"title": title, "body": body}
            self.desk.api.write("PATCH", f"/pulls/{pull.pull.number}", payload, doing)
        words = pull.pull.model_copy(update={"body": body, "title": title})
        return replace(pull, pull=words, record=record)

    def _rebuild(self, new: NewProposal, pull: Pull, head: Head, made: str) -> ProposalView | None:
        """Base's file changed: another commit on the same branch.

        The record learns of both commits before the branch moves: a kill in between leaves it the bot's own.
        """
        known = pull.record
        record = replace(_record(new, made, new.base), previous=head.oid)
        if known is not None:
            record = replace(record, plain=known.plain, draft=known.draft)
        fresh = self._refresh(new, pull, record)
        if not self.desk.move(new.branch, made, head.oid):
            return None
        return self._view(self._drafted(replace(fresh, head=_head(made, new)), new))

    def _drafted(self, pull: Pull, new: NewProposal) -> Pull:
        """A draft or not, as the proposal says now; a plain one becomes asked for by losing that mark.

        A promotion is opened ready, so one that is a draft was made one by a human: it waits for them.
        """
        by_human = pull.record is not None and not pull.record.draft
        if new.kind is not ProposalKind.REVERT and by_human and pull.pull.is_draft:
            return pull
        if pull.pull.is_draft != new.draft and not (pull.record and pull.record.plain):
            doing = f"make pull request {pull.pull.number} {'a draft' if new.draft else 'ready'}"
            self.desk.api.mutate(DRAFT if new.draft else READY, {"pullRequestId": pull.pull.id}, doing)
            return replace(pull, pull=pull.pull.model_copy(update={"is_draft": new.draft}))
        if pull.record and pull.record.plain and not new.draft:
            return self._refresh(new, pull, replace(pull.record, plain=False))
        return pull

    def _view(self, pull: Pull) -> ProposalView:
        return view_of(self.desk.identity, pull)


def _lifted_since(seen: Look, new: NewProposal, closed: ProposalView) -> bool:
    """Whether a veto of this step was lifted after this closing, which is too old to be listed."""
    lifts = [
        hold.lifted.when
        for item in seen.holds
        for hold in item.holds
        if hold.kind is HoldKind.VETO and hold.commit == new.began and hold.lifted
    ]
    return closed.closed_at is not None and any(when >= closed.closed_at for when in lifts)


def _is_touched(pull: Pull | None, parent: str | None) -> bool:
    """Somebody else made the branch, or pushed to it.

    One without a pull request is the bot's own only if it is exactly what the bot would make: a killed tick
    left it.
    """
    return parent is None if pull is None else not pull.untouched


def _record(new: NewProposal, made: str, base: str) -> ProposalRecord:
    return ProposalRecord(
        rollout=new.rollout,
        candidate=new.candidate,
        identity=new.identity,
        kind=new.kind,
        made=made,
        base=base,
        began=new.began,
        digest=digest_of(new.words().evidence),
    )


def _head(made: str, new: NewProposal) -> Head:
    """A commit that was just made: nothing is said about it yet."""
    return Head.model_validate(
        {"oid": made, "tree": {"oid": made}, "parents": {"nodes": [{"oid": new.base}]}, "status": None}
    )
