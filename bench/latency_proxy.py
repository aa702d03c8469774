"""A loopback proxy that delays what passes by, to measure against a server that is some network away.

    python bench/latency_proxy.py http://127.0.0.1:9090 --milliseconds 20

prints its own URL and runs until it is stopped. One request and its answer take the delay once, and so does
setting up a connection, as with a real round trip. `latency_proxy` runs it as a child process and counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_CHUNK = 1 << 18
_REQUEST_LINE = b" HTTP/1.1\r\n"  # how the first line of every request ends


@dataclass(frozen=True)
class LatencyProxy:
    """A running proxy: its URL, and the file in which it counts."""

    url: str
    count: Path

    @property
    def requests(self) -> int:
        """How many HTTP requests have passed."""
        return int(self.count.read_text() or "0")


@contextmanager
def latency_proxy(target: str, seconds: float) -> Iterator[LatencyProxy]:
    """A proxy to `target` that adds `seconds` to every round trip."""
    with tempfile.NamedTemporaryFile() as count:
        command = [sys.executable, str(Path(__file__).resolve()), target, "--count", count.name]
        command += ["--milliseconds", str(seconds * 1000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                if process.stdout is None:
                    raise AssertionError("no pipe to read the URL from")
                yield LatencyProxy(process.stdout.readline().strip(), Path(count.name))
            finally:
                process.kill()


class Counter:
    """Counts the request lines that pass, in a file that others may read at any time."""

    def __init__(self, path: str | None) -> None:
        self._file = os.open(path, os.O_WRONLY) if path else None
        self._requests = 0

    def watch(self, before: bytes, piece: bytes) -> bytes:
        """Count in one piece of a stream; what it returns is `before` for the next piece."""
        seen = before + piece
        self._requests += seen.count(_REQUEST_LINE)
        if self._file is not None:
            os.pwrite(self._file, str(self._requests).encode(), 0)
        return seen[len(seen) - len(_REQUEST_LINE) + 1 :]


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float, counter: Counter | None = None
) -> None:
    """Copy until the end; each piece goes out `seconds` after it came in, in order, without holding up reading."""
    before = b""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)

    async def write() -> None:
        while True:
            due, piece = await pieces.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if not piece:
                return
            writer.write(piece)
            await writer.drain()

    writing = asyncio.create_task(write())
    with suppress(OSError):
        while piece := await reader.read(_CHUNK):
            if counter:
                before = counter.watch(before, piece)
            await pieces.put((loop.time() + seconds, piece))
    await pieces.put((loop.time() + seconds, b""))
    with suppress(OSError):
        await writing
        writer.write_eof()


async def _serve(host: str, port: int, seconds: float, counter: Counter) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        try:
            there_reader, there_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        there = _pass_on(reader, there_writer, seconds, counter)
        await asyncio.gather(there, _pass_on(there_reader, writer, 0.0))
        there_writer.close()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=512, limit=_CHUNK)
    address = server.sockets[0].getsockname()
    print(f"http://{address[0]}:{address[1]}", flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", help="URL of the server behind")
    parser.add_argument("--milliseconds", type=float, default=20.0)
    parser.add_argument("--count", metavar="FILE", help="an existing file that gets the number of requests")
    options = parser.parse_args()
    target = urlsplit(options.target)
    with suppress(KeyboardInterrupt):
        counter = Counter(options.count)
        asyncio.run(_serve(target.hostname or "", target.port or 80, options.milliseconds / 1000, counter))


if __name__ == "__main__":
    main()
