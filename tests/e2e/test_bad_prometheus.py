"""Whatever is wrong with Prometheus or its data: said in a line, exit 1, nothing written, nothing promoted."""

from __future__ import annotations

import json
import time

import pytest

from tests.e2e.conftest import NewProject
from tests.e2e.policies import a_policy, checks
from tests.e2e.project import Project, Ran, minute
from tests.e2e.servers import through
from tests.lying_server import Reply, Request, lying_server

AUTO = a_policy("healthy", merge="auto")
LOGIN = b"<!doctype html><title>Sign in</title><form action=/login></form>"


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _nothing_is_promoted(yolo: Project, *, at: float = 6, **environ: str) -> Ran:
    """A tick writes nothing, tells one line for each check or rollout, and exits 1."""
    before = yolo.state()
    ran = yolo.run(minute(at), **environ)
    lines = ran.err.splitlines()
    assert ran.code == 1, ran.out
    assert lines
    assert all(line.startswith("error: ") and len(line) < 400 for line in lines), ran.err
    assert yolo.state() == before
    if ran.out:
        assert ran.decision == "wait"
        assert ran.did == []
    return ran


def test_no_server_named(project: NewProject) -> None:
    ran = _nothing_is_promoted(project(prometheus=None, policy=AUTO))
    assert ran.err == "error: no Prometheus is named; set PROMETHEUS_URL or give --prometheus URL\n"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.com", "no http(s) URL"),
        ("prometheus:9090", "no http(s) URL"),
        ("http://", "no http(s) URL"),
        ("http://[::1", "cannot be read"),
        ("http://127.0.0.1:99999", "cannot be read"),
        ("http://user:hunter2@127.0.0.1", "carries a user name or password"),
        ("http://127.0.0.1/?x=1", "query"),
    ],
)
def test_a_url_that_is_none(project: NewProject, url: str, words: str) -> None:
    ran = _nothing_is_promoted(project(policy=AUTO), PROMETHEUS_URL=url)
    assert words in ran.err
    assert "hunter2" not in ran.err
    assert len(ran.err.splitlines()) == 1


def test_nobody_listens(project: NewProject) -> None:
    ran = _nothing_is_promoted(project(policy=AUTO), PROMETHEUS_URL="http://127.0.0.1:9")
    assert "cannot reach http://127.0.0.1:9: " in ran.err
    assert "Errno" not in ran.err


def test_a_server_that_is_too_slow(project: NewProject) -> None:
    def late(request: Request) -> None:
        time.sleep(3)
        request.send("{}")

    with lying_server(late) as server:
        ran = _nothing_is_promoted(project(policy=AUTO), PROMETHEUS_URL=server.url, PROMETHEUS_TIMEOUT="1")
    assert "no answer" in ran.err


def test_a_redirect_is_not_followed(project: NewProject, prometheus: str) -> None:
    with lying_server(through(prometheus)) as elsewhere:

        def away(request: Request) -> None:
            request.send("", status=302, Location=elsewhere.url + request.path + "&token=hunter2")

        with lying_server(away) as server:
            ran = _nothing_is_promoted(project(policy=AUTO), PROMETHEUS_URL=server.url)
    assert elsewhere.seen == []
    assert f"redirects to {elsewhere.url}" in ran.err
    assert "set --prometheus" in ran.err
    assert "hunter2" not in ran.err


def _says(body: object, status: int = 200, **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else _json(body)
    return lambda request: request.send(content, status=status, **headers)


def _cut_off(request: Request) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "4000")
    request.end_headers()
    request.wfile.write(b'{"status":"success"')
    request.close_connection = True


def _page(status: int) -> Reply:
    return _says(LOGIN, status, Content_Type="text/html")


