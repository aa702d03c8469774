"""The words for the age of the last tick."""

from __future__ import annotations

from datetime import timedelta

from promoter.core.heartbeat import Heartbeat, Run
from promoter.report.heartbeat import heartbeat_line, heartbeat_markdown, unknown_markdown
from tests.build import AT
from tests.report.markup import unprintable
from tests.report.reports import HOSTILE


def a_heartbeat(minutes: float | None, failed: int = 0) -> Heartbeat:
    last = None if minutes is None else Run(ended=AT - timedelta(minutes=minutes), number=481, url="")
    return Heartbeat(at=AT, every=timedelta(minutes=10), last=last, failed=failed)


def test_a_bot_that_ticks_says_so_quietly() -> None:
    assert heartbeat_line(a_heartbeat(12)) == "the last tick was 12 min ago (run 481)"
    assert not heartbeat_markdown(a_heartbeat(12)).startswith("⚠️")


def test_missing_ticks_are_told_with_the_usual_causes() -> None:
    line = heartbeat_line(a_heartbeat(190))
    assert line.startswith(
        "ticks are missing: the last tick was 3 h 10 min ago (run 481), one is due every 10 min"
    )
    assert "60 days" in line
    assert heartbeat_markdown(a_heartbeat(190)).startswith("⚠️ ticks are missing")


def test_a_first_tick_and_an_unknown_age_are_told() -> None:
    assert heartbeat_line(a_heartbeat(None)) == "no tick before this one is known"
    assert unknown_markdown("403").startswith("⚠️ The age of the last tick is unknown: 403")


def test_runs_that_failed_since_are_told_and_not_the_schedule_blamed() -> None:
    once = heartbeat_line(a_heartbeat(12, failed=1))
    assert once.startswith(
        "the last tick that ended well was 12 min ago (run 481); 1 run failed since: see why"
    )
    often = heartbeat_line(a_heartbeat(190, failed=19))
    assert often.startswith(
        "no tick ends well: the last tick that ended well was 3 h 10 min ago (run 481); 19 runs"
    )
    assert "60 days" not in often
    assert heartbeat_markdown(a_heartbeat(190, failed=19)).startswith("⚠️ no tick ends well")


def test_a_bot_that_has_only_failed_so_far_says_so() -> None:
    line = heartbeat_line(a_heartbeat(None, failed=3))
    assert line.startswith("no earlier tick is known that ended well; 3 runs failed")
    assert heartbeat_markdown(a_heartbeat(None, failed=3)).startswith("⚠️")


def test_hostile_reasons_stay_text() -> None:
    assert unprintable(unknown_markdown(HOSTILE).rstrip("\n")) == []
