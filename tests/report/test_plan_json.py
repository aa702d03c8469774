"""plan_json: the keys are a contract, the numbers are numbers, and the text is safe to print."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from promoter.core.holds import HoldKind
from promoter.core.outcome import Row, TickReport
from promoter.core.policy import Unit
from promoter.core.proposals import ForgeView, Health, ProposalKind, ProposalState, Status
from promoter.core.subject import Seen
from promoter.report.plan_json import KEYS, hold_json, plan_json, proposal_json
from tests.build import AT, a_health, a_hold, a_proposal
from tests.report.markup import unprintable
from tests.report.reports import HOSTILE, a_report, hostile_row, promoting, success, the_plant

CONTRACT = [
    *("name", "stable", "candidate", "weights", "since", "applied", "decision", "to", "reasons"),
    *("eta_seconds", "checks", "hold", "proposal", "diff"),
]
CHECK = [
    *("name", "verdict", "cause", "observed", "stable", "limit", "unit", "lower", "edge", "edge_unit"),
    *("samples", "needed", "eta_seconds", "summary", "note", "query", "proof"),
]


def parsed(report: TickReport) -> dict[str, object]:
    document = json.loads(plan_json(report))
    assert isinstance(document, dict)
    return document


def first(row: Row) -> dict[str, object]:
    rollouts = parsed(a_report(row))["rollouts"]
    assert isinstance(rollouts, list)
    assert isinstance(rollouts[0], dict)
    return rollouts[0]


def test_the_document_is_what_it_was(golden: Callable[[str, str], None]) -> None:
    golden("plan.json", plan_json(the_plant()))


def test_every_rollout_has_the_same_keys_in_the_same_order_broken_or_not() -> None:
    for acted, more in ((False, []), (True, ["outcome"])):
        rollouts = parsed(the_plant(acted=acted))["rollouts"]
        assert isinstance(rollouts, list)
        assert [list(rollout) for rollout in rollouts] == [[*KEYS, *more]] * len(rollouts)


def test_the_keys_of_the_contract_are_there() -> None:
    assert [key for key in KEYS if key in CONTRACT] == CONTRACT
    assert list(parsed(the_plant())) == ["version", "at", "base", "notes", "rollouts"]


def test_every_check_has_the_same_keys() -> None:
    rollouts = parsed(the_plant())["rollouts"]
    assert isinstance(rollouts, list)
    assert all(list(check) == CHECK for rollout in rollouts for check in rollout["checks"])


def test_the_numbers_are_numbers_and_what_is_no_number_is_null() -> None:
    odd = success(
        observed=math.nan, stable=math.inf, limit=-math.inf, unit=Unit.PLAIN, eta=timedelta(seconds=89.6)
    )
    row = replace(promoting(), health=a_health(odd))
    checks = first(row)["checks"]
    assert isinstance(checks, list)
    (check,) = checks
    assert (check["observed"], check["stable"], check["limit"]) == (None, None, None)
    assert check["eta_seconds"] == 90


@pytest.mark.parametrize(
    ("seen", "applied"),
    [(Seen.APPLIED, True), (Seen.NOT_ASKED, True), (Seen.NOT_YET, False), (Seen.UNKNOWN, False)],
)
def test_applied_is_true_where_traffic_follows_or_none_is_expected(seen: Seen, *, applied: bool) -> None:
    assert first(replace(promoting(), health=a_health(seen=seen)))["applied"] is applied


def test_an_alarm_is_told_among_the_alarms() -> None:
    rollouts = parsed(the_plant())["rollouts"]
    assert isinstance(rollouts, list)
    alarms = {rollout["name"]: len(rollout["alarms"]) for rollout in rollouts}
    assert alarms["line-f"] == 1
    assert sum(alarms.values()) == 1


def test_a_promotion_is_shown_before_a_revert_and_a_closed_one_not_at_all() -> None:
    revert = a_proposal(branch="revert", kind=ProposalKind.REVERT)
    promotion = a_proposal(status=Status(state=Health.PENDING, summary="", evidence_at=AT))
    closed = a_proposal(branch="old", state=ProposalState.CLOSED)
    row = promoting()
    for proposals, shown in (
        ((revert, promotion), promotion.branch),
        ((closed, revert), "revert"),
        ((closed,), None),
    ):
        situation = replace(row.situation, view=ForgeView(proposals=proposals))
        proposal = first(replace(row, situation=situation))["proposal"]
        assert (proposal["branch"] if isinstance(proposal, dict) else None) == shown


def test_a_hold_tells_its_lift() -> None:
    hold = a_hold(HoldKind.PAUSE).lift(when=AT, by="Bo", reason="done")
    told = hold_json(hold)
    assert told["candidate"] is None
    assert told["lifted"] == {"at": "2026-01-07T09:00:00Z", "by": "Bo", "reason": "done"}
    assert hold_json(a_hold())["lifted"] is None


def test_a_proposal_tells_whether_a_human_pushed_to_it() -> None:
    assert proposal_json(a_proposal(head="d" * 40))["touched"] is True
    assert proposal_json(a_proposal())["status"] is None


def test_hostile_text_is_data_and_safe_to_print() -> None:
    text = plan_json(a_report(hostile_row(), notes=(HOSTILE,), acted=True))
    assert unprintable(text) == []
    document = json.loads(text)
    assert document["notes"] == [HOSTILE]
    assert document["rollouts"][0]["candidate"] == f"v9{HOSTILE}"
    assert document["rollouts"][0]["checks"][0]["name"] == HOSTILE
