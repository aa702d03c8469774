"""A route's shares: the sum is kept, nothing is negative, and what a percentage means as a weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


class WeightError(ValueError):
    """A target that this route cannot express; the text says why."""


@dataclass(frozen=True, slots=True)
class Split:
    """The weights of one route's destinations, in the manifest's order.

    `weights` maps a destination (`host[:port][/subset]`) to its non-negative integer weight.
    """

    weights: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, weights: Mapping[str, int]) -> Split:
        """A split of these destinations. Raises WeightError for negative weights or an empty total."""
        negative = [dest for dest, weight in weights.items() if weight < 0]
        if negative:
            raise WeightError(f"negative weight for {', '.join(negative)}")
        if sum(weights.values()) <= 0:
            raise WeightError("the route's weights sum to 0, so no share means anything")
        return cls(tuple(weights.items()))

    @property
    def total(self) -> int:
        """The sum of all weights, destinations outside the rollout included."""
        return sum(weight for _, weight in self.weights)

    def __getitem__(self, dest: str) -> int:
        return dict(self.weights)[dest]

    def percent(self, dest: str) -> Fraction:
        """The destination's share of the route's total, in percent, exactly."""
        return Fraction(100 * self[dest], self.total)

    def weight_of(self, percent: Fraction) -> int:
        """The whole weight that `percent` of this route's total is. Raises WeightError if none is."""
        exact = percent * self.total / 100
        if exact.denominator != 1:
            raise WeightError(
                f"{format_percent(percent)} of the route's total weight {self.total} is {float(exact):g}, "
                "not a whole weight"
            )
        return int(exact)

    def move(self, *, candidate: str, stable: str, to: int) -> Split:
        """The split with the candidate at weight `to`, the difference taken from or given to stable.

        Raises WeightError where stable does not carry enough to give.
        """
        difference = to - self[candidate]
        if to < 0 or self[stable] - difference < 0:
            raise WeightError(
                f"{candidate} cannot go from {self[candidate]} to {to}: {stable} carries only {self[stable]}"
            )
        moved = {candidate: to, stable: self[stable] - difference}
        return Split(tuple((dest, moved.get(dest, weight)) for dest, weight in self.weights))


def format_percent(percent: Fraction) -> str:
    """`5%`, `0.1%`: a share for people, exact where it is short."""
    return f"{float(percent):.6g}%"
