"""introduce and finish as a pipeline and a human run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Ran, promoter
from tests.invariants.ends_rig import GRAY, NEXT, EndsRig


def run(rig: EndsRig, *words: str) -> Ran:
    at = rig.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    ran = promoter(*words, "--at", at, cwd=rig.path)
    assert "Traceback" not in ran.err
    return ran


@pytest.fixture
def rig(tmp_path: Path) -> EndsRig:
    return EndsRig(tmp_path / "repo", merge="approval")


def test_a_pipeline_introduces_an_image_without_prometheus(rig: EndsRig) -> None:
    ran = run(rig, "introduce", "yolo", "--image", NEXT)
    (branch,) = rig.branches()
    assert (ran.code, ran.out, ran.err) == (0, f"yolo: → opened {branch}\n", "")
    ran = run(rig, "introduce", "yolo", "--image", NEXT, "--output", "json")
    document = json.loads(ran.out)
    assert (ran.code, document["outcome"][0]["did"]) == (0, "refreshed")
    rig.merge_by_hand("introduce")
    ran = run(rig, "introduce", "yolo", "--image", NEXT)
    assert (ran.code, ran.out) == (0, f"yolo: nothing to do: v9 runs {NEXT} already, at 1%\n")
    history = run(rig, "history", "yolo").out
    assert "new candidate at 1%" in history


def test_now_merges_and_the_work_tree_follows(rig: EndsRig) -> None:
    ran = run(rig, "introduce", "yolo", "--image", NEXT, "--now", "--reason", "trained on line 7")
    assert (ran.code, rig.on_base(), rig.image(GRAY)) == (0, 1, NEXT)
    assert rig.git("status", "--porcelain") == ""
    assert "trained on line 7" in rig.git("log", "-1", "--format=%B", "main")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("introduce", "yolo", "--image", "yolo:latest"), "the tag latest moves"),
        (("introduce", "yolo", "--image", NEXT, "--candidate", "v10"), "no candidate v10; say --candidate"),
        (("introduce", "--image", NEXT), "name the one rollout"),
        (("introduce", "yolo2", "--image", NEXT), "did you mean yolo?"),
        (("finish", "yolo"), "not done yet: v9 is at 5%, and v8 still carries 95%"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_1(rig: EndsRig, words: tuple[str, ...], told: str) -> None:
    ran = run(rig, *words)
    assert (ran.code, ran.out) == (1, "")
    assert told in ran.err
    assert ran.err.count("\n") == 1
    assert rig.branches() == []


def test_introduce_without_an_image_is_a_usage_error(rig: EndsRig) -> None:
    assert run(rig, "introduce", "yolo").code == 2


def test_finish_needs_prometheus_only_where_it_has_to_ask(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path / "repo", gray=100)
    rig.pass_time()
    ran = run(rig, "finish", "yolo")
    assert (ran.code, "no Prometheus is named" in ran.err) == (1, True)
    rig.finish(merge=True)
    ran = run(rig, "finish", "yolo")
    assert (ran.code, "nothing to do" in ran.out) == (0, True)


def test_a_token_pasted_into_the_reason_reaches_no_commit_and_no_record(rig: EndsRig) -> None:
    token = "ghp_" + "a1B2" * 9
    ran = run(rig, "introduce", "yolo", "--image", NEXT, "--reason", f"trained with {token}")
    assert ran.code == 0
    (branch,) = rig.branches()
    kept = rig.git("log", "-p", branch, f"refs/promoter/proposals/{branch.removeprefix('promoter/')}")
    assert "trained with" in kept
    assert token not in kept
