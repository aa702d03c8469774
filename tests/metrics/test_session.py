"""How the session sends and reads, over a loopback server that misbehaves; asked through the whole adapter."""

import gzip
import json
import os
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from promoter.core.evidence import Answer, InstantValue, Unknown
from promoter.metrics.prometheus import PrometheusMetrics
from promoter.metrics.reasons import NotAnsweredError
from promoter.metrics.session import OneOriginSession
from tests.lying_server import Reply, Request, lying_server
from tests.metrics.asking import QUERY, SECRET, UP, fetched, healthy, reason, replying, settings

# --- whom it talks to ---


def test_a_redirect_is_refused_and_told() -> None:
    with lying_server(replying("", 302, Location="/login?next=/api#x")) as server:
        assert reason(settings(server.url)) == (
            f"Prometheus redirects to {server.url}/login; credentials go only to the configured origin; "
            "set --prometheus to the final address"
        )
        assert [request.path.partition("?")[0] for request in server.seen] == ["/api/v1/query"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_request_and_no_header_ever_follows_a_redirect_to_another_host(status: int) -> None:
    with lying_server(healthy) as other:
        location = other.url.replace("http://", f"http://user:{SECRET}@") + "/path"
        with lying_server(replying("", status, Location=location)) as server:
            text = reason(settings(server.url, bearer_token=SECRET))
        assert f"redirects to {other.url}/path;" in text
        assert other.seen == []


def test_a_redirect_to_nowhere_is_refused_as_well() -> None:
    with lying_server(replying("", 302)) as server:
        assert "Prometheus redirects to" in reason(settings(server.url))
    with lying_server(replying("", 302, Location="http://[")) as server:
        assert "an unreadable address" in reason(settings(server.url))


def test_the_session_sends_to_its_origin_only() -> None:
    session = OneOriginSession(settings("https://prometheus.example.com/x"))
    assert session.get_adapter("https://prometheus.example.com:443/y").poolmanager
    for url in (
        "http://prometheus.example.com/x",
        "https://example.com/x",
        "https://prometheus.example.com:444/",
    ):
        with pytest.raises(NotAnsweredError, match="another origin"):
            session.get_adapter(url)


def test_credentials_and_tenant_go_with_each_request() -> None:
    with lying_server(healthy) as server:
        assert fetched(settings(server.url, bearer_token=SECRET), tenant="factory-a") == [UP]
        assert fetched(settings(server.url, username="ü", password="p:w"))  # noqa: S106 == [UP]
        assert fetched(settings(server.url)) == [UP]
    first, second, third = (request.headers for request in server.seen)
    assert first["Authorization"] == f"Bearer {SECRET}"
    assert first["X-Scope-OrgID"] == "factory-a"
    assert second["Authorization"] == "Basic w7w6cDp3"
    assert third["Authorization"] is None
    assert third["X-Scope-OrgID"] is None


def test_another_tenant_shares_connections_but_not_the_header() -> None:
    with lying_server(healthy) as server:
        metrics = PrometheusMetrics(settings(server.url, connections=1))
        for tenant in (None, "a", "b", None):
            metrics.with_tenant(tenant).fetch([QUERY])
        metrics.close()
    assert [request.headers["X-Scope-OrgID"] for request in server.seen] == [None, "a", "b", None]
    assert len({request.client for request in server.seen}) == 1


def test_several_threads_may_fetch_for_several_tenants() -> None:
    with lying_server(healthy) as server:
        metrics = PrometheusMetrics(settings(server.url))
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: metrics.with_tenant(f"t{n}").fetch([QUERY]), range(40)))
        metrics.close()
    assert answers == [{QUERY: UP}] * 40
    assert {request.headers["X-Scope-OrgID"] for request in server.seen} == {f"t{n}" for n in range(40)}


