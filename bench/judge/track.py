"""One rule's way through a block of runs: weights in force, what was read, where each run ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.judge.cases import ERROR_LIMIT, GROWTH_LIMIT, MAP_FLOOR, SLOW_LIMIT
from bench.judge.noise import Floats
from bench.judge.world import ERRORS, REQUESTS, SLOW, World

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
NEVER = -1


@dataclass(slots=True)
class Track:
    """The state of every run under one rule. A run that neither freezes nor reaches 100 % is held."""

    world: World
    weight: Ints  # in force at the present tick
    weights: NDArray[np.uint8]  # ticks x runs: in force at each tick
    seen: Floats  # 6 x ticks x runs: the counts as they happened
    frozen: Ints  # the tick at whose end the run was frozen, or NEVER
    done: Ints  # the tick at whose end the run reached 100 %, or NEVER
    held: Flags  # stopped without a freeze, for a human to look at
    now: int = 0
    since: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # first tick of the present step

    @classmethod
    def start(cls, world: World, weight: int) -> Track:
        """Every run at the first weight."""
        return cls(
            world=world,
            weight=np.full(world.runs, weight),
            weights=np.zeros((world.ticks, world.runs), np.uint8),
            seen=np.zeros((6, world.ticks, world.runs)),
            frozen=np.full(world.runs, NEVER),
            done=np.full(world.runs, NEVER),
            held=np.zeros(world.runs, bool),
            since=np.zeros(world.runs, np.int64),
        )

    @property
    def alive(self) -> Flags:
        """Runs that go on."""
        going: Flags = (self.frozen == NEVER) & (self.done == NEVER) & ~self.held
        return going

    def freeze(self, which: Flags) -> None:
        """Stop these runs (of those that go on)."""
        self.frozen[which & self.alive] = self.now

    def raise_to(self, which: Flags, weight: Ints) -> None:
        """Give these runs (of those that go on) this weight from the next tick on; 100 ends them."""
        which = which & self.alive
        self.done[which & (weight >= 100)] = self.now
        self.weight = np.where(which, weight, self.weight)
        self.since = np.where(which, self.now + 1, self.since)

    def window(self, ticks: int) -> Floats:
        """The six counts over the last `ticks` ticks: 6 x runs."""
        found: Floats = self.seen[:, max(0, self.now - ticks + 1) : self.now + 1].sum(axis=1)
        return found


class Rule(Protocol):
    """A peer's rule. `look` is called at the end of every tick."""

    @property
    def first_weight(self) -> int:
        """The weight that a rollout begins with."""
        ...

    def look(self, track: Track) -> None:
        """Freeze, raise or let be."""


def play(world: World, rule: Rule) -> Track:
    """Every run of a block under a rule, until each has ended or the horizon is reached."""
    track = Track.start(world, rule.first_weight)
    for tick in range(world.ticks):
        track.now = tick
        track.weights[tick] = track.weight
        track.seen[:, tick] = world.read(tick, track.weight)
        rule.look(track)
        if not track.alive.any():
            break
    return track


@dataclass(frozen=True, slots=True)
class Breaches:
    """Which of the four checks are outside their limits, and which have no number: 4 x runs."""

    over: Flags
    nothing: Flags


def bare_comparison(track: Track, ticks: int, *, whole_milliseconds: bool = False) -> Breaches:
    """Each number of the last `ticks` ticks against its limit, as peers compare: no sample size, no stable.

    "P99 over 50 ms" is "more than 1 % of requests over 50 ms" where a bucket ends at 50 ms. Where P99 is
    truncated to whole milliseconds, 50.9 passes: with all slow requests in the bucket from 50 to 100 ms
    that is one slow request in fifty forgiven.
    """
    counts = track.window(ticks)
    requests = counts[REQUESTS]
    slow = counts[SLOW] * (0.98 if whole_milliseconds else 1.0)
    quality = track.world.map_gray[track.now]
    growth = track.world.gpu_gray[track.now] / track.world.gpu_stable[track.now] - 1
    over = np.stack(
        [
            counts[ERRORS] > ERROR_LIMIT * requests,
            slow > SLOW_LIMIT * requests,
            quality < MAP_FLOOR,
            growth > GROWTH_LIMIT,
        ]
    )
    empty = requests == 0
    return Breaches(over, np.stack([empty, empty, np.isnan(quality), np.zeros_like(empty)]))


def any_of(flags: Flags) -> Flags:
    """Whether any row holds, for each run (the last axis)."""
    found: Flags = np.any(flags, axis=tuple(range(flags.ndim - 1)))
    return found


def next_weight(weight: Ints, ladder: tuple[int, ...]) -> Ints:
    """The first step above each weight; 100 past the last one."""
    steps = np.array([*(step for step in ladder if step < 100), 100])
    return steps[np.minimum(np.searchsorted(steps, weight, side="right"), len(steps) - 1)]
