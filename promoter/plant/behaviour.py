"""How a model version behaves: latency with a real queue behind it, errors, accuracy and GPU memory."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

_NOISE_MAP, _NOISE_MEMORY = 0.12, 0.004  # standard deviations: points of mAP, and a share of the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One model on one GPU.

    `errors` is the share of frames that fail, `median` and `sigma` the lognormal inference time in ms,
    `streams` how many frames are inferred at once; the rest wait, at most `queue` of them. `map50` is the
    evaluator's mean average precision in percent, `memory` in MiB, `leak` in MiB a second.
    """

    errors: float = 0.0
    median: float = 14.0
    sigma: float = 0.3
    streams: int = 16
    queue: int = 400
    map50: float = 37.3
    memory: float = 2210.0
    leak: float = 0.0

    def to_json(self) -> str:
        """For the command line and the control request of a model server."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Behaviour:
        """The inverse. Raises ValueError for anything else."""
        given = json.loads(text)
        known = {one.name for one in fields(cls)}
        if not isinstance(given, Mapping) or not set(given) <= known:
            raise ValueError("a behaviour has other names")
        return cls(**given)


@dataclass(slots=True)
class Gpu:
    """A number of streams and the frames that wait for one. Times are seconds on one clock."""

    behaviour: Behaviour
    rng: random.Random
    _free: list[float] = field(default_factory=list)
    _waiting: list[float] = field(default_factory=list)

    def infer(self, now: float) -> float | None:
        """When a frame that comes now is done; None where the queue is full and it is refused."""
        while self._free and self._free[0] <= now:
            heapq.heappop(self._free)
        while self._waiting and self._waiting[0] <= now:
            heapq.heappop(self._waiting)
        if len(self._waiting) >= self.behaviour.queue:
            return None
        begin = now
        if len(self._free) >= self.behaviour.streams:
            begin = heapq.heappop(self._free)
            heapq.heappush(self._waiting, begin)
        service = self.behaviour.median * self.rng.lognormvariate(0, self.behaviour.sigma)
        done = begin + service / 1000
        heapq.heappush(self._free, done)
        return done

    def fails(self) -> bool:
        """Whether this frame's inference fails."""
        return self.rng.random() < self.behaviour.errors

    def map50(self) -> float:
        """One evaluation's result."""
        return self.behaviour.map50 + self.rng.gauss(0, _NOISE_MAP)

    def memory(self, age: float) -> float:
        """MiB in use, `age` seconds after this behaviour began."""
        steady = self.behaviour.memory * (1 + self.rng.gauss(0, _NOISE_MEMORY))
        return steady + self.behaviour.leak * age
