"""Many requests at once until a deadline: whatever is not answered by then is unknown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from promoter.core.evidence import Answer, Query, Unknown
from promoter.metrics.batching import Request
from promoter.metrics.reasons import Blame, NotAnsweredError

# Extra requests to find the one bad query in a batch. Past it a server that spoils every answer is not asked on.
_EXTRA_REQUESTS = 1000

Ask = Callable[[Request, float], dict[Query, Answer]]
_Outcome = dict[Query, Answer] | Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How many requests at once, and seconds for all of them together."""

    workers: int
    seconds: float


def gather(requests: Sequence[Request], ask: Ask, effort: Effort) -> dict[Query, Answer | Unknown]:
    """An entry for every query of every request; `ask` gets a request and the monotonic time to be done by.

    A request that failed through its queries is asked again in halves; one that shows that the server
    answers nobody ends it all.
    """
    until = time.monotonic() + effort.seconds
    crew = _Crew(ask, min(effort.workers, len(requests)), until)
    try:
        return _collect(requests, crew, until, f"no answer within {effort.seconds:.3g} s")
    finally:
        crew.dismiss()


def _collect(
    requests: Sequence[Request], crew: _Crew, until: float, too_late: str
) -> dict[Query, Answer | Unknown]:
    answers: dict[Query, Answer | Unknown] = {}
    under_way: dict[Request, None] = {}
    ...
