"""Proposals as pull requests: opened, refreshed, rebuilt, closed. Every writer converges."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from promoter.core.holds import HoldKind
from promoter.core.proposals import Health, ProposalKind, ProposalState, ProposalView, Status
from promoter.errors import ForgeError, PromoterError
from promoter.forge.github.answers import Head, Nodes, OpenedPull, PullRequest, read_answer
from promoter.forge.github.checked import Checked
from promoter.forge.github.desk import Desk, Found
from promoter.forge.github.documents import DEQUEUE, DRAFT, READY, STATUS_CONTEXT
from promoter.forge.github.fleet import Look
from promoter.forge.github.pulls import Pull, rollout_of, view_of
from promoter.forge.github.record import ProposalRecord, proposal_body
from promoter.forge.github.refusals import RefusedError, UnclearError
from promoter.forge.github.statuses import as_shown, description, read_status
from promoter.forge.protocol import NewProposal
from promoter.forge.views import is_due
from promoter.repo.refs import branch_ref
from promoter.report.numbers import inert, one_line, rfc3339

_TRIES = 3
_TITLE = 256  # what GitHub takes


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
        self.desk.api.begin(f"open {new.branch}")
        for _ in range(_TRIES):
            done = self._propose(new, self.desk.look(new.branch))
            if done is not None:
                return done
        raise ForgeError(f"{new.branch} was changed by others {_TRIES} times in a row", hint="run again")

    def _propose(self, new: NewProposal, found: Found) -> ProposalView | None:
        """None where another run was faster: look again."""
        pull, head = found.pull, found.head
        if pull and pull.pull.state == "MERGED":
            return self._view(pull)  # another run was faster: this step is done
        if pull and self._is_closed_meanwhile(new, pull):
            return self._view(pull)  # by a human, after this tick has read: a veto that nobody lifted
        parent = self.checked.parent(head, new) if head else None
        if head and _is_touched(pull, parent):
            return self._view(pull) if pull and pull.is_open else _hands_off(new, head)
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
        record = _record(new, head.oid, base)
        if pull is None or not pull.is_open:
            return self._open(new, record, head, mine=mine)
        known = pull.record
        fresh = known is None or known.made != head.oid or new.refresh
        if known is not None and not fresh:
            return self._view(self._drafted(pull, new))
        if known is not None:
            record = replace(record, plain=known.plain, draft=known.draft)
        return self._view(self._drafted(self._refresh(new, pull, record), new))

    def _refresh(self, new: NewProposal, pull: Pull, record: ProposalRecord) -> Pull:
        """Its words and its record, written where they say something else."""
        self.desk.keep(new.evidence)
        body, title = proposal_body(new.body, new.evidence, record), _title(new)
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

    def _open(
        self, new: NewProposal, record: ProposalRecord, head: Head, *, mine: bool
    ) -> ProposalView | None:
        """A new pull request. Where it cannot be opened, the branch made for it goes again."""
        self.desk.keep(new.evidence)
        try:
            opened, record = self._post(new, record)
        except RefusedError as error:
            if "already exists" in error.answer.text:
                return None
            if mine:
                with suppress(PromoterError):
                    self.desk.move(new.branch, None, head.oid)
            raise
        except UnclearError as error:
            found = self.desk.look(new.branch).pull
            if found and found.is_open:
                return None
            hint = "the next tick looks again"
            raise ForgeError(
                f"it is not clear whether {new.branch} was opened: {error}", hint=hint
            ) from error
        pull = Pull(pull=_pull(new, opened, self.desk.base.branch, head), head=head, record=record)
        self.desk.remember(Found(head=head, pull=pull))
        return self._view(pull)

    def _post(self, new: NewProposal, record: ProposalRecord) -> tuple[OpenedPull, ProposalRecord]:
        try:
            record = replace(record, draft=new.draft)
            return self._posted(new, record, draft=new.draft), record
        except RefusedError as error:
            if not new.draft or "draft" not in error.answer.text:
                raise
        plain = replace(record, plain=True)  # this repository's plan has no drafts
        return self._posted(new, plain, draft=False), plain

    def _posted(self, new: NewProposal, record: ProposalRecord, *, draft: bool) -> OpenedPull:
        payload: Mapping[str, Any] = {
            "title": _title(new),
            "head": new.branch,
            "base": self.desk.base.branch,
            "body": proposal_body(new.body, new.evidence, record),
            "draft": draft,
        }
        answer = self.desk.api.write("POST", "/pulls", payload, "open a pull request")
        return read_answer(OpenedPull, answer, "the pull request that was opened")

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

    def ensure_status(self, branch: str, status: Status) -> None:
        """Written where it says something else than the one on record, or its evidence is half-way to its end.

        A success is said only of what the bot made; anything else of whatever is on the branch.
        """
        found = self.desk.look(branch)
        pull, head = found.pull, found.head
        if pull is None or head is None or not pull.is_open:
            return
        if status.state is not Health.SUCCESS and pull.pull.is_in_merge_queue:
            self.desk.api.mutate(DEQUEUE, {"id": pull.pull.id}, f"take {branch} out of the merge queue")
        if status.state is Health.SUCCESS and not pull.untouched:
            return
        if is_due(read_status(self.desk.identity, head), as_shown(status)):
            self._post_status(branch, head.oid, status)

    def _post_status(self, branch: str, head: str, status: Status) -> None:
        payload = {
            "state": status.state.value,
            "context": STATUS_CONTEXT,
            "description": description(status),
        }
        if self.desk.settings.run_url:
            payload["target_url"] = self.desk.settings.run_url
        try:
            self.desk.api.write("POST", f"/statuses/{head}", payload, f"set the status of {branch}")
        except RefusedError as error:
            if "maximum number of statuses" not in error.answer.text:
                raise
            at = status.evidence_at
            self.close(branch, why="its commit has all the statuses that GitHub keeps for one", at=at)
        except UnclearError as error:
            head_now = self.desk.look(branch).head
            if head_now is None or read_status(self.desk.identity, head_now) != as_shown(status):
                raise ForgeError(f"cannot set the status of {branch}: {error}") from error

    def close(self, branch: str, *, why: str, at: datetime) -> None:
        """The bot withdraws its own proposal; one that a human pushed to, or closed, stays as it is."""
        found = self.desk.look(branch)
        pull, head = found.pull, found.head
        if pull is None or head is None or not pull.is_open or not pull.untouched:
            return
        self.desk.api.begin(f"close {branch}")
        note = f"**Withdrawn by promoter** ({rfc3339(at)}): {inert(why)}."
        body = f"{note}\n\n{pull.pull.body}"[:65_000] if note not in pull.pull.body else pull.pull.body
        payload = {"state": "closed", "body": body}
        try:
            self.desk.api.write(
                "PATCH", f"/pulls/{pull.pull.number}", payload, f"close pull request {pull.pull.number}"
            )
        except UnclearError as error:
            again = self.desk.look(branch).pull
            if again is None or again.is_open:
                raise ForgeError(f"it is not clear whether {branch} was closed: {error}") from error
        self.desk.move(branch, None, head.oid)

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
        digest=sha256(new.evidence.encode("utf-8", "replace")).hexdigest(),
    )


def _head(made: str, new: NewProposal) -> Head:
    """A commit that was just made: nothing is said about it yet."""
    return Head.model_validate(
        {"oid": made, "tree": {"oid": made}, "parents": {"nodes": [{"oid": new.base}]}, "status": None}
    )


def _title(new: NewProposal) -> str:
    return one_line(new.title, _TITLE)


def _hands_off(new: NewProposal, head: Head) -> ProposalView:
    """A branch of this name that a human made or pushed to."""
    return ProposalView(
        branch=new.branch,
        rollout=new.rollout,
        candidate=new.candidate,
        identity=new.identity,
        kind=new.kind,
        state=ProposalState.OPEN,
        made="",
        base=new.base,
        began=new.began,
        head=head.oid,
    )


def _pull(new: NewProposal, opened: OpenedPull, base: str, head: Head) -> PullRequest:
    """A pull request that was opened just now."""
    return PullRequest(
        id=opened.node_id,
        number=opened.number,
        url=opened.html_url,
        state="OPEN",
        is_draft=opened.draft,
        title=_title(new),
        body="",
        head_ref_name=new.branch,
        head_ref_oid=head.oid,
        base_ref_name=base,
        is_cross_repository=False,
        closed_at=None,
        author=None,
        merge_commit=None,
        closings=Nodes(nodes=()),
    )
