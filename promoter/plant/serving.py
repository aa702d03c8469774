"""A small HTTP/1.1 server on loopback, fast enough that what it serves is what is measured."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 503: "Service Unavailable"}
_HEAD = 64 * 1024  # bytes: a longer request is cut off


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Headers = Mapping[str, str]
Reply = Callable[[int, bytes, Headers], None]
Handler = Callable[[Request, Reply], None]


@dataclass(slots=True)
class _Exchange(asyncio.Protocol):
    """One connection: requests one after the other, each answered before the next is read."""

    handler: Handler
    _buffer: bytearray = field(default_factory=bytearray)
    _transport: asyncio.Transport | None = None
    _busy: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Answers that are under way have nowhere to go."""
        del exc
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Collect until a request is complete."""
        self._buffer += data
        if not self._busy:
            self._next()

    def _next(self) -> None:
        found = _cut(self._buffer)
        if found is None:
            if len(self._buffer) > _HEAD and self._transport:
                self._transport.close()
            return
        self._busy = True
        self.handler(found, self._reply)

    def _reply(self, status: int, body: bytes, headers: Headers) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Other')}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._transport.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        self._busy = False
        if self._buffer:
            self._next()


def _cut(buffer: bytearray) -> Request | None:
    """Take the first whole request out of the buffer."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    length = int(headers.get("content-length", "0"))
    if len(buffer) < end + 4 + length:
        return None
    body = bytes(buffer[end + 4 : end + 4 + length])
    del buffer[: end + 4 + length]
    method, _, rest = first.partition(" ")
    return Request(method, rest.partition(" ")[0], headers, body)


async def serve(handler: Handler, port: int = 0) -> asyncio.Server:
    """Listen on loopback. A fixed `port` may be reserved by the parent, which never listens on it."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: _Exchange(handler), "127.0.0.1", port, reuse_port=bool(port), backlog=1024
    )


def port_of(server: asyncio.Server) -> int:
    """The port it listens on."""
    return int(server.sockets[0].getsockname()[1])


def ready(**facts: object) -> None:
    """Tell the parent, on stdout, that this process is ready."""
    print(json.dumps(facts), flush=True)  # noqa: T201 - stdout is the parent's pipe


async def until_orphaned() -> None:
    """Return when the parent is gone or asks to stop: either way stdin ends."""
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()

    stdin = sys.stdin.fileno()

    def look() -> None:
        if not os.read(stdin, 4096):
            gone.set()

    loop.add_reader(stdin, look)
    await gone.wait()
