"""Which stop stands (freeze, pause, rollback, veto), and since when the evidence counts anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from promoter.core.timeline import may_be_same, version_of


class HoldKind(StrEnum):
    """Who stopped the rollout, and how."""

    FREEZE = "freeze"  # the bot, on an anomaly
    PAUSE = "pause"  # a human
    ROLLBACK = "rollback"  # the weight went down on base
    VETO = "veto"  # a human closed the proposal unmerged


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """A human's resume."""

    when: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A standing stop, or one that was lifted. One per (rollout, kind, commit), and candidate of several.

    `candidate` is the identity it is about ("" for a pause: it is about the whole rollout); `commit` is
    the full sha of the commit it is keyed to (the step's first commit, the lowering). `evidence` is the
    sha256 of the evidence JSON kept beside it ("" where there is none). `rollback` says that the policy
    asks for the revert to be merged, not only prepared.
    """

    rollout: str
    candidate: str
    kind: HoldKind
    commit: str
    since: datetime
    by: str
    reason: str
    evidence: str = ""
    rollback: bool = False
    lifted: Lift | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two records the same hold. One commit may lower or start several candidates."""
        return (self.rollout, self.kind.value, self.commit, version_of(self.candidate))

    def lift(self, *, when: datetime, by: str, reason: str) -> Hold:
        """The same hold, lifted by a human."""
        return replace(self, lifted=Lift(when=when, by=by, reason=reason))


def concerns(hold: Hold, identity: str) -> bool:
    """Whether the hold is about this candidate as it is now, and not about a former one.

    Where one of the two does not know its images (`workloads` came or went), the version alone says so.
    """
    return hold.kind is HoldKind.PAUSE or may_be_same(hold.candidate, identity)


def standing(recorded: Iterable[Hold], derived: Iterable[Hold], *, identity: str) -> tuple[Hold, ...]:
    """The holds that stop this candidate, oldest first.

    `recorded` is what the forge keeps (a hold that came again, beside its lifted record); `derived` is
    what history and closed proposals show now (rollbacks and vetoes). A derived hold stands unless its
    record was lifted, and a recorded rollback or veto that is no longer derived (the weight was set back,
    the proposal reopened) does not stand.
    """
    records = _by_key(recorded)
    stops = [
        hold
        for hold in records.values()
        if hold.kind in (HoldKind.FREEZE, HoldKind.PAUSE) and hold.lifted is None
    ]
    for hold in derived:
        record = records.get(hold.key)
        if record is None or _stands_again(hold, record):
            stops.append(hold)
        elif record.lifted is None:
            stops.append(record)
    found = (hold for hold in stops if concerns(hold, identity))
    return tuple(sorted(found, key=lambda hold: (hold.since, hold.kind.value)))


def _by_key(recorded: Iterable[Hold]) -> dict[tuple[str, str, str, str], Hold]:
    """One record a key: one that stands before one that was lifted, the last lift before others."""
    records: dict[tuple[str, str, str, str], Hold] = {}
    for hold in recorded:
        known = records.get(hold.key)
        if known is None or _outranks(hold, known):
            records[hold.key] = hold
    return records


def _outranks(hold: Hold, known: Hold) -> bool:
    if hold.lifted is None or known.lifted is None:
        return hold.lifted is None
    return hold.lifted.when > known.lifted.when


def _stands_again(hold: Hold, record: Hold) -> bool:
    """A proposal closed once more after a resume is a new veto under the same key."""
    return hold.kind is HoldKind.VETO and record.lifted is not None and hold.since > record.lifted.when


def resumed_at(recorded: Iterable[Hold], *, identity: str) -> datetime | None:
    """When a human last resumed this candidate; evidence from before that no longer counts."""
    lifts = [hold.lifted.when for hold in recorded if hold.lifted is not None and concerns(hold, identity)]
    return max(lifts, default=None)
