"""Every scene of `promoter demo --live` with real Envoy, Prometheus, Git and traffic, told by what Git remembers.

All scenes are started by the first test that asks for one, a few at a time: they wait more than they work.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from promoter.plant.scenes import SCENES
from tests.cli.running import Ran, promoter

pytestmark = [pytest.mark.live, pytest.mark.prometheus]

AT_ONCE = 2 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Played:
    """A scene as it ended: what was printed, and the repository it left."""

    ran: Ran
    repository: Path

    @property
    def history(self) -> list[dict[str, Any]]:
        told = promoter("history", "yolo-detection", "--output", "json", cwd=self.repository)
        return list(json.loads(told.out)["entries"])

    @property
    def what(self) -> list[str]:
        """The entries after the first one, which is the beginning."""
        return [entry["what"] for entry in self.history][1:]

    @property
    def standings(self) -> list[dict[str, Any]]:
        told = promoter("status", "--output", "json", cwd=self.repository)
        return list(json.loads(told.out)["rollouts"])

    @property
    def standing(self) -> dict[str, Any]:
        [only] = self.standings
        return only

    @property
    def holds(self) -> list[tuple[str, str]]:
        return [(hold["kind"], hold["reason"]) for hold in self.standing["holds"]]


@pytest.fixture(scope="module")
def scene(live_parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Played]]:
    """A scene by its name, once it has ended well."""
    place = tmp_path_factory.mktemp("scenes")

    def run(name: str) -> Ran:
        return promoter(
            "demo", "--live", "--scene", name, "--keep", str(place / name), cwd=place, seconds=400
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        running: dict[str, Future[Ran]] = {name: pool.submit(run, name) for name in SCENES}

        def ended(name: str) -> Played:
            ran = running[name].result()
            assert ran.code == 0, f"{ran.out}\n{ran.err}"
            return Played(ran, place / name / "repository")

        yield ended


def test_a_healthy_release_climbs_every_step_to_100(scene: Callable[[str], Played]) -> None:
    played = scene("healthy")
    ladder = ["0% → 1%", "1% → 5%", "5% → 20%", "20% → 50%", "50% → 100%"]
    assert played.what == [f"raised {step}" for step in ladder]
    assert "the release is complete" in played.ran.out
    assert played.holds == []


def test_a_p99_that_is_bad_only_from_20_percent_on_is_frozen_there(scene: Callable[[str], Played]) -> None:
    played = scene("slow")
    assert played.what == ["raised 5% → 20%", "hold: freeze"]
    assert played.holds == [("freeze", "failed: p99-latency")]
    assert played.standing["percent"] == 20
    assert [one["kind"] for one in played.standing["proposals"]] == ["revert"]


def test_errors_of_both_versions_are_the_environment_and_freeze_nothing(
    scene: Callable[[str], Played],
) -> None:
    played = scene("environment")
    assert "environment: stable fails success-rate at the same time" in played.ran.out
    assert "freeze" not in played.ran.out
    assert played.what[:1] == ["raised 5% → 20%"]
    assert played.holds == []


def test_a_candidate_that_refuses_connections_freezes_instead_of_having_no_data(
    scene: Callable[[str], Played],
) -> None:
    played = scene("dead")
    kind, reason = played.holds[0]
    assert kind == "freeze"
    assert "reachable" in reason
    assert "raised 20% → 50%" not in played.what


def test_a_drop_of_the_map_freezes(scene: Callable[[str], Played]) -> None:
    assert scene("map-drop").holds == [("freeze", "failed: map50")]


def test_a_leak_of_gpu_memory_freezes(scene: Callable[[str], Played]) -> None:
    assert scene("gpu-leak").holds == [("freeze", "failed: gpu-memory")]


def test_without_prometheus_it_waits_and_goes_on_when_that_is_back(scene: Callable[[str], Played]) -> None:
    played = scene("blind")
    killed, back = (played.ran.out.index(text) for text in ("Prometheus is killed", "Prometheus is back"))
    between = played.ran.out[killed:back]
    assert "unknown is never healthy" in between
    assert "promote" not in between
    assert played.what[:1] == ["raised 5% → 20%"]
    assert played.holds == []


def test_a_human_resumes_a_freeze_and_the_release_goes_on(scene: Callable[[str], Played]) -> None:
    played = scene("resume")
    assert "hold: freeze" in played.what
    assert played.what[-1] == "raised 5% → 20%" or "resumed" in " ".join(played.what)
    assert played.standing["percent"] == 20
    assert played.holds == []


def test_of_two_candidates_the_bad_one_is_frozen_alone_and_no_camera_jumps_between_them(
    scene: Callable[[str], Played],
) -> None:
    played = scene("two")
    assert "0 cameras changed from one candidate to the other" in played.ran.out
    first, second = played.standings
    assert (first["candidate"], first["percent"], first["holds"]) == ("v9-gray", 20, [])
    assert (second["candidate"], second["percent"]) == ("v10-gray", 5)
    assert [hold["reason"] for hold in second["holds"]] == ["failed: success-rate"]


def test_one_command_takes_all_cameras_back_and_says_how_long_it_took(scene: Callable[[str], Played]) -> None:
    played = scene("rollback")
    assert "rolled back 50% → 0%" in played.what
    assert played.standing["percent"] == 0
    measured = re.search(r"routed after ([\d.]+) s; last gray answer after ([\d.]+) s", played.ran.out)
    assert measured is not None
    assert 0 < float(measured[1]) <= float(measured[2]) + 0.5  # the agent may be seen a moment later
