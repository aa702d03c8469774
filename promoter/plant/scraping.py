"""Prometheus (or VictoriaMetrics) that scrapes the plant: found or fetched, started, killed, started again."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from promoter.plant import debian
from promoter.plant.debian import UnavailableError
from promoter.plant.processes import PlantError, Process, ReservedPort, keep, wait_until

_CHECKOUT = Path(__file__).resolve().parents[2]
EVERY = "1s"


@dataclass(frozen=True, slots=True)
class Program:
    """What scrapes: Prometheus itself, or VictoriaMetrics, which speaks its language."""

    path: Path
    victoria: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One process to scrape."""

    job: str
    port: int
    labels: Mapping[str, str]


def cache() -> Path:
    """Where fetched programs are kept: the checkout's own folder, else the user's cache."""
    if (_CHECKOUT / "pyproject.toml").is_file():
        return _CHECKOUT / ".cache" / "prometheus"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "gray-promoter"


def program() -> Program:
    """Prometheus from PATH or Debian's package, else VictoriaMetrics. Raises PlantError where none can be had."""
    try:
        if debian.find("prometheus", cache()) is None and (place := debian.find("victoria-metrics", cache())):
            return Program(place / "victoria-metrics", victoria=True)
        return Program(debian.ensure("prometheus", cache()) / "prometheus")
    except UnavailableError as error:
        raise PlantError(f"the live demo needs a Prometheus: {error}") from None


class Scraper:
    """The metrics server. It may die and come back: its data and its port stay."""

    def __init__(self, wanted: Program, folder: Path, targets: list[Target]) -> None:
        self._program = wanted
        self._folder = folder / "metrics"
        self._folder.mkdir()
        self._count = len(targets)
        self._port = ReservedPort()
        self.url = f"http://127.0.0.1:{self._port.number}"
        self.process: Process | None = None
        (self._folder / "config.json").write_text(json.dumps(_config(targets)), encoding="utf-8")

    def start(self) -> None:
        """Start it. `wait_ready` waits for it."""
        address = f"127.0.0.1:{self._port.number}"
        config, data = self._folder / "config.json", self._folder / "data"
        if self._program.victoria:
            options = [
                f"-storageDataPath={data}",
                f"-httpListenAddr={address}",
                f"-promscrape.config={config}",
                "-search.latencyOffset=1ms",
                "-loggerLevel=WARN",
            ]
        else:
            options = [
                f"--config.file={config}",
                f"--storage.tsdb.path={data}",
                f"--web.listen-address={address}",
                "--log.level=warn",
            ]
        self._port.close()  # it cannot share the port; SO_REUSEADDR lets it take it again
        command: list[str | Path] = [self._program.path, *options]
        self.process = keep("the metrics server", command, self._folder / "log")

    def wait_ready(self) -> None:
        """Until it answers. Raises PlantError."""
        if self.process is None:
            raise PlantError("the metrics server was not started")
        self.process.wait_ready()
        wait_until("the metrics server's start", self._answers)

    def scraped(self) -> bool:
        """Whether every target was scraped. The first time is some five seconds after the start."""
        return self.value("count(up == 1)") >= self._count

    def value(self, query: str) -> float:
        """The one value of a query; 0 where it has none, or there is no answer."""
        text = urllib.parse.quote(query)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query?query={text}", timeout=5) as answer:  # noqa: S310
                found = json.load(answer)["data"]["result"]
        except (urllib.error.URLError, OSError, ValueError, KeyError):
            return 0.0
        return float(found[0]["value"][1]) if found else 0.0

    def kill(self) -> None:
        """SIGKILL, as an out-of-memory kill would."""
        if self.process:
            self.process.kill()

    def stop(self) -> None:
        """End it."""
        if self.process:
            self.process.stop()
        self._port.close()

    def _answers(self) -> bool:
        if self.process is None or not self.process.running:
            raise PlantError(
                "the metrics server ended at once", hint="see metrics/log in its folder (--keep)"
            )
        path = "/health" if self._program.victoria else "/-/ready"
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:  # noqa: S310 - loopback
                return int(answer.status) == 200  # noqa: PLR2004 - HTTP OK
        except (urllib.error.URLError, OSError):
            return False


def _config(targets: list[Target]) -> dict[str, object]:
    jobs: dict[str, list[dict[str, object]]] = {}
    for target in targets:
        one: dict[str, object] = {"targets": [f"127.0.0.1:{target.port}"], "labels": dict(target.labels)}
        jobs.setdefault(target.job, []).append(one)
    return {
        "global": {"scrape_interval": EVERY, "scrape_timeout": EVERY},
        "scrape_configs": [{"job_name": job, "static_configs": found} for job, found in jobs.items()],
    }
