"""A file's documents → its Kubernetes resources, those inside a `kind: List` included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from promoter.errors import ManifestError
from promoter.manifest.nodes import Reader, loose, text_of
from promoter.yaml_source import MappingNode, Node, SequenceNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource at a first look. `refused` says why what surrounds it must not be edited."""

    document: int
    node: MappingNode
    kind: str
    group: str
    name: str
    namespace: str | None
    refused: ManifestError | None

    def matches(self, kind: str, name: str, namespace: str | None) -> bool:
        """Whether this is the resource of that kind and name; without a namespace, in any."""
        same = (self.kind, self.name) == (kind, name)
        return same and namespace in (None, self.namespace)


def resources(reader: Reader) -> Iterator[Resource]:
    """Every resource of the file that has a kind, in the file's order."""
    for document, root in enumerate(reader.roots):
        fields = loose(root)
        kind = text_of(fields.get("kind")) or ""
        items = fields.get("items")
        if root is None or not kind.endswith("List") or not isinstance(items, SequenceNode):
            yield from _resource(document, root, None)
            continue
        refused = _refusal(reader, root)
        for item in items.value:
            yield from _resource(document, item, refused)


def _refusal(reader: Reader, root: Node) -> ManifestError | None:
    """Why the items of this list must not be edited."""
    try:
        reader.items(reader.fields(root, "the list")["items"][1], "items")
    except ManifestError as error:
        return error
    return None


def _resource(document: int, node: Node | None, refused: ManifestError | None) -> Iterator[Resource]:
    fields = loose(node)
    kind = text_of(fields.get("kind"))
    if kind is None or not isinstance(node, MappingNode):
        return
    metadata = loose(fields.get("metadata"))
    yield Resource(
        document=document,
        node=node,
        kind=kind,
        group=(text_of(fields.get("apiVersion")) or "").partition("/")[0],
        name=text_of(metadata.get("name")) or "",
        namespace=text_of(metadata.get("namespace")),
        refused=refused,
    )
