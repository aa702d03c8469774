"""The scenes of the live demo: what happens to the plant, and where promoter has to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from promoter.core.decision import Kind, Why
from promoter.core.judge.verdict import Cause
from promoter.core.outcome import Row
from promoter.core.subject import Seen
from promoter.plant.behaviour import Behaviour
from promoter.plant.scratch import GRAY, NAME, SECOND, STABLE
from promoter.plant.stage import Stage

STABLE_MODEL = Behaviour()
GOOD = Behaviour(map50=37.5, memory=2290.0, median=15.0)
# One frame at a time, so some 70 a second: fine on a trickle; from 20 % of the cameras on, frames queue up.
UNBATCHED = replace(GOOD, median=14.0, streams=1, queue=150)
BURST = 8.0  # seconds of errors that hit both versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`start` is the candidate's weight when it begins; `play` raises PlantError where it goes wrong."""

    title: str
    play: Callable[[Stage], Mapping[str, float] | None]
    start: int = 5
    gray: Behaviour = GOOD
    second: Behaviour | None = None  # another candidate beside it, from the same weight


def at(percent: int) -> Callable[[Row], bool]:
    """The weight on base is at least this."""
    return lambda row: row.situation.percent >= percent


def frozen(row: Row) -> bool:
    """A hold was just recorded."""
    return row.decision.kind is Kind.FREEZE


def done(row: Row) -> bool:
    """The release is complete."""
    return row.decision.kind is Kind.DONE


def waits_for_the_environment(row: Row) -> bool:
    """Both versions are sick."""
    return any(reason.why is Why.ENVIRONMENT for reason in row.decision.reasons)


def is_blind(row: Row) -> bool:
    """Prometheus gives no answer."""
    return row.decision.kind is Kind.WAIT and any(
        reason.why is Why.SPLIT_UNKNOWN
        or (reason.verdict is not None and reason.verdict.cause is Cause.UNREACHABLE)
        for reason in row.decision.reasons
    )


def _healthy(stage: Stage) -> None:
    stage.watch(done, seconds=240)


def _slow(stage: Stage) -> None:
    stage.watch(frozen)


def _environment(stage: Stage) -> None:
    stage.tell("plant", "30 % of all frames fail on both versions: a broken upstream, not the model")
    stage.plant.behave(STABLE, replace(STABLE_MODEL, errors=0.3))
    stage.plant.behave(GRAY, replace(GOOD, errors=0.3))
    stage.watch(waits_for_the_environment)
    stage.pass_time(BURST)
    stage.plant.behave(STABLE, STABLE_MODEL)
    stage.plant.behave(GRAY, GOOD)
    stage.tell("plant", "the upstream is well again")
    stage.watch(at(20))


def _dead(stage: Stage) -> None:
    stage.watch(_applied)
    stage.plant.kill_pod(GRAY)
    stage.tell("plant", f"{GRAY} is killed: its port refuses connections, and it counts nothing any more")
    stage.watch(frozen)


def _inaccurate(stage: Stage) -> None:
    stage.watch(_applied)
    stage.plant.behave(GRAY, replace(GOOD, map50=34.6))
    stage.tell("plant", "the evaluator finds fewer parts with v9: mAP falls to 34.6")
    stage.watch(frozen)


def _leak(stage: Stage) -> None:
    stage.watch(_applied)
    stage.plant.behave(GRAY, replace(GOOD, leak=60.0))
    stage.tell("plant", "v9 leaks 60 MiB of GPU memory a second")
    stage.watch(frozen)


def _blind(stage: Stage) -> None:
    stage.watch(_applied)
    stage.plant.scraper.kill()
    stage.tell("plant", "Prometheus is killed")
    stage.watch(is_blind)
    stage.pass_time(3.0)
    stage.plant.scraper.start()
    stage.plant.scraper.wait_ready()
    stage.tell("plant", "Prometheus is back, with a gap in its data")
    stage.watch(at(20))


def _resume(stage: Stage) -> None:
    stage.watch(_applied)
    stage.plant.behave(GRAY, replace(GOOD, errors=0.25))
    stage.tell("plant", "a bad node: a quarter of v9's frames fail")
    stage.watch(frozen)
    stage.plant.behave(GRAY, GOOD)
    stage.tell("plant", "the node is replaced")
    stage.type("resume", NAME, "--reason", "the node was to blame, it is replaced")
    stage.watch(at(20))


def _rollback(stage: Stage) -> Mapping[str, float]:
    stage.watch(_applied)
    found = stage.roll_back("parts are missed on line 3")
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in found.items())
    stage.tell("plant", f"after the command was typed: {told}")
    stage.watch(lambda row: row.decision.kind is Kind.HOLD and row.situation.percent == 0)
    return found


def _two(stage: Stage) -> None:
    held: set[str] = set()

    def both_ended(_: Row) -> bool:
        held.update(
            row.situation.candidate
            for row in stage.board.rows
            if row.decision.kind in (Kind.FREEZE, Kind.HOLD)
        )
        first = stage.board.rows[0]
        waits = any(reason.why is Why.EXPERIMENT for reason in first.decision.reasons)
        return waits and held == {SECOND}

    stage.watch(both_ended)
    moves = stage.plant.cameras()["moves"]
    jumped = moves.get(f"{GRAY}>{SECOND}", 0) + moves.get(f"{SECOND}>{GRAY}", 0)
    stage.tell("plant", f"{jumped} cameras changed from one candidate to the other")


def _applied(row: Row) -> bool:
    """Traffic is seen to follow the weight."""
    return row.health.applied.seen is Seen.APPLIED


SCENES: Mapping[str, Scene] = {
    "healthy": Scene(title="A healthy release: v9 rises beside v8 to 100 %", play=_healthy, start=0),
    "slow": Scene(
        title="A model that is fine on a trickle and too slow from 20 % on", play=_slow, gray=UNBATCHED
    ),
    "environment": Scene(title="An error burst that hits both versions: nobody is blamed", play=_environment),
    "dead": Scene(title="A candidate that refuses connections: seen from the gateway", play=_dead),
    "map-drop": Scene(title="The accuracy drops", play=_inaccurate),
    "gpu-leak": Scene(title="The GPU memory leaks", play=_leak),
    "blind": Scene(title="Prometheus is killed, and comes back", play=_blind),
    "resume": Scene(title="A freeze that a human resumes", play=_resume),
    "two": Scene(
        title="Two candidates climb side by side; the bad one is frozen alone",
        play=_two,
        second=replace(GOOD, errors=0.15),
    ),
    "rollback": Scene(title="One command takes 50 % of the cameras back", play=_rollback, start=50),
}
