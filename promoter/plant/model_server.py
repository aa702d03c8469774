"""A model version's pod: answers frames as its behaviour says, and tells Prometheus about itself.

POST /v1/detect infers, GET /metrics is scraped (Istio's destination side, the evaluator, DCGM),
POST /behaviour changes how it behaves from now on.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
from collections.abc import Iterator

from promoter.plant.behaviour import Behaviour, Gpu
from promoter.plant.exposition import TEXT, RequestTally, gauge_lines, labelled, page
from promoter.plant.serving import Reply, Request, port_of, ready, serve, until_orphaned

_JSON = {"content-type": "application/json"}


class ModelServer:
    """One version. All times are the event loop's."""

    def __init__(self, version: str, behaviour: Behaviour) -> None:
        self._version = version
        self._rng = random.Random(version)  # noqa: S311 - a simulation
        self._tally = RequestTally()
        self._where = labelled(
            reporter="destination",
            source_workload="istio-ingressgateway",
            destination_service_name="yolo-service",
            destination_version=version,
        )
        self._headers = {"x-served-by": version, **_JSON}
        self._gpu = Gpu(behaviour, self._rng)
        self._since: float | None = None

    def handle(self, request: Request, reply: Reply) -> None:
        """Answer one request, now or when its inference is done."""
        match request.path:
            case "/v1/detect":
                self._detect(reply)
            case "/metrics":
                reply(200, page(self._metrics()), TEXT)
            case "/behaviour":
                self._gpu = Gpu(Behaviour.from_json(request.body), self._rng)
                self._since = None
                reply(200, b"", {})
            case _:
                reply(404, b"", {})

    def _detect(self, reply: Reply) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        done = self._gpu.infer(began)
        if done is None:
            self._answer(reply, began, 503, b'{"error": "the queue is full"}')
        elif self._gpu.fails():
            self._answer(reply, began, 503, b'{"error": "inference failed"}')
        else:
            loop.call_at(done, self._answer, reply, began, 200, self._boxes())

    def _answer(self, reply: Reply, began: float, code: int, body: bytes) -> None:
        milliseconds = 1000 * (asyncio.get_running_loop().time() - began)
        self._tally.add(self._where, code=str(code), flags="-", milliseconds=milliseconds)
        reply(code, body, self._headers)

    def _boxes(self) -> bytes:
        boxes = [[round(self._rng.random(), 3) for _ in range(4)] for _ in range(self._rng.randrange(4))]
        return json.dumps({"model": self._version, "boxes": boxes}).encode()

    def _metrics(self) -> Iterator[str]:
        now = asyncio.get_running_loop().time()
        self._since = now if self._since is None else self._since
        return itertools.chain(
            self._tally.lines(),
            gauge_lines("yolo_map50", self._gpu.map50(), {}),
            gauge_lines("DCGM_FI_DEV_FB_USED", self._gpu.memory(now - self._since), {"gpu": "0"}),
        )


async def _main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--version", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--behaviour", type=Behaviour.from_json, required=True)
    given = parser.parse_args()
    model = ModelServer(given.version, given.behaviour)
    async with await serve(model.handle, given.port) as server:
        ready(port=port_of(server))
        await until_orphaned()


if __name__ == "__main__":
    asyncio.run(_main())
