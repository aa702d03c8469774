"""The local forge: proposals are branches, promotions are merges on base, records and holds are refs.

Every effect is one ref transaction that checks what it goes by, so a kill leaves all of it or none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ForgeView, ProposalState, ProposalView, Status
from promoter.errors import ForgeError, PromoterError, RepoError
from promoter.forge.content import Content
from promoter.forge.protocol import Merged, MergeRequest, NewProposal, NotYet
from promoter.forge.records import Ended, ProposalRecord, proposal_ref
from promoter.forge.shelf import Kept, Shelf, holds_ref, rollout_name
from promoter.forge.views import hands_off, is_due, view_of
from promoter.proposal.evidence_json import digest as digest_of
from promoter.repo.base import BaseRef, Repository
from promoter.repo.refs import RefChange, branch_ref, update_refs
from promoter.repo.work_tree import WorkTree, follow, work_trees

# + base: the commit that checkouts of base still show. A fact of this clone alone, so not below
# refs/promoter, which people share.
BEHIND = "refs/promoter-behind/"
_TRIES = 5  # how often a write is tried again after another process was faster
_T = TypeVar("_T")


class LocalForge:
    """Implements `Forge` on the refs of one repository."""

    name = "local"
    pages = None

    def __init__(self, repo: Repository, base: BaseRef) -> None:
        self._repo = repo
        self._base = base
        self._shelf = Shelf(repo)
        self._content = Content(repo, base)

    def read(self, rollouts: Collection[str]) -> Mapping[str, ForgeView]:
        """Two processes, whatever the number of rollouts. Raises ForgeError for a damaged record."""
        proposals, holds = self._shelf.everything(rollouts)
        merged = self._content.merged(_open_commits(kept for found in proposals.values() for kept in found))
        views = {name: [view_of(kept, merged) for kept in found] for name, found in proposals.items()}
        return {
            name: ForgeView(
                proposals=tuple(sorted(views[name], key=lambda view: view.branch)), holds=holds[name]
            )
            for name in rollouts
        }

    def recover(self) -> tuple[str, ...]:
        """Finish what a killed tick or a human left half-way; returns what people should know.

        For the beginning of a tick that acts: work trees that still show an older base follow it, and
        proposals that a human merged with plain git are closed.
        """
        old = self._repo.refs.resolve(self._behind) if self._base.local else None
        notes = self._follow(self._on(self._base.ref), old, self._base.commit, killed=True) if old else ()
        with suppress(PromoterError):  # what is wrong is told by `read`, or tried again by the next tick
            self._close_merged()
        return notes

    def _close_merged(self) -> None:
        proposals, _ = self._shelf.everything(None)
        found = [kept for rollout in proposals.values() for kept in rollout]
        merged = self._content.merged(_open_commits(found))
        for kept in found:
            if kept.ours and kept.ours.made in merged:
                self._end(kept, kept.ours, ProposalState.MERGED, "by hand", kept.ours.opened_at)

    def ensure_proposal(self, new: NewProposal) -> ProposalView:
        """Open, refresh, rebuild or open again; see the protocol."""
        if proposal_ref(new.branch).split("/")[3:-1] != [rollout_name(new.rollout)]:
            raise ForgeError(f"{new.branch!r} is no branch for a proposal of {new.rollout}")
        branch_ref(new.branch)
        return self._again(new.branch, lambda: self._propose(new))

    def _propose(self, new: NewProposal) -> ProposalView | None:
        kept = self._shelf.proposal(new.branch)
        if kept.record and kept.record.state is ProposalState.MERGED:
            return view_of(kept)  # another process was faster: this step is done
        parent = self._content.parent(kept.head, new) if kept.head else None
        if kept.touched and (kept.record or parent is None):
            return hands_off(new, kept)
        head, record = kept.head, kept.ours
        made, base = (head, parent) if head and parent else (self._content.make(new), new.base)
        if record and record.made == made and not new.refresh:
            fresh, body, evidence, why = replace(record, draft=new.draft), None, None, "refresh"
        else:
            fresh, words = self._opened(new, record, made, base), new.words()
            body, evidence, why = words.body, words.evidence, "refresh" if record else "open"
        at = self._shelf.keep_proposal(kept, fresh, why, when=new.at, body=body, evidence=evidence)
        if at == kept.at and made == head:
            return view_of(kept)
        moves = [RefChange(branch_ref(new.branch), made, head), RefChange(fresh.ref, at, kept.at)]
        trees = self._on(branch_ref(new.branch)) if head and head != made else ()
        if not update_refs(self._repo.refs, moves):
            return None
        for tree in trees:
            if head:
                _try_follow(tree, head, made)
        return view_of(Kept(new.branch, made, at, fresh))

    def _opened(
        self, new: NewProposal, record: ProposalRecord | None, made: str, base: str
    ) -> ProposalRecord:
        """The record of this opening; `record` is that of the same one before."""
        return ProposalRecord(
            branch=new.branch,
            rollout=new.rollout,
            candidate=new.candidate,
            identity=new.identity,
            kind=new.kind,
            state=ProposalState.OPEN,
            made=made,
            base=base,
            began=new.began,
            paths=tuple(sorted(new.files)),
            title=new.words().title,
            digest=digest_of(new.words().evidence),
            draft=new.draft,
            opened_at=record.opened_at if record else self._opening(new),
            status=record.status if record and record.made == made else None,
        )

    def _opening(self, new: NewProposal) -> datetime:
        """When this opening begins: after every lifted veto of its step, so that closing it is a new one."""
        _, holds = self._shelf.holds(new.rollout)
        vetoes = [hold for hold in holds if hold.kind is HoldKind.VETO and hold.commit == new.began]
        lifts = [hold.lifted.when + timedelta(microseconds=1) for hold in vetoes if hold.lifted]
        return max([new.at, *lifts])

    def ensure_status(self, proposal: ProposalView, status: Status) -> None:
        """Written where it says something else than the record, or its evidence is half-way to its end."""

        def attempt() -> bool | None:
            kept = self._shelf.proposal(proposal.branch)
            record = kept.record
            if record is None:
                raise _unknown(proposal)
            is_open = record.state is ProposalState.OPEN and kept.head is not None
            if not is_open or not is_due(record.status, status):
                return True
            fresh, why = replace(record, status=status), f"{status.state.value}:"
            at = self._shelf.keep_proposal(kept, fresh, why, when=status.evidence_at)
            return update_refs(self._repo.refs, [RefChange(record.ref, at, kept.at)]) or None

        self._again(proposal.branch, attempt)

    def merge(self, request: MergeRequest) -> Merged | NotYet:
        """Base, the branch and the record move together or not at all; then the work tree follows."""
        if not self._base.local:
            remote = self._base.ref.removeprefix("refs/remotes/")
            hint = f"make it with: git branch {self._base.branch} {remote}"
            raise ForgeError(f"there is no local branch {self._base.branch} to merge into", hint=hint)

        for _ in range(_TRIES):
            done = self._merge(request)
            if done is not None:
                return done
        return NotYet("others were faster, again and again")

    def _merge(self, request: MergeRequest) -> Merged | NotYet | None:
        kept, base = self._shelf.proposal(request.proposal.branch), self._base.ref
        record = kept.ours
        if record is None or request.proposal.head != record.made:
            return NotYet("its branch is not what the bot made")
        if self._repo.refs.resolve(base) != request.base:
            return NotYet("base moved meanwhile")
        if self._content.parent(record.made, request) is None:
            return NotYet("its content is not what base needs now")
        commit = self._content.merge(request, record.made)
        trees = work_trees(self._repo.git)
        here = tuple(item for item in trees if item.ref == base)
        old = self._repo.refs.resolve(self._behind)
        also = [RefChange(base, commit, request.base)]
        if here:
            also.append(RefChange(self._behind, old or request.base, old))
        why = f"merged as {commit}"
        if not self._end(kept, record, ProposalState.MERGED, why, request.at, also=also, trees=trees):
            return None
        notes = self._follow(here, old or request.base, commit) if here else ()
        return Merged(commit, "; ".join(notes))

    def ensure_closed(self, proposal: ProposalView, *, why: str, at: datetime) -> None:
        """Delete the branch and mark the record, unless a human pushed to it or deleted it."""

        def attempt() -> bool | None:
            kept = self._shelf.proposal(proposal.branch)
            if kept.record is None:
                raise _unknown(proposal)
            if kept.ours is None:
                return True
            return self._end(kept, kept.ours, ProposalState.WITHDRAWN, why, at) or None

        self._again(proposal.branch, attempt)

    def _end(
        self,
        kept: Kept,
        record: ProposalRecord,
        state: Ended,
        why: str,
        at: datetime,
        *,
        also: Iterable[RefChange] = (),
        trees: Iterable[WorkTree] | None = None,
    ) -> bool:
        """Mark the record and delete the branch, but not under the feet of who has it checked out."""
        ref = branch_ref(kept.branch)
        trees = work_trees(self._repo.git) if trees is None else trees
        stays = record.made if any(tree.ref == ref for tree in trees) else None
        fresh = replace(record, state=state, why=why, ended_at=at)
        commit = self._shelf.keep_proposal(kept, fresh, state.value, when=at)
        ends = [RefChange(ref, stays, record.made), RefChange(record.ref, commit, kept.at)]
        return update_refs(self._repo.refs, [*also, *ends])

    def ensure_hold(self, hold: Hold, *, evidence: str, body: str) -> None:
        """Recorded once while it stands; one that comes again after a lift is recorded again."""

        def attempt() -> bool | None:
            at, holds = self._shelf.holds(hold.rollout)
            if any(known.key == hold.key and known.lifted is None for known in holds):
                return True
            commit = self._shelf.keep_holds(at, (*holds, hold), hold, evidence=evidence, body=body)
            return update_refs(self._repo.refs, [RefChange(holds_ref(hold.rollout), commit, at)]) or None

        self._again(f"the hold of {hold.rollout}", attempt)

    def lift_hold(self, hold: Hold) -> None:
        """The standing record of this hold is lifted; where there is none, the lifted one is recorded."""
        if hold.lifted is None:
            raise ValueError("a hold that is lifted says by whom")

        def attempt() -> bool | None:
            at, holds = self._shelf.holds(hold.rollout)
            if hold in holds:
                return True
            same = [known.key == hold.key for known in holds]
            after = [
                replace(known, lifted=hold.lifted) if is_it and known.lifted is None else known
                for known, is_it in zip(holds, same, strict=True)
            ]
            if tuple(after) == holds:
                if any(same):
                    return True
                after.append(hold)
            commit = self._shelf.keep_holds(at, after, hold)
            return update_refs(self._repo.refs, [RefChange(holds_ref(hold.rollout), commit, at)]) or None

        self._again(f"the hold of {hold.rollout}", attempt)

    def dispatch(self, event: str, hold: Hold, evidence: str) -> None:
        """Nobody listens to a clone."""
        del event, hold, evidence
        raise ForgeError("the local forge cannot send repository_dispatch")

    def _again(self, what: str, attempt: Callable[[], _T | None]) -> _T:
        """Try until nobody was faster: each attempt reads anew what it goes by."""
        for _ in range(_TRIES):
            done = attempt()
            if done is not None:
                return done
        raise ForgeError(f"{what} was changed by others {_TRIES} times in a row", hint="run again")

    @property
    def _behind(self) -> str:
        return BEHIND + self._base.ref.removeprefix("refs/heads/")

    def _on(self, ref: str) -> tuple[WorkTree, ...]:
        return tuple(tree for tree in work_trees(self._repo.git) if tree.ref == ref)

    def _follow(
        self, trees: Iterable[WorkTree], old: str, new: str, *, killed: bool = False
    ) -> tuple[str, ...]:
        """Work trees with base checked out follow it; who could not is named and tried at the next tick."""
        results = [_try_follow(tree, old, new, killed=killed) for tree in trees]
        if all(done for done, _ in results):
            with suppress(RepoError):  # the next tick finds it again
                update_refs(self._repo.refs, [RefChange(self._behind, None, old)])
        return tuple(note for _, note in results if note)


def _unknown(proposal: ProposalView) -> ForgeError:
    return ForgeError(f"there is no record of a proposal {proposal.branch}", hint="the next tick looks again")


def _open_commits(found: Iterable[Kept]) -> Iterator[str]:
    return (kept.record.made for kept in found if kept.record and kept.record.state is ProposalState.OPEN)


def _try_follow(tree: WorkTree, old: str, new: str, *, killed: bool = False) -> tuple[bool, str | None]:
    """Whether it is done with, and what to tell."""
    try:
        return True, follow(tree, old, new, killed=killed)
    except RepoError as error:
        return False, f"{tree.path} does not show {new[:9]} yet: {error}"
