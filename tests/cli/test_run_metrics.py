"""run --metrics-file: written after a tick that worked, and after one that did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Ran, promoter
from tests.invariants.rig import Rig

NOWHERE = "http://127.0.0.1:9"  # nothing listens there: health is unknown, and the tick is complete


def run(rig: Rig, path: Path, *words: str, at: str = "2026-01-07T09:00:00Z") -> Ran:
    arguments = ("run", "--metrics-file", str(path), "--prometheus", NOWHERE, "--at", at, *words)
    return promoter(*arguments, cwd=rig.path)


def value(path: Path, name: str) -> str:
    (line,) = (line for line in path.read_text().splitlines() if line.startswith(f"{name} "))
    return line.split(" ")[1]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "repo")


def test_a_tick_tells_its_decision_though_prometheus_is_down(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "promoter.prom"
    ran = run(rig, path)
    assert ran.code == 1  # nothing is promoted on unknown health
    text = path.read_text()
    assert 'promoter_decision{rollout="yolo",candidate="v9",decision="wait"} 1' in text
    assert 'promoter_weight_percent{rollout="yolo",version="v9"} 5' in text
    assert value(path, "promoter_last_tick_failed") == "0"
    assert value(path, "promoter_last_tick_timestamp_seconds") == "1767776400"


def test_a_tick_that_ends_in_an_error_is_told_too(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "promoter.prom"
    run(rig, path)
    ran = run(rig, path, "--base", "nosuch", at="2026-01-07T09:10:00Z")
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert value(path, "promoter_last_tick_failed") == "1"
    assert value(path, "promoter_last_attempt_timestamp_seconds") == "1767777000"
    assert value(path, "promoter_last_tick_timestamp_seconds") == "1767776400"  # the last one that worked
    assert "promoter_decision" not in path.read_text()
    run(rig, path, at="2026-01-07T09:20:00Z")
    assert value(path, "promoter_last_tick_failed") == "0"


def test_a_broken_rollout_is_told_as_an_error_of_its_own(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "promoter.prom"
    rig.write("manifests/vs.yaml", "kind: [\n")
    rig.commit("broken")
    assert run(rig, path).code == 1
    assert 'promoter_decision{rollout="yolo",candidate="",decision="error"} 1' in path.read_text()
    assert value(path, "promoter_last_tick_failed") == "0"


def test_a_place_where_no_file_can_be_is_refused_before_the_tick(rig: Rig, tmp_path: Path) -> None:
    ran = run(rig, tmp_path / "none" / "promoter.prom")
    assert (ran.code, ran.out) == (1, "")
    assert "there is no directory" in ran.err
