"""Pods that a real Prometheus scrapes: counters born late, restarts, and a record of what each scrape saw."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Seen = dict[tuple[str, str], list[float]]  # (who scraped, series) -> values, in order


class Pod:
    """One process of a version. Its error counter appears at its first error, as Istio's does."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts: dict[str, float] = {"200": 0.0}
        self.seen: Seen = defaultdict(list)
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def serve(self, requests: int, errors: int = 0) -> None:
        """Answer requests, some of them with an error."""
        with self.lock:
            self.counts["200"] += requests - errors
            if errors:
                self.counts["503"] = self.counts.get("503", 0.0) + errors

    def restart(self) -> None:
        """The process dies and another one takes its place: no series but the first one, at 0."""
        with self.lock:
            self.counts = {"200": 0.0}

    def scrapes(self, by: str) -> int:
        with self.lock:
            return len(self.seen[by, "200"])

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pod = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                by = parse_qs(urlsplit(self.path).query).get("by", ["?"])[0]
                with pod.lock:
                    for code, value in pod.counts.items():
                        pod.seen[by, code].append(value)
                    for code in {key[1] for key in pod.seen if key[0] == by} - set(pod.counts):
                        pod.seen[by, code].append(0.0)  # gone with its process: what comes back began at 0
                    body = "# TYPE requests_total counter\n" + "".join(
                        f'requests_total{{version="v9",response_code="{code}"}} {value}\n'
                        for code, value in pod.counts.items()
                    )
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


def growth(values: list[float]) -> float:
    """What a counter grew by, as a person would add it up from these readings."""
    total, before = 0.0, 0.0
    for value in values:
        total += value - before if value >= before else value
        before = value
    return total


@contextmanager
def pods(*names: str) -> Iterator[dict[str, Pod]]:
    """Pods that listen on free ports of loopback."""
    running = {name: Pod(name) for name in names}
    try:
        yield running
    finally:
        for pod in running.values():
            pod.stop()


def wait_for_scrapes(running: list[Pod], by: list[str], more: int, seconds: float = 60.0) -> None:
    """Until each of them was scraped so many more times by each."""
    wanted = {(pod.name, one): pod.scrapes(one) + more for pod in running for one in by}
    until = time.monotonic() + seconds
    while any(pod.scrapes(one) < wanted[pod.name, one] for pod in running for one in by):
        assert time.monotonic() < until, "no scrapes came"
        time.sleep(0.05)
