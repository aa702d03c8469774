"""Builders of a VirtualService and the mesh around it, for the rules' tests."""

from __future__ import annotations

from promoter.core.route import RouteRef
from promoter.manifest.locate import locate_route
from promoter.manifest.mesh import Mesh, read_mesh
from promoter.manifest.surroundings import Surroundings, surroundings
from promoter.yaml_source import YamlSource

FILE = "vs.yaml"
KEYLESS = "- {name: no-id, match: [{withoutHeaders: {x-device-id: {}}}], route: [{destination: {host: yolo, subset: v8}}]}"
STICKY = """\
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: sticky, namespace: istio-system}
spec:
  configPatches:
  - applyTo: HTTP_ROUTE
    match: {context: GATEWAY, routeConfiguration: {vhost: {name: "yolo.example.com:443", route: {name: split}}}}
    patch:
      operation: MERGE
      value:
        route:
          hash_policy:
          - terminal: true
            header:
              header_name: x-device-id
              regex_rewrite: {pattern: {regex: "^(.*)$"}, substitution: 'r9:\\1'}
          weighted_clusters: {use_hash_policy: true}
"""
RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: yolo}
spec:
  host: yolo
  trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}
  subsets: [{name: v8, labels: {version: v8}}, {name: v9, labels: {version: v9}}, {name: v10, labels: {version: v10}}]
"""
HASHING = RULE.replace("simple: LEAST_REQUEST", "consistentHash: {httpHeaderName: x-device-id}")
PLAIN: tuple[tuple[str, int], ...] = (("v8", 95), ("v9", 5))


def destination(subset: str, weight: int, extra: str = "") -> str:
    return f"{{destination: {{host: yolo, subset: {subset}}}, weight: {weight}{extra}}}"


def a_split(
    *weights: tuple[str, int],
    first: tuple[str, ...] = (KEYLESS,),
    last: tuple[str, ...] = (),
    extra: str = "",
) -> str:
    """A VirtualService's text: its split is called `split`; `extra` is more of that route's YAML, flow style."""
    route = ", ".join(destination(subset, weight) for subset, weight in weights or PLAIN)
    return a_service(f"- {{name: split, {extra}route: [{route}]}}", first=first, last=last)


def a_service(split: str, *, first: tuple[str, ...] = (), last: tuple[str, ...] = ()) -> str:
    """A VirtualService's text around an entry called `split`."""
    head = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: yolo}\n"
        "spec:\n  hosts: [yolo.example.com]\n  http:\n"
    )
    return head + "".join(f"  {entry}\n" for entry in (*first, split, *last))


def around(
    text: str, *others: str, candidates: tuple[str, ...] = ("v9",), stable: str = "v8"
) -> Surroundings:
    """The split of this VirtualService with what the other files hold."""
    ref = RouteRef(file=FILE, kind="VirtualService", name="yolo", http="split")
    located = locate_route(FILE, text.encode(), ref)
    return surroundings(
        located,
        a_mesh(*others),
        stable=located.resolve(stable),
        candidates=tuple(located.resolve(one) for one in candidates),
    )


def a_mesh(*texts: str) -> Mesh:
    return read_mesh(
        YamlSource.decode(f"mesh-{number}.yaml", text.encode()) for number, text in enumerate(texts)
    )
