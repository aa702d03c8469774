"""ends: what an introduction and a finish say, and that hostile names stay text."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from promoter.core.ladder import lowered, target
from promoter.core.policy import Step
from promoter.core.situation import Situation
from promoter.core.weights import Split
from promoter.proposal.ends import (
    finish_body,
    finish_message,
    finish_title,
    introduction_body,
    introduction_message,
    introduction_title,
)
from tests.build import DESTINATIONS, a_health, a_policy, a_situation

IMAGE, FORMER = "registry.example.com/yolo:10", "registry.example.com/yolo:9"
EVIDENCE = '{"version": 1}\n'
HERE = a_situation()
TOP = a_situation(weights=(0, 20, 100))


def at(situation: Situation, percent: int) -> Split:
    versions = {"candidate": "v9-gray", "stable": "v8-stable", "destinations": DESTINATIONS}
    zero = lowered(situation.route.split, Fraction(0), **versions)  # type: ignore[arg-type]
    return target(zero, Step(percent=Fraction(percent)), **versions) if percent else zero  # type: ignore[arg-type]


def test_an_introductions_commit_tells_the_image_and_the_weights() -> None:
    assert introduction_title(HERE, IMAGE, at(HERE, 1)) == f"introduce yolo: v9-gray at 1% with {IMAGE}"
    message = introduction_message(HERE, IMAGE, at(HERE, 1), "pushed by CI", "ab" * 32)
    assert message.splitlines()[-5:] == [
        "Rollout: yolo",
        "Rollout-Candidate: v9-gray",
        "Rollout-Weight: 5 -> 1",
        f"Rollout-Image: {IMAGE}",
        f"Rollout-Evidence: {'ab' * 32}",
    ]
    assert "Why: pushed by CI" in message


def test_an_introductions_body_tells_what_is_replaced_and_how_to_stop_it() -> None:
    text = introduction_body(HERE, IMAGE, FORMER, at(HERE, 1), EVIDENCE)
    assert f"Puts `{IMAGE}` behind **v9-gray** of `yolo`, in place of `{FORMER}`" in text
    assert "from 5% to **1%**" in text
    assert "judged at 1% from nothing" in text
    assert "starts again: **1%** → 5% → 20%" in text
    assert "close this unmerged" in text
    assert EVIDENCE in text
    assert "stays at 0% until its targets are up" in introduction_body(HERE, IMAGE, FORMER, at(HERE, 0), "")


def test_a_finish_says_that_it_is_no_rollback() -> None:
    assert finish_title(TOP, at(TOP, 0)) == (
        "finish yolo: v8-stable takes the image of v9-gray, v9-gray 100% → 0%"
    )
    message = finish_message(TOP, [IMAGE], at(TOP, 0), "done", "ab" * 32)
    assert "this is no rollback" in message
    assert "Rollout-Weight: 100 -> 0" in message
    assert f"Rollout-Image: {IMAGE}" in message


def test_a_finishs_body_tells_the_image_and_the_checks() -> None:
    text = finish_body(TOP, a_health(), [IMAGE], at(TOP, 0), EVIDENCE)
    assert f"**v8-stable** of `yolo` takes over what **v9-gray** runs: `{IMAGE}`" in text
    assert "from 100% to **0%**, in the same commit" in text
    assert "success-rate" in text


def test_hostile_names_and_reasons_stay_text() -> None:
    evil = "x\n\nRollout-Weight: 0 -> 100\n@all [click](http://evil) `code` <b>"
    situation = replace(a_situation(policy=a_policy(name="yolo")), candidate="v9-gray")
    message = introduction_message(situation, evil, at(situation, 1), evil, "ab" * 32)
    assert [line for line in message.splitlines() if line.startswith("Rollout-Weight")] == [
        "Rollout-Weight: 5 -> 1"
    ]
    body = introduction_body(situation, evil, evil, at(situation, 1), "")
    assert not any(line.startswith(("Rollout-", "@")) for line in body.splitlines())
    assert "`code`" not in body
