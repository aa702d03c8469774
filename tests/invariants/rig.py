"""A whole tick in this process: real Git, the local forge, and metrics that follow a script."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from promoter.core.evidence import (
    Answer,
    Answers,
    InstantValue,
    Query,
    RangeValues,
    RawSamples,
    Series,
    Unknown,
)
from promoter.core.outcome import Broken, Row, TickReport
from promoter.forge.local import LocalForge
from promoter.human import Request, pause, resume, roll_back
from promoter.observe import Observed
from promoter.policies import policies_at
from promoter.repo.base import Repository
from promoter.tick import Tick, look, run_tick
from promoter.world import World

START = datetime(2026, 1, 7, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
READY = 7 * MINUTE  # after a step began, everything healthy is proven
SCRAPE = 15

MANIFEST = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: yolo
spec:
  http:
    - route:
        - destination: {host: yolo, subset: v8}
          weight: STABLE  # the rest
        - destination: {host: yolo, subset: v9}
          weight: GRAY
"""
POLICY = """\
version: 1
name: yolo
route: {file: manifests/vs.yaml, kind: VirtualService, name: yolo}
stable: v8
candidates: [v9]
steps: [1, 5, 20, 50, 100]
merge: MERGE
on_fail: ON_FAIL
bake: {min: 3m, max: 2h}
settle: 30s
judge: {rule: threshold, threshold: {window: 1m, last: 3, breaches: 2, min_samples: 5}}
prometheus: {step: 15s}
applied: {requests: 'requests_total{version="$version"}'}
checks:
  success-rate:
    bad: requests_total{version="$version", code="500"}
    total: requests_total{version="$version"}
    at_most: 1%
  p99-latency: {histogram: 'latency_seconds{version="$version"}', quantile: 0.99, at_most: 50ms}
  map50: {gauge: 'map50{version="$version"}', at_least: 36, within: 2%}
  gpu-memory: {gauge: 'gpu{version="$version"}', growth_at_most: 15%}
"""


