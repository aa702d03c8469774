"""Decision → the things that must be true afterwards, as data. Each is safe to do twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

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


Action = Propose | SetStatus | Withdraw | RecordHold | Notify


def promotion_branch(situation: Situation, to: Split) -> str:
    """`promoter/<rollout>/<candidate>-<from>-to-<to>-<short sha of the step's first commit>`."""
    gray = situation.route.destinations[situation.candidate]
    start, end = situation.route.split[gray], to[gray]
    return (
        f"promoter/{situation.policy.name}/{_ref_safe(situation.candidate)}-{start}-to-{end}"
        f"-{situation.timeline.began.short}"
    )


def rollback_branch(situation: Situation, *, step: bool = False) -> str:
    """`promoter/<rollout>/rollback-<short sha of the step's first commit>`, or `rollback-step-…`."""
    kind = "rollback-step" if step else "rollback"
    return f"promoter/{situation.policy.name}/{kind}-{situation.timeline.began.short}"


def _ref_safe(version: str) -> str:
    """A version as part of a ref name: hosts bring `/` and `:` with them."""
    return "".join(char if char.isalnum() or char in "._-" else "-" for char in version).strip(".-")


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
        case Kind.WAIT | Kind.DONE:
            return (*stale, *_statuses(situation, StatusState.PENDING))


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
        wanted |= {p.branch for p in situation.view.open(ProposalKind.PROMOTION) if p.began == began}
    if situation.percent > 0:
        wanted |= {p.branch for p in situation.view.open(ProposalKind.REVERT) if not p.draft}
        if decision.kind in (Kind.HOLD, Kind.FREEZE):
            wanted.add(rollback_branch(situation))
    return frozenset(wanted)


def _promote(situation: Situation, decision: Decision) -> tuple[Action, ...]:
    if decision.to is None or decision.merge is Merge.OBSERVE:
        return ()
    branch = promotion_branch(situation, decision.to)
    others = [
        p
        for p in situation.view.open(ProposalKind.PROMOTION)
        if p.branch != branch and p not in _open(situation)
    ]
    if others:  # at most one open promotion a rollout: another candidate's goes first
        return ()
    known = _known(situation, branch)
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
        *_way_back(situation, merge=decision.rollback),
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
    state = StatusState.FAILURE if health.failed else StatusState.PENDING
    return (
        *records,
        *_statuses(situation, state),
        *(_way_back(situation, merge=merge) if freezes else ()),
    )


def _way_back(situation: Situation, *, merge: bool) -> tuple[Propose, ...]:
    """The prepared revert: the candidate back to 0 %."""
    if situation.percent == 0:
        return ()
    branch = rollback_branch(situation)
    known = _known(situation, branch)
    if known is not None and known.state is ProposalState.CLOSED:
        return ()  # a human closed it: it is not opened again
    return (
        Propose(
            branch=branch,
            kind=ProposalKind.REVERT,
            split=lowered_to_zero(situation),
            merge=merge,
            draft=not merge,
            known=known,
            refresh=known is None,
        ),
    )


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
    return next((p for p in situation.view.proposals if p.branch == branch), None)


def _due(situation: Situation, known: ProposalView | None, state: StatusState) -> bool:
    """Whether the status on record is another one, or its evidence is half-way to its end."""
    if known is None or known.status is None or known.status.state is not state:
        return True
    return situation.at - known.status.evidence_at >= EVIDENCE_TTL / 2
