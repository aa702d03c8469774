"""actions: what must be true after a tick. Every "never" stands beside a "does"."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.actions import (
    EVIDENCE_TTL,
    Await,
    Propose,
    RecordHold,
    SetStatus,
    Withdraw,
    actions_for,
    one_at_a_time,
)
from promoter.core.decide import decide
from promoter.core.decision import Decision, Kind, Reason, Why
from promoter.core.holds import Hold, HoldKind
from promoter.core.policy import Merge, Step
from promoter.core.proposals import ForgeView, Health, ProposalKind, ProposalState, ProposalView, Status
from promoter.core.situation import Situation
from promoter.core.timeline import identity_of
from tests.build import AT, a_health, a_hold, a_policy, a_proposal, a_situation, a_split, a_timeline
from tests.core.acting import (
    CLOSED,
    FAIL,
    HERE,
    MINUTE,
    OPEN,
    PASS,
    PROMOTION,
    STALE,
    a_revert,
    a_status,
    after,
    kinds,
    only_proposal,
    seeing,
)


def test_a_promotion_is_one_proposal_of_one_step() -> None:
    (propose,) = after(PASS)
    assert propose == Propose(
        branch=PROMOTION,
        kind=ProposalKind.PROMOTION,
        split=a_split(20),
        merge=False,
        draft=False,
        known=None,
        refresh=True,
    )


@pytest.mark.parametrize(("merge", "by_the_bot"), [(Merge.APPROVAL, False), (Merge.AUTO, True)])
def test_the_bot_merges_only_where_the_policy_says_auto(merge: Merge, *, by_the_bot: bool) -> None:
    assert only_proposal(after(PASS, policy=a_policy(merge=merge))).merge is by_the_bot


def test_the_step_that_is_gone_to_says_who_merges() -> None:
    steps = tuple(Step(percent=step.percent, merge=Merge.APPROVAL) for step in a_policy().steps)
    assert not only_proposal(after(PASS, policy=a_policy(merge=Merge.AUTO, steps=steps))).merge


def test_observe_decides_and_does_nothing_at_all() -> None:
    policy = a_policy(merge=Merge.OBSERVE)
    view = seeing(a_proposal(branch="promoter/yolo/stale"))
    for verdict in (PASS, FAIL, OPEN):
        assert after(verdict, policy=policy, view=view) == ()
        assert after(verdict, view=view) != ()


def test_a_step_that_is_only_observed_is_not_proposed() -> None:
    steps = tuple(Step(percent=step.percent, merge=Merge.OBSERVE) for step in a_policy().steps)
    assert after(PASS, policy=a_policy(steps=steps)) == ()
    assert RecordHold in kinds(after(FAIL, policy=a_policy(steps=steps)))


def test_a_known_proposal_is_kept_and_its_fresh_status_is_left_alone() -> None:
    known = a_proposal(status=a_status())
    (propose,) = after(PASS, view=seeing(known))
    assert isinstance(propose, Propose)
    assert (propose.known, propose.refresh) == (known, False)


@pytest.mark.parametrize(
    ("status", "due"),
    [
        (None, True),
        (a_status(Health.PENDING), True),
        (a_status(Health.FAILURE), True),
        (a_status(age=EVIDENCE_TTL / 2 - timedelta(seconds=1)), False),
        (a_status(age=EVIDENCE_TTL / 2), True),
    ],
    ids=["none yet", "was pending", "had failed", "fresh", "half-way to its end"],
)
def test_a_status_is_written_when_it_changes_or_is_half_way_to_its_end(
    status: Status | None, *, due: bool
) -> None:
    assert only_proposal(after(PASS, view=seeing(a_proposal(status=status)))).refresh is due


@pytest.mark.parametrize("state", [ProposalState.WITHDRAWN, ProposalState.CLOSED])
def test_a_proposal_that_is_opened_again_gets_its_status_anew(state: ProposalState) -> None:
    known = a_proposal(state=state, head=None, status=a_status(), closed_at=AT - 9 * MINUTE)
    lifted = a_hold(HoldKind.VETO, since=AT - 9 * MINUTE).lift(when=AT - 8 * MINUTE, by="Bo", reason="")
    assert only_proposal(after(PASS, view=seeing(known, holds=(lifted,)))).refresh


def test_a_closed_proposal_is_not_opened_again_without_a_resume() -> None:
    actions = after(PASS, view=seeing(a_proposal(**CLOSED, closed_at=AT)))
    assert kinds(actions) == [RecordHold]


def test_a_promotion_merged_since_base_was_read_is_not_proposed_again() -> None:
    merged = a_proposal(state=ProposalState.MERGED, head=None)
    assert after(PASS, view=seeing(merged)) == (Await(branch=PROMOTION, behind=PROMOTION, merged=True),)


@pytest.mark.parametrize("verdict", [PASS, FAIL, OPEN], ids=["promote", "freeze", "wait"])
def test_a_proposal_of_another_step_is_withdrawn(verdict: object) -> None:
    actions = after(verdict, view=seeing(STALE))
    assert [a for a in actions if isinstance(a, Withdraw)] == [Withdraw(proposal=STALE, why="out of date")]


@pytest.mark.parametrize("verdict", [PASS, FAIL, OPEN], ids=["promote", "freeze", "wait"])
def test_a_proposal_that_a_human_pushed_to_is_never_withdrawn(verdict: object) -> None:
    assert Withdraw not in kinds(after(verdict, view=seeing(replace(STALE, head="d" * 40))))


@pytest.mark.parametrize("verdict", [FAIL, OPEN], ids=["freeze", "wait"])
def test_the_present_steps_proposal_stays_open_while_its_health_is_in_doubt(verdict: object) -> None:
    assert Withdraw not in kinds(after(verdict, view=seeing(a_proposal())))


def test_another_target_of_the_same_step_is_replaced_when_the_step_is_proven() -> None:
    other = a_proposal(branch="promoter/yolo/v9-gray-5-to-10-000000003")
    actions = after(PASS, view=seeing(other))
    assert kinds(actions) == [Withdraw, Propose]
    assert Withdraw not in kinds(after(OPEN, view=seeing(other)))


def test_a_proposal_of_a_candidate_that_the_policy_no_longer_names_is_withdrawn() -> None:
    dropped = a_proposal(branch="promoter/yolo/v7-5-to-20-000000003", candidate="v7", identity="v7")
    for verdict in (PASS, FAIL, OPEN):
        assert Withdraw(proposal=dropped, why="out of date") in after(verdict, view=seeing(dropped))


def test_at_the_top_no_promotion_stays_open_and_nothing_else_is_done() -> None:
    left = a_proposal(status=a_status())
    assert after(PASS, weights=(0, 1, 100), view=seeing(left)) == (
        Withdraw(proposal=left, why="out of date"),
    )
    assert after(PASS, weights=(0, 1, 100)) == ()


def test_an_open_proposal_is_pending_while_its_health_is_not_proven() -> None:
    known = a_proposal(status=a_status())
    assert after(OPEN, view=seeing(known)) == (SetStatus(proposal=known, state=Health.PENDING),)
    told = a_proposal(status=a_status(Health.PENDING))
    assert after(OPEN, view=seeing(told)) == ()


def test_waiting_without_a_proposal_does_nothing() -> None:
    assert after(OPEN) == ()


def test_an_error_does_nothing() -> None:
    decision = Decision(kind=Kind.ERROR, reasons=(Reason(why=Why.UNUSABLE, facts={"problem": "x"}),))
    assert actions_for(a_situation(view=seeing(STALE)), a_health(), decision) == ()
    assert actions_for(a_situation(view=seeing(STALE)), a_health(), decide(HERE, a_health())) != ()


BOTH = a_policy(candidates=("v9-gray", "v10-gray"))
OTHERS = a_proposal(
    branch="promoter/yolo/v10-gray-5-to-20-000000003", candidate="v10-gray", identity="v10-gray"
)


def test_another_candidates_open_promotion_goes_first() -> None:
    assert after(PASS, policy=BOTH, view=seeing(OTHERS)) == (Await(branch=PROMOTION, behind=OTHERS.branch),)
    merged = replace(OTHERS, state=ProposalState.MERGED)
    assert kinds(after(PASS, policy=BOTH, view=seeing(merged))) == [Propose]


def test_a_promotion_that_a_human_made_their_own_goes_first() -> None:
    mine = replace(STALE, head="d" * 40)
    assert after(PASS, view=seeing(mine)) == (Await(branch=PROMOTION, behind=mine.branch),)


def test_an_open_proposal_is_looked_after_though_another_candidates_is_open_too() -> None:
    assert kinds(after(PASS, policy=BOTH, view=seeing(OTHERS, a_proposal()))) == [Propose]


def test_one_candidates_tick_leaves_the_other_candidates_proposals_alone() -> None:
    for verdict in (PASS, FAIL, OPEN):
        actions = after(verdict, policy=BOTH, view=seeing(replace(OTHERS, status=a_status())))
        assert Withdraw not in kinds(actions)
        assert SetStatus not in kinds(actions)


def test_of_two_candidates_that_are_both_due_only_the_first_is_proposed() -> None:
    first = only_proposal(after(PASS, policy=BOTH))
    second = replace(first, branch=OTHERS.branch)
    other = replace(first, branch="promoter/line-b/v9-gray-5-to-20-000000003")
    assert one_at_a_time([("yolo", (first,)), ("yolo", (second,)), ("line-b", (other,))]) == (
        (first,),
        (Await(branch=second.branch, behind=first.branch),),
        (other,),
    )


def test_freezing_one_candidate_and_raising_another_go_together() -> None:
    frozen = after(FAIL, policy=BOTH)
    raised = (replace(only_proposal(after(PASS, policy=BOTH)), branch=OTHERS.branch),)
    assert one_at_a_time([("yolo", frozen), ("yolo", raised)]) == (frozen, raised)


def test_a_new_image_behind_the_candidate_leaves_the_old_ones_proposal_behind() -> None:
    timeline = a_timeline((0, 5, 5), images={0: "yolo:9", 2: "yolo:10"})
    old = a_proposal(began="2" * 40, identity=identity_of("v9-gray", ("yolo:9",)), branch="promoter/yolo/old")
    actions = after(OPEN, timeline=timeline, weights=(0, 5, 5), view=seeing(old))
    assert actions == (Withdraw(proposal=old, why="out of date"),)


proposals = st.builds(
    a_proposal,
    branch=st.sampled_from([PROMOTION, STALE.branch, OTHERS.branch]),
    candidate=st.sampled_from(["v9-gray", "v10-gray", "v7"]),
    state=st.sampled_from(ProposalState),
    head=st.sampled_from(["c" * 40, "d" * 40]),
    began=st.sampled_from([HERE.timeline.began.sha, "2" * 40]),
    closed_at=st.just(AT),
)
reverts = st.builds(
    a_revert,
    state=st.sampled_from(ProposalState),
    draft=st.booleans(),
    closed_at=st.sampled_from([None, AT - 9 * MINUTE, AT]),
)
some_holds = st.lists(st.builds(a_hold, st.sampled_from(HoldKind), rollback=st.booleans()), max_size=2)


@given(
    verdict=st.sampled_from([PASS, FAIL, OPEN]),
    weights=st.lists(st.sampled_from([0, 1, 5, 20, 100]), min_size=1, max_size=4),
    seen=st.lists(st.one_of(proposals, reverts), max_size=4, unique_by=lambda p: p.branch),
    holds=some_holds,
    merge=st.sampled_from(Merge),
)
def test_whatever_the_forge_shows_the_rules_hold(
    *, verdict: object, weights: list[int], seen: list[ProposalView], holds: list[Hold], merge: Merge
) -> None:
    situation: Situation = a_situation(
        weights=weights,
        policy=replace(BOTH, merge=merge),
        view=ForgeView(proposals=tuple(seen), holds=tuple(holds)),
    )
    health = a_health(verdict)  # type: ignore[arg-type]
    decision = decide(situation, health)
    actions = actions_for(situation, health, decision)
    promotions = [a for a in actions if isinstance(a, Propose) and a.kind is ProposalKind.PROMOTION]
    reverts_made = [a for a in actions if isinstance(a, Propose) and a.kind is ProposalKind.REVERT]
    withdrawn = {a.proposal.branch for a in actions if isinstance(a, Withdraw)}
    if decision.kind is not Kind.PROMOTE:
        assert promotions == []
    assert all(a.merge is (merge is Merge.AUTO) for a in promotions)
    open_after = {p.branch for p in situation.view.open(ProposalKind.PROMOTION)} - withdrawn
    before = len(open_after)
    assert len(open_after | {a.branch for a in promotions}) <= max(1, before)
    assert all(a.split["yolo/v9-gray"] == 0 for a in reverts_made)
    assert all(a.merge is False or any(h.rollback for h in holds) for a in reverts_made)
    assert not any(p.touched for p in seen if p.branch in withdrawn)
    closed = {p.branch for p in seen if p.state is ProposalState.CLOSED and p.candidate == "v9-gray"}
    if decision.kind is Kind.PROMOTE:
        # Without a lift in these holds nothing that a human closed at this step comes back.
        began = situation.timeline.began.sha
        assert not {a.branch for a in promotions} & {
            p.branch for p in seen if p.branch in closed and p.began == began
        }
