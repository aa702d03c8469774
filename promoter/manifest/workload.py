"""What runs behind a version: the images of a workload's pod template."""

from __future__ import annotations

from collections.abc import Iterator

from promoter.core.route import WorkloadRef
from promoter.errors import ManifestError, Where
from promoter.yaml_source import MappingNode, Node, ScalarNode, SequenceNode, YamlSource


def read_images(name: str, data: bytes, ref: WorkloadRef) -> tuple[str, ...]:
    """The container images of the workload, in order. Raises ManifestError where it cannot be found."""
    source = YamlSource.decode(name, data)
    found = [root for root in source.compose() if root is not None and _matches(root, ref)]
    if len(found) != 1:
        what = f"{ref.kind} {ref.name}"
        raise ManifestError(
            f"{what} stands here {len(found)} times" if found else f"no {what} here", where=Where(name)
        )
    containers = _get(found[0], "spec", "template", "spec", "containers")
    images = tuple(_images(containers))
    if not images:
        raise ManifestError(f"{ref.kind} {ref.name} names no image", where=source.where(found[0]))
    return images


def _matches(root: Node, ref: WorkloadRef) -> bool:
    names = (_text(_get(root, "kind")), _text(_get(root, "metadata", "name")))
    if names != (ref.kind, ref.name):
        return False
    return ref.namespace is None or _text(_get(root, "metadata", "namespace")) == ref.namespace


def _images(containers: Node | None) -> Iterator[str]:
    if isinstance(containers, SequenceNode):
        for container in containers.value:
            image = _text(_get(container, "image"))
            if image:
                yield image


def _get(node: Node | None, *path: str) -> Node | None:
    for key in path:
        if not isinstance(node, MappingNode):
            return None
        node = next((v for k, v in node.value if isinstance(k, ScalarNode) and k.value == key), None)
    return node


def _text(node: Node | None) -> str | None:
    return str(node.value) if isinstance(node, ScalarNode) else None
