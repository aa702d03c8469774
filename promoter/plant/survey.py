"""Ask every camera once which version it gets: for measurements and tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from promoter.plant.cameras import Answer, Connection

_AT_ONCE = 32


async def survey(port: int, host: str, names: Iterable[str]) -> list[Answer]:
    """One frame of each camera, in no particular order. Raises ConnectionError where one is not answered."""
    waiting = list(enumerate(names))
    found: list[Answer] = []
    finished = asyncio.get_running_loop().create_future()
    wanted = len(waiting)

    def told(connection: Connection, answer: Answer | None) -> None:
        if answer is None:
            if not finished.done():
                finished.set_exception(ConnectionError("Envoy closed the connection"))
            return
        found.append(answer)
        if waiting:
            device, name = waiting.pop()
            connection.send(host, device, name)
        elif len(found) == wanted and not finished.done():
            finished.set_result(None)

    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: Connection(told), "127.0.0.1", port))[1]
        for _ in range(min(_AT_ONCE, wanted))
    ]
    for connection in made:
        device, name = waiting.pop()
        connection.send(host, device, name)
    await asyncio.wait_for(finished, 120)
    for connection in made:
        if connection.transport:
            connection.transport.close()
    return found
