"""The demo's scratch repository: a manifest, two deployments and a policy, as a team would have them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from promoter.manifest.edit import edit_weights
from promoter.manifest.locate import locate_route
from promoter.policy.read import read_policy

MANIFEST = "manifests/yolo-detection/virtual-service.yaml"
POLICY = "policies/yolo-detection.yaml"

_MANIFEST_TEXT = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: yolo-detection-vs
spec:
  hosts: [yolo-api.example.com]
  http:
    - name: detect
      route:
        - destination: {host: yolo-service, subset: stable}
          weight: 100
        - destination: {host: yolo-service, subset: gray}
          weight: 0
"""

_POLICY_TEXT = """\
version: 1
name: yolo-detection
route:
  file: manifests/yolo-detection/virtual-service.yaml
  kind: VirtualService
  name: yolo-detection-vs
stable: stable
candidates: [gray]
workloads:
  stable: {file: manifests/yolo-detection/stable.yaml, kind: Deployment, name: yolo-stable}
  gray: {file: manifests/yolo-detection/gray.yaml, kind: Deployment, name: yolo-gray}
steps: [1, 5, 20, 50, 100]
merge: auto
bake: {min: 5m, max: 2h}
settle: 60s
applied:
  requests: istio_requests_total{destination_version="$version"}
ready: up{version="$version"}
checks:
  success-rate:
    bad: istio_requests_total{destination_version="$version", response_code=~"5.."}
    total: istio_requests_total{destination_version="$version"}
    at_most: 0.05%
  p99-latency:
    histogram: istio_request_duration_milliseconds{destination_version="$version"}
    quantile: 0.99
    at_most: 50ms
  map50:
    gauge: yolo_map50{version="$version"}
    at_least: 36.0
    within: 2%
  gpu-memory:
    gauge: DCGM_FI_DEV_FB_USED{version="$version"}
    growth_at_most: 15%
"""

_DEPLOYMENT_TEXT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: yolo-{version}
spec:
  template:
    spec:
      containers:
        - name: yolo
          image: registry.example.com/yolo:{tag}
"""


class Scratch:
    """A throw-away repository with one branch, main, and a human who commits to it."""

    def __init__(self, path: Path, at: datetime) -> None:
        from git import Repo  # noqa: PLC0415 - git is imported where it is used

        self.path = path
        self._repo = Repo.init(path, initial_branch="main")
        with self._repo.config_writer() as config:
            config.set_value("user", "name", "Ada")
            config.set_value("user", "email", "ada@example.com")
        self._commit(
            {
                MANIFEST: _MANIFEST_TEXT,
                POLICY: _POLICY_TEXT,
                **self._deployment("stable", "v8n"),
                **self._deployment("gray", "v9s"),
            },
            "add yolo-detection: v8n stable, v9s waits as gray",
            at,
        )
        read_policy(POLICY, _POLICY_TEXT.encode())  # a broken demo is told here, not in the middle

    def finish(self, tag: str, following: str, at: datetime) -> None:
        """The gray model becomes the stable one, its weight returns to 0, and the next one waits as gray."""
        policy = read_policy(POLICY, _POLICY_TEXT.encode())
        located = locate_route(MANIFEST, (self.path / MANIFEST).read_bytes(), policy.route)
        stable, gray = (located.resolve(version) for version in policy.versions)
        text = edit_weights(located, {stable: 100, gray: 0}).decode()
        self._commit({MANIFEST: text, **self._deployment("stable", tag)}, f"finish: {tag} is stable now", at)
        self._commit(self._deployment("gray", following), f"introduce {following} as gray", at)

    def _deployment(self, version: str, tag: str) -> dict[str, str]:
        text = _DEPLOYMENT_TEXT.replace("{version}", version).replace("{tag}", tag)
        return {f"manifests/yolo-detection/{version}.yaml": text}

    def _commit(self, files: dict[str, str], message: str, at: datetime) -> None:
        for name, text in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self._repo.index.add(list(files))
        self._repo.index.commit(message, author_date=at, commit_date=at)
