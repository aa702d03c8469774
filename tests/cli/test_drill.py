"""drill as a human and the monthly workflow run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Ran, promoter
from tests.invariants.rig import Rig

REF = "refs/promoter/drills/yolo"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "repo")


def run(rig: Rig, *words: str) -> Ran:
    ran = promoter("drill", *words, cwd=rig.path)
    assert "Traceback" not in ran.err
    return ran


def test_a_drill_is_timed_recorded_and_compared(rig: Rig) -> None:
    first = run(rig, "rollback", "yolo")
    assert (first.code, first.err) == (0, "")
    assert "works: " in first.out
    assert "last" not in first.out
    second = run(rig, "rollback", "yolo", "--output", "json")
    (document,) = json.loads(second.out)["drills"]
    assert (document["record"], document["by"]) == (REF, "Ada")
    assert document["legs"][0]["last_seconds"] is not None
    assert "| decision |" in run(rig, "pause", "yolo", "--output", "markdown").out
    assert len(rig.git("rev-list", REF).splitlines()) == 3
    assert rig.on_base() == 5


def test_live_asks_and_nobody_answers(rig: Rig) -> None:
    ran = run(rig, "rollback", "yolo", "--live")
    assert (ran.code, rig.on_base()) == (1, 5)
    assert "--live asks first, and nobody can answer here; give --yes" in ran.err
    assert rig.git("for-each-ref", REF) == ""


def test_live_and_yes_is_the_real_thing(rig: Rig) -> None:
    ran = run(rig, "rollback", "yolo", "--live", "--yes")
    assert (ran.code, rig.on_base()) == (0, 0), ran.err
    assert "on base itself" in ran.out
    assert "applied   not measured: no Prometheus is named" in ran.out


def test_without_a_name_every_rollout_is_drilled_and_live_needs_one(rig: Rig) -> None:
    other = (rig.path / "policies/yolo.yaml").read_text().replace("name: yolo\n", "name: line-b\n", 1)
    rig.write("policies/line-b.yaml", other)
    rig.commit("another rollout")
    ran = run(rig, "pause", "--output", "json")
    assert [one["rollout"] for one in json.loads(ran.out)["drills"]] == ["line-b", "yolo"]
    ran = run(rig, "pause", "--live", "--yes")
    assert (ran.code, "about one rollout: name it" in ran.err) == (1, True)
    rig.write("manifests/other.yaml", "kind: [\n")
    rig.write("policies/line-b.yaml", other.replace("manifests/vs.yaml", "manifests/other.yaml"))
    rig.commit("one cannot be read")
    ran = run(rig, "rollback")
    assert (ran.code, "not valid YAML" in ran.err, "yolo: drill of rollback" in ran.out) == (1, True, True)
    rig.write("policies/line-b.yaml", "version: 1\n")
    rig.commit("not even a policy")
    ran = run(rig, "pause")
    assert (ran.code, "policies/line-b.yaml" in ran.err, "yolo: drill of pause" in ran.out) == (1, True, True)


def test_a_path_that_does_not_work_is_exit_1_and_recorded(rig: Rig) -> None:
    rig.roll_back()
    ran = run(rig, "rollback", "yolo", "--live", "--yes")
    assert ran.code == 1
    assert "no candidate has traffic" in ran.out
    assert "no candidate has traffic" in rig.git("log", "-1", "--format=%s", REF)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("pause", "--reason", " "), 1, "--reason is empty"),
        (("rollback", "yolo2"), 1, "did you mean yolo?"),
        (("rollback", "yolo", "--live", "--yes", "--at", "2026-01-07T09:00:00Z"), 1, "exclude each other"),
        (("fire", "yolo"), 2, "No such command"),
    ],
)
def test_what_cannot_be_drilled_is_told(rig: Rig, words: tuple[str, ...], code: int, told: str) -> None:
    ran = run(rig, *words)
    assert ran.code == code
    assert told in ran.err
