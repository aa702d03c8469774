"""One candidate at one step: everything the judge has to know besides the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from promoter.core.judge.verdict import Outcome, Verdict
from promoter.core.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The candidate of one rollout, at the weight it has on base.

    `percent` is its share of the route's total now, `before` the share until `changed_at` (None where
    history shows no change), `following` the share after the next promotion (None at the top).
    `stable_percent` is what stable has now. Evidence counts from `since`: when the weight changed, the
    candidate's image changed, or a human resumed. `climbing_since` is when this candidate's first step began, or
    the last resume: bursts and trends are remembered from there. `began` is when the step began, without
    resumes: its weight was set or its image changed.
    """

    policy: Policy
    candidate: str
    percent: Fraction
    before: Fraction | None
    following: Fraction | None
    stable_percent: Fraction
    changed_at: datetime
    since: datetime
    at: datetime
    climbing_since: datetime
    began: datetime

    @property
    def share(self) -> float:
        """The candidate's part (0..1) of the requests that stable and it answer together."""
        return float(self.percent / (self.percent + self.stable_percent))

    @property
    def share_before(self) -> float | None:
        """The same until `changed_at`; None where the split did not change then."""
        if self.before is None or self.before == self.percent:
            return None
        return float(min(Fraction(1), self.before / (self.percent + self.stable_percent)))


class Seen(StrEnum):
    """Whether the split on base is what traffic does."""

    APPLIED = "applied"
    NOT_YET = "not-yet"
    UNKNOWN = "unknown"
    NOT_ASKED = "not-asked"  # at 0 % no traffic is expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The observed split held against the weights.

    `since` is when traffic began to follow the present weight; `observed` the candidate's percentage of
    the rollout's requests since then (or lately, where not applied); `reason` says what is missing.
    """

    seen: Seen
    since: datetime | None = None
    observed: float | None = None
    requests: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the judge concludes: is the split applied, when did the evidence begin, and each check's verdict.

    `baked_from` is when the evidence window began (applied, settled, resumed), None before that.
    """

    applied: Applied
    baked_from: datetime | None
    verdicts: tuple[Verdict, ...]

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The verdicts that found a limit violated."""
        return tuple(v for v in self.verdicts if v.outcome is Outcome.FAIL)

    @property
    def open(self) -> tuple[Verdict, ...]:
        """The verdicts that neither passed nor failed."""
        return tuple(v for v in self.verdicts if v.outcome is Outcome.INCONCLUSIVE)

    def baked(self, at: datetime) -> timedelta:
        """How long the step has been proven at `at`."""
        return max(timedelta(0), at - self.baked_from) if self.baked_from else timedelta(0)
