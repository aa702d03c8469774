"""Rehearse the emergency path, on a scratch copy of base or on base itself, and time each leg of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from promoter.core.decide import decide
from promoter.core.decision import Kind
from promoter.core.drills import Drill, DrillKind, Leg, last_increase
from promoter.core.evidence import Answer, RawSamples, Unknown
from promoter.core.holds import HoldKind
from promoter.core.ladder import target
from promoter.core.outcome import Did, Outcome
from promoter.core.situation import Situation, Unusable
from promoter.core.weights import WeightError
from promoter.errors import PromoterError, SettingsError
from promoter.forge.local import LocalForge
from promoter.human import Request, pause, roll_back, unasked
from promoter.manifest.edit import edit_weights
from promoter.observe import Observed
from promoter.policies import Policies
from promoter.repo.base import Repository
from promoter.repo.commit import tree_with, write_commit
from promoter.repo.refs import RefChange, branch_ref, update_refs
from promoter.repo.scratch import scratch_copy
from promoter.report.secrets import redact
from promoter.tick import Tick, look
from promoter.world import World

_NO_TRAFFIC = "not measured: a scratch copy carries no traffic"
_POLL = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The present, a stopwatch in seconds, and waiting: the command line's, or a test's."""

    now: Callable[[], datetime]
    seconds: Callable[[], float]
    wait: Callable[[float], object]


