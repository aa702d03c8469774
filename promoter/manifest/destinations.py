"""The destinations of one route: what each is called, and where its weight stands in the text.

A VirtualService's destination is `host[:port][/subset]`. An HTTPRoute's backend is
`[kind:][namespace.]name[:port]`: the kind where it is no Service, the namespace where it is not the route's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from promoter.manifest.nodes import Fields, Reader, is_null, scalar
from promoter.manifest.templates import PLACEHOLDER
from promoter.yaml_source import MappingNode, Node, ScalarNode

MAX_WEIGHT = 2**31 - 1  # both kinds hold an int32
NUMBER = re.compile(r"0|[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Destination:
    """One destination: its name, effective weight, and the weight's place (None where it is implied)."""

    dest: str
    weight: int
    span: tuple[int, int] | None
    node: MappingNode


@dataclass(frozen=True, slots=True)
class Owner:
    """The route that destinations belong to: its kind, its resource's namespace, its label for messages."""

    kind: str
    namespace: str | None
    label: str


def weight_in(text: str) -> int | None:
    """The weight that a plain scalar's text is; None for other notations and for more than MAX_WEIGHT."""
    if NUMBER.fullmatch(text) is None or len(text) > len(str(MAX_WEIGHT)):
        return None
    weight = int(text)
    return weight if weight <= MAX_WEIGHT else None


def read_destination(reader: Reader, owner: Owner, node: Node, *, alone: bool) -> Destination:
    """One entry of a route. Raises ManifestError where it must not be edited.

    An absent weight is 1 for a backend; for a VirtualService's destination 100 where it is the only one, else 0.
    """
    fields = reader.fields(node, f"a destination of {owner.label}")
    if owner.kind == "HTTPRoute":
        dest, implied = _backend(reader, owner, fields, node), 1
    else:
        dest, implied = _host(reader, fields, node), 100 if alone else 0
    if PLACEHOLDER.search(dest):
        raise reader.refuse(f"{dest} is a template", node, "name the rendered file")
    weight, span = _weight(reader, fields["weight"][1]) if "weight" in fields else (implied, None)
    return Destination(dest, weight, span, node)  # type: ignore[arg-type] # fields() saw that it is a mapping


def _weight(reader: Reader, node: Node) -> tuple[int, tuple[int, int]]:
    if id(node) in reader.shared:
        raise reader.refuse("the weight is shared by a YAML alias", node, "write the number out")
    start, end = node.start_mark.index, node.end_mark.index
    text = reader.source.text[start:end]
    if not isinstance(node, ScalarNode) or node.style or not NUMBER.fullmatch(text):
        raise reader.refuse(f"the weight {text[:40]!r} is no plain whole number", node, "write it like 5")
    weight = weight_in(text)
    if weight is None:
        raise reader.refuse(f"the weight {text[:40]} is too large", node, f"the limit is {MAX_WEIGHT}")
    return weight, (start, end)


def _host(reader: Reader, fields: Fields, node: Node) -> str:
    inner = reader.fields(fields["destination"][1], "destination") if "destination" in fields else {}
    host, subset = scalar(inner, "host"), scalar(inner, "subset")
    if not host:
        raise reader.refuse("a destination names no host", node)
    has_port = "port" in inner and not is_null(inner["port"][1])
    port = scalar(reader.fields(inner["port"][1], "port"), "number") if has_port else None
    return host + (f":{port}" if port else "") + (f"/{subset}" if subset else "")


def _backend(reader: Reader, owner: Owner, fields: Fields, node: Node) -> str:
    name = scalar(fields, "name")
    if not name:
        raise reader.refuse("a backend has no name", node)
    namespace, port, kind = (scalar(fields, key) for key in ("namespace", "port", "kind"))
    prefix = f"{kind}:" if kind and kind != "Service" else ""
    elsewhere = f"{namespace}." if namespace and namespace != owner.namespace else ""
    return prefix + elsewhere + name + (f":{port}" if port else "")
