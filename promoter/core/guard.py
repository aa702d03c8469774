"""Would base's policy make this change of weights now? Judged by the decision of the same tick; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from promoter.core.decision import Decision, Kind, Why
from promoter.core.weights import Split


class Ruling(StrEnum):
    """What a change of weights comes to."""

    DUE = "due"  # the step that the tick would take now
    INTRODUCED = "introduced"  # another image at the first step: a new candidate begins
    LOWERED = "lowered"
    TOTAL = "total"  # the route's weights sum to something else
    OTHERS = "others"  # a destination outside the rollout
    IMAGE = "image"  # other images behind a candidate that carries traffic
    NOT_DUE = "not-due"  # the tick would not raise it now
    OTHER_STEP = "other-step"  # a promotion is due, but not to this weight
    UNKNOWN = "unknown"  # nobody could decide


_REFUSED = frozenset({Ruling.NOT_DUE, Ruling.OTHER_STEP, Ruling.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One rollout's route before and after. `candidates` maps each candidate to its destination.

    `after` calls destinations what base calls them; `renamed` maps other names that are written there to these.
    `first` is the ladder's first step in percent, `newcomers` the candidates that get another image.
    """

    rollout: str
    stable: str
    candidates: Mapping[str, str]
    before: Split
    after: Split
    renamed: Mapping[str, str] = field(default_factory=dict)
    first: Fraction | None = None
    newcomers: frozenset[str] = frozenset()

    @property
    def raised(self) -> tuple[str, ...]:
        """The candidates whose share of the route goes up, however that is written."""
        return tuple(
            version
            for version, dest in self.candidates.items()
            if share(self.after, dest) > share(self.before, dest)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One ruling. `subject` is the candidate or the destination it is about, `dest` where it stands.

    `before` and `after` are shares in percent, or weights for a total or another destination. `why`
    says what stood in the way of a decision.
    """

    ruling: Ruling
    rollout: str
    subject: str
    dest: str | None
    before: Fraction
    after: Fraction
    decision: Decision | None = None
    why: str = ""

    @property
    def refused(self) -> bool:
        """The change must not be merged now."""
        return self.ruling in _REFUSED


def share(split: Split, dest: str) -> Fraction:
    """A destination's share in percent; 0 where the route does not have it."""
    weight = dict(split.weights).get(dest, 0)
    return Fraction(100 * weight, split.total)


def called_as_before(split: Split, renamed: Mapping[str, str]) -> Split:
    """The split with destinations under base's names (`renamed`: a new name -> base's).

    A raise must not hide behind another spelling of a host, nor beside it.
    """
    weights: dict[str, int] = {}
    for dest, weight in split.weights:
        name = renamed.get(dest, dest)
        weights[name] = weights.get(name, 0) + weight
    return Split(tuple(weights.items()))


def rule(change: Change, decisions: Mapping[str, Decision], *, why: str = "") -> tuple[Finding, ...]:
    """Every finding about one route. A raised candidate that no decision is given for is refused.

    `decisions` has, by candidate, what the tick concludes at base's head; `why` is told where it has none.
    """
    return (
        *(_raise(change, version, decisions.get(version), why) for version in change.raised),
        *_lowered(change),
        *_beside(change),
    )


def _raise(change: Change, version: str, decision: Decision | None, why: str) -> Finding:
    dest = change.candidates[version]
    if decision is None:
        ruling = Ruling.UNKNOWN
    elif _introduced(change, version) and not _paused(decision):
        ruling = Ruling.INTRODUCED
    elif decision.kind is not Kind.PROMOTE or decision.to is None:
        ruling = Ruling.NOT_DUE
    elif any(share(change.after, dest) != share(decision.to, dest) for dest in change.candidates.values()):
        ruling = Ruling.OTHER_STEP  # another weight, or two candidates at once
    else:
        ruling = Ruling.DUE
    return Finding(
        ruling=ruling,
        rollout=change.rollout,
        subject=version,
        dest=dest,
        before=share(change.before, dest),
        after=share(change.after, dest),
        decision=decision,
        why=why if decision is None else "",
    )


def _introduced(change: Change, version: str) -> bool:
    """From nothing to the first step together with another image, and nothing else rises."""
    dest = change.candidates[version]
    from_nothing = share(change.before, dest) == 0 and share(change.after, dest) == change.first
    return from_nothing and version in change.newcomers and change.raised == (version,)


def _paused(decision: Decision) -> bool:
    """A human stopped the whole rollout; every other hold is about the candidate that was."""
    return any(reason.why is Why.HELD and reason.facts.get("kind") == "pause" for reason in decision.reasons)


def _lowered(change: Change) -> Iterator[Finding]:
    for version, dest in change.candidates.items():
        before, after = share(change.before, dest), share(change.after, dest)
        if after < before:
            yield Finding(
                ruling=Ruling.LOWERED,
                rollout=change.rollout,
                subject=version,
                dest=dest,
                before=before,
                after=after,
            )


def _beside(change: Change) -> Iterator[Finding]:
    """What else moves: the total, and destinations that no policy here is about."""
    before, after = change.before, change.after
    if before.total != after.total:
        yield Finding(
            ruling=Ruling.TOTAL,
            rollout=change.rollout,
            subject="",
            dest=None,
            before=Fraction(before.total),
            after=Fraction(after.total),
        )
    mine = {change.stable, *change.candidates.values()}
    for dest in dict.fromkeys(name for name, _ in (*before.weights, *after.weights)):
        old, new = dict(before.weights).get(dest, 0), dict(after.weights).get(dest, 0)
        if dest not in mine and old != new:
            yield Finding(
                ruling=Ruling.OTHERS,
                rollout=change.rollout,
                subject=dest,
                dest=dest,
                before=Fraction(old),
                after=Fraction(new),
            )
