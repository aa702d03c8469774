"""5. At most one open promotion proposal per rollout; at most one hold per (rollout, kind, commit)."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.invariants.rig import MANIFEST, MINUTE, POLICY, READY, Rig

TWO = MANIFEST.rstrip("\n") + "\n        - destination: {host: yolo, subset: v10}\n          weight: 0\n"


def check(rig: Rig) -> None:
    promotions = [name for name in rig.branches() if "rollback" not in name]
    assert len(promotions) <= 1
    standing = Counter((hold["kind"], hold["commit"]) for hold in rig.holds() if hold["lifted"] is None)
    assert all(count == 1 for count in standing.values()), standing


@pytest.mark.parametrize("seed", range(5))
def test_after_any_sequence_of_ticks_and_deeds_there_is_one_of_each(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    rig = Rig(tmp_path, merge=rng.choice(["auto", "approval"]))
    proposed = held = 0
    for _ in range(12):
        rig.pass_time(rng.choice([MINUTE, READY]))
        rig.script.sick_from = rng.choice([float("inf"), (rig.at - 4 * MINUTE).timestamp()])
        rig.tick()
        check(rig)
        proposed += len(rig.branches())
        held += len(rig.holds())
        deed = rng.choice(["nothing", "resume", "pause", "delete", "edit"])
        if deed == "resume":
            rig.resume()
        elif deed == "pause":
            rig.pause()
        elif deed == "delete" and rig.branches():
            rig.git("branch", "-D", rng.choice(rig.branches()))
        elif deed == "edit":
            rig.write("manifests/vs.yaml", rig.weights(rng.choice([1, 5, 7, 20])))
            rig.git("add", "-A")
            rig.git("commit", "-q", "--allow-empty", "-m", "by hand")
            rig.follow()
        check(rig)
    assert proposed + held > 0


def test_two_candidates_that_are_both_due_go_one_after_the_other(tmp_path: Path) -> None:
    policy = POLICY.replace("candidates: [v9]", "candidates: [v9, v10]") + "experiment: {hold_at: 20}\n"
    rig = Rig(tmp_path, merge="approval", manifest=TWO, policy=policy, gray=0)
    for _ in range(4):
        rig.pass_time()
        rig.report()
        assert len(rig.branches()) == 1
