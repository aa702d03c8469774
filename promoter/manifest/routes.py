"""A manifest's documents → its routes with their destinations, each knowing where its weight stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from promoter.errors import ManifestError
from promoter.yaml_source import MappingNode, Node, ScalarNode, SequenceNode, YamlSource

KINDS = {
    "VirtualService": "networking.istio.io",
    "HTTPRoute": "gateway.networking.k8s.io",
}
VERSIONS = {
    "VirtualService": ("v1alpha3", "v1beta1", "v1"),
    "HTTPRoute": ("v1alpha2", "v1beta1", "v1"),
}
MAX_WEIGHT = 2**31 - 1
_WEIGHT = re.compile(r"0|[1-9][0-9]*")
_TEMPLATE = re.compile(r"\{\{|\$\{|<%")


@dataclass(frozen=True, slots=True)
class Destination:
    """One destination: its name, effective weight, and the weight's place (None where it is implied)."""

    dest: str
    weight: int
    span: tuple[int, int] | None
    node: MappingNode


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRoute:
    """One weighted route of a document. `refused` says why it must not be edited."""

    document: int
    kind: str
    name: str
    namespace: str | None
    label: str
    title: str | None
    destinations: tuple[Destination, ...]
    index: int
    refused: ManifestError | None


Fields = Mapping[str, tuple[Node, Node]]


class _Reader:
    """Reads one source; knows which nodes are shared by aliases."""

    def __init__(self, source: YamlSource) -> None:
        self.source = source
        self.roots = source.compose()
        self.shared = _shared(self.roots)

    def refuse(self, message: str, place: Node | int, hint: str | None = None) -> ManifestError:
        return ManifestError(message, where=self.source.where(place), hint=hint)

    def fields(self, node: Node, what: str) -> Fields:
        """A mapping's fields. Raises for aliases, merge keys and duplicate keys."""
        if not isinstance(node, MappingNode):
            raise self.refuse(f"{what} is no mapping", node)
        if id(node) in self.shared:
            raise self.refuse(f"{what} is shared by a YAML alias, an edit would change both places", node)
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise self.refuse(f"{what} has a key that is no text", key)
            if key.value == "<<":
                raise self.refuse(f"{what} has a merge key", key, "write the fields out")
            if key.value in found:
                raise self.refuse(f"{what} has the key {key.value!r} twice", key, "kubectl refuses it too")
            found[key.value] = (key, value)
        return found

    def items(self, node: Node, what: str) -> list[Node]:
        """A sequence's items. Raises for aliases."""
        if not isinstance(node, SequenceNode):
            raise self.refuse(f"{what} is no list", node)
        if id(node) in self.shared:
            raise self.refuse(f"{what} is shared by a YAML alias, an edit would change both places", node)
        return list(node.value)


def _shared(roots: tuple[Node | None, ...]) -> frozenset[int]:
    """The ids of nodes that are reached more than once: aliases."""
    seen: set[int] = set()
    shared: set[int] = set()
    stack: list[Node] = [root for root in roots if root is not None]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            shared.add(id(node))
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            stack += [part for pair in node.value for part in pair]
        elif isinstance(node, SequenceNode):
            stack += node.value
    return frozenset(shared)


def scalar(fields: Fields, key: str) -> str | None:
    """A field's text, or None where it is absent, null or no scalar."""
    value = fields[key][1] if key in fields else None
    if not isinstance(value, ScalarNode) or (not value.style and value.value in ("", "~", "null")):
        return None
    return str(value.value)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file's documents as nodes, and all weighted routes in them, refused ones included."""

    roots: tuple[Node | None, ...]
    routes: tuple[FoundRoute, ...]


def find_routes(source: YamlSource) -> tuple[FoundRoute, ...]:
    """All weighted routes of the file, refused ones included. Raises ManifestError like `read_manifest`."""
    return read_manifest(source).routes


def read_manifest(source: YamlSource) -> Manifest:
    """The weighted routes of the VirtualServices and HTTPRoutes in this file.

    Raises ManifestError where the file itself cannot be read: broken YAML, templates.
    """
    template = _TEMPLATE.search(source.text)
    if template and "{{" in template[0]:
        where = source.where(template.start())
        raise ManifestError("a template is no manifest", where=where, hint="name the rendered file")
    reader = _Reader(source)
    found: list[FoundRoute] = []
    for number, root in enumerate(reader.roots):
        for resource in _resources(root):
            found += _routes(reader, number, resource)
    return Manifest(reader.roots, _refuse_doubles(source, found))


def _resources(root: Node | None) -> Iterator[MappingNode]:
    if not isinstance(root, MappingNode):
        return
    plain = {key.value: value for key, value in root.value if isinstance(key, ScalarNode)}
    items = plain.get("items")
    kind = plain.get("kind")
    if isinstance(kind, ScalarNode) and kind.value.endswith("List") and isinstance(items, SequenceNode):
        yield from (item for item in items.value if isinstance(item, MappingNode))
        return
    yield root


