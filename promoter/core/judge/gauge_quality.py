"""A gauge's lower bound: its readings as evaluations, and what `quality.py` says of them, in the gauge's words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median

from promoter.core.judge.evaluations import evaluations, since
from promoter.core.judge.gauge_parts import Part, Readings, least_ticks
from promoter.core.judge.material import Material
from promoter.core.judge.mean import Evaluation
from promoter.core.judge.quality import Asked, Bound, Quality, Shown, qualities
from promoter.core.judge.share_evidence import alpha_of, following_share
from promoter.core.judge.verdict import Cause, Outcome, Proof
from promoter.core.policy import GaugeCheck

_QUALITY = {
    Shown.BELOW: (Outcome.FAIL, Cause.OVER_LIMIT),
    Shown.SICK: (Outcome.INCONCLUSIVE, Cause.ENVIRONMENT),
    Shown.UNSETTLED: (Outcome.INCONCLUSIVE, Cause.UNSETTLED),
    Shown.OPEN: (Outcome.INCONCLUSIVE, Cause.TOO_FEW),
    Shown.ABOVE: (Outcome.INCONCLUSIVE, Cause.ABOVE_BAND),
    Shown.INSIDE: (Outcome.PASS, Cause.PROVEN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """Both versions' evaluations; of gray's the last `here` are of this step.

    `ticks` of the step had a reading; the last evaluation has stood for `standing` of them. `flat`: no reading ever
    changed. `spacing` is about how long there is between two evaluations.
    """

    gray: tuple[Evaluation, ...]
    stable: tuple[Evaluation, ...]
    here: int
    ticks: int
    standing: int
    flat: bool
    spacing: timedelta | None


def evaluated(material: Material, check: GaugeCheck, readings: Readings) -> Evaluated:
    """The evaluations behind a check's readings: the same for each of its bounds."""
    by_samples = check.samples is not None
    gray = evaluations(readings.gray, readings.gray_errors, samples=by_samples)
    stable = evaluations(readings.stable, readings.stable_errors, samples=by_samples)
    ticks = _after(readings, material.start)
    flat = len({one.value for one in gray}) == 1 and len({one.value for one in stable}) <= 1
    last = max(material.start, gray[-1].at) if gray else material.end
    return Evaluated(
        gray=gray,
        stable=stable,
        here=len(since(gray, material.start)),
        ticks=ticks,
        standing=ticks if flat else _after(readings, last),
        flat=flat,
        spacing=_spacing((*gray, *stable)),
    )


def _after(readings: Readings, start: float) -> int:
    return len(readings.gray.times) - bisect_right(readings.gray.times, start)


def _spacing(found: Sequence[Evaluation]) -> timedelta | None:
    """About how long there is between two evaluations."""
    gaps = [later.at - earlier.at for earlier, later in pairwise(found) if later.at > earlier.at]
    return timedelta(seconds=median(gaps)) if gaps else None


def quality_parts(
    material: Material, check: GaugeCheck, known: Evaluated, bounds: Sequence[Bound]
) -> Iterator[Part]:
    """What each lower bound of the check comes to."""
    judge = material.subject.policy.judge
    count = (check.at_least is not None) + (check.within is not None)
    alpha, following = alpha_of(material.subject.policy) / count, following_share(material.subject)
    asked = [
        Asked(bound=bound, alpha=alpha, beta=judge.beta, following=following, headroom=judge.headroom)
        for bound in bounds
    ]
    found = qualities(
        asked, known.gray, known.stable, here=known.here, standing=known.standing, flat=known.flat
    )
    for one, shown in zip(asked, found, strict=True):
        yield _part(material, known, one, shown)


def _part(material: Material, known: Evaluated, asked: Asked, found: Quality) -> Part:
    least = least_ticks(material)
    outcome, cause = _QUALITY[found.shown]
    if outcome is Outcome.FAIL and asked.bound.within is not None:
        cause = Cause.WORSE_THAN_STABLE
    early = outcome is Outcome.PASS and known.ticks < least
    eta = found.needed * known.spacing if found.needed is not None and known.spacing is not None else None
    return Part(
        outcome=Outcome.INCONCLUSIVE if early else outcome,
        cause=Cause.TOO_EARLY if early else cause,
        observed=found.value,
        limit=found.limit,
        lower=True,
        proof=_proof(asked, found, ticks=known.ticks, least=least),
        needed=found.needed,
        eta=(least - known.ticks) * material.subject.policy.metrics.step if early else eta,
        note="one reading that never changed, its error is not known" if found.face_value else None,
    )


def _proof(asked: Asked, found: Quality, *, ticks: int, least: int) -> Proof:
    return Proof(
        alpha=asked.alpha,
        beta=asked.beta,
        bar=found.bar,
        bound=found.bound,
        within=found.within,
        over=found.over,
        ticks=ticks,
        least=least,
    )
