"""The local forge: proposals are branches, promotions are merges on base, records and holds are refs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ForgeView, ProposalState, ProposalView, Status
from promoter.errors import ForgeError
from promoter.forge.protocol import Merged, MergeRequest, NewProposal, NotYet
from promoter.forge.records import ProposalRecord, read_holds, read_proposal, write_holds, write_proposal
from promoter.proposal.evidence_json import digest
from promoter.repo.base import BaseRef, Repository
from promoter.repo.commit import commit_blobs, commit_file, write_blob
from promoter.repo.objects import list_tree, read_blobs
from promoter.repo.paths import safe_branch
from promoter.repo.refs import RefChange, update_refs
from promoter.repo.work_tree import follow

HEADS = "refs/heads/"
PROPOSALS = "refs/promoter/proposals/"
HOLDS = "refs/promoter/holds/"
FOLLOW = "refs/promoter/follow/"
TRIES = 5  # how often a write is tried again after another process was faster


@dataclass(frozen=True, slots=True)
class _Found:
    """A proposal's refs as they are now."""

    head: str | None
    ref: str  # the record's ref
    at: str | None  # the record's commit
    record: ProposalRecord | None


class LocalForge:
    """Implements `Forge` on the refs of one repository."""

    name = "local"

    def __init__(self, repo: Repository, base: BaseRef) -> None:
        self._repo = repo
        self._git = repo.git
        self._base = base

    def read(self, rollouts: Collection[str]) -> Mapping[str, ForgeView]:
        """Two processes, whatever the number of rollouts."""
        names = set(rollouts)
        refs = self._repo.refs(f"{HEADS}promoter/", PROPOSALS, HOLDS)
        records = {ref: sha for ref, sha in refs.items() if _rollout_of(ref) in names}
        specs = {ref: f"{sha}:{_main_file(ref)}" for ref, sha in records.items() if not ref.startswith(HEADS)}
        texts = read_blobs(self._git, tuple(specs.values()), needed=False)
        proposals: dict[str, list[ProposalView]] = {name: [] for name in names}
        holds: dict[str, tuple[Hold, ...]] = {}
        for ref, spec in specs.items():
            if ref.startswith(HOLDS):
                holds[_rollout_of(ref)] = read_holds(ref, texts.get(spec, b""))
            else:
                record = read_proposal(ref, texts.get(spec, b""))
                proposals[_rollout_of(ref)].append(_view(record, refs.get(HEADS + record.branch)))
        return {
            name: ForgeView(proposals=tuple(proposals[name]), holds=holds.get(name, ())) for name in names
        }

    def ensure_proposal(self, new: NewProposal) -> ProposalView:
        """Open, refresh or rebuild the proposal; see the protocol."""
        self._require_local_base()
        for _ in range(TRIES):
            found = self._find(new.branch)
            if found.head is not None and (found.record is None or found.head != found.record.made):
                return _hands_off(new, found)
            if found.record is not None and found.record.state is ProposalState.MERGED:
                return _view(found.record, found.head)  # another process was faster: this step is done
            up_to_date = found.head is not None and self._holds_content(found.head, new)
            if up_to_date and not new.refresh and found.record is not None:
                return _view(found.record, found.head)
            made = found.head if up_to_date and found.head else self._commit(new)
            record = self._opened(new, made, found)
            if self._change(new.branch, made, found, record, new.body, new.evidence, f"propose {new.branch}"):
                return _view(record, made)
        raise _too_busy(new.branch)

    def _opened(self, new: NewProposal, made: str, found: _Found) -> ProposalRecord:
        before = found.record if found.head is not None else None  # a branch that is back is a new opening
        return ProposalRecord(
            branch=new.branch, rollout=new.rollout, candidate=new.candidate, identity=new.identity,
            kind=new.kind, state=ProposalState.OPEN, made=made, base=new.base, began=new.began,
            digest=digest(new.evidence), draft=new.draft, title=new.title,
            opened_at=before.opened_at if before else new.at, status=before.status if before else None,
        )  # fmt: skip

    def _holds_content(self, head: str, new: NewProposal) -> bool:
        """Whether the branch's commit has the wanted file: if base's file changed since, it has not."""
        return read_blobs(self._git, [f"{head}:{new.path}"])[f"{head}:{new.path}"] == new.content

    def _commit(self, new: NewProposal) -> str:
        return commit_file(
            self._git, parents=[new.base], tree_of=new.base, path=new.path, content=new.content,
            message=new.message, when=new.at,
        )  # fmt: skip

    def ensure_status(self, proposal: ProposalView, status: Status) -> None:
        """Write the status into the proposal's record, unless it is there already."""

        def changed(record: ProposalRecord) -> ProposalRecord:
            return replace(record, status=status)

        self._amend(proposal, changed, f"health of {proposal.branch}: {status.state.value}")

    def ensure_closed(self, proposal: ProposalView, *, why: str, at: object) -> None:
        """Delete the branch and mark the record, unless a human pushed to it or deleted it."""
        del at
        for _ in range(TRIES):
            found = self._find(proposal.branch)
            if found.record is None or found.head is None or found.head != found.record.made:
                return
            merged = self._git.run("merge-base", "--is-ancestor", found.head, self._base.commit, check=False)
            state = ProposalState.WITHDRAWN if merged.code else ProposalState.MERGED
            record = found.record.with_state(state, why)
            if self._change(proposal.branch, None, found, record, None, None, f"close {proposal.branch}"):
                return
        raise _too_busy(proposal.branch)

    def merge(self, request: MergeRequest) -> Merged | NotYet:
        """Merge into base by compare-and-set: base, branch and record move together or not at all."""
        self._require_local_base()
        self.recover()
        proposal = request.proposal
        found = self._find(proposal.branch)
        if found.record is None or found.head is None or found.head != found.record.made:
            return NotYet("its branch is not what the bot made")
        if not self._only_changes(found.head, request.path):
            return NotYet("its commit changes more than the manifest")
        commit = commit_file(
            self._git, parents=[request.base, found.head], tree_of=request.base, path=request.path,
            content=request.content, message=request.message, when=request.at,
        )  # fmt: skip
        record = found.record.with_state(ProposalState.MERGED, f"merged as {commit}")
        moves = [
            RefChange(self._base.ref, commit, request.base),
            RefChange(FOLLOW + proposal.rollout, commit, None),
        ]
        if not self._change(
            proposal.branch, None, found, record, None, None, f"merge {proposal.branch}", moves
        ):
            return NotYet("base or the branch moved meanwhile")
        self.recover()
        return Merged(commit)

    def recover(self) -> tuple[str, ...]:
        """Let work trees that have base checked out follow merges; also those of a tick that was killed."""
        notes: list[str] = []
        for ref, commit in self._repo.refs(FOLLOW).items():
            out = self._git.run(
                "diff-tree", "-r", "--no-commit-id", "--name-only", "-z", f"{commit}^1", commit
            )
            for path in out.stdout.decode().split("\0"):
                if path:
                    notes += follow(self._git, ref=self._base.ref, old=f"{commit}^1", new=commit, path=path)
            update_refs(self._git, [RefChange(ref, None, commit)], "work trees follow")
        return tuple(notes)

    def _only_changes(self, commit: str, path: str) -> bool:
        out = self._git.run("diff-tree", "-r", "--no-commit-id", "--name-only", "-z", f"{commit}^1", commit)
        return out.stdout.decode("utf-8", "replace").split("\0")[:-1] == [path]

    def ensure_hold(self, hold: Hold, *, evidence: str, body: str) -> None:
        """The hold stands on record; one that was lifted stays there beside it, for those who read history."""
        self._record_hold(hold, evidence=evidence, body=body)

    def lift_hold(self, hold: Hold) -> None:
        """The hold is on record as lifted; a lifted veto also lets its closed proposal be forgotten."""
        if hold.lifted is None:
            raise ValueError("a hold that is lifted says by whom")
        if hold.kind is HoldKind.VETO:
            for proposal in self.read([hold.rollout])[hold.rollout].proposals:
                if proposal.state is ProposalState.CLOSED and proposal.began == hold.commit:
                    self._forget(proposal)
        self._record_hold(hold, evidence="", body="")

    def _forget(self, proposal: ProposalView) -> None:
        found = self._find(proposal.branch)
        if found.record is not None and found.head is None:
            record = found.record.with_state(ProposalState.WITHDRAWN, "its veto was lifted")
            self._change(proposal.branch, None, found, record, None, None, f"forget {proposal.branch}")

    def _record_hold(self, hold: Hold, *, evidence: str, body: str) -> None:
        ref = HOLDS + safe_branch(hold.rollout)
        for _ in range(TRIES):
            at = self._repo.refs(ref).get(ref)
            holds = read_holds(ref, self._text(at, "holds.json")) if at else ()
            before = next((known for known in reversed(holds) if known.key == hold.key), None)
            if before == hold or (before and hold.lifted is None and before.lifted is None):
                return
            past = before is not None and before.lifted is not None and hold.lifted is None
            others = holds if past else tuple(known for known in holds if known is not before)
            files = self._files(at) | {"holds.json": self._blob(write_holds((*others, hold)))}
            if evidence:
                files[f"evidence/{digest(evidence)}.json"] = self._blob(evidence)
            if body:
                files[f"body/{hold.kind.value}-{hold.commit[:9]}.md"] = self._blob(body)
            done = "lift" if hold.lifted else "record"
            message = f"{done} {hold.kind.value} of {hold.rollout}\n\n{_one_line(hold)}\n"
            when = hold.lifted.when if hold.lifted else hold.since
            commit = commit_blobs(self._git, parent=at, blobs=files, message=message, when=when)
            if update_refs(self._git, [RefChange(ref, commit, at)], message.splitlines()[0]):
                return
        raise _too_busy(ref)

    def _amend(
        self, proposal: ProposalView, changed: Callable[[ProposalRecord], ProposalRecord], why: str
    ) -> None:
        for _ in range(TRIES):
            found = self._find(proposal.branch)
            if found.record is None or found.head is None:
                return
            record = changed(found.record)
            if record == found.record:
                return
            if self._change(proposal.branch, found.head, found, record, None, None, why):
                return
        raise _too_busy(proposal.branch)

    def _find(self, branch: str) -> _Found:
        safe_branch(branch)
        ref = PROPOSALS + branch.removeprefix("promoter/")
        refs = self._repo.refs(HEADS + branch, ref)
        at = refs.get(ref)
        record = read_proposal(ref, self._text(at, "proposal.json")) if at else None
        return _Found(refs.get(HEADS + branch), ref, at, record)

    def _change(
        self,
        branch: str,
        head: str | None,
        found: _Found,
        record: ProposalRecord,
        body: str | None,
        evidence: str | None,
        why: str,
        also: Collection[RefChange] = (),
    ) -> bool:
        """Branch and record move together, if neither moved meanwhile."""
        files = self._files(found.at) | {"proposal.json": self._blob(write_proposal(record))}
        if body is not None:
            files["body.md"] = self._blob(body)
        if evidence is not None:
            files[f"evidence/{digest(evidence)}.json"] = self._blob(evidence)
        if files == self._files(found.at) and head == found.head and not also:
            return True
        when = record.status.evidence_at if record.status else record.opened_at
        commit = commit_blobs(self._git, parent=found.at, blobs=files, message=f"{why}\n", when=when)
        changes = [RefChange(HEADS + branch, head, found.head), RefChange(found.ref, commit, found.at), *also]
        return update_refs(self._git, changes, why)

    def _files(self, commit: str | None) -> dict[str, str]:
        if commit is None:
            return {}
        return {entry.path: entry.sha for entry in list_tree(self._git, commit, [""], recursive=True)}

    def _text(self, commit: str, path: str) -> bytes:
        return read_blobs(self._git, [f"{commit}:{path}"])[f"{commit}:{path}"]

    def _blob(self, text: str) -> str:
        return write_blob(self._git, text.encode("utf-8"))

    def _require_local_base(self) -> None:
        if not self._base.ref.startswith(HEADS):
            branch = self._base.branch
            hint = f"make it with: git branch {branch} {self._base.ref.removeprefix('refs/remotes/')}"
            raise ForgeError(f"there is no local branch {branch} to merge into", hint=hint)


