"""`promoter demo`: a healthy release, then one that freezes, on a scratch repository. No network.

With `--live` the same on real parts: Envoy, model servers, cameras, a GitOps agent and Prometheus.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoter.cli.options import now, painter

if TYPE_CHECKING:
    from promoter.plant.board import View

_EXTRA = "pip install 'gray-promoter[live]'"


@click.command("demo")
@click.option("--interactive", is_flag=True, help="Choose yourself when it freezes.")
@click.option("--live", is_flag=True, help="Real Envoy, Prometheus and traffic, real time: a few minutes.")
@click.option(
    "--scene",
    "scenes",
    multiple=True,
    metavar="NAME",
    help="With --live: only this scene, may be given again. healthy, slow, environment, dead, map-drop, "
    "gpu-leak, blind, resume, two, rollback.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --live: keep the picture as FILE.html (plays by itself), FILE.cast (asciinema) or FILE.svg.",
)
@click.option("--keep", type=click.Path(path_type=Path), help="Use this new directory, and keep it.")
def command(
    *, interactive: bool, live: bool, scenes: tuple[str, ...], record: Path | None, keep: Path | None
) -> None:
    """The whole loop on this machine: real Git, a simulated plant, time sped up."""
    if not live and (scenes or record):
        raise click.UsageError("--scene and --record belong to --live")
    if live and interactive:
        raise click.UsageError("--live and --interactive exclude each other")
    if keep is not None and live and keep.exists():
        raise click.UsageError(f"--keep {keep}: it exists already")
    if keep is not None:
        _play(keep, live=live, interactive=interactive, scenes=scenes, record=record)
        place = keep / "repository" if live else keep
        click.echo(f"\nThe repository is in {place}: try `git log --oneline --graph` there.")
        return
    with tempfile.TemporaryDirectory(prefix="promoter-demo-") as folder:
        place = Path(folder) if live else Path(folder) / "repository"
        _play(place, live=live, interactive=interactive, scenes=scenes, record=record)


def _play(folder: Path, *, live: bool, interactive: bool, scenes: Sequence[str], record: Path | None) -> None:
    if live:
        play_live(folder, scenes=scenes, record=record)
    else:
        play(folder, interactive=interactive)


def play(folder: Path, *, interactive: bool) -> None:
    """Both scenes, in `folder`, which must not exist yet."""
    from promoter.demo.screen import Screen  # noqa: PLC0415 - heavy imports where they are used
    from promoter.demo.story import Story, finished, frozen, returned  # noqa: PLC0415

    screen, story = Screen(painter()), Story(folder)
    screen.title("1. A healthy release: yolo v9s rises beside v8n, each step proven before the next")
    screen.show(story.play(finished))
    screen.title("2. The next model, v10s, is fine on a trickle and too slow from 20 % on")
    story.next_release()
    screen.frozen(story, screen.show(story.play(frozen)))
    while interactive and not _rolls_back():
        story.resume("the load test was to blame")
        screen.say("Resumed: the evidence starts anew.")
        screen.frozen(story, screen.show(story.play(frozen)))
    story.roll_back("p99 is over its limit from 20 % on")
    screen.say("Rolled back: the prepared revert is merged, and nothing raises this model again.")
    screen.show(story.play(returned))
    screen.history(story)


def play_live(folder: Path, *, scenes: Sequence[str], record: Path | None) -> None:
    """The scenes on the live plant, all of them where none is named."""
    from promoter.plant.scenes import SCENES  # noqa: PLC0415 - heavy imports where they are used
    from promoter.plant.show import play as play_scenes  # noqa: PLC0415

    unknown = [name for name in scenes if name not in SCENES]
    if unknown:
        raise click.UsageError(f"--scene {unknown[0]}: no such scene; there are {', '.join(SCENES)}")
    for number in (signal.SIGTERM, signal.SIGHUP):  # as a Ctrl-C: what was started is ended
        signal.signal(number, signal.default_int_handler)
    views = _views(record)
    try:
        played = play_scenes(scenes or tuple(SCENES), folder, now, views)
    finally:
        for view in views:
            view.close()
    click.echo()
    for one in played:
        measured = "".join(f"; {name} after {seconds:.2f} s" for name, seconds in one.measured.items())
        click.echo(f"✓ {one.name:<12} {one.seconds:5.1f} s{measured}")


def _views(record: Path | None) -> list[View]:
    terminal = sys.stdout.isatty()
    if (terminal or record) and importlib.util.find_spec("rich") is None:
        from promoter.plant.processes import PlantError  # noqa: PLC0415

        raise PlantError("the live picture needs rich, which is not installed", hint=_EXTRA)
    views: list[View] = []
    if record is not None:
        from promoter.plant.recording import Recording  # noqa: PLC0415

        views.append(Recording(record))
    if terminal:
        from rich.console import Console  # noqa: PLC0415

        from promoter.plant.screen import Screen  # noqa: PLC0415

        views.append(Screen(Console()))
    else:
        from promoter.plant.lines import Lines  # noqa: PLC0415

        views.append(Lines(painter()))
    return views


def _rolls_back() -> bool:
    question = "  Frozen. Resume, or roll back to 0 %?"
    return bool(
        click.prompt(question, type=click.Choice(["resume", "rollback"]), default="rollback") == "rollback"
    )
