"""The live demo's repository: manifests and a policy as a team would have them, and the human who commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from promoter.policy.read import read_policy

NAME = "yolo-detection"
STABLE, GRAY, SECOND = "v8-stable", "v9-gray", "v10-gray"
FOLDER = f"manifests/{NAME}"
ROUTE, SPLIT = f"{FOLDER}/virtual-service.yaml", f"{FOLDER}/sticky-split.yaml"
POLICY = f"policies/{NAME}.yaml"
HUMAN = "Ada"

_ROUTE_TEXT = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: yolo-detection-vs
spec:
  hosts: [yolo-api.example.com]
  http:
    - name: no-device-id
      match:
        - withoutHeaders:
            x-device-id: {}
      route:
        - destination: {host: yolo-service, subset: v8-stable}
          headers: {response: {set: {x-model-version: v8-stable}}}
    - name: detect
      route:
        # The order and the total stay: they decide which camera is on which side.
"""

_DESTINATION_TEXT = """        - destination: {host: yolo-service, subset: VERSION}
          weight: WEIGHT
          headers:
            request: {set: {x-model-version: VERSION}}
            response: {set: {x-model-version: VERSION}}
"""

_SPLIT_TEXT = """\
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata:
  name: yolo-sticky-split
spec:
  configPatches:
    - applyTo: HTTP_ROUTE
      match:
        context: GATEWAY
        routeConfiguration: {vhost: {name: "yolo-api.example.com:80", route: {name: detect}}}
      patch:
        operation: MERGE
        value:
          route:
            hash_policy:
              - header:
                  header_name: x-device-id
                  regex_rewrite: {pattern: {regex: "^(.*)$"}, substitution: 'v9-gray:\\1'}
                terminal: true
            weighted_clusters: {use_hash_policy: true}
"""

# Seconds where a factory would have minutes: the clock is real, the release is not long.
_POLICY_TEXT = """\
version: 1
name: yolo-detection
route:
  file: manifests/yolo-detection/virtual-service.yaml
  kind: VirtualService
  name: yolo-detection-vs
  http: detect
stable: v8-stable
candidates: [v9-gray]
workloads:
  v8-stable: {file: manifests/yolo-detection/stable.yaml, kind: Deployment, name: yolo-v8-stable}
  v9-gray: {file: manifests/yolo-detection/gray.yaml, kind: Deployment, name: yolo-v9-gray}
steps: [1, 5, 20, 50, 100]
merge: auto
bake: {min: 6s, max: 15m}
settle: 1s
apply_deadline: 20s
prometheus: {step: 1s, freshness: 6s}
judge: {rule: sequential}
applied:
  requests: >-
    istio_requests_total{reporter="source", destination_service_name="yolo-service", model_version="$version"}
ready: up{job="yolo", version="$version"}
checks:
  reachable:  # seen from the gateway: requests that reach no pod
    bad: >-
      istio_requests_total{reporter="source", destination_service_name="yolo-service", model_version="$version",
      response_flags=~"(.*,)?(UF|UH|UO|NC|NR|URX)(,.*)?"}
    total: >-
      istio_requests_total{reporter="source", destination_service_name="yolo-service", model_version="$version"}
    at_most: 2%
  success-rate:
    bad: istio_requests_total{reporter="destination", destination_version="$version", response_code=~"5.."}
    total: istio_requests_total{reporter="destination", destination_version="$version"}
    at_most: 2%
  p99-latency:
    histogram: istio_request_duration_milliseconds{reporter="destination", destination_version="$version"}
    quantile: 0.99
    at_most: 250ms
  map50:
    gauge: yolo_map50{version="$version"}
    at_least: 36.0
    within: 3%
  gpu-memory:
    gauge: DCGM_FI_DEV_FB_USED{version="$version"}
    growth_at_most: 15%
    # The sequential rule also asks where memory is going, which takes ten minutes of readings: too long here.
    rule: threshold
    threshold: {window: 2s, last: 3, breaches: 3, min_samples: 3}
"""

_DEPLOYMENT_TEXT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: yolo-VERSION
spec:
  replicas: 1
  selector: {matchLabels: {app: yolo, version: VERSION}}
  template:
    metadata:
      labels: {app: yolo, version: VERSION}
    spec:
      containers:
        - name: yolo
          image: registry.example.com/yolo:TAG
"""


class Scratch:
    """A throw-away repository with one branch, main, that the agent follows."""

    def __init__(
        self, path: Path, at: datetime, *, gray: int = 0, tag: str = "v9s", second: bool = False
    ) -> None:
        from git import Repo  # noqa: PLC0415 - git is imported where it is used

        self.path = path
        self._repo = Repo.init(path, initial_branch="main")
        with self._repo.config_writer() as config:
            config.set_value("user", "name", HUMAN)
            config.set_value("user", "email", "ada@example.com")
            config.set_value("commit", "gpgsign", "false")
            config.set_value("gc", "auto", "0")
        for both in (False, True):  # a broken demo is told here, not in the middle
            read_policy(POLICY, _policy(second=both).encode())
        files = {
            SPLIT: _SPLIT_TEXT,
            **_deployment("stable", STABLE, "v8n"),
            **_candidates(tag, gray, second=second),
        }
        self.commit(files, f"{NAME}: v8n is stable, {tag} waits as gray", at)

    def introduce(self, tag: str, at: datetime, *, gray: int = 0, second: bool = False) -> None:
        """The next model waits as gray: a new image on base is a new candidate, the ladder starts again.

        With `second` another candidate climbs beside it, from the same weight.
        """
        self.commit(_candidates(tag, gray, second=second), f"introduce {tag} as gray", at)

    def commit(self, files: Mapping[str, str], message: str, at: datetime) -> None:
        """A human's commit on main."""
        for name, text in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self._repo.index.add(list(files))
        self._repo.index.commit(message, author_date=at, commit_date=at)


def _candidates(tag: str, gray: int, *, second: bool) -> dict[str, str]:
    """Routes, policy and images. Each candidate has an edge of its own, and stable what is between them."""
    weights = {STABLE: 100 - gray, GRAY: gray}
    if second:
        weights = {SECOND: gray, STABLE: 100 - 2 * gray, GRAY: gray}
    destinations = [
        _DESTINATION_TEXT.replace("VERSION", version).replace("WEIGHT", str(weight))
        for version, weight in weights.items()
    ]
    return {
        ROUTE: _ROUTE_TEXT + "".join(destinations),
        POLICY: _policy(second=second),
        **_deployment("gray", GRAY, tag),
        **(_deployment("gray-second", SECOND, f"{tag}-second") if second else {}),
    }


def _policy(*, second: bool) -> str:
    if not second:
        return _POLICY_TEXT
    workload = f"  {SECOND}: {{file: {FOLDER}/gray-second.yaml, kind: Deployment, name: yolo-{SECOND}}}\n"
    return (
        _POLICY_TEXT.replace(f"candidates: [{GRAY}]", f"candidates: [{GRAY}, {SECOND}]")
        .replace("steps:", f"{workload}steps:")
        .replace("merge: auto", "merge: auto\nexperiment: {hold_at: 20}")
    )


def _deployment(file: str, version: str, tag: str) -> dict[str, str]:
    text = _DEPLOYMENT_TEXT.replace("VERSION", version).replace("TAG", tag)
    return {f"{FOLDER}/{file}.yaml": text}
