"""The plain view: one line for each thing that happened, for pipes, logs and CI."""

from __future__ import annotations

from collections.abc import Callable

import click

from promoter.plant.board import Board, Event
from promoter.report.plan_text import COLOURS

_BAR = 20
Paint = Callable[[str, str], str]


class Lines:
    """Prints the events that were not printed yet."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._printed = 0

    def show(self, board: Board) -> None:
        """The new events."""
        for event in board.events[self._printed :]:
            click.echo(self._line(event, board))
        self._printed = len(board.events)

    def close(self) -> None:
        """Nothing is left to do."""

    def _line(self, event: Event, board: Board) -> str:
        if event.kind == "scene":
            return f"\n{self._paint(event.text, 'cyan')}\n"
        share = sum(board.share(version) for version in board.versions[1:])
        bar = "█" * round(share * _BAR) + "░" * (_BAR - round(share * _BAR))
        label = self._paint(f"{event.kind:<8}", COLOURS.get(event.kind, "cyan"))
        return f"{event.at:6.1f} s  {bar} {share:>4.0%} gray  {label}{event.text}"
