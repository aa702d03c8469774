from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from promoter.core.holds import Hold, HoldKind
from promoter.forge.github.answers import Issue, Who
from promoter.forge.github.issues import HoldIssue, converged, read_issue
from promoter.forge.github.record import HoldRecord, hold_body
from tests.forge.github.values import GRACE, US, an_issue, us, who
from tests.git_repository import minute

AT = "2026-01-07T08:30:00Z"
HOLD = Hold(
    rollout="yolo",
    candidate="v9",
    kind=HoldKind.FREEZE,
    commit="c" * 40,
    since=minute(10),
    by="promoter",
    reason="failed: success-rate",
)
LIFTED = HOLD.lift(when=minute(20), by="ada", reason="ok")


def body(*holds: Hold, duplicate_of: int | None = None) -> str:
    return hold_body("# frozen\n", "", HoldRecord(holds=holds or (HOLD,), duplicate_of=duplicate_of))


def read(issue: Issue, *, may: bool = True) -> HoldIssue | None:
    def asked(someone: Who) -> bool:
        assert someone.human
        return may

    return read_issue(US, issue, asked)


def the(issue: Issue, *, may: bool = True) -> HoldIssue:
    found = read(issue, may=may)
    assert found is not None
    return found


def test_an_open_issue_of_the_bots_stands() -> None:
    found = the(an_issue(body()))
    assert found.holds == (HOLD,)
    assert found.stands
    assert not found.to_reopen
    assert not found.to_keep


@pytest.mark.parametrize("closer", ["Commit", "PullRequest"])
def test_closed_by_a_keyword_in_what_somebody_merged_it_stands_on(closer: str) -> None:
    found = the(an_issue(body(), closed_by=who(), closed_at=AT, closer=closer))
    assert (found.stands, found.to_reopen) == (True, True)


def test_closed_by_somebody_who_may_it_is_lifted_then_and_by_them() -> None:
    found = the(an_issue(body(), closed_by=who(), closed_at=AT))
    (hold,) = found.holds
    assert hold.lifted is not None
    assert (hold.lifted.when, hold.lifted.by) == (minute(30), GRACE)
    assert found.to_keep


@pytest.mark.parametrize(
    ("closer", "may"),
    [(who(), False), (who("stale", bot=True), True), (us(), True), (None, True)],
    ids=["an outsider", "another bot", "the bot without a word", "a deleted account"],
)
def test_closed_by_somebody_who_may_not_it_stands(closer: dict[str, Any] | None, *, may: bool) -> None:
    found = the(an_issue(body(), closed_by=closer, closed_at=AT), may=may)
    assert found.holds == (HOLD,)
    assert found.stands
    assert found.to_reopen


def test_closed_by_the_bot_for_a_human_it_is_lifted_as_recorded() -> None:
    found = the(an_issue(body(LIFTED), closed_by=us(), closed_at=AT), may=False)
    assert found.holds == (LIFTED,)
    assert not found.to_reopen
    assert not found.to_keep


def test_a_lift_on_record_asks_nobody_again() -> None:
    noted = HOLD.lift(when=minute(30), by=GRACE, reason="closed issue 1")
    found = the(an_issue(body(noted), closed_by=who(), closed_at=AT), may=False)
    assert found.holds == (noted,)
    assert not found.to_keep


def test_opened_again_it_stands_again_and_the_lift_stays_on_record() -> None:
    found = the(an_issue(body(LIFTED)))
    assert found.holds == (LIFTED, HOLD)
    assert found.stands


def test_closed_again_after_that_it_is_lifted_anew() -> None:
    found = the(an_issue(body(LIFTED), closed_by=who(), closed_at=AT))
    assert found.holds[-1].lifted is not None
    assert found.holds[-1].lifted.when == minute(30)
    assert found.holds[:-1] == (LIFTED,)
    assert found.to_keep
    assert not the(an_issue(body(LIFTED), closed_by=who(), closed_at=AT), may=False).holds[-1].lifted


def test_the_words_of_a_resume_that_closed_it_with_a_humans_token_are_kept() -> None:
    said = HOLD.lift(when=minute(29.9), by="git name", reason="the load test was to blame")
    (hold,) = the(an_issue(body(said), closed_by=who(), closed_at=AT)).holds
    assert hold.lifted is not None
    assert (hold.lifted.by, hold.lifted.reason) == (GRACE, "the load test was to blame")


@pytest.mark.parametrize(
    "issue",
    [
        an_issue(body(), author=who()),
        an_issue(body(), author=who("other", bot=True)),
        an_issue(body(), author=None),
        an_issue("no record"),
        an_issue(body(duplicate_of=3)),
    ],
    ids=["of a human", "of another bot", "of nobody", "without a record", "for another issue"],
)
def test_what_is_no_hold_of_the_bots_is_none(issue: Issue) -> None:
    assert read(issue) is None


def test_a_humans_pause_holds_too() -> None:
    pause = replace(HOLD, kind=HoldKind.PAUSE, candidate="", by=GRACE)
    assert the(an_issue(body(pause), author=who())).stands
    assert read(an_issue(body(pause), author=who("other", bot=True))) is None


def test_of_two_issues_of_one_hold_the_first_stands_for_both() -> None:
    first, second = the(an_issue(body(), number=4)), the(an_issue(body(), number=9))
    assert converged([second, first]) == ([first], [(second, first)])


def test_lifted_occurrences_stay_beside_the_one_that_stands() -> None:
    old = the(an_issue(body(LIFTED), number=4, closed_by=us(), closed_at=AT))
    new = the(an_issue(body(), number=9))
    assert converged([new, old]) == ([old, new], [])