def test_a_tenant_that_is_no_header_is_unknown_health_and_no_crash() -> None:
    with lying_server(healthy) as server:
        for tenant in ("a\r\nX-Evil: 1", "日本"):
            (answer,) = fetched(settings(server.url), tenant=tenant)
            assert isinstance(answer, Unknown)
    assert server.seen == []


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login thief password thief\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with lying_server(healthy) as server:
        assert fetched(settings(server.url, bearer_token=SECRET)) == [UP]
    assert server.seen[0].headers["Authorization"] == f"Bearer {SECRET}"


def test_cookies_are_not_kept() -> None:
    def reply(request: Request) -> None:
        body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": []}})
        request.send(body, Set_Cookie="session=1; Path=/")

    with lying_server(reply) as server:
        metrics = PrometheusMetrics(settings(server.url))
        metrics.fetch([QUERY])
        metrics.fetch([QUERY])
        metrics.close()
    assert [request.headers["Cookie"] for request in server.seen] == [None, None]


def test_a_token_file_is_read_anew_for_each_fetch(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with lying_server(healthy) as server:
        metrics = PrometheusMetrics(settings(server.url, bearer_token_file=str(file)))
        for token in ("one\n", "two\n"):
            file.write_text(token)
            metrics.fetch([QUERY])
        file.unlink()
        answer = metrics.fetch([QUERY])[QUERY]
        metrics.close()
    assert [request.headers["Authorization"] for request in server.seen] == ["Bearer one", "Bearer two"]
    assert isinstance(answer, Unknown)
    assert "PROMETHEUS_BEARER_TOKEN_FILE cannot be read" in answer.reason


def test_the_path_of_the_url_is_kept_and_times_are_sent_as_they_are() -> None:
    with lying_server(healthy) as server:
        fetched(settings(server.url + "/prefix/"), InstantValue("up", 1767772800.0), InstantValue("up", 1.25))
    paths = {request.path.partition("?")[0] for request in server.seen}
    assert paths == {"/prefix/api/v1/query"}
    assert {request.params["time"] for request in server.seen} == {"1767772800", "1.25"}


# --- how it says it ---


def test_a_server_that_is_slow_to_answer_is_given_up_and_not_asked_again() -> None:
    with lying_server(lambda _: time.sleep(1.5)) as server:
        text = reason(settings(server.url, request_seconds=0.2))
        assert text == f"no answer from {server.url} within 0.2 s"
        assert len(server.seen) == 1


def drip(request: Request) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.02)


def test_an_answer_that_comes_in_drops_is_given_up_when_its_time_is_over() -> None:
    with lying_server(drip) as server:
        began = time.monotonic()
        assert reason(settings(server.url, request_seconds=0.3)) == "the answer came too slowly"
        assert 0.3 <= time.monotonic() - began < 1.0


def test_the_deadline_holds_whatever_the_server_does() -> None:
    queries = [InstantValue(f"{number}", 1.0) for number in range(50)]
    with lying_server(drip) as server:
        began = time.monotonic()
        given = settings(server.url, request_seconds=9.0, deadline_seconds=0.4, connections=4)
        assert reason(given, *queries) in {"no answer within 0.4 s", "the answer came too slowly"}
        assert time.monotonic() - began < 1.0


def test_headers_that_never_end_do_not_outlast_the_deadline() -> None:
    def reply(request: Request) -> None:
        for number in range(100):
            request.wfile.write(b"HTTP/1.1 200 OK\r\n" if number == 0 else b"X: y\r\n")
            request.wfile.flush()
            time.sleep(0.02)

    with lying_server(reply) as server:
        began = time.monotonic()
        assert reason(settings(server.url, deadline_seconds=0.3)) == "no answer within 0.3 s"
        assert time.monotonic() - began < 1.0


@pytest.mark.parametrize("zipped", [False, True])
def test_an_answer_that_is_too_large_is_cut_off(zipped: bool) -> None:  # noqa: FBT001
    body = b'{"status":"success","x":"' + b"0" * 50_000_000 + b'"}'
    headers: dict[str, Any] = {"Content_Encoding": "gzip"} if zipped else {}
    with lying_server(replying(gzip.compress(body, 1) if zipped else body, **headers)) as server:
        text = reason(settings(server.url, max_bytes=1 << 20))
    assert text == "an answer larger than 1 MiB was cut off"


