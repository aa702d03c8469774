"""One look at everything: what the branches, pull requests and hold issues of all rollouts stand for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ForgeView, ProposalKind, ProposalState, ProposalView
from promoter.forge.github.answers import Issue, Who, read_answer
from promoter.forge.github.desk import Desk
from promoter.forge.github.identity import Identity
from promoter.forge.github.issues import HoldIssue, converged, read_issue
from promoter.forge.github.lists import Lists, Reader
from promoter.forge.github.pulls import Pull, newest, ours, view_of
from promoter.forge.github.record import read_hold_record
from promoter.forge.github.refusals import RefusedError
from promoter.forge.github.rest import Rights

_CLOSED = re.compile(r"closed (promoter/\S+) unmerged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What GitHub shows: the branches' commits, the bot's pull request of each branch, and the holds.

    `spare` are issues that stand for the same hold as another one (second of each pair). `damaged` are open
    issues of the bot's whose record somebody edited away. `unlabelled` are holds that stand without their label.
    """

    pulls: Mapping[str, Pull]
    holds: tuple[HoldIssue, ...]
    spare: tuple[tuple[HoldIssue, HoldIssue], ...]
    damaged: tuple[Issue, ...]
    unlabelled: tuple[HoldIssue, ...]


def held_since(seen: Look | None, identity: Identity, rollout: str, standing: Iterable[Issue]) -> bool:
    """Whether somebody has stopped a rollout since this tick has read."""
    if seen is None:
        return False
    spare = [item for item, _ in seen.spare]
    known = {item.issue.number for item in (*seen.holds, *spare) if item.stands}
    return any(
        item.record.last.rollout == rollout
        for issue in standing
        if issue.number not in known and (item := read_issue(identity, issue, lambda _: False)) is not None
    )


@dataclass(slots=True, kw_only=True)
class Fleet:
    """Reads it."""

    desk: Desk
    _rights: dict[str, bool] = field(default_factory=dict, init=False)

    def look(self) -> Look:
        """Everything: one request, a few more for a very large fleet. Raises ForgeError."""
        found = Reader(desk=self.desk).everything()
        mine = ours(self.desk.identity, self.desk.base.branch, found.pulls.values())
        kept, spare = self._holds(found)
        return Look(
            pulls=newest(mine, found.heads),
            holds=kept,
            spare=spare,
            damaged=tuple(
                issue for issue in found.issues.values() if self._is_damaged(issue, found.labelled)
            ),
            unlabelled=tuple(
                item for item in kept if item.stands and item.issue.number not in found.labelled
            ),
        )

    def holds(self) -> tuple[HoldIssue, ...]:
        """The holds alone, read anew."""
        return self._holds(Reader(desk=self.desk).holds())[0]

    def _holds(self, found: Lists) -> tuple[tuple[HoldIssue, ...], tuple[tuple[HoldIssue, HoldIssue], ...]]:
        read = [read_issue(self.desk.identity, issue, self.may) for issue in found.issues.values()]
        kept, spare = converged(item for item in read if item is not None)
        return tuple(kept), tuple(spare)

    def _is_damaged(self, issue: Issue, labelled: Collection[int]) -> bool:
        """Without the label too, nothing tells that it ever was a hold: the account may open others."""
        mine = self.desk.identity.is_us(issue.author) and issue.number in labelled
        return mine and issue.state == "OPEN" and read_hold_record(issue.body) is None

    def may(self, who: Who) -> bool:
        """Whether somebody has triage rights or more, asked once a tick. Raises ForgeError."""
        if who.login not in self._rights:
            self._rights[who.login] = self._ask_rights(who.login)
        return self._rights[who.login]

    def _ask_rights(self, login: str) -> bool:
        doing = f"see the rights of {login}"
        try:
            answer = self.desk.api.get(f"/collaborators/{quote(login, safe='')}/permission", doing)
        except RefusedError as error:
            if error.answer.status == 404:  # noqa: PLR2004
                return False  # nobody of this repository
            raise
        return read_answer(Rights, answer, doing).triage


def views_of(desk: Desk, look: Look, rollouts: Collection[str]) -> Mapping[str, ForgeView]:
    """The look by rollout: an entry for each."""
    proposals: dict[str, list[ProposalView]] = {name: [] for name in rollouts}
    holds: dict[str, list[Hold]] = {name: [] for name in rollouts}
    for pull in look.pulls.values():
        view = view_of(desk.identity, pull)
        if view.rollout in proposals:
            proposals[view.rollout].append(view)
    for item in look.holds:
        name = item.record.last.rollout
        if name in holds:
            holds[name] += item.holds
    for issue in look.damaged:
        for name in rollouts:
            holds[name].append(_damaged(issue, name))
    return {
        name: ForgeView(
            proposals=tuple(
                sorted([*found, *_remembered(found, holds[name])], key=lambda view: (view.branch, view.url))
            ),
            holds=tuple(holds[name]),
        )
        for name, found in proposals.items()
    }


def _remembered(found: Collection[ProposalView], holds: Iterable[Hold]) -> list[ProposalView]:
    """The closed proposals behind standing vetoes that have dropped out of the list of ended ones."""
    known = {view.branch for view in found}
    remembered = []
    for hold in holds:
        match = _CLOSED.search(hold.reason) if hold.kind is HoldKind.VETO and hold.lifted is None else None
        if match and match[1] not in known:
            remembered.append(_closed(hold, match[1]))
    return remembered


def _closed(hold: Hold, branch: str) -> ProposalView:
    return ProposalView(
        branch=branch,
        rollout=hold.rollout,
        candidate=hold.candidate.partition("@")[0],
        identity=hold.candidate,
        kind=ProposalKind.PROMOTION,
        state=ProposalState.CLOSED,
        made="",
        base="",
        began=hold.commit,
        head=None,
        closed_at=hold.since,
        closed_by=hold.by,
    )


def _damaged(issue: Issue, rollout: str) -> Hold:
    """Nobody knows which hold it was, so it stops every rollout until somebody has looked."""
    author = issue.author.name if issue.author else "someone"
    return Hold(
        rollout=rollout,
        candidate="",
        kind=HoldKind.PAUSE,
        commit=f"{issue.number:040x}",
        since=issue.created_at,
        by=author,
        reason=f"the record of hold issue {issue.number} was edited away: restore it from the body's edit "
        "history, or close the issue",
    )


def without(look: Look, changed: Mapping[int, HoldIssue]) -> Look:
    """The look with some issues as they are after this tick's own writes."""
    return replace(look, holds=tuple(changed.get(item.issue.number, item) for item in look.holds), spare=())
