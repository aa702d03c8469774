"""`make bench-github`: requests to GitHub and seconds of a steady tick for 1, 100 and 1,000 rollouts.

A tick is a real `promoter run --forge github` in a fresh checkout, against the tests' fake GitHub in a process of
its own (every answer 60 ms away, as GitHub's are) and a real Prometheus 20 ms away. "quiet": nothing is under
way, every rollout bakes. "waiting": every rollout has an open pull request that waits for its approval; `run`
itself has opened them. Fails where a steady tick writes, or takes more than five requests.

What it cannot tell is how long the real GitHub works on an answer: the fake's time is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.fleet import AT, NOW, write_fleet, write_metrics
from bench.latency_proxy import latency_proxy
from bench.plan import LATENCY, ROOT, call, told
from tests.fakes.github.hub import Hub
from tests.fakes.github.server import serving
from tests.prometheus_server import serving as serving_prometheus
from tools.ensure_prometheus import ensure

MOST_REQUESTS = 5  # of a steady tick, whatever the fleet
FEW = (
    100  # more are opened without the way to GitHub: seven requests each, 7 minutes on the way for a thousand
)
AWAY = 0.060  # seconds to GitHub and back
TOKEN = "ghs_" + "b3nch" * 8
EARLY = (NOW - timedelta(minutes=14)).strftime("%Y-%m-%dT%H:%M:%SZ")  # a minute into the step: nothing is due


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One kind of steady tick: median seconds, by the clock and of processor, and its requests and writes."""

    seconds: float
    cpu: float
    requests: int
    writes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 100, 1000])
    parser.add_argument("--repeat", type=int, default=3, help="runs behind each median")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    with tempfile.TemporaryDirectory(prefix="promoter-bench-") as folder:
        too_much = measure_all(Path(folder), given.sizes, given.repeat)
    if too_much:
        sys.exit(f"more than {MOST_REQUESTS} requests, or writes, in a steady tick: {', '.join(too_much)}")


def measure_all(folder: Path, sizes: list[int], repeat: int) -> list[str]:
    """Prints the table; returns what takes more than it may."""
    told(f"writing metrics for {max(sizes):,} rollouts")
    too_much = []
    metrics = write_metrics(folder / "metrics", max(sizes))
    with serving_prometheus(ensure("prometheus"), metrics, folder / "prometheus") as server:
        print("| rollouts | state | requests to GitHub | of these writes | seconds a tick | of processor |")
        print("|---|---|---|---|---|---|")
        for size in sizes:
            with repository(folder / f"github-{size}", size) as (url, clone):
                quiet = steady(clone, url, server.url, EARLY, repeat)
                show(size, "quiet", quiet)
                ask(url, f"/bench/away/{AWAY if size <= FEW else 0}")
                opening = tick(clone, url, server.url, AT)
                show(size, "opening all" if size <= FEW else "opening all, near", opening)
                ask(url, f"/bench/away/{AWAY}")
                waiting = steady(clone, url, server.url, AT, repeat)
                show(size, "waiting", waiting)
            for state, found in (("quiet", quiet), ("waiting", waiting)):
                if found.requests > MOST_REQUESTS or found.writes:
                    too_much.append(f"{size:,} {state}")
    return too_much


def show(size: int, state: str, found: Measured) -> None:
    row = f"| {size:,} | {state} | {found.requests} | {found.writes} | {found.seconds:.2f} s | {found.cpu:.2f} s |"
    print(row, flush=True)


def steady(clone: Path, url: str, prometheus: str, at: str, repeat: int) -> Measured:
    """The median of several ticks that find everything as it should be."""
    runs = [tick(clone, url, prometheus, at) for _ in range(repeat)]
    last = runs[-1]
    return Measured(
        seconds=statistics.median(run.seconds for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        requests=last.requests,
        writes=last.writes,
    )


def tick(clone: Path, url: str, prometheus: str, at: str) -> Measured:
    told(f"{clone.name} at {at}")
    ask(url, "/bench/reset")
    with latency_proxy(prometheus, LATENCY) as proxy:
        environ = {
            "GITHUB_REPOSITORY": "factory/yolo",
            "GITHUB_API_URL": url,
            "GITHUB_SERVER_URL": url,
            "GITHUB_TOKEN": TOKEN,
            "PROMOTER_GITHUB_SECONDS": "3600",
        }
        command = [sys.executable, "-m", "promoter", "run", "--forge", "github", "--at", at]
        command += ["--repo", str(clone), "--prometheus", proxy.url]
        start, before = time.perf_counter(), processor()
        call(command, environ)
        seconds, cpu = time.perf_counter() - start, processor() - before
    counts = ask(url, "/bench/counts")
    return Measured(seconds=seconds, cpu=cpu, requests=counts["requests"], writes=counts["writes"])


def processor() -> float:
    """Seconds of processor that finished children have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ask(url: str, path: str) -> Mapping[str, int]:
    with urllib.request.urlopen(f"{url}{path}", timeout=60) as answer:  # noqa: S310 - a loopback address
        found: Mapping[str, int] = json.loads(answer.read())
    return found


@contextmanager
def repository(folder: Path, size: int) -> Iterator[tuple[str, Path]]:
    """A fleet on the fake GitHub, in a process of its own, and a clone of it."""
    folder.mkdir()
    fleet = write_fleet(folder / "work", size)
    clone = folder / f"clone-of-{size}"
    command = [sys.executable, "-m", "bench.github", "--serve", str(fleet.path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            url, bare = json.loads(process.stdout.readline() if process.stdout else "")
            call(["git", "clone", "-q", bare, str(clone)])
            yield url, clone
        finally:
            process.kill()


def serve(work: Path) -> None:
    """The fake GitHub over a fleet's repository, until killed; says where it is."""
    with tempfile.TemporaryDirectory(prefix="promoter-bench-hub-") as folder:
        hub = Hub.create(Path(folder))
        hub.keep = 0
        hub.clock = lambda: NOW
        hub.token(TOKEN)
        call(["git", "-C", str(work), "push", "-q", str(hub.bare.root), "main"])
        hub.sync("ada")
        with serving(hub, away=AWAY, counts="/bench") as github:
            print(json.dumps([github.url, str(hub.bare.root)]), flush=True)
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
