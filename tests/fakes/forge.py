"""A forge in memory that behaves, remembers, and refuses what the local one refuses.

`tests/contracts/test_forge.py` holds it against the same behaviours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256

from promoter.core.actions import EVIDENCE_TTL
from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ForgeView, ProposalState, ProposalView, Status
from promoter.errors import ForgeError, RepoError
from promoter.forge.protocol import Merged, MergeRequest, NewProposal, NotYet
from tests.fakes.repository import MemoryRepository, Snapshot


@dataclass(slots=True)
class Shelf:
    """What outlives a tick: proposals by branch, holds by rollout, and every text kept beside them."""

    proposals: dict[str, ProposalView] = field(default_factory=dict)  # `state` is never CLOSED here
    opened: dict[str, NewProposal] = field(default_factory=dict)
    holds: dict[str, tuple[Hold, ...]] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)  # by digest
    bodies: list[str] = field(default_factory=list)

    def keep(self, evidence: str) -> str:
        """Keep an evidence; its digest ("" for none)."""
        if not evidence:
            return ""
        digest = sha256(evidence.encode()).hexdigest()
        self.evidence[digest] = evidence
        return digest


class FakeForge:
    """Implements `Forge` over a repository in memory. Like the local one, a new one is made for every tick."""

    name = "fake"
    pages = None

    def __init__(self, repo: MemoryRepository, shelf: Shelf, base: str = "main") -> None:
        self._repo = repo
        self._shelf = shelf
        self._base = base
        self._pinned = repo.branches[base]

    def read(self, rollouts: Collection[str]) -> Mapping[str, ForgeView]:
        return {
            name: ForgeView(
                proposals=tuple(
                    self._view(view)
                    for branch, view in sorted(self._shelf.proposals.items())
                    if view.rollout == name
                ),
                holds=self._shelf.holds.get(name, ()),
            )
            for name in rollouts
        }

    def recover(self) -> tuple[str, ...]:
        for branch, view in self._shelf.proposals.items():
            if view.state is ProposalState.OPEN and self._is_merged(view) and view.head == view.made:
                self._end(branch, ProposalState.MERGED)
        return ()

    def ensure_proposal(self, new: NewProposal) -> ProposalView:
        if new.branch.split("/")[:2] != ["promoter", new.rollout] or new.branch.count("/") != 2:
            raise ForgeError(f"{new.branch!r} is no branch for a proposal of {new.rollout}")
        known, head = self._shelf.proposals.get(new.branch), self._repo.branches.get(new.branch)
        if known is not None and known.state is ProposalState.MERGED:
            return self._view(known)
        if head is not None and (known is None or head != known.made):
            return replace(self._as_opened(new, made=known.made if known else ""), head=head)
        if head is None or not self._still_wanted(head, new):
            made, base = self._make(new), new.base
        else:
            made, base = head, self._repo.snapshots[head].parents[0]
        same = known if known is not None and head is not None and known.state is ProposalState.OPEN else None
        if same is not None and same.made == made and not new.refresh:
            fresh = replace(same, draft=new.draft)
        else:
            self._shelf.bodies.append(new.words().body)
            digest = self._shelf.keep(new.words().evidence)
            fresh = replace(
                self._as_opened(new, made=made),
                base=base,
                digest=digest,
                status=same.status if same is not None and same.made == made else None,
            )
        self._repo.branches[new.branch] = made
        self._shelf.opened[new.branch] = self._shelf.opened[new.branch] if same else self._opening(new)
        self._shelf.proposals[new.branch] = fresh
        return self._view(fresh)

    def ensure_status(self, proposal: ProposalView, status: Status) -> None:
        known = self._known(proposal)
        if known.state is not ProposalState.OPEN or proposal.branch not in self._repo.branches:
            return
        before = known.status
        if before is not None:
            age = status.evidence_at - before.evidence_at
            said = (before.state, before.summary) == (status.state, status.summary)
            if age < timedelta(0) or (said and age < EVIDENCE_TTL / 2):
                return
        self._shelf.proposals[proposal.branch] = replace(known, status=status)

    def _known(self, proposal: ProposalView) -> ProposalView:
        if proposal.branch not in self._shelf.proposals:
            raise ForgeError(f"there is no record of a proposal {proposal.branch}")
        return self._shelf.proposals[proposal.branch]

    def merge(self, request: MergeRequest) -> Merged | NotYet:
        branch = request.proposal.branch
        known = self._shelf.proposals.get(branch)
        head = self._repo.branches.get(branch)
        if known is None or known.state is not ProposalState.OPEN or head != known.made:
            return NotYet("its branch is not what the bot made")
        if request.proposal.head != known.made:
            return NotYet("its branch is not what the bot made")
        if self._repo.branches[self._base] != request.base:
            return NotYet("base moved meanwhile")
        if not self._still_wanted(known.made, request):
            return NotYet("its content is not what base needs now")
        files = {**self._repo.snapshots[request.base].files, **request.files}
        parents = (request.base, known.made)
        commit = self._repo.store(
            files=files, parents=parents, message=request.message, when=request.at, author="promoter"
        )
        self._repo.branches[self._base] = commit
        self._end(branch, ProposalState.MERGED)
        return Merged(commit)

    def ensure_closed(self, proposal: ProposalView, *, why: str, at: object) -> None:
        del why, at
        known = self._known(proposal)
        if known.state is not ProposalState.OPEN:
            return
        if self._repo.branches.get(proposal.branch) == known.made:
            self._end(proposal.branch, ProposalState.WITHDRAWN)

    def ensure_hold(self, hold: Hold, *, evidence: str, body: str) -> None:
        holds = self._shelf.holds.get(_rollout(hold), ())
        if any(known.key == hold.key and known.lifted is None for known in holds):
            return
        self._shelf.keep(evidence)
        self._shelf.bodies.append(body)
        self._shelf.holds[hold.rollout] = (*holds, hold)

    def lift_hold(self, hold: Hold) -> None:
        if hold.lifted is None:
            raise ValueError("a hold that is lifted says by whom")
        holds = self._shelf.holds.get(_rollout(hold), ())
        same = [known for known in holds if known.key == hold.key]
        if not same:
            self._shelf.holds[hold.rollout] = (*holds, hold)
            return
        self._shelf.holds[hold.rollout] = tuple(
            replace(known, lifted=hold.lifted) if known in same and known.lifted is None else known
            for known in holds
        )

    def dispatch(self, event: str, hold: Hold, evidence: str) -> None:
        del event, hold, evidence
        raise ForgeError("the forge in memory cannot send repository_dispatch")

    def _view(self, kept: ProposalView) -> ProposalView:
        """As the rest of the program sees it: a branch that is gone was closed by a human."""
        head = self._repo.branches.get(kept.branch)
        if kept.state is not ProposalState.OPEN:
            return replace(kept, head=head)
        if self._is_merged(kept):
            return replace(kept, head=head, state=ProposalState.MERGED)
        if head is not None:
            return replace(kept, head=head)
        opened = self._shelf.opened[kept.branch].at
        return replace(kept, head=None, state=ProposalState.CLOSED, closed_at=opened, closed_by="someone")

    def _is_merged(self, view: ProposalView) -> bool:
        return view.made in self._repo.ancestors(self._pinned)

    def _end(self, branch: str, state: ProposalState) -> None:
        self._shelf.proposals[branch] = replace(self._shelf.proposals[branch], state=state, head=None)
        self._repo.branches.pop(branch, None)

    def _make(self, new: NewProposal) -> str:
        files = self._repo.snapshots[new.base].files
        for path in new.files:
            if path not in files:
                raise RepoError(f"{path} at {new.base[:9]} does not exist")
        if all(files[path] == content for path, content in new.files.items()):
            raise ForgeError(f"{new.branch}: {list(new.files)} on base already is what it would become")
        return self._repo.store(
            files={**files, **new.files},
            parents=(new.base,),
            message=new.words().message,
            when=new.at,
            author="promoter",
        )

    def _still_wanted(self, head: str, wanted: NewProposal | MergeRequest) -> bool:
        """Whether the branch's commit changes these files only, and base's are the same still."""
        made = self._repo.snapshots[head]
        if len(made.parents) != 1 or made.parents[0] not in self._repo.line(self._pinned):
            return False
        parent, base = self._repo.snapshots[made.parents[0]], self._repo.snapshots[wanted.base]
        return _without(made, wanted.files) == _without(parent, wanted.files) and all(
            made.files.get(path) == content and parent.files.get(path) == base.files.get(path)
            for path, content in wanted.files.items()
        )

    def _as_opened(self, new: NewProposal, *, made: str) -> ProposalView:
        return ProposalView(
            branch=new.branch,
            rollout=new.rollout,
            candidate=new.candidate,
            identity=new.identity,
            kind=new.kind,
            state=ProposalState.OPEN,
            made=made,
            base=new.base,
            began=new.began,
            head=made or None,
            draft=new.draft,
        )

    def _opening(self, new: NewProposal) -> NewProposal:
        """Opened after every lifted veto of its step, so that closing it is a new one."""
        lifts = [
            hold.lifted.when + timedelta(microseconds=1)
            for hold in self._shelf.holds.get(new.rollout, ())
            if hold.lifted and hold.kind is HoldKind.VETO and hold.commit == new.began
        ]
        return replace(new, at=max([new.at, *lifts]))


def _without(snapshot: Snapshot, paths: Collection[str]) -> dict[str, bytes]:
    return {name: data for name, data in snapshot.files.items() if name not in paths}


def _rollout(hold: Hold) -> str:
    if "/" in hold.rollout or hold.rollout.startswith(("-", ".")):
        raise ForgeError(f"no rollout can be called {hold.rollout!r}")
    return hold.rollout
