"""ways: what a human can press or run, and nothing that would not work."""

from __future__ import annotations

import shlex

import pytest
from click.testing import CliRunner

from promoter.cli.main import COMMANDS, cli
from promoter.core.holds import HoldKind
from promoter.proposal import ways
from promoter.proposal.pages import Pages
from tests.build import a_hold, a_policy, a_situation, a_split
from tests.proposal.test_pages import PAGES
from tests.report.markup import structure
from tests.report.reports import HOSTILE

HERE = a_situation()


def tables(*, pages: Pages | None) -> list[str]:
    return [
        ways.promotion(HERE, merges=False, pages=pages),
        ways.rollback(HERE, a_split(0), draft=True, pages=pages),
        ways.hold(HERE, a_hold(), pages=pages),
    ]


@pytest.mark.parametrize("pages", [PAGES, None])
def test_every_command_is_one_that_promoter_has(*, pages: Pages | None) -> None:
    for table in tables(pages=pages):
        commands = [cell for cell in table.split("`") if cell.startswith("promoter ")]
        assert commands
        for command in commands:
            _, verb, name, *how = shlex.split(command)
            assert verb in COMMANDS
            assert name == "yolo"
            known = CliRunner().invoke(cli, [verb, "--help"]).output
            assert all(option in known for option in how if option.startswith("--"))


def test_no_way_is_left_empty() -> None:
    for pages in (PAGES, None):
        for table in tables(pages=pages):
            for row in table.splitlines()[2:]:
                assert any(cell.strip() for cell in row.strip("|").split("|")[1:]), row


def test_a_freeze_that_the_bot_takes_back_itself_asks_nobody_to_merge() -> None:
    assert "Ready for review" in ways.hold(HERE, a_hold(), pages=PAGES)
    assert "Ready for review" not in ways.hold(HERE, a_hold(rollback=True), pages=PAGES)
    paused = ways.hold(HERE, a_hold(HoldKind.PAUSE), pages=PAGES)
    assert "Ready for review" not in paused
    assert "| **go back to 0%** | *Run workflow*: `rollback`, *now* |" in paused


def test_at_zero_there_is_nothing_to_go_back_from() -> None:
    assert "rollback" not in ways.hold(a_situation(weights=(0,)), a_hold(), pages=PAGES)


def test_a_hostile_name_stays_in_its_command() -> None:
    hostile = a_situation(policy=a_policy(name=HOSTILE))
    assert structure(ways.hold(hostile, a_hold(), pages=PAGES)) == structure(
        ways.hold(HERE, a_hold(), pages=PAGES)
    )
