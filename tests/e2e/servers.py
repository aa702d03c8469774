"""HTTP servers on loopback that answer as a Prometheus should not, some of them in front of a real one."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the server saw it. `path` has the query with it."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server sends, after so many seconds."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    seconds: float = 0.0
    claimed: int | None = None  # the Content-Length it says, where it lies


@dataclass(slots=True)
class Standing:
    """A running server and everything it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def answering(reply: Callable[[Asked], Reply]) -> Iterator[Standing]:
    """A server that answers every request with `reply`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = Asked(path=self.path, headers=dict(self.headers.items()))
            standing.asked.append(asked)
            answer = reply(asked)
            time.sleep(answer.seconds)
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                length = answer.claimed if answer.claimed is not None else len(answer.body)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:
                pass  # the client had enough

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_words: object) -> None:
            """Nothing on the test's terminal."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        standing = Standing(url=f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield standing
        finally:
            server.shutdown()
            thread.join()


def through(
    real: str, change: Callable[[bytes], bytes] = bytes, *, prefix: str = ""
) -> Callable[[Asked], Reply]:
    """Hands a request on to the real server and its answer back, changed."""

    def reply(asked: Asked) -> Reply:
        if not asked.path.startswith(prefix):
            return Reply(status=404)
        try:
            with urllib.request.urlopen(real + asked.path.removeprefix(prefix), timeout=30) as answer:  # noqa: S310
                return Reply(body=change(answer.read()))
        except urllib.error.HTTPError as error:
            return Reply(status=error.code, body=error.read())

    return reply
