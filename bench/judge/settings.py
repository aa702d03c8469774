"""The policy's numbers for promoter's own rule, and how its error rate is shared."""

from __future__ import annotations

from dataclasses import dataclass

from bench.judge.cases import LADDER

CHECKS = 4
RUNGS = len(LADDER) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The policy's numbers, and how often it looks. Settling takes one tick; `bake.min` is 0."""

    every: int = 1  # ticks between two looks
    alpha: float = 0.05
    beta: float = 0.05
    headroom: float = 0.5
    settle: int = 1  # ticks
    relative: bool = True  # a failure also needs gray to be worse than stable


def check_alpha(settings: Settings) -> float:
    """A rollout's alpha, shared over checks and steps as promoter.core.judge.share_evidence.alpha_of does."""
    return settings.alpha / (CHECKS * len(LADDER))