@dataclass(slots=True)
class Script:
    """Metrics by formula: counters grow with the shares, gauges stand. `sick` makes gray's errors 10 %."""

    shares: list[tuple[float, float]]  # (from when, gray's share)
    sick_from: float = float("inf")
    sick_until: float = float("inf")
    override: Callable[[Query], Answer | Unknown | None] = lambda _: None
    asked: list[Query] = field(default_factory=list)

    def fetch(self, queries: Collection[Query]) -> Answers:
        self.asked = list(queries)
        return {query: self.override(query) or Answer(tuple(self._series(query))) for query in queries}

    def share(self, moment: float) -> float:
        return next((share for since, share in reversed(self.shares) if since <= moment), 0.0)

    def _series(self, query: Query) -> list[Series]:
        match query:
            case RawSamples(selector=text, start=start, end=end):
                moments = [float(t) for t in range(int(start // SCRAPE + 1) * SCRAPE, int(end) + 1, SCRAPE)]
                return self._counters(text, [t for t in moments if t > start])
            case RangeValues(expr=expr, start=start, end=end, step=step):
                moments = [start + i * step for i in range(int((end - start) // step) + 1)]
                value = 37.3 if "map50" in expr else 2000.0
                return [Series((), tuple(moments), tuple(value for _ in moments))]
            case InstantValue(expr=expr, at=at):
                return [Series((), (at,), (at - 5 if "timestamp" in expr else 1.0,))]

    def _counters(self, text: str, moments: list[float]) -> list[Series]:
        gray = 'version="v9"' in text
        if "latency" in text:
            edges = ("0.025", "0.05", "+Inf") if "_bucket" in text else (None,)
            return [self._one(gray, moments, ("le", edge), good=True) for edge in edges]
        if 'code="500"' in text:
            return [self._one(gray, moments, ("code", "500"), good=False)]
        return [self._one(gray, moments, ("code", code), good=code == "200") for code in ("200", "500")]

    def _one(self, gray: bool, moments: list[float], label: tuple[str, str | None], *, good: bool) -> Series:  # noqa: FBT001
        version = "v9" if gray else "v8"
        labels = tuple(sorted({"version": version, **({label[0]: label[1]} if label[1] else {})}.items()))
        values, total, last = [], 0.0, moments[0] - SCRAPE if moments else 0.0
        for moment in moments:
            share = self.share(last) if gray else 1 - self.share(last)
            bad = 0.1 if gray and self.sick_from <= last < self.sick_until else 0.0
            total += (moment - last) * 200 * share * (1 - bad if good else bad)
            last = moment
            values.append(total)
        return Series(labels, tuple(moments), tuple(values))


def _without(value: object, keys: set[str]) -> object:
    if isinstance(value, dict):
        return {key: _without(item, keys) for key, item in value.items() if key not in keys}
    return [_without(item, keys) for item in value] if isinstance(value, list) else value


@dataclass(slots=True)
class Rig:
    """A scratch repository at `gray` percent, its metrics, and the clock."""

    path: Path
    merge: str = "auto"
    on_fail: str = "freeze"
    manifest: str = MANIFEST
    policy: str = POLICY
    gray: int = 5
    at: datetime = START
    environ: dict[str, str] = field(default_factory=dict)
    script: Script = field(init=False)

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.com")
        policy = self.policy.replace("MERGE", self.merge).replace("ON_FAIL", self.on_fail)
        self.write("policies/yolo.yaml", policy)
        self.write("manifests/vs.yaml", self.weights(0))
        self.commit("start", START - timedelta(hours=2))
        if self.gray:
            self.write("manifests/vs.yaml", self.weights(self.gray))
            self.commit(f"gray at {self.gray}", START - timedelta(minutes=30))
        self.script = Script([(0.0, 0.0), ((START - timedelta(minutes=29)).timestamp(), self.gray / 100)])

    def weights(self, gray: int, total: int = 100) -> str:
        return self.manifest.replace("STABLE", str(total - gray)).replace("GRAY", str(gray))

    def write(self, path: str, text: str | bytes) -> None:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def git(self, *arguments: str, at: datetime | None = None, check: bool = True) -> str:
        when = (at or self.at).isoformat()
        env = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(self.path), "GIT_CONFIG_NOSYSTEM": "1"}
        env |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_EDITOR": "true"}
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments], env=env, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def commit(self, message: str, at: datetime | None = None) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, at=at)

    def world(self) -> World:
        repo = Repository.open(self.path)
        base = repo.base("main")
        return World(
            repo=repo,
            base=base,
            forge=LocalForge(repo, base),
            metrics=lambda _: self.script,
            environ=self.environ,
        )

    def about(self, world: World) -> Tick:
        return Tick(policies=policies_at(world.repo, world.base.commit, "policies"), at=self.at)

    def tick(self, *, acting: bool = True) -> Row:
        row = self.report(acting=acting).rows[0]
        assert not isinstance(row, Broken), row
        return row

    def report(self, *, acting: bool = True) -> TickReport:
        world = self.world()
        report = run_tick(world, self.about(world), acting=acting)
        self.follow()
        return report

    def follow(self) -> None:
        """The GitOps agent: half a minute later traffic follows base."""
        share = self.on_base() / 100
        if share != self.script.shares[-1][1]:
            self.script.shares.append((self.at.timestamp() + 30, share))

    def pass_time(self, length: timedelta = READY) -> None:
        self.at += length

    def on_base(self) -> int:
        """Gray's weight at base's head, as anyone would read it."""
        text = self.git("show", "main:manifests/vs.yaml")
        return int(re.findall(r"v9}\s+weight: (\d+)", text)[0])

    def found(self, world: World) -> tuple[Observed, ...]:
        return tuple(item for item in look(world, self.about(world)) if isinstance(item, Observed))

    def resume(self) -> None:
        world = self.world()
        resume(world, self.found(world), Request(by="Ada", reason="looked at it", at=self.at))

    def pause(self) -> None:
        world = self.world()
        pause(world, self.found(world), Request(by="Ada", reason="wait for me", at=self.at))

    def roll_back(self, *, step: bool = False, merge: bool = True) -> None:
        world = self.world()
        roll_back(
            world, self.found(world), Request(by="Ada", reason="bad", at=self.at), step=step, merge=merge
        )
        self.follow()

    def branches(self, kind: str = "") -> list[str]:
        names = self.git("for-each-ref", "--format=%(refname:short)", "refs/heads/promoter/").splitlines()
        return [name for name in names if kind in name]

    def holds(self) -> list[dict[str, object]]:
        ref = "refs/promoter/holds/yolo"
        text = self.git("show", f"{ref}:holds.json", check=False)
        return list(json.loads(text)["holds"]) if text else []

    def state(self) -> dict[str, object]:
        """What the refs say: trees of branches, records without the ids and digests of how they came to be."""
        found: dict[str, object] = {"status": self.git("status", "--porcelain")}
        for line in self.git("for-each-ref", "--format=%(refname) %(tree)").splitlines():
            ref, tree = line.split(" ", 1)
            found[ref] = tree if ref.startswith("refs/heads/") else self._record(ref)
        return found

    def _record(self, ref: str) -> object:
        names = self.git("ls-tree", "--name-only", ref).splitlines()
        file = next((name for name in names if name.endswith(".json")), None)
        if file is None:
            return names
        record = json.loads(self.git("show", f"{ref}:{file}"))
        return _without(record, {"digest", "evidence", "made", "summary", "why", "commit"})
