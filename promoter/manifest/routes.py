"""A manifest's documents → its routes with their destinations, each knowing where its weight stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from promoter.core.weights import Split, WeightError
from promoter.errors import ManifestError
from promoter.manifest.destinations import Destination, Owner, read_destination
from promoter.manifest.nodes import MERGE, Fields, Reader, is_null, loose, scalar, text_of
from promoter.manifest.resources import Resource, resources
from promoter.manifest.templates import open_manifest, refuse_templates
from promoter.report.numbers import one_line
from promoter.yaml_source import Node, SequenceNode, YamlSource

GROUPS = {
    "VirtualService": "networking.istio.io",
    "HTTPRoute": "gateway.networking.k8s.io",
}
VERSIONS = {
    "VirtualService": ("v1alpha3", "v1beta1", "v1"),
    "HTTPRoute": ("v1alpha2", "v1beta1", "v1"),
}
PARTS = {"VirtualService": ("http", "tcp", "tls"), "HTTPRoute": ("rules",)}
LISTS = {"VirtualService": "route", "HTTPRoute": "backendRefs"}

Identity = tuple[str, str, str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRoute:
    """One weighted route of a document (which counts from 0). `refused` says why it must not be edited."""

    document: int
    kind: str
    name: str
    namespace: str | None
    label: str
    title: str | None
    destinations: tuple[Destination, ...]
    index: int
    refused: ManifestError | None

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return one_line(f"{self.kind} {name} {self.label}" + (f" ({self.title})" if self.title else ""))


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file's documents as nodes, all weighted routes in them, and the ids of nodes that aliases reach."""

    roots: tuple[Node | None, ...]
    routes: tuple[FoundRoute, ...]
    shared: frozenset[int]


def find_routes(source: YamlSource) -> tuple[FoundRoute, ...]:
    """All weighted routes of the file, refused ones included. Raises ManifestError like `read_manifest`."""
    return read_manifest(source).routes


def read_manifest(source: YamlSource) -> Manifest:
    """The weighted routes of the VirtualServices and HTTPRoutes in this file.

    A route is weighted with two destinations or more, or with one whose weight is written. Raises
    ManifestError where the file itself cannot be read: broken YAML, templates.
    """
    reader = open_manifest(source)
    found = [resource for resource in resources(reader) if resource.kind in GROUPS]
    refuse_templates(reader, {resource.document for resource in found})
    twice = _twice(reader, found)
    routes = (route for resource in found for route in _routes(reader, resource, twice))
    return Manifest(reader.roots, tuple(routes), reader.shared)


def several(routes: Iterable[FoundRoute], limit: int = 8) -> str:
    """The routes' names for a message, so many at most."""
    names = [str(route) for route in routes]
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return (", ".join(names[:limit]) + more) or "none"


def _identity(resource: Resource) -> Identity:
    return resource.group, resource.kind, resource.name, resource.namespace


def _twice(reader: Reader, found: Iterable[Resource]) -> Mapping[Identity, ManifestError]:
    """The resources that stand here more than once: nobody can say which one is applied."""
    seen: set[Identity] = set()
    twice: dict[Identity, ManifestError] = {}
    for resource in found:
        key = _identity(resource)
        if resource.name and key in seen and key not in twice:
            message = f"{resource.kind} {resource.name} stands here twice"
            twice[key] = reader.refuse(message, resource.node, "keep one of them")
        seen.add(key)
    return twice


def _routes(
    reader: Reader, resource: Resource, twice: Mapping[Identity, ManifestError]
) -> Iterator[FoundRoute]:
    refused = resource.refused or twice.get(_identity(resource))
    try:
        entries = tuple(_entries(reader, resource))
    except ManifestError as error:
        yield _found(resource, f"{PARTS[resource.kind][0]}[0]", refused=refused or error)
        return
    for label, node in entries:
        route = _route(reader, resource, label, node, refused)
        if route is not None:
            yield route


def _entries(reader: Reader, resource: Resource) -> Iterator[tuple[str, Node]]:
    """The resource's routes with their labels. Raises ManifestError where the way to them is unsafe."""
    fields = reader.fields(resource.node, resource.kind)
    version = scalar(fields, "apiVersion") or ""
    known = [f"{GROUPS[resource.kind]}/{one}" for one in VERSIONS[resource.kind]]
    if version not in known:
        message = f"{version or 'nothing'} is no known version of {resource.kind}"
        raise reader.refuse(message, resource.node, f"known: {', '.join(known)}")
    _below(reader, fields, "metadata")
    spec = _below(reader, fields, "spec")
    for part in PARTS[resource.kind]:
        if part in spec and not is_null(spec[part][1]):
            for index, node in enumerate(reader.items(spec[part][1], part)):
                yield f"{part}[{index}]", node


def _below(reader: Reader, fields: Fields, key: str) -> Fields:
    absent = key not in fields or is_null(fields[key][1])
    return {} if absent else reader.fields(fields[key][1], key)


def _route(
    reader: Reader, resource: Resource, label: str, node: Node, refused: ManifestError | None
) -> FoundRoute | None:
    """The route, or None where nothing is weighted."""
    key, first_look = LISTS[resource.kind], loose(node)
    entries, title = first_look.get(key), text_of(first_look.get("name"))
    if not isinstance(entries, SequenceNode):
        if key in first_look or MERGE not in first_look:
            return None
        error = reader.refuse(f"{label} has a merge key", node, "write the fields out")
        return _found(resource, label, title, refused=refused or error)
    owner = Owner(resource.kind, resource.namespace, label)
    many = len(entries.value) > 1
    try:
        items = reader.items(reader.fields(node, label)[key][1], f"{label}.{key}")
        destinations = tuple(read_destination(reader, owner, item, alone=not many) for item in items)
    except ManifestError as error:
        weighted = many or _mentions_weight(entries)
        return _found(resource, label, title, refused=refused or error) if weighted else None
    if not many and all(destination.span is None for destination in destinations):
        return None
    refused = refused or _senseless(reader, label, node, destinations)
    return _found(resource, label, title, destinations, refused=refused)


def _found(
    resource: Resource,
    label: str,
    title: str | None = None,
    destinations: tuple[Destination, ...] = (),
    *,
    refused: ManifestError | None,
) -> FoundRoute:
    return FoundRoute(
        document=resource.document,
        kind=resource.kind,
        name=resource.name,
        namespace=resource.namespace,
        label=label,
        title=title,
        destinations=destinations,
        index=resource.node.start_mark.index,
        refused=refused,
    )


def _mentions_weight(entries: SequenceNode) -> bool:
    """Whether an entry that cannot be read has a weight, of its own or possibly by a merge."""
    return any({"weight", MERGE} & set(loose(entry)) for entry in entries.value)


def _senseless(
    reader: Reader, label: str, node: Node, destinations: tuple[Destination, ...]
) -> ManifestError | None:
    """Why the weights mean nothing although each of them can be read."""
    names = Counter(destination.dest for destination in destinations)
    twice = next((dest for dest, count in names.items() if count > 1), None)
    if twice is not None:
        return reader.refuse(f"{label} has {twice} twice: they cannot be told apart", node)
    try:
        Split.of({destination.dest: destination.weight for destination in destinations})
    except WeightError as error:
        return reader.refuse(str(error), destinations[0].node)
    return None
