from __future__ import annotations

from typing import Any

import pytest

from promoter.core.proposals import Health, Status
from promoter.forge.github.statuses import LIMIT, as_shown, description, read_status
from tests.forge.github.values import US, a_head, us, who
from tests.git_repository import minute

TOLD = "all pass [2026-01-07T08:10:00Z]"


def a_context(**changes: Any) -> dict[str, Any]:
    return {"context": {"state": "SUCCESS", "description": TOLD, "creator": us(), **changes}}


def a_status(summary: str = "all pass") -> Status:
    return Status(state=Health.SUCCESS, summary=summary, evidence_at=minute(10))


def test_people_see_the_summary_and_when_it_was_judged() -> None:
    assert description(a_status()) == TOLD


def test_what_was_written_is_read_back() -> None:
    assert read_status(US, a_head(status=a_context())) == a_status()


def test_a_long_summary_is_cut_and_compared_as_cut() -> None:
    long = a_status("x" * 300)
    assert len(description(long)) == LIMIT
    shown = read_status(US, a_head(status=a_context(description=description(long))))
    assert shown == as_shown(long)
    assert len(as_shown(long).summary) < LIMIT


@pytest.mark.parametrize(
    ("state", "meaning"),
    [("FAILURE", Health.FAILURE), ("ERROR", Health.FAILURE), ("PENDING", Health.PENDING)],
)
def test_every_state_has_its_meaning(state: str, meaning: Health) -> None:
    found = read_status(US, a_head(status=a_context(state=state)))
    assert found is not None
    assert found.state is meaning


@pytest.mark.parametrize(
    "changes",
    [
        {"creator": who()},
        {"creator": None},
        {"description": None},
        {"description": "all pass"},
        {"description": "all pass [2026-13-07T08:10:00Z]"},
        {"state": "MAYBE"},
    ],
    ids=["of a human", "of nobody", "without words", "without its moment", "no moment", "no state"],
)
def test_what_the_bot_would_not_write_is_no_status(changes: dict[str, Any]) -> None:
    assert read_status(US, a_head(status=a_context(**changes))) is None


def test_a_commit_without_statuses_has_none() -> None:
    assert read_status(US, a_head()) is None
    assert read_status(US, a_head(status={"context": None})) is None
