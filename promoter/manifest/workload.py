"""What runs behind a version: the images of a workload's pod template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from promoter.core.route import WorkloadRef
from promoter.errors import ManifestError, Where
from promoter.manifest.nodes import MERGE, Reader, is_null, loose, text_of
from promoter.manifest.resources import Resource, resources
from promoter.manifest.templates import PLACEHOLDER, open_manifest
from promoter.yaml_source import MappingNode, Node, ScalarNode, SequenceNode, YamlSource

KEYS = ("containers", "initContainers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of the pod template; `name` is "" where it has none."""

    name: str
    image: str


def read_images(name: str, data: bytes, ref: WorkloadRef) -> tuple[str, ...]:
    """The images of the workload's containers, then of its init containers, in the file's order.

    Init containers count: they may bring the model. Any kind with a pod template at `spec.template.spec` is
    read. Raises ManifestError where the workload is not found once, or an image cannot be told.
    """
    return tuple(container.image for container in read_containers(name, data, ref))


def read_containers(name: str, data: bytes, ref: WorkloadRef) -> tuple[Container, ...]:
    """The containers with an image, in the same order, under the same conditions."""
    reader = open_manifest(YamlSource.decode(name, data))
    root = find_workload(reader, ref).node
    pod = _get(reader, root, "spec", "template", "spec")
    found = tuple(container for key in KEYS for container in _containers(reader, pod, key))
    if not found:
        raise reader.refuse(f"{ref.kind} {ref.name} names no image", root)
    return found


def find_workload(reader: Reader, ref: WorkloadRef) -> Resource:
    """The one resource that `ref` names. Raises ManifestError where it is not there once."""
    found = [one for one in resources(reader) if one.matches(ref.kind, ref.name, ref.namespace)]
    if len(found) != 1:
        what = f"{ref.kind} {ref.name}"
        raise ManifestError(
            f"{what} stands here {len(found)} times" if found else f"no {what} here",
            where=Where(reader.source.name),
        )
    return found[0]


def _containers(reader: Reader, pod: Node | None, key: str) -> Iterator[Container]:
    containers = _get(reader, pod, key)
    if not isinstance(containers, SequenceNode):
        return
    for container in containers.value:
        node = _get(reader, container, "image")
        image = text_of(node)
        if node is None or not image:
            continue
        if PLACEHOLDER.search(image):
            raise reader.refuse(f"the image {image} is a template", node, "name the rendered file")
        yield Container(name=text_of(_get(reader, container, "name")) or "", image=image)


def _get(reader: Reader, node: Node | None, *path: str) -> Node | None:
    """The value at the end of the path, None where there is none. Raises where two readings are possible."""
    for key in path:
        if node is None or is_null(node):
            return None
        if not isinstance(node, MappingNode):
            raise reader.refuse(f"what should hold {key!r} is no mapping", node)
        keys = [one for one, _ in node.value if isinstance(one, ScalarNode) and one.value in (key, MERGE)]
        own = [one for one in keys if one.value == key]
        if len(own) > 1:
            raise reader.refuse(f"the key {key!r} stands here twice", own[1], "kubectl refuses it too")
        if keys and not own:
            raise reader.refuse(f"{key!r} may come from this merge key", keys[0], "write it out")
        node = loose(node).get(key)
    return node
