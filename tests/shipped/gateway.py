"""A real Envoy with the shipped routes and filters, before two versions of a model that lies about itself."""

from __future__ import annotations

import http.client
import http.server
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.shipped.kustomize import MANIFESTS, Object, documents

READY_SECONDS = 30.0
HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"


class Model(http.server.BaseHTTPRequestHandler):
    """A pod that lies about its version, and tells which request header it got."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def do_GET(self) -> None:
        body = f"{self.headers['x-model-version']} {self.headers['x-model-bucket']}".encode()
        self.send_response(200)
        self.send_header("x-model-version", "forged")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the test reads answers."""


def patches(directory: str) -> list[Object]:
    (found,) = documents(MANIFESTS / "yolo-detection" / directory / "sticky-split.yaml")
    return list(found["spec"]["configPatches"])


def configuration(directory: str, gray: int, backend: int) -> dict[str, Any]:
    """What istiod makes of the shipped VirtualService and EnvoyFilter, in the parts that matter here."""
    (service,) = documents(MANIFESTS / "yolo-detection" / "virtual-service.yaml")
    keyless, split = service["spec"]["http"]
    assert keyless["match"] == [{"withoutHeaders": {"x-device-id": {}}}]
    weights = {"v8-stable": 100 - gray, "v9-gray": gray}
    parts = [_part(part, weights[part["destination"]["subset"]]) for part in split["route"]]
    absent = {"name": "x-device-id", "present_match": True, "invert_match": True}
    routes: list[dict[str, Any]] = [
        {
            "match": {"prefix": "/", "headers": [absent]},
            "route": {"weighted_clusters": {"clusters": [_part(keyless["route"][0], 100)]}},
        },
        {"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": parts}}},
    ]
    filters = []
    for patch in patches(directory):
        if patch["applyTo"] == "HTTP_FILTER":
            filters.append(patch["patch"]["value"])
        else:
            extra = patch["patch"]["value"]["route"]
            routes[1]["route"] |= {
                **extra,
                "weighted_clusters": {"clusters": parts, **extra["weighted_clusters"]},
            }
    filters.append({"name": "router", "typed_config": {"@type": ROUTER}})
    manager = {
        "@type": HCM, "stat_prefix": "x", "http_filters": filters,
        "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]},
    }  # fmt: skip
    return {
        "static_resources": {
            "listeners": [
                {"address": _at(0), "filter_chains": [{"filters": [{"name": "m", "typed_config": manager}]}]}
            ],
            "clusters": [_cluster(name, backend) for name in weights],
        },
        "admin": {"address": _at(0)},
    }


def _part(part: dict[str, Any], weight: int) -> dict[str, Any]:
    def added(way: str) -> list[dict[str, Any]]:
        pairs = part["headers"][way]["set"].items()
        return [
            {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            for key, value in pairs
        ]

    return {
        "name": part["destination"]["subset"], "weight": weight,
        "request_headers_to_add": added("request"), "response_headers_to_add": added("response"),
    }  # fmt: skip


def _at(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _at(port)}}
    hosts = {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {"name": name, "type": "STATIC", "connect_timeout": "5s", "load_assignment": hosts}


@contextmanager
def gateway(envoy: str, directory: str, gray: int, place: Path) -> Iterator[int]:
    """An Envoy before two versions of a lying model; the port it listens on."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config, admin = place / f"envoy-{gray}.json", place / f"admin-{gray}"
    config.write_text(json.dumps(configuration(directory, gray, server.server_address[1])), encoding="utf-8")
    command = [
        envoy,
        "-c",
        str(config),
        "--admin-address-path",
        str(admin),
        "--disable-hot-restart",
        "-l",
        "error",
    ]
    with (place / f"envoy-{gray}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield _listener(admin, process, place / f"envoy-{gray}.log")
    finally:
        process.terminate()
        process.wait(timeout=30)
        server.shutdown()
        server.server_close()


def _listener(admin: Path, process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            host, _, port = admin.read_text(encoding="utf-8").strip().rpartition(":")
            with closing(http.client.HTTPConnection(host, int(port), timeout=5)) as connection:
                connection.request("GET", "/listeners?format=json")
                found = json.loads(connection.getresponse().read())["listener_statuses"]
            return int(found[0]["local_address"]["socket_address"]["port_value"])
        except (OSError, ValueError, KeyError, IndexError, http.client.HTTPException):
            time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))


def ask(port: int, requests: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Each request's answering version (by the response header) and what the pod was told."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = []
    for headers in requests:
        connection.request("GET", "/", headers=headers)
        response = connection.getresponse()
        answers.append((",".join(response.headers.get_all("x-model-version", [])), response.read().decode()))
    connection.close()
    return answers


def versions(port: int, cameras: Sequence[str]) -> dict[str, str]:
    """The version that answers each camera."""
    answers = ask(port, [{"x-device-id": camera} for camera in cameras])
    return {camera: version for camera, (version, _) in zip(cameras, answers, strict=True)}
