"""promoter's own rule, through the code of promoter.core.judge, folded tick by tick for one run after the other.

A reading of Prometheus is left out (the counts are the world's), everything that decides is promoter's: `advance`
and `standing` for shares, `level` for memory, `quality` for the mAP. A check that is not asked because
another one already says "not yet" would not change the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from bench.judge.cases import ERROR_LIMIT, LADDER, SLOW_LIMIT, TICK
from bench.judge.gray_gauges import Memory, Quality
from bench.judge.settings import RUNGS, Settings, check_alpha
from bench.judge.track import Track
from bench.judge.world import ERRORS, REQUESTS, SLOW, STABLE_ERRORS, STABLE_REQUESTS, STABLE_SLOW, World
from promoter.core.ask import BASELINE, MEMORY
from promoter.core.judge.proportion import (
    MOST_BORROWED,
    SICK,
    Climb,
    Rule,
    Standing,
    State,
    Tick,
    advance,
    begin,
    failed,
    remembered,
    standing,
)
from promoter.core.judge.sequential import bar_of, is_beyond

REFERENCE_TICKS = round(BASELINE.total_seconds() / TICK)
MEMORY_TICKS = round(MEMORY.total_seconds() / TICK)
SHARES = ((ERROR_LIMIT, ERRORS, STABLE_ERRORS, 1), (SLOW_LIMIT, SLOW, STABLE_SLOW, 2))
Counted = Sequence[float]


@lru_cache(maxsize=4096)
def rule_of(settings: Settings, limit: float, step: int, reference: float, *, sick: bool) -> Rule:
    """The rule of a check of shares at a step."""
    return Rule.of(
        limit,
        bar_of(limit, LADDER[step + 1] / 100, settings.headroom),
        alpha=check_alpha(settings),
        beta=settings.beta,
        reference=reference,
        relative=settings.relative,
    ).at(last=step == RUNGS - 1, stable_was_sick=sick)


@lru_cache(maxsize=4096)
def least_requests(rule: Rule) -> int:
    """Fewer requests than these cannot prove the bar, even without a bad one among them.

    Evidence for a pass falls with every bad event, and what is borrowed from the climb multiplies it at most by
    (1 + MOST_BORROWED) / 2. It saves asking `standing` what it cannot answer yet.
    """
    enough = -math.log(rule.beta) - math.log((1 + MOST_BORROWED) / 2)
    low, high = 0, 1
    while rule.below.log_evidence(0.0, high) < enough:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if rule.below.log_evidence(0.0, middle) < enough else (low, middle)
    return high


class Share:
    """One check of shares over the steps of one run."""

    def __init__(self, settings: Settings, kind: tuple[float, int, int, int], known: list[State]) -> None:
        """`known`: the first step's states, one a tick, as far as another cadence went through them."""
        self.settings, self.kind, self.known = settings, kind, known
        self.step = 0
        self.rule: Rule
        self.state: State
        self.least = 0

    def start(self, step: int, seen: Sequence[Counted], before: Counted) -> None:
        """A new step: `seen` are the ticks so far, `before` the half hour before the first.

        The reference is share_evidence._before's, to two digits so that runs can share a rule.
        """
        self.step = step
        limit, _, stable_bad, slot = self.kind
        recent = seen[-REFERENCE_TICKS:]
        rest = 1 - len(recent) / REFERENCE_TICKS
        bad = sum(tick[stable_bad] for tick in recent) + rest * before[slot]
        total = sum(tick[STABLE_REQUESTS] for tick in recent) + rest * before[0]
        reference = float(f"{(bad + 0.2) / (total + 1 / limit):.1e}")
        sick = is_beyond(bad, total, limit, SICK)
        self.rule = rule_of(self.settings, limit, step, reference, sick=sick)
        self.least = least_requests(self.rule)
        climb = remembered(self.rule, Climb(), *map(self.tick, seen[-MEMORY_TICKS:]))
        self.state = begin(self.rule, climb)

    def tick(self, counts: Counted) -> Tick:
        """This check's counts of a tick."""
        _, bad, stable_bad, _ = self.kind
        many, other = counts[bad], counts[stable_bad]
        return Tick(many, many, counts[REQUESTS], other, other, counts[STABLE_REQUESTS])

    def advance(self, counts: Counted) -> None:
        """One more tick of the step."""
        place = self.state.ticks
        if self.step == 0 and place < len(self.known):
            self.state = self.known[place]
            return
        self.state = advance(self.rule, self.state, self.tick(counts))
        if self.step == 0:
            self.known.append(self.state)

    def failed(self) -> bool:
        """Whether the check fails now."""
        return failed(self.rule, self.state)

    def passed(self) -> bool:
        """Whether the check passes now."""
        if self.state.total < self.least:
            return False
        return standing(self.rule, self.state) is Standing.PROVEN


class Rollout:
    """One run under promoter's rule."""

    def __init__(self, track: Track, run: int, settings: Settings) -> None:
        self.world, self.run, self.settings = track.world, run, settings
        like = replace(settings, every=1), run
        self.shares = [Share(settings, kind, track.world.known[(*like, kind)]) for kind in SHARES]
        self.memory, self.quality = Memory(track.world, run), Quality(track.world, run, settings)
        self.before: list[float] = track.world.before[:, run].tolist()
        self.seen: list[Counted] = []
        self.step = 0

    def begin(self, first: int) -> list[list[float]]:
        """Start the present step, its first tick being `first`; the six counts of every tick at its weight."""
        for share in self.shares:
            share.start(self.step, self.seen, self.before)
        self.memory.start(first + self.settings.settle)
        self.quality.start(first + self.settings.settle, self.step)
        counts: list[list[float]] = self.world.coarse[:, :, self.run, self.step].astype(float).T.tolist()
        return counts

    def advance(self, tick: int, counts: Counted, *, settled: bool) -> None:
        """Take in one tick."""
        self.seen.append(counts)
        if not settled:
            return
        for share in self.shares:
            share.advance(counts)
        if self.quality.advance(tick) and self.quality.suspicious and self.quality.due():
            self.quality.judge()

    def failed(self, tick: int) -> bool:
        """Whether any check fails."""
        return (
            any(share.failed() for share in self.shares) or self.memory.failed(tick) or self.quality.answer[0]
        )

    def passed(self, tick: int) -> bool:
        """Whether every check passes."""
        if not all(share.passed() for share in self.shares):
            return False
        if not self.memory.passed(tick, self.settings, last=self.step == RUNGS - 1):
            return False
        self.quality.judge()
        return self.quality.answer[1]


def promoter(world: World, settings: Settings) -> Track:
    """Every run of a block under promoter's rule."""
    track = Track.start(world, LADDER[0])
    for run in range(world.runs):
        _roll_out(track, run, settings)
    return track


def _roll_out(track: Track, run: int, settings: Settings) -> None:
    rollout, first = Rollout(track, run, settings), 0
    counts = rollout.begin(first)
    for tick in range(track.world.ticks):
        track.weights[tick, run] = LADDER[rollout.step]
        rollout.advance(tick, counts[tick], settled=tick - first >= settings.settle)
        if (tick + 1) % settings.every:
            continue
        if rollout.failed(tick):
            track.frozen[run] = tick
            return
        if not rollout.passed(tick):
            continue
        rollout.step, first = rollout.step + 1, tick + 1
        if rollout.step == RUNGS:
            track.done[run] = tick
            return
        counts = rollout.begin(first)
