"""A resource's routes as traffic meets them: conditions, destinations, mirrors, retries; nothing is refused.

What cannot be read is left out: the weighted route itself is read strictly in `routes.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from promoter.errors import ManifestError
from promoter.manifest.destinations import Destination, Owner, read_destination
from promoter.manifest.nodes import Reader, loose, text_of
from promoter.manifest.resources import resources
from promoter.manifest.routes import LISTS, FoundRoute
from promoter.yaml_source import MappingNode, Node, SequenceNode, YamlSource

MODEL_HEADER = "x-model-version"


@dataclass(frozen=True, slots=True)
class Target:
    """One destination. `answers_as` is the model version that the route puts on its responses."""

    dest: str
    answers_as: str | None
    node: Node


@dataclass(frozen=True, slots=True)
class Retries:
    """What is tried again: Envoy's conditions, or status codes."""

    conditions: tuple[str, ...]
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One route. `without` is the header whose absence is its only condition."""

    label: str
    title: str | None
    node: Node
    catches_all: bool
    without: str | None
    targets: tuple[Target, ...]
    mirrors: tuple[Target, ...]
    retries: Retries | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The resource that a weighted route belongs to: its hosts, and all its routes in order."""

    kind: str
    namespace: str | None
    hosts: tuple[str, ...]
    entries: tuple[Entry, ...]


def served(source: YamlSource, route: FoundRoute) -> Served:
    """The resource around a route that was found in this source."""
    reader = Reader(source)
    resource = next(one for one in resources(reader) if one.node.start_mark.index == route.index)
    spec = loose(loose(resource.node).get("spec"))
    owner = Owner(resource.kind, resource.namespace, route.label)
    part = route.label.partition("[")[0]
    hosts = items(spec.get("hosts")) or items(spec.get("hostnames"))
    return Served(
        kind=resource.kind,
        namespace=resource.namespace,
        hosts=tuple(text for host in hosts if (text := text_of(host))),
        entries=tuple(
            _entry(reader, owner, f"{part}[{index}]", node)
            for index, node in enumerate(items(spec.get(part)))
        ),
    )


def items(node: Node | None) -> Sequence[Node]:
    """A sequence's items; none for anything else."""
    return list(node.value) if isinstance(node, SequenceNode) else []


def find(node: Node | None, *path: str) -> Node | None:
    """The value at the end of a path of keys, None where there is none."""
    for key in path:
        node = loose(node).get(key)
    return node


def _entry(reader: Reader, owner: Owner, label: str, node: Node) -> Entry:
    fields = loose(node)
    clauses = [loose(clause) for clause in items(fields.get("match")) or items(fields.get("matches"))]
    conditions = [clause for clause in clauses if set(clause) - {"name"}]
    return Entry(
        label=label,
        title=text_of(fields.get("name")),
        node=node,
        catches_all=len(conditions) < len(clauses) or not clauses,
        without=_without(clauses[0]) if len(clauses) == 1 else None,
        targets=tuple(_targets(reader, owner, items(fields.get(LISTS[owner.kind])))),
        mirrors=tuple(_mirrors(reader, owner, node)),
        retries=_retries(node),
    )


def _without(clause: Mapping[str, Node]) -> str | None:
    """The header of a clause that says nothing but that it is absent."""
    if set(clause) - {"name"} != {"withoutHeaders"}:
        return None
    headers = clause["withoutHeaders"]
    named = headers.value if isinstance(headers, MappingNode) else []
    if len(named) != 1 or loose(named[0][1]):
        return None
    name = text_of(named[0][0])
    return name.lower() if name else None


def _targets(reader: Reader, owner: Owner, nodes: Sequence[Node]) -> Iterator[Target]:
    for node in nodes:
        found = _destination(reader, owner, node, alone=len(nodes) == 1)
        if found is not None:
            yield Target(found.dest, _answers_as(node), node)


def _destination(reader: Reader, owner: Owner, node: Node, *, alone: bool) -> Destination | None:
    try:
        return read_destination(reader, owner, node, alone=alone)
    except ManifestError:
        return None


def _answers_as(node: Node) -> str | None:
    """The value that replaces a response's model header, by Istio's or by Gateway API's way to say so."""
    headers = find(node, "headers", "response", "set")
    for key, value in headers.value if isinstance(headers, MappingNode) else ():
        if str(key.value).lower() == MODEL_HEADER:
            return text_of(value)
    for one in items(find(node, "filters")):
        for header in items(find(one, "responseHeaderModifier", "set")):
            if (text_of(find(header, "name")) or "").lower() == MODEL_HEADER:
                return text_of(find(header, "value"))
    return None


def _mirrors(reader: Reader, owner: Owner, node: Node) -> Iterator[Target]:
    """Where copies of the requests go: Istio's mirror and mirrors, Gateway API's RequestMirror."""
    single = find(node, "mirror")
    several = [find(one, "destination") for one in items(find(node, "mirrors"))]
    for place in (single, *several):
        host, subset = text_of(find(place, "host")), text_of(find(place, "subset"))
        port = text_of(find(place, "port", "number"))
        if place is not None and host:
            yield Target(host + (f":{port}" if port else "") + (f"/{subset}" if subset else ""), None, place)
    for one in items(find(node, "filters")):
        backend = find(one, "requestMirror", "backendRef")
        found = _destination(reader, owner, backend, alone=True) if backend is not None else None
        if found is not None and backend is not None:
            yield Target(found.dest, None, backend)


def _retries(node: Node) -> Retries | None:
    """The conditions under which a request is sent again; None where none are written, or no attempts left."""
    istio, codes = find(node, "retries"), find(node, "retry", "codes")
    on = find(istio, "retryOn")
    if on is not None and text_of(find(istio, "attempts")) != "0":
        words = (word.strip() for word in (text_of(on) or "").split(","))
        return Retries(tuple(word for word in words if word), on)
    if codes is not None and text_of(find(node, "retry", "attempts")) != "0":
        return Retries(tuple(text for code in items(codes) if (text := text_of(code))), codes)
    return None
