"""What each part of promoter's rule buys: the same rule with one part taken out (`--rules promoter no-cap ...`)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType

from bench.judge.gray import promoter
from bench.judge.settings import Settings
from bench.judge.track import Track
from bench.judge.world import World
from promoter.core.judge import proportion, sequential

TITLES = {
    "no-cap": "one tick can bring the whole proof",
    "no-mask": "ticks in which stable is sick count",
    "no-relative": "over the limit is enough, however stable does",
    "no-restarts": "one stake, at the step's begin",
    "no-climb": "earlier steps lend no evidence to a pass",
}
_CHANGES: dict[str, tuple[ModuleType, str, float]] = {
    "no-cap": (sequential, "AGREE", 0.1),
    "no-mask": (proportion, "SICK", 1e-300),
    "no-restarts": (proportion, "REOPEN", math.inf),
    "no-climb": (proportion, "_LOG_BORROWED", 0.0),
}


@contextmanager
def without(part: str) -> Iterator[None]:
    """The judge with one of its numbers changed, in this process, for a while."""
    if part not in _CHANGES:
        yield
        return
    module, name, value = _CHANGES[part]
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def ablated(world: World, part: str) -> Track:
    """Every run of a block under promoter's rule without this part."""
    fresh = replace(world, known=defaultdict(list))
    with without(part):
        return promoter(fresh, Settings(relative=part != "no-relative"))
