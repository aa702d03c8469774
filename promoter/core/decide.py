"""The ordered questions of a tick: the first one that objects decides; promotion is what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from promoter.core.decision import Decision, Kind, Reason, Why
from promoter.core.judge.verdict import Cause
from promoter.core.ladder import target
from promoter.core.policy import After, OnFail
from promoter.core.proposals import ProposalKind
from promoter.core.situation import Situation, Unusable
from promoter.core.subject import Health, Seen
from promoter.core.weights import Split, WeightError, format_percent
from promoter.core.windows import is_open, opens_next

Question = Callable[[Situation, Health], Decision | None]


def no_such_weight(situation: Situation, health: Health) -> Decision | None:
    """The next step cannot be written on this route."""
    step = situation.following
    if step is None:
        return None
    try:
        _target(situation)
    except WeightError as error:
        return _decision(Kind.ERROR, Reason(why=Why.UNUSABLE, facts={"problem": str(error)}))
    return None


def standing_hold(situation: Situation, health: Health) -> Decision | None:
    """A hold stands: only a human's resume lifts it. Judging goes on and is told."""
    holds = situation.holds
    if not holds:
        return None
    told = [
        Reason(
            why=Why.HELD,
            facts={
                "kind": hold.kind.value,
                "by": hold.by,
                "since": hold.since.timestamp(),
                "reason": hold.reason,
                "commit": hold.commit[:9],
            },
        )
        for hold in holds
    ]
    failing = [Reason(why=Why.STILL_FAILING, verdict=verdict) for verdict in health.failed]
    return _decision(Kind.HOLD, *told, *failing)


def nothing_to_release(situation: Situation, health: Health) -> Decision | None:
    """The candidate has no traffic, and stable runs its image: the release is finished."""
    if not situation.timeline.finished:
        return None
    return _decision(Kind.DONE, Reason(why=Why.FINISHED))


def failed(situation: Situation, health: Health) -> Decision | None:
    """A check found its limit violated."""
    if not health.failed:
        return None
    rollback = any(verdict.on_fail is OnFail.ROLLBACK for verdict in health.failed)
    reasons = tuple(Reason(why=Why.CHECK_FAILED, verdict=verdict) for verdict in health.failed)
    return Decision(kind=Kind.FREEZE, reasons=reasons, rollback=rollback)


def at_the_top(situation: Situation, health: Health) -> Decision | None:
    """Nothing is left to promote to, and the last step's bake has passed."""
    if not situation.at_top:
        return None
    percent = format_percent(situation.percent)
    if not _missing(situation, health):
        return _decision(Kind.DONE, Reason(why=Why.TOP, facts={"percent": percent}))
    if situation.at >= situation.since + situation.policy.bake.max:
        facts: dict[str, str | float | int] = {
            "percent": percent,
            "max": situation.policy.bake.max.total_seconds(),
        }
        return _decision(Kind.DONE, Reason(why=Why.TOP_UNPROVEN, facts=facts))
    return None


def not_proven(situation: Situation, health: Health) -> Decision | None:
    """Not applied, not settled, not baked, a check undecided, or health unknown: what is missing, and when."""
    missing = _missing(situation, health)
    if not missing:
        return None
    return Decision(kind=Kind.WAIT, reasons=tuple(missing), eta=_eta(situation, health))


def rollback_open(situation: Situation, health: Health) -> Decision | None:
    """A human asked for the way back: nothing goes forward before that is merged or closed."""
    asked = [
        proposal
        for proposal in situation.view.open(ProposalKind.REVERT)
        if proposal.candidate == situation.candidate and not proposal.draft
    ]
    if situation.percent == 0 or not asked:
        return None
    return _decision(Kind.WAIT, Reason(why=Why.ROLLBACK_OPEN, facts={"branch": asked[0].branch}))