def _routes(reader: _Reader, number: int, resource: MappingNode) -> Iterator[FoundRoute]:
    loose = {key.value: value for key, value in resource.value if isinstance(key, ScalarNode)}
    kind = loose.get("kind")
    if not isinstance(kind, ScalarNode) or kind.value not in KINDS:
        return
    fields = reader.fields(resource, kind.value)
    version = scalar(fields, "apiVersion") or ""
    group, _, release = version.partition("/")
    metadata = reader.fields(fields["metadata"][1], "metadata") if "metadata" in fields else {}
    spec = reader.fields(fields["spec"][1], "spec") if "spec" in fields else {}
    name, namespace = scalar(metadata, "name") or "", scalar(metadata, "namespace")
    parts = ("rules",) if kind.value == "HTTPRoute" else ("http", "tcp", "tls")
    if group != KINDS[kind.value] or release not in VERSIONS[kind.value]:
        known = ", ".join(f"{KINDS[kind.value]}/{one}" for one in VERSIONS[kind.value])
        error = reader.refuse(f"{version} is no known version of {kind.value}", resource, f"known: {known}")
        yield FoundRoute(
            document=number, kind=kind.value, name=name, namespace=namespace, label=f"{parts[0]}[0]",
            title=None, destinations=(), index=resource.start_mark.index, refused=error,
        )  # fmt: skip
        return
    for part in parts:
        if part not in spec:
            continue
        for index, node in enumerate(reader.items(spec[part][1], part)):
            found = _route(reader, kind.value, f"{part}[{index}]", node)
            if found is not None:
                title, destinations, refused = found
                yield FoundRoute(
                    document=number, kind=kind.value, name=name, namespace=namespace, label=f"{part}[{index}]",
                    title=title, destinations=destinations, index=resource.start_mark.index, refused=refused,
                )  # fmt: skip


def _route(
    reader: _Reader, kind: str, label: str, node: Node
) -> tuple[str | None, tuple[Destination, ...], ManifestError | None] | None:
    """The route's title, destinations, and why it must not be edited; None where nothing is weighted."""
    key = "backendRefs" if kind == "HTTPRoute" else "route"
    loose = (
        {k.value: v for k, v in node.value if isinstance(k, ScalarNode)}
        if isinstance(node, MappingNode)
        else {}
    )
    if key not in loose or not isinstance(loose[key], SequenceNode):
        return None
    several = len(loose[key].value) > 1
    title = scalar({"name": (loose["name"], loose["name"])}, "name") if "name" in loose else None
    try:
        fields = reader.fields(node, label)
        items = reader.items(fields[key][1], f"{label}.{key}")
        destinations = tuple(_destination(reader, kind, label, item, alone=len(items) == 1) for item in items)
    except ManifestError as error:
        return (title, (), error) if several or "weight" in str(loose[key]) else None
    if not several and all(destination.span is None for destination in destinations):
        return None
    twice = [dest for dest, count in Counter(d.dest for d in destinations).items() if count > 1]
    if twice:
        return (
            title,
            destinations,
            reader.refuse(f"{label} has {twice[0]} twice: they cannot be told apart", node),
        )
    return title, destinations, None


def _destination(reader: _Reader, kind: str, label: str, node: Node, *, alone: bool) -> Destination:
    fields = reader.fields(node, f"a destination of {label}")
    if kind == "HTTPRoute":
        dest, implied = _backend(reader, fields, node), 1
    else:
        dest, implied = _host(reader, fields, node), 100 if alone else 0
    if _TEMPLATE.search(dest):
        raise reader.refuse(f"{dest} is a template", node, "name the rendered file")
    if "weight" not in fields:
        return Destination(dest, implied, None, node)  # type: ignore[arg-type]
    weight, span = _weight(reader, fields["weight"][1])
    return Destination(dest, weight, span, node)  # type: ignore[arg-type]


def _weight(reader: _Reader, node: Node) -> tuple[int, tuple[int, int]]:
    start, end = node.start_mark.index, node.end_mark.index
    text = reader.source.text[start:end]
    if id(node) in reader.shared or not isinstance(node, ScalarNode):
        raise reader.refuse("the weight is shared by a YAML alias", node, "write the number out")
    if node.style or not _WEIGHT.fullmatch(text):
        raise reader.refuse(f"the weight {text[:40]!r} is no plain whole number", node, "write it like 5")
    if int(text) > MAX_WEIGHT:
        raise reader.refuse(f"the weight {text[:40]} is too large", node)
    return int(text), (start, end)


def _host(reader: _Reader, fields: Fields, node: Node) -> str:
    if "destination" not in fields:
        raise reader.refuse("a destination names no host", node)
    inner = reader.fields(fields["destination"][1], "destination")
    host = scalar(inner, "host")
    if host is None:
        raise reader.refuse("a destination names no host", node)
    port = scalar(reader.fields(inner["port"][1], "port"), "number") if "port" in inner else None
    subset = scalar(inner, "subset")
    return host + (f":{port}" if port else "") + (f"/{subset}" if subset else "")


def _backend(reader: _Reader, fields: Fields, node: Node) -> str:
    name = scalar(fields, "name")
    if name is None:
        raise reader.refuse("a backend has no name", node)
    namespace, port, kind = (scalar(fields, key) for key in ("namespace", "port", "kind"))
    prefix = f"{kind}:" if kind and kind != "Service" else ""
    return prefix + (f"{namespace}." if namespace else "") + name + (f":{port}" if port else "")


def _refuse_doubles(source: YamlSource, found: list[FoundRoute]) -> tuple[FoundRoute, ...]:
    """The same resource twice in one file is ambiguous: nobody can say which one is applied."""
    places: dict[tuple[str, str, str | None], set[int]] = {}
    for route in found:
        places.setdefault((route.kind, route.name, route.namespace), set()).add(route.index)
    for (kind, name, _), indexes in places.items():
        if len(indexes) > 1:
            where = source.where(sorted(indexes)[1])
            raise ManifestError(f"{kind} {name} stands here twice", where=where, hint="keep one of them")
    return tuple(found)
