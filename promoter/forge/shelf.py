"""Where the local forge keeps its records: refs whose commit chains are their audit trail."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from promoter.core.holds import Hold
from promoter.core.proposals import ProposalState
from promoter.errors import ForgeError
from promoter.forge.records import (
    HOLDS,
    PROPOSALS,
    HoldsRecord,
    ProposalRecord,
    damaged,
    proposal_ref,
    read_holds,
    read_proposal,
    write_holds,
    write_proposal,
)
from promoter.repo.base import Repository
from promoter.repo.commit import tree_of, write_commit
from promoter.repo.refs import Ref, branch_ref, ref_problem
from promoter.repo.trees import Entry

BRANCHES = "refs/heads/promoter/"
_PROPOSAL_FILE = "proposal.json"
_HOLDS_FILE = "holds.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal as its refs show it now: the branch's commit, the record's commit, and what it says."""

    branch: str
    head: str | None = None
    at: str | None = None
    record: ProposalRecord | None = None

    @property
    def ours(self) -> ProposalRecord | None:
        """The record of an open proposal whose branch is what the bot made."""
        record = self.record
        return record if record and record.state is ProposalState.OPEN and self.head == record.made else None

    @property
    def touched(self) -> bool:
        """Somebody else made the branch, or pushed to it."""
        return self.head is not None and (self.record is None or self.head != self.record.made)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The records of one repository. Nothing is moved here: new commits are stored, refs change elsewhere."""

    repo: Repository

    def everything(
        self, rollouts: Collection[str] | None
    ) -> tuple[Mapping[str, tuple[Kept, ...]], Mapping[str, tuple[Hold, ...]]]:
        """All proposals and holds of these rollouts (None: of all): one process, and the reader that stays.

        Raises ForgeError naming the ref where a record is damaged or not promoter's.
        """
        listed = self.repo.refs.list(BRANCHES[:-1], PROPOSALS[:-1], HOLDS[:-1])
        refs = {name: ref for name, ref in listed.items() if name.startswith((BRANCHES, PROPOSALS, HOLDS))}
        names = {_rollout(ref) for ref in refs} if rollouts is None else {rollout_name(r) for r in rollouts}
        wanted = {name: ref for name, ref in refs.items() if _rollout(name) in names}
        records = self._read(wanted)
        proposals: dict[str, list[Kept]] = {name: [] for name in names}
        holds: dict[str, tuple[Hold, ...]] = dict.fromkeys(names, ())
        for name, data in records.items():
            rollout = _rollout(name)
            if name.startswith(HOLDS):
                holds[rollout] = read_holds(name, data).holds
                continue
            record = read_proposal(name, data)
            branch = refs.get(branch_ref(record.branch))
            head = branch.sha if branch else None
            proposals[rollout].append(Kept(record.branch, head, refs[name].sha, record))
        return {name: tuple(found) for name, found in proposals.items()}, holds

    def _read(self, refs: Mapping[str, Ref]) -> Mapping[str, bytes]:
        for ref in refs.values():
            if ref.symbolic:
                raise damaged(ref.name, f"it only points to {ref.symbolic}")
        kept = [ref for ref in refs.values() if not ref.name.startswith(BRANCHES)]
        files = [f"{ref.sha}:{_HOLDS_FILE if ref.name.startswith(HOLDS) else _PROPOSAL_FILE}" for ref in kept]
        found: dict[str, bytes] = {}
        for ref, blob in zip(kept, self.repo.objects.read(files), strict=True):
            if blob is None or blob.kind != "blob" or blob.data is None:
                raise damaged(ref.name, "it holds no record")
            found[ref.name] = blob.data
        return found

    def proposal(self, branch: str) -> Kept:
        """One proposal as it is now. Raises ForgeError where its record is damaged."""
        ref = proposal_ref(branch)
        at = self.repo.refs.resolve(ref)
        head = self.repo.refs.resolve(branch_ref(branch))
        if at is None:
            return Kept(branch, head)
        data = self._read({ref: Ref(ref, at, "commit")})[ref]
        return Kept(branch, head, at, read_proposal(ref, data))

    def keep_proposal(
        self,
        kept: Kept,
        record: ProposalRecord,
        why: str,
        *,
        when: datetime,
        body: str | None = None,
        evidence: str | None = None,
    ) -> str:
        """Store the record's next commit; its sha, the present one where nothing would change.

        The commit that the proposal is about becomes a parent, so that Git keeps it whatever happens to the
        branch. None for `body` leaves what is there; every evidence stays beside the earlier ones.
        """
        before = self._files(kept.at)
        files: dict[str, bytes | Entry] = {**before, _PROPOSAL_FILE: write_proposal(record)}
        if body is not None:
            files["body.md"] = body.encode("utf-8", "replace")
        files |= _evidence(evidence)
        tree = tree_of(self.repo.objects, files)
        if kept.at and tree == self.repo.objects.root(kept.at):
            return kept.at
        known = kept.record is not None and kept.record.made == record.made
        parents = [sha for sha in (kept.at, None if known else record.made) if sha]
        message = f"{why} {record.branch}"
        return write_commit(self.repo.objects, tree=tree, parents=parents, message=message, when=when)

    def holds(self, rollout: str) -> tuple[str | None, tuple[Hold, ...]]:
        """The commit of a rollout's holds, and the holds. Raises ForgeError where they are damaged."""
        ref = holds_ref(rollout)
        at = self.repo.refs.resolve(ref)
        if at is None:
            return None, ()
        return at, read_holds(ref, self._read({ref: Ref(ref, at, "commit")})[ref]).holds

    def keep_holds(
        self, at: str | None, holds: Sequence[Hold], hold: Hold, *, evidence: str = "", body: str = ""
    ) -> str:
        """Store the next commit of a rollout's holds, about `hold`, with its evidence and body beside it."""
        record = HoldsRecord(rollout=hold.rollout, holds=tuple(holds))
        files: dict[str, bytes | Entry] = {**self._files(at), _HOLDS_FILE: write_holds(record)}
        files |= _evidence(evidence)
        if body:
            files[f"body/{_body_name(hold, holds)}.md"] = body.encode("utf-8", "replace")
        by, reason, when = hold.by, hold.reason, hold.since
        if hold.lifted:
            by, reason, when = hold.lifted.by, hold.lifted.reason, hold.lifted.when
        verb = "lift" if hold.lifted else "record"
        message = f"{verb} {hold.kind.value} of {hold.rollout}\n\n{' '.join(f'{by}: {reason}'.split())}"
        tree = tree_of(self.repo.objects, files)
        parents = [at] if at else []
        return write_commit(self.repo.objects, tree=tree, parents=parents, message=message, when=when)

    def _files(self, at: str | None) -> Mapping[str, Entry]:
        return self.repo.objects.below(self.repo.objects.root(at)) if at else {}


