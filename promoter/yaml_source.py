"""YAML text → nodes that know their place; refuses what could not be edited or trusted.

Parsing goes through ruamel.yaml (its C scanner where installed). Nobody dumps YAML here: a
round-trip dump rewrites indents, quotes and line ends, so edits are made on the text by marks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from promoter.errors import ManifestError, Where

__all__ = ["MappingNode", "Node", "ScalarNode", "SequenceNode", "YamlSource"]

MAX_BYTES = 1_000_000
MAX_DEPTH = 100
BOM = "\ufeff"
_LINE = re.compile(r"[\n\r\x85\u2028\u2029]([ \t?:-]+)")  # YAML's line breaks, and what can nest after one


@dataclass(frozen=True)
class YamlSource:
    """One YAML (or JSON) file: its name for messages and its text without the byte order mark.

    `text` has the offsets that node marks count in (characters). `bom` says whether one was cut.
    """

    name: str
    text: str
    bom: bool = False

    @classmethod
    def decode(cls, name: str, data: bytes) -> YamlSource:
        """Decode strict UTF-8. Raises ManifestError on other encodings and on oversized files."""
        if len(data) > MAX_BYTES:
            raise ManifestError(f"file is {len(data):,} bytes; the limit is {MAX_BYTES:,}", where=Where(name))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ManifestError("not UTF-8 text", where=Where(name, line), hint="save it as UTF-8") from error
        if text.startswith(BOM + BOM):  # the parser skips the second one, and its marks are off by one
            raise ManifestError("two byte order marks", where=Where(name, 1), hint="save it with one or none")
        return cls(name, text.removeprefix(BOM), text.startswith(BOM))

    def encode(self, text: str) -> bytes:
        """The bytes of `text` as this file was encoded."""
        return ((BOM if self.bom else "") + text).encode("utf-8")

    def where(self, place: Node | int) -> Where:
        """File, line and column of a node or a character offset. Only a line feed ends a line."""
        index = place if isinstance(place, int) else place.start_mark.index
        line = bisect_left(self._line_ends, index)
        start = self._line_ends[line - 1] + 1 if line else 0
        return Where(self.name, line + 1, index - start + 1)

    @cached_property
    def _line_ends(self) -> list[int]:
        """The offsets of all line feeds: asking for a place costs little, however many are asked for."""
        return [match.start() for match in re.finditer("\n", self.text)]

    def compose(self) -> tuple[Node | None, ...]:
        """The root node of every document (None for an empty one).

        Raises ManifestError for broken YAML, for too deep or too large structures.
        """
        try:
            _refuse_deep(self)
            roots = tuple(YAML(typ="safe").compose_all(self.text))
        except YAMLError as error:
            raise self._broken(error) from error
        return roots

    def _broken(self, error: YAMLError) -> ManifestError:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or (str(error).splitlines() or ["unreadable"])[0]
        context = getattr(error, "context", None) or ""
        if context.startswith("found"):  # "found duplicate anchor ...", and the problem is only the place
            problem = f"{context}, {problem}"
        where = Where(self.name, mark.line + 1, mark.column + 1) if mark else Where(self.name)
        return ManifestError(f"not valid YAML: {problem}", where=where)


def _refuse_deep(source: YamlSource) -> None:
    """Raise before the composer recurses: the C one dies of a 100,000-deep file, and the process with it."""
    text = source.text
    indent = max((len(found[1]) for found in _LINE.finditer(f"\n{text}")), default=0)
    if indent + text.count("[") + text.count("{") <= MAX_DEPTH:  # at most two levels for each of these
        return
    depth = 0
    for event in YAML(typ="safe").parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            where = Where(source.name, event.start_mark.line + 1)
            raise ManifestError(f"nested more than {MAX_DEPTH} levels deep", where=where)
