"""Plays scenes one after the other on one plant, from an empty folder to the last line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from promoter.core.outcome import Row
from promoter.plant.board import View
from promoter.plant.plant import Layout, Plant
from promoter.plant.scenes import SCENES, STABLE_MODEL, Scene
from promoter.plant.scratch import GRAY, ROUTE, SECOND, SPLIT, STABLE, Scratch
from promoter.plant.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A scene that ended where it should: every tick's row, and what was measured (seconds)."""

    name: str
    rows: tuple[Row, ...]
    measured: Mapping[str, float]
    seconds: float


def play(
    names: Sequence[str], folder: Path, clock: Callable[[], datetime], views: Sequence[View]
) -> list[Played]:
    """The scenes of these names, in `folder`, which must not exist yet. Raises PromoterError."""
    folder = folder.resolve()  # the plant's processes work elsewhere
    first = SCENES[names[0]]
    scratch = Scratch(
        folder / "repository",
        clock(),
        gray=first.start,
        tag=_tag(names[0]),
        second=first.second is not None,
    )
    versions = {STABLE: STABLE_MODEL, GRAY: first.gray}
    if any(SCENES[name].second for name in names):
        versions[SECOND] = first.second or STABLE_MODEL
    layout = Layout(versions=versions, repository=scratch.path, files=(ROUTE, SPLIT))
    played = []
    with Plant(layout, folder / "plant") as plant:
        stage = Stage(plant=plant, scratch=scratch, clock=clock, views=views)
        stage.tell("plant", f"Envoy on port {plant.envoy.port}, the metrics server at {plant.scraper.url}")
        stage.until("the first scrape", lambda: plant.scraper.scraped() or None)
        for index, name in enumerate(names):
            if index:
                _next(stage, SCENES[name], _tag(name))
            stage.begin(SCENES[name].title)
            began, rows = stage.board.elapsed, len(stage.rows)
            measured = SCENES[name].play(stage) or {}
            stage.draw()
            played.append(
                Played(
                    name=name,
                    rows=tuple(stage.rows[rows:]),
                    measured=measured,
                    seconds=stage.board.elapsed - began,
                )
            )
    return played


def _next(stage: Stage, scene: Scene, tag: str) -> None:
    """Another candidate: its image comes to base without traffic, its pod starts, then its first weight comes."""
    stage.plant.behave(STABLE, STABLE_MODEL)
    second = scene.second is not None
    stage.scratch.introduce(tag, stage.clock(), second=second)
    stage.until("the routes without gray", lambda: stage.routed_to(0) or None)
    stage.plant.start_pod(GRAY, scene.gray)
    if scene.second is not None:
        stage.plant.start_pod(SECOND, scene.second)
    if scene.start:
        stage.scratch.introduce(tag, stage.clock(), gray=scene.start, second=second)
        stage.until("the first routes", lambda: stage.routed_to(scene.start) or None)


def _tag(name: str) -> str:
    return f"v9s-{name}"
