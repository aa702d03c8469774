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


_COMES = (EventKind.START, EventKind.NEW_CANDIDATE)


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
    still stands: nobody has set the weight back to where it was; `rollbacks` has those of all identities
    that were ever seen, because an old image may come back. `came` is the commit that brought this
    candidate: its image, or the first state known. `taken_over`: stable has come to run its images, and did not
    always: two versions of one image that differ in something else are two versions.
    """

    events: tuple[Event, ...]
    identity: str
    percent: Fraction
    before: Fraction | None
    changed: Commit
    began: Commit
    rollback: Event | None
    rollbacks: Mapping[str, Event]
    came: Commit
    taken_over: bool

    @property
    def finished(self) -> bool:
        """It has no traffic, and stable runs its images: there is nothing to release."""
        return self.taken_over and self.percent == 0

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
                since = since or event.commit.when
            elif event.kind is EventKind.NEW_CANDIDATE or event.after < percent:
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
    differed: bool = False  # since this candidate came, stable ran other images

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
        elif self._other_image(self.candidate, point):
            # The ladder starts again: a weight lowered in the same commit is no rollback of the new one.
            self.before, self.changed, self.began = self.percent, point.commit, point.commit
            self._event(EventKind.NEW_CANDIDATE, point.commit, percent)
            self.differed = False
        elif percent == self.percent == 0 and self._other_image(self.stable, point):
            self._stable_image(point)
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
        if self.candidate in self.images and self.stable in self.images and not self.twins:
            self.differed = True

    def _stable_image(self, point: Point) -> None:
        """Stable gets another image while the candidate has no traffic."""
        if self._finished(point):  # in two commits: first the weight went back, now stable has the image
            self._event(EventKind.FINISHED, point.commit, Fraction(0))
            self.rollbacks.pop(self.identity, None)
        elif self.twins and self.differed:  # what was finished is taken back
            event = self._event(EventKind.ROLLBACK, point.commit, Fraction(0))
            self.rollbacks[self.identity] = replace(event, before=Fraction(100))

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
        return self.differed and _same({**self.images, **point.images}, self.candidate, self.stable)

    @property
    def twins(self) -> bool:
        """Candidate and stable run the same images."""
        return _same(self.images, self.candidate, self.stable)

    def _other_image(self, version: str, point: Point) -> bool:
        known, new = self.images.get(version), point.images.get(version)
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
        rollbacks=state.rollbacks,
        came=next(event.commit for event in reversed(state.events) if event.kind in _COMES),
        taken_over=state.differed and state.twins,
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


def _same(images: Mapping[str, tuple[str, ...]], one: str, other: str) -> bool:
    """Whether two versions are known to run the same images, in whatever order their files name them."""
    return one in images and other in images and sorted(images[one]) == sorted(images[other])


def _share(split: Split, dest: str) -> Fraction:
    """The destination's share in percent; 0 where the route does not have it."""
    weight = dict(split.weights).get(dest, 0)
    return Fraction(100 * weight, split.total) if split.total else Fraction(0)
