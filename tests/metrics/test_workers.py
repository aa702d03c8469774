import threading
import time
from collections.abc import Callable
from time import monotonic

import pytest

from promoter.core.evidence import Answer, InstantValue, Query, Unknown
from promoter.metrics.batching import Request, ValueRequest
from promoter.metrics.reasons import Blame, NotAnsweredError
from promoter.metrics.workers import Effort, gather

EFFORT = Effort(workers=4, seconds=5.0)
NOTHING = Answer(())


def queries(count: int) -> list[InstantValue]:
    return [InstantValue(f"m{number}", 1.0) for number in range(count)]


def answering(request: Request) -> dict[Query, Answer]:
    return dict.fromkeys(request.queries, NOTHING)


class Asked:
    """Asks of a server that fails as told, and counts."""

    def __init__(self, fault: Callable[[Request], NotAnsweredError | None]) -> None:
        self.fault = fault
        self.requests: list[Request] = []

    def __call__(self, request: Request, _until: float) -> dict[Query, Answer]:
        self.requests.append(request)
        time.sleep(0.001)  # as long as a very fast server takes
        error = self.fault(request)
        if error:
            raise error
        return answering(request)


def singles(count: int) -> list[ValueRequest]:
    return [ValueRequest((query,)) for query in queries(count)]


def test_every_query_of_every_request_has_an_entry() -> None:
    ask = Asked(lambda _: None)
    requests = [ValueRequest(tuple(queries(3))), ValueRequest((InstantValue("n", 1.0),))]
    assert gather(requests, ask, EFFORT) == dict.fromkeys([*queries(3), InstantValue("n", 1.0)], NOTHING)
    assert len(ask.requests) == 2


def test_nothing_to_ask_is_answered_at_once() -> None:
    assert gather([], Asked(lambda _: None), EFFORT) == {}


@pytest.mark.parametrize("blame", [Blame.QUERY, Blame.REQUEST])
def test_one_bad_query_spoils_no_other(blame: Blame) -> None:
    bad = InstantValue("m17", 1.0)
    ask = Asked(lambda request: NotAnsweredError("bad", blame) if bad in request.queries else None)

    answers = gather([ValueRequest(tuple(queries(60)))], ask, EFFORT)

    assert answers == {**dict.fromkeys(queries(60), NOTHING), bad: Unknown("bad")}
    assert len(ask.requests) <= (13 if blame is Blame.QUERY else 61)


def test_a_dead_server_is_not_asked_on() -> None:
    ask = Asked(lambda _: NotAnsweredError("cannot reach it", Blame.SERVER))
    answers = gather(singles(500), ask, EFFORT)
    assert answers == dict.fromkeys(queries(500), Unknown("cannot reach it"))
    assert len(ask.requests) < 50


def test_a_server_that_loses_everything_is_taken_for_dead() -> None:
    ask = Asked(lambda _: NotAnsweredError("lost", Blame.REQUEST))
    answers = gather([ValueRequest(tuple(queries(500)))], ask, EFFORT)
    assert answers == dict.fromkeys(queries(500), Unknown("lost"))
    assert len(ask.requests) < 60


def test_a_server_that_spoils_every_answer_is_asked_a_bounded_number_of_times() -> None:
    ask = Asked(lambda _: NotAnsweredError("partial", Blame.QUERY))
    requests = [ValueRequest(tuple(queries(5000)[start : start + 50])) for start in range(0, 5000, 50)]
    answers = gather(requests, ask, EFFORT)
    assert answers == dict.fromkeys(queries(5000), Unknown("partial"))
    assert len(ask.requests) <= 100 + 1000


def test_what_is_not_answered_by_the_deadline_is_unknown() -> None:
    release = threading.Event()

    def ask(request: Request, until: float) -> dict[Query, Answer]:
        if InstantValue("m1", 1.0) in request.queries:
            release.wait(10)
        return answering(request)

    began = monotonic()
    answers = gather(singles(3), ask, Effort(workers=4, seconds=0.2))
    release.set()

    assert monotonic() - began < 2
    assert answers[InstantValue("m0", 1.0)] == NOTHING
    assert answers[InstantValue("m1", 1.0)] == Unknown("no answer within 0.2 s")


def test_what_is_queued_at_the_deadline_is_never_asked() -> None:
    asked = []

    def ask(request: Request, until: float) -> dict[Query, Answer]:
        asked.append(request)
        time.sleep(0.15)
        return answering(request)

    gather(singles(100), ask, Effort(workers=2, seconds=0.1))
    time.sleep(0.3)
    assert len(asked) <= 4


def test_requests_are_asked_at_the_same_time() -> None:
    together = threading.Barrier(4, timeout=5)

    def ask(request: Request, until: float) -> dict[Query, Answer]:
        together.wait()  # fails unless all four are under way at once
        return answering(request)

    assert gather(singles(4), ask, EFFORT) == dict.fromkeys(queries(4), NOTHING)


def test_a_bug_is_raised_and_not_taken_for_an_outage() -> None:
    def ask(request: Request, until: float) -> dict[Query, Answer]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        gather(singles(3), ask, EFFORT)
