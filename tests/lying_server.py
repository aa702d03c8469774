"""A loopback HTTP server for what a healthy Prometheus never does."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Reply = Callable[["Request"], None]


@dataclass
class LyingServer:
    """Where it is, and every request it saw."""

    url: str
    seen: list[Seen] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """What one request carried."""

    path: str
    headers: Message
    client: tuple[str, int]

    @property
    def params(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


class Request(BaseHTTPRequestHandler):
    """One request, with short ways to answer it."""

    protocol_version = "HTTP/1.1"
    reply: Reply
    record: list[Seen]

    @property
    def params(self) -> dict[str, str]:
        return Seen(self.path, self.headers, self.client_address).params

    def do_GET(self) -> None:
        self.record.append(Seen(self.path, self.headers, self.client_address))
        self.reply(self)

    def send(self, body: bytes | str, status: int = 200, **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def send_vector(self, *series: tuple[dict[str, str], str], **envelope: object) -> None:
        """A well-formed answer at the time that was asked for."""
        at = float(self.params.get("time", "0"))
        result = [{"metric": labels, "value": [at, value]} for labels, value in series]
        data = {"resultType": "vector", "result": result}
        self.send(json.dumps({"status": "success", "data": data, **envelope}))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of http.server
        pass


class _QuietServer(ThreadingHTTPServer):
    request_queue_size = 128  # a loaded machine accepts late
    daemon_threads = True
    block_on_close = False

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.connections: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.append(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """End the connections that are kept alive, too."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that hangs up is what these tests are about


@contextmanager
def lying_server(reply: Reply, tls: ssl.SSLContext | None = None) -> Iterator[LyingServer]:
    """A server that answers every GET with `reply`."""
    seen: list[Seen] = []
    handler = type("_Handler", (Request,), {"reply": staticmethod(reply), "record": seen})
    with _QuietServer(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        scheme = "https" if tls else "http"
        yield LyingServer(f"{scheme}://127.0.0.1:{server.server_address[1]}", seen)
        server.shutdown()
        server.hang_up()
        thread.join()
