"""A server in front of a real Prometheus: it hands requests on, and the answers back as the test wants them."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable

from tests.lying_server import Reply, Request

Change = Callable[[bytes], bytes]


def truly(answer: bytes) -> bytes:
    """No change."""
    return answer


def through(real: str, change: Change = truly, *, prefix: str = "") -> Reply:
    """Hand a request below `prefix` on to the real server and its answer back, changed."""

    def reply(request: Request) -> None:
        if not request.path.startswith(prefix):
            request.send("", status=404)
            return
        url = real + request.path.removeprefix(prefix)
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - a loopback address
                body = answer.read()
        except urllib.error.HTTPError as error:
            request.send(error.read(), status=error.code)
            return
        request.send(change(body), Content_Type="application/json")

    return reply
