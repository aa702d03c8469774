"""The first policy for a route: sensible limits, every line explained, ready to be edited."""

from __future__ import annotations

import re

_POLICY = """\
# Written by `promoter init`. Look at the checks: they are what healthy means. Then `promoter lint`.
version: 1
name: {name}

route:
  file: {file}
  kind: {kind}
  name: {resource}{narrowed}

stable: {stable} # carries the rest of the traffic
candidates: [{candidate}] # the version under test

steps: [1, 5, 20, 50, 100] # percent of the route's traffic
merge: approval # a human merges every step; `auto` lets promoter, `observe` only tells
bake: {{min: 10m, max: 24h}} # at least this long at every step; past max a human is asked
on_fail: freeze # stop, keep the evidence, prepare the revert; a human decides

applied: # the counter by which traffic is seen to follow the weights
  requests: {requests}

checks:
  success-rate: # the share of failed requests; code 0 is a connection that ended without an answer
    bad: {bad}
    total: {requests}
    at_most: 0.05%
  p99-latency: # at most 1 % of requests slower; exact where the histogram has an edge at the limit
    histogram: {histogram}
    quantile: 0.99
    at_most: 50ms
"""


def _labels(stable: str) -> str:
    """Which of Istio's standard labels tells the versions apart: a subset's, or the service's own name."""
    host = stable.partition("/")[0].partition(":")[0]
    if "/" in stable:
        service = host.partition(".")[0]
        return f'reporter="destination", destination_service_name="{service}", destination_version="$version"'
    label = "destination_service" if "." in host else "destination_service_name"
    return f'reporter="destination", {label}="$version"'


def first_policy(
    *,
    name: str,
    file: str,
    kind: str,
    resource: str,
    namespace: str | None,
    route: str | None,
    stable: str,
    candidate: str,
) -> str:
    """A policy's text. `stable` and `candidate` are destinations; their subset's name is the version."""
    labels = _labels(stable)
    narrowed = (f"\n  namespace: {namespace}" if namespace else "") + (f"\n  http: {route}" if route else "")
    return _POLICY.format(
        name=name,
        file=file,
        kind=kind,
        resource=resource,
        narrowed=narrowed,
        stable=_version(stable),
        candidate=_version(candidate),
        requests=f"istio_requests_total{{{labels}}}",
        bad=f'istio_requests_total{{{labels}, response_code=~"5..|0"}}',
        histogram=f"istio_request_duration_milliseconds{{{labels}}}",
    )


def _version(destination: str) -> str:
    """How a policy names a destination: by its subset where it has one, else by its host."""
    host, _, subset = destination.partition("/")
    return subset or host.partition(":")[0]


def rollout_name(resource: str) -> str:
    """A rollout's name from a resource's: lower case, digits and dashes."""
    plain = re.sub(r"[^a-z0-9]+", "-", resource.lower()).strip("-")
    return re.sub(r"-(vs|virtualservice|route|httproute)$", "", plain)[:63] or "rollout"
