"""READ FIRST: one pass over all rollouts: observe → ask → fetch → judge → decide → act → report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoter.act import Base, Judged, act
from promoter.core.actions import Action, actions_for, one_at_a_time
from promoter.core.ask import ask
from promoter.core.decide import decide, unusable
from promoter.core.decision import Decision
from promoter.core.evidence import Answers, Query
from promoter.core.judge.judge import judge
from promoter.core.outcome import Broken, Row, TickReport
from promoter.core.situation import Unusable
from promoter.core.subject import Health
from promoter.manifest.edit import edit_weights
from promoter.observe import Found, Observed, observe, read_facts
from promoter.policies import Policies
from promoter.report.diff import unified_diff
from promoter.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What this pass is about: the policies, the moment, and the rollouts asked for (none = all)."""

    policies: Policies
    at: datetime
    names: tuple[str, ...] = ()


def look(world: World, tick: Tick) -> tuple[Found, ...]:
    """Observe: every candidate's situation at base's head, without asking Prometheus."""
    wanted = tick.policies.select(tick.names)
    facts = read_facts(world.repo, world.base.commit, wanted)
    views = world.forge.read([policy.name for policy in wanted])
    found = (*observe(facts, wanted, views, tick.at), *tick.policies.broken)
    if not tick.names:
        return found
    return tuple(item for item in found if _name(item) in tick.names)


def fetch(world: World, found: Sequence[Found]) -> Mapping[str | None, Answers]:
    """Ask and fetch: every query of every rollout at once, grouped by tenant."""
    queries: dict[str | None, dict[Query, None]] = {}
    for item in found:
        if isinstance(item, Observed):
            tenant = item.situation.policy.metrics.tenant
            queries.setdefault(tenant, {}).update(dict.fromkeys(ask(item.situation.subject())))
    return {tenant: world.metrics(tenant).fetch(tuple(wanted)) for tenant, wanted in queries.items()}


def conclude(found: Sequence[Found], answers: Mapping[str | None, Answers]) -> tuple[Judged | Unusable, ...]:
    """Judge and decide: pure."""
    concluded: list[Judged | Unusable] = []
    for item in found:
        if isinstance(item, Unusable):
            concluded.append(item)
            continue
        situation = item.situation
        health = judge(situation.subject(), answers[situation.policy.metrics.tenant])
        concluded.append(Judged(observed=item, health=health, decision=decide(situation, health)))
    return tuple(concluded)


def conclude_one(world: World, observed: Observed) -> tuple[Health, Decision]:
    """What a tick would conclude for this candidate alone: fetched, judged and decided now."""
    (found,) = conclude((observed,), fetch(world, (observed,)))
    assert not isinstance(found, Unusable)  # noqa: S101 - an observed one is judged
    return found.health, found.decision


def run_tick(world: World, tick: Tick, *, acting: bool) -> TickReport:
    """One pass. Without `acting` nothing is changed anywhere: that is `plan`."""
    recovered = world.forge.recover() if acting else ()
    found = look(world, tick)
    concluded = conclude(found, fetch(world, found))
    base = Base(commit=world.base.commit)
    actions = plan_actions(concluded) if acting else ((),) * len(concluded)
    rows = tuple(_row(world, base, item, todo) for item, todo in zip(concluded, actions, strict=True))
    return TickReport(
        at=tick.at,
        branch=world.base.branch,
        commit=world.base.commit,
        rows=rows,
        notes=(*world.notes, *tick.policies.notes, *recovered),
        acted=acting,
    )


def plan_actions(concluded: Sequence[Judged | Unusable]) -> tuple[tuple[Action, ...], ...]:
    """What has to be true after this tick, for each: pure, and settled before anything is done."""
    return one_at_a_time([_planned(item) for item in concluded])


def _planned(item: Judged | Unusable) -> tuple[str, tuple[Action, ...]]:
    if isinstance(item, Unusable):
        return item.name, ()
    situation = item.observed.situation
    return situation.policy.name, actions_for(situation, item.health, item.decision)


def _row(world: World, base: Base, item: Judged | Unusable, actions: Sequence[Action]) -> Row | Broken:
    if isinstance(item, Unusable):
        return Broken(rollout=item, decision=unusable(item))
    return Row(
        situation=item.observed.situation,
        health=item.health,
        decision=item.decision,
        diff=_diff(item),
        outcomes=act(world.forge, base, item, actions, world.environ),
    )


def _diff(item: Judged) -> str:
    """The exact change that the decision would make."""
    if item.decision.to is None:
        return ""
    located = item.observed.located
    new = edit_weights(located, dict(item.decision.to.weights))
    return unified_diff(item.observed.situation.route.path, located.data, new)


def _name(item: Found) -> str:
    return item.name if isinstance(item, Unusable) else item.situation.policy.name
