"""4. What a human lowered, reverted or closed is never raised or reopened by the bot."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.invariants.rig import READY, Rig


def lower_by_hand(rig: Rig) -> None:
    rig.write("manifests/vs.yaml", rig.weights(max(0, rig.on_base() // 2)))
    rig.commit("lower it")


def revert(rig: Rig) -> None:
    flags = ["-m", "1"] if len(rig.git("rev-list", "--parents", "-n1", "HEAD").split()) > 2 else []
    rig.git("revert", "--no-edit", *flags, "HEAD")


def squash_a_lowering(rig: Rig) -> None:
    rig.git("checkout", "-q", "-B", "work")
    lower_by_hand(rig)
    rig.git("checkout", "-q", "main")
    rig.git("merge", "-q", "--squash", "work")
    rig.git("commit", "-q", "-m", "tidy up (#7)")


def merge_a_lowering(rig: Rig) -> None:
    rig.git("checkout", "-q", "-B", "work")
    lower_by_hand(rig)
    rig.git("checkout", "-q", "main")
    rig.git("merge", "-q", "--no-ff", "-m", "Merge work", "work")


@pytest.mark.parametrize("lowering", [lower_by_hand, revert, squash_a_lowering, merge_a_lowering])
def test_a_weight_that_a_human_took_down_stays_down_however_it_was_done(
    tmp_path: Path, lowering: object
) -> None:
    rig = Rig(tmp_path)
    rig.tick()
    assert rig.on_base() == 20
    lowering(rig)  # type: ignore[operator]
    rig.follow()
    lowered = rig.on_base()
    assert lowered < 20
    for _ in range(4):
        rig.pass_time()
        rig.tick()
        assert rig.on_base() == lowered
    rig.resume()
    rig.pass_time()
    rig.tick()
    assert rig.on_base() > lowered  # and after a resume it goes on


def test_a_closed_proposal_is_not_opened_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path, merge="approval")
    rig.tick()
    rig.git("branch", "-D", *rig.branches())
    for _ in range(3):
        rig.pass_time()
        rig.tick()
        assert rig.branches() == []
    rig.resume()
    rig.pass_time()
    rig.tick()
    assert len(rig.branches()) == 1
    rig.git("branch", "-D", *rig.branches())  # closed once more: a veto once more
    rig.pass_time()
    rig.tick()
    assert rig.branches() == []


def test_a_prepared_revert_that_a_human_deleted_is_not_prepared_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.script.sick_from = (rig.at - READY).timestamp()
    rig.tick()
    assert len(rig.branches("rollback")) == 1
    rig.git("branch", "-D", *rig.branches())
    rig.pass_time()
    rig.tick()
    assert rig.branches() == []


def test_a_commit_that_a_human_pushed_to_a_proposal_is_never_overwritten_or_merged(tmp_path: Path) -> None:
    rig = Rig(tmp_path, merge="approval")
    rig.tick()
    (branch,) = rig.branches()
    rig.git("checkout", "-q", branch)
    rig.write("notes.md", "please look")
    rig.commit("a note")
    rig.git("checkout", "-q", "main")
    head = rig.git("rev-parse", branch)
    rig.write("policies/yolo.yaml", (rig.path / "policies/yolo.yaml").read_text().replace("approval", "auto"))
    rig.commit("merge by itself from now on")
    for _ in range(3):
        rig.pass_time()
        rig.tick()
        assert rig.git("rev-parse", branch) == head
        assert rig.on_base() == 5


@pytest.mark.parametrize("seed", range(6))
def test_over_random_histories_the_bot_never_raises_what_a_human_lowered(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    rig = Rig(tmp_path)
    ceiling: int | None = None
    for _ in range(9):
        rig.pass_time()
        before = rig.on_base()
        rig.tick()
        after = rig.on_base()
        if ceiling is not None:
            assert after <= before
        deed = rng.choice(["nothing", "nothing", "lower", "revert", "resume", "restore"])
        if deed == "lower" and after > 1:
            lower_by_hand(rig)
        elif deed == "revert" and after > 5:
            revert(rig)
        elif deed == "resume":
            rig.resume()
            ceiling = None
        elif deed == "restore" and ceiling is not None:
            rig.write("manifests/vs.yaml", rig.weights(ceiling))
            rig.commit("it was fine after all")
            ceiling = None
        rig.follow()
        if rig.on_base() < after:
            ceiling = max(ceiling or 0, after)
