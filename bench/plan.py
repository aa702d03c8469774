"""`make bench`: start-up, and a plan for 1, 100 and 1,000 rollouts against a real Prometheus 20 ms away.

Every figure is a median, shown beside a baseline measured in the same run: for `--help` a bare click
program, for `plan` a shell script that does the least a person could (git log, grep, curl).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.fleet import AT, Fleet, write_fleet, write_metrics
from bench.latency_proxy import latency_proxy
from tests.prometheus_server import serving
from tools.ensure_prometheus import ensure

LATENCY = 0.020  # seconds added to every answer of Prometheus
ROOT = Path(__file__).resolve().parent.parent
BARE = "import click\n@click.command()\ndef main(): '''x'''\nmain(['--help'])\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measured command: median seconds, git processes and HTTP requests of one run."""

    seconds: float
    git: int
    http: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 100, 1000])
    parser.add_argument("--repeat", type=int, default=5, help="runs behind each median")
    given = parser.parse_args()
    help_times(given.repeat * 4)
    with tempfile.TemporaryDirectory(prefix="promoter-bench-") as folder:
        plans(Path(folder), given.sizes, given.repeat)


def help_times(repeat: int) -> None:
    promoter = median(repeat, lambda: call([sys.executable, "-m", "promoter", "--help"]))
    bare = median(repeat, lambda: call([sys.executable, "-c", BARE]))
    print("## Start-up\n")
    print("| command | median | ratio |\n|---|---|---|")
    print(f"| a bare click program's --help | {bare * 1e3:.0f} ms | 1.0 |")
    print(f"| promoter --help | {promoter * 1e3:.0f} ms | {promoter / bare:.2f} |\n")


def plans(folder: Path, sizes: list[int], repeat: int) -> None:
    most = max(sizes)
    told(f"writing metrics for {most:,} rollouts")
    metrics = write_metrics(folder / "metrics", most)
    with serving(ensure("prometheus"), metrics, folder / "prometheus") as server:
        print("## Plan\n")
        print(
            "| rollouts | promoter plan | a rollout | git processes | HTTP requests | shell script | ratio |"
        )
        print("|---|---|---|---|---|---|---|")
        for size in sizes:
            fleet = write_fleet(folder / f"fleet-{size}", size)
            plan = measure(fleet, server.url, repeat)
            shell = median(1 if size > 100 else repeat, partial(baseline, fleet, server.url))
            print(
                f"| {size:,} | {plan.seconds:.2f} s | {plan.seconds / size * 1e3:.1f} ms | {plan.git} | "
                f"{plan.http} | {shell:.2f} s | {plan.seconds / shell:.2f} |",
                flush=True,
            )


def measure(fleet: Fleet, url: str, repeat: int) -> Run:
    times, git, http = [], 0, 0
    for turn in range(repeat):
        told(f"plan for {fleet.size:,} rollouts, run {turn + 1} of {repeat}")
        with latency_proxy(url, LATENCY) as proxy, traced() as (environ, processes):
            command = [sys.executable, "-m", "promoter", "plan", "--at", AT, "--output", "json"]
            command += ["--repo", str(fleet.path), "--prometheus", proxy.url]
            times.append(timed(partial(call, command, environ)))
            git, http = processes(), proxy.requests
    return Run(seconds=statistics.median(times), git=git, http=http)


def baseline(fleet: Fleet, url: str) -> None:
    with latency_proxy(url, LATENCY) as proxy:
        script = Path(__file__).with_name("by_hand.sh")
        call(["bash", str(script), str(fleet.path), proxy.url, AT])


@contextmanager
def traced() -> Iterator[tuple[Mapping[str, str], Callable[[], int]]]:
    """An environment in which every git process leaves one file, and how many there are."""
    with tempfile.TemporaryDirectory() as folder:
        yield {"GIT_TRACE2_EVENT": folder}, lambda: len(list(Path(folder).iterdir()))


def call(command: list[str], environ: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(environ or {})}, capture_output=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stderr.decode()[-2000:]}")


def timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(repeat: int, work: Callable[[], None]) -> float:
    return statistics.median(timed(work) for _ in range(repeat))


def told(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
