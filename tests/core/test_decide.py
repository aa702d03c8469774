"""decide: the first question that objects wins; promotion is what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core import decide as rules
from promoter.core.decide import decide, unusable
from promoter.core.decision import Decision, Kind, Why
from promoter.core.holds import HoldKind
from promoter.core.judge.verdict import Cause, Outcome
from promoter.core.policy import After, Bake, Experiment, Merge, OnFail, Step, Window
from promoter.core.proposals import ForgeView, ProposalKind, ProposalState
from promoter.core.situation import Unusable, Wave
from promoter.core.subject import Seen
from promoter.core.weights import Split
from tests.build import (
    AT,
    DESTINATIONS,
    a_check,
    a_health,
    a_hold,
    a_policy,
    a_proposal,
    a_situation,
    a_split,
    a_timeline,
    a_verdict,
)

FAIL = a_verdict(Outcome.FAIL)
OPEN = a_verdict(Outcome.INCONCLUSIVE)


def whys(decision: Decision) -> list[Why]:
    return [reason.why for reason in decision.reasons]


def test_a_proven_step_is_promoted_by_exactly_one_step() -> None:
    decision = decide(a_situation(), a_health())
    assert decision.kind is Kind.PROMOTE
    assert decision.to == a_split(20)
    assert decision.step == Step(percent=Fraction(20))
    assert decision.merge is Merge.APPROVAL


@pytest.mark.parametrize(
    ("weight", "to"), [(0, 1), (1, 5), (2, 5), (4, 5), (5, 20), (19, 20), (20, 50), (50, 100), (99, 100)]
)
def test_the_next_step_is_the_first_above_the_weight_whoever_set_it(weight: int, to: int) -> None:
    assert decide(a_situation(weights=(0, weight)), a_health()).to == a_split(to)


@pytest.mark.parametrize("kind", HoldKind)
def test_a_standing_hold_outranks_a_failure_and_the_failure_is_told(kind: HoldKind) -> None:
    situation = {
        HoldKind.FREEZE: a_situation(view=ForgeView(holds=(a_hold(),))),
        HoldKind.PAUSE: a_situation(view=ForgeView(holds=(a_hold(HoldKind.PAUSE),))),
        HoldKind.ROLLBACK: a_situation(weights=(0, 20, 5)),
        HoldKind.VETO: a_situation(
            view=ForgeView(
                proposals=(a_proposal(state=ProposalState.CLOSED, head=None, closed_at=AT, closed_by="Bo"),)
            )
        ),
    }[kind]
    decision = decide(situation, a_health(FAIL))
    assert decision.kind is Kind.HOLD
    assert whys(decision) == [Why.HELD, Why.STILL_FAILING]
    assert decision.reasons[0].facts["kind"] == kind.value


def test_a_hold_stands_though_everything_is_healthy() -> None:
    assert decide(a_situation(view=ForgeView(holds=(a_hold(),))), a_health()).kind is Kind.HOLD


def test_a_lifted_hold_stands_no_more() -> None:
    lifted = a_hold().lift(when=AT - timedelta(minutes=1), by="Bo", reason="seen")
    assert decide(a_situation(view=ForgeView(holds=(lifted,))), a_health()).kind is Kind.PROMOTE


def test_any_failed_check_freezes() -> None:
    decision = decide(a_situation(), a_health(a_verdict(), FAIL, OPEN))
    assert decision.kind is Kind.FREEZE
    assert not decision.rollback
    assert [reason.verdict for reason in decision.reasons] == [FAIL]


def test_a_failure_freezes_even_before_the_bake_is_over_or_outside_windows() -> None:
    never = Window(days=frozenset({6}), start=time(9), end=time(10), zone=UTC, text="Sat 09:00-10:00 UTC")
    situation = a_situation(policy=a_policy(windows=(never,)))
    assert decide(situation, a_health(FAIL, baked=timedelta(0))).kind is Kind.FREEZE


def test_a_failed_check_that_asks_for_it_rolls_back() -> None:
    assert decide(a_situation(), a_health(replace(FAIL, on_fail=OnFail.ROLLBACK))).rollback


@pytest.mark.parametrize("seen", [Seen.NOT_YET, Seen.UNKNOWN])
def test_nothing_is_promoted_before_the_split_is_seen(seen: Seen) -> None:
    decision = decide(a_situation(), a_health(seen=seen, baked=None))
    assert decision.kind is Kind.WAIT
    assert decision.eta is None


def test_a_promotion_that_is_not_applied_in_time_is_an_alarm() -> None:
    began = AT - timedelta(minutes=15)
    in_time = a_situation(timeline=a_timeline(end=began))
    late = a_situation(timeline=a_timeline(end=began - timedelta(seconds=1)))
    health = a_health(seen=Seen.NOT_YET, baked=None)
    assert Why.APPLY_OVERDUE not in whys(decide(in_time, health))
    assert Why.APPLY_OVERDUE in whys(decide(late, health))


def test_a_step_that_settles_waits() -> None:
    assert whys(decide(a_situation(), a_health(baked=None))) == [Why.SETTLING]
    assert whys(decide(a_situation(), a_health(baked=-timedelta(seconds=30)))) == [Why.SETTLING]


def test_the_bake_is_both_sides_of_its_minimum() -> None:
    short = decide(a_situation(), a_health(baked=timedelta(minutes=10) - timedelta(seconds=1)))
    assert (short.kind, whys(short), short.eta) == (Kind.WAIT, [Why.BAKING], timedelta(seconds=1))
    assert decide(a_situation(), a_health(baked=timedelta(minutes=10))).kind is Kind.PROMOTE


def test_a_steps_own_bake_counts_instead() -> None:
    steps = (Step(percent=Fraction(5), bake=timedelta(hours=2)), Step(percent=Fraction(100)))
    situation = a_situation(policy=a_policy(steps=steps))
    assert decide(situation, a_health(baked=timedelta(minutes=119))).kind is Kind.WAIT
    assert decide(situation, a_health(baked=timedelta(minutes=120))).kind is Kind.PROMOTE


def test_an_undecided_check_waits_with_its_eta() -> None:
    decision = decide(a_situation(), a_health(a_verdict(), replace(OPEN, eta=timedelta(minutes=7))))
    assert (decision.kind, whys(decision), decision.eta) == (
        Kind.WAIT,
        [Why.CHECK_OPEN],
        timedelta(minutes=7),
    )


def test_stable_failing_too_is_told_as_environment() -> None:
    assert whys(decide(a_situation(), a_health(replace(OPEN, cause=Cause.ENVIRONMENT)))) == [Why.ENVIRONMENT]


def test_past_bake_max_a_human_is_asked() -> None:
    policy = a_policy(bake=Bake(min=timedelta(minutes=10), max=timedelta(hours=1)))
    asked = decide(a_situation(policy=policy), a_health(OPEN, baked=timedelta(hours=1, seconds=1)))
    quiet = decide(a_situation(policy=policy), a_health(OPEN, baked=timedelta(hours=1)))
    assert Why.BAKE_MAX in whys(asked)
    assert Why.BAKE_MAX not in whys(quiet)


def test_no_evidence_at_all_waits() -> None:
    health = replace(a_health(), verdicts=())
    assert whys(decide(a_situation(), health)) == [Why.NO_EVIDENCE]


def test_at_the_top_and_proven_is_done() -> None:
    assert decide(a_situation(weights=(0, 50, 100)), a_health()).kind is Kind.DONE


def test_at_the_top_it_is_judged_until_its_bake_has_passed() -> None:
    situation = a_situation(weights=(0, 50, 100))
    assert decide(situation, a_health(baked=timedelta(minutes=9))).kind is Kind.WAIT
    assert decide(situation, a_health(FAIL)).kind is Kind.FREEZE
    assert decide(situation, a_health(OPEN)).kind is Kind.WAIT


def test_at_the_top_past_bake_max_it_says_what_was_not_proven() -> None:
    policy = a_policy(bake=Bake(min=timedelta(minutes=10), max=timedelta(minutes=30)))
    decision = decide(a_situation(weights=(0, 50, 100), policy=policy), a_health(OPEN))
    assert (decision.kind, whys(decision)) == (Kind.DONE, [Why.TOP_UNPROVEN])


def test_a_ladder_may_end_below_100() -> None:
    policy = a_policy(steps=(Step(percent=Fraction(1)), Step(percent=Fraction(5))))
    assert decide(a_situation(policy=policy), a_health()).kind is Kind.DONE


def test_at_zero_no_bake_is_asked() -> None:
    decision = decide(a_situation(weights=(0,)), a_health(seen=Seen.NOT_ASKED, baked=timedelta(0)))
    assert (decision.kind, decision.to) == (Kind.PROMOTE, a_split(1))


def test_outside_its_windows_a_promotion_waits_until_the_next_opens() -> None:
    window = Window(
        days=frozenset({1, 2, 3, 4, 5}), start=time(9), end=time(18), zone=UTC, text="Mon-Fri 09:00-18:00 UTC"
    )
    policy = a_policy(windows=(window,))
    for at, kind in [
        (datetime(2026, 1, 7, 8, 59, 59, tzinfo=UTC), Kind.WAIT),
        (datetime(2026, 1, 7, 9, 0, tzinfo=UTC), Kind.PROMOTE),
        (datetime(2026, 1, 7, 17, 59, 59, tzinfo=UTC), Kind.PROMOTE),
        (datetime(2026, 1, 7, 18, 0, tzinfo=UTC), Kind.WAIT),
        (datetime(2026, 1, 10, 12, 0, tzinfo=UTC), Kind.WAIT),
    ]:
        assert decide(a_situation(policy=policy, at=at), a_health(at=at)).kind is kind, at
    saturday_noon = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
    decision = decide(a_situation(policy=policy, at=saturday_noon), a_health(at=saturday_noon))
    assert decision.eta == timedelta(hours=45)  # to Monday 9:00


AFTER = After(rollout="line-a", percent=Fraction(100), bake=timedelta(hours=24))


@pytest.mark.parametrize(
    ("wave", "why"),
    [
        (None, Why.WAVE_UNKNOWN),
        (Wave(timelines=(a_timeline((0, 50)),)), Why.WAVE_BEHIND),
        (
            Wave(timelines=(a_timeline((0, 100), end=AT - timedelta(hours=24) + timedelta(seconds=1)),)),
            Why.WAVE_BEHIND,
        ),
        (Wave(timelines=(a_timeline((0, 100), end=AT - timedelta(days=9)),), held=True), Why.WAVE_HELD),
    ],
    ids=["unknown rollout", "not far enough", "not long enough", "held"],
)
def test_a_rollout_waits_for_the_one_before_it(wave: Wave | None, why: Why) -> None:
    waves = {"line-a": wave} if wave else {}
    decision = decide(a_situation(policy=a_policy(after=(AFTER,)), waves=waves), a_health())
    assert (decision.kind, whys(decision)) == (Kind.WAIT, [why])


def test_a_wave_far_and_long_enough_lets_it_go() -> None:
    wave = Wave(timelines=(a_timeline((0, 100), end=AT - timedelta(hours=24)),))
    decision = decide(a_situation(policy=a_policy(after=(AFTER,)), waves={"line-a": wave}), a_health())
    assert decision.kind is Kind.PROMOTE


def test_several_candidates_climb_together_only_to_hold_at() -> None:
    policy = a_policy(candidates=("v9-gray", "v10-gray"), experiment=Experiment(hold_at=Fraction(5)))
    assert whys(decide(a_situation(policy=policy), a_health())) == [Why.EXPERIMENT]
    wider = replace(policy, experiment=Experiment(hold_at=Fraction(20)))
    assert decide(a_situation(policy=wider), a_health()).kind is Kind.PROMOTE


def test_a_step_that_is_no_whole_weight_is_an_error() -> None:
    policy = a_policy(steps=(Step(percent=Fraction("5.5")), Step(percent=Fraction(100))))
    decision = decide(a_situation(policy=policy), a_health())
    assert decision.kind is Kind.ERROR
    assert "not a whole weight" in str(decision.reasons[0].facts["problem"])


def test_a_check_without_a_verdict_is_missing() -> None:
    policy = a_policy(checks=(a_check(), a_check("latency")))
    decision = decide(a_situation(policy=policy), a_health())
    assert (decision.kind, whys(decision)) == (Kind.WAIT, [Why.NO_EVIDENCE])
    assert decision.reasons[0].facts == {"checks": "latency"}
    both = a_health(a_verdict(), a_verdict(check="latency"))
    assert decide(a_situation(policy=policy), both).kind is Kind.PROMOTE


def test_at_zero_a_check_may_have_nothing_to_say_yet() -> None:
    policy = a_policy(checks=(a_check(), a_check("latency")))
    health = a_health(a_verdict(check="ready"), seen=Seen.NOT_ASKED)
    assert decide(a_situation(weights=(0,), policy=policy), health).kind is Kind.PROMOTE


REVERT = a_proposal(branch="promoter/yolo/rollback-0", kind=ProposalKind.REVERT)


def test_a_rollback_that_a_human_asked_for_stops_promotions_until_it_is_merged_or_closed() -> None:
    decision = decide(a_situation(view=ForgeView(proposals=(REVERT,))), a_health())
    assert (decision.kind, whys(decision)) == (Kind.WAIT, [Why.ROLLBACK_OPEN])
    for over in (
        replace(REVERT, state=ProposalState.CLOSED),
        replace(REVERT, draft=True),
        replace(REVERT, candidate="v10-gray"),
    ):
        assert decide(a_situation(view=ForgeView(proposals=(over,))), a_health()).kind is Kind.PROMOTE
    at_zero = a_situation(weights=(0,), view=ForgeView(proposals=(REVERT,)))
    assert decide(at_zero, a_health(seen=Seen.NOT_ASKED)).kind is Kind.PROMOTE


def test_a_failure_while_a_rollback_is_open_still_freezes() -> None:
    assert decide(a_situation(view=ForgeView(proposals=(REVERT,))), a_health(FAIL)).kind is Kind.FREEZE


def test_a_route_whose_stable_has_nothing_to_give_is_an_error() -> None:
    situation = a_situation(weights=(0,))
    split = Split.of({**dict.fromkeys(DESTINATIONS.values(), 0), "mirror": 100})
    nothing = replace(situation, route=replace(situation.route, split=split))
    decision = decide(nothing, a_health(seen=Seen.NOT_ASKED))
    assert decision.kind is Kind.ERROR
    assert "nothing to give" in str(decision.reasons[0].facts["problem"])


def test_the_last_step_may_take_all_that_stable_has_left_beside_others() -> None:
    situation = a_situation(weights=(0, 5))
    split = Split.of({DESTINATIONS["v8-stable"]: 10, DESTINATIONS["v9-gray"]: 5, "mirror": 85})
    decision = decide(replace(situation, route=replace(situation.route, split=split)), a_health())
    assert decision.to is not None
    assert decision.to.weights == (
        (DESTINATIONS["v8-stable"], 0),
        (DESTINATIONS["v9-gray"], 15),
        ("mirror", 85),
    )


outcomes = st.sampled_from(Outcome)
bakes = st.one_of(st.none(), st.integers(-5, 60).map(lambda minutes: timedelta(minutes=minutes)))


@given(
    weights=st.lists(st.integers(0, 100), min_size=1, max_size=5),
    verdicts=st.lists(outcomes, max_size=3),
    seen=st.sampled_from(Seen),
    baked=bakes,
    held=st.booleans(),
)
def test_only_a_proven_applied_unheld_step_is_raised_and_only_by_one(
    *, weights: list[int], verdicts: list[Outcome], seen: Seen, baked: timedelta | None, held: bool
) -> None:
    situation = a_situation(weights=weights, view=ForgeView(holds=(a_hold(HoldKind.PAUSE),) if held else ()))
    health = replace(
        a_health(seen=seen, baked=baked), verdicts=tuple(a_verdict(outcome) for outcome in verdicts)
    )
    decision = decide(situation, health)
    if decision.kind is not Kind.PROMOTE:
        assert decision.to is None
        return
    assert not held
    assert situation.timeline.rollback is None
    assert verdicts
    assert set(verdicts) == {Outcome.PASS}
    assert seen in (Seen.APPLIED, Seen.NOT_ASKED)
    assert baked is not None
    assert baked >= situation.bake
    assert decision.to is not None
    now, to = weights[-1], decision.to["yolo/v9-gray"]
    assert to == min(step for step in (1, 5, 20, 50, 100) if step > now)


def test_an_unusable_rollout_is_an_error_with_every_problem() -> None:
    decision = unusable(Unusable(name="yolo", problems=("a", "b")))
    assert (decision.kind, len(decision.reasons)) == (Kind.ERROR, 2)


def test_a_finished_candidate_is_done_whatever_its_health() -> None:
    timeline = a_timeline((0, 100, 0), images={0: "yolo:9"}, stable_images={0: "yolo:8", 2: "yolo:9"})
    situation = a_situation(weights=(0, 100, 0), timeline=timeline)
    for health in (a_health(), a_health(FAIL), a_health(seen=Seen.UNKNOWN)):
        decision = decide(situation, health)
        assert (decision.kind, decision.reasons[0].why) == (Kind.DONE, Why.FINISHED)


def test_another_image_after_the_finish_may_climb() -> None:
    images = {0: "yolo:9", 3: "yolo:10"}
    timeline = a_timeline((0, 100, 0, 0), images=images, stable_images={0: "yolo:8", 2: "yolo:9"})
    decision = decide(a_situation(weights=(0, 100, 0, 0), timeline=timeline), a_health(seen=Seen.NOT_ASKED))
    assert decision.kind is Kind.PROMOTE


def test_the_order_of_the_questions_is_the_contract() -> None:
    assert [question.__name__ for question in rules.QUESTIONS] == [
        "no_such_weight",
        "standing_hold",
        "nothing_to_release",
        "failed",
        "at_the_top",
        "not_proven",
        "rollback_open",
        "end_of_experiment",
        "outside_window",
        "behind_a_wave",
    ]
