"""The plant: Envoy, the model servers behind it, cameras before it, an agent, and what scrapes them all."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from promoter.plant import envoy, scraping
from promoter.plant.behaviour import Behaviour
from promoter.plant.processes import Process, ReservedPort, wait_until
from promoter.plant.scraping import Scraper, Target

HOST = "yolo-api.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the plant consists of: versions and how they behave, the cameras, and where routes come from.

    `rate` is in frames a second, all cameras together; `files` are the manifests that the agent applies.
    """

    versions: Mapping[str, Behaviour]
    repository: Path
    files: Sequence[str]
    branch: str = "main"
    rate: float = 400.0
    devices: int = 5000


@dataclass(slots=True)
class _Pod:
    """One version's place: its port stays while its process comes and goes."""

    version: str
    behaviour: Behaviour
    reserved: ReservedPort = field(default_factory=ReservedPort)
    process: Process | None = None


class Plant:
    """Started by `with`; everything it started is gone after it, by its own process id."""

    def __init__(self, layout: Layout, folder: Path) -> None:
        self._layout = layout
        self._folder = folder
        self._stack = ExitStack()
        self._pods: dict[str, _Pod] = {}
        self._agent_lines: list[dict[str, Any]] = []
        self._agent_offset = 0
        self.programs = (envoy.program(), scraping.program())

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        """Everything at once; then wait for each."""
        for version, behaviour in self._layout.versions.items():
            self._pods[version] = _Pod(version, behaviour)
            self._stack.callback(self._pods[version].reserved.close)
            self.start_pod(version, behaviour, wait=False)
        files = [word for name in self._layout.files for word in ("--file", name)]
        clusters = [word for name in self._pods for word in ("--cluster", name)]
        where = ["--repository", str(self._layout.repository), "--branch", self._layout.branch]
        agent = self._python("agent", [*where, *files, *clusters, "--folder", str(self._folder)])
        telemetry = self._python("telemetry", ["--log", str(self._folder / "access.log")])
        telemetry.wait_ready()
        self.scraper = Scraper(self.programs[1], self._folder, self._targets(telemetry.port))
        self._stack.callback(self.scraper.stop)
        self.scraper.start()
        agent.wait_ready()
        wait_until("the first routes", lambda: self.routed() or not agent.running)
        ports = {version: pod.reserved.number for version, pod in self._pods.items()}
        self.envoy = envoy.Envoy(self.programs[0], self._folder, ports)
        self._stack.callback(self.envoy.process.stop)
        self.envoy.wait_ready()
        for pod in self._pods.values():
            if pod.process:
                pod.process.wait_ready()
        load = ["--envoy", str(self.envoy.port), "--host", HOST, "--rate", str(self._layout.rate)]
        self._cameras = self._python("cameras", [*load, "--devices", str(self._layout.devices)])
        self._cameras.wait_ready()
        self.scraper.wait_ready()

    def _targets(self, telemetry: int) -> list[Target]:
        pods = [
            Target("yolo", pod.reserved.number, {"version": version, "pod": f"yolo-{version}-0"})
            for version, pod in self._pods.items()
        ]
        return [*pods, Target("istio-ingressgateway", telemetry, {"pod": "istio-ingressgateway-0"})]

    def _python(self, name: str, arguments: Sequence[str]) -> Process:
        process = Process(f"the {name}", f"promoter.plant.{name}", arguments, self._folder / f"{name}.log")
        self._stack.callback(process.stop)
        return process

    # --- what happens to it --------------------------------------------------------------------------

    def start_pod(self, version: str, behaviour: Behaviour, *, wait: bool = True) -> None:
        """A version's process, in place of the one before."""
        pod = self._pods[version]
        pod.behaviour = behaviour
        if pod.process:
            pod.process.stop()
        where = ["--version", version, "--port", str(pod.reserved.number)]
        log = self._folder / f"{version}.log"
        name = f"the model server {version}"
        pod.process = Process(
            name, "promoter.plant.model_server", [*where, "--behaviour", behaviour.to_json()], log
        )
        self._stack.callback(pod.process.stop)
        if wait:
            pod.process.wait_ready()

    def kill_pod(self, version: str) -> None:
        """SIGKILL: from now on its port refuses connections."""
        process = self._pods[version].process
        if process:
            process.kill()

    def behave(self, version: str, behaviour: Behaviour) -> None:
        """Change how a running version behaves."""
        self._pods[version].behaviour = behaviour
        self._ask(self._pods[version].reserved.number, "/behaviour", behaviour.to_json().encode())

    def behaviour(self, version: str) -> Behaviour:
        """How a version behaves, or would if it ran."""
        return self._pods[version].behaviour

    # --- what is seen of it --------------------------------------------------------------------------

    def cameras(self) -> dict[str, Any]:
        """What the cameras saw: see promoter/plant/cameras.py."""
        found = json.loads(self._ask(self._cameras.port, "/state"))
        return dict(found)

    def routed(self) -> list[dict[str, Any]]:
        """What the agent did so far, oldest first."""
        log = self._folder / "agent.jsonl"
        if log.is_file():
            with log.open(encoding="utf-8") as file:
                file.seek(self._agent_offset)
                for line in iter(file.readline, ""):
                    if not line.endswith("\n"):
                        break
                    self._agent_lines.append(json.loads(line))
                    self._agent_offset += len(line.encode())
        return self._agent_lines

    def pids(self) -> list[int]:
        """The process ids of all that runs now."""
        pods = [pod.process for pod in self._pods.values()]
        return [process.pid for process in (*pods, self._cameras, self.envoy.process) if process]

    @staticmethod
    def _ask(port: int, path: str, body: bytes | None = None) -> bytes:
        url = f"http://127.0.0.1:{port}{path}"
        with urllib.request.urlopen(url, data=body, timeout=10) as answer:
            return bytes(answer.read())
