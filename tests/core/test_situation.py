"""situation: where a candidate stands, since when its evidence counts, and what holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from promoter.core.holds import HoldKind
from promoter.core.policy import Bake, Step
from promoter.core.proposals import ForgeView, ProposalState
from promoter.core.situation import Situation
from promoter.core.weights import Split
from tests.build import (
    AT,
    DESTINATIONS,
    STEP_BEGAN,
    a_commit,
    a_hold,
    a_policy,
    a_proposal,
    a_situation,
    a_timeline,
)

MINUTE = timedelta(minutes=1)


def on(split: dict[str, int]) -> Situation:
    situation = a_situation()
    return replace(situation, route=replace(situation.route, split=Split.of(split)))


def test_it_stands_on_the_step_whose_weight_it_has() -> None:
    situation = a_situation(weights=(0, 5))
    assert situation.percent == 5
    assert situation.step == Step(percent=Fraction(5))
    assert situation.following == Step(percent=Fraction(20))
    assert not situation.at_top


def test_between_steps_it_stands_on_none() -> None:
    situation = a_situation(weights=(0, 7))
    assert situation.step is None
    assert situation.following == Step(percent=Fraction(20))


def test_the_top_is_where_nothing_is_left_to_promote_to() -> None:
    assert not a_situation(weights=(0, 50)).at_top
    assert not a_situation(weights=(0, 99)).at_top
    assert a_situation(weights=(0, 100)).at_top
    assert not a_situation(weights=(0,)).at_top


def test_the_top_of_a_shared_route_is_all_that_stable_had() -> None:
    gray, stable = DESTINATIONS["v9-gray"], DESTINATIONS["v8-stable"]
    assert on({stable: 0, gray: 40, "mirror": 60}).at_top
    assert not on({stable: 1, gray: 39, "mirror": 60}).at_top


def test_the_evidence_counts_from_the_steps_commit_or_a_later_resume() -> None:
    assert a_situation().since == STEP_BEGAN
    earlier = a_hold(since=STEP_BEGAN - 9 * MINUTE).lift(when=STEP_BEGAN - MINUTE, by="Bo", reason="")
    later = a_hold().lift(when=STEP_BEGAN + MINUTE, by="Bo", reason="")
    assert a_situation(view=ForgeView(holds=(earlier,))).since == STEP_BEGAN
    assert a_situation(view=ForgeView(holds=(later,))).since == STEP_BEGAN + MINUTE


def test_a_new_image_starts_the_evidence_though_the_weight_stays() -> None:
    timeline = a_timeline((0, 5, 5), images={0: "yolo:9", 2: "yolo:10"})
    situation = a_situation(timeline=timeline, weights=(0, 5, 5))
    assert situation.since == STEP_BEGAN
    assert situation.subject().changed_at == STEP_BEGAN


def test_the_bake_is_the_steps_own_or_the_policys_and_nothing_at_zero() -> None:
    steps = (Step(percent=Fraction(5), bake=timedelta(hours=2)), Step(percent=Fraction(20)))
    policy = a_policy(steps=steps)
    assert a_situation(weights=(0, 5), policy=policy).bake == timedelta(hours=2)
    assert a_situation(weights=(0, 20), policy=policy).bake == policy.bake.min
    assert a_situation(weights=(0, 7), policy=policy).bake == policy.bake.min
    assert a_situation(weights=(0,), policy=policy).bake == timedelta(0)


def test_a_rollback_on_base_is_a_hold_in_the_name_of_who_did_it() -> None:
    (hold,) = a_situation(weights=(0, 20, 5)).holds
    assert (hold.kind, hold.commit, hold.by) == (HoldKind.ROLLBACK, a_commit(3).sha, "Ada")
    assert (hold.since, hold.reason) == (STEP_BEGAN, "change 3")


def test_a_veto_holds_its_own_step_only() -> None:
    closed = a_proposal(state=ProposalState.CLOSED, head=None, closed_at=AT)
    view = ForgeView(proposals=(closed,))
    assert [hold.kind for hold in a_situation(view=view).holds] == [HoldKind.VETO]
    assert a_situation(weights=(0, 1, 5, 20), view=view).holds == ()


def test_a_rollback_and_a_veto_may_hold_together() -> None:
    closed = a_proposal(state=ProposalState.CLOSED, head=None, closed_at=AT)
    situation = a_situation(weights=(0, 20, 5), view=ForgeView(proposals=(closed,)))
    assert [hold.kind for hold in situation.holds] == [HoldKind.ROLLBACK, HoldKind.VETO]


def test_the_judge_is_told_where_the_candidate_stands() -> None:
    subject = a_situation().subject()
    assert subject.candidate == "v9-gray"
    assert (float(subject.percent), float(subject.stable_percent)) == (5, 95)
    assert subject.before == 1
    assert subject.following == 20
    assert (subject.changed_at, subject.since, subject.at) == (STEP_BEGAN, STEP_BEGAN, AT)


def test_judging_ends_bake_max_after_the_top_was_reached_and_not_before_the_top() -> None:
    policy = a_policy(bake=Bake(min=MINUTE, max=20 * MINUTE))
    assert a_situation(weights=(0, 100), policy=policy).subject().at == STEP_BEGAN + 20 * MINUTE
    assert a_situation(weights=(0, 50), policy=policy).subject().at == AT
    short = a_policy(bake=Bake(min=MINUTE, max=30 * MINUTE + timedelta(seconds=1)))
    assert a_situation(weights=(0, 100), policy=short).subject().at == AT
