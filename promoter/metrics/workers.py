"""Many requests at once until a deadline: whatever is not answered by then is unknown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from promoter.core.evidence import Answer, Query, Unknown
from promoter.metrics.batching import Request
from promoter.metrics.reasons import Blame, NotAnsweredError

# Requests sent again in parts, in all: past it a server that spoils every answer is not asked on.
_PARTS = 1000
# Requests lost in a row after which the server is taken for dead.
_LOST = 16

Ask = Callable[[Request, float], Mapping[Query, Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How many requests at once, and seconds for all of them together."""

    workers: int
    seconds: float


def gather(requests: Sequence[Request], ask: Ask, effort: Effort) -> dict[Query, Answer | Unknown]:
    """An entry for every query of every request; `ask` gets a request and the monotonic time to be done by.

    A request that failed is asked again in parts, so that one bad query spoils no other's answer. One that
    shows that the server answers nobody ends it all.
    """
    crew = _Crew(ask, min(effort.workers, len(requests)), time.monotonic() + effort.seconds)
    try:
        answers, why_not = _collect(requests, crew)
    finally:
        crew.dismiss()
    missing = Unknown(why_not or f"no answer within {effort.seconds:.3g} s")
    for request in requests:
        for query in request.queries:
            answers.setdefault(query, missing)
    return answers


def _collect(requests: Sequence[Request], crew: _Crew) -> tuple[dict[Query, Answer | Unknown], str | None]:
    """What was answered, and what the server's failure is for all the others (None: the time is up)."""
    answers: dict[Query, Answer | Unknown] = {}
    lost = parts = 0
    for request in requests:
        crew.give(request)
    while crew.busy:
        taken = crew.take()
        if taken is None:
            break
        request, outcome = taken
        if not isinstance(outcome, NotAnsweredError):
            answers.update(outcome)
            lost = 0
            continue
        lost = lost + 1 if outcome.blame is Blame.REQUEST else 0
        if outcome.blame is Blame.SERVER or lost >= _LOST:
            return answers, outcome.reason
        pieces = _pieces(request, outcome.blame)
        if len(pieces) > 1 and parts + len(pieces) <= _PARTS:
            parts += len(pieces)
            for piece in pieces:
                crew.give(piece)
        else:
            answers.update(dict.fromkeys(request.queries, Unknown(outcome.reason)))
    return answers, None


def _pieces(request: Request, blame: Blame) -> Sequence[Request]:
    """Halves find one bad query with few requests; a lost request leaves no time for that."""
    return request.split(1 if blame is Blame.REQUEST else -(-len(request.queries) // 2))


class _Crew:
    """Threads that work off a queue. They are daemons: one stuck on a dead server does not keep the process."""

    def __init__(self, ask: Ask, size: int, until: float) -> None:
        self._ask = ask
        self._until = until
        self._todo: SimpleQueue[Request | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Request, Mapping[Query, Answer] | Exception]] = SimpleQueue()
        self._size = size
        self._over = False
        self.busy = 0
        for _ in range(size):
            threading.Thread(target=self._work, name="promoter-metrics", daemon=True).start()

    def give(self, request: Request) -> None:
        """Have a request asked."""
        self.busy += 1
        self._todo.put(request)

    def take(self) -> tuple[Request, Mapping[Query, Answer] | NotAnsweredError] | None:
        """The next one done; None when the time is up. Raises what no one expected from asking."""
        try:
            request, outcome = self._done.get(timeout=max(0.0, self._until - time.monotonic()))
        except Empty:
            return None
        self.busy -= 1
        if isinstance(outcome, Exception) and not isinstance(outcome, NotAnsweredError):
            raise outcome
        return request, outcome

    def dismiss(self) -> None:
        """What is not begun is not asked any more; what is under way ends by its own time limit."""
        self._over = True
        for _ in range(self._size):
            self._todo.put(None)

    def _work(self) -> None:
        while (request := self._todo.get()) is not None:
            if self._over:
                continue
            try:
                outcome: Mapping[Query, Answer] | Exception = self._ask(request, self._until)
            except NotAnsweredError as error:
                outcome = error
                self._over |= error.blame is Blame.SERVER
            except Exception as error:  # noqa: BLE001 - handed to the thread that waits
                outcome = error
            self._done.put((request, outcome))