def _view(record: ProposalRecord, head: str | None) -> ProposalView:
    state = record.state
    closed = state is ProposalState.OPEN and head is None
    return ProposalView(
        branch=record.branch, rollout=record.rollout, candidate=record.candidate, identity=record.identity,
        kind=record.kind, state=ProposalState.CLOSED if closed else state, made=record.made, base=record.base,
        began=record.began, head=head, digest=record.digest, draft=record.draft, status=record.status,
        # Git does not say when a branch was deleted: after it was opened is all that is known.
        closed_at=record.opened_at + timedelta(seconds=1) if closed else None,
        closed_by="someone who deleted its branch" if closed else "",
    )  # fmt: skip


def _hands_off(new: NewProposal, found: _Found) -> ProposalView:
    """A branch of this name that a human made or pushed to."""
    if found.record is not None:
        return _view(found.record, found.head)
    return ProposalView(
        branch=new.branch, rollout=new.rollout, candidate=new.candidate, identity=new.identity, kind=new.kind,
        state=ProposalState.OPEN, made="", base=new.base, began=new.began, head=found.head,
    )  # fmt: skip


def _rollout_of(ref: str) -> str:
    """The rollout's name in any ref of ours."""
    for prefix in (f"{HEADS}promoter/", PROPOSALS, HOLDS):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix).split("/", 1)[0]
    return ""


def _main_file(ref: str) -> str:
    return "holds.json" if ref.startswith(HOLDS) else "proposal.json"


def _one_line(hold: Hold) -> str:
    who, why = (hold.lifted.by, hold.lifted.reason) if hold.lifted else (hold.by, hold.reason)
    return " ".join(f"{who}: {why}".split())


def _too_busy(what: str) -> ForgeError:
    return ForgeError(f"{what} was changed by others {TRIES} times in a row", hint="run again")
