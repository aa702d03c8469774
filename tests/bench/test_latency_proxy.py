import time
import urllib.request

import pytest

from bench.latency_proxy import latency_proxy
from tests.lying_server import lying_server


def fetch(url: str) -> tuple[bytes, float]:
    began = time.monotonic()
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - a loopback address
        return response.read(), time.monotonic() - began


def test_a_request_takes_the_delay_for_the_connection_and_for_itself() -> None:
    body = b"x" * 3_000_000
    with lying_server(lambda request: request.send(body)) as server, latency_proxy(server.url, 0.1) as proxy:
        content, seconds = fetch(proxy.url)
        fetch(proxy.url)
        assert proxy.requests == 2
    assert content == body
    assert 0.2 <= seconds < 1.0


def test_a_server_that_is_not_there_hangs_up() -> None:
    with latency_proxy("http://127.0.0.1:1", 0.0) as proxy, pytest.raises(OSError, match=r"onnection|closed"):
        fetch(proxy.url)
