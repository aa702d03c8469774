"""What a tick concludes for one candidate: one of six kinds, with reasons and an ETA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from promoter.core.judge.verdict import Verdict
from promoter.core.policy import Merge, Step
from promoter.core.weights import Split


class Kind(StrEnum):
    """The decisions a tick can come to."""

    PROMOTE = "promote"
    WAIT = "wait"
    FREEZE = "freeze"
    HOLD = "hold"
    DONE = "done"
    ERROR = "error"


class Why(StrEnum):
    """The reasons; `report/reasons.py` has the words for each."""

    UNUSABLE = "unusable"
    HELD = "held"
    STILL_FAILING = "still-failing"  # told while a hold stands
    FINISHED = "finished"  # at 0 %, and stable runs the candidate's image
    TOP = "top"  # at the top and proven
    TOP_UNPROVEN = "top-unproven"  # at the top, bake.max over, not every check proven
    CHECK_FAILED = "check-failed"
    NOT_APPLIED = "not-applied"
    APPLY_OVERDUE = "apply-overdue"  # alarm
    SPLIT_UNKNOWN = "split-unknown"
    SETTLING = "settling"
    BAKING = "baking"
    CHECK_OPEN = "check-open"
    ENVIRONMENT = "environment"
    BAKE_MAX = "bake-max"  # alarm: past bake.max and still not proven
    OUTSIDE_WINDOW = "outside-window"
    WAVE_BEHIND = "wave-behind"
    WAVE_HELD = "wave-held"
    WAVE_UNKNOWN = "wave-unknown"
    ROLLBACK_OPEN = "rollback-open"  # a human asked for the way back
    EXPERIMENT = "experiment"  # several candidates: the end of the common climb
    ASKED = "asked"  # a human asked for it
    NO_EVIDENCE = "no-evidence"
    PROVEN = "proven"


ALARMS = frozenset({Why.APPLY_OVERDUE, Why.BAKE_MAX, Why.TOP_UNPROVEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason and the facts its sentence needs: plain text and numbers, or the verdict it is about."""

    why: Why
    facts: Mapping[str, str | float | int] = field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def alarm(self) -> bool:
        """Something a human should look at now."""
        return self.why in ALARMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The conclusion. `to` is the split a promotion would set; `eta` about when things may go on."""

    kind: Kind
    reasons: tuple[Reason, ...]
    to: Split | None = None
    step: Step | None = None
    merge: Merge | None = None
    eta: timedelta | None = None
    rollback: bool = False  # a freeze whose policy asks for the revert to be merged
