"""What a pull request of the bot's gets while it is open: the status of its head, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promoter.core.proposals import Health, ProposalKind, ProposalView, Status
from promoter.errors import ForgeError
from promoter.forge.github.answers import Head, Issue
from promoter.forge.github.desk import Desk
from promoter.forge.github.documents import DEQUEUE, STATUS_CONTEXT
from promoter.forge.github.fleet import Look, held_since
from promoter.forge.github.pulls import Pull
from promoter.forge.github.record import with_note
from promoter.forge.github.refusals import RefusedError, UnclearError
from promoter.forge.github.statuses import as_shown, description, read_status
from promoter.forge.protocol import HeldError
from promoter.forge.views import is_due
from promoter.report.numbers import for_markdown, rfc3339


@dataclass(slots=True)
class Upkeep:
    """Statuses and withdrawals. `seen` is what this tick has read before it decided."""

    desk: Desk
    seen: Look | None = None

    def ensure_status(self, proposal: ProposalView, status: Status) -> None:
        """Written where it says something else than the one on record, or its evidence is half-way to its end.

        A success is said only of what the bot made, and not past a hold; anything else of whatever is on the
        branch.
        """
        branch = proposal.branch
        pull, head, standing = self._known(branch)
        if head is None or not pull.is_open:
            return
        stoppable = status.state is Health.SUCCESS and proposal.kind is not ProposalKind.REVERT
        if stoppable and held_since(self.seen, self.desk.identity, proposal.rollout, standing):
            raise HeldError
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
        pull, head, _ = self._known(branch)
        if head is None or not pull.is_open or not pull.untouched:
            return
        self.desk.api.begin(f"close {branch}")
        note = f"**Withdrawn by promoter** ({rfc3339(at)}): {for_markdown(why)}."
        body = pull.pull.body if note in pull.pull.body else with_note(pull.pull.body, note)
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

    def _known(self, branch: str) -> tuple[Pull, Head | None, tuple[Issue, ...]]:
        """A proposal that was seen before: that GitHub shows none is no reason to leave it as it is, unsaid."""
        found = self.desk.look(branch)
        if found.pull is None:
            raise ForgeError(
                f"GitHub shows no pull request of the bot's from {branch}, which had one",
                hint="the next tick looks again",
            )
        return found.pull, found.head, found.standing
