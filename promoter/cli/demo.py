"""`promoter demo`: a healthy release, then one that freezes, on a scratch repository. No network."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoter.cli.options import painter
from promoter.report.plan_text import Paint

if TYPE_CHECKING:
    from promoter.demo.story import Moment, Story

BAR = 40


@click.command("demo")
@click.option("--interactive", is_flag=True, help="Choose yourself when it freezes.")
@click.option("--keep", type=click.Path(path_type=Path), help="Use this new directory and keep it.")
def command(*, interactive: bool, keep: Path | None) -> None:
    """The whole loop on this machine: real Git, a simulated plant, time sped up."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=False)
        _play(keep, interactive=interactive)
        return
    with tempfile.TemporaryDirectory(prefix="promoter-demo-") as folder:
        _play(Path(folder), interactive=interactive)


def _play(folder: Path, *, interactive: bool) -> None:
    from promoter.demo.story import Story, finished, frozen  # noqa: PLC0415 - heavy imports where they are used

    screen = Screen(painter())
    story = Story(folder)
    screen.title("A healthy release: yolo v9s beside v8n, every step proven before the next")
    screen.show(story.play(finished))
    screen.title("The next one: v10s is fine on a trickle, and too slow from 20 % on")
    story.next_release()
    screen.show(story.play(frozen))
    screen.frozen(story)
    while _choice(interactive=interactive) == "resume":
        story.resume("the demo's reader wants to see it again")
        screen.say("resumed: the evidence starts anew")
        screen.show(story.play(frozen))
        screen.frozen(story)
    story.roll_back("p99 too high at 20 %")
    screen.say("rolled back: the prepared revert was merged, all traffic returns to stable")
    screen.show(story.play(lambda row: row.situation.percent == 0))
    screen.history(story)


def _choice(*, interactive: bool) -> str:
    if not interactive:
        return "rollback"
    return str(click.prompt("Resume or roll back", type=click.Choice(["resume", "rollback"]), default="rollback"))


class Screen:
    """Prints what a reader should see: only what changed, and the evidence when it matters."""

    def __init__(self, paint: Paint) -> None:
        self.paint = paint
        self._last = ""
        self._live = sys.stdout.isatty()

    def title(self, text: str) -> None:
        """A scene begins."""
        click.echo(f"\n{self.paint(text, 'cyan')}\n")
        self._last = ""

    def say(self, text: str) -> None:
        """One line of the story."""
        click.echo(f"\n  {text}\n")
        self._last = ""

    def show(self, moments: Iterable[Moment]) -> None:
        """A line for every tick that concluded something new."""
        for moment in moments:
            line = self._line(moment)
            if line != self._last:
                click.echo(f"{moment.report.at:%H:%M}  {line}")
                self._last = line
            if self._live:
                time.sleep(0.03)  # slow enough to watch

    def _line(self, moment: Moment) -> str:
        from promoter.report.plan_text import outcome_line  # noqa: PLC0415
        from promoter.report.reasons import reason_line  # noqa: PLC0415

        row = moment.row
        kind = row.decision.kind.value
        colour = {"promote": "green", "done": "green", "wait": "yellow", "freeze": "red", "hold": "magenta"}[kind]
        filled = round(moment.share * BAR)
        bar = self.paint("█" * filled, "green") + "░" * (BAR - filled)
        why = "judging" if kind == "wait" else reason_line(row.decision.reasons[0])
        done = next((f"  {outcome_line(o)}" for o in row.outcomes if o.did.value == "merged"), "")
        return f"gray {moment.share:>4.0%} {bar} {self.paint(f'{kind:<8}', colour)}{why}{done}"

    def frozen(self, story: Story) -> None:
        """What the human finds when it froze: the evidence, the hold and the prepared revert."""
        raise AssertionError

    def history(self, story: Story) -> None:
        """The whole story from Git, as `promoter history` tells it."""
        raise AssertionError