def _evidence(text: str | None) -> dict[str, bytes | Entry]:
    """The file that keeps an evidence, by the digest that commits and holds name it with."""
    if not text:
        return {}
    data = text.encode("utf-8", "replace")
    return {f"evidence/{sha256(data).hexdigest()}.json": data}


def _body_name(hold: Hold, holds: Sequence[Hold]) -> str:
    """`freeze-<short sha>`, with the candidate's name where another one has such a hold as well."""
    name = f"{hold.kind.value}-{hold.commit[:9]}"
    twins = (item for item in holds if item.kind is hold.kind and item.commit == hold.commit)
    if all(item.key == hold.key for item in twins):
        return name
    version = re.sub(r"[^A-Za-z0-9._]+", "-", hold.candidate.split("@", maxsplit=1)[0]).strip("-.")
    return f"{name}-{version}"


def rollout_name(name: str) -> str:
    """A rollout's name. Raises ForgeError where it cannot be part of a ref."""
    if "/" in name or ref_problem(HOLDS + name):
        raise ForgeError(f"no rollout can be called {name!r}: its proposals and holds need refs of that name")
    return name


def holds_ref(rollout: str) -> str:
    """The ref that keeps a rollout's holds."""
    return HOLDS + rollout_name(rollout)


def _rollout(ref: str) -> str:
    """The rollout's name in any ref of ours."""
    rest = next(ref.removeprefix(prefix) for prefix in (BRANCHES, PROPOSALS, HOLDS) if ref.startswith(prefix))
    return rest.split("/", 1)[0]
