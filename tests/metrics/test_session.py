"""What a healthy Prometheus never does, done by a loopback server; asked through the whole adapter."""

import gzip
import json
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from promoter.core.evidence import Answer, InstantValue, Query, RawSamples, Series, Unknown
from promoter.metrics.prometheus import PrometheusMetrics
from promoter.settings import PrometheusSettings
from tests.lying_server import LyingServer, Reply, Request, lying_server

QUERY = InstantValue("up", 1000.0)
SECRET = "s3cret-token"
UP = Answer((Series((("__name__", "up"),), (1000.0,), (1.0,)),))


def settings(url: str, **changes: Any) -> PrometheusSettings:
    quick = PrometheusSettings(url=url, connect_seconds=1.0, request_seconds=1.0, deadline_seconds=3.0)
    return replace(quick, **changes)


def fetched(given: PrometheusSettings, *queries: Query, tenant: str | None = None) -> list[Answer | Unknown]:
    metrics = PrometheusMetrics(given, tenant=tenant)
    answers = metrics.fetch(queries or (QUERY,))
    metrics.close()
    assert list(answers) == list(queries or (QUERY,))
    return list(answers.values())


def reason(given: PrometheusSettings, *queries: Query) -> str:
    """The one reason for which nothing is known; no secret is ever in it."""
    reasons = {answer.reason for answer in fetched(given, *queries) if isinstance(answer, Unknown)}
    (text,) = reasons
    assert SECRET not in text
    return text


def healthy(request: Request) -> None:
    request.send_vector(({"__name__": "up"}, "1"))


def replying(body: bytes | str, status: int = 200, **headers: Any) -> Reply:
    return lambda request: request.send(body, status, **headers)


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


# --- what it says ---


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


# --- how it says it ---


def test_a_server_that_is_slow_to_answer_is_given_up_and_not_asked_again() -> None:
    with lying_server(lambda _: time.sleep(1.5)) as server:
        text = reason(settings(server.url, request_seconds=0.2))
        assert text == f"no answer from {server.url} within 0.2 s"
        assert len(server.seen) == 1


def test_the_deadline_holds_whatever_the_server_does() -> None:
    def drip(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(100):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.02)

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
    headers = {"Content_Encoding": "gzip"} if zipped else {}
    with lying_server(replying(gzip.compress(body, 1) if zipped else body, **headers)) as server:
        text = reason(settings(server.url, max_bytes=1 << 20))
    assert text == "an answer larger than 1 MiB was cut off"


def test_an_answer_of_just_the_limit_is_read_and_one_byte_more_is_not() -> None:
    body = b'{"status":"success","data":{"resultType":"vector","result":[]}}'
    for zipped in (False, True):
        headers = {"Content_Encoding": "gzip"} if zipped else {}
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


def test_a_name_that_does_not_resolve_is_told() -> None:
    assert "cannot reach http://promoter.invalid:9090" in reason(settings("http://promoter.invalid:9090"))


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


# --- TLS ---


class Authority:
    """A certificate authority that signs for 127.0.0.1 and for one client."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "promoter test authority")])
        self.file = self.write("ca.pem", self.certificate(self.name, self.key, authority=True))
        self.server = self.pair("server")
        self.client = self.pair("client")

    def certificate(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> bytes:
        now = datetime(2020, 1, 1, tzinfo=UTC)
        addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=365 * 50))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(addresses, critical=False)
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def pair(self, name: str) -> tuple[str, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = self.certificate(subject, key, authority=False)
        return self.write(f"{name}.pem", certificate), self.write(f"{name}.key", private)

    def write(self, name: str, content: bytes) -> str:
        (self.place / name).write_bytes(content)
        return str(self.place / name)

    @contextmanager
    def serving(self, *, ask_client: bool = False) -> Iterator[LyingServer]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server)
        if ask_client:
            context.load_verify_locations(self.file)
            context.verify_mode = ssl.CERT_REQUIRED
        with lying_server(healthy, tls=context) as server:
            yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    with authority.serving() as server:
        text = reason(settings(server.url, bearer_token=SECRET))
        assert "certificate verify failed" in text
        assert "PROMETHEUS_CA_FILE" in text
    assert server.seen == []


def test_a_certificate_of_the_given_authority_is_accepted(authority: Authority) -> None:
    with authority.serving() as server:
        assert fetched(settings(server.url, ca_file=authority.file, bearer_token=SECRET)) == [UP]


def test_a_client_certificate_is_shown_where_it_is_asked_for(authority: Authority) -> None:
    certificate, key = authority.client
    with authority.serving(ask_client=True) as server:
        given = settings(server.url, ca_file=authority.file)
        assert "127.0.0.1" in reason(given)
        assert fetched(replace(given, client_cert=certificate, client_key=key)) == [UP]


def test_a_ca_file_that_is_none_is_told(authority: Authority) -> None:
    with authority.serving() as server:
        assert "TLS" in reason(settings(server.url, ca_file=authority.client[1]))
        assert "ca.gone" in reason(settings(server.url, ca_file="/ca.gone"))
