"""3. A standing hold stops promotions; only a human's resume lifts it; a resume starts the evidence window anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from promoter.core.decision import Kind
from tests.invariants.rig import MINUTE, READY, Rig


def frozen(rig: Rig) -> None:
    rig.script.sick_from = (rig.at - 10 * MINUTE).timestamp()
    rig.tick()
    rig.script.sick_until = rig.at.timestamp()  # it heals at once


def paused(rig: Rig) -> None:
    rig.pause()


def rolled_back(rig: Rig) -> None:
    rig.write("manifests/vs.yaml", rig.weights(1))
    rig.commit("too fast for me")
    rig.follow()


def vetoed(rig: Rig) -> None:
    rig.git("branch", "-D", *rig.branches())


@pytest.mark.parametrize("hold", [frozen, paused, rolled_back, vetoed])
def test_a_hold_stands_through_healthy_ticks_and_only_a_resume_lets_it_go_on(
    tmp_path: Path, hold: object
) -> None:
    rig = Rig(tmp_path, merge="approval" if hold is vetoed else "auto")
    if hold is vetoed:
        rig.tick()
    hold(rig)  # type: ignore[operator]
    before = rig.on_base()
    for _ in range(4):
        rig.pass_time()
        assert rig.tick().decision.kind is Kind.HOLD
    assert rig.on_base() == before
    rig.pass_time()
    rig.resume()
    assert rig.tick().decision.kind is Kind.WAIT  # the evidence starts anew
    rig.pass_time(READY)
    assert rig.tick().decision.kind is Kind.PROMOTE


def test_evidence_from_before_a_resume_no_longer_counts(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    frozen(rig)
    rig.pass_time(MINUTE)
    rig.resume()
    rig.pass_time(READY)
    row = rig.tick()
    assert row.decision.kind is Kind.PROMOTE
    assert (
        min(reading.start for verdict in row.health.verdicts for reading in verdict.readings)
        >= (rig.at - READY).timestamp()
    )


def test_an_anomaly_after_a_resume_freezes_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    frozen(rig)
    rig.script.sick_until = float("inf")
    rig.pass_time(MINUTE)
    rig.resume()
    rig.pass_time(READY)
    assert rig.tick().decision.kind is Kind.FREEZE
    rig.pass_time(MINUTE)
    assert rig.tick().decision.kind is Kind.HOLD
    assert rig.on_base() == 5
