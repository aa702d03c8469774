"""promoter's own rule on the two gauges of a run, through promoter.core.judge.

Gauges do not depend on the weight, so what can be asked once is asked once: the first tick at which the level
is held to be violated, the steepest slope at a tick. The mAP is judged anew only when an evaluation came
in; a failure is looked for at every one of the climb's first thirty, at every eighth after that.
"""

from __future__ import annotations

import math
from statistics import median

import numpy as np

from bench.judge.cases import GROWTH_LIMIT, LADDER, MAP_FLOOR, MAP_WITHIN, TICK
from bench.judge.noise import Floats
from bench.judge.settings import Settings, check_alpha
from bench.judge.world import GPU_BEFORE, World
from promoter.core.ask import BASELINE, MEMORY
from promoter.core.judge.level import LAST, OVER, Going, first_breach, level
from promoter.core.judge.mean import SHIFTS, Evaluation
from promoter.core.judge.proportion import LEAST_AT_THE_END, LEAST_TICKS
from promoter.core.judge.quality import Asked, Bound, Shown, qualities

MAP_ERROR = 0.6  # published by the evaluator
EVALUATION = 120.0  # seconds
MEMORY_TICKS = round(MEMORY.total_seconds() / TICK)
RECENT = GPU_BEFORE  # stable's readings whose median gray's is compared with
DENSE, SPARSE = 30, 8
SCREEN = 37.0  # above any bound that is ever compared with: no stake is worth anything where none below this would be
BOUNDS = (Bound(at_least=MAP_FLOOR), Bound(within=MAP_WITHIN))


class Memory:
    """The growth of GPU memory over stable's, at most 15 %."""

    def __init__(self, world: World, run: int) -> None:
        stable: list[float] = [*world.gpu_before[:, run].tolist(), *world.gpu_stable[:, run].tolist()]
        gray: list[float] = world.gpu_gray[:, run].tolist()
        self.gray, self.stable = gray, stable[RECENT:]
        self.near = [median(stable[tick + 1 : tick + 1 + RECENT]) for tick in range(world.ticks)]
        self.values = [value / near - 1 for value, near in zip(gray, self.near, strict=True)]
        self.times = [(tick + 1) * TICK for tick in range(world.ticks)]
        self.first = 0
        self.breach = math.inf

    def start(self, first: int) -> None:
        """Evidence of a step begins at this tick."""
        self.first = first
        found = first_breach(self.values[first:], GROWTH_LIMIT)
        self.breach = math.inf if found is None else first + found

    def failed(self, tick: int) -> bool:
        """Whether the level was held to be violated by this tick."""
        return self.breach <= tick

    def passed(self, tick: int, settings: Settings, *, last: bool) -> bool:
        """`last`: the step before all traffic is given, where the trend is looked at as well."""
        here = self.values[self.first : tick + 1]
        climb = max(0, self.first - MEMORY_TICKS)
        if len(here) < (LEAST_AT_THE_END if last else LEAST_TICKS):
            return False
        if sum(value > GROWTH_LIMIT for value in here[-LAST:]) >= OVER:
            return False
        found = level(
            here,
            self.alone(self.gray, climb, tick),
            limit=GROWTH_LIMIT,
            end=self.times[tick],
            least=LEAST_AT_THE_END if last else LEAST_TICKS,
            beta=settings.beta,
            trend=last,
            shared=self.alone(self.stable, climb, tick),
        )
        return found.going is Going.INSIDE

    def alone(self, readings: list[float], first: int, tick: int) -> list[tuple[float, float]]:
        """A version's readings held against where stable is now."""
        base = self.near[tick]
        return [(self.times[at], readings[at] / base - 1) for at in range(first, tick + 1)]


class Quality:
    """The mAP: at least 36.0, and within 2 % of stable's."""

    def __init__(self, world: World, run: int, settings: Settings) -> None:
        self.settings = settings
        self.gray = _evaluations(world, run, world.map_gray)
        before = enumerate(world.map_before[:, run].tolist())
        self.stable = [
            Evaluation((number - len(world.map_before)) * EVALUATION, value, MAP_ERROR)
            for number, value in before
            if not math.isnan(value)
        ] + _evaluations(world, run, world.map_stable)
        self.oldest = 0
        self.first = self.known = self.known_stable = 0
        self.sums = [0.0] * len(SHIFTS)
        self.suspicious = False
        self.here = 0
        self.judged = (-1, 0, 0)
        self.answer = (False, False)  # failed, passed
        self.step = 0

    def start(self, first: int, step: int) -> None:
        """Evidence of a step begins at this tick; the evaluation that stands then counts."""
        at = first * TICK
        standing = sum(1 for one in self.gray if one.at <= at)
        climb = max(0.0, at - MEMORY.total_seconds())
        self.first = sum(1 for one in self.gray if one.at <= climb)
        self.oldest = sum(1 for one in self.stable if one.at <= at - BASELINE.total_seconds())
        self.here = max(0, standing - 1)
        self.answer, self.step = (False, False), step

    def advance(self, tick: int) -> bool:
        """Take in what was exported by the end of this tick; whether there is something new about gray."""
        now = (tick + 1) * TICK
        while self.known_stable < len(self.stable) and self.stable[self.known_stable].at <= now:
            self.known_stable += 1
        fresh = False
        while self.known < len(self.gray) and self.gray[self.known].at <= now:
            self._screen(self.gray[self.known].value)
            self.known += 1
            fresh = True
        return fresh

    def _screen(self, value: float) -> None:
        lack = (SCREEN - value) / MAP_ERROR
        self.sums = [
            max(total, 0.0) + shift * lack - shift * shift / 2
            for total, shift in zip(self.sums, SHIFTS, strict=True)
        ]
        self.suspicious |= max(self.sums) >= -math.log(self.settings.beta)

    def due(self) -> bool:
        """Whether a failure is looked for after this evaluation."""
        count = self.known - self.first
        return count <= DENSE or count % SPARSE == 0

    def judge(self) -> None:
        """Both bounds on what is known, where that is more than it was."""
        known = self.step, self.known, self.known_stable
        if known == self.judged:
            return
        self.judged = known
        gray, stable = self.gray[self.first : self.known], self.stable[self.oldest : self.known_stable]
        asked = [
            Asked(
                bound=bound,
                alpha=check_alpha(self.settings) / len(BOUNDS),
                beta=self.settings.beta,
                following=LADDER[self.step + 1] / 100,
                headroom=self.settings.headroom,
            )
            for bound in BOUNDS
        ]
        here = self.known - self.here
        shown = {one.shown for one in qualities(asked, gray, stable, here=here, standing=0, flat=False)}
        self.answer = (Shown.BELOW in shown, shown == {Shown.INSIDE})


def _evaluations(world: World, run: int, readings: Floats) -> list[Evaluation]:
    """What the evaluator exported, with the moment at which each was first seen."""
    ticks = np.arange(world.ticks)
    fresh = ((ticks + world.map_phase[run]) % 4 == 0) | (ticks == 0)
    return [
        Evaluation((tick + 1) * TICK, value, MAP_ERROR)
        for tick, value in zip(ticks[fresh].tolist(), readings[fresh, run].tolist(), strict=True)
        if not math.isnan(value)
    ]
