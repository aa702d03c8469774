"""Decision → the things that must be true afterwards, as data. Each is safe to do twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promoter.core.branches import promotion_branch, rollback_branch
from promoter.core.decision import Decision, Kind
from promoter.core.holds import Hold, HoldKind
from promoter.core.ladder import lowered
from promoter.core.policy import Merge
from promoter.core.proposals import Health as StatusState
from promoter.core.proposals import ProposalKind, ProposalState, ProposalView
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.core.weights import Split

EVIDENCE_TTL = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """The proposal of this branch is open, with this split; merged by the bot where `merge` says so.

    `known` is the proposal as the forge shows it now; `refresh` says that its text or status is out of
    date. A `draft` waits for a human.
    """

    branch: str
    kind: ProposalKind
    split: Split
    merge: bool
    draft: bool
    known: ProposalView | None
    refresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """The promotion `branch` is not proposed now, because of `behind`.

    `behind` is another open promotion of its rollout, or the same one, merged since base was read.
    """

    branch: str
    behind: str
    merged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus:
    """The open proposal's head carries the current verdict."""

    proposal: ProposalView
    state: StatusState


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """The bot's own proposal is no longer open: it is out of date."""

    proposal: ProposalView
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHold:
    """The hold stands on record, with its evidence."""

    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """The people and services that the policy names are told of a new freeze."""

    hold: Hold


Action = Propose | Await | SetStatus | Withdraw | RecordHold | Notify


def actions_for(situation: Situation, health: Health, decision: Decision) -> tuple[Action, ...]:
    """What has to be true after this tick for one candidate."""
    if situation.policy.merge is Merge.OBSERVE or decision.kind is Kind.ERROR:
        return ()
    wanted = _wanted_branches(situation, decision)
    stale = tuple(
        Withdraw(proposal=proposal, why="out of date")
        for proposal in _open(situation)
        if proposal.branch not in wanted and not proposal.touched
    )
    match decision.kind:
        case Kind.PROMOTE:
            return (*stale, *_promote(situation, decision))
        case Kind.FREEZE:
            return (*_freeze(situation, decision), *stale)
        case Kind.HOLD:
            return (*_hold(situation, health), *stale)
        case Kind.WAIT:
            return (*stale, *_statuses(situation, StatusState.PENDING))
        case Kind.DONE:
            return stale


def one_at_a_time(planned: Sequence[tuple[str, Sequence[Action]]]) -> tuple[tuple[Action, ...], ...]:
    """The actions of a whole tick (by rollout), with at most one promotion proposed a rollout: the first.

    Each candidate was asked before any acted, so two of one rollout may both want to go ahead.
    """
    first: dict[str, str] = {}
    return tuple(
        tuple(_in_turn(first, rollout, action) for action in actions) for rollout, actions in planned
    )


def _in_turn(first: dict[str, str], rollout: str, action: Action) -> Action:
    if not isinstance(action, Propose) or action.kind is not ProposalKind.PROMOTION:
        return action
    ahead = first.setdefault(rollout, action.branch)
    return action if ahead == action.branch else Await(branch=action.branch, behind=ahead)


def _open(situation: Situation) -> tuple[ProposalView, ...]:
    """The open proposals of this candidate, and those of candidates the policy no longer names."""
    known = situation.policy.candidates
    return tuple(
        proposal
        for kind in ProposalKind
        for proposal in situation.view.open(kind)
        if proposal.candidate == situation.candidate or proposal.candidate not in known
    )


def _wanted_branches(situation: Situation, decision: Decision) -> frozenset[str]:
    """The branches whose proposals may stay open under this decision."""
    wanted = set()
    if decision.kind is not Kind.DONE and decision.to is not None:
        wanted.add(promotion_branch(situation, decision.to))
    elif decision.kind in (Kind.WAIT, Kind.HOLD, Kind.FREEZE):
        began = situation.timeline.began.sha
        wanted |= {
            p.branch
            for p in situation.view.open(ProposalKind.PROMOTION)
            if p.began == began and p.candidate == situation.candidate
        }
    wanted |= _ends(situation, decision)
    if situation.percent > 0:
        wanted |= {p.branch for p in situation.view.open(ProposalKind.REVERT) if not p.draft}
        if decision.kind in (Kind.HOLD, Kind.FREEZE):
            wanted.add(rollback_branch(situation))
    return frozenset(wanted)


def _ends(situation: Situation, decision: Decision) -> set[str]:
    """What people asked for at the release's two ends stays open until it is out of date, or a hold stands."""
    timeline, view = situation.timeline, situation.view
    introduced = {p.branch for p in view.open(ProposalKind.INTRODUCTION) if p.began == timeline.came.sha}
    if decision.kind in (Kind.HOLD, Kind.FREEZE) or situation.percent == 0:
        return introduced
    return introduced | {p.branch for p in view.open(ProposalKind.FINISH) if p.began == timeline.began.sha}


