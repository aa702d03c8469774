"""What runs behind a version: the images of a workload's pod template."""

from __future__ import annotations

from collections.abc import Iterator

from promoter.core.route import WorkloadRef
from promoter.errors import ManifestError, Where
from promoter.manifest.nodes import MERGE, Reader, is_null, loose, text_of
from promoter.manifest.resources import resources
from promoter.manifest.templates import PLACEHOLDER, open_manifest
from promoter.yaml_source import MappingNode, Node, ScalarNode, SequenceNode, YamlSource


def read_images(name: str, data: bytes, ref: WorkloadRef) -> tuple[str, ...]:
    """The images of the workload's containers, then of its init containers, in the file's order.

    Init containers count: they may bring the model. Any kind with a pod template at `spec.template.spec` is
    read. Raises ManifestError where the workload is not found once, or an image cannot be told.
    """
    reader = open_manifest(YamlSource.decode(name, data))
    found = [one for one in resources(reader) if one.matches(ref.kind, ref.name, ref.namespace)]
    if len(found) != 1:
        what = f"{ref.kind} {ref.name}"
        raise ManifestError(
            f"{what} stands here {len(found)} times" if found else f"no {what} here", where=Where(name)
        )
    root = found[0].node
    pod = _get(reader, root, "spec", "template", "spec")
    images = tuple(image for key in ("containers", "initContainers") for image in _images(reader, pod, key))
    if not images:
        raise reader.refuse(f"{ref.kind} {ref.name} names no image", root)
    return images


def _images(reader: Reader, pod: Node | None, key: str) -> Iterator[str]:
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
        yield image


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
