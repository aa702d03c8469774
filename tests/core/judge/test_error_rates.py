"""The stated error rates of a whole check, by seeded simulation: hundreds of looks at a candidate at the boundary.

Each rate is held with three standard deviations of what is stated, and next to it stands a candidate a little
further out that breaks the same bound: a method that errs more often than it says fails here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from promoter.core.judge.proportion import (
    Climb,
    Rule,
    Standing,
    Tick,
    advance,
    begin,
    failed,
    remembered,
    standing,
)
from promoter.core.judge.sequential import bar_of

LIMIT = 0.005
ALPHA = BETA = 0.05
RUNS = 200
LOOKS = 200
GRAY, STABLE = 600, 5_400  # requests a tick


def a_rule(following: float | None = 1.0) -> Rule:
    return Rule.of(
        LIMIT, bar_of(LIMIT, following, 0.5), alpha=ALPHA, beta=BETA, reference=LIMIT / 5, relative=True
    )


def runs(gray: float, stable: float, *, seed: int = 20260107, looks: int = LOOKS) -> Iterator[list[Tick]]:
    """The ticks of each run."""
    rng = np.random.default_rng(seed)
    for _ in range(RUNS):
        bad, other = rng.binomial(GRAY, gray, looks).tolist(), rng.binomial(STABLE, stable, looks).tolist()
        yield [Tick(one, one, GRAY, two, two, STABLE) for one, two in zip(bad, other, strict=True)]


def frozen(gray: float, stable: float) -> int:
    """How many runs are ever frozen: a failure is never forgotten."""
    rule = a_rule()
    return sum(failed(rule, advance(rule, begin(rule), *ticks)) for ticks in runs(gray, stable))


def passed(gray: float, rule: Rule, climb: Climb | None = None) -> int:
    """How many runs pass at any look."""
    found = 0
    for ticks in runs(gray, LIMIT / 5):
        state = begin(rule, climb)
        for tick in ticks:
            state = advance(rule, state, tick)
            if standing(rule, state) is Standing.PROVEN:
                found += 1
                break
    return found


def most(rate: float) -> float:
    """What is stated, and three standard deviations of it."""
    return RUNS * rate + 3 * math.sqrt(RUNS * rate * (1 - rate))


@pytest.mark.parametrize(
    ("gray", "stable"),
    [
        (LIMIT, LIMIT / 5),  # at the limit, and far worse than stable
        (1.1 * LIMIT, 1.1 * LIMIT),  # over the limit, as stable is: hardly a tick is set aside
        (4 * LIMIT, 4 * LIMIT),  # so far over it that every tick is
    ],
)
def test_a_freeze_is_false_no_more_often_than_alpha(gray: float, stable: float) -> None:
    assert frozen(gray, stable) <= most(ALPHA)


@pytest.mark.parametrize(
    ("gray", "stable"),
    [(1.4 * LIMIT, LIMIT / 5), (1.6 * LIMIT, 1.1 * LIMIT), (20 * LIMIT, 4 * LIMIT)],
)
def test_a_little_worse_and_most_are_frozen(gray: float, stable: float) -> None:
    assert frozen(gray, stable) > RUNS / 2


def test_beside_a_stable_over_its_limit_a_freeze_is_ten_times_rarer() -> None:
    assert frozen(2 * LIMIT, 2 * LIMIT) <= most(ALPHA / 10)


@pytest.mark.parametrize("following", [0.2, 0.5, 1.0])
def test_a_pass_at_the_bar_is_false_no_more_often_than_beta(following: float) -> None:
    rule = a_rule(following)
    assert passed(rule.bar, rule) <= most(BETA)
    assert passed(0.7 * LIMIT, rule) > RUNS / 2


def test_a_share_that_reaches_the_bar_just_here_passes_no_more_often_than_one_and_a_half_beta() -> None:
    rule = a_rule()
    climb = remembered(rule, Climb(), *next(runs(LIMIT / 5, LIMIT / 5, looks=40)))
    assert begin(rule, climb).lead > 0
    assert passed(rule.bar, rule, climb) <= most(1.5 * BETA)
    assert passed(0.8 * rule.bar, rule, climb) > most(1.5 * BETA)
