"""1. A candidate's weight is raised only by one step at a time, only after every check passed on data from
this step, and only while the step is applied."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from promoter.core.decide import decide
from promoter.core.decision import Kind
from promoter.core.judge.verdict import Outcome
from promoter.core.policy import Step
from promoter.core.situation import Route
from promoter.core.subject import Seen
from tests.build import DESTINATIONS, a_health, a_policy, a_situation, a_split, a_verdict
from tests.invariants.rig import MINUTE, START, Rig

ladders = st.lists(st.integers(1, 100), min_size=1, max_size=6, unique=True).map(sorted)
outcomes = st.lists(st.sampled_from(Outcome), max_size=5)


@given(ladders, st.integers(0, 100), outcomes, st.sampled_from(Seen), st.integers(-60, 3600))
def test_a_raise_is_one_step_proven_and_applied(
    ladder: list[int], weight: int, found: list[Outcome], seen: Seen, baked: int
) -> None:
    policy = a_policy(steps=tuple(Step(percent=Fraction(step)) for step in ladder))
    situation = a_situation(weights=(0, weight) if weight else (0,), policy=policy)
    verdicts = [a_verdict(outcome) for outcome in found]
    health = a_health(*verdicts, seen=seen, baked=timedelta(seconds=baked))
    if not verdicts:
        health = type(health)(applied=health.applied, baked_from=health.baked_from, verdicts=())
    decision = decide(situation, health)
    above = [step for step in ladder if step > weight]
    proven = bool(found) and all(outcome is Outcome.PASS for outcome in found)
    applied = seen in (Seen.APPLIED, Seen.NOT_ASKED)
    long_enough = baked >= (600 if weight else 0)
    if decision.kind is Kind.PROMOTE:
        assert decision.to == a_split(min(above))
        assert proven
        assert applied
        assert long_enough
    elif above and weight < 100:
        assert not (proven and applied and long_enough)  # and it does where it may


def test_a_whole_release_climbs_step_by_step_and_no_faster(tmp_path: Path) -> None:
    rig = Rig(tmp_path, gray=0)
    seen = [rig.on_base()]
    for _ in range(45):
        rig.pass_time(MINUTE)
        before = rig.on_base()
        row = rig.tick()
        if rig.on_base() != before:
            seen.append(rig.on_base())
            assert row.decision.kind is Kind.PROMOTE
            assert row.situation.at - row.situation.since >= (3 * MINUTE if before else timedelta(0))
    assert seen == [0, 1, 5, 20, 50, 100]
    assert rig.tick().decision.kind is Kind.DONE


def test_a_promotion_that_traffic_does_not_follow_is_not_built_upon(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.tick()
    assert rig.on_base() == 20
    rig.script.shares.pop()  # the agent never applies it
    for _ in range(10):
        rig.pass_time(5 * MINUTE)
        report = rig.world()
        del report
        row = rig.tick()
        rig.script.shares = [(0.0, 0.0), ((START - 29 * MINUTE).timestamp(), 0.05)]
        assert row.decision.kind is Kind.WAIT
    assert rig.on_base() == 20


def test_evidence_of_an_earlier_step_proves_nothing_now() -> None:
    split = a_split(20)
    route = Route(path="manifests/vs.yaml", split=split, destinations=DESTINATIONS)
    situation = a_situation(weights=(0, 5, 20))
    assert situation.route == route
    assert situation.subject().since == situation.timeline.began.when
