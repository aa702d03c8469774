"""A repository with many rollouts in it, and the metrics that their plans ask for."""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

NOW = datetime(2026, 1, 7, 9, 0, tzinfo=UTC)
AT = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
BEGAN = NOW - timedelta(minutes=15)
SCRAPE = 30  # seconds
EDGES = ("10", "25", "50", "100", "+Inf")
FASTER = (0.2, 0.75, 0.995, 0.9995, 1.0)  # the share of requests below each edge

MANIFEST = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: {name}
spec:
  hosts: [{name}.example.com]
  http:
    - route:
        - destination:
            host: {name}
            subset: v8-stable
          weight: {stable}
        - destination:
            host: {name}
            subset: v9-gray
          weight: {gray}
"""

POLICY = """\
version: 1
name: {name}
route: {{file: manifests/{name}.yaml, kind: VirtualService, name: {name}}}
stable: v8-stable
candidates: [v9-gray]
steps: [1, 5, 20, 50, 100]
bake: {{min: 5m, max: 24h}}
judge:
  rule: threshold
  threshold: {{window: 1m, last: 5, breaches: 3, min_samples: 20}}
applied:
  requests: istio_requests_total{{destination_workload="{name}", destination_version="$version"}}
ready: up{{workload="{name}", version="$version"}}
checks:
  success-rate:
    bad: istio_requests_total{{destination_workload="{name}", destination_version="$version", response_code=~"5.."}}
    total: istio_requests_total{{destination_workload="{name}", destination_version="$version"}}
    at_most: 0.05%
  p99-latency:
    histogram: istio_request_duration_milliseconds{{destination_workload="{name}", destination_version="$version"}}
    quantile: 0.99
    at_most: 50ms
  map50:
    gauge: avg(yolo_map50{{workload="{name}", version="$version"}})
    at_least: 36.0
    within: 2%
  gpu-memory:
    gauge: avg(DCGM_FI_DEV_FB_USED{{workload="{name}", version="$version"}})
    growth_at_most: 15%
"""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A repository with `size` rollouts, each at 5 % since fifteen minutes."""

    path: Path
    size: int


def names(size: int) -> list[str]:
    return [f"yolo-{number:04}" for number in range(size)]


def write_fleet(path: Path, size: int) -> Fleet:
    """Policies and manifests, and a history in which every weight went 0, 1, 5."""
    (path / "policies").mkdir(parents=True)
    (path / "manifests").mkdir()
    git(path, "init", "-q", "-b", "main")
    for name in names(size):
        (path / "policies" / f"{name}.yaml").write_text(POLICY.format(name=name), encoding="utf-8")
    for age, gray in ((timedelta(days=2), 0), (timedelta(days=1), 1), (timedelta(minutes=15), 5)):
        for name in names(size):
            text = MANIFEST.format(name=name, stable=100 - gray, gray=gray)
            (path / "manifests" / f"{name}.yaml").write_text(text, encoding="utf-8")
        git(path, "add", "-A")
        when = (NOW - age).isoformat()
        git(
            path,
            "commit",
            "-q",
            "-m",
            f"gray at {gray}",
            env={"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when},
        )
    return Fleet(path, size)


def git(path: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    subprocess.run(
        ["git", "-C", str(path), *who, *arguments], check=True, env={"PATH": "/usr/bin:/bin", **(env or {})}
    )


def write_metrics(folder: Path, size: int) -> Path:
    """OpenMetrics for all of them, from twenty minutes ago until now, sorted by metric as promtool wants."""
    folder.mkdir(parents=True)
    rng = random.Random(7)
    start = NOW - timedelta(minutes=22)
    moments = [start.timestamp() + i * SCRAPE for i in range(22 * 60 // SCRAPE + 1)]
    target = folder / "fleet.om"
    with target.open("w", encoding="utf-8") as file:
        for metric, kind in (
            ("istio_requests", "counter"),
            ("istio_request_duration_milliseconds", "histogram"),
        ):
            file.write(f"# TYPE {metric} {kind}\n")
            for name in names(size):
                for version, share in (("v8-stable", 0.95), ("v9-gray", 0.05)):
                    labels = f'destination_workload="{name}",destination_version="{version}"'
                    _counters(file, metric, labels, share, moments, rng)
        for metric, mean in (("yolo_map50", 37.3), ("DCGM_FI_DEV_FB_USED", 2200.0), ("up", 1.0)):
            file.write(f"# TYPE {metric} gauge\n")
            for name in names(size):
                for version in ("v8-stable", "v9-gray"):
                    labels = f'workload="{name}",version="{version}"'
                    noise = 0.0 if metric == "up" else 0.003
                    for moment in moments:
                        file.write(
                            f"{metric}{{{labels}}} {mean * (1 + rng.gauss(0, noise)):.4f} {moment:.0f}\n"
                        )
        file.write("# EOF\n")
    return target


def _counters(
    file: TextIO, metric: str, labels: str, share: float, moments: list[float], rng: random.Random
) -> None:
    total = 0
    counts = []
    for _ in moments:
        total += round(rng.gauss(3000 * share, 5))
        counts.append(total)
    if metric == "istio_requests":
        file.writelines(
            f'istio_requests_total{{{labels},response_code="200"}} {count} {moment:.0f}\n'
            for moment, count in zip(moments, counts, strict=True)
        )
        file.writelines(
            f'istio_requests_total{{{labels},response_code="503"}} 1 {moment:.0f}\n' for moment in moments
        )
        return
    for edge, faster in zip(EDGES, FASTER, strict=True):
        file.writelines(
            f'{metric}_bucket{{{labels},le="{edge}"}} {int(count * faster)} {moment:.0f}\n'
            for moment, count in zip(moments, counts, strict=True)
        )
    file.writelines(
        f"{metric}_count{{{labels}}} {count} {moment:.0f}\n"
        for moment, count in zip(moments, counts, strict=True)
    )
