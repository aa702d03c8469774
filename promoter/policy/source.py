"""A policy's YAML → plain data, with the place of every key and value, by the path that leads there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from promoter.errors import Problem, Where
from promoter.policy.refused import Path
from promoter.report.numbers import one_line
from promoter.yaml_source import MappingNode, Node, ScalarNode, SequenceNode, YamlSource

MAX_CHARACTERS = 200_000
# A longer number says nothing about a policy, and an exponent of a billion would be computed in full.
_INT = re.compile(r"[-+]?[0-9]{1,40}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,40}|[0-9]{1,40}(?:\.[0-9]{0,40})?)(?:[eE][-+]?[0-9]{1,2})?")
_BASED = {"0o": (re.compile(r"0o[0-7]{1,40}"), 8), "0x": (re.compile(r"0x[0-9a-fA-F]{1,40}"), 16)}
_CONSTANTS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_PROPERTY = re.compile(r"(?:&\S+\s+)?(!\S*)")


class Unreadable:
    """Stands for a value that was refused already, so that nobody complains about it twice."""


UNREADABLE = Unreadable()


@dataclass(slots=True)
class Reading:
    """Plain data (dict, list, str, int, Decimal, bool, UNREADABLE), its places, and the YAML's problems."""

    source: YamlSource
    data: Any = None
    keys: dict[Path, int] = field(default_factory=dict)
    values: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, path: Path) -> Where:
        """The place of a value, or of the key of the nearest thing around it that is there."""
        if path in self.values:
            return self.source.where(self.values[path])
        for length in range(len(path) - 1, 0, -1):
            if path[:length] in self.values:
                return self.where_key(path[:length])
        return self.source.where(self.values.get((), 0))

    def where_key(self, path: Path) -> Where:
        """The place of the key that a value stands under; of an item of a list, its own."""
        return self.source.where(self.keys[path]) if path in self.keys else self.where(path)


def read_source(source: YamlSource) -> Reading:
    """Read the one document of a policy. Raises ManifestError for broken YAML."""
    reading = Reading(source)
    if len(source.text) > MAX_CHARACTERS:
        message = f"a policy of {len(source.text):,} characters; the limit is {MAX_CHARACTERS:,}"
        reading.problems.append(Problem(message, Where(source.name)))
        return reading
    roots = [root for root in source.compose() if root is not None]
    if len(roots) == 1 and isinstance(roots[0], MappingNode):
        reading.data = _Walk(reading).value(roots[0], ())
        return reading
    if not roots:
        message, where = "the policy is empty", Where(source.name, 1)
    elif len(roots) > 1:
        message, where = "a second document; a policy is a file of its own", source.where(roots[1])
    else:
        message, where = "a policy is a mapping", source.where(roots[0])
    reading.problems.append(Problem(message, where, "promoter init writes a first one"))
    return reading


class _Walk:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.seen: set[int] = set()
        self.aliases_told = False

    def value(self, node: Node, path: Path) -> Any:
        index = node.start_mark.index
        self.reading.values[path] = index
        if id(node) in self.seen:
            return self.alias()
        self.seen.add(id(node))
        if (tag := _PROPERTY.match(self.reading.source.text, index)) is not None:
            return self.refuse(f"the YAML tag {one_line(tag[1], 40)} has no place in a policy", index)
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        value = resolve(node) if isinstance(node, ScalarNode) else None
        if value is None:
            what = f"{path[-1]} has" if path and isinstance(path[-1], str) else "this has"
            return self.refuse(f"{one_line(what, 60)} no value", index, "write one, or leave the key out")
        return value

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            index = key.start_mark.index
            if not isinstance(key, ScalarNode):
                self.refuse("a key must be text", index)
            elif key.value == "<<" and not key.style:
                self.refuse("a merge key has no place in a policy", index, "write the fields out")
            elif key.value in found:
                self.refuse(f"the key {one_line(key.value, 60)} stands here twice", index, "keep one of them")
            else:
                self.reading.keys[(*path, key.value)] = index
                found[key.value] = self.value(value, (*path, key.value))
        return found

    def alias(self) -> Unreadable:
        """Tell all aliases at once: the composed nodes know only where their anchors are."""
        if not self.aliases_told:
            self.aliases_told = True
            for index in self.reading.source.aliases():
                self.refuse("a YAML alias has no place in a policy", index, "write the value out")
        return UNREADABLE

    def refuse(self, message: str, index: int, hint: str | None = None) -> Unreadable:
        self.reading.problems.append(Problem(message, self.reading.source.where(index), hint))
        return UNREADABLE


def resolve(node: ScalarNode) -> Any:
    """A scalar by YAML 1.2's core schema; numbers stay exact. Quoted ones are text.

    What is no finite number of a sensible length (`.inf`, `1e999`) stays text.
    """
    text = str(node.value)
    if node.style:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return Decimal(text)
    pattern, base = _BASED.get(text[:2], (None, 0))
    return int(text, base) if pattern is not None and pattern.fullmatch(text) else text
