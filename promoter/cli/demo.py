"""`promoter demo`: a healthy release, then one that freezes, on a scratch repository. No network."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from promoter.cli.options import painter


@click.command("demo")
@click.option("--interactive", is_flag=True, help="Choose yourself when it freezes.")
@click.option("--keep", type=click.Path(path_type=Path), help="Use this new directory, and keep it.")
def command(*, interactive: bool, keep: Path | None) -> None:
    """The whole loop on this machine: real Git, a simulated plant, time sped up."""
    if keep is not None:
        play(keep, interactive=interactive)
        click.echo(f"\nThe repository is in {keep}: try `git log --oneline --graph` there.")
        return
    with tempfile.TemporaryDirectory(prefix="promoter-demo-") as folder:
        play(Path(folder) / "repository", interactive=interactive)


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


def _rolls_back() -> bool:
    question = "  Frozen. Resume, or roll back to 0 %?"
    return bool(
        click.prompt(question, type=click.Choice(["resume", "rollback"]), default="rollback") == "rollback"
    )
