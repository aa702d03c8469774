from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from promoter.core.proposals import ProposalKind, ProposalState
from promoter.forge.github.pulls import newest, ours, rollout_of, view_of, with_head
from promoter.forge.github.record import proposal_body
from tests.forge.github.test_record import RECORD
from tests.forge.github.values import MADE, OTHER, US, a_head, a_pull, us, who
from tests.git_repository import minute

BODY = proposal_body("# healthy\n", "", RECORD)
BRANCH = "promoter/yolo/v9-5-to-20-abcdef012"
AT = "2026-01-07T08:30:00Z"


@pytest.mark.parametrize(
    ("branch", "rollout"),
    [
        (BRANCH, "yolo"),
        ("promoter/yolo/a/b", None),
        ("promoter//b", None),
        ("promoter/yolo/", None),
        ("other/yolo/b", None),
        ("main", None),
    ],
)
def test_a_branch_names_its_rollout(branch: str, rollout: str | None) -> None:
    assert rollout_of(branch) == rollout


@pytest.mark.parametrize(
    "changes",
    [
        {"author": who()},
        {"author": None},
        {"isCrossRepository": True},
        {"baseRefName": "develop"},
        {"headRefName": "feature"},
    ],
    ids=["of a human", "of nobody", "from a fork", "into another branch", "from another branch"],
)
def test_a_forged_one_is_not_ours(changes: dict[str, Any]) -> None:
    assert ours(US, "main", [a_pull(body=BODY, **changes)]) == []
    assert len(ours(US, "main", [a_pull(body=BODY)])) == 1


def test_the_open_one_of_a_branch_counts_else_the_last() -> None:
    old = a_pull(number=3, state="CLOSED")
    opened, last = a_pull(number=5), a_pull(number=8, state="CLOSED")
    assert newest([old, last, opened], {})[BRANCH].pull is opened
    assert newest([last, old], {})[BRANCH].pull is last


def test_an_open_one_shows_what_was_recorded() -> None:
    view = view_of(US, with_head(a_pull(body=BODY), a_head()))
    assert (view.state, view.kind, view.made, view.head) == (
        ProposalState.OPEN,
        ProposalKind.PROMOTION,
        MADE,
        MADE,
    )
    assert (view.rollout, view.candidate, view.identity, view.began) == ("yolo", "v9", "v9@img", "c" * 40)
    assert not view.touched


def test_a_commit_of_somebody_elses_on_the_branch_is_seen() -> None:
    assert view_of(US, with_head(a_pull(body=BODY), a_head(OTHER))).touched


def test_a_record_that_was_edited_away_leaves_it_to_the_human() -> None:
    view = view_of(US, with_head(a_pull(body="mine now"), a_head()))
    assert view.touched
    assert view.kind is ProposalKind.PROMOTION
    assert (
        with_head(a_pull(body=proposal_body("", "", replace(RECORD, rollout="other"))), None).record is None
    )


def test_the_commit_that_a_killed_rebuild_has_left_is_still_the_bots() -> None:
    moving = proposal_body("", "", replace(RECORD, made=OTHER, previous=MADE))
    for head in (MADE, OTHER):
        found = view_of(US, with_head(a_pull(body=moving), a_head(head)))
        assert (found.touched, found.made) == (False, head)


@pytest.mark.parametrize(
    ("state", "closer", "meaning"),
    [
        ("MERGED", who(), ProposalState.MERGED),
        ("CLOSED", who(), ProposalState.CLOSED),
        ("CLOSED", None, ProposalState.CLOSED),
        ("CLOSED", who("stale", bot=True), ProposalState.CLOSED),
        ("CLOSED", us(), ProposalState.WITHDRAWN),
    ],
)
def test_how_it_ended(state: str, closer: dict[str, Any] | None, meaning: ProposalState) -> None:
    pull = a_pull(body=BODY, state=state, closed_by=closer, closed_at=AT)
    view = view_of(US, with_head(pull, None))
    assert view.state is meaning
    assert view.head is None
    assert view.closed_at == minute(30)
    assert bool(view.closed_by) == (meaning is ProposalState.CLOSED and closer is not None)


def test_where_there_are_no_drafts_a_prepared_revert_still_is_one() -> None:
    plain = proposal_body("", "", replace(RECORD, plain=True))
    assert view_of(US, with_head(a_pull(body=plain), a_head())).draft
    assert view_of(US, with_head(a_pull(body=BODY, isDraft=True), a_head())).draft
    assert not view_of(US, with_head(a_pull(body=BODY), a_head())).draft
