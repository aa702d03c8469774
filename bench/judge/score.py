"""What a rule's way through a block of runs comes to, run by run, and what many blocks come to."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from bench.judge.cases import LADDER, TICK
from bench.judge.intervals import clopper_pearson, mean, median
from bench.judge.noise import Floats
from bench.judge.track import NEVER, Ints, Track
from bench.judge.world import ERRORS, REQUESTS, SLOW


@dataclass(frozen=True, slots=True)
class Runs:
    """One value a run. Ticks count from 1; NEVER is -1.

    `harm`: requests that gray answered badly (errors, or over 50 ms) beyond what stable would have, until
    the freeze; after 100 % it goes on until the horizon. `harm_before`: the same, counted only until the freeze or
    100 %. `served`: requests of gray until then.
    """

    frozen: Ints
    done: Ints
    harm: Floats
    harm_before: Floats
    served: Floats


def score(track: Track) -> Runs:
    """Every run of a block."""
    world = track.world
    end = np.where(track.frozen != NEVER, track.frozen, track.done)
    end = np.where(end == NEVER, world.ticks - 1, end)
    ticks = np.arange(world.ticks)[:, None]
    on = ticks <= end
    weights = np.where(on, _filled(track), 0)
    served, bad = _served(track, weights)
    would = np.where(on, served, 0) * np.stack([world.expected_bad(tick) for tick in range(world.ticks)])
    before = (np.where(on, bad, 0) - would).sum(axis=0)
    extra = _at_full(track).sum(axis=0)
    return Runs(
        frozen=np.where(track.frozen != NEVER, track.frozen + 1, NEVER),
        done=np.where(track.done != NEVER, track.done + 1, NEVER),
        harm=before + extra,
        harm_before=before,
        served=np.where(on, served, 0).sum(axis=0),
    )


def _filled(track: Track) -> Ints:
    """The weight at every tick; a run that was left alone keeps its last one."""
    weights = track.weights.astype(np.int64)
    last = np.maximum.accumulate(weights, axis=0)
    return np.where(weights > 0, weights, last)


def _served(track: Track, weights: Ints) -> tuple[Floats, Floats]:
    """Requests of gray, and the bad ones among them, at each tick at these weights (0 = none)."""
    world = track.world
    served, bad = np.zeros(weights.shape), np.zeros(weights.shape)
    for tick in range(world.ticks):
        on = weights[tick] > 0
        if not on.any():
            break
        at = np.where(on, weights[tick], LADDER[0])
        counts = world.read(tick, at) * on
        served[tick] = counts[REQUESTS]
        bad[tick] = counts[ERRORS] + counts[SLOW]
    return served, bad


def _at_full(track: Track) -> Floats:
    """Gray's bad answers beyond stable's at each tick after 100 % was reached."""
    world = track.world
    extra = np.zeros((world.ticks, world.runs))
    after = np.arange(world.ticks)[:, None] > track.done
    after &= track.done != NEVER
    if not after.any():
        return extra
    first = int(np.argmax(after.any(axis=1)))
    counts = world.coarse[:, first:, :, -1]
    would = world.risks.stable_errors[first:] + world.risks.stable_slow[first:]
    harm = counts[ERRORS] + counts[SLOW] - counts[REQUESTS] * would
    extra[first:] = np.where(after[first:], harm, 0.0)
    return extra


def joined(blocks: list[Runs]) -> Runs:
    """Blocks of the same cell, one after the other."""
    return Runs(
        frozen=np.concatenate([block.frozen for block in blocks]),
        done=np.concatenate([block.done for block in blocks]),
        harm=np.concatenate([block.harm for block in blocks]),
        harm_before=np.concatenate([block.harm_before for block in blocks]),
        served=np.concatenate([block.served for block in blocks]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One rule in one case at one rate. Intervals are (low, high) at 95 %; minutes."""

    case: str
    rate: int
    rule: str
    runs: int
    frozen: int
    done: int
    frozen_interval: tuple[float, float]
    done_interval: tuple[float, float]
    to_done: tuple[float, float, float] | None  # median over all runs; infinity: not within the horizon
    to_done_those: tuple[float, float, float] | None  # median over those that got there
    to_freeze: tuple[float, float, float] | None  # median over the frozen ones
    harm: tuple[float, float, float] | None
    harm_before: tuple[float, float, float] | None
    served: tuple[float, float, float] | None


def summed(case: str, rate: int, rule: str, runs: Runs) -> Cell:
    """A cell of the tables."""
    count = len(runs.frozen)
    frozen, done = int((runs.frozen != NEVER).sum()), int((runs.done != NEVER).sum())
    to_done = np.where(runs.done == NEVER, np.inf, runs.done * TICK / 60)
    to_freeze = runs.frozen[runs.frozen != NEVER] * TICK / 60
    return Cell(
        case=case,
        rate=rate,
        rule=rule,
        runs=count,
        frozen=frozen,
        done=done,
        frozen_interval=clopper_pearson(frozen, count),
        done_interval=clopper_pearson(done, count),
        to_done=median(to_done),
        to_done_those=median(to_done[np.isfinite(to_done)]),
        to_freeze=median(to_freeze),
        harm=mean(runs.harm, seed=1),
        harm_before=mean(runs.harm_before, seed=2),
        served=mean(runs.served, seed=3),
    )


def plain(cell: Cell) -> dict[str, object]:
    """A cell as JSON can hold it: infinity becomes null."""

    def finite(value: object) -> object:
        if isinstance(value, tuple):
            return [finite(part) for part in value]
        if isinstance(value, float):
            return None if np.isinf(value) else float(f"{value:.6g}")
        return value

    return {key: finite(value) for key, value in asdict(cell).items()}
