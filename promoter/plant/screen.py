"""The live picture: weights, checks, the decision and what happened last, drawn with rich."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.outcome import Row
from promoter.core.weights import format_percent
from promoter.plant.board import Board, Event
from promoter.report.measured import shown
from promoter.report.numbers import duration, one_line
from promoter.report.plan_text import COLOURS, next_lines
from promoter.report.reasons import reason_line
from promoter.report.sentences import verdict_line

WIDTH = 108
_BAR = 28
_EVENTS = 8
_COLON = re.compile(r"(?<! ): ")  # not the one of `500 : 1`
_REST = "#444444"
_VERSIONS = ("blue", "magenta", "cyan")  # stable, then the candidates
_MARKS = {Outcome.PASS: ("✓", "green"), Outcome.FAIL: ("✗", "red"), Outcome.INCONCLUSIVE: ("…", "yellow")}


class Screen:
    """Keeps one picture up to date on a terminal, and leaves the story's lines behind it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=False, vertical_overflow="crop")
        self._live.start()

    def show(self, board: Board) -> None:
        """Draw it anew."""
        self._live.update(picture(board), refresh=True)

    def close(self) -> None:
        """Give the terminal back."""
        self._live.stop()


def picture(board: Board) -> RenderableType:
    """The whole board in one panel."""
    parts: list[RenderableType] = [_weights(board)]
    if board.row is not None:
        parts += [_ladder(board.row), _checks(board.row), *map(_decision, board.rows)]
    parts.append(_events(board))
    title = Text.assemble(("promoter demo --live", "bold cyan"), ("  ", ""), (board.title, "bold"))
    foot = Text(f"{board.elapsed:.0f} s   {_cameras(board)}", style="dim")
    return Panel(Group(*parts), title=title, subtitle=foot, box=box.ROUNDED, border_style="cyan", width=WIDTH)


def _cameras(board: Board) -> str:
    cameras = board.cameras
    if not cameras:
        return "the plant starts"
    moved = sum(cameras["moves"].values())
    return (
        f"{cameras['answers']:,} frames from {cameras['devices']:,} cameras   "
        f"{moved:,} changed version   {cameras['mixed']} answered by the wrong one"
    )


def _weights(board: Board) -> RenderableType:
    table = Table(box=None, padding=(0, 1), expand=True)
    table.add_column("version", no_wrap=True)
    table.add_column("on base", justify="right")
    table.add_column("routed", justify="right")
    table.add_column("of the last answers", no_wrap=True)
    table.add_column("errors", justify="right")
    table.add_column("cameras", justify="right")
    for version, colour in zip(board.versions, _VERSIONS, strict=False):
        seen = board.cameras.get("versions", {}).get(version, {})
        table.add_row(
            Text(version, style=f"bold {colour}"),
            _on_base(board, version),
            f"{board.routed[version]}%" if version in board.routed else "",
            _bar(board.share(version), colour),
            _errors(seen),
            f"{seen.get('devices', 0):,.0f}",
        )
    return table


def _on_base(board: Board, version: str) -> str:
    if board.row is None:
        return ""
    return format_percent(board.row.situation.route.percent(version))


def _bar(share: float, colour: str) -> Text:
    filled = round(share * _BAR)
    return Text.assemble(("━" * filled, colour), ("━" * (_BAR - filled), _REST), (f" {share:>5.1%}", ""))


def _errors(seen: dict[str, Any]) -> Text:
    answers, errors = float(seen.get("answers", 0)), float(seen.get("errors", 0))
    share = errors / answers if answers else 0.0
    return Text(f"{share:.1%}", style="red" if share > 0.01 else "dim")  # noqa: PLR2004 - worth a colour


def _ladder(row: Row) -> RenderableType:
    text = Text(f"\n {row.situation.candidate}  ", style="dim")
    for index, step in enumerate(row.situation.policy.steps):
        if index:
            text.append(" ─ ", style="dim")
        reached, here = step.percent <= row.situation.percent, step.percent == row.situation.percent
        style = "bold reverse magenta" if here else "magenta" if reached else "dim"
        text.append(f" {format_percent(step.percent)} ", style=style)
    return text


def _checks(row: Row) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), expand=True)
    for name, ratio in (("", None), ("check", None), ("gray", None), ("stable", None), ("limit", None)):
        table.add_column(
            name, justify="left" if name in ("", "check") else "right", no_wrap=True, ratio=ratio
        )
    table.add_column("verdict", ratio=1, no_wrap=True, overflow="ellipsis")
    for verdict in row.health.verdicts:
        mark, colour = _MARKS[verdict.outcome]
        table.add_row(
            Text(mark, style=f"bold {colour}"),
            one_line(verdict.check),
            _shown(verdict.observed, verdict),
            _shown(verdict.stable, verdict),
            "" if verdict.cause is Cause.NOT_ASKED else _shown(verdict.limit, verdict),
            Text(_conclusion(verdict), style=colour if verdict.outcome is Outcome.FAIL else ""),
        )
    return table


def _shown(value: float | None, verdict: Verdict) -> str:
    return "" if value is None else shown(value, verdict)


def _conclusion(verdict: Verdict) -> str:
    """The verdict's words without the numbers, which have columns of their own."""
    line = one_line(verdict_line(verdict), 200)
    if verdict.observed is None:
        return line
    slow = "" if verdict.edge is None else f"over {verdict.edge:g} {verdict.edge_unit.value}: "
    return slow + _COLON.split(line)[-1]


def _decision(row: Row) -> RenderableType:
    decision = row.decision
    text = Text()
    if len(row.situation.policy.candidates) > 1:
        text.append(f"{row.situation.candidate} ", style="bold")
    text.append(reason_line(decision.reasons[0]))
    if decision.eta is not None:
        text.append(f"; ready in about {duration(decision.eta)}", style="dim")
    for line in next_lines(row, acted=True):
        text.append(f"\n{line}", style="dim")
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    label = Text(f" {decision.kind.value} ", style=f"bold reverse {COLOURS[decision.kind]}")
    table.add_row(label, text)
    return table


def _events(board: Board) -> RenderableType:
    table = Table(box=None, padding=(0, 1), show_header=False, expand=True)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for event in _last(board):
        table.add_row(
            f"{event.at:.1f} s" if event.text else "",
            Text(event.kind, style=COLOURS.get(event.kind, "cyan")),
            event.text,
        )
    return Panel(table, box=box.HORIZONTALS, border_style=_REST, padding=0)


def _last(board: Board) -> Iterator[Event]:
    events = board.events[-_EVENTS:]
    yield from events
    yield from (Event(0.0, "", "") for _ in range(_EVENTS - len(events)))
