"""actions of a freeze or another hold: the record, the status, the way back, and nothing forward."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoter.core.actions import (
    Notify,
    Propose,
    RecordHold,
    SetStatus,
    Withdraw,
)
from promoter.core.holds import Hold, HoldKind
from promoter.core.policy import Merge, OnFail
from promoter.core.proposals import ForgeView, Health, ProposalKind, ProposalState
from tests.build import AT, a_hold, a_policy, a_proposal, a_split
from tests.core.acting import (
    CLOSED,
    FAIL,
    HERE,
    MINUTE,
    OPEN,
    PASS,
    REVERT,
    STALE,
    a_revert,
    a_status,
    after,
    kinds,
    only_proposal,
    seeing,
)


def test_a_freeze_records_the_hold_marks_the_proposal_prepares_the_way_back_and_tells() -> None:
    known = a_proposal(status=a_status())
    actions = after(PASS, FAIL, view=seeing(known))
    hold = Hold(
        rollout="yolo",
        candidate="v9-gray",
        kind=HoldKind.FREEZE,
        commit=HERE.timeline.began.sha,
        since=AT,
        by="promoter",
        reason="failed: success-rate",
    )
    assert actions == (
        RecordHold(hold=hold),
        SetStatus(proposal=known, state=Health.FAILURE),
        Propose(
            branch=REVERT,
            kind=ProposalKind.REVERT,
            split=a_split(0),
            merge=False,
            draft=True,
            known=None,
            refresh=True,
        ),
        Notify(hold=hold),
    )


def test_a_freeze_names_every_failed_check_and_no_other() -> None:
    record = after(FAIL, replace(FAIL, check="map50"), replace(PASS, check="gpu"))[0]
    assert isinstance(record, RecordHold)
    assert record.hold.reason == "failed: success-rate, map50"


def test_a_freeze_merges_the_way_back_only_where_the_failed_check_asks_for_it() -> None:
    assert not only_proposal(after(FAIL)).merge
    asked = after(replace(FAIL, on_fail=OnFail.ROLLBACK))
    propose, record = only_proposal(asked), asked[0]
    assert (propose.merge, propose.draft, propose.split) == (True, False, a_split(0))
    assert isinstance(record, RecordHold)
    assert record.hold.rollback


def test_a_freeze_at_zero_has_no_way_back_to_prepare() -> None:
    assert kinds(after(FAIL, weights=(0,))) == [RecordHold, Notify]


def test_a_freeze_comes_before_everything_that_may_fail_halfway() -> None:
    assert kinds(after(FAIL, view=seeing(STALE)))[0] is RecordHold


def test_a_second_freeze_of_a_step_prepares_the_way_back_that_was_closed_in_the_first() -> None:
    lifted = a_hold(since=AT - 9 * MINUTE).lift(when=AT - 5 * MINUTE, by="Bo", reason="")
    closed = a_revert(**CLOSED, closed_at=AT - 8 * MINUTE)
    assert Propose in kinds(after(FAIL, view=seeing(closed, holds=(lifted,))))


FROZEN = a_hold(since=AT - 5 * MINUTE)


def test_a_rollback_or_veto_is_put_on_record_once() -> None:
    (record,) = after(PASS, weights=(0, 20, 5))
    assert isinstance(record, RecordHold)
    assert record.hold.kind is HoldKind.ROLLBACK
    assert after(PASS, weights=(0, 20, 5), view=ForgeView(holds=(record.hold,))) == ()


def test_a_veto_repeated_after_a_resume_is_put_on_record_again() -> None:
    closed = a_proposal(**CLOSED, closed_at=AT)
    lifted = a_hold(HoldKind.VETO, since=AT - 9 * MINUTE).lift(when=AT - 5 * MINUTE, by="Bo", reason="")
    (record,) = after(PASS, view=seeing(closed, holds=(lifted,)))
    assert isinstance(record, RecordHold)
    assert record.hold.kind is HoldKind.VETO


def test_a_lifted_rollback_is_not_put_on_record_again() -> None:
    (record,) = after(PASS, weights=(0, 20, 5))
    assert isinstance(record, RecordHold)
    lifted = record.hold.lift(when=AT, by="Bo", reason="")
    held = a_hold(HoldKind.PAUSE)
    assert after(PASS, weights=(0, 20, 5), view=ForgeView(holds=(lifted, held))) == ()


def test_a_standing_freeze_keeps_its_way_back_ready() -> None:
    propose = only_proposal(after(PASS, view=ForgeView(holds=(FROZEN,))))
    assert (propose.branch, propose.draft, propose.merge) == (REVERT, True, False)
    again = only_proposal(after(PASS, view=seeing(a_revert(), holds=(FROZEN,))))
    assert again.refresh is False


@pytest.mark.parametrize("hold", [a_hold(HoldKind.PAUSE), a_hold(HoldKind.PAUSE, reason="audit")])
def test_a_pause_prepares_nothing(hold: Hold) -> None:
    assert after(PASS, view=ForgeView(holds=(hold,))) == ()


def test_a_way_back_that_a_human_closed_in_this_freeze_stays_closed() -> None:
    for rollback in (False, True):
        hold = replace(FROZEN, rollback=rollback)
        for closed_at in (hold.since, AT, None):
            closed = a_revert(**CLOSED, closed_at=closed_at)
            assert after(PASS, view=seeing(closed, holds=(hold,))) == ()
        before = a_revert(**CLOSED, closed_at=hold.since - timedelta(seconds=1))
        assert kinds(after(PASS, view=seeing(before, holds=(hold,)))) == [Propose]


def test_a_rollback_that_a_human_asked_for_is_not_turned_into_a_draft() -> None:
    asked = a_revert(draft=False)
    for verdict, holds in ((FAIL, ()), (PASS, (FROZEN,))):
        assert not only_proposal(after(verdict, view=seeing(asked, holds=holds))).draft


def test_a_way_back_merged_since_base_was_read_is_not_proposed_again() -> None:
    merged = a_revert(state=ProposalState.MERGED, head=None)
    assert after(PASS, view=seeing(merged, holds=(FROZEN,))) == ()


def test_a_freeze_that_asks_for_it_is_rolled_back_though_the_tick_that_froze_was_killed() -> None:
    asks = replace(FROZEN, rollback=True)
    assert only_proposal(after(PASS, view=ForgeView(holds=(asks,)))).merge
    elsewhere = replace(asks, commit="9" * 40)  # the weight was set by hand since
    assert not only_proposal(after(PASS, view=ForgeView(holds=(elsewhere,)))).merge


def test_a_lifted_freeze_rolls_nothing_back() -> None:
    lifted = replace(FROZEN, rollback=True).lift(when=AT - MINUTE, by="Bo", reason="")
    paused = a_hold(HoldKind.PAUSE)
    assert after(PASS, view=ForgeView(holds=(lifted, paused))) == ()


@pytest.mark.parametrize(("verdict", "state"), [(FAIL, Health.FAILURE), (PASS, Health.PENDING)])
def test_while_a_hold_stands_the_open_proposals_status_follows(verdict: object, state: Health) -> None:
    known = a_proposal(status=a_status())
    assert SetStatus(proposal=known, state=state) in after(
        verdict, view=seeing(known, holds=(a_hold(HoldKind.PAUSE),))
    )


def test_a_hold_proposes_no_promotion_and_merges_none() -> None:
    known = a_proposal(status=a_status())
    policy = a_policy(merge=Merge.AUTO)
    for hold in (a_hold(HoldKind.PAUSE), FROZEN):
        actions = after(PASS, policy=policy, view=seeing(known, holds=(hold,)))
        assert all(
            action.kind is ProposalKind.REVERT and not action.merge
            for action in actions
            if isinstance(action, Propose)
        )
    assert only_proposal(after(PASS, policy=policy, view=seeing(known))).merge


def test_a_prepared_revert_is_withdrawn_once_the_freeze_is_lifted() -> None:
    draft = a_revert()
    lifted = FROZEN.lift(when=AT - 2 * MINUTE, by="Bo", reason="")
    for verdict in (PASS, OPEN):
        actions = after(verdict, view=seeing(draft, holds=(lifted,)))
        assert Withdraw(proposal=draft, why="out of date") in actions
    assert Withdraw not in kinds(after(PASS, view=seeing(draft, holds=(FROZEN,))))


def test_a_rollback_that_a_human_asked_for_stays_until_the_weight_is_zero() -> None:
    asked = a_revert(draft=False)
    for verdict in (PASS, OPEN, FAIL):
        assert Withdraw not in kinds(after(verdict, view=seeing(asked)))
    assert Withdraw in kinds(after(PASS, weights=(0,), view=seeing(asked)))
