"""Rule `sequential` for bad events out of all: tick by tick through `proportion.py`, then into a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise, repeat, zip_longest

from promoter.core.ask import BASELINE
from promoter.core.judge.counts import Counts, Span
from promoter.core.judge.material import MOST_READINGS, Material, limit_of, unit_of
from promoter.core.judge.proportion import (
    SICK,
    Climb,
    Rule,
    Standing,
    State,
    Tick,
    advance,
    begin,
    failed,
    log_within,
    needed,
    proof_now,
    remembered,
    stable_is_sick,
    standing,
)
from promoter.core.judge.sequential import bar_of, is_beyond
from promoter.core.judge.verdict import Cause, Moment, Outcome, Proof, Verdict, WindowReading
from promoter.core.policy import Policy, QuantileCheck, Unit
from promoter.core.subject import Subject

MOMENTS = 24  # points of a verdict's trail

_OUTCOMES = {
    Standing.FAILED: (Outcome.FAIL, Cause.OVER_LIMIT),
    Standing.DISTURBED: (Outcome.INCONCLUSIVE, Cause.ENVIRONMENT),
    Standing.TOO_EARLY: (Outcome.INCONCLUSIVE, Cause.TOO_EARLY),
    Standing.SUSPECT: (Outcome.INCONCLUSIVE, Cause.UNSETTLED),
    Standing.OPEN: (Outcome.INCONCLUSIVE, Cause.TOO_FEW),
    Standing.BURSTS: (Outcome.INCONCLUSIVE, Cause.BURSTS),
    Standing.PROVEN: (Outcome.PASS, Cause.PROVEN),
}


def alpha_of(policy: Policy) -> float:
    """The error rate of one check at one step: a rollout's, shared over all of them."""
    return policy.judge.alpha / (len(policy.checks) * len(policy.steps))


def following_share(subject: Subject) -> float | None:
    """The candidate's share (0..1) after the next promotion; None at the top."""
    return float(subject.following / 100) if subject.following is not None else None


def is_last(following: Fraction | None) -> bool:
    """Whether all traffic goes to the candidate after this step, whose next weight (percent) this is, or does already."""
    return following is None or following >= 100  # noqa: PLR2004 - percent


def judged_by_evidence(
    material: Material,
    span: Span,
    gray: Counts,
    stable: Counts,
    *,
    limit: float,
    odds: float = 1.0,
    alpha: float | None = None,
    note: str | None = None,
) -> Verdict:
    """The verdict on a share of bad events. `odds`: how much worse than stable the candidate is known to be."""
    ticks = _ticks(gray, stable)
    subject = material.subject
    reference, sick = _before(ticks[: span.first], limit, subject.policy.metrics.step)
    rule = Rule.of(
        limit,
        bar_of(limit, following_share(subject), subject.policy.judge.headroom),
        alpha=alpha or alpha_of(subject.policy),
        beta=subject.policy.judge.beta,
        reference=reference,
        odds=odds,
        relative=subject.stable_percent > 0,
    ).at(last=is_last(subject.following), stable_was_sick=sick)
    states = _states(rule, span, ticks)
    return _verdict(material, span, rule, states, ticks, note)


def proven_over(ticks: Sequence[Tick], limit: float, alpha: float, *, relative: bool) -> bool:
    """Whether gray's share was ever proven above `limit` at error rate `alpha`; `relative`: and above stable's."""
    rule = Rule.of(limit, limit, alpha=alpha, beta=0.5, reference=0.0, relative=relative)
    return failed(rule, advance(rule, begin(rule), *ticks))


def _ticks(gray: Counts, stable: Counts) -> list[Tick]:
    rows = zip(gray.bad, gray.doubtful, gray.total, stable.bad, stable.doubtful, stable.total, strict=True)
    return list(map(tuple.__new__, repeat(Tick), rows))  # what Tick._make does, without a call each


def _before(before: Sequence[Tick], limit: float, step: timedelta) -> tuple[float, bool]:
    """Stable's share just before the step, and whether it was over the limit then.

    Where little was seen the share is drawn towards a fifth of the limit.
    """
    last = before[-math.ceil(BASELINE / step) :]
    bad = sum([tick.stable_bad for tick in last])
    total = sum([tick.stable_total for tick in last])
    return (bad + 0.2) / (total + 1 / limit), is_beyond(bad, total, limit, SICK)


def _states(rule: Rule, span: Span, ticks: Sequence[Tick]) -> list[State]:
    """The state before the step's first tick, at up to MOMENTS moments, the last one now."""
    climb = remembered(rule, Climb(), *ticks[span.remembered : span.climbed])
    here = ticks[span.first :]
    moments = sorted({round(len(here) * part / MOMENTS) for part in range(MOMENTS + 1)})
    states = [begin(rule, climb)]
    for before, moment in pairwise(moments):
        states.append(advance(rule, states[-1], *here[before:moment]))
    return states


