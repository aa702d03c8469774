"""What a viewer of the live plant is shown: the last tick, what the cameras see, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from promoter.core.decision import Kind, Reason, Why
from promoter.core.judge.verdict import Cause
from promoter.core.outcome import Did, Row
from promoter.core.weights import format_percent
from promoter.plant.scratch import GRAY, STABLE
from promoter.report.numbers import one_line
from promoter.report.plan_text import outcome_line
from promoter.report.reasons import reason_line

_TELLING = frozenset({Cause.ENVIRONMENT, Cause.UNREACHABLE, Cause.STALE})


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the story; `at` in seconds since the demo began."""

    at: float
    kind: str  # a decision's kind, or human, plant, scene
    text: str


@dataclass(slots=True)
class Board:
    """The present picture. The stage changes it, views draw it."""

    title: str = ""
    rows: tuple[Row, ...] = ()  # of the last tick, one for each candidate
    cameras: Mapping[str, Any] = field(default_factory=dict)
    routed: Mapping[str, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    elapsed: float = 0.0

    def tell(self, kind: str, text: str) -> None:
        """Something happened now."""
        self.events.append(Event(self.elapsed, kind, text))

    @property
    def row(self) -> Row | None:
        """The first candidate's row, or that of the one which was just frozen."""
        frozen = (row for row in self.rows if row.decision.kind is Kind.FREEZE)
        return next(frozen, self.rows[0] if self.rows else None)

    @property
    def versions(self) -> tuple[str, ...]:
        """Stable, then the candidates."""
        return self.rows[0].situation.policy.versions if self.rows else (STABLE, GRAY)

    def share(self, version: str) -> float:
        """A version's part (0..1) of the answers that the cameras got lately."""
        versions = self.cameras.get("versions", {})
        counts = {name: float(one.get("answers", 0)) for name, one in versions.items()}
        total = sum(counts.values())
        return counts.get(version, 0.0) / total if total else 0.0


class View(Protocol):
    """Draws a board: the terminal, a recording."""

    def show(self, board: Board) -> None:
        """The board changed, or some time passed."""

    def close(self) -> None:
        """Nothing more comes."""


def conclusion(row: Row) -> str:
    """What a tick concluded, in one line; the same words while nothing new is concluded."""
    merged = next((outcome for outcome in row.outcomes if outcome.did is Did.MERGED), None)
    if merged and row.decision.to:
        gray = row.situation.route.destinations[row.situation.candidate]
        to = format_percent(row.decision.to.percent(gray))
        return f"{format_percent(row.situation.percent)} → {to}: {outcome_line(merged)[2:]}"
    percent = format_percent(row.situation.percent)
    if row.decision.kind is not Kind.WAIT:
        return f"{percent}: {reason_line(row.decision.reasons[0])}"
    telling = [reason for reason in row.decision.reasons if _tells(reason)]
    return f"{percent}: {_without_numbers(telling[0])}" if telling else f"{percent}: judging"


def _tells(reason: Reason) -> bool:
    if reason.verdict is not None:
        return reason.verdict.cause in _TELLING
    return reason.why in (Why.SPLIT_UNKNOWN, Why.EXPERIMENT) or reason.alarm


def _without_numbers(reason: Reason) -> str:
    if reason.verdict is not None and reason.verdict.cause is Cause.ENVIRONMENT:
        return f"environment: stable fails {reason.verdict.check} at the same time, so nobody is blamed"
    if reason.verdict is not None:
        return f"{reason.verdict.check} is unknown, and unknown is never healthy"
    told = one_line(reason_line(reason).split(": ")[0], 160)
    return f"{told}, and unknown is never healthy" if reason.why is Why.SPLIT_UNKNOWN else told
