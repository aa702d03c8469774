"""A loopback proxy that delays what passes by, to measure against a server that is some network away.

    python bench/latency_proxy.py http://127.0.0.1:9090 --milliseconds 20

prints its own URL and runs until it is stopped. One request and its answer take the delay once, and so does
setting up a connection, as with a real round trip. `latency_proxy` runs it as a child process.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

_CHUNK = 1 << 18


@contextmanager
def latency_proxy(target: str, seconds: float) -> Iterator[str]:
    """The URL of a proxy to `target` that adds `seconds` to every round trip."""
    command = [sys.executable, str(Path(__file__).resolve()), target, "--milliseconds", str(seconds * 1000)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise AssertionError("no pipe to read the URL from")
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Copy until the end; each piece goes out `seconds` after it came in, in order, without holding up reading."""
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
            await pieces.put((loop.time() + seconds, piece))
    await pieces.put((loop.time() + seconds, b""))
    with suppress(OSError):
        await writing
        writer.write_eof()


async def _serve(host: str, port: int, seconds: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        try:
            there_reader, there_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, there_writer, seconds), _pass_on(there_reader, writer, 0.0))
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
    options = parser.parse_args()
    target = urlsplit(options.target)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(target.hostname or "", target.port or 80, options.milliseconds / 1000))


if __name__ == "__main__":
    main()