def _verdict(
    material: Material,
    span: Span,
    rule: Rule,
    states: Sequence[State],
    ticks: Sequence[Tick],
    note: str | None,
) -> Verdict:
    check, state = material.check, states[-1]
    outcome, cause = _OUTCOMES[standing(rule, state)]
    limit, lower = limit_of(check)
    more, eta = _still_needed(material, rule, state, cause)
    bad, total = _told(state, ticks[span.first :], cause)
    return Verdict(
        check=check.name,
        outcome=outcome,
        cause=cause,
        unit=unit_of(check),
        observed=bad / total if total else None,
        stable=state.stable_bad / state.stable_total if state.stable_total else None,
        limit=limit,
        lower=lower,
        edge=check.limit * check.scale if isinstance(check, QuantileCheck) else None,
        edge_unit=check.unit if isinstance(check, QuantileCheck) else Unit.PLAIN,
        samples=round(total),
        breaches=state.bursts.seen,
        windows=state.ticks,
        windows_needed=rule.least_ticks,
        needed=more,
        eta=eta,
        note=note,
        on_fail=check.on_fail,
        readings=tuple(_readings(rule, span, ticks)),
        proof=_proof(rule, span, states),
    )


def _told(state: State, here: Sequence[Tick], cause: Cause) -> tuple[float, float]:
    """What the candidate is said to have done: a pass rests on ticks in which stable was well, the rest is of all."""
    if cause not in (Cause.OVER_LIMIT, Cause.ENVIRONMENT):
        return state.bad, state.total
    return sum([tick.bad for tick in here]), sum([tick.total for tick in here])


def _still_needed(
    material: Material, rule: Rule, state: State, cause: Cause
) -> tuple[int | None, timedelta | None]:
    """Requests and time until a pass, if it goes on like this; None where that cannot be told."""
    if cause not in (Cause.TOO_EARLY, Cause.TOO_FEW, Cause.BURSTS):
        return None, None
    step = material.subject.policy.metrics.step
    more = needed(rule, state)
    waits = [max(0, rule.least_ticks - (state.ticks - state.masked)) * step]
    if more is None:
        return None, None
    if more:
        counted = state.ticks - state.masked
        if not state.total or not counted:
            return more, None
        waits.append(more / (state.total / counted) * step)
    if cause is Cause.BURSTS:
        quiet = state.bursts.ticks_until(rule.bar, state.doubtful, state.total, state.ticks - state.masked)
        if quiet is None:
            return more or None, None
        waits.append(quiet * step)
    return more or None, max(waits)


def _proof(rule: Rule, span: Span, states: Sequence[State]) -> Proof:
    state = states[-1]
    bursts = state.bursts
    return Proof(
        alpha=rule.alpha,
        beta=rule.beta,
        bar=rule.bar,
        bound=rule.prior.upper_bound(state.doubtful, state.total, rule.beta),
        within=log_within(rule, state) / math.log(10) if state.total else 0.0,
        over=math.log10(state.proof),
        relative=rule.relative,
        ticks=state.ticks,
        masked=state.masked,
        least=rule.least_ticks,
        reference=rule.prior.mean,
        bursts=bursts.seen,
        average=bursts.average(state.doubtful, state.total) if bursts.seen else None,
        trail=tuple(_trail(rule, span, states)),
    )


def _trail(rule: Rule, span: Span, states: Sequence[State]) -> list[Moment]:
    """The evidence at each of the moments."""
    return [
        Moment(
            at=span.windows.bounds(span.first + state.ticks - 1)[1],
            within=log_within(rule, state) / math.log(10),
            over=math.log10(proof_now(rule, state)),
        )
        for state in states[1:]
    ]


def _readings(rule: Rule, span: Span, ticks: Sequence[Tick]) -> list[WindowReading]:
    """The step's ticks, put together to at most MOST_READINGS windows."""
    here = ticks[span.first :]
    if not here:
        return []
    together = math.ceil(len(here) / MOST_READINGS)
    places = range(0, len(here), together)
    columns = (
        *zip(*here, strict=True),
        [stable_is_sick(rule, tick) for tick in here],
    )
    bad, _, total, stable_bad, _, stable_total, sick = (
        list(map(sum, zip_longest(*[iter(column)] * together, fillvalue=0.0))) for column in columns
    )
    counts = [min(together, len(here) - place) for place in places]
    edges = [
        span.windows.start + (span.first + place) * span.windows.length for place in (*places, len(here))
    ]
    return [
        WindowReading(
            start=edges[index],
            end=edges[index + 1],
            bad=bad[index],
            total=total[index],
            stable_bad=stable_bad[index],
            stable_total=stable_total[index],
            breach=bad[index] > rule.limit * total[index]
            if total[index] and sick[index] * 2 <= count
            else None,
        )
        for index, count in enumerate(counts)
    ]