WRONG: dict[str, tuple[Reply, str]] = {
    "a login page": (_page(200), "HTML, not with JSON"),
    "a page that says 502": (_page(502), "502"),
    "no credentials": (_page(401), "401"),
    "not found": (_page(404), "404"),
    "too many requests": (_page(429), "429"),
    "nothing at all": (_says(b""), "nothing, not with JSON"),
    "half an answer": (_says(b'{"status":"success","data":{"resultType":"ve'), "malformed"),
    "an answer cut off": (_cut_off, "broke off"),
    "a list": (_says([]), "not with JSON"),
    "success without data": (_says({"status": "success"}), "malformed"),
    "another kind of result": (
        _says({"status": "success", "data": {"resultType": "string", "result": [0, "0"]}}),
        "malformed",
    ),
    "an error that says 200": (
        _says({"status": "error", "errorType": "timeout", "error": "busy", "data": {"result": []}}),
        "busy",
    ),
    "numbers that are none": (
        _says(
            {
                "status": "success",
                "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[0, "many"]]}]},
            }
        ),
        "malformed",
    ),
}


@pytest.mark.parametrize(("reply", "words"), WRONG.values(), ids=WRONG)
def test_an_answer_that_is_none(project: NewProject, reply: Reply, words: str) -> None:
    with lying_server(reply) as server:
        ran = _nothing_is_promoted(project(policy=AUTO), PROMETHEUS_URL=server.url)
    assert words.lower() in ran.err.lower(), ran.err
    assert "<" not in ran.err  # nothing of what it sent


def _partial(body: bytes) -> bytes:
    return _json({**json.loads(body), "warnings": ["store-3 did not answer"]})


def test_a_partial_answer_is_no_answer(project: NewProject, prometheus: str) -> None:
    with lying_server(through(prometheus, _partial)) as server:
        ran = _nothing_is_promoted(project(policy=AUTO), PROMETHEUS_URL=server.url)
    assert "store-3 did not answer" in ran.err


def _nothing_found(body: bytes) -> bytes:
    document = json.loads(body)
    return _json({**document, "data": {**document["data"], "result": []}})


def test_a_server_that_knows_no_series(project: NewProject, prometheus: str) -> None:
    with lying_server(through(prometheus, _nothing_found)) as server:
        _nothing_is_promoted(project(policy=AUTO), PROMETHEUS_URL=server.url)


def _without_gray(body: bytes) -> bytes:
    document = json.loads(body)
    result = [series for series in document["data"]["result"] if "v9-gray" not in json.dumps(series)]
    return _json({**document, "data": {**document["data"], "result": result}})


def test_a_server_that_lost_the_candidates_series(project: NewProject, prometheus: str) -> None:
    with lying_server(through(prometheus, _without_gray)) as server:
        yolo = project(policy=AUTO, prometheus=server.url)
        before = yolo.state()
        assert yolo.run(minute(6)).decision == "wait"
        assert yolo.state() == before


def test_a_server_that_hands_on_true_answers_is_believed(project: NewProject, prometheus: str) -> None:
    """The same server in front of the same data, telling the truth: nothing else makes the others fail."""
    with lying_server(through(prometheus)) as server:
        assert "merged" in project(policy=AUTO, prometheus=server.url).run(minute(6)).did


_PLAIN = """gauge: 'yolo_map50{cluster="CLUSTER", version="$version"}', at_least: 36.0, within: 2%"""


@pytest.mark.parametrize(
    ("scenario", "words"),
    [("not-a-number", "not a number"), ("two-evaluators", "2 series")],
    ids=["NaN", "two series"],
)
def test_a_gauge_that_says_nothing(project: NewProject, scenario: str, words: str) -> None:
    policy = a_policy(scenario, merge="auto", checks=checks(map50=_PLAIN))
    ran = _nothing_is_promoted(project(scenario, policy=policy))
    (line,) = ran.err.splitlines()
    assert line.startswith("error: yolo-detection: map50: ")
    assert words in line


def test_a_query_that_names_what_does_not_exist(project: NewProject) -> None:
    yolo = project(policy=a_policy("nowhere", merge="auto"))
    _nothing_is_promoted(yolo)


def test_series_that_ended_ten_minutes_ago(project: NewProject) -> None:
    yolo = project("ended", policy=a_policy("ended", merge="auto"))
    ran = _nothing_is_promoted(yolo, at=16)
    assert "old" in ran.err or "stale" in ran.err
