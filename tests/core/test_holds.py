"""holds: which stop stands, and since when the evidence counts anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.holds import Hold, HoldKind, concerns, resumed_at, standing
from tests.build import AT, a_hold

MINUTE = timedelta(minutes=1)
ME = "v9-gray"
DERIVED = [HoldKind.ROLLBACK, HoldKind.VETO]
RECORDED = [HoldKind.FREEZE, HoldKind.PAUSE]


def lifted(hold: Hold, minutes: float = 1) -> Hold:
    """Resumed so many minutes after it began."""
    return hold.lift(when=hold.since + minutes * MINUTE, by="Bo", reason="looked at it")


def stand(*recorded: Hold, derived: tuple[Hold, ...] = (), identity: str = ME) -> tuple[Hold, ...]:
    return standing(recorded, derived, identity=identity)


def test_nothing_stands_where_nothing_was_recorded() -> None:
    assert stand() == ()


@pytest.mark.parametrize("kind", RECORDED)
def test_a_recorded_freeze_or_pause_stands_until_it_is_lifted(kind: HoldKind) -> None:
    hold = a_hold(kind)
    assert stand(hold) == (hold,)
    assert stand(lifted(hold)) == ()


@pytest.mark.parametrize("kind", DERIVED)
def test_a_rollback_or_veto_stands_before_it_is_on_record(kind: HoldKind) -> None:
    hold = a_hold(kind)
    assert stand(derived=(hold,)) == (hold,)


@pytest.mark.parametrize("kind", DERIVED)
def test_a_rollback_or_veto_stands_on_record_until_that_is_lifted(kind: HoldKind) -> None:
    hold = a_hold(kind)
    recorded = replace(hold, evidence="e" * 64)
    assert stand(recorded, derived=(hold,)) == (recorded,)
    assert stand(lifted(recorded), derived=(hold,)) == ()


@pytest.mark.parametrize("kind", DERIVED)
def test_a_recorded_rollback_or_veto_that_is_derived_no_longer_does_not_stand(kind: HoldKind) -> None:
    assert stand(a_hold(kind)) == ()


def test_a_proposal_closed_again_after_a_resume_is_a_new_veto() -> None:
    first = a_hold(HoldKind.VETO)
    resumed = lifted(first, minutes=2)
    again = replace(first, since=first.since + 3 * MINUTE)
    assert stand(resumed, derived=(again,)) == (again,)
    assert stand(resumed, derived=(replace(first, since=first.since + 2 * MINUTE),)) == ()


def test_a_lifted_rollback_is_not_stood_up_again_by_its_own_commit() -> None:
    hold = a_hold(HoldKind.ROLLBACK)
    later = replace(hold, since=hold.since + 5 * MINUTE)  # a committer's clock may differ
    assert stand(lifted(hold, minutes=2), derived=(later,)) == ()


def test_another_lowering_is_another_rollback() -> None:
    first = a_hold(HoldKind.ROLLBACK)
    second = replace(first, commit="f" * 40)
    assert stand(lifted(first), derived=(second,)) == (second,)


@pytest.mark.parametrize("kind", [HoldKind.FREEZE, HoldKind.ROLLBACK, HoldKind.VETO])
def test_a_hold_of_a_former_candidate_does_not_stand(kind: HoldKind) -> None:
    hold = a_hold(kind, candidate="v9-gray@aaaaaaaaaaaa")
    derived = (hold,) if kind in DERIVED else ()
    assert stand(hold, derived=derived, identity="v9-gray@bbbbbbbbbbbb") == ()
    assert stand(hold, derived=derived, identity="v10-gray") == ()
    assert stand(hold, derived=derived, identity="v9-gray@aaaaaaaaaaaa") == (hold,)


def test_a_pause_is_about_the_whole_rollout_whatever_runs_behind_it() -> None:
    pause = a_hold(HoldKind.PAUSE)
    assert stand(pause, identity="v10-gray@bbbbbbbbbbbb") == (pause,)


def test_naming_a_workload_in_the_policy_or_no_longer_lifts_nothing() -> None:
    bare, known = a_hold(), a_hold(candidate="v9-gray@aaaaaaaaaaaa")
    assert stand(bare, identity="v9-gray@aaaaaaaaaaaa") == (bare,)
    assert stand(known, identity="v9-gray") == (known,)


def test_one_commit_may_lower_two_candidates_and_each_is_held() -> None:
    mine = a_hold(HoldKind.ROLLBACK)
    other = replace(mine, candidate="v10-gray")
    assert stand(other, derived=(mine, other)) == (mine,)
    assert stand(lifted(other), derived=(mine, other)) == (mine,)
    assert stand(other, derived=(mine, other), identity="v10-gray") == (other,)


def test_holds_are_told_oldest_first() -> None:
    freeze = a_hold(since=AT)
    pause = a_hold(HoldKind.PAUSE, since=AT - MINUTE)
    rollback = a_hold(HoldKind.ROLLBACK, since=AT - 2 * MINUTE)
    assert stand(freeze, pause, derived=(rollback,)) == (rollback, pause, freeze)


def test_two_records_of_one_hold_stand_while_one_of_them_does() -> None:
    hold = a_hold()
    for records in permutations((hold, lifted(hold))):
        assert stand(*records) == (hold,)
    assert stand(lifted(hold, 1), lifted(hold, 2)) == ()
    closed_between = a_hold(HoldKind.VETO, since=AT)
    records = tuple(closed_between.lift(when=AT + n * MINUTE, by="Bo", reason="") for n in (1, 3))
    again = replace(closed_between, since=AT + 2 * MINUTE)
    for order in permutations(records):
        assert stand(*order, derived=(again,)) == ()  # the last resume came after it


def test_the_evidence_counts_from_the_last_resume_of_this_candidate() -> None:
    first, second = lifted(a_hold(), 1), lifted(a_hold(HoldKind.PAUSE), 3)
    assert resumed_at([first, second], identity=ME) == second.since + 3 * MINUTE
    assert resumed_at([first], identity=ME) == first.since + MINUTE
    assert resumed_at([a_hold()], identity=ME) is None
    assert resumed_at([], identity=ME) is None


def test_a_resume_of_a_former_candidate_does_not_count() -> None:
    former = lifted(a_hold(candidate="v9-gray@aaaaaaaaaaaa"))
    assert resumed_at([former], identity="v9-gray@bbbbbbbbbbbb") is None
    assert resumed_at([former], identity="v9-gray@aaaaaaaaaaaa") is not None


holds = st.builds(
    a_hold,
    st.sampled_from(HoldKind),
    commit=st.sampled_from(["1" * 40, "2" * 40]),
    since=st.integers(0, 9).map(lambda n: AT + n * MINUTE),
)
records = st.one_of(holds, st.tuples(holds, st.integers(0, 9)).map(lambda pair: lifted(*pair)))


@given(st.lists(records, max_size=5), st.lists(holds, max_size=3))
def test_only_a_lift_takes_a_hold_away(recorded: list[Hold], seen: list[Hold]) -> None:
    derived = [hold for hold in seen if hold.kind in DERIVED]
    found = standing(recorded, derived, identity=ME)
    assert all(hold.lifted is None and concerns(hold, ME) for hold in found)
    keys = {hold.key for hold in found}
    for hold in [*recorded, *derived]:
        if hold.lifted is None and (hold.kind in RECORDED or hold in derived):
            was_lifted = any(r.key == hold.key and r.lifted is not None for r in recorded)
            assert hold.key in keys or was_lifted
