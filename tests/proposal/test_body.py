"""body: what the approver and the one who decides read; commands that can be copied; no foreign markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.branches import rollback_branch
from promoter.core.holds import Hold, HoldKind
from promoter.core.policy import Step
from promoter.core.subject import Health
from promoter.proposal.body import hold_body, promotion_body, rollback_body
from promoter.report.tables import checks_table, ladder
from tests.build import a_health, a_hold, a_policy, a_situation, a_split
from tests.report.markup import acted_on, structure, unprintable
from tests.report.reports import HOSTILE, freezing, hostile_row, promoting

DIGEST = "e" * 64
UNASKED = Health(applied=a_health().applied, baked_from=None, verdicts=())


def test_the_bodies_read_as_they_did(golden: Callable[[str, str], None]) -> None:
    row, frozen = promoting(), freezing()
    golden("promotion.md", promotion_body(row.situation, row.health, a_split(20), DIGEST))
    golden(
        "rollback.md",
        rollback_body(frozen.situation, frozen.health, a_split(0), "failed: p99-latency", DIGEST),
    )
    golden("hold.md", hold_body(frozen.situation, frozen.health, a_hold(rollout="line-c", evidence=DIGEST)))


def test_a_promotion_says_how_to_stop_it_and_how_to_go_back() -> None:
    text = promotion_body(a_situation(), a_health(), a_split(20), DIGEST)
    assert "close this unmerged" in text
    assert "`promoter pause yolo --reason …`" in text
    assert "`promoter rollback yolo --now`" in text


@pytest.mark.parametrize(("to", "offered"), [(0, True), (1, False)])
def test_the_way_back_to_zero_names_the_one_step_back_beside_it(to: int, *, offered: bool) -> None:
    text = rollback_body(a_situation(), a_health(), a_split(to), "why", DIGEST)
    assert ("`promoter rollback yolo --step`" in text) is offered
    assert f"back to **{to}%**" in text


def test_a_rollback_that_a_human_asked_for_shows_no_empty_table() -> None:
    text = rollback_body(a_situation(), UNASKED, a_split(0), "cameras complain", DIGEST)
    assert "No check was judged" not in text
    assert "Why: cameras complain." in text
    assert "table_open table " not in structure(text)


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (HoldKind.FREEZE, "**`yolo` is frozen at 5%** by promoter"),
        (HoldKind.PAUSE, "**`yolo` is paused at 5%** by promoter"),
        (HoldKind.ROLLBACK, "**`yolo` was rolled back to 5%** by promoter"),
        (HoldKind.VETO, "**The next step of `yolo` was vetoed at 5%** by promoter"),
    ],
)
def test_every_hold_says_what_stands_and_what_clears_it(kind: HoldKind, title: str) -> None:
    text = hold_body(a_situation(), UNASKED, a_hold(kind))
    assert text.startswith(title)
    assert "`promoter resume yolo --reason …`" in text
    assert "`promoter rollback yolo --now`" in text
    assert (rollback_branch(a_situation()) in text) is (kind is HoldKind.FREEZE)


def test_a_freeze_that_is_rolled_back_says_that_the_bot_merges() -> None:
    hold: Hold = a_hold(rollback=True)
    assert "promoter merges `promoter/yolo/rollback-" in hold_body(a_situation(), a_health(), hold)


def test_at_zero_there_is_nothing_to_go_back_from() -> None:
    text = hold_body(a_situation(weights=(0, 20, 0)), UNASKED, a_hold())
    assert "rollback" not in text
    assert "promoter resume yolo" in text


def test_the_ladder_marks_where_it_is_or_goes() -> None:
    assert ladder(a_situation(), None) == "1% → **5%** → 20% → 50% → 100%"
    assert ladder(a_situation(), a_split(20)) == "1% → 5% → **20%** → 50% → 100%"
    assert ladder(a_situation(weights=(0, 7)), None) == "1% → 5% → 20% → 50% → 100%"
    assert (
        ladder(a_situation(policy=a_policy(steps=(Step(percent=a_situation().percent),))), None) == "**5%**"
    )


def test_without_a_verdict_the_table_says_so() -> None:
    assert checks_table(UNASKED) == "No check was judged."


def test_hostile_names_numbers_and_reasons_bring_no_markup() -> None:
    row = hostile_row()
    hold = a_hold(by=HOSTILE, reason=HOSTILE, candidate=HOSTILE)
    bodies = {
        "promotion": promotion_body(row.situation, row.health, a_split(20), DIGEST),
        "rollback": rollback_body(row.situation, row.health, a_split(0), HOSTILE, DIGEST),
        "hold": hold_body(row.situation, row.health, hold),
    }
    tame, health = a_situation(), a_health()
    expected = {
        "promotion": promotion_body(tame, health, a_split(20), DIGEST),
        "rollback": rollback_body(tame, health, a_split(0), "why", DIGEST),
        "hold": hold_body(tame, health, a_hold()),
    }
    for name, text in bodies.items():
        assert structure(text) == structure(expected[name]), name
        assert unprintable(text) == []
        assert acted_on(re.sub("`[^`]*`", "", text)) == []


@given(st.text(st.characters() | st.sampled_from("`|*_#@:[]<>&\\~$\n")))
def test_any_policys_name_stays_in_its_code_span(name: str) -> None:
    situation = replace(a_situation(), policy=a_policy(name=name))
    tame = promotion_body(a_situation(), a_health(), a_split(20), DIGEST)
    assert structure(promotion_body(situation, a_health(), a_split(20), DIGEST)) == structure(tame)
