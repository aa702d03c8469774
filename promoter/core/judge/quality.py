"""A reading with a lower bound, like mAP: its own, or one relative to stable's, proven or refuted by evaluations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from promoter.core.judge.evaluations import with_errors
from promoter.core.judge.level import UNCHANGED
from promoter.core.judge.mean import (
    FURTHEST,
    Below,
    Evaluation,
    Mean,
    below,
    evaluations_needed,
    log_above,
    surely_below,
)
from promoter.core.judge.sequential import lent

FEWEST = 3  # evaluations without a known error: of the last LAST, this many decide
LAST = 5


class Shown(StrEnum):
    """What the evaluations show about one bound."""

    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"  # better than stable by more than the band: is the evaluator right?
    UNSETTLED = "unsettled"  # evidence or readings below, short of a proof
    OPEN = "open"
    SICK = "sick"  # stable is below the bound as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A lower bound: `at_least`, or `within` (a share) of stable's, whose known difference is `expect`."""

    at_least: float | None = None
    within: float | None = None
    expect: float = 0.0

    def value(self, stable: float) -> float:
        """Where the bound is, for this mean of stable's."""
        if self.at_least is not None:
            return self.at_least
        expected = stable + self.expect * abs(stable)
        return expected - (self.within or 0.0) * abs(expected)

    def ceiling(self, stable: float) -> float:
        """Above this the reading is better than is believable."""
        if self.within is None:
            return math.inf
        expected = stable + self.expect * abs(stable)
        return expected + self.within * abs(expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is known about one bound. `bar` is what a pass has to show, `bound` a lower limit of the true mean."""

    shown: Shown
    limit: float
    bar: float
    value: float | None
    count: int
    bound: float | None = None
    within: float | None = None  # decimal logarithm of the evidence for a pass
    over: float | None = None  # and for a failure
    needed: int | None = None
    face_value: bool = False  # one reading whose error nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The bound, the error rates, the candidate's share after the next promotion, and the budget lent to it."""

    bound: Bound
    alpha: float
    beta: float
    following: float | None
    headroom: float


def qualities(
    asked: Sequence[Asked],
    gray: Sequence[Evaluation],
    stable: Sequence[Evaluation],
    *,
    here: int,
    standing: int,
    flat: bool,
) -> list[Quality]:
    """What gray's evaluations since its first step show about each bound, with all that is known of stable's.

    How good a model is does not hang on its weight, so the evaluations of earlier steps count; the last `here`
    of them are of this step, and have to agree with a pass. `standing` is for how many ticks of the step the last
    one has stood: an evaluator that drops once and stays there publishes nothing more to wait for. `flat` says
    that no reading ever changed.
    """
    known = with_errors(gray, stable)
    if known is None:
        return [_by_count(one, gray, stable, standing=standing, flat=flat) for one in asked]
    means = _Means.of(*known, here)
    return [_by_evidence(one, means, standing=standing) for one in asked]


@dataclass(frozen=True, slots=True)
class _Means:
    """Evaluations with their errors, and what they come to: gray's, of those gray's of this step, and stable's."""

    gray: tuple[Evaluation, ...]
    whole: Mean | None
    step: Mean | None
    stable: Mean | None

    @classmethod
    def of(cls, gray: tuple[Evaluation, ...], stable: tuple[Evaluation, ...], here: int) -> _Means:
        whole = Mean.of(gray) if gray else None
        step = Mean.of(gray[-here:]) if here > 0 and gray else None
        return cls(gray, whole, step, Mean.of(stable) if stable else None)


def _bar(asked: Asked, limit: float, stable: float | None) -> tuple[float, float]:
    """The bar of this step, and how many times the limit's slack it allows.

    The same lending as for shares: the whole service stays inside the limit at the next weight.
    """
    stretch = lent(asked.following, asked.headroom)
    if stable is None or stable <= limit:
        return limit, 1.0
    return stable - (stable - limit) * stretch, stretch


def _by_evidence(asked: Asked, means: _Means, *, standing: int) -> Quality:
    gray, mean, other = means.gray, means.whole, means.stable
    limit = asked.bound.value(other.value if other else 0.0)
    bar, stretch = _bar(asked, limit, other.value if other else None)
    if mean is None:
        return Quality(shown=Shown.OPEN, limit=limit, bar=bar, value=None, count=0)
    error = max([one.error or 0.0 for one in gray])
    moves = _moves(asked, stretch, other.value) if other else 0.0
    borrowed = moves**2 * other.variance if other else 0.0
    difference = mean.value - bar
    evidence = log_above(difference, mean.variance + borrowed, error)
    refuting = _below(asked, gray, other)
    agrees = means.step is not None and _agrees(means.step, bar, borrowed)
    proven = agrees and evidence >= -math.log(asked.beta)
    shown = _shown(asked, mean, other, limit, proven=proven, refuting=refuting)
    if standing >= UNCHANGED and gray[-1].value < limit - FURTHEST * error:
        shown = Shown.SICK if _is_sick(asked, other, limit) else Shown.BELOW
    total = None
    if shown is Shown.OPEN:
        total = evaluations_needed(
            difference,
            error,
            asked.beta,
            seen=len(gray),
            other_variance=borrowed,
            other_count=other.count if other else math.inf,
        )
    return Quality(
        shown=shown,
        limit=limit,
        bar=bar,
        value=mean.value,
        count=len(gray),
        bound=mean.value - _reach(mean.variance, error, asked.beta),
        within=evidence / math.log(10),
        over=math.log10(max(1.0, refuting.most)),
        needed=max(1, total - len(gray)) if total is not None else None,
    )


def _moves(asked: Asked, stretch: float, stable: float) -> float:
    """How far the bar moves with stable's mean; a relative bound is a multiple of it."""
    if asked.bound.at_least is not None:
        return abs(stretch - 1)
    unit = math.copysign(1.0, stable)
    return abs(_bar(asked, asked.bound.value(unit), unit)[0])


def _agrees(step: Mean, bar: float, borrowed: float) -> bool:
    """Whether the evaluations of this step alone are compatible with being at the bar or above."""
    return step.value >= bar - math.sqrt(step.variance + borrowed)


def _below(asked: Asked, gray: Sequence[Evaluation], other: Mean | None) -> Below:
    """The evidence that gray is below the bound; for a relative one, below it whatever stable's mean really is."""
    if asked.bound.at_least is not None or other is None:
        return below(gray, asked.bound.value(0.0), asked.alpha)
    surely = asked.bound.value(surely_below(other, asked.alpha / 2))
    return below(gray, surely, asked.alpha / 2)


def _shown(
    asked: Asked, mean: Mean, other: Mean | None, limit: float, *, proven: bool, refuting: Below
) -> Shown:
    rate = asked.alpha if asked.bound.at_least is not None else asked.alpha / 2
    sick = _is_sick(asked, other, limit)
    if refuting.most >= 1 / rate and mean.count >= FEWEST:
        return Shown.SICK if sick else Shown.BELOW
    if refuting.best >= 1 / asked.beta:
        return Shown.SICK if sick else Shown.UNSETTLED
    if not proven:
        return Shown.OPEN
    return (
        Shown.ABOVE if other is not None and mean.value > asked.bound.ceiling(other.value) else Shown.INSIDE
    )


def _is_sick(asked: Asked, other: Mean | None, limit: float) -> bool:
    """Whether stable is below the same bound: one relative to it, it cannot be."""
    return asked.bound.at_least is not None and other is not None and other.value < limit


def _reach(variance: float, error: float, beta: float) -> float:
    """How far below the seen mean the true one may be: the difference at which the evidence just suffices."""
    low, high = 0.0, 100.0 * math.sqrt(variance) + error
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        if log_above(middle, variance, error) >= -math.log(beta):
            high = middle
        else:
            low = middle
    return high


def _by_count(
    asked: Asked, gray: Sequence[Evaluation], stable: Sequence[Evaluation], *, standing: int, flat: bool
) -> Quality:
    """Without a known error: three of the last five evaluations decide, or one that stays."""
    other = sum(one.value for one in stable) / len(stable) if stable else None
    limit = asked.bound.value(other or 0.0)
    values = [one.value for one in gray]
    last = values[-LAST:]
    sick = asked.bound.at_least is not None and other is not None and other < limit
    shown, needed = Shown.OPEN, None
    beneath = any(
        sum(value < limit for value in values[index : index + LAST]) >= FEWEST for index in range(len(values))
    )
    if beneath or (standing >= UNCHANGED and last and last[-1] < limit):
        shown = Shown.SICK if sick else Shown.BELOW
    elif last and last[-1] < limit:
        shown = Shown.UNSETTLED
    elif (flat and last) or sum(value >= limit for value in last) >= FEWEST:
        over = other is not None and last[-1] > asked.bound.ceiling(other)
        shown = Shown.ABOVE if over else Shown.INSIDE
    else:
        needed = FEWEST - len(last) if len(last) < FEWEST else 1
    return Quality(
        shown=shown,
        limit=limit,
        bar=limit,
        value=(last[-1] if shown is Shown.UNSETTLED else sorted(last)[len(last) // 2]) if last else None,
        count=len(values),
        needed=needed,
        face_value=flat and shown is Shown.INSIDE,
    )
