"""The steps of a ladder: which comes next above a weight, and what it means on this route."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from promoter.core.policy import Policy, Step
from promoter.core.weights import Split


def step_at(policy: Policy, percent: Fraction) -> Step | None:
    """The step whose weight the candidate has, or None between steps."""
    return next((step for step in policy.steps if step.percent == percent), None)


def step_above(policy: Policy, percent: Fraction) -> Step | None:
    """The first step above this share; None at or above the top."""
    return next((step for step in policy.steps if step.percent > percent), None)


def target(
    split: Split, step: Step, *, candidate: str, stable: str, destinations: Mapping[str, str]
) -> Split:
    """The split after a promotion to `step`; only stable gives, other destinations keep their weights.

    Where others hold part of the route, a step beyond what stable carries means all of it. Raises
    WeightError where the step is no whole weight of this route.
    """
    gray, rest = destinations[candidate], destinations[stable]
    weight = min(split.weight_of(step.percent), split[gray] + split[rest])
    return split.move(candidate=gray, stable=rest, to=weight)


def lowered(
    split: Split, percent: Fraction, *, candidate: str, stable: str, destinations: Mapping[str, str]
) -> Split:
    """The split with the candidate back at `percent` of the total (rounded down), the rest to stable."""
    gray, rest = destinations[candidate], destinations[stable]
    weight = int(percent * split.total / 100)
    return split.move(candidate=gray, stable=rest, to=min(weight, split[gray]))