@dataclass(slots=True)
class _Stopwatch:
    clock: Clock
    legs: list[Leg] = field(default_factory=list)

    @contextmanager
    def leg(self, name: str) -> Iterator[None]:
        """Time one leg, also where it goes wrong."""
        began = self.clock.seconds()
        try:
            yield
        finally:
            self.legs.append(Leg(name=name, seconds=round(self.clock.seconds() - began, 3)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a drill happens: `world` opens it anew, as the next command would see it."""

    world: Callable[[], World]
    policies: Callable[[World], Policies]
    request: Request
    name: str

    def look(self) -> tuple[World, tuple[Observed, ...]]:
        """The rollout's candidates as they are now. Raises PromoterError where one cannot be read."""
        world = self.world()
        tick = Tick(policies=self.policies(world), at=self.request.at, names=(self.name,))
        found = look(world, tick)
        broken = [problem for item in found if isinstance(item, Unusable) for problem in item.problems]
        if broken or not found:
            raise PromoterError("\n".join(broken) or f"{self.name} has no candidate")
        return world, tuple(item for item in found if isinstance(item, Observed))


def rehearse(kind: DrillKind, ground: Ground, clock: Clock, *, live: bool) -> Drill:
    """One drill from its first leg to its last. What goes wrong on the way is its `problem`.

    Raises PromoterError where the rollout cannot even be looked at.
    """
    watch = _Stopwatch(clock)
    with watch.leg("decision"):
        world, found = ground.look()
    problem = ""
    try:
        if live:
            _walk(kind, ground, watch)
            if kind is DrillKind.ROLLBACK:
                watch.legs.append(_applied(world, found, clock))
        else:
            with scratch_copy(world.repo, world.base) as copy:
                _walk(kind, _scratch(copy, world, found, ground), watch)
            if kind is DrillKind.ROLLBACK:
                watch.legs.append(Leg(name="applied", note=_NO_TRAFFIC))
    except PromoterError as error:
        problem = redact(str(error))  # it is kept
    return Drill(
        rollout=ground.name,
        kind=kind,
        at=ground.request.at,
        by=ground.request.by,
        live=live,
        legs=tuple(watch.legs),
        problem=problem,
    )


def _scratch(copy: Repository, world: World, found: Sequence[Observed], ground: Ground) -> Ground:
    """The same rollout on the copy; where no candidate has traffic, at its first step."""
    branch = world.base.branch
    if all(item.situation.percent == 0 for item in found):
        _take_first_step(copy, branch, found[0], ground.request.at)

    def opened() -> World:
        base = copy.base(branch)
        return replace(world, repo=copy, base=base, forge=LocalForge(copy, base))

    policies = ground.policies(world)
    return replace(ground, world=opened, policies=lambda _: policies)


def _take_first_step(copy: Repository, branch: str, observed: Observed, at: datetime) -> None:
    """A commit on the copy's base, an hour ago, so that there is something to roll back."""
    situation = observed.situation
    try:
        split = target(
            situation.route.split,
            situation.policy.steps[0],
            candidate=situation.candidate,
            stable=situation.policy.stable,
            destinations=situation.route.destinations,
        )
    except WeightError as error:
        raise PromoterError(f"{situation.policy.name}: {error}", hint="look at the policy's steps") from error
    head = copy.base(branch).commit
    content = edit_weights(observed.located, dict(split.weights))
    tree = tree_with(copy.objects, head, {situation.route.path: content})
    made = write_commit(
        copy.objects, tree=tree, parents=[head], message="drill", when=at - timedelta(hours=1)
    )
    update_refs(copy.refs, [RefChange(branch_ref(branch), made, head)])


def _walk(kind: DrillKind, ground: Ground, watch: _Stopwatch) -> None:
    match kind:
        case DrillKind.PAUSE:
            _pause(ground, watch)
        case DrillKind.ROLLBACK:
            _roll_back(ground, watch)


def _pause(ground: Ground, watch: _Stopwatch) -> None:
    request = ground.request
    world, found = ground.look()
    if any(hold.kind is HoldKind.PAUSE for item in found for hold in item.situation.holds):
        raise PromoterError(f"{ground.name} is paused already", hint="drill it when it is not")
    with watch.leg("record"):
        hold = pause(world, found, request)
    try:
        with watch.leg("held"):
            _, held = ground.look()
        stopped = all(_stops(item.situation, HoldKind.PAUSE) for item in held)
        _expect(stopped, "the pause does not stop the rollout")
    finally:  # only this pause: other holds stay as they are
        with watch.leg("resume"):
            lifted = hold.lift(when=request.at, by=request.by, reason=request.reason)
            ground.world().forge.lift_hold(lifted)
    _, after = ground.look()
    left = any(hold.kind is HoldKind.PAUSE for item in after for hold in item.situation.holds)
    _expect(not left, "the resume does not lift the pause")


def _roll_back(ground: Ground, watch: _Stopwatch) -> None:
    world, found = ground.look()
    totals = [item.situation.route.split.total for item in found]
    with watch.leg("proposal"):
        opened = roll_back(world, found, ground.request, step=False, merge=False)
    _expect(bool(opened), "no candidate has traffic, so there is nothing to roll back")
    _expect(
        not any(one.did is Did.HANDS_OFF for one in opened), "a human has pushed to the rollback's branch"
    )
    with watch.leg("merge"):
        merged = roll_back(world, found, ground.request, step=False, merge=True)
    _expect(_all_merged(merged), f"it was not merged: {'; '.join(one.detail for one in merged)}")
    with watch.leg("held"):
        _, after = ground.look()
    _expect(all(item.situation.percent == 0 for item in after), "base does not have the candidate at 0%")
    _expect([item.situation.route.split.total for item in after] == totals, "the route's total has changed")
    stopped = all(_stops(item.situation, HoldKind.ROLLBACK) for item in after if _had_traffic(item, found))
    _expect(stopped, "nothing would keep the bot from raising it again")


def _had_traffic(item: Observed, before: Sequence[Observed]) -> bool:
    name = item.situation.candidate
    return any(one.situation.percent > 0 for one in before if one.situation.candidate == name)


def _stops(situation: Situation, kind: HoldKind) -> bool:
    """A hold of this kind stands, and a tick would hold whatever Prometheus says; or nothing is left to release."""
    if not any(hold.kind is kind for hold in situation.holds):
        return kind is HoldKind.ROLLBACK and situation.timeline.finished
    return decide(situation, unasked()).kind is Kind.HOLD


def _all_merged(outcomes: tuple[Outcome, ...]) -> bool:
    asked = {one.subject for one in outcomes}
    return bool(asked) and asked == {one.subject for one in outcomes if one.did is Did.MERGED}


def _expect(good: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as what is expected
    if not good:
        raise PromoterError(otherwise)


def _applied(world: World, found: Sequence[Observed], clock: Clock) -> Leg:
    """From the merge to the last request that the candidates answered, as scraped."""
    merged = clock.now()
    policy = found[0].situation.policy
    versions = [item.situation.candidate for item in found if item.situation.percent > 0]
    deadline = merged + policy.apply_deadline
    reason = "no answer"
    while clock.now() < deadline:
        at = clock.now()
        start = (merged - timedelta(minutes=5)).timestamp()
        asked = {
            version: RawSamples(policy.requests.render(version), start, at.timestamp())
            for version in (*versions, policy.stable)
        }
        try:
            answers = world.metrics(policy.metrics.tenant).fetch(tuple(asked.values()))
        except SettingsError as error:
            return Leg(name="applied", note=f"not measured: {error}")
        series = {version: answers[query] for version, query in asked.items()}
        quiet = _quiet(series, policy.stable, versions, policy.metrics.step, merged)
        if isinstance(quiet, float):
            return Leg(name="applied", seconds=quiet, note="the last gray request, as scraped")
        reason = quiet
        clock.wait(_POLL.total_seconds())
    return Leg(name="applied", note=f"not seen within apply_deadline: {reason}")


def _quiet(
    series: Mapping[str, Answer | Unknown],
    stable: str,
    versions: Sequence[str],
    step: timedelta,
    merged: datetime,
) -> float | str:
    """Seconds until the candidates fell silent, once stable was counted for two steps after; else why not yet."""
    unknown = [answer.reason for answer in series.values() if isinstance(answer, Unknown)]
    if unknown:
        return unknown[0]
    known = {version: answer.series for version, answer in series.items() if isinstance(answer, Answer)}
    newest = max((one.times[-1] for one in known[stable] if one.times), default=0.0)
    last = max((last_increase(known[version]) or 0.0 for version in versions), default=0.0)
    seen = max(last, merged.timestamp())
    if newest - seen < 2 * step.total_seconds():
        return "the candidate still answers" if last >= merged.timestamp() else "too early to say"
    return seen - merged.timestamp()
