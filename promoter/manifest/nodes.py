"""YAML nodes read strictly: aliases, merge keys and duplicate keys on the way to a weight are refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from promoter.errors import ManifestError
from promoter.report.numbers import one_line
from promoter.yaml_source import MappingNode, Node, ScalarNode, SequenceNode, YamlSource

MERGE = "<<"
_NULLS = ("", "~", "null", "Null", "NULL")

Fields = Mapping[str, tuple[Node, Node]]  # a field's name -> its key and value


class Reader:
    """Reads one source; knows which nodes are shared by aliases. Raises ManifestError for broken YAML."""

    def __init__(self, source: YamlSource) -> None:
        self.source = source
        self.roots = source.compose()
        self.shared = _shared(self.roots)

    def refuse(self, message: str, place: Node | int, hint: str | None = None) -> ManifestError:
        """The error to raise; names out of the file are made safe to print."""
        return ManifestError(one_line(message), where=self.source.where(place), hint=hint)

    def fields(self, node: Node, what: str) -> Fields:
        """A mapping's fields. Raises ManifestError for aliases, merge keys and duplicate keys."""
        if not isinstance(node, MappingNode):
            raise self.refuse(f"{what} is no mapping", node)
        self._refuse_shared(node, what)
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise self.refuse(f"{what} has a key that is no text", key)
            if key.value == MERGE:
                raise self.refuse(f"{what} has a merge key", key, "write the fields out")
            if key.value in found:
                raise self.refuse(f"{what} has the key {key.value!r} twice", key, "kubectl refuses it too")
            found[key.value] = (key, value)
        return found

    def items(self, node: Node, what: str) -> list[Node]:
        """A sequence's items. Raises ManifestError for aliases."""
        if not isinstance(node, SequenceNode):
            raise self.refuse(f"{what} is no list", node)
        self._refuse_shared(node, what)
        return list(node.value)

    def _refuse_shared(self, node: Node, what: str) -> None:
        if id(node) in self.shared:
            raise self.refuse(f"{what} is shared by a YAML alias, an edit would change both places", node)


def scalar(fields: Fields, key: str) -> str | None:
    """A field's text, or None where it is absent, null or no scalar."""
    return text_of(fields[key][1]) if key in fields else None


def text_of(node: Node | None) -> str | None:
    """A scalar's text, or None where it is null or no scalar."""
    return str(node.value) if isinstance(node, ScalarNode) and not is_null(node) else None


def is_null(node: Node) -> bool:
    """Whether a value is written as null: nothing, `~` or `null` without quotes."""
    return isinstance(node, ScalarNode) and not node.style and node.value in _NULLS


def loose(node: Node | None) -> Mapping[str, Node]:
    """A mapping's values by key without any judgement, for a first look; empty for anything else."""
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}


def children(node: Node) -> Iterable[Node]:
    """The nodes right below: a mapping's keys and values, a sequence's items."""
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, SequenceNode) else ()


def walk(roots: Iterable[Node | None]) -> Iterator[tuple[Node, bool]]:
    """Every node once, and once more with True each time an alias reaches it again (cycles end there)."""
    seen: set[int] = set()
    stack = [root for root in roots if root is not None]
    while stack:
        node = stack.pop()
        again = id(node) in seen
        yield node, again
        if not again:
            seen.add(id(node))
            stack.extend(children(node))


def _shared(roots: Iterable[Node | None]) -> frozenset[int]:
    """The ids of the nodes that aliases reach."""
    return frozenset(id(node) for node, again in walk(roots) if again)
