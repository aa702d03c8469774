"""A real Prometheus (or VictoriaMetrics) on loopback, over a history written beforehand.

history = History()
history.counter("requests_total", {"version": "v9"}, [(t, v), ...])
with running_prometheus(binaries, history, tmp_path) as server:
    ... server.url ...
    server.stop()  # as if it died
"""

from __future__ import annotations

import math
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Samples = Iterable[tuple[float, float]]
_LISTENING = re.compile(r'msg="Listening on" address=(\S+)')
_START_SECONDS = 30.0


@dataclass
class History:
    """Series to be there when the server starts. Times are Unix seconds, ascending within a series."""

    series: list[tuple[str, dict[str, str], list[tuple[float, float]]]] = field(default_factory=list)

    def counter(self, name: str, labels: Mapping[str, str], samples: Samples) -> None:
        """A counter's readings: a smaller value than the one before is a restart."""
        self.series.append((name, dict(labels), list(samples)))

    def gauge(self, name: str, labels: Mapping[str, str], samples: Samples) -> None:
        """A gauge's readings."""
        self.counter(name, labels, samples)

    def climb(
        self,
        name: str,
        labels: Mapping[str, str],
        *,
        start: float,
        end: float,
        rate: float,
        value: float = 0.0,
        every: float = 15.0,
    ) -> None:
        """A counter that is `value` at `start` and grows by `rate` a second."""
        self.counter(name, labels, [(t, value + rate * (t - start)) for t in _times(start, end, every)])

    def level(
        self,
        name: str,
        labels: Mapping[str, str],
        *,
        start: float,
        end: float,
        value: float,
        every: float = 15.0,
    ) -> None:
        """A gauge that stays at `value`."""
        self.gauge(name, labels, [(t, value) for t in _times(start, end, every)])

    def openmetrics(self) -> str:
        """The text that promtool reads."""
        return "".join((*self._lines(1, "{:.3f}"), "# EOF\n"))

    def exposition(self) -> str:
        """The text that VictoriaMetrics imports."""
        return "".join(self._lines(1000, "{:.0f}"))

    def _lines(self, scale: int, form: str) -> Iterator[str]:
        for name, labels, samples in self.series:
            pairs = ",".join(f"{label}={_quoted(value)}" for label, value in labels.items())
            head = f"{name}{{{pairs}}}" if pairs else name
            for moment, value in samples:
                yield f"{head} {_number(value)} {form.format(moment * scale)}\n"


@dataclass
class Server:
    """A server under test; `url` has no slash at its end."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """As if it died. Twice is once."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_prometheus(binaries: Path, history: History, place: Path) -> Iterator[Server]:
    """Prometheus over `history`, in a new folder under `place`, on a free port of loopback."""
    home = _new_folder(place, "prometheus")
    text = home / "history.om"
    text.write_text(history.openmetrics(), encoding="utf-8", newline="\n")
    with serving(binaries, text if history.series else None, home) as server:
        yield server


@contextmanager
def serving(
    binaries: Path, openmetrics: Path | None, home: Path, *, config: str = "{}\n"
) -> Iterator[Server]:
    """Prometheus over the samples of an OpenMetrics file, with its data and log in the folder `home`."""
    data = home / "data"
    data.mkdir(parents=True)
    if openmetrics is not None:
        backfill: list[str | Path] = [binaries / "promtool", "tsdb", "create-blocks-from", "openmetrics"]
        subprocess.run([*backfill, "-q", openmetrics, data], check=True, capture_output=True, timeout=300)
    (home / "prometheus.yml").write_text(config, encoding="utf-8")
    command: list[str | Path] = [
        binaries / "prometheus",
        f"--config.file={home}/prometheus.yml",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=100y",
        "--web.listen-address=127.0.0.1:0",
    ]
    with _running(command, home / "log") as process:
        address = _logged_address(home / "log", process)
        server = Server(f"http://{address}", process)
        _wait_for(f"{server.url}/-/ready", process, home / "log")
        yield server


@contextmanager
def running_victoria_metrics(
    binaries: Path, history: History, place: Path, *, config: str | None = None
) -> Iterator[Server]:
    """VictoriaMetrics over `history`, in a new folder under `place`, on a free port of loopback."""
    home = _new_folder(place, "victoria-metrics")
    address = f"127.0.0.1:{_free_port()}"
    command: list[str | Path] = [
        binaries / "victoria-metrics",
        f"-storageDataPath={home}/data",
        f"-httpListenAddr={address}",
        "-retentionPeriod=100y",
        "-search.latencyOffset=1ms",
    ]
    if config is not None:
        (home / "scrape.yml").write_text(config, encoding="utf-8")
        command += [
            f"-promscrape.config={home}/scrape.yml",
            "-promscrape.config.strictParse=false",  # it takes the interval of target files from a flag
            "-promscrape.fileSDCheckInterval=1s",
        ]
    with _running(command, home / "log") as process:
        server = Server(f"http://{address}", process)
        _wait_for(f"{server.url}/health", process, home / "log")
        for path, body in (
            ("api/v1/import/prometheus", history.exposition().encode()),
            ("internal/force_flush", None),
        ):
            with urllib.request.urlopen(f"{server.url}/{path}", data=body, timeout=60) as response:  # noqa: S310
                response.read()
        yield server


@contextmanager
def _running(command: list[str | Path], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, cwd=log.parent) as process:
        try:
            yield process
        finally:
            process.kill()


def _logged_address(log: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        found = _LISTENING.search(log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"Prometheus did not start:\n{log.read_text(errors='replace')}")


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - a loopback address
                response.read()
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise AssertionError(f"{url} did not become ready:\n{log.read_text(errors='replace')}")


def _new_folder(place: Path, name: str) -> Path:
    number = sum(1 for _ in place.glob(f"{name}-*"))
    folder = place / f"{name}-{number}"
    folder.mkdir()
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _times(start: float, end: float, every: float) -> list[float]:
    return [start + every * number for number in range(int((end - start) // every) + 1)]


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else ("+Inf" if value > 0 else "-Inf")


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"') + '"'
