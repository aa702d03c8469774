"""Every rule of the benchmark, by name: promoter's, and peers' in their defaults and in their best settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.judge.ablations import TITLES, ablated
from bench.judge.gray import promoter
from bench.judge.peers.argo import ArgoBackground, ArgoInline
from bench.judge.peers.flagger import Flagger
from bench.judge.peers.kayenta import Kayenta
from bench.judge.peers.m_of_n import MOfN
from bench.judge.peers.pipecd import PipeCD
from bench.judge.peers.script import Script
from bench.judge.settings import Settings
from bench.judge.track import Rule, Track, play
from bench.judge.world import World

FIVE_MINUTES = 10  # ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A rule in the tables. `own`: promoter's. `run` plays a block of runs."""

    name: str
    title: str
    run: Callable[[World], Track]
    own: bool = False


def _peer(name: str, title: str, make: Callable[[], Rule]) -> Entry:
    return Entry(name=name, title=title, run=lambda world: play(world, make()))


def _promoter(name: str, title: str, settings: Settings) -> Entry:
    return Entry(name=name, title=title, run=lambda world: promoter(world, settings), own=True)


RULES = (
    _promoter("promoter", "promoter, every 30 s", Settings()),
    _promoter("promoter-5m", "promoter, every 5 min", Settings(every=FIVE_MINUTES)),
    _peer("m-of-n", "promoter's `rule: threshold` (3 of 5 windows), every 30 s", MOfN),
    _peer("m-of-n-5m", "the same, every 5 min", lambda: MOfN(every=FIVE_MINUTES)),
    _peer("script", "script: one instant every 30 s, +5 %", Script),
    _peer("script-5m", "the same, every 5 min", lambda: Script(every=FIVE_MINUTES)),
    _peer("flagger", "Flagger, threshold 1 (default), 10-50 by 10", Flagger),
    _peer("flagger-5", "Flagger, threshold 5, 10-50 by 10", lambda: Flagger(threshold=5)),
    _peer(
        "flagger-10",
        "Flagger, threshold 10, 1-5-20-50",
        lambda: Flagger(threshold=10, weights=(1, 5, 20, 50)),
    ),
    _peer("argo", "Argo Rollouts, failureLimit 0 (default), 5 x 1 min a step", ArgoInline),
    _peer("argo-doc", "Argo Rollouts, documented: background, 5 min, failureLimit 3", ArgoBackground),
    _peer(
        "argo-streak",
        "Argo Rollouts, consecutiveSuccessLimit 5, failureLimit 3, count 10",
        lambda: ArgoInline(failure_limit=3, count=10, streak=5),
    ),
    _peer("kayenta", "Kayenta, no effect sizes (default), 30 min a step", Kayenta),
    _peer("kayenta-effects", "Kayenta, effect sizes, 30 min a step", lambda: Kayenta(effects=True)),
    _peer(
        "kayenta-50",
        "Kayenta, effect sizes, 50 min a step (its best practice)",
        lambda: Kayenta(effects=True, points=50),
    ),
    _peer("pipecd", "PipeCD, THRESHOLD, 30 min by 5 (documented)", PipeCD),
    _peer(
        "pipecd-2",
        "PipeCD, THRESHOLD, failureLimit 2, skipOnNoData",
        lambda: PipeCD(failure_limit=2, skip_no_data=True),
    ),
    _peer("pipecd-compare", "PipeCD, CANARY_PRIMARY (documented)", lambda: PipeCD(compare=True)),
    _peer(
        "pipecd-compare-2",
        "PipeCD, CANARY_PRIMARY, failureLimit 2, skipOnNoData",
        lambda: PipeCD(compare=True, failure_limit=2, skip_no_data=True),
    ),
)
ABLATIONS = tuple(
    Entry(name=part, title=f"promoter without a part: {title}", run=partial(ablated, part=part))
    for part, title in TITLES.items()
)
BY_NAME = {entry.name: entry for entry in (*RULES, *ABLATIONS)}
OWN = "promoter"
