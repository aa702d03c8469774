"""Why a release's end cannot be had now: refusals of `introduce` and `finish`, in words for the human who asks."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.decision import Decision, Kind, Why
from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ProposalKind
from promoter.core.situation import Situation
from promoter.core.timeline import identity_of
from promoter.core.weights import format_percent
from promoter.errors import PromoterError
from promoter.report.numbers import one_line
from promoter.report.reasons import reason_line


def refuse_twin(situation: Situation, stable_images: Sequence[str], after: Sequence[str]) -> None:
    """Raise PromoterError where stable runs what is to be introduced."""
    if sorted(stable_images) == sorted(after):
        raise PromoterError(
            f"{situation.policy.stable} runs this image already: there is nothing to release",
            hint="to go back to it, use promoter rollback",
        )


def refuse_complete(situation: Situation) -> None:
    """Raise PromoterError where the present candidate carries everything, and nothing is wrong with it."""
    if situation.route.percent(situation.policy.stable) or situation.holds or situation.percent == 0:
        return
    raise PromoterError(
        f"{situation.candidate} is at {format_percent(situation.percent)}: {situation.policy.stable}, with the image "
        "before it, would take its traffic back",
        hint="run promoter finish first, or promoter rollback where that is meant",
    )


def refuse_held(situation: Situation, images: tuple[str, ...], *, again: bool) -> None:
    """Raise PromoterError under a pause, and for images with a hold of their own unless `again`."""
    holds = situation.holds_of(identity_of(situation.candidate, images))
    for hold in holds:
        if hold.kind is HoldKind.PAUSE:
            raise PromoterError(f"{situation.policy.name} is {held(hold)}", hint="resume it first")
    if holds and not again:
        raise PromoterError(
            f"this image was {held(holds[0])}, and that hold comes back with it",
            hint="--again introduces it all the same; promoter resume then lets it climb",
        )


def refuse_unfinishable(situation: Situation) -> None:
    """Raise PromoterError where the candidate does not carry everything, or somebody stopped it."""
    candidate, now = situation.candidate, format_percent(situation.percent)
    if situation.percent == 0:
        raise PromoterError(
            f"nothing to finish: {candidate} has no traffic", hint="promoter introduce brings a candidate"
        )
    if situation.holds:
        raise PromoterError(
            f"{situation.policy.name} is {held(situation.holds[0])}", hint="resume it, or roll it back"
        )
    for proposal in situation.view.open(ProposalKind.REVERT):
        if proposal.candidate == candidate and not proposal.draft:
            raise PromoterError(f"a rollback was asked for: merge or close {proposal.branch} first")
    if stable := situation.route.percent(situation.policy.stable):
        raise PromoterError(
            f"not done yet: {candidate} is at {now}, and {situation.policy.stable} still carries "
            f"{format_percent(stable)}"
        )


def refuse_undone(situation: Situation, decision: Decision, *, unproven: bool) -> None:
    """Raise PromoterError unless the decision is that all is done; `unproven` takes a human's word for it."""
    candidate, now = situation.candidate, format_percent(situation.percent)
    whys = {reason.why for reason in decision.reasons}
    if decision.kind is Kind.DONE and (unproven or Why.TOP_UNPROVEN not in whys):
        return
    told = "; ".join(reason_line(reason) for reason in decision.reasons)
    hint = "--unproven finishes it on your word" if Why.TOP_UNPROVEN in whys else None
    raise PromoterError(f"not done yet: {candidate} is at {now}: {told}", hint=hint)


def held(hold: Hold) -> str:
    """Who stopped it and why: `rolled back by Ada: p99 looked odd`."""
    words_of = {
        HoldKind.FREEZE: "frozen",
        HoldKind.PAUSE: "paused",
        HoldKind.ROLLBACK: "rolled back",
        HoldKind.VETO: "vetoed",
    }
    return f"{words_of[hold.kind]} by {one_line(hold.by, 60)}: {one_line(hold.reason)}"