def _promote(situation: Situation, decision: Decision) -> tuple[Action, ...]:
    if decision.to is None or decision.merge is Merge.OBSERVE:
        return ()
    branch = promotion_branch(situation, decision.to)
    known = _known(situation, branch)
    if known is not None and known.state is ProposalState.MERGED:
        return (Await(branch=branch, behind=branch, merged=True),)
    ahead = None if _is_open(known) else _ahead(situation)
    if ahead is not None:
        return (Await(branch=branch, behind=ahead.branch),)
    return (
        Propose(
            branch=branch,
            kind=ProposalKind.PROMOTION,
            split=decision.to,
            merge=decision.merge is Merge.AUTO,
            draft=False,
            known=known,
            refresh=_due(situation, known, StatusState.SUCCESS),
        ),
    )


def _ahead(situation: Situation) -> ProposalView | None:
    """The open promotion that goes first: another candidate's, or one that a human has made their own.

    Out-of-date ones of this candidate are being withdrawn.
    """
    ours = _open(situation)
    promotions = situation.view.open(ProposalKind.PROMOTION)
    return next((other for other in promotions if other.touched or other not in ours), None)


def _freeze(situation: Situation, decision: Decision) -> tuple[Action, ...]:
    names = ", ".join(reason.verdict.check for reason in decision.reasons if reason.verdict)
    hold = Hold(
        rollout=situation.policy.name,
        candidate=situation.timeline.identity,
        kind=HoldKind.FREEZE,
        commit=situation.timeline.began.sha,
        since=situation.at,
        by="promoter",
        reason=f"failed: {names}",
        rollback=decision.rollback,
    )
    return (
        RecordHold(hold=hold),
        *_statuses(situation, StatusState.FAILURE),
        *_way_back(situation, merge=decision.rollback, since=hold.since),
        Notify(hold=hold),
    )


def _hold(situation: Situation, health: Health) -> tuple[Action, ...]:
    """Derived holds are put on record; a freeze's way back is kept ready, and taken where it was asked for."""
    recorded = {hold.key for hold in situation.view.holds if hold.lifted is None}
    records = tuple(
        RecordHold(hold=hold)
        for hold in situation.derived_holds
        if hold.key not in recorded and hold in situation.holds
    )
    began = situation.timeline.began.sha
    freezes = [hold for hold in situation.holds if hold.kind is HoldKind.FREEZE]
    merge = any(hold.rollback and hold.commit == began for hold in freezes)
    back = _way_back(situation, merge=merge, since=max(hold.since for hold in freezes)) if freezes else ()
    state = StatusState.FAILURE if health.failed else StatusState.PENDING
    return (
        *records,
        *_statuses(situation, state),
        *back,
    )


def _way_back(situation: Situation, *, merge: bool, since: datetime) -> tuple[Propose, ...]:
    """The prepared revert: the candidate back to 0 %. One that a human closed in this freeze stays closed."""
    if situation.percent == 0:
        return ()
    branch = rollback_branch(situation)
    known = _known(situation, branch)
    if known is not None and (known.state is ProposalState.MERGED or _closed_since(known, since)):
        return ()
    asked_for = known is not None and _is_open(known) and not known.draft  # by a human: it stays so
    return (
        Propose(
            branch=branch,
            kind=ProposalKind.REVERT,
            split=lowered_to_zero(situation),
            merge=merge,
            draft=not merge and not asked_for,
            known=known,
            refresh=not _is_open(known),
        ),
    )


def _closed_since(known: ProposalView, since: datetime) -> bool:
    """Whether a human closed it, not before `since` as far as the forge can tell."""
    return known.state is ProposalState.CLOSED and (known.closed_at is None or known.closed_at >= since)


def lowered_to_zero(situation: Situation) -> Split:
    """The split with the candidate at 0 and its weight back with stable."""
    return lowered(
        situation.route.split,
        situation.percent * 0,
        candidate=situation.candidate,
        stable=situation.policy.stable,
        destinations=situation.route.destinations,
    )


def _statuses(situation: Situation, state: StatusState) -> tuple[SetStatus, ...]:
    began = situation.timeline.began.sha
    return tuple(
        SetStatus(proposal=proposal, state=state)
        for proposal in situation.view.open(ProposalKind.PROMOTION)
        if proposal.candidate == situation.candidate
        and proposal.began == began
        and _due(situation, proposal, state)
    )


def _known(situation: Situation, branch: str) -> ProposalView | None:
    found = (p for p in situation.view.proposals if p.branch == branch)
    return next((p for p in found if p.candidate == situation.candidate), None)


def _is_open(known: ProposalView | None) -> bool:
    return known is not None and known.state is ProposalState.OPEN


def _due(situation: Situation, known: ProposalView | None, state: StatusState) -> bool:
    """Whether the status on record is another one, or its evidence is half-way to its end."""
    if known is None or not _is_open(known):
        return True
    if known.status is None or known.status.state is not state:
        return True
    return situation.at - known.status.evidence_at >= EVIDENCE_TTL / 2
