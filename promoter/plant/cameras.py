"""The cameras: many devices that send frames through Envoy at a steady rate, and see who answered.

The rate is kept whatever the answers do (an open loop): a slow model does not slow the cameras down.
GET /state tells what the cameras saw.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from promoter.plant.serving import Reply, Request, port_of, ready, serve, until_orphaned

RECENT = 3.0  # seconds: the window of shares and rates
_BEAT = 0.01  # seconds between two batches of frames
_MOST = 512  # connections: beyond them a frame is dropped, and counted
_BEHIND = 0.5  # seconds of frames to catch up with at most
_FRAME = b"\xff\xd8" + bytes(254)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a camera got: when, from whom as the route says and as the server says, and the code."""

    at: float
    device: int
    named: str
    served: str
    code: int


@dataclass(slots=True)
class Connection(asyncio.Protocol):
    """One keep-alive connection: a frame, its answer, the next frame."""

    told: Callable[[Connection, Answer | None], None]
    device: int = -1
    transport: asyncio.Transport | None = None
    _buffer: bytearray = field(default_factory=bytearray)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for a frame."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """A frame under way is lost."""
        del exc
        self.transport = None
        self.told(self, None)

    def send(self, host: str, device: int, name: str) -> None:
        """One frame of a device."""
        self.device = device
        if self.transport is None:
            return
        head = f"POST /v1/detect HTTP/1.1\r\nhost: {host}\r\nx-device-id: {name}\r\n"
        head += f"content-type: image/jpeg\r\ncontent-length: {len(_FRAME)}\r\n\r\n"
        self.transport.write(head.encode("latin-1") + _FRAME)

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is complete."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        headers = {name: value for name, _, value in (line.partition(": ") for line in lines)}
        if len(self._buffer) < end + 4 + int(headers.get("content-length", "0")):
            return
        self._buffer.clear()
        at = asyncio.get_running_loop().time()
        named, served = headers.get("x-model-version", ""), headers.get("x-served-by", "")
        self.told(self, Answer(at, self.device, named, served, int(first.split(" ")[1])))


@dataclass(slots=True)
class Seen:
    """What the cameras saw so far. Times are seconds of the monotonic clock."""

    devices: int
    recent: deque[Answer] = field(default_factory=deque)
    last: dict[str, float] = field(default_factory=dict)
    assigned: dict[int, str] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)
    answers: int = 0
    mixed: int = 0
    dropped: int = 0

    def add(self, answer: Answer) -> None:
        """One answer."""
        self.answers += 1
        self.recent.append(answer)
        self.last[answer.named] = answer.at
        self.mixed += bool(answer.served) and answer.served != answer.named
        before = self.assigned.get(answer.device)
        if before != answer.named:
            self.assigned[answer.device] = answer.named
            if before is not None:
                key = f"{before}>{answer.named}"
                self.moves[key] = self.moves.get(key, 0) + 1

    def state(self, now: float) -> dict[str, object]:
        """As JSON: shares over the last seconds, last answers, which version each device has."""
        while self.recent and self.recent[0].at < now - RECENT:
            self.recent.popleft()
        versions: dict[str, dict[str, float]] = {}
        for answer in self.recent:
            one = versions.setdefault(answer.named, {"answers": 0, "errors": 0})
            one["answers"] += 1
            one["errors"] += answer.code >= 500  # noqa: PLR2004 - HTTP server errors
        for version, at in self.last.items():
            versions.setdefault(version, {"answers": 0, "errors": 0})["last"] = at
        for version in self.assigned.values():
            one = versions.setdefault(version, {"answers": 0, "errors": 0})
            one["devices"] = one.get("devices", 0) + 1
        return {
            "now": now,
            "devices": self.devices,
            "answers": self.answers,
            "mixed": self.mixed,
            "dropped": self.dropped,
            "moves": self.moves,
            "versions": versions,
        }


class Cameras:
    """Sends frames of random devices at a rate, over as many connections as are needed."""

    def __init__(self, *, port: int, host: str, rate: float, devices: int) -> None:
        self._port, self._host, self._rate = port, host, rate
        self._names = [f"site{n % 7:02}/cam-{n:06}" for n in range(devices)]
        self._rng = random.Random(5)  # noqa: S311 - a simulation
        self._idle: list[Connection] = []
        self._open = 0
        self.seen = Seen(devices)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            now = loop.time()
            due = max(due, now - _BEHIND)
            while due <= now:
                due += 1 / self._rate
                await self._frame()
            await asyncio.sleep(_BEAT)

    async def _frame(self) -> None:
        device = self._rng.randrange(len(self._names))
        connection = self._idle.pop() if self._idle else await self._connect()
        if connection is None:
            self.seen.dropped += 1
        else:
            connection.send(self._host, device, self._names[device])

    async def _connect(self) -> Connection | None:
        if self._open >= _MOST:
            return None
        try:
            loop = asyncio.get_running_loop()
            _, made = await loop.create_connection(lambda: Connection(self._told), "127.0.0.1", self._port)
        except OSError:
            return None
        self._open += 1
        return made

    def _told(self, connection: Connection, answer: Answer | None) -> None:
        if answer is None:
            self._open -= 1
            if connection in self._idle:
                self._idle.remove(connection)
            return
        self.seen.add(answer)
        self._idle.append(connection)

    def handle(self, request: Request, reply: Reply) -> None:
        """GET /state."""
        if request.path != "/state":
            reply(404, b"", {})
            return
        state = self.seen.state(asyncio.get_running_loop().time())
        reply(200, json.dumps(state).encode(), {"content-type": "application/json"})


async def _main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--envoy", type=int, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--devices", type=int, required=True)
    given = parser.parse_args()
    cameras = Cameras(port=given.envoy, host=given.host, rate=given.rate, devices=given.devices)
    async with await serve(cameras.handle) as server:
        ready(port=port_of(server))
        running = asyncio.create_task(cameras.run())
        await until_orphaned()
        running.cancel()


if __name__ == "__main__":
    asyncio.run(_main())