def outside_window(situation: Situation, health: Health) -> Decision | None:
    """Promotions may not happen now."""
    windows = situation.policy.windows
    if is_open(windows, situation.at):
        return None
    opens = opens_next(windows, situation.at)
    facts: dict[str, str | float] = {"windows": ", ".join(window.text for window in windows)}
    if opens is not None:
        facts["opens"] = opens.timestamp()
    eta = opens - situation.at if opens else None
    return Decision(kind=Kind.WAIT, reasons=(Reason(why=Why.OUTSIDE_WINDOW, facts=facts),), eta=eta)


def behind_a_wave(situation: Situation, health: Health) -> Decision | None:
    """A rollout that goes first is not far enough, or not long enough."""
    found = [_wave(situation, after) for after in situation.policy.after]
    reasons = tuple(reason for reason, _ in filter(None, found))
    if not reasons:
        return None
    etas = [eta for _, eta in filter(None, found)]
    known = [eta for eta in etas if eta is not None]
    eta = max(known) if len(known) == len(etas) else None
    return Decision(kind=Kind.WAIT, reasons=reasons, eta=eta)


def end_of_experiment(situation: Situation, health: Health) -> Decision | None:
    """Several candidates climb together only to `hold_at`, and only on what stable still carries."""
    policy, step = situation.policy, situation.following
    if len(policy.candidates) == 1 or step is None:
        return None
    hold_at = policy.experiment.hold_at if policy.experiment else None
    beyond = hold_at is not None and step.percent > hold_at
    short = situation.route.percent(policy.stable) + situation.percent < step.percent
    if not (beyond or short):
        return None
    facts: dict[str, str | float | int] = {
        "to": format_percent(step.percent),
        "hold_at": format_percent(hold_at) if hold_at else "",
    }
    return _decision(Kind.WAIT, Reason(why=Why.EXPERIMENT, facts=facts))


QUESTIONS: tuple[Question, ...] = (
    no_such_weight,
    standing_hold,
    nothing_to_release,
    failed,
    at_the_top,
    not_proven,
    rollback_open,
    end_of_experiment,
    outside_window,
    behind_a_wave,
)


def decide(situation: Situation, health: Health) -> Decision:
    """What this tick concludes for one candidate."""
    for question in QUESTIONS:
        decision = question(situation, health)
        if decision is not None:
            return decision
    step = situation.following
    if step is None:  # at 0 % of a route without stable traffic: nothing can be taken from stable
        facts = {"problem": "stable carries no traffic, so there is nothing to give to the candidate"}
        return _decision(Kind.ERROR, Reason(why=Why.UNUSABLE, facts=facts))
    return Decision(
        kind=Kind.PROMOTE,
        reasons=(Reason(why=Why.PROVEN, facts={"to": format_percent(step.percent)}),),
        to=_target(situation),
        step=step,
        merge=situation.policy.merge_at(step),
    )


def unusable(rollout: Unusable) -> Decision:
    """The decision for a rollout that could not be read."""
    return _decision(
        Kind.ERROR, *(Reason(why=Why.UNUSABLE, facts={"problem": problem}) for problem in rollout.problems)
    )


def _decision(kind: Kind, *reasons: Reason) -> Decision:
    return Decision(kind=kind, reasons=reasons)


def _target(situation: Situation) -> Split:
    step = situation.following
    if step is None:
        raise WeightError("there is no step above")
    return target(
        situation.route.split,
        step,
        candidate=situation.candidate,
        stable=situation.policy.stable,
        destinations=situation.route.destinations,
    )


def _missing(situation: Situation, health: Health) -> list[Reason]:
    """Everything that is not proven yet, in the order in which it comes."""
    return [
        *_split(situation, health),
        *_baking(situation, health),
        *_open_checks(situation, health),
        *_overdue_bake(situation, health),
    ]


