from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from promoter.errors import ForgeError
from promoter.forge.github import api, connection
from promoter.forge.github.login import log_in
from promoter.forge.github.settings import GitHubSettings

BODY = b'{"id": 7}'


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server of raw bytes on loopback: `answer` writes to whoever connects."""
    server = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            try:
                there, _ = server.accept()
            except OSError:
                return
            with there:
                there.recv(65536)
                try:
                    answer(there)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        stopped.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(timeout=10)


def get(url: str) -> object:
    there, _ = log_in(GitHubSettings(repository="acme/factory", api_url=url, token="ghs_x"))  # noqa: S106
    return there.get("/installation", "look")


def head(length: int, *more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Length: {length}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every read is asked once."""
    monkeypatch.setattr(api, "_PAUSES", ())


def test_an_answer_is_read_plain_or_zipped() -> None:
    with serving(lambda there: there.sendall(head(len(BODY)) + BODY)) as url:
        assert get(url) == {"id": 7, "url": "/repos/acme/factory/installation"}
    zipped = gzip.compress(BODY)
    with serving(lambda there: there.sendall(head(len(zipped), "Content-Encoding: gzip") + zipped)) as url:
        assert get(url) == {"id": 7, "url": "/repos/acme/factory/installation"}


@pytest.mark.parametrize(
    "answer",
    [
        head(400) + BODY,
        head(400, "Content-Encoding: gzip") + gzip.compress(BODY)[:12],
        b"",
        b"no http\r\n\r\n",
    ],
    ids=["breaks off", "breaks off zipped", "nothing", "no HTTP"],
)
def test_half_an_answer_is_none(answer: bytes) -> None:
    with serving(lambda there: there.sendall(answer)) as url, pytest.raises(ForgeError, match="no answer"):
        get(url)


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_WHOLE_SECONDS", 0.3)

    def drip(there: socket.socket) -> None:
        there.sendall(head(1_000_000))
        for _ in range(2000):
            there.sendall(b" ")
            time.sleep(0.02)

    began = time.monotonic()
    with serving(drip) as url, pytest.raises(ForgeError, match="did not come to its end"):
        get(url)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("zipped", [False, True])
def test_an_answer_that_is_too_large_is_given_up(monkeypatch: pytest.MonkeyPatch, *, zipped: bool) -> None:
    monkeypatch.setattr(connection, "_MAX_BYTES", 1000)
    body = gzip.compress(b" " * 100_000) if zipped else b" " * 100_000
    more = ["Content-Encoding: gzip"] if zipped else []
    answer = head(len(body), *more) + body
    with serving(lambda there: there.sendall(answer)) as url, pytest.raises(ForgeError, match="to its end"):
        get(url)
