"""What a tick found, decided and did: the one value that every report renders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from promoter.core.decision import Decision
from promoter.core.situation import Situation, Unusable
from promoter.core.subject import Health


class Did(StrEnum):
    """One effect of a tick, or why there was none."""

    PROPOSED = "proposed"
    REFRESHED = "refreshed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    STATUS = "status"
    HELD = "held"
    NOTIFIED = "notified"
    NOT_YET = "not-yet"  # the forge did not merge this time
    HANDS_OFF = "hands-off"  # a human pushed to the proposal's branch
    REFUSED = "refused"  # the forge or the repository did not do what has to be done: the rest goes on
    FAILED = "failed"  # an effect that is not needed for safety did not work: a notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one action came to: `subject` is a branch, a hold's kind or a service; `detail` adds to it.

    `url` is where people see it, "" for nowhere.
    """

    did: Did
    subject: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One candidate of one rollout. `diff` is the exact change a promotion makes ("" where none is due)."""

    situation: Situation
    health: Health
    decision: Decision
    diff: str = ""
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rollout that could not be read, with the decision `error`."""

    rollout: Unusable
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReport:
    """One pass over all rollouts. `notes` are facts about the pass itself: policies that differ from base."""

    at: datetime
    branch: str
    commit: str
    rows: tuple[Row | Broken, ...]
    notes: tuple[str, ...] = ()
    acted: bool = False
