"""ends: introducing a candidate, over real Git and the local forge, and what is refused on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from promoter.core.decision import Kind
from promoter.core.outcome import Did
from promoter.core.timeline import EventKind
from tests.invariants.ends_rig import (
    GRAY,
    NEW,
    NEXT,
    OLD,
    POLICY_OF_ENDS,
    STABLE,
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


def test_an_introduction_is_one_commit_of_exactly_these_scalars(rig: EndsRig) -> None:
    before = rig.git("rev-parse", "main")
    assert dids(rig.introduce()) == [Did.PROPOSED]
    (branch,) = rig.branches()
    assert branch.startswith("promoter/yolo/introduce-v9-")
    assert rig.git("rev-parse", f"{branch}^", "main").split() == [before, before]
    assert changed(rig, branch) == [
        "-  replicas: 0  # by hand",
        "+  replicas: 1  # by hand",
        f"-          image: {NEW}  # the model",
        f"+          image: {NEXT}  # the model",
        "-          weight: 95  # the rest",
        "+          weight: 99  # the rest",
        "-          weight: 5",
        "+          weight: 1",
    ]
    message = rig.git("log", "-1", "--format=%B", branch)
    assert message.startswith(f"introduce yolo: v9 at 1% with {NEXT}\n")
    assert "Rollout-Weight: 5 -> 1" in message


def test_introducing_twice_is_introducing_once(rig: EndsRig) -> None:
    rig.introduce()
    before = rig.git("for-each-ref")
    rig.pass_time(MINUTE)
    assert dids(rig.introduce()) == [Did.REFRESHED]
    assert rig.git("for-each-ref") == before
    rig.merge_by_hand("introduce")
    assert rig.introduce().note == f"v9 runs {NEXT} already, at 1%"
    rig.tick()
    assert rig.introduce().outcomes == ()


def test_an_introduced_image_is_a_new_candidate_that_climbs_from_the_first_step(rig: EndsRig) -> None:
    rig.introduce()
    rig.merge_by_hand("introduce")
    row = rig.tick()
    timeline = row.situation.timeline
    assert (row.decision.kind, timeline.rollback) == (Kind.WAIT, None)
    assert rig.on_base() == 1
    assert timeline.events[-1].kind is EventKind.NEW_CANDIDATE
    assert rig.branches() == []
    rig.climb(until=5)
    assert rig.on_base() == 5


def test_a_frozen_candidate_is_replaced_and_its_hold_no_longer_stands(rig: EndsRig) -> None:
    frozen(rig)
    assert rig.tick().decision.kind is Kind.HOLD
    rig.introduce(merge=True)
    assert (rig.on_base(), rig.image(GRAY)) == (1, NEXT)
    row = rig.tick()
    assert (row.decision.kind, row.situation.holds) == (Kind.WAIT, ())
    assert len(rig.holds()) == 1  # it stays on record
    rig.climb(until=5)


def test_an_image_that_comes_back_brings_its_hold(rig: EndsRig) -> None:
    frozen(rig)
    rig.introduce(merge=True)
    rig.pass_time()
    assert "this image was frozen by promoter" in refused(lambda: rig.introduce(NEW))
    assert Did.PROPOSED in dids(rig.introduce(NEW, again=True))
    rig.merge_by_hand("introduce")
    rig.pass_time()
    assert rig.tick().decision.kind is Kind.HOLD
    rig.resume()
    rig.climb(until=5)


def test_an_image_that_was_rolled_back_is_not_brought_back_by_accident(rig: EndsRig) -> None:
    rig.roll_back()
    rig.pass_time(MINUTE)
    rig.introduce(merge=True)
    assert "this image was rolled back by promoter" in refused(lambda: rig.introduce(NEW))


def test_an_introduction_that_a_human_closed_stays_closed(rig: EndsRig) -> None:
    rig.introduce()
    (branch,) = rig.branches()
    rig.git("branch", "-D", branch)
    assert "was closed unmerged; --again" in refused(rig.introduce)
    assert rig.branches() == []
    assert dids(rig.introduce(again=True)) == [Did.PROPOSED]


def test_a_later_introduction_takes_the_place_of_an_earlier_one(rig: EndsRig) -> None:
    rig.introduce("registry.example.com/yolo:9.9")
    (first,) = rig.branches()
    done = rig.introduce()
    assert dids(done) == [Did.PROPOSED, Did.WITHDRAWN]
    assert done.outcomes[1].subject == first
    assert len(rig.branches()) == 1


def test_an_introduction_is_built_anew_where_the_former_candidate_went_on(rig: EndsRig) -> None:
    rig.introduce()
    rig.tick()  # promotes the former one to 20 %
    assert rig.on_base() == 20
    (branch,) = rig.branches("introduce")
    done = rig.introduce()
    assert done.outcomes[0].detail == "built anew on base"
    assert "-          weight: 20" in changed(rig, branch)
    rig.merge_by_hand("introduce")
    assert (rig.on_base(), rig.image(GRAY)) == (1, NEXT)


def test_from_zero_the_bot_takes_the_first_step(rig: EndsRig) -> None:
    rig.introduce(from_zero=True, merge=True)
    assert rig.on_base() == 0
    rig.pass_time()
    row = rig.tick()
    assert (row.situation.timeline.rollback, row.decision.kind) == (None, Kind.PROMOTE)
    assert rig.on_base() == 1


def test_a_branch_that_a_human_pushed_to_is_left_alone(rig: EndsRig) -> None:
    rig.introduce()
    (branch,) = rig.branches()
    rig.git("checkout", "-q", branch)
    rig.write("notes", "mine\n")
    rig.commit("look first")
    rig.git("checkout", "-q", "main")
    head = rig.git("rev-parse", branch)
    assert dids(rig.introduce()) == [Did.HANDS_OFF]
    rig.introduce("registry.example.com/yolo:11")
    assert rig.git("rev-parse", branch) == head


def test_a_pause_stops_introductions_too(rig: EndsRig) -> None:
    rig.pause()
    for ask in (rig.introduce, lambda: rig.introduce(again=True)):
        assert "yolo is paused by Ada: wait for me; resume it first" in refused(ask)
    assert rig.branches() == []


def test_stables_own_image_is_nothing_to_release(rig: EndsRig) -> None:
    assert "v8 runs this image already" in refused(lambda: rig.introduce(OLD))


def test_a_candidate_that_carries_everything_is_finished_first(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    assert "run promoter finish first" in refused(rig.introduce)
    frozen(rig)
    assert dids(rig.introduce()) == [Did.PROPOSED]  # what is wrong may be replaced


def test_of_several_containers_one_has_to_be_named(rig: EndsRig) -> None:
    two = a_deployment("v9", NEW, 1) + "        - {name: proxy, image: 'proxy:1'}\n"
    rig.write(GRAY, two)
    rig.commit("a proxy")
    assert "has 2 containers; say --container with one of: model, proxy" in refused(rig.introduce)
    assert "no container sidecar; there are: model, proxy" in refused(
        lambda: rig.introduce(container="sidecar")
    )
    rig.introduce("proxy:2", container="proxy")
    (branch,) = rig.branches()
    assert rig.git("show", f"{branch}:{GRAY}") == two.replace("proxy:1", "proxy:2").rstrip("\n")


@pytest.mark.parametrize("at", ["manifests", "overlays/site"])
def test_an_image_that_kustomize_sets_is_refused(rig: EndsRig, at: str) -> None:
    rig.write("manifests/kustomization.yaml", "resources: [gray.yaml, stable.yaml, vs.yaml]\n")
    rig.commit("kustomize")
    rig.introduce("registry.example.com/yolo:9.9")  # no `images:`, no objection
    resources = "[gray.yaml]" if at == "manifests" else "[../../manifests]"
    entry = f"resources: {resources}\nimages: [{{name: registry.example.com/yolo, newTag: '9'}}]\n"
    rig.write(f"{at}/kustomization.yaml", entry)
    rig.commit("kustomize sets the image")
    told = refused(rig.introduce)
    assert told.startswith(f"{at}/kustomization.yaml:2:10: Kustomize sets the image")


def test_without_workloads_the_policy_is_named(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, policy=POLICY)
    for ask in (rig.introduce, rig.finish):
        assert "policies/yolo.yaml: the policy does not say what runs behind v9" in refused(ask)


def test_everything_may_stand_in_one_file(tmp_path: Path) -> None:
    where = "manifests/vs.yaml"
    policy = POLICY_OF_ENDS.replace(GRAY, where).replace(STABLE, where)
    rig = EndsRig(tmp_path, policy=policy)
    text = "---\n".join([rig.weights(5), a_deployment("v8", OLD), a_deployment("v9", NEW)])
    rig.write(where, text)
    rig.commit("one file")
    rig.introduce(merge=True)
    expected = text.replace(NEW, NEXT).replace("weight: 95", "weight: 99").replace("weight: 5", "weight: 1")
    assert (
        rig.git("show", f"main:{where}").splitlines()
        == expected.replace(a_deployment("v9", NEXT), a_deployment("v9", NEXT, 1)).splitlines()
    )
