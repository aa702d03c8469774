"""New images and a number of replicas into a workload: these scalars change, and no other byte."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from promoter.core.route import WorkloadRef
from promoter.errors import ManifestError
from promoter.manifest.nodes import Fields, Reader, is_null, text_of, walk
from promoter.manifest.templates import open_manifest, refuse_templates
from promoter.manifest.workload import KEYS, find_workload
from promoter.yaml_source import Node, ScalarNode, SequenceNode, YamlSource

_NUMBER = re.compile(r"0|[1-9][0-9]*")
_PLAIN = re.compile(
    r"(?=.*[/A-Za-z_])[A-Za-z0-9][A-Za-z0-9._/:@+-]*"
)  # no YAML reads it as anything but text
_NO_TEXT = re.compile(r"(?i)[0-9.+-]+(e[0-9.+-]*)?|0[xob][0-9a-f_]+|y|n|yes|no|on|off|true|false|null")


@dataclass(frozen=True, slots=True)
class Edit:
    """One scalar, its new value, and how that is written in the scalar's own style."""

    node: ScalarNode
    value: str
    text: str


def edit_workload(
    name: str,
    data: bytes,
    ref: WorkloadRef,
    *,
    images: Mapping[str, str],
    replicas: int | None = None,
) -> bytes:
    """The file with these images (container's name → image), and so many replicas where it says a number.

    The result is parsed again: raises ManifestError unless it differs from the file in exactly these
    scalars, and where one of them stands in a way that cannot be edited.
    """
    source = YamlSource.decode(name, data)
    reader = open_manifest(source)
    resource = find_workload(reader, ref)
    if resource.refused:
        raise resource.refused
    refuse_templates(reader, {resource.document})
    wanted = tuple(_wanted(reader, resource.node, ref, images, replicas))
    text = source.text
    for edit in sorted(wanted, key=lambda edit: edit.node.start_mark.index, reverse=True):
        text = text[: edit.node.start_mark.index] + edit.text + text[edit.node.end_mark.index :]
    _verify(reader, {edit.node: edit.value for edit in wanted}, YamlSource(name, text, source.bom))
    return source.encode(text)


def _wanted(
    reader: Reader, root: Node, ref: WorkloadRef, images: Mapping[str, str], replicas: int | None
) -> Iterator[Edit]:
    """The scalars that are to change."""
    what = f"{ref.kind} {ref.name}"
    spec = _below(reader, reader.fields(root, what), "spec", what)
    if replicas is not None and "replicas" in spec and not is_null(spec["replicas"][1]):
        yield Edit(_number(reader, spec["replicas"][1]), str(replicas), str(replicas))
    template = _below(reader, spec, "template", what)
    pod = _below(reader, template, "spec", what)
    left = dict(images)
    for key in KEYS:
        if key not in pod or not isinstance(pod[key][1], SequenceNode):
            continue
        for item in reader.items(pod[key][1], key):
            fields = reader.fields(item, "a container")
            name = text_of(fields["name"][1]) if "name" in fields else None
            if name in left and "image" in fields:
                image = _text(reader, fields["image"][1])
                value = left.pop(name or "")
                yield Edit(
                    image,
                    value,
                    _written(reader, image, value, flow=bool(getattr(item, "flow_style", False))),
                )
    if left:
        raise reader.refuse(f"{what} has no container {', '.join(left)} with an image", root)


def _below(reader: Reader, fields: Fields, key: str, what: str) -> Fields:
    if key not in fields:
        raise ManifestError(f"{what} has no {key}", where=reader.source.where(0))
    return reader.fields(fields[key][1], key)


def _number(reader: Reader, node: Node) -> ScalarNode:
    text = reader.source.text[node.start_mark.index : node.end_mark.index]
    if not isinstance(node, ScalarNode) or node.style or not _NUMBER.fullmatch(text):
        raise reader.refuse(f"replicas {text[:40]!r} is no plain whole number", node, "write it like 1")
    return _alone(reader, node, "replicas")


def _text(reader: Reader, node: Node) -> ScalarNode:
    hint = "write it as plain or quoted text in one line"
    if not isinstance(node, ScalarNode):
        raise reader.refuse("an image that is no text", node, hint)
    text = reader.source.text[node.start_mark.index : node.end_mark.index]
    quote = node.style if node.style in ("'", '"') else ""
    if text != f"{quote}{node.value}{quote}":  # a tag, an anchor, an escape, several lines
        raise reader.refuse("this image is written in a way that promoter does not edit", node, hint)
    return _alone(reader, node, "the image")


def _alone(reader: Reader, node: ScalarNode, what: str) -> ScalarNode:
    if id(node) in reader.shared:
        raise reader.refuse(f"{what} is shared by a YAML alias", node, "write it out in both places")
    return node


def _written(reader: Reader, node: ScalarNode, value: str, *, flow: bool) -> str:
    if any(char in value for char in "'\"\\\n"):
        raise reader.refuse("this image cannot be written here", node)
    # Inside of braces libyaml takes no plain text with a colon in it.
    plain = not flow and _PLAIN.fullmatch(value) and not _NO_TEXT.fullmatch(value)
    quote = node.style or ("" if plain else '"')
    return f"{quote}{value}{quote}"


def _verify(reader: Reader, wanted: Mapping[ScalarNode, str], edited: YamlSource) -> None:
    """Parse again and compare: the same nodes everywhere, the new texts where they belong."""
    wrong = ManifestError(
        "the edit would change more than the images and the replicas", where=reader.source.where(0)
    )
    try:
        result = Reader(edited)
    except ManifestError as error:
        raise wrong from error
    before, after = list(walk(reader.roots)), list(walk(result.roots))
    if len(before) != len(after):
        raise wrong
    for (old, again), (now, too) in zip(before, after, strict=True):
        value = wanted.get(old) if isinstance(old, ScalarNode) else None
        if again != too or _shape(now) != _shape(old, value):
            raise wrong


def _shape(node: Node, value: str | None = None) -> tuple[object, ...]:
    if isinstance(node, ScalarNode):
        return node.tag, node.value if value is None else value, ()
    return node.tag, len(node.value), type(node)
