"""A policy's YAML → plain data, with the place of every key and value, by the path that leads there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from promoter.errors import Problem, Where
from promoter.yaml_source import MappingNode, Node, ScalarNode, SequenceNode, YamlSource

Path = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
_CONSTANTS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(slots=True)
class Reading:
    """Plain data (dict, list, str, int, Decimal, bool, None), its places, and what is wrong with the YAML."""

    source: YamlSource
    data: Any = None
    keys: dict[Path, Where] = field(default_factory=dict)
    values: dict[Path, Where] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, path: Path) -> Where:
        """The place of a value, or of the nearest thing around it that is there."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return Where(self.source.name, 1)


def read_source(source: YamlSource) -> Reading:
    """Read the one document of a policy. Raises ManifestError for broken YAML."""
    reading = Reading(source)
    roots = [root for root in source.compose() if root is not None]
    if len(roots) != 1 or not isinstance(roots[0], MappingNode):
        what = (
            "is empty" if not roots else f"has {len(roots)} documents" if len(roots) > 1 else "is no mapping"
        )
        reading.problems.append(Problem(f"a policy is one mapping, this {what}", Where(source.name, 1)))
        return reading
    reading.data = _Walk(reading).value(roots[0], ())
    return reading


class _Walk:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.seen: set[int] = set()

    def value(self, node: Node, path: Path) -> Any:
        where = self.reading.source.where(node)
        self.reading.values[path] = where
        if id(node) in self.seen:
            self.complain("a YAML alias has no place in a policy", where, "write the value out")
            return None
        self.seen.add(id(node))
        if self.reading.source.text.startswith("!", node.start_mark.index) and not getattr(
            node, "style", None
        ):
            self.complain("a YAML tag has no place in a policy", where, "write the plain value")
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return resolve(node) if isinstance(node, ScalarNode) else None

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            where = self.reading.source.where(key)
            if not isinstance(key, ScalarNode):
                self.complain("a key must be text", where)
            elif key.value == "<<" and not key.style:
                self.complain("a merge key has no place in a policy", where, "write the fields out")
            elif key.value in found:
                self.complain(f"{key.value!r} stands here twice", where, "keep one of them")
            else:
                self.reading.keys[(*path, key.value)] = where
                found[key.value] = self.value(value, (*path, key.value))
        return found

    def complain(self, message: str, where: Where, hint: str | None = None) -> None:
        self.reading.problems.append(Problem(message, where, hint))


def resolve(node: ScalarNode) -> Any:
    """A scalar by YAML 1.2's core schema; numbers stay exact. Quoted ones are text."""
    text = str(node.value)
    if node.style:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text[:40])
    if _FLOAT.fullmatch(text):
        return Decimal(text[:40])
    return text
