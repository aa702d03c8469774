"""2. Unknown is never healthy: Prometheus unreachable, empty, NaN, stale, partial or malformed → no promotion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from promoter.core.decision import Kind
from promoter.core.evidence import Answer, InstantValue, Query, RangeValues, RawSamples, Unknown
from tests.invariants.rig import Rig, Script

Fault = Callable[[Script, Query], Answer | Unknown]


def honest(script: Script, query: Query) -> Answer:
    answer = Script(script.shares).fetch([query])[query]
    assert isinstance(answer, Answer)
    return answer


def unreachable(script: Script, query: Query) -> Unknown:
    return Unknown("cannot reach Prometheus")


def empty(script: Script, query: Query) -> Answer:
    return Answer(())


def not_a_number(script: Script, query: Query) -> Answer:
    spoiled = [replace(one, values=(*one.values[:-1], float("nan"))) for one in honest(script, query).series]
    return Answer(tuple(spoiled))


def infinite(script: Script, query: Query) -> Answer:
    spoiled = [replace(one, values=(*one.values[:-1], float("inf"))) for one in honest(script, query).series]
    return Answer(tuple(spoiled))


def ten_minutes_old(script: Script, query: Query) -> Answer:
    if isinstance(query, InstantValue):
        return Answer(tuple(replace(one, values=(query.at - 600,)) for one in honest(script, query).series))
    end = query.end
    kept = []
    for one in honest(script, query).series:
        place = sum(1 for moment in one.times if moment <= end - 600)
        kept.append(replace(one, times=one.times[:place], values=one.values[:place]))
    return Answer(tuple(kept))


FAULTS: list[Fault] = [unreachable, empty, not_a_number, infinite, ten_minutes_old]


@pytest.mark.parametrize("fault", FAULTS)
def test_one_bad_answer_among_all_is_enough_to_promote_nothing(tmp_path: Path, fault: Fault) -> None:
    rig = Rig(tmp_path)
    assert rig.tick(acting=False).decision.kind is Kind.PROMOTE  # it would, were it healthy
    promoted = []
    for query in list(rig.script.asked):
        rig.script.override = partial(_spoiled, rig.script, fault, query)
        if rig.tick(acting=False).decision.kind is Kind.PROMOTE:
            promoted.append(query)
    assert [query for query in promoted if not _may_be_missing(fault, query)] == []
    assert rig.on_base() == 5


def _spoiled(script: Script, fault: Fault, bad: Query, asked: Query) -> Answer | Unknown | None:
    return fault(script, asked) if asked == bad else None


def _may_be_missing(fault: Fault, query: Query) -> bool:
    """No error series is no error, and stable's absolute numbers are only a comparison."""
    text = query.selector if isinstance(query, RawSamples) else query.expr
    harmless = fault in (empty, ten_minutes_old)
    return (
        harmless and ('code="500"' in text or 'version="v8"' in text) and not isinstance(query, RangeValues)
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_when_every_answer_is_bad_a_tick_changes_no_weight_and_says_why(tmp_path: Path, fault: Fault) -> None:
    rig = Rig(tmp_path)
    rig.script.override = lambda query: fault(rig.script, query)
    row = rig.tick()
    assert row.decision.kind is Kind.WAIT
    assert row.decision.reasons
    assert rig.on_base() == 5


def test_several_series_where_one_is_expected_prove_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path)

    def twice(query: Query) -> Answer | None:
        if not isinstance(query, RangeValues):
            return None
        (one,) = honest(rig.script, query).series
        return Answer((one, replace(one, labels=(("pod", "b"),))))

    rig.script.override = twice
    assert rig.tick().decision.kind is Kind.WAIT


def test_an_open_proposal_is_not_merged_on_unknown_health(tmp_path: Path) -> None:
    rig = Rig(tmp_path, merge="approval")
    rig.tick()
    assert len(rig.branches()) == 1
    rig.script.override = lambda _: Unknown("down")
    row = rig.tick()
    assert row.decision.kind is Kind.WAIT
    assert rig.on_base() == 5
    (proposal,) = rig.tick().situation.view.proposals
    assert proposal.status is not None
    assert proposal.status.state.value == "pending"
