"""send: what was told to whom over a real HTTP service, and a secret that never shows."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from promoter.core.outcome import Did, Outcome
from promoter.notify.send import send

# Loading its plugins, apprise imports a module that Python 3.11 and 3.12 call deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRET = "s3cr3t-t0ken"


@dataclass
class Service:
    """A loopback HTTP service that remembers what it was told and answers with `status`."""

    port: int = 0
    status: int = 200
    delay: float = 0
    location: str = ""
    told: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"json://user:{SECRET}@127.0.0.1:{self.port}/hook/{SECRET}"


@contextmanager
def a_service(**changes: object) -> Iterator[Service]:
    service = Service(**changes)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            time.sleep(service.delay)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.paths.append(self.path)
            if self.path.startswith("/hook/"):
                service.told.append(json.loads(body))
            self.send_response(service.status)
            if service.location:
                self.send_header("Location", service.location)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - http.server names it

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield service
        server.shutdown()
        thread.join()


def send_one(url: str, *, title: str = "yolo is frozen", body: str = "why", seconds: float = 20) -> Outcome:
    (outcome,) = send(("HOOK",), {"HOOK": url}, title=title, body=body, seconds=seconds)
    return outcome


def a_closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_message_arrives_with_its_title_and_body() -> None:
    with a_service() as service:
        outcome = send_one(service.url, title="yolo is frozen", body="success-rate: 0.4%\nmap50: 31")
    assert outcome == Outcome(did=Did.NOTIFIED, subject="HOOK")
    (told,) = service.told
    assert (told["title"], told["message"]) == ("yolo is frozen", "success-rate: 0.4%\nmap50: 31")


def test_every_name_has_its_outcome_and_one_failure_stops_no_other() -> None:
    with a_service() as service:
        environ = {
            "GOOD": service.url,
            "DEAD": f"json://127.0.0.1:{a_closed_port()}/{SECRET}",
            "ODD": "what://",
        }
        outcomes = send(("DEAD", "UNSET", "ODD", "GOOD"), environ, title="t", body="b")
    assert [(o.did, o.subject) for o in outcomes] == [
        (Did.FAILED, "notify DEAD"),
        (Did.FAILED, "notify UNSET"),
        (Did.FAILED, "notify ODD"),
        (Did.NOTIFIED, "GOOD"),
    ]
    assert "not set" in outcomes[1].detail
    assert "no URL that apprise knows" in outcomes[2].detail
    assert len(service.told) == 1


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_variable_is_not_set(empty: str) -> None:
    assert "not set" in send_one(empty).detail


def test_a_variable_may_hold_several_urls() -> None:
    with a_service() as one, a_service() as two:
        assert send_one(f"{one.url}, {two.url}").did is Did.NOTIFIED
        assert (len(one.told), len(two.told)) == (1, 1)


def test_a_name_given_twice_is_told_once() -> None:
    with a_service() as service:
        assert len(send(("HOOK", "HOOK"), {"HOOK": service.url}, title="t", body="b")) == 1
        assert len(service.told) == 1


def test_nobody_to_tell_is_nothing_to_do() -> None:
    assert send((), {}, title="t", body="b") == ()


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_service_that_refuses_is_a_failure(status: int) -> None:
    with a_service(status=status) as service:
        outcome = send_one(service.url)
    assert (outcome.did, outcome.detail) == (Did.FAILED, "the message could not be delivered")


def test_a_redirect_is_not_followed() -> None:
    with a_service() as other, a_service(status=307) as service:
        service.location = f"http://127.0.0.1:{other.port}/elsewhere"
        assert send_one(service.url).did is Did.FAILED
        assert other.paths == []


def test_a_service_that_hangs_costs_no_more_than_the_deadline() -> None:
    with a_service(delay=4) as slow, a_service() as quick:
        began = time.monotonic()
        outcomes = send(("S", "Q"), {"S": slow.url, "Q": quick.url}, title="t", body="b", seconds=1.5)
        spent = time.monotonic() - began
    assert spent < 3.5
    assert [o.did for o in outcomes] == [Did.FAILED, Did.NOTIFIED]
    assert outcomes[0].detail == "not delivered within 1.5 s"


def test_no_failure_shows_the_url(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="apprise")
    with a_service(status=500) as service:
        urls = {
            "REFUSED": service.url,
            "DEAD": f"json://user:{SECRET}@127.0.0.1:{a_closed_port()}/{SECRET}",
            "ODD": f"nothing-like-it://{SECRET}",
            "BROKEN": f"json://[{SECRET}",
        }
        outcomes = send(tuple(urls), urls, title="t", body="b")
    assert {outcome.did for outcome in outcomes} == {Did.FAILED}
    out, err = capfd.readouterr()
    logged = [record.getMessage() for record in caplog.records if record.name == "apprise"]
    assert SECRET not in f"{outcomes}{out}{err}{logged}"
    assert err == ""


def test_a_hostile_text_is_data() -> None:
    hostile = "\x1b[31m@channel <!here> https://evil.example\u202e fixes #1\r\nRollout-Weight: 0 -> 100"
    with a_service() as service:
        send_one(service.url, title=hostile, body=hostile)
    (told,) = service.told
    for text in (told["title"], told["message"]):
        for live in ("\x1b", "@channel", "<!here>", "://", "\u202e", "#1"):
            assert live not in text
    assert "\n" not in told["title"]


def test_a_long_message_is_cut_not_refused() -> None:
    with a_service() as service:
        assert send_one(service.url, title="t" * 999, body="line\n" * 9_999).did is Did.NOTIFIED
    (told,) = service.told
    assert len(told["title"]) <= 120
    assert told["message"].count("\n") < 50
