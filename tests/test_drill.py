"""drill: the emergency path over real Git, on a copy that touches nothing, and on base itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from promoter.core.drills import Drill, DrillKind
from promoter.core.evidence import Answer, Query, Unknown
from promoter.drill import Clock, Ground, rehearse
from promoter.errors import PromoterError
from promoter.human import Request
from promoter.policies import policies_at
from promoter.world import World
from tests.invariants.ends_rig import EndsRig
from tests.invariants.rig import READY, Rig

PAUSE, ROLLBACK = DrillKind.PAUSE, DrillKind.ROLLBACK


def drilled(rig: Rig, kind: DrillKind, *, live: bool = False) -> Drill:
    clock, ticks = rig.at, iter(range(1_000_000))

    def wait(seconds: float) -> None:
        nonlocal clock
        clock += timedelta(seconds=seconds)

    def policies(world: World) -> object:
        return policies_at(world.repo, world.base.commit, "policies")

    ground = Ground(
        world=rig.world,
        policies=policies,  # type: ignore[arg-type]
        request=Request(by="Ada", reason="drill", at=rig.at),
        name="yolo",
    )
    times = Clock(now=lambda: clock, seconds=lambda: float(next(ticks)), wait=wait)
    return rehearse(kind, ground, times, live=live)


def names(drill: Drill) -> list[str]:
    return [leg.name for leg in drill.legs]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "repo")


@pytest.mark.parametrize(
    ("kind", "legs"),
    [
        (PAUSE, ["decision", "record", "held", "resume"]),
        (ROLLBACK, ["decision", "proposal", "merge", "held", "applied"]),
    ],
)
def test_a_rehearsal_walks_every_leg_and_touches_nothing(rig: Rig, kind: DrillKind, legs: list[str]) -> None:
    before = (rig.git("for-each-ref"), rig.git("status", "--porcelain"))
    drill = drilled(rig, kind)
    assert (drill.problem, names(drill)) == ("", legs)
    assert all(leg.seconds == 1.0 for leg in drill.legs if leg.name != "applied")
    assert (rig.git("for-each-ref"), rig.git("status", "--porcelain")) == before
    assert not any(leg.seconds for leg in drill.legs if leg.name == "applied")


@pytest.mark.parametrize("gray", [0, 5, 100])
def test_a_rollback_can_be_rehearsed_at_any_weight(tmp_path: Path, gray: int) -> None:
    drill = drilled(Rig(tmp_path, gray=gray), ROLLBACK)
    assert drill.problem == ""


def test_a_finished_release_can_be_rehearsed(tmp_path: Path) -> None:
    rig = EndsRig(tmp_path, gray=100)
    rig.pass_time()
    rig.finish(merge=True)
    assert drilled(rig, ROLLBACK).problem == ""
    assert drilled(rig, PAUSE).problem == ""


def test_holds_on_the_real_forge_do_not_stand_in_the_way(rig: Rig) -> None:
    rig.pause()
    for kind in (PAUSE, ROLLBACK):
        assert drilled(rig, kind).problem == ""
    assert len(rig.holds()) == 1


def test_a_live_pause_is_lifted_again_and_no_other_hold(rig: Rig) -> None:
    rig.script.sick_from = (rig.at - timedelta(minutes=10)).timestamp()
    rig.tick()
    drill = drilled(rig, PAUSE, live=True)
    assert drill.problem == ""
    assert [(hold["kind"], hold["lifted"] is None) for hold in rig.holds()] == [
        ("freeze", True),
        ("pause", False),
    ]


def test_a_live_pause_is_refused_where_one_stands(rig: Rig) -> None:
    rig.pause()
    drill = drilled(rig, PAUSE, live=True)
    assert drill.problem == "yolo is paused already; drill it when it is not"
    assert rig.holds()[0]["lifted"] is None


def test_a_live_rollback_goes_to_zero_and_waits_for_the_last_gray_request(rig: Rig) -> None:
    rig.script.shares.append((rig.at.timestamp() + 60, 0.0))  # the GitOps agent takes a minute
    drill = drilled(rig, ROLLBACK, live=True)
    assert (drill.problem, rig.on_base()) == ("", 0)
    applied = drill.legs[-1]
    assert applied.name == "applied"
    assert applied.seconds is not None
    assert 45 <= applied.seconds <= 75  # a minute, as scraped every 15 s
    rig.pass_time(READY)
    assert rig.tick().situation.holds[0].kind == "rollback"


def test_traffic_that_never_leaves_the_candidate_is_told(rig: Rig) -> None:
    drill = drilled(rig, ROLLBACK, live=True)
    assert drill.legs[-1].seconds is None
    assert drill.legs[-1].note == "not seen within apply_deadline: the candidate still answers"


def test_an_outage_of_prometheus_is_told_and_the_rollback_stands(rig: Rig) -> None:
    def down(query: Query) -> Answer | Unknown:
        del query
        return Unknown("connection refused")

    rig.script = replace(rig.script, override=down)
    drill = drilled(rig, ROLLBACK, live=True)
    assert (drill.problem, rig.on_base()) == ("", 0)
    assert drill.legs[-1].note == "not seen within apply_deadline: connection refused"


def test_a_live_rollback_without_traffic_is_a_problem(tmp_path: Path) -> None:
    drill = drilled(Rig(tmp_path, gray=0), ROLLBACK, live=True)
    assert drill.problem == "no candidate has traffic, so there is nothing to roll back"


def test_a_path_that_a_human_blocks_is_a_problem(rig: Rig) -> None:
    rig.roll_back(merge=False)
    (branch,) = rig.branches()
    rig.git("checkout", "-q", branch)
    rig.write("notes", "wait\n")
    rig.commit("not yet")
    rig.git("checkout", "-q", "main")
    drill = drilled(rig, ROLLBACK, live=True)
    assert drill.problem == "a human has pushed to the rollback's branch"
    assert rig.on_base() == 5


def test_a_rollout_that_cannot_be_read_is_no_drill(rig: Rig) -> None:
    rig.write("manifests/vs.yaml", "kind: [\n")
    rig.commit("broken")
    with pytest.raises(PromoterError, match="not valid YAML"):
        drilled(rig, ROLLBACK)
