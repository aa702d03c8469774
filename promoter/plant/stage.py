"""Drives the plant on the real clock: promoter ticks as `promoter run` does, people type real commands."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from promoter.core.outcome import Broken, Row
from promoter.errors import PromoterError
from promoter.plant.board import Board, View, conclusion
from promoter.plant.plant import Plant
from promoter.plant.processes import PlantError
from promoter.plant.scratch import GRAY, NAME, Scratch
from promoter.settings import Options
from promoter.tick import Tick, run_tick
from promoter.wire import open_policies, open_world, prometheus

TICK = 1.0  # seconds between two ticks
_DRAW = 0.25  # seconds between two looks at the plant
_POLL = 0.03  # seconds between two looks for something that comes
_PATIENCE = 120.0  # seconds a part of a scene may take before the demo gives up
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a person typed and what came of it. `began` and `ended` are seconds of the monotonic clock."""

    began: float
    ended: float
    output: str


@dataclass(slots=True)
class Stage:
    """One plant, one repository and the views. `clock` tells the present to the second."""

    plant: Plant
    scratch: Scratch
    clock: Callable[[], datetime]
    views: Sequence[View]
    board: Board = field(default_factory=Board)
    rows: list[Row] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _due: float = 0.0
    _last: dict[str, str] = field(default_factory=dict)

    def watch(self, until: Callable[[Row], bool], *, seconds: float = _PATIENCE) -> Row:
        """Tick every second until a row satisfies `until`. Raises PlantError after `seconds`."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            row = self._tick_when_due()
            if row is not None and until(row):
                self.draw()
                return row
            self.draw()
            time.sleep(max(0.0, min(_DRAW, self._due - time.monotonic())))
        told = "; ".join(self._last.values())
        raise PlantError(f"the scene did not get there within {seconds:.0f} s; the last tick: {told}")

    def pass_time(self, seconds: float) -> None:
        """Go on ticking, whatever is concluded."""
        end = time.monotonic() + seconds
        self.watch(lambda _: time.monotonic() >= end)

    def _tick_when_due(self) -> Row | None:
        now = time.monotonic()
        if now < self._due:
            return None
        self._due = now + TICK
        rows = self.tick()
        self.board.elapsed = time.monotonic() - self._began
        for row in rows:
            candidate = row.situation.candidate
            told = conclusion(row) if len(rows) == 1 else f"{candidate} {conclusion(row)}"
            if told != self._last.get(candidate):
                self._last[candidate] = told
                self.board.tell(row.decision.kind, told)
        return rows[0]

    def tick(self) -> tuple[Row, ...]:
        """One tick, composed as `promoter run` composes it; a row for each candidate."""
        chosen = Options(
            repo=self.scratch.path,
            policies="policies",
            base="main",
            forge="local",
            prometheus=self.plant.scraper.url,
            at=self.clock(),
            pinned=False,
            output="text",
            verbosity=0,
            names=(),
        )
        world = open_world(chosen, prometheus(chosen, {}).with_tenant, acting=True)
        policies = open_policies(world, chosen, acting=True)
        rows = []
        for row in run_tick(world, Tick(policies=policies, at=chosen.at), acting=True).rows:
            if isinstance(row, Broken):
                raise PromoterError("; ".join(row.rollout.problems))
            rows.append(row)
        self.rows += rows
        self.board.rows = tuple(rows)
        return self.board.rows

    def draw(self) -> None:
        """Look at the plant, and let the views show it."""
        with suppress(OSError, ValueError):  # the next look may be luckier
            self.board.cameras = self.plant.cameras()
        applied = [event for event in self.plant.routed() if "weights" in event]
        self.board.routed = applied[-1]["weights"] if applied else {}
        self.board.elapsed = time.monotonic() - self._began
        for view in self.views:
            view.show(self.board)

    def begin(self, title: str) -> None:
        """A scene begins."""
        self._last = {}
        self.board.title = title
        self.tell("scene", title)

    def tell(self, kind: str, text: str) -> None:
        """One line of the story."""
        self.board.elapsed = time.monotonic() - self._began
        self.board.tell(kind, text)
        self.draw()

    def type(self, *words: str) -> Command:
        """A person types `promoter …`: a process of its own, as on any machine."""
        self.tell("human", "$ promoter " + " ".join(f"'{word}'" if " " in word else word for word in words))
        keep = ("HOME", "PATH", "LANG", "LC_ALL", "TMPDIR")
        environ = {key: os.environ[key] for key in keep if key in os.environ}
        began = time.monotonic()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
            with subprocess.Popen(
                [sys.executable, "-m", "promoter", *words],
                cwd=self.scratch.path,
                env={**environ, "PYTHONPATH": str(_ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
            ) as process:
                self.until(f"the end of promoter {words[0]}", process.poll)
            ended = time.monotonic()
            told.seek(0)
            output = told.read()
        for line in output.splitlines():
            self.tell("human", line)
        if process.returncode:
            raise PlantError(f"promoter {words[0]} ended with {process.returncode}: {output[-300:]}")
        self._due = 0.0  # the next tick at once
        return Command(began=began, ended=ended, output=output)

    def roll_back(self, reason: str) -> dict[str, float]:
        """`promoter rollback --now`, and seconds from typing it to: its end, the new routes, the last gray answer."""
        typed = self.type("rollback", NAME, "--now", "--reason", reason)
        routed = self.until("the way back in the routes", lambda: self.routed_to(0, typed.began))
        last = self.until("the last gray answer", lambda: self._last_gray(routed))
        found = {"command": typed.ended, "routed": routed, "last gray answer": last}
        return {name: moment - typed.began for name, moment in found.items()}

    def routed_to(self, gray: int, after: float = 0.0) -> float | None:
        """When the agent last wrote routes with this weight for gray; None where its last ones have another.

        A moment of the monotonic clock, later than `after`.
        """
        applied = [event for event in self.plant.routed() if "weights" in event]
        if not applied or applied[-1]["weights"].get(GRAY) != gray or applied[-1]["at"] <= after:
            return None
        return float(applied[-1]["at"])

    def _last_gray(self, routed: float) -> float | None:
        """When a gray answer came last, once none has come for a second."""
        seen = self.plant.cameras()
        last = float(seen["versions"].get(GRAY, {}).get("last", routed))
        return last if seen["now"] > max(last, routed) + 1.0 else None

    def until(self, what: str, found: Callable[[], Any]) -> Any:
        """Draw until something is found; nothing ticks. Raises PlantError when it does not come."""
        give_up = time.monotonic() + _PATIENCE
        drawn = 0.0
        while time.monotonic() < give_up:
            result = found()
            if result is not None:
                return result
            if time.monotonic() >= drawn + _DRAW:
                self.draw()
                drawn = time.monotonic()
            time.sleep(_POLL)
        raise PlantError(f"{what} did not come within {_PATIENCE:.0f} s")
