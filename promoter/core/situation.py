"""Everything known about one candidate of one rollout at one instant, before its health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from promoter.core.holds import Hold, HoldKind, resumed_at, standing
from promoter.core.ladder import step_above, step_at
from promoter.core.policy import Policy, Step
from promoter.core.proposals import ForgeView, vetoes
from promoter.core.subject import Subject
from promoter.core.timeline import Timeline
from promoter.core.weights import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The rollout's route at base's head: its split and which destination each version has in it."""

    path: str
    split: Split
    destinations: Mapping[str, str]

    def percent(self, version: str) -> Fraction:
        """A version's share of the route's total, in percent."""
        return self.split.percent(self.destinations[version])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """How far another rollout has come: the timelines of its candidates, and whether a hold stands."""

    timelines: tuple[Timeline, ...]
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One candidate of one rollout: policy, place on the ladder, history, forge, and what it waits for.

    `base` is the commit everything was read at. `waves` has every rollout named in the policy's `after`
    that is known here.
    """

    policy: Policy
    candidate: str
    at: datetime
    base: str
    route: Route
    timeline: Timeline
    view: ForgeView
    waves: Mapping[str, Wave]

    @property
    def percent(self) -> Fraction:
        """The candidate's share now."""
        return self.route.percent(self.candidate)

    @property
    def step(self) -> Step | None:
        """The step the candidate stands on; None between steps and at 0."""
        return step_at(self.policy, self.percent)

    @property
    def following(self) -> Step | None:
        """The step a promotion would go to; None at the top of the ladder or of the route."""
        stable = self.route.percent(self.policy.stable)
        return step_above(self.policy, self.percent) if stable else None

    @property
    def at_top(self) -> bool:
        """Nothing is left to promote to."""
        return self.percent > 0 and self.following is None

    @property
    def derived_holds(self) -> tuple[Hold, ...]:
        """The holds that history and the closed proposals show: rollbacks and vetoes."""
        found = vetoes(
            self.view.proposals,
            rollout=self.policy.name,
            identity=self.timeline.identity,
            began=self.timeline.began.sha,
        )
        return (*self._rolled_back(self.timeline.identity), *found)

    def _rolled_back(self, identity: str) -> tuple[Hold, ...]:
        rollback = self.timeline.rollbacks.get(identity)
        if rollback is None:
            return ()
        hold = Hold(
            rollout=self.policy.name,
            candidate=identity,
            kind=HoldKind.ROLLBACK,
            commit=rollback.commit.sha,
            since=rollback.commit.when,
            by=rollback.commit.author,
            reason=rollback.commit.subject,
        )
        return (hold,)

    def holds_of(self, identity: str) -> tuple[Hold, ...]:
        """The holds that would stand, oldest first, if the candidate had this identity: images may come back."""
        return standing(self.view.holds, self._rolled_back(identity), identity=identity)

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The holds that stand, oldest first."""
        return standing(self.view.holds, self.derived_holds, identity=self.timeline.identity)

    @property
    def since(self) -> datetime:
        """When the evidence begins to count: the step's first commit, or a later resume."""
        resumed = resumed_at(self.view.holds, identity=self.timeline.identity)
        began = self.timeline.began.when
        return max(began, resumed) if resumed else began

    @property
    def climbing_since(self) -> datetime:
        """When this candidate began to climb to where it is, or a later resume."""
        resumed = resumed_at(self.view.holds, identity=self.timeline.identity)
        began = self.timeline.climb_began
        return max(began, resumed) if resumed else began

    @property
    def bake(self) -> timedelta:
        """How long this step must be proven; nothing at 0 %, where there is no traffic to prove."""
        if self.percent == 0:
            return timedelta(0)
        own = self.step.bake if self.step else None
        return own if own is not None else self.policy.bake.min

    def subject(self) -> Subject:
        """What the judge needs to know. At the top, judging ends `bake.max` after the step began."""
        following = self.following
        at = min(self.at, self.since + self.policy.bake.max) if self.at_top else self.at
        return Subject(
            policy=self.policy,
            candidate=self.candidate,
            percent=self.percent,
            before=self.timeline.before,
            following=following.percent if following else None,
            stable_percent=self.route.percent(self.policy.stable),
            changed_at=self.timeline.changed.when,
            since=self.since,
            at=at,
            climbing_since=min(self.climbing_since, self.since),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A rollout whose policy, manifest or history cannot be used: told, and never promoted."""

    name: str
    problems: tuple[str, ...]