def _split(situation: Situation, health: Health) -> list[Reason]:
    applied, policy = health.applied, situation.policy
    if applied.seen in (Seen.APPLIED, Seen.NOT_ASKED):
        return []
    facts: dict[str, str | float | int] = {
        "percent": format_percent(situation.percent),
        "reason": applied.reason or "",
        "requests": applied.requests,
    }
    if applied.observed is not None:
        facts["observed"] = applied.observed
    why = Why.SPLIT_UNKNOWN if applied.seen is Seen.UNKNOWN else Why.NOT_APPLIED
    reasons = [Reason(why=why, facts=facts)]
    late = situation.at - situation.timeline.changed.when
    if late > policy.apply_deadline:
        facts = {**facts, "late": late.total_seconds(), "deadline": policy.apply_deadline.total_seconds()}
        reasons.append(Reason(why=Why.APPLY_OVERDUE, facts=facts))
    return reasons


def _baking(situation: Situation, health: Health) -> list[Reason]:
    if health.applied.seen in (Seen.NOT_YET, Seen.UNKNOWN):
        return []
    if health.baked_from is None or health.baked_from > situation.at:
        return [Reason(why=Why.SETTLING, facts={"settle": situation.policy.settle.total_seconds()})]
    baked = health.baked(situation.at)
    if baked < situation.bake:
        facts = {"baked": baked.total_seconds(), "min": situation.bake.total_seconds()}
        return [Reason(why=Why.BAKING, facts=facts)]
    return []


def _open_checks(situation: Situation, health: Health) -> list[Reason]:
    judged = {verdict.check for verdict in health.verdicts}
    unjudged = [check.name for check in situation.policy.checks if check.name not in judged]
    missing = not judged or (unjudged and situation.percent > 0)  # at 0 % a gauge may have nothing to say
    silent = [Reason(why=Why.NO_EVIDENCE, facts={"checks": ", ".join(unjudged)})] if missing else []
    return silent + [
        Reason(why=Why.ENVIRONMENT if verdict.cause is Cause.ENVIRONMENT else Why.CHECK_OPEN, verdict=verdict)
        for verdict in health.open
    ]


def _overdue_bake(situation: Situation, health: Health) -> list[Reason]:
    most = situation.policy.bake.max
    if not health.open or health.baked(situation.at) <= most:
        return []
    return [Reason(why=Why.BAKE_MAX, facts={"max": most.total_seconds()})]


def _eta(situation: Situation, health: Health) -> timedelta | None:
    """About when everything missing could be there; None where one part cannot be told."""
    if health.applied.seen in (Seen.NOT_YET, Seen.UNKNOWN):
        return None
    start = health.baked_from or situation.at + situation.policy.settle
    left = max(timedelta(0), start + situation.bake - situation.at)
    waits = [left, *(verdict.eta for verdict in health.open)]
    known = [wait for wait in waits if wait is not None]
    return max(known) if len(known) == len(waits) else None


def _wave(situation: Situation, after: After) -> tuple[Reason, timedelta | None] | None:
    """Why this rollout must wait for that one, and about how long; None where it need not."""
    wave = situation.waves.get(after.rollout)
    if wave is None or not wave.timelines:
        return Reason(why=Why.WAVE_UNKNOWN, facts={"rollout": after.rollout}), None
    if wave.held:
        return Reason(why=Why.WAVE_HELD, facts={"rollout": after.rollout}), None
    since = _earliest(timeline.at_least_since(after.percent) for timeline in wave.timelines)
    facts: dict[str, str | float] = {
        "rollout": after.rollout,
        "percent": format_percent(after.percent),
        "bake": after.bake.total_seconds(),
        "now": format_percent(max(timeline.percent for timeline in wave.timelines)),
    }
    if since is None:
        return Reason(why=Why.WAVE_BEHIND, facts=facts), None
    spent = situation.at - since
    if spent >= after.bake:
        return None
    facts["spent"] = spent.total_seconds()
    return Reason(why=Why.WAVE_BEHIND, facts=facts), after.bake - spent


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
