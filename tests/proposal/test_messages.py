"""messages: what Git keeps for ever, with trailers that only the bot can write."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoter.core.situation import Situation
from promoter.proposal.messages import promotion_message, promotion_title, rollback_message, rollback_title
from tests.build import a_situation, a_split
from tests.report.injections import INJECTIONS
from tests.report.markup import acted_on, unprintable
from tests.report.reports import HOSTILE, hostile_row

DIGEST = "e" * 64
FROZEN = a_situation(weights=(0, 1, 5, 20))


def trailers(message: str) -> list[str]:
    """What Git itself reads as trailers."""
    ran = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message.encode(), capture_output=True, check=True
    )
    return ran.stdout.decode().splitlines()


def hostile(text: str) -> Situation:
    situation = hostile_row(text).situation
    return replace(situation, policy=replace(situation.policy, name=text))


def test_the_messages_read_as_they_did(golden: Callable[[str, str], None]) -> None:
    reasons = ["every check passed: on to 20%", "success-rate: 0.02% of 48,210 requests bad (limit 0.05%)"]
    golden("promotion.txt", promotion_message(a_situation(), a_split(20), reasons, DIGEST))
    golden("rollback.txt", rollback_message(FROZEN, a_split(0), "failed: p99-latency", DIGEST))


def test_the_titles_say_what_changes() -> None:
    assert promotion_title(a_situation(), a_split(20)) == "promote yolo: v9-gray 5% → 20%"
    assert rollback_title(FROZEN, a_split(0)) == "roll back yolo: v9-gray 20% → 0%"


def test_git_reads_four_trailers() -> None:
    for message in (
        promotion_message(a_situation(), a_split(20), ["why"], DIGEST),
        promotion_message(a_situation(), a_split(20), [], DIGEST),
    ):
        assert trailers(message) == [
            "Rollout: yolo",
            "Rollout-Candidate: v9-gray",
            "Rollout-Weight: 5 -> 20",
            f"Rollout-Evidence: {DIGEST}",
        ]


@pytest.mark.parametrize(
    ("to", "reverted"),
    [(0, ["change 4", "change 3", "change 2"]), (1, ["change 4", "change 3"]), (5, ["change 4"])],
)
def test_a_rollback_names_the_raises_it_takes_back_newest_first(to: int, reverted: list[str]) -> None:
    message = rollback_message(FROZEN, a_split(to), "why", DIGEST)
    lines = [line for line in message.splitlines() if line.startswith("This reverts commit ")]
    assert [line.split("(")[1].rstrip(").") for line in lines] == reverted


def test_a_raise_that_was_taken_back_before_is_not_named_again() -> None:
    message = rollback_message(a_situation(weights=(0, 20, 0, 5)), a_split(0), "why", DIGEST)
    assert message.count("This reverts commit") == 1


@pytest.mark.parametrize("text", [HOSTILE, *INJECTIONS])
def test_hostile_subjects_names_and_reasons_forge_no_trailer_and_trigger_nothing(text: str) -> None:
    situation = hostile(text)
    for message in (
        promotion_message(situation, a_split(20), [text], DIGEST),
        rollback_message(situation, a_split(0), text, DIGEST),
    ):
        lines = message.splitlines()
        assert [line for line in lines if line.startswith("Rollout")] == lines[-4:]
        assert [line.split(":")[0] for line in trailers(message)] == [
            *("Rollout", "Rollout-Candidate", "Rollout-Weight", "Rollout-Evidence")
        ]
        assert unprintable(message) == []
        assert acted_on(message) == []
        assert "\n" not in message.splitlines()[0]


@settings(max_examples=25, deadline=None)  # each runs git
@given(
    st.sampled_from(
        ["Rollout-Weight: 0 -> 100", "\n\nRollout-Weight: 0 -> 100\n", "x\r\rRollout: a\u2028Rollout: b"]
    ),
    st.text(max_size=5),
)
def test_no_reason_becomes_a_trailer(forged: str, around: str) -> None:
    text = f"{around}{forged}{around}"
    genuine = trailers(promotion_message(a_situation(), a_split(20), ["why"], DIGEST))
    assert trailers(promotion_message(a_situation(), a_split(20), [text, text], DIGEST)) == genuine
    weight = "Rollout-Weight: 5 -> 0"
    assert trailers(rollback_message(a_situation(), a_split(0), text, DIGEST))[2] == weight


def test_a_commit_without_a_rollout_reads_the_same_whatever_came_before() -> None:
    renamed = replace(a_situation(), policy=replace(a_situation().policy, name="line-b"))
    assert promotion_title(renamed, a_split(20)).startswith("promote line-b: ")


@pytest.mark.parametrize("text", ["n" * 300, "n" * 100 + HOSTILE, *INJECTIONS])
def test_a_title_is_one_line_that_github_takes(text: str) -> None:
    situation = hostile(text)
    situation = replace(situation, policy=replace(situation.policy, name=f"n{text}"))
    for title in (promotion_title(situation, a_split(20)), rollback_title(situation, a_split(0))):
        assert len(title) <= 256
        assert len(title.splitlines()) == 1
        assert acted_on(title) == []
