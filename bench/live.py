"""Measure the live plant: do cameras keep their version, and how fast does a decision reach the traffic?

python -m bench.live: prints the tables of docs/reference/live-plant.md. Real Envoy, Git and agent.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import http.client
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from promoter.plant.behaviour import Behaviour
from promoter.plant.plant import HOST, Layout, Plant
from promoter.plant.processes import wait_until
from promoter.plant.scratch import GRAY, ROUTE, SPLIT, STABLE, Scratch
from promoter.plant.stage import Stage
from promoter.plant.survey import survey

LADDER = (1, 5, 20, 50, 100, 50, 20, 5, 1)
INSTANT = Behaviour(median=0.1, sigma=0.0, streams=1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One weight: who has gray, who changed without a change, and who moved from the step before."""

    weight: int
    gray: int
    unstable: int
    moved: int
    least: int

    @property
    def beyond(self) -> int:
        """Cameras that moved though the smaller side did not need them."""
        return self.moved - self.least


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the plant runs on the real clock


def cameras(count: int) -> list[str]:
    """Device IDs in three shapes."""
    shapes = (
        lambda n: f"cam-{n:06}",
        lambda n: f"site{n % 40:02}/line{n % 7:02}/cam{n:05}",
        lambda n: hashlib.sha256(str(n).encode()).hexdigest()[:32],
    )
    return [shapes[n % len(shapes)](n) for n in range(count)]


@contextmanager
def running(
    folder: Path, behaviour: Behaviour, *, rate: float, devices: int
) -> Iterator[tuple[Plant, Scratch]]:
    scratch = Scratch(folder / "repository", now(), gray=1)
    versions = {STABLE: behaviour, GRAY: behaviour}
    layout = Layout(
        versions=versions, repository=scratch.path, files=(ROUTE, SPLIT), rate=rate, devices=devices
    )
    with Plant(layout, folder / "plant") as plant:
        yield plant, scratch


def set_gray(plant: Plant, scratch: Scratch, weight: int) -> None:
    """Commit a weight and wait until Envoy routes by it."""
    before = len(plant.routed())
    scratch.introduce("v9s", now(), gray=weight)
    wait_until("the agent", lambda: len(plant.routed()) > before)
    wanted = f'"name":"{GRAY}","weight":{weight},' if weight else f'"name":"{GRAY}","request_headers'
    wait_until("Envoy's routes", lambda: wanted in "".join(plant.envoy.ask("/config_dump").split()))


def gray_of(plant: Plant, names: Sequence[str]) -> set[int]:
    found = asyncio.run(survey(plant.envoy.port, HOST, names))
    return {answer.device for answer in found if answer.named == GRAY}


def assignment(plant: Plant, scratch: Scratch, names: Sequence[str]) -> list[Step]:
    """The whole ladder up and down."""
    steps: list[Step] = []
    before: set[int] | None = None
    for weight in LADDER:
        set_gray(plant, scratch, weight)
        once, again = gray_of(plant, names), gray_of(plant, names)
        former = once if before is None else before
        steps.append(
            Step(
                weight=weight,
                gray=len(once),
                unstable=len(once ^ again),
                moved=len(former ^ once),
                least=abs(len(former) - len(once)),
            )
        )
        before = once
    return steps


def merge_to_routed(plant: Plant, scratch: Scratch, names: Sequence[str], count: int) -> list[float]:
    """Seconds from base's new head to the first answer by it, for a camera that changes its version."""
    set_gray(plant, scratch, 50)
    upper = gray_of(plant, names)
    set_gray(plant, scratch, 5)
    camera = names[min(upper - gray_of(plant, names))]
    found = []
    connection = http.client.HTTPConnection("127.0.0.1", plant.envoy.port, timeout=20)
    for number in range(count):
        weight, wanted = (50, GRAY) if number % 2 == 0 else (5, STABLE)
        time.sleep(0.037 * (number % 7))  # not in step with the agent's polling
        scratch.introduce("v9s", now(), gray=weight)
        began = time.monotonic()
        while True:
            connection.request("POST", "/v1/detect", b"frame", {"host": HOST, "x-device-id": camera})
            answer = connection.getresponse()
            answer.read()
            if answer.headers["x-model-version"] == wanted:
                break
        found.append(time.monotonic() - began)
    connection.close()
    return found


def rollbacks(plant: Plant, scratch: Scratch, count: int) -> list[dict[str, float]]:
    """`promoter rollback --now` at 50 % of a steady traffic: seconds from typing it."""
    found = []
    stage = Stage(plant=plant, scratch=scratch, clock=now, views=())
    for number in range(count):
        plant.start_pod(GRAY, plant.behaviour(GRAY))
        scratch.introduce(f"v9s-{number}", now(), gray=50)
        wait_until("gray's answers", lambda: _gray_answers(plant))
        found.append(stage.roll_back("measured"))
    return found


def _gray_answers(plant: Plant) -> bool:
    seen = plant.cameras()
    return bool(seen["now"] - seen["versions"].get(GRAY, {}).get("last", 0) < 0.2)


def row(name: str, seconds: Sequence[float], unit: float = 1000, suffix: str = "ms") -> str:
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    numbers = (statistics.median(ordered), p95, ordered[-1])
    return (
        f"| {name} | "
        + " | ".join(f"{unit * number:.0f} {suffix}" for number in numbers)
        + f" | {len(ordered)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=20_000)
    parser.add_argument("--merges", type=int, default=40)
    parser.add_argument("--rollbacks", type=int, default=20)
    given = parser.parse_args()
    names = cameras(given.cameras)
    with tempfile.TemporaryDirectory(prefix="bench-live-") as place:
        with running(Path(place) / "a", INSTANT, rate=1, devices=10) as (plant, scratch):
            print(
                f"| gray weight | cameras of {len(names):,} on gray | changed at this weight | moved | beyond the minimum |"
            )
            print("|---:|---:|---:|---:|---:|")
            for step in assignment(plant, scratch, names):
                share = f"{step.gray:,} ({step.gray / len(names):.2%})"
                print(
                    f"| {step.weight}% | {share} | {step.unstable} | {step.moved:,} | {step.beyond} |",
                    flush=True,
                )
            merged = merge_to_routed(plant, scratch, names, given.merges)
        with running(Path(place) / "b", Behaviour(), rate=400, devices=5000) as (plant, scratch):
            back = rollbacks(plant, scratch, given.rollbacks)
    print("\n| from … to … | median | 95 % | longest | n |")
    print("|---|---:|---:|---:|---:|")
    print(row("the merge on base → the first answer by the new weights", merged))
    print(row("`promoter rollback --now` typed → the command is over", [one["command"] for one in back]))
    print(
        row(
            "`promoter rollback --now` typed → the last gray answer",
            [one["last gray answer"] for one in back],
        )
    )


if __name__ == "__main__":
    main()
