"""Answers that a healthy Prometheus never gives, asked through the whole adapter."""

import json

import pytest

from promoter.core.evidence import Answer, InstantValue, RawSamples, Series, Unknown
from promoter.metrics.prometheus import PrometheusMetrics
from tests.lying_server import Reply, Request, lying_server
from tests.metrics.asking import SECRET, fetched, healthy, reason, replying, settings


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (replying("<html>Log in"), "the server answered 200 with HTML, not with JSON"),
        (replying("", 404), "no Prometheus API there (404): is the URL's path right?"),
        (replying("{}", 401), "Prometheus answered 401: no valid credentials"),
        (replying("{}", 403), "Prometheus answered 403: not allowed"),
        (replying("{}", 429), "Prometheus answered 429: too many requests"),
    ],
)
def test_a_server_that_answers_nobody_is_asked_little(reply: Reply, told: str) -> None:
    queries = [InstantValue(f"{number}", 1.0) for number in range(200)]  # scalars go alone
    with lying_server(reply) as server:
        assert reason(settings(server.url), *queries) == told
    assert len(server.seen) <= 32


def test_an_error_in_a_fine_envelope_is_told() -> None:
    body = '{"status":"error","errorType":"execution","error":"too \\u001b[31mmany samples"}'
    with lying_server(replying(body)) as server:
        assert reason(settings(server.url)) == "Prometheus answered 200: execution: too [31mmany samples"


def test_a_secret_that_is_echoed_is_blotted_out() -> None:
    def echo(request: Request) -> None:
        error = json.dumps({"status": "error", "error": f"{'x' * 150} {request.headers['Authorization']}"})
        request.send(error, 422)

    with lying_server(echo) as server:
        assert "Bearer ***" in reason(settings(server.url, bearer_token=SECRET))
        given = settings(server.url, username="user", password=SECRET)
        assert "Basic ***" in reason(given)


def test_no_secret_is_in_a_repr() -> None:
    for given in (
        settings("http://127.0.0.1", bearer_token=SECRET),
        settings("http://[::1]", username="u", password=SECRET),
    ):
        assert SECRET not in f"{given!r} {given} {PrometheusMetrics(given)!r}"


def test_warnings_make_an_answer_unknown() -> None:
    with lying_server(lambda request: request.send_vector(({}, "1"), warnings=["store is down"])) as server:
        assert reason(settings(server.url)) == "partial answer: store is down"


def test_a_wrong_type_of_result_is_refused() -> None:
    matrix = '{"status":"success","data":{"resultType":"matrix","result":[]}}'
    with lying_server(replying(matrix)) as server:
        assert reason(settings(server.url)) == "malformed answer: a matrix was not asked for"
    with lying_server(healthy) as server:
        answer = fetched(settings(server.url), RawSamples("up", 0.0, 60.0))
        assert answer == [Unknown("malformed answer: a vector was not asked for")]


def test_a_scalar_is_no_answer_to_several() -> None:
    scalar = '{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'
    with lying_server(replying(scalar)) as server:
        answers = fetched(settings(server.url), InstantValue("a", 1.0), InstantValue("b", 1.0))
    assert answers == [Answer((Series((), (1.0,), (1.0,)),))] * 2  # asked again, one by one
    assert len(server.seen) == 3


def test_one_spoiled_query_of_a_batch_is_found() -> None:
    def reply(request: Request) -> None:
        query = request.params["query"]
        if "m3" in query:
            request.send('{"status":"error","errorType":"execution","error":"no"}', 422)
        else:
            marks = [part.split('","')[1] for part in query.split("label_replace(")[1:]]
            request.send_vector(*(({"promoter_query": mark}, "1") for mark in marks or [""]))

    queries = [InstantValue(f"m{number}", 1.0) for number in range(8)]
    with lying_server(reply) as server:
        answers = fetched(settings(server.url), *queries)
    assert [isinstance(answer, Unknown) for answer in answers] == [n == 3 for n in range(8)]
