"""What the demo's reader sees: a line for each new conclusion, and the evidence where it matters."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator

import click

from promoter.core.decision import Kind
from promoter.core.outcome import Did
from promoter.core.weights import format_percent
from promoter.demo.story import Moment, Story
from promoter.report.plan_text import COLOURS, Paint, outcome_line, plan_text
from promoter.report.reasons import reason_line
from promoter.report.status import open_proposals, proposal_line
from promoter.report.timeline import entries, timeline_text

BAR = 30
PACE = 0.04  # seconds a tick on a terminal: slow enough to watch


class Screen:
    """A terminal, or a pipe: then without colour, pace and overwriting."""

    def __init__(self, paint: Paint) -> None:
        self.paint = paint
        self._live = sys.stdout.isatty()

    def title(self, text: str) -> None:
        """A scene begins."""
        click.echo(f"\n{self.paint(text, 'cyan')}\n")

    def say(self, text: str) -> None:
        """One line of the story."""
        click.echo(f"\n  {self.paint(text, 'cyan')}\n")

    def show(self, moments: Iterable[Moment]) -> Moment:
        """A line for every tick that concluded something new; on a terminal the last line follows the rest."""
        last, shown = "", None
        for moment in moments:
            shown = moment
            line = self._line(moment)
            new = line.split("  ", 1)[-1] != last.split("  ", 1)[-1]
            if new:
                self._overwrite("")
                click.echo(line)
            else:
                self._overwrite(line)
            last = line
            if self._live:
                time.sleep(PACE)
        self._overwrite("")
        if shown is None:
            raise ValueError("a scene needs a moment")
        return shown

    def _overwrite(self, line: str) -> None:
        if self._live:
            click.echo(f"\r\x1b[2K{line}", nl=False)

    def _line(self, moment: Moment) -> str:
        row = moment.row
        kind = row.decision.kind
        filled = round(moment.share * BAR)
        bar = self.paint("█" * filled, "green") + "░" * (BAR - filled)
        label = self.paint(f"{kind.value:<8}", COLOURS[kind])
        return f"{moment.report.at:%H:%M}  {bar} {moment.share:>4.0%} gray  {label}{_told(moment)}"

    def frozen(self, story: Story, moment: Moment) -> None:
        """What the human finds: the failed checks with their numbers, the hold, the prepared revert."""
        click.echo()
        for line in plan_text(moment.report, self.paint).splitlines()[2:]:
            click.echo(f"  {line}")
        for observed in story.observed():
            for proposal in open_proposals(observed.situation):
                click.echo(f"    prepared: {proposal_line(proposal)}")
        click.echo()

    def history(self, story: Story) -> None:
        """The whole story as `promoter history` reads it from Git."""
        click.echo()
        for line in _history(story, self.paint):
            click.echo(f"  {line}")


def _told(moment: Moment) -> str:
    row = moment.row
    merged = next((outcome for outcome in row.outcomes if outcome.did is Did.MERGED), None)
    if merged and row.decision.to:
        gray = row.situation.route.destinations[row.situation.candidate]
        to = format_percent(row.decision.to.percent(gray))
        return f"{format_percent(row.situation.percent)} → {to}: {outcome_line(merged)[2:]}"
    if row.decision.kind is Kind.WAIT:
        return "judging"
    return reason_line(row.decision.reasons[0])


def _history(story: Story, paint: Paint) -> Iterator[str]:
    situations = tuple(observed.situation for observed in story.observed())
    yield from timeline_text(entries(situations), paint).splitlines()
