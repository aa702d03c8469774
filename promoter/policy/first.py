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

applied: # the counter by which traffic is seen to follow the weights, as its callers and the gateway count it
  requests: {sent}

checks:
  reachable: # requests that reached no pod: a dead candidate answers nothing, and only its callers see that{needs}
    bad: {unreached}
    total: {sent}
    at_most: 0.05%
  success-rate: # the share of failed requests; code 0 is a connection that ended without an answer
    bad: {bad}
    total: {requests}
    at_most: 0.05%
  p99-latency: # at most 1 % of requests slower; exact where the histogram has an edge at the limit
    histogram: {histogram}
    quantile: 0.99
    at_most: 50ms
"""


_UNREACHED = 'response_flags=~"(.*,)?(UF|UH|UO|NC|NR|URX)(,.*)?"'  # Envoy's flags for "no pod was reached"
_NEEDS = """
    # model_version is the x-model-version header that the route sets for each destination, made a label at the gateway.
    # Without both, this check and the split show no data, and promoter waits: docs/how-to/see-dead-candidates.md"""


def _answered(stable: str) -> str:
    """Labels of what a version's pods counted; a pod knows its version, or its service is the version."""
    if "/" in stable:
        return f'reporter="destination", {_service(stable)}, destination_version="$version"'
    return f'reporter="destination", {_own(stable)}="$version"'


def _sent(stable: str) -> str:
    """Labels of what was sent to a version, also where no pod of it was there to tell its version."""
    if "/" in stable:
        return f'reporter="source", {_service(stable)}, model_version="$version"'
    return f'reporter="source", {_own(stable)}="$version"'


def _service(stable: str) -> str:
    return f'destination_service_name="{_host(stable).partition(".")[0]}"'


def _own(stable: str) -> str:
    """The label that holds a host as the route writes it."""
    return "destination_service" if "." in _host(stable) else "destination_service_name"


def _host(destination: str) -> str:
    return destination.partition("/")[0].partition(":")[0]


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
    answered, sent = _answered(stable), _sent(stable)
    narrowed = (f"\n  namespace: {namespace}" if namespace else "") + (f"\n  http: {route}" if route else "")
    return _POLICY.format(
        name=name,
        file=file,
        kind=kind,
        resource=resource,
        narrowed=narrowed,
        stable=_version(stable),
        candidate=_version(candidate),
        sent=f"istio_requests_total{{{sent}}}",
        unreached=f"istio_requests_total{{{sent}, {_UNREACHED}}}",
        needs=_NEEDS if "/" in stable else "",
        requests=f"istio_requests_total{{{answered}}}",
        bad=f'istio_requests_total{{{answered}, response_code=~"5..|0"}}',
        histogram=f"istio_request_duration_milliseconds{{{answered}}}",
    )


def _version(destination: str) -> str:
    """How a policy names a destination: by its subset where it has one, else by its host."""
    host, _, subset = destination.partition("/")
    return subset or host.partition(":")[0]


def rollout_name(resource: str) -> str:
    """A rollout's name from a resource's: lower case, digits and dashes."""
    plain = re.sub(r"[^a-z0-9]+", "-", resource.lower()).strip("-")
    return re.sub(r"-(vs|virtualservice|route|httproute)$", "", plain)[:63] or "rollout"
