"""What a human asks for: pause, resume, rollback. Recorded under the human's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from promoter.act import Base, Judged, act
from promoter.core.actions import Propose
from promoter.core.branches import rollback_branch
from promoter.core.decision import Decision, Kind, Reason, Why
from promoter.core.holds import Hold, HoldKind
from promoter.core.ladder import lowered
from promoter.core.outcome import Outcome
from promoter.core.proposals import ProposalKind
from promoter.core.situation import Situation
from promoter.core.subject import Applied, Health, Seen
from promoter.core.timeline import EventKind
from promoter.core.weights import Split
from promoter.observe import Observed
from promoter.proposal.body import hold_body
from promoter.report.secrets import redact
from promoter.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks, why and when."""

    by: str
    reason: str
    at: datetime


def pause(world: World, found: Sequence[Observed], request: Request) -> Hold:
    """Record a pause of the whole rollout. One that stands already is left as it is and returned."""
    situation = found[0].situation
    for hold in situation.holds:
        if hold.kind is HoldKind.PAUSE:
            return hold
    hold = Hold(
        rollout=situation.policy.name,
        candidate="",
        kind=HoldKind.PAUSE,
        commit=situation.base,
        since=request.at,
        by=request.by,
        reason=request.reason,
    )
    world.forge.ensure_hold(hold, evidence="", body=_body(world, situation, hold))
    return hold


def resume(world: World, found: Sequence[Observed], request: Request) -> tuple[Hold, ...]:
    """Lift every hold that stands for these candidates; returns the lifted ones."""
    holds = {hold.key: hold for observed in found for hold in observed.situation.holds}
    lifted = []
    for hold in holds.values():
        situation = next(item.situation for item in found if hold in item.situation.holds)
        if hold in situation.derived_holds:  # put on record first, so that its lift has something to lift
            hold = replace(hold, reason=redact(hold.reason))  # noqa: PLW2901 - the words of a commit
            world.forge.ensure_hold(hold, evidence="", body=_body(world, situation, hold))
        after = hold.lift(when=request.at, by=request.by, reason=request.reason)
        world.forge.lift_hold(after)
        lifted.append(after)
    return tuple(lifted)


def roll_back(
    world: World, found: Sequence[Observed], request: Request, *, step: bool, merge: bool
) -> tuple[Outcome, ...]:
    """Propose every candidate with traffic back to 0 %, or one step back; `merge` merges it at once."""
    base = Base(commit=world.base.commit)
    outcomes: list[Outcome] = []
    for observed in found:
        situation = observed.situation
        if situation.percent == 0:
            continue
        branch = rollback_branch(situation, step=step)
        action = Propose(
            branch=branch,
            kind=ProposalKind.REVERT,
            split=_split(situation, step=step),
            merge=merge,
            draft=False,
            known=next((p for p in situation.view.proposals if p.branch == branch), None),
            refresh=True,
        )
        judged = Judged(observed=observed, health=unasked(), decision=asked(request))
        outcomes += act(world.forge, base, judged, (action,), world.environ, reason=request.reason)
    return tuple(outcomes)


def _split(situation: Situation, *, step: bool) -> Split:
    return lowered(
        situation.route.split,
        _step_below(situation) if step else Fraction(0),
        candidate=situation.candidate,
        stable=situation.policy.stable,
        destinations=situation.route.destinations,
    )


def _step_below(situation: Situation) -> Fraction:
    """Where the last raise came from; after a lowering, the next step below."""
    last = situation.timeline.events[-1]
    if last.kind is EventKind.RAISED and last.before is not None:
        return last.before
    below = [step.percent for step in situation.policy.steps if step.percent < situation.percent]
    return max(below, default=Fraction(0))


def unasked() -> Health:
    """A human's word needs no evidence: Prometheus is not asked."""
    return Health(applied=Applied(seen=Seen.UNKNOWN), baked_from=None, verdicts=())


def asked(request: Request) -> Decision:
    """The decision behind what a human asks for."""
    reason = Reason(why=Why.ASKED, facts={"by": request.by, "reason": request.reason})
    return Decision(kind=Kind.HOLD, reasons=(reason,))


def _body(world: World, situation: Situation, hold: Hold) -> str:
    return hold_body(situation, unasked(), hold, pages=world.forge.pages)
