"""body: what the approver and the one who decides read; commands that can be copied; no foreign markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoter.core.branches import rollback_branch
from promoter.core.holds import Hold, HoldKind
from promoter.core.outcome import Row
from promoter.core.policy import Merge
from promoter.core.subject import Health
from promoter.proposal.body import hold_body, promotion_body, rollback_body
from promoter.proposal.evidence_json import evidence_json
from promoter.proposal.pages import Pages
from promoter.report.fit import LIMIT, RESERVE, length
from tests.build import AT, a_health, a_hold, a_policy, a_situation, a_split
from tests.proposal.test_pages import PAGES
from tests.report.injections import INJECTIONS
from tests.report.markup import acted_on, structure, unprintable
from tests.report.reports import (
    HOSTILE,
    freezing,
    hostile_row,
    latency,
    memory,
    promoting,
    proven,
    slower_and_slower,
)

EVIDENCE = '{"version": 1}\n'
OUR_LINK = re.compile(rf"(?<=\])\({re.escape(PAGES.site)}/(?:pulls|issues)\?q=[A-Za-z0-9%_.~-]*\)")
UNASKED = Health(applied=a_health().applied, baked_from=None, verdicts=())


def evidence_of(row: Row) -> str:
    return evidence_json(row.situation, row.health, row.decision)


def bodies(row: Row, evidence: str, *, text: str = "why", pages: Pages | None = PAGES) -> dict[str, str]:
    """Every kind of body about one row, with `text` wherever a human's or a commit's words go."""
    situation, health = row.situation, row.health
    hold = a_hold(by=text, reason=text, candidate=text)
    return {
        "promotion": promotion_body(situation, health, a_split(20), evidence=evidence, pages=pages),
        "rollback": rollback_body(
            situation, health, a_split(0), text, evidence=evidence, draft=True, pages=pages
        ),
        "hold": hold_body(situation, health, hold, evidence=evidence, pages=pages),
    }


def test_the_bodies_read_as_they_did(golden: Callable[[str, str], None]) -> None:
    """With a short evidence: the whole one is in test_kept."""
    row, frozen = replace(promoting(), health=a_health(proven(), latency(), memory())), freezing()
    here, health = frozen.situation, frozen.health
    hold = a_hold(rollout="line-c", reason="failed: p99-latency", evidence="e" * 64)
    proposed = promotion_body(row.situation, row.health, a_split(20), evidence=EVIDENCE, pages=PAGES)
    back = rollback_body(here, health, a_split(0), hold.reason, evidence=EVIDENCE, draft=True, pages=PAGES)
    golden("promotion.md", proposed)
    golden("rollback.md", back)
    golden("hold.md", hold_body(here, health, hold, evidence=EVIDENCE, pages=PAGES))
    golden("hold-local.md", hold_body(here, health, hold))


def test_the_first_line_says_what_changes() -> None:
    text = promotion_body(a_situation(), a_health(), a_split(20), evidence=EVIDENCE)
    assert text.startswith(
        "Raises **v9-gray** from 5% to **20%** of the traffic of `yolo`: every check passed at 5%.\n"
    )
    text = rollback_body(a_situation(), a_health(), a_split(0), "cameras complain", evidence=EVIDENCE)
    assert text.startswith("Takes **v9-gray** of `yolo` from 5% back to **0%**. Why: cameras complain.\n")


def test_a_promotion_says_how_to_take_it_stop_it_and_go_back() -> None:
    text = promotion_body(a_situation(), a_health(), a_split(20), evidence=EVIDENCE, pages=PAGES)
    for way in (
        "| **take this step** | merge this pull request |",
        "| **veto it** | close this pull request |",
        "`promoter pause yolo --reason …`",
        "| **after merging, go back to 5%** | *Revert* | `promoter rollback yolo --step --now` |",
        "| **after merging, go back to 0%** | *Run workflow*: `rollback`, *now* | `promoter rollback yolo --now` |",
    ):
        assert way in text


def test_where_nothing_can_be_pressed_only_commands_are_told() -> None:
    text = promotion_body(a_situation(), a_health(), a_split(20), evidence=EVIDENCE)
    assert "| **veto it** | close this unmerged |" in text
    assert "pull request" not in text
    assert "| **go on: the evidence starts anew** | `promoter resume yolo" in hold_body(
        a_situation(), UNASKED, a_hold()
    )


def test_a_step_that_the_bot_merges_is_not_asked_for() -> None:
    situation = replace(a_situation(), policy=a_policy(merge=Merge.AUTO))
    text = promotion_body(situation, a_health(), a_split(20), evidence=EVIDENCE, pages=PAGES)
    assert "| **take this step** | nothing: promoter merges it |" in text


@pytest.mark.parametrize(("to", "offered"), [(0, True), (1, False)])
def test_the_way_back_to_zero_names_the_one_step_back_beside_it(to: int, *, offered: bool) -> None:
    text = rollback_body(a_situation(), a_health(), a_split(to), "why", evidence=EVIDENCE)
    assert ("`promoter rollback yolo --step --now`" in text) is offered
    assert f"back to **{to}%**" in text


@pytest.mark.parametrize("draft", [True, False])
def test_only_a_draft_has_to_be_made_ready_first(*, draft: bool) -> None:
    text = rollback_body(
        a_situation(), a_health(), a_split(0), "why", evidence=EVIDENCE, draft=draft, pages=PAGES
    )
    assert ("*Ready for review*" in text) is draft


def test_the_way_back_leads_to_the_hold() -> None:
    text = rollback_body(a_situation(), a_health(), a_split(0), "why", evidence=EVIDENCE, pages=PAGES)
    assert f"close the [hold issue]({PAGES.holds('yolo')})" in text


def test_where_there_is_no_site_there_are_no_links() -> None:
    for text in bodies(freezing(), EVIDENCE, pages=None).values():
        assert "](" not in text


def test_a_rollback_that_a_human_asked_for_shows_no_empty_table() -> None:
    text = rollback_body(a_situation(), UNASKED, a_split(0), "cameras complain", evidence=EVIDENCE)
    assert "No check was judged" not in text
    assert "Ladder" not in text


def test_a_freeze_names_its_two_buttons() -> None:
    text = hold_body(a_situation(), a_health(), a_hold(), evidence=EVIDENCE, pages=PAGES)
    assert (
        "| **go on: the evidence starts anew** | close this issue | `promoter resume yolo --reason …` |"
        in text
    )
    draft = PAGES.proposal(rollback_branch(a_situation()))
    assert (
        f"| **go back to 0%** | *Ready for review* on the [draft pull request]({draft}), then merge it |"
        in text
    )
    assert f"is prepared in [`{rollback_branch(a_situation())}`]({draft}): merging it rolls back." in text
    assert "| **go back one step** |  | `promoter rollback yolo --step --now` |" in text


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
    assert "Nothing is promoted until a human decides." in text
    assert (rollback_branch(a_situation()) in text) is (kind is HoldKind.FREEZE)


def test_a_freeze_that_is_rolled_back_says_that_the_bot_merges() -> None:
    hold: Hold = a_hold(rollback=True)
    assert "promoter merges `promoter/yolo/rollback-" in hold_body(a_situation(), a_health(), hold)


def test_at_zero_there_is_nothing_to_go_back_from() -> None:
    text = hold_body(a_situation(weights=(0, 20, 0)), UNASKED, a_hold())
    assert "rollback" not in text
    assert "promoter resume yolo" in text


@pytest.mark.parametrize("hostile", [HOSTILE, *INJECTIONS])
def test_no_text_from_outside_does_anything_in_a_body(hostile: str) -> None:
    """Nor in the commit message that a squash merge makes of it: fences and code spans protect nothing there."""
    row = hostile_row(hostile)
    row = replace(row, situation=replace(row.situation, policy=replace(row.situation.policy, name=hostile)))
    for name, text in bodies(row, evidence_of(row), text=hostile).items():
        assert structure(text) == plain_structures()[name], name
        assert set(re.findall(r"<[a-zA-Z/!?][^>]*>", text)) <= {
            "<details>",
            "<summary>",
            "</summary>",
            "</details>",
        }
        assert unprintable(text) == []
        assert acted_on(OUR_LINK.sub("", text)) == []
        assert not [line for line in text.splitlines() if re.match(r"(?:Rollout|Signed-off-by)[\w-]*:", line)]


@cache
def plain_structures() -> dict[str, list[str]]:
    row = hostile_row("plain")
    return {name: structure(text) for name, text in bodies(row, evidence_of(row)).items()}


def test_a_minute_later_only_the_time_and_the_evidence_have_changed() -> None:
    row = promoting()
    later = replace(row, situation=replace(row.situation, at=AT + timedelta(minutes=1)))
    first, second = (bodies(one, evidence_of(one))["promotion"].splitlines() for one in (row, later))
    changed = [line for line in first if line not in second]
    assert [line.split(" ")[0] for line in changed if not line.startswith((" ", "sha256"))] == ["At"]
    assert sum(line.startswith(" ") for line in changed) == 1  # the evidence's own "at"


@given(st.text(st.characters() | st.sampled_from("`|*_#@:[]<>&\\~$\n")))
@settings(max_examples=50, deadline=None)
def test_any_policys_name_stays_in_its_code_span(name: str) -> None:
    situation = replace(a_situation(), policy=a_policy(name=name))
    tame = promotion_body(a_situation(), a_health(), a_split(20), evidence=EVIDENCE)
    text = promotion_body(situation, a_health(), a_split(20), evidence=EVIDENCE)
    assert structure(text) == structure(tame)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert bodies(promoting(), evidence_of(promoting())) == bodies(promoting(), evidence_of(promoting()))


@pytest.mark.parametrize("windows", [1, 12, 300])
@pytest.mark.parametrize("checks", [1, 20, 100])
def test_no_body_is_longer_than_the_forge_takes(windows: int, checks: int) -> None:
    readings = (slower_and_slower() * (windows // 15 + 1))[:windows]
    row = promoting()
    verdicts = [latency(check=f"{HOSTILE}{n}", readings=readings, note=HOSTILE * 9) for n in range(checks)]
    row = replace(row, health=a_health(*verdicts))
    for text in bodies(row, "x" * 90_000 + "\n", text=HOSTILE * 9).values():
        assert length(text) <= LIMIT - RESERVE
        assert "evidence-" in text


def test_what_does_not_fit_goes_charts_first_then_numbers_then_the_evidence() -> None:
    row = promoting()
    seen = []
    for size in range(50_000, 70_000, 500):
        text = bodies(row, "x" * size + "\n")["promotion"]
        seen.append(("```mermaid" in text, "in numbers" in text, "```json" in text))
        assert "| success-rate | ✅ pass |" in text
    assert list(dict.fromkeys(seen)) == [
        (True, True, True),
        (False, True, True),
        (False, False, True),
        (True, True, False),
    ]