def test_an_answer_of_just_the_limit_is_read_and_one_byte_more_is_not() -> None:
    body = b'{"status":"success","data":{"resultType":"vector","result":[]}}'
    for zipped in (False, True):
        headers: dict[str, Any] = {"Content_Encoding": "gzip"} if zipped else {}
        with lying_server(replying(gzip.compress(body) if zipped else body, **headers)) as server:
            assert fetched(settings(server.url, max_bytes=max(len(body), len(gzip.compress(body))))) == [
                Answer(())
            ]
            assert "larger than" in reason(settings(server.url, max_bytes=len(body) - 1))


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (replying(b"no gzip", Content_Encoding="gzip"), "the answer broke off"),
        (
            replying(gzip.compress(b"{}")[:-9], Content_Encoding="gzip"),
            "the answer broke off: incomplete gzip",
        ),
        (replying(b"{}", Content_Encoding="br"), "an answer compressed with br, which was not asked for"),
        (replying('{"status":"succ'), "malformed answer: no valid JSON"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(reply: Reply, told: str) -> None:
    with lying_server(reply) as server:
        assert reason(settings(server.url)).startswith(told)


def test_a_body_shorter_than_announced_is_refused() -> None:
    def reply(request: Request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b'{"status":"success","data":{"resultType":"vector","result":[]}}')
        request.close_connection = True

    with lying_server(reply) as server:
        assert reason(settings(server.url)).startswith("the answer broke off")


def test_a_gateway_that_is_overloaded_for_a_moment_is_asked_again() -> None:
    def reply(request: Request) -> None:
        if len(request.record) < 3:
            request.send("<html>busy</html>", 503, Retry_After="3600")
        else:
            healthy(request)

    with lying_server(reply) as server:
        assert fetched(settings(server.url)) == [UP]
    assert len(server.seen) == 3


@pytest.mark.parametrize(("status", "attempts"), [(500, 1), (502, 3), (503, 3), (504, 3)])
def test_a_gateway_that_stays_overloaded_is_asked_three_times_at_most(status: int, attempts: int) -> None:
    with lying_server(replying("<html>busy</html>", status)) as server:
        assert reason(settings(server.url)) == f"the server answered {status} with HTML, not with JSON"
    assert len(server.seen) == attempts


def test_a_query_that_timed_out_in_prometheus_is_not_repeated() -> None:
    body = '{"status":"error","errorType":"timeout","error":"query timed out"}'
    with lying_server(replying(body, 503)) as server:
        assert reason(settings(server.url)) == "Prometheus answered 503: timeout: query timed out"
    assert len(server.seen) == 1


def test_a_connection_that_is_reset_is_tried_again() -> None:
    def reply(request: Request) -> None:
        if len(request.record) == 1:
            reset(request.connection)
        else:
            healthy(request)

    with lying_server(reply) as server:
        assert fetched(settings(server.url)) == [UP]


def test_a_server_that_always_resets_is_unknown() -> None:
    with lying_server(lambda request: reset(request.connection)) as server:
        assert reason(settings(server.url)).startswith(f"{server.url} broke the connection: ")
    assert len(server.seen) == 3


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


def test_nobody_there_is_told_in_the_systems_words() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: refuses
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert reason(settings(url)) == f"cannot reach {url}: Connection refused"


def test_a_server_that_dies_half_way_leaves_the_rest_unknown() -> None:
    queries = [InstantValue(f"{number}", 1000.0) for number in range(40)]
    with lying_server(healthy) as server:
        metrics = PrometheusMetrics(settings(server.url, connections=2))
        assert metrics.fetch([QUERY]) == {QUERY: UP}
    answers = metrics.fetch(queries)
    metrics.close()
    assert all(isinstance(answer, Unknown) for answer in answers.values())


def test_something_that_speaks_no_http_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=greet, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert url in reason(settings(url, request_seconds=0.3))


def greet(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
