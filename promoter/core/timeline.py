"""Fold base's history into one candidate's timeline: promotions, rollbacks, since when, by whom.

State is read from the weights alone: a revert, a squash, a hand edit and a merge all look the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256

from promoter.core.history import Commit, Point
from promoter.core.weights import Split


class EventKind(StrEnum):
    """What a commit did to the candidate."""

    START = "start"  # the first state that history shows
    RAISED = "raised"
    ROLLBACK = "rollback"  # the weight went down
    FINISHED = "finished"  # the candidate's image became the stable one, its weight returned to 0
    NEW_CANDIDATE = "new-candidate"  # another image behind the candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of the candidate's share (percent of the route's total) or of what runs behind it."""

    kind: EventKind
    commit: Commit
    before: Fraction | None
    after: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One candidate's history up to base's head.

    `identity` names the candidate by what runs behind it (see `identity_of`). `began` is the commit at
    which the present step began: its weight was set or its image changed; `changed` the one that set the
    present weight, `before` the share until then. `rollback` is the lowering of this same candidate that
    still stands: nobody has set the weight back to where it was.
    """

    events: tuple[Event, ...]
    identity: str
    percent: Fraction
    before: Fraction | None
    changed: Commit
    began: Commit
    rollback: Event | None

    @property
    def climb_began(self) -> datetime:
        """When the unbroken rise of this same candidate to its present weight began."""
        began = self.began.when
        for event in reversed(self.events):
            if event.kind is EventKind.RAISED:
                began = min(began, event.commit.when)
            else:
                break
        return began

    def at_least_since(self, percent: Fraction) -> datetime | None:
        """Since when the share has been at `percent` or above without a break; None where it is below.

        A finished candidate carries everything, as stable, until the next one comes.
        """
        since = None
        for event in self.events:
            if event.kind is EventKind.FINISHED:
                continue
            if event.kind is EventKind.NEW_CANDIDATE or event.after < percent:
                since = event.commit.when if event.after >= percent else None
            elif since is None:
                since = event.commit.when
        return since


@dataclass(slots=True)
class _Fold:
    candidate: str
    stable: str
    versions: Mapping[str, str]  # version -> destination
    events: list[Event] = field(default_factory=list)
    percent: Fraction | None = None
    images: dict[str, tuple[str, ...]] = field(default_factory=dict)
    before: Fraction | None = None
    changed: Commit | None = None
    began: Commit | None = None
    rollbacks: dict[str, Event] = field(default_factory=dict)  # by identity: an old image may come back

    @property
    def identity(self) -> str:
        return identity_of(self.candidate, self.images.get(self.candidate))

    def add(self, point: Point) -> None:
        """Take one commit into account."""
        if point.split is None:
            self._learn_images(point)
            return
        percent = _share(point.split, self.versions[self.candidate])
        if self.percent is None:
            self.changed = self.began = point.commit
            self._event(EventKind.START, point.commit, percent)
        elif self._other_image(point):
            # The ladder starts again: a weight lowered in the same commit is no rollback of the new one.
            self.before, self.changed, self.began = self.percent, point.commit, point.commit
            self._event(EventKind.NEW_CANDIDATE, point.commit, percent)
        else:
            self._weight(point, percent)
        self.percent = percent
        self._learn_images(point)

    def _learn_images(self, point: Point) -> None:
        unknown = self.identity
        self.images.update(point.images)
        rollback = self.rollbacks.get(unknown)
        if rollback is not None and unknown == self.candidate:  # known for the first time: the same candidate
            self.rollbacks = {self.identity: rollback}

    def _weight(self, point: Point, percent: Fraction) -> None:
        assert self.percent is not None  # noqa: S101 - narrowed by add()
        if percent == self.percent:
            return
        self.before, self.changed, self.began = self.percent, point.commit, point.commit
        rollback = self.rollbacks.get(self.identity)
        if percent > self.percent:
            self._event(EventKind.RAISED, point.commit, percent)
            if rollback is not None and percent >= (rollback.before or 0):
                del self.rollbacks[self.identity]  # set back to where it was: a person's commit, not ours
        elif percent == 0 and self._finished(point):
            self._event(EventKind.FINISHED, point.commit, percent)
            self.rollbacks.pop(self.identity, None)
        else:
            event = self._event(EventKind.ROLLBACK, point.commit, percent)
            # Lowered in two goes, it counts from the height of the first.
            start = rollback.before if rollback else event.before
            self.rollbacks[self.identity] = replace(event, before=start)

    def _finished(self, point: Point) -> bool:
        gray = self.images.get(self.candidate)
        return gray is not None and point.images.get(self.stable, self.images.get(self.stable)) == gray

    def _other_image(self, point: Point) -> bool:
        known, new = self.images.get(self.candidate), point.images.get(self.candidate)
        return known is not None and new is not None and known != new

    def _event(self, kind: EventKind, commit: Commit, percent: Fraction) -> Event:
        event = Event(kind=kind, commit=commit, before=self.percent, after=percent)
        self.events.append(event)
        return event


def fold(
    points: Iterable[Point], *, candidate: str, stable: str, destinations: Mapping[str, str]
) -> Timeline | None:
    """The candidate's timeline from its points, oldest first; None where no point could be read.

    `destinations` maps each version of the policy to the destination it has in the route.
    """
    state = _Fold(candidate=candidate, stable=stable, versions=destinations)
    for point in points:
        state.add(point)
    if state.percent is None or state.changed is None or state.began is None:
        return None
    return Timeline(
        events=tuple(state.events),
        percent=state.percent,
        before=state.before,
        changed=state.changed,
        began=state.began,
        rollback=state.rollbacks.get(state.identity),
        identity=state.identity,
    )


def identity_of(candidate: str, images: tuple[str, ...] | None) -> str:
    """What makes a candidate the same one: its version and, where its workload is known, its images."""
    if not images:
        return candidate
    return f"{candidate}@{sha256(chr(10).join(images).encode()).hexdigest()[:12]}"


def version_of(identity: str) -> str:
    """The version in an identity."""
    return identity.split("@", maxsplit=1)[0]


def may_be_same(one: str, other: str) -> bool:
    """Whether two identities can be one candidate: where the images of one are not known, the version says."""
    if one == other:
        return True
    return version_of(one) == version_of(other) and not ("@" in one and "@" in other)


def _share(split: Split, dest: str) -> Fraction:
    """The destination's share in percent; 0 where the route does not have it."""
    weight = dict(split.weights).get(dest, 0)
    return Fraction(100 * weight, split.total) if split.total else Fraction(0)
