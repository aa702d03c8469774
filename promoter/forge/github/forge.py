"""The GitHub forge: proposals are pull requests, promotions are merges, holds are issues."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from promoter.core.holds import Hold
from promoter.core.proposals import ForgeView, ProposalState, ProposalView, Status
from promoter.errors import ForgeError, PromoterError
from promoter.forge.github.checked import Checked
from promoter.forge.github.desk import Desk
from promoter.forge.github.documents import HOLD_LABEL
from promoter.forge.github.fleet import Fleet, Look, views_of
from promoter.forge.github.holds import Holds
from promoter.forge.github.merging import Merging
from promoter.forge.github.proposals import Proposals
from promoter.forge.github.pulls import view_of
from promoter.forge.github.record import dispatched
from promoter.forge.github.refusals import UnclearError, archived
from promoter.forge.github.upkeep import Upkeep
from promoter.forge.protocol import Merged, MergeRequest, NewProposal, NotYet
from promoter.proposal.pages import Pages


class GitHubForge:
    """Implements `Forge` on one GitHub repository and a clone of it."""

    name = "github"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        site = f"{desk.settings.server_url}/{desk.settings.repository}"
        self.pages = Pages(site=site, label=HOLD_LABEL)
        checked = Checked(api=desk.api, repo=desk.repo, base=desk.base)
        self._fleet = Fleet(desk=desk)
        self._proposals = Proposals(desk, checked)
        self._upkeep = Upkeep(desk)
        self._merging = Merging(desk=desk, checked=checked)
        self._holds = Holds(desk=desk, fleet=self._fleet)
        self._look: Look | None = None  # what `recover` saw, for the `read` that follows it

    def read(self, rollouts: Collection[str]) -> Mapping[str, ForgeView]:
        """One request for the whole fleet, a few more for a very large one."""
        look = self._look or self._fleet.look()
        self._look = None
        self._proposals.seen = self._upkeep.seen = self._merging.seen = look
        return views_of(self._desk, look, rollouts)

    def recover(self) -> tuple[str, ...]:
        """Finish what a killed tick or a human left half-way; returns what people should know.

        Duplicates of a hold end, closings that were no resume are undone, lifts go on record, lost labels are
        put back, and branches of ended proposals are deleted. Raises ForgeError where nothing may be written at all.
        """
        self._refuse_readers()
        look = self._fleet.look()
        notes, changed = self._mend(look)
        self._look = None if changed else look
        return notes

    def _refuse_readers(self) -> None:
        facts, identity = self._desk.facts, self._desk.identity
        if facts.is_archived or facts.is_disabled:
            raise archived(facts.name_with_owner)
        if not identity.acts_as_bot:
            raise ForgeError(
                f"the token speaks for {identity.viewer.login}, not for the bot {identity.bot}",
                hint="ticks run as the bot; as yourself use plan, status, pause, resume and rollback",
            )

    def _mend(self, look: Look) -> tuple[tuple[str, ...], bool]:
        notes: list[str] = []
        changed = False
        for item in look.holds:
            if item.to_reopen:
                notes.append(self._holds.reopen(item))
                changed = True
            elif item.to_keep:
                self._holds.note_lift(item)
        notes += [self._holds.label(item) for item in look.unlabelled]
        for item, first in look.spare:
            self._holds.drop(item, first)
            changed = True
        for pull in look.pulls.values():
            ended = view_of(self._desk.identity, pull)
            over = ended.state in (ProposalState.MERGED, ProposalState.WITHDRAWN)
            if over and pull.untouched and ended.head:
                changed = True
                notes += self._delete(pull.branch, ended.head)
        return tuple(notes), changed

    def _delete(self, branch: str, head: str) -> list[str]:
        try:
            self._desk.move(branch, None, head)
        except PromoterError as error:
            return [f"{branch} is over, and its branch is still there: {error}"]
        return []

    def ensure_proposal(self, new: NewProposal) -> ProposalView:
        """Open, refresh, rebuild or open again; see the protocol."""
        self._refuse_archived()
        return self._proposals.ensure(new)

    def ensure_status(self, proposal: ProposalView, status: Status) -> None:
        """The proposal's head carries this status."""
        self._upkeep.ensure_status(proposal, status)

    def merge(self, request: MergeRequest) -> Merged | NotYet:
        """Merge if the proposal's head is still the verified one, base has not moved and its rules agree."""
        return self._merging.merge(request)

    def ensure_closed(self, proposal: ProposalView, *, why: str, at: datetime) -> None:
        """The bot withdraws its own proposal; one that a human pushed to stays."""
        self._upkeep.close(proposal.branch, why=why, at=at)

    def ensure_hold(self, hold: Hold, *, evidence: str, body: str) -> None:
        """The hold stands as an open issue."""
        self._refuse_archived()
        self._holds.ensure(hold, evidence=evidence, body=body)

    def lift_hold(self, hold: Hold) -> None:
        """The hold's issue is closed, and says who lifted it."""
        self._refuse_archived()
        self._holds.lift(hold)

    def dispatch(self, event: str, hold: Hold, evidence: str) -> None:
        """A repository_dispatch event: the workflows of this repository that listen to it run."""
        self._desk.keep(evidence)
        payload = {"event_type": event, "client_payload": dispatched(hold, evidence)}
        try:
            self._desk.api.write("POST", "/dispatches", payload, f"send the event {event}")
        except UnclearError as error:
            raise ForgeError(f"it is not clear whether the event {event} was sent: {error}") from error

    def _refuse_archived(self) -> None:
        if self._desk.facts.is_archived or self._desk.facts.is_disabled:
            raise archived(self._desk.facts.name_with_owner)
