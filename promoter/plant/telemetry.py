"""The source side of Istio's metrics, from Envoy's access log: requests that reach no pod are counted too.

A pod that refuses connections counts nothing. The proxy in front of it answers 503 with the flag UF (upstream
connection failure) and writes a line, as Istio's gateway counts it under reporter="source". As in Istio such
a request has destination_version="unknown"; `model_version` is the x-model-version of the answer, which the
route sets on Envoy's own 503 too (manifests/yolo-detection adds that label by a Telemetry resource).
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from promoter.plant.exposition import TEXT, RequestTally, labelled, page
from promoter.plant.serving import Reply, Request, port_of, ready, serve, until_orphaned

# One line a request. The device's own text comes last: it may hold anything.
FORMAT = (
    "%UPSTREAM_CLUSTER%\t%RESPONSE_CODE%\t%RESPONSE_FLAGS%\t%DURATION%\t"
    "%RESP(X-MODEL-VERSION)%\t%REQ(X-DEVICE-ID)%\n"
)
_FIELDS = 6
_UNREACHED = frozenset({"UF", "UH", "UO", "NC", "NR", "URX"})  # no pod answered
_EVERY = 0.1  # seconds between two looks at the log


class Telemetry:
    """Counts the lines of an access log as they are written."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._tally = RequestTally()
        self._offset = 0
        self._rest = b""

    def read(self) -> None:
        """Count what was written since the last look."""
        try:
            with self._log.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.count(line.decode("utf-8", "replace"))

    def count(self, line: str) -> None:
        """One request; a line of another form is none."""
        parts = line.split("\t", _FIELDS - 1)
        if len(parts) < _FIELDS or not parts[3].isdigit():
            return
        cluster, code, flags, duration, version, _ = parts
        reached = _UNREACHED.isdisjoint(flags.split(","))
        where = labelled(
            reporter="source",
            source_workload="istio-ingressgateway",
            destination_service_name="yolo-service",
            destination_version=cluster if reached else "unknown",
            model_version=version,
        )
        self._tally.add(where, code=code, flags=flags, milliseconds=float(duration))

    def handle(self, request: Request, reply: Reply) -> None:
        """GET /metrics."""
        if request.path != "/metrics":
            reply(404, b"", {})
            return
        self.read()
        reply(200, page(self._tally.lines()), TEXT)


async def _follow(telemetry: Telemetry) -> None:
    while True:
        telemetry.read()
        await asyncio.sleep(_EVERY)


async def _main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--log", type=Path, required=True)
    telemetry = Telemetry(parser.parse_args().log)
    async with await serve(telemetry.handle) as server:
        ready(port=port_of(server))
        following = asyncio.create_task(_follow(telemetry))
        await until_orphaned()
        following.cancel()


if __name__ == "__main__":
    asyncio.run(_main())
