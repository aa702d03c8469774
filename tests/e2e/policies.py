"""The files of the tests' repository: a manifest, a deployment and a policy with the four health limits."""

from __future__ import annotations

NAME = "yolo-detection"
MANIFEST = "manifests/yolo-detection/virtual-service.yaml"
DEPLOYMENT = "manifests/yolo-detection/deployment-gray.yaml"
POLICY = "policies/yolo-detection.yaml"


def a_manifest(percent: int) -> str:
    """A VirtualService as a team writes it, with gray at `percent`."""
    return f"""\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: yolo-detection-vs   # cameras of line A
spec:
  hosts:
    - yolo-api.example.com
  http:
    - name: detect
      route:
        - destination:
            host: yolo-service
            subset: v8-stable
          weight: {100 - percent}
        - destination: {{host: yolo-service, subset: v9-gray}}
          weight: {percent}   # raised by promoter
"""


def a_deployment(tag: str) -> str:
    """What runs behind gray."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: yolo-v9-gray
spec:
  template:
    spec:
      containers:
        - name: yolo
          image: registry.example.com/yolo:{tag}
"""


def a_policy(scenario: str, **changes: str) -> str:
    """The policy that watches one scenario of the history; `changes` replaces top-level keys by name.

    A changed key is given as its YAML text on one line, "" drops it.
    """
    sections = {**_SECTIONS, **changes}
    text = "".join(f"{name}: {value}\n" for name, value in sections.items() if value)
    return text.replace("CLUSTER", scenario)


def checks(**changes: str) -> str:
    """The four checks; `changes` replaces a check's keys, "" drops the check."""
    found = {**_CHECKS, **{name.replace("_", "-"): text for name, text in changes.items()}}
    return "".join(f"\n  {name}: {{{text}}}" for name, text in found.items() if text)


_CHECKS = {
    "success-rate": """
    bad: 'istio_requests_total{cluster="CLUSTER", destination_version="$version", response_code=~"5.."}',
    total: 'istio_requests_total{cluster="CLUSTER", destination_version="$version"}',
    at_most: 0.05%""",
    "p99-latency": """
    histogram: 'istio_request_duration_milliseconds{cluster="CLUSTER", destination_version="$version"}',
    quantile: 0.99, at_most: 50ms""",
    "map50": """
    gauge: 'avg(yolo_map50{cluster="CLUSTER", version="$version"})', at_least: 36.0, within: 2%""",
    "gpu-memory": """
    gauge: 'avg(DCGM_FI_DEV_FB_USED{cluster="CLUSTER", version="$version"})', growth_at_most: 15%""",
}

_SECTIONS = {
    "version": "1",
    "name": NAME,
    "route": f"{{file: {MANIFEST}, kind: VirtualService, name: yolo-detection-vs}}",
    "stable": "v8-stable",
    "candidates": "[v9-gray]",
    "workloads": f"{{v9-gray: {{file: {DEPLOYMENT}, kind: Deployment, name: yolo-v9-gray}}}}",
    "steps": "[1, 5, 20, 50, 100]",
    "merge": "approval",
    "bake": "{min: 3m, max: 2h}",
    "settle": "30s",
    "apply_deadline": "10m",
    "judge": "{rule: threshold, threshold: {window: 1m, last: 3, breaches: 2, min_samples: 5}}",
    "applied": """{requests: 'istio_requests_total{cluster="CLUSTER", destination_version="$version"}'}""",
    "ready": """'up{cluster="CLUSTER", version="$version"}'""",
    "checks": checks(),
}
