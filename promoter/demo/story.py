"""The demo's loop: time passes, an agent applies what base says, promoter ticks as `run` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from promoter.core.decision import Kind
from promoter.core.outcome import Broken, Row, TickReport
from promoter.demo.plant import Behaviour, Plant
from promoter.demo.scratch import Scratch
from promoter.forge.local import LocalForge
from promoter.human import Request, resume, roll_back
from promoter.metrics.protocol import Metrics
from promoter.observe import Observed
from promoter.policies import policies_at
from promoter.repo.base import Repository
from promoter.tick import Tick, look, run_tick
from promoter.world import World

START = datetime(2026, 1, 7, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONGEST = 90  # simulated minutes a scene may take before the demo gives up

GOOD = Behaviour(map50=37.5, memory=2290.0)
# Healthy on a trickle; from 20 % on its queue fills up and the slow end grows.
OVERLOADED = Behaviour(median=lambda share: 18.0 if share < 0.15 else 31.0, map50=37.6, memory=2320.0)  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One tick of the demo and the shares that traffic had before it."""

    report: TickReport
    row: Row
    share: float


@dataclass(slots=True)
class Story:
    """A scratch repository, a plant, and the clock that drives both."""

    path: Path
    at: datetime = START
    scratch: Scratch = field(init=False)
    plant: Plant = field(init=False)

    def __post_init__(self) -> None:
        self.scratch = Scratch(self.path, self.at)
        self.plant = Plant({"stable": Behaviour(), "gray": GOOD}, now=self.at.timestamp())

    def play(self, until: Callable[[Row], bool]) -> Iterator[Moment]:
        """Tick once a simulated minute until a row satisfies `until`."""
        for _ in range(LONGEST):
            share = self._share()  # what the agent saw a minute ago is what traffic does now
            self.at += MINUTE
            self.plant.advance(self.at.timestamp(), {"stable": 1 - share, "gray": share})
            moment = self._tick(share)
            yield moment
            if until(moment.row):
                return
        raise RuntimeError(f"the demo did not get there within {LONGEST} simulated minutes")

    def next_release(self) -> None:
        """A human finishes the release and introduces the next model, which will not stand the load."""
        self.scratch.finish("v9s", "v10s", self.at)
        self.plant.behaviours = {"stable": GOOD, "gray": OVERLOADED}

    def resume(self, reason: str) -> None:
        """The human lifts the hold."""
        world = self._world()
        resume(world, self.observed(world), Request(by="Ada", reason=reason, at=self.at))

    def roll_back(self, reason: str) -> None:
        """The human merges the way back."""
        world = self._world()
        request = Request(by="Ada", reason=reason, at=self.at)
        roll_back(world, self.observed(world), request, step=False, merge=True)

    def _tick(self, share: float) -> Moment:
        world = self._world()
        report = run_tick(world, self._about(world), acting=True)
        row = report.rows[0]
        if isinstance(row, Broken):
            raise TypeError("; ".join(row.rollout.problems))
        return Moment(report=report, row=row, share=share)

    def _share(self) -> float:
        world = self._world()
        return float(self.observed(world)[0].situation.percent) / 100

    def observed(self, world: World | None = None) -> tuple[Observed, ...]:
        """The rollout's candidates as they stand on base now."""
        world = world or self._world()
        return tuple(item for item in look(world, self._about(world)) if isinstance(item, Observed))

    def _about(self, world: World) -> Tick:
        return Tick(policies=policies_at(world.repo, world.base.commit, "policies"), at=self.at)

    def _world(self) -> World:
        repo = Repository.open(self.path)
        base = repo.base("main")

        def metrics(tenant: str | None) -> Metrics:
            del tenant
            return self.plant

        return World(repo=repo, base=base, forge=LocalForge(repo, base), metrics=metrics, environ={})


def frozen(row: Row) -> bool:
    """A hold stands or was just recorded."""
    return row.decision.kind in (Kind.FREEZE, Kind.HOLD)


def finished(row: Row) -> bool:
    """The release is done, or it froze."""
    return row.decision.kind is Kind.DONE or frozen(row)


def returned(row: Row) -> bool:
    """All traffic is back with stable."""
    return row.situation.percent == 0
