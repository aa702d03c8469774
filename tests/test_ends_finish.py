"""ends: finishing a release, over real Git and the local forge, and what is refused on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from promoter.core.decision import Kind, Why
from promoter.core.outcome import Did
from promoter.core.timeline import EventKind
from tests.invariants.ends_rig import (
    DEPLOYMENT,
    GRAY,
    NEW,
    NEXT,
    OLD,
    STABLE,
    WORKLOADS,
    EndsRig,
    a_deployment,
    changed,
    dids,
    frozen,
    refused,
)
from tests.invariants.rig import MINUTE, POLICY


@pytest.fixture
def rig(tmp_path: Path) -> EndsRig:
    return EndsRig(tmp_path / "repo")


def test_a_release_from_its_introduction_to_its_finish_and_the_next_one(rig: EndsRig) -> None:
    rig.introduce(merge=True)
    rig.climb()
    assert rig.tick().decision.reasons[0].why is Why.TOP
    assert dids(rig.finish()) == [Did.PROPOSED]
    (branch,) = rig.branches()
    assert branch.startswith("promoter/yolo/finish-v9-")
    assert changed(rig, branch) == [
        f"-          image: {OLD}  # the model",
        f"+          image: {NEXT}  # the model",
        "-          weight: 0  # the rest",
        "+          weight: 100  # the rest",
        "-          weight: 100",
        "+          weight: 0",
    ]
    rig.tick()
    assert rig.branches() == [branch]  # a tick leaves it open
    rig.merge_by_hand("finish")
    rig.pass_time()
    row = rig.tick()
    assert (row.decision.kind, row.decision.reasons[0].why) == (Kind.DONE, Why.FINISHED)
    assert (row.situation.holds, rig.on_base(), rig.branches()) == ((), 0, [])
    kinds = [event.kind for event in row.situation.timeline.events]
    assert kinds[-1] is EventKind.FINISHED
    assert EventKind.ROLLBACK not in kinds
    assert rig.finish().note == "v8 runs the image of v9 already, which is at 0%"
    rig.introduce("registry.example.com/yolo:11", merge=True)
    rig.climb(until=5)


def test_finishing_twice_is_finishing_once(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.pass_time()
    rig.finish()
    before = rig.git("for-each-ref")
    rig.pass_time(MINUTE)
    assert dids(rig.finish()) == [Did.REFRESHED]
    assert rig.git("for-each-ref") == before


def test_stable_that_has_the_image_already_only_gets_its_weight_back(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.write(STABLE, a_deployment("v8", NEW))
    rig.commit("by hand")
    rig.pass_time()
    rig.finish(merge=True)
    assert rig.git("diff", "--name-only", "main^", "main") == "manifests/vs.yaml"
    assert rig.tick().decision.reasons[0].why is Why.FINISHED


def test_versions_that_differ_in_something_else_than_the_image_are_not_finished_here(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100, stable_image=NEW)
    rig.pass_time()
    assert "v9 and v8 run the same image" in refused(rig.finish)


def test_every_container_of_the_same_name_is_taken_over(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.write(GRAY, a_deployment("v9", NEW) + "        - {name: proxy, image: 'proxy:2'}\n")
    stable = DEPLOYMENT.replace("- name: model", "- {name: proxy, image: 'proxy:1'}\n        - name: model")
    rig.write(STABLE, stable.replace("VERSION", "v8").replace("REPLICAS", "3").replace("IMAGE", OLD))
    rig.commit("proxies")
    rig.pass_time()
    rig.finish(merge=True)
    text = rig.git("show", f"main:{STABLE}")
    assert "image: 'proxy:2'" in text
    assert f"image: {NEW}  # the model" in text
    row = rig.tick()
    assert (row.decision.reasons[0].why, row.situation.holds) == (Why.FINISHED, ())


def test_containers_of_other_names_are_not_guessed(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.write(GRAY, a_deployment("v9", NEW) + "        - {name: proxy, image: 'proxy:2'}\n")
    rig.commit("a proxy")
    rig.pass_time()
    assert "which image goes where cannot be told; give them the same names" in refused(rig.finish)


@pytest.mark.parametrize(
    ("gray", "told"),
    [
        (0, "nothing to finish: v9 has no traffic"),
        (5, "not done yet: v9 is at 5%, and v8 still carries 95%"),
        (100, "not done yet: v9 is at 100%: "),
    ],
)
def test_what_is_not_done_is_not_finished(tmp_path: Path, gray: int, told: str) -> None:
    rig = EndsRig(tmp_path, gray=gray)
    if gray == 100:
        rig.write("manifests/vs.yaml", rig.weights(50))
        rig.commit("back", rig.at - 2 * MINUTE)
        rig.write("manifests/vs.yaml", rig.weights(100))
        rig.commit("just now", rig.at - MINUTE)
    assert told in refused(rig.finish)
    assert rig.branches() == []


def test_a_standing_hold_keeps_a_release_from_its_finish(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.pass_time()
    rig.finish()
    rig.pause()
    assert "yolo is paused by Ada: wait for me; resume it, or roll it back" in refused(rig.finish)
    rig.tick()
    assert rig.branches() == []  # the one that was open is withdrawn
    rig.resume()
    rig.pass_time(MINUTE * 12)
    assert dids(rig.finish()) == [Did.PROPOSED]


def test_a_rollback_that_a_human_asked_for_goes_first(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.pass_time()
    rig.roll_back(merge=False)
    assert "a rollback was asked for: merge or close promoter/yolo/rollback-" in refused(rig.finish)


def test_what_was_never_proven_is_finished_only_on_a_humans_word(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.script.shares = [(0.0, 0.0)]  # nobody sees the traffic
    rig.pass_time(MINUTE * 200)
    assert "--unproven finishes it on your word" in refused(rig.finish)
    assert dids(rig.finish(unproven=True)) == [Did.PROPOSED]


def test_taking_the_finish_back_brings_the_release_back_to_100(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.pass_time()
    rig.finish(merge=True)
    rig.git("revert", "--no-edit", "-m", "1", "HEAD")
    rig.follow()
    rig.pass_time()
    row = rig.tick()
    assert (rig.on_base(), row.situation.holds, rig.image(STABLE)) == (100, (), OLD)


def test_stable_taken_back_by_hand_after_a_finish_is_held(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.pass_time()
    rig.finish(merge=True)
    rig.write(STABLE, a_deployment("v8", OLD))
    rig.commit("the new model is bad after all")
    rig.pass_time()
    row = rig.tick()
    assert (row.decision.kind, rig.on_base()) == (Kind.HOLD, 0)
    assert row.situation.holds[0].reason == "the new model is bad after all"


def test_workloads_of_both_versions_are_needed_to_finish(tmp_path: Path) -> None:
    policy = POLICY + "\n".join(line for line in WORKLOADS.splitlines() if "v8:" not in line) + "\n"
    rig = EndsRig(tmp_path, gray=100, policy=policy)
    rig.pass_time()
    assert "what runs behind v8" in refused(rig.finish)
    frozen(rig)
    assert dids(rig.introduce()) == [Did.PROPOSED]
